"""The variables of a simulated 2.x station: what stands behind each is the station itself.

OCPP 2.0.1 part 2, appendix 3; OCPP 2.1 part 2, appendix 3.
"""

from collections.abc import Iterator
from datetime import datetime

from chargewright.charging.profile import OperationMode
from chargewright.simulator.blocks.access import LIST_ENTRIES_MAX, LIST_ITEMS_PER_MESSAGE
from chargewright.simulator.blocks.certificates import CERTIFICATES_MAX, CertificateStore
from chargewright.simulator.dialect_v2.display import FORMATS, MESSAGES_MAX, PRIORITIES, STATES, Display
from chargewright.simulator.dialect_v2.local import LIST_BYTES_MAX
from chargewright.simulator.dialect_v2.security import Security
from chargewright.simulator.dialect_v2.variable import Taken, Variable, fixed, number, switch
from chargewright.simulator.evse import CONNECTOR_TYPE, Evse
from chargewright.simulator.orders import Orders
from chargewright.simulator.profile_store import PROFILES_MAX, STACK_LEVEL_MAX
from chargewright.simulator.station import Station

__all__ = ["BYTES_PER_MESSAGE", "ITEMS_PER_MESSAGE", "Variables"]

ITEMS_PER_MESSAGE = 50
BYTES_PER_MESSAGE = 32_768


class Variables:
    """Names what of a station can be read and set. Nothing is kept here."""

    def __init__(
        self,
        station: Station,
        carry_out: Orders,
        certificates: CertificateStore,
        security: Security,
        display: Display,
    ) -> None:
        self._station = station
        self._carry_out = carry_out
        self._certificates = certificates
        self._security = security
        self._display = display

    def all(self) -> Iterator[Variable]:
        yield from self._of_hardware()
        for evse in self._station.evses.values():
            yield from self._of_evse(evse)
        yield from self._of_authorization()
        yield from self._of_charging()
        yield from self._of_link()
        yield from self._of_security()
        yield from self._of_device_model()

    # --- hardware --------------------------------------------------------------------------------------------------

    def _of_hardware(self) -> Iterator[Variable]:
        station = self._station
        evses = station.evses.values()

        def state() -> str:
            return "Available" if any(evse.in_service for evse in evses) else "Unavailable"

        yield Variable("ChargingStation", "AvailabilityState", state, kind="OptionList", values=_STATES)
        yield fixed("ChargingStation", "Available", value=True)
        yield fixed("ChargingStation", "Model", "simulated")
        yield fixed("ChargingStation", "VendorName", "chargewright")
        yield fixed("ChargingStation", "SerialNumber", station.spec.id[:25])
        yield fixed("ChargingStation", "SupplyPhases", station.spec.conductors)
        yield Variable("ChargingStation", "FirmwareVersion", lambda: station.firmware_version)
        yield Variable(
            "ChargingStation",
            "Problem",
            lambda: _yes(any(evse.faulted for evse in evses)),
            kind="boolean",
            monitored=True,
        )

    def _of_evse(self, evse: Evse) -> Iterator[Variable]:
        station, spec, n = self._station, self._station.spec, evse.id
        power_max_w = spec.current_max_a * spec.voltage_v * spec.conductors

        def power() -> str:
            return f"{sum(station.meter(n).currents_a) * spec.voltage_v:.1f}"

        def state() -> str:
            if not evse.in_service:
                return "Faulted" if evse.faulted else "Unavailable"
            if evse.arrival is not None or evse.transaction is not None:
                return "Occupied"
            return "Reserved" if station.reservations.shows_reserved(evse) else "Available"

        yield Variable(
            "EVSE", "AvailabilityState", state, kind="OptionList", values=_STATES, evse_id=n, monitored=True
        )
        yield Variable("EVSE", "Available", lambda: "true", kind="boolean", evse_id=n)
        yield Variable("EVSE", "AllowReset", lambda: "true", kind="boolean", evse_id=n)
        yield Variable(
            "EVSE",
            "Power",
            power,
            kind="decimal",
            unit="W",
            least=-power_max_w if spec.v2x else 0.0,
            most=power_max_w,
            evse_id=n,
            monitored=True,
        )
        yield Variable("EVSE", "SupplyPhases", lambda: str(spec.conductors), kind="integer", evse_id=n)
        yield Variable(
            "EVSE", "Problem", lambda: _yes(evse.faulted), kind="boolean", evse_id=n, monitored=True
        )
        if spec.v2x:
            yield from self._of_v2x(n)
        for name, read in (
            ("AvailabilityState", state),
            ("Available", lambda: "true"),
            ("ConnectorType", lambda: CONNECTOR_TYPE),
            ("SupplyPhases", lambda: str(spec.conductors)),
        ):
            yield Variable("Connector", name, read, evse_id=n, connector_id=1)

    def _of_v2x(self, evse_id: int) -> Iterator[Variable]:
        """2.1 Q01: what the cars at an EVSE may be told."""
        transfers = ("AC_single_phase", "AC_two_phase", "AC_three_phase")[: self._station.spec.conductors]
        for name, texts in (
            (
                "SupportedOperationModes",
                [mode.value for mode in OperationMode if mode in self._station.profiles.modes],
            ),
            ("SupportedEnergyTransferModes", [*transfers, "AC_BPT"]),
        ):
            yield fixed("V2XChargingCtrlr", name, ",".join(texts), values=",".join(texts), evse_id=evse_id)
        for name in ("Available", "Enabled"):
            yield fixed("V2XChargingCtrlr", name, value=True, evse_id=evse_id)

    # --- who may charge --------------------------------------------------------------------------------------------

    def _of_authorization(self) -> Iterator[Variable]:
        station = self._station
        access = station.access

        def unknown_offline(value: bool) -> None:
            station.local_offline = value

        def set_list(value: bool) -> None:
            access.list_enabled = value

        def set_cache(value: bool) -> None:
            access.cache_enabled = value

        def set_offline(value: bool) -> None:
            access.local_offline = value

        def set_at_once(value: bool) -> None:
            access.pre_authorize = value

        yield fixed("AuthCtrlr", "Enabled", value=True)
        yield fixed("AuthCtrlr", "AuthorizeRemoteStart", value=False)
        yield switch("AuthCtrlr", "LocalAuthorizeOffline", lambda: access.local_offline, set_offline)
        yield switch("AuthCtrlr", "LocalPreAuthorize", lambda: access.pre_authorize, set_at_once)
        yield switch(
            "AuthCtrlr", "OfflineTxForUnknownIdEnabled", lambda: station.local_offline, unknown_offline
        )
        yield fixed("AuthCacheCtrlr", "Available", value=True)
        yield switch("AuthCacheCtrlr", "Enabled", lambda: access.cache_enabled, set_cache)
        yield fixed("LocalAuthListCtrlr", "Available", value=True)
        yield switch("LocalAuthListCtrlr", "Enabled", lambda: access.list_enabled, set_list)
        yield Variable(
            "LocalAuthListCtrlr",
            "Entries",
            lambda: str(len(access.listed)),
            kind="integer",
            most=LIST_ENTRIES_MAX,
        )
        yield fixed("LocalAuthListCtrlr", "ItemsPerMessage", LIST_ITEMS_PER_MESSAGE)
        yield fixed("LocalAuthListCtrlr", "BytesPerMessage", LIST_BYTES_MAX)
        yield fixed("ReservationCtrlr", "Available", value=True)
        yield fixed("ReservationCtrlr", "Enabled", value=True)
        yield fixed("ReservationCtrlr", "NonEvseSpecific", value=True)

    # --- charging --------------------------------------------------------------------------------------------------

    def _of_charging(self) -> Iterator[Variable]:
        station, carry_out, spec = self._station, self._carry_out, self._station.spec

        def timeout(seconds: int, _at: datetime) -> None:
            carry_out.connection_timeout_s = seconds

        yield fixed("AlignedDataCtrlr", "Interval", 0, unit="s")
        yield fixed("SampledDataCtrlr", "Enabled", value=True)
        yield number(
            "SampledDataCtrlr",
            "TxUpdatedInterval",
            lambda: station.meter_interval_s,
            carry_out.meter_interval,
            unit="s",
        )
        measurands = f"{_MEASURANDS},{_MEASURANDS_V2X}" if spec.v2x else _MEASURANDS
        yield fixed("SampledDataCtrlr", "TxUpdatedMeasurands", measurands, values=measurands)
        yield fixed("SampledDataCtrlr", "TxStartedMeasurands", measurands, values=measurands)
        yield fixed("SampledDataCtrlr", "TxEndedMeasurands", measurands, values=measurands)
        yield fixed("SampledDataCtrlr", "TxEndedInterval", 0, unit="s")
        yield fixed("SmartChargingCtrlr", "Available", value=True)
        yield fixed("SmartChargingCtrlr", "Enabled", value=True)
        yield fixed("SmartChargingCtrlr", "ACPhaseSwitchingSupported", value=False)
        yield fixed("SmartChargingCtrlr", "Entries", PROFILES_MAX, instance="ChargingProfiles")
        yield fixed("SmartChargingCtrlr", "Entries", PROFILES_MAX)
        yield fixed("SmartChargingCtrlr", "LimitChangeSignificance", "0")
        yield fixed("SmartChargingCtrlr", "PeriodsPerSchedule", spec.periods_max)
        yield fixed("SmartChargingCtrlr", "ProfileStackLevel", STACK_LEVEL_MAX)
        yield fixed("SmartChargingCtrlr", "RateUnit", spec.unit, values="A,W")
        if spec.version == "ocpp2.1":
            yield fixed("SmartChargingCtrlr", "SupportsDynamicProfiles", value=True)
            yield fixed("SmartChargingCtrlr", "SupportsMaxOfflineDuration", value=True)
        yield number(
            "TxCtrlr",
            "EVConnectionTimeOut",
            lambda: carry_out.connection_timeout_s,
            timeout,
            least=1,
            unit="s",
        )
        yield fixed("TxCtrlr", "StopTxOnEVSideDisconnect", value=True)
        yield fixed("TxCtrlr", "StopTxOnInvalidId", value=True)
        yield fixed("TxCtrlr", "TxStartPoint", "Authorized", values=_TX_POINTS)
        yield fixed("TxCtrlr", "TxStopPoint", "EVConnected,Authorized", values=_TX_POINTS)

    # --- link ------------------------------------------------------------------------------------------------------

    def _of_link(self) -> Iterator[Variable]:
        station, carry_out, security = self._station, self._carry_out, self._security
        outbox = station.outbox

        def attempts(count: int, _at: datetime) -> None:
            outbox.attempts_max = count

        def retry(seconds: int, _at: datetime) -> None:
            outbox.retry_interval_s = seconds

        def priority(text: str, at: datetime) -> Taken | None:
            return "RebootRequired" if security.set_priority(text, at) else None

        yield number(
            "OCPPCommCtrlr",
            "HeartbeatInterval",
            lambda: station.heartbeat_interval_s,
            carry_out.heartbeat_interval,
            least=1,
            unit="s",
        )
        yield number(
            "OCPPCommCtrlr",
            "MessageAttempts",
            lambda: outbox.attempts_max,
            attempts,
            least=1,
            instance="TransactionEvent",
        )
        yield number(
            "OCPPCommCtrlr",
            "MessageAttemptInterval",
            lambda: outbox.retry_interval_s,
            retry,
            instance="TransactionEvent",
            unit="s",
        )
        yield fixed("OCPPCommCtrlr", "FileTransferProtocols", "HTTP,HTTPS", values="HTTP,HTTPS")
        yield fixed("OCPPCommCtrlr", "MessageTimeout", 30, instance="Default", unit="s")
        yield Variable(
            "OCPPCommCtrlr",
            "NetworkConfigurationPriority",
            lambda: ",".join(map(str, security.priority)),
            priority,
            kind="SequenceList",
            values="1,2,3",
        )
        yield fixed("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", 1)
        yield fixed("OCPPCommCtrlr", "OfflineThreshold", 0, unit="s")
        yield fixed("OCPPCommCtrlr", "QueueAllMessages", value=False)
        yield fixed("OCPPCommCtrlr", "ResetRetries", 1)
        yield fixed("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", value=True)
        yield fixed("OCPPCommCtrlr", "WebSocketPingInterval", 0, unit="s")

    # --- security --------------------------------------------------------------------------------------------------

    def _of_security(self) -> Iterator[Variable]:
        station, certificates = self._station, self._certificates
        credentials = station.credentials

        def password(text: str, at: datetime) -> Taken | None:
            if not credentials.change_password(text):
                return None
            station.security_event("ReconfigurationOfSecurityParameters", at, "BasicAuthPassword")
            return "Accepted"

        def organization(text: str, _at: datetime) -> Taken | None:
            certificates.organization = text
            return "Accepted" if text else None

        def wait(seconds: int, _at: datetime) -> None:
            certificates.signing_wait_s = seconds

        def repeats(count: int, _at: datetime) -> None:
            certificates.signing_repeats = count

        yield fixed("SecurityCtrlr", "AdditionalRootCertificateCheck", value=False)
        yield Variable("SecurityCtrlr", "BasicAuthPassword", None, password, most=40.0)
        yield Variable(
            "SecurityCtrlr",
            "CertificateEntries",
            lambda: str(len(certificates.hashes(None))),
            kind="integer",
            most=CERTIFICATES_MAX,
        )
        yield number("SecurityCtrlr", "CertSigningRepeatTimes", lambda: certificates.signing_repeats, repeats)
        yield number(
            "SecurityCtrlr", "CertSigningWaitMinimum", lambda: certificates.signing_wait_s, wait, unit="s"
        )
        yield fixed("SecurityCtrlr", "Identity", station.spec.id)
        yield fixed("SecurityCtrlr", "MaxCertificateChainSize", 10_000)
        yield Variable("SecurityCtrlr", "OrganizationName", lambda: certificates.organization, organization)
        yield Variable(
            "SecurityCtrlr", "SecurityProfile", lambda: str(credentials.security_profile), kind="integer"
        )

    # --- the model itself ------------------------------------------------------------------------------------------

    def _of_device_model(self) -> Iterator[Variable]:
        for instance in ("GetReport", "GetVariables", "SetVariables"):
            yield fixed("DeviceDataCtrlr", "ItemsPerMessage", ITEMS_PER_MESSAGE, instance=instance)
            yield fixed("DeviceDataCtrlr", "BytesPerMessage", BYTES_PER_MESSAGE, instance=instance)
        yield fixed("ClockCtrlr", "TimeSource", "Heartbeat")
        yield fixed("DisplayMessageCtrlr", "Available", value=True)
        yield fixed("DisplayMessageCtrlr", "Enabled", value=True)
        yield Variable(
            "DisplayMessageCtrlr",
            "NumberOfDisplayMessages",
            lambda: str(self._display.count),
            kind="integer",
            most=MESSAGES_MAX,
        )
        for name, texts in (
            ("SupportedFormats", FORMATS),
            ("SupportedPriorities", PRIORITIES),
            ("SupportedStates", STATES),
        ):
            yield fixed("DisplayMessageCtrlr", name, ",".join(texts), values=",".join(texts))


_STATES = "Available,Occupied,Reserved,Unavailable,Faulted"
_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
_MEASURANDS_V2X = "Energy.Active.Export.Register,Power.Active.Export,Current.Export,SoC"
_TX_POINTS = "ParkingBayOccupancy,EVConnected,Authorized,DataSigned,PowerPathClosed,EnergyTransfer"


def _yes(value: bool) -> str:
    return str(value).lower()
