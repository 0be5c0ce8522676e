"""What `POST /plans` and `chargewright plan` are asked: a site, its sessions, what energy costs, what is installed."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from chargewright.charging.planner.plan import Engine
from chargewright.charging.tariff import EnergyTariff
from chargewright.csms.site_definition import Limit, SiteDefinition

__all__ = [
    "DemandChargeQuestion",
    "DischargeQuestion",
    "InstalledQuestion",
    "PlanQuestion",
    "SessionQuestion",
]

OcppVersion = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


class DischargeQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a battery may give back; energies in Wh as metered when they were charged."""

    current_max_a: float
    """Per conductor."""
    available_wh: float
    """What may be taken from what it has now, until its reserve is reached."""
    room_wh: float | None = None
    """What fits in from now on; None: no more than is wanted."""
    spare_wh: float = 0.0
    """It may leave with so much less than it has now; only where no energy is wanted."""
    efficiency: float = 0.85
    """Of a kWh charged, so much comes back."""
    wear_per_kwh: float = 0.0
    """What giving a kWh costs the battery, in the money of the prices."""


class SessionQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One car. Energies in Wh, currents in A per conductor, times with a zone."""

    id: str
    station: str
    departure: datetime
    energy_wh: float
    evse: int = 1
    arrival: datetime | None = None
    """None: it is here."""
    energy_delivered_wh: float = 0.0
    energy_min_wh: float = 0.0
    """The part of `energy_wh` that is guaranteed."""
    guarantee_by: datetime | None = None
    """When that part is to be there; None: by the departure."""
    tail_wh: float = 0.0
    """The last so many Wh are taken at a current that falls with what is left."""
    current_max_a: float | None = None
    """The car's own maximum, where it is less than the EVSE's."""
    current_min_a: float | None = None
    priority: float = 1.0
    can_pause: bool = True
    charging: bool = False
    discharge: DischargeQuestion | None = None
    """The car may be discharged (OCPP 2.1 only)."""
    transaction_id: str | None = None
    """With it a TxProfile is made, without it a TxDefaultProfile."""
    profile_id: int | None = None
    """None: the number of the EVSE. No two sessions of a station may have the same, or one would replace the other."""
    stack_level: int = 0
    unit: Literal["A", "W"] = "A"
    periods_max: int | None = None


class DemandChargeQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Money per kW of the highest power, as far as it rises above the peak so far."""

    name: str
    per_kw: float
    peak_so_far_w: float = 0.0
    active: Limit | None = None
    """1 where power counts, 0 where it does not; None: always."""


class InstalledQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a station was last sent for a session, and accepted: `request` is the payload of its SetChargingProfile."""

    session: str
    station: str
    request: dict[str, Any]


class BatteryQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a battery of the site holds now, in Wh as metered when it was charged."""

    id: str
    energy_wh: float


class PlanQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A site as it is now, and what is wanted of it."""

    site: SiteDefinition
    sessions: list[SessionQuestion]
    at: datetime
    batteries: list[BatteryQuestion] = []
    """Those of the site that are planned; they end the next day as full as they are."""
    goal: str | list[str] = "balance"
    """One goal, or several in their order."""
    protocol: OcppVersion = "ocpp1.6"
    prices: Limit | None = None
    """Per kWh: a number, or [[from, number], ...]."""
    export_prices: Limit | None = None
    """What a kWh fed in earns."""
    tariff: EnergyTariff | None = None
    """Instead of prices, export_prices and demand charges."""
    peaks_so_far_w: dict[str, float] = {}
    """With a tariff: the highest power of the billing period, by the name of the demand rule."""
    carbon_g_per_kwh: Limit | None = None
    demand_charges: list[DemandChargeQuestion] = []
    energy_value_per_kwh: float | None = None
    """What an unserved kWh costs; None: energy always comes first."""
    demand_charge_per_kw: float = 0.0
    peak_so_far_w: float = 0.0
    base_power_w: Limit | None = None
    lease_s: int | None = None
    """Profiles end after so long; None: with the car's stay."""
    engine: Engine = "auto"
    installed: list[InstalledQuestion] | None = None
    """What stations hold already: the answer then tells what is unchanged, and what is to be cleared."""
