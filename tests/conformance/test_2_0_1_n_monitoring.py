"""OCPP 2.0.1, block N: monitors, monitoring reports and events."""

from tests.conformance.charging import event_data, notify, variables
from tests.conformance.harness import ACCEPTED, now

V = "ocpp2.0.1"
EVSE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
STATION = {"component": {"name": "ChargingStation"}, "variable": {"name": "AvailabilityState"}}
POWER = {"component": {"name": "ChargingStation"}, "variable": {"name": "Power"}}
EMPTY = {"status": "EmptyResultSet"}


def monitor(number: int, **more) -> dict:
    told = {"id": number, "transaction": False, "value": 1.0, "type": "Delta", "severity": 8}
    return {"variableMonitoring": [{**told, **more}]}


async def ask(station, body: dict, answer: dict) -> dict:
    """Order a monitoring report; what arrives is what was asked for, under a request id."""
    station.replies["GetMonitoringReport"] = answer
    begun = await station.csms.ok("POST", f"/stations/{station.id}/reports/GetMonitoringReport", json=body)
    arrived = (await station.expect("GetMonitoringReport")).payload
    assert arrived == {**body, "requestId": begun["request_id"]}
    return begun


async def tell(station, request_id: int, seq_no: int, monitors: list[dict], *, tbc: bool = False) -> None:
    told = {"requestId": request_id, "seqNo": seq_no, "generatedAt": now(), "monitor": monitors, "tbc": tbc}
    assert await station.call("NotifyMonitoringReport", told) == {}


async def shown(station) -> list[tuple[int, str, str]]:
    found = await station.csms.ok("GET", f"/stations/{station.id}/monitoring")
    return [(m["id"], m["variable"]["component"], m["variable"]["name"]) for m in found["monitors"]]


async def empty_then_found(csms, first: dict, second: dict, found: dict) -> None:
    """A report with nothing in it is told as such; the next one, under another id, is shown."""
    async with csms.station(V) as station:
        nothing = await ask(station, first, EMPTY)
        assert (nothing["state"], nothing["status"]) == ("refused", "EmptyResultSet")
        begun = await ask(station, second, ACCEPTED)
        assert begun["request_id"] != nothing["request_id"]
        await tell(station, begun["request_id"], 0, [{**found, **monitor(5)}])
        report = await csms.ok("GET", f"/stations/{station.id}/reports/{begun['request_id']}")
        assert (report["state"], len(report["items"])) == ("complete", 1)
        assert await shown(station) == [(5, found["component"]["name"], found["variable"]["name"])]


async def test_tc_n_01_csms(csms):
    """Monitors are reported by criteria."""
    delta, threshold = ({"monitoringCriteria": [c]} for c in ("DeltaMonitoring", "ThresholdMonitoring"))
    await empty_then_found(csms, delta, threshold, POWER)


async def test_tc_n_02_csms(csms):
    """Monitors are reported by variable."""
    await empty_then_found(csms, {"componentVariable": [POWER]}, {"componentVariable": [EVSE]}, EVSE)


async def test_tc_n_03_csms(csms):
    """Monitors are reported by criteria and a variable together."""
    first = {"monitoringCriteria": ["DeltaMonitoring"], "componentVariable": [EVSE]}
    second = {"monitoringCriteria": ["ThresholdMonitoring"], "componentVariable": [POWER]}
    await empty_then_found(csms, first, second, POWER)


async def test_tc_n_60_csms(csms):
    """Monitors are reported by criteria and a list of variables together."""
    first = {"monitoringCriteria": ["DeltaMonitoring"], "componentVariable": [STATION, EVSE]}
    second = {"monitoringCriteria": ["ThresholdMonitoring"], "componentVariable": [STATION, EVSE]}
    await empty_then_found(csms, first, second, EVSE)


async def test_tc_n_47_csms(csms):
    """All monitors are reported, in several messages: neither criteria nor variables are named."""
    async with csms.station(V) as station:
        begun = await ask(station, {}, ACCEPTED)
        await tell(station, begun["request_id"], 0, [{**EVSE, **monitor(1)}], tbc=True)
        path = f"/stations/{station.id}/reports/{begun['request_id']}"
        assert (await csms.ok("GET", path))["state"] == "collecting"
        await tell(station, begun["request_id"], 1, [{**POWER, **monitor(2, type="UpperThreshold")}])
        assert (await csms.ok("GET", path))["state"] == "complete"
        assert await shown(station) == [
            (1, "EVSE", "AvailabilityState"),
            (2, "ChargingStation", "Power"),
        ]


async def test_tc_n_05_csms(csms):
    """Each of the three monitoring bases is set; the accepted one is shown."""
    async with csms.station(V, replies={"SetMonitoringBase": ACCEPTED}) as station:
        for base in ("All", "FactoryDefault", "HardWiredOnly"):
            path = f"/stations/{station.id}/monitoring"
            assert (await csms.ok("PUT", path, json={"base": base}))["base"] == "Accepted"
            assert (await station.expect("SetMonitoringBase")).payload == {"monitoringBase": base}
            assert (await csms.ok("GET", path))["base"] == base


def taken(status: str = "Accepted"):
    def answer(payload: dict) -> dict:
        results = [
            {
                **{name: wanted[name] for name in ("type", "severity", "component", "variable")},
                "status": status,
                "id": 70 + number,
            }
            for number, wanted in enumerate(payload["setMonitoringData"])
        ]
        return {"setMonitoringResult": results[::-1]}  # in any order: the answer names what it means

    return answer


async def set_monitors(csms, *places: dict) -> None:
    async with csms.station(V, replies={"SetVariableMonitoring": taken()}) as station:
        wanted = [{**place, "value": 1, "type": "Delta", "severity": 8} for place in places]
        answer = await csms.ok("POST", f"/stations/{station.id}/monitors", json={"monitors": wanted})
        assert (await station.expect("SetVariableMonitoring")).payload == {"setMonitoringData": wanted}
        assert {r["status"] for r in answer["results"]} == {"Accepted"}
        assert await shown(station) == [
            (70 + number, place["component"]["name"], place["variable"]["name"])
            for number, place in enumerate(places)
        ]


async def test_tc_n_08_csms(csms):
    """One variable is monitored, and the monitor is shown under the id that the station gave."""
    await set_monitors(csms, EVSE)


async def test_tc_n_09_csms(csms):
    """Two variables are monitored by one message, and both monitors are shown."""
    await set_monitors(csms, EVSE, STATION)


async def set_level(csms, status: str, shown_after: int | None) -> None:
    async with csms.station(V, replies={"SetMonitoringLevel": {"status": status}}) as station:
        path = f"/stations/{station.id}/monitoring"
        assert (await csms.ok("PUT", path, json={"severity": 4}))["severity"] == status
        assert (await station.expect("SetMonitoringLevel")).payload == {"severity": 4}
        assert (await csms.ok("GET", path))["severity"] == shown_after


async def test_tc_n_16_csms(csms):
    """The level of monitoring is set and shown."""
    await set_level(csms, "Accepted", 4)


async def test_tc_n_17_csms(csms):
    """A level that the station refuses is told as refused, and not shown as set."""
    await set_level(csms, "Rejected", None)


async def test_tc_n_18_csms(csms):
    """More monitors than fit one message are cleared in several; the limit is asked of the station first."""

    def cleared(payload: dict) -> dict:
        return {"clearMonitoringResult": [{"id": n, "status": "Accepted"} for n in payload["id"]]}

    limits = variables({"MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]": "2"})
    async with csms.station(
        V, replies={"GetVariables": limits, "ClearVariableMonitoring": cleared}
    ) as station:
        begun = await ask(station, {}, ACCEPTED)
        await tell(station, begun["request_id"], 0, [{**EVSE, **monitor(n)} for n in range(1, 7)])
        body = {"ids": [1, 2, 3, 4, 5]}
        answer = await csms.ok("POST", f"/stations/{station.id}/monitors/clear", json=body)
        assert [(r["id"], r["status"]) for r in answer["results"]] == [(n, "Accepted") for n in body["ids"]]
        asked = [
            order.payload["getVariableData"] for order in station.orders if order.action == "GetVariables"
        ]
        assert {
            "component": {"name": "MonitoringCtrlr"},
            "variable": {"name": "ItemsPerMessage", "instance": "ClearVariableMonitoring"},
        } in [data for several in asked for data in several]
        sent = [order.payload["id"] for order in station.orders if order.action == "ClearVariableMonitoring"]
        assert sent == [[1, 2], [3, 4], [5]]
        assert [number for number, *_ in await shown(station)] == [6]


async def test_tc_n_44_csms(csms):
    """A monitor that the station refuses to clear is told as refused, and still shown."""
    refused = {"clearMonitoringResult": [{"id": 9, "status": "Rejected"}]}
    async with csms.station(V, replies={"ClearVariableMonitoring": refused}) as station:
        begun = await ask(station, {}, ACCEPTED)
        await tell(station, begun["request_id"], 0, [{**EVSE, **monitor(9)}])
        answer = await csms.ok("POST", f"/stations/{station.id}/monitors/clear", json={"ids": [9]})
        assert answer["results"] == [{"id": 9, "status": "Rejected"}]
        assert (await station.expect("ClearVariableMonitoring")).payload == {"id": [9]}
        assert [number for number, *_ in await shown(station)] == [9]


async def events(station) -> list[dict]:
    return await station.csms.ok("GET", f"/stations/{station.id}/events")


async def alerts(station, **which) -> list[dict]:
    return await station.csms.ok("GET", f"/stations/{station.id}/alerts", params=which)


async def test_tc_n_21_csms(csms):
    """A hardwired monitor raises an alert: it is acknowledged, and active in the list."""
    async with csms.station(V) as station:
        told = event_data(
            {"name": "ChargingStation"},
            "Temperature",
            "87",
            trigger="Alerting",
            eventNotificationType="HardWiredMonitor",
            cause=7,
            techCode="T-HOT",
        )
        assert await notify(station, told) == {}
        (alert,) = await alerts(station)
        assert alert["active"]
        assert alert["event"]["notification"] == "HardWiredMonitor"
        assert (alert["event"]["value"], alert["event"]["cause"]) == ("87", 7)
        assert alert["event"]["tech_code"] == "T-HOT"


async def test_tc_n_24_csms(csms):
    """A custom monitor that fires again and again: each event is acknowledged and kept, the newest first."""
    async with csms.station(V) as station:
        for number in range(3):
            told = event_data(
                {"name": "ChargingStation"},
                "Power",
                str(number),
                timestamp=now(number - 10),
                trigger="Periodic",
                eventNotificationType="CustomMonitor",
                variableMonitoringId=3,
            )
            assert await notify(station, told) == {}
        assert [(e["value"], e["monitor_id"]) for e in await events(station)] == [
            ("2", 3),
            ("1", 3),
            ("0", 3),
        ]
        assert await alerts(station) == []


async def test_tc_n_48_csms(csms):
    """An event of a variable that may only be written has an empty value, and is taken."""
    async with csms.station(V) as station:
        assert await notify(station, event_data({"name": "SecurityCtrlr"}, "BasicAuthPassword", "")) == {}
        (event,) = await events(station)
        assert (event["variable"]["name"], event["value"]) == ("BasicAuthPassword", "")


async def test_tc_n_49_csms(csms):
    """An alert that a station clears after its reboot is no longer active, and shown with both times."""
    async with csms.station(V) as station:
        hot = {"trigger": "Alerting", "eventNotificationType": "HardWiredMonitor", "variableMonitoringId": 4}
        raised = event_data({"name": "ChargingStation"}, "Temperature", "87", timestamp=now(-60), **hot)
        assert await notify(station, raised) == {}
        assert len(await alerts(station, active=True)) == 1
    async with csms.station(V, station_id=station.id) as again:
        gone = event_data({"name": "ChargingStation"}, "Temperature", "40", cleared=True, **hot)
        assert await notify(again, gone) == {}
        assert await alerts(again, active=True) == []
        (alert,) = await alerts(again, active=False)
        assert alert["since"] < alert["cleared_at"]


async def test_tc_n_50_csms(csms):
    """A periodic monitor fires: the event is acknowledged and kept with its trigger."""
    async with csms.station(V) as station:
        told = event_data(
            {"name": "EVSE", "evse": {"id": 1}},
            "Power",
            "11000",
            trigger="Periodic",
            eventNotificationType="CustomMonitor",
            variableMonitoringId=1,
        )
        assert await notify(station, told) == {}
        (event,) = await events(station)
        assert (event["trigger"], event["variable"]["evse_id"]) == ("Periodic", 1)
