"""OCPP 2.1, what it adds for drivers: the station's own reckoning, reservations without a transaction, longer ids."""

from tests.conformance.charging import Charging, id_token, register, status_of
from tests.conformance.harness import ACCEPTED, now

DETAILS = {
    "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 1.5, "inclTax": 1.8}},
    "totalUsage": {"energy": 3.0, "chargingTime": 600, "idleTime": 0},
}


async def test_what_the_station_reckons_itself_is_kept_beside_ours(csms):
    """I07: costDetails of the last event are shown as they came."""
    tag = await csms.token()
    async with csms.station("ocpp2.1") as station:
        charging = Charging(station)
        assert status_of(await charging.charge(tag)) == "Accepted"
        await charging.tell("Ended", "StopAuthorized", stopped="Local", costDetails=DETAILS)
        cost = await csms.ok("GET", f"/transactions/{(await charging.record())['id']}/cost")
        assert (cost["tariff"], cost["station_says"]) == (None, DETAILS)


async def test_a_reservation_that_led_to_no_transaction_is_over(csms):
    """H01: the status NoTransaction of 2.1."""
    async with csms.station("ocpp2.1", replies={"ReserveNow": ACCEPTED}) as station:
        body = {"station": station.id, "token": await csms.token(), "expires_at": now(60), "evse": 1}
        made = await csms.ok("POST", "/reservations", json=body)
        told = {"reservationId": made["id"], "reservationUpdateStatus": "NoTransaction"}
        assert await station.call("ReservationStatusUpdate", told) == {}
        shown = await csms.ok("GET", f"/reservations/{made['id']}")
        assert (shown["state"], shown["status"]) == ("expired", "NoTransaction")


async def test_long_ids_and_new_states_of_displays(csms):
    """C01 and O01: ids of up to 255 characters; QR codes, and messages for a state that 2.0.1 does not have."""
    tag = await csms.token(id_token="t" * 200, kind="Central")
    async with csms.station("ocpp2.1", replies={"SetDisplayMessage": ACCEPTED}) as station:
        charging = Charging(station)
        answer = await charging.tell(
            "Started", "Authorized", by=id_token(tag, "Central"), meter=[register(5)]
        )
        assert status_of(answer) == "Accepted"
        body = {"content": "https://example.org", "format": "QRCODE", "state": "Discharging"}
        shown = await csms.ok("POST", f"/stations/{station.id}/display-messages", json=body)
        arrived = (await station.expect("SetDisplayMessage")).payload["message"]
        assert (arrived["message"]["format"], arrived["state"]) == ("QRCODE", "Discharging")
        assert shown["shown"] is True
    async with csms.station("ocpp2.0.1", replies={"SetDisplayMessage": ACCEPTED}) as older:
        await csms.problem("POST", f"/stations/{older.id}/display-messages", 422, json=body)
        assert older.orders == []
