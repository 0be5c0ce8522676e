"""How much of the best possible energy reaches the cars, on real days, when arrivals are not known beforehand.

    python bench/charging_quality.py [--days 4,5,6,7] [--limit-kw 30] [--goal balance]

Caltech, March 2019 (../shared/data): a 54-EVSE garage behind a delta-wye transformer, re-rated to --limit-kw. Every
five minutes the site is planned anew with the cars that are there; their departures and wishes are true, batteries are
ideal. `continuous`: currents may be anything from 0. `hardware`: tenths of an ampere, 0 or at least 6 A. Both are set
beside the offline optimum, which knows all arrivals. Overloads are judged by this script's own phasor sums over the
network file, not by the planner's rows.
"""

import argparse
import cmath
import csv
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from chargewright.charging.planner.linear import offline_optimum, solve
from chargewright.charging.planner.plan import plan
from chargewright.charging.planner.problem import Session, build
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Site, from_network
from chargewright.ids import SiteId, StationId

DATA = Path(__file__).parents[2] / "shared" / "data"
NETWORK = DATA / "networks" / "caltech_acn.json"
SESSIONS = DATA / "sessions" / "acn_caltech_2019-03_slots.csv"
FIRST = datetime(2019, 3, 1, 8, 0, tzinfo=UTC)
SLOT = timedelta(minutes=5)
SLOT_H = 1 / 12
VOLTAGE_V = 208.0
CURRENT_MAX_A = 6600 / VOLTAGE_V

Controller = Callable[[Site, list[Session], datetime, Goal], "np.ndarray[Any, Any]"]


def sessions_of(day: int) -> list[Session]:
    rows = csv.DictReader(SESSIONS.read_text().splitlines())
    return [
        Session(
            id=row["session_id"],
            evse=EvseKey(StationId(row["station_id"])),
            arrival=FIRST + int(row["arrival_slot"]) * SLOT,
            departure=FIRST + int(row["departure_slot"]) * SLOT,
            energy_wh=1000 * float(row["requested_energy_kwh"]),
            current_max_a=CURRENT_MAX_A,
        )
        for row in rows
        if int(row["arrival_slot"]) // 288 == day
    ]


def continuous(site: Site, sessions: list[Session], now: datetime, goal: Goal) -> "np.ndarray[Any, Any]":
    problem = build(site, [replace(s, current_min_a=0.0) for s in sessions], now=now, goal=goal)
    found = solve(problem)
    if found is None:
        raise TimeoutError("the linear program was not solved in time")
    return problem.dense(found.current_a)[:, 0]


def hardware(site: Site, sessions: list[Session], now: datetime, goal: Goal) -> "np.ndarray[Any, Any]":
    made = plan(site, sessions, now=now, goal=goal)
    if made.violations:
        raise RuntimeError(f"the checker refuses the plan of {now}: {made.violations[0]}")
    return made.tenths_a[:, 0] / 10


def overloads(
    network: dict[str, Any], limit_kw: float, sessions: Sequence[Session], currents: Sequence[float]
) -> int:
    angle = {s["id"]: math.radians(s["phase_angle_deg"]) for s in network["stations"]}
    scale = limit_kw / network["parameters"]["transformer_kw"]
    drawn = {s.evse.station_id: current for s, current in zip(sessions, currents, strict=True)}
    broken = 0
    for row in network["constraints"]:
        limit = row["limit_a"] * (scale if row["name"].startswith(("Primary", "Secondary")) else 1.0)
        amps = abs(
            sum(
                c * drawn.get(name, 0.0) * cmath.exp(1j * angle[name])
                for name, c in row["coefficients"].items()
            )
        )
        broken += amps > limit + 1e-6
    return broken


def run(
    network: dict[str, Any], limit_kw: float, sessions: list[Session], goal: Goal, controller: Controller
) -> dict[str, Any]:
    """Live through the sessions, five minutes at a time."""
    site = from_network(network, site_id=SiteId("caltech"), limit_kw=limit_kw)
    left_wh = {s.id: s.energy_wh for s in sessions}
    charging = dict.fromkeys(left_wh, False)
    now, broken, pauses = min(s.arrival for s in sessions), 0, 0
    took_ms = []
    while now < max(s.departure for s in sessions):
        there = [
            replace(
                s,
                energy_wh=left_wh[s.id],
                energy_delivered_wh=s.energy_wh - left_wh[s.id],
                charging=charging[s.id],
            )
            for s in sessions
            if s.arrival <= now < s.departure and left_wh[s.id] > 1.0
        ]
        if there:
            began = time.perf_counter()
            currents = controller(site, there, now, goal)
            took_ms.append((time.perf_counter() - began) * 1000)
            broken += overloads(network, limit_kw, there, currents)
            for s, current in zip(there, currents, strict=True):
                left_wh[s.id] -= min(float(current) * VOLTAGE_V * SLOT_H, left_wh[s.id])
                pauses += charging[s.id] and not current and left_wh[s.id] > 1.0
                charging[s.id] = bool(current)
        now += SLOT
    return {
        "delivered_wh": sum(s.energy_wh - left_wh[s.id] for s in sessions),
        "overloads": broken,
        "pauses_per_session": pauses / len(sessions),
        "plan_ms_median": statistics.median(took_ms),
        "plan_ms_max": max(took_ms),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Energy delivered on real days, as a share of the offline optimum."
    )
    parser.add_argument("--days", default="4,5,6,7", help="days of March 2019, from 0")
    parser.add_argument("--limit-kw", type=float, default=30.0)
    parser.add_argument("--goal", default="balance")
    options = parser.parse_args()
    if not (NETWORK.exists() and SESSIONS.exists()):
        sys.exit("the Caltech network and sessions are not here (../shared/data)")
    network = json.loads(NETWORK.read_text())
    site = from_network(network, site_id=SiteId("caltech"), limit_kw=options.limit_kw)
    days: dict[str, Any] = {}
    wanted_wh, best_wh = 0.0, 0.0
    totals = {"continuous": 0.0, "hardware": 0.0}
    for day in (int(part) for part in options.days.split(",")):
        sessions = sessions_of(day)
        if not sessions:
            continue
        optimum = offline_optimum(site, sessions, start=FIRST + day * timedelta(days=1))
        wanted = sum(s.energy_wh for s in sessions)
        days[str(day)] = {"sessions": len(sessions), "optimum_share_of_wanted": round(optimum / wanted, 4)}
        for name, controller in (("continuous", continuous), ("hardware", hardware)):
            result = run(network, options.limit_kw, sessions, Goal(options.goal), controller)
            totals[name] += result["delivered_wh"]
            result["share_of_optimum"] = result.pop("delivered_wh") / optimum
            days[str(day)][name] = {key: round(float(value), 4) for key, value in result.items()}
        wanted_wh, best_wh = wanted_wh + wanted, best_wh + optimum
    print(
        json.dumps(
            {
                "bench": "charging_quality",
                "load_1min": os.getloadavg()[0],
                "limit_kw": options.limit_kw,
                "goal": options.goal,
                "optimum_share_of_wanted": round(best_wh / wanted_wh, 4),
                "continuous_share_of_optimum": round(totals["continuous"] / best_wh, 4),
                "hardware_share_of_optimum": round(totals["hardware"] / best_wh, 4),
                "hardware_share_of_continuous": round(totals["hardware"] / totals["continuous"], 4),
                "days": days,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
