"""Why a car gets what it gets, and what a day cost, over the API."""

import asyncio
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT, SITE, obedient
from tests.patience import PATIENCE_S

PRICES = [["2026-03-03T00:00:00Z", 0.4], ["2026-03-03T10:00:00Z", 0.1]]


def at(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


async def plugged(api, *, respond=None) -> int:
    """A car at CS2 (one phase, 16 A) from 9:00 on."""
    await api.station("CS2")
    await api.ok("POST", "/tokens", json={"token": "ABC"})
    link = api.connect("CS2", respond)
    await api.said(link, "BootNotification", BOOT)
    start = {"connectorId": 1, "idTag": "ABC", "meterStart": 1000, "timestamp": at(0)}
    return (await api.said(link, "StartTransaction", start))["transactionId"]


async def metered(api, number: int, minutes: float, wh: int) -> None:
    value = {"timestamp": at(minutes), "sampledValue": [{"value": str(1000 + wh), "unit": "Wh"}]}
    await api.said(
        api.services.links.get("CS2"),
        "MeterValues",
        {"connectorId": 1, "transactionId": number, "meterValue": [value]},
    )


async def test_a_day_that_runs_is_billed_beside_other_ways(api):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"prices": PRICES, "demand_charge_per_kw": 0}})
    number = await plugged(api)
    # nothing until 9:15, then half an hour at 16 A
    for minutes, wh in ((0, 0), (15, 0), (45, 1840), (120, 1840)):
        await metered(api, number, minutes, wh)
    api.clock.forward(7200)
    found = await api.ok("GET", "/sites/depot/days/2026-03-03/bill")
    assert (found["start"], found["until"]) == ("2026-03-03T00:00:00Z", "2026-03-03T11:00:00Z")
    assert (found["stays"], found["currency"], found["notes"]) == (1, "EUR", [])
    ways = {one["way"]: one for one in found["ways"]}
    assert [one["energy_wh"] for one in ways.values()] == [pytest.approx(1840, abs=1)] * 4
    assert ways["real"]["total"] == pytest.approx(1.84 * 0.4)
    assert ways["uncontrolled"]["total"] == pytest.approx(1.84 * 0.4)
    assert ways["optimum"]["total"] == pytest.approx(1.84 * 0.1, rel=1e-3)  # from 10:00 on
    assert ways["real"]["peak_w"] == pytest.approx(3680)
    assert ways["uncontrolled"]["quarters_over"] == 0


WRONG_DAYS = [("2026-03-05", "not begun"), ("today", "no date")]


async def test_a_day_that_has_not_begun_has_no_bill(api):
    await api.ok("POST", "/sites", json=SITE)
    for day, said in WRONG_DAYS:
        found = await api.problem("GET", f"/sites/depot/days/{day}/bill", 400)
        assert said in found["detail"]
    await api.problem("GET", "/sites/nowhere/days/2026-03-03/bill", 404)


async def test_the_first_day_of_a_site_east_of_greenwich_is_billed(api):
    """It began at 23:00 UTC, before the UTC day of the first reading."""
    settings = {"prices": PRICES, "time_zone": "Europe/Berlin"}
    await api.ok("POST", "/sites", json={**SITE, "settings": settings})
    told = {"kind": "load", "at": at(-30), "duration_s": 900, "power_w": 2000}
    await api.ok("POST", "/sites/depot/measurements", json={"measurements": [told]})
    found = await api.ok("GET", "/sites/depot/days/2026-03-03/bill")
    assert found["start"] == "2026-03-02T23:00:00Z"
    assert found["ways"][0]["total"] == pytest.approx(0.5 * 0.4)


async def test_a_day_without_cars_costs_nothing(api):
    await api.ok("POST", "/sites", json=SITE)
    found = await api.ok("GET", "/sites/depot/days/2026-03-02/bill")
    assert [one["total"] for one in found["ways"]] == [0.0] * 4
    assert found["notes"] == ["no price is known: energy is reckoned at 0"]


async def test_a_plan_says_of_every_session_what_decides(api):
    settings = {"goal": "cost", "prices": PRICES, "time_zone": "Europe/Berlin"}
    settings |= {"energy_default_wh": 4000, "base_current_a": 0}
    await api.ok("POST", "/sites", json={**SITE, "settings": settings})
    number = await plugged(api, respond=obedient)
    control = api.services.sites.get("depot")
    async with asyncio.timeout(PATIENCE_S):
        while control.plan is None or not control.plan.sessions:
            if control.idle:
                api.clock.forward(1)
            await api.store.commit(lambda _: None)
    (one,) = (await api.ok("GET", "/sites/depot/plan"))["sessions"]
    assert one["transaction_id"] == str(number)
    first = one["reasons"][0]
    assert first["cause"] == "price"
    assert first["text"] == "waits for 11:00, cheaper by 0.30 EUR per kWh"  # 10:00 UTC in Berlin
    assert one["text"].startswith("all that it wants by ")
    assert one["lift_row"] is None
