"""A site as it is kept: its wires as the operator described them, and how it is to be charged."""

from dataclasses import dataclass
from datetime import datetime

from chargewright.ids import EvseId, SiteId, StationId

__all__ = ["ChargingNeed", "SiteRecord", "SiteSettings"]


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """How a site is charged by plan."""

    goal: str = "balance"
    enabled: bool = True
    lease_s: int = 900
    """Length of a sent profile. Longer means fewer messages; shorter, a quicker hold on unreachable stations."""
    base_current_a: float | None = None
    """What each EVSE may draw without us, for ever. None: an equal share of the tightest limit if at least the
    minimum current comes out, else 0 (a station out of reach does not charge, and the site stays safe)."""
    headroom_percent: float = 0.0
    """Part of every limit that the planner leaves alone."""
    settle_s: float = 5.0
    """How long a car may take to follow a changed limit (IEC 61851: 5 s)."""
    clock_offset_max_s: float = 5.0
    """By how much a station's clock may be off before absolute schedules are not trusted."""
    dwell_default_s: int = 8 * 3600
    """How long a car is taken to stay when nobody says."""
    energy_default_wh: float = 30_000.0
    """What it is taken to want when nobody says."""
    prices: tuple[tuple[datetime, float], ...] = ()
    """Energy price per kWh from each instant on, until the next."""
    demand_charge_per_kw: float = 0.0
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """`definition` is the site as JSON, in the form that `chargewright.charging.site` reads."""

    id: SiteId
    name: str
    definition: bytes
    settings: SiteSettings
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ChargingNeed:
    """What a driver wants: so much energy until then. Told by an app, a fleet system, or the car (2.x)."""

    station_id: StationId
    evse_id: EvseId
    at: datetime
    energy_wh: float | None = None
    departure_at: datetime | None = None
    current_max_a: float | None = None
    source: str = ""
