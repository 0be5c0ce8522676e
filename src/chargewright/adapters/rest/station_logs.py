"""Logs of stations: asked for, and followed until the file is here."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from litestar.params import Parameter
from msgspec import Meta, Struct

from chargewright.adapters.rest.firmware import StatusView, status_views
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.clock import as_utc
from chargewright.csms.station_logs import PATIENCE
from chargewright.domain.firmware import LogKind, LogRequest, ShownState
from chargewright.ids import StationId

__all__ = ["LogOrder", "LogView", "ask_for_log", "list_logs", "read_log", "router"]

Instant = Annotated[datetime, Meta(tz=True)]


class LogOrder(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which log, of which time. `location`: another place to leave it (http, https, ftp, ftps, sftp); null is here."""

    kind: LogKind = "diagnostics"
    oldest_at: Instant | None = None
    latest_at: Instant | None = None
    retries: Annotated[int, Meta(ge=0, le=100)] | None = None
    retry_interval_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    location: Annotated[str, Meta(max_length=512)] | None = None


class LogView(Struct, kw_only=True):
    """A log that was asked for. `file` is there once the station left it: read it at `/files/{file}/content`."""

    number: int
    kind: LogKind
    state: ShownState
    status: str
    reason: str
    asked_at: datetime
    heard_at: datetime | None
    oldest_at: datetime | None
    latest_at: datetime | None
    name: str
    file: str | None
    told: list[StatusView]


@post(
    "/{station_id:str}/logs",
    summary="Ask a station for a log; answers once the station did. The log itself comes later",
    status_code=201,
)
async def ask_for_log(services: Services, station_id: str, data: LogOrder) -> LogView:
    request = await services.upkeep.logs.ask(
        StationId(station_id),
        data.kind,
        oldest_at=None if data.oldest_at is None else as_utc(data.oldest_at),
        latest_at=None if data.latest_at is None else as_utc(data.latest_at),
        retries=data.retries,
        retry_interval_s=data.retry_interval_s,
        location=data.location,
    )
    return _view(services, request)


@get("/{station_id:str}/logs", summary="The logs that a station was asked for, the newest first")
async def list_logs(
    services: Services, station_id: str, limit: Annotated[int, Parameter(ge=1, le=50)] = 50
) -> list[LogView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_view(services, request) for request in await services.upkeep.logs.newest(known, limit)]


@get("/{station_id:str}/logs/{number:int}", summary="One log that a station was asked for")
async def read_log(services: Services, station_id: str, number: int) -> LogView:
    known = services.provisioning.require(StationId(station_id)).id
    return _view(services, await services.upkeep.logs.request(known, number))


def _view(services: RestServices, request: LogRequest) -> LogView:
    progress = request.progress
    return LogView(
        number=request.number,
        kind=request.kind,
        state=progress.shown(services.clock.now(), since=request.asked_at, patience=PATIENCE),
        status=progress.status,
        reason=progress.reason,
        asked_at=request.asked_at,
        heard_at=progress.heard_at,
        oldest_at=request.oldest_at,
        latest_at=request.latest_at,
        name=request.name,
        file=request.file_id,
        told=status_views(progress.told),
    )


def router() -> Router:
    """The routes under `/stations/{id}/logs`."""
    return Router("/stations", route_handlers=[ask_for_log, list_logs, read_log])
