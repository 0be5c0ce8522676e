"""Stays are drawn from distributions that are known here; what is learnt is held against those."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from zoneinfo import ZoneInfo

import pytest

from chargewright.charging.stays import Arrived, Expected, Stay, Stays

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
EXPECTED = Expected(duration_s=8 * 3600, energy_wh=30_000)
HOUR = timedelta(hours=1)


def stay(day, *, hours, wh=10_000.0, at=MONDAY, user="", place="", said_hours=None, said_wh=None, cut=False):
    arrival = at + timedelta(days=day)
    said = None if said_hours is None else arrival + said_hours * HOUR
    arrived = Arrived(arrival=arrival, user=user, place=place, said_departure=said, said_energy_wh=said_wh)
    return Stay(arrived=arrived, departure=arrival + hours * HOUR, energy_wh=wh, cut_short=cut)


def workdays(count):
    return [day for day in range(2 * count) if day % 7 < 5][:count]


def hours_of(estimate, arrival):
    return [
        (at - arrival) / HOUR
        for at in (estimate.departure_early, estimate.departure_median, estimate.departure_late)
    ]


def test_with_nothing_learnt_the_defaults_hold_and_what_was_said_comes_before_them():
    nobody = Stays().estimate(Arrived(arrival=MONDAY), EXPECTED, now=MONDAY)
    assert hours_of(nobody, MONDAY) == [8, 8, 8]
    assert (nobody.energy_median_wh, nobody.energy_high_wh, nobody.basis) == (30_000, 30_000, "defaults")
    told = Arrived(arrival=MONDAY, said_departure=MONDAY + 3 * HOUR, said_energy_wh=7_000)
    estimate = Stays().estimate(told, EXPECTED, now=MONDAY)
    assert hours_of(estimate, MONDAY) == [3, 3, 3]
    assert (estimate.energy_median_wh, estimate.basis) == (7_000, "said")


def test_quantiles_are_those_of_the_distribution_that_stays_come_from():
    seed = 11
    rng = random.Random(seed)
    duration, energy = NormalDist(9, 1.5), NormalDist(14_000, 3_000)
    stays = Stays(
        stay(day, hours=rng.gauss(9, 1.5), wh=rng.gauss(14_000, 3_000))
        for day in workdays(200)
        for _ in range(4)
    )
    arrival = MONDAY + timedelta(days=280)
    estimate = stays.estimate(Arrived(arrival=arrival), EXPECTED, now=arrival)
    wanted = [duration.inv_cdf(level) for level in (0.1, 0.5, 0.9)]
    assert hours_of(estimate, arrival) == pytest.approx(wanted, abs=0.4), f"seed {seed}"
    assert estimate.energy_median_wh == pytest.approx(energy.inv_cdf(0.5), rel=0.05), f"seed {seed}"
    assert estimate.energy_high_wh == pytest.approx(energy.inv_cdf(0.9), rel=0.08), f"seed {seed}"
    assert estimate.basis == "site"


def test_still_here_means_judged_by_those_who_stayed_as_long():
    """Half stay 2 hours and take 5 kWh, half stay 10 and take 20: after three hours it is one of the latter."""
    both = ((2, 5_000), (10, 20_000))
    stays = Stays(stay(day, hours=both[day % 2][0], wh=both[day % 2][1]) for day in workdays(120))
    arrival = MONDAY + timedelta(days=168)
    outlook = stays.outlook(Arrived(arrival=arrival), EXPECTED)
    assert hours_of(outlook.at(arrival), arrival)[0] == pytest.approx(2)
    later = outlook.at(arrival + 3 * HOUR)
    assert hours_of(later, arrival)[:2] == pytest.approx([10, 10], abs=0.01)
    assert later.energy_median_wh == pytest.approx(20_000)
    assert outlook.at(arrival, delivered_wh=6_000).energy_median_wh == pytest.approx(20_000)


def test_a_car_that_outstays_all_others_is_expected_to_stay_and_to_take_some_more():
    stays = Stays(stay(day, hours=2, wh=5_000) for day in workdays(60))
    arrival = MONDAY + timedelta(days=90)
    outlook = stays.outlook(Arrived(arrival=arrival), EXPECTED)
    before = timedelta(0)
    for hours in (9, 12, 20):
        now = arrival + hours * HOUR
        estimate = outlook.at(now, delivered_wh=40_000)
        left = estimate.departure_median - now
        assert left > before
        before = left
        assert estimate.energy_median_wh > 40_000
    assert before == timedelta(hours=5)


@pytest.mark.parametrize("here_h", [0, 1, 2.5, 7, 8, 30])
def test_no_departure_lies_in_the_past_and_the_quantiles_are_in_order(here_h):
    seed = 5
    rng = random.Random(seed)
    stays = Stays(
        stay(day, hours=rng.expovariate(0.3), wh=rng.expovariate(1e-4), said_hours=rng.choice((None, 2, 9)))
        for day in range(150)
    )
    arrival = MONDAY + timedelta(days=151)
    now = arrival + here_h * HOUR
    estimate = stays.estimate(Arrived(arrival=arrival), EXPECTED, now=now, delivered_wh=500 * here_h)
    assert now <= estimate.departure_early <= estimate.departure_median <= estimate.departure_late, (
        f"seed {seed}"
    )
    assert 500 * here_h <= estimate.energy_median_wh <= estimate.energy_high_wh, f"seed {seed}"


def test_one_own_stay_moves_little_and_ten_lead():
    crowd = [stay(day, hours=9, user=f"user {day}") for day in workdays(100)]
    own = [stay(day + 0.01, hours=3, wh=4_000, user="early bird") for day in workdays(100)[-10:]]
    arrival = MONDAY + timedelta(days=140)
    who = Arrived(arrival=arrival, user="early bird")
    once = Stays([*crowd, own[0]]).estimate(who, EXPECTED, now=arrival)
    often = Stays([*crowd, *own]).estimate(who, EXPECTED, now=arrival)
    stranger = Stays([*crowd, *own]).estimate(Arrived(arrival=arrival, user="x"), EXPECTED, now=arrival)
    assert hours_of(once, arrival)[1] == pytest.approx(9, abs=0.3)
    assert hours_of(often, arrival)[1] == pytest.approx(3, abs=0.3)
    assert often.energy_median_wh == 4_000
    assert hours_of(stranger, arrival)[1] == pytest.approx(9, abs=0.3)
    assert (once.basis, often.basis) == ("site", "user")


def test_what_is_said_is_read_by_what_became_of_it():
    """They say from 4 to 8 hours and stay 2 hours longer; they ask for twice what they take."""
    seed = 3
    rng = random.Random(seed)
    stays = Stays()
    for day in workdays(150):
        said, wants = rng.uniform(4, 8), rng.uniform(6_000, 20_000)
        stays.learn(
            stay(day, hours=said + 2 + rng.gauss(0, 0.2), wh=wants, said_hours=said, said_wh=2 * wants)
        )
    arrival = MONDAY + timedelta(days=210)
    for said in (5, 7):
        told = Arrived(arrival=arrival, said_departure=arrival + said * HOUR, said_energy_wh=24_000)
        estimate = stays.estimate(told, EXPECTED, now=arrival)
        assert hours_of(estimate, arrival)[1] == pytest.approx(said + 2, abs=0.5), f"seed {seed}"
        assert estimate.energy_median_wh == pytest.approx(12_000, rel=0.2), f"seed {seed}"


def test_estimates_that_came_out_too_late_are_made_earlier():
    """Hours are even from 4 to 12 for months, then from 4 to 8: old stays mislead, their ranks tell by how much."""
    seed = 17
    rng = random.Random(seed)
    corrected, naive = Stays(), Stays()
    for day in range(300):
        stays = [stay(day, hours=rng.uniform(4, 12 if day < 200 else 8), place=f"p{n}") for n in range(2)]
        outlook = corrected.outlook(stays[0].arrived, EXPECTED)
        for one in stays:
            naive.learn(one)
            corrected.learn(replace(one, rank=outlook.rank(one.departure)))
    arrival = MONDAY + timedelta(days=300)
    ends = [
        hours_of(s.estimate(Arrived(arrival=arrival), EXPECTED, now=arrival), arrival)
        for s in (naive, corrected)
    ]
    truth = (4.4, 6, 7.6)
    off = [[abs(value - true) for value, true in zip(end, truth, strict=True)] for end in ends]
    assert sum(off[1]) < 0.6 * sum(off[0]), f"seed {seed}: {ends}"


def test_a_rank_is_the_part_of_what_was_expected_that_was_over():
    stays = Stays(stay(day, hours=1 + day % 10) for day in range(500))
    arrival = MONDAY + timedelta(days=500)
    outlook = stays.outlook(Arrived(arrival=arrival), EXPECTED)
    assert outlook.rank(arrival + 0.5 * HOUR) == 0
    assert outlook.rank(arrival + 5.5 * HOUR) == pytest.approx(0.5, abs=0.03)
    assert outlook.rank(arrival + 11 * HOUR) == pytest.approx(1)


def test_stays_that_were_cut_short_do_not_teach_that_little_is_wanted():
    """All want 20 kWh; two of three leave after 5 kWh, still charging."""
    told = Stays(
        stay(day, hours=9, wh=20_000 if day % 3 == 0 else 5_000, cut=day % 3 != 0) for day in range(90)
    )
    naive = Stays(stay(day, hours=9, wh=20_000 if day % 3 == 0 else 5_000) for day in range(90))
    arrival = MONDAY + timedelta(days=91)
    assert told.estimate(Arrived(arrival=arrival), EXPECTED, now=arrival).energy_median_wh == 20_000
    assert naive.estimate(Arrived(arrival=arrival), EXPECTED, now=arrival).energy_median_wh == 5_000


def test_weekday_and_hour_are_those_of_the_site():
    """A Friday evening in Los Angeles is Saturday in UTC."""
    zone = ZoneInfo("America/Los_Angeles")
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=zone)
    saturday = friday + timedelta(days=1)
    weeks = [timedelta(weeks=week) for week in range(30)]
    fridays = [stay(0, hours=12, at=friday + week) for week in weeks]
    saturdays = [stay(0, hours=2, at=saturday + week) for week in weeks]
    stays = Stays([*fridays, *saturdays], zone=zone)
    arrival = (friday + timedelta(weeks=30)).astimezone(UTC)
    assert hours_of(stays.estimate(Arrived(arrival=arrival), EXPECTED, now=arrival), arrival)[1] > 10


def test_the_oldest_go_when_there_is_no_room_and_a_user_is_forgotten_when_asked():
    stays = Stays(
        (stay(day, hours=5, user=f"u{day % 4}", place=f"p{day % 3}") for day in range(41)), capacity=40
    )
    assert len(stays) == 31
    assert stays.stays_of("u1") == 7
    assert stays.forget("u1") == 7
    assert (stays.stays_of("u1"), stays.stays_of("u2"), len(stays)) == (0, 8, 24)
    assert (stays.forget("u1"), stays.forget(""), stays.forget("nobody")) == (0, 0, 0)
    fresh = Stays(
        stay(day, hours=5, user=f"u{day % 4}", place=f"p{day % 3}") for day in range(10, 41) if day % 4 != 1
    )
    arrival = MONDAY + timedelta(days=50)
    who = Arrived(arrival=arrival, user="u2", place="p1")
    assert stays.estimate(who, EXPECTED, now=arrival) == fresh.estimate(who, EXPECTED, now=arrival)


def test_a_stay_that_ends_before_it_begins_is_not_believed_and_an_unmetered_one_says_nothing_of_energy():
    stays = Stays([stay(0, hours=-1), stay(1, hours=0)])
    assert len(stays) == 0
    for day in range(50):
        stays.learn(stay(day, hours=4, wh=None))
    estimate = stays.estimate(Arrived(arrival=MONDAY), EXPECTED, now=MONDAY)
    assert hours_of(estimate, MONDAY)[1] == pytest.approx(4)
    assert estimate.energy_median_wh == 30_000
