"""Reservations of a station: by EVSE, by type of connector, or any; used, cancelled, expired, or lost to a fault.

OCPP 1.6 sections 3.12, 5.2 and 5.13; OCPP 2.0.1 part 2, block H.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.simulator.agenda import Appointment
from chargewright.simulator.evse import CONNECTOR_TYPE, Evse
from chargewright.simulator.host import Host
from chargewright.simulator.said import ReservationTold

__all__ = ["Reservation", "Reservations"]

Answer = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room for a token or its group until then. `evse_id` 0 is any EVSE."""

    id: int
    evse_id: int
    id_token: str
    group: str | None
    until: datetime

    def meant_for(self, id_token: str, group: str | None) -> bool:
        return self.id_token == id_token or (self.group is not None and self.group in {group, id_token})


class Reservations:
    """What is reserved at one station."""

    def __init__(self, station: Host) -> None:
        self._station = station
        self._held: dict[int, Reservation] = {}
        self._ends: dict[int, Appointment] = {}
        self.any_evse = True
        """Whether a reservation may leave the EVSE open (ReserveConnectorZeroSupported, NonEvseSpecific)."""

    @property
    def held(self) -> Collection[Reservation]:
        return self._held.values()

    def reserve(self, wanted: Reservation, at: datetime, *, connector_type: str | None = None) -> Answer:
        """Hold an EVSE. One with the id of another takes its place (H01.FR.02; 1.6 5.13)."""
        if wanted.evse_id == 0 and not self.any_evse:
            return "Rejected"
        if wanted.until <= self._station.clock(at):
            return "Rejected"
        if connector_type not in {None, CONNECTOR_TYPE} or (
            wanted.evse_id and wanted.evse_id not in self._station.evses
        ):
            return "Rejected"
        refused = self._refused(wanted)
        if refused is not None:
            return refused
        self._drop(wanted.id)
        self._held[wanted.id] = wanted
        over_at = wanted.until - (self._station.clock(at) - at)
        self._ends[wanted.id] = self._station.agenda.plan(over_at, self._expired(wanted.id))
        self._show(at)
        return "Accepted"

    def _refused(self, wanted: Reservation) -> Answer | None:
        evses = self._station.evses
        asked = [evses[wanted.evse_id]] if wanted.evse_id else list(evses.values())
        others = [r for r in self._held.values() if r.id != wanted.id]
        idle = [evse for evse in asked if self._idle(evse)]
        taken = {r.evse_id for r in others}
        free = [evse for evse in idle if evse.id not in taken]
        # Who reserved no EVSE in particular needs one too: as many are left as there are such reservations (H01.FR.24).
        anywhere = sum(r.evse_id == 0 for r in others)
        open_anywhere = sum(self._idle(e) and e.id not in taken for e in evses.values())
        if free and open_anywhere > anywhere:
            return None
        if all(evse.faulted for evse in asked):
            return "Faulted"
        if all(not evse.available for evse in asked):
            return "Unavailable"
        return "Occupied"

    @staticmethod
    def _idle(evse: Evse) -> bool:
        return evse.available and not evse.faulted and evse.arrival is None and evse.transaction is None

    def cancel(self, reservation_id: int, at: datetime) -> bool:
        """Give a reservation up; False where there is none with this id."""
        if reservation_id not in self._held:
            return False
        self._drop(reservation_id)
        self._show(at)
        return True

    def admits(self, evse_id: int, id_token: str, group: str | None) -> bool:
        """Whether this token may use the EVSE, for all that is reserved."""
        mine = any(r.meant_for(id_token, group) for r in self._held.values() if r.evse_id in {0, evse_id})
        if mine:
            return True
        if any(r.evse_id == evse_id for r in self._held.values()):
            return False
        anywhere = sum(r.evse_id == 0 for r in self._held.values())
        taken = {r.evse_id for r in self._held.values()}
        others = [e for e in self._station.evses.values() if e.id != evse_id and e.id not in taken]
        return sum(self._idle(evse) for evse in others) >= anywhere

    def use(self, evse_id: int, id_token: str, group: str | None) -> int | None:
        """Use up the reservation that brought this token here; returns its id, None where there is none."""
        fitting = [
            r for r in self._held.values() if r.evse_id in {0, evse_id} and r.meant_for(id_token, group)
        ]
        if not fitting:
            return None
        used = max(fitting, key=lambda r: r.evse_id)
        self._drop(used.id)
        return used.id

    def lost(self, evse_id: int, at: datetime) -> None:
        """Give up what stands on an EVSE that can no longer serve (H01.FR.15, H04.FR.01)."""
        for r in [r for r in self._held.values() if r.evse_id == evse_id]:
            self._drop(r.id)
            self._station.outbox.put(ReservationTold(r.id, "Removed"))
        self._show(at)

    def shows_reserved(self, evse: Evse) -> bool:
        """Whether an idle EVSE is shown as reserved: it is, or all that are left are needed (H03.FR.08, 09)."""
        if not self._held:
            return False
        if any(r.evse_id == evse.id for r in self._held.values()):
            return True
        taken = {r.evse_id for r in self._held.values()}
        left = sum(self._idle(e) and e.id not in taken for e in self._station.evses.values())
        return 0 < left <= sum(r.evse_id == 0 for r in self._held.values())

    def _expired(self, reservation_id: int) -> Callable[[datetime], None]:
        def over(at: datetime) -> None:
            self._drop(reservation_id)
            self._station.outbox.put(ReservationTold(reservation_id, "Expired"))
            self._show(at)

        return over

    def _drop(self, reservation_id: int) -> None:
        self._held.pop(reservation_id, None)
        end = self._ends.pop(reservation_id, None)
        if end is not None:
            end.cancelled = True

    def _show(self, at: datetime) -> None:
        for evse in self._station.evses.values():
            self._station.show(evse, at)
