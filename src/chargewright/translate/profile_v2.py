"""Charging profiles of 2.x <-> ours, written once against 2.1's types.

2.0.1 has the same names for what it has, so reading needs no second file; fields that only 2.1 knows are asked
for with a default. Writing makes the 2.1 message; `v201.py` narrows it or refuses.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from chargewright.charging.profile import (
    Kind,
    LimitAtSoc,
    OperationMode,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    decimal_of_tenths,
    tenths_of,
)
from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21

__all__ = ["profile_from_wire", "profile_to_wire"]


def profile_from_wire(wire: Any) -> Profile:
    """Return chargingProfile of 2.0.1 or 2.1 as a profile. Raises `InvalidInput` for a limit finer than a tenth."""
    return Profile(
        id=wire.id,
        stack_level=wire.stack_level,
        purpose=Purpose(wire.charging_profile_purpose),
        kind=Kind(wire.charging_profile_kind),
        schedules=tuple(_schedule_in(schedule) for schedule in wire.charging_schedule),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=_instant(wire.valid_from),
        valid_to=_instant(wire.valid_to),
        transaction_id=wire.transaction_id,
        dyn_update_at=_instant(getattr(wire, "dyn_update_time", None)),
        dyn_update_interval_s=getattr(wire, "dyn_update_interval", None),
        max_offline_duration_s=getattr(wire, "max_offline_duration", None),
        invalid_after_offline=getattr(wire, "invalid_after_offline_duration", None),
    )


def _schedule_in(wire: Any) -> Schedule:
    at_soc = getattr(wire, "limit_at_soc", None)
    return Schedule(
        unit=RateUnit(wire.charging_rate_unit),
        periods=tuple(_period_in(period) for period in wire.charging_schedule_period),
        start_at=_instant(wire.start_schedule),
        duration_s=wire.duration,
        minimum_rate_tenths=_tenths(wire.min_charging_rate),
        id=wire.id,
        randomized_delay_s=getattr(wire, "randomized_delay", None),
        use_local_time=bool(getattr(wire, "use_local_time", None)),
        limit_at_soc=None if at_soc is None else LimitAtSoc(at_soc.soc, tenths_of(at_soc.limit)),
    )


def _period_in(wire: Any) -> Period:
    def tenths(name: str) -> int | None:
        return _tenths(getattr(wire, name, None))

    mode = getattr(wire, "operation_mode", None)
    baseline = getattr(wire, "v2x_baseline", None)
    return Period(
        start_s=wire.start_period,
        limit_tenths=_tenths(wire.limit),
        number_phases=wire.number_phases,
        phase_to_use=wire.phase_to_use,
        limit_tenths_l2=tenths("limit_l2"),
        limit_tenths_l3=tenths("limit_l3"),
        discharge_limit_tenths=tenths("discharge_limit"),
        discharge_limit_tenths_l2=tenths("discharge_limit_l2"),
        discharge_limit_tenths_l3=tenths("discharge_limit_l3"),
        setpoint_tenths=tenths("setpoint"),
        setpoint_tenths_l2=tenths("setpoint_l2"),
        setpoint_tenths_l3=tenths("setpoint_l3"),
        setpoint_reactive_tenths=tenths("setpoint_reactive"),
        v2x_baseline_tenths=None if baseline is None else round(baseline * 10),
        has_frequency_curve=getattr(wire, "v2x_freq_watt_curve", None) is not None,
        operation_mode=None if mode is None else OperationMode(mode),
        evse_sleep=bool(getattr(wire, "evse_sleep", None)),
        precondition=bool(getattr(wire, "preconditioning_request", None)),
    )


def profile_to_wire(profile: Profile) -> v21.ChargingProfile:
    """Return the profile as chargingProfile of 2.1."""
    return v21.ChargingProfile(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=profile.purpose.value,
        charging_profile_kind=profile.kind.value,
        charging_schedule=[
            _schedule_out(schedule, n) for n, schedule in enumerate(profile.schedules, start=1)
        ],
        recurrency_kind=None if profile.recurrency is None else profile.recurrency.value,
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
        max_offline_duration=profile.max_offline_duration_s,
        invalid_after_offline_duration=profile.invalid_after_offline,
        dyn_update_interval=profile.dyn_update_interval_s,
        dyn_update_time=profile.dyn_update_at,
    )


def _schedule_out(schedule: Schedule, number: int) -> v21.ChargingSchedule:
    at_soc = schedule.limit_at_soc
    return v21.ChargingSchedule(
        id=schedule.id if schedule.id is not None else number,
        charging_rate_unit=schedule.unit.value,
        charging_schedule_period=[_period_out(period) for period in schedule.periods],
        limit_at_soc=(
            None
            if at_soc is None
            else v21.LimitAtSoC(soc=at_soc.soc_percent, limit=decimal_of_tenths(at_soc.limit_tenths))
        ),
        start_schedule=schedule.start_at,
        duration=schedule.duration_s,
        min_charging_rate=_decimal(schedule.minimum_rate_tenths),
        use_local_time=schedule.use_local_time or None,
        randomized_delay=schedule.randomized_delay_s,
    )


def _period_out(period: Period) -> v21.ChargingSchedulePeriod:
    baseline = period.v2x_baseline_tenths
    return v21.ChargingSchedulePeriod(
        start_period=period.start_s,
        limit=_decimal(period.limit_tenths),
        limit_l2=_decimal(period.limit_tenths_l2),
        limit_l3=_decimal(period.limit_tenths_l3),
        number_phases=period.number_phases,
        phase_to_use=period.phase_to_use,
        discharge_limit=_decimal(period.discharge_limit_tenths),
        discharge_limit_l2=_decimal(period.discharge_limit_tenths_l2),
        discharge_limit_l3=_decimal(period.discharge_limit_tenths_l3),
        setpoint=_decimal(period.setpoint_tenths),
        setpoint_l2=_decimal(period.setpoint_tenths_l2),
        setpoint_l3=_decimal(period.setpoint_tenths_l3),
        setpoint_reactive=_decimal(period.setpoint_reactive_tenths),
        v2x_baseline=None if baseline is None else baseline / 10,
        operation_mode=None if period.operation_mode is None else period.operation_mode.value,
        evse_sleep=period.evse_sleep or None,
        preconditioning_request=period.precondition or None,
    )


def _instant(at: datetime | None) -> datetime | None:
    return None if at is None else as_utc(at)


def _tenths(value: Decimal | None) -> int | None:
    return None if value is None else tenths_of(value)


def _decimal(tenths: int | None) -> Decimal | None:
    return None if tenths is None else decimal_of_tenths(tenths)
