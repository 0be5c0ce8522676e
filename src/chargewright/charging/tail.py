"""What a car can do, learnt from what it drew: its largest current, its phases, its battery's tail, whether it wakes.

A trace follows one transaction, reading by reading. Only readings in which the limit did not bind tell something of
the battery: a current that stays well below what is offered is the car's own. When the battery is nearly full that
current falls, and to a good approximation it falls in proportion to the energy that is still missing. So in the tail
current against energy is a straight line: its slope is learnt, also from cars that left before they were full, and
its zero tells how much is missing while the car is still here.

Nothing learnt sticks. A car's own maximum is offered with a margin, so that a larger one shows and replaces it; that
a car did not wake counts for its next few transactions only, then it is paused once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

__all__ = ["FREE_A", "SESSIONS_KEPT", "Car", "CarSeen", "Drawn", "Trace", "car_of"]

NOTHING_A = 0.5
"""Below this nothing is drawn."""

FREE_A = 0.5
"""A current this far below the limit is not held back by it."""

MARGIN_A = 1.5
"""What a car is offered above its own maximum, so that a climb shows."""

STEADY_FOR = timedelta(seconds=30)
"""So long after a change of limit a current says something (IEC 61851 allows 5 s to follow, cars wake in 20)."""

TELLING_A = 3.0
"""From here on a meter's figures tell how many phases a car uses."""

PLATEAU = timedelta(minutes=15)
"""A current that is free and level for so long is the car's own maximum: a tail falls by more in that time."""
LEVEL_SHARE = 0.05

WAKES_WITHIN = timedelta(minutes=5)
"""Offered enough for so long after a pause, and nothing drawn: it does not wake."""

EAGER_SHARE = 0.5
"""A car that drew more than this part of its largest current before a pause was not full."""

TAIL_BAND = (0.1, 0.9)
"""The tail's slope is read between these parts of the largest current: chargers hold a floor at the very end."""
TAIL_POINTS_MIN = 5
TAIL_SPAN_SHARE = 0.25
"""The points must span this part of the largest current, and lie on a line by this much (r squared)."""
TAIL_FIT_MIN = 0.8

POINTS_MAX = 200
POINT_WH = 25.0
POINT_A = 0.5
"""A point is kept when so much changed since the last; every other one goes when there are too many."""

SESSIONS_KEPT = 8
REMEMBERED_FOR = timedelta(days=180)
NOT_WAKING_FOR = 5
"""After so many transactions without a word on waking a car that did not wake is paused again."""

CAPACITY_SOC_SPAN_PERCENT = 15.0
"""A battery's capacity is read from at least so much change of its state of charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One reading of a car and what it was allowed then. `limit_a` None: nobody knows; it tells little then."""

    at: datetime
    current_a: float
    """The largest of its phases."""
    limit_a: float | None
    limit_since: datetime
    """Since when that limit has held, unchanged."""
    delivered_wh: float | None = None
    """Since the transaction began."""
    phases: int | None = None
    """Loaded phases, as far as this reading tells."""
    soc_percent: float | None = None


@dataclass(frozen=True, slots=True)
class CarSeen:
    """What one transaction showed of a car; None where it showed nothing."""

    at: datetime
    current_max_a: float | None = None
    """Its own maximum: level, and below what was offered."""
    current_top_a: float = 0.0
    """The largest current seen, held back or not."""
    current_min_a: float | None = None
    """The least offer that it took, where it refused smaller ones of at least 6 A."""
    tail_wh_per_a: float | None = None
    """How much is missing still, for each A that it draws in its tail."""
    phases: int | None = None
    wakes: bool | None = None
    capacity_wh: float | None = None
    full: bool = False
    """It was offered current and took no more."""


@dataclass(frozen=True, slots=True)
class Car:
    """A car as it is taken to be; None where that is not known yet."""

    current_max_a: float | None = None
    current_min_a: float | None = None
    tail_wh_per_a: float | None = None
    phases: int | None = None
    wakes: bool | None = None
    capacity_wh: float | None = None
    transactions: int = 0

    def offered_max_a(self, current_max_a: float) -> float:
        """The most to offer it: its own maximum and a margin, at most what the EVSE has."""
        return (
            current_max_a if self.current_max_a is None else min(self.current_max_a + MARGIN_A, current_max_a)
        )

    def tail_wh(self, current_max_a: float) -> float:
        """The last so many Wh are taken at a current that falls from `current_max_a` in proportion; 0: not known."""
        return (self.tail_wh_per_a or 0.0) * min(current_max_a, self.current_max_a or current_max_a)


@dataclass(slots=True)
class Trace:
    """What was seen of a car since its transaction began; `minimum_a` is the least that its EVSE may offer."""

    minimum_a: float
    _top_a: float = 0.0
    _plateau_a: float | None = None
    _level_a: float = 0.0
    _level_since: datetime | None = None
    _points: list[tuple[float, float]] = field(default_factory=list)
    """(delivered Wh, current in A), free ones only."""
    _phase_counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    _last_a: float = 0.0
    _drew_before_pause_a: float = 0.0
    _paused: bool = False
    _was_paused: bool = False
    _idle_since: datetime | None = None
    _refused_a: float | None = None
    _minimum_seen_a: float | None = None
    _wakes: bool | None = None
    _first_soc: tuple[float, float] | None = None
    _last_soc: tuple[float, float] | None = None
    _seen_at: datetime | None = None

    def take(self, drawn: Drawn) -> None:
        """Take one reading into account; one that is older than the last, or from a limit just changed, is left."""
        if self._seen_at is not None and drawn.at <= self._seen_at:
            return
        if drawn.at < drawn.limit_since + STEADY_FOR:
            return
        self._seen_at = drawn.at
        self._top_a = max(self._top_a, drawn.current_a)
        if drawn.phases in {1, 2, 3} and drawn.current_a >= TELLING_A:
            self._phase_counts[drawn.phases - 1] += 1
        if drawn.soc_percent is not None and drawn.delivered_wh is not None:
            self._last_soc = (drawn.soc_percent, drawn.delivered_wh)
            self._first_soc = self._first_soc or self._last_soc
        if drawn.limit_a is None:
            return
        if drawn.limit_a < self.minimum_a:
            self._pause()
        elif drawn.current_a < NOTHING_A:
            self._idle(drawn, drawn.limit_a)
        else:
            self._draws(drawn, drawn.limit_a)
        self._last_a = drawn.current_a

    def seen(self, at: datetime) -> CarSeen:
        """What it showed until now."""
        most = max(self._phase_counts)
        return CarSeen(
            at=at,
            current_max_a=self._plateau_a,
            current_top_a=self._top_a,
            current_min_a=self._minimum_seen_a,
            tail_wh_per_a=self._line()[0],
            phases=self._phase_counts.index(most) + 1 if most else None,
            wakes=self._wakes,
            capacity_wh=self._capacity_wh(),
            full=self.full,
        )

    @property
    def full(self) -> bool:
        """It charged, is offered current, and takes no more, though no pause of ours came before."""
        return self._idle_since is not None and self._top_a >= NOTHING_A and not self._was_paused

    @property
    def still_taking(self) -> bool:
        """It would take more: it draws, above the trickle at the very end, or did so before a pause it is still in."""
        if self._was_paused:
            return self._drew_before_pause_a > EAGER_SHARE * self._top_a
        return self._idle_since is None and self._last_a > max(TAIL_BAND[0] * self._top_a, NOTHING_A)

    def missing_wh(self) -> float | None:
        """How much it still takes, read from the line of its tail; None while it is not in it."""
        per_a, in_tail = self._line()
        return per_a * self._last_a if per_a is not None and in_tail else None

    # --- what one reading says -----------------------------------------------------------------------------------

    def _pause(self) -> None:
        if not self._paused:
            self._drew_before_pause_a = self._last_a
        self._paused = self._was_paused = True
        self._idle_since = self._level_since = None

    def _idle(self, drawn: Drawn, limit_a: float) -> None:
        """It may draw and does not: full, asleep, or offered too little."""
        offered_since = drawn.limit_since if self._idle_since is None else self._idle_since
        self._idle_since = self._idle_since or drawn.at
        self._paused = False
        self._level_since = None
        if drawn.at - offered_since < WAKES_WITHIN:
            return
        if self._was_paused and self._drew_before_pause_a > EAGER_SHARE * self._top_a:
            self._wakes = False
        self._refused_a = max(self._refused_a or 0.0, limit_a)

    def _draws(self, drawn: Drawn, limit_a: float) -> None:
        if self._was_paused:
            if self._wakes is False and self._refused_a is not None and limit_a > self._refused_a:
                self._minimum_seen_a = limit_a  # it slept for want of current, not for good
            if self._drew_before_pause_a >= NOTHING_A:
                self._wakes = True
        self._paused = self._was_paused = False
        self._idle_since = self._refused_a = None
        if drawn.current_a > limit_a - FREE_A:
            self._level_since = None
            if self._plateau_a is not None and drawn.current_a > self._plateau_a + FREE_A:
                self._plateau_a = None
            return
        self._watch_level(drawn)
        if drawn.delivered_wh is not None:
            self._keep_point(drawn.delivered_wh, drawn.current_a)

    def _watch_level(self, drawn: Drawn) -> None:
        if self._level_since is None or abs(drawn.current_a - self._level_a) > LEVEL_SHARE * self._level_a:
            self._level_a, self._level_since = drawn.current_a, drawn.at
        if drawn.at - self._level_since >= PLATEAU and drawn.current_a >= (1 - LEVEL_SHARE) * self._top_a:
            self._plateau_a = max(self._plateau_a or 0.0, drawn.current_a)

    def _keep_point(self, delivered_wh: float, current_a: float) -> None:
        if self._points:
            last_wh, last_a = self._points[-1]
            if delivered_wh - last_wh < POINT_WH and abs(current_a - last_a) < POINT_A:
                return
        self._points.append((delivered_wh, current_a))
        if len(self._points) > POINTS_MAX:
            del self._points[1::2]

    # --- what all of them say ------------------------------------------------------------------------------------

    def _line(self) -> tuple[float | None, bool]:
        """(Wh missing for each A in the tail, whether it is in it now)."""
        low_a, high_a = TAIL_BAND[0] * self._top_a, TAIL_BAND[1] * self._top_a
        points = [point for point in self._points if low_a <= point[1] <= high_a]
        if len(points) < TAIL_POINTS_MIN:
            return None, False
        energy_wh, current_a = np.array(points).T
        if np.ptp(current_a) < TAIL_SPAN_SHARE * self._top_a or np.ptp(energy_wh) <= 0:
            return None, False
        off_wh, off_a = energy_wh - energy_wh.mean(), current_a - current_a.mean()
        slope_a_per_wh = float(off_wh @ off_a / (off_wh @ off_wh))
        fit = float((off_wh @ off_a) ** 2 / ((off_wh @ off_wh) * (off_a @ off_a)))
        if slope_a_per_wh >= 0 or fit < TAIL_FIT_MIN:
            return None, False
        return -1 / slope_a_per_wh, NOTHING_A <= self._last_a <= high_a

    def _capacity_wh(self) -> float | None:
        if self._first_soc is None or self._last_soc is None:
            return None
        gained_percent = self._last_soc[0] - self._first_soc[0]
        taken_wh = self._last_soc[1] - self._first_soc[1]
        if gained_percent < CAPACITY_SOC_SPAN_PERCENT or taken_wh <= 0:
            return None
        return 100 * taken_wh / gained_percent


def car_of(seen: Sequence[CarSeen], now: datetime) -> Car:
    """What the newest transactions of a car, the oldest first, say together.

    The maximum is the largest of those seen, and not known where more was drawn since. Tails and capacities are
    medians. Phases count where all agree. Waking is what the newest transaction that says something says, for a while.
    """
    known = [one for one in seen if now - one.at <= REMEMBERED_FOR][-SESSIONS_KEPT:]
    maxima = [one.current_max_a for one in known if one.current_max_a is not None]
    current_max_a = max(maxima, default=None)
    if current_max_a is not None and any(one.current_top_a > current_max_a + FREE_A for one in known):
        current_max_a = None
    phases = {one.phases for one in known if one.phases is not None}
    recent = [one.wakes for one in known[-NOT_WAKING_FOR:] if one.wakes is not None]
    return Car(
        current_max_a=current_max_a,
        current_min_a=_median([one.current_min_a for one in known]),
        tail_wh_per_a=_median([one.tail_wh_per_a for one in known]),
        phases=phases.pop() if len(phases) == 1 else None,
        wakes=recent[-1] if recent else None,
        capacity_wh=_median([one.capacity_wh for one in known]),
        transactions=len(known),
    )


def _median(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return float(np.median(told)) if told else None
