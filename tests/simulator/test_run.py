"""Stations over real sockets, against a central system made of foreign parts."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from tests.simulator.foreign import foreign_central_system

from chargewright.errors import InvalidInput
from chargewright.simulator.clock import PacedClock, ScaledClock
from chargewright.simulator.ev import Car
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Arrival, Fault, Scenario, StationSpec, workplace
from chargewright.simulator.world import World

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


def story(*, faults=(), stay_min=30, **spec):
    """A station of each version, a car at each, on a fuse that carries both at 10 A and not at 16 A."""
    evses = [
        {"station": name, "node": "fuse", "connection": "RST", "current_max_a": 32.0} for name in ("A", "B")
    ]
    car = Car(phases=3, current_max_a=16, capacity_wh=60_000, soc=0.3, follow_s=2)

    def arrival(station, minute):
        return Arrival(
            station, 1, at(minute), at(minute + stay_min), 20_000, f"T-{station}", car, at(60), 20_000
        )

    return Scenario(
        name="two stations",
        start=START,
        end=at(45),
        site={"nodes": [{"id": "fuse", "limit_a": 21.0}], "evses": evses},
        stations=(
            StationSpec("A", version="ocpp1.6", **spec),
            StationSpec("B", version="ocpp2.0.1", tells_needs=True, **spec),
        ),
        arrivals=(arrival("A", 5), arrival("B", 6)),
        faults=tuple(faults),
    )


async def played(scenario, *, limit_a=10.0, until=None, needs=None, clock=None):
    clock = clock or PacedClock(scenario.start - timedelta(seconds=30))
    async with foreign_central_system(clock, limit_a=limit_a) as (url, book):
        site = SimulatedSite(scenario, url, clock, needs=needs, others_idle=lambda: not book.busy)
        await site.start()
        assert site.connected == len(scenario.stations), site.refusals
        await site.run(until)
        report = site.report()
        await site.stop()
    return report, book


async def test_both_versions_with_a_foreign_central_system():
    report, book = await played(story())
    assert book.outcomes["A"] == ("Accepted", [{"start_period": 0, "limit": 10, "number_phases": 3}])
    assert book.outcomes["B"] == ("Accepted", [{"start_period": 0, "limit": 10, "number_phases": 3}])

    for action in (
        "BootNotification",
        "StatusNotification",
        "Authorize",
        "StartTransaction",
        "StopTransaction",
    ):
        assert book.of("A", action), action
    assert len(book.of("A", "MeterValues")) == 29
    events = book.of("B", "TransactionEvent")
    assert [event["seq_no"] for event in events] == list(range(len(events)))
    assert (events[0]["event_type"], events[-1]["event_type"]) == ("Started", "Ended")
    assert book.of("B", "NotifyEVChargingNeeds")[0]["charging_needs"]["ac_charging_parameters"] == {
        "energy_amount": 20_000,
        "ev_min_current": 6,
        "ev_max_current": 16,
        "ev_max_voltage": 230,
    }
    assert report.messages_sent == report.messages_answered == len(book.seen)
    assert report.orders_received == 4
    assert report.messages_failed == report.orders_refused == 0


@pytest.mark.parametrize(
    ("protocol", "spoken"),
    [("all", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]), ("ocpp2.1", ["ocpp2.1"] * 3), ("mixed", None)],
)
def test_stations_speak_what_is_asked_in_turn(protocol, spoken):
    from chargewright.app.simulate import _VERSIONS, _built

    before = workplace(stations=3)
    after = [spec.version for spec in _built(before, _VERSIONS[protocol], None).stations]
    assert after == (spoken or [spec.version for spec in before.stations])


async def test_an_evse_that_breaks_and_a_limit_of_the_site():
    broken, limited = (
        Fault("A", "evse_broken", at(10), 600, 1),
        Fault("B", "external_limit", at(10), 600, 7.0),
    )
    _, book = await played(story(faults=[broken, limited]))
    statuses = [s["status"] for s in book.of("A", "StatusNotification")]
    assert statuses[-3:] == ["Faulted", "Finishing", "Available"]
    assert [s["reason"] for s in book.of("A", "StopTransaction")] == ["Other"]
    drawn = {
        event["timestamp"][11:16]: value["value"]
        for event in book.of("B", "TransactionEvent")[:-1]
        for reading in event.get("meter_value", ())
        for value in reading["sampled_value"]
        if value["measurand"] == "Current.Import"
    }
    assert (drawn["08:09"], drawn["08:15"], drawn["08:22"]) == (10, 7, 10)


@pytest.mark.parametrize(
    ("station", "kind", "value"), [("A", "external_limit", 7.0), ("A", "evse_broken", 9.0), ("A", "flood", 0)]
)
def test_a_fault_that_cannot_happen_there_is_refused(station, kind, value):
    scenario = story(faults=[Fault(station, kind, at(10), 600, value)])
    with pytest.raises(InvalidInput, match=kind):
        World(scenario, start=START)


async def test_a_2_1_station_pulls_its_limit_from_a_foreign_central_system():
    scenario = story(stay_min=30)
    first, second = scenario.stations
    stations = (first, dataclasses.replace(second, version="ocpp2.1", tells_needs=False))
    report, book = await played(dataclasses.replace(scenario, stations=stations))
    assert book.outcomes["B"] == ("Accepted", [{"start_period": 0, "limit": 10, "number_phases": 3}])
    assert book.of("B", "PullDynamicScheduleUpdate") == [{"charging_profile_id": 1}] * 2
    events = book.of("B", "TransactionEvent")
    assert [event["seq_no"] for event in events] == list(range(len(events)))
    drawn = {
        value["value"]
        for event in events[:-1]
        for reading in event.get("meter_value", ())
        for value in reading["sampled_value"]
        if value["measurand"] == "Current.Import"
    }
    assert max(drawn) == 10
    assert 9 in drawn
    assert report.messages_failed == 0


async def test_cars_draw_what_the_profile_allows_and_the_fuse_holds():
    report, book = await played(story())
    assert report.seconds_above == 0
    assert report.peak_kw == pytest.approx(2 * 10 * 3 * 0.23)
    # Half an hour at 10 A, less the two or three seconds until the car followed.
    for session in report.sessions:
        assert session.energy_delivered_wh == pytest.approx(6_900 / 2, rel=0.003)
    currents = [
        float(value["value"])
        for meter in book.of("A", "MeterValues")
        for value in meter["meter_value"][0]["sampled_value"]
        if value["measurand"] == "Current.Import"
    ]
    assert set(currents) == {10.0}


async def test_the_day_without_control_is_told_beside_it():
    report, _ = await played(story())
    other = report.uncontrolled
    assert other.peak_kw == pytest.approx(2 * 16 * 3 * 0.23)
    # 29 minutes both cars are there.
    assert other.seconds_above == pytest.approx(29 * 60, abs=10)
    assert other.energy_delivered_kwh == pytest.approx(2 * 16 * 3 * 0.23 / 2, rel=0.01)


async def test_the_judge_sees_what_cars_draw_not_what_they_were_told():
    faults = [Fault("A", "ignores_limit", START, 3600.0)]
    report, book = await played(story(faults=faults))
    assert book.outcomes["A"][0] == "Accepted"
    assert report.seconds_above == pytest.approx(29 * 60, abs=5)
    assert set(report.breaches) == {"fuse R", "fuse S", "fuse T"}


async def test_the_truth_about_transactions_is_what_was_told():
    report, book = await played(story())
    one = next(t for t in report.transactions if t.station_id == "A")
    (start,), (stop,) = book.of("A", "StartTransaction"), book.of("A", "StopTransaction")
    assert one.wire_id == str(stop["transaction_id"])
    assert (one.meter_start_wh, one.meter_stop_wh) == (start["meter_start"], stop["meter_stop"])
    assert one.told_start
    assert one.told_stop
    other = next(t for t in report.transactions if t.station_id == "B")
    assert other.wire_id == book.of("B", "TransactionEvent")[0]["transaction_info"]["transaction_id"]
    assert one.meter_stop_wh - one.meter_start_wh == pytest.approx(6_900 / 2, rel=0.003)


async def test_drivers_tell_what_they_need():
    told = []

    async def needs(station_id, evse_id, energy_wh, departure_at):
        await asyncio.sleep(0)
        told.append((station_id, evse_id, energy_wh, departure_at))

    await played(story(), needs=needs)
    assert sorted(told) == [("A", 1, 20_000, at(60)), ("B", 1, 20_000, at(60))]


async def test_a_failure_to_tell_is_not_swallowed():
    async def needs(*_):
        raise RuntimeError("no such site")

    with pytest.raises(RuntimeError, match="no such site"):
        await played(story(), needs=needs)


async def test_a_link_that_is_lost_loses_nothing():
    faults = [Fault("A", "link_lost", at(10), 600.0), Fault("B", "link_lost", at(25), 1000.0)]
    report, book = await played(story(faults=faults))
    assert len(book.of("A", "BootNotification")) == 1
    assert len(book.of("A", "MeterValues")) == 29
    events = book.of("B", "TransactionEvent")
    assert [event["seq_no"] for event in events] == list(range(len(events)))
    assert any(event.get("offline") for event in events)
    assert events[-1]["event_type"] == "Ended"
    assert all(t.told_start and t.told_stop for t in report.transactions)
    assert report.seconds_above == 0, "profiles hold without a link"


async def test_a_reboot_keeps_transaction_and_profile():
    report, book = await played(story(faults=[Fault("A", "reboot", at(15), 60.0)]))
    assert len(book.of("A", "BootNotification")) == 2
    assert len(book.of("A", "StartTransaction")) == len(book.of("A", "StopTransaction")) == 1
    delivered = next(s for s in report.sessions if s.station_id == "A").energy_delivered_wh
    assert delivered == pytest.approx(6_900 * 29 / 60, rel=0.01), (
        "nothing flows in the minute without a station"
    )
    assert report.seconds_above == 0


def comparable(report):
    """Ids come from the central system's counter, which goes by the order in which sockets happen to be read."""
    return dataclasses.replace(
        report, transactions=tuple(dataclasses.replace(t, wire_id=None) for t in report.transactions)
    )


async def test_the_same_seed_gives_the_same_day():
    scenario = workplace(seed=5, stations=4)
    scenario = dataclasses.replace(
        scenario, start=scenario.start + timedelta(hours=7), end=scenario.start + timedelta(hours=10)
    )
    first, book = await played(scenario, limit_a=8.0)
    second, other = await played(scenario, limit_a=8.0)
    assert first.transactions
    assert comparable(first) == comparable(second)
    assert sorted(map(repr, book.seen)) != []
    for station in scenario.stations:
        mine = [(a, {**p, "transaction_id": 0}) for s, a, p in book.seen if s == station.id]
        theirs = [(a, {**p, "transaction_id": 0}) for s, a, p in other.seen if s == station.id]
        assert mine == theirs


async def test_another_seed_gives_another_day():
    assert workplace(seed=5).arrivals != workplace(seed=6).arrivals
    assert workplace(seed=5) == workplace(seed=5)


async def test_a_clock_that_runs_by_itself_is_followed():
    """Six hundred times as fast as the wall: messages race, and still every second is judged."""
    clock = ScaledClock(START - timedelta(seconds=60), speed=600.0)
    report, book = await played(story(), clock=clock)
    first = report.trace[0].at  # the clock runs while the central system starts
    assert report.seconds == (at(45) - first).total_seconds() + 1
    assert book.outcomes["A"][0] == book.outcomes["B"][0] == "Accepted"
    assert all(t.told_stop for t in report.transactions)


async def test_a_central_system_that_is_not_there_is_told_and_tried_again():
    clock = PacedClock(START)
    site = SimulatedSite(story(), "ws://127.0.0.1:9/ocpp", clock)
    await site.start()
    assert site.connected == 0
    assert set(site.refusals) == {"A", "B"}
    await site.run(at(2))
    report = site.report()
    assert report.messages_sent == 0
    await site.stop()


async def test_speed_is_held():
    clock = PacedClock(START)
    async with foreign_central_system(clock) as (url, _):
        site = SimulatedSite(story(), url, clock)
        await site.start()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await site.run(START + timedelta(seconds=60), speed=200.0)
        took = loop.time() - begun
        await site.stop()
    assert took >= 0.25
