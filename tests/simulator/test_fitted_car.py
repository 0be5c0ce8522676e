import random
from dataclasses import replace

import numpy as np
import pytest

from chargewright.simulator.ev import Fleet
from chargewright.simulator.fitted_car import KNEE_SOC, fitted_car

V = 208.0
FULL_A = 32.0


def seconds_until_done(car, most_s):
    """How long it takes at full power; the fleet's own physics is the oracle for the closed form."""
    fleet = Fleet(np.array([V]))
    fleet.arrive(0, replace(car, follow_s=0.0))
    for second in range(most_s):
        if fleet.full[0]:
            return second
        fleet.step(np.array([FULL_A]))
    return most_s


@pytest.mark.parametrize("seed", range(8))
def test_the_energy_is_reached_just_in_time_or_the_car_leaves_full(seed):
    rng = random.Random(seed)
    stay_s = rng.uniform(1.0, 9.0) * 3600
    energy_wh = rng.uniform(0.2, 0.95) * FULL_A * V * stay_s / 3600
    car = fitted_car(energy_wh, stay_s=stay_s, current_max_a=FULL_A, voltage_v=V)
    assert (car.soc_target - car.soc) * car.capacity_wh == pytest.approx(energy_wh)
    assert car.soc_target <= 1.0
    took_s = seconds_until_done(car, int(2 * stay_s))
    if car.soc_target == pytest.approx(1.0):
        assert took_s <= stay_s + 1, f"seed {seed}"
    else:
        assert took_s == pytest.approx(stay_s, abs=stay_s * 0.002 + 2), f"seed {seed}"


def test_a_session_that_full_power_cannot_serve_has_no_slow_stage():
    car = fitted_car(30_000, stay_s=3600, current_max_a=FULL_A, voltage_v=V)
    assert car.soc_target <= KNEE_SOC
    assert car.soc == pytest.approx(0.0)


def test_more_than_the_largest_battery_holds_makes_a_larger_one():
    assert fitted_car(130_000, stay_s=1e6, current_max_a=FULL_A, voltage_v=V).capacity_wh == pytest.approx(
        130_000 / KNEE_SOC
    )
