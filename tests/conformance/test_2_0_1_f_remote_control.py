"""OCPP 2.0.1, block F: remote start, unlock, triggers."""

from tests.conformance.charging import (
    Charging,
    connector,
    event_data,
    id_token,
    notify,
    register,
    shown_statuses,
    status_of,
)
from tests.conformance.harness import ACCEPTED, now

V = "ocpp2.0.1"


async def start_remotely(station, token: str, answer: dict) -> dict:
    """Order a start without an id for it: one that nobody else has is sent. The payload that arrived."""
    arrived, outcome = await station.ordered(
        "RequestStartTransaction", {"idToken": id_token(token), "evseId": 1}, answer
    )
    assert arrived["idToken"] == id_token(token)
    assert arrived["evseId"] == 1
    assert outcome["response"] == answer
    kept = await station.csms.ok("GET", f"/commands/{outcome['command']}")
    assert kept["payload"]["remoteStartId"] == arrived["remoteStartId"] > 0
    return arrived


async def test_tc_f_01_csms(csms):
    """The cable is in: a remote start is carried out in the transaction that runs already."""
    async with csms.station(V) as station:
        token, transaction = await csms.token(), Charging(station)
        await connector(station, "Occupied")
        await transaction.tell("Started", "CablePluggedIn", state="EVConnected")
        arrived = await start_remotely(station, token, {**ACCEPTED, "transactionId": transaction.id})
        info = {"remoteStartId": arrived["remoteStartId"]}
        answer = await transaction.tell(
            "Updated", "RemoteStart", state="EVConnected", info=info, idToken=id_token(token)
        )
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await transaction.tell("Updated", "ChargingStateChanged", state="Charging")
        shown = await transaction.record()
        assert (shown["state"], shown["token"], shown["charging_state"]) == ("active", token, "Charging")


async def test_tc_f_02_csms(csms):
    """Remote start first, the station authorizes the token itself, then the cable comes."""
    async with csms.station(V) as station:
        token, transaction = await csms.token(), Charging(station)
        arrived = await start_remotely(station, token, ACCEPTED)
        answer = await station.call("Authorize", {"idToken": id_token(token)})
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await started_by(transaction, arrived)
        await connector(station, "Occupied")
        await transaction.tell("Updated", "CablePluggedIn", state="EVConnected")
        await transaction.tell("Updated", "ChargingStateChanged", state="Charging")
        assert (await transaction.record())["charging_state"] == "Charging"


async def test_tc_f_03_csms(csms):
    """Remote start first, without an authorization of its own, then the cable comes."""
    async with csms.station(V) as station:
        token, transaction = await csms.token(), Charging(station)
        arrived = await start_remotely(station, token, ACCEPTED)
        await started_by(transaction, arrived)
        await connector(station, "Occupied")
        await transaction.tell("Updated", "CablePluggedIn", state="EVConnected")
        await transaction.tell("Updated", "ChargingStateChanged", state="Charging")
        assert (await transaction.record())["charging_state"] == "Charging"
        assert not [frame for way, frame in station.frames if way == "out" and "Authorize" in frame]


async def started_by(transaction: Charging, arrived: dict) -> None:
    answer = await transaction.tell(
        "Started",
        "RemoteStart",
        state="Idle",
        info={"remoteStartId": arrived["remoteStartId"]},
        idToken=arrived["idToken"],
    )
    assert answer["idTokenInfo"]["status"] == "Accepted"


async def test_tc_f_04_csms(csms):
    """Remote start, and the cable never comes: the transaction is ended by the time-out and shown so."""
    async with csms.station(V) as station:
        token, transaction = await csms.token(), Charging(station)
        arrived = await start_remotely(station, token, ACCEPTED)
        await started_by(transaction, arrived)
        assert await transaction.tell("Updated", "EVConnectTimeout", state="Idle") == {}
        await transaction.tell("Ended", "EVConnectTimeout", state="Idle", info={"stoppedReason": "Timeout"})
        shown = await transaction.record()
        assert (shown["state"], shown["reason"], shown["token"]) == ("ended", "Timeout", token)


async def test_tc_f_06_csms(csms):
    """A connector is unlocked by order, and the outcome is kept."""
    async with csms.station(V) as station:
        wanted = {"evseId": 1, "connectorId": 1}
        arrived, outcome = await station.ordered("UnlockConnector", wanted, {"status": "Unlocked"})
        assert arrived == wanted
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert kept["response"] == {"status": "Unlocked"}


async def trigger(station, message: str, **more) -> None:
    wanted = {"requestedMessage": message, **more}
    arrived, outcome = await station.ordered("TriggerMessage", wanted, ACCEPTED)
    assert arrived == wanted
    assert outcome["response"] == ACCEPTED


async def readings(station, context: str) -> list[tuple[int, float]]:
    """(EVSE, value) of the samples that are stored of a station without a transaction."""
    found = await station.csms.central.store.read(lambda records: records.readings(station_id=station.id))
    return sorted((r.evse_id, s.value) for r in found for s in r.samples if s.context == context)


async def test_tc_f_11_csms(csms):
    """Meter values of one EVSE are triggered, sent and stored."""
    async with csms.station(V) as station:
        await trigger(station, "MeterValues", evse={"id": 1})
        assert (
            await station.call(
                "MeterValues", {"evseId": 1, "meterValue": [register(11.0, context="Trigger")]}
            )
            == {}
        )
        assert await readings(station, "Trigger") == [(1, 11.0)]


async def test_tc_f_12_csms(csms):
    """Meter values of all EVSEs are triggered; those of each are stored."""
    async with csms.station(V) as station:
        await trigger(station, "MeterValues")
        for evse in (1, 2):
            told = {"evseId": evse, "meterValue": [register(10.0 + evse, context="Trigger")]}
            assert await station.call("MeterValues", told) == {}
        assert await readings(station, "Trigger") == [(1, 11.0), (2, 12.0)]


async def transaction_values(csms, transaction: Charging) -> list[str]:
    shown = await transaction.record()
    found = await csms.ok("GET", f"/transactions/{shown['id']}/meter-values")
    return [s["context"] for r in found["items"] for s in r["samples"]]


async def test_tc_f_13_csms(csms):
    """The transaction of one EVSE is asked for; what it tells is stored with it."""
    async with csms.station(V) as station:
        transaction = Charging(station)
        assert status_of(await transaction.charge(await csms.token())) == "Accepted"
        await trigger(station, "TransactionEvent", evse={"id": 1})
        assert (
            await transaction.tell(
                "Updated", "Trigger", state="Charging", meter=[register(1234.0, context="Trigger")]
            )
            == {}
        )
        assert await transaction_values(csms, transaction) == ["Trigger"]


async def test_tc_f_14_csms(csms):
    """The transactions of all EVSEs are asked for; what each tells is stored with it."""
    async with csms.station(V) as station:
        both = [Charging(station), Charging(station, evse=2)]
        for transaction in both:
            assert status_of(await transaction.charge(await csms.token())) == "Accepted"
        await trigger(station, "TransactionEvent")
        for transaction in both:
            assert (
                await transaction.tell(
                    "Updated", "Trigger", state="Charging", meter=[register(1234.0, context="Trigger")]
                )
                == {}
            )
            assert await transaction_values(csms, transaction) == ["Trigger"]
            assert (await transaction.record())["evse"] == transaction.evse


async def notices(station, action: str) -> list[dict]:
    found = await station.csms.ok("GET", f"/stations/{station.id}/messages", params={"action": action})
    return [m["frame"][3] for m in found["messages"] if m["direction"] == "in" and m["kind"] == "CALL"]


async def test_tc_f_15_csms(csms):
    """The state of a log upload is triggered; that there is none is taken down."""
    async with csms.station(V) as station:
        await trigger(station, "LogStatusNotification")
        assert await station.call("LogStatusNotification", {"status": "Idle"}) == {}
        assert await notices(station, "LogStatusNotification") == [{"status": "Idle"}]


async def test_tc_f_18_csms(csms):
    """The state of a firmware update is triggered; that there is none is taken down."""
    async with csms.station(V) as station:
        await trigger(station, "FirmwareStatusNotification")
        assert await station.call("FirmwareStatusNotification", {"status": "Idle"}) == {}
        assert await notices(station, "FirmwareStatusNotification") == [{"status": "Idle"}]


async def test_tc_f_20_csms(csms):
    """A heartbeat is triggered and answered with the time."""
    async with csms.station(V) as station:
        await trigger(station, "Heartbeat")
        answer = await station.call("Heartbeat", {})
        assert now(-60) <= answer["currentTime"] <= now(60)


async def test_tc_f_23_csms(csms):
    """The state of a free EVSE is triggered, and shown."""
    async with csms.station(V) as station:
        await trigger(station, "StatusNotification", evse={"id": 1, "connectorId": 1})
        await connector(station, "Available")
        assert await shown_statuses(station) == {(1, 1): "Available"}


async def test_tc_f_24_csms(csms):
    """The state of an occupied EVSE is triggered, and is still shown as occupied."""
    async with csms.station(V) as station:
        await connector(station, "Occupied")
        await trigger(station, "StatusNotification", evse={"id": 1, "connectorId": 1})
        await connector(station, "Occupied")
        assert await shown_statuses(station) == {(1, 1): "Occupied"}
        seat = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
        assert await notify(station, event_data(seat, "AvailabilityState", "Occupied")) == {}
        values = [e["value"] for e in await csms.ok("GET", f"/stations/{station.id}/events")]
        assert values == ["Occupied"] * 3


async def test_tc_f_27_csms(csms):
    """A trigger that the station does not know is kept with its refusal, and the station goes on."""
    async with csms.station(V) as station:
        answer = {"status": "NotImplemented"}
        wanted = {"requestedMessage": "PublishFirmwareStatusNotification"}
        _, outcome = await station.ordered("TriggerMessage", wanted, answer)
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert (kept["outcome"], kept["response"]) == ("answered", answer)
        assert "currentTime" in await station.call("Heartbeat", {})
