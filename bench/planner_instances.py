"""Seeded instances for bench/planner.py: one day from 06:00, workplaces and a depot, or a garage that is short of power.

A tree of site, feeders (12 panels each) and panels (20 EVSEs each) with limits in kW, base load and sun, a day tariff
and a demand charge. 54x288 is the all-workplace garage of 6.656 kW stations.
"""

import json
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from chargewright.charging.planner import waterfill
from chargewright.charging.planner.problem import Problem, Session, build, uniform
from chargewright.charging.planner.waterfill import Warm
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Node, Outlet, Site, Steps, from_network, from_tree
from chargewright.ids import EvseId, SiteId, StationId

NETWORK = Path(__file__).parents[2] / "shared" / "data" / "networks" / "caltech_acn.json"

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
PHASE_V = 230.0
PANEL_EVSES = 20
FEEDER_PANELS = 12


def instance(
    count: int, slots: int, seed: int, *, tightness: float = 1.0
) -> tuple[Site, list[Session], dict[str, Any]]:
    """A site, its sessions, and the other arguments of `build`. `tightness` scales the limit of the site."""
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
    nodes = [Node(id="site", limit_kw=1.9 * tightness * mean_kw, base_a=(per_phase_a,) * 3)]
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


def next_slot(count: int, slots: int, seed: int, goal: Goal) -> tuple[Problem, Problem, Warm]:
    """The question of 09:00 and that of a slot later, when one car more is there; and what the first answer left."""
    site, sessions, asked = instance(count, slots, seed)
    slot = timedelta(days=1) / slots
    now = START + timedelta(hours=3)
    here = [s for s in sessions if s.departure > now + slot]
    comer = max((s for s in here if s.arrival <= now + slot), key=lambda s: s.arrival)
    others = [s for s in here if s is not comer]
    left = slots * 7 // 8
    asked |= {"goal": goal, "energy_value_per_kwh": 5.0}
    before = build(site, others, **asked | {"now": now, "horizon": uniform(slot.total_seconds(), left)})
    found, warm = waterfill.solve(before, sharp=waterfill.SHARP)
    own_wh = found.current_a * before.entry_kwh_per_a * 1000 * (before.entry_slot == 0)
    got_wh = np.bincount(before.entry_session, own_wh, minlength=len(others))
    later = [replace(s, energy_wh=s.energy_wh - got) for s, got in zip(others, got_wh.tolist(), strict=True)]
    horizon = uniform(slot.total_seconds(), left - 1)
    after = build(site, [*later, comer], **asked | {"now": now + slot, "horizon": horizon})
    return before, after, warm


def three_phase(seed: int, *, limit_kw: float) -> tuple[Site, list[Session], dict[str, Any]]:
    """The 54-EVSE garage on the wiring of Caltech: line to line, behind a delta-wye transformer of `limit_kw`."""
    site = from_network(json.loads(NETWORK.read_text()), site_id=SiteId("caltech"), limit_kw=limit_kw)
    _, sessions, asked = instance(54, 288, seed)
    wired = [
        replace(session, evse=key, current_max_a=32.0)
        for session, key in zip(sessions, sorted(site.evses), strict=True)
    ]
    return site, wired, {name: value for name, value in asked.items() if name != "base_power_w"}
