from datetime import UTC, datetime

import pytest

from chargewright.domain.site import ChargingNeed
from chargewright.ids import EvseId, StationId

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "learnt_wh", "wanted_wh"),
    [
        (
            {"energy_wh": 5_000, "soc_now_percent": 10, "soc_target_percent": 90, "battery_wh": 50_000},
            None,
            5_000,
        ),
        ({"soc_now_percent": 30, "soc_target_percent": 80, "battery_wh": 50_000}, None, 25_000),
        ({"soc_now_percent": 30, "soc_target_percent": 80}, 40_000, 20_000),
        ({"soc_now_percent": 90, "soc_target_percent": 80, "battery_wh": 50_000}, None, 0),
        ({"soc_now_percent": 30, "soc_target_percent": 80}, None, None),
        ({"soc_target_percent": 80, "battery_wh": 50_000}, None, None),
        ({}, 40_000, None),
    ],
)
def test_the_energy_wanted_is_said_or_follows_from_the_battery(said, learnt_wh, wanted_wh):
    assert ChargingNeed(StationId("S1"), EvseId(1), NOW, **said).wanted_wh(learnt_wh) == wanted_wh
