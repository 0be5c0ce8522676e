"""A station's behaviour in the words of OCPP 2.1, and narrowed to those of 2.0.1."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, get_args

from msgspec import Struct

from chargewright.ocpp.catalog import Version
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator import said
from chargewright.simulator.blocks.certificates import CertificateStore
from chargewright.simulator.blocks.firmware import FirmwareUpdates
from chargewright.simulator.blocks.log_upload import LogUploads
from chargewright.simulator.dialect_v2.counter import Counter
from chargewright.simulator.dialect_v2.der import Der
from chargewright.simulator.dialect_v2.device_model import DeviceModel
from chargewright.simulator.dialect_v2.display import Display
from chargewright.simulator.dialect_v2.events import event, meter_value, needs
from chargewright.simulator.dialect_v2.local import LocalList
from chargewright.simulator.dialect_v2.monitoring import Monitoring
from chargewright.simulator.dialect_v2.profiles import Profiles
from chargewright.simulator.dialect_v2.remote import Remote
from chargewright.simulator.dialect_v2.security import Security
from chargewright.simulator.dialect_v2.streams import Streams
from chargewright.simulator.dialect_v2.tariffs import ELEMENTS_MAX, Tariffs
from chargewright.simulator.dialect_v2.triggers import Triggers
from chargewright.simulator.dialect_v2.upkeep import Upkeep
from chargewright.simulator.dialect_v2.variable import Variable, fixed
from chargewright.simulator.dialect_v2.variables import Variables
from chargewright.simulator.dialect_v2.words import (
    narrowed_answer,
    narrowed_request,
    token,
    token_info,
    widened_answer,
    widened_request,
)
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.said import EvseStatus
from chargewright.simulator.station import Station

__all__ = ["DialectV2"]

_CONNECTOR: Final[dict[EvseStatus, v21.ConnectorStatusEnum]] = {
    EvseStatus.AVAILABLE: "Available",
    EvseStatus.RESERVED: "Reserved",
    EvseStatus.UNAVAILABLE: "Unavailable",
    EvseStatus.FAULTED: "Faulted",
}
_BOOTS: Final[dict[str, v21.BootReasonEnum]] = {word: word for word in get_args(v21.BootReasonEnum)}
_FIRMWARE: Final[dict[str, v21.FirmwareStatusEnum]] = {
    word: word for word in get_args(v21.FirmwareStatusEnum)
}
_LOGS: Final[dict[str, v21.UploadLogStatusEnum]] = {word: word for word in get_args(v21.UploadLogStatusEnum)}
_SIGNING: Final[dict[str, v21.CertificateSigningUseEnum]] = {
    word: word for word in get_args(v21.CertificateSigningUseEnum)
}

Words = tuple[str, Struct]


class DialectV2:
    """One station's 2.0.1 or 2.1."""

    def __init__(self, station: Station) -> None:
        self.version = Version(station.spec.version)
        self._is_21 = self.version is Version.OCPP21
        self._station = station
        carry_out = Orders(station)
        self.certificates = certificates = CertificateStore(station)
        firmware, logs = FirmwareUpdates(station, certificates), LogUploads(station)
        upkeep = Upkeep(station, firmware, logs)
        security = Security(station, certificates)
        self.display = display = Display(station, carry_out)
        variables = Variables(station, carry_out, certificates, security, display)
        model = DeviceModel(station, lambda: self._variables(variables))
        streams = Streams(station)
        self._monitoring = Monitoring(station, model, streams)
        profiles = Profiles(station, carry_out)
        remote = Remote(station, carry_out, profiles)
        self._triggers = Triggers(station, carry_out, firmware, logs, certificates, upkeep)
        self._tariffs = Tariffs(station, carry_out)
        self._handlers: Handlers = {
            **display.handlers(),
            **model.handlers(),
            **self._monitoring.handlers(),
            **LocalList(station).handlers(),
            **profiles.handlers(),
            **remote.handlers(),
            **security.handlers(),
            **self._triggers.handlers(),
            **upkeep.handlers(),
        }
        if self._is_21:
            der, counter = Der(station), Counter(station, self._tariffs)
            self._handlers = {
                **self._handlers,
                **counter.handlers_21(),
                **der.handlers_21(),
                **profiles.handlers_21(),
                **remote.handlers_21(),
                **streams.handlers_21(),
                **self._tariffs.handlers_21(),
            }
            self._triggers.custom = {
                "DERAlarm": der.toggle_alarm,
                "PriorityCharging": profiles.driver_wants_priority,
                "Settlement": counter.settle,
                "VatNumber": counter.type_vat_number,
            }

    def _variables(self, variables: Variables) -> Iterator[Variable]:
        yield from variables.all()
        yield from self._monitoring.variables()
        if self._is_21:
            names = ",".join(self._triggers.custom)
            yield fixed("CustomizationCtrlr", "CustomTriggers", names, values=names)
            yield fixed("DERCtrlr", "Available", value=True)
            yield fixed("TariffCostCtrlr", "Available", value=True, instance="Tariff")
            yield fixed("TariffCostCtrlr", "Enabled", value=True, instance="Tariff")
            yield fixed("TariffCostCtrlr", "MaxElements", ELEMENTS_MAX, instance="Tariff")
            yield fixed("TariffCostCtrlr", "ConditionsSupported", value=False, instance="Tariff")
        else:
            yield fixed("TariffCostCtrlr", "Available", value=True, instance="Cost")

    # --- what the station says ---------------------------------------------------------------------------------

    def request(self, message: said.Message) -> Words | None:
        words = self._worded(message)
        if words is None or self._is_21:
            return words
        return words[0], narrowed_request(*words)

    def _worded(self, message: said.Message) -> Words | None:
        match message:
            case said.Booted(reason):
                return "BootNotification", v21.BootNotificationRequest(
                    reason=_BOOTS.get(reason, "Unknown"),
                    charging_station=v21.ChargingStation(
                        vendor_name="chargewright",
                        model="simulated",
                        serial_number=self._station.spec.id[:25],
                        firmware_version=self._station.firmware_version,
                    ),
                )
            case said.Heartbeat():
                return "Heartbeat", v21.HeartbeatRequest()
            case said.StatusTold(evse_id, status, at):
                return "StatusNotification", v21.StatusNotificationRequest(
                    timestamp=at,
                    connector_status=_CONNECTOR.get(status, "Occupied"),
                    evse_id=evse_id,
                    connector_id=1,
                )
            case said.AuthorizationAsked(_, id_token):
                return "Authorize", v21.AuthorizeRequest(id_token=token(id_token))
            case said.TransactionTold():
                return "TransactionEvent", event(message, self._tariffs if self._is_21 else None)
            case said.MeterTold(evse_id, reading):
                return "MeterValues", v21.MeterValuesRequest(
                    evse_id=evse_id, meter_value=[meter_value(reading)]
                )
            case said.ChargingNeedTold():
                return "NotifyEVChargingNeeds", needs(message)
            case said.Worded(action, payload):
                return action, payload
            case _:
                return _of_upkeep(message, is_21=self._is_21)

    # --- what the central system answers -----------------------------------------------------------------------

    def answered(self, message: said.Message, response: Struct, at: datetime) -> None:
        station = self._station
        if isinstance(message, said.Worded):
            if message.answered is not None:
                message.answered(response if self._is_21 else widened_answer(message.action, response), at)
            return
        wide = response if self._is_21 else self._widened(message, response)
        match message, wide:
            case said.Booted(), v21.BootNotificationResponse(status=status, interval=interval):
                station.boot_answered(
                    at, accepted=status == "Accepted", interval_s=interval, pending=status == "Pending"
                )
            case said.AuthorizationAsked(evse_id, id_token), v21.AuthorizeResponse(id_token_info=info):
                if wide.tariff is not None:
                    self._tariffs.learn(id_token, wide.tariff)
                station.authorized(evse_id, id_token, at, info=token_info(info))
            case said.TransactionTold(), v21.TransactionEventResponse(id_token_info=found):
                if found is not None:
                    station.access.learn(message.transaction.id_token, token_info(found))
                if wide.total_cost is not None and message.transaction.wire_id is not None:
                    self.display.costs[message.transaction.wire_id] = wide.total_cost
                accepted = None if found is None else found.status == "Accepted"
                station.transaction_answered(message, at, accepted=accepted)
            case said.CertificateAsked(), v21.SignCertificateResponse(status="Rejected"):
                self.certificates.refused(message.use)
            case _:
                pass

    @staticmethod
    def _widened(message: said.Message, response: Struct) -> Struct:
        action = _ANSWERED.get(type(message))
        return response if action is None else widened_answer(action, response)

    # --- what the central system orders --------------------------------------------------------------------------

    def order(self, action: str, request: Struct, at: datetime) -> Struct | None:
        handler = self._handlers.get(action)
        if handler is None:
            return None
        if self._is_21:
            return handler(request, at)
        return narrowed_answer(action, handler(widened_request(action, request), at))


_ANSWERED: Final[dict[type, str]] = {
    said.Booted: "BootNotification",
    said.AuthorizationAsked: "Authorize",
    said.TransactionTold: "TransactionEvent",
    said.CertificateAsked: "SignCertificate",
}
"""Answers that tell the station something; the rest are acknowledgements."""


def _of_upkeep(message: said.Message, *, is_21: bool) -> Words | None:
    match message:
        case said.FirmwareTold(status, request_id, _):
            return "FirmwareStatusNotification", v21.FirmwareStatusNotificationRequest(
                status=_FIRMWARE[status], request_id=request_id
            )
        case said.LogTold(status, request_id, _):
            return "LogStatusNotification", v21.LogStatusNotificationRequest(
                status=_LOGS[status], request_id=request_id
            )
        case said.SecurityEventTold(kind, at, info):
            return "SecurityEventNotification", v21.SecurityEventNotificationRequest(
                type=kind, timestamp=at, tech_info=info
            )
        case said.CertificateAsked(csr, use, request_id):
            return "SignCertificate", v21.SignCertificateRequest(
                csr=csr, certificate_type=_SIGNING[use], request_id=request_id if is_21 else None
            )
        case said.ReservationTold(reservation_id, status):
            return "ReservationStatusUpdate", v21.ReservationStatusUpdateRequest(
                reservation_id=reservation_id, reservation_update_status=status
            )
        case _:
            return None
