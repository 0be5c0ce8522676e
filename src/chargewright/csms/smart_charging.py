"""The control loop: observe, plan, install, verify. One `SiteControl` a site, stateless per cycle.

A cycle starts from what is stored (transactions, needs, the ledger) and what is measured; after a crash the next
one starts from the same. It makes a plan when something changed and at every slot boundary, then brings the stations
to it: lower limits leave at once, higher ones as far as the envelope leaves room, the rest when the lower ones are
confirmed and followed.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from enum import Enum

import structlog

from chargewright.charging.profile import Purpose
from chargewright.charging.site import EvseKey, Site
from chargewright.csms.control_services import ControlServices
from chargewright.csms.delivery import RETRY_AFTER, Delivery, Outlet, Situation
from chargewright.csms.discharging import can_be_told
from chargewright.csms.draw import OVER_READINGS, Draw, thrift, watch_conductors, watch_draw, watch_switch
from chargewright.csms.envelope import Envelope, Exposure, base_share_tenths, exposure
from chargewright.csms.installation import Comparison
from chargewright.csms.leases import in_force, limit_in_force
from chargewright.csms.planning import site_planned
from chargewright.csms.sessions import Foreseen, delivered_wh, session_of
from chargewright.csms.site_commissioning import SiteCommissioning
from chargewright.csms.site_plan import SitePlan, SiteQuestion
from chargewright.csms.site_wires import SiteWires
from chargewright.csms.wishes import asked_of
from chargewright.domain import events
from chargewright.domain.site import ChargingNeed, SiteRecord
from chargewright.domain.transaction import Transaction
from chargewright.ids import StationId

__all__ = ["SiteControl"]

log = structlog.get_logger(__name__)

REPLAN_S = 300
"""A new plan at least this often, at multiples of it on the clock: the planner's finest slot."""

PLAN_AHEAD = timedelta(days=2)
"""The planner's horizon: of so long it is told prices and the like."""

DEBOUNCE_S = 2.0
"""Changes come in groups (status, transaction, need): one plan answers them all."""

PARDON_AFTER = 10
"""Obedient readings after which a station that did not follow is trusted again."""


class _Phase(Enum):
    """Where the loop stands; a virtual clock may move on in the last two."""

    THINKING = "thinking"
    WAITING = "waiting for time to pass or for something to happen"
    SETTLING = "something happened: waiting a moment for the rest of it"


class SiteControl:
    """Charges one site by plan."""

    def __init__(self, record: SiteRecord, services: ControlServices) -> None:
        self._services = services
        self._wake = asyncio.Event()
        self._stale = True
        self._phase = _Phase.THINKING
        self._waits_until = services.clock.now()
        self._tasks: set[asyncio.Task[None]] = set()
        self._commissioning = SiteCommissioning(services, spawn=self._spawn, changed=self.changed)
        self._needs: dict[EvseKey, ChargingNeed] = {}
        self._replan_at: datetime | None = None
        self._wires = SiteWires(services.limit_events, services.batteries)
        self._delivery = Delivery(services, changed=self.changed, settled=self._wake.set)
        self.plan: SitePlan | None = None
        self.broken_rows: list[str] = []
        self.plans_made = 0
        self.adopt(record)

    # --- asked by others -------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """True while it waits for time to pass or for something to happen; not once that time has come."""
        if self._phase is _Phase.THINKING or self._services.clock.now() >= self._waits_until:
            return False
        return self._phase is _Phase.SETTLING or not self._wake.is_set()

    @property
    def site(self) -> Site:
        """The wires as they stand: limits, the house, batteries, and the conductors that cars load."""
        return self._wires.site

    @property
    def enforced(self) -> bool:
        """Whether the site's limits hold whatever the stations do that they may do."""
        return not self.broken_rows

    def covers(self, station_id: StationId) -> bool:
        return station_id in self._station_ids

    def discharges(self, station_id: StationId) -> bool:
        """Whether cars at a station may be told to give back."""
        station = self._services.provisioning.station(station_id)
        return (
            self.record.settings.discharge
            and station is not None
            and can_be_told(station.version, station.abilities)
        )

    def outlet_limits_tenths(self, now: datetime) -> dict[EvseKey, int | None]:
        """The limit in force per EVSE, in tenths of A, as far as it was confirmed."""
        ledger = self._services.ledger
        return {key: limit_in_force(ledger, key, evse, now) for key, evse in self.site.evses.items()}

    def adopt(self, record: SiteRecord) -> None:
        """Take over a changed definition or other settings; raises `InvalidInput` for one that makes no sense."""
        self._wires.adopt(record, self._services.clock.now())
        site = self.site
        self.record = record
        self.base_tenths = base_share_tenths(site, wanted_a=record.settings.base_current_a)
        self._station_ids = {key.station_id for key in site.evses}
        self._exposed: dict[EvseKey, tuple[tuple[int, bool, timedelta], Exposure]] = {}
        known: dict[EvseKey, Outlet] = getattr(self, "_outlets", {})
        self._outlets = {
            key: Outlet(key, evse, draw=known[key].draw, seen=known[key].seen)
            if key in known
            else Outlet(key, evse)
            for key, evse in site.evses.items()
        }
        for key, outlet in self._outlets.items():
            outlet.disobeys = any(entry.may_exceed for entry in self._services.ledger.held(key))
        self.changed()

    def changed(self) -> None:
        """Something happened that the plan should know: think again soon."""
        self._stale = True
        self._wake.set()

    def need_told(self, need: ChargingNeed) -> None:
        self._needs[EvseKey(need.station_id, need.evse_id)] = need
        self.changed()

    def need(self, key: EvseKey) -> ChargingNeed | None:
        """What was told last at an EVSE, be it of this transaction or another."""
        return self._needs.get(key)

    def renegotiate(self, key: EvseKey) -> None:
        """Send the profile of this EVSE again, also where it says what the one in force says."""
        outlet = self._outlets.get(key)
        if outlet is not None:
            outlet.again = True
            self.changed()

    def overruled(self, key: EvseKey, why: str) -> None:
        """Count an EVSE at its rating, until readings show that it obeys again."""
        outlet = self._outlets.get(key)
        if outlet is not None and not outlet.disobeys:
            self._spawn(self._distrust(outlet, why))

    def measured(self, key: EvseKey) -> None:
        """Take a new reading of an EVSE into account."""
        outlet = self._outlets.get(key)
        meter = self._services.live.of(key.station_id, key.evse_id)
        if outlet is None or meter is None:
            return
        now = self._services.clock.now()
        limit, since = in_force(self._services.ledger, key, outlet.evse, now)
        limit_a = None if limit is None else limit / 10
        if limit is None or limit >= 0:
            self._services.learning.measured(outlet.evse, meter, limit_a=limit_a, limit_since=since)
        if watch_conductors(outlet.draw, meter, evse=outlet.evse):
            self.changed()
        if watch_draw(outlet.draw, meter, evse=outlet.evse, limit_a=limit_a, steady_since=since):
            self.changed()
        if outlet.draw.over >= OVER_READINGS and not outlet.disobeys:
            self._spawn(self._flag(outlet, limit))
        elif outlet.disobeys and outlet.draw.obedient >= PARDON_AFTER:
            outlet.disobeys = False
            self.changed()

    # --- the loop ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Control the site until cancelled. A cycle that fails is logged and tried again: safety lies in leases."""
        clock = self._services.clock
        for need in await self._services.store.read(lambda records: records.charging_needs()):
            self._needs[EvseKey(need.station_id, need.evse_id)] = need
        try:
            while True:
                self._phase = _Phase.THINKING
                self._wake.clear()
                try:
                    due = await self._cycle()
                except Exception:
                    log.exception("cycle_failed", site_id=self.record.id)
                    self._stale = True
                    due = clock.now() + RETRY_AFTER
                await self._wait(due)
        finally:
            self._delivery.stop()
            for task in self._tasks:
                task.cancel()

    async def _wait(self, due: datetime) -> None:
        """Until `due`, or shortly after something happened."""
        clock = self._services.clock
        woken = asyncio.ensure_future(self._wake.wait())
        timer = asyncio.ensure_future(clock.sleep_s(max((due - clock.now()).total_seconds(), 0.0)))
        self._phase, self._waits_until = _Phase.WAITING, due
        try:
            await asyncio.wait({woken, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            timer.cancel()
        if self._wake.is_set():
            self._phase = _Phase.SETTLING
            self._waits_until = clock.now() + timedelta(seconds=DEBOUNCE_S)
            await clock.sleep_s(DEBOUNCE_S)

    async def _cycle(self) -> datetime:
        services, settings = self._services, self.record.settings
        now = services.clock.now()
        if self._wires.changes_at is not None and now >= self._wires.changes_at:
            self.adopt(self.record)
            self._wake.clear()
        running = self._running()
        services.ledger.settle(
            now=now,
            follow=self._settle,
            slack=self._slack,
            open_ids=frozenset(t.id for t in services.transactions.open()),
        )
        self._commissioning.bring(self._outlets, self.base_tenths)
        exposures = self.exposures()
        if settings.enabled and (self._stale or self._replan_at is None or now >= self._replan_at):
            self._stale = False
            wired = self._wires.wired
            await self._make_plan(now, running, exposures)
            if self._wires.wired is not wired:
                return now  # another definition came meanwhile: what was observed here is of the old one
            exposures = self.exposures()
            now = services.clock.now()
        self.broken_rows = Envelope(
            self.site, exposures, now=now, wires=self._delivery.wires_of(self.site)
        ).broken_rows()
        if not settings.enabled or self.plan is None:
            return now + timedelta(seconds=REPLAN_S)
        waiting = self._delivery.bring(self.plan, self._situation(now, running, exposures))
        return self._next_due(now, waiting=waiting)

    def _next_due(self, now: datetime, *, waiting: bool) -> datetime:
        due = self._replan_at or now + timedelta(seconds=REPLAN_S)
        if self._wires.changes_at is not None:
            due = min(due, self._wires.changes_at)
        if self._delivery.look_at is not None:
            due = min(due, max(self._delivery.look_at, now + timedelta(seconds=1)))
        if waiting:
            due = min(due, now + timedelta(seconds=1))
        return due

    # --- observe -------------------------------------------------------------------------------------------------

    @property
    def _settle(self) -> timedelta:
        return timedelta(seconds=self.record.settings.settle_s)

    @property
    def _slack(self) -> timedelta:
        return timedelta(seconds=self.record.settings.settle_s + self.record.settings.clock_offset_max_s)

    def _running(self) -> dict[EvseKey, Transaction]:
        """The newest open transaction of every EVSE of the site."""
        found: dict[EvseKey, Transaction] = {}
        for transaction in sorted(self._services.transactions.open(), key=lambda t: t.id):
            if transaction.evse_id is not None:
                key = EvseKey(transaction.station_id, transaction.evse_id)
                if key in self._outlets:
                    found[key] = transaction
        for key, transaction in found.items():
            outlet = self._outlets[key]
            if outlet.seen != transaction.id:
                outlet.seen, outlet.draw = transaction.id, Draw()  # another car: nothing is known of it
        return found

    def _situation(
        self, now: datetime, running: Mapping[EvseKey, Transaction], exposures: Mapping[EvseKey, Exposure]
    ) -> Situation:
        return Situation(
            now=now,
            site=self.site,
            settings=self.record.settings,
            outlets=self._outlets,
            base_tenths=self.base_tenths,
            running=running,
            plannable=frozenset(key for key in running if self._plannable(key)),
            exposures=exposures,
        )

    def exposures(self) -> dict[EvseKey, Exposure]:
        """What every EVSE may draw at most, as `csms/envelope.py` has it."""
        ledger, slack = self._services.ledger, self._slack
        found: dict[EvseKey, Exposure] = {}
        for key, outlet in self._outlets.items():
            trusted = self._commissioning.in_service(key.station_id) and not outlet.disobeys
            state = ledger.revision(key), trusted, slack
            kept = self._exposed.get(key)
            if kept is None or kept[0] != state:
                made = exposure(ledger.held(key), evse=outlet.evse, trusted=trusted, slack=slack)
                kept = self._exposed[key] = state, made
            found[key] = kept[1]
        return found

    async def _flag(self, outlet: Outlet, limit_tenths: int | None) -> None:
        """Remember that an EVSE draws more than it may."""
        meter = self._services.live.of(outlet.key.station_id, outlet.key.evse_id)
        drawn = "more" if meter is None or meter.current_a_max is None else f"{meter.current_a_max:.1f} A"
        limit = (limit_tenths or 0) / 10
        await self._distrust(
            outlet, f"draws {drawn} in {OVER_READINGS} readings under a limit of {limit:g} A"
        )

    async def _distrust(self, outlet: Outlet, text: str) -> None:
        """Remember, durably, that an EVSE does not follow: it counts at its rating from now on."""
        outlet.disobeys = True
        outlet.draw.obedient = 0
        ledger = self._services.ledger
        newest = ledger.newest(outlet.key, Purpose.TX) or ledger.newest(outlet.key, Purpose.TX_DEFAULT)
        log.warning("station_does_not_follow", station_id=outlet.key.station_id, what=text)
        if newest is not None:
            await self._services.installer.judge(newest, Comparison(agrees=False, may_exceed=True, text=text))
        self.changed()

    # --- plan ----------------------------------------------------------------------------------------------------

    def _plannable(self, key: EvseKey) -> bool:
        return (
            self._commissioning.in_service(key.station_id)
            and not self._outlets[key].disobeys
            and self._services.links.get(key.station_id) is not None
        )

    async def _make_plan(
        self, now: datetime, running: Mapping[EvseKey, Transaction], exposures: Mapping[EvseKey, Exposure]
    ) -> None:
        services, settings, wired = self._services, self.record.settings, self._wires.wired
        self._replan_at = _next_boundary(now)
        outlook = await services.energy.outlooks.of(
            self.record, start=now, end=now + PLAN_AHEAD, charging_power_w=self._charging_power_w(running)
        )
        idle_a = {key: tenths / 10 for key, tenths in self.base_tenths.items()}
        self._wires.stand(outlook, self._conductors(running), idle_a=idle_a, now=now, settle=self._slack)
        envelope = Envelope(self.site, exposures, now=now, wires=self._delivery.wires_of(self.site))
        planned = {key: t for key, t in running.items() if self._plannable(key)}
        for key in planned:
            outlet = self._outlets[key]
            watch_switch(
                outlet.draw, limit_in_force(services.ledger, key, outlet.evse, now), outlet.evse, now
            )
        weights = await self._weights(planned)
        sessions = [
            session_of(
                transaction,
                key=key,
                evse=self._outlets[key].evse,
                need=self._need(key, transaction),
                meter=services.live.of(key.station_id, key.evse_id),
                draw=self._outlets[key].draw,
                settings=settings,
                floor_a=self.base_tenths[key] / 10,
                weight=weights.get(transaction.id_token or "", 1.0)
                * thrift(self._outlets[key].draw, self._outlets[key].evse),
                now=now,
                foreseen=self._foreseen(key, transaction),
                discharges=self.discharges(key.station_id),
            )
            for key, transaction in planned.items()
        ]
        asked = asked_of(settings, outlook)
        site, batteries, ordered = self._wires.planned(now, self._slack)
        reserved = {key: envelope.steps(key) for key in self._outlets if key not in planned}
        asked["reserved"] = {**reserved, **ordered}
        question = SiteQuestion(
            site=site,
            sessions=(*sessions, *batteries),
            now=now,
            firm_s=float(settings.lease_s),
            asked=asked,
            broken_rows=tuple(envelope.broken_rows()),
            zone=settings.time_zone,
            currency=outlook.currency,
        )
        made = await site_planned(services.planner, question)
        if self._wires.wired is not wired:
            return  # a plan of the site as it was
        self.plans_made += 1
        if made.violations and not question.broken_rows:
            # The independent check has the last word: what breaks a limit is not sent, the plan in force stays.
            log.error("plan_refused", site_id=self.record.id, violation=repr(made.violations[0]))
            return
        self.plan = made
        await self._wires.order(made, self.exposures(), now=services.clock.now(), settle=self._slack)
        services.store.submit(
            lambda records: records.put_plan(self.record.id, now, made.content), lambda _result, _error: None
        )
        services.bus.publish(
            events.PlanMade(self.record.id, now, made.engine, made.objective, made.gap, made.duration_s)
        )

    def _conductors(self, running: Mapping[EvseKey, Transaction]) -> dict[EvseKey, tuple[int, ...]]:
        """Which conductors load the EVSEs whose car was seen not to load all."""
        return {
            key: own
            for key in running
            if (own := self._outlets[key].draw.conductors) is not None and not self._outlets[key].disobeys
        }

    def _charging_power_w(self, running: Mapping[EvseKey, Transaction]) -> float:
        """What is drawn for charging now, as far as meters tell it."""
        meters = [self._services.live.of(key.station_id, key.evse_id) for key in running]
        batteries = [battery for _, battery in self._services.batteries.of(self.record)]
        return sum(meter.power_w or 0.0 for meter in (*meters, *batteries) if meter is not None)

    async def _weights(self, planned: Mapping[EvseKey, Transaction]) -> dict[str, float]:
        tokens = {t.id_token for t in planned.values() if t.id_token is not None}
        if not tokens:
            return {}
        found = await self._services.store.read(lambda records: [records.token(token) for token in tokens])
        return {token.id_token: token.priority for token in found if token is not None}

    def _foreseen(self, key: EvseKey, transaction: Transaction) -> Foreseen | None:
        """What was learnt from earlier transactions that bears on this one."""
        services = self._services
        got_wh = delivered_wh(transaction, services.live.of(key.station_id, key.evse_id))
        need = self._need(key, transaction)
        evse = self._outlets[key].evse
        return services.learning.foresee(self.record, evse, transaction, need, delivered_wh=got_wh)

    def _need(self, key: EvseKey, transaction: Transaction) -> ChargingNeed | None:
        """What was told for this stay: a need from before the last car left is somebody else's."""
        need = self._needs.get(key)
        if need is None or transaction.started_at is None:
            return need
        return need if need.at >= transaction.started_at - timedelta(minutes=15) else None

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("control_task_failed", site_id=self.record.id, error=repr(task.exception()))


def _next_boundary(now: datetime) -> datetime:
    seconds = (int(now.timestamp()) // REPLAN_S + 1) * REPLAN_S
    return datetime.fromtimestamp(seconds, tz=now.tzinfo)
