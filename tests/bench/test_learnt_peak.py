"""What the evaluation tells of a learnt peak: of the past alone, a day's part until a week is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from bench.evaluation import data
from bench.evaluation.data import CALIFORNIA, Replay, Tariff
from bench.evaluation.learnt_peak import LearntPeak

from chargewright.charging.site import from_network
from chargewright.ids import SiteId

from .garages import lines, visit

FLAT = Tariff(
    "flat",
    (
        {
            "id": "all",
            "effective_start": "01-01",
            "effective_end": "12-31",
            "dow_mask": "ALL",
            "times": [0],
            "tariffs": [0.1],
            "demand_charge": 12.0,
        },
    ),
)
JUNE = datetime(2026, 6, 1, tzinfo=CALIFORNIA).astimezone(UTC)
NETWORK = lines(limit_a=1000.0, stations=3)
DAY_SLOTS = 288


def month(start, days, kwh):
    """A car at eight for eight hours on each of so many days."""
    visits = tuple(
        visit(n % 3, DAY_SLOTS * n + 96, DAY_SLOTS * n + 192, energy_wh=1000 * kwh) for n in range(days)
    )
    return Replay(name="t", network=NETWORK, start=start, visits=visits, left_out={})


def learnt(replay, before=()):
    site = from_network(NETWORK, site_id=SiteId("t"))
    return LearntPeak(replay, site, FLAT, before=before, energy_value_per_kwh=0.3)


def test_the_first_day_knows_a_day_s_part_and_the_others_what_was_before():
    peaks = learnt(month(JUNE, 30, 16.0))
    assert peaks.charge(0) == peaks.charge(100) == (pytest.approx(12 / 30), 0.0)
    assert peaks.charge(DAY_SLOTS) == (12.0, pytest.approx(2000, rel=0.01))
    assert peaks.charge(7 * DAY_SLOTS) == (12.0, pytest.approx(2000, rel=0.01))


def test_an_earlier_month_is_known_from_the_first_day_on():
    before = month(JUNE - timedelta(days=31), 31, 24.0)
    assert learnt(month(JUNE, 30, 16.0), [before]).charge(0) == (12.0, pytest.approx(3000, rel=0.01))


def test_what_comes_later_changes_nothing():
    seen = month(JUNE, 30, 16.0)
    later = tuple(v for v in seen.visits if v.arrival_slot < 14 * DAY_SLOTS) + tuple(
        visit(n % 3, DAY_SLOTS * n, DAY_SLOTS * n + 200, energy_wh=40_000.0) for n in range(14, 30)
    )
    other = Replay(name="t", network=NETWORK, start=JUNE, visits=later, left_out={})
    slots = range(0, 14 * DAY_SLOTS, DAY_SLOTS)
    assert [learnt(seen).charge(slot) for slot in slots] == [learnt(other).charge(slot) for slot in slots]


@pytest.mark.parametrize(
    ("month", "expected"),
    [("2019-06", "s-2019-05"), ("2019-08", "s-2019-05"), ("2019-09", None), ("2019-05", None)],
)
def test_the_newest_earlier_month_is_found_unless_it_is_too_old(monkeypatch, month, expected):
    told = [{"arrival": "2019-05-31 08:00:00-07:00"}, {"arrival": "2019-12-01 08:00:00-07:00"}]
    monkeypatch.setattr(data, "_rows", lambda site: told if site == "s" else [])
    monkeypatch.setattr(data, "load", lambda name: replace(month_of(name), name=name))
    found = data.earlier(month_of(f"s-{month}"))
    assert (found and found.name) == expected


def month_of(name):
    start = datetime.fromisoformat(f"{name[2:]}-01").replace(tzinfo=CALIFORNIA).astimezone(UTC)
    return replace(month(start, 1, 1.0), name=name)
