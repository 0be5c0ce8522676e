"""What was said is found again, as it was said, and without its secrets."""

import pytest
from tests.conformance.harness import ACCEPTED, CallError, basic, now


async def messages(csms, station, **wanted):
    return (await csms.ok("GET", f"/stations/{station.id}/messages", params=wanted))["messages"]


def shape(message):
    return message["direction"], message["kind"], message["action"], message["outcome"]


async def test_every_frame_is_there_as_the_station_saw_it(csms):
    async with csms.station("ocpp2.0.1") as station:
        await station.ordered("ClearCache", {}, ACCEPTED)
        await station.ordered("ClearCache", {}, CallError("NotSupported", "not here"))
        await station.socket.send("[2, broken")
        await station.call("Heartbeat", {})
        found = await messages(csms, station)
    seen = [(("in" if way == "out" else "out"), frame) for way, frame in station.frames]
    assert [(m["direction"], m["frame"]) for m in found if m["kind"] != "UNREADABLE"] == seen
    assert [shape(m) for m in found if m["action"] == "ClearCache"] == [
        ("out", "CALL", "ClearCache", "answered"),
        ("in", "CALLRESULT", "ClearCache", "answered"),
        ("out", "CALL", "ClearCache", "NotSupported"),
        ("in", "CALLERROR", "ClearCache", "NotSupported"),
    ]
    assert [m["frame"] for m in found if m["kind"] == "UNREADABLE"] == ["[2, broken"]
    numbers = [m["number"] for m in found]
    assert numbers == sorted(set(numbers))
    assert all(m["answered_after_ms"] >= 0 for m in found if m["kind"] == "CALLRESULT")


async def test_it_is_searched_by_action_id_outcome_direction_and_time(csms):
    async with csms.station() as station, csms.station() as other:
        for _ in range(3):
            await station.call("Heartbeat", {})
            await other.call("Heartbeat", {})
        await station.ordered("ClearCache", {}, CallError("InternalError", ""))
        calls = await messages(csms, station, action="Heartbeat", direction="in")
        assert len(calls) == 3
        assert {m["kind"] for m in calls} == {"CALL"}
        one = await messages(csms, station, message_id=calls[0]["message_id"])
        assert [m["kind"] for m in one] == ["CALL", "CALLRESULT"]
        failed = await messages(csms, station, outcome="error")
        assert [m["action"] for m in failed] == ["ClearCache", "ClearCache"]
        assert await messages(csms, station, outcome="InternalError") == failed
        assert await messages(csms, station, since=now(60)) == []
        assert await messages(csms, station, until=now(-60)) == []
        newest = await messages(csms, station, limit=2)
        assert newest == (await messages(csms, station, limit=1000))[-2:]
        following = await messages(csms, station, after=calls[1]["number"], limit=2)
        assert following[0]["number"] > calls[1]["number"]
        assert [shape(m)[:2] for m in following] == [("out", "CALLRESULT"), ("in", "CALL")]


SECRETS = [
    (
        "ocpp2.0.1",
        "SetNetworkProfile",
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://example.org/x",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
                "vpn": {
                    "server": "vpn.example.org",
                    "user": "someone",
                    "password": "tell-no-one-1",
                    "key": "tell-no-one-2",
                    "type": "IPSec",
                },
            },
        },
        ACCEPTED,
    ),
    (
        "ocpp1.6",
        "GetConfiguration",
        {"key": ["AuthorizationKey"]},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "tell-no-one-3"}]},
    ),
    ("ocpp1.6", "GetDiagnostics", {"location": "ftp://someone:tell-no-one-4@example.org/logs"}, {}),
]


@pytest.mark.parametrize(("version", "action", "payload", "answer"), SECRETS)
async def test_a_secret_is_not_kept(csms, version, action, payload, answer):
    async with csms.station(version) as station:
        arrived, _ = await station.ordered(action, payload, answer)
        assert arrived == payload, "the station gets what it needs"
        found = [m for m in await messages(csms, station) if m["action"] == action]
    assert len(found) >= 2
    assert "tell-no-one" not in str(found)
    assert "***" in str(found)


async def test_the_password_of_the_connection_is_no_frame(csms):
    async with csms.station(**basic("CS", "tell-no-one-5")) as station:
        assert "tell-no-one" not in str(await messages(csms, station))


async def test_a_station_that_nobody_knows_has_no_log(csms):
    await csms.problem("GET", "/stations/nobody/messages", 404)


PASSWORDS = [
    ("ocpp1.6", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "tell-no-one-6"}, ACCEPTED),
    (
        "ocpp2.0.1",
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "tell-no-one-7",
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                }
            ]
        },
        {
            "setVariableResult": [
                {
                    "attributeStatus": "Accepted",
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                }
            ]
        },
    ),
]


@pytest.mark.parametrize(("version", "action", "payload", "answer"), PASSWORDS)
async def test_a_password_is_set_by_its_service_only_and_not_kept(csms, version, action, payload, answer):
    async with csms.station(version) as station:
        problem = await csms.problem("POST", f"/stations/{station.id}/commands/{action}", 400, json=payload)
        assert "/password" in problem["detail"]
        many = {"filter": {"stations": [station.id]}, "payload": payload}
        await csms.problem("POST", f"/commands/{action}", 400, json=many)
        assert not [order for order in station.orders if order.action == action]
        station.replies[action] = answer
        password = "0123456789abcdef0123456789abcdef"
        await csms.ok("POST", f"/stations/{station.id}/password", json={"password": password})
        assert password in str((await station.expect(action)).payload).lower()
        found = str([m for m in await messages(csms, station) if m["action"] == action])
    assert "***" in found
    assert password not in found.lower()
