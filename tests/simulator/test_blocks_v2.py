"""Displays, customers, resets, dynamic and priority profiles, DER, tariffs and the counter of 2.x stations."""

import pytest
from tests.simulator.pair import arrival
from tests.simulator.raw import Raw


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
def raw(request):
    raw = Raw(request.param, evses=2)
    raw.connect()
    raw.forget()
    return raw


@pytest.fixture
def raw_21():
    raw = Raw("ocpp2.1", evses=2, battery_slots=2)
    raw.connect()
    raw.forget()
    return raw


def charging(raw, evse=1):
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    return raw.station.transactions[-1].wire_id


def of_transaction(raw):
    return [(e["eventType"], e["triggerReason"]) for e in raw.all("TransactionEvent")]


# --- the display (O)


def show(raw, number, text="hello", **changes):
    message = {
        "id": number,
        "priority": "NormalCycle",
        "message": {"format": "UTF8", "content": text},
    } | changes
    return raw.order("SetDisplayMessage", message=message)["status"]


def shown(raw, **criteria):
    raw.forget()
    status = raw.order("GetDisplayMessages", requestId=1, **criteria)["status"]
    found = [m for part in raw.all("NotifyDisplayMessages") for m in part["messageInfo"]]
    return status, [m["id"] for m in found]


def test_messages_are_set_replaced_listed_and_cleared(raw):
    assert shown(raw) == ("Unknown", [])
    for number in range(1, 8):
        assert show(raw, number) == "Accepted"
    assert show(raw, 3, "again", priority="InFront") == "Accepted"
    status, found = shown(raw)
    assert (status, sorted(found)) == ("Accepted", list(range(1, 8)))
    parts = raw.all("NotifyDisplayMessages")
    assert [part.get("tbc", False) for part in parts] == [True, False]
    assert shown(raw, priority="InFront") == ("Accepted", [3])
    assert raw.all("NotifyDisplayMessages")[0]["messageInfo"][0]["message"]["content"] == "again"
    assert shown(raw, id=[2, 5]) == ("Accepted", [2, 5])
    assert shown(raw, state="Faulted") == ("Unknown", [])
    assert raw.order("ClearDisplayMessage", id=2)["status"] == "Accepted"
    assert raw.order("ClearDisplayMessage", id=2)["status"] == "Unknown"
    assert shown(raw, id=[2, 5]) == ("Accepted", [5])


def test_only_one_message_is_always_in_front(raw):
    show(raw, 1, priority="AlwaysFront")
    show(raw, 2)
    show(raw, 3, priority="AlwaysFront")
    assert shown(raw) == ("Accepted", [2, 3])


def test_what_the_display_cannot_show(raw):
    assert show(raw, 1, message={"format": "HTML", "content": "<b>"}) == "NotSupportedMessageFormat"
    assert show(raw, 1, transactionId="nobody") == "UnknownTransaction"
    for number in range(20):
        assert show(raw, number) == "Accepted"
    assert show(raw, 20) == "Rejected"


def test_a_message_lives_as_long_as_it_should(raw):
    wire_id = charging(raw)
    assert show(raw, 1, endDateTime=raw.at(30)) == "Accepted"
    assert show(raw, 2, transactionId=wire_id) == "Accepted"
    assert show(raw, 3) == "Accepted"
    assert raw.link.dialect.display.shown(1, raw.now) == ["hello"] * 3
    raw.wait(31)
    assert shown(raw)[1] == [2, 3]
    raw.station.unplug(1, raw.now)
    assert shown(raw)[1] == [3]


def test_a_message_is_shown_in_its_state_and_from_its_time(raw):
    show(raw, 1, "later", startDateTime=raw.at(30))
    show(raw, 2, "idle", state="Idle")
    show(raw, 3, "charging", state="Charging")

    def lines():
        return raw.link.dialect.display.shown(1, raw.now)

    assert lines() == ["idle"]
    raw.wait(31)
    assert lines() == ["later", "idle"]
    charging(raw)
    assert lines() == ["later", "charging"]


def test_a_running_cost_is_shown(raw):
    wire_id = charging(raw)
    assert raw.order("CostUpdated", totalCost=1.5, transactionId=wire_id) == {}
    assert raw.order("CostUpdated", totalCost=9.0, transactionId="nobody") == {}
    assert raw.link.dialect.display.shown(1, raw.now) == ["1.50"]
    raw.answers["TransactionEvent"] = {"totalCost": 2.25}
    raw.wait(60)
    assert raw.link.dialect.display.shown(1, raw.now) == ["2.25"]


# --- customers (N09, N10)


def customer(raw, *, report=True, clear=False, token="T1", **more):
    raw.forget()
    who = {"idToken": {"idToken": token, "type": "Central"}} if token else {}
    answer = raw.order("CustomerInformation", requestId=5, report=report, clear=clear, **who, **more)
    return answer["status"], "".join(part["data"] for part in raw.all("NotifyCustomerInformation"))


def test_what_is_known_of_a_customer_is_told_and_forgotten(raw):
    assert customer(raw) == ("Accepted", "")
    wire_id = charging(raw)
    entry = {"idToken": {"idToken": "T1", "type": "Central"}, "idTokenInfo": {"status": "Accepted"}}
    raw.order("SendLocalList", versionNumber=1, updateType="Full", localAuthorizationList=[entry])
    status, data = customer(raw)
    assert status == "Accepted"
    assert "list: Accepted" in data
    assert "cache: Accepted" in data
    assert wire_id in data
    assert customer(raw, report=False, clear=True) == ("Accepted", "")
    _, data = customer(raw)
    assert "list" not in data
    assert "cache" not in data
    assert raw.order("GetLocalListVersion") == {"versionNumber": 0}


def test_long_reports_come_in_parts(raw):
    for _ in range(12):
        charging(raw)
        raw.station.unplug(1, raw.now)
        raw.run()
    _, data = customer(raw)
    parts = raw.all("NotifyCustomerInformation")
    assert len(data) > 512
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]


def test_who_is_not_named_or_nothing_wanted(raw):
    assert customer(raw, token=None)[0] == "Invalid"
    assert customer(raw, customerIdentifier="both")[0] == "Invalid"
    assert customer(raw, report=False)[0] == "Rejected"


# --- resets and availability


def test_one_evse_starts_anew_and_the_other_goes_on(raw):
    """B11.FR.08, B12.FR.07."""
    charging(raw)
    raw.forget()
    assert raw.order("Reset", type="OnIdle", evseId=1)["status"] == "Scheduled"
    raw.wait(2)
    assert of_transaction(raw) == []
    assert raw.order("Reset", type="Immediate", evseId=1)["status"] == "Accepted"
    told = [s["connectorStatus"] for s in raw.all("StatusNotification") if s["evseId"] == 1]
    assert told == ["Unavailable"]
    (ended,) = [e for e in raw.all("TransactionEvent") if e["eventType"] == "Ended"]
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    raw.station.unplug(1, raw.now)
    raw.wait(11)
    assert raw.all("StatusNotification")[-1]["connectorStatus"] == "Available"
    assert raw.all("BootNotification") == []
    assert raw.connected


def test_an_evse_starts_anew_when_its_transaction_is_over(raw):
    charging(raw)
    raw.order("Reset", type="OnIdle", evseId=1)
    raw.forget()
    raw.station.unplug(1, raw.now)
    raw.wait(5)
    assert raw.all("StatusNotification")[-1]["connectorStatus"] == "Unavailable"
    raw.wait(6)
    assert raw.all("StatusNotification")[-1]["connectorStatus"] == "Available"


def test_transactions_go_on_after_a_reset_that_resumes(raw_21):
    raw = raw_21
    wire_id = charging(raw)
    raw.forget()
    assert raw.order("Reset", type="ImmediateAndResume") == {"status": "Accepted"}
    raw.wait(30)
    assert of_transaction(raw)[:1] == [("Updated", "ResetCommand")]
    assert ("Updated", "TxResumed") in of_transaction(raw)
    assert {e["transactionInfo"]["transactionId"] for e in raw.all("TransactionEvent")} == {wire_id}
    assert raw.all("BootNotification")[-1]["reason"] == "RemoteReset"
    assert raw.order("GetTransactionStatus", transactionId=wire_id)["ongoingIndicator"] is True


def test_the_status_of_transactions(raw):
    """E14."""
    wire_id = charging(raw)

    def status(**fields):
        return raw.order("GetTransactionStatus", **fields)

    assert status() == {"messagesInQueue": False}
    assert status(transactionId=wire_id) == {"ongoingIndicator": True, "messagesInQueue": False}
    assert status(transactionId="nobody") == {"ongoingIndicator": False, "messagesInQueue": False}
    raw.answers["TransactionEvent"] = lambda _: {"nonsense": True}
    raw.station.unplug(1, raw.now)
    raw.run()
    assert status() == {"messagesInQueue": True}
    assert status(transactionId=wire_id) == {"ongoingIndicator": False, "messagesInQueue": True}


def test_while_the_boot_is_pending_only_what_is_asked_for_is_said():
    """B02.FR.01 to FR.06."""
    raw = Raw("ocpp2.0.1")
    raw.answers["BootNotification"] = raw.answers["BootNotification"] | {"status": "Pending", "interval": 900}
    raw.connect()
    raw.station.plug_in(arrival(), raw.now)
    raw.wait(5)
    assert raw.actions() == ["BootNotification"]
    assert raw.order("GetBaseReport", requestId=1, reportBase="SummaryInventory")["status"] == "Accepted"
    assert "NotifyReport" in raw.actions()
    raw.answers["BootNotification"] = raw.answers["BootNotification"] | {"status": "Accepted"}
    assert raw.order("TriggerMessage", requestedMessage="BootNotification")["status"] == "Accepted"
    assert "StatusNotification" in raw.actions()
    assert ("Started", "Authorized") in of_transaction(raw)


# --- limits from beside the central system (K11 to K14)


def limit_from_outside(raw, limit_a):
    for mind in raw.station.on_external_limit:
        mind(limit_a, raw.now)
    raw.run()


def test_a_limit_of_the_site_is_obeyed_told_and_out_of_reach(raw):
    charging(raw)
    raw.forget()
    limit_from_outside(raw, 9.0)
    assert raw.station.pilot_a(1, raw.now) == 9
    (told,) = raw.all("NotifyChargingLimit")
    assert told["chargingLimit"]["chargingLimitSource"] == "EMS"
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 9.0}]
    assert of_transaction(raw) == [("Updated", "ChargingRateChanged")]
    assert [p["chargingProfilePurpose"] for p in get_profiles(raw)] == ["ChargingStationExternalConstraints"]
    assert raw.all("ReportChargingProfiles")[0]["chargingLimitSource"] == "EMS"
    assert raw.order("ClearChargingProfile", chargingProfileId=-1)["status"] == "Unknown"
    assert raw.station.pilot_a(1, raw.now) == 9
    limit_from_outside(raw, None)
    assert raw.all("ClearedChargingLimit") == [{"chargingLimitSource": "EMS"}]
    assert raw.station.pilot_a(1, raw.now) == 32
    assert get_profiles(raw) == []


# --- profiles of 2.1 (K21, K28)


def profile(number=1, limit=10.0, *, purpose="TxDefaultProfile", kind="Dynamic", **more):
    period = {"startPeriod": 0, "limit": limit}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [schedule],
    } | more


def set_profile(raw, wanted, evse=1):
    return raw.order("SetChargingProfile", evseId=evse, chargingProfile=wanted)["status"]


def get_profiles(raw):
    raw.forget()
    raw.order("GetChargingProfiles", requestId=1, chargingProfile={})
    return [p for part in raw.all("ReportChargingProfiles") for p in part["chargingProfile"]]


def test_a_dynamic_profile_is_updated(raw_21):
    raw = raw_21
    charging(raw)
    assert set_profile(raw, profile()) == "Accepted"
    assert raw.station.pilot_a(1, raw.now) == 10
    raw.wait(5)
    answer = raw.order("UpdateDynamicSchedule", chargingProfileId=1, scheduleUpdate={"limit": 7.5})
    assert answer == {"status": "Accepted"}
    assert raw.station.pilot_a(1, raw.now) == 7.5
    (told,) = get_profiles(raw)
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 7.5}]
    assert told["dynUpdateTime"] == raw.at(0)
    unknown = raw.order("UpdateDynamicSchedule", chargingProfileId=9, scheduleUpdate={"limit": 7.5})
    assert unknown["status"] == "Rejected"


def test_a_dynamic_profile_is_pulled(raw_21):
    """K28.FR.10."""
    raw = raw_21
    charging(raw)
    raw.answers["PullDynamicScheduleUpdate"] = {"status": "Accepted", "scheduleUpdate": {"limit": 8.0}}
    set_profile(raw, profile(dynUpdateInterval=15))
    set_profile(raw, profile(dynUpdateInterval=20))
    raw.wait(19)
    assert raw.all("PullDynamicScheduleUpdate") == []
    raw.wait(1)
    assert raw.all("PullDynamicScheduleUpdate") == [{"chargingProfileId": 1}]
    assert raw.station.pilot_a(1, raw.now) == 8
    raw.wait(10)
    raw.order("UpdateDynamicSchedule", chargingProfileId=1, scheduleUpdate={"limit": 9.0})
    raw.wait(15)
    assert len(raw.all("PullDynamicScheduleUpdate")) == 1, "an update that came meanwhile counts"
    raw.wait(5)
    assert len(raw.all("PullDynamicScheduleUpdate")) == 2
    raw.order("ClearChargingProfile", chargingProfileId=1)
    raw.wait(60)
    assert len(raw.all("PullDynamicScheduleUpdate")) == 2


def test_priority_charging(raw_21):
    """K21, K22."""
    raw = raw_21
    wire_id = charging(raw)

    def use(transaction=wire_id, *, activate=True):
        return raw.order("UsePriorityCharging", transactionId=transaction, activate=activate)["status"]

    start = {"startSchedule": raw.at(-1)}
    low, high = (
        profile(1, 6.0, kind="Absolute"),
        profile(2, 30.0, purpose="PriorityCharging", kind="Absolute"),
    )
    for wanted in (low, high):
        wanted["chargingSchedule"][0] |= start
    set_profile(raw, low)
    assert use() == "NoProfile"
    assert set_profile(raw, high, evse=0) == "Accepted"
    assert raw.station.pilot_a(1, raw.now) == 6
    assert use("nobody") == "Rejected"
    raw.forget()
    assert use() == "Accepted"
    assert raw.station.pilot_a(1, raw.now) == 30
    assert ("Updated", "ChargingRateChanged") in of_transaction(raw)
    assert use(activate=False) == "Accepted"
    assert raw.station.pilot_a(1, raw.now) == 6
    answer = raw.order("TriggerMessage", requestedMessage="CustomTrigger", customTrigger="PriorityCharging")
    assert answer == {"status": "Accepted"}
    assert raw.all("NotifyPriorityCharging") == [{"transactionId": wire_id, "activated": True}]
    assert raw.station.pilot_a(1, raw.now) == 30


@pytest.mark.parametrize("for_good", [False, True])
def test_a_profile_that_holds_only_so_long_without_a_link(raw_21, for_good):
    raw = raw_21
    charging(raw)
    wanted = profile(1, 8.0, kind="Absolute", maxOfflineDuration=60, invalidAfterOfflineDuration=for_good)
    wanted["chargingSchedule"][0] |= {"startSchedule": raw.at(-1)}
    assert set_profile(raw, wanted) == "Accepted"
    raw.cut()
    raw.station.faults["link_lost"] = 0.0
    raw.wait(59)
    assert raw.station.pilot_a(1, raw.now) == 8
    raw.wait(2)
    assert raw.station.pilot_a(1, raw.now) == 32
    del raw.station.faults["link_lost"]
    raw.wait(1)
    assert raw.connected
    assert raw.station.pilot_a(1, raw.now) == (32 if for_good else 8)


def test_local_generation_adds_to_the_limit(raw_21):
    raw = raw_21
    charging(raw)
    start = {"startSchedule": raw.at(-1)}
    limit, extra = (
        profile(1, 8.0, kind="Absolute"),
        profile(2, 5.0, purpose="LocalGeneration", kind="Absolute"),
    )
    for wanted in (limit, extra):
        wanted["chargingSchedule"][0] |= start
    assert set_profile(raw, limit) == "Accepted"
    assert set_profile(raw, extra, evse=0) == "Accepted"
    assert raw.station.pilot_a(1, raw.now) == 13
    assert {p["chargingProfilePurpose"] for p in get_profiles(raw)} == {"TxDefaultProfile", "LocalGeneration"}


def test_what_cars_that_only_charge_cannot_do_is_refused(raw_21):
    raw = raw_21
    wire_id = charging(raw)
    wanted = profile(kind="Absolute")
    wanted["chargingSchedule"][0] |= {"startSchedule": raw.at(0)}
    wanted["chargingSchedule"][0]["chargingSchedulePeriod"] = [
        {"startPeriod": 0, "operationMode": "CentralSetpoint", "setpoint": -10.0}
    ]
    assert set_profile(raw, wanted) == "Rejected"
    assert raw.order("AFRRSignal", timestamp=raw.at(0), signal=3)["status"] == "Rejected"
    allowed = {"allowedEnergyTransfer": ["AC_three_phase"]}
    assert raw.order("NotifyAllowedEnergyTransfer", transactionId=wire_id, **allowed)["status"] == "Accepted"
    assert b"may transfer energy by AC_three_phase" in raw.station.log.text(security=False)
    unknown = raw.order("NotifyAllowedEnergyTransfer", transactionId="nobody", **allowed)
    assert unknown["status"] == "Rejected"


# --- DER (R)


def droop(priority=1, **more):
    return {
        "priority": priority,
        "overFreq": 50.2,
        "underFreq": 49.8,
        "overDroop": 5.0,
        "underDroop": 5.0,
        "responseTime": 1.0,
    } | more


def set_der(raw, number, settings, *, is_default=True, kind="FreqDroop", field="freqDroop"):
    return raw.order(
        "SetDERControl", isDefault=is_default, controlId=number, controlType=kind, **{field: settings}
    )


def get_der(raw, **criteria):
    raw.forget()
    status = raw.order("GetDERControl", requestId=3, **criteria)["status"]
    found = {}
    for part in raw.all("ReportDERControl"):
        for name, controls in part.items():
            if name != "requestId":
                found |= {c["id"]: (name, c.get("isSuperseded")) for c in controls}
    return status, found


def test_controls_are_set_superseded_reported_and_cleared(raw_21):
    raw = raw_21
    assert get_der(raw) == ("NotFound", {})
    assert set_der(raw, "a", droop(5)) == {"status": "Accepted"}
    assert set_der(raw, "b", droop(2)) == {"status": "Accepted", "supersededIds": ["a"]}
    assert set_der(raw, "c", droop(4)) == {"status": "Accepted"}
    assert set_der(raw, "b2", droop(2)) == {"status": "Accepted", "supersededIds": ["b"]}, (
        "of equals the newer"
    )
    assert set_der(raw, "b", droop(2)) == {"status": "Accepted", "supersededIds": ["b2"]}
    assert raw.order("ClearDERControl", isDefault=True, controlId="b2")["status"] == "Accepted"
    gradient = {"priority": 1, "gradient": 1.0, "softGradient": 0.5}
    assert set_der(raw, "g", gradient, kind="Gradients", field="gradient") == {"status": "Accepted"}
    assert get_der(raw) == (
        "Accepted",
        {
            "a": ("freqDroop", True),
            "b": ("freqDroop", False),
            "c": ("freqDroop", True),
            "g": ("gradient", None),
        },
    )
    assert get_der(raw, controlType="Gradients")[1] == {"g": ("gradient", None)}
    assert raw.all("ReportDERControl")[0]["gradient"][0]["gradient"] == gradient
    assert raw.order("ClearDERControl", isDefault=True, controlId="b")["status"] == "Accepted"
    assert raw.order("ClearDERControl", isDefault=True, controlId="b")["status"] == "NotFound"
    assert raw.order("ClearDERControl", isDefault=False)["status"] == "NotFound"
    assert raw.order("ClearDERControl", isDefault=True)["status"] == "Accepted"
    assert get_der(raw) == ("NotFound", {})


def test_a_control_without_its_settings_is_rejected(raw_21):
    gradient = {"priority": 1, "gradient": 1.0, "softGradient": 0.5}
    assert set_der(raw_21, "a", gradient, field="gradient")["status"] == "Rejected"


def test_a_control_starts_and_stops_in_its_time(raw_21):
    """R05."""
    raw = raw_21
    set_der(raw, "a", droop(startTime=raw.at(10), duration=20.0), is_default=False)
    raw.wait(9)
    assert raw.all("NotifyDERStartStop") == []
    raw.wait(1)
    assert [(t["controlId"], t["started"]) for t in raw.all("NotifyDERStartStop")] == [("a", True)]
    raw.wait(20)
    assert [t["started"] for t in raw.all("NotifyDERStartStop")] == [True, False]
    assert get_der(raw) == ("NotFound", {})


def trigger(raw, name):
    return raw.order("TriggerMessage", requestedMessage="CustomTrigger", customTrigger=name)["status"]


def test_an_alarm_begins_and_ends(raw_21):
    """R06."""
    raw = raw_21
    assert trigger(raw, "DERAlarm") == "Rejected", "no control is set that could be left"
    set_der(raw, "a", droop())
    assert [trigger(raw, "DERAlarm"), trigger(raw, "DERAlarm")] == ["Accepted", "Accepted"]
    told = [(t["controlType"], t.get("alarmEnded", False)) for t in raw.all("NotifyDERAlarm")]
    assert told == [("FreqDroop", False), ("FreqDroop", True)]
    assert trigger(raw, "Earthquake") == "NotImplemented"


# --- tariffs (I)


def tariff(number="t1", price=0.5, *, currency="EUR", **more):
    return {"tariffId": number, "currency": currency, "energy": {"prices": [{"priceKwh": price}]}} | more


def set_tariff(raw, wanted, evse=1):
    return raw.order("SetDefaultTariff", evseId=evse, tariff=wanted)["status"]


def test_default_tariffs_are_set_listed_and_cleared(raw_21):
    raw = raw_21
    assert raw.order("GetTariffs", evseId=0)["status"] == "NoTariff"
    assert set_tariff(raw, tariff(), evse=0) == "Accepted"
    assert set_tariff(raw, tariff("t2"), evse=2) == "Accepted"
    assert set_tariff(raw, tariff("t2", 0.9), evse=1) == "DuplicateTariffId"
    assert set_tariff(raw, tariff("t3"), evse=9) == "Rejected"
    told = raw.order("GetTariffs", evseId=0)["tariffAssignments"]
    assert {t["tariffId"]: t["evseIds"] for t in told} == {"t1": [1], "t2": [2]}
    told = raw.order("GetTariffs", evseId=2)["tariffAssignments"]
    assert [t["tariffId"] for t in told] == ["t2"]
    results = raw.order("ClearTariffs", tariffIds=["t2", "t9"])["clearTariffsResult"]
    assert [(r["tariffId"], r["status"]) for r in results] == [("t2", "Accepted"), ("t9", "NoTariff")]
    assert [t["tariffId"] for t in raw.order("GetTariffs", evseId=0)["tariffAssignments"]] == ["t1"]
    raw.order("ClearTariffs")
    assert raw.order("GetTariffs", evseId=0)["status"] == "NoTariff"


def test_a_tariff_that_cannot_be_reckoned_with(raw_21):
    hours = {"startTimeOfDay": "08:00"}
    bound = {"prices": [{"priceKwh": 0.5, "conditions": hours}]}
    assert set_tariff(raw_21, tariff(energy=bound)) == "ConditionNotSupported"
    assert set_tariff(raw_21, tariff(energy={"prices": [{"priceKwh": 0.5}] * 9})) == "TooManyElements"


def test_a_transaction_costs_what_its_tariff_says(raw_21):
    raw = raw_21
    time = {"prices": [{"priceMinute": 0.1}]}
    fee = {"prices": [{"priceFixed": 1.0}]}
    set_tariff(raw, tariff(chargingTime=time, idleTime={"prices": [{"priceMinute": 0.01}]}, fixedFee=fee))
    charging(raw)
    raw.station.drawing_changed(1, raw.now, drawing=True)
    raw.wait(600)
    raw.station.drawing_changed(1, raw.now, drawing=False)
    raw.wait(300)
    raw.register_wh += 4_000
    raw.station.unplug(1, raw.now)
    raw.run()
    ended = raw.all("TransactionEvent")[-1]
    assert ended["transactionInfo"]["tariffId"] == "t1"
    cost = ended["costDetails"]
    assert cost["totalUsage"] == {"energy": 4.0, "chargingTime": 600, "idleTime": 300}
    assert cost["totalCost"]["energy"]["exclTax"] == pytest.approx(4 * 0.5)
    assert cost["totalCost"]["chargingTime"]["exclTax"] == pytest.approx(10 * 0.1)
    assert cost["totalCost"]["idleTime"]["exclTax"] == pytest.approx(5 * 0.01)
    assert cost["totalCost"]["total"]["exclTax"] == pytest.approx(2.0 + 1.0 + 0.05 + 1.0)


@pytest.mark.parametrize(
    ("bound", "kind", "total"),
    [({"minCost": {"exclTax": 5.0}}, "MinCost", 5.0), ({"maxCost": {"exclTax": 1.5}}, "MaxCost", 1.5)],
)
def test_a_cost_keeps_to_its_bounds(raw_21, bound, kind, total):
    raw = raw_21
    set_tariff(raw, tariff(price=1.0, **bound))
    charging(raw)
    raw.register_wh += 2_000
    raw.station.unplug(1, raw.now)
    raw.run()
    cost = raw.all("TransactionEvent")[-1]["costDetails"]["totalCost"]
    assert (cost["typeOfCost"], cost["total"]["exclTax"]) == (kind, total)


def test_a_tariff_that_is_not_yet_valid_is_not_used(raw_21):
    raw = raw_21
    assert set_tariff(raw, tariff(validFrom=raw.at(3600))) == "Accepted"
    charging(raw)
    assert "tariffId" not in raw.all("TransactionEvent")[0]["transactionInfo"]


def test_a_tariff_is_changed_while_it_runs(raw_21):
    raw = raw_21
    set_tariff(raw, tariff())
    wire_id = charging(raw)

    def change(wanted, transaction=wire_id):
        return raw.order("ChangeTransactionTariff", tariff=wanted, transactionId=transaction)["status"]

    assert change(tariff("t2"), "nobody") == "TxNotFound"
    assert change(tariff("t2", currency="SEK")) == "NoCurrencyChange"
    raw.forget()
    assert change(tariff("t2", 2.0)) == "Accepted"
    (told,) = raw.all("TransactionEvent")
    assert (told["triggerReason"], told["transactionInfo"]["tariffId"]) == ("TariffChanged", "t2")
    raw.register_wh += 1_000
    raw.station.unplug(1, raw.now)
    raw.run()
    assert raw.all("TransactionEvent")[-1]["costDetails"]["totalCost"]["total"] == {"exclTax": 2.0}


def test_a_driver_brings_a_tariff(raw_21):
    raw = raw_21
    set_tariff(raw, tariff())
    raw.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}, "tariff": tariff("mine", 0.1)}
    charging(raw)
    assert raw.all("TransactionEvent")[0]["transactionInfo"]["tariffId"] == "mine"
    told = raw.order("GetTariffs", evseId=0)["tariffAssignments"]
    assert {t["tariffId"]: t["tariffKind"] for t in told} == {"t1": "DefaultTariff", "mine": "DriverTariff"}
    raw.order("ClearTariffs", tariffIds=["mine"])
    assert [t["tariffId"] for t in raw.order("GetTariffs", evseId=0)["tariffAssignments"]] == ["t1"]


# --- the counter


def test_batteries_are_swapped_until_there_are_no_full_ones():
    """Of three slots one is free at first."""
    raw = Raw("ocpp2.1", battery_slots=3)
    raw.connect()
    token = {"idToken": "T1", "type": "Central"}
    assert raw.order("RequestBatterySwap", requestId=8, idToken=token) == {"status": "Accepted"}
    raw.wait(11)
    told = raw.all("BatterySwap")
    assert [(t["eventType"], t["requestId"]) for t in told] == [("BatteryIn", 8), ("BatteryOut", 8)]
    brought, taken = told[0]["batteryData"][0], told[1]["batteryData"][0]
    assert brought["soC"] < taken["soC"]
    assert brought["evseId"] != taken["evseId"]
    assert raw.order("RequestBatterySwap", requestId=9, idToken=token)["status"] == "Accepted"
    raw.wait(11)
    serials = {b["serialNumber"] for t in raw.all("BatterySwap") for b in t["batteryData"]}
    assert len(serials) == 4
    assert raw.order("RequestBatterySwap", requestId=9, idToken=token)["status"] == "Rejected"


@pytest.mark.parametrize("paid", [False, True])
def test_who_pays_on_the_web_goes_first(raw_21, paid):
    """C25."""
    raw = raw_21
    assert raw.order("NotifyWebPaymentStarted", evseId=1, timeout=60) == {}
    raw.station.plug_in(arrival(token="CARD"), raw.now)
    raw.wait(30)
    assert raw.all("Authorize") == []
    if paid:
        token = {"idToken": "PSP-1", "type": "DirectPayment"}
        answer = raw.order("RequestStartTransaction", evseId=1, remoteStartId=3, idToken=token)
        assert answer["status"] == "Accepted"
        assert raw.all("TransactionEvent")[0]["idToken"] == token
    raw.wait(31)
    assert len(raw.all("Authorize")) == (0 if paid else 1)


def test_payments_and_invoices(raw_21):
    raw = raw_21
    company = {"name": "ACME", "address1": "Road 1", "city": "Town", "country": "DE"}
    raw.answers["VatNumberValidation"] = lambda asked: {
        "vatNumber": asked["vatNumber"],
        "status": "Accepted",
        "company": company,
    }
    assert trigger(raw, "Settlement") == "Rejected"
    assert trigger(raw, "VatNumber") == "Accepted"
    set_tariff(raw, tariff(price=2.0))
    wire_id = charging(raw)
    raw.register_wh += 3_000
    raw.station.unplug(1, raw.now)
    raw.run()
    assert trigger(raw, "Settlement") == "Accepted"
    (settled,) = raw.all("NotifySettlement")
    assert (settled["transactionId"], settled["settlementAmount"]) == (wire_id, 6.0)
    assert settled["vatCompany"] == company
