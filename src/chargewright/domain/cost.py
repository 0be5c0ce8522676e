"""What charging costs: a tariff, and the reckoning by it. Money is decimal, never binary.

A tariff has parts (energy, charging time, idle time, fixed, and the two of a reservation); a part has prices in order,
of which the first whose conditions hold counts, and taxes (OCPP 2.1 block I, TariffType; says nothing that 2.0.1 or
1.6 could not be charged by). A transaction is cut into stretches, and a stretch again wherever a condition begins
or ends within it, so that each piece has one price.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

__all__ = [
    "Conditions",
    "Cost",
    "CostLine",
    "Part",
    "Price",
    "Stretch",
    "Tariff",
    "TaxRate",
    "cost_of",
]

_HOUR_S, _MINUTE_S, _KWH = Decimal(3600), Decimal(60), Decimal(1000)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ZERO = Decimal(0)

CUTS_MAX = 100_000
"""Pieces of one transaction; a condition per minute over two months would need more."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax, e.g. VAT of 19 percent. A tax with a higher `stack` is reckoned on the sum with the lower ones."""

    kind: str
    percent: Decimal
    stack: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a price counts; what is None or empty does not limit it. A lower bound belongs to it, an upper one does not.

    Times of day and days are local ones of the tariff's zone; a window from 22:00 to 06:00 goes over midnight. Energy
    and times count from the start of the transaction. Powers are means over a piece. Currents and the kind of
    payment are unknown here: a price that names them never counts, and the next one does.
    """

    time_from: time | None = None
    time_until: time | None = None
    days: tuple[str, ...] = ()
    date_from: date | None = None
    date_until: date | None = None
    energy_wh_min: Decimal | None = None
    energy_wh_max: Decimal | None = None
    power_w_min: Decimal | None = None
    power_w_max: Decimal | None = None
    current_a_min: Decimal | None = None
    current_a_max: Decimal | None = None
    duration_s_min: int | None = None
    duration_s_max: int | None = None
    charging_s_min: int | None = None
    charging_s_max: int | None = None
    idle_s_min: int | None = None
    idle_s_max: int | None = None
    evse_kind: str | None = None
    payment_brand: str | None = None
    payment_recognition: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Per kWh, per hour of `Part` for times, or for all where it is fixed; without tax."""

    amount: Decimal
    conditions: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class Part:
    prices: tuple[Price, ...]
    taxes: tuple[TaxRate, ...] = ()


@dataclass(frozen=True, slots=True)
class Tariff:
    """What charging costs. Energy per kWh, times per hour. Limits of the total are without tax.

    `digits`: to how many decimal places each line is rounded, half up.
    """

    id: str
    currency: str
    energy: Part | None = None
    charging_time: Part | None = None
    idle_time: Part | None = None
    fixed: Part | None = None
    reservation_time: Part | None = None
    reservation_fixed: Part | None = None
    total_min: Decimal | None = None
    total_max: Decimal | None = None
    digits: int = 2
    time_zone: str = "UTC"
    valid_from: datetime | None = None
    description: tuple[tuple[str, str], ...] = ()
    """(language, text) for the driver."""

    @property
    def by_the_whole(self) -> bool:
        """Start and stop of a transaction are all that its cost depends on."""
        if self.idle_time is not None:
            return False
        parts = [p for p in (self.energy, self.charging_time, self.fixed) if p is not None]
        return all(price.conditions == Conditions() for part in parts for price in part.prices)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a transaction. `charging` is None where neither time counts: the operator held the EV back."""

    begin: datetime
    end: datetime
    energy_wh: Decimal
    charging: bool | None


@dataclass(frozen=True, slots=True)
class CostLine:
    """One part of the sum: `quantity` in kWh, hours or pieces, as the part implies."""

    part: str
    quantity: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Cost:
    """What a transaction costs: the lines add up to the totals exactly.

    `limited` is "min" or "max" where the tariff's limit of the total counts: a line of its own then.
    """

    tariff_id: str
    currency: str
    at: datetime
    lines: tuple[CostLine, ...]
    energy_wh: Decimal
    charging_s: Decimal
    idle_s: Decimal
    final: bool = False
    limited: str = ""

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), _ZERO)

    @property
    def gross(self) -> Decimal:
        return sum((line.gross for line in self.lines), _ZERO)


@dataclass(slots=True)
class _Tally:
    """What ran up so far."""

    energy_wh: Decimal = _ZERO
    duration_s: Decimal = _ZERO
    charging_s: Decimal = _ZERO
    idle_s: Decimal = _ZERO
    sums: dict[str, Decimal] = field(default_factory=dict)
    quantities: dict[str, Decimal] = field(default_factory=dict)

    def add(self, part: str, quantity: Decimal, amount: Decimal) -> None:
        self.sums[part] = self.sums.get(part, _ZERO) + quantity * amount
        self.quantities[part] = self.quantities.get(part, _ZERO) + quantity


def cost_of(
    tariff: Tariff,
    stretches: Sequence[Stretch],
    *,
    at: datetime,
    evse_kind: str | None = None,
    reserved_s: Decimal | None = None,
    final: bool = False,
) -> Cost:
    """What `stretches` of one transaction cost by `tariff`; they are in order and do not overlap.

    `reserved_s`: how long the EVSE was reserved for it, None where it was not. `evse_kind` is AC or DC.
    """
    zone = ZoneInfo(tariff.time_zone)
    tally = _Tally()
    begun = stretches[0].begin if stretches else at
    local = begun.astimezone(zone)
    _fixed(tariff.fixed, "fixed", tally, local, evse_kind)
    if reserved_s is not None:
        _fixed(tariff.reservation_fixed, "reservation fixed", tally, local, evse_kind)
        hours = reserved_s / _HOUR_S
        price = _price(tariff.reservation_time, tally, local, evse_kind, power_w=None)
        if price is not None:
            tally.add("reservation time", hours, price)
    for stretch in stretches:
        for piece in _pieces(tariff, stretch, tally, zone):
            _count(tariff, piece, tally, zone, evse_kind)
    return _sum(tariff, tally, at, final=final)


def _count(tariff: Tariff, piece: Stretch, tally: _Tally, zone: ZoneInfo, evse_kind: str | None) -> None:
    seconds = _seconds(piece.end - piece.begin)
    # The middle decides: a piece lies wholly within whatever holds anywhere inside it.
    local = (piece.begin + (piece.end - piece.begin) / 2).astimezone(zone)
    power_w = piece.energy_wh * _HOUR_S / seconds if seconds else None
    half = _Tally(
        tally.energy_wh + piece.energy_wh / 2,
        tally.duration_s + seconds / 2,
        tally.charging_s + (seconds / 2 if piece.charging else _ZERO),
        tally.idle_s + (seconds / 2 if piece.charging is False else _ZERO),
    )
    energy = _price(tariff.energy, half, local, evse_kind, power_w=power_w)
    if energy is not None:
        tally.add("energy", piece.energy_wh / _KWH, energy)
    if piece.charging is not None:
        name, part = (
            ("charging time", tariff.charging_time) if piece.charging else ("idle time", tariff.idle_time)
        )
        price = _price(part, half, local, evse_kind, power_w=power_w)
        if price is not None:
            tally.add(name, seconds / _HOUR_S, price)
    tally.energy_wh += piece.energy_wh
    tally.duration_s += seconds
    if piece.charging:
        tally.charging_s += seconds
    elif piece.charging is False:
        tally.idle_s += seconds


def _fixed(part: Part | None, name: str, tally: _Tally, local: datetime, evse_kind: str | None) -> None:
    price = _price(part, tally, local, evse_kind, power_w=None)
    if price is not None:
        tally.add(name, Decimal(1), price)


def _price(
    part: Part | None, tally: _Tally, local: datetime, evse_kind: str | None, *, power_w: Decimal | None
) -> Decimal | None:
    """The first price whose conditions hold, None where none does."""
    if part is None:
        return None
    for price in part.prices:
        if _holds(price.conditions, tally, local, evse_kind, power_w):
            return price.amount
    return None


def _holds(
    c: Conditions, tally: _Tally, local: datetime, evse_kind: str | None, power_w: Decimal | None
) -> bool:
    unknown = (c.current_a_min, c.current_a_max, c.payment_brand, c.payment_recognition)
    return (
        all(value is None for value in unknown)
        and (c.evse_kind is None or c.evse_kind == evse_kind)
        and (not c.days or _DAYS[local.weekday()] in c.days)
        and (c.date_from is None or local.date() >= c.date_from)
        and (c.date_until is None or local.date() < c.date_until)
        and _in_window(c.time_from, c.time_until, local.time())
        and _within(tally.energy_wh, c.energy_wh_min, c.energy_wh_max)
        and _within(power_w, c.power_w_min, c.power_w_max)
        and _within(tally.duration_s, c.duration_s_min, c.duration_s_max)
        and _within(tally.charging_s, c.charging_s_min, c.charging_s_max)
        and _within(tally.idle_s, c.idle_s_min, c.idle_s_max)
    )


def _in_window(begin: time | None, end: time | None, now: time) -> bool:
    if begin is None or end is None:
        return (begin is None or now >= begin) and (end is None or now < end)
    return begin <= now < end if begin <= end else now >= begin or now < end


def _within(value: Decimal | None, low: Decimal | int | None, high: Decimal | int | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value < high)


# --- cutting -------------------------------------------------------------------------------------------------


def _pieces(tariff: Tariff, stretch: Stretch, tally: _Tally, zone: ZoneInfo) -> list[Stretch]:
    """`stretch`, cut wherever a condition may begin or end to hold inside it; energy goes with time."""
    seconds = _seconds(stretch.end - stretch.begin)
    if not seconds:
        return [stretch]
    cuts: set[Decimal] = set()
    for conditions in _conditions(tariff):
        cuts.update(_clock_cuts(conditions, stretch, zone))
        for done, total, bounds in (
            (tally.energy_wh, stretch.energy_wh, (conditions.energy_wh_min, conditions.energy_wh_max)),
            (tally.duration_s, seconds, (conditions.duration_s_min, conditions.duration_s_max)),
            (
                tally.charging_s,
                seconds if stretch.charging else _ZERO,
                (conditions.charging_s_min, conditions.charging_s_max),
            ),
            (
                tally.idle_s,
                seconds if stretch.charging is False else _ZERO,
                (conditions.idle_s_min, conditions.idle_s_max),
            ),
        ):
            cuts.update((bound - done) / total for bound in bounds if bound is not None and total)
    inside = [Decimal(0), *sorted(c for c in cuts if 0 < c < 1), Decimal(1)][:CUTS_MAX]
    length = stretch.end - stretch.begin
    pieces: list[Stretch] = []
    for first, last in pairwise(inside):
        begin = stretch.begin + length * float(first)
        end = stretch.end if last == 1 else stretch.begin + length * float(last)
        pieces.append(Stretch(begin, end, stretch.energy_wh * (last - first), stretch.charging))
    return pieces


def _conditions(tariff: Tariff) -> Iterator[Conditions]:
    for part in (tariff.energy, tariff.charging_time, tariff.idle_time):
        for price in part.prices if part is not None else ():
            if price.conditions != Conditions():
                yield price.conditions


def _clock_cuts(conditions: Conditions, stretch: Stretch, zone: ZoneInfo) -> Iterator[Decimal]:
    """Midnights, and the times of day that the conditions name, as fractions of the stretch."""
    times = {t for t in (conditions.time_from, conditions.time_until) if t is not None}
    if conditions.days or conditions.date_from is not None or conditions.date_until is not None:
        times.add(time())
    if not times:
        return
    length = _seconds(stretch.end - stretch.begin)
    day = stretch.begin.astimezone(zone).date()
    last = stretch.end.astimezone(zone).date()
    while day <= last:
        for at in times:
            instant = datetime.combine(day, at, tzinfo=zone)
            yield _seconds(instant.astimezone(stretch.begin.tzinfo) - stretch.begin) / length
        day += timedelta(days=1)


# --- summing up ----------------------------------------------------------------------------------------------


def _sum(tariff: Tariff, tally: _Tally, at: datetime, *, final: bool) -> Cost:
    unit = Decimal(1).scaleb(-tariff.digits)
    taxes = {
        "energy": tariff.energy,
        "charging time": tariff.charging_time,
        "idle time": tariff.idle_time,
        "fixed": tariff.fixed,
        "reservation time": tariff.reservation_time,
        "reservation fixed": tariff.reservation_fixed,
    }
    lines: list[CostLine] = []
    exact_tax = _ZERO
    for name, part in taxes.items():
        if part is not None and name in tally.sums:
            net = tally.sums[name].quantize(unit, ROUND_HALF_UP)
            tax = _tax(net, part.taxes)
            exact_tax += tax
            lines.append(CostLine(name, tally.quantities[name], net, tax.quantize(unit, ROUND_HALF_UP)))
    total = sum((line.net for line in lines), _ZERO)
    limited = ""
    limit = tariff.total_max if tariff.total_max is not None and total > tariff.total_max else None
    if limit is not None:
        limited = "max"
    elif tariff.total_min is not None and total < tariff.total_min:
        limit, limited = tariff.total_min, "min"
    if limit is not None:
        lines.append(_adjustment(lines, total, exact_tax, limit, tariff))
    return Cost(
        tariff.id,
        tariff.currency,
        at,
        tuple(lines),
        tally.energy_wh,
        tally.charging_s,
        tally.idle_s,
        final=final,
        limited=limited,
    )


def _adjustment(
    lines: Sequence[CostLine], total: Decimal, exact_tax: Decimal, limit: Decimal, tariff: Tariff
) -> CostLine:
    """What brings the sum to the tariff's limit; taxed as the sum was, or like the energy where there is no sum."""
    unit = Decimal(1).scaleb(-tariff.digits)
    net = (limit - total).quantize(unit, ROUND_HALF_UP)
    if total:
        tax = (total + net) * exact_tax / total - sum((line.tax for line in lines), _ZERO)
    else:
        part = tariff.energy or tariff.fixed or tariff.charging_time
        tax = _tax(net, part.taxes if part is not None else ())
    return CostLine("limit", Decimal(1), net, tax.quantize(unit, ROUND_HALF_UP))


def _tax(net: Decimal, rates: Sequence[TaxRate]) -> Decimal:
    tax = _ZERO
    for level in sorted({rate.stack for rate in rates}):
        base = net + tax
        tax += sum((base * rate.percent / 100 for rate in rates if rate.stack == level), _ZERO)
    return tax


def _seconds(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / 1_000_000
