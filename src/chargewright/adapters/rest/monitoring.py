"""What a station watches on itself, and what it told of it: monitors, events, alerts (2.x)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Router, get, post, put
from litestar.params import Parameter
from msgspec import Meta, Struct

from chargewright.adapters.rest.services import Services
from chargewright.csms.monitoring import Alert
from chargewright.domain.commands import CommandOutcome, RawAnswered
from chargewright.domain.device_model import EventHappened, MonitorHere
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

__all__ = [
    "AlertView",
    "MonitorResults",
    "MonitoringAnswer",
    "MonitoringChange",
    "MonitoringView",
    "MonitorsCleared",
    "MonitorsWanted",
    "change_monitoring",
    "clear_monitors",
    "list_alerts",
    "list_station_events",
    "read_monitoring",
    "router",
    "set_monitors",
]


class MonitoringView(Struct, kw_only=True):
    """`base` and `severity` as the station last accepted them from here; monitors as it reported or took them."""

    base: str | None
    severity: int | None
    monitors: list[MonitorHere]


class MonitoringChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which monitors are active, and up to which severity number (0 danger, 9 debug) events are told."""

    base: Literal["All", "FactoryDefault", "HardWiredOnly"] | None = None
    severity: Annotated[int, Meta(ge=0)] | None = None


class MonitoringAnswer(Struct, kw_only=True):
    """What the station answered to each; null where it was not asked for."""

    base: str | None = None
    severity: str | None = None


class MonitorsWanted(Struct, forbid_unknown_fields=True, kw_only=True):
    """Monitors as OCPP spells them in SetVariableMonitoring (`setMonitoringData`)."""

    monitors: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=1000)]


class MonitorsCleared(Struct, forbid_unknown_fields=True, kw_only=True):
    ids: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(min_length=1, max_length=1000)]


class MonitorResults(Struct, kw_only=True):
    """One result for each, as OCPP spells it; what was not answered has the reason as its status."""

    results: list[dict[str, Any]]


class AlertView(Struct, kw_only=True):
    """Something that a station raised; `cleared_at` is null while it lasts."""

    active: bool
    since: datetime
    cleared_at: datetime | None
    event: EventHappened


@get("/{station_id:str}/monitoring", summary="The monitors of a station")
async def read_monitoring(services: Services, station_id: str) -> MonitoringView:
    known = services.provisioning.require(StationId(station_id)).id
    monitoring = services.devices.monitoring
    state = await monitoring.state(known)
    monitors = [record.monitor for record in await monitoring.monitors(known)]
    return MonitoringView(base=state.base, severity=state.severity, monitors=monitors)


@put("/{station_id:str}/monitoring", summary="Set which monitors are active, and how much is told")
async def change_monitoring(services: Services, station_id: str, data: MonitoringChange) -> MonitoringAnswer:
    known = services.provisioning.require(StationId(station_id)).id
    if data.base is None and data.severity is None:
        raise InvalidInput("names neither a base nor a severity", where="data")
    answer = MonitoringAnswer()
    if data.base is not None:
        answer.base = _told(await services.devices.monitoring.set_base(known, data.base))
    if data.severity is not None:
        answer.severity = _told(await services.devices.monitoring.set_level(known, data.severity))
    return answer


@post(
    "/{station_id:str}/monitors", status_code=200, summary="Set monitors, in messages that the station takes"
)
async def set_monitors(services: Services, station_id: str, data: MonitorsWanted) -> MonitorResults:
    known = services.provisioning.require(StationId(station_id)).id
    return MonitorResults(results=await services.devices.monitoring.set_monitors(known, data.monitors))


@post("/{station_id:str}/monitors/clear", status_code=200, summary="Clear monitors by their ids")
async def clear_monitors(services: Services, station_id: str, data: MonitorsCleared) -> MonitorResults:
    known = services.provisioning.require(StationId(station_id)).id
    return MonitorResults(results=await services.devices.monitoring.clear_monitors(known, data.ids))


@get("/{station_id:str}/events", summary="What the station told by NotifyEvent, the newest first")
async def list_station_events(
    services: Services, station_id: str, limit: Annotated[int, Parameter(ge=1, le=1000)] = 100
) -> list[EventHappened]:
    known = services.provisioning.require(StationId(station_id)).id
    return await services.devices.monitoring.events(known, limit)


@get("/{station_id:str}/alerts", summary="What the station raised: active, cleared, or both")
async def list_alerts(services: Services, station_id: str, active: bool | None = None) -> list[AlertView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_alert(alert) for alert in await services.devices.monitoring.alerts(known, active=active)]


def _told(outcome: CommandOutcome) -> str:
    if isinstance(outcome.result, RawAnswered):
        return str(outcome.result.response.get("status", ""))
    return outcome.code or outcome.kind


def _alert(alert: Alert) -> AlertView:
    return AlertView(
        active=alert.cleared_at is None, since=alert.since, cleared_at=alert.cleared_at, event=alert.event
    )


def router() -> Router:
    """The routes under `/stations/{id}` for monitoring."""
    return Router(
        "/stations",
        route_handlers=[
            read_monitoring,
            change_monitoring,
            set_monitors,
            clear_monitors,
            list_station_events,
            list_alerts,
        ],
    )
