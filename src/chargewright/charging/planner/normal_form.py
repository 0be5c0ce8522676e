"""The problem as water-filling wants it: power in kW, every wire as rows of numbers and balls of phasors.

A wire with one direction is a row: a sum with a limit. One with several is a ball, |sum of c * x| <= limit; and because
cars may draw less, one ball for each set of its groups that can be the worst mixture. Rows and balls are scaled so that
the heaviest session weighs 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["NormalForm", "normal_form"]

Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

_CHARGES = 4.0
"""A demand charge is paid in the few slots of the peak: there its price stands above the mean over all slots."""

_RIGHT = 1e-9
"""Cosines above minus this count as a right angle or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm:
    """S sessions, T slots, E entries, R rows, B balls, K parts, C charges. Powers in kW, energies in kWh."""

    ptr: Ints
    first: Int32s
    order: Int32s
    """[session]: neighbours in the tree side by side."""
    low: Floats
    high: Floats
    """[entry]"""
    hours: Floats
    """[slot]"""
    head: Floats
    tail: Floats
    """[session]: share of its first and of its last slot that the car is there."""
    price: Floats
    """[slot] per kWh."""
    haste: Floats
    late: Floats
    """A kWh in slot t costs session s haste[s] * late[t] beside its price."""
    energy: Floats
    part_kwh: Floats
    part_cost: Floats
    """[session, part], the dearest first."""
    until: Int32s
    """[session]: entries before the milestone; 0: none."""
    mile_kwh: Floats
    mile_cost: Floats
    mem_ptr: Ints
    mem_row: Int32s
    mem_weight: Floats
    """[membership], the rows of session s are mem_ptr[s]:mem_ptr[s + 1]."""
    limit: Floats
    """[row, slot]; infinite where it cannot bind."""
    soft: Floats
    """[row, slot]: cost per kW above the limit; infinite: the limit is hard."""
    is_soft: Bytes
    ball_ptr: Ints
    ball_row: Int32s
    ball_re: Floats
    ball_im: Floats
    ball_limit: Floats
    """[ball, slot]"""
    ball_base_re: Floats
    ball_base_im: Floats
    """[ball, slot]: what flows whatever is planned."""
    ball_wire: Int32s
    """[ball]: balls of one wire are repaired together."""
    wires: int
    uniform_repair: bool
    """Less of one session can be more in a wire: a slot's sessions are scaled down alike."""
    peak_row: Int32s
    """[charge]: a row that carries the site's load; its limit is a slot's own."""
    peak_under: Floats
    """[charge, slot]: minus the base load where load counts, else infinite."""
    peak_cost: Floats
    peak_floor: Floats
    peak_most: Floats
    scale: float
    typical_kw: float
    row_wire: Ints
    """[row, slot]: which wire sets the limit; -1: none."""
    row_unit: Floats
    """[row, slot], and [ball, slot]: how many A of that wire a kW of the row is."""
    ball_unit: Floats
    row_key: tuple[str, ...]
    ball_key: tuple[str, ...]
    """What finds them again in the next problem."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.is_soft)

    @property
    def balls(self) -> int:
        """How many balls there are."""
        return len(self.ball_wire)


class _Collected:
    """Gathers rows, or balls: limits, members, and where they come from."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self.limit: list[Floats] = []
        self.soft: list[Floats | None] = []
        self.base: list[Complexes] = []
        self.wire: list[Ints] = []
        self.unit: list[Floats] = []
        self.key: list[str] = []
        self._session: list[Ints] = []
        self._weight: list[Complexes] = []
        self._known: dict[bytes, int] = {}

    def add(
        self,
        limit: Floats,
        session: Ints,
        weight: Complexes,
        *,
        key: str,
        wire: int = -1,
        base: Complexes | None = None,
        soft: Floats | None = None,
        same: bool = False,
    ) -> int:
        """Add one and return its number. With `same`, one with the same members takes the lower limit of both."""
        most = float(np.abs(weight).max())
        limit = limit / most
        weight = weight / most
        if same:
            signature = session.tobytes() + np.round(weight * 1e9).tobytes()
            number = self._known.setdefault(signature, len(self.limit))
            if number < len(self.limit):
                lower = limit < self.limit[number]
                self.limit[number] = np.where(lower, limit, self.limit[number])
                self.wire[number] = np.where(lower, wire, self.wire[number])
                self.unit[number] = np.where(lower, most, self.unit[number])
                return number
        self.limit.append(limit)
        self.base.append(np.zeros(len(limit), np.complex128) if base is None else base / most)
        self.soft.append(None if soft is None else soft * most)
        self.wire.append(np.full(len(limit), wire))
        self.unit.append(np.full(len(limit), most))
        self.key.append(key)
        self._session.append(session)
        self._weight.append(weight)
        return len(self.limit) - 1

    def members(self, sessions: int) -> tuple[Ints, Int32s, Complexes]:
        """Return (ptr [session + 1], number, weight), in order of sessions."""
        if not self._session:
            return np.zeros(sessions + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.complex128)
        session = np.concatenate(self._session)
        number = np.repeat(np.arange(len(self._session)), [len(s) for s in self._session])
        weight = np.concatenate(self._weight)
        order = np.argsort(session, kind="stable")
        ptr = np.concatenate([[0], np.cumsum(np.bincount(session, minlength=sessions))])
        return ptr.astype(np.int64), number[order].astype(np.int32), weight[order]

    def table(self, rows: Sequence[Floats]) -> Floats:
        return np.array(rows, dtype=np.float64).reshape(len(rows), self._slots)


def normal_form(problem: Problem) -> NormalForm:
    """Rewrite a problem. Exact: same plans, same objective."""
    sessions, slots = len(problem.sessions), problem.slots
    kw = problem.watts_per_a / 1000
    hours = problem.hours
    everybody = np.arange(sessions)
    rows, balls = _Collected(slots), _Collected(slots)
    ones = np.ones(sessions, np.complex128)
    never = np.full(slots, np.inf)
    charges = problem.money.charges if sessions else ()
    peak_rows = [
        rows.add(never, everybody, ones, key=f"charge {charge.name}", same=number == 0)
        for number, charge in enumerate(charges)
    ]
    _wires(problem, rows, balls)
    if problem.surplus.any() and sessions:
        over = np.where(problem.surplus, problem.surplus_kw, np.inf)
        rows.add(over, everybody, ones, key="surplus", soft=problem.beyond_per_kwh * hours)
    mem_ptr, mem_row, mem_weight = rows.members(sessions)
    ball_ptr, ball_row, ball_weight = balls.members(sessions)
    counts = np.diff(problem.ptr)
    first = np.zeros(sessions, np.int64)
    there = counts > 0
    first[there] = problem.entry_slot[problem.ptr[:-1][there]]
    share = problem.entry_hours / hours[problem.entry_slot]
    head, tail = np.ones(sessions), np.ones(sessions)
    tail[there] = share[problem.ptr[1:][there] - 1]
    head[there] = share[problem.ptr[:-1][there]]
    tail[counts == 1] = 1.0
    under = np.array([
        np.where(charge.active, -problem.base_power_w / 1000, np.inf) for charge in charges
    ]).reshape(len(charges), slots)  # fmt: skip
    floor_kwh = np.bincount(
        problem.entry_session, problem.entry_min_a * problem.entry_kwh_per_a, minlength=sessions
    )
    energy = problem.energy_wh / 1000
    base_kw = problem.base_power_w / 1000
    most_kw = float((base_kw + _present_kw(problem)).max(initial=0.0)) + 1e-6
    floors = np.array([charge.floor_kw for charge in charges])
    bases = np.array(balls.base, dtype=np.complex128).reshape(len(balls.limit), slots)
    return NormalForm(
        ptr=problem.ptr,
        first=first.astype(np.int32),
        order=_tree_order(sessions, mem_ptr, mem_row, ball_ptr, ball_row, rows=len(rows.limit)),
        low=problem.entry_min_a * kw[problem.entry_session],
        high=problem.entry_max_a * kw[problem.entry_session],
        hours=hours,
        head=head,
        tail=tail,
        price=problem.price_per_kwh,
        haste=problem.haste,
        late=problem.late_per_kwh,
        # a car that cannot pause may be offered more than it wants, and takes what it can
        energy=np.maximum(energy, floor_kwh),
        part_kwh=problem.weights.part_kwh,
        part_cost=problem.weights.part_cost,
        until=problem.mile_entries.astype(np.int32),
        mile_kwh=problem.mile_wh / 1000,
        mile_cost=problem.weights.mile_cost,
        mem_ptr=mem_ptr,
        mem_row=mem_row,
        mem_weight=mem_weight.real.copy(),
        limit=rows.table(rows.limit),
        soft=rows.table([never if s is None else s for s in rows.soft]),
        is_soft=np.array([s is not None for s in rows.soft], dtype=np.uint8),
        ball_ptr=ball_ptr,
        ball_row=ball_row,
        ball_re=ball_weight.real.copy(),
        ball_im=ball_weight.imag.copy(),
        ball_limit=balls.table(balls.limit),
        ball_base_re=bases.real.copy(),
        ball_base_im=bases.imag.copy(),
        ball_wire=np.array([int(wire[0]) for wire in balls.wire], dtype=np.int32),
        wires=len(problem.wires.name),
        uniform_repair=not problem.wires.mixtures,
        peak_row=np.array(peak_rows, dtype=np.int32),
        peak_under=under,
        peak_cost=np.array([charge.per_kw for charge in charges]),
        peak_floor=floors,
        peak_most=np.maximum(floors, most_kw),
        scale=_scale(problem),
        typical_kw=max(float(np.minimum(energy, _room_kwh(problem)).sum()) / float(hours.sum()), 1e-3),
        row_wire=np.array(rows.wire, dtype=np.int64).reshape(len(rows.wire), slots),
        row_unit=rows.table(rows.unit),
        ball_unit=balls.table(balls.unit),
        row_key=tuple(rows.key),
        ball_key=tuple(balls.key),
    )


def _wires(problem: Problem, rows: _Collected, balls: _Collected) -> None:
    wires = problem.wires
    by_group = np.argsort(wires.member_group, kind="stable")
    edges = np.searchsorted(wires.member_group[by_group], np.arange(len(wires.group_wire) + 1)).tolist()
    who = wires.member_session[by_group]
    per_kw = wires.member_weight[by_group] * 1000 / problem.watts_per_a[who]
    for wire, groups in enumerate(wires.groups()):
        limit = wires.limit_a[wire]
        numbers = list(range(groups.start, groups.stop))
        for picked in _worst_sets(wires.group_direction, numbers, mixtures=wires.mixtures):
            key = wires.name[wire]
            if len(picked) == 1:
                own = slice(edges[picked[0]], edges[picked[0] + 1])
                free = np.maximum(limit - wires.group_base_a[picked[0]], 0.0)
                if own.stop > own.start:
                    rows.add(free, who[own], per_kw[own].astype(np.complex128), key=key, wire=wire, same=True)
                continue
            spans = [np.arange(edges[g], edges[g + 1]) for g in picked]
            members = np.concatenate(spans)
            direction = np.repeat(wires.group_direction[picked], [len(span) for span in spans])
            base = wires.group_direction[picked] @ wires.group_base_a[picked]
            turns = np.round(np.degrees(np.angle(wires.group_direction[picked]))).astype(int).tolist()
            if len(members):
                weight = per_kw[members] * direction
                balls.add(limit, who[members], weight, key=f"{key} {turns}", wire=wire, base=base)


def _worst_sets(directions: Complexes, groups: Sequence[int], *, mixtures: bool) -> list[list[int]]:
    """The sets of groups whose sum can be the worst mixture of a wire. All groups, where currents are as they stand.

    A set with a group at most 90 degrees from all of it that it lacks is never worse than with that group.
    """
    if not mixtures or len(groups) == 1:
        return [list(groups)]
    cosine = (directions[groups][:, None] * directions[groups][None, :].conj()).real
    found: list[list[int]] = []
    for size in range(1, len(groups) + 1):
        for picked in combinations(range(len(groups)), size):
            rest = [g for g in range(len(groups)) if g not in picked]
            grows = any((cosine[g, list(picked)] >= -_RIGHT).all() for g in rest)
            if not grows and _half_plane(np.angle(directions[[groups[g] for g in picked]])):
                found.append([groups[g] for g in picked])
    return found


def _half_plane(angles: Floats) -> bool:
    """Whether directions lie within less than half a turn: the worst mixture always does."""
    ordered = np.sort(angles)
    gaps = np.diff(np.append(ordered, ordered[0] + 2 * np.pi))
    return bool(gaps.max() > np.pi + 1e-9) or len(angles) == 1


def _tree_order(
    sessions: int, mem_ptr: Ints, mem_row: Int32s, ball_ptr: Ints, ball_row: Int32s, *, rows: int
) -> Int32s:
    """Sessions under the same smallest row or ball follow each other."""
    who = np.concatenate([np.repeat(np.arange(sessions), np.diff(p)) for p in (mem_ptr, ball_ptr)])
    what = np.concatenate([mem_row.astype(np.int64), ball_row.astype(np.int64) + rows])
    if not len(who):
        return np.arange(sessions, dtype=np.int32)
    size = np.bincount(what)[what]
    order = np.lexsort((what, size, who))
    leaf = np.full(sessions, -1, dtype=np.int64)
    firsts = np.unique(who[order], return_index=True)
    leaf[firsts[0]] = what[order][firsts[1]]
    return np.argsort(leaf, kind="stable").astype(np.int32)


def _present_kw(problem: Problem) -> Floats:
    power = problem.entry_max_a * problem.watts_per_a[problem.entry_session] / 1000
    return np.asarray(np.bincount(problem.entry_slot, power, minlength=problem.slots), dtype=np.float64)


def _room_kwh(problem: Problem) -> Floats:
    """The most each session could be given. Shape [session]."""
    most = problem.entry_max_a * problem.entry_kwh_per_a
    found = np.bincount(problem.entry_session, most, minlength=len(problem.sessions))
    return np.asarray(found, dtype=np.float64)


def _scale(problem: Problem) -> float:
    """How large multipliers may be expected to be, per kW and slot."""
    mean_h = float(problem.hours.mean())
    money = float(np.abs(problem.money.price_per_kwh).mean()) * mean_h
    charged = sum(charge.per_kw for charge in problem.money.charges) / problem.slots
    return max(money, _CHARGES * charged, problem.weights.early_cost * mean_h)
