"""From currents on paper to currents that hardware knows.

Stations count in tenths of an ampere or in coarser steps, and a car draws nothing below its minimum (6 A). Only the
near slots, those that will be sent before the next plan, must be exact; later ones are rounded down to the step.
"""

import numpy as np

from chargewright.charging.planner.greedy import Room
from chargewright.charging.planner.problem import Ints, Problem, Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Floats

__all__ = ["to_hardware"]

_CHARGING_BONUS_H = 0.25
"""A car that charges now counts as this much more urgent: what little is won by a switch is not worth it."""

_LITTLE_W = 1.0
"""Less than this is not worth switching a car on for."""

_LITTLE_WH = 1.0
"""Nor is less than this."""

_ALIKE_S = 900.0
"""Over so long the plan is averaged before it is decided who charges now."""

_ALIKE_GIVEN_S = 3600.0
"""The same for what is given back: one car giving a little is better than two that change over every few minutes."""

_LITTLE_GIVEN_A = 1.0
"""Less than this is not worth an inverter's own losses."""

_SNAP_A = 1e-4
"""A solver's 15.99999 A is 16.0 A, where there is room for it."""

_NOISE_A = 1e-7
"""What sums of floating-point currents may be off; well inside the checker's tolerance."""


def to_hardware(problem: Problem, current_a: Floats, *, firm_slots: int) -> Ints:
    """Return tenths of an ampere, [session, slot], that break no row which the currents kept.

    In the first `firm_slots` each value is 0 or at least the session's minimum, and one that its station knows; what
    is given back, below 0, is rounded to nothing by less than a step.
    """
    table = problem.dense(np.maximum(current_a, 0.0))
    back = _given_back(problem, current_a)
    tenths = np.zeros(table.shape, dtype=np.int64)
    grids = [_grid(session) for session in problem.sessions]
    room = Room(problem)
    every = np.arange(problem.slots)
    for k, i in enumerate(problem.giving.session.tolist()):
        room.take(len(problem.sessions) + k, every, back[i] / 10)
    far = min(firm_slots, problem.slots)
    for i, session in enumerate(problem.sessions):
        own = problem.entry_slot[problem.ptr[i] : problem.ptr[i + 1]]
        later = own[own >= far]
        step = _step_tenths(session)
        tenths[i, later] = np.floor((table[i, later] + _SNAP_A) * 10) // step * step
        room.take(i, later, tenths[i, later] / 10)
    _lower_overfull(problem, table, tenths, room, far)
    _NearSlots(problem, table, tenths, back, grids, room).fill(far)
    _return_freed(problem, table, tenths, back, room, far)
    return tenths - back


def _given_back(problem: Problem, current_a: Floats) -> Ints:
    """What is given back, in tenths above 0. Shape [session, slot].

    Now it is what the plan has on average while nothing but the hour changes, where a car does not draw now and has so
    much: a plan may change from car to car at the same worth.
    """
    table = problem.dense(np.maximum(-current_a, 0.0))
    givers = problem.giving.session
    if len(givers):
        drawn = problem.dense(np.maximum(current_a, 0.0))[givers, 0] > 0
        seconds = np.diff(problem.edges_s[: _alike(problem, _conditions(problem), _ALIKE_GIVEN_S) + 1])
        mean_a = (table[givers, : len(seconds)] * seconds).sum(axis=1) / seconds.sum()
        kwh_per_a = problem.dense(problem.entry_kwh_per_a)[givers, 0] / problem.giving.efficiency[givers]
        has_a = problem.giving.available_kwh / np.maximum(kwh_per_a, 1e-12)
        table[givers, 0] = np.where(drawn, 0.0, np.minimum(mean_a, has_a))
        table[table < _LITTLE_GIVEN_A] = 0.0
    steps = np.array([_step_tenths(session) for session in problem.sessions], dtype=np.int64)[:, None]
    tenths = np.floor((table + _NOISE_A) * 10).astype(np.int64)
    return np.asarray(tenths // steps * steps)


def _conditions(problem: Problem) -> Floats:
    """What makes one slot another than the next for the plan; [condition, slot]."""
    limit_a = problem.wires.limit_a
    # where a wire cannot bind, as when cars have left, its limit is no other for that
    known_a = np.where(np.isfinite(limit_a), limit_a, limit_a.min(axis=1, initial=np.inf)[:, None])
    return np.vstack([known_a, problem.money.price_per_kwh, problem.money.export_per_kwh])


def _alike(problem: Problem, conditions: Floats, within_s: float) -> int:
    """How many of the first slots, at least one, are like the first."""
    edges_s = problem.edges_s
    end = 1
    while (
        end < problem.slots
        and edges_s[end + 1] <= within_s
        and (conditions[:, end] == conditions[:, 0]).all()
    ):
        end += 1
    return end


def _wanted_wh(problem: Problem, back: Ints) -> Floats:
    """What each session is to take: its wish, and what it gives back. Shape [session]."""
    per_slot = problem.dense(problem.entry_kwh_per_a) * 1000 * (back / 10)
    return np.asarray(problem.energy_wh + per_slot.sum(axis=1) / problem.giving.efficiency)


def _lower_overfull(problem: Problem, table: Floats, tenths: Ints, room: Room, first: int) -> None:
    """Take back what snapping to the next tenth put above a limit, the greatest gain first."""
    for slot in np.flatnonzero((room.left_a < -_NOISE_A).any(axis=0)):
        if slot < first:
            continue
        while (room.left_a[:, slot] < -_NOISE_A).any() and tenths[:, slot].any():
            gain = np.where(tenths[:, slot] > 0, tenths[:, slot] / 10 - table[:, slot], -np.inf)
            i = int(np.argmax(gain))
            step = min(_step_tenths(problem.sessions[i]), int(tenths[i, slot]))
            tenths[i, slot] -= step
            room.take(i, np.array([slot]), np.array([-step / 10]))


class _NearSlots:
    """On or off, slot by slot: admit at the minimum, raise to what the plan wants, hand out the rest.

    What rounding takes from a session in one slot it is owed in the next, so that rounding costs delay, not energy.
    """

    def __init__(
        self, problem: Problem, table: Floats, tenths: Ints, back: Ints, grids: list[Ints], room: Room
    ) -> None:
        self._problem = problem
        self._table = table
        self._tenths = tenths
        self._back = back
        self._grids = grids
        self._room = room
        self._laxity = problem.laxity_h
        self._owed_wh = np.zeros(len(grids))
        self._left_wh = _wanted_wh(problem, back)
        self._alike = _alike(problem, _conditions(problem), _ALIKE_S)
        self._there = np.zeros(table.shape, dtype=bool)
        self._there[problem.entry_session, problem.entry_slot] = True
        self._most_w = _paid_for_w(problem, table, back)
        self._later_wh = _later_wh(problem)
        self._charged = np.zeros(problem.slots)
        for charge in problem.money.charges:
            self._charged[charge.active] += charge.per_kw

    def fill(self, slots: int) -> None:
        for slot in range(slots):
            entries = np.flatnonzero(self._problem.entry_slot == slot)
            self._fill_slot(slot, entries)

    def _planned_now_a(self, sessions: Ints) -> Floats:
        """What the plan gives each session on average in the next minutes, while nothing but the hour changes.

        A plan may serve one car now and the other in ten minutes, or the other way round, at the same worth; the
        average hardly moves from plan to plan. It keeps every limit that the slots keep.
        """
        end = self._alike
        seconds = np.diff(self._problem.edges_s[: end + 1]) * self._there[sessions, :end]
        return np.asarray((self._table[sessions, :end] * seconds).sum(axis=1) / seconds.sum(axis=1))

    def _fill_slot(self, slot: int, entries: Ints) -> None:
        problem = self._problem
        sessions = problem.entry_session[entries]
        wh_per_a = problem.entry_kwh_per_a[entries] * 1000
        # who gives back in this slot takes nothing there
        most_a = np.where(self._back[sessions, slot] > 0, 0.0, problem.entry_max_a[entries])
        most = dict(zip(sessions.tolist(), most_a.tolist(), strict=True))
        planned_a = self._table[sessions, slot] if slot else self._planned_now_a(sessions)
        wish_a = planned_a + self._owed_wh[sessions] / wh_per_a
        wish = dict(zip(sessions.tolist(), np.maximum(wish_a, 0.0).tolist(), strict=True))
        need_a = dict(zip(sessions.tolist(), (self._left_wh[sessions] / wh_per_a).tolist(), strict=True))
        watts = problem.watts_per_a
        # more now is never wrong, unless a peak or a price says how much is enough
        money = problem.money
        any_time = Goal.BALANCE in problem.goals or not (money.charges or money.most_per_kwh)
        enough_w = np.inf if any_time else sum(wish[i] * watts[i] for i in wish)
        most_w = np.inf if any_time else self._most_w[slot]
        given_w = 0.0

        def switch_on(chosen: list[int]) -> None:
            nonlocal given_w
            for i in chosen:
                least = self._least(i, most[i])
                least_w = least * watts[i]
                # half a minimum too much is the nearest that on or off can come; a new peak it may only be of one car
                forced = i in kept_on
                wanted = need_a[i] > 0 and enough_w - given_w >= max(least_w / 2, _LITTLE_W)
                paid = not given_w or given_w + least_w <= most_w
                if least > 0 and not self._tenths[i, slot] and (forced or (wanted and paid)):
                    given_w += self._raise_up_to(slot, i, least) * watts[i]

        def switch_on_now_or_never(chosen: list[int]) -> None:
            nonlocal given_w
            for i in chosen:
                least = self._least(i, most[i])
                rest_wh = self._left_wh[i] - self._later_wh[i, slot]
                if least > 0 and not self._tenths[i, slot] and rest_wh > _LITTLE_WH:
                    over_w = max(given_w + least * watts[i] - most_w, 0.0)
                    if self._worth(slot, i, rest_wh) > over_w / 1000 * self._charged[slot]:
                        given_w += self._raise_up_to(slot, i, least) * watts[i]

        def raise_to(target_a: dict[int, float]) -> None:
            nonlocal given_w
            for i in order:
                have = float(self._tenths[i, slot]) / 10
                more_w = max(min(enough_w, most_w) - given_w, 0.0)
                goal = min(target_a[i], most[i], have + more_w / watts[i])
                if have > 0 and goal > have:
                    given_w += self._raise_up_to(slot, i, goal) * watts[i]

        order = sorted(wish, key=self._rank)
        kept_on = {i for i in order if not problem.sessions[i].can_pause}
        kept_on |= set(sessions[problem.entry_min_a[entries] > 0].tolist())
        by_wish = sorted(order, key=lambda i: -wish[i])
        # what the plan has on stays as it is: it is balanced over the phases, and a row of minima need not be
        switch_on([i for i in order if i in kept_on])
        switch_on([i for i in order if wish[i] >= self._least(i, most[i])])
        raise_to(wish)
        if not slot:
            # what is decided now stands until the next plan: a car that charges goes on where there is room
            switch_on([i for i in by_wish if problem.sessions[i].charging and need_a[i] > 0])
        raise_to(need_a)
        switch_on([i for i in by_wish if wish[i] > 0])
        raise_to(need_a)
        switch_on(order)
        raise_to(need_a)
        switch_on_now_or_never(order)
        given = self._tenths[sessions, slot] / 10
        self._owed_wh[sessions] += (planned_a - given) * wh_per_a
        self._left_wh[sessions] = np.maximum(self._left_wh[sessions] - given * wh_per_a, 0.0)

    def _worth(self, slot: int, i: int, energy_wh: float) -> float:
        """What it is worth to serve the last of a wish in a slot, energy paid."""
        cheapest = float(self._problem.weights.part_cost[i].min())
        return (cheapest - float(self._problem.price_per_kwh[slot])) * energy_wh / 1000

    def _rank(self, i: int) -> tuple[float, int]:
        bonus = _CHARGING_BONUS_H if self._problem.sessions[i].charging else 0.0
        return float(self._laxity[i]) - bonus, i

    def _least(self, i: int, most_a: float) -> float:
        """The smallest current that the session can be switched on with; 0 where none fits under `most_a`."""
        on = self._grids[i][1:]
        return float(on[0]) / 10 if len(on) and on[0] / 10 <= most_a + 1e-9 else 0.0

    def _raise_up_to(self, slot: int, i: int, to_a: float) -> float:
        at = np.array([slot])
        have = self._tenths[i, slot] / 10
        fits = min(to_a + _SNAP_A, have + float(self._room.of(i, at)[0]) + _NOISE_A)
        new = _floor(self._grids[i], fits)
        more = max(new / 10 - float(have), 0.0)
        if more > 0:
            self._room.take(i, at, np.array([more]))
            self._tenths[i, slot] = new
        return more


def _paid_for_w(problem: Problem, table: Floats, back: Ints) -> Floats:
    """What sessions may draw in each slot without a peak above the plan's own or the one so far. Shape [slot]."""
    watts = problem.watts_per_a[:, None]
    site_w = problem.base_power_w + (table * watts).sum(axis=0)
    paid_w = np.full(problem.slots, np.inf)
    for charge in problem.money.charges:
        peak_w = max(float(site_w[charge.active].max(initial=0.0)), 1000 * charge.floor_kw)
        paid_w[charge.active] = np.minimum(paid_w[charge.active], peak_w + _LITTLE_W)
    return np.asarray(paid_w - problem.base_power_w + (back / 10 * watts).sum(axis=0))


def _later_wh(problem: Problem) -> Floats:
    """What each session can still take after each slot; nothing where it may leave at any moment. [session, slot]."""
    table = problem.dense(problem.entry_max_a * problem.entry_kwh_per_a) * 1000
    overdue = np.array([session.departure <= problem.start for session in problem.sessions], dtype=np.bool_)
    table[overdue] = 0.0
    return np.asarray(table.sum(axis=1, keepdims=True) - np.cumsum(table, axis=1))


def _return_freed(problem: Problem, table: Floats, tenths: Ints, back: Ints, room: Room, first: int) -> None:
    """Give sessions that rounding left short what still fits in later slots where the plan has them on.

    The site peak of the plan and its order of slots (cheap and early first) stay.
    """
    wh_per_a = problem.entry_kwh_per_a * 1000
    worth = problem.price_per_kwh[problem.entry_slot] * problem.entry_kwh_per_a + problem.early_per_a
    planned = table[problem.entry_session, problem.entry_slot]
    sent = tenths[problem.entry_session, problem.entry_slot] / 10
    given = back[problem.entry_session, problem.entry_slot] / 10
    power_w = problem.site_power_w(planned - given)
    left_w = max(float(power_w.max()), problem.peak_floor_w) - problem.site_power_w(sent - given)
    given_wh = np.bincount(problem.entry_session, planned * wh_per_a, minlength=len(problem.sessions))
    sent_wh = np.bincount(problem.entry_session, sent * wh_per_a, minlength=len(problem.sessions))
    lost_wh = np.minimum(given_wh, _wanted_wh(problem, back)) - sent_wh
    for i in np.argsort(-lost_wh, kind="stable"):
        if lost_wh[i] <= 0:
            break
        step = _step_tenths(problem.sessions[i])
        own = np.arange(problem.ptr[i], problem.ptr[i + 1])
        own = own[(problem.entry_slot[own] >= first) & (planned[own] > 0)]
        own = own[np.argsort(worth[own], kind="stable")]
        slots = problem.entry_slot[own]
        fits_a = np.minimum(room.of(int(i), slots), problem.entry_max_a[own] - sent[own])
        fits_a = np.minimum(fits_a, np.maximum(left_w[slots], 0.0) / problem.watts_per_a[i])
        fits = np.maximum(np.floor((fits_a + _NOISE_A) * 10), 0.0).astype(np.int64) // step * step
        gain = fits / 10 * wh_per_a[own]
        rest = np.clip(lost_wh[i] - (np.cumsum(gain) - gain), 0.0, gain)
        # never more than was lost: what is left is less than a step of one slot
        steps = np.floor(rest / wh_per_a[own] * 10 / step + _NOISE_A).astype(np.int64) * step
        more = np.minimum(np.maximum(steps, 0), fits)
        tenths[i, slots] += more
        room.take(int(i), slots, more / 10)
        left_w[slots] -= more / 10 * problem.watts_per_a[i]


def _step_tenths(session: Session) -> int:
    return max(1, round(session.step_a * 10))


def _grid(session: Session) -> Ints:
    """What the session can be told, in tenths, 0 first."""
    highest = int(np.floor((session.current_max_a + _SNAP_A) * 10))
    lowest = int(np.ceil((session.current_min_a - _SNAP_A) * 10))
    if session.rates_a is not None:
        known = np.unique(np.floor((np.array(session.rates_a) + _SNAP_A) * 10).astype(np.int64))
    else:
        step = _step_tenths(session)
        known = np.arange(step, highest + 1, step, dtype=np.int64)
    return np.concatenate([[0], known[(known > 0) & (known >= lowest) & (known <= highest)]]).astype(np.int64)


def _floor(grid: Ints, current_a: float) -> int:
    """Round down to the grid, in tenths."""
    return int(grid[np.searchsorted(grid, int(current_a * 10), side="right") - 1])
