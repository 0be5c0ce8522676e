"""Goals as orderings of one objective, and why its first term always wins."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from chargewright.charging.site import Floats

__all__ = ["Goal", "Weights", "weigh"]

GUARANTEE_RATIO = 4.0
"""Guaranteed energy is worth this many times the energy that is only wanted."""

FAIRNESS_LEVELS = 8
"""Goal balance: the request is cut into this many equal parts, and ..."""

FAIRNESS_RATIO = 3.0
"""... each part is worth this many times the next one, for everybody: who has the least comes first."""

EARLY_SHARE = 1e-3
"""What early energy may cost at most, as a share of what the goal's own term can vary."""

SHORTFALL_TOLERANCE = 1e-3
"""At most this share of all energy wanted could be lost to the goal's own term; see `Weights`."""

EXCHANGE_SAFETY = 10.0
"""How far the price of an unserved kWh stands above the most that one kWh can cost where loads swap one for one."""


class Goal(StrEnum):
    """What comes after safety and energy."""

    PEAK = "peak"
    """The least site peak."""
    BALANCE = "balance"
    """Fair shares: the session that would get the smallest part of its wish comes first."""
    COST = "cost"
    """The least money for energy and for a new peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The one objective: shortfall first, then the goal's own term, then early energy.

    minimise  sum over sessions and parts of  part_cost[part] * session_weight * shortfall_kwh
              + sum of price * imported kWh + peak_cost * (peak_kw - peak_so_far_kw)+
              + early_cost * sum of haste[session] * kWh * time from now / horizon   (haste <= 1)

    Dominance. Let V be the most that the goal's and the early term together can vary: range of prices and 0 x all
    energy wanted + peak_cost x the largest possible rise of the peak + early_cost x all energy. A part costs at least
    V / (SHORTFALL_TOLERANCE x all energy wanted) per kWh. So a plan that leaves more than that share of the energy
    unserved without need is beaten by the plan that serves it, whatever it saves: saving is at most V. Moreover, one
    more kWh in a slot of the least duration d raises the peak by at most 1/d kW, and a part costs at least
    EXCHANGE_SAFETY times peak_cost / d + range of prices + early_cost: where loads can be exchanged one for one, and
    even ten for one, nothing at all is lost.
    """

    part_cost: Floats
    """Per kWh, shape [part], falling from the first part of a request to its last."""
    part_kwh: Floats
    """How much shortfall each part can hold, shape [session, part]."""
    peak_cost: float
    early_cost: float


def weigh(
    goal: Goal,
    *,
    energy_kwh: Floats,
    guaranteed_kwh: Floats,
    delivered_kwh: Floats,
    session_weight_min: float,
    price_per_kwh: Floats,
    peak_rise_kw: float,
    shortest_h: float,
    demand_charge_per_kw: float,
) -> Weights:
    """Derive the weights from the ranges of the data; the proof stands at `Weights`. Arrays are per session or slot."""
    total_kwh = max(float(energy_kwh.sum()), 1e-3)
    rise_kw = max(peak_rise_kw, 0.0)
    spread = (
        float(price_per_kwh.max(initial=0.0) - price_per_kwh.min(initial=np.inf))
        if len(price_per_kwh)
        else 0.0
    )
    price_range = float(np.abs(price_per_kwh).max(initial=0.0))
    peak_cost = {Goal.PEAK: 1.0, Goal.BALANCE: 0.0, Goal.COST: demand_charge_per_kw}[goal]
    varies = spread or price_range or peak_cost * rise_kw / total_kwh or 1 / EARLY_SHARE
    early_cost = EARLY_SHARE * varies
    most = (price_range + early_cost) * total_kwh + peak_cost * rise_kw
    one_kwh = peak_cost / shortest_h + price_range + early_cost
    unserved = max(EXCHANGE_SAFETY * one_kwh, most / (SHORTFALL_TOLERANCE * total_kwh)) / session_weight_min
    if goal is Goal.BALANCE:
        whole = energy_kwh + delivered_kwh
        edges = np.minimum(whole[:, None] * np.arange(FAIRNESS_LEVELS + 1) / FAIRNESS_LEVELS, whole[:, None])
        # what is delivered already fills the first parts; the rest is what can still be lacking
        part_kwh = np.maximum(edges[:, 1:] - np.maximum(edges[:, :-1], delivered_kwh[:, None]), 0.0)
        part_cost = unserved * FAIRNESS_RATIO ** np.arange(FAIRNESS_LEVELS - 1, -1, -1.0)
    else:
        first = np.clip(guaranteed_kwh, 0.0, energy_kwh)
        part_kwh = np.stack([first, energy_kwh - first], axis=1)
        part_cost = unserved * np.array([GUARANTEE_RATIO, 1.0])
    return Weights(part_cost=part_cost, part_kwh=part_kwh, peak_cost=peak_cost, early_cost=early_cost)
