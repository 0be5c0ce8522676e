"""Where the plans of sites are made: every site has one, in order, whoever is slow, crashes or hangs."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from tests.adapters.rest.rest_harness import ManualClock
from tests.csms.site_questions import question
from tests.journeys.central import site_definition
from tests.patience import PATIENCE_S

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.app.config import StationsConfig
from chargewright.app.wiring import build
from chargewright.csms.planning import PlannerBusy, PlannerFailed, ThreadPlanner, Turns, site_planned
from chargewright.csms.site_plan import SitePlan, SiteQuestion, plan_site
from chargewright.csms.sites import Sites
from chargewright.domain.site import SiteSettings
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId


class Gated:
    """A planner that works when its site's gate is open, and remembers what it was asked and what it said."""

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.asked: list[SiteQuestion] = []
        self.made: dict[str, list[SitePlan]] = {}
        self.under_way: dict[str, int] = {}

    async def answer(self, question: bytes) -> bytes:
        raise NotImplementedError

    async def plan_site(self, question: SiteQuestion) -> SitePlan:
        site_id = question.site.id
        self.asked.append(question)
        self.under_way[site_id] = self.under_way.get(site_id, 0) + 1
        assert self.under_way[site_id] == 1
        try:
            await self.gates.setdefault(site_id, asyncio.Event()).wait()
        finally:
            self.under_way[site_id] -= 1
        made = plan_site(question)
        self.made.setdefault(site_id, []).append(made)
        return made

    async def stop(self) -> None:
        for gate in self.gates.values():
            gate.set()

    def starts_asked(self, site_id: str) -> list[datetime]:
        return [question.now for question in self.asked if question.site.id == site_id]


class Town:
    """Sites without stations, on a clock that stands still."""

    def __init__(self, sites: Sites, planner: Gated, clock: ManualClock, store: SqliteStore) -> None:
        self.sites, self.planner, self.clock, self.store = sites, planner, clock, store

    async def put(self, site_id: str, *stations: str) -> None:
        await self.sites.put(SiteId(site_id), site_id, site_definition(*stations), SiteSettings())

    def control(self, site_id: str):
        return self.sites.get(SiteId(site_id))

    async def until(self, asked: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not asked():
                await self.store.commit(lambda _: None)

    async def forward(self, duration_s: float, *site_ids: str) -> None:
        """Let time pass once these sites wait for it."""
        await self.until(lambda: all(self.control(site_id).idle for site_id in site_ids))
        await self.store.commit(lambda _: None)  # their timers are set in a turn of their own
        self.clock.forward(duration_s)


@pytest.fixture
async def town():
    clock, planner = ManualClock(), Gated()
    central = build(StationsConfig(port=0), database=":memory:", clock=clock)
    await central.start()
    sites = Sites(replace(central.services, planner=planner))
    await sites.start()
    yield Town(sites, planner, clock, central.store)
    await sites.stop()
    await central.stop()


async def test_a_slow_site_delays_no_other_and_its_plans_stay_in_order(town):
    names = ["slow", "second", "third", "fourth"]
    for name in names:
        if name != "slow":
            town.planner.gates[name] = gate = asyncio.Event()
            gate.set()
        await town.put(name, f"{name}-1")
    await town.until(lambda: all(town.control(name).plan is not None for name in names[1:]))
    slow = town.control("slow")
    assert slow.plan is None
    before = {name: town.control(name).plan for name in names[1:]}
    await town.forward(300, *names[1:])  # the others go on to their next plans meanwhile
    await town.until(lambda: all(town.control(n).plan is not before[n] for n in names[1:]))
    assert slow.plan is None
    slow.changed()  # it has to plan again, but not before it has done
    town.planner.gates["slow"].set()
    await town.until(lambda: slow.plan is not None)
    assert slow.plan is town.planner.made["slow"][0]
    await town.forward(2, "slow")
    await town.until(lambda: slow.plans_made == 2)
    assert slow.plan is town.planner.made["slow"][1]
    first, second = town.planner.starts_asked("slow")
    assert first < second


async def test_a_plan_of_an_older_definition_is_dropped(town):
    await town.put("depot", "CS1", "CS2")
    await town.until(lambda: len(town.planner.asked) == 1)
    await town.put("depot", "CS3")
    town.planner.gates["depot"].set()
    await town.forward(2, "depot")
    await town.until(lambda: town.control("depot").plan is not None)
    assert len(town.planner.made["depot"]) == 2
    assert town.control("depot").plan is town.planner.made["depot"][1]
    assert {key.station_id for key in town.planner.asked[1].site.evses} == {"CS3"}
    assert town.control("depot").plans_made == 1


class Failing:
    """A planner that comes to nothing."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def answer(self, question: bytes) -> bytes:
        raise NotImplementedError

    async def plan_site(self, question: SiteQuestion) -> SitePlan:
        if self.error is None:
            await asyncio.Event().wait()
        assert self.error is not None
        raise self.error

    async def stop(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PlannerFailed("the process ended"), "the process ended"),
        (PlannerBusy(retry_after_s=2), "too many plans wait already"),
        (ValueError("a bug of ours"), "ValueError: a bug of ours"),
        (None, "no plan in time (0.01 s)"),
    ],
)
async def test_without_an_answer_a_site_is_planned_in_one_pass(error, told):
    asked = question("depot", wishes_wh=(30_000, 60_000, 90_000), limit_a=20.0)
    made = await site_planned(Failing(error), asked, timeout_s=0.01)
    assert (made.record.engine, made.record.why) == ("greedy", told)
    assert made.violations == ()
    # 20 A on three phases for six hours are 82.8 kWh: less than what is wanted, so all of it is used
    assert made.tenths_a.sum(axis=0).max() <= 200
    unmet_wh = sum(session.unmet_wh for session in made.record.sessions)
    assert unmet_wh == pytest.approx(180_000 - 82_800, rel=0.02)


async def test_what_makes_no_sense_is_refused_by_name():
    with pytest.raises(InvalidInput):
        await site_planned(Failing(InvalidInput("no", where="session 3")), question("depot"))


async def test_sites_go_before_others_and_others_in_order():
    turns = Turns(["place"], waiting_max=2)
    got: list[str] = []

    async def come(name: str, *, site: bool = False) -> None:
        place = await turns.take(site=site)
        got.append(name)
        turns.give(place, site=site)

    place = await turns.take(site=False)
    waiting = [asyncio.create_task(come(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    with pytest.raises(PlannerBusy):
        await turns.take(site=False)
    waiting.append(asyncio.create_task(come("site", site=True)))
    await asyncio.sleep(0)
    turns.give(place, site=False)
    await asyncio.gather(*waiting)
    assert got == ["site", "first", "second"]


async def test_one_of_several_places_is_kept_for_sites():
    turns = Turns(["one", "other"], waiting_max=1)
    place = await turns.take(site=False)
    waiting = asyncio.create_task(turns.take(site=False))
    await asyncio.sleep(0)
    kept = await turns.take(site=True)
    assert {place, kept} == {"one", "other"}
    turns.give(kept, site=True)
    await asyncio.sleep(0)
    assert not waiting.done(), "it is kept for the next site"
    turns.give(place, site=False)
    assert await waiting == place
    assert await turns.take(site=True) == kept


@pytest.mark.parametrize("given_first", [True, False])
async def test_who_gives_up_waiting_keeps_no_place(given_first):
    turns = Turns(["place"], waiting_max=2)
    place = await turns.take(site=False)
    impatient, patient = (asyncio.create_task(turns.take(site=False)) for _ in range(2))
    await asyncio.sleep(0)
    if given_first:
        turns.give(place, site=False)
        impatient.cancel()
    else:
        impatient.cancel()
        turns.give(place, site=False)
    assert await patient == "place"
    assert impatient.cancelled()


async def test_a_thread_that_nobody_waits_for_keeps_its_place_until_it_is_done():
    """Or threads that hang would become more and more."""
    begun, gate = threading.Semaphore(0), threading.Event()

    def wait(asked: bytes) -> bytes:
        begun.release()
        gate.wait()
        return asked

    planner = ThreadPlanner(waiting_max=0, job=wait)
    under_way = [asyncio.create_task(planner.answer(b"")) for _ in range(2)]
    for _ in under_way:
        await asyncio.to_thread(begun.acquire)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    with pytest.raises(PlannerBusy):
        await planner.answer(b"")
    gate.set()
    site = question("depot", wishes_wh=(9000,))
    assert (await planner.plan_site(site)).violations == ()
    assert await planner.answer(b"after") == b"after"
    await planner.stop()
    with pytest.raises(PlannerBusy):
        await planner.answer(b"")
