"""One snapshot of a site for a screen: power and limit, the day so far, the plan ahead, and every EVSE."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from chargewright.adapters.rest import views
from chargewright.adapters.rest.history import History, Point, point_now
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.adapters.rest.site_power import drawn_now, running
from chargewright.adapters.rest.sites import plan_in_force
from chargewright.charging.profile import Purpose
from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.leases import Lease, limit_in_force
from chargewright.csms.plan_record import PlannedSession, PlanRecord
from chargewright.csms.smart_charging import SiteControl
from chargewright.domain import events
from chargewright.domain.transaction import Transaction
from chargewright.ids import SiteId

__all__ = [
    "CarView",
    "Live",
    "LiveCounters",
    "LiveEvse",
    "LiveSite",
    "PlanAhead",
    "ProfileInForce",
    "SeriesPoint",
    "Step",
    "route",
]

ENERGY_WINDOW = timedelta(hours=24)
TRANSACTIONS_MAX = 5000
"""Transactions that are added up at most: more in a day is a fleet of sites, and a report's business."""

TOTALS_AGE_MAX = timedelta(seconds=10)

CHARGING_W = 100.0
"""Less is a car that sleeps."""

STEPS_MAX = 96
"""Steps of a plan that are shown for one EVSE."""


class SeriesPoint(Struct, array_like=True):
    """[at, power_w, limit_w, base_w]."""

    at: datetime
    power_w: float
    limit_w: float | None
    base_w: float


class Step(Struct, array_like=True):
    """[from, limit_a]."""

    at: datetime
    limit_a: float


class PlanAhead(Struct, kw_only=True):
    """What the plan lets the site draw at most, base load included: `power` is [[from, W], ...] until `end`."""

    goal: str
    made_at: datetime
    end: datetime
    power: list[tuple[datetime, float]]
    peak_power_w: float
    engine: str
    gap: float | None
    unmet_wh: float
    explanation: list[str]


class CarView(Struct, kw_only=True):
    """The running transaction. `wanted_wh` and `departure_at` as the plan takes them."""

    transaction: int
    token: str | None
    started_at: datetime | None
    energy_wh: float | None
    wanted_wh: float | None
    unmet_wh: float | None
    departure_at: datetime | None


class ProfileInForce(Struct, kw_only=True):
    """The newest profile that the station accepted. `verification`: verified, diverged, or empty for not yet known."""

    profile_id: int
    purpose: str
    periods: list[Step]
    end: datetime | None
    verification: str
    may_exceed: bool
    reason: str


class LiveEvse(Struct, kw_only=True):
    station: str
    evse: int
    connected: bool
    protocol: str | None
    status: str
    error: str
    current_max_a: float
    limit_a: float | None
    measured_a: float | None
    power_w: float | None
    measured_at: datetime | None
    car: CarView | None
    profile: ProfileInForce | None
    planned: list[Step]


class LiveCounters(Struct, kw_only=True):
    """`limit_violations`: samples in which some wire carried more than it may, by the meters. Profiles: of all sites."""

    energy_wh: float
    """Delivered in the last 24 hours, running transactions included."""
    profiles_sent: int
    profiles_accepted: int
    profiles_verified: int
    profiles_diverged: int
    profiles_rejected: int
    limit_violations: int
    stations: int
    stations_connected: int
    charging: int
    messages_received: int
    messages_answered: int


class LiveSite(Struct, kw_only=True):
    """`series` holds the points after `since` (or the last day) and the present one; `extra` is the host's own."""

    id: str
    name: str
    time_zone: str
    at: datetime
    power_w: float
    limit_w: float | None
    base_w: float
    enforced: bool
    broken_rows: list[str]
    rows_over: list[str]
    series: list[SeriesPoint]
    plan: PlanAhead | None
    evses: list[LiveEvse]
    counters: LiveCounters
    extra: dict[str, Any]


@dataclass(slots=True)
class _Totals:
    """Figures that cost a query: read again when something happened that changes them, or they are old."""

    ended_wh: dict[str, float]
    """By station."""
    profiles: dict[str, int]
    read_at: datetime


class Live:
    """Makes the snapshots."""

    def __init__(
        self, services: RestServices, history: History, extra: Callable[[], dict[str, Any]] | None
    ) -> None:
        self._services = services
        self._history = history
        self._extra = extra
        self._totals: _Totals | None = None
        self._plans: dict[SiteId, tuple[object, PlanRecord]] = {}
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        self._unsubscribe = self._services.bus.subscribe(self._happened)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _happened(self, event: events.Event) -> None:
        if isinstance(
            event,
            events.TransactionEnded | events.PlanVerified | events.PlanDiverged | events.ProfileRefused,
        ):
            self._totals = None

    async def site(self, control: SiteControl, since: datetime | None) -> LiveSite:
        services = self._services
        totals = await self._read_totals()
        now = services.clock.now()
        point, over = point_now(services, control, now)
        points = [*self._history.points(control.record.id, since), point]
        evses = self._evses(control, now)
        return LiveSite(
            id=control.record.id,
            name=control.record.name,
            time_zone=control.record.settings.time_zone,
            at=now,
            power_w=point.power_w,
            limit_w=point.limit_w,
            base_w=point.base_w,
            enforced=control.enforced,
            broken_rows=list(control.broken_rows),
            rows_over=over,
            series=[_series(p) for p in points],
            plan=self._ahead(control, point),
            evses=evses,
            counters=self._counters(control, totals, evses),
            extra={} if self._extra is None else self._extra(),
        )

    async def _read_totals(self) -> _Totals:
        now = self._services.clock.now()
        known = self._totals
        if known is not None and now - known.read_at < TOTALS_AGE_MAX:
            return known
        since = now - ENERGY_WINDOW
        found, profiles = await self._services.store.read(
            lambda records: (
                records.transactions(since=since, limit=TRANSACTIONS_MAX),
                records.count_profiles(),
            )
        )
        ended_wh: dict[str, float] = {}
        for transaction in found:
            if transaction.energy_wh is not None:
                station_id = transaction.station_id
                ended_wh[station_id] = ended_wh.get(station_id, 0.0) + transaction.energy_wh
        self._totals = _Totals(ended_wh, profiles, now)
        return self._totals

    def _plan(self, control: SiteControl) -> PlanRecord | None:
        """The plan in force, decoded once."""
        known = self._plans.get(control.record.id)
        if known is None or known[0] is not control.plan:
            record = plan_in_force(control)
            if record is None:
                return None
            known = self._plans[control.record.id] = (control.plan, record)
        return known[1]

    def _ahead(self, control: SiteControl, point: Point) -> PlanAhead | None:
        plan = self._plan(control)
        if plan is None:
            return None
        steps: list[tuple[datetime, float]] = []
        for at, power_w in zip(plan.slot_starts, plan.power_w, strict=True):
            total = round(power_w + point.base_w, 1)
            if not steps or steps[-1][1] != total:
                steps.append((at, total))
        return PlanAhead(
            goal=plan.goal,
            made_at=plan.start,
            end=plan.end,
            power=steps,
            peak_power_w=plan.peak_power_w,
            engine=plan.engine,
            gap=plan.gap,
            unmet_wh=sum(session.unmet_wh for session in plan.sessions),
            explanation=plan.explanation,
        )

    def _evses(self, control: SiteControl, now: datetime) -> list[LiveEvse]:
        plan = self._plan(control)
        planned = {} if plan is None else {s.transaction_id: s for s in plan.sessions}
        cars = running(self._services, control)
        drawn = drawn_now(self._services, control, now)
        found: list[LiveEvse] = []
        for key, evse in sorted(control.site.evses.items()):
            transaction = cars.get(key)
            session = None if transaction is None else planned.get(str(transaction.id))
            one = self._evse(key, evse, transaction, session, now)
            if session is not None and plan is not None:
                one.planned = _steps(plan, session, now)
            if key in drawn:
                one.power_w = drawn[key].power_w
            found.append(one)
        return found

    def _evse(
        self,
        key: EvseKey,
        evse: Evse,
        transaction: Transaction | None,
        session: PlannedSession | None,
        now: datetime,
    ) -> LiveEvse:
        services = self._services
        link = services.links.get(key.station_id)
        station = services.provisioning.station(key.station_id)
        statuses = () if station is None else station.statuses
        status = max((s for s in statuses if s.evse_id == key.evse_id), key=lambda s: s.at, default=None)
        limit = limit_in_force(services.ledger, key, evse, now)
        meter = services.live.of(key.station_id, key.evse_id) if transaction is not None else None
        return LiveEvse(
            station=key.station_id,
            evse=key.evse_id,
            connected=link is not None,
            protocol=link.version if link is not None else station.version if station is not None else None,
            status="Unknown" if status is None else status.status,
            error="" if status is None or status.error == "NoError" else status.error,
            current_max_a=evse.current_max_a,
            limit_a=None if limit is None else limit / 10,
            measured_a=None if meter is None else -meter.given_a if meter.given_a else meter.current_a_max,
            power_w=None,
            measured_at=None if meter is None else meter.at,
            car=None if transaction is None else self._car(key, transaction, session),
            profile=self._profile(key, evse, now),
            planned=[],
        )

    def _car(self, key: EvseKey, transaction: Transaction, session: PlannedSession | None) -> CarView:
        meter = self._services.live.of(key.station_id, key.evse_id)
        energy_wh = None
        if meter is not None and meter.energy_wh is not None and transaction.meter_start_wh is not None:
            energy_wh = max(meter.energy_wh - transaction.meter_start_wh, 0.0)
        return CarView(
            transaction=transaction.id,
            token=transaction.id_token,
            started_at=transaction.started_at,
            energy_wh=energy_wh,
            wanted_wh=None if session is None else (energy_wh or 0.0) + session.energy_wh,
            unmet_wh=None if session is None else session.unmet_wh,
            departure_at=None if session is None else session.departure,
        )

    def _profile(self, key: EvseKey, evse: Evse, now: datetime) -> ProfileInForce | None:
        for purpose in (Purpose.TX, Purpose.TX_DEFAULT):
            entry = self._services.ledger.newest(key, purpose)
            lease = None if entry is None else Lease.of(entry, evse)
            if entry is None or lease is None or lease.at(now) is None:
                continue
            return ProfileInForce(
                profile_id=entry.profile.id,
                purpose=purpose,
                periods=[Step(span.start, span.tenths / 10) for span in lease.spans],
                end=lease.spans[-1].end,
                verification=entry.verification,
                may_exceed=entry.may_exceed,
                reason=entry.reason,
            )
        return None

    def _counters(self, control: SiteControl, totals: _Totals, evses: list[LiveEvse]) -> LiveCounters:
        stations = {evse.station for evse in evses}
        ended_wh = sum(wh for station, wh in totals.ended_wh.items() if station in stations)
        return LiveCounters(
            energy_wh=ended_wh + sum(e.car.energy_wh or 0.0 for e in evses if e.car is not None),
            profiles_sent=totals.profiles["sent"],
            profiles_accepted=totals.profiles["accepted"],
            profiles_verified=totals.profiles["verified"],
            profiles_diverged=totals.profiles["diverged"],
            profiles_rejected=totals.profiles["rejected"],
            limit_violations=self._history.samples_over(control.record.id),
            stations=len(stations),
            stations_connected=len({evse.station for evse in evses if evse.connected}),
            charging=sum(1 for e in evses if e.car is not None and (e.power_w or 0.0) > CHARGING_W),
            messages_received=self._services.counters.received,
            messages_answered=self._services.counters.answered,
        )


def _series(point: Point) -> SeriesPoint:
    limit_w = None if point.limit_w is None else round(point.limit_w, 1)
    return SeriesPoint(point.at, round(point.power_w, 1), limit_w, round(point.base_w, 1))


def _steps(plan: PlanRecord, session: PlannedSession, now: datetime) -> list[Step]:
    """The plan of one session from now on, equal neighbours merged."""
    found: list[Step] = []
    ends = [*plan.slot_starts[1:], plan.end]
    for start, end, limit_a in zip(plan.slot_starts, ends, session.limit_a, strict=True):
        if end <= now or start >= session.departure:
            continue
        if not found or found[-1].limit_a != limit_a:
            found.append(Step(start, limit_a))
        if len(found) == STEPS_MAX:
            break
    return found


def route(live: Live) -> HTTPRouteHandler:
    """`GET /sites/{id}/live`."""

    @get(
        "/{site_id:str}/live",
        summary="A snapshot for a screen; with `since`, only newer points of the series",
    )
    async def read_live(services: Services, site_id: str, since: datetime | None = None) -> LiveSite:
        return await live.site(services.sites.get(SiteId(site_id)), views.utc(since, "since"))

    return read_live
