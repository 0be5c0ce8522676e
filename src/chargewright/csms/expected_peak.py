"""The peak that a billing period will come to anyway, learnt from the stays of the weeks before.

A demand charge asks for a decision at the start of a period that only its end can judge: how high a peak pays for
itself. A site knows its own past, so the last weeks are laid upon the coming ones, weekday upon weekday, and planned all
at once at the prices that will hold, with the charge that is their part of what is left of the period. The peak of that
plan is what the period is expected to come to: up to there power costs nothing more, above it all of the charge.

It is asked anew every day, with the weeks until that day: as the period passes a kW has fewer days to pay for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import structlog

from chargewright.charging.planner import waterfill
from chargewright.charging.planner.problem import build, uniform
from chargewright.charging.planner.session import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Site, Steps
from chargewright.charging.stays import Stay
from chargewright.charging.tariff import DemandCharge
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.site_definition import read_definition, site_of
from chargewright.domain.site import SiteRecord
from chargewright.ids import SiteId

__all__ = ["AHEAD", "ExpectedPeaks", "PeaksAsked", "expected_peaks", "rule_of"]

log = structlog.get_logger(__name__)

WEEKS_MAX: Final = 4
AHEAD: Final = timedelta(weeks=WEEKS_MAX)
"""So far ahead prices, charges and base load are to be told."""

TOO_OLD: Final = timedelta(weeks=13)
"""Stays that ended longer ago say nothing of the coming weeks."""

SLOTS_S: Final = (900.0, 1800.0, 3600.0)
CELLS_MAX: Final = 3_000_000
"""Of stays times slots: with more of them slots are longer, so that a look takes some hundred MB at most."""

_WEEK: Final = timedelta(weeks=1)
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_USUAL_SHARE: Final = 0.5
"""A week with cars on less than this part of the days of the busiest one was a holiday."""
_ALWAYS: Final = Steps.of(1.0)

_STAYS: Final = Shelf("stay", Stay)
"""What `csms/learning.py` keeps of each site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeaksAsked:
    """What the weeks from `day` on, a midnight of `zone`, will cost. `base_w` is the rest of the site, laid as stays are.

    `demand` is what `EnergyTariff.demand_charges(day, day + AHEAD, {}, spread=True)` gives: each charge a day's part.
    """

    day: datetime
    zone: tzinfo
    prices: Steps
    demand: Sequence[DemandCharge]
    base_w: Steps | None = None
    energy_value_per_kwh: float | None = None


def rule_of(charge: DemandCharge) -> str:
    """The demand rule of a charge: its name less the label of the billing period."""
    return charge.name.rpartition(" ")[0] or charge.name


def expected_peaks(site: Site, stays: Sequence[Stay], asked: PeaksAsked) -> dict[str, float]:
    """Return the peak in W that pays for itself, by demand rule; nothing where no day of work is known.

    Stays that had not ended by `day`, or whose EVSE or energy is not known, are left out. A car is taken to be able to do
    what its EVSE can. One that left while it still drew is taken to have wanted what was said of it.
    """
    evses = {str(key): key for key in site.evses}
    known = [
        stay
        for stay in stays
        if stay.departure <= asked.day and stay.arrived.place in evses and stay.energy_wh
    ]
    laid = _laid(known, asked)
    if not laid or not asked.demand:
        return {}
    sessions = [
        _session(f"{number} {day}", stay, evses[stay.arrived.place], day, site, asked)
        for number, stay in enumerate(known)
        for day in laid.get(_came(stay, asked).date(), ())
    ]
    if not sessions:
        return {}
    weeks = sum(len(days) for days in laid.values()) // _WEEK.days
    charges = _charges(asked.demand, weeks)
    cells = [len(sessions) * weeks * _WEEK.total_seconds() / slot_s for slot_s in SLOTS_S]
    slot_s = next((s for s, count in zip(SLOTS_S, cells, strict=True) if count <= CELLS_MAX), SLOTS_S[-1])
    problem = build(
        site,
        sessions,
        now=asked.day,
        goal=Goal.COST,
        horizon=uniform(slot_s, round(weeks * _WEEK.total_seconds() / slot_s)),
        prices=asked.prices,
        demand_charges=charges,
        base_power_w=asked.base_w,
        energy_value_per_kwh=asked.energy_value_per_kwh,
    )
    power_w = problem.site_power_w(waterfill.solve(problem, sharp=waterfill.SHARP)[0].current_a)
    counted = [(charge.active or _ALWAYS).highest(asked.day, problem.edges_s) > 0 for charge in charges]
    return {
        charge.name: max(float(power_w[counts].max(initial=0.0)), 0.0)
        for charge, counts in zip(charges, counted, strict=True)
    }


def _came(stay: Stay, asked: PeaksAsked) -> datetime:
    return stay.arrived.arrival.astimezone(asked.zone)


def _laid(known: Sequence[Stay], asked: PeaksAsked) -> dict[date, list[date]]:
    """Upon which of the coming days each day of the newest whole weeks is laid; weeks that were all but silent are skipped.

    Where not a week is known yet the days so far stand for those to come, in turn: days of work for days of work. Weekends
    alone say nothing.
    """
    days = {_came(stay, asked).date() for stay in known if stay.arrived.arrival > asked.day - TOO_OLD}
    if not days:
        return {}
    today = asked.day.astimezone(asked.zone).date()
    ends = [today - n * _WEEK for n in range((today - min(days)) // _WEEK)]
    busy = {end: sum(end - n * _DAY in days for n in range(1, _WEEK.days + 1)) for end in ends}
    most = max(busy.values(), default=0)
    usual = [end for end in ends if most and busy[end] >= _USUAL_SHARE * most][:WEEKS_MAX]
    if usual:
        return {
            end - back * _DAY: [today + number * _WEEK + (_WEEK.days - back) * _DAY]
            for number, end in enumerate(reversed(usual))
            for back in range(1, _WEEK.days + 1)
        }
    end = max(days) + _DAY
    seen = [end - n * _DAY for n in range(1, (end - min(days)).days + 1)]
    if all(_is_weekend(day) for day in seen):
        return {}
    laid: dict[date, list[date]] = {}
    for ahead in (today + n * _DAY for n in range(_WEEK.days)):
        alike = [day for day in seen if _is_weekend(day) == _is_weekend(ahead)] or seen
        laid.setdefault(min(alike, key=lambda day: len(laid.get(day, ()))), []).append(ahead)
    return laid


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def _session(key: str, stay: Stay, evse_key: EvseKey, day: date, site: Site, asked: PeaksAsked) -> Session:
    """A stay on another day, as long as it was and by the clock on the wall."""
    arrival = datetime.combine(day, _came(stay, asked).time(), asked.zone).astimezone(asked.day.tzinfo)
    evse = site.evses[evse_key]
    wanted_wh = stay.energy_wh or 0.0
    if stay.cut_short:
        wanted_wh = max(wanted_wh, stay.arrived.said_energy_wh or 0.0)
    stayed = stay.departure - stay.arrived.arrival
    most_wh = evse.watts_per_a * evse.current_max_a * stayed.total_seconds() / 3600
    return Session(
        id=key,
        evse=evse_key,
        arrival=arrival,
        departure=arrival + stayed,
        energy_wh=min(wanted_wh, most_wh),
        current_max_a=evse.current_max_a,
        current_min_a=0.0,
    )


def _charges(demand: Sequence[DemandCharge], weeks: int) -> list[DemandCharge]:
    """One charge a rule: the day's part of the first period times the days that are laid, wherever the next begins."""
    found: dict[str, DemandCharge] = {}
    for charge in demand:
        rule, active = rule_of(charge), charge.active or _ALWAYS
        before = found.get(rule)
        if before is None:
            per_kw = charge.per_kw * weeks * _WEEK.days
            found[rule] = replace(charge, name=rule, per_kw=per_kw, active=active, peak_so_far_w=0.0)
        else:
            found[rule] = replace(before, active=(before.active or _ALWAYS).plus(active))
    return list(found.values())


class ExpectedPeaks:
    """Looks once a day and site, beside the plans: until there is an answer that of the day before stands, or none.

    One site at a time is looked at, in a thread.
    """

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._found: dict[SiteId, tuple[object, dict[str, float]]] = {}
        self._running: dict[SiteId, asyncio.Task[None]] = {}
        self._one = asyncio.Semaphore(1)

    @property
    def idle(self) -> bool:
        """Nothing is being looked at."""
        return not self._running

    def stop(self) -> None:
        for task in self._running.values():
            task.cancel()

    def of(
        self, record: SiteRecord, day: datetime, ask: Callable[[], Awaitable[PeaksAsked]]
    ) -> Mapping[str, float]:
        """Return the expected peaks in W by demand rule as far as they are known; a new day is looked at beside.

        `ask` tells what the coming weeks cost; it is called only where that is not known yet.
        """
        site_id, question = record.id, (day, record.settings, record.definition)
        known, peaks_w = self._found.get(site_id, (None, {}))
        if known != question and site_id not in self._running:
            task = asyncio.get_running_loop().create_task(self._look(record, question, ask))
            self._running[site_id] = task
            task.add_done_callback(lambda _: self._running.pop(site_id, None))
        return peaks_w

    async def _look(
        self, record: SiteRecord, question: object, ask: Callable[[], Awaitable[PeaksAsked]]
    ) -> None:
        found: dict[str, float] = {}
        try:
            async with self._one:
                asked = await ask()
                stays = await self._store.read(lambda records: _stays_of(records, record.id))
                site = site_of(record.id, record.name, read_definition(record.definition))
                found = await asyncio.to_thread(expected_peaks, site, stays, asked)
        except Exception:  # whatever it is, plans go on without, and the log says so
            log.exception("peak_not_expected", site=record.id)
        self._found[record.id] = (question, found)


def _stays_of(records: Records, site_id: SiteId) -> list[Stay]:
    return [stay for _, _, stay in records.items(_STAYS, site_id)]
