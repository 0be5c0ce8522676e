"""OCPP 1.6: what is told late, after a power failure or without a link."""

from tests.conformance.charging import Session
from tests.conformance.harness import BOOTS, now


async def test_tc_032_1_csms(csms):
    """After a power failure the station boots and stops what ran, with that reason and the time of the failure."""
    tag = await csms.token()
    async with csms.station() as station:
        session = Session(station)
        await session.start(tag, at=now(-1200))
        await session.status("Charging")
    async with csms.station(station_id=station.id, boot=False) as back:
        assert (await back.call("BootNotification", BOOTS["ocpp1.6"]))["status"] == "Accepted"
        session.station = back
        assert await session.stop(reason="PowerLoss", at=now(-600)) == {}
        await session.status("Available")
        record = await session.record()
        assert (record["state"], record["reason"], record["energy_wh"]) == ("ended", "PowerLoss", 4000)


async def late(csms, tag, status):
    """A session that began without a link is told when the link is back."""
    async with csms.station() as station:
        pass
    async with csms.station(station_id=station.id, boot=False) as back:
        session = Session(back)
        await session.status("Charging")
        info = await session.start(tag, at=now(-300))
        assert info["status"] == status
        assert session.number > 0
        yield session


async def test_tc_037_1_csms(csms):
    """A session that began without a link with a good card is taken in when it is told."""
    tag = await csms.token()
    async for session in late(csms, tag, "Accepted"):
        record = await session.record()
        assert (record["state"], record["token"]) == ("active", tag)
        assert (await session.stop(idTag=tag))["idTagInfo"]["status"] == "Accepted"


async def test_tc_037_3_csms(csms):
    """A session that began without a link with a bad card is taken in, refused, and stopped by the station."""
    async for session in late(csms, "NOBODY", "Invalid"):
        assert await session.stop(reason="DeAuthorized") == {}
        record = await session.record()
        assert (record["state"], record["reason"], record["energy_wh"]) == ("ended", "DeAuthorized", 4000)


async def test_tc_039_csms(csms):
    """A session that began and ended without a link is told later, in one go, with its own times."""
    tag = await csms.token()
    async for session in late(csms, tag, "Accepted"):
        answer = await session.stop(idTag=tag, at=now(-60), reason="Local")
        assert answer["idTagInfo"]["status"] == "Accepted"
        told = session.station.frames
        started = next(f for way, f in told if way == "out" and f[2:3] == ["StartTransaction"])
        assert (await session.station.call("StartTransaction", started[3]))["transactionId"] == session.number
        record = await session.record()
        assert (record["state"], record["energy_wh"], record["complete"]) == ("ended", 4000, True)
        page = await csms.ok("GET", "/transactions", params={"station": session.station.id})
        assert len(page["items"]) == 1
