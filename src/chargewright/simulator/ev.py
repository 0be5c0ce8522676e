"""Cars: a battery with constant current and constant voltage, an on-board charger, and how a pilot is followed.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """One car. Powers and energies are on the side of the grid; the battery's losses are inside `capacity_wh`.

    From `knee_soc` on the power that the battery takes falls linearly to a twentieth at full (the constant-voltage
    part); a knee of 1 is an ideal battery. `wakes_within_s`: how long a car that was paused needs to draw again;
    None if it never does.
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
        """Drawn now, per loaded conductor."""
        self.phases: Floats = np.ones(n)
        self.soc: Floats = np.zeros(n)
        self.delivered_wh: Floats = np.zeros(n)
        """To the car that is there now, since it came; what it got stays here until the next one comes."""
        self.comings = 0
        """Changes with each arrival: who depends on how cars are wired looks here."""
        self.cars = 0
        self._register_base_wh: Floats = np.zeros(n)
        self._watts_per_a: Floats = np.zeros(n)
        self._max_a: Floats = np.zeros(n)
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
        """What each car lets itself draw at present, the battery apart."""
        self._cap_next_a: Floats = np.zeros(n)
        self._cap_next_at_s: Floats = np.full(n, np.inf)
        self._cap_due_s = np.inf
        self._paused_since_s: Floats = np.zeros(n)
        """Since when it has not been allowed to draw; infinite while it is."""
        self._awake_at_s: Floats = np.zeros(n)
        self._time_s = 0.0
        self._scratch: Floats = np.zeros(n)

    def arrive(self, place: int, car: Car) -> None:
        """A car plugs in."""
        self.comings += 1
        self.cars += int(not self.present[place])
        self._register_base_wh[place] += self.delivered_wh[place]
        self.present[place] = True
        self.current_a[place] = 0.0
        self.phases[place] = car.phases
        self.soc[place] = car.soc
        self.delivered_wh[place] = 0.0
        self._watts_per_a[place] = car.phases * self._voltage_v[place]
        self._capacity_wh[place] = car.capacity_wh
        self._per_capacity[place] = 1.0 / car.capacity_wh
        self._target[place] = car.soc_target
        is_full = car.soc >= car.soc_target
        self._max_a[place] = 0.0 if is_full else car.current_max_a
        # what rounding leaves: a battery a billionth short of its target is there
        self._full_at[place] = np.inf if is_full else car.soc_target - 1e-9
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
        """What all cars draw together."""
        return float(self._watts_per_a @ self.current_a)

    @property
    def register_wh(self) -> Floats:
        """What each EVSE's meter shows; it never goes back."""
        return self._register_base_wh + self.delivered_wh

    def set_registers(self, register_wh: Floats) -> None:
        """Let the meters have counted before. Only before the first car."""
        assert not self.comings, "meters are set when they are built in"
        self._register_base_wh[:] = register_wh

    @property
    def full(self) -> Flags:
        """The battery takes no more."""
        return self.present & (self.soc >= self._target)

    def acceptance_a(self) -> Floats:
        """What each car would draw now if nothing held it back. 0 where it is full, or nobody is there."""
        return self._max_a * np.clip((1.0 - self.soc) * self._slope, TAIL_FLOOR, 1.0)

    def step(self, pilot_a: Floats, dt_s: float = 1.0) -> None:
        """Let `dt_s` pass under these pilots: cars follow, wake or sleep, batteries fill.

        The current of the whole step is what flows at its end; a battery that fills up inside the step takes only
        what is missing.
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
        self.soc = before + taken * self._per_capacity
        filled = self.soc >= self._full_at
        if filled.any():
            for place in np.flatnonzero(filled):
                self._fill(int(place), float(before[place]), taken)
        self.delivered_wh += taken

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
        offered_before = self._pilot_a[place] >= PILOT_MIN_A
        offered = pilot_a >= PILOT_MIN_A
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
        self._cap_next_a[place] = pilot_a if offered else 0.0
        self._cap_next_at_s[place] = acts_at_s
        self._cap_due_s = float(self._cap_next_at_s.min())
