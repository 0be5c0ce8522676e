"""What `POST /plans` and `chargewright plan` are asked: a site, its sessions, what energy costs, what is installed."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from chargewright.charging.planner.plan import Engine
from chargewright.charging.tariff import EnergyTariff
from chargewright.csms.site_bounds import AMPERES_MAX, STEPS_MAX
from chargewright.csms.site_definition import SiteDefinition

__all__ = [
    "MONEY_MAX",
    "BatteryQuestion",
    "DemandChargeQuestion",
    "DischargeQuestion",
    "InstalledQuestion",
    "PlanQuestion",
    "SessionQuestion",
]

OcppVersion = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]

# Every figure has bounds: NaN and infinity are within none, and far beyond them doubles no longer tell what was asked.

MONEY_MAX = 1e6
"""Of a kWh or a kW, in any currency."""

_INT_MAX = 2**31 - 1
_DAYS_30_S = 30 * 86_400

_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
_Amperes: TypeAlias = Annotated[float, Meta(ge=0, le=AMPERES_MAX)]
_WattHours: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
_Watts: TypeAlias = Annotated[float, Meta(ge=-1e9, le=1e9)]
_Charge: TypeAlias = Annotated[float, Meta(ge=0, le=MONEY_MAX)]
_Price: TypeAlias = Annotated[float, Meta(ge=-MONEY_MAX, le=MONEY_MAX)]
_Grams: TypeAlias = Annotated[float, Meta(ge=0, le=1e6)]
_Share: TypeAlias = Annotated[float, Meta(gt=0, le=1)]
_Priority: TypeAlias = Annotated[float, Meta(gt=0, le=1e6)]
_Count: TypeAlias = Annotated[int, Meta(ge=0, le=_INT_MAX)]
_Number: TypeAlias = Annotated[int, Meta(ge=1, le=_INT_MAX)]

_Steps = Meta(min_length=1, max_length=STEPS_MAX)
_PriceOverTime: TypeAlias = _Price | Annotated[list[tuple[datetime, _Price]], _Steps]
_GramsOverTime: TypeAlias = _Grams | Annotated[list[tuple[datetime, _Grams]], _Steps]
_WattsOverTime: TypeAlias = _Watts | Annotated[list[tuple[datetime, _Watts]], _Steps]
_ShareOverTime: TypeAlias = _Charge | Annotated[list[tuple[datetime, _Charge]], _Steps]


class DischargeQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a battery may give back; energies in Wh as metered when they were charged."""

    current_max_a: _Amperes
    """Per conductor."""
    available_wh: _WattHours
    """What may be taken from what it has now, until its reserve is reached."""
    room_wh: _WattHours | None = None
    """What fits in from now on; None: no more than is wanted."""
    spare_wh: _WattHours = 0.0
    """It may leave with so much less than it has now; only where no energy is wanted."""
    efficiency: _Share = 0.85
    """Of a kWh charged, so much comes back."""
    wear_per_kwh: _Charge = 0.0
    """What giving a kWh costs the battery, in the money of the prices."""


class SessionQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One car. Energies in Wh, currents in A per conductor, times with a zone."""

    id: _Name
    station: _Name
    departure: datetime
    energy_wh: _WattHours
    evse: _Number = 1
    arrival: datetime | None = None
    """None: it is here."""
    energy_delivered_wh: _WattHours = 0.0
    energy_min_wh: _WattHours = 0.0
    """The part of `energy_wh` that is guaranteed."""
    guarantee_by: datetime | None = None
    """When that part is to be there; None: by the departure."""
    tail_wh: _WattHours = 0.0
    """The last so many Wh are taken at a current that falls with what is left."""
    current_max_a: _Amperes | None = None
    """The car's own maximum, where it is less than the EVSE's."""
    current_min_a: _Amperes | None = None
    priority: _Priority = 1.0
    can_pause: bool = True
    charging: bool = False
    discharge: DischargeQuestion | None = None
    """The car may be discharged (OCPP 2.1 only)."""
    transaction_id: Annotated[str, Meta(min_length=1, max_length=36)] | None = None
    """With it a TxProfile is made, without it a TxDefaultProfile."""
    profile_id: _Count | None = None
    """None: the number of the EVSE. No two sessions of a station may have the same, or one would replace the other."""
    stack_level: _Count = 0
    unit: Literal["A", "W"] = "A"
    periods_max: _Number | None = None


class DemandChargeQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Money per kW of the highest power, as far as it rises above the peak so far."""

    name: str
    per_kw: _Charge
    peak_so_far_w: _Watts = 0.0
    active: _ShareOverTime | None = None
    """1 where power counts, 0 where it does not; None: always."""


class InstalledQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a station was last sent for a session, and accepted: `request` is the payload of its SetChargingProfile."""

    session: str
    station: str
    request: dict[str, Any]


class BatteryQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a battery of the site holds now, in Wh as metered when it was charged."""

    id: str
    energy_wh: _WattHours


class PlanQuestion(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A site as it is now, and what is wanted of it."""

    site: SiteDefinition
    sessions: Annotated[list[SessionQuestion], Meta(max_length=10_000)]
    at: datetime
    batteries: list[BatteryQuestion] = []
    """Those of the site that are planned; they end the next day as full as they are."""
    goal: str | Annotated[list[str], Meta(min_length=1, max_length=10)] = "balance"
    """One goal, or several in their order."""
    protocol: OcppVersion = "ocpp1.6"
    prices: _PriceOverTime | None = None
    """Per kWh: a number, or [[from, number], ...]."""
    export_prices: _PriceOverTime | None = None
    """What a kWh fed in earns."""
    tariff: EnergyTariff | None = None
    """Instead of prices, export_prices and demand charges."""
    peaks_so_far_w: dict[str, _Watts] = {}
    """With a tariff: the highest power of the billing period, by the name of the demand rule."""
    carbon_g_per_kwh: _GramsOverTime | None = None
    demand_charges: Annotated[list[DemandChargeQuestion], Meta(max_length=100)] = []
    energy_value_per_kwh: _Charge | None = None
    """What an unserved kWh costs; None: energy always comes first."""
    demand_charge_per_kw: _Charge = 0.0
    peak_so_far_w: _Watts = 0.0
    base_power_w: _WattsOverTime | None = None
    lease_s: Annotated[int, Meta(ge=1, le=_DAYS_30_S)] | None = None
    """Profiles end after so long; None: with the car's stay."""
    engine: Engine = "auto"
    installed: Annotated[list[InstalledQuestion], Meta(max_length=20_000)] | None = None
    """What stations hold already: the answer then tells what is unchanged, and what is to be cleared."""
