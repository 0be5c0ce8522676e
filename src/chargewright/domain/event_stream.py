"""Periodic event streams: values of a monitor in bulk, by messages without answer (OCPP 2.1 part 2, N11 to N15)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

__all__ = [
    "AdjustStream",
    "AskStreams",
    "EventStream",
    "StreamClosed",
    "StreamDescription",
    "StreamOpened",
    "StreamOpenedAnswer",
    "StreamValues",
    "StreamsTold",
]


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """A message each `interval_s`, or each `values` of them, whichever comes first."""

    id: int
    monitor_id: int
    interval_s: int | None = None
    values: int | None = None


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """OpenPeriodicEventStream. Answer: `StreamOpenedAnswer`."""

    stream: StreamDescription


@dataclass(frozen=True, slots=True)
class StreamOpenedAnswer:
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """ClosePeriodicEventStream. Answer: `Acknowledged`."""

    action: ClassVar[str] = "ClosePeriodicEventStream"
    id: int


@dataclass(frozen=True, slots=True)
class StreamValues:
    """NotifyPeriodicEventStream, which nobody answers. `pending`: values that wait at the station."""

    id: int
    pending: int
    values: tuple[tuple[datetime, str], ...]


@dataclass(frozen=True, slots=True)
class AdjustStream:
    """AdjustPeriodicEventStream. Outcome: `Answered`."""

    id: int
    interval_s: int | None
    values: int | None


@dataclass(frozen=True, slots=True)
class AskStreams:
    """GetPeriodicEventStream. Outcome: `StreamsTold`."""


@dataclass(frozen=True, slots=True)
class StreamsTold:
    streams: tuple[StreamDescription, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class EventStream:
    """A stream that is open."""

    description: StreamDescription
    opened_at: datetime
    heard_at: datetime | None = None
    pending: int = 0
