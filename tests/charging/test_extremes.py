"""Integers and instants as far out as the wire can carry them: judged and laid over each other, never a crash."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.charging.cases import DEFAULT, HOUR, NEW, NEWEST, OLD, T0, found, with_schedule

from chargewright.charging.composite import (
    ActiveTransaction,
    Context,
    EvseContext,
    composite,
    limit_at,
)
from chargewright.charging.installed import back_online
from chargewright.charging.profile import (
    Installed,
    Kind,
    LimitAtSoc,
    OperationMode,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    StationAbilities,
)
from chargewright.charging.rules import Source, violations
from chargewright.errors import InvalidInput

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LONGEST = 2**63 - 1
AMOUNTS = (0, 1, -1, 5, 60, 86_400, 604_800, 2**31 - 1, 2**31, -(2**31), 2**53, LONGEST, -LONGEST - 1)
INSTANTS = (None, FIRST, FIRST + HOUR, T0 - HOUR, T0, T0 + HOUR, LAST - HOUR, LAST)


@pytest.mark.parametrize("dialect", [OLD, NEW, NEWEST])
@pytest.mark.parametrize("duration_s", [2**31 - 1, 2**53, LONGEST])
def test_a_schedule_that_outlasts_the_calendar_breaks_nothing(dialect, duration_s):
    long = replace(with_schedule(DEFAULT, duration_s=duration_s), valid_from=T0, valid_to=None)
    assert found(long, dialect, at=T0) == []
    assert found(long, dialect, at=T0, severity="note") == []


@pytest.mark.parametrize("dialect", [OLD, NEW, NEWEST])
def test_a_period_after_the_end_of_the_calendar_never_runs_where_the_profile_ends(dialect):
    late = replace(with_schedule(DEFAULT, periods=(Period(0, 160), Period(LONGEST, 60))), valid_to=T0 + HOUR)
    assert found(late, dialect) == []
    ((_, path),) = found(late, dialect, severity="note")
    assert path.endswith("chargingSchedulePeriod[1].startPeriod")


@pytest.mark.parametrize("dialect", [OLD, NEW, NEWEST])
def test_a_limit_without_a_foreseeable_end_holds_through_the_whole_window(dialect):
    long = with_schedule(DEFAULT, duration_s=LONGEST)
    context = Context(dialect, (EvseContext(1, transaction=ActiveTransaction("7", T0, T0)),))
    shown = composite(
        [Installed(1, long, T0)], evse_id=1, window=(T0, T0 + HOUR), unit=RateUnit.A, context=context
    )
    assert shown.limit.values == (160,)
    assert limit_at(
        [Installed(1, long, T0)], evse_id=1, at=LAST - HOUR, unit=RateUnit.A, context=context
    ) == (160, LAST)


@pytest.mark.parametrize("start", [FIRST, T0, LAST])
def test_local_time_at_the_ends_of_the_calendar(start):
    """Pago Pago is behind UTC, Kiritimati before it: one of them falls off at each end."""
    local = with_schedule(DEFAULT, start_at=start, use_local_time=True)
    window = (min(start, LAST - HOUR), min(start, LAST - HOUR) + HOUR)
    for zone in ("Pacific/Pago_Pago", "Pacific/Kiritimati", "Europe/Berlin"):
        context = Context(NEWEST, (EvseContext(1),), time_zone=ZoneInfo(zone))
        shown = composite(
            [Installed(1, local, T0)], evse_id=1, window=window, unit=RateUnit.A, context=context
        )
        assert (shown.limit.start, shown.limit.end) == window
        assert set(shown.limit.values) <= {None, 160}


def test_an_offline_time_beyond_counting_never_ends_a_profile():
    kept = replace(DEFAULT, max_offline_duration_s=LONGEST, invalid_after_offline=True)
    gone = replace(DEFAULT, id=9, max_offline_duration_s=1, invalid_after_offline=True)
    held = [Installed(1, kept, T0), Installed(1, gone, T0)]
    assert back_online(held, offline_since=T0, at=T0 + HOUR) == (Installed(1, kept, T0),)


def _amount(rng: random.Random, *, none: float = 0.3) -> int | None:
    return None if rng.random() < none else rng.choice(AMOUNTS)


def _period(rng: random.Random) -> Period:
    return Period(
        rng.choice(AMOUNTS),
        _amount(rng),
        _amount(rng),
        _amount(rng, none=0.7),
        limit_tenths_l2=_amount(rng, none=0.8),
        discharge_limit_tenths=_amount(rng, none=0.8),
        setpoint_tenths=_amount(rng, none=0.8),
        operation_mode=rng.choice([None, *OperationMode]),
        evse_sleep=rng.random() < 0.1,
    )


def _profile(rng: random.Random) -> Profile:
    schedule = Schedule(
        rng.choice(list(RateUnit)),
        tuple(_period(rng) for _ in range(rng.randint(1, 4))),
        rng.choice(INSTANTS),
        _amount(rng),
        _amount(rng),
        randomized_delay_s=_amount(rng),
        use_local_time=rng.random() < 0.3,
        limit_at_soc=None if rng.random() < 0.8 else LimitAtSoc(rng.choice(AMOUNTS), rng.choice(AMOUNTS)),
    )
    return Profile(
        rng.choice(AMOUNTS),
        rng.choice(AMOUNTS),
        rng.choice(list(Purpose)),
        rng.choice(list(Kind)),
        (schedule,),
        rng.choice([None, *Recurrency]),
        rng.choice(INSTANTS),
        rng.choice(INSTANTS),
        rng.choice([None, "7"]),
        rng.choice(INSTANTS),
        _amount(rng),
        _amount(rng),
        rng.choice([None, True, False]),
    )


@pytest.mark.parametrize("dialect", [OLD, NEW, NEWEST])
@pytest.mark.parametrize("block", range(4))
def test_no_number_is_too_large(dialect, block):
    for seed in range(block * 500, (block + 1) * 500):
        rng = random.Random(seed)
        held = [Installed(rng.choice((0, 1)), _profile(rng), rng.choice((FIRST, T0, LAST))) for _ in range(3)]
        abilities = StationAbilities(
            stack_level_max=_amount(rng), profiles_max=_amount(rng), periods_max=_amount(rng)
        )
        context = Context(
            dialect,
            (EvseContext(1, transaction=ActiveTransaction("7", rng.choice((FIRST, T0, LAST)))),),
            offline_since=rng.choice(INSTANTS),
            time_zone=rng.choice([None, ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("Pacific/Kiritimati")]),
        )
        start = rng.choice((FIRST, T0, LAST - 2 * HOUR))
        try:
            judged = violations(
                _profile(rng),
                dialect=dialect,
                evse_id=rng.choice(AMOUNTS),
                station=rng.choice([None, abilities]),
                installed=held,
                transactions=rng.choice([None, {}, {1: "7"}]),
                source=rng.choice(list(Source)),
                at=rng.choice(INSTANTS),
            )
            assert all(v.text and v.path for v in judged)
            for evse_id in (0, 1):
                shown = composite(
                    held,
                    evse_id=evse_id,
                    window=(start, start + timedelta(hours=rng.choice((1, 2)))),
                    unit=rng.choice(list(RateUnit)),
                    context=context,
                )
                assert shown.limit.start == start
                assert shown.periods(), "a composite schedule has at least one period"
        except InvalidInput:
            pytest.fail(f"seed {seed}: nothing of this is unusable")
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
