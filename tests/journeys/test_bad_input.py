"""StartTransaction.req with every kind of fault: the exact CALLERROR, and the next message is still served."""

import json

import pytest
import websockets
from tests.journeys.central import TOKEN, central_system, url

GOOD = {"connectorId": 1, "idTag": TOKEN, "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z"}


def without(name):
    return {k: v for k, v in GOOD.items() if k != name}


FAULTS = {
    "connectorId is text": ({**GOOD, "connectorId": "1"}, "TypeConstraintViolation", "$.connectorId"),
    "idTag is a number": ({**GOOD, "idTag": 4711}, "TypeConstraintViolation", "$.idTag"),
    "meterStart is a fraction": ({**GOOD, "meterStart": 1.5}, "TypeConstraintViolation", "$.meterStart"),
    "timestamp is a number": ({**GOOD, "timestamp": 1}, "TypeConstraintViolation", "$.timestamp"),
    "timestamp is no time": (
        {**GOOD, "timestamp": "yesterday"},
        "PropertyConstraintViolation",
        "$.timestamp",
    ),
    "reservationId is null": ({**GOOD, "reservationId": None}, "TypeConstraintViolation", "$.reservationId"),
    "idTag has 21 characters": ({**GOOD, "idTag": "x" * 21}, "PropertyConstraintViolation", "$.idTag"),
    "an extra property": ({**GOOD, "colour": "red"}, "FormationViolation", "$.colour"),
    **{f"no {name}": (without(name), "ProtocolError", name) for name in GOOD},
    "the payload is a list": ([1, 2], "FormationViolation", ""),
}


@pytest.fixture
async def connection():
    async with (
        central_system("CP1", site=False) as central,
        websockets.connect(url(central, "CP1"), subprotocols=["ocpp1.6"]) as socket,
    ):
        yield socket


async def ask(socket, *frame):
    await socket.send(json.dumps(frame))
    return json.loads(await socket.recv())


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_faulty_start_gets_its_code_and_the_next_message_is_served(connection, fault):
    payload, code, place = FAULTS[fault]
    kind, message_id, told, description, details = await ask(connection, 2, "17", "StartTransaction", payload)
    assert (kind, message_id, told, details) == (4, "17", code, {})
    assert place in description
    answer = await ask(connection, 2, "18", "StartTransaction", GOOD)
    assert answer[:2] == [3, "18"]
    assert answer[2]["idTagInfo"] == {"status": "Accepted"}
    assert answer[2]["transactionId"] > 0


async def test_unknown_and_misdirected_actions(connection):
    assert (await ask(connection, 2, "1", "MakeCoffee", {}))[2] == "NotImplemented"
    assert (await ask(connection, 2, "2", "Reset", {"type": "Hard"}))[2] == "NotSupported"
    assert (await ask(connection, 2, "3", "Heartbeat", {}))[0] == 3


async def test_what_is_no_frame_is_dropped_and_the_next_message_is_served(connection):
    for text in ("", "{", "[]", '["2"]', "[2]", "null", "[99, 1]"):
        await connection.send(text)
    assert (await ask(connection, 2, "3", "Heartbeat", {}))[:2] == [3, "3"]


async def test_a_stop_and_meter_values_of_nobody_are_confirmed(connection):
    """A refused transaction message is a lost one: orphans are kept."""
    stop = {"transactionId": 999, "meterStop": 5, "timestamp": "2026-03-01T08:00:00Z"}
    assert await ask(connection, 2, "1", "StopTransaction", stop) == [3, "1", {}]
    value = {"timestamp": "2026-03-01T08:00:00Z", "sampledValue": [{"value": "1"}]}
    meter = {"connectorId": 1, "transactionId": 12345, "meterValue": [value]}
    assert await ask(connection, 2, "2", "MeterValues", meter) == [3, "2", {}]
