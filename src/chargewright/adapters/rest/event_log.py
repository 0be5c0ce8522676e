"""What happened, numbered, for those who follow along over HTTP.

A bounded ring: a client that comes back within it misses nothing, one that stayed away longer is told to read again.
Meter values are too many for it; a hint without a number, at most once a second, says that there are new ones.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable

import msgspec

from chargewright.csms.ports import Bus
from chargewright.domain import events

__all__ = ["EventLog"]

KEPT = 2048
"""Events in the ring: some minutes of a busy site with a thousand stations."""

CLIENTS_MAX = 256

HINT_EVERY_S = 1.0
KEEP_ALIVE_S = 15.0
"""Proxies close what is silent for longer than some 30 s."""

RETRY_MS = 2000


class EventLog:
    """Server-sent events with ids `run-number`: the run changes with every start of the server."""

    def __init__(self, *, kept: int = KEPT) -> None:
        self._run = secrets.token_hex(4)
        self._ring: deque[tuple[int, events.Event]] = deque(maxlen=kept)
        self._number = 0
        self._hints = 0
        self._hint: asyncio.TimerHandle | None = None
        self._clients: set[asyncio.Event] = set()
        self._unsubscribe: Callable[[], None] | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """True when no more clients are taken."""
        return len(self._clients) >= CLIENTS_MAX

    @property
    def clients(self) -> int:
        return len(self._clients)

    def start(self, bus: Bus) -> None:
        self._closed = False
        self._unsubscribe = bus.subscribe(self._happened)

    def stop(self) -> None:
        """End every stream."""
        self._closed = True
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._hint is not None:
            self._hint.cancel()
            self._hint = None
        self._wake()

    async def follow(self, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Everything after `last_event_id`, for ever; without one, from now on."""
        woken = asyncio.Event()
        self._clients.add(woken)
        try:
            number, reset = self._resume(last_event_id)
            hints = self._hints
            yield f"retry: {RETRY_MS}\n".encode() + self._mark("reset" if reset else "ready", number)
            while not self._closed:
                woken.clear()
                if self._ring and self._ring[0][0] > number + 1:
                    number = self._number  # it reads slower than things happen
                    yield self._mark("reset", number)
                for at, event in [entry for entry in self._ring if entry[0] > number]:
                    yield self._frame(at, event)
                    number = at
                if hints != self._hints:
                    hints = self._hints
                    yield b"event: measured\ndata: {}\n\n"
                if number == self._number and hints == self._hints:
                    try:
                        await asyncio.wait_for(woken.wait(), KEEP_ALIVE_S)
                    except TimeoutError:
                        yield b": still here\n\n"
        finally:
            self._clients.discard(woken)

    def _resume(self, last_event_id: str | None) -> tuple[int, bool]:
        """(the number to go on from, whether something was missed)."""
        if last_event_id is None:
            return self._number, False
        run, _, text = last_event_id.partition("-")
        number = int(text) if text.isdecimal() else -1
        oldest = self._ring[0][0] if self._ring else self._number + 1
        if run != self._run or not oldest - 1 <= number <= self._number:
            return self._number, True
        return number, False

    def _mark(self, kind: str, number: int) -> bytes:
        return f'id: {self._run}-{number}\nevent: {kind}\ndata: {{"seq":{number}}}\n\n'.encode()

    def _frame(self, number: int, event: events.Event) -> bytes:
        kind = type(event).__name__
        data = msgspec.json.encode({"seq": number, "type": kind, **msgspec.to_builtins(event)})
        return f"id: {self._run}-{number}\nevent: {kind}\ndata: ".encode() + data + b"\n\n"

    def _happened(self, event: events.Event) -> None:
        if isinstance(event, events.MeasurementsRecorded):
            if self._hint is None and self._clients:
                self._hint = asyncio.get_running_loop().call_later(HINT_EVERY_S, self._give_hint)
            return
        self._number += 1
        self._ring.append((self._number, event))
        self._wake()

    def _give_hint(self) -> None:
        self._hint = None
        self._hints += 1
        self._wake()

    def _wake(self) -> None:
        for client in self._clients:
            client.set()
