"""Periodic event streams: opened by stations, adjusted here, their values kept while there is room (OCPP 2.1, N11 to N15).

A message of a stream is never answered, and nothing waits for its commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.told import told, unanswered
from chargewright.domain.answered import Answered
from chargewright.domain.event_stream import (
    AdjustStream,
    AskStreams,
    EventStream,
    StreamClosed,
    StreamDescription,
    StreamOpened,
    StreamOpenedAnswer,
    StreamsTold,
    StreamValues,
)
from chargewright.domain.requests import Acknowledged
from chargewright.errors import NotFound
from chargewright.ids import StationId

__all__ = ["EventStreams", "StreamMessage"]

log = structlog.get_logger(__name__)

STREAMS_MAX: Final = 64
"""Streams that one station may hold open: more than it has variables worth streaming."""

MESSAGES_MAX: Final = 500
"""Messages kept of each stream; a station cannot fill the disk with them."""


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """Values as one message brought them."""

    heard_at: datetime
    values: tuple[tuple[datetime, str], ...]


_STREAMS: Final = Shelf("event-stream", EventStream)
_MESSAGES: Final = Journal(Shelf("event-stream-message", StreamMessage), kept_max=MESSAGES_MAX)
_ACKNOWLEDGED: Final = Acknowledged()


class EventStreams:
    """Keeps which streams are open, and the newest of what they bring."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands

    def handlers(self) -> dict[type, Handler]:
        return {StreamOpened: self._opened, StreamClosed: self._closed}

    def values_told(self, station_id: StationId, told_values: StreamValues) -> None:
        """Take in a message that nobody answers. One of a stream that is not open is dropped: nobody knows its variable."""
        now = self._clock.now()

        def keep(records: Records) -> bool:
            key = numbered(told_values.id)
            stream = records.item(_STREAMS, station_id, key)
            if stream is None:
                return False
            records.put_item(
                _STREAMS, station_id, key, replace(stream, heard_at=now, pending=told_values.pending)
            )
            _MESSAGES.append(
                records, _owner(station_id, told_values.id), StreamMessage(now, told_values.values)
            )
            return True

        def done(known: bool | None, _error: BaseException | None) -> None:
            if known is False:
                log.info("stream_not_open", station_id=station_id, stream=told_values.id)

        self._store.submit(keep, done)

    async def all(self, station_id: StationId) -> list[EventStream]:
        """The streams that are open."""
        rows = await self._store.read(lambda records: records.items(_STREAMS, station_id))
        return [stream for _, _, stream in rows]

    async def messages(self, station_id: StationId, stream_id: int, limit: int) -> list[StreamMessage]:
        """What a stream brought, the newest message first. Raises `NotFound` for one that is not open."""

        def query(records: Records) -> Sequence[StreamMessage] | None:
            if records.item(_STREAMS, station_id, numbered(stream_id)) is None:
                return None
            return _MESSAGES.newest(records, _owner(station_id, stream_id), limit)

        found = await self._store.read(query)
        if found is None:
            raise NotFound("no such stream is open", where=f"{station_id}/{stream_id}")
        return list(found)

    async def adjust(
        self, station_id: StationId, stream_id: int, *, interval_s: int | None, values: int | None
    ) -> Answered:
        """Have a stream come more or less often.

        Raises:
            UnsupportedByVersion: the station's version has no streams. Nothing was sent.

        """
        answer = told(await self._commands.order(station_id, AdjustStream(stream_id, interval_s, values)))
        if answer.accepted:
            await self._store.commit(
                lambda records: self._adjusted(records, station_id, stream_id, interval_s, values)
            )
        return answer

    async def refresh(self, station_id: StationId) -> Answered:
        """Ask the station which streams are open, and believe it."""
        outcome = await self._commands.order(station_id, AskStreams())
        if not isinstance(outcome.result, StreamsTold):
            return unanswered(outcome)
        open_now = {stream.id: stream for stream in outcome.result.streams}
        now = self._clock.now()

        def work(records: Records) -> None:
            known = {stream.description.id: stream for _, _, stream in records.items(_STREAMS, station_id)}
            for stream_id in known.keys() - open_now.keys():
                self._drop(records, station_id, stream_id)
            for stream_id, description in open_now.items():
                before = known.get(stream_id)
                if before is None or before.description.monitor_id != description.monitor_id:
                    self._begin(records, station_id, description, now)
                else:
                    kept = replace(before, description=description)
                    records.put_item(_STREAMS, station_id, numbered(stream_id), kept)

        await self._store.commit(work)
        return Answered("Accepted")

    def forget(self, records: Records, station_id: StationId) -> None:
        for _, _, stream in records.items(_STREAMS, station_id):
            self._drop(records, station_id, stream.description.id)

    # --- inside ----------------------------------------------------------------------------------------------

    def _opened(self, inbound: Inbound) -> None:
        station_id, stream = inbound.station_id, cast("StreamOpened", inbound.request).stream
        now = self._clock.now()

        def work(records: Records) -> StreamOpenedAnswer:
            known = {key for _, key, _ in records.items(_STREAMS, station_id)}
            if numbered(stream.id) not in known and len(known) >= STREAMS_MAX:
                return StreamOpenedAnswer(accepted=False, reason="TooManyStreams")
            self._begin(records, station_id, stream, now)
            return StreamOpenedAnswer(accepted=True)

        def done(answer: StreamOpenedAnswer | None, error: BaseException | None) -> None:
            if answer is None:
                inbound.failed(error)
            else:
                inbound.reply(answer)

        self._store.submit(work, done)

    def _closed(self, inbound: Inbound) -> None:
        station_id, stream_id = inbound.station_id, cast("StreamClosed", inbound.request).id
        inbound.reply_after(
            self._store, lambda records: self._drop(records, station_id, stream_id), _ACKNOWLEDGED
        )

    def _begin(
        self, records: Records, station_id: StationId, stream: StreamDescription, now: datetime
    ) -> None:
        """Open a stream; one with the same id was another one, and its values would be taken for this one's."""
        self._drop(records, station_id, stream.id)
        records.put_item(_STREAMS, station_id, numbered(stream.id), EventStream(stream, now))

    def _drop(self, records: Records, station_id: StationId, stream_id: int) -> None:
        records.delete_item(_STREAMS, station_id, numbered(stream_id))
        _MESSAGES.forget(records, _owner(station_id, stream_id))

    def _adjusted(
        self,
        records: Records,
        station_id: StationId,
        stream_id: int,
        interval_s: int | None,
        values: int | None,
    ) -> None:
        stream = records.item(_STREAMS, station_id, numbered(stream_id))
        if stream is not None:
            described = replace(stream.description, interval_s=interval_s, values=values)
            records.put_item(
                _STREAMS, station_id, numbered(stream_id), replace(stream, description=described)
            )


def _owner(station_id: StationId, stream_id: int) -> str:
    return f"{station_id}/{numbered(stream_id)}"
