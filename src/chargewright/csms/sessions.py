"""From what is known of a site to what the planner is asked: who is here, what they want, what they really draw.

Pure. A car that draws less than it may (its battery is nearly full, its charger is small) is planned at what it
draws and a margin, and gets the rest back as soon as it climbs; one that draws nothing for a while is taken to be
done, and offered its minimum again from time to time.

Where something was learnt of such stays and of the car (`csms/learning.py`), the estimate stands in for what was said
or is taken by default: nothing is planned beyond the median departure, and the guaranteed part is to be there by the
early one; where nothing is gained by waiting, all is to be there by the early one. What a car says of its own battery stands above that, and so does the tail that is seen on its meter.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chargewright.charging.planner.session import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.stays import StayEstimate
from chargewright.charging.tail import FREE_A, Car
from chargewright.csms.discharging import discharge_of, returned_wh
from chargewright.csms.draw import NOTHING_A, Draw, is_done, refuses_to_give
from chargewright.csms.metering import LiveMeter
from chargewright.domain.site import ChargingNeed, SiteSettings
from chargewright.domain.transaction import Transaction

__all__ = ["Foreseen", "delivered_wh", "session_of"]

_WITHOUT_SHIFTING = frozenset({Goal.BALANCE.value, Goal.PRIORITY.value})
"""Goals that gain nothing by waiting: then a car is best served as if it left early (ADR 0021)."""

MISSING_MIN_WH = 250.0
"""A car that still draws is not cut off for what a line through its last readings says: it stops by itself."""

TELLING_A = 3.0
"""From this current on a meter's power tells how many phases a car uses."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was learnt that bears on a running transaction; `missing_wh` is read from the tail that it is in."""

    stay: StayEstimate
    car: Car
    missing_wh: float | None = None

    @property
    def stay_is_learnt(self) -> bool:
        """Past stays say more than what was said or is taken by default."""
        return self.stay.basis not in {"said", "defaults"}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a car is to get: Wh from its arrival on, and by when."""

    departure: datetime
    guarantee_by: datetime | None
    energy_wh: float
    energy_min_wh: float


def delivered_wh(transaction: Transaction, meter: LiveMeter | None) -> float:
    """What a running transaction got until its newest reading."""
    if meter is None or meter.energy_wh is None or transaction.meter_start_wh is None:
        return 0.0
    return max(meter.energy_wh - transaction.meter_start_wh, 0.0)


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
    foreseen: Foreseen | None = None,
    discharges: bool = False,
) -> Session:
    """What the planner is told of one running transaction. `discharges`: its station takes orders to give back."""
    started_at = transaction.started_at or now
    wish = _wish(started_at, need, settings, foreseen)
    car = Car() if foreseen is None else foreseen.car
    current_min_a = min(max(evse.current_min_a, car.current_min_a or 0.0), evse.current_max_a)
    current_max_a = max(_offered_max_a(car, evse), current_min_a)
    if need is not None:
        current_max_a = min(current_max_a, need.current_max_a or current_max_a)
    lost_wh = returned_wh(need, meter, settings)
    got_wh = delivered_wh(transaction, meter) - lost_wh
    left_wh = max(wish.energy_wh - got_wh, 0.0)
    if foreseen is not None and foreseen.missing_wh is not None and not lost_wh:
        left_wh = max(foreseen.missing_wh, MISSING_MIN_WH)
    target_wh = _missing_to_target_wh(need, meter, car, started_at)
    if target_wh is not None:
        left_wh = target_wh
    if draw.ceiling_a is not None:
        current_max_a = min(current_max_a, draw.ceiling_a)
    if is_done(draw, now):
        left_wh = 0.0
    current_max_a = max(
        current_max_a, current_min_a, floor_a
    )  # who says less than the least charges with less
    given = None
    if discharges and need is not None and car.wakes is not False and not refuses_to_give(draw, now):
        known = discharge_of(
            need, meter, evse, settings, gained_wh=got_wh - need.delivered_wh, capacity_wh=car.capacity_wh
        )
        given = replace(known, spare_wh=0.0) if known is not None and left_wh > 0 else known
    stays_s = settings.on_min_s if draw.is_on else settings.off_min_s
    stays_until = draw.switched_at + timedelta(seconds=stays_s) if draw.switched_at and stays_s else None
    return Session(
        on_until=stays_until if draw.is_on else None,
        off_until=None if draw.is_on else stays_until,
        watts_per_a=_watts_per_a(evse, meter, car),
        id=str(transaction.id),
        evse=key,
        arrival=min(started_at, now),
        departure=wish.departure,
        guarantee_by=wish.guarantee_by,
        energy_wh=left_wh,
        energy_min_wh=min(max(wish.energy_min_wh - got_wh, 0.0), left_wh),
        tail_wh=car.tail_wh(current_max_a),
        current_max_a=current_max_a,
        current_min_a=current_min_a,
        weight=weight,
        can_pause=given is not None or (floor_a < evse.current_min_a and car.wakes is not False),
        charging=bool(meter and (meter.current_a_max or 0.0) > NOTHING_A),
        energy_delivered_wh=max(got_wh, 0.0),
        rates_a=evse.rates_a,
        discharge=given,
    )


def _offered_max_a(car: Car, evse: Evse) -> float:
    """The most to offer a car: its own maximum and a margin; where hardware knows a few currents, the next one."""
    if car.current_max_a is None or evse.rates_a is None:
        return car.offered_max_a(evse.current_max_a)
    own_a = car.current_max_a - FREE_A
    return min((rate for rate in evse.rates_a if rate >= own_a), default=evse.current_max_a)


def _wish(
    started_at: datetime, need: ChargingNeed | None, settings: SiteSettings, foreseen: Foreseen | None
) -> _Wish:
    """What was said or is taken by default, or what was learnt of those who said so."""
    said_wh = None if need is None else need.wanted_wh(None if foreseen is None else foreseen.car.capacity_wh)
    departure = started_at + timedelta(seconds=settings.dwell_default_s)
    minimum_by = None
    minimum_wh = settings.energy_min_default_wh
    if need is not None:
        departure, minimum_by = need.departure_at or departure, need.minimum_by
        if need.energy_min_wh is not None:
            minimum_wh = need.delivered_wh + need.energy_min_wh
    wanted_wh = settings.energy_default_wh if said_wh is None else said_wh
    if foreseen is not None and foreseen.stay_is_learnt:
        stay = foreseen.stay
        departure = stay.departure_early if settings.goal in _WITHOUT_SHIFTING else stay.departure_median
        minimum_by = minimum_by or stay.departure_early
        if said_wh is None or need is None or need.source != "car":
            wanted_wh = stay.energy_wanted_wh
    return _Wish(departure, minimum_by, max(wanted_wh, minimum_wh), minimum_wh)


def _missing_to_target_wh(
    need: ChargingNeed | None, meter: LiveMeter | None, car: Car, started_at: datetime
) -> float | None:
    """What lifts the battery from the state that the meter tells to the target; None where one of these is not known.

    Read anew with every reading, so that what is lost on the way counts too.
    """
    if need is None or need.energy_wh is not None or need.soc_target_percent is None:
        return None
    capacity_wh = need.battery_wh or car.capacity_wh
    if capacity_wh is None or meter is None or meter.soc_percent is None or meter.soc_at is None:
        return None
    if meter.soc_at < started_at:
        return None  # the state of the car that was here before
    return max(need.soc_target_percent - meter.soc_percent, 0.0) / 100 * capacity_wh


def _watts_per_a(evse: Evse, meter: LiveMeter | None, car: Car) -> float | None:
    """How much power a car makes of an ampere, as measured: a one-phase car on three phases makes a third.

    Until it draws enough to tell, what it did when it was here before; else None, which is every conductor.
    """
    learnt = None if car.phases is None else evse.voltage_v * min(car.phases, evse.phases)
    if meter is None or meter.power_w is None or meter.power_at != meter.current_at:
        return learnt
    current_a = meter.current_a_max
    if current_a is None or current_a < TELLING_A:
        return learnt
    return min(max(meter.power_w / current_a, 0.5 * evse.voltage_v), evse.watts_per_a)
