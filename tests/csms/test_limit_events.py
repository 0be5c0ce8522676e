"""What limit events make of a site's wires, and that they outlive a restart."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.csms.limit_events import APPLIED_AHEAD, LimitEvent, LimitEvents, limited_site, next_change
from chargewright.domain.site import SiteRecord, SiteSettings
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVSES = [
    {"station": "A", "node": "panel", "connection": "RST", "current_max_a": 32},
    {"station": "B", "node": "main", "connection": "S", "current_max_a": 32},
]


class StandingClock:
    def now(self) -> datetime:
        return NOW


def record(nodes, *, headroom_percent=0.0, **more) -> SiteRecord:
    definition = {"nodes": nodes, "evses": EVSES, **more}
    settings = SiteSettings(headroom_percent=headroom_percent)
    return SiteRecord(SiteId("s"), "s", json.dumps(definition).encode(), settings, NOW)


TREE = [
    {"id": "main", "limit_a": {"r": 63, "s": 50, "t": 63}},
    {
        "id": "panel",
        "parent": "main",
        "limit_a": [["2026-03-03T00:00:00Z", 32], ["2026-03-03T11:00:00Z", 16]],
    },
]


def event(**more) -> LimitEvent:
    return LimitEvent(**{"id": "e", "start": NOW + HOUR, "end": NOW + 3 * HOUR, "limit_a": 20.0, **more})


def limits(site, name: str) -> list[float]:
    """From 9:30 on, hour by hour."""
    (row,) = [row for row in site.rows if row.name == name]
    return [row.limit_a.at(NOW + HOUR / 2 + n * HOUR) for n in range(4)]


def test_the_lower_of_both_limits_holds_and_only_while_the_event_lasts():
    site = limited_site(record(TREE), [event(), event(id="f", node="panel", limit_a=18.0)], NOW)
    assert limits(site, "main R") == [63, 20, 20, 63]
    assert limits(site, "main S") == [50, 20, 20, 50]
    assert limits(site, "panel R") == [32, 18, 16, 16]  # from 11:00 on its own limit is the lower one
    higher = limited_site(record(TREE), [event(limit_a=100.0)], NOW)
    assert limits(higher, "main R") == [63] * 4


def test_power_is_limited_where_no_power_was_limited_before():
    site = limited_site(record(TREE, headroom_percent=10), [event(limit_a=None, limit_kw=6.9)], NOW)
    assert limits(site, "main power") == [math.inf, pytest.approx(27), pytest.approx(27), math.inf]
    (row,) = [row for row in site.rows if row.name == "main power"]
    assert float(row.worst_case(dict.fromkeys(site.evses, 5.0))) == pytest.approx(20.0)  # four conductors


def test_what_lies_beyond_the_plan_or_behind_it_does_nothing_yet():
    far = event(start=NOW + APPLIED_AHEAD, end=NOW + APPLIED_AHEAD + HOUR)
    over = event(start=NOW - 2 * HOUR, end=NOW)
    assert limits(limited_site(record(TREE), [far, over], NOW), "main R") == [63] * 4
    assert next_change([far], NOW) == far.start
    assert next_change([far], NOW - timedelta(minutes=1)) == NOW
    assert next_change([over], NOW) is None
    assert next_change([event()], NOW + HOUR) == NOW + 3 * HOUR


def test_an_event_of_a_node_that_is_gone_limits_the_site():
    site = limited_site(record(TREE), [event(node="cellar")], NOW)
    assert limits(site, "main R") == [63, 20, 20, 63]


def network() -> SiteRecord:
    rows = {
        "parameters": {"voltage_ll_v": 208, "transformer_kw": 100},
        "stations": [
            {
                "id": "A",
                "phase_angle_deg": 30,
                "voltage_v": 208,
                "max_rate_a": 32,
                "allowable_rates_a": [0, 8, 32],
            }
        ],
        "constraints": [{"name": "Primary A", "limit_a": 100, "coefficients": {"A": 1}}],
    }
    return SiteRecord(SiteId("s"), "s", json.dumps({"network": rows}).encode(), SiteSettings(), NOW)


def test_a_network_is_limited_as_a_whole():
    site = limited_site(network(), [event(limit_a=None, limit_kw=2.08)], NOW)
    assert limits(site, "limit event e") == [math.inf, pytest.approx(10), pytest.approx(10), math.inf]
    assert limits(site, "Primary A") == [100] * 4


async def test_events_outlive_a_restart_and_a_number_stands_in_for_an_id():
    store = SqliteStore(":memory:")
    await store.start()
    try:
        site = record(TREE)
        await store.commit(lambda records: records.put_site(site))
        events = LimitEvents(store=store, clock=StandingClock())
        first = await events.put(site, event(id=""))
        second = await events.put(site, event(id=""))
        assert first.id
        assert first.id != second.id
        await events.put(site, event(id="own", start=NOW - HOUR))
        await events.cancel(site.id, second.id)
        again = LimitEvents(store=store, clock=StandingClock())
        await again.start()
        assert [one.id for one in again.of(site.id)] == ["own", first.id]
        assert again.of(site.id) == events.of(site.id)
    finally:
        await store.stop()


@pytest.mark.parametrize(
    ("site", "told", "said"),
    [
        (record([*TREE, {"id": "second", "limit_a": 10}]), event(), "several connections"),
        (network(), event(), "in limit_kw"),
        (network(), event(limit_a=None, limit_kw=3.0, node="x"), "as a whole"),
        (record(TREE), event(node="cellar"), "cellar"),
    ],
)
async def test_what_cannot_be_limited_is_refused(site, told, said):
    store = SqliteStore(":memory:")
    await store.start()
    try:
        with pytest.raises(InvalidInput, match=said):
            await LimitEvents(store=store, clock=StandingClock()).put(site, told)
    finally:
        await store.stop()
