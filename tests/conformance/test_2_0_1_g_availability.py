"""OCPP 2.0.1, block G: stations, EVSEs and connectors in and out of service."""

from tests.conformance.charging import Charging, connector, event_data, notify, shown_statuses, status_of

V = "ocpp2.0.1"
STATION: dict = {}
EVSE = {"evse": {"id": 1}}
CONNECTOR = {"evse": {"id": 1, "connectorId": 1}}


async def change(station, wanted: str, seat: dict, status: str = "Accepted") -> None:
    """Order it; what arrives names exactly the seat, and the outcome is kept."""
    body = {"operationalStatus": wanted, **seat}
    arrived, outcome = await station.ordered("ChangeAvailability", body, {"status": status})
    assert arrived == body
    kept = await station.csms.ok("GET", f"/commands/{outcome['command']}")
    assert (kept["outcome"], kept["response"]) == ("answered", {"status": status})


async def switch(csms, wanted: str, seat: dict, *, evses: tuple[int, ...] = (1,)) -> None:
    before, after = ("Available", "Unavailable") if wanted == "Inoperative" else ("Unavailable", "Available")
    async with csms.station(V) as station:
        for evse in (1, 2):
            await connector(station, before, evse=evse)
        await change(station, wanted, seat)
        for evse in evses:
            await connector(station, after, evse=evse)
        assert await shown_statuses(station) == {(e, 1): after if e in evses else before for e in (1, 2)}


async def test_tc_g_03_csms(csms):
    """An EVSE is taken out of service, and shown so; the other one stays."""
    await switch(csms, "Inoperative", EVSE)


async def test_tc_g_04_csms(csms):
    """An EVSE is put back into service, and shown so; the other one stays."""
    await switch(csms, "Operative", EVSE)


async def test_tc_g_05_csms(csms):
    """A whole station is taken out of service: the order names no EVSE."""
    await switch(csms, "Inoperative", STATION, evses=(1, 2))


async def test_tc_g_06_csms(csms):
    """A whole station is put back into service: the order names no EVSE."""
    await switch(csms, "Operative", STATION, evses=(1, 2))


async def test_tc_g_07_csms(csms):
    """A connector is taken out of service, and shown so."""
    await switch(csms, "Inoperative", CONNECTOR)


async def test_tc_g_08_csms(csms):
    """A connector is put back into service, and shown so."""
    await switch(csms, "Operative", CONNECTOR)


async def during_a_transaction(csms, seat: dict, *, free_ones: bool = False) -> None:
    """The change is scheduled: the transaction goes on to its end, then the connector is shown as unavailable."""
    async with csms.station(V) as station:
        token, transaction = await csms.token(), Charging(station)
        await connector(station, "Available", evse=2)
        assert status_of(await transaction.charge(token)) == "Accepted"
        await change(station, "Inoperative", seat, "Scheduled")
        if free_ones:
            await connector(station, "Unavailable", evse=2)
        assert (await transaction.record())["state"] == "active"
        await transaction.stop_and_leave(token)
        await connector(station, "Unavailable")
        assert (await transaction.record())["state"] == "ended"
        assert await shown_statuses(station) == {
            (1, 1): "Unavailable",
            (2, 1): "Unavailable" if free_ones else "Available",
        }


async def test_tc_g_11_csms(csms):
    """An EVSE in a transaction is taken out of service when that has ended."""
    await during_a_transaction(csms, EVSE)


async def test_tc_g_14_csms(csms):
    """A station with a transaction is taken out of service: free connectors at once, the other at its end."""
    await during_a_transaction(csms, STATION, free_ones=True)


async def test_tc_g_17_csms(csms):
    """A connector in a transaction is taken out of service when that has ended."""
    await during_a_transaction(csms, CONNECTOR)


async def test_tc_g_20_csms(csms):
    """A plug lock that fails is told by an event, acknowledged and shown."""
    async with csms.station(V) as station:
        lock = {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}}
        assert await notify(station, event_data(lock, "Problem", "true")) == {}
        (event,) = await csms.ok("GET", f"/stations/{station.id}/events")
        assert event["variable"]["component"] == "ConnectorPlugRetentionLock"
        assert (event["variable"]["name"], event["value"], event["trigger"]) == ("Problem", "true", "Delta")
