"""Dynamic charging profiles: one period whose values are replaced while it lasts (OCPP 2.1 part 2, K28)."""

from dataclasses import dataclass
from datetime import datetime

from chargewright.charging.profile import Purpose, RateUnit
from chargewright.ids import EvseId

__all__ = [
    "DynamicProfile",
    "DynamicValues",
    "PulledAnswer",
    "UpdateDynamicProfile",
    "UpdatePulled",
]


@dataclass(frozen=True, slots=True)
class DynamicValues:
    """What a dynamic profile says now, in tenths of its unit (A per phase, or W). None leaves out, it is no zero.

    Where values for L2 and L3 are given, the one without a phase speaks for L1. Discharge limits are never positive.
    """

    limit_tenths: int | None = None
    limit_tenths_l2: int | None = None
    limit_tenths_l3: int | None = None
    discharge_limit_tenths: int | None = None
    discharge_limit_tenths_l2: int | None = None
    discharge_limit_tenths_l3: int | None = None
    setpoint_tenths: int | None = None
    setpoint_tenths_l2: int | None = None
    setpoint_tenths_l3: int | None = None
    setpoint_reactive_tenths: int | None = None
    setpoint_reactive_tenths_l2: int | None = None
    setpoint_reactive_tenths_l3: int | None = None


@dataclass(frozen=True, slots=True)
class UpdatePulled:
    """PullDynamicScheduleUpdate. Answer: `PulledAnswer`."""

    profile_id: int


@dataclass(frozen=True, slots=True)
class PulledAnswer:
    """`values` is None where there is nothing to tell; `reason` is a reason code of at most 20 characters."""

    values: DynamicValues | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UpdateDynamicProfile:
    """UpdateDynamicSchedule. Outcome: `Answered`."""

    profile_id: int
    values: DynamicValues


@dataclass(frozen=True, slots=True)
class DynamicProfile:
    """A dynamic profile that a station took from us.

    `follows_plan`: a pull is answered with what the plan in force allows at that moment, not with `values`.
    """

    id: int
    evse_id: EvseId
    purpose: Purpose
    unit: RateUnit
    stack_level: int
    values: DynamicValues
    installed_at: datetime
    follows_plan: bool = False
    interval_s: int | None = None
    duration_s: int | None = None
    transaction: str | None = None
    """The station's name of it, in a TxProfile."""
    updated_at: datetime | None = None
    pulled_at: datetime | None = None
