"""Clocks for simulated days: sped up against the wall, or moved by hand.

`ScaledClock` runs by itself; two processes that are given the same start, speed and wall origin agree.
`PacedClock` moves only when told; whoever sleeps on it wakes in order.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chargewright.clock import as_utc

__all__ = ["PacedClock", "ScaledClock"]


class ScaledClock:
    """A clock that runs `speed` times as fast as the wall's. Speed 1 from now on is the wall clock itself."""

    def __init__(
        self,
        start_at: datetime | None = None,
        *,
        speed: float = 1.0,
        wall_origin_s: float | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """`start_at` is shown at the instant `wall_origin_s` (Unix time; now if None)."""
        self._wall_s = wall_s
        self.wall_origin_s = wall_s() if wall_origin_s is None else wall_origin_s
        self.start_at = (
            datetime.fromtimestamp(self.wall_origin_s, UTC) if start_at is None else as_utc(start_at)
        )
        self.speed = speed

    def now(self) -> datetime:
        return self.start_at + timedelta(seconds=(self._wall_s() - self.wall_origin_s) * self.speed)

    def monotonic_s(self) -> float:
        return (self._wall_s() - self.wall_origin_s) * self.speed

    async def sleep_s(self, duration_s: float) -> None:
        await asyncio.sleep(max(duration_s, 0.0) / self.speed)


class PacedClock:
    """A clock that stands still until `advance_to`; then all that is due wakes up in order of time."""

    def __init__(self, start_at: datetime) -> None:
        self._start_at = as_utc(start_at)
        self._now = self._start_at
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return (self._now - self._start_at).total_seconds()

    async def sleep_s(self, duration_s: float) -> None:
        """Return when the clock stands `duration_s` later; at once for 0 or less, after a turn of the loop."""
        if duration_s <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        at = self._now + timedelta(seconds=duration_s)
        heapq.heappush(self._sleepers, (at, next(self._numbers), woken))
        await woken

    @property
    def next_wake_at(self) -> datetime | None:
        """When the first sleeper wants to wake."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance_to(self, at: datetime) -> None:
        """Move on to `at`, never back, and wake who is due. They run when the loop gets its turn."""
        assert at >= self._now, f"time does not run backwards: {at} is before {self._now}"
        self._now = at
        while (due := self.next_wake_at) is not None and due <= at:
            _, _, woken = heapq.heappop(self._sleepers)
            woken.set_result(None)
