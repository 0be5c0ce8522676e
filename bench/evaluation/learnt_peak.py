"""The peak that the product expects of a month, from the visits before it: what a demand charge is asked with.

Each midnight the product's own `expected_peaks` is asked with all visits that have ended by then, those of earlier months
and of the month itself. Of a month that has no earlier one in the data nothing is known on its first day; then a new
peak costs a day's part of the charge, as in the product.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bench.evaluation.data import CALIFORNIA, Replay, Tariff, Visit

from chargewright.charging.site import EvseKey, Site
from chargewright.charging.stays import Arrived, Stay
from chargewright.charging.tariff import (
    ENTIRE_WEEK,
    DemandRule,
    EnergyTariff,
    HourPrice,
    PriceRule,
    Weekday,
)
from chargewright.csms.expected_peak import AHEAD, PeaksAsked, expected_peaks
from chargewright.ids import StationId

__all__ = ["LearntPeak", "energy_tariff"]

_RULE = "demand"


def energy_tariff(tariff: Tariff) -> EnergyTariff:
    """The tariff in the product's own words."""
    kinds: dict[str, tuple[Weekday, ...]] = {
        "WEEKDAYS": ("mon", "tue", "wed", "thu", "fri"),
        "WEEKENDS": ("sat", "sun"),
        "ALL": ENTIRE_WEEK,
    }
    (per_kw,) = {float(entry["demand_charge"]) for entry in tariff.schedule}
    return EnergyTariff(
        name=tariff.name,
        currency="USD",
        time_zone=CALIFORNIA.key,
        prices_by_hour=tuple(
            PriceRule(
                name=entry["id"],
                first_day=entry["effective_start"],
                last_day=entry["effective_end"],
                weekdays=kinds[entry["dow_mask"]],
                hours=tuple(
                    HourPrice(time_from=time(int(hour)), price_per_kwh=float(price))
                    for hour, price in zip(entry["times"], entry["tariffs"], strict=True)
                ),
            )
            for entry in tariff.schedule
        ),
        demand=(DemandRule(name=_RULE, per_kw=per_kw),),
    )


class LearntPeak:
    """What a kW costs in each slot, and the W below which it costs nothing."""

    def __init__(
        self,
        replay: Replay,
        site: Site,
        tariff: Tariff,
        *,
        before: Sequence[Replay] = (),
        energy_value_per_kwh: float,
    ) -> None:
        self._replay = replay
        self._site = site
        self._tariff = energy_tariff(tariff)
        self._value = energy_value_per_kwh
        self._stays = [_stay(month, visit) for month in (*before, replay) for visit in month.visits]
        self._of_day: dict[datetime, tuple[float, float]] = {}

    def charge(self, slot: int) -> tuple[float, float]:
        """Return (money per kW of new peak, the W that are free)."""
        local = self._replay.at(slot).astimezone(CALIFORNIA)
        day = local.replace(hour=0, minute=0).astimezone(self._replay.start.tzinfo)
        if day not in self._of_day:
            self._of_day[day] = self._at(day)
        return self._of_day[day]

    def _at(self, day: datetime) -> tuple[float, float]:
        part, *_ = self._tariff.demand_charges(day, day + timedelta(days=1), {}, spread=True)
        asked = PeaksAsked(
            day=day,
            zone=CALIFORNIA,
            prices=self._tariff.prices(day, day + AHEAD),
            demand=self._tariff.demand_charges(day, day + AHEAD, {}, spread=True),
            energy_value_per_kwh=self._value,
        )
        found = expected_peaks(self._site, [s for s in self._stays if s.departure <= day], asked)
        if not found:
            return part.per_kw, 0.0
        return self._tariff.demand[0].per_kw, found[_RULE]


def _stay(replay: Replay, visit: Visit) -> Stay:
    return Stay(
        arrived=Arrived(arrival=replay.at(visit.arrival_slot), place=str(EvseKey(StationId(visit.station)))),
        departure=replay.at(visit.departure_slot),
        energy_wh=visit.energy_wh,
    )
