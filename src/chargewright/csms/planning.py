"""Where plans are made: a port, and the threads in this process that stand behind it unless processes are asked for."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

import structlog

from chargewright.csms.plan_service import answer_bytes
from chargewright.csms.site_plan import SitePlan, SiteQuestion, plan_site
from chargewright.errors import ChargewrightError

__all__ = [
    "WAITING_MAX",
    "Planner",
    "PlannerBusy",
    "PlannerFailed",
    "ThreadPlanner",
    "Turns",
    "site_planned",
]

log = structlog.get_logger(__name__)

PLANS_AT_ONCE = 3
"""One for sites, two for others; more threads would only wait for each other's processor."""

WAITING_MAX = 16
"""Questions that wait; whoever comes then is told to come again."""

SITE_TIMEOUT_S = 30.0
"""For a site under control: its leases run for 15 minutes, and a thousand cars take a hundredth of this."""

_Place = TypeVar("_Place")
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class PlannerBusy(ChargewrightError):
    """Too many plans wait already: ask again after `retry_after_s`."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("too many plans wait already")
        self.retry_after_s = retry_after_s


class PlannerFailed(ChargewrightError):
    """A plan was not made because its process ended or took too long; the next one is not touched by that."""


class Planner(Protocol):
    """Makes plans beside the event loop.

    What a work queue of a broker has to do to stand here: carry the question to any of its workers, run
    `plan_service.answer_bytes` or `site_plan.plan_site` there and carry the answer back; carry `InvalidInput` and
    `UnsupportedByVersion` with their fields; let sites go first and keep a worker for them, bound what else waits and raise `PlannerBusy` beyond;
    raise `PlannerFailed` where no answer comes in time. Answers depend on the question alone, so a question may be
    delivered twice. The question of a site and its plan are pickled, and whoever can write a pickle runs code where it
    is read: between machines nobody else may write to that queue.
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

    async def plan_site(self, question: SiteQuestion) -> SitePlan:
        """Plan a site under control as `plan_site` does, before what else waits.

        Who asks sets the time: cancelled, the plan is given up.

        Raises:
            InvalidInput: the question contradicts itself.
            PlannerBusy: it was stopped.
            PlannerFailed: the plan was begun and came to nothing.

        """
        ...

    async def stop(self) -> None:
        """Take no more, and give up what is under way."""
        ...


async def site_planned(
    planner: Planner, question: SiteQuestion, *, timeout_s: float = SITE_TIMEOUT_S
) -> SitePlan:
    """The plan of a site, whatever becomes of who should make it: without an answer, one pass in this process.

    Raises:
        InvalidInput: the question contradicts itself.

    """
    try:
        async with asyncio.timeout(timeout_s):
            return await planner.plan_site(question)
    except TimeoutError:
        failed = f"no plan in time ({timeout_s:g} s)"
    except (PlannerBusy, PlannerFailed) as why:
        failed = str(why)
    except ChargewrightError:
        raise
    except Exception as why:
        failed = f"{type(why).__name__}: {why}"  # whatever broke, the site needs a plan
        log.exception("plan_broke", site_id=question.site.id)
    log.warning("plan_made_in_one_pass", site_id=question.site.id, why=failed)
    return await asyncio.to_thread(plan_site, replace(question, engine="greedy", why=failed))


class Turns(Generic[_Place]):
    """Places where plans are made, and who waits for one: sites under control first, then others as they came.

    Where there are several, one is kept for sites: no question of others makes them wait.
    """

    def __init__(self, places: Iterable[_Place], *, waiting_max: int) -> None:
        self._free = list(places)
        self._others_most = max(len(self._free) - 1, 1)
        self._others_here = 0
        self._waiting_max = waiting_max
        self._sites: deque[asyncio.Future[_Place]] = deque()
        self._others: deque[asyncio.Future[_Place]] = deque()
        self._stopped = False

    async def take(self, *, site: bool) -> _Place:
        """Wait for a place; it must be given back. Raises `PlannerBusy`."""
        waiting = self._sites if site else self._others
        at_once = bool(self._free) and (site or self._others_here < self._others_most)
        if self._stopped or (not at_once and not site and len(waiting) >= self._waiting_max):
            raise PlannerBusy(retry_after_s=2)
        if at_once:
            self._others_here += not site
            return self._free.pop()
        turn: asyncio.Future[_Place] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            place = await turn
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):
                waiting.remove(turn)
            if not turn.cancelled() and turn.exception() is None:
                self.give(turn.result(), site=site)
            raise
        if self._stopped:
            raise PlannerBusy(retry_after_s=2)
        return place

    def give(self, place: _Place, *, site: bool) -> None:
        """Give a place back that was taken for a site or for another, or on to who waits for one."""
        self._others_here -= not site
        if self._handed(self._sites, place):
            return
        if self._others_here < self._others_most and self._handed(self._others, place):
            self._others_here += 1
            return
        self._free.append(place)

    def _handed(self, waiting: deque[asyncio.Future[_Place]], place: _Place) -> bool:
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(place)
                return True
        return False

    def stop(self) -> None:
        """Send away who waits, and who comes from now on."""
        self._stopped = True
        for turn in (*self._sites, *self._others):
            if not turn.done():
                turn.set_exception(PlannerBusy(retry_after_s=2))


class ThreadPlanner:
    """Plans in threads of this process. The jobs are what they run."""

    def __init__(
        self,
        *,
        waiting_max: int = WAITING_MAX,
        job: Callable[[bytes], bytes] = answer_bytes,
        site_job: Callable[[SiteQuestion], SitePlan] = plan_site,
    ) -> None:
        self._job, self._site_job = job, site_job
        self._threads = ThreadPoolExecutor(PLANS_AT_ONCE, thread_name_prefix="plan")
        self._turns = Turns(range(PLANS_AT_ONCE), waiting_max=waiting_max)

    async def answer(self, question: bytes) -> bytes:
        return await self._made(self._job, question, site=False)

    async def plan_site(self, question: SiteQuestion) -> SitePlan:
        return await self._made(self._site_job, question, site=True)

    async def stop(self) -> None:
        self._turns.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _made(self, job: Callable[[_Question], _Answer], question: _Question, *, site: bool) -> _Answer:
        place = await self._turns.take(site=site)
        work = asyncio.get_running_loop().run_in_executor(self._threads, job, question)
        # A thread cannot be ended: its place is free when it is done, also where nobody waits for it any more.
        work.add_done_callback(lambda _: self._turns.give(place, site=site))
        return await asyncio.shield(work)
