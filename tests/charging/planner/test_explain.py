"""Explanations against brute force: lift the limit, plan again, and compare."""

import random
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chargewright.charging.planner import linear
from chargewright.charging.planner.explain import Cause, Reason, explain
from chargewright.charging.planner.problem import Problem, build, uniform
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Site, Steps

from .garages import START, cars, garage
from .test_problem import one_phase, session

PRICES = Steps.of([(None, 0.30), (START + timedelta(hours=1), 0.40), (START + timedelta(hours=3), 0.10)])


def solved(problem: Problem) -> Solution:
    found = linear.solve(problem)
    assert found is not None
    return found


def lifted(site: Site, reason: Reason, by_a: float) -> Site:
    """The site with one limit higher by so much while the reason lasts."""

    def raised(steps: Steps) -> Steps:
        starts = tuple(sorted({*steps.starts, reason.start, reason.end}))
        first = starts[0] - timedelta(seconds=1)
        return Steps.of(
            [
                (at, steps.at(at) + (by_a if reason.start <= at < reason.end else 0.0))
                for at in (first, *starts)
            ]
        )

    rows = tuple(
        replace(row, limit_a=raised(row.limit_a)) if row.name == reason.row else row for row in site.rows
    )
    return replace(site, rows=rows)


@pytest.mark.parametrize("goal", [Goal.COST, Goal.CARBON, Goal.BALANCE])
@pytest.mark.parametrize("seed", range(4))
def test_a_lifted_limit_saves_what_its_worth_says(goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 6, panel_a=18.0, main_a=30.0)
    sessions = cars(rng, site, hours=4.0, appetite=0.4 if seed % 2 else 1.0)

    def asked(wires: Site) -> Problem:
        return build(
            wires,
            sessions,
            now=START,
            goal=goal,
            prices=PRICES,
            carbon_g_per_kwh=PRICES.scaled(900),
            horizon=uniform(1800, 12),
        )

    problem = asked(site)
    before = solved(problem)
    worths = {
        (reason.row, reason.start, reason.end): reason
        for one in explain(problem, before)
        for reason in one.reasons
        if reason.row is not None
    }
    assert worths, f"seed {seed}"
    for reason in list(worths.values())[:6]:
        after_problem = asked(lifted(site, reason, 1.0))
        after = solved(after_problem)
        saved = before.objective - after.objective
        slack = 1e-6 * abs(before.objective)
        assert reason.worth_per_a is not None
        # the worth is the slope where the ampere begins; the slope where it ends bounds the saving from below
        assert saved <= reason.worth_per_a + slack, f"seed {seed}: {reason}"
        names = after_problem.wires.name
        inside = (problem.edges_s[:-1] >= (reason.start - START).total_seconds()) & (
            problem.edges_s[1:] <= (reason.end - START).total_seconds()
        )
        still = after.wire_price[names.index(reason.row), inside].sum() if reason.row in names else 0.0
        assert saved >= still - slack, f"seed {seed}: {reason}"


def test_a_full_limit_is_named_until_it_ends_with_what_an_ampere_saves():
    # one wire of 10 A, two cars with 10 A each for one hour of cheap power: the rest of the time is dearer
    problem = build(
        one_phase(10.0),
        [
            session(0, end_min=120, energy_wh=2300.0, current_max_a=16.0),
            session(1, end_min=120, energy_wh=2300.0),
        ],
        now=START,
        goal=Goal.COST,
        prices=Steps.of([(None, 0.1), (START + timedelta(hours=1), 0.5)]),
        horizon=uniform(3600, 2),
    )
    for one in explain(problem, solved(problem), currency="EUR", zone=ZoneInfo("Europe/Berlin")):
        assert one.unmet_wh == pytest.approx(0.0, abs=1.0)
        limits = [reason for reason in one.reasons if reason.cause is Cause.WIRE and reason.start == START]
        for reason in limits:
            assert reason.row == "main R"
            assert reason.end == START + timedelta(hours=1)
            # one ampere for an hour at 230 V is moved from 0.5 to 0.1
            assert reason.worth_per_a == pytest.approx(0.23 * 0.4, rel=0.01)
            assert reason.text == "limited by main R until 08:00; one more ampere would save 0.09 EUR"
        assert limits or one.reasons[0].cause in {Cause.PRICE, Cause.OTHERS, Cause.SERVED}


def test_a_car_that_waits_for_cheap_power_says_until_when_and_how_much_cheaper():
    problem = build(
        one_phase(32.0),
        [session(0, end_min=240, energy_wh=3000.0)],
        now=START,
        goal=Goal.COST,
        prices=PRICES,
        horizon=uniform(3600, 4),
    )
    (one,) = explain(problem, solved(problem), currency="EUR")
    first = one.reasons[0]
    assert (first.cause, first.start, first.end) == (Cause.PRICE, START, START + timedelta(hours=3))
    # an hour at 0.30 and two at 0.40 are left out for 0.10
    assert first.text == "waits for 09:00, cheaper by 0.27 EUR per kWh"
    assert one.met_at == START + timedelta(hours=4)
    assert one.text == "all that it wants by 10:00"


def test_a_car_without_enough_time_is_told_when_it_could_have_it():
    sessions = [session(0, end_min=60, energy_wh=4600.0, current_max_a=10.0)]
    problem = build(one_phase(32.0), sessions, now=START, horizon=uniform(1800, 2))
    (one,) = explain(problem, solved(problem))
    assert {reason.cause for reason in one.reasons} == {Cause.CAR}
    assert one.unmet_wh == pytest.approx(2300.0, abs=1)
    assert one.lift_row is None
    assert one.met_at == START + timedelta(hours=2)
    assert "too short even at full current" in one.text


def test_a_car_short_under_a_full_limit_is_told_which_and_lifting_it_serves_what_is_said():
    sessions = [session(i, end_min=60, energy_wh=3000.0) for i in range(2)]
    problem = build(one_phase(16.0), sessions, now=START, goal=Goal.PEAK, horizon=uniform(3600, 1))
    found = solved(problem)
    for one in explain(problem, found):
        if one.unmet_wh > 10:
            assert one.lift_row == "main R"
            (reason,) = one.reasons
            assert reason.cause is Cause.WIRE
            assert "one more ampere would serve 0.23 kWh more" in reason.text
    more = build(one_phase(17.0), sessions, now=START, goal=Goal.PEAK, horizon=uniform(3600, 1))
    gained = problem.shortfall_wh(found.current_a).sum() - more.shortfall_wh(solved(more).current_a).sum()
    assert gained == pytest.approx(230.0, rel=0.01)


def test_the_peak_the_station_and_rounding_are_named():
    sessions = [session(0, end_min=120, energy_wh=2300.0)]
    problem = build(one_phase(64.0), sessions, now=START, goal=Goal.PEAK, horizon=uniform(3600, 2))
    (one,) = explain(problem, solved(problem))
    assert {reason.cause for reason in one.reasons} == {Cause.PEAK}
    greedy_car = [session(0, end_min=60, energy_wh=9000.0, current_max_a=64.0)]
    problem = build(one_phase(64.0), greedy_car, now=START, horizon=uniform(3600, 1))
    (one,) = explain(problem, solved(problem))
    assert {reason.cause for reason in one.reasons} == {Cause.STATION}
    (one,) = explain(problem, solved(problem), sent_a=np.array([20.0]))
    assert {reason.cause for reason in one.reasons} == {Cause.RATES}
    less = build(one_phase(4.0), [session(0)], now=START, horizon=uniform(3600, 1))
    (one,) = explain(less, solved(less), sent_a=np.array([0.0]))
    assert {reason.cause for reason in one.reasons} == {Cause.MINIMUM}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("goal", list(Goal))
def test_reasons_cover_the_stay_without_a_gap(goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 8, panel_a=20.0)
    problem = build(site, cars(rng, site), now=START, goal=goal, prices=PRICES)
    for session_, one in zip(problem.sessions, explain(problem, solved(problem)), strict=True):
        assert one.session == session_.id
        assert one.reasons[0].start <= session_.arrival
        assert one.reasons[-1].end >= session_.departure
        assert all(a.end == b.start for a, b in zip(one.reasons, one.reasons[1:], strict=False))
        assert all((r.row is None) == (r.cause not in {Cause.WIRE, Cause.OTHERS}) for r in one.reasons)
        assert all(r.cause is not Cause.GAP for r in one.reasons), f"seed {seed}"
