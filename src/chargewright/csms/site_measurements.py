"""What the meters of sites say beside their stations: taken in, kept bounded, given back as a history.

A reading is known by its kind and the minute that it begins in: telling it again changes nothing, telling another
value corrects it. Days are kept as they were told for a week, and as quarters of an hour for 400 days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Final

import numpy as np

from chargewright.charging.forecast import History
from chargewright.charging.site import Floats
from chargewright.clock import Clock, as_utc
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.shelves import whole
from chargewright.domain.site_measurement import QUARTER_S, DayOfReadings, MeasurementKind, SiteMeasurement
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

__all__ = ["BATCH_MAX", "SiteMeasurements"]

BATCH_MAX: Final = 10_000
"""Readings at once: a week of minutes."""

KEPT_DAYS: Final = 400
"""A yearly capacity charge needs a year, and the season a year ago tells of this one."""

FINE_DAYS: Final = 7
POWER_MAX_W: Final = 1e9
AHEAD: Final = timedelta(minutes=5)
"""Clocks of meters may be so fast."""

_QUARTERS: Final = 96
_COVERED_S: Final = QUARTER_S // 2
"""A quarter of an hour of which less than half was metered is not known."""

_DAYS: Final = Shelf("site-measurements", DayOfReadings)


@dataclass(slots=True)
class _Known:
    """The quarters of one kind in memory, by day."""

    quarters: dict[date, Floats] = field(default_factory=dict)
    until: datetime | None = None


class SiteMeasurements:
    """Implements `POST /sites/{id}/measurements`."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[SiteId, dict[str, _Known]] = {}

    async def record(self, site_id: SiteId, readings: Sequence[SiteMeasurement]) -> int:
        """Keep readings, durably; returns how many were new or corrected something.

        Raises:
            InvalidInput: a reading that makes no sense; nothing of the batch is kept then.

        """
        now = self._clock.now()
        if len(readings) > BATCH_MAX:
            raise InvalidInput(f"{len(readings)} at once, at most {BATCH_MAX}", where="measurements")
        for n, reading in enumerate(readings):
            _judge(reading, now, f"measurements[{n}]")
        by_day: dict[tuple[str, date], list[SiteMeasurement]] = {}
        for piece in _split(readings):
            by_day.setdefault((piece.kind, piece.at.date()), []).append(piece)
        if not by_day:
            return 0
        await self._of(site_id)  # before the commit: what is in memory then grows with it

        def keep(records: Records) -> tuple[int, dict[tuple[str, date], DayOfReadings]]:
            changed, days = 0, {}
            for (kind, day), pieces in by_day.items():
                before = records.item(_DAYS, site_id, _key(kind, day))
                if before is None:
                    _tidy(records, site_id, kind, now.date())
                after, count = _merged(before or DayOfReadings(day), pieces)
                if count:
                    records.put_item(_DAYS, site_id, _key(kind, day), after)
                    days[kind, day] = after
                    changed += count
            return changed, days

        changed, days = await self._store.commit(keep)
        for (kind, _), day in days.items():
            self._learn(site_id, kind, day)
        return changed

    async def history(
        self, site_id: SiteId, kind: MeasurementKind, *, since: datetime | None = None
    ) -> History | None:
        """The quarters of an hour of one kind until the last that is known; None where nothing is."""
        known = (await self._of(site_id)).get(kind)
        if known is None or not known.quarters or known.until is None:
            return None
        first, last = min(known.quarters), max(known.quarters)
        if since is not None:
            first = max(first, since.astimezone(UTC).date())
        count = (last - first).days + 1
        if count < 1:
            return None
        nothing = np.full(_QUARTERS, np.nan)
        days = [known.quarters.get(first + timedelta(days=n), nothing) for n in range(count)]
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        length = round((known.until - start) / timedelta(seconds=QUARTER_S))
        return History(start, float(QUARTER_S), np.concatenate(days)[:length]) if length > 0 else None

    async def latest(self, site_id: SiteId) -> Mapping[str, tuple[datetime, float]]:
        """By kind: when the last known quarter of an hour began, and its power in W."""
        found: dict[str, tuple[datetime, float]] = {}
        for kind, known in (await self._of(site_id)).items():
            if known.until is not None:
                at = known.until - timedelta(seconds=QUARTER_S)
                quarter = (at.hour * 3600 + at.minute * 60) // QUARTER_S
                found[kind] = at, float(known.quarters[at.date()][quarter])
        return found

    async def _of(self, site_id: SiteId) -> dict[str, _Known]:
        if site_id not in self._known:
            kept = await self._store.read(
                lambda records: [(key, day) for key, day in whole(records, _DAYS, site_id)]
            )
            self._known.setdefault(site_id, {})
            for key, day in kept:
                kind = key.partition("/")[0]
                if day.day not in self._known[site_id].get(kind, _Known()).quarters:
                    self._learn(site_id, kind, day)
        return self._known[site_id]

    def _learn(self, site_id: SiteId, kind: str, day: DayOfReadings) -> None:
        known = self._known[site_id].setdefault(kind, _Known())
        quarters = _quarters(day)
        if np.isnan(quarters).all():
            return
        known.quarters[day.day] = quarters
        for old in [one for one in known.quarters if (day.day - one).days > KEPT_DAYS]:
            del known.quarters[old]
        last = max(known.quarters)
        end = int(np.flatnonzero(~np.isnan(known.quarters[last]))[-1]) + 1
        known.until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(
            seconds=end * QUARTER_S
        )


def _key(kind: str, day: date) -> str:
    return f"{kind}/{day.isoformat()}"


def _judge(reading: SiteMeasurement, now: datetime, where: str) -> None:
    if reading.at.tzinfo is None:
        raise InvalidInput("a time without a zone", where=f"{where}.at")
    if not 60 <= reading.duration_s <= 3600:
        raise InvalidInput("a reading is for 60 to 3600 s", where=f"{where}.duration_s")
    if not isfinite(reading.power_w) or abs(reading.power_w) > POWER_MAX_W:
        raise InvalidInput("is no power of a site", where=f"{where}.power_w")
    if reading.at > now + AHEAD:
        raise InvalidInput("lies in the future", where=f"{where}.at")
    age_days = (now.date() - as_utc(reading.at).date()).days
    if age_days >= KEPT_DAYS:
        raise InvalidInput(f"is older than {KEPT_DAYS} days", where=f"{where}.at")
    if age_days >= FINE_DAYS and (reading.duration_s % QUARTER_S or _minute(reading.at) % 15):
        raise InvalidInput(
            f"days older than {FINE_DAYS} are kept in full quarters of an hour", where=f"{where}.at"
        )


def _minute(at: datetime) -> int:
    at = as_utc(at)
    return at.hour * 60 + at.minute


def _split(readings: Iterable[SiteMeasurement]) -> Iterable[SiteMeasurement]:
    """Cut in two what runs over midnight, and begin all of them at full minutes."""
    for told in readings:
        reading = replace(told, at=as_utc(told.at).replace(second=0, microsecond=0))
        midnight = (reading.at + timedelta(days=1)).replace(hour=0, minute=0)
        if reading.end <= midnight:
            yield reading
        else:
            first_s = int((midnight - reading.at).total_seconds())
            yield replace(reading, duration_s=first_s)
            yield replace(reading, at=midnight, duration_s=reading.duration_s - first_s)


def _merged(before: DayOfReadings, pieces: Iterable[SiteMeasurement]) -> tuple[DayOfReadings, int]:
    """Return the day with the readings in it, and how many of them changed it; of two for a minute the later counts."""
    own = dict(zip(before.minutes, zip(before.durations_s, before.powers_w, strict=True), strict=True))
    told = {_minute(piece.at): (piece.duration_s, piece.power_w) for piece in pieces}
    changed = sum(1 for minute, value in told.items() if own.get(minute) != value)
    both = sorted((own | told).items())
    return (
        DayOfReadings(
            before.day,
            tuple(minute for minute, _ in both),
            tuple(duration for _, (duration, _) in both),
            tuple(power for _, (_, power) in both),
        ),
        changed,
    )


def _quarters(day: DayOfReadings) -> Floats:
    """Return the mean power of each quarter of an hour, NaN where less than half of it was metered.

    A reading counts until the next one begins.
    """
    energy, covered = np.zeros(_QUARTERS), np.zeros(_QUARTERS)
    starts = [60 * minute for minute in day.minutes]
    for n, start in enumerate(starts):
        end = min(start + day.durations_s[n], starts[n + 1] if n + 1 < len(starts) else 86_400)
        for quarter in range(start // QUARTER_S, -(-end // QUARTER_S)):
            inside = min(end, (quarter + 1) * QUARTER_S) - max(start, quarter * QUARTER_S)
            energy[quarter] += inside * day.powers_w[n]
            covered[quarter] += inside
    return np.where(covered >= _COVERED_S, energy / np.maximum(covered, 1.0), np.nan)


def _tidy(records: Records, site_id: SiteId, kind: str, today: date) -> None:
    """A day begins: the one that is a week old is kept in quarters from now on, the oldest is dropped."""
    for back in range(FINE_DAYS, FINE_DAYS + 7):  # some days may have passed without a reading
        key = _key(kind, today - timedelta(days=back))
        fine = records.item(_DAYS, site_id, key)
        if fine is not None and any(duration % QUARTER_S for duration in fine.durations_s):
            records.put_item(_DAYS, site_id, key, _coarse(fine))
    for _, key, _ in records.items(_DAYS, site_id, after=f"{kind}/", limit=7):
        if key < _key(kind, today - timedelta(days=KEPT_DAYS)) and key.startswith(f"{kind}/"):
            records.delete_item(_DAYS, site_id, key)


def _coarse(day: DayOfReadings) -> DayOfReadings:
    quarters = _quarters(day)
    known = np.flatnonzero(~np.isnan(quarters))
    return DayOfReadings(
        day.day,
        tuple(int(n) * 15 for n in known),
        tuple(QUARTER_S for _ in known),
        tuple(round(float(quarters[n]), 3) for n in known),
    )
