"""Energy tariffs, markets, measurements and outlooks over the API."""

from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import SITE

TARIFF = {
    "name": "office",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "prices_by_hour": [
        {
            "name": "always",
            "hours": [
                {"time_from": "00:00:00", "price_per_kwh": 0.2},
                {"time_from": "12:00:00", "price_per_kwh": 0.4},
            ],
        }
    ],
    "demand": [{"name": "grid", "per_kw": 10.0}],
}


def site(**settings):
    return {**SITE, "settings": settings}


async def test_a_tariff_is_entered_read_changed_and_forgotten(api):
    put = await api.ok("PUT", "/energy-tariffs/office", json=TARIFF)
    assert put["prices_by_hour"][0]["hours"][1]["price_per_kwh"] == 0.4
    assert put["prices_by_hour"][0]["first_day"] == "01-01"
    assert await api.ok("GET", "/energy-tariffs/office") == put
    assert await api.ok("GET", "/energy-tariffs") == [{"id": "office", "tariff": put}]
    await api.ok("POST", "/sites", json=site(energy_tariff="office"))
    assert "site depot uses it" in (await api.problem("DELETE", "/energy-tariffs/office", 400))["detail"]
    await api.ok("PUT", "/sites/depot", json={key: value for key, value in SITE.items() if key != "id"})
    await api.ok("DELETE", "/energy-tariffs/office")
    await api.problem("GET", "/energy-tariffs/office", 404)


WRONG_TARIFFS = [
    ("office", {"time_zone": "Mars/Olympus"}, "no such time zone"),
    ("office", {"prices_by_hour": []}, "has no prices"),
    ("office", {"price": 3}, "unknown field `price`"),
    ("office", {"prices_by_hour": [{**TARIFF["prices_by_hour"][0], "weekdays": ["mon"]}]}, "no price for"),
    ("an%20office", {}, "letters, digits"),
]


async def test_what_is_wrong_with_a_tariff_is_said(api):
    for tariff_id, change, said in WRONG_TARIFFS:
        found = await api.problem("PUT", f"/energy-tariffs/{tariff_id}", 400, json={**TARIFF, **change})
        assert said in found["detail"]


async def test_a_bill(api):
    await api.ok("PUT", "/energy-tariffs/office", json=TARIFF)
    asked = {"start": "2026-03-03T11:00:00+01:00", "step_s": 3600, "energy_wh": [2000, 5000]}
    found = await api.ok("POST", "/energy-tariffs/office/bill", json=asked)
    assert [(one["component"], one["quantity"], one["amount"]) for one in found["lines"]] == [
        ("energy", 7.0, pytest.approx(2 * 0.2 + 5 * 0.4)),
        ("demand", 5.0, pytest.approx(50.0)),
    ]
    assert found["total"] == pytest.approx(52.4)
    asked = {**asked, "peaks_so_far_w": {"grid": 4000}}
    assert (await api.ok("POST", "/energy-tariffs/office/bill", json=asked))["total"] == pytest.approx(12.4)
    naive = {**asked, "start": "2026-03-03T11:00:00"}
    assert "zone" in (await api.problem("POST", "/energy-tariffs/office/bill", 400, json=naive))["detail"]


async def test_measurements_are_told_and_the_outlook_knows_them(api):
    await api.ok("PUT", "/energy-tariffs/office", json=TARIFF)
    await api.ok("POST", "/sites", json=site(energy_tariff="office", base_load="load"))
    told = [
        {"kind": kind, "at": (NOW - n * timedelta(minutes=15)).isoformat(), **more}
        for n in range(1, 15 * 96)
        for kind, more in (("load", {"power_w": 4000}), ("site", {"energy_wh": 2500}))
    ]
    answer = await api.ok("POST", "/sites/depot/measurements", json={"measurements": told})
    assert answer == {"told": len(told), "changed": len(told)}
    answer = await api.ok("POST", "/sites/depot/measurements", json={"measurements": told[:10]})
    assert answer == {"told": 10, "changed": 0}
    latest = await api.ok("GET", "/sites/depot/measurements")
    measured = {one["kind"]: one["power_w"] for one in latest if one["kind"] != "charging"}
    assert measured == {"load": 4000.0, "site": 10_000.0}

    outlook = await api.ok("GET", "/sites/depot/outlook?hours=6")
    assert len(outlook["slots"]) == 24
    assert outlook["slots"][0]["at"] == "2026-03-03T09:00:00Z"
    assert [slot["price_per_kwh"] for slot in outlook["slots"]] == [0.2] * 8 + [0.4] * 16  # 12:00 in Berlin
    assert outlook["slots"][5]["base_power_w"] == pytest.approx(4000.0)
    assert outlook["slots"][5]["carbon_g_per_kwh"] is None
    (charge,) = outlook["demand_charges"]
    assert (charge["name"], charge["peak_so_far_w"]) == ("grid 2026-03", pytest.approx(10_000.0))
    assert charge["peak_expected_w"] is None  # the goal is no money
    assert outlook["notes"] == []
    await api.problem("GET", "/sites/depot/outlook?hours=49", 400)


WRONG_READINGS = [
    ({"kind": "wind", "at": "2026-03-03T08:00:00Z", "power_w": 1}, "kind"),
    ({"kind": "pv", "at": "2026-03-03T08:00:00", "power_w": 1}, "zone"),
    ({"kind": "pv", "at": "2026-03-03T08:00:00Z"}, "either power_w or energy_wh"),
    ({"kind": "pv", "at": "2026-03-03T08:00:00Z", "power_w": 1, "energy_wh": 1}, "either power_w or"),
    ({"kind": "pv", "at": "2026-03-03T18:00:00Z", "power_w": 1}, "future"),
    ({"kind": "charging", "at": "2026-03-03T08:00:00Z", "power_w": 1}, "kind"),
]


async def test_what_is_wrong_with_a_reading_is_said(api):
    await api.ok("POST", "/sites", json=SITE)
    for reading, said in WRONG_READINGS:
        found = await api.problem("POST", "/sites/depot/measurements", 400, json={"measurements": [reading]})
        assert said in found["detail"] + (found["path"] or "")


async def test_of_a_site_that_is_not_there_nothing_is_known(api):
    await api.problem("POST", "/sites/nowhere/measurements", 404, json={"measurements": []})
    await api.problem("GET", "/sites/nowhere/outlook", 404)


async def test_a_site_names_providers_that_are_there(api):
    names = {one["name"]: one["kind"] for one in await api.ok("GET", "/market/providers")}
    assert names["entsoe"] == "price"
    assert names["carbon_gb"] == "carbon"
    wrong = site(price_provider="carbon_gb", price_area="GB")
    assert "does not tell price" in (await api.problem("POST", "/sites", 400, json=wrong))["detail"]
    wrong = site(energy_tariff="gone")
    await api.problem("POST", "/sites", 404, json=wrong)


async def test_an_area_that_cannot_be_fetched_says_why(api):
    """Without a folder the file provider refuses at once: no network is needed for this."""
    await api.problem("GET", "/market/areas/file/a.csv", 404)
    found = await api.ok("POST", "/market/areas/file/a.csv/refresh")
    assert "market.folder" in found["trouble"]
    assert found["points"] is None
    assert [one["area"] for one in await api.ok("GET", "/market/areas")] == ["a.csv"]
    assert "market.folder" in (await api.ok("GET", "/market/areas/file/a.csv"))["trouble"]
    await api.problem("POST", "/market/areas/nobody/x/refresh", 400)
