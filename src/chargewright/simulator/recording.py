"""A station's log, read as what can be played again: what it said, what it was answered, how it answered orders.

Read is what `GET /stations/{id}/messages` gives (a page, a list of messages, or one message a line), from this
system or from any other that writes `at`, `direction` and `frame` so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from chargewright.errors import InvalidInput
from chargewright.ocpp.catalog import Version, catalog

__all__ = ["Order", "Recording", "Said", "read_recording"]

CALL, CALLRESULT, CALLERROR, SEND = 2, 3, 4, 6
MESSAGES_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """A call of the station. `answer` is the frame that came back without its id, ("CALLRESULT", payload) or so."""

    after_s: float
    """Since the first call of the recording."""
    action: str
    payload: Any
    answer: tuple[Any, ...] | None
    is_send: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the central system and the frame behind its id that the station answered; None: it never did."""

    action: str
    payload: Any
    answer: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Recording:
    version: Version
    said: tuple[Said, ...]
    orders: tuple[Order, ...] = field(default=())


class _Message(Struct, frozen=True):
    at: datetime
    direction: Literal["in", "out"]
    frame: Any


class _Page(Struct, frozen=True):
    messages: list[_Message]


def read_recording(text: bytes, *, version: Version | None = None, where: str = "recording") -> Recording:
    """Read a log; the version is found out where none is given.

    Raises:
        InvalidInput: it is no such log, or holds nothing that the station said.

    """
    messages = _messages(text, where)
    if len(messages) > MESSAGES_MAX:
        raise InvalidInput(f"more than {MESSAGES_MAX} messages", where=where)
    frames = [(m.at, m.direction, frame) for m in messages if (frame := _frame(m.frame)) is not None]
    answers = {
        (direction, frame[1]): tuple(frame[2:] if frame[0] == CALLERROR else (frame[2],))
        for _, direction, frame in frames
        if frame[0] in {CALLRESULT, CALLERROR}
    }
    kinds = {
        (direction, frame[1]): frame[0]
        for _, direction, frame in frames
        if frame[0] in {CALLRESULT, CALLERROR}
    }

    def answer(direction: str, message_id: str) -> tuple[Any, ...] | None:
        key = (direction, message_id)
        return None if key not in answers else (kinds[key], *answers[key])

    calls = [(at, frame) for at, way, frame in frames if way == "in" and frame[0] in {CALL, SEND}]
    if not calls:
        raise InvalidInput("no call of the station is in it", where=where)
    begun = calls[0][0]
    said = tuple(
        Said(
            max((at - begun).total_seconds(), 0.0),
            frame[2],
            frame[3],
            answer("out", frame[1]),
            frame[0] == SEND,
        )
        for at, frame in calls
    )
    orders = tuple(
        Order(frame[2], frame[3], answer("in", frame[1]))
        for _, way, frame in frames
        if way == "out" and frame[0] == CALL
    )
    return Recording(version or _version(said), said, orders)


def _messages(text: bytes, where: str) -> list[_Message]:
    try:
        if text.lstrip()[:1] == b"[":
            return msgspec.json.decode(text, type=list[_Message])
        lines = text.strip().splitlines()
        if len(lines) > 1 and lines[0].rstrip().endswith(b"}"):
            return [msgspec.json.decode(line, type=_Message) for line in lines if line.strip()]
        return msgspec.json.decode(text, type=_Page).messages
    except msgspec.DecodeError as why:
        raise InvalidInput(str(why), where=where) from why


def _frame(value: Any) -> list[Any] | None:
    """The frame, if it is one that can be played: what could not be read then is left out."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return None
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[1], str):
        return None
    if value[0] in {CALL, SEND}:
        return value if len(value) == 4 and isinstance(value[2], str) else None
    return value if value[0] in {CALLRESULT, CALLERROR} else None


def _version(said: Iterable[Said]) -> Version:
    """What the station speaks, by what it says."""
    said = tuple(said)
    for one in said:
        if one.action == "BootNotification" and isinstance(one.payload, dict):
            if "chargingStation" not in one.payload:
                return Version.OCPP16
            break
    actions = {one.action for one in said}
    if actions & {"StartTransaction", "StopTransaction"}:
        return Version.OCPP16
    return Version.OCPP201 if actions <= catalog(Version.OCPP201).actions.keys() else Version.OCPP21
