"""The pool: what crashes or hangs takes no other plan with it, and too many are sent away."""

import asyncio

import pytest
from tests.adapters.planning.jobs import job

from chargewright.adapters.planning.pool import PlanningPool
from chargewright.csms.planning import PlannerBusy, PlannerFailed
from chargewright.errors import InvalidInput, UnsupportedByVersion


@pytest.fixture
async def pool():
    made = PlanningPool(1, waiting_max=1, job=job)
    yield made
    await made.stop()


async def test_a_crash_is_told_and_the_next_plan_works(pool):
    with pytest.raises(PlannerFailed):
        await pool.answer(b"crash")
    first = await pool.answer(b"")
    assert await pool.answer(b"") == first


async def test_errors_keep_their_fields(pool):
    with pytest.raises(InvalidInput) as refused:
        await pool.answer(b"refuse")
    assert (refused.value.what, refused.value.where) == ("no", "sessions[3]")
    with pytest.raises(UnsupportedByVersion) as unsupported:
        await pool.answer(b"unsupported")
    assert unsupported.value.version == "ocpp1.6"


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
