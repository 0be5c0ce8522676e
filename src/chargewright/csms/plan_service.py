"""Profiles as a service: a site and its sessions in, ready charging profiles out. For any backend.

Stateless and deterministic: the same question gives the same answer, through the API and on the command line.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from chargewright.charging.compiler import Loss, compile_limit
from chargewright.charging.compiler_giving import with_giving
from chargewright.charging.planner.asked import Asked
from chargewright.charging.planner.plan import Plan, plan
from chargewright.charging.planner.problem import Discharge, Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.profile import Profile, Purpose, StationAbilities
from chargewright.charging.site import EvseKey, Site, Steps
from chargewright.charging.tariff import DemandCharge
from chargewright.charging.timeline import Timeline
from chargewright.clock import as_utc
from chargewright.csms.commissioning import fitted
from chargewright.csms.plan_delta import Held, held, says_the_same
from chargewright.csms.plan_question import MONEY_MAX, BatteryQuestion, PlanQuestion, SessionQuestion
from chargewright.csms.site_bounds import judged_site
from chargewright.csms.site_definition import Limit, battery_session, site_of, steps_of
from chargewright.errors import InvalidInput, RemoteProtocolError
from chargewright.ids import EvseId, SiteId, StationId
from chargewright.translate.translator import translator

__all__ = [
    "Clearing",
    "PlanAnswer",
    "PlannedBattery",
    "PlannedProfile",
    "answer_bytes",
    "answer_plan",
    "read_question",
]

BATTERY_AHEAD = timedelta(days=1)
"""So far ahead a battery is planned: what is given tonight may come back tomorrow at noon."""

YEAR_FIRST, YEAR_END = 1970, 2200
"""Times are between: so far from the ends of the calendar, nothing that is reckoned from them falls off."""

PAIRS_MAX = 20_000_000
"""Sessions times wires: what the planner lays out in memory for some of its answers."""

FIRM_S = 2 * 86_400.0
"""Profiles without a lease are not sent again soon: all of the horizon holds what station and car can follow."""


_FIELD = re.compile("(?:missing required|unknown) field `([^`]+)`")


class PlannedProfile(Struct, kw_only=True):
    """What to send to one station: `request` is the payload of its SetChargingProfile."""

    session: str
    station: str
    evse: int
    request: Any
    energy_planned_wh: float
    unmet_wh: float
    losses: list[str]
    change: Literal["send", "unchanged"] = "send"
    """Unchanged: what is installed says the same from now on, and need not be sent again."""


class Clearing(Struct, kw_only=True):
    """A profile that stands on a station for nobody: `request` is the payload of a ClearChargingProfile."""

    session: str
    station: str
    request: dict[str, Any]


class PlannedBattery(Struct, kw_only=True):
    """What a battery of the site should do: power in W from each instant on, above 0 to charge, below 0 to give."""

    battery: str
    power_w: list[tuple[datetime, float]]
    energy_end_wh: float
    """What it holds when the plan ends."""


class PlanAnswer(Struct, kw_only=True):
    """Profiles for every session, and how good the plan is.

    `objective`, `lower_bound` and `gap` speak of the plan before it is rounded to what hardware knows.
    """

    at: datetime
    goal: str
    protocol: str
    profiles: list[PlannedProfile]
    clear: list[Clearing]
    batteries: list[PlannedBattery]
    objective: float
    lower_bound: float | None
    gap: float | None
    engine: str
    why: str
    peak_power_w: float
    unmet_wh: float
    violations: list[str]
    explanation: list[str]


def answer_bytes(question: bytes) -> bytes:
    """Answer a question in JSON with JSON: the one way in for the API, the command line and worker processes.

    Raises:
        InvalidInput: the question cannot be read, or contradicts itself; `where` is the path.
        UnsupportedByVersion: the protocol cannot say a profile.

    """
    return msgspec.json.encode(answer_plan(read_question(question)))


def read_question(question: bytes) -> PlanQuestion:
    """Read a question from JSON. Raises `InvalidInput` with the path of what is wrong."""
    try:
        return msgspec.json.decode(question, type=PlanQuestion, strict=False)
    except msgspec.ValidationError as why:
        what, _, at = str(why).partition(" - at `$")
        field = _FIELD.search(what)
        parts = [part for part in (at.rstrip("`").removeprefix("."), field and field[1]) if part]
        raise InvalidInput(what, where=".".join(parts)) from why
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise InvalidInput(str(why)) from why


def answer_plan(question: PlanQuestion) -> PlanAnswer:
    """Plan a site once.

    Raises:
        InvalidInput: the question contradicts itself; says where.
        UnsupportedByVersion: the protocol cannot say a profile.

    """
    site = judged_site(question.site, lambda: site_of(SiteId("site"), "site", question.site, batteries=True))
    at = _utc(question.at, "at")
    installed = [
        held(entry.station, entry.request, question.protocol, f"installed[{n}].request")
        for n, entry in enumerate(question.installed or ())
    ]
    if len(site.rows) * len(question.sessions) > PAIRS_MAX:
        raise InvalidInput("too many for so many wires", where="sessions")
    sessions = [
        _session(session, site, at, question.protocol, f"sessions[{n}]")
        for n, session in enumerate(question.sessions)
    ]
    _judge_ids(question, at)
    sessions += _batteries(question, at)
    made = plan(
        site,
        sessions,
        now=at,
        engine=question.engine,
        firm_s=FIRM_S if question.lease_s is None else float(question.lease_s),
        **_asked(question, at),
    )
    by_profile: dict[tuple[str, int], list[Held]] = {}
    for has in installed:
        by_profile.setdefault((has.station, has.profile.id), []).append(has)
    profiles = [
        _profile(made, n, asked, question, at, by_profile)
        for n, asked in enumerate(question.sessions)
        if made.sessions[n].departure > at
    ]
    return PlanAnswer(
        at=at,
        goal=made.goal,
        protocol=question.protocol,
        profiles=profiles,
        clear=_clearings(question, installed, at),
        batteries=[
            _planned_battery(made, len(question.sessions) + n, battery)
            for n, battery in enumerate(question.batteries)
        ],
        objective=made.objective,
        lower_bound=made.lower_bound,
        gap=made.gap,
        engine=made.engine,
        why=made.why,
        peak_power_w=made.peak_power_w,
        unmet_wh=sum(made.unmet_wh[session.id] for session in question.sessions),
        violations=[f"{v.row}: {v.worst_case_a:.2f} A of {v.limit_a:.2f} A" for v in made.violations],
        explanation=list(made.explanation()),
    )


def _judge_ids(question: PlanQuestion, at: datetime) -> None:
    """Refuse two sessions of one id, and two of one profile id at a station: one would replace the other."""
    ids: set[str] = set()
    profile_ids: set[tuple[str, int]] = set()
    for n, session in enumerate(question.sessions):
        if session.id in ids:
            raise InvalidInput(f"{session.id!r} stands twice", where=f"sessions[{n}].id")
        ids.add(session.id)
        if session.departure <= at:
            continue
        key = (session.station, _profile_id(session))
        if key in profile_ids:
            raise InvalidInput(
                f"another session of {session.station} has {key[1]} too", where=f"sessions[{n}].profile_id"
            )
        profile_ids.add(key)


def _batteries(question: PlanQuestion, at: datetime) -> list[Session]:
    known = {battery.id: battery for battery in question.site.batteries}
    if len({battery.id for battery in question.batteries}) < len(question.batteries):
        raise InvalidInput("a battery stands twice", where="batteries")
    found = []
    for n, asked in enumerate(question.batteries):
        if asked.id not in known:
            raise InvalidInput(f"the site has no battery {asked.id!r}", where=f"batteries[{n}].id")
        found.append(
            battery_session(
                known[asked.id],
                phase_v=question.site.phase_v,
                energy_wh=asked.energy_wh,
                now=at,
                until=at + BATTERY_AHEAD,
            )
        )
    return found


def _planned_battery(made: Plan, number: int, asked: BatteryQuestion) -> PlannedBattery:
    session = made.sessions[number]
    assert session.discharge is not None, "a battery gives"
    w_per_a = made.site.evses[session.evse].watts_per_a
    power_w = made.tenths_a[number] / 10 * w_per_a
    seconds = np.diff(made.edges_s)
    stored_wh = np.where(power_w < 0, power_w / session.discharge.efficiency, power_w) * seconds / 3600
    steps = [
        (at, round(float(power), 1))
        for k, (at, power) in enumerate(zip(made.starts, power_w, strict=True))
        if k == 0 or power != power_w[k - 1]
    ]
    return PlannedBattery(
        battery=asked.id,
        power_w=steps,
        energy_end_wh=round(asked.energy_wh + float(stored_wh.sum()), 1),
    )


def _profile_id(asked: SessionQuestion) -> int:
    return asked.evse if asked.profile_id is None else asked.profile_id


def _asked(question: PlanQuestion, at: datetime) -> Asked:
    """Money, carbon and goals, from bare figures or from a tariff."""
    tariff = question.tariff
    prices = _steps(question.prices, "prices")
    export = _steps(question.export_prices, "export_prices")
    charges = [
        DemandCharge(
            name=charge.name,
            per_kw=charge.per_kw,
            peak_so_far_w=charge.peak_so_far_w,
            active=_steps(charge.active, f"demand_charges[{n}].active"),
        )
        for n, charge in enumerate(question.demand_charges)
    ]
    if tariff is not None:
        if export is not None or charges or question.demand_charge_per_kw:
            raise InvalidInput("a tariff tells export prices and demand charges itself", where="tariff")
        if prices is not None and not tariff.market_factor:
            raise InvalidInput("prices beside a tariff that knows no market", where="prices")
        end = at + timedelta(seconds=FIRM_S)  # nothing is planned beyond
        prices, export = tariff.prices(at, end, prices), tariff.export_prices(at, end)
        charges = list(tariff.demand_charges(at, end, question.peaks_so_far_w))
        figures = [*(prices.values if prices else ()), *(export.values if export else ())]
        if max(map(abs, [*figures, *(charge.per_kw for charge in charges)]), default=0.0) > MONEY_MAX:
            raise InvalidInput(f"a price above {MONEY_MAX:g}", where="tariff")
    elif question.peaks_so_far_w:
        raise InvalidInput("peaks by rule belong to a tariff", where="peaks_so_far_w")
    return Asked(
        goal=_goals(question.goal),
        prices=prices,
        export_prices=export,
        carbon_g_per_kwh=_steps(question.carbon_g_per_kwh, "carbon_g_per_kwh"),
        base_power_w=_steps(question.base_power_w, "base_power_w"),
        demand_charge_per_kw=question.demand_charge_per_kw,
        peak_so_far_w=question.peak_so_far_w,
        demand_charges=charges,
        energy_value_per_kwh=question.energy_value_per_kwh,
    )


def _profile(
    made: Plan,
    number: int,
    asked: SessionQuestion,
    question: PlanQuestion,
    at: datetime,
    installed: Mapping[tuple[str, int], Sequence[Held]],
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
    drawn = [max(value, 0) for value in tenths]
    line = Timeline.stepped(list(zip(made.starts, drawn, strict=True)), made.end)
    abilities = fitted(
        StationAbilities(unit_a=asked.unit == "A", unit_w=asked.unit == "W", periods_max=asked.periods_max),
        evse,
    )
    compiled = compile_limit(
        line.clip(begin, max(until, begin + timedelta(seconds=1))),
        abilities=abilities,
        profile_id=_profile_id(asked),
        purpose=Purpose.TX if asked.transaction_id is not None else Purpose.TX_DEFAULT,
        transaction_id=asked.transaction_id,
        stack_level=asked.stack_level,
        lease_until=max(until, begin + timedelta(seconds=1)),
    )
    profile = compiled.profile
    if any(value < 0 for value in tenths):
        given = Timeline.stepped(
            [(at, max(-v, 0)) for at, v in zip(made.starts, tenths, strict=True)], made.end
        )
        profile = with_giving(profile, given, abilities)
    evse_id = session.evse.evse_id
    same = any(
        says_the_same(has, evse_id, profile, question.protocol, abilities, at)
        for has in installed.get((asked.station, profile.id), ())
    )
    return PlannedProfile(
        session=session.id,
        station=session.evse.station_id,
        evse=evse_id,
        request=_request(_written(profile, question.protocol, number), evse_id, question.protocol),
        energy_planned_wh=session.energy_wh - made.unmet_wh[session.id],
        unmet_wh=made.unmet_wh[session.id],
        losses=[_told(loss) for loss in compiled.losses],
        change="unchanged" if same else "send",
    )


def _written(profile: Profile, protocol: str, number: int) -> Any:
    tongue = translator(protocol)
    try:
        wire = tongue.write_profile(profile)
    except (
        RemoteProtocolError
    ) as why:  # of what is written here only the id of a transaction was made by others
        raise InvalidInput(str(why), where=f"sessions[{number}].transaction_id") from why
    return tongue.plain(wire)


def _clearings(question: PlanQuestion, installed: Sequence[Held], at: datetime) -> list[Clearing]:
    """What no session of the question has a use for: a profile of the same id is replaced, not cleared."""
    kept = {(s.station, _profile_id(s)) for s in question.sessions if s.departure > at}
    word = "id" if question.protocol == "ocpp1.6" else "chargingProfileId"
    return [
        Clearing(session=entry.session, station=entry.station, request={word: has.profile.id})
        for entry, has in zip(question.installed or (), installed, strict=True)
        if (entry.station, has.profile.id) not in kept
    ]


def _request(profile: object, evse_id: int, protocol: str) -> Mapping[str, object]:
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


def _session(asked: SessionQuestion, site: Site, at: datetime, protocol: str, where: str) -> Session:
    key = EvseKey(StationId(asked.station), EvseId(asked.evse))
    evse = site.evses.get(key)
    if evse is None:
        raise InvalidInput(f"the site has no EVSE {key}", where=where)
    if asked.discharge is not None and protocol != "ocpp2.1":
        raise InvalidInput(f"{protocol} has no words for it; ask in ocpp2.1", where=f"{where}.discharge")
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
        guarantee_by=None
        if asked.guarantee_by is None
        else _utc(asked.guarantee_by, f"{where}.guarantee_by"),
        tail_wh=asked.tail_wh,
        energy_delivered_wh=asked.energy_delivered_wh,
        rates_a=evse.rates_a,
        discharge=None if asked.discharge is None else Discharge(**msgspec.structs.asdict(asked.discharge)),
    )


def _goals(asked: str | Sequence[str]) -> tuple[Goal, ...]:
    names = [asked] if isinstance(asked, str) else asked
    for n, name in enumerate(names):
        if name not in set(Goal):
            where = "goal" if isinstance(asked, str) else f"goal[{n}]"
            raise InvalidInput(f"{name!r} is none of {', '.join(g.value for g in Goal)}", where=where)
    return tuple(Goal(name) for name in names)


def _steps(value: Limit | None, where: str) -> Steps | None:
    return None if value is None else steps_of(value, where)


def _utc(at: datetime, where: str) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput("a time without a zone", where=where)
    if not YEAR_FIRST <= at.year < YEAR_END:
        raise InvalidInput(f"a time before {YEAR_FIRST} or after {YEAR_END - 1}", where=where)
    return as_utc(at)
