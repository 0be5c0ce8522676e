"""What a peer has heard, and what became of what it said. See peer.py for when each of these comes."""

from typing import Literal

from msgspec import Raw, Struct

from chargewright.ocpp.codes import Code
from chargewright.ocpp.reading import Fault
from chargewright.ocpp.tolerance import Switch

__all__ = [
    "AnswerRefused",
    "CallAnswered",
    "CallFailed",
    "CallReceived",
    "CallRefused",
    "Deviated",
    "DropReason",
    "Event",
    "FrameDropped",
    "LateAnswer",
    "SendReceived",
    "Unusable",
]

DropReason = Literal[
    "not_a_frame", "malformed_call", "malformed_answer", "malformed_send", "unknown_type", "unknown_id", "duplicate_call",
    "overflow", "invalid_send",
]  # fmt: skip


class Unusable(Struct, frozen=True, gc=False):
    """A payload that is an object, but not the message that it should be; kept all the same. `fault`: the first."""

    payload: Raw
    fault: Fault


class Deviated(Struct, frozen=True, gc=False):
    """Something was borne that is no matter of a payload."""

    switch: Switch
    action: str
    what: str


class CallReceived(Struct, frozen=True, gc=False):
    """The other side asks; exactly one answer is owed. `deviations`: what was wrong, but bearable.

    `request` is an `Unusable` where what cannot be read is kept (tolerance.py).
    """

    message_id: str
    action: str
    request: Struct
    deviations: tuple[Fault, ...] = ()


class SendReceived(Struct, frozen=True, gc=False):
    """The other side tells; nobody answers (2.1)."""

    message_id: str
    action: str
    request: Struct
    deviations: tuple[Fault, ...] = ()


class CallRefused(Struct, frozen=True, gc=False):
    """A call was wrong and has been answered with `code` already; told so that it can be counted and shown."""

    message_id: str
    action: str
    code: Code
    description: str


class CallAnswered(Struct, frozen=True, gc=False):
    """Our call was answered."""

    message_id: str
    action: str
    response: Struct
    deviations: tuple[Fault, ...] = ()


class CallFailed(Struct, frozen=True, gc=False):
    """Our call has come to its end without an answer. `code` is None unless a CALLERROR or an unusable answer came."""

    message_id: str
    action: str
    code: Code | None
    description: str
    reason: Literal["error", "timeout", "invalid_response", "closed"]


class LateAnswer(Struct, frozen=True, gc=False):
    """An answer to a call that had timed out. `response` is None when it was an error, or unreadable."""

    message_id: str
    action: str
    response: Struct | None
    code: Code | None = None


class AnswerRefused(Struct, frozen=True, gc=False):
    """The other side could not use our answer (CALLRESULTERROR, 2.1)."""

    message_id: str
    code: Code
    description: str


class FrameDropped(Struct, frozen=True, gc=False):
    """Something came that means nothing here."""

    reason: DropReason
    message_id: str = ""


Event = (
    CallReceived
    | SendReceived
    | CallRefused
    | CallAnswered
    | CallFailed
    | LateAnswer
    | AnswerRefused
    | FrameDropped
    | Deviated
)
