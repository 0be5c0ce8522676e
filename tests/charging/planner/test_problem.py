import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.problem import HORIZON, OVERDUE_S, Session, build, uniform
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Node, Outlet, Steps, from_tree
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

from .garages import START, cars, garage, key


def one_phase(limit_a, evses=2, **node):
    outlets = [Outlet(key=key(i), node="main", connection="R", current_max_a=32.0) for i in range(evses)]
    return from_tree(SiteId("s"), "s", [Node(id="main", limit_a=limit_a, **node)], outlets)


def session(number=0, *, begin_min=0.0, end_min=60.0, energy_wh=2300.0, **more):
    return Session(
        id=f"s{number}",
        evse=key(number),
        arrival=START + timedelta(minutes=begin_min),
        departure=START + timedelta(minutes=end_min),
        energy_wh=energy_wh,
        **{"current_max_a": 16.0, **more},
    )


def test_the_horizon_is_fine_first_and_coarse_later():
    assert np.diff(HORIZON)[:12].tolist() == [300.0] * 12
    assert HORIZON[12] == 3600
    assert HORIZON[-1] == 48 * 3600
    assert set(np.diff(HORIZON)) == {300.0, 900.0, 3600.0}


def test_entries_cover_exactly_the_time_that_the_car_is_there():
    problem = build(
        one_phase(50.0),
        [session(0, begin_min=7, end_min=22), session(1, begin_min=-30, end_min=10)],
        now=START,
        horizon=uniform(600, 6),
    )
    assert problem.ptr.tolist() == [0, 3, 4]
    assert problem.entry_slot.tolist() == [0, 1, 2, 0]
    assert problem.entry_hours * 60 == pytest.approx([3, 10, 2, 10])
    assert problem.entry_kwh_per_a[1] == pytest.approx(0.230 / 6)
    # nothing after the last departure
    assert problem.edges_s.tolist() == [0.0, 600.0, 1200.0, 1800.0]


def test_a_car_that_should_have_left_is_still_planned():
    problem = build(one_phase(50.0), [session(end_min=-5)], now=START, horizon=uniform(300, 12))
    assert problem.entry_hours.sum() * 3600 == pytest.approx(OVERDUE_S)


def test_a_limit_that_cannot_bind_is_left_out_and_one_that_can_is_kept():
    # the second car is there in the second half only: 16 A first, then 32 A, under 20 A
    both = [session(0), session(1, begin_min=30)]
    problem = build(one_phase(20.0), both, now=START, horizon=uniform(1800, 2))
    assert problem.wires.name == ("main R",)
    assert problem.wires.limit_a.tolist() == [[np.inf, 20.0]]
    assert build(one_phase(32.0), both, now=START).wires.name == ()


def test_a_lower_limit_inside_a_slot_holds_for_the_whole_slot_and_base_and_reserve_count():
    site = one_phase(((START, 30.0), (START + timedelta(minutes=10), 12.0)), evses=3, base_a=2.0)
    problem = build(
        site,
        [session(0), session(1)],
        now=START,
        horizon=uniform(900, 4),
        reserved={key(2): Steps.of(4.0), key(0): Steps.of(9.0)},
    )
    wires = problem.wires
    free = wires.limit_a - wires.carried_a(np.zeros((2, 4)))
    assert free.tolist() == [[6.0] * 4]


def test_a_ceiling_that_was_sent_bounds_the_entries():
    ceiling = Steps.of([(None, 8.0), (START + timedelta(minutes=15), 16.0)])
    problem = build(one_phase(50.0), [session(ceiling_a=ceiling)], now=START, horizon=uniform(600, 6))
    assert problem.entry_max_a.tolist() == [8.0, 8.0, 16.0, 16.0, 16.0, 16.0]


def test_minima_of_cars_that_cannot_pause_stand_where_all_fit():
    site = one_phase(((START, 8.0), (START + timedelta(minutes=30), 20.0)))
    problem = build(
        site, [session(0, can_pause=False), session(1, can_pause=False)], now=START, horizon=uniform(1800, 2)
    )
    assert problem.entry_min_a.tolist() == [0.0, 6.0, 0.0, 6.0]


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_a_request_add_up_and_the_first_is_the_dearest(goal, seed):
    rng = random.Random(seed)
    sessions = [
        replace(s, energy_min_wh=s.energy_wh / 3, energy_delivered_wh=rng.uniform(0, 9000))
        for s in cars(rng, garage(rng, 5))
    ]
    problem = build(garage(random.Random(seed), 5), sessions, now=START, goal=goal)
    weights = problem.weights
    assert weights.part_kwh.sum(axis=1) == pytest.approx(problem.energy_wh / 1000), f"seed {seed}"
    assert (np.diff(weights.part_cost, axis=1) < 0).all()
    lacking_all = problem.objective(np.zeros(len(problem.entry_slot)))
    assert lacking_all == pytest.approx(float((weights.part_kwh * weights.part_cost).sum()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 9},
        {"current_min_a": 20.0},
        {"weight": 0.0},
        {"step_a": 0.0},
        {"watts_per_a": 0.0},
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(InvalidInput):
        build(one_phase(50.0), [session(**wrong)], now=START)


def test_no_sessions_make_an_empty_problem():
    problem = build(one_phase(50.0), [], now=START, goal=Goal.PEAK)
    assert problem.slots == 1
    assert len(problem.entry_slot) == 0


def test_a_car_that_was_switched_keeps_so_for_its_time_where_there_is_room():
    lately = session(0, end_min=60, on_until=START + timedelta(minutes=20))
    waits = session(1, end_min=60, current_max_a=32.0, off_until=START + timedelta(minutes=20))
    asked = {"now": START, "horizon": uniform(900, 4)}
    problem = build(one_phase(40.0), [lately, waits], **asked)
    # slots of a quarter of an hour: the second one begins before the time is over
    assert problem.dense(problem.entry_min_a).tolist() == [[6.0, 6.0, 0.0, 0.0], [0.0] * 4]
    assert problem.dense(problem.entry_max_a)[1].tolist() == [0.0, 0.0, 32.0, 32.0]
    # two minima do not fit under 10 A: none is kept, and limits come first
    both = [lately, session(1, end_min=60, on_until=START + timedelta(minutes=20))]
    assert not build(one_phase(10.0), both, **asked).entry_min_a.any()


def test_a_car_that_must_stay_on_is_on_in_what_is_sent_though_others_would_come_first():
    dear = Steps.of([(None, 0.5), (START + timedelta(minutes=30), 0.1)])
    lately = session(0, end_min=120, energy_wh=3000.0, on_until=START + timedelta(minutes=10))
    made = plan(one_phase(32.0), [lately], now=START, goal=Goal.COST, prices=dear, horizon=uniform(900, 8))
    assert made.tenths_a[0, :3].tolist() == [60, 0, 160]


def test_cars_whose_wiring_is_scarce_wait_for_those_they_share_wires_with():
    outlets = [
        Outlet(key=key(i), node="main", connection=c, current_max_a=32.0)
        for i, c in enumerate(("AB", "AB", "AB", "BC", "CA"))
    ]
    site = from_tree(SiteId("s"), "s", [Node(id="main", limit_a=40.0)], outlets)
    problem = build(site, [session(i) for i in range(5)], now=START, horizon=uniform(900, 4))
    assert problem.scarce == pytest.approx([1, 1, 1, 1 / 9, 1 / 9])
    # a star has no phasors to share: nobody is scarce
    assert build(one_phase(40.0), [session(0)], now=START).scarce.tolist() == [1.0]


def test_how_late_energy_is_worth_less_never_outweighs_prices_or_a_goal_without_money():
    prices = Steps.of([(None, 0.30), (START + timedelta(minutes=30), 0.10)])
    asked = {"now": START, "horizon": uniform(900, 4), "prices": prices}
    for goal, value, early in (
        (Goal.COST, None, 0.0003),
        (Goal.COST, 0.3, 0.003),
        (Goal.COST, 0.9, 0.009),
        # a value that is only meant to have energy served
        (Goal.COST, 50.0, 0.015),
    ):
        problem = build(one_phase(20.0), [session(0)], goal=goal, energy_value_per_kwh=value, **asked)
        assert problem.weights.early_cost == pytest.approx(early), (goal, value)
    with_value, without = (
        build(one_phase(20.0), [session(0)], goal=Goal.PEAK, energy_value_per_kwh=value, **asked)
        for value in (5.0, None)
    )
    assert with_value.weights.early_cost == without.weights.early_cost
