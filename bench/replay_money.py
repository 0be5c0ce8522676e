"""What a replayed month earns: the tariff as the site is given it, and the bill of what the cars drew.

Energy is sold at one price a kWh; it is bought, and the highest power is charged, by a tariff of ../shared/data. Power is
metered every five minutes, as in the evaluation on slots (`bench/evaluation`), whose optimum the profit is set beside.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from bench.evaluation.data import SLOT_S, Tariff, load
from bench.evaluation.optimum import optimum
from bench.evaluation.runs import REVENUE_PER_KWH, Market
from bench.evaluation.world import Network

from chargewright.domain.site import SiteSettings
from chargewright.simulator.world import World

__all__ = ["METER_EVERY", "Till", "best_profit", "for_profit"]

METER_EVERY = timedelta(seconds=SLOT_S)

TARIFF_ID = "supply"


LITTLE_W = 1.0
"""A peak told to be this is none that is expected, and no other is looked for."""


def for_profit(settings: SiteSettings, peak_w: float | None = None) -> SiteSettings:
    """The least cost by the tariff; a kWh that is not sold costs what it would have earned.

    `peak_w` is told beforehand; None: the site finds out itself.
    """
    return replace(
        settings,
        goal="cost",
        energy_tariff=TARIFF_ID,
        energy_value_per_kwh=REVENUE_PER_KWH,
        prices=(),
        peak_expected_w=0.0 if peak_w is None else max(peak_w, LITTLE_W),
    )


class Till:
    """Reads the meter every five minutes."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._read: list[tuple[datetime, float]] = []

    def look(self, world: World) -> None:
        """Take a reading, of energy since the start, where it is time."""
        if not self._read or world.now >= self._read[-1][0] + METER_EVERY:
            self._read.append((world.now, world.judge.energy_wh))

    def figures(self) -> dict[str, Any]:
        """Revenue, costs and what is left, in USD, of all that was metered."""
        at = [when for when, _ in self._read]
        kwh = np.diff([energy_wh for _, energy_wh in self._read]) / 1000
        hours = np.diff([when.timestamp() for when in at]) / 3600
        told = [self._tariff.at(when) for when in at[:-1]]
        peak_kw = float((kwh / hours).max(initial=0.0))
        energy = float(sum(e * price for e, (price, _) in zip(kwh, told, strict=True)))
        demand = peak_kw * max(per_kw for _, per_kw in told)
        revenue = REVENUE_PER_KWH * float(kwh.sum())
        return {
            "revenue_usd": round(revenue, 2),
            "energy_cost_usd": round(energy, 2),
            "demand_charge_usd": round(demand, 2),
            "profit_usd": round(revenue - energy - demand, 2),
            "peak_5min_kw": round(peak_kw, 3),
        }


def best_profit(month: str, tariff: Tariff, *, limit_kw: float) -> float:
    """The most that anybody could have earned in a month of the evaluation, with ideal cars and hardware, in USD."""
    replay = load(month)
    market = Market.of(tariff, replay)
    best = optimum(
        replay,
        Network(replay.network, limit_kw),
        price_per_kwh=market.price_per_kwh[: replay.slots],
        revenue_per_kwh=REVENUE_PER_KWH,
        demand_charge_per_kw=market.demand_charge_per_kw,
    )
    return float(best.value)
