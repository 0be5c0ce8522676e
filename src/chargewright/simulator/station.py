"""A station's behaviour, in no version's words: a state machine that is told what happens and says what it has to.

    the world                     the station                               the central system (through a dialect)
    plug_in, unplug, drawing  ->  connectors, transactions, timers      ->  outbox: Booted, StatusTold, ...
    tick                      ->  heartbeat, meter values               <-  booted, authorized, transaction_answered
                                  profiles -> pilot_a                   <-  profiles, start, stop, reset, ...

Pure: no socket, no clock of its own; `at` is the true time, from which the station's clock may differ by a fault.
OCPP 1.6 chapters 4 and 5; OCPP 2.0.1 part 2, blocks B, C, E, F, G, J, K.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from chargewright.charging.rules import Source
from chargewright.simulator.blocks.access import TokenInfo
from chargewright.simulator.blocks.credentials import Credentials
from chargewright.simulator.blocks.reservations import Reservations
from chargewright.simulator.evse import LONG_AGO, NEVER, Evse, RemoteStart, later
from chargewright.simulator.profile_store import ProfileStore
from chargewright.simulator.said import (
    AuthorizationAsked,
    Booted,
    BothWays,
    ChargingNeedTold,
    Context,
    EvseStatus,
    Heartbeat,
    MeterTold,
    Reading,
    SecurityEventTold,
    StatusTold,
    StopReason,
    Transaction,
    TransactionStep,
    TransactionTold,
    Trigger,
)
from chargewright.simulator.scenario import Arrival
from chargewright.simulator.station_state import Measured, Meter, StationState

__all__ = ["MINIMUM_A", "Measured", "Meter", "Station"]

_SHOWN_BY_2X = frozenset(
    {EvseStatus.AVAILABLE, EvseStatus.RESERVED, EvseStatus.UNAVAILABLE, EvseStatus.FAULTED}
)
"""2.x has one more word for a connector, occupied; the rest is told with the transaction."""

MINIMUM_A = 6.0
"""IEC 61851-1: what a pilot can offer at least."""

SUSPENDED_AFTER_S = 10.0
"""A car that is offered current and draws nothing for so long has suspended charging by itself."""

CARD_AGAIN_S = 30.0
"""A driver whose card got no answer tries again after so long, twice."""

CARD_ATTEMPTS = 3


@dataclass(slots=True)
class Station(StationState):
    """One station. Its `outbox` holds what it says; its `transactions` all that it ever began."""

    def __post_init__(self) -> None:
        self.evses = {n: Evse(n) for n in range(1, self.spec.evses + 1)}
        self.profiles = ProfileStore(self.spec, changed=self.limits_changed)
        self.meter_interval_s = self.spec.meter_interval_s
        self.reservations = Reservations(self)
        self.credentials = Credentials(self.spec.password)

    # --- time --------------------------------------------------------------------------------------------------

    def tick(self, at: datetime) -> None:
        """Do what is due."""
        if at >= self.down_until:
            self.down_until = LONG_AGO
        if self.online and not self.booted and at >= self.boot_due:
            self.boot_due = NEVER
            self.outbox.put(Booted(self.boot_reason))
        if self.online and self.booted and at >= self.heartbeat_due:
            self.heartbeat_due = later(at, self.heartbeat_interval_s)
            self.outbox.put(Heartbeat())
        self.agenda.run(at)
        for evse in self.evses.values():
            if at >= evse.meter_due:
                self.metered(evse, at, "Sample.Periodic", Trigger.METER_PERIODIC)
                evse.meter_due = self.next_meter(at)
            if at >= evse.suspend_due:
                evse.suspend_due = NEVER
                self.show(evse, at)
            if at >= evse.card_due:
                evse.card_due = NEVER
                self._present_card(evse, at)

    # --- the link ----------------------------------------------------------------------------------------------

    def connected(self, at: datetime) -> None:
        """The link stands: boot if it has not yet, else tell what has changed meanwhile."""
        self.online = True
        self.profiles.link_back(self.clock(at))
        if not self.booted:
            self.boot_due = NEVER
            self.outbox.put(Booted(self.boot_reason))
            return
        self._tell_all(at)

    def disconnected(self, at: datetime) -> None:
        """The link is gone. A card that waits for its answer is accepted locally, where that is configured."""
        self.online = False
        self.profiles.link_lost(self.clock(at))
        self.outbox.link_lost()
        for evse in self.evses.values():
            if evse.card_attempts and evse.transaction is None and not evse.finished:
                self._present_card(evse, at)

    def boot_answered(self, at: datetime, *, accepted: bool, interval_s: int, pending: bool = False) -> None:
        """Go into service, or ask again after the interval."""
        self.pending = pending
        if not accepted:
            self.boot_due = later(at, max(interval_s, 10))
            return
        self.booted = True
        self.boot_due = NEVER
        if interval_s > 0:
            self.heartbeat_interval_s = interval_s
        self.heartbeat_due = later(at, self.heartbeat_interval_s)
        self._tell_all(at)
        for evse in self.evses.values():
            if evse.arrival is not None and evse.transaction is None and not evse.finished:
                self._present_card(evse, at)
        after, self.after_boot = self.after_boot, []
        for do in after:
            do(at)

    def boot_failed(self, at: datetime) -> None:
        """Ask again: the boot was answered with an error, or not at all."""
        self.boot_due = at + timedelta(seconds=30)

    def _tell_all(self, at: datetime) -> None:
        for evse in self.evses.values():
            evse.told = None
            self.show(evse, at)

    def reboot(self, at: datetime, *, down_s: float, reason: str) -> None:
        """Go down at once. What is not volatile survives: transactions, what is kept to be told, profiles if so built."""
        self.down_until = at + timedelta(seconds=down_s)
        self.boot_reason = reason
        self.booted, self.pending = False, False
        self.reset = None
        self.heartbeat_due = NEVER
        self.credentials.started_anew()
        if not self.spec.profiles_survive_reboot:
            self.profiles.forget()
        self.limits_changed()

    def security_event(self, kind: str, at: datetime, info: str | None = None) -> None:
        """Write down and tell what touches security (1.6 security white paper A04; 2.x A04)."""
        now = self.clock(at)
        self.log.note_security(now, kind, info or "")
        self.outbox.put(SecurityEventTold(kind, now, info))

    # --- the driver --------------------------------------------------------------------------------------------

    def plug_in(self, arrival: Arrival, at: datetime) -> None:
        """Plug a car in; its driver shows the card at once, unless a remote start waits for it."""
        evse = self.evses[arrival.evse_id]
        evse.arrival, evse.finished, evse.card_attempts = arrival, False, 0
        self.show(evse, at)
        remote, evse.remote = evse.remote, None
        if remote is not None and at <= remote.until:
            self.begin(evse, remote.id_token, at, remote=remote)
        elif evse.in_service:
            self._present_card(evse, at)

    def unplug(self, evse_id: int, at: datetime) -> None:
        """Pull the cable, which ends the transaction."""
        evse = self.evses[evse_id]
        if evse.transaction is not None:
            self.end(evse, at, StopReason.EV_DISCONNECTED)
        evse.arrival, evse.finished, evse.drawing = None, False, False
        evse.card_attempts, evse.card_due, evse.suspend_due = 0, NEVER, NEVER
        self.show(evse, at)

    def drawing_changed(self, evse_id: int, at: datetime, *, drawing: bool) -> None:
        """The car began or ceased to draw, or to give."""
        evse = self.evses[evse_id]
        evse.drawing = drawing
        if evse.transaction is not None:
            evse.transaction.draws(at, drawing=drawing)
        patient = not drawing and evse.transaction is not None
        evse.suspend_due = at + timedelta(seconds=SUSPENDED_AFTER_S) if patient else NEVER
        self.show(evse, at)

    def _present_card(self, evse: Evse, at: datetime) -> None:
        assert evse.arrival is not None, "only who has plugged in shows a card"
        id_token, now = evse.arrival.id_token, self.clock(at)
        if at < evse.paying_until:
            evse.card_due = evse.paying_until
            return
        if self.online and self.booted:
            if self.access.admits_at_once(id_token, now):
                self._begin_if_admitted(evse, id_token, at)
                return
            evse.card_attempts += 1
            self.outbox.put(AuthorizationAsked(evse.id, id_token))
        elif not self.online and self.access.admits_offline(id_token, now, unknown=self.local_offline):
            self._begin_if_admitted(evse, id_token, at)

    def _begin_if_admitted(self, evse: Evse, id_token: str, at: datetime) -> None:
        if self.reservations.admits(evse.id, id_token, self.access.group_of(id_token)):
            self.begin(evse, id_token, at)

    def authorized(self, evse_id: int, id_token: str, at: datetime, *, info: TokenInfo) -> None:
        """The central system knows the card, or does not; then the driver gives up, as where others are expected."""
        self.access.learn(id_token, info)
        evse = self.evses[evse_id]
        if evse.arrival is None or evse.arrival.id_token != id_token or evse.transaction is not None:
            return
        evse.card_attempts = 0
        if info.status == "Accepted" and self.reservations.admits(evse_id, id_token, info.group):
            self.begin(evse, id_token, at)

    def authorization_failed(self, evse_id: int, at: datetime) -> None:
        """No answer that means anything: the driver tries again."""
        evse = self.evses[evse_id]
        if self.online and evse.transaction is None and 0 < evse.card_attempts < CARD_ATTEMPTS:
            evse.card_due = at + timedelta(seconds=CARD_AGAIN_S)

    # --- transactions ------------------------------------------------------------------------------------------

    def begin(
        self, evse: Evse, id_token: str, at: datetime, *, remote: RemoteStart | None = None
    ) -> Transaction:
        """Begin a transaction with the car that is here, and tell it."""
        first = self.read(evse, at, "Transaction.Begin")
        transaction = Transaction(
            number=len(self.transactions) + 1,
            evse_id=evse.id,
            id_token=id_token,
            started_at=first.at,
            meter_start_wh=int(first.register_wh),
            wire_id=None if self.is_16 else str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            remote_start_id=None if remote is None else remote.remote_start_id,
            reservation_id=self.reservations.use(
                evse.id, id_token, self.access.group_of(id_token) if remote is None else remote.group
            ),
            id_kind="ISO14443" if remote is None else remote.id_kind,
        )
        self.transactions.append(transaction)
        evse.transaction, evse.first, evse.card_attempts, evse.card_due = transaction, first, 0, NEVER
        evse.paying_until = LONG_AGO
        evse.meter_due = self.next_meter(at)
        if remote is not None and remote.profile is not None:
            self.profiles.put(
                evse.id,
                remote.profile,
                at=self.clock(at),
                running=self.running,
                source=Source.REMOTE_START,
            )
        self.limits_changed()
        trigger = Trigger.AUTHORIZED if remote is None else Trigger.REMOTE_START
        evse.suspend_due = at + timedelta(seconds=SUSPENDED_AFTER_S)
        evse.status = self._status(evse, at)
        self.tell(evse, at, TransactionStep.STARTED, trigger, (first,))
        self.show(evse, at)
        return transaction

    def end(self, evse: Evse, at: datetime, reason: StopReason) -> None:
        """End the EVSE's transaction, and tell it."""
        transaction, first = evse.transaction, evse.first
        assert transaction is not None
        assert first is not None
        last = self.read(evse, at, "Transaction.End")
        transaction.ended_at = last.at
        transaction.meter_stop_wh = int(last.register_wh)
        transaction.stop_reason = reason
        transaction.draws(at, drawing=False)
        self.tell(evse, at, TransactionStep.ENDED, Trigger.STOPPED, (first, last))
        evse.transaction, evse.first = None, None
        evse.meter_due, evse.suspend_due = NEVER, NEVER
        evse.finished = True
        self.profiles.transaction_ended(evse.id, transaction.wire_id or "")
        self.limits_changed()
        if evse.unavailable_next:
            evse.unavailable_next, evse.available = False, False
        self.show(evse, at)
        for do in self.on_end:
            do(evse, transaction, at)

    def transaction_answered(
        self, told: TransactionTold, at: datetime, *, accepted: bool | None, wire_id: str | None = None
    ) -> None:
        """The central system has taken a step in. `accepted`: what it says of the token; None where nothing."""
        transaction = told.transaction
        if told.step is TransactionStep.STARTED:
            transaction.told_start = True
            if wire_id is not None:
                transaction.wire_id = wire_id
                self.limits_changed()
            self.began.append(transaction)
        elif told.step is TransactionStep.ENDED:
            transaction.told_stop = True
        evse = self.evses[transaction.evse_id]
        if accepted is False and evse.transaction is transaction:
            transaction.deauthorized = True
            self.end(evse, at, StopReason.DEAUTHORIZED)
            return
        told_itself = self.gives(evse) or (self.spec.tells_needs and not self.is_16)
        began = told.step is TransactionStep.STARTED and evse.transaction is transaction
        if told_itself and began and evse.arrival is not None:
            self._tell_need(evse, evse.arrival)

    def start_given_up(self, transaction: Transaction) -> None:
        """Nobody will ever answer the start: the transaction has no id (1.6 errata 3.54)."""
        if transaction.wire_id is None:
            transaction.wire_id = "-1"

    def _tell_need(self, evse: Evse, arrival: Arrival) -> None:
        if arrival.energy_told_wh is None or arrival.departure_told is None:
            return
        need = ChargingNeedTold(
            evse.id,
            arrival.energy_told_wh,
            arrival.departure_told,
            min(arrival.car.current_max_a, self.spec.current_max_a),
            min(arrival.car.phases, self.spec.conductors),
            self.spec.voltage_v,
            self._both_ways(evse, arrival, arrival.energy_told_wh) if self.gives(evse) else None,
        )
        self.outbox.put(need)

    def _both_ways(self, evse: Evse, arrival: Arrival, wish_wh: float) -> BothWays:
        car, soc = arrival.car, self.meter(evse.id).soc
        soc = car.soc if soc is None else soc
        return BothWays(
            min(car.discharge_max_a, self.spec.current_max_a),
            wish_wh - (soc - car.soc) * car.capacity_wh,
            (car.soc_reserve - soc) * car.capacity_wh,
            (car.soc_target - soc) * car.capacity_wh,
            min(round(100 * (car.soc + wish_wh / car.capacity_wh)), 100),
        )

    def tell(
        self,
        evse: Evse,
        at: datetime,
        step: TransactionStep,
        trigger: Trigger,
        readings: tuple[Reading, ...] = (),
    ) -> None:
        """Tell a step of the transaction that runs."""
        transaction = evse.transaction
        assert transaction is not None
        evse.mode_told = self.mode(evse)
        told = TransactionTold(
            transaction,
            step,
            trigger,
            self.clock(at),
            transaction.next_seq_no,
            self._status(evse, at),
            readings,
            offline=not self.online,
            mode=evse.mode_told,
        )
        transaction.next_seq_no += 1
        self.outbox.put(told)

    def metered(self, evse: Evse, at: datetime, context: Context, trigger: Trigger) -> None:
        """Read the meter and tell it, with the transaction if one runs."""
        reading = self.read(evse, at, context)
        if evse.transaction is None:
            self.outbox.put(MeterTold(evse.id, reading))
        else:
            self.tell(evse, at, TransactionStep.UPDATED, trigger, (reading,))

    # --- limits ------------------------------------------------------------------------------------------------

    def limits_changed(self) -> None:
        """Ask the profiles anew: one of them, or a transaction, has changed."""
        for evse in self.evses.values():
            evse.limit_until = LONG_AGO

    def pilot_a(self, evse_id: int, at: datetime) -> float:
        """What the EVSE offers per conductor: 0 without a transaction, below the minimum, or while it is down.

        Negative: what the car is to give back.
        """
        evse = self.evses[evse_id]
        if at >= evse.limit_until:
            self._refresh(evse, at)
        if not evse.limit_shown:
            evse.limit_shown = True
            self.show(evse, at)
        return evse.limit_a

    def limit_until(self, evse_id: int) -> datetime:
        """Until when `pilot_a` surely stays."""
        return self.evses[evse_id].limit_until

    def _refresh(self, evse: Evse, at: datetime) -> None:
        before, until = evse.limit_a, NEVER
        if at < self.down_until:
            limit_a, until = 0.0, self.down_until
        elif evse.transaction is None:
            limit_a = 0.0
        elif "ignores_limit" in self.faults:
            limit_a = self.spec.current_max_a
        else:
            now = self.clock(at)
            limit_a, until = self.profiles.limit_a(evse.id, at=now, running=self.running)
            until = at + (until - now)
        evse.limit_a, evse.limit_until = limit_a if limit_a >= MINIMUM_A or limit_a < 0 else 0.0, until
        if evse.transaction is not None and before == 0 != evse.limit_a and not evse.drawing:
            evse.suspend_due = at + timedelta(seconds=SUSPENDED_AFTER_S)
        evse.limit_shown = False

    # --- status ------------------------------------------------------------------------------------------------

    def _status(self, evse: Evse, at: datetime) -> EvseStatus:
        if not evse.in_service:
            return EvseStatus.FAULTED if evse.faulted else EvseStatus.UNAVAILABLE
        if evse.arrival is None and evse.transaction is None:
            return EvseStatus.RESERVED if self.reservations.shows_reserved(evse) else EvseStatus.AVAILABLE
        if evse.transaction is None:
            return EvseStatus.FINISHING if evse.finished else EvseStatus.PREPARING
        if evse.drawing:
            return EvseStatus.CHARGING
        if at >= evse.limit_until:
            self._refresh(evse, at)
        if evse.limit_a == 0:
            return EvseStatus.SUSPENDED_EVSE
        if evse.suspend_due is NEVER:
            return EvseStatus.SUSPENDED_EV
        patient = {EvseStatus.CHARGING, EvseStatus.SUSPENDED_EV, EvseStatus.SUSPENDED_EVSE}
        return evse.status if evse.status in patient else EvseStatus.CHARGING

    def show(self, evse: Evse, at: datetime) -> None:
        """Tell the status if it is another than was told."""
        status = self._status(evse, at)
        charging = evse.transaction is not None and status is not evse.status
        evse.status = status
        if evse.transaction is not None and self.mode(evse) is not evse.mode_told:
            self.metered(evse, at, "Other", Trigger.OPERATION_MODE)
        elif charging and not self.is_16:
            self.tell(evse, at, TransactionStep.UPDATED, Trigger.CHARGING_STATE, ())
        shown = status if self.is_16 or status in _SHOWN_BY_2X else EvseStatus.PREPARING
        if shown is not evse.told and self.online and self.booted:
            evse.told = shown
            self.outbox.put(StatusTold(evse.id, status, self.clock(at)))
