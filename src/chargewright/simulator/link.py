"""A station and its peer on one link: what comes is handed to the station, what the station says is sent. Pure.

Faults of manners live here: answers that come late. The rest is the dialect's business and the station's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from chargewright.errors import InvalidInput
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.codes import Code
from chargewright.ocpp.peer import CallAnswered, CallFailed, CallReceived, CallRefused, Event, Peer
from chargewright.simulator.evse import NEVER
from chargewright.simulator.orders import OrderRefused
from chargewright.simulator.said import (
    AuthorizationAsked,
    Booted,
    Message,
    TransactionStep,
    TransactionTold,
    Worded,
)
from chargewright.simulator.station import Station

__all__ = ["Counters", "Dialect", "StationLink"]

RESET_DOWN_S = 20.0
"""How long a station is away when it starts anew by order."""


class Dialect(Protocol):
    """Puts a station's behaviour into the words of one OCPP version."""

    version: Version

    def request(self, message: Message) -> tuple[str, Struct] | None:
        """Action and payload of what the station says; None where this version does not say it."""
        ...

    def answered(self, message: Message, response: Struct, at: datetime) -> None:
        """Take in the central system's answer."""
        ...

    def order(self, action: str, request: Struct, at: datetime) -> Struct | None:
        """Do what the central system orders, and answer; None where the station does not support it."""
        ...


@dataclass(slots=True)
class Counters:
    """Calls of the stations."""

    sent: int = 0
    answered: int = 0
    failed: int = 0
    """Answered with an error, too late, or never."""
    orders: int = 0
    orders_refused: int = 0
    """What the central system asked and we could not read or do."""


@dataclass(slots=True)
class StationLink:
    """Drives one station over whatever link it has at present. `now_s` is the peers' monotonic time."""

    station: Station
    dialect: Dialect
    message_ids: Callable[[], str]
    counters: Counters
    call_timeout_s: float = 30.0
    peer: Peer | None = None
    _waiting: Message | None = None
    _late: list[tuple[datetime, str, Struct]] = field(default_factory=list)

    # --- the link ----------------------------------------------------------------------------------------------

    def connected(self, at: datetime) -> None:
        """A new link stands."""
        self.peer = Peer(
            version=self.dialect.version,
            side="station",
            message_ids=self.message_ids,
            call_timeout_s=self.call_timeout_s,
        )
        self.station.connected(at)

    def disconnected(self, at: datetime) -> None:
        """The link is gone; what waits for an answer is said again if it must be."""
        if self.peer is None:
            return
        self.peer = None
        self._late.clear()
        if self._waiting is not None:
            self._waiting = None
            self.counters.failed += 1
        self.station.disconnected(at)

    def receive(self, text: bytes, at: datetime, now_s: float) -> None:
        """Take one message from the wire."""
        if self.peer is not None:
            self.peer.receive_text(text, now_s)
            for event in self.peer.events_received():
                self._happened(event, at)

    def texts_to_send(self, at: datetime, now_s: float) -> list[bytes]:
        """Return what goes on the wire now."""
        peer = self.peer
        if peer is None:
            return []
        outbox = self.station.outbox
        station = self.station
        while (message := outbox.take(at, booted=station.booted, pending=station.pending)) is not None:
            said = self.dialect.request(message)
            if said is None:
                outbox.delivered()
                continue
            station.log.note(at, "said", said[0])
            if catalog(self.dialect.version)[said[0]].is_send:
                peer.send(*said)
                outbox.delivered()
                continue
            self._waiting = message
            self.counters.sent += 1
            peer.call(*said, now_s)
        return peer.texts_to_send()

    # --- time --------------------------------------------------------------------------------------------------

    @property
    def due(self) -> datetime:
        """When `tick` has something to do, deadlines of calls apart."""
        return min(self.station.due, self._late[0][0] if self._late else NEVER)

    def tick(self, at: datetime, now_s: float) -> None:
        """Do what is due."""
        self.station.tick(at)
        peer = self.peer
        if peer is None:
            return
        while self._late and self._late[0][0] <= at:
            _, message_id, response = self._late.pop(0)
            peer.answer(message_id, response)
        deadline_s = peer.deadline_s()
        if deadline_s is not None and now_s >= deadline_s:
            peer.tick(now_s)
            for event in peer.events_received():
                self._happened(event, at)

    @property
    def may_start_anew(self) -> bool:
        """Whether nothing keeps an ordered reset any more: its answer and what goes before it are on their way."""
        return self.station.reset_due and (self.peer is None or self.peer.idle)

    def start_anew_if_due(self, at: datetime) -> None:
        """Carry out an ordered reset."""
        if self.may_start_anew:
            self.station.security_event("ResetOrReboot", at, self.station.boot_reason)
            self.station.reboot(at, down_s=RESET_DOWN_S, reason=self.station.boot_reason)

    @property
    def wants_new_link(self) -> bool:
        """Whether the link is to be given up now, so that a new one is made with what the station was told meanwhile.

        Once is enough: whoever asks gives it up.
        """
        credentials = self.station.credentials
        if not credentials.reconnect or self.peer is None or not self.peer.idle:
            return False
        credentials.reconnect = False
        return True

    @property
    def quiet(self) -> bool:
        """Nothing is under way, answers held back on purpose apart."""
        peer = self.peer
        return peer is None or peer.idle or (bool(self._late) and self._waiting is None)

    @property
    def holds_answers(self) -> bool:
        return bool(self._late)

    # --- what comes --------------------------------------------------------------------------------------------

    def _happened(self, event: Event, at: datetime) -> None:
        match event:
            case CallReceived():
                self._ordered(event, at)
            case CallRefused():
                self.counters.orders_refused += 1
            case CallAnswered():
                self._answered(event, at)
            case CallFailed():
                self._failed(at)
            case _:
                pass

    def _ordered(self, call: CallReceived, at: datetime) -> None:
        peer, counters = self.peer, self.counters
        assert peer is not None
        counters.orders += 1
        self.station.log.note(at, "was ordered", call.action)
        try:
            response = self.dialect.order(call.action, call.request, at)
        except OrderRefused as why:
            counters.orders_refused += 1
            peer.answer_error(call.message_id, why.code, str(why)[:255])
            return
        except InvalidInput as why:
            counters.orders_refused += 1
            peer.answer_error(call.message_id, Code.PROPERTY_CONSTRAINT_VIOLATION, str(why)[:255])
            return
        if response is None:
            counters.orders_refused += 1
            peer.answer_error(call.message_id, Code.NOT_SUPPORTED, "this station cannot do that")
            return
        late_s = self.station.faults.get("late_answers")
        if late_s is None and not self._late:
            peer.answer(call.message_id, response)
        else:
            self._late.append((at + timedelta(seconds=late_s or 0.0), call.message_id, response))

    def _answered(self, answer: CallAnswered, at: datetime) -> None:
        message, self._waiting = self._waiting, None
        if message is None:
            return
        self.counters.answered += 1
        self.station.outbox.delivered()
        self.dialect.answered(message, answer.response, at)

    def _failed(self, at: datetime) -> None:
        message, self._waiting = self._waiting, None
        if message is None:
            return
        self.counters.failed += 1
        station = self.station
        given_up = station.outbox.failed(at)
        match message:
            case Booted():
                station.boot_failed(at)
            case AuthorizationAsked(evse_id, _):
                station.authorization_failed(evse_id, at)
            case TransactionTold(transaction, TransactionStep.STARTED) if given_up:
                station.start_given_up(transaction)
            case Worded(answered=answered) if answered is not None:
                answered(None, at)
            case _:
                pass
