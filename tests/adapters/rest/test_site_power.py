import math

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT, SITE

from chargewright.adapters.rest.site_power import drawn_now, limit_and_base_w, rows_over
from chargewright.charging.site import EvseKey


async def site(api, definition: dict, **settings):
    await api.ok(
        "POST",
        "/sites",
        json={"id": "s", "definition": definition, "settings": {"enabled": False, **settings}},
    )
    return api.services.sites.get("s")


EVSES = [
    {"station": "CS1", "node": "panel", "connection": "RST", "current_max_a": 32},
    {"station": "CS2", "node": "panel", "connection": "S", "current_max_a": 16},
]
PANEL = {"id": "panel", "parent": "grid"}


async def test_a_limit_of_three_phases_is_their_sum(api):
    control = await site(
        api, {"nodes": [{"id": "grid", "limit_a": {"r": 50, "s": 60, "t": 70}}, PANEL], "evses": EVSES}
    )
    assert limit_and_base_w(control, NOW) == (pytest.approx(180 * 230), 0)


async def test_the_least_limit_above_everything_counts(api):
    nodes = [{"id": "grid", "limit_a": 63, "limit_kw": 30, "base_a": 4}, {**PANEL, "limit_a": 100}]
    limit_w, base_w = limit_and_base_w(await site(api, {"nodes": nodes, "evses": EVSES}), NOW)
    assert limit_w == pytest.approx(30_000)
    assert base_w == pytest.approx(3 * 4 * 230)


async def test_a_limit_above_a_part_says_nothing_of_the_whole(api):
    nodes = [{"id": "grid"}, {**PANEL, "limit_a": 40}]
    evses = [*EVSES, {"station": "CS3", "node": "grid", "connection": "R", "current_max_a": 16}]
    assert limit_and_base_w(await site(api, {"nodes": nodes, "evses": evses}), NOW) == (None, 0)


async def test_headroom_is_not_taken_off_what_is_allowed(api):
    nodes = [{"id": "grid", "limit_kw": 20}, PANEL]
    control = await site(api, {"nodes": nodes, "evses": EVSES}, headroom_percent=10)
    assert limit_and_base_w(control, NOW)[0] == pytest.approx(20_000)


async def test_a_limit_changes_over_time(api):
    steps = [["2026-03-03T00:00:00Z", 40], ["2026-03-03T10:00:00Z", 10]]
    control = await site(api, {"nodes": [{"id": "grid", "limit_kw": steps}, PANEL], "evses": EVSES})
    assert limit_and_base_w(control, NOW)[0] == pytest.approx(40_000)
    assert limit_and_base_w(control, NOW.replace(hour=10))[0] == pytest.approx(10_000)


@pytest.mark.parametrize(("limit_kw", "expected_w"), [(None, 150_000), (80, 80_000)])
async def test_a_network_is_limited_by_its_transformer(api, limit_kw, expected_w):
    network = {
        "parameters": {"voltage_ll_v": 208, "transformer_kw": 150},
        "stations": [
            {
                "id": "CS1",
                "phase_angle_deg": 30,
                "voltage_v": 208,
                "max_rate_a": 32,
                "allowable_rates_a": [0, 8, 32],
            }
        ],
        "constraints": [{"name": "Secondary A", "limit_a": 400, "coefficients": {"CS1": 1}}],
    }
    control = await site(api, {"network": network} | ({} if limit_kw is None else {"limit_kw": limit_kw}))
    assert limit_and_base_w(control, NOW) == (expected_w, 0)


async def charging(api, sampled: list[dict]):
    """A car at CS1 whose station sends these samples."""
    await api.station()
    await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
    link = api.connect()
    await api.said(link, "BootNotification", BOOT)
    start = {"connectorId": 1, "idTag": "ABC", "meterStart": 0, "timestamp": "2026-03-03T09:00:00Z"}
    number = (await api.said(link, "StartTransaction", start))["transactionId"]
    value = {"timestamp": "2026-03-03T09:00:00Z", "sampledValue": sampled}
    await api.said(link, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]})
    return api.services.sites.get("depot")


def currents(*amps: float) -> list[dict]:
    return [
        {"value": str(a), "measurand": "Current.Import", "phase": f"L{n + 1}", "unit": "A"}
        for n, a in enumerate(amps)
    ]


POWER = {"value": "7.5", "measurand": "Power.Active.Import", "unit": "kW"}


@pytest.mark.parametrize(
    ("sampled", "current_a", "power_w"),
    [
        ([*currents(10, 11, 12), POWER], 12, 7500),
        (currents(10, 11, 12), 12, 33 * 230),
        (currents(10), 10, 10 * 230),  # a car that uses one phase of three
        ([POWER], 7500 / 690, 7500),
        ([{"value": "10", "measurand": "Current.Import", "unit": "A"}], 10, 10 * 690),
    ],
)
async def test_what_is_metered_is_what_is_drawn(api, sampled, current_a, power_w):
    control = await charging(api, sampled)
    (drawn,) = drawn_now(api.services, control, NOW).values()
    assert drawn.current_a == pytest.approx(current_a)
    assert drawn.power_w == pytest.approx(power_w)


async def test_a_meter_without_a_car_counts_nothing(api):
    control = await charging(api, [{"value": "100", "unit": "Wh"}])
    assert drawn_now(api.services, control, NOW) == {}


@pytest.mark.parametrize(("amps", "over"), [(58.0, []), (58.5, []), (59.0, ["grid R", "grid S", "grid T"])])
async def test_a_wire_is_over_its_limit_beyond_what_meters_may_err(api, amps, over):
    """63 A less 5 A of base load leave 58 A; one percent of 63 A is not called a violation."""
    control = await charging(api, currents(amps, amps, amps))
    drawn = drawn_now(api.services, control, NOW)
    assert drawn.keys() == {EvseKey("CS1", 1)}
    assert rows_over(control, drawn, NOW) == over
    assert math.isclose(drawn[EvseKey("CS1", 1)].power_w, 3 * amps * 230)
