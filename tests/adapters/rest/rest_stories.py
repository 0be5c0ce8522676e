"""Sites and stations that several tests need."""

from typing import Any

import msgspec

from chargewright.csms.ports import CallOutcome
from chargewright.ocpp.v16 import messages as v16

SITE: dict[str, Any] = {
    "id": "depot",
    "name": "Depot",
    "definition": {
        "nodes": [{"id": "grid", "limit_a": 63, "base_a": 5}],
        "evses": [
            {"station": "CS1", "node": "grid", "connection": "RST", "current_max_a": 32},
            {"station": "CS2", "node": "grid", "connection": "R", "current_max_a": 16},
        ],
    },
}
BOOT = {"chargePointVendor": "Made Up", "chargePointModel": "One"}


def obedient(action: str, payload: Any) -> CallOutcome:
    """A 1.6 station that takes every profile and gives no composite schedule."""
    match action:
        case "SetChargingProfile":
            return answered(v16.SetChargingProfileResponse, status="Accepted")
        case "ClearChargingProfile":
            return answered(v16.ClearChargingProfileResponse, status="Accepted")
        case "GetCompositeSchedule":
            return answered(v16.GetCompositeScheduleResponse, status="Rejected")
        case "GetConfiguration":
            return answered(v16.GetConfigurationResponse, configurationKey=[], unknownKey=[])
        case "Reset":
            return answered(v16.ResetResponse, status="Accepted")
        case _:
            return CallOutcome("error", code="NotSupported", description="never heard of it")


def answered(kind: type, **content: Any) -> CallOutcome:

    return CallOutcome("answered", payload=msgspec.convert(content, kind))
