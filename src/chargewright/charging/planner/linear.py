"""The general engine and the reference: the whole problem as one linear program, solved by HiGHS from plain arrays.

Balls of phasors are circles. The program holds tangents to them, which give nothing away, and more are added at the
points that an answer overruns until none is: so its bound is a bound for the circles themselves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

import numpy as np

from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem, Session, build, uniform
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.weights import Goal, Weights
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats, Site

__all__ = ["Layout", "Method", "Program", "loaded", "offline_optimum", "solve", "write_program"]

Method: TypeAlias = Literal["auto", "simplex", "ipm", "hipo"]

_TANGENT_MARGIN = 4e-8
"""Tangents are given to HiGHS this share of the limit inside the circle: its answer then keeps the circle itself. The
bound is reckoned with the circle."""

_TANGENT_TOLERANCE = 1e-8
"""A circle asks for a tangent where an answer comes this close to it."""

_TANGENT_ROUNDS = 60

_SIMPLEX_ENTRIES_MAX = 4_000
"""Above, the simplex falls behind the interior point where a peak or prices count."""


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise cost @ z + constant with low <= z <= high and row_low <= M z <= row_high; M row by row."""

    cost: Floats
    low: Floats
    high: Floats
    row_low: Floats
    row_high: Floats
    start: Ints
    index: Ints
    value: Floats
    constant: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in the program, and the classes: sessions that every row and ball sees alike."""

    load_at: Ints
    """[class, slot]: the column of its load; -1: none."""
    row_at: Ints
    """[row, slot]: the program's row of that limit; -1: none."""
    ball_class: Complexes
    """[ball, class]: what a kW of the class is in the ball."""


def solve(problem: Problem, *, time_limit_s: float = 10.0, method: Method = "auto") -> Solution | None:
    """Return the optimum, or None where HiGHS did not reach it in time.

    One thread; the same problem gives the same answer. `auto` takes what bench/planner.py found to be faster: the
    simplex where nothing but energy and earliness count, circles have to be cut or the problem is small, else the
    interior point without crossover. `hipo` is HiGHS's second interior point, an extra of its own.

    Raises:
        ImportError: highspy is not installed.

    """
    import highspy

    form = normal_form(problem)
    program, layout = write_program(form)
    if method == "auto":
        plain = not problem.money.charges and not problem.money.price_per_kwh.any()
        small = len(problem.entry_slot) <= _SIMPLEX_ENTRIES_MAX
        method = "simplex" if plain or small or form.balls else "ipm"
    highs = _loaded(program, method, time_limit_s)
    tangents: list[tuple[int, int]] = []
    for _ in range(_TANGENT_ROUNDS):
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = highs.getSolution()
        columns = np.array(found.col_value)
        cut = _tangents(form, layout, columns)
        if not len(cut.ball):
            break
        highs.addRows(
            len(cut.high),
            np.full(len(cut.high), -np.inf),
            cut.high - _TANGENT_MARGIN * form.ball_limit[cut.ball, cut.slot],
            len(cut.index),
            cut.start[:-1].astype(np.int32),
            cut.index.astype(np.int32),
            cut.value,
        )
        tangents += zip(cut.ball.tolist(), cut.slot.tolist(), strict=True)
        program = _joined(program, cut)
    duals = np.array(found.row_dual)
    kw = np.clip(columns[: len(form.low)], form.low, form.high)
    current = kw * 1000 / problem.watts_per_a[problem.entry_session]
    current = np.clip(current, problem.entry_min_a, problem.entry_max_a)
    return Solution(
        current_a=current,
        objective=problem.objective(current),
        lower_bound=_bound(program, duals[: len(program.row_low)]),
        wire_price=_wire_price(problem, form, layout, duals, tangents),
        detail=f"HiGHS {method}, {highs.modelStatusToString(highs.getModelStatus()).lower()}",
    )


def loaded(form: NormalForm, *, method: Method = "simplex", time_limit_s: float = 10.0) -> Any:
    """Return HiGHS with the program in it, not yet run: for benchmarks, and for who wants to look into it.

    Circles are not in it before `solve` adds their tangents.

    Raises:
        ImportError: highspy is not installed.

    """
    return _loaded(write_program(form)[0], method, time_limit_s)


def _loaded(program: Program, method: Method, time_limit_s: float) -> Any:
    import highspy

    highs = highspy.Highs()  # type: ignore[no-untyped-call] # highspy ships no types
    for option, setting in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("solver", method),
        ("run_crossover", "off"),
        ("time_limit", time_limit_s),
        ("primal_feasibility_tolerance", 1e-9),
    ):
        highs.setOptionValue(option, setting)
    highs.passModel(_model(program))
    return highs


def _model(program: Program) -> Any:
    """The program as HiGHS wants it."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low, program.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = (
        program.start,
        program.index,
        program.value,
    )
    return lp


class _Rows:
    """Collects blocks of rows in triplets and hands them out row by row."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[Ints] = []
        self._columns: list[Ints] = []
        self._values: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []

    def add(self, low: Floats, high: Floats, *triplets: tuple[Ints, Ints, Floats]) -> int:
        """Add rows; triplets are (row within the block, column, value). Returns the number of the first."""
        first = self.count
        for rows, columns, values in triplets:
            self._rows.append(rows + first)
            self._columns.append(columns)
            self._values.append(values)
        self._low.append(low)
        self._high.append(high)
        self.count += len(low)
        return first

    def matrix(self) -> tuple[Ints, Ints, Floats]:
        """Return (start [row + 1], column [entry], value [entry])."""
        rows = np.concatenate(self._rows)
        order = np.argsort(rows, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=self.count))])
        return start, np.concatenate(self._columns)[order], np.concatenate(self._values)[order]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        return np.concatenate(self._low), np.concatenate(self._high)


class _Columns:
    """Collects blocks of variables."""

    def __init__(self) -> None:
        self.count = 0
        self._cost: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []

    def add(self, cost: Floats, low: Floats, high: Floats) -> int:
        first = self.count
        self._cost.append(cost)
        self._low.append(low)
        self._high.append(high)
        self.count += len(cost)
        return first

    @property
    def all(self) -> tuple[Floats, Floats, Floats]:
        return np.concatenate(self._cost), np.concatenate(self._low), np.concatenate(self._high)


@dataclass(frozen=True, slots=True)
class _Entries:
    session: Ints
    slot: Ints
    kwh_per_kw: Floats


def _entries(form: NormalForm) -> _Entries:
    counts = np.diff(form.ptr)
    session = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(form.ptr[-1]) - form.ptr[session]
    slot = number + form.first[session]
    share = np.where(number == 0, form.head[session], 1.0)
    share = np.where(
        (number == counts[session] - 1) & (counts[session] > 1), share * form.tail[session], share
    )
    return _Entries(session, slot, form.hours[slot] * share)


def write_program(form: NormalForm) -> tuple[Program, Layout]:
    """Write the linear program, circles left out, and say where things stand in it."""
    columns, rows = _Columns(), _Rows()
    entries = _entries(form)
    price = form.price[entries.slot] + form.haste[entries.session] * form.late[entries.slot]
    columns.add(price * entries.kwh_per_kw, form.low, form.high)
    _energy_rows(form, entries, columns, rows)
    layout = _limit_rows(form, entries, columns, rows)
    cost, low, high = columns.all
    row_low, row_high = rows.bounds
    start, index, value = rows.matrix()
    constant = -float(form.peak_cost @ form.peak_floor)
    return Program(cost, low, high, row_low, row_high, start, index, value, constant), layout


def _energy_rows(form: NormalForm, entries: _Entries, columns: _Columns, rows: _Rows) -> None:
    """Energy given + what lacks of each part = energy wanted; and the same for milestones."""
    every = np.arange(len(entries.session))
    session, part = np.nonzero(form.part_kwh > 0)
    first = columns.add(form.part_cost[session, part], np.zeros(len(part)), form.part_kwh[session, part])
    rows.add(
        form.energy,
        form.energy,
        (entries.session, every, entries.kwh_per_kw),
        (session, first + np.arange(len(part)), np.ones(len(part))),
    )
    stones = np.flatnonzero(form.until > 0)
    if not len(stones):
        return
    number = np.full(len(form.until), -1)
    number[stones] = np.arange(len(stones))
    early = every - form.ptr[entries.session] < form.until[entries.session]
    late = columns.add(form.mile_cost[stones], np.zeros(len(stones)), form.mile_kwh[stones])
    rows.add(
        form.mile_kwh[stones],
        np.full(len(stones), np.inf),
        (number[entries.session[early]], every[early], entries.kwh_per_kw[early]),
        (np.arange(len(stones)), late + np.arange(len(stones)), np.ones(len(stones))),
    )


def _limit_rows(form: NormalForm, entries: _Entries, columns: _Columns, rows: _Rows) -> Layout:
    """A column for the load of each class in each slot, and over these the limits, the peaks and what is soft."""
    slots = len(form.hours)
    class_of, row_class, ball_class = _classes(form)
    classes = row_class.shape[1]
    there = np.zeros((classes, slots), dtype=np.bool_)
    matters = (row_class != 0).any(axis=0) | (ball_class != 0).any(axis=0)
    there[class_of[entries.session], entries.slot] = True
    there &= matters[:, None]
    who, when = np.nonzero(there)
    most = np.zeros((classes, slots))
    np.add.at(most, (class_of[entries.session], entries.slot), form.high)
    first = columns.add(np.zeros(len(who)), np.zeros(len(who)), most[who, when])
    load_at = np.full((classes, slots), -1)
    load_at[who, when] = first + np.arange(len(who))
    own = load_at[class_of[entries.session], entries.slot]
    inside = np.flatnonzero(own >= 0)
    nothing = np.zeros(len(who))
    rows.add(
        nothing,
        nothing,
        (own[inside] - first, inside, np.ones(len(inside))),
        (np.arange(len(who)), first + np.arange(len(who)), np.full(len(who), -1.0)),
    )

    def loads(row: int, picked: Ints) -> tuple[Ints, Ints, Floats]:
        """Triplets of the row's load in some slots."""
        members = np.flatnonzero(row_class[row])
        at = load_at[members][:, picked]
        value = np.broadcast_to(row_class[row, members][:, None], at.shape)
        place = np.broadcast_to(np.arange(len(picked)), at.shape)
        return place[at >= 0], at[at >= 0], value[at >= 0]

    row_at = np.full((form.rows, slots), -1)
    for row in range(form.rows):
        picked = np.flatnonzero(np.isfinite(form.limit[row]))
        if not len(picked):
            continue
        extra = []
        if form.is_soft[row]:
            highest = np.abs(row_class[row]) @ most[:, picked]
            over = columns.add(form.soft[row, picked], np.zeros(len(picked)), highest)
            extra = [(np.arange(len(picked)), over + np.arange(len(picked)), np.full(len(picked), -1.0))]
        at = rows.add(np.full(len(picked), -np.inf), form.limit[row, picked], loads(row, picked), *extra)
        row_at[row, picked] = at + np.arange(len(picked))
    for charge, row in enumerate(form.peak_row.tolist()):
        picked = np.flatnonzero(np.isfinite(form.peak_under[charge]))
        peak = columns.add(
            form.peak_cost[charge : charge + 1],
            form.peak_floor[charge : charge + 1],
            form.peak_most[charge : charge + 1],
        )
        rows.add(
            np.full(len(picked), -np.inf),
            form.peak_under[charge, picked],
            loads(row, picked),
            (np.arange(len(picked)), np.full(len(picked), peak), np.full(len(picked), -1.0)),
        )
    return Layout(load_at, row_at, ball_class)


def _classes(form: NormalForm) -> tuple[Ints, Floats, Complexes]:
    """Return (class [session], weight in rows [row, class], weight in balls [ball, class])."""
    sessions = len(form.ptr) - 1
    known: dict[bytes, int] = {}
    class_of = np.zeros(sessions, dtype=np.int64)
    examples: list[int] = []
    for i in range(sessions):
        own, ball = slice(form.mem_ptr[i], form.mem_ptr[i + 1]), slice(form.ball_ptr[i], form.ball_ptr[i + 1])
        parts = (
            form.mem_row[own],
            form.mem_weight[own],
            form.ball_row[ball],
            form.ball_re[ball],
            form.ball_im[ball],
        )
        signature = b"|".join(part.tobytes() for part in parts)
        class_of[i] = known.setdefault(signature, len(known))
        if class_of[i] == len(examples):
            examples.append(i)
    rows = np.zeros((form.rows, len(examples)))
    balls = np.zeros((form.balls, len(examples)), dtype=np.complex128)
    for number, i in enumerate(examples):
        own, ball = slice(form.mem_ptr[i], form.mem_ptr[i + 1]), slice(form.ball_ptr[i], form.ball_ptr[i + 1])
        np.add.at(rows[:, number], form.mem_row[own], form.mem_weight[own])
        np.add.at(balls[:, number], form.ball_row[ball], form.ball_re[ball] + 1j * form.ball_im[ball])
    return class_of, rows, balls


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows to add: tangents to circles that an answer overruns."""

    ball: Ints
    slot: Ints
    high: Floats
    start: Ints
    index: Ints
    value: Floats


def _phasors(form: NormalForm, layout: Layout, columns: Floats) -> Complexes:
    """The sum of every ball, [ball, slot]."""
    loads = np.where(layout.load_at >= 0, columns[layout.load_at], 0.0)
    return np.asarray(layout.ball_class @ loads + form.ball_base_re + 1j * form.ball_base_im)


def _tangents(form: NormalForm, layout: Layout, columns: Floats) -> _Cut:
    sums = _phasors(form, layout, columns) if form.balls else np.zeros((0, len(form.hours)), np.complex128)
    ball, slot = np.nonzero(np.abs(sums) > form.ball_limit * (1 - _TANGENT_TOLERANCE))
    normal = np.conj(sums[ball, slot] / np.maximum(np.abs(sums[ball, slot]), 1e-300))
    base = (normal * (form.ball_base_re + 1j * form.ball_base_im)[ball, slot]).real
    weight = (layout.ball_class[ball] * normal[:, None]).real
    at = layout.load_at[:, slot].T
    used = (at >= 0) & (weight != 0)
    start = np.concatenate([[0], np.cumsum(used.sum(axis=1))])
    return _Cut(ball, slot, form.ball_limit[ball, slot] - base, start, at[used], weight[used])


def _joined(program: Program, cut: _Cut) -> Program:
    return replace(
        program,
        row_low=np.concatenate([program.row_low, np.full(len(cut.high), -np.inf)]),
        row_high=np.concatenate([program.row_high, cut.high]),
        start=np.concatenate([program.start, program.start[-1] + cut.start[1:]]),
        index=np.concatenate([program.index, cut.index]),
        value=np.concatenate([program.value, cut.value]),
    )


def _bound(program: Program, duals: Floats) -> float:
    """A bound below every plan, from any multipliers: each row's and each variable's best case on its own."""
    clean = np.where((duals > 0) & ~np.isfinite(program.row_low), 0.0, duals)
    clean = np.where((clean < 0) & ~np.isfinite(program.row_high), 0.0, clean)
    side = np.where(clean > 0, program.row_low, program.row_high)
    rows = np.repeat(np.arange(len(duals)), np.diff(program.start))
    reduced = program.cost - np.bincount(
        program.index, program.value * clean[rows], minlength=len(program.cost)
    )
    best = np.where(reduced > 0, program.low, program.high)
    return float(clean[clean != 0] @ side[clean != 0]) + float(reduced @ best) + program.constant


def _wire_price(
    problem: Problem, form: NormalForm, layout: Layout, duals: Floats, tangents: Sequence[tuple[int, int]]
) -> Floats:
    price = np.zeros((len(problem.wires.name), problem.slots))
    row, slot = np.nonzero((layout.row_at >= 0) & (form.row_wire >= 0))
    worth = -duals[layout.row_at[row, slot]] / form.row_unit[row, slot]
    np.add.at(price, (form.row_wire[row, slot], slot), worth)
    before = len(duals) - len(tangents)
    for number, (ball, at) in enumerate(tangents):
        price[form.ball_wire[ball], at] -= duals[before + number] / form.ball_unit[ball, at]
    return price


def offline_optimum(
    site: Site,
    sessions: Sequence[Session],
    *,
    start: datetime,
    slot_s: float = 300.0,
    time_limit_s: float = 120.0,
) -> float:
    """Return the most energy in Wh that any controller could deliver, knowing every arrival and departure.

    Ideal cars that follow any current, wires as they stand (nobody draws less than planned), circles exact. Currents
    are constant within slots of `slot_s`.

    Raises:
        ImportError: highspy is not installed.
        TimeoutError: not solved in `time_limit_s`.

    """
    if not sessions:
        return 0.0
    last_s = max((session.departure - start).total_seconds() for session in sessions)
    ideal = [
        replace(
            s, current_min_a=0.0, can_pause=True, weight=1.0, ceiling_a=None, tail_wh=0.0, energy_min_wh=0.0
        )
        for s in sessions
    ]
    problem = build(
        site,
        ideal,
        now=start,
        goal=Goal.PEAK,
        horizon=uniform(slot_s, math.ceil(last_s / slot_s)),
        mixtures=False,
    )
    only_energy = Weights(
        part_cost=np.ones((len(ideal), 1)),
        part_kwh=problem.energy_wh[:, None] / 1000,
        mile_cost=np.zeros(len(ideal)),
        early_cost=0.0,
    )
    question = replace(problem, weights=only_energy, money=replace(problem.money, charges=()))
    found = solve(question, time_limit_s=time_limit_s)
    if found is None:
        raise TimeoutError(f"no optimum in {time_limit_s} s")
    return float((problem.energy_wh - problem.shortfall_wh(found.current_a)).sum())
