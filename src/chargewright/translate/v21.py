"""OCPP 2.1: what it adds to 2.x."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.translate import (
    battery_v21,
    der_v21,
    device_model_v2,
    dynamic_v21,
    payment_v21,
    security_v2,
    stream_v21,
    tariff_v21,
)
from chargewright.translate.profile_v2 import profile_from_wire, profile_to_wire
from chargewright.translate.v2 import ANSWERS as ANSWERS_2
from chargewright.translate.v2 import COMMANDS as COMMANDS_2
from chargewright.translate.v2 import NOT_TRANSLATED
from chargewright.translate.v2 import OUTCOMES as OUTCOMES_2
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
    **battery_v21.REQUESTS,
    **der_v21.REQUESTS,
    **device_model_v2.REQUESTS_21,
    **dynamic_v21.REQUESTS,
    **payment_v21.REQUESTS,
    **security_v2.REQUESTS_21,
    **stream_v21.REQUESTS,
}
ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    **ANSWERS_2,
    **dynamic_v21.ANSWERS,
    **payment_v21.ANSWERS,
    **stream_v21.ANSWERS,
}
COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    **COMMANDS_2,
    **battery_v21.COMMANDS,
    **der_v21.COMMANDS,
    **dynamic_v21.COMMANDS,
    **payment_v21.COMMANDS,
    **stream_v21.COMMANDS,
    **tariff_v21.COMMANDS,
}
OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    **OUTCOMES_2,
    **battery_v21.OUTCOMES,
    **der_v21.OUTCOMES,
    **dynamic_v21.OUTCOMES,
    **payment_v21.OUTCOMES,
    **stream_v21.OUTCOMES,
    **tariff_v21.OUTCOMES,
}
