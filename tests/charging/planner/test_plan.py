import builtins
import itertools
import random
from datetime import timedelta

import pytest

from chargewright.charging.planner import kernel
from chargewright.charging.planner.check import violations
from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Steps

from .garages import START, cars, garage, key
from .test_linear import PRICES
from .test_problem import one_phase, session


@pytest.mark.parametrize("engine", ["waterfill", "linear", "greedy"])
@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(6))
def test_every_plan_passes_the_checker(engine, goal, seed):
    rng = random.Random(seed)
    site = garage(rng, 10, panel_a=rng.choice((16.0, 30.0)))
    made = plan(
        site, cars(rng, site), now=START, goal=goal, engine=engine, prices=PRICES, demand_charge_per_kw=5.0
    )
    assert made.violations == ()
    assert violations(site, made.limits(), start=made.start, end=made.end) == ()
    assert made.engine == engine
    assert set(made.limits()) == set(site.evses)
    if engine == "linear":
        assert made.gap is not None
        assert made.gap < 1e-6
    if engine == "greedy":
        assert made.lower_bound is None
    for own in made.limits().values():
        assert own[0][0] == START
        assert all(a[1] != b[1] for a, b in itertools.pairwise(own))


def test_the_same_input_gives_the_same_plan():
    def once():
        rng = random.Random(4)
        site = garage(rng, 12)
        return plan(site, cars(rng, site), now=START, goal=Goal.PEAK)

    assert once().limits() == once().limits()


def test_without_highs_the_plan_says_so(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "highspy":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.setattr(kernel, "available", lambda: False)
    made = plan(one_phase(10.0), [session(0)], now=START)
    assert (made.engine, made.why) == ("greedy", "HiGHS is not installed")
    assert made.unmet_wh["s0"] < 10.0
    with pytest.raises(ImportError):
        plan(one_phase(10.0), [session(0)], now=START, engine="linear")


def test_a_late_solver_gives_way_and_the_plan_says_so():
    rng = random.Random(1)
    site = garage(rng, 10, panel_a=20.0)
    made = plan(site, cars(rng, site), now=START, time_limit_s=0.0, engine="linear")
    assert made.engine == "greedy"
    assert "not solved within 0 s" in made.why
    assert made.violations == ()


def test_reserved_currents_stand_in_the_limits_and_a_hopeless_site_is_not_called_safe():
    site = one_phase(20.0, evses=3)
    reserve = Steps.of([(None, 8.0), (START + timedelta(minutes=30), 0.0)])
    made = plan(site, [session(0, energy_wh=9000.0)], now=START, reserved={key(1): reserve})
    assert made.limits()[key(1)] == ((START, 80), (START + timedelta(minutes=30), 0))
    assert made.limits()[key(2)] == ((START, 0),)
    assert made.limits()[key(0)] == ((START, 120), (START + timedelta(minutes=30), 160))
    assert made.violations == ()
    lost = plan(site, [session(0)], now=START, reserved={key(1): Steps.of(21.0)})
    assert lost.limits()[key(0)] == ((START, 0),)
    assert {v.row for v in lost.violations} == {"main R"}


def test_a_plan_tells_what_binds_what_is_missing_and_how_long_it_took():
    ticks = itertools.count(10.0, 2.5)
    for engine in ("waterfill", "linear", "greedy"):
        made = plan(
            one_phase(10.0),
            [session(0, energy_wh=9000.0)],
            now=START,
            engine=engine,
            timer=lambda: next(ticks),
        )
        assert made.duration_s == 2.5
        assert made.unmet_wh == {"s0": pytest.approx(9000.0 - 2300.0)}
        assert made.peak_power_w == pytest.approx(2300.0)
        assert made.explanation() == (f"main R is full in 12 of 12 slots, first at {START.isoformat()}",)


def test_the_first_quarter_of_an_hour_is_exact():
    made = plan(one_phase(9.0), [session(0, energy_wh=9000.0), session(1, energy_wh=9000.0)], now=START)
    assert made.firm_slots == 3
    near = made.tenths_a[:, :3]
    assert ((near == 0) | (near >= 60)).all()


def test_an_empty_site_is_planned_at_nothing():
    made = plan(one_phase(9.0), [], now=START)
    assert made.limits() == {key(0): ((START, 0),), key(1): ((START, 0),)}
    assert made.violations == ()


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("beside_wh", [None, 2300.0])
def test_a_rest_below_a_slot_at_the_minimum_is_served_before_the_car_leaves(goal, beside_wh):
    # the second car only makes the horizon longer than the firm slots, or draws too
    sessions = [
        session(0, end_min=10, energy_wh=30.0),
        session(1, begin_min=0 if beside_wh else 60, end_min=240, energy_wh=beside_wh or 4600.0),
    ]
    made = plan(one_phase(50.0), sessions, now=START, goal=goal, prices=PRICES, demand_charge_per_kw=5.0)
    assert made.violations == ()
    assert made.unmet_wh["s0"] == 0.0
    assert sorted(made.tenths_a[0].tolist())[-2:] == [0, 60]


@pytest.mark.parametrize("goal", list(Goal))
def test_a_car_that_should_have_left_gets_its_small_rest_at_once(goal):
    sessions = [session(0, end_min=-5, energy_wh=30.0), session(1, begin_min=60, end_min=240)]
    made = plan(one_phase(50.0), sessions, now=START, goal=goal, prices=PRICES, demand_charge_per_kw=5.0)
    assert made.tenths_a[0].tolist()[:3] == [60, 0, 0]


def test_a_rest_that_costs_more_than_it_is_worth_is_left_where_energy_has_a_value():
    sessions = [session(0, end_min=10, energy_wh=30.0), session(1, begin_min=60, end_min=240, energy_wh=50.0)]
    asked = {"goal": Goal.COST, "demand_charge_per_kw": 10.0, "energy_value_per_kwh": 5.0}
    made = plan(one_phase(50.0), sessions, now=START, **asked)
    assert not made.tenths_a[0].any()
