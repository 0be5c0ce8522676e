"""The five frames of OCPP-J, each a JSON array whose first element is its kind.

A payload stays raw until somebody knows its type: it is read once, by the type that the catalog names.
OCPP-J 1.6 section 4.2; OCPP 2.0.1 part 4, 4.2; OCPP 2.1 part 4, 4.2 (CALLRESULTERROR and SEND are new there).
"""

from collections.abc import Callable
from decimal import InvalidOperation
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

__all__ = [
    "ENCODER",
    "MESSAGE_ID_LENGTH_MAX",
    "UNREADABLE",
    "UNREADABLE_ID",
    "AnyFrame",
    "Call",
    "CallError",
    "CallResult",
    "CallResultError",
    "Misshapen",
    "Send",
    "echoed_id",
    "encode_call",
    "encode_call_error",
    "encode_call_result",
    "encode_call_result_error",
    "encode_send",
    "misshapen",
    "numbered_call",
    "read_frame",
]

UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError, InvalidOperation)
"""What reading somebody else's bytes may raise; InvalidOperation is a Decimal with an exponent beyond all bounds."""

MESSAGE_ID_LENGTH_MAX = 36
UNREADABLE_ID = "-1"
"""The id of a CALLERROR about a message whose own id could not be read (2.x only)."""

MessageId = Annotated[str, Meta(min_length=1, max_length=MESSAGE_ID_LENGTH_MAX)]


class Call(Struct, array_like=True, tag=2, frozen=True, forbid_unknown_fields=True, gc=False):
    """A request that wants an answer."""

    message_id: MessageId
    action: str
    payload: Raw


class CallResult(Struct, array_like=True, tag=3, frozen=True, forbid_unknown_fields=True, gc=False):
    """The answer to a call."""

    message_id: MessageId
    payload: Raw


class CallError(Struct, array_like=True, tag=4, frozen=True, forbid_unknown_fields=True, gc=False):
    """The refusal of a call. Real stations leave out the description and the details: three elements will do."""

    message_id: MessageId
    code: str
    description: str | None = ""
    details: Raw = Raw()

    @property
    def is_short(self) -> bool:
        """Are there fewer than five elements?"""
        return not self.details


class CallResultError(Struct, array_like=True, tag=5, frozen=True, forbid_unknown_fields=True, gc=False):
    """2.1: our answer could not be used by who asked."""

    message_id: MessageId
    code: str
    description: str | None = ""
    details: Raw = Raw(b"{}")


class Send(Struct, array_like=True, tag=6, frozen=True, forbid_unknown_fields=True, gc=False):
    """2.1: a message that nobody answers."""

    message_id: MessageId
    action: str
    payload: Raw


AnyFrame = Call | CallResult | CallError | CallResultError | Send

read_frame = msgspec.json.Decoder(AnyFrame).decode
"""Text -> frame. Raises one of UNREADABLE when it is none."""

ENCODER = msgspec.json.Encoder(decimal_format="number")
"""Writes payloads: rates are numbers on the wire, as exact as they were given."""

_encode = ENCODER.encode


def encode_call(message_id: str, action: str, payload: object) -> bytes:
    return _encode((2, message_id, action, payload))


def encode_call_result(message_id: str | int, payload: object) -> bytes:
    return _encode((3, message_id, payload))


def encode_call_error(
    message_id: str | int, code: str, description: str = "", details: dict[str, Any] | None = None
) -> bytes:
    return _encode((4, message_id, code, description[:255], details or {}))


def encode_call_result_error(message_id: str, code: str, description: str = "") -> bytes:
    return _encode((5, message_id, code, description[:255], {}))


def encode_send(message_id: str, action: str, payload: object) -> bytes:
    return _encode((6, message_id, action, payload))


def numbered_call(data: bytes) -> Call | None:
    """A CALL whose message id is an integer, with the id as text; None where that is not all that is wrong."""
    try:
        _, number, action, payload = _read_numbered_call(data)
    except UNREADABLE:
        return None
    return Call(str(number), action, payload)


_read_numbered_call = msgspec.json.Decoder(
    tuple[Literal[2], Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)], str, Raw]
).decode


class Misshapen(Struct, frozen=True, gc=False):
    """What can still be told of a text that is no frame; None is what cannot. `word` is a third element, or empty."""

    length: int
    kind: int | None
    message_id: str | None
    word: str


def misshapen(data: bytes | str | bytearray | memoryview) -> Misshapen:
    """Look at a text that `read_frame` refused. Never raises."""
    try:
        parts = _read_parts(data.encode() if isinstance(data, str) else data)
    except UNREADABLE:
        parts = []
    word = _element(parts, 2, _read_str) or ""
    return Misshapen(len(parts), _element(parts, 0, _read_int), _element(parts, 1, _read_str), word)


_T = TypeVar("_T")
_read_parts = msgspec.json.Decoder(list[Raw]).decode
_read_int = msgspec.json.Decoder(int).decode
_read_str = msgspec.json.Decoder(str).decode


def _element(parts: list[Raw], index: int, read: Callable[[Raw], _T]) -> _T | None:
    if index >= len(parts):
        return None
    try:
        return read(parts[index])
    except UNREADABLE:
        return None


def echoed_id(message_id: str | None) -> str:
    """The id under which a 2.x peer refuses: the call's own if a call may bear it, or the one that stands for none."""
    if message_id is None or not 0 < len(message_id) <= MESSAGE_ID_LENGTH_MAX or "\0" in message_id:
        return UNREADABLE_ID
    return message_id
