import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT, SITE
from tests.patience import PATIENCE_S

from chargewright.adapters.rest import event_log
from chargewright.adapters.rest.event_log import EventLog
from chargewright.domain import events


@pytest.fixture
def api(served):
    """Streams need a socket."""
    return served


class Follower:
    """Reads server-sent events as a browser does."""

    def __init__(self, stream):
        self._chunks = stream.aiter_text()
        self._rest = ""

    async def next(self) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                block, end, rest = self._rest.partition("\n\n")
                if end:
                    self._rest = rest
                    fields = [line.split(": ", 1) for line in block.split("\n")]
                    found = {name: value for name, value in fields if name}
                    if found:
                        return found
                else:
                    self._rest += await anext(self._chunks)

    async def until(self, event: str) -> dict[str, str]:
        """The next one of this kind: a site that is controlled tells of its plans between."""
        while (told := await self.next())["event"] != event:
            pass
        return told


@asynccontextmanager
async def following(api, last_id: str | None = None):
    headers = {} if last_id is None else {"last-event-id": last_id}
    async with api.http.stream("GET", "/api/v1/events", headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].split(";")[0] == "text/event-stream"
        yield Follower(stream)


def happen(api, number: int) -> None:
    for n in range(number):
        api.services.bus.publish(events.SiteChanged(f"site{n}", NOW))


async def test_events_come_with_numbers_that_grow_by_one(api):
    async with following(api) as follower:
        begin = await follower.next()
        assert begin["event"] == "ready"
        await api.station()
        link = api.connect()
        await api.said(link, "BootNotification", BOOT)
        connected, booted = await follower.next(), await follower.next()
    assert (connected["event"], booted["event"]) == ("StationConnected", "StationBooted")
    first, second = json.loads(connected["data"]), json.loads(booted["data"])
    assert first == {
        "seq": json.loads(begin["data"])["seq"] + 1,
        "type": "StationConnected",
        "station_id": "CS1",
        "at": "2026-03-03T09:00:00Z",
        "version": "ocpp1.6",
    }
    assert second["seq"] == first["seq"] + 1
    assert connected["id"].endswith(f"-{first['seq']}")


async def test_who_comes_back_misses_nothing(api):
    async with following(api) as follower:
        await follower.next()
        happen(api, 1)
        last = await follower.next()
    happen(api, 3)
    async with following(api, last["id"]) as follower:
        assert (await follower.next())["event"] == "ready"
        missed = [json.loads((await follower.next())["data"])["site_id"] for _ in range(3)]
    assert missed == ["site0", "site1", "site2"]


async def test_who_was_away_too_long_is_told_to_read_again(api):
    async with following(api) as follower:
        last = await follower.next()
    happen(api, event_log.KEPT + 1)
    async with following(api, last["id"]) as follower:
        told = await follower.next()
        assert told["event"] == "reset"
        happen(api, 1)
        after = await follower.next()
    assert json.loads(after["data"])["seq"] == json.loads(told["data"])["seq"] + 1


async def test_who_was_away_just_not_too_long_is_told_everything(api):
    async with following(api) as follower:
        last = await follower.next()
    happen(api, event_log.KEPT)
    async with following(api, last["id"]) as follower:
        assert (await follower.next())["event"] == "ready"
        first = json.loads((await follower.next())["data"])
    assert first["site_id"] == "site0"


@pytest.mark.parametrize("strange", ["0", "someone-3", "", "x-y", "-", "9999999-1"])
async def test_a_number_of_another_run_is_told_to_read_again(api, strange):
    async with following(api, strange) as follower:
        assert (await follower.next())["event"] == "reset"


async def test_readings_are_hinted_at_without_a_number(api):
    async with following(api) as follower:
        begin = await follower.next()
        for _ in range(50):
            api.services.bus.publish(events.MeasurementsRecorded("CS1", 1, NOW))
        assert await follower.next() == {"event": "measured", "data": "{}"}
        happen(api, 1)
        after = json.loads((await follower.next())["data"])
    assert after["seq"] == json.loads(begin["data"])["seq"] + 1


async def test_a_need_is_told_whole(api):
    await api.ok("POST", "/sites", json=SITE)
    async with following(api) as follower:
        await follower.next()
        await api.ok("PUT", "/sites/depot/goal", json={"goal": "peak"})
        changed = await follower.until("SiteChanged")
    assert json.loads(changed["data"])["site_id"] == "depot"


async def test_more_clients_than_there_is_room_for_are_sent_away(api, monkeypatch):
    monkeypatch.setattr(event_log, "CLIENTS_MAX", 1)
    async with following(api) as follower:
        await follower.next()
        await api.problem("GET", "/events", 503)
    await api.until(lambda: "event_clients 0" in _metrics(api))
    async with following(api) as follower:
        assert (await follower.next())["event"] == "ready"


def _metrics(api) -> str:
    return f"event_clients {api.api._events.clients}"


async def test_a_reader_that_is_too_slow_is_told_to_read_again(api):
    log = EventLog(kept=4)
    log.start(api.services.bus)
    stream = log.follow(None)
    assert b"event: ready" in await anext(stream)
    happen(api, 10)
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        assert b"event: reset" in await anext(stream)
    await stream.aclose()
    assert log.clients == 0
    log.stop()
