"""What concerns power in both directions beside profiles: allowed modes, signals for frequency (OCPP 2.1 block Q)."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["AllowModes", "ModesAllowed", "SendFrequencySignal", "SignalSent"]


@dataclass(frozen=True, slots=True)
class AllowModes:
    """NotifyAllowedEnergyTransfer: which modes a transaction may use (AC_BPT, DC ...). Outcome: `Answered`."""

    wire_id: str
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendFrequencySignal:
    """AFRRSignal: the value by which stations in the mode LocalFrequency look up their power. Outcome: `Answered`."""

    at: datetime
    signal: int


@dataclass(frozen=True, slots=True)
class ModesAllowed:
    """The modes that a transaction was last told, and what the station answered."""

    wire_id: str
    modes: tuple[str, ...]
    at: datetime
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SignalSent:
    """One signal, for which moment, and what the station answered."""

    at: datetime
    signal: int
    status: str
    reason: str = ""
