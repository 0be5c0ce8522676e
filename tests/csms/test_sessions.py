"""What the planner is asked for, from what was said, what is measured and what was learnt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.stays import StayEstimate
from chargewright.charging.tail import Car
from chargewright.csms.draw import Draw
from chargewright.csms.metering import LiveMeter
from chargewright.csms.sessions import Foreseen, session_of
from chargewright.domain.site import ChargingNeed, SiteSettings
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.ids import EvseId, StationId, TransactionId

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = EvseKey(StationId("A"), EvseId(1))
EVSE = Evse(KEY, 230.0, 3, 32.0)
CAME = NOW - HOUR
RUNNING = Transaction(
    TransactionId(7), "7", KEY.station_id, TransactionState.ACTIVE, started_at=CAME, meter_start_wh=1_000.0
)
LEARNT = StayEstimate(NOW + 2 * HOUR, NOW + 5 * HOUR, NOW + 8 * HOUR, 11_000.0, 14_000.0, 20_000.0, "user")


def need(**said):
    return ChargingNeed(KEY.station_id, KEY.evse_id, CAME, **said)


def asked(
    *,
    said=None,
    foreseen=None,
    meter=None,
    draw=None,
    settings=None,
    floor_a=0.0,
    evse=EVSE,
    discharges=False,
):
    return session_of(
        RUNNING,
        key=KEY,
        evse=evse,
        need=said,
        meter=meter,
        draw=draw or Draw(),
        settings=settings or SiteSettings(),
        floor_a=floor_a,
        weight=1.0,
        now=NOW,
        foreseen=foreseen,
        discharges=discharges,
    )


def test_where_nothing_was_learnt_what_was_said_holds_else_the_defaults():
    silent = asked()
    assert (silent.departure, silent.energy_wh) == (CAME + 8 * HOUR, 30_000)
    assert (silent.guarantee_by, silent.energy_min_wh, silent.tail_wh) == (None, 0, 0)
    said = need(energy_wh=9_000, departure_at=NOW + HOUR, current_max_a=10)
    for foreseen in (None, Foreseen(replace(LEARNT, basis="said"), Car())):
        told = asked(said=said, foreseen=foreseen, meter=LiveMeter(energy_wh=5_000))
        assert (told.departure, told.energy_wh, told.energy_delivered_wh) == (NOW + HOUR, 5_000, 4_000)
        assert (told.current_max_a, told.guarantee_by) == (10, None)


@pytest.mark.parametrize(
    ("goal", "departure"),
    [
        ("balance", LEARNT.departure_early),
        ("priority", LEARNT.departure_early),
        ("cost", LEARNT.departure_median),
        ("solar", LEARNT.departure_median),
    ],
)
def test_what_was_learnt_of_a_stay_stands_in_for_what_was_said(goal, departure):
    said = need(energy_wh=40_000, departure_at=NOW + HOUR)
    session = asked(
        said=said,
        foreseen=Foreseen(LEARNT, Car()),
        meter=LiveMeter(energy_wh=5_000),
        settings=SiteSettings(goal=goal),
    )
    assert (session.departure, session.guarantee_by) == (departure, LEARNT.departure_early)
    assert session.energy_wh == 10_000


def test_what_a_car_says_of_its_own_battery_is_believed():
    said = need(soc_now_percent=20, soc_target_percent=80, source="car")
    session = asked(said=said, foreseen=Foreseen(LEARNT, Car(capacity_wh=50_000)))
    assert session.energy_wh == 30_000
    assert session.departure == LEARNT.departure_early
    assert asked(said=said).energy_wh == 30_000, "the default, since its capacity is not known"


@pytest.mark.parametrize("said", [{"energy_wh": 9_000}, {"soc_now_percent": 40, "soc_target_percent": 55}])
def test_what_is_told_on_the_way_counts_from_then_on(said):
    told = need(battery_wh=60_000, energy_min_wh=2_000, delivered_wh=5_000, **said)
    session = asked(said=told, meter=LiveMeter(energy_wh=8_000))  # 7 kWh by now, 2 of them since it was told
    assert (session.energy_wh, session.energy_min_wh) == (7_000, 0)
    assert session.energy_delivered_wh == 7_000


def test_the_battery_s_state_on_the_meter_tells_what_is_missing_to_the_target():
    meter = LiveMeter(energy_wh=8_000, soc_percent=70.0, soc_at=NOW)
    target = need(soc_target_percent=80, battery_wh=60_000)
    assert asked(said=target, meter=meter).energy_wh == pytest.approx(6_000)
    assert asked(said=replace(target, soc_target_percent=60), meter=meter).energy_wh == 0
    learnt = Foreseen(LEARNT, Car(capacity_wh=50_000))
    assert asked(said=need(soc_target_percent=80), meter=meter, foreseen=learnt).energy_wh == pytest.approx(
        5_000
    )
    stale = replace(meter, soc_at=CAME - HOUR)
    for known in (
        asked(said=target, meter=stale),
        asked(said=need(soc_target_percent=80), meter=meter),
        asked(said=replace(target, soc_target_percent=None), meter=meter),
    ):
        assert known.energy_wh == 23_000, "the default less what it got: the state tells nothing here"
    assert asked(said=replace(target, energy_wh=9_000), meter=meter).energy_wh == 2_000, (
        "what was said in kWh holds"
    )


@pytest.mark.parametrize(
    ("said", "default_wh", "minimum_wh", "by"),
    [
        ({}, 0, 0, LEARNT.departure_early),
        ({}, 5_000, 5_000, LEARNT.departure_early),
        ({"energy_min_wh": 8_000}, 5_000, 8_000, LEARNT.departure_early),
        ({"energy_min_wh": 8_000, "minimum_by": NOW + HOUR}, 0, 8_000, NOW + HOUR),
        ({"energy_min_wh": 0}, 5_000, 0, LEARNT.departure_early),
        ({"energy_min_wh": 18_000}, 0, 18_000, LEARNT.departure_early),
    ],
)
def test_the_guaranteed_part(said, default_wh, minimum_wh, by):
    settings = SiteSettings(energy_min_default_wh=default_wh)
    session = asked(said=need(**said), foreseen=Foreseen(LEARNT, Car()), settings=settings)
    assert (session.energy_min_wh, session.guarantee_by) == (minimum_wh, by)
    assert session.energy_wh >= minimum_wh
    later = asked(
        said=need(**said),
        foreseen=Foreseen(LEARNT, Car()),
        settings=settings,
        meter=LiveMeter(energy_wh=4_000),
    )
    assert later.energy_min_wh == max(minimum_wh - 3_000, 0), "what it got counts"


def test_what_was_learnt_of_a_car_bounds_it():
    car = Car(current_max_a=16.0, current_min_a=8.0, tail_wh_per_a=250.0, phases=1, wakes=False)
    session = asked(foreseen=Foreseen(LEARNT, car))
    assert (session.current_max_a, session.current_min_a) == (17.5, 8.0)
    assert session.tail_wh == 4_000
    assert session.watts_per_a == 230
    assert not session.can_pause
    assert asked(foreseen=Foreseen(LEARNT, Car(wakes=True))).can_pause
    assert asked().watts_per_a is None


@pytest.mark.parametrize(
    ("own_a", "offered_a"), [(16.2, 16), (15.8, 16), (18, 24), (31.7, 32), (40, 32), (5, 8)]
)
def test_coarse_hardware_offers_the_next_current_that_it_knows(own_a, offered_a):
    coarse = replace(EVSE, current_min_a=8.0, rates_a=(0.0, 8.0, 16.0, 24.0, 32.0))
    car = Car(current_max_a=own_a)
    assert asked(foreseen=Foreseen(LEARNT, car), evse=coarse).current_max_a == offered_a


def test_a_car_that_still_draws_is_not_cut_off_for_what_a_line_says():
    assert asked(foreseen=Foreseen(LEARNT, Car(), missing_wh=3)).energy_wh == 250


def test_a_tail_that_is_seen_tells_what_is_missing_and_a_car_that_is_done_wants_nothing():
    foreseen = Foreseen(LEARNT, Car(), missing_wh=700)
    assert asked(foreseen=foreseen, meter=LiveMeter(energy_wh=20_000)).energy_wh == 700
    done = Draw(done_since=NOW - timedelta(minutes=5))
    assert asked(foreseen=foreseen, draw=done).energy_wh == 0


@pytest.mark.parametrize("said_a", [2.0, 6.0])
def test_a_planner_is_never_asked_for_less_than_the_least(said_a):
    session = asked(said=need(current_max_a=said_a), draw=Draw(ceiling_a=1.5), floor_a=6.0)
    assert (session.current_min_a, session.current_max_a, session.can_pause) == (6, 6, False)
