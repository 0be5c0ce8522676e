"""Leases: how a plan becomes a profile with an end, and when one is worth a message."""

import dataclasses
import random
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.profile import StationAbilities
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.timeline import Timeline
from chargewright.csms.leases import agrees, compile_lease, exposure_of, guarded, simplified, steadied
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.ids import EvseId, StationId, TransactionId

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SLACK = timedelta(seconds=10)
KEY = EvseKey(StationId("A"), EvseId(1))
EVSE = Evse(KEY, 230.0, 3, 32.0)
TRANSACTION = Transaction(TransactionId(7), "7", StationId("A"), TransactionState.ACTIVE, evse_id=EvseId(1))


def line(*values: int, minutes: float = 5, start: datetime = NOW) -> Timeline:
    steps = [(start + timedelta(minutes=minutes * i), v) for i, v in enumerate(values)]
    return Timeline.stepped(steps, start + timedelta(minutes=minutes * len(values)))


def lease(*values: int, unit_a: bool = True, start: datetime = NOW, minutes: float = 5):
    plan = line(*values, minutes=minutes, start=start)
    abilities = StationAbilities(unit_a=unit_a, unit_w=not unit_a)
    return compile_lease(
        plan, key=KEY, transaction=TRANSACTION, until=plan.end, abilities=abilities, evse=EVSE
    )


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("unit_a", [True, False])
def test_a_lease_says_what_the_plan_says_and_ends(unit_a: bool):
    made = lease(160, 80, 0, unit_a=unit_a)
    assert [made.at(at(m)) for m in (1, 6, 11, 15.1)] == [160, 80, 0, None]
    assert made.profile.transaction_id == "7"
    assert made.end == at(15)


def test_every_rise_is_put_off_and_no_fall_is():
    found = guarded(line(160, 80, 160), SLACK)
    assert [(p.start, p.value) for p in found] == [(NOW, 160), (at(5), 80), (at(10) + 2 * SLACK, 160)]


def test_a_rise_of_one_never_meets_the_fall_of_another():
    falling, rising = lease(160, 0, 0), None
    plan = guarded(line(0, 160, 160), SLACK)
    rising = compile_lease(
        plan, key=KEY, transaction=TRANSACTION, until=plan.end, abilities=StationAbilities(), evse=EVSE
    )
    instants = [NOW + timedelta(seconds=s) for s in range(900)]
    both = exposure_of(falling, SLACK).over(instants) + exposure_of(rising, SLACK).over(instants)
    assert both.max() <= 160


def test_the_same_again_needs_no_message_until_little_is_left():
    in_force = lease(160, 160, 160)
    assert in_force.renew_at == at(12.5), "two and a half minutes: time to try again once"
    assert agrees(in_force, lease(160, 160, 160), base_tenths=0, now=at(12))
    assert not agrees(in_force, lease(160, 160, 160, start=at(13)), base_tenths=0, now=at(13))


def test_a_short_lease_is_renewed_when_a_third_is_left():
    in_force = lease(160, 160, 160, minutes=1)
    assert in_force.start == at(-1), "the lead of the compiler counts"
    assert in_force.renew_at == at(3 - 4 / 3)


def test_a_pause_is_not_renewed_where_the_base_says_nothing_else():
    paused = lease(0, 0, 0)
    late = lease(0, 0, 0, start=at(14))
    assert agrees(paused, late, base_tenths=0, now=at(14))
    assert not agrees(paused, late, base_tenths=60, now=at(14)), "after it the car would draw its base"
    gone = at(16)
    assert agrees(paused, lease(0, 0, 0, start=gone), base_tenths=0, now=gone)


def test_a_lease_of_another_transaction_says_nothing():
    other = dataclasses.replace(
        lease(0, 0, 0), profile=dataclasses.replace(lease(0).profile, transaction_id="8")
    )
    assert not agrees(other, lease(0, 0, 0), base_tenths=0, now=NOW)


def test_the_value_of_now_is_held_until_a_limit_of_the_site_changes():
    plan = line(160, 80, 200)
    assert list(steadied(plan, [])) == [(NOW, at(15), 160)]
    assert list(steadied(plan, [NOW, at(15)])) == [(NOW, at(15), 160)]
    assert list(steadied(plan, [at(7), at(12)])) == [
        (NOW, at(7), 160),
        (at(7), at(10), 80),
        (at(10), at(15), 200),
    ]


@pytest.mark.parametrize(
    ("wanted", "same"), [((163, 160, 160), True), ((166, 160, 160), False), ((160, 160, 100), False)]
)
def test_a_change_is_worth_a_message_from_half_an_ampere_on(wanted, same):
    assert agrees(lease(160, 160, 160), lease(*wanted), base_tenths=0, now=NOW) is same


def test_nothing_is_sent_where_the_base_already_says_it():
    assert agrees(None, lease(0, 0, 0), base_tenths=0, now=NOW)
    assert agrees(None, lease(60, 60, 60), base_tenths=60, now=NOW)
    assert not agrees(None, lease(60, 60, 60), base_tenths=0, now=NOW)


@pytest.mark.parametrize("seed", range(200))
def test_a_simplified_lease_never_exceeds_what_is_allowed(seed: int):
    rng = random.Random(seed)
    evse = dataclasses.replace(EVSE, rates_a=rng.choice([None, (0.0, 8.0, 16.0, 24.0, 32.0)]))
    made = lease(*(rng.choice([0, 60, 100, 320]) for _ in range(3)))
    instants = sorted({NOW, *(NOW + timedelta(seconds=rng.randint(1, 1000)) for _ in range(8))})
    allowed = exposure_of(made, SLACK).over(instants)
    for i in range(len(allowed)):
        allowed[i] = rng.randint(0, max(int(allowed[i]), 1))
    lowered = simplified(made, instants, allowed, SLACK, evse)
    sent = compile_lease(
        lowered, key=KEY, transaction=TRANSACTION, until=made.end, abilities=StationAbilities(), evse=EVSE
    )
    assert (exposure_of(sent, SLACK).over(instants) <= allowed).all(), f"seed {seed}"
    sent_a = {piece.value / 10 for piece in lowered}
    if evse.rates_a is not None:
        assert sent_a <= set(evse.rates_a), f"seed {seed}"
    assert all(value == 0 or value >= 6 for value in sent_a), f"seed {seed}"


def test_what_is_allowed_after_its_end_does_not_lower_a_lease():
    made = lease(160, 160, 160)
    instants = [NOW, made.end + SLACK]
    allowed = exposure_of(made, SLACK).over(instants)
    assert allowed.tolist() == [160, 0]
    assert list(simplified(made, instants, allowed, SLACK, EVSE)) == [(NOW, made.end, 160)]


@pytest.mark.parametrize("unit_a", [True, False])
def test_a_lease_that_gives_back_says_so_and_nothing_is_drawn_meanwhile(unit_a: bool):
    made = lease(160, -100, 80, unit_a=unit_a)
    assert [made.at(at(m)) for m in (1, 6, 11, 15.1)] == [160, -100, 80, None]
    periods = made.profile.schedules[0].periods
    factor = 1 if unit_a else 690
    assert [p.limit_tenths for p in periods] == [160 * factor, 0, 80 * factor]
    assert [p.setpoint_tenths for p in periods] == [None, -100 * factor, None]
    assert exposure_of(made, SLACK).over([at(7)]).tolist() == [0]
    assert exposure_of(made, SLACK).given_over([at(3), at(7), at(12)]).tolist() == [0, 100, 0]


def test_to_give_is_less_than_to_draw_and_neither_is_a_pause():
    draws, pauses, gives = lease(160), lease(0), lease(-160)
    assert gives.lowers(pauses, NOW)
    assert gives.lowers(draws, NOW)
    assert not pauses.lowers(gives, NOW)
    for one, other in [(draws, gives), (pauses, gives), (gives, lease(-140))]:
        assert not agrees(one, other, base_tenths=0, now=NOW)
        assert not agrees(other, one, base_tenths=0, now=NOW)
    assert agrees(gives, lease(-158), base_tenths=0, now=NOW)
