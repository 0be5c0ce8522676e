"""Transactions: every event is stored once, the record is the fold of the events, and the answer leaves after
the commit (OCPP 1.6 4.8 and 4.10, 2.0.1 block E).

A repeated StartTransaction gets the id it got before; a second stop changes nothing; a stop or a meter value
for a transaction that this station never had is kept as an orphan and confirmed, because a refused message
is a lost one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chargewright.clock import Clock
from chargewright.csms.authorization import authorize, may_stop
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ports import Bus, Records, Store
from chargewright.domain import events
from chargewright.domain.metering import Reading
from chargewright.domain.requests import TokenInfo, TransactionAnswer, TransactionReported
from chargewright.domain.token import AuthorizationStatus
from chargewright.domain.transaction import EventKind, Transaction, TransactionEvent, TransactionState, fold
from chargewright.ids import StationId, TransactionId

__all__ = ["Transactions"]

_NEVER_ACKNOWLEDGED = frozenset({"-1", "0", ""})
"""Ids that several transactions of a station may share: it never got ours (1.6 errata 3.54)."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one report changed."""

    transaction: Transaction
    is_new_event: bool
    began: bool
    ended: bool
    info: TokenInfo | None


class Transactions:
    """Keeps the open transactions in memory beside the store, for those who must know them at once."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, live: LiveMeters) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._live = live
        self._open: dict[TransactionId, Transaction] = {}
        self._by_wire_id: dict[tuple[StationId, str], TransactionId] = {}

    async def load(self) -> None:
        """Take the open transactions and their newest meter values from the store."""
        for transaction in await self._store.read(lambda records: records.open_transactions()):
            self._remember(transaction)
        for station_id, reading in await self._store.read(lambda records: records.latest_readings()):
            self._live.update(station_id, (reading,))

    def open(self) -> list[Transaction]:
        return list(self._open.values())

    def known(self, station_id: StationId, wire_id: str) -> TransactionId | None:
        """The open transaction that the station calls `wire_id`."""
        return self._by_wire_id.get((station_id, wire_id))

    # --- one report, inside the transaction of the store ---------------------------------------------------

    def store(self, records: Records, station_id: StationId, report: TransactionReported) -> _Stored:
        """Store one report. Runs inside a commit, in order of arrival; the same report twice changes nothing."""
        transaction_id, wire_id, is_new = self._identify(records, station_id, report)
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
            suspect=report.suspect,
        )
        before = records.transaction(transaction_id)
        is_new_event = records.append_transaction_event(transaction_id, event)
        if is_new_event:
            after = fold(transaction_id, records.transaction_events(transaction_id))
            records.put_transaction(after)
            if report.readings:
                records.append_readings(station_id, _of_transaction(report.readings, after))
        else:
            after = before or fold(transaction_id, [event])
        return _Stored(
            after,
            is_new_event,
            began=is_new and after.state is TransactionState.ACTIVE,
            ended=is_new_event
            and after.state is TransactionState.ENDED
            and (before is None or before.state is TransactionState.ACTIVE),
            info=self._info(records, report, after),
        )

    def _identify(
        self, records: Records, station_id: StationId, report: TransactionReported
    ) -> tuple[TransactionId, str, bool]:
        """(our id, the station's word for it, whether it is new)."""
        if report.wire_id is None:
            known = records.transaction_of_start(station_id, report.digest)
            transaction_id = known if known is not None else records.new_transaction_id()
            return transaction_id, str(transaction_id), known is None
        wire_id = report.wire_id
        if wire_id in _NEVER_ACKNOWLEDGED:
            wire_id = f"{wire_id}#{report.digest[:12]}"
        known = records.find_transaction(station_id, wire_id)
        return (known, wire_id, False) if known is not None else (records.new_transaction_id(), wire_id, True)

    def _info(self, records: Records, report: TransactionReported, after: Transaction) -> TokenInfo | None:
        if not report.token_asked or report.id_token is None:
            return None
        now = self._clock.now()
        if report.kind is not EventKind.ENDED:
            return authorize(records, report.id_token, at=now, starting=after.id)
        info = authorize(records, report.id_token, at=now)
        if may_stop(records, started_with=after.id_token, id_token=report.id_token):
            return info
        return replace(info, status=AuthorizationStatus.INVALID)

    # --- after the commit ------------------------------------------------------------------------------------

    def stored(
        self, station_id: StationId, report: TransactionReported, stored: _Stored
    ) -> TransactionAnswer:
        """Make a committed report known, and answer it."""
        transaction = stored.transaction
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
        return TransactionAnswer(transaction.id, stored.info)

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
        key = (transaction.station_id, transaction.wire_id)
        if transaction.state is TransactionState.ACTIVE:
            self._open[transaction.id] = transaction
            self._by_wire_id[key] = transaction.id
        else:
            self._open.pop(transaction.id, None)
            self._by_wire_id.pop(key, None)


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
