"""The log on disk: files of blocks, written once, read from the newest back, the oldest file deleted first.

A block is what came in a fifth of a second: a head that says when and of which stations, and a body of turns, each
what was read or sent in one turn of the loop. Both are MessagePack behind their lengths. A file that a crash cut
short ends at its last whole block.
"""

import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import structlog
from msgspec import Struct

__all__ = ["Block", "Record", "Segments", "Turn"]

log = structlog.get_logger(__name__)

Turn = tuple[int, str, list[str], list[bytes]]
"""(microseconds since 1970, "in" or "out", station ids, texts): kept as it comes, because taking it apart costs more."""

Record = tuple[int, str, str, bytes]
"""One frame of a turn: (microseconds since 1970, station id, "in" or "out", text)."""

_LENGTHS: Final = struct.Struct("<II")
_SUFFIX: Final = ".frames"


class _Head(Struct, array_like=True, frozen=True):
    first: int
    """Number of its first record."""
    count: int
    from_us: int
    until_us: int
    stations: bytes
    """CRC-32 of each station in it, as 32-bit integers: says surely who is not there."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block, its records still on disk."""

    path: Path
    offset: int
    bytes: int
    first: int
    last: int
    from_us: int
    until_us: int
    _stations: "array[int]" = field(repr=False)

    def may_hold(self, station_id: str) -> bool:
        return zlib.crc32(station_id.encode()) in self._stations

    def read(self) -> list[tuple[int, Record]]:
        """The records with their numbers; none where the file has been deleted meanwhile."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                body = file.read(self.bytes)
        except FileNotFoundError:
            return []
        records = (
            (at_us, station, direction, text)
            for at_us, direction, stations, texts in _read_body(body)
            for station, text in zip(stations, texts, strict=True)
        )
        return list(enumerate(records, self.first))


_read_head = msgspec.msgpack.Decoder(_Head).decode
_read_body = msgspec.msgpack.Decoder(list[Turn]).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class _Segment:
    path: Path
    blocks: list[Block] = field(default_factory=list)
    bytes: int = 0


class Segments:
    """The files of one folder. Not thread-safe: one thread writes and reads."""

    def __init__(self, folder: Path, *, bytes_max: int, age_max_s: float) -> None:
        """Take up what is there. `bytes_max` bounds all files together, to within a sixteenth."""
        self._folder = folder
        self._bytes_max = bytes_max
        self._segment_bytes = max(bytes_max // 16, 64 * 1024)
        self._segment_us = int(age_max_s * 1e6 / 16)
        self._age_max_us = int(age_max_s * 1e6)
        folder.mkdir(parents=True, exist_ok=True)
        self._segments = [_take_up(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))]
        blocks = [block for segment in self._segments for block in segment.blocks]
        self.next_number = blocks[-1].last + 1 if blocks else 1
        self._file: BinaryIO | None = None

    def append(self, turns: list[Turn]) -> None:
        """Write one block. Raises OSError where the disk does not take it."""
        here = set().union(*(ids for _, _, ids, _ in turns))
        stations = array("I", sorted({zlib.crc32(station.encode()) for station in here}))
        count = sum(len(texts) for _, _, _, texts in turns)
        head = _Head(self.next_number, count, turns[0][0], turns[-1][0], stations.tobytes())
        head_bytes, body = _encode(head), _encode(turns)
        segment, file = self._open(head.until_us)
        offset = segment.bytes + _LENGTHS.size + len(head_bytes)
        file.write(_LENGTHS.pack(len(head_bytes), len(body)) + head_bytes + body)
        file.flush()
        segment.blocks.append(_block(segment.path, offset, len(body), head, stations))
        segment.bytes = offset + len(body)
        self.next_number += count
        self._forget(head.until_us)

    def newest_first(self) -> Iterator[Block]:
        for segment in reversed(self._segments):
            yield from reversed(segment.blocks)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def bytes(self) -> int:
        return sum(segment.bytes for segment in self._segments)

    def _open(self, at_us: int) -> tuple[_Segment, BinaryIO]:
        if self._file is not None:
            segment = self._segments[-1]
            begun_us = segment.blocks[0].from_us if segment.blocks else at_us
            if segment.bytes < self._segment_bytes and at_us - begun_us < self._segment_us:
                return segment, self._file
            self._file.close()
        segment = _Segment(self._folder / f"{self.next_number:015d}{_SUFFIX}")
        file = self._file = segment.path.open("wb")
        self._segments.append(segment)
        return segment, file

    def _forget(self, now_us: int) -> None:
        total = self.bytes
        while len(self._segments) > 1:
            oldest = self._segments[0]
            too_old = not oldest.blocks or now_us - oldest.blocks[-1].until_us > self._age_max_us
            if total <= self._bytes_max and not too_old:
                return
            total -= oldest.bytes
            oldest.path.unlink(missing_ok=True)
            self._segments.pop(0)


def _block(path: Path, offset: int, length: int, head: _Head, stations: "array[int]") -> Block:
    last = head.first + head.count - 1
    return Block(path, offset, length, head.first, last, head.from_us, head.until_us, stations)


def _take_up(path: Path) -> _Segment:
    """Read the heads of a file that an earlier run wrote."""
    segment = _Segment(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        while len(lengths := file.read(_LENGTHS.size)) == _LENGTHS.size:
            head_bytes, body_bytes = _LENGTHS.unpack(lengths)
            offset = segment.bytes + _LENGTHS.size + head_bytes
            if offset + body_bytes > size:
                break
            try:
                head = _read_head(file.read(head_bytes))
            except msgspec.DecodeError:
                log.warning("message_log_damaged", file=str(path), offset=segment.bytes)
                break
            stations = array("I")
            stations.frombytes(head.stations)
            segment.blocks.append(_block(path, offset, body_bytes, head, stations))
            segment.bytes = offset + body_bytes
            file.seek(segment.bytes)
    return segment
