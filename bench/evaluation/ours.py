"""The product as a controller: `plan()` anew in every slot, with the cars that are there and what is known of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from bench.evaluation.data import Replay
from bench.evaluation.world import Car, Floats, Network

from chargewright.charging.planner.plan import Engine, Plan, plan
from chargewright.charging.planner.problem import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Site, from_network
from chargewright.ids import SiteId, StationId

__all__ = ["Planned"]

STAY_SLOTS = 72
"""Six hours: what is assumed of a car whose driver said nothing."""

OVERDUE_SLOTS = 12
"""A car that should have left is thought to stay an hour more."""

_KEEPS = 1 - 1e-7

UNTOLD_WH = 20_000.0
"""What is assumed of a car whose driver named no energy; and once it has that, as much again."""


class Planned:
    """Plans the site in every slot and lets each car draw what the first slot says."""

    def __init__(
        self,
        name: str,
        replay: Replay,
        network: Network,
        *,
        limit_kw: float,
        goal: Goal,
        engine: Engine = "auto",
        quantised: bool = False,
        charge: Callable[[int], tuple[float, float]] | None = None,
        expected: Callable[[int], list[Session]] | None = None,
        **arguments: Any,
    ) -> None:
        """Fix what does not change from slot to slot.

        `charge`: slot to (what a kW of new peak costs as seen from then, the W below which it costs nothing).
        `expected`: slot to the cars that are likely to come.
        """
        self.name = name
        self.site = _site(replay, limit_kw, quantised=quantised)
        self._replay = replay
        self._network = network
        self._goal = goal
        self._engine = engine
        self._charge = charge
        self._expected = expected
        self._arguments = arguments
        self._any_current = not quantised
        self.engines: dict[str, int] = {}
        """How many plans each engine made."""
        self.gap_max = 0.0
        self.refused = 0
        """Plans that the checker refused; their cars get nothing."""

    def currents(self, slot: int, cars: Sequence[Car], peak_w: float) -> Floats:
        now = self._replay.at(slot)
        per_kw, floor_w = self._charge(slot) if self._charge else (0.0, 0.0)
        sessions = [self._session(slot, car) for car in cars]
        if self._expected:
            sessions += self._expected(slot)
        made = self._plan(now, sessions, per_kw, max(peak_w, floor_w))
        self.engines[made.engine] = self.engines.get(made.engine, 0) + 1
        self.gap_max = max(self.gap_max, made.gap or 0.0)
        if made.violations:
            self.refused += 1
            return np.zeros(len(cars))
        if self._any_current:
            return _before_tenths(made, len(cars))
        return np.asarray(made.tenths_a[: len(cars), 0] / 10)

    def _plan(self, now: datetime, sessions: list[Session], per_kw: float, peak_w: float) -> Plan:
        return plan(
            self.site,
            sessions,
            now=now,
            goal=self._goal,
            engine=self._engine,
            demand_charge_per_kw=per_kw,
            peak_so_far_w=peak_w,
            **self._arguments,
        )

    def _session(self, slot: int, car: Car) -> Session:
        at = self._replay.at
        departure = car.departure_slot
        if departure is None:
            departure = car.arrival_slot + STAY_SLOTS
        if departure <= slot:
            departure = slot + OVERDUE_SLOTS
        left_wh = car.left_wh
        if car.energy_wh is None:
            left_wh = UNTOLD_WH - car.delivered_wh % UNTOLD_WH
        elif left_wh < 1.0:
            # it still draws, so it wants more than was said
            left_wh = UNTOLD_WH / 4
        return Session(
            id=car.id,
            evse=EvseKey(StationId(self._network.stations[car.station])),
            arrival=at(min(car.arrival_slot, slot)),
            departure=at(departure),
            energy_wh=left_wh,
            energy_delivered_wh=car.delivered_wh,
            current_max_a=car.current_max_a
            if car.rates_a is None
            else max(car.current_max_a, float(car.rates_a[1])),
            current_min_a=0.0 if car.rates_a is None else float(car.rates_a[1]),
            rates_a=None if car.rates_a is None else tuple(car.rates_a.tolist()),
            charging=car.drawn_a > 0,
        )


def _before_tenths(made: Plan, count: int) -> Floats:
    """What the first slot of a plan says of the first sessions before it is counted in tenths of an ampere."""
    # solvers keep limits to a share of a millionth; the harness looks closer
    return np.asarray(made.problem.dense(made.solution.current_a)[:count, 0] * _KEEPS)


def _site(replay: Replay, limit_kw: float, *, quantised: bool) -> Site:
    rated = any(key.endswith("transformer_kw") for key in replay.network["parameters"])
    site = from_network(replay.network, site_id=SiteId(replay.name), limit_kw=limit_kw if rated else None)
    if quantised:
        return site
    return replace(
        site, evses={key: replace(evse, current_min_a=0.0, rates_a=None) for key, evse in site.evses.items()}
    )
