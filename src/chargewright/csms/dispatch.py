"""One inbound call -> the one service -> one answer. The middle of every journey (ARCHITECTURE.md).

A table names the handler of each kind of request. Class A (transactions, meter values, security events) is
answered after its commit; the rest at once. Where nothing can be made durable, nothing is answered and the
link is closed: an error answer would use up one of the station's few attempts, silence does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import structlog

from chargewright.clock import Clock
from chargewright.csms.acceptance import Acceptance
from chargewright.csms.commands import Commands, Links
from chargewright.csms.compatibility import Compatibility
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ports import Bus, Records, StationLink, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.transactions import Transactions
from chargewright.domain import events
from chargewright.domain.metering import Reading
from chargewright.domain.requests import (
    Acknowledged,
    Answer,
    Heartbeat,
    HeartbeatAnswer,
    MeterReported,
    Notice,
    Request,
    StationBooted,
    StatusReported,
    TransactionReported,
)
from chargewright.errors import RemoteProtocolError, StoreUnavailable
from chargewright.ids import StationId, TransactionId
from chargewright.translate.salvage import UnreadMessage, Unusable, salvaged
from chargewright.translate.tolerance import Switch
from chargewright.translate.translator import NotTranslated, Translator, translator

__all__ = ["Counters", "Dispatch", "Handler", "Hearer", "Inbound"]

log = structlog.get_logger(__name__)

CLOSE_TRY_AGAIN_LATER = 1013


@dataclass(slots=True)
class Counters:
    """Calls in and out since the start; `received == answered` once nothing is under way."""

    received: int = 0
    answered: int = 0
    refused: int = 0
    deviations: int = 0


class Inbound:
    """One call on its way through; answered exactly once, by `reply` or by `failed`."""

    __slots__ = ("_counters", "_message_id", "_tongue", "link", "request")

    def __init__(
        self, link: StationLink, message_id: str, tongue: Translator, request: Any, counters: Counters
    ) -> None:
        self.link = link
        self.request = request
        self._message_id = message_id
        self._tongue = tongue
        self._counters = counters

    @property
    def station_id(self) -> StationId:
        return self.link.station_id

    def reply_after(self, store: Store, work: Callable[[Records], Any], answer: Answer) -> None:
        """Answer once `work` is durable."""

        def done(_: Any, error: BaseException | None) -> None:
            if error is not None:
                self.failed(error)
            else:
                self.reply(answer)

        store.submit(work, done)

    def reply(self, answer: Answer) -> None:
        """Say how it ended."""
        self._counters.answered += 1
        self.link.answer(self._message_id, self._tongue.answer(self.request, answer))

    def confirm(self, action: str) -> None:
        """Give the answer of `action` that says nothing."""
        self._counters.answered += 1
        self.link.answer(self._message_id, self._tongue.catalog[action].plain_answer)

    def failed(self, error: BaseException | None) -> None:
        """The commit did not happen: our bug is said so, an unavailable store is met with silence."""
        if isinstance(error, StoreUnavailable):
            self.link.close(CLOSE_TRY_AGAIN_LATER, "nothing can be made durable at present")
            return
        log.error(
            "handler_failed",
            station_id=self.station_id,
            request=type(self.request).__name__,
            error=repr(error),
        )
        self._counters.answered += 1
        self.link.answer_error(self._message_id, "InternalError", "")


class _Metering(Inbound):
    """Meter values on their way through: the hot path, hence one object for both sides of the commit."""

    __slots__ = ("_bus", "_compatibility", "_live", "orphaned", "transaction_id")

    def __init__(  # as Inbound, written out: a call to it would cost as much again
        self,
        link: StationLink,
        message_id: str,
        tongue: Translator,
        request: MeterReported,
        counters: Counters,
        *,
        live: LiveMeters,
        bus: Bus,
        compatibility: Compatibility,
        transaction_id: TransactionId | None,
    ) -> None:
        self.link = link
        self.request = request
        self._message_id = message_id
        self._tongue = tongue
        self._counters = counters
        self._live = live
        self._bus = bus
        self._compatibility = compatibility
        self.transaction_id = transaction_id
        self.orphaned = False

    def work(self, records: Records) -> None:
        """Keep the readings, inside the commit."""
        request, station_id = self.request, self.link.station_id
        readings, wire_id = request.readings, request.wire_id
        if wire_id is not None:
            transaction_id = self.transaction_id or records.find_transaction(station_id, wire_id)
            orphaned = self.orphaned = transaction_id is None
            if orphaned and not self._compatibility.bears(station_id, Switch.UNKNOWN_TRANSACTIONS):
                return
            readings = [
                Reading(r.evse_id, r.at, r.samples, transaction_id, orphaned or r.suspect) for r in readings
            ]
        records.append_readings(station_id, readings)

    def done(self, _: None, error: BaseException | None) -> None:
        """Answer, after the commit; then tell those who follow the meters."""
        if error is not None:
            self.failed(error)
            return
        request, station_id = self.request, self.link.station_id
        self.reply(_ACKNOWLEDGED)
        if self.orphaned:
            what = "meter values for a transaction that is not known"
            self._compatibility.deviated(self.link, "MeterValues", what, switch=Switch.UNKNOWN_TRANSACTIONS)
        self._live.update(station_id, request.readings)
        self._bus.publish(events.MeasurementsRecorded(station_id, request.evse_id, request.readings[-1].at))


Handler = Callable[[Inbound], None]
Hearer = Callable[[StationId, Any], None]
"""Takes one kind of request and sees to its answer, now or after a commit."""


class Dispatch:
    """Implements `ports.StationPort`: the gateway calls it, it calls the services."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        acceptance: Acceptance,
        transactions: Transactions,
        live: LiveMeters,
        commands: Commands,
        compatibility: Compatibility,
        handlers: Mapping[type, Handler] | None = None,
        hearers: Mapping[type, Hearer] | None = None,
    ) -> None:
        """`handlers`: of the functional blocks, by kind of request, beside those that stand here.

        `hearers` take in the messages that nobody may answer (SEND of 2.1).
        """
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._acceptance = acceptance
        self._transactions = transactions
        self._live = live
        self._commands = commands
        self._compatibility = compatibility
        self.counters = Counters()
        self._handlers: dict[type, Handler] = {
            Heartbeat: self._heartbeat,
            TransactionReported: self._transaction,
            StatusReported: self._status,
            StationBooted: self._boot,
            Notice: self._notice,
            UnreadMessage: self._unread,
            **(handlers or {}),
        }
        self._hearers = dict(hearers or {})

    # --- what the gateway calls ----------------------------------------------------------------------------

    def connected(self, link: StationLink) -> None:
        self._links.add(link)
        self._provisioning.connected(link.station_id, link.version)

    def disconnected(self, link: StationLink) -> None:
        if self._links.remove(link):
            self._commands.disconnected(link.station_id)
            self._provisioning.disconnected(link.station_id)

    def received(self, link: StationLink, message_id: str, action: str, request: object) -> None:
        counters = self.counters
        counters.received += 1
        tongue = translator(link.version)
        try:
            if type(request) is Unusable:
                said = self._salvaged(link, action, request)
            else:
                said = tongue.request(action, request)
        except NotTranslated as why:
            counters.answered += 1
            counters.refused += 1
            link.answer_error(message_id, "NotSupported", str(why))
            return
        except RemoteProtocolError as why:
            counters.answered += 1
            counters.refused += 1
            link.answer_error(message_id, "PropertyConstraintViolation", str(why))
            return
        kind = type(said)
        if kind is not StationBooted and not self._acceptance.may_say(link.station_id, action):
            counters.answered += 1
            counters.refused += 1
            link.answer_error(message_id, "SecurityError", "BootNotification was not answered Accepted yet")
            return
        if type(said) is MeterReported:
            self._meter(link, message_id, tongue, said)
            return
        inbound = Inbound(link, message_id, tongue, said, counters)
        try:
            self._handlers[kind](inbound)
        except Exception as error:  # noqa: BLE001  (a handler's bug must not take the link down: answered, logged)
            inbound.failed(error)

    def sent(self, link: StationLink, action: str, request: object) -> None:
        """Hand a message that nobody may answer to whoever hears it, or keep it as a notice."""
        if not self._acceptance.may_say(link.station_id, action):
            self.deviated(link, "SEND before acceptance", action)
            return
        try:
            said = translator(link.version).request(action, request)
        except (NotTranslated, RemoteProtocolError) as why:
            self.deviated(link, "unusable SEND", str(why))
            return
        hearer = self._hearers.get(type(said))
        if hearer is not None:
            hearer(link.station_id, said)
        elif isinstance(said, Notice):
            self._store.submit(partial(self._keep_notice, link.station_id, said), _nobody_waits)

    def deviated(
        self, link: StationLink, what: str, description: str, *, switch: str = "", frame: bytes = b""
    ) -> None:
        self.counters.deviations += 1
        self._compatibility.deviated(link, what, description, switch=switch, frame=frame)

    def _salvaged(self, link: StationLink, action: str, wire: Unusable) -> Request | UnreadMessage:
        """Keep what came as it came, and make of it what can be made."""
        said = salvaged(action, wire, at=self._clock.now())
        if not isinstance(said, UnreadMessage):  # which its handler keeps
            raw = Notice(action, bytes(wire.payload))
            self._store.submit(partial(self._keep_notice, link.station_id, raw), _nobody_waits)
        return said

    # --- one handler a kind of request -----------------------------------------------------------------------

    def _meter(self, link: StationLink, message_id: str, tongue: Translator, request: MeterReported) -> None:
        wire_id = request.wire_id
        metering = _Metering(
            link,
            message_id,
            tongue,
            request,
            self.counters,
            live=self._live,
            bus=self._bus,
            compatibility=self._compatibility,
            transaction_id=None if wire_id is None else self._transactions.known(link.station_id, wire_id),
        )
        if request.readings:
            self._store.submit(metering.work, metering.done)
        else:
            metering.reply(_ACKNOWLEDGED)

    def _heartbeat(self, inbound: Inbound) -> None:
        inbound.reply(HeartbeatAnswer(self._clock.now()))

    def _transaction(self, inbound: Inbound) -> None:
        station_id = inbound.station_id
        report = self._compatibility.judged(inbound.link, cast("TransactionReported", inbound.request))

        def done(stored: Any, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
            else:
                inbound.reply(self._transactions.stored(station_id, report, stored))
                if stored.transaction.started_at is None:
                    self._compatibility.without_start(inbound.link)

        self._store.submit(lambda records: self._transactions.store(records, station_id, report), done)

    def _status(self, inbound: Inbound) -> None:
        self._provisioning.status_reported(inbound.station_id, inbound.request)
        inbound.reply(_ACKNOWLEDGED)

    def _boot(self, inbound: Inbound) -> None:
        inbound.reply(self._acceptance.booted(inbound.station_id, inbound.request))

    def _notice(self, inbound: Inbound) -> None:
        notice = cast("Notice", inbound.request)
        work = partial(self._keep_notice, inbound.station_id, notice)
        if notice.urgent:
            inbound.reply_after(self._store, work, _ACKNOWLEDGED)
            return
        self._store.submit(work, _nobody_waits)
        inbound.reply(_ACKNOWLEDGED)

    def _unread(self, inbound: Inbound) -> None:
        message = cast("UnreadMessage", inbound.request)

        def done(_: None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
            else:
                inbound.confirm(message.action)

        notice = Notice(message.action, message.content)
        self._store.submit(partial(self._keep_notice, inbound.station_id, notice), done)

    def _keep_notice(self, station_id: StationId, notice: Notice, records: Records) -> None:
        records.append_notice(station_id, self._clock.now(), notice.action, notice.content)


_ACKNOWLEDGED = Acknowledged()


def _nobody_waits(result: None, error: BaseException | None) -> None:
    """Class B: a store that is down shows in readiness and in the answers to class A."""
