"""The normal form as a linear program: plain arrays, row by row, circles left out."""

from dataclasses import dataclass

import numpy as np

from chargewright.charging.planner.normal_form import NormalForm
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["Layout", "Program", "write_program"]


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
    peak_at: Ints
    """[charge, slot]: the program's row of that peak; -1: none."""
    ball_class: Complexes
    """[ball, class]: what a kW of the class is in the ball."""


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

    def stored(self, form: NormalForm) -> tuple[Ints, Floats]:
        """Return whose battery each entry fills or empties, and by how many kWh per kW."""
        twins = slice(int(form.ptr[len(form.energy)]), len(self.session))
        owner = self.session.copy()
        owner[twins] = form.giving.session[owner[twins] - len(form.energy)]
        kwh = self.kwh_per_kw.copy()
        kwh[twins] /= -form.giving.efficiency[owner[twins]]
        return owner, kwh


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
    last = int(form.ptr[len(form.energy)])
    own, twins = slice(0, last), slice(last, len(entries.session))
    price = form.price[entries.slot]
    cost = np.concatenate(
        [
            price[own] + form.haste[entries.session[own]] * form.late[entries.slot[own]],
            form.giving_cost[entries.session[twins] - len(form.energy)] - price[twins],
        ]
    )
    columns.add(cost * entries.kwh_per_kw, form.low, form.high)
    _energy_rows(form, entries, columns, rows)
    _level_rows(form, entries, columns, rows)
    layout = _limit_rows(form, entries, columns, rows)
    cost, low, high = columns.all
    row_low, row_high = rows.bounds
    start, index, value = rows.matrix()
    constant = -float(form.peak_cost @ form.peak_floor)
    # what runs over before us is not ours
    before = np.isfinite(form.soft) & (form.limit < 0)
    constant += float((form.soft[before] * form.limit[before]).sum())
    return Program(cost, low, high, row_low, row_high, start, index, value, constant), layout


def _energy_rows(form: NormalForm, entries: _Entries, columns: _Columns, rows: _Rows) -> None:
    """Energy given + what lacks of each part = energy wanted; and the same for milestones."""
    every = np.arange(len(entries.session))
    owner, kwh = entries.stored(form)
    session, part = np.nonzero(form.part_kwh > 0)
    first = columns.add(form.part_cost[session, part], np.zeros(len(part)), form.part_kwh[session, part])
    most = form.energy.copy()
    most[form.giving.session] = np.inf
    rows.add(
        form.energy - form.giving.spare_kwh,
        most,
        (owner, every, kwh),
        (session, first + np.arange(len(part)), np.ones(len(part))),
    )
    stones = np.flatnonzero(form.until > 0)
    if not len(stones):
        return
    number = np.full(len(form.until), -1)
    number[stones] = np.arange(len(stones))
    early = every - form.ptr[entries.session] < form.until[owner]
    late = columns.add(form.mile_cost[stones], np.zeros(len(stones)), form.mile_kwh[stones])
    rows.add(
        form.mile_kwh[stones],
        np.full(len(stones), np.inf),
        (number[owner[early]], every[early], kwh[early]),
        (np.arange(len(stones)), late + np.arange(len(stones)), np.ones(len(stones))),
    )


def _level_rows(form: NormalForm, entries: _Entries, columns: _Columns, rows: _Rows) -> None:
    """A column for what stands in the battery of each giver after each slot, between its reserve and full."""
    _, kwh = entries.stored(form)
    for k, i in enumerate(form.giving.session.tolist()):
        taken = np.arange(form.ptr[i], form.ptr[i + 1])
        twin = len(form.energy) + k
        given = np.arange(form.ptr[twin], form.ptr[twin + 1])
        count = len(taken)
        here = np.arange(count)
        low = np.full(count, -form.giving.available_kwh[k])
        level = columns.add(np.zeros(count), low, np.full(count, form.giving.room_kwh[k]))
        rows.add(
            np.zeros(count),
            np.zeros(count),
            (here, taken, kwh[taken]),
            (here, given, kwh[given]),
            (here, level + here, np.full(count, -1.0)),
            (here[1:], level + here[:-1], np.ones(max(count - 1, 0))),
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
            highest = np.abs(row_class[row]) @ most[:, picked] + np.maximum(-form.limit[row, picked], 0.0)
            over = columns.add(form.soft[row, picked], np.zeros(len(picked)), highest)
            extra = [(np.arange(len(picked)), over + np.arange(len(picked)), np.full(len(picked), -1.0))]
        at = rows.add(np.full(len(picked), -np.inf), form.limit[row, picked], loads(row, picked), *extra)
        row_at[row, picked] = at + np.arange(len(picked))
    peak_at = np.full(form.peak_under.shape, -1)
    for charge, row in enumerate(form.peak_row.tolist()):
        picked = np.flatnonzero(np.isfinite(form.peak_under[charge]))
        peak = columns.add(
            form.peak_cost[charge : charge + 1],
            form.peak_floor[charge : charge + 1],
            form.peak_most[charge : charge + 1],
        )
        at = rows.add(
            np.full(len(picked), -np.inf),
            form.peak_under[charge, picked],
            loads(row, picked),
            (np.arange(len(picked)), np.full(len(picked), peak), np.full(len(picked), -1.0)),
        )
        peak_at[charge, picked] = at + np.arange(len(picked))
    return Layout(load_at, row_at, peak_at, ball_class)


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
