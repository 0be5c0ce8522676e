"""Who is on when: how much everybody gets where they are on, and the search for better switches.

Where it is given who is on in which slot, the rest is an ordinary plan between the minimum and the maximum. Its prices
say which switches are wrong: who is held at the minimum in a slot dearer than the energy is worth to it would rather
be off, and who is off in a cheaper one would rather be on. The search turns over those from which most is promised, a
few at a time, answers again, and keeps what became better.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner import kernel
from chargewright.charging.planner.normal_form import NormalForm
from chargewright.charging.planner.room import Spread
from chargewright.charging.planner.wires import Ints
from chargewright.charging.site import Floats

__all__ = ["Flags", "Frame", "Run", "searched"]

Flags: TypeAlias = npt.NDArray[np.bool_]
Run: TypeAlias = Callable[..., kernel.Outcome]

_ON_KW = 1e-9

_SAME = 1e-3
"""This share of a minimum above it is still at the minimum."""

_TARGET = 5e-5
_ROUNDS_FIRST = 100
_ROUNDS = 30
"""From the prices of the last answer on, few rounds are enough to tell a good turn from a bad one."""

_BETTER = 1e-7
"""A turn must promise, and bring, this share of the objective."""

_BOLDER, _SHYER = 1.5, 1 / 3
"""So many times as many switches are turned over at once after a good turn, and after a bad one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stays the same while a plan with minima is looked for. Powers in kW, energies in kWh, all by entry."""

    form: NormalForm
    owner: Ints
    slot: Ints
    hours: Floats
    """How many kWh a kW is."""
    least: Floats
    """The minimum of who is on."""
    rows: Spread
    balls: Spread
    run: Run

    def between(self, low: Floats, high: Floats) -> NormalForm:
        """Return the question with other bounds; who is offered more than it wants stops by itself."""
        offered = np.bincount(self.owner, low * self.hours, minlength=len(self.form.energy))
        return replace(self.form, low=low, high=high, energy=np.maximum(self.form.energy, offered))

    def price(self, found: kernel.Outcome) -> Floats:
        """Return what a kWh costs in each entry, limits and peaks included."""
        form, size = self.form, len(self.owner)
        row = self.rows.weight.real * found.row_price.ravel()[self.rows.cell]
        turned = (found.end.ball_price_re - 1j * found.end.ball_price_im).ravel()[self.balls.cell]
        per_kw = np.bincount(self.rows.entry, row, minlength=size)
        per_kw = per_kw + np.bincount(self.balls.entry, (self.balls.weight * turned).real, minlength=size)
        own = form.price[self.slot] + form.haste[self.owner] * form.late[self.slot]
        return np.asarray(own + per_kw / np.maximum(self.hours, 1e-12))

    def overfull(self, low: Floats) -> Flags:
        """Say in which slots not even the minima fit. Shape [slot]."""
        form = self.form
        load = self.rows.total(low, form.limit.shape).real
        phasor = form.ball_base_re + 1j * form.ball_base_im
        phasor = phasor + self.balls.total(low, form.ball_limit.shape)
        rows = (load > form.limit) & (form.is_soft == 0)[:, None]
        return np.asarray(rows.any(axis=0) | (np.abs(phasor) > form.ball_limit).any(axis=0))


@dataclass(frozen=True, slots=True)
class _Levelled:
    """An answer where it is given who is on."""

    low: Floats
    found: kernel.Outcome


def searched(frame: Frame, x: Floats, *, bound: float, near: float, turns_most: int) -> kernel.Outcome:
    """Return the best plan found from one in which everybody is off or at the minimum or more, [entry].

    Stops within `near` of the bound, or after so many turns.
    """
    best = _levelled(frame, _fitting(frame, x), None)
    share, hopeless, turns = 1.0, np.zeros(len(x), dtype=np.bool_), 0
    while turns < turns_most and best.found.objective - bound > near * abs(best.found.objective):
        on = best.found.x > _ON_KW
        gain = _gain(frame, best)
        turn = _promising(frame, best, np.where(hopeless, 0.0, gain))
        while len(turn) and turns < turns_most:
            picked = turn[: max(1, int(len(turn) * share))]
            turned = _turned(frame, on, picked, gain)
            if (turned != on).any():
                turns += 1
                tried = _levelled(frame, turned, best.found.end)
                if tried.found.objective < best.found.objective - _BETTER * abs(best.found.objective):
                    best, share = tried, min(1.0, share * _BOLDER)
                    hopeless[:] = False
                    break
            if len(picked) == 1:
                hopeless[picked] = True
                turn = turn[1:]
            share *= _SHYER
        else:
            break
    return best.found


def _turned(frame: Frame, on: Flags, picked: Ints, gain: Floats) -> Flags:
    """Turn switches over; where a minimum does not fit, the one who loses least makes way, if that is worth it."""
    turned = on.copy()
    turned[picked] = ~on[picked]
    for at in picked[frame.overfull(_low(frame, turned))[frame.slot[picked]]].tolist():
        there = np.flatnonzero((frame.slot == frame.slot[at]) & turned & (frame.form.low <= 0))
        there = there[there != at]
        turned[at] = False
        if len(there) and not on[at]:
            loser = there[gain[there].argmax()]
            swapped = turned.copy()
            swapped[[at, loser]] = True, False
            if gain[at] + gain[loser] > 0 and not frame.overfull(_low(frame, swapped))[frame.slot[at]]:
                turned = swapped
    return turned


def _low(frame: Frame, on: Flags) -> Floats:
    """The least that each entry gets."""
    form = frame.form
    return np.where(on, np.minimum(np.maximum(frame.least, form.low), form.high), form.low)


def _fitting(frame: Frame, x: Floats) -> Flags:
    """Who is on; where minima do not fit together those with the least go first."""
    on = x > _ON_KW
    while True:
        full = frame.overfull(_low(frame, on))[frame.slot] & on & (frame.form.low <= 0)
        if not full.any():
            return np.asarray(on)
        at = np.flatnonzero(full)
        at = at[np.argsort(x[at], kind="stable")]
        _, first = np.unique(frame.slot[at], return_index=True)
        on[at[first]] = False


def _levelled(frame: Frame, on: Flags, start: kernel.Start | None) -> _Levelled:
    """How much everybody gets where they are on."""
    low = _low(frame, on)
    asked = frame.between(low, np.where(on, frame.form.high, frame.form.low))
    rounds = _ROUNDS if start is not None else _ROUNDS_FIRST
    return _Levelled(low, frame.run(asked, target=_TARGET, outer_most=rounds, check_every=5, start=start))


def _promising(frame: Frame, state: _Levelled, gain: Floats) -> Ints:
    """The entries to turn over, what promises most first; one of each session, one in each slot."""
    order = np.argsort(-gain, kind="stable")
    order = order[gain[order] > _BETTER * abs(state.found.objective)]
    for names in (frame.owner, frame.slot):
        _, first = np.unique(names[order], return_index=True)
        order = order[np.sort(first)]
    return order


def _gain(frame: Frame, state: _Levelled) -> Floats:
    """What it promises to turn over each entry, at the prices as they stand; below 0: what it costs. [entry]."""
    form, x, owner = frame.form, state.found.x, frame.owner
    price = frame.price(state.found)
    lack, short = _lack(frame, x)
    taken, again = np.full(len(lack), -np.inf), np.full(len(lack), np.inf)
    off = x <= _ON_KW
    willing = x > state.low + _SAME * frame.least
    np.maximum.at(taken, owner[willing], price[willing])
    raisable = ~off & (x < form.high - _SAME * frame.least)
    np.minimum.at(again, owner[raisable], price[raisable])
    worth = np.where(short, lack, taken)[owner]
    # off: a minimum more is worth what it lacks, or the dearest that it takes of its own will
    kwh = frame.least * frame.hours
    switch_on = np.where(np.isfinite(worth), (np.where(np.isfinite(worth), worth, 0.0) - price) * kwh, 0.0)
    # on: what it has here it takes again elsewhere, where there is room, or lacks
    room = np.where(raisable, (form.high - x) * frame.hours, 0.0)
    spare = np.bincount(owner, room, minlength=len(lack))[owner] - room
    moved = np.minimum(spare, x * frame.hours)
    again = np.where(np.isfinite(again), again, lack)[owner]
    switch_off = price * x * frame.hours - moved * again - (x * frame.hours - moved) * lack[owner]
    able = form.low <= 0
    return np.where(
        off, np.where(able & (form.high >= frame.least), switch_on, 0.0), np.where(able, switch_off, -np.inf)
    )


def _lack(frame: Frame, x: Floats) -> tuple[Floats, Flags]:
    """What it costs each session to get a little less, and whether it gets less than it wants. [session] each."""
    form = frame.form
    left = form.energy - np.bincount(frame.owner, x * frame.hours, minlength=len(form.energy))
    short = left > 1e-4 * form.energy
    cost = form.part_cost[:, -1].copy()
    for part in range(form.part_cost.shape[1] - 1, -1, -1):
        cost = np.where(left > 0, form.part_cost[:, part], cost)
        left = left - form.part_kwh[:, part]
    return cost, short
