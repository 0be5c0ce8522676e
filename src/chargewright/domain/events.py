"""What happened, in the past tense. Published on the bus after the commit; nobody may answer an event."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from chargewright.domain.site import ChargingNeed
from chargewright.ids import EvseId, SiteId, StationId, TransactionId

__all__ = [
    "ErrandProgressed",
    "Event",
    "FileReceived",
    "MeasurementsRecorded",
    "NeedTold",
    "PlanDiverged",
    "PlanMade",
    "PlanVerified",
    "ProfileRefused",
    "SecurityAlerted",
    "SiteChanged",
    "StationBooted",
    "StationConnected",
    "StationDisconnected",
    "StationRegistered",
    "StationStatusChanged",
    "TransactionBegan",
    "TransactionEnded",
    "TransactionUpdated",
]


@dataclass(frozen=True, slots=True)
class StationConnected:
    station_id: StationId
    at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class StationDisconnected:
    station_id: StationId
    at: datetime


@dataclass(frozen=True, slots=True)
class StationBooted:
    station_id: StationId
    at: datetime
    registration: str


@dataclass(frozen=True, slots=True)
class StationRegistered:
    """Somebody decided anew whether the station is accepted; it hears of it at its next boot."""

    station_id: StationId
    at: datetime
    registration: str


@dataclass(frozen=True, slots=True)
class StationStatusChanged:
    station_id: StationId
    evse_id: EvseId
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class TransactionBegan:
    station_id: StationId
    transaction_id: TransactionId
    evse_id: EvseId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TransactionUpdated:
    station_id: StationId
    transaction_id: TransactionId
    at: datetime
    charging_state: str | None


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    station_id: StationId
    transaction_id: TransactionId
    evse_id: EvseId | None
    at: datetime


class MeasurementsRecorded(Struct, frozen=True, gc=False):
    """One per committed message, never one per sample; a Struct like `requests.MeterReported`, for the same reason."""

    station_id: StationId
    evse_id: EvseId
    at: datetime


@dataclass(frozen=True, slots=True)
class NeedTold:
    """A driver, an app or the car said what it wants."""

    need: ChargingNeed


@dataclass(frozen=True, slots=True)
class SiteChanged:
    """Its limits, goal or prices changed: the plan in force may be out of date."""

    site_id: SiteId
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanMade:
    site_id: SiteId
    at: datetime
    engine: str
    objective: float
    gap: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class PlanVerified:
    station_id: StationId
    evse_id: EvseId
    profile_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanDiverged:
    station_id: StationId
    evse_id: EvseId
    profile_id: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ProfileRefused:
    station_id: StationId
    evse_id: EvseId
    profile_id: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SecurityAlerted:
    """A security event that is critical, or that was noticed here."""

    station_id: StationId
    at: datetime
    kind: str
    tech_info: str


@dataclass(frozen=True, slots=True)
class FileReceived:
    """A station left a file here; `reference` is the number of the request that asked for it."""

    station_id: StationId
    file_id: str
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class ErrandProgressed:
    """A firmware update, its publication or a log came a step further; `what` is which of them."""

    station_id: StationId
    what: str
    number: int
    at: datetime
    state: str
    status: str


Event = (
    StationConnected
    | StationDisconnected
    | StationBooted
    | StationRegistered
    | StationStatusChanged
    | TransactionBegan
    | TransactionUpdated
    | TransactionEnded
    | MeasurementsRecorded
    | NeedTold
    | SiteChanged
    | PlanMade
    | PlanVerified
    | PlanDiverged
    | ProfileRefused
    | SecurityAlerted
    | FileReceived
    | ErrandProgressed
)
