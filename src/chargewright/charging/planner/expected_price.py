"""How dear a kW of a limit will be, before anything is solved: where water-filling begins."""

import numpy as np

from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["SHORT_BALL", "SHORT_ROW", "cannot_pass", "expected_price"]

_CHARGES = 4.0
"""A demand charge is paid in the few slots of the peak: there its price stands above the mean over all slots."""

SHORT_ROW = 0.02
SHORT_BALL = 0.3
"""Energy counts as short where at least so much of it cannot pass; of circles the price begins to follow later."""

_TIGHTEST = 3
"""So many rows are asked whether they are short."""


def expected_price(problem: Problem, *, short: bool) -> float:
    """How large multipliers may be expected to be, per kW and slot."""
    mean_h = float(problem.hours.mean())
    money = float(np.abs(problem.money.price_per_kwh).mean()) * mean_h
    charged = sum(charge.per_kw for charge in problem.money.charges) / problem.slots
    expected = max(money, _CHARGES * charged, problem.weights.early_cost * mean_h)
    parts = problem.weights.part_cost[problem.weights.part_kwh > 0]
    if not short or not len(parts):
        return expected
    # prices climb to what an unserved kWh costs: begin near it
    return max(expected, float(parts.min()) * mean_h)


def cannot_pass(
    problem: Problem,
    *,
    limit: Floats,
    soft: Floats | None,
    session: Ints,
    weight: Complexes,
    sizes: Ints,
    share: float,
) -> bool:
    """Whether a limit stands in the way of at least this share of what its members want, whatever is done.

    `limit` and `soft` are [row, slot], the members [membership] row by row, `sizes` [row] how many each has. Phasors
    count as far as they point where the wish of all points together. Looks at the tightest few.
    """
    if not len(sizes):
        return False
    sessions, slots = len(problem.sessions), problem.slots
    kw = problem.entry_max_a * problem.watts_per_a[problem.entry_session] / 1000
    room = np.bincount(problem.entry_session, kw * problem.entry_hours, minlength=sessions)
    wanted = weight * np.minimum(problem.energy_wh / 1000, room)[session]
    begins = np.cumsum(sizes) - sizes
    toward = np.add.reduceat(wanted, begins)
    may_exceed = np.zeros(len(toward), np.bool_) if soft is None else np.isfinite(soft).any(axis=1)
    least = np.where(np.isfinite(limit), limit, 0.0) @ problem.hours
    need = np.where(may_exceed, -np.inf, np.abs(toward) * (1 - share))
    tight = np.argsort(least - need, kind="stable")[:_TIGHTEST]
    for number in tight[need[tight] > least[tight]].tolist():
        own = slice(int(begins[number]), int(begins[number] + sizes[number]))
        along = np.zeros(sessions)
        along[session[own]] = np.maximum((weight[own] * np.conj(toward[number])).real, 0.0)
        load = along[problem.entry_session] * kw / abs(toward[number])
        most = np.bincount(problem.entry_slot, load, minlength=slots)
        if need[number] > float(np.minimum(limit[number], most) @ problem.hours):
            return True
    return False
