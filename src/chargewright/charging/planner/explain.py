"""Why each car gets what it gets, slot by slot: which limit, price or wish decides, what it is worth, what was missing.

The worth of a limit is its multiplier. It is exact at the margin: lifting the limit by one ampere saves at most that
much, and the last part of the ampere may save less.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.session import Session
from chargewright.charging.planner.solution import Solution, bindings
from chargewright.charging.planner.weights import Goal
from chargewright.charging.planner.wires import Ints
from chargewright.charging.site import Floats

__all__ = ["Cause", "Reason", "SessionExplanation", "explain"]

SAME_A = 0.05
"""Currents are sent in tenths: closer than half of one is the same."""

SHORT_WH = 10.0
"""Less than this does not count as missing."""

_SMALL = 0.01
"""A figure is written with two places from here on; half of it, in money, is nothing to speak of."""

_SHARE = 1e-6
"""Prices that differ by less than this share of the largest are the same."""


class Cause(StrEnum):
    """What decides the current of a session in a slot."""

    CAR = "car"
    """It gets all that it takes."""
    STATION = "station"
    """It gets all that the EVSE gives."""
    SENT = "sent"
    """A profile that was sent already allows no more."""
    WIRE = "wire"
    """A limit of the site is full."""
    OTHERS = "others"
    """A limit of the site is full, and others under it come first."""
    NO_ROOM = "no room"
    """What is not planned fills a limit of the site."""
    MINIMUM = "minimum"
    """What is left for it lies below the least current that it takes."""
    RATES = "rates"
    """The station knows a few currents only: the next lower one."""
    PRICE = "price"
    """The goal counts energy cheaper at another time."""
    PEAK = "peak"
    """More would raise the site's peak."""
    VALUE = "value"
    """Energy costs more here than a served wish is worth."""
    SERVED = "served"
    """Nothing: its wish is met without."""
    GIVES = "gives"
    """Its battery gives back here: energy is worth more than later, or a peak is cut."""
    GAP = "gap"
    """Nothing that is known: the plan was not carried on to its optimum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What decides from `start` until `end`. Times are UTC, `text` is in the zone that was asked for."""

    start: datetime
    end: datetime
    cause: Cause
    current_a: float
    """The average of the plan."""
    row: str | None
    """The limit, where one decides."""
    worth_per_a: float | None
    """One more ampere of that limit all the time from start to end improves the objective by so much, at the margin."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExplanation:
    """Why one session gets what it gets, and what its wish would have needed."""

    session: str
    reasons: tuple[Reason, ...]
    unmet_wh: float
    met_at: datetime | None
    """When its wish is met; where it is not: when it could be at the earliest, if the car stayed on at full current."""
    lift_row: str | None
    """The limit that costs it most, where its wish is not met; None: none does."""
    text: str


def explain(
    problem: Problem,
    solution: Solution,
    *,
    sent_a: Floats | None = None,
    zone: tzinfo = UTC,
    currency: str = "",
    reasons_max: int | None = None,
) -> tuple[SessionExplanation, ...]:
    """Explain every session of a solution, in their order.

    `sent_a`: what hardware was told in place of the solution's currents, [entry]. `zone` and `currency` are for
    sentences only. `reasons_max`: of each session only the first so many reasons.
    """
    return tuple(_Explainer(problem, solution, sent_a, zone, currency).all(reasons_max))


class _Explainer:
    def __init__(
        self, problem: Problem, solution: Solution, sent_a: Floats | None, zone: tzinfo, currency: str
    ) -> None:
        self._problem, self._solution, self._zone = problem, solution, zone
        self._plan_a = solution.current_a
        self._sent_a = self._plan_a if sent_a is None else sent_a
        self._unmet_wh = problem.shortfall_wh(self._plan_a)
        self._sent_unmet_wh = problem.shortfall_wh(self._sent_a)
        self._unit = {
            Goal.COST: currency,
            Goal.CARBON: "kg of CO2",
            Goal.SOLAR: "kWh from the grid",
            Goal.PEAK: "kW of peak",
        }.get(problem.goals[0], "")
        self._row, self._worth = self._limits()
        self._lost_cost = self._marginal_cost()
        self._cause = self._causes()
        self._wire = np.where(np.isin(self._cause, [Cause.WIRE.value, Cause.OTHERS.value]), self._row, -1)

    def all(self, reasons_max: int | None) -> Iterator[SessionExplanation]:
        for i, session in enumerate(self._problem.sessions):
            yield self._session(i, session, reasons_max)

    # --- arrays over entries ---

    def _limits(self) -> tuple[Ints, Floats]:
        """(the dearest full wire of each entry or -1, its worth per A of the wire)."""
        problem = self._problem
        wires = problem.wires
        number = {name: w for w, name in enumerate(wires.name)}
        row = np.full((len(problem.sessions), problem.slots), -1, dtype=np.int64)
        worth = np.full(row.shape, -1.0)
        by_wire: dict[int, list[tuple[int, float]]] = {}
        for binding in bindings(problem, self._solution):
            by_wire.setdefault(number[binding.row], []).append((binding.slot, binding.price))
        member_wire = wires.group_wire[wires.member_group] if len(wires.member_group) else wires.member_group
        for wire, own in by_wire.items():
            members = wires.member_session[member_wire == wire]
            who = np.unique(members[members < len(problem.sessions)])[
                :, None
            ]  # twins that give need no reason
            slots = np.array([slot for slot, _ in own])[None, :]
            price = np.broadcast_to([price for _, price in own], (len(who), slots.shape[1]))
            dearer = price > worth[who, slots]
            row[who, slots] = np.where(dearer, wire, row[who, slots])
            worth[who, slots] = np.where(dearer, price, worth[who, slots])
        at = problem.entry_session, problem.entry_slot
        return row[at], np.maximum(worth[at], 0.0)

    def _marginal_cost(self) -> Floats:
        """What one more lost kWh of each session costs the plan, [session]."""
        weights = self._problem.weights
        order = np.cumsum(weights.part_kwh[:, ::-1], axis=1)
        part = np.minimum((order <= self._unmet_wh[:, None] / 1000).sum(axis=1), order.shape[1] - 1)
        return np.asarray(np.take_along_axis(weights.part_cost[:, ::-1], part[:, None], axis=1)[:, 0])

    def _causes(self) -> npt.NDArray[np.str_]:
        problem, plan_a = self._problem, self._plan_a
        who, slot, most = problem.entry_session, problem.entry_slot, problem.entry_max_a
        rated = np.array([problem.site.evses[s.evse].current_max_a for s in problem.sessions])[who]
        car = np.array([s.current_max_a for s in problem.sessions])[who]
        least = np.array([s.current_min_a for s in problem.sessions])[who]
        short = self._unmet_wh[who] > SHORT_WH
        full = plan_a >= most - SAME_A
        lost = self._lost_cost[who] * problem.entry_kwh_per_a
        price = problem.price_per_kwh[slot]
        same = _SHARE * max(float(np.abs(problem.price_per_kwh).max(initial=0.0)), 1e-9)
        dearest = self._dearest_used()[who]
        told = [
            (self._sent_a < -SAME_A, Cause.GIVES),
            ((self._sent_a < SAME_A) & (plan_a > SAME_A) & (plan_a < least), Cause.MINIMUM),
            (self._sent_a < plan_a - 2 * SAME_A, Cause.RATES),
            (full & (most < SAME_A) & (np.minimum(car, rated) > SAME_A), Cause.NO_ROOM),
            (full & (most < np.minimum(car, rated) - SAME_A), Cause.SENT),
            (full & (car < rated), Cause.CAR),
            (full, Cause.STATION),
            ((self._row >= 0) & short & (plan_a < SAME_A) & (lost < self._worth * (1 - 1e-3)), Cause.OTHERS),
            ((self._row >= 0) & (short | (plan_a > SAME_A)), Cause.WIRE),
            (~short & (price > dearest + same), Cause.PRICE),
            (self._at_peak()[slot], Cause.PEAK),
            (self._row >= 0, Cause.WIRE),
            (short & (self._lost_cost[who] <= price + same), Cause.VALUE),
            (short, Cause.GAP),
        ]
        return np.select([mask for mask, _ in told], [cause.value for _, cause in told], Cause.SERVED.value)

    def _dearest_used(self) -> Floats:
        """The highest price of energy at which each session charges; infinite where it does not. [session]."""
        problem = self._problem
        used = self._plan_a > SAME_A
        found = np.full(len(problem.sessions), -np.inf)
        np.maximum.at(found, problem.entry_session[used], problem.price_per_kwh[problem.entry_slot[used]])
        return np.where(np.isfinite(found), found, np.inf)

    def _at_peak(self) -> npt.NDArray[np.bool_]:
        problem = self._problem
        site_kw = problem.site_power_w(self._plan_a) / 1000
        at_peak = np.zeros(problem.slots, dtype=np.bool_)
        for charge in problem.money.charges:
            level = max(float(site_kw[charge.active].max(initial=0.0)), charge.floor_kw)
            at_peak |= charge.active & (site_kw >= level * (1 - 1e-3))
        return at_peak

    # --- sentences ---

    def _session(self, i: int, session: Session, reasons_max: int | None) -> SessionExplanation:
        problem = self._problem
        own = slice(int(problem.ptr[i]), int(problem.ptr[i + 1]))
        reasons = tuple(islice(self._reasons(own), reasons_max))
        unmet_wh = float(self._sent_unmet_wh[i])
        if unmet_wh <= SHORT_WH:
            met_at = self._met_at(i, own)
            when = "" if met_at is None else f" by {self._at(met_at)}"
            return SessionExplanation(
                session=session.id,
                reasons=reasons,
                unmet_wh=unmet_wh,
                met_at=met_at,
                lift_row=None,
                text=f"all that it wants{when}",
            )
        lift = self._dearest(own)
        most_w = problem.watts_per_a[i] * min(
            session.current_max_a, problem.site.evses[session.evse].current_max_a
        )
        met_at = None
        if most_w > 0:
            met_at = max(session.departure, problem.start) + timedelta(hours=unmet_wh / most_w)
        text = f"{unmet_wh / 1000:.1f} kWh short at {self._at(session.departure)}"
        text += f"; {lift} stands most in the way" if lift else self._without_limit(own)
        if met_at is not None:
            text += f"; could have it at {self._at(met_at)} at the earliest, if it stayed"
        return SessionExplanation(
            session=session.id, reasons=reasons, unmet_wh=unmet_wh, met_at=met_at, lift_row=lift, text=text
        )

    def _without_limit(self, own: slice) -> str:
        if own.start < own.stop and (self._sent_a[own] >= self._problem.entry_max_a[own] - SAME_A).all():
            return "; its time is too short even at full current"
        return ""

    def _met_at(self, i: int, own: slice) -> datetime | None:
        problem = self._problem
        given = np.cumsum(self._sent_a[own] * problem.entry_kwh_per_a[own]) * 1000
        enough = np.flatnonzero(given >= problem.energy_wh[i] - SHORT_WH)
        if not len(enough) or problem.energy_wh[i] <= SHORT_WH:
            return None
        return self._edge(int(problem.entry_slot[own][enough[0]]) + 1)

    def _dearest(self, own: slice) -> str | None:
        """The limit that costs the session most over its stay."""
        row, worth = self._wire[own], self._worth[own]
        if not (row >= 0).any():
            return None
        total = np.bincount(row[row >= 0], worth[row >= 0] + 1e-12)
        return self._problem.wires.name[int(total.argmax())]

    def _reasons(self, own: slice) -> Iterator[Reason]:
        cause, wire = self._cause[own], self._wire[own]
        if not len(cause):
            return
        changes = np.flatnonzero((cause[1:] != cause[:-1]) | (wire[1:] != wire[:-1])) + 1
        edges = [0, *changes.tolist(), len(cause)]
        for first, last in pairwise(edges):
            yield self._reason(slice(own.start + first, own.start + last))

    def _reason(self, part: slice) -> Reason:
        problem = self._problem
        cause, wire = Cause(str(self._cause[part.start])), int(self._wire[part.start])
        slots = problem.entry_slot[part]
        start, end = self._edge(int(slots[0])), self._edge(int(slots[-1]) + 1)
        hours = problem.entry_hours[part]
        row = problem.wires.name[wire] if wire >= 0 else None
        worth = None
        if row is not None and self._solution.lower_bound is not None:
            worth = float(self._solution.wire_price[wire, slots].sum())
        return Reason(
            start=start,
            end=end,
            cause=cause,
            current_a=round(float(self._sent_a[part] @ hours / max(hours.sum(), 1e-9)), 2),
            row=row,
            worth_per_a=worth,
            text=self._sentence(cause, row, worth, part, end),
        )

    def _sentence(
        self, cause: Cause, row: str | None, worth: float | None, part: slice, end: datetime
    ) -> str:
        until = f"until {self._at(end)}"
        match cause:
            case Cause.WIRE:
                return f"limited by {row} {until}{self._worth_text(worth, part)}"
            case Cause.OTHERS:
                return f"{row} is full {until} and others come first{self._worth_text(worth, part)}"
            case Cause.PRICE:
                return self._wait_text(part)
            case _:
                return f"{_PLAIN[cause]} {until}"

    def _worth_text(self, worth: float | None, part: slice) -> str:
        if not worth:
            return ""
        problem = self._problem
        i = int(problem.entry_session[part.start])
        if self._unmet_wh[i] > SHORT_WH:
            return f"; one more ampere would serve {_figure(worth / self._lost_cost[i])} kWh more"
        if (not self._unit and problem.goals[0] is not Goal.COST) or worth < _SMALL / 2:
            return ""
        return f"; one more ampere would save {_figure(worth)} {self._unit}".rstrip()

    def _wait_text(self, part: slice) -> str:
        problem = self._problem
        i = int(problem.entry_session[part.start])
        own = slice(int(problem.ptr[i]), int(problem.ptr[i + 1]))
        slots = problem.entry_slot[own]
        used = slots[self._plan_a[own] > SAME_A]
        price = problem.price_per_kwh
        best = int(used[price[used].argmin()])
        saved = float(price[problem.entry_slot[part]].mean() - price[best])
        verb = "waits for" if best > problem.entry_slot[part.start] else "charged enough from"
        unit = f" {self._unit}" if self._unit else ""
        return f"{verb} {self._at(self._edge(best))}, cheaper by {_figure(saved)}{unit} per kWh"

    def _edge(self, number: int) -> datetime:
        return self._problem.start + timedelta(seconds=float(self._problem.edges_s[number]))

    def _at(self, at: datetime) -> str:
        """A time of the day, with the day of the week where it is another day than the plan's."""
        local, today = at.astimezone(self._zone), self._problem.start.astimezone(self._zone)
        return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%a %H:%M}"


def _figure(value: float) -> str:
    """Two places, more for what would be 0.00."""
    return f"{value:.2f}" if value >= _SMALL else f"{value:.1g}"


_PLAIN = {
    Cause.CAR: "all that the car takes",
    Cause.STATION: "all that the station gives",
    Cause.SENT: "held by the profile that was sent already",
    Cause.NO_ROOM: "other loads leave no room",
    Cause.MINIMUM: "pauses: what is left lies below its least current",
    Cause.RATES: "the station's next lower rate",
    Cause.PEAK: "more would raise the site's peak",
    Cause.VALUE: "energy costs more than it is worth here",
    Cause.GIVES: "gives back",
    Cause.SERVED: "its wish is met without more",
    Cause.GAP: "not known: the plan stopped before its optimum",
}
