"""What OCPP 2.1 adds, ordered of a simulated station, which is made without a word of ours and keeps what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.journeys.central import TOKEN, central_system, url
from tests.patience import PATIENCE_S

from chargewright.app.wiring import CentralSystem
from chargewright.charging.profile import OperationMode, Purpose, RateUnit
from chargewright.csms.dynamic_profiles import DynamicWish
from chargewright.domain.commands import CompositeReported, RawAnswered, RawCommand, ReportCompositeSchedule
from chargewright.domain.cost import Part, Price, Tariff
from chargewright.domain.dynamic_profile import DynamicValues
from chargewright.ids import EvseId, StationId
from chargewright.simulator.ev import Car
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Arrival, Scenario, StationSpec

STATION = StationId("C")
CAR = Car(phases=3, current_max_a=16, capacity_wh=60_000, soc=0.3, follow_s=2)
DROOP = {
    "priority": 0,
    "overFreq": 50.2,
    "underFreq": 49.8,
    "overDroop": 5.0,
    "underDroop": 5.0,
    "responseTime": 1.0,
}


@pytest.fixture
async def story() -> AsyncIterator[CentralSystem]:
    """One station, where a car charges; a minute takes half a second."""
    async with central_system(STATION, site=False, speed=120.0) as central:
        start = central.services.clock.now()
        evse = {"station": STATION, "node": "main", "connection": "RST", "current_max_a": 32}
        arrival = Arrival(
            STATION,
            1,
            start + timedelta(seconds=10),
            start + timedelta(hours=3),
            50_000,
            TOKEN,
            CAR,
            start + timedelta(hours=3),
            50_000,
        )
        scenario = Scenario(
            name="additions",
            start=start,
            end=start + timedelta(hours=4),
            site={"nodes": [{"id": "main", "limit_a": 100}], "evses": [evse]},
            stations=(StationSpec(STATION, version="ocpp2.1", meter_interval_s=30, battery_slots=3),),
            arrivals=(arrival,),
            faults=(),
        )
        site = SimulatedSite(scenario, url(central, ""), central.services.clock)
        await site.start()
        assert site.connected == 1, site.refusals
        running = asyncio.create_task(site.run())
        try:
            await until(lambda: central.services.transactions.open_of(STATION))
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


async def limit_a(central: CentralSystem) -> float | None:
    """What the station says that it allows now."""
    order = ReportCompositeSchedule(EvseId(1), 60, RateUnit.A)
    outcome = await central.services.commands.order(STATION, order)
    assert isinstance(outcome.result, CompositeReported), outcome
    assert outcome.result.timeline is not None, outcome.result.reason
    tenths = next(iter(outcome.result.timeline)).value
    return None if tenths is None else tenths / 10


async def test_a_dynamic_profile_is_pushed_and_pulled(story: CentralSystem):
    profiles = story.additions.dynamic_profiles
    wish = DynamicWish(
        EvseId(1),
        Purpose.TX_DEFAULT,
        RateUnit.A,
        DynamicValues(limit_tenths=120),
        mode=OperationMode.CHARGING_ONLY,
        interval_s=60,
        duration_s=3600,
    )
    kept, answer = await profiles.install(STATION, wish)
    assert (answer.status, answer.reason) == ("Accepted", "")
    assert await limit_a(story) == 12.0
    _, answer = await profiles.update(STATION, kept.id, DynamicValues(limit_tenths=83))
    assert answer.accepted
    assert await limit_a(story) == 8.3

    async def pulled() -> bool:
        (now,) = await profiles.all(STATION)
        return now.pulled_at is not None

    await until(pulled)
    assert await limit_a(story) == 8.3
    assert (await profiles.clear(STATION, kept.id)).accepted
    assert await profiles.all(STATION) == []


async def test_a_transaction_charges_first(story: CentralSystem):
    priority = story.additions.priority_charging
    (transaction,) = story.services.transactions.open_of(STATION)
    assert (await priority.use(STATION, transaction.wire_id, is_active=True)).status == "NoProfile"
    assert (await priority.use(STATION, "nobody", is_active=True)).status == "Rejected"
    period = {"startPeriod": 0, "limit": 32}
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "startSchedule": story.services.clock.now(),
        "chargingSchedulePeriod": [period],
    }
    profile = {
        "id": 9,
        "stackLevel": 0,
        "chargingProfilePurpose": "PriorityCharging",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    order = RawCommand("SetChargingProfile", {"evseId": 1, "chargingProfile": profile})
    outcome = await story.services.commands.order(STATION, order)
    assert isinstance(outcome.result, RawAnswered), outcome
    assert outcome.result.response["status"] == "Accepted"
    assert (await priority.use(STATION, transaction.wire_id, is_active=True)).accepted
    changes = await priority.changes(STATION, 10)
    assert [change.status for change in changes if change.by == "operator"] == [
        "Accepted",
        "Rejected",
        "NoProfile",
    ]


async def test_der_controls_are_reported_as_they_were_set(story: CentralSystem):
    der = story.additions.der_controls
    set_id, answer = await der.set(STATION, "FreqDroop", DROOP, is_default=True)
    assert answer.status == "Accepted"
    report = await der.refresh(STATION)
    assert report.status == "Accepted"

    async def confirmed() -> bool:
        (control,) = await der.all(STATION)
        return control.confirmed_at is not None

    await until(confirmed)
    (control,) = await der.all(STATION)
    assert (control.id, control.type, control.is_default) == (set_id, "FreqDroop", True)
    assert control.setting == DROOP
    assert (await der.clear(STATION, is_default=True, control_id=set_id)).status == "Accepted"
    assert (await der.clear(STATION, is_default=True)).status == "NotFound"


async def test_tariffs_are_held_by_the_station(story: CentralSystem):
    for name, price in (("day", "0.50"), ("night", "0.30")):
        await story.drivers.costs.put(Tariff(name, "EUR", energy=Part((Price(Decimal(price)),))))
    tariffs = story.additions.station_tariffs
    assert (await tariffs.set_default(STATION, EvseId(0), "day")).accepted
    told = await tariffs.ask(STATION)
    assert [(one.tariff_id, one.kind, one.evse_ids) for one in told.assigned] == [
        ("day", "DefaultTariff", (1,))
    ]
    (transaction,) = story.services.transactions.open_of(STATION)
    assert (await tariffs.change(STATION, transaction.wire_id, "night")).accepted

    assert [one.status for one in await tariffs.clear(STATION, ("day",))] == ["Accepted"]
    assert (await tariffs.ask(STATION)).status == "NoTariff"
    assert await tariffs.defaults(STATION) == []
    stop = RawCommand("RequestStopTransaction", {"transactionId": transaction.wire_id})
    await story.services.commands.order(STATION, stop)

    async def reckoned() -> bool:
        return await story.drivers.costs.reported(transaction.id) is not None

    await until(reckoned)
    details = await story.drivers.costs.reported(transaction.id)
    assert details is not None
    energy_kwh = details["totalUsage"]["energy"]
    assert details["totalCost"]["total"]["exclTax"] == pytest.approx(energy_kwh * 0.30, abs=1e-3)


async def test_streams_swaps_and_signals(story: CentralSystem):
    added = story.additions
    made = await added.battery_swaps.request(STATION, TOKEN)
    assert made.status == "Accepted"

    async def swapped() -> bool:
        return len(await added.battery_swaps.events(STATION, 10)) == 2

    await until(swapped)
    out, into = await added.battery_swaps.events(STATION, 10)
    assert (into.told.event, out.told.event) == ("BatteryIn", "BatteryOut")
    assert {into.told.request_id, out.told.request_id} == {made.request_id}
    (transaction,) = story.services.transactions.open_of(STATION)
    allowed = await added.bidirectional.allow(STATION, transaction.wire_id, ["AC_three_phase"])
    assert allowed.status == "Accepted"
    signal = await added.bidirectional.signal(STATION, 5)
    assert signal.status == "Rejected", "no profile of mode LocalFrequency is in force"
    web = await added.payments.web_payment_started(STATION, EvseId(1), timeout_s=60)
    assert web.status == "Accepted"
    monitor = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
        "type": "Periodic",
        "value": 30,
        "severity": 8,
        "periodicEventStream": {"interval": 60},
    }
    order = RawCommand("SetVariableMonitoring", {"setMonitoringData": [monitor]})
    outcome = await story.services.commands.order(STATION, order)
    assert isinstance(outcome.result, RawAnswered), outcome
    assert outcome.result.response["setMonitoringResult"][0]["status"] == "Accepted"  # type: ignore[index]  # JSON

    async def heard() -> bool:
        streams = await added.event_streams.all(STATION)
        return bool(streams) and streams[0].heard_at is not None

    await until(heard)
    (stream,) = await added.event_streams.all(STATION)
    messages = await added.event_streams.messages(STATION, stream.description.id, 10)
    assert messages[-1].values
    adjusted = await added.event_streams.adjust(STATION, stream.description.id, interval_s=10, values=None)
    assert adjusted.accepted
    assert (await added.event_streams.refresh(STATION)).accepted
    (stream,) = await added.event_streams.all(STATION)
    assert stream.description.interval_s == 10
