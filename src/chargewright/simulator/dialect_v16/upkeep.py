"""Firmware, logs and certificates in the words of OCPP 1.6 (sections 5.9, 5.19; the security white paper)."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator.blocks.certificates import STATION, CertificateStore
from chargewright.simulator.blocks.firmware import FirmwareUpdates, Update
from chargewright.simulator.blocks.log_upload import LogRequest, LogUploads
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.station import Station

__all__ = ["Upkeep"]

_USES: Final[dict[str, str]] = {
    "CentralSystemRootCertificate": "CSMSRootCertificate",
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
}


class Upkeep:
    """What keeps a station up to date and accountable."""

    def __init__(
        self,
        station: Station,
        firmware: FirmwareUpdates,
        logs: LogUploads,
        certificates: CertificateStore,
    ) -> None:
        self._station = station
        self._firmware = firmware
        self._logs = logs
        self._certificates = certificates

    def handlers(self) -> Handlers:
        return {
            "CertificateSigned": self._certificate_signed,
            "DeleteCertificate": self._delete,
            "GetDiagnostics": self._diagnostics,
            "GetInstalledCertificateIds": self._installed,
            "GetLog": self._log,
            "InstallCertificate": self._install,
            "SignedUpdateFirmware": self._signed_update,
            "UpdateFirmware": self._update,
        }

    def _update(self, request: v16.UpdateFirmwareRequest, at: datetime) -> Struct:
        self._firmware.start(
            Update(
                None,
                request.location,
                as_utc(request.retrieve_date),
                retries=request.retries or 0,
                retry_interval_s=request.retry_interval,
            ),
            at,
        )
        return v16.UpdateFirmwareResponse()

    def _signed_update(self, request: v16.SignedUpdateFirmwareRequest, at: datetime) -> Struct:
        wire = request.firmware
        status = self._firmware.start(
            Update(
                request.request_id,
                wire.location,
                as_utc(wire.retrieve_date_time),
                install_at=None if wire.install_date_time is None else as_utc(wire.install_date_time),
                certificate=wire.signing_certificate,
                signature=wire.signature,
                retries=request.retries or 0,
                retry_interval_s=request.retry_interval,
                signed=True,
            ),
            at,
        )
        return v16.SignedUpdateFirmwareResponse(status=status)

    def _diagnostics(self, request: v16.GetDiagnosticsRequest, at: datetime) -> Struct:
        _, name = self._logs.start(
            LogRequest(
                None,
                request.location,
                oldest=None if request.start_time is None else as_utc(request.start_time),
                latest=None if request.stop_time is None else as_utc(request.stop_time),
                retries=request.retries or 0,
                retry_interval_s=request.retry_interval,
                diagnostics=True,
            ),
            at,
        )
        return v16.GetDiagnosticsResponse(file_name=name)

    def _log(self, request: v16.GetLogRequest, at: datetime) -> Struct:
        log = request.log
        status, name = self._logs.start(
            LogRequest(
                request.request_id,
                log.remote_location,
                security=request.log_type == "SecurityLog",
                oldest=None if log.oldest_timestamp is None else as_utc(log.oldest_timestamp),
                latest=None if log.latest_timestamp is None else as_utc(log.latest_timestamp),
                retries=request.retries or 0,
                retry_interval_s=request.retry_interval,
            ),
            at,
        )
        return v16.GetLogResponse(status=status, filename=name)

    def _install(self, request: v16.InstallCertificateRequest, at: datetime) -> Struct:
        status = self._certificates.install(_USES[request.certificate_type], request.certificate, at)
        if status == "Rejected":
            self._station.security_event("InvalidCsmsCertificate", at)
        return v16.InstallCertificateResponse(status=status)

    def _installed(self, request: v16.GetInstalledCertificateIdsRequest, _at: datetime) -> Struct:
        found = [
            v16.CertificateHashData(
                hash_algorithm="SHA256", issuer_name_hash=name, issuer_key_hash=key, serial_number=serial
            )
            for _, (_, name, key, serial) in self._certificates.hashes({_USES[request.certificate_type]})
        ]
        if not found:
            return v16.GetInstalledCertificateIdsResponse(status="NotFound")
        return v16.GetInstalledCertificateIdsResponse(status="Accepted", certificate_hash_data=found)

    def _delete(self, request: v16.DeleteCertificateRequest, _at: datetime) -> Struct:
        wire = request.certificate_hash_data
        wanted = (wire.hash_algorithm, wire.issuer_name_hash, wire.issuer_key_hash, wire.serial_number)
        return v16.DeleteCertificateResponse(status=self._certificates.delete(wanted))

    def _certificate_signed(self, request: v16.CertificateSignedRequest, at: datetime) -> Struct:
        station = self._station
        if not self._certificates.signed(STATION, request.certificate_chain, None, at):
            station.security_event("InvalidChargingStationCertificate", at)
            return v16.CertificateSignedResponse(status="Rejected")
        station.credentials.show(self._certificates.shown())
        return v16.CertificateSignedResponse(status="Accepted")
