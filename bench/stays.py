"""How well departures and energies are foretold, learning from the past only.

    python bench/stays.py [--data ../shared/data]

Real stays in order of arrival. At each, the estimate is made from the stays that had ended by then, nothing else; then
time goes on. Scored from the 200th stay of a set on (before that most is default), against what drivers said, against
the mean of the user's earlier stays (of the set's, where a user is new) and against the median of all earlier stays.
`pinball` is the mean over the levels 0.1, 0.5, 0.9; `covered` is how often the truth was at or below each of them.
The estimate is made again for those still there after 2 and 4 hours (`after_2h`, `after_4h`). Drivers of ACN have no id
in this data, so only place, hour and what they said tell them apart; the Norwegian homes have users, who say nothing.

Scales in charging/stays.py were chosen on the first 2000 stays of Caltech 2019 and of Norway; JPL and 2020 took no part.
"""

import argparse
import csv
import gzip
import heapq
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from chargewright.charging.stays import Arrived, Expected, Outlook, Stay, Stays

DATA = Path(__file__).parents[2] / "shared" / "data"
ACN = ("caltech_2019-05_2019-08", "caltech_2020-02_2020-05", "jpl_2019-05_2019-08", "jpl_2020-02_2020-05")
NORWAY = "norway_apartments_2018-12_2019-10"
LOS_ANGELES, OSLO = ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Oslo")
EXPECTED = Expected(duration_s=8 * 3600, energy_wh=30_000)
LEVELS = (0.1, 0.5, 0.9)
FIRST_SCORED = 200
HOUR = timedelta(hours=1)


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def acn(path: Path) -> Iterator[Stay]:
    for row in rows_of(path):
        said = row["claimed"] == "True"
        arrival = datetime.fromisoformat(row["arrival"])
        arrived = Arrived(
            arrival=arrival,
            place=row["station_id"],
            said_departure=datetime.fromisoformat(row["estimated_departure"]) if said else None,
            said_energy_wh=1000 * float(row["requested_energy (kWh)"]) if said else None,
        )
        yield Stay(
            arrived=arrived,
            departure=datetime.fromisoformat(row["departure"]),
            energy_wh=1000 * float(row["delivered_energy (kWh)"]),
        )


def norway(path: Path) -> Iterator[Stay]:
    for row in rows_of(path):
        if not (row["plugin_local"] and row["plugout_local"] and row["energy_kwh"]):
            continue
        came, left = (
            datetime.fromisoformat(row[name]).replace(tzinfo=OSLO)
            for name in ("plugin_local", "plugout_local")
        )
        yield Stay(
            arrived=Arrived(arrival=came, user=row["user_id"], place=row["garage_id"]),
            departure=left,
            energy_wh=1000 * float(row["energy_kwh"]),
        )


@dataclass
class Scores:
    """Truth and estimates, one row a stay: hours and kWh."""

    truth: list[tuple[float, float]] = field(default_factory=list)
    ours: list[tuple[list[float], list[float]]] = field(default_factory=list)
    said: list[tuple[float, float]] = field(default_factory=list)
    user_mean: list[tuple[float, float]] = field(default_factory=list)
    median: list[tuple[float, float]] = field(default_factory=list)

    def report(self) -> dict[str, object]:
        truth, said = np.array(self.truth), np.array(self.said)
        heard = ~np.isnan(said).any(axis=1)
        found: dict[str, object] = {"stays": len(truth), "drivers_who_said": int(heard.sum())}
        for which, (name, unit, factor) in enumerate((("departure", "min", 60.0), ("energy", "kwh", 1.0))):
            ours = np.array([estimate[which] for estimate in self.ours])
            off = np.abs(truth[:, which] - ours[:, 1]) * factor
            found[name] = {
                f"pinball_{unit}": round(factor * pinball(truth[:, which], ours), 3),
                "covered": [round(float((truth[:, which] <= ours[:, i]).mean()), 3) for i in range(3)],
                f"median_error_{unit}": round(float(np.median(off)), 2),
                f"median_error_{unit}_where_said": median(off[heard]),
                f"median_error_{unit}_of_the_driver": median(
                    factor * np.abs(truth[:, which] - said[:, which])[heard]
                ),
                f"median_error_{unit}_of_the_user_mean": self._of(self.user_mean, truth, which, factor),
                f"median_error_{unit}_of_the_median": self._of(self.median, truth, which, factor),
            }
        return found

    @staticmethod
    def _of(
        estimates: list[tuple[float, float]], truth: "np.ndarray", which: int, factor: float
    ) -> float | None:
        return median(factor * np.abs(truth[:, which] - np.array(estimates)[:, which]))


def median(values: "np.ndarray") -> float | None:
    return round(float(np.median(values)), 2) if len(values) else None


def pinball(truth: "np.ndarray", quantiles: "np.ndarray") -> float:
    off = truth[:, None] - quantiles
    levels = np.array(LEVELS)
    return float(np.maximum(levels * off, (levels - 1) * off).mean())


def walk(stays: list[Stay], zone: tzinfo) -> dict[str, object]:
    stays = sorted((s for s in stays if s.departure > s.arrived.arrival), key=lambda s: s.arrived.arrival)
    learnt = Stays(zone=zone)
    running: list[tuple[datetime, int, Stay]] = []
    outlooks: dict[int, Outlook] = {}
    past: list[tuple[float, float]] = []
    past_of: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    scores = {after_h: Scores() for after_h in (0, 2, 4)}
    seconds = []
    for number, stay in enumerate(stays):
        arrived = stay.arrived
        while running and running[0][0] <= arrived.arrival:
            _, number_of_over, over = heapq.heappop(running)
            learnt.learn(replace(over, rank=outlooks.pop(number_of_over).rank(over.departure)))
            past.append(truth_of(over))
            past_of[over.arrived.user].append(truth_of(over))
        heapq.heappush(running, (stay.departure, number, stay))
        begun = time.process_time()
        outlook = outlooks[number] = learnt.outlook(arrived, EXPECTED)
        outlook.at(arrived.arrival)
        seconds.append(time.process_time() - begun)
        if number < FIRST_SCORED:
            continue
        own = past_of[arrived.user] if arrived.user and past_of[arrived.user] else past
        mean, middle = tuple(np.mean(own, axis=0)), tuple(np.median(past, axis=0))
        for after_h, table in scores.items():
            if stay.departure - arrived.arrival <= after_h * HOUR:
                continue
            estimate = outlook.at(arrived.arrival + after_h * HOUR)
            departures = (estimate.departure_early, estimate.departure_median, estimate.departure_late)
            energies = outlook.energies_wh_at(LEVELS, after_h * 3600.0)
            table.truth.append(truth_of(stay))
            table.ours.append(
                ([(at - arrived.arrival) / HOUR for at in departures], [wh / 1000 for wh in energies])
            )
            table.said.append(said_of(arrived))
            table.user_mean.append((float(mean[0]), float(mean[1])))
            table.median.append((float(middle[0]), float(middle[1])))
    return {
        "at_arrival": scores[0].report(),
        "after_2h": scores[2].report(),
        "after_4h": scores[4].report(),
        "cpu_ms_an_estimate": round(1000 * statistics.median(seconds), 3),
    }


def truth_of(stay: Stay) -> tuple[float, float]:
    return (stay.departure - stay.arrived.arrival) / HOUR, (stay.energy_wh or 0.0) / 1000


def said_of(arrived: Arrived) -> tuple[float, float]:
    if arrived.said_departure is None or arrived.said_energy_wh is None:
        return float("nan"), float("nan")
    return (arrived.said_departure - arrived.arrival) / HOUR, arrived.said_energy_wh / 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    folder = parser.parse_args().data / "sessions"
    if not folder.exists():
        print(f"no session data in {folder}", file=sys.stderr)
        return 2
    found: dict[str, object] = {"bench": "stays", "scored_from": FIRST_SCORED, "levels": LEVELS}
    for name in ACN:
        print(name, file=sys.stderr)
        found[name] = walk(list(acn(folder / f"acn_{name}.csv.gz")), LOS_ANGELES)
    print(NORWAY, file=sys.stderr)
    found[NORWAY] = walk(list(norway(folder / f"{NORWAY}.csv.gz")), OSLO)
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
