"""May this profile be installed? Every rule it breaks, each with its number; the profile is never changed.

The profile's own rules and those about where it goes stand here, those about its inside in `schedule_rules.py`.
Sections are of OCPP 1.6 edition 2 with its errata sheet; numbers are of OCPP 2.0.1 and 2.1 part 2.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chargewright.charging.installed import replaced_by
from chargewright.charging.judgement import Case, Source, Violation
from chargewright.charging.profile import (
    PURPOSES_OF,
    Dialect,
    Feature,
    Installed,
    Kind,
    Profile,
    Purpose,
    ReplaceKey,
    StationAbilities,
)
from chargewright.charging.schedule_rules import judge_schedules

__all__ = ["Source", "Violation", "violations"]


def violations(
    profile: Profile,
    *,
    dialect: Dialect,
    evse_id: int,
    station: StationAbilities | None = None,
    installed: Sequence[Installed] = (),
    transactions: Mapping[int, str] | None = None,
    source: Source = Source.CSMS,
    at: datetime | None = None,
    ev_needs_known: bool | None = None,
    ev_per_phase: bool | None = None,
) -> list[Violation]:
    """Return all rules that `profile` breaks on `evse_id`, and notes on what will not do what it seems to.

    What is not known is not judged: `station` (None), which transaction runs on which EVSE (`transactions` None;
    {} says that none runs), the present (`at` None), whether NotifyEVChargingNeeds came (`ev_needs_known`) and
    whether it spoke of L2 and L3 (`ev_per_phase`). Nothing but notes means that it may be installed.
    """
    case = Case(
        profile=profile,
        dialect=dialect,
        evse_id=evse_id,
        station=station,
        installed=installed,
        transactions=transactions,
        source=source,
        at=at,
        ev_needs_known=ev_needs_known,
        ev_per_phase=ev_per_phase,
    )
    _judge_place(case)
    _judge_identity(case)
    _judge_purpose(case)
    _judge_transaction(case)
    _judge_kind(case)
    _judge_validity(case)
    _judge_neighbours(case)
    judge_schedules(case)
    return case.found


def _judge_place(case: Case) -> None:
    evse_id, purpose, path = case.evse_id, case.profile.purpose, case.evse_path
    known = None if case.station is None else case.station.evse_ids
    if evse_id < 0 or (known is not None and evse_id != 0 and evse_id not in known):
        case.breach(
            path,
            f"there is no {case.evse_word} {evse_id}",
            v16="1.6 5.16, errata 3.39",
            v2="K01.FR.28",
        )
    if purpose is Purpose.STATION_MAX and evse_id > 0:
        case.breach(
            path,
            f"a cap for the whole station goes to {case.evse_word} 0, not {evse_id}",
            v16="1.6 3.13.1",
            v2="K 3.2, ChargingStationMaxProfile",
        )
    if purpose is Purpose.TX and evse_id == 0:
        case.breach(path, f"a TxProfile needs one {case.evse_word}, not 0", v16="1.6 3.13.1", v2="K01.FR.16")


def _judge_identity(case: Case) -> None:
    profile, station = case.profile, case.station
    level = case.at_profile("stackLevel")
    if profile.stack_level < 0:
        case.breach(
            level,
            f"stackLevel {profile.stack_level} is negative",
            v16="1.6 7.8",
            v2="ChargingProfileType.stackLevel",
        )
    if station is None:
        return
    if station.stack_level_max is not None and profile.stack_level > station.stack_level_max:
        case.breach(
            level,
            f"stackLevel {profile.stack_level}; the station's highest is {station.stack_level_max}",
            v16="1.6 9.4 ChargeProfileMaxStackLevel",
            v2="SmartChargingCtrlr.ProfileStackLevel",
        )
    lowest = station.external_constraints_id_max
    if case.newest and lowest is not None and profile.id <= lowest and case.source is not Source.EXTERNAL:
        case.breach(
            case.at_profile("id"),
            f"id {profile.id}; ids up to {lowest} belong to external systems",
            v2="K01.FR.80, K01.FR.81",
        )
    if station.profiles_max is not None:
        replaced = replaced_by(case.installed, case.evse_id, profile, case.dialect)
        count = len(case.installed) - len(replaced) + 1
        if count > station.profiles_max:
            case.breach(
                case.root,
                f"{count} profiles with this one; the station holds {station.profiles_max}",
                v16="1.6 9.4 MaxChargingProfilesInstalled",
                v2="SmartChargingCtrlr.Entries",
            )


def _judge_purpose(case: Case) -> None:
    purpose, source = case.profile.purpose, case.source
    path = case.at_profile("chargingProfilePurpose")
    if purpose not in PURPOSES_OF[case.dialect.version]:
        case.breach(
            path,
            f"{case.purpose_word} is unknown to {case.dialect.version}",
            v16="1.6 7.11",
            v2="ChargingProfilePurposeEnumType",
        )
    if source is not Source.EXTERNAL and purpose is Purpose.EXTERNAL_CONSTRAINTS and not case.old:
        case.breach(path, f"a CSMS must not set {purpose}", v2="K01.FR.22")
    if source is Source.REMOTE_START and purpose is not Purpose.TX:
        case.breach(
            path,
            f"{case.purpose_word} in a remote start; only a TxProfile may come with it",
            v16="1.6 5.11, errata 3.41",
            v2="K05.FR.02",
        )
    purposes = None if case.station is None else case.station.purposes
    if purposes is not None and purpose not in purposes:
        additional = purpose in {Purpose.PRIORITY_CHARGING, Purpose.LOCAL_GENERATION}
        case.breach(
            path,
            f"the station takes no {case.purpose_word}",
            v16="1.6 3.13.1",
            v2="K01.FR.120" if additional else "K 3.2",
        )


def _judge_transaction(case: Case) -> None:
    profile = case.profile
    path = case.at_profile("transactionId")
    given = profile.transaction_id
    if profile.purpose is not Purpose.TX:
        if given is not None:
            case.breach(
                path,
                f"transactionId {given} in a {case.purpose_word}; only a TxProfile has one",
                v16="1.6 7.8",
                v2="ChargingProfileType.transactionId",
            )
        return
    if case.source is Source.REMOTE_START:
        if given is not None:
            case.breach(
                path,
                f"transactionId {given} before the transaction has begun",
                v16="1.6 5.11, errata 3.41",
                v2="K05",
            )
        return
    if given is None:
        case.breach(path, "transactionId is missing", v16="1.6 5.16.2, errata 3.42", v2="K01.FR.03")
    if case.transactions is None or case.evse_id <= 0:
        return
    running = case.transactions.get(case.evse_id)
    if running is None:
        case.breach(
            case.evse_path,
            f"no transaction runs on {case.evse_word} {case.evse_id}",
            v16="1.6 5.16.2",
            v2="K01.FR.09",
        )
    elif given is not None and given != running:
        case.breach(
            path,
            f"transactionId {given}, but {running} runs on {case.evse_word} {case.evse_id}",
            v16="1.6 5.16.2",
            v2="K01.FR.33",
        )


def _judge_kind(case: Case) -> None:
    profile = case.profile
    path = case.at_profile("chargingProfileKind")
    if profile.kind is Kind.DYNAMIC:
        _judge_dynamic(case, path)
    elif profile.dyn_update_at is not None or profile.dyn_update_interval_s is not None:
        given = "dynUpdateTime" if profile.dyn_update_at is not None else "dynUpdateInterval"
        case.breach(
            case.at_profile(given),
            f"{given} in kind {profile.kind}",
            v16="1.6 7.8",
            v2="K01.FR.122, K28.FR.04" if case.newest else "2.0.1 ChargingProfileType",
        )
    if profile.purpose is Purpose.STATION_MAX and profile.kind is Kind.RELATIVE:
        (case.note if case.old else case.breach)(
            path,
            "a cap for the whole station has no transaction to be Relative to",
            v16="1.6 3.13.3",
            v2="K01.FR.38",
        )
    path = case.at_profile("recurrencyKind")
    if profile.kind is Kind.RECURRING and profile.recurrency is None:
        case.breach(
            path,
            "recurrencyKind is missing for kind Recurring",
            v16="1.6 7.8, errata 3.56",
            v2="ChargingProfileType.recurrencyKind",
        )
    if profile.kind is not Kind.RECURRING and profile.recurrency is not None:
        case.note(
            path,
            f"recurrencyKind {profile.recurrency} does nothing in kind {profile.kind}",
            v16="1.6 7.8, errata 3.56",
            v2="ChargingProfileType.recurrencyKind",
        )
    _judge_offline(case)


def _judge_dynamic(case: Case, path: str) -> None:
    if not case.newest:
        case.breach(
            path,
            f"Dynamic is unknown to {case.dialect.version}",
            v16="1.6 7.9",
            v2="ChargingProfileKindEnumType",
        )
        return
    features = None if case.station is None else case.station.features
    if features is not None and Feature.DYNAMIC_PROFILES not in features:
        case.breach(path, f"Dynamic, but {Feature.DYNAMIC_PROFILES} is not true", v2="K01.FR.121")
    if len(case.profile.schedules) != 1:
        case.breach(
            case.at_profile("chargingSchedule"),
            f"{len(case.profile.schedules)} schedules; a Dynamic profile has exactly one",
            v2="K28.FR.01",
        )


def _judge_offline(case: Case) -> None:
    profile = case.profile
    duration_s, forever = profile.max_offline_duration_s, profile.invalid_after_offline
    if not case.newest:
        for name, value in (("maxOfflineDuration", duration_s), ("invalidAfterOfflineDuration", forever)):
            if value is not None:
                case.breach(
                    case.at_profile(name),
                    f"{name} is unknown to {case.dialect.version}",
                    v16="1.6 7.8",
                    v2="2.0.1 ChargingProfileType",
                )
        return
    features = None if case.station is None else case.station.features
    path = case.at_profile("maxOfflineDuration")
    if duration_s is not None and features is not None and Feature.MAX_OFFLINE_DURATION not in features:
        case.breach(
            path,
            f"maxOfflineDuration {duration_s}, but {Feature.MAX_OFFLINE_DURATION} is not true",
            v2="SmartChargingCtrlr.SupportsMaxOfflineDuration",
        )
    if forever and duration_s is None:
        case.note(
            case.at_profile("invalidAfterOfflineDuration"),
            "invalidAfterOfflineDuration does nothing without maxOfflineDuration",
            v2="ChargingProfileType.invalidAfterOfflineDuration",
        )


def _judge_validity(case: Case) -> None:
    profile, at = case.profile, case.at
    valid_from, valid_to = profile.valid_from, profile.valid_to
    path = case.at_profile("validTo")
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        case.note(
            path,
            f"the profile is never valid: validTo {valid_to.isoformat()} is not after validFrom "
            f"{valid_from.isoformat()}",
            v16="1.6 7.8, errata 3.65",
            v2="ChargingProfileType.validTo",
        )
    if at is None:
        return
    if valid_to is not None and valid_to <= at:
        case.note(
            path,
            f"the profile is not valid any more: validTo {valid_to.isoformat()} is past",
            v16="1.6 7.8, errata 3.65",
            v2="ChargingProfileType.validTo",
        )
    replaced = replaced_by(case.installed, case.evse_id, profile, case.dialect)
    if valid_from is not None and valid_from > at and replaced:
        case.note(
            case.at_profile("validFrom"),
            f"profile {replaced[0].profile.id} is replaced now, this one holds only from "
            f"{valid_from.isoformat()}: until then lower levels or none apply",
            v16="1.6 5.16",
            v2="ChargingProfileType.validFrom",
        )


def _judge_neighbours(case: Case) -> None:
    """Judge the profile beside those that are installed."""
    for other in case.installed:
        if other.profile.id == case.profile.id:
            external = other.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS
            if external and case.source is not Source.EXTERNAL and not case.old:
                case.breach(
                    case.at_profile("id"),
                    f"id {case.profile.id} is that of an installed {other.profile.purpose}",
                    v2="K01.FR.05",
                )
            continue
        if case.dialect.replace_key is ReplaceKey.ID_ONLY:
            _judge_conflict(case, other)
        else:
            _note_replacement(case, other)
        if case.newest:
            _judge_phase_conflict(case, other)


def _judge_conflict(case: Case, other: Installed) -> None:
    mine, theirs = case.profile, other.profile
    if (mine.purpose, mine.stack_level) != (theirs.purpose, theirs.stack_level):
        return
    path = case.at_profile("stackLevel")
    text = f"stackLevel {mine.stack_level} of {case.purpose_word} is taken by profile {theirs.id}"
    if mine.purpose is Purpose.TX:
        if mine.transaction_id is not None and mine.transaction_id == theirs.transaction_id:
            case.breach(path, f"{text} for transaction {mine.transaction_id}", v16="1.6 5.16", v2="K01.FR.39")
        return
    if case.evse_id == other.evse_id:
        if _overlap(mine, theirs):
            case.breach(path, f"{text} on {case.evse_word} {other.evse_id}", v16="1.6 5.16", v2="K01.FR.06")
    elif mine.purpose is Purpose.TX_DEFAULT and 0 in {case.evse_id, other.evse_id}:
        case.breach(
            path,
            f"{text} on {case.evse_word} {other.evse_id}, this one goes to {case.evse_id}",
            v16="1.6 5.16",
            v2="K01.FR.52" if case.evse_id == 0 else "K01.FR.53",
        )


def _note_replacement(case: Case, other: Installed) -> None:
    mine, theirs = case.profile, other.profile
    if replaced_by([other], case.evse_id, mine, case.dialect):
        case.note(
            case.at_profile("stackLevel"),
            f"profile {theirs.id} has the same purpose and stackLevel {mine.stack_level} and is replaced",
            v16="1.6 5.16",
            v2="ChargingProfileType.stackLevel",
        )
    elif (
        mine.purpose is Purpose.TX_DEFAULT
        and theirs.purpose is Purpose.TX_DEFAULT
        and case.evse_id != other.evse_id
        and 0 in {case.evse_id, other.evse_id}
    ):
        case.note(
            case.evse_path,
            f"TxDefaultProfile {theirs.id} stands on {case.evse_word} {other.evse_id}: stations differ in which "
            "of the two goes first",
            v16="1.6 3.13.1",
            v2="K 3.2",
        )


def _judge_phase_conflict(case: Case, other: Installed) -> None:
    if case.evse_id != other.evse_id and 0 not in {case.evse_id, other.evse_id}:
        return
    if not _overlap(case.profile, other.profile):
        return
    theirs = {
        p.phase_to_use for s in other.profile.schedules for p in s.periods if p.phase_to_use is not None
    }
    for index, schedule in enumerate(case.profile.schedules):
        for number, period in enumerate(schedule.periods):
            use = period.phase_to_use
            if use is not None and theirs and theirs != {use}:
                case.breach(
                    case.at_period(index, number, "phaseToUse"),
                    f"phaseToUse {use}, but profile {other.profile.id} uses "
                    f"{', '.join(str(phase) for phase in sorted(theirs))}",
                    v2="K01.FR.141",
                )
                return


def _overlap(one: Profile, other: Profile) -> bool:
    """Tell whether two validity periods share an instant; an absent end is for ever."""
    first_ends_before = (
        one.valid_to is not None and other.valid_from is not None and one.valid_to <= other.valid_from
    )
    second_ends_before = (
        other.valid_to is not None and one.valid_from is not None and other.valid_to <= one.valid_from
    )
    return not (first_ends_before or second_ends_before)
