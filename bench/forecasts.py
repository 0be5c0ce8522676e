"""How good the forecasts of building load and photovoltaics are, against the two that cost nothing.

    python bench/forecasts.py [--first-day 28] [--every-h 12] [--boosted]

An office and a roof in Los Angeles (../shared/data/building_pv), a typical year. From --first-day on, every --every-h
hours the next 24 hours are forecast from what was metered until then. `pinball` is the mean over the quantiles
0.1, 0.5 and 0.9 in kW, lower is better; `coverage` the share of readings below each; `mae_kw` the mean error of the
median. A point forecast stands for all of its quantiles. Ratios are of pinball losses within one run.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from chargewright.charging.forecast import Forecast, History, learn_load, learn_pv

DATA = Path(__file__).parents[2] / "shared" / "data" / "building_pv"
OFFICE = DATA / "doe_ref_medium_office_los_angeles_hourly.csv"
ROOF = DATA / "pvwatts_jpl_220kwdc_30min.csv"
START = datetime(2017, 1, 1, tzinfo=timezone(-timedelta(hours=8))).astimezone(UTC)
"""The year's first of January is a Sunday; its hours are those of standard time, its people keep summer time."""

HOLIDAYS = [
    date(2017, month, day)
    for month, day in ((1, 16), (2, 20), (5, 29), (7, 4), (9, 4), (10, 9), (11, 23), (12, 25))
]
QUANTILES = (0.1, 0.5, 0.9)
HORIZON = timedelta(hours=24)
DARK_SHARE = 0.02
"""Coverage is counted where a day before there was more than this share of the highest power: not at night."""

Table = "np.ndarray[Any, Any]"


def office() -> History:
    rows = list(csv.reader(OFFICE.read_text().splitlines()))[1:]
    return History(START, 3600.0, 1000 * np.array([float(row[1]) for row in rows]))


def roof() -> History:
    rows = list(csv.reader(ROOF.read_text().splitlines()))[1:]
    return History(START, 1800.0, 1000 * np.array([float(row[1]) for row in rows]))


def until(history: History, steps: int) -> History:
    return History(history.start, history.step_s, history.power_w[:steps])


def forecast_by(learn: Callable[[History], Forecast]) -> Callable[[History, int], Table]:
    """Quantiles [quantile, step] in W of the steps after the history."""

    def quantiles(history: History, steps: int) -> Table:
        forecast = learn(history)
        edges_s = history.step_s * np.arange(steps + 1)
        end = history.end + timedelta(seconds=float(edges_s[-1]))
        return np.stack(
            [forecast.quantile(q, history.end, end).mean(history.end, edges_s) for q in QUANTILES]
        )

    return quantiles


def same_as(back: timedelta) -> Callable[[History, int], Table]:
    def quantiles(history: History, steps: int) -> Table:
        first = len(history.power_w) - round(back.total_seconds() / history.step_s)
        return np.tile(history.power_w[first : first + steps], (len(QUANTILES), 1))

    return quantiles


def persistence(history: History, steps: int) -> Table:
    return np.full((len(QUANTILES), steps), history.power_w[-1])


def measure(
    history: History, methods: dict[str, Callable[[History, int], Table]], *, first_day: int, every_h: int
) -> dict[str, Any]:
    per_day = round(86_400 / history.step_s)
    steps = round(HORIZON.total_seconds() / history.step_s)
    origins = range(
        first_day * per_day, len(history.power_w) - steps + 1, round(every_h * 3600 / history.step_s)
    )
    actual = np.stack([history.power_w[n : n + steps] for n in origins])
    day_before = np.stack([history.power_w[n - per_day : n - per_day + steps] for n in origins])
    light = day_before > DARK_SHARE * history.power_w.max()
    found: dict[str, Any] = {}
    for name, method in methods.items():
        began = time.process_time()
        told = np.stack([method(until(history, n), steps) for n in origins], axis=1)
        taken_s = time.process_time() - began
        error = actual[None] - told
        levels = np.array(QUANTILES)[:, None, None]
        loss = np.maximum(levels * error, (levels - 1) * error) / 1000
        near = round(6 * 3600 / history.step_s)
        found[name] = {
            "pinball_kw": round(float(loss.mean()), 4),
            "pinball_kw_first_6_h": round(float(loss[:, :, :near].mean()), 4),
            "mae_kw": round(float(np.abs(error[1]).mean()) / 1000, 4),
            "coverage": [round(float((actual <= row)[light].mean()), 3) for row in told],
            "ms_per_forecast": round(1000 * taken_s / len(origins), 2),
        }
        print(f"  {name}: {found[name]}", file=sys.stderr)
    ours = found["seasonal"]["pinball_kw"]
    others = {name: one["pinball_kw"] / ours for name, one in found.items() if name != "seasonal"}
    return {
        "forecasts": len(origins),
        "methods": found,
        "times_the_loss_of_seasonal": {name: round(ratio, 2) for name, ratio in others.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--first-day", type=int, default=28)
    parser.add_argument("--every-h", type=int, default=12)
    parser.add_argument("--boosted", action="store_true", help="gradient boosting too: needs scikit-learn")
    asked = parser.parse_args()
    if not OFFICE.exists() or not ROOF.exists():
        print("the series are not there: ../shared/data/building_pv", file=sys.stderr)
        return 2
    free = {
        "persistence": persistence,
        "yesterday": same_as(timedelta(days=1)),
        "last week": same_as(timedelta(days=7)),
    }
    zone = ZoneInfo("America/Los_Angeles")
    learners: dict[str, dict[str, Callable[[History], Forecast]]] = {
        "office": {"seasonal": lambda h: learn_load(h, zone=zone, holidays=HOLIDAYS)},
        "roof": {"seasonal": learn_pv},
    }
    if asked.boosted:
        from chargewright.adapters.market.boosted import boosted_load, boosted_pv

        learners["office"]["boosted"] = lambda h: boosted_load(h, zone=zone, holidays=HOLIDAYS)
        learners["roof"]["boosted"] = boosted_pv
    result: dict[str, Any] = {
        "bench": "forecasts",
        "numpy": np.__version__,
        "first_day": asked.first_day,
        "every_h": asked.every_h,
        "quantiles": QUANTILES,
    }
    for name, history in (("office", office()), ("roof", roof())):
        print(name, file=sys.stderr)
        methods = {**{key: forecast_by(learn) for key, learn in learners[name].items()}, **free}
        result[name] = measure(history, methods, first_day=asked.first_day, every_h=asked.every_h)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
