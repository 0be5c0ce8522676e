"""OCPP 1.6: starting, stopping, unlocking and triggering from afar."""

from tests.conformance.harness import ACCEPTED, now

REJECTED = {"status": "Rejected"}


async def status(station, told: str, *, error: str = "NoError") -> None:
    answer = await station.call(
        "StatusNotification", {"connectorId": 1, "errorCode": error, "status": told, "timestamp": now()}
    )
    assert answer == {}


async def shown_status(csms, station) -> tuple[str, str]:
    view = await csms.ok("GET", f"/stations/{station.id}")
    (found,) = [s for s in view["statuses"] if s["evse"] == 1]
    return found["status"], found["error"]


async def start(station, token: str) -> int:
    told = {"connectorId": 1, "idTag": token, "meterStart": 0, "timestamp": now()}
    answer = await station.call("StartTransaction", told)
    assert answer["idTagInfo"]["status"] == "Accepted"
    return answer["transactionId"]


async def stop(station, transaction: int, reason: str, **more) -> None:
    told = {"transactionId": transaction, "meterStop": 1000, "timestamp": now(), "reason": reason}
    await station.call("StopTransaction", {**told, **more})


async def shown(csms, transaction: int) -> dict:
    return await csms.ok("GET", f"/transactions/{transaction}")


async def order_start(station, token: str, answer: dict) -> None:
    wanted = {"idTag": token, "connectorId": 1}
    arrived, outcome = await station.ordered("RemoteStartTransaction", wanted, answer)
    assert arrived == wanted
    kept = await station.csms.ok("GET", f"/commands/{outcome['command']}")
    assert (kept["outcome"], kept["response"]) == ("answered", answer)


async def authorize(station, token: str) -> None:
    assert (await station.call("Authorize", {"idTag": token}))["idTagInfo"]["status"] == "Accepted"


async def test_tc_010_csms(csms):
    """The cable is in: a remote start is ordered, authorized, and the transaction runs."""
    async with csms.station() as station:
        token = await csms.token()
        await status(station, "Preparing")
        await order_start(station, token, ACCEPTED)
        await authorize(station, token)
        transaction = await start(station, token)
        await status(station, "Charging")
        assert await shown_status(csms, station) == ("Charging", "")
        found = await shown(csms, transaction)
        assert (found["state"], found["token"], found["station"]) == ("active", token, station.id)


async def test_tc_011_1_csms(csms):
    """A remote start is ordered, then the cable comes, and the transaction runs."""
    async with csms.station() as station:
        token = await csms.token()
        await order_start(station, token, ACCEPTED)
        await authorize(station, token)
        await status(station, "Preparing")
        transaction = await start(station, token)
        await status(station, "Charging")
        assert (await shown(csms, transaction))["state"] == "active"


async def test_tc_011_2_csms(csms):
    """A remote start is ordered and the cable never comes: the connector is free again, nothing was begun."""
    async with csms.station() as station:
        token = await csms.token()
        await order_start(station, token, ACCEPTED)
        await authorize(station, token)
        await status(station, "Preparing")
        await status(station, "Available")
        assert await shown_status(csms, station) == ("Available", "")
        assert (await csms.ok("GET", "/transactions", params={"station": station.id}))["items"] == []


async def test_tc_012_csms(csms):
    """A transaction is stopped from afar by its id, and shown with that reason."""
    async with csms.station() as station:
        token = await csms.token()
        transaction = await start(station, token)
        await status(station, "Charging")
        wanted = {"transactionId": transaction}
        arrived, outcome = await station.ordered("RemoteStopTransaction", wanted, ACCEPTED)
        assert arrived == wanted
        assert outcome["response"] == ACCEPTED
        await status(station, "Finishing")
        await stop(station, transaction, "Remote", idTag=token)
        await status(station, "Available")
        found = await shown(csms, transaction)
        assert (found["state"], found["reason"], found["energy_wh"]) == ("ended", "Remote", 1000)


async def test_tc_026_csms(csms):
    """A remote start that the station refuses is kept as refused, and nothing was begun."""
    async with csms.station() as station:
        await order_start(station, await csms.token(), REJECTED)
        assert (await csms.ok("GET", "/transactions", params={"station": station.id}))["items"] == []


async def test_tc_028_csms(csms):
    """A remote stop that the station refuses, for it does not know the transaction, leaves the running one alone."""
    async with csms.station() as station:
        transaction = await start(station, await csms.token())
        wanted = {"transactionId": transaction + 1_000}
        arrived, outcome = await station.ordered("RemoteStopTransaction", wanted, REJECTED)
        assert arrived == wanted
        assert outcome["response"] == REJECTED
        assert (await shown(csms, transaction))["state"] == "active"


# --- unlocking ----------------------------------------------------------------------------------------------


async def unlock(station, answer: str, connector: int = 1) -> None:
    wanted = {"connectorId": connector}
    arrived, outcome = await station.ordered("UnlockConnector", wanted, {"status": answer})
    assert arrived == wanted
    kept = await station.csms.ok("GET", f"/commands/{outcome['command']}")
    assert (kept["outcome"], kept["response"]) == ("answered", {"status": answer})


async def test_tc_017_1_csms(csms):
    """A cable that can be taken off is unlocked while nothing charges."""
    async with csms.station() as station:
        await status(station, "Available")
        await unlock(station, "Unlocked")


async def test_tc_017_2_csms(csms):
    """A fixed cable cannot be unlocked: the station says that it is not supported."""
    async with csms.station() as station:
        await status(station, "Available")
        await unlock(station, "NotSupported")


async def test_tc_018_1_csms(csms):
    """Unlocking during a transaction ends it, and it is shown with that reason."""
    async with csms.station() as station:
        token = await csms.token()
        transaction = await start(station, token)
        await unlock(station, "Unlocked")
        await status(station, "Finishing")
        await stop(station, transaction, "UnlockCommand")
        await status(station, "Available")
        found = await shown(csms, transaction)
        assert (found["state"], found["reason"]) == ("ended", "UnlockCommand")


async def test_tc_024_csms(csms):
    """A plug lock that fails at the start is told as an error, and the connector is shown faulted with it."""
    async with csms.station() as station:
        await status(station, "Preparing")
        await authorize(station, await csms.token())
        await status(station, "Faulted", error="ConnectorLockFailure")
        assert await shown_status(csms, station) == ("Faulted", "ConnectorLockFailure")
        assert (await csms.ok("GET", "/transactions", params={"station": station.id}))["items"] == []


async def test_tc_030_csms(csms):
    """A lock that does not open is told as failed, and the outcome is kept."""
    async with csms.station() as station:
        await unlock(station, "UnlockFailed")


async def test_tc_031_csms(csms):
    """A connector that is not there cannot be unlocked: the station says so, and the outcome is kept."""
    async with csms.station() as station:
        await unlock(station, "NotSupported", connector=9)


# --- triggers -----------------------------------------------------------------------------------------------


async def trigger(station, message: str, answer: dict, **more) -> None:
    wanted = {"requestedMessage": message, **more}
    arrived, outcome = await station.ordered("TriggerMessage", wanted, answer)
    assert arrived == wanted
    assert outcome["response"] == answer


async def test_tc_054_csms(csms):
    """Each message that can be triggered is triggered, sent by the station, answered and taken down."""
    async with csms.station() as station:
        await trigger(station, "MeterValues", ACCEPTED, connectorId=1)
        values = [{"timestamp": now(), "sampledValue": [{"value": "17", "context": "Trigger"}]}]
        assert await station.call("MeterValues", {"connectorId": 1, "meterValue": values}) == {}
        await trigger(station, "Heartbeat", ACCEPTED)
        assert "currentTime" in await station.call("Heartbeat", {})
        await trigger(station, "StatusNotification", ACCEPTED, connectorId=1)
        await status(station, "Available")
        await trigger(station, "DiagnosticsStatusNotification", ACCEPTED)
        assert await station.call("DiagnosticsStatusNotification", {"status": "Idle"}) == {}
        await trigger(station, "FirmwareStatusNotification", ACCEPTED)
        assert await station.call("FirmwareStatusNotification", {"status": "Idle"}) == {}
        await trigger(station, "BootNotification", ACCEPTED)
        assert (await station.boot())["status"] == "Accepted"
        assert await shown_status(csms, station) == ("Available", "")
        found = await csms.central.store.read(lambda records: records.readings(station_id=station.id))
        assert [s.value for r in found for s in r.samples] == [17.0]


async def test_tc_055_csms(csms):
    """A trigger that the station refuses is kept as refused, and the station goes on."""
    async with csms.station() as station:
        await trigger(station, "MeterValues", REJECTED, connectorId=9)
        assert "currentTime" in await station.call("Heartbeat", {})
