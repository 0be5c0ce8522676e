"""The frozen question that every solver takes: flat arrays, every limit a row with non-negative coefficients.

Sets and shapes: S sessions, T slots of any duration, E entries (session, slot) where the car is there, A aggregates
(weighted sums of session currents), R rows over aggregates. The unknown is the current in A of each entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.weights import Goal, Weights, weigh
from chargewright.charging.site import EvseKey, Floats, Row, Site, Steps
from chargewright.errors import InvalidInput

__all__ = ["HORIZON", "Ints", "Problem", "Session", "build", "uniform"]

Ints = npt.NDArray[np.int64]

OVERDUE_S = 900.0
"""A car that should have left is planned as staying this much longer: it is still there, and may still want energy."""

POLYGON_SIDES = 32
"""Circles become inner polygons this fine: at most 0.5 % of a phasor limit is given away."""


def uniform(slot_s: float, count: int) -> Floats:
    """Return slot edges in s from the start, all slots alike. Shape [count + 1]."""
    return np.arange(count + 1, dtype=np.float64) * slot_s


HORIZON: Floats = np.concatenate([
    np.arange(0, 3600, 300), np.arange(3600, 86400, 900), np.arange(86400, 172801, 3600)
]).astype(np.float64)  # fmt: skip
"""Slot edges in s: 5 minutes for the first hour, 15 minutes to 24 h, one hour to 48 h; 128 slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A car at an EVSE, or one that is expected, as far as the planner cares."""

    id: str
    evse: EvseKey
    arrival: datetime
    departure: datetime
    energy_wh: float
    """Still wanted."""
    current_max_a: float
    current_min_a: float = 6.0
    """Below this the car draws nothing; 0 where it follows any current."""
    watts_per_a: float | None = None
    """W at 1 A of limit; None: the car uses every conductor of the EVSE."""
    weight: float = 1.0
    """Priority: an unserved Wh of this session counts this many times."""
    can_pause: bool = True
    """False: the car does not wake from 0 A, so it keeps at least its minimum while it is there."""
    charging: bool = False
    """It draws current now: to pause it costs a switch."""
    energy_min_wh: float = 0.0
    """The part of `energy_wh` that is guaranteed."""
    energy_delivered_wh: float = 0.0
    """What it has got already; fair shares are shares of this plus `energy_wh`."""
    step_a: float = 0.1
    """The station's resolution."""
    rates_a: tuple[float, ...] | None = None
    """The only currents the station knows; None: every step from the minimum to the maximum."""
    ceiling_a: Steps | None = None
    """Already sent and inside a lease: the plan stays at or below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a solver needs; currents in A per conductor, energy in Wh, power in W."""

    goal: Goal
    start: datetime
    edges_s: Floats
    sessions: tuple[Session, ...]
    energy_wh: Floats
    watts_per_a: Floats
    weight: Floats
    ptr: Ints
    """Entries of session i are ptr[i]:ptr[i + 1], in order of slots."""
    entry_session: Ints
    entry_slot: Ints
    entry_hours: Floats
    """How long the car is there in that slot."""
    entry_min_a: Floats
    """The minimum of sessions that cannot pause, in slots whose rows have room for all of them; else 0."""
    entry_max_a: Floats
    aggregate_session: Ints
    """Members of all aggregates, [member], with the next two."""
    aggregate_index: Ints
    aggregate_weight: Floats
    row_coefficients: Floats
    """[row, aggregate], non-negative unless built with mixtures=False."""
    row_limit_a: Floats
    """[row, slot]; infinite where the row cannot bind (exact presolve) and may be left out."""
    row_name: tuple[str, ...]
    price_per_kwh: Floats
    base_power_w: Floats
    peak_so_far_w: float
    weights: Weights
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

    def shortfall_wh(self, current_a: Floats) -> Floats:
        """Return what each session would lack with these entry currents. Shape [session]."""
        given = np.bincount(
            self.entry_session, current_a * self.entry_kwh_per_a * 1000, minlength=len(self.sessions)
        )
        return np.maximum(self.energy_wh - given, 0.0)

    def site_power_w(self, current_a: Floats) -> Floats:
        """Return the power of base and sessions in each slot. Shape [slot]."""
        power = current_a * self.watts_per_a[self.entry_session]
        return self.base_power_w + np.bincount(self.entry_slot, power, minlength=self.slots)

    def objective(self, current_a: Floats) -> float:
        """Return the true objective of entry currents, whoever found them."""
        lacking = self.shortfall_wh(current_a) / 1000
        total = 0.0
        # the cheapest part is lost first: part_cost falls, so fill from the last part upwards
        for part in range(len(self.weights.part_cost) - 1, -1, -1):
            here = np.minimum(lacking, self.weights.part_kwh[:, part])
            total += float(self.weights.part_cost[part] * (here * self.weight).sum())
            lacking = lacking - here
        energy_kwh = np.bincount(self.entry_slot, current_a * self.entry_kwh_per_a, minlength=self.slots)
        base_kwh = self.base_power_w / 1000 * self.hours
        imported = np.where(self.surplus, np.maximum(base_kwh + energy_kwh, 0.0), energy_kwh)
        total += float((self.price_per_kwh * imported).sum())
        peak_w = float(self.site_power_w(current_a).max(initial=0.0))
        total += self.weights.peak_cost * max(peak_w - self.peak_so_far_w, 0.0) / 1000
        return total + float((self.early_per_a * current_a).sum())

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
        """How much an early kWh of each session is worth, from 1/6 to 1: more to the urgent, and to who charges now.

        Among plans that are equal otherwise this keeps patient cars as a reserve for arrivals yet unknown, and saves
        switching. Shape [session].
        """
        urgent = 1 / (1 + np.maximum(self.laxity_h, 0.0))
        charging = np.array([session.charging for session in self.sessions], dtype=np.float64)
        return np.asarray((1 + 4 * urgent + charging) / 6)

    @property
    def surplus(self) -> npt.NDArray[np.bool_]:
        """Where the site exports and import costs money: there, energy is free up to the surplus. Shape [slot]."""
        return np.asarray((self.base_power_w < 0) & (self.price_per_kwh > 0))

    @property
    def early_per_a(self) -> Floats:
        """What 1 A over the entry costs for being late. Shape [entry]."""
        middle_s = (self.edges_s[:-1] + self.edges_s[1:]) / 2
        lateness = middle_s[self.entry_slot] / self.edges_s[-1]
        return np.asarray(
            self.weights.early_cost * self.haste[self.entry_session] * lateness * self.entry_kwh_per_a
        )


def build(
    site: Site,
    sessions: Sequence[Session],
    *,
    now: datetime,
    goal: Goal = Goal.BALANCE,
    horizon: Floats = HORIZON,
    prices: Steps | None = None,
    base_power_w: Steps | None = None,
    demand_charge_per_kw: float = 0.0,
    peak_so_far_w: float = 0.0,
    reserved: Mapping[EvseKey, Steps] | None = None,
    mixtures: bool = True,
    sides: int = POLYGON_SIDES,
) -> Problem:
    """Freeze the question. `horizon` holds slot edges in s from `now`; slots after the last departure are left out.

    `prices` are per kWh of import; a peak below `peak_so_far_w` is worth nothing; `base_power_w` is what the rest of
    the site draws (negative: it exports); `reserved` are currents that other EVSEs may draw whatever we plan: stations
    that do not follow, or that cannot be reached while a lease runs. They count in every row, but a planned session's
    own EVSE needs no reservation. `mixtures` and `sides`: see `Row.halfplanes`.

    Raises:
        InvalidInput: a session at an unknown EVSE, or a weight or a current that makes no sense.

    """
    _judge(site, sessions)
    edges = _clipped(horizon, sessions, now)
    ptr, entry_session, entry_slot, entry_hours = _entries(sessions, edges, now)
    entry_max = _ceilings(site, sessions, edges, now, ptr=ptr, slot=entry_slot)
    planned = {s.evse for s in sessions}
    reserved_a = {k: v.highest(now, edges) for k, v in (reserved or {}).items() if k not in planned}
    present = np.zeros((len(sessions), len(edges) - 1))
    present[entry_session, entry_slot] = entry_max
    rows = _compile(site, sessions, present, reserved_a, now=now, edges=edges, mixtures=mixtures, sides=sides)

    watts = np.array([s.watts_per_a or site.evses[s.evse].watts_per_a for s in sessions], dtype=np.float64)
    power_max = np.bincount(entry_slot, entry_max * watts[entry_session], minlength=len(edges) - 1)
    price = np.zeros(len(edges) - 1) if prices is None or goal is not Goal.COST else prices.mean(now, edges)
    base = np.zeros(len(edges) - 1) if base_power_w is None else base_power_w.highest(now, edges)
    rise_w = float((base + power_max).max(initial=0.0)) - peak_so_far_w
    return Problem(
        goal=goal,
        start=now,
        edges_s=edges,
        sessions=tuple(sessions),
        energy_wh=np.array([max(s.energy_wh, 0.0) for s in sessions], dtype=np.float64),
        watts_per_a=watts,
        weight=np.array([s.weight for s in sessions], dtype=np.float64),
        ptr=ptr,
        entry_session=entry_session,
        entry_slot=entry_slot,
        entry_hours=entry_hours,
        entry_min_a=_floors(sessions, entry_session, entry_slot, entry_max, rows),
        entry_max_a=entry_max,
        price_per_kwh=price,
        base_power_w=base,
        peak_so_far_w=peak_so_far_w,
        weights=_weights(
            goal, sessions, edges, price, rise_w=rise_w, demand_charge_per_kw=demand_charge_per_kw
        ),
        site=site,
        reserved_a=reserved_a,
        aggregate_session=rows.member_session,
        aggregate_index=rows.member_aggregate,
        aggregate_weight=rows.member_weight,
        row_coefficients=rows.coefficients,
        row_limit_a=rows.limit_a,
        row_name=rows.names,
    )


def _weights(
    goal: Goal,
    sessions: Sequence[Session],
    edges: Floats,
    price: Floats,
    *,
    rise_w: float,
    demand_charge_per_kw: float,
) -> Weights:
    return weigh(
        goal,
        energy_kwh=np.array([max(s.energy_wh, 0.0) for s in sessions]) / 1000,
        guaranteed_kwh=np.array([s.energy_min_wh for s in sessions]) / 1000,
        delivered_kwh=np.array([s.energy_delivered_wh for s in sessions]) / 1000,
        session_weight_min=min((s.weight for s in sessions), default=1.0),
        price_per_kwh=price,
        peak_rise_kw=rise_w / 1000,
        shortest_h=float(np.diff(edges).min()) / 3600,
        demand_charge_per_kw=demand_charge_per_kw,
    )


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
        if session.ceiling_a is not None:
            own = slice(ptr[i], ptr[i + 1])
            entry_max[own] = np.minimum(entry_max[own], session.ceiling_a.lowest(now, edges)[slot[own]])
    return entry_max


@dataclass(frozen=True, slots=True)
class _Rows:
    """The site's rows, seen from the sessions; the meaning of each field stands in `Problem`."""

    member_session: Ints
    member_aggregate: Ints
    member_weight: Floats
    coefficients: Floats
    limit_a: Floats
    names: tuple[str, ...]

    def load_a(self, table_a: Floats) -> Floats:
        """Return what each row carries, [row, slot], for a table [session, slot]."""
        sums = np.zeros((self.coefficients.shape[1], table_a.shape[1]))
        np.add.at(sums, self.member_aggregate, self.member_weight[:, None] * table_a[self.member_session])
        return self.coefficients @ sums


def _compile(
    site: Site,
    sessions: Sequence[Session],
    present_a: Floats,
    reserved_a: Mapping[EvseKey, Floats],
    *,
    now: datetime,
    edges: Floats,
    mixtures: bool,
    sides: int,
) -> _Rows:
    """Turn phasor rows into rows over aggregates, and mark by infinity the limits that cannot bind."""
    at_evse: dict[EvseKey, list[int]] = {}
    for i, session in enumerate(sessions):
        at_evse.setdefault(session.evse, []).append(i)
    aggregates: dict[tuple[tuple[int, float], ...], int] = {}
    pieces: list[tuple[str, list[int], list[float], Floats, Floats]] = []
    for row in site.rows:
        own: list[int] = []
        scale: list[float] = []
        for group in row.groups:
            members = [(i, w) for key, w in group.weights.items() for i in at_evse.get(key, ())]
            largest = max((w for _, w in members), default=1.0)
            signature = tuple(sorted((i, round(w / largest, 12)) for i, w in members))
            own.append(aggregates.setdefault(signature, len(aggregates)))
            scale.append(largest)
        normals, share = row.halfplanes(sides, mixtures=mixtures)
        limit = share * (row.limit_a.lowest(now, edges) - row.base_a.highest(now, edges))
        pieces.append(
            (row.name, own, scale, normals, limit - normals @ _reserved(row, reserved_a, len(limit)))
        )
    count = sum(len(normals) for _, _, _, normals, _ in pieces)
    coefficients = np.zeros((count, len(aggregates)))
    limits = np.zeros((count, len(edges) - 1))
    names: list[str] = []
    for name, own, scale, normals, limit in pieces:
        block = slice(len(names), len(names) + len(normals))
        np.add.at(coefficients[block].T, own, (normals * scale).T)
        limits[block] = np.maximum(limit, 0.0)
        names += [name] * len(normals)
    flat = [(i, a, w) for signature, a in aggregates.items() for i, w in signature]
    rows = _Rows(
        member_session=np.array([m[0] for m in flat], dtype=np.int64),
        member_aggregate=np.array([m[1] for m in flat], dtype=np.int64),
        member_weight=np.array([m[2] for m in flat], dtype=np.float64),
        coefficients=coefficients,
        limit_a=limits,
        names=tuple(names),
    )
    most = replace(rows, coefficients=np.maximum(coefficients, 0.0)).load_a(present_a)
    limits[most <= limits] = np.inf
    keep = np.asarray(np.isfinite(limits).any(axis=1))
    return replace(
        rows,
        coefficients=coefficients[keep],
        limit_a=limits[keep],
        names=tuple(name for name, kept in zip(names, keep, strict=True) if kept),
    )


def _reserved(row: Row, reserved_a: Mapping[EvseKey, Floats], slots: int) -> Floats:
    """What reserved EVSEs add to each group of a row, [group, slot]."""
    sums = np.zeros((len(row.groups), slots))
    for g, group in enumerate(row.groups):
        for key, current in reserved_a.items():
            sums[g] += group.weights.get(key, 0.0) * current
    return sums


def _floors(
    sessions: Sequence[Session], entry_session: Ints, entry_slot: Ints, entry_max: Floats, rows: _Rows
) -> Floats:
    """The minimum of each entry: kept for cars that cannot pause wherever all of them fit at once."""
    own = np.array([0.0 if s.can_pause else s.current_min_a for s in sessions])
    floors = np.where(entry_max >= own[entry_session], own[entry_session], 0.0)
    slots = rows.limit_a.shape[1]
    table = np.zeros((len(sessions), slots))
    table[entry_session, entry_slot] = floors
    fits = np.asarray((rows.load_a(table) <= rows.limit_a).all(axis=0))
    return np.where(fits[entry_slot], floors, 0.0)


def _clipped(horizon: Floats, sessions: Sequence[Session], now: datetime) -> Floats:
    """Leave out the slots after the last departure, but keep the first."""
    last_s = max((max((s.departure - now).total_seconds(), OVERDUE_S) for s in sessions), default=0.0)
    return horizon[: max(int(np.searchsorted(horizon, last_s)) + 1, 2)]


def _judge(site: Site, sessions: Sequence[Session]) -> None:
    for session in sessions:
        where = f"session {session.id}"
        if session.evse not in site.evses:
            raise InvalidInput(f"unknown EVSE {session.evse}", where=where)
        if not 0 <= session.current_min_a <= session.current_max_a:
            raise InvalidInput("needs 0 <= current_min_a <= current_max_a", where=where)
        if session.weight <= 0 or session.step_a <= 0:
            raise InvalidInput("weight and step must be positive", where=where)
        if session.watts_per_a is not None and session.watts_per_a <= 0:
            raise InvalidInput("watts_per_a must be positive", where=where)
