"""OCPP 1.6: reservations."""

from datetime import UTC, datetime, timedelta

from tests.conformance.charging import Session
from tests.conformance.harness import ACCEPTED, now, running_csms

from chargewright.simulator.clock import PacedClock

ACCEPTS = {"ReserveNow": ACCEPTED, "CancelReservation": ACCEPTED}


async def reserve(csms, station, **wanted):
    """Reserve through the API: (what it shows, the ReserveNow that arrived)."""
    wanted = {"station": station.id, "expires_at": now(600), **wanted}
    shown = await csms.ok("POST", "/reservations", json=wanted)
    return shown, (await station.expect("ReserveNow")).payload


async def state(csms, reservation):
    return (await csms.ok("GET", f"/reservations/{reservation['id']}"))["state"]


async def test_tc_046_csms(csms):
    """A connector is reserved for a card, which then uses it."""
    tag = await csms.token(group_id="FLEET")
    async with csms.station(replies=ACCEPTS) as station:
        expires_at = now(600)
        made, arrived = await reserve(csms, station, token=tag, evse=1, expires_at=expires_at)
        assert datetime.fromisoformat(arrived.pop("expiryDate")) == datetime.fromisoformat(expires_at)
        assert arrived == {
            "connectorId": 1,
            "idTag": tag,
            "parentIdTag": "FLEET",
            "reservationId": made["id"],
        }
        session = Session(station)
        await session.status("Reserved")
        assert (await session.start(tag, reservationId=made["id"]))["status"] == "Accepted"
        record = await session.record()
        assert record["reservation"] == made["id"]
        assert await state(csms, made) == "used"


async def test_tc_047_csms():
    """A reservation that nobody uses expires by itself: 1.6 has no word for it but the connector's status."""
    clock = PacedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with running_csms(clock=clock) as csms:
        tag = await csms.token()
        async with csms.station(replies=ACCEPTS) as station:
            expires_at = clock.now() + timedelta(minutes=10)
            made, _ = await reserve(csms, station, token=tag, evse=1, expires_at=expires_at.isoformat())
            session = Session(station)
            await session.status("Reserved")
            clock.advance_to(expires_at - timedelta(seconds=1))
            assert await state(csms, made) == "active"

            async def expired():
                clock.advance_to(clock.now() + timedelta(seconds=1))
                return await state(csms, made) == "expired"

            await csms.until(expired)
            await session.status("Available")


async def refused(csms, status):
    tag = await csms.token()
    async with csms.station(replies={"ReserveNow": {"status": status}}) as station:
        made, _ = await reserve(csms, station, token=tag, evse=1)
        assert (made["state"], made["status"]) == ("refused", status)
        await csms.problem("DELETE", f"/reservations/{made['id']}", 400)


async def test_tc_048_1_csms(csms):
    """A connector that is faulted cannot be reserved."""
    await refused(csms, "Faulted")


async def test_tc_048_2_csms(csms):
    """A connector that is occupied cannot be reserved."""
    await refused(csms, "Occupied")


async def test_tc_048_3_csms(csms):
    """A connector that is unavailable cannot be reserved."""
    await refused(csms, "Unavailable")


async def test_tc_048_4_csms(csms):
    """A station that takes no reservations rejects it."""
    await refused(csms, "Rejected")


async def test_tc_049_csms(csms):
    """The station as a whole is reserved (connector 0), and any connector uses it."""
    tag = await csms.token()
    async with csms.station(replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag)
        assert (arrived["connectorId"], made["evse"]) == (0, None)
        session = Session(station, connector=2)
        assert (await session.start(tag, reservationId=made["id"]))["status"] == "Accepted"
        assert await state(csms, made) == "used"


async def test_tc_051_csms(csms):
    """A reservation is cancelled by order."""
    tag = await csms.token()
    async with csms.station(replies=ACCEPTS) as station:
        made, _ = await reserve(csms, station, token=tag, evse=1)
        ended = await csms.ok("DELETE", f"/reservations/{made['id']}")
        assert (await station.expect("CancelReservation")).payload == {"reservationId": made["id"]}
        assert ended["state"] == "cancelled"


async def test_tc_052_csms(csms):
    """A cancel that the station refuses, for it knows no such reservation, leaves none in force."""
    tag = await csms.token()
    async with csms.station(replies=ACCEPTS) as station:
        made, _ = await reserve(csms, station, token=tag, evse=1)
        station.replies["CancelReservation"] = {"status": "Rejected"}
        ended = await csms.ok("DELETE", f"/reservations/{made['id']}")
        assert (ended["state"], ended["status"]) == ("removed", "unknown to the station")


async def test_what_1_6_cannot_say_is_refused_before_anything_is_sent(csms):
    """Not a public case: no kinds of connectors, no long tokens, and nothing is kept of it."""
    async with csms.station(replies=ACCEPTS) as station:
        body = {"station": station.id, "token": "T" * 21, "expires_at": now(60)}
        await csms.problem("POST", "/reservations", 422, json=body)
        body = {**body, "token": "T", "connector_type": "cType2"}
        await csms.problem("POST", "/reservations", 422, json=body)
        assert await csms.ok("GET", "/reservations", params={"station": station.id}) == []
        assert station.orders == []
