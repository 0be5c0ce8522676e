"""Water-filling in plain Python, for machines without the compiled kernel; and the second opinion in its tests.

Step by step what native/waterfill.cpp does, slower by two orders of magnitude, on NumPy arrays per session. The names
are the same: `press` is what a limit presses back with (its multiplier and its penalty), `lam` its multiplier.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chargewright.charging.planner.kernel import Outcome, Start
from chargewright.charging.planner.levels import filled, level_for, reach, shrink_to
from chargewright.charging.planner.normal_form import NormalForm
from chargewright.charging.planner.wires import Complexes, Ints
from chargewright.charging.site import Floats

__all__ = ["run"]

EXACT = 1e-10
ADAPT_EVERY = 5
PENALTY_GROWTH = 4.0
PENALTY_MOST = 1_048_576.0
RESTLESS = 2.0
VERY_RESTLESS = 10.0
SWEEPS = 2
PATIENT_AFTER = 30
SWEEPS_LATER = 3
NEARLY_AFTER = 60
NEARLY = 5e-4
STALLED = 0.7
LOOSER = 0.25
_SHRUNK = 1.0 - 1e-12


@dataclass(slots=True)
class _Session:
    """One block: where its entries and its limits stand."""

    number: int
    entries: slice
    slots: slice
    kwh_per_kw: Floats
    low: Floats
    high: Floats
    row: Ints
    weight: Floats
    ball: Ints
    phasor: Complexes


def run(
    form: NormalForm,
    *,
    target: float,
    outer_most: int,
    check_every: int,
    start: Start | None,
    sharp: float = np.inf,
) -> Outcome:
    """Solve; see `kernel.run`."""
    state = _State(form, start)
    best: Floats = np.zeros(len(form.low))
    objective, bound, prices = np.inf, -np.inf, np.zeros_like(form.limit)
    before, gap_before, grown, enough = np.inf, np.inf, 1.0, 0.0
    outer = 0
    while outer < outer_most:
        state.peak_blocks()
        for _ in range(SWEEPS if outer < PATIENT_AFTER else SWEEPS_LATER):
            state.moved_kw = 0.0
            for session in state.sessions:
                state.answer(session)
        state.multipliers()
        outer += 1
        if outer % check_every and outer < outer_most:
            continue
        state.refresh()
        plan, cost, violation, over_kw = state.repaired()
        if cost < objective:
            objective, best = cost, plan
            enough = min(target * abs(cost), sharp * abs(cost - state.shortfall_cost))
        below, used = state.bound()
        if below > bound:
            bound, prices = below, used
        if objective - bound <= enough:
            break
        if outer % ADAPT_EVERY:
            continue
        gap = objective - bound
        restless = state.moved_kw / max(over_kw, 1e-12)
        stalled = gap > STALLED * gap_before
        nearly = outer >= NEARLY_AFTER and gap <= NEARLY * abs(objective)
        overrun = violation > 1e-3 and violation > 0.5 * before and not nearly
        if overrun and grown < PENALTY_MOST and restless < RESTLESS:
            grown *= PENALTY_GROWTH
            state.penalty(PENALTY_GROWTH)
        elif stalled and restless > VERY_RESTLESS and grown > 1.0:
            grown /= PENALTY_GROWTH
            state.penalty(1.0 / PENALTY_GROWTH)
        elif violation < 1e-5 and grown > 1.0:
            grown /= 2.0
            state.penalty(0.5)
        if not len(form.peak_row) and violation < 1e-3 and stalled:
            state.rho *= LOOSER
            state.penalty(LOOSER)
        gap_before, before = gap, violation
    end = Start(state.x, state.lam, state.mu.real.copy(), state.mu.imag.copy(), state.pen_now)
    return Outcome(best, objective, bound, prices, outer, end)


class _State:
    def __init__(self, form: NormalForm, start: Start | None) -> None:
        self.form = form
        slots = len(form.hours)
        share = form.hours / form.hours.mean()
        rho = 0.1 * form.scale / form.typical_kw
        self.rho = rho * share
        first_pen = 10.0 * rho
        self.pen_now = first_pen
        if start is not None and start.penalty > 0:
            self.pen_now = min(max(start.penalty, first_pen), first_pen * PENALTY_MOST)
        self.pen = self.pen_now * share
        self.base = form.ball_base_re + 1j * form.ball_base_im
        self.sessions = list(self._blocks())
        self.level = np.zeros(len(form.energy))
        self.reward = np.zeros(len(form.energy))
        self.peak = form.peak_most.copy()
        self.cap = form.limit.copy()
        self.pull = np.zeros(slots)
        self.moved_kw = self.shortfall_cost = 0.0
        self.low_load, self.low_sum = self._loads(form.low)
        if start is None:
            self.x = np.empty(len(form.low))
            for block in self.sessions:
                own = form.hours[block.slots].sum()
                mean_kw = form.energy[block.number] / own if own > 0 else 0.0
                self.x[block.entries] = np.clip(mean_kw, block.low, block.high)
            self.lam = np.zeros_like(form.limit)
            self.mu = np.zeros(form.ball_limit.shape, np.complex128)
            for charge, row in enumerate(form.peak_row):
                counted = np.isfinite(form.peak_under[charge])
                self.lam[row, counted] = form.peak_cost[charge] / max(counted.sum(), 1)
        else:
            self.x = np.clip(start.x, form.low, form.high)
            self.lam = start.row_price.copy()
            self.mu = start.ball_price_re + 1j * start.ball_price_im
        self.refresh()

    def _blocks(self) -> Iterator[_Session]:
        form = self.form
        for i in form.order.tolist():
            begin, end, at = int(form.ptr[i]), int(form.ptr[i + 1]), int(form.first[i])
            if begin == end:
                continue
            hours = form.hours[at : at + end - begin].copy()
            hours[0] *= form.head[i]
            if len(hours) > 1:
                hours[-1] *= form.tail[i]
            own, ball = (slice(int(p[i]), int(p[i + 1])) for p in (form.mem_ptr, form.ball_ptr))
            yield _Session(
                number=i,
                entries=slice(begin, end),
                slots=slice(at, at + end - begin),
                kwh_per_kw=hours,
                low=form.low[begin:end],
                high=form.high[begin:end],
                row=form.mem_row[own].astype(np.int64),
                weight=form.mem_weight[own],
                ball=form.ball_row[ball].astype(np.int64),
                phasor=form.ball_re[ball] + 1j * form.ball_im[ball],
            )

    def _loads(self, x: Floats) -> tuple[Floats, Complexes]:
        """What every row and ball carries, [row, slot] and [ball, slot]."""
        load, total = np.zeros_like(self.form.limit), self.base.copy()
        for block in self.sessions:
            load[block.row, block.slots] += block.weight[:, None] * x[block.entries]
            total[block.ball, block.slots] += block.phasor[:, None] * x[block.entries]
        return load, total

    def refresh(self) -> None:
        self.load, self.sum = self._loads(self.x)
        with np.errstate(invalid="ignore"):
            over = self.pen * (self.load - self.cap)
        self.press = np.where(np.isfinite(self.cap), self.lam + over, -np.inf)
        self.spring = self.mu + self.pen * self.sum
        self.pull[:] = 0.0

    def peak_blocks(self) -> None:
        """Every charge's peak, exactly: where the pressure of the slots that it rules equals the charge."""
        form = self.form
        for k, row in enumerate(form.peak_row.tolist()):
            under, own = form.peak_under[k], form.limit[row]
            counted = np.isfinite(under)
            known = np.isfinite(self.cap[row])
            load = self.load[row].copy()
            offset = (self.press[row, known] - self.lam[row, known]) / self.pen[known]
            load[known] = offset + self.cap[row, known]
            peak = float(form.peak_floor[k])
            for _ in range(4 * len(own)):
                ruled = counted & (peak + np.where(counted, under, 0.0) < own - 1e-12)
                force = self.lam[row] + self.pen * (load - peak - np.where(counted, under, 0.0))
                active = ruled & (force > 0)
                pressure = float(force[active].sum()) - float(form.peak_cost[k])
                if pressure <= 1e-12 * form.peak_cost[k] or not active.any() or peak >= form.peak_most[k]:
                    break
                takeover = float((own - np.where(counted, under, 0.0))[active].min())
                peak = min(
                    peak + pressure / float(self.pen[active].sum()), takeover, float(form.peak_most[k])
                )
            self.peak[k] = peak
            self.cap[row] = np.where(counted, np.minimum(peak + under, own), own)
            with np.errstate(invalid="ignore"):
                over = self.pen * (load - self.cap[row])
            self.press[row] = np.where(np.isfinite(self.cap[row]), self.lam[row] + over, -np.inf)

    def answer(self, block: _Session) -> None:
        """The session's best answer to the prices and pressures that the others leave it."""
        form, s, t = self.form, block.number, block.slots
        k, pen = block.kwh_per_kw, self.pen[t]
        now = self.x[block.entries]
        price = k * (form.price[t] + form.haste[s] * form.late[t]) + self.pull[t]
        curve = self.rho[t].copy()
        if len(block.row):
            press, top = self.press[block.row, t], form.soft[block.row, t]
            price = price + block.weight @ np.minimum(np.maximum(press, 0.0), top)
            curve += pen * (block.weight**2 @ ((press > 0) & (press < top)))
        if len(block.ball):
            spring, room = self.spring[block.ball, t], pen * form.ball_limit[block.ball, t]
            size = np.abs(spring)
            beyond = size > room
            shrink = np.where(beyond, 1.0 - np.where(beyond, room, 0.0) / np.maximum(size, 1e-300), 0.0)
            price = price + (shrink * (block.phasor[:, None].conj() * spring).real).sum(axis=0)
            curve += pen * (np.abs(block.phasor) ** 2 @ beyond)
        offset, rate = price / curve - now, k / curve
        inside = (now > block.low) & (now < block.high)
        level = price[inside].sum() / k[inside].sum() if inside.any() else self.level[s]
        level = self._served(s, offset, rate, k, block.low, block.high, float(form.energy[s]), float(level))
        early, levels = int(form.until[s]), np.full(len(k), level)
        self.reward[s] = 0.0
        if early and float(k[:early] @ filled(level, offset, rate, block.low, block.high)[:early]) < (
            form.mile_kwh[s] - 1e-9
        ):
            levels = self._with_milestone(block, offset, rate, level)
        self.level[s] = levels[-1] if early < len(levels) else levels[0] - self.reward[s]
        new = filled(levels, offset, rate, block.low, block.high)
        moved = new - now
        self.moved_kw += float(np.abs(moved).sum())
        self.x[block.entries] = new
        self.pull[t] += self.rho[t] * moved
        self.press[block.row, t] += block.weight[:, None] * (pen * moved)
        self.spring[block.ball, t] += block.phasor[:, None] * (pen * moved)

    def _with_milestone(self, block: _Session, offset: Floats, rate: Floats, level: float) -> Floats:
        """Before the milestone the level stands higher, by at most what the milestone is worth."""
        form, s, k = self.form, block.number, block.kwh_per_kw
        early = int(form.until[s])
        before = np.arange(len(k)) < early
        low, high = np.where(before, block.low, 0.0), np.where(before, block.high, 0.0)
        first = level_for(offset, rate, k, low, high, float(form.mile_kwh[s]), level, np.inf)
        given = float(k @ filled(first, offset, rate, low, high))
        low, high = np.where(before, 0.0, block.low), np.where(before, 0.0, block.high)
        rest = max(float(form.energy[s]) - given, 0.0)
        second = self._served(s, offset, rate, k, low, high, rest, level)
        worth = float(form.mile_cost[s])
        if first > second + worth:
            nearer = np.where(before, offset - worth * rate, offset)
            energy = float(form.energy[s])
            second = self._served(s, nearer, rate, k, block.low, block.high, energy, second)
            first = second + worth
        self.reward[s] = first - second
        return np.where(before, first, second)

    def _served(
        self,
        s: int,
        offset: Floats,
        rate: Floats,
        k: Floats,
        low: Floats,
        high: Floats,
        energy: float,
        level: float,
    ) -> float:
        """The level of a session: the cheapest part of a wish is the first that is given up."""
        lost = 0.0
        for p in range(self.form.part_cost.shape[1] - 1, -1, -1):
            kwh, cost = float(self.form.part_kwh[s, p]), float(self.form.part_cost[s, p])
            if kwh <= 0:
                continue
            level = level_for(offset, rate, k, low, high, energy - lost, min(level, cost), cost)
            if float(k @ filled(level, offset, rate, low, high)) >= energy - lost - kwh - EXACT * energy:
                return level
            lost += kwh
        return level

    def multipliers(self) -> None:
        now = np.minimum(np.maximum(self.press, 0.0), self.form.soft)
        self.press += now - self.lam
        self.lam = now
        size, room = np.abs(self.spring), self.pen * self.form.ball_limit
        shrink = np.where(size > room, 1.0 - np.where(size > room, room, 0.0) / np.maximum(size, 1e-300), 0.0)
        turned = shrink * self.spring
        self.spring += turned - self.mu
        self.mu = turned
        self.pull[:] = 0.0

    def penalty(self, factor: float) -> None:
        self.pen_now *= factor
        self.pen *= factor
        self.press = self.lam + factor * (self.press - self.lam)
        self.spring = self.mu + factor * (self.spring - self.mu)

    def repaired(self) -> tuple[Floats, float, float, float]:
        """A feasible plan made of x, what it costs, by which share x overran the worst limit, and all in kW."""
        form = self.form
        least = 1e-3 * form.typical_kw
        hard = form.is_soft == 0
        over = np.where(hard[:, None], self.load - form.limit, -np.inf)
        moving = self.load - self.low_load
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(
                (over > 0) & (moving > 0),
                np.maximum((form.limit - self.low_load) / moving, 0.0) * _SHRUNK,
                1.0,
            )
            violation = float(np.where(over > 0, over / np.maximum(form.limit, least), 0.0).max(initial=0.0))
        over_kw = float(np.maximum(over, 0.0).sum())
        wire = np.ones((form.wires, len(form.hours)))
        for b, t in np.argwhere(np.abs(self.sum) > form.ball_limit):
            room = float(form.ball_limit[b, t])
            violation = max(violation, (abs(self.sum[b, t]) - room) / max(room, least))
            over_kw += abs(self.sum[b, t]) - room
            fits = shrink_to(self.low_sum[b, t], self.sum[b, t] - self.low_sum[b, t], room) * _SHRUNK
            wire[form.ball_wire[b], t] = min(wire[form.ball_wire[b], t], fits)
        if form.uniform_repair:
            alike = np.minimum(share.min(axis=0, initial=1.0), wire.min(axis=0, initial=1.0))
            share[:], wire[:] = alike, alike
        plan = self.x.copy()
        for block in self.sessions:
            factor = np.minimum(
                share[block.row, block.slots].min(axis=0, initial=1.0),
                wire[form.ball_wire[block.ball], block.slots].min(axis=0, initial=1.0),
            )
            plan[block.entries] = block.low + factor * (plan[block.entries] - block.low)
        load, total = self._loads(plan)
        self._refill(plan, load, total)
        return plan, self._objective(plan, load), violation, over_kw

    def _refill(self, plan: Floats, load: Floats, total: Complexes) -> None:
        """Give back, where there is room below every limit and the peak, what scaling down took."""
        form = self.form
        limit = np.where((form.is_soft == 0)[:, None], form.limit, np.inf)
        for charge, row in enumerate(form.peak_row):
            counted = np.isfinite(form.peak_under[charge])
            under = form.peak_under[charge][counted]
            top = max(
                float((load[row, counted] - under).max(initial=form.peak_floor[charge])), self.peak[charge]
            )
            limit[row, counted] = np.minimum(limit[row, counted], top + under)
        for block in self.sessions:
            k, t = block.kwh_per_kw, block.slots
            own, now = self.x[block.entries], plan[block.entries]
            wanted = float(k @ own)
            lacking = wanted - float(k @ now)
            if lacking <= 1e-9 * wanted:
                continue
            room = block.high - now
            heavy = block.weight > 0
            if heavy.any():
                rows = block.row[heavy]
                free = (limit[rows, t] - load[rows, t]) / block.weight[heavy, None]
                room = np.minimum(room, free.min(axis=0))
            if len(block.ball):
                free = reach(
                    total[block.ball, t], block.phasor[:, None], form.ball_limit[block.ball, t] * _SHRUNK
                )
                room = np.minimum(room, free.min(axis=0))
            room = np.maximum(room, 0.0)
            added = np.zeros_like(room)
            for first in (True, False):
                fits = np.where(own > 1e-6 * block.high, room, 0.0) if first else room
                fits = np.maximum(fits - added, 0.0)
                before = np.cumsum(fits * k) - fits * k
                more = np.minimum(fits, np.maximum(lacking - before, 0.0) / k) * _SHRUNK
                added += more
                lacking -= float(k @ more)
            plan[block.entries] += added
            load[block.row, t] += block.weight[:, None] * added
            total[block.ball, t] += block.phasor[:, None] * added

    def _objective(self, plan: Floats, load: Floats) -> float:
        form, total = self.form, 0.0
        served, early = np.zeros(len(form.energy)), np.zeros(len(form.energy))
        for block in self.sessions:
            s, t = block.number, block.slots
            kwh = block.kwh_per_kw * plan[block.entries]
            total += float(kwh @ (form.price[t] + form.haste[s] * form.late[t]))
            served[s] = kwh.sum()
            early[s] = kwh[: form.until[s]].sum()
        lacks = np.where(form.until > 0, np.maximum(form.mile_kwh - early, 0.0), 0.0)
        self.shortfall_cost = float(form.mile_cost @ lacks)
        lacking = np.maximum(form.energy - served, 0.0)
        for p in range(form.part_cost.shape[1] - 1, -1, -1):
            here = np.minimum(lacking, form.part_kwh[:, p])
            self.shortfall_cost += float(here @ form.part_cost[:, p])
            lacking = lacking - here
        for k, row in enumerate(form.peak_row):
            counted = np.isfinite(form.peak_under[k])
            top = float((load[row] - form.peak_under[k])[counted].max(initial=form.peak_floor[k]))
            total += float(form.peak_cost[k]) * (top - float(form.peak_floor[k]))
        for r in np.flatnonzero(form.is_soft):
            over = load[r] - form.limit[r]
            total += float((form.soft[r][over > 0] * over[over > 0]).sum())
        return total + self.shortfall_cost

    def bound(self) -> tuple[float, Floats]:
        """Every session's best answer to the prices alone; and the prices."""
        form, used, total = self.form, self.lam.copy(), 0.0
        of_peak = np.zeros(form.rows, dtype=np.bool_)
        for k, row in enumerate(form.peak_row.tolist()):
            of_peak[row] = True
            total += self._peak_bound(k, row, used)
        with np.errstate(invalid="ignore"):
            total -= float(np.where(used[~of_peak] > 0, used[~of_peak] * form.limit[~of_peak], 0.0).sum())
        size = np.abs(self.mu)
        with np.errstate(invalid="ignore"):
            total += float(
                np.where(size > 0, (self.mu.conj() * self.base).real - size * form.ball_limit, 0.0).sum()
            )
        for block in self.sessions:
            total += self._session_bound(block, used)
        absent = np.diff(form.ptr) == 0
        total += float((form.part_kwh * form.part_cost)[absent].sum())
        return total, used

    def _peak_bound(self, k: int, row: int, used: Floats) -> float:
        """The prices of a peak's slots add up to its charge, unless its floor holds it. Scales them in `used`."""
        form, total = self.form, 0.0
        under, own = form.peak_under[k], form.limit[row]
        counted = np.isfinite(under)
        reach = float(self.peak[k]) + np.where(counted, under, 0.0)
        close = 1e-9 * (1.0 + abs(float(self.peak[k])))
        ruled = counted & (reach <= own + close)
        cost, price = float(form.peak_cost[k]), used[row]
        now = float(price[ruled].sum())
        held = self.peak[k] <= form.peak_floor[k] and now <= cost
        factor = cost / now if now > 0 and not held else 1.0
        mine = np.where(ruled, price * factor, 0.0)
        total -= float((mine * np.where(ruled, under, 0.0)).sum())
        both = ruled & np.isfinite(own) & (reach >= own - close) & (factor < 1.0)
        total -= float(((price - mine) * np.where(both, own, 0.0)).sum())
        alone = ~ruled & np.isfinite(own)
        total -= float((price * np.where(alone, own, 0.0)).sum())
        used[row] = np.where(both | alone, price, mine)
        ruling = float(mine.sum())
        at = float(form.peak_most[k] if ruling > cost else form.peak_floor[k])
        return total + cost * (at - float(form.peak_floor[k])) - ruling * at

    def _session_bound(self, block: _Session, used: Floats) -> float:
        """A fractional knapsack; concave in the level, so the best level is a slot's price or the worth of a part."""
        form, s, t = self.form, block.number, block.slots
        k = block.kwh_per_kw
        cost = k * (form.price[t] + form.haste[s] * form.late[t]) + block.weight @ used[block.row, t]
        cost = cost + (block.phasor[:, None].conj() * self.mu[block.ball, t]).real.sum(axis=0)
        total, early = 0.0, int(form.until[s])
        if early:
            reward = min(max(float(self.reward[s]), 0.0), float(form.mile_cost[s]))
            total += reward * float(form.mile_kwh[s])
            cost[:early] -= reward * k[:early]
        ratio = cost / k
        levels = np.concatenate([ratio, form.part_cost[s]])
        take = np.where(ratio[None, :] < levels[:, None], block.high, block.low)
        value = ((cost[None, :] - levels[:, None] * k) * take).sum(axis=1) + levels * form.energy[s]
        value += (np.minimum(form.part_cost[s] - levels[:, None], 0.0) * form.part_kwh[s]).sum(axis=1)
        return total + float(value.max())
