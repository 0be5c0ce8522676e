"""What a plan may be asked, and what the goals make of it: one sum of money, or of what stands for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.weights import LEVEL_RATIO, Charge, Goal, Money
from chargewright.charging.site import EvseKey, Floats, Steps
from chargewright.charging.tariff import DemandCharge
from chargewright.errors import InvalidInput

__all__ = ["Asked", "goals_of", "money_of"]

_PEAK_UNIT_H = 1.0
"""A kW of peak and a kWh compare over an hour where two goals are put in order."""


class Asked(TypedDict, total=False):
    """What a plan may be asked beside site, sessions and time."""

    goal: Goal | Sequence[Goal]
    """One, or several in their order; balance if nothing is said."""
    horizon: Floats
    """Slot edges in s from now; slots after the last departure are left out."""
    prices: Steps | None
    """Per kWh of import."""
    export_prices: Steps | None
    """What a kWh fed in earns."""
    carbon_g_per_kwh: Steps | None
    """Of the grid's energy."""
    carbon_price_per_kg: float
    """Goal cost: added to the price of import."""
    base_power_w: Steps | None
    """What the rest of the site draws; negative: it exports."""
    demand_charge_per_kw: float
    peak_so_far_w: float
    """A peak below is worth nothing: for goal peak, and for `demand_charge_per_kw`."""
    demand_charges: Sequence[DemandCharge]
    """Each with its own times and its own peak so far."""
    energy_value_per_kwh: float | None
    """What an unserved kWh costs; None: energy always comes first. See `weights.weigh`."""
    reserved: Mapping[EvseKey, Steps] | None
    """Currents that other EVSEs may draw whatever we plan: stations that do not follow, or that cannot be reached while
    a lease runs. They count in every wire, but a planned session's own EVSE needs no reservation."""


def goals_of(asked: Asked) -> tuple[Goal, ...]:
    """Return the goals in their order.

    Raises:
        InvalidInput: none, or one twice.

    """
    said = asked.get("goal", Goal.BALANCE)
    goals = (said,) if isinstance(said, Goal) else tuple(said)
    if not goals or len(set(goals)) < len(goals):
        raise InvalidInput("a plan needs at least one goal, and none twice", where="goal")
    return goals


def _bill(now: datetime, horizon: Floats, asked: Asked, slots: int, base_w: Floats) -> Money:
    """Energy and peaks in money."""
    edges = horizon[: slots + 1]
    charges = [
        _charge(c.name, c.per_kw, c.peak_so_far_w, _active(c, now, horizon), slots, base_w)
        for c in asked.get("demand_charges", ())
    ]
    per_kw, so_far_w = asked.get("demand_charge_per_kw", 0.0), asked.get("peak_so_far_w", 0.0)
    charges.append(_charge("peak", per_kw, so_far_w, np.ones(len(base_w), dtype=np.bool_), slots, base_w))
    carbon_kg = _mean(asked.get("carbon_g_per_kwh"), now, edges) / 1000
    return Money(
        price_per_kwh=_mean(asked.get("prices"), now, edges)
        + asked.get("carbon_price_per_kg", 0.0) * carbon_kg,
        export_per_kwh=_mean(asked.get("export_prices"), now, edges),
        charges=tuple(charge for charge in charges if charge.per_kw > 0),
        unit=1.0,
    )


def _charge(
    name: str, per_kw: float, so_far_w: float, active: npt.NDArray[np.bool_], slots: int, base_w: Floats
) -> Charge:
    """A charge over the slots that are planned; the peak that the base load sets after them is paid in any case."""
    later_w = float(base_w[slots:][active[slots:]].max(initial=0.0))
    return Charge(name, per_kw, max(so_far_w, later_w) / 1000, active[:slots])


def money_of(
    goals: Sequence[Goal], now: datetime, horizon: Floats, asked: Asked, *, slots: int, base_w: Floats
) -> Money:
    """Return the goals' own terms in one sum; each next goal counts a hundredth of the one before at most.

    The first `slots` of the horizon are planned; `base_w` is the rest of the site's load over all of it.
    """
    edges = horizon[: slots + 1]
    nothing = np.zeros(slots)
    so_far_w = asked.get("peak_so_far_w", 0.0)
    peak = _charge("peak", 1.0, so_far_w, np.ones(len(base_w), dtype=np.bool_), slots, base_w)
    carbon_kg = _mean(asked.get("carbon_g_per_kwh"), now, edges) / 1000
    of_goal = {
        Goal.COST: _bill(now, horizon, asked, slots, base_w),
        Goal.CARBON: Money(price_per_kwh=carbon_kg, export_per_kwh=nothing),
        Goal.SOLAR: Money(price_per_kwh=nothing + 1.0, export_per_kwh=nothing),
        Goal.PEAK: Money(price_per_kwh=nothing, export_per_kwh=nothing, charges=(peak,)),
    }
    total = Money(price_per_kwh=nothing, export_per_kwh=nothing)
    level = 0.0
    for goal in goals:
        own = of_goal.get(goal)
        if own is None:
            continue
        unit = own.range_per_kwh + sum(charge.per_kw for charge in own.charges) / _PEAK_UNIT_H
        if not unit:
            continue
        factor = 1.0 if not level else level * LEVEL_RATIO / unit
        total = total.plus(own.scaled(factor))
        level = unit * factor
    return total


def _mean(steps: Steps | None, now: datetime, edges: Floats) -> Floats:
    return np.zeros(len(edges) - 1) if steps is None else steps.mean(now, edges)


def _active(charge: DemandCharge, now: datetime, edges: Floats) -> npt.NDArray[np.bool_]:
    if charge.active is None:
        return np.ones(len(edges) - 1, dtype=np.bool_)
    return np.asarray(charge.active.highest(now, edges) > 0)
