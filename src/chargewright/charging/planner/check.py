"""The safety kernel: judges finished limits against the wires. No plan leaves without it.

It knows nothing of problems and solvers. It takes what will really be sent, in tenths of an ampere, and asks every
row for its exact worst case over all mixtures: whatever each car draws below its limit, the row must hold.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np

from chargewright.charging.site import TOLERANCE_A, EvseKey, Site

__all__ = ["Limits", "Violation", "transition", "violations"]

Limits: TypeAlias = tuple[tuple[datetime, int], ...]
"""(start, tenths of A per conductor) in order; the last value holds on. Before the first, nothing limits the EVSE."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that can carry more than its limit from `at` on."""

    row: str
    at: datetime
    worst_case_a: float
    limit_a: float


def violations(
    site: Site, limits: Mapping[EvseKey, Limits], *, start: datetime, end: datetime
) -> tuple[Violation, ...]:
    """Return every row and instant in [start, end) where some mixture below the limits breaks the row.

    An EVSE without limits counts with the most that it can draw: name it with 0 if it is known to be empty.
    """
    return _judge(site, [limits], start, end)


def transition(
    site: Site,
    old: Mapping[EvseKey, Limits],
    new: Mapping[EvseKey, Limits],
    *,
    start: datetime,
    end: datetime,
) -> tuple[Violation, ...]:
    """Return the same for every mixture of old and new: each EVSE may still follow the one or already the other."""
    return _judge(site, [old, new], start, end)


def _judge(
    site: Site, sets: list[Mapping[EvseKey, Limits]], start: datetime, end: datetime
) -> tuple[Violation, ...]:
    instants = {start}
    for limits in sets:
        instants.update(at for own in limits.values() for at, _ in own)
    for row in site.rows:
        instants.update(row.limit_a.starts + row.base_a.starts)
    times = sorted(at for at in instants if start <= at < end)
    currents = {}
    for key, evse in site.evses.items():
        each = [_over(limits.get(key, ()), times, evse.current_max_a) for limits in sets]
        currents[key] = np.max(each, axis=0)
    found = []
    for row in site.rows:
        worst = np.broadcast_to(row.worst_case(currents), (len(times),))
        for at, current in zip(times, worst, strict=True):
            carried, limit = float(current) + row.base_a.at(at), row.limit_a.at(at)
            # written so that a current that is not a number counts as broken
            if not carried <= limit + TOLERANCE_A:
                found.append(Violation(row.name, at, carried, limit))
    return tuple(found)


def _over(limits: Limits, times: list[datetime], rated_a: float) -> list[float]:
    """What is in force at each instant, in A."""
    starts = [start for start, _ in limits]
    values = [rated_a, *(tenths / 10 for _, tenths in limits)]
    return [values[bisect_right(starts, at)] for at in times]
