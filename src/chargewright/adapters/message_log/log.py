"""The OCPP log: every frame of every station, kept for a while, found by station, action, time, id and outcome.

It is for people who look for what went wrong, not for the books: frames of the last fifth of a second are lost with
a process that is killed, and a disk that is full costs the log, never a station's answer.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from chargewright.adapters.message_log.redaction import redact
from chargewright.adapters.message_log.segments import Record, Segments, Turn
from chargewright.clock import Clock
from chargewright.domain.logged import Direction, FrameKind, LoggedMessage, Wanted
from chargewright.ids import StationId
from chargewright.ocpp.frames import (
    UNREADABLE,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Send,
    misshapen,
    read_frame,
)

__all__ = ["FileMessageLog", "OfStation"]

log = structlog.get_logger(__name__)

FLUSH_S: Final = 0.2
FRAMES_MAX: Final = 20_000
"""What may wait to be written; more is dropped and counted, because the disk does not keep up."""

_CALL_US: Final = 180_000_000
"""How long before its answer a call is looked for."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class OfStation(Protocol):
    """Whoever a frame came by: a session of the station port, or a link."""

    @property
    def station_id(self) -> StationId: ...


class FileMessageLog:
    """Implements `ports.MessageLog`; `keep` is what the station port calls with each frame."""

    def __init__(
        self,
        folder: Path | None,
        *,
        clock: Clock,
        bytes_max: int = 256 * 1024 * 1024,
        age_max_s: float = 30 * 86_400.0,
    ) -> None:
        """`folder` None keeps the frames in a temporary one, for a database in memory."""
        self._folder = folder
        self._clock = clock
        self._bytes_max = bytes_max
        self._age_max_s = age_max_s
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._segments: Segments | None = None
        self._pending: list[Turn] = []
        self._pending_frames = 0
        self._turn_s = -1.0
        self._at_us = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="message-log")
        self._loop: asyncio.AbstractEventLoop | None = None
        self.dropped = 0
        """Frames that were not kept, since the start."""

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        folder = self._folder
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="chargewright-log-")
            folder = Path(self._temporary.name)
        self._segments = await self._loop.run_in_executor(self._writer, self._open, folder)

    async def stop(self) -> None:
        if self._loop is None or self._segments is None:
            return
        await self._flushed()
        await self._loop.run_in_executor(self._writer, self._segments.close)
        self._writer.shutdown()
        if self._temporary is not None:
            self._temporary.cleanup()

    def keep(self, direction: str, frames: Sequence[tuple["OfStation", bytes]]) -> None:
        """Take the frames of one turn of the loop. On the path of every message, hence as little as can be."""
        count = len(frames)
        if self._pending_frames + count > FRAMES_MAX:
            self.dropped += count
            return
        loop = self._loop
        assert loop is not None, "frames come after the start"
        turn_s = loop.time()
        if turn_s != self._turn_s:  # the loop's own time stands still within a turn, or within a millisecond
            self._turn_s, self._at_us = turn_s, (self._clock.now() - _EPOCH) // _MICROSECOND
        at_us = self._at_us
        if not self._pending:
            loop.call_later(FLUSH_S, self._flush)
        ids: list[str] = [session.station_id for session, _ in frames]
        texts = [text for _, text in frames]
        self._pending.append((at_us, direction, ids, texts))
        self._pending_frames += count

    async def search(self, station_id: StationId, wanted: Wanted) -> list[LoggedMessage]:
        """Look for frames: the newest last; with `wanted.after` the oldest `limit` of those that follow it."""
        assert self._loop is not None
        assert self._segments is not None
        await self._flushed()
        return await self._loop.run_in_executor(
            self._writer, _search, self._segments, str(station_id), wanted
        )

    # --- inside ----------------------------------------------------------------------------------------------

    def _open(self, folder: Path) -> Segments:
        return Segments(folder, bytes_max=self._bytes_max, age_max_s=self._age_max_s)

    def _flush(self) -> None:
        if self._pending and self._segments is not None:
            pending, self._pending, self._pending_frames = self._pending, [], 0
            self._writer.submit(self._write, pending)

    async def _flushed(self) -> None:
        self._flush()
        assert self._loop is not None
        await self._loop.run_in_executor(self._writer, _nothing)

    def _write(self, turns: list[Turn]) -> None:
        assert self._segments is not None
        for _, direction, _, texts in turns:
            redact(direction, texts)
        try:
            self._segments.append(turns)
        except OSError:
            frames = sum(len(texts) for _, _, _, texts in turns)
            self.dropped += frames
            log.exception("message_log_not_written", frames=frames)


def _nothing() -> None:
    """What runs after it knows that all before it is done."""


# --- reading ---------------------------------------------------------------------------------------------------


def _search(segments: Segments, station_id: str, wanted: Wanted) -> list[LoggedMessage]:
    """Blocks from the newest back; a block's answers find their calls in it or in the blocks before."""
    found: list[LoggedMessage] = []  # the newest first
    orphans: dict[tuple[str, str], LoggedMessage] = {}
    since_us = 0 if wanted.since is None else (wanted.since - _EPOCH) // _MICROSECOND
    ends_us, fitting = None, 0
    for block in segments.newest_first():
        if block.until_us < since_us or block.last <= (wanted.after or 0):
            ends_us = block.until_us if ends_us is None else ends_us
            if not orphans or block.until_us < ends_us - _CALL_US:
                break  # till then an answer's call may still be here
        if not block.may_hold(station_id):
            continue
        messages = [_message(number, record) for number, record in block.read() if record[1] == station_id]
        _pair(messages, orphans)
        found += reversed(messages)
        fitting += sum(map(wanted.fits, messages))
        if wanted.after is None and fitting >= wanted.limit:
            break
    fits = [message for message in reversed(found) if wanted.fits(message)]
    return fits[: wanted.limit] if wanted.after is not None else fits[-wanted.limit :]


def _message(number: int, record: Record) -> LoggedMessage:
    at_us, _, direction, text = record
    kind: FrameKind = "UNREADABLE"
    message_id, action, outcome = None, None, None
    try:
        frame = read_frame(text)
    except UNREADABLE:
        message_id = misshapen(text).message_id
    else:
        message_id = frame.message_id
        match frame:
            case Call():
                kind, action, outcome = "CALL", frame.action, "unanswered"
            case CallResult():
                kind, outcome = "CALLRESULT", "answered"
            case CallError():
                kind, outcome = "CALLERROR", frame.code
            case CallResultError():
                kind, outcome = "CALLRESULTERROR", frame.code
            case Send():
                kind, action = "SEND", frame.action
    return LoggedMessage(
        number,
        _EPOCH + timedelta(microseconds=at_us),
        _DIRECTIONS[direction],
        kind,
        message_id,
        action,
        outcome,
        None,
        text.decode(errors="replace"),
    )


_DIRECTIONS: Final[dict[str, Direction]] = {"in": "in", "out": "out"}


def _pair(messages: list[LoggedMessage], orphans: dict[tuple[str, str], LoggedMessage]) -> None:
    """Bring calls and answers together, from the newest back: `orphans` are answers whose call is older."""
    for message in reversed(messages):
        if message.message_id is None:
            continue
        if message.kind in {"CALLRESULT", "CALLERROR"}:
            orphans[message.direction, message.message_id] = message
        elif message.kind == "CALL":
            other = "out" if message.direction == "in" else "in"
            answer = orphans.pop((other, message.message_id), None)
            if answer is not None:
                answer.action, message.outcome = message.action, answer.outcome
                took_ms = round((answer.at - message.at) / timedelta(milliseconds=1), 3)
                answer.answered_after_ms = message.answered_after_ms = took_ms
