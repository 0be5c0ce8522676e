"""One EVSE of a station, as the station sees it: who is plugged in, what runs, what is offered, what is due when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chargewright.charging.profile import OperationMode, Profile
from chargewright.simulator.said import EvseStatus, Reading, Transaction
from chargewright.simulator.scenario import Arrival

__all__ = ["CONNECTOR_TYPE", "LONG_AGO", "NEVER", "Evse", "RemoteStart", "later"]

NEVER = datetime.max.replace(tzinfo=UTC)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def later(at: datetime, wait_s: float) -> datetime:
    """So many seconds later; `NEVER` where a central system asks for more than there is time."""
    try:
        return at + timedelta(seconds=wait_s)
    except (OverflowError, ValueError):
        return NEVER


CONNECTOR_TYPE = "cType2"
"""Every simulated EVSE has one connector, of this type."""


@dataclass(slots=True)
class RemoteStart:
    id_token: str
    remote_start_id: int | None
    profile: Profile | None
    until: datetime
    group: str | None = None
    id_kind: str = "ISO14443"


@dataclass(slots=True)
class Evse:
    """One EVSE and what stands at it."""

    id: int
    available: bool = True
    faulted: bool = False
    resetting: bool = False
    """It starts anew by itself, and serves nobody meanwhile (2.x B11.FR.08)."""
    reset_next: bool = False
    unavailable_next: bool = False
    arrival: Arrival | None = None
    transaction: Transaction | None = None
    first: Reading | None = None
    drawing: bool = False
    status: EvseStatus = EvseStatus.AVAILABLE
    told: EvseStatus | None = None
    finished: bool = False
    card_attempts: int = 0
    card_due: datetime = NEVER
    meter_due: datetime = NEVER
    suspend_due: datetime = NEVER
    remote: RemoteStart | None = None
    paying_until: datetime = LONG_AGO
    """Somebody pays on the web for it: others wait so long (2.1 C25)."""
    limit_a: float = 0.0
    """What it offers the car; below 0: what the car is to give back; 0: nothing."""
    limit_until: datetime = LONG_AGO
    limit_shown: bool = True
    """Whether the status has been looked at since the limit was."""
    mode_told: OperationMode | None = None
    """How energy is transferred, as was told last (2.1, where cars can give)."""

    @property
    def in_service(self) -> bool:
        """Whether it may serve anybody."""
        return self.available and not self.faulted and not self.resetting

    @property
    def due(self) -> datetime:
        return min(self.card_due, self.meter_due, self.suspend_due)
