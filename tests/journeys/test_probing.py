"""Simulated stations, which share no code with the side that asks, show what they were given; nothing stays at them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.journeys.central import central_system
from tests.patience import PATIENCE_S

from chargewright.domain.probing import Question
from chargewright.ids import StationId
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Scenario, StationSpec

SPEED = 20.0


@asynccontextmanager
async def in_service(spec):
    """A simulated station that is charged by plan; yields the central system and the station."""
    clock = ScaledClock(speed=SPEED)
    async with central_system(spec.id, speed=SPEED) as central:
        site = {
            "nodes": [{"id": "main", "limit_a": 20.0}],
            "evses": [{"station": spec.id, "node": "main", "connection": "RST", "current_max_a": 32.0}],
        }
        end = clock.now() + timedelta(days=1)
        scenario = Scenario(name="one", start=clock.now(), end=end, site=site, stations=(spec,), arrivals=())
        simulated = SimulatedSite(scenario, f"ws://127.0.0.1:{central.gateway.port}/ocpp", clock)
        await simulated.start()
        running = asyncio.ensure_future(simulated.run())
        commissioned = asyncio.Event()
        unsubscribe = central.services.bus.subscribe(lambda _: commissioned.set())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while central.services.provisioning.require(StationId(spec.id)).commissioned_at is None:
                    await commissioned.wait()
                    commissioned.clear()
            yield central, simulated.world.links[0].station
        finally:
            unsubscribe()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await simulated.stop()


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize("unit", ["A", "W"])
async def test_a_simulated_station_shows_what_it_was_built_with_and_keeps_its_own_profiles(version, unit):
    spec = StationSpec("CP1", version=version, evses=1, unit=unit, periods_max=5)
    async with in_service(spec) as (central, station):
        before = {installed.profile.id for installed in station.profiles.installed}
        assert before == {1001}, "its base profile"
        probe = await central.devices.probing.probe(StationId("CP1"), for_model=False)
        assert (probe.state, probe.uncleared) == ("complete", ())
        assert probe.accepted(Question.UNIT_A) is (unit == "A")
        assert probe.accepted(Question.UNIT_W) is (unit == "W")
        assert probe.accepted(Question.PERIODS) is True
        assert probe.accepted(Question.MORE_PERIODS) is False
        assert probe.accepted(Question.STACK_LEVEL) is True
        assert probe.accepted(Question.STATION_MAX) is True
        after = {installed.profile.id for installed in station.profiles.installed}
        assert after == before
        known = central.services.provisioning.require(StationId("CP1"))
        assert known.abilities is not None
        assert (known.abilities.unit_a, known.abilities.unit_w) == (unit == "A", unit == "W")
        assert known.abilities.periods_max == 5
        assert known.commissioned_at is not None
