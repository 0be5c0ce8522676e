"""The instant answer: one pass over the sessions, the least patient first. No optimality, never above a limit."""

import numpy as np

from chargewright.charging.planner.problem import Ints, Problem
from chargewright.charging.planner.weights import FAIRNESS_LEVELS, Goal
from chargewright.charging.site import Floats

__all__ = ["Room", "solve"]

_PEAK_TRIES = 6
"""Goal peak and demand charges: how many halvings of the site peak are tried."""


class Room:
    """What is left of every row and slot while currents are handed out: `left_a`, [row, slot]."""

    def __init__(self, problem: Problem) -> None:
        weights = np.zeros((problem.row_coefficients.shape[1], len(problem.sessions)))
        np.add.at(weights, (problem.aggregate_index, problem.aggregate_session), problem.aggregate_weight)
        self._per_a = problem.row_coefficients @ weights
        self.left_a = problem.row_limit_a.copy()
        self._looks = [np.flatnonzero(self._per_a[:, i] > 0) for i in range(len(problem.sessions))]

    def of(self, session: int, slots: Ints) -> Floats:
        """Return the current in A that still fits for a session in these slots. Shape [slot]."""
        rows = self._looks[session]
        if not len(rows):
            return np.full(len(slots), np.inf)
        left = self.left_a[np.ix_(rows, slots)] / self._per_a[rows, session][:, None]
        return np.asarray(np.maximum(left.min(axis=0), 0.0))

    def take(self, session: int, slots: Ints, current_a: Floats) -> None:
        """Hand out current; negative gives it back."""
        rows = self._looks[session]
        self.left_a[np.ix_(rows, slots)] -= self._per_a[rows, session][:, None] * current_a


def solve(problem: Problem) -> Floats:
    """Return entry currents in A, [entry], below every limit; deterministic.

    Goal balance serves everybody's first eighth, then everybody's second, and so on, each as early as possible; goal
    cost takes the cheapest slots; peak and demand charges are met by trying lower and lower site peaks.
    """
    if not problem.weights.peak_cost:
        return _fill(problem, np.full(problem.slots, np.inf))
    full = _fill(problem, np.full(problem.slots, np.inf))
    best, best_cost = full, problem.objective(full)
    power = problem.site_power_w(full)
    low, high = max(float(problem.base_power_w.max()), problem.peak_so_far_w), float(power.max())
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
    order = np.argsort(problem.laxity_h, kind="stable")
    if problem.goal is Goal.COST:
        worth = problem.price_per_kwh[problem.entry_slot] * problem.entry_kwh_per_a + problem.early_per_a
    else:
        worth = problem.entry_slot.astype(np.float64)

    def give(session: int, current_a: Floats) -> None:
        own = slice(problem.ptr[session], problem.ptr[session + 1])
        slots = problem.entry_slot[own]
        given[own] += current_a
        room.take(session, slots, current_a)
        left_w[slots] -= current_a * problem.watts_per_a[session]
        lacking_kwh[session] -= float(current_a @ problem.entry_kwh_per_a[own])

    for i in np.flatnonzero([not s.can_pause for s in problem.sessions]):
        give(int(i), problem.entry_min_a[problem.ptr[i] : problem.ptr[i + 1]])
    levels = FAIRNESS_LEVELS if problem.goal is Goal.BALANCE else 1
    for level in range(levels - 1, -1, -1):
        for i in order:
            own = slice(problem.ptr[i], problem.ptr[i + 1])
            wanted = lacking_kwh[i] - float(problem.weights.part_kwh[i, levels - level :].sum()) * (
                levels > 1
            )
            if wanted <= 0 or own.start == own.stop:
                continue
            slots = problem.entry_slot[own]
            fits = np.minimum(room.of(int(i), slots), np.maximum(left_w[slots], 0.0) / problem.watts_per_a[i])
            fits = np.minimum(fits, problem.entry_max_a[own] - given[own])
            first = np.argsort(worth[own], kind="stable")
            energy = (fits * problem.entry_kwh_per_a[own])[first]
            before = np.cumsum(energy) - energy
            used = np.clip(wanted - before, 0.0, energy)
            taken = np.zeros_like(fits)
            taken[first] = np.divide(used, energy, out=np.zeros_like(used), where=energy > 0) * fits[first]
            give(int(i), taken)
    return given
