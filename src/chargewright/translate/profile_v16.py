"""Charging profiles of 1.6 (7.8 to 7.14) <-> ours."""

from chargewright.charging.profile import (
    Kind,
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
from chargewright.errors import RemoteProtocolError, UnsupportedByVersion
from chargewright.ocpp.v16 import messages as v16

__all__ = ["PURPOSES", "profile_from_wire", "profile_to_wire", "schedule_from_wire"]

_VERSION = "ocpp1.6"

PURPOSES: dict[Purpose, v16.ChargingProfilePurposeEnum] = {
    Purpose.STATION_MAX: "ChargePointMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
_PURPOSES_IN = {wire: purpose for purpose, wire in PURPOSES.items()}
_KINDS: dict[Kind, v16.ChargingProfileKindEnum] = {
    Kind.ABSOLUTE: "Absolute",
    Kind.RECURRING: "Recurring",
    Kind.RELATIVE: "Relative",
}
_RECURRENCIES: dict[Recurrency, v16.RecurrencyKindEnum] = {
    Recurrency.DAILY: "Daily",
    Recurrency.WEEKLY: "Weekly",
}


def schedule_from_wire(schedule: v16.ChargingSchedule) -> Schedule:
    return Schedule(
        unit=RateUnit(schedule.charging_rate_unit),
        periods=tuple(
            Period(p.start_period, tenths_of(p.limit), p.number_phases)
            for p in schedule.charging_schedule_period
        ),
        start_at=None if schedule.start_schedule is None else as_utc(schedule.start_schedule),
        duration_s=schedule.duration,
        minimum_rate_tenths=None
        if schedule.min_charging_rate is None
        else tenths_of(schedule.min_charging_rate),
    )


def profile_from_wire(wire: v16.ChargingProfile) -> Profile:
    """Return csChargingProfiles as a profile. Raises `InvalidInput` for a limit finer than a tenth."""
    return Profile(
        id=wire.charging_profile_id,
        stack_level=wire.stack_level,
        purpose=_PURPOSES_IN[wire.charging_profile_purpose],
        kind=Kind(wire.charging_profile_kind),
        schedules=(schedule_from_wire(wire.charging_schedule),),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=None if wire.valid_from is None else as_utc(wire.valid_from),
        valid_to=None if wire.valid_to is None else as_utc(wire.valid_to),
        transaction_id=None if wire.transaction_id is None else str(wire.transaction_id),
    )


def profile_to_wire(profile: Profile) -> v16.ChargingProfile:
    """Return the profile as csChargingProfiles.

    Raises:
        UnsupportedByVersion: 1.6 cannot say it (a purpose, kind or period of 2.x, several schedules).

    """
    if profile.purpose not in PURPOSES or profile.kind not in _KINDS:
        raise _unsupported(f"{profile.purpose} of kind {profile.kind} is not known in 1.6")
    if len(profile.schedules) != 1:
        raise _unsupported(f"a profile has one schedule in 1.6, not {len(profile.schedules)}")
    (schedule,) = profile.schedules
    return v16.ChargingProfile(
        charging_profile_id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=PURPOSES[profile.purpose],
        charging_profile_kind=_KINDS[profile.kind],
        charging_schedule=v16.ChargingSchedule(
            charging_rate_unit=schedule.unit.value,
            charging_schedule_period=[_period(p) for p in schedule.periods],
            duration=schedule.duration_s,
            start_schedule=schedule.start_at,
            min_charging_rate=(
                None
                if schedule.minimum_rate_tenths is None
                else decimal_of_tenths(schedule.minimum_rate_tenths)
            ),
        ),
        transaction_id=_transaction_id(profile.transaction_id),
        recurrency_kind=None if profile.recurrency is None else _RECURRENCIES[profile.recurrency],
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
    )


def _period(period: Period) -> v16.ChargingSchedulePeriod:
    if period.limit_tenths is None or period.limit_tenths_l2 is not None or period.phase_to_use is not None:
        raise _unsupported("a period has exactly one limit in 1.6, and no phaseToUse")
    return v16.ChargingSchedulePeriod(
        start_period=period.start_s,
        limit=decimal_of_tenths(period.limit_tenths),
        number_phases=period.number_phases,
    )


def _transaction_id(transaction_id: str | None) -> int | None:
    if transaction_id is None:
        return None
    try:
        return int(transaction_id)
    except ValueError:
        raise RemoteProtocolError(f"{transaction_id!r} is no transaction id of 1.6") from None


def _unsupported(why: str) -> UnsupportedByVersion:
    return UnsupportedByVersion("SetChargingProfile", version=_VERSION, why=why)
