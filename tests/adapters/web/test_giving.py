"""The console of a site where energy flows both ways: cars that are discharged, and a battery of the site's own."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import bench
from tests.adapters.rest.test_batteries import PATH
from tests.adapters.rest.test_batteries import SITE as BATTERY_SITE
from tests.adapters.web.browser import CHROMIUM, chromium
from tests.adapters.web.test_console import Shown
from tests.journeys.test_conductors import START
from tests.journeys.test_v2g import DEAR, SETTINGS, story
from tests.patience import PATIENCE_S

from chargewright.adapters.rest.api import Api
from chargewright.adapters.web.pages import console_routes
from chargewright.app.config import StationsConfig
from chargewright.app.demo import provision
from chargewright.app.wiring import build, services_of
from chargewright.simulator.clock import PacedClock

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")


@asynccontextmanager
async def discharging():
    """A depot in the dear hour: one car gives back, one of 1.6 beside it cannot. Its console."""
    scenario = story(("ocpp2.1", "ocpp1.6"))
    clock = PacedClock(scenario.start - timedelta(minutes=2))
    central = build(StationsConfig(port=0), database=":memory:", clock=clock)
    await central.start()
    try:
        simulated = await provision(central, scenario, clock, replace(SETTINGS, time_zone="UTC"))
        await simulated.start()
        await simulated.run(START + timedelta(hours=DEAR[0], minutes=5), speed=0)
        api = Api(services_of(central), token_hash=None, pages=console_routes())
        serving = asyncio.create_task(api.serve("127.0.0.1", 0))
        async with asyncio.timeout(PATIENCE_S):
            while api.port is None:
                assert not serving.done(), serving.exception()
                await asyncio.sleep(0)
        async with chromium() as page:
            await page.show(f"http://127.0.0.1:{api.port}/")
            await page.until("document.querySelector('path.layer')")
            yield page
            assert page.troubles == []
        await api.stop()
        await serving
        await simulated.stop()
    finally:
        await central.stop()


async def test_a_car_that_gives_back_is_shown_giving():
    async with discharging() as page:
        rest = "fetch('/api/v1/sites/demo/live').then((one) => one.json())"
        gives, other = await page.js(f"{rest}.then((live) => live.evses.map((evse) => evse.measured_a))")
        assert gives < -6 <= other
        cards = "[...document.querySelectorAll('article')].map((one) => one.innerText.replace(/\\s+/g, ' '))"
        card = next(text for text in await page.js(cards) if text.startswith("CP0"))
        assert "gives back" in card
        assert "-" not in card.replace("CP-", "").split("gives back")[1].split(" A")[0], (
            "it gives, not draws, and no sign"
        )
        assert "1 gives back" in await page.text("dl")
        assert "fed back" in await page.text("dl")
        assert await page.js(
            "[...document.querySelectorAll('i[style]')].every((one) => parseFloat(one.style.width || '0') >= 0)"
        )
        await page.js("document.querySelector('article h3 a').click()")
        await page.until("document.querySelector('dialog figure')")
        dialog = await page.text("dialog")
        assert f"Gives {-gives:.1f}".rstrip("0").rstrip(".") in dialog
        assert "Gives back before" in dialog
        assert "gives back" in dialog


async def test_a_battery_is_shown_with_what_it_holds_does_and_is_to_do():
    async with bench(served=True, pages=console_routes()) as api, chromium() as page:
        site = Shown(api, page)
        await api.ok("POST", "/sites", json=BATTERY_SITE)
        await site.open()
        card = "[data-battery=cellar]"
        await page.until(f"document.querySelector('{card}')")
        assert "nobody told its state" in await page.text(card)
        await api.ok("POST", f"{PATH}/cellar", json={"soc_percent": 50, "power_w": -2_000})
        control = api.services.sites.get("depot")
        await api.until(lambda: control.idle)
        api.clock.forward(3)
        await api.until(lambda: api.services.batteries.of(control.record)[0][1].orders)
        await page.until(f"document.querySelector('{card} .pill').innerText === 'gives'")
        (told,) = await api.ok("GET", PATH)
        assert await page.text(f"{card} [data-fact=holds]") == "15.0 of 30.0 kWh"
        assert "3.0 kWh are kept" in await page.text(card)
        assert (await page.text(f"{card} [data-fact=does]")).startswith("gives 2.0 kW")
        await page.until(f"document.querySelector('{card} [data-fact=order]').innerText.startsWith('charge')")
        assert f"charge {told['order']['power_w'] / 1000:.1f} kW" in await page.text(
            f"{card} [data-fact=order]"
        )
        await api.ok("POST", f"{PATH}/cellar", json={"soc_percent": 52, "power_w": 15_000})
        await page.until(f"document.querySelector('{card} .pill').innerText === 'disobeys'")
        assert "counts with all that it can draw" in await page.text(card)
        assert page.troubles == []


async def test_a_site_without_batteries_says_nothing_of_them():
    async with bench(served=True, pages=console_routes()) as api, chromium() as page:
        plain = {**BATTERY_SITE["definition"], "batteries": []}
        await api.ok("POST", "/sites", json={**BATTERY_SITE, "definition": plain})
        await Shown(api, page).open()
        await page.until("document.querySelector('dl')")
        assert await page.js("document.querySelector('[data-battery], #batteries-title')") is None
