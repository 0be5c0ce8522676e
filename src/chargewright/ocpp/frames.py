"""The five frames of OCPP-J, each a JSON array whose first element is its kind.

A payload stays raw until somebody knows its type: it is read once, by the type that the catalog names.
OCPP-J 1.6 section 4.2; OCPP 2.0.1 part 4, 4.2; OCPP 2.1 part 4, 4.2 (CALLRESULTERROR and SEND are new there).
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

__all__ = [
    "ENCODER",
    "MESSAGE_ID_LENGTH_MAX",
    "UNREADABLE_ID",
    "AnyFrame",
    "Call",
    "CallError",
    "CallResult",
    "CallResultError",
    "Send",
    "encode_call",
    "encode_call_error",
    "encode_call_result",
    "encode_call_result_error",
    "encode_send",
    "read_frame",
]

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
    details: Raw = Raw(b"{}")


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
"""Text -> frame. Raises msgspec.DecodeError, UnicodeDecodeError or RecursionError when it is none."""

ENCODER = msgspec.json.Encoder(decimal_format="number")
"""Writes payloads: rates are numbers on the wire, as exact as they were given."""

_encode = ENCODER.encode


def encode_call(message_id: str, action: str, payload: object) -> bytes:
    return _encode((2, message_id, action, payload))


def encode_call_result(message_id: str, payload: object) -> bytes:
    return _encode((3, message_id, payload))


def encode_call_error(
    message_id: str, code: str, description: str = "", details: dict[str, Any] | None = None
) -> bytes:
    return _encode((4, message_id, code, description[:255], details or {}))


def encode_call_result_error(message_id: str, code: str, description: str = "") -> bytes:
    return _encode((5, message_id, code, description[:255], {}))


def encode_send(message_id: str, action: str, payload: object) -> bytes:
    return _encode((6, message_id, action, payload))
