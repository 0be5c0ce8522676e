"""The rules for what stands inside a profile: its schedules and their periods.

Numbers are those of OCPP 2.0.1 and 2.1 part 2 (K01, K28, Q08) and the sections of 1.6 edition 2 with its errata
sheet; where the standard states a rule only in a type or a variable, that is named instead.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chargewright.charging.judgement import Case
from chargewright.charging.operation_mode_rules import judge_mode
from chargewright.charging.profile import (
    Feature,
    Kind,
    Period,
    Purpose,
    RateUnit,
    Schedule,
    decimal_of_tenths,
)
from chargewright.clock import later

__all__ = ["judge_schedules"]

_ORDINALS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)

_FEATURE_RULES: Final[tuple[tuple[Feature, str, str, Callable[[Schedule], bool]], ...]] = (
    (Feature.USE_LOCAL_TIME, "useLocalTime", "K01.FR.123", lambda s: s.use_local_time),
    (Feature.RANDOMIZED_DELAY, "randomizedDelay", "K01.FR.124", lambda s: s.randomized_delay_s is not None),
    (Feature.LIMIT_AT_SOC, "limitAtSoC", "K01.FR.125", lambda s: s.limit_at_soc is not None),
)


def judge_schedules(case: Case) -> None:
    """Judge every schedule of the profile, and how many there are."""
    schedules = case.profile.schedules
    place = case.at_profile("chargingSchedule")
    most = 1 if case.old else 3
    if not 1 <= len(schedules) <= most:
        case.breach(
            place,
            f"{len(schedules)} schedules; {'exactly one is' if case.old else '1 to 3 are'} allowed",
            v16="1.6 7.8",
            v2="ChargingProfileType.chargingSchedule",
        )
    if not case.old and len(schedules) > 1:
        _several(case, place)
    for index, schedule in enumerate(schedules):
        _judge_unit(case, index, schedule)
        _judge_start(case, index, schedule)
        _judge_length(case, index, schedule)
        _judge_periods(case, index, schedule)
        _judge_additions(case, index, schedule)


def _several(case: Case, place: str) -> None:
    count = len(case.profile.schedules)
    if case.profile.purpose is not Purpose.TX or case.ev_needs_known is False:
        case.breach(
            place,
            f"{count} schedules, but only a TxProfile after NotifyEVChargingNeeds may have more than one",
            v2="K01.FR.34",
        )
    elif case.ev_needs_known is None:
        case.note(place, f"{count} schedules are allowed only after NotifyEVChargingNeeds", v2="K01.FR.34")


def _judge_unit(case: Case, index: int, schedule: Schedule) -> None:
    station = case.station
    if station is None:
        return
    if not (station.unit_a if schedule.unit is RateUnit.A else station.unit_w):
        case.breach(
            case.at_schedule(index, "chargingRateUnit"),
            f"{schedule.unit} is not a unit that the station takes",
            v16="1.6 9.4 ChargingScheduleAllowedChargingRateUnit",
            v2="K01.FR.26",
        )


def _judge_start(case: Case, index: int, schedule: Schedule) -> None:
    kind, start_at = case.profile.kind, schedule.start_at
    place = case.at_schedule(index, "startSchedule")
    if start_at is None and kind in {Kind.ABSOLUTE, Kind.RECURRING}:
        (case.note if case.old else case.breach)(
            place,
            f"startSchedule is missing for kind {kind}",
            v16="1.6 7.13, 3.13.3",
            v2="K01.FR.40",
        )
    if start_at is None:
        return
    if kind is Kind.RELATIVE:
        (case.note if case.old else case.breach)(
            place,
            f"startSchedule {_iso(start_at)} has no place in kind Relative",
            v16="1.6 3.13.3",
            v2="K01.FR.41",
        )
    if kind is Kind.DYNAMIC and not case.old:
        case.note(place, "a Dynamic profile starts when it arrives: startSchedule does nothing", v2="K28")
    valid_to = case.profile.valid_to
    if kind in {Kind.ABSOLUTE, Kind.RECURRING} and valid_to is not None and start_at >= valid_to:
        case.note(
            place,
            f"the schedule never runs: it starts at {_iso(start_at)}, validTo is {_iso(valid_to)}",
            v16="1.6 3.13.2",
            v2="ChargingProfileType.validTo",
        )


def _judge_length(case: Case, index: int, schedule: Schedule) -> None:
    profile, duration_s = case.profile, schedule.duration_s
    if duration_s is None:
        return
    place = case.at_schedule(index, "duration")
    if duration_s < 0:
        case.breach(
            place, f"duration {duration_s} is negative", v16="1.6 7.13", v2="ChargingScheduleType.duration"
        )
    if profile.purpose is Purpose.PRIORITY_CHARGING and not case.old:
        case.breach(
            place,
            f"duration {duration_s}: a PriorityCharging profile has none",
            v2="K01.FR.70, K01.FR.73",
        )
    recurrency = profile.recurrency
    if profile.kind is Kind.RECURRING and recurrency is not None and duration_s > recurrency.length_s:
        case.note(
            place,
            f"duration {duration_s} reaches beyond the {recurrency} recurrence of {recurrency.length_s} s",
            v16="1.6 3.13.3, errata 3.78",
            v2="RecurrencyKindEnumType",
        )
    if profile.kind is Kind.ABSOLUTE and schedule.start_at is not None and duration_s >= 0:
        over_at = later(schedule.start_at, duration_s)
        if case.at is not None and over_at <= case.at:
            case.note(
                place,
                f"the schedule is over since {_iso(over_at)}",
                v16="1.6 7.13",
                v2="ChargingScheduleType.duration",
            )
        if profile.valid_from is not None and over_at <= profile.valid_from:
            case.note(
                place,
                f"the schedule never runs: it is over at {_iso(over_at)}, "
                f"validFrom is {_iso(profile.valid_from)}",
                v16="1.6 7.13",
                v2="ChargingScheduleType.duration",
            )


def _judge_periods(case: Case, index: int, schedule: Schedule) -> None:
    periods = schedule.periods
    place = case.at_schedule(index, "chargingSchedulePeriod")
    if not periods:
        case.breach(
            place,
            "there is no period; at least one is needed",
            v16="1.6 7.13",
            v2="ChargingScheduleType.chargingSchedulePeriod",
        )
        return
    if not case.old and len(periods) > 1024:
        case.breach(
            place,
            f"{len(periods)} periods; 1024 is the most",
            v2="ChargingScheduleType.chargingSchedulePeriod",
        )
    if case.station is not None and case.station.periods_max is not None:
        most = case.station.periods_max
        if len(periods) > most:
            case.breach(
                place,
                f"{len(periods)} periods; the station takes {most}",
                v16="1.6 9.4 ChargingScheduleMaxPeriods",
                v2="SmartChargingCtrlr.PeriodsPerSchedule",
            )
    if periods[0].start_s != 0:
        case.breach(
            case.at_period(index, 0, "startPeriod"),
            f"the first startPeriod is {periods[0].start_s}; it must be 0",
            v16="1.6 7.14, errata 3.45",
            v2="K01.FR.31",
        )
    if case.profile.kind is Kind.DYNAMIC and len(periods) != 1 and not case.old:
        case.breach(place, f"{len(periods)} periods; a Dynamic profile has exactly one", v2="K28.FR.01")
    for number, period in enumerate(periods):
        if number and period.start_s <= periods[number - 1].start_s:
            case.breach(
                case.at_period(index, number, "startPeriod"),
                f"startPeriod {period.start_s} does not come after {periods[number - 1].start_s}",
                v16="1.6 7.14",
                v2="K01.FR.35",
            )
        _judge_running(case, index, number, schedule)
        _judge_phases(case, index, number, period)
        _judge_limit(case, index, number, schedule)
        if case.newest:
            judge_mode(case, index, number, schedule)
        else:
            _judge_later_words(case, index, number, period)


def _judge_running(case: Case, index: int, number: int, schedule: Schedule) -> None:
    """Note a period that never runs, once, for the first reason that ends the schedule before it."""
    profile = case.profile
    start_s = schedule.periods[number].start_s
    why = ""
    if schedule.duration_s is not None and start_s >= schedule.duration_s:
        why = f"duration ends at {schedule.duration_s} s"
    elif profile.kind is Kind.RECURRING and profile.recurrency is not None:
        if start_s >= profile.recurrency.length_s:
            why = f"the next {profile.recurrency} occurrence starts at {profile.recurrency.length_s} s"
    elif profile.kind is Kind.ABSOLUTE and schedule.start_at is not None and profile.valid_to is not None:
        begins_at = later(schedule.start_at, start_s)
        if schedule.start_at < profile.valid_to <= begins_at:
            why = f"validTo is {_iso(profile.valid_to)}, before {_iso(begins_at)}"
    if why:
        case.note(
            case.at_period(index, number, "startPeriod"),
            f"{_nth(number)} period never runs: it starts at {start_s} s, {why}",
            v16="1.6 7.13, 7.14",
            v2="ChargingSchedulePeriodType.startPeriod",
        )


def _judge_phases(case: Case, index: int, number: int, period: Period) -> None:
    phases, use = period.number_phases, period.phase_to_use
    place = case.at_period(index, number, "numberPhases")
    if phases is not None and not 0 <= phases <= 3:
        case.breach(
            place,
            f"numberPhases {phases}; 1 to 3 are possible",
            v16="1.6 7.14",
            v2="ChargingSchedulePeriodType.numberPhases",
        )
    station = case.station
    if station is not None and station.direct_current and not case.old:
        for name, value in (("numberPhases", phases), ("phaseToUse", use)):
            if value is not None:
                case.breach(
                    case.at_period(index, number, name),
                    f"{name} {value} on a direct-current EVSE",
                    v2="K01.FR.44",
                )
    elif station is not None and phases is not None and phases > station.number_phases:
        (case.note if case.old else case.breach)(
            place,
            f"numberPhases {phases}, the supply has {station.number_phases}",
            v16="1.6 7.14, errata 3.34",
            v2="K01.FR.45",
        )
    if use is None or case.old:
        return
    place = case.at_period(index, number, "phaseToUse")
    if not 1 <= use <= 3:
        case.breach(
            place,
            f"phaseToUse {use}; 1 to 3 are possible",
            v2="ChargingSchedulePeriodType.phaseToUse",
        )
    if phases != 1:
        case.breach(place, f"phaseToUse {use} goes only with numberPhases 1, not {phases}", v2="K01.FR.19")
    if (
        station is not None
        and station.features is not None
        and Feature.PHASE_SWITCHING not in station.features
    ):
        case.breach(place, f"phaseToUse {use}, but the station cannot switch phases", v2="K01.FR.20")


def _judge_limit(case: Case, index: int, number: int, schedule: Schedule) -> None:
    period = schedule.periods[number]
    place = case.at_period(index, number, "limit")
    limit = period.limit_tenths
    if limit is None:
        if not case.newest:
            case.breach(place, "limit is missing", v16="1.6 7.14", v2="ChargingSchedulePeriodType.limit")
        return
    if limit < 0:
        case.note(
            place,
            f"limit {decimal_of_tenths(limit)} is negative: most stations take it for 0 or refuse it",
            v16="1.6 7.14",
            v2="ChargingSchedulePeriodType.limit",
        )
    station = case.station
    if station is None:
        return
    if limit == 0 and not station.accepts_zero:
        case.note(
            place,
            "limit 0: this station is known not to pause and resume on it",
            v16="1.6 7.14",
            v2="ChargingSchedulePeriodType.limit",
        )
    if limit <= 0 or station.direct_current:
        return
    phases = period.number_phases or case.dialect.number_phases_missing or station.number_phases
    per_phase = limit if schedule.unit is RateUnit.A else limit // (station.voltage_v * phases)
    if per_phase < station.current_min_tenths:
        case.note(
            place,
            f"limit {decimal_of_tenths(limit)} {schedule.unit} is {decimal_of_tenths(per_phase)} A per phase, "
            f"below the {decimal_of_tenths(station.current_min_tenths)} A at which a car starts: it pauses",
            v16="1.6 7.14",
            v2="ChargingSchedulePeriodType.limit",
        )


def _judge_additions(case: Case, index: int, schedule: Schedule) -> None:
    """Judge what 2.1 added to a schedule."""
    delay_s, at_soc = schedule.randomized_delay_s, schedule.limit_at_soc
    if not case.newest:
        for present, name in (
            (schedule.use_local_time, "useLocalTime"),
            (delay_s is not None, "randomizedDelay"),
            (at_soc is not None, "limitAtSoC"),
        ):
            if present:
                _unknown_word(case, case.at_schedule(index, name), name)
        return
    if delay_s is not None and delay_s > 0 and case.profile.purpose not in {Purpose.TX, Purpose.TX_DEFAULT}:
        case.breach(
            case.at_schedule(index, "randomizedDelay"),
            f"randomizedDelay {delay_s} in a {case.purpose_word}; only TxProfile and TxDefaultProfile may",
            v2="K01.FR.95",
        )
    if at_soc is not None and not 0 <= at_soc.soc_percent <= 100:
        case.breach(
            case.at_schedule(index, "limitAtSoC.soc"),
            f"a state of charge of {at_soc.soc_percent} %",
            v2="LimitAtSoCType.soc",
        )
    if case.station is None or case.station.features is None:
        return
    for feature, name, requirement, used in _FEATURE_RULES:
        if used(schedule) and feature not in case.station.features:
            case.breach(case.at_schedule(index, name), f"{name}, but {feature} is not true", v2=requirement)


def _judge_later_words(case: Case, index: int, number: int, period: Period) -> None:
    """Refuse what a later version added to a period."""
    words: list[tuple[str, object]] = [
        ("limit_L2", period.limit_tenths_l2),
        ("limit_L3", period.limit_tenths_l3),
        ("dischargeLimit", period.discharge_limit_tenths),
        ("setpoint", period.setpoint_tenths),
        ("setpointReactive", period.setpoint_reactive_tenths),
        ("operationMode", period.operation_mode),
        ("evseSleep", period.evse_sleep or None),
        ("preconditioningRequest", period.precondition or None),
    ]
    if case.old:
        words.append(("phaseToUse", period.phase_to_use))
    for name, value in words:
        if value is not None:
            _unknown_word(case, case.at_period(index, number, name), name)


def _unknown_word(case: Case, place: str, name: str) -> None:
    case.breach(
        place,
        f"{name} is unknown to {case.dialect.version}",
        v16="1.6 7.13, 7.14",
        v2="2.0.1 ChargingScheduleType",
    )


def _nth(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else f"{number + 1}th"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
