"""Bring the stations of a site to its plan: lower limits at once, higher ones as far as the envelope leaves room."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

import structlog

from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.charging.site import Evse, EvseKey, Site
from chargewright.charging.timeline import Timeline
from chargewright.csms.commands import Priority
from chargewright.csms.commissioning import fitted
from chargewright.csms.control_services import ControlServices
from chargewright.csms.draw import Draw
from chargewright.csms.envelope import Envelope, Exposure, Wires
from chargewright.csms.leases import (
    Lease,
    agrees,
    compile_lease,
    exposure_of,
    guarded,
    simplified,
    steadied,
)
from chargewright.csms.site_plan import SitePlan
from chargewright.domain.installation import InstalledProfile, ProfileState
from chargewright.domain.site import SiteSettings
from chargewright.domain.transaction import Transaction
from chargewright.ids import TransactionId

__all__ = ["RETRY_AFTER", "Delivery", "Outlet", "Situation", "retry_delay"]

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(minutes=1)
"""An EVSE that refused a profile is asked again after so long."""

RETRY_DELAY_MAX = timedelta(minutes=15)
"""A station that asks for more time than this is asked again all the same: its lease runs out meanwhile."""

_ASKED_FOR = re.compile(r"(\d{1,9}) seconds before retry")

LOOK_AGAIN = timedelta(seconds=60)
"""Where limits change within a lease, its window moves on with time: what agrees now may not in a minute."""

LITTLE_TENTHS = 20
"""A smaller change of a car that charges on is not worth a message to it and one to who makes room for it."""

URGENT = timedelta(seconds=90)
"""A lease that runs out within this is renewed with what room there is, even while others are still coming down."""


def retry_delay(reason: str) -> timedelta:
    """How long to wait after a refusal: longer where the station asks for it (2.1 K01.FR.57 and 59)."""
    found = _ASKED_FOR.search(reason)
    if found is None:
        return RETRY_AFTER
    return min(max(timedelta(seconds=int(found[1])), RETRY_AFTER), RETRY_DELAY_MAX)


@dataclass(slots=True)
class Outlet:
    """What the loop remembers of one EVSE between cycles; all of it may be lost."""

    key: EvseKey
    evse: Evse
    draw: Draw = field(default_factory=Draw)
    seen: TransactionId | None = None
    """Whose draw that is."""
    in_flight: bool = False
    not_before: datetime | None = None
    disobeys: bool = False
    again: bool = False
    """A profile was asked for: it is sent even if it says what the one in force says."""
    lease: tuple[int, Lease | None] | None = None
    """What the station accepted last, as of a revision of the ledger."""
    agreed: tuple[SitePlan, datetime] | None = None
    """What is in force does what this plan wants; until then that need not be looked at again."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One moment of a site, as a cycle sees it."""

    now: datetime
    site: Site
    settings: SiteSettings
    outlets: Mapping[EvseKey, Outlet]
    base_tenths: Mapping[EvseKey, int]
    running: Mapping[EvseKey, Transaction]
    plannable: frozenset[EvseKey]
    exposures: Mapping[EvseKey, Exposure]

    @property
    def settle(self) -> timedelta:
        return timedelta(seconds=self.settings.settle_s)

    @property
    def slack(self) -> timedelta:
        return timedelta(seconds=self.settings.settle_s + self.settings.clock_offset_max_s)


class _Tongue(TypedDict):
    """What a profile for one EVSE is made with."""

    key: EvseKey
    transaction: Transaction
    until: datetime
    abilities: StationAbilities
    evse: Evse


class Delivery:
    """Sends leases. `changed` is called when the plan should be made again, `settled` when only room appeared."""

    def __init__(
        self, services: ControlServices, *, changed: Callable[[], None], settled: Callable[[], None]
    ) -> None:
        self._services = services
        self._changed = changed
        self._settled = settled
        self._tasks: set[asyncio.Task[None]] = set()
        self._wires: Wires | None = None
        self.look_at: datetime | None = None
        """When a lease has to be looked at again, as of the last `bring`."""

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def wires_of(self, site: Site) -> Wires:
        """The wires of the site, laid out once."""
        if self._wires is None or self._wires.rows is not site.rows:
            self._wires = Wires(site)
        return self._wires

    def lease(self, outlet: Outlet) -> Lease | None:
        """The lease that the station accepted last."""
        ledger = self._services.ledger
        revision = ledger.revision(outlet.key)
        if outlet.lease is None or outlet.lease[0] != revision:
            newest = ledger.newest(outlet.key, Purpose.TX)
            outlet.lease = revision, None if newest is None else Lease.of(newest, outlet.evse)
        return outlet.lease[1]

    def bring(self, made: SitePlan, at: Situation) -> bool:
        """Send what differs from the plan. True while something waits for other limits to come down."""
        wanted, little = self._wanted(made, at)
        if not wanted and not little:
            return False
        every = wanted | little
        candidates = {key: exposure_of(lease, at.slack) for key, lease in every.items()}
        envelope = Envelope(
            at.site, at.exposures, now=at.now, candidates=candidates.values(), wires=self.wires_of(at.site)
        )
        # one that takes back now may yet say more than the last one from its end on: it goes first all the same
        down = {key for key, lease in every.items() if self._takes_back(lease, at, key)}
        spare = [key for key in little if key in down]
        lowering = any(outlet.in_flight for outlet in at.outlets.values()) or self._unsettled(at)
        lowering = lowering or any(self._gives_less(lease, at, key) for key, lease in every.items())
        waiting = False
        for key in sorted(wanted, key=lambda key: key not in down):
            busy = lowering or bool(spare)
            if not self._send(wanted[key], candidates[key], at, key, envelope, lowering=busy):
                waiting = True
            lowering = lowering or key in down
        for key in spare if waiting else [key for key in little if key not in down]:
            self._send_if_room(little[key], candidates[key], at, key, envelope)
        return waiting

    def _wanted(self, made: SitePlan, at: Situation) -> tuple[dict[EvseKey, Lease], dict[EvseKey, Lease]]:
        """The leases that the plan asks for and that no station has yet, and those that change little.

        Of the latter, decreases are sent where others wait for them, and increases where there is room anyway. Notes
        when to look again.
        """
        until = at.now + timedelta(seconds=at.settings.lease_s)
        starts = made.starts
        next_slot = next((start for start in starts if start > at.now), until)
        changes = _limit_changes(at.site, at.now, until)
        self.look_at = until
        found: dict[EvseKey, Lease] = {}
        little: dict[EvseKey, Lease] = {}
        for session, tenths in zip(made.sessions, made.tenths_a, strict=True):
            key = session.evse
            outlet, transaction = at.outlets.get(key), at.running.get(key)
            if outlet is None or transaction is None or key not in at.plannable:
                continue  # a plan of the site as it was
            if str(transaction.id) != session.id:
                continue
            if outlet.in_flight:
                continue
            if outlet.not_before is not None and at.now < outlet.not_before:
                self.look_at = min(self.look_at, outlet.not_before)
                continue
            agreed = outlet.agreed
            if agreed is None or agreed[0] is not made or at.now >= agreed[1] or outlet.again:
                steps = list(zip(starts, tenths.tolist(), strict=True))
                line = Timeline.stepped(steps, max(made.end, until)).clip(at.now, until)
                line = guarded(steadied(line, changes), at.slack)
                in_force = self.lease(outlet)
                lease = compile_lease(line, **self._tongue(at, key, until))
                if outlet.again or not agrees(in_force, lease, base_tenths=at.base_tenths[key], now=at.now):
                    hardly = not outlet.again and _changes_little(in_force, lease, at.now)
                    (little if hardly else found)[key] = lease
                    continue
                agreed = outlet.agreed = made, _agreed_until(in_force, at.now, changes, next_slot)
            self.look_at = min(self.look_at, agreed[1])
        return found, little

    def _send(
        self,
        lease: Lease,
        candidate: Exposure,
        at: Situation,
        key: EvseKey,
        envelope: Envelope,
        *,
        lowering: bool,
    ) -> bool:
        """Send a lease, whole if there is room, as there always is for less. False: some of it has to wait.

        Without room, what it takes back leaves at once, because others wait for that; what it adds waits while
        limits are on their way down, and takes what room there is when nothing is.
        """
        if not envelope.may_give(key, candidate):
            self._send_ungiving(lease, at, key, envelope)
            return not lowering
        allowed = envelope.allowed(key, candidate)
        if (allowed >= candidate.over(envelope.instants)).all():
            self._send_now(lease, candidate, at, key, envelope)
            return True
        in_force = self.lease(at.outlets[key])
        runs_out = in_force is not None and in_force.end - at.now < URGENT
        if lowering and not self._takes_back(lease, at, key) and not runs_out:
            return False
        line = simplified(lease, envelope.instants, allowed, at.slack, at.outlets[key].evse)
        if not _limit_changes(at.site, at.now, lease.end):
            # more from when the leases of others end would stand in the way of renewing them
            line = Timeline.constant(line.start, line.end, min(piece.value or 0 for piece in line))
        part = compile_lease(line, **self._tongue(at, key, lease.end))
        exposed = exposure_of(part, at.slack)
        if not agrees(in_force, part, base_tenths=at.base_tenths[key], now=at.now):
            self._send_if_room(part, exposed, at, key, envelope)
        return False

    def _send_ungiving(self, lease: Lease, at: Situation, key: EvseKey, envelope: Envelope) -> None:
        """Send it without what is to be given back, for which there is no room now."""
        steps = [(span.start, max(span.tenths, 0)) for span in lease.spans]
        part = compile_lease(Timeline.stepped(steps, lease.end), **self._tongue(at, key, lease.end))
        if not agrees(self.lease(at.outlets[key]), part, base_tenths=at.base_tenths[key], now=at.now):
            self._send_if_room(part, exposure_of(part, at.slack), at, key, envelope)

    def _send_if_room(
        self, lease: Lease, candidate: Exposure, at: Situation, key: EvseKey, envelope: Envelope
    ) -> bool:
        fits = envelope.may_give(key, candidate)
        fits = fits and bool((envelope.allowed(key, candidate) >= candidate.over(envelope.instants)).all())
        if fits:
            self._send_now(lease, candidate, at, key, envelope)
        return fits

    def _send_now(
        self, lease: Lease, candidate: Exposure, at: Situation, key: EvseKey, envelope: Envelope
    ) -> None:
        envelope.add(key, candidate)
        down = self._takes_back(lease, at, key)
        self._dispatch(lease, at, key, Priority.LOWER_LIMIT if down else Priority.RAISE_LIMIT)

    def _takes_back(self, lease: Lease, at: Situation, key: EvseKey) -> bool:
        in_force = self.lease(at.outlets[key])
        return in_force is not None and lease.lowers(in_force, at.now)

    def _gives_less(self, lease: Lease, at: Situation, key: EvseKey) -> bool:
        """Whether it ends or lessens what is given back now: room for others to give appears in a moment."""
        in_force = self.lease(at.outlets[key])
        given = 0 if in_force is None else in_force.at(at.now) or 0
        return given < 0 and (lease.at(at.now) or 0) > given

    def _unsettled(self, at: Situation) -> bool:
        """Whether some limit was just lowered, so that room appears in a moment."""
        return any(
            entry.settled_at is not None and entry.settled_at + at.settle > at.now
            for key in at.outlets
            for entry in self._services.ledger.held(key)
        )

    def _tongue(self, at: Situation, key: EvseKey, until: datetime) -> _Tongue:
        outlet = at.outlets[key]
        return {
            "key": key,
            "transaction": at.running[key],
            "until": until,
            "abilities": self._abilities(outlet),
            "evse": outlet.evse,
        }

    def _abilities(self, outlet: Outlet) -> StationAbilities:
        station = self._services.provisioning.require(outlet.key.station_id)
        assert station.abilities is not None, "a station in service was asked for its abilities"
        return fitted(station.abilities, outlet.evse)

    def _dispatch(self, lease: Lease, at: Situation, key: EvseKey, priority: Priority) -> None:
        outlet, transaction = at.outlets[key], at.running[key]
        entry = self._services.ledger.enter(
            key, lease.profile, ends_at=lease.end, transaction_id=transaction.id
        )
        outlet.in_flight, outlet.again = True, False
        task = asyncio.get_running_loop().create_task(
            self._install(outlet, lease, entry, transaction, priority)
        )
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def _install(
        self,
        outlet: Outlet,
        lease: Lease,
        entry: InstalledProfile,
        transaction: Transaction,
        priority: Priority,
    ) -> None:
        station = self._services.provisioning.require(outlet.key.station_id)
        try:
            ended = await self._services.installer.install(
                outlet.key,
                lease.profile,
                entry=entry,
                version=station.version or "ocpp1.6",
                evse=outlet.evse,
                abilities=self._abilities(outlet),
                transaction=transaction,
                priority=priority,
            )
        finally:
            outlet.in_flight = False
            outlet.agreed = None
            self._settled()
        if ended.state is not ProfileState.ACCEPTED:
            outlet.not_before = self._services.clock.now() + retry_delay(ended.reason)
            self._changed()
        elif ended.may_exceed:
            outlet.disobeys = True
            outlet.draw.obedient = 0
            self._changed()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("lease_not_delivered", error=repr(task.exception()))


def _changes_little(in_force: Lease | None, wanted: Lease, now: datetime) -> bool:
    """Whether a car that charges on would only do so with a little more or less."""
    if in_force is None or now >= in_force.renew_at or len(wanted.spans) > 1:
        return False
    before, after = in_force.at(now), wanted.at(now)
    if not before or not after:
        return False
    return abs(after - before) < LITTLE_TENTHS


def _limit_changes(site: Site, now: datetime, until: datetime) -> list[datetime]:
    """When a limit of the site, or what it has left, is another than before."""
    found = {
        start
        for row in site.rows
        for steps in (row.limit_a, row.base_a)
        for start in steps.starts
        if now < start < until
    }
    return sorted(found)


def _agreed_until(
    in_force: Lease | None, now: datetime, changes: Sequence[datetime], next_slot: datetime
) -> datetime:
    """How long what is in force needs no second look under the same plan."""
    if changes:
        return min(now + LOOK_AGAIN, next_slot)
    if in_force is None or in_force.renew_at <= now:
        return next_slot
    return min(in_force.renew_at, next_slot)
