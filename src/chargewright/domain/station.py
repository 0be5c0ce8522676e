"""A charging station as the central system knows it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from chargewright.charging.profile import StationAbilities
from chargewright.ids import EvseId, SiteId, StationId

__all__ = ["EvseStatus", "Registration", "Station"]


class Registration(StrEnum):
    """The answer to a BootNotification (OCPP 1.6 4.2, 2.0.1 B01 to B03)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class EvseStatus:
    """What an EVSE last said of itself, in OCPP's words (Available, Occupied, Charging, Faulted ...)."""

    evse_id: EvseId
    connector_id: int
    status: str
    at: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """Identity, credentials and what was learnt. `abilities` is None until the station was asked."""

    id: StationId
    registration: Registration = Registration.PENDING
    site_id: SiteId | None = None
    evse_ids: tuple[EvseId, ...] = (EvseId(1),)
    credential: str | None = None
    """How its password is checked (`hmac:...` or `argon2:...`); None lets it in on a trusted network only."""
    reading: Literal["strict", "tolerant", "record-only"] = "strict"
    switches: dict[str, bool] = field(default_factory=dict)
    """Deviations that are borne, or not, whatever `reading` and its model say."""
    time_zone: str = ""
    """Of its timestamps without a zone; empty: UTC."""
    version: str | None = None
    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    firmware_version: str = ""
    abilities: StationAbilities | None = None
    booted_at: datetime | None = None
    last_seen_at: datetime | None = None
    statuses: tuple[EvseStatus, ...] = ()
    commissioned_at: datetime | None = None
    """When its permanent base profile was last confirmed; None: it counts at its rating."""
    security_profile: int | None = None
    """The lowest OCPP security profile that it may connect with (1 to 3): the highest it was ever seen with."""
    raising_to: int | None = None
    """The profile it was ordered to come back with."""
    next_credentials: tuple[str, ...] = ()
    """Passwords that were ordered and of which nobody knows whether the station took them: they hold beside the old."""
    secc_ids: tuple[str, ...] = ()
    """The names that its EVSEs have towards cars (ISO15118Ctrlr.SeccId), for their certificates."""
