"""The oracle: what holds at ONE instant, asked straight from the rules and as slowly as they are written.

It shares nothing with `composite.py` but the dataclasses: no spans, no sweeps, no conversion helpers. Time is
datetimes, watts and amperes are fractions. Whoever changes a rule changes it here too, from the text.
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

from chargewright.charging.composite import ActiveTransaction, Context, EvseContext
from chargewright.charging.profile import (
    Installed,
    Kind,
    OperationMode,
    Period,
    Purpose,
    RateUnit,
    Recurrency,
    StartMoment,
)

Answer = tuple[int | None, int | None]
MICROSECOND = timedelta(microseconds=1)


def ask(
    installed: list[Installed], *, evse_id: int, at: datetime, unit: RateUnit, context: Context
) -> Answer:
    """Return (limit in tenths, number of phases) at `at`."""
    if evse_id:
        evse = next(e for e in context.evses if e.id == evse_id)
        limit, phases = capped(installed, evse, at, unit, context)
        extra = [generated(installed, where, evse, at, unit, context) for where in (0, evse.id)]
        return with_generation(limit, extra, [evse], unit, context), phases
    return ask_station(installed, at, unit, context)


def ask_station(installed: list[Installed], at: datetime, unit: RateUnit, context: Context) -> Answer:
    station = EvseContext(0, max((e.phases for e in context.evses), default=3))
    answers = []
    for purpose in (Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS):
        found = leader(installed, purpose, [0], station, at, context)
        if found is not None:
            answers.append(rate(found, station, unit, context))
    per_evse = [capped(installed, evse, at, unit, context) for evse in context.evses]
    if per_evse:
        every_one_limited = all(limit is not None for limit, _ in per_evse)
        summed = sum(limit for limit, _ in per_evse if limit is not None) if every_one_limited else None
        answers.append((summed, least(phases for _, phases in per_evse)))
    extra = [generated(installed, 0, station, at, unit, context)]
    extra += [generated(installed, evse.id, evse, at, unit, context) for evse in context.evses]
    limit = with_generation(least(a[0] for a in answers), extra, context.evses, unit, context)
    return limit, least(a[1] for a in answers)


def with_generation(limit, extra, evses, unit, context):
    if limit is None:
        return hardware(evses, unit, context) if any(e is not None for e in extra) else None
    total = limit + sum(e or 0 for e in extra)
    if any(e is not None for e in extra):
        return least([total, hardware(evses, unit, context)])
    return total


def capped(
    installed: list[Installed], evse: EvseContext, at: datetime, unit: RateUnit, context: Context
) -> Answer:
    """Return the lowest of everything that caps this EVSE, generation left out."""
    leaders = [
        charging_leader(installed, evse, at, context),
        leader(installed, Purpose.STATION_MAX, [0], evse, at, context),
        leader(installed, Purpose.EXTERNAL_CONSTRAINTS, [0], evse, at, context),
        leader(installed, Purpose.EXTERNAL_CONSTRAINTS, [evse.id], evse, at, context),
    ]
    answers = [rate(found, evse, unit, context) for found in leaders if found is not None]
    limits = [a[0] for a in answers] + [hardware([evse], unit, context)]
    return least(limits), least(a[1] for a in answers)


def charging_leader(installed, evse, at, context):
    if evse.transaction is not None and evse.transaction.priority_active:
        found = leader(installed, Purpose.PRIORITY_CHARGING, [0, evse.id], evse, at, context)
        if found is not None:
            return found
    if evse.transaction is not None:
        mine = [i for i in installed if i.profile.transaction_id in (None, evse.transaction.id)]
        found = leader(mine, Purpose.TX, [evse.id], evse, at, context)
        if found is not None:
            return found
    if evse.transaction is None and not context.dialect.default_while_idle:
        return None
    return leader(installed, Purpose.TX_DEFAULT, [0, evse.id], evse, at, context)


def leader(installed, purpose, evse_ids, evse, at, context):
    """Return (installed, period) that leads one purpose at this instant, or None."""
    rivals = [
        i
        for i in installed
        if i.profile.purpose is purpose and i.evse_id in evse_ids and valid(i, at, context)
    ]

    def rank(i):
        levels = [i.profile.stack_level, 1 if i.evse_id else 0]
        if purpose is Purpose.TX_DEFAULT and context.dialect.evse_default_first:
            levels.reverse()
        return (*levels, i.received_at, i.profile.id)

    for rival in sorted(rivals, key=rank, reverse=True):
        period = running_period(rival, evse.transaction, at, context)
        if period is not None:
            return rival, period
        if context.dialect.exhausted_hides:
            return None
    return None


def valid(i: Installed, at: datetime, context: Context) -> bool:
    p = i.profile
    if p.valid_from is not None and at < p.valid_from:
        return False
    if p.valid_to is not None:
        if at > p.valid_to:
            return False
        if at == p.valid_to and not context.dialect.valid_to_inclusive:
            return False
    limited = context.offline_since is not None and p.max_offline_duration_s is not None
    if limited and at - context.offline_since >= timedelta(seconds=p.max_offline_duration_s):
        return False
    if p.kind is Kind.DYNAMIC:
        silence = at - (p.dyn_update_at if p.dyn_update_at is not None else i.received_at)
        if silence < timedelta(0):
            return False
        duration_s = p.schedules[0].duration_s
        return duration_s is None or silence < timedelta(seconds=duration_s)
    return True


def running_period(
    i: Installed, transaction: ActiveTransaction | None, at: datetime, context: Context
) -> Period | None:
    """Return the period that the profile defines for this instant."""
    elapsed = time_since_start(i, transaction, at, context)
    if elapsed is None or elapsed < timedelta(0):
        return None
    schedule = i.profile.schedules[0]
    if schedule.duration_s is not None and elapsed >= timedelta(seconds=schedule.duration_s):
        return None
    started = [p for p in schedule.periods if elapsed >= timedelta(seconds=p.start_s)]
    return started[-1] if started else None


def time_since_start(i, transaction, at, context) -> timedelta | None:
    schedule = i.profile.schedules[0]
    start = start_of(i, transaction, context)
    if start is None:
        return None
    shows = (lambda digits: local(digits, context)) if schedule.use_local_time else (lambda digits: digits)
    if i.profile.kind is not Kind.RECURRING or i.profile.recurrency is None:
        return at - shows(start)
    step = timedelta(days=1 if i.profile.recurrency is Recurrency.DAILY else 7)
    # step back through the occurrences until one has begun; begin safely beyond the instant
    candidate = start + step * max(0, (at - start) // step + 3)
    while candidate >= start:
        if shows(candidate) <= at:
            return at - shows(candidate)
        candidate -= step
    return None


def local(digits: datetime, context: Context) -> datetime:
    if context.time_zone is None:
        return digits
    return digits.replace(tzinfo=context.time_zone).astimezone(UTC)


def start_of(i, transaction, context):
    if i.profile.kind is Kind.DYNAMIC:
        return i.profile.dyn_update_at or i.received_at
    if i.profile.kind is not Kind.RELATIVE and i.profile.schedules[0].start_at is not None:
        return i.profile.schedules[0].start_at
    relative = i.profile.kind is Kind.RELATIVE
    moment = context.dialect.relative_start if relative else context.dialect.missing_start
    if moment is StartMoment.NEVER:
        return None
    if transaction is None or moment is StartMoment.RECEIVED:
        return i.received_at
    if moment is StartMoment.POWER_PATH_CLOSED:
        return transaction.power_path_closed_at or transaction.started_at
    return transaction.started_at


def rate(found, evse, unit: RateUnit, context: Context) -> Answer:
    i, period = found
    schedule = i.profile.schedules[0]
    phases = period.number_phases
    if not phases:
        phases = context.dialect.number_phases_missing
    if not phases:
        phases = evse.phases
    limit = None if period.limit_tenths is None else Fraction(period.limit_tenths, 10)
    others = [v for v in (period.limit_tenths_l2, period.limit_tenths_l3) if v is not None]
    if limit is not None and others:
        lowest = min([limit, *(Fraction(v, 10) for v in others)])
        limit = lowest if schedule.unit is RateUnit.A else lowest * (1 + len(others))
    if period.operation_mode is OperationMode.IDLE:
        limit = Fraction(0)
    if limit is None:
        return None, phases
    if context.dialect.minimum_rate_raises and schedule.minimum_rate_tenths is not None:
        limit = max(limit, Fraction(schedule.minimum_rate_tenths, 10))
    if schedule.unit is RateUnit.W and unit is RateUnit.A:
        limit = limit / (context.voltage_v * phases)
    elif schedule.unit is RateUnit.A and unit is RateUnit.W:
        limit = limit * context.voltage_v * (min(phases, evse.phases))
    return floor(limit * 10), phases


def generated(installed, where, evse, at, unit, context) -> int | None:
    found = leader(installed, Purpose.LOCAL_GENERATION, [where], evse, at, context)
    return None if found is None else rate(found, evse, unit, context)[0] or 0


def hardware(evses, unit: RateUnit, context: Context) -> int | None:
    total = 0
    for evse in evses:
        if evse.current_max_tenths is None:
            return None
        per_phase = evse.current_max_tenths
        total += per_phase if unit is RateUnit.A else per_phase * evse.phases * context.voltage_v
    return total


def least(values):
    return min((v for v in values if v is not None), default=None)


def instants_of(
    installed: list[Installed], context: Context, start: datetime, end: datetime
) -> list[datetime]:
    """Return every instant in the window where anything could change, with one second and 1 us around it."""
    moments = {start, end - MICROSECOND}
    for i in installed:
        p, schedule = i.profile, i.profile.schedules[0]
        anchors = {i.received_at, p.dyn_update_at, schedule.start_at, p.valid_from, p.valid_to}
        if context.offline_since is not None:
            anchors.add(context.offline_since + timedelta(seconds=p.max_offline_duration_s or 0))
        for evse in context.evses:
            if evse.transaction is not None:
                anchors |= {evse.transaction.started_at, evse.transaction.power_path_closed_at}
        anchors.discard(None)
        if schedule.use_local_time and schedule.start_at is not None:
            anchors.add(local(schedule.start_at, context))
        offsets = {0, *(q.start_s for q in schedule.periods), schedule.duration_s or 0}
        bases = set(anchors)
        if p.kind is Kind.RECURRING:
            for anchor in anchors:
                first = anchor + timedelta(days=max(0, (start - anchor).days - 8))
                bases |= {first + timedelta(days=k) for k in range((end - start).days + 18)}
            if schedule.use_local_time:
                bases |= {b + timedelta(hours=h) for b in set(bases) for h in (-1, 1)}
        moments |= {base + timedelta(seconds=s) for base in bases for s in offsets}
    second = timedelta(seconds=1)
    around = {m + d for m in moments for d in (-second, -MICROSECOND, timedelta(0), MICROSECOND, second)}
    return sorted(m for m in around if start <= m < end)
