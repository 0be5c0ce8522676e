"""Where plans are made: a port, and the thread in this process that stands behind it unless processes are asked for."""

import asyncio
from typing import Protocol

from chargewright.csms.plan_service import answer_bytes
from chargewright.errors import ChargewrightError

__all__ = ["Planner", "PlannerBusy", "PlannerFailed", "ThreadPlanner"]

PLANS_AT_ONCE = 2
"""More threads would only wait for each other's processor."""

WAITING_MAX = 16
"""Questions that wait; whoever comes then is told to come again."""


class PlannerBusy(ChargewrightError):
    """Too many plans wait already: ask again after `retry_after_s`."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("too many plans wait already")
        self.retry_after_s = retry_after_s


class PlannerFailed(ChargewrightError):
    """A plan was not made because its process ended or took too long; the next one is not touched by that."""


class Planner(Protocol):
    """Makes plans beside the event loop.

    What a work queue of a broker has to do to stand here: carry the question as bytes to any of its workers, run
    `plan_service.answer_bytes` there and carry the answer back; carry `InvalidInput` and `UnsupportedByVersion` with
    their fields; bound what waits and raise `PlannerBusy` beyond; raise `PlannerFailed` where no answer comes in
    time. Answers depend on the question alone, so a question may be delivered twice.
    """

    async def answer(self, question: bytes) -> bytes:
        """Answer a question as `answer_bytes` does.

        Raises:
            InvalidInput: the question contradicts itself.
            UnsupportedByVersion: the protocol cannot say a profile.
            PlannerBusy: too many wait.
            PlannerFailed: the plan was begun and came to nothing.

        """
        ...

    async def stop(self) -> None:
        """Let plans under way end, and take no more."""
        ...


class ThreadPlanner:
    """Plans in threads of this process."""

    def __init__(self, *, waiting_max: int = WAITING_MAX) -> None:
        self._room = asyncio.Semaphore(PLANS_AT_ONCE)
        self._places = PLANS_AT_ONCE + waiting_max

    async def answer(self, question: bytes) -> bytes:
        if self._places == 0:
            raise PlannerBusy(retry_after_s=2)
        self._places -= 1
        try:
            async with self._room:
                return await asyncio.to_thread(answer_bytes, question)
        finally:
            self._places += 1

    async def stop(self) -> None:
        async with self._room:
            self._places = 0
