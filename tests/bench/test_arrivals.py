from dataclasses import replace

import pytest
from bench.evaluation.arrivals import DAY_SLOTS, LIGHT, Expected
from bench.evaluation.data import Replay
from bench.evaluation.world import Network

from .garages import START, lines, visit


def replay(*visits):
    return Replay(name="t", network=lines(limit_a=60.0, stations=6), start=START, visits=visits, left_out={})


def at_day(day, station, begin, *, energy_wh=6_000.0, stay=60):
    return replace(
        visit(station, day * DAY_SLOTS + begin, day * DAY_SLOTS + begin + stay, energy_wh=energy_wh),
        id=f"{day}-{station}-{begin}",
    )


def test_cars_of_like_days_are_expected_with_their_daily_mean():
    # START is a Monday morning in UTC, midnight in California; two working days came before Wednesday
    past = replay(
        at_day(0, 0, 20, energy_wh=6_000.0),
        at_day(0, 3, 22, energy_wh=2_000.0),
        at_day(1, 0, 21, energy_wh=4_000.0),
        at_day(2, 1, 30),
    )
    expected = Expected(past, Network(past.network)).after(2 * DAY_SLOTS)
    # stations 0 and 3 are wired alike: three cars in that hour of two days
    assert sum(s.energy_wh for s in expected) == pytest.approx(12_000 / 2)
    assert sum(s.current_max_a for s in expected) == pytest.approx(1.5 * 32.0)
    assert {s.weight for s in expected} == {LIGHT}
    assert {s.arrival for s in expected} == {past.at(2 * DAY_SLOTS + 21)}
    assert {s.departure for s in expected} == {past.at(2 * DAY_SLOTS + 81)}


def test_nothing_of_the_day_itself_or_later_is_known():
    few = replay(at_day(0, 0, 20))
    more = replay(at_day(0, 0, 20), at_day(1, 0, 40), at_day(2, 2, 50))
    seen = [
        [(s.arrival, s.energy_wh) for s in Expected(r, Network(r.network)).after(DAY_SLOTS)]
        for r in (few, more)
    ]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_who_should_have_come_is_not_expected_any_more_and_a_first_day_has_no_past():
    past = replay(at_day(0, 0, 20), at_day(1, 0, 20))
    expected = Expected(past, Network(past.network))
    assert expected.after(10) == []
    assert len(expected.after(DAY_SLOTS + 19)) == 1
    assert expected.after(DAY_SLOTS + 20) == []


def test_weekends_learn_from_weekends():
    past = replay(at_day(4, 0, 20), at_day(5, 1, 20))
    assert Expected(past, Network(past.network)).after(12 * DAY_SLOTS)[0].evse.station_id == "S1"
