"""Monitors and events beyond what the certification cases try: order, bounds, and what is forgotten."""

import json

import pytest
import pytest_asyncio
from tests.conformance.charging import event_data, notify, variables
from tests.conformance.harness import ACCEPTED, CallError, now, running_csms

from chargewright.csms import monitoring

V = "ocpp2.0.1"
HEAT = {"trigger": "Alerting", "eventNotificationType": "CustomMonitor", "variableMonitoringId": 4}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


async def alerts(csms, station) -> list[tuple[bool, str]]:
    found = await csms.ok("GET", f"/stations/{station.id}/alerts")
    return [(a["active"], a["event"]["value"]) for a in found]


async def test_an_alert_that_is_told_late_changes_nothing_and_one_that_comes_back_is_active_again(csms):
    def heat(at_s: float, value: str, **more) -> dict:
        return event_data({"name": "Heap"}, "Temperature", value, timestamp=now(at_s), **HEAT, **more)

    async with csms.station(V) as station:
        await notify(station, heat(-50, "80"))
        await notify(station, heat(-30, "40", cleared=True))
        await notify(station, heat(-40, "85"))  # it waited while the station was offline
        assert await alerts(csms, station) == [(False, "40")]
        await notify(station, heat(-10, "90"))
        assert await alerts(csms, station) == [(True, "90")]
        (alert,) = await csms.ok("GET", f"/stations/{station.id}/alerts")
        assert alert["since"] == alert["event"]["at"]


async def test_two_monitors_of_one_variable_are_two_alerts(csms):
    async with csms.station(V) as station:
        for monitor in (1, 2):
            told = {**HEAT, "variableMonitoringId": monitor}
            await notify(station, event_data({"name": "Heap"}, "Temperature", str(monitor), **told))
        assert await alerts(csms, station) == [(True, "1"), (True, "2")]


async def test_only_so_many_events_are_kept_the_newest_ones(csms, monkeypatch):
    monkeypatch.setattr(monitoring, "EVENTS_KEPT", 20)
    monkeypatch.setattr(monitoring, "_TRIMMED_EVERY", 10)
    async with csms.station(V) as station:
        for burst in range(5):
            data = [
                event_data({"name": "Heap"}, "Power", f"{burst * 10 + n}", timestamp=now(burst * 10 + n))
                for n in range(10)
            ]
            assert await notify(station, *data) == {}
        path = f"/stations/{station.id}/events"
        kept = [int(e["value"]) for e in await csms.ok("GET", path, params={"limit": 1000})]
        assert kept == list(range(49, 29, -1))


async def test_another_base_takes_away_what_was_set_by_hand(csms):
    report = {"requestId": 3, "seqNo": 0, "generatedAt": now()}
    told = {"id": 5, "transaction": False, "value": 1.0, "type": "Delta", "severity": 8}
    heap = {"component": {"name": "Heap"}, "variable": {"name": "Power"}}
    async with csms.station(V, replies={"SetMonitoringBase": ACCEPTED}) as station:
        path = f"/stations/{station.id}/monitoring"
        for base, left in (("All", 1), ("FactoryDefault", 0)):
            monitors = [{**heap, "variableMonitoring": [told]}]
            report["requestId"] += 1
            await station.call("NotifyMonitoringReport", {**report, "monitor": monitors})
            await csms.ok("PUT", path, json={"base": base})
            assert len((await csms.ok("GET", path))["monitors"]) == left


async def test_monitors_go_out_in_messages_that_are_short_enough_and_a_refusal_is_told_for_each(csms):
    def wish(number: int) -> dict:
        name = f"Variable{number:03d}" + "x" * 30
        place = {"component": {"name": "Heap"}, "variable": {"name": name}}
        return {**place, "value": 1.0, "type": "Delta", "severity": 8}

    limits = variables({"MonitoringCtrlr.BytesPerMessage[SetVariableMonitoring]": "600"})
    async with csms.station(V, replies={"GetVariables": limits}) as station:
        station.replies["SetVariableMonitoring"] = CallError("InternalError", "no")
        body = {"monitors": [wish(n) for n in range(12)]}
        answer = await csms.ok("POST", f"/stations/{station.id}/monitors", json=body)
        assert [r["status"] for r in answer["results"]] == ["InternalError"] * 12
        sent = [f for w, f in station.frames if w == "in" and len(f) == 4 and f[2] == "SetVariableMonitoring"]
        assert len(sent) > 2
        assert all(len(json.dumps(frame, separators=(",", ":"))) <= 600 for frame in sent)
        assert sum(len(frame[3]["setMonitoringData"]) for frame in sent) == 12


async def test_a_station_of_1_6_has_no_monitors(csms):
    async with csms.station() as station:
        await csms.problem("PUT", f"/stations/{station.id}/monitoring", 422, json={"severity": 4})
        await csms.problem("PUT", f"/stations/{station.id}/monitoring", 400, json={})
        assert station.orders == []
