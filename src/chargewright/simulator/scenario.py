"""Stories: which stations a site has, which cars come and go, and what goes wrong. All from a seed or a file.

A scenario is plain data and can be written as JSON. Session files of the ACN kind are read as they are published:
`arrival_slot, departure_slot, session_id, station_id, requested_energy_kwh, estimated_departure_slot` in slots of
5 minutes, or `arrival, departure, requested_energy, delivered_energy, station_id, ...` with times, plain or gzipped.
"""

import csv
import gzip
import json
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from chargewright.errors import InvalidInput
from chargewright.simulator.ev import Car
from chargewright.simulator.fitted_car import fitted_car

__all__ = [
    "Arrival",
    "Battery",
    "Fault",
    "Scenario",
    "SessionRow",
    "StationSpec",
    "read_network",
    "read_sessions",
    "scenario_of_sessions",
    "workplace",
]

SLOT_S = 300
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SLOTS_SINCE = datetime(2019, 3, 1, tzinfo=LOS_ANGELES)
"""Slot 0 of the slot files, as their README says."""

Battery: TypeAlias = Literal["mixed", "ideal", "two stages"]
"""What cars of a session file have: half of them a slow tail, none of them one, or all (see `fitted_car`)."""

DWELL_MIN_S = 120.0
"""A stay shorter than this is a plug that was tried, not a session."""


@dataclass(frozen=True, slots=True)
class StationSpec:
    """One station of the site: what it speaks, and how it was built."""

    id: str
    version: str = "ocpp1.6"
    evses: int = 1
    conductors: int = 3
    """Of each EVSE."""
    voltage_v: float = 230.0
    current_max_a: float = 32.0
    rates_a: tuple[float, ...] | None = None
    """The only currents that its hardware offers: whatever it is told, it rounds down to one of them."""
    unit: str = "A"
    periods_max: int = 24
    meter_interval_s: int = 60
    profiles_survive_reboot: bool = True
    tells_needs: bool = False
    """Whether its cars tell what they want themselves (ISO 15118; 2.x only)."""
    password: str | None = None
    battery_slots: int = 0
    """Places for batteries that are swapped (2.1 only)."""
    v2x: bool = False
    """Cars that can may be told to give energy back, and tell what they can and want (2.1 only)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A car comes, charges, and leaves. What its driver says at plug-in is told; None where nothing is said."""

    station_id: str
    evse_id: int
    at: datetime
    departure: datetime
    energy_wh: float
    id_token: str
    car: Car
    departure_told: datetime | None
    energy_told_wh: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something goes wrong at a station: `link_lost`, `reboot`, `rejects_profiles`, `ignores_limit`, `late_answers`,
    `no_composite`, `clock_off`, `evse_broken`, `external_limit` (2.x only). `value` is seconds where the kind needs some,
    the EVSE that breaks, or what the site's own system allows the station, in A per phase.
    """

    station_id: str
    kind: str
    at: datetime
    duration_s: float
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A site and its day. `site` is the site's definition: a tree, or a network with the limit of its transformer."""

    name: str
    start: datetime
    end: datetime
    site: Mapping[str, Any]
    stations: tuple[StationSpec, ...]
    arrivals: tuple[Arrival, ...]
    faults: tuple[Fault, ...] = ()
    seed: int = 1
    dropped: int = 0
    """Sessions of the source that could not be used: unknown stations, no stay, overlapping ones."""
    time_zone: str = "UTC"
    """Where the site's clocks and weekdays are."""

    @property
    def energy_requested_wh(self) -> float:
        return sum(arrival.energy_wh for arrival in self.arrivals)


# --- from files -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of a file: what happened, and what its driver had said of it (None: nothing)."""

    id: str
    station_id: str
    arrival: datetime
    departure: datetime
    energy_wh: float
    departure_told: datetime | None
    energy_told_wh: float | None


def read_network(path: Path) -> dict[str, Any]:
    """Read a network file. Raises `InvalidInput` for one that is none."""
    try:
        network: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(network, dict) or not {"stations", "constraints", "parameters"} <= network.keys():
            raise InvalidInput("has no stations, constraints and parameters", where=str(path))
    except (OSError, ValueError) as why:
        raise InvalidInput(str(why), where=str(path)) from why
    return network


def read_sessions(path: Path) -> list[SessionRow]:
    """Read a session file, sorted by arrival. Raises `InvalidInput` naming the line that cannot be read."""
    try:
        with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
            reader = csv.DictReader(file)
            reader.fieldnames = [name.removesuffix(" (kWh)") for name in reader.fieldnames or ()]
            names = set(reader.fieldnames)
            if {"arrival_slot", "departure_slot", "requested_energy_kwh", "station_id"} <= names:
                rows = [_slot_row(row) for row in reader]
            elif {"arrival", "departure", "requested_energy", "station_id"} <= names:
                rows = [_time_row(row) for row in reader]
            else:
                raise InvalidInput(f"unknown columns {sorted(names)}", where=str(path))
    except OSError as why:
        raise InvalidInput(str(why), where=str(path)) from why
    except (ValueError, KeyError) as why:
        raise InvalidInput(f"a row cannot be read: {why}", where=str(path)) from why
    return sorted(rows, key=lambda row: (row.arrival, row.id))


def _slot_row(row: Mapping[str, str]) -> SessionRow:
    def at(slot: str) -> datetime:
        return (SLOTS_SINCE.astimezone(UTC) + timedelta(seconds=SLOT_S * int(float(slot)))).astimezone(UTC)

    energy_wh = float(row["requested_energy_kwh"]) * 1000
    return SessionRow(
        row["session_id"],
        row["station_id"],
        at(row["arrival_slot"]),
        at(row["departure_slot"]),
        energy_wh,
        at(row.get("estimated_departure_slot") or row["departure_slot"]),
        energy_wh,
    )


def _time_row(row: Mapping[str, str]) -> SessionRow:
    def at(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOS_ANGELES)).astimezone(UTC)

    requested_wh = float(row["requested_energy"]) * 1000
    delivered = row.get("delivered_energy")
    # Of a driver who claimed nothing the file repeats what came true, which nobody knew at plug-in.
    silent = row.get("claimed", "True") == "False"
    return SessionRow(
        row.get("session_id") or f"{row['station_id']} {row['arrival']}",
        row["station_id"],
        at(row["arrival"]),
        at(row["departure"]),
        float(delivered) * 1000 if delivered else requested_wh,
        None if silent else at(row.get("estimated_departure") or row["departure"]),
        None if silent else requested_wh,
    )


def scenario_of_sessions(
    rows: Sequence[SessionRow],
    network: Mapping[str, Any],
    *,
    limit_kw: float | None,
    day: date | None = None,
    days: int = 1,
    seed: int = 1,
    battery: Battery = "mixed",
    versions: Sequence[str] = ("ocpp1.6", "ocpp2.0.1"),
    continuous: bool = True,
) -> Scenario:
    """Replay `days` (local midnight to midnight, then until the last car has left) on a network.

    Without a `day` the busiest one is taken. Cars draw at most what their station gives; stations speak `versions` in
    turn. Their hardware offers any current, or, not `continuous`, only the rates that the network lists. Sessions at stations that the network does not have are dropped and counted; of two that overlap
    at one station the later starts when the earlier has gone.

    Raises:
        InvalidInput: there is no session on that day.

    """
    known = {station["id"]: station for station in network["stations"]}
    usable = [row for row in rows if row.station_id in known]
    by_day: dict[date, int] = {}
    for row in usable:
        local = row.arrival.astimezone(LOS_ANGELES).date()
        by_day[local] = by_day.get(local, 0) + 1
    if not by_day:
        raise InvalidInput("no session is at a station of this network", where="sessions")
    chosen = day or max(by_day, key=lambda d: (by_day[d], -d.toordinal()))
    start = datetime(chosen.year, chosen.month, chosen.day, tzinfo=LOS_ANGELES).astimezone(UTC)
    end = start + timedelta(days=days)
    today = [row for row in rows if start <= row.arrival < end]
    if not today:
        raise InvalidInput(f"no session arrives on {chosen.isoformat()}", where="sessions")
    arrivals, dropped = _arrivals(today, known, rng=random.Random(seed), battery=battery)
    last = max((arrival.departure for arrival in arrivals), default=end)
    stations = tuple(
        StationSpec(
            station["id"],
            version=versions[n % len(versions)],
            conductors=1,
            voltage_v=float(station["voltage_v"]),
            current_max_a=float(station["max_rate_a"]),
            rates_a=None if continuous else tuple(float(rate) for rate in station["allowable_rates_a"]),
        )
        for n, station in enumerate(network["stations"])
    )
    site: dict[str, Any] = {"network": network, "continuous": continuous}
    if limit_kw is not None:
        site["limit_kw"] = limit_kw
    return Scenario(
        name=f"{network.get('name', 'network')} {chosen.isoformat()}",
        start=start,
        end=min(max(end, last + timedelta(minutes=5)), end + timedelta(days=1)),
        site=site,
        stations=stations,
        arrivals=tuple(arrivals),
        seed=seed,
        dropped=dropped,
        time_zone=LOS_ANGELES.key,
    )


def _arrivals(
    rows: Iterable[SessionRow], stations: Mapping[str, Any], *, rng: random.Random, battery: Battery
) -> tuple[list[Arrival], int]:
    free_at: dict[str, datetime] = {}
    found: list[Arrival] = []
    dropped = 0
    for row in rows:
        station = stations.get(row.station_id)
        at = max(row.arrival, free_at.get(row.station_id, row.arrival))
        stay_s = (row.departure - at).total_seconds()
        if station is None or stay_s < DWELL_MIN_S or row.energy_wh <= 0:
            dropped += 1
            continue
        free_at[row.station_id] = row.departure + timedelta(seconds=60)
        current_max_a, voltage_v = float(station["max_rate_a"]), float(station["voltage_v"])
        if battery == "two stages":
            car = fitted_car(row.energy_wh, stay_s=stay_s, current_max_a=current_max_a, voltage_v=voltage_v)
        else:
            car = _car(
                row.energy_wh,
                current_max_a,
                1,
                rng,
                voltage_v=voltage_v,
                dwell_h=stay_s / 3600,
                ideal_battery=battery == "ideal",
            )
        found.append(
            Arrival(
                row.station_id,
                1,
                at,
                row.departure,
                row.energy_wh,
                f"T{len(found):05d}",
                car,
                departure_told=row.departure_told,
                energy_told_wh=row.energy_told_wh,
            )
        )
    return found, dropped


def _car(
    energy_wh: float,
    current_max_a: float,
    phases: int,
    rng: random.Random,
    *,
    voltage_v: float,
    dwell_h: float,
    ideal_battery: bool,
) -> Car:
    """A car that stops when it has what its driver wants: half at a charge limit, half at full with its slow tail.

    A tail that could not end before the car leaves, even at full power from the start, would make the wish one that
    no charging could meet; such a car has a charge limit instead.
    """
    capacity_wh = max(rng.choice([24_000.0, 40_000.0, 60_000.0, 75_000.0]), 1.25 * energy_wh)
    knee = rng.uniform(0.85, 0.95)
    to_full = rng.random() < 0.5
    power_w = current_max_a * phases * voltage_v
    tail_wh = min((1.0 - knee) * capacity_wh, energy_wh)
    # A linear fall to a twentieth takes ln(20) times as long as full power would.
    needs_h = (energy_wh - tail_wh + 3.0 * tail_wh) / power_w
    target = 1.0 if to_full and needs_h <= dwell_h and not ideal_battery else 0.8
    return Car(
        current_max_a=current_max_a,
        phases=phases,
        capacity_wh=capacity_wh,
        soc=target - energy_wh / capacity_wh,
        soc_target=target,
        knee_soc=knee,
        follow_s=rng.uniform(1.0, 4.0),
        wakes_within_s=rng.uniform(2.0, 20.0),
    )


# --- from a seed ------------------------------------------------------------------------------------------------


def workplace(
    *,
    stations: int = 12,
    seed: int = 1,
    start: datetime = datetime(2026, 3, 3, tzinfo=UTC),
    limit_a: float | None = None,
    version: str | None = None,
) -> Scenario:
    """A workplace on three phases: two panels under one connection, cars with one, two or three phases, one day.

    Two of three stations speak 1.6, the third 2.0.1, or all of them `version`; half of the latter tell what their
    cars want.
    The connection takes a fifth of what all stations could draw, a little more than 6 A each: without a plan it is
    overloaded on every working morning, and with one everybody still gets what they want.
    """
    rng = random.Random(seed)
    main_a = limit_a if limit_a is not None else max(20.0, math.ceil(6.25 * stations / 5) * 5.0)
    rotations = ("RST", "STR", "TRS")
    evses = [
        {
            "station": f"CP{n + 1:02d}",
            "node": f"panel {'A' if n % 2 == 0 else 'B'}",
            "connection": rotations[n % 3],
            "current_max_a": 32.0,
        }
        for n in range(stations)
    ]
    site = {
        "phase_v": 230.0,
        "nodes": [
            {"id": "connection", "limit_a": main_a},
            {"id": "panel A", "parent": "connection", "limit_a": round(main_a * 0.65)},
            {"id": "panel B", "parent": "connection", "limit_a": round(main_a * 0.65)},
        ],
        "evses": evses,
    }
    specs = tuple(
        StationSpec(
            f"CP{n + 1:02d}",
            version=version or ("ocpp2.0.1" if n % 3 == 2 else "ocpp1.6"),
            tells_needs=n % 6 == 5,
            unit="W" if n % 5 == 4 else "A",
        )
        for n in range(stations)
    )
    arrivals: list[Arrival] = []
    for spec in specs:
        arrivals += _stays(spec, start, rng, first=len(arrivals))
    arrivals.sort(key=lambda arrival: (arrival.at, arrival.station_id))
    return Scenario(
        name=f"workplace with {stations} stations",
        start=start,
        end=start + timedelta(days=1),
        site=site,
        stations=specs,
        arrivals=tuple(replace(a, id_token=f"T{n:05d}") for n, a in enumerate(arrivals)),
        seed=seed,
    )


def _stays(spec: StationSpec, start: datetime, rng: random.Random, *, first: int) -> list[Arrival]:
    """One long stay over the working day at most stations, a second short one at some."""
    hours = [(rng.gauss(8.4, 0.8), rng.gauss(8.0, 1.0))]
    if rng.random() < 0.4:
        hours.append((rng.uniform(18.0, 19.5), rng.uniform(1.5, 4.0)))
    if rng.random() < 0.1:
        hours = hours[1:]
    found: list[Arrival] = []
    for hour, long_h in hours:
        at, dwell_h = start + timedelta(hours=max(hour, 5.0)), max(long_h, 0.75)
        if found and at < found[-1].departure + timedelta(minutes=5):
            continue  # the first car is still there
        phases = rng.choice([1, 1, 2, 3, 3, 3])
        current_max_a = {1: 32.0, 2: 16.0, 3: 16.0}[phases]
        most_wh = dwell_h * current_max_a * phases * 230 * 0.95
        energy_wh = min(rng.lognormvariate(9.6, 0.5), most_wh, 70_000.0)
        departure = at + timedelta(hours=dwell_h)
        found.append(
            Arrival(
                spec.id,
                1,
                at,
                departure,
                energy_wh,
                f"T{first + len(found):05d}",
                _car(
                    energy_wh,
                    current_max_a,
                    phases,
                    rng,
                    voltage_v=230.0,
                    dwell_h=dwell_h,
                    ideal_battery=False,
                ),
                departure_told=departure,
                energy_told_wh=energy_wh,
            )
        )
    return found
