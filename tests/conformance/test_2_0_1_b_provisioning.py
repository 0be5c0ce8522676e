"""OCPP 2.0.1, block B: boots, variables, reports, resets, network profiles."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import websockets
from tests.conformance.charging import (
    Charging,
    connector,
    event_data,
    notify,
    set_results,
    shown_statuses,
    status_of,
    variables,
)
from tests.conformance.harness import ACCEPTED, BOOTS, CallError, now
from tests.patience import PATIENCE_S

from chargewright.domain.station import Registration

V = "ocpp2.0.1"
OFFLINE_THRESHOLD = {"component": "OCPPCommCtrlr", "variable": "OfflineThreshold"}
AUTHORIZE_REMOTE_START = {"component": "AuthCtrlr", "variable": "AuthorizeRemoteStart"}


def asked_names(order) -> set[tuple[str, str, str | None]]:
    return {
        (data["component"]["name"], data["variable"]["name"], data["variable"].get("instance"))
        for data in order.payload.get("getVariableData", order.payload.get("setVariableData"))
    }


def report_data(component: str, variable: str, value: str, **seat) -> dict:
    return {
        "component": {"name": component, **seat},
        "variable": {"name": variable},
        "variableAttribute": [{"value": value, "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
    }


async def report(station, request_id: int, *parts: list[dict]) -> None:
    for number, part in enumerate(parts):
        told = {"requestId": request_id, "generatedAt": now(), "seqNo": number, "reportData": part}
        assert await station.call("NotifyReport", {**told, "tbc": number + 1 < len(parts)}) == {}


async def known(csms, station) -> dict[str, str]:
    """Actual values by Component.Variable, as the API shows them."""
    found = await csms.ok("GET", f"/stations/{station.id}/variables")
    return {f"{v['component']}.{v['variable']}": v["attributes"][0]["value"] for v in found}


def boot(reason: str) -> dict:
    return {**BOOTS[V], "reason": reason}


@asynccontextmanager
async def prepared(csms, *wanted: dict):
    """A station whose model must have some values before it is accepted."""
    model = f"Model{id(wanted)}"
    path = f"/configuration-templates/{model}"
    await csms.ok("PUT", path, json={"variables": list(wanted), "model": model, "before_acceptance": True})
    replies = {"GetVariables": variables({"OCPPCommCtrlr.OfflineThreshold": "60"})}
    async with csms.station(V, boot=False, replies=replies) as station:
        yield station, {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": model}}
    await csms.ok("DELETE", path)


async def test_tc_b_01_csms(csms):
    """A station that is known boots: it is accepted, and its connectors are shown."""
    async with csms.station(V, boot=False) as station:
        answer = await station.boot()
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        await connector(station, "Available")
        await connector(station, "Available", evse=2)
        assert await shown_statuses(station) == {(1, 1): "Available", (2, 1): "Available"}


async def test_tc_b_02_csms(csms):
    """A boot is answered Pending while the station is set up; its next boot is accepted on the same connection."""
    async with prepared(csms, {**OFFLINE_THRESHOLD, "value": "123"}) as (station, told):
        station.replies["SetVariables"] = set_results()
        answer = await station.call("BootNotification", told)
        assert answer["status"] == "Pending"
        assert answer["interval"] > 0
        (wanted,) = (await station.expect("SetVariables")).payload["setVariableData"]
        assert (wanted["variable"]["name"], wanted["attributeValue"]) == ("OfflineThreshold", "123")
        await station.answer(await station.expect("TriggerMessage"), {"status": "Rejected"})
        assert (await station.call("BootNotification", told))["status"] == "Accepted"
        await connector(station, "Available")
        (setting,) = (await csms.ok("GET", f"/stations/{station.id}/configuration"))["settings"]
        assert (setting["value"], setting["status"]) == ("123", "Accepted")


async def test_tc_b_06_csms(csms):
    """One variable is asked for with one item; its value is shown."""
    async with csms.station(V) as station:
        station.replies["GetVariables"] = variables({"OCPPCommCtrlr.OfflineThreshold": "60"})
        path = f"/stations/{station.id}/variables/read"
        (result,) = await csms.ok("POST", path, json={"variables": [OFFLINE_THRESHOLD]})
        assert (result["status"], result["value"]) == ("Accepted", "60")
        (order,) = [order for order in station.orders if order.action == "GetVariables"]
        assert asked_names(order) == {("OCPPCommCtrlr", "OfflineThreshold", None)}
        assert (await known(csms, station))["OCPPCommCtrlr.OfflineThreshold"] == "60"


async def test_tc_b_07_csms(csms):
    """Two variables are asked for in one message; one that the station lacks is told beside the other's value."""
    async with csms.station(V) as station:
        station.replies["GetVariables"] = variables(
            {
                "OCPPCommCtrlr.OfflineThreshold": "60",
                "DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "10",
            }
        )
        path = f"/stations/{station.id}/variables/read"
        asked = {"variables": [OFFLINE_THRESHOLD, AUTHORIZE_REMOTE_START]}
        first, second = await csms.ok("POST", path, json=asked)
        assert (first["status"], first["value"]) == ("Accepted", "60")
        assert (second["status"], second["value"]) == ("UnknownVariable", None)
        order = [order for order in station.orders if order.action == "GetVariables"][-1]
        assert asked_names(order) == {
            ("OCPPCommCtrlr", "OfflineThreshold", None),
            ("AuthCtrlr", "AuthorizeRemoteStart", None),
        }


async def test_tc_b_08_csms(csms):
    """Five variables go out as four and one where the station takes four in a message."""
    limits = {
        "DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "4",
        "DeviceDataCtrlr.BytesPerMessage[GetVariables]": "4096",
        "DeviceDataCtrlr.ItemsPerMessage[GetReport]": "4",
        "DeviceDataCtrlr.BytesPerMessage[GetReport]": "4096",
        "AuthCtrlr.AuthorizeRemoteStart": "true",
    }
    async with csms.station(V) as station:
        station.replies["GetVariables"] = variables(limits)
        asked = [
            {"component": "DeviceDataCtrlr", "variable": variable, "instance": instance}
            for variable in ("ItemsPerMessage", "BytesPerMessage")
            for instance in ("GetReport", "GetVariables")
        ]
        path = f"/stations/{station.id}/variables/read"
        results = await csms.ok("POST", path, json={"variables": [*asked, AUTHORIZE_REMOTE_START]})
        assert [r["value"] for r in results] == ["4", "4", "4096", "4096", "true"]
        sizes = [
            len(order.payload["getVariableData"])
            for order in station.orders
            if order.action == "GetVariables"
        ]
        assert sorted(sizes[-2:]) == [1, 4]
        assert max(sizes) <= 4


async def test_tc_b_09_csms(csms):
    """One variable is set; what the station took is shown."""
    async with csms.station(V) as station:
        station.replies["SetVariables"] = set_results()
        path = f"/stations/{station.id}/variables"
        wanted = {"variables": [{**OFFLINE_THRESHOLD, "value": "123"}]}
        (result,) = await csms.ok("PUT", path, json=wanted)
        assert result["status"] == "Accepted"
        assert (await station.expect("SetVariables")).payload == {
            "setVariableData": [
                {
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "OfflineThreshold"},
                    "attributeValue": "123",
                }
            ]
        }
        assert (await known(csms, station))["OCPPCommCtrlr.OfflineThreshold"] == "123"


async def test_tc_b_10_csms(csms):
    """Two variables are set in one message; the one that is refused is told, and not shown as set."""
    async with csms.station(V) as station:
        station.replies["GetVariables"] = variables({"DeviceDataCtrlr.ItemsPerMessage[SetVariables]": "5"})
        station.replies["SetVariables"] = set_results({"AuthorizeRemoteStart": "Rejected"})
        wanted = [{**OFFLINE_THRESHOLD, "value": "123"}, {**AUTHORIZE_REMOTE_START, "value": "false"}]
        results = await csms.ok("PUT", f"/stations/{station.id}/variables", json={"variables": wanted})
        assert [r["status"] for r in results] == ["Accepted", "Rejected"]
        order = await station.expect("SetVariables")
        assert [d["attributeValue"] for d in order.payload["setVariableData"]] == ["123", "false"]
        shown = await known(csms, station)
        assert shown["OCPPCommCtrlr.OfflineThreshold"] == "123"
        assert "AuthCtrlr.AuthorizeRemoteStart" not in shown


async def base_report(csms, base: str) -> None:
    async with csms.station(V, replies={"GetBaseReport": ACCEPTED}) as station:
        begun = (await csms.ok("POST", f"/stations/{station.id}/variables/refresh", json={"base": base}))[
            "report"
        ]
        asked = (await station.expect("GetBaseReport")).payload
        assert asked == {"requestId": begun["request_id"], "reportBase": base}
        assert asked["requestId"] >= 0
        assert begun["state"] == "asked"
        first = [report_data("OCPPCommCtrlr", "HeartbeatInterval", "300")]
        second = [report_data("SmartChargingCtrlr", "ProfileStackLevel", "8")]
        await report(station, asked["requestId"], first, second)
        shown = await csms.ok("GET", f"/stations/{station.id}/reports/{asked['requestId']}")
        assert (shown["state"], shown["parts"], len(shown["items"])) == ("complete", 2, 2)
        assert await known(csms, station) == {
            "OCPPCommCtrlr.HeartbeatInterval": "300",
            "SmartChargingCtrlr.ProfileStackLevel": "8",
        }


async def test_tc_b_12_csms(csms):
    """A configuration inventory is ordered, put together from its parts, and shown."""
    await base_report(csms, "ConfigurationInventory")


async def test_tc_b_13_csms(csms):
    """A full inventory is ordered, put together from its parts, and shown."""
    await base_report(csms, "FullInventory")


async def test_tc_b_14_csms(csms):
    """A summary inventory is ordered, put together from its parts, and shown."""
    await base_report(csms, "SummaryInventory")


async def test_tc_b_18_csms(csms):
    """A report by criteria and variables: an empty result is told as such, the other one is shown."""
    seat = {"name": "EVSE", "evse": {"id": 1}}
    wanted = [{"component": seat, "variable": {"name": "AvailabilityState"}}]
    async with csms.station(V, replies={"GetReport": {"status": "EmptyResultSet"}}) as station:
        path = f"/stations/{station.id}/reports/GetReport"
        body = {"componentCriteria": ["Problem"], "componentVariable": wanted}
        empty = await csms.ok("POST", path, json=body)
        assert (empty["state"], empty["status"]) == ("refused", "EmptyResultSet")
        assert (await station.expect("GetReport")).payload == {**body, "requestId": empty["request_id"]}
        station.replies["GetReport"] = ACCEPTED
        body["componentCriteria"] = ["Available"]
        begun = await csms.ok("POST", path, json=body)
        assert begun["request_id"] != empty["request_id"]
        assert (await station.expect("GetReport")).payload["componentCriteria"] == ["Available"]
        await report(
            station,
            begun["request_id"],
            [report_data("EVSE", "AvailabilityState", "Available", evse={"id": 1})],
        )
        shown = await csms.ok("GET", f"/stations/{station.id}/reports/{begun['request_id']}")
        assert shown["state"] == "complete"
        (item,) = await csms.ok("GET", f"/stations/{station.id}/variables")
        assert (item["component"], item["evse"], item["attributes"][0]["value"]) == ("EVSE", 1, "Available")


async def test_tc_b_20_csms(csms):
    """A reset when idle is ordered for the whole station, which boots at once and is accepted."""
    async with csms.station(V) as station:
        arrived, outcome = await station.ordered("Reset", {"type": "OnIdle"}, ACCEPTED)
        assert arrived == {"type": "OnIdle"}
        assert outcome["response"] == ACCEPTED
    async with csms.station(V, station_id=station.id, boot=False) as again:
        assert (await again.call("BootNotification", boot("RemoteReset")))["status"] == "Accepted"
        await connector(again, "Available")
        assert (await shown_statuses(again))[1, 1] == "Available"


async def charging(csms, station) -> tuple[Charging, str]:
    transaction, token = Charging(station), await csms.token()
    assert status_of(await transaction.charge(token)) == "Accepted"
    assert (await transaction.record())["state"] == "active"
    return transaction, token


async def test_tc_b_21_csms(csms):
    """A reset when idle during a transaction is scheduled; after it has ended the station boots and is accepted."""
    async with csms.station(V) as station:
        transaction, token = await charging(csms, station)
        arrived, outcome = await station.ordered("Reset", {"type": "OnIdle"}, {"status": "Scheduled"})
        assert arrived == {"type": "OnIdle"}
        assert outcome["response"] == {"status": "Scheduled"}
        await transaction.stop_and_leave(token)
        assert (await transaction.record())["state"] == "ended"
    async with csms.station(V, station_id=station.id, boot=False) as again:
        assert (await again.call("BootNotification", boot("ScheduledReset")))["status"] == "Accepted"
        await connector(again, "Available")


async def test_tc_b_22_csms(csms):
    """An immediate reset ends the running transaction with its reason; the station boots and is accepted."""
    async with csms.station(V) as station:
        transaction, _ = await charging(csms, station)
        arrived, _ = await station.ordered("Reset", {"type": "Immediate"}, ACCEPTED)
        assert arrived == {"type": "Immediate"}
        await transaction.tell(
            "Ended", "ResetCommand", state="Charging", info={"stoppedReason": "ImmediateReset"}
        )
        shown = await transaction.record()
        assert (shown["state"], shown["reason"]) == ("ended", "ImmediateReset")
    async with csms.station(V, station_id=station.id, boot=False) as again:
        assert (await again.call("BootNotification", boot("RemoteReset")))["status"] == "Accepted"
        await connector(again, "Available")


async def test_tc_b_25_csms(csms):
    """A reset when idle is ordered for one EVSE."""
    async with csms.station(V) as station:
        arrived, outcome = await station.ordered("Reset", {"type": "OnIdle", "evseId": 1}, ACCEPTED)
        assert arrived == {"type": "OnIdle", "evseId": 1}
        assert outcome["response"] == ACCEPTED


async def test_tc_b_26_csms(csms):
    """A reset when idle of an EVSE in a transaction is scheduled, and the transaction ends in its own time."""
    async with csms.station(V) as station:
        transaction, token = await charging(csms, station)
        scheduled = {"status": "Scheduled"}
        arrived, outcome = await station.ordered("Reset", {"type": "OnIdle", "evseId": 1}, scheduled)
        assert arrived == {"type": "OnIdle", "evseId": 1}
        assert outcome["response"] == scheduled
        assert (await transaction.record())["state"] == "active"
        await transaction.stop_and_leave(token)
        assert (await transaction.record())["state"] == "ended"


async def test_tc_b_27_csms(csms):
    """An immediate reset of an EVSE ends the transaction there with its reason."""
    async with csms.station(V) as station:
        transaction, _ = await charging(csms, station)
        arrived, _ = await station.ordered("Reset", {"type": "Immediate", "evseId": 1}, ACCEPTED)
        assert arrived == {"type": "Immediate", "evseId": 1}
        await transaction.tell(
            "Ended", "ResetCommand", state="Charging", info={"stoppedReason": "ImmediateReset"}
        )
        assert (await transaction.record())["reason"] == "ImmediateReset"


async def test_tc_b_30_csms(csms):
    """What a pending or rejected station says beside its boot is refused with SecurityError, and not kept."""
    for registration in (Registration.PENDING, Registration.REJECTED):
        station_id = await csms.enter(registration=registration)
        async with csms.station(V, station_id=station_id, boot=False) as station:
            assert (await station.boot())["status"] == registration.value
            with pytest.raises(CallError) as refused:
                await connector(station, "Available")
            assert refused.value.code == "SecurityError"
            with pytest.raises(CallError) as refused:
                await notify(station, event_data({"name": "Connector"}, "AvailabilityState", "Available"))
            assert refused.value.code == "SecurityError"
            assert await shown_statuses(station) == {}
            assert await csms.ok("GET", f"/stations/{station_id}/events") == []


async def test_tc_b_31_csms(csms):
    """A pending station is triggered to boot again before its waiting time is over, and is accepted."""
    async with prepared(csms, {**OFFLINE_THRESHOLD, "value": "60"}) as (station, told):
        assert (await station.call("BootNotification", told))["status"] == "Pending"
        trigger = await station.expect("TriggerMessage")
        assert trigger.payload == {"requestedMessage": "BootNotification"}
        await station.answer(trigger, ACCEPTED)
        assert (await station.call("BootNotification", {**told, "reason": "Triggered"}))[
            "status"
        ] == "Accepted"
        await connector(station, "Available")
        assert (await shown_statuses(station))[1, 1] == "Available"


NETWORK_PROFILE = {
    "configurationSlot": 1,
    "connectionData": {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "wss://csms.example/ocpp",
        "messageTimeout": 30,
        "securityProfile": 2,
        "ocppInterface": "Wired0",
    },
}


async def network_profile(csms, status: str) -> None:
    async with csms.station(V) as station:
        arrived, outcome = await station.ordered("SetNetworkProfile", NETWORK_PROFILE, {"status": status})
        assert arrived == NETWORK_PROFILE
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert (kept["outcome"], kept["response"]) == ("answered", {"status": status})


async def test_tc_b_42_csms(csms):
    """A network profile is sent as it was ordered, and its acceptance is kept."""
    await network_profile(csms, "Accepted")


async def test_tc_b_44_csms(csms):
    """A network profile that the station fails to store is kept as failed."""
    await network_profile(csms, "Failed")


async def test_tc_b_58_csms(csms):
    """Of the subprotocols offered the first that is spoken here is chosen; with none of them there is no upgrade."""
    station_id = await csms.enter()
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(csms.url(station_id), subprotocols=["ocpp0.1"])
    assert refused.value.response.status_code == 400
    async with csms.station(station_id=station_id, subprotocols=["ocpp0.1", V], version=V) as station:
        assert station.socket.subprotocol == V
    async with asyncio.timeout(PATIENCE_S):
        await csms.until(lambda: csms.central.services.links.get(station_id) is None)
