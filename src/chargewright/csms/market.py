"""Prices and carbon intensity of the areas that sites lie in: fetched, kept, and fetched again in time.

What was fetched last stands until something newer comes, over restarts too. A provider that fails is asked again
after a while that doubles; what is wrong with it can be read.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from chargewright.clock import Clock
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.domain.market import MarketKind, MarketSeries, MarketUnavailable
from chargewright.errors import InvalidInput, StoreUnavailable

__all__ = ["Area", "KeptSeries", "Market", "MarketProvider", "MarketState"]

log = structlog.get_logger(__name__)

KEPT: Final = timedelta(days=8)
"""What was a week ago stands in for what is not known yet."""

AHEAD: Final = timedelta(hours=48)
"""As far as plans reach."""

OVERLAP: Final = timedelta(hours=1)
FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 1800.0
LONGEST_ASKED_WAIT_S: Final = 6 * 3600.0
"""A provider that asks to be left alone for longer is tried all the same."""


class MarketProvider(Protocol):
    """A door to a market or a grid. `refresh_s`: how often it has something new."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> MarketKind: ...
    @property
    def refresh_s(self) -> float: ...

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """What is known of [start, end).

        Raises:
            InvalidInput: the area is unknown, or a key is missing: asking again will not help.
            MarketUnavailable: anything else; says what.

        """
        ...


@dataclass(frozen=True, slots=True)
class Area:
    """One area as one provider names it."""

    provider: str
    name: str


@dataclass(frozen=True, slots=True)
class KeptSeries:
    """On the shelf, by provider and area."""

    series: MarketSeries
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class MarketState:
    """How an area stands: what is known, since when, and what went wrong since (`trouble`, empty: nothing)."""

    area: Area
    series: MarketSeries | None = None
    fetched_at: datetime | None = None
    trouble: str = ""
    failures: int = 0
    next_at: datetime | None = None


_SERIES: Final = Shelf("market-series", KeptSeries)


class Market:
    """Keeps the areas that somebody wants up to date."""

    def __init__(self, *, store: Store, clock: Clock, providers: Mapping[str, MarketProvider]) -> None:
        self._store = store
        self._clock = clock
        self._providers = providers
        self._states: dict[Area, MarketState] = {}
        self._wanted: frozenset[Area] = frozenset()
        self._tasks: dict[Area, asyncio.Task[None]] = {}
        self._locks: dict[Area, asyncio.Lock] = {}
        self._fetching = 0
        self._changed: Callable[[Area], None] = lambda _: None
        self._running = False

    async def start(self) -> None:
        """Take what is kept from the store, and begin to fetch what is wanted."""
        for provider, name, kept in await self._store.read(lambda records: records.items(_SERIES)):
            area = Area(provider, name)
            if not self._state(area).series:
                self._states[area] = replace(
                    self._state(area), series=kept.series, fetched_at=kept.fetched_at
                )
        self._running = True
        for area in self._wanted:
            self._follow(area)

    async def stop(self) -> None:
        self._running = False
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def idle(self) -> bool:
        """True while nothing is being fetched."""
        return not self._fetching

    def tell(self, changed: Callable[[Area], None]) -> None:
        """Have `changed` called whenever an area says something new."""
        self._changed = changed

    def providers(self) -> Mapping[str, MarketProvider]:
        return self._providers

    def provider(self, name: str) -> MarketProvider:
        """Return a provider. Raises `InvalidInput` for an unknown one."""
        found = self._providers.get(name)
        if found is None:
            raise InvalidInput(f"{name!r} is none of {', '.join(self._providers)}", where="provider")
        return found

    def want(self, areas: Iterable[Area]) -> None:
        """Follow these areas from now on, and no others. Raises `InvalidInput` for an unknown provider."""
        self._wanted = frozenset(areas)
        for area in self._wanted:
            self.provider(area.provider)
        for area in self._tasks.keys() - self._wanted:
            self._tasks.pop(area).cancel()
        for area in self._wanted:
            self._states.setdefault(area, MarketState(area))
            if self._running and area not in self._tasks:
                self._follow(area)

    def state(self, area: Area) -> MarketState:
        """How an area stands; one that nobody wants yet says nothing."""
        return self._state(area)

    def states(self) -> list[MarketState]:
        return sorted(self._states.values(), key=lambda state: (state.area.provider, state.area.name))

    async def refresh(self, area: Area) -> MarketState:
        """Fetch an area now.

        What is known stays where that fails; the state says why.
        """
        provider = self.provider(area.provider)
        self._fetching += 1
        try:
            async with self._locks.setdefault(area, asyncio.Lock()):
                return await self._fetch(provider, area)
        except (MarketUnavailable, InvalidInput, StoreUnavailable) as why:
            return self._failed(area, why)
        finally:
            self._fetching -= 1

    async def _fetch(self, provider: MarketProvider, area: Area) -> MarketState:
        now = self._clock.now().replace(minute=0, second=0, microsecond=0)
        start = now - KEPT + timedelta(days=1) if self._state(area).series is None else now - OVERLAP
        return await self._keep(area, await provider.fetch(area.name, start, now + AHEAD))

    async def _keep(self, area: Area, found: MarketSeries) -> MarketState:
        before, now = self._state(area), self._clock.now()
        merged = found
        if before.series is not None and before.series.unit == found.unit:
            merged = before.series.updated(found, keep_from=now - KEPT)
        if merged != before.series:
            kept = KeptSeries(merged, now)
            await self._store.commit(lambda records: _put(records, area, kept))
        state = MarketState(area, merged, now, next_at=self._after(self.provider(area.provider).refresh_s))
        self._states[area] = state
        if merged != before.series:
            self._changed(area)
        return state

    def _failed(self, area: Area, why: Exception) -> MarketState:
        before = self._state(area)
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(before.failures, 10), LONGEST_WAIT_S)
        if isinstance(why, InvalidInput):
            wait_s = LONGEST_WAIT_S
        elif isinstance(why, MarketUnavailable) and why.retry_after_s is not None:
            wait_s = min(max(wait_s, why.retry_after_s), LONGEST_ASKED_WAIT_S)
        log.warning(
            "market_unavailable", provider=area.provider, area=area.name, why=str(why), again_in_s=wait_s
        )
        state = replace(before, trouble=str(why), failures=before.failures + 1, next_at=self._after(wait_s))
        self._states[area] = state
        return state

    def _follow(self, area: Area) -> None:
        self._tasks[area] = asyncio.get_running_loop().create_task(self._run(area))

    async def _run(self, area: Area) -> None:
        while True:
            try:
                state = await self.refresh(area)
            except Exception as why:
                log.exception("market_refresh_failed", provider=area.provider, area=area.name)
                state = self._failed(area, why)
            due = state.next_at or self._after(LONGEST_WAIT_S)
            await self._clock.sleep_s(max((due - self._clock.now()).total_seconds(), 1.0))

    def _state(self, area: Area) -> MarketState:
        return self._states.get(area) or MarketState(area)

    def _after(self, duration_s: float) -> datetime:
        return self._clock.now() + timedelta(seconds=duration_s)


def _put(records: Records, area: Area, kept: KeptSeries) -> None:
    records.put_item(_SERIES, area.provider, area.name, kept)
