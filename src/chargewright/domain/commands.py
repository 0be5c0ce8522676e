"""What we order a station to do. Each command names its outcome, and gets exactly one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.charging.profile import Profile, Purpose, RateUnit
from chargewright.charging.timeline import Timeline
from chargewright.domain.additions import AddedCommand, AddedResult
from chargewright.domain.device_model import GetVariables, SetVariables, VariablesAnswered
from chargewright.domain.driver_commands import DriverCommand, DriverResult
from chargewright.domain.firmware import FirmwareCommand, FirmwareResult
from chargewright.domain.security import SecurityCommand, SecurityResult
from chargewright.ids import EvseId

__all__ = [
    "ClearProfiles",
    "Command",
    "CommandOutcome",
    "CompositeReported",
    "InstallProfile",
    "ProfileInstalled",
    "ProfilesCleared",
    "RawAnswered",
    "RawCommand",
    "ReadVariables",
    "ReportCompositeSchedule",
    "Result",
    "VariablesRead",
]


@dataclass(frozen=True, slots=True)
class InstallProfile:
    """SetChargingProfile. Outcome: `ProfileInstalled`."""

    evse_id: EvseId
    profile: Profile


@dataclass(frozen=True, slots=True)
class ProfileInstalled:
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClearProfiles:
    """ClearChargingProfile, by id alone or by filters alone. Outcome: `ProfilesCleared`."""

    profile_id: int | None = None
    evse_id: EvseId | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None


@dataclass(frozen=True, slots=True)
class ProfilesCleared:
    """`found` is False where nothing matched: the station is in the desired state already."""

    found: bool


@dataclass(frozen=True, slots=True)
class ReportCompositeSchedule:
    """GetCompositeSchedule. Outcome: `CompositeReported`."""

    evse_id: EvseId
    duration_s: int
    unit: RateUnit


@dataclass(frozen=True, slots=True)
class CompositeReported:
    """`timeline` is in tenths of `unit` (A per phase, or W), None where the station would not say."""

    unit: RateUnit
    timeline: Timeline | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReadVariables:
    """GetConfiguration (1.6) or GetVariables (2.x). Outcome: `VariablesRead`.

    Names are `Component.Variable` in 2.x, `Component/1.Variable` for that of EVSE 1, and the plain key in 1.6; none
    means all (1.6 only).
    """

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariablesRead:
    values: dict[str, str]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawCommand:
    """Any CSMS-initiated message, its payload as OCPP spells it. Outcome: `RawAnswered`."""

    action: str
    payload: dict[str, object]


@dataclass(frozen=True, slots=True)
class RawAnswered:
    response: dict[str, object]


Command = (
    InstallProfile
    | SecurityCommand
    | ClearProfiles
    | ReportCompositeSchedule
    | ReadVariables
    | GetVariables
    | SetVariables
    | RawCommand
    | DriverCommand
    | FirmwareCommand
    | AddedCommand
)
Result = (
    SecurityResult
    | ProfileInstalled
    | ProfilesCleared
    | CompositeReported
    | VariablesRead
    | VariablesAnswered
    | RawAnswered
    | DriverResult
    | FirmwareResult
    | AddedResult
)


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """How a command ended. `result` is there exactly where `kind` is `answered`.

    `offline` means that it was never sent; `timeout` that nobody knows whether it took effect.
    """

    kind: Literal["answered", "error", "timeout", "offline"]
    sent_at: datetime | None
    answered_at: datetime | None
    result: Result | None = None
    code: str = ""
    description: str = ""
