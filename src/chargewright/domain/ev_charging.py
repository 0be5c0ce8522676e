"""What a 2.x station tells of limits that others set, and of what the car itself wants (OCPP 2.x block K, ISO 15118)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from chargewright.charging.profile import RateUnit
from chargewright.ids import EvseId

__all__ = [
    "EvSchedule",
    "EvScheduleAnswer",
    "EvScheduleReported",
    "ExternalLimit",
    "ExternalLimitCleared",
    "ExternalLimitReported",
    "KnownEvSchedule",
]


@dataclass(frozen=True, slots=True)
class ExternalLimitReported:
    """NotifyChargingLimit. Answer: `Acknowledged`. `evse_id` None: the whole station."""

    action: ClassVar[str] = "NotifyChargingLimit"
    source: str
    evse_id: EvseId | None
    is_grid_critical: bool | None
    schedules: list[Any]
    """As OCPP spells them."""
    is_local_generation: bool = False
    """2.1: not a limit but power that is generated at the site."""


@dataclass(frozen=True, slots=True)
class ExternalLimitCleared:
    """ClearedChargingLimit. Answer: `Acknowledged`."""

    action: ClassVar[str] = "ClearedChargingLimit"
    source: str
    evse_id: EvseId | None


@dataclass(frozen=True, slots=True)
class EvSchedule:
    """What a car means to draw: steps of (seconds after `at`, limit in `unit`), the last one open to `duration_s`."""

    at: datetime
    unit: RateUnit
    steps: tuple[tuple[int, float], ...]
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class EvScheduleReported:
    """NotifyEVChargingSchedule. Answer: `EvScheduleAnswer`."""

    evse_id: EvseId
    schedule: EvSchedule


@dataclass(frozen=True, slots=True)
class EvScheduleAnswer:
    """Rejected: it asks for more than the charging profile in force allows."""

    status: Literal["Accepted", "Rejected"]


@dataclass(frozen=True, slots=True)
class ExternalLimit:
    """A limit that somebody else set at a station and that holds there, as the station told it."""

    source: str
    evse_id: EvseId | None
    is_grid_critical: bool | None
    schedules: list[Any]
    told_at: datetime
    is_local_generation: bool = False


@dataclass(frozen=True, slots=True)
class KnownEvSchedule:
    """The newest schedule of a car at one EVSE, and what was said to it; `why` where it was refused."""

    evse_id: EvseId
    schedule: EvSchedule
    status: Literal["Accepted", "Rejected"]
    told_at: datetime
    why: str = ""
