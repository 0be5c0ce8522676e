import cmath
import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chargewright.errors import InvalidInput
from chargewright.simulator.ev import Car
from chargewright.simulator.physics import (
    SITE_EXPORT,
    SITE_POWER,
    Judge,
    wiring_of,
    wiring_of_network,
    wiring_of_tree,
)

AT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
EAGER = Car(capacity_wh=1e9, soc=0.1, follow_s=0)


def network(rng, stations=7, rows=5):
    """A network file with random wiring."""
    names = [f"S{n}" for n in range(stations)]
    return {
        "stations": [
            {"id": name, "voltage_v": 208, "phase_angle_deg": rng.choice([30.0, -90.0, 150.0])}
            for name in names
        ],
        "constraints": [
            {
                "name": f"row {r}",
                "limit_a": rng.uniform(20, 90),
                "coefficients": {name: rng.choice([1.0, -1.0, 0.25]) for name in names if rng.random() < 0.7},
            }
            for r in range(rows)
        ],
        "parameters": {"transformer_kw": 1000},
    }


def judge_with_cars(wiring, cars):
    judge = Judge(wiring)
    for place, car in enumerate(cars):
        judge.fleet.arrive(place, car)
    return judge


@pytest.mark.parametrize("seed", range(10))
def test_a_networks_rows_are_the_phasor_sums_of_its_file(seed):
    rng = random.Random(seed)
    net = network(rng)
    judge = judge_with_cars(wiring_of_network(net, limit_kw=None), [EAGER] * 7)
    seconds_above = 0
    breaches = dict.fromkeys((row["name"] for row in net["constraints"]), 0)
    for second in range(200):
        pilots = [rng.choice([0, 6, 8, 16, 31.5]) for _ in range(7)]
        kept = judge.step(np.array(pilots, dtype=float), AT + timedelta(seconds=second + 1))
        current = {f"S{n}": pilots[n] for n in range(7)}
        angle = {s["id"]: math.radians(s["phase_angle_deg"]) for s in net["stations"]}
        broken = [
            row["name"]
            for row in net["constraints"]
            if abs(sum(c * cmath.rect(current[s], angle[s]) for s, c in row["coefficients"].items()))
            > row["limit_a"] + 1e-6
        ]
        assert kept == (not broken), f"seed {seed}, second {second}"
        seconds_above += bool(broken)
        for name in broken:
            breaches[name] += 1
    assert judge.seconds_above == seconds_above > 0
    assert judge.breaches == {name: seconds for name, seconds in breaches.items() if seconds}


TREE = {
    "phase_v": 230.0,
    "nodes": [
        {"id": "main", "limit_a": {"r": 40.0, "s": 50.0, "t": 60.0}, "base_a": 2.0, "limit_kw": 26.0},
        {"id": "sub", "parent": "main", "limit_a": 30.0, "base_a": {"r": 1.0, "s": 0.0, "t": 3.0}},
    ],
    "evses": [
        {"station": "A", "node": "sub", "connection": "RST", "current_max_a": 32.0},
        {"station": "B", "node": "sub", "connection": "STR", "current_max_a": 32.0},
        {"station": "C", "node": "main", "connection": "T", "current_max_a": 32.0},
    ],
}


@pytest.mark.parametrize("seed", range(10))
def test_a_trees_wires_are_sums_per_phase(seed):
    rng = random.Random(seed)
    phases = [rng.choice([1, 2, 3]), rng.choice([1, 2, 3]), 1]
    cars = [Car(capacity_wh=1e9, soc=0.1, follow_s=0, phases=count) for count in phases]
    judge = judge_with_cars(wiring_of(TREE), cars)
    above = 0
    for second in range(100):
        a, b, c = pilots = [float(rng.choice([0, 6, 10, 16, 25, 32])) for _ in range(3)]
        judge.step(np.array(pilots), AT + timedelta(seconds=second + 1))
        sub, main = {"R": 1.0, "S": 0.0, "T": 3.0}, {"R": 3.0, "S": 2.0, "T": 5.0}
        for current, order in ((a, "RST"[: phases[0]]), (b, "STR"[: phases[1]])):
            for phase in order:
                sub[phase] += current
                main[phase] += current
        main["T"] += c
        watts = 230 * (a * phases[0] + b * phases[1] + c + 10)
        over = any(sub[p] > 30 for p in "RST") or any(main[p] > {"R": 40, "S": 50, "T": 60}[p] for p in "RST")
        above += over or watts > 26_000
        expected = max(
            max(sub[p] / 30 for p in "RST"), *(main[p] / {"R": 40, "S": 50, "T": 60}[p] for p in "RST")
        )
        wires = [wire.limit for wire in judge.wiring.wires]
        assert max(judge.loads() / wires) == pytest.approx(expected), f"seed {seed}"
    assert judge.seconds_above == above, f"seed {seed}"


def test_energy_and_peak_are_those_of_the_currents():
    judge = judge_with_cars(wiring_of(TREE), [Car(capacity_wh=1e9, soc=0.1, follow_s=0, phases=3)] * 2)
    for second in range(3600):
        pilots = [16.0, 10.0, 0.0] if second < 1800 else [8.0, 0.0, 0.0]
        judge.step(np.array(pilots), AT + timedelta(seconds=second + 1))
    assert judge.peak_w == pytest.approx(3 * 230 * 26)
    assert judge.energy_wh == pytest.approx(3 * 230 * (26 + 8) / 2)
    assert [point.at for point in judge.trace[:3]] == [
        AT + timedelta(seconds=1),
        AT + timedelta(seconds=60),
        AT + timedelta(seconds=120),
    ]
    assert judge.trace[1].power_w == pytest.approx(3 * 230 * 26)


def test_the_power_of_the_whole_site_is_a_limit_of_its_own():
    tree = {**TREE, "nodes": [{"id": "main", "limit_kw": 5.0}, {"id": "sub", "parent": "main"}]}
    judge = judge_with_cars(wiring_of(tree), [Car(capacity_wh=1e9, soc=0.1, follow_s=0, phases=3)])
    assert judge.step(np.array([7.0, 0, 0]), AT)
    assert not judge.step(np.array([8.0, 0, 0]), AT)
    assert judge.breaches == {SITE_POWER: 1.0}


def test_a_wire_without_any_capacity_still_must_carry_nothing():
    tree = {**TREE, "nodes": [{"id": "main", "limit_a": 0.0}, {"id": "sub", "parent": "main"}]}
    judge = judge_with_cars(wiring_of(tree), [EAGER])
    assert judge.step(np.array([0.0, 0, 0]), AT)
    assert not judge.step(np.array([6.0, 0, 0]), AT)


def test_a_transformer_is_scaled_to_the_limit_that_is_asked_for():
    net = {
        "stations": [{"id": "S", "voltage_v": 208, "phase_angle_deg": 0.0}],
        "constraints": [
            {"name": "Secondary A", "limit_a": 100.0, "coefficients": {"S": 1.0}},
            {"name": "Pod", "limit_a": 80.0, "coefficients": {"S": 1.0}},
        ],
        "parameters": {"transformer_kw": 150},
    }
    wiring = wiring_of({"network": net, "limit_kw": 30})
    assert [wire.limit for wire in wiring.wires] == [20.0, 80.0]
    assert wiring.limit_kw == 30


def test_line_to_line_connections_in_a_tree_are_refused():
    tree = {"nodes": [{"id": "main"}], "evses": [{"station": "A", "node": "main", "connection": "AB"}]}
    with pytest.raises(InvalidInput, match="star"):
        wiring_of_tree(tree)


# --- energy given back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_currents_that_are_given_back_turn_their_phasors(seed):
    rng = random.Random(seed)
    net = network(rng)
    giver = Car(capacity_wh=1e9, soc=0.6, follow_s=0, discharge_max_a=40)
    judge = judge_with_cars(wiring_of_network(net, limit_kw=None), [giver] * 7)
    angle = {s["id"]: math.radians(s["phase_angle_deg"]) for s in net["stations"]}
    for second in range(100):
        pilots = [rng.choice([-31.5, -16, -3, 0, 8, 31.5]) for _ in range(7)]
        judge.step(np.array(pilots, dtype=float), AT + timedelta(seconds=second + 1))
        expected = [
            abs(sum(c * cmath.rect(pilots[int(s[1:])], angle[s]) for s, c in row["coefficients"].items()))
            for row in net["constraints"]
        ]
        assert judge.loads().tolist() == pytest.approx(expected), f"seed {seed}, second {second}"


def test_what_cars_give_takes_the_base_load_off_a_wire_and_off_the_site():
    tree = {
        "phase_v": 230.0,
        "nodes": [{"id": "main", "limit_a": 20.0, "base_a": 12.0, "limit_kw": 9.0, "export_max_kw": 2.0}],
        "evses": [{"station": "A", "node": "main", "connection": "RST"}],
    }
    car = Car(capacity_wh=1e9, soc=0.6, follow_s=0, phases=3, discharge_max_a=32)
    judge = judge_with_cars(wiring_of(tree), [car])
    carried = {}
    for second, pilot_a in enumerate((0.0, -10.0, -14.0, -16.0, -31.9, -32.0), start=1):
        kept = judge.step(np.array([pilot_a]), AT + timedelta(seconds=second))
        carried[pilot_a] = (kept, float(judge.loads()[0]))
    # 690 V in all: 12 A of base load; 2 kW flow back from 2.899 A on, and 20 A in a wire only past 32 A
    assert carried == {
        0.0: (True, 12.0),
        -10.0: (True, 2.0),
        -14.0: (True, 2.0),
        -16.0: (False, 4.0),
        -31.9: (False, pytest.approx(19.9)),
        -32.0: (False, 20.0),
    }
    assert judge.breaches == {SITE_EXPORT: 3.0}
    assert judge.peak_w == 0.0
    assert judge.energy_wh == 0.0
    assert judge.exported_wh == pytest.approx(690 * (10 + 14 + 16 + 31.9 + 32) / 3600)


def test_what_is_drawn_and_what_is_given_are_counted_apart():
    car = Car(capacity_wh=1e9, soc=0.6, follow_s=0, phases=3, discharge_max_a=32)
    judge = judge_with_cars(wiring_of(TREE), [car, car])
    for second in range(3600):
        judge.step(np.array([-16.0, 10.0, 0.0]), AT + timedelta(seconds=second + 1))
    assert judge.energy_wh == pytest.approx(690 * 10)
    assert judge.exported_wh == pytest.approx(690 * 16)
    assert judge.trace[1].power_w == pytest.approx(690 * -6)
