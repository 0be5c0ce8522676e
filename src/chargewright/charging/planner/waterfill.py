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

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from chargewright.charging.planner import kernel, sweeps
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.solution import Solution
from chargewright.charging.site import Floats

__all__ = ["TARGET", "Warm", "solve"]

TARGET = 1e-4
"""A plan is good enough when at most this share of its objective could be won."""

ROUNDS_MOST = 400
ROUNDS_MOST_WARM = 60
"""So many rounds from a warm start; then the problem is another one, and a fresh start is better."""

CHECK_EVERY = 5
CHECK_EVERY_WARM = 1


@dataclass(frozen=True, slots=True)
class Warm:
    """What one answer leaves for the next: the state of sessions by id and of limits by name, slot by slot in time."""

    edges: tuple[datetime, ...]
    hours: Floats
    power_kw: Mapping[str, Floats]
    row_price: Mapping[str, Floats]
    ball_price: Mapping[str, Floats]
    """Complex."""
    penalty: float


def solve(
    problem: Problem,
    *,
    target: float = TARGET,
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
        found = run(form, target=target, outer_most=rounds, check_every=CHECK_EVERY_WARM, start=begin)
    if found is None or found.objective - found.bound > target * abs(found.objective):
        found = run(form, target=target, outer_most=rounds_most, check_every=CHECK_EVERY, start=None)
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
    edges = tuple(problem.start + timedelta(seconds=float(s)) for s in problem.edges_s)
    table = np.zeros((len(problem.sessions), problem.slots))
    table[problem.entry_session, problem.entry_slot] = end.x
    return Warm(
        edges=edges,
        hours=problem.hours,
        power_kw={session.id: row for session, row in zip(problem.sessions, table, strict=True)},
        row_price=dict(zip(form.row_key, end.row_price, strict=True)),
        ball_price=dict(zip(form.ball_key, end.ball_price_re + 1j * end.ball_price_im, strict=True)),
        penalty=end.penalty,
    )


def _begin(problem: Problem, form: NormalForm, warm: Warm) -> kernel.Start | None:
    """Lay the state of the last answer over the slots of this one; new sessions begin flat."""
    then_s = np.array([(edge - problem.start).total_seconds() for edge in warm.edges])
    middle = (problem.edges_s[:-1] + problem.edges_s[1:]) / 2
    at = np.clip(np.searchsorted(then_s, middle, side="right") - 1, 0, len(then_s) - 2)
    known = middle < then_s[-1]
    if not known.any():
        return None
    per_slot = np.where(known, problem.hours / warm.hours[at], 0.0)
    hours = (
        np.add.reduceat(problem.entry_hours, problem.ptr[:-1]) if len(problem.entry_hours) else np.zeros(0)
    )
    flat_kw = (
        np.divide(form.energy, hours, out=np.zeros(len(form.energy)), where=hours > 0)
        if len(hours)
        else hours
    )
    nothing = np.zeros(len(warm.hours))
    table = np.empty((len(problem.sessions), problem.slots))
    for i, session in enumerate(problem.sessions):
        own = warm.power_kw.get(session.id)
        table[i] = flat_kw[i] if own is None else np.where(known, own[at], flat_kw[i])
    rows = [warm.row_price.get(key, nothing)[at] * per_slot for key in form.row_key]
    balls = [np.asarray(warm.ball_price.get(key, nothing))[at] * per_slot for key in form.ball_key]
    ball = np.array(balls, dtype=np.complex128).reshape(form.balls, problem.slots)
    return kernel.Start(
        x=table[problem.entry_session, problem.entry_slot],
        row_price=np.array(rows).reshape(form.rows, problem.slots),
        ball_price_re=ball.real.copy(),
        ball_price_im=ball.imag.copy(),
        penalty=warm.penalty,
    )
