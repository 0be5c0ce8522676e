"""Charging first: a profile in reserve that overrules the transaction's own (OCPP 2.1 part 2, K21 and K22)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

__all__ = ["PriorityChange", "PriorityTold", "UsePriority"]


@dataclass(frozen=True, slots=True)
class PriorityTold:
    """NotifyPriorityCharging: somebody switched it at the station. Answer: `Acknowledged`."""

    action: ClassVar[str] = "NotifyPriorityCharging"
    wire_id: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class UsePriority:
    """UsePriorityCharging. Outcome: `Answered` (Accepted, Rejected or NoProfile)."""

    wire_id: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class PriorityChange:
    """One switch that was ordered here or told by the station; `status` is what became of an order."""

    at: datetime
    wire_id: str
    is_active: bool
    by: Literal["operator", "station"]
    status: str = ""
    reason: str = ""
