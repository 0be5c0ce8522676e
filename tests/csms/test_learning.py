"""What transactions teach: through the real store, restarts included."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.csms.fresh_database import fresh_store

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.stays import Arrived, Stay
from chargewright.csms.learning import _CARS, _STAYS, Learning
from chargewright.csms.metering import LiveMeter
from chargewright.domain import events
from chargewright.domain.site import ChargingNeed, SiteRecord, SiteSettings
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.errors import NotFound
from chargewright.ids import EvseId, SiteId, StationId, TransactionId
from chargewright.simulator.clock import PacedClock

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = SiteId("depot")
KEY = EvseKey(StationId("A"), EvseId(1))
EVSE = Evse(KEY, 230.0, 3, 32.0)
DEFINITION = msgspec.json.encode({
    "nodes": [{"id": "main", "limit_a": 100}],
    "evses": [{"station": "A", "node": "main", "connection": "RST", "current_max_a": 32}],
})  # fmt: skip
RECORD = SiteRecord(SITE, "Depot", DEFINITION, SiteSettings(), MONDAY)


class Case:
    def __init__(self, store, record=RECORD):
        self.store, self.bus, self.clock = store, InProcessBus(), PacedClock(MONDAY + 60 * DAY)
        self.record = record
        self.learning = Learning(store=store, bus=self.bus, clock=self.clock, new_key=lambda: "a secret")
        self.count = 0

    async def put_site(self, record):
        self.record = record
        await self.store.commit(lambda records: records.put_site(record))
        self.bus.publish(events.SiteChanged(SITE, MONDAY))
        await self.settled()

    async def settled(self):
        for _ in range(3):  # what an event asked of the store may ask the store once more
            await self.store.commit(lambda _: None)

    async def begin(self, arrival, *, token="RED", station="A"):
        number = await self.store.commit(lambda records: records.new_transaction_id())
        return Transaction(
            TransactionId(number),
            str(number),
            StationId(station),
            TransactionState.ACTIVE,
            evse_id=KEY.evse_id,
            id_token=token,
            started_at=arrival,
            meter_start_wh=1_000.0,
        )

    async def end(self, running, *, hours, wh, closed=""):
        ended = replace(
            running,
            state=TransactionState.ENDED,
            ended_at=running.started_at + hours * HOUR,
            meter_stop_wh=1_000.0 + wh,
            closed=closed,
        )
        await self.store.commit(lambda records: records.put_transaction(ended))
        self.bus.publish(
            events.TransactionEnded(running.station_id, running.id, running.evse_id, ended.ended_at)
        )
        await self.settled()

    async def stays(self, days, *, hours=3, wh=9_000, token="RED"):
        for day in days:
            running = await self.begin(MONDAY + day * DAY, token=token)
            await self.end(running, hours=hours, wh=wh)

    def foresee(self, running, need=None, delivered_wh=0.0):
        return self.learning.foresee(self.record, EVSE, running, need, delivered_wh=delivered_wh)

    async def arrive(self, *, token="RED", day=60):
        return await self.begin(MONDAY + day * DAY, token=token)


@asynccontextmanager
async def running_case(store=None, record=RECORD, path=None):
    store = store or (SqliteStore(":memory:") if path is None else await fresh_store(path))
    await store.start()
    await store.commit(lambda records: records.put_site(record))
    case = Case(store, record)
    await case.learning.start()
    try:
        yield case
    finally:
        case.learning.stop()
        await store.stop()


def hours_after(arrival, at):
    return (at - arrival) / HOUR


async def test_transactions_that_ended_teach_those_that_run():
    async with running_case() as case:
        running = await case.arrive()
        assert case.foresee(running).stay.basis == "defaults"
        await case.stays(range(0, 56, 2))
        case.learning._watched.clear()
        foreseen = case.foresee(running)
        assert foreseen.stay.basis == "user"
        assert hours_after(running.started_at, foreseen.stay.departure_median) == pytest.approx(3)
        assert foreseen.stay.energy_median_wh == 9_000
        assert case.learning.of_site(SITE).stays == 28


async def test_what_was_learnt_survives_a_restart_and_tokens_are_not_kept(tmp_path):
    async with running_case(path=tmp_path / "db") as case:
        await case.stays(range(0, 40, 2), token="VeryPrivateToken")
        running = await case.begin(MONDAY + 60 * DAY, token="VeryPrivateToken")
        before = case.foresee(running).stay
        await case.stays([58], token="VeryPrivateToken")
    kept = SqliteStore(tmp_path / "db")
    async with running_case(kept) as case:
        assert case.learning.of_site(SITE).stays == 21
        assert case.learning.of_token("VERYPRIVATETOKEN").stays == {SITE: 21}
        after = case.foresee(replace(running, id_token="veryprivatetoken")).stay
        assert (after.departure_median, after.basis) == (before.departure_median, before.basis)
        items = await kept.read(lambda records: [*records.items(_STAYS), *records.items(_CARS)])
        assert items
        assert "privatetoken" not in repr(items).casefold()


async def test_a_site_that_never_learnt_is_taught_by_stored_transactions_once(tmp_path):
    async with running_case(
        path=tmp_path / "db", record=replace(RECORD, settings=SiteSettings(learn=False))
    ) as case:
        await case.stays(range(0, 40, 2))
        assert case.learning.of_site(SITE).stays == 0
        assert case.foresee(await case.arrive()) is None
        await case.put_site(RECORD)
        assert case.learning.of_site(SITE).stays == 20
        await case.learning.forget_site(SITE)
        assert case.learning.of_site(SITE).stays == 0
    async with running_case(SqliteStore(tmp_path / "db")) as case:
        assert case.learning.of_site(SITE).stays == 0, "what was dropped stays dropped"
        await case.stays([50])
        assert case.learning.of_site(SITE).stays == 1


async def test_stays_that_something_else_saw_are_taught_and_kept(tmp_path):
    days = [MONDAY + n * DAY for n in range(40)]
    seen = [
        Stay(arrived=Arrived(arrival=at, place=str(KEY)), departure=at + 3 * HOUR, energy_wh=9_000.0)
        for at in days
    ]
    async with running_case(path=tmp_path / "db") as case:
        await case.learning.teach(SITE, seen)
        assert case.learning.of_site(SITE).stays == 40
        with pytest.raises(NotFound):
            await case.learning.teach(SiteId("nowhere"), seen)
    async with running_case(SqliteStore(tmp_path / "db")) as again:
        assert again.learning.of_site(SITE).stays == 40
        running = await again.arrive()
        told = again.foresee(running).stay
        assert told.basis == "station"
        assert hours_after(running.started_at, told.departure_median) == pytest.approx(3)


async def test_a_token_is_forgotten_on_request(tmp_path):
    async with running_case(path=tmp_path / "db") as case:
        await case.stays(range(0, 40, 4), token="RED")
        await case.stays(range(1, 40, 4), token="BLUE", hours=9)
        await case.learning.forget_token("red")
        assert case.learning.of_token("RED").stays == {}
        assert case.learning.of_token("BLUE").stays == {SITE: 10}
        assert case.learning.of_site(SITE).stays == 10
        assert case.foresee(await case.arrive(token="RED")).stay.basis != "user"
    async with running_case(SqliteStore(tmp_path / "db")) as case:
        assert case.learning.of_token("RED").stays == {}
        assert case.learning.of_token("BLUE").stays == {SITE: 10}


async def test_ends_that_are_not_to_be_believed_teach_nothing():
    async with running_case() as case:
        await case.end(
            await case.begin(MONDAY), hours=9, wh=1, closed="another transaction began on its EVSE"
        )
        await case.end(await case.begin(MONDAY), hours=0.005, wh=1)
        await case.end(await case.begin(MONDAY, station="elsewhere"), hours=3, wh=1)
        assert case.learning.of_site(SITE).stays == 0


def read(case, minute, current_a, limit_a, wh=0.0, since=-5.0, arrival=None, phases=("L1", "L2", "L3")):
    at = arrival + timedelta(minutes=minute)
    meter = LiveMeter(
        at=at,
        current_at=at,
        current_a=dict.fromkeys(phases, current_a),
        energy_wh=1_000.0 + wh,
        soc_percent=50,
    )
    case.learning.measured(EVSE, meter, limit_a=limit_a, limit_since=arrival + timedelta(minutes=since))


async def test_readings_teach_what_a_car_can_do_for_this_transaction_and_the_next():
    async with running_case() as case:
        running = await case.arrive(day=58)
        arrival = running.started_at
        read(case, 0, 16.0, 32.0, arrival=arrival)  # nobody asked for it yet: not followed
        case.foresee(running)
        for minute in range(40):
            read(case, minute, 16.0, 32.0, wh=184.0 * minute, arrival=arrival)
        car = case.foresee(running).car
        assert (car.current_max_a, car.phases) == (16, 3)
        read(case, 60, 0.0, 0.0, since=50, arrival=arrival)
        read(case, 70, 0.0, 10.0, since=61, arrival=arrival)
        assert case.foresee(running).car.wakes is False
        upcoming = case.learning.of_site(SITE).upcoming
        assert [(one.key, one.transaction_id, one.car.wakes) for one in upcoming] == [
            (KEY, running.id, False)
        ]
        await case.end(running, hours=4, wh=7_300)
        assert case.learning.of_site(SITE).upcoming == ()
        later = case.foresee(await case.arrive(day=59)).car
        assert (later.current_max_a, later.phases, later.wakes) == (16, 3, False)
        assert case.foresee(await case.arrive(token="BLUE", day=59)).car.current_max_a is None
        assert case.learning.of_token("red").car.transactions == 1


async def test_a_stay_cut_short_counts_as_at_least_so_much():
    """Twenty cars want 20 kWh; they leave after 5, still drawing: nobody learns that 5 is enough."""
    async with running_case() as case:
        for day in range(20):
            running = await case.begin(MONDAY + day * DAY, token=f"T{day}")
            case.foresee(running)
            for minute in (1, 30, 60):
                read(case, minute, 16.0, 16.0, wh=5_000 * minute / 60, arrival=running.started_at)
            await case.end(running, hours=1, wh=5_000)
        assert case.foresee(await case.arrive(token="X")).stay.energy_median_wh > 5_000


async def test_how_often_estimates_were_right_is_counted():
    async with running_case() as case:
        await case.stays(range(0, 40, 2), hours=3)
        for day, hours in ((42, 1), (44, 0.9), (46, 9)):
            running = await case.begin(MONDAY + day * DAY)
            case.foresee(running)
            await case.end(running, hours=hours, wh=9_000)
        hits = case.learning.of_site(SITE).hits
        assert (hits.stays, hits.by_early, hits.by_median, hits.by_late) == (3, 2, 2, 2)


async def test_what_is_said_late_makes_a_new_estimate_and_loses_nothing_that_was_seen():
    async with running_case() as case:
        running = await case.arrive()
        case.foresee(running)
        for minute in range(40):
            read(case, minute, 10.0, 32.0, arrival=running.started_at)
        said = ChargingNeed(
            KEY.station_id,
            KEY.evse_id,
            running.started_at,
            energy_wh=4_000,
            departure_at=running.started_at + 2 * HOUR,
        )
        foreseen = case.foresee(running, said)
        assert foreseen.stay.departure_median == said.departure_at
        assert (foreseen.stay.energy_median_wh, foreseen.stay.basis) == (4_000, "said")
        assert foreseen.car.current_max_a == 10
        past = replace(said, departure_at=running.started_at - HOUR)
        assert case.foresee(running, past).stay.basis == "defaults"


async def test_stations_that_a_site_is_given_later_teach_it_too():
    async with running_case() as case:
        definition = msgspec.json.decode(DEFINITION)
        definition["evses"].append({**definition["evses"][0], "station": "B"})
        await case.put_site(replace(RECORD, definition=msgspec.json.encode(definition)))
        await case.end(await case.begin(MONDAY, station="B"), hours=3, wh=5_000)
        assert case.learning.of_site(SITE).stays == 1
        await case.put_site(replace(case.record, settings=SiteSettings(learn=False)))
        await case.end(await case.begin(MONDAY, station="B"), hours=3, wh=5_000)
        learnt = case.learning.of_site(SITE)
        assert (learnt.stays, learnt.learns) == (1, False)


async def test_the_zone_of_a_site_may_change_and_nothing_is_lost():
    async with running_case() as case:
        await case.stays(range(0, 20, 2))
        await case.put_site(replace(RECORD, settings=SiteSettings(time_zone="America/Los_Angeles")))
        assert case.learning.of_site(SITE).stays == 10
        with pytest.raises(NotFound):
            case.learning.of_site(SiteId("nowhere"))
        with pytest.raises(NotFound):
            await case.learning.forget_site(SiteId("nowhere"))
