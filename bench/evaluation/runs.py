"""Runs controllers over a month and puts what came of it into rows of plain numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bench.evaluation.arrivals import Expected
from bench.evaluation.baselines import (
    EqualShare,
    RoundRobin,
    Sorted,
    Uncontrolled,
    earliest_deadline,
    first_come,
    least_laxity,
)
from bench.evaluation.data import SLOT_H, SLOT_S, Replay, Tariff, earlier
from bench.evaluation.learnt_peak import LearntPeak
from bench.evaluation.optimum import optimum
from bench.evaluation.ours import Planned
from bench.evaluation.world import SCENARIOS, Controller, Floats, Knowledge, Network, Outcome, Scenario, live

from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Steps, from_network
from chargewright.ids import SiteId

__all__ = [
    "OPTIMUM",
    "OURS",
    "OURS_FAIR",
    "OURS_HINTED",
    "OURS_TAUGHT",
    "Market",
    "energy_rows",
    "for_energy",
    "profit_rows",
]

OURS = "ours"
OURS_FAIR = "ours (fair shares)"
OURS_FORETOLD = "ours (arrivals foretold)"
OURS_HINTED = "ours (peak hinted)"
OURS_TAUGHT = "ours (an earlier month seen)"
OPTIMUM = "offline optimum"
REVENUE_PER_KWH = 0.30

HINTED_FACTOR = 80 / 9
"""Above a peak told beforehand a kW is priced so many times higher: most days do without it."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Market:
    """What a slot's energy costs, and the month's highest kW."""

    price_per_kwh: Floats
    demand_charge_per_kw: float
    steps: Steps

    @classmethod
    def of(cls, tariff: Tariff, replay: Replay) -> "Market":
        """Lay a tariff over the replay, two days longer than it, so that plans can look beyond its end."""
        slots = replay.slots + round(48 / SLOT_H)
        price, demand = np.array([tariff.at(replay.at(slot)) for slot in range(slots)]).T
        changes = [0, *(np.flatnonzero(np.diff(price)) + 1).tolist()]
        steps = Steps.of([(replay.at(slot), float(price[slot])) for slot in changes])
        return cls(price, float(demand.max()), steps)

    def bill(self, power_w: Floats) -> tuple[float, float]:
        """Return (cost of the energy, demand charge) of a month."""
        kwh = power_w * SLOT_H / 1000
        return float(kwh @ self.price_per_kwh[: len(kwh)]), self.demand_charge_per_kw * float(
            power_w.max(initial=0.0)
        ) / 1000


def baselines(names: Sequence[str], network: Network, *, quantised: bool) -> Iterator[Controller]:
    """Make controllers by name, one after the other."""
    made: dict[str, Callable[[], Controller]] = {
        "uncontrolled": Uncontrolled,
        "equal share": lambda: EqualShare(network),
        "round robin": lambda: RoundRobin(network),
        "first come": lambda: Sorted("first come", network, first_come),
        "earliest deadline": lambda: Sorted("earliest deadline", network, earliest_deadline),
        "least laxity": lambda: Sorted("least laxity", network, least_laxity),
    }
    for name in names:
        if name in made and not (name == "equal share" and quantised):
            yield made[name]()


def for_energy(
    names: Sequence[str], replay: Replay, network: Network, *, limit_kw: float, quantised: bool
) -> Iterator[Controller]:
    """Make controllers by name; ours with its two ways to deal with too little power."""
    yield from baselines(names, network, quantised=quantised)
    # goal cost without prices and charges: as much energy as possible, then early
    for name, goal in ((OURS, Goal.COST), (OURS_FAIR, Goal.BALANCE)):
        if name in names:
            yield Planned(name, replay, network, limit_kw=limit_kw, goal=goal, quantised=quantised)
    if OURS_FORETOLD in names:
        yield Planned(
            OURS_FORETOLD,
            replay,
            network,
            limit_kw=limit_kw,
            goal=Goal.COST,
            quantised=quantised,
            expected=Expected(replay, network).after,
        )


def for_profit(
    names: Sequence[str],
    replay: Replay,
    network: Network,
    market: Market,
    tariff: Tariff,
    *,
    limit_kw: float,
    quantised: bool,
    hint_w: float,
) -> Iterator[Controller]:
    """Make controllers by name; ours that learns in the month, that saw an earlier one, and that is told the peak."""
    yield from baselines(names, network, quantised=quantised)

    def hinted(slot: int) -> tuple[float, float]:
        left = max(replay.days - slot * SLOT_S // 86400, 1)
        return HINTED_FACTOR * market.demand_charge_per_kw / left, hint_w

    def learnt(*before: Replay) -> Callable[[int], tuple[float, float]]:
        site = from_network(replay.network, site_id=SiteId(replay.name), limit_kw=limit_kw)
        peaks = LearntPeak(replay, site, tariff, before=before, energy_value_per_kwh=REVENUE_PER_KWH)
        return peaks.charge

    ways = {OURS: learnt(), OURS_HINTED: hinted}
    before = earlier(replay)
    if before is not None:
        ways[OURS_TAUGHT] = learnt(before)
    for name, charge in ways.items():
        if name in names:
            yield Planned(
                name,
                replay,
                network,
                limit_kw=limit_kw,
                goal=Goal.COST,
                quantised=quantised,
                charge=charge,
                prices=market.steps,
                energy_value_per_kwh=REVENUE_PER_KWH,
            )


def energy_rows(
    replay: Replay,
    *,
    limits_kw: Sequence[float],
    scenarios: Sequence[str],
    names: Sequence[str],
    knowledge: Knowledge,
    told: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Yield a row per scenario, limit and controller; the optimum is the ideal world's for all scenarios."""
    for limit_kw in limits_kw:
        network = Network(replay.network, limit_kw)
        best = optimum(replay, network)
        row = _row(OPTIMUM, "I", limit_kw, best.energy_wh, best.power_w, replay)
        yield {**row, "bound_percent": round(1e5 * best.bound / replay.energy_wh, 2)}
        for scenario in (SCENARIOS[name] for name in scenarios):
            for controller in for_energy(
                names, replay, network, limit_kw=limit_kw, quantised=scenario.quantised
            ):
                out = live(
                    replay,
                    network,
                    controller,
                    scenario=scenario,
                    knowledge=knowledge,
                    estimate=scenario.tails,
                )
                row = _outcome_row(out, scenario, limit_kw, replay)
                row["of_optimum_percent"] = round(
                    100 * float(np.minimum(out.energy_wh, out.wanted_wh).sum() / best.energy_wh.sum()), 2
                )
                row |= _certificates(controller)
                told(f"{row} {max(out.decided_ms):.0f} ms at most")
                yield row


def profit_rows(
    replay: Replay,
    tariff: Tariff,
    *,
    limit_kw: float,
    scenarios: Sequence[str],
    names: Sequence[str],
    knowledge: Knowledge,
    told: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Yield a row per scenario and controller: revenue less energy and demand charge over the whole replay."""
    network = Network(replay.network, limit_kw)
    market = Market.of(tariff, replay)
    best = optimum(
        replay,
        network,
        price_per_kwh=market.price_per_kwh[: replay.slots],
        revenue_per_kwh=REVENUE_PER_KWH,
        demand_charge_per_kw=market.demand_charge_per_kw,
    )
    yield {
        **_row(OPTIMUM, "I", limit_kw, best.energy_wh, best.power_w, replay),
        **_money(market, best.energy_wh, best.power_w),
        "of_optimum_percent": 100.0,
    }
    for scenario in (SCENARIOS[name] for name in scenarios):
        for controller in for_profit(
            names,
            replay,
            network,
            market,
            tariff,
            limit_kw=limit_kw,
            quantised=scenario.quantised,
            hint_w=float(best.power_w.max(initial=0.0)),
        ):
            out = live(
                replay, network, controller, scenario=scenario, knowledge=knowledge, estimate=scenario.tails
            )
            row = _outcome_row(out, scenario, limit_kw, replay) | _money(market, out.energy_wh, out.power_w)
            row["of_optimum_percent"] = round(100 * row["profit_usd"] / best.value, 2)
            row |= _certificates(controller)
            told(f"{row} {max(out.decided_ms):.0f} ms at most")
            yield row


def _money(market: Market, energy_wh: Floats, power_w: Floats) -> Row:
    energy, demand = market.bill(power_w)
    revenue = REVENUE_PER_KWH * float(energy_wh.sum()) / 1000
    return {
        "revenue_usd": round(revenue, 2),
        "energy_cost_usd": round(energy, 2),
        "demand_charge_usd": round(demand, 2),
        "profit_usd": round(revenue - energy - demand, 2),
    }


def _row(
    name: str, scenario: str, limit_kw: float, energy_wh: Floats, power_w: Floats, replay: Replay
) -> Row:
    wanted = np.array([visit.energy_wh for visit in replay.visits])
    out = Outcome(controller=name, energy_wh=energy_wh, wanted_wh=wanted, power_w=power_w)
    return {
        "controller": name,
        "scenario": scenario,
        "limit_kw": limit_kw,
        "energy_kwh": round(float(energy_wh.sum()) / 1000, 1),
        "demand_met_percent": round(100 * out.demand_met, 2),
        "fully_met_percent": round(100 * out.fully_met, 2),
        "jain": round(out.jain, 4),
        "worst_decile_percent": round(100 * out.worst_decile, 2),
        "peak_kw": round(out.peak_w / 1000, 2),
    }


def _outcome_row(out: Outcome, scenario: Scenario, limit_kw: float, replay: Replay) -> Row:
    return {
        **_row(out.controller, scenario.name, limit_kw, out.energy_wh, out.power_w, replay),
        "pauses_per_visit": round(out.pauses / len(replay.visits), 2),
        "overloads": out.overloads,
        "overloads_drawn": out.overloads_drawn,
        "unknown_currents": out.refused,
    }


def _certificates(controller: Controller) -> Row:
    if not isinstance(controller, Planned):
        return {}
    return {
        "engines": dict(sorted(controller.engines.items())),
        "gap_max": round(controller.gap_max, 6),
        "plans_refused": controller.refused,
    }
