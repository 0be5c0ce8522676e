"""Charging profiles on their way and in force: the entries of the envelope ledger.

    SENT --accepted--> ACCEPTED            (then verified or diverged, by the station's own composite schedule)
      |--refused--> REJECTED
      |--never left--> FAILED
    SENT, ACCEPTED --a later one confirmed and settled--> SUPERSEDED
    SENT, ACCEPTED --its transaction or its lease is over--> ENDED

A station may hold every profile that is SENT or ACCEPTED: those are the ones that count.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from chargewright.charging.profile import Profile
from chargewright.ids import EvseId, StationId, TransactionId

__all__ = ["MAY_BE_HELD", "InstalledProfile", "ProfileState"]


class ProfileState(StrEnum):
    """How far a profile has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    ENDED = "ended"


MAY_BE_HELD = frozenset({ProfileState.SENT, ProfileState.ACCEPTED})


@dataclass(frozen=True, slots=True)
class InstalledProfile:
    """One profile that was sent to a station. `entry_id` is ours: a profile id may be sent many times.

    `settled_at` is when the station's answer came; `ends_at` when the station lets go of the profile by itself
    (None: never). `accepted` and `verification` outlive the state: they tell afterwards whether the station
    took it and whether its composite schedule agreed. `reason` says why it was refused or how it diverged.
    """

    entry_id: int
    station_id: StationId
    evse_id: EvseId
    profile: Profile
    state: ProfileState
    sent_at: datetime
    settled_at: datetime | None = None
    ends_at: datetime | None = None
    transaction_id: TransactionId | None = None
    accepted: bool = False
    verification: Literal["", "verified", "diverged"] = ""
    may_exceed: bool = False
    """The divergence is to the unsafe side: the station may draw more than this profile allows."""
    reason: str = ""
