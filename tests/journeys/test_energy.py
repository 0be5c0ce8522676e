"""Prices on their way from a file to a site's outlook, through a whole central system; and what outlives it."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW, ManualClock
from tests.journeys.central import site_definition
from tests.patience import PATIENCE_S

from chargewright.app.config import MarketConfig, StationsConfig
from chargewright.app.wiring import build
from chargewright.csms.market import Area
from chargewright.domain.site import SiteSettings
from chargewright.ids import SiteId

HOUR = timedelta(hours=1)
AREA = Area("file", "spot.csv")
SETTINGS = SiteSettings(price_provider="file", price_area="spot.csv")


@asynccontextmanager
async def running(folder, clock):
    central = build(
        StationsConfig(port=0),
        database=folder / "db",
        clock=clock,
        market=MarketConfig(folder=str(folder / "market")),
    )
    await central.start()
    try:
        yield central
    finally:
        await central.stop()


async def until(central, asked):
    async with asyncio.timeout(PATIENCE_S):
        while not asked():
            await central.store.commit(lambda _: None)


async def price_now(central, clock):
    (record,) = central.sites.records()
    outlook = await central.services.energy.outlooks.of(
        record, start=clock.now(), end=clock.now() + 24 * HOUR
    )
    return outlook.prices and outlook.prices.at(clock.now()), outlook.notes


def write(path, price):
    path.parent.mkdir(exist_ok=True)
    lines = [f"{NOW + n * HOUR:%Y-%m-%dT%H:%MZ},{price + n}" for n in range(48)]
    path.write_text("start,EUR_per_MWh\n" + "\n".join(lines) + "\n")
    os.utime(path, ns=(1, int(price) + 1))


async def test_a_file_that_changes_reaches_the_outlook_and_outlives_a_restart(tmp_path):
    path, clock = tmp_path / "market" / "spot.csv", ManualClock()
    write(path, 80)
    async with running(tmp_path, clock) as central:
        market = central.services.energy.market
        await central.sites.put(SiteId("depot"), "Depot", site_definition("CS1"), SETTINGS)
        await until(central, lambda: market.state(AREA).series is not None)
        assert await price_now(central, clock) == (pytest.approx(0.080), ())
        write(path, 120)
        clock.forward(15)
        await until(central, lambda: market.state(AREA).series.points[0].value == pytest.approx(0.120))
        assert (await price_now(central, clock))[0] == pytest.approx(0.120)
    path.unlink()
    async with running(tmp_path, clock) as central:
        market = central.services.energy.market
        await until(central, lambda: market.state(AREA).trouble)
        assert "No such file" in market.state(AREA).trouble
        assert (await price_now(central, clock))[0] == pytest.approx(0.120)
        write(path, 60)
        clock.forward(30)
        await until(central, lambda: not market.state(AREA).trouble)
        assert (await price_now(central, clock))[0] == pytest.approx(0.060)
