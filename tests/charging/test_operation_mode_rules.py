"""What 2.1 added, and the requirements it breaks."""

from dataclasses import replace

import pytest
from tests.charging.cases import (
    DEFAULT,
    DYNAMIC,
    HOUR,
    MAX,
    NEWEST,
    PRIORITY,
    T0,
    TX,
    found,
    steps,
    with_period,
    with_schedule,
)

from chargewright.charging.profile import (
    Feature,
    Installed,
    LimitAtSoc,
    OperationMode,
    Purpose,
    RateUnit,
    StationAbilities,
)
from chargewright.charging.rules import Source, violations

S = "chargingProfile.chargingSchedule[0]"
P = f"{S}.chargingSchedulePeriod"

FEATURELESS = StationAbilities(features=frozenset(), operation_modes=frozenset())
EVERYTHING = StationAbilities(features=frozenset(Feature), operation_modes=frozenset(OperationMode))
SETPOINT = OperationMode.CENTRAL_SETPOINT

ONLY_21 = [
    (with_schedule(PRIORITY, duration_s=60), {}, "K01.FR.70, K01.FR.73", f"{S}.duration"),
    (
        with_period(PRIORITY, operation_mode=OperationMode.IDLE),
        {},
        "K01.FR.111, K01.FR.71",
        f"{P}[0].operationMode",
    ),
    (
        with_period(MAX, operation_mode=OperationMode.EXTERNAL_LIMITS),
        {"evse_id": 0},
        "K01.FR.111",
        f"{P}[0].operationMode",
    ),
    (
        with_period(
            replace(DEFAULT, purpose=Purpose.EXTERNAL_CONSTRAINTS),
            operation_mode=OperationMode.LOCAL_LOAD_BALANCING,
        ),
        {"source": Source.EXTERNAL},
        "K01.FR.112",
        f"{P}[0].operationMode",
    ),
    (
        with_period(
            replace(DEFAULT, purpose=Purpose.LOCAL_GENERATION), operation_mode=OperationMode.EXTERNAL_SETPOINT
        ),
        {},
        "K01.FR.113",
        f"{P}[0].operationMode",
    ),
    (
        with_period(TX, operation_mode=SETPOINT, setpoint_tenths=-50),
        {"station": FEATURELESS},
        "K01.FR.115",
        f"{P}[0].operationMode",
    ),
    (with_period(TX, limit_tenths=None), {}, "ChargingSchedulePeriodType.limit", f"{P}[0].limit"),
    (
        with_period(TX, operation_mode=SETPOINT),
        {},
        "ChargingSchedulePeriodType.setpoint",
        f"{P}[0].setpoint",
    ),
    (
        with_period(with_schedule(TX, unit=RateUnit.W), operation_mode=OperationMode.LOCAL_FREQUENCY),
        {},
        "Q08.FR.02",
        f"{P}[0]",
    ),
    (
        with_period(
            TX, operation_mode=OperationMode.LOCAL_FREQUENCY, v2x_baseline_tenths=0, has_frequency_curve=True
        ),
        {},
        "Q08.FR.05",
        f"{S}.chargingRateUnit",
    ),
    (with_period(DEFAULT, limit_tenths_l2=60), {}, "K01.FR.143", f"{P}[0].limit_L2"),
    (with_period(TX, limit_tenths_l3=60), {"ev_per_phase": False}, "K01.FR.142", f"{P}[0].limit_L3"),
    (
        with_period(TX, limit_tenths=None, limit_tenths_l2=60, operation_mode=SETPOINT, setpoint_tenths=60),
        {},
        "K01.FR.145",
        f"{P}[0].limit_L2",
    ),
    (
        with_schedule(MAX, randomized_delay_s=60),
        {"evse_id": 0},
        "K01.FR.95",
        f"{S}.randomizedDelay",
    ),
    (with_schedule(TX, use_local_time=True), {"station": FEATURELESS}, "K01.FR.123", f"{S}.useLocalTime"),
    (
        with_schedule(TX, randomized_delay_s=60),
        {"station": FEATURELESS},
        "K01.FR.124",
        f"{S}.randomizedDelay",
    ),
    (
        with_schedule(TX, limit_at_soc=LimitAtSoc(80, 60)),
        {"station": FEATURELESS},
        "K01.FR.125",
        f"{S}.limitAtSoC",
    ),
    (with_schedule(TX, limit_at_soc=LimitAtSoc(101, 60)), {}, "LimitAtSoCType.soc", f"{S}.limitAtSoC.soc"),
    (
        with_period(TX, operation_mode=OperationMode.IDLE, evse_sleep=True),
        {"station": replace(EVERYTHING, features=frozenset())},
        "K01.FR.126",
        f"{P}[0].evseSleep",
    ),
    (with_period(TX, evse_sleep=True), {"station": EVERYTHING}, "K01.FR.126", f"{P}[0].evseSleep"),
    (
        with_period(TX, operation_mode=SETPOINT, setpoint_tenths=0, discharge_limit_tenths=1),
        {},
        "ChargingSchedulePeriodType.dischargeLimit",
        f"{P}[0].dischargeLimit",
    ),
    (DYNAMIC, {"station": FEATURELESS}, "K01.FR.121", "chargingProfile.chargingProfileKind"),
    (with_schedule(DYNAMIC, periods=steps(0, 60)), {}, "K28.FR.01", P),
    (
        replace(DYNAMIC, schedules=DYNAMIC.schedules[:1] * 2),
        {},
        "K28.FR.01",
        "chargingProfile.chargingSchedule",
    ),
    (
        replace(TX, dyn_update_interval_s=60),
        {},
        "K01.FR.122, K28.FR.04",
        "chargingProfile.dynUpdateInterval",
    ),
    (replace(TX, dyn_update_at=T0), {}, "K01.FR.122, K28.FR.04", "chargingProfile.dynUpdateTime"),
    (
        PRIORITY,
        {"station": StationAbilities(purposes=frozenset({Purpose.TX}))},
        "K01.FR.120",
        "chargingProfile.chargingProfilePurpose",
    ),
    (
        DEFAULT,
        {"station": StationAbilities(external_constraints_id_max=2)},
        "K01.FR.80, K01.FR.81",
        "chargingProfile.id",
    ),
    (
        replace(TX, max_offline_duration_s=60),
        {"station": FEATURELESS},
        "SmartChargingCtrlr.SupportsMaxOfflineDuration",
        "chargingProfile.maxOfflineDuration",
    ),
    (
        with_period(TX, number_phases=1, phase_to_use=1),
        {"installed": [Installed(0, with_period(MAX, number_phases=1, phase_to_use=3), T0)]},
        "K01.FR.141",
        f"{P}[0].phaseToUse",
    ),
]


@pytest.mark.parametrize(("profile", "known", "requirement", "path"), ONLY_21)
def test_21_names_the_requirement_and_the_place(profile, known, requirement, path):
    # two of these break the rule for several schedules as well, which is not what is asked here
    got = [v for v in found(profile, NEWEST, **known) if v[0] != "K01.FR.34"]
    assert got == [(requirement, path)]


NOTES = [
    (replace(DEFAULT, invalid_after_offline=True), "chargingProfile.invalidAfterOfflineDuration", "nothing"),
    (replace(TX, schedules=TX.schedules * 2), "chargingProfile.chargingSchedule", "2 schedules"),
    (with_schedule(DYNAMIC, start_at=T0), f"{S}.startSchedule", "starts when it arrives"),
]


@pytest.mark.parametrize(("profile", "path", "figure"), NOTES)
def test_21_notes_what_is_legal_and_will_surprise(profile, path, figure):
    [note] = violations(profile, dialect=NEWEST, evse_id=1)
    assert (note.severity, note.path) == ("note", path)
    assert figure in note.text


@pytest.mark.parametrize("use", [0, 4])
def test_a_phase_that_there_is_not(use):
    profile = with_period(TX, number_phases=1, phase_to_use=use)
    assert found(profile, NEWEST) == [("ChargingSchedulePeriodType.phaseToUse", f"{P}[0].phaseToUse")]


@pytest.mark.parametrize(
    ("evse_id", "validity"), [(2, {}), (1, {"valid_to": T0}), (1, {"valid_from": T0 + HOUR})]
)
def test_phases_conflict_only_on_one_evse_at_one_time(evse_id, validity):
    other = with_period(replace(DEFAULT, **validity), number_phases=1, phase_to_use=3)
    profile = with_period(replace(TX, valid_from=T0, valid_to=T0 + HOUR), number_phases=1, phase_to_use=1)
    assert found(profile, NEWEST, installed=[Installed(evse_id, other, T0)]) == []
