"""The problem as water-filling wants it: power in kW, every wire as rows of numbers and balls of phasors.

A wire with one direction is a row: a sum with a limit. One with several is a ball, |sum of c * x| <= limit; and because
cars may draw less, one ball for each set of its groups that can be the worst mixture. Rows and balls are scaled so that
the heaviest session weighs 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.expected_price import SHORT_BALL, SHORT_ROW, cannot_pass, expected_price
from chargewright.charging.planner.giving import Giving
from chargewright.charging.planner.problem import Problem
from chargewright.charging.planner.weights import Charge
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["Int32s", "NormalForm", "normal_form"]

Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm:
    """S sessions, T slots, E entries, R rows, B balls, K parts, C charges. Powers in kW, energies in kWh.

    Behind the sessions stand the twins of those that give back, with entries and memberships of their own; what is
    said by session of energy says nothing of them. Only the linear program knows what twins mean.
    """

    giving: Giving
    giving_cost: Floats
    """[giver]"""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some rows, or balls: their limits, where these come from, and their members one row after the other."""

    limit: Floats
    wire: Ints
    unit: Floats
    """[row, slot] each."""
    base: Complexes | None = None
    soft: Floats | None = None
    keys: Sequence[str]
    sizes: Ints
    """[row]: how many members."""
    session: Ints
    weight: Complexes


def _block(
    limit: Floats,
    session: Ints,
    weight: Complexes,
    sizes: Ints,
    *,
    keys: Sequence[str],
    wire: Ints,
    **more: Any,
) -> _Block:
    """Make a block of which no row is empty; scaled so that the heaviest member of each weighs 1."""
    most = np.maximum.reduceat(np.abs(weight), np.cumsum(sizes) - sizes)
    shape = limit.shape
    return _Block(
        limit=limit / most[:, None],
        wire=np.broadcast_to(wire[:, None], shape),
        unit=np.broadcast_to(most[:, None], shape),
        keys=keys,
        sizes=sizes,
        session=session,
        weight=weight / np.repeat(most, sizes),
        **{
            name: value * most[:, None] if name == "soft" else value / most[:, None]
            for name, value in more.items()
        },
    )


def _merged(blocks: Sequence[_Block], *, first: int) -> tuple[_Block, list[int]]:
    """Join blocks; of rows with the same members, from number `first` on, one stays, with the lower limit of all.

    Returns the block and where the rows went. In a star with three-phase cars the fuses of all phases, and the power
    limit too, are one row.
    """
    whole = _joined(blocks)
    ends = np.cumsum(whole.sizes)
    # rows can only be the same where these are: a hint that costs no look at the members
    hint = np.stack([whole.sizes, whole.session[ends - whole.sizes], whole.session[ends - 1]], axis=1)
    _, group, counts = np.unique(hint, axis=0, return_inverse=True, return_counts=True)
    suspects = counts[group.reshape(-1)] > 1
    went = list(range(len(whole.sizes)))
    known: dict[bytes, int] = {}
    limit, wire, unit = whole.limit.copy(), whole.wire.copy(), whole.unit.copy()
    assert whole.soft is not None, "joined blocks have it"
    soft = np.asarray(np.isfinite(whole.soft).any(axis=1))
    for row in np.flatnonzero(suspects).tolist():
        own = slice(int(ends[row] - whole.sizes[row]), int(ends[row]))
        if (row and row < first) or soft[row]:
            continue
        signature = whole.session[own].tobytes() + np.round(whole.weight[own] * 1e9).tobytes()
        into = known.setdefault(signature, row)
        if into == row:
            continue
        lower = limit[row] < limit[into]
        for table in (limit, wire, unit):
            table[into, lower] = table[row, lower]
        went[row] = into
    kept = np.array([row for row, into in enumerate(went) if row == into], dtype=np.int64)
    stays = np.zeros(len(went), dtype=np.bool_)
    stays[kept] = True
    number = np.cumsum(stays) - 1
    members = np.repeat(stays, whole.sizes)
    return (
        replace(
            whole,
            limit=limit[kept],
            wire=wire[kept],
            unit=unit[kept],
            soft=None if whole.soft is None else whole.soft[kept],
            keys=[whole.keys[row] for row in kept.tolist()],
            sizes=whole.sizes[kept],
            session=whole.session[members],
            weight=whole.weight[members],
        ),
        [int(number[into]) for into in went],
    )


def _joined(blocks: Sequence[_Block]) -> _Block:
    def tables(name: str, rest: float) -> Any:
        parts = [
            np.full(block.limit.shape, rest) if getattr(block, name) is None else getattr(block, name)
            for block in blocks
        ]
        return np.concatenate(parts)

    return _Block(
        limit=tables("limit", 0.0),
        wire=tables("wire", 0),
        unit=tables("unit", 0.0),
        base=tables("base", 0.0).astype(np.complex128),
        soft=tables("soft", np.inf),
        keys=[key for block in blocks for key in block.keys],
        sizes=np.concatenate([block.sizes for block in blocks]),
        session=np.concatenate([block.session for block in blocks]),
        weight=np.concatenate([block.weight for block in blocks]),
    )


def _nothing(slots: int) -> _Block:
    none, table = np.zeros(0, np.int64), np.zeros((0, slots))
    return _Block(
        limit=table,
        wire=table.astype(np.int64),
        unit=table,
        keys=(),
        sizes=none,
        session=none,
        weight=none.astype(np.complex128),
    )


def _by_session(block: _Block, sessions: int) -> tuple[Ints, Int32s, Complexes]:
    """Return (ptr [session + 1], number, weight), in order of sessions."""
    number = np.repeat(np.arange(len(block.sizes)), block.sizes)
    order = np.argsort(block.session, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(block.session, minlength=sessions))])
    return ptr.astype(np.int64), number[order].astype(np.int32), block.weight[order]


def normal_form(problem: Problem) -> NormalForm:
    """Rewrite a problem. Exact: same plans, same objective."""
    sessions, slots = len(problem.sessions), problem.slots
    charges = problem.money.charges if sessions else ()
    single, balls = _wires(problem)
    rows, went = _merged([*_site_rows(problem, charges), single], first=len(charges))
    both = sessions + len(problem.giving.session)
    mem_ptr, mem_row, mem_weight = _by_session(rows, both)
    ball_ptr, ball_row, ball_weight = _by_session(balls, both)
    assert rows.soft is not None, "joined blocks have it"
    assert balls.base is not None, "joined blocks have it"
    kwh_per_a = problem.entry_kwh_per_a
    floor_kwh = np.bincount(problem.entry_session, problem.entry_min_a * kwh_per_a, minlength=sessions)
    room_kwh = np.bincount(problem.entry_session, problem.entry_max_a * kwh_per_a, minlength=sessions)
    energy = problem.energy_wh / 1000
    floors = np.array([charge.floor_kw for charge in charges])
    flows = _flows(problem)
    high_kw = problem.entry_max_a * problem.watts_per_a[problem.entry_session] / 1000
    load_kw = problem.base_power_w / 1000 + np.bincount(problem.entry_slot, high_kw, minlength=slots)
    under = [np.where(charge.active, -problem.base_power_w / 1000, np.inf) for charge in charges]
    return NormalForm(
        giving=problem.giving,
        giving_cost=problem.giving_cost,
        ptr=flows.ptr,
        first=flows.first,
        order=_tree_order(both, mem_ptr, mem_row, ball_ptr, ball_row, rows=len(rows.sizes)),
        low=flows.low,
        high=flows.high,
        hours=problem.hours,
        head=flows.head,
        tail=flows.tail,
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
        limit=rows.limit,
        soft=rows.soft,
        is_soft=np.asarray(np.isfinite(rows.soft).any(axis=1), dtype=np.uint8),
        ball_ptr=ball_ptr,
        ball_row=ball_row,
        ball_re=ball_weight.real.copy(),
        ball_im=ball_weight.imag.copy(),
        ball_limit=balls.limit,
        ball_base_re=balls.base.real.copy(),
        ball_base_im=balls.base.imag.copy(),
        ball_wire=balls.wire[:, 0].astype(np.int32),
        wires=len(problem.wires.name),
        uniform_repair=not problem.wires.mixtures,
        peak_row=np.array(went[: len(charges)], dtype=np.int32),
        peak_under=np.array(under).reshape(len(charges), slots),
        peak_cost=np.array([charge.per_kw for charge in charges]),
        peak_floor=floors,
        peak_most=np.maximum(floors, float(load_kw.max(initial=0.0)) + 1e-6),
        scale=expected_price(problem, short=_short(problem, rows, balls)),
        typical_kw=max(float(np.minimum(energy, room_kwh).sum()) / float(problem.hours.sum()), 1e-3),
        row_wire=rows.wire,
        row_unit=rows.unit,
        ball_unit=balls.unit,
        row_key=tuple(rows.keys),
        ball_key=tuple(balls.keys),
    )


def _site_rows(problem: Problem, charges: Sequence[Charge]) -> list[_Block]:
    """The site's load: a row for every charge, the first of which may stand for a wire too, and one for the surplus."""
    sessions, slots = len(problem.sessions), problem.slots
    surplus = bool(problem.surplus.any())
    count = (len(charges) + surplus) if sessions else 0
    if not count:
        return [_nothing(slots)]
    limit, soft = np.full((count, slots), np.inf), np.full((count, slots), np.inf)
    keys = [f"charge {charge.name}" for charge in charges]
    if surplus:
        limit[-1] = np.where(problem.surplus, problem.surplus_kw, np.inf)
        soft[-1] = problem.beyond_per_kwh * problem.hours
        keys.append("surplus")
    givers = len(problem.giving.session)
    signs = np.tile(np.repeat(np.array([1.0, -1.0], np.complex128), [sessions, givers]), count)
    everybody = np.tile(np.arange(sessions + givers), count)
    sizes = np.full(count, sessions + givers)
    return [_block(limit, everybody, signs, sizes, keys=keys, wire=np.full(count, -1), soft=soft)]


@dataclass(frozen=True, slots=True)
class _Flows:
    """Entries of the sessions, and behind them those of the twins."""

    ptr: Ints
    first: Int32s
    head: Floats
    tail: Floats
    low: Floats
    high: Floats


def _flows(problem: Problem) -> _Flows:
    first, head, tail = _presence(problem)
    kw = problem.watts_per_a[problem.entry_session] / 1000
    who = problem.giving.session
    own = [np.arange(problem.ptr[i], problem.ptr[i + 1]) for i in who.tolist()]
    given = np.concatenate([np.zeros(0, np.int64), *own])
    ends = problem.ptr[-1] + np.cumsum(np.diff(problem.ptr)[who])
    return _Flows(
        ptr=np.concatenate([problem.ptr, ends]),
        first=np.concatenate([first, first[who]]),
        head=np.concatenate([head, head[who]]),
        tail=np.concatenate([tail, tail[who]]),
        low=np.concatenate([problem.entry_min_a * kw, np.zeros(len(given))]),
        high=np.concatenate([problem.entry_max_a * kw, (problem.giving.most_a * kw)[given]]),
    )


def _presence(problem: Problem) -> tuple[Int32s, Floats, Floats]:
    """Each session's first slot, and the shares of its first and last one that the car is there."""
    counts = np.diff(problem.ptr)
    there = counts > 0
    first = np.zeros(len(counts), np.int32)
    head, tail = np.ones(len(counts)), np.ones(len(counts))
    begins, ends = problem.ptr[:-1][there], problem.ptr[1:][there] - 1
    slot = problem.entry_slot
    hours = problem.hours
    first[there] = slot[begins]
    head[there] = problem.entry_hours[begins] / hours[slot[begins]]
    tail[there] = problem.entry_hours[ends] / hours[slot[ends]]
    tail[counts == 1] = 1.0
    return first, head, tail


def _wires(problem: Problem) -> tuple[_Block, _Block]:
    """Rows for wires with one direction and for single groups of others; balls for the rest."""
    wires, slots = problem.wires, problem.slots
    by_group = np.argsort(wires.member_group, kind="stable")
    group = wires.member_group[by_group]
    who = wires.member_session[by_group]
    watts = np.concatenate([problem.watts_per_a, problem.watts_per_a[problem.giving.session]])
    per_kw = wires.member_weight[by_group] * 1000 / watts[who]
    sizes = np.bincount(group, minlength=len(wires.group_wire))
    groups_of = np.bincount(wires.group_wire, minlength=len(wires.name))
    alone = (groups_of[wires.group_wire] == 1) & (sizes > 0)
    balls: list[_Block] = []
    for wire in np.flatnonzero(groups_of > 1).tolist():
        numbers = np.flatnonzero(wires.group_wire == wire).tolist()
        for worst in wires.worst_sets(wire):
            picked = [numbers[g] for g in worst]
            if len(picked) == 1:
                alone[picked[0]] = sizes[picked[0]] > 0
                continue
            own = np.isin(group, picked)
            if not own.any():
                continue
            direction = wires.group_direction[group[own]]
            turns = np.round(np.degrees(np.angle(wires.group_direction[picked]))).astype(int).tolist()
            balls.append(
                _block(
                    wires.limit_a[wire][None],
                    who[own],
                    per_kw[own] * direction,
                    np.array([int(own.sum())]),
                    keys=[f"{wires.name[wire]} {turns}"],
                    wire=np.array([wire]),
                    base=(wires.group_direction[picked] @ wires.group_base_a[picked])[None],
                )
            )
    chosen = np.flatnonzero(alone)
    if not len(chosen):
        return _nothing(slots), _joined([_nothing(slots), *balls])
    of_wire = wires.group_wire[chosen]
    members = alone[group]
    single = _block(
        np.maximum(wires.limit_a[of_wire] - wires.group_base_a[chosen], 0.0),
        who[members],
        per_kw[members].astype(np.complex128),
        sizes[chosen],
        keys=[wires.name[wire] for wire in of_wire.tolist()],
        wire=of_wire,
    )
    return single, _joined([_nothing(slots), *balls])


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


def _short(problem: Problem, rows: _Block, balls: _Block) -> bool:
    """Whether energy is short for certain; nobody asks where batteries give back, which the linear program plans."""
    return not len(problem.giving.session) and any(
        cannot_pass(
            problem,
            limit=block.limit,
            soft=block.soft,
            session=block.session,
            weight=block.weight,
            sizes=block.sizes,
            share=share,
        )
        for block, share in ((rows, SHORT_ROW), (balls, SHORT_BALL))
    )
