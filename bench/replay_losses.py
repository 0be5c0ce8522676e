"""What cars would have taken beside what they got, moment by moment, and why they did not.

Each look raises the cars that are held back, one after the other, to what they would take, as far as the wires allow;
four times over, each time with one more thing that stands in the way:

1. nothing but the wires: any current, beside what the others draw at this moment;
2. the currents that the hardware knows;
3. limits that are above what cars draw: tails, cars that are done or slow to follow. Their room is kept for them;
4. any of the others may draw less at any moment: wires must hold for every mixture of currents below the limits.

What each takes away is the loss of that kind. What is possible even with the fourth is room that is nobody's:
a plan or a message is on its way, or the plan leaves it.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from chargewright.charging.site import EvseKey, from_network
from chargewright.csms.envelope import Wires
from chargewright.ids import EvseId, SiteId, StationId
from chargewright.simulator.scenario import Scenario
from chargewright.simulator.world import World

__all__ = ["LOOK_EVERY", "Losses"]

LOOK_EVERY = timedelta(seconds=60)

HELD_BACK_A = 0.5
"""A car that would take so much more is held back."""

STEP_A = 0.1

Floats = npt.NDArray[np.float64]
Rates = Sequence[Sequence[float] | None]


class Losses:
    """Sums over all looks."""

    def __init__(self, scenario: Scenario) -> None:
        site = from_network(
            scenario.site["network"], site_id=SiteId("losses"), limit_kw=scenario.site.get("limit_kw")
        )
        self._wires = Wires(site)
        self._may_a = np.array([[min(row.limit_a.values)] for row in site.rows]) + 1e-6
        self._directions = np.array([group.direction for row in site.rows for group in row.groups])
        self._row_of = np.array([r for r, row in enumerate(site.rows) for _ in row.groups])
        specs = {spec.id: spec for spec in scenario.stations}
        self._places = [(key.station_id, int(key.evse_id)) for key in site.evses]
        assert all(EvseKey(StationId(s), EvseId(e)) in site.evses for s, e in self._places)
        self._known_a: Rates = [specs[station].rates_a for station, _ in self._places]
        self._any_a: Rates = [None] * len(self._places)
        self._watts_per_a = np.array([specs[station].voltage_v for station, _ in self._places])
        self._wh = np.zeros(4)

    def look(self, world: World) -> None:
        """Take one look at the cars and what they may draw."""
        order = [world.place(station, evse) for station, evse in self._places]
        fleet = world.fleet
        would_a, drawn_a = fleet.acceptance_a()[order], fleet.current_a[order]
        held = np.flatnonzero(would_a > drawn_a + HELD_BACK_A)
        if not len(held):
            return
        kept_a = np.maximum(world.pilot_a[order] * fleet.present[order], drawn_a)
        left_w = [
            self._more_w(drawn_a, would_a, held, self._any_a, mixtures=False),
            self._more_w(drawn_a, would_a, held, self._known_a, mixtures=False),
            self._more_w(kept_a, would_a, held, self._known_a, mixtures=False),
            self._more_w(kept_a, would_a, held, self._known_a, mixtures=True),
        ]
        # each is raised greedily: one that meets more in its way may by chance end a little higher
        left_w = np.minimum.accumulate(left_w).tolist()
        self._wh += -np.diff([*left_w, 0.0]) * (LOOK_EVERY / timedelta(hours=1))

    def kwh(self) -> dict[str, float]:
        """What was not taken, by cause."""
        causes = ("hardware_steps", "limits_above_draw", "mixtures", "nobodys")
        return {cause: round(float(wh) / 1000, 2) for cause, wh in zip(causes, self._wh, strict=True)}

    def _more_w(
        self, from_a: Floats, would_a: Floats, held: npt.NDArray[np.int64], rates: Rates, *, mixtures: bool
    ) -> float:
        """How much more the held ones could draw: the better of two orders, least missing first and last."""
        order = sorted(held.tolist(), key=lambda i: would_a[i] - from_a[i])
        return max(self._raised_w(from_a, would_a, o, rates, mixtures=mixtures) for o in (order, order[::-1]))

    def _raised_w(
        self, from_a: Floats, would_a: Floats, order: Sequence[int], rates: Rates, *, mixtures: bool
    ) -> float:
        told_a, gained_w = from_a.copy(), 0.0
        for i in order:
            known_a = rates[i] or np.arange(told_a[i] + STEP_A, would_a[i] + STEP_A, STEP_A).tolist()
            # the first that covers what it would take is the highest that makes sense
            above = [a for a in known_a if a > told_a[i] + 1e-9]
            above = above[: int(np.searchsorted(above, would_a[i] - 1e-9)) + 1]
            best_a = told_a[i]
            low, high = 0, len(above)
            while low < high:
                middle = (low + high) // 2
                if self._fits(told_a, i, above[middle], mixtures=mixtures):
                    best_a, low = above[middle], middle + 1
                else:
                    high = middle
            gained_w += max(min(best_a, would_a[i]) - min(told_a[i], would_a[i]), 0.0) * self._watts_per_a[i]
            told_a[i] = best_a
        return float(gained_w)

    def _fits(self, told_a: Floats, i: int, to_a: float, *, mixtures: bool) -> bool:
        currents_a = told_a.copy()
        currents_a[i] = to_a
        sums_a = self._wires.weights @ currents_a
        if mixtures:
            return all(
                self._wires.within(row, sums_a[:, None], self._may_a).all() for row in self._wires.rows_of(i)
            )
        turned = sums_a * self._directions
        loads_a = np.hypot(
            np.bincount(self._row_of, turned.real, minlength=len(self._may_a)),
            np.bincount(self._row_of, turned.imag, minlength=len(self._may_a)),
        )
        return bool((loads_a <= self._may_a[:, 0]).all())
