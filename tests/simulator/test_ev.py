import math
import random

import numpy as np
import pytest

from chargewright.simulator.ev import Car, Fleet

V = 230.0


def fleet_of(*cars):
    fleet = Fleet(np.full(len(cars), V))
    for place, car in enumerate(cars):
        fleet.arrive(place, car)
    return fleet


def charge(fleet, pilot_a, seconds):
    for _ in range(seconds):
        fleet.step(np.array(pilot_a, dtype=float))


def test_up_to_the_knee_it_takes_all_the_pilot_offers():
    fleet = fleet_of(Car(phases=3, capacity_wh=60_000, soc=0.2, knee_soc=0.8, follow_s=0))
    charge(fleet, [16], 3600)
    assert fleet.current_a[0] == 16
    assert fleet.delivered_wh[0] == pytest.approx(3 * V * 16)
    assert fleet.soc[0] == pytest.approx(0.2 + 3 * V * 16 / 60_000)


def test_the_tail_is_the_exponential_that_the_equations_give():
    """Power P (1 - s) / (1 - k) means d(1 - s)/dt = -(1 - s) P / (C (1 - k)), from the knee on."""
    capacity_wh, knee, power_w = 40_000.0, 0.8, 32 * V
    fleet = fleet_of(Car(current_max_a=32, capacity_wh=capacity_wh, soc=knee, knee_soc=knee, follow_s=0))
    for minute in range(1, 240):
        charge(fleet, [32], 60)
        left = (1 - knee) * math.exp(-minute / 60 * power_w / (capacity_wh * (1 - knee)))
        if left < 0.06 * (1 - knee):
            break  # then the floor of a twentieth rules
        assert fleet.soc[0] == pytest.approx(1 - left, abs=2e-4)
        assert fleet.current_a[0] == pytest.approx(32 * left / (1 - knee), rel=2e-3)
    else:
        pytest.fail("the tail should have come to its floor")


def test_a_twentieth_flows_until_it_is_full_and_then_nothing():
    fleet = fleet_of(Car(current_max_a=32, capacity_wh=40_000, soc=0.9999, knee_soc=0.8, follow_s=0))
    charge(fleet, [32], 1)
    assert fleet.current_a[0] == pytest.approx(32 / 20)
    charge(fleet, [32], 60)
    assert fleet.soc[0] == 1.0
    assert fleet.full[0]
    assert fleet.current_a[0] == 0.0
    assert fleet.delivered_wh[0] == pytest.approx(4.0)


def test_a_charge_limit_stops_it_exactly():
    fleet = fleet_of(Car(capacity_wh=50_000, soc=0.7, soc_target=0.75, knee_soc=0.9, follow_s=0))
    charge(fleet, [32], 3600)
    assert fleet.delivered_wh[0] == pytest.approx(2_500)
    assert fleet.soc[0] == 0.75


@pytest.mark.parametrize(("pilot_a", "drawn_a"), [(0, 0), (5.9, 0), (6, 6), (10.5, 10.5), (63, 16)])
def test_a_pilot_is_obeyed(pilot_a, drawn_a):
    fleet = fleet_of(Car(current_max_a=16, soc=0.1))
    charge(fleet, [pilot_a], 10)
    assert fleet.current_a[0] == drawn_a


def test_a_change_is_followed_after_the_cars_own_time_and_not_before():
    fleet = fleet_of(Car(soc=0.1, follow_s=4))
    charge(fleet, [32], 10)
    seen = []
    for _ in range(6):
        charge(fleet, [10], 1)
        seen.append(float(fleet.current_a[0]))
    assert seen == [32, 32, 32, 10, 10, 10]


def test_a_short_pause_needs_no_waking_a_long_one_does():
    car = Car(soc=0.1, follow_s=2, sleeps_after_s=600, wakes_within_s=30)
    for pause_s, woken_s in ((500, 2), (700, 30)):
        fleet = fleet_of(car)
        charge(fleet, [16], 60)
        charge(fleet, [0], pause_s)
        charge(fleet, [16], woken_s - 1)
        assert fleet.current_a[0] == 0
        charge(fleet, [16], 1)
        assert fleet.current_a[0] == 16


def test_some_cars_never_wake():
    fleet = fleet_of(Car(soc=0.1, sleeps_after_s=600, wakes_within_s=None))
    charge(fleet, [16], 60)
    charge(fleet, [0], 700)
    charge(fleet, [16], 3600)
    assert fleet.current_a[0] == 0


def test_meters_go_on_where_the_car_before_stopped():
    fleet = Fleet(np.full(1, V))
    fleet.set_registers(np.array([5_000.0]))
    fleet.arrive(0, Car(soc=0.1, follow_s=0))
    charge(fleet, [10], 360)
    fleet.leave(0)
    charge(fleet, [10], 360)
    assert fleet.current_a[0] == 0
    assert fleet.register_wh[0] == pytest.approx(5_230)
    fleet.arrive(0, Car(soc=0.1, follow_s=0))
    assert fleet.delivered_wh[0] == 0
    charge(fleet, [10], 360)
    assert fleet.register_wh[0] == pytest.approx(5_460)


class SlowCar:
    """The same car written down second by second in scalars, as a second opinion."""

    def __init__(self, car):
        self.car, self.soc, self.current = car, car.soc, 0.0
        self.pilot, self.since_change, self.paused, self.waking = 0.0, math.inf, 0.0, 0.0

    def step(self, pilot):
        car = self.car
        if pilot != self.pilot:
            self.since_change, self.pilot = 0.0, pilot
        else:
            self.since_change += 1
        offered = pilot >= 6
        slept = self.paused > car.sleeps_after_s
        self.waking = self.waking + 1 if offered and slept else 0.0
        awake = not slept or self.waking >= car.wakes_within_s
        self.paused = 0.0 if offered and awake else self.paused + 1
        tail = 1.0 if self.soc < car.knee_soc else max((1 - self.soc) / (1 - car.knee_soc), 0.05)
        accepted = car.current_max_a * tail if self.soc < car.soc_target else 0.0
        if self.since_change + 1 >= car.follow_s:
            self.current = min(pilot, accepted) if offered and awake else 0.0
        else:
            self.current = min(self.current, accepted)
        energy = self.current * car.phases * V / 3600
        room = max(car.soc_target - self.soc, 0.0) * car.capacity_wh
        if energy > room:
            self.current, energy = self.current * room / energy, room
        self.soc += energy / car.capacity_wh
        if self.soc > car.soc_target - 1e-9:
            self.soc = max(self.soc, car.soc_target)


@pytest.mark.parametrize("seed", range(8))
def test_cars_together_do_what_each_does_alone(seed):
    rng = random.Random(seed)
    cars = [
        Car(
            current_max_a=rng.choice([16.0, 32.0]),
            phases=rng.choice([1, 2, 3]),
            capacity_wh=rng.uniform(2_000, 20_000),
            soc=rng.uniform(0.3, 0.9),
            soc_target=rng.choice([1.0, 0.95]),
            knee_soc=rng.uniform(0.7, 0.95),
            follow_s=rng.uniform(1.0, 5.0),
            sleeps_after_s=rng.choice([60.0, 600.0]),
            wakes_within_s=rng.uniform(6.0, 25.0),
        )
        for _ in range(6)
    ]
    fleet, alone = fleet_of(*cars), [SlowCar(car) for car in cars]
    pilots = [0.0] * len(cars)
    for second in range(4_000):
        for place in range(len(cars)):
            # Pauses are well to one side of the time after which a car sleeps, where a second more or less is open.
            if second % 40 == 0 and rng.random() < 0.4:
                pilots[place] = rng.choice([0.0, 0.0, 6.0, 8.0, 13.7, 32.0])
        fleet.step(np.array(pilots))
        for place, car in enumerate(alone):
            car.step(pilots[place])
            assert fleet.current_a[place] == pytest.approx(car.current, abs=1e-6), f"seed {seed}, {second} s"
            assert fleet.soc[place] == pytest.approx(car.soc, abs=1e-9), f"seed {seed}, {second} s"


# --- energy given back ------------------------------------------------------------------------------------------

GIVER = Car(
    phases=3,
    capacity_wh=40_000,
    soc=0.5,
    soc_target=0.8,
    knee_soc=1.0,
    follow_s=0,
    discharge_max_a=16,
    soc_reserve=0.3,
    round_trip_efficiency=0.8,
    sleeps_after_s=math.inf,
)


def test_a_day_of_giving_and_drawing_is_what_a_sum_by_hand_gives():
    """One term a second, in plain numbers: no array, no caps, no events."""
    rng = random.Random(5)
    fleet = fleet_of(GIVER)
    stored_wh, drawn_wh, given_wh = 20_000.0, 0.0, 0.0
    for minute in range(24 * 60):
        if minute % 37 == 0:
            pilot_a = rng.choice([0.0, 16.0, 32.0, 8.0, -4.0, -10.0, -16.0, -32.0])
        for _ in range(60):
            charge(fleet, [pilot_a], 1)
            offered_wh = 3 * V * abs(max(pilot_a, -16.0)) / 3600
            if pilot_a > 0:
                moved_wh = min(offered_wh, 32_000 - stored_wh)
                stored_wh, drawn_wh = stored_wh + moved_wh, drawn_wh + moved_wh
            else:
                moved_wh = min(offered_wh, 0.8 * (stored_wh - 12_000))
                stored_wh, given_wh = stored_wh - moved_wh / 0.8, given_wh + moved_wh
        assert fleet.soc[0] == pytest.approx(stored_wh / 40_000, abs=1e-8), f"minute {minute}"
        assert fleet.delivered_wh[0] == pytest.approx(drawn_wh, abs=1e-3), f"minute {minute}"
        assert fleet.exported_wh[0] == pytest.approx(given_wh, abs=1e-3), f"minute {minute}"
    assert given_wh > 5_000
    assert drawn_wh > 10_000


def test_what_is_given_counts_with_the_other_sign_and_by_the_other_register():
    fleet = Fleet(np.full(2, V))
    fleet.set_registers(np.array([1000.0, 2000.0]), np.array([30.0, 40.0]))
    for place in range(2):
        fleet.arrive(place, GIVER)
    charge(fleet, [-10, 10], 1800)
    assert fleet.current_a.tolist() == [-10, 10]
    assert fleet.power_w == 0.0
    assert fleet.given_power_w == 3 * V * 10
    assert fleet.register_wh.tolist() == pytest.approx([1000, 2000 + 3 * V * 5])
    assert fleet.export_register_wh.tolist() == pytest.approx([30 + 3 * V * 5, 40])
    fleet.leave(0)
    fleet.arrive(0, GIVER)
    assert fleet.exported_wh[0] == 0.0
    assert fleet.export_register_wh[0] == pytest.approx(30 + 3 * V * 5)


def test_at_its_reserve_it_gives_no_more_and_the_last_second_gives_what_is_left():
    car = Car(capacity_wh=36_000, soc=0.2001, soc_reserve=0.2, follow_s=0, discharge_max_a=32)
    fleet = fleet_of(car)
    charge(fleet, [-32], 1)
    given = 32 * V / 3600
    assert fleet.exported_wh[0] == pytest.approx(given)
    charge(fleet, [-32], 1)
    assert fleet.exported_wh[0] == pytest.approx(3.6)
    assert fleet.current_a[0] == pytest.approx(-(3.6 - given) * 3600 / V)
    charge(fleet, [-32], 10)
    assert fleet.current_a[0] == 0.0
    assert fleet.soc[0] == pytest.approx(0.2)
    charge(fleet, [16], 1)
    assert fleet.current_a[0] == 16.0


@pytest.mark.parametrize("soc", [0.8, 0.95], ids=["at its target", "above its target"])
def test_a_car_that_was_full_gives_and_then_draws_again(soc):
    fleet = fleet_of(
        Car(capacity_wh=40_000, soc=soc, soc_target=0.8, follow_s=0, discharge_max_a=16, knee_soc=1)
    )
    charge(fleet, [16], 60)
    assert fleet.current_a[0] == 0.0
    charge(fleet, [-16], 7200)
    assert fleet.soc[0] == pytest.approx(soc - 2 * 16 * V / 40_000)
    charge(fleet, [16], 4 * 3600)
    assert fleet.soc[0] == 0.8
    assert fleet.current_a[0] == 0.0
    assert fleet.delivered_wh[0] == pytest.approx(max(0.8 - soc + 2 * 16 * V / 40_000, 0) * 40_000)


def test_a_car_that_only_charges_takes_an_order_to_give_as_a_pause():
    fleet = fleet_of(Car(soc=0.5, follow_s=2, sleeps_after_s=600, wakes_within_s=30))
    charge(fleet, [16], 60)
    charge(fleet, [-16], 700)
    assert fleet.current_a[0] == 0.0
    assert fleet.exported_wh[0] == 0.0
    charge(fleet, [16], 29)
    assert fleet.current_a[0] == 0.0, "it has slept"
    charge(fleet, [16], 1)
    assert fleet.current_a[0] == 16.0


def test_an_order_to_give_is_followed_in_the_cars_own_time_and_wakes_it():
    fleet = fleet_of(Car(soc=0.5, follow_s=3, wakes_within_s=20, discharge_max_a=10))
    charge(fleet, [0], 700)
    charge(fleet, [-8], 19)
    assert fleet.current_a[0] == 0.0
    charge(fleet, [-8], 1)
    assert fleet.current_a[0] == -8.0
    seen = []
    for pilot_a in (-4, -4, -4, -4, 16, 16, 16, 16, 0, 0, 0, 0):
        charge(fleet, [pilot_a], 1)
        seen.append(float(fleet.current_a[0]))
    assert seen == [-8, -8, -4, -4, -4, -4, 16, 16, 16, 16, 0, 0]
