import cmath
import random
from datetime import timedelta

import pytest

from chargewright.charging.planner.check import transition, violations
from chargewright.charging.site import Node, Outlet, Row, Site, Steps, from_tree
from chargewright.ids import SiteId

from .garages import START, garage, key

END = START + timedelta(hours=2)


def random_limits(rng, site, amps):
    """Each EVSE with its own instants."""
    return {
        k: tuple(
            (START + timedelta(minutes=m), rng.randint(0, amps * 10))
            for m in sorted({0, *(rng.randrange(1, 120) for _ in range(4))})
        )
        for k in site.evses
    }


def drawn_at(limits, k, at):
    return [tenths for start, tenths in limits[k] if start <= at][-1] / 10


@pytest.mark.parametrize("seed", range(25))
def test_a_plan_that_passes_survives_random_mixtures_and_one_that_fails_has_a_mixture_that_breaks_it(seed):
    rng = random.Random(seed)
    site = garage(rng, 6, panel_a=28.0, main_a=45.0)
    limits = random_limits(rng, site, rng.choice((4, 8, 20)))
    found = violations(site, limits, start=START, end=END)
    broken = {(v.row, v.at) for v in found}
    for _ in range(60):
        at = START + timedelta(minutes=rng.randrange(120))
        for row in site.rows:
            # corners are where a row breaks if it breaks; the inside of the box must hold as well
            conductors = [(c, drawn_at(limits, k, at)) for k, own in row.coefficients.items() for c in own]
            share = [rng.choice((0.0, 1.0, rng.random())) for _ in conductors]
            carried = abs(
                sum(c * a * s for (c, a), s in zip(conductors, share, strict=True))
            ) + row.base_a.at(at)
            if carried > row.limit_a.at(at) + 1e-6:
                last = max((when for name, when in broken if name == row.name and when <= at), default=None)
                assert last is not None, f"seed {seed}: {row.name} carries {carried} A at {at}, unseen"
    for v in found:
        assert v.worst_case_a > v.limit_a
        row = next(r for r in site.rows if r.name == v.row)
        conductors = [c * drawn_at(limits, k, v.at) for k, own in row.coefficients.items() for c in own]
        # the worst mixture takes everything on one side of some line through the origin
        turns = [cmath.rect(1.0, i * cmath.pi / 360) for i in range(720)]
        side = max(abs(sum(c for c in conductors if (c * turn).real > 0)) for turn in turns)
        assert side + row.base_a.at(v.at) == pytest.approx(v.worst_case_a, rel=1e-9), f"seed {seed}"


def one_wire(limit_a) -> Site:
    outlets = [Outlet(key=key(i), node="m", connection="R", current_max_a=32.0) for i in range(3)]
    return from_tree(SiteId("s"), "s", [Node(id="m", limit_a=limit_a)], outlets)


def constant(*tenths):
    return {key(i): ((START, value),) for i, value in enumerate(tenths)}


def test_exactly_full_is_allowed_and_a_tenth_more_is_not():
    site = one_wire(32.0)
    assert violations(site, constant(107, 107, 106), start=START, end=END) == ()
    (found,) = violations(site, constant(107, 107, 107), start=START, end=END)
    assert (found.row, found.at) == ("m R", START)
    assert (found.worst_case_a, found.limit_a) == (pytest.approx(32.1), 32.0)


def test_an_evse_without_limits_counts_with_its_rating():
    assert violations(one_wire(40.0), constant(100), start=START, end=END) != ()
    assert violations(one_wire(74.0), constant(100), start=START, end=END) == ()
    late = {key(0): ((START + timedelta(minutes=5), 0),), key(1): ((START, 0),), key(2): ((START, 0),)}
    (found,) = violations(one_wire(31.0), late, start=START, end=END)
    assert found.at == START


def test_a_limit_that_falls_between_two_steps_of_the_plan_is_seen():
    falls = START + timedelta(minutes=31, seconds=17)
    site = one_wire(((None, 40.0), (falls, 20.0)))
    (found,) = violations(site, constant(100, 100, 100), start=START, end=END)
    assert found.at == falls
    assert violations(site, constant(100, 100, 100), start=START, end=falls) == ()


def test_capacity_that_moves_is_counted_twice_until_it_has_moved():
    site = one_wire(20.0)
    old, new = constant(200, 0, 0), constant(0, 200, 0)
    assert violations(site, old, start=START, end=END) == ()
    assert violations(site, new, start=START, end=END) == ()
    assert [v.worst_case_a for v in transition(site, old, new, start=START, end=END)] == [pytest.approx(40.0)]
    assert transition(site, old, constant(100, 0, 0), start=START, end=END) == ()


def test_a_limit_that_is_not_a_number_is_broken():
    wired = one_wire(20.0)
    site = Site(
        wired.id, "s", (Row("m", Steps.of(float("nan")), wired.rows[0].coefficients),), wired.evses, 230.0
    )
    assert len(violations(site, constant(0, 0, 0), start=START, end=END)) == 1
