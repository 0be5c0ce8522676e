"""Orders to give energy back, written into a profile (OCPP 2.1: operation mode CentralSetpoint, Q03)."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

from chargewright.charging.profile import OperationMode, Period, Profile, RateUnit, StationAbilities
from chargewright.charging.timeline import Timeline

__all__ = ["with_giving"]

_SECOND: Final = timedelta(seconds=1)


def with_giving(profile: Profile, given: Timeline, abilities: StationAbilities) -> Profile:
    """Return a profile that `compile_limit` made, with what the car is to give back in it.

    `given` is in tenths of an ampere per phase; where it is 0 or unknown the profile stays as it is. Such a period sets
    a negative setpoint, the same as discharge limit, and 0 as limit, for whoever reads nothing else. Where the station
    takes fewer periods than this makes, the orders that matter least go.
    """
    (schedule,) = profile.schedules
    assert schedule.start_at is not None, "compiled profiles carry startSchedule"
    factor = 1 if schedule.unit is RateUnit.A else abilities.voltage_v * abilities.number_phases
    end_s = schedule.duration_s
    orders: list[tuple[int, int, int]] = []
    for piece in given:
        begin = max(-((schedule.start_at - piece.start) // _SECOND), 0)
        until = -((schedule.start_at - piece.end) // _SECOND)
        if piece.value and begin < (until if end_s is None else min(until, end_s)):
            orders.append((begin, until if end_s is None else min(until, end_s), piece.value))
    orders.sort(key=lambda order: -(order[1] - order[0]) * order[2])
    most = abilities.periods_max
    periods = _woven(schedule.periods, orders, factor)
    while orders and most is not None and len(periods) > most:
        orders.pop()
        periods = _woven(schedule.periods, orders, factor)
    return replace(profile, schedules=(replace(schedule, periods=periods),))


def _woven(
    periods: tuple[Period, ...], orders: list[tuple[int, int, int]], factor: int
) -> tuple[Period, ...]:
    """Lay the orders over the periods; each holds in [begin, until) s of the schedule."""
    starts = sorted({p.start_s for p in periods} | {s for begin, until, _ in orders for s in (begin, until)})
    found: list[Period] = []
    for start_s in starts:
        under = max((p for p in periods if p.start_s <= start_s), key=lambda p: p.start_s)
        value = next((value for begin, until, value in orders if begin <= start_s < until), 0)
        made = replace(under, start_s=start_s)
        if value:
            made = replace(
                made,
                limit_tenths=0,
                setpoint_tenths=-value * factor,
                discharge_limit_tenths=-value * factor,
                operation_mode=OperationMode.CENTRAL_SETPOINT,
            )
        found.append(made)
    same = [replace(later, start_s=earlier.start_s) == earlier for earlier, later in pairwise(found)]
    return (found[0], *(later for later, alike in zip(found[1:], same, strict=True) if not alike))
