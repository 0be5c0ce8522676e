"""Orders to stations: one at a time per station, urgent ones first, each with exactly one outcome.

A lower limit goes out before anything else: it is what keeps a site safe.
"""

import asyncio
import heapq
import itertools
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from chargewright.clock import Clock
from chargewright.csms.ports import CallOutcome, StationLink
from chargewright.domain.commands import Command, CommandOutcome
from chargewright.errors import InvalidInput, LocalProtocolError, RemoteProtocolError
from chargewright.ids import StationId
from chargewright.translate.consequences import consequences
from chargewright.translate.translator import Translator, translator

__all__ = ["Commands", "Gate", "Links", "Priority"]

QUEUE_MAX = 256
"""Orders that may wait for one station; more means that somebody loops."""


class Priority(IntEnum):
    """Which order goes first; the smaller number wins."""

    LOWER_LIMIT = 0
    STOP = 1
    RAISE_LIMIT = 2
    NORMAL = 3
    REPORT = 4


class Links:
    """The stations that are connected now."""

    def __init__(self) -> None:
        self._links: dict[StationId, StationLink] = {}

    def get(self, station_id: StationId) -> StationLink | None:
        return self._links.get(station_id)

    def all(self) -> list[StationLink]:
        return list(self._links.values())

    def add(self, link: StationLink) -> None:
        self._links[link.station_id] = link

    def remove(self, link: StationLink) -> bool:
        """False where a newer link took its place: the station is still here."""
        if self._links.get(link.station_id) is not link:
            return False
        del self._links[link.station_id]
        return True


class Gate(Protocol):
    """Says which orders must not leave, and hears which did."""

    def refuses(self, station_id: StationId, action: str) -> str | None: ...
    def ordered(self, station_id: StationId, actions: frozenset[str]) -> None:
        """`actions`: the messages that the station will send because of it."""
        ...


@dataclass(order=True, slots=True)
class _Order:
    priority: int
    number: int
    command: Command = field(compare=False)
    outcome: "asyncio.Future[CommandOutcome]" = field(compare=False)


@dataclass(slots=True)
class _Queue:
    orders: list[_Order] = field(default_factory=list)
    busy: bool = False


class Commands:
    """Sends commands and waits for their outcomes."""

    def __init__(self, *, links: Links, clock: Clock, gate: Gate | None = None) -> None:
        self._links = links
        self._gate = gate
        self._clock = clock
        self._queues: dict[StationId, _Queue] = {}
        self._numbers = itertools.count()

    @property
    def idle(self) -> bool:
        """True when no order waits for anything."""
        return not any(queue.busy or queue.orders for queue in self._queues.values())

    async def order(
        self, station_id: StationId, command: Command, *, priority: Priority = Priority.NORMAL
    ) -> CommandOutcome:
        """Send `command` when its turn comes and return how it ended; never raises for what a station does.

        Raises:
            UnsupportedByVersion: the station's version cannot carry it. Nothing was sent.
            InvalidInput: the payload breaks the schema. Nothing was sent.

        """
        link = self._links.get(station_id)
        queue = self._queues.setdefault(station_id, _Queue())
        if link is None or len(queue.orders) >= QUEUE_MAX:
            return CommandOutcome(
                "offline", None, None, description="" if link is None else "too many orders wait"
            )
        action, _ = translator(link.version).command(command)  # refuses here, before anything waits
        if self._gate is not None and (why := self._gate.refuses(station_id, action)) is not None:
            return CommandOutcome("offline", None, None, code="NotSent", description=why)
        outcome: asyncio.Future[CommandOutcome] = asyncio.get_running_loop().create_future()
        heapq.heappush(queue.orders, _Order(priority, next(self._numbers), command, outcome))
        self._pump(station_id, queue)
        return await outcome

    def disconnected(self, station_id: StationId) -> None:
        """Nothing that waits will be sent; what was sent ends through its own link."""
        queue = self._queues.pop(station_id, None)
        for order in queue.orders if queue else ():
            if not order.outcome.done():
                order.outcome.set_result(CommandOutcome("offline", None, None))

    def _pump(self, station_id: StationId, queue: _Queue) -> None:
        while queue.orders and not queue.busy:
            order = heapq.heappop(queue.orders)
            link = self._links.get(station_id)
            if link is not None and not order.outcome.done():  # else whoever asked has gone
                self._send(link, queue, order)

    def _send(self, link: StationLink, queue: _Queue, order: _Order) -> None:
        queue.busy = True
        tongue = translator(link.version)
        action, payload = tongue.command(order.command)
        if self._gate is not None:
            self._gate.ordered(link.station_id, consequences(action, payload))
        sent_at = self._clock.now()

        def done(call: CallOutcome) -> None:
            queue.busy = False
            if not order.outcome.done():
                order.outcome.set_result(self._outcome(tongue, order.command, call, sent_at))
            self._pump(link.station_id, queue)

        try:
            link.call(action, payload, done)
        except LocalProtocolError as why:  # a number beyond what the schema allows: nothing was sent
            queue.busy = False
            if not order.outcome.done():
                order.outcome.set_exception(InvalidInput(str(why), where=action))

    def _outcome(
        self, tongue: Translator, command: Command, call: CallOutcome, sent_at: datetime
    ) -> CommandOutcome:
        now = self._clock.now()
        if call.kind == "answered":
            try:
                return CommandOutcome("answered", sent_at, now, tongue.result(command, call.payload))
            except RemoteProtocolError as error:
                return CommandOutcome("error", sent_at, now, code="GenericError", description=str(error))
        if call.kind in {"error", "invalid"}:
            return CommandOutcome("error", sent_at, now, code=call.code, description=call.description)
        why = "the connection was lost before the answer" if call.kind == "closed" else "no answer in time"
        return CommandOutcome("timeout", sent_at, now, code=call.code, description=call.description or why)
