"""What a car really draws, seen on its meter: what it leaves unused is given to others, and given back when it climbs.

Pure. A car that draws less than it may (its battery is nearly full, its charger is small) is offered what it draws
and a margin. At its limit again, it is offered more: at once the first time, and after growing waits where an offer
before was not taken. One that draws nothing is offered its minimum alone, and after some minutes nothing: it is taken
to be done, and asked again after an hour, three hours and seven: asking costs messages, and current that others want.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chargewright.charging.site import Evse
from chargewright.csms.metering import LiveMeter

__all__ = [
    "NOTHING_A",
    "OVER_READINGS",
    "Draw",
    "is_done",
    "refuses_to_give",
    "thrift",
    "watch_conductors",
    "watch_draw",
    "watch_switch",
]

NOTHING_A = 0.5
"""A car below this draws nothing."""

BELOW_A = 0.5
"""A car that stays this far below its limit is not held back by it."""

MARGIN_A = 1.5
"""What it is offered above what it draws, so that a climb shows; after rounding to whole amperes, half an ampere."""

STEADY_FOR = timedelta(seconds=30)
"""So long after a change of its limit a car's current says something: it follows in 5 s, and may need 20 to wake."""

DONE_AFTER = timedelta(minutes=3)
"""Offered its minimum and drawing nothing for so long: it is done, or asleep."""

PROBE_AFTER = timedelta(minutes=60)
"""A car that is taken to be done is asked again after so long, then after twice as long each time."""

PROBE_FOR = timedelta(minutes=6)
"""Longer than the slot after which a plan is made anyway."""

ANSWERED_AFTER = timedelta(minutes=1)
"""Asked again and drawing nothing for so long, beside the time that it needs to wake: it has answered."""

CLIMB_AGAIN = timedelta(minutes=5)
"""After an offer that was not taken the next one waits so long, then twice as long each time."""

CLIMB_AGAIN_MAX = timedelta(minutes=40)

OVER_A = 0.5
OVER_SHARE = 0.03
OVER_READINGS = 3
"""More than limit + max(0.5 A, 3 %) in three readings one after another: the station does not follow."""

THRIFT_MIN = 0.25

WORTH_A = 3.0
"""From here on a change of what a car takes is worth a plan of its own."""


ALONE_READINGS = 3
"""So many readings one after another that show current on the same conductors and none on the others: it has no more."""

TELLING_A = 2.0
"""From here on a car's current says on which conductors it charges."""


@dataclass(slots=True)
class Draw:
    """What one EVSE was seen to draw, beside what it might. Kept in memory; a few readings restore it."""

    ceiling_a: float | None = None
    """The most that the car takes at present; None while its limit is what holds it back."""
    idle_since: datetime | None = None
    """Since when it has been offered current, without a break, and drawn nothing."""
    done_since: datetime | None = None
    answered_at: datetime | None = None
    """When it last answered, by drawing nothing, that it is done still."""
    conductors: tuple[int, ...] | None = None
    """Those of the EVSE, from 0, that the car loads where it does not load all; None: all, or not known."""
    alone: tuple[int, ...] = ()
    alone_readings: int = 0
    alone_at: datetime | None = None
    is_on: bool | None = None
    switched_at: datetime | None = None
    """When its limit last went to 0 from more, or the other way; None: never seen."""
    gives_nothing_since: datetime | None = None
    """Since when it has been told to give back, without a break, and gave nothing."""
    refused_at: datetime | None = None
    """When it was last taken not to give back."""
    over: int = 0
    obedient: int = 0
    seen_at: datetime | None = None
    climb_not_before: datetime | None = None
    climb_wait: timedelta = timedelta(0)


def watch_draw(
    draw: Draw, meter: LiveMeter, *, evse: Evse, limit_a: float | None, steady_since: datetime
) -> bool:
    """Take one reading into account. `limit_a` has been in force, unchanged, since `steady_since`.

    Below 0 it is to give so much back. True where so much was freed, or is wanted back, that the site should be planned anew.
    """
    at, current_a = meter.current_at, meter.current_a_max
    if at is None or current_a is None or at == draw.seen_at or at < steady_since + STEADY_FOR:
        return False
    draw.seen_at = at
    if limit_a is None:
        return False
    most_a, given_a = max(limit_a, 0.0), max(-limit_a, 0.0)
    if _beyond(current_a, most_a) or _beyond(meter.given_a, given_a):
        draw.over, draw.obedient = draw.over + 1, 0
        return False
    draw.over, draw.obedient = 0, draw.obedient + 1
    if limit_a < 0:
        return _told_to_give(draw, at, meter.given_a)
    draw.gives_nothing_since = None
    if limit_a < evse.current_min_a:
        draw.idle_since = None  # it may draw nothing, so that it draws nothing says nothing
        return False
    if current_a < NOTHING_A:
        return _draws_nothing(draw, at, limit_a=limit_a, minimum_a=evse.current_min_a)
    was_done = draw.done_since is not None
    draw.idle_since = draw.done_since = None
    if current_a < limit_a - BELOW_A:
        draw.ceiling_a = current_a + MARGIN_A
        return limit_a - _offered_a(draw.ceiling_a, evse) >= WORTH_A
    held_back = draw.ceiling_a is not None and limit_a >= _offered_a(draw.ceiling_a, evse) - BELOW_A
    if held_back and (draw.climb_not_before is None or at >= draw.climb_not_before):
        draw.ceiling_a = None
        draw.climb_wait = min(max(2 * draw.climb_wait, CLIMB_AGAIN), CLIMB_AGAIN_MAX)
        draw.climb_not_before = at + draw.climb_wait
        return True
    return was_done


def _beyond(current_a: float, limit_a: float) -> bool:
    return current_a > limit_a + max(OVER_A, OVER_SHARE * limit_a)


def _told_to_give(draw: Draw, at: datetime, given_a: float) -> bool:
    """Note whether it does; one that gives is neither full nor done any more."""
    if given_a >= NOTHING_A:
        draw.ceiling_a = draw.idle_since = draw.done_since = None
        draw.gives_nothing_since = None
        return False
    draw.gives_nothing_since = draw.gives_nothing_since or at
    if at - draw.gives_nothing_since < DONE_AFTER:
        return False
    draw.refused_at, draw.gives_nothing_since = at, None
    return True


def refuses_to_give(draw: Draw, now: datetime) -> bool:
    """Told to give back it did nothing lately: asked again after an hour."""
    return draw.refused_at is not None and now - draw.refused_at < PROBE_AFTER


def watch_switch(draw: Draw, limit_tenths: int | None, evse: Evse, at: datetime) -> None:
    """Note whether the car may charge. It comes switched off, which is nothing that was done to it."""
    is_on = (limit_tenths or 0) >= max(evse.current_min_a * 10, 1.0)
    if is_on != bool(draw.is_on):
        draw.switched_at = at
    draw.is_on = is_on


def watch_conductors(draw: Draw, meter: LiveMeter, *, evse: Evse) -> bool:
    """Learn from one reading which conductors the car loads; True where the site should be planned anew for it.

    One reading with current on another conductor is enough to take it back.
    """
    if meter.current_at == draw.alone_at or evse.phases == 1:
        return False
    draw.alone_at = meter.current_at
    lines = [meter.current_a.get(f"L{n + 1}") for n in range(evse.phases)]
    known = [value for value in lines if value is not None]
    if len(known) < len(lines):
        return False
    used = tuple(n for n, value in enumerate(known) if value >= NOTHING_A)
    if draw.conductors is not None and not set(used) <= set(draw.conductors):
        draw.conductors, draw.alone_readings = None, 0
        return True
    if max(known) < TELLING_A:
        return False
    draw.alone_readings = draw.alone_readings + 1 if used == draw.alone else 1
    draw.alone = used
    if draw.conductors is not None or draw.alone_readings < ALONE_READINGS or len(used) == evse.phases:
        return False
    draw.conductors = used
    return True


def _offered_a(ceiling_a: float, evse: Evse) -> float:
    """What a car with this ceiling is offered at most, by hardware that may know a few currents only."""
    if evse.rates_a is not None:
        ceiling_a = max((rate for rate in evse.rates_a if rate <= ceiling_a), default=0.0)
    return max(ceiling_a, evse.current_min_a)


def thrift(draw: Draw, evse: Evse) -> float:
    """How much of the least current that can be offered the car uses, from a quarter to 1.

    The last trickle of a battery holds a whole minimum back from others: its energy counts for less while they wait.
    """
    if draw.ceiling_a is None or draw.ceiling_a >= evse.current_min_a:
        return 1.0
    return max((draw.ceiling_a - MARGIN_A) / evse.current_min_a, THRIFT_MIN)


def _draws_nothing(draw: Draw, at: datetime, *, limit_a: float, minimum_a: float) -> bool:
    """Offered its minimum or more, it takes none."""
    draw.ceiling_a = minimum_a
    draw.idle_since = draw.idle_since or at
    if draw.done_since is None and at - draw.idle_since >= DONE_AFTER:
        draw.done_since = at
        return True
    if draw.done_since is not None and not is_done(draw, at) and at - draw.idle_since >= ANSWERED_AFTER:
        draw.answered_at = at
        return True
    return limit_a - minimum_a >= WORTH_A


def is_done(draw: Draw, now: datetime) -> bool:
    """Taken to be done, and not just being asked whether it still is."""
    if draw.done_since is None:
        return False
    # asked at 1, 3, 7, 15, ... times `PROBE_AFTER`
    since, ask_at, wait = now - draw.done_since, PROBE_AFTER, PROBE_AFTER
    while since >= ask_at + PROBE_FOR:
        wait *= 2
        ask_at += wait
    answered = draw.answered_at is not None and draw.answered_at >= draw.done_since + ask_at
    return since < ask_at or answered
