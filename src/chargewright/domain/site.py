"""A site as it is kept: its wires as the operator described them, and how it is to be charged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.ids import EvseId, SiteId, StationId

__all__ = ["ChargingNeed", "SiteRecord", "SiteSettings"]


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """How a site is charged by plan."""

    goal: str = "balance"
    """One, or several in their order: `cost,carbon`."""
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
    on_min_s: int = 0
    off_min_s: int = 0
    """A car that was switched on or off stays so for at least so long, as far as limits allow."""
    dwell_default_s: int = 8 * 3600
    """How long a car is taken to stay when nobody says."""
    energy_default_wh: float = 30_000.0
    """What it is taken to want when nobody says."""
    energy_min_default_wh: float = 0.0
    """What every car is guaranteed, counted from its arrival, unless somebody said more or less."""
    discharge: bool = False
    """Cars that may be discharged, at stations that can (2.1), give back where that serves the goal."""
    discharge_reserve_percent: float = 30.0
    """No car is discharged below this state of charge, nor below what it says itself."""
    discharge_efficiency: float = 0.85
    """Of a kWh charged, so much comes back."""
    discharge_wear_per_kwh: float = 0.05
    """What giving a kWh costs a car's battery: less gain is left alone."""
    learn: bool = True
    """Learn from past transactions how long cars stay, what they take and what they can do."""
    time_zone: str = "UTC"
    """Where the site's clocks and weekdays are: habits go by them."""
    prices: tuple[tuple[datetime, float], ...] = ()
    """Energy price per kWh from each instant on, until the next."""
    export_prices: tuple[tuple[datetime, float], ...] = ()
    """What a kWh fed in earns from each instant on, where no energy tariff says it."""
    energy_value_per_kwh: float | None = None
    """What a kWh that a car wants and does not get costs. None: energy always comes before the goal."""
    demand_charge_per_kw: float = 0.0
    peak_expected_w: float = 0.0
    """The peak that the billing period will come to anyway, as last month's says, say: nothing is saved below it."""
    currency: str = "EUR"
    energy_tariff: str | None = None
    """An energy tariff by its id; it takes the place of `prices`, `demand_charge_per_kw` and `currency`."""
    price_provider: str | None = None
    price_area: str | None = None
    """Where prices come from, or what the energy tariff adds its own to."""
    carbon_provider: str | None = None
    carbon_area: str | None = None
    base_load: Literal["none", "load", "site"] = "none"
    """Which measurements say what the rest of the site draws: its own meter and that of the photovoltaics (`load`),
    the meter at the grid without what is charged (`site`), or none."""
    base_load_quantile: float = 0.9
    """Limits are kept for a base load that is exceeded with probability 1 - this; money is reckoned by the median."""


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
    energy_min_wh: float | None = None
    """The part of `energy_wh` that must be there by `minimum_by`, or by the earliest likely departure."""
    minimum_by: datetime | None = None
    soc_now_percent: float | None = None
    soc_target_percent: float | None = None
    battery_wh: float | None = None
    discharge_power_w_max: float | None = None
    """The car may be discharged with so much (2.1, V2X); None: it may not."""
    discharge_down_to_wh: float | None = None
    """So far below or above what it held at `at` the car lets itself be discharged: -20,000 is 20 kWh less (2.1)."""
    charge_up_to_wh: float | None = None
    """So much it could take in from `at` on (2.1)."""
    exported_wh: float = 0.0
    """The EVSE's register of what was given back, at `at`."""
    delivered_wh: float = 0.0
    """What the transaction had got already at `at`: energies count from there."""

    def wanted_wh(self, battery_wh: float | None = None) -> float | None:
        """The energy wanted from the car's arrival on: as said, else what lifts the battery from its state to the target.

        `battery_wh`: a capacity learnt otherwise, for a car that does not tell its own.
        """
        capacity_wh = self.battery_wh or battery_wh
        if self.energy_wh is not None:
            return self.delivered_wh + self.energy_wh
        if self.soc_now_percent is None or self.soc_target_percent is None or capacity_wh is None:
            return None
        missing_percent = max(self.soc_target_percent - self.soc_now_percent, 0.0)
        return self.delivered_wh + missing_percent / 100 * capacity_wh
