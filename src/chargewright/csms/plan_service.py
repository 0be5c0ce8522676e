"""Profiles as a service: a site and its sessions in, ready charging profiles out. For any backend.

Stateless and deterministic: the same question gives the same answer, through the API and on the command line.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from chargewright.charging.compiler import Loss, compile_limit
from chargewright.charging.planner.plan import Engine, Plan, plan
from chargewright.charging.planner.problem import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.charging.site import EvseKey, Site, Steps
from chargewright.charging.timeline import Timeline
from chargewright.clock import as_utc
from chargewright.csms.commissioning import fitted
from chargewright.csms.site_definition import Limit, SiteDefinition, site_of
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, SiteId, StationId
from chargewright.translate.translator import translator

__all__ = ["PlanAnswer", "PlanQuestion", "PlannedProfile", "SessionQuestion", "answer_plan"]

Protocol = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]

PROFILE_ID = 1
"""Where the question names no profile id: a station gets one profile of ours, replaced in place."""


FIRM_S = 2 * 86_400.0
"""Profiles without a lease are not sent again soon: all of the horizon holds what station and car can follow."""


class SessionQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One car. Energies in Wh, currents in A per conductor, times with a zone."""

    id: str
    station: str
    departure: datetime
    energy_wh: float
    evse: int = 1
    arrival: datetime | None = None
    """None: it is here."""
    energy_delivered_wh: float = 0.0
    energy_min_wh: float = 0.0
    current_max_a: float | None = None
    """The car's own maximum, where it is less than the EVSE's."""
    current_min_a: float | None = None
    priority: float = 1.0
    can_pause: bool = True
    charging: bool = False
    transaction_id: str | None = None
    """With it a TxProfile is made, without it a TxDefaultProfile."""
    profile_id: int = PROFILE_ID
    stack_level: int = 0
    unit: Literal["A", "W"] = "A"
    periods_max: int | None = None


class PlanQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A site as it is now, and what is wanted of it."""

    site: SiteDefinition
    sessions: list[SessionQuestion]
    at: datetime
    goal: str = "balance"
    protocol: Protocol = "ocpp1.6"
    prices: Limit | None = None
    """Per kWh: a number, or [[from, number], ...]."""
    demand_charge_per_kw: float = 0.0
    peak_so_far_w: float = 0.0
    base_power_w: Limit | None = None
    lease_s: int | None = None
    """Profiles end after so long; None: with the car's stay."""
    engine: Engine = "auto"


class PlannedProfile(Struct, kw_only=True):
    """What to send to one station: `request` is the payload of its SetChargingProfile."""

    session: str
    station: str
    evse: int
    request: Any
    energy_planned_wh: float
    unmet_wh: float
    losses: list[str]


class PlanAnswer(Struct, kw_only=True):
    """Profiles for every session, and how good the plan is.

    `objective`, `lower_bound` and `gap` speak of the plan before it is rounded to what hardware knows.
    """

    at: datetime
    goal: str
    protocol: str
    profiles: list[PlannedProfile]
    objective: float
    lower_bound: float | None
    gap: float | None
    engine: str
    why: str
    peak_power_w: float
    unmet_wh: float
    violations: list[str]
    explanation: list[str]


def answer_plan(question: PlanQuestion, *, timer: Callable[[], float] | None = None) -> PlanAnswer:
    """Plan a site once.

    Raises:
        InvalidInput: the question contradicts itself; says where.
        UnsupportedByVersion: the protocol cannot say a profile.

    """
    site = site_of(SiteId("site"), "site", question.site)
    at = _utc(question.at, "at")
    made = plan(
        site,
        [_session(session, site, at, f"sessions[{n}]") for n, session in enumerate(question.sessions)],
        now=at,
        goal=_goal(question.goal),
        engine=question.engine,
        prices=_steps(question.prices, "prices"),
        base_power_w=_steps(question.base_power_w, "base_power_w"),
        demand_charge_per_kw=question.demand_charge_per_kw,
        peak_so_far_w=question.peak_so_far_w,
        firm_s=FIRM_S if question.lease_s is None else float(question.lease_s),
        timer=timer,
    )
    by_id = {session.id: session for session in question.sessions}
    profiles = [
        _profile(made, n, by_id[session.id], question, at)
        for n, session in enumerate(made.sessions)
        if session.departure > at
    ]
    return PlanAnswer(
        at=at,
        goal=question.goal,
        protocol=question.protocol,
        profiles=profiles,
        objective=made.objective,
        lower_bound=made.lower_bound,
        gap=made.gap,
        engine=made.engine,
        why=made.why,
        peak_power_w=made.peak_power_w,
        unmet_wh=sum(made.unmet_wh.values()),
        violations=[f"{v.row}: {v.worst_case_a:.2f} A of {v.limit_a:.2f} A" for v in made.violations],
        explanation=list(made.explanation()),
    )


def _profile(
    made: Plan, number: int, asked: SessionQuestion, question: PlanQuestion, at: datetime
) -> PlannedProfile:
    session = made.sessions[number]
    evse = made.site.evses[session.evse]
    tenths = [int(v) for v in made.tenths_a[number]]
    until = (
        min(session.departure, made.end)
        if question.lease_s is None
        else at + timedelta(seconds=question.lease_s)
    )
    begin = max(session.arrival, at)
    line = Timeline.stepped(list(zip(made.starts, tenths, strict=True)), made.end)
    abilities = fitted(
        StationAbilities(unit_a=asked.unit == "A", unit_w=asked.unit == "W", periods_max=asked.periods_max),
        evse,
    )
    compiled = compile_limit(
        line.clip(begin, max(until, begin + timedelta(seconds=1))),
        abilities=abilities,
        profile_id=asked.profile_id,
        purpose=Purpose.TX if asked.transaction_id is not None else Purpose.TX_DEFAULT,
        transaction_id=asked.transaction_id,
        stack_level=asked.stack_level,
        lease_until=max(until, begin + timedelta(seconds=1)),
    )
    tongue = translator(question.protocol)
    return PlannedProfile(
        session=session.id,
        station=session.evse.station_id,
        evse=session.evse.evse_id,
        request=_request(
            tongue.plain(tongue.write_profile(compiled.profile)), session.evse.evse_id, question.protocol
        ),
        energy_planned_wh=session.energy_wh - made.unmet_wh[session.id],
        unmet_wh=made.unmet_wh[session.id],
        losses=[_told(loss) for loss in compiled.losses],
    )


def _request(profile: object, evse_id: int, protocol: str) -> dict[str, object]:
    if protocol == "ocpp1.6":
        return {"connectorId": evse_id, "csChargingProfiles": profile}
    return {"evseId": evse_id, "chargingProfile": profile}


def _told(loss: Loss) -> str:
    span = f"{loss.start:%Y-%m-%dT%H:%M:%SZ} to {loss.end:%H:%M:%SZ}"
    planned = (
        ""
        if loss.planned is None or loss.sent is None
        else f": {loss.planned / 10:g} -> {loss.sent / 10:g} A"
    )
    return f"{span} {loss.kind.value}{planned}"


def _session(asked: SessionQuestion, site: Site, at: datetime, where: str) -> Session:
    key = EvseKey(StationId(asked.station), EvseId(asked.evse))
    evse = site.evses.get(key)
    if evse is None:
        raise InvalidInput(f"the site has no EVSE {key}", where=where)
    current_max_a = (
        evse.current_max_a if asked.current_max_a is None else min(asked.current_max_a, evse.current_max_a)
    )
    return Session(
        id=asked.id,
        evse=key,
        arrival=at if asked.arrival is None else _utc(asked.arrival, f"{where}.arrival"),
        departure=_utc(asked.departure, f"{where}.departure"),
        energy_wh=asked.energy_wh,
        current_max_a=current_max_a,
        current_min_a=evse.current_min_a if asked.current_min_a is None else asked.current_min_a,
        weight=asked.priority,
        can_pause=asked.can_pause,
        charging=asked.charging,
        energy_min_wh=asked.energy_min_wh,
        energy_delivered_wh=asked.energy_delivered_wh,
        rates_a=evse.rates_a,
    )


def _goal(name: str) -> Goal:
    try:
        return Goal(name)
    except ValueError:
        raise InvalidInput(f"{name!r} is none of {', '.join(g.value for g in Goal)}", where="goal") from None


def _steps(value: Limit | None, where: str) -> Steps | None:
    if value is None or not isinstance(value, list):
        return None if value is None else Steps.of(value)
    return Steps.of([(_utc(at, where), number) for at, number in value])


def _utc(at: datetime, where: str) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput("a time without a zone", where=where)
    return as_utc(at)
