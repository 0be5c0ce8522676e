"""Cars that give energy back: the station's words, judged by the official schemas, and a site minute by minute."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ocpp.samples import message_of, random_sample
from tests.simulator.pair import START, arrival
from tests.simulator.raw import Raw

from chargewright.errors import InvalidInput
from chargewright.ocpp.catalog import Version
from chargewright.simulator.ev import Car
from chargewright.simulator.report import report_of
from chargewright.simulator.scenario import Arrival, Fault, Scenario, StationSpec
from chargewright.simulator.scenario_file import read_scenario, scenario_of_json, scenario_to_json
from chargewright.simulator.world import World

EXAMPLES = Path(__file__).parents[2] / "examples"
GIVER = {
    "phases": 3,
    "capacity_wh": 60_000,
    "soc": 0.6,
    "discharge_max_a": 16,
    "follow_s": 0,
    "current_max_a": 16,
}


def station(*, car=GIVER, version="ocpp2.1", v2x=True, **spec):
    """Connected, with a transaction."""
    raw = Raw(version, v2x=v2x, **spec)
    raw.connect()
    raw.station.plug_in(arrival(**car), raw.now)
    raw.run()
    return raw


def profile(raw, *periods, id_=1, level=1, unit="A", duration=900, **more):
    """(seconds, limit, what is given or None) each, in the words of a central system."""
    words = []
    for start, limit, given in periods:
        period = {"startPeriod": start, "limit": limit}
        if given is not None:
            period |= {"setpoint": -given, "dischargeLimit": -given, "operationMode": "CentralSetpoint"}
        words.append(period)
    schedule = {
        "id": 1,
        "chargingRateUnit": unit,
        "startSchedule": raw.at(0),
        "chargingSchedulePeriod": words,
    }
    if duration is not None:
        schedule["duration"] = duration
    return {
        "evseId": 1,
        "chargingProfile": {
            "id": id_,
            "stackLevel": level,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "transactionId": raw.station.transactions[-1].wire_id,
            "chargingSchedule": [schedule],
            **more,
        },
    }


def pilot(raw):
    return raw.station.pilot_a(1, raw.now)


# --- orders -----------------------------------------------------------------------------------------------------


def test_a_schedule_that_gives_is_followed_until_the_lease_runs_out():
    raw = station()
    base = profile(raw, (0, 6.0, None), id_=2, level=0, duration=None)
    lease = profile(raw, (0, 16.0, None), (300, 0.0, 10.0), (600, 0.0, 2.5))
    assert raw.order("SetChargingProfile", base) == {"status": "Accepted"}
    assert raw.order("SetChargingProfile", lease) == {"status": "Accepted"}
    followed = []
    for _ in range(17):
        followed.append(pilot(raw))
        raw.wait(60)
    assert followed == [16.0] * 5 + [-10.0] * 5 + [-2.5] * 5 + [6.0] * 2


@pytest.mark.parametrize(
    ("spec", "followed"),
    [
        ({"unit": "W"}, -20.0),
        ({"unit": "W", "conductors": 1}, -32.0),
        ({"unit": "W", "current_max_a": 16.0}, -16.0),
        ({"unit": "W", "rates_a": (0.0, 8.0, 16.0, 32.0)}, -16.0),
    ],
    ids=["in watts", "on one conductor", "the hardware", "the rates it has"],
)
def test_no_more_is_given_than_the_hardware_can(spec, followed):
    raw = station(**spec)
    order = profile(raw, (0, 0.0, 13_800.0), unit="W")
    assert raw.order("SetChargingProfile", order) == {"status": "Accepted"}
    assert pilot(raw) == followed


@pytest.mark.parametrize("version", ["ocpp2.1", "ocpp2.0.1"])
def test_a_station_without_v2x_refuses(version):
    raw = station(version=version, v2x=False)
    order = profile(raw, (0, 0.0, 10.0))
    if version == "ocpp2.1":
        answer = raw.order("SetChargingProfile", order)
        assert answer["status"] == "Rejected"
        assert "CentralSetpoint" in answer["statusInfo"]["additionalInfo"]
    else:
        assert raw.order("SetChargingProfile", order) != {"status": "Accepted"}
    assert pilot(raw) == 32.0


def test_what_a_v2x_station_cannot_do_it_refuses_too():
    raw = station()
    for mode in ("ExternalSetpoint", "CentralFrequency", "LocalLoadBalancing"):
        order = profile(raw, (0, 0.0, 10.0))
        order["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["operationMode"] = mode
        assert raw.order("SetChargingProfile", order)["status"] == "Rejected", mode


def test_a_dynamic_profile_is_steered_from_drawing_to_giving_and_back():
    raw = station()
    order = profile(raw, (0, 0.0, 5.0), duration=300)
    order["chargingProfile"]["chargingProfileKind"] = "Dynamic"
    del order["chargingProfile"]["chargingSchedule"][0]["startSchedule"]
    assert raw.order("SetChargingProfile", order) == {"status": "Accepted"}
    followed = [pilot(raw)]
    for update in ({"setpoint": -12.0, "dischargeLimit": -12.0}, {"setpoint": 9.0, "limit": 32.0}):
        raw.wait(120)
        answer = raw.order("UpdateDynamicSchedule", chargingProfileId=1, scheduleUpdate=update)
        assert answer == {"status": "Accepted"}
        followed.append(pilot(raw))
    raw.wait(301)
    assert [*followed, pilot(raw)] == [-5.0, -12.0, 9.0, 32.0]


def test_the_composite_schedule_says_when_it_will_give():
    raw = station()
    raw.order("SetChargingProfile", profile(raw, (0, 16.0, None), (300, 0.0, 10.0)))
    answer = raw.order("GetCompositeSchedule", evseId=1, duration=1200)
    assert answer["schedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
        {
            "startPeriod": 300,
            "limit": 0.0,
            "numberPhases": 3,
            "setpoint": -10.0,
            "dischargeLimit": -10.0,
            "operationMode": "CentralSetpoint",
        },
        {"startPeriod": 900, "limit": 32.0},
    ]


def test_an_order_ends_when_the_link_has_been_gone_for_too_long():
    raw = station()
    raw.station.faults["link_lost"] = 0.0
    raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0), maxOfflineDuration=120))
    assert pilot(raw) == -10.0
    raw.cut()
    raw.wait(119)
    assert pilot(raw) == -10.0
    raw.wait(1)
    assert pilot(raw) == 32.0


def to_a_decimal(sample):
    """Limits have one decimal at most, which the schemas do not say."""
    if isinstance(sample, dict):
        return {key: to_a_decimal(value) for key, value in sample.items()}
    if isinstance(sample, list):
        return [to_a_decimal(value) for value in sample]
    return round(sample, 1) if isinstance(sample, float) else sample


@pytest.mark.parametrize(
    "action", ["SetChargingProfile", "UpdateDynamicSchedule", "GetCompositeSchedule", "GetChargingProfiles"]
)
def test_whatever_is_ordered_is_answered_as_the_schemas_have_it(action):
    accepted = 0
    for seed in range(1, 25):
        raw = station()
        raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0), duration=None))
        sample = to_a_decimal(random_sample(message_of(Version.OCPP21, action), seed))
        answer = raw.order(action, sample)
        assert isinstance(answer, dict) or answer.endswith("ConstraintViolation"), (seed, answer)
        accepted += isinstance(answer, dict)
        raw.wait(61)
    assert accepted > 12


# --- what disobeys ------------------------------------------------------------------------------------------------


def test_a_station_that_ignores_limits_gives_nothing():
    raw = station()
    raw.station.faults["ignores_limit"] = 0.0
    assert raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0))) == {"status": "Accepted"}
    assert pilot(raw) == 32.0


def test_a_station_that_rejects_profiles_gives_nothing():
    raw = station()
    raw.station.faults["rejects_profiles"] = 0.0
    assert raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0)))["status"] == "Rejected"
    assert pilot(raw) == 32.0


@pytest.mark.parametrize(("survives", "followed"), [(True, -10.0), (False, 32.0)])
def test_a_station_that_is_down_gives_nothing_and_then_as_its_profiles_say(survives, followed):
    raw = station(profiles_survive_reboot=survives)
    raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0)))
    raw.station.reboot(raw.now, down_s=60, reason="Watchdog")
    assert pilot(raw) == 0.0
    raw.wait(61)
    assert pilot(raw) == followed


# --- what is told -------------------------------------------------------------------------------------------------


def measured(payload):
    """(measurand, phase) -> value of the last meter value in it."""
    return {(v["measurand"], v.get("phase")): v["value"] for v in payload["meterValue"][-1]["sampledValue"]}


def test_what_is_given_is_told_as_export_and_what_is_drawn_as_import():
    raw = station()
    raw.order("SetChargingProfile", profile(raw, (0, 16.0, None), (300, 0.0, 10.0)))
    raw.exported_wh, raw.soc, raw.currents_a = 4_321.9, 0.456, (16.0, 16.0, 16.0)
    raw.forget()
    raw.wait(60)
    drawing = measured(raw.all("TransactionEvent")[-1])
    raw.currents_a = (-10.0, -10.0, 0.0)
    raw.wait(300)
    giving = measured(raw.all("TransactionEvent")[-1])
    volts = {("Voltage", f"L{n}-N"): 230.0 for n in (1, 2, 3)}
    same = {
        ("Energy.Active.Import.Register", None): 1_234_567.0,
        ("Energy.Active.Export.Register", None): 4_321.0,
        ("SoC", None): 45.6,
        **volts,
    }
    assert drawing == same | {
        ("Power.Active.Import", None): 11_040.0,
        ("Power.Active.Export", None): 0.0,
        **{("Current.Import", f"L{n}"): 16.0 for n in (1, 2, 3)},
    }
    assert giving == same | {
        ("Power.Active.Import", None): 0.0,
        ("Power.Active.Export", None): 4_600.0,
        **{("Current.Import", f"L{n}"): 0.0 for n in (1, 2, 3)},
        ("Current.Export", "L1"): 10.0,
        ("Current.Export", "L2"): 10.0,
        ("Current.Export", "L3"): 0.0,
    }
    assert "-0.0" not in json.dumps(raw.said)


@pytest.mark.parametrize("version", ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"])
def test_a_station_without_v2x_tells_nothing_of_it(version):
    raw = station(version=version, v2x=False)
    raw.soc = 0.5
    raw.wait(60)
    said = json.dumps(raw.said)
    assert not [word for word in ("Export", "SoC", "operationMode") if word in said]


def test_a_change_of_mode_is_told_with_the_transaction():
    raw = station()
    raw.order("SetChargingProfile", profile(raw, (0, 16.0, None), (120, 0.0, 10.0), (240, 16.0, None)))
    modes = [(0, "Authorized", "ChargingOnly")]
    for _ in range(300):
        raw.forget()
        raw.wait(1)
        for event in raw.all("TransactionEvent"):
            if event["triggerReason"] == "OperationModeChanged":
                second = (raw.now - START).total_seconds()
                modes.append((second, event["triggerReason"], event["transactionInfo"]["operationMode"]))
            assert event["transactionInfo"]["operationMode"] == modes[-1][2]
    assert modes[1:] == [
        (120, "OperationModeChanged", "CentralSetpoint"),
        (240, "OperationModeChanged", "ChargingOnly"),
    ]


def states(raw):
    """The charging states told since the last look, each once."""
    found = []
    for event in raw.all("TransactionEvent"):
        state = event["transactionInfo"].get("chargingState")
        if state is not None and found[-1:] != [state]:
            found.append(state)
    raw.forget()
    return found


def test_a_car_that_gives_is_charging_as_the_standard_says_and_one_that_does_not_is_suspended():
    raw = station()
    raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0), (300, 0.0, None)))
    raw.station.drawing_changed(1, raw.now, drawing=True)
    raw.run()
    assert states(raw)[-1] == "Charging"
    raw.station.drawing_changed(1, raw.now, drawing=False)
    raw.wait(15)
    assert states(raw)[-1] == "SuspendedEV", "it is asked to give, and does not"
    raw.wait(300)
    assert states(raw)[-1] == "SuspendedEVSE"


def test_a_car_that_can_give_tells_what_it_holds_needs_and_can():
    raw = Raw("ocpp2.1", v2x=True)
    raw.soc = 0.61
    raw.connect()
    raw.station.plug_in(arrival(**GIVER, soc_target=0.9, soc_reserve=0.25), raw.now)
    raw.run()
    (told,) = raw.all("NotifyEVChargingNeeds")
    assert told == {
        "evseId": 1,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_BPT",
            "availableEnergyTransfer": ["AC_BPT", "AC_three_phase"],
            "controlMode": "DynamicControl",
            "mobilityNeedsMode": "EVCC",
            "departureTime": (START + timedelta(hours=8)).isoformat().replace("+00:00", "Z"),
            "v2xChargingParameters": {
                "minChargePower": 4_140.0,
                "maxChargePower": 11_040.0,
                "minDischargePower": 0.0,
                "maxDischargePower": 11_040.0,
                "maxChargeCurrent": 16.0,
                "maxDischargeCurrent": 16.0,
                # 10 kWh are wanted from 60 % on, of which 1 % of 60 kWh is there; it may give down to 25 %
                "evTargetEnergyRequest": 9_400.0,
                "evMinEnergyRequest": -21_600.0,
                "evMaxEnergyRequest": 17_400.0,
                "evMinV2XEnergyRequest": -21_600.0,
                "evMaxV2XEnergyRequest": 17_400.0,
                "targetSoC": 77,
            },
        },
    }


def test_a_car_that_only_charges_tells_the_same_as_anywhere():
    raw = station(car=GIVER | {"discharge_max_a": 0}, tells_needs=True)
    (told,) = raw.all("NotifyEVChargingNeeds")
    assert told["chargingNeeds"]["requestedEnergyTransfer"] == "AC_three_phase"
    assert told["chargingNeeds"].keys() == {
        "requestedEnergyTransfer",
        "departureTime",
        "acChargingParameters",
    }
    quiet = station(car=GIVER | {"discharge_max_a": 0})
    assert "NotifyEVChargingNeeds" not in quiet.actions()


def ability(raw, name, evse=1):
    component = {"name": "V2XChargingCtrlr"} | ({"evse": {"id": evse}} if evse else {})
    wanted = [{"component": component, "variable": {"name": name}}]
    (result,) = raw.order("GetVariables", getVariableData=wanted)["getVariableResult"]
    return result["attributeStatus"], result.get("attributeValue")


def test_the_device_model_says_what_may_be_asked_of_each_evse():
    raw = station(evses=2)
    for evse in (1, 2):
        assert ability(raw, "Enabled", evse) == ("Accepted", "true")
        modes = ("Accepted", "ChargingOnly,CentralSetpoint,ExternalLimits")
        assert ability(raw, "SupportedOperationModes", evse) == modes
        transfers = ("Accepted", "AC_single_phase,AC_two_phase,AC_three_phase,AC_BPT")
        assert ability(raw, "SupportedEnergyTransferModes", evse) == transfers
    assert ability(raw, "Enabled", 0) == ("UnknownComponent", None)
    assert ability(station(v2x=False), "Enabled") == ("UnknownComponent", None)
    raw.forget()
    assert raw.order("GetBaseReport", requestId=1, reportBase="FullInventory") == {"status": "Accepted"}
    raw.run()
    reported = {
        (item["component"]["name"], item["variable"]["name"], item["component"].get("evse", {}).get("id"))
        for report in raw.all("NotifyReport")
        for item in report["reportData"]
    }
    assert ("V2XChargingCtrlr", "SupportedOperationModes", 2) in reported


def test_every_measurand_that_is_told_is_declared():
    raw = station()
    raw.order("SetChargingProfile", profile(raw, (0, 0.0, 10.0)))
    raw.soc, raw.currents_a = 0.5, (-10.0, -10.0, -10.0)
    raw.wait(60)
    wanted = [{"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedMeasurands"}}]
    (result,) = raw.order("GetVariables", getVariableData=wanted)["getVariableResult"]
    told = {measurand for measurand, _ in measured(raw.all("TransactionEvent")[-1])}
    assert told == set(result["attributeValue"].split(","))


# --- a site, minute by minute -------------------------------------------------------------------------------------


def world(car, *, faults=(), stations=None, minutes=120, site=None):
    """One V2X station with a car, beside it one that only charges, under one connection."""
    stations = stations or (
        StationSpec("CP1", version="ocpp2.1", v2x=True),
        StationSpec("CP2", version="ocpp2.1"),
    )
    until = START + timedelta(minutes=minutes)
    node = site or {"id": "main", "limit_a": 40.0, "limit_kw": 25.0, "export_max_kw": 5.0}
    scenario = Scenario(
        name="two ways",
        start=START,
        end=until,
        site={
            "phase_v": 230.0,
            "nodes": [node],
            "evses": [{"station": s.id, "node": node["id"], "connection": "RST"} for s in stations],
        },
        stations=stations,
        arrivals=tuple(
            Arrival(s.id, 1, START + timedelta(seconds=1), until, 10_000.0, f"T{s.id}", car, until, 10_000.0)
            for s in stations
        ),
        faults=faults,
    )
    return World(scenario, start=START)


class Site:
    """The world with a central system at the first station, which is nothing but JSON; the other one has no link."""

    def __init__(self, car, **more):
        self.world = world(car, **more)
        self.raw = Raw.beside(self.world.links[0])
        self.raw.connect()
        self.wait(5)

    def wait(self, seconds):
        for _ in range(seconds):
            self.world.step(self.raw.now_s + 1)
            self.raw.now = self.world.now
            if self.raw.connected and not self.raw.station.wants_link(self.raw.now):
                self.raw.cut()
            self.raw.run()
            self.world.touch(0)
            self.world.settle(self.world.now)

    def order(self, *periods, **more):
        answer = self.raw.order("SetChargingProfile", profile(self.raw, *periods, **more))
        self.world.touch(0)
        self.world.settle(self.world.now)
        return answer["status"]

    @property
    def current_a(self):
        return float(self.world.fleet.current_a[0])


def test_a_setpoint_profile_is_followed_minute_by_minute_and_the_site_is_judged_with_it():
    site = Site(Car(**GIVER))
    assert site.order((0, 0.0, None), id_=2, level=0, duration=None) == "Accepted"
    assert site.order((0, 8.0, None), (300, 0.0, 10.0), (600, 0.0, 16.0)) == "Accepted"
    drawn, before = [], site.world.fleet.soc[0]
    for _ in range(17):
        site.wait(60)
        drawn.append((site.current_a, float(site.world.fleet.power_w)))
    beside_w = 16 * 690
    assert drawn == (
        [(8.0, beside_w + 8 * 690)] * 5
        + [(-10.0, beside_w - 10 * 690)] * 5
        + [(-16.0, 0.0)] * 5
        + [(0.0, beside_w)] * 2
    )
    fleet, judge = site.world.fleet, site.world.judge
    got_wh, given_wh = 8 * 690 / 12, (10 + 16) * 690 / 12
    # it follows at the end of the second in which it is told
    assert fleet.delivered_wh[0] == pytest.approx(got_wh, abs=20)
    assert fleet.exported_wh[0] == pytest.approx(given_wh, abs=20)
    assert (before - fleet.soc[0]) * 60_000 == pytest.approx(given_wh - got_wh, abs=40)
    assert judge.exported_wh == pytest.approx(fleet.exported_wh[0])
    assert judge.energy_wh == pytest.approx(fleet.delivered_wh.sum())
    assert judge.seconds_above == 0.0
    session = site.world.sessions[0]
    assert site.world.exported_wh(session) == fleet.exported_wh[0]
    assert site.world.delivered_wh(session) == fleet.delivered_wh[0]


def test_at_its_reserve_it_stops_says_so_and_charges_again_when_told():
    site = Site(Car(**GIVER | {"soc": 0.22, "capacity_wh": 20_000, "soc_reserve": 0.2}))
    site.order((0, 0.0, 10.0), duration=3600)
    site.wait(300)
    assert site.current_a == 0.0
    assert site.world.fleet.soc[0] == pytest.approx(0.2)
    assert site.world.fleet.exported_wh[0] == pytest.approx(400, abs=site.world.fleet.delivered_wh[0] + 1)
    assert states(site.raw)[-1] == "SuspendedEV"
    site.order((0, 6.0, None))
    site.wait(60)
    assert site.current_a == 6.0
    assert states(site.raw)[-1] == "Charging"


def test_the_meter_values_of_a_site_add_up():
    site = Site(Car(**GIVER))
    start = measured(site.raw.all("TransactionEvent")[0])
    site.wait(55)  # to the full minute, when meters are told
    site.order((0, 0.0, 12.0), (600, 10.0, None), duration=1800)
    told = []
    for _ in range(20):
        site.raw.forget()
        site.wait(60)
        told.append(measured(site.raw.all("TransactionEvent")[-1]))
    exported = [t["Energy.Active.Export.Register", None] for t in told]
    imported = [t["Energy.Active.Import.Register", None] for t in told]
    socs = [t["SoC", None] for t in told]
    assert exported == sorted(exported)
    assert imported == sorted(imported)
    fleet = site.world.fleet
    given = exported[-1] - start["Energy.Active.Export.Register", None]
    drawn = imported[-1] - start["Energy.Active.Import.Register", None]
    assert given == pytest.approx(fleet.exported_wh[0], abs=1.5)
    assert drawn == pytest.approx(fleet.delivered_wh[0], abs=1.5)
    assert start["Energy.Active.Export.Register", None] > 0, "the meter has counted before"
    assert socs[0] > socs[9] < socs[-1]
    assert socs[-1] == pytest.approx(100 * fleet.soc[0], abs=0.06)


def test_a_car_that_cannot_give_does_nothing_at_a_station_that_could():
    site = Site(Car(**GIVER | {"discharge_max_a": 0.0}))
    assert site.order((0, 0.0, 10.0)) == "Accepted"
    site.wait(60)
    assert site.current_a == 0.0
    assert site.world.judge.exported_wh == 0.0
    assert "SoC" not in json.dumps(site.raw.said)
    assert states(site.raw)[-1] == "SuspendedEV"


def test_with_its_link_gone_it_gives_until_the_lease_runs_out():
    site = Site(
        Car(**GIVER),
        faults=(Fault("CP1", "link_lost", START + timedelta(seconds=65), 3600.0),),
    )
    site.order((0, 6.0, None), id_=2, level=0, duration=None)
    site.order((0, 0.0, 10.0), duration=600)
    site.wait(590)
    assert not site.raw.connected
    assert site.current_a == -10.0
    site.wait(30)
    assert site.current_a == 6.0


def test_more_than_may_flow_back_is_seen_by_the_judge():
    alone = (StationSpec("CP1", version="ocpp2.1", v2x=True),)
    site = Site(Car(**GIVER), stations=alone)
    site.order((0, 0.0, 7.0), (60, 0.0, 8.0), (120, 0.0, 7.0))
    site.wait(180)
    assert site.world.judge.breaches == {"site export": 60.0}


@pytest.mark.parametrize(
    ("kind", "value", "during", "after"),
    [
        ("ignores_limit", 0.0, 16.0, -10.0),
        ("reboot", 0.0, 0.0, -10.0),
        ("evse_broken", 1.0, 0.0, 0.0),
        ("external_limit", 6.0, -10.0, -10.0),
        ("late_answers", 5.0, -10.0, -10.0),
        ("no_composite", 0.0, -10.0, -10.0),
    ],
)
def test_what_goes_wrong_at_a_station_goes_wrong_while_it_gives(kind, value, during, after):
    fault = Fault("CP1", kind, START + timedelta(seconds=60), 60.0, value)
    site = Site(Car(**GIVER), faults=(fault,))
    site.order((0, 0.0, 10.0))
    site.wait(50)
    assert site.current_a == -10.0
    site.wait(50)
    assert site.current_a == during
    site.wait(60)
    assert site.current_a == after


def test_the_report_tells_what_was_given_and_what_is_kept():
    site = Site(Car(**GIVER, round_trip_efficiency=0.8))
    site.order((0, 16.0, None), (300, 0.0, 10.0), (600, 0.0, None))
    site.wait(900)
    report = report_of(site.world)
    giver, taker = report.sessions
    fleet = site.world.fleet
    assert giver.energy_given_wh == pytest.approx(690 * 10 / 12, abs=3)
    assert giver.energy_kept_wh == pytest.approx((fleet.soc[0] - GIVER["soc"]) * 60_000)
    assert giver.energy_kept_wh < giver.energy_delivered_wh - giver.energy_given_wh
    assert (taker.energy_given_wh, taker.energy_kept_wh) == (0.0, taker.energy_delivered_wh)
    assert report.energy_given_kwh == pytest.approx(giver.energy_given_wh / 1000)
    total_wh = giver.energy_delivered_wh + taker.energy_delivered_wh
    assert report.energy_delivered_kwh == pytest.approx(total_wh / 1000)


# --- scenarios ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("station_keys", "car_keys", "why"),
    [
        ({"version": "ocpp2.0.1", "v2x": True}, {}, "station CP1: only 2.1 has words for V2X"),
        ({}, {"discharge_max_a": -1.0}, "car of TCP1 at CP1: discharge_max_a is below 0"),
        ({}, {"soc_reserve": 1.1}, "car of TCP1 at CP1: soc_reserve is not between 0 and 1"),
        (
            {},
            {"round_trip_efficiency": 0.0},
            "car of TCP1 at CP1: round_trip_efficiency is not above 0 and at most 1",
        ),
    ],
)
def test_a_story_that_cannot_be_is_refused_by_name(station_keys, car_keys, why):
    plain = scenario_to_json(world(Car(**GIVER)).scenario)
    plain["stations"][0].update(station_keys)
    plain["arrivals"][0]["car"].update(car_keys)
    with pytest.raises(InvalidInput) as refused:
        scenario_of_json(plain)
    assert str(refused.value) == why


def test_a_scenario_with_v2x_is_written_and_read_again():
    scenario = world(Car(**GIVER)).scenario
    assert scenario_of_json(json.loads(json.dumps(scenario_to_json(scenario), default=str))) == scenario


def test_the_example_is_a_car_that_gives_beside_one_that_only_charges():
    scenario = read_scenario(EXAMPLES / "v2x-scenario.json")
    world = World(scenario, start=scenario.start)
    giver, taker = (link.station for link in world.links)
    for second in range(1200):
        world.step(float(second))
    assert (giver.gives(giver.evses[1]), taker.gives(taker.evses[1])) == (True, False)
    assert world.fleet.current_a.tolist() == [16.0, 16.0]
    assert world.judge.seconds_above == 0.0
