"""Cars: a battery with constant current and constant voltage, an on-board charger, and how a pilot is followed.

A pilot, and the current that follows it, is negative where a car gives energy back.

Pure, and an array a quantity: all cars of a site step at once, because each second of a day is computed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Car", "Fleet"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PILOT_MIN_A = 6.0
"""IEC 61851-1: below 6 A a pilot says that nothing may be drawn."""

TAIL_FLOOR = 0.05
"""Part of the full power that a battery still takes just before it is full."""

_FULL_WITHIN = 1e-9
"""What rounding leaves: a battery a billionth short of its target is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """One car. Powers and energies are on the side of the grid; the losses of charging are inside `capacity_wh`.

    From `knee_soc` on the power that the battery takes falls linearly to a twentieth at full (the constant-voltage
    part); a knee of 1 is an ideal battery. `wakes_within_s`: how long a car that was paused needs to draw again;
    None if it never does. Of a Wh that was drawn a car gives back `round_trip_efficiency` at most: to give one, 1 / that
    much leaves the battery.
    """

    current_max_a: float = 32.0
    phases: int = 1
    capacity_wh: float = 60_000.0
    soc: float = 0.3
    soc_target: float = 1.0
    """Where it stops: full, or the charge limit that many drivers set."""
    knee_soc: float = 0.85
    follow_s: float = 2.0
    """How long it takes to follow a changed pilot; the standard allows 5 s."""
    sleeps_after_s: float = 600.0
    """Paused for longer than this it sleeps."""
    wakes_within_s: float | None = 8.0
    discharge_max_a: float = 0.0
    """What it can give back; 0: it only charges."""
    soc_reserve: float = 0.2
    """Below this it gives nothing."""
    round_trip_efficiency: float = 1.0


class Fleet:
    """The cars at the EVSEs of a site, one place an EVSE, all stepped together. Shape of every array: [evse].

    What a car does between two changes of its pilot is kept as a cap on its current, so that a step is a handful of
    operations on arrays; changes themselves are few and handled one by one.
    """

    def __init__(self, voltage_v: Floats) -> None:
        """`voltage_v` stands across each loaded conductor of the EVSE."""
        n = len(voltage_v)
        self._voltage_v = voltage_v
        self.present: Flags = np.zeros(n, dtype=bool)
        self.current_a: Floats = np.zeros(n)
        """Drawn now, per loaded conductor; negative: given back."""
        self.phases: Floats = np.ones(n)
        self.soc: Floats = np.zeros(n)
        self.delivered_wh: Floats = np.zeros(n)
        """To the car that is there now, since it came; what it got stays here until the next one comes. What it gave
        back is not taken off."""
        self.exported_wh: Floats = np.zeros(n)
        """Given back by the car that is there now, in the same way."""
        self.giving = False
        """Whether any car was told to give back. While none is, a step does nothing about it."""
        self.comings = 0
        """Changes with each arrival: who depends on how cars are wired looks here."""
        self.cars = 0
        self._register_base_wh: Floats = np.zeros(n)
        self._export_base_wh: Floats = np.zeros(n)
        self._watts_per_a: Floats = np.zeros(n)
        self._max_a: Floats = np.zeros(n)
        """What it may draw at most: nothing once it is full."""
        self._draws_a: Floats = np.zeros(n)
        self._gives_a: Floats = np.zeros(n)
        self._reserve: Floats = np.zeros(n)
        self._per_given: Floats = np.ones(n)
        """What leaves the battery for each Wh that reaches the grid."""
        self._capacity_wh: Floats = np.ones(n)
        self._per_capacity: Floats = np.zeros(n)
        self._target: Floats = np.ones(n)
        self._full_at: Floats = np.full(n, np.inf)
        self._slope: Floats = np.zeros(n)
        self._follow_s: Floats = np.ones(n)
        self._sleeps_after_s: Floats = np.zeros(n)
        self._wakes_within_s: Floats = np.zeros(n)
        self._pilot_a: Floats = np.zeros(n)
        self._cap_a: Floats = np.zeros(n)
        """What each car lets itself draw at present, the battery apart; negative: what it gives."""
        self._cap_next_a: Floats = np.zeros(n)
        self._cap_next_at_s: Floats = np.full(n, np.inf)
        self._cap_due_s = np.inf
        self._paused_since_s: Floats = np.zeros(n)
        """Since when it has been asked for nothing, neither to draw nor to give."""
        self._awake_at_s: Floats = np.zeros(n)
        self._time_s = 0.0
        self._scratch: Floats = np.zeros(n)

    def arrive(self, place: int, car: Car) -> None:
        """A car plugs in."""
        self.comings += 1
        self.cars += int(not self.present[place])
        self._register_base_wh[place] += self.delivered_wh[place]
        self._export_base_wh[place] += self.exported_wh[place]
        self.present[place] = True
        self.current_a[place] = 0.0
        self.phases[place] = car.phases
        self.soc[place] = car.soc
        self.delivered_wh[place] = self.exported_wh[place] = 0.0
        self._watts_per_a[place] = car.phases * self._voltage_v[place]
        self._capacity_wh[place] = car.capacity_wh
        self._per_capacity[place] = 1.0 / car.capacity_wh
        self._target[place] = car.soc_target
        is_full = car.soc >= car.soc_target
        self._max_a[place] = 0.0 if is_full else car.current_max_a
        self._draws_a[place] = car.current_max_a
        self._gives_a[place] = car.discharge_max_a
        self._reserve[place] = car.soc_reserve
        self._per_given[place] = 1.0 / car.round_trip_efficiency
        self._full_at[place] = np.inf if is_full else car.soc_target - _FULL_WITHIN
        self._slope[place] = 1.0 / max(1.0 - car.knee_soc, 1e-9)
        self._follow_s[place] = car.follow_s
        self._sleeps_after_s[place] = car.sleeps_after_s
        self._wakes_within_s[place] = np.inf if car.wakes_within_s is None else car.wakes_within_s
        self._pilot_a[place] = self._cap_a[place] = 0.0
        self._cap_next_at_s[place] = np.inf
        self._paused_since_s[place] = self._time_s
        self._awake_at_s[place] = np.inf

    def leave(self, place: int) -> None:
        """A car unplugs."""
        self.cars -= int(self.present[place])
        self.present[place] = False
        for array in (self.current_a, self._max_a, self._cap_a, self._pilot_a):
            array[place] = 0.0
        self._cap_next_at_s[place] = self._full_at[place] = np.inf

    @property
    def power_w(self) -> float:
        """What all cars draw together, less what they give; negative: they give more."""
        return float(self._watts_per_a @ self.current_a)

    @property
    def given_power_w(self) -> float:
        """What those that give back give together."""
        if not self.giving:
            return 0.0
        return float(self._watts_per_a @ np.maximum(-self.current_a, 0.0))

    @property
    def register_wh(self) -> Floats:
        """What each EVSE's meter shows as drawn; it never goes back."""
        return self._register_base_wh + self.delivered_wh

    @property
    def export_register_wh(self) -> Floats:
        """What each EVSE's meter shows as given back; it never goes back either."""
        return self._export_base_wh + self.exported_wh

    def set_registers(self, register_wh: Floats, export_register_wh: Floats | None = None) -> None:
        """Let the meters have counted before. Only before the first car."""
        assert not self.comings, "meters are set when they are built in"
        self._register_base_wh[:] = register_wh
        if export_register_wh is not None:
            self._export_base_wh[:] = export_register_wh

    @property
    def full(self) -> Flags:
        """The battery takes no more."""
        return self.present & (self.soc >= self._target)

    def acceptance_a(self) -> Floats:
        """What each car would draw now if nothing held it back. 0 where it is full, or nobody is there."""
        return self._max_a * np.clip((1.0 - self.soc) * self._slope, TAIL_FLOOR, 1.0)

    def step(self, pilot_a: Floats, dt_s: float = 1.0) -> None:
        """Let `dt_s` pass under these pilots: cars follow, wake or sleep, batteries fill or give.

        The current of the whole step is what flows at its end; a battery that fills up inside the step takes only
        what is missing, and one that comes to its reserve gives only what is above it.
        """
        begin_s = self._time_s
        end_s = self._time_s = begin_s + dt_s
        if not self.cars:
            return
        changed = pilot_a != self._pilot_a
        if changed.any():
            for place in np.flatnonzero(changed & self.present):
                self._pilot_changed(int(place), float(pilot_a[place]), begin_s)
        if end_s >= self._cap_due_s:
            due = self._cap_next_at_s <= end_s
            self._cap_a[due] = self._cap_next_a[due]
            self._cap_next_at_s[due] = np.inf
            self._cap_due_s = float(self._cap_next_at_s.min())
            self.giving = bool(self._cap_a.min() < 0)
        current, taken = self.current_a, self._scratch
        # The battery's tail: full power up to the knee, then a linear fall to the floor.
        np.subtract(1.0, self.soc, out=taken)
        taken *= self._slope
        np.minimum(taken, 1.0, out=taken)
        np.maximum(taken, TAIL_FLOOR, out=taken)
        taken *= self._max_a
        np.minimum(taken, self._cap_a, out=current)
        np.multiply(current, self._watts_per_a, out=taken)
        taken *= dt_s / 3600
        before = self.soc
        if self.giving:
            self._give(taken)
        else:
            self.soc = before + taken * self._per_capacity
        filled = self.soc >= self._full_at
        if filled.any():
            for place in np.flatnonzero(filled):
                self._fill(int(place), float(before[place]), taken)
        self.delivered_wh += taken

    def _give(self, taken_wh: Floats) -> None:
        """Move the charge of all batteries, those that give included, and leave in `taken_wh` what was drawn."""
        places = np.flatnonzero(self._cap_a < 0)
        wished_wh = -taken_wh[places]
        spare_wh = np.maximum(self.soc[places] - self._reserve[places], 0.0) * self._capacity_wh[places]
        given_wh = np.minimum(wished_wh, spare_wh / self._per_given[places])
        self.current_a[places] *= given_wh / wished_wh
        self.exported_wh[places] += given_wh
        taken_wh[places] = -given_wh * self._per_given[places]
        self.soc = self.soc + taken_wh * self._per_capacity
        taken_wh[places] = 0.0
        # who was full has room again
        again = places[self.soc[places] < self._target[places] - _FULL_WITHIN]
        self._max_a[again] = self._draws_a[again]
        self._full_at[again] = self._target[again] - _FULL_WITHIN

    def _fill(self, place: int, soc: float, taken_wh: Floats) -> None:
        """Let a battery that reaches its target within the step take what was missing."""
        target = float(self._target[place])
        missing_wh = max(target - soc, 0.0) * float(self._capacity_wh[place])
        offered_wh = float(taken_wh[place])
        if offered_wh > missing_wh:
            self.current_a[place] *= missing_wh / offered_wh
            taken_wh[place] = missing_wh
        self.soc[place] = max(target, soc)
        self._max_a[place] = 0.0
        self._full_at[place] = np.inf

    def _pilot_changed(self, place: int, pilot_a: float, at_s: float) -> None:
        """Note what a car will do about its new pilot, and when."""
        offered_before = self._asked_a(place, float(self._pilot_a[place])) != 0
        asked_a = self._asked_a(place, pilot_a)
        offered = asked_a != 0
        self._pilot_a[place] = pilot_a
        if offered and not offered_before:
            slept = at_s - self._paused_since_s[place] > self._sleeps_after_s[place]
            self._awake_at_s[place] = at_s + self._wakes_within_s[place] if slept else at_s
        elif offered_before and not offered and at_s >= self._awake_at_s[place]:
            self._paused_since_s[place] = at_s
        # Until it follows it draws at most what it drew: it does not climb on a pilot that is being taken back.
        self._cap_a[place] = self.current_a[place]
        acts_at_s = at_s + float(self._follow_s[place])
        if offered:
            acts_at_s = max(acts_at_s, float(self._awake_at_s[place]))
        self._cap_next_a[place] = asked_a
        self._cap_next_at_s[place] = acts_at_s
        self._cap_due_s = float(self._cap_next_at_s.min())

    def _asked_a(self, place: int, pilot_a: float) -> float:
        """What a pilot asks of this car: to draw at most so much, to give so much (negative), or nothing."""
        if pilot_a < 0:
            return max(pilot_a, -float(self._gives_a[place]))
        return pilot_a if pilot_a >= PILOT_MIN_A else 0.0
