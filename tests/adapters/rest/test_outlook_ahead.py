"""What the console needs of the hours ahead and behind: limits with their events, and what meters said."""

from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import SITE

CONNECTION_W = 3 * 63 * 230
BASE_W = 3 * 5 * 230


def at(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_the_limit_ahead_steps_down_and_up_with_an_event(api):
    await api.ok("POST", "/sites", json=SITE)
    before = await api.ok("GET", "/sites/depot/limits/ahead?hours=4")
    assert (before["site"], before["end"]) == ("depot", at(4))
    assert before["steps"] == [[at(0), CONNECTION_W, BASE_W]]
    event = {"start": at(1), "end": at(2.5), "limit_kw": 20}
    await api.ok("POST", "/sites/depot/limit-events", json=event)
    shown = await api.ok("GET", "/sites/depot/limits/ahead?hours=4")
    assert shown["steps"] == [
        [at(0), CONNECTION_W, BASE_W],
        [at(1), pytest.approx(20_000), BASE_W],
        [at(2.5), CONNECTION_W, BASE_W],
    ]
    assert (await api.ok("GET", "/sites/depot/limits/ahead?hours=1"))["steps"] == [
        [at(0), CONNECTION_W, BASE_W]
    ]
    await api.problem("GET", "/sites/nowhere/limits/ahead", 404)


async def test_a_limit_that_is_none_is_null(api):
    nodes = [{"id": "grid"}]
    await api.ok("POST", "/sites", json={**SITE, "definition": {**SITE["definition"], "nodes": nodes}})
    await api.ok("POST", "/sites/depot/limit-events", json={"start": at(1), "end": at(2), "limit_kw": 7})
    steps = (await api.ok("GET", "/sites/depot/limits/ahead?hours=3"))["steps"]
    assert [(start, limit) for start, limit, _ in steps] == [
        (at(0), None),
        (at(1), pytest.approx(7000)),
        (at(2), None),
    ]


async def test_a_network_is_lowered_as_a_whole(api):
    network = {
        "parameters": {"voltage_ll_v": 208, "transformer_kw": 30},
        "stations": [
            {
                "id": "CS1",
                "phase_angle_deg": 30,
                "voltage_v": 208,
                "max_rate_a": 32,
                "allowable_rates_a": [0, 8, 32],
            }
        ],
        "constraints": [{"name": "Secondary A", "limit_a": 400, "coefficients": {"CS1": 1}}],
    }
    definition = {"network": network, "limit_kw": 30}
    await api.ok("POST", "/sites", json={"id": "depot", "definition": definition})
    await api.ok("POST", "/sites/depot/limit-events", json={"start": at(1), "end": at(2), "limit_kw": 4})
    steps = (await api.ok("GET", "/sites/depot/limits/ahead?hours=3"))["steps"]
    assert steps == [[at(0), 30_000, 0], [at(1), pytest.approx(4000), 0], [at(2), 30_000, 0]]


async def test_what_meters_said_comes_in_quarters_of_an_hour(api):
    await api.ok("POST", "/sites", json=SITE)
    assert await api.ok("GET", "/sites/depot/measurements/series") == []
    told = [
        {"kind": kind, "at": at(-hours), "power_w": power}
        for kind, hours, power in (("load", 30, 1), ("load", 1, 4000), ("pv", 0.5, 900), ("load", 0.5, 5000))
    ]
    await api.ok("POST", "/sites/depot/measurements", json={"measurements": told})
    assert await api.ok("GET", "/sites/depot/measurements/series?hours=24") == [
        {"kind": "load", "points": [[at(-1), 4000], [at(-0.5), 5000]]},
        {"kind": "pv", "points": [[at(-0.5), 900]]},
    ]


async def test_the_snapshot_names_the_clock_of_the_site(api):
    settings = {"time_zone": "Europe/Oslo", "enabled": False}
    await api.ok("POST", "/sites", json={**SITE, "settings": settings})
    assert (await api.ok("GET", "/sites/depot/live"))["time_zone"] == "Europe/Oslo"
