"""The safety invariant: what every EVSE may draw at most, under any state its station can be in.

For an EVSE k and an instant t, E_k(t) is the largest current that some station state, consistent with what was
durably sent and received, allows:

- never commissioned, or seen not to follow: its rating;
- otherwise its permanent base share, or the value of any profile that was sent and that no later confirmed one
  replaced, whichever is more. A profile counts from `slack` before to `slack` after each of its steps: the
  station's clock may be off, and a car takes some seconds to follow.

Invariant: for every row of the site and every t from now on, the worst mixture of currents below E stays within the
limit. A car that may be told to give back has a second figure, G_k(t): the most that it may be giving. Nobody relies on
it, so it only ever takes room: it counts against what may flow back where a row's currents all point one way, and as
so much more load where they do not. A command may leave only if the invariant holds with the command counted as sent and unknown. Lower limits
always pass, because the larger of old and new is the old; so a raise waits for confirmed decreases, and there is no
other way. Pure functions; the ledger keeps the entries.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from chargewright.charging.phasors import worst_sets
from chargewright.charging.profile import Profile, Purpose, RateUnit
from chargewright.charging.site import TOLERANCE_A, Evse, EvseKey, Floats, Site, Steps
from chargewright.domain.installation import InstalledProfile

__all__ = [
    "Envelope",
    "Exposure",
    "Span",
    "Wires",
    "base_share_tenths",
    "exposure",
    "given_of",
    "steps_of",
    "widened",
]

Tenths = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """Tenths of A per conductor in [start, end); without an end it holds for ever."""

    start: datetime
    end: datetime | None
    tenths: int
    """What may be drawn; below 0: nothing, and so much is to be given back."""


def steps_of(profile: Profile, evse: Evse) -> list[Span]:
    """The spans of a profile of ours: kind Absolute, one schedule. W become A by nominal voltage, rounded up.

    Up, because here a too large figure is the safe one.
    """
    (schedule,) = profile.schedules
    assert schedule.start_at is not None, "our profiles always carry startSchedule"
    start = schedule.start_at
    ends = [p.start_s for p in schedule.periods[1:]] + [schedule.duration_s]
    spans: list[Span] = []
    for period, end_s in zip(schedule.periods, ends, strict=True):
        assert period.limit_tenths is not None, "our periods always carry a limit"
        setpoint = period.setpoint_tenths
        tenths = period.limit_tenths if setpoint is None or setpoint >= 0 else setpoint
        if schedule.unit is RateUnit.W and evse.watts_per_a:
            whole_w = round(evse.watts_per_a)
            tenths = -(-tenths // whole_w) if tenths >= 0 else tenths // whole_w
        spans.append(
            Span(
                start + timedelta(seconds=period.start_s),
                None if end_s is None else start + timedelta(seconds=end_s),
                tenths,
            )
        )
    return spans


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one EVSE may draw: `floor_tenths` always, and more in some spans."""

    floor_tenths: int
    spans: tuple[Span, ...]
    given: tuple[Span, ...] = ()
    """What it may give back, above 0; nothing outside of these."""

    def instants(self) -> Iterable[datetime]:
        for span in (*self.spans, *self.given):
            yield span.start
            if span.end is not None:
                yield span.end

    def over(self, instants: Sequence[datetime]) -> Tenths:
        """The value in each [instants[i], instants[i + 1]); the last holds on. `instants` in order."""
        return _over(self.spans, instants, self.floor_tenths)

    def given_over(self, instants: Sequence[datetime]) -> Tenths:
        """The same for what it may give back."""
        return _over(self.given, instants, 0)


def _over(spans: Iterable[Span], instants: Sequence[datetime], floor_tenths: int) -> Tenths:
    values = np.full(len(instants), floor_tenths, dtype=np.int64)
    for span in spans:
        low = bisect_left(instants, span.start)
        high = len(instants) if span.end is None else bisect_left(instants, span.end)
        if low < high:
            np.maximum(values[low:high], span.tenths, out=values[low:high])
    return values


def widened(spans: Iterable[Span], slack: timedelta, *, above: int = 0) -> tuple[Span, ...]:
    """Those of more than `above`, from `slack` before to `slack` after."""
    return tuple(
        Span(span.start - slack, None if span.end is None else span.end + slack, span.tenths)
        for span in spans
        if span.tenths > above
    )


def given_of(spans: Iterable[Span]) -> list[Span]:
    """What is to be given back, as figures above 0."""
    return [Span(span.start, span.end, -span.tenths) for span in spans if span.tenths < 0]


def exposure(entries: Iterable[InstalledProfile], *, evse: Evse, trusted: bool, slack: timedelta) -> Exposure:
    """E_k from the entries that the station may hold. Not `trusted` (see above) means the rating, for ever."""
    rating = round(evse.current_max_a * 10)
    held = list(entries)
    sent = [
        replace(span, tenths=max(min(span.tenths, rating), -rating))
        for entry in held
        if entry.profile.purpose is Purpose.TX
        for span in steps_of(entry.profile, evse)
    ]
    given = widened(given_of(sent), slack)
    if not trusted:
        return Exposure(rating, (), tuple(replace(span, tenths=rating) for span in given))
    base = [
        max(s.tenths for s in steps_of(e.profile, evse))
        for e in held
        if e.profile.purpose is Purpose.TX_DEFAULT
    ]
    if not base:
        return Exposure(rating, (), given)
    floor = min(max(base), rating)
    return Exposure(floor, widened(sent, slack, above=floor), given)


class Wires:
    """The rows of a site, laid out once: which EVSE adds how much to which direction of which row."""

    def __init__(self, site: Site) -> None:
        self.rows = site.rows
        self.place = {key: i for i, key in enumerate(site.evses)}
        groups = [group for row in site.rows for group in row.groups]
        self.weights = np.zeros((len(groups), len(self.place)))
        for g, group in enumerate(groups):
            for key, weight in group.weights.items():
                self.weights[g, self.place[key]] = weight
        self._own: list[slice] = []
        self._mixtures: list[npt.NDArray[np.complex128]] = []
        for row in site.rows:
            first, count = self._own[-1].stop if self._own else 0, len(row.groups)
            self._own.append(slice(first, first + count))
            directions = tuple(group.direction for group in row.groups)
            mixtures = np.zeros((max(len(worst_sets(directions)), 1), count), dtype=np.complex128)
            for number, picked in enumerate(worst_sets(directions)):
                mixtures[number, list(picked)] = np.array(directions)[list(picked)]
            self._mixtures.append(mixtures)
        self.one_way = np.array([len(row.groups) <= 1 for row in site.rows], dtype=bool)
        looks = [np.asarray(self.weights[own].any(axis=0)) for own in self._own]
        self._looks = [[r for r, looked in enumerate(looks) if looked[i]] for i in range(len(self.place))]
        self.row_weights = np.array([self.weights[own].sum(axis=0) for own in self._own])
        self.row_weights = self.row_weights.reshape(len(site.rows), len(self.place))
        self.limits_change = any(
            len(steps.starts) > 0
            for row in site.rows
            for steps in (row.limit_a, row.base_a, row.back_limit_a)
            if steps is not None
        )
        constant_a = [row.limit_a.values[0] - row.base_a.values[0] for row in site.rows]
        self._constant_a = np.array(constant_a).reshape(-1, 1)

    def left_a(self, instants: Sequence[datetime]) -> Floats:
        """What each row may carry, its base load taken off. Shape [row, instant]."""
        if not self.limits_change:
            return np.broadcast_to(self._constant_a, (len(self.rows), len(instants)))
        left_a = [[row.limit_a.at(at) - row.base_a.at(at) for at in instants] for row in self.rows]
        return np.array(left_a).reshape(len(self.rows), len(instants))

    def backward_a(self, instants: Sequence[datetime]) -> tuple[Floats, Floats]:
        """(what may flow back, the surplus that does already) of each row. Shapes [row, instant]."""
        shape = len(self.rows), len(instants)
        back = [[(row.back_limit_a or row.limit_a).at(at) for at in instants] for row in self.rows]
        surplus = [[max(-row.base_a.at(at), 0.0) for at in instants] for row in self.rows]
        return np.array(back).reshape(shape), np.array(surplus).reshape(shape)

    def rows_of(self, place: int) -> list[int]:
        """The rows that an EVSE loads."""
        return self._looks[place]

    def within(self, row: int, sums_a: Floats, may_a: Floats) -> npt.NDArray[np.bool_]:
        """Whether the worst mixture of a row's sums [group, instant] stays within `may_a` [row, instant]."""
        worst = np.abs(self._mixtures[row] @ sums_a[self._own[row]]).max(axis=0)
        return np.asarray(worst <= may_a[row])


class Envelope:
    """The exposures of a whole site over time, and how much more may be added."""

    def __init__(
        self,
        site: Site,
        exposures: Mapping[EvseKey, Exposure],
        *,
        now: datetime,
        candidates: Iterable[Exposure] = (),
        wires: Wires | None = None,
    ) -> None:
        """Lay out the instants at which anything changes, those of the candidates included.

        `wires`: those of the site, where whoever asks keeps them.
        """
        self._wires = wires or Wires(site)
        instants = {now}
        for exposure in (*exposures.values(), *candidates):
            instants.update(at for at in exposure.instants() if at > now)
        if self._wires.limits_change:
            for row in site.rows:
                back = () if row.back_limit_a is None else row.back_limit_a.starts
                instants.update(at for at in (*row.limit_a.starts, *row.base_a.starts, *back) if at > now)
        self.instants = sorted(instants)
        self.tenths = {key: e.over(self.instants) for key, e in exposures.items()}
        self._left_a = self._may_a = self._wires.left_a(self.instants) + TOLERANCE_A
        self._given: dict[EvseKey, Tenths] = {}
        """Of those that may be giving back."""
        given = {key: e.given_over(self.instants) for key, e in exposures.items() if e.given}
        if given:
            self._count_given(given)
        table = np.zeros((len(self._wires.place), len(self.instants)))
        for key, values in self.tenths.items():
            table[self._wires.place[key]] = values
        self._sums_a = self._wires.weights @ (table / 10)

    def allowed(self, key: EvseKey, candidate: Exposure) -> Tenths:
        """The candidate, lowered at each instant to what the invariant leaves; never below what is held already.

        Exact to a tenth of an ampere, by bisection: a row's worst case never falls when a current rises. What the
        candidate gives back counts too; whether there is room for that is asked first (`may_give`).
        """
        given = self._more_given(key, candidate)
        may_a = self._may_a if given is None else self._beside(given)[1]
        held = self.tenths[key]
        low, high = held, np.maximum(held, candidate.over(self.instants))
        if self._fits(key, high - held, may_a).all():
            return high
        while (high > low).any():
            middle = (low + high + 1) // 2
            fits = self._fits(key, middle - held, may_a)
            low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
        return low

    def may_give(self, key: EvseKey, candidate: Exposure) -> bool:
        """Whether all rows hold with what the candidate gives back, beside all that is given and drawn already."""
        given = self._more_given(key, candidate)
        if given is None:
            return True
        back_a, may_a = self._beside(given)
        rows = self._wires.rows_of(self._wires.place[key])
        return all((back_a[r] >= 0).all() and self._wires.within(r, self._sums_a, may_a).all() for r in rows)

    def _more_given(self, key: EvseKey, candidate: Exposure) -> dict[EvseKey, Tenths] | None:
        """What is given in all with the candidate; None where it adds nothing."""
        if not candidate.given:
            return None
        held = self._given.get(key, np.zeros(len(self.instants), dtype=np.int64))
        most = np.maximum(held, candidate.given_over(self.instants))
        return {**self._given, key: most} if (most > held).any() else None

    def _beside(self, given: Mapping[EvseKey, Tenths]) -> tuple[Floats, Floats]:
        """(what more may flow back, what may be drawn) in each row while so much is given. Shapes [row, instant].

        Where currents point different ways what is given may point anywhere too: it counts like a load, and so does
        the surplus of the base load. That is a little more than the worst mixture can be.
        """
        wires = self._wires
        table = np.zeros((len(wires.place), len(self.instants)))
        for key, values in given.items():
            table[wires.place[key]] = values
        given_a = wires.row_weights @ (table / 10)
        back_a, surplus_a = wires.backward_a(self.instants)
        one_way = wires.one_way[:, None]
        left_a = np.where(one_way & (given_a > 0), back_a + TOLERANCE_A - surplus_a - given_a, 0.0)
        beside_a = np.where(~one_way & (given_a > 0), given_a + 2 * surplus_a, 0.0)
        return left_a, self._left_a - beside_a

    def _count_given(self, given: dict[EvseKey, Tenths]) -> None:
        self._given = given
        self._back_a, self._may_a = self._beside(given)

    def _fits(self, key: EvseKey, more: Tenths, may_a: Floats) -> npt.NDArray[np.bool_]:
        """At which instants all rows hold with so many tenths more of one EVSE."""
        place = self._wires.place[key]
        sums_a = self._sums_a + self._wires.weights[:, place, None] * (more / 10)
        fits = np.ones(len(self.instants), dtype=bool)
        for row in self._wires.rows_of(place):
            fits &= self._wires.within(row, sums_a, may_a)
        return fits

    def add(self, key: EvseKey, candidate: Exposure) -> None:
        """Count the candidate from now on."""
        raised = np.maximum(self.tenths[key], candidate.over(self.instants))
        place = self._wires.place[key]
        self._sums_a += self._wires.weights[:, place, None] * ((raised - self.tenths[key]) / 10)
        self.tenths[key] = raised
        given = self._more_given(key, candidate)
        if given is not None:
            self._count_given(given)

    def broken_rows(self) -> list[str]:
        """The rows for which the invariant does not hold: the site is not enforced while there are any."""
        wires = self._wires
        return [
            row.name
            for r, row in enumerate(wires.rows)
            if not wires.within(r, self._sums_a, self._may_a).all()
            or (self._given and (self._back_a[r] < 0).any())
        ]

    def steps(self, key: EvseKey) -> Steps:
        """What the EVSE may draw in A, as the planner takes a reservation."""
        values = self.tenths[key].tolist()
        return Steps.of(
            [
                (None if i == 0 else at, values[i] / 10)
                for i, at in enumerate(self.instants)
                if i == 0 or values[i] != values[i - 1]
            ]
        )


def base_share_tenths(site: Site, *, wanted_a: float | None) -> dict[EvseKey, int]:
    """The permanent share of every EVSE, in tenths of A: what it may draw when nobody can reach it.

    `wanted_a` if all EVSEs at once may draw it; without one, each EVSE's minimum current if that takes at most half
    of every limit. Otherwise 0: a station out of reach does not charge. More would leave nothing to plan with,
    since a share counts whether a car is there or not.
    """
    part = 0.5 if wanted_a is None else 1.0
    tenths = {
        key: int(10 * (evse.current_min_a if wanted_a is None else min(wanted_a, evse.current_max_a)))
        for key, evse in site.evses.items()
    }
    currents = {key: value / 10 for key, value in tenths.items()}
    fits = all(
        float(row.worst_case(currents))
        <= part * (min(row.limit_a.values) - max(row.base_a.values)) + TOLERANCE_A
        for row in site.rows
    )
    return tenths if fits else dict.fromkeys(site.evses, 0)
