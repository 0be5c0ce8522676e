"""How much may be taken from a car: its own words, its meter, the site's settings, and what it did when asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.csms.test_sessions import CAME, EVSE, KEY, LEARNT, NOW, asked, need

from chargewright.charging.planner.session import Discharge
from chargewright.charging.profile import OperationMode, StationAbilities
from chargewright.charging.tail import Car
from chargewright.csms.commissioning import abilities_of
from chargewright.csms.discharging import can_be_told, carried_over, discharge_of, returned_wh
from chargewright.csms.draw import Draw, watch_draw
from chargewright.csms.metering import LiveMeter, LiveMeters
from chargewright.csms.sessions import Foreseen
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.site import SiteSettings

SETTINGS = SiteSettings(
    discharge=True, discharge_reserve_percent=30.0, discharge_efficiency=0.8, discharge_wear_per_kwh=0.07
)
CAR = need(
    source="car",
    energy_wh=10_000.0,
    departure_at=NOW + timedelta(hours=6),
    discharge_power_w_max=6_900.0,
    discharge_down_to_wh=-8_000.0,
    charge_up_to_wh=25_000.0,
)


def given(said=CAR, meter=None, settings=SETTINGS, gained_wh=0.0, **known) -> Discharge | None:
    return discharge_of(said, meter, EVSE, settings, gained_wh=gained_wh, **known)


def test_a_car_gives_what_it_said_it_may_and_no_more():
    assert given() == Discharge(
        current_max_a=10.0,
        available_wh=8_000.0,
        room_wh=25_000.0,
        efficiency=0.8,
        wear_per_kwh=0.07,
    )
    later = given(gained_wh=3_000.0)
    assert later is not None
    assert (later.available_wh, later.room_wh) == (11_000.0, 22_000.0)
    assert given(gained_wh=-8_500.0).available_wh == 0.0
    assert given(replace(CAR, discharge_power_w_max=50_000.0)).current_max_a == EVSE.current_max_a


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        (CAR, replace(SETTINGS, discharge=False)),
        (None, SETTINGS),
        (replace(CAR, discharge_power_w_max=None), SETTINGS),
        (replace(CAR, discharge_power_w_max=0.0), SETTINGS),
        (replace(CAR, discharge_down_to_wh=None), SETTINGS),
    ],
    ids=[
        "the site does not",
        "nothing was said",
        "it only charges",
        "its driver does not",
        "who knows how far",
    ],
)
def test_nothing_is_taken_from_a_car_that_may_not_or_does_not_say_how_far(said, settings):
    assert given(said, settings=settings) is None


def test_the_sites_reserve_and_the_cars_own_minimum_both_hold():
    told = replace(CAR, soc_now_percent=50.0, battery_wh=40_000.0)
    assert given(told).available_wh == 8_000.0, "20 % of 40 kWh is 8 kWh as well"
    assert given(told, settings=replace(SETTINGS, discharge_reserve_percent=45.0)).available_wh == 2_000.0
    metered = LiveMeter(soc_percent=40.0, soc_at=CAME + timedelta(minutes=5))
    assert given(told, metered).available_wh == 4_000.0
    stale = LiveMeter(soc_percent=40.0, soc_at=CAME - timedelta(minutes=5))
    assert given(told, stale).available_wh == 8_000.0, "a state from before the car spoke is not looked at"
    assert given(replace(told, energy_min_wh=-1_000.0)).available_wh == 1_000.0
    assert given(replace(told, energy_min_wh=2_000.0)).available_wh == 0.0
    assert given(replace(told, charge_up_to_wh=None)).room_wh == 20_000.0


def test_without_the_size_of_its_battery_a_car_gives_until_the_reserve_is_reached():
    above, below = (LiveMeter(soc_percent=soc, soc_at=CAME) for soc in (30.1, 30.0))
    assert given(meter=above).available_wh == 8_000.0
    assert given(meter=below).available_wh == 0.0
    assert given(meter=above, capacity_wh=40_000.0).available_wh == pytest.approx(40.0)


def test_what_was_given_back_is_wanted_again():
    """4 kWh drawn, 1.6 kWh given: at 80 % the battery has 2 kWh more than it came with."""
    meter = LiveMeter(energy_wh=5_000.0, exported_wh=1_600.0)
    assert returned_wh(CAR, meter, SETTINGS) == 2_000.0
    planned = asked(said=CAR, meter=meter, settings=SETTINGS)
    assert (planned.energy_wh, planned.energy_delivered_wh) == (8_000.0, 2_000.0)
    assert planned.discharge is None, "its station takes no such order"
    assert returned_wh(replace(CAR, exported_wh=1_600.0), meter, SETTINGS) == 0.0, "that was the car before"


def test_the_planner_is_told_and_a_car_that_wants_more_has_none_to_spare():
    planned = asked(said=CAR, settings=SETTINGS, discharges=True)
    assert planned.discharge == given()
    full = asked(
        said=CAR, meter=LiveMeter(energy_wh=14_000.0, exported_wh=0.0), settings=SETTINGS, discharges=True
    )
    assert (full.energy_wh, full.discharge.spare_wh, full.discharge.available_wh) == (0, 3_000.0, 21_000.0)


def test_a_share_that_every_car_has_for_good_keeps_none_from_giving():
    """The base profile lets it draw its minimum whatever happens; a lease of less than that rules all the same."""
    planned = asked(said=CAR, settings=SETTINGS, discharges=True, floor_a=6.0)
    assert planned.discharge is not None
    assert planned.can_pause
    assert not asked(said=CAR, settings=SETTINGS, floor_a=6.0).can_pause
    asleep = Foreseen(LEARNT, Car(wakes=False))
    sleeps = asked(said=CAR, settings=SETTINGS, discharges=True, foreseen=asleep)
    assert (sleeps.discharge, sleeps.can_pause) == (None, False)


def test_a_car_that_was_told_to_and_gave_nothing_is_left_alone_for_an_hour():
    draw = Draw()
    for minute in range(5):
        at = NOW - timedelta(minutes=5 - minute)
        meter = LiveMeter(at=at, current_at=at, current_a={"L1": 0.0}, exported_wh=0.0)
        watch_draw(draw, meter, evse=EVSE, limit_a=-10.0, steady_since=CAME)
    assert asked(said=CAR, settings=SETTINGS, discharges=True, draw=draw).discharge is None
    draw.refused_at -= timedelta(hours=1)
    assert asked(said=CAR, settings=SETTINGS, discharges=True, draw=draw).discharge is not None


def test_a_car_that_gives_is_not_done_and_one_that_gives_too_much_does_not_follow():
    draw = Draw(ceiling_a=6.0, done_since=NOW - timedelta(minutes=9))
    followed = LiveMeter(current_at=NOW, current_a={"L1": 0.0}, given_a=9.8)
    watch_draw(draw, followed, evse=EVSE, limit_a=-10.0, steady_since=CAME)
    assert (draw.ceiling_a, draw.done_since, draw.over) == (None, None, 0)
    for minute, (limit_a, meter) in enumerate(
        [
            (-10.0, LiveMeter(given_a=11.0)),
            (-10.0, LiveMeter(current_a={"L1": 3.0})),
            (16.0, LiveMeter(given_a=2.0)),
        ],
        start=1,
    ):
        at = NOW + timedelta(minutes=minute)
        meter.current_at, meter.current_a = at, meter.current_a or {"L1": 0.0}
        watch_draw(draw, meter, evse=EVSE, limit_a=limit_a, steady_since=CAME)
        assert draw.over == minute


# --- a driver and the car speak of the same battery ----------------------------------------------------------


def test_what_a_driver_says_leaves_what_the_car_said_of_its_battery():
    meter = LiveMeter(exported_wh=800.0)
    driver = need(source="app", energy_wh=5_000.0, delivered_wh=3_000.0)
    merged = carried_over(driver, CAR, meter, SETTINGS)
    assert (merged.discharge_down_to_wh, merged.charge_up_to_wh) == (-10_000.0, 23_000.0)
    assert (merged.discharge_power_w_max, merged.energy_wh, merged.source) == (6_900.0, 5_000.0, "app")
    with_soc = replace(CAR, soc_now_percent=50.0, battery_wh=40_000.0)
    assert carried_over(driver, with_soc, meter, SETTINGS).soc_now_percent == 55.0
    for unchanged in (None, replace(CAR, source="app")):
        assert carried_over(driver, unchanged, meter, SETTINGS) == driver
    refuses = replace(driver, discharge_power_w_max=0.0)
    assert carried_over(refuses, CAR, meter, SETTINGS) == refuses


# --- stations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "able"),
    [
        ({"V2XChargingCtrlr/1.SupportedOperationModes": "ChargingOnly,CentralSetpoint"}, True),
        ({"V2XChargingCtrlr.SupportedOperationModes": "CentralSetpoint, LocalFrequency"}, True),
        (
            {
                "V2XChargingCtrlr/1.SupportedOperationModes": "CentralSetpoint",
                "V2XChargingCtrlr/1.Enabled": "False",
            },
            False,
        ),
        ({"V2XChargingCtrlr/1.SupportedOperationModes": "ExternalSetpoint,Nonsense"}, False),
        ({}, False),
    ],
)
def test_only_stations_that_say_so_are_told_to_give_back(told, able):
    assert can_be_told("ocpp2.1", abilities_of("ocpp2.1", told)) is able
    assert not can_be_told("ocpp2.0.1", abilities_of("ocpp2.0.1", told))
    assert not can_be_told("ocpp2.1", None)


def test_a_mode_that_was_not_asked_for_is_not_judged():
    assert abilities_of("ocpp2.1", {}).operation_modes is None
    assert abilities_of(
        "ocpp2.1", {"V2XChargingCtrlr/1.SupportedOperationModes": "CentralSetpoint"}
    ).operation_modes == frozenset({OperationMode.CENTRAL_SETPOINT})
    assert StationAbilities().operation_modes is None


# --- meters ---------------------------------------------------------------------------------------------------


def reading(minute: float, *samples: tuple[str, float, str | None]) -> Reading:
    at = datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=minute)
    return Reading(KEY.evse_id, at, tuple(Sample(name, value, phase) for name, value, phase in samples))


def test_a_meter_tells_which_way_power_flows():
    live = LiveMeters()
    phases = ("L1", "L2", "L3")
    live.update(
        KEY.station_id,
        [
            reading(
                0,
                ("Energy.Active.Import.Register", 5_000.0, None),
                ("Energy.Active.Export.Register", 1_000.0, None),
                ("Power.Active.Import", 0.0, None),
                ("Power.Active.Export", 2_070.0, None),
                *(("Current.Import", 0.0, phase) for phase in phases),
                *(("Current.Export", 3.0, phase) for phase in phases),
                ("SoC", 61.5, None),
            )
        ],
    )
    meter = live.of(KEY.station_id, KEY.evse_id)
    assert meter is not None
    assert (meter.energy_wh, meter.exported_wh, meter.soc_percent) == (5_000.0, 1_000.0, 61.5)
    assert (meter.power_w, meter.current_a_max, meter.given_a) == (-2_070.0, 0.0, 3.0)
    live.update(
        KEY.station_id,
        [
            reading(
                1,
                ("Energy.Active.Export.Register", 1_020.0, None),
                ("Power.Active.Import", 690.0, None),
                ("Power.Active.Export", 0.0, None),
                *(("Current.Import", 1.0, phase) for phase in phases),
            )
        ],
    )
    assert (meter.power_w, meter.current_a_max, meter.given_a) == (690.0, 1.0, 0.0)
    live.update(KEY.station_id, [reading(2, *(("Power.Active.Export", 230.0, phase) for phase in phases))])
    assert meter.power_w == -690.0
    live.update(KEY.station_id, [reading(3, ("Current.Export", 4.0, None))])
    assert (meter.current_a_max, meter.given_a) == (0.0, 4.0)


def test_what_cannot_export_is_read_as_ever():
    live = LiveMeters()
    live.update(
        KEY.station_id, [reading(0, ("Power.Active.Import", 690.0, None), ("Current.Import", 3.0, "L1"))]
    )
    meter = live.of(KEY.station_id, KEY.evse_id)
    assert meter is not None
    assert (meter.power_w, meter.exported_wh, meter.given_a) == (690.0, None, 0.0)
