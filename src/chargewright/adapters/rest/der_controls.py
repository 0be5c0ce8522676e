"""Controls of distributed energy resources at stations."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Router, delete, get, post
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import Limit, station_of
from chargewright.adapters.rest.driver_schemas import ReportAsked
from chargewright.adapters.rest.services import Services

__all__ = [
    "DerBody",
    "DerControlView",
    "DerEventView",
    "DerFilter",
    "DerOutcome",
    "clear_der_controls",
    "list_der_controls",
    "list_der_events",
    "refresh_der_controls",
    "router",
    "set_der_control",
]

DerType = Literal[
    "EnterService",
    "FreqDroop",
    "FreqWatt",
    "FixedPFAbsorb",
    "FixedPFInject",
    "FixedVar",
    "Gradients",
    "HFMustTrip",
    "HFMayTrip",
    "HVMustTrip",
    "HVMomCess",
    "HVMayTrip",
    "LimitMaxDischarge",
    "LFMustTrip",
    "LVMustTrip",
    "LVMomCess",
    "LVMayTrip",
    "PowerMonitoringMustTrip",
    "VoltVar",
    "VoltWatt",
    "WattPF",
    "WattVar",
]
ControlId = Annotated[str, Meta(min_length=1, max_length=36)]


class DerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A control; `setting` as OCPP spells that of its type (a curve, a droop ...). `id` is chosen where absent."""

    type: DerType
    setting: dict[str, Any]
    default: bool = False
    id: ControlId | None = None


class DerFilter(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which controls the station shall report; none of it means all."""

    default: bool | None = None
    type: DerType | None = None
    id: ControlId | None = None


class DerOutcome(Struct, kw_only=True):
    """What the station answered; `superseded` are the controls that the new one puts out of force."""

    id: str | None
    status: str
    reason: str
    superseded: list[str]


class DerControlView(Struct, kw_only=True):
    """A control that a station holds, as far as is known. `started` is null until the station told."""

    id: str
    type: str
    is_default: bool
    setting: dict[str, Any]
    superseded: bool
    started: bool | None
    changed_at: datetime
    confirmed_at: datetime | None


class DerEventView(Struct, kw_only=True):
    """An alarm (`type`, `fault`, `ended`, `text`), or a start or stop of a control (`control`, `started`)."""

    heard_at: datetime
    at: datetime
    type: str | None = None
    fault: str | None = None
    ended: bool | None = None
    text: str | None = None
    control: str | None = None
    started: bool | None = None
    superseded: list[str] = []


@get("/{station_id:str}/der-controls", summary="DER controls that a station holds, as far as is known")
async def list_der_controls(services: Services, station_id: str) -> list[DerControlView]:
    found = await services.additions.der_controls.all(station_of(services, station_id))
    return [msgspec.convert(one, DerControlView, from_attributes=True) for one in found]


@post("/{station_id:str}/der-controls", status_code=200, summary="Set a DER control")
async def set_der_control(services: Services, station_id: str, data: DerBody) -> DerOutcome:
    control_id, answer = await services.additions.der_controls.set(
        station_of(services, station_id),
        data.type,
        data.setting,
        is_default=data.default,
        control_id=data.id,
    )
    return DerOutcome(
        id=control_id, status=answer.status, reason=answer.reason, superseded=list(answer.superseded_ids)
    )


@delete(
    "/{station_id:str}/der-controls",
    status_code=200,
    summary="Clear one DER control by its id, all of a type, or all; default ones or the others",
)
async def clear_der_controls(
    services: Services,
    station_id: str,
    default: bool = False,
    type: DerType | None = None,  # noqa: A002  (the word of the query)
    id: ControlId | None = None,  # noqa: A002  (the word of the query)
) -> DerOutcome:
    answer = await services.additions.der_controls.clear(
        station_of(services, station_id), is_default=default, kind=type, control_id=id
    )
    return DerOutcome(id=id, status=answer.status, reason=answer.reason, superseded=[])


@post(
    "/{station_id:str}/der-controls/refresh",
    status_code=200,
    summary="Have a station report its DER controls",
)
async def refresh_der_controls(services: Services, station_id: str, data: DerFilter) -> ReportAsked:
    report = await services.additions.der_controls.refresh(
        station_of(services, station_id), is_default=data.default, kind=data.type, control_id=data.id
    )
    return ReportAsked(request=report.request_id, status=report.status, reason=report.reason)


@get(
    "/{station_id:str}/der-events",
    summary="Alarms of the grid, and DER controls that started or stopped, the newest first",
)
async def list_der_events(services: Services, station_id: str, limit: Limit = 100) -> list[DerEventView]:
    views = []
    for event in await services.additions.der_controls.events(station_of(services, station_id), limit):
        alarm, change = event.alarm, event.change
        if alarm is not None:
            views.append(
                DerEventView(
                    heard_at=event.heard_at,
                    at=alarm.at,
                    type=alarm.type,
                    fault=alarm.fault or None,
                    ended=alarm.ended,
                    text=alarm.text or None,
                )
            )
        if change is not None:
            views.append(
                DerEventView(
                    heard_at=event.heard_at,
                    at=change.at,
                    control=change.control_id,
                    started=change.started,
                    superseded=list(change.superseded_ids),
                )
            )
    return views


def router() -> Router:
    """The routes of DER controls, below a station."""
    return Router(
        "/stations",
        route_handlers=[
            list_der_controls,
            set_der_control,
            clear_der_controls,
            refresh_der_controls,
            list_der_events,
        ],
    )
