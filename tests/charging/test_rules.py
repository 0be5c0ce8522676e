"""Profiles and the requirements they break. The expected numbers are from the standard's text, not from the code."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.charging.cases import (
    DEFAULT,
    DYNAMIC,
    HOUR,
    MAX,
    NEW,
    NEWEST,
    OLD,
    PLAIN,
    PRIORITY,
    T0,
    TX,
    found,
    steps,
    with_period,
    with_schedule,
)

from chargewright.charging.profile import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    ReplaceKey,
    Schedule,
    StationAbilities,
)
from chargewright.charging.rules import Source, violations


def test_an_example_from_the_field_is_accepted_with_exactly_two_notes():
    profile = Profile(
        158798,
        0,
        Purpose.TX,
        Kind.ABSOLUTE,
        (Schedule(RateUnit.W, (Period(0, 110000), Period(780, 90000), Period(1680, 45000)), None, 1680),),
        None,
        datetime(2020, 10, 15, 14, 32, tzinfo=UTC),
        datetime(2020, 10, 16, 14, 15, tzinfo=UTC),
        "339373",
    )
    out = violations(profile, dialect=OLD, evse_id=1)
    assert [v.severity for v in out] == ["note", "note"]
    assert {v.path for v in out} == {
        "csChargingProfiles.chargingSchedule.startSchedule",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod[2].startPeriod",
    }
    assert any(v.text.startswith("third period never runs") and "1680" in v.text for v in out)
    assert any(v.text == "startSchedule is missing for kind Absolute" for v in out)


@pytest.mark.parametrize("dialect", [OLD, NEW, NEWEST])
@pytest.mark.parametrize("profile", [TX, DEFAULT, replace(TX, stack_level=5)])
def test_a_plain_profile_breaks_nothing(profile, dialect):
    known = {"transactions": {1: "7"}, "at": T0, "station": StationAbilities(stack_level_max=5)}
    assert violations(profile, dialect=dialect, evse_id=1, **known) == []


S = "chargingProfile.chargingSchedule[0]"
P = f"{S}.chargingSchedulePeriod"

EVERY_2X = [
    (with_schedule(DEFAULT, periods=steps(5, 60)), {}, "K01.FR.31", f"{P}[0].startPeriod"),
    (with_schedule(DEFAULT, periods=steps(0, 60, 60)), {}, "K01.FR.35", f"{P}[2].startPeriod"),
    (with_schedule(DEFAULT, start_at=None), {}, "K01.FR.40", f"{S}.startSchedule"),
    (
        with_schedule(replace(DEFAULT, kind=Kind.RECURRING, recurrency=Recurrency.DAILY), start_at=None),
        {},
        "K01.FR.40",
        f"{S}.startSchedule",
    ),
    (replace(DEFAULT, kind=Kind.RELATIVE), {}, "K01.FR.41", f"{S}.startSchedule"),
    (replace(TX, transaction_id=None), {}, "K01.FR.03", "chargingProfile.transactionId"),
    (TX, {"evse_id": 0}, "K01.FR.16", "evseId"),
    (TX, {"transactions": {}}, "K01.FR.09", "evseId"),
    (TX, {"transactions": {2: "7"}}, "K01.FR.09", "evseId"),
    (TX, {"transactions": {1: "8"}}, "K01.FR.33", "chargingProfile.transactionId"),
    (MAX, {"evse_id": 1}, "K 3.2, ChargingStationMaxProfile", "evseId"),
    (
        with_schedule(replace(MAX, kind=Kind.RELATIVE), start_at=None),
        {"evse_id": 0},
        "K01.FR.38",
        "chargingProfile.chargingProfileKind",
    ),
    (
        replace(DEFAULT, purpose=Purpose.EXTERNAL_CONSTRAINTS),
        {},
        "K01.FR.22",
        "chargingProfile.chargingProfilePurpose",
    ),
    (DEFAULT, {"station": StationAbilities(unit_a=False)}, "K01.FR.26", f"{S}.chargingRateUnit"),
    (DEFAULT, {"station": StationAbilities(evse_ids=(1, 2)), "evse_id": 3}, "K01.FR.28", "evseId"),
    (
        with_period(DEFAULT, number_phases=1, phase_to_use=2),
        {"station": StationAbilities(features=frozenset())},
        "K01.FR.20",
        f"{P}[0].phaseToUse",
    ),
    (with_period(DEFAULT, number_phases=3, phase_to_use=2), {}, "K01.FR.19", f"{P}[0].phaseToUse"),
    (with_period(DEFAULT, phase_to_use=2), {}, "K01.FR.19", f"{P}[0].phaseToUse"),
    (
        with_period(DEFAULT, number_phases=3),
        {"station": StationAbilities(number_phases=1)},
        "K01.FR.45",
        f"{P}[0].numberPhases",
    ),
    (
        with_period(DEFAULT, number_phases=3),
        {"station": StationAbilities(direct_current=True)},
        "K01.FR.44",
        f"{P}[0].numberPhases",
    ),
    (
        replace(TX, schedules=(PLAIN, PLAIN)),
        {"ev_needs_known": False},
        "K01.FR.34",
        "chargingProfile.chargingSchedule",
    ),
    (
        replace(DEFAULT, schedules=(PLAIN, PLAIN)),
        {"ev_needs_known": True},
        "K01.FR.34",
        "chargingProfile.chargingSchedule",
    ),
    (DEFAULT, {"source": Source.REMOTE_START}, "K05.FR.02", "chargingProfile.chargingProfilePurpose"),
    (TX, {"source": Source.REMOTE_START}, "K05", "chargingProfile.transactionId"),
    (
        replace(DEFAULT, transaction_id="7"),
        {},
        "ChargingProfileType.transactionId",
        "chargingProfile.transactionId",
    ),
    (with_schedule(DEFAULT, periods=()), {}, "ChargingScheduleType.chargingSchedulePeriod", P),
    (
        with_schedule(DEFAULT, periods=steps(*range(1025))),
        {},
        "ChargingScheduleType.chargingSchedulePeriod",
        P,
    ),
    (
        with_schedule(DEFAULT, periods=steps(0, 60, 120)),
        {"station": StationAbilities(periods_max=2)},
        "SmartChargingCtrlr.PeriodsPerSchedule",
        P,
    ),
    (
        replace(DEFAULT, stack_level=3),
        {"station": StationAbilities(stack_level_max=2)},
        "SmartChargingCtrlr.ProfileStackLevel",
        "chargingProfile.stackLevel",
    ),
    (replace(DEFAULT, stack_level=-1), {}, "ChargingProfileType.stackLevel", "chargingProfile.stackLevel"),
    (
        replace(DEFAULT, kind=Kind.RECURRING),
        {},
        "ChargingProfileType.recurrencyKind",
        "chargingProfile.recurrencyKind",
    ),
    (
        replace(DEFAULT, schedules=()),
        {},
        "ChargingProfileType.chargingSchedule",
        "chargingProfile.chargingSchedule",
    ),
    (with_schedule(DEFAULT, duration_s=-1), {}, "ChargingScheduleType.duration", f"{S}.duration"),
]


@pytest.mark.parametrize("dialect", [NEW, NEWEST])
@pytest.mark.parametrize(("profile", "known", "requirement", "path"), EVERY_2X)
def test_2x_names_the_requirement_and_the_place(profile, known, requirement, path, dialect):
    assert found(profile, dialect, **known) == [(requirement, path)]


C = "csChargingProfiles.chargingSchedule"

EVERY_16 = [
    (
        with_schedule(DEFAULT, periods=steps(5, 60)),
        {},
        "errata 3.45",
        f"{C}.chargingSchedulePeriod[0].startPeriod",
    ),
    (
        with_schedule(DEFAULT, periods=steps(0, 60, 50)),
        {},
        "1.6 7.14",
        f"{C}.chargingSchedulePeriod[2].startPeriod",
    ),
    (with_schedule(DEFAULT, periods=()), {}, "1.6 7.13", f"{C}.chargingSchedulePeriod"),
    (with_period(DEFAULT, limit_tenths=None), {}, "1.6 7.14", f"{C}.chargingSchedulePeriod[0].limit"),
    (
        with_period(DEFAULT, number_phases=1, phase_to_use=1),
        {},
        "1.6 7.1",
        f"{C}.chargingSchedulePeriod[0].phaseToUse",
    ),
    (with_period(DEFAULT, number_phases=4), {}, "1.6 7.14", f"{C}.chargingSchedulePeriod[0].numberPhases"),
    (MAX, {"evse_id": 1}, "3.13.1", "connectorId"),
    (TX, {"evse_id": 0}, "3.13.1", "connectorId"),
    (replace(TX, transaction_id=None), {}, "5.16.2, errata 3.42", "csChargingProfiles.transactionId"),
    (TX, {"transactions": {}}, "5.16.2", "connectorId"),
    (TX, {"transactions": {1: "8"}}, "5.16.2", "csChargingProfiles.transactionId"),
    (replace(DEFAULT, transaction_id="7"), {}, "1.6 7.8", "csChargingProfiles.transactionId"),
    (TX, {"source": Source.REMOTE_START}, "errata 3.41", "chargingProfile.transactionId"),
    (DEFAULT, {"source": Source.REMOTE_START}, "errata 3.41", "chargingProfile.chargingProfilePurpose"),
    (PRIORITY, {}, "1.6 7.11", "csChargingProfiles.chargingProfilePurpose"),
    (
        replace(DEFAULT, purpose=Purpose.EXTERNAL_CONSTRAINTS),
        {},
        "1.6 7.11",
        "csChargingProfiles.chargingProfilePurpose",
    ),
    (DYNAMIC, {}, "1.6 7.9", "csChargingProfiles.chargingProfileKind"),
    (replace(DEFAULT, kind=Kind.RECURRING), {}, "errata 3.56", "csChargingProfiles.recurrencyKind"),
    (replace(DEFAULT, schedules=(PLAIN, PLAIN)), {}, "1.6 7.8", C),
    (with_schedule(DEFAULT, use_local_time=True), {}, "1.6 7.13", f"{C}.useLocalTime"),
    (DEFAULT, {"station": StationAbilities(evse_ids=(1,)), "evse_id": 2}, "errata 3.39", "connectorId"),
    (
        DEFAULT,
        {"station": StationAbilities(unit_a=False)},
        "ChargingScheduleAllowedChargingRateUnit",
        f"{C}.chargingRateUnit",
    ),
    (
        with_schedule(DEFAULT, periods=steps(0, 60, 120)),
        {"station": StationAbilities(periods_max=2)},
        "ChargingScheduleMaxPeriods",
        f"{C}.chargingSchedulePeriod",
    ),
    (
        replace(DEFAULT, stack_level=3),
        {"station": StationAbilities(stack_level_max=2)},
        "ChargeProfileMaxStackLevel",
        "csChargingProfiles.stackLevel",
    ),
    (
        DEFAULT,
        {"station": StationAbilities(profiles_max=1), "installed": [Installed(1, TX, T0)]},
        "MaxChargingProfilesInstalled",
        "csChargingProfiles",
    ),
    (
        MAX,
        {"evse_id": 0, "station": StationAbilities(purposes=frozenset({Purpose.TX}))},
        "3.13.1",
        "csChargingProfiles.chargingProfilePurpose",
    ),
]


@pytest.mark.parametrize(("profile", "known", "requirement", "path"), EVERY_16)
def test_16_names_the_section_and_the_place(profile, known, requirement, path):
    [(number, place)] = found(profile, OLD, **known)
    assert number.startswith("1.6 ")
    assert requirement in number
    assert place == path


def kept(profile, evse_id=1):
    return [Installed(evse_id, profile, T0)]


@pytest.mark.parametrize("dialect", [NEW, NEWEST])
@pytest.mark.parametrize(
    ("profile", "evse_id", "installed", "requirement"),
    [
        (replace(DEFAULT, id=9), 1, kept(DEFAULT), "K01.FR.06"),
        (replace(MAX, id=9), 0, kept(MAX, 0), "K01.FR.06"),
        (replace(TX, id=9), 1, kept(TX), "K01.FR.39"),
        (replace(DEFAULT, id=9), 0, kept(DEFAULT), "K01.FR.52"),
        (replace(DEFAULT, id=9), 1, kept(DEFAULT, 0), "K01.FR.53"),
        (replace(DEFAULT, id=3), 1, kept(replace(MAX, purpose=Purpose.EXTERNAL_CONSTRAINTS), 0), "K01.FR.05"),
    ],
)
def test_2x_refuses_a_conflict_with_what_is_installed(profile, evse_id, installed, requirement, dialect):
    assert [r for r, _ in found(profile, dialect, evse_id=evse_id, installed=installed)] == [requirement]


@pytest.mark.parametrize(
    ("profile", "evse_id", "installed"),
    [
        (DEFAULT, 1, kept(DEFAULT)),
        (replace(DEFAULT, id=9, stack_level=1), 1, kept(DEFAULT)),
        (replace(DEFAULT, id=9), 2, kept(DEFAULT)),
        (replace(TX, id=9, transaction_id="8"), 1, kept(TX)),
        (replace(DEFAULT, id=9, valid_from=T0), 1, kept(replace(DEFAULT, valid_to=T0))),
        (replace(DEFAULT, id=9, valid_to=T0), 1, kept(replace(DEFAULT, valid_from=T0))),
    ],
)
def test_2x_sees_no_conflict_where_there_is_none(profile, evse_id, installed):
    assert found(profile, NEW, evse_id=evse_id, installed=installed) == []


DAILY = replace(DEFAULT, kind=Kind.RECURRING, recurrency=Recurrency.DAILY)

NOTES = [
    (with_schedule(DEFAULT, start_at=None), {}, "startSchedule", "missing"),
    (replace(DEFAULT, kind=Kind.RELATIVE), {}, "startSchedule", "Relative"),
    (
        replace(with_schedule(MAX, start_at=None), kind=Kind.RELATIVE),
        {"evse_id": 0},
        "chargingProfileKind",
        "Relative",
    ),
    (
        with_schedule(DEFAULT, periods=steps(0, 60), duration_s=60),
        {},
        "[1].startPeriod",
        "second period never runs",
    ),
    (with_schedule(DEFAULT, duration_s=0), {}, "[0].startPeriod", "first period never runs"),
    (with_schedule(DAILY, periods=steps(0, 86_400)), {}, "[1].startPeriod", "86400"),
    (with_schedule(DAILY, duration_s=90_000), {}, "duration", "90000"),
    (
        with_schedule(replace(DEFAULT, valid_to=T0 + HOUR), periods=steps(0, 3_600)),
        {},
        "[1].startPeriod",
        "2025-06-02T13:00:00Z",
    ),
    (replace(DEFAULT, valid_to=T0), {}, "startSchedule", "never runs"),
    (replace(DEFAULT, valid_from=T0, valid_to=T0), {}, "validTo", "never valid"),
    (replace(DEFAULT, valid_to=T0 + HOUR), {"at": T0 + HOUR}, "validTo", "past"),
    (with_schedule(DEFAULT, duration_s=60), {"at": T0 + HOUR}, "duration", "over"),
    (with_schedule(replace(DEFAULT, valid_from=T0 + HOUR), duration_s=60), {}, "duration", "never runs"),
    (replace(DEFAULT, recurrency=Recurrency.DAILY), {}, "recurrencyKind", "does nothing"),
    (
        with_period(DEFAULT, number_phases=3),
        {"station": StationAbilities(number_phases=1)},
        "numberPhases",
        "1",
    ),
    (with_period(DEFAULT, limit_tenths=0), {"station": StationAbilities(accepts_zero=False)}, "limit", "0"),
    (with_period(DEFAULT, limit_tenths=59), {"station": StationAbilities()}, "limit", "5.9"),
    (
        with_period(with_schedule(DEFAULT, unit=RateUnit.W), limit_tenths=41_399),
        {"station": StationAbilities()},
        "limit",
        "4139.9",
    ),
    (with_period(DEFAULT, limit_tenths=-1), {}, "limit", "-0.1"),
    (replace(DEFAULT, id=9), {"installed": kept(DEFAULT)}, "stackLevel", "profile 2"),
    (replace(DEFAULT, id=9), {"installed": kept(DEFAULT, 0)}, "connectorId", "TxDefaultProfile 2"),
    (
        replace(DEFAULT, valid_from=T0 + HOUR),
        {"installed": kept(DEFAULT), "at": T0},
        "validFrom",
        "profile 2",
    ),
]


@pytest.mark.parametrize(("profile", "known", "place", "figure"), NOTES)
def test_16_notes_what_is_legal_and_will_surprise(profile, known, place, figure):
    known = {"evse_id": 1, **known}
    out = violations(profile, dialect=OLD, **known)
    assert [v.severity for v in out] in (["note"], ["note", "note"])
    assert any(v.path.endswith(place) and figure in v.text for v in out)


def test_all_faults_are_told_at_once():
    bad = Schedule(RateUnit.W, (Period(5, 10, 4), Period(5, None)), None, -1)
    profile = Profile(1, -1, Purpose.TX, Kind.ABSOLUTE, (bad,))
    numbers = {r for r, _ in found(profile, NEW, evse_id=0, station=StationAbilities(unit_w=False))}
    assert numbers >= {
        "K01.FR.03",
        "K01.FR.16",
        "K01.FR.26",
        "K01.FR.31",
        "K01.FR.35",
        "K01.FR.40",
        "K01.FR.45",
    }


def test_an_external_system_may_set_its_own_constraints_and_low_ids():
    profile = replace(DEFAULT, id=-1, purpose=Purpose.EXTERNAL_CONSTRAINTS)
    station = StationAbilities(external_constraints_id_max=10)
    assert found(profile, NEWEST, source=Source.EXTERNAL, station=station) == []


def test_a_store_that_is_full_takes_a_replacement():
    station = StationAbilities(profiles_max=1)
    assert found(DEFAULT, OLD, installed=kept(DEFAULT), station=station) == []
    anywhere = replace(OLD, replace_key=ReplaceKey.PURPOSE_LEVEL)
    other = replace(DEFAULT, id=9)
    assert found(other, anywhere, evse_id=2, installed=kept(DEFAULT), station=station) == []
    assert len(found(other, OLD, evse_id=2, installed=kept(DEFAULT), station=station)) == 1


@pytest.mark.parametrize("name", ["max_offline_duration_s", "invalid_after_offline"])
@pytest.mark.parametrize("dialect", [OLD, NEW])
def test_what_a_later_version_added_is_refused(name, dialect):
    assert len(found(replace(DEFAULT, **{name: 1}), dialect)) == 1
