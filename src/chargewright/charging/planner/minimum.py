"""Plans that cars can follow: nothing, or at least the minimum (6 A), in every slot of the horizon.

The relaxed optimum spreads energy thinly, because on paper that costs nothing. A few sessions at a time, those with the
largest minimum and the least patience first, are gathered into fewer slots: each slot at the minimum or more, the
slots that the optimum's prices favour. They may push aside most of what the sessions yet to come have there, because
these can go where room was made; water-filling then answers for those again, with the settled ones as they stand. When
all are settled, it answers once more how much everybody gets, between the minimum and the maximum, where they are on.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner import kernel, sweeps
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.room import Room, Spread, spread
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.wires import Ints
from chargewright.charging.site import Floats

__all__ = ["with_minimum"]

Flags: TypeAlias = npt.NDArray[np.bool_]
Run: TypeAlias = Callable[..., kernel.Outcome]
Spreads: TypeAlias = tuple[Spread, Spread]

_STEPS = 24
"""In so many parts the sessions are settled."""

_TRIES = ((0.1, True), (0.1, False), (0.05, True), (0.05, False), (0.02, False))
"""Tried until a plan is near: the share of what unsettled sessions have in a slot that a settled one may push aside,
and whether prices count while sessions are settled; where power is short the best plan is the one that wastes none."""

_NEAR = 2e-3
"""A plan this near its bound is good enough."""

_HELD = 0.02
"""A slot counts as the optimum's own from this share of the session's maximum."""

_REVIVALS = 6
"""How often sessions that lack energy may be switched on where room is left."""

_WORTH = 0.3
"""Room for this share of a minimum is worth switching a session on: the others there make way for the rest."""

_LITTLE_KWH = 1e-3
"""Less than this is not worth switching a car on for."""

_ROUNDS_BETWEEN = 10
_ROUNDS_LAST = 100


def with_minimum(problem: Problem, relaxed: Solution, *, compiled: bool | None = None) -> Solution:
    """Return a plan near the relaxed one in which every current is 0 or at least its session's minimum. Deterministic.

    Its bound is that of the relaxed plan: with minima no plan is better than without.
    """
    form = normal_form(problem)
    kw_per_a = problem.watts_per_a[problem.entry_session] / 1000
    least = np.array([s.current_min_a for s in problem.sessions])[problem.entry_session] * kw_per_a
    run = kernel.run if (kernel.available() if compiled is None else compiled) else sweeps.run
    relaxed_kw = np.clip(relaxed.current_a * kw_per_a, form.low, form.high)
    price = _prices(problem, relaxed)
    spreads = spread(form)
    peaks = _peaks(form, Room(form, relaxed_kw, peak_kw=form.peak_most, spreads=spreads))
    peaks = np.maximum(peaks, _peaks_of_one(form, least))
    best: Solution | None = None
    flat = replace(form, price=np.zeros_like(form.price), late=np.zeros_like(form.late))
    for aside, priced in _TRIES:
        asked = form if priced else flat
        first = relaxed_kw
        if not priced:
            first = run(flat, target=1e-4, outer_most=_ROUNDS_LAST, check_every=5, start=None).x
        keys = price if priced else np.zeros_like(price)
        x = _settled(asked, first, least, keys, run, spreads, owner=problem.entry_session, aside=aside)
        x = _levelled(
            form, x, least, run, spreads, peaks, owner=problem.entry_session, hours=problem.entry_hours
        )
        current = np.minimum(x / kw_per_a, problem.entry_max_a)
        found = replace(relaxed, current_a=current, objective=problem.objective(current))
        if best is None or found.objective < best.objective:
            best = found
        if best.gap is None or best.gap <= _NEAR:
            break
    assert best is not None, "there is a first try"
    return best


def _settled(
    form: NormalForm,
    x: Floats,
    least: Floats,
    price: Floats,
    run: Run,
    spreads: Spreads,
    *,
    owner: Ints,
    aside: float,
) -> Floats:
    """Settle all sessions, a few at a time; the others answer anew each time."""
    settled = np.zeros(len(form.energy), dtype=np.bool_)
    start = None
    for batch in np.array_split(_order(form, least, owner), min(_STEPS, max(len(form.energy), 1))):
        x = _gathered(form, x, least, price, batch, settled[owner], spreads, aside)
        settled[batch] = True
        fixed = settled[owner]
        held = replace(form, low=np.where(fixed, x, form.low), high=np.where(fixed, x, form.high))
        found = run(held, target=1e-4, outer_most=_ROUNDS_BETWEEN, check_every=5, start=start)
        start = found.end
        x = np.where(fixed, x, found.x)
    return x


def _levelled(
    form: NormalForm,
    x: Floats,
    least: Floats,
    run: Run,
    spreads: Spreads,
    peaks: Floats,
    *,
    owner: Ints,
    hours: Floats,
) -> Floats:
    """How much everybody gets where they are on; who lacks energy may come on where there is room."""
    best, cost = None, np.inf
    on = x > 1e-9
    for _ in range(_REVIVALS):
        low = np.where(on, np.maximum(least, form.low), form.low)
        low = np.minimum(low, np.where(on, form.high, form.low))
        # who is on for less than a minimum is offered more than it wants, and stops by itself
        offered = np.bincount(owner, low * hours, minlength=len(form.energy))
        last = replace(
            form, low=low, high=np.where(on, form.high, form.low), energy=np.maximum(form.energy, offered)
        )
        found = run(last, target=1e-5, outer_most=_ROUNDS_LAST, check_every=5, start=None)
        if best is None or found.objective < cost - 1e-6 * abs(cost):
            best, cost = found.x, found.objective
        elif found.objective > cost:
            break
        on = _revived(form, found.x, least, on, spreads, peaks)
    assert best is not None, "there is a first answer"
    return best


def _revived(form: NormalForm, x: Floats, least: Floats, on: Flags, spreads: Spreads, peaks: Floats) -> Flags:
    """Switch sessions on that lack energy, where room is left that nobody who is on can use."""
    room = Room(form, x, peak_kw=peaks, spreads=spreads)
    revived = on & (x > 1e-9)
    served = np.zeros(len(form.energy))
    for i in range(len(served)):
        own = room.entries(i)
        served[i] = float(form.hours[room.slots(i)] @ x[own]) if own.stop > own.start else 0.0
    lacking = form.energy - served
    taken: set[int] = set()
    for i in np.argsort(-lacking, kind="stable").tolist():
        if lacking[i] <= 1e-6 * form.energy[i]:
            break
        own, slots = room.entries(i), room.slots(i)
        fits = np.minimum(room.of(i), form.high[own])
        enough = np.where(x[own] <= 1e-9, _WORTH * least[own], np.inf)
        for at in np.argsort(-fits, kind="stable").tolist():
            slot = slots.start + at
            if fits[at] < enough[at] or lacking[i] <= 0:
                continue
            if fits[at] < least[own][at] and slot in taken:
                continue
            taken.add(slot)
            power = min(float(fits[at]), lacking[i] / float(form.hours[slot]))
            revived[own.start + at] = True
            lacking[i] -= power * float(form.hours[slot])
            one = np.zeros(own.stop - own.start)
            one[at] = power
            room.take(i, one)
    return revived


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


def _peaks_of_one(form: NormalForm, least: Floats) -> Floats:
    """The load that each charge comes to at least where everybody is on once, at the minimum. Shape [charge]."""
    found = form.peak_floor.copy()
    for charge in range(len(found)):
        for i in range(len(form.energy)):
            own = slice(int(form.ptr[i]), int(form.ptr[i + 1]))
            if own.start < own.stop and form.energy[i] > 0:
                first = int(form.first[i])
                under = form.peak_under[charge, first : first + own.stop - own.start]
                found[charge] = max(float((least[own] - under).min()), float(found[charge]))
    return found


def _gathered(
    form: NormalForm,
    x: Floats,
    least: Floats,
    price: Floats,
    batch: Ints,
    settled: Flags,
    spreads: Spreads,
    aside: float,
) -> Floats:
    """Gather the energy of some sessions into slots at the minimum or more."""
    plan = x.copy()
    peaks = _peaks(form, Room(form, x, peak_kw=form.peak_most, spreads=spreads))
    room = Room(form, x, peak_kw=peaks, spreads=spreads)
    others = Room(form, np.where(settled, 0.0, x), peak_kw=peaks, spreads=spreads)
    room.limit = room.limit + aside * others.load
    for i in batch.tolist():
        own, slots = room.entries(i), room.slots(i)
        if own.start == own.stop:
            continue
        hours = form.hours[slots].copy()
        hours[0] *= form.head[i]
        if len(hours) > 1:
            hours[-1] *= form.tail[i]
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
