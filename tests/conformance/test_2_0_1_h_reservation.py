"""OCPP 2.0.1 block H: reservations."""

import asyncio
from datetime import datetime

from tests.conformance.charging import Charging, status_of
from tests.conformance.harness import ACCEPTED, now, running_csms

from chargewright.app.config import StationsConfig

ACCEPTS = {"ReserveNow": ACCEPTED, "CancelReservation": ACCEPTED}


async def reserve(csms, station, **wanted):
    """Reserve through the API: (what it shows, the ReserveNow that arrived)."""
    wanted = {"station": station.id, "expires_at": now(600), **wanted}
    shown = await csms.ok("POST", "/reservations", json=wanted)
    return shown, (await station.expect("ReserveNow")).payload


async def shown(csms, reservation):
    return await csms.ok("GET", f"/reservations/{reservation['id']}")


async def test_tc_h_01_csms(csms):
    """An EVSE is reserved for a token, and the transaction that names the reservation uses it up."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag, evse=1)
        assert arrived["evseId"] == 1
        assert arrived["idToken"] == {"idToken": tag, "type": "ISO14443"}
        assert "connectorType" not in arrived
        assert (made["id"], made["state"]) == (arrived["id"], "active")
        charging = Charging(station)
        await charging.status("Reserved")
        started = await charging.tell("Started", "Authorized", by=tag, reservationId=arrived["id"])
        assert status_of(started) == "Accepted"
        record, used = await charging.record(), await shown(csms, made)
        assert record["reservation"] == made["id"]
        assert (used["state"], used["transaction"]) == ("used", record["id"])


async def test_tc_h_07_csms(csms):
    """A reservation that nobody uses expires: the station says so, and it is shown."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        expires_at = now(60)
        made, arrived = await reserve(csms, station, token=tag, evse=1, expires_at=expires_at)
        assert datetime.fromisoformat(arrived["expiryDateTime"]) == datetime.fromisoformat(expires_at)
        charging = Charging(station)
        await charging.status("Reserved")
        await charging.status("Available")
        told = {"reservationId": arrived["id"], "reservationUpdateStatus": "Expired"}
        assert await station.call("ReservationStatusUpdate", told) == {}
        ended = await shown(csms, made)
        assert (ended["state"], ended["status"]) == ("expired", "Expired")


async def test_tc_h_08_csms(csms):
    """Any EVSE of a station is reserved by naming none."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag)
        assert not {"evseId", "connectorType"} & set(arrived)
        assert (made["state"], made["evse"]) == ("active", None)


async def test_tc_h_14_csms(csms):
    """As many reservations as the station has EVSEs, each under its own id."""
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made = [(await reserve(csms, station, token=await csms.token()))[1]["id"] for _ in range(2)]
        await Charging(station, evse=1).status("Reserved")
        await Charging(station, evse=2).status("Reserved")
        listed = await csms.ok("GET", "/reservations", params={"station": station.id})
        assert [(one["id"], one["state"]) for one in listed] == [(number, "active") for number in made]
        assert len(set(made)) == 2


async def test_tc_h_15_csms(csms):
    """A kind of connector is reserved."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag, connector_type="cCCS2")
        assert arrived["connectorType"] == "cCCS2"
        assert "evseId" not in arrived
        assert made["connector_type"] == "cCCS2"


async def test_tc_h_17_csms(csms):
    """A reservation is cancelled by order; a second time there is nothing left to cancel."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag, evse=1)
        ended = await csms.ok("DELETE", f"/reservations/{made['id']}")
        assert (await station.expect("CancelReservation")).payload == {"reservationId": arrived["id"]}
        assert ended["state"] == "cancelled"
        await csms.problem("DELETE", f"/reservations/{made['id']}", 400)


async def test_tc_h_19_csms(csms):
    """A reservation for a group is used by another token of the group."""
    one, two = await csms.token(group_id="H19"), await csms.token(group_id="H19")
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=one, evse=1)
        assert arrived["groupIdToken"]["idToken"] == "H19"
        answer = await station.call("Authorize", {"idToken": {"idToken": two, "type": "ISO14443"}})
        assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == "H19"
        charging = Charging(station)
        started = await charging.tell("Started", "Authorized", by=two, reservationId=arrived["id"])
        assert status_of(started) == "Accepted"
        assert (await shown(csms, made))["state"] == "used"


async def test_tc_h_20_csms(csms):
    """A reservation that the station gives up for a fault is shown as removed."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=ACCEPTS) as station:
        made, arrived = await reserve(csms, station, token=tag, evse=1)
        charging = Charging(station)
        await charging.status("Reserved")
        await charging.status("Faulted")
        told = {"reservationId": arrived["id"], "reservationUpdateStatus": "Removed"}
        assert await station.call("ReservationStatusUpdate", told) == {}
        assert (await shown(csms, made))["state"] == "removed"


async def test_tc_h_22_csms(csms):
    """A reservation that the station rejects is shown as refused."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies={"ReserveNow": {"status": "Rejected"}}) as station:
        made, _ = await reserve(csms, station, token=tag, evse=1)
        assert (made["state"], made["status"]) == ("refused", "Rejected")
        await csms.problem("DELETE", f"/reservations/{made['id']}", 400)


async def test_a_reservation_that_was_never_answered_may_be_held_and_is_used_all_the_same():
    """Not a public case: after a timeout nobody knows; the transaction that names it tells."""
    async with running_csms(StationsConfig(port=0, call_timeout_s=0.05)) as csms:
        tag = await csms.token()
        async with csms.station("ocpp2.0.1") as station:
            made, arrived = await reserve(csms, station, token=tag, evse=1)
            assert (made["state"], made["id"]) == ("asked", arrived["id"])
            await Charging(station).tell("Started", "Authorized", by=tag, reservationId=made["id"])
            assert (await shown(csms, made))["state"] == "used"


async def test_a_reservation_that_is_used_before_its_answer_stays_used_and_is_the_first_ones(csms):
    """Not a public case: frames cross, a second transaction names it too, and the station takes it off its books."""
    tag = await csms.token(concurrent_transactions_max=None)
    async with csms.station("ocpp2.0.1") as station:
        asking = asyncio.create_task(reserve(csms, station, token=tag))
        await csms.until(lambda: station.orders)
        (order,) = station.orders
        first, second = Charging(station, evse=1), Charging(station, evse=2)
        await first.tell("Started", "Authorized", by=tag, reservationId=order.payload["id"])
        await station.answer(order, ACCEPTED)
        made, _ = await asking
        assert (made["state"], made["status"]) == ("used", "Accepted")
        await second.tell("Started", "Authorized", by=tag, reservationId=order.payload["id"])
        told = {"reservationId": order.payload["id"], "reservationUpdateStatus": "Removed"}
        assert await station.call("ReservationStatusUpdate", told) == {}
        kept = await shown(csms, made)
        assert (kept["state"], kept["transaction"]) == ("used", (await first.record())["id"])


async def test_a_station_that_is_away_has_nothing_reserved(csms):
    """Not a public case: nothing is sent, nothing is in force."""
    station_id = await csms.enter()
    body = {"station": station_id, "token": await csms.token(), "expires_at": now(60)}
    made = await csms.ok("POST", "/reservations", json=body)
    assert (made["state"], made["status"]) == ("refused", "offline")
