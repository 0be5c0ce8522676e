"""XML elements of OCPP-S <-> the JSON shape of OCPP 1.6, which the rest of the house reads and writes.

What 1.5 says otherwise is told here and nowhere else.
"""

import re
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from chargewright.adapters.soap.vocabulary import SIMPLE, Dialect, Element, types_of

__all__ = ["from_json", "to_json"]

_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


# --- XML -> JSON -------------------------------------------------------------------------------------------------


def to_json(dialect: Dialect, message: str, element: etree._Element) -> dict[str, Any]:
    """The payload as OCPP 1.6-J spells it. `message` is e.g. `AuthorizeRequest`.

    What has the wrong type stays text, and what is not known keeps its name: the reader of 1.6-J then says
    exactly what is wrong. Order is not insisted on when reading.
    """
    payload = _read(dialect, message, element)
    change = _FROM_15.get(message) if dialect is Dialect.V15 else None
    return payload if change is None else change(payload)


def _read(dialect: Dialect, kind: str, element: etree._Element) -> dict[str, Any]:
    places = {place.name: place for place in types_of(dialect)[kind]}
    found: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment
        name = etree.QName(child).localname
        place = places.get(name)
        if place is None or place.attribute:
            found[name] = child.text or ""
            continue
        value = _value(dialect, place, child)
        if place.many:
            found.setdefault(name, []).append(value)
        elif name in found:
            found[name] = [
                found[name],
                value,
            ]  # twice where once is meant: no type of 1.6-J takes a list there
        else:
            found[name] = value
    for place in places.values():
        if place.text:
            found[place.name] = element.text or ""
        elif place.attribute and (attribute := element.get(place.name)) is not None:
            found[place.name] = attribute
    return found


def _value(dialect: Dialect, place: Element, element: etree._Element) -> Any:
    if place.type not in SIMPLE:
        return _read(dialect, place.type, element)
    text = element.text or ""
    bare = text.strip()
    match place.type:
        case "int" if _INTEGER.fullmatch(bare):
            return int(bare)
        case "decimal" if _DECIMAL.fullmatch(bare):
            return Decimal(bare)
        case "boolean" if bare in _BOOLEANS:
            return _BOOLEANS[bare]
        case "dateTime":
            return bare
    return text


# --- JSON -> XML -------------------------------------------------------------------------------------------------


def from_json(dialect: Dialect, message: str, payload: dict[str, Any], *, namespace: str) -> "etree._Element":
    """The element of a message, its parts in the order of the WSDL. `payload` is 1.6-J and right."""
    change = _TO_15.get(message) if dialect is Dialect.V15 else None
    name = message[0].lower() + message[1:]
    element = etree.Element(etree.QName(namespace, name), nsmap={None: namespace})
    _write(dialect, message, payload if change is None else change(payload), element, namespace)
    return element


def _write(
    dialect: Dialect, kind: str, payload: dict[str, Any], element: "etree._Element", namespace: str
) -> None:
    for place in types_of(dialect)[kind]:
        value = payload.get(place.name)
        if value is None:
            continue
        for one in value if place.many else [value]:
            child = etree.SubElement(element, etree.QName(namespace, place.name))
            if place.type in SIMPLE:
                child.text = _text(one)
            else:
                _write(dialect, place.type, one, child, namespace)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


# --- what 1.5 says otherwise -------------------------------------------------------------------------------------

_UNITS: Final = {"Amp": "A", "Volt": "V"}
_STATUSES: Final = {"Occupied": "Charging"}
"""1.5 knows no more than that somebody is there; the transaction says the rest."""
_ERRORS: Final = {"Mode3Error": "EVCommunicationError"}


def _meter_values(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **{k: v for k, v in value.items() if k != "value"},
            "sampledValue": [
                {
                    **sample,
                    **({"unit": _UNITS.get(sample["unit"], sample["unit"])} if "unit" in sample else {}),
                }
                for sample in value.get("value", [])
            ],
        }
        for value in values
    ]


def _meter(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        **{k: v for k, v in payload.items() if k != "values"},
        "meterValue": _meter_values(payload.get("values", [])),
    }


def _stop(payload: dict[str, Any]) -> dict[str, Any]:
    data = payload.get("transactionData")
    if data is None:
        return payload
    return {**payload, "transactionData": [v for part in data for v in _meter_values(part.get("values", []))]}


def _status(payload: dict[str, Any]) -> dict[str, Any]:
    status, error = payload.get("status", ""), payload.get("errorCode", "")
    return {**payload, "status": _STATUSES.get(status, status), "errorCode": _ERRORS.get(error, error)}


def _unlocked(payload: dict[str, Any]) -> dict[str, Any]:
    words = {"Accepted": "Unlocked", "Rejected": "UnlockFailed"}
    return {"status": words.get(payload.get("status", ""), payload.get("status"))}


def _list_sent(payload: dict[str, Any]) -> dict[str, Any]:
    status = payload.get("status")
    return {"status": "Failed" if status == "HashError" else status}


_FROM_15: Final = {
    "MeterValuesRequest": _meter,
    "SendLocalListResponse": _list_sent,
    "StatusNotificationRequest": _status,
    "StopTransactionRequest": _stop,
    "UnlockConnectorResponse": _unlocked,
}


def _booted(payload: dict[str, Any]) -> dict[str, Any]:
    status = payload["status"]
    return {
        "status": "Rejected" if status == "Pending" else status,  # 1.5 has no third word
        "currentTime": payload["currentTime"],
        "heartbeatInterval": payload["interval"],
    }


def _list(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "localAuthorisationList": payload.get("localAuthorizationList")}


_TO_15: Final = {
    "BootNotificationResponse": _booted,
    "SendLocalListRequest": _list,
}
