"""A station's behaviour in the words of OCPP 1.6 (edition 2 with its errata, and the security white paper)."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chargewright.ocpp.catalog import Version
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator import said
from chargewright.simulator.blocks.certificates import STATION, CertificateStore
from chargewright.simulator.blocks.firmware import FirmwareUpdates
from chargewright.simulator.blocks.log_upload import LogUploads
from chargewright.simulator.dialect_v16.configuration import Configuration
from chargewright.simulator.dialect_v16.local import LocalList
from chargewright.simulator.dialect_v16.meter import meter_value, stop_value
from chargewright.simulator.dialect_v16.profiles import Profiles
from chargewright.simulator.dialect_v16.remote import Remote
from chargewright.simulator.dialect_v16.tokens import token_info
from chargewright.simulator.dialect_v16.upkeep import Upkeep
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.said import EvseStatus, StopReason, TransactionStep
from chargewright.simulator.station import Station

__all__ = ["DialectV16"]

_STATUSES: Final[dict[EvseStatus, v16.StatusNotificationStatusEnum]] = {
    EvseStatus.AVAILABLE: "Available",
    EvseStatus.PREPARING: "Preparing",
    EvseStatus.CHARGING: "Charging",
    EvseStatus.SUSPENDED_EV: "SuspendedEV",
    EvseStatus.SUSPENDED_EVSE: "SuspendedEVSE",
    EvseStatus.FINISHING: "Finishing",
    EvseStatus.RESERVED: "Reserved",
    EvseStatus.UNAVAILABLE: "Unavailable",
    EvseStatus.FAULTED: "Faulted",
}
_REASONS: Final[dict[StopReason, v16.ReasonEnum]] = {
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.REMOTE: "Remote",
    StopReason.DEAUTHORIZED: "DeAuthorized",
    StopReason.UNLOCKED: "UnlockCommand",
    StopReason.SOFT_RESET: "SoftReset",
    StopReason.HARD_RESET: "HardReset",
    StopReason.FAULT: "Other",
}
_DIAGNOSTICS: Final[dict[str, v16.DiagnosticsStatusNotificationStatusEnum]] = {
    "Idle": "Idle",
    "Uploading": "Uploading",
    "Uploaded": "Uploaded",
    "UploadFailed": "UploadFailed",
}
_LOGS: Final[dict[str, v16.UploadLogStatusEnum]] = {
    "Idle": "Idle",
    "Uploading": "Uploading",
    "Uploaded": "Uploaded",
    "UploadFailure": "UploadFailure",
}
_FIRMWARE: Final[dict[str, v16.FirmwareStatusNotificationStatusEnum]] = {
    "Idle": "Idle",
    "Downloading": "Downloading",
    "Downloaded": "Downloaded",
    "DownloadFailed": "DownloadFailed",
    "Installing": "Installing",
    "Installed": "Installed",
    "InstallationFailed": "InstallationFailed",
}
"""What 1.6 has words for without its security extension; it says nothing of the other steps."""

_SIGNED: Final[dict[str, v16.FirmwareStatusEnum]] = {
    **_FIRMWARE,
    "DownloadScheduled": "DownloadScheduled",
    "InstallRebooting": "InstallRebooting",
    "InstallScheduled": "InstallScheduled",
    "InstallVerificationFailed": "InstallVerificationFailed",
    "InvalidSignature": "InvalidSignature",
    "SignatureVerified": "SignatureVerified",
}
_EVENTS: Final = {
    "InvalidChargingStationCertificate": "InvalidChargePointCertificate",
    "InvalidCsmsCertificate": "InvalidCentralSystemCertificate",
}
"""Security events whose name in 1.6 is another than in 2.x."""

Words = tuple[str, Struct]


class DialectV16:
    """One station's 1.6."""

    version = Version.OCPP16

    def __init__(self, station: Station) -> None:
        self._station = station
        carry_out = Orders(station)
        self.certificates = CertificateStore(station)
        self._firmware = FirmwareUpdates(station, self.certificates)
        self._logs = LogUploads(station)
        self._configuration = Configuration(station, carry_out, self.certificates)
        self._orders: Handlers = {
            **self._configuration.handlers(),
            **LocalList(station).handlers(),
            **Profiles(station).handlers(),
            **Remote(station, carry_out, self._firmware, self._logs, self.certificates).handlers(),
            **Upkeep(station, self._firmware, self._logs, self.certificates).handlers(),
        }

    # --- what the station says ---------------------------------------------------------------------------------

    def request(self, message: said.Message) -> Words | None:
        match message:
            case said.Booted():
                return "BootNotification", v16.BootNotificationRequest(
                    charge_point_vendor="chargewright",
                    charge_point_model="simulated",
                    charge_point_serial_number=self._station.spec.id[:25],
                    firmware_version=self._station.firmware_version,
                )
            case said.Heartbeat():
                return "Heartbeat", v16.HeartbeatRequest()
            case said.StatusTold(evse_id, status, at):
                return "StatusNotification", v16.StatusNotificationRequest(
                    connector_id=evse_id,
                    error_code="OtherError" if status is EvseStatus.FAULTED else "NoError",
                    status=_STATUSES[status],
                    timestamp=at,
                )
            case said.AuthorizationAsked(_, id_token):
                return "Authorize", v16.AuthorizeRequest(id_tag=id_token)
            case said.TransactionTold():
                return self._transaction(message)
            case said.MeterTold(evse_id, reading):
                values = [meter_value(reading, self._configuration.sampled)]
                return "MeterValues", v16.MeterValuesRequest(connector_id=evse_id, meter_value=values)
            case said.Worded(action, payload):
                return action, payload
            case said.ChargingNeedTold() | said.ReservationTold():
                return None
            case _:
                return _of_security(message)

    def _transaction(self, told: said.TransactionTold) -> Words | None:
        transaction = told.transaction
        if told.step is TransactionStep.STARTED:
            return "StartTransaction", v16.StartTransactionRequest(
                connector_id=transaction.evse_id,
                id_tag=transaction.id_token,
                meter_start=transaction.meter_start_wh,
                timestamp=told.at,
                reservation_id=transaction.reservation_id,
            )
        wire_id = int(transaction.wire_id or "-1")
        if told.step is TransactionStep.UPDATED:
            if not told.readings:
                return None
            sampled = self._configuration.sampled
            return "MeterValues", v16.MeterValuesRequest(
                connector_id=transaction.evse_id,
                transaction_id=wire_id,
                meter_value=[meter_value(reading, sampled) for reading in told.readings],
            )
        assert transaction.meter_stop_wh is not None
        assert transaction.stop_reason is not None
        return "StopTransaction", v16.StopTransactionRequest(
            transaction_id=wire_id,
            meter_stop=transaction.meter_stop_wh,
            timestamp=told.at,
            reason=_REASONS[transaction.stop_reason],
            transaction_data=[stop_value(reading) for reading in told.readings],
        )

    # --- what the central system answers -----------------------------------------------------------------------

    def answered(self, message: said.Message, response: Struct, at: datetime) -> None:
        station = self._station
        match message, response:
            case said.Booted(), v16.BootNotificationResponse(status=status, interval=interval):
                station.boot_answered(
                    at, accepted=status == "Accepted", interval_s=interval, pending=status == "Pending"
                )
            case said.AuthorizationAsked(evse_id, id_token), v16.AuthorizeResponse(id_tag_info=info):
                station.authorized(evse_id, id_token, at, info=token_info(info))
            case said.TransactionTold(), v16.StartTransactionResponse(
                id_tag_info=info, transaction_id=wire_id
            ):
                station.access.learn(message.transaction.id_token, token_info(info))
                station.transaction_answered(
                    message, at, accepted=info.status == "Accepted", wire_id=str(wire_id)
                )
            case said.TransactionTold(), _:
                station.transaction_answered(message, at, accepted=None)
            case said.Worded(answered=answered), _ if answered is not None:
                answered(response, at)
            case said.CertificateAsked(), v16.SignCertificateResponse(status="Rejected"):
                self.certificates.refused(STATION)
            case _:
                pass

    # --- what the central system orders --------------------------------------------------------------------------

    def order(self, action: str, request: Struct, at: datetime) -> Struct | None:
        handler = self._orders.get(action)
        return None if handler is None else handler(request, at)


def _of_security(message: said.Message) -> Words | None:
    """What the security extension has words for, and firmware and logs of old."""
    match message:
        case said.FirmwareTold(status, request_id, signed):
            if signed:
                return "SignedFirmwareStatusNotification", v16.SignedFirmwareStatusNotificationRequest(
                    status=_SIGNED[status], request_id=request_id
                )
            word = _FIRMWARE.get(status)
            if word is None:
                return None
            return "FirmwareStatusNotification", v16.FirmwareStatusNotificationRequest(status=word)
        case said.LogTold(status, request_id, diagnostics):
            if diagnostics:
                return "DiagnosticsStatusNotification", v16.DiagnosticsStatusNotificationRequest(
                    status=_DIAGNOSTICS[status]
                )
            known = _LOGS.get(status)  # 1.6 has no word for a request that gave way to another
            if known is None:
                return None
            return "LogStatusNotification", v16.LogStatusNotificationRequest(
                status=known, request_id=request_id
            )
        case said.SecurityEventTold(kind, at, info):
            return "SecurityEventNotification", v16.SecurityEventNotificationRequest(
                type=_EVENTS.get(kind, kind), timestamp=at, tech_info=info
            )
        case said.CertificateAsked(csr, _, _):
            return "SignCertificate", v16.SignCertificateRequest(csr=csr)
        case _:
            return None
