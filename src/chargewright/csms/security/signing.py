"""Certificates of the stations' own: asked for, signed, delivered, renewed (1.6 security paper A02, A03; 2.x A02, A03).

A request is looked through and answered; only then is it signed, off the loop, and the chain sent. A chain that
does not arrive is sent again, at last when the station is back; its old certificate holds until then.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.dispatch import Inbound
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.asking import Asked, ask
from chargewright.csms.security.ports import CertificateAuthority, ProviderFailed, SigningOrder
from chargewright.csms.security.x509 import RequestRefused, judge_request
from chargewright.domain import events
from chargewright.domain.security import (
    CertificateAsked,
    CertificateAskedAnswer,
    DeliverCertificate,
    RequestSigning,
    SigningRecord,
    SigningUse,
)
from chargewright.errors import ChargewrightError
from chargewright.ids import StationId

__all__ = ["SHELF", "Signing"]

log = structlog.get_logger(__name__)

SHELF: Final = Shelf("signing", SigningRecord)

ASKED_MAX: Final = 10
ASKED_WITHIN: Final = timedelta(hours=1)
"""Requests of one station; a station that tries again does so at most a few times (CertSigningRepeatTimes)."""

DELIVERIES_MAX: Final = 5
RETRY_S: Final = 60.0
"""Before the second delivery on the same connection; doubled each time."""

RENEWED_BEFORE: Final = timedelta(days=30)
NEWEST: Final = 10
"""Records of a station that a start looks at: more than it has uses."""

LOOKED_EVERY_S: Final = 3600.0
ASKED_AGAIN_AFTER: Final = timedelta(days=1)

_Due = tuple[StationId, SigningUse]


class Signing:
    """Answers SignCertificate, and sees to it that certificates are renewed in time."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        commands: Commands,
        authority: CertificateAuthority,
        organization: str = "",
    ) -> None:
        """With an `organization`, requests must name it or none."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._commands = commands
        self._authority = authority
        self._organization = organization
        self._asked: dict[StationId, list[datetime]] = {}
        self._due: dict[_Due, datetime] = {}
        self._newest: dict[_Due, str] = {}
        self._reminded: dict[_Due, datetime] = {}
        self._delivering: set[tuple[StationId, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._renewal: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    # --- running -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what the last run left: when certificates expire. What was not delivered waits for its station."""
        station_ids = [station.id for station in self._provisioning.stations()]
        for station_id, key, record in await self._store.read(lambda records: _newest(records, station_ids)):
            self._note(station_id, record)
            if record.state == "signing":
                lost = replace(record, state="failed", reason="the central system was restarted")
                await self._keep(station_id, key, lost)
            elif record.state != "refused":
                self._newest[station_id, record.use] = key
        self._unsubscribe = self._bus.subscribe(self._happened, events.StationBooted)
        self._renewal = asyncio.get_running_loop().create_task(self._renew())

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        under_way = [*self._tasks, *([] if self._renewal is None else [self._renewal])]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def handlers(self) -> dict[type, Callable[[Inbound], None]]:
        return {CertificateAsked: self._certificate_asked}

    # --- asked by others ---------------------------------------------------------------------------------

    async def of(self, station_id: StationId, limit: int = 100) -> list[tuple[str, SigningRecord]]:
        """(number, record), the newest first."""
        found = await self._store.read(lambda records: records.newest_items(SHELF, station_id, limit))
        return list(found)

    async def request(self, station_id: StationId, use: SigningUse, evse_id: int | None = None) -> Asked:
        """Have a station ask for a new certificate. Raises UnsupportedByVersion where it knows none of this use."""
        self._provisioning.require(station_id)
        return await ask(self._commands, station_id, RequestSigning(use, evse_id))

    async def forget(self, station_id: StationId) -> None:
        """Renew nothing of it, show nothing of it; what was signed for it stays valid elsewhere until it expires."""
        for due in [due for due in self._due if due[0] == station_id]:
            del self._due[due]
        self._asked.pop(station_id, None)
        await self._store.commit(lambda records: records.delete_items(SHELF, station_id))

    # --- one request -------------------------------------------------------------------------------------

    def _certificate_asked(self, inbound: Inbound) -> None:
        self._spawn(self._answer(inbound))

    async def _answer(self, inbound: Inbound) -> None:
        """Answer one request; sign and deliver where it is good."""
        asked, station_id = cast("CertificateAsked", inbound.request), inbound.station_id
        record = SigningRecord(asked.use, self._clock.now(), "signing", request_id=asked.request_id)
        common_name = ""
        try:
            try:
                self._count(station_id)
                common_name = await self._judged(station_id, asked)
            except RequestRefused as why:
                record = replace(record, state="refused", reason=str(why))
            key = await self._store.commit(lambda records: numbered(records.new_number("signing")))
            await self._keep(station_id, key, record)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is answered)
            inbound.failed(error)
            return
        inbound.reply(CertificateAskedAnswer(record.state != "refused", record.reason))
        if record.state == "refused":
            log.warning("signing_refused", station_id=station_id, reason=record.reason)
            return
        self._newest[station_id, record.use] = key
        order = SigningOrder(asked.request, common_name, self._organization, asked.use)
        await self._sign(station_id, key, record, order)

    async def _judged(self, station_id: StationId, asked: CertificateAsked) -> str:
        """The common name to sign for. Towards cars an EVSE may have its own (its SECC id)."""
        names: tuple[str, ...] = (station_id,)
        if asked.use != "ChargingStationCertificate":
            names += self._provisioning.require(station_id).secc_ids
        return await asyncio.to_thread(
            judge_request, asked.request, names=names, organization=self._organization
        )

    def _count(self, station_id: StationId) -> None:
        now = self._clock.now()
        recent = [at for at in self._asked.get(station_id, ()) if now - at < ASKED_WITHIN]
        self._asked[station_id] = [*recent[-ASKED_MAX:], now]
        if len(recent) >= ASKED_MAX:
            raise RequestRefused(f"more than {ASKED_MAX} requests within an hour")

    async def _sign(
        self, station_id: StationId, key: str, record: SigningRecord, order: SigningOrder
    ) -> None:
        try:
            signed = await self._authority.sign(order)
        except ProviderFailed as why:
            log.warning("signing_failed", station_id=station_id, reason=str(why))
            await self._keep(station_id, key, replace(record, state="failed", reason=str(why)))
            return
        record = replace(
            record,
            state="undelivered",
            chain=signed.chain,
            serial_number=signed.serial_number,
            expires_at=signed.expires_at,
        )
        await self._keep(station_id, key, record)
        await self._deliver(station_id, key, record)

    async def _deliver(self, station_id: StationId, key: str, record: SigningRecord) -> None:
        """Send the chain until the station says something, or is gone; one delivery at a time."""
        if (station_id, key) in self._delivering:
            return
        self._delivering.add((station_id, key))
        try:
            await self._try_to_deliver(station_id, key, record)
        finally:
            self._delivering.discard((station_id, key))

    async def _try_to_deliver(self, station_id: StationId, key: str, record: SigningRecord) -> None:
        assert record.chain is not None, "only what is signed is delivered"
        order = DeliverCertificate(record.chain, record.use, record.request_id)
        while True:
            if key < self._newest.get((station_id, record.use), key):
                superseded = replace(record, state="failed", reason="a newer one was asked for")
                await self._keep(station_id, key, superseded)
                return
            try:
                asked = await ask(self._commands, station_id, order)
            except ChargewrightError as why:
                asked = Asked("refused", str(why))
            if asked.outcome == "offline":
                return
            record = replace(record, deliveries=record.deliveries + 1, reason="")
            if asked.outcome != "unknown":
                record = replace(record, state="accepted" if asked.accepted else "rejected")
            elif record.deliveries >= DELIVERIES_MAX:
                record = replace(record, state="failed")
            if record.state != "accepted":
                record = replace(record, reason=asked.reason)
            await self._keep(station_id, key, record)
            self._note(station_id, record)
            if record.state != "undelivered":
                return
            await self._clock.sleep_s(RETRY_S * 2 ** (record.deliveries - 1))
            if self._links.get(station_id) is None:
                return

    async def _keep(self, station_id: StationId, key: str, record: SigningRecord) -> None:
        await self._store.commit(lambda records: records.put_item(SHELF, station_id, key, record))

    # --- later -------------------------------------------------------------------------------------------

    def _happened(self, event: events.Event) -> None:
        if isinstance(event, events.StationBooted) and event.registration == "Accepted":
            self._spawn(self._redeliver(event.station_id))

    async def _redeliver(self, station_id: StationId) -> None:
        """Send what did not arrive."""
        for key, record in await self.of(station_id, NEWEST):
            if record.state == "undelivered":
                await self._deliver(station_id, key, record)

    def _note(self, station_id: StationId, record: SigningRecord) -> None:
        if record.state == "accepted" and record.expires_at is not None:
            self._due[station_id, record.use] = max(
                record.expires_at, self._due.get((station_id, record.use), record.expires_at)
            )

    async def _renew(self) -> None:
        """Have certificates renewed before they expire, for ever."""
        while True:
            await self._clock.sleep_s(LOOKED_EVERY_S)
            now = self._clock.now()
            for due, expires_at in tuple(self._due.items()):
                reminded = self._reminded.get(due)
                if expires_at - now > RENEWED_BEFORE or self._links.get(due[0]) is None:
                    continue
                if reminded is not None and now - reminded < ASKED_AGAIN_AFTER:
                    continue
                self._reminded[due] = now
                self._spawn(self._remind(*due))

    async def _remind(self, station_id: StationId, use: SigningUse) -> None:
        asked = await self.request(station_id, use)
        log.info("renewal_asked_for", station_id=station_id, use=use, outcome=asked.outcome)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("signing_task_failed", error=repr(error))


def _newest(records: Records, station_ids: list[StationId]) -> list[tuple[StationId, str, SigningRecord]]:
    """The last few of each station, the oldest first."""
    return [
        (station_id, key, record)
        for station_id in station_ids
        for key, record in reversed(records.newest_items(SHELF, station_id, NEWEST))
    ]
