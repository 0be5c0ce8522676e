"""What all of the 2.x dialect needs: the step between 2.0.1's types and 2.1's, tokens, and reasons.

The dialect is written against the types of 2.1. On a link of 2.0.1 a request is read anew as one of 2.1, which knows
all that 2.0.1 does, and what the station says is read as one of 2.0.1, strictly: what 2.0.1 lacks is a bug of ours.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.codes import Code
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.blocks.access import TokenInfo
from chargewright.simulator.orders import OrderRefused

__all__ = [
    "check_size",
    "narrowed_answer",
    "narrowed_request",
    "parts_of",
    "reason",
    "token",
    "token_info",
    "widened_answer",
    "widened_request",
]

_OLD, _NEW = Version.OCPP201, Version.OCPP21
_Item = TypeVar("_Item")


def widened_request(action: str, request: Struct) -> Struct:
    """A request of 2.0.1 in the type of 2.1.

    Read tolerantly: 2.0.1 has no bounds for numbers that are at least 0 in 2.1.
    """
    text = ENCODER.encode(request)
    return catalog(_NEW)[action].request_reader.read(text, text, tolerant=True)[0]


def widened_answer(action: str, answer: Struct) -> Struct:
    """An answer of 2.0.1 in the type of 2.1."""
    text = ENCODER.encode(answer)
    return catalog(_NEW)[action].response_reader.read(text, text, tolerant=True)[0]


def narrowed_request(action: str, request: Struct) -> Struct:
    """A request of 2.1 in the type of 2.0.1."""
    text = ENCODER.encode(request)
    if isinstance(request, v21.NotifyMonitoringReportRequest):
        text = _without_sources(text)
    return catalog(_OLD)[action].request_reader.read(text, text)[0]


def _without_sources(text: bytes) -> bytes:
    """The one message with a property that 2.1 demands and 2.0.1 does not know: who set a monitor."""
    plain = msgspec.json.decode(text)
    for data in plain.get("monitor", ()):
        for monitor in data["variableMonitoring"]:
            del monitor["eventNotificationType"]
    return ENCODER.encode(plain)


def narrowed_answer(action: str, answer: Struct) -> Struct:
    """An answer of 2.1 in the type of 2.0.1."""
    text = ENCODER.encode(answer)
    return catalog(_OLD)[action].response_reader.read(text, text)[0]


def check_size(request: Struct, count: int, *, items_max: int, bytes_max: int) -> None:
    """Refuse a message that holds more than the station said it takes (B05.FR.11, B06.FR.16, 17; N04.FR.09).

    Raises:
        OrderRefused: too many items, or too many bytes.

    """
    if count > items_max:
        raise OrderRefused(
            Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"{count} items; ItemsPerMessage is {items_max}"
        )
    if len(ENCODER.encode(request)) > bytes_max:
        raise OrderRefused(Code.FORMAT_VIOLATION, f"more than BytesPerMessage, {bytes_max}")


def parts_of(items: Sequence[_Item], size: int) -> Iterator[tuple[int, Sequence[_Item], bool]]:
    """Cut a long report: (number from 0, items, whether more follows). Nothing at all is one empty part."""
    last = max(len(items) - 1, 0) // size
    for n in range(last + 1):
        yield n, items[n * size : (n + 1) * size], n < last


def reason(code: str, info: str | None = None) -> v21.StatusInfo:
    """Why something is refused; `code` is one of part 2, appendix 5, or close to it."""
    return v21.StatusInfo(reason_code=code[:20], additional_info=None if info is None else info[:512])


def token(id_token: str, kind: str = "ISO14443") -> v21.IdToken:
    return v21.IdToken(id_token=id_token, type=kind)


def token_info(wire: v21.IdTokenInfo) -> TokenInfo:
    expires_at = None if wire.cache_expiry_date_time is None else as_utc(wire.cache_expiry_date_time)
    group = None if wire.group_id_token is None else wire.group_id_token.id_token
    return TokenInfo(wire.status, expires_at, group)
