"""Remote control in the words of OCPP 1.6 (sections 5.2, 5.11, 5.12, 5.14, 5.17, 5.18; ExtendedTriggerMessage)."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator import said
from chargewright.simulator.blocks.certificates import STATION, CertificateStore
from chargewright.simulator.blocks.firmware import FirmwareUpdates
from chargewright.simulator.blocks.log_upload import LogUploads
from chargewright.simulator.dialect_v16.profiles import profile_of
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.station import Station

__all__ = ["Remote"]


class Remote:
    """Starting, stopping, triggering, resetting, unlocking, taking in and out of service."""

    def __init__(
        self,
        station: Station,
        carry_out: Orders,
        firmware: FirmwareUpdates,
        logs: LogUploads,
        certificates: CertificateStore,
    ) -> None:
        self._station = station
        self._carry_out = carry_out
        self._firmware = firmware
        self._logs = logs
        self._certificates = certificates

    def handlers(self) -> Handlers:
        return {
            "ChangeAvailability": self._change_availability,
            "ExtendedTriggerMessage": self._extended_trigger,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
        }

    def _remote_start(self, request: v16.RemoteStartTransactionRequest, at: datetime) -> Struct:
        wire = request.charging_profile
        begun = self._carry_out.start(
            request.connector_id,
            request.id_tag,
            at,
            profile=None if wire is None else profile_of(wire),
            group=self._station.access.group_of(request.id_tag),
        )
        return v16.RemoteStartTransactionResponse(status="Rejected" if begun is None else "Accepted")

    def _remote_stop(self, request: v16.RemoteStopTransactionRequest, at: datetime) -> Struct:
        stopped = self._carry_out.stop(str(request.transaction_id), at)
        return v16.RemoteStopTransactionResponse(status="Accepted" if stopped else "Rejected")

    def _trigger(self, request: v16.TriggerMessageRequest, at: datetime) -> Struct:
        evse_id = request.connector_id or 0
        if not self._knows(evse_id):
            return v16.TriggerMessageResponse(status="Rejected")
        match request.requested_message:
            case "DiagnosticsStatusNotification":
                status, _ = self._logs.status()
                self._station.outbox.put(said.LogTold(status, None, diagnostics=True))
            case "FirmwareStatusNotification":
                status, _ = self._firmware.status()
                self._station.outbox.put(said.FirmwareTold(status, None, signed=False))
            case other:
                self._tell(other, evse_id, at)
        return v16.TriggerMessageResponse(status="Accepted")

    def _extended_trigger(self, request: v16.ExtendedTriggerMessageRequest, at: datetime) -> Struct:
        evse_id = request.connector_id or 0
        if not self._knows(evse_id):
            return v16.ExtendedTriggerMessageResponse(status="Rejected")
        match request.requested_message:
            case "LogStatusNotification":
                self._station.outbox.put(said.LogTold(*self._logs.status(), diagnostics=False))
            case "FirmwareStatusNotification":
                self._station.outbox.put(said.FirmwareTold(*self._firmware.status(), signed=True))
            case "SignChargePointCertificate":
                self._certificates.ask(STATION, at)
            case other:
                self._tell(other, evse_id, at)
        return v16.ExtendedTriggerMessageResponse(status="Accepted")

    def _knows(self, evse_id: int) -> bool:
        return evse_id == 0 or evse_id in self._station.evses

    def _tell(
        self,
        wanted: Literal["BootNotification", "Heartbeat", "MeterValues", "StatusNotification"],
        evse_id: int,
        at: datetime,
    ) -> None:
        match wanted:
            case "BootNotification":
                self._carry_out.tell_boot()
            case "Heartbeat":
                self._station.outbox.put(said.Heartbeat())
            case "MeterValues":
                self._carry_out.tell_meter_values(evse_id, at, apart=False)
            case "StatusNotification":
                self._carry_out.tell_status(evse_id, at)

    def _reset(self, request: v16.ResetRequest, at: datetime) -> Struct:
        self._carry_out.reset(at, how="now" if request.type == "Hard" else "when told")
        return v16.ResetResponse(status="Accepted")

    def _change_availability(self, request: v16.ChangeAvailabilityRequest, at: datetime) -> Struct:
        status = self._carry_out.availability(request.connector_id, at, available=request.type == "Operative")
        return v16.ChangeAvailabilityResponse(status=status)

    def _unlock(self, request: v16.UnlockConnectorRequest, at: datetime) -> Struct:
        unlocked = self._carry_out.unlock(request.connector_id, at)
        status: Literal["Unlocked", "NotSupported"] = "Unlocked" if unlocked else "NotSupported"
        return v16.UnlockConnectorResponse(status=status)
