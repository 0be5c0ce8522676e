"""The ideal world on a virtual clock: wires judged by phasor sums over the network file, cars with their batteries.

Scenarios, in the sense of the published ones: II ideal battery and any current, III ideal battery and only the
currents that the stations know, IV a battery with a tail and any current, V both. What is measured is the same for
every controller, and nothing here looks at the planner's rows.
"""

import cmath
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from bench.evaluation.data import CAR_W, SLOT_H, Replay, Visit

__all__ = [
    "SCENARIOS",
    "Car",
    "Controller",
    "Ideal",
    "Knowledge",
    "Network",
    "Outcome",
    "Scenario",
    "TwoStage",
    "battery_for",
    "live",
]

Floats: TypeAlias = npt.NDArray[np.float64]

TOLERANCE_A = 1e-5
"""A row counts as broken above its limit + this; acnportal uses the same."""

DONE_WH = 1.0
"""A car that lacks less than this is served."""

CAPACITIES_KWH = (8.0, 24.0, 40.0, 60.0, 85.0, 100.0)
TRANSITION_SOC = 0.8
"""Above, a battery takes less and less: in proportion to what is left."""

_ESTIMATE_A = 1.0
"""The published estimate of what a car takes goes down when it takes this much less than allowed, and up by as much
when it takes nearly all."""

_FULL_A = 1.0
"""A car that may draw this and draws less than a tenth of it is full."""

Knowledge: TypeAlias = Literal["true", "told"]


class Network:
    """The wires of a network file as complex numbers; transformer rows are scaled to `limit_kw`."""

    def __init__(self, file: Mapping[str, Any], limit_kw: float | None = None) -> None:
        stations = file["stations"]
        self.stations: tuple[str, ...] = tuple(station["id"] for station in stations)
        self.index = {name: number for number, name in enumerate(self.stations)}
        self.voltage_v = np.array([station["voltage_v"] for station in stations], dtype=np.float64)
        self.max_a = np.array([station["max_rate_a"] for station in stations], dtype=np.float64)
        self.rates_a = tuple(
            np.array(sorted(station["allowable_rates_a"]), dtype=np.float64) for station in stations
        )
        turn = [cmath.rect(1.0, math.radians(station["phase_angle_deg"])) for station in stations]
        rated_kw = sum(v for k, v in file["parameters"].items() if k.endswith("transformer_kw"))
        scale = limit_kw / rated_kw if limit_kw else 1.0
        self.names: tuple[str, ...] = tuple(row["name"] for row in file["constraints"])
        self.phasors = np.zeros((len(self.names), len(stations)), dtype=np.complex128)
        self.limit_a = np.zeros(len(self.names))
        for number, row in enumerate(file["constraints"]):
            transformer = "Primary" in row["name"] or "Secondary" in row["name"]
            self.limit_a[number] = row["limit_a"] * (scale if transformer else 1.0)
            for name, coefficient in row["coefficients"].items():
                at = self.index[name]
                self.phasors[number, at] = coefficient * turn[at]

    def overloads(self, current_a: Floats) -> int:
        """Return how many rows these station currents break."""
        return int((np.abs(self.phasors @ current_a) > self.limit_a + TOLERANCE_A).sum())

    def room_a(self, sums: npt.NDArray[np.complex128], station: int) -> float:
        """Return the largest current of one station beside `sums`, the phasor sums of all others. Exact, no bisection.

        |sum + c r| = limit is a quadratic equation in r for each row.
        """
        c = self.phasors[:, station]
        square = np.abs(c) ** 2
        touched = square > 0
        if not touched.any():
            return math.inf
        square = square[touched]
        half = (np.conj(c[touched]) * sums[touched]).real
        rest = np.abs(sums[touched]) ** 2 - self.limit_a[touched] ** 2
        root = half * half - square * rest
        # without a root the row is broken whatever this station does
        reach = np.where(root >= 0, (-half + np.sqrt(np.maximum(root, 0.0))) / square, 0.0)
        return max(float(reach.min()) - 1e-7, 0.0)


class Battery(Protocol):
    """Takes energy while a slot lasts."""

    def take(self, power_w: float) -> float:
        """Return the energy in Wh taken in one slot at this power."""


@dataclass(slots=True)
class Ideal:
    """Takes all it is offered until it has what it wants."""

    room_wh: float
    max_w: float = CAR_W

    def take(self, power_w: float) -> float:
        taken = min(min(power_w, self.max_w) * SLOT_H, self.room_wh)
        self.room_wh -= taken
        return taken


@dataclass(slots=True)
class TwoStage:
    """Full power up to TRANSITION_SOC, then the power falls in proportion to what is left: exponentially in time."""

    capacity_wh: float
    soc: float
    max_w: float

    def take(self, power_w: float) -> float:
        """Exact within the slot: constant power to the point where the tail cuts in, then the exponential."""
        power = min(power_w, self.max_w)
        if power <= 0:
            return 0.0
        steep = self.max_w / (1 - TRANSITION_SOC) / self.capacity_wh
        meets = 1 - power / self.capacity_wh / steep
        before = self.soc
        flat_h = min(max((meets - self.soc) * self.capacity_wh / power, 0.0), SLOT_H)
        soc = self.soc + power * flat_h / self.capacity_wh
        if flat_h < SLOT_H:
            soc = 1 - (1 - soc) * math.exp(-steep * (SLOT_H - flat_h))
        self.soc = soc
        return (soc - before) * self.capacity_wh


def battery_for(
    energy_wh: float, stay_slots: int, *, voltage_v: float, as_published: bool = True
) -> TwoStage:
    """Return the smallest battery, as full as it may be, that can just take `energy_wh` in its stay at 32 A.

    So published replays make the tail as long as the session allows. Their program starts a battery that begins within
    its tail at `soc` kWh instead of `soc` x capacity, hence almost empty; `as_published` keeps that, so that
    figures can be set side by side. A visit that wants more than its stay allows gets the largest, empty.
    """
    full_w = 32.0 * voltage_v
    stay_h = stay_slots * SLOT_H

    def taken(capacity_wh: float, soc: float) -> float:
        flat_h = min(max((TRANSITION_SOC - soc) * capacity_wh / full_w, 0.0), stay_h)
        at = soc + full_w * flat_h / capacity_wh
        steep = full_w / (1 - TRANSITION_SOC) / capacity_wh
        return ((1 - (1 - at) * math.exp(-steep * (stay_h - flat_h))) - soc) * capacity_wh

    for capacity_wh in (1000 * capacity for capacity in CAPACITIES_KWH):
        if energy_wh > capacity_wh or taken(capacity_wh, 0.0) < energy_wh:
            continue
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if taken(capacity_wh, middle) >= energy_wh else (low, middle)
        # the published program works in kWh and returns the share itself here
        begin = low / capacity_wh * 1000 if as_published and low >= TRANSITION_SOC else low
        return TwoStage(capacity_wh, begin, CAR_W)
    return TwoStage(1000 * CAPACITIES_KWH[-1], 0.0, CAR_W)


@dataclass(frozen=True, slots=True)
class Scenario:
    """How real the world is."""

    name: str
    quantised: bool
    tails: bool


SCENARIOS = {
    "II": Scenario("II", quantised=False, tails=False),
    "III": Scenario("III", quantised=True, tails=False),
    "IV": Scenario("IV", quantised=False, tails=True),
    "V": Scenario("V", quantised=True, tails=True),
}


@dataclass(slots=True, kw_only=True)
class Car:
    """What a controller may know of a car that is there; the world keeps it up to date."""

    id: str
    station: int
    arrival_slot: int
    departure_slot: int | None
    """The true one, or what was told, or None where nothing was."""
    energy_wh: float | None
    """What is wanted in all: the truth, or what was told, or None."""
    voltage_v: float
    current_max_a: float
    """Of car and station, as estimated: see `_ESTIMATE_A`."""
    rates_a: Floats | None
    """The only currents the station knows; None: any."""
    delivered_wh: float = 0.0
    allowed_a: float = 0.0
    drawn_a: float = 0.0
    full: bool = False
    """It drew nothing though it was allowed to."""

    @property
    def left_wh(self) -> float:
        """What is still wanted as far as is known; infinite where nothing is."""
        return math.inf if self.energy_wh is None else max(self.energy_wh - self.delivered_wh, 0.0)

    def most_a(self) -> float:
        """Return the most that makes sense in this slot: the car's maximum, and no more than it still wants."""
        return min(self.current_max_a, self.left_wh / SLOT_H / self.voltage_v)


class Controller(Protocol):
    """Says what each car may draw in the slot that begins."""

    name: str

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:
        """Return A per car; `peak_w` is the highest mean power of a slot so far."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    controller: str
    energy_wh: Floats
    """Delivered, per visit."""
    wanted_wh: Floats
    power_w: Floats
    """Mean site power of each slot."""
    overloads: int = 0
    """Rows x slots above their limit, by what was allowed."""
    overloads_drawn: int = 0
    """The same by what was drawn."""
    refused: int = 0
    """Currents that the station does not know, or above its maximum."""
    pauses: int = 0
    decided_ms: list[float] = field(default_factory=list)
    schedule_a: Floats | None = None
    """What was allowed, [slot, station]."""

    @property
    def demand_met(self) -> float:
        """Energy delivered over energy wanted; a car that took more than it wanted counts for what it wanted."""
        return float(np.minimum(self.energy_wh, self.wanted_wh).sum() / self.wanted_wh.sum())

    @property
    def shares(self) -> Floats:
        """Of its wish, per visit, at most 1."""
        return np.minimum(self.energy_wh / np.maximum(self.wanted_wh, 1e-9), 1.0)

    @property
    def fully_met(self) -> float:
        """The share of visits that lack no more than 0.1 kWh."""
        return float((self.wanted_wh - self.energy_wh <= 100.0).mean())

    @property
    def jain(self) -> float:
        """Jain's index of the shares: 1 is all alike."""
        shares = self.shares
        return float(shares.sum() ** 2 / (len(shares) * (shares**2).sum()))

    @property
    def worst_decile(self) -> float:
        """The mean share of the tenth of the visits that got the least."""
        return float(np.sort(self.shares)[: max(len(self.shares) // 10, 1)].mean())

    @property
    def peak_w(self) -> float:
        """The highest mean power of a slot."""
        return float(self.power_w.max(initial=0.0))


def live(
    replay: Replay,
    network: Network,
    controller: Controller,
    *,
    scenario: Scenario = SCENARIOS["II"],
    knowledge: Knowledge = "true",
    as_published: bool = True,
    estimate: bool = False,
) -> Outcome:
    """Live through the visits slot by slot.

    `estimate`: cars' maxima follow what they took, as the published controllers see them (scenarios IV and V).
    """
    voltage = network.voltage_v
    by_arrival: dict[int, list[int]] = {}
    for number, visit in enumerate(replay.visits):
        by_arrival.setdefault(visit.arrival_slot, []).append(number)
    out = Outcome(
        controller=controller.name,
        energy_wh=np.zeros(len(replay.visits)),
        wanted_wh=np.array([visit.energy_wh for visit in replay.visits]),
        power_w=np.zeros(replay.slots),
        schedule_a=np.zeros((replay.slots, len(network.stations))),
    )
    there: dict[int, tuple[Car, Battery]] = {}
    peak_w = 0.0
    for slot in range(replay.slots):
        for number in [n for n in there if replay.visits[n].departure_slot <= slot]:
            del there[number]
        for number in by_arrival.get(slot, ()):
            there[number] = _arrive(replay.visits[number], network, scenario, knowledge, as_published)
        wanting = [n for n, (car, _) in there.items() if _wants(car, replay.visits[n])]
        if not wanting:
            continue
        cars = [there[n][0] for n in wanting]
        began = time.perf_counter()
        given = controller.currents(slot, cars, peak_w)
        out.decided_ms.append((time.perf_counter() - began) * 1000)
        allowed, drawn = np.zeros(len(network.stations)), np.zeros(len(network.stations))
        for number, current in zip(wanting, given.tolist(), strict=True):
            car, battery = there[number]
            allowed[car.station] = current
            out.refused += not _known(current, car, network, scenario)
            taken_wh = battery.take(current * voltage[car.station])
            if car.drawn_a > 0 and current <= 0:
                out.pauses += 1
            _note(car, current, taken_wh, estimate=estimate, max_a=float(network.max_a[car.station]))
            drawn[car.station] = car.drawn_a
            out.energy_wh[number] += taken_wh
        out.overloads += network.overloads(allowed)
        out.overloads_drawn += network.overloads(drawn)
        assert out.schedule_a is not None
        out.schedule_a[slot] = allowed
        out.power_w[slot] = float(drawn @ voltage)
        peak_w = max(peak_w, out.power_w[slot])
    return out


def _arrive(
    visit: Visit, network: Network, scenario: Scenario, knowledge: Knowledge, as_published: bool
) -> tuple[Car, Battery]:
    station = network.index[visit.station]
    voltage_v = float(network.voltage_v[station])
    true = knowledge == "true"
    car = Car(
        id=visit.id,
        station=station,
        arrival_slot=visit.arrival_slot,
        departure_slot=visit.departure_slot if true else visit.told_departure_slot,
        energy_wh=visit.energy_wh if true else visit.told_energy_wh,
        voltage_v=voltage_v,
        current_max_a=float(network.max_a[station])
        if scenario.quantised
        else min(float(network.max_a[station]), CAR_W / voltage_v),
        rates_a=network.rates_a[station] if scenario.quantised else None,
    )
    if scenario.tails:
        stay = visit.departure_slot - visit.arrival_slot
        return car, battery_for(visit.energy_wh, stay, voltage_v=voltage_v, as_published=as_published)
    return car, Ideal(visit.energy_wh)


def _wants(car: Car, visit: Visit) -> bool:
    """Does the car still count? With the truth known until it has its energy, else until it takes no more."""
    if car.full:
        return False
    return visit.energy_wh - car.delivered_wh > DONE_WH


def _known(current: float, car: Car, network: Network, scenario: Scenario) -> bool:
    if not 0 <= current <= network.max_a[car.station] + 1e-6:
        return False
    return not scenario.quantised or bool((np.abs(network.rates_a[car.station] - current) < 1e-6).any())


def _note(car: Car, current: float, taken_wh: float, *, estimate: bool, max_a: float) -> None:
    """Let the car remember what was metered, and the estimate of its maximum follow."""
    car.delivered_wh += taken_wh
    car.allowed_a, car.drawn_a = current, taken_wh / SLOT_H / car.voltage_v
    car.full = current >= _FULL_A and car.drawn_a < _FULL_A / 10
    if estimate:
        if current - car.drawn_a > _ESTIMATE_A:
            car.current_max_a = min(car.drawn_a + _ESTIMATE_A, max_a)
        elif car.current_max_a - car.drawn_a < _ESTIMATE_A:
            car.current_max_a = min(car.current_max_a + _ESTIMATE_A, max_a)
