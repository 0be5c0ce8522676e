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
    """The cars at the EVSEs of a site, one place an EVSE, all stepped together. Shape of every array: [evse]."""

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
        """To the car that is there now, since it came."""
        self.register_wh: Floats = np.zeros(n)
        """What each EVSE's meter shows; it never goes back."""
        self._max_a: Floats = np.zeros(n)
        self._capacity_wh: Floats = np.ones(n)
        self._target: Floats = np.ones(n)
        self._knee: Floats = np.ones(n)
        self._follow_s: Floats = np.ones(n)
        self._sleeps_after_s: Floats = np.zeros(n)
        self._wakes_within_s: Floats = np.zeros(n)
        self._pilot_a: Floats = np.zeros(n)
        self._since_change_s: Floats = np.zeros(n)
        self._paused_s: Floats = np.zeros(n)
        self._waking_s: Floats = np.zeros(n)

    def arrive(self, place: int, car: Car) -> None:
        """A car plugs in."""
        self.present[place] = True
        self.current_a[place] = 0.0
        self.phases[place] = car.phases
        self.soc[place] = car.soc
        self.delivered_wh[place] = 0.0
        self._max_a[place] = car.current_max_a
        self._capacity_wh[place] = car.capacity_wh
        self._target[place] = car.soc_target
        self._knee[place] = car.knee_soc
        self._follow_s[place] = car.follow_s
        self._sleeps_after_s[place] = car.sleeps_after_s
        self._wakes_within_s[place] = np.inf if car.wakes_within_s is None else car.wakes_within_s
        self._pilot_a[place] = 0.0
        self._since_change_s[place] = np.inf
        self._paused_s[place] = 0.0
        self._waking_s[place] = 0.0

    def leave(self, place: int) -> None:
        """A car unplugs."""
        self.present[place] = False
        self.current_a[place] = 0.0
        self._pilot_a[place] = 0.0

    @property
    def power_w(self) -> Floats:
        return self.current_a * self.phases * self._voltage_v

    @property
    def full(self) -> Flags:
        """The battery takes no more."""
        return self.present & (self.soc >= self._target)

    def acceptance_a(self) -> Floats:
        """What each car would draw now if nothing held it back. 0 where it is full, or nobody is there."""
        tail = np.maximum((1.0 - self.soc) / np.maximum(1.0 - self._knee, 1e-9), TAIL_FLOOR)
        share = np.where(self.soc < self._knee, 1.0, np.minimum(tail, 1.0))
        return np.where(self.present & (self.soc < self._target), self._max_a * share, 0.0)

    def step(self, pilot_a: Floats, dt_s: float = 1.0) -> None:
        """Let `dt_s` pass under these pilots: cars follow, wake or sleep, batteries fill.

        The current of the whole step is what flows at its end; a battery that fills up inside the step takes only
        what is missing.
        """
        changed = pilot_a != self._pilot_a
        self._since_change_s = np.where(changed, 0.0, self._since_change_s + dt_s)
        self._pilot_a = np.where(changed, pilot_a, self._pilot_a)
        offered = self._pilot_a >= PILOT_MIN_A
        slept = self._paused_s > self._sleeps_after_s
        self._waking_s = np.where(offered & slept, self._waking_s + dt_s, 0.0)
        awake = ~slept | (self._waking_s >= self._wakes_within_s)
        self._paused_s = np.where(offered & awake, 0.0, self._paused_s + dt_s)
        target = np.where(offered & awake, np.minimum(self._pilot_a, self.acceptance_a()), 0.0)
        # A car goes down or up when its time to follow has passed; the battery's own fall is immediate.
        followed = self._since_change_s + dt_s >= self._follow_s
        current = np.where(followed, target, np.minimum(self.current_a, self.acceptance_a()))
        energy_wh = current * self.phases * self._voltage_v * dt_s / 3600
        room_wh = np.maximum(self._target - self.soc, 0.0) * self._capacity_wh
        taken_wh = np.where(self.present, np.minimum(energy_wh, room_wh), 0.0)
        self.current_a = np.where(energy_wh > 0, current * taken_wh / np.maximum(energy_wh, 1e-12), 0.0)
        soc = self.soc + taken_wh / self._capacity_wh
        # what rounding leaves: a battery a billionth short of its target is there
        self.soc = np.where(soc > self._target - 1e-9, np.maximum(self._target, self.soc), soc)
        self.delivered_wh += taken_wh
        self.register_wh += taken_wh
