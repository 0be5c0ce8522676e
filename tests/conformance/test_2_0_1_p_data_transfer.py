"""OCPP 2.0.1 block P: data of vendors."""

import json

from tests.conformance.harness import BOOTS, now

from chargewright.domain.requests import DataAnswer


async def test_tc_p_02_csms(csms):
    """A vendor's message that nobody here knows is refused, and kept."""
    async with csms.station("ocpp2.0.1") as station:
        told = {"vendorId": "org.nobody.knows", "messageId": "M1", "data": {"any": ["thing"]}}
        assert (await station.call("DataTransfer", told))["status"] == "UnknownVendorId"
        notices = await csms.ok("GET", f"/stations/{station.id}/notices")
        (kept,) = [notice for notice in notices if notice["action"] == "DataTransfer"]
        assert json.dumps(told["data"], separators=(",", ":")) in json.dumps(
            kept["content"], separators=(",", ":")
        )


async def test_tc_p_03_csms(csms):
    """Custom data in any message change nothing of how it is taken."""
    extra = {"customData": {"vendorId": "org.vendor", "colour": "green", "more": {"deep": [1, 2]}}}
    async with csms.station("ocpp2.0.1", boot=False) as station:
        boot = {**BOOTS["ocpp2.0.1"], **extra}
        boot["chargingStation"] = {**boot["chargingStation"], **extra}
        assert (await station.call("BootNotification", boot))["status"] == "Accepted"
        assert "currentTime" in await station.call("Heartbeat", extra)
        status = {"timestamp": now(), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
        assert await station.call("StatusNotification", {**status, **extra}) == {}
        shown = await csms.ok("GET", f"/stations/{station.id}")
        assert [s["status"] for s in shown["statuses"]] == ["Occupied"]


async def test_a_vendor_who_is_known_is_answered_by_its_handler(csms):
    """Not a public case: a handler answers its own message; another one of the vendor's is an unknown message."""
    transfers = csms.central.drivers.data_transfers
    transfers.register(
        "org.known", "Echo", lambda _records, _station, told: DataAnswer("Accepted", told.data)
    )
    async with csms.station("ocpp2.0.1") as station:
        told = {"vendorId": "ORG.known", "messageId": "Echo", "data": {"a": 1}}
        assert await station.call("DataTransfer", told) == {"status": "Accepted", "data": {"a": 1}}
        other = {"vendorId": "org.known", "messageId": "Other"}
        assert (await station.call("DataTransfer", other))["status"] == "UnknownMessageId"
