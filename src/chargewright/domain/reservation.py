"""Reservations of an EVSE, of a kind of connector, or of any EVSE of a station (1.6 5.13, 2.0.1 block H).

asked --Accepted--> active --a transaction names it--> used
asked --refused---> refused        active --our cancel, Accepted--> cancelled
active --its time is over------> expired
active --the station gave it up-> removed
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from chargewright.ids import EvseId, StationId, TransactionId

__all__ = [
    "CancelReservation",
    "Reservation",
    "ReservationCancelled",
    "ReservationReported",
    "ReservationState",
    "ReserveEvse",
    "Reserved",
]


class ReservationState(StrEnum):
    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reservation. `evse_id` None: any EVSE of the station, of `connector_type` where one is named.

    `status` is the station's last word on it (`Accepted`, `Faulted`, `Occupied`, `Rejected`, `Unavailable`,
    or how the order failed). With a group every token of the group may use it.
    """

    id: int
    station_id: StationId
    id_token: str
    kind: str
    expires_at: datetime
    created_at: datetime
    changed_at: datetime
    evse_id: EvseId | None = None
    connector_type: str | None = None
    group_id: str | None = None
    state: ReservationState = ReservationState.ASKED
    status: str = ""
    transaction_id: TransactionId | None = None

    def at(self, now: datetime) -> "Reservation":
        """As it stands at `now`: time runs out by our clock, whether the station says so or not."""
        if self.state in {ReservationState.ASKED, ReservationState.ACTIVE} and self.expires_at <= now:
            return replace(self, state=ReservationState.EXPIRED, changed_at=self.expires_at)
        return self


@dataclass(frozen=True, slots=True)
class ReservationReported:
    """ReservationStatusUpdate (2.x). Answer: `Acknowledged`."""

    action: ClassVar[str] = "ReservationStatusUpdate"
    reservation_id: int
    status: Literal["Expired", "Removed", "NoTransaction"]


@dataclass(frozen=True, slots=True)
class ReserveEvse:
    """ReserveNow. Outcome: `Reserved`."""

    reservation_id: int
    id_token: str
    kind: str
    expires_at: datetime
    evse_id: EvseId | None = None
    connector_type: str | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """`status` in OCPP's words: Accepted, Faulted, Occupied, Rejected, Unavailable."""

    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelReservation:
    """CancelReservation. Outcome: `ReservationCancelled`."""

    reservation_id: int


@dataclass(frozen=True, slots=True)
class ReservationCancelled:
    """`accepted` is False where the station has no such reservation."""

    accepted: bool
    reason: str = ""
