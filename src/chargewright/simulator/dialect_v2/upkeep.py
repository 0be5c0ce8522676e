"""Firmware and logs in the words of OCPP 2.x, and firmware that a station publishes to others (L01 to L04, N01)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.blocks.firmware import FirmwareUpdates, Update, again_after_s
from chargewright.simulator.blocks.log_upload import LogRequest, LogUploads
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station
from chargewright.simulator.transfer import Outcome, Transfer

__all__ = ["Upkeep"]


@dataclass(slots=True)
class _Publication:
    request_id: int
    url: str
    checksum: str
    retries: int
    retry_interval_s: float | None
    told: v21.PublishFirmwareStatusEnum = "Idle"


class Upkeep:
    """What keeps a station up to date and accountable."""

    def __init__(self, station: Station, firmware: FirmwareUpdates, logs: LogUploads) -> None:
        self._station = station
        self._firmware = firmware
        self._logs = logs
        self._publishing: _Publication | None = None
        self._published: set[str] = set()

    def handlers(self) -> Handlers:
        return {
            "GetLog": self._log,
            "PublishFirmware": self._publish,
            "UnpublishFirmware": self._unpublish,
            "UpdateFirmware": self._update,
        }

    def _update(self, request: v21.UpdateFirmwareRequest, at: datetime) -> Struct:
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
            ),
            at,
        )
        return v21.UpdateFirmwareResponse(status=status)

    def _log(self, request: v21.GetLogRequest, at: datetime) -> Struct:
        log = request.log
        if request.log_type == "DataCollectorLog":
            return v21.GetLogResponse(
                status="Rejected", status_info=reason("NotSupported", "there is no data collector")
            )
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
        return v21.GetLogResponse(status=status, filename=name)

    # --- publishing (L03, L04) -------------------------------------------------------------------------------------

    def _publish(self, request: v21.PublishFirmwareRequest, at: datetime) -> Struct:
        if self._publishing is not None:
            return v21.PublishFirmwareResponse(
                status="Rejected", status_info=reason("Busy", "another image is being fetched")
            )
        publication = self._publishing = _Publication(
            request.request_id,
            request.location,
            request.checksum.lower(),
            request.retries or 0,
            request.retry_interval,
        )
        self._station.agenda.plan(at, lambda then: self._fetch(publication, then))
        return v21.PublishFirmwareResponse(status="Accepted")

    def _fetch(self, publication: _Publication, _at: datetime) -> None:
        self._tell(publication, "Downloading")

        def finished(outcome: Outcome, then: datetime) -> None:
            self._fetched(publication, outcome, then)

        self._station.transfers.append(Transfer("fetch", publication.url, finished))

    def _fetched(self, publication: _Publication, outcome: Outcome, at: datetime) -> None:
        if not outcome.done:
            if publication.retries > 0:
                publication.retries -= 1
                again_at = later(at, again_after_s(publication.retry_interval_s))
                self._station.agenda.plan(again_at, lambda then: self._fetch(publication, then))
                return
            self._over(publication, "DownloadFailed")
            return
        self._tell(publication, "Downloaded")
        # MD5 is what the standard names for it (L03.FR.07); it guards against damage, not against anybody.
        if hashlib.md5(outcome.body, usedforsecurity=False).hexdigest() != publication.checksum:
            self._over(publication, "InvalidChecksum")
            return
        self._tell(publication, "ChecksumVerified")

        def offered(offer: Outcome, _then: datetime) -> None:
            if not offer.done:
                self._over(publication, "PublishFailed")
                return
            self._published.add(publication.checksum)
            self._over(publication, "Published", offer.url)

        self._station.transfers.append(Transfer("offer", publication.checksum, offered, outcome.body))

    def _unpublish(self, request: v21.UnpublishFirmwareRequest, _at: datetime) -> Struct:
        checksum = request.checksum.lower()
        if self._publishing is not None and self._publishing.checksum == checksum:
            return v21.UnpublishFirmwareResponse(status="DownloadOngoing")
        if checksum not in self._published:
            return v21.UnpublishFirmwareResponse(status="NoFirmware")
        self._published.discard(checksum)
        self._station.transfers.append(Transfer("withdraw", checksum, lambda _outcome, _at: None))
        return v21.UnpublishFirmwareResponse(status="Unpublished")

    def tell_publishing(self) -> None:
        """Tell how far publishing is, because somebody asks."""
        now = self._publishing
        told = v21.PublishFirmwareStatusNotificationRequest(
            status="Idle" if now is None else now.told, request_id=None if now is None else now.request_id
        )
        self._station.outbox.put(Worded("PublishFirmwareStatusNotification", told))

    def _over(self, publication: _Publication, status: v21.PublishFirmwareStatusEnum, url: str = "") -> None:
        self._publishing = None
        self._tell(publication, status, url)

    def _tell(self, publication: _Publication, status: v21.PublishFirmwareStatusEnum, url: str = "") -> None:
        publication.told = status
        told = v21.PublishFirmwareStatusNotificationRequest(
            status=status, location=[url] if url else None, request_id=publication.request_id
        )
        self._station.outbox.put(Worded("PublishFirmwareStatusNotification", told))
