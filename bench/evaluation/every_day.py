"""Sets the engine that `plan()` chooses beside HiGHS on every real day: the truth must lie within the stated gap."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.evaluation.data import CAR_W, Replay, Tariff, load, network_of, norway
from bench.evaluation.runs import Market
from bench.evaluation.world import Network

from chargewright.charging.planner.plan import Engine, plan
from chargewright.charging.planner.problem import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, from_network
from chargewright.ids import SiteId, StationId

__all__ = ["GOALS", "SITES", "days_of", "every_day", "judge"]

GARAGES = (
    *("AdA1", "AdA6", "AdO1", "AdO3", "AsO2", "AsO4", "AsO9", "AsO10", "Bl2", "Bl7", "MS1", "MS22", "NR1"),
    *("SR2", "SR14", "UT1", "UT7", "UT9", "UT15"),
)
"""All apartment garages of the Norwegian data."""

SITES: dict[str, tuple[str, float | None]] = {
    **{f"caltech-2019-{month:02d}": ("caltech", 40.0) for month in (3, 5, 6, 7, 8)},
    **{f"caltech-2020-{month:02d}": ("caltech", 40.0) for month in (2, 3, 4, 5)},
    **{f"jpl-2019-{month:02d}": ("jpl", 80.0) for month in (5, 6, 7, 8)},
    **{f"jpl-2020-{month:02d}": ("jpl", 80.0) for month in (2, 3, 4, 5)},
    "office001": ("office001", 20.0),
    **{f"norway-{garage}": ("norway", None) for garage in GARAGES},
}
"""Replays with the kW to which their transformers are re-rated, low enough to bind."""

GOALS = (Goal.BALANCE, Goal.PEAK, Goal.COST)

SLACK = 1e-6
"""Both objectives are sums of thousands of floating-point terms."""


def days_of(name: str) -> Replay:
    """Return a replay by its name in SITES. The office has no sessions of its own: Caltech's first eight spaces' do."""
    if name == "office001":
        return _office()
    return norway(name.removeprefix("norway-")) if name.startswith("norway-") else load(name)


def every_day(*, engine: Engine, days_max: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield one row per site, day and goal."""
    for name, (_, limit_kw) in SITES.items():
        replay = days_of(name)
        days = sorted({visit.arrival_slot // 288 for visit in replay.visits})
        for day in days[:days_max]:
            for goal in GOALS:
                yield {"site": name, "day": day, **judge(replay.day(day), limit_kw, goal, engine=engine)}


def judge(replay: Replay, limit_kw: float | None, goal: Goal, *, engine: Engine) -> dict[str, Any]:
    """Plan a day as if all its visits were known in its first minute, with the engine asked for and with HiGHS.

    `true_gap`: by how much the engine's objective is above HiGHS's; `gap`: what the engine itself promises; `holds`:
    the engine is as close as it says, and its bound is none that HiGHS's plan would go below.
    """
    first = min(visit.arrival_slot for visit in replay.visits)
    site = from_network(replay.network, site_id=SiteId(replay.name), limit_kw=limit_kw)
    network = Network(replay.network, limit_kw)
    sessions = [
        Session(
            id=visit.id,
            evse=EvseKey(StationId(visit.station)),
            arrival=replay.at(visit.arrival_slot),
            departure=replay.at(visit.departure_slot),
            energy_wh=visit.energy_wh,
            current_max_a=CAR_W / float(network.voltage_v[network.index[visit.station]]),
        )
        for visit in replay.visits
    ]
    arguments: dict[str, Any] = {"now": replay.at(first), "goal": goal, "time_limit_s": 60.0}
    if goal is Goal.COST:
        market = Market.of(Tariff.read("sce_tou_ev_4_march_2019"), replay)
        arguments |= {"prices": market.steps, "demand_charge_per_kw": 0.5}
    made = plan(site, sessions, engine=engine, **arguments)
    reference = plan(site, sessions, engine="linear", **arguments)
    size = max(abs(reference.objective), 1e-9)
    true_gap = (made.objective - reference.objective) / size
    gap = made.gap
    bound = made.lower_bound
    return {
        "goal": goal.value,
        "visits": len(sessions),
        "engine": made.engine,
        "gap": gap,
        "true_gap": true_gap,
        "violations": len(made.violations),
        "holds": not made.violations
        and gap is not None
        and bound is not None
        and true_gap <= gap + SLACK
        and bound <= reference.objective + SLACK * size,
    }


def _office() -> Replay:
    """The office's wires with the visits of as many Caltech stations: the data have no sessions of the office."""
    lent = load("caltech-2019-05")
    network = network_of("office001")
    lenders = sorted({visit.station for visit in lent.visits})
    # fewer spaces than lenders: the rest stays at home
    moved = dict(zip(lenders, (station["id"] for station in network["stations"]), strict=False))
    visits = tuple(replace(v, station=moved[v.station]) for v in lent.visits if v.station in moved)
    return replace(lent, name="office001", network=network, visits=visits)
