import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.patience import PATIENCE_S

from chargewright.simulator.clock import PacedClock, ScaledClock

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def later(seconds):
    return START + timedelta(seconds=seconds)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_paced_clock_stands_still_until_it_is_moved():
    clock = PacedClock(START)
    await turns()
    assert clock.now() == START
    assert clock.monotonic_s() == 0.0
    clock.advance_to(later(1.5))
    assert clock.now() == later(1.5)
    assert clock.monotonic_s() == 1.5


async def test_sleepers_wake_in_order_of_time_and_then_of_asking():
    clock, woken = PacedClock(START), []

    async def sleeper(name, seconds):
        await clock.sleep_s(seconds)
        woken.append(name)

    tasks = [asyncio.ensure_future(sleeper(name, s)) for name, s in [("c", 3), ("a", 1), ("b", 2), ("a2", 1)]]
    await turns()
    assert clock.next_wake_at == later(1)
    clock.advance_to(later(2))
    await turns()
    assert woken == ["a", "a2", "b"]
    assert clock.next_wake_at == later(3)
    clock.advance_to(later(3))
    await asyncio.gather(*tasks)
    assert woken == ["a", "a2", "b", "c"]
    assert clock.next_wake_at is None


async def test_a_cancelled_sleeper_is_forgotten():
    clock = PacedClock(START)
    task = asyncio.ensure_future(clock.sleep_s(10))
    await turns()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert clock.next_wake_at is None
    clock.advance_to(later(20))


async def test_sleeping_for_nothing_returns_though_time_stands():
    clock = PacedClock(START)
    await asyncio.wait_for(clock.sleep_s(0), 1)
    await asyncio.wait_for(clock.sleep_s(-3), 1)


def test_time_does_not_run_backwards():
    clock = PacedClock(later(5))
    with pytest.raises(AssertionError, match="backwards"):
        clock.advance_to(START)


def test_two_scaled_clocks_with_the_same_origin_agree():
    wall = [1_000.0]
    one = ScaledClock(START, speed=60, wall_origin_s=1_000.0, wall_s=lambda: wall[0])
    wall[0] = 1_005.0
    two = ScaledClock(START, speed=60, wall_origin_s=1_000.0, wall_s=lambda: wall[0])
    assert one.now() == two.now() == later(300)
    assert one.monotonic_s() == 300.0


def test_a_scaled_clock_without_a_start_shows_the_wall():
    clock = ScaledClock(wall_s=lambda: 1_700_000_000.0)
    assert clock.now() == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


async def test_a_scaled_clock_sleeps_in_its_own_seconds():
    clock = ScaledClock(START, speed=1_000_000.0)
    await asyncio.wait_for(clock.sleep_s(3600), PATIENCE_S)
