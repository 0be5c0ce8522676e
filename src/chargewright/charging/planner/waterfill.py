"""The fast engine: proximal block-coordinate water-filling with a certificate.

Each session in turn answers the others exactly: given what a kWh costs in each of its slots, it fills the cheapest
ones up to one level, as water fills a basin. Limits and peaks act through multipliers (an augmented Lagrangian), the
site's load is held by a proximal term so that sessions do not all jump at once, and a demand charge is one scalar that
is minimised exactly between sweeps. After every few rounds the present answer is made feasible (scaled down where a
wire is overloaded, refilled where there is room), and the multipliers give a bound below every plan whatsoever
(each session's best answer to the prices alone is a fractional knapsack). The difference is the certified gap.

Two sweeps a round are not proven to converge; the certificate decides, and who gets no certificate asks another
engine. The compiled kernel (native/waterfill.cpp) and `sweeps.py` are the same algorithm; without a compiler the second
one runs, some hundred times slower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chargewright.charging.planner import kernel, sweeps
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["TARGET", "Warm", "solve"]

TARGET = 1e-4
"""A plan is good enough when at most this share of its objective could be won."""

SHARP = 1e-3
"""And at most this share of what it costs beside the energy that it lacks."""

ROUNDS_MOST = 400
ROUNDS_MOST_WARM = 60
"""So many rounds from a warm start; then the problem is another one, and a fresh start is better."""

CHECK_EVERY = 5
CHECK_EVERY_WARM = 2
"""A check costs as much as a round or two, and a warm start rarely ends after the first."""


@dataclass(frozen=True, slots=True)
class Warm:
    """What one answer leaves for the next: the state of sessions by id and of limits by name, slot by slot in time."""

    start: datetime
    edges_s: Floats
    session: Mapping[str, int]
    """Where a session stands in `power_kw`, [session, slot]."""
    power_kw: Floats
    row: Mapping[str, int]
    row_price: Floats
    ball: Mapping[str, int]
    ball_price: Complexes
    penalty: float


def solve(
    problem: Problem,
    *,
    target: float = TARGET,
    sharp: float = np.inf,
    warm: Warm | None = None,
    rounds_most: int = ROUNDS_MOST,
    compiled: bool | None = None,
) -> tuple[Solution, Warm]:
    """Return the best plan found, certified where it could be, and where the next call can begin.

    Deterministic. `compiled`: None takes the kernel where there is one.
    """
    form = normal_form(problem)
    engine = kernel.available() if compiled is None else compiled
    run = kernel.run if engine else sweeps.run
    found = None
    begin = None if warm is None else _begin(problem, form, warm)
    if begin is not None:
        rounds = min(ROUNDS_MOST_WARM, rounds_most)
        found = run(
            form, target=target, sharp=sharp, outer_most=rounds, check_every=CHECK_EVERY_WARM, start=begin
        )
    if found is None or found.outer >= ROUNDS_MOST_WARM:
        found = run(
            form, target=target, sharp=sharp, outer_most=rounds_most, check_every=CHECK_EVERY, start=None
        )
    kw_per_a = problem.watts_per_a[problem.entry_session] / 1000
    current = np.clip(found.x / kw_per_a, problem.entry_min_a, problem.entry_max_a)
    solution = Solution(
        current_a=current,
        objective=problem.objective(current),
        lower_bound=found.bound,
        wire_price=_wire_price(problem, form, found),
        detail=f"{found.outer} rounds, {'compiled' if engine else 'plain Python'}",
    )
    return solution, _left(problem, form, found.end)


def _wire_price(problem: Problem, form: NormalForm, found: kernel.Outcome) -> Floats:
    """Multipliers per A of each wire; those of its rows and balls add up."""
    price = np.zeros((len(problem.wires.name), problem.slots))
    own = form.row_wire >= 0
    slots = np.broadcast_to(np.arange(problem.slots), own.shape)
    np.add.at(price, (form.row_wire[own], slots[own]), (found.row_price / form.row_unit)[own])
    size = np.hypot(found.end.ball_price_re, found.end.ball_price_im)
    np.add.at(price, form.ball_wire, size / form.ball_unit)
    return price


def _left(problem: Problem, form: NormalForm, end: kernel.Start) -> Warm:
    table = np.zeros((len(problem.sessions), problem.slots))
    table[problem.entry_session, problem.entry_slot] = end.x
    return Warm(
        start=problem.start,
        edges_s=problem.edges_s,
        session={session.id: i for i, session in enumerate(problem.sessions)},
        power_kw=table,
        row={key: number for number, key in enumerate(form.row_key)},
        row_price=end.row_price,
        ball={key: number for number, key in enumerate(form.ball_key)},
        ball_price=end.ball_price_re + 1j * end.ball_price_im,
        penalty=end.penalty,
    )


def _begin(problem: Problem, form: NormalForm, warm: Warm) -> kernel.Start | None:
    """Lay the state of the last answer over the slots of this one; new sessions begin flat."""
    then_s = warm.edges_s + (warm.start - problem.start).total_seconds()
    middle = (problem.edges_s[:-1] + problem.edges_s[1:]) / 2
    at = np.clip(np.searchsorted(then_s, middle, side="right") - 1, 0, len(then_s) - 2)
    known = middle < then_s[-1]
    if not known.any():
        return None
    per_slot = np.where(known, problem.hours / np.diff(then_s)[at] * 3600, 0.0)
    hours = np.bincount(problem.entry_session, problem.entry_hours, minlength=len(form.energy))
    flat_kw = np.divide(form.energy, hours, out=np.zeros(len(form.energy)), where=hours > 0)
    seen = np.array([warm.session.get(session.id, -1) for session in problem.sessions], dtype=np.int64)
    session, slot = problem.entry_session, problem.entry_slot
    there = (seen[session] >= 0) & known[slot]
    x = np.where(there, warm.power_kw[seen[session], at[slot]], flat_kw[session])
    ball = _laid(warm.ball, warm.ball_price, form.ball_key, at, per_slot)
    return kernel.Start(
        x=x,
        row_price=_laid(
            warm.row, warm.row_price.astype(np.complex128), form.row_key, at, per_slot
        ).real.copy(),
        ball_price_re=ball.real.copy(),
        ball_price_im=ball.imag.copy(),
        penalty=warm.penalty,
    )


def _laid(
    where: Mapping[str, int], price: Complexes, keys: Sequence[str], at: Ints, per_slot: Floats
) -> Complexes:
    """Prices of the limits that are still there, in their new order and slots; 0 for the others."""
    found = np.array([where.get(key, -1) for key in keys], dtype=np.int64)
    laid = np.zeros((len(keys), len(at)), np.complex128)
    same = found >= 0
    laid[same] = price[found[same]][:, at] * per_slot
    return laid
