"""What can still be used of a message that cannot be read: a transaction is not lost for one field of it.

Nothing here raises for what a station sent. Times that cannot be used become the time of arrival, and everything is
marked suspect; the digest is made of the whole payload, so that the same message again is the same event.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

import msgspec

from chargewright.domain import requests
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.transaction import EventKind
from chargewright.ids import EvseId
from chargewright.ocpp.events import Unusable
from chargewright.ocpp.frames import UNREADABLE
from chargewright.ocpp.instants import instant_from_text
from chargewright.translate.units import AMOUNT_MAX, DEFAULT_MEASURAND, sample, scaled

__all__ = ["UnreadMessage", "Unusable", "identity_told", "salvaged"]

TEXT_MAX: Final = 255
ITEMS_MAX: Final = 200
"""Meter values of one message that are looked at."""


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """A message of which nothing is used: kept as it came, and confirmed."""

    action: str
    content: bytes


def salvaged(action: str, wire: Unusable, *, at: datetime) -> requests.Request | UnreadMessage:
    """The message as far as it goes; `at` is when it came."""
    raw = bytes(wire.payload)
    read = _READERS.get(action)
    try:
        payload = msgspec.json.decode(raw)
    except UNREADABLE:  # a number beyond all range
        payload = None
    payload = payload if isinstance(payload, dict) else {}  # 1.6 stations send null for {}
    if read is not None:
        found = read(payload, raw, f"{action} {wire.fault}", at)
        if found is not None:
            return found
    return UnreadMessage(action, raw)


def identity_told(frame: bytes) -> tuple[str, str, str] | None:
    """(vendor, model, firmware) of a BootNotification that was refused; None where it does not tell them."""
    try:
        payload = msgspec.json.decode(frame)[3]
    except (*UNREADABLE, IndexError, TypeError, KeyError):
        return None
    if not isinstance(payload, dict):
        return None
    inner = payload.get("chargingStation")
    told = inner if isinstance(inner, dict) else payload
    vendor = _text(told.get("vendorName", told.get("chargePointVendor")))
    model = _text(told.get("model", told.get("chargePointModel")))
    return (vendor, model, _text(told.get("firmwareVersion")) or "") if vendor and model else None


# --- transactions ----------------------------------------------------------------------------------------------


def _started(payload: Any, raw: bytes, suspect: str, at: datetime) -> requests.TransactionReported:
    connector = _integer(payload.get("connectorId"))
    return requests.TransactionReported(
        kind=EventKind.STARTED,
        wire_id=None,
        at=_instant(payload.get("timestamp")) or at,
        digest=_digest(raw),
        evse_id=None if connector is None else EvseId(connector),
        connector_id=None if connector is None else 1,
        id_token=_text(payload.get("idTag")),
        token_asked=True,
        meter_wh=_number(payload.get("meterStart")),
        reservation_id=_integer(payload.get("reservationId")),
        suspect=suspect[:TEXT_MAX],
    )


def _stopped(payload: Any, raw: bytes, suspect: str, at: datetime) -> requests.TransactionReported:
    tag = _text(payload.get("idTag"))
    return requests.TransactionReported(
        kind=EventKind.ENDED,
        wire_id=_text(payload.get("transactionId")) or "",
        at=_instant(payload.get("timestamp")) or at,
        digest=_digest(raw),
        id_token=tag,
        token_asked=tag is not None,
        meter_wh=_number(payload.get("meterStop")),
        reason=_text(payload.get("reason")) or "Other",
        readings=_readings(EvseId(0), payload.get("transactionData"), at),
        suspect=suspect[:TEXT_MAX],
    )


_KINDS: Final[Mapping[Any, EventKind]] = {
    "Started": EventKind.STARTED,
    "Updated": EventKind.UPDATED,
    "Ended": EventKind.ENDED,
}


def _event(payload: Any, raw: bytes, suspect: str, at: datetime) -> requests.TransactionReported:
    info, evse, token = (_dict(payload.get(name)) for name in ("transactionInfo", "evse", "idToken"))
    kind = payload.get("eventType")
    evse_id = _integer(evse.get("id"))
    id_token = _text(token.get("idToken"))
    return requests.TransactionReported(
        kind=_KINDS.get(kind, EventKind.UPDATED) if isinstance(kind, str) else EventKind.UPDATED,
        wire_id=_text(info.get("transactionId")) or "",
        at=_instant(payload.get("timestamp")) or at,
        digest=_digest(raw),
        evse_id=None if evse_id is None else EvseId(evse_id),
        connector_id=_integer(evse.get("connectorId")),
        seq_no=_integer(payload.get("seqNo")),
        id_token=id_token,
        token_kind=_text(token.get("type")) or "",
        token_asked=id_token is not None,
        trigger=_text(payload.get("triggerReason")) or "",
        reason=_text(info.get("stoppedReason")),
        charging_state=_text(info.get("chargingState")),
        reservation_id=_integer(payload.get("reservationId")),
        remote_start_id=_integer(info.get("remoteStartId")),
        offline=payload.get("offline") is True,
        readings=_readings(EvseId(evse_id or 0), payload.get("meterValue"), at),
        suspect=suspect[:TEXT_MAX],
    )


def _meter(payload: Any, raw: bytes, suspect: str, at: datetime) -> requests.MeterReported | None:  # noqa: ARG001  (as the others)
    evse_id = EvseId(_integer(payload.get("connectorId", payload.get("evseId"))) or 0)
    readings = _readings(evse_id, payload.get("meterValue"), at)
    wire_id = _text(payload.get("transactionId"))
    return requests.MeterReported(evse_id, readings, wire_id) if readings else None


_READERS: Final[Mapping[str, Callable[[Any, bytes, str, datetime], requests.Request | None]]] = {
    "StartTransaction": _started,
    "StopTransaction": _stopped,
    "TransactionEvent": _event,
    "MeterValues": _meter,
}


# --- fields ----------------------------------------------------------------------------------------------------


def _readings(evse_id: EvseId, values: Any, at: datetime) -> tuple[Reading, ...]:
    found = []
    for value in values[:ITEMS_MAX] if isinstance(values, list) else ():
        one = _dict(value)
        sampled = one.get("sampledValue")
        samples = [_sample(s) for s in sampled[:ITEMS_MAX]] if isinstance(sampled, list) else []
        usable = tuple(s for s in samples if s is not None)
        if usable:
            found.append(Reading(evse_id, _instant(one.get("timestamp")) or at, usable, None, suspect=True))
    return tuple(found)


def _sample(wire: Any) -> Sample | None:
    given = _dict(wire)
    text = _text(given.get("value"))
    if text is None:
        return None
    measurand, phase, location, context = (
        _text(given.get(name)) for name in ("measurand", "phase", "location", "context")
    )
    unit = given.get("unitOfMeasure")
    if not isinstance(unit, dict):
        return sample(
            measurand, text, unit=_text(given.get("unit")), phase=phase, location=location, context=context
        )
    amount = _number(given.get("value"))
    if amount is None:
        return Sample(measurand or DEFAULT_MEASURAND, None, phase, location, context, text)
    value, odd = scaled(amount, _text(unit.get("unit")), _integer(unit.get("multiplier")))
    return Sample(measurand or DEFAULT_MEASURAND, value, phase, location, context, odd)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = str(value).replace("\0", "")[:TEXT_MAX]
    return text or None


def _integer(value: Any) -> int | None:
    amount = _number(value)
    return int(amount) if amount is not None and amount == int(amount) and abs(amount) < 2**53 else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and abs(amount) < AMOUNT_MAX else None


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return instant_from_text(str(value))[0]


def _digest(raw: bytes) -> str:
    return blake2b(b"unusable " + raw, digest_size=12).hexdigest()
