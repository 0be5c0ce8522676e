"""Random stations with random stacks of profiles, dense in ties, edges and odd cases."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chargewright.charging.composite import ActiveTransaction, Context, EvseContext
from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    OperationMode,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    ReplaceKey,
    Schedule,
    StartMoment,
)

# the last Sunday of March: clocks in Berlin change at 01:00 UTC, so local schedules meet a short day
T0 = datetime(2025, 3, 29, 12, 0, tzinfo=UTC)
ZONES = (None, None, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati"))
WINDOWS_S = (60, 600, 3_600, 14_400, 86_400, 172_800, 864_000)


def near(rng: random.Random, spread_s: int) -> datetime:
    """Return an instant around T0: on a grid of five minutes, so that edges meet, and at times off it."""
    at = T0 + timedelta(seconds=300 * rng.randint(-spread_s // 300, spread_s // 300))
    return at + timedelta(milliseconds=rng.choice((0, 0, 0, 0, 1, 250, 999)))


def dialect(rng: random.Random) -> Dialect:
    base = Dialect.of(rng.choice(("ocpp1.6", "ocpp2.0.1", "ocpp2.1")))
    if rng.random() < 0.3:
        return base
    return Dialect(
        version=base.version,
        replace_key=rng.choice(list(ReplaceKey)),
        relative_start=rng.choice(list(StartMoment)),
        missing_start=rng.choice(list(StartMoment)),
        evse_default_first=rng.random() < 0.5,
        exhausted_hides=rng.random() < 0.3,
        valid_to_inclusive=rng.random() < 0.3,
        number_phases_missing=rng.choice((3, 3, 1, None)),
        minimum_rate_raises=rng.random() < 0.2,
        default_while_idle=rng.random() < 0.6,
    )


def context(rng: random.Random) -> Context:
    evses = []
    for evse_id in range(1, rng.choice((1, 1, 2, 3)) + 1):
        transaction = None
        if rng.random() < 0.7:
            started_at = near(rng, 7_200)
            closed = rng.choice((None, started_at, started_at + timedelta(seconds=rng.randint(0, 900))))
            transaction = ActiveTransaction(str(evse_id), started_at, closed, rng.random() < 0.3)
        maximum = rng.choice((None, None, 160, 320))
        evses.append(EvseContext(evse_id, rng.choice((1, 2, 3, 3)), maximum, transaction))
    offline = near(rng, 7_200) if rng.random() < 0.2 else None
    return Context(dialect(rng), tuple(evses), rng.choice((230, 230, 120)), offline, rng.choice(ZONES))


def schedule(rng: random.Random, kind: Kind, *, rich: bool) -> Schedule:
    unit = rng.choice((RateUnit.A, RateUnit.A, RateUnit.W))
    count = 1 if kind is Kind.DYNAMIC else rng.choice((1, 1, 2, 3, 5, 9))
    steps = sorted(rng.sample(range(300, 90_000, 300) if rng.random() < 0.5 else range(1, 4_000), count - 1))
    if rng.random() < 0.95:
        steps.insert(0, 0)
    else:
        steps.insert(0, min([30, *steps]))
        steps = sorted(set(steps))
    periods = tuple(period(rng, start_s, unit, rich=rich) for start_s in steps)
    start_at = near(rng, 172_800 if rng.random() < 0.5 else 3_600) if rng.random() < 0.85 else None
    duration_s = rng.choice((None, None, rng.randint(0, 4_000), 300 * rng.randint(1, 400)))
    minimum = rng.choice((None, None, 60))
    return Schedule(unit, periods, start_at, duration_s, minimum, use_local_time=rich and rng.random() < 0.3)


def period(rng: random.Random, start_s: int, unit: RateUnit, *, rich: bool) -> Period:
    limit = (
        rng.choice((0, 60, 61, 160, 320)) if unit is RateUnit.A else rng.choice((0, 41_400, 110_001, 36_803))
    )
    phases = rng.choice((None, None, 1, 2, 3, 0))
    if not rich or rng.random() < 0.7:
        return Period(start_s, limit, phases)
    kind = rng.randrange(3)
    if kind == 0:
        return Period(start_s, None, phases, operation_mode=OperationMode.CENTRAL_SETPOINT)
    if kind == 1:
        return Period(start_s, rng.choice((None, limit)), phases, operation_mode=OperationMode.IDLE)
    return Period(
        start_s,
        limit,
        phases,
        limit_tenths_l2=rng.choice((None, 70)),
        limit_tenths_l3=rng.choice((None, 90)),
    )


def profile(rng: random.Random, number: int, version: str) -> Installed:
    old = version == "ocpp1.6"
    purposes = [Purpose.STATION_MAX, Purpose.TX_DEFAULT, Purpose.TX_DEFAULT, Purpose.TX, Purpose.TX]
    if not old:
        purposes.append(Purpose.EXTERNAL_CONSTRAINTS)
    kinds = [Kind.ABSOLUTE, Kind.ABSOLUTE, Kind.RECURRING, Kind.RELATIVE]
    if version == "ocpp2.1":
        purposes += [Purpose.PRIORITY_CHARGING, Purpose.LOCAL_GENERATION]
        kinds.append(Kind.DYNAMIC)
    purpose, kind = rng.choice(purposes), rng.choice(kinds)
    if purpose is Purpose.STATION_MAX:
        evse_id = 0
    elif purpose is Purpose.TX:
        evse_id = rng.choice((1, 1, 2, 3))
    else:
        evse_id = rng.choice((0, 0, 1, 1, 2, 3))
    valid_from = near(rng, 7_200) if rng.random() < 0.3 else None
    valid_to = near(rng, 90_000) if rng.random() < 0.3 else None
    transaction_id = (
        rng.choice((None, str(evse_id), str(evse_id), "other")) if purpose is Purpose.TX else None
    )
    return Installed(
        evse_id,
        Profile(
            number,
            rng.randint(0, 3),
            purpose,
            kind,
            (schedule(rng, kind, rich=version == "ocpp2.1"),),
            rng.choice((Recurrency.DAILY, Recurrency.DAILY, Recurrency.WEEKLY))
            if kind is Kind.RECURRING
            else None,
            valid_from,
            valid_to,
            transaction_id,
            dyn_update_at=near(rng, 3_600) if kind is Kind.DYNAMIC and rng.random() < 0.5 else None,
            max_offline_duration_s=rng.randint(0, 3_600) if rng.random() < 0.1 else None,
        ),
        near(rng, 7_200),
    )


def stack(rng: random.Random) -> tuple[list[Installed], Context]:
    where = context(rng)
    count = rng.choice((0, 1, 2, 3, 3, 4, 4, 5, 8))
    return [profile(rng, number, where.dialect.version) for number in range(1, count + 1)], where


def window(rng: random.Random) -> tuple[datetime, datetime]:
    start = near(rng, 10_800)
    return start, start + timedelta(seconds=rng.choice(WINDOWS_S))
