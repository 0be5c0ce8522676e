"""Cars that are expected later in the day, from the days before: an input that `plan()` takes as sessions to come.

What is learnt is coarse on purpose: for each kind of day, hour of arrival and way of being wired, how many cars a day
came, what they took together and when the middle one left. Nothing of the day itself or of later days is looked at.
"""

import math
import statistics
from collections import defaultdict
from datetime import timedelta

import numpy as np
from bench.evaluation.data import CALIFORNIA, SLOT_S, Replay, Visit
from bench.evaluation.world import Network

from chargewright.charging.planner.problem import Session
from chargewright.charging.site import EvseKey
from chargewright.ids import StationId

__all__ = ["Expected"]

DAY_SLOTS = 86400 // SLOT_S
HOUR_SLOTS = 3600 // SLOT_S

LIGHT = 0.3
"""A kWh of a car that may come counts this much beside one of a car that is there."""

THURSDAY = 3


class Expected:
    """Foretells a day's arrivals from those of the days before it."""

    def __init__(self, replay: Replay, network: Network) -> None:
        self._replay = replay
        self._network = network
        _, kinds = np.unique(np.round(network.phasors.T, 9), axis=0, return_inverse=True)
        self._wiring = dict(zip(network.stations, kinds.reshape(-1).tolist(), strict=True))
        self._alike: dict[int, list[str]] = defaultdict(list)
        for station, wiring in self._wiring.items():
            self._alike[wiring].append(station)
        self._by_day: dict[int, list[Visit]] = defaultdict(list)
        for visit in replay.visits:
            self._by_day[visit.arrival_slot // DAY_SLOTS].append(visit)
        self._of_day: dict[int, list[Session]] = {}

    def after(self, slot: int) -> list[Session]:
        """Return the cars expected from `slot` to the end of its day."""
        day = slot // DAY_SLOTS
        if day not in self._of_day:
            self._of_day[day] = self._foretell(day)
        now = self._replay.at(slot)
        return [session for session in self._of_day[day] if session.arrival > now]

    def _kind(self, day: int) -> int:
        """Monday to Thursday are one kind of day, the other days each their own."""
        noon = self._replay.at(day * DAY_SLOTS) + timedelta(hours=12)
        return max(noon.astimezone(CALIFORNIA).weekday(), THURSDAY)

    def _foretell(self, day: int) -> list[Session]:
        days = [past for past in range(day) if self._kind(past) == self._kind(day)]
        groups: dict[tuple[int, int], list[tuple[int, int, float]]] = defaultdict(list)
        for past in days:
            for visit in self._by_day[past]:
                begin = visit.arrival_slot - past * DAY_SLOTS
                stay = visit.departure_slot - visit.arrival_slot
                groups[self._wiring[visit.station], begin // HOUR_SLOTS].append(
                    (begin, stay, visit.energy_wh)
                )
        found = []
        for (wiring, hour), visits in sorted(groups.items()):
            cars = len(visits) / len(days)
            parts = math.ceil(cars)
            begin = round(statistics.mean(at for at, _, _ in visits))
            end = begin + max(round(statistics.median(stay for _, stay, _ in visits)), 2)
            energy_wh = sum(wh for _, _, wh in visits) / len(days) / parts
            for part in range(parts):
                station = self._alike[wiring][part % len(self._alike[wiring])]
                found.append(
                    Session(
                        id=f"expected {wiring} {hour} {part}",
                        evse=EvseKey(StationId(station)),
                        arrival=self._replay.at(day * DAY_SLOTS + begin),
                        departure=self._replay.at(day * DAY_SLOTS + end),
                        energy_wh=energy_wh,
                        current_max_a=float(self._network.max_a[self._network.index[station]]) * cars / parts,
                        current_min_a=0.0,
                        weight=LIGHT,
                    )
                )
        return found
