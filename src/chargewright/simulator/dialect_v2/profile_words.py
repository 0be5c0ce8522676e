"""A charging profile of 2.x read into the engine's terms, and a period written back."""

from decimal import Decimal

import msgspec

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

__all__ = ["period_in", "period_out", "profile_in", "update_of"]


def profile_in(wire: v21.ChargingProfile) -> Profile:
    """Read a profile. Raises `InvalidInput` for a limit that is no multiple of 0.1."""
    return Profile(
        id=wire.id,
        stack_level=wire.stack_level,
        purpose=Purpose(wire.charging_profile_purpose),
        kind=Kind(wire.charging_profile_kind),
        schedules=tuple(_schedule_in(schedule) for schedule in wire.charging_schedule),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=None if wire.valid_from is None else as_utc(wire.valid_from),
        valid_to=None if wire.valid_to is None else as_utc(wire.valid_to),
        transaction_id=wire.transaction_id,
        dyn_update_at=None if wire.dyn_update_time is None else as_utc(wire.dyn_update_time),
        dyn_update_interval_s=wire.dyn_update_interval,
        max_offline_duration_s=wire.max_offline_duration,
        invalid_after_offline=wire.invalid_after_offline_duration,
    )


def _schedule_in(wire: v21.ChargingSchedule) -> Schedule:
    at_soc = wire.limit_at_soc
    return Schedule(
        id=wire.id,
        unit=RateUnit(wire.charging_rate_unit),
        periods=tuple(period_in(period) for period in wire.charging_schedule_period),
        start_at=None if wire.start_schedule is None else as_utc(wire.start_schedule),
        duration_s=wire.duration,
        minimum_rate_tenths=_tenths(wire.min_charging_rate),
        randomized_delay_s=wire.randomized_delay,
        use_local_time=bool(wire.use_local_time),
        limit_at_soc=None if at_soc is None else LimitAtSoc(at_soc.soc, tenths_of(at_soc.limit)),
    )


def period_in(wire: v21.ChargingSchedulePeriod) -> Period:
    """Read a period. Raises `InvalidInput` for a limit that is no multiple of 0.1."""
    baseline = None if wire.v2x_baseline is None else Decimal(str(wire.v2x_baseline))
    return Period(
        wire.start_period,
        _tenths(wire.limit),
        wire.number_phases,
        wire.phase_to_use,
        limit_tenths_l2=_tenths(wire.limit_l2),
        limit_tenths_l3=_tenths(wire.limit_l3),
        discharge_limit_tenths=_tenths(wire.discharge_limit),
        discharge_limit_tenths_l2=_tenths(wire.discharge_limit_l2),
        discharge_limit_tenths_l3=_tenths(wire.discharge_limit_l3),
        setpoint_tenths=_tenths(wire.setpoint),
        setpoint_tenths_l2=_tenths(wire.setpoint_l2),
        setpoint_tenths_l3=_tenths(wire.setpoint_l3),
        setpoint_reactive_tenths=_tenths(wire.setpoint_reactive),
        v2x_baseline_tenths=_tenths(baseline),
        has_frequency_curve=wire.v2x_freq_watt_curve is not None,
        operation_mode=None if wire.operation_mode is None else OperationMode(wire.operation_mode),
        evse_sleep=bool(wire.evse_sleep),
        precondition=bool(wire.preconditioning_request),
    )


def _tenths(number: Decimal | None) -> int | None:
    return None if number is None else tenths_of(number)


def period_out(period: Period) -> v21.ChargingSchedulePeriod:
    """Write a period of a composite schedule."""
    return v21.ChargingSchedulePeriod(
        start_period=period.start_s,
        limit=decimal_of_tenths(period.limit_tenths or 0),
        number_phases=period.number_phases,
        phase_to_use=period.phase_to_use,
        discharge_limit=_decimal(period.discharge_limit_tenths),
        setpoint=_decimal(period.setpoint_tenths),
        operation_mode=None if period.operation_mode is None else period.operation_mode.value,
    )


def _decimal(tenths: int | None) -> Decimal | None:
    return None if tenths is None else decimal_of_tenths(tenths)


def update_of(
    period: v21.ChargingSchedulePeriod, update: v21.ChargingScheduleUpdate
) -> v21.ChargingSchedulePeriod:
    """Return the period with what an update says; what it does not say stays (2.1 K28.FR.07)."""
    said = {
        name: value
        for name in update.__struct_fields__
        if name != "custom_data" and (value := getattr(update, name)) is not None
    }
    return msgspec.structs.replace(period, **said)
