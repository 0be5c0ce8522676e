"""From what is known of a site to what the planner is asked: who is here, what they want, what they really draw.

Pure. A car that draws less than it may (its battery is nearly full, its charger is small) is planned at what it
draws and a margin, and gets the rest back as soon as it climbs; one that draws nothing for a while is taken to be
done, and offered its minimum again from time to time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chargewright.charging.planner.problem import Session
from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.metering import LiveMeter
from chargewright.domain.site import ChargingNeed, SiteSettings
from chargewright.domain.transaction import Transaction

__all__ = ["Draw", "session_of", "watch_draw"]

NOTHING_A = 0.5
"""A car below this draws nothing."""

BELOW_A = 1.0
"""A car that stays this far below its limit is not held back by it."""

MARGIN_A = 1.5
"""What it is offered above what it draws, so that a climb shows."""

STEADY_FOR = timedelta(seconds=30)
"""So long after a change of its limit a car's current says something: it follows in 5 s, and may need 20 to wake."""

TELLING_A = 3.0
"""From this current on a meter's power tells how many phases a car uses."""

DONE_AFTER = timedelta(minutes=6)
"""Offered its minimum and drawing nothing for so long: it is done, or asleep."""

PROBE_EVERY = timedelta(minutes=45)
"""How often a car that is taken to be done is offered its minimum again."""

PROBE_FOR = timedelta(minutes=6)

OVER_A = 0.5
OVER_SHARE = 0.03
OVER_READINGS = 3
"""More than limit + max(0.5 A, 3 %) in three readings one after another: the station does not follow."""


@dataclass(slots=True)
class Draw:
    """What one EVSE was seen to draw, beside what it might. Kept in memory; a few readings restore it."""

    ceiling_a: float | None = None
    """The most that the car takes at present; None while its limit is what holds it back."""
    idle_since: datetime | None = None
    """Since when it has been offered current, without a break, and drawn nothing."""
    done_since: datetime | None = None
    over: int = 0
    obedient: int = 0
    seen_at: datetime | None = None


def watch_draw(
    draw: Draw, meter: LiveMeter, *, limit_a: float | None, steady_since: datetime, minimum_a: float
) -> None:
    """Take one reading into account. `limit_a` has been in force, unchanged, since `steady_since`."""
    at, current_a = meter.current_at, meter.current_a_max
    if at is None or current_a is None or at == draw.seen_at or at < steady_since + STEADY_FOR:
        return
    draw.seen_at = at
    if limit_a is None:
        return
    if current_a > limit_a + max(OVER_A, OVER_SHARE * limit_a):
        draw.over, draw.obedient = draw.over + 1, 0
        return
    draw.over, draw.obedient = 0, draw.obedient + 1
    if limit_a < minimum_a:
        draw.idle_since = None  # it may draw nothing, so that it draws nothing says nothing
        return
    if current_a >= NOTHING_A:
        draw.idle_since = draw.done_since = None
        draw.ceiling_a = current_a + MARGIN_A if current_a < limit_a - BELOW_A else None
        return
    draw.idle_since = draw.idle_since or at
    if draw.done_since is None and at - draw.idle_since >= DONE_AFTER:
        draw.done_since = at


def session_of(
    transaction: Transaction,
    *,
    key: EvseKey,
    evse: Evse,
    need: ChargingNeed | None,
    meter: LiveMeter | None,
    draw: Draw,
    settings: SiteSettings,
    floor_a: float,
    weight: float,
    now: datetime,
) -> Session:
    """What the planner is told of one running transaction."""
    started_at = transaction.started_at or now
    wanted_wh = settings.energy_default_wh
    departure_at = started_at + timedelta(seconds=settings.dwell_default_s)
    current_max_a = evse.current_max_a
    if need is not None:
        wanted_wh = need.energy_wh if need.energy_wh is not None else wanted_wh
        departure_at = need.departure_at or departure_at
        current_max_a = min(current_max_a, need.current_max_a or current_max_a)
    delivered_wh = 0.0
    if meter is not None and meter.energy_wh is not None and transaction.meter_start_wh is not None:
        delivered_wh = max(meter.energy_wh - transaction.meter_start_wh, 0.0)
    left_wh = max(wanted_wh - delivered_wh, 0.0)
    if draw.ceiling_a is not None:
        current_max_a = min(current_max_a, max(draw.ceiling_a, evse.current_min_a))
    if _is_done(draw, now):
        left_wh = 0.0
    return Session(
        watts_per_a=_watts_per_a(evse, meter),
        id=str(transaction.id),
        evse=key,
        arrival=min(started_at, now),
        departure=departure_at,
        energy_wh=left_wh,
        current_max_a=max(current_max_a, floor_a),
        current_min_a=evse.current_min_a,
        weight=weight,
        can_pause=floor_a < evse.current_min_a,
        charging=bool(meter and (meter.current_a_max or 0.0) > NOTHING_A),
        energy_delivered_wh=delivered_wh,
        rates_a=evse.rates_a,
    )


def _watts_per_a(evse: Evse, meter: LiveMeter | None) -> float | None:
    """How much power a car makes of an ampere, as measured: a one-phase car on three phases makes a third.

    None, which is every conductor of the EVSE, until it draws enough to tell.
    """
    if meter is None or meter.power_w is None or meter.power_at != meter.current_at:
        return None
    current_a = meter.current_a_max
    if current_a is None or current_a < TELLING_A:
        return None
    return min(max(meter.power_w / current_a, 0.5 * evse.voltage_v), evse.watts_per_a)


def _is_done(draw: Draw, now: datetime) -> bool:
    """Taken to be done, and not just being asked whether it still is."""
    return draw.done_since is not None and (now - draw.done_since) % PROBE_EVERY < PROBE_EVERY - PROBE_FOR
