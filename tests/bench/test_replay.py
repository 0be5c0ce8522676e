"""The replay over OCPP: a small garage lives through a morning, and physics judges it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from bench.replay import How, optimum_kwh, replay, stretches

from chargewright.simulator.ev import Car
from chargewright.simulator.scenario import Arrival, SessionRow, scenario_of_sessions

from .garages import lines

MIDNIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""In Los Angeles, where the recorded sessions are."""


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def row(station: str, begin_h: float, end_h: float, energy_wh: float, *, told: bool = True) -> SessionRow:
    said = (at(end_h + 1), 1.5 * energy_wh) if told else (None, None)
    return SessionRow(f"{station} {begin_h}", station, at(begin_h), at(end_h), energy_wh, *said)


@pytest.mark.parametrize("seed", range(20))
def test_a_story_is_cut_where_nobody_is_there(seed):
    rng = random.Random(seed)
    stays = []
    for n in range(12):
        begin = rng.uniform(0, 40)
        stay = Arrival("S0", 1, at(begin), at(begin + rng.uniform(0.2, 5)), 1.0, f"T{n}", Car(), None, None)
        stays.append(stay)
    parts = stretches(stays)
    assert sorted(a.at for part in parts for a in part) == sorted(a.at for a in stays), f"seed {seed}"
    for earlier, later in pairwise(parts):
        assert max(a.departure for a in earlier) <= min(a.at for a in later), f"seed {seed}"
    for part in parts:
        minutes = [part[0].at + timedelta(minutes=m) for m in range(48 * 60)]
        until = max(a.departure for a in part)
        assert all(any(a.at <= m < a.departure for a in part) for m in minutes if m < until), f"seed {seed}"


async def test_a_morning_through_ocpp_keeps_every_wire_and_nearly_all_that_is_possible():
    rows = [
        row("S0", 0.1, 1.9, 9_000),
        row("S1", 0.2, 1.5, 6_000),
        row("S2", 0.3, 1.8, 5_000, told=False),
        row("S3", 0.5, 1.9, 4_000),
    ]
    scenario = scenario_of_sessions(
        rows,
        lines(limit_a=40.0, stations=6),
        limit_kw=None,
        battery="two stages",
        versions=("ocpp1.6",),
        continuous=False,
    )
    scenario = replace(scenario, end=at(2.0))
    found = await replay(scenario, How(goal="balance"))
    assert found["seconds_above"] == 0, found["breaches"]
    assert found["sessions"] == 4
    assert found["profile_messages_per_session_hour"] <= 12, "a short story with tails all the time"
    assert found["profiles_diverged"] == 0
    assert found["energy_delivered_kwh"] >= 0.9 * optimum_kwh(scenario)
