"""How fast a plan is made and how good it is, beside plain HiGHS on the same problem in the same run.

    python bench/planner.py [--sizes 54x288,200x96] [--rounds 3] [--seed 0]

Instances are seeded: one day from 06:00, workplaces and a depot (54x288: a workplace garage that is short of power),
a tree of site, feeders and panels with limits in kW, base load and sun, a day tariff. Each figure is the median of
the rounds, engines in turn. What is timed: from sessions to currents (building the arrays included). `plan_ms` adds
the rounding to hardware and the checker.
"""

import argparse
import json
import math
import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import highspy
import numpy as np

from chargewright.charging.planner import greedy, linear
from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.problem import Problem, Session, build, uniform
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Node, Outlet, Site, Steps, from_tree
from chargewright.ids import EvseId, SiteId, StationId

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PHASE_V = 230.0
PANEL_EVSES = 20
FEEDER_PANELS = 12


def instance(count: int, slots: int, seed: int) -> tuple[Site, list[Session], dict[str, Any]]:
    """A site, its sessions, and the other arguments of `build`."""
    rng = random.Random(seed)
    garage = slots == 288
    slot_h = 24 / slots
    sessions, outlets, rated_kw = [], [], []
    panels = math.ceil(count / PANEL_EVSES)
    for number in range(count):
        work = garage or rng.random() < 0.7
        arrival_h = rng.gauss(2.6, 1.0) if work else rng.gauss(11.5, 1.3)
        stay_h = min(max(rng.gauss(8, 1.5), 2), 11) if work else rng.gauss(11.5, 1.0)
        arrival_h = min(max(arrival_h, 0.0), 21.0)
        stay_h = min(max(stay_h, 1.0), 24.0 - arrival_h)
        power_kw = 6.656 if garage else rng.choice((6.6, 7.4, 11.0) if work else (11.0, 22.0, 50.0))
        wanted = rng.lognormvariate(2.5, 0.6) if work else rng.lognormvariate(3.7, 0.5)
        wanted = min(max(wanted, 3.0), 150.0, 0.85 * power_kw * stay_h)
        key = EvseKey(StationId(f"CP{number:04d}"), EvseId(1))
        current_a = power_kw * 1000 / PHASE_V / 3
        arrival = START + timedelta(hours=math.floor(arrival_h / slot_h) * slot_h)
        departure = START + timedelta(hours=math.ceil((arrival_h + stay_h) / slot_h) * slot_h)
        sessions.append(
            Session(
                id=str(number),
                evse=key,
                arrival=arrival,
                departure=departure,
                energy_wh=wanted * 1000,
                current_max_a=current_a,
                current_min_a=0.0,
            )
        )
        panel = f"panel{number % panels}"
        outlets.append(Outlet(key=key, node=panel, connection="RST", current_max_a=current_a))
        rated_kw.append(power_kw)
    mean_kw = sum(s.energy_wh for s in sessions) / 24_000
    hours = np.arange(0, 24, slot_h)
    base_kw = 0.5 * mean_kw * (0.6 + 0.6 * np.exp(-(((hours - 7.5) / 4.0) ** 2)))
    base_kw = base_kw - 0.5 * mean_kw * np.maximum(0, np.cos((hours - 7) / 13 * np.pi)) ** 1.5
    base_w = Steps.of([(START + timedelta(hours=h), b * 1000) for h, b in zip(hours, base_kw, strict=True)])
    per_phase_a = base_w.scaled(1 / PHASE_V / 3)
    nodes = [Node(id="site", limit_kw=1.9 * mean_kw, base_a=(per_phase_a,) * 3)]
    feeders = math.ceil(panels / FEEDER_PANELS)
    of_panel = [0.5 * sum(rated_kw[p::panels]) for p in range(panels)]
    nodes += [
        Node(id=f"feeder{f}", parent="site", limit_kw=0.6 * sum(of_panel[f::feeders])) for f in range(feeders)
    ]
    nodes += [
        Node(id=f"panel{p}", parent=f"feeder{p % feeders}", limit_kw=of_panel[p]) for p in range(panels)
    ]
    tariff = [0.11 if h >= 18 else 0.22 if 1 <= h < 5 else 0.24 if 11 <= h < 15 else 0.14 for h in range(24)]
    prices = [(START + timedelta(hours=h), p + rng.gauss(0, 0.012)) for h, p in enumerate(tariff)]
    site = from_tree(SiteId("bench"), "bench", nodes, outlets, phase_v=PHASE_V)
    return (
        site,
        sessions,
        {
            "now": START,
            "horizon": uniform(slot_h * 3600, slots),
            "prices": Steps.of(prices),
            "base_power_w": base_w,
            "demand_charge_per_kw": 0.5,
        },
    )


def measure(count: int, slots: int, goal: Goal, *, seed: int, rounds: int) -> dict[str, Any]:
    site, sessions, arguments = instance(count, slots, seed)

    def problem() -> Problem:
        return build(site, sessions, goal=goal, **arguments)

    engines: dict[str, Callable[[], Any]] = {
        "ours": lambda: linear.solve(problem(), time_limit_s=60.0),
        "ipx": lambda: linear.solve(problem(), method="ipm", time_limit_s=60.0),
        "simplex": lambda: linear.solve(problem(), method="simplex", time_limit_s=60.0),
        "greedy": lambda: greedy.solve(problem()),
        "plan": lambda: plan(site, sessions, goal=goal, time_limit_s=60.0, **arguments),
    }
    spent: dict[str, list[float]] = {name: [] for name in engines}
    answers: dict[str, Any] = {}
    for _ in range(rounds):
        for name, engine in engines.items():
            began = time.perf_counter()
            answers[name] = engine()
            spent[name].append((time.perf_counter() - began) * 1000)
    took = {name: statistics.median(times) for name, times in spent.items()}
    asked = problem()
    solved = {name: answers[name] for name in ("ours", "ipx", "simplex") if answers[name] is not None}
    bound = max(solution.lower_bound for solution in solved.values())
    quick = asked.objective(answers["greedy"])
    found, made = answers["ours"], answers["plan"]
    best_highs = min(took[name] for name in ("ipx", "simplex") if name in solved)
    return {
        "entries": len(asked.entry_slot),
        **{f"{name}_ms": round(ms, 2) for name, ms in took.items()},
        "speedup_vs_ipx": round(took["ipx"] / took["ours"], 2),
        "speedup_vs_best_highs": round(best_highs / took["ours"], 2),
        "certified_gap": found.gap,
        "true_gap": max(found.objective - bound, 0.0) / abs(found.objective),
        "violations": len(made.violations),
        "unmet_share": float(asked.shortfall_wh(found.current_a).sum() / asked.energy_wh.sum()),
        "unmet_share_as_sent": sum(made.unmet_wh.values()) / float(asked.energy_wh.sum()),
        "greedy_unmet_share": float(asked.shortfall_wh(answers["greedy"]).sum() / asked.energy_wh.sum()),
        "greedy_true_gap": max(quick - bound, 0.0) / abs(quick),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and quality of plans, beside HiGHS in the same run.")
    parser.add_argument("--sizes", default="54x288,200x96,1000x96")
    parser.add_argument("--goals", default="peak,cost,balance")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
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
        "ours": "HiGHS itself, simplex or interior point by goal and size; one thread; no kernel of our own yet",
        "sizes": {},
    }
    for size in options.sizes.split(","):
        count, slots = (int(part) for part in size.split("x"))
        found["sizes"][size] = {
            goal: measure(count, slots, Goal(goal), seed=options.seed, rounds=options.rounds)
            for goal in options.goals.split(",")
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
