"""OCPP 1.6: meter values that are no plain numbers of a transaction. Not public cases."""

from tests.conformance.charging import Session
from tests.conformance.harness import now


def values(*samples):
    return [{"timestamp": now(), "sampledValue": list(samples)}]


async def test_signed_data_are_kept_as_they_came_even_if_they_look_like_a_number(csms):
    async with csms.station() as station:
        session = Session(station)
        await session.start(await csms.token())
        signed = {"value": "0123456789", "format": "SignedData", "context": "Transaction.Begin"}
        told = {
            "connectorId": 1,
            "transactionId": session.number,
            "meterValue": values(signed, {"value": "1500"}),
        }
        assert await station.call("MeterValues", told) == {}
        kept = await csms.ok("GET", f"/transactions/{session.number}/meter-values")
        assert [(s["value"], s["text"]) for item in kept["items"] for s in item["samples"]] == [
            (None, "0123456789"),
            (1500, None),
        ]


async def test_values_of_a_transaction_that_nobody_knows_are_kept_and_flagged(csms):
    async with csms.station() as station:
        told = {"connectorId": 1, "transactionId": 2**31 - 1, "meterValue": values({"value": "7"})}
        assert await station.call("MeterValues", told) == {}
        (kept,) = await csms.central.store.read(lambda records: records.readings(station_id=station.id))
        assert (kept.transaction_id, kept.suspect, kept.samples[0].value) == (None, True, 7)
