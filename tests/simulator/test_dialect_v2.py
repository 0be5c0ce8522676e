"""A 2.0.1 station seen from the other end of its link. Requirement numbers are those of part 2."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.simulator.pair import START, Pair, arrival


@pytest.fixture
def pair():
    pair = Pair("ocpp2.0.1")
    pair.connect()
    return pair


def profile(pair, limit="10.0", *, purpose="TxDefaultProfile", unit="A", number=1, **more):
    schedule = pair.message("ChargingSchedule")(
        id=1,
        charging_rate_unit=unit,
        charging_schedule_period=[
            pair.message("ChargingSchedulePeriod")(start_period=0, limit=Decimal(limit)),
            *more.pop("periods", []),
        ],
        start_schedule=START,
    )
    return pair.message("ChargingProfile")(
        id=number,
        stack_level=more.pop("level", 0),
        charging_profile_purpose=purpose,
        charging_profile_kind="Absolute",
        charging_schedule=[schedule],
        **more,
    )


def install(pair, *args, evse_id=1, **more):
    return pair.order("SetChargingProfile", evse_id=evse_id, charging_profile=profile(pair, *args, **more))


def charging(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    return pair.station.transactions[-1].wire_id


def test_it_boots_and_tells_its_connector(pair):
    assert pair.actions() == ["BootNotification", "StatusNotification"]
    assert pair.all("BootNotification")[0].reason == "PowerUp"
    status = pair.all("StatusNotification")[0]
    assert (status.connector_status, status.evse_id, status.connector_id) == ("Available", 1, 1)


def test_a_whole_transaction(pair):
    pair.forget()
    wire_id = charging(pair)
    pair.currents_a = (16.0, 16.0, 16.0)
    pair.station.drawing_changed(1, pair.now, drawing=True)
    pair.wait(61)
    pair.station.drawing_changed(1, pair.now, drawing=False)
    pair.wait(15)
    pair.register_wh += 1_000
    pair.station.unplug(1, pair.now)
    pair.run()

    events = pair.all("TransactionEvent")
    assert [e.seq_no for e in events] == list(range(len(events)))
    assert {e.transaction_info.transaction_id for e in events} == {wire_id}
    told = [(e.event_type, e.trigger_reason, e.transaction_info.charging_state) for e in events]
    assert told == [
        ("Started", "Authorized", "Charging"),
        ("Updated", "MeterValuePeriodic", "Charging"),
        ("Updated", "ChargingStateChanged", "SuspendedEV"),
        ("Ended", "EVCommunicationLost", None),
    ]
    first, *_, last = events
    assert first.id_token.id_token == "T1"
    assert (first.evse.id, first.evse.connector_id) == (1, 1)
    assert last.transaction_info.stopped_reason == "EVDisconnected"
    registers = [
        [v.value for v in m.sampled_value if v.measurand == "Energy.Active.Import.Register"]
        for m in last.meter_value
    ]
    assert registers == [[1_234_567], [1_235_567]]
    statuses = [s.connector_status for s in pair.all("StatusNotification")]
    assert statuses == ["Occupied", "Available"]


def test_the_first_thing_told_of_a_transaction_is_its_start_whatever_its_limit(pair):
    install(pair, "0.0")
    charging(pair)
    pair.wait(5)
    events = pair.all("TransactionEvent")
    assert events[0].event_type == "Started"
    assert events[0].transaction_info.charging_state == "SuspendedEVSE"
    install(pair, "16.0", number=1)
    pair.station.drawing_changed(1, pair.now, drawing=True)
    pair.run()
    assert pair.all("TransactionEvent")[-1].transaction_info.charging_state == "Charging"


def test_what_happens_without_a_link_is_marked_so(pair):
    """E04.FR.01, E04.FR.03."""
    pair.cut()
    charging(pair)
    pair.wait(61)
    pair.connect()
    events = pair.all("TransactionEvent")
    assert [(e.event_type, e.offline, e.seq_no) for e in events][:2] == [
        ("Started", True, 0),
        ("Updated", True, 1),
    ]
    pair.wait(60)
    assert pair.all("TransactionEvent")[-1].offline is None


def test_a_token_that_turns_out_invalid_ends_the_transaction(pair):
    """E05.FR.09, E05.FR.10."""
    pair.cut()
    charging(pair)
    pair.token_status = "Invalid"
    pair.connect()
    last = pair.all("TransactionEvent")[-1]
    assert (last.event_type, last.trigger_reason) == ("Ended", "Deauthorized")
    assert last.transaction_info.stopped_reason == "DeAuthorized"
    assert pair.station.pilot_a(1, pair.now) == 0


def test_a_car_that_tells_what_it_wants():
    pair = Pair("ocpp2.0.1", tells_needs=True)
    pair.connect()
    pair.station.plug_in(arrival(hours=5, energy_wh=12_345.6, phases=3, current_max_a=16.0), pair.now)
    pair.run()
    (told,) = pair.all("NotifyEVChargingNeeds")
    needs = told.charging_needs
    assert (told.evse_id, needs.requested_energy_transfer) == (1, "AC_three_phase")
    assert needs.departure_time == START + timedelta(hours=5)
    assert (needs.ac_charging_parameters.energy_amount, needs.ac_charging_parameters.ev_max_current) == (
        12_346,
        16,
    )


def test_a_profile_is_obeyed_and_reported(pair):
    wire_id = charging(pair)
    step = pair.message("ChargingSchedulePeriod")(start_period=600, limit=Decimal("6.5"))
    answer = install(pair, purpose="TxProfile", transaction_id=wire_id, periods=[step])
    assert answer.status == "Accepted"
    assert pair.station.pilot_a(1, START) == 10
    assert pair.station.pilot_a(1, START + timedelta(seconds=600)) == 6.5
    schedule = pair.order("GetCompositeSchedule", evse_id=1, duration=900, charging_rate_unit="A").schedule
    assert [(p.start_period, p.limit) for p in schedule.charging_schedule_period] == [
        (0, Decimal("10.0")),
        (600, Decimal("6.5")),
    ]
    assert (schedule.schedule_start, schedule.duration, schedule.evse_id) == (START, 900, 1)


def test_a_profile_that_breaks_a_rule_is_rejected_with_the_reason(pair):
    """K01.FR.09: a TxProfile needs a transaction on its EVSE."""
    answer = install(pair, purpose="TxProfile", transaction_id="nobody")
    assert answer.status == "Rejected"
    assert "K01.FR.09" in answer.status_info.additional_info


def test_installed_profiles_are_reported_evse_by_evse():
    """K09."""
    pair = Pair("ocpp2.0.1", evses=2)
    pair.connect()
    criterion = pair.message("ChargingProfileCriterion")
    assert (
        pair.order("GetChargingProfiles", request_id=1, charging_profile=criterion()).status == "NoProfiles"
    )
    install(pair, evse_id=1, number=1)
    install(pair, evse_id=1, number=2, level=1)
    install(pair, evse_id=2, number=3)
    pair.forget()
    answer = pair.order("GetChargingProfiles", request_id=2, charging_profile=criterion())
    pair.run()
    assert answer.status == "Accepted"
    reports = pair.all("ReportChargingProfiles")
    assert [(r.evse_id, [p.id for p in r.charging_profile], r.tbc) for r in reports] == [
        (1, [1, 2], True),
        (2, [3], None),
    ]
    assert reports[0].charging_profile[0] == profile(pair, number=1)
    pair.forget()
    pair.order("GetChargingProfiles", request_id=3, evse_id=1, charging_profile=criterion(stack_level=1))
    pair.run()
    assert [[p.id for p in r.charging_profile] for r in pair.all("ReportChargingProfiles")] == [[2]]


def test_clearing(pair):
    install(pair, number=1)
    criteria = pair.message("ClearChargingProfile")
    assert pair.order("ClearChargingProfile", charging_profile_id=9).status == "Unknown"
    wanted = criteria(evse_id=1, charging_profile_purpose="TxDefaultProfile")
    assert pair.order("ClearChargingProfile", charging_profile_criteria=wanted).status == "Accepted"
    assert pair.station.profiles.installed == ()


def variable(pair, kind, component, name, **more):
    return pair.message(kind)(
        component=pair.message("Component")(name=component),
        variable=pair.message("Variable")(name=name),
        **more,
    )


def test_the_device_model_is_read_and_changed(pair):
    wanted = [
        variable(pair, "GetVariableData", "SmartChargingCtrlr", "RateUnit"),
        variable(pair, "GetVariableData", "SmartChargingCtrlr", "Colour"),
        variable(pair, "GetVariableData", "Kettle", "Colour"),
        variable(pair, "GetVariableData", "SmartChargingCtrlr", "RateUnit", attribute_type="MaxSet"),
    ]
    results = pair.order("GetVariables", get_variable_data=wanted).get_variable_result
    assert [(r.attribute_status, r.attribute_value) for r in results] == [
        ("Accepted", "A"),
        ("UnknownVariable", None),
        ("UnknownComponent", None),
        ("NotSupportedAttributeType", None),
    ]
    changes = [
        variable(pair, "SetVariableData", "SampledDataCtrlr", "TxUpdatedInterval", attribute_value="10"),
        variable(pair, "SetVariableData", "SampledDataCtrlr", "TxUpdatedInterval", attribute_value="soon"),
        variable(pair, "SetVariableData", "SmartChargingCtrlr", "RateUnit", attribute_value="W"),
        variable(pair, "SetVariableData", "Kettle", "Colour", attribute_value="red"),
    ]
    results = pair.order("SetVariables", set_variable_data=changes).set_variable_result
    assert [r.attribute_status for r in results] == ["Accepted", "Rejected", "Rejected", "UnknownComponent"]
    charging(pair)
    pair.forget()
    pair.wait(30)
    assert [e.trigger_reason for e in pair.all("TransactionEvent")].count("MeterValuePeriodic") == 3


def test_a_remote_start_and_stop(pair):
    """F02, F03."""
    token = pair.message("IdToken")(id_token="R1", type="Central")
    pair.token_status = "Blocked"
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    pair.token_status = "Accepted"
    wire = profile(pair, "9.0", purpose="TxProfile")
    answer = pair.order(
        "RequestStartTransaction", id_token=token, remote_start_id=7, evse_id=1, charging_profile=wire
    )
    started = pair.all("TransactionEvent")[0]
    assert answer.status == "Accepted"
    assert answer.transaction_id == started.transaction_info.transaction_id
    assert (started.trigger_reason, started.transaction_info.remote_start_id) == ("RemoteStart", 7)
    assert pair.station.pilot_a(1, pair.now) == 9
    again = pair.order("RequestStartTransaction", id_token=token, remote_start_id=8, evse_id=1)
    assert again.status == "Rejected"
    assert pair.order("RequestStopTransaction", transaction_id="nobody").status == "Rejected"
    assert pair.order("RequestStopTransaction", transaction_id=answer.transaction_id).status == "Accepted"
    ended = pair.all("TransactionEvent")[-1]
    assert (ended.trigger_reason, ended.transaction_info.stopped_reason) == ("RemoteStop", "Remote")


def test_a_reset_at_once_and_one_that_waits(pair):
    """B11, B12."""
    charging(pair)
    assert pair.order("Reset", type="Immediate", evse_id=9).status == "Rejected"
    assert pair.order("Reset", type="OnIdle").status == "Scheduled"
    pair.wait(10)
    assert pair.station.wants_link(pair.now)
    assert pair.order("Reset", type="Immediate").status == "Accepted"
    assert pair.all("TransactionEvent")[-1].transaction_info.stopped_reason == "ImmediateReset"
    pair.wait(1)
    assert not pair.station.wants_link(pair.now)
    pair.cut()
    pair.wait(20)
    pair.connect()
    assert pair.all("BootNotification")[-1].reason == "RemoteReset"


def test_what_is_triggered_comes(pair):
    def trigger(wanted, **more):
        pair.forget()
        return pair.order("TriggerMessage", requested_message=wanted, **more).status

    evse = pair.message("EVSE")
    assert trigger("TransactionEvent") == "Rejected"
    assert trigger("MeterValues", evse=evse(id=5)) == "Rejected"
    charging(pair)
    for wanted in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification", "TransactionEvent"):
        assert trigger(wanted) == "Accepted"
        pair.run()
        assert wanted in pair.actions()
    assert pair.all("TransactionEvent")[0].trigger_reason == "Trigger"


def test_connectors_and_availability(pair):
    evse = pair.message("EVSE")
    charging(pair)
    assert pair.order("UnlockConnector", evse_id=1, connector_id=1).status == "OngoingAuthorizedTransaction"
    assert pair.order("UnlockConnector", evse_id=2, connector_id=1).status == "UnknownConnector"
    change = {"evse": evse(id=1), "operational_status": "Inoperative"}
    assert pair.order("ChangeAvailability", **change).status == "Scheduled"
    pair.station.unplug(1, pair.now)
    pair.run()
    assert pair.all("StatusNotification")[-1].connector_status == "Unavailable"
    assert pair.order("UnlockConnector", evse_id=1, connector_id=1).status == "Unlocked"


def test_what_it_cannot_do_it_says(pair):
    assert pair.order("DataTransfer", vendor_id="x").status == "UnknownVendorId"
    pair.station.faults["rejects_profiles"] = 0.0
    assert install(pair).status == "Rejected"
    pair.station.faults["no_composite"] = 0.0
    assert pair.order("GetCompositeSchedule", evse_id=1, duration=60).status == "Rejected"
