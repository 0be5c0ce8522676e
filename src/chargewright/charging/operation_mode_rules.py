"""The rules that 2.1 added for a period: operation modes, discharging, values per phase (K01, Q08)."""

from typing import Final

from chargewright.charging.judgement import Case
from chargewright.charging.profile import (
    Feature,
    OperationMode,
    Period,
    Purpose,
    RateUnit,
    Schedule,
    decimal_of_tenths,
)

__all__ = ["judge_mode"]

_MODES_ALLOWED: Final = {
    Purpose.STATION_MAX: ("K01.FR.111", {OperationMode.CHARGING_ONLY}),
    Purpose.PRIORITY_CHARGING: ("K01.FR.111", {OperationMode.CHARGING_ONLY}),
    Purpose.EXTERNAL_CONSTRAINTS: (
        "K01.FR.112",
        {OperationMode.CHARGING_ONLY, OperationMode.EXTERNAL_LIMITS, OperationMode.EXTERNAL_SETPOINT},
    ),
    Purpose.LOCAL_GENERATION: (
        "K01.FR.113",
        {OperationMode.CHARGING_ONLY, OperationMode.EXTERNAL_LIMITS},
    ),
}


def judge_mode(case: Case, index: int, number: int, schedule: Schedule) -> None:
    """Judge a 2.1 period by its operation mode."""
    period = schedule.periods[number]
    mode = period.operation_mode or OperationMode.CHARGING_ONLY
    place = case.at_period(index, number, "operationMode")
    rule = _MODES_ALLOWED.get(case.profile.purpose)
    if rule is not None and mode not in rule[1]:
        extra = ", K01.FR.71" if case.profile.purpose is Purpose.PRIORITY_CHARGING else ""
        case.breach(place, f"{mode} is not for a {case.purpose_word}", v2=rule[0] + extra)
    station = case.station
    supported = None if station is None else station.operation_modes
    if supported is not None and mode not in {OperationMode.CHARGING_ONLY, *supported}:
        case.breach(place, f"the station does not support {mode}", v2="K01.FR.115")
    needs_setpoint = mode in {OperationMode.CENTRAL_SETPOINT, OperationMode.CENTRAL_FREQUENCY}
    if mode is OperationMode.CHARGING_ONLY and period.limit_tenths is None:
        case.breach(
            case.at_period(index, number, "limit"),
            f"limit is missing, and {mode} needs it",
            v2="ChargingSchedulePeriodType.limit",
        )
    if needs_setpoint and period.setpoint_tenths is None:
        case.breach(
            case.at_period(index, number, "setpoint"),
            f"setpoint is missing, and {mode} needs it",
            v2="ChargingSchedulePeriodType.setpoint",
        )
    if mode is OperationMode.LOCAL_FREQUENCY:
        if period.v2x_baseline_tenths is None or not period.has_frequency_curve:
            case.breach(
                case.at_period(index, number),
                f"{mode} needs v2xBaseline and v2xFreqWattCurve",
                v2="Q08.FR.02",
            )
        if schedule.unit is not RateUnit.W:
            case.breach(
                case.at_schedule(index, "chargingRateUnit"),
                f"{mode} needs the unit W",
                v2="Q08.FR.05",
            )
    _judge_sleep(case, index, number, period)
    _judge_discharge(case, index, number, period)
    _judge_per_phase(case, index, number, period)


def _judge_sleep(case: Case, index: int, number: int, period: Period) -> None:
    if not period.evse_sleep:
        return
    features = None if case.station is None else case.station.features
    awake = period.operation_mode is not OperationMode.IDLE
    if awake or (features is not None and Feature.EVSE_SLEEP not in features):
        text = "evseSleep outside Idle" if awake else f"evseSleep, but {Feature.EVSE_SLEEP} is not true"
        case.breach(case.at_period(index, number, "evseSleep"), text, v2="K01.FR.126")


def _judge_discharge(case: Case, index: int, number: int, period: Period) -> None:
    for name, value in (
        ("dischargeLimit", period.discharge_limit_tenths),
        ("dischargeLimit_L2", period.discharge_limit_tenths_l2),
        ("dischargeLimit_L3", period.discharge_limit_tenths_l3),
    ):
        if value is not None and value > 0:
            case.breach(
                case.at_period(index, number, name),
                f"{name} {decimal_of_tenths(value)} is positive; discharging is negative",
                v2="ChargingSchedulePeriodType.dischargeLimit",
            )


def _judge_per_phase(case: Case, index: int, number: int, period: Period) -> None:
    for base, first, others in (
        ("limit", period.limit_tenths, (period.limit_tenths_l2, period.limit_tenths_l3)),
        (
            "dischargeLimit",
            period.discharge_limit_tenths,
            (period.discharge_limit_tenths_l2, period.discharge_limit_tenths_l3),
        ),
        ("setpoint", period.setpoint_tenths, (period.setpoint_tenths_l2, period.setpoint_tenths_l3)),
    ):
        given = [f"{base}_L{i + 2}" for i, value in enumerate(others) if value is not None]
        if not given:
            continue
        place = case.at_period(index, number, given[0])
        names = " and ".join(given)
        if case.profile.purpose is not Purpose.TX:
            case.breach(place, f"{names} in a {case.purpose_word}; only a TxProfile may", v2="K01.FR.143")
        if case.ev_per_phase is False:
            case.breach(place, f"{names}, but the EV reported no values per phase", v2="K01.FR.142")
        if first is None:
            case.breach(place, f"{names} without {base}", v2="K01.FR.145")
