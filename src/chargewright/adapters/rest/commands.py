"""Any CSMS-initiated message to a station: its payload as OCPP spells it, its answer as the station gave it."""

import asyncio
from datetime import datetime
from typing import Any, Literal

import msgspec
import structlog
from litestar import Router, get, post
from litestar.response import Response

from chargewright.adapters.rest import schemas
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.commands import Priority
from chargewright.domain.commands import CommandOutcome, RawAnswered, RawCommand
from chargewright.errors import ChargewrightError, NotFound
from chargewright.ids import StationId

__all__ = ["read_command", "router", "send_command"]

log = structlog.get_logger(__name__)

_PRIORITIES = {
    "RemoteStopTransaction": Priority.STOP,
    "RequestStopTransaction": Priority.STOP,
}

_Outcome = Literal["answered", "error", "timeout", "offline"]

_TOUCH_PROFILES = frozenset({"SetChargingProfile", "ClearChargingProfile"})

_background: set[asyncio.Task[schemas.CommandAnswer]] = set()
"""Commands that nobody waits for; the loop itself keeps only weak references."""


@post(
    "/stations/{station_id:str}/commands/{action:str}",
    status_code=200,
    summary="Send one OCPP message and give back the station's answer; with wait=0 answers 202 and a command id",
)
async def send_command(
    services: Services, station_id: str, action: str, data: dict[str, Any], wait: bool = True
) -> Response[schemas.CommandAnswer | schemas.CommandAccepted]:
    known = services.provisioning.require(StationId(station_id)).id
    at = services.clock.now()
    payload = msgspec.json.encode(data)
    number = await services.store.commit(lambda records: records.append_command(known, at, action, payload))
    sending = _send(services, known, number, RawCommand(action, data))
    if wait:
        return Response(await sending)
    task = asyncio.get_running_loop().create_task(sending)
    _background.add(task)
    task.add_done_callback(_ended)
    return Response(
        schemas.CommandAccepted(command=number),
        status_code=202,
        headers={"Location": f"/api/v1/commands/{number}"},
    )


@get("/commands/{number:int}", summary="A command and how it ended")
async def read_command(services: Services, number: int) -> schemas.CommandRecord:
    found = await services.store.read(lambda records: records.command(number))
    if found is None:
        raise NotFound("no such command", where=str(number))
    station_id, asked_at, action, payload, finished_at, outcome, response = found
    kept = _Kept() if finished_at is None else msgspec.json.decode(response, type=_Kept)
    return schemas.CommandRecord(
        command=number,
        station=station_id,
        action=action,
        payload=msgspec.json.decode(payload),
        asked_at=asked_at,
        outcome="pending" if finished_at is None else msgspec.convert(outcome, _Outcome),
        response=kept.response,
        error=kept.error,
        finished_at=finished_at,
    )


class _Kept(msgspec.Struct, omit_defaults=True):
    """What is stored of an answer."""

    response: dict[str, Any] | None = None
    error: schemas.CommandError | None = None


async def _send(
    services: RestServices, station_id: StationId, number: int, command: RawCommand
) -> schemas.CommandAnswer:
    """Order, and keep how it ended; a command that is refused before it is sent is kept as an error too."""
    touches = command.action in _TOUCH_PROFILES
    if touches:
        await services.sites.profiles_touched(station_id)
    try:
        outcome = await services.commands.order(
            station_id, command, priority=_PRIORITIES.get(command.action, Priority.NORMAL)
        )
    except ChargewrightError as why:
        refused = _Kept(error=schemas.CommandError(code="NotSent", description=str(why)))
        await _finish(services, number, "error", services.clock.now(), refused)
        raise
    if touches:  # again: the base profile may have been renewed just before this one
        await services.sites.profiles_touched(station_id)
    kept = _kept(outcome)
    await _finish(services, number, outcome.kind, services.clock.now(), kept)
    return schemas.CommandAnswer(
        command=number,
        outcome=outcome.kind,
        response=kept.response,
        error=kept.error,
        sent_at=outcome.sent_at,
        answered_at=outcome.answered_at,
    )


def _kept(outcome: CommandOutcome) -> _Kept:
    if isinstance(outcome.result, RawAnswered):
        return _Kept(response=outcome.result.response)
    description = outcome.description or "the station is not connected"
    return _Kept(error=schemas.CommandError(code=outcome.code, description=description))


async def _finish(services: RestServices, number: int, outcome: str, at: datetime, kept: _Kept) -> None:
    content = msgspec.json.encode(kept)
    await services.store.commit(lambda records: records.finish_command(number, at, outcome, content))


def _ended(task: asyncio.Task[schemas.CommandAnswer]) -> None:
    _background.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("command_not_sent", error=str(error))


def router() -> Router:
    """Commands to stations."""
    return Router("/", route_handlers=[send_command, read_command])
