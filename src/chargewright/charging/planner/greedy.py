"""The instant answer: one pass over the sessions, the least patient first. No optimality, never above a limit."""

import numpy as np

from chargewright.charging.planner.problem import Ints, Problem
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.weights import FAIRNESS_LEVELS, Goal
from chargewright.charging.planner.wires import polygons
from chargewright.charging.site import Floats

__all__ = ["Room", "solve"]

POLYGON_SIDES = 128
"""Circles become inner polygons this fine: at most 0.03 % of a phasor limit is given away."""

POLYGON_SIDES_MANY = 32
"""With more than a hundred sessions: 0.5 %."""

_PEAK_TRIES = 6
"""Goal peak and demand charges: how many halvings of the site peak are tried."""


class Room:
    """What is left of every wire and slot while currents are handed out: `left_a`, [halfplane, slot].

    Circles count as polygons inside them, so that what is left is a number.
    """

    def __init__(self, problem: Problem) -> None:
        wires = problem.wires
        flat = polygons(wires, POLYGON_SIDES if len(problem.sessions) <= 100 else POLYGON_SIDES_MANY)
        count = len(problem.sessions) + len(problem.giving.session)
        weights = np.zeros((len(wires.group_wire), count))
        weights[wires.member_group, wires.member_session] = wires.member_weight
        per_a = flat.coefficients @ weights
        self.left_a = flat.limit_a
        looks = [np.flatnonzero(per_a[:, i] > 0) for i in range(count)]
        self._looks = [(rows, per_a[rows, i][:, None]) for i, rows in enumerate(looks)]

    def of(self, session: int, slots: Ints | slice) -> Floats:
        """Return the current in A that still fits for a session, or a giver's twin, in these slots. Shape [slot]."""
        rows, per_a = self._looks[session]
        if not len(rows):
            return np.full(slots.stop - slots.start if isinstance(slots, slice) else len(slots), np.inf)
        left = self.left_a[rows, slots] if isinstance(slots, slice) else self.left_a[rows[:, None], slots]
        return np.asarray(np.maximum((left / per_a).min(axis=0), 0.0))

    def take(self, session: int, slots: Ints | slice, current_a: Floats) -> None:
        """Hand out current; negative gives it back."""
        rows, per_a = self._looks[session]
        if isinstance(slots, slice):
            self.left_a[rows, slots] -= per_a * current_a
        else:
            self.left_a[rows[:, None], slots] -= per_a * current_a


def solve(problem: Problem) -> Solution:
    """Return a plan below every limit; deterministic, without a certificate.

    Goal balance serves everybody's first eighth, then everybody's second, and so on, each as early as possible; where
    prices count the cheapest slots come first; peaks are met by trying lower and lower ones.
    """
    current = _best(problem)
    return Solution(
        current_a=current,
        objective=problem.objective(current),
        lower_bound=None,
        wire_price=np.zeros(problem.wires.limit_a.shape),
        detail="one pass, least patient first",
    )


def _best(problem: Problem) -> Floats:
    full = _fill(problem, np.full(problem.slots, np.inf))
    if not problem.money.charges:
        return full
    best, best_cost = full, problem.objective(full)
    power = problem.site_power_w(full)
    low, high = max(float(problem.base_power_w.max()), problem.peak_floor_w), float(power.max())
    for _ in range(_PEAK_TRIES):
        middle = (low + high) / 2
        tried = _fill(problem, np.maximum(middle - problem.base_power_w, 0.0))
        cost = problem.objective(tried)
        if cost <= best_cost:
            best, best_cost, high = tried, cost, middle
        else:
            low = middle
    return best


def _fill(problem: Problem, left_w: Floats) -> Floats:
    """Fill the sessions' entries in turn; `left_w` is what the site may still draw per slot."""
    room, left_w = Room(problem), left_w.copy()
    given = np.zeros(len(problem.entry_slot))
    lacking_kwh = problem.energy_wh / 1000
    kwh_per_a = problem.entry_kwh_per_a
    first_slot = (
        problem.entry_slot[np.minimum(problem.ptr[:-1], len(given) - 1)] if len(given) else problem.ptr[:-1]
    )
    by_price = bool(np.ptp(problem.money.price_per_kwh))
    worth = problem.price_per_kwh[problem.entry_slot] * kwh_per_a + problem.early_per_a

    def there(i: int) -> tuple[slice, slice]:
        """The entries of a session, and its slots: they follow each other."""
        begin, end = int(problem.ptr[i]), int(problem.ptr[i + 1])
        return slice(begin, end), slice(int(first_slot[i]), int(first_slot[i]) + end - begin)

    def give(i: int, current_a: Floats) -> None:
        own, slots = there(i)
        given[own] += current_a
        room.take(i, slots, current_a)
        left_w[slots] -= current_a * problem.watts_per_a[i]
        lacking_kwh[i] -= float(current_a @ kwh_per_a[own])

    for number, session in enumerate(problem.sessions):
        if not session.can_pause:
            give(number, problem.entry_min_a[there(number)[0]])
    order = np.argsort(problem.laxity_h, kind="stable").tolist()
    levels = FAIRNESS_LEVELS if Goal.BALANCE in problem.goals else 1
    for level in range(1, levels + 1):
        later_kwh = problem.weights.part_kwh[:, level:].sum(axis=1) if levels > 1 else np.zeros(len(order))
        for i in order:
            wanted = lacking_kwh[i] - later_kwh[i]
            own, slots = there(i)
            if wanted <= 0 or own.start == own.stop:
                continue
            fits = np.minimum(room.of(i, slots), np.maximum(left_w[slots], 0.0) / problem.watts_per_a[i])
            fits = np.maximum(np.minimum(fits, problem.entry_max_a[own] - given[own]), 0.0)
            if by_price:
                turn = np.argsort(worth[own], kind="stable")
                taken = np.empty_like(fits)
                taken[turn] = _until(fits[turn], kwh_per_a[own][turn], wanted)
            else:
                taken = _until(fits, kwh_per_a[own], wanted)
            give(i, taken)
    return given


def _until(fits_a: Floats, kwh_per_a: Floats, wanted_kwh: float) -> Floats:
    """Take what fits, in this order, until there is enough."""
    energy = fits_a * kwh_per_a
    before = np.cumsum(energy) - energy
    return np.asarray(np.minimum(fits_a, np.maximum(wanted_kwh - before, 0.0) / kwh_per_a))
