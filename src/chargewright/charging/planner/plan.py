"""One call from the state of a site to limits that may be sent: problem, solver, rounding, check."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, TypeAlias, Unpack

import numpy as np

from chargewright.charging.planner import greedy, kernel, linear, waterfill
from chargewright.charging.planner.asked import Asked
from chargewright.charging.planner.check import Limits, Violation, violations
from chargewright.charging.planner.explain import SessionExplanation, explain
from chargewright.charging.planner.minimum import with_minimum
from chargewright.charging.planner.problem import Ints, Problem, Session, build
from chargewright.charging.planner.round import to_hardware
from chargewright.charging.planner.solution import Binding, Solution, bindings
from chargewright.charging.planner.waterfill import Warm
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Floats, Site, Steps
from chargewright.errors import InvalidInput

__all__ = ["Engine", "Plan", "plan"]

Engine: TypeAlias = Literal["auto", "waterfill", "linear", "greedy"]

TARGET = 1e-4
"""A plan is certified when at most this share of its objective could be won."""

SMALL_ENTRIES = 4_000
"""Up to here the linear program answers within some ten milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Limits for every session, with what is known about how good they are.

    `objective`, `lower_bound` and `gap` speak of the plan before rounding to tenths and rates (minima are kept already
    where all of the horizon is firm); the bound is None where the engine has no certificate. `tenths_a`, `unmet_wh` and `violations` speak of what will be sent.
    """

    site: Site = field(repr=False)
    goals: tuple[Goal, ...]
    start: datetime
    edges_s: Floats = field(repr=False)
    """Slot edges in s from the start. Shape [slot + 1]."""
    sessions: tuple[Session, ...] = field(repr=False)
    tenths_a: Ints = field(repr=False)
    """Limit per conductor in tenths of A; below 0: so much it should give back. Shape [session, slot]."""
    firm_slots: int
    """So many slots hold only values that station and car can follow."""
    objective: float
    lower_bound: float | None
    gap: float | None
    engine: str
    why: str
    """Why this engine and no other."""
    duration_s: float
    """How long planning took by the timer that was handed in; 0 without one."""
    violations: tuple[Violation, ...]
    """A plan with any must not be sent."""
    unmet_wh: Mapping[str, float]
    """What each session would lack at its departure."""
    peak_power_w: float
    binding: tuple[Binding, ...] = field(repr=False)
    reserved: Mapping[EvseKey, Steps] = field(repr=False)
    warm: Warm | None = field(repr=False)
    """Where the next plan can begin."""
    problem: Problem = field(repr=False, compare=False)
    solution: Solution = field(repr=False, compare=False)
    """With the problem: what `reasons` are found from."""

    @property
    def goal(self) -> str:
        """The goals in their order, in one word."""
        return ",".join(self.goals)

    @property
    def starts(self) -> tuple[datetime, ...]:
        """The start of each slot."""
        return tuple(self.start + timedelta(seconds=float(s)) for s in self.edges_s[:-1])

    @property
    def end(self) -> datetime:
        """Until when the plan says anything."""
        return self.start + timedelta(seconds=float(self.edges_s[-1]))

    def limits(self) -> dict[EvseKey, Limits]:
        """Return what each EVSE of the site may draw: planned, reserved, or nothing; equal neighbours are merged."""
        found = self._merged(self.tenths_a, self.site.evses)
        planned = {session.evse for session in self.sessions}
        for key, steps in self.reserved.items():
            if key not in planned:
                pairs = [(self.start, steps.at(self.start))]
                pairs += [(at, steps.at(at)) for at in steps.starts if self.start < at < self.end]
                found[key] = tuple((at, int(np.ceil(value * 10 - 1e-6))) for at, value in pairs)
        return found

    def giving(self) -> dict[EvseKey, Limits]:
        """Return what each EVSE with a battery that gives back may give, in tenths of A above 0."""
        able = [session.evse for session in self.sessions if session.discharge is not None]
        return self._merged(-self.tenths_a, able)

    def _merged(self, tenths: Ints, keys: Iterable[EvseKey]) -> dict[EvseKey, Limits]:
        """The highest of each EVSE's sessions, and nothing below 0; equal neighbours are one."""
        starts = self.starts
        tables = {key: np.zeros(len(starts), dtype=np.int64) for key in keys}
        for session, row in zip(self.sessions, tenths, strict=True):
            if session.evse in tables:
                tables[session.evse] = np.maximum(tables[session.evse], row)
        return {
            key: tuple(
                (at, int(value))
                for k, (at, value) in enumerate(zip(starts, table, strict=True))
                if k == 0 or value != table[k - 1]
            )
            for key, table in tables.items()
        }

    def explanation(self) -> tuple[str, ...]:
        """Say in a line per row which limits shape the plan, the dearest first."""
        by_row: dict[str, list[Binding]] = {}
        for binding in self.binding:
            by_row.setdefault(binding.row, []).append(binding)
        ordered = sorted(by_row.items(), key=lambda item: (-sum(b.price for b in item[1]), item[0]))
        starts = self.starts
        return tuple(
            f"{row} is full in {len(own)} of {len(starts)} slots, first at {starts[own[0].slot].isoformat()}"
            for row, own in ordered
        )

    def reasons(
        self, *, zone: tzinfo = UTC, currency: str = "", reasons_max: int | None = None
    ) -> tuple[SessionExplanation, ...]:
        """Say for every session, in their order, why it gets what it gets; see `explain`."""
        sent_a = self.tenths_a[self.problem.entry_session, self.problem.entry_slot] / 10
        return explain(
            self.problem,
            self.solution,
            sent_a=sent_a,
            zone=zone,
            currency=currency,
            reasons_max=reasons_max,
        )


def plan(
    site: Site,
    sessions: Sequence[Session],
    *,
    now: datetime,
    engine: Engine = "auto",
    firm_s: float = 900.0,
    time_limit_s: float = 5.0,
    timer: Callable[[], float] | None = None,
    warm: Warm | None = None,
    **asked: Unpack[Asked],
) -> Plan:
    """Plan a site: limits that keep every wire, as much energy as they allow, then the goal.

    `auto` takes water-filling where it is compiled; what it cannot certify, or where batteries give back, goes to the linear program, and what that
    cannot solve within `time_limit_s` to the greedy pass, unless water-filling has a plan; `Plan.why` says which and
    why. The same input gives the same plan, unless the time limit strikes. Slots that start within `firm_s` (the
    lease) hold only values that station and car can follow. `warm` is what the last plan of this site left: it makes
    the next one quicker. What else may be asked, prices and goals above all: `asked.Asked`.

    Raises:
        InvalidInput: a session or an argument that makes no sense.
        ImportError: `engine="linear"` and HiGHS is missing.

    """
    began_s = timer() if timer else 0.0
    problem = build(site, sessions, now=now, **asked)
    answer = _solve(problem, engine, time_limit_s, warm)
    found = answer.solution
    firm_slots = int(np.searchsorted(problem.edges_s[:-1], firm_s))
    gathered = firm_slots >= problem.slots and answer.engine != "greedy" and _any_current(sessions)
    gathered = gathered and not len(problem.giving.session)
    if gathered:
        # who is on when is settled for all of the horizon at once: what is left is to count in tenths
        found = with_minimum(problem, found)
    tenths = to_hardware(problem, found.current_a, firm_slots=0 if gathered else firm_slots)
    sent = tenths[problem.entry_session, problem.entry_slot] / 10
    unmet = problem.shortfall_wh(sent)
    draft = Plan(
        site=site,
        goals=problem.goals,
        start=now,
        edges_s=problem.edges_s,
        sessions=problem.sessions,
        tenths_a=tenths,
        firm_slots=firm_slots,
        objective=found.objective,
        lower_bound=found.lower_bound,
        gap=found.gap,
        engine=answer.engine,
        why=answer.why,
        duration_s=0.0,
        violations=(),
        unmet_wh={s.id: float(wh) for s, wh in zip(problem.sessions, unmet, strict=True)},
        peak_power_w=float(problem.site_power_w(sent).max()),
        binding=bindings(problem, found),
        reserved=dict(asked.get("reserved") or {}),
        warm=answer.warm,
        problem=problem,
        solution=found,
    )
    return _checked(draft, timer() - began_s if timer else 0.0)


def _short_of(problem: Problem, solution: Solution) -> str | None:
    """What a certificate lacks to be good enough, or None.

    Energy that nobody could serve costs so much that a small share of the objective can be a large one of all else.
    Where an exact answer is cheap to have, that is not good enough.
    """
    assert solution.lower_bound is not None, "water-filling has a bound"
    assert solution.gap is not None, "a bound gives a gap"
    if solution.gap > TARGET:
        return f"certified no better than {solution.gap:.2%}"
    beside = solution.objective - problem.shortfall_cost(solution.current_a)
    slack = solution.objective - solution.lower_bound
    if len(problem.entry_slot) <= SMALL_ENTRIES and slack > waterfill.SHARP * abs(beside):
        return f"certified, but to {slack / max(abs(beside), 1e-9):.1%} of what is not shortfall"
    return None


@dataclass(frozen=True, slots=True)
class _Answer:
    solution: Solution
    engine: str
    why: str
    warm: Warm | None


def _any_current(sessions: Sequence[Session]) -> bool:
    """Whether stations know every current from the minimum up, and some car has one."""
    return any(s.current_min_a for s in sessions) and all(s.rates_a is None for s in sessions)


def _solve(problem: Problem, engine: Engine, time_limit_s: float, warm: Warm | None) -> _Answer:
    if engine == "greedy":
        return _Answer(greedy.solve(problem), "greedy", "as asked", warm)
    first: _Answer | None = None
    gives = len(problem.giving.session) > 0
    if engine == "waterfill" and gives:
        raise InvalidInput("water-filling plans no discharge; ask for auto or linear", where="engine")
    if gives:
        reason = "as asked" if engine == "linear" else "discharge is planned by the linear program"
    elif engine == "waterfill" or (engine == "auto" and kernel.available()):
        solution, state = waterfill.solve(problem, target=TARGET, sharp=waterfill.SHARP, warm=warm)
        short = _short_of(problem, solution)
        reason = f"water-filling {short or 'certified'}: {solution.detail}"
        why = f"as asked: {solution.detail}" if engine == "waterfill" else reason
        first = _Answer(solution, "waterfill", why, state)
        if engine == "waterfill" or short is None:
            return first
    else:
        reason = "as asked" if engine == "linear" else "the water-filling kernel is not built"
    try:
        exact = linear.solve(problem, time_limit_s=time_limit_s)
    except ImportError:
        if engine == "linear":
            raise
        exact, failed = None, "HiGHS is not installed"
    else:
        failed = f"the linear program was not solved within {time_limit_s:g} s"
    left = first.warm if first is not None else warm
    if exact is not None:
        return _Answer(exact, "linear", f"{reason}: {exact.detail}", left)
    if first is not None:
        return replace(first, why=f"{first.why}; {failed}")
    return _Answer(greedy.solve(problem), "greedy", failed, left)


def _checked(draft: Plan, duration_s: float) -> Plan:
    found = violations(draft.site, draft.limits(), start=draft.start, end=draft.end, giving=draft.giving())
    return replace(draft, violations=found, duration_s=duration_s)
