"""OCPP 2.x: the device model, monitoring, and reports that come in parts (blocks B and N)."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from chargewright.clock import as_utc
from chargewright.domain import device_model
from chargewright.domain.device_model import Variable
from chargewright.domain.reports import ReportPart
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v21 import messages as v21

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS", "REQUESTS_21"]


# --- what a station tells -----------------------------------------------------------------------------------


def _plain(wire: Any) -> Any:
    """As OCPP spells it."""
    return msgspec.json.decode(ENCODER.encode(wire))


def _part(
    action: str, items: Callable[[Any], list[Any]], *, numbered: bool = True
) -> Callable[[Any], ReportPart]:
    def read(wire: Any) -> ReportPart:
        return ReportPart(
            action=action,
            request_id=wire.request_id,
            seq_no=wire.seq_no if numbered else None,
            last=not wire.tbc,
            items=tuple(items(wire)),
            generated_at=as_utc(wire.generated_at) if numbered else None,
            digest=blake2b(ENCODER.encode(wire), digest_size=12).hexdigest(),
        )

    return read


def _variable(wire: Any) -> Variable:
    """Of anything that has a component and a variable."""
    component, variable = wire.component, wire.variable
    evse = component.evse
    return Variable(
        name="" if variable is None else variable.name,
        component=component.name,
        instance=None if variable is None else variable.instance,
        component_instance=component.instance,
        evse_id=None if evse is None else evse.id,
        connector_id=None if evse is None else evse.connector_id,
    )


def _variables(wire: Any) -> list[device_model.VariableReported]:
    return [
        device_model.VariableReported(
            _variable(data),
            tuple(
                device_model.AttributeState(
                    a.type or "Actual", a.value, a.mutability or "ReadWrite", a.persistent, a.constant
                )
                for a in data.variable_attribute
            ),
            _characteristics(data.variable_characteristics),
        )
        for data in wire.report_data or ()
    ]


def _characteristics(wire: Any) -> device_model.Characteristics | None:
    if wire is None:
        return None
    return device_model.Characteristics(
        data_type=wire.data_type,
        supports_monitoring=wire.supports_monitoring,
        unit=wire.unit,
        min_limit=None if wire.min_limit is None else float(wire.min_limit),
        max_limit=None if wire.max_limit is None else float(wire.max_limit),
        max_elements=getattr(wire, "max_elements", None),  # 2.1 only
        values_list=wire.values_list,
    )


def _monitors(wire: Any) -> list[device_model.MonitorHere]:
    return [
        device_model.MonitorHere(
            id=monitor.id,
            variable=_variable(data),
            kind=monitor.type,
            value=float(monitor.value),
            severity=monitor.severity,
            transaction=monitor.transaction,
            notification=getattr(monitor, "event_notification_type", ""),  # 2.1 only
        )
        for data in wire.monitor or ()
        for monitor in data.variable_monitoring
    ]


_DER_LISTS: Final = (
    "curve",
    "enter_service",
    "fixed_pf_absorb",
    "fixed_pf_inject",
    "fixed_var",
    "freq_droop",
    "gradient",
    "limit_max_discharge",
)


def _der_controls(wire: Any) -> list[Any]:
    """What is reported, each as {the name of its list: the control}."""
    plain = _plain(wire)
    names = {f.name: f.encode_name for f in msgspec.structs.fields(wire)}
    return [{names[n]: one} for n in _DER_LISTS for one in plain.get(names[n]) or ()]


def _profiles(wire: Any) -> list[Any]:
    """Each profile with where it applies and who set it, which the message says once for all of them."""
    plain = _plain(wire)
    shared = {"evseId": plain["evseId"], "chargingLimitSource": plain["chargingLimitSource"]}
    return [{**shared, "chargingProfile": profile} for profile in plain["chargingProfile"]]


def _events(wire: Any) -> device_model.EventsNotified:
    return device_model.EventsNotified(
        tuple(
            device_model.EventHappened(
                event_id=event.event_id,
                at=as_utc(event.timestamp),
                trigger=event.trigger,
                value=event.actual_value,
                variable=_variable(event),
                notification=event.event_notification_type,
                cause=event.cause,
                tech_code=event.tech_code or "",
                tech_info=event.tech_info or "",
                cleared=bool(event.cleared),
                wire_transaction_id=event.transaction_id,
                monitor_id=event.variable_monitoring_id,
                severity=getattr(event, "severity", None),  # 2.1 only
            )
            for event in wire.event_data
        ),
        _plain(wire),
    )


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "NotifyCustomerInformation": _part("NotifyCustomerInformation", lambda wire: [wire.data]),
    "NotifyDisplayMessages": _part(
        "NotifyDisplayMessages", lambda wire: _plain(wire).get("messageInfo", []), numbered=False
    ),
    "NotifyEvent": _events,
    "NotifyMonitoringReport": _part("NotifyMonitoringReport", _monitors),
    "NotifyReport": _part("NotifyReport", _variables),
    "ReportChargingProfiles": _part("ReportChargingProfiles", _profiles, numbered=False),
}
"""Action -> what the station said, in our words."""

REQUESTS_21: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ReportDERControl": _part("ReportDERControl", _der_controls, numbered=False),
}
"""What 2.1 adds to them."""


# --- our orders ---------------------------------------------------------------------------------------------


def _component(variable: Variable) -> v21.Component:
    evse = (
        None
        if variable.evse_id is None
        else v21.EVSE(id=variable.evse_id, connector_id=variable.connector_id)
    )
    return v21.Component(name=variable.component, instance=variable.component_instance, evse=evse)


def _name(variable: Variable) -> v21.Variable:
    return v21.Variable(name=variable.name, instance=variable.instance)


def _get(order: device_model.GetVariables) -> tuple[str, Any]:
    return "GetVariables", v21.GetVariablesRequest(
        get_variable_data=[
            v21.GetVariableData(
                component=_component(asked.variable),
                variable=_name(asked.variable),
                attribute_type=None if asked.attribute == "Actual" else asked.attribute,
            )
            for asked in order.asked
        ]
    )


def _set(order: device_model.SetVariables) -> tuple[str, Any]:
    return "SetVariables", v21.SetVariablesRequest(
        set_variable_data=[
            v21.SetVariableData(
                component=_component(setting.variable),
                variable=_name(setting.variable),
                attribute_value=setting.value,
                attribute_type=None if setting.attribute == "Actual" else setting.attribute,
            )
            for setting in order.settings
        ]
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    device_model.GetVariables: _get,
    device_model.SetVariables: _set,
}
"""Type of our order -> order -> (action, the wire's request)."""


# --- how they ended -----------------------------------------------------------------------------------------


def _outcome(result: Any, value: str | None) -> device_model.VariableOutcome:
    info = result.attribute_status_info
    return device_model.VariableOutcome(
        _variable(result),
        result.attribute_status,
        result.attribute_type or "Actual",
        value,
        "" if info is None else f"{info.reason_code} {info.additional_info or ''}".rstrip(),
    )


def _got(_order: Any, wire: Any) -> device_model.VariablesAnswered:
    return device_model.VariablesAnswered(
        tuple(
            _outcome(
                result, (result.attribute_value or "") if result.attribute_status == "Accepted" else None
            )
            for result in wire.get_variable_result
        )
    )


def _were_set(order: device_model.SetVariables, wire: Any) -> device_model.VariablesAnswered:
    values = {(s.variable.key, s.attribute): s.value for s in order.settings}
    return device_model.VariablesAnswered(
        tuple(
            _outcome(result, values.get((_variable(result).key, result.attribute_type or "Actual")))
            for result in wire.set_variable_result
        )
    )


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], device_model.VariablesAnswered]]] = {
    device_model.GetVariables: _got,
    device_model.SetVariables: _were_set,
}
"""Type of our order -> (order, the wire's answer) -> our outcome."""
