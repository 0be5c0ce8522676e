"""The device model of simulated 2.x stations: values, reports, monitors and streams. Requirement numbers are part 2's."""

import pytest
from tests.simulator.pair import arrival
from tests.simulator.raw import Raw

from chargewright.simulator.mishaps import break_down, repair


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
def raw(request):
    raw = Raw(request.param, evses=2)
    raw.connect()
    raw.forget()
    return raw


def of(component, variable=None, *, evse=None, instance=None):
    found = {"component": {"name": component} | ({"evse": {"id": evse}} if evse else {})}
    if variable is not None:
        found["variable"] = {"name": variable} | ({"instance": instance} if instance else {})
    return found


def get(raw, *wanted):
    results = raw.order("GetVariables", getVariableData=list(wanted))["getVariableResult"]
    return [(r["attributeStatus"], r.get("attributeValue")) for r in results]


def put(raw, *wanted):
    data = [place | {"attributeValue": value} for place, value in wanted]
    results = raw.order("SetVariables", setVariableData=data)["setVariableResult"]
    return [r["attributeStatus"] for r in results]


SETTABLE = [
    (of("OCPPCommCtrlr", "HeartbeatInterval"), "77"),
    (of("OCPPCommCtrlr", "MessageAttempts", instance="TransactionEvent"), "5"),
    (of("OCPPCommCtrlr", "MessageAttemptInterval", instance="TransactionEvent"), "9"),
    (of("SampledDataCtrlr", "TxUpdatedInterval"), "33"),
    (of("TxCtrlr", "EVConnectionTimeOut"), "44"),
    (of("AuthCtrlr", "LocalPreAuthorize"), "true"),
    (of("AuthCtrlr", "LocalAuthorizeOffline"), "false"),
    (of("AuthCtrlr", "OfflineTxForUnknownIdEnabled"), "false"),
    (of("AuthCacheCtrlr", "Enabled"), "false"),
    (of("LocalAuthListCtrlr", "Enabled"), "false"),
    (of("SecurityCtrlr", "OrganizationName"), "Somebody"),
    (of("SecurityCtrlr", "CertSigningWaitMinimum"), "12"),
    (of("SecurityCtrlr", "CertSigningRepeatTimes"), "1"),
]


def test_what_is_set_is_read_back(raw):
    assert put(raw, *SETTABLE) == ["Accepted"] * len(SETTABLE)
    assert get(raw, *(place for place, _ in SETTABLE)) == [("Accepted", value) for _, value in SETTABLE]


def test_names_know_no_case(raw):
    assert get(raw, of("smartchargingctrlr", "RATEUNIT")) == [("Accepted", "A")]


def test_what_cannot_be_is_refused_for_what_it_is(raw):
    assert put(
        raw,
        (of("SmartChargingCtrlr", "RateUnit"), "W"),
        (of("AuthCacheCtrlr", "Enabled"), "perhaps"),
        (of("OCPPCommCtrlr", "HeartbeatInterval"), "0"),
        (of("SampledDataCtrlr", "TxUpdatedInterval"), "9" * 30),
        (of("EVSE", "Power", evse=3), "1"),
        (of("EVSE", "Colour", evse=1), "1"),
        (of("TxCtrlr", "EVConnectionTimeOut") | {"attributeType": "Target"}, "1"),
    ) == [
        "Rejected",
        "Rejected",
        "Rejected",
        "Rejected",
        "UnknownComponent",
        "UnknownVariable",
        "NotSupportedAttributeType",
    ]
    assert get(raw, of("SecurityCtrlr", "BasicAuthPassword")) == [("Rejected", None)]


def test_more_than_the_station_takes_at_once_is_an_error(raw):
    """B05.FR.11, B06.FR.16."""
    assert get(raw, of("DeviceDataCtrlr", "ItemsPerMessage", instance="GetVariables")) == [("Accepted", "50")]
    data = [of("ClockCtrlr", "TimeSource")] * 51
    assert raw.order("GetVariables", getVariableData=data) == "OccurrenceConstraintViolation"
    data = [place | {"attributeValue": "x" * 900} for place in [of("SecurityCtrlr", "OrganizationName")] * 49]
    assert raw.order("SetVariables", setVariableData=data) == "FormatViolation"


# --- reports


def reported(raw, action, **fields):
    """(status, variables as (component, EVSE, variable), the messages)"""
    raw.forget()
    status = raw.order(action, requestId=6, **fields)["status"]
    told = raw.all("NotifyReport")
    variables = [
        (d["component"]["name"], d["component"].get("evse", {}).get("id"), d["variable"]["name"])
        for part in told
        for d in part["reportData"]
    ]
    return status, variables, told


def test_base_reports_come_in_parts(raw):
    """B07.FR.03 to 05."""
    status, everything, told = reported(raw, "GetBaseReport", reportBase="FullInventory")
    assert status == "Accepted"
    assert len(told) > 2
    assert [part["seqNo"] for part in told] == list(range(len(told)))
    assert [part.get("tbc", False) for part in told] == [True] * (len(told) - 1) + [False]
    assert {part["requestId"] for part in told} == {6}
    _, configuration, told = reported(raw, "GetBaseReport", reportBase="ConfigurationInventory")
    assert set(configuration) < set(everything)
    mutabilities = {d["variableAttribute"][0]["mutability"] for part in told for d in part["reportData"]}
    assert mutabilities == {"ReadWrite", "WriteOnly"}
    assert {(place["component"]["name"], None, place["variable"]["name"]) for place, _ in SETTABLE} <= set(
        configuration
    )
    _, summary, _ = reported(raw, "GetBaseReport", reportBase="SummaryInventory")
    assert ("EVSE", 2, "AvailabilityState") in summary
    assert len(summary) < len(everything)


def test_a_secret_is_reported_without_its_value(raw):
    _, _, told = reported(raw, "GetReport", componentVariable=[of("SecurityCtrlr", "BasicAuthPassword")])
    (attribute,) = told[0]["reportData"][0]["variableAttribute"]
    assert attribute["mutability"] == "WriteOnly"
    assert "value" not in attribute


def test_custom_reports(raw):
    """B08."""
    status, found, _ = reported(raw, "GetReport", componentVariable=[of("EVSE", "Power")])
    assert (status, found) == ("Accepted", [("EVSE", 1, "Power"), ("EVSE", 2, "Power")])
    _, found, told = reported(raw, "GetReport", componentVariable=[of("EVSE", "Power", evse=2)])
    assert found == [("EVSE", 2, "Power")]
    characteristics = told[0]["reportData"][0]["variableCharacteristics"]
    assert (characteristics["dataType"], characteristics["unit"]) == ("decimal", "W")
    assert characteristics["supportsMonitoring"] is True
    _, found, _ = reported(raw, "GetReport", componentVariable=[of("TxCtrlr")])
    assert {component for component, _, _ in found} == {"TxCtrlr"}
    status, found, _ = reported(raw, "GetReport", componentVariable=[of("Kettle")])
    assert (status, found) == ("EmptyResultSet", [])
    status, _, _ = reported(raw, "GetReport", componentCriteria=["Problem"])
    assert status == "EmptyResultSet"
    break_down(raw.station, 2, raw.now)
    _, found, _ = reported(raw, "GetReport", componentCriteria=["Problem"])
    assert {(c, n) for c, n, _ in found} == {("EVSE", 2), ("ChargingStation", None)}


def test_values_are_those_of_the_station(raw):
    place = [of("EVSE", "AvailabilityState", evse=1), of("EVSE", "Power", evse=1)]
    assert get(raw, *place) == [("Accepted", "Available"), ("Accepted", "0.0")]
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    raw.currents_a = (10.0, 10.0, 10.0)
    assert get(raw, *place) == [("Accepted", "Occupied"), ("Accepted", "6900.0")]


# --- monitors


def monitor(raw, kind, value, *, severity=5, place=None, **more):
    data = (
        (place or of("EVSE", "Power", evse=1)) | {"type": kind, "value": value, "severity": severity} | more
    )
    (result,) = raw.order("SetVariableMonitoring", setMonitoringData=[data])["setMonitoringResult"]
    return result["status"], result.get("id")


def monitors(raw, **fields):
    raw.forget()
    status = raw.order("GetMonitoringReport", requestId=1, **fields)["status"]
    found = [
        m
        for part in raw.all("NotifyMonitoringReport")
        for d in part["monitor"]
        for m in d["variableMonitoring"]
    ]
    return status, {m["id"]: (m["type"], m["value"]) for m in found}


def events(raw):
    return [e for told in raw.all("NotifyEvent") for e in told["eventData"]]


def test_a_threshold_is_passed_and_left(raw):
    """N07.FR.02, FR.16; cleared events."""
    status, number = monitor(raw, "UpperThreshold", 5000)
    assert status == "Accepted"
    raw.wait(3)
    assert events(raw) == []
    raw.currents_a = (10.0, 10.0, 10.0)
    raw.wait(3)
    raw.currents_a = (0.0, 0.0, 0.0)
    raw.wait(3)
    told = [(e["trigger"], e["actualValue"], e.get("cleared", False)) for e in events(raw)]
    assert told == [("Alerting", "6900.0", False), ("Alerting", "0.0", True)]
    assert {e["variableMonitoringId"] for e in events(raw)} == {number}
    assert {e["eventNotificationType"] for e in events(raw)} == {"CustomMonitor"}


def test_a_delta_counts_from_what_was_told_last(raw):
    monitor(raw, "Delta", 1000)
    monitor(raw, "Delta", 1, place=of("EVSE", "AvailabilityState", evse=1))
    raw.currents_a = (1.0, 0.0, 0.0)
    raw.wait(2)
    assert events(raw) == []
    raw.currents_a = (5.0, 0.0, 0.0)
    raw.station.plug_in(arrival(), raw.now)
    raw.wait(2)
    assert sorted(e["actualValue"] for e in events(raw)) == ["1150.0", "Occupied"]


def test_a_monitor_for_transactions_sleeps_without_one(raw):
    monitor(raw, "Periodic", 10, transaction=True)
    raw.wait(25)
    assert events(raw) == []
    raw.station.plug_in(arrival(), raw.now)
    raw.wait(10)
    assert events(raw)[0]["transactionId"] == raw.station.transactions[0].wire_id


def test_periods_are_kept(raw):
    """N08."""
    monitor(raw, "Periodic", 10)
    raw.wait(35)
    assert [e["trigger"] for e in events(raw)] == ["Periodic"] * 3
    raw.forget()
    monitor(raw, "PeriodicClockAligned", 60, place=of("EVSE", "Power", evse=2))
    raw.wait(120)
    aligned = [e["timestamp"] for e in events(raw) if e["component"]["evse"]["id"] == 2]
    assert [stamp[17:19] for stamp in aligned] == ["00", "00"]


def test_monitors_are_set_replaced_reported_and_cleared(raw):
    _, own = monitors(raw)
    assert len(own) == 3, "one on each EVSE, and one on the station"
    _, number = monitor(raw, "UpperThreshold", 5000)
    assert monitor(raw, "UpperThreshold", 6000) == ("Duplicate", None)
    assert monitor(raw, "UpperThreshold", 6000, id=number) == ("Accepted", number)
    assert monitor(raw, "LowerThreshold", 100)[0] == "Accepted"
    assert monitors(raw)[1] == own | {number: ("UpperThreshold", 6000), number + 1: ("LowerThreshold", 100)}
    _, found = monitors(raw, monitoringCriteria=["ThresholdMonitoring"])
    assert set(found) == {number, number + 1}
    _, found = monitors(raw, componentVariable=[of("EVSE", "Problem", evse=2)])
    assert len(found) == 1
    assert monitors(raw, componentVariable=[of("EVSE", "Power", evse=2)]) == ("EmptyResultSet", {})
    results = raw.order("ClearVariableMonitoring", id=[number, 999])["clearMonitoringResult"]
    assert [r["status"] for r in results] == ["Accepted", "NotFound"]
    assert set(monitors(raw, monitoringCriteria=["ThresholdMonitoring"])[1]) == {number + 1}


def test_hard_wired_monitors_stay(raw):
    """N06.FR.02."""
    (first,) = monitors(raw, componentVariable=[of("EVSE", "Problem", evse=1)])[1]
    results = raw.order("ClearVariableMonitoring", id=[first])["clearMonitoringResult"]
    assert results == [{"id": first, "status": "Rejected"}]


@pytest.mark.parametrize(("base", "left"), [("All", 4), ("FactoryDefault", 3), ("HardWiredOnly", 2)])
def test_the_monitoring_base(raw, base, left):
    """N03."""
    monitor(raw, "UpperThreshold", 5000)
    assert raw.order("SetMonitoringBase", monitoringBase=base)["status"] == "Accepted"
    assert len(monitors(raw)[1]) == left
    assert get(raw, of("MonitoringCtrlr", "ActiveMonitoringBase")) == [("Accepted", base)]
    raw.order("SetMonitoringBase", monitoringBase="All")
    assert len(monitors(raw)[1]) == max(left, 3)


def test_the_monitoring_level_silences_what_is_less_severe(raw):
    """N08; severity 0 is the worst."""
    monitor(raw, "UpperThreshold", 5000, severity=5)
    assert raw.order("SetMonitoringLevel", severity=4)["status"] == "Accepted"
    assert raw.order("SetMonitoringLevel", severity=12)["status"] == "Rejected"
    raw.currents_a = (10.0, 10.0, 10.0)
    raw.wait(3)
    assert events(raw) == []


@pytest.mark.parametrize(
    ("place", "kind", "value", "status"),
    [
        (of("EVSE", "AvailabilityState", evse=1), "UpperThreshold", 1, "UnsupportedMonitorType"),
        (of("TxCtrlr", "TxStartPoint"), "Delta", 1, "UnsupportedMonitorType"),
        (of("EVSE", "Colour", evse=1), "Delta", 1, "UnknownVariable"),
        (of("EVSE", "Power", evse=7), "Delta", 1, "UnknownComponent"),
        (of("EVSE", "Power", evse=1), "Delta", -1, "Rejected"),
        (of("EVSE", "Power", evse=1), "UpperThreshold", 1e9, "Rejected"),
    ],
)
def test_what_cannot_be_watched(raw, place, kind, value, status):
    assert monitor(raw, kind, value, place=place) == (status, None)


def test_trouble_is_told_by_itself(raw):
    break_down(raw.station, 1, raw.now)
    raw.run()
    told = {(e["component"]["name"], e["actualValue"], e["eventNotificationType"]) for e in events(raw)}
    assert told == {
        ("EVSE", "true", "HardWiredMonitor"),
        ("ChargingStation", "true", "PreconfiguredMonitor"),
    }
    raw.forget()
    repair(raw.station, 1, raw.now)
    raw.run()
    assert {e["actualValue"] for e in events(raw)} == {"false"}


# --- streams (2.1)


def stream(raw, **params):
    raw.answers["OpenPeriodicEventStream"] = {"status": "Accepted"}
    _, number = monitor(raw, "Periodic", 1, periodicEventStream=params)
    (opened,) = raw.all("OpenPeriodicEventStream")
    return number, opened["constantStreamData"]


@pytest.fixture
def raw_21():
    raw = Raw("ocpp2.1", evses=2)
    raw.connect()
    raw.forget()
    return raw


def test_a_stream_is_opened_fed_adjusted_and_closed(raw_21):
    """N11 to N15."""
    raw = raw_21
    number, opened = stream(raw, interval=10)
    assert opened["variableMonitoringId"] == number
    raw.wait(21)
    sent = raw.all("NotifyPeriodicEventStream")
    assert [len(s["data"]) for s in sent] == [9, 10], "the tenth value is seen right after the first message"
    assert [d["t"] for d in sent[1]["data"]] == list(range(10))
    assert raw.all("NotifyEvent") == []
    assert raw.order("GetPeriodicEventStream") == {"constantStreamData": [opened]}
    adjusted = raw.order("AdjustPeriodicEventStream", id=opened["id"], params={"values": 3})
    assert adjusted == {"status": "Accepted"}
    raw.forget()
    raw.wait(6)
    assert [len(s["data"]) for s in raw.all("NotifyPeriodicEventStream")] == [3, 3]
    unknown = raw.order("AdjustPeriodicEventStream", id=99, params={"values": 3})
    assert unknown == {"status": "Rejected"}
    raw.wait(2)
    raw.forget()
    raw.order("ClearVariableMonitoring", id=[number])
    assert [len(s["data"]) for s in raw.all("NotifyPeriodicEventStream")] == [1], (
        "what was gathered still counts"
    )
    assert raw.all("ClosePeriodicEventStream") == [{"id": opened["id"]}]
    assert raw.order("GetPeriodicEventStream") == {}


def test_a_stream_that_nobody_wants_is_told_as_events(raw_21):
    raw = raw_21
    raw.answers["OpenPeriodicEventStream"] = {"status": "Rejected"}
    monitor(raw, "Periodic", 5, periodicEventStream={"interval": 10})
    raw.wait(11)
    assert [e["trigger"] for e in events(raw)] == ["Periodic"] * 2
    assert raw.all("NotifyPeriodicEventStream") == []
