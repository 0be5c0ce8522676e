"""Batteries that are put into a station and taken out of it (OCPP 2.1 part 2, block S)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chargewright.ids import EvseId

__all__ = ["BatteriesSwapped", "Battery", "RequestSwap", "SwapEvent", "SwapRequest"]


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery in one slot; `evse_id` is the slot."""

    evse_id: EvseId
    serial_number: str
    soc_percent: float
    soh_percent: float
    produced_at: datetime | None = None
    vendor_info: str = ""


@dataclass(frozen=True, slots=True)
class BatteriesSwapped:
    """BatterySwap: batteries came in, went out, or were not taken in time. Answer: `Acknowledged`."""

    action: ClassVar[str] = "BatterySwap"
    event: str
    request_id: int
    id_token: str
    token_kind: str
    batteries: tuple[Battery, ...]


@dataclass(frozen=True, slots=True)
class RequestSwap:
    """RequestBatterySwap. Outcome: `Answered`."""

    request_id: int
    id_token: str
    token_kind: str


@dataclass(frozen=True, slots=True)
class SwapEvent:
    """What was told of a swap, when it came."""

    at: datetime
    told: BatteriesSwapped


@dataclass(frozen=True, slots=True)
class SwapRequest:
    """A swap that was ordered here, and what the station answered."""

    request_id: int
    id_token: str
    at: datetime
    status: str
    reason: str = ""
