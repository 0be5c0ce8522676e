"""What is made of messages that cannot be read: never an exception, never a value out of proportion."""

import json
import math
import random
from datetime import UTC, datetime

import pytest
from msgspec import Raw

from chargewright.domain.requests import MeterReported, TransactionReported
from chargewright.domain.transaction import EventKind
from chargewright.ocpp.events import Unusable
from chargewright.ocpp.reading import Fault, FaultKind, Harm
from chargewright.translate.salvage import UnreadMessage, identity_told, salvaged

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
FAULT = Fault("$.x", FaultKind.TYPE, Harm.FATAL, "is not an integer")


def salvage(action, payload):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return salvaged(action, Unusable(Raw(raw), FAULT), at=AT)


def test_a_start_keeps_what_can_be_used():
    said = salvage(
        "StartTransaction",
        {
            "connectorId": "2",
            "idTag": 4711,
            "meterStart": 12.5,
            "timestamp": "29.02.2022",
            "reservationId": [],
        },
    )
    assert (said.kind, said.wire_id, said.at) == (EventKind.STARTED, None, AT)
    assert (said.evse_id, said.id_token, said.meter_wh, said.reservation_id) == (2, "4711", 12.5, None)
    assert said.token_asked
    assert said.suspect == "StartTransaction $.x: is not an integer"


def test_a_stop_and_an_event_keep_their_readings():
    values = [
        {
            "timestamp": "2026-03-01T09:00:00Z",
            "sampledValue": [{"value": "1.5", "unit": "kWh"}, 7, {"value": []}],
        },
        {"timestamp": "2026-03-01T09:00:00Z", "sampledValue": []},
    ]
    stop = salvage("StopTransaction", {"transactionId": 7, "meterStop": "?", "transactionData": values})
    assert (stop.wire_id, stop.meter_wh, stop.token_asked) == ("7", None, False)
    ((reading),) = stop.readings
    assert [sample.value for sample in reading.samples] == [1500.0]
    assert reading.suspect
    value = {"value": 1.5, "unitOfMeasure": {"unit": "kWh", "multiplier": 0}}
    event = salvage(
        "TransactionEvent",
        {
            "eventType": "Ended",
            "transactionInfo": {"transactionId": "T"},
            "evse": 1,
            "meterValue": [{"sampledValue": [value]}],
        },
    )
    assert (event.kind, event.wire_id, event.evse_id, event.seq_no) == (EventKind.ENDED, "T", None, None)
    assert (event.readings[0].at, event.readings[0].samples[0].value) == (AT, 1500.0)


def test_the_same_payload_has_the_same_digest_and_another_one_another():
    one, same, other = (salvage("StartTransaction", {"meterStart": n}) for n in ("a", "a", "b"))
    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    "raw", [b"null", b'{"meterStart": 1e99999}', b'{"connectorId": 1' + b"0" * 400 + b"}"]
)
def test_what_holds_nothing_is_still_a_start(raw):
    said = salvage("StartTransaction", raw)
    assert (said.kind, said.evse_id, said.meter_wh, said.at) == (EventKind.STARTED, None, None, AT)


ODD = [None, True, -1, 0, 7, 2**63, 10**400, 1.5, -1e308, "", "x", "1", "NaN", "1e999", "\0", "2026-03-01T10:00:00", [], [1], [{}], {}, {"id": 1}]  # fmt: skip
NAMES = [
    "connectorId", "idTag", "meterStart", "meterStop", "timestamp", "transactionId", "reservationId", "reason",
    "transactionData", "eventType", "evse", "idToken", "transactionInfo", "seqNo", "triggerReason", "offline",
    "meterValue", "sampledValue", "value", "unit", "unitOfMeasure", "multiplier", "measurand", "evseId", "id", "type",
]  # fmt: skip


def test_nothing_that_a_station_can_send_raises():
    seed = 7
    print(f"seed {seed}")
    rng = random.Random(seed)

    def value(depth):
        if depth and rng.random() < 0.5:
            made = {rng.choice(NAMES): value(depth - 1) for _ in range(rng.randrange(6))}
            return made if rng.random() < 0.6 else [made, value(depth - 1)]
        return rng.choice(ODD)

    for _ in range(4000):
        payload = {name: value(3) for name in rng.sample(NAMES, rng.randrange(len(NAMES)))}
        for action in (
            "StartTransaction",
            "StopTransaction",
            "TransactionEvent",
            "MeterValues",
            "NotifyReport",
        ):
            said = salvage(action, payload)
            assert isinstance(said, TransactionReported | MeterReported | UnreadMessage)
            if isinstance(said, TransactionReported):
                assert said.suspect
                assert said.meter_wh is None or math.isfinite(said.meter_wh)
                assert said.at.tzinfo is not None
        identity_told(json.dumps([2, "1", "BootNotification", payload]).encode())


def test_the_identity_in_a_boot_that_was_refused():
    old = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": 7}
    new = {"chargingStation": {"vendorName": "V", "model": "M", "firmwareVersion": "7"}}
    for payload in (old, new):
        assert identity_told(json.dumps([2, "1", "BootNotification", payload]).encode()) == ("V", "M", "7")
    for frame in (
        b"",
        b"[]",
        b"7",
        b'[2,"1","BootNotification",[]]',
        b'[2,"1","BootNotification",{}]',
        b"{}",
    ):
        assert identity_told(frame) is None
