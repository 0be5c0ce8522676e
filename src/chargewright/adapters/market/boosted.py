"""Forecasts by gradient boosting, with the extra `forecast` (scikit-learn): the interface is `charging.forecast.Forecast`.

For each quantile one model of histogram gradient boosting learns from pairs of an instant and a later one within two
days: what the clock and the calendar say of the later one, what was measured a day and a week before it, and what the
last hours were. The server does not use it: it is for comparisons, and for buildings that the seasonal forecast does
not suit.
"""

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final, Protocol

import numpy as np

from chargewright.charging.forecast import History, kind_of_day
from chargewright.charging.site import Floats, Steps
from chargewright.errors import InvalidInput

__all__ = ["BoostedForecast", "Regressor", "boosted_load", "boosted_pv", "gradient_boosting"]

_TRAINED_DAYS: Final = 90
_ENVELOPE_DAYS: Final = 30
_AHEAD: Final = timedelta(hours=48)
_PAIRS: Final = 20_000
"""More pairs make it slower and hardly better."""

_DAY_S: Final = 86_400.0


class Regressor(Protocol):
    """What scikit-learn calls an estimator. Features are [pair, feature], with NaN where nothing is known."""

    def fit(self, features: Floats, targets: Floats) -> object: ...
    def predict(self, features: Floats) -> Floats: ...


def gradient_boosting(q: float) -> Regressor:
    """Return a model for the q-quantile. Raises `InvalidInput` where scikit-learn is not installed."""
    try:
        ensemble: Any = importlib.import_module("sklearn.ensemble")
    except ImportError as why:
        raise InvalidInput(
            "needs scikit-learn: pip install chargewright[forecast]", where="boosted forecast"
        ) from why
    model: Regressor = ensemble.HistGradientBoostingRegressor(
        loss="quantile", quantile=q, learning_rate=0.08, max_iter=150, min_samples_leaf=30, random_state=0
    )
    return _OneThread(model, importlib.import_module("threadpoolctl").threadpool_limits)


@dataclass(frozen=True, slots=True)
class _OneThread:
    """A model that keeps to one core: beside a busy server its threads would wait for each other, spinning."""

    model: Regressor
    limits: Callable[..., Any]

    def fit(self, features: Floats, targets: Floats) -> object:
        with self.limits(limits=1):
            return self.model.fit(features, targets)

    def predict(self, features: Floats) -> Floats:
        with self.limits(limits=1):
            return self.model.predict(features)


@dataclass(frozen=True, slots=True)
class BoostedForecast:
    """Models are trained when a quantile is first asked for. No quantile crosses the median."""

    history: History
    zone: tzinfo
    holidays: frozenset[date]
    model: Callable[[float], Regressor]
    floor_w: float | None
    ceiling_w: Floats | None = None
    """The highest power that was seen of late, by slot of the day in UTC; None: there may be any."""
    _trained: dict[float, Regressor] = field(default_factory=dict, compare=False, repr=False)

    def quantile(self, q: float, start: datetime, end: datetime) -> Steps:
        """Return the q-quantile of power in W from `start` until `end`, 0 < q < 1, in steps of the history."""
        if not 0 < q < 1:
            raise InvalidInput("a quantile lies between 0 and 1", where="q")
        step_s = self.history.step_s
        first = int(np.floor(start.timestamp() / step_s))
        last = max(int(np.ceil(end.timestamp() / step_s)), first + 1)
        zero = round(self.history.start.timestamp() / step_s)
        targets = np.arange(first, last) - zero
        features = self._features(np.full(len(targets), len(self.history.power_w)), targets)
        power = np.asarray(self._model(q).predict(features), dtype=np.float64)
        if q != 0.5:
            median = np.asarray(self._model(0.5).predict(features), dtype=np.float64)
            power = np.maximum(power, median) if q > 0.5 else np.minimum(power, median)
        if self.floor_w is not None:
            power = np.maximum(power, self.floor_w)
        if self.ceiling_w is not None:
            power = np.minimum(power, self.ceiling_w[(targets + zero) % len(self.ceiling_w)])
        starts = [datetime.fromtimestamp(n * step_s, tz=UTC) for n in range(first, last)]
        return Steps(tuple(starts[1:]), tuple(float(value) for value in power))

    def _model(self, q: float) -> Regressor:
        if q not in self._trained:
            origins, targets = self._pairs()
            model = self.model(q)
            model.fit(self._features(origins, targets), self.history.power_w[targets])
            self._trained[q] = model
        return self._trained[q]

    def _pairs(self) -> tuple[Any, Any]:
        """Return instants and later ones within two days of them, drawn evenly, of which the later ones are known."""
        step_s, count = self.history.step_s, len(self.history.power_w)
        per_day = round(_DAY_S / step_s)
        random = np.random.default_rng(0)
        origins = random.integers(max(count - _TRAINED_DAYS * per_day, per_day), count, size=_PAIRS)
        targets = origins + random.integers(0, round(_AHEAD.total_seconds() / step_s), size=_PAIRS)
        inside = targets < count
        origins, targets = origins[inside], targets[inside]
        known = ~np.isnan(self.history.power_w[targets])
        return origins[known], targets[known]

    def _features(self, origins: Any, targets: Any) -> Floats:
        """Return [pair, feature]; of the history, only what lies before the origin is used."""
        power, step_s = self.history.power_w, self.history.step_s
        per_day = round(_DAY_S / step_s)
        known = ~np.isnan(power)
        sums = np.concatenate([[0.0], np.cumsum(np.where(known, power, 0.0))])
        counts = np.concatenate([[0], np.cumsum(known)])

        def mean(hours: float) -> Floats:
            begin = np.maximum(origins - max(round(hours * 3600 / step_s), 1), 0)
            found = counts[origins] - counts[begin]
            return np.where(found > 0, (sums[origins] - sums[begin]) / np.maximum(found, 1), np.nan)

        def back(days: int) -> Floats:
            """Power so many days before the target, or so many weeks more as it takes to be known at the origin."""
            at = targets - days * per_day
            at = np.where(at >= origins, at - days * per_day, at)
            usable = (at >= 0) & (at < origins)
            return np.where(usable, power[np.where(usable, at, 0)], np.nan)

        wall = self._wall(targets)
        ahead_h = (targets - origins) * step_s / 3600
        return np.column_stack([wall, ahead_h, mean(1), mean(4), mean(24), back(1), back(2), back(7)])

    def _wall(self, targets: Any) -> Floats:
        """Return [target, (hour of the day, kind of day, weekday)] by the clock on the wall."""
        unique, where = np.unique(targets, return_inverse=True)
        rows: list[tuple[float, float, float]] = []
        for n in unique:
            local = (self.history.start + timedelta(seconds=float(n) * self.history.step_s)).astimezone(
                self.zone
            )
            rows.append(
                (
                    local.hour + local.minute / 60,
                    float(kind_of_day(local.date(), self.holidays)),
                    float(local.weekday()),
                )
            )
        return np.array(rows, dtype=np.float64).reshape(-1, 3)[where]


def boosted_load(
    history: History,
    *,
    zone: tzinfo = UTC,
    holidays: Collection[date] = (),
    model: Callable[[float], Regressor] = gradient_boosting,
) -> BoostedForecast:
    """Learn the load of a building. Raises `InvalidInput` with less than three days."""
    known = _known(history)
    floor = 0.0 if known.min() >= 0 else None
    return BoostedForecast(history, zone, frozenset(holidays), model, floor)


def boosted_pv(
    history: History, *, model: Callable[[float], Regressor] = gradient_boosting
) -> BoostedForecast:
    """Learn what photovoltaics give. Raises `InvalidInput` with less than three days."""
    _known(history)
    slots = round(_DAY_S / history.step_s)
    recent = np.nan_to_num(history.power_w[-_ENVELOPE_DAYS * slots :])
    first = round(history.end.timestamp() / history.step_s) - len(recent)
    ceiling = np.zeros(slots)
    np.maximum.at(ceiling, (first + np.arange(len(recent))) % slots, recent)
    return BoostedForecast(history, UTC, frozenset(), model, 0.0, ceiling)


def _known(history: History) -> Floats:
    known = history.power_w[~np.isnan(history.power_w)]
    if len(known) * history.step_s < 3 * _DAY_S:
        raise InvalidInput("less than three days are known", where="history")
    return np.asarray(known)
