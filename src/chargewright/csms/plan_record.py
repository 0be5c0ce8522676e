"""The plan in force as it is kept and shown: JSON, one shape for the store, the API and the console."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from chargewright.charging.planner.explain import SessionExplanation
from chargewright.charging.planner.plan import Plan

__all__ = ["PlanRecord", "PlannedSession", "ReasonRecord", "record_of"]

REASONS_MOST = 12
"""Of one session: those that come first."""

REASONS_IN_ALL = 6000
"""A record of a thousand sessions stays about a megabyte."""

REASONS_LEAST = 3


class ReasonRecord(Struct, frozen=True):
    """What decides the current of a session for a while.

    `row` and `worth_per_a`: the limit that does, and by how much one more ampere of it, all that while, would improve
    the plan's objective.
    """

    start: datetime
    end: datetime
    cause: str
    text: str
    row: str | None = None
    worth_per_a: float | None = None


class PlannedSession(Struct, frozen=True):
    """The limit of one session in A per conductor, slot by slot."""

    transaction_id: str
    station_id: str
    evse_id: int
    departure: datetime
    energy_wh: float
    unmet_wh: float
    limit_a: list[float]
    reasons: list[ReasonRecord] = []
    """The first ones, in order of time."""
    text: str = ""
    """Whether its wish is met, and what it would have needed."""
    met_at: datetime | None = None
    """When its wish is met, or could be at the earliest."""
    lift_row: str | None = None
    """The limit that costs it most."""
    watts_per_a: float = 0.0
    """The power of one ampere per conductor; 0 in records of old."""


class PlanRecord(Struct, frozen=True):
    """A plan with what is known of its quality. Powers in W, energies in Wh, currents in A, times UTC."""

    goal: str
    start: datetime
    slot_starts: list[datetime]
    end: datetime
    sessions: list[PlannedSession]
    power_w: list[float]
    engine: str
    why: str
    objective: float
    lower_bound: float | None
    gap: float | None
    duration_s: float
    peak_power_w: float
    enforced: bool
    broken_rows: list[str]
    violations: list[str]
    explanation: list[str]


def record_of(
    plan: Plan, *, broken_rows: Sequence[str], zone: tzinfo = UTC, currency: str = ""
) -> PlanRecord:
    """Write a plan down. `broken_rows`: where the safety invariant does not hold at present.

    `zone` and `currency` are for sentences.
    """
    most = min(max(REASONS_IN_ALL // max(len(plan.sessions), 1), REASONS_LEAST), REASONS_MOST)
    reasons = plan.reasons(zone=zone, currency=currency, reasons_max=most)
    power_w = [0.0] * len(plan.starts)
    for session, tenths in zip(plan.sessions, plan.tenths_a, strict=True):
        watts = session.watts_per_a or plan.site.evses[session.evse].watts_per_a
        for slot, value in enumerate(tenths):
            power_w[slot] += float(value) / 10 * watts
    return PlanRecord(
        goal=plan.goal,
        start=plan.start,
        slot_starts=list(plan.starts),
        end=plan.end,
        sessions=[
            PlannedSession(
                session.id,
                session.evse.station_id,
                session.evse.evse_id,
                session.departure,
                session.energy_wh,
                plan.unmet_wh[session.id],
                [float(value) / 10 for value in tenths],
                _reasons(why),
                why.text,
                why.met_at,
                why.lift_row,
                session.watts_per_a or plan.site.evses[session.evse].watts_per_a,
            )
            for session, tenths, why in zip(plan.sessions, plan.tenths_a, reasons, strict=True)
        ],
        power_w=power_w,
        engine=plan.engine,
        why=plan.why,
        objective=plan.objective,
        lower_bound=plan.lower_bound,
        gap=plan.gap,
        duration_s=plan.duration_s,
        peak_power_w=plan.peak_power_w,
        enforced=not broken_rows,
        broken_rows=list(broken_rows),
        violations=[f"{v.row}: {v.worst_case_a:.2f} A of {v.limit_a:.2f} A" for v in plan.violations],
        explanation=list(plan.explanation()),
    )


def _reasons(why: SessionExplanation) -> list[ReasonRecord]:
    return [
        ReasonRecord(one.start, one.end, one.cause.value, one.text, one.row, one.worth_per_a)
        for one in why.reasons
    ]
