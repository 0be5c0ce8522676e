"""The safety invariant, against an independent phasor Monte Carlo over everything that stations may do."""

import cmath
import dataclasses
import itertools
import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.profile import Kind, Period, Profile, Purpose, RateUnit, Schedule
from chargewright.charging.site import Evse, EvseKey, Node, Outlet, Row, Site, Steps, from_tree
from chargewright.csms.envelope import Envelope, Exposure, Span, base_share_tenths, exposure
from chargewright.domain.installation import InstalledProfile, ProfileState
from chargewright.ids import EvseId, SiteId, StationId

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SLACK = timedelta(seconds=10)
EVSE = Evse(EvseKey(StationId("A")), 230.0, 3, 32.0)


def minutes(n: float) -> datetime:
    return NOW + timedelta(minutes=n)


def entry(
    purpose: Purpose, steps, *, number=1, duration_s=None, unit=RateUnit.A, start=NOW
) -> InstalledProfile:
    schedule = Schedule(unit, tuple(Period(s, v) for s, v in steps), start, duration_s)
    profile = Profile(number, 0, purpose, Kind.ABSOLUTE, (schedule,))
    ends = None if duration_s is None else start + timedelta(seconds=duration_s)
    return InstalledProfile(
        number, StationId("A"), EvseId(1), profile, ProfileState.ACCEPTED, start, ends_at=ends
    )


def values(found: Exposure, *at: datetime) -> list[int]:
    return [int(found.over([instant])[0]) for instant in at]


def test_a_station_without_a_confirmed_base_counts_at_its_rating():
    assert exposure([], evse=EVSE, trusted=True, slack=SLACK) == Exposure(320, ())
    lease = entry(Purpose.TX, [(0, 100)], duration_s=900)
    assert exposure([lease], evse=EVSE, trusted=True, slack=SLACK).floor_tenths == 320


def test_a_station_that_is_not_trusted_counts_at_its_rating_whatever_was_sent():
    held = [entry(Purpose.TX_DEFAULT, [(0, 0)])]
    assert exposure(held, evse=EVSE, trusted=False, slack=SLACK) == Exposure(320, ())


def test_every_profile_that_may_be_held_counts_and_the_base_always():
    held = [
        entry(Purpose.TX_DEFAULT, [(0, 60)]),
        entry(Purpose.TX, [(0, 160), (300, 40)], number=2, duration_s=900),
        entry(Purpose.TX, [(0, 100)], number=3, duration_s=900, start=minutes(5)),
    ]
    found = exposure(held, evse=EVSE, trusted=True, slack=SLACK)
    assert values(found, minutes(1)) == [160]
    assert values(found, minutes(5) + timedelta(seconds=9)) == [160], "a step counts until slack after it"
    assert values(found, minutes(6)) == [100]
    assert values(found, minutes(21)) == [60], "after all leases the base is left"


def test_watts_become_amperes_rounded_up():
    held = [
        entry(Purpose.TX_DEFAULT, [(0, 0)]),
        entry(Purpose.TX, [(0, 69_010)], number=2, duration_s=900, unit=RateUnit.W),
    ]
    assert values(exposure(held, evse=EVSE, trusted=True, slack=SLACK), minutes(1)) == [101]


# --- the envelope of a site against an oracle ---------------------------------------------------------------


def phasor_site(rng: random.Random) -> tuple[Site, list[tuple[str, float, dict[EvseKey, complex]]]]:
    """A random site, and its rows in plain words for the oracle."""
    keys = [EvseKey(StationId(f"S{n}")) for n in range(rng.randint(2, 6))]
    evses = {key: Evse(key, 208.0, 1, 32.0) for key in keys}
    angles = [math.radians(a) for a in (30, -90, 150)]
    plain = []
    for r in range(rng.randint(1, 4)):
        coefficients = {
            key: cmath.rect(rng.choice([-0.5, 0.25, 1.0]), angles[n % 3])
            for n, key in enumerate(keys)
            if rng.random() < 0.8
        }
        if coefficients:
            plain.append((f"row{r}", rng.uniform(5.0, 60.0), coefficients))
    rows = tuple(Row(name, Steps.of(limit), {k: (c,) for k, c in cs.items()}) for name, limit, cs in plain)
    return Site(SiteId("x"), "x", rows, evses, 208.0), plain


def random_exposure(rng: random.Random) -> Exposure:
    spans = []
    for _ in range(rng.randint(0, 2)):
        start = rng.uniform(-5, 20)
        spans.append(Span(minutes(start), minutes(start + rng.uniform(1, 15)), rng.randint(0, 320)))
    return Exposure(rng.choice([0, 0, 60]), tuple(spans))


@pytest.mark.parametrize("seed", range(150))
def test_what_is_allowed_holds_for_every_mixture_and_a_tenth_more_does_not(seed: int):
    rng = random.Random(seed)
    site, plain = phasor_site(rng)
    held = {key: random_exposure(rng) for key in site.evses}
    key = rng.choice(list(site.evses))
    wanted = random_exposure(rng)
    envelope = Envelope(site, held, now=NOW, candidates=[wanted])
    was_broken = set(envelope.broken_rows())
    before = {k: v.copy() for k, v in envelope.tenths.items()}
    allowed = envelope.allowed(key, wanted)
    asked = wanted.over(envelope.instants)
    for i, _at in enumerate(envelope.instants):
        box = {k: (allowed[i] if k == key else before[k][i]) / 10 for k in site.evses}
        low = before[key][i]
        assert low <= allowed[i] <= max(low, asked[i]), f"seed {seed}"
        corners = [{k: rng.choice([0.0, a]) for k, a in box.items()} for _ in range(40)]
        inner = [{k: rng.uniform(0.0, a) for k, a in box.items()} for _ in range(20)]
        for name, limit, coefficients in plain:
            if name in was_broken or allowed[i] == low:
                continue
            worst = max(abs(sum(c * mix[k] for k, c in coefficients.items())) for mix in corners + inner)
            assert worst <= limit + 1e-6, f"seed {seed}, {name}"
        if allowed[i] < max(low, asked[i]):
            more = {**box, key: box[key] + 0.1}
            over = any(
                max(
                    abs(sum(c * more[k] * (mask >> n & 1) for n, (k, c) in enumerate(coefficients.items())))
                    for mask in range(1 << len(coefficients))
                )
                > limit
                for _name, limit, coefficients in plain
                if key in coefficients
            )
            assert over, f"seed {seed}: a tenth more would have fitted at {i}"


def test_a_raise_fits_only_after_another_was_lowered():
    keys = [EvseKey(StationId(name)) for name in "AB"]
    site = from_tree(
        SiteId("x"),
        "x",
        [Node(id="main", limit_a=32.0)],
        [Outlet(key=key, node="main", connection="RST", current_max_a=32.0) for key in keys],
    )
    held = {keys[0]: Exposure(0, (Span(NOW, minutes(15), 320),)), keys[1]: Exposure(0, ())}
    wanted = Exposure(0, (Span(NOW, minutes(15), 160),))
    envelope = Envelope(site, held, now=NOW, candidates=[wanted])
    assert envelope.broken_rows() == []
    assert int(envelope.allowed(keys[1], wanted)[0]) == 0
    held[keys[0]] = Exposure(0, (Span(NOW, minutes(15), 160),))
    envelope = Envelope(site, held, now=NOW, candidates=[wanted])
    assert int(envelope.allowed(keys[1], wanted)[0]) == 160
    envelope.add(keys[1], wanted)
    assert envelope.broken_rows() == []


def test_the_base_share_is_the_minimum_where_it_takes_at_most_half_of_every_limit():
    def site(limit_a: float) -> Site:
        outlets = [
            Outlet(key=EvseKey(StationId(f"S{n}")), node="main", connection="RST", current_max_a=32.0)
            for n in range(4)
        ]
        return from_tree(SiteId("x"), "x", [Node(id="main", limit_a=limit_a)], outlets)

    assert set(base_share_tenths(site(48.0), wanted_a=None).values()) == {60}
    assert set(base_share_tenths(site(47.9), wanted_a=None).values()) == {0}
    assert set(base_share_tenths(site(48.0), wanted_a=12.0).values()) == {120}
    assert set(base_share_tenths(site(47.9), wanted_a=12.0).values()) == {0}, "an unsafe share is not taken"


@pytest.mark.parametrize("seed", range(100))
def test_what_an_exposure_is_over_time_is_its_largest_span_at_each_instant(seed: int):
    rng = random.Random(seed)
    found = random_exposure(rng)
    instants = sorted({NOW, *(minutes(rng.uniform(-5, 40)) for _ in range(12)), *found.instants()})
    plain = [
        max(
            [found.floor_tenths]
            + [s.tenths for s in found.spans if s.start <= at and (s.end is None or at < s.end)]
        )
        for at in instants
    ]
    assert found.over(instants).tolist() == plain, f"seed {seed}"


@pytest.mark.parametrize("seed", range(60))
def test_a_row_whose_limit_changes_is_broken_where_any_instant_breaks_it(seed: int):
    rng = random.Random(seed)
    site, plain = phasor_site(rng)
    steps = [(None, rng.uniform(10, 60)), (minutes(rng.uniform(1, 20)), rng.uniform(0, 60))]
    base = [(None, 0.0), (minutes(rng.uniform(1, 20)), rng.uniform(0, 20))]
    limits = {row.name: (Steps.of(steps), Steps.of(base)) for row in site.rows}
    rows = tuple(
        dataclasses.replace(row, limit_a=limits[row.name][0], base_a=limits[row.name][1]) for row in site.rows
    )
    site = dataclasses.replace(site, rows=rows)
    held = {key: random_exposure(rng) for key in site.evses}
    found = set(Envelope(site, held, now=NOW).broken_rows())
    instants = [minutes(m / 4) for m in range(4 * 45)]
    instants += [at for e in held.values() for at in e.instants()] + [steps[1][0], base[1][0]]
    broken = set()
    for at in sorted(at for at in instants if at >= NOW):
        box = {key: float(e.over([at])[0]) / 10 for key, e in held.items()}
        for name, _, coefficients in plain:
            corners = itertools.product(*[(0.0, box[k]) for k in coefficients])
            worst = max(
                abs(sum(c * a for c, a in zip(coefficients.values(), corner, strict=True)))
                for corner in corners
            )
            if worst > limits[name][0].at(at) - limits[name][1].at(at) + 1e-6:
                broken.add(name)
    assert found == broken, f"seed {seed}"
