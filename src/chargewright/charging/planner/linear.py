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

from chargewright.charging.planner.kernel import Outcome, Start
from chargewright.charging.planner.normal_form import NormalForm, normal_form
from chargewright.charging.planner.problem import Problem, Session, build, uniform
from chargewright.charging.planner.program import Layout, Program, write_program
from chargewright.charging.planner.solution import Solution
from chargewright.charging.planner.weights import Goal, Weights
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats, Site

__all__ = ["Method", "answered", "loaded", "offline_optimum", "solve"]

Method: TypeAlias = Literal["auto", "simplex", "ipx", "hipo"]

_TANGENT_MARGIN = 4e-8
"""Tangents are given to HiGHS this share of the limit inside the circle: its answer then keeps the circle itself. The
bound is reckoned with the circle."""

_TANGENT_TOLERANCE = 1e-8
"""A circle asks for a tangent where an answer comes this close to it."""

_TANGENT_ROUNDS = 60

_SIMPLEX_ENTRIES_MAX = 4_000
"""Above, the simplex falls behind the interior point where a peak or prices count."""


def solve(problem: Problem, *, time_limit_s: float = 10.0, method: Method = "auto") -> Solution | None:
    """Return the optimum, or None where HiGHS did not reach it in time, or not within its rounds of tangents.

    One thread; the same problem gives the same answer. `auto` takes what bench/planner.py found to be faster: the
    simplex where nothing but energy and earliness count, circles have to be cut or the problem is small, else the
    interior point without crossover. `hipo` is HiGHS's second interior point, an extra of its own.

    Raises:
        ImportError: highspy is not installed.

    """
    form = normal_form(problem)
    found = _optimum(form, _method(problem, form) if method == "auto" else method, time_limit_s)
    if found is None:
        return None
    current = _currents(problem, np.clip(found.columns[: len(form.low)], form.low, form.high))
    return Solution(
        current_a=current,
        objective=problem.objective(current),
        lower_bound=found.bound,
        wire_price=_wire_price(problem, form, found),
        detail=found.detail,
    )


def answered(form: NormalForm, *, time_limit_s: float = 10.0) -> Outcome | None:
    """Return what water-filling would, for a question without batteries that give back; None where HiGHS did not.

    Raises:
        ImportError: highspy is not installed.

    """
    small = len(form.low) <= _SIMPLEX_ENTRIES_MAX
    found = _optimum(form, "simplex" if small or form.balls else "ipx", time_limit_s)
    if found is None:
        return None
    x = np.clip(found.columns[: len(form.low)], form.low, form.high)
    price = np.zeros(form.limit.shape)
    row, slot = np.nonzero(found.layout.row_at >= 0)
    price[row, slot] = -found.duals[found.layout.row_at[row, slot]]
    charge, slot = np.nonzero(found.layout.peak_at >= 0)
    np.add.at(price, (form.peak_row[charge], slot), -found.duals[found.layout.peak_at[charge, slot]])
    ball = np.zeros(form.ball_limit.shape, np.complex128)
    for (number, at), worth, along in zip(found.tangents, found.tangent_price, found.along, strict=True):
        ball[number, at] += worth * along
    end = Start(x, price, ball.real.copy(), ball.imag.copy(), 0.0)
    return Outcome(x=x, objective=found.objective, bound=found.bound, row_price=price, outer=1, end=end)


def _method(problem: Problem, form: NormalForm) -> Method:
    plain = not problem.money.charges and not problem.money.price_per_kwh.any()
    small = len(problem.entry_slot) <= _SIMPLEX_ENTRIES_MAX
    return "simplex" if plain or small or form.balls else "ipx"


@dataclass(frozen=True, slots=True)
class _Found:
    """HiGHS's answer, circles kept."""

    layout: Layout
    columns: Floats
    duals: Floats
    objective: float
    bound: float
    tangents: list[tuple[int, int]]
    """(ball, slot) of each."""
    along: list[complex]
    """The direction of each."""
    detail: str

    @property
    def tangent_price(self) -> Floats:
        """What lifting each tangent by one would save."""
        return -self.duals[len(self.duals) - len(self.tangents) :]


def _optimum(form: NormalForm, method: Method, time_limit_s: float) -> _Found | None:
    import highspy

    program, layout = write_program(form)
    highs = _loaded(program, method, time_limit_s)
    tangents: list[tuple[int, int]] = []
    along: list[complex] = []
    for _ in range(_TANGENT_ROUNDS):
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kUnknown:
            # a basis that new tangents spoilt
            highs.clearSolver()
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
        along += cut.along.tolist()
        program = _joined(program, cut)
    else:
        return None  # still outside a circle: no answer that may be used
    duals = np.array(found.row_dual)
    return _Found(
        layout=layout,
        columns=columns,
        duals=duals,
        objective=float(program.cost @ columns) + program.constant,
        bound=_bound(program, duals[: len(program.row_low)]),
        tangents=tangents,
        along=along,
        detail=f"HiGHS {method}, {highs.modelStatusToString(highs.getModelStatus()).lower()}",
    )


def _currents(problem: Problem, kw: Floats) -> Floats:
    """What the columns of entries and twins mean in A; below 0 it is given."""
    per_kw = 1000 / problem.watts_per_a[problem.entry_session]
    drawn = np.clip(kw[: len(per_kw)] * per_kw, problem.entry_min_a, problem.entry_max_a)
    giving, begin = problem.giving, len(per_kw)
    for k, i in enumerate(giving.session.tolist()):
        own = slice(int(problem.ptr[i]), int(problem.ptr[i + 1]))
        end = begin + own.stop - own.start
        drawn[own] -= kw[begin:end] * per_kw[own]
        begin = end
        # drawn and given at once is a way to burn energy that is paid for; without it the battery may be full early
        stored = giving.stored(drawn[own], problem.entry_session[own]) * problem.entry_kwh_per_a[own]
        level = 0.0
        for n in range(len(stored)):
            over = level + stored[n] - giving.room_kwh[k]
            if over > 0 and drawn[own.start + n] > 0:
                less = min(over, stored[n])
                drawn[own.start + n] -= less / problem.entry_kwh_per_a[own.start + n]
                stored[n] -= less
            level += stored[n]
    return drawn


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


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows to add: tangents to circles that an answer overruns."""

    ball: Ints
    slot: Ints
    along: Complexes
    """Where each touches its circle, as a direction."""
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
    return _Cut(
        ball, slot, np.conj(normal), form.ball_limit[ball, slot] - base, start, at[used], weight[used]
    )


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


def _wire_price(problem: Problem, form: NormalForm, found: _Found) -> Floats:
    price = np.zeros((len(problem.wires.name), problem.slots))
    row_at = found.layout.row_at
    row, slot = np.nonzero((row_at >= 0) & (form.row_wire >= 0))
    worth = -found.duals[row_at[row, slot]] / form.row_unit[row, slot]
    np.add.at(price, (form.row_wire[row, slot], slot), worth)
    for (ball, at), saved in zip(found.tangents, found.tangent_price, strict=True):
        price[form.ball_wire[ball], at] += saved / form.ball_unit[ball, at]
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
