"""OCPP 1.6: data of vendors."""


async def test_tc_064_csms(csms):
    """A vendor's message that nobody here knows is refused, and kept."""
    async with csms.station() as station:
        told = {"vendorId": "org.nobody.knows", "messageId": "M1", "data": "opaque"}
        assert await station.call("DataTransfer", told) == {"status": "UnknownVendorId"}
        notices = await csms.ok("GET", f"/stations/{station.id}/notices")
        (kept,) = [notice["content"] for notice in notices if notice["action"] == "DataTransfer"]
        assert kept == {**told, "answer": "UnknownVendorId"}
