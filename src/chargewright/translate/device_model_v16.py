"""OCPP 1.6: configuration keys, which are variables without a component."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.domain import device_model
from chargewright.domain.device_model import Variable, VariableOutcome, VariablesAnswered
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.v16 import messages as v16

__all__ = ["COMMANDS", "OUTCOMES"]


def _key(variable: Variable, attribute: str, action: str) -> str:
    plain = Variable(variable.name)
    if variable != plain or attribute != "Actual":
        raise UnsupportedByVersion(action, version="ocpp1.6", why=f"{variable} ({attribute}) is no plain key")
    return variable.name


def _get(order: device_model.GetVariables) -> tuple[str, Any]:
    keys = [_key(asked.variable, asked.attribute, "GetConfiguration") for asked in order.asked]
    return "GetConfiguration", v16.GetConfigurationRequest(key=keys or None)


def _set(order: device_model.SetVariables) -> tuple[str, Any]:
    assert len(order.settings) == 1, "ChangeConfiguration takes one key"
    (setting,) = order.settings
    return "ChangeConfiguration", v16.ChangeConfigurationRequest(
        key=_key(setting.variable, setting.attribute, "ChangeConfiguration"), value=setting.value
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    device_model.GetVariables: _get,
    device_model.SetVariables: _set,
}
"""Type of our order -> order -> (action, the wire's request)."""


def _got(_order: Any, wire: v16.GetConfigurationResponse) -> VariablesAnswered:
    here = [
        VariableOutcome(
            Variable(item.key),
            "Accepted",
            value=item.value or "",
            mutability="ReadOnly" if item.readonly else "ReadWrite",
        )
        for item in wire.configuration_key or ()
    ]
    unknown = [VariableOutcome(Variable(key), "UnknownVariable") for key in wire.unknown_key or ()]
    return VariablesAnswered((*here, *unknown))


def _was_set(order: device_model.SetVariables, wire: v16.ChangeConfigurationResponse) -> VariablesAnswered:
    (setting,) = order.settings
    return VariablesAnswered((VariableOutcome(setting.variable, wire.status, value=setting.value),))


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], VariablesAnswered]]] = {
    device_model.GetVariables: _got,
    device_model.SetVariables: _was_set,
}
"""Type of our order -> (order, the wire's answer) -> our outcome."""
