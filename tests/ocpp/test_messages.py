"""Our message types against the official schemas: the judge is jsonschema-rs, the samples are made from the schemas."""

import json
from datetime import datetime
from itertools import count
from typing import Any

import msgspec
import pytest
from tests.ocpp.samples import (
    Message,
    every_message,
    expected_code,
    full_sample,
    mutants,
    random_sample,
    small_sample,
)

from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.events import CallAnswered, CallFailed, CallReceived, FrameDropped, SendReceived
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.peer import Peer

EVERY_MESSAGE = pytest.mark.parametrize("message", every_message(), ids=lambda m: m.name)


def same(ours: Any, theirs: Any) -> bool:
    """Equal as JSON, where two spellings of one instant are equal."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str) and ours != theirs:
        return datetime.fromisoformat(ours) == datetime.fromisoformat(theirs)
    return bool(ours == theirs)


def text_of(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def peer_for(message: Message) -> Peer:
    """A peer on the side that receives this message."""
    action = catalog(message.version).actions[message.action]
    sender = "station" if action.sender == "both" else action.sender
    asks = sender if message.is_request else {"station": "csms", "csms": "station"}[sender]
    side = {"station": "csms", "csms": "station"}[asks]
    return Peer(version=message.version, side=side, message_ids=map(str, count(1)).__next__)


def hears(peer: Peer, message: Message, payload: Any, message_id: str) -> tuple[list[Any], list[Any]]:
    """Bring a payload before the peer as what it is: (events, texts as JSON)."""
    action = catalog(message.version).actions[message.action]
    if message.is_request:
        peer.receive_text(text_of([6 if action.is_send else 2, message_id, message.action, payload]), 1.0)
    else:
        request_schema = next(
            m
            for m in every_message()
            if m.version is message.version and m.action == message.action and m.is_request
        )
        request, _ = action.request_reader.read(raw := text_of(small_sample(request_schema)), raw)
        ours = peer.call(message.action, request, 1.0)
        peer.texts_to_send()
        peer.receive_text(text_of([3, ours, payload]), 1.0)
    return peer.events_received(), [json.loads(text) for text in peer.texts_to_send()]


@EVERY_MESSAGE
def test_right_messages_are_read_and_written_back_unchanged(message: Message) -> None:
    action = catalog(message.version).actions[message.action]
    reader = action.request_reader if message.is_request else action.response_reader
    payloads = [full_sample(message), small_sample(message)] + [
        random_sample(message, seed) for seed in range(25)
    ]
    for number, payload in enumerate(payloads):
        assert message.is_valid(payload), f"sample {number} is not what it should be"
        raw = text_of(payload)
        read, deviations = reader.read(raw, raw)
        assert deviations == (), (number, payload)
        written = json.loads(ENCODER.encode(read))
        assert message.is_valid(written), (number, payload, written)
        assert same(written, payload), (number, payload, written)


@EVERY_MESSAGE
def test_every_broken_keyword_is_refused_with_its_code_and_the_next_message_is_taken(
    message: Message,
) -> None:
    peer = peer_for(message)
    right = full_sample(message)
    tried = 0
    for mutant in mutants(message):
        tried += 1
        where = f"{mutant.keyword} at {mutant.path}"
        assert not message.is_valid(mutant.payload), f"the schema itself takes {where}"
        events, texts = hears(peer, message, mutant.payload, f"bad{tried}")
        code = expected_code(message.version, mutant)
        if not message.is_request:
            assert [type(e) for e in events] == [CallFailed], where
            assert events[0].reason == "invalid_response", where
            assert [t[0] for t in texts] == ([5] if message.version is Version.OCPP21 else []), where
            assert all(t[2] == code for t in texts), (where, texts)
        elif catalog(message.version).actions[message.action].is_send:
            assert events == [FrameDropped("invalid_send", f"bad{tried}")], where
        else:
            assert [t[:3] for t in texts] == [[4, f"bad{tried}", code]], (where, texts)
            assert len(texts[0][3]) <= 255
            assert texts[0][4] == {}
        events, _ = hears(peer, message, right, f"good{tried}")
        assert [type(e) for e in events] in ([CallReceived], [CallAnswered], [SendReceived]), where
        if isinstance(events[0], CallReceived):
            peer.answer_error(events[0].message_id, _internal())
            peer.texts_to_send()
    assert tried >= 2  # every schema has at least a type and a closed list of properties


def _internal() -> Any:
    from chargewright.ocpp.codes import Code

    return Code.INTERNAL_ERROR


@pytest.mark.parametrize("version", list(Version))
def test_there_are_as_many_mutants_as_the_schemas_have_keywords_to_break(version: Version) -> None:
    made = sum(1 for m in every_message() if m.version is version for _ in mutants(m))
    assert made > {Version.OCPP16: 500, Version.OCPP201: 2000, Version.OCPP21: 4000}[version]


@pytest.mark.parametrize("version", list(Version))
def test_every_schema_has_its_type_and_every_type_its_schema(version: Version) -> None:
    told = {(m.action, m.is_request) for m in every_message() if m.version is version}
    ours = {(a.name, True) for a in catalog(version).actions.values()}
    ours |= {(a.name, False) for a in catalog(version).actions.values() if a.response is not None}
    assert ours == told


BAD_TIMES = [
    "yesterday",
    "2026-13-01T00:00:00Z",
    "2026-11-22",
    "222222017-01-01T00:00:00Z",
    "1000000",
    "",
    "2026-11-22T25:00:00Z",
]


@EVERY_MESSAGE
def test_a_bad_date_time_is_refused_wherever_one_stands(message: Message) -> None:
    peer, tried = peer_for(message), 0
    for place in _times(full_sample(message)):
        for bad in BAD_TIMES:
            tried += 1
            payload = full_sample(message)
            _put(payload, place, bad)
            events, texts = hears(peer, message, payload, f"bad{tried}")
            assert len(events) == 1
            if message.is_request and not isinstance(events[0], FrameDropped):
                assert texts[0][2] == "PropertyConstraintViolation", (place, bad)
            else:
                assert isinstance(events[0], CallFailed | FrameDropped), (place, bad)


def _times(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    from tests.ocpp.samples import UTC_TIMES

    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for k, v in parts for found in _times(v, (*path, k))]
    return [path] if isinstance(value, str) and value in UTC_TIMES else []


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = new


def test_rates_are_exact_decimals() -> None:
    action = catalog(Version.OCPP16).actions["GetCompositeSchedule"]
    raw = text_of(
        {
            "status": "Accepted",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0.3}],
            },
        }
    )
    read, _ = action.response_reader.read(raw, raw)
    assert b'"limit":0.3}' in ENCODER.encode(read)
    assert (
        str(
            msgspec.to_builtins(read, builtin_types=[]).get("chargingSchedule")["chargingSchedulePeriod"][0][
                "limit"
            ]
        )
        == "0.3"
    )
