"""Reservations: ordered, kept, used by transactions, and given up (1.6 5.13, 2.0.1 block H).

What became of a reservation is told by three: the station's answer and its later word, the transaction that names
it, and our clock. Each is durable before anybody is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final, cast

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.requests import Acknowledged, TransactionReported
from chargewright.domain.reservation import (
    CancelReservation,
    Reservation,
    ReservationCancelled,
    ReservationReported,
    ReservationState,
    Reserved,
    ReserveEvse,
)
from chargewright.domain.transaction import Transaction, TransactionEvent
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import EvseId, StationId

__all__ = ["Reservations"]

_RESERVATIONS: Final = Shelf("reservation", Reservation)
_ACKNOWLEDGED: Final = Acknowledged()
_TOLD: Final = {
    "Expired": ReservationState.EXPIRED,
    "Removed": ReservationState.REMOVED,
    "NoTransaction": ReservationState.EXPIRED,
}
_OPEN: Final = frozenset({ReservationState.ASKED, ReservationState.ACTIVE})


class Reservations:
    """Orders reservations and keeps what became of them. A witness of `Transactions`."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands

    def handlers(self) -> Mapping[type, Handler]:
        return {ReservationReported: self._told}

    # --- ordering ---------------------------------------------------------------------------------------------

    async def reserve(
        self,
        station_id: StationId,
        *,
        id_token: str,
        expires_at: datetime,
        evse_id: EvseId | None = None,
        connector_type: str | None = None,
        kind: str | None = None,
        group_id: str | None = None,
    ) -> Reservation:
        """Reserve an EVSE, one with a kind of connector, or any; the reservation tells how the station took it.

        Kind and group are the token's where it is known and they are not given.

        Raises:
            InvalidInput: it would be over before it began.
            UnsupportedByVersion: the station's version cannot say it. Nothing was sent or kept.

        """
        now = self._clock.now()
        if expires_at <= now:
            raise InvalidInput("is in the past", where="expires_at")

        def begin(records: Records) -> Reservation:
            token = records.token(id_token)
            reservation = Reservation(
                id=records.new_number("reservationId"),
                station_id=station_id,
                id_token=id_token if token is None else token.id_token,
                kind=kind or ("ISO14443" if token is None else token.kind),
                expires_at=expires_at,
                created_at=now,
                changed_at=now,
                evse_id=evse_id,
                connector_type=connector_type,
                group_id=group_id or (None if token is None else token.group_id),
            )
            _put(records, reservation)
            return reservation

        asked = await self._store.commit(begin)
        order = ReserveEvse(
            asked.id, asked.id_token, asked.kind, expires_at, evse_id, connector_type, asked.group_id
        )
        try:
            outcome = await self._commands.order(station_id, order)
        except Exception:
            key = numbered(asked.id)
            await self._store.commit(lambda records: records.delete_item(_RESERVATIONS, station_id, key))
            raise
        return await self._change(asked, partial(self._answered, outcome=outcome))

    def _answered(self, now_kept: Reservation, outcome: CommandOutcome) -> Reservation:
        now = self._clock.now()
        if isinstance(outcome.result, Reserved):
            accepted = outcome.result.status == "Accepted"
            status = f"{outcome.result.status} {outcome.result.reason}".rstrip()
            state = ReservationState.ACTIVE if accepted else ReservationState.REFUSED
        else:
            status = outcome.code or outcome.description or outcome.kind
            # After a timeout nobody knows: the station may hold it until its time is over.
            state = ReservationState.ASKED if outcome.kind == "timeout" else ReservationState.REFUSED
        if now_kept.state is not ReservationState.ASKED:  # it was used before the answer was here
            return replace(now_kept, status=status)
        return replace(now_kept, state=state, status=status, changed_at=now)

    async def cancel(self, reservation_id: int) -> Reservation:
        """Have the station give a reservation up. One that it does not hold is over too.

        Raises:
            NotFound: there is no such reservation.
            InvalidInput: it is over already.

        """
        found = await self.read(reservation_id)
        if found.state not in _OPEN:
            raise InvalidInput(f"it is {found.state} already", where=str(reservation_id))
        outcome = await self._commands.order(found.station_id, CancelReservation(reservation_id))

        def answered(kept: Reservation) -> Reservation:
            now = self._clock.now()
            if not isinstance(outcome.result, ReservationCancelled):
                return replace(kept, status=f"not cancelled: {outcome.code or outcome.kind}", changed_at=now)
            if kept.state not in _OPEN:
                return kept
            if outcome.result.accepted:
                return replace(kept, state=ReservationState.CANCELLED, changed_at=now)
            return replace(
                kept, state=ReservationState.REMOVED, status="unknown to the station", changed_at=now
            )

        return await self._change(found, answered)

    # --- asked ------------------------------------------------------------------------------------------------

    async def read(self, reservation_id: int) -> Reservation:
        """One reservation as it stands now. Raises `NotFound`."""
        after = numbered(reservation_id - 1)
        rows = await self._store.read(lambda records: records.items(_RESERVATIONS, after=after, limit=1))
        for _, _, reservation in rows:
            if reservation.id == reservation_id:
                return reservation.at(self._clock.now())
        raise NotFound("no such reservation", where=str(reservation_id))

    async def page(
        self, station_id: StationId | None = None, *, after: int = 0, limit: int = 100
    ) -> list[Reservation]:
        """Reservations by id, the old ones too; the next page begins after the last id."""
        rows = await self._store.read(
            lambda records: records.items(_RESERVATIONS, station_id, after=numbered(after), limit=limit)
        )
        now = self._clock.now()
        return [reservation.at(now) for _, _, reservation in rows]

    # --- told -------------------------------------------------------------------------------------------------

    def witness(
        self,
        records: Records,
        report: TransactionReported,
        before: Transaction | None,
        after: Transaction,
        told: Sequence[TransactionEvent],
    ) -> Decimal | None:
        """A transaction that names a reservation uses it up."""
        del before, told
        if report.reservation_id is None:
            return None
        key = numbered(report.reservation_id)
        reservation = records.item(_RESERVATIONS, after.station_id, key)
        if reservation is not None and reservation.transaction_id is None:
            used = replace(
                reservation,
                state=ReservationState.USED,
                transaction_id=after.id,
                changed_at=self._clock.now(),
            )
            _put(records, used)
        return None

    def _told(self, inbound: Inbound) -> None:
        told = cast("ReservationReported", inbound.request)
        station_id = inbound.station_id

        def work(records: Records) -> None:
            reservation = records.item(_RESERVATIONS, station_id, numbered(told.reservation_id))
            if reservation is None or reservation.state not in _OPEN:
                return
            state = _TOLD[told.status]
            _put(records, replace(reservation, state=state, status=told.status, changed_at=self._clock.now()))

        inbound.reply_after(self._store, work, _ACKNOWLEDGED)

    async def _change(
        self, reservation: Reservation, change: Callable[[Reservation], Reservation]
    ) -> Reservation:
        """Apply `change` to the reservation as the store has it: it may have been used in the meantime."""

        def work(records: Records) -> Reservation:
            key = numbered(reservation.id)
            kept = records.item(_RESERVATIONS, reservation.station_id, key) or reservation
            changed = change(kept)
            _put(records, changed)
            return changed

        return await self._store.commit(work)


def _put(records: Records, reservation: Reservation) -> None:
    records.put_item(_RESERVATIONS, reservation.station_id, numbered(reservation.id), reservation)
