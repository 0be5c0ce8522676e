"""OCPP 1.6: resets."""

from tests.conformance.harness import ACCEPTED, BOOTS


async def test_tc_013_csms(csms):
    """A hard reset is ordered; the station boots again and is taken in."""
    async with csms.station() as station:
        arrived, outcome = await station.ordered("Reset", {"type": "Hard"}, ACCEPTED)
        assert arrived == {"type": "Hard"}
        assert outcome["response"] == ACCEPTED
    async with csms.station(station_id=station.id) as again:
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        assert await again.call("StatusNotification", status) == {}


async def test_tc_014_csms(csms):
    """A soft reset is ordered; the station stops its transactions, boots again and is taken in."""
    async with csms.station() as station:
        arrived, outcome = await station.ordered("Reset", {"type": "Soft"}, ACCEPTED)
        assert arrived == {"type": "Soft"}
        assert outcome["response"] == ACCEPTED
    async with csms.station(station_id=station.id, boot=False) as again:
        assert (await again.call("BootNotification", BOOTS["ocpp1.6"]))["status"] == "Accepted"
