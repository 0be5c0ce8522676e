"""The plan of a site under control: what is asked and what is answered, as both go to wherever plans are made.

Both are values and nothing else (frozen dataclasses, tuples, arrays), so that they can go to another process and back.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chargewright.charging.planner.asked import Asked
from chargewright.charging.planner.check import Violation
from chargewright.charging.planner.plan import Engine, plan
from chargewright.charging.planner.problem import Ints, Session
from chargewright.charging.site import Site
from chargewright.csms.plan_record import PlanRecord, record_of

__all__ = ["SitePlan", "SiteQuestion", "plan_site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteQuestion:
    """A site as it is now, and what is wanted of it."""

    site: Site
    sessions: tuple[Session, ...]
    now: datetime
    firm_s: float
    asked: Asked
    broken_rows: tuple[str, ...] = ()
    """Where the safety invariant does not hold at present."""
    zone: str = "UTC"
    currency: str = ""
    engine: Engine = "auto"
    why: str = ""
    """Why this engine, where that is not for the planner to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """What the control of a site needs of a plan: limits to bring to the stations, and the record of how it came.

    A tenth of the planner's own `Plan`, which carries its problem and its solution.
    """

    starts: tuple[datetime, ...]
    """The start of each slot."""
    end: datetime
    sessions: tuple[Session, ...]
    tenths_a: Ints
    """Limit per conductor in tenths of A. Shape [session, slot]."""
    violations: tuple[Violation, ...]
    """What the independent check found."""
    engine: str
    objective: float
    gap: float | None
    duration_s: float
    content: bytes
    """The plan's record as it is kept, in JSON."""

    @property
    def record(self) -> PlanRecord:
        """The plan's record, read anew: it is asked for much more seldom than plans are made."""
        return msgspec.json.decode(self.content, type=PlanRecord)


def plan_site(question: SiteQuestion) -> SitePlan:
    """Plan a site and write down why. Raises `InvalidInput` where the question makes no sense."""
    made = plan(
        question.site,
        question.sessions,
        now=question.now,
        engine=question.engine,
        firm_s=question.firm_s,
        timer=time.perf_counter,
        **question.asked,
    )
    if question.why:
        made = replace(made, why=question.why)
    record = record_of(
        made, broken_rows=question.broken_rows, zone=ZoneInfo(question.zone), currency=question.currency
    )
    return SitePlan(
        starts=made.starts,
        end=made.end,
        sessions=made.sessions,
        tenths_a=made.tenths_a,
        violations=made.violations,
        engine=made.engine,
        objective=made.objective,
        gap=made.gap,
        duration_s=made.duration_s,
        content=msgspec.json.encode(record),
    )
