"""How high the water stands: the arithmetic of one session's answer, and of one circle's repair."""

import numpy as np

from chargewright.charging.planner.wires import Complexes
from chargewright.charging.site import Floats

__all__ = ["filled", "level_for", "reach", "shrink_to"]


def filled(level: float | Floats, offset: Floats, rate: Floats, low: Floats, high: Floats) -> Floats:
    """Return what each entry takes at a level: level * rate - offset, within its bounds."""
    return np.asarray(np.clip(level * rate - offset, low, high))


def level_for(
    offset: Floats,
    rate: Floats,
    k: Floats,
    low: Floats,
    high: Floats,
    wanted: float,
    guess: float,
    top: float,
) -> float:
    """The level at which the entries give `wanted`, at most `top`: exact, by sorting where entries begin and end."""
    moves = high > low
    if not moves.any():
        return min(guess, top)
    begin, end, slope = ((offset + low) / rate)[moves], ((offset + high) / rate)[moves], (k * rate)[moves]
    points = np.concatenate([begin, end])
    order = np.argsort(points, kind="stable")
    points = points[order]
    slopes = np.cumsum(np.concatenate([slope, -slope])[order])
    given = float(k @ low) + np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(points))])
    at = int(np.searchsorted(given, wanted, side="left"))
    if at == 0:
        return min(float(points[0]), top)
    if at == len(points):
        return min(float(points[-1]), top)
    if slopes[at - 1] <= 0:
        return min(float(points[at]), top)
    return min(float(points[at - 1] + (wanted - given[at - 1]) / slopes[at - 1]), top)


def reach(load: Complexes, along: Complexes, room: Floats) -> Floats:
    """The largest r with |load + r * along| <= room; 0 where the load is beyond already."""
    square, mixed = np.abs(along) ** 2, (load.conj() * along).real
    with np.errstate(invalid="ignore"):
        left = mixed**2 + square * (room**2 - np.abs(load) ** 2)
        far = (np.sqrt(np.maximum(left, 0.0)) - mixed) / square
    return np.asarray(np.where(left > 0, far, 0.0))


def shrink_to(low: complex, moving: complex, room: float) -> float:
    """The largest f <= 1 with |low + f * moving| <= room."""
    square, mixed = abs(moving) ** 2, (low.conjugate() * moving).real
    rest = abs(low) ** 2 - room**2
    if square <= 0:
        return 1.0
    if rest >= 0:
        return 0.0
    return float(min(1.0, (-mixed + np.sqrt(mixed**2 - square * rest)) / square))
