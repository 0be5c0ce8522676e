"""Transactions that may have ended unheard: asked about, and closed on evidence, never on suspicion (2.0.1 E14).

    a station comes back and says nothing of an open transaction   -> 2.x: it is asked
    an ended transaction lacks events                              -> 2.x: it is asked whether they wait
    a connector is free while a transaction is open on it          -> 2.x: it is asked; 1.6: closed after a while

Asked, a 2.x station says whether a transaction goes on and whether messages wait. One that neither goes on nor has
anything to tell is closed. 1.6 has no such question: there a free connector is the evidence, and a boot is none,
for stations that resume tell nothing of it. The station's own ending, however late, takes the place of ours.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links, Priority
from chargewright.csms.ports import Bus, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.transactions import Transactions
from chargewright.domain import events
from chargewright.domain.driver_commands import AskTransaction, TransactionTold
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.errors import ChargewrightError, InvalidInput, NotFound, UnsupportedByVersion
from chargewright.ids import EvseId, StationId, TransactionId

__all__ = ["TransactionStatus", "TransactionWatch"]

log = structlog.get_logger(__name__)

_FREE: Final = "Available"


@dataclass(frozen=True, slots=True)
class TransactionStatus:
    """What a station said of a transaction when it was asked; `failure` where it gave no answer."""

    asked_at: datetime
    ongoing: bool | None
    messages_in_queue: bool | None
    failure: str = ""


_STATUSES: Final = Shelf("transaction-status", TransactionStatus)


class TransactionWatch:
    """Follows the bus; asks and closes."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        commands: Commands,
        links: Links,
        provisioning: Provisioning,
        transactions: Transactions,
        ask_after_s: float = 15.0,
        close_after_s: float = 300.0,
    ) -> None:
        """`ask_after_s`: how long a station may take to tell by itself; `close_after_s`: the same for 1.6."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._commands = commands
        self._links = links
        self._provisioning = provisioning
        self._transactions = transactions
        self._ask_after_s = ask_after_s
        self._close_after_s = close_after_s
        self._heard_at: dict[TransactionId, datetime] = {}
        self._tasks: dict[tuple[str, object], asyncio.Task[None]] = {}

    def start(self) -> None:
        self._bus.subscribe(
            self._happened,
            events.TransactionBegan,
            events.TransactionUpdated,
            events.TransactionEnded,
            events.StationConnected,
            events.StationStatusChanged,
        )

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- asked by an operator, or by ourselves ----------------------------------------------------------------

    async def ask(self, transaction_id: TransactionId) -> TransactionStatus:
        """Ask the station about a transaction, and close it where it is over and nothing more will come.

        Raises:
            NotFound: there is no such transaction.
            UnsupportedByVersion: the station's version cannot be asked.

        """
        transaction = await self._store.read(lambda records: records.transaction(transaction_id))
        if transaction is None:
            raise NotFound("no such transaction", where=str(transaction_id))
        now = self._clock.now()
        outcome = await self._commands.order(
            transaction.station_id, AskTransaction(transaction.wire_id), priority=Priority.REPORT
        )
        told = outcome.result
        if isinstance(told, TransactionTold):
            status = TransactionStatus(now, told.ongoing, told.messages_in_queue)
        else:
            failure = outcome.code or outcome.description or outcome.kind
            status = TransactionStatus(now, None, None, failure)
        key = str(transaction_id)
        await self._store.commit(lambda records: records.put_item(_STATUSES, key, "status", status))
        over = status.ongoing is False and status.messages_in_queue is False
        if over and transaction.state is TransactionState.ACTIVE:
            await self._close(
                transaction, "the station says that it is over and has nothing more to tell", "EndedUnheard"
            )
        return status

    async def status(self, transaction_id: TransactionId) -> TransactionStatus | None:
        """What the station said last; None where it was never asked."""
        key = str(transaction_id)
        return await self._store.read(lambda records: records.item(_STATUSES, key, "status"))

    # --- by itself --------------------------------------------------------------------------------------------

    def _happened(self, event: events.Event) -> None:
        match event:
            case events.TransactionUpdated() | events.TransactionBegan():
                self._heard_at[event.transaction_id] = event.at
            case events.TransactionEnded():
                self._heard_at.pop(event.transaction_id, None)
                self._set_off(("ended", event.transaction_id), self._ended(event))
            case events.StationConnected():
                if self._transactions.open_of(event.station_id):
                    self._set_off(("back", event.station_id), self._back(event.station_id, event.at))
            case events.StationStatusChanged(status="Available"):
                for transaction in self._transactions.open_of(event.station_id):
                    if transaction.evse_id == event.evse_id:
                        self._set_off(("free", transaction.id), self._free(transaction, event.at))
            case _:
                pass

    def _set_off(self, key: tuple[str, object], work: Coroutine[Any, Any, None]) -> None:
        if key in self._tasks:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _back(self, station_id: StationId, since: datetime) -> None:
        await self._clock.sleep_s(self._ask_after_s)
        for transaction in self._transactions.open_of(station_id):
            heard_at = self._heard_at.get(transaction.id)
            if heard_at is None or heard_at < since:
                await self._ask(transaction)

    async def _ended(self, ended: events.TransactionEnded) -> None:
        found = await self._store.read(lambda records: records.transaction(ended.transaction_id))
        if found is not None and found.missing_seq_nos:
            await self._ask(found)

    async def _free(self, transaction: Transaction, since: datetime) -> None:
        if await self._ask(transaction, after_s=self._ask_after_s):
            return
        if transaction.evse_id is None:
            return
        while True:
            await self._clock.sleep_s(self._close_after_s)
            free_since = self._free_since(transaction.station_id, transaction.evse_id)
            if free_since is None:
                return
            if free_since <= since:
                break
            since = free_since  # it was in use in between: the time runs anew
        why = f"its connector is free since {since:%Y-%m-%d %H:%M} UTC and no stop came"
        await self._close(transaction, why, "ConnectorFree")

    async def _ask(self, transaction: Transaction, *, after_s: float = 0.0) -> bool:
        """Ask about a transaction that is worth it; False where the station's version cannot be asked."""
        link = self._links.get(transaction.station_id)
        if link is not None and link.version == "ocpp1.6":
            return False
        if after_s:
            await self._clock.sleep_s(after_s)
            if transaction.id not in {t.id for t in self._transactions.open_of(transaction.station_id)}:
                return True
        try:
            await self.ask(transaction.id)
        except UnsupportedByVersion:
            return False
        return True

    def _free_since(self, station_id: StationId, evse_id: EvseId) -> datetime | None:
        """Since when all connectors of an EVSE are free; None where one is not, or the station is away."""
        station = self._provisioning.station(station_id)
        if station is None or self._links.get(station_id) is None:
            return None
        said = [s for s in station.statuses if s.evse_id == evse_id]
        if not said or any(s.status != _FREE for s in said):
            return None
        return max(s.at for s in said)

    async def _close(self, transaction: Transaction, by: str, reason: str) -> None:
        try:
            await self._transactions.close(transaction.id, by=by, reason=reason)
        except InvalidInput as why:
            log.debug("transaction_not_closed", transaction_id=transaction.id, why=str(why))


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except ChargewrightError as why:  # nobody waits for it: the next boot or status is another occasion
        log.warning("transaction_not_watched", why=str(why))
