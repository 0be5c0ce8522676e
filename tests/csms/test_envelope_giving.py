"""What may flow back, against phasors added up one by one: nothing that is given makes room, and no wire is broken by it."""

import cmath
import dataclasses
import itertools
import random

import pytest
from tests.csms.test_envelope import EVSE, NOW, SLACK, entry, minutes, phasor_site

from chargewright.charging.profile import OperationMode, Purpose, RateUnit
from chargewright.charging.site import EvseKey, Node, Outlet, Site, Steps, from_tree
from chargewright.csms.envelope import Envelope, Exposure, Span, exposure
from chargewright.ids import SiteId, StationId


def giving_entry(unit: RateUnit, *values: tuple[int, int]):
    """A lease as it is sent: (start in s, tenths), below 0 to give back."""
    made = entry(Purpose.TX, values, number=2, duration_s=900, unit=unit)
    (schedule,) = made.profile.schedules
    periods = tuple(
        p
        if (p.limit_tenths or 0) >= 0
        else dataclasses.replace(
            p,
            limit_tenths=0,
            setpoint_tenths=p.limit_tenths,
            discharge_limit_tenths=p.limit_tenths,
            operation_mode=OperationMode.CENTRAL_SETPOINT,
        )
        for p in schedule.periods
    )
    profile = dataclasses.replace(made.profile, schedules=(dataclasses.replace(schedule, periods=periods),))
    return dataclasses.replace(made, profile=profile)


def both(found: Exposure, at) -> tuple[int, int]:
    return int(found.over([at])[0]), int(found.given_over([at])[0])


def test_an_order_to_give_counts_with_what_it_orders_and_lets_nothing_be_drawn():
    held = [entry(Purpose.TX_DEFAULT, [(0, 60)]), giving_entry(RateUnit.A, (0, 160), (300, -100), (600, 80))]
    found = exposure(held, evse=EVSE, trusted=True, slack=SLACK)
    assert both(found, minutes(1)) == (160, 0)
    assert both(found, minutes(5)) == (160, 100), "a clock may be off: either may hold"
    assert both(found, minutes(7)) == (60, 100)
    assert both(found, minutes(12)) == (80, 0)
    assert both(found, minutes(16)) == (60, 0)


def test_watts_that_are_given_become_amperes_rounded_up():
    held = [entry(Purpose.TX_DEFAULT, [(0, 0)]), giving_entry(RateUnit.W, (0, -69_010))]
    assert both(exposure(held, evse=EVSE, trusted=True, slack=SLACK), minutes(1)) == (0, 101)


def test_who_does_not_follow_may_give_all_that_it_can():
    held = [entry(Purpose.TX_DEFAULT, [(0, 0)]), giving_entry(RateUnit.A, (0, -100))]
    assert both(exposure(held, evse=EVSE, trusted=False, slack=SLACK), minutes(1)) == (320, 320)


# --- the site -------------------------------------------------------------------------------------------------


def random_giving(rng: random.Random) -> Exposure:
    def spans(most: int) -> tuple[Span, ...]:
        found = []
        for _ in range(rng.randint(0, 2)):
            start = rng.uniform(-5, 20)
            found.append(Span(minutes(start), minutes(start + rng.uniform(1, 15)), rng.randint(0, most)))
        return tuple(found)

    return Exposure(rng.choice([0, 60]), spans(160), spans(160) if rng.random() < 0.7 else ())


@pytest.mark.parametrize("seed", range(100))
def test_no_mixture_of_what_is_drawn_and_given_breaks_a_wire(seed: int):
    """Corners of the box from all that may be given to all that may be drawn: the sum is longest at one of them."""
    rng = random.Random(seed)
    site, plain = phasor_site(rng)
    held = {key: random_giving(rng) for key in site.evses}
    key = rng.choice(list(site.evses))
    wanted = random_giving(rng)
    envelope = Envelope(site, held, now=NOW, candidates=[wanted])
    if envelope.broken_rows() or not envelope.may_give(key, wanted):
        return
    drawn = envelope.allowed(key, wanted)
    seen = {**held, key: dataclasses.replace(wanted, floor_tenths=held[key].floor_tenths)}
    for i, at in enumerate(envelope.instants):
        box = {}
        for k in site.evses:
            most, given = both(held[k], at)
            if k == key:
                most, given = max(most, int(drawn[i])), max(given, both(seen[k], at)[1])
            box[k] = (-given / 10, most / 10)
        for name, limit, coefficients in plain:
            worst = max(
                abs(sum(c * corner[n] for n, c in enumerate(coefficients.values())))
                for corner in itertools.product(*(box[k] for k in coefficients))
            )
            assert worst <= limit + 1e-6, f"seed {seed}, {name} at {i}"


@pytest.mark.parametrize("seed", range(100))
def test_the_whole_of_it_is_kept_or_named_broken(seed: int):
    rng = random.Random(seed)
    site, plain = phasor_site(rng)
    made = [random_giving(rng) for _ in site.evses]
    envelope = Envelope(site, dict.fromkeys(site.evses, Exposure(0, ())), now=NOW, candidates=made)
    for key, one in zip(site.evses, made, strict=True):
        envelope.add(key, one)
    broken = set(envelope.broken_rows())
    for at in envelope.instants:
        box = {k: both(one, at) for k, one in zip(site.evses, made, strict=True)}
        for name, limit, coefficients in plain:
            worst = max(
                abs(sum(c * a for c, a in zip(coefficients.values(), corner, strict=True)))
                for corner in itertools.product(*((-box[k][1] / 10, box[k][0] / 10) for k in coefficients))
            )
            assert worst <= limit + 1e-6 or name in broken, f"seed {seed}, {name}"


KEYS = [EvseKey(StationId(name)) for name in "AB"]


def street(**node) -> Site:
    outlets = [Outlet(key=key, node="main", connection="RST", current_max_a=32.0) for key in KEYS]
    return from_tree(SiteId("x"), "x", [Node(id="main", limit_a=40.0, **node)], outlets)


def gives(tenths: int) -> Exposure:
    return Exposure(0, (), (Span(NOW, minutes(15), tenths),))


def test_what_flows_back_stays_within_the_wire_and_the_export_limit():
    fuse = Envelope(street(), {KEYS[0]: gives(240), KEYS[1]: Exposure(0, ())}, now=NOW)
    assert fuse.may_give(KEYS[1], gives(160))
    assert not fuse.may_give(KEYS[1], gives(161))
    contract = Envelope(street(export_max_kw=6.9), {KEYS[0]: gives(60), KEYS[1]: Exposure(0, ())}, now=NOW)
    assert contract.may_give(KEYS[1], gives(40))
    assert not contract.may_give(KEYS[1], gives(41))
    assert not contract.broken_rows()
    contract.add(KEYS[1], gives(41))
    assert contract.broken_rows() == ["main export"]


def test_a_surplus_of_the_site_takes_of_what_may_flow_back():
    site = street()
    sunny = tuple(
        dataclasses.replace(row, base_a=Steps.of([(None, 0.0), (minutes(5), -30.0)])) for row in site.rows
    )
    envelope = Envelope(dataclasses.replace(site, rows=sunny), dict.fromkeys(KEYS, Exposure(0, ())), now=NOW)
    early = Exposure(0, (), (Span(NOW, minutes(5), 160),))
    assert envelope.may_give(KEYS[0], early)
    assert envelope.may_give(KEYS[0], gives(100))
    assert not envelope.may_give(KEYS[0], gives(101))


def test_what_is_given_makes_no_room():
    held = {KEYS[0]: gives(320), KEYS[1]: Exposure(0, ())}
    wanted = Exposure(0, (Span(NOW, minutes(15), 500),))
    envelope = Envelope(street(), held, now=NOW, candidates=[wanted])
    assert int(envelope.allowed(KEYS[1], wanted)[0]) == 400


def test_directions_of_the_plane_are_really_mixed():
    """The oracle's sites have rows whose currents point different ways, or these tests would say nothing."""
    kinds = {
        len({round(cmath.phase(c[0]), 6) for c in row.coefficients.values()}) > 1
        for seed in range(100)
        for row in phasor_site(random.Random(seed))[0].rows
    }
    assert kinds == {True, False}
