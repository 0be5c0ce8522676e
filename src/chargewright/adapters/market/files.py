"""Prices and carbon intensity from files: CSV and JSON, read again when they change.

CSV has a header with `start`, if you like `end`, and one column that says what and in which unit:
`EUR_per_kWh` or `EUR_per_MWh` (any currency), `g_per_kWh` or `kg_per_kWh`. JSON has the same words:
`{"column": "EUR_per_MWh", "points": [{"start": "...", "end": "...", "value": 81.2}]}`. Times bear their zone.
"""

import asyncio
import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from chargewright.adapters.market.source import moment, point_of, series_of, until_next
from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries, MarketUnavailable
from chargewright.errors import InvalidInput

__all__ = ["MarketFiles", "read_market_file"]

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
_COLUMN: Final = re.compile(r"(?:([A-Z]{3})_per_(kWh|MWh)|(g|kg)_per_kWh)")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")


class _Point(Struct, forbid_unknown_fields=True):
    start: str
    value: float
    end: str | None = None


class _Document(Struct, forbid_unknown_fields=True):
    column: str
    points: list[_Point]


class MarketFiles:
    """Files of one folder; the area is the name of a file."""

    refresh_s = 15.0
    """A file is looked at so often, and read when it changed."""

    def __init__(self, folder: Path | None, kind: MarketKind) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[tuple[int, int], MarketSeries]] = {}
        self.kind: MarketKind = kind
        self.name = "file" if kind == "price" else "carbon_file"

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """What the file says about [start, end).

        Raises:
            InvalidInput: no folder is configured, or the name is not plain.
            MarketUnavailable: the file is not there, or cannot be used; says the line.

        """
        if self._folder is None:
            raise InvalidInput("needs a folder: market.folder", where=self.name)
        if not _PLAIN_NAME.fullmatch(area):
            raise InvalidInput(f"{area!r} is no plain file name", where=f"{self.name}, area")
        try:
            found = await asyncio.to_thread(self._read, self._folder / area, area)
        except (InvalidInput, OSError) as why:
            raise MarketUnavailable(str(why), provider=self.name) from why
        if found.kind != self.kind:
            raise MarketUnavailable(f"{area} says {found.kind}, not {self.kind}", provider=self.name)
        points = tuple(point for point in found.points if point.end > start and point.start < end)
        if not points:
            raise MarketUnavailable(f"{area} says nothing about this time", provider=self.name)
        return series_of(self.name, area, self.kind, found.unit, points)

    def _read(self, path: Path, area: str) -> MarketSeries:
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        seen = self._seen.get(area)
        if seen is None or seen[0] != stamp:
            seen = self._seen[area] = (stamp, read_market_file(path, provider=self.name))
        return seen[1]


def read_market_file(path: Path, *, provider: str = "file") -> MarketSeries:
    """Read a CSV or a JSON file, told apart by its ending; the area is its name.

    Raises:
        InvalidInput: it cannot be read or used; says the line or the point.
        OSError: it is not there.

    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise InvalidInput(f"is longer than {FILE_BYTES_MAX} bytes", where=path.name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as why:
        raise InvalidInput(f"is not UTF-8: {why}", where=path.name) from why
    column, rows = _json_rows(text, path.name) if path.suffix == ".json" else _csv_rows(text, path.name)
    meant = _COLUMN.fullmatch(column)
    if meant is None:
        raise InvalidInput(
            f"{column!r} names no unit: EUR_per_kWh, EUR_per_MWh, g_per_kWh, ...", where=path.name
        )
    currency, per, mass = meant.groups()
    kind: MarketKind = "price" if currency else "carbon"
    unit = f"{currency}/kWh" if currency else "g/kWh"
    factor = 1e-3 if per == "MWh" else 1e3 if mass == "kg" else 1.0
    return series_of(provider, path.name, kind, unit, _points(rows, factor, path.name))


_Rows = list[tuple[str, str, str | None, float]]
"""Where it stands, start, end, value."""


def _csv_rows(text: str, name: str) -> tuple[str, _Rows]:
    reader = csv.DictReader(io.StringIO(text))
    header = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = header
    named = [column for column in header if _COLUMN.fullmatch(column)]
    if "start" not in header or len(named) != 1:
        raise InvalidInput(
            f"its header is {', '.join(header) or 'missing'}; it needs start, and one of EUR_per_kWh, "
            "EUR_per_MWh, g_per_kWh, kg_per_kWh",
            where=name,
        )
    rows: _Rows = []
    for row in reader:
        where = f"{name}, line {reader.line_num}"
        try:
            value = float(row[named[0]] or "")
        except (TypeError, ValueError) as why:
            raise InvalidInput(f"{row[named[0]]!r} is no number", where=where) from why
        rows.append((where, row["start"] or "", row.get("end") or None, value))
    return named[0], rows


def _json_rows(text: str, name: str) -> tuple[str, _Rows]:
    try:
        told = msgspec.json.decode(text, type=_Document)
    except msgspec.DecodeError as why:
        raise InvalidInput(str(why), where=name) from why
    return told.column, [
        (f"{name}, points[{n}]", one.start, one.end, one.value) for n, one in enumerate(told.points)
    ]


def _points(rows: _Rows, factor: float, name: str) -> Sequence[MarketPoint]:
    if not rows:
        raise InvalidInput("is empty", where=name)
    starts: list[datetime] = []
    for where, start, _, _ in rows:
        at = _moment(start, where)
        if starts and at <= starts[-1]:
            raise InvalidInput("must be in order of time", where=where)
        starts.append(at)
    points: list[MarketPoint] = []
    for (where, _, end, value), at, duration_s in zip(rows, starts, until_next(starts), strict=True):
        lasts_s = duration_s if end is None else (_moment(end, where) - at).total_seconds()
        try:
            points.append(point_of(at, lasts_s, value, factor=factor))
        except ValueError as why:
            raise InvalidInput(str(why), where=where) from why
    return points


def _moment(text: str, where: str) -> datetime:
    try:
        return moment(text.strip())
    except ValueError as why:
        raise InvalidInput(f"{text!r} is no time with its zone", where=where) from why
