"""OCPP 2.1 <-> domain: dynamic profiles, priority charging, modes of energy transfer (blocks K and Q)."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

from chargewright.charging.profile import decimal_of_tenths
from chargewright.domain import bidirectional, dynamic_profile, priority_charging
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import answered, status_info

__all__ = ["ANSWERS", "COMMANDS", "OUTCOMES", "REQUESTS"]


def _pulled(wire: Any) -> dynamic_profile.UpdatePulled:
    return dynamic_profile.UpdatePulled(wire.charging_profile_id)


def _priority(wire: Any) -> priority_charging.PriorityTold:
    return priority_charging.PriorityTold(wire.transaction_id, wire.activated)


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "NotifyPriorityCharging": _priority,
    "PullDynamicScheduleUpdate": _pulled,
}


def _values(values: dynamic_profile.DynamicValues) -> v21.ChargingScheduleUpdate:
    given: dict[str, Any] = {}
    for field in fields(values):
        tenths = getattr(values, field.name)
        if tenths is not None:
            given[field.name.replace("_tenths", "")] = decimal_of_tenths(tenths)
    return v21.ChargingScheduleUpdate(**given)


def _pull_answer(
    _request: Any, answer: dynamic_profile.PulledAnswer
) -> v21.PullDynamicScheduleUpdateResponse:
    if answer.values is None:
        return v21.PullDynamicScheduleUpdateResponse(
            status="Rejected", status_info=status_info(answer.reason)
        )
    return v21.PullDynamicScheduleUpdateResponse(status="Accepted", schedule_update=_values(answer.values))


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {dynamic_profile.PulledAnswer: _pull_answer}


def _update(order: dynamic_profile.UpdateDynamicProfile) -> tuple[str, Any]:
    return "UpdateDynamicSchedule", v21.UpdateDynamicScheduleRequest(
        charging_profile_id=order.profile_id, schedule_update=_values(order.values)
    )


def _use_priority(order: priority_charging.UsePriority) -> tuple[str, Any]:
    return "UsePriorityCharging", v21.UsePriorityChargingRequest(
        transaction_id=order.wire_id, activate=order.is_active
    )


def _allow(order: bidirectional.AllowModes) -> tuple[str, Any]:
    modes: Any = list(order.modes)
    return "NotifyAllowedEnergyTransfer", v21.NotifyAllowedEnergyTransferRequest(
        transaction_id=order.wire_id, allowed_energy_transfer=modes
    )


def _signal(order: bidirectional.SendFrequencySignal) -> tuple[str, Any]:
    return "AFRRSignal", v21.AFRRSignalRequest(timestamp=order.at, signal=order.signal)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    bidirectional.AllowModes: _allow,
    bidirectional.SendFrequencySignal: _signal,
    dynamic_profile.UpdateDynamicProfile: _update,
    priority_charging.UsePriority: _use_priority,
}

OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = dict.fromkeys(COMMANDS, answered)
