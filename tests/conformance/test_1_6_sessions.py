"""OCPP 1.6: sessions at the station."""

from datetime import UTC, datetime, timedelta

from tests.conformance.charging import Session
from tests.conformance.harness import ACCEPTED, running_csms

from chargewright.simulator.clock import PacedClock


async def authorize(station, tag):
    return (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"]


async def connector(csms, station):
    """The status of connector 1 as the API shows it."""
    shown = await csms.ok("GET", f"/stations/{station.id}")
    return next(s["status"] for s in shown["statuses"] if s["evse"] == 1)


async def finish(csms, session, tag, reason):
    """Stop with the card, unplug, and look at what is kept."""
    answer = await session.stop(idTag=tag, reason=reason)
    assert answer["idTagInfo"]["status"] == "Accepted"
    await session.status("Finishing")
    await session.status("Available")
    record = await session.record()
    assert (record["state"], record["reason"], record["stopped_by"]) == ("ended", reason, tag)
    assert (record["energy_wh"], record["complete"]) == (4000, True)
    assert await connector(csms, session.station) == "Available"


async def test_tc_003_csms(csms):
    """A session with the cable first, then the card."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        await session.status("Preparing")
        assert await authorize(station, tag) == "Accepted"
        assert (await session.start(tag))["status"] == "Accepted"
        await session.status("Charging")
        record = await session.record()
        assert (record["state"], record["token"], record["evse"]) == ("active", tag, 1)
        assert record["station_transaction_id"] == str(session.number)
        await finish(csms, session, tag, "Local")


async def test_tc_004_1_csms(csms):
    """A session with the card first, then the cable."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        assert await authorize(station, tag) == "Accepted"
        await session.status("Preparing")
        assert (await session.start(tag))["status"] == "Accepted"
        await session.status("Charging")
        await finish(csms, session, tag, "Local")


async def test_tc_004_2_csms(csms):
    """A card without a cable: the connector is available again, and there is no transaction."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        assert await authorize(station, tag) == "Accepted"
        await session.status("Preparing")
        await session.status("Available")
        assert await connector(csms, station) == "Available"
        page = await csms.ok("GET", "/transactions", params={"station": station.id})
        assert page["items"] == []


async def test_tc_005_1_csms(csms):
    """The cable is unplugged on the EV's side: the session ends with that reason, and the connector is free."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        await session.status("Preparing")
        assert await authorize(station, tag) == "Accepted"
        assert (await session.start(tag))["status"] == "Accepted"
        await session.status("Charging")
        await session.status("SuspendedEV")
        assert await session.stop(reason="EVDisconnected") == {}
        await session.status("Finishing")
        await session.status("Available")
        record = await session.record()
        assert (record["reason"], record["stopped_by"], record["state"]) == ("EVDisconnected", None, "ended")


async def test_tc_007_csms(csms):
    """A card that the station has in its cache starts at once; the central system judges it again."""
    tag = await csms.token(cache_duration_s=600)
    async with csms.station() as station:
        session = Session(station)
        info = (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]
        assert (info["status"], "expiryDate" in info) == ("Accepted", True)
        await session.status("Preparing")
        assert (await session.start(tag))["status"] == "Accepted"
        await session.status("Charging")
        await finish(csms, session, tag, "Local")


async def test_a_session_that_never_stopped_is_closed_by_the_next_one_on_its_connector(csms):
    """Not a public case: a zombie; its own stop, however late, takes the place of the closing."""
    tag = await csms.token(concurrent_transactions_max=None)
    async with csms.station() as station:
        left, fresh = Session(station), Session(station)
        await left.start(tag, at="2026-01-01T10:00:00Z")
        await fresh.start(tag, at="2026-01-01T12:00:00Z")
        record = await left.record()
        assert (record["state"], record["meter_stop_wh"]) == ("ended", None)
        assert record["closed"] == "another transaction began on its EVSE"
        assert await left.stop(at="2026-01-01T11:00:00Z", meter=1500) == {}
        record = await left.record()
        assert (record["closed"], record["energy_wh"]) == ("", 500)


async def test_a_stop_without_a_usable_id_joins_the_only_session_that_it_can_mean(csms):
    """Not a public case: the answer to the start was lost, and the station says -1."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        await session.start(tag, at="2026-01-01T10:00:00Z")
        told = {"transactionId": -1, "meterStop": 2000, "timestamp": "2026-01-01T11:00:00Z", "idTag": tag}
        assert (await station.call("StopTransaction", told))["idTagInfo"]["status"] == "Accepted"
        record = await session.record()
        assert (record["state"], record["energy_wh"]) == ("ended", 1000)
        assert "never got its id" in record["suspect"][0]


async def test_a_cost_of_a_session_is_reckoned_from_start_and_stop(csms):
    """Not a public case: 1.6 has no words for cost, its sessions have a price all the same."""
    body = {"currency": "EUR", "charging_time": {"prices": [{"amount": "3.00"}]}}
    await csms.ok("PUT", "/tariffs/by-the-hour", json=body)
    tag = await csms.token(tariff_id="by-the-hour")
    async with csms.station(replies={"Reset": ACCEPTED}) as station:
        session = Session(station)
        await session.start(tag, at="2026-01-01T10:00:00Z")
        await session.stop(at="2026-01-01T11:30:00Z")
        cost = await csms.ok("GET", f"/transactions/{session.number}/cost")
        assert (cost["gross"], cost["final"]) == ("4.50", True)


async def test_a_session_on_a_connector_that_stays_free_is_closed_after_a_while():
    """Not a public case: no stop comes, the connector is free for minutes; one that charges again is left alone."""
    clock = PacedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with running_csms(clock=clock) as csms, csms.station() as station:
        zombie, alive = Session(station, connector=1), Session(station, connector=2)
        for session in (zombie, alive):
            await session.start(await csms.token(), at="2026-01-01T10:00:00Z")
            await session.status("Charging")
        await alive.status("Available")
        await alive.status("Charging")
        await zombie.status("Available")

        async def closed():
            clock.advance_to(clock.now() + timedelta(seconds=10))
            return (await zombie.record())["state"] == "ended"

        await csms.until(closed)
        record = await zombie.record()
        assert "its connector is free since" in record["closed"]
        assert (record["reason"], record["meter_stop_wh"]) == ("ConnectorFree", None)
        assert (await alive.record())["state"] == "active"
