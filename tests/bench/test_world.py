import math
import random
from dataclasses import replace

import numpy as np
import pytest
from bench.evaluation.baselines import Sorted, Uncontrolled, earliest_deadline, least_laxity
from bench.evaluation.data import DATA, SLOT_H, Replay, Visit, load
from bench.evaluation.world import SCENARIOS, Ideal, Network, Outcome, TwoStage, battery_for, live

from .garages import START, lines, visit


def test_room_is_what_bisection_finds():
    rng = random.Random(7)
    network = Network(lines(limit_a=60.0, stations=6))
    for _ in range(200):
        current = np.array([rng.uniform(0, 20) for _ in network.stations])
        station = rng.randrange(6)
        current[station] = 0.0
        sums = network.phasors @ current
        if (np.abs(sums) > network.limit_a).any():
            continue
        low, high = 0.0, 500.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            tried = np.abs(sums + network.phasors[:, station] * middle)
            low, high = (middle, high) if (tried <= network.limit_a).all() else (low, middle)
        assert network.room_a(sums, station) == pytest.approx(low, abs=1e-6)


@pytest.mark.parametrize("soc", [0.1, 0.7, 0.78, 0.9])
@pytest.mark.parametrize("power_w", [1_400.0, 4_000.0, 6_600.0])
def test_a_battery_with_a_tail_follows_its_differential_equation(soc, power_w):
    battery = TwoStage(20_000.0, soc, 6_600.0)
    steps, energy, at = 200_000, 0.0, soc
    for _ in range(steps):
        taken = min(power_w, 6_600.0 * min(1.0, (1 - at) / 0.2)) * SLOT_H / steps
        at += taken / 20_000.0
        energy += taken
    assert battery.take(power_w) == pytest.approx(energy, rel=1e-4)
    assert battery.soc == pytest.approx(at, rel=1e-5)


def test_no_power_and_no_room_take_nothing():
    assert TwoStage(20_000.0, 0.5, 6_600.0).take(0.0) == 0.0
    car = Ideal(100.0)
    assert car.take(6_000.0) == 100.0
    assert car.take(6_000.0) == 0.0
    assert Ideal(10_000.0, 3_600.0).take(50_000.0) == pytest.approx(300.0)


@pytest.mark.parametrize(("energy_wh", "stay_slots"), [(5_000.0, 60), (18_000.0, 60), (39_000.0, 110)])
def test_the_published_battery_can_just_take_its_energy_in_its_stay(energy_wh, stay_slots):
    found = battery_for(energy_wh, stay_slots, voltage_v=208.0, as_published=False)
    battery = replace(found, max_w=32 * 208.0)
    taken = sum(battery.take(32 * 208.0) for _ in range(stay_slots))
    assert taken == pytest.approx(energy_wh, rel=1e-6)
    fuller = replace(found, max_w=32 * 208.0, soc=found.soc + 1e-3)
    assert sum(fuller.take(32 * 208.0) for _ in range(stay_slots)) < energy_wh


def test_a_visit_that_wants_too_much_gets_an_empty_battery():
    assert battery_for(50_000.0, 2, voltage_v=208.0).soc == 0.0


def test_figures_of_an_outcome_worked_out_by_hand():
    out = Outcome(
        controller="x",
        energy_wh=np.array([1_000.0, 500.0, 0.0, 2_100.0]),
        wanted_wh=np.array([1_000.0, 1_000.0, 1_000.0, 2_000.0]),
        power_w=np.array([0.0, 700.0, 300.0]),
    )
    assert out.demand_met == pytest.approx(3_500 / 5_000)
    assert out.fully_met == 0.5
    assert out.jain == pytest.approx(2.5**2 / (4 * 2.25))
    assert out.worst_decile == 0.0
    assert out.peak_w == 700.0


class _Says:
    """Allows what a list says, slot by slot, to every car."""

    name = "says"

    def __init__(self, amps: list[float]) -> None:
        self.amps = amps

    def currents(self, slot, cars, peak_w):
        return np.full(len(cars), self.amps[slot])


def replay_of(*visits: Visit, limit_a: float = 60.0) -> Replay:
    return Replay(
        name="test", network=lines(limit_a=limit_a, stations=6), start=START, visits=visits, left_out={}
    )


def test_energy_power_pauses_and_unknown_currents_are_counted():
    replay = replay_of(visit(0, 0, 6, energy_wh=1_000.0))
    network = Network(replay.network)
    out = live(replay, network, _Says([16.0, 0.0, 7.5, 40.0, 16.0, 16.0]), scenario=SCENARIOS["III"])
    per_a = 208.0 * SLOT_H
    most = 6_600.0 * SLOT_H
    # 16 A, a pause, 7.5 A (unknown), 40 A (unknown, and more than the car takes), and then what is left
    assert out.power_w[:4] / 208 == pytest.approx([16.0, 0.0, 7.5, 6_600 / 208], rel=1e-9)
    assert out.energy_wh[0] == pytest.approx(1_000.0)
    assert 16 * per_a + 7.5 * per_a + most < 1_000.0
    assert (out.pauses, out.refused) == (1, 2)


def test_overloads_count_rows_and_slots_by_phasors():
    # two lines with an angle of 120 degrees between them: |a + b| is the size of either where they are alike
    replay = replay_of(visit(0, 0, 2), visit(1, 0, 2), limit_a=20.0)
    network = Network(replay.network)
    angle = math.radians(60)
    for amps in (11.0, 20.5):
        out = live(replay, network, _Says([amps, 0.0]))
        expected = sum(
            abs(complex(a * math.cos(angle) + b, a * math.sin(angle))) > 20.0
            for a, b in ((amps, amps), (amps, 0.0), (0.0, amps))
        )
        assert out.overloads == expected, amps


def test_a_full_car_is_no_longer_asked():
    replay = replay_of(visit(0, 0, 30, energy_wh=6_000.0))
    network = Network(replay.network)
    out = live(replay, network, Uncontrolled(), scenario=SCENARIOS["IV"])
    assert out.energy_wh[0] == pytest.approx(6_000.0, rel=0.03)
    assert len(out.decided_ms) < 30


@pytest.mark.skipif(not DATA.exists(), reason="the real sessions (../shared/data) are not here")
@pytest.mark.parametrize(
    ("limit_kw", "order", "percent"), [(20, earliest_deadline, 72.39), (30, least_laxity, 86.75)]
)
def test_published_controllers_meet_the_published_share_of_demand(limit_kw, order, percent):
    replay = load("caltech-2019-03")
    network = Network(replay.network, limit_kw)
    out = live(replay, network, Sorted("sorted", network, order))
    assert 100 * out.demand_met == pytest.approx(percent, abs=0.02)
    assert out.overloads == 0
