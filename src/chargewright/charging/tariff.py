"""What a site pays for its energy: prices over the day and the year, and charges on its highest power.

Prices hold by the clock on the wall: `EnergyTariff` says them in the time zone of the tariff, and turns them into
`Steps` in UTC, so that days of 23 and of 25 hours come out right. `EnergyTariff.bill` is what every "bill of the
day" is reckoned by.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np
from msgspec import Meta, Struct

from chargewright.charging.site import Floats, Steps
from chargewright.errors import InvalidInput

__all__ = [
    "ENTIRE_WEEK",
    "Bill",
    "BillLine",
    "DemandCharge",
    "DemandRule",
    "EnergyTariff",
    "HourPrice",
    "PriceRule",
    "Weekday",
    "Window",
    "read_tariff",
]

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

ENTIRE_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MonthDay: TypeAlias = Annotated[str, Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]

_MIDNIGHT = time(0)
_DAY = timedelta(days=1)
_GRID = timedelta(minutes=15)
"""Clocks are put forward and back at quarters of an hour everywhere."""

_RISE_MIN_W = 1e-6
"""Sums of floats rise by less than this without power having risen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCharge:
    """Money per kW of the highest power of a billing period, as far as it rises above the peak so far.

    `peak_so_far_w` is the highest power in W that was already metered in the period: up to there power is paid.
    `active` is 1 where power counts for this charge and 0 where it does not; None: it always counts.
    """

    name: str
    per_kw: float
    peak_so_far_w: float = 0.0
    active: Steps | None = None

    def __post_init__(self) -> None:
        where = f"demand charge {self.name}"
        if not (math.isfinite(self.per_kw) and self.per_kw >= 0):
            raise InvalidInput("a charge per kW is finite and not negative", where=where)
        if not (math.isfinite(self.peak_so_far_w) and self.peak_so_far_w >= 0):
            raise InvalidInput("a peak is finite and not negative", where=where)


class HourPrice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From this time of day on, until the next one: what a kWh costs, and what a kWh fed in earns."""

    time_from: time
    price_per_kwh: float
    export_price_per_kwh: float = 0.0


class Window(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the day; `time_until` None: until midnight."""

    time_from: time = _MIDNIGHT
    time_until: time | None = None


class _Days(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The local days on which a rule holds. All bounds are the first and the last day that belong to it."""

    first_day: MonthDay = "01-01"
    last_day: MonthDay = "12-31"
    """Of every year, as MM-DD; a season may run over the end of the year."""
    weekdays: tuple[Weekday, ...] = ENTIRE_WEEK
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, day: date, weekday: Weekday) -> bool:
        """Whether the rule holds on a day, which counts as `weekday` (a holiday counts as a Sunday)."""
        if weekday not in self.weekdays:
            return False
        if self.valid_from is not None and day < self.valid_from:
            return False
        if self.valid_until is not None and day > self.valid_until:
            return False
        month_day = f"{day.month:02d}-{day.day:02d}"
        if self.first_day <= self.last_day:
            return self.first_day <= month_day <= self.last_day
        return month_day >= self.first_day or month_day <= self.last_day


class PriceRule(_Days, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The prices of some days, by time of day; the first one begins at midnight."""

    name: str = ""
    hours: tuple[HourPrice, ...]


class DemandRule(_Days, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money per kW of the highest average power over `averaging_s` within a billing period.

    Power counts on the rule's days within its windows; without windows, at every hour. With period `year` the charge
    is for the highest power of the calendar year, as for a yearly capacity charge.
    """

    name: str
    per_kw: Annotated[float, Meta(ge=0)]
    period: Literal["month", "year"] = "month"
    windows: tuple[Window, ...] = ()
    averaging_s: Annotated[int, Meta(ge=60, le=3600)] = 900


@dataclass(frozen=True, slots=True)
class BillLine:
    """`quantity` is in `unit`: kWh, kW or day. `period`: the billing period of a demand charge."""

    component: Literal["energy", "export", "demand", "fixed"]
    name: str
    quantity: float
    unit: Literal["kWh", "kW", "day"]
    amount: float
    period: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a stretch of time costs, in the tariff's currency; what is earned stands below zero."""

    currency: str
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> float:
        return math.fsum(line.amount for line in self.lines)

    def amount(self, component: Literal["energy", "export", "demand", "fixed"]) -> float:
        """Return the sum of one component."""
        return math.fsum(line.amount for line in self.lines if line.component == component)


class EnergyTariff(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tariff as it stands in a contract: of the prices, the first rule counts that holds on the day.

    `market_factor` times the market's price is added to every price (1.19: with a tax of 19 %); 0: the tariff knows
    no market. Billing months begin on `billing_day`.
    """

    name: str = ""
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    time_zone: str = "UTC"
    holidays: tuple[date, ...] = ()
    """Days that count as Sundays."""
    billing_day: Annotated[int, Meta(ge=1, le=28)] = 1
    fixed_per_day: Annotated[float, Meta(ge=0)] = 0.0
    market_factor: Annotated[float, Meta(ge=0)] = 0.0
    prices_by_hour: tuple[PriceRule, ...]
    demand: tuple[DemandRule, ...] = ()

    def __post_init__(self) -> None:
        _judge(self)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def prices(self, start: datetime, end: datetime, market: Steps | None = None) -> Steps:
        """Return the import price per kWh from `start` until `end`, both aware.

        Raises:
            InvalidInput: no rule holds on a day, or the tariff follows the market and `market` is None.

        """
        return self._with_market(self._hourly(start, end, export=False), market)

    def export_prices(self, start: datetime, end: datetime) -> Steps:
        """Return what a kWh fed in earns, from `start` until `end`. Raises `InvalidInput` as `prices` does."""
        return self._hourly(start, end, export=True)

    def demand_charges(
        self, start: datetime, end: datetime, peaks_so_far: Mapping[str, float], *, spread: bool = False
    ) -> tuple[DemandCharge, ...]:
        """Return the charges that power from `start` until `end` may raise, one for each rule and billing period.

        `peaks_so_far` holds the highest power in W by the name of the rule, in the period that `start` lies in. A
        rule whose hours lie outside is left out. With `spread` a new peak costs one day's part of what is left of the
        period: a kW that is paid today serves every day to come, and a plan knows the cars of its own day only.
        """
        found: list[DemandCharge] = []
        for rule in self.demand:
            for number, (label, begin, until) in enumerate(self._periods(rule, start, end)):
                first, last = max(begin, start), min(until, end)
                counted = self._counted(rule, first, last)
                values = [counted.at(first), *(counted.at(at) for at in counted.starts)]
                if not any(values):
                    continue
                whole = all(values) and first == start and last == end
                part = min(_DAY / (until - first), 1.0) if spread else 1.0
                found.append(
                    DemandCharge(
                        name=f"{rule.name} {label}",
                        per_kw=part * rule.per_kw,
                        peak_so_far_w=max(peaks_so_far.get(rule.name, 0.0), 0.0) if number == 0 else 0.0,
                        active=None if whole else _within(counted, first, last, start, end),
                    )
                )
        return tuple(found)

    def peaks(self, start: datetime, step_s: float, energy_wh: Floats) -> dict[str, float]:
        """Return the highest power in W by rule, in the billing period that the end of the series lies in.

        The series is as in `bill`. What lies before that period counts for nothing.
        """
        end = start + timedelta(seconds=step_s * len(energy_wh))
        found: dict[str, float] = {}
        for rule in self.demand:
            _, begin, _ = next(self._periods(rule, end, end))
            found[rule.name] = self._peak_w(rule, start, step_s, energy_wh, max(begin, start), end)
        return found

    def bill(
        self,
        start: datetime,
        step_s: float,
        energy_wh: Floats,
        *,
        market: Steps | None = None,
        peaks_so_far: Mapping[str, float] | None = None,
    ) -> Bill:
        """Return what metered energy costs: `energy_wh[k]` flows evenly from start + k * step_s on, negative: out.

        Demand is the average over the rule's own intervals. With `peaks_so_far` (W by rule) only the rise above
        them is billed in the first period; without, all of it.
        """
        end = start + timedelta(seconds=step_s * len(energy_wh))
        edges_s = step_s * np.arange(len(energy_wh) + 1, dtype=np.float64)
        taken, given = np.maximum(energy_wh, 0.0) / 1000, np.maximum(-energy_wh, 0.0) / 1000
        cost = float(self.prices(start, end, market).mean(start, edges_s) @ taken)
        lines = [BillLine("energy", self.name, float(taken.sum()), "kWh", cost)]
        if given.any():
            earned = float(self.export_prices(start, end).mean(start, edges_s) @ given)
            lines.append(BillLine("export", self.name, float(given.sum()), "kWh", -earned))
        for rule in self.demand:
            for number, (label, begin, until) in enumerate(self._periods(rule, start, end)):
                peak_w = self._peak_w(rule, start, step_s, energy_wh, max(begin, start), min(until, end))
                paid_w = (peaks_so_far or {}).get(rule.name, 0.0) if number == 0 else 0.0
                rise_kw = (peak_w - paid_w) / 1000 if peak_w > paid_w + _RISE_MIN_W else 0.0
                if rise_kw:
                    lines.append(BillLine("demand", rule.name, rise_kw, "kW", rise_kw * rule.per_kw, label))
        if self.fixed_per_day:
            days = _local_days(start, end, self.zone)
            lines.append(BillLine("fixed", self.name, days, "day", days * self.fixed_per_day))
        return Bill(self.currency, tuple(lines))

    def _with_market(self, own: Steps, market: Steps | None) -> Steps:
        if not self.market_factor:
            return own
        if market is None:
            raise InvalidInput(
                "follows the market's price, and none is known", where=f"energy tariff {self.name}"
            )
        return own.plus(market.scaled(self.market_factor))

    def _weekday(self, day: date) -> Weekday:
        return "sun" if day in self.holidays else ENTIRE_WEEK[day.weekday()]

    def _hourly(self, start: datetime, end: datetime, *, export: bool) -> Steps:
        marks = {hour.time_from for rule in self.prices_by_hour for hour in rule.hours}

        def price(local: datetime) -> float:
            day = local.date()
            for rule in self.prices_by_hour:
                if rule.holds(day, self._weekday(day)):
                    hour = [h for h in rule.hours if h.time_from <= local.time()][-1]
                    return hour.export_price_per_kwh if export else hour.price_per_kwh
            raise InvalidInput(f"no price for {day}", where=f"energy tariff {self.name}")

        return _by_the_wall(start, end, self.zone, marks, price)

    def _counted(self, rule: DemandRule, start: datetime, end: datetime) -> Steps:
        """1 where power counts for a rule."""
        marks = {_MIDNIGHT}
        for window in rule.windows:
            marks |= {window.time_from, window.time_until or _MIDNIGHT}

        def counts(local: datetime) -> float:
            day, at = local.date(), local.time()
            if not rule.holds(day, self._weekday(day)):
                return 0.0
            inside = not rule.windows or any(
                w.time_from <= at and (w.time_until is None or at < w.time_until) for w in rule.windows
            )
            return 1.0 if inside else 0.0

        return _by_the_wall(start, end, self.zone, marks, counts)

    def _periods(
        self, rule: DemandRule, start: datetime, end: datetime
    ) -> Iterator[tuple[str, datetime, datetime]]:
        """Yield (label, begin, end) of every billing period that overlaps, in order of time."""
        local = start.astimezone(self.zone)
        if rule.period == "year":
            year, month, step, day = local.year, 1, 12, 1
        else:
            year, month, step, day = local.year, local.month, 1, self.billing_day
            if local.day < day:
                year, month = _later_month(year, month, -1)
        while True:
            next_year, next_month = _later_month(year, month, step)
            begin = _instant(date(year, month, day), _MIDNIGHT, self.zone)
            until = _instant(date(next_year, next_month, day), _MIDNIGHT, self.zone)
            yield (f"{year}" if rule.period == "year" else f"{year}-{month:02d}"), begin, until
            if until >= end:
                return
            year, month = next_year, next_month

    def _peak_w(
        self,
        rule: DemandRule,
        start: datetime,
        step_s: float,
        energy_wh: Floats,
        first: datetime,
        last: datetime,
    ) -> float:
        """Return the highest average power from `first` until `last` where the rule counts, at least 0."""
        if last <= first:
            return 0.0
        grid_s = rule.averaging_s
        begin_s = math.floor(first.timestamp() / grid_s) * grid_s
        starts_s = np.arange(begin_s, last.timestamp(), grid_s, dtype=np.float64)
        edges_s = step_s * np.arange(len(energy_wh) + 1)
        so_far_wh = np.concatenate([[0.0], np.cumsum(energy_wh)])
        offset_s = start.timestamp()
        low = np.maximum(starts_s, first.timestamp()) - offset_s
        high = np.minimum(starts_s + grid_s, last.timestamp()) - offset_s
        flowed_wh = np.interp(high, edges_s, so_far_wh) - np.interp(low, edges_s, so_far_wh)
        counted = self._counted(rule, first, last)
        changes_s = np.array([at.timestamp() for at in counted.starts], dtype=np.float64)
        counts = np.array(counted.values)[np.searchsorted(changes_s, low + offset_s, side="right")]
        return float(max((flowed_wh * 3600 / grid_s * counts).max(initial=0.0), 0.0))


def read_tariff(raw: object, *, where: str = "energy tariff") -> EnergyTariff:
    """Read a tariff from plain objects, as TOML or JSON give them.

    Raises:
        InvalidInput: a key that is not known, a value that cannot be; says which.

    """
    try:
        return msgspec.convert(raw, EnergyTariff)
    except msgspec.ValidationError as why:
        raise InvalidInput(str(why), where=where) from why


# --- clocks on walls --------------------------------------------------------------------------------------------


def _instant(day: date, at: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.combine(day, at.replace(fold=fold), tzinfo=zone).astimezone(UTC)


def _by_the_wall(start: datetime, end: datetime, zone: ZoneInfo, marks: set[time], value: Any) -> Steps:
    """Return `value(local time)` as steps in UTC; it changes at the marks of the wall clock only.

    A clock that is put forward or back jumps over marks or meets them twice: on such days every quarter of an hour
    is looked at as well.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise InvalidInput("a time without a zone")
    start, end = start.astimezone(UTC), max(end.astimezone(UTC), start.astimezone(UTC))
    candidates: set[datetime] = set()
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while day <= last:
        midnight = _instant(day, _MIDNIGHT, zone)
        next_midnight = _instant(day + timedelta(days=1), _MIDNIGHT, zone)
        candidates.add(midnight)
        candidates.update(_instant(day, mark, zone, fold) for mark in marks for fold in (0, 1))
        if next_midnight - midnight != timedelta(days=1):
            candidates.update(
                midnight + n * _GRID for n in range(math.ceil((next_midnight - midnight) / _GRID))
            )
        day += timedelta(days=1)
    instants = [start, *sorted(at for at in candidates if start < at < end)]
    starts: list[datetime] = []
    values: list[float] = []
    for at in instants:
        here = float(value(at.astimezone(zone)))
        if not values:
            values.append(here)
        elif here != values[-1]:
            starts.append(at)
            values.append(here)
    return Steps(tuple(starts), tuple(values))


def _within(counted: Steps, first: datetime, last: datetime, start: datetime, end: datetime) -> Steps:
    """Return the same with 0 outside of [first, last), where that lies inside of [start, end)."""
    pieces = [
        (first, counted.at(first)),
        *((at, counted.at(at)) for at in counted.starts if first < at < last),
    ]
    if first > start:
        pieces.insert(0, (start, 0.0))
    if last < end:
        pieces.append((last, 0.0))
    merged = [
        pieces[0],
        *(after for before, after in pairwise(pieces) if before[1] != after[1]),
    ]
    return Steps(tuple(at for at, _ in merged[1:]), tuple(value for _, value in merged))


def _later_month(year: int, month: int, by: int) -> tuple[int, int]:
    number = year * 12 + month - 1 + by
    return number // 12, number % 12 + 1


def _local_days(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Return how many days lie between; a part of a day counts by its share of the day, however long it is."""

    def position(at: datetime) -> float:
        day = at.astimezone(zone).date()
        midnight, following = (
            _instant(day, _MIDNIGHT, zone),
            _instant(day + timedelta(days=1), _MIDNIGHT, zone),
        )
        return day.toordinal() + (at - midnight) / (following - midnight)

    return position(end) - position(start)


def _judge(tariff: EnergyTariff) -> None:
    """Raise `InvalidInput` for what no type can say."""
    where = f"energy tariff {tariff.name}".rstrip()
    try:
        ZoneInfo(tariff.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise InvalidInput(f"no such time zone: {tariff.time_zone!r}", where=f"{where}, time_zone") from why
    if not tariff.prices_by_hour:
        raise InvalidInput("has no prices", where=f"{where}, prices_by_hour")
    for n, rule in enumerate(tariff.prices_by_hour):
        here = f"{where}, prices_by_hour[{n}]"
        times = [hour.time_from for hour in rule.hours]
        if not times or times[0] != _MIDNIGHT:
            raise InvalidInput("the first price of a day begins at 00:00:00", where=here)
        if times != sorted(set(times)) or any(at.tzinfo is not None for at in times):
            raise InvalidInput("times of day are in order, without a zone", where=here)
        if not all(math.isfinite(h.price_per_kwh + h.export_price_per_kwh) for h in rule.hours):
            raise InvalidInput("a price is finite", where=here)
    _judge_demand(tariff.demand, where)


def _judge_demand(rules: Sequence[DemandRule], where: str) -> None:
    names = [rule.name for rule in rules]
    if len(set(names)) != len(names):
        raise InvalidInput("two demand charges bear one name", where=f"{where}, demand")
    for n, rule in enumerate(rules):
        for window in rule.windows:
            if window.time_until is not None and window.time_until <= window.time_from:
                raise InvalidInput(
                    "a window ends after it begins; over midnight there are two",
                    where=f"{where}, demand[{n}]",
                )
