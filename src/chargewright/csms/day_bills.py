"""The bill of a day of a site, from what its transactions and meters told."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from chargewright.charging.day_bill import Day, DayBill, Stay, bill_day
from chargewright.charging.planner.problem import uniform
from chargewright.charging.site import Evse, EvseKey, Floats, Site
from chargewright.charging.tail import Car
from chargewright.clock import Clock
from chargewright.csms.learning import Learning
from chargewright.csms.ports import Records, Store
from chargewright.csms.site_outlook import SiteOutlooks
from chargewright.domain.metering import ENERGY_IMPORT, Reading
from chargewright.domain.site import SiteRecord
from chargewright.domain.site_measurement import QUARTER_S
from chargewright.domain.transaction import Transaction
from chargewright.errors import InvalidInput

__all__ = ["BilledDay", "billed_day"]

LONGEST_STAY: Final = timedelta(days=7)
"""A transaction that began earlier is not looked for."""

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class BilledDay:
    """`until` is the end of the day, or the last full quarter of an hour of one that runs."""

    start: datetime
    until: datetime
    currency: str
    stays: int
    ways: tuple[DayBill, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    transaction: Transaction
    readings: Sequence[Reading]


async def billed_day(
    record: SiteRecord,
    site: Site,
    day: date,
    *,
    store: Store,
    clock: Clock,
    outlooks: SiteOutlooks,
    learning: Learning,
) -> BilledDay:
    """Bill one day of the site's own clock, finished or running.

    Raises:
        InvalidInput: the day has not begun, or the site's tariff has no price for it.

    """
    zone = ZoneInfo(record.settings.time_zone)
    start = datetime.combine(day, time(), zone).astimezone(clock.now().tzinfo)
    whole = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(clock.now().tzinfo)
    quarters = int((min(whole, clock.now()) - start) / timedelta(seconds=QUARTER_S))
    if quarters < 1:
        raise InvalidInput("has not begun", where="day")
    end = start + timedelta(seconds=QUARTER_S * quarters)
    told = await store.read(lambda records: list(_told(records, site, start, end)))
    basis = await outlooks.basis(record, start=start, end=end)
    stays = [
        stay
        for one in told
        if (stay := _stay(one, site, start, end, _car(learning, one.transaction))) is not None
    ]
    asked = Day(
        site=site,
        start=start,
        step_s=float(QUARTER_S),
        slots=quarters,
        stays=stays,
        tariff=basis.tariff,
        market=basis.market,
        peaks_so_far_w=basis.peaks_so_far_w,
        carbon_g_per_kwh=basis.carbon_g_per_kwh,
        base_w=basis.base_w,
    )
    ways = await asyncio.to_thread(bill_day, asked)
    return BilledDay(start, end, basis.tariff.currency, len(stays), ways, basis.notes)


def _told(records: Records, site: Site, start: datetime, end: datetime) -> Iterator[_Told]:
    """The transactions of the site that reach into the day, with their meter values."""
    after = 0
    while True:
        page = records.transactions(since=start - LONGEST_STAY, until=end, after_id=after, limit=_PAGE)
        for transaction in page:
            key = _key(transaction)
            over = transaction.ended_at is not None and transaction.ended_at <= start
            if key in site.evses and transaction.started_at is not None and not over:
                yield _Told(transaction, records.readings(transaction_id=transaction.id))
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _key(transaction: Transaction) -> EvseKey | None:
    return None if transaction.evse_id is None else EvseKey(transaction.station_id, transaction.evse_id)


def _car(learning: Learning, transaction: Transaction) -> Car:
    return Car() if transaction.id_token is None else learning.of_token(transaction.id_token).car


def _stay(one: _Told, site: Site, start: datetime, end: datetime, car: Car) -> Stay | None:
    """The part of a transaction that lies in the day; None where it got nothing there."""
    key, began = _key(one.transaction), one.transaction.started_at
    assert key is not None
    assert began is not None
    evse = site.evses[key]
    edges = uniform(float(QUARTER_S), round((end - start) / timedelta(seconds=QUARTER_S)))
    energy_wh = _energy_wh(one, start, edges)
    if not energy_wh.any():
        return None
    phases = min(car.phases or evse.phases, evse.phases)
    watts_per_a = evse.voltage_v * phases
    return Stay(
        evse=key,
        arrival=max(began, start),
        departure=min(one.transaction.ended_at or end, end),
        current_max_a=_current_max_a(evse, car, energy_wh, watts_per_a),
        watts_per_a=watts_per_a,
        energy_wh=energy_wh,
    )


def _current_max_a(evse: Evse, car: Car, energy_wh: Floats, watts_per_a: float) -> float:
    """What the car takes at most as far as that is known, but never less than it took on that day."""
    seen_a = float(energy_wh.max()) * 3600 / QUARTER_S / watts_per_a
    return max(min(car.current_max_a or evse.current_max_a, evse.current_max_a), seen_a)


def _energy_wh(one: _Told, start: datetime, edges_s: Floats) -> Floats:
    """What the register counted in each slot; between two readings it counts evenly. Shape [slot]."""
    points = dict(_register(one))
    if len(points) < 2:
        return np.zeros(len(edges_s) - 1)
    at_s = np.array([(at - start).total_seconds() for at in sorted(points)])
    register = np.maximum.accumulate(np.array([points[at] for at in sorted(points)]))
    return np.asarray(np.diff(np.interp(edges_s, at_s, register)))


def _register(one: _Told) -> Iterable[tuple[datetime, float]]:
    transaction = one.transaction
    for reading in one.readings:
        for sample in reading.samples:
            if sample.measurand == ENERGY_IMPORT and sample.phase is None and sample.value is not None:
                yield reading.at, sample.value
    if transaction.started_at is not None and transaction.meter_start_wh is not None:
        yield transaction.started_at, transaction.meter_start_wh
    if transaction.ended_at is not None and transaction.meter_stop_wh is not None:
        yield transaction.ended_at, transaction.meter_stop_wh
