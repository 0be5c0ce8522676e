"""Transactions: every event is stored once, the record is the fold of the events, and the answer leaves after
the commit (OCPP 1.6 4.8 and 4.10, 2.0.1 block E).

A repeated StartTransaction gets the id it got before; a second stop changes nothing; a stop or a meter value
for a transaction that this station never had is kept as an orphan and confirmed, because a refused message
is a lost one. A transaction that never ends is closed by us once there is evidence, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from chargewright.clock import Clock
from chargewright.csms.authorization import authorize, may_stop
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ports import Bus, Records, Store
from chargewright.domain import events
from chargewright.domain.metering import Reading
from chargewright.domain.requests import TokenInfo, TransactionAnswer, TransactionReported
from chargewright.domain.token import AuthorizationStatus
from chargewright.domain.transaction import EventKind, Transaction, TransactionEvent, TransactionState, fold
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import StationId, TransactionId

__all__ = ["Transactions", "Witness"]

_NEVER_ACKNOWLEDGED = frozenset({"-1", "0", ""})
"""Ids that several transactions of a station may share: it never got ours (1.6 errata 3.54)."""

DISPLACED = "another transaction began on its EVSE"
JOINED = "the station never got its id: joined to its only open transaction"


class Witness(Protocol):
    """Somebody whose records belong in the same commit as a transaction's (cost, reservations)."""

    def witness(
        self,
        records: Records,
        report: TransactionReported,
        before: Transaction | None,
        after: Transaction,
        told: Sequence[TransactionEvent],
    ) -> Decimal | None:
        """A new event was stored; `told` is all that was. What is returned is the cost to tell the station."""
        ...


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one report changed."""

    transaction: Transaction
    is_new_event: bool
    began: bool
    ended: bool
    info: TokenInfo | None
    total_cost: Decimal | None = None
    displaced: tuple[Transaction, ...] = ()


class Transactions:
    """Keeps the open transactions in memory beside the store, for those who must know them at once."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        live: LiveMeters,
        witnesses: Sequence[Witness] = (),
        master_pass_group: str | None = None,
    ) -> None:
        self._witnesses = witnesses
        self._master_pass_group = master_pass_group
        self._store = store
        self._bus = bus
        self._clock = clock
        self._live = live
        self._open: dict[TransactionId, Transaction] = {}
        self._by_wire_id: dict[tuple[StationId, str], TransactionId] = {}
        self._by_station: dict[StationId, set[TransactionId]] = {}

    async def load(self) -> None:
        """Take the open transactions and their newest meter values from the store."""
        for transaction in await self._store.read(lambda records: records.open_transactions()):
            self._remember(transaction)
        for station_id, reading in await self._store.read(lambda records: records.latest_readings()):
            self._live.update(station_id, (reading,))

    def open(self) -> list[Transaction]:
        return list(self._open.values())

    def open_of(self, station_id: StationId) -> list[Transaction]:
        """The open transactions of one station."""
        return [self._open[number] for number in sorted(self._by_station.get(station_id, ()))]

    def known(self, station_id: StationId, wire_id: str) -> TransactionId | None:
        """The open transaction that the station calls `wire_id`."""
        return self._by_wire_id.get((station_id, wire_id))

    # --- one report, inside the transaction of the store ---------------------------------------------------

    def store(self, records: Records, station_id: StationId, report: TransactionReported) -> _Stored:
        """Store one report. Runs inside a commit, in order of arrival; the same report twice changes nothing."""
        transaction_id, wire_id, is_new, joined = self._identify(records, station_id, report)
        event = TransactionEvent(
            kind=report.kind,
            station_id=station_id,
            wire_id=wire_id,
            at=report.at,
            digest=report.digest,
            evse_id=report.evse_id,
            connector_id=report.connector_id,
            seq_no=report.seq_no,
            id_token=report.id_token,
            meter_wh=report.meter_wh,
            reason=report.reason,
            charging_state=report.charging_state,
            reservation_id=report.reservation_id,
            remote_start_id=report.remote_start_id,
            offline=report.offline,
            suspect=joined or report.suspect,
            trigger=report.trigger,
        )
        before = records.transaction(transaction_id)
        is_new_event = records.append_transaction_event(transaction_id, event)
        total_cost: Decimal | None = None
        displaced: tuple[Transaction, ...] = ()
        if is_new_event:
            told = records.transaction_events(transaction_id)
            after = fold(transaction_id, told)
            records.put_transaction(after)
            if report.readings:
                records.append_readings(station_id, _of_transaction(report.readings, after))
            if after.evse_id is not None and (before is None or before.evse_id is None):
                displaced = self._displace(records, after)
            for witness in self._witnesses:
                cost = witness.witness(records, report, before, after, told)
                total_cost = total_cost if cost is None else cost
        else:
            after = before or fold(transaction_id, [event])
        return _Stored(
            after,
            is_new_event,
            began=is_new and after.state is TransactionState.ACTIVE,
            ended=is_new_event
            and after.state is TransactionState.ENDED
            and (before is None or before.state is TransactionState.ACTIVE),
            info=self._info(records, station_id, report, after),
            total_cost=total_cost,
            displaced=displaced,
        )

    def _displace(self, records: Records, newer: Transaction) -> tuple[Transaction, ...]:
        """Close what the station still had open on this EVSE: it carries one transaction at a time."""
        if newer.state is not TransactionState.ACTIVE or newer.started_at is None:
            return ()
        return tuple(
            self._close(records, older, at=newer.started_at, by=DISPLACED, reason="Displaced")
            for older in records.open_transactions(newer.station_id)
            if older.evse_id == newer.evse_id
            and older.id != newer.id
            and older.started_at is not None
            and older.started_at < newer.started_at
        )

    def _close(
        self, records: Records, open_one: Transaction, *, at: datetime, by: str, reason: str
    ) -> Transaction:
        closing = TransactionEvent(
            kind=EventKind.CLOSED,
            station_id=open_one.station_id,
            wire_id=open_one.wire_id,
            at=at,
            digest=f"closed {at.isoformat()} {by}",
            reason=reason,
            suspect=by,
        )
        records.append_transaction_event(open_one.id, closing)
        closed = fold(open_one.id, records.transaction_events(open_one.id))
        records.put_transaction(closed)
        return closed

    def _identify(
        self, records: Records, station_id: StationId, report: TransactionReported
    ) -> tuple[TransactionId, str, bool, str]:
        """(our id, the station's word for it, whether it is new, what is odd about how it was found)."""
        if report.wire_id is None:
            known = records.transaction_of_start(station_id, report.digest)
            transaction_id = known if known is not None else records.new_transaction_id()
            return transaction_id, str(transaction_id), known is None, ""
        wire_id = report.wire_id
        if wire_id in _NEVER_ACKNOWLEDGED:
            wire_id = f"{wire_id}#{report.digest[:12]}"
        known = records.find_transaction(station_id, wire_id)
        if known is not None:
            return known, wire_id, False, ""
        if report.wire_id in _NEVER_ACKNOWLEDGED and report.kind is EventKind.ENDED:
            meant = [t for t in records.open_transactions(station_id) if _may_end(t, report)]
            if len(meant) == 1:
                return meant[0].id, wire_id, False, JOINED
        return records.new_transaction_id(), wire_id, True, ""

    def _info(
        self, records: Records, station_id: StationId, report: TransactionReported, after: Transaction
    ) -> TokenInfo | None:
        if not report.token_asked:
            return None
        id_token = report.id_token or ""
        stopping = report.kind is EventKind.ENDED or report.trigger == "StopAuthorized"
        info = authorize(
            records,
            id_token,
            at=self._clock.now(),
            kind=report.token_kind,
            # Where and on how many EVSEs a token may charge does not bind it when it wants to stop.
            station_id=None if stopping else station_id,
            evse_id=None if stopping else after.evse_id,
            starting=None if stopping else after.id,
        )
        if not stopping or info.status is AuthorizationStatus.UNKNOWN:
            return info
        if may_stop(
            records,
            started_with=after.id_token,
            id_token=id_token,
            master_pass_group=self._master_pass_group,
        ):
            return info
        return replace(info, status=AuthorizationStatus.INVALID)

    # --- after the commit ------------------------------------------------------------------------------------

    def stored(
        self, station_id: StationId, report: TransactionReported, stored: _Stored
    ) -> TransactionAnswer:
        """Make a committed report known, and answer it."""
        transaction = stored.transaction
        self._closed(stored.displaced)
        if stored.is_new_event:
            self._remember(transaction)
            self._tell(station_id, transaction, stored)
            if transaction.evse_id is not None and report.readings:
                # An event of 2.x names the EVSE only once: the later ones are of the transaction's.
                readings = _of_transaction(report.readings, transaction)
                self._live.update(station_id, readings)
                self._bus.publish(
                    events.MeasurementsRecorded(station_id, transaction.evse_id, readings[-1].at)
                )
        return TransactionAnswer(transaction.id, stored.info, stored.total_cost)

    async def close(self, transaction_id: TransactionId, *, by: str, reason: str) -> Transaction:
        """End a transaction that its station will not end. No meter value is made up for it.

        An ending that the station tells later takes the place of this one. `by` says who closed it and why.

        Raises:
            NotFound: there is no such transaction.
            InvalidInput: it has ended already.

        """

        def work(records: Records) -> Transaction:
            found = records.transaction(transaction_id)
            if found is None:
                raise NotFound("no such transaction", where=str(transaction_id))
            if found.state is not TransactionState.ACTIVE:
                raise InvalidInput("it has ended already", where=str(transaction_id))
            return self._close(records, found, at=self._clock.now(), by=by, reason=reason)

        closed = await self._store.commit(work)
        self._closed([closed])
        return closed

    def _closed(self, closed: Sequence[Transaction]) -> None:
        now = self._clock.now()
        for transaction in closed:
            self._remember(transaction)
            self._bus.publish(
                events.TransactionEnded(transaction.station_id, transaction.id, transaction.evse_id, now)
            )

    def _tell(self, station_id: StationId, transaction: Transaction, stored: _Stored) -> None:
        now = self._clock.now()
        if stored.began:
            self._bus.publish(events.TransactionBegan(station_id, transaction.id, transaction.evse_id, now))
        elif stored.ended:
            self._bus.publish(events.TransactionEnded(station_id, transaction.id, transaction.evse_id, now))
        else:
            self._bus.publish(
                events.TransactionUpdated(station_id, transaction.id, now, transaction.charging_state)
            )

    def _remember(self, transaction: Transaction) -> None:
        station_id = transaction.station_id
        key = (station_id, transaction.wire_id)
        if transaction.state is TransactionState.ACTIVE:
            self._open[transaction.id] = transaction
            self._by_wire_id[key] = transaction.id
            self._by_station.setdefault(station_id, set()).add(transaction.id)
        else:
            self._open.pop(transaction.id, None)
            self._by_wire_id.pop(key, None)
            here = self._by_station.get(station_id)
            if here is not None:
                here.discard(transaction.id)
                if not here:
                    del self._by_station[station_id]


def _may_end(open_one: Transaction, report: TransactionReported) -> bool:
    """Whether a stop without a usable id may belong to this transaction: time, meter and token allow it."""
    if open_one.started_at is None or open_one.started_at > report.at:
        return False
    if open_one.meter_start_wh is not None and (report.meter_wh or 0.0) < open_one.meter_start_wh:
        return False
    first, second = open_one.id_token, report.id_token
    return first is None or second is None or first.casefold() == second.casefold()


def _of_transaction(readings: Sequence[Reading], transaction: Transaction) -> list[Reading]:
    """The same readings, told to belong to `transaction` and to the EVSE it runs on."""
    evse_id = transaction.evse_id
    return [
        Reading(
            evse_id if evse_id is not None else reading.evse_id,
            reading.at,
            reading.samples,
            transaction.id,
            reading.suspect,
        )
        for reading in readings
    ]
