"""Which messages a station sends because of an order: the ones that it may send before it is accepted, too."""

from collections.abc import Mapping
from typing import Final

__all__ = ["ANSWERED_BY", "consequences"]

ANSWERED_BY: Final[Mapping[str, str]] = {
    "CustomerInformation": "NotifyCustomerInformation",
    "GetBaseReport": "NotifyReport",
    "GetChargingProfiles": "ReportChargingProfiles",
    "GetDERControl": "ReportDERControl",
    "GetDisplayMessages": "NotifyDisplayMessages",
    "GetMonitoringReport": "NotifyMonitoringReport",
    "GetReport": "NotifyReport",
}
"""The order -> the messages that bring the report that it asked for."""

_FOLLOWED_BY: Final[Mapping[str, str]] = {
    **ANSWERED_BY,
    "GetDiagnostics": "DiagnosticsStatusNotification",
    "GetLog": "LogStatusNotification",
    "PublishFirmware": "PublishFirmwareStatusNotification",
    "SignedUpdateFirmware": "SignedFirmwareStatusNotification",
    "UpdateFirmware": "FirmwareStatusNotification",
}
_TRIGGERS: Final = frozenset({"ExtendedTriggerMessage", "TriggerMessage"})


def consequences(action: str, payload: object) -> frozenset[str]:
    """The actions that a station will send because of this order; `payload` is a wire object of any version."""
    if action in _TRIGGERS:
        wanted = str(getattr(payload, "requested_message", ""))
        # SignChargePointCertificate, SignV2GCertificate ...: all of them are asked for with one message.
        return frozenset({"SignCertificate" if wanted.startswith("Sign") else wanted})
    return frozenset({_FOLLOWED_BY[action]} if action in _FOLLOWED_BY else ())
