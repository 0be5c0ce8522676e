"""The offline optimum: what a controller could reach that knows every arrival and departure beforehand.

One linear program for all visits at once, built here from the network file and not from the planner's rows. Stations
whose current goes through the same wires the same way are one class; each circle |phasor sum| <= limit is cut by
tangents where the answer breaks it, until it does so by no more than CIRCLE. So the objective found is never below the
true optimum (only tangents are asked for), and scaling the answer down by what it still breaks gives a schedule that
keeps every wire: the truth lies between the two.
"""

from dataclasses import dataclass
from typing import TypeAlias

import highspy
import numpy as np
import numpy.typing as npt
from bench.evaluation.data import CAR_W, SLOT_H, Replay
from bench.evaluation.world import Floats, Network

__all__ = ["Optimum", "optimum"]

Ints: TypeAlias = npt.NDArray[np.int64]

CIRCLE = 2e-4
"""Circles may be broken by this share of their limit before the answer is scaled down."""

ROUNDS_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """A schedule that keeps every wire, and what no schedule can surpass."""

    value: float
    """Of the schedule: kWh, or money where prices were given."""
    bound: float
    """No schedule is worth more."""
    energy_wh: Floats
    """Per visit."""
    power_w: Floats
    """Per slot."""
    current_a: Floats
    """[slot, station]."""
    rounds: int


@dataclass(frozen=True, slots=True)
class _Entries:
    """Where a visit may charge: one variable each."""

    visit: Ints
    slot: Ints
    station: Ints
    kwh_per_a: Floats
    most_a: Floats


class _Rows:
    """Rows low <= sum value * column <= high, as HiGHS takes them."""

    def __init__(self) -> None:
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self._triplets: list[tuple[Ints, Ints, Floats]] = []
        self.count = 0

    def add(self, low: Floats, high: Floats, *triplets: tuple[Ints, Ints, Floats]) -> None:
        """Add rows; the triplets (row, column, value) count rows from the first of these."""
        self._triplets += [(rows + self.count, columns, values) for rows, columns, values in triplets]
        self.low.append(low)
        self.high.append(high)
        self.count += len(low)

    def matrix(self) -> tuple[Ints, Ints, Floats]:
        rows, columns, values = (np.concatenate(part) for part in zip(*self._triplets, strict=True))
        order = np.argsort(rows, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=self.count))])
        return start.astype(np.int64), columns[order], values[order]


def optimum(
    replay: Replay,
    network: Network,
    *,
    price_per_kwh: Floats | None = None,
    revenue_per_kwh: float = 1.0,
    demand_charge_per_kw: float = 0.0,
) -> Optimum:
    """Maximise revenue - energy cost - demand charge x peak; without prices that is the energy in kWh.

    Ideal batteries, any current from 0 on, constant within slots. `price_per_kwh` is per slot.

    Raises:
        RuntimeError: HiGHS found no optimum.

    """
    entries = _entries(replay, network)
    price = np.zeros(replay.slots) if price_per_kwh is None else price_per_kwh
    gain = (revenue_per_kwh - price[entries.slot]) * entries.kwh_per_a
    program = _Program(replay, network, entries, gain, demand_charge_per_kw)
    rounds, current = 0, np.zeros(0)
    while rounds < ROUNDS_MAX:
        rounds += 1
        current, bound = program.solve()
        if not program.cut(current):
            break
    allowed = np.zeros((replay.slots, len(network.stations)))
    np.add.at(allowed, (entries.slot, entries.station), current)
    over = np.abs(allowed @ network.phasors.T) / network.limit_a
    shrink = np.maximum(over.max(axis=1), 1.0)
    current = current / shrink[entries.slot]
    allowed /= shrink[:, None]
    power_w = allowed @ network.voltage_v
    value = float(gain @ current) - demand_charge_per_kw * float(power_w.max(initial=0.0)) / 1000
    given_wh = current * entries.kwh_per_a * 1000
    energy = np.bincount(entries.visit, given_wh, minlength=len(replay.visits)).astype(np.float64)
    return Optimum(
        value=value, bound=bound, energy_wh=energy, power_w=power_w, current_a=allowed, rounds=rounds
    )


def _entries(replay: Replay, network: Network) -> _Entries:
    stays = np.array([v.departure_slot - v.arrival_slot for v in replay.visits], dtype=np.int64)
    visit = np.repeat(np.arange(len(stays)), stays)
    first = np.array([v.arrival_slot for v in replay.visits], dtype=np.int64)
    slot = first[visit] + np.arange(len(visit)) - np.repeat(np.cumsum(stays) - stays, stays)
    station = np.array([network.index[v.station] for v in replay.visits], dtype=np.int64)[visit]
    volts = network.voltage_v[station]
    return _Entries(
        visit=visit,
        slot=slot,
        station=station,
        kwh_per_a=volts * SLOT_H / 1000,
        most_a=np.minimum(network.max_a[station], CAR_W / volts),
    )


class _Program:
    """The linear program, which grows by tangents."""

    def __init__(
        self, replay: Replay, network: Network, entries: _Entries, gain: Floats, demand_charge_per_kw: float
    ) -> None:
        self._limit_a = network.limit_a
        self._count = len(entries.visit)
        columns, kinds = np.unique(np.round(network.phasors.T, 9), axis=0, return_inverse=True)
        self._columns = columns
        """Phasors of each class in each row, [class, row]."""
        kind = kinds.reshape(-1)[entries.station]
        places, self._place = np.unique(entries.slot * len(columns) + kind, return_inverse=True)
        self._place_slot, self._place_kind = places // len(columns), places % len(columns)
        self._slots = replay.slots
        wanted = np.array([visit.energy_wh for visit in replay.visits]) / 1000
        each, sums = np.arange(self._count), self._count + np.arange(len(places))
        rows = _Rows()
        rows.add(np.full(len(wanted), -np.inf), wanted, (entries.visit, each, entries.kwh_per_a))
        rows.add(
            np.zeros(len(places)),
            np.zeros(len(places)),
            (self._place, each, np.ones(self._count)),
            (np.arange(len(places)), sums, np.full(len(places), -1.0)),
        )
        most = np.concatenate(
            [entries.most_a, np.bincount(self._place, entries.most_a, minlength=len(places))]
        )
        cost = np.concatenate([-gain, np.zeros(len(places))])
        if demand_charge_per_kw:
            volts = np.zeros(len(places))
            volts[self._place] = network.voltage_v[entries.station]
            peak = len(cost)
            rows.add(
                np.full(replay.slots, -np.inf),
                np.zeros(replay.slots),
                (self._place_slot, sums, volts / 1000),
                (np.arange(replay.slots), np.full(replay.slots, peak), np.full(replay.slots, -1.0)),
            )
            cost, most = np.append(cost, demand_charge_per_kw), np.append(most, np.inf)
        self._highs = _passed(cost, most, rows)
        self._begin_with_a_few(most)

    def _begin_with_a_few(self, most: Floats) -> None:
        """Rows that cannot bind are left out for ever; the others start with a tangent along each of their phasors."""
        table = np.zeros((self._slots, len(self._columns)))
        table[self._place_slot, self._place_kind] = most[self._count : self._count + len(self._place_slot)]
        slots, rows = np.nonzero(table @ np.abs(self._columns) > self._limit_a)
        for kind in range(len(self._columns)):
            along = self._columns[kind][rows]
            useful = (np.abs(along) > 0) & (table[slots, kind] > 0)
            self._add(slots[useful], rows[useful], along[useful] / np.abs(along[useful]))

    def solve(self) -> tuple[Floats, float]:
        """Return (current per entry, objective)."""
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"no optimum: {self._highs.getModelStatus()}")
        found = np.array(self._highs.getSolution().col_value)
        return np.maximum(found[: self._count], 0.0), -float(self._highs.getInfo().objective_function_value)

    def cut(self, current_a: Floats) -> bool:
        """Add a tangent wherever the answer breaks a circle; say whether there was one."""
        table = np.zeros((self._slots, len(self._columns)))
        np.add.at(table, (self._place_slot[self._place], self._place_kind[self._place]), current_a)
        sums = table @ self._columns
        slots, rows = np.nonzero(np.abs(sums) > self._limit_a * (1 + CIRCLE))
        broken = sums[slots, rows]
        self._add(slots, rows, broken / np.abs(broken))
        return len(slots) > 0

    def _add(self, slots: Ints, rows: Ints, towards: npt.NDArray[np.complex128]) -> None:
        """Tangents: the part of the phasor sum that points `towards` stays within the limit."""
        if not len(slots):
            return
        number = np.full((self._slots, len(self._columns)), -1)
        number[self._place_slot, self._place_kind] = self._count + np.arange(len(self._place_slot))
        part = (self._columns[:, rows] * np.conj(towards)).real.T
        cut, kind = np.nonzero((np.abs(part) > 1e-9) & (number[slots] >= 0))
        start = np.concatenate([[0], np.cumsum(np.bincount(cut, minlength=len(slots)))])[:-1]
        self._highs.addRows(
            len(slots),
            np.full(len(slots), -np.inf),
            self._limit_a[rows],
            len(cut),
            start.astype(np.int32),
            number[slots[cut], kind].astype(np.int32),
            part[cut, kind],
        )


def _passed(cost: Floats, most: Floats, rows: _Rows) -> "highspy.Highs":
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), rows.count
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), most
    lp.row_lower_, lp.row_upper_ = np.concatenate(rows.low), np.concatenate(rows.high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.matrix()
    highs = highspy.Highs()  # type: ignore[no-untyped-call] # highspy ships no types
    for option, setting in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("solver", "simplex"),
    ):
        highs.setOptionValue(option, setting)
    highs.passModel(lp)
    return highs
