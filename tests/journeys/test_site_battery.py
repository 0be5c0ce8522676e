"""A site's own battery beside cars under one fuse: told each minute, ordered by plan, never too much for the fuse."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.journeys.test_conductors import FUSE_A, START, arrival, story

from chargewright.app.config import StationsConfig
from chargewright.app.demo import SITE_ID, provision
from chargewright.app.wiring import build
from chargewright.domain.site import SiteSettings
from chargewright.simulator.clock import PacedClock

MINUTE = timedelta(minutes=1)
CAPACITY_WH = 20_000.0
EFFICIENCY = 0.9
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


class Inverter:
    """Follows the newest order that it fetched, at once and exactly, and stops charging when that has run out."""

    def __init__(self) -> None:
        self.energy_wh = CAPACITY_WH / 2
        self.power_w = 0.0
        self.until = MIDNIGHT
        self.lowest_wh = self.energy_wh

    def step(self, now: datetime) -> None:
        if now >= self.until:
            self.power_w = min(self.power_w, 0.0)
        wh = self.power_w / 60
        self.energy_wh = min(self.energy_wh + (wh / EFFICIENCY if wh < 0 else wh), CAPACITY_WH)
        self.lowest_wh = min(self.lowest_wh, self.energy_wh)


@pytest.mark.timeout(120)
async def test_it_charges_when_energy_is_cheap_gives_when_it_is_dear_and_leaves_room_for_cars():
    scenario = story([arrival(0, 1, 4, phases=3), arrival(1, 1, 4, phases=3)])
    battery = {
        "id": "cellar",
        "node": "main",
        "power_max_w": 13_800,
        "discharge_power_max_w": 6_900,
        "capacity_wh": CAPACITY_WH,
        "efficiency": EFFICIENCY,
    }
    scenario.site["batteries"] = [battery]
    cheap, dear, again = MIDNIGHT, START + timedelta(hours=1), START + timedelta(hours=4)
    settings = SiteSettings(
        goal="cost",
        headroom_percent=0.0,
        prices=((cheap, 0.10), (dear, 0.50), (again, 0.10)),
        export_prices=((cheap, 0.05), (dear, 0.45), (again, 0.05)),
    )
    clock = PacedClock(scenario.start - timedelta(minutes=2))
    inverter, by_hour = Inverter(), dict.fromkeys(range(4), 0.0)
    with tempfile.TemporaryDirectory() as folder:
        central = build(StationsConfig(port=0), database=Path(folder) / "c.db", clock=clock)
        await central.start()
        try:
            simulated = await provision(central, scenario, clock, settings)
            await simulated.start()
            record = central.sites.get(SITE_ID).record
            batteries = central.services.batteries
            at = scenario.start
            while at < scenario.end:
                await simulated.run(at, speed=0)
                inverter.step(at)
                told = await batteries.tell(
                    record, "cellar", energy_wh=inverter.energy_wh, power_w=inverter.power_w
                )
                central.sites.get(SITE_ID).changed()
                order = told.order(clock.now())
                if order is not None:
                    inverter.power_w, inverter.until = order.power_w, order.until
                cars_a = sum(float(a) for a in simulated.world.fleet.current_a)
                assert cars_a + max(inverter.power_w, 0.0) / 690 <= FUSE_A + 0.1, at
                if at >= START:
                    by_hour[int((at - START) / timedelta(hours=1))] += inverter.power_w / 60
                at += MINUTE
            assert simulated.world.judge.seconds_above == 0
            delivered = simulated.world.fleet.register_wh
            await simulated.stop()
        finally:
            await central.stop()
    assert by_hour[0] > 5_000, "half full, and the next hours are dear"
    assert by_hour[1] + by_hour[2] + by_hour[3] < -5_000
    assert inverter.lowest_wh >= -1
    assert len(delivered) == 3
