"""How a station departs from the standard: what is known of its model, and what was seen of itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["CompatibilityRecord", "Deviation", "Hint", "Quirk"]


class Hint(StrEnum):
    """What to mind when charging is controlled."""

    ONLY_STACK_LEVEL_ZERO = "only_stack_level_zero"
    REJECTS_ZERO = "rejects_zero"
    DOES_NOT_CLEAR = "does_not_clear"
    COMPOSITE_UNRELIABLE = "composite_unreliable"
    REGISTER_OF_SESSION = "register_of_session"
    TX_DEFAULT_ONLY = "tx_default_only"
    TX_PROFILE_NEEDED = "tx_profile_needed"
    ABSOLUTE_NEEDS_START = "absolute_needs_start"
    SLOW_TO_RESUME = "slow_to_resume"
    CONFIGURATION_INCOMPLETE = "configuration_incomplete"
    LOCAL_TIME_AS_UTC = "local_time_as_utc"


@dataclass(frozen=True, slots=True)
class Quirk:
    """What is known of some stations. Vendor, model and firmware are patterns with * and ?, whatever the case."""

    id: str
    title: str
    vendor: str = "*"
    model: str = "*"
    firmware: str = "*"
    sources: tuple[str, ...] = ()
    switches: dict[str, bool] = field(default_factory=dict)
    hints: frozenset[Hint] = frozenset()
    origin: str = ""
    """The file it was read from."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One kind of deviation of one station: `what` it was about, how often, and the latest frame that shows it.

    `switch`: what bore it; empty where it was refused, or is none of the switches' business.
    """

    what: str
    description: str
    switch: str
    count: int
    first_at: datetime
    last_at: datetime
    frame: str = ""


@dataclass(frozen=True, slots=True)
class CompatibilityRecord:
    """All kinds that were seen of one station; `more` counts those that came when there was no room."""

    deviations: tuple[Deviation, ...] = ()
    more: int = 0
