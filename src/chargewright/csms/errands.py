"""Orders that take a station a while: kept one by one, followed by what the station tells of them, to their end."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar

from chargewright.clock import Clock
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.domain import events
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.firmware import FirmwareReply, Progress
from chargewright.domain.requests import Acknowledged
from chargewright.errors import NotFound
from chargewright.ids import StationId

__all__ = ["ACCEPTED", "Errands", "after_answer"]

KEPT_MAX: Final = 50
"""Of one kind and station: enough to look back at."""

ACCEPTED: Final = frozenset({"Accepted", "AcceptedCanceled"})
"""The second one means that it took the place of another (L01.FR.24, N01.FR.12)."""

_ACKNOWLEDGED: Final = Acknowledged()
_NOT_SENT: Final = frozenset({"waiting", "offline", "canceled"})
_HOLDS: Final = frozenset({"done", "canceled", "withdrawn"})


class _Errand(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def progress(self) -> Progress: ...


class _Told(Protocol):
    @property
    def action(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def reason(self) -> str: ...


T = TypeVar("T", bound=_Errand)


class Errands(Generic[T]):
    """One kind of them. `ends` names the statuses that end one, and how; `Idle` says nothing of any."""

    def __init__(
        self,
        shelf: Shelf[T],
        ends: dict[str, Any],
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        changed: Callable[[T, Progress], T],
    ) -> None:
        """`changed` is `replace` with another progress: only the kind itself can be copied that way."""
        self.shelf = shelf
        self._ends = ends
        self._store = store
        self._bus = bus
        self._clock = clock
        self._changed = changed

    async def newest(self, station_id: StationId, limit: int = KEPT_MAX) -> list[T]:
        found = await self._store.read(lambda records: records.newest_items(self.shelf, station_id, limit))
        return [errand for _, errand in found]

    async def one(self, station_id: StationId, number: int) -> T:
        """The one of this number, or `NotFound`."""
        found = await self._store.read(lambda records: self.item(records, station_id, number))
        if found is None:
            raise NotFound(f"no such {self.shelf.name}", where=f"{station_id}/{number}")
        return found

    # --- inside a commit ---------------------------------------------------------------------------------

    def item(self, records: Records, station_id: StationId, number: int) -> T | None:
        return records.item(self.shelf, station_id, numbered(number))

    def put(self, records: Records, station_id: StationId, errand: T) -> T:
        records.put_item(self.shelf, station_id, numbered(errand.number), errand)
        return errand

    def begin(self, records: Records, station_id: StationId, make: Callable[[int], T]) -> T:
        """Keep a new one under a number of its own, and forget the oldest where there are too many."""
        for key, _ in records.newest_items(self.shelf, station_id, KEPT_MAX + 10)[KEPT_MAX - 1 :]:
            records.delete_item(self.shelf, station_id, key)
        return self.put(records, station_id, make(records.new_number("requestId")))

    def cancel_older(
        self, records: Records, station_id: StationId, newer: T, fits: Callable[[T], bool], reason: str
    ) -> None:
        """End those before `newer` that are open."""
        for _, older in records.newest_items(self.shelf, station_id):
            if older.number < newer.number and older.progress.open and fits(older):
                canceled = older.progress.become("canceled", reason)
                self.put(records, station_id, self._changed(older, canceled))

    def meant(
        self,
        records: Records,
        station_id: StationId,
        request_id: int | None,
        fits: Callable[[T], bool] = lambda _: True,
    ) -> T | None:
        """Which one a status is about. Where it names none: the newest that is under way, else the newest sent."""
        if request_id is not None:
            return self.item(records, station_id, request_id)
        sent = [
            errand
            for _, errand in records.newest_items(self.shelf, station_id)
            if errand.progress.state not in _NOT_SENT and fits(errand)
        ]
        return next((errand for errand in sent if errand.progress.open), sent[0] if sent else None)

    # --- what the station says ---------------------------------------------------------------------------

    def heard(
        self,
        inbound: Any,
        find: Callable[[Records], T | None],
        amend: Callable[[T], T] = lambda errand: errand,
    ) -> None:
        """Take a status down for the errand that `find` names, and answer after the commit.

        It is kept among the notices of the station too, also where it is about nothing that we asked for.
        """
        station_id: StationId = inbound.station_id
        told: _Told = inbound.request

        def keep(records: Records) -> T | None:
            now = self._clock.now()
            records.append_notice(station_id, now, told.action, told.content)
            errand = None if told.status == "Idle" else find(records)
            if errand is None:
                return None
            state, before = self._ends.get(told.status, "running"), errand.progress
            if state == "running" and before.state in _HOLDS:
                state = before.state  # told late, or once more
            progress = before.heard(now, told.status, state, told.reason)
            return self.put(records, station_id, amend(self._changed(errand, progress)))

        def done(errand: T | None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            inbound.reply(_ACKNOWLEDGED)
            if errand is not None:
                self.publish(station_id, errand)

        self._store.submit(keep, done)

    def publish(self, station_id: StationId, errand: T) -> None:
        """Tell everybody how far it is."""
        progress, now = errand.progress, self._clock.now()
        self._bus.publish(
            events.ErrandProgressed(
                station_id, self.shelf.name, errand.number, now, progress.state, progress.status
            )
        )

    async def change(self, station_id: StationId, number: int, change: Callable[[Records, T], T]) -> T:
        """Change one as it is by now; durable when this returns, and told."""

        def work(records: Records) -> T:
            errand = self.item(records, station_id, number)
            if errand is None:
                raise NotFound(f"no such {self.shelf.name}", where=f"{station_id}/{number}")
            return self.put(records, station_id, change(records, errand))

        errand = await self._store.commit(work)
        self.publish(station_id, errand)
        return errand

    def changed_later(
        self, station_id: StationId, number: int, change: Callable[[T], T], failed: Callable[[Any], None]
    ) -> None:
        """The same without anybody waiting; nothing where there is none."""

        def work(records: Records) -> T | None:
            errand = self.item(records, station_id, number)
            return None if errand is None else self.put(records, station_id, change(errand))

        self._store.submit(work, partial(self._changed_done, station_id, failed))

    def _changed_done(
        self,
        station_id: StationId,
        failed: Callable[[Any], None],
        errand: T | None,
        error: BaseException | None,
    ) -> None:
        if error is not None:
            failed(error)
        elif errand is not None:
            self.publish(station_id, errand)


def after_answer(progress: Progress, outcome: CommandOutcome) -> Progress:
    """The progress after the answer to the order. A status that overtook the answer knows better than it."""
    if progress.state != "asked":
        return progress
    if outcome.kind == "offline":
        return progress.become("offline", outcome.description or "the station is not connected")
    if outcome.kind == "timeout":
        return progress.become("asked", outcome.description)
    if not isinstance(outcome.result, FirmwareReply):
        return progress.become("refused", f"{outcome.code}: {outcome.description}".strip(": "))
    reply = outcome.result
    if reply.status in ACCEPTED:
        return progress.become("running")
    return progress.become("refused", f"{reply.status} {reply.reason}".rstrip())
