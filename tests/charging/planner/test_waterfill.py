import pickle
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from bench.planner_instances import NETWORK, three_phase

from chargewright.charging.planner import kernel, linear, waterfill
from chargewright.charging.planner.problem import Problem, build, uniform
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Steps
from chargewright.charging.tariff import DemandCharge

from .garages import START, cars, garage, key
from .test_linear import PRICES
from .test_problem import one_phase, session


@pytest.fixture(autouse=True)
def built():
    if not kernel.available():
        pytest.skip("the planner's kernel is not built: no C++ compiler was found by make setup")


def question(seed: int, goal: Goal, *, milestones: bool = False, pausing: bool = True) -> Problem:
    rng = random.Random(seed)
    site = garage(rng, 10, panel_a=rng.choice((16.0, 30.0)))
    sessions = cars(rng, site)
    if milestones:
        sessions = [
            replace(
                s, energy_min_wh=0.4 * s.energy_wh, guarantee_by=s.arrival + (s.departure - s.arrival) / 2
            )
            for s in sessions
        ]
    if not pausing:
        sessions = [replace(s, can_pause=rng.random() < 0.6) for s in sessions]
    return build(
        site,
        sessions,
        now=START,
        goal=goal,
        prices=PRICES,
        export_prices=Steps.of(0.05),
        carbon_g_per_kwh=PRICES.scaled(900.0),
        demand_charges=[DemandCharge(name="all day", per_kw=5.0, peak_so_far_w=2000.0)],
        base_power_w=Steps.of([(None, -4000.0), (START + timedelta(hours=2), 3000.0)]),
        reserved={key(3): Steps.of(5.0)} if seed % 2 else None,
    )


def over_a(problem: Problem, current_a) -> float:
    carried = problem.wires.carried_a(problem.dense(current_a))
    return float((carried - problem.wires.limit_a).max(initial=-1.0))


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(2, 8))
def test_its_bound_lies_below_the_optimum_and_its_plan_above_and_both_are_near(goal, seed):
    for problem in (
        question(seed, goal),
        question(seed, goal, milestones=True),
        question(seed, goal, pausing=False),
    ):
        found, _ = waterfill.solve(problem)
        best = linear.solve(problem)
        assert best is not None
        assert best.gap is not None
        assert best.gap < 2e-6, f"seed {seed}"
        assert found.lower_bound is not None
        assert found.lower_bound <= best.objective * (1 + 1e-7), f"seed {seed}"
        assert found.objective >= best.objective * (1 - 3e-6), f"seed {seed}"
        assert over_a(problem, found.current_a) < 1e-7, f"seed {seed}"
        assert (found.current_a >= problem.entry_min_a).all()
        assert (found.current_a <= problem.entry_max_a).all()
        if found.gap <= waterfill.TARGET:
            assert found.objective <= best.objective * (1 + waterfill.TARGET), f"seed {seed}"


@pytest.mark.parametrize("goal", [Goal.COST, Goal.BALANCE, Goal.PEAK])
@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_and_the_plain_implementation_agree(goal, seed):
    problem = question(seed, goal, milestones=seed % 2 == 0, pausing=seed < 2)
    compiled, _ = waterfill.solve(problem, rounds_most=20, target=0.0, compiled=True)
    plain, _ = waterfill.solve(problem, rounds_most=20, target=0.0, compiled=False)
    assert compiled.objective == pytest.approx(plain.objective, rel=1e-6), f"seed {seed}"
    assert compiled.lower_bound == pytest.approx(plain.lower_bound, rel=1e-6), f"seed {seed}"
    assert compiled.current_a == pytest.approx(plain.current_a, abs=1e-3), f"seed {seed}"
    assert compiled.wire_price == pytest.approx(plain.wire_price, rel=1e-4, abs=1e-4 * plain.wire_price.max())


@pytest.mark.skipif(not NETWORK.exists(), reason="the real wiring (../shared/data) is not here")
@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK])
@pytest.mark.parametrize("limit_kw", [150.0, 60.0, 30.0])
def test_a_real_three_phase_garage_is_certified_with_exact_circles(limit_kw, goal):
    site, sessions, asked = three_phase(0, limit_kw=limit_kw)
    problem = build(site, sessions, goal=goal, mixtures=False, energy_value_per_kwh=5.0, **asked)
    # all alike in haste: many plans are as good as each other, and the peak swings long
    alike = replace(problem, scarce=np.ones_like(problem.scarce))
    for question in (problem, alike):
        found, _ = waterfill.solve(question)
        assert found.gap is not None
        assert found.gap <= waterfill.TARGET
        carried = question.wires.carried_a(question.dense(found.current_a))
        assert (carried - question.wires.limit_a).max(initial=-1.0) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_refilling_keeps_circles_where_nobody_draws_less_than_planned(seed):
    problem = build(
        garage(random.Random(seed), 10, panel_a=20.0),
        cars(random.Random(seed), garage(random.Random(seed), 10, panel_a=20.0)),
        now=START,
        mixtures=False,
    )
    for rounds in (5, 10, 20):
        for compiled in (True, False):
            found, _ = waterfill.solve(problem, rounds_most=rounds, target=0.0, compiled=compiled)
            assert over_a(problem, found.current_a) < 1e-7, f"seed {seed}"


def test_the_same_problem_has_the_same_answer_to_the_last_bit():
    first, _ = waterfill.solve(question(3, Goal.COST))
    second, _ = waterfill.solve(question(3, Goal.COST))
    assert first.current_a.tobytes() == second.current_a.tobytes()
    assert (first.objective, first.lower_bound) == (second.objective, second.lower_bound)


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK])
def test_a_warm_start_takes_fewer_rounds_and_is_as_good(goal):
    rounds = []
    for seed in range(2, 8):
        rng = random.Random(seed)
        site = garage(rng, 10)
        sessions = [replace(s, departure=s.departure + timedelta(hours=1)) for s in cars(rng, site)]

        def at(minutes, sessions=sessions, site=site, goal=goal):
            now = START + timedelta(minutes=minutes)
            return build(site, sessions, now=now, goal=goal, prices=PRICES, demand_charge_per_kw=5.0)

        _, left = waterfill.solve(at(0))
        # five minutes later a quarter of the wishes has changed
        sessions = [
            replace(s, energy_wh=s.energy_wh * (0.9 if i % 4 == 0 else 1.0)) for i, s in enumerate(sessions)
        ]
        cold, _ = waterfill.solve(at(5, sessions))
        warm, _ = waterfill.solve(at(5, sessions), warm=left)
        assert warm.gap is not None
        assert warm.objective <= cold.objective * (1 + 2 * waterfill.TARGET), f"seed {seed}"
        assert warm.lower_bound <= cold.objective
        if cold.gap is not None and cold.gap <= waterfill.TARGET:
            rounds.append((int(warm.detail.split()[0]), int(cold.detail.split()[0])))
    assert len(rounds) >= 4
    assert sum(w for w, _ in rounds) < 0.9 * sum(c for _, c in rounds), rounds


@pytest.mark.parametrize("goal", [Goal.COST, Goal.PEAK, Goal.BALANCE])
def test_a_warm_start_outlives_arrivals_departures_and_the_passing_of_slots(goal):
    rounds = []
    for seed in range(2, 8):
        rng = random.Random(seed)
        site = garage(rng, 10)
        everybody = [replace(s, departure=s.departure + timedelta(hours=1)) for s in cars(rng, site)]
        first = min(everybody, key=lambda s: s.departure)
        asked = {"goal": goal, "prices": PRICES, "demand_charge_per_kw": 5.0}
        before = build(site, everybody[1:], now=START, **asked)
        _, left = waterfill.solve(before)
        # a slot later: one car came, one is gone, and the others stand in another order
        now = [s for s in reversed(everybody) if s is not first]
        after = build(site, now, now=START + timedelta(minutes=5), **asked)
        cold, _ = waterfill.solve(after)
        warm, state = waterfill.solve(after, warm=pickle.loads(pickle.dumps(left)))
        assert warm.gap is not None
        assert cold.gap is not None
        assert warm.gap <= max(waterfill.TARGET, cold.gap), f"seed {seed}"
        assert warm.objective <= cold.objective * (1 + 2 * waterfill.TARGET), f"seed {seed}"
        assert set(state.session) == {s.id for s in now}
        rounds.append((int(warm.detail.split()[0]), int(cold.detail.split()[0])))
    # what takes a fresh start long takes every start long: then the fresh one decides
    short = [(w, c) for w, c in rounds if c <= waterfill.ROUNDS_MOST_WARM]
    assert all(w <= c + 10 for w, c in short), rounds
    assert len(short) < 3 or sum(w for w, _ in short) < sum(c for _, c in short), rounds


def test_a_guarantee_is_kept_where_it_costs_more():
    dear_first = Steps.of([(None, 0.5), (START + timedelta(hours=1), 0.1)])
    wish = {"end_min": 120, "energy_wh": 3680.0}
    by = START + timedelta(hours=1)
    plain = build(
        one_phase(50.0),
        [session(0, **wish)],
        now=START,
        goal=Goal.COST,
        horizon=uniform(900, 8),
        prices=dear_first,
    )
    held = build(
        one_phase(50.0),
        [session(0, energy_min_wh=1840.0, guarantee_by=by, **wish)],
        now=START,
        goal=Goal.COST,
        horizon=uniform(900, 8),
        prices=dear_first,
    )
    for solve in (lambda p: waterfill.solve(p)[0], linear.solve):
        free, kept = solve(plain), solve(held)
        assert (free.current_a[:4] == 0).all() or free.current_a[:4].max() < 1e-3
        assert (kept.current_a[:4] * 0.230 / 4).sum() == pytest.approx(1.84, rel=1e-4)


def test_a_charge_that_counts_only_at_times_leaves_the_rest_alone():
    active = Steps.of([(None, 0.0), (START + timedelta(hours=1), 1.0)])
    problem = build(
        one_phase(50.0),
        [session(0, end_min=120, energy_wh=5520.0)],
        now=START,
        goal=Goal.COST,
        horizon=uniform(900, 8),
        demand_charges=[DemandCharge(name="on-peak", per_kw=9.0, active=active)],
    )
    # 3680 Wh fit before; the other 1840 Wh are spread over the hour that counts
    for solve in (lambda p: waterfill.solve(p)[0], linear.solve):
        found = solve(problem)
        assert found.current_a == pytest.approx([16.0] * 4 + [8.0] * 4, rel=1e-3)


def test_energy_that_costs_more_than_it_is_worth_is_left_away_only_where_a_value_is_given():
    steep = Steps.of([(None, 0.5), (START + timedelta(minutes=30), 0.1)])
    for value, served in ((0.3, 1840.0), (0.6, 3680.0), (None, 3680.0)):
        problem = build(
            one_phase(50.0),
            [session(0, energy_wh=3680.0)],
            now=START,
            goal=Goal.COST,
            horizon=uniform(900, 4),
            prices=steep,
            energy_value_per_kwh=value,
        )
        found, _ = waterfill.solve(problem)
        assert 3680.0 - problem.shortfall_wh(found.current_a)[0] == pytest.approx(served, abs=1.0)


def test_nobody_there_is_nothing_to_do():
    problem = build(one_phase(50.0), [], now=START, goal=Goal.PEAK)
    found, _ = waterfill.solve(problem)
    assert found.objective == 0.0
    assert np.size(found.current_a) == 0
