"""The plan in force as it is kept and shown: JSON, one shape for the store, the API and the console."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from chargewright.charging.planner.plan import Plan

__all__ = ["PlanRecord", "PlannedSession", "record_of"]


class PlannedSession(Struct, frozen=True):
    """The limit of one session in A per conductor, slot by slot."""

    transaction_id: str
    station_id: str
    evse_id: int
    departure: datetime
    energy_wh: float
    unmet_wh: float
    limit_a: list[float]


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


def record_of(plan: Plan, *, broken_rows: Sequence[str]) -> bytes:
    """Write a plan down. `broken_rows`: where the safety invariant does not hold at present."""
    power_w = [0.0] * len(plan.starts)
    for session, tenths in zip(plan.sessions, plan.tenths_a, strict=True):
        watts = session.watts_per_a or plan.site.evses[session.evse].watts_per_a
        for slot, value in enumerate(tenths):
            power_w[slot] += float(value) / 10 * watts
    return msgspec.json.encode(
        PlanRecord(
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
                )
                for session, tenths in zip(plan.sessions, plan.tenths_a, strict=True)
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
    )
