"""Answers are written as the APIs write them; times and prices are reckoned by hand."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.market import source
from chargewright.adapters.market.prices import Awattar, EnergyCharts
from chargewright.domain.market import MarketUnavailable
from chargewright.errors import InvalidInput

START = datetime(2026, 3, 3, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def awattar(prices, start=START):
    return json.dumps(
        {
            "object": "list",
            "data": [
                {
                    "start_timestamp": ms(start + n * HOUR),
                    "end_timestamp": ms(start + (n + 1) * HOUR),
                    "marketprice": price,
                    "unit": "Eur/MWh",
                }
                for n, price in enumerate(prices)
            ],
            "url": "/at/v1/marketdata",
        }
    )


def charts(prices, start=START, step=QUARTER, **changes):
    return json.dumps(
        {
            "license_info": "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de",
            "unix_seconds": [int((start + n * step).timestamp()) for n in range(len(prices))],
            "price": prices,
            "unit": "EUR / MWh",
            "deprecated": False,
            **changes,
        }
    )


def told(series):
    return [(p.start, p.end - p.start, pytest.approx(p.value)) for p in series.points]


async def test_awattar_tells_hours_in_milliseconds_and_prices_may_be_negative(public_api):
    public_api.say(awattar([42.09, 0.0, -5.12]))
    series = await Awattar(url=public_api.url).fetch("AT", START, START + 3 * HOUR)
    assert told(series) == [
        (START, HOUR, 0.04209),
        (START + HOUR, HOUR, 0.0),
        (START + 2 * HOUR, HOUR, -0.00512),
    ]
    assert (series.unit, series.kind, series.area) == ("EUR/kWh", "price", "AT")
    (asked,) = public_api.asked
    assert asked.path == "/v1/marketdata"
    assert asked.query == {"start": str(ms(START)), "end": str(ms(START + 3 * HOUR))}


async def test_energy_charts_tells_quarters_and_null_is_a_gap(public_api):
    public_api.say(charts([81.2, None, -0.01, 79.0]))
    series = await EnergyCharts(url=public_api.url).fetch("DE-LU", START, START + HOUR)
    assert told(series) == [
        (START, QUARTER, 0.0812),
        (START + 2 * QUARTER, QUARTER, -0.00001),
        (START + 3 * QUARTER, QUARTER, 0.079),
    ]
    assert series.gaps(START, START + HOUR) == ((START + QUARTER, START + 2 * QUARTER),)
    (asked,) = public_api.asked
    assert asked.path == "/price"
    assert asked.query["bzn"] == "DE-LU"
    assert int(asked.query["end"]) - int(asked.query["start"]) == 3600


async def test_a_market_goes_over_from_hours_to_quarters_within_one_answer(public_api):
    change = datetime(2025, 9, 30, 22, tzinfo=UTC)
    times = [change - 3 * HOUR, change - 2 * HOUR, change - HOUR, *(change + n * QUARTER for n in range(4))]
    body = charts([1, 2, 3, 4, 5, 6, 7], unix_seconds=[int(at.timestamp()) for at in times])
    public_api.say(body)
    series = await EnergyCharts(url=public_api.url).fetch("DE-LU", times[0], change + HOUR)
    assert [p.end - p.start for p in series.points] == [HOUR] * 3 + [QUARTER] * 4
    assert series.gaps(times[0], change + HOUR) == ()


async def test_a_missing_quarter_is_a_gap_and_not_a_longer_one_before_it(public_api):
    times = [START + n * QUARTER for n in range(12) if n != 5]
    public_api.say(charts(list(range(11)), unix_seconds=[int(at.timestamp()) for at in times]))
    series = await EnergyCharts(url=public_api.url).fetch("AT", START, START + 3 * HOUR)
    assert {p.end - p.start for p in series.points} == {QUARTER}
    assert series.gaps(START, START + 3 * HOUR) == ((START + 5 * QUARTER, START + 6 * QUARTER),)


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)],
    ids=["23 hours", "25 hours"],
)
async def test_days_on_which_clocks_change_have_no_gap(public_api, midnight, hours):
    public_api.say(charts([float(n) for n in range(4 * hours)], start=midnight))
    series = await EnergyCharts(url=public_api.url).fetch("DE-LU", midnight, midnight + hours * HOUR)
    assert len(series.points) == 4 * hours
    assert series.gaps(midnight, midnight + hours * HOUR) == ()


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        (b"<html>Bad gateway</html>", {"status": 502}, "HTTP 502: <html>Bad gateway</html>"),
        (b'{"detail":"bzn unknown"}', {"status": 404}, 'HTTP 404: {"detail":"bzn unknown"}'),
        (b"", {"status": 500}, "HTTP 500"),
        (b"", {"status": 302, "headers": {"Location": "http://elsewhere.example/"}}, "HTTP 302"),
        (b"<html>maintenance</html>", {}, "the answer is not JSON"),
        (b"[1, 2]", {}, "the answer is not as expected: Expected `object`, got `array`"),
        (b'{"unix_seconds": [1], "price": ["x"], "unit": "EUR/MWh"}', {}, r"\$.price\[0\]"),
        (charts([1.0, 2.0], unit="ct/kWh").encode(), {}, "unit 'ct/kWh' is not EUR/MWh"),
        (charts([1.0, 2.0], price=[1.0]).encode(), {}, "2 times and 1 prices"),
        (charts([1.0, 2.0], unix_seconds=[10**18, 10**18 + 900]).encode(), {}, "not as expected"),
        (charts([1.0, 2.0], unix_seconds=[900, 900]).encode(), {}, "ends before it begins"),
        (charts([]).encode(), {}, "says nothing about DE-LU"),
        (charts([None, None]).encode(), {}, "says nothing about DE-LU"),
        (b'{"unix', {"cut": True}, "cannot be reached"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_said(public_api, body, more, said):
    public_api.say(body, **more)
    with pytest.raises(MarketUnavailable, match=said) as caught:
        await EnergyCharts(url=public_api.url).fetch("DE-LU", START, START + HOUR)
    assert str(caught.value).startswith("energy_charts: ")


async def test_silence_ends(public_api, monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT_S", 0.2)
    public_api.say(b"", silent=True)
    with pytest.raises(MarketUnavailable, match=r"no answer within 0.2 s \(ReadTimeout\)"):
        await EnergyCharts(url=public_api.url).fetch("DE-LU", START, START + HOUR)


async def test_nobody_there():
    with pytest.raises(MarketUnavailable, match="awattar: cannot be reached"):
        await Awattar(url="http://127.0.0.1:1").fetch("DE", START, START + HOUR)


async def test_an_answer_without_end_is_not_taken(public_api, monkeypatch):
    monkeypatch.setattr(source, "ANSWER_BYTES_MAX", 100)
    public_api.say(b" " * 101)
    with pytest.raises(MarketUnavailable, match="101 bytes, at most 100"):
        await EnergyCharts(url=public_api.url).fetch("DE-LU", START, START + HOUR)


@pytest.mark.parametrize(("told", "wait_s"), [("120", 120.0), ("soon", None), ("-1", None), ("", None)])
async def test_who_asks_for_a_pause_is_heard(public_api, told, wait_s):
    public_api.say(b"slow down", status=429, headers={"Retry-After": told})
    with pytest.raises(MarketUnavailable, match="HTTP 429: slow down") as caught:
        await EnergyCharts(url=public_api.url).fetch("DE-LU", START, START + HOUR)
    assert caught.value.retry_after_s == wait_s


async def test_an_area_that_is_not_there_is_not_asked_for(public_api):
    with pytest.raises(InvalidInput, match="'FR' is none of AT, DE"):
        await Awattar(url=public_api.url).fetch("FR", START, START + HOUR)
    assert public_api.asked == []
