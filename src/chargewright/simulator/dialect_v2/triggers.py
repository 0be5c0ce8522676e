"""Messages that a central system asks for (OCPP 2.0.1 part 2, F06; 2.1 with triggers of the station's own)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator import said
from chargewright.simulator.blocks.certificates import STATION, V2G, V2G20, CertificateStore
from chargewright.simulator.blocks.firmware import FirmwareUpdates
from chargewright.simulator.blocks.log_upload import LogUploads
from chargewright.simulator.dialect_v2.upkeep import Upkeep
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.station import Station

__all__ = ["Custom", "Triggers"]

Custom = Mapping[str, Callable[[datetime], bool]]
"""What a driver or the grid does, by the name of a custom trigger; False where it comes to nothing."""


class Triggers:
    """Has the station say what is asked for."""

    def __init__(
        self,
        station: Station,
        carry_out: Orders,
        firmware: FirmwareUpdates,
        logs: LogUploads,
        certificates: CertificateStore,
        upkeep: Upkeep,
    ) -> None:
        self._station = station
        self._carry_out = carry_out
        self._firmware = firmware
        self._logs = logs
        self._certificates = certificates
        self._upkeep = upkeep
        self.custom: Custom = {}

    def handlers(self) -> Handlers:
        return {"TriggerMessage": self._trigger}

    def _trigger(self, request: v21.TriggerMessageRequest, at: datetime) -> Struct:
        station = self._station
        evse_id = 0 if request.evse is None else request.evse.id
        if evse_id and evse_id not in station.evses:
            return v21.TriggerMessageResponse(status="Rejected")
        if request.requested_message == "CustomTrigger":
            do = self.custom.get(request.custom_trigger or "")
            if do is None:
                return v21.TriggerMessageResponse(status="NotImplemented")
            return v21.TriggerMessageResponse(status="Accepted" if do(at) else "Rejected")
        if request.requested_message == "TransactionEvent":
            ids = [n for n, evse in station.evses.items() if evse.transaction and evse_id in {0, n}]
            for n in ids:
                self._carry_out.tell_meter_values(n, at, apart=False)
            return v21.TriggerMessageResponse(status="Accepted" if ids else "Rejected")
        if not self._of_transactions(request.requested_message, evse_id, at):
            self._of_upkeep(request.requested_message, at)
        return v21.TriggerMessageResponse(status="Accepted")

    def _of_transactions(self, wanted: v21.MessageTriggerEnum, evse_id: int, at: datetime) -> bool:
        match wanted:
            case "BootNotification":
                self._carry_out.tell_boot()
            case "Heartbeat":
                self._station.outbox.put(said.Heartbeat())
            case "MeterValues":
                self._carry_out.tell_meter_values(evse_id, at, apart=True)
            case "StatusNotification":
                self._carry_out.tell_status(evse_id, at)
            case _:
                return False
        return True

    def _of_upkeep(self, wanted: v21.MessageTriggerEnum, at: datetime) -> None:
        outbox = self._station.outbox
        match wanted:
            case "LogStatusNotification":
                outbox.put(said.LogTold(*self._logs.status(), diagnostics=False))
            case "FirmwareStatusNotification":
                outbox.put(said.FirmwareTold(*self._firmware.status(), signed=True))
            case "PublishFirmwareStatusNotification":
                self._upkeep.tell_publishing()
            case "SignV2GCertificate":
                self._certificates.ask(V2G, at)
            case "SignV2G20Certificate":
                self._certificates.ask(V2G20, at)
            case _:
                # A combined certificate serves the station's link first (A02.FR.12).
                self._certificates.ask(STATION, at)
