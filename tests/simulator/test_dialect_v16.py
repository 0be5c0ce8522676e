"""A 1.6 station seen from the other end of its link. Sections are those of OCPP 1.6 edition 2."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.simulator.pair import START, Pair, arrival


@pytest.fixture
def pair():
    pair = Pair()
    pair.connect()
    return pair


def profile(pair, limit="10.0", *, purpose="TxDefaultProfile", unit="A", number=1, **more):
    schedule = pair.message("ChargingSchedule")(
        charging_rate_unit=unit,
        charging_schedule_period=[
            pair.message("ChargingSchedulePeriod")(start_period=0, limit=Decimal(limit)),
            *more.pop("periods", []),
        ],
        start_schedule=more.pop("start", START),
        duration=more.pop("duration", None),
    )
    return pair.message("ChargingProfile")(
        charging_profile_id=number,
        stack_level=more.pop("level", 0),
        charging_profile_purpose=purpose,
        charging_profile_kind="Absolute",
        charging_schedule=schedule,
        **more,
    )


def install(pair, *args, connector=1, **more):
    wire = profile(pair, *args, **more)
    return pair.order("SetChargingProfile", connector_id=connector, cs_charging_profiles=wire).status


def test_it_boots_and_tells_its_status(pair):
    assert pair.actions() == ["BootNotification", "StatusNotification"]
    assert pair.all("StatusNotification")[0].status == "Available"


def test_a_pending_station_says_nothing_but_asks_again_after_the_interval():
    pair = Pair()
    pair.boot_status = "Pending"
    pair.connect()
    pair.station.plug_in(arrival(), pair.now)
    pair.wait(299)
    assert pair.actions() == ["BootNotification"]
    pair.boot_status = "Accepted"
    pair.wait(2)
    assert pair.actions().count("BootNotification") == 2
    assert "StartTransaction" in pair.actions()


def test_heartbeats_come_at_the_interval_of_the_boot(pair):
    pair.wait(900)
    assert len(pair.all("Heartbeat")) == 3


def test_a_whole_session(pair):
    pair.forget()
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.actions() == ["StatusNotification", "Authorize", "StartTransaction", "StatusNotification"]
    assert [s.status for s in pair.all("StatusNotification")] == ["Preparing", "Charging"]
    start = pair.all("StartTransaction")[0]
    assert (start.connector_id, start.id_tag, start.meter_start) == (1, "T1", 1_234_567)
    assert pair.station.pilot_a(1, pair.now) == 32.0

    pair.currents_a = (16.0, 16.0, 15.5)
    pair.station.drawing_changed(1, pair.now, drawing=True)
    pair.forget()
    pair.wait(180)
    meters = pair.all("MeterValues")
    assert [m.meter_value[0].timestamp for m in meters] == [
        START + timedelta(seconds=60 * n) for n in (1, 2, 3)
    ]
    assert {m.transaction_id for m in meters} == {700}
    sampled = {(v.measurand, v.phase): v.value for v in meters[0].meter_value[0].sampled_value}
    assert sampled["Energy.Active.Import.Register", None] == "1234567"
    assert sampled["Power.Active.Import", None] == f"{47.5 * 230:.1f}"
    assert sampled["Current.Import", "L3"] == "15.50"

    pair.register_wh += 1_000
    pair.forget()
    pair.station.unplug(1, pair.now)
    pair.run()
    stop = pair.all("StopTransaction")[0]
    assert (stop.transaction_id, stop.meter_stop, stop.reason) == (700, 1_235_567, "EVDisconnected")
    contexts = {d.sampled_value[0].context: d.sampled_value[0].value for d in stop.transaction_data}
    assert contexts == {"Transaction.Begin": "1234567", "Transaction.End": "1235567"}
    assert pair.all("StatusNotification")[-1].status == "Available"
    assert pair.station.pilot_a(1, pair.now) == 0


def test_a_refused_card_charges_nothing(pair):
    pair.token_status = "Blocked"
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.all("StartTransaction") == []
    assert pair.station.pilot_a(1, pair.now) == 0
    assert pair.all("StatusNotification")[-1].status == "Preparing"


def test_a_card_that_gets_no_answer_is_shown_again(pair):
    pair.refuse = {"Authorize": 1}
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.all("StartTransaction") == []
    pair.wait(30)
    assert len(pair.all("StartTransaction")) == 1


def test_a_token_refused_only_at_the_start_ends_the_transaction(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.cut()
    assert pair.station.running, "it starts locally while there is no link"
    pair.token_status = "Invalid"
    pair.connect()
    assert pair.all("StopTransaction")[0].reason == "DeAuthorized"
    assert pair.station.pilot_a(1, pair.now) == 0


def test_what_happens_without_a_link_is_told_later_in_order_and_with_its_own_times(pair):
    pair.cut()
    pair.forget()
    pair.station.plug_in(arrival(), pair.now)
    pair.wait(125)
    pair.station.unplug(1, pair.now)
    pair.wait(60)
    pair.connect()
    transaction = [a for a in pair.actions() if a in {"StartTransaction", "MeterValues", "StopTransaction"}]
    assert transaction == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    assert "BootNotification" not in pair.actions()
    assert pair.all("StartTransaction")[0].timestamp == START
    assert {m.transaction_id for m in pair.all("MeterValues")} == {700}
    assert pair.all("StopTransaction")[0].timestamp == START + timedelta(seconds=125)


def test_a_start_whose_answer_was_lost_is_said_again_word_for_word(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.silent = True
    pair.run()  # Authorize hangs: the driver is let in when the link goes
    pair.cut()
    pair.connect()  # the start is sent, and not answered
    before = pair.all("StartTransaction")
    pair.cut()
    pair.silent = False
    pair.connect()
    starts = pair.all("StartTransaction")
    assert len(before) == 1
    assert len(starts) == 2
    assert starts[0] == starts[1]
    assert pair.station.transactions[0].wire_id == "700"


def test_transaction_messages_are_retried_and_the_rest_waits_for_them(pair):
    """TransactionMessageAttempts, TransactionMessageRetryInterval (9.1.34, 9.1.35)."""
    pair.refuse = {"StartTransaction": 2}
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    pair.wait(59)
    assert len(pair.all("StartTransaction")) == 1
    pair.wait(1)
    assert len(pair.all("StartTransaction")) == 2
    pair.wait(119)
    assert pair.all("MeterValues") == []
    pair.wait(1)
    assert len(pair.all("StartTransaction")) == 3
    assert len(pair.all("MeterValues")) == 3
    assert {m.transaction_id for m in pair.all("MeterValues")} == {700}


def test_a_start_that_nobody_ever_takes_leaves_a_transaction_without_an_id(pair):
    """Errata 3.54."""
    pair.refuse = {"StartTransaction": 3}
    pair.station.plug_in(arrival(), pair.now)
    pair.wait(200)
    pair.station.unplug(1, pair.now)
    pair.run()
    assert pair.all("StopTransaction")[0].transaction_id == -1
    assert pair.station.outbox.given_up == 1


def test_a_profile_is_obeyed_and_reported(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    step = pair.message("ChargingSchedulePeriod")(start_period=600, limit=Decimal("6.5"))
    assert (
        install(pair, "10.0", number=5, purpose="TxProfile", transaction_id=700, periods=[step]) == "Accepted"
    )
    assert pair.station.pilot_a(1, START) == 10.0
    assert pair.station.pilot_a(1, START + timedelta(seconds=599)) == 10.0
    assert pair.station.pilot_a(1, START + timedelta(seconds=600)) == 6.5
    answer = pair.order("GetCompositeSchedule", connector_id=1, duration=900, charging_rate_unit="A")
    periods = answer.charging_schedule.charging_schedule_period
    assert [(p.start_period, p.limit) for p in periods] == [(0, Decimal("10.0")), (600, Decimal("6.5"))]
    assert answer.schedule_start == START


def test_without_a_profile_the_hardware_is_what_it_reports(pair):
    answer = pair.order("GetCompositeSchedule", connector_id=1, duration=60)
    (period,) = answer.charging_schedule.charging_schedule_period
    assert period.limit == 32


def test_below_six_amperes_nothing_is_offered_and_the_status_says_so(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    install(pair, "5.9")
    pair.wait(1)
    assert pair.station.pilot_a(1, pair.now) == 0
    assert pair.all("StatusNotification")[-1].status == "SuspendedEVSE"
    install(pair, "6.0")
    pair.wait(12)
    assert pair.station.pilot_a(1, pair.now) == 6
    assert pair.all("StatusNotification")[-1].status == "SuspendedEV"


def test_a_tx_profile_goes_with_its_transaction_and_the_default_stays(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    install(pair, "8.0", number=1)
    install(pair, "12.0", number=2, purpose="TxProfile", transaction_id=700)
    assert pair.station.pilot_a(1, pair.now) == 12
    pair.station.unplug(1, pair.now)
    assert [i.profile.id for i in pair.station.profiles.installed] == [1]
    pair.run()
    pair.station.plug_in(arrival(token="T2"), pair.now)
    pair.run()
    assert pair.station.pilot_a(1, pair.now) == 8


def test_a_tx_profile_for_no_transaction_or_another_one_is_rejected(pair):
    assert install(pair, purpose="TxProfile", transaction_id=700) == "Rejected"
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert install(pair, purpose="TxProfile", transaction_id=701) == "Rejected"
    assert pair.station.profiles.installed == ()


@pytest.mark.parametrize(("unit", "offered"), [("A", "W"), ("W", "A")])
def test_a_unit_that_the_station_does_not_take_is_rejected(unit, offered):
    pair = Pair(unit=unit)
    pair.connect()
    assert install(pair, "10.0", unit=offered) == "Rejected"
    answer = pair.order("GetCompositeSchedule", connector_id=1, duration=60, charging_rate_unit=offered)
    assert answer.status == "Rejected"


def test_a_station_that_counts_in_watts_turns_them_into_its_pilot():
    pair = Pair(unit="W")
    pair.connect()
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert install(pair, "6900.0", unit="W") == "Accepted"
    assert pair.station.pilot_a(1, pair.now) == pytest.approx(10)


def test_a_line_to_line_evse_has_one_conductor():
    pair = Pair(unit="W", conductors=1, voltage_v=208.0)
    pair.connect()
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    install(pair, "2080.0", unit="W")
    assert pair.station.pilot_a(1, pair.now) == pytest.approx(10)
    pair.currents_a = (10.0,)
    values = {v.phase for v in _triggered(pair).sampled_value if v.measurand == "Current.Import"}
    assert values == {"L1"}


def _triggered(pair):
    pair.forget()
    assert pair.order("TriggerMessage", requested_message="MeterValues", connector_id=1).status == "Accepted"
    pair.run()
    return pair.all("MeterValues")[0].meter_value[0]


def test_clearing(pair):
    install(pair, number=1)
    assert pair.order("ClearChargingProfile", id=99).status == "Unknown"
    assert pair.order("ClearChargingProfile", id=1).status == "Accepted"
    assert pair.order("ClearChargingProfile").status == "Unknown"


def test_configuration_is_read_and_changed(pair):
    answer = pair.order(
        "GetConfiguration", key=["NumberOfConnectors", "ChargingScheduleMaxPeriods", "Nonsense"]
    )
    assert {k.key: k.value for k in answer.configuration_key} == {
        "NumberOfConnectors": "1",
        "ChargingScheduleMaxPeriods": "24",
    }
    assert answer.unknown_key == ["Nonsense"]
    every = pair.order("GetConfiguration").configuration_key
    assert {k.key for k in every if not k.readonly} >= {"HeartbeatInterval", "MeterValueSampleInterval"}

    def change(key, value):
        return pair.order("ChangeConfiguration", key=key, value=value).status

    assert change("MeterValueSampleInterval", "10") == "Accepted"
    assert change("MeterValueSampleInterval", "often") == "Rejected"
    assert change("MeterValueSampleInterval", "9" * 30) == "Rejected"
    assert change("NumberOfConnectors", "7") == "Rejected"
    assert change("Nonsense", "1") == "NotSupported"
    assert change("MeterValuesSampledData", "Current.Import") == "Accepted"
    assert change("MeterValuesSampledData", "Temperature") == "Rejected"
    pair.station.plug_in(arrival(), pair.now)
    pair.wait(30)
    assert len(pair.all("MeterValues")) == 3
    assert {v.measurand for v in pair.all("MeterValues")[0].meter_value[0].sampled_value} == {
        "Current.Import"
    }


def test_what_needs_a_reboot_holds_after_it(pair):
    def rotation():
        (key,) = pair.order("GetConfiguration", key=["ConnectorPhaseRotation"]).configuration_key
        return key.value

    assert (
        pair.order("ChangeConfiguration", key="ConnectorPhaseRotation", value="1.SRT").status
        == "RebootRequired"
    )
    assert rotation() == "1.RST"
    pair.order("Reset", type="Soft")
    pair.wait(1)
    pair.cut()
    pair.wait(20)
    pair.connect()
    assert rotation() == "1.SRT"


def test_a_remote_start_takes_the_car_that_is_there_or_the_next_one(pair):
    assert pair.order("RemoteStartTransaction", id_tag="R1", connector_id=1).status == "Accepted"
    assert pair.all("StartTransaction") == []
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.all("StartTransaction")[0].id_tag == "R1"
    assert pair.order("RemoteStartTransaction", id_tag="R2", connector_id=1).status == "Rejected"
    assert pair.order("RemoteStartTransaction", id_tag="R2", connector_id=9).status == "Rejected"


def test_a_remote_start_brings_its_profile(pair):
    pair.token_status = "Blocked"
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    pair.token_status = "Accepted"
    wire = profile(pair, "9.0", purpose="TxProfile")
    pair.order("RemoteStartTransaction", id_tag="R1", connector_id=1, charging_profile=wire)
    assert pair.station.pilot_a(1, pair.now) == 9


def test_a_remote_stop(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.order("RemoteStopTransaction", transaction_id=1).status == "Rejected"
    assert pair.order("RemoteStopTransaction", transaction_id=700).status == "Accepted"
    assert pair.all("StopTransaction")[0].reason == "Remote"
    assert pair.all("StatusNotification")[-1].status == "Finishing"


def test_a_connector_goes_out_of_service_after_its_transaction(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert pair.order("ChangeAvailability", connector_id=1, type="Inoperative").status == "Scheduled"
    pair.station.unplug(1, pair.now)
    pair.run()
    assert pair.all("StatusNotification")[-1].status == "Unavailable"
    assert pair.order("ChangeAvailability", connector_id=0, type="Operative").status == "Accepted"
    assert pair.all("StatusNotification")[-1].status == "Available"
    assert pair.order("ChangeAvailability", connector_id=4, type="Operative").status == "Rejected"


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
def test_a_reset_stops_boots_and_keeps_the_profiles(pair, kind, reason):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    install(pair, "8.0")
    assert pair.order("Reset", type=kind).status == "Accepted"
    pair.wait(1)
    assert not pair.station.wants_link(pair.now)
    pair.cut()
    pair.wait(20)
    assert pair.station.wants_link(pair.now)
    pair.connect()
    assert pair.actions().count("BootNotification") == 2
    assert [s.reason for s in pair.all("StopTransaction")] == [reason]
    assert len(pair.station.profiles.installed) == 1


def test_some_stations_forget_their_profiles():
    pair = Pair(profiles_survive_reboot=False)
    pair.connect()
    install(pair, "8.0")
    pair.station.reboot(pair.now, down_s=5, reason="Watchdog")
    assert pair.station.profiles.installed == ()


def test_a_crash_keeps_the_transaction_and_draws_nothing_while_it_lasts(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    pair.station.reboot(pair.now, down_s=30, reason="Watchdog")
    pair.cut()
    assert pair.station.pilot_a(1, pair.now) == 0
    pair.wait(30)
    assert pair.station.pilot_a(1, pair.now) == 32
    pair.connect()
    assert pair.all("StopTransaction") == []


@pytest.mark.parametrize("wanted", ["BootNotification", "Heartbeat", "MeterValues", "StatusNotification"])
def test_what_is_triggered_comes(pair, wanted):
    pair.forget()
    assert pair.order("TriggerMessage", requested_message=wanted).status == "Accepted"
    pair.run()
    assert wanted in pair.actions()


def test_what_it_cannot_do_it_says(pair):
    trigger = pair.order("TriggerMessage", requested_message="Heartbeat", connector_id=9)
    assert trigger.status == "Rejected"
    assert pair.order("DataTransfer", vendor_id="x").status == "UnknownVendorId"
    assert pair.order("UnlockConnector", connector_id=9).status == "NotSupported"
    assert pair.order("UnlockConnector", connector_id=1).status == "Unlocked"


# --- stations that misbehave


def test_a_station_that_rejects_profiles(pair):
    pair.station.faults["rejects_profiles"] = 0.0
    assert install(pair, "8.0") == "Rejected"


def test_a_station_that_takes_profiles_and_does_not_obey(pair):
    pair.station.faults["ignores_limit"] = 0.0
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    assert install(pair, "8.0") == "Accepted"
    assert pair.station.pilot_a(1, pair.now) == 32


def test_a_station_that_answers_late(pair):
    pair.station.faults["late_answers"] = 20.0
    assert pair.order("GetConfiguration") is None
    assert pair.wait(19) == []
    assert pair.link.quiet
    (answer,) = pair.wait(1)
    assert answer.action == "GetConfiguration"


def test_a_station_that_tells_no_composite_schedule(pair):
    pair.station.faults["no_composite"] = 0.0
    assert pair.order("GetCompositeSchedule", connector_id=1, duration=60).status == "Rejected"


def test_a_station_whose_clock_is_off_obeys_early(pair):
    pair.station.faults["clock_off"] = 30.0
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    step = pair.message("ChargingSchedulePeriod")(start_period=600, limit=Decimal(20))
    install(pair, "10.0", periods=[step])
    assert pair.all("StartTransaction")[0].timestamp == START + timedelta(seconds=30)
    assert pair.station.pilot_a(1, START + timedelta(seconds=569)) == 10
    assert pair.station.pilot_a(1, START + timedelta(seconds=570)) == 20


def test_each_call_is_counted(pair):
    pair.station.plug_in(arrival(), pair.now)
    pair.run()
    counters = pair.link.counters
    assert counters.sent == counters.answered == len(pair.said)
    pair.silent = True
    pair.wait(300)
    assert counters.sent == counters.answered + counters.failed + 1
