"""Plans that cars can follow: nothing, or at least the minimum (6 A), in every slot of the horizon.

The relaxed optimum spreads energy thinly, because on paper that costs nothing. A few sessions at a time, those with the
largest minimum and the least patience first, are gathered into fewer slots: each slot at the minimum or more, the
slots that the optimum's prices favour. They may push aside a little of what the sessions yet to come have there, because
these can go where room was made; water-filling then answers for those again, with the settled ones as they stand. When
all are settled, `switches.searched` finds how much everybody gets where they are on, and who had better be on elsewhere.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chargewright.charging.planner import kernel, linear, sweeps
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.room import Room, spread
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.switches import Flags, Frame, searched
from chargewright.charging.planner.wires import Ints
from chargewright.charging.site import Floats

__all__ = ["with_minimum"]

_TRIES = ((0.02, True), (0.02, False), (0.05, True), (0.1, False))
"""Tried until a plan is near: the share of what unsettled sessions have in a slot that a settled one may push aside,
and whether prices count while sessions are settled; where power is short the best plan is the one that wastes none."""


@dataclass(frozen=True, slots=True)
class _Pace:
    """How much is asked of an engine."""

    tries: int
    steps: int
    """In so many parts the sessions are settled."""
    turns: int
    """So many times switches are turned over."""


_FAST = _Pace(tries=len(_TRIES), steps=12, turns=60)
_SLOW = _Pace(tries=2, steps=2, turns=16)
"""Without the kernel: an answer takes a hundred times as long."""

_NEAR = 2e-3
"""A plan this near its bound is good enough; ..."""

_NEAR_SEARCH = 5e-4
"""... and so far the search for better switches goes on."""

_HELD = 0.02
"""A slot counts as the optimum's own from this share of the session's maximum."""

_LITTLE_KWH = 1e-3
"""Less than this is not worth switching a car on for."""

_PATIENCE_S = 10.0

_ROUNDS_BETWEEN = 10
_ROUNDS_FLAT = 100


def with_minimum(problem: Problem, relaxed: Solution, *, compiled: bool | None = None) -> Solution:
    """Return a plan near the relaxed one in which every current is 0 or at least its session's minimum. Deterministic.

    Its bound is that of the relaxed plan: with minima no plan is better than without. Where less is wanted than one
    slot at the minimum, the minimum is offered and counts as taken.
    """
    form = normal_form(problem)
    kw_per_a = problem.watts_per_a[problem.entry_session] / 1000
    rows, balls = spread(form)
    fast = kernel.available() if compiled is None else compiled
    frame = Frame(
        form=form,
        owner=problem.entry_session,
        slot=problem.entry_slot,
        hours=problem.entry_hours,
        least=np.array([s.current_min_a for s in problem.sessions])[problem.entry_session] * kw_per_a,
        rows=rows,
        balls=balls,
        run=kernel.run if fast else _by_program,
    )
    pace = _FAST if fast else _SLOW
    relaxed_kw = np.clip(relaxed.current_a * kw_per_a, form.low, form.high)
    bound = -np.inf if relaxed.lower_bound is None else relaxed.lower_bound
    best: Solution | None = None
    for aside, priced in _TRIES[: pace.tries]:
        x = _settled(problem, relaxed, frame, relaxed_kw, aside=aside, priced=priced, steps=pace.steps)
        x = searched(frame, x, bound=bound, near=_NEAR_SEARCH, turns_most=pace.turns).x
        current = np.minimum(x / kw_per_a, problem.entry_max_a)
        found = replace(relaxed, current_a=current, objective=problem.objective(current))
        if best is None or found.objective < best.objective:
            best = found
        if best.gap is None or best.gap <= _NEAR:
            break
    assert best is not None, "there is a first try"
    return best


def _by_program(form: NormalForm, **asked: Any) -> kernel.Outcome:
    """Answer without the kernel: by the linear program, or in plain Python where that is missing or takes too long."""
    try:
        found = linear.answered(form, time_limit_s=_PATIENCE_S)
    except ImportError:
        found = None
    return found or sweeps.run(form, **asked)


def _settled(
    problem: Problem,
    relaxed: Solution,
    frame: Frame,
    x: Floats,
    *,
    aside: float,
    priced: bool,
    steps: int,
) -> Floats:
    """Settle all sessions, a few at a time; the others answer anew each time."""
    form, owner = frame.form, frame.owner
    price = _prices(problem, relaxed)
    if not priced:
        form = replace(form, price=np.zeros_like(form.price), late=np.zeros_like(form.late))
        frame, price = replace(frame, form=form), np.zeros_like(price)
        x = frame.run(form, target=1e-4, outer_most=_ROUNDS_FLAT, check_every=5, start=None).x
    settled = np.zeros(len(form.energy), dtype=np.bool_)
    start = None
    for batch in np.array_split(_order(form, frame.least, owner), min(steps, max(len(form.energy), 1))):
        x = _gathered(frame, x, price, batch, settled[owner], aside)
        settled[batch] = True
        fixed = settled[owner]
        held = frame.between(np.where(fixed, x, form.low), np.where(fixed, x, form.high))
        found = frame.run(held, target=1e-4, outer_most=_ROUNDS_BETWEEN, check_every=5, start=start)
        start = found.end
        x = np.where(fixed, x, found.x)
    return x


def _order(form: NormalForm, least: Floats, owner: Ints) -> Ints:
    """The largest minimum first, then the least patient."""
    smallest = np.zeros(len(form.energy))
    np.maximum.at(smallest, owner, least)
    slot = np.arange(len(owner)) - form.ptr[owner] + form.first[owner]
    most_kwh = np.bincount(owner, form.high * form.hours[slot], minlength=len(form.energy))
    return np.lexsort((most_kwh / np.maximum(form.energy, 1e-9), -smallest))


def _prices(problem: Problem, relaxed: Solution) -> Floats:
    """What a kWh costs in each entry, the wires' prices included."""
    wires = problem.wires
    session, slot = problem.entry_session, problem.entry_slot
    price = problem.price_per_kwh[slot] + problem.haste[session] * problem.late_per_kwh[slot]
    per_a = np.zeros((len(problem.sessions), problem.slots))
    wire = wires.group_wire[wires.member_group]
    np.add.at(per_a, wires.member_session, wires.member_weight[:, None] * relaxed.wire_price[wire])
    return np.asarray(price + per_a[session, slot] / np.maximum(problem.entry_kwh_per_a, 1e-12))


def _peaks(form: NormalForm, room: Room) -> Floats:
    """The highest load of each charge. Shape [charge]."""
    found = form.peak_floor.copy()
    for charge, row in enumerate(form.peak_row.tolist()):
        counted = np.isfinite(form.peak_under[charge])
        load = room.load[row, counted] - form.peak_under[charge, counted]
        found[charge] = max(float(load.max(initial=0.0)), float(found[charge]))
    return found


def _gathered(frame: Frame, x: Floats, price: Floats, batch: Ints, settled: Flags, aside: float) -> Floats:
    """Gather the energy of some sessions into slots at the minimum or more."""
    plan, form, least = x.copy(), frame.form, frame.least
    spreads = frame.rows, frame.balls
    peaks = _peaks(form, Room(form, x, peak_kw=form.peak_most, spreads=spreads))
    room = Room(form, x, peak_kw=peaks, spreads=spreads)
    others = Room(form, np.where(settled, 0.0, x), peak_kw=peaks, spreads=spreads)
    room.limit = room.limit + aside * others.load
    for i in batch.tolist():
        own = room.entries(i)
        if own.start == own.stop:
            continue
        hours = frame.hours[own]
        wanted = float(hours @ x[own])
        room.take(i, -plan[own])
        fits = np.maximum(np.minimum(room.of(i), form.high[own]), form.low[own])
        held = x[own] > _HELD * form.high[own]
        turn = np.lexsort((-fits, np.round(price[own], 6), ~held))
        taken = _fill(fits, least[own], hours, turn, wanted, form.low[own])
        plan[own] = taken
        room.take(i, taken)
    return plan


def _fill(fits: Floats, least: Floats, hours: Floats, turn: Ints, wanted: float, low: Floats) -> Floats:
    """Take slots in turn, each at the minimum or more, until there is enough; the last may borrow from the others."""
    given = low.copy()
    rest = wanted - float(hours @ given)
    for at in turn.tolist():
        if rest <= 1e-9 or fits[at] < least[at] or given[at] > 0:
            continue
        power = min(float(fits[at]), rest / float(hours[at]))
        if power >= least[at]:
            given[at] = power
            rest -= power * float(hours[at])
            continue
        # what is left is less than the minimum: first on top of what runs, else one slot more at the others' cost
        spare = np.where(given > 0, fits - given, 0.0)
        if float(spare @ hours) >= rest:
            _spread(given, spare, hours, rest)
            return given
        lacking = float(least[at]) * float(hours[at]) - rest
        lend = np.where(given > 0, given - np.maximum(least, low), 0.0)
        if float(lend @ hours) >= lacking:
            _spread(given, -lend, hours, lacking)
            given[at] = least[at]
            return given
    if rest > 1e-9:
        spare = np.where(given > 0, fits - given, 0.0)
        _spread(given, spare, hours, min(rest, float(spare @ hours)))
    if rest > _LITTLE_KWH and not given.any():
        # less than a minimum is wanted, so the car stops by itself before the slot is over
        given[[at for at in turn.tolist() if fits[at] >= least[at] > 0][:1]] = least.max()
    return given


def _spread(given: Floats, room: Floats, hours: Floats, energy: float) -> None:
    """Add energy within `room`, or take it away within a negative one, slot by slot."""
    for at in np.flatnonzero(room).tolist():
        if energy <= 0:
            return
        part = min(abs(float(room[at])) * float(hours[at]), energy)
        given[at] += np.sign(room[at]) * part / float(hours[at])
        energy -= part
