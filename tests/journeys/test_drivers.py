"""A story with drivers, told by simulated stations of three versions, which are made without a word of ours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.journeys.central import TOKEN, central_system, url
from tests.patience import PATIENCE_S

from chargewright.app.wiring import CentralSystem
from chargewright.csms.cost import EVERYWHERE
from chargewright.csms.customer_information import Customer
from chargewright.domain.cost import Part, Price, Tariff
from chargewright.domain.display import DisplayMessage
from chargewright.domain.local_list import TokenChoice
from chargewright.domain.token import Token
from chargewright.domain.transaction import TransactionState
from chargewright.errors import UnsupportedByVersion
from chargewright.ids import EvseId, StationId
from chargewright.simulator.ev import Car
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Arrival, Scenario, StationSpec

STATIONS = {"A": "ocpp1.6", "B": "ocpp2.0.1", "C": "ocpp2.1"}
CAR = Car(phases=3, current_max_a=16, capacity_wh=60_000, soc=0.3, follow_s=2)


@pytest.fixture
async def story() -> AsyncIterator[CentralSystem]:
    """Three stations; a car at each after one minute, for ten minutes. A minute takes half a second."""
    async with central_system(*STATIONS, site=False, speed=120.0) as central:
        await central.store.commit(
            lambda records: records.put_token(Token(TOKEN, concurrent_transactions_max=None))
        )
        start = central.services.clock.now()
        scenario = Scenario(
            name="drivers",
            start=start,
            end=start + timedelta(minutes=30),
            site={
                "nodes": [{"id": "main", "limit_a": 100}],
                "evses": [
                    {"station": s, "node": "main", "connection": "RST", "current_max_a": 32} for s in STATIONS
                ],
            },
            stations=tuple(
                StationSpec(name, version=version, meter_interval_s=30) for name, version in STATIONS.items()
            ),
            arrivals=tuple(
                Arrival(
                    name,
                    1,
                    start + timedelta(minutes=1),
                    start + timedelta(minutes=11),
                    20_000,
                    TOKEN,
                    CAR,
                    start + timedelta(minutes=11),
                    20_000,
                )
                for name in STATIONS
            ),
            faults=(),
        )
        site = SimulatedSite(scenario, url(central, ""), central.services.clock)
        await site.start()
        assert site.connected == 3, site.refusals
        running = asyncio.create_task(site.run())
        try:
            yield central
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await site.stop()


async def until(asked: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = asked()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


async def test_lists_reservations_cost_messages_and_customers(story: CentralSystem):
    drivers, clock = story.drivers, story.services.clock
    tariff = Tariff("t", "EUR", energy=Part((Price(Decimal("0.50")),)), fixed=Part((Price(Decimal(1)),)))
    await drivers.costs.put(tariff)
    await drivers.costs.use("default", EVERYWHERE, "t")

    for name in STATIONS:
        station_id = StationId(name)
        kept = await drivers.local_lists.put(station_id, TokenChoice(tokens=(TOKEN,)))
        assert (name, kept.state, kept.reason) == (name, "current", "")
        asked = await drivers.local_lists.ask_version(station_id)
        assert (asked.reported_version, asked.state) == (kept.version, "current")
        made = await drivers.reservations.reserve(
            station_id, id_token=TOKEN, expires_at=clock.now() + timedelta(hours=1), evse_id=EvseId(1)
        )
        assert (name, made.state, made.status) == (name, "active", "Accepted")

    def all_charge() -> bool:
        return len([t for t in story.services.transactions.open() if t.id_token == TOKEN]) == 3

    await until(all_charge)
    for reservation in await drivers.reservations.page():
        assert reservation.state == "used", f"{reservation.station_id}: {reservation}"

    message = DisplayMessage(0, "Willkommen")
    with pytest.raises(UnsupportedByVersion):
        await drivers.display_messages.show(StationId("A"), message)
    for name in ("B", "C"):
        station_id = StationId(name)
        shown = await drivers.display_messages.show(station_id, message)
        assert (name, shown.status) == (name, "Accepted")
        await drivers.display_messages.refresh(station_id)

        async def confirmed(station_id: StationId = station_id) -> bool:
            (only,) = await drivers.display_messages.all(station_id)
            return only.confirmed_at is not None

        await until(confirmed)
        (running,) = [t for t in story.services.transactions.open() if t.station_id == name]
        told = await drivers.watch.ask(running.id)
        assert (name, told.ongoing, told.failure) == (name, True, "")

    async def all_over() -> bool:
        found = await story.store.read(lambda records: records.transactions())
        return len(found) == 3 and all(t.state is TransactionState.ENDED for t in found)

    await until(all_over)
    for transaction in await story.store.read(lambda records: records.transactions()):
        assert transaction.complete, f"{transaction}"
        cost = await drivers.costs.cost(transaction.id)
        assert cost is not None
        assert cost.final
        assert transaction.energy_wh is not None
        expected = Decimal(str(transaction.energy_wh)) / 2000 + 1
        assert abs(cost.gross - expected) <= Decimal("0.005"), f"{transaction.station_id}: {cost}"

    for name in ("B", "C"):
        report = await drivers.customer_information.ask(StationId(name), Customer(id_token=TOKEN), clear=True)
        assert (name, report.status) == (name, "Accepted")
        assert await drivers.local_lists.entries(StationId(name)) == []
        assert (await drivers.local_lists.ask_version(StationId(name))).state == "current"
