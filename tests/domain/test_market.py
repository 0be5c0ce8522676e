import random
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.domain.market import MarketPoint, MarketSeries
from chargewright.errors import InvalidInput

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def series(values, start=MONDAY, step=HOUR, unit="EUR/kWh") -> MarketSeries:
    """One point a step; None is a gap."""
    points = tuple(
        MarketPoint(start + n * step, start + (n + 1) * step, value)
        for n, value in enumerate(values)
        if value is not None
    )
    return MarketSeries(provider="p", area="a", kind="price", unit=unit, points=points)


@pytest.mark.parametrize("seed", range(10))
def test_values_and_gaps_are_those_of_each_quarter(seed):
    rng = random.Random(seed)
    values = [rng.choice((None, float(rng.randint(-5, 5)))) for _ in range(60)]
    known = series(values)
    first, last = MONDAY + rng.randint(-8, 100) * HOUR / 4, MONDAY + rng.randint(110, 260) * HOUR / 4
    in_gap = set()
    for begin, end in known.gaps(first, last):
        at = begin
        while at < end:
            in_gap.add(at)
            at += HOUR / 4
    at = first
    while at < last:
        hour = int((at - MONDAY) / HOUR // 1)
        value = values[hour] if 0 <= hour < 60 else None
        assert known.at(at) == value, f"seed {seed}"
        assert (at in in_gap) == (value is None), f"seed {seed}"
        at += HOUR / 4


def test_tomorrow_is_like_today_until_it_is_known():
    wednesday = MONDAY + 2 * DAY
    known = series([float(h) for h in range(24)], start=wednesday)
    steps = known.steps(wednesday + 20 * HOUR, wednesday + 40 * HOUR)
    for n in range(20):
        at = wednesday + (20 + n) * HOUR
        assert steps.at(at) == (20 + n) % 24


def test_the_first_day_of_a_week_end_is_like_a_week_before():
    friday, saturday = MONDAY + 4 * DAY, MONDAY + 5 * DAY
    last_week = series([100.0 + h for h in range(24)], start=saturday - 7 * DAY)
    known = last_week.updated(
        series([float(h) for h in range(24)], start=friday), keep_from=MONDAY - 30 * DAY
    )
    steps = known.steps(saturday, saturday + DAY)
    assert [steps.at(saturday + h * HOUR) for h in range(24)] == [100.0 + h for h in range(24)]
    # where nothing is known of it, the day before has to do
    steps = series([float(h) for h in range(24)], start=friday).steps(saturday, saturday + DAY)
    assert [steps.at(saturday + h * HOUR) for h in range(24)] == [float(h) for h in range(24)]


def test_without_any_likeness_the_mean_stands():
    steps = series([1.0, 2.0, 6.0]).steps(MONDAY + 20 * DAY, MONDAY + 21 * DAY)
    assert (steps.starts, steps.values) == ((), (3.0,))
    with pytest.raises(InvalidInput, match="p a: says nothing"):
        series([]).steps(MONDAY, MONDAY + DAY)


def test_newer_words_take_the_place_of_older_ones_with_their_gaps():
    older = series([1.0] * 10)
    newer = series([2.0, None, 2.0], start=MONDAY + 4 * HOUR)
    both = older.updated(newer, keep_from=MONDAY + 2 * HOUR)
    assert [both.at(MONDAY + n * HOUR) for n in range(10)] == [
        None,
        None,
        1.0,
        1.0,
        2.0,
        None,
        2.0,
        1.0,
        1.0,
        1.0,
    ]


def test_a_series_makes_sense():
    point = MarketPoint(MONDAY, MONDAY + HOUR, 1.0)
    with pytest.raises(InvalidInput, match="overlap at 2026-03-02T00:30Z"):
        MarketSeries(
            provider="p",
            area="a",
            kind="price",
            unit="EUR/kWh",
            points=(point, MarketPoint(MONDAY + HOUR / 2, MONDAY + 2 * HOUR, 1.0)),
        )
    with pytest.raises(InvalidInput, match="ends before it begins"):
        MarketSeries(
            provider="p", area="a", kind="price", unit="EUR/kWh", points=(MarketPoint(MONDAY, MONDAY, 1.0),)
        )
