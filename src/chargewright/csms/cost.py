"""Tariffs, and what transactions cost by them: while they run, and at the end (2.0.1 block I).

Which tariff counts is decided once, when a transaction is known to be somebody's: the token's, else the station's,
the site's, or the default one. A copy is kept with the transaction, so that a change of prices changes no bill.
Running costs follow the station's own reports: each one is a reason to tell the driver, though not too often.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, Literal, get_args

import msgspec
import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.ports import Bus, Records, Shelf, Store
from chargewright.csms.shelves import whole
from chargewright.domain import events
from chargewright.domain.cost import Cost, Stretch, Tariff, cost_of
from chargewright.domain.driver_commands import ShowCost
from chargewright.domain.metering import ENERGY_IMPORT
from chargewright.domain.requests import TransactionReported
from chargewright.domain.transaction import EventKind, Transaction, TransactionEvent, TransactionState
from chargewright.errors import NotFound, StoreUnavailable, UnsupportedByVersion
from chargewright.ids import StationId, TransactionId

__all__ = ["EVERYWHERE", "Costs", "Scope", "stretches_of"]

log = structlog.get_logger(__name__)

Scope = Literal["default", "site", "station"]
"""For whom a tariff counts, the later word first; a token names its own."""

_TARIFFS: Final = Shelf("tariff", Tariff)
_OWNER: Final = "all"
_USES: Final = Shelf("tariff-use", str)
_PINNED: Final = Shelf("transaction-tariff", Tariff)
_COSTS: Final = Shelf("transaction-cost", Cost)
_REPORTED: Final = Shelf("reported-cost", dict)

_CHARGING: Final = frozenset({"Charging"})
_HELD_BACK: Final = frozenset({"SuspendedEVSE"})
"""The EV would charge and may not: neither time counts, for it is not the driver's doing."""

EVERYWHERE: Final = "everywhere"
"""The name that goes with the scope `default`."""

READINGS_MAX: Final = 50_000

_TICK: Final = timedelta(microseconds=1)


class Costs:
    """Keeps tariffs, pins them to transactions, and reckons. A witness of `Transactions`."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, commands: Commands, interval_s: float = 60.0
    ) -> None:
        """`interval_s`: how often at most a station is told the running cost of a transaction."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._commands = commands
        self._interval_s = interval_s
        self._tariffs: dict[str, Tariff] = {}
        self._uses: dict[tuple[str, str], str] = {}
        self._site_of: Callable[[StationId], str | None] = lambda _station_id: None
        self._pinned: dict[TransactionId, Tariff] = {}
        self._told: dict[TransactionId, datetime] = {}
        self._waiting: dict[TransactionId, asyncio.Task[None]] = {}
        self._changed: set[TransactionId] = set()
        self._mute: set[StationId] = set()

    async def load(self) -> None:
        """Take the tariffs, and those of open transactions, from the store."""

        def read(records: Records) -> None:
            self._tariffs = dict(whole(records, _TARIFFS, _OWNER))
            for scope in get_args(Scope):
                for name, tariff_id in whole(records, _USES, scope):
                    self._uses[(scope, name)] = tariff_id
            for transaction in records.open_transactions():
                pinned = records.item(_PINNED, str(transaction.id), "")
                if pinned is not None:
                    self._pinned[transaction.id] = pinned

        await self._store.read(read)
        self._bus.subscribe(
            self._heard,
            events.TransactionBegan,
            events.TransactionUpdated,
            events.TransactionEnded,
            events.StationConnected,
        )

    async def stop(self) -> None:
        """Tell nobody anything any more."""
        for task in list(self._waiting.values()):
            task.cancel()
        await asyncio.gather(*self._waiting.values(), return_exceptions=True)

    # --- tariffs ------------------------------------------------------------------------------------------------

    def tariffs(self) -> list[Tariff]:
        return sorted(self._tariffs.values(), key=lambda tariff: tariff.id)

    def tariff(self, tariff_id: str) -> Tariff:
        """The tariff, or `NotFound`."""
        found = self._tariffs.get(tariff_id)
        if found is None:
            raise NotFound("no such tariff", where=tariff_id)
        return found

    def uses(self) -> list[tuple[str, str, str]]:
        """(scope, name of the site or station, tariff)."""
        return sorted((scope, name, tariff) for (scope, name), tariff in self._uses.items())

    async def put(self, tariff: Tariff) -> None:
        await self._store.commit(lambda records: records.put_item(_TARIFFS, _OWNER, tariff.id, tariff))
        self._tariffs = {**self._tariffs, tariff.id: tariff}

    async def delete(self, tariff_id: str) -> None:
        """Forget a tariff and where it counts. Transactions that began with it keep their copy."""
        self.tariff(tariff_id)
        gone = [use for use, tariff in self._uses.items() if tariff == tariff_id]

        def work(records: Records) -> None:
            records.delete_item(_TARIFFS, _OWNER, tariff_id)
            for scope, name in gone:
                records.delete_item(_USES, scope, name)

        await self._store.commit(work)
        self._tariffs = {key: tariff for key, tariff in self._tariffs.items() if key != tariff_id}
        self._uses = {use: tariff for use, tariff in self._uses.items() if use not in gone}

    async def use(self, scope: Scope, name: str, tariff_id: str | None) -> None:
        """Have `tariff_id` count for a site, a station, or `EVERYWHERE` by default; None ends that."""
        if tariff_id is None:
            await self._store.commit(lambda records: records.delete_item(_USES, scope, name))
            self._uses = {use: tariff for use, tariff in self._uses.items() if use != (scope, name)}
            return
        self.tariff(tariff_id)
        await self._store.commit(lambda records: records.put_item(_USES, scope, name, tariff_id))
        self._uses = {**self._uses, (scope, name): tariff_id}

    def ask_sites(self, site_of: Callable[[StationId], str | None]) -> None:
        """Have `site_of` tell to which site a station belongs; it is called in the writer's thread."""
        self._site_of = site_of

    # --- reckoning, inside the commit of an event -----------------------------------------------------------------

    def witness(
        self,
        records: Records,
        report: TransactionReported,
        before: Transaction | None,
        after: Transaction,
        told: Sequence[TransactionEvent],
    ) -> Decimal | None:
        """Pin the tariff at the start, reckon at the end. The cost returned is for the answer to the station."""
        if report.cost_details:
            records.put_item(
                _REPORTED, str(after.id), "", msgspec.json.decode(report.cost_details, type=dict[str, Any])
            )
        if before is None or (before.id_token is None and after.id_token is not None):
            self._pin(records, after)
        if after.state is not TransactionState.ENDED:
            return None
        tariff = self._pinned.pop(after.id, None) or records.item(_PINNED, str(after.id), "")
        if tariff is None:
            return None
        cost = self._reckon(records, tariff, after, told, at=report.at, final=True)
        records.put_item(_COSTS, str(after.id), "", cost)
        return cost.gross

    def _pin(self, records: Records, transaction: Transaction) -> None:
        if not self._tariffs:
            return
        token = None if transaction.id_token is None else records.token(transaction.id_token)
        station_id = transaction.station_id
        site = self._site_of(station_id) if any(scope == "site" for scope, _ in self._uses) else None
        wanted = (
            None if token is None else token.tariff_id,
            self._uses.get(("station", station_id)),
            self._uses.get(("site", site or "")),
            self._uses.get(("default", EVERYWHERE)),
        )
        tariff = next((self._tariffs[w] for w in wanted if w is not None and w in self._tariffs), None)
        if tariff is not None:
            records.put_item(_PINNED, str(transaction.id), "", tariff)
            self._pinned[transaction.id] = tariff

    def _reckon(
        self,
        records: Records,
        tariff: Tariff,
        transaction: Transaction,
        told: Sequence[TransactionEvent],
        *,
        at: datetime,
        final: bool,
    ) -> Cost:
        marks: list[tuple[datetime, float]] = []
        # 2.x tells its meter in the events; 1.6 beside them, and only some tariffs ask how it went on the way.
        if not tariff.by_the_whole and all(e.seq_no is None for e in told):
            readings = records.readings(transaction_id=transaction.id, limit=READINGS_MAX)
            marks = [
                (reading.at, sample.value)
                for reading in readings
                for sample in reading.samples
                if sample.measurand == ENERGY_IMPORT and sample.phase is None and sample.value is not None
            ]
        return cost_of(tariff, stretches_of(told, marks), at=at, final=final)

    # --- asked --------------------------------------------------------------------------------------------------

    async def cost(self, transaction_id: TransactionId) -> Cost | None:
        """What a transaction costs so far, or cost; None where no tariff counts for it. Raises `NotFound`."""

        def read(records: Records) -> Cost | None:
            transaction = records.transaction(transaction_id)
            if transaction is None:
                raise NotFound("no such transaction", where=str(transaction_id))
            final = records.item(_COSTS, str(transaction_id), "")
            if final is not None and transaction.state is TransactionState.ENDED:
                return final
            tariff = records.item(_PINNED, str(transaction_id), "")
            if tariff is None:
                return None
            told = records.transaction_events(transaction_id)
            return self._reckon(records, tariff, transaction, told, at=self._clock.now(), final=False)

        return await self._store.read(read)

    async def reported(self, transaction_id: TransactionId) -> dict[str, Any] | None:
        """What the station itself reckoned (2.1 costDetails), as it came."""
        return await self._store.read(lambda records: records.item(_REPORTED, str(transaction_id), ""))

    # --- telling the station ---------------------------------------------------------------------------------------

    def _heard(self, event: events.Event) -> None:
        if isinstance(event, events.TransactionUpdated | events.TransactionBegan):
            transaction_id, station_id = event.transaction_id, event.station_id
            if transaction_id not in self._pinned or station_id in self._mute:
                return
            self._changed.add(transaction_id)
            if transaction_id not in self._waiting:
                task = asyncio.get_running_loop().create_task(self._tell(station_id, transaction_id))
                self._waiting[transaction_id] = task
        elif isinstance(event, events.TransactionEnded):
            self._told.pop(event.transaction_id, None)
            self._changed.discard(event.transaction_id)
            self._pinned.pop(event.transaction_id, None)  # closed by us, maybe; the store has it
            task_or_none = self._waiting.pop(event.transaction_id, None)
            if task_or_none is not None:
                task_or_none.cancel()
        elif isinstance(event, events.StationConnected):
            self._mute.discard(event.station_id)  # it may speak another version now

    async def _tell(self, station_id: StationId, transaction_id: TransactionId) -> None:
        try:
            while transaction_id in self._changed:
                told = self._told.get(transaction_id)
                if told is not None:
                    due = told + timedelta(seconds=self._interval_s) - self._clock.now()
                    if due > timedelta():
                        await self._clock.sleep_s(due.total_seconds())
                self._told[transaction_id] = self._clock.now()
                self._changed.discard(transaction_id)  # what comes from here on is told the next time
                await self._show(station_id, transaction_id)
        except StoreUnavailable as why:
            log.warning("cost_not_shown", station_id=station_id, why=str(why))
        finally:
            if self._waiting.get(transaction_id) is asyncio.current_task():
                del self._waiting[transaction_id]

    async def _show(self, station_id: StationId, transaction_id: TransactionId) -> None:
        cost = await self.cost(transaction_id)
        if cost is None or cost.final:
            return
        transaction = await self._store.read(lambda records: records.transaction(transaction_id))
        assert transaction is not None  # its cost was found
        try:
            outcome = await self._commands.order(
                station_id, ShowCost(transaction.wire_id, cost.gross), priority=Priority.REPORT
            )
        except UnsupportedByVersion:
            self._mute.add(station_id)
            return
        if outcome.kind == "error":
            log.info("cost_not_shown", station_id=station_id, code=outcome.code)
            self._mute.add(station_id)


def stretches_of(
    told: Sequence[TransactionEvent], marks: Sequence[tuple[datetime, float]] = ()
) -> list[Stretch]:
    """Cut a transaction at every event and meter value; energy between two known registers goes with time.

    `marks` are registers (Wh) that came beside the events; those that do not lie between the ones of the start and
    the end count from elsewhere (some stations start at zero with each transaction) and are left out.
    """
    said = sorted((e for e in told if e.kind is not EventKind.CLOSED), key=lambda e: (e.at, e.arrival))
    if not said:
        return []
    registers = [e.meter_wh for e in said if e.meter_wh is not None]
    low = min(registers, default=None)
    is_over = any(e.kind is EventKind.ENDED for e in said)
    high = max(registers, default=None) if is_over else None
    # Points of time, in order; several may bear the same time, for many stations count in whole seconds.
    points = [_Point(e.at, e.meter_wh, e.charging_state) for e in said]
    for at, register_wh in marks:
        fits = (low is None or register_wh >= low) and (high is None or register_wh <= high)
        if fits and said[0].at <= at and (at <= said[-1].at or not is_over):
            points.append(_Point(at, register_wh, None))
    points.sort(key=lambda point: point.at)
    stretches: list[Stretch] = []
    state: str | None = None
    for (first, e1), (last, e2) in pairwise(zip(points, _rising(points), strict=True)):
        state = first.state or state
        energy_wh = e2 - e1
        charging: bool | None = energy_wh > 0 if state is None else state in _CHARGING
        stretches.append(
            Stretch(first.at, last.at, energy_wh, charging=None if state in _HELD_BACK else charging)
        )
    return stretches


@dataclass(frozen=True, slots=True)
class _Point:
    at: datetime
    register_wh: float | None
    state: str | None


def _rising(points: Sequence[_Point]) -> list[Decimal]:
    """The register at each point: as told, between two told ones in proportion, and never falling."""
    known = [n for n, point in enumerate(points) if point.register_wh is not None]
    if not known:
        return [Decimal(0)] * len(points)
    energies: list[Decimal] = []
    for n, point in enumerate(points):
        here = bisect_right(known, n)
        before, after = known[max(here - 1, 0)], known[min(here, len(known) - 1)]
        value = _wh(points[before])
        span = points[after].at - points[before].at
        if before < n < after and span:
            share = Decimal((point.at - points[before].at) // _TICK) / Decimal(span // _TICK)
            value += (_wh(points[after]) - value) * share
        energies.append(max(value, energies[-1]) if energies else value)
    return energies


def _wh(point: _Point) -> Decimal:
    """The register as the decimal number that it was told as."""
    return Decimal(str(point.register_wh))
