"""The world without sockets: who draws, when things happen, and what that costs."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

from chargewright.charging.profile import Kind, Period, Profile, Purpose, RateUnit, Schedule
from chargewright.simulator.ev import Car
from chargewright.simulator.scenario import Arrival, Fault, Scenario, StationSpec, workplace
from chargewright.simulator.world import World, story_of

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def scenario(*, arrivals, faults=(), conductors=3):
    evses = [{"station": "A", "node": "fuse", "connection": "RST"[:conductors], "current_max_a": 32.0}]
    return Scenario(
        name="one station",
        start=START,
        end=at(3600),
        site={"nodes": [{"id": "fuse", "limit_a": 63.0}], "evses": evses},
        stations=(StationSpec("A", conductors=conductors),),
        arrivals=tuple(arrivals),
        faults=tuple(faults),
    )


def stay(begin_s, end_s, token="T", **car):
    car = Car(**{"capacity_wh": 60_000, "soc": 0.2, "current_max_a": 16.0, "phases": 3, "follow_s": 2} | car)
    return Arrival("A", 1, at(begin_s), at(end_s), 10_000, token, car, at(end_s), 10_000)


def played(story, seconds):
    """Step through; the current of the first place at the end of each second."""
    world = World(story, start=START)
    currents = []
    for _ in range(seconds):
        world.step((world.now - START).total_seconds())
        currents.append(float(world.fleet.current_a[0]))
    return world, currents


def test_a_station_without_a_link_lets_a_car_charge_from_the_second_after_it_came():
    _, currents = played(scenario(arrivals=[stay(10, 100)]), 120)
    first = next(n for n, current in enumerate(currents) if current > 0)
    assert at(first + 1) == at(10 + 2), "the car follows its pilot within two seconds"
    assert set(currents[first:99]) == {16.0}
    assert set(currents[99:]) == {0.0}, "gone at 100"


def test_hardware_that_knows_a_few_currents_offers_the_one_below_its_limit():
    story = scenario(arrivals=[stay(10, 400, current_max_a=32.0)])
    spec = dataclasses.replace(story.stations[0], rates_a=(0.0, 8.0, 16.0, 24.0, 32.0))
    world = World(dataclasses.replace(story, stations=(spec,)), start=START)
    offered = []
    for second in range(60):
        if second == 20:
            world.links[0].station.profiles.impose(station_limit(23.9), world.now)
        if second == 40:
            world.links[0].station.profiles.impose(station_limit(7.9), world.now)
        world.touch(0)
        world.step(float(second))
        offered.append(float(world.fleet.current_a[0]))
    assert (offered[19], offered[39], offered[59]) == (32.0, 16.0, 0.0)


def station_limit(limit_a):
    period = Period(0, round(limit_a * 10))
    schedule = Schedule(RateUnit.A, (period,), START, id=1)
    return Profile(1, 0, Purpose.STATION_MAX, Kind.ABSOLUTE, (schedule,))


def test_at_one_instant_who_leaves_goes_before_who_comes():
    story = scenario(arrivals=[stay(10, 100, "T1"), stay(100, 200, "T2")])
    world, _ = played(story, 210)
    assert [t.id_token for t in world.links[0].station.transactions] == ["T1", "T2"]
    assert [session.over for session in world.sessions] == [True, True]
    order = [(item.at, item.begins) for item in story_of(story)]
    assert order == [(at(10), True), (at(100), False), (at(100), True), (at(200), False)]


def test_a_car_uses_no_more_conductors_than_there_are():
    world, _ = played(scenario(arrivals=[stay(10, 100)], conductors=1), 60)
    assert world.judge.peak_w == 16 * 230


def test_every_watt_hour_of_the_judge_is_in_a_meter_and_in_a_session():
    rng = random.Random(4)
    arrivals, begin = [], 10
    for n in range(6):
        end = begin + rng.randrange(60, 400)
        arrivals.append(stay(begin, end, f"T{n}", phases=rng.choice([1, 2, 3]), soc=rng.uniform(0.2, 0.99)))
        begin = end + rng.randrange(0, 50)
    story = scenario(arrivals=arrivals)
    before = World(story, start=START).fleet.register_wh.sum()
    world, _ = played(story, begin + 10)
    metered = world.fleet.register_wh.sum() - before
    assert metered > 0
    for total in (sum(world.delivered_wh(session) for session in world.sessions), world.judge.energy_wh):
        assert abs(total - metered) < 1e-3
    told = sum(t.meter_stop_wh - t.meter_start_wh for t in world.links[0].station.transactions)
    assert abs(told - metered) <= len(arrivals), "each is told in whole watt-hours"


def test_a_fault_begins_and_ends():
    faults = [Fault("A", "clock_off", at(5), 10.0, 3.0), Fault("A", "reboot", at(60), 20.0)]
    world, currents = played(scenario(arrivals=[stay(10, 300)], faults=faults), 10)
    assert world.links[0].station.faults == {"clock_off": 3.0}
    world, currents = played(scenario(arrivals=[stay(10, 300)], faults=faults), 120)
    assert world.links[0].station.faults == {}
    # Down from 60 to 80; the car follows within two seconds each time.
    assert currents[58] == 16.0
    assert set(currents[62:80]) == {0.0}
    assert set(currents[83:]) == {16.0}


def test_all_the_world_comes_from_the_seed():
    story = dataclasses.replace(workplace(seed=9), start=workplace(seed=9).start + timedelta(hours=8))
    one, two = World(story, start=story.start), World(story, start=story.start)
    for _ in range(1800):
        one.step(0.0)
        two.step(0.0)
    assert one.judge.energy_wh == two.judge.energy_wh > 0
    assert (one.fleet.register_wh == two.fleet.register_wh).all()
    ids = [[t.wire_id for t in link.station.transactions] for link in one.links]
    assert ids == [[t.wire_id for t in link.station.transactions] for link in two.links]
