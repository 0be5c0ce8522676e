"""What markets and grids say about an area: prices and carbon intensity over time."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal

from chargewright.charging.site import Steps
from chargewright.errors import ChargewrightError, InvalidInput

__all__ = ["MarketKind", "MarketPoint", "MarketSeries", "MarketUnavailable"]

MarketKind = Literal["price", "carbon"]

_DAY: Final = timedelta(days=1)
_FILLED: Final = timedelta(minutes=15)


class MarketUnavailable(ChargewrightError):
    """A provider has nothing for us now. `retry_after_s`: as it asks; None: as we think."""

    def __init__(self, why: str, *, provider: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{provider}: {why}")
        self.why = why
        self.provider = provider
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class MarketPoint:
    """The value from `start` until `end`, both UTC."""

    start: datetime
    end: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSeries:
    """What a provider said about an area. Points are in order and do not overlap; there may be gaps between them.

    `unit` is the currency per kWh (`EUR/kWh`), or `g/kWh` of CO2. Prices may be negative.
    """

    provider: str
    area: str
    kind: MarketKind
    unit: str
    points: tuple[MarketPoint, ...]

    def __post_init__(self) -> None:
        where = f"{self.provider} {self.area}"
        for point in self.points:
            if point.start >= point.end:
                raise InvalidInput(
                    f"an interval ends before it begins, at {point.start:%Y-%m-%dT%H:%MZ}", where=where
                )
        for before, after in pairwise(self.points):
            if after.start < before.end:
                raise InvalidInput(f"intervals overlap at {after.start:%Y-%m-%dT%H:%MZ}", where=where)

    @property
    def known_until(self) -> datetime | None:
        """When the last interval ends; None where there is none."""
        return self.points[-1].end if self.points else None

    def gaps(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """Return the stretches of [start, end) about which nothing is known."""
        found: list[tuple[datetime, datetime]] = []
        at = start
        for point in self.points:
            if point.end <= start or point.start >= end:
                continue
            if point.start > at:
                found.append((at, point.start))
            at = max(at, point.end)
        if at < end:
            found.append((at, end))
        return tuple(found)

    def at(self, at: datetime) -> float | None:
        """Return the value at an instant; None where nothing is known."""
        n = bisect_right(self.points, at, key=lambda point: point.start) - 1
        return self.points[n].value if n >= 0 and at < self.points[n].end else None

    def steps(self, start: datetime, end: datetime) -> Steps:
        """Return the values from `start` until `end`; what is not known is filled.

        With what was at the same time of the day before where both are workdays or neither is, else a week before,
        else on any of the seven days before, else with the mean of all that is known.

        Raises:
            InvalidInput: nothing is known at all.

        """
        if not self.points:
            raise InvalidInput("says nothing", where=f"{self.provider} {self.area}")
        marks = {start, *(p.start for p in self.points if start < p.start < end)}
        marks |= {p.end for p in self.points if start < p.end < end}
        for begin, until in self.gaps(start, end):
            at = begin
            while at < until:
                marks.add(at)
                at += _FILLED
        starts: list[datetime] = []
        values: list[float] = []
        for at in sorted(marks):
            known = self.at(at)
            value = self._instead(at) if known is None else known
            if not values or value != values[-1]:
                starts.append(at)
                values.append(value)
        return Steps(tuple(starts[1:]), tuple(values))

    def _instead(self, at: datetime) -> float:
        workday = at.weekday() < 5
        alike = workday == ((at - _DAY).weekday() < 5)
        for days in (*((1,) if alike else ()), 7, *range(1, 7)):
            found = self.at(at - days * _DAY)
            if found is not None:
                return found
        return math.fsum(p.value for p in self.points) / len(self.points)

    def updated(self, newer: "MarketSeries", *, keep_from: datetime) -> "MarketSeries":
        """Return this series with what `newer` says in place of what this says; what ends by `keep_from` is dropped."""
        spans = newer.points
        kept = [
            point
            for point in self.points
            if not spans or point.end <= spans[0].start or point.start >= spans[-1].end
        ]
        points = sorted((*kept, *spans), key=lambda point: point.start)
        return MarketSeries(
            provider=newer.provider,
            area=newer.area,
            kind=newer.kind,
            unit=newer.unit,
            points=tuple(point for point in points if point.end > keep_from),
        )
