"""Goals as orderings of one objective, and why its first term always wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.session import Session
from chargewright.charging.site import Floats

__all__ = ["Charge", "Goal", "Money", "Weights", "weigh"]

GUARANTEE_RATIO = 4.0
"""Guaranteed energy is worth this many times the energy that is only wanted."""

FAIRNESS_LEVELS = 8
"""Goal balance: the request is cut into this many equal parts, and ..."""

FAIRNESS_RATIO = 3.0
"""... each part is worth this many times the next one, for everybody: who has the least comes first."""

PRIORITY_RATIO = 8.0
"""Goal priority: a Wh of one class is worth this many times a Wh of the next lower one, for up to ..."""

PRIORITY_CLASSES = 6

LEVEL_RATIO = 1e-2
"""Of two goals in order, the second may at most outweigh so much of what the first one counts per kWh."""

EARLY_SHARE = 1e-3
"""What early energy may cost at most, as a share of what the goal's own term can vary."""

SHORTFALL_TOLERANCE = 1e-3
"""At most this share of all energy wanted could be lost to the goal's own term; see `Weights`."""

LATE_SHARE = 1e-2
"""Where a kWh has a value and money counts: how much less it is worth at the end of the horizon than now. Late energy may never be taken,
from a car that leaves early or into a battery that is nearly full; and of a smaller cost a certified gap sees nothing."""

LATE_SHARE_MOST = 5e-2
"""But never more than this share of what prices vary by: a value that only says "serve it" says nothing of when."""

EXCHANGE_SAFETY = 10.0
"""How far the price of an unserved kWh stands above the most that one kWh can cost where loads swap one for one."""


class Goal(StrEnum):
    """What comes after safety and energy."""

    ENERGY = "energy"
    """Nothing but energy: as much as possible, early for who leaves soon."""
    PEAK = "peak"
    """The least site peak."""
    BALANCE = "balance"
    """Fair shares: the session that would get the smallest part of its wish comes first."""
    COST = "cost"
    """The least money for energy and for a new peak."""
    SOLAR = "solar"
    """The least energy from the grid: surplus of the site's own sun first."""
    CARBON = "carbon"
    """The least carbon dioxide."""
    PRIORITY = "priority"
    """Who has the higher weight is served first, in classes."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money per kW of the site's highest load, where it rises above the peak so far."""

    name: str
    per_kw: float
    floor_kw: float
    active: npt.NDArray[np.bool_]
    """[slot] where load counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What energy and peaks cost for one goal, in the goal's own unit (money, kg of CO2, kWh from the grid)."""

    price_per_kwh: Floats
    """[slot] of import."""
    export_per_kwh: Floats
    """[slot] what a kWh fed in earns, at most the price."""
    charges: tuple[Charge, ...] = ()
    unit: float = 0.0
    """What one of money counts in it; 0: no goal asks for money."""

    def scaled(self, factor: float) -> "Money":
        """Return the same in another unit."""
        return Money(
            price_per_kwh=self.price_per_kwh * factor,
            export_per_kwh=self.export_per_kwh * factor,
            charges=tuple(Charge(c.name, c.per_kw * factor, c.floor_kw, c.active) for c in self.charges),
            unit=self.unit * factor,
        )

    def plus(self, other: "Money") -> "Money":
        """Return the sum of both."""
        return Money(
            price_per_kwh=self.price_per_kwh + other.price_per_kwh,
            export_per_kwh=self.export_per_kwh + other.export_per_kwh,
            charges=(*self.charges, *other.charges),
            unit=self.unit + other.unit,
        )

    @property
    def range_per_kwh(self) -> float:
        """By how much a kWh can differ from another by its time alone."""
        if not len(self.price_per_kwh):
            return 0.0
        low = min(float(self.price_per_kwh.min()), float(self.export_per_kwh.min()))
        return float(self.price_per_kwh.max()) - low or abs(float(self.price_per_kwh.max()))

    @property
    def most_per_kwh(self) -> float:
        """The most that a kWh can cost, peaks aside."""
        return float(np.abs(self.price_per_kwh).max(initial=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The one objective: shortfall first, then the goals' own terms in their order, then early energy.

    minimise  sum over sessions and parts of  part_cost * shortfall_kwh
              + sum over sessions with a guarantee of  mile_cost * (what lacks of it at its time)
              + sum of price * imported kWh - sum of export price * exported kWh
              + sum over charges of  per_kw * (peak_kw - floor_kw)+
              + early_cost * sum of haste[session] * kWh * time from now / horizon   (haste <= 1)

    Dominance, where no value of energy is given. Let V be the most that the goals' and the early term together can
    vary: range of prices and 0 x all energy wanted + charges x the largest possible rise of the peak + early_cost x
    all energy. A part costs at least V / (SHORTFALL_TOLERANCE x all energy wanted, or given and taken for it) per kWh. So a plan that leaves more
    than that share of the energy unserved without need is beaten by the plan that serves it, whatever it saves: saving
    is at most V. Moreover, one more kWh in a slot of the least duration d raises the peak by at most 1/d kW, and a
    part costs at least EXCHANGE_SAFETY times charges / d + range of prices + early_cost: where loads can be exchanged
    one for one, and even ten for one, nothing at all is lost.
    """

    part_cost: Floats
    """Per kWh, shape [session, part], falling from the first part of a request to its last."""
    part_kwh: Floats
    """How much shortfall each part can hold, shape [session, part]."""
    mile_cost: Floats
    """Per kWh of the guarantee that lacks at its time, shape [session]."""
    early_cost: float
    """Per kWh at the end of the horizon."""


def weigh(
    goals: Sequence[Goal],
    money: Money,
    sessions: Sequence[Session],
    *,
    peak_rise_kw: float,
    shortest_h: float,
    energy_value_per_kwh: float | None = None,
    given_kwh: float = 0.0,
) -> Weights:
    """Derive the weights from the ranges of the data; the proof stands at `Weights`.

    `given_kwh` is the most that batteries can give back; it, and what it takes to charge it, count as moved besides.

    With `energy_value_per_kwh` an unserved kWh costs that and no more: a plan may leave energy away where it costs more
    than it is worth.
    """
    energy_kwh = np.array([max(s.energy_wh, 0.0) for s in sessions]) / 1000
    guaranteed_kwh = np.array([s.energy_min_wh for s in sessions]) / 1000
    delivered_kwh = np.array([s.energy_delivered_wh for s in sessions]) / 1000
    session_weight = np.array([s.weight for s in sessions], dtype=np.float64)
    total_kwh = max(float(energy_kwh.sum()), 1e-3)
    charged = sum(charge.per_kw for charge in money.charges)
    rise_kw = max(peak_rise_kw, 0.0)
    moved_kwh = total_kwh + 2 * given_kwh
    varies = money.range_per_kwh or charged * rise_kw / moved_kwh or 1 / EARLY_SHARE
    early_cost = EARLY_SHARE * varies
    if energy_value_per_kwh is not None:
        unserved = energy_value_per_kwh
        if money.unit:
            early_cost = max(early_cost, min(LATE_SHARE * energy_value_per_kwh, LATE_SHARE_MOST * varies))
    else:
        most = (money.most_per_kwh + early_cost) * moved_kwh + charged * rise_kw
        one_kwh = charged / shortest_h + money.most_per_kwh + early_cost
        unserved = max(EXCHANGE_SAFETY * one_kwh, most / (SHORTFALL_TOLERANCE * moved_kwh))
        unserved /= float(session_weight.min(initial=1.0)) or 1.0
    if Goal.BALANCE in goals:
        whole = energy_kwh + delivered_kwh
        edges = np.minimum(whole[:, None] * np.arange(FAIRNESS_LEVELS + 1) / FAIRNESS_LEVELS, whole[:, None])
        # what is delivered already fills the first parts; the rest is what can still be lacking
        part_kwh = np.maximum(edges[:, 1:] - np.maximum(edges[:, :-1], delivered_kwh[:, None]), 0.0)
        ladder = FAIRNESS_RATIO ** np.arange(FAIRNESS_LEVELS - 1, -1, -1.0)
    else:
        first = np.clip(guaranteed_kwh, 0.0, energy_kwh)
        part_kwh = np.stack([first, energy_kwh - first], axis=1)
        ladder = np.array([GUARANTEE_RATIO, 1.0])
    each = unserved * (_classes(session_weight) if Goal.PRIORITY in goals else session_weight)
    return Weights(
        part_cost=each[:, None] * ladder,
        part_kwh=part_kwh,
        mile_cost=each * ladder[0],
        early_cost=early_cost,
    )


def _classes(session_weight: Floats) -> Floats:
    """A factor per session: everybody of one weight is worth PRIORITY_RATIO times everybody of the next lower one."""
    known = np.unique(session_weight)
    rank = np.searchsorted(known, session_weight)
    top = len(known) - 1
    # the highest classes stay apart where there are more than the ratio can tell
    return np.asarray(PRIORITY_RATIO ** np.maximum(rank - max(top - PRIORITY_CLASSES + 1, 0), 0.0))
