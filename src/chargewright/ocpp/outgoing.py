"""What we say is judged before it leaves: right, or not sent."""

from typing import Final

from msgspec import Raw, Struct

from chargewright.errors import LocalProtocolError
from chargewright.ocpp.catalog import Action, Side
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.reading import Refused

__all__ = ["NOTHING", "checked", "require_sendable"]

NOTHING: Final = Raw(b"{}")


def require_sendable(
    action: Action | None, payload: Struct, *, name: str, side: Side, is_send: bool
) -> Action:
    """The action, if `side` may send this payload so. Raises LocalProtocolError."""
    if action is None or action.is_send is not is_send or not action.may_be_sent_by(side):
        raise LocalProtocolError(f"{name}: not a message that the {side} sends so in this version")
    if type(payload) is not action.request:
        raise LocalProtocolError(
            f"{name}: {type(payload).__module__}.{type(payload).__name__} is not its request"
        )
    return action


def checked(action: Action, payload: Struct, *, is_request: bool) -> Raw:
    """The payload's text, read back by the strict reader. Raises LocalProtocolError."""
    reader = action.request_reader if is_request else action.response_reader
    try:
        text = ENCODER.encode(payload)
        if text == b"{}":  # required fields are always written: there are none, and nothing else is said
            return NOTHING
        _, deviations = reader.read(text, text)
    except (Refused, TypeError, ValueError) as error:
        raise LocalProtocolError(f"{type(payload).__name__}: {error}") from error
    if deviations:
        raise LocalProtocolError(f"{type(payload).__name__}: {deviations[0]}")
    return Raw(text)
