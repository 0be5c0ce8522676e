"""The exact answer: the whole problem as one linear program, solved by HiGHS from plain arrays."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.problem import Ints, Problem, Session, build, uniform
from chargewright.charging.planner.weights import Goal, Weights
from chargewright.charging.site import Floats, Site

__all__ = ["Binding", "Solution", "offline_optimum", "solve"]

OPTIMUM_SIDES = 128
"""Circles in `offline_optimum`: polygons inside them that give away at most 0.03 % of a limit."""

_COARSE = 4
"""One in so many sides of each polygon stands in the program from the start; the others come when they are broken."""

_BROKEN = 1e-6
"""A side counts as broken above its limit + this, in A; the rounding to tenths looks at all sides anyway."""

_SIMPLEX_ENTRIES_MAX = 4_000
"""Above, the simplex falls behind the interior point where a peak or prices count."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that shapes the plan: one more ampere of it in that slot would improve the objective by `price`."""

    row: str
    slot: int
    price: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Entry currents with their certificate: no plan whatsoever has an objective below `lower_bound`."""

    current_a: Floats
    objective: float
    lower_bound: float
    status: str
    binding: tuple[Binding, ...]

    @property
    def gap(self) -> float:
        """How far the plan can be from the best one, as a share of its objective."""
        return max(self.objective - self.lower_bound, 0.0) / max(abs(self.objective), 1e-9)


@dataclass(frozen=True, slots=True)
class _Program:
    """Minimise cost @ z with low <= z <= high and row_low <= M z <= row_high; M row by row."""

    cost: Floats
    low: Floats
    high: Floats
    row_low: Floats
    row_high: Floats
    start: Ints
    index: Ints
    value: Floats
    limit_row: Ints
    """Where the limits of the site stand: LP row, with the problem's row and slot beside it. [limit, 3]."""
    lazy_from: int
    """From here on rows are sides of polygons: many, and few of them bind."""
    coarse: npt.NDArray[np.bool_]
    """Which of them are worth having from the start."""

    def rows(self, picked: Ints) -> tuple[Ints, Ints, Floats]:
        """Return (start [picked + 1], column, value) of some rows, in their order."""
        counts = np.diff(self.start)[picked]
        start = np.concatenate([[0], np.cumsum(counts)])
        at = np.arange(start[-1]) + np.repeat(self.start[picked] - start[:-1], counts)
        return start, self.index[at], self.value[at]

    def carried(self, columns: Floats) -> Floats:
        """Return the value of every row. Shape [row]."""
        rows = np.repeat(np.arange(len(self.row_low)), np.diff(self.start))
        return np.bincount(
            rows, weights=self.value * columns[self.index], minlength=len(self.row_low)
        ).astype(np.float64)


def solve(
    problem: Problem, *, time_limit_s: float = 10.0, method: Literal["auto", "simplex", "ipm"] = "auto"
) -> Solution | None:
    """Return the optimum, or None where HiGHS did not reach it in time.

    One thread; the same problem gives the same answer. `auto` takes what bench/planner.py found to be faster: the
    simplex where nothing but energy and earliness count or the problem is small, else the interior point without
    crossover.

    Raises:
        ImportError: highspy is not installed.

    """
    import highspy

    program = _program(problem)
    if method == "auto":
        plain = not problem.weights.peak_cost and not problem.price_per_kwh.any()
        method = "simplex" if plain or len(problem.entry_slot) <= _SIMPLEX_ENTRIES_MAX else "ipm"
    lazy = np.arange(program.lazy_from, len(program.row_low))
    # the simplex goes on from where it stood, so it starts with a few sides of each polygon; others start afresh
    begin = lazy[program.coarse] if method == "simplex" else lazy
    picked = np.concatenate([np.arange(program.lazy_from), begin])
    highs = highspy.Highs()  # type: ignore[no-untyped-call] # highspy ships no types
    for option, setting in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("solver", method),
        ("run_crossover", "off"),
        ("time_limit", time_limit_s),
    ):
        highs.setOptionValue(option, setting)
    highs.passModel(_model(program, picked))
    while True:
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = highs.getSolution()
        columns = np.array(found.col_value)
        carried = program.carried(columns)
        broken = np.setdiff1d(np.flatnonzero(carried > program.row_high + _BROKEN), picked)
        if not len(broken):
            break
        start, index, value = program.rows(broken)
        highs.addRows(
            len(broken),
            program.row_low[broken],
            program.row_high[broken],
            len(index),
            start[:-1].astype(np.int32),
            index.astype(np.int32),
            value,
        )
        picked = np.concatenate([picked, broken])
    current = np.clip(columns[: len(problem.entry_slot)], problem.entry_min_a, problem.entry_max_a)
    duals = np.zeros(len(program.row_low))
    duals[picked] = found.row_dual
    return Solution(
        current_a=current,
        objective=problem.objective(current),
        lower_bound=_bound(program, duals),
        status=highs.modelStatusToString(highs.getModelStatus()),
        binding=_binding(problem, program, duals, carried),
    )


def _model(program: _Program, picked: Ints) -> Any:
    """The program with some of its rows, as HiGHS wants it."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(picked)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low[picked], program.row_high[picked]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = program.rows(picked)
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

    def add(self, low: Floats, high: Floats, *triplets: tuple[Ints, Ints, Floats]) -> None:
        for rows, columns, values in triplets:
            self._rows.append(rows + self.count)
            self._columns.append(columns)
            self._values.append(values)
        self._low.append(low)
        self._high.append(high)
        self.count += len(low)

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


def _program(problem: Problem) -> _Program:
    columns, rows = _Columns(), _Rows()
    entries = np.arange(len(problem.entry_slot))
    weights = problem.weights
    kwh_per_a = problem.entry_kwh_per_a
    surplus = problem.surplus
    paid = np.where(surplus, 0.0, problem.price_per_kwh)[problem.entry_slot] * kwh_per_a
    columns.add(problem.early_per_a + paid, problem.entry_min_a, problem.entry_max_a)
    _energy_rows(problem, columns, rows, kwh_per_a, entries)
    if weights.peak_cost > 0:
        _peak_rows(problem, columns, rows, entries)
    if surplus.any():
        # import is what goes beyond the surplus: a variable per slot that pays the price
        most_kwh = np.bincount(problem.entry_slot, kwh_per_a * problem.entry_max_a, minlength=problem.slots)
        base_kwh = problem.base_power_w / 1000 * problem.hours
        slots = np.flatnonzero(surplus)
        number = np.cumsum(surplus) - 1
        first = columns.add(
            problem.price_per_kwh[slots], np.zeros(len(slots)), np.maximum(most_kwh + base_kwh, 0.0)[slots]
        )
        inside = surplus[problem.entry_slot]
        rows.add(
            np.full(len(slots), -np.inf),
            -base_kwh[slots],
            (number[problem.entry_slot[inside]], entries[inside], kwh_per_a[inside]),
            (np.arange(len(slots)), first + np.arange(len(slots)), np.full(len(slots), -1.0)),
        )
    limit_rows, lazy_from = _limit_rows(problem, columns, rows, entries)
    cost, low, high = columns.all
    row_low, row_high = rows.bounds
    start, index, value = rows.matrix()
    coarse = limit_rows[limit_rows[:, 0] >= lazy_from, 1] % _COARSE == 0
    return _Program(cost, low, high, row_low, row_high, start, index, value, limit_rows, lazy_from, coarse)


def _peak_rows(problem: Problem, columns: _Columns, rows: _Rows, entries: Ints) -> None:
    """The rise over the peak so far is a variable; every slot that could lift it is a row."""
    kw_per_a = problem.watts_per_a[problem.entry_session] / 1000
    base_kw = problem.base_power_w / 1000
    so_far_kw = problem.peak_so_far_w / 1000
    most = base_kw + np.bincount(problem.entry_slot, kw_per_a * problem.entry_max_a, minlength=problem.slots)
    rise = max(float(most.max()) - so_far_kw, 0.0)
    peak = columns.add(np.array([problem.weights.peak_cost]), np.zeros(1), np.array([rise]))
    rows.add(
        np.full(problem.slots, -np.inf),
        so_far_kw - base_kw,
        (problem.entry_slot, entries, kw_per_a),
        (np.arange(problem.slots), np.full(problem.slots, peak), np.full(problem.slots, -1.0)),
    )


def _energy_rows(problem: Problem, columns: _Columns, rows: _Rows, kwh_per_a: Floats, entries: Ints) -> None:
    """Energy given + shortfall = energy wanted; a car that cannot pause may be offered more, and takes what it can."""
    weights = problem.weights
    session, part = np.nonzero(weights.part_kwh > 0)
    first = columns.add(
        weights.part_cost[part] * problem.weight[session],
        np.zeros(len(part)),
        weights.part_kwh[session, part],
    )
    wanted = problem.energy_wh / 1000
    floor = np.bincount(problem.entry_session, kwh_per_a * problem.entry_min_a, minlength=len(wanted))
    rows.add(
        wanted,
        np.maximum(wanted, floor),
        (problem.entry_session, entries, kwh_per_a),
        (session, first + np.arange(len(part)), np.ones(len(part))),
    )


def _limit_rows(problem: Problem, columns: _Columns, rows: _Rows, entries: Ints) -> tuple[Ints, int]:
    """Site limits. An aggregate is a row of its own, and a variable only where several rows look at it."""
    row, slot = np.nonzero(np.isfinite(problem.row_limit_a))
    looks = problem.row_coefficients != 0
    alone = looks.sum(axis=1) == 1
    aggregates = problem.row_coefficients.shape[1]
    shared = np.zeros((aggregates, problem.slots), dtype=bool)
    used = np.zeros_like(shared)
    for a in range(aggregates):
        used[a] = np.isin(np.arange(problem.slots), slot[looks[row, a]])
        shared[a] = np.isin(np.arange(problem.slots), slot[looks[row, a] & ~alone[row]])
    high = np.full((aggregates, problem.slots), np.inf)
    for r in np.flatnonzero(alone):
        a = int(np.argmax(looks[r]))
        # a negative coefficient alone cannot be broken by currents that are not negative
        if problem.row_coefficients[r, a] > 0:
            high[a] = np.minimum(high[a], problem.row_limit_a[r] / problem.row_coefficients[r, a])
    # one entry may stand in several aggregates: unroll sessions' entries by their memberships
    counts = np.diff(problem.ptr)[problem.aggregate_session]
    owner = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    entry = np.arange(int(counts.sum())) - np.repeat(
        ends - counts - problem.ptr[problem.aggregate_session], counts
    )
    a_of, t_of = problem.aggregate_index[owner], problem.entry_slot[entry]
    w_of = problem.aggregate_weight[owner]
    most = np.zeros((aggregates, problem.slots))
    np.add.at(most, (a_of, t_of), w_of * problem.entry_max_a[entry])
    number = np.full((aggregates, problem.slots), -1)
    number[used] = np.arange(int(used.sum()))
    inside = used[a_of, t_of]
    triplets = [(number[a_of, t_of][inside], entries[entry[inside]], w_of[inside])]
    shared_a, shared_t = np.nonzero(shared)
    first = columns.add(
        np.zeros(len(shared_a)),
        np.zeros(len(shared_a)),
        np.minimum(high, most)[shared_a, shared_t],
    )
    triplets.append(
        (
            number[shared_a, shared_t],
            first + np.arange(len(shared_a)),
            np.full(len(shared_a), -1.0),
        )
    )
    base = rows.count
    rows.add(
        np.where(shared, 0.0, -np.inf)[used],
        np.where(shared, 0.0, high)[used],
        *triplets,
    )
    variable = np.full((aggregates, problem.slots), -1)
    variable[shared] = first + np.arange(len(shared_a))
    several = ~alone[row]
    row_m, slot_m = row[several], slot[several]
    local, a_m = np.nonzero(looks[row_m])
    limits_at = rows.count
    rows.add(
        np.full(len(row_m), -np.inf),
        problem.row_limit_a[row_m, slot_m],
        (local, variable[a_m, slot_m[local]], problem.row_coefficients[row_m[local], a_m]),
    )
    single = np.flatnonzero(alone[row])
    a_s = np.argmax(looks[row[single]], axis=1) if len(single) else np.zeros(0, dtype=np.int64)
    places = np.stack([base + number[a_s, slot[single]], row[single], slot[single]], axis=1)
    lazy = np.stack([limits_at + np.arange(len(row_m)), row_m, slot_m], axis=1)
    return np.concatenate([places, lazy]), limits_at


def _bound(program: _Program, duals: Floats) -> float:
    """A bound below every plan, from any multipliers: each row's and each variable's best case on its own."""
    clean = np.where((duals > 0) & ~np.isfinite(program.row_low), 0.0, duals)
    clean = np.where((clean < 0) & ~np.isfinite(program.row_high), 0.0, clean)
    side = np.where(clean > 0, program.row_low, program.row_high)
    rows = np.repeat(np.arange(len(duals)), np.diff(program.start))
    reduced = program.cost - np.bincount(
        program.index, program.value * clean[rows], minlength=len(program.cost)
    )
    best = np.where(reduced > 0, program.low, program.high)
    return float(clean[clean != 0] @ side[clean != 0]) + float(reduced @ best)


def _binding(problem: Problem, program: _Program, duals: Floats, carried: Floats) -> tuple[Binding, ...]:
    """Rows that are full and have a price; an interior point leaves crumbs of both everywhere."""
    place, row, slot = program.limit_row.T
    full = carried[place] >= program.row_high[place] - 1e-4
    priced = duals[place] < -1e-9 * max(float(np.abs(program.cost).max(initial=0.0)), 1.0)
    prices: dict[tuple[str, int], float] = {}
    for p, r, t in zip(place[full & priced], row[full & priced], slot[full & priced], strict=True):
        where = (problem.row_name[r], int(t))
        prices[where] = prices.get(where, 0.0) - float(duals[p])
    return tuple(Binding(name, t, price) for (name, t), price in sorted(prices.items()))


def offline_optimum(
    site: Site,
    sessions: Sequence[Session],
    *,
    start: datetime,
    slot_s: float = 300.0,
    time_limit_s: float = 120.0,
) -> float:
    """Return the most energy in Wh that any controller could deliver, knowing every arrival and departure.

    Ideal cars that follow any current, rows as they stand (nobody draws less than planned), circles as polygons from
    inside: it is low by at most 0.03 %, and exact where all currents of a row point the same way. Currents are
    constant within slots of `slot_s`.

    Raises:
        ImportError: highspy is not installed.
        TimeoutError: not solved in `time_limit_s`.

    """
    if not sessions:
        return 0.0
    last_s = max((session.departure - start).total_seconds() for session in sessions)
    ideal = [replace(s, current_min_a=0.0, can_pause=True, weight=1.0, ceiling_a=None) for s in sessions]
    problem = build(
        site,
        ideal,
        now=start,
        goal=Goal.PEAK,
        horizon=uniform(slot_s, math.ceil(last_s / slot_s)),
        mixtures=False,
        sides=OPTIMUM_SIDES,
    )
    only_energy = Weights(
        part_cost=np.ones(1), part_kwh=problem.energy_wh[:, None] / 1000, peak_cost=0.0, early_cost=0.0
    )
    found = solve(replace(problem, weights=only_energy), time_limit_s=time_limit_s)
    if found is None:
        raise TimeoutError(f"no optimum in {time_limit_s} s")
    return float((problem.energy_wh - problem.shortfall_wh(found.current_a)).sum())
