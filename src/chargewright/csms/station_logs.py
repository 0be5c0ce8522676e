"""Logs of stations: asked for, followed, and found as files here (1.6 4.4, security paper N01; 2.x part 2, N01)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.errands import ACCEPTED, Errands, after_answer
from chargewright.csms.files import Files
from chargewright.csms.firmware_images import SCHEMES
from chargewright.csms.ports import Bus, Records, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.domain import events
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.files import FilePurpose
from chargewright.domain.firmware import FirmwareReply, GetLog, LogKind, LogRequest, LogTold, Progress
from chargewright.errors import ChargewrightError, InvalidInput
from chargewright.ids import StationId

__all__ = ["PATIENCE", "StationLogs"]

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)
"""How long a station may say nothing about a log that it was asked for."""

_ENDS: Final = {
    "AcceptedCanceled": "canceled",
    "BadMessage": "failed",
    "NotSupportedOperation": "failed",
    "PermissionDenied": "failed",
    "UploadFailed": "failed",
    "UploadFailure": "failed",
    "Uploaded": "done",
}
_PURPOSES: Final[dict[LogKind, FilePurpose]] = {
    "data_collector": "other",
    "diagnostics": "diagnostics",
    "security": "security_log",
}
_NAMELESS: Final = "DiagnosticsStatusNotification"
"""The status that names no request, and is never about another log than diagnostics."""

_LOGS: Final = Shelf("station-log", LogRequest)


class StationLogs:
    """Asks stations for logs and keeps what became of it."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        commands: Commands,
        files: Files,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._commands = commands
        self._files = files
        self._errands = Errands(_LOGS, _ENDS, store=store, bus=bus, clock=clock, changed=_with_progress)
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Watch for the files that stations leave."""
        self._unsubscribe = self._bus.subscribe(self._happened, events.FileReceived)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`: a status is answered once it is durable."""
        return {LogTold: self._told}

    async def ask(
        self,
        station_id: StationId,
        kind: LogKind,
        *,
        oldest_at: datetime | None = None,
        latest_at: datetime | None = None,
        retries: int | None = None,
        retry_interval_s: int | None = None,
        location: str | None = None,
    ) -> LogRequest:
        """Ask for a log; returns when the station answered. Without a `location` it is left here, under a ticket.

        What the station's version cannot carry, or the station refuses, is in the progress of what is returned.

        Raises:
            NotFound: no such station.
            InvalidInput: `location` is none that a station could use.

        """
        self._provisioning.require(station_id)
        if location is not None and not location.lower().startswith(SCHEMES):
            raise InvalidInput(f"begins with none of {', '.join(SCHEMES)}", where="location")
        now = self._clock.now()

        def make(number: int) -> LogRequest:
            return LogRequest(number, kind, now, oldest_at, latest_at, external=location is not None)

        number = (
            await self._store.commit(lambda records: self._errands.begin(records, station_id, make))
        ).number
        if self._links.get(station_id) is None:
            return await self._end(station_id, number, "offline", "the station is not connected")
        try:
            url = location or await self._files.expect(station_id, _PURPOSES[kind], reference=str(number))
            order = GetLog(number, kind, url, oldest_at, latest_at, retries, retry_interval_s)
            outcome = await self._commands.order(station_id, order)
        except ChargewrightError as why:
            return await self._end(station_id, number, "refused", str(why))
        return await self._errands.change(
            station_id, number, lambda records, found: self._answered(records, station_id, found, outcome)
        )

    async def newest(self, station_id: StationId, limit: int = 50) -> list[LogRequest]:
        return await self._errands.newest(station_id, limit)

    async def request(self, station_id: StationId, number: int) -> LogRequest:
        """One request, or `NotFound`."""
        return await self._errands.one(station_id, number)

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone. The files that it left stay until somebody deletes them."""
        records.delete_items(_LOGS, station_id)

    # --- inside --------------------------------------------------------------------------------------------

    async def _end(self, station_id: StationId, number: int, state: Any, reason: str) -> LogRequest:
        return await self._errands.change(
            station_id, number, lambda _, r: _with_progress(r, r.progress.become(state, reason))
        )

    def _answered(
        self, records: Records, station_id: StationId, request: LogRequest, outcome: CommandOutcome
    ) -> LogRequest:
        reply = outcome.result
        if isinstance(reply, FirmwareReply) and reply.status in ACCEPTED:
            # A station hands over one log at a time only where it says so.
            self._errands.cancel_older(
                records,
                station_id,
                request,
                lambda older: reply.status == "AcceptedCanceled" or older.kind == request.kind,
                "a newer one took its place",
            )
            request = replace(request, name=reply.name or request.name)
        return _with_progress(request, after_answer(request.progress, outcome))

    def _told(self, inbound: Any) -> None:
        station_id, told = inbound.station_id, inbound.request

        def find(records: Records) -> LogRequest | None:
            return self._errands.meant(
                records,
                station_id,
                told.request_id,
                lambda request: told.action != _NAMELESS or request.kind == "diagnostics",
            )

        self._errands.heard(inbound, find, _without_file)

    def _happened(self, event: events.Event) -> None:
        if isinstance(event, events.FileReceived) and event.reference.isascii() and event.reference.isdigit():
            self._errands.changed_later(
                event.station_id,
                int(event.reference),
                partial(_with_file, file_id=event.file_id),
                lambda error: log.error("log_not_linked", file_id=event.file_id, error=repr(error)),
            )


def _with_progress(request: LogRequest, progress: Progress) -> LogRequest:
    return replace(request, progress=progress)


_NOTHING_CAME: Final = "it says that it is uploaded, and no file came"


def _without_file(request: LogRequest) -> LogRequest:
    if request.progress.status == "Uploaded" and request.file_id is None and not request.external:
        return _with_progress(request, request.progress.become("done", _NOTHING_CAME))
    return request


def _with_file(request: LogRequest, *, file_id: str) -> LogRequest:
    """The whole file is here: that is what was wanted, whatever the station says or forgets to say."""
    return replace(request, file_id=file_id, progress=request.progress.become("done"))
