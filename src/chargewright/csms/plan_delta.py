"""Whether what a station holds already says the same as what it would be sent: by composite schedule, not by JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chargewright.charging.composite import ActiveTransaction, Context, EvseContext, composite
from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    Profile,
    Purpose,
    RateUnit,
    StationAbilities,
)
from chargewright.charging.timeline import Timeline
from chargewright.clock import later
from chargewright.domain.commands import RawCommand
from chargewright.errors import InvalidInput
from chargewright.translate.translator import translator

__all__ = ["Held", "held", "says_the_same"]

BEYOND = timedelta(minutes=1)
"""So far behind the end of both profiles it shows whether one of them goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A profile on a station."""

    station: str
    evse_id: int
    profile: Profile


def held(station: str, request: Mapping[str, Any], protocol: str, where: str) -> Held:
    """Read the payload of a SetChargingProfile. Raises `InvalidInput` where it breaks its schema."""
    tongue = translator(protocol)
    try:
        _, wire = tongue.command(RawCommand("SetChargingProfile", dict(request)))
    except InvalidInput as why:
        raise InvalidInput(why.what, where=where) from why
    words: Any = wire
    old = protocol == "ocpp1.6"
    evse_id = words.connector_id if old else words.evse_id
    profile = tongue.read_profile(words.cs_charging_profiles if old else words.charging_profile)
    return Held(station=station, evse_id=int(evse_id), profile=profile)


def says_the_same(
    has: Held, evse_id: int, new: Profile, protocol: str, abilities: StationAbilities, at: datetime
) -> bool:
    """Whether the limit is the same at every instant from `at` on, and nothing else about the profile differs."""
    old = has.profile
    if (has.evse_id, _identity(old)) != (evse_id, _identity(new)):
        return False
    if old.kind is not Kind.ABSOLUTE or old.schedules[0].start_at is None:
        return False  # when such a schedule begins is known to the station alone
    if _orders(old, at) != _orders(new, at):
        return False
    ends = [profile.valid_to for profile in (old, new) if profile.valid_to is not None]
    window = (at, later(max([at, *ends]), BEYOND.total_seconds()))
    return all(
        _limit(old, evse_id, window, unit, protocol, abilities)
        == _limit(new, evse_id, window, unit, protocol, abilities)
        for unit in {old.schedules[0].unit, new.schedules[0].unit}
    )


def _orders(profile: Profile, at: datetime) -> list[tuple[datetime, int | None]]:
    """What the profile orders beside a limit from `at` on: setpoints, in tenths of their unit, and when each begins."""
    schedule = profile.schedules[0]
    assert schedule.start_at is not None, "judged by whoever asks"
    found: list[tuple[datetime, int | None]] = []
    for period in schedule.periods:
        begin = max(later(schedule.start_at, period.start_s), at)
        if found and found[-1][0] == begin:
            found.pop()
        if not found or found[-1][1] != period.setpoint_tenths:
            found.append((begin, period.setpoint_tenths))
    return found


def _identity(profile: Profile) -> tuple[int, int, Purpose, str | None]:
    return profile.id, profile.stack_level, profile.purpose, profile.transaction_id


def _limit(
    profile: Profile,
    evse_id: int,
    window: tuple[datetime, datetime],
    unit: RateUnit,
    protocol: str,
    abilities: StationAbilities,
) -> Timeline:
    at = window[0]
    running = ActiveTransaction(profile.transaction_id or "", at, power_path_closed_at=at)
    context = Context(
        dialect=Dialect.of(protocol),
        evses=(EvseContext(evse_id, abilities.number_phases, transaction=running),),
        voltage_v=abilities.voltage_v,
    )
    return composite(
        [Installed(evse_id, profile, later(at, -1.0))],
        evse_id=evse_id,
        window=window,
        unit=unit,
        context=context,
    ).limit
