"""How long a car will stay and how much it will take: quantiles, from the stays that were seen before.

A stay is judged by those that resemble it. Each remembered stay weighs as much as it is near: in time of day, in
weekday class, in what the driver said, in place, in age. The weight falls off slowly (a power of the distance), so
that a few very similar stays decide where there are some, and the crowd where there are none; no scale is chosen by
hand for a site. Own stays of the driver count together against everybody else's as n to n + 6: one stay moves
little, ten lead.

What the driver said is one more trait, not the truth: a stay announced as 5 hours is judged by what became of
other stays announced as about 5 hours, and by how far off this driver was before.

Everything is conditional on what is known by now: a car still here after 4 hours is judged by stays of more than
4 hours, and one that took 9 kWh by stays that took more. A stay that ended while the battery still took its fill
says only "at least so much": its energy is a censored sample (Kaplan and Meier), else sites that give little would
learn that little is wanted.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

from chargewright.charging.site import Floats

__all__ = ["CAPACITY", "Arrived", "Expected", "Outlook", "Stay", "StayEstimate", "Stays"]

Ints = npt.NDArray[np.int64]

CAPACITY = 4000
"""Stays that are remembered for a site, the newest: four months of a garage of 54, at half a millisecond a look."""

EARLY, MEDIAN, WANTED, LATE = 0.1, 0.5, 0.75, 0.9

REPRESENTATIVES = 1000
"""So many are kept of all that resembles a stay, while it goes on: 50 kB, for a tenth of a point in any quantile."""

RANKS = 200
RANKS_PRIOR = 50.0
"""Of the newest so many estimates it is known how they turned out; until there are many of them they are half believed."""
RANK_STEPS: Floats = np.linspace(0.0, 1.0, 11)

OWN_STAYS = 6.0
"""So many own stays weigh as much as all others together."""

PRIOR_STAYS = 4.0
"""What is expected without learning weighs as much as so many stays."""

CLOCK_SCALE_H = 1.2
CLOCK_ALONE_SCALE_H = 2.0
"""The same where nothing was said: then fewer traits bring stays near, and each must reach further."""
ENERGY_CLOCK_SCALE_H = 2.0
SAID_SCALE_H = 1.2
ENERGY_SAID_SCALE_H = 2.0
SAID_ENERGY_SCALE = 0.35
"""In natural logarithms: 8 kWh and 11 kWh are one scale apart."""
ENERGY_SAID_ENERGY_SCALE = 0.2
WEEKEND_DISTANCE = 1.0
PLACE_DISTANCE = 0.25
SILENT_DISTANCE = 6.0
"""Squared distances: between weekday and weekend, two EVSEs, one who said something and one who did not."""
AGE_SCALE = timedelta(days=90)

OVERDUE_SHARE = 0.01
"""Weight of what is expected of a car that outstays all it resembles: a quarter of its stay so far, once more."""
OVERDUE_MIN_S = 900.0
MORE_WH = 1000.0
"""The same for energy: a tenth more than it took, at least a kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What is known of a car when it comes. `user` and `place` are any stable words; empty: not known."""

    arrival: datetime
    user: str = ""
    place: str = ""
    said_departure: datetime | None = None
    said_energy_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay that is over. `energy_wh` is None where nobody metered it; `cut_short`: it left while still charging."""

    arrived: Arrived
    departure: datetime
    energy_wh: float | None
    cut_short: bool = False
    rank: float | None = None
    """Where its duration fell in what was expected at arrival, 0 to 1 (`Outlook.rank`); None: nobody was asked."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is taken for true where nothing was learnt and nothing said."""

    duration_s: float
    energy_wh: float


@dataclass(frozen=True, slots=True)
class StayEstimate:
    """When a car leaves and what it takes in all, from arrival on. No departure lies in the past.

    `basis` tells who had the largest part in it: `user`, `station`, `site`, or, while little is known, `said` or
    `defaults`.
    """

    departure_early: datetime
    """It leaves before this in one case of ten."""
    departure_median: datetime
    departure_late: datetime
    energy_median_wh: float
    energy_wanted_wh: float
    """It takes more in one case of four: what a plan should reckon with. To reckon with too little costs a driver
    energy; with too much, some foresight, since a car stops by itself."""
    energy_high_wh: float
    """It takes more in one case of ten."""
    basis: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that resembles a stay, sorted once: asking again as it goes on is quick."""

    arrival: datetime
    durations_s: Floats
    """Ascending."""
    duration_weights: Floats
    duration_ranks: Floats
    """Cumulative, before the correction that ranks of the past taught."""
    energies_wh: Floats
    """Ascending."""
    energy_weights: Floats
    energy_whole: Floats
    """1 where that was all, 0 where the car left while still charging."""
    energy_durations_s: Floats
    """How long the stay was in which that energy was taken."""
    basis: str

    def at(self, now: datetime, delivered_wh: float = 0.0) -> StayEstimate:
        """The estimate, given that the car is still here and took so much."""
        here_s = max((now - self.arrival).total_seconds(), 0.0)
        early, median, late = (
            max(now, self.arrival) + timedelta(seconds=float(left)) for left in self._left_s(here_s)
        )
        half_wh, wanted_wh, high_wh = self.energies_wh_at((MEDIAN, WANTED, LATE), here_s, delivered_wh)
        return StayEstimate(early, median, late, half_wh, wanted_wh, high_wh, self.basis)

    def rank(self, departure: datetime) -> float:
        """Which part of what resembles this stay was over by then; to be remembered with the stay once it is."""
        place = int(
            np.searchsorted(self.durations_s, (departure - self.arrival).total_seconds(), side="right")
        )
        return float(self.duration_ranks[place - 1]) if place else 0.0

    def energies_wh_at(
        self, levels: Sequence[float], here_s: float = 0.0, delivered_wh: float = 0.0
    ) -> list[float]:
        """Quantiles of the energy taken in all, given a stay longer than `here_s` that takes more than delivered."""
        known = int(np.searchsorted(self.energies_wh, delivered_wh, side="right")) if delivered_wh > 0 else 0
        stays_on = self.energy_durations_s[known:] > here_s
        values_wh = self.energies_wh[known:][stays_on]
        weights = self.energy_weights[known:][stays_on]
        at_risk = np.cumsum(weights[::-1])[::-1]
        more_wh = delivered_wh + max(0.1 * delivered_wh, MORE_WH)
        if not len(weights) or (known and at_risk[0] <= OVERDUE_SHARE):
            return [more_wh for _ in levels]
        survival = np.cumprod(1 - np.minimum(self.energy_whole[known:][stays_on] * weights / at_risk, 1.0))
        # survival falls: the first place where it is down to the wanted share; the last where all the rest left early
        places = np.minimum(np.searchsorted(-survival, np.asarray(levels) - 1), len(values_wh) - 1)
        return [float(value) for value in values_wh[places]]

    def _left_s(self, here_s: float) -> Floats:
        """How much longer it stays at the three levels."""
        known = int(np.searchsorted(self.durations_s, here_s, side="right"))
        left_s = self.durations_s[known:] - here_s
        weights = self.duration_weights[known:]
        if here_s > 0:
            overdue_s = max(0.25 * here_s, OVERDUE_MIN_S)
            place = int(np.searchsorted(left_s, overdue_s))
            left_s = np.insert(left_s, place, overdue_s)
            weights = np.insert(weights, place, OVERDUE_SHARE)
        return _quantiles(left_s, weights, np.array([EARLY, MEDIAN, LATE]))


class Stays:
    """The stays of one site, the newest `capacity`. Deterministic: the same stays in the same order, the same answers.

    `zone` is where the site's clocks and weekdays are.
    """

    def __init__(self, stays: Iterable[Stay] = (), *, zone: tzinfo = UTC, capacity: int = CAPACITY) -> None:
        self._zone = zone
        self._capacity = capacity
        self._names: dict[str, int] = {"": 0}
        self._rows: Floats = np.empty((64, len(_COLUMNS)))
        self._count = 0
        self._ranks: deque[float] = deque(maxlen=RANKS)
        for stay in stays:
            self.learn(stay)

    def __len__(self) -> int:
        return self._count

    def learn(self, stay: Stay) -> None:
        """Remember a stay that is over; one that ended before it began is not believed."""
        duration_s = (stay.departure - stay.arrived.arrival).total_seconds()
        if duration_s <= 0:
            return
        if self._count == self._capacity:
            # a quarter at once: to move the table for every stay would cost more than the stays are worth
            self._keep(np.arange(self._count) >= self._capacity - self._capacity * 3 // 4)
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        energy_wh = np.nan if stay.energy_wh is None else stay.energy_wh
        for name in (stay.arrived.user, stay.arrived.place):
            self._names.setdefault(name, len(self._names))
        traits = self._traits(stay.arrived)
        self._rows[self._count] = (*traits, duration_s / 3600, energy_wh, float(stay.cut_short))
        self._count += 1
        if stay.rank is not None:
            self._ranks.append(stay.rank)

    def forget(self, user: str) -> int:
        """Forget the stays of one user; tells how many there were."""
        if not user or user not in self._names:
            return 0
        theirs = self._column(_USER) == self._names[user]
        self._keep(~theirs)
        return int(theirs.sum())

    def stays_of(self, user: str) -> int:
        """How many stays of a user are remembered."""
        number = self._names.get(user) if user else None
        return 0 if number is None else int((self._column(_USER) == number).sum())

    def estimate(
        self, arrived: Arrived, expected: Expected, *, now: datetime, delivered_wh: float = 0.0
    ) -> StayEstimate:
        """Departure and energy of a car that is here, given all that is known by now."""
        return self.outlook(arrived, expected).at(now, delivered_wh)

    def outlook(self, arrived: Arrived, expected: Expected) -> Outlook:
        """Everything that resembles this stay, weighed."""
        traits = self._traits(arrived)
        said_h, prior = traits[_SAID_H], PRIOR_STAYS / (PRIOR_STAYS + self._count)
        believed_h = expected.duration_s / 3600 if np.isnan(said_h) else said_h
        weights, shares = self._weights(traits, _DEPARTURE)
        durations_h, duration_weights = self._durations_h(traits, weights * (1 - prior))
        durations_s = np.append(durations_h, max(believed_h, 0.0)) * 3600
        duration_weights = np.append(duration_weights, prior)
        order, duration_weights = _thinned(np.argsort(durations_s, kind="stable"), duration_weights)
        believed_wh = (
            expected.energy_wh if arrived.said_energy_wh is None else max(arrived.said_energy_wh, 0.0)
        )
        energies = self._energies(traits, prior, believed_wh)
        return Outlook(
            arrived.arrival,
            durations_s[order],
            *self._corrected(duration_weights),
            *energies,
            _basis(prior, shares, said=arrived.said_departure is not None),
        )

    # --- how near ------------------------------------------------------------------------------------------------

    def _weights(
        self, traits: "tuple[float, ...]", scales: "_Scales"
    ) -> "tuple[Floats, tuple[float, float]]":
        """A weight for each stay, 1 in all (but for none), and the parts of the user and of the EVSE in it."""
        if not self._count:
            return np.empty(0), (0.0, 0.0)
        rows = self._rows[: self._count]
        distance = 1.0 + np.abs(traits[_AT_H] - rows[:, _AT_H]) / (AGE_SCALE.total_seconds() / 3600)
        same_place = rows[:, _PLACE] == traits[_PLACE]
        distance += WEEKEND_DISTANCE * (rows[:, _WEEKEND] != traits[_WEEKEND])
        distance += PLACE_DISTANCE * ~same_place
        said = not np.isnan(traits[_SAID_H])
        clock_h = _clock_difference_h(rows[:, _CLOCK_H], traits[_CLOCK_H])
        distance += (clock_h / (scales.clock_h if said else scales.clock_alone_h)) ** 2
        for column, scale in ((_SAID_H, scales.said_h), (_SAID_ENERGY, scales.said_energy)):
            if not np.isnan(traits[column]):
                apart = ((rows[:, column] - traits[column]) / scale) ** 2
                distance += np.where(np.isnan(apart), SILENT_DISTANCE, apart)
        if not said:
            # whoever says nothing is more like the others who say nothing
            distance += (0.5 * SILENT_DISTANCE) * ~np.isnan(rows[:, _SAID_H])
        weights = 1 / (distance * distance * distance)
        own = (rows[:, _USER] == traits[_USER]) if traits[_USER] else np.zeros(self._count, dtype=np.bool_)
        count = int(own.sum())
        share = count / (count + OWN_STAYS) if count < self._count else 1.0
        if count:
            weights[own] *= share / weights[own].sum()
        if count < self._count:
            weights[~own] *= (1 - share) / weights[~own].sum()
        return weights, (share if count else 0.0, float(weights[same_place].sum()) if traits[_PLACE] else 0.0)

    def _durations_h(self, traits: "tuple[float, ...]", weights: Floats) -> "tuple[Floats, Floats]":
        """What each remembered stay lets one expect: as long, until the same hour, or as far off what was said."""
        durations_h = self._column(_DURATION_H)
        until_h = durations_h + _clock_difference_h(self._column(_CLOCK_H), traits[_CLOCK_H])
        views = [durations_h, np.where(until_h > 0, until_h, durations_h)]
        if not np.isnan(traits[_SAID_H]):
            off_h = traits[_SAID_H] + durations_h - self._column(_SAID_H)
            views.append(
                np.where(off_h > 0, off_h, durations_h)
            )  # a nan, where nothing was said, fails the test
        return np.concatenate(views), np.tile(weights / len(views), len(views))

    def _energies(
        self, traits: "tuple[float, ...]", prior: float, believed_wh: float
    ) -> "tuple[Floats, Floats, Floats, Floats]":
        """Energies in Wh, ascending, with their weights, whether they were all, and durations in s."""
        weights, _ = self._weights(traits, _ENERGY)
        energies_wh = np.append(self._column(_ENERGY_WH), believed_wh)
        metered = np.flatnonzero(~np.isnan(energies_wh))
        order, weights = _thinned(
            metered[np.argsort(energies_wh[metered], kind="stable")], np.append(weights * (1 - prior), prior)
        )
        return (
            energies_wh[order],
            weights,
            np.append(1 - self._column(_CUT_SHORT), 1.0)[order],
            np.append(self._column(_DURATION_H) * 3600, np.inf)[order],
        )

    def _corrected(self, weights: Floats) -> "tuple[Floats, Floats]":
        """Weights such that the ranks of the past would have been even, and the ranks before that.

        Where of late more than half of all cars left by their median, the early part weighs more.
        """
        ranks = np.minimum(np.cumsum(weights), 1.0)
        if not self._ranks:
            return weights, ranks
        fallen = np.histogram(self._ranks, bins=RANK_STEPS)[0].cumsum() / len(self._ranks)
        trust = len(self._ranks) / (len(self._ranks) + RANKS_PRIOR)
        even = RANK_STEPS[1:]
        corrected = np.interp(ranks, RANK_STEPS, np.append(0.0, trust * fallen + (1 - trust) * even))
        return np.diff(corrected, prepend=0.0), ranks

    # --- the table -----------------------------------------------------------------------------------------------

    def _traits(self, arrived: Arrived) -> "tuple[float, ...]":
        local = arrived.arrival.astimezone(self._zone)
        said_h, said_energy = np.nan, np.nan
        if arrived.said_departure is not None:
            said_h = (arrived.said_departure - arrived.arrival).total_seconds() / 3600
        if arrived.said_energy_wh is not None:
            said_energy = float(np.log(max(arrived.said_energy_wh, 100.0)))
        return (
            arrived.arrival.timestamp() / 3600,
            local.hour + local.minute / 60,
            float(local.weekday() >= 5),
            self._number(arrived.user),
            self._number(arrived.place),
            said_h,
            said_energy,
        )

    def _number(self, name: str) -> float:
        """The number of a name; of one that no stay bears, a number that none has."""
        return float(self._names.get(name, -1))

    def _column(self, column: int) -> Floats:
        return self._rows[: self._count, column]

    def _keep(self, which: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> None:
        """Drop the other stays, and the names that only they bore."""
        rows = self._rows[: self._count][which]
        used = sorted({0, *rows[:, _USER].astype(int).tolist(), *rows[:, _PLACE].astype(int).tolist()})
        renumbered = np.zeros(len(self._names))
        renumbered[used] = np.arange(len(used))
        for column in (_USER, _PLACE):
            rows[:, column] = renumbered[rows[:, column].astype(int)]
        by_number = {number: name for name, number in self._names.items()}
        self._names = {by_number[old]: new for new, old in enumerate(used)}
        self._rows[: len(rows)] = rows
        self._count = len(rows)


_COLUMNS = (
    "at_h", "clock_h", "weekend", "user", "place", "said_h", "said_energy", "duration_h", "energy_wh", "cut_short"
)  # fmt: skip
_AT_H, _CLOCK_H, _WEEKEND, _USER, _PLACE, _SAID_H, _SAID_ENERGY, _DURATION_H, _ENERGY_WH, _CUT_SHORT = range(
    10
)


@dataclass(frozen=True, slots=True)
class _Scales:
    """How far apart two stays may be in each trait to count as near."""

    clock_h: float
    clock_alone_h: float
    said_h: float
    said_energy: float


_DEPARTURE = _Scales(CLOCK_SCALE_H, CLOCK_ALONE_SCALE_H, SAID_SCALE_H, SAID_ENERGY_SCALE)
_ENERGY = _Scales(
    ENERGY_CLOCK_SCALE_H, 2 * CLOCK_ALONE_SCALE_H, ENERGY_SAID_SCALE_H, ENERGY_SAID_ENERGY_SCALE
)


def _clock_difference_h(clock_h: Floats, other_h: float) -> Floats:
    """From `other_h` on to `clock_h`, the shorter way round: -12 to 12."""
    return (clock_h - other_h + 12.0) % 24.0 - 12.0


def _thinned(order: Ints, weights: Floats) -> "tuple[Ints, Floats]":
    """The same in this order with their weights; of many, `REPRESENTATIVES` that weigh alike, drawn at even steps."""
    weights = weights[order]
    if len(order) <= REPRESENTATIVES:
        return order, weights
    reached = np.cumsum(weights)
    steps = (np.arange(REPRESENTATIVES) + 0.5) / REPRESENTATIVES * reached[-1]
    return order[np.searchsorted(reached, steps)], np.full(REPRESENTATIVES, reached[-1] / REPRESENTATIVES)


def _quantiles(values: Floats, weights: Floats, levels: Floats) -> Floats:
    """Weighted quantiles of ascending values."""
    reached = np.cumsum(weights)
    places = np.searchsorted(reached, levels * reached[-1])
    return np.asarray(values[np.minimum(places, len(values) - 1)])


def _basis(prior: float, shares: "tuple[float, float]", *, said: bool) -> str:
    if prior >= 0.5:
        return "said" if said else "defaults"
    own, place = shares
    if own >= 0.5:
        return "user"
    return "station" if place >= 0.5 else "site"
