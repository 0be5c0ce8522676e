"""The pool: what crashes or hangs takes no other plan with it, and too many are sent away."""

import asyncio
import os
from dataclasses import replace

import msgspec
import pytest
import pytest_asyncio
from tests.adapters.planning.jobs import job, site_job
from tests.csms.site_questions import question

from chargewright.adapters.planning.pool import PlanningPool
from chargewright.csms.planning import PlannerBusy, PlannerFailed, site_planned
from chargewright.csms.site_plan import plan_site
from chargewright.errors import InvalidInput, UnsupportedByVersion

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool():
    """One for most of the tests: a process takes a second to start."""
    made = PlanningPool(1, waiting_max=1, job=job, site_job=site_job)
    yield made
    await made.stop()


async def test_a_crash_is_told_and_the_next_plan_works(pool):
    with pytest.raises(PlannerFailed):
        await pool.answer(b"crash")
    first = await pool.answer(b"")
    assert await pool.answer(b"") == first


async def test_errors_keep_their_fields_and_end_nothing(pool):
    first = await pool.answer(b"")
    with pytest.raises(InvalidInput) as refused:
        await pool.answer(b"refuse")
    assert (refused.value.what, refused.value.where) == ("no", "sessions[3]")
    with pytest.raises(UnsupportedByVersion) as unsupported:
        await pool.answer(b"unsupported")
    assert unsupported.value.version == "ocpp1.6"
    with pytest.raises(PlannerFailed, match="ZeroDivisionError: a bug of ours"):
        await pool.answer(b"bug")
    assert await pool.answer(b"") == first


async def test_too_many_are_sent_away(pool):
    under_way = [asyncio.create_task(pool.answer(b"")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(PlannerBusy):
        await pool.answer(b"")
    assert len(set(await asyncio.gather(*under_way))) == 1


async def test_what_hangs_is_killed():
    pool = PlanningPool(1, job=job, timeout_s=1.0)
    with pytest.raises(PlannerFailed):
        await pool.answer(b"hang")
    assert await pool.answer(b"")
    await pool.stop()
    with pytest.raises(PlannerBusy):
        await pool.answer(b"")


async def test_a_process_is_replaced_after_its_plans():
    pool = PlanningPool(1, job=job, plans_per_process=1)
    assert await pool.answer(b"") != await pool.answer(b"")
    await pool.stop()


async def test_who_stops_the_pool_waits_for_no_plan():
    pool = PlanningPool(1, job=job)
    process = int(await pool.answer(b""))
    hangs, waits = asyncio.create_task(pool.answer(b"hang")), asyncio.create_task(pool.answer(b""))
    await asyncio.sleep(0)  # both have begun
    await pool.stop()
    with pytest.raises(PlannerFailed):
        await hangs
    with pytest.raises(PlannerBusy):
        await waits
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_a_plan_is_the_same_from_another_process(pool):
    asked = question("quick", wishes_wh=(9000, 20000))
    made, here = await pool.plan_site(asked), plan_site(asked)
    assert (made.tenths_a == here.tenths_a).all()
    assert (made.starts, made.end, made.sessions) == (here.starts, here.end, here.sessions)
    assert made.record == msgspec.structs.replace(here.record, duration_s=made.record.duration_s)


@pytest.mark.parametrize("site", ["crash", "hang", "bug"])
async def test_a_site_has_a_plan_whatever_becomes_of_the_process(pool, site):
    await pool.answer(b"")  # the process is up: what follows is not about its start
    asked = question(site, wishes_wh=(9000, 20000))
    made = await site_planned(pool, asked, timeout_s=1.0 if site == "hang" else 60.0)
    assert made.record.engine == "greedy"
    assert {"crash": "process ended", "hang": "in time", "bug": "ZeroDivision"}[site] in made.record.why
    assert made.violations == ()
    assert made.tenths_a.any(axis=1).all()
    after = await site_planned(pool, question("quick", wishes_wh=(9000,)))
    assert after.record.engine != "greedy"


async def test_a_question_that_makes_no_sense_is_no_failure_of_the_planner(pool):
    with pytest.raises(InvalidInput):
        await site_planned(pool, question("refuse"))


async def test_sites_plan_side_by_side(tmp_path):
    """One site is slow: three others plan beside it, and the loop goes on."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    pool = PlanningPool(2, site_job=site_job)
    asked = question("slow", wishes_wh=(9000,))
    slow = asyncio.create_task(pool.plan_site(replace(asked, site=replace(asked.site, name=str(gate)))))
    await asyncio.sleep(0)
    others = [
        asyncio.create_task(pool.plan_site(question("quick", wishes_wh=(1000 * n,)))) for n in (4, 5, 6)
    ]
    turns = 0
    while not all(task.done() for task in others):
        turns += 1
        await asyncio.sleep(0)
    assert not slow.done()
    assert turns > len(others)
    # Waits until the slow one reads, in a thread: its process may still be starting, and asks its question of this loop.
    await asyncio.to_thread(gate.write_text, "")
    for made, wish_wh in zip(
        [await slow, *[await task for task in others]], (9000, 4000, 5000, 6000), strict=True
    ):
        (session,) = made.record.sessions
        assert session.energy_wh == wish_wh
        assert session.unmet_wh < 0.02 * wish_wh
    await pool.stop()
