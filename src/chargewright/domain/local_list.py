"""The local authorization list of a station: whom it lets charge without asking (1.6 3.5.2, 2.0.1 block D)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chargewright.domain.requests import TokenInfo

__all__ = [
    "ListEntry",
    "ListState",
    "ListVersion",
    "LocalList",
    "LocalListSent",
    "ReadListVersion",
    "SendLocalList",
    "TokenChoice",
]


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """Which tokens a list holds: those named, and those that fit a group or a kind; `everybody` takes all."""

    tokens: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    everybody: bool = False


class ListState(StrEnum):
    """Whether a station holds what it should."""

    CURRENT = "current"
    BEHIND = "behind"
    """It has to be sent; the reason says what stood in the way last time."""
    FAILED = "failed"
    """The station refused it twice: a human has to look."""
    UNSUPPORTED = "unsupported"
    """The station has no local list."""


@dataclass(frozen=True, slots=True)
class LocalList:
    """What one station should hold, and what it holds as far as we know.

    `held` has the digest of every entry that the station accepted, by token; None where nobody knows.
    `reported_version` is what the station said last: 0 for an empty list, -1 where it has none (1.6).
    """

    choice: TokenChoice
    version: int = 0
    held: dict[str, str] | None = None
    held_kinds: dict[str, str] | None = None
    state: ListState = ListState.BEHIND
    reason: str = ""
    reported_version: int | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One token of a list; without `info` it is to be removed."""

    id_token: str
    kind: str
    info: TokenInfo | None = None


@dataclass(frozen=True, slots=True)
class SendLocalList:
    """SendLocalList. Outcome: `LocalListSent`. A full update without entries clears the list."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalListSent:
    """`status`: Accepted, Failed, VersionMismatch, or NotSupported (1.6)."""

    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReadListVersion:
    """GetLocalListVersion. Outcome: `ListVersion`."""


@dataclass(frozen=True, slots=True)
class ListVersion:
    version: int
