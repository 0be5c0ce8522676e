"""What cars say through their stations (2.x K15, 2.1 Q): from messages as the schemas have them."""

from datetime import UTC, datetime

import msgspec
import pytest

from chargewright.ocpp.v21 import messages as v21
from chargewright.ocpp.v201 import messages as v201
from chargewright.translate.ev_charging_v2 import REQUESTS

DC = {"requestedEnergyTransfer": "DC", "departureTime": "2026-03-02T17:00:00Z"}


def needs(module, content):
    wire = {"evseId": 1, "chargingNeeds": content}
    message = msgspec.convert(
        msgspec.json.decode(msgspec.json.encode(wire)), module.NotifyEVChargingNeedsRequest, strict=False
    )
    return REQUESTS["NotifyEVChargingNeeds"](message)


@pytest.mark.parametrize("module", [v201, v21])
def test_a_battery_tells_its_state_its_size_and_when_it_is_full(module):
    dc = {
        "evMaxCurrent": 200,
        "evMaxVoltage": 400,
        "stateOfCharge": 0,
        "fullSoC": 90,
        "evEnergyCapacity": 64000,
    }
    said = needs(module, {**DC, "dcChargingParameters": dc})
    assert (said.soc_now_percent, said.soc_target_percent, said.battery_wh) == (0, 90, 64_000)
    assert said.departure_at == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert (said.energy_wh, said.energy_min_wh, said.discharge_power_w_max) == (None, None, None)


def test_a_car_for_both_ways_tells_its_target_its_minimum_and_what_may_be_drawn_from_it():
    v2x = {
        "maxDischargePower": -3600,
        "maxDischargePower_L2": -3600,
        "evTargetEnergyRequest": 20_000,
        "evMinEnergyRequest": 4_000,
        "targetSoC": 80,
        "maxChargeCurrent": 16,
    }
    said = needs(v21, {"requestedEnergyTransfer": "AC_BPT", "v2xChargingParameters": v2x})
    assert (said.energy_wh, said.energy_min_wh, said.soc_target_percent) == (20_000, 4_000, 80)
    assert (said.current_max_a, said.discharge_power_w_max) == (16, 7_200)
    assert (said.discharge_down_to_wh, said.charge_up_to_wh) == (None, None)
    further = {**v2x, "evMinV2XEnergyRequest": -9_000, "evMaxEnergyRequest": 30_000}
    told = needs(v21, {"requestedEnergyTransfer": "AC_BPT", "v2xChargingParameters": further})
    assert (told.discharge_down_to_wh, told.charge_up_to_wh) == (-9_000, 30_000)
    within = {**further, "evMaxV2XEnergyRequest": 12_000}
    told = needs(v21, {"requestedEnergyTransfer": "AC_BPT", "v2xChargingParameters": within})
    assert told.charge_up_to_wh == 12_000, "beyond that it is no cycling any more"
    one_way = needs(v21, {"requestedEnergyTransfer": "AC_three_phase", "v2xChargingParameters": v2x})
    assert one_way.discharge_power_w_max is None
