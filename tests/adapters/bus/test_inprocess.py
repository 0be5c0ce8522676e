import asyncio
from datetime import UTC, datetime

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.domain.events import SiteChanged, StationConnected, StationDisconnected
from chargewright.ids import SiteId, StationId

AT = datetime(2026, 11, 22, tzinfo=UTC)
ON = StationConnected(StationId("CP1"), AT, "ocpp1.6")
OFF = StationDisconnected(StationId("CP1"), AT)


async def settle():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_listeners_hear_every_event_in_order_and_later():
    bus, heard = InProcessBus(), []
    bus.subscribe(lambda event: heard.append(("a", event)))
    bus.subscribe(lambda event: heard.append(("b", event)))
    bus.publish(ON)
    bus.publish(OFF)
    assert heard == []
    await settle()
    assert heard == [("a", ON), ("b", ON), ("a", OFF), ("b", OFF)]


async def test_a_failing_listener_does_not_hurt_the_others():
    bus, heard = InProcessBus(), []

    def broken(_):
        raise RuntimeError("listener bug")

    bus.subscribe(broken)
    bus.subscribe(heard.append)
    bus.publish(ON)
    bus.publish(OFF)
    await settle()
    assert heard == [ON, OFF]


async def test_a_subscription_ends_also_from_inside_a_listener():
    bus, heard = InProcessBus(), []
    ends = []

    def first(event):
        heard.append("first")
        for end in ends:
            end()

    ends.append(bus.subscribe(first))
    ends.append(bus.subscribe(lambda _: heard.append("second")))
    bus.publish(ON)
    bus.publish(OFF)
    await settle()
    assert heard == ["first"]
    for end in ends:
        end()


async def test_the_same_function_may_listen_twice_and_stop_once():
    bus, heard = InProcessBus(), []
    end = bus.subscribe(heard.append)
    bus.subscribe(heard.append)
    end()
    bus.publish(ON)
    await settle()
    assert heard == [ON]


async def test_what_a_listener_publishes_comes_after():
    bus, heard = InProcessBus(), []

    def answer(event):
        heard.append(event)
        if event is ON:
            bus.publish(OFF)

    bus.subscribe(answer)
    bus.publish(ON)
    await settle()
    assert heard == [ON, OFF]


async def test_who_asks_for_kinds_hears_no_others():
    bus, heard, everything = InProcessBus(), [], []
    end = bus.subscribe(heard.append, SiteChanged, StationDisconnected)
    bus.subscribe(everything.append)
    told = [
        SiteChanged(SiteId("a"), AT),
        ON,
        OFF,
    ]
    for event in told:
        bus.publish(event)
    await asyncio.sleep(0)
    assert heard == [told[0], told[2]]
    assert everything == told
    end()
    bus.publish(told[0])
    await asyncio.sleep(0)
    assert heard == [told[0], told[2]]


async def test_an_event_that_interests_nobody_is_not_even_queued():
    bus = InProcessBus()
    heard = []
    bus.subscribe(heard.append, SiteChanged)
    bus.publish(OFF)
    late = []
    bus.subscribe(late.append)
    await asyncio.sleep(0)
    assert heard == late == []
