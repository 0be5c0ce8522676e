"""OCPP 1.6 <-> domain: firmware, diagnostics and logs (sections 4.4, 4.5, 6.6, 6.19; security white paper L01, N01)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.domain import firmware
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v16 import messages as v16

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS"]

_VERSION: Final = "ocpp1.6"


# --- what a station tells ------------------------------------------------------------------------------------


def _firmware(action: str) -> Callable[[Any], firmware.FirmwareTold]:
    def read(wire: Any) -> firmware.FirmwareTold:
        # Only the messages of the security extension carry the number of their request.
        return firmware.FirmwareTold(
            action, wire.status, ENCODER.encode(wire), getattr(wire, "request_id", None)
        )

    return read


def _log(action: str) -> Callable[[Any], firmware.LogTold]:
    def read(wire: Any) -> firmware.LogTold:
        return firmware.LogTold(action, wire.status, ENCODER.encode(wire), getattr(wire, "request_id", None))

    return read


REQUESTS: Final[Mapping[str, Callable[[Any], firmware.FirmwareRequest]]] = {
    "DiagnosticsStatusNotification": _log("DiagnosticsStatusNotification"),
    "FirmwareStatusNotification": _firmware("FirmwareStatusNotification"),
    "LogStatusNotification": _log("LogStatusNotification"),
    "SignedFirmwareStatusNotification": _firmware("SignedFirmwareStatusNotification"),
}


# --- our orders ----------------------------------------------------------------------------------------------


def _update(order: firmware.UpdateFirmware) -> tuple[str, Any]:
    if order.signature is not None and order.signing_certificate is not None:
        return "SignedUpdateFirmware", v16.SignedUpdateFirmwareRequest(
            request_id=order.request_id,
            firmware=v16.Firmware(
                location=order.location,
                retrieve_date_time=order.retrieve_at,
                install_date_time=order.install_at,
                signature=order.signature,
                signing_certificate=order.signing_certificate,
            ),
            retries=order.retries,
            retry_interval=order.retry_interval_s,
        )
    if order.install_at is not None:
        why = "only signed firmware has a time to install there"
        raise UnsupportedByVersion("UpdateFirmware", version=_VERSION, why=why)
    return "UpdateFirmware", v16.UpdateFirmwareRequest(
        location=order.location,
        retrieve_date=order.retrieve_at,
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def _get_log(order: firmware.GetLog) -> tuple[str, Any]:
    if order.kind == "data_collector":
        raise UnsupportedByVersion("GetLog", version=_VERSION, why="it knows no such log")
    if order.kind == "diagnostics":
        return "GetDiagnostics", v16.GetDiagnosticsRequest(
            location=order.location,
            start_time=order.oldest_at,
            stop_time=order.latest_at,
            retries=order.retries,
            retry_interval=order.retry_interval_s,
        )
    return "GetLog", v16.GetLogRequest(
        request_id=order.request_id,
        log_type="SecurityLog",
        log=v16.LogParameters(
            remote_location=order.location,
            oldest_timestamp=order.oldest_at,
            latest_timestamp=order.latest_at,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    firmware.GetLog: _get_log,
    firmware.UpdateFirmware: _update,
}


# --- how they ended ------------------------------------------------------------------------------------------


def _updated(_order: Any, wire: Any) -> firmware.FirmwareReply:
    return firmware.FirmwareReply(getattr(wire, "status", "Accepted"))  # UpdateFirmware.conf says nothing


def _logged(order: firmware.GetLog, wire: Any) -> firmware.FirmwareReply:
    if order.kind == "diagnostics":
        # No name: there is nothing to hand over (6.24).
        name = wire.file_name or ""
        return firmware.FirmwareReply(
            "Accepted" if name else "Rejected", "" if name else "the station has no diagnostics", name
        )
    return firmware.FirmwareReply(wire.status, "", wire.filename or "")


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], firmware.FirmwareResult]]] = {
    firmware.GetLog: _logged,
    firmware.UpdateFirmware: _updated,
}
