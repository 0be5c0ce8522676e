"""OCPP 2.1, what it adds for tariffs, payments, batteries, certificates, and transactions that go on."""

from typing import Any

import pytest
from tests.conformance.charging import Charging, id_token, register, status_of
from tests.conformance.harness import ACCEPTED, CallError, Csms, RawStation, now
from tests.conformance.secured import authority, hash_data

from chargewright.domain.station import Registration

VERSION = "ocpp2.1"

TARIFF = {
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "energy": {
        "prices": [
            {"amount": "0.29", "conditions": {"time_from": "22:00:00", "days": ["Monday"]}},
            {"amount": "0.39"},
        ],
        "taxes": [{"kind": "VAT", "percent": "19"}],
    },
    "idle_time": {"prices": [{"amount": "6.00", "conditions": {"idle_s_min": 1800}}]},
    "fixed": {"prices": [{"amount": "0.50"}]},
    "total_max": "60.00",
}
WIRE_TARIFF = {
    "currency": "EUR",
    "energy": {
        "prices": [
            {"priceKwh": 0.29, "conditions": {"startTimeOfDay": "22:00", "dayOfWeek": ["Monday"]}},
            {"priceKwh": 0.39},
        ],
        "taxRates": [{"type": "VAT", "tax": 19.0, "stack": 0}],
    },
    "idleTime": {"prices": [{"priceMinute": 0.1, "conditions": {"minIdleTime": 1800}}]},
    "fixedFee": {"prices": [{"priceFixed": 0.5}]},
    "maxCost": {"exclTax": 60.0},
}


async def tariff(csms: Csms, name: str) -> str:
    await csms.ok("PUT", f"/tariffs/{name}", json=TARIFF)
    return name


async def set_default(csms: Csms, station: RawStation, name: str, evse: int = 0) -> Any:
    await tariff(csms, name)
    path = f"/stations/{station.id}/tariffs"
    return await csms.ok("PUT", path, json={"tariff": name, "evse": evse})


async def defaults(csms: Csms, station: RawStation) -> list[tuple[int, str]]:
    shown = await csms.ok("GET", f"/stations/{station.id}/tariffs")
    return [(one["evse_id"], one["tariff_id"]) for one in shown]


# --- tariffs at stations ---------------------------------------------------------------------------------


async def test_21_i07_set_default_tariff(csms):
    """One of our tariffs is handed to a station in OCPP's words: per minute, local times, taxes, bounds."""
    async with csms.station(VERSION, replies={"SetDefaultTariff": ACCEPTED}) as station:
        assert (await set_default(csms, station, "public", evse=1))["status"] == "Accepted"
        arrived = (await station.expect("SetDefaultTariff")).payload
        assert arrived == {"evseId": 1, "tariff": {"tariffId": "public", **WIRE_TARIFF}}
        assert await defaults(csms, station) == [(1, "public")]
        await set_default(csms, station, "night")
        assert await defaults(csms, station) == [(0, "night")], "for all EVSEs, in place of each one's"
        station.replies["SetDefaultTariff"] = {"status": "TooManyElements"}
        assert (await set_default(csms, station, "public"))["status"] == "TooManyElements"
        assert await defaults(csms, station) == [(0, "night")]
        path = f"/stations/{station.id}/tariffs"
        await csms.problem("PUT", path, 404, json={"tariff": "no-such-tariff"})


async def test_21_i09_get_tariffs(csms):
    """The station is asked which tariffs it holds, drivers' own with them."""
    held = [
        {"tariffId": "public", "tariffKind": "DefaultTariff", "evseIds": [1, 2]},
        {"tariffId": "vip", "tariffKind": "DriverTariff", "idTokens": ["TAG1"], "validFrom": now()},
    ]
    answer = {"status": "Accepted", "tariffAssignments": held}
    async with csms.station(VERSION, replies={"GetTariffs": answer}) as station:
        path = f"/stations/{station.id}/tariffs/refresh"
        shown = await csms.ok("POST", path)
        assert (await station.expect("GetTariffs")).payload == {"evseId": 0}
        assert [(one["tariff_id"], one["evse_ids"], one["id_tokens"]) for one in shown["assigned"]] == [
            ("public", [1, 2], []),
            ("vip", [], ["TAG1"]),
        ]
        station.replies["GetTariffs"] = {"status": "NoTariff"}
        shown = await csms.ok("POST", path, params={"evse": 2})
        assert (await station.expect("GetTariffs")).payload == {"evseId": 2}
        assert (shown["status"], shown["assigned"]) == ("NoTariff", [])


async def test_21_i10_clear_tariffs(csms):
    """Tariffs are taken back by name; what the station lets go is no longer shown."""
    async with csms.station(VERSION, replies={"SetDefaultTariff": ACCEPTED}) as station:
        for evse, name in ((1, "one"), (2, "two")):
            await set_default(csms, station, name, evse)
        station.replies["ClearTariffs"] = {
            "clearTariffsResult": [
                {"tariffId": "one", "status": "Accepted"},
                {"tariffId": "two", "status": "Rejected", "statusInfo": {"reasonCode": "InUse"}},
            ]
        }
        path = f"/stations/{station.id}/tariffs/clear"
        results = await csms.ok("POST", path, json={"tariffs": ["one", "two"]})
        assert (await station.expect("ClearTariffs")).payload == {"tariffIds": ["one", "two"]}
        assert [(r["status"], r["reason"]) for r in results] == [("Accepted", ""), ("Rejected", "InUse")]
        assert await defaults(csms, station) == [(2, "two")]
        station.replies["ClearTariffs"] = {"clearTariffsResult": [{"status": "Accepted"}]}
        await csms.ok("POST", path, json={})
        assert (await station.expect("ClearTariffs")).payload == {}
        assert await defaults(csms, station) == []


async def test_21_i11_change_transaction_tariff(csms):
    """A transaction that runs goes on by another tariff; the station's refusal is shown."""
    async with csms.station(VERSION, replies={"ChangeTransactionTariff": ACCEPTED}) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        number = (await charging.record())["id"]
        await tariff(csms, "evening")
        path = f"/transactions/{number}/tariff"
        assert (await csms.ok("PUT", path, json={"tariff": "evening"}))["status"] == "Accepted"
        arrived = (await station.expect("ChangeTransactionTariff")).payload
        assert (arrived["transactionId"], arrived["tariff"]["tariffId"]) == (charging.id, "evening")
        station.replies["ChangeTransactionTariff"] = {"status": "NoCurrencyChange"}
        assert (await csms.ok("PUT", path, json={"tariff": "evening"}))["status"] == "NoCurrencyChange"


async def test_21_i12_cost_details(csms):
    """What the station itself reckons in a transaction is shown beside ours."""
    details = {
        "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 2.0}},
        "totalUsage": {"energy": 4.0, "chargingTime": 900, "idleTime": 0},
    }
    tag = await csms.token()
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.charge(tag)
        await charging.tell("Updated", "RunningCost", costDetails=details)
        cost = await csms.ok("GET", f"/transactions/{(await charging.record())['id']}/cost")
        assert cost["station_says"] == details


# --- payments --------------------------------------------------------------------------------------------


async def test_21_c21_notify_settlement(csms):
    """How a payment ended is kept before it is answered; told again, it stands there once."""
    async with csms.station(VERSION) as station:
        told = {
            "pspRef": "psp/4711",
            "transactionId": "tx-1",
            "status": "Settled",
            "settlementAmount": 12.34,
            "settlementTime": now(),
            "receiptId": "R-1",
        }
        assert await station.call("NotifySettlement", told) == {}
        assert await station.call("NotifySettlement", told) == {}
        (kept,) = await csms.ok("GET", f"/stations/{station.id}/settlements")
        assert (kept["psp_ref"], kept["status"], kept["amount"]) == ("psp/4711", "Settled", 12.34)
        assert (kept["receipt_id"], kept["station_transaction_id"]) == ("R-1", "tx-1")


async def test_21_c22_notify_settlement_that_failed(csms):
    """A settlement that failed is shown with its reason."""
    async with csms.station(VERSION) as station:
        told = {
            "pspRef": "p2",
            "status": "Failed",
            "statusInfo": "terminal offline",
            "settlementAmount": 0,
            "settlementTime": now(),
        }
        assert await station.call("NotifySettlement", told) == {}
        (kept,) = await csms.ok("GET", f"/stations/{station.id}/settlements")
        assert (kept["status"], kept["reason"]) == ("Failed", "terminal offline")


async def test_21_c21_vat_number_validation(csms):
    """A VAT number of a company that is known is accepted and told whose it is; another one is not."""
    company = {"name": "Acme GmbH", "address1": "Street 1", "city": "Aachen", "country": "DEU"}
    response = await csms.request("PUT", "/companies/DE 123.456.789", json=company)
    assert response.status_code == 204
    async with csms.station(VERSION) as station:
        known = await station.call("VatNumberValidation", {"vatNumber": "de123456789", "evseId": 1})
        assert known == {"vatNumber": "de123456789", "evseId": 1, "status": "Accepted", "company": company}
        unknown = await station.call("VatNumberValidation", {"vatNumber": "NL000000000B01"})
        assert (unknown["status"], unknown["statusInfo"]["reasonCode"]) == ("Rejected", "UnknownVatNumber")
        newest, first = await csms.ok("GET", f"/stations/{station.id}/vat-checks")
        assert (first["evse_id"], first["company"]["name"]) == (1, "Acme GmbH")
        assert (newest["vat_number"], newest["company"]) == ("NL000000000B01", None)
        assert (await csms.request("DELETE", "/companies/DE123456789")).status_code == 204
        again = await station.call("VatNumberValidation", {"vatNumber": "DE123456789"})
        assert again["status"] == "Rejected"


async def test_21_c25_fr_21_notify_web_payment_started(csms):
    """A station is told that somebody pays by web for an EVSE, and for how long to wait."""
    async with csms.station(VERSION, replies={"NotifyWebPaymentStarted": {}}) as station:
        path = f"/stations/{station.id}/web-payments"
        made = await csms.ok("POST", path, json={"evse": 2, "timeout_s": 120})
        arrived = (await station.expect("NotifyWebPaymentStarted")).payload
        assert arrived == {"evseId": 2, "timeout": 120}
        assert made["status"] == "Accepted"
        assert await csms.ok("GET", path) == [made]


# --- batteries -------------------------------------------------------------------------------------------


def battery(serial_number: str, slot: int = 1) -> dict[str, Any]:
    return {"evseId": slot, "serialNumber": serial_number, "soC": 12.5, "soH": 98}


async def test_21_s02_request_battery_swap(csms):
    """A swap is ordered for a driver, under a request id of ours."""
    tag = await csms.token()
    async with csms.station(VERSION, replies={"RequestBatterySwap": ACCEPTED}) as station:
        path = f"/stations/{station.id}/battery-swaps"
        made = await csms.ok("POST", path, json={"token": tag})
        arrived = (await station.expect("RequestBatterySwap")).payload
        assert arrived == {"requestId": made["request_id"], "idToken": id_token(tag)}
        station.replies["RequestBatterySwap"] = {
            "status": "Rejected",
            "statusInfo": {"reasonCode": "NoBatteryAvailable"},
        }
        refused = await csms.ok("POST", path, json={"token": tag})
        assert (refused["status"], refused["reason"]) == ("Rejected", "NoBatteryAvailable")
        assert refused["request_id"] != made["request_id"]
        assert (await csms.ok("GET", path))["requests"] == [refused, made]


async def test_21_s03_battery_swap(csms):
    """Batteries that went in and out are kept before they are answered; told again, they stand there once."""
    async with csms.station(VERSION) as station:
        shared = {"requestId": 5, "idToken": id_token("TAG1")}
        steps = [
            {"eventType": "BatteryIn", "batteryData": [battery("old")], **shared},
            {"eventType": "BatteryOut", "batteryData": [battery("new", 2)], **shared},
        ]
        for step in (*steps, steps[1]):
            assert await station.call("BatterySwap", step) == {}
        out, into = (await csms.ok("GET", f"/stations/{station.id}/battery-swaps"))["events"]
        assert (into["event"], into["request_id"], into["id_token"]) == ("BatteryIn", 5, "TAG1")
        assert (out["event"], out["batteries"][0]["serial_number"]) == ("BatteryOut", "new")
        assert (out["batteries"][0]["evse_id"], out["batteries"][0]["soc_percent"]) == (2, 12.5)


async def test_21_s03_battery_swap_timeout(csms):
    """Batteries that were not taken in time are shown as such."""
    async with csms.station(VERSION) as station:
        told = {
            "eventType": "BatteryOutTimeout",
            "requestId": 6,
            "idToken": id_token("TAG1"),
            "batteryData": [{**battery("left"), "vendorInfo": "v1", "productionDate": now()}],
        }
        assert await station.call("BatterySwap", told) == {}
        (event,) = (await csms.ok("GET", f"/stations/{station.id}/battery-swaps"))["events"]
        assert (event["event"], event["batteries"][0]["vendor_info"]) == ("BatteryOutTimeout", "v1")


# --- certificates, transactions ----------------------------------------------------------------------------


async def test_21_m07_get_certificate_chain_status(secured):
    """The status of each certificate of a car's chain is asked for at its responder."""
    good, revoked = (authority(name, secured.mobility) for name in ("M07A", "M07B"))
    secured.responder.revoked.add(revoked.certificate.serial_number)
    asked = [
        {
            "certificateHashData": hash_data(one.certificate, secured.mobility.certificate, "SHA256"),
            "source": "OCSP",
            "urls": [secured.responder.url("/ocsp")],
        }
        for one in (good, revoked)
    ]
    station_id = await secured.csms.enter()
    url = secured.url(station_id, secure=False)
    async with secured.csms.station(VERSION, url=url, station_id=station_id) as station:
        answer = await station.call("GetCertificateChainStatus", {"certificateStatusRequests": asked})
        assert [one["status"] for one in answer["certificateStatus"]] == ["Good", "Revoked"]


async def test_21_e17_tx_resumed(csms):
    """A transaction that the station takes up again after an interruption stays one transaction."""
    tag = await csms.token()
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        assert status_of(await charging.charge(tag, meter=[register(1000)])) == "Accepted"
        await station.boot()
        await charging.tell("Updated", "TxResumed", state="SuspendedEVSE", meter=[register(1500)])
        assert (await charging.record())["state"] == "active"
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        await charging.tell("Ended", "StopAuthorized", stopped="Local", meter=[register(3000)])
        record = await charging.record()
        assert (record["state"], record["energy_wh"], record["token"]) == ("ended", 2000, tag)


async def test_21_e17_power_loss(csms):
    """A transaction that could not be taken up again ends with the reason, told after the boot."""
    tag = await csms.token()
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.charge(tag, meter=[register(1000)])
        await station.boot()
        ended = await charging.tell(
            "Ended", "AbnormalCondition", stopped="PowerLoss", offline=True, meter=[register(1200)]
        )
        assert "idTokenInfo" not in ended
        record = await charging.record()
        assert (record["state"], record["reason"]) == ("ended", "PowerLoss")


async def test_21_b02_added_messages_before_acceptance(csms):
    """A station that is not accepted yet is refused the messages that 2.1 adds; a SEND of it is dropped."""
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station(VERSION, station_id=station_id, boot=False) as station:
        assert (await station.boot())["status"] == "Pending"
        with pytest.raises(CallError) as refused:
            await station.call("PullDynamicScheduleUpdate", {"chargingProfileId": 1})
        assert refused.value.code == "SecurityError"
        values = {"id": 1, "pending": 0, "basetime": now(), "data": [{"t": 0, "v": "1"}]}
        await station.send([6, "s-1", "NotifyPeriodicEventStream", values])
        assert (await station.boot())["status"] == "Pending"
        assert await csms.ok("GET", f"/stations/{station.id}/event-streams") == []
