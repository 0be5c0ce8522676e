"""OCPP 2.0.1 block J: meter values, in and outside of transactions, sampled, aligned to the clock, signed."""

import json
from datetime import datetime

import pytest
from tests.conformance.charging import Charging, register, status_of
from tests.conformance.harness import now

SIGNED = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn18eyJTRCI6IjMwNDQifQ==",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "MFkwEwYHKoZIzj0CAQ==",
}


async def charging_at(csms, station, **more):
    charging = Charging(station, **more)
    assert status_of(await charging.charge(await csms.token())) == "Accepted"
    return charging


async def samples(csms, charging):
    """(time, context, value, text) of all meter values of a transaction, in order of time."""
    number = (await charging.record())["id"]
    kept = await csms.ok("GET", f"/transactions/{number}/meter-values")
    return [
        (datetime.fromisoformat(item["at"]), s["context"], s["value"], s["text"])
        for item in kept["items"]
        for s in item["samples"]
    ]


async def periodic(station, evse, at):
    """What a station says beside clock-aligned values."""
    told = {
        "eventId": 1,
        "timestamp": at,
        "trigger": "Periodic",
        "actualValue": "1",
        "eventNotificationType": "PreconfiguredMonitor",
        "component": {"name": "FiscalMetering", "evse": {"id": evse}},
        "variable": {"name": "EnergyRegister"},
    }
    notice = {"generatedAt": at, "seqNo": 0, "eventData": [told]}
    assert await station.call("NotifyEvent", notice) == {}


async def test_tc_j_01_csms(csms):
    """Clock-aligned values of idle EVSEs and of the main meter are taken in and kept by EVSE."""
    async with csms.station("ocpp2.0.1") as station:
        for minute in (-30, -15, 0):
            for evse in (0, 1, 2):
                value = register(1000 * evse + minute + 100, context="Sample.Clock", at=now(60 * minute))
                told = {"evseId": evse, "meterValue": [value]}
                assert await station.call("MeterValues", told) == {}
                await periodic(station, evse or 1, now(60 * minute))
        kept = await csms.central.store.read(lambda records: records.readings(station_id=station.id))
        assert [(r.evse_id, r.samples[0].value, r.samples[0].context) for r in kept] == [
            (evse, 1000 * evse + minute + 100, "Sample.Clock")
            for minute in (-30, -15, 0)
            for evse in (0, 1, 2)
        ]
        assert all(r.transaction_id is None for r in kept)


async def test_tc_j_02_csms(csms):
    """During a transaction its clock-aligned values come with it, those of idle EVSEs beside it."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        for n in range(3):
            at = now(900 * n)
            for evse in (0, 2):
                value = register(50_000 + n, context="Sample.Clock", at=at)
                assert await station.call("MeterValues", {"evseId": evse, "meterValue": [value]}) == {}
            meter = [register(1000 + n, context="Sample.Clock", at=at)]
            assert await charging.tell("Updated", "MeterValueClock", meter=meter, timestamp=at) == {}
        assert [(context, value) for _, context, value, _ in await samples(csms, charging)] == [
            ("Sample.Clock", 1000 + n) for n in range(3)
        ]


async def end_with(charging, context, **more):
    """End a transaction with three values of an interval and the last one of all."""
    meter = [register(1000 + 500 * n, context=context, at=now(900 * n - 2700), **more) for n in range(3)]
    meter.append(register(2600, context="Transaction.End", **more))
    await charging.status("Available")
    told = {"state": "Idle", "stopped": "EVDisconnected", "meter": meter}
    assert await charging.tell("Ended", "EVCommunicationLost", **told) == {}


async def kept_whole(csms, charging, context):
    kept = await samples(csms, charging)
    assert [(c, value) for _, c, value, _ in kept] == [
        *((context, 1000 + 500 * n) for n in range(3)),
        ("Transaction.End", 2600),
    ]
    record = await charging.record()
    assert (record["state"], record["meter_stop_wh"]) == ("ended", 2600)


async def kept_signed(csms, charging):
    for _, _, value, text in await samples(csms, charging):
        assert json.loads(text) == SIGNED
        assert value is not None


async def test_tc_j_03_csms(csms):
    """Clock-aligned values that come with the end of a transaction are kept, and the last one is its register."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        await end_with(charging, "Sample.Clock")
        await kept_whole(csms, charging, "Sample.Clock")


async def test_tc_j_04_csms(csms):
    """Signed clock-aligned values are kept as they came, beside their numbers."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        await end_with(charging, "Sample.Clock", signedMeterValue=SIGNED)
        await kept_whole(csms, charging, "Sample.Clock")
        await kept_signed(csms, charging)


async def test_tc_j_07_csms(csms):
    """The value at the start, where the EVSE is known, is the register that the transaction begins with."""
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        await charging.plug_in(meter=[register(1234, context="Transaction.Begin")])
        record = await charging.record()
        assert (record["meter_start_wh"], record["evse"]) == (1234, 1)


async def test_tc_j_08_csms(csms):
    """The value at the start comes with the cable where the card was first: it is the transaction's all the same."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = Charging(station, evse=2), await csms.token()
        started = await charging.tell("Started", "Authorized", by=tag, evse=None)
        assert status_of(started) == "Accepted"
        await charging.plug_in("Updated", meter=[register(777, context="Transaction.Begin")])
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        record = await charging.record()
        assert (record["meter_start_wh"], record["evse"]) == (777, 2)
        assert [(context, value) for _, context, value, _ in await samples(csms, charging)] == [
            ("Transaction.Begin", 777)
        ]


async def test_tc_j_09_csms(csms):
    """Sampled values of a transaction are kept in its order, in Wh whatever their unit and multiplier."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        units = [{"unit": "Wh"}, {"unit": "kWh"}, {"unit": "Wh", "multiplier": 3}]
        for n, (value, unit) in enumerate(zip((1100, 1.2, 1.3), units, strict=True)):
            meter = [register(value, at=now(60 * n - 180), unitOfMeasure=unit)]
            assert await charging.tell("Updated", "MeterValuePeriodic", meter=meter) == {}
        assert [value for _, _, value, _ in await samples(csms, charging)] == pytest.approx(
            [1100, 1200, 1300]
        )


async def test_tc_j_10_csms(csms):
    """Sampled values that come with the end of a transaction are kept, and the last one is its register."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        await end_with(charging, "Sample.Periodic")
        await kept_whole(csms, charging, "Sample.Periodic")


async def test_tc_j_11_csms(csms):
    """Signed sampled values are kept as they came, beside their numbers."""
    async with csms.station("ocpp2.0.1") as station:
        charging = await charging_at(csms, station)
        await end_with(charging, "Sample.Periodic", signedMeterValue=SIGNED)
        await kept_whole(csms, charging, "Sample.Periodic")
        await kept_signed(csms, charging)
