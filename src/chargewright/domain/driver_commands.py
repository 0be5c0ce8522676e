"""Orders about transactions and what they cost, and the union of all that concerns drivers (blocks D, E, H, I, O)."""

from dataclasses import dataclass
from decimal import Decimal

from chargewright.domain.display import ClearMessage, MessageCleared, MessageShown, ShowMessage
from chargewright.domain.local_list import ListVersion, LocalListSent, ReadListVersion, SendLocalList
from chargewright.domain.reservation import CancelReservation, ReservationCancelled, Reserved, ReserveEvse

__all__ = [
    "AskTransaction",
    "CostShown",
    "DriverCommand",
    "DriverResult",
    "ShowCost",
    "TransactionTold",
]


@dataclass(frozen=True, slots=True)
class AskTransaction:
    """GetTransactionStatus (2.x). Outcome: `TransactionTold`. Without an id it asks for waiting messages of any."""

    wire_id: str | None = None


@dataclass(frozen=True, slots=True)
class TransactionTold:
    """`ongoing` is None where no transaction was asked about, or the station did not say."""

    messages_in_queue: bool
    ongoing: bool | None = None


@dataclass(frozen=True, slots=True)
class ShowCost:
    """CostUpdated (2.x): what a transaction cost so far, tax included. Outcome: `CostShown`."""

    wire_id: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class CostShown:
    """The station took note."""


DriverCommand = (
    AskTransaction
    | ShowCost
    | ReserveEvse
    | CancelReservation
    | SendLocalList
    | ReadListVersion
    | ShowMessage
    | ClearMessage
)
DriverResult = (
    TransactionTold
    | CostShown
    | Reserved
    | ReservationCancelled
    | LocalListSent
    | ListVersion
    | MessageShown
    | MessageCleared
)
