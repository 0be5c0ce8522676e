"""Cars of a depot give in a dear hour what they took in a cheap one, over OCPP 2.1, and leave with what they came for."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.journeys.test_conductors import FUSE_A, START

from chargewright.app.config import StationsConfig
from chargewright.app.demo import provision
from chargewright.app.wiring import build
from chargewright.domain.site import SiteSettings
from chargewright.simulator.clock import PacedClock
from chargewright.simulator.ev import Car
from chargewright.simulator.scenario import Arrival, Scenario, StationSpec

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
DEAR = 1, 3
EXPORT_MAX_KW = 9.0
EFFICIENCY = 0.9
WISH_WH = 4_000.0
CAPACITY_WH = 40_000.0
SETTINGS = SiteSettings(
    goal="cost",
    discharge=True,
    discharge_reserve_percent=40.0,
    discharge_efficiency=EFFICIENCY,
    prices=((MIDNIGHT, 0.10), (START + DEAR[0] * HOUR, 0.60), (START + DEAR[1] * HOUR, 0.10)),
    export_prices=((MIDNIGHT, 0.08), (START + DEAR[0] * HOUR, 0.55), (START + DEAR[1] * HOUR, 0.08)),
)


def story(versions: tuple[str, ...]) -> Scenario:
    """One car a station, all there for five hours, all under one fuse; those of 2.1 can give back."""
    evses = [
        {"station": f"CP{n}", "node": "main", "connection": "RST", "current_max_a": FUSE_A}
        for n in range(len(versions))
    ]
    cars = [
        Car(
            current_max_a=FUSE_A,
            phases=3,
            capacity_wh=CAPACITY_WH,
            soc=0.6,
            knee_soc=1.0,
            discharge_max_a=16.0 if version == "ocpp2.1" else 0.0,
            soc_reserve=0.3,
            round_trip_efficiency=EFFICIENCY,
        )
        for version in versions
    ]
    arrivals = [
        Arrival(
            f"CP{n}",
            1,
            START,
            START + 5 * HOUR,
            WISH_WH,
            f"T{n}",
            car,
            departure_told=START + 5 * HOUR,
            energy_told_wh=WISH_WH,
        )
        for n, car in enumerate(cars)
    ]
    return Scenario(
        name="depot",
        site={
            "nodes": [{"id": "main", "limit_a": FUSE_A, "export_max_kw": EXPORT_MAX_KW}],
            "evses": evses,
        },
        stations=tuple(
            StationSpec(
                id=f"CP{n}",
                version=version,
                conductors=3,
                current_max_a=FUSE_A,
                meter_interval_s=30,
                tells_needs=version == "ocpp2.1",
                v2x=version == "ocpp2.1",
            )
            for n, version in enumerate(versions)
        ),
        arrivals=tuple(arrivals),
        start=START - timedelta(minutes=5),
        end=START + 5 * HOUR,
    )


class Seen:
    """What the simulated wires and batteries showed, minute by minute."""

    def __init__(self) -> None:
        self.net_wh: list[float] = []
        """What the meters showed, a minute each from the start, what was given back taken off."""
        self.back_max_w = 0.0
        self.soc_min = 1.0
        self.soc_end: list[float] = []
        self.drawn_wh = self.given_wh = 0.0
        self.above_s = 0.0
        self.profiles: dict[str, int] = {}
        """Sent, accepted, verified and so on, of the whole story."""


async def charged(scenario: Scenario, settings: SiteSettings) -> Seen:
    clock = PacedClock(scenario.start - timedelta(minutes=2))
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        central = build(StationsConfig(port=0), database=Path(folder) / "c.db", clock=clock)
        await central.start()
        try:
            simulated = await provision(central, scenario, clock, settings)
            fleet = simulated.world.fleet
            before_wh = fleet.register_wh.copy(), fleet.exported_wh.copy()
            await simulated.start()
            at = scenario.start
            while at < scenario.end:
                await simulated.run(at, speed=0)
                if fleet.present.any():
                    seen.soc_min = min(seen.soc_min, float(fleet.soc[fleet.present].min()))
                    seen.soc_end = fleet.soc.tolist()
                seen.back_max_w = max(seen.back_max_w, -fleet.power_w)
                if at >= START:
                    net_wh = float((fleet.register_wh - fleet.exported_wh).sum())
                    seen.net_wh.append(net_wh)
                at += timedelta(minutes=1)
            await simulated.run(scenario.end, speed=0)
            seen.drawn_wh = float((fleet.register_wh - before_wh[0]).sum())
            seen.given_wh = float((fleet.exported_wh - before_wh[1]).sum())
            seen.above_s = simulated.world.judge.seconds_above
            seen.profiles = await central.store.read(lambda records: records.count_profiles())
            await simulated.stop()
        finally:
            await central.stop()
    return seen


@pytest.mark.timeout(120)
async def test_they_give_when_energy_is_dear_and_leave_with_what_they_came_for():
    seen = await charged(story(("ocpp2.1", "ocpp2.1", "ocpp1.6")), SETTINGS)
    assert seen.above_s == 0, "neither fuse nor export limit"
    dear_wh = seen.net_wh[60 * DEAR[0]] - seen.net_wh[60 * DEAR[1]]
    assert 0.95 * 2 * 1000 * EXPORT_MAX_KW <= dear_wh <= 2 * 1000 * EXPORT_MAX_KW
    assert seen.back_max_w <= 1000 * EXPORT_MAX_KW + 1
    assert seen.given_wh == pytest.approx(dear_wh, rel=0.01), "nothing is given in a cheap hour"
    assert min(seen.soc_end) >= 0.6 + WISH_WH / CAPACITY_WH - 0.005
    # they came with 60 %; of what they gave a tenth more had to be charged
    owed_wh = 3 * WISH_WH + seen.given_wh / EFFICIENCY
    assert owed_wh * 0.99 <= seen.drawn_wh <= owed_wh + 3 * 0.01 * CAPACITY_WH
    assert seen.profiles["diverged"] == 0


@pytest.mark.timeout(120)
async def test_nothing_is_given_where_the_site_does_not_allow_it_or_the_reserve_is_all_there_is():
    stations = ("ocpp2.1", "ocpp2.1")
    for settings in (
        replace(SETTINGS, discharge=False),
        replace(SETTINGS, discharge_reserve_percent=100.0),
        replace(SETTINGS, discharge_wear_per_kwh=0.60),
    ):
        seen = await charged(story(stations), settings)
        assert seen.given_wh == 0.0, settings
        assert seen.above_s == 0
        assert min(seen.soc_end) >= 0.6 + WISH_WH / CAPACITY_WH - 0.005


@pytest.mark.timeout(120)
async def test_the_reserve_holds_when_there_is_more_to_earn():
    """A day of it: the batteries are emptied as far as the site lets them be, and no further."""
    scenario = story(("ocpp2.1",))
    sells = replace(SETTINGS, discharge_reserve_percent=55.0, discharge_wear_per_kwh=0.0, goal="cost")
    seen = await charged(scenario, sells)
    assert seen.above_s == 0
    assert 0.545 <= seen.soc_min <= 0.56
    assert min(seen.soc_end) >= 0.6 + WISH_WH / CAPACITY_WH - 0.005
