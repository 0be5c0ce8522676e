"""What a site pays for its energy: prices over the day and the year, and charges on its highest power."""

import math
from dataclasses import dataclass

from chargewright.charging.site import Steps
from chargewright.errors import InvalidInput

__all__ = ["DemandCharge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCharge:
    """Money per kW of the highest power of a billing period, as far as it rises above the peak so far.

    `peak_so_far_w` is the highest power in W that was already metered in the period: up to there power is paid.
    `active` is 1 where power counts for this charge and 0 where it does not; None: it always counts.
    """

    name: str
    per_kw: float
    peak_so_far_w: float = 0.0
    active: Steps | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.per_kw) and self.per_kw >= 0):
            raise InvalidInput("a charge per kW is finite and not negative", where=f"demand charge {self.name}")
        if not (math.isfinite(self.peak_so_far_w) and self.peak_so_far_w >= 0):
            raise InvalidInput("a peak is finite and not negative", where=f"demand charge {self.name}")
