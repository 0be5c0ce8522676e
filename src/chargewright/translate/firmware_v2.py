"""OCPP 2.x <-> domain: firmware, its publication and logs (L01 to L04, N01), written against 2.1's types."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.domain import firmware
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v21 import messages as v21

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS"]

_LOGS: Final[dict[firmware.LogKind, v21.LogEnum]] = {
    "data_collector": "DataCollectorLog",
    "diagnostics": "DiagnosticsLog",
    "security": "SecurityLog",
}


# --- what a station tells ------------------------------------------------------------------------------------


def _reason(wire: Any) -> str:
    info = getattr(wire, "status_info", None)  # 2.1 has it in the notifications too
    return "" if info is None else f"{info.reason_code} {info.additional_info or ''}".rstrip()


def _firmware(wire: Any) -> firmware.FirmwareTold:
    return firmware.FirmwareTold(
        "FirmwareStatusNotification", wire.status, ENCODER.encode(wire), wire.request_id, _reason(wire)
    )


def _publishing(wire: Any) -> firmware.PublishingTold:
    return firmware.PublishingTold(
        wire.status, ENCODER.encode(wire), wire.request_id, tuple(wire.location or ()), _reason(wire)
    )


def _log(wire: Any) -> firmware.LogTold:
    return firmware.LogTold(
        "LogStatusNotification", wire.status, ENCODER.encode(wire), wire.request_id, _reason(wire)
    )


REQUESTS: Final[Mapping[str, Callable[[Any], firmware.FirmwareRequest]]] = {
    "FirmwareStatusNotification": _firmware,
    "LogStatusNotification": _log,
    "PublishFirmwareStatusNotification": _publishing,
}


# --- our orders ----------------------------------------------------------------------------------------------


def _update(order: firmware.UpdateFirmware) -> tuple[str, Any]:
    return "UpdateFirmware", v21.UpdateFirmwareRequest(
        request_id=order.request_id,
        firmware=v21.Firmware(
            location=order.location,
            retrieve_date_time=order.retrieve_at,
            install_date_time=order.install_at,
            signature=order.signature,
            signing_certificate=order.signing_certificate,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def _publish(order: firmware.PublishFirmware) -> tuple[str, Any]:
    return "PublishFirmware", v21.PublishFirmwareRequest(
        request_id=order.request_id,
        location=order.location,
        checksum=order.checksum,
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def _unpublish(order: firmware.UnpublishFirmware) -> tuple[str, Any]:
    return "UnpublishFirmware", v21.UnpublishFirmwareRequest(checksum=order.checksum)


def _get_log(order: firmware.GetLog) -> tuple[str, Any]:
    return "GetLog", v21.GetLogRequest(
        request_id=order.request_id,
        log_type=_LOGS[order.kind],
        log=v21.LogParameters(
            remote_location=order.location,
            oldest_timestamp=order.oldest_at,
            latest_timestamp=order.latest_at,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    firmware.GetLog: _get_log,
    firmware.PublishFirmware: _publish,
    firmware.UnpublishFirmware: _unpublish,
    firmware.UpdateFirmware: _update,
}


# --- how they ended ------------------------------------------------------------------------------------------


def _replied(_order: Any, wire: Any) -> firmware.FirmwareReply:
    return firmware.FirmwareReply(wire.status, _reason(wire), getattr(wire, "filename", None) or "")


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], firmware.FirmwareResult]]] = dict.fromkeys(
    COMMANDS, _replied
)
