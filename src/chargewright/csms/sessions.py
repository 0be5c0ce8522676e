"""From what is known of a site to what the planner is asked: who is here, what they want, what they really draw.

Pure. A car that draws less than it may (its battery is nearly full, its charger is small) is planned at what it
draws and a margin, and gets the rest back as soon as it climbs; one that draws nothing for a while is taken to be
done, and offered its minimum again from time to time.
"""

from datetime import datetime, timedelta

from chargewright.charging.planner.problem import Session
from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.draw import NOTHING_A, Draw, is_done
from chargewright.csms.metering import LiveMeter
from chargewright.domain.site import ChargingNeed, SiteSettings
from chargewright.domain.transaction import Transaction

__all__ = ["session_of"]

TELLING_A = 3.0
"""From this current on a meter's power tells how many phases a car uses."""


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
    if is_done(draw, now):
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
