"""Frames: what is written is what json writes, what is read is what was written; the rest is looked at, never raised."""

import json
import random
from decimal import Decimal

import msgspec
import pytest

from chargewright.ocpp.frames import (
    ENCODER,
    UNREADABLE,
    UNREADABLE_ID,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Send,
    echoed_id,
    encode_call,
    encode_call_error,
    encode_call_result,
    encode_call_result_error,
    encode_send,
    misshapen,
    read_frame,
)


def test_each_frame_is_written_as_the_standard_shows_it_and_read_back() -> None:
    written = [
        (encode_call("a", "Heartbeat", {}), '[2,"a","Heartbeat",{}]', Call),
        (encode_call_result("a", {"k": 1}), '[3,"a",{"k":1}]', CallResult),
        (
            encode_call_error("a", "GenericError", "é", {"k": [1]}),
            '[4,"a","GenericError","é",{"k":[1]}]',
            CallError,
        ),
        (encode_call_error("a", "GenericError"), '[4,"a","GenericError","",{}]', CallError),
        (encode_call_result_error("a", "X", "y"), '[5,"a","X","y",{}]', CallResultError),
        (encode_send("a", "NotifyPeriodicEventStream", {}), '[6,"a","NotifyPeriodicEventStream",{}]', Send),
    ]
    for text, expected, kind in written:
        assert text.decode() == expected
        assert type(read_frame(text)) is kind
        assert ENCODER.encode(read_frame(text)) == text


def test_descriptions_are_cut_at_255() -> None:
    assert len(json.loads(encode_call_error("a", "X", "ä" * 999))[3]) == 255
    assert len(json.loads(encode_call_result_error("a", "X", "ä" * 999))[3]) == 255


def test_rates_are_written_as_numbers_digit_by_digit() -> None:
    assert (
        ENCODER.encode([Decimal("16.0"), Decimal("0.3"), Decimal(-5), Decimal("1E+3")])
        == b"[16.0,0.3,-5,1E+3]"
    )


def test_a_payload_stays_as_it_came() -> None:
    frame = read_frame(b'[2,"a","X",  {"z" : 1.50, "a":[ ]} ]')
    assert isinstance(frame, Call)
    assert bytes(frame.payload) == b'{"z" : 1.50, "a":[ ]}'
    assert ENCODER.encode(frame.payload) == b'{"z" : 1.50, "a":[ ]}'


@pytest.mark.parametrize(
    ("text", "length", "kind", "message_id", "word"),
    [
        ("", 0, None, None, ""),
        ("{}", 0, None, None, ""),
        ("[]", 0, None, None, ""),
        ("[2]", 1, 2, None, ""),
        ('[2,"a"]', 2, 2, "a", ""),
        ('[4,"a","Code"]', 3, 4, "a", "Code"),
        ('[4,"a",5]', 3, 4, "a", ""),
        ("[2,5,6,7,8]", 5, 2, None, ""),
        ('[true,"a"]', 2, None, "a", ""),
        ('[2.0,"a"]', 2, None, "a", ""),
        ('["2","a"]', 2, None, "a", ""),
        ('[99,"a"]', 2, 99, "a", ""),
        ("[2,", 0, None, None, ""),
        ("\ud800", 0, None, None, ""),
        ("[" * 100_000, 0, None, None, ""),
    ],
)
def test_what_is_no_frame_is_told_as_far_as_it_can_be_told(
    text: str, length: int, kind: int | None, message_id: str | None, word: str
) -> None:
    shape = misshapen(text)
    assert (shape.length, shape.kind, shape.message_id, shape.word) == (length, kind, message_id, word)


def test_random_bytes_raise_nothing_but_what_is_named() -> None:
    seed = 3
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(5000):
        data = bytes(rng.choice(b'[]{}",:23456\\ue0dn \xff\x00ab') for _ in range(rng.randrange(30)))
        try:
            read_frame(data)
        except UNREADABLE:
            misshapen(data)


@pytest.mark.parametrize(
    ("message_id", "echoed"),
    [("a", "a"), ("x" * 36, "x" * 36), ("x" * 37, UNREADABLE_ID), ("", UNREADABLE_ID), (None, UNREADABLE_ID), ("a\0", UNREADABLE_ID), ("-1", "-1")],
)  # fmt: skip
def test_the_echoed_id(message_id: str | None, echoed: str) -> None:
    assert echoed_id(message_id) == echoed


def test_frames_cannot_be_changed() -> None:
    frame = read_frame(b'[2,"a","X",{}]')
    with pytest.raises(AttributeError):
        frame.message_id = "b"  # type: ignore[misc] - the point of the test
    assert isinstance(frame, msgspec.Struct)
