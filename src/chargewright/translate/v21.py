"""OCPP 2.1: what it adds to 2.x, and its own list of what no service stands behind yet."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.translate import device_model_v2, security_v2
from chargewright.translate.profile_v2 import profile_from_wire, profile_to_wire
from chargewright.translate.v2 import ANSWERS, COMMANDS, OUTCOMES
from chargewright.translate.v2 import NOT_TRANSLATED as NOT_TRANSLATED_2
from chargewright.translate.v2 import REQUESTS as REQUESTS_2

__all__ = [
    "ANSWERS",
    "COMMANDS",
    "NOT_TRANSLATED",
    "OUTCOMES",
    "REQUESTS",
    "profile_from_wire",
    "profile_to_wire",
]

REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **REQUESTS_2,
    **security_v2.REQUESTS_21,
    **device_model_v2.REQUESTS_21,
}

NOT_TRANSLATED: Final[Mapping[str, str]] = {
    **NOT_TRANSLATED_2,
    "BatterySwap": "no battery swap service is connected",
    "ClosePeriodicEventStream": "periodic event streams are not offered",
    "NotifyDERAlarm": "no DER service is connected",
    "NotifyDERStartStop": "no DER service is connected",
    "NotifyPeriodicEventStream": "periodic event streams are not offered",
    "NotifyPriorityCharging": "priority charging is not offered",
    "NotifySettlement": "no payment service is connected",
    "OpenPeriodicEventStream": "periodic event streams are not offered",
    "PullDynamicScheduleUpdate": "dynamic profiles are not offered",
    "VatNumberValidation": "no VAT service is connected",
}
