"""Answers are written as the APIs write them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.adapters.market.conftest import Answer

from chargewright.adapters.market.carbon import CarbonIntensityGb, ElectricityMaps
from chargewright.domain.market import MarketUnavailable
from chargewright.errors import InvalidInput

START = datetime(2026, 3, 3, 12, tzinfo=UTC)
HALF = timedelta(minutes=30)


def half_hours(values, start=START):
    return [
        {
            "from": f"{start + n * HALF:%Y-%m-%dT%H:%MZ}",
            "to": f"{start + (n + 1) * HALF:%Y-%m-%dT%H:%MZ}",
            "intensity": value,
        }
        for n, value in enumerate(values)
    ]


async def test_great_britain_what_was_goes_before_what_was_forecast(public_api):
    values = [
        {"forecast": 266, "actual": 263, "index": "moderate"},
        {"forecast": 270, "actual": None, "index": "moderate"},
        {"forecast": None, "actual": None, "index": None},
    ]
    public_api.say(json.dumps({"data": half_hours(values)}))
    series = await CarbonIntensityGb(url=public_api.url).fetch("GB", START, START + 3 * HALF)
    assert [(p.start, p.end, p.value) for p in series.points] == [
        (START, START + HALF, 263),
        (START + HALF, START + 2 * HALF, 270),
    ]
    assert (series.unit, series.kind) == ("g/kWh", "carbon")
    assert public_api.asked[0].path == "/intensity/2026-03-03T12:00Z/2026-03-03T13:30Z"


@pytest.mark.parametrize(("area", "end"), [("13", "regionid/13"), ("RG41", "postcode/RG41")])
async def test_great_britain_by_region(public_api, area, end):
    data = {
        "regionid": 13,
        "shortname": "London",
        "data": [
            {**one, "generationmix": [{"fuel": "gas", "perc": 43.6}]}
            for one in half_hours([{"forecast": 156, "index": "moderate"}] * 2)
        ],
    }
    public_api.say(json.dumps({"data": data}))
    series = await CarbonIntensityGb(url=public_api.url).fetch(area, START, START + 2 * HALF)
    assert [p.value for p in series.points] == [156, 156]
    assert public_api.asked[0].path.startswith("/regional/intensity/2026-03-03T12:00Z/")
    assert public_api.asked[0].path.endswith(end)


async def test_great_britain_in_fortnights(public_api):
    def answer(asked):
        start = datetime.fromisoformat(asked.path.split("/")[2])
        return Answer(json.dumps({"data": half_hours([{"forecast": 1}] * 2, start)}).encode())

    public_api.respond = answer
    series = await CarbonIntensityGb(url=public_api.url).fetch("GB", START, START + timedelta(days=20))
    assert len(public_api.asked) == 2
    assert len(series.points) == 4


@pytest.mark.parametrize("area", ["18", "0", "gb", "../x", ""])
async def test_great_britain_knows_its_areas(public_api, area):
    with pytest.raises(InvalidInput, match="neither GB, nor a region from 1 to 17"):
        await CarbonIntensityGb(url=public_api.url).fetch(area, START, START + HALF)
    assert public_api.asked == []


async def test_great_britain_says_what_it_does_not_like(public_api):
    public_api.say(
        '{"error": {"code": "400 Bad Request", "message": "Please enter a valid date"}}', status=400
    )
    with pytest.raises(MarketUnavailable, match=r"HTTP 400.*Please enter a valid date"):
        await CarbonIntensityGb(url=public_api.url).fetch("GB", START, START + HALF)


async def test_electricity_maps_needs_its_key_and_tells_hours(public_api):
    hours = [{"carbonIntensity": 326 + n, "datetime": f"2026-03-03T{12 + n}:00:00.000Z"} for n in range(4)]
    public_api.say(json.dumps({"zone": "DE", "forecast": hours, "updatedAt": "2026-03-03T11:40:12.000Z"}))
    maps = ElectricityMaps("key", url=public_api.url)
    series = await maps.fetch("DE", START + timedelta(minutes=90), START + timedelta(hours=3))
    assert [(p.start.hour, p.value) for p in series.points] == [(13, 327), (14, 328)]
    assert public_api.asked[0].headers["auth-token"] == "key"
    assert public_api.asked[0].path == "/v3/carbon-intensity/forecast"
    with pytest.raises(InvalidInput, match="electricity_maps_token"):
        await ElectricityMaps(None).fetch("DE", START, START + HALF)
