"""The sweep in composite.py against the oracle in brute.py, and stories from the standard's text."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.charging.brute import MICROSECOND, ask, instants_of
from tests.charging.stacks import stack, window

from chargewright.charging.composite import (
    ActiveTransaction,
    Composite,
    Context,
    EvseContext,
    composite,
    limit_at,
)
from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
)
from chargewright.errors import InvalidInput

SECOND = timedelta(seconds=1)
T0 = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
HOUR_ONE = T0 + timedelta(hours=1)
RUNNING = ActiveTransaction("7", T0)


def compare(found: Composite, instants, installed, context, seed) -> None:
    for at in instants:
        expected = ask(installed, evse_id=found.evse_id, at=at, unit=found.unit, context=context)
        got = found.limit.at(at), found.number_phases.at(at)
        assert got == expected, (
            f"seed {seed}, EVSE {found.evse_id}, {found.unit}, at {at}\n{context}\n{installed}"
        )


def one_of(rng: random.Random):
    installed, context = stack(rng)
    evse_id = rng.choice((0, *(e.id for e in context.evses), 1))
    unit = rng.choice(list(RateUnit))
    start, end = window(rng)
    found = composite(installed, evse_id=evse_id, window=(start, end), unit=unit, context=context)
    return found, installed, context, start, end


@pytest.mark.parametrize("block", range(8))
def test_the_sweep_is_the_oracle_around_its_own_edges_and_at_random(block):
    for seed in range(block * 12_500, (block + 1) * 12_500):
        rng = random.Random(seed)
        found, installed, context, start, end = one_of(rng)
        edges = found.limit.edges[:-1]
        if len(edges) > 4:
            edges = rng.sample(edges, 4)
        instants = [at - MICROSECOND for at in edges if at > start] + list(edges)
        instants += [start + (end - start) * rng.random() for _ in range(3)]
        compare(found, instants, installed, context, seed)


@pytest.mark.parametrize("block", range(4))
def test_the_sweep_is_the_oracle_at_every_instant_where_anything_could_change(block):
    for seed in range(1_000_000 + block * 500, 1_000_000 + (block + 1) * 500):
        rng = random.Random(seed)
        found, installed, context, start, end = one_of(rng)
        instants = instants_of(installed, context, start, end)
        if len(instants) > 600:
            instants = rng.sample(instants, 600)
        compare(found, instants, installed, context, seed)


@pytest.mark.parametrize("seed", range(2_000_000, 2_000_040))
def test_the_sweep_is_the_oracle_at_each_second(seed):
    rng = random.Random(seed)
    installed, context = stack(rng)
    start, _ = window(rng)
    for evse_id in (0, 1):
        found = composite(
            installed,
            evse_id=evse_id,
            window=(start, start + 1_800 * SECOND),
            unit=RateUnit.A,
            context=context,
        )
        compare(found, [start + k * SECOND for k in range(1_800)], installed, context, seed)


def story(
    *profiles,
    at=HOUR_ONE,
    transaction=RUNNING,
    version="ocpp1.6",
    unit=RateUnit.A,
    **switches,
):
    """Return what EVSE 1 of a three-phase station at 230 V may draw at an instant."""
    context = Context(replace(Dialect.of(version), **switches), (EvseContext(1, 3, None, transaction),))
    installed = [Installed(evse_id, p, T0) for evse_id, p in profiles]
    return limit_at(installed, evse_id=1, at=at, unit=unit, context=context)[0]


def said(
    number,
    purpose,
    limit,
    *,
    level=0,
    unit=RateUnit.A,
    kind=Kind.ABSOLUTE,
    periods=None,
    duration_s=None,
    **more,
):
    start_at = None if kind in {Kind.RELATIVE, Kind.DYNAMIC} else T0
    schedule = Schedule(unit, periods or (Period(0, limit),), start_at, duration_s)
    return Profile(number, level, purpose, kind, (schedule,), **more)


MAX_10 = (0, said(1, Purpose.STATION_MAX, 100))
DEFAULT_16 = (0, said(2, Purpose.TX_DEFAULT, 160))
TX_32 = (1, said(3, Purpose.TX, 320, transaction_id="7"))
TX_8 = (1, said(3, Purpose.TX, 80, transaction_id="7"))


def test_a_tx_profile_overrules_the_default_upwards_too():
    assert story(DEFAULT_16, TX_32) == 320
    assert story(DEFAULT_16) == 160


def test_no_tx_profile_lifts_the_station_s_maximum():
    assert story(MAX_10, DEFAULT_16, TX_32) == 100
    assert story(MAX_10, DEFAULT_16, TX_8) == 80


def test_nothing_installed_is_no_limit_and_not_zero():
    assert story() is None


def test_the_profile_of_another_transaction_says_nothing():
    assert story(DEFAULT_16, TX_8, transaction=ActiveTransaction("8", T0)) == 160


def test_a_higher_level_leads_and_a_spent_one_lets_the_lower_through():
    low = (1, said(4, Purpose.TX_DEFAULT, 60))
    high = (1, said(5, Purpose.TX_DEFAULT, 130, level=2, duration_s=1_800))
    assert story(low, high, at=T0 + timedelta(seconds=1_799)) == 130
    assert story(low, high, at=T0 + timedelta(seconds=1_800)) == 60
    assert story(high, at=T0 + timedelta(seconds=1_800)) is None  # errata 3.43
    assert story(low, high, at=T0 + timedelta(seconds=1_800), exhausted_hides=True) is None


def test_a_daily_schedule_starts_again_each_day_and_is_cut_at_its_end():
    day = (
        0,
        said(
            2,
            Purpose.TX_DEFAULT,
            0,
            kind=Kind.RECURRING,
            recurrency=Recurrency.DAILY,
            periods=(Period(0, 60), Period(3_600, 160), Period(90_000, 320)),
        ),
    )
    assert story(day, at=T0 + timedelta(days=3, minutes=59)) == 60
    assert story(day, at=T0 + timedelta(days=3, minutes=60)) == 160
    assert story(day, at=T0 + timedelta(hours=26)) == 160
    assert story(day, at=T0 - SECOND) is None


def test_a_weekly_schedule_keeps_weekday_and_time():
    week = (
        0,
        said(2, Purpose.TX_DEFAULT, 60, kind=Kind.RECURRING, recurrency=Recurrency.WEEKLY, duration_s=3_600),
    )
    assert story(week, at=T0 + timedelta(days=7)) == 60
    assert story(week, at=T0 + timedelta(days=7, hours=1)) is None
    assert story(week, at=T0 + timedelta(days=1)) is None


def test_relative_counts_from_the_closed_power_path_in_2x():
    ramp = (
        1,
        said(
            3,
            Purpose.TX,
            0,
            kind=Kind.RELATIVE,
            periods=(Period(0, 60), Period(600, 160)),
            transaction_id="7",
        ),
    )
    late = ActiveTransaction("7", T0, T0 + timedelta(seconds=300))
    at = T0 + timedelta(seconds=700)
    assert story(ramp, at=at, transaction=late) == 160  # 1.6: from the transaction's start
    assert story(ramp, at=at, transaction=late, version="ocpp2.0.1") == 60
    assert story(ramp, at=T0 + timedelta(seconds=900), transaction=late, version="ocpp2.0.1") == 160


def test_a_dynamic_profile_dies_without_updates_and_the_next_takes_over():
    dynamic = (1, said(3, Purpose.TX, 320, kind=Kind.DYNAMIC, duration_s=300, transaction_id="7"))
    assert story(DEFAULT_16, dynamic, version="ocpp2.1", at=T0 + timedelta(seconds=299)) == 320
    assert story(DEFAULT_16, dynamic, version="ocpp2.1", at=T0 + timedelta(seconds=300)) == 160


def test_priority_charging_overrules_only_once_it_is_switched_on():
    priority = (0, said(6, Purpose.PRIORITY_CHARGING, 320))
    on = ActiveTransaction("7", T0, priority_active=True)
    assert story(DEFAULT_16, TX_8, priority, version="ocpp2.1") == 80
    assert story(DEFAULT_16, TX_8, priority, version="ocpp2.1", transaction=on) == 320
    assert story(MAX_10, DEFAULT_16, TX_8, priority, version="ocpp2.1", transaction=on) == 100


def test_local_generation_is_added_to_the_lowest():
    sun = (0, said(7, Purpose.LOCAL_GENERATION, 50))
    assert story(MAX_10, DEFAULT_16, sun, version="ocpp2.1") == 150
    assert story(sun, version="ocpp2.1") is None


def test_watts_become_amperes_per_phase_rounded_down():
    # 11 kW over three phases at 230 V: 15.942 A
    watts = (0, said(2, Purpose.TX_DEFAULT, 110_000, unit=RateUnit.W))
    assert story(watts) == 159
    assert story(watts, unit=RateUnit.W) == 110_000
    assert story(DEFAULT_16, unit=RateUnit.W) == 110_400


def test_the_station_is_the_lowest_of_its_cap_and_the_sum():
    context = Context(Dialect.of("ocpp1.6"), (EvseContext(1), EvseContext(2, 3, 60)))
    for cap, expected in ((100, 100), (500, 220)):
        installed = [Installed(0, said(1, Purpose.STATION_MAX, cap), T0), Installed(1, DEFAULT_16[1], T0)]
        limit, _ = limit_at(installed, evse_id=0, at=T0, unit=RateUnit.A, context=context)
        assert limit == expected


def test_limit_at_says_until_when_it_holds():
    steps = (
        1,
        said(
            3, Purpose.TX, 0, periods=(Period(0, 60), Period(600, 60), Period(900, 160)), transaction_id="7"
        ),
    )
    context = Context(Dialect.of("ocpp1.6"), (EvseContext(1, transaction=ActiveTransaction("7", T0)),))
    ask_at = partial(limit_at, [Installed(1, steps[1], T0)], evse_id=1, unit=RateUnit.A, context=context)
    assert ask_at(at=T0) == (60, T0 + timedelta(seconds=900))
    assert ask_at(at=T0 + timedelta(seconds=900)) == (160, T0 + timedelta(seconds=900, days=1))


def test_a_composite_is_reported_in_whole_seconds_with_the_hardware_s_maximum_for_no_limit():
    steps = said(
        3, Purpose.TX, 0, periods=(Period(0, 60), Period(600, 160, 1)), duration_s=900, transaction_id="7"
    )
    context = Context(Dialect.of("ocpp1.6"), (EvseContext(1, transaction=ActiveTransaction("7", T0)),))
    start = T0 + timedelta(seconds=300)
    found = composite(
        [Installed(1, steps, T0)],
        evse_id=1,
        window=(start, T0 + timedelta(hours=1)),
        unit=RateUnit.A,
        context=context,
    )
    assert found.periods(320) == (Period(0, 60, 3), Period(300, 160, 1), Period(600, 320))


@pytest.mark.parametrize("window", [(T0, T0), (T0, T0 - SECOND), (T0.replace(tzinfo=None), T0)])
def test_a_window_without_time_is_refused(window):
    context = Context(Dialect.of("ocpp1.6"), (EvseContext(1),))
    with pytest.raises(InvalidInput):
        composite([], evse_id=1, window=window, unit=RateUnit.A, context=context)


def test_an_evse_that_the_station_lacks_is_refused():
    context = Context(Dialect.of("ocpp1.6"), (EvseContext(1),))
    with pytest.raises(InvalidInput):
        composite([], evse_id=2, window=(T0, T0 + SECOND), unit=RateUnit.A, context=context)
