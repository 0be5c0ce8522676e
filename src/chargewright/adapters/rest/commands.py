"""Any CSMS-initiated message to a station, or to many: its payload as OCPP spells it, its answer as the station gave it."""

from collections import Counter
from typing import Any, Literal

import msgspec
from litestar import Router, get, post
from litestar.response import Response

from chargewright.adapters.rest import schemas
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.ordering import Failure, Kept, kept_of
from chargewright.csms.ports import Records
from chargewright.errors import NotFound
from chargewright.ids import StationId

__all__ = ["read_batch", "read_command", "router", "send_command", "send_to_many"]

_Outcome = Literal["answered", "error", "timeout", "offline"]


@post(
    "/stations/{station_id:str}/commands/{action:str}",
    status_code=200,
    summary="Send one OCPP message and give back the station's answer; with wait=0 answers 202 and a command id. "
    "A charging profile that breaks a rule of the standard is refused unless judged=0",
)
async def send_command(
    services: Services,
    station_id: str,
    action: str,
    data: dict[str, Any],
    wait: bool = True,
    judged: bool = True,
) -> Response[schemas.CommandAnswer | schemas.CommandAccepted]:
    order = await services.ordering.take(StationId(station_id), action, data, judged=judged)
    if not wait:
        services.ordering.send_later(order)
        return Response(
            schemas.CommandAccepted(command=order.number),
            status_code=202,
            headers={"Location": f"/api/v1/commands/{order.number}"},
        )
    outcome = await services.ordering.send(order)
    kept = kept_of(outcome)
    return Response(
        schemas.CommandAnswer(
            command=order.number,
            outcome=outcome.kind,
            response=kept.response,
            error=_error(kept.error),
            sent_at=outcome.sent_at,
            answered_at=outcome.answered_at,
        )
    )


@get("/commands/{number:int}", summary="A command and how it ended")
async def read_command(services: Services, number: int) -> schemas.CommandRecord:
    return await services.store.read(lambda records: _record(records, number))


@post(
    "/commands/{action:str}",
    status_code=200,
    summary="Send one OCPP message to every station that fits a filter; with wait=0 answers 202 and a batch id",
)
async def send_to_many(
    services: Services, action: str, data: schemas.ManyStations, wait: bool = True
) -> Response[schemas.BatchRecord | schemas.BatchAccepted]:
    wanted = services.ordering.meant(data.filter.wanted())
    number, orders = await services.ordering.take_batch(wanted, action, data.payload)
    if not wait:
        services.ordering.send_batch_later(orders)
        return Response(
            schemas.BatchAccepted(batch=number, stations=len(orders)),
            status_code=202,
            headers={"Location": f"/api/v1/batches/{number}"},
        )
    await services.ordering.send_batch(orders)
    return Response(await _batch(services, number))


@get("/batches/{number:int}", summary="A message to many stations: how it ended at each")
async def read_batch(services: Services, number: int) -> schemas.BatchRecord:
    return await _batch(services, number)


async def _batch(services: RestServices, number: int) -> schemas.BatchRecord:
    batch = await services.ordering.batch(number)
    outcomes = await services.store.read(
        lambda records: {station: _record(records, command) for station, command in batch.commands.items()}
    )
    return schemas.BatchRecord(
        batch=number,
        action=batch.action,
        payload=batch.payload,
        asked_at=batch.at,
        totals=dict(Counter(record.outcome for record in outcomes.values())),
        stations=outcomes,
    )


def _record(records: Records, number: int) -> schemas.CommandRecord:
    found = records.command(number)
    if found is None:
        raise NotFound("no such command", where=str(number))
    station_id, asked_at, action, payload, finished_at, outcome, response = found
    kept = Kept() if finished_at is None else msgspec.json.decode(response, type=Kept)
    return schemas.CommandRecord(
        command=number,
        station=station_id,
        action=action,
        payload=msgspec.json.decode(payload),
        asked_at=asked_at,
        outcome="pending" if finished_at is None else msgspec.convert(outcome, _Outcome),
        response=kept.response,
        error=_error(kept.error),
        finished_at=finished_at,
    )


def _error(failure: Failure | None) -> schemas.CommandError | None:
    return (
        None if failure is None else schemas.CommandError(code=failure.code, description=failure.description)
    )


def router() -> Router:
    """Commands to stations."""
    return Router("/", route_handlers=[send_command, read_command, send_to_many, read_batch])
