"""The controllers that the literature compares with: uncontrolled, equal share, round robin, and the sorted ones.

A sorted one gives each car in turn all that still fits beside those before it. Where stations know few currents, a
car that wants no less than its station's minimum keeps at least that, the earliest departure first, and others stop:
nobody is interrupted who could go on.
"""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from bench.evaluation.world import Car, Floats, Network

__all__ = [
    "EqualShare",
    "RoundRobin",
    "Sorted",
    "Uncontrolled",
    "earliest_deadline",
    "first_come",
    "least_laxity",
]

Order: TypeAlias = Callable[[int, Car], float]
"""(slot, car) to a number: the smallest comes first."""


def first_come(slot: int, car: Car) -> float:  # noqa: ARG001 - one signature for all orders
    return car.arrival_slot


def earliest_deadline(slot: int, car: Car) -> float:  # noqa: ARG001 - one signature for all orders
    return math.inf if car.departure_slot is None else car.departure_slot


def least_laxity(slot: int, car: Car) -> float:
    """Slots that the car could wait and still be served at its maximum."""
    if car.departure_slot is None or car.energy_wh is None:
        return math.inf
    return car.departure_slot - slot - car.left_wh * 12 / car.voltage_v / max(car.current_max_a, 1e-9)


class Uncontrolled:
    """Everybody at once, whatever the wires say."""

    name = "uncontrolled"

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:  # noqa: ARG002 - the protocol's
        return np.array([car.current_max_a if car.rates_a is None else car.rates_a[-1] for car in cars])


class Sorted:
    """Each in turn gets all that still fits."""

    def __init__(self, name: str, network: Network, order: Order) -> None:
        self.name = name
        self._network = network
        self._order = order

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:  # noqa: ARG002 - the protocol's
        network = self._network
        given = _minima(network, cars)
        sums = network.phasors @ _at_stations(network, cars, given)
        stopped = [car.rates_a is not None and not least for car, least in zip(cars, given, strict=True)]
        for number in sorted(
            range(len(cars)), key=lambda i: (self._order(slot, cars[i]), cars[i].arrival_slot)
        ):
            if stopped[number]:
                continue
            car = cars[number]
            column = network.phasors[:, car.station]
            sums = sums - column * given[number]
            given[number] = _highest(car, network.room_a(sums, car.station))
            sums = sums + column * given[number]
        return given


class EqualShare:
    """All currents rise together; who meets a limit, or has enough, stays where it is. Currents of any size."""

    name = "equal share"

    def __init__(self, network: Network) -> None:
        self._network = network

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:  # noqa: ARG002 - the protocol's
        network = self._network
        most = np.array([car.most_a() for car in cars])
        stations = np.array([car.station for car in cars])
        given, rising = np.zeros(len(cars)), np.ones(len(cars), dtype=bool)
        level = 0.0
        while rising.any():
            low, high = level, float(most[rising].max())
            if self._fits(stations, np.where(rising, np.minimum(high, most), given)):
                low = high
            while high - low > 1e-4:
                middle = (low + high) / 2
                if self._fits(stations, np.where(rising, np.minimum(middle, most), given)):
                    low = middle
                else:
                    high = middle
            level = low
            given = np.where(rising, np.minimum(level, most), given)
            sums = network.phasors[:, stations] @ given
            for i in np.flatnonzero(rising):
                rest = sums - network.phasors[:, stations[i]] * given[i]
                if given[i] >= most[i] - 1e-9 or network.room_a(rest, int(stations[i])) < given[i] + 1e-3:
                    rising[i] = False
        return given

    def _fits(self, stations: "np.ndarray[tuple[int], np.dtype[np.int64]]", given: Floats) -> bool:
        network = self._network
        return bool((np.abs(network.phasors[:, stations] @ given) <= network.limit_a + 1e-9).all())


class RoundRobin:
    """One step of the station's currents to each in turn, first come first, until nobody's next step fits."""

    name = "round robin"

    def __init__(self, network: Network) -> None:
        self._network = network

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:  # noqa: ARG002 - the protocol's
        network = self._network
        steps = [_steps(car) for car in cars]
        given = _minima(network, cars)
        place = [
            int(np.searchsorted(own, current + 1e-9)) - 1 for own, current in zip(steps, given, strict=True)
        ]
        sums = network.phasors @ _at_stations(network, cars, given)
        queue = sorted(
            (i for i, car in enumerate(cars) if car.rates_a is None or given[i]),
            key=lambda i: cars[i].arrival_slot,
        )
        while queue:
            going = []
            for i in queue:
                if place[i] + 1 >= len(steps[i]):
                    continue
                more = steps[i][place[i] + 1] - given[i]
                tried = sums + network.phasors[:, cars[i].station] * more
                if (np.abs(tried) <= network.limit_a + 1e-9).all():
                    sums, given[i] = tried, given[i] + more
                    place[i] += 1
                    going.append(i)
            queue = going
        return given


def _steps(car: Car) -> Floats:
    """What a car can be raised through, 0 first."""
    most = car.most_a()
    if car.rates_a is None:
        return np.append(np.arange(0.0, most, 1.0), most)
    below = car.rates_a[(car.rates_a <= max(most, float(car.rates_a[1])) + 1e-9)]
    return np.asarray(below, dtype=np.float64)


def _minima(network: Network, cars: Sequence[Car]) -> Floats:
    """The least current of stations that know few currents, to as many cars as fit, the earliest departure first."""
    given = np.zeros(len(cars))
    sums = np.zeros(len(network.limit_a), dtype=np.complex128)
    for i in sorted(range(len(cars)), key=lambda i: (earliest_deadline(0, cars[i]), cars[i].arrival_slot)):
        rates = cars[i].rates_a
        if rates is None:
            continue
        tried = sums + network.phasors[:, cars[i].station] * rates[1]
        if (np.abs(tried) <= network.limit_a + 1e-9).all():
            sums, given[i] = tried, float(rates[1])
    return given


def _highest(car: Car, room_a: float) -> float:
    """The most that fits and that the station knows."""
    most = min(car.most_a(), room_a)
    if car.rates_a is None:
        return most
    # a car takes less than the least current of its station when it is nearly full
    most = max(most, min(float(car.rates_a[1]), room_a))
    return float(car.rates_a[np.searchsorted(car.rates_a, most + 1e-6) - 1])


def _at_stations(network: Network, cars: Sequence[Car], given: Floats) -> Floats:
    found = np.zeros(len(network.stations))
    found[[car.station for car in cars]] = given
    return found
