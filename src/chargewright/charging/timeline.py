"""A quantity that is constant between instants: plans, limits, composite schedules.

Intervals are [start, end) in UTC; None is "nothing is said here", never a number.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Self

from chargewright.errors import InvalidInput

__all__ = ["Difference", "Piece", "Timeline", "combine", "difference", "minimum", "total"]


class Piece(NamedTuple):
    start: datetime
    end: datetime
    value: int | None


class Difference(NamedTuple):
    start: datetime
    end: datetime
    expected: int | None
    actual: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Values between edges: `values[i]` holds in [`edges[i]`, `edges[i + 1]`).

    Neighbours always differ, so two timelines that say the same are equal. Outside the edges the value is None.
    Make one with `of`, `constant` or `stepped`; the bare constructor only checks shapes.
    """

    edges: tuple[datetime, ...]
    values: tuple[int | None, ...]

    def __post_init__(self) -> None:
        assert len(self.edges) == len(self.values) + 1, (
            f"{len(self.edges)} edges and {len(self.values)} values"
        )

    @classmethod
    def of(cls, pieces: Iterable[tuple[datetime, datetime, int | None]]) -> Self:
        """Make one from pieces in order of time; gaps say None, empty pieces vanish.

        Raises:
            InvalidInput: a piece ends before it starts, overlaps another, bears no time zone, or there is none.

        """
        edges: list[datetime] = []
        values: list[int | None] = []
        for start, end, value in pieces:
            if start.tzinfo is None or end.tzinfo is None:
                raise InvalidInput(f"the piece from {start} has no time zone")
            if end < start:
                raise InvalidInput(f"a piece from {start.isoformat()} ends before it starts")
            if edges and start < edges[-1]:
                raise InvalidInput(f"the piece from {start.isoformat()} overlaps the one before it")
            if end == start:
                continue
            if not edges:
                edges.append(start)
            elif start > edges[-1]:
                _append(edges, values, start, None)
            _append(edges, values, end, value)
        if not edges:
            raise InvalidInput("a timeline needs at least one piece")
        return cls(tuple(edges), tuple(values))

    @classmethod
    def constant(cls, start: datetime, end: datetime, value: int | None) -> Self:
        return cls.of([(start, end, value)])

    @classmethod
    def stepped(cls, steps: Sequence[tuple[datetime, int | None]], end: datetime) -> Self:
        """Make one from (start, value) steps in order of time, the last of which holds until `end`."""
        ends = [start for start, _ in steps[1:]] + [end]
        return cls.of((start, until, value) for (start, value), until in zip(steps, ends, strict=True))

    @property
    def start(self) -> datetime:
        return self.edges[0]

    @property
    def end(self) -> datetime:
        return self.edges[-1]

    def __iter__(self) -> Iterator[Piece]:
        """Yield the pieces in order of time."""
        for i, value in enumerate(self.values):
            yield Piece(self.edges[i], self.edges[i + 1], value)

    def __len__(self) -> int:
        return len(self.values)

    def at(self, instant: datetime) -> int | None:
        """Return the value at `instant`; None outside."""
        i = bisect_right(self.edges, instant) - 1
        return self.values[i] if 0 <= i < len(self.values) else None

    def clip(self, start: datetime, end: datetime) -> Self:
        """Return exactly [start, end): what lies outside is cut off, what was not covered says None."""
        if end <= start:
            raise InvalidInput(f"the window from {start.isoformat()} to {end.isoformat()} is empty")
        edges = [start]
        values: list[int | None] = []
        if self.start > start:
            _append(edges, values, min(self.start, end), None)
        first = max(bisect_right(self.edges, start) - 1, 0)
        for i in range(first, len(self.values)):
            if self.edges[i] >= end:
                break
            if self.edges[i + 1] > start:
                _append(edges, values, min(self.edges[i + 1], end), self.values[i])
        if edges[-1] < end:
            _append(edges, values, end, None)
        return type(self)(tuple(edges), tuple(values))

    def shifted(self, by: timedelta) -> Self:
        """Return the same, later by `by`."""
        return type(self)(tuple(edge + by for edge in self.edges), self.values)

    def map(self, change: Callable[[int], int | None]) -> Self:
        """Return the same with every value changed; None stays None."""
        edges = [self.start]
        values: list[int | None] = []
        for piece in self:
            _append(edges, values, piece.end, None if piece.value is None else change(piece.value))
        return type(self)(tuple(edges), tuple(values))

    def value_seconds(self) -> float:
        """Return the integral over time; None counts as nothing. Tenths of W become tenths of Ws."""
        return sum((p.end - p.start).total_seconds() * p.value for p in self if p.value is not None)


def _append(edges: list[datetime], values: list[int | None], end: datetime, value: int | None) -> None:
    if values and values[-1] == value:
        edges[-1] = end
    else:
        edges.append(end)
        values.append(value)


def combine(
    timelines: Sequence[Timeline], decide: Callable[[tuple[int | None, ...]], int | None]
) -> Timeline:
    """Return what `decide` makes of the values of all timelines at each instant, from first start to last end."""
    if not timelines:
        raise InvalidInput("nothing to combine")
    instants = sorted({edge for timeline in timelines for edge in timeline.edges})
    places = [-1] * len(timelines)
    edges = [instants[0]]
    values: list[int | None] = []
    for i in range(len(instants) - 1):
        now = instants[i]
        present: list[int | None] = []
        for j, timeline in enumerate(timelines):
            place = places[j]
            if timeline.edges[place + 1 if place + 1 < len(timeline.edges) else -1] == now:
                place += 1
                places[j] = place
            present.append(timeline.values[place] if 0 <= place < len(timeline.values) else None)
        _append(edges, values, instants[i + 1], decide(tuple(present)))
    return Timeline(tuple(edges), tuple(values))


def minimum(timelines: Sequence[Timeline]) -> Timeline:
    """Return the lowest of what is said at each instant; None where no timeline says anything."""
    return combine(timelines, lambda present: min((v for v in present if v is not None), default=None))


def total(timelines: Sequence[Timeline]) -> Timeline:
    """Return the sum at each instant; None as soon as one says nothing, for no limit plus ten is no limit."""
    return combine(timelines, _sum)


def _sum(present: tuple[int | None, ...]) -> int | None:
    amount = 0
    for value in present:
        if value is None:
            return None
        amount += value
    return amount


def difference(expected: Timeline, actual: Timeline) -> list[Difference]:
    """Return where the two disagree, in order of time; outside its edges a timeline says None."""
    if expected == actual:
        return []
    instants = sorted({*expected.edges, *actual.edges})
    found: list[Difference] = []
    for start, end in pairwise(instants):
        should, does = expected.at(start), actual.at(start)
        if should == does:
            continue
        if found and found[-1].end == start and found[-1][2:] == (should, does):
            found[-1] = Difference(found[-1].start, end, should, does)
        else:
            found.append(Difference(start, end, should, does))
    return found
