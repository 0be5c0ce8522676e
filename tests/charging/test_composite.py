"""The sweep in composite.py against the oracle in brute.py, and stories from the standard's text."""

import random
from datetime import timedelta

import pytest
from brute import MICROSECOND, ask, instants_of
from stacks import stack, window

from chargewright.charging.composite import Composite, composite
from chargewright.charging.profile import RateUnit

SECOND = timedelta(seconds=1)


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
    for seed in range(1_000_000 + block * 200, 1_000_000 + (block + 1) * 200):
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
