"""Sums of currents that point in different directions: how far they reach, and which of them make the longest."""

import cmath
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["reach", "worst_sets"]

_RIGHT = 1e-9
"""Cosines above minus this count as a right angle or less."""


@lru_cache(maxsize=1024)
def worst_sets(directions: tuple[complex, ...]) -> tuple[tuple[int, ...], ...]:
    """Return the sets of unit vectors whose weighted sum can be the longest of all mixtures, weights unknown.

    The longest sum takes what lies within 90 degrees of itself and nothing else, so there is one set for each arc
    between the directions that stand at right angles to a vector: at most twice as many as vectors. A set that some
    other vector, at 90 degrees or less from all of it, can only lengthen is left out.
    """
    if not directions:
        return ()
    vectors = np.array(directions)
    turns = np.angle(np.concatenate([vectors * 1j, vectors * -1j]))
    edges = np.sort(turns)
    middles = (edges + np.append(edges[1:], edges[0] + math.tau)) / 2
    cosine = (vectors[:, None] * vectors[None, :].conj()).real
    found: dict[tuple[int, ...], None] = {}
    for middle in middles.tolist():
        picked = np.flatnonzero((vectors * cmath.rect(1.0, -middle)).real > 0)
        rest = np.setdiff1d(np.arange(len(vectors)), picked)
        if len(picked) and not (cosine[np.ix_(rest, picked)] >= -_RIGHT).all(axis=1).any():
            found[tuple(picked.tolist())] = None
    return tuple(sorted(found))


def reach(angles: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return (first angle, width) of the cone in which every sum of these directions lies; all round if none does."""
    if not len(angles):
        return 0.0, 0.0
    ordered = np.sort(angles)
    gaps = np.diff(np.append(ordered, ordered[0] + math.tau))
    widest = int(np.argmax(gaps))
    width = math.tau - float(gaps[widest])
    if width >= math.pi - _RIGHT:
        return 0.0, math.tau
    return float(ordered[(widest + 1) % len(ordered)]), max(width, 0.0)
