"""A simulated site without its sockets: cars come and go, stations act, physics judges, one second after the other.

Pure: whoever drives it moves the time and carries texts. `step` first lets a second's current flow under the limits
that were in force, then lets happen what is due at its end.
"""

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from chargewright.errors import InvalidInput
from chargewright.simulator.dialect_v2 import DialectV2
from chargewright.simulator.dialect_v16 import DialectV16
from chargewright.simulator.ev import Flags, Fleet, Floats
from chargewright.simulator.evse import NEVER
from chargewright.simulator.link import Counters, Dialect, StationLink
from chargewright.simulator.mishaps import break_down, repair
from chargewright.simulator.physics import Judge, Place, wiring_of
from chargewright.simulator.scenario import Arrival, Fault, Scenario
from chargewright.simulator.station import Measured, Station

__all__ = ["FAULT_KINDS", "Session", "Story", "World", "check_scenario", "story_of"]

FAULT_KINDS = frozenset(
    {
        "clock_off",
        "evse_broken",
        "external_limit",
        "ignores_limit",
        "late_answers",
        "link_lost",
        "no_composite",
        "reboot",
        "rejects_profiles",
    }
)

DRAWS_A = 0.1
"""A car below this draws nothing, and gives nothing."""

DEADLINES_EVERY_S = 5
"""How often the calls that wait for an answer are looked at."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Story:
    """One thing that happens from outside. At one instant what ends goes before what begins."""

    at: datetime
    rank: int
    number: int
    what: Arrival | Fault = field(compare=False)
    begins: bool = field(compare=False, default=True)


def story_of(scenario: Scenario) -> list[Story]:
    """Arrivals, departures and faults, in order of time."""
    found: list[Story] = []
    for n, arrival in enumerate(scenario.arrivals):
        found.append(Story(arrival.departure, 0, n, arrival, begins=False))
        found.append(Story(arrival.at, 1, n, arrival))
    for n, fault in enumerate(scenario.faults):
        found.append(Story(fault.at, 1, n, fault))
        found.append(Story(fault.at + timedelta(seconds=fault.duration_s), 0, n, fault, begins=False))
    return sorted(found)


def check_scenario(scenario: Scenario, places: Iterable[Place]) -> None:
    """Raise `InvalidInput` for a story that cannot be told."""
    evses = {(spec.id, n) for spec in scenario.stations for n in range(1, spec.evses + 1)}
    missing = evses ^ set(places)
    if missing:
        raise InvalidInput("stands either in the wiring or among the stations only", where=str(min(missing)))
    free_at: dict[Place, datetime] = {}
    for arrival in sorted(scenario.arrivals, key=lambda a: a.at):
        place = arrival.station_id, arrival.evse_id
        where = f"arrival at {place} {arrival.at.isoformat()}"
        if place not in evses:
            raise InvalidInput("there is no such EVSE", where=where)
        if arrival.departure <= arrival.at:
            raise InvalidInput("it leaves before it comes", where=where)
        if place in free_at and arrival.at < free_at[place]:
            raise InvalidInput("the car before it is still there", where=where)
        free_at[place] = arrival.departure
    _check_v2x(scenario)
    ids = {spec.id for spec in scenario.stations}
    older = {spec.id for spec in scenario.stations if spec.version == "ocpp1.6"}
    over_at: dict[tuple[str, str], datetime] = {}
    for fault in sorted(scenario.faults, key=lambda fault: fault.at):
        if fault.kind not in FAULT_KINDS or fault.station_id not in ids:
            raise InvalidInput(
                f"no such fault or station; faults are {', '.join(sorted(FAULT_KINDS))}",
                where=f"fault {fault.kind} at {fault.station_id}",
            )
        if fault.kind == "external_limit" and fault.station_id in older:
            raise InvalidInput("1.6 has no words for it", where=f"fault {fault.kind} at {fault.station_id}")
        if fault.kind == "evse_broken" and (fault.station_id, int(fault.value) or 1) not in evses:
            raise InvalidInput("there is no such EVSE", where=f"fault {fault.kind} at {fault.station_id}")
        key = fault.station_id, fault.kind
        if key in over_at and fault.at < over_at[key]:
            raise InvalidInput("the same fault is there already", where=f"fault {fault.kind} at {key[0]}")
        over_at[key] = fault.at + timedelta(seconds=fault.duration_s)


def _check_v2x(scenario: Scenario) -> None:
    for spec in scenario.stations:
        if spec.v2x and spec.version != "ocpp2.1":
            raise InvalidInput("only 2.1 has words for V2X", where=f"station {spec.id}")
    for arrival in scenario.arrivals:
        car, where = arrival.car, f"car of {arrival.id_token} at {arrival.station_id}"
        if car.discharge_max_a < 0:
            raise InvalidInput("discharge_max_a is below 0", where=where)
        if not 0 <= car.soc_reserve <= 1:
            raise InvalidInput("soc_reserve is not between 0 and 1", where=where)
        if not 0 < car.round_trip_efficiency <= 1:
            raise InvalidInput("round_trip_efficiency is not above 0 and at most 1", where=where)


@dataclass(slots=True)
class Session:
    """One stay of one car, and what it got. The truth, whatever anybody was told."""

    arrival: Arrival
    delivered_wh: float = 0.0
    exported_wh: float = 0.0
    """What it gave back; not taken off from what it got."""
    over: bool = False


class World:
    """Stations, cars and wires of a scenario, at the instant `now`.

    Args:
        scenario: the story.
        start: the first instant; may be before the scenario's, so that stations can connect first.
        call_timeout_s: how long calls of stations wait, in the monotonic seconds that `now_s` counts.

    """

    def __init__(self, scenario: Scenario, *, start: datetime, call_timeout_s: float = 30.0) -> None:
        wiring = wiring_of(scenario.site)
        check_scenario(scenario, wiring.places)
        self.scenario = scenario
        self.now = start
        self.judge = Judge(wiring)
        self.counters = Counters()
        self.sessions = [Session(arrival) for arrival in scenario.arrivals]
        self._place = {place: p for p, place in enumerate(wiring.places)}
        self._conductors = wiring.conductors
        self._story = story_of(scenario)
        self._told = 0
        self._pilot_a: Floats = np.zeros(len(wiring.places))
        self._drawing: Flags = np.zeros(len(wiring.places), dtype=bool)
        self._limit_until = [NEVER] * len(wiring.places)
        self._limits_due = NEVER
        rng = random.Random(scenario.seed)
        # Meters count since they were built in: who takes a register for a session's energy is found out.
        back = random.Random(f"{scenario.seed} given back")
        two_way = {spec.id for spec in scenario.stations if spec.v2x}
        self.fleet.set_registers(
            np.array([rng.randrange(100_000, 30_000_000) for _ in wiring.places], dtype=float),
            np.array(
                [back.randrange(1_000_000) if id_ in two_way else 0 for id_, _ in wiring.places], dtype=float
            ),
        )
        self.links = [
            self._link(n, rng.getrandbits(64), call_timeout_s) for n in range(len(scenario.stations))
        ]
        self._number = {link.station.spec.id: n for n, link in enumerate(self.links)}
        self._evses = {
            p: (self._number[station_id], evse_id) for (station_id, evse_id), p in self._place.items()
        }
        self._due = [NEVER] * len(self.links)
        self._timers: list[tuple[datetime, int]] = []
        self._touched: dict[int, None] = {}

    @property
    def fleet(self) -> Fleet:
        return self.judge.fleet

    @property
    def pilot_a(self) -> Floats:
        """What each place may draw as its station has it, in the order of `place`."""
        return self._pilot_a

    def place(self, station_id: str, evse_id: int) -> int:
        """Where an EVSE stands in `pilot_a` and in the arrays of the fleet."""
        return self._place[station_id, evse_id]

    def _link(self, number: int, seed: int, call_timeout_s: float) -> StationLink:
        spec = self.scenario.stations[number]
        rng = random.Random(seed)
        station = Station(spec, self._meter(spec.id), rng)
        dialect: Dialect = DialectV16(station) if station.is_16 else DialectV2(station)
        return StationLink(
            station,
            dialect,
            message_ids=lambda: f"{rng.getrandbits(128):032x}",
            counters=self.counters,
            call_timeout_s=call_timeout_s,
        )

    def _meter(self, station_id: str) -> Callable[[int], Measured]:
        def meter(evse_id: int) -> Measured:
            fleet, p = self.fleet, self._place[station_id, evse_id]
            used = int(fleet.phases[p])
            current_a = float(fleet.current_a[p])
            currents = tuple(current_a if c < used else 0.0 for c in range(self._conductors[p]))
            return Measured(
                float(fleet.register_wh[p]),
                currents,
                exported_wh=float(fleet.export_register_wh[p]),
                soc=float(fleet.soc[p]) if fleet.present[p] else None,
            )

        return meter

    # --- time --------------------------------------------------------------------------------------------------

    def step(self, now_s: float) -> list[int]:
        """Let a second pass. Returns the numbers of the links where something happened, which may want to speak."""
        if self._limits_due <= self.now:
            self._renew_limits()
        at = self.now = self.now + SECOND
        self.judge.step(self._pilot_a, at)
        current_a = self.fleet.current_a
        drawing = (np.abs(current_a) if self.fleet.giving else current_a) > DRAWS_A
        changed = drawing != self._drawing
        if changed.any():
            self._drawing = drawing
            for p in np.flatnonzero(changed):
                number, evse_id = self._evses[int(p)]
                self.links[number].station.drawing_changed(evse_id, at, drawing=bool(drawing[p]))
                self._touched[number] = None
        while self._told < len(self._story) and self._story[self._told].at <= at:
            self._happen(self._story[self._told])
            self._told += 1
        while self._timers and self._timers[0][0] <= at:
            due, number = heapq.heappop(self._timers)
            if due == self._due[number]:
                self._due[number] = NEVER
                self.links[number].tick(at, now_s)
                self._touched[number] = None
        if int(at.timestamp()) % DEADLINES_EVERY_S == 0:
            self._check_deadlines(now_s)
        return self.settle(at)

    def touch(self, number: int) -> None:
        """Something came for this link: look at its limits and timers again at the next `settle`."""
        self._touched[number] = None

    def settle(self, at: datetime) -> list[int]:
        """Bring limits and timers of all touched links up to date. Returns their numbers."""
        if not self._touched:
            return []
        touched = list(self._touched)
        self._touched.clear()
        for number in touched:
            link = self.links[number]
            link.start_anew_if_due(at)
            self._renew_limits_of(number, at)
            due = link.due
            if due != self._due[number]:
                self._due[number] = due
                if due is not NEVER:
                    heapq.heappush(self._timers, (due, number))
        return touched

    def _check_deadlines(self, now_s: float) -> None:
        for number, link in enumerate(self.links):
            deadline_s = None if link.peer is None else link.peer.deadline_s()
            if deadline_s is not None and deadline_s <= now_s:
                link.tick(self.now, now_s)
                self._touched[number] = None

    # --- limits ------------------------------------------------------------------------------------------------

    def _renew_limits(self) -> None:
        now = self.now
        stale = {self._evses[p][0] for p, until in enumerate(self._limit_until) if until <= now}
        for number in sorted(stale):
            self._renew_limits_of(number, now)
            self._touched[number] = None
        self._limits_due = min(self._limit_until)

    def _renew_limits_of(self, number: int, at: datetime) -> None:
        station = self.links[number].station
        for evse_id in station.evses:
            p = self._place[station.spec.id, evse_id]
            self._pilot_a[p] = station.pilot_a(evse_id, at)
            until = self._limit_until[p] = station.limit_until(evse_id)
            self._limits_due = min(self._limits_due, until)

    # --- what happens from outside ---------------------------------------------------------------------------------

    def _happen(self, story: Story) -> None:
        what, at = story.what, self.now
        number = self._number[what.station_id]
        station = self.links[number].station
        self._touched[number] = None
        if isinstance(what, Fault):
            if what.kind == "reboot":
                if story.begins:
                    station.reboot(at, down_s=what.duration_s, reason="Watchdog")
            elif what.kind == "evse_broken":
                (break_down if story.begins else repair)(station, int(what.value) or 1, at)
            elif what.kind == "external_limit":
                for mind in station.on_external_limit:
                    mind(what.value if story.begins else None, at)
            elif story.begins:
                station.faults[what.kind] = what.value
                station.limits_changed()
            else:
                station.faults.pop(what.kind, None)
                station.limits_changed()
            return
        p = self._place[what.station_id, what.evse_id]
        session = self.sessions[story.number]
        if story.begins:
            car = what.car
            self.fleet.arrive(p, replace(car, phases=min(car.phases, self._conductors[p])))
            station.plug_in(what, at)
        else:
            station.unplug(what.evse_id, at)
            session.delivered_wh, session.over = float(self.fleet.delivered_wh[p]), True
            session.exported_wh = float(self.fleet.exported_wh[p])
            self.fleet.leave(p)
            self._drawing[p] = False

    def delivered_wh(self, session: Session) -> float:
        """What a stay has got so far."""
        return (
            session.delivered_wh
            if self._is_away(session)
            else float(self.fleet.delivered_wh[self._at(session)])
        )

    def exported_wh(self, session: Session) -> float:
        """What a stay has given back so far."""
        return (
            session.exported_wh
            if self._is_away(session)
            else float(self.fleet.exported_wh[self._at(session)])
        )

    def _is_away(self, session: Session) -> bool:
        return session.over or self.now < session.arrival.at

    def _at(self, session: Session) -> int:
        return self._place[session.arrival.station_id, session.arrival.evse_id]
