import csv
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from chargewright.charging.forecast import History, kind_of_day, learn_load, learn_pv, weighted_quantile
from chargewright.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
STEP_S = 900.0
DAY = timedelta(days=1)
DATA = Path(__file__).parents[3] / "shared" / "data" / "building_pv"


def history(power, start=MONDAY, step_s=STEP_S) -> History:
    """`power(instant)` for each step of six weeks, or an array."""
    if callable(power):
        count = 42 * 96
        power = np.array([power(start + timedelta(seconds=step_s * n)) for n in range(count)])
    return History(start, step_s, power)


def of_clock(zone):
    """An office that works by the clock on the wall."""

    def power(at: datetime) -> float:
        local = at.astimezone(zone)
        hour = local.hour + local.minute / 60
        busy = 8 <= hour < 18 and local.weekday() < 5
        return (40_000.0 + 500 * hour if busy else 9_000.0) + (2_000.0 if local.weekday() == 5 else 0.0)

    return power


def test_quantiles_of_equal_weights_are_the_usual_ones():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(31, 5))
    values[::4, 1] = np.nan
    values[:, 4] = np.nan
    for q in (0.05, 0.5, 0.83):
        found = weighted_quantile(values, np.ones((31, 1)), q)
        for column in range(4):
            known = values[:, column][~np.isnan(values[:, column])]
            assert found[column] == pytest.approx(np.quantile(known, q, method="hazen"))
        assert math.isnan(found[4])


def test_a_value_of_weight_three_is_three_values():
    values = np.array([[1.0], [5.0], [9.0]])
    thrice = np.array([[1.0], [5.0], [5.0], [5.0], [9.0]])
    median = weighted_quantile(values, np.array([[1.0], [3.0], [1.0]]), 0.5)
    assert median == weighted_quantile(thrice, np.ones((5, 1)), 0.5) == 5.0


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_what_repeats_every_week_is_known_also_across_the_change_of_clocks(q):
    power = of_clock(BERLIN)
    start = datetime(2026, 2, 14, tzinfo=BERLIN).astimezone(UTC)
    learnt = history(power, start)  # until Saturday 28 March; clocks go forward on the 29th
    forecast = learn_load(learnt, zone=BERLIN)
    told = forecast.quantile(q, learnt.end, learnt.end + 7 * DAY)
    for n in range(7 * 96):
        at = learnt.end + n * timedelta(minutes=15)
        assert told.at(at) == pytest.approx(power(at), abs=1.0), at.astimezone(BERLIN)


def test_a_holiday_is_a_sunday():
    power = of_clock(UTC)
    forecast = learn_load(history(power), holidays=[date(2026, 2, 18)])
    wednesday = datetime(2026, 2, 18, 12, tzinfo=UTC)
    told = forecast.quantile(0.5, wednesday, wednesday + DAY)
    assert told.at(wednesday) == pytest.approx(9_000.0, abs=1.0)
    assert told.at(wednesday + timedelta(hours=23)) == pytest.approx(power(wednesday + timedelta(hours=23)))
    assert kind_of_day(date(2026, 2, 18), [date(2026, 2, 18)]) == kind_of_day(date(2026, 2, 22)) == 2


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_cover_what_they_say(seed):
    """Independent noise about a daily shape: so many of later readings must lie below each quantile."""
    rng = np.random.default_rng(seed)
    steps = np.arange(100 * 96)
    shape = 30_000 + 8_000 * np.sin(2 * np.pi * steps / 96)
    power = shape + rng.gamma(2.0, 1_500.0, size=len(steps))
    learnt = History(MONDAY, STEP_S, power[: 70 * 96])
    forecast = learn_load(learnt)
    below = {0.1: 0, 0.5: 0, 0.9: 0}
    told = {q: forecast.quantile(q, learnt.end, learnt.end + 30 * DAY) for q in below}
    for n, actual in enumerate(power[70 * 96 :]):
        for q, steps_told in told.items():
            below[q] += actual <= steps_told.at(learnt.end + n * timedelta(seconds=STEP_S))
    for q, count in below.items():
        assert count / (30 * 96) == pytest.approx(q, abs=0.04), f"seed {seed}"


def test_what_is_above_its_profile_now_is_expected_to_stay_so_for_a_while():
    """Residuals that fade with a time constant of four hours: the forecast fades alike, towards the profile."""
    rng = np.random.default_rng(11)
    fade = math.exp(-0.25 / 4)
    residual = np.zeros(60 * 96)
    for n in range(1, len(residual)):
        residual[n] = fade * residual[n - 1] + rng.normal(0, 800.0)
    residual[-16:] = 6_000.0
    power = 40_000.0 + residual
    learnt = History(MONDAY, STEP_S, power)
    told = learn_load(learnt).quantile(0.5, learnt.end, learnt.end + 3 * DAY)
    at_h = [told.at(learnt.end + timedelta(hours=h)) - 40_000 for h in (0.25, 3, 6, 60)]
    assert at_h == sorted(at_h, reverse=True)
    assert at_h[0] == pytest.approx(6_000 * math.exp(-0.5 / 4), rel=0.25)
    assert abs(at_h[3]) < 1_500


@pytest.mark.parametrize("seed", range(4))
def test_quantiles_do_not_cross_and_loads_do_not_turn_negative(seed):
    rng = np.random.default_rng(seed)
    power = rng.gamma(1.0, 3_000.0, size=int(rng.integers(97, 40 * 96)))
    power[rng.random(len(power)) < 0.2] = np.nan
    learnt = History(MONDAY + timedelta(minutes=15 * int(rng.integers(0, 96))), STEP_S, power)
    forecast = learn_load(learnt, zone=BERLIN)
    told = [forecast.quantile(q, learnt.end, learnt.end + 2 * DAY) for q in (0.05, 0.3, 0.5, 0.8, 0.97)]
    for n in range(192):
        values = [one.at(learnt.end + n * timedelta(minutes=15)) for one in told]
        assert values == sorted(values), f"seed {seed}"
        assert values[0] >= 0, f"seed {seed}"


def test_a_house_that_exports_may_be_below_zero():
    power = np.tile(np.where(np.arange(96) // 16 == 3, -5_000.0, 2_000.0), 20)
    learnt = History(MONDAY, STEP_S, power)
    told = learn_load(learnt).quantile(0.5, learnt.end, learnt.end + DAY)
    assert told.at(learnt.end + timedelta(hours=13)) == pytest.approx(-5_000.0)


def sun(at: datetime) -> float:
    """A clear sky at 10 kW peak, with days that grow longer."""
    day = (at - MONDAY).days
    half = 4.0 + day / 60
    hour = at.hour + at.minute / 60 - 12
    return 10_000.0 * math.cos(math.pi / 2 * hour / half) if abs(hour) < half else 0.0


def test_clear_days_are_followed_and_nights_are_dark():
    learnt = history(sun)
    told = learn_pv(learnt).quantile(0.5, learnt.end, learnt.end + DAY)
    for n in range(96):
        at = learnt.end + n * timedelta(minutes=15)
        assert told.at(at) == pytest.approx(sun(at), abs=600.0)
        if abs(at.hour + at.minute / 60 - 12) > 6:
            assert told.at(at) == 0.0


def test_no_quantile_is_above_the_clear_sky_and_a_cloudy_morning_lowers_the_noon():
    rng = np.random.default_rng(5)
    clear = np.array([sun(MONDAY + n * timedelta(minutes=15)) for n in range(42 * 96)])
    clouds = np.repeat(np.where(rng.random(42) < 0.6, 1.0, 0.3), 96)
    power = clear * clouds
    power[-96:] = clear[-96:]
    noon = MONDAY + 41 * DAY + timedelta(hours=12)
    mornings = {}
    for name, share in (("clear", 1.0), ("cloudy", 0.3)):
        seen = power[: 41 * 96 + 40].copy()  # until ten o'clock of the last day
        seen[-40:] = clear[41 * 96 : 41 * 96 + 40] * share
        forecast = learn_pv(History(MONDAY, STEP_S, seen))
        mornings[name] = forecast.quantile(0.5, noon, noon + timedelta(hours=1)).at(noon)
        high = forecast.quantile(0.99, noon - timedelta(hours=12), noon + 2 * DAY)
        assert max(high.values) <= 10_000.0
    assert mornings["cloudy"] < 0.6 * mornings["clear"]


def test_gaps_do_not_matter_much():
    power = of_clock(UTC)
    whole = history(power)
    holey = whole.power_w.copy()
    holey[np.random.default_rng(1).random(len(holey)) < 0.3] = np.nan
    holey[20 * 96 : 22 * 96] = np.nan
    told = learn_load(History(MONDAY, STEP_S, holey)).quantile(0.5, whole.end, whole.end + DAY)
    for n in range(96):
        at = whole.end + n * timedelta(minutes=15)
        assert told.at(at) == pytest.approx(power(at), abs=300.0)


def test_a_meter_that_was_dead_for_a_quarter_of_a_year_is_still_of_use():
    power = of_clock(UTC)
    learnt = history(power)
    late = History(MONDAY, STEP_S, np.concatenate([learnt.power_w, np.full(90 * 96, np.nan)]))
    told = learn_load(late).quantile(0.9, late.end, late.end + DAY)
    noon = late.end + timedelta(hours=12)
    assert told.at(noon) == pytest.approx(power(noon), abs=300.0)


@pytest.mark.parametrize("power", [np.array([]), np.full(95, 5.0), np.full(400, np.nan)], ids=len)
def test_less_than_a_day_is_not_enough(power):
    for learn in (learn_load, learn_pv):
        with pytest.raises(InvalidInput, match="less than a day"):
            learn(History(MONDAY, STEP_S, power))


def test_one_day_is_enough_to_say_the_same_again():
    power = np.linspace(1_000.0, 9_000.0, 96)
    learnt = History(MONDAY, STEP_S, power)
    told = learn_load(learnt).quantile(0.5, learnt.end, learnt.end + DAY)
    assert [told.at(learnt.end + n * timedelta(minutes=15)) for n in range(96)] == pytest.approx(list(power))


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1])
def test_a_quantile_is_between_none_and_all(q):
    learnt = History(MONDAY, STEP_S, np.ones(96))
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        learn_load(learnt).quantile(q, learnt.end, learnt.end + DAY)


@pytest.mark.parametrize(("start", "step_s"), [(datetime(2026, 1, 5), 900.0), (MONDAY, 7.7e3)], ids=str)  # noqa: DTZ001  a naive time is the point
def test_a_history_has_a_zone_and_whole_steps(start, step_s):
    with pytest.raises(InvalidInput):
        History(start, step_s, np.ones(200))


def pinball(actual, told, q):
    return float(np.maximum(q * (actual - told), (q - 1) * (actual - told)).mean())


@pytest.mark.parametrize(
    ("file", "column", "step_s", "rival"),
    [
        ("doe_ref_medium_office_los_angeles_hourly.csv", 1, 3600.0, 7),
        ("pvwatts_jpl_220kwdc_30min.csv", 1, 1800.0, 1),
    ],
    ids=["office", "roof"],
)
def test_a_real_building_is_forecast_better_than_by_what_it_did_before(file, column, step_s, rival):
    """Against the better of "as yesterday" and "as last week" for each, on 24 days of a year."""
    path = DATA / file
    if not path.exists():
        pytest.skip(f"{file} is not there: ../shared/data/building_pv")
    power = 1000 * np.array([float(r[column]) for r in list(csv.reader(path.read_text().splitlines()))[1:]])
    start = datetime(2017, 1, 1, 8, tzinfo=UTC)
    per_day = round(86_400 / step_s)
    ours, theirs = 0.0, 0.0
    for day in range(40, 360, 14):
        seen = History(start, step_s, power[: day * per_day])
        actual = power[day * per_day : (day + 1) * per_day]
        before = power[(day - rival) * per_day : (day - rival + 1) * per_day]
        forecast = learn_pv(seen) if "pv" in file else learn_load(seen, zone=ZoneInfo("America/Los_Angeles"))
        for q in (0.1, 0.5, 0.9):
            told = forecast.quantile(q, seen.end, seen.end + DAY).mean(
                seen.end, step_s * np.arange(per_day + 1)
            )
            ours += pinball(actual, told, q)
            theirs += pinball(actual, before, q)
    assert ours < 0.8 * theirs
