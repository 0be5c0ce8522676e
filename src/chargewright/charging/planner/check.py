"""The safety kernel: judges finished limits against the wires. No plan leaves without it.

It knows nothing of problems and solvers. It takes what will really be sent, in tenths of an ampere, and asks every
row for its exact worst case over all mixtures: whatever each car draws below its limit, the row must hold.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np

from chargewright.charging.site import TOLERANCE_A, EvseKey, Floats, Row, Site, Steps

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
    site: Site,
    limits: Mapping[EvseKey, Limits],
    *,
    start: datetime,
    end: datetime,
    giving: Mapping[EvseKey, Limits] | None = None,
) -> tuple[Violation, ...]:
    """Return every row and instant in [start, end) where some mixture below the limits breaks the row.

    An EVSE without limits counts with the most that it can draw: name it with 0 if it is known to be empty. `giving`
    is what may be given back, in tenths of A; EVSEs that are not named there give nothing.
    """
    return _judge(site, [limits], [giving or {}], start, end)


def transition(
    site: Site,
    old: Mapping[EvseKey, Limits],
    new: Mapping[EvseKey, Limits],
    *,
    start: datetime,
    end: datetime,
    giving_old: Mapping[EvseKey, Limits] | None = None,
    giving_new: Mapping[EvseKey, Limits] | None = None,
) -> tuple[Violation, ...]:
    """Return the same for every mixture of old and new: each EVSE may still follow the one or already the other."""
    return _judge(site, [old, new], [giving_old or {}, giving_new or {}], start, end)


def _judge(
    site: Site,
    drawing: list[Mapping[EvseKey, Limits]],
    giving: list[Mapping[EvseKey, Limits]],
    start: datetime,
    end: datetime,
) -> tuple[Violation, ...]:
    instants = {start}
    for limits in (*drawing, *giving):
        instants.update(at for own in limits.values() for at, _ in own)
    for row in site.rows:
        instants.update(row.limit_a.starts + row.base_a.starts)
        instants.update(() if row.back_limit_a is None else row.back_limit_a.starts)
    times = sorted(at for at in instants if start <= at < end)
    currents = {
        key: np.max([_over(limits.get(key, ()), times, evse.current_max_a) for limits in drawing], axis=0)
        for key, evse in site.evses.items()
    }
    given = {
        key: np.max([_over(limits.get(key, ()), times, 0.0) for limits in giving], axis=0)
        for key in {key for limits in giving for key in limits}
    }
    return tuple(v for row in site.rows for v in _broken(row, currents, given, times))


def _broken(
    row: Row, currents: Mapping[EvseKey, Floats], given: Mapping[EvseKey, Floats], times: list[datetime]
) -> Iterator[Violation]:
    def judged(name: str, worst: Floats, base_a: list[float], limit: Steps) -> Iterator[Violation]:
        for at, current, base in zip(times, np.broadcast_to(worst, (len(times),)), base_a, strict=True):
            carried = float(current) + base
            # written so that a current that is not a number counts as broken
            if not carried <= limit.at(at) + TOLERANCE_A:
                yield Violation(name, at, carried, limit.at(at))

    base_a = [row.base_a.at(at) for at in times]
    yield from judged(row.name, row.worst_case(currents), base_a, row.limit_a)
    here = {key: tenths for key, tenths in given.items() if key in row.coefficients and np.any(tenths)}
    if not here:
        return
    if len(row.groups) > 1:
        # what is given can point anywhere beside the base load
        worst = row.worst_case(currents, here)
        yield from judged(row.name, worst, [abs(base) for base in base_a], row.limit_a)
    else:
        back = row.limit_a if row.back_limit_a is None else row.back_limit_a
        alone = row.worst_case({}, here)
        # of the rest of the site only its surplus counts; what flows back without us is not ours to judge
        carried = [
            max(-base, 0.0) if current > 0 else 0.0 for base, current in zip(base_a, alone, strict=True)
        ]
        yield from judged(f"{row.name} back", alone, carried, back)


def _over(limits: Limits, times: list[datetime], rated_a: float) -> list[float]:
    """What is in force at each instant, in A."""
    starts = [start for start, _ in limits]
    values = [rated_a, *(tenths / 10 for _, tenths in limits)]
    return [values[bisect_right(starts, at)] for at in times]
