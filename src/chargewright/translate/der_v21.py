"""OCPP 2.1 <-> domain: controls of distributed energy resources (block R). Their report is in `device_model_v2.py`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from chargewright.clock import as_utc
from chargewright.domain import der
from chargewright.errors import InvalidInput
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import reason_given
from chargewright.translate.der_places import place_of

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS"]


def _alarm(wire: Any) -> der.DerAlarm:
    return der.DerAlarm(
        wire.control_type,
        as_utc(wire.timestamp),
        wire.grid_event_fault or "",
        bool(wire.alarm_ended),
        wire.extra_info or "",
    )


def _change(wire: Any) -> der.DerChange:
    return der.DerChange(
        wire.control_id, wire.started, as_utc(wire.timestamp), tuple(wire.superseded_ids or ())
    )


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "NotifyDERAlarm": _alarm,
    "NotifyDERStartStop": _change,
}


def _set(order: der.SetDer) -> tuple[str, Any]:
    plain = {
        "isDefault": order.is_default,
        "controlId": order.control_id,
        "controlType": order.type,
        place_of(order.type): order.setting,
    }
    try:
        # By way of JSON text, as instants and decimals are read from it.
        wire = msgspec.json.decode(msgspec.json.encode(plain), type=v21.SetDERControlRequest)
    except msgspec.ValidationError as why:
        raise InvalidInput(str(why), where="setting") from why
    return "SetDERControl", wire


def _clear(order: der.ClearDer) -> tuple[str, Any]:
    kind: Any = order.type
    return "ClearDERControl", v21.ClearDERControlRequest(
        is_default=order.is_default, control_type=kind, control_id=order.control_id
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    der.ClearDer: _clear,
    der.SetDer: _set,
}


def _set_answered(_order: Any, wire: Any) -> der.DerAnswered:
    return der.DerAnswered(wire.status, reason_given(wire), tuple(wire.superseded_ids or ()))


def _clear_answered(_order: Any, wire: Any) -> der.DerAnswered:
    return der.DerAnswered(wire.status, reason_given(wire))


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    der.ClearDer: _clear_answered,
    der.SetDer: _set_answered,
}
