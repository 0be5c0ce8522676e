import asyncio
from datetime import timedelta

from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import SITE

from chargewright.adapters.rest.history import KEPT, History
from chargewright.domain import events

IDLE = {**SITE, "settings": {"enabled": False}}


async def let_pass(api, minutes: float) -> None:
    api.clock.at += timedelta(minutes=minutes)
    api.services.bus.publish(events.MeasurementsRecorded("CS1", 1, api.clock.at))
    await asyncio.sleep(0)


async def test_a_day_is_kept_and_no_more(api):
    await api.ok("POST", "/sites", json=IDLE)
    history = History(api.services)
    history.start()
    for _ in range(KEPT + 10):
        await let_pass(api, 1)
    times = [point.at for point in history.points("depot")]
    assert len(times) == KEPT
    assert times[-1] == api.clock.at
    assert times[-1] - times[0] == timedelta(minutes=KEPT - 1)
    history.stop()


async def test_readings_within_a_minute_make_one_point(api):
    await api.ok("POST", "/sites", json=IDLE)
    history = History(api.services)
    history.start()
    for _ in range(60):
        await let_pass(api, 0.25)
    assert len(history.points("depot")) == 15
    assert [p.at for p in history.points("depot", api.clock.at - timedelta(minutes=2))] == [
        p.at for p in history.points("depot")[-2:]
    ]
    history.stop()


async def test_limits_are_those_of_their_time(api):
    steps = [["2026-03-03T00:00:00Z", 40], ["2026-03-03T09:03:00Z", 10]]
    definition = {"nodes": [{"id": "grid", "limit_kw": steps}], "evses": SITE["definition"]["evses"]}
    await api.ok("POST", "/sites", json={**IDLE, "definition": definition})
    history = History(api.services)
    history.start()
    for _ in range(4):
        await let_pass(api, 1)
    assert [(p.at - NOW, round(p.limit_w)) for p in history.points("depot")] == [
        (timedelta(minutes=1), 40_000),
        (timedelta(minutes=2), 40_000),
        (timedelta(minutes=3), 10_000),
        (timedelta(minutes=4), 10_000),
    ]
    history.stop()


async def test_after_the_end_nothing_is_sampled(api):
    await api.ok("POST", "/sites", json=IDLE)
    history = History(api.services)
    history.start()
    await let_pass(api, 1)
    history.stop()
    await let_pass(api, 5)
    assert len(history.points("depot")) == 1
    assert (history.points("nowhere"), history.samples_over("nowhere")) == ([], 0)
