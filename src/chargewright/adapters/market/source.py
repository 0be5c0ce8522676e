"""One GET to a public API, and what is wrong when it fails, in one line. Times of day and units are the callers'."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import httpx2
import msgspec

from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries, MarketUnavailable
from chargewright.errors import InvalidInput

__all__ = ["HttpSource", "moment", "point_of", "points_from", "series_of", "spans", "until_next"]

TIMEOUT_S: Final = 20.0
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
"""A year of quarter hours in XML has five."""

_SHOWN: Final = 200


class HttpSource:
    """A public API under one URL."""

    def __init__(self, name: str, url: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._transport = transport

    async def get(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the body of a 200 answer.

        Raises:
            MarketUnavailable: no answer in time, another status, or an answer that is too long.

        """
        try:
            async with httpx2.AsyncClient(
                transport=self._transport, timeout=TIMEOUT_S, follow_redirects=False
            ) as client:
                answer = await client.get(
                    f"{self._url}{path}", params=dict(query or {}), headers=dict(headers or {})
                )
        except httpx2.TimeoutException as why:
            raise self.failed(f"no answer within {TIMEOUT_S:g} s ({type(why).__name__})") from why
        except (httpx2.HTTPError, httpx2.InvalidURL) as why:
            raise self.failed(f"cannot be reached: {why or type(why).__name__}") from why
        if answer.status_code != 200:
            raise self.failed(
                f"HTTP {answer.status_code}{_said(answer.content)}", retry_after_s=_retry_after_s(answer)
            )
        if len(answer.content) > ANSWER_BYTES_MAX:
            raise self.failed(f"an answer of {len(answer.content)} bytes, at most {ANSWER_BYTES_MAX}")
        return answer.content

    async def get_json(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the decoded body. Raises `MarketUnavailable` as `get` does, or where it is not JSON."""
        body = await self.get(path, query=query, headers=headers)
        try:
            return msgspec.json.decode(body)
        except msgspec.DecodeError as why:
            raise self.failed(f"the answer is not JSON ({why}){_said(body)}") from why

    def read(self, reader: Callable[[Any], list[MarketPoint]], raw: object) -> list[MarketPoint]:
        """Return what `reader` makes of an answer. Raises `MarketUnavailable` where it cannot make anything of it."""
        try:
            return reader(raw)
        except (msgspec.ValidationError, ValueError, LookupError, OverflowError, OSError) as why:
            raise self.failed(f"the answer is not as expected: {why}") from why

    def failed(self, why: str, *, retry_after_s: float | None = None) -> MarketUnavailable:
        """Return what went wrong, under the provider's name."""
        return MarketUnavailable(why, provider=self._name, retry_after_s=retry_after_s)

    def series(self, area: str, kind: MarketKind, unit: str, points: Sequence[MarketPoint]) -> MarketSeries:
        """Return the series. Raises `MarketUnavailable` for one that is empty or does not fit together."""
        if not points:
            raise self.failed(f"says nothing about {area} in this time")
        try:
            return series_of(self._name, area, kind, unit, points)
        except InvalidInput as why:
            raise self.failed(str(why)) from why


def series_of(
    provider: str, area: str, kind: MarketKind, unit: str, points: Sequence[MarketPoint]
) -> MarketSeries:
    """Return points as a series, in order of time. Raises `InvalidInput` where intervals overlap."""
    ordered = tuple(sorted(points, key=lambda point: point.start))
    return MarketSeries(provider=provider, area=area, kind=kind, unit=unit, points=ordered)


def moment(text: str) -> datetime:
    """Read an instant of ISO 8601 that bears its zone. Raises `ValueError`."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} bears no zone")
    return at.astimezone(UTC)


def point_of(start: datetime, duration_s: float, value: object, *, factor: float = 1.0) -> MarketPoint:
    """Return a point whose value is scaled. Raises `ValueError` for a value that is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number, at {start:%Y-%m-%dT%H:%MZ}")
    return MarketPoint(start, start + timedelta(seconds=duration_s), value * factor)


def until_next(starts: Sequence[datetime]) -> list[float]:
    """Return how long each interval lasts in s, where only their starts are told.

    As long as most of its neighbours, and never beyond the next start: so a missing quarter of an hour is a gap, and
    not a longer quarter before it, and a market that goes over from hours to quarters is read rightly.
    """
    distances = [(b - a).total_seconds() for a, b in pairwise(starts)]
    if not distances:
        return [3600.0] * len(starts)
    found: list[float] = []
    for n, own in enumerate(distances):
        counts = Counter(distances[max(n - 2, 0) : n + 3])
        usual = max(counts, key=lambda length: (counts[length], length == own, -length))
        found.append(min(usual, own))
    return [*found, found[-1]]


def points_from(
    starts: Sequence[datetime], values: Sequence[float | None], *, factor: float = 1.0
) -> list[MarketPoint]:
    """Return the points of an API that tells only their starts; where it has null there is a gap."""
    return [
        point_of(at, duration_s, value, factor=factor)
        for at, duration_s, value in zip(starts, until_next(starts), values, strict=True)
        if value is not None
    ]


def spans(start: datetime, end: datetime, longest: timedelta) -> list[tuple[datetime, datetime]]:
    """Cut a stretch of time into parts that an API takes at once."""
    found: list[tuple[datetime, datetime]] = []
    at = start
    while at < end:
        found.append((at, min(at + longest, end)))
        at = found[-1][1]
    return found


def _said(body: bytes) -> str:
    text = " ".join(body[: 4 * _SHOWN].decode(errors="replace").split())
    return f": {text[:_SHOWN]}" if text else ""


def _retry_after_s(answer: httpx2.Response) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdecimal() and len(told) <= 6 else None
