"""What batteries of a site may be doing counts in its wires, whoever was restarted meanwhile."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.charging.site import EvseKey, Steps
from chargewright.csms.batteries import FRESH_FOR, Batteries, with_batteries
from chargewright.csms.envelope import Exposure
from chargewright.csms.limit_events import limited_site
from chargewright.csms.site_definition import battery_key
from chargewright.domain.site import SiteRecord, SiteSettings
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId, StationId

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=40)
LEASE = timedelta(minutes=15)
DEFINITION = {
    "nodes": [{"id": "main", "limit_a": 32, "limit_kw": 20, "unbalance_max_a": 16, "export_max_kw": 10}],
    "evses": [{"station": "A", "node": "main", "connection": "RST", "current_max_a": 32}],
    "batteries": [
        {
            "id": "b",
            "node": "main",
            "power_max_w": 13_800,
            "discharge_power_max_w": 6_900,
            "capacity_wh": 20_000,
        }
    ],
}
RECORD = SiteRecord(
    SiteId("s"), "s", json.dumps(DEFINITION).encode(), SiteSettings(headroom_percent=0.0), NOW
)
SITE = limited_site(RECORD, [], NOW)
FULL = limited_site(RECORD, [], NOW, batteries=True)
CAR = EvseKey(StationId("A"))


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def batteries():
    store = SqliteStore(":memory:")
    await store.start()
    clock = Clock()
    await store.commit(lambda records: records.put_site(RECORD))
    made = Batteries(store=store, clock=clock)
    await made.start()
    yield made, clock, store
    await store.stop()


async def order(made: Batteries, power_w: float, *, car_a: float = 0.0, until: datetime) -> None:
    exposures = {CAR: Exposure(round(car_a * 10), ())}
    await made.order(
        RECORD, {"b": power_w}, site=SITE, full=FULL, exposures=exposures, until=until, settle=SETTLE
    )


def drawn_a(made: Batteries, clock: Clock) -> Steps:
    return made.drawn_a(RECORD, SITE, clock.at, SETTLE).get(battery_key("b"), Steps.of(0.0))


async def tell(made: Batteries, **more):
    return await made.tell(RECORD, "b", **({"energy_wh": 10_000.0, "power_w": None} | more))


async def test_an_order_counts_until_it_has_run_out(batteries):
    made, clock, _ = batteries
    await tell(made)
    await order(made, 6_900, until=NOW + LEASE)
    assert drawn_a(made, clock).at(NOW) == pytest.approx(10.0)
    clock.at = NOW + LEASE + SETTLE - timedelta(seconds=1)
    assert drawn_a(made, clock).at(clock.at) == pytest.approx(10.0)
    clock.at += timedelta(seconds=1)
    assert drawn_a(made, clock).at(clock.at) == 0.0


async def test_a_smaller_order_counts_only_when_it_was_fetched_and_had_time(batteries):
    made, clock, _ = batteries
    await tell(made)
    await order(made, 6_900, until=NOW + LEASE)
    await tell(made)  # fetches it
    clock.at += timedelta(minutes=2)
    await order(made, 0, until=clock.at + LEASE)
    assert drawn_a(made, clock).at(clock.at) == pytest.approx(10.0)
    await tell(made)
    assert drawn_a(made, clock).at(clock.at) == pytest.approx(10.0)
    clock.at += SETTLE
    assert drawn_a(made, clock).at(clock.at) == 0.0


@pytest.mark.parametrize(("car_a", "most_w"), [(0.0, 13_800.0), (20.0, 20_000 - 20 * 690), (32.0, 0.0)])
async def test_no_more_is_ordered_than_the_wires_have_room_for(batteries, car_a, most_w):
    made, clock, _ = batteries
    await tell(made)
    await order(made, 13_800, car_a=car_a, until=NOW + LEASE)
    power_w = drawn_a(made, clock).at(NOW) * 690
    assert power_w <= min(most_w, (32 - car_a) * 690) + 1
    assert power_w >= most_w / 2 - 60


async def test_orders_outlive_a_restart(batteries):
    made, clock, store = batteries
    await tell(made)
    await order(made, 6_900, until=NOW + LEASE)
    again = Batteries(store=store, clock=clock)
    await again.start()
    assert drawn_a(again, clock) == drawn_a(made, clock)
    assert drawn_a(again, clock).at(NOW) > 0


async def test_a_battery_that_charges_more_than_it_should_counts_with_all_it_can(batteries):
    made, clock, _ = batteries
    await tell(made)
    await order(made, 3_450, until=NOW + LEASE)
    assert not (await tell(made, power_w=3_500.0)).disobeys
    told = await tell(made, power_w=5_000.0)
    assert told.disobeys
    assert drawn_a(made, clock).at(NOW + timedelta(days=1)) == pytest.approx(20.0)
    assert made.sessions(RECORD, FULL, NOW) == []
    assert not (await tell(made, power_w=3_000.0)).disobeys


async def test_giving_relieves_no_wire(batteries):
    made, clock, _ = batteries
    await tell(made)
    await order(made, -6_900, car_a=32.0, until=NOW + LEASE)
    assert made.of(RECORD)[0][1].order(NOW).power_w == -6_900
    assert drawn_a(made, clock).at(NOW) == 0.0


async def test_who_told_nothing_lately_is_not_planned(batteries):
    made, _, _ = batteries
    assert made.sessions(RECORD, FULL, NOW) == []
    await tell(made, energy_wh=4_000.0)
    (session,) = made.sessions(RECORD, FULL, NOW)
    assert (session.discharge.available_wh, session.discharge.room_wh) == (4_000.0, 16_000.0)
    assert made.sessions(RECORD, FULL, NOW + FRESH_FOR + timedelta(seconds=1)) == []


async def test_what_it_draws_loads_every_wire_above_it():
    laden = with_batteries(SITE, FULL, {battery_key("b"): Steps.of(10.0)})
    base = {row.name: row.base_a.at(NOW) for row in laden.rows}
    assert [base[f"main {phase}"] for phase in "RST"] == pytest.approx([10.0] * 3)
    assert base["main power"] == pytest.approx(30.0)
    assert base["main R unbalance"] == base["main export"] == 0.0


async def test_what_makes_no_sense_is_refused(batteries):
    made, _, _ = batteries
    with pytest.raises(NotFound, match="no such battery"):
        await made.tell(RECORD, "c", energy_wh=1.0, power_w=None)
    with pytest.raises(InvalidInput, match=r"energy_wh.*between 0 and 20000 Wh"):
        await tell(made, energy_wh=20_001.0)


async def test_a_state_and_an_order_that_come_together_lose_nothing(batteries):
    made, clock, _ = batteries
    await tell(made)
    await asyncio.gather(order(made, 6_900, until=NOW + LEASE), tell(made, energy_wh=11_000.0))
    ((_, known),) = made.of(RECORD)
    assert known.energy_wh == 11_000.0
    assert [told.power_w for told in known.orders] == [6_900]
    assert drawn_a(made, clock).at(NOW) == pytest.approx(10.0)
