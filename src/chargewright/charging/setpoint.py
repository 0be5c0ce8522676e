"""What a 2.1 station follows where periods set a rate instead of only limiting it (operation mode CentralSetpoint; Q03, Q04).

The profile that rules is found as for limits: priorities, stack levels and validity are those of `composite`. Of its
period the setpoint counts; a negative one is energy that the car is to give back. No more is given than its own
dischargeLimit, those of the profiles for the whole station and of external systems, and the hardware allow. A limit
says nothing about giving, and a plain period that goes before one with a setpoint ends the giving.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chargewright.charging.composite import Composite, Context, composite
from chargewright.charging.profile import Installed, OperationMode, Period, Profile, Purpose, RateUnit
from chargewright.charging.timeline import Timeline, combine
from chargewright.clock import later

__all__ = ["composite_periods", "setpoint_at", "setpoints"]

_OF_TRANSACTIONS: Final = frozenset({Purpose.TX, Purpose.TX_DEFAULT, Purpose.PRIORITY_CHARGING})
_BOUNDS: Final = frozenset({Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS})
_SECOND: Final = timedelta(seconds=1)
_HORIZON_S: Final = 86_400.0  # one day shows every change of a daily schedule


def setpoints(
    installed: Sequence[Installed],
    *,
    evse_id: int,
    window: tuple[datetime, datetime],
    unit: RateUnit,
    context: Context,
) -> Timeline:
    """Return what an EVSE does in the window [start, end), in tenths of `unit`.

    From 0 up it is the most that the car may draw; below 0 so much is to be given back. None: nothing is said. For EVSE 0
    it is what all may draw: what some draw and others give is no one rate.
    """
    drawn = composite(_drawing(installed), evse_id=evse_id, window=window, unit=unit, context=context).limit
    if evse_id == 0 or not any(_sets_rate(i.profile) for i in installed):
        return drawn
    given = _given(installed, evse_id=evse_id, window=window, unit=unit, context=context)
    return combine([drawn, given], _given_first)


def _given_first(present: tuple[int | None, ...]) -> int | None:
    drawn, given = present
    return -given if given else drawn


def setpoint_at(
    installed: Sequence[Installed], *, evse_id: int, at: datetime, unit: RateUnit, context: Context
) -> tuple[int | None, datetime]:
    """Return what an EVSE does at an instant, as `setpoints` has it, and until when it surely does."""
    window = (at, later(at, _HORIZON_S))
    found = setpoints(installed, evse_id=evse_id, window=window, unit=unit, context=context)
    return found.values[0], found.edges[1]


def composite_periods(
    installed: Sequence[Installed],
    *,
    evse_id: int,
    window: tuple[datetime, datetime],
    unit: RateUnit,
    context: Context,
    unlimited_tenths: int,
) -> tuple[Period, ...]:
    """Return a composite schedule's periods as a station reports them, those that give back with their setpoint.

    For EVSE 0 what its EVSEs are to give together stands as discharge limit alone: its setpoint would be that of none.
    """
    whole = composite(_drawing(installed), evse_id=evse_id, window=window, unit=unit, context=context)
    if not any(_sets_rate(i.profile) for i in installed):
        return whole.periods(unlimited_tenths)
    given = _given(installed, evse_id=evse_id, window=window, unit=unit, context=context)
    instants = {*whole.limit.edges[:-1], *whole.number_phases.edges[:-1], *given.edges[:-1]}
    return tuple(
        _reported(whole, instant, given.at(instant) or 0, unlimited_tenths) for instant in sorted(instants)
    )


def _reported(whole: Composite, instant: datetime, given: int, unlimited_tenths: int) -> Period:
    limit, start_s = whole.limit.at(instant), (instant - whole.limit.start) // _SECOND
    period = Period(start_s, unlimited_tenths if limit is None else limit, whole.number_phases.at(instant))
    if not given:
        return period
    period = replace(period, discharge_limit_tenths=-given)
    if whole.evse_id == 0:
        return period
    return replace(period, setpoint_tenths=-given, operation_mode=OperationMode.CENTRAL_SETPOINT)


# --- drawing ------------------------------------------------------------------------------------------------------


def _sets_rate(profile: Profile) -> bool:
    return any(_is_set(period) for schedule in profile.schedules for period in schedule.periods)


def _is_set(period: Period) -> bool:
    return period.operation_mode is OperationMode.CENTRAL_SETPOINT and period.setpoint_tenths is not None


def _drawing(installed: Sequence[Installed]) -> Sequence[Installed]:
    """The profiles with every setpoint as a limit: a car that is to give, or to draw so much, draws no more."""
    return [_changed(i, _most_drawn) if _sets_rate(i.profile) else i for i in installed]


def _most_drawn(period: Period) -> Period:
    if not _is_set(period):
        return period
    return replace(
        period,
        limit_tenths=_lower(period.limit_tenths, period.setpoint_tenths),
        limit_tenths_l2=_lower(period.limit_tenths_l2, period.setpoint_tenths_l2),
        limit_tenths_l3=_lower(period.limit_tenths_l3, period.setpoint_tenths_l3),
    )


def _lower(limit: int | None, setpoint: int | None) -> int | None:
    if setpoint is None:
        return limit
    return max(setpoint, 0) if limit is None else min(limit, max(setpoint, 0))


# --- giving -------------------------------------------------------------------------------------------------------


def _given(
    installed: Sequence[Installed],
    *,
    evse_id: int,
    window: tuple[datetime, datetime],
    unit: RateUnit,
    context: Context,
) -> Timeline:
    """Return what is to be given back, in tenths of `unit`, from 0 up; for EVSE 0 by all EVSEs together.

    What is given is written where limits stand, without its sign, and laid over each other as limits are.
    """
    # A least rate of charging is none of giving, whatever the station makes of one.
    context = replace(context, dialect=replace(context.dialect, minimum_rate_raises=False))
    free = replace(context, evses=tuple(replace(evse, current_max_tenths=None) for evse in context.evses))
    orders = [_changed(i, _most_given) for i in installed if i.profile.purpose in _OF_TRANSACTIONS]
    bounds = [_changed(i, _may_be_given) for i in installed if i.profile.purpose in _BOUNDS]
    meant = [evse.id for evse in context.evses] if evse_id == 0 else [evse_id]
    layers = [composite(bounds, evse_id=evse_id, window=window, unit=unit, context=context).limit]
    layers += [composite(orders, evse_id=n, window=window, unit=unit, context=free).limit for n in meant]
    return combine(layers, _within)


def _within(present: tuple[int | None, ...]) -> int:
    """Add what is ordered, up to the bound, which stands first."""
    bound, *orders = present
    total = sum(order or 0 for order in orders)
    return total if bound is None else min(total, bound)


def _most_given(period: Period) -> Period:
    """What a transaction's period sets; a plain one gives nothing."""
    if not _is_set(period):
        return Period(period.start_s, 0, period.number_phases)
    return Period(
        period.start_s,
        _magnitude(period.setpoint_tenths, period.discharge_limit_tenths),
        period.number_phases,
        limit_tenths_l2=_magnitude(period.setpoint_tenths_l2, period.discharge_limit_tenths_l2),
        limit_tenths_l3=_magnitude(period.setpoint_tenths_l3, period.discharge_limit_tenths_l3),
    )


def _magnitude(setpoint: int | None, discharge_limit: int | None) -> int | None:
    """How far the setpoint is below 0, the limit kept."""
    if setpoint is None:
        return None
    given = max(-setpoint, 0)
    return given if discharge_limit is None else min(given, -discharge_limit)


def _may_be_given(period: Period) -> Period:
    """What a profile for all transactions allows: only a dischargeLimit says something about giving."""
    most = period.discharge_limit_tenths
    return Period(period.start_s, None if most is None else -most, period.number_phases)


def _changed(installed: Installed, change: Callable[[Period], Period]) -> Installed:
    """The same profile with other periods."""
    schedules = tuple(
        replace(schedule, periods=tuple(change(period) for period in schedule.periods))
        for schedule in installed.profile.schedules
    )
    return replace(installed, profile=replace(installed.profile, schedules=schedules))
