"""What is learnt from a car's meter: when it is done, what it leaves to others, when it is asked again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.draw import Draw, is_done, thrift, watch_conductors, watch_draw, watch_switch
from chargewright.csms.metering import LiveMeter
from chargewright.ids import EvseId, StationId

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
EVSE = Evse(EvseKey(StationId("A"), EvseId(1)), 230.0, 1, 32.0)
COARSE = Evse(EVSE.key, 230.0, 1, 32.0, current_min_a=8.0, rates_a=(0.0, 8.0, 16.0, 24.0, 32.0))


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def read(draw, minutes, current_a, limit_a, evse=EVSE, steady_since=-1.0):
    meter = LiveMeter(at=at(minutes), current_at=at(minutes), current_a={"L1": current_a})
    return watch_draw(draw, meter, evse=evse, limit_a=limit_a, steady_since=at(steady_since))


def test_what_a_car_leaves_unused_is_worth_a_plan_at_once():
    draw = Draw()
    assert read(draw, 0, 20.0, 32.0)
    assert draw.ceiling_a == 21.5
    assert not read(draw, 1, 19.0, 21.0), "an ampere less is not worth one"


def test_a_reading_too_soon_after_a_change_says_nothing():
    draw = Draw()
    assert not read(draw, 0, 6.0, 32.0, steady_since=-0.4)
    assert draw.ceiling_a is None


def test_a_car_that_climbs_gets_more_at_once():
    draw = Draw()
    read(draw, 0, 20.0, 32.0)
    assert read(draw, 1, 21.0, 21.0)
    assert draw.ceiling_a is None


def test_an_offer_that_is_not_taken_is_made_again_after_growing_waits():
    draw, asked = Draw(), []
    for minute in range(240):
        coarse_a = (32.0, 9.0) if draw.ceiling_a is None else (8.0, 8.0)
        if read(draw, minute, coarse_a[1], coarse_a[0], evse=COARSE) and draw.ceiling_a is None:
            asked.append(minute)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] == 1
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (5, 40)


def test_a_limit_below_the_ceiling_says_nothing_of_the_ceiling():
    draw = Draw()
    read(draw, 0, 20.0, 32.0)
    assert not read(draw, 1, 10.0, 10.0)
    assert draw.ceiling_a == 21.5


def test_a_car_that_draws_nothing_is_offered_its_minimum_then_nothing():
    draw = Draw()
    assert read(draw, 0, 0.0, 32.0), "twenty-six amperes are free for others"
    assert draw.ceiling_a == 6.0
    assert not read(draw, 1, 0.0, 6.0)
    assert not is_done(draw, at(1))
    assert read(draw, 3, 0.0, 6.0)
    assert is_done(draw, at(3))


def test_a_pause_ordered_by_us_does_not_make_a_car_done():
    draw = Draw()
    for minute in range(10):
        read(draw, minute, 0.0, 0.0)
    assert not is_done(draw, at(10))


@pytest.mark.parametrize(
    ("minutes", "done"),
    [(59, True), (60, False), (65, False), (66, True), (179, True), (181, False), (419, True), (421, False)],
)
def test_a_done_car_is_asked_again_after_one_three_and_seven_hours(minutes, done):
    assert is_done(Draw(done_since=NOW), at(minutes)) is done


def test_a_done_car_that_was_asked_and_draws_nothing_for_a_minute_has_answered():
    """It is offered its minimum for as long as it takes to tell, and asked again when its next time comes."""
    draw = Draw(done_since=NOW)
    assert not read(draw, 61, 0.0, 6.0, steady_since=60)
    assert not is_done(draw, at(61))
    assert read(draw, 62, 0.0, 6.0, steady_since=60), "others want its room"
    assert [is_done(draw, at(minute)) for minute in (62, 65, 179)] == [True] * 3
    assert not read(draw, 63, 0.0, 0.0)
    assert not is_done(draw, at(181)), "its answer of then is none to this question"
    assert not read(draw, 181, 0.0, 6.0, steady_since=180)
    assert read(draw, 182, 0.0, 6.0, steady_since=180)
    assert is_done(draw, at(182))


def test_a_done_car_that_draws_again_is_not_done_and_is_planned_at_once():
    draw = Draw(done_since=NOW, ceiling_a=6.0)
    assert read(draw, 62, 6.0, 6.0)
    assert not is_done(draw, at(62))
    assert draw.ceiling_a is None


def test_the_last_trickle_counts_for_less():
    assert thrift(Draw(), EVSE) == 1.0
    assert thrift(Draw(ceiling_a=20.0), EVSE) == 1.0
    assert thrift(Draw(ceiling_a=4.5), EVSE) == pytest.approx(0.5)
    assert thrift(Draw(ceiling_a=2.0), EVSE) == 0.25


THREE = Evse(EVSE.key, 230.0, 3, 32.0)


def lines(draw, minutes, *currents_a, evse=THREE):
    by_line = {f"L{n + 1}": current for n, current in enumerate(currents_a)}
    meter = LiveMeter(at=at(minutes), current_at=at(minutes), current_a=by_line)
    return watch_conductors(draw, meter, evse=evse)


def test_a_one_phase_car_is_known_after_three_readings_and_not_before():
    draw = Draw()
    assert [lines(draw, n, 16.0, 0.1, 0.0) for n in range(4)] == [False, False, True, False]
    assert draw.conductors == (0,)


def test_the_same_reading_told_twice_counts_once():
    draw = Draw()
    assert not any(lines(draw, 0, 16.0, 0.0, 0.0) for _ in range(5))


def test_one_reading_with_current_elsewhere_takes_it_back_at_once():
    draw = Draw()
    for n in range(3):
        lines(draw, n, 0.0, 16.0, 16.0)
    assert draw.conductors == (1, 2)
    assert not lines(draw, 3, 0.0, 0.0, 16.0), "one phase less is nothing to fear"
    assert lines(draw, 4, 0.6, 16.0, 16.0)
    assert draw.conductors is None
    assert [lines(draw, 5 + n, 0.0, 16.0, 16.0) for n in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    "currents_a", [(16.0,), (16.0, 0.0), (1.5, 0.0, 0.0), (0.0, 0.0, 0.0), (16.0, 16.0, 16.0)]
)
def test_what_does_not_tell_every_conductor_clearly_tells_nothing(currents_a):
    draw = Draw()
    assert not any(lines(draw, n, *currents_a) for n in range(6))
    assert draw.conductors is None


def test_an_evse_with_one_conductor_has_nothing_to_tell():
    draw = Draw()
    assert not any(lines(draw, n, 16.0, evse=EVSE) for n in range(6))


def test_a_car_comes_switched_off_and_every_switch_after_that_is_noted():
    draw = Draw()
    for minute, limit in enumerate((None, 0, 50, 60, 320, 0, 0, 100)):
        watch_switch(draw, limit, EVSE, at(minute))
        switched = None if minute < 3 else at({3: 3, 4: 3, 5: 5, 6: 5, 7: 7}[minute])
        assert (draw.is_on, draw.switched_at) == (minute in (3, 4, 7), switched)
