"""OCPP 2.1, block R: controls of distributed energy resources."""

from typing import Any

from tests.conformance.harness import ACCEPTED, Csms, RawStation, now

VERSION = "ocpp2.1"
DROOP = {
    "priority": 1,
    "overFreq": 50.2,
    "underFreq": 49.8,
    "overDroop": 5,
    "underDroop": 5,
    "responseTime": 1,
}
CURVE = {"priority": 0, "yUnit": "PctMaxW", "curveData": [{"x": 50.2, "y": 100}, {"x": 51.5, "y": 0}]}


async def control(csms: Csms, station: RawStation, answer: Any = ACCEPTED, **body: Any) -> tuple[Any, Any]:
    """Set a control through the API: (the request as it arrived, what the API answered)."""
    station.replies["SetDERControl"] = answer
    body = {"type": "FreqDroop", "setting": DROOP, **body}
    shown = await csms.ok("POST", f"/stations/{station.id}/der-controls", json=body)
    return (await station.expect("SetDERControl")).payload, shown


async def controls(csms: Csms, station: RawStation) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in await csms.ok("GET", f"/stations/{station.id}/der-controls")}


async def test_21_r04_set_der_control(csms):
    """A control is set under an id of ours; what it puts out of force is known."""
    async with csms.station(VERSION) as station:
        arrived, shown = await control(csms, station)
        assert arrived == {
            "isDefault": False,
            "controlId": shown["id"],
            "controlType": "FreqDroop",
            "freqDroop": DROOP,
        }
        first = shown["id"]
        answer = {"status": "Accepted", "supersededIds": [first]}
        arrived, shown = await control(csms, station, answer, id="mine", setting={**DROOP, "priority": 0})
        assert (arrived["controlId"], shown["superseded"]) == ("mine", [first])
        held = await controls(csms, station)
        assert (held[first]["superseded"], held["mine"]["superseded"]) == (True, False)
        arrived, _ = await control(csms, station, type="FreqWatt", setting=CURVE, default=True)
        assert (arrived["controlType"], arrived["curve"], arrived["isDefault"]) == ("FreqWatt", CURVE, True)


async def test_21_r04_set_der_control_by_hand(csms):
    """A control that is ordered as a bare message gets an id too."""
    async with csms.station(VERSION) as station:
        order = {"isDefault": True, "controlType": "FreqDroop", "freqDroop": DROOP}
        arrived, _ = await station.ordered("SetDERControl", order, ACCEPTED)
        assert arrived["controlId"].startswith("der-")


async def test_21_r04_fr_01_unsupported_control(csms):
    """A control that the station does not know is answered so, and not kept."""
    async with csms.station(VERSION) as station:
        _, shown = await control(csms, station, {"status": "NotSupported"})
        assert shown["status"] == "NotSupported"
        assert await controls(csms, station) == {}


async def test_21_r04_fr_16_setting_of_another_control(csms):
    """A setting that does not belong to the type of control does not leave."""
    async with csms.station(VERSION) as station:
        path = f"/stations/{station.id}/der-controls"
        await csms.problem("POST", path, 400, json={"type": "FreqDroop", "setting": CURVE})
        assert station.orders == []


async def test_21_r04_fr_20_notify_der_start_stop(csms):
    """A control that begins to count supersedes another one, until it ends; both are kept."""
    async with csms.station(VERSION) as station:
        await control(csms, station, id="base")
        await control(csms, station, id="event")
        told = {"controlId": "event", "timestamp": now(), "supersededIds": ["base"]}
        assert await station.call("NotifyDERStartStop", {**told, "started": True}) == {}
        held = await controls(csms, station)
        assert (held["event"]["started"], held["base"]["superseded"]) == (True, True)
        assert await station.call("NotifyDERStartStop", {**told, "started": False}) == {}
        held = await controls(csms, station)
        assert (held["event"]["started"], held["base"]["superseded"]) == (False, False)
        events = await csms.ok("GET", f"/stations/{station.id}/der-events")
        assert [(e["control"], e["started"]) for e in events] == [("event", False), ("event", True)]


async def test_21_r04_fr_30_get_der_control(csms):
    """A report of controls is ordered with a request id of ours, for a type of them."""
    async with csms.station(VERSION, replies={"GetDERControl": {"status": "NotFound"}}) as station:
        path = f"/stations/{station.id}/der-controls/refresh"
        asked = await csms.ok("POST", path, json={"type": "FreqDroop", "default": False})
        arrived = (await station.expect("GetDERControl")).payload
        assert arrived == {"requestId": asked["request"], "isDefault": False, "controlType": "FreqDroop"}
        assert asked["status"] == "NotFound"


async def test_21_r04_report_der_control(csms):
    """Controls that are reported over several messages are put together and shown."""
    async with csms.station(VERSION, replies={"GetDERControl": ACCEPTED}) as station:
        path = f"/stations/{station.id}/der-controls/refresh"
        number = (await csms.ok("POST", path, json={}))["request"]
        shared = {"isDefault": True, "isSuperseded": False}
        parts = [
            {"curve": [{"id": "c1", "curveType": "FreqWatt", "curve": CURVE, **shared}], "tbc": True},
            {
                "freqDroop": [{"id": "f1", "freqDroop": DROOP, "isDefault": False, "isSuperseded": True}],
                "gradient": [{"id": "g1", "gradient": {"priority": 0, "gradient": 10, "softGradient": 5}}],
            },
        ]
        for part in parts:
            assert await station.call("ReportDERControl", {"requestId": number, **part}) == {}
        report = await csms.ok("GET", f"/stations/{station.id}/reports/{number}")
        assert (report["state"], report["parts"]) == ("complete", 2)
        held = await controls(csms, station)
        assert {name: one["type"] for name, one in held.items()} == {
            "c1": "FreqWatt",
            "f1": "FreqDroop",
            "g1": "Gradients",
        }
        assert (held["c1"]["setting"]["yUnit"], held["f1"]["superseded"]) == ("PctMaxW", True)
        assert (held["f1"]["setting"], held["g1"]["setting"]["gradient"]) == (DROOP, 10)
        assert all(one["confirmed_at"] is not None for one in held.values())


async def test_21_r04_fr_40_clear_der_control(csms):
    """Controls are cleared by id, by type, or all; what the station no longer finds is gone as well."""
    async with csms.station(VERSION, replies={"ClearDERControl": ACCEPTED}) as station:
        for name in ("a", "b", "c"):
            await control(csms, station, id=name)
        await control(csms, station, id="kept", default=True)
        path = f"/stations/{station.id}/der-controls"
        assert (await csms.ok("DELETE", path, params={"id": "a"}))["status"] == "Accepted"
        assert (await station.expect("ClearDERControl")).payload == {"isDefault": False, "controlId": "a"}
        assert set(await controls(csms, station)) == {"b", "c", "kept"}
        station.replies["ClearDERControl"] = {"status": "NotFound"}
        await csms.ok("DELETE", path, params={"type": "FreqDroop"})
        arrived = (await station.expect("ClearDERControl")).payload
        assert arrived == {"isDefault": False, "controlType": "FreqDroop"}
        assert set(await controls(csms, station)) == {"kept"}
        station.replies["ClearDERControl"] = {"status": "Rejected"}
        await csms.ok("DELETE", path, params={"default": True})
        assert set(await controls(csms, station)) == {"kept"}


async def test_21_r05_notify_der_alarm(csms):
    """An alarm of the grid and its end are kept before they are answered, and shown."""
    async with csms.station(VERSION) as station:
        alarm = {"controlType": "HVMustTrip", "timestamp": now(), "gridEventFault": "OverVoltage"}
        assert await station.call("NotifyDERAlarm", {**alarm, "extraInfo": "260 V"}) == {}
        over = {"controlType": "HVMustTrip", "timestamp": now(1), "alarmEnded": True}
        assert await station.call("NotifyDERAlarm", over) == {}
        ended, begun = await csms.ok("GET", f"/stations/{station.id}/der-events")
        assert (begun["type"], begun["fault"], begun["text"]) == ("HVMustTrip", "OverVoltage", "260 V")
        assert (begun["ended"], ended["ended"]) == (False, True)


async def test_with_a_station_goes_what_it_told(csms):
    """A station that is entered again under the same name begins with nothing."""
    async with csms.station(VERSION) as station:
        alarm = {"controlType": "HVMustTrip", "timestamp": now()}
        assert await station.call("NotifyDERAlarm", alarm) == {}
        await control(csms, station)
        stream = {"id": 1, "variableMonitoringId": 7, "params": {}}
        await station.call("OpenPeriodicEventStream", {"constantStreamData": stream})
    await csms.ok("DELETE", f"/stations/{station.id}")
    await csms.enter(station.id)
    for what in ("der-events", "der-controls", "event-streams"):
        assert await csms.ok("GET", f"/stations/{station.id}/{what}") == []
