"""What a 2.x station told of limits that others set there, of what its cars mean to draw, and of its profiles."""

from datetime import datetime
from typing import Any, Literal

from litestar import Router, get
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.ids import StationId

__all__ = [
    "EvScheduleView",
    "ExternalLimitView",
    "LimitsAndSchedules",
    "ReportedProfiles",
    "read_station_limits",
    "router",
]


class ExternalLimitView(Struct, kw_only=True):
    """A limit that somebody else set (an energy manager, a grid operator); `schedules` as OCPP spells them.

    With `is_local_generation` it tells of power that is generated at the site, which is no limit (2.1).
    """

    source: str
    evse: int | None
    is_grid_critical: bool | None
    is_local_generation: bool
    schedules: list[Any]
    told_at: datetime


class EvScheduleView(Struct, kw_only=True):
    """What a car means to draw, in steps of (seconds after `at`, limit), and what it was told."""

    evse: int
    at: datetime
    unit: Literal["A", "W"]
    steps: list[tuple[int, float]]
    duration_s: int | None
    status: Literal["Accepted", "Rejected"]
    why: str
    told_at: datetime


class ReportedProfiles(Struct, kw_only=True):
    """The station's last complete report of charging profiles; `unknown` were not sent by a plan from here."""

    request: int
    at: datetime
    count: int
    unknown: list[Any]


class LimitsAndSchedules(Struct, kw_only=True):
    """All of it. `profiles` is null until the station was asked for them (GetChargingProfiles)."""

    external_limits: list[ExternalLimitView]
    ev_schedules: list[EvScheduleView]
    profiles: ReportedProfiles | None


@get(
    "/{station_id:str}/limits",
    summary="Limits that others set at a station, schedules of its cars, and the profiles that it reported",
)
async def read_station_limits(services: Services, station_id: str) -> LimitsAndSchedules:
    known = services.provisioning.require(StationId(station_id)).id
    seen = await services.ev_charging.profiles_seen(known)
    return LimitsAndSchedules(
        external_limits=[
            ExternalLimitView(
                source=limit.source,
                evse=limit.evse_id,
                is_grid_critical=limit.is_grid_critical,
                is_local_generation=limit.is_local_generation,
                schedules=limit.schedules,
                told_at=limit.told_at,
            )
            for limit in await services.ev_charging.external_limits(known)
        ],
        ev_schedules=[
            EvScheduleView(
                evse=found.evse_id,
                at=found.schedule.at,
                unit=found.schedule.unit.value,
                steps=list(found.schedule.steps),
                duration_s=found.schedule.duration_s,
                status=found.status,
                why=found.why,
                told_at=found.told_at,
            )
            for found in await services.ev_charging.ev_schedules(known)
        ],
        profiles=None
        if seen is None
        else ReportedProfiles(request=seen.request_id, at=seen.at, count=seen.count, unknown=seen.unknown),
    )


def router() -> Router:
    """Limits and schedules, below a station."""
    return Router("/stations", route_handlers=[read_station_limits])
