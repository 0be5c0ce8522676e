"""The frozen question that every solver takes: flat arrays of sessions, entries, wires and money.

Sets and shapes: S sessions, T slots of any duration, E entries (session, slot) where the car is there. The unknown is
the current in A of each entry; below 0 it is given back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Unpack

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.asked import Asked, goals_of, money_of
from chargewright.charging.planner.giving import Giving, giving_of
from chargewright.charging.planner.session import Discharge, Session, judge
from chargewright.charging.planner.weights import Goal, Money, Weights, weigh
from chargewright.charging.planner.wires import Ints, Wires, compile_wires
from chargewright.charging.site import TOLERANCE_A, EvseKey, Floats, Site, Steps

__all__ = ["HORIZON", "Discharge", "Ints", "Problem", "Session", "build", "uniform"]

OVERDUE_S = 900.0
"""A car that should have left is planned as staying this much longer: it is still there, and may still want energy."""

TAIL_TIMES = 3.0
"""A battery's tail, where power falls with what is left, takes so many times what it would at full power (95 %)."""


def uniform(slot_s: float, count: int) -> Floats:
    """Return slot edges in s from the start, all slots alike. Shape [count + 1]."""
    return np.arange(count + 1, dtype=np.float64) * slot_s


HORIZON: Floats = np.concatenate([
    np.arange(0, 3600, 300), np.arange(3600, 86400, 900), np.arange(86400, 172801, 3600)
]).astype(np.float64)  # fmt: skip
"""Slot edges in s: 5 minutes for the first hour, 15 minutes to 24 h, one hour to 48 h; 128 slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a solver needs; currents in A per conductor, energy in Wh, power in W."""

    goals: tuple[Goal, ...]
    start: datetime
    edges_s: Floats
    sessions: tuple[Session, ...]
    energy_wh: Floats
    watts_per_a: Floats
    ptr: Ints
    """Entries of session i are ptr[i]:ptr[i + 1], in order of slots."""
    entry_session: Ints
    entry_slot: Ints
    entry_hours: Floats
    """How long the car is there in that slot."""
    entry_min_a: Floats
    """The minimum of sessions that may not pause there, in slots whose wires have room for all of them; else 0."""
    entry_max_a: Floats
    mile_entries: Ints
    """How many of a session's entries lie before its milestone; 0: it has none. Shape [session]."""
    mile_wh: Floats
    """What is to be there by the milestone."""
    scarce: Floats
    """From near 0 to 1: how many EVSEs are wired like the session's, as a share of the most; squared. Shape [session]."""
    giving: Giving
    wires: Wires
    money: Money
    weights: Weights
    base_power_w: Floats
    site: Site = field(repr=False)
    reserved_a: Mapping[EvseKey, Floats] = field(repr=False)

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return len(self.edges_s) - 1

    @property
    def hours(self) -> Floats:
        """Duration of each slot in h. Shape [slot]."""
        return np.asarray(np.diff(self.edges_s) / 3600)

    @property
    def entry_kwh_per_a(self) -> Floats:
        """Energy in kWh that 1 A over the entry delivers. Shape [entry]."""
        return np.asarray(self.entry_hours * self.watts_per_a[self.entry_session] / 1000)

    def dense(self, entry_values: Floats) -> Floats:
        """Return the entries as a table [session, slot], 0 where the car is not there."""
        table = np.zeros((len(self.sessions), self.slots))
        table[self.entry_session, self.entry_slot] = entry_values
        return table

    def wire_table(self, entry_values: Floats) -> Floats:
        """Return what is drawn, and below that what the givers give, as `wires` wants it. [session + giver, slot]."""
        given = self.dense(np.maximum(-entry_values, 0.0))[self.giving.session]
        return np.concatenate([self.dense(np.maximum(entry_values, 0.0)), given])

    def _stored_kwh(self, current_a: Floats) -> Floats:
        """What each entry leaves in its battery."""
        return self.giving.stored(current_a, self.entry_session) * self.entry_kwh_per_a

    def shortfall_wh(self, current_a: Floats) -> Floats:
        """Return what each session would lack with these entry currents. Shape [session]."""
        stored = self._stored_kwh(current_a) * 1000
        given = np.bincount(self.entry_session, stored, minlength=len(self.sessions))
        return np.maximum(self.energy_wh - self.giving.spare_kwh * 1000 - given, 0.0)

    def late_wh(self, current_a: Floats) -> Floats:
        """Return what would lack at each session's milestone; 0 where it has none. Shape [session]."""
        if not self.mile_entries.any():
            return np.zeros(len(self.sessions))
        number = np.arange(len(current_a)) - self.ptr[self.entry_session]
        early = number < self.mile_entries[self.entry_session]
        stored = self._stored_kwh(current_a) * 1000 * early
        given = np.bincount(self.entry_session, stored, minlength=len(self.sessions))
        return np.where(self.mile_entries > 0, np.maximum(self.mile_wh - given, 0.0), 0.0)

    def site_power_w(self, current_a: Floats) -> Floats:
        """Return the power of base and sessions in each slot. Shape [slot]."""
        power = current_a * self.watts_per_a[self.entry_session]
        return self.base_power_w + np.bincount(self.entry_slot, power, minlength=self.slots)

    def shortfall_cost(self, current_a: Floats) -> float:
        """Return what the energy costs that these entry currents leave away, or bring too late."""
        lacking = self.shortfall_wh(current_a) / 1000
        total = float((self.weights.mile_cost * self.late_wh(current_a) / 1000).sum())
        # the cheapest part is lost first: part_cost falls, so fill from the last part upwards
        for part in range(self.weights.part_cost.shape[1] - 1, -1, -1):
            here = np.minimum(lacking, self.weights.part_kwh[:, part])
            total += float((self.weights.part_cost[:, part] * here).sum())
            lacking = lacking - here
        return total

    def objective(self, current_a: Floats) -> float:
        """Return the true objective of entry currents, whoever found them."""
        total = self.shortfall_cost(current_a)
        kwh = np.bincount(self.entry_slot, current_a * self.entry_kwh_per_a, minlength=self.slots)
        total += float((self.price_per_kwh * kwh).sum())
        site_kw = self.site_power_w(current_a) / 1000
        load_kw = site_kw - self.base_power_w / 1000
        over_kw = np.maximum(load_kw - self.surplus_kw, 0.0)
        # what the site imports before us is not ours, even where what is given back could make it less
        over_kw = over_kw - np.maximum(-self.surplus_kw, 0.0)
        total += float((self.beyond_per_kwh * over_kw * self.hours)[self.surplus].sum())
        for charge in self.money.charges:
            peak = float(site_kw[charge.active].max(initial=0.0))
            total += charge.per_kw * max(peak - charge.floor_kw, 0.0)
        total += float((self.early_per_a * np.maximum(current_a, 0.0)).sum())
        given_kwh = np.bincount(
            self.entry_session,
            np.maximum(-current_a, 0.0) * self.entry_kwh_per_a,
            minlength=len(self.sessions),
        )
        return total + float(self.giving_cost @ given_kwh[self.giving.session])

    @property
    def laxity_h(self) -> Floats:
        """How many hours each session could wait and still be served at full current. Shape [session]."""
        count = len(self.sessions)
        most_kwh = np.bincount(self.entry_session, self.entry_max_a * self.entry_kwh_per_a, minlength=count)
        there_h = np.bincount(self.entry_session, self.entry_hours, minlength=count)
        power_kw = np.divide(most_kwh, there_h, out=np.ones(count), where=most_kwh > 0)
        return np.asarray(there_h - self.energy_wh / 1000 / power_kw)

    @property
    def haste(self) -> Floats:
        """How much an early kWh of each session is worth, at most 1: the more, the sooner the car leaves.

        Among plans that are equal otherwise this keeps a reserve for arrivals yet unknown: cars that stay, and cars
        whose wiring is scarce, because their phasors share a wire best with those of the many. Shape [session].
        """
        stays_h = np.array([(s.departure - self.start).total_seconds() / 3600 for s in self.sessions])
        return np.asarray(self.scarce * (1 + 3 / (1 + np.maximum(stays_h, 0.0))) / 4)

    @property
    def late_per_kwh(self) -> Floats:
        """What a kWh in each slot costs for being late, at a haste of 1. Shape [slot]."""
        middle_s = (self.edges_s[:-1] + self.edges_s[1:]) / 2
        return np.asarray(self.weights.early_cost * middle_s / self.edges_s[-1])

    @property
    def early_per_a(self) -> Floats:
        """What 1 A over the entry costs for being late. Shape [entry]."""
        late = self.late_per_kwh[self.entry_slot]
        return np.asarray(self.haste[self.entry_session] * late * self.entry_kwh_per_a)

    @property
    def giving_cost(self) -> Floats:
        """What a kWh given back costs: wear in money, and enough that nothing is given for nothing. Shape [giver]."""
        return np.asarray(self.giving.wear_per_kwh * self.money.unit + self.weights.early_cost)

    @property
    def surplus(self) -> npt.NDArray[np.bool_]:
        """Where the site would or could export and import is dearer than export earns. Shape [slot]."""
        least_w = self.base_power_w
        if len(self.giving.session):
            given_w = self.giving.most_a * self.watts_per_a[self.entry_session]
            least_w = least_w - np.bincount(self.entry_slot, given_w, minlength=self.slots)
        return np.asarray((least_w < 0) & (self.money.price_per_kwh > self.money.export_per_kwh))

    @property
    def surplus_kw(self) -> Floats:
        """How much the site has to give away before it imports; negative: what it imports before us. Shape [slot]."""
        return np.asarray(-self.base_power_w / 1000)

    @property
    def price_per_kwh(self) -> Floats:
        """What a session's kWh costs: what it would have earned up to the surplus, else the import. Shape [slot]."""
        return np.where(self.surplus, self.money.export_per_kwh, self.money.price_per_kwh)

    @property
    def beyond_per_kwh(self) -> Floats:
        """What a kWh costs more beyond the surplus. Shape [slot]."""
        return np.where(self.surplus, self.money.price_per_kwh - self.money.export_per_kwh, 0.0)

    @property
    def peak_floor_w(self) -> float:
        """A load up to here raises no charge."""
        return min((1000 * charge.floor_kw for charge in self.money.charges), default=0.0)


def build(
    site: Site, sessions: Sequence[Session], *, now: datetime, mixtures: bool = True, **asked: Unpack[Asked]
) -> Problem:
    """Freeze the question.

    With `mixtures` wires hold whatever less the cars draw; without, for the currents exactly as they stand, which only
    a simulation can promise.

    Raises:
        InvalidInput: a session at an unknown EVSE, or a weight or a current that makes no sense.

    """
    judge(site, sessions)
    goals = goals_of(asked)
    horizon = asked.get("horizon", HORIZON)
    edges = _clipped(horizon, sessions, now)
    ptr, entry_session, entry_slot, entry_hours = _entries(sessions, edges, now)
    entry_max = _ceilings(site, sessions, edges, now, ptr=ptr, slot=entry_slot)
    reserved = asked.get("reserved") or {}
    planned = {s.evse for s in sessions}
    reserved_a = {k: v.highest(now, edges) for k, v in reserved.items() if k not in planned}
    giving = giving_of(sessions, site, entry_session=entry_session)
    most = giving.table(entry_max, entry_session, entry_slot, shape=(len(sessions), len(edges) - 1))
    givers = giving.session.tolist()
    wires = compile_wires(
        site, sessions, most, reserved_a, givers=givers, now=now, edges_s=edges, mixtures=mixtures
    )
    shut = _shut(wires, most.shape)
    entry_max = np.where(shut[entry_session, entry_slot], 0.0, entry_max)
    giving = giving.without(shut[len(sessions) :], entry_session, entry_slot)

    watts = np.array([s.watts_per_a or site.evses[s.evse].watts_per_a for s in sessions], dtype=np.float64)
    power_max = np.bincount(entry_slot, entry_max * watts[entry_session], minlength=len(edges) - 1)
    base_all = (asked.get("base_power_w") or Steps.of(0.0)).highest(now, horizon)
    base = base_all[: len(edges) - 1]
    money = money_of(goals, now, horizon, asked, slots=len(base), base_w=base_all)
    mile_entries, mile_wh = _milestones(sessions, edges, now, watts=watts, ptr=ptr, slot=entry_slot)
    return Problem(
        goals=goals,
        start=now,
        edges_s=edges,
        sessions=tuple(sessions),
        energy_wh=np.array([max(s.energy_wh, 0.0) for s in sessions], dtype=np.float64),
        watts_per_a=watts,
        ptr=ptr,
        entry_session=entry_session,
        entry_slot=entry_slot,
        entry_hours=entry_hours,
        entry_min_a=_floors(sessions, entry_session, entry_slot, entry_max, wires, edges=edges, now=now),
        entry_max_a=entry_max,
        mile_entries=mile_entries,
        mile_wh=mile_wh,
        scarce=_scarce(site, sessions),
        giving=giving,
        wires=wires,
        money=money,
        weights=weigh(
            goals,
            money,
            sessions,
            peak_rise_kw=float((base + power_max).max(initial=0.0)) / 1000
            - min((c.floor_kw for c in money.charges), default=0.0),
            shortest_h=float(np.diff(edges).min()) / 3600,
            energy_value_per_kwh=asked.get("energy_value_per_kwh"),
            given_kwh=float(giving.most_a @ (entry_hours * watts[entry_session])) / 1000,
        ),
        base_power_w=base,
        site=site,
        reserved_a=reserved_a,
    )


def _milestones(
    sessions: Sequence[Session], edges: Floats, now: datetime, *, watts: Floats, ptr: Ints, slot: Ints
) -> tuple[Ints, Floats]:
    """Until which entry which energy is to be there: a guarantee, or all but a tail that takes its time."""
    entries = np.zeros(len(sessions), dtype=np.int64)
    energy = np.zeros(len(sessions))
    for i, session in enumerate(sessions):
        by: float | None = None
        wanted = 0.0
        if session.energy_min_wh > 0 and session.guarantee_by is not None:
            by, wanted = (
                (session.guarantee_by - now).total_seconds(),
                min(session.energy_min_wh, session.energy_wh),
            )
        elif 0 < session.tail_wh < session.energy_wh and session.current_max_a > 0:
            full_s = session.tail_wh / (watts[i] * session.current_max_a) * 3600
            by = (session.departure - now).total_seconds() - TAIL_TIMES * full_s
            wanted = session.energy_wh - session.tail_wh
        if by is None or by >= (session.departure - now).total_seconds():
            continue
        own = slot[ptr[i] : ptr[i + 1]]
        entries[i] = int(np.count_nonzero(edges[own + 1] <= by + 1e-6))
        energy[i] = wanted if entries[i] else 0.0
    return entries, energy


def _entries(sessions: Sequence[Session], edges: Floats, now: datetime) -> tuple[Ints, Ints, Ints, Floats]:
    """Where the cars are there: ptr [session + 1], and session, slot and hours of each entry."""
    arrival_s = np.array([(s.arrival - now).total_seconds() for s in sessions])
    departure_s = np.array([(s.departure - now).total_seconds() for s in sessions])
    departure_s = np.where(departure_s <= 0, OVERDUE_S, departure_s)
    first = np.clip(np.searchsorted(edges, arrival_s, side="right") - 1, 0, len(edges) - 1)
    last = np.clip(np.searchsorted(edges, departure_s, side="left"), 0, len(edges) - 1)
    counts = np.maximum(last - first, 0)
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    session = np.repeat(np.arange(len(sessions)), counts)
    slot = np.arange(ptr[-1]) - np.repeat(ptr[:-1] - first, counts)
    begin = np.maximum(edges[slot], arrival_s[session])
    end = np.minimum(edges[slot + 1], departure_s[session])
    return ptr, session, slot, (end - begin) / 3600


def _ceilings(
    site: Site, sessions: Sequence[Session], edges: Floats, now: datetime, *, ptr: Ints, slot: Ints
) -> Floats:
    """The most that car, station and what was sent already allow. Shape [entry]."""
    rated = np.array(
        [min(s.current_max_a, site.evses[s.evse].current_max_a) for s in sessions], dtype=np.float64
    )
    entry_max = np.repeat(rated, np.diff(ptr))
    for i, session in enumerate(sessions):
        own = slice(ptr[i], ptr[i + 1])
        if session.off_until is not None:
            entry_max[own][edges[slot[own]] < (session.off_until - now).total_seconds()] = 0.0
        if session.ceiling_a is not None:
            entry_max[own] = np.minimum(entry_max[own], session.ceiling_a.lowest(now, edges)[slot[own]])
    return entry_max


def _shut(wires: Wires, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Where a wire has no room for anything of ours: its sessions get nothing there. [session + giver, slot]."""
    empty = wires.carried_a(np.zeros(shape))
    full = empty > wires.limit_a - TOLERANCE_A
    shut = np.zeros(shape, dtype=np.bool_)
    if full.any():
        np.logical_or.at(shut, wires.member_session, full[wires.group_wire[wires.member_group]])
        wires.limit_a[full] = np.inf
    return shut


def _scarce(site: Site, sessions: Sequence[Session]) -> Floats:
    """See `Problem.scarce`. Wired alike: of one direction in every row of phasors that carries half of the site."""
    rows = [row for row in site.rows if len(row.groups) > 1 and 2 * len(row.coefficients) >= len(site.evses)]
    if not rows:
        return np.ones(len(sessions))
    wired: dict[EvseKey, list[tuple[int, int]]] = {key: [] for key in site.evses}
    for number, row in enumerate(rows):
        for place, group in enumerate(row.groups):
            for key in group.weights:
                wired[key].append((number, place))
    kinds = {key: tuple(own) for key, own in wired.items()}
    counts = Counter(kinds.values())
    most = max(counts.values())
    return np.array([(counts[kinds[s.evse]] / most) ** 2 for s in sessions], dtype=np.float64)


def _floors(
    sessions: Sequence[Session],
    entry_session: Ints,
    entry_slot: Ints,
    entry_max: Floats,
    wires: Wires,
    *,
    edges: Floats,
    now: datetime,
) -> Floats:
    """The minimum of each entry: kept by cars that may not pause then, wherever all of them fit at once."""
    least = np.array([s.current_min_a for s in sessions], dtype=np.float64)
    until_s = np.array([_kept_on_s(s, now) for s in sessions], dtype=np.float64)
    if not until_s.any():
        return np.zeros(len(entry_max))
    kept = (edges[entry_slot] < until_s[entry_session]) & (entry_max >= least[entry_session])
    floors = np.where(kept, least[entry_session], 0.0)
    slots = wires.limit_a.shape[1]
    givers = sum(s.discharge is not None for s in sessions)
    table = np.zeros((len(sessions) + givers, slots))
    table[entry_session, entry_slot] = floors
    fits = np.asarray((wires.carried_a(table) <= wires.limit_a).all(axis=0))
    return np.where(fits[entry_slot], floors, 0.0)


def _kept_on_s(session: Session, now: datetime) -> float:
    """How long from now a session may not pause; one that gives back does so when it pays."""
    if session.discharge is not None:
        return 0.0
    if not session.can_pause:
        return np.inf
    return 0.0 if session.on_until is None else max((session.on_until - now).total_seconds(), 0.0)


def _clipped(horizon: Floats, sessions: Sequence[Session], now: datetime) -> Floats:
    """Leave out the slots after the last departure, but keep the first."""
    last_s = max((max((s.departure - now).total_seconds(), OVERDUE_S) for s in sessions), default=0.0)
    return horizon[: max(int(np.searchsorted(horizon, last_s)) + 1, 2)]
