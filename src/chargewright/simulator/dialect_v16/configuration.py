"""Configuration keys of OCPP 1.6 (sections 5.3, 5.8 and chapter 9; the security white paper, chapter 2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from chargewright.ocpp.codes import Code
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator.blocks.access import LIST_ENTRIES_MAX, LIST_ITEMS_PER_MESSAGE
from chargewright.simulator.blocks.certificates import CERTIFICATES_MAX, CertificateStore
from chargewright.simulator.dialect_v16.meter import MEASURANDS
from chargewright.simulator.handlers import Handlers, whole_number
from chargewright.simulator.orders import OrderRefused, Orders
from chargewright.simulator.profile_store import PROFILES_MAX, STACK_LEVEL_MAX
from chargewright.simulator.station import Station

__all__ = ["Configuration"]

KEYS_PER_MESSAGE: Final = 50
PROFILES: Final = (
    "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger,Security"
)

Answer = Literal["Accepted", "RebootRequired"]
Write = Callable[[str, datetime], Answer | None]
"""Takes a value over; None where it makes no sense."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A configuration key: how it is read, and set if it may be. What is not read is a secret."""

    read: Callable[[], str] | None
    write: Write | None = None


class Configuration:
    """The keys of one station."""

    def __init__(self, station: Station, carry_out: Orders, certificates: CertificateStore) -> None:
        self._station = station
        self._carry_out = carry_out
        self._certificates = certificates
        self.sampled: tuple[str, ...] = MEASURANDS
        """Measurands of sampled meter values (MeterValuesSampledData)."""
        self._rotation = ",".join(f"{n}.RST" for n in station.evses)
        self._keys = {**self._charging_keys(), **self._access_keys(), **self._link_keys()}

    def handlers(self) -> Handlers:
        return {"ChangeConfiguration": self._change, "GetConfiguration": self._get}

    def _get(self, request: v16.GetConfigurationRequest, _at: datetime) -> Struct:
        names = request.key or list(self._keys)
        if len(request.key or ()) > KEYS_PER_MESSAGE:
            raise OrderRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {KEYS_PER_MESSAGE} keys")
        known = [
            v16.KeyValue(key=name, readonly=key.write is None, value=None if key.read is None else key.read())
            for name in names
            if (key := self._keys.get(name)) is not None
        ]
        unknown = [name for name in names if name not in self._keys]
        return v16.GetConfigurationResponse(configuration_key=known, unknown_key=unknown or None)

    def _change(self, request: v16.ChangeConfigurationRequest, at: datetime) -> Struct:
        key = self._keys.get(request.key)
        if key is None:
            return v16.ChangeConfigurationResponse(status="NotSupported")
        taken = None if key.write is None else key.write(request.value, at)
        return v16.ChangeConfigurationResponse(status=taken or "Rejected")

    # --- the keys ------------------------------------------------------------------------------------------------

    def _charging_keys(self) -> dict[str, _Key]:
        station = self._station
        spec = station.spec

        def meter_interval(seconds: int, at: datetime) -> None:
            self._carry_out.meter_interval(seconds, at)

        def sampled(text: str, _at: datetime) -> Answer | None:
            names = tuple(name.strip() for name in text.split(",") if name.strip())
            if not names or not set(names) <= set(MEASURANDS):
                return None
            self.sampled = names
            return "Accepted"

        def rotation(text: str, _at: datetime) -> Answer | None:
            """Which phase is which is found out when the station starts."""
            if not text:
                return None

            def taken(_then: datetime) -> None:
                self._rotation = text

            station.after_boot.append(taken)
            return "RebootRequired"

        return {
            "ChargeProfileMaxStackLevel": _fixed(STACK_LEVEL_MAX),
            "ChargingScheduleAllowedChargingRateUnit": _fixed("Current" if spec.unit == "A" else "Power"),
            "ChargingScheduleMaxPeriods": _fixed(spec.periods_max),
            "ClockAlignedDataInterval": _fixed(0),
            "ConnectorPhaseRotation": _Key(lambda: self._rotation, rotation),
            "ConnectorSwitch3to1PhaseSupported": _fixed("false"),
            "MaxChargingProfilesInstalled": _fixed(PROFILES_MAX),
            "MeterValuesAlignedData": _fixed(""),
            "MeterValuesSampledData": _Key(lambda: ",".join(self.sampled), sampled),
            "MeterValueSampleInterval": _Key(
                lambda: str(station.meter_interval_s), _number(0, meter_interval)
            ),
            "NumberOfConnectors": _fixed(spec.evses),
            "StopTransactionOnEVSideDisconnect": _fixed("true"),
            "StopTransactionOnInvalidId": _fixed("true"),
            "StopTxnAlignedData": _fixed(""),
            "StopTxnSampledData": _fixed("Energy.Active.Import.Register"),
            "UnlockConnectorOnEVSideDisconnect": _fixed("true"),
        }

    def _access_keys(self) -> dict[str, _Key]:
        station = self._station
        access = station.access

        def offline(value: bool) -> None:
            station.local_offline = value

        def from_list(value: bool) -> None:
            access.list_enabled = value

        def from_cache(value: bool) -> None:
            access.cache_enabled = value

        def known_offline(value: bool) -> None:
            access.local_offline = value

        def known_at_once(value: bool) -> None:
            access.pre_authorize = value

        def timeout(seconds: int, _at: datetime) -> None:
            self._carry_out.connection_timeout_s = seconds

        return {
            "AllowOfflineTxForUnknownId": _switch(lambda: station.local_offline, offline),
            "AuthorizationCacheEnabled": _switch(lambda: access.cache_enabled, from_cache),
            "AuthorizeRemoteTxRequests": _fixed("false"),
            "ConnectionTimeOut": _Key(lambda: str(self._carry_out.connection_timeout_s), _number(1, timeout)),
            "LocalAuthListEnabled": _switch(lambda: access.list_enabled, from_list),
            "LocalAuthListMaxLength": _fixed(LIST_ENTRIES_MAX),
            "LocalAuthorizeOffline": _switch(lambda: access.local_offline, known_offline),
            "LocalPreAuthorize": _switch(lambda: access.pre_authorize, known_at_once),
            "ReserveConnectorZeroSupported": _fixed("true"),
            "SendLocalListMaxLength": _fixed(LIST_ITEMS_PER_MESSAGE),
        }

    def _link_keys(self) -> dict[str, _Key]:
        station, certificates = self._station, self._certificates
        outbox, credentials = station.outbox, station.credentials

        def heartbeat(seconds: int, at: datetime) -> None:
            self._carry_out.heartbeat_interval(seconds, at)

        def attempts(count: int, _at: datetime) -> None:
            outbox.attempts_max = count

        def retry(seconds: int, _at: datetime) -> None:
            outbox.retry_interval_s = seconds

        def password(text: str, at: datetime) -> Answer | None:
            if not credentials.change_password(text):
                return None
            station.security_event("ReconfigurationOfSecurityParameters", at, "AuthorizationKey")
            return "Accepted"

        def profile(text: str, at: datetime) -> Answer | None:
            if text not in {"1", "2", "3"} or not self._may_raise_to(int(text)):
                return None
            if credentials.raise_profile(int(text)) == "Rejected":
                return None
            station.security_event("ReconfigurationOfSecurityParameters", at, "SecurityProfile")
            return "Accepted"

        def organization(text: str, _at: datetime) -> Answer | None:
            certificates.organization = text
            return "Accepted" if text else None

        return {
            "AdditionalRootCertificateCheck": _fixed("false"),
            "AuthorizationKey": _Key(None, password),
            "CertificateSignedMaxChainSize": _fixed(10_000),
            "CertificateStoreMaxLength": _fixed(CERTIFICATES_MAX),
            "CpoName": _Key(lambda: certificates.organization, organization),
            "GetConfigurationMaxKeys": _fixed(KEYS_PER_MESSAGE),
            "HeartbeatInterval": _Key(lambda: str(station.heartbeat_interval_s), _number(1, heartbeat)),
            "ResetRetries": _fixed(1),
            "SecurityProfile": _Key(lambda: str(credentials.security_profile), profile),
            "SupportedFeatureProfiles": _fixed(PROFILES),
            "SupportedFileTransferProtocols": _fixed("HTTP,HTTPS"),
            "TransactionMessageAttempts": _Key(lambda: str(outbox.attempts_max), _number(1, attempts)),
            "TransactionMessageRetryInterval": _Key(
                lambda: f"{outbox.retry_interval_s:g}", _number(0, retry)
            ),
        }

    def _may_raise_to(self, profile: int) -> bool:
        """TLS needs a root to trust, and the third profile a certificate to show (A05.FR.02, FR.03)."""
        return profile == 1 or bool(self._certificates.roots("CSMSRootCertificate"))


def _fixed(value: object) -> _Key:
    return _Key(lambda: str(value))


def _number(least: int, take: Callable[[int, datetime], None]) -> Write:
    """A setter that takes whole numbers from `least` up, and refuses anything else."""

    def write(text: str, at: datetime) -> Answer | None:
        value = whole_number(text, least=least)
        if value is None:
            return None
        take(value, at)
        return "Accepted"

    return write


def _switch(read: Callable[[], bool], take: Callable[[bool], None]) -> _Key:
    def write(text: str, _at: datetime) -> Answer | None:
        if text.lower() not in {"true", "false"}:
            return None
        take(text.lower() == "true")
        return "Accepted"

    return _Key(lambda: str(read()).lower(), write)
