"""What a plan should know of the hours ahead of a site: prices, carbon, demand charges, building and roof."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from chargewright.charging.forecast import Forecast, History, learn_load, learn_pv
from chargewright.charging.site import Floats, Steps
from chargewright.charging.tariff import DemandCharge, DemandRule, EnergyTariff, HourPrice, PriceRule
from chargewright.clock import Clock
from chargewright.csms.energy_tariffs import EnergyTariffs
from chargewright.csms.expected_peak import AHEAD, ExpectedPeaks, PeaksAsked, rule_of
from chargewright.csms.market import Area, Market
from chargewright.csms.ports import Bus
from chargewright.csms.site_measurements import SiteMeasurements
from chargewright.domain import events
from chargewright.domain.market import MarketKind
from chargewright.domain.site import SiteRecord, SiteSettings
from chargewright.domain.site_measurement import QUARTER_S, MeasurementKind, SiteMeasurement
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

__all__ = ["BillBasis", "Outlook", "SiteOutlooks", "areas_of"]

log = structlog.get_logger(__name__)

LEARN_AGAIN: Final = timedelta(minutes=15)
"""A quarter of an hour brings one new value."""

STALE: Final = timedelta(hours=36)
"""A meter that is silent for longer is not forecast: nobody knows what was changed meanwhile."""

HISTORY: Final = timedelta(days=400)
NOTED_EVERY_S: Final = 240.0
_MEDIAN: Final = 0.5
_PV_SAFE_SHARE: Final = 0.5
"""Half of what the quantile leaves above itself goes to clouds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All steps are UTC and reach from `start` to `end`; None: nothing is known, or nothing is to be known.

    Powers in W are of all that is not charging, what is generated subtracted: `base_power_w` is the median, for
    money; `base_limit_power_w` is exceeded with probability 1 - the site's quantile only, for limits. `pv_power_w`
    is the median of what is generated, and is in the other two already. `notes` say what is missing, for people.
    """

    start: datetime
    end: datetime
    currency: str
    prices: Steps | None = None
    export_prices: Steps | None = None
    demand_charges: tuple[DemandCharge, ...] = ()
    peaks_expected_w: Mapping[str, float] = field(default_factory=dict)
    """By demand charge, where stays of earlier weeks tell one: such a charge counts in full above it."""
    carbon_g_per_kwh: Steps | None = None
    base_power_w: Steps | None = None
    base_limit_power_w: Steps | None = None
    pv_power_w: Steps | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BillBasis:
    """What the bill of a past stretch depends on. `base_w`: the rest of the site by quarters of an hour, 0 if unknown."""

    tariff: EnergyTariff
    market: Steps | None
    peaks_so_far_w: Mapping[str, float]
    carbon_g_per_kwh: Steps | None
    base_w: Floats
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Learnt:
    """Forecasts of one site, and from when they are."""

    at: datetime
    settings: SiteSettings
    load: Forecast | None = None
    pv: Forecast | None = None
    notes: list[str] = field(default_factory=list)


def areas_of(settings: SiteSettings) -> Iterable[Area]:
    """The areas of markets and grids that a site wants to know of."""
    if settings.price_provider and settings.price_area:
        yield Area(settings.price_provider, settings.price_area)
    if settings.carbon_provider and settings.carbon_area:
        yield Area(settings.carbon_provider, settings.carbon_area)


class SiteOutlooks:
    """Puts outlooks together, one site at a time."""

    def __init__(
        self,
        *,
        clock: Clock,
        bus: Bus,
        market: Market,
        tariffs: EnergyTariffs,
        measurements: SiteMeasurements,
        peaks: ExpectedPeaks,
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._market = market
        self._tariffs = tariffs
        self._measurements = measurements
        self._peaks = peaks
        self._learnt: dict[SiteId, _Learnt] = {}
        self._noted_at: dict[SiteId, datetime] = {}
        self._unsubscribe: Callable[[], None] | None = None

    def start(self, sites: Callable[[], Iterable[SiteRecord]], *, changed: Callable[[SiteId], None]) -> None:
        """Follow the markets of all sites; `changed` is called for a site whose prices or carbon changed."""

        def follow(_: events.Event | None = None) -> None:
            self._market.want({area for record in sites() for area in areas_of(record.settings)})

        def told(area: Area) -> None:
            for record in sites():
                if area in areas_of(record.settings):
                    changed(record.id)

        self._market.tell(told)
        follow()
        self._unsubscribe = self._bus.subscribe(follow, events.SiteChanged)

    @property
    def idle(self) -> bool:
        """Nothing is being looked at beside the plans."""
        return self._peaks.idle

    def stop(self) -> None:
        self._peaks.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()

    def judge(self, settings: SiteSettings) -> None:
        """Raise `InvalidInput` for settings that name a tariff or a provider that is not there."""
        if settings.energy_tariff is not None:
            tariff = self._tariffs.get(settings.energy_tariff)
            if tariff.market_factor and not settings.price_provider:
                raise InvalidInput(
                    "the energy tariff follows the market: name its provider and area", where="price_provider"
                )
        kinds: tuple[tuple[str, str | None, str | None, MarketKind], ...] = (
            ("price", settings.price_provider, settings.price_area, "price"),
            ("carbon", settings.carbon_provider, settings.carbon_area, "carbon"),
        )
        for name, provider, area, kind in kinds:
            if (provider is None) != (area is None):
                raise InvalidInput("a provider and an area go together", where=f"{name}_area")
            if provider is not None and self._market.provider(provider).kind != kind:
                raise InvalidInput(f"{provider} does not tell {kind}", where=f"{name}_provider")
        if not 0.5 <= settings.base_load_quantile < 1:
            raise InvalidInput("lies from 0.5 to below 1", where="base_load_quantile")

    async def of(
        self, record: SiteRecord, *, start: datetime, end: datetime, charging_power_w: float | None = None
    ) -> Outlook:
        """Return what is known of a site from `start` (now) until `end`.

        `charging_power_w` is what its stations draw now: noted, so that the peak of the month is known where no
        meter tells it.
        """
        settings, notes = record.settings, list[str]()
        if charging_power_w is not None:
            await self._note(record.id, start, charging_power_w)
        tariff = self._tariff(settings, notes)
        market = self._series(settings.price_provider, settings.price_area, start, end, notes)
        carbon = self._series(settings.carbon_provider, settings.carbon_area, start, end, notes)
        prices, export = self._prices(settings, tariff, market, start, end, notes)
        learnt = await self._forecasts(record.id, settings, tariff, start)
        notes += learnt.notes
        median, high, pv = await asyncio.to_thread(_powers, learnt, settings.base_load_quantile, start, end)
        expected = self._expected(record, tariff, start)
        charges = await self._demand(record.id, settings, tariff, start, end, expected)
        return Outlook(
            start=start,
            end=end,
            currency=settings.currency if tariff is None else tariff.currency,
            prices=prices,
            export_prices=export,
            demand_charges=charges,
            peaks_expected_w={c.name: expected[rule_of(c)] for c in charges if rule_of(c) in expected},
            carbon_g_per_kwh=carbon,
            base_power_w=median,
            base_limit_power_w=high,
            pv_power_w=pv,
            notes=tuple(notes),
        )

    async def basis(self, record: SiteRecord, *, start: datetime, end: datetime) -> BillBasis:
        """Return what a bill from `start` until `end` depends on; settings without a tariff are made into one."""
        settings, notes = record.settings, list[str]()
        tariff = self._tariff(settings, notes)
        market = self._series(settings.price_provider, settings.price_area, start, end, notes)
        if tariff is None:
            tariff = _only_demand(settings)
            if market is None:
                market = Steps.of(settings.prices) if settings.prices else Steps.of(0.0)
                if not settings.prices:
                    notes.append("no price is known: energy is reckoned at 0")
        before = await self._imported(record.id, start)
        peaks: Mapping[str, float] = {}
        if before is not None and tariff.demand:
            count = max(int((start - before.start) / timedelta(seconds=before.step_s)), 0)
            energy_wh = np.zeros(count)  # to the very day: what its billing period is goes by the end
            known = np.nan_to_num(before.power_w[:count])
            energy_wh[: len(known)] = known * before.step_s / 3600
            if count:
                peaks = await asyncio.to_thread(tariff.peaks, before.start, before.step_s, energy_wh)
        carbon = self._series(settings.carbon_provider, settings.carbon_area, start, end, notes)
        load = await self._history(record.id, "load", end)
        pv = await self._history(record.id, "pv", end)
        count = round((end - start) / timedelta(seconds=QUARTER_S))
        base_w = np.zeros(count)
        for part, sign in ((load, 1.0), (pv, -1.0)):
            if part is not None:
                base_w += sign * np.nan_to_num(_laid(part, start, count))
        return BillBasis(tariff, market, peaks, carbon, base_w, tuple(notes))

    # --- money ---

    def _tariff(self, settings: SiteSettings, notes: list[str]) -> EnergyTariff | None:
        if settings.energy_tariff is None:
            return None
        found = self._tariffs.all().get(settings.energy_tariff)
        if found is None:
            notes.append(f"energy tariff {settings.energy_tariff} is not there any more")
        return found

    def _series(
        self,
        provider: str | None,
        name: str | None,
        start: datetime,
        end: datetime,
        notes: list[str],
    ) -> Steps | None:
        if provider is None or name is None:
            return None
        state = self._market.state(Area(provider, name))
        if state.series is None or not state.series.points:
            notes.append(state.trouble or f"{provider} {name}: nothing is known yet")
            return None
        gaps = state.series.gaps(start, end)
        if gaps:
            why = f" ({state.trouble})" if state.trouble else ""
            notes.append(
                f"{provider} {name}: not known from {gaps[0][0]:%Y-%m-%dT%H:%MZ} on, taken as on days before{why}"
            )
        return state.series.steps(start, end)

    @staticmethod
    def _prices(
        settings: SiteSettings,
        tariff: EnergyTariff | None,
        market: Steps | None,
        start: datetime,
        end: datetime,
        notes: list[str],
    ) -> tuple[Steps | None, Steps | None]:
        if tariff is None:
            own = Steps.of([(at, price) for at, price in settings.prices]) if settings.prices else None
            return (own if market is None else market), None
        try:
            return tariff.prices(start, end, market), tariff.export_prices(start, end)
        except InvalidInput as why:
            notes.append(str(why))
            return None, None

    async def _demand(
        self,
        site_id: SiteId,
        settings: SiteSettings,
        tariff: EnergyTariff | None,
        start: datetime,
        end: datetime,
        expected: Mapping[str, float],
    ) -> tuple[DemandCharge, ...]:
        """A day's part of each charge; all of it where the peak is expected, which weighs the days left already."""
        if tariff is None and settings.demand_charge_per_kw:
            tariff = _only_demand(settings)
        if tariff is None or not tariff.demand:
            return ()
        metered = await self._imported(site_id, start)
        peaks: Mapping[str, float] = {}
        if metered is not None:
            energy_wh = np.nan_to_num(metered.power_w) * metered.step_s / 3600
            peaks = await asyncio.to_thread(tariff.peaks, metered.start, metered.step_s, energy_wh)
        both = (tariff.demand_charges(start, end, peaks, spread=spread) for spread in (False, True))
        return tuple(whole if rule_of(whole) in expected else part for whole, part in zip(*both, strict=True))

    def _expected(
        self, record: SiteRecord, tariff: EnergyTariff | None, now: datetime
    ) -> Mapping[str, float]:
        """The peaks that earlier weeks say, by demand rule; none where one is told, or where money is not the goal."""
        settings = record.settings
        billed = tariff or (_only_demand(settings) if settings.demand_charge_per_kw else None)
        if billed is None or not billed.demand or settings.peak_expected_w or not settings.learn:
            return {}
        if "cost" not in [goal.strip() for goal in settings.goal.split(",")]:
            return {}
        local = now.astimezone(billed.zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(now.tzinfo)
        return self._peaks.of(record, day, lambda: self._weeks_ahead(record, tariff, billed, day))

    async def _weeks_ahead(
        self, record: SiteRecord, tariff: EnergyTariff | None, billed: EnergyTariff, day: datetime
    ) -> PeaksAsked:
        """What the coming weeks cost, where market and building are as they were in the last ones."""
        settings, end = record.settings, day + AHEAD
        market = self._series(settings.price_provider, settings.price_area, day - AHEAD, day, [])
        if market is not None:
            market = Steps(tuple(at + AHEAD for at in market.starts), market.values)
        prices, _ = self._prices(settings, tariff, market, day, end, [])
        base_w = np.zeros(AHEAD // timedelta(seconds=QUARTER_S))
        parts: list[tuple[History | None, float]] = []
        if settings.base_load == "site":
            parts.append((await self._without_charging(record.id, day), 1.0))
        elif settings.base_load == "load":
            parts.append((await self._history(record.id, "load", day), 1.0))
            parts.append((await self._history(record.id, "pv", day), -1.0))
        for part, sign in parts:
            if part is not None:
                base_w += sign * np.nan_to_num(_laid(part, day - AHEAD, len(base_w)))
        quarters = ((day + timedelta(seconds=QUARTER_S) * n, float(w)) for n, w in enumerate(base_w))
        return PeaksAsked(
            day=day,
            zone=billed.zone,
            prices=prices or Steps.of(0.0),
            demand=billed.demand_charges(day, end, {}, spread=True),
            base_w=Steps.of(list(quarters)),
            energy_value_per_kwh=settings.energy_value_per_kwh,
        )

    async def _imported(self, site_id: SiteId, now: datetime) -> History | None:
        """What the site took from the grid: metered there, else put together from its parts.

        A quarter of an hour without a reading of the grid's meter is filled from the parts.
        """
        parts = [await self._history(site_id, kind, now) for kind in ("load", "charging", "pv")]
        known = [part for part in parts if part is not None]
        grid = await self._history(site_id, "site", now)
        if grid is None and not known:
            return None
        begin = min(one.start for one in (*known, *([] if grid is None else [grid])))
        count = int((now - begin) / timedelta(seconds=QUARTER_S))
        if count < 1:
            return None  # the day of the site's clock began before the first UTC day that is known
        total = np.zeros(count)
        for part, sign in zip(parts, (1.0, 1.0, -1.0), strict=True):
            if part is not None:
                total += sign * np.nan_to_num(_laid(part, begin, count))
        if grid is not None:
            metered = _laid(grid, begin, count)
            total = np.where(np.isnan(metered), total, metered)
        return History(begin, float(QUARTER_S), total)

    async def _note(self, site_id: SiteId, at: datetime, power_w: float) -> None:
        """Keep what is drawn for charging; noted every few minutes, it stands until the next note."""
        before = self._noted_at.get(site_id)
        if before is not None and (at - before).total_seconds() < NOTED_EVERY_S:
            return
        self._noted_at[site_id] = at
        reading = SiteMeasurement("charging", at, power_w, QUARTER_S)
        await self._measurements.record(site_id, [reading])

    # --- building and roof ---

    async def _history(self, site_id: SiteId, kind: MeasurementKind, now: datetime) -> History | None:
        return await self._measurements.history(site_id, kind, since=now - HISTORY)

    async def _forecasts(
        self, site_id: SiteId, settings: SiteSettings, tariff: EnergyTariff | None, now: datetime
    ) -> _Learnt:
        known = self._learnt.get(site_id)
        if known is not None and known.settings == settings and timedelta() <= now - known.at < LEARN_AGAIN:
            return known
        learnt = _Learnt(now, settings)
        if settings.base_load == "load":
            load = await self._history(site_id, "load", now)
            pv = await self._history(site_id, "pv", now)
        elif settings.base_load == "site":
            load, pv = await self._without_charging(site_id, now), None
        else:
            load = pv = None
        zone = ZoneInfo(settings.time_zone) if tariff is None else tariff.zone
        holidays: tuple[date, ...] = () if tariff is None else tariff.holidays
        if settings.base_load != "none":
            learnt.load = await _learn(
                "load", load, now, learnt.notes, lambda known: learn_load(known, zone=zone, holidays=holidays)
            )
            if pv is not None:
                learnt.pv = await _learn("pv", pv, now, learnt.notes, learn_pv)
        if load is not None or settings.base_load == "none":  # the first measurement is not kept waiting
            self._learnt[site_id] = learnt
        return learnt

    async def _without_charging(self, site_id: SiteId, now: datetime) -> History | None:
        grid = await self._history(site_id, "site", now)
        charging = await self._history(site_id, "charging", now)
        if grid is None or charging is None:
            return grid
        noted = np.nan_to_num(_laid(charging, grid.start, len(grid.power_w)))
        return History(grid.start, grid.step_s, grid.power_w - noted)


async def _learn(
    name: str,
    history: History | None,
    now: datetime,
    notes: list[str],
    learn: Callable[[History], Forecast],
) -> Forecast | None:
    if history is None:
        notes.append(f"{name}: nothing was measured yet")
        return None
    if now - history.end > STALE:
        notes.append(f"{name}: nothing was measured since {history.end:%Y-%m-%dT%H:%MZ}")
        return None
    try:
        return await asyncio.to_thread(learn, history)
    except InvalidInput as why:
        notes.append(f"{name}: {why}")
        return None


def _powers(
    learnt: _Learnt, q: float, start: datetime, end: datetime
) -> tuple[Steps | None, Steps | None, Steps | None]:
    """(median without charging, the same for limits, median of photovoltaics)."""
    pv = None if learnt.pv is None else learnt.pv.quantile(_MEDIAN, start, end)
    if learnt.load is None:
        return (None, None, None) if pv is None else (pv.scaled(-1.0), Steps.of(0.0), pv)
    median, high = learnt.load.quantile(_MEDIAN, start, end), learnt.load.quantile(q, start, end)
    if learnt.pv is None or pv is None:
        return median, high, None
    sure = learnt.pv.quantile(max((1 - q) * _PV_SAFE_SHARE, 0.01), start, end)
    return median.plus(pv.scaled(-1.0)), high.plus(sure.scaled(-1.0)), pv


def _laid(history: History, start: datetime, count: int) -> Floats:
    """The values on a grid that begins elsewhere; NaN where there are none."""
    found = np.full(count, np.nan)
    shift = round((history.start - start) / timedelta(seconds=history.step_s))
    first, last = max(shift, 0), min(shift + len(history.power_w), count)
    if first < last:
        found[first:last] = history.power_w[first - shift : last - shift]
    return found


def _only_demand(settings: SiteSettings) -> EnergyTariff:
    """The one charge that settings without a tariff can name: by the month of the site's own clock."""
    return EnergyTariff(
        currency=settings.currency,
        time_zone=settings.time_zone,
        market_factor=1.0,
        prices_by_hour=(PriceRule(hours=(HourPrice(time_from=datetime.min.time(), price_per_kwh=0.0),)),),
        demand=(DemandRule(name="demand", per_kw=settings.demand_charge_per_kw),),
    )
