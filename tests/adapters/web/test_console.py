"""The console in a browser, against a whole central system on a clock that stands still: what it shows is what REST says."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.adapters.rest.rest_harness import NOW, Bench, bench
from tests.adapters.rest.rest_stories import BOOT, SITE, obedient
from tests.adapters.web.browser import CHROMIUM, Page, chromium
from tests.patience import PATIENCE_S

from chargewright.adapters.web.pages import console_routes

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")

PRICES = [["2026-03-03T00:00:00Z", 0.4], ["2026-03-03T10:00:00Z", 0.1]]
SETTINGS = {
    "goal": "cost",
    "prices": PRICES,
    "time_zone": "Europe/Berlin",
    "energy_default_wh": 4000,
    "base_current_a": 0,
}


def at(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Shown:
    """A site with its console open beside it."""

    def __init__(self, api: Bench, page: Page) -> None:
        self.api = api
        self.page = page
        self.url = str(api.http.base_url).rstrip("/") + "/"

    async def rest(self, path: str) -> Any:
        return await self.api.ok("GET", f"/sites/depot/{path}")

    async def open(self, where: str = "", **more: Any) -> None:
        await self.page.show(self.url + where, **more)
        await self.page.until("document.querySelector('nav a[aria-current]')")

    async def press(self, selector: str) -> None:
        await self.page.until(f"document.querySelector({json.dumps(selector)})")
        await self.page.js(f"document.querySelector({json.dumps(selector)}).click()")


@asynccontextmanager
async def shown(**settings: Any):
    async with bench(served=True, pages=console_routes()) as api, chromium() as page:
        await api.ok("POST", "/sites", json={**SITE, "settings": {**SETTINGS, **settings}})
        yield Shown(api, page)
        # What the API refuses is told by the browser too; everything else is a fault of the console's.
        assert [one for one in page.troubles if "status of 400" not in one] == []
        ours = str(api.http.base_url).rstrip("/")
        assert [url for url in page.requests if not url.startswith((ours, "data:", "about:"))] == []


async def charging(api: Bench, station: str) -> int:
    """A car at a station that obeys, a minute ago, and a plan that knows of it."""
    await api.station(station)
    await api.request("POST", "/tokens", json={"token": "ABC", "concurrent_transactions_max": 5})
    link = api.connect(station, obedient)
    await api.said(link, "BootNotification", BOOT)
    start = {"connectorId": 1, "idTag": "ABC", "meterStart": 1000, "timestamp": at(0)}
    number = int((await api.said(link, "StartTransaction", start))["transactionId"])
    control = api.services.sites.get("depot")
    async with asyncio.timeout(PATIENCE_S):
        while control.plan is None or str(number) not in {one.id for one in control.plan.sessions}:
            if control.idle:
                api.clock.forward(1)
            await api.store.commit(lambda _: None)
    return number


async def metered(api: Bench, station: str, number: int, hours: float, wh: int) -> None:
    value = {"timestamp": at(hours), "sampledValue": [{"value": str(1000 + wh), "unit": "Wh"}]}
    body = {"connectorId": 1, "transactionId": number, "meterValue": [value]}
    await api.said(api.services.links.get(station), "MeterValues", body)


async def test_the_plan_is_a_picture_with_what_rest_says_of_it():
    async with shown() as site:
        await charging(site.api, "CS1")
        await charging(site.api, "CS2")
        event = {"id": "dr-7", "start": at(1), "end": at(2), "limit_kw": 20}
        await site.api.ok("POST", "/sites/depot/limit-events", json=event)
        await site.open()
        page = site.page
        await page.until("document.querySelectorAll('path.layer').length === 2")
        plan = await site.rest("plan")
        drawn = await page.js(
            "[...document.querySelectorAll('path.layer')].map((one) => one.dataset.session)"
        )
        assert set(drawn) == {f"{one['station_id']}/{one['evse_id']}" for one in plan["sessions"]}
        assert re.fullmatch(
            r"at most 0\.0\d+ % from the best possible|the best possible, proven",
            await page.text("[data-fact=gap]"),
        )
        facts = await page.text(".plan dl")
        assert "Goal lowest cost" in facts
        assert f"Charging peak {plan['peak_power_w'] / 1000:.1f} kW" in facts
        assert "Made 10:0" in facts  # in Berlin
        await page.until("document.querySelector('[data-event=dr-7] rect')")
        assert "price 0.1 to 0.4 EUR/kWh" in await page.text("[data-strip=price]")
        # The area of a session is its planned energy: 4 kWh each, until departure.
        assert "CS2 4.0 kWh" in await page.text(".sessions")
        # The table has the limit as it steps down with the event.
        await site.press("section details summary")
        rows = await page.js(
            "[...document.querySelectorAll('section details tbody tr')].map((one) => one.innerText)"
        )
        by_time = {row.split()[0]: row.split() for row in rows}
        assert "20.0" in by_time["11:00"]
        assert "20.0" not in by_time["12:00"]
        assert "43.5" in by_time["12:00"]


async def test_a_session_says_why_and_is_opened_and_closed_by_keyboard():
    async with shown() as site:
        await charging(site.api, "CS2")
        await site.open()
        page = site.page
        await page.until("document.querySelector('path.layer')")
        await page.js("document.querySelector('article h3 a').focus()")
        await page.press("Enter")
        await page.until("document.querySelector('dialog')?.open")
        (session,) = (await site.rest("plan"))["sessions"]
        said = await page.text("dialog")
        assert session["text"] in said
        assert all(reason["text"] in said for reason in session["reasons"])
        assert "waits for 11:00, cheaper by 0.30 EUR per kWh" in said
        assert await page.text("[data-fact=promised]") == "4.0 of 4.0 kWh"
        (stay,) = [one["stay"] for one in (await site.rest("learning"))["upcoming"]]
        median = stay["departure_median"]
        assert median.startswith("2026-03-03T17:0")
        assert (await page.text("[data-fact=median]")).startswith("18:0")  # 17:00 UTC in Berlin
        assert "judged by its meter" in said  # this station gives no composite schedule
        assert "0 A" in await page.text("dialog .periods")
        await site.press("dialog .ask button")
        await page.until("document.querySelector('dialog .ask [role=status]').innerText.length > 0")
        assert await page.js("document.activeElement.closest('dialog') !== null")
        await page.press("Escape")
        await page.until("document.querySelector('dialog') === null && location.hash === '#/'")


async def test_the_bill_has_the_figures_of_rest_and_other_days_can_be_chosen():
    async with shown() as site:
        number = await charging(site.api, "CS2")
        for hours, wh in ((0, 0), (0.25, 0), (0.75, 1840), (2, 1840)):
            await metered(site.api, "CS2", number, hours, wh)
        site.api.clock.forward(7200)
        await site.open("#/bill")
        page = site.page
        bill = await site.rest("days/2026-03-03/bill")
        for way in bill["ways"]:
            cell = f"[data-total='{way['way']}']"
            assert await page.text(cell) == f"{way['total']:.2f}"
        real, best = bill["ways"][0]["total"], bill["ways"][3]["total"]
        told = await page.text("[data-fact=told]")
        assert told.startswith(f"{real:.2f} EUR")
        assert f"could have been {best:.2f} EUR" in told
        assert await page.js("document.querySelectorAll('.bars svg .bar').length") == 12
        assert "1.8 kWh" in await page.text(".bars")
        assert await page.js("document.querySelector('.days button:last-child').disabled")
        await site.press(".days button")
        assert "No car was charged on that day" in await page.text(".empty")
        assert await page.js("document.querySelector('input[type=date]').value") == "2026-03-02"


async def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.js(
            f"{{ const field = document.getElementById('le-{name}'); field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('input', {bubbles: true}));"
            " field.dispatchEvent(new Event('change', {bubbles: true})) }"
        )


async def test_a_limit_event_is_entered_refused_and_cancelled():
    async with shown() as site:
        await site.open("#/limits")
        page = site.page
        assert "None is announced" in await page.text(".page .empty")
        await page.until(
            "document.getElementById('le-start').value === '2026-03-03T10:00'"
        )  # the hour in Berlin
        await fill(
            page, start="2026-03-03T13:00", end="2026-03-03T12:30", node="grid", limit="20", reason="works"
        )
        await site.press("form button[type=submit]")
        asked = await page.text("dialog[open]")
        assert "Lower grid to 20 kW" in asked
        await site.press("dialog[open] button.strong")
        refusal = await site.api.problem(
            "POST",
            "/sites/depot/limit-events",
            400,
            json={"start": at(3), "end": at(2.5), "node": "grid", "limit_kw": 20},
        )
        assert await page.text("#le-fault") == f"{refusal['path']}: {refusal['detail']}"
        assert await page.js("document.getElementById('le-end').getAttribute('aria-invalid')") == "true"
        assert await site.rest("limit-events") == []
        await fill(page, end="2026-03-03T14:30")
        await site.press("form button[type=submit]")
        await site.press("dialog[open] button.strong")
        await page.until("document.querySelectorAll('tr[data-event]').length === 1")
        (event,) = await site.rest("limit-events")
        assert (event["start"], event["end"]) == ("2026-03-03T12:00:00Z", "2026-03-03T13:30:00Z")
        assert (event["node"], event["limit_kw"], event["reason"]) == ("grid", 20, "works")
        row = await page.text("tr[data-event]")
        assert all(part in row for part in ("announced", "13:00", "14:30", "grid", "20 kW", "works"))
        await site.press("tr[data-event] button")
        await site.press("dialog[open] .answers button")  # leave it
        assert len(await site.rest("limit-events")) == 1
        await site.press("tr[data-event] button")
        await site.press("dialog[open] button.strong")
        await page.until("document.querySelectorAll('tr[data-event]').length === 0")
        assert await site.rest("limit-events") == []


async def test_forecasts_say_where_they_come_from_and_what_to_do():
    async with shown(prices=[], price_provider="file", price_area="prices.csv", base_load="load") as site:
        told = [
            {"kind": "load", "at": at(-hours / 4), "power_w": 3000 + 10 * (hours % 96)}
            for hours in range(1, 960)
        ]
        await site.open("#/forecasts")
        page = site.page
        trouble = await site.api.ok("POST", "/market/areas/file/prices.csv/refresh")
        assert trouble["trouble"]
        await page.until("document.querySelector('.sources').innerText.includes('Nothing was told yet')")
        await site.api.ok("POST", "/sites/depot/measurements", json={"measurements": told})
        await site.api.ok(
            "PUT", "/sites/depot/goal", json={"goal": "cost"}
        )  # a change, so that it is read again
        await site.open("#/bill")
        await site.open("#/forecasts")
        await page.until("document.querySelector('path.kept')?.getAttribute('d').length > 100")
        assert trouble["trouble"] in await page.text("[data-area=file]")
        assert "building: 3.0 kW at" in await page.text("[data-meter=load]")
        outlook = await site.rest("outlook?hours=36")
        most = max(slot["base_power_w"] for slot in outlook["slots"]) / 1000
        assert f"Building at most {most:.1f} kW expected" in await page.js(
            "document.querySelector('figure svg').getAttribute('aria-label')"
        )
        notes = [" ".join(note.split()) for note in outlook["notes"]]
        assert all([note in await page.text("main") for note in notes])


@pytest.mark.parametrize("dark", [False, True])
async def test_every_page_fits_a_telephone(dark: bool):
    async with shown() as site:
        await charging(site.api, "CS2")
        for where in ("", "#/session/CS2/1", "#/bill", "#/limits", "#/forecasts"):
            await site.page.show("about:blank")
            await site.open(where, width=400, height=800, dark=dark)
            await site.page.until("document.querySelector('h2')")
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await site.page.js(wide) == 0, where
            unnamed = """[...document.querySelectorAll('button, a, input, select')].filter((one) =>
                !(one.innerText?.trim() || one.ariaLabel || one.labels?.length)).map((one) => one.outerHTML)"""
            assert await site.page.js(unnamed) == [], where


async def test_a_console_without_a_site_teaches_how_to_begin():
    async with bench(served=True, pages=console_routes()) as api, chromium() as page:
        await page.show(str(api.http.base_url))
        await page.until("document.querySelector('.empty')")
        assert "POST /api/v1/sites" in await page.text(".empty")
        assert page.troubles == []
