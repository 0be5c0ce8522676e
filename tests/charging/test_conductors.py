"""Cars with fewer conductors than their EVSE: against every conductor tried by hand."""

import cmath
import itertools
import math
import random
from datetime import UTC, datetime

import pytest

from chargewright.charging.conductors import loaded
from chargewright.charging.planner.check import violations
from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.problem import Session, uniform
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Node, Outlet, Site, from_tree
from chargewright.ids import SiteId, StationId

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PHASES = "RST"


def key(number: int) -> EvseKey:
    return EvseKey(StationId(f"CP{number}"))


def site_with(connections: list[str], *, limit_a: float = 40.0, unbalance_max_a: float | None = None) -> Site:
    node = Node(id="main", limit_a=limit_a, limit_kw=20.0, unbalance_max_a=unbalance_max_a)
    outlets = [
        Outlet(key=key(i), node="main", connection=c, current_max_a=32.0) for i, c in enumerate(connections)
    ]
    return from_tree(SiteId("s"), "s", [node], outlets)


@pytest.mark.parametrize("seed", range(30))
def test_each_wire_carries_what_its_conductors_carry(seed):
    rng = random.Random(seed)
    connections = [rng.choice(("RST", "STR", "TSR", "RS", "T", "AB")) for _ in range(4)]
    site = site_with(connections)
    used = {
        key(i): tuple(sorted(rng.sample(range(len(c)), rng.randint(1, len(c)))))
        for i, c in enumerate(connections)
        if c != "AB" and rng.random() < 0.7
    }
    idle = {key(i): rng.choice((0.0, 6.0)) for i in range(4)}
    currents = {key(i): rng.uniform(6.0, 32.0) for i in range(4)}
    rows = {row.name: row for row in loaded(site, used, idle).rows}
    for number, phase in enumerate(PHASES):
        phasors, base = [], 0.0
        for i, connection in enumerate(connections):
            if connection == "AB":
                # 30 degrees ahead of R where it leaves by R, and the opposite where it comes back by S
                if phase in "RS":
                    phasors.append(
                        cmath.rect(currents[key(i)] * (1 if phase == "R" else -1), math.radians(30))
                    )
                continue
            for conductor, letter in enumerate(connection):
                if letter != phase:
                    continue
                if conductor in used.get(key(i), range(len(connection))):
                    phasors.append(cmath.rect(currents[key(i)], math.radians(-120 * number)))
                else:
                    base += idle[key(i)]
        worst = max(
            abs(sum(p for p, on in zip(phasors, mixture, strict=True) if on))
            for mixture in itertools.product((False, True), repeat=len(phasors))
        )
        row = rows[f"main {phase}"]
        carried = float(row.worst_case(currents)) + row.base_a.at(START)
        assert carried == pytest.approx(worst + base, rel=1e-9), f"seed {seed}, {phase}"


def test_a_one_phase_car_leaves_its_other_phases_to_others():
    site = site_with(["RST", "STR"], limit_a=32.0)
    cars = [
        Session(
            id=f"s{i}",
            evse=key(i),
            arrival=START,
            departure=START.replace(hour=8),
            energy_wh=60e3,
            current_max_a=32.0,
        )
        for i in range(2)
    ]
    # one loads R, the other S: side by side each can have the whole fuse
    narrow = loaded(site, {key(0): (0,), key(1): (0,)}, dict.fromkeys(site.evses, 0.0))
    asked = {"now": START, "goal": Goal.ENERGY, "horizon": uniform(3600, 2)}
    wide, free = plan(site, cars, **asked), plan(narrow, cars, **asked)
    assert [sum(row) for row in wide.tenths_a.T.tolist()] == [289, 289]  # 20 kW over three phases
    assert free.tenths_a.tolist() == [[320, 320], [320, 320]]
    assert free.violations == ()
    assert violations(site, free.limits(), start=free.start, end=free.end) != ()


def test_what_the_next_car_may_draw_stays_reserved():
    site = site_with(["RST", "STR"], limit_a=32.0)
    narrow = loaded(site, {key(0): (0,)}, {key(0): 6.0, key(1): 6.0})
    loads = {
        row.name: (row.worst_case({key(0): 10.0, key(1): 0.0}), row.base_a.at(START)) for row in narrow.rows
    }
    assert [float(loads[f"main {p}"][0]) for p in PHASES] == pytest.approx([10.0, 0.0, 0.0])
    assert [loads[f"main {p}"][1] for p in PHASES] == pytest.approx([0.0, 6.0, 6.0])
    assert loads["main power"] == (pytest.approx(10.0), 12.0)


def test_a_one_phase_car_at_a_three_phase_station_counts_as_uneven():
    site = site_with(["RST", "RST"], unbalance_max_a=16.0)
    narrow = loaded(site, {key(0): (0,)}, dict.fromkeys(site.evses, 6.0))
    drawn = {key(0): 20.0, key(1): 20.0}
    found = {row.name: float(row.worst_case(drawn)) + row.base_a.at(START) for row in narrow.rows}
    assert [found[f"main {p} unbalance"] for p in PHASES] == [pytest.approx(20.0), 0.0, 0.0]


def test_a_car_with_all_conductors_changes_nothing():
    site = site_with(["RST", "R"])
    assert loaded(site, {key(0): (0, 1, 2), key(1): (0,)}, dict.fromkeys(site.evses, 6.0)) is site
