"""A pool of planning processes: many sites plan side by side, and the station port is not held up.

Every place of the pool is a process of its own, so that one that crashes or hangs takes no other plan with it.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from chargewright.csms.plan_service import answer_bytes
from chargewright.csms.planning import WAITING_MAX, PlannerBusy, PlannerFailed
from chargewright.errors import InvalidInput, UnsupportedByVersion

__all__ = ["PlanningPool"]

PLANS_PER_PROCESS = 500
"""Then a fresh process takes its place: what leaks in one does not grow for ever."""

TIMEOUT_S = 60.0
"""For one plan; a thousand cars take a small part of it."""

START_TIMEOUT_S = 60.0
"""For a process to start and to read its modules."""


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


def _started(_job: Callable[[bytes], bytes]) -> int:
    """The process that read the job's modules to get here."""
    return os.getpid()


def _work(job: Callable[[bytes], bytes], question: bytes) -> bytes | _Refused:
    try:
        return job(question)
    except InvalidInput as why:
        return _Refused(why.what, why.where)
    except UnsupportedByVersion as why:
        return _Refused(why.why, why.order, why.version)


class _Place:
    """One process, started with its first plan."""

    def __init__(self) -> None:
        self._executor: ProcessPoolExecutor | None = None
        self._process_id = 0
        self._plans = 0

    async def run(self, job: Callable[[bytes], bytes], question: bytes, timeout_s: float) -> bytes | _Refused:
        loop = asyncio.get_running_loop()
        try:
            if self._executor is None:
                context = multiprocessing.get_context("spawn")
                self._executor = ProcessPoolExecutor(1, mp_context=context)
                async with asyncio.timeout(START_TIMEOUT_S):
                    self._process_id = await loop.run_in_executor(self._executor, _started, job)
            self._plans += 1
            async with asyncio.timeout(timeout_s):
                found = await loop.run_in_executor(self._executor, _work, job, question)
        except BrokenProcessPool as why:
            self.end()
            raise PlannerFailed("the planning process ended before it had a plan") from why
        except TimeoutError as why:
            self.end()
            raise PlannerFailed(f"no plan in time ({timeout_s:g} s)") from why
        except asyncio.CancelledError:
            self.end()
            raise
        return found

    def recycle(self, plans_max: int) -> None:
        if self._plans >= plans_max:
            self.end()

    def end(self) -> None:
        """Kill the process; the next plan starts another."""
        executor, process_id = self._executor, self._process_id
        self._executor, self._process_id, self._plans = None, 0, 0
        if executor is not None:
            if process_id:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
            executor.shutdown(wait=False, cancel_futures=True)


class PlanningPool:
    """A `Planner` of several processes. `job` is what they run, named by module so that they can find it."""

    def __init__(
        self,
        processes: int,
        *,
        waiting_max: int = WAITING_MAX,
        timeout_s: float = TIMEOUT_S,
        plans_per_process: int = PLANS_PER_PROCESS,
        job: Callable[[bytes], bytes] = answer_bytes,
    ) -> None:
        self._free: asyncio.LifoQueue[_Place] = asyncio.LifoQueue()
        self._places = [_Place() for _ in range(processes)]
        for place in self._places:
            self._free.put_nowait(place)
        self._room = processes + waiting_max
        self._timeout_s = timeout_s
        self._plans_per_process = plans_per_process
        self._job = job
        self._stopped = False

    async def answer(self, question: bytes) -> bytes:
        if self._room == 0 or self._stopped:
            raise PlannerBusy(retry_after_s=2)
        self._room -= 1
        try:
            place = await self._free.get()
            try:
                found = await place.run(self._job, question, self._timeout_s)
                place.recycle(self._plans_per_process)
            finally:
                self._free.put_nowait(place)
        finally:
            self._room += 1
        if isinstance(found, _Refused):
            raise found.error()
        return found

    async def stop(self) -> None:
        """Take no more, let what is under way end, then end the processes."""
        self._stopped = True
        for _ in self._places:
            (await self._free.get()).end()
