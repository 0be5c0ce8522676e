"""Providers that answer or fail as they are told, on a clock that stands still."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW, ManualClock
from tests.csms.fresh_database import fresh_store
from tests.patience import PATIENCE_S

from chargewright.csms.market import Area, Market
from chargewright.domain.market import MarketPoint, MarketSeries, MarketUnavailable
from chargewright.errors import InvalidInput

HOUR = timedelta(hours=1)
DE = Area("fake", "DE")


def series(first, values, unit="EUR/kWh") -> MarketSeries:
    points = tuple(
        MarketPoint(first + n * HOUR, first + (n + 1) * HOUR, float(value)) for n, value in enumerate(values)
    )
    return MarketSeries(provider="fake", area="DE", kind="price", unit=unit, points=points)


class Fake:
    name = "fake"
    kind = "price"
    refresh_s = 3600.0

    def __init__(self) -> None:
        self.answers: deque = deque()
        self.asked: list[tuple] = []

    async def fetch(self, area, start, end):
        self.asked.append((area, start, end))
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Bench:
    def __init__(self, store) -> None:
        self.fake = Fake()
        self.clock = ManualClock()
        self.store = store
        self.market = self.made()
        self.changes: list[Area] = []

    def made(self) -> Market:
        market = Market(store=self.store, clock=self.clock, providers={"fake": self.fake})
        market.tell(lambda area: self.changes.append(area))
        return market

    async def settle(self) -> None:
        """Until every fetch that is due has ended."""
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(20):
                await asyncio.sleep(0)
                while not self.market.idle:
                    await self.store.commit(lambda _: None)

    async def forward(self, duration_s: float) -> int:
        """Let time pass; how often the provider was asked meanwhile."""
        before = len(self.fake.asked)
        self.clock.forward(duration_s)
        await self.settle()
        return len(self.fake.asked) - before


@asynccontextmanager
async def bench(path):
    made = Bench(await fresh_store(path))
    await made.store.start()
    try:
        yield made
    finally:
        await made.market.stop()
        await made.store.stop()


async def test_an_area_is_fetched_at_once_and_again_when_there_may_be_news(tmp_path):
    async with bench(tmp_path / "db") as b:
        b.fake.answers.append(series(NOW, range(24)))
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        state = b.market.state(DE)
        assert state.series == series(NOW, range(24))
        assert (state.fetched_at, state.trouble, b.changes) == (NOW, "", [DE])
        (asked,) = b.fake.asked
        assert asked == ("DE", NOW - timedelta(days=7), NOW + timedelta(hours=48))
        assert await b.forward(3599) == 0
        assert await b.forward(1) == 1
        assert b.fake.asked[-1][1] == b.clock.now() - HOUR  # what is known need not be told again
        assert b.changes == [DE]  # the same words are no news


async def test_what_fails_is_tried_after_a_while_that_doubles_and_what_was_known_stays(tmp_path):
    async with bench(tmp_path / "db") as b:
        b.fake.answers += [series(NOW, range(24)), MarketUnavailable("HTTP 503", provider="fake")]
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        await b.forward(3600)
        waits = []
        while len(waits) < 8:
            state = b.market.state(DE)
            assert state.trouble == "fake: HTTP 503"
            assert state.series == series(NOW, range(24))
            wait_s = (state.next_at - b.clock.now()).total_seconds()
            waits.append(wait_s)
            assert await b.forward(wait_s - 0.5) == 0
            assert await b.forward(0.5) == 1
        assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
        b.fake.answers[0] = series(NOW + 5 * HOUR, [7])
        await b.forward(1800)
        state = b.market.state(DE)
        assert (state.trouble, state.failures) == ("", 0)
        assert state.series.at(NOW + 5 * HOUR) == 7
        assert state.series.at(NOW + 4 * HOUR) == 4


@pytest.mark.parametrize(
    ("why", "wait_s"),
    [
        (MarketUnavailable("HTTP 429", provider="fake", retry_after_s=600.0), 600),
        (MarketUnavailable("HTTP 429", provider="fake", retry_after_s=1.0), 30),
        (MarketUnavailable("HTTP 429", provider="fake", retry_after_s=9e5), 21_600),
        (InvalidInput("needs a key", where="fake"), 1800),
        (RuntimeError("a bug"), 30),
    ],
    ids=["asks for more", "asks for less", "asks for days", "will not get better", "a fault of ours"],
)
async def test_how_long_a_failure_keeps_us_away(tmp_path, why, wait_s):
    async with bench(tmp_path / "db") as b:
        b.fake.answers.append(why)
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        assert (b.market.state(DE).next_at - NOW).total_seconds() == wait_s
        assert await b.forward(wait_s - 1) == 0
        assert await b.forward(1) == 1


async def test_what_is_known_outlives_a_restart(tmp_path):
    async with bench(tmp_path / "db") as b:
        b.fake.answers += [series(NOW, range(24)), MarketUnavailable("down", provider="fake")]
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        await b.market.stop()
        b.market = b.made()
        await b.market.start()
        assert b.market.state(DE).series == series(NOW, range(24))
        b.market.want([DE])
        await b.settle()
        assert b.market.state(DE).series == series(NOW, range(24))
        assert b.market.state(DE).trouble == "fake: down"


async def test_what_is_old_is_dropped_and_another_unit_begins_anew(tmp_path):
    async with bench(tmp_path / "db") as b:
        b.fake.answers += [series(NOW, [1, 2]), series(NOW + timedelta(days=8, hours=1), [3])]
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        await b.forward(8 * 86_400 + 3600)
        assert [p.value for p in b.market.state(DE).series.points] == [2, 3]
        b.fake.answers[0] = series(NOW + timedelta(days=9), [4], unit="SEK/kWh")
        await b.forward(3600)
        assert [p.value for p in b.market.state(DE).series.points] == [4]


async def test_what_nobody_wants_any_more_is_not_fetched(tmp_path):
    async with bench(tmp_path / "db") as b:
        b.fake.answers.append(series(NOW, range(24)))
        await b.market.start()
        b.market.want([DE])
        await b.settle()
        b.market.want([])
        assert await b.forward(7200) == 0
        with pytest.raises(InvalidInput, match="'nobody' is none of fake"):
            b.market.want([Area("nobody", "DE")])
