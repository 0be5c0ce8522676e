"""What a station has yet to say: one message at a time, in order; transaction messages and
security events are kept until delivered.

OCPP 1.6 sections 3.7.1 and 4.7 to 4.10 (TransactionMessageAttempts, TransactionMessageRetryInterval); 2.0.1 E04, E13.
Everything else is worth saying now or not at all, so that it is dropped when the link goes or an answer fails.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from chargewright.simulator.evse import later
from chargewright.simulator.said import (
    Booted,
    Message,
    SecurityEventTold,
    Transaction,
    TransactionStep,
    TransactionTold,
)

__all__ = ["Outbox"]

KEPT_MAX = 5_000
"""Transaction messages kept; beyond it the oldest meter values go, never a start or an end (2.0.1 E04.FR.07)."""


_KEPT = (TransactionTold, SecurityEventTold)
"""What must be delivered, however long it takes (1.6 4.7; 2.x A04.FR.02, E04)."""


@dataclass(slots=True)
class _Entry:
    message: Message
    number: int
    attempts: int = 0
    not_before: datetime | None = None


class Outbox:
    """Two queues, one for what is kept and one for what is not; the older head that may go leaves first."""

    def __init__(self, *, attempts_max: int = 3, retry_interval_s: float = 60.0) -> None:
        self.attempts_max = attempts_max
        self.retry_interval_s = retry_interval_s
        self._kept: deque[_Entry] = deque()
        self._passing: deque[_Entry] = deque()
        self._sent: _Entry | None = None
        self._numbers = 0
        self.given_up = 0
        """Transaction messages that the central system refused once too often."""

    @property
    def busy(self) -> bool:
        """A message waits for its answer."""
        return self._sent is not None

    @property
    def kept(self) -> int:
        """Transaction messages that are not delivered."""
        sent = self._sent is not None and isinstance(self._sent.message, _KEPT)
        return len(self._kept) + int(sent)

    @property
    def empty(self) -> bool:
        """Nothing is left to say, and nothing waits for its answer."""
        return not (self._kept or self._passing or self._sent)

    def holds(self, transaction: Transaction) -> bool:
        """Whether something of this transaction is not delivered."""
        entries = list(self._kept) if self._sent is None else [self._sent, *self._kept]
        return any(
            isinstance(e.message, TransactionTold) and e.message.transaction is transaction for e in entries
        )

    @property
    def due(self) -> datetime | None:
        """When a message that waits before its next attempt may go; None where none waits."""
        return self._kept[0].not_before if self._kept and self._sent is None else None

    def put(self, message: Message) -> None:
        """Say this in its turn; a boot goes before everything."""
        self._numbers += 1
        entry = _Entry(message, self._numbers)
        if isinstance(message, _KEPT):
            self._kept.append(entry)
            self._make_room()
        elif isinstance(message, Booted):
            self._passing.appendleft(_Entry(message, 0))
        else:
            self._passing.append(entry)

    def take(self, at: datetime, *, booted: bool, pending: bool = False) -> Message | None:
        """Return the next message to send, or None.

        Before the boot was accepted nothing but it may leave; while it is pending, what was asked for may (B02.FR.02).
        """
        if self._sent is not None:
            return None
        passing = self._passing[0] if self._passing else None
        if not booted:
            if passing is not None and (pending or isinstance(passing.message, Booted)):
                self._sent = self._passing.popleft()
                return self._sent.message
            return None
        kept = self._kept[0] if self._kept else None
        if kept is not None and kept.not_before is not None and kept.not_before > at:
            kept = None
        if kept is not None and (passing is None or kept.number < passing.number):
            self._sent = self._kept.popleft()
        elif passing is not None:
            self._sent = self._passing.popleft()
        else:
            return None
        return self._sent.message

    def delivered(self) -> None:
        """The message that was sent is answered."""
        self._sent = None

    def failed(self, at: datetime) -> bool:
        """Note that the message that was sent came back as an error, or never. True: it is given up.

        A security event is given up at once: who does not understand it would hold up the transactions behind it.
        """
        entry, self._sent = self._sent, None
        if entry is None or not isinstance(entry.message, TransactionTold):
            return True
        entry.attempts += 1
        if entry.attempts >= self.attempts_max:
            self.given_up += 1
            return True
        entry.not_before = later(at, self.retry_interval_s * entry.attempts)
        self._kept.appendleft(entry)
        return False

    def link_lost(self) -> None:
        """Keep what must be delivered, and forget the rest; the attempt that was under way does not count."""
        entry, self._sent = self._sent, None
        if entry is not None and isinstance(entry.message, _KEPT):
            self._kept.appendleft(entry)
        self._passing.clear()

    def _make_room(self) -> None:
        if len(self._kept) <= KEPT_MAX:
            return
        for i, entry in enumerate(self._kept):
            message = entry.message
            if isinstance(message, TransactionTold) and message.step is TransactionStep.UPDATED:
                del self._kept[i]
                return
