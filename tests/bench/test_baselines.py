import random

import numpy as np
import pytest
from bench.evaluation.baselines import (
    EqualShare,
    RoundRobin,
    Sorted,
    earliest_deadline,
    first_come,
    least_laxity,
)
from bench.evaluation.world import Car, Network

from .garages import RATES, lines


def wire(limit_a: float, stations: int) -> Network:
    """All stations on one wire and one phase: shares can be worked out by hand."""
    file = lines(limit_a=limit_a, stations=stations)
    for station in file["stations"]:
        station["phase_angle_deg"] = 0.0
    names = [station["id"] for station in file["stations"]]
    file["constraints"] = [{"name": "wire", "limit_a": limit_a, "coefficients": dict.fromkeys(names, 1.0)}]
    return Network(file)


def car(
    station: int, *, arrival: int = 0, departure: int = 100, left_wh: float = 50_000.0, known: bool = False
) -> Car:
    return Car(
        id=str(station),
        station=station,
        arrival_slot=arrival,
        departure_slot=departure,
        energy_wh=left_wh,
        voltage_v=208.0,
        current_max_a=32.0,
        rates_a=np.array(RATES) if known else None,
    )


def test_all_currents_rise_together_until_each_has_enough():
    network = wire(60.0, 4)
    little_wh = 4.0 * 208 / 12
    cars = [car(0), car(1), car(2), car(3, left_wh=little_wh)]
    given = EqualShare(network).currents(0, cars, 0.0)
    assert given == pytest.approx([56 / 3, 56 / 3, 56 / 3, 4.0], abs=1e-2)


def test_the_earliest_deadline_is_served_first():
    network = wire(40.0, 3)
    cars = [car(0, departure=90), car(1, departure=20), car(2, departure=50)]
    given = Sorted("edf", network, earliest_deadline).currents(0, cars, 0.0)
    assert given == pytest.approx([0.0, 32.0, 8.0], abs=1e-4)


def test_the_first_come_and_the_least_patient_are_served_first():
    network = wire(32.0, 2)
    cars = [car(0, arrival=3, left_wh=1_000.0), car(1, arrival=1, left_wh=30_000.0)]
    assert Sorted("fcfs", network, first_come).currents(5, cars, 0.0) == pytest.approx([0.0, 32.0], abs=1e-4)
    urgent = [car(0, arrival=3, departure=40), car(1, arrival=1, left_wh=500.0)]
    assert Sorted("llf", network, least_laxity).currents(5, urgent, 0.0)[0] == pytest.approx(32.0, abs=1e-4)


def test_nobody_is_interrupted_where_stations_know_few_currents():
    network = wire(20.0, 4)
    cars = [car(i, departure=50 + i, known=True) for i in range(4)]
    given = Sorted("edf", network, earliest_deadline).currents(0, cars, 0.0)
    # three minima of 6 A fit; the first takes what is left
    assert given.tolist() == [8.0, 6.0, 6.0, 0.0]
    assert RoundRobin(network).currents(0, cars, 0.0).tolist() == [7.0, 7.0, 6.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_no_controller_breaks_a_wire(seed):
    rng = random.Random(seed)
    network = Network(lines(limit_a=rng.uniform(20, 80), stations=9))
    for known in (False, True):
        cars = [
            car(
                i,
                arrival=rng.randrange(5),
                departure=rng.randrange(10, 90),
                left_wh=rng.uniform(50, 9_000),
                known=known,
            )
            for i in range(9)
        ]
        chosen = [
            Sorted("edf", network, earliest_deadline),
            Sorted("llf", network, least_laxity),
            RoundRobin(network),
        ]
        for controller in [*chosen, *([] if known else [EqualShare(network)])]:
            given = controller.currents(6, cars, 0.0)
            assert network.overloads(given) == 0, (seed, controller.name)
            assert given.sum() > 0, (seed, controller.name)
            if known:
                assert set(given.tolist()) <= set(RATES), (seed, controller.name)
