"""The oracle is the simulator's cars, whose batteries know nothing of this module, and traces written by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chargewright.charging.tail import Car, CarSeen, Drawn, Trace, car_of
from chargewright.simulator.ev import Car as SimulatedCar
from chargewright.simulator.ev import Fleet

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VOLTAGE_V = 230.0


def charge(car, limits, *, minutes, trace=None, every_s=60, phases=1):
    """Let a simulated car charge under `limits` [(from minute, A)], and tell a trace what its meter shows."""
    fleet = Fleet(np.array([VOLTAGE_V]))
    fleet.arrive(0, car)
    trace = trace or Trace(6.0)
    limit_a, since = limits[0][1], NOON
    for second in range(0, minutes * 60, 5):
        at = NOON + timedelta(seconds=second)
        new = next(value for start, value in reversed(limits) if start * 60 <= second)
        if new != limit_a:
            limit_a, since = new, at
        fleet.step(np.array([limit_a]), 5.0)
        if second % every_s == 0:
            trace.take(
                Drawn(
                    at=at + timedelta(seconds=5),
                    current_a=float(fleet.current_a[0]),
                    limit_a=limit_a,
                    limit_since=since,
                    delivered_wh=float(fleet.delivered_wh[0]),
                    phases=phases,
                    soc_percent=100 * float(fleet.soc[0]),
                )
            )
    return trace, fleet


@pytest.mark.parametrize(("capacity_wh", "knee"), [(60_000, 0.85), (40_000, 0.7), (16_000, 0.8)])
def test_the_tail_of_a_simulated_battery(capacity_wh, knee):
    car = SimulatedCar(current_max_a=16, capacity_wh=capacity_wh, soc=knee - 0.3, knee_soc=knee)
    trace, fleet = charge(car, [(0, 20.0)], minutes=1500)
    assert fleet.full[0]
    seen = trace.seen(NOON)
    assert seen.current_max_a == pytest.approx(16)
    assert seen.tail_wh_per_a * 16 == pytest.approx((1 - knee) * capacity_wh, rel=0.03)
    assert seen.capacity_wh == pytest.approx(capacity_wh, rel=0.01)
    assert (seen.full, seen.phases) == (True, 1)


def test_the_tail_is_learnt_from_a_car_that_left_before_it_was_full_and_tells_what_is_missing():
    car = SimulatedCar(current_max_a=32, capacity_wh=60_000, soc=0.8, knee_soc=0.85)
    trace, fleet = charge(car, [(0, 40.0)], minutes=95)
    left_wh = (1 - fleet.soc[0]) * 60_000
    assert 0.88 < fleet.soc[0] < 0.97
    seen = trace.seen(NOON)
    assert seen.tail_wh_per_a * 32 == pytest.approx(9_000, rel=0.04)
    assert trace.missing_wh() == pytest.approx(left_wh, rel=0.1)
    assert not seen.full


def test_a_car_that_is_held_back_shows_neither_a_maximum_nor_a_tail():
    car = SimulatedCar(current_max_a=32, capacity_wh=80_000, soc=0.2)
    trace, _ = charge(car, [(0, 10.0), (60, 14.0), (120, 8.0)], minutes=200)
    seen = trace.seen(NOON)
    assert (seen.current_max_a, seen.tail_wh_per_a, seen.full) == (None, None, False)
    assert seen.current_top_a == pytest.approx(14)
    assert trace.missing_wh() is None


def test_a_battery_without_a_tail_has_none():
    car = SimulatedCar(current_max_a=16, capacity_wh=20_000, soc=0.5, soc_target=0.8, knee_soc=1.0)
    seen = charge(car, [(0, 32.0)], minutes=300)[0].seen(NOON)
    assert (seen.current_max_a, seen.tail_wh_per_a, seen.full) == (pytest.approx(16), None, True)


@pytest.mark.parametrize(("wakes_within_s", "wakes"), [(None, False), (8.0, True), (60.0, True)])
def test_whether_a_car_wakes_from_a_pause(wakes_within_s, wakes):
    car = SimulatedCar(current_max_a=16, capacity_wh=60_000, soc=0.2, wakes_within_s=wakes_within_s)
    trace, _ = charge(car, [(0, 16.0), (60, 0.0), (90, 10.0)], minutes=120)
    seen = trace.seen(NOON)
    assert seen.wakes is wakes
    assert not seen.full


def test_a_car_that_was_nearly_full_before_the_pause_says_nothing_on_waking():
    car = SimulatedCar(current_max_a=16, capacity_wh=20_000, soc=0.93, knee_soc=0.7)
    trace, fleet = charge(car, [(0, 20.0), (50, 0.0), (80, 10.0)], minutes=300)
    assert fleet.full[0] or fleet.current_a[0] < 5
    assert trace.seen(NOON).wakes is not False


def hand_made(steps, *, minimum_a=6.0):
    """steps: (minute, limit, since minute, current[, delivered])."""
    trace = Trace(minimum_a)
    for minute, limit_a, since, current_a, *delivered in steps:
        trace.take(
            Drawn(
                at=NOON + timedelta(minutes=minute),
                current_a=current_a,
                limit_a=limit_a,
                limit_since=NOON + timedelta(minutes=since),
                delivered_wh=delivered[0] if delivered else None,
            )
        )
    return trace


def test_a_car_that_refuses_6_a_and_takes_9_a_has_a_higher_minimum_and_is_not_asleep():
    trace = hand_made([
        (1, 16, 0, 16), (10, 0, 9, 0), (20, 6, 15, 0), (26, 6, 15, 0), (32, 9, 30, 8.8), (40, 9, 30, 8.9)
    ])  # fmt: skip
    seen = trace.seen(NOON)
    assert (seen.current_min_a, seen.wakes) == (9, True)


def test_a_reading_just_after_a_change_of_the_limit_or_out_of_order_says_nothing():
    trace = hand_made([(10, 16, 0, 10), (10.2, 6, 10.1, 16), (9, 16, 0, 30)])
    assert trace.seen(NOON).current_top_a == 10


def test_a_climb_above_a_maximum_undoes_it():
    level = [(minute, 32, 0, 10.0) for minute in range(1, 30)]
    assert hand_made(level).seen(NOON).current_max_a == 10
    held_back = [(minute, 14, 30, 14.0) for minute in range(31, 40)]
    assert hand_made([*level, *held_back]).seen(NOON).current_max_a is None


def test_phases_are_what_most_readings_say():
    trace = Trace(6.0)
    for minute, (phases, current_a) in enumerate(
        [(3, 16), (3, 15), (1, 2), (1, 2), (1, 2), (2, 16)], start=1
    ):
        at = NOON + timedelta(minutes=minute)
        trace.take(Drawn(at=at, current_a=current_a, limit_a=16, limit_since=NOON, phases=phases))
    assert trace.seen(NOON).phases == 3


def test_memory_is_bounded_and_the_line_survives_it():
    car = SimulatedCar(current_max_a=32, capacity_wh=100_000, soc=0.5, knee_soc=0.6)
    trace, _ = charge(car, [(0, 40.0)], minutes=1400, every_s=10)
    assert len(trace._points) <= 200
    assert trace.seen(NOON).tail_wh_per_a * 32 == pytest.approx(40_000, rel=0.03)


def seen(day, **what):
    return CarSeen(at=NOON + timedelta(days=day), **what)


def test_several_transactions_make_a_car():
    car = car_of(
        [
            seen(0, current_max_a=15.8, current_top_a=15.9, tail_wh_per_a=200, phases=3, capacity_wh=50_000),
            seen(1, current_max_a=16.0, current_top_a=16.0, tail_wh_per_a=220, phases=3, wakes=True),
            seen(2, current_top_a=9.0, tail_wh_per_a=800, wakes=False),
        ],
        NOON + timedelta(days=3),
    )
    assert car == Car(16.0, None, 220, 3, wakes=False, capacity_wh=50_000, transactions=3)
    assert car.offered_max_a(32) == 17.5
    assert car.offered_max_a(10) == 10
    assert car.tail_wh(32) == 220 * 16
    assert car.tail_wh(10) == 220 * 10
    assert (Car().offered_max_a(32), Car().tail_wh(32)) == (32, 0)


def test_nothing_that_was_learnt_sticks():
    asleep = seen(0, wakes=False, current_max_a=10, current_top_a=10)
    silent = [seen(day, current_top_a=10) for day in range(1, 6)]
    now = NOON + timedelta(days=6)
    assert car_of([asleep, *silent[:4]], now).wakes is False
    assert car_of([asleep, *silent], now).wakes is None
    assert car_of([asleep, *silent], now).current_max_a == 10
    assert car_of([asleep, *silent, seen(6, current_top_a=16)], now).current_max_a is None
    assert car_of([asleep], NOON + timedelta(days=200)) == Car()
    assert car_of([seen(0, phases=1), seen(1, phases=3)], now).phases is None


@pytest.mark.parametrize(
    ("steps", "taking"),
    [
        ([(1, 16, 0, 16), (20, 16, 0, 16)], True),
        ([(1, 16, 0, 15), (20, 16, 0, 1)], False),
        ([(1, 16, 0, 15), (20, 16, 0, 0)], False),
        ([(1, 16, 0, 16), (20, 0, 19, 0)], True),
        ([(1, 16, 0, 16), (10, 16, 0, 4), (20, 0, 19, 0)], False),
        ([], False),
    ],
)
def test_a_car_that_leaves_before_it_had_enough_is_known_by_what_it_drew_last(steps, taking):
    assert hand_made(steps).still_taking is taking
