"""How fast plans are made, how good they are, and how that compares with general solvers on the same problem.

    python bench/planner.py [--only fast,small,large,scaling,warm,ticks,three_phase,random,minimum] [--rounds 5] [--seed 0]

All figures are ratios of CPU time from one process, one thread, rounds interleaved, medians. Ours starts from the
problem object and counts everything to the certified plan; general solvers start from its normal form (their own
arrays, the hand-over and the solve count). `plain` has the same worth of early energy for every session, which
general solvers find easier; `haste` is what the product plans with. What each figure means: bench/README.md.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from planner_baselines import clarabel_cones, cvxpy_by_session, highs, missing, warm_simplex
from planner_instances import NETWORK, instance, next_slot, three_phase

from chargewright.charging.planner import kernel, waterfill
from chargewright.charging.planner.minimum import with_minimum
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.problem import Problem, build
from chargewright.charging.planner.weights import Goal

GOALS = (Goal.COST, Goal.PEAK)
LOOSE, TIGHT = 1e-3, 1e-4
ENERGY_VALUE = 5.0
"""Per kWh: what unserved energy costs here. Dominant by a factor of a thousand, a gap would say nothing of the rest."""


def question(count: int, slots: int, goal: Goal, seed: int, *, tightness: float = 1.0) -> Problem:
    site, sessions, asked = instance(count, slots, seed, tightness=tightness)
    return build(site, sessions, goal=goal, energy_value_per_kwh=ENERGY_VALUE, **asked)


def plain(form: NormalForm) -> NormalForm:
    return replace(form, haste=np.ones_like(form.haste))


def ours(problem: Problem, target: float, *, same_haste: bool) -> kernel.Outcome:
    form = normal_form(problem)
    form = plain(form) if same_haste else form
    return kernel.run(form, target=target, outer_most=waterfill.ROUNDS_MOST, check_every=5, start=None)


def measured(engines: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the median CPU ms of each, and what each answered last; engines take turns."""
    spent: dict[str, list[float]] = {name: [] for name in engines}
    answers: dict[str, Any] = {}
    for number in range(rounds):
        for name, engine in engines.items():
            print(f"  {name}, round {number + 1}", file=sys.stderr)
            began = time.process_time()
            answers[name] = engine()
            spent[name].append((time.process_time() - began) * 1000)
    return {name: statistics.median(times) for name, times in spent.items()}, answers


def against(
    problem: Problem, baselines: dict[str, Callable[[NormalForm], float]], *, rounds: int, same_haste: bool
) -> dict[str, Any]:
    """Ours at both gaps, and the baselines, on one problem."""
    form = plain(normal_form(problem)) if same_haste else normal_form(problem)
    engines: dict[str, Callable[[], Any]] = {
        "ours_0.1%": lambda: ours(problem, LOOSE, same_haste=same_haste),
        "ours_0.01%": lambda: ours(problem, TIGHT, same_haste=same_haste),
    }
    for name, baseline in baselines.items():
        engines[name] = lambda baseline=baseline: baseline(form)
    took, answers = measured(engines, rounds)
    best = min(took[name] for name in baselines)
    exact = min(float(answers[name]) for name in baselines)
    return {
        "entries": len(problem.entry_slot),
        "ms": {name: round(ms, 2) for name, ms in took.items()},
        "times_faster_0.1%": {name: round(took[name] / took["ours_0.1%"], 1) for name in baselines},
        "times_faster_0.01%": {name: round(took[name] / took["ours_0.01%"], 1) for name in baselines},
        "times_faster_than_best_0.1%": round(best / took["ours_0.1%"], 1),
        "times_faster_than_best_0.01%": round(best / took["ours_0.01%"], 1),
        "certified_gap": {
            name: (answers[name].objective - answers[name].bound) / answers[name].objective
            for name in ("ours_0.1%", "ours_0.01%")
        },
        "true_gap_0.1%": answers["ours_0.1%"].objective / exact - 1,
        "true_gap_0.01%": answers["ours_0.01%"].objective / exact - 1,
    }


def fast(rounds: int, seed: int) -> dict[str, Any]:
    """1000 sessions, against HiGHS's interior point."""
    ipx = {"ipx": lambda form: highs(form, "ipx")}
    return {
        f"{goal}_{name}": against(
            question(1000, 96, goal, seed), ipx, rounds=rounds, same_haste=name == "plain"
        )
        for goal in GOALS
        for name in ("plain", "haste")
    }


def small(rounds: int, seed: int) -> dict[str, Any]:
    """54 x 288, against every method of HiGHS, and the model as CVXPY users write it."""
    methods = {"simplex": "simplex", "ipx": "ipx"}
    if missing("highspy_extras") is None:
        methods["hipo"] = "hipo"
    baselines: dict[str, Callable[[NormalForm], float]] = {
        name: lambda form, method=method: highs(form, method) for name, method in methods.items()
    }
    found: dict[str, Any] = {}
    for goal in GOALS:
        problem = question(54, 288, goal, seed)
        found[f"{goal}"] = against(problem, baselines, rounds=rounds, same_haste=True)
        why = missing("cvxpy")
        if why:
            found[f"{goal}_cvxpy"] = why
            continue
        layers = {"cvxpy_clarabel": lambda form: cvxpy_by_session(form, "CLARABEL")}
        if missing("ecos") is None:
            layers["cvxpy_ecos"] = lambda form: cvxpy_by_session(form, "ECOS")
        found[f"{goal}_cvxpy"] = against(problem, layers, rounds=rounds, same_haste=True)
    return found


def large(rounds: int, seed: int) -> dict[str, Any]:
    """5000 sessions, against the better of HiGHS's two interior points."""
    methods = {"ipx": "ipx"} | ({"hipo": "hipo"} if missing("highspy_extras") is None else {})
    baselines = {name: lambda form, method=method: highs(form, method) for name, method in methods.items()}
    # half a minute a solve: the general solvers are asked once
    return {
        f"{goal}": against(question(5000, 96, goal, seed), baselines, rounds=min(rounds, 1), same_haste=True)
        for goal in GOALS
    }


def scaling(rounds: int, seed: int) -> dict[str, Any]:
    """How time grows with the number of sessions, certified to 0.1 %."""
    found: dict[str, Any] = {}
    for goal in GOALS:
        problems = {count: question(count, 96, goal, seed) for count in (1000, 10_000, 100_000)}
        engines = {
            str(count): lambda problem=problem: ours(problem, LOOSE, same_haste=True)
            for count, problem in problems.items()
        }
        took, answers = measured(engines, rounds)
        found[f"{goal}"] = {
            "ms": {name: round(ms, 1) for name, ms in took.items()},
            "10000_over_1000": round(took["10000"] / took["1000"], 1),
            "100000_over_10000": round(took["100000"] / took["10000"], 1),
            "certified_gap": {name: (a.objective - a.bound) / a.objective for name, a in answers.items()},
            "rounds": {name: a.outer for name, a in answers.items()},
        }
    return found


def warm(rounds: int, seed: int) -> dict[str, Any]:
    """The next tick at 1000 sessions: a fiftieth of the wishes and the base load changed, from the last answer on."""
    found: dict[str, Any] = {}
    for goal in GOALS:
        site, sessions, asked = instance(1000, 96, seed)
        rng = random.Random(seed)
        changed = [
            replace(s, energy_wh=s.energy_wh * rng.uniform(0.3, 1.2)) if rng.random() < 0.02 else s
            for s in sessions
        ]
        later = dict(asked, base_power_w=asked["base_power_w"].scaled(1.02))
        before = build(site, sessions, goal=goal, energy_value_per_kwh=ENERGY_VALUE, **asked)
        after = build(site, changed, goal=goal, energy_value_per_kwh=ENERGY_VALUE, **later)
        _, left = waterfill.solve(before, target=LOOSE)
        answers: dict[str, Any] = {}
        spent: dict[str, list[float]] = {"ours_0.1%": [], "ours_cold_0.1%": [], "simplex_warm": []}
        for number in range(rounds):
            print(f"  {goal} warm, round {number + 1}", file=sys.stderr)
            # the basis of the last tick is not counted, as ours does not count the last answer
            tick = warm_simplex(normal_form(before), normal_form(after))
            for name, engine in (
                (
                    "ours_0.1%",
                    lambda left=left, after=after: waterfill.solve(after, target=LOOSE, warm=left)[0],
                ),
                ("ours_cold_0.1%", lambda after=after: waterfill.solve(after, target=LOOSE)[0]),
                ("simplex_warm", tick),
            ):
                began = time.process_time()
                answers[name] = engine()
                spent[name].append((time.process_time() - began) * 1000)
        took = {name: statistics.median(times) for name, times in spent.items()}
        found[f"{goal}"] = {
            "ms": {name: round(ms, 2) for name, ms in took.items()},
            "times_faster_than_warm_simplex": round(took["simplex_warm"] / took["ours_0.1%"], 1),
            "warm_over_cold": round(took["ours_0.1%"] / took["ours_cold_0.1%"], 2),
            "certified_gap": answers["ours_0.1%"].gap,
            "true_gap": answers["ours_0.1%"].objective / answers["simplex_warm"] - 1,
        }
    return found


def ticks(rounds: int, seed: int) -> dict[str, Any]:
    """A slot later, with what it delivered gone from the wishes and one car more: as the live loop asks."""
    found: dict[str, Any] = {}
    for size in ((54, 288), (1000, 96)):
        for goal in (*GOALS, Goal.BALANCE):
            ratios, counts = [], []
            for number in range(rounds):
                _, after, left = next_slot(*size, seed + number, goal)
                took, answers = measured(
                    {
                        "warm": lambda left=left, after=after: waterfill.solve(
                            after, sharp=waterfill.SHARP, warm=left
                        )[0],
                        "cold": lambda after=after: waterfill.solve(after, sharp=waterfill.SHARP)[0],
                    },
                    5,
                )
                ratios.append(took["warm"] / took["cold"])
                counts.append([int(answers[name].detail.split()[0]) for name in ("warm", "cold")])
            found[f"{size[0]}x{size[1]}_{goal}"] = {
                "warm_over_cold": round(statistics.median(ratios), 2),
                "rounds_warm_cold": counts,
            }
    return found


def three_phases(rounds: int, seed: int) -> dict[str, Any] | str:
    """54 x 288 on a real three-phase network with circles, against second-order cones in Clarabel."""
    if not NETWORK.exists():
        return f"{NETWORK.name} is not here (../shared/data)"
    why = missing("clarabel", "scipy")
    if why:
        return why
    found = {}
    for limit_kw in (150.0, 60.0, 30.0):
        for goal in GOALS:
            site, sessions, asked = three_phase(seed, limit_kw=limit_kw)
            problem = build(
                site, sessions, goal=goal, mixtures=False, energy_value_per_kwh=ENERGY_VALUE, **asked
            )
            found[f"{limit_kw:g}kW_{goal}"] = against(
                problem, {"clarabel_soc": clarabel_cones}, rounds=rounds, same_haste=True
            )
    return found


def random_instances(count: int) -> dict[str, Any]:
    """Instances that were never used for tuning, sites short of power among them: how many get a certificate."""
    target, by_kernel, by_auto, violations, short, worst, worst_rounds = TIGHT, 0, 0, 0, 0, 0.0, 0
    for number in range(count):
        seed = 50_000 + number
        rng = random.Random(seed)
        size = rng.choice(((54, 288), (200, 96), (100, 96)))
        tightness = rng.choice((0.5, 0.7, 1.0, 1.4))
        goal = rng.choice((Goal.COST, Goal.PEAK))
        value = rng.choice((None, ENERGY_VALUE))
        site, sessions, asked = instance(*size, seed, tightness=tightness)
        problem = build(site, sessions, goal=goal, energy_value_per_kwh=value, **asked)
        found, _ = waterfill.solve(problem, target=target)
        carried = problem.wires.carried_a(problem.dense(found.current_a))
        violations += int((carried - problem.wires.limit_a).max(initial=-1.0) > 1e-6)
        short += int(problem.shortfall_wh(found.current_a).sum() > 1e-3 * problem.energy_wh.sum())
        assert found.gap is not None
        worst = max(worst, found.gap)
        worst_rounds = max(worst_rounds, int(found.detail.split()[0]))
        if found.gap <= target:
            by_kernel += 1
            by_auto += 1
        else:
            made = plan(site, sessions, goal=goal, energy_value_per_kwh=value, time_limit_s=60.0, **asked)
            by_auto += made.gap is not None and made.gap <= target
        if number % 50 == 49:
            print(f"  {number + 1} of {count}: {by_kernel} certified", file=sys.stderr)
    return {
        "instances": count,
        "short_of_power": short,
        "certified_0.01%_by_water_filling": by_kernel,
        "certified_0.01%_with_hand_over": by_auto,
        "violations": violations,
        "worst_gap_of_water_filling": worst,
        "most_rounds": worst_rounds,
    }


def minimum(rounds: int) -> dict[str, Any]:
    """Nothing or 6 A at least (2 A where a panel's station knows less): the gap to the relaxed bound."""
    gaps: dict[str, list[float]] = {}
    lost: dict[str, float] = {}
    ratio: dict[str, list[float]] = {}
    for size in ((54, 288), (200, 96), (1000, 96)):
        for goal in GOALS:
            name = f"{size[0]}x{size[1]}_{goal}"
            for seed in range(100, 100 + rounds):
                print(f"  {name}, seed {seed}", file=sys.stderr)
                site, sessions, asked = instance(*size, seed)
                least = [replace(s, current_min_a=min(6.0, s.current_max_a / 2)) for s in sessions]
                problem = build(site, least, goal=goal, energy_value_per_kwh=ENERGY_VALUE, **asked)
                began = time.process_time()
                relaxed, _ = waterfill.solve(problem)
                between = time.process_time()
                found = with_minimum(problem, relaxed)
                ended = time.process_time()
                assert relaxed.lower_bound is not None
                gaps.setdefault(name, []).append(found.objective / relaxed.lower_bound - 1)
                ratio.setdefault(name, []).append((ended - between) / (between - began))
                unmet = problem.shortfall_wh(found.current_a) - problem.shortfall_wh(relaxed.current_a)
                lost[name] = max(lost.get(name, 0.0), float(unmet.sum() / problem.energy_wh.sum()))
    return {
        name: {
            "gap_median": statistics.median(own),
            "gap_worst": max(own),
            "energy_lost_worst": lost[name],
            "time_over_relaxed": round(statistics.median(ratio[name]), 1),
        }
        for name, own in gaps.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Time and quality of plans, beside general solvers in the same run."
    )
    parser.add_argument("--only", default="fast,small,large,scaling,warm,ticks,three_phase,random,minimum")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--instances", type=int, default=500)
    options = parser.parse_args()
    if not kernel.available():
        print("the planner's kernel is not built: no C++ compiler was found by make setup", file=sys.stderr)
        sys.exit(2)
    sections: dict[str, Callable[[], Any]] = {
        "fast": lambda: fast(options.rounds, options.seed),
        "small": lambda: small(options.rounds, options.seed),
        "large": lambda: large(options.rounds, options.seed),
        "scaling": lambda: scaling(options.rounds, options.seed),
        "warm": lambda: warm(options.rounds, options.seed),
        "ticks": lambda: ticks(options.rounds, options.seed),
        "three_phase": lambda: three_phases(options.rounds, options.seed),
        "random": lambda: random_instances(options.instances),
        "minimum": lambda: minimum(options.rounds),
    }
    found: dict[str, Any] = {
        "bench": "planner",
        "machine": {"cpus": os.cpu_count(), "arch": platform.machine(), "load_1min": os.getloadavg()[0]},
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "highs": highspy.Highs().version(),
        },
        "seed": options.seed,
        "rounds": options.rounds,
    }
    for name in options.only.split(","):
        print(name, file=sys.stderr)
        found[name] = sections[name]()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
