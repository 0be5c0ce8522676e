"""The bill of a day: what charging cost as it was done, and what the same energy would have cost otherwise.

Three others are reckoned from the same stays: *uncontrolled* (every car at full current from its arrival until its
energy is in, whatever the limits say), *equal share* (at every instant all that charge get the same current, the
largest that every limit allows) and *optimum* (planned with all arrivals and departures known). The energy of a stay
is what the car really got, so a wish that was not met is not seen here; where a way of charging delivers less, it
says how much. Cars are taken to follow any current.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner import waterfill
from chargewright.charging.planner.problem import build, uniform
from chargewright.charging.planner.session import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import TOLERANCE_A, EvseKey, Floats, Site, Steps
from chargewright.charging.tariff import Bill, EnergyTariff

__all__ = ["Day", "DayBill", "Stay", "bill_day"]

_HALVINGS = 14
"""Of the share's range: 64 A to 4 mA."""

_ROUNDS = 4
"""Of equal shares: what a full car leaves goes to the others, who are full earlier then, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A car at an EVSE within the day, with what it got in each slot."""

    evse: EvseKey
    arrival: datetime
    departure: datetime
    current_max_a: float
    watts_per_a: float
    energy_wh: Floats
    """[slot]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day in slots of equal length, with all that its bill depends on."""

    site: Site
    start: datetime
    step_s: float
    slots: int
    stays: Sequence[Stay]
    tariff: EnergyTariff
    market: Steps | None = None
    peaks_so_far_w: Mapping[str, float]
    """By demand charge, before the day."""
    carbon_g_per_kwh: Steps | None = None
    base_w: Floats
    """[slot] of the rest of the site; negative where it exports."""

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.step_s * self.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBill:
    """One way of charging: power in W is of the whole site, energy of the cars."""

    way: str
    """`real`, `uncontrolled`, `equal share` or `optimum`."""
    energy_wh: float
    missing_wh: float
    """What the cars really got and would not have got so."""
    peak_w: float
    carbon_kg: float | None
    bill: Bill
    """Of the whole site: the base load is the same in every one."""
    slots_over: int | None
    """In how many slots some limit would have been broken; None where that was not reckoned (the real day)."""


def bill_day(day: Day) -> tuple[DayBill, ...]:
    """Return the real day, uncontrolled, equal share and the optimum, in this order.

    Raises:
        InvalidInput: the tariff has no price on that day, or a stay names an EVSE that is not there.

    """
    real = np.stack([stay.energy_wh for stay in day.stays]) if day.stays else np.zeros((0, day.slots))
    ways = [("real", real)]
    if day.stays:
        hours = _hours(day)
        free = _taken(day, hours, np.full((len(day.stays), day.slots), np.inf))
        ways += [
            ("uncontrolled", free),
            ("equal share", _equal_share(day, hours)),
            ("optimum", _optimum(day, real)),
        ]
    else:
        ways += [(way, real) for way in ("uncontrolled", "equal share", "optimum")]
    return tuple(_billed(day, way, table) for way, table in ways)


def _billed(day: Day, way: str, table_wh: Floats) -> DayBill:
    """What a table of energy [stay, slot] costs."""
    charged = table_wh.sum(axis=0)
    hours = day.step_s / 3600
    total = charged + day.base_w * hours
    edges_s = uniform(day.step_s, day.slots)
    carbon = None
    if day.carbon_g_per_kwh is not None:
        carbon = float(day.carbon_g_per_kwh.mean(day.start, edges_s) @ np.maximum(total, 0.0)) / 1e6
    given = sum(float(stay.energy_wh.sum()) for stay in day.stays)
    over = None
    if way != "real":
        currents = np.divide(
            table_wh, _ampere_wh(day), out=np.zeros_like(table_wh), where=_ampere_wh(day) > 0
        )
        over = int((~_fits(day, currents)).sum())
    return DayBill(
        way=way,
        energy_wh=float(charged.sum()),
        missing_wh=max(given - float(charged.sum()), 0.0),
        peak_w=float((total / hours).max(initial=0.0)),
        carbon_kg=carbon,
        bill=day.tariff.bill(
            day.start, day.step_s, total, market=day.market, peaks_so_far=day.peaks_so_far_w
        ),
        slots_over=over,
    )


def _hours(day: Day) -> Floats:
    """How long each car is there, [stay, slot]."""
    edges = uniform(day.step_s, day.slots)
    begin = np.array([[(stay.arrival - day.start).total_seconds()] for stay in day.stays])
    end = np.array([[(stay.departure - day.start).total_seconds()] for stay in day.stays])
    return np.asarray(np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0.0, None) / 3600)


def _ampere_wh(day: Day) -> Floats:
    """Energy of 1 A over each slot, [stay, slot]."""
    watts = np.array([[stay.watts_per_a] for stay in day.stays])
    return np.asarray(watts.reshape(-1, 1) * (_hours(day) if day.stays else np.zeros((0, day.slots))))


def _taken(day: Day, hours: Floats, share_a: Floats) -> Floats:
    """The energy [stay, slot] that cars take as early as they can below a share of current."""
    most = np.array([[stay.current_max_a] for stay in day.stays])
    watts = np.array([[stay.watts_per_a] for stay in day.stays])
    wanted = np.array([[float(stay.energy_wh.sum())] for stay in day.stays])
    able = np.minimum(share_a, most) * watts * hours
    before = np.cumsum(able, axis=1) - able
    return np.asarray(np.clip(wanted - before, 0.0, able))


def _equal_share(day: Day, hours: Floats) -> Floats:
    charging = hours > 0
    taken = np.zeros(hours.shape)
    for _ in range(_ROUNDS):
        # Shares only grow from round to round, so a car is full no later than before: who charges now charged then.
        taken = _taken(day, hours, np.broadcast_to(_share_a(day, charging), hours.shape) * charging)
        charging = taken > 0
    return taken


def _share_a(day: Day, charging: npt.NDArray[np.bool_]) -> Floats:
    """The largest current that all that charge may have at once, [slot]."""
    most = np.array([[stay.current_max_a] for stay in day.stays])
    low, high = np.zeros(day.slots), np.full(day.slots, float(most.max()))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _fits(day, np.minimum(middle, most) * charging)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def _fits(day: Day, current_a: Floats) -> npt.NDArray[np.bool_]:
    """In which slots every limit holds for currents [stay, slot]."""
    edges = uniform(day.step_s, day.slots)
    at_evse: dict[EvseKey, Floats] = {}
    for stay, current in zip(day.stays, current_a, strict=True):
        at_evse[stay.evse] = np.maximum(at_evse.get(stay.evse, np.zeros(day.slots)), current)
    fits = np.ones(day.slots, dtype=np.bool_)
    for row in day.site.rows:
        left = row.limit_a.lowest(day.start, edges) - row.base_a.highest(day.start, edges)
        fits &= row.worst_case(at_evse) <= np.maximum(left, 0.0) + TOLERANCE_A
    return fits


def _optimum(day: Day, real: Floats) -> Floats:
    """The plan that knew everything, as energy [stay, slot]."""
    edges = uniform(day.step_s, day.slots)
    sessions = [
        Session(
            id=str(number),
            evse=stay.evse,
            arrival=stay.arrival,
            departure=stay.departure,
            energy_wh=float(given.sum()),
            current_max_a=stay.current_max_a,
            current_min_a=0.0,
            watts_per_a=stay.watts_per_a,
        )
        for number, (stay, given) in enumerate(zip(day.stays, real, strict=True))
    ]
    problem = build(
        day.site,
        sessions,
        now=day.start,
        goal=Goal.COST,
        horizon=edges,
        prices=day.tariff.prices(day.start, day.end, day.market),
        export_prices=day.tariff.export_prices(day.start, day.end),
        demand_charges=day.tariff.demand_charges(day.start, day.end, day.peaks_so_far_w),
        base_power_w=Steps.of(
            [
                (day.start + timedelta(seconds=float(at)), float(w))
                for at, w in zip(edges[:-1], day.base_w, strict=True)
            ]
        ),
    )
    found = waterfill.solve(problem)[0]
    table = np.zeros(real.shape)
    table[problem.entry_session, problem.entry_slot] = found.current_a * problem.entry_kwh_per_a * 1000
    return table
