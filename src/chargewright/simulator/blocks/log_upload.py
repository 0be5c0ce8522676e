"""Handing a station's log over, with retries; a new request takes the place of one that is under way.

OCPP 1.6 section 6.8 (GetDiagnostics), security white paper N01; OCPP 2.x part 2, N01.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.simulator.agenda import Appointment
from chargewright.simulator.blocks.firmware import again_after_s
from chargewright.simulator.evse import later
from chargewright.simulator.host import Host
from chargewright.simulator.said import LogTold
from chargewright.simulator.transfer import Outcome, Transfer

__all__ = ["LogRequest", "LogUploads"]

Answer = Literal["Accepted", "AcceptedCanceled", "Rejected"]


@dataclass(slots=True)
class LogRequest:
    """A log that was asked for. `diagnostics`: by 1.6's GetDiagnostics, whose statuses have other names."""

    request_id: int | None
    url: str
    security: bool = False
    oldest: datetime | None = None
    latest: datetime | None = None
    retries: int = 0
    retry_interval_s: float | None = None
    diagnostics: bool = False
    waits: Appointment | None = None


class LogUploads:
    """What one station hands over."""

    def __init__(self, station: Host) -> None:
        self._station = station
        self._now: LogRequest | None = None
        self._count = 0

    def status(self) -> tuple[str, int | None]:
        """What is told when somebody asks (N01.FR.13)."""
        return ("Idle", None) if self._now is None else ("Uploading", self._now.request_id)

    def start(self, wanted: LogRequest, at: datetime) -> tuple[Answer, str | None]:
        """Begin; returns the status and the file's name, which is None where there is nothing to hand over."""
        body = self._station.log.text(security=wanted.security, oldest=wanted.oldest, latest=wanted.latest)
        if not body:
            return "Rejected", None
        before = self._now
        if before is not None:
            if before.waits is not None:
                before.waits.cancelled = True
            if not before.diagnostics:
                self._station.outbox.put(LogTold("AcceptedCanceled", before.request_id, diagnostics=False))
        self._now = wanted
        self._count += 1
        name = f"{'security' if wanted.security else 'diagnostics'}-{self._count}.log"
        url = wanted.url + name if wanted.url.endswith("/") else wanted.url

        def go(then: datetime) -> None:
            wanted.waits = None
            self._hand_over(wanted, url, body, then)

        wanted.waits = self._station.agenda.plan(at, go)
        return "Accepted" if before is None else "AcceptedCanceled", name

    def _hand_over(self, wanted: LogRequest, url: str, body: bytes, at: datetime) -> None:
        self._tell(wanted, "Uploading")

        def finished(outcome: Outcome, then: datetime) -> None:
            if wanted is not self._now:
                return
            if outcome.done:
                self._over(wanted, "Uploaded")
            elif wanted.retries > 0:
                wanted.retries -= 1
                again_at = later(then, again_after_s(wanted.retry_interval_s))
                wanted.waits = self._station.agenda.plan(
                    again_at, lambda now: self._hand_over(wanted, url, body, now)
                )
            else:
                self._station.log.note(then, "could not hand over its log", outcome.why)
                self._over(wanted, "UploadFailed" if wanted.diagnostics else "UploadFailure")

        self._station.log.note(at, "hands over its log", url)
        self._station.transfers.append(Transfer("hand over", url, finished, body))

    def _over(self, wanted: LogRequest, status: str) -> None:
        self._tell(wanted, status)
        self._now = None

    def _tell(self, wanted: LogRequest, status: str) -> None:
        self._station.outbox.put(LogTold(status, wanted.request_id, wanted.diagnostics))
