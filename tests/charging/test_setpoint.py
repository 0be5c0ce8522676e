import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.charging import brute, stacks

from chargewright.charging.composite import ActiveTransaction, Context, EvseContext, composite
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
)
from chargewright.charging.setpoint import composite_periods, setpoint_at, setpoints

AT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
D21 = Dialect.of("ocpp2.1")
SET = OperationMode.CENTRAL_SETPOINT
MINUTE = timedelta(minutes=1)


def giving(start_s, tenths, **more):
    """As a central system says it: limit 0, for whoever reads nothing else."""
    more = {"limit_tenths": 0, "discharge_limit_tenths": -tenths, **more}
    return Period(start_s, setpoint_tenths=-tenths, operation_mode=SET, **more)


def tx(*periods, id_=1, level=1, unit=RateUnit.A, purpose=Purpose.TX, evse_id=1, **schedule):
    profile = Profile(
        id_,
        level,
        purpose,
        Kind.ABSOLUTE,
        (Schedule(unit, periods, start_at=AT, **schedule),),
        transaction_id="t" if purpose is Purpose.TX else None,
    )
    return Installed(evse_id, profile, AT)


def context(evses=1, most=320, dialect=D21):
    running = ActiveTransaction("t", AT, AT)
    return Context(
        dialect, tuple(EvseContext(n + 1, 3, most, running if n == 0 else None) for n in range(evses))
    )


def at(installed, minutes, *, unit=RateUnit.A, where=None):
    return setpoint_at(installed, evse_id=1, at=AT + minutes * MINUTE, unit=unit, context=where or context())[
        0
    ]


def test_a_period_that_gives_is_followed_and_the_lower_level_rules_once_it_is_over():
    lease = tx(Period(0, 160), giving(300, 100), Period(600, 80), duration_s=900)
    base = tx(Period(0, 60), id_=2, level=0)
    assert [at([lease, base], m) for m in (0, 4.9, 5, 9.9, 10, 14.9, 15, 600)] == [
        160, 160, -100, -100, 80, 80, 60, 60,
    ]  # fmt: skip
    assert [at([lease], m) for m in (14.9, 15)] == [80, 320], "without one the hardware's limit holds"


def test_a_window_shows_what_is_drawn_and_what_is_given():
    lease = tx(Period(0, 160), giving(300, 100), Period(600, 80), duration_s=900)
    window = (AT, AT + 20 * MINUTE)
    found = setpoints([lease], evse_id=1, window=window, unit=RateUnit.A, context=context())
    assert [((p.start - AT) / MINUTE, p.value) for p in found] == [(0, 160), (5, -100), (10, 80), (15, 320)]
    whole = setpoints([lease], evse_id=0, window=window, unit=RateUnit.A, context=context(evses=2))
    assert [((p.start - AT) / MINUTE, p.value) for p in whole] == [(0, 480), (5, 320), (10, 400), (15, 640)]


def test_it_says_until_when_it_holds():
    lease = tx(Period(0, 160), giving(300, 100), giving(600, 50), duration_s=900)
    now, changes = AT, []
    for _ in range(4):
        value, now = setpoint_at([lease], evse_id=1, at=now, unit=RateUnit.A, context=context())
        changes.append((value, (now - AT) / MINUTE))
    assert changes[:3] == [(160, 5), (-100, 10), (-50, 15)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(0, None, setpoint_tenths=-90, operation_mode=SET), -90),
        (Period(0, 160, setpoint_tenths=-90, operation_mode=SET), -90),
        (giving(0, 90, discharge_limit_tenths=-70), -70),
        (giving(0, 90, discharge_limit_tenths=0), 0),
        (giving(0, 400), -320),
        (Period(0, None, setpoint_tenths=90, operation_mode=SET), 90),
        (Period(0, 70, setpoint_tenths=90, operation_mode=SET), 70),
        (Period(0, 160, setpoint_tenths=-90), 160),
        (Period(0, 160, discharge_limit_tenths=-90), 160),
        (Period(0, None, operation_mode=OperationMode.IDLE), 0),
        (giving(0, 90, setpoint_tenths_l2=-60, setpoint_tenths_l3=-80), -60),
    ],
    ids=[
        "no limit", "a limit of drawing", "a lower discharge limit", "nothing may be given", "hardware",
        "to draw", "to draw, limited", "no mode", "a limit alone", "idle", "the least of three phases",
    ],
)  # fmt: skip
def test_of_a_period_counts_its_setpoint(period, expected):
    assert at([tx(period)], 1) == expected


def test_watts_and_amperes():
    in_w = tx(giving(0, 69_000), unit=RateUnit.W)
    assert at([in_w], 1) == -100
    assert at([in_w], 1, unit=RateUnit.W) == -69_000
    assert at([tx(giving(0, 100))], 1, unit=RateUnit.W) == -69_000


def test_a_higher_plain_period_ends_the_giving_and_a_higher_order_begins_it():
    default = tx(giving(0, 100), purpose=Purpose.TX_DEFAULT, id_=5, evse_id=0)
    assert at([default], 1) == -100
    assert at([default, tx(Period(0, 0))], 1) == 0
    assert at([tx(Period(0, 320), id_=5), tx(giving(0, 50), id_=6, level=2)], 1) == -50
    assert at([tx(giving(0, 50), id_=5), tx(Period(0, 320), id_=6, level=2)], 1) == 320


@pytest.mark.parametrize("purpose", [Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS])
def test_profiles_of_the_whole_station_bound_what_is_given_by_their_discharge_limit_alone(purpose):
    order = tx(giving(0, 100))

    def bound(**period):
        return tx(Period(0, **period), purpose=purpose, id_=9, evse_id=0)

    assert at([order, bound(limit_tenths=0)], 1) == -100
    assert at([order, bound(limit_tenths=320, discharge_limit_tenths=-40)], 1) == -40
    assert at([order, bound(limit_tenths=320, discharge_limit_tenths=0)], 1) == 0
    assert at([bound(limit_tenths=160, discharge_limit_tenths=-40)], 1) == 160, "a bound orders nothing"


def test_generation_at_the_site_is_drawn_and_not_given():
    order = tx(giving(0, 100))
    roof = tx(Period(0, 50), purpose=Purpose.LOCAL_GENERATION, id_=9, evse_id=0)
    assert at([order, roof], 1) == -100


def test_an_order_ends_when_the_link_has_been_gone_for_too_long():
    order = tx(giving(0, 100))
    order = replace(order, profile=replace(order.profile, max_offline_duration_s=300))
    base = tx(Period(0, 60), id_=2, level=0)
    gone = replace(context(), offline_since=AT + 10 * MINUTE)
    assert [at([order, base], m, where=gone) for m in (14.9, 15)] == [-100, 60]


def test_what_is_reported_carries_setpoint_mode_and_limits():
    lease = tx(Period(0, 160), giving(300, 100), Period(600, 80), duration_s=900)
    periods = composite_periods(
        [lease],
        evse_id=1,
        window=(AT, AT + 20 * MINUTE),
        unit=RateUnit.A,
        context=context(),
        unlimited_tenths=320,
    )
    assert periods == (
        Period(0, 160, 3),
        Period(300, 0, 3, setpoint_tenths=-100, discharge_limit_tenths=-100, operation_mode=SET),
        Period(600, 80, 3),
        Period(900, 320),
    )


def test_the_station_reports_what_all_its_evses_give_together():
    lease = tx(giving(0, 100), duration_s=300)
    bound = tx(Period(0, 640, discharge_limit_tenths=-70), purpose=Purpose.STATION_MAX, id_=9, evse_id=0)
    for profiles, given in (([lease], -100), ([lease, bound], -70)):
        periods = composite_periods(
            profiles,
            evse_id=0,
            window=(AT, AT + 10 * MINUTE),
            unit=RateUnit.A,
            context=context(evses=2),
            unlimited_tenths=640,
        )
        first, second = periods
        assert (first.limit_tenths, first.discharge_limit_tenths, first.setpoint_tenths) == (320, given, None)
        assert (second.limit_tenths, second.discharge_limit_tenths) == (640, None)


def with_setpoints(rng, installed):
    """Random stacks of the composite's own tests, in which some periods set a rate."""

    def changed(period, unit):
        if rng.random() < 0.1:
            return period
        factor = 1 if unit is RateUnit.A else 690
        return replace(
            period,
            setpoint_tenths=rng.choice((-320, -200, -100, -60, -1, 0, 60)) * factor,
            discharge_limit_tenths=rng.choice((None, None, -80 * factor, 0)),
            operation_mode=rng.choice((SET, SET, SET, SET, None, OperationMode.IDLE)),
        )

    found = ()
    for i in installed:
        (schedule, *rest) = i.profile.schedules
        periods = tuple(
            replace(changed(p, schedule.unit), limit_tenths_l2=None, limit_tenths_l3=None)
            for p in schedule.periods
        )
        schedule = replace(schedule, periods=periods, minimum_rate_tenths=None)
        profile = replace(i.profile, schedules=(schedule, *rest))
        found = (*found, replace(i, profile=profile))
    return list(found)


def slowly(installed, evse, instant, where):
    """The rule for one instant, from the leaders that the brute force of the composite schedule finds. In A."""
    found = brute.charging_leader(installed, evse, instant, where)
    if found is None:
        return None
    holder, period = found
    if period.operation_mode is not SET or period.setpoint_tenths is None or period.setpoint_tenths >= 0:
        return None
    bounds = [320 if evse.current_max_tenths is None else evse.current_max_tenths]
    amounts = [(holder, period, period.setpoint_tenths), (holder, period, period.discharge_limit_tenths)]
    for purpose, ids in (
        (Purpose.STATION_MAX, [0]),
        (Purpose.EXTERNAL_CONSTRAINTS, [0]),
        (Purpose.EXTERNAL_CONSTRAINTS, [evse.id]),
    ):
        cap = brute.leader(installed, purpose, ids, evse, instant, where)
        if cap is not None:
            amounts.append((*cap, cap[1].discharge_limit_tenths))
    for holder, period, tenths in amounts:
        if tenths is None:
            continue
        phases = period.number_phases or where.dialect.number_phases_missing or evse.phases
        in_w = holder.profile.schedules[0].unit is RateUnit.W
        bounds.append(-tenths // (where.voltage_v * phases) if in_w else -tenths)
    return -min(bounds) or None


@pytest.mark.parametrize("seed", range(200))
def test_random_stacks_against_the_rule_taken_instant_by_instant(seed):
    rng = random.Random(seed)
    installed, where = stacks.stack(rng)
    where = replace(
        where,
        evses=tuple(replace(e, current_max_tenths=e.current_max_tenths or 320) for e in where.evses),
    )
    installed = with_setpoints(rng, installed)
    for _ in range(20):
        instant = stacks.near(rng, 7_200)
        for evse in where.evses:
            value, until = setpoint_at(installed, evse_id=evse.id, at=instant, unit=RateUnit.A, context=where)
            expected = slowly(installed, evse, instant, where)
            if expected is None:
                assert value is None or value >= 0, f"seed {seed}"
            else:
                assert value == expected, f"seed {seed}"
            later = instant + (until - instant) * rng.random()
            same = setpoint_at(installed, evse_id=evse.id, at=later, unit=RateUnit.A, context=where)[0]
            assert same == value, f"seed {seed}"


def test_without_setpoints_it_is_the_composite_schedule():
    for seed in range(50):
        rng = random.Random(seed)
        installed, where = stacks.stack(rng)
        window = (stacks.T0, stacks.T0 + timedelta(hours=3))
        whole = composite(installed, evse_id=1, window=window, unit=RateUnit.A, context=where)
        periods = composite_periods(
            installed, evse_id=1, window=window, unit=RateUnit.A, context=where, unlimited_tenths=999
        )
        assert periods == whole.periods(999), f"seed {seed}"
