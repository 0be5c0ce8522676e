"""What `csms/learning.py` tells people: what a site and a token taught, and how well it turned out."""

from dataclasses import dataclass
from datetime import datetime

from chargewright.charging.site import EvseKey
from chargewright.charging.stays import StayEstimate
from chargewright.charging.tail import Car
from chargewright.ids import SiteId, TransactionId

__all__ = ["Hits", "SiteLearnt", "TokenLearnt", "Upcoming"]


@dataclass(frozen=True, slots=True)
class Hits:
    """How often, of `stays` that ended since the start, a car left by what was estimated when it came."""

    stays: int = 0
    by_early: int = 0
    by_median: int = 0
    by_late: int = 0

    def and_one(self, estimate: StayEstimate, departure: datetime) -> "Hits":
        """With one more."""
        return Hits(
            self.stays + 1,
            self.by_early + (departure <= estimate.departure_early),
            self.by_median + (departure <= estimate.departure_median),
            self.by_late + (departure <= estimate.departure_late),
        )


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is expected of a transaction that runs."""

    key: EvseKey
    transaction_id: TransactionId
    stay: StayEstimate
    car: Car


@dataclass(frozen=True, slots=True)
class SiteLearnt:
    """What a site knows."""

    stays: int
    learns: bool
    hits: Hits
    upcoming: tuple[Upcoming, ...]


@dataclass(frozen=True, slots=True)
class TokenLearnt:
    """What is known of a token: its stays by site, and its car."""

    stays: dict[SiteId, int]
    car: Car
