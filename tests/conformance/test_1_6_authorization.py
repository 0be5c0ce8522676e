"""OCPP 1.6: cards that may not charge."""

from datetime import UTC, datetime

from tests.conformance.charging import Session


async def refused(csms, station, tag, status):
    """Refused at Authorize and at StartTransaction; the session is recorded, and stops deauthorized."""
    info = (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]
    assert info["status"] == status
    session = Session(station)
    assert (await session.start(tag))["status"] == status
    assert await session.stop(reason="DeAuthorized", meter=1000) == {}
    record = await session.record()
    assert (record["token"], record["reason"], record["energy_wh"]) == (tag, "DeAuthorized", 0)
    return info


async def test_tc_023_1_csms(csms):
    """A card that nobody entered is invalid."""
    async with csms.station() as station:
        assert await refused(csms, station, "NOBODY", "Invalid") == {"status": "Invalid"}


async def test_tc_023_2_csms(csms):
    """A card whose time is over is expired, with the date."""
    tag = await csms.token(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    async with csms.station() as station:
        info = await refused(csms, station, tag, "Expired")
        assert info["expiryDate"].startswith("2020-01-01")


async def test_tc_023_3_csms(csms):
    """A card that is blocked is called blocked, not invalid."""
    tag = await csms.token(blocked=True, group_id="FLEET")
    async with csms.station() as station:
        info = await refused(csms, station, tag, "Blocked")
        assert info["parentIdTag"] == "FLEET"


async def test_a_card_that_charges_already_is_told_so_at_the_start_and_another_place_is_invalid(csms):
    """Not a public case: ConcurrentTx belongs to the start alone; 1.6 has no word for places."""
    tag, elsewhere = await csms.token(), await csms.token(station_ids=("ANOTHER",))
    async with csms.station() as station:
        assert (await Session(station, 1).start(tag))["status"] == "Accepted"
        assert (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"] == "Accepted"
        assert (await Session(station, 2).start(tag))["status"] == "ConcurrentTx"
        info = (await station.call("Authorize", {"idTag": elsewhere.upper()}))["idTagInfo"]
        assert info["status"] == "Invalid"


async def test_a_card_of_the_group_stops_a_session_and_a_stranger_does_not(csms):
    """Not a public case: parentIdTag decides, without regard to upper and lower case."""
    one, two, stranger = await csms.token(group_id="F"), await csms.token(group_id="F"), await csms.token()
    async with csms.station() as station:
        session = Session(station)
        await session.start(one)
        answer = await session.stop(idTag=stranger, at="2030-01-01T00:00:00Z")
        assert answer["idTagInfo"]["status"] == "Invalid"
        other = Session(station)
        await other.start(one, meter=6000)
        assert (await other.stop(idTag=two.lower(), meter=7000))["idTagInfo"]["status"] == "Accepted"
