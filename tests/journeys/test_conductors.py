"""One-phase cars at three-phase stations: what they do not load goes to others, and no wire is ever overloaded."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chargewright.app.config import StationsConfig
from chargewright.app.demo import SITE_ID, provision
from chargewright.app.offline import optimum_wh
from chargewright.app.wiring import build
from chargewright.domain.site import SiteSettings
from chargewright.simulator.clock import PacedClock
from chargewright.simulator.ev import Car
from chargewright.simulator.scenario import Arrival, Scenario, StationSpec

PHASES = "RST"

START = datetime(2026, 3, 3, 8, tzinfo=UTC)
FUSE_A = 32.0


def arrival(station: int, begin_h: float, end_h: float, *, phases: int) -> Arrival:
    hours = end_h - begin_h
    energy_wh = 0.9 * FUSE_A * 230.0 * hours
    car = Car(
        current_max_a=FUSE_A, phases=phases, capacity_wh=90e3, soc=0.1, soc_target=0.1 + energy_wh / 90e3
    )
    return Arrival(
        f"CP{station}",
        1,
        START + timedelta(hours=begin_h),
        START + timedelta(hours=end_h),
        energy_wh,
        f"T{station}{begin_h:g}",
        car,
        departure_told=START + timedelta(hours=end_h),
        energy_told_wh=energy_wh,
    )


def story(arrivals: list[Arrival]) -> Scenario:
    site = {
        "nodes": [{"id": "main", "limit_a": FUSE_A}],
        "evses": [
            {
                "station": f"CP{n}",
                "node": "main",
                "connection": PHASES[n:] + PHASES[:n],
                "current_max_a": FUSE_A,
            }
            for n in range(3)
        ],
    }
    return Scenario(
        name="rotated",
        site=site,
        stations=tuple(
            StationSpec(id=f"CP{n}", conductors=3, current_max_a=FUSE_A, meter_interval_s=30)
            for n in range(3)
        ),
        arrivals=tuple(arrivals),
        start=START - timedelta(minutes=5),
        end=START + timedelta(hours=4),
    )


async def charged(scenario: Scenario) -> tuple[float, float, float]:
    """Delivered kWh, the best anybody could, and the seconds that a wire was above its limit."""
    clock = PacedClock(scenario.start - timedelta(minutes=2))
    with tempfile.TemporaryDirectory() as folder:
        central = build(StationsConfig(port=0), database=Path(folder) / "c.db", clock=clock)
        await central.start()
        try:
            simulated = await provision(
                central, scenario, clock, SiteSettings(goal="energy", headroom_percent=0.0)
            )
            before_wh = float(simulated.world.fleet.register_wh.sum())
            await simulated.start()
            await simulated.run(scenario.end, speed=0)
            delivered_wh = float(simulated.world.fleet.register_wh.sum()) - before_wh
            best_wh = optimum_wh(central.sites.get(SITE_ID).site, scenario)
            await simulated.stop()
            return delivered_wh / 1000, best_wh / 1000, simulated.world.judge.seconds_above
        finally:
            await central.stop()


@pytest.mark.timeout(120)
async def test_each_one_phase_car_has_a_phase_of_its_own():
    delivered, best, above = await charged(story([arrival(n, 0, 3, phases=1) for n in range(3)]))
    assert above == 0
    assert best == pytest.approx(3 * 0.9 * FUSE_A * 0.230 * 3, rel=1e-3)
    # counted on all three phases they would share one fuse: a third
    assert delivered >= 0.9 * best


@pytest.mark.timeout(120)
async def test_a_three_phase_car_that_comes_after_one_phase_ones_overloads_nothing():
    cars = [arrival(0, 0, 1.5, phases=1), arrival(0, 1.6, 3, phases=3)]
    cars += [arrival(n, 0, 3, phases=1) for n in (1, 2)]
    _delivered, _best, above = await charged(story(cars))
    assert above == 0
