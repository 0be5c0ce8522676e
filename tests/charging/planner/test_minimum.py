import random
from dataclasses import replace
from datetime import timedelta

import highspy
import numpy as np
import pytest
from bench.planner_instances import instance

from chargewright.charging.planner import kernel, linear, waterfill
from chargewright.charging.planner.minimum import with_minimum
from chargewright.charging.planner.normal_form import normal_form
from chargewright.charging.planner.problem import build, uniform
from chargewright.charging.planner.room import Room
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Node, Outlet, Steps, from_tree
from chargewright.ids import SiteId

from .garages import START, cars, garage, key
from .test_linear import PRICES
from .test_problem import one_phase, session


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK, Goal.BALANCE])
@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_between_nothing_and_the_minimum_and_no_wire_carries_too_much(goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 10, panel_a=rng.choice((20.0, 60.0)))
    sessions = cars(rng, site, appetite=0.5)
    problem = build(site, sessions, now=START, goal=goal, prices=PRICES, energy_value_per_kwh=5.0)
    relaxed, _ = waterfill.solve(problem, target=1e-3, compiled=True)
    found = with_minimum(problem, relaxed, compiled=True)
    least = np.array([s.current_min_a for s in sessions])[problem.entry_session]
    on = found.current_a > 1e-6
    assert (found.current_a[on] >= least[on] - 1e-6).all(), f"seed {seed}"
    carried = problem.wires.carried_a(problem.dense(found.current_a))
    assert (carried - problem.wires.limit_a).max(initial=-1.0) < 1e-6, f"seed {seed}"
    assert found.objective == pytest.approx(problem.objective(found.current_a))
    assert found.objective >= relaxed.lower_bound


def test_thin_energy_is_gathered_without_loss():
    # two cars of 16 A want 8 A for an hour each under 16 A: taking turns serves both in full
    sessions = [session(n, energy_wh=1840.0, current_min_a=12.0) for n in range(2)]
    problem = build(one_phase(16.0), sessions, now=START, goal=Goal.PEAK, horizon=uniform(900, 4))
    if not kernel.available():
        pytest.skip("the planner's kernel is not built: no C++ compiler was found by make setup")
    relaxed, _ = waterfill.solve(problem)
    found = with_minimum(problem, relaxed)
    table = problem.dense(found.current_a)
    assert problem.shortfall_wh(found.current_a) == pytest.approx([0.0, 0.0], abs=1.0)
    assert ((table < 1e-6) | (table > 12.0 - 1e-6)).all()
    assert (table.sum(axis=0) <= 16.0 + 1e-6).all()


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK])
@pytest.mark.parametrize("seed", [100, 103, 104])
def test_a_garage_short_of_power_loses_next_to_nothing_to_the_minimum(goal, seed):
    # its feeder is full most of the day: who is on at the wrong time costs others their energy
    site, sessions, asked = instance(54, 288, seed)
    sessions = [replace(s, current_min_a=s.current_max_a / 2) for s in sessions]
    problem = build(site, sessions, goal=goal, energy_value_per_kwh=5.0, **asked)
    relaxed, _ = waterfill.solve(problem, compiled=True)
    found = with_minimum(problem, relaxed, compiled=True)
    assert found.gap is not None
    assert found.gap < 3e-3, f"seed {seed}"
    carried = problem.wires.carried_a(problem.dense(found.current_a))
    assert (carried - problem.wires.limit_a).max(initial=-1.0) < 1e-6, f"seed {seed}"


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK, Goal.ENERGY])
def test_it_is_near_branch_and_bound_where_every_switch_counts(goal):
    over = []
    for seed in range(6):
        rng = random.Random(seed)
        # one phase: no circles, which branch and bound would have to leave out
        nodes = [Node(id="main", limit_a=45.0)]
        nodes += [Node(id=f"panel{p}", parent="main", limit_a=rng.choice((25.0, 32.0))) for p in range(2)]
        outlets = [
            Outlet(key=key(i), node=f"panel{i % 2}", connection="R", current_max_a=16.0) for i in range(6)
        ]
        site = from_tree(SiteId("s"), "s", nodes, outlets)
        problem = build(
            site,
            [replace(s, current_min_a=10.0) for s in cars(rng, site, hours=1.0)],
            now=START,
            goal=goal,
            prices=PRICES,
            horizon=uniform(900, 6),
            energy_value_per_kwh=5.0,
            demand_charge_per_kw=0.2,
        )
        relaxed, _ = waterfill.solve(problem, compiled=True)
        found = with_minimum(problem, relaxed, compiled=True)
        over.append(found.objective / by_branch_and_bound(problem) - 1)
    assert min(over) > -1e-6, over
    assert sum(over) / len(over) < 0.02, over


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK])
@pytest.mark.parametrize("seed", range(3))
def test_without_the_kernel_it_is_nearly_as_good(goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 10, panel_a=40.0)
    problem = build(
        site, cars(rng, site, appetite=0.5), now=START, goal=goal, prices=PRICES, energy_value_per_kwh=5.0
    )
    relaxed = linear.solve(problem)
    assert relaxed is not None
    compiled, plain = (with_minimum(problem, relaxed, compiled=flag) for flag in (True, False))
    assert plain.objective <= compiled.objective * 1.1, f"seed {seed}"
    least = np.array([s.current_min_a for s in problem.sessions])[problem.entry_session]
    on = plain.current_a > 1e-6
    assert (plain.current_a[on] >= least[on] - 1e-6).all(), f"seed {seed}"
    carried = problem.wires.carried_a(problem.dense(plain.current_a))
    assert (carried - problem.wires.limit_a).max(initial=-1.0) < 1e-6, f"seed {seed}"


def by_branch_and_bound(problem) -> float:
    """The objective of the best plan with minima."""
    form = normal_form(problem)
    highs = linear.loaded(form)
    least = np.array([s.current_min_a for s in problem.sessions])[problem.entry_session]
    least = least * problem.watts_per_a[problem.entry_session] / 1000
    for entry, (low, high) in enumerate(zip(least, form.high, strict=True)):
        switch = highs.addVariable(0.0, 1.0, type=highspy.HighsVarType.kInteger)
        highs.addRow(-highspy.kHighsInf, 0.0, 2, np.array([entry, switch.index]), np.array([1.0, -high]))
        highs.addRow(0.0, highspy.kHighsInf, 2, np.array([entry, switch.index]), np.array([1.0, -low]))
    for i in range(len(form.energy)):
        # more may be offered than is wanted
        highs.addCol(0.0, 0.0, highspy.kHighsInf, 1, np.array([i], dtype=np.int32), np.array([-1.0]))
    highs.setOptionValue("solver", "choose")
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    constant = -float(form.peak_cost @ form.peak_floor)
    return float(highs.getInfo().objective_function_value) + constant


@pytest.mark.parametrize("seed", range(10))
def test_room_is_exact(seed):
    rng = random.Random(seed)
    site = garage(rng, 8)
    problem = build(site, cars(rng, site), now=START)
    form = normal_form(problem)
    x = np.random.default_rng(seed).uniform(0, 0.3, len(form.low)) * form.high
    room = Room(form, x, peak_kw=form.peak_most)
    kw_per_a = problem.watts_per_a[problem.entry_session] / 1000
    limits = problem.wires.limit_a
    for i in range(len(form.energy)):
        own, slots = room.entries(i), room.slots(i)
        fits = room.of(i)
        for factor, holds in ((0.999, True), (1.001, False)):
            more = x.copy()
            more[own] += np.minimum(fits, 1e3) * factor
            over = problem.wires.carried_a(problem.dense(more / kw_per_a)) - limits
            reach = np.isfinite(fits) & (fits > 1e-3)
            assert ((over[:, slots].max(axis=0, initial=-1.0) < 1e-6) == holds)[reach].all(), f"seed {seed}"


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("goal", [Goal.ENERGY, Goal.BALANCE, Goal.PEAK, Goal.COST])
def test_a_rest_below_one_slot_at_the_minimum_is_offered_the_minimum_once(goal, alone):
    # 30 Wh, where five minutes at 6 A are 115 Wh: the car stops by itself
    cheap_later = Steps.of([(None, 0.5), (START + timedelta(minutes=10), 0.1)])
    for end_min in (5, 20):
        sessions = [session(0, end_min=end_min, energy_wh=30.0)]
        sessions += [] if alone else [session(1, energy_wh=2300.0)]
        problem = build(
            one_phase(50.0),
            sessions,
            now=START,
            goal=goal,
            horizon=uniform(300, 12),
            prices=cheap_later,
            demand_charge_per_kw=0.5,
        )
        relaxed, _ = waterfill.solve(problem)
        found = with_minimum(problem, relaxed)
        table = problem.dense(found.current_a)
        assert problem.shortfall_wh(found.current_a) == pytest.approx(np.zeros(len(sessions)), abs=2.0)
        assert ((table < 1e-6) | (table > 6.0 - 1e-6)).all()
        assert table[0].max() == pytest.approx(6.0)
        assert np.count_nonzero(table[0]) == 1
        # what is offered beyond that wish is no energy of the other's
        assert alone or table[1].sum() * 0.230 / 12 == pytest.approx(2.3, rel=1e-3)


def test_a_rest_that_costs_more_than_it_is_worth_is_left():
    problem = build(
        one_phase(50.0),
        [session(0, end_min=5, energy_wh=30.0)],
        now=START,
        goal=Goal.COST,
        horizon=uniform(300, 1),
        demand_charge_per_kw=10.0,
        energy_value_per_kwh=5.0,
    )
    relaxed, _ = waterfill.solve(problem)
    assert with_minimum(problem, relaxed).current_a.tolist() == [0.0]
