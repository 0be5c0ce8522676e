"""Controls of distributed energy resources: what an inverter does for the grid (OCPP 2.1 part 2, block R)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

__all__ = [
    "ClearDer",
    "DerAlarm",
    "DerAnswered",
    "DerChange",
    "DerControl",
    "DerEvent",
    "SetDer",
]


@dataclass(frozen=True, slots=True)
class SetDer:
    """SetDERControl. Outcome: `DerAnswered`. `setting` as OCPP spells that of the type (a curve, a droop ...)."""

    control_id: str
    type: str
    is_default: bool
    setting: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClearDer:
    """ClearDERControl: one control, or all of a type, or all. Outcome: `DerAnswered`."""

    is_default: bool
    type: str | None = None
    control_id: str | None = None


@dataclass(frozen=True, slots=True)
class DerAnswered:
    """Accepted, Rejected, NotSupported or NotFound; the controls that a new one puts out of force."""

    status: str
    reason: str = ""
    superseded_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerAlarm:
    """NotifyDERAlarm: the grid is beyond a bound of a control, or back within it. Answer: `Acknowledged`."""

    action: ClassVar[str] = "NotifyDERAlarm"
    type: str
    at: datetime
    fault: str = ""
    ended: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class DerChange:
    """NotifyDERStartStop: a control begins to count, or ends. Answer: `Acknowledged`."""

    action: ClassVar[str] = "NotifyDERStartStop"
    control_id: str
    started: bool
    at: datetime
    superseded_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerControl:
    """A control that a station holds, as far as is known. `started` is None until it told."""

    id: str
    type: str
    is_default: bool
    setting: dict[str, Any]
    changed_at: datetime
    superseded: bool = False
    started: bool | None = None
    confirmed_at: datetime | None = None
    """When the station itself last reported it."""


@dataclass(frozen=True, slots=True)
class DerEvent:
    """What a station told, when it came: an alarm, or a start or stop."""

    heard_at: datetime
    alarm: DerAlarm | None = None
    change: DerChange | None = None
