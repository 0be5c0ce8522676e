"""One timer for all sessions: deadlines in a heap, keep-alive visits on a wheel. No task per connection."""

import heapq
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from itertools import count
from typing import Protocol

__all__ = ["TICK_S", "Timers", "Visited"]

TICK_S = 0.25
"""How late a deadline may be noticed. Nothing in OCPP asks for less than a second."""


class Visited(Protocol):
    """What the wheel visits."""

    def visit(self) -> None: ...


class Timers:
    """Shared by all sessions of one server; `visit` is called on each member once per `interval_s`.

    Members are spread over the wheel's slots as they come, so that thousands of pings do not leave at once.
    """

    def __init__(self, loop: AbstractEventLoop, *, interval_s: float) -> None:
        self._loop = loop
        self._deadlines: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._slots: list[set[Visited]] = [set() for _ in range(max(1, round(interval_s / TICK_S)))]
        self._hand = 0
        self._handle: TimerHandle | None = None
        self._each_tick: list[Callable[[], None]] = []

    def start(self, *each_tick: Callable[[], None]) -> None:
        """Begin; `each_tick` are called on every tick."""
        self._each_tick = list(each_tick)
        self._handle = self._loop.call_later(TICK_S, self._tick)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def at(self, when_s: float, action: Callable[[], None]) -> None:
        """Call `action` once, at the first tick after `when_s` of the loop's time."""
        heapq.heappush(self._deadlines, (when_s, next(self._order), action))

    def join(self, member: Visited) -> int:
        """Put `member` on the wheel; returns its slot, for `leave`."""
        slot = next(self._order) % len(self._slots)
        self._slots[slot].add(member)
        return slot

    def leave(self, member: Visited, slot: int) -> None:
        self._slots[slot].discard(member)

    def _tick(self) -> None:
        self._handle = self._loop.call_later(TICK_S, self._tick)
        now_s = self._loop.time()
        while self._deadlines and self._deadlines[0][0] <= now_s:
            heapq.heappop(self._deadlines)[2]()
        self._hand = (self._hand + 1) % len(self._slots)
        for member in tuple(self._slots[self._hand]):
            member.visit()
        for action in self._each_tick:
            action()
