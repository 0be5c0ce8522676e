"""OCPP 2.1, N11 to N15 and the rules of messages: streams without answers, and answers that are answered."""

from typing import Any

import pytest
from tests.conformance.harness import ACCEPTED, CallError, Csms, RawStation, now

VERSION = "ocpp2.1"


def described(number: int = 1, **params: Any) -> dict[str, Any]:
    return {"id": number, "variableMonitoringId": 7, "params": params or {"interval": 60, "values": 10}}


async def opened(station: RawStation, number: int = 1, **params: Any) -> dict[str, Any]:
    return await station.call("OpenPeriodicEventStream", {"constantStreamData": described(number, **params)})


async def say(station: RawStation, number: int, *values: str, pending: int = 0) -> None:
    """SEND values of a stream; what follows waits until they are taken in."""
    data = [{"t": float(n), "v": value} for n, value in enumerate(values)]
    told = {"id": number, "pending": pending, "basetime": now(), "data": data}
    await station.send([6, f"send-{len(station.frames)}", "NotifyPeriodicEventStream", told])
    await station.call("Heartbeat", {})
    # A Heartbeat is answered without a commit: it may be ahead of the values.
    await station.csms.central.store.commit(lambda _: None)


async def streams(csms: Csms, station: RawStation) -> list[dict[str, Any]]:
    return await csms.ok("GET", f"/stations/{station.id}/event-streams")


async def test_21_n11_open_periodic_event_stream(csms):
    """A station may open a stream, and as many as there is room for; each is shown."""
    async with csms.station(VERSION) as station:
        assert await opened(station, interval=60, values=10) == ACCEPTED
        (stream,) = await streams(csms, station)
        assert (stream["id"], stream["monitor"]) == (1, 7)
        assert (stream["interval_s"], stream["values"]) == (60, 10)
        for number in range(2, 65):
            assert await opened(station, number) == ACCEPTED
        refused = await opened(station, 65)
        assert (refused["status"], refused["statusInfo"]["reasonCode"]) == ("Rejected", "TooManyStreams")
        assert await opened(station, 1) == ACCEPTED, "open already"


async def test_21_n12_fr_01_get_periodic_event_stream(csms):
    """The station is asked which streams are open, and believed."""
    async with csms.station(VERSION) as station:
        await opened(station, 1)
        await opened(station, 2)
        await say(station, 2, "kept")
        told = [described(2, interval=5), described(3, values=4)]
        station.replies["GetPeriodicEventStream"] = {"constantStreamData": told}
        assert (await csms.ok("POST", f"/stations/{station.id}/event-streams/refresh"))[
            "status"
        ] == "Accepted"
        assert (await station.expect("GetPeriodicEventStream")).payload == {}
        shown = await streams(csms, station)
        assert [(s["id"], s["interval_s"], s["values"]) for s in shown] == [(2, 5, None), (3, None, 4)]
        assert len(await csms.ok("GET", f"/stations/{station.id}/event-streams/2")) == 1
        station.replies["GetPeriodicEventStream"] = {}
        await csms.ok("POST", f"/stations/{station.id}/event-streams/refresh")
        assert await streams(csms, station) == []


async def test_21_n13_close_periodic_event_stream(csms):
    """A stream that is closed is shown no more; its values go with it."""
    async with csms.station(VERSION) as station:
        await opened(station)
        await say(station, 1, "230.1")
        assert await station.call("ClosePeriodicEventStream", {"id": 1}) == {}
        assert await streams(csms, station) == []
        await csms.problem("GET", f"/stations/{station.id}/event-streams/1", 404)
        assert await station.call("ClosePeriodicEventStream", {"id": 1}) == {}, "once more does no harm"


async def test_21_n14_adjust_periodic_event_stream(csms):
    """A stream is told to come more often; a refusal changes nothing."""
    async with csms.station(VERSION, replies={"AdjustPeriodicEventStream": ACCEPTED}) as station:
        await opened(station)
        path = f"/stations/{station.id}/event-streams/1"
        assert (await csms.ok("PUT", path, json={"interval_s": 5}))["status"] == "Accepted"
        arrived = (await station.expect("AdjustPeriodicEventStream")).payload
        assert arrived == {"id": 1, "params": {"interval": 5}}
        station.replies["AdjustPeriodicEventStream"] = {"status": "Rejected"}
        assert (await csms.ok("PUT", path, json={"interval_s": 1}))["status"] == "Rejected"
        (stream,) = await streams(csms, station)
        assert (stream["interval_s"], stream["values"]) == (5, None)


async def test_21_n15_fr_02_notify_periodic_event_stream(csms):
    """Values of a stream are kept and shown, and nobody answers the message."""
    async with csms.station(VERSION) as station:
        await opened(station)
        await say(station, 1, "230.1", "231.4", pending=3)
        await say(station, 1, "229.9")
        newest, first = await csms.ok("GET", f"/stations/{station.id}/event-streams/1")
        assert [value for _, value in first["values"]] == ["230.1", "231.4"]
        assert [value for _, value in newest["values"]] == ["229.9"]
        (stream,) = await streams(csms, station)
        assert (stream["pending"], stream["heard_at"] is not None) == (0, True)
        answered = {frame[1] for way, frame in station.frames if way == "in" and frame[0] != 2}
        sent = {frame[1] for way, frame in station.frames if way == "out" and frame[0] == 6}
        assert len(sent) == 2
        assert not answered & sent


async def test_21_n15_values_of_no_stream(csms):
    """Values of a stream that nobody opened are dropped, and the connection stays."""
    async with csms.station(VERSION) as station:
        await say(station, 9, "1")
        await csms.problem("GET", f"/stations/{station.id}/event-streams/9", 404)
        assert await opened(station, 9) == ACCEPTED
        assert await csms.ok("GET", f"/stations/{station.id}/event-streams/9") == []


async def test_21_n15_fr_01_a_stream_as_a_call(csms):
    """A message that has no answer may not come as a call."""
    async with csms.station(VERSION) as station:
        await opened(station)
        told = {"id": 1, "pending": 0, "basetime": now(), "data": [{"t": 0, "v": "1"}]}
        await station.send([2, "call-1", "NotifyPeriodicEventStream", told])
        await station.call("Heartbeat", {})
        (frame,) = [f for way, f in station.frames if way == "in" and f[1] == "call-1"]
        assert frame[0] == 4
        assert await csms.ok("GET", f"/stations/{station.id}/event-streams/1") == []


@pytest.mark.parametrize("frame", [[6, "s-1", "Heartbeat", {}], [6, "s-2", "NoSuchThing", {}], [6, "s-3"]])
async def test_21_fr_07_a_send_is_never_answered(csms, frame):
    """A SEND that makes no sense is not answered either, and the connection stays."""
    async with csms.station(VERSION) as station:
        await station.send(frame)
        await station.call("Heartbeat", {})
        assert [f for way, f in station.frames if way == "in" and f[1] == frame[1]] == []


async def test_21_fr_06_an_answer_that_breaks_its_schema(csms):
    """An answer that cannot be read is answered with a CALLRESULTERROR, and the order ends with an error."""
    async with csms.station(VERSION) as station:
        path = f"/stations/{station.id}/commands/ClearCache"
        number = (await csms.ok("POST", path, params={"wait": False}, json={}))["command"]
        order = await station.expect("ClearCache")
        await station.send([3, order.message_id, {"status": "Perhaps"}])
        await station.call("Heartbeat", {})
        ((kind, message_id, code, _, _),) = [
            f for way, f in station.frames if way == "in" and f[1] == order.message_id and f[0] != 2
        ]
        assert (kind, message_id) == (5, order.message_id)
        assert code in {"PropertyConstraintViolation", "TypeConstraintViolation", "FormatViolation"}

        async def ended() -> bool:
            return (await csms.ok("GET", f"/commands/{number}"))["outcome"] == "error"

        await csms.until(ended)


async def test_21_fr_06_answers_of_2_0_1(csms):
    """A station of 2.0.1 is sent no CALLRESULTERROR: its version has none."""
    async with csms.station("ocpp2.0.1") as station:
        path = f"/stations/{station.id}/commands/ClearCache"
        await csms.ok("POST", path, params={"wait": False}, json={})
        order = await station.expect("ClearCache")
        await station.send([3, order.message_id, {"status": "Perhaps"}])
        await station.call("Heartbeat", {})
        assert all(frame[0] != 5 for _, frame in station.frames)


async def test_21_fr_06_a_result_error_from_the_station(csms):
    """A station that cannot read our answer says so; the connection stays."""
    async with csms.station(VERSION) as station:
        await station.call("Heartbeat", {})
        number = next(f[1] for way, f in reversed(station.frames) if way == "in" and f[0] == 3)
        await station.send([5, number, "FormatViolation", "", {}])
        assert "currentTime" in await station.call("Heartbeat", {})
        with pytest.raises(CallError):
            await station.call("NoSuchThing", {}, judged=False)
