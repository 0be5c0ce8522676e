"""What the central system orders of a station beside charging profiles, in no version's words."""

from datetime import datetime, timedelta
from typing import Literal

from chargewright.charging.profile import Installed, Profile
from chargewright.ocpp.codes import Code
from chargewright.simulator.evse import Evse, RemoteStart, later
from chargewright.simulator.said import (
    Booted,
    MeterTold,
    StopReason,
    Transaction,
    TransactionStep,
    Trigger,
)
from chargewright.simulator.station import Station

__all__ = ["OrderRefused", "Orders"]

EVSE_RESET_S = 10.0
"""How long an EVSE is away when it starts anew by itself."""


class OrderRefused(Exception):
    """An order that is answered with an error of the RPC layer, for the standard has no status for it."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code


class Orders:
    """Carries orders out at one station. An EVSE id of 0 means all of them."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.connection_timeout_s = 60
        """How long a remote start waits for a car (ConnectionTimeOut, EVConnectionTimeOut)."""
        station.on_end.append(self._ended)

    def start(
        self,
        evse_id: int | None,
        id_token: str,
        at: datetime,
        *,
        remote_start_id: int | None = None,
        profile: Profile | None = None,
        group: str | None = None,
        id_kind: str = "ISO14443",
    ) -> Transaction | Literal["waits"] | None:
        """Start a transaction, or wait for a car to come; None where it cannot be."""
        evses = self._station.evses
        free = [
            evse
            for n, evse in sorted(evses.items())
            if evse_id in {None, n}
            and evse.transaction is None
            and evse.in_service
            and self._station.reservations.admits(n, id_token, group)
        ]
        free.sort(key=lambda evse: evse.arrival is None)
        if not free:
            return None
        until = later(at, self.connection_timeout_s)
        remote = RemoteStart(id_token, remote_start_id, profile, until, group, id_kind)
        evse = free[0]
        if evse.arrival is None:
            evse.remote = remote
            return "waits"
        return self._station.begin(evse, id_token, at, remote=remote)

    def transaction(self, wire_id: str) -> Transaction | None:
        """The running transaction with this id."""
        for evse in self._station.evses.values():
            if evse.transaction is not None and evse.transaction.wire_id == wire_id:
                return evse.transaction
        return None

    def stop(self, wire_id: str, at: datetime) -> bool:
        """Stop a transaction; False where none has this id."""
        transaction = self.transaction(wire_id)
        if transaction is not None:
            self._station.end(self._station.evses[transaction.evse_id], at, StopReason.REMOTE)
        return transaction is not None

    def unlock(self, evse_id: int, at: datetime) -> bool:
        """Unlock a connector, which ends its transaction; False where there is none."""
        evse = self._station.evses.get(evse_id)
        if evse is None:
            return False
        if evse.transaction is not None:
            self._station.end(evse, at, StopReason.UNLOCKED)
        return True

    def availability(
        self, evse_id: int, at: datetime, *, available: bool
    ) -> Literal["Accepted", "Scheduled", "Rejected"]:
        """Put an EVSE (0: all of them) in or out of service, after its transaction if one runs."""
        if evse_id and evse_id not in self._station.evses:
            return "Rejected"
        scheduled = False
        for evse in self._meant(evse_id):
            if evse.transaction is not None and not available:
                evse.unavailable_next, scheduled = True, True
                continue
            evse.available, evse.unavailable_next = available, False
            self._station.show(evse, at)
        return "Scheduled" if scheduled else "Accepted"

    def reset(self, at: datetime, *, how: Literal["when idle", "when told", "now"]) -> None:
        """Start anew: at once, after telling what is to be told, or when no transaction runs; the first two stop them."""
        for evse in self._station.evses.values():
            if evse.transaction is not None and how != "when idle":
                self._station.end(evse, at, StopReason.HARD_RESET if how == "now" else StopReason.SOFT_RESET)
        self._station.reset = how
        self._station.boot_reason = "RemoteReset"

    def reset_evse(self, evse_id: int, at: datetime, *, at_once: bool) -> Literal["Accepted", "Scheduled"]:
        """Start one EVSE anew, at once or when its transaction is over (2.x B11.FR.08, B12.FR.07)."""
        evse = self._station.evses[evse_id]
        if evse.transaction is not None and not at_once:
            evse.reset_next = True
            return "Scheduled"
        if evse.transaction is not None:
            self._station.end(evse, at, StopReason.HARD_RESET)
        self._restart(evse, at)
        return "Accepted"

    def _ended(self, evse: Evse, _transaction: Transaction, at: datetime) -> None:
        if evse.reset_next:
            self._restart(evse, at)

    def _restart(self, evse: Evse, at: datetime) -> None:
        evse.reset_next, evse.resetting = False, True
        self._station.show(evse, at)

        def back(then: datetime) -> None:
            evse.resetting = False
            self._station.show(evse, then)

        self._station.agenda.plan(at + timedelta(seconds=EVSE_RESET_S), back)

    def resume_after_reset(self, at: datetime) -> None:
        """Start anew at once, and go on with the transactions that run (2.1 B11, ImmediateAndResume)."""
        station = self._station
        for evse in station.evses.values():
            if evse.transaction is not None:
                station.tell(evse, at, TransactionStep.UPDATED, Trigger.RESET)
        station.reset, station.boot_reason = "now", "RemoteReset"

        def resumed(then: datetime) -> None:
            for evse in station.evses.values():
                if evse.transaction is not None:
                    station.tell(evse, then, TransactionStep.UPDATED, Trigger.RESUMED)

        station.after_boot.append(resumed)

    def tell_meter_values(self, evse_id: int, at: datetime, *, apart: bool) -> None:
        """Tell meter values now; EVSE 0 is all of them. `apart`: not as a step of a transaction that runs."""
        for evse in self._meant(evse_id):
            if apart:
                self._station.outbox.put(MeterTold(evse.id, self._station.read(evse, at, "Trigger")))
            else:
                self._station.metered(evse, at, "Trigger", Trigger.ASKED)

    def tell_status(self, evse_id: int, at: datetime) -> None:
        """Tell the status now, changed or not."""
        for evse in self._meant(evse_id):
            evse.told = None
            self._station.show(evse, at)

    def tell_boot(self) -> None:
        """Tell the boot again."""
        self._station.outbox.put(Booted("Triggered"))

    def meter_interval(self, interval_s: int, at: datetime) -> None:
        """Tell meter values so often from now on; 0 is never."""
        self._station.meter_interval_s = interval_s
        for evse in self._station.evses.values():
            if evse.transaction is not None:
                evse.meter_due = self._station.next_meter(at)

    def heartbeat_interval(self, interval_s: int, at: datetime) -> None:
        self._station.heartbeat_interval_s = interval_s
        self._station.heartbeat_due = later(at, interval_s)

    def profiles_of(self, evse_id: int | None) -> list[Installed]:
        """Installed profiles of one EVSE, of the station's level (0), or all (None)."""
        return [i for i in self._station.profiles.installed if evse_id in {None, i.evse_id}]

    def _meant(self, evse_id: int) -> list[Evse]:
        evses = self._station.evses
        return list(evses.values()) if evse_id == 0 else [evses[evse_id]]
