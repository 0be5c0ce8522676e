"""What a building will draw and its roof will give, as quantiles, learnt from what was metered.

A day is like the days of its kind (workday, Saturday, Sunday or holiday), the recent ones most; what the last hours
and the last day were above or below that carries on, and fades as it did before. How far off that was in the past
gives the quantiles. For photovoltaics the same is done with the share of the clear sky's power, which is learnt from
the best that was seen at that time of day.

Residuals come from walking forward through the history: no day is judged by a profile that it is part of.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from chargewright.charging.site import Floats, Steps
from chargewright.errors import InvalidInput

__all__ = [
    "Forecast",
    "History",
    "SeasonalForecast",
    "kind_of_day",
    "learn_load",
    "learn_pv",
    "weighted_quantile",
]

_HALF_LIFE_DAYS: Final = 21.0
"""A day three weeks back counts half: seasons move a building's load by a few percent a week."""

_DAYS_MAX: Final = 120
"""What lies further back weighs less than a fiftieth."""

_RESIDUAL_DAYS: Final = 56
"""Errors are taken from so many days: eight of each weekday."""

_ENVELOPE_DAYS: Final = 20
"""A clear sky is seen at every hour within three weeks, and the sun moves little in that time."""

_YEAR_DAYS: Final = 365
_DAY_S: Final = 86_400.0
_FADES_S: Final = (3600.0, 6 * 3600.0, 24 * 3600.0)
"""Over so long the recent residuals are averaged, each; the history says how much of which carries on."""

_HORIZONS_S: Final = (0.0, 3600.0, 2 * 3600.0, 4 * 3600.0, 8 * 3600.0, 16 * 3600.0, 28 * 3600.0)
"""Forecast horizons are grouped from each of these to the next; the last group has no end."""

_NEIGHBOURS_S: Final = 3600.0
"""Errors at times of day so close are pooled."""

_POOL_MIN: Final = 40
"""With fewer errors of its own kind of day, a quantile is taken from those of all days."""

_RIDGE: Final = 0.05
"""Of the residuals' own variance: keeps the carrying-on small where little was seen."""

_DARK_SHARE: Final = 0.02
"""Below this share of its highest point, the clear sky's power says nothing about clouds."""

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Forecast(Protocol):
    """Power in W that is not exceeded with probability q."""

    def quantile(self, q: float, start: datetime, end: datetime) -> Steps:
        """Return the q-quantile from `start` until `end`, 0 < q < 1."""
        ...


@dataclass(frozen=True, slots=True)
class History:
    """Average power in W of equal steps from `start` on; NaN where nothing is known. A day is whole steps."""

    start: datetime
    step_s: float
    power_w: Floats

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise InvalidInput("a time without a zone", where="history")
        if self.step_s <= 0 or _DAY_S % self.step_s:
            raise InvalidInput("a day must be whole steps", where="history")

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.step_s * len(self.power_w))


def kind_of_day(day: date, holidays: Collection[date] = ()) -> int:
    """0 workday, 1 Saturday, 2 Sunday or holiday."""
    if day in holidays or day.weekday() == 6:
        return 2
    return 1 if day.weekday() == 5 else 0


def weighted_quantile(values: Floats, weights: Floats, q: float) -> Floats:
    """Return the q-quantile down axis 0; what is NaN does not count, and where nothing counts it is NaN.

    Between values it is interpolated at the middles of their weights, so equal weights give what is usual.
    """
    return _Ordered.of(values, weights).quantile(q)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Values in order down axis 0, with where the middle of each one's weight lies between 0 and 1."""

    values: Floats
    middles: Floats
    counts: Ints

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> Self:
        weights = np.where(np.isnan(values), 0.0, np.broadcast_to(weights, values.shape))
        order = np.argsort(values, axis=0)  # NaN last
        own = np.take_along_axis(weights, order, axis=0)
        total = own.sum(axis=0)
        middles = (np.cumsum(own, axis=0) - own / 2) / np.where(total > 0, total, 1.0)
        return cls(np.take_along_axis(values, order, axis=0), middles, (own > 0).sum(axis=0))

    def quantile(self, q: float) -> Floats:
        if not len(self.values):
            return np.full(self.values.shape[1], np.nan)
        above = np.minimum((self.middles < q).sum(axis=0), self.counts - 1).clip(min=0)
        below = (above - 1).clip(min=0)
        columns = np.arange(self.values.shape[1])
        high, low = self.values[above, columns], self.values[below, columns]
        gap = self.middles[above, columns] - self.middles[below, columns]
        ahead = q - self.middles[below, columns]
        share = np.where(gap > 0, ahead / np.where(gap > 0, gap, 1.0), 1.0).clip(0.0, 1.0)
        return np.where(self.counts > 0, low + (high - low) * share, np.nan)


@dataclass(frozen=True, slots=True)
class _Errors:
    """Errors [day, slot] of one group of horizons, and how much of the recent residuals carries on."""

    shares: Floats
    table: Floats


@dataclass(frozen=True, slots=True)
class SeasonalForecast:
    """A forecast from profiles by kind of day and what the last hours were above them."""

    known_until: datetime
    step_s: float
    zone: tzinfo
    holidays: frozenset[date]
    profiles: Floats
    """Median of a day [kind of day, slot]."""
    kinds: Ints
    """Kind of each day of the error tables [day]."""
    ages: Floats
    """Weight of each of these days [day]."""
    errors: tuple[_Errors, ...]
    """By group of horizons."""
    recent: Floats
    """What the last hour, hours and day were above their profile [average]."""
    floor: float | None = None
    """No power below it; None: there may be any."""
    envelope_w: Floats | None = None
    """With photovoltaics: the clear sky's power [slot] in W, and all else is a share of it."""
    _pools: dict[tuple[int, int, float], Floats] = field(default_factory=dict, compare=False, repr=False)
    _pooled: dict[tuple[int | None, int], _Ordered] = field(default_factory=dict, compare=False, repr=False)

    def quantile(self, q: float, start: datetime, end: datetime) -> Steps:
        """Return the q-quantile of power in W from `start` until `end`, 0 < q < 1, in steps of the history."""
        if not 0 < q < 1:
            raise InvalidInput("a quantile lies between 0 and 1", where="q")
        first = int(np.floor(start.timestamp() / self.step_s))
        last = max(int(np.ceil(end.timestamp() / self.step_s)), first + 1)
        instants = [datetime.fromtimestamp(n * self.step_s, tz=UTC) for n in range(first, last)]
        values: list[float] = []
        for at in instants:
            local = at.astimezone(self.zone)
            slot = int((local.hour * 3600 + local.minute * 60 + local.second) // self.step_s)
            kind = kind_of_day(local.date(), self.holidays)
            ahead_s = max((at - self.known_until).total_seconds(), 0.0)
            group = int(np.searchsorted(_HORIZONS_S, ahead_s, side="right")) - 1
            values.append(self._value(kind, slot, group, q))
        return _merged(instants, values)

    def _value(self, kind: int, slot: int, group: int, q: float) -> float:
        errors = self.errors[group]
        pool = self._pools.get((kind, group, q))
        if pool is None:
            pool = self._pools[kind, group, q] = self._pool(kind, group, q)
        carried = float(errors.shares @ self.recent)
        found = float(self.profiles[kind, slot] + carried + pool[slot])
        if self.floor is not None:
            found = max(found, self.floor)
        if self.envelope_w is not None:
            found = min(found, 1.0) * float(self.envelope_w[slot])
        return found

    def _pool(self, kind: int, group: int, q: float) -> Floats:
        """Return the q-quantile of errors by slot: of this kind of day, where enough of them were seen, else of all."""
        found = self._ordered(kind, group).quantile(q)
        if np.isnan(found).any():
            found = np.where(np.isnan(found), self._ordered(None, group).quantile(q), found)
        return np.nan_to_num(found)

    def _ordered(self, kind: int | None, group: int) -> _Ordered:
        """The errors of neighbouring slots together; slots with too few of them have none."""
        known = self._pooled.get((kind, group))
        if known is None:
            chosen = np.ones(len(self.kinds), dtype=np.bool_) if kind is None else self.kinds == kind
            rows = self.errors[group].table[chosen]
            reach = int(_NEIGHBOURS_S // self.step_s)
            stacked = np.concatenate([np.roll(rows, shift, axis=1) for shift in range(-reach, reach + 1)])
            weights = np.tile(self.ages[chosen], 2 * reach + 1)[:, None]
            if kind is not None:
                few = (~np.isnan(stacked)).sum(axis=0) < _POOL_MIN
                stacked = np.where(few, np.nan, stacked)
            known = self._pooled[kind, group] = _Ordered.of(stacked, weights)
        return known


def learn_load(history: History, *, zone: tzinfo = UTC, holidays: Collection[date] = ()) -> SeasonalForecast:
    """Learn the load of a building; its days go by the clock on the wall of `zone`.

    Raises:
        InvalidInput: less than a day is known.

    """
    table, days, position = _by_day(history, zone)
    known = history.power_w[~np.isnan(history.power_w)]
    floor = 0.0 if known.min() >= 0 else None
    kinds = np.array([kind_of_day(day, holidays) for day in days], dtype=np.int64)
    return _learn(history, table, kinds, position, zone=zone, holidays=frozenset(holidays), floor=floor)


def learn_pv(history: History) -> SeasonalForecast:
    """Learn what photovoltaics give; their days go by the sun, and all of them are of one kind.

    Raises:
        InvalidInput: less than a day is known.

    """
    table, days, position = _by_day(history, UTC)
    kinds = np.zeros(len(days), dtype=np.int64)
    envelope = _envelope(table)
    bright = np.maximum(envelope[:-1], 1e-9)
    dark = envelope[:-1] <= _DARK_SHARE * envelope[:-1].max(axis=1, keepdims=True)
    clear = np.where(dark, np.nan, np.clip(table / bright, 0.0, 1.2))
    if np.isnan(clear).all():
        clear = np.where(np.isnan(table), np.nan, 0.0)
    return _learn(
        history,
        clear,
        kinds,
        position,
        zone=UTC,
        holidays=frozenset(),
        floor=0.0,
        envelope_w=envelope[-1],
    )


def _learn(
    history: History,
    table: Floats,
    kinds: Ints,
    position: int,
    *,
    zone: tzinfo,
    holidays: frozenset[date],
    floor: float | None,
    envelope_w: Floats | None = None,
) -> SeasonalForecast:
    """Learn from a table [day, slot]; `position` is the slot of the flattened table that comes after the last."""
    slots = table.shape[1]
    first = max(len(table) - _RESIDUAL_DAYS, 0)
    walked = np.full_like(table[first:], np.nan)
    for day in range(first, len(table)):
        if (kinds[:day] == kinds[day]).any():  # the first Saturday is no error of the Saturdays after it
            walked[day - first] = table[day] - _profile(table[:day], kinds[:day], int(kinds[day]), day)
    profiles = np.stack([_profile(table, kinds, kind, len(table)) for kind in range(3)])
    if (~np.isnan(walked)).sum() < 2 * slots:
        walked = table[first:] - profiles[kinds[first:]]  # too short to walk: the spread about the profile
    flat = walked.ravel()[: position - first * slots]
    known = flat[~np.isnan(flat)]
    centred = flat - (known.mean() if known.size else 0.0)  # a median leaves residuals with a mean: it stays
    recent: Floats = np.stack([_recent(centred, constant_s, history.step_s) for constant_s in _FADES_S])
    errors = tuple(
        _errors(flat, recent, lag=_lag(group, history.step_s), slots=slots)
        for group in range(len(_HORIZONS_S))
    )
    return SeasonalForecast(
        known_until=history.end.astimezone(UTC),
        step_s=history.step_s,
        zone=zone,
        holidays=holidays,
        profiles=np.nan_to_num(profiles),
        kinds=kinds[first:],
        ages=0.5 ** (np.arange(len(table) - first, 0, -1) / _HALF_LIFE_DAYS),
        errors=errors,
        recent=recent[:, -1],
        floor=floor,
        envelope_w=envelope_w,
    )


def _by_day(history: History, zone: tzinfo) -> tuple[Floats, list[date], int]:
    """Return a table [local day, slot], its days, and the position in the flattened table after the last step.

    The hour that a day lacks in spring is NaN; of the hour that it has twice in autumn the later one stands.
    """
    keep = int(_DAYS_MAX * 2 + _YEAR_DAYS) * int(_DAY_S // history.step_s)
    power = history.power_w[-keep:]
    if (~np.isnan(power)).sum() * history.step_s < _DAY_S:
        raise InvalidInput("less than a day is known", where="history")
    seconds = history.end.timestamp() - history.step_s * np.arange(len(power), 0, -1)
    hours, back = np.unique(seconds // 3600, return_inverse=True)
    offsets = np.array(
        [
            (datetime.fromtimestamp(hour * 3600, tz=zone).utcoffset() or timedelta()).total_seconds()
            for hour in hours
        ]
    )
    local = seconds + offsets[back]
    day = (local // _DAY_S).astype(np.int64)
    slot = ((local % _DAY_S) // history.step_s).astype(np.int64)
    slots = int(_DAY_S // history.step_s)
    table = np.full((int(day[-1] - day[0]) + 1, slots), np.nan)
    table[day - day[0], slot] = power
    days = [date(1970, 1, 1) + timedelta(days=int(n)) for n in range(int(day[0]), int(day[-1]) + 1)]
    return table, days, int(day[-1] - day[0]) * slots + int(slot[-1]) + 1


def _profile(table: Floats, kinds: Ints, kind: int, day: int) -> Floats:
    """Return the recency-weighted median of days of one kind, as seen from `day`; where there are none, of all days."""
    first = max(len(table) - _DAYS_MAX, 0)
    rows, own = table[first:], kinds[first:] == kind
    if not len(rows):
        return np.full(table.shape[1], np.nan)
    weights = 0.5 ** ((day - first - np.arange(len(rows))) / _HALF_LIFE_DAYS)
    everyone = _median(rows, weights)
    return (
        np.where(np.isnan(mine := _median(rows[own], weights[own])), everyone, mine)
        if own.any()
        else everyone
    )


def _median(rows: Floats, weights: Floats) -> Floats:
    return weighted_quantile(rows, weights[:, None], 0.5)


def _envelope(table: Floats) -> Floats:
    """Return the clear sky's power [day + 1, slot] as seen from each day: the best of the weeks before it.

    The same weeks a year earlier count too, so that a sun that climbs is not taken for clouds that go. The first
    days are judged by the weeks after them, as there is nothing else.
    """
    known = np.nan_to_num(table, nan=0.0)
    days = len(known)
    found = np.zeros((days + 1, known.shape[1]))
    for day in range(days + 1):
        low = min(max(day - _ENVELOPE_DAYS, 0), max(days - _ENVELOPE_DAYS, 0))
        best = known[low : max(day, low + _ENVELOPE_DAYS)].max(axis=0)
        ago = day - _YEAR_DAYS
        if ago + _ENVELOPE_DAYS // 2 > 0:
            best = np.maximum(best, known[max(ago - 10, 0) : ago + _ENVELOPE_DAYS // 2].max(axis=0))
        found[day] = np.maximum(best, (np.roll(best, 1) + np.roll(best, -1)) / 2)
    return found


def _recent(flat: Floats, constant_s: float, step_s: float) -> Floats:
    """Return the weighted mean of the residuals up to and with each slot; 0 where none are known."""
    length = int(4 * constant_s // step_s) + 1
    kernel = np.exp(-np.arange(length) * step_s / constant_s)
    known = ~np.isnan(flat)
    sums = np.convolve(np.where(known, flat, 0.0), kernel)[: len(flat)]
    weights = np.convolve(known.astype(np.float64), kernel)[: len(flat)]
    return np.where(weights > kernel[-1] / 2, sums / np.maximum(weights, 1e-12), 0.0)


def _lag(group: int, step_s: float) -> int:
    """How many steps ahead stand for a group of horizons: its middle, and a day and a half for the last."""
    begin = _HORIZONS_S[group]
    end = _HORIZONS_S[group + 1] if group + 1 < len(_HORIZONS_S) else 44 * 3600.0
    return max(round((begin + end) / 2 / step_s), 1)


def _errors(flat: Floats, recent: Floats, *, lag: int, slots: int) -> _Errors:
    """Fit how much carries on over `lag` steps, and return what is left."""
    count = max(len(flat) - lag, 0)
    x = recent[:, :count]
    later = flat[lag:]
    known = ~np.isnan(later)
    shares = np.zeros(len(recent))
    if known.sum() >= 2 * slots:
        matrix = x[:, known] @ x[:, known].T
        matrix += np.eye(len(recent)) * (_RIDGE * np.trace(matrix) / len(recent) + 1e-12)
        shares[:] = np.linalg.solve(matrix, x[:, known] @ (later[known] - later[known].mean()))
    errors: Floats = flat.copy()
    errors[lag:] = later - shares @ x
    errors[:lag] = np.nan if count >= 2 * slots else flat[:lag]
    table = np.full(-(-len(flat) // slots) * slots, np.nan)
    table[: len(flat)] = errors
    return _Errors(shares, table.reshape(-1, slots))


def _merged(instants: list[datetime], values: list[float]) -> Steps:
    kept = [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
    return Steps(tuple(instants[n] for n in kept[1:]), tuple(values[n] for n in kept))
