"""A pool of planning processes: many sites plan side by side, and the station port is not held up.

Every place of the pool is a process of its own, so that one that crashes or hangs takes no other plan with it. What
crosses is pickled: these processes are our own, and nobody else can write to their pipes.
"""

import asyncio
import contextlib
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias

import structlog

from chargewright.csms.plan_service import answer_bytes
from chargewright.csms.planning import WAITING_MAX, PlannerFailed, Turns
from chargewright.csms.site_plan import SitePlan, SiteQuestion, plan_site
from chargewright.errors import InvalidInput, UnsupportedByVersion

__all__ = ["PlanningPool"]

log = structlog.get_logger(__name__)

PLANS_PER_PROCESS = 500
"""Then a fresh process takes its place: what leaks in one does not grow for ever."""

TIMEOUT_S = 60.0
"""For one plan; a thousand cars take a small part of it."""

START_TIMEOUT_S = 60.0
"""For a process to start and to read its modules."""

_Job: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Refused:
    """An error that is the asker's, carried over the border field by field: exceptions do not survive pickling."""

    what: str
    where: str
    version: str | None = None

    def error(self) -> InvalidInput | UnsupportedByVersion:
        if self.version is None:
            return InvalidInput(self.what, where=self.where)
        return UnsupportedByVersion(self.where, version=self.version, why=self.what)


@dataclass(frozen=True, slots=True)
class _Broke:
    """Any other error: ours."""

    what: str
    trace: str


def _worked(job: _Job, question: object) -> object:
    try:
        return job(question)
    except InvalidInput as why:
        return _Refused(why.what, why.where)
    except UnsupportedByVersion as why:
        return _Refused(why.why, why.order, why.version)
    except Exception as why:  # noqa: BLE001  whatever it is, the next question is not touched by it
        return _Broke(f"{type(why).__name__}: {why}", traceback.format_exc())


def _serve(pipe: Connection, jobs: dict[str, _Job]) -> None:
    """What a process does: questions in, answers out, until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server: it ends us
    with contextlib.suppress(EOFError, ConnectionError):
        pipe.send("ready")
        while True:
            name, question = pipe.recv()
            pipe.send(_worked(jobs[name], question))


def _asked(pipe: Connection, *asked: object) -> object:
    """The answer to what is said, if anything is; in a thread, because both ways may take a while."""
    if asked:
        pipe.send(asked)
    return pipe.recv()


class _Place:
    """One process, started with its first plan."""

    def __init__(self, jobs: dict[str, _Job], threads: ThreadPoolExecutor) -> None:
        self._jobs, self._threads = jobs, threads
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._plans = 0

    async def run(self, name: str, question: object, timeout_s: float) -> object:
        loop = asyncio.get_running_loop()
        waited_s = START_TIMEOUT_S
        try:
            if self._pipe is None:
                pipe = self._pipe = self._start()
                async with asyncio.timeout(START_TIMEOUT_S):
                    await loop.run_in_executor(self._threads, _asked, pipe)
            pipe, waited_s = self._pipe, timeout_s
            self._plans += 1
            async with asyncio.timeout(timeout_s):
                return await loop.run_in_executor(self._threads, _asked, pipe, name, question)
        except (EOFError, OSError) as why:
            self.end()
            late = isinstance(why, TimeoutError)
            what = (
                f"no plan in time ({waited_s:g} s)"
                if late
                else "the planning process ended before it had a plan"
            )
            raise PlannerFailed(what) from why
        except asyncio.CancelledError:
            self.end()
            raise

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._jobs), daemon=True, name="plan")
        self._process.start()
        theirs.close()  # or its end would not be seen
        return pipe

    def recycle(self, plans_max: int) -> None:
        if self._plans >= plans_max:
            self.end()

    def end(self) -> BaseProcess | None:
        """Kill the process; the next plan starts another. The pipe is closed when no thread reads it any more."""
        ended = self._process
        self._process, self._pipe, self._plans = None, None, 0
        if ended is not None:
            ended.kill()
        return ended


class PlanningPool:
    """A `Planner` of several processes. The jobs are what they run, named by module so that they can find them."""

    def __init__(
        self,
        processes: int,
        *,
        waiting_max: int = WAITING_MAX,
        timeout_s: float = TIMEOUT_S,
        plans_per_process: int = PLANS_PER_PROCESS,
        job: Callable[[bytes], bytes] = answer_bytes,
        site_job: Callable[[SiteQuestion], SitePlan] = plan_site,
    ) -> None:
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="plan")
        jobs: dict[str, _Job] = {"answer": job, "site": site_job}
        self._places = [_Place(jobs, self._threads) for _ in range(processes)]
        self._turns = Turns(self._places, waiting_max=waiting_max)
        self._timeout_s = timeout_s
        self._plans_per_process = plans_per_process

    async def answer(self, question: bytes) -> bytes:
        answer = await self._made("answer", question)
        assert isinstance(answer, bytes)
        return answer

    async def plan_site(self, question: SiteQuestion) -> SitePlan:
        found = await self._made("site", question)
        assert isinstance(found, SitePlan)
        return found

    async def _made(self, name: str, question: object) -> object:
        site = name == "site"
        place = await self._turns.take(site=site)
        try:
            found = await place.run(name, question, self._timeout_s)
            place.recycle(self._plans_per_process)
        finally:
            self._turns.give(place, site=site)
        if isinstance(found, _Refused):
            raise found.error()
        if isinstance(found, _Broke):
            log.error("plan_broke", error=found.trace)
            raise PlannerFailed(found.what)
        return found

    async def stop(self) -> None:
        """Take no more, give up what is under way, end the processes."""
        self._turns.stop()
        ended = [place.end() for place in self._places]
        for process in ended:
            if process is not None:
                await asyncio.to_thread(process.join)
        self._threads.shutdown(wait=False)
