"""A transaction is a pure fold over the events that were stored for it: any order of arrival gives the same record.

    (none) --started--> ACTIVE --ended--> ENDED
    (none) --updated--> ACTIVE (suspect: begun before we heard of it)
    (none) --ended----> ENDED  (suspect: stop without start)
    ACTIVE --closed---> ENDED  (we closed it, for want of an ending; says by whom and why, and no meter value)

The first ending that arrived wins; one that says something else is kept beside it and flagged. A closing of ours
gives way to an ending of the station's, however late, and to later events that show that it still runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, StationId, TransactionId

__all__ = ["EventKind", "Transaction", "TransactionEvent", "TransactionState", "fold"]

T = TypeVar("T")


class EventKind(StrEnum):
    """Which part of a transaction's life an event tells."""

    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"
    CLOSED = "closed"
    """Not the station's word: we gave up waiting for an ending. `reason` says why."""


_RANK = {EventKind.STARTED: 0, EventKind.UPDATED: 1, EventKind.ENDED: 2, EventKind.CLOSED: 3}
_STOP_TRIGGER = "StopAuthorized"

GAPS_MAX = 20
"""Gaps in the sequence numbers that are named; a station that counts in thousands would have us name them all."""


class TransactionState(StrEnum):
    """Whether energy may still flow in it."""

    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TransactionEvent:
    """One stored fact about a transaction. `wire_id` is the id as the station says it.

    `seq_no` orders the events of 2.x; 1.6 has none. `arrival` is the store's
    count of events, given when it is appended: the last tie-break.
    `digest` tells a repeated event from another one.
    """

    kind: EventKind
    station_id: StationId
    wire_id: str
    at: datetime
    digest: str
    arrival: int = 0
    evse_id: EvseId | None = None
    connector_id: int | None = None
    seq_no: int | None = None
    id_token: str | None = None
    meter_wh: float | None = None
    reason: str | None = None
    charging_state: str | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    offline: bool = False
    suspect: str = ""
    trigger: str = ""
    """What made the station say it (2.x triggerReason)."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is true of a transaction after all events so far. Energy is None until both ends are known."""

    id: TransactionId
    wire_id: str
    station_id: StationId
    state: TransactionState
    evse_id: EvseId | None = None
    connector_id: int | None = None
    id_token: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    meter_start_wh: float | None = None
    meter_stop_wh: float | None = None
    stopped_by: str | None = None
    reason: str | None = None
    charging_state: str | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    suspect: tuple[str, ...] = ()
    closed: str = ""
    """Why we closed it ourselves; empty where the station ended it."""
    missing_seq_nos: tuple[tuple[int, int], ...] = ()
    """Ranges (first, last) of sequence numbers that never came (2.x); the first twenty."""
    offline_events: int = 0
    """How many of its events the station could only tell later."""

    @property
    def complete(self) -> bool:
        """Nothing that the station has to tell of it is known to be missing."""
        return self.state is TransactionState.ENDED and not self.closed and not self.missing_seq_nos

    @property
    def energy_wh(self) -> float | None:
        """A register that ran backwards makes the transaction suspect and counts for nothing until it is looked at."""
        if self.meter_start_wh is None or self.meter_stop_wh is None:
            return None
        return max(self.meter_stop_wh - self.meter_start_wh, 0.0)


def fold(transaction_id: TransactionId, events: Iterable[TransactionEvent]) -> Transaction:
    """The record that these events add up to, whatever order they are given in.

    Raises:
        InvalidInput: there are no events at all.

    """
    stored = sorted(events, key=_order)
    ordered = [e for e in stored if e.kind is not EventKind.CLOSED] or stored
    if not ordered:
        raise InvalidInput("a transaction without events", where=f"transaction {transaction_id}")
    starts = [e for e in ordered if e.kind is EventKind.STARTED]
    ends = sorted((e for e in ordered if e.kind is EventKind.ENDED), key=lambda e: (e.arrival, e.digest))
    start = starts[0] if starts else None
    end = ends[0] if ends else None
    closing = None if end else _closing(stored)
    over = end or closing
    begun = start or min(ordered, key=lambda e: (e.at, e.arrival, e.digest))
    metered = [e for e in ordered if e.meter_wh is not None and e is not end]
    meter_start = (
        start.meter_wh if start and start.meter_wh is not None else (metered[0].meter_wh if metered else None)
    )
    states = [e.charging_state for e in ordered if e.charging_state is not None]
    stops = [e.id_token for e in ordered if e.trigger == _STOP_TRIGGER and e.id_token is not None]
    return Transaction(
        id=transaction_id,
        wire_id=ordered[0].wire_id,
        station_id=ordered[0].station_id,
        state=TransactionState.ENDED if over else TransactionState.ACTIVE,
        evse_id=_first(e.evse_id for e in ordered),
        connector_id=_first(e.connector_id for e in ordered),
        id_token=_first(
            e.id_token for e in ordered if e.kind is not EventKind.ENDED and e.trigger != _STOP_TRIGGER
        ),
        started_at=begun.at if start or end is None else None,
        ended_at=over.at if over else None,
        meter_start_wh=meter_start,
        meter_stop_wh=end.meter_wh if end else None,
        stopped_by=(end.id_token if end else None) or (stops[-1] if stops else None),
        reason=over.reason if over else None,
        charging_state=None if over or not states else states[-1],
        reservation_id=_first(e.reservation_id for e in ordered),
        remote_start_id=_first(e.remote_start_id for e in ordered),
        suspect=_suspicions(ordered, start, end, ends, meter_start),
        closed="" if closing is None else (closing.suspect or "closed here"),
        missing_seq_nos=_missing(ordered, has_start=start is not None),
        offline_events=sum(e.offline for e in ordered),
    )


def _closing(stored: list[TransactionEvent]) -> TransactionEvent | None:
    """The closing of ours that still holds: nothing newer was told of the transaction after it."""
    closings = [e for e in stored if e.kind is EventKind.CLOSED]
    if not closings:
        return None
    last = max(closings, key=lambda e: (e.arrival, e.digest))
    went_on = any(
        e.arrival > last.arrival and e.at > last.at for e in stored if e.kind is not EventKind.CLOSED
    )
    return None if went_on else last


def _missing(ordered: list[TransactionEvent], *, has_start: bool) -> tuple[tuple[int, int], ...]:
    """Gaps between the sequence numbers told; from 0 on where even the start is missing."""
    numbers = sorted({e.seq_no for e in ordered if e.seq_no is not None})
    if not numbers:
        return ()
    gaps = [] if has_start or numbers[0] == 0 else [(0, numbers[0] - 1)]
    for before, after in pairwise(numbers):
        if after > before + 1:
            gaps.append((before + 1, after - 1))
    return tuple(gaps[:GAPS_MAX])


def _order(event: TransactionEvent) -> tuple[int, int, datetime, int, str]:
    """(seqNo | kind), station time, arrival: durability notes of the docs, "the fold"."""
    rank = _RANK[event.kind]
    return (event.seq_no if event.seq_no is not None else rank, rank, event.at, event.arrival, event.digest)


def _suspicions(
    ordered: list[TransactionEvent],
    start: TransactionEvent | None,
    end: TransactionEvent | None,
    ends: list[TransactionEvent],
    meter_start_wh: float | None,
) -> tuple[str, ...]:
    found = {e.suspect for e in ordered if e.suspect}
    numbers = [e.seq_no for e in ordered if e.seq_no is not None]
    if len(set(numbers)) < len(numbers):
        found.add("two events bear the same seqNo")
    if start is None:
        found.add(
            "stop without start" if end and len(ordered) == len(ends) else "begun before we heard of it"
        )
    if end and any((e.meter_wh, e.at, e.reason) != (end.meter_wh, end.at, end.reason) for e in ends[1:]):
        found.add("another stop with other values is kept beside the first")
    if end and end.meter_wh is not None and meter_start_wh is not None and end.meter_wh < meter_start_wh:
        found.add("the meter ran backwards")
    if start and end and end.at < start.at:
        found.add("it ended before it started")
    return tuple(sorted(found))


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
