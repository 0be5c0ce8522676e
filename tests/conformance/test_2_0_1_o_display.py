"""OCPP 2.0.1 block O: messages on displays."""

from datetime import datetime

import pytest
from tests.conformance.charging import Charging, status_of
from tests.conformance.harness import ACCEPTED, now


def display(csms, status="Accepted", **replies):
    return csms.station("ocpp2.0.1", replies={"SetDisplayMessage": {"status": status}, **replies})


async def show(csms, station, **wanted):
    """Order a message through the API: (what it shows, the message that arrived)."""
    wanted.setdefault("content", "Willkommen")
    shown = await csms.ok("POST", f"/stations/{station.id}/display-messages", json=wanted)
    return shown, (await station.expect("SetDisplayMessage")).payload["message"]


async def messages(csms, station):
    """(id, content, shown) of all messages of a station."""
    listed = await csms.ok("GET", f"/stations/{station.id}/display-messages")
    return [(one["id"], one["content"], one["shown"]) for one in listed]


async def charging_at(csms, station):
    charging = Charging(station)
    assert status_of(await charging.charge(await csms.token())) == "Accepted"
    return charging, (await charging.record())["id"]


async def test_tc_o_01_csms(csms):
    """A message is set under an id of ours, with priority, state and format."""
    async with display(csms) as station:
        shown, arrived = await show(csms, station, priority="AlwaysFront", state="Idle", language="de")
        assert arrived == {
            "id": shown["id"],
            "priority": "AlwaysFront",
            "state": "Idle",
            "message": {"format": "UTF8", "language": "de", "content": "Willkommen"},
        }
        assert (shown["status"], shown["shown"]) == ("Accepted", True)
        assert await messages(csms, station) == [(shown["id"], "Willkommen", True)]


async def test_tc_o_12_csms(csms):
    """A message is replaced by one with its id."""
    async with display(csms) as station:
        shown, _ = await show(csms, station)
        path = f"/stations/{station.id}/display-messages/{shown['id']}"
        await csms.ok("PUT", path, json={"content": "Bis bald", "priority": "InFront"})
        arrived = (await station.expect("SetDisplayMessage")).payload["message"]
        assert (arrived["id"], arrived["message"]["content"]) == (shown["id"], "Bis bald")
        assert await messages(csms, station) == [(shown["id"], "Bis bald", True)]


async def test_tc_o_13_csms(csms):
    """A message is shown from a time on."""
    async with display(csms) as station:
        at = now(3600)
        shown, arrived = await show(csms, station, start_at=at)
        assert datetime.fromisoformat(arrived["startDateTime"]) == datetime.fromisoformat(at)
        assert "endDateTime" not in arrived
        assert shown["shown"] is True


async def test_tc_o_14_csms(csms):
    """A message is shown until a time."""
    async with display(csms) as station:
        at = now(3600)
        shown, arrived = await show(csms, station, end_at=at)
        assert datetime.fromisoformat(arrived["endDateTime"]) == datetime.fromisoformat(at)
        assert "startDateTime" not in arrived
        assert shown["shown"] is True


async def refused(csms, status, **wanted):
    async with display(csms, status) as station:
        shown, arrived = await show(csms, station, **wanted)
        assert (shown["status"], shown["shown"]) == (status, False)
        assert await messages(csms, station) == [(shown["id"], "Willkommen", False)]
        return arrived


async def test_tc_o_17_csms(csms):
    """A priority that the station does not know is shown as the reason of the refusal."""
    arrived = await refused(csms, "NotSupportedPriority", priority="InFront")
    assert arrived["priority"] == "InFront"


async def test_tc_o_18_csms(csms):
    """A state that the station does not know is shown as the reason of the refusal."""
    arrived = await refused(csms, "NotSupportedState", state="Charging")
    assert arrived["state"] == "Charging"


async def test_tc_o_19_csms(csms):
    """A format that the station does not know is shown as the reason of the refusal."""
    arrived = await refused(csms, "NotSupportedMessageFormat", format="HTML")
    assert arrived["message"]["format"] == "HTML"


async def test_tc_o_06_csms(csms):
    """A message for one transaction bears the station's own id of it."""
    async with display(csms) as station:
        charging, number = await charging_at(csms, station)
        shown, arrived = await show(csms, station, transaction=number)
        assert arrived["transactionId"] == charging.id == shown["station_transaction_id"]
        await charging.tell("Ended", "EVCommunicationLost", stopped="EVDisconnected")
        late = {"content": "zu spät", "transaction": 2**31 - 1}
        await csms.problem("POST", f"/stations/{station.id}/display-messages", 404, json=late)


async def test_tc_o_27_csms(csms):
    """A message for one transaction is shown from a time on."""
    async with display(csms) as station:
        charging, number = await charging_at(csms, station)
        _, arrived = await show(csms, station, transaction=number, start_at=now(60))
        assert arrived["transactionId"] == charging.id
        assert "startDateTime" in arrived
        assert not {"endDateTime", "state"} & set(arrived)


async def test_tc_o_28_csms(csms):
    """A message for one transaction is shown until a time."""
    async with display(csms) as station:
        charging, number = await charging_at(csms, station)
        _, arrived = await show(csms, station, transaction=number, end_at=now(60))
        assert arrived["transactionId"] == charging.id
        assert "endDateTime" in arrived
        assert not {"startDateTime", "state"} & set(arrived)


async def test_tc_o_10_csms(csms):
    """A station that does not know the transaction (any more) says so."""
    async with display(csms, "UnknownTransaction") as station:
        charging, number = await charging_at(csms, station)
        shown, arrived = await show(csms, station, transaction=number)
        assert arrived["transactionId"] == charging.id
        assert (shown["status"], shown["shown"]) == ("UnknownTransaction", False)


async def test_tc_o_25_csms(csms):
    """A message is bound to a state of the station, and may be bound to another one later."""
    async with display(csms) as station:
        shown, arrived = await show(csms, station, state="Idle")
        assert arrived["state"] == "Idle"
        path = f"/stations/{station.id}/display-messages/{shown['id']}"
        changed = await csms.ok("PUT", path, json={"content": "Willkommen", "state": "Unavailable"})
        again = (await station.expect("SetDisplayMessage")).payload["message"]
        assert (again["id"], again["state"], changed["state"]) == (shown["id"], "Unavailable", "Unavailable")


async def test_tc_o_26_csms(csms):
    """A replacement that the station rejects leaves the message that it shows."""
    async with display(csms) as station:
        shown, _ = await show(csms, station, priority="AlwaysFront")
        station.replies["SetDisplayMessage"] = {"status": "Rejected"}
        path = f"/stations/{station.id}/display-messages/{shown['id']}"
        told = await csms.ok("PUT", path, json={"content": "anders", "priority": "NormalCycle"})
        arrived = [o.payload["message"] for o in station.orders if o.action == "SetDisplayMessage"][-1]
        assert arrived["priority"] == "NormalCycle"
        assert (told["status"], told["shown"]) == ("Rejected", False)
        assert await messages(csms, station) == [(shown["id"], "Willkommen", True)]


async def refresh(csms, station, **asked):
    """Ask the station which messages it holds: (what the API shows, the GetDisplayMessages that arrived)."""
    shown = await csms.ok("POST", f"/stations/{station.id}/display-messages/refresh", json=asked)
    return shown, (await station.expect("GetDisplayMessages")).payload


async def tell(station, request_id, *parts):
    for n, part in enumerate(parts):
        told = {"requestId": request_id, "messageInfo": part}
        if n + 1 < len(parts):
            told["tbc"] = True
        assert await station.call("NotifyDisplayMessages", told) == {}


def held(number, content="vom Werk", **more):
    return {
        "id": number,
        "priority": "NormalCycle",
        "message": {"format": "UTF8", "content": content},
        **more,
    }


async def test_tc_o_02_csms(csms):
    """All messages that a station holds are asked for and put together from their parts."""
    async with display(csms, GetDisplayMessages=ACCEPTED) as station:
        shown, _ = await show(csms, station)
        asked, arrived = await refresh(csms, station)
        assert arrived == {"requestId": asked["request"]}
        await tell(station, arrived["requestId"], [held(shown["id"], "Willkommen")], [held(999_999)])
        listed = await csms.ok("GET", f"/stations/{station.id}/display-messages")
        assert [(one["id"], one["content"]) for one in listed] == [
            (shown["id"], "Willkommen"),
            (999_999, "vom Werk"),
        ]
        assert all(one["confirmed_at"] is not None for one in listed)


async def test_tc_o_03_csms(csms):
    """A station without messages says so; what was believed to be shown is not any more."""
    async with display(csms, GetDisplayMessages={"status": "Unknown"}) as station:
        shown, _ = await show(csms, station)
        asked, _ = await refresh(csms, station)
        assert asked["status"] == "Unknown"
        assert await messages(csms, station) == [(shown["id"], "Willkommen", False)]


@pytest.fixture
def asking(csms):
    """Ask with a filter, have one message told, and look at both ends."""

    async def ask(expected, **asked):
        async with display(csms, GetDisplayMessages=ACCEPTED) as station:
            told, arrived = await refresh(csms, station, **asked)
            assert arrived == {"requestId": told["request"], **expected}
            await tell(station, arrived["requestId"], [held(31, state="Idle")])
            assert await messages(csms, station) == [(31, "vom Werk", True)]

    return ask


async def test_tc_o_07_csms(asking):
    """Messages are asked for by id."""
    await asking({"id": [31]}, ids=[31])


async def test_tc_o_08_csms(asking):
    """Messages are asked for by priority."""
    await asking({"priority": "NormalCycle"}, priority="NormalCycle")


async def test_tc_o_09_csms(asking):
    """Messages are asked for by state."""
    await asking({"state": "Idle"}, state="Idle")


async def test_tc_o_11_csms(csms):
    """An id that the station does not hold: it says Unknown, and other messages stay as they were."""
    async with display(csms, GetDisplayMessages={"status": "Unknown"}) as station:
        shown, _ = await show(csms, station)
        asked, arrived = await refresh(csms, station, ids=[shown["id"] + 1])
        assert arrived["id"] == [shown["id"] + 1]
        assert asked["status"] == "Unknown"
        assert await messages(csms, station) == [(shown["id"], "Willkommen", True)]


async def test_tc_o_04_csms(csms):
    """A message is cleared."""
    async with display(csms, ClearDisplayMessage=ACCEPTED) as station:
        shown, _ = await show(csms, station)
        path = f"/stations/{station.id}/display-messages/{shown['id']}"
        assert (await csms.ok("DELETE", path))["status"] == "Accepted"
        assert (await station.expect("ClearDisplayMessage")).payload == {"id": shown["id"]}
        assert await messages(csms, station) == [(shown["id"], "Willkommen", False)]


async def test_tc_o_05_csms(csms):
    """A message that the station does not know cannot be cleared, and is not there."""
    async with display(csms, ClearDisplayMessage={"status": "Unknown"}) as station:
        told = await csms.ok("DELETE", f"/stations/{station.id}/display-messages/4711")
        assert (await station.expect("ClearDisplayMessage")).payload == {"id": 4711}
        assert told["status"] == "Unknown"
        assert await messages(csms, station) == []
