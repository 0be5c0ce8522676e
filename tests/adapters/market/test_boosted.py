"""The forecast with a model of our own in place of scikit-learn's, and with the real one where it is installed."""

import importlib.util
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from chargewright.adapters.market.boosted import boosted_load, boosted_pv, gradient_boosting
from chargewright.charging.forecast import History
from chargewright.errors import InvalidInput

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
STEP_S = 3600.0


class Neighbours:
    """The q-quantile of the targets that were nearest in time of day and kind of day."""

    def __init__(self, q: float) -> None:
        self.q = q

    def fit(self, features, targets):
        self.keys, self.targets = features[:, :2], targets

    def predict(self, features):
        return np.array(
            [np.quantile(self.targets[(self.keys == row[:2]).all(axis=1)], self.q) for row in features]
        )


class Crossing(Neighbours):
    """A model whose quantiles lie the wrong way round."""

    def predict(self, features):
        return np.full(len(features), 100.0 * (1 - self.q))


def office(days=42, noise=0.0, seed=4) -> History:
    hours = np.arange(days * 24)
    busy = (hours // 24 % 7 < 5) & (hours % 24 >= 8) & (hours % 24 < 18)
    power = np.where(busy, 30_000.0, 5_000.0)
    return History(MONDAY, STEP_S, power + noise * np.random.default_rng(seed).standard_normal(len(hours)))


def test_it_learns_by_clock_and_calendar():
    learnt = office()
    told = boosted_load(learnt, model=Neighbours).quantile(0.5, learnt.end, learnt.end + 7 * DAY)
    for hour in range(7 * 24):
        busy = hour // 24 < 5 and 8 <= hour % 24 < 18
        assert told.at(learnt.end + hour * timedelta(hours=1)) == (30_000.0 if busy else 5_000.0)


def test_quantiles_lie_in_order_whatever_the_models_say():
    learnt = office()
    forecast = boosted_load(learnt, model=Crossing)
    values = [forecast.quantile(q, learnt.end, learnt.end + DAY).values[0] for q in (0.1, 0.5, 0.9)]
    assert values == [50.0, 50.0, 50.0]


def test_nothing_is_read_that_was_not_known_yet():
    learnt = office(noise=900.0)
    changed = learnt.power_w.copy()
    changed[20 * 24 :] = -1.0
    origins = np.full(48, 20 * 24)
    targets = np.arange(20 * 24, 22 * 24)
    before = boosted_load(learnt, model=Neighbours)._features(origins, targets)
    after = boosted_load(replace(learnt, power_w=changed), model=Neighbours)._features(origins, targets)
    np.testing.assert_array_equal(before, after)
    assert np.isfinite(before).all()


def test_what_stands_behind_a_target_is_what_was_measured_days_before_it():
    learnt = History(MONDAY, STEP_S, np.arange(30 * 24.0))
    origin, target = 25 * 24, 25 * 24 + 30  # thirty hours ahead: the day before the target is not known yet
    features = boosted_load(learnt, model=Neighbours)._features(np.array([origin]), np.array([target]))
    (hour, kind, weekday, ahead_h, one, four, day, back_1, back_2, back_7), *_ = features
    assert (hour, kind, weekday, ahead_h) == (6.0, 1.0, 5.0, 30.0)  # Saturday 31 January, 06:00
    assert (one, four, day) == (origin - 1.0, origin - 2.5, origin - 12.5)
    assert (back_1, back_2, back_7) == (target - 48.0, target - 48.0, target - 168.0)


def test_a_roof_is_dark_at_night_and_never_above_its_best():
    hours = np.arange(42 * 24)
    clear = np.maximum(np.cos((hours % 24 - 12) / 12 * np.pi), 0.0) * 10_000.0
    clouds = np.repeat(np.random.default_rng(2).uniform(0.2, 1.0, 42), 24)
    learnt = History(MONDAY, STEP_S, clear * clouds)

    class Bright(Neighbours):
        def predict(self, features):
            return np.full(len(features), 50_000.0)

    told = boosted_pv(learnt, model=Bright).quantile(0.9, learnt.end, learnt.end + DAY)
    for hour in range(24):
        best = learnt.power_w[-30 * 24 :].reshape(30, 24)[:, hour].max()
        assert told.at(learnt.end + hour * timedelta(hours=1)) == pytest.approx(best)


def test_it_needs_some_days():
    with pytest.raises(InvalidInput, match="less than three days"):
        boosted_load(office(days=2))


def test_without_scikit_learn_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(InvalidInput, match=r"pip install chargewright\[forecast\]"):
        gradient_boosting(0.5)


@pytest.mark.skipif(
    importlib.util.find_spec("sklearn") is None,
    reason="scikit-learn is not installed: pip install chargewright[forecast]",
)
def test_gradient_boosting_covers_what_it_says():
    noisy = office(days=70, noise=1_500.0)
    learnt = History(noisy.start, STEP_S, noisy.power_w[: 63 * 24])
    forecast = boosted_load(learnt)
    below = {}
    for q in (0.1, 0.5, 0.9):
        told = forecast.quantile(q, learnt.end, learnt.end + 2 * DAY)
        actual = noisy.power_w[63 * 24 : 65 * 24]
        values = np.array([told.at(learnt.end + n * timedelta(hours=1)) for n in range(48)])
        assert np.abs(values - office(days=70).power_w[63 * 24 : 65 * 24]).max() < 8_000.0
        below[q] = float((actual <= values).mean())
    assert below[0.1] < 0.35
    assert 0.25 < below[0.5] < 0.75
    assert below[0.9] > 0.65
