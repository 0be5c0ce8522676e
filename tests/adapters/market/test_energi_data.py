"""Answers are written as the API writes them."""

import json
from datetime import UTC, datetime, timedelta

from tests.adapters.market.test_prices import told

from chargewright.adapters.market.energi_data import EnergiDataCarbon, EnergiDataPrices

START = datetime(2026, 3, 3, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def energi(prices, start=START, step=QUARTER):
    return json.dumps(
        {
            "total": len(prices),
            "limit": 0,
            "dataset": "DayAheadPrices",
            "records": [
                {
                    "TimeUTC": f"{start + n * step:%Y-%m-%dT%H:%M:%S}",
                    "TimeDK": f"{start + HOUR + n * step:%Y-%m-%dT%H:%M:%S}",
                    "PriceArea": "DK1",
                    "DayAheadPriceEUR": price,
                    "DayAheadPriceDKK": None if price is None else price * 7.46,
                }
                for n, price in enumerate(prices)
            ],
        }
    )


async def test_the_danish_service_is_asked_for_utc(public_api):
    public_api.say(energi([55.1, None, -3.0]))
    series = await EnergiDataPrices(url=public_api.url).fetch("DK1", START, START + HOUR)
    assert told(series) == [(START, QUARTER, 0.0551), (START + 2 * QUARTER, QUARTER, -0.003)]
    (asked,) = public_api.asked
    assert asked.path == "/dataset/DayAheadPrices"
    assert asked.query["timezone"] == "utc"
    assert asked.query["start"] == "2026-03-03T23:00"
    assert json.loads(asked.query["filter"]) == {"PriceArea": ["DK1"]}


async def test_denmark_in_steps_of_five_minutes(public_api):
    records = [
        {
            "Minutes5UTC": f"{START + n * timedelta(minutes=5):%Y-%m-%dT%H:%M:%S}",
            "Minutes5DK": f"{START + timedelta(minutes=60 + 5 * n):%Y-%m-%dT%H:%M:%S}",
            "PriceArea": "DK2",
            "CO2Emission": value,
        }
        for n, value in enumerate([71.0, 72.0, None, 70.0])
    ]
    public_api.say(json.dumps({"total": 4, "dataset": "CO2EmisProg", "records": records}))
    series = await EnergiDataCarbon(url=public_api.url).fetch("DK2", START, START + HOUR)
    assert [(p.end - p.start, p.value) for p in series.points] == [
        (timedelta(minutes=5), value) for value in (71.0, 72.0, 70.0)
    ]
    assert public_api.asked[0].query["timezone"] == "utc"
