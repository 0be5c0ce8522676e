"""Cars for recorded sessions of which only the energy is known: a battery of two stages that the session fits.

Up to four fifths of its capacity a battery takes full power, then a power that falls linearly. The capacity is the
least usual one with which the energy can be reached in time, and the charge at arrival the highest with which it still
can, at full power: as much of the session as possible lies in the slow stage, and the wish stays one that can be met.
The idea is that of the adaptive-charging field's own evaluation (Lee et al., arXiv 2012.02636, section on batteries).
"""

import math

from chargewright.simulator.ev import TAIL_FLOOR, Car

__all__ = ["fitted_car"]

CAPACITIES_WH = (8_000.0, 24_000.0, 40_000.0, 60_000.0, 85_000.0, 100_000.0)

KNEE_SOC = 0.8

_HALVINGS = 50


def fitted_car(energy_wh: float, *, stay_s: float, current_max_a: float, voltage_v: float) -> Car:
    """Return the car: it is full, or at its driver's limit, once it has taken `energy_wh`."""
    power_w = current_max_a * voltage_v
    capacity_wh = next(
        (c for c in CAPACITIES_WH if c >= energy_wh and _needs_s(0.0, energy_wh / c, c, power_w) <= stay_s),
        energy_wh / KNEE_SOC,
    )
    share = energy_wh / capacity_wh
    low, high = 0.0, 1.0 - share
    if _needs_s(high, share, capacity_wh, power_w) > stay_s:
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if _needs_s(middle, share, capacity_wh, power_w) > stay_s:
                high = middle
            else:
                low = middle
        high = low
    return Car(
        current_max_a=current_max_a,
        capacity_wh=capacity_wh,
        soc=high,
        soc_target=high + share,
        knee_soc=KNEE_SOC,
    )


def _needs_s(soc: float, share: float, capacity_wh: float, power_w: float) -> float:
    """How long the car needs at full power for `share` of its capacity, from `soc` on."""
    full_s = 3600 * capacity_wh / power_w
    width = 1.0 - KNEE_SOC
    end, floor_soc = soc + share, 1.0 - TAIL_FLOOR * width
    steady = max(min(end, KNEE_SOC) - soc, 0.0)
    begin, until = max(soc, KNEE_SOC), min(end, floor_soc)
    falling = width * math.log((1.0 - begin) / (1.0 - until)) if until > begin else 0.0
    slowest = max(end - max(soc, floor_soc), 0.0) / TAIL_FLOOR
    return full_s * (steady + falling + slowest)
