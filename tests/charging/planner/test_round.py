import random
from dataclasses import replace

import numpy as np
import pytest

from chargewright.charging.planner.linear import solve
from chargewright.charging.planner.problem import build, uniform
from chargewright.charging.planner.round import to_hardware
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import loads

from .garages import START, cars, garage
from .test_problem import one_phase, session


def rounded(problem, firm_slots):
    found = solve(problem)
    assert found is not None
    return problem.dense(found.current_a), to_hardware(problem, found.current_a, firm_slots=firm_slots)


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(12))
def test_near_slots_hold_only_what_hardware_knows_and_no_row_breaks(goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 12, panel_a=rng.choice((14.0, 25.0, 40.0)))
    rates = (None, (8.0, 16.0, 24.0, 32.0), tuple(float(a) for a in range(6, 33)))
    sessions = [
        replace(s, rates_a=rng.choice(rates), step_a=rng.choice((0.1, 1.0)), charging=rng.random() < 0.5)
        for s in cars(rng, site)
    ]
    problem = build(site, sessions, now=START, goal=goal)
    _, tenths = rounded(problem, 3)
    for i, s in enumerate(sessions):
        lowest = min(s.rates_a) if s.rates_a else s.current_min_a
        for value in tenths[i, :3] / 10:
            assert value == 0 or lowest <= value <= s.current_max_a, f"seed {seed}"
            assert s.rates_a is None or value in {0.0, *s.rates_a}, f"seed {seed}"
            if s.rates_a is None and s.step_a == 1.0:
                assert value == int(value)
    for t in range(problem.slots):
        at = {s.evse: tenths[i, t] / 10 for i, s in enumerate(sessions)}
        for row, (carried, limit) in loads(site, at, START).items():
            assert carried <= limit + 1e-6, f"seed {seed}, {row}, slot {t}"


@pytest.mark.parametrize("seed", range(8))
def test_rounding_costs_delay_not_energy(seed):
    rng = random.Random(seed)
    site = garage(rng, 12, panel_a=30.0)
    problem = build(site, cars(rng, site), now=START, goal=Goal.BALANCE, horizon=uniform(300, 24))
    table, tenths = rounded(problem, 24)
    hours_wh = problem.dense(problem.entry_kwh_per_a) * 1000
    relaxed = np.minimum((table * hours_wh).sum(axis=1), problem.energy_wh).sum()
    real = np.minimum((tenths / 10 * hours_wh).sum(axis=1), problem.energy_wh).sum()
    assert real > 0.97 * relaxed, f"seed {seed}"


def test_a_solvers_last_digit_costs_no_tenth():
    problem = build(one_phase(50.0), [session(0, energy_wh=9e9)], now=START, horizon=uniform(300, 4))
    tenths = to_hardware(problem, np.full(4, 15.99999), firm_slots=2)
    assert tenths.tolist() == [[160] * 4]


def test_snapping_to_a_tenth_never_breaks_a_limit():
    # each current is 0.05 mA below a tenth, and the wire has no room for two such gifts
    both = [session(i, energy_wh=9e9) for i in range(2)]
    site = one_phase(31.9999)
    problem = build(site, both, now=START, horizon=uniform(300, 6))
    for firm in (0, 6):
        tenths = to_hardware(problem, np.full(12, 15.99995), firm_slots=firm)
        assert tenths.sum(axis=0).tolist() == [319] * 6
    assert to_hardware(problem, np.full(12, 15.99995), firm_slots=3)[:, 0].tolist() == [160, 159]


def test_two_shares_below_the_minimum_become_one_car_that_charges():
    both = [session(i, energy_wh=9000.0, end_min=120) for i in range(2)]
    problem = build(one_phase(8.0), both, now=START, horizon=uniform(300, 24))
    tenths = to_hardware(problem, np.full(48, 4.0), firm_slots=24)
    assert set(tenths.sum(axis=0).tolist()) == {80}
    assert ((tenths == 0) | (tenths >= 60)).all()
    # and they take turns: what one is given the other is owed
    assert np.abs(tenths.sum(axis=1) - 80 * 12).max() <= 80


def test_a_car_that_cannot_pause_is_never_switched_off():
    pair = [session(0, can_pause=False, energy_wh=300.0, end_min=180), session(1, energy_wh=9000.0)]
    problem = build(one_phase(10.0), pair, now=START, goal=Goal.PEAK)
    _, tenths = rounded(problem, 3)
    assert (tenths[0, :3] >= 60).all()


def test_what_rounding_frees_goes_to_those_that_lack_it():
    trio = [session(i, energy_wh=9000.0, current_min_a=0.0) for i in range(3)]
    problem = build(one_phase(16.0, evses=3), trio, now=START, horizon=uniform(300, 12))
    tenths = to_hardware(problem, np.full(36, 16 / 3), firm_slots=0)
    assert tenths.sum(axis=0).tolist() == [160] * 12


@pytest.mark.parametrize("goal", [Goal.ENERGY, Goal.PRIORITY, Goal.BALANCE])
def test_where_only_energy_counts_no_room_is_left_that_a_car_could_take(goal):
    # the plan spreads the first car's energy thinly, and leaves room beside it that hardware in steps can take
    steps = (8.0, 16.0, 24.0, 32.0)
    two = [session(i, energy_wh=9000.0, end_min=120, rates_a=steps) for i in range(2)]
    problem = build(one_phase(32.0), two, now=START, goal=goal, horizon=uniform(300, 24))
    tenths = to_hardware(problem, np.concatenate([np.full(24, 12.0), np.full(24, 9.0)]), firm_slots=1)
    assert tenths[:, 0].sum() == 320


def test_where_a_peak_counts_steps_do_not_take_more_than_the_plan():
    steps = (8.0, 16.0, 24.0, 32.0)
    two = [session(i, energy_wh=9000.0, end_min=120, rates_a=steps) for i in range(2)]
    problem = build(one_phase(32.0), two, now=START, goal=Goal.PEAK, horizon=uniform(300, 24))
    tenths = to_hardware(problem, np.concatenate([np.full(24, 12.0), np.full(24, 9.0)]), firm_slots=1)
    assert tenths[:, 0].sum() <= 240


@pytest.mark.parametrize("rates", [None, (8.0, 16.0, 24.0, 32.0)])
def test_no_car_that_takes_the_place_of_one_that_leaves_makes_a_peak_before(rates):
    # averaged over a quarter of an hour the second car would charge beside the first, which leaves after five minutes
    leaves = session(0, energy_wh=9e9, end_min=5, rates_a=rates)
    follows = session(1, energy_wh=9e9, end_min=30, rates_a=rates)
    problem = build(one_phase(100.0), [leaves, follows], now=START, goal=Goal.PEAK, horizon=uniform(300, 6))
    planned = np.array([16.0, 0.0, 16.0, 16.0, 16.0, 16.0, 16.0])
    tenths = to_hardware(problem, planned, firm_slots=6)
    assert tenths.sum(axis=0).tolist() == [160] * 6


@pytest.mark.parametrize("seed", range(10))
def test_steps_of_hardware_make_no_peak_that_the_plan_has_not(seed):
    rng = random.Random(seed)
    site = garage(rng, 12, panel_a=100.0)
    steps = (8.0, 16.0, 24.0, 32.0)
    sessions = [replace(s, rates_a=steps, charging=rng.random() < 0.5) for s in cars(rng, site)]
    problem = build(site, sessions, now=START, goal=Goal.PEAK, peak_so_far_w=12_000.0)
    table, tenths = rounded(problem, 6)
    planned_w = (table * problem.watts_per_a[:, None]).sum(axis=0).max()
    sent_w = (tenths / 10 * problem.watts_per_a[:, None]).sum(axis=0)[:6]
    one_car_w = 8.0 * problem.watts_per_a.max()
    assert sent_w.max() <= max(planned_w, 12_000.0, one_car_w) + 1.0, f"seed {seed}"


def test_a_car_that_charges_goes_on_where_the_plan_could_as_well_serve_another():
    site = one_phase(10.0)
    for first in (0, 1):
        both = [replace(session(i, energy_wh=9e9), charging=i == first) for i in range(2)]
        problem = build(site, both, now=START, horizon=uniform(300, 4))
        served_later = np.zeros((2, 4))
        served_later[1 - first, :2] = served_later[first, 2:] = 5.0
        tenths = to_hardware(problem, served_later[problem.entry_session, problem.entry_slot], firm_slots=1)
        assert tenths[first, 0] == 100
        assert tenths[1 - first, 0] == 0


def test_a_car_that_charges_gives_way_to_one_that_the_plan_needs_on():
    both = [replace(session(i, energy_wh=9e9), charging=i == 0) for i in range(2)]
    problem = build(one_phase(10.0), both, now=START, horizon=uniform(300, 4))
    urgent = np.zeros((2, 4))
    urgent[1] = 10.0
    tenths = to_hardware(problem, urgent[problem.entry_session, problem.entry_slot], firm_slots=1)
    assert tenths[:, 0].tolist() == [0, 100]
