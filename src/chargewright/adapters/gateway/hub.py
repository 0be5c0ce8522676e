"""What all sessions of one station port share: who is here, and what is about to be taken in or to leave."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import structlog

from chargewright.adapters.gateway.timers import Timers
from chargewright.csms.ports import StationPort
from chargewright.ids import StationId

__all__ = ["Hub", "Member", "MessageLog"]

_log = structlog.get_logger(__name__)


class Member(Protocol):
    """What a hub needs of a session."""

    station_id: StationId

    def take(self, text: bytes) -> None: ...
    def put(self, text: bytes) -> None: ...
    def drop(self) -> None: ...


S = TypeVar("S", bound=Member)

MessageLog = Callable[[str, Sequence[tuple[Member, bytes]]], None]
"""Called with "in" or "out" and the messages of one turn of the loop, each beside its session."""


@dataclass(slots=True)
class Hub(Generic[S]):
    """What all sessions of one server share."""

    loop: AbstractEventLoop
    central: StationPort
    timers: Timers
    store_full: Callable[[], bool]
    message_log: MessageLog | None
    message_bytes_max: int
    write_buffer_bytes_max: int
    close_timeout_s: float
    sessions: dict[str, S] = field(default_factory=dict)
    held: set[S] = field(default_factory=set)
    """Sessions that are not being read, because too much waits for an answer."""
    _inbox: list[tuple[S, bytes]] = field(default_factory=list)
    _outbox: list[tuple[S, bytes]] = field(default_factory=list)

    # Texts are taken and sent in batches, one a turn of the loop. Reading, thinking and writing are each faster
    # when done for all sessions in a row than in turns: what one needs of the processor's caches, the others evict.

    def arrived(self, session: S, text: bytes) -> None:
        """Have `text` handled once all that lies ready on the sockets has been read."""
        if not self._inbox:
            self.loop.call_soon(self.take)
        self._inbox.append((session, text))

    def leaving(self, session: S, text: bytes) -> None:
        """Have `text` sent together with what else is about to leave."""
        if not self._outbox:
            self.loop.call_soon(self.send)
        self._outbox.append((session, text))

    def take(self) -> None:
        """Handle what has arrived, in its order."""
        inbox, self._inbox = self._inbox, []
        if self.message_log is not None:
            self.message_log("in", inbox)
        for session, text in inbox:
            try:
                session.take(text)
            except Exception:  # noqa: BLE001  # a bug of ours must not cost the others' messages
                _log.exception("message not handled", station=session.station_id)
                session.drop()

    def send(self) -> None:
        """Send what is about to leave, in its order."""
        outbox, self._outbox = self._outbox, []
        if self.message_log is not None:
            self.message_log("out", outbox)
        for session, text in outbox:
            try:
                session.put(text)
            except Exception:  # noqa: BLE001  # as above
                _log.exception("message not sent", station=session.station_id)
                session.drop()
