"""Messages on stations' displays: set, replaced, cleared, and compared with what a station says it shows (block O)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from chargewright.clock import Clock, as_utc
from chargewright.csms.commands import Commands
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.reports import Reports
from chargewright.domain.display import (
    ClearMessage,
    DisplayMessage,
    MessageCleared,
    MessageShown,
    ShowMessage,
)
from chargewright.domain.reports import Report
from chargewright.ids import StationId

__all__ = ["DisplayMessages", "KeptMessage"]


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message and how the station took it. `shown` is False once it was refused, cleared or found missing."""

    message: DisplayMessage
    status: str
    shown: bool
    changed_at: datetime
    reason: str = ""
    confirmed_at: datetime | None = None
    """When the station itself last told that it holds it."""


_MESSAGES: Final = Shelf("display-message", KeptMessage)


class DisplayMessages:
    """Orders messages and keeps what became of them."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands, reports: Reports) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._reports = reports
        reports.on_complete("NotifyDisplayMessages", self._told)

    async def show(self, station_id: StationId, message: DisplayMessage) -> KeptMessage:
        """Set a message; id 0 has one chosen. One with the same id is replaced, unless the station refuses.

        Raises:
            UnsupportedByVersion: the station's version has no display messages. Nothing was sent.

        """
        if message.id == 0:
            number = await self._store.commit(lambda records: records.new_number("displayMessageId"))
            message = replace(message, id=number)
        outcome = await self._commands.order(station_id, ShowMessage(message))
        now = self._clock.now()
        if isinstance(outcome.result, MessageShown):
            status, reason = outcome.result.status, outcome.result.reason
        else:
            status, reason = outcome.kind, outcome.code or outcome.description
        kept = KeptMessage(message, status, status == "Accepted", now, reason)

        def work(records: Records) -> None:
            before = records.item(_MESSAGES, station_id, numbered(message.id))
            if kept.shown or before is None or not before.shown:
                records.put_item(_MESSAGES, station_id, numbered(message.id), kept)

        await self._store.commit(work)
        return kept

    async def clear(self, station_id: StationId, message_id: int) -> tuple[str, str]:
        """Clear a message: (status, reason). One that the station does not know is gone too."""
        outcome = await self._commands.order(station_id, ClearMessage(message_id))
        if not isinstance(outcome.result, MessageCleared):
            return outcome.kind, outcome.code or outcome.description
        status = outcome.result.status
        if status in {"Accepted", "Unknown"}:
            await self._store.commit(lambda records: self._gone(records, station_id, message_id, status))
        return status, ""

    def _gone(self, records: Records, station_id: StationId, message_id: int, status: str) -> None:
        key = numbered(message_id)
        kept = records.item(_MESSAGES, station_id, key)
        if kept is not None:
            status = "Cleared" if status == "Accepted" else status
            gone = replace(kept, status=status, shown=False, changed_at=self._clock.now())
            records.put_item(_MESSAGES, station_id, key, gone)

    async def all(self, station_id: StationId) -> list[KeptMessage]:
        """Every message that was ever ordered of or told by the station, by id."""
        rows = await self._store.read(lambda records: records.items(_MESSAGES, station_id))
        return [kept for _, _, kept in rows]

    async def refresh(
        self,
        station_id: StationId,
        *,
        ids: Sequence[int] = (),
        priority: str | None = None,
        state: str | None = None,
    ) -> Report:
        """Ask the station which messages it holds; they are told in parts, and put into `all` when complete."""
        payload: dict[str, object] = {}
        if ids:
            payload["id"] = list(ids)
        if priority is not None:
            payload["priority"] = priority
        if state is not None:
            payload["state"] = state
        report = await self._reports.order(station_id, "GetDisplayMessages", payload)
        if report.status == "Unknown" and priority is None and state is None:
            await self._store.commit(lambda records: self._none_of(records, station_id, ids))
        return report

    def _none_of(self, records: Records, station_id: StationId, ids: Sequence[int]) -> None:
        """The station holds none of these, or none at all."""
        for _, _, kept in records.items(_MESSAGES, station_id):
            if kept.shown and (not ids or kept.message.id in ids):
                self._gone(records, station_id, kept.message.id, "Unknown")

    def _told(self, records: Records, station_id: StationId, _report: Report, items: Sequence[Any]) -> None:
        now = self._clock.now()
        for item in items:
            message = _message(item)
            key = numbered(message.id)
            before = records.item(_MESSAGES, station_id, key)
            changed_at = now if before is None or before.message != message else before.changed_at
            kept = KeptMessage(message, "Accepted", shown=True, changed_at=changed_at, confirmed_at=now)
            records.put_item(_MESSAGES, station_id, key, kept)


class _Content(msgspec.Struct):
    content: str
    format: str
    language: str | None = None


class _Info(msgspec.Struct, rename="camel"):
    """What is read of a MessageInfo as OCPP spells it."""

    id: int
    priority: str
    message: _Content
    state: str | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    transaction_id: str | None = None


def _message(item: Any) -> DisplayMessage:
    told = msgspec.convert(item, _Info)
    return DisplayMessage(
        id=told.id,
        content=told.message.content,
        priority=told.priority,
        format=told.message.format,
        language=told.message.language,
        state=told.state,
        start_at=None if told.start_date_time is None else as_utc(told.start_date_time),
        end_at=None if told.end_date_time is None else as_utc(told.end_date_time),
        transaction=told.transaction_id,
    )
