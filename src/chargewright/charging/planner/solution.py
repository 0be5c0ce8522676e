"""What every engine hands back: currents, how good they are, and what the limits are worth."""

from dataclasses import dataclass, field

import numpy as np

from chargewright.charging.planner.problem import Problem
from chargewright.charging.site import Floats

__all__ = ["Binding", "Solution", "bindings"]

_FULL_A = 0.05
"""A wire within half a tenth of an ampere of its limit is full: currents are sent in tenths."""

_PRICED = 1e-9
"""A price below this share of what energy is worth is a crumb of the arithmetic."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that shapes the plan: one more ampere of it in that slot would improve the objective by `price`."""

    row: str
    slot: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Entry currents with their certificate: no plan whatsoever has an objective below `lower_bound`."""

    current_a: Floats
    objective: float
    lower_bound: float | None
    """None: the engine has no certificate."""
    wire_price: Floats = field(repr=False)
    """[wire, slot]: what one ampere more of the limit would improve the objective by; 0 where nothing is known."""
    detail: str
    """How the engine ended, in its own words."""

    @property
    def gap(self) -> float | None:
        """How far the plan can be from the best one, as a share of its objective."""
        if self.lower_bound is None:
            return None
        return max(self.objective - self.lower_bound, 0.0) / max(abs(self.objective), 1e-9)


def bindings(problem: Problem, solution: Solution) -> tuple[Binding, ...]:
    """Return the wires that are full and have a price, by name and slot; without prices, all that are full."""
    carried = problem.wires.carried_a(problem.wire_table(solution.current_a))
    full = carried >= problem.wires.limit_a - _FULL_A
    if solution.lower_bound is not None:
        worth = float(problem.weights.part_cost.max(initial=0.0))
        full &= solution.wire_price > _PRICED * worth
    return tuple(
        sorted(
            (
                Binding(problem.wires.name[w], int(t), float(solution.wire_price[w, t]))
                for w, t in np.argwhere(full)
            ),
            key=lambda binding: (binding.row, binding.slot),
        )
    )
