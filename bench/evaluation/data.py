"""Reads the real sessions, networks and tariffs of ../shared/data into visits on five-minute slots."""

import calendar
import csv
import gzip
import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "CALIFORNIA",
    "CAR_W",
    "DATA",
    "SLOT_H",
    "SLOT_S",
    "Replay",
    "Tariff",
    "Visit",
    "caltech_slots",
    "earlier",
    "load",
    "network_of",
    "norway",
]

DATA = Path(__file__).parents[3] / "shared" / "data"
SLOT_S = 300
SLOT_H = SLOT_S / 3600
CALIFORNIA = ZoneInfo("America/Los_Angeles")
CAR_W = 6600.0
"""What the replayed cars take at most; the published figures use the same."""

_SESSION_FILES = {
    "caltech": ("acn_caltech_2019-05_2019-08.csv.gz", "acn_caltech_2020-02_2020-05.csv.gz"),
    "jpl": ("acn_jpl_2019-05_2019-08.csv.gz", "acn_jpl_2020-02_2020-05.csv.gz"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One car at one station. Slots count from the start of the replay; the departure slot is not charged in."""

    id: str
    station: str
    arrival_slot: int
    departure_slot: int
    energy_wh: float
    """What the car takes if it is served in full."""
    told_departure_slot: int | None
    """What the driver said; None: nothing."""
    told_energy_wh: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Visits of a site from `start` on."""

    name: str
    network: dict[str, Any]
    start: datetime
    visits: tuple[Visit, ...]
    left_out: dict[str, int]
    """How many sessions of the file were not replayed, by reason."""

    @property
    def slots(self) -> int:
        """Until the last departure."""
        return max((visit.departure_slot for visit in self.visits), default=0)

    @property
    def days(self) -> int:
        """Of the calendar month in which the replay begins."""
        local = self.start.astimezone(CALIFORNIA)
        return calendar.monthrange(local.year, local.month)[1]

    @property
    def energy_wh(self) -> float:
        """All that is asked for."""
        return sum(visit.energy_wh for visit in self.visits)

    def at(self, slot: int) -> datetime:
        """Return the instant at which a slot begins."""
        return self.start + timedelta(seconds=slot * SLOT_S)

    def day(self, number: int) -> "Replay":
        """Return the visits that begin on one day, counted from 0, alone."""
        day_slots = 86400 // SLOT_S
        own = tuple(v for v in self.visits if v.arrival_slot // day_slots == number)
        return replace(self, name=f"{self.name}-day{number:02d}", visits=own)


def network_of(site: str) -> dict[str, Any]:
    """Return a network file: caltech, jpl or office001.

    Raises:
        SystemExit: the data are not there.

    """
    path = DATA / "networks" / f"{site}_acn.json"
    if not path.exists():
        sys.exit(f"the data are not here: {path}")
    return dict(json.loads(path.read_text()))


def caltech_slots() -> Replay:
    """Return Caltech, March 2019: the month of the reproduced published figures. Departures are those told."""
    path = DATA / "sessions" / "acn_caltech_2019-03_slots.csv"
    if not path.exists():
        sys.exit(f"the data are not here: {path}")
    visits = tuple(
        Visit(
            id=row["session_id"],
            station=row["station_id"],
            arrival_slot=int(row["arrival_slot"]),
            departure_slot=int(row["departure_slot"]),
            energy_wh=1000 * float(row["requested_energy_kwh"]),
            told_departure_slot=int(row["estimated_departure_slot"]),
            told_energy_wh=1000 * float(row["requested_energy_kwh"]),
        )
        for row in csv.DictReader(path.read_text().splitlines())
    )
    start = datetime(2019, 3, 1, tzinfo=CALIFORNIA).astimezone(UTC)
    return Replay(
        name="caltech-2019-03", network=network_of("caltech"), start=start, visits=visits, left_out={}
    )


def load(name: str) -> Replay:
    """Return a month by its name: caltech-2019-03, caltech-2019-07, jpl-2020-02, ...

    Arrivals and departures fall back to the beginning of their slot. What the car took then is what it takes here,
    but no more than a car of CAR_W can in its stay: the site was controlled, and some cars were faster.

    Raises:
        SystemExit: no such month in the data.

    """
    if name == "caltech-2019-03":
        return caltech_slots()
    site, _, month = name.partition("-")
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=CALIFORNIA)
    network = network_of(site)
    known = {station["id"] for station in network["stations"]}
    left_out = {"unknown station": 0, "shorter than a slot": 0}
    visits = []
    for row in _rows(site):
        arrival = datetime.fromisoformat(row["arrival"])
        local = arrival.astimezone(CALIFORNIA)
        if (local.year, local.month) != (first.year, first.month):
            continue
        if row["station_id"] not in known:
            left_out["unknown station"] += 1
            continue
        begin = _slot(arrival, first)
        end = _slot(datetime.fromisoformat(row["departure"]), first)
        if end <= begin:
            left_out["shorter than a slot"] += 1
            continue
        claimed = row["claimed"] == "True"
        visits.append(
            Visit(
                id=row["session_id"],
                station=row["station_id"],
                arrival_slot=begin,
                departure_slot=end,
                energy_wh=min(1000 * float(row["delivered_energy (kWh)"]), CAR_W * (end - begin) * SLOT_H),
                told_departure_slot=max(
                    _slot(datetime.fromisoformat(row["estimated_departure"]), first), begin + 1
                )
                if claimed
                else None,
                told_energy_wh=1000 * float(row["requested_energy (kWh)"]) if claimed else None,
            )
        )
    if not visits:
        sys.exit(f"no sessions of {name} in {DATA / 'sessions'}")
    visits.sort(key=lambda visit: (visit.arrival_slot, visit.id))
    return Replay(
        name=name, network=network, start=first.astimezone(UTC), visits=tuple(visits), left_out=left_out
    )


def earlier(replay: Replay, *, months_max: int = 3) -> Replay | None:
    """Return the newest month of the same site before this one that is in the data, not too far back."""
    site = replay.name.partition("-")[0]
    local = replay.start.astimezone(CALIFORNIA)
    known = {row["arrival"][:7] for row in _rows(site)} | ({"2019-03"} if site == "caltech" else set())
    for back in range(1, months_max + 1):
        year, month = divmod(12 * local.year + local.month - 1 - back, 12)
        name = f"{year}-{month + 1:02d}"
        if name in known:
            return load(f"{site}-{name}")
    return None


def norway(garage: str, *, car_w: float = 7200.0) -> Replay:
    """Return one Norwegian apartment garage with a tree of its own: feeders of eight 230 V outlets, 40 A each phase.

    The data name users and not outlets: each user has one. Visits that overlap the user's last one are left out.
    """
    path = DATA / "sessions" / "norway_apartments_2018-12_2019-10.csv.gz"
    if not path.exists():
        sys.exit(f"the data are not here: {path}")
    oslo = ZoneInfo("Europe/Oslo")
    first = datetime(2018, 12, 1, tzinfo=oslo)
    left_out = {"no times": 0, "shorter than a slot": 0, "overlaps": 0}
    visits: list[Visit] = []
    free_from: dict[str, int] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["garage_id"] == garage]
    for row in sorted(rows, key=lambda row: row["plugin_local"]):
        if not (row["plugin_local"] and row["plugout_local"] and row["energy_kwh"]):
            left_out["no times"] += 1
            continue
        begin, end = (
            _slot(datetime.fromisoformat(row[name]).replace(tzinfo=oslo), first)
            for name in ("plugin_local", "plugout_local")
        )
        if end <= begin:
            left_out["shorter than a slot"] += 1
        elif begin < free_from.get(row["user_id"], 0):
            left_out["overlaps"] += 1
        else:
            free_from[row["user_id"]] = end
            energy_wh = min(1000 * float(row["energy_kwh"]), car_w * (end - begin) * SLOT_H)
            visits.append(
                Visit(
                    id=row["session_id"],
                    station=row["user_id"],
                    arrival_slot=begin,
                    departure_slot=end,
                    energy_wh=energy_wh,
                    told_departure_slot=None,
                    told_energy_wh=None,
                )
            )
    return Replay(
        name=f"norway-{garage}",
        network=_apartments(sorted(free_from)),
        start=first.astimezone(UTC),
        visits=tuple(visits),
        left_out=left_out,
    )


def _apartments(stations: list[str]) -> dict[str, Any]:
    """A network file for single-phase outlets on phases in turn: eight to a feeder, 40 A each phase, 80 A in all."""
    angles = (0.0, -120.0, 120.0)
    constraints = []
    for phase in range(3):
        own = stations[phase::3]
        constraints.append(
            {"name": f"Main {phase}", "limit_a": 80.0, "coefficients": dict.fromkeys(own, 1.0)}
        )
        for feeder in range(0, len(stations), 8):
            there = [s for s in stations[feeder : feeder + 8] if s in own]
            constraints.append(
                {
                    "name": f"Feeder {feeder // 8} {phase}",
                    "limit_a": 40.0,
                    "coefficients": dict.fromkeys(there, 1.0),
                }
            )
    return {
        "parameters": {"voltage_ll_v": 400.0},
        "stations": [
            {
                "id": station,
                "voltage_v": 230.0,
                "phase_angle_deg": angles[number % 3],
                "allowable_rates_a": [0.0, *(float(rate) for rate in range(6, 33))],
                "max_rate_a": 32.0,
            }
            for number, station in enumerate(stations)
        ],
        "constraints": [row for row in constraints if row["coefficients"]],
    }


def _rows(site: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for name in _SESSION_FILES.get(site, ()):
        path = DATA / "sessions" / name
        if not path.exists():
            sys.exit(f"the data are not here: {path}")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def _slot(at: datetime, first: datetime) -> int:
    # in UTC: two times of one zone are subtracted by their wall clocks, which jump in spring and autumn
    return int((at.astimezone(UTC) - first.astimezone(UTC)).total_seconds()) // SLOT_S


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by season, weekday and hour of a place, and a demand charge on the month's peak."""

    name: str
    schedule: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, name: str) -> "Tariff":
        """Read tariffs/NAME.json."""
        found = json.loads((DATA / "tariffs" / f"{name}.json").read_text())
        return cls(found["name"], tuple(found["schedule"]))

    def at(self, at: datetime) -> tuple[float, float]:
        """Return (price per kWh, demand charge per kW and month) in force at an instant, by Californian time."""
        local = at.astimezone(CALIFORNIA)
        day = f"{local.month:02d}-{local.day:02d}"
        kind = "WEEKDAYS" if local.weekday() < 5 else "WEEKENDS"
        for entry in self.schedule:
            begin, end = (_month_day(entry[key]) for key in ("effective_start", "effective_end"))
            inside = begin <= day <= end if begin <= end else day >= begin or day <= end
            if inside and entry["dow_mask"] in {kind, "ALL"}:
                hour = local.hour + local.minute / 60
                period = max(i for i, start in enumerate(entry["times"]) if start <= hour)
                return float(entry["tariffs"][period]), float(entry["demand_charge"])
        raise LookupError(f"{self.name} has no price at {at.isoformat()}")


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return f"{int(month):02d}-{int(day):02d}"
