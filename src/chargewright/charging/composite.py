"""What a station may draw once all its profiles are laid over each other.

Within one purpose the highest stack level that defines a period leads; PriorityCharging, where it is switched on,
goes before TxProfile and that before TxDefaultProfile; the lowest of what then leads holds, and LocalGeneration is
added to it (OCPP 2.0.1 and 2.1 part 2, K 3.5, 3.6 and K08; 1.6 section 3.13). What the texts leave open is a switch
of `Dialect`. Where no profile speaks, the limit is None: no limit is given.

A profile with several schedules (ISO 15118) is read by its first; a randomised delay and a limit beyond a state of
charge are known to the station alone, so they are not part of what is computed here.

Inside this file instants are whole microseconds since 1970, because the sweep is made of comparisons.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    OperationMode,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Schedule,
    StartMoment,
)
from chargewright.charging.timeline import Timeline
from chargewright.clock import later
from chargewright.errors import InvalidInput

__all__ = ["ActiveTransaction", "Composite", "Context", "EvseContext", "composite", "limit_at"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US: Final = 1_000_000
_FOREVER_US: Final = 1 << 62
_HORIZON: Final = timedelta(days=1)  # one day shows every change of a daily schedule

_Span = tuple[int, int, int | None, int | None]
"""From, to, limit in tenths, phases; spans in a list are in order of time and never overlap."""


@dataclass(frozen=True, slots=True)
class ActiveTransaction:
    """A transaction that runs now. `power_path_closed_at`: authorised and connected, ready to deliver."""

    id: str
    started_at: datetime
    power_path_closed_at: datetime | None = None
    priority_active: bool = False


@dataclass(frozen=True, slots=True)
class EvseContext:
    """An EVSE as wired; `current_max_tenths` is its hardware's maximum per phase, None where unknown."""

    id: int
    phases: int = 3
    current_max_tenths: int | None = None
    transaction: ActiveTransaction | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a composite schedule depends on beside the profiles.

    `voltage_v` is nominal, phase to neutral. `offline_since` is when the station lost its link, if it has.
    `time_zone` is the station's, for schedules in local time; None reads them as UTC.
    """

    dialect: Dialect
    evses: tuple[EvseContext, ...]
    voltage_v: int = 230
    offline_since: datetime | None = None
    time_zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite schedule: `limit` in tenths of `unit`, and the number of phases it is meant for."""

    evse_id: int
    unit: RateUnit
    limit: Timeline
    number_phases: Timeline

    def periods(self, unlimited_tenths: int | None = None) -> tuple[Period, ...]:
        """Return the steps as a station reports them, whole seconds from the window's start.

        Where no limit is given, `unlimited_tenths` (the hardware's maximum, say) is written.
        """
        start = self.limit.start
        steps: dict[int, Period] = {}
        for instant in sorted({*self.limit.edges[:-1], *self.number_phases.edges[:-1]}):
            start_s = (instant - start) // timedelta(seconds=1)
            limit = self.limit.at(instant)
            phases = self.number_phases.at(instant)
            steps[start_s] = Period(start_s, unlimited_tenths if limit is None else limit, phases)
        return tuple(steps.values())


def limit_at(
    installed: Sequence[Installed],
    *,
    evse_id: int,
    at: datetime,
    unit: RateUnit,
    context: Context,
    horizon: timedelta = _HORIZON,
) -> tuple[int | None, datetime]:
    """Return the limit in tenths of `unit` at an instant, and until when it surely holds.

    The second instant is the next change, or `at + horizon` where nothing changes before: ask, jump, ask.
    """
    window = (at, later(at, horizon.total_seconds()))
    limit = composite(installed, evse_id=evse_id, window=window, unit=unit, context=context).limit
    return limit.values[0], limit.edges[1]


def composite(
    installed: Sequence[Installed],
    *,
    evse_id: int,
    window: tuple[datetime, datetime],
    unit: RateUnit,
    context: Context,
) -> Composite:
    """Return what `evse_id` may draw in the window [start, end).

    EVSE 0 is the station: the lowest of its own limits and of the sum over its EVSEs, None where one of them
    has no limit and the station has none. Converted watts are rounded down to tenths of an ampere.

    Raises:
        InvalidInput: the window is empty or bears no time zone, or the station has no such EVSE.

    """
    start, end = window
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise InvalidInput(f"the window from {start} to {end} is empty or bears no time zone")
    sweep = _Sweep(installed, context, unit, _us(start), _us(end))
    if evse_id == 0:
        spans = sweep.of_station()
    else:
        evse = next((e for e in context.evses if e.id == evse_id), None)
        if evse is None:
            raise InvalidInput(f"the station has no EVSE {evse_id}")
        spans = sweep.of_evse(evse)
    return Composite(
        evse_id,
        unit,
        _timeline((begin, until, limit) for begin, until, limit, _ in spans),
        _timeline((begin, until, phases) for begin, until, _, phases in spans),
    )


@dataclass(frozen=True, slots=True)
class _Sweep:
    installed: Sequence[Installed]
    context: Context
    unit: RateUnit
    start: int
    end: int

    def of_evse(self, evse: EvseContext) -> list[_Span]:
        """Return the result for one EVSE, covering the whole window."""
        capped = self._capped(evse)
        added = [
            spans
            for evse_id in (0, evse.id)
            if (spans := self._leading(Purpose.LOCAL_GENERATION, (evse_id,), evse))
        ]
        if not added:
            return capped
        return self._merge([self._merge([capped, *added], _plus), self._hardware([evse])], _lowest)

    def of_station(self) -> list[_Span]:
        """Return the result for EVSE 0."""
        evses = self.context.evses
        whole = EvseContext(0, phases=max((e.phases for e in evses), default=3))
        layers = [
            self._leading(Purpose.STATION_MAX, (0,), whole),
            self._leading(Purpose.EXTERNAL_CONSTRAINTS, (0,), whole),
        ]
        if evses:
            layers.append(self._merge([self._capped(evse) for evse in evses], _sum))
        capped = self._merge(layers, _lowest)
        added = [self._leading(Purpose.LOCAL_GENERATION, (0,), whole)]
        added += [self._leading(Purpose.LOCAL_GENERATION, (evse.id,), evse) for evse in evses]
        added = [spans for spans in added if spans]
        if not added:
            return capped
        return self._merge([self._merge([capped, *added], _plus), self._hardware(evses)], _lowest)

    def _capped(self, evse: EvseContext) -> list[_Span]:
        """Return the lowest of everything that caps one EVSE."""
        layers = [
            self._transaction_slot(evse),
            self._leading(Purpose.STATION_MAX, (0,), evse),
            self._leading(Purpose.EXTERNAL_CONSTRAINTS, (0,), evse),
            self._leading(Purpose.EXTERNAL_CONSTRAINTS, (evse.id,), evse),
            self._hardware([evse]),
        ]
        return self._merge(layers, _lowest)

    def _transaction_slot(self, evse: EvseContext) -> list[_Span]:
        """Return what PriorityCharging, TxProfile or TxDefaultProfile says, the first of them that speaks."""
        transaction = evse.transaction
        if transaction is None and not self.context.dialect.default_while_idle:
            return []
        spans = self._leading(Purpose.TX_DEFAULT, (0, evse.id), evse)
        if transaction is not None:
            upper = self._leading(Purpose.TX, (evse.id,), evse)
            spans = _over(upper, upper, spans)
            if transaction.priority_active:
                upper = self._leading(Purpose.PRIORITY_CHARGING, (0, evse.id), evse)
                spans = _over(upper, upper, spans)
        return spans

    def _leading(self, purpose: Purpose, evse_ids: tuple[int, ...], evse: EvseContext) -> list[_Span]:
        """Return what one purpose says: the highest stack level that has a period, at each instant."""
        dialect = self.context.dialect
        candidates = [
            i
            for i in self.installed
            if i.profile.purpose is purpose
            and i.evse_id in evse_ids
            and (purpose is not Purpose.TX or _belongs(i.profile, evse.transaction))
        ]
        if len(candidates) > 1:
            own_first = purpose is Purpose.TX_DEFAULT and dialect.evse_default_first
            candidates.sort(key=lambda i: _precedence(i, own_first=own_first))
        spans: list[_Span] = []
        for candidate in candidates:
            low, high = self._validity(candidate)
            if low >= high:
                continue
            upper = self._spans(candidate, evse, low, high)
            whole: list[_Span] = [(low, high, None, None)]
            spans = _over(upper, whole if dialect.exhausted_hides else upper, spans)
        return spans

    def _validity(self, installed: Installed) -> tuple[int, int]:
        """Return from when to when within the window a profile is valid, whether or not it says anything."""
        profile = installed.profile
        low, high = self.start, self.end
        if profile.valid_from is not None:
            low = max(low, _us(profile.valid_from))
        if profile.valid_to is not None:
            high = min(high, _us(profile.valid_to) + (1 if self.context.dialect.valid_to_inclusive else 0))
        offline_since = self.context.offline_since
        if offline_since is not None and profile.max_offline_duration_s is not None:
            high = min(high, _us(offline_since) + profile.max_offline_duration_s * _SECOND_US)
        if profile.kind is Kind.DYNAMIC:
            # its duration is a dead man's timer: it ends the profile, not merely the schedule (K28.FR.13)
            updated = _us(profile.dyn_update_at or installed.received_at)
            low = max(low, updated)
            duration_s = profile.schedules[0].duration_s
            if duration_s is not None:
                high = min(high, updated + duration_s * _SECOND_US)
        return low, high

    def _spans(self, installed: Installed, evse: EvseContext, low: int, high: int) -> list[_Span]:
        """Return what one profile says between two instants."""
        schedule = installed.profile.schedules[0]
        starts = [period.start_s * _SECOND_US for period in schedule.periods]
        ends = [*starts[1:], _FOREVER_US]
        if schedule.duration_s is not None:
            length = schedule.duration_s * _SECOND_US
            ends = [min(until, length) for until in ends]
        rates: dict[int, tuple[int | None, int | None]] = {}
        spans: list[_Span] = []
        for base, over_at in self._occurrences(installed, evse, low, high):
            end = min(high, over_at)
            for i in range(max(bisect_right(starts, low - base) - 1, 0), len(starts)):
                begin = base + starts[i]
                if begin >= end:
                    break
                begin = max(begin, low)
                until = min(base + ends[i], end)
                if begin < until:
                    rate = rates.get(i)
                    if rate is None:
                        rate = rates[i] = self._rate(schedule.periods[i], schedule, evse)
                    spans.append((begin, until, *rate))
        return spans

    def _occurrences(
        self, installed: Installed, evse: EvseContext, low: int, high: int
    ) -> Iterator[tuple[int, int]]:
        """Yield when the schedule starts, and when its next occurrence ends it."""
        profile = installed.profile
        schedule = profile.schedules[0]
        anchor = self._anchor(installed, evse)
        if anchor is None:
            return
        if profile.kind is not Kind.RECURRING or profile.recurrency is None:
            yield (self._local(anchor) if schedule.use_local_time else anchor), _FOREVER_US
            return
        length = profile.recurrency.length_s * _SECOND_US
        place: Callable[[int], int] = self._local if schedule.use_local_time else _as_is
        # one occurrence early, because a local clock may lag behind UTC's count of days
        nominal = anchor + max((low - anchor) // length - 1, 0) * length
        base = place(nominal)
        while base < high:
            nominal += length
            following = place(nominal)
            yield base, following
            base = following

    def _anchor(self, installed: Installed, evse: EvseContext) -> int | None:
        """Return the instant that offsets count from; None where the profile never starts."""
        profile = installed.profile
        dialect = self.context.dialect
        if profile.kind is Kind.DYNAMIC:
            return _us(profile.dyn_update_at or installed.received_at)
        if profile.kind is Kind.RELATIVE:
            moment = dialect.relative_start
        elif profile.schedules[0].start_at is not None:
            return _us(profile.schedules[0].start_at)
        else:
            moment = dialect.missing_start
        if moment is StartMoment.NEVER:
            return None
        transaction = evse.transaction
        if moment is StartMoment.RECEIVED or transaction is None:
            return _us(installed.received_at)
        if moment is StartMoment.POWER_PATH_CLOSED and transaction.power_path_closed_at is not None:
            return _us(transaction.power_path_closed_at)
        return _us(transaction.started_at)

    def _local(self, digits: int) -> int:
        """Return the instant at which the station's wall clock shows `digits`; UTC's beyond the calendar's ends."""
        zone = self.context.time_zone or UTC
        try:
            wall = (_EPOCH + timedelta(microseconds=digits)).replace(tzinfo=zone)
            return _us(wall.astimezone(UTC))
        except OverflowError:
            return digits

    def _rate(self, period: Period, schedule: Schedule, evse: EvseContext) -> tuple[int | None, int | None]:
        """Return a period's limit in the unit asked for, and its phases."""
        # 0 phases is legal in the schema and means nothing: it is read as absent
        phases = period.number_phases or self.context.dialect.number_phases_missing or evse.phases
        limit = period.limit_tenths
        if limit is not None and (period.limit_tenths_l2 is not None or period.limit_tenths_l3 is not None):
            limit = _three_as_one(period, limit, schedule.unit)
        if period.operation_mode is OperationMode.IDLE:
            limit = 0
        if limit is None:
            return None, phases
        if self.context.dialect.minimum_rate_raises and schedule.minimum_rate_tenths is not None:
            limit = max(limit, schedule.minimum_rate_tenths)
        if schedule.unit is not self.unit:
            voltage_v = self.context.voltage_v
            if self.unit is RateUnit.A:
                limit //= voltage_v * phases
            else:
                # more phases than are in use change nothing: the current holds on those that are
                limit *= voltage_v * min(phases, evse.phases)
        return limit, phases

    def _hardware(self, evses: Sequence[EvseContext]) -> list[_Span]:
        """Return what the hardware of these EVSEs can take together; nothing where one of them is unknown."""
        amount = 0
        for evse in evses:
            if evse.current_max_tenths is None:
                return []
            factor = 1 if self.unit is RateUnit.A else self.context.voltage_v * evse.phases
            amount += evse.current_max_tenths * factor
        return [(self.start, self.end, amount, None)]

    def _merge(
        self, layers: list[list[_Span]], decide: Callable[[list[_Span | None]], tuple[int | None, int | None]]
    ) -> list[_Span]:
        """Return what `decide` makes of the layers at each instant, covering the whole window."""
        layers = [layer for layer in layers if layer]
        if not layers:
            return [(self.start, self.end, None, None)]
        # at one instant an end stands before the beginning that follows it in the same layer
        changes: dict[int, list[tuple[int, _Span | None]]] = {self.start: [], self.end: []}
        for i, layer in enumerate(layers):
            for span in layer:
                changes.setdefault(span[1], []).append((i, None))
                changes.setdefault(span[0], []).append((i, span))
        present: list[_Span | None] = [None] * len(layers)
        merged: list[_Span] = []
        for begin, until in pairwise(sorted(changes)):
            for i, change in changes[begin]:
                present[i] = change
            limit, phases = decide(present)
            if merged and merged[-1][2] == limit and merged[-1][3] == phases:
                merged[-1] = merged[-1][0], until, limit, phases
            else:
                merged.append((begin, until, limit, phases))
        return merged


def _lowest(present: list[_Span | None]) -> tuple[int | None, int | None]:
    """Take the lowest limit and the lowest number of phases (2.1: K01.FR.140)."""
    lowest: int | None = None
    fewest: int | None = None
    for span in present:
        if span is None:
            continue
        limit, phases = span[2], span[3]
        if limit is not None and (lowest is None or limit < lowest):
            lowest = limit
        if phases is not None and (fewest is None or phases < fewest):
            fewest = phases
    return lowest, fewest


def _sum(present: list[_Span | None]) -> tuple[int | None, int | None]:
    """Add the limits of EVSEs: no limit plus ten is no limit."""
    limits = [span[2] for span in present if span is not None and span[2] is not None]
    _, fewest = _lowest(present)
    return (sum(limits) if len(limits) == len(present) else None), fewest


def _plus(present: list[_Span | None]) -> tuple[int | None, int | None]:
    """Add generation to the first layer, which always speaks."""
    first, *rest = present
    assert first is not None
    if first[2] is None:
        return None, first[3]
    return first[2] + sum(span[2] for span in rest if span is not None and span[2] is not None), first[3]


def _over(upper: list[_Span], claimed: list[_Span], lower: list[_Span]) -> list[_Span]:
    """Return `upper` with `lower` showing wherever `claimed` leaves room."""
    if not lower:
        return upper
    kept: list[_Span] = []
    place = 0
    for begin, until, limit, phases in lower:
        while place < len(claimed) and claimed[place][1] <= begin:
            place += 1
        at = begin
        for i in range(place, len(claimed)):
            claim_begin, claim_until, _, _ = claimed[i]
            if claim_begin >= until:
                break
            if claim_begin > at:
                kept.append((at, claim_begin, limit, phases))
            at = claim_until
        if at < until:
            kept.append((at, until, limit, phases))
    return sorted(kept + upper, key=_begin)


def _begin(span: _Span) -> int:
    return span[0]


def _as_is(instant: int) -> int:
    return instant


def _belongs(profile: Profile, transaction: ActiveTransaction | None) -> bool:
    """Tell whether a TxProfile is for this transaction; one from a remote start bears no id."""
    return transaction is not None and profile.transaction_id in {None, transaction.id}


def _precedence(installed: Installed, *, own_first: bool) -> tuple[int, int, datetime, int]:
    """Return a key that sorts what goes first to the end; ties go to the later arrival."""
    own = int(installed.evse_id != 0)
    level = installed.profile.stack_level
    first, second = (own, level) if own_first else (level, own)
    return first, second, installed.received_at, installed.profile.id


def _three_as_one(period: Period, limit: int, unit: RateUnit) -> int:
    """Return one limit for three: the lowest on every phase, as for a car on plain PWM (K01.FR.147)."""
    given = [v for v in (limit, period.limit_tenths_l2, period.limit_tenths_l3) if v is not None]
    return min(given) * (1 if unit is RateUnit.A else len(given))


def _us(instant: datetime) -> int:
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * _SECOND_US + delta.microseconds


def _timeline(pieces: Iterable[tuple[int, int, int | None]]) -> Timeline:
    edges: list[int] = []
    values: list[int | None] = []
    for begin, until, value in pieces:
        if values and values[-1] == value:
            edges[-1] = until
            continue
        if not edges:
            edges.append(begin)
        edges.append(until)
        values.append(value)
    return Timeline(tuple(_EPOCH + timedelta(microseconds=edge) for edge in edges), tuple(values))
