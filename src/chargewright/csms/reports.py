"""Reports in parts: one assembler for every message that answers an order with several others.

A block that wants a report:

    reports.on_part("NotifyDisplayMessages", keep)     # keep(records, station_id, part): in the commit of that part
    reports.on_complete("ReportChargingProfiles", keep)   # keep(records, station_id, report, items): once all is here
    report = await reports.order(station_id, "GetDisplayMessages", {"priority": "AlwaysFront"})
    ...
    report, items = await reports.read(station_id, report.request_id)

and its translator makes a `ReportPart` of each part (`translate/device_model_v2.py`). The parts of NotifyReport,
NotifyMonitoringReport, NotifyCustomerInformation, NotifyDisplayMessages, ReportChargingProfiles and
ReportDERControl are made already, and `reports.handlers()` answers them, each after its commit.

Parts may come twice, late or in any order. A report whose order was sent by somebody else is put together all
the same. One that falls silent is told as timed out, with the numbers that are missing; a late part mends it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.domain.commands import CommandOutcome, RawAnswered, RawCommand
from chargewright.domain.reports import Report, ReportPart, ReportState
from chargewright.domain.requests import Acknowledged
from chargewright.errors import ChargewrightError, InvalidInput, NotFound
from chargewright.ids import StationId
from chargewright.translate.consequences import ANSWERED_BY

__all__ = ["OnComplete", "OnPart", "Reports"]

PATIENCE_S = 120.0
"""How long a station may be silent in the middle of a report: it may be busy, or reconnect on the way."""

KEPT_MAX = 50
"""Reports kept per station: enough to look back at, and a station cannot fill the disk with them."""

OnPart = Callable[[Records, StationId, ReportPart], None]
OnComplete = Callable[[Records, StationId, Report, Sequence[Any]], None]

_REPORTS: Final = Shelf("report", Report)
_PARTS: Final = Shelf("report-part", ReportPart)
_ACKNOWLEDGED: Final = Acknowledged()


class Reports:
    """Orders reports, collects their parts, and tells how far each has come."""

    def __init__(
        self, *, store: Store, clock: Clock, commands: Commands, patience_s: float = PATIENCE_S
    ) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._patience_s = patience_s
        self._on_part: dict[str, list[OnPart]] = {}
        self._on_complete: dict[str, list[OnComplete]] = {}
        self._listeners: dict[str, list[Callable[[StationId], None]]] = {}

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`: every part is answered once it is durable."""
        return {ReportPart: self._received}

    def on_part(self, action: str, keep: OnPart) -> None:
        """Have `keep` called with every part of `action`, inside its commit; repeated parts too."""
        self._on_part.setdefault(action, []).append(keep)

    def on_complete(self, action: str, keep: OnComplete) -> None:
        """Have `keep` called with all items of a report, inside the commit that completes it."""
        self._on_complete.setdefault(action, []).append(keep)

    def on_told(self, action: str, listener: Callable[[StationId], None]) -> None:
        """Have `listener` called, on the loop, once a report of these messages is complete and durable."""
        self._listeners.setdefault(action, []).append(listener)

    # --- asking -------------------------------------------------------------------------------------------

    async def order(
        self,
        station_id: StationId,
        action: str,
        payload: Mapping[str, object],
        *,
        priority: Priority = Priority.REPORT,
    ) -> Report:
        """Order a report under a fresh request id; returns when the station said whether it will come.

        `action` is one of `translate.consequences.ANSWERED_BY`, `payload` as OCPP spells it. Of a station that is away or refuses, the
        report says so in its `status`.

        Raises:
            UnsupportedByVersion: the station's version has no such order. Nothing was sent.
            InvalidInput: the payload breaks the schema. Nothing was sent.

        """
        if action not in ANSWERED_BY:
            raise InvalidInput(f"{action} brings no report", where="action")

        def begin(records: Records) -> Report:
            request_id = records.new_number("requestId")
            scope = str(payload.get("reportBase", ""))
            report = Report(ANSWERED_BY[action], request_id, action, self._clock.now(), scope=scope)
            self._put_new(records, station_id, report)
            return report

        report = await self._store.commit(begin)
        key = _key(report.request_id, report.action)
        command = RawCommand(action, {**payload, "requestId": report.request_id})
        try:
            outcome = await self._commands.order(station_id, command, priority=priority)
        except ChargewrightError:
            await self._store.commit(lambda records: records.delete_item(_REPORTS, station_id, key))
            raise
        status, reason = _told(outcome)

        def answered(records: Records) -> Report:
            # Parts may have overtaken the answer: only what it says is changed.
            found = records.item(_REPORTS, station_id, key) or report
            changed = replace(found, status=status, reason=reason)
            records.put_item(_REPORTS, station_id, key, changed)
            return changed

        return await self._store.commit(answered)

    async def read(self, station_id: StationId, request_id: int) -> tuple[Report, list[Any]]:
        """A report and its items in order, complete or not. Raises `NotFound`."""

        def query(records: Records) -> tuple[Report, list[Any]] | None:
            # The key goes on with the action: what follows the bare number first is the report that is meant.
            for _, key, report in records.items(_REPORTS, station_id, after=numbered(request_id), limit=1):
                if report.request_id == request_id:
                    return report, _items(records, station_id, key)
            return None

        found = await self._store.read(query)
        if found is None:
            raise NotFound("no such report", where=f"{station_id}/{request_id}")
        return found

    async def newest(self, station_id: StationId, limit: int = KEPT_MAX) -> list[Report]:
        """The reports of a station without their items, the greatest request id first."""
        found = await self._store.read(lambda records: records.newest_items(_REPORTS, station_id, limit))
        return [report for _, report in found]

    def state(self, report: Report) -> ReportState:
        """Where a report stands now."""
        return report.state(self._clock.now(), self._patience_s)

    # --- receiving ----------------------------------------------------------------------------------------

    def _received(self, inbound: Any) -> None:
        station_id, part = inbound.station_id, inbound.request

        def done(is_complete: bool | None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            inbound.reply(_ACKNOWLEDGED)
            for listener in self._listeners.get(part.action, ()) if is_complete else ():
                listener(station_id)

        self._store.submit(lambda records: self._keep(records, station_id, part), done)

    def _keep(self, records: Records, station_id: StationId, part: ReportPart) -> bool:
        """Inside the commit; True where this part completed the report."""
        key = _key(part.request_id, part.action)
        report, now = records.item(_REPORTS, station_id, key), self._clock.now()
        if report is None:
            report = Report(part.action, part.request_id, "", now)
            self._put_new(records, station_id, report)
        for keep in self._on_part.get(part.action, ()):
            keep(records, station_id, part)
        owner = _owner(station_id, key)
        if _repeated(records, owner, part):
            return False
        if report.completed_at is not None:  # the same id again with other content: somebody asked again
            records.delete_items(_PARTS, owner)
            report = replace(report, begun_at=now, completed_at=None, seq_nos=(), last_seq_no=None)
        seq_no = len(report.seq_nos) if part.seq_no is None else part.seq_no
        records.put_item(_PARTS, owner, numbered(seq_no), part)
        report = replace(
            report,
            heard_at=now,
            seq_nos=tuple(sorted({*report.seq_nos, seq_no})),
            last_seq_no=seq_no if part.last else report.last_seq_no,
        )
        if report.last_seq_no is not None and not report.missing:
            report = replace(report, completed_at=now)
            for complete in self._on_complete.get(part.action, ()):
                complete(records, station_id, report, _items(records, station_id, key))
        records.put_item(_REPORTS, station_id, key, report)
        return report.completed_at is not None

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone, and its reports with it."""
        for _, key, _ in records.items(_REPORTS, station_id):
            records.delete_items(_PARTS, _owner(station_id, key))
        records.delete_items(_REPORTS, station_id)

    def _put_new(self, records: Records, station_id: StationId, report: Report) -> None:
        for key, _ in records.newest_items(_REPORTS, station_id, KEPT_MAX + 10)[KEPT_MAX - 1 :]:
            records.delete_items(_PARTS, _owner(station_id, key))
            records.delete_item(_REPORTS, station_id, key)
        records.put_item(_REPORTS, station_id, _key(report.request_id, report.action), report)


def _key(request_id: int, action: str) -> str:
    return f"{numbered(request_id)} {action}"


def _owner(station_id: StationId, key: str) -> str:
    return f"{station_id} {key}"


def _items(records: Records, station_id: StationId, key: str) -> list[Any]:
    return [item for _, _, part in records.items(_PARTS, _owner(station_id, key)) for item in part.items]


def _repeated(records: Records, owner: str, part: ReportPart) -> bool:
    if part.seq_no is not None:
        here = records.item(_PARTS, owner, numbered(part.seq_no))
        return here is not None and here.digest == part.digest
    return any(here.digest == part.digest for _, _, here in records.items(_PARTS, owner))


def _told(outcome: CommandOutcome) -> tuple[str, str]:
    """(status, reason) of a report from the answer to its order; an order without answer may still bring it."""
    if isinstance(outcome.result, RawAnswered):
        response = outcome.result.response
        info = response.get("statusInfo")
        reason = (
            f"{info.get('reasonCode', '')} {info.get('additionalInfo', '')}" if isinstance(info, dict) else ""
        )
        return str(response.get("status", "Accepted")), reason.strip()
    if outcome.kind == "timeout":
        return "", outcome.description
    if outcome.kind == "offline":
        return "offline", outcome.description or "the station is not connected"
    return outcome.code or "error", outcome.description
