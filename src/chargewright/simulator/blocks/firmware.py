"""Firmware updates as a station carries them out: wait, download, verify, wait, install, start anew.

    DownloadScheduled -> Downloading -> Downloaded -> (SignatureVerified) -> (InstallScheduled) -> Installing
                                     -> DownloadFailed    -> InvalidSignature                -> InstallVerificationFailed
    Installing -> (InstallRebooting) -> Installed

OCPP 1.6 sections 4.5 and 6.19, security white paper L01; OCPP 2.x part 2, L01 and L02.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from chargewright.simulator.agenda import Appointment
from chargewright.simulator.blocks.certificates import CertificateStore
from chargewright.simulator.blocks.signatures import certificate_of, signed_by
from chargewright.simulator.evse import later
from chargewright.simulator.host import Host
from chargewright.simulator.said import FirmwareTold
from chargewright.simulator.transfer import Outcome, Transfer

__all__ = ["FirmwareUpdates", "Update", "again_after_s"]

Answer = Literal["Accepted", "AcceptedCanceled", "InvalidCertificate", "Rejected"]

INSTALL_S = 10.0
RETRY_S = 30.0
"""Between two attempts where the central system does not say."""
LOOK_AGAIN_S = 5.0
"""How often a station that waits for the end of its transactions looks."""


@dataclass(slots=True)
class Update:
    """An update that was ordered. Certificate and signature (PEM, Base64) come with signed firmware only."""

    request_id: int | None
    url: str
    retrieve_at: datetime
    install_at: datetime | None = None
    certificate: str | None = None
    signature: str | None = None
    retries: int = 0
    retry_interval_s: float | None = None
    signed: bool = False
    """Whether 1.6 tells of it with the messages of its security extension."""
    told: str = "Idle"
    image: bytes = b""
    installing: bool = False
    waits: Appointment | None = None


def again_after_s(interval_s: float | None) -> float:
    return RETRY_S if interval_s is None else max(interval_s, 0.0)


class FirmwareUpdates:
    """The update of one station: there is one at a time."""

    def __init__(self, station: Host, certificates: CertificateStore) -> None:
        self._station = station
        self._certificates = certificates
        self._now: Update | None = None

    def status(self) -> tuple[str, int | None]:
        """What is told when somebody asks: the step and its request, or Idle (L01.FR.25, 26)."""
        return ("Idle", None) if self._now is None else (self._now.told, self._now.request_id)

    def start(self, update: Update, at: datetime) -> Answer:
        """Begin an update; one that is not yet installing gives way to it (L01.FR.24)."""
        before = self._now
        if before is not None and before.installing:
            return "Rejected"
        if update.certificate is not None and not self._trusted(update.certificate, at):
            self._station.security_event("InvalidFirmwareSigningCertificate", at)
            return "InvalidCertificate"
        if before is not None and before.waits is not None:
            before.waits.cancelled = True
        self._now = update
        wait_s = (update.retrieve_at - self._station.clock(at)).total_seconds()
        if wait_s > 0:
            self._tell(update, "DownloadScheduled")
        self._later(update, at, max(wait_s, 0.0), self._download)
        return "Accepted" if before is None else "AcceptedCanceled"

    def _trusted(self, pem: str, at: datetime) -> bool:
        certificate = certificate_of(pem)
        return certificate is not None and self._certificates.vouched(
            certificate, "ManufacturerRootCertificate", self._station.clock(at)
        )

    # --- download ------------------------------------------------------------------------------------------------

    def _download(self, update: Update, at: datetime) -> None:
        self._tell(update, "Downloading")

        def finished(outcome: Outcome, then: datetime) -> None:
            if update is self._now:
                self._downloaded(update, outcome, then)

        self._station.log.note(at, "downloads firmware", update.url)
        self._station.transfers.append(Transfer("fetch", update.url, finished))

    def _downloaded(self, update: Update, outcome: Outcome, at: datetime) -> None:
        if not outcome.done:
            self._station.log.note(at, "could not download firmware", outcome.why)
            if update.retries > 0:
                update.retries -= 1
                self._later(update, at, again_after_s(update.retry_interval_s), self._download)
                return
            self._over(update, "DownloadFailed")
            return
        update.image = outcome.body
        self._tell(update, "Downloaded")
        if update.certificate is not None and update.signature is not None:
            certificate = certificate_of(update.certificate)
            if certificate is None or not signed_by(certificate, update.image, update.signature):
                self._over(update, "InvalidSignature")
                self._station.security_event("InvalidFirmwareSignature", at)
                return
            self._tell(update, "SignatureVerified")
        wait_s = (
            0.0
            if update.install_at is None
            else (update.install_at - self._station.clock(at)).total_seconds()
        )
        if wait_s > 0:
            self._tell(update, "InstallScheduled")
        self._later(update, at, max(wait_s, 0.0), self._install)

    # --- install -------------------------------------------------------------------------------------------------

    def _install(self, update: Update, at: datetime) -> None:
        if any(evse.transaction is not None for evse in self._station.evses.values()):
            if update.told != "InstallScheduled":
                self._tell(update, "InstallScheduled")
            self._later(update, at, LOOK_AGAIN_S, self._install)
            return
        if not update.image:
            self._over(update, "InstallVerificationFailed" if update.certificate else "InstallationFailed")
            return
        update.installing = True
        self._tell(update, "Installing")
        self._later(update, at, INSTALL_S, self._start_anew)

    def _start_anew(self, update: Update, _at: datetime) -> None:
        station = self._station
        self._tell(update, "InstallRebooting")
        station.reset, station.boot_reason = "when told", "FirmwareUpdate"
        station.firmware_version = _version_of(update.url)

        def booted(then: datetime) -> None:
            self._over(update, "Installed")
            station.security_event("FirmwareUpdated", then, station.firmware_version)

        station.after_boot.append(booted)

    # --- telling -------------------------------------------------------------------------------------------------

    def _later(
        self, update: Update, at: datetime, wait_s: float, do: Callable[[Update, datetime], None]
    ) -> None:
        def then(now: datetime) -> None:
            update.waits = None
            do(update, now)

        update.waits = self._station.agenda.plan(later(at, wait_s), then)

    def _over(self, update: Update, status: str) -> None:
        self._tell(update, status)
        if self._now is update:
            self._now = None

    def _tell(self, update: Update, status: str) -> None:
        update.told = status
        self._station.outbox.put(FirmwareTold(status, update.request_id, update.signed))


def _version_of(url: str) -> str:
    """A simulated image is called after its version."""
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    return (name.rsplit(".", 1)[0] or "unnamed")[:50]
