"""Timelines against a list with one entry per minute."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.timeline import Timeline, combine, difference, minimum, total
from chargewright.errors import InvalidInput

T0 = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPAN = 40


def minutes(*values, start=0):
    return Timeline.of(
        (T0 + (start + i) * MINUTE, T0 + (start + i + 1) * MINUTE, v) for i, v in enumerate(values)
    )


def random_list(rng):
    """Return (timeline, what it says in each minute from -2 to SPAN + 2)."""
    start = rng.randint(0, 10)
    values = []
    while len(values) < rng.randint(1, SPAN - start):
        values += [rng.choice((None, 0, 1, 2, 3))] * rng.randint(1, 5)
    values = values[: SPAN - start]
    said = dict.fromkeys(range(-2, SPAN + 2))
    said.update({start + i: v for i, v in enumerate(values)})
    return minutes(*values, start=start), said


def says(timeline):
    return {m: timeline.at(T0 + m * MINUTE + MINUTE / 2) for m in range(-2, SPAN + 2)}


@pytest.mark.parametrize("seed", range(200))
def test_every_operation_is_the_list_s(seed):
    rng = random.Random(seed)
    (one, one_said), (two, two_said) = random_list(rng), random_list(rng)
    assert says(one) == one_said
    for left, right in zip(one.values, one.values[1:], strict=False):
        assert left != right

    spoken = {m: [v for v in (one_said[m], two_said[m]) if v is not None] for m in one_said}
    assert says(minimum([one, two])) == {m: min(v, default=None) for m, v in spoken.items()}
    assert says(total([one, two])) == {m: sum(v) if len(v) == 2 else None for m, v in spoken.items()}
    twice = {m: None if v is None else v // 2 for m, v in one_said.items()}
    assert says(one.map(lambda v: v // 2)) == twice
    assert says(one.shifted(MINUTE)) == {m: one_said.get(m - 1) for m in one_said}

    begin = rng.randint(-2, SPAN)
    end = rng.randint(begin + 1, SPAN + 2)
    cut = one.clip(T0 + begin * MINUTE, T0 + end * MINUTE)
    assert (cut.start, cut.end) == (T0 + begin * MINUTE, T0 + end * MINUTE)
    assert says(cut) == {m: v if begin <= m < end else None for m, v in one_said.items()}

    told = dict.fromkeys(one_said, "alike")
    for start, until, expected, actual in difference(one, two):
        for m in range((start - T0) // MINUTE, (until - T0) // MINUTE):
            told[m] = (expected, actual)
    alike = {m: "alike" if one_said[m] == two_said[m] else (one_said[m], two_said[m]) for m in one_said}
    assert told == alike


def test_pieces_are_half_open():
    timeline = minutes(1, 2)
    assert timeline.at(T0) == 1
    assert timeline.at(T0 + MINUTE) == 2
    assert timeline.at(T0 + 2 * MINUTE) is None
    assert timeline.at(T0 - timedelta(microseconds=1)) is None


def test_equal_neighbours_are_one_piece():
    assert minutes(1, 1, 2) == Timeline.of([(T0, T0 + 2 * MINUTE, 1), (T0 + 2 * MINUTE, T0 + 3 * MINUTE, 2)])
    assert len(minutes(1, 1, 2)) == 2
    assert minutes(2, 3).map(lambda v: v // 2) == Timeline.constant(T0, T0 + 2 * MINUTE, 1)


def test_steps_hold_until_the_next():
    assert Timeline.stepped([(T0, 1), (T0 + MINUTE, 2)], T0 + 3 * MINUTE) == minutes(1, 2, 2)


def test_a_gap_says_nothing():
    gap = Timeline.of([(T0, T0 + MINUTE, 1), (T0 + 2 * MINUTE, T0 + 3 * MINUTE, 1)])
    assert gap == minutes(1, None, 1)


def test_the_integral_leaves_out_what_is_not_said():
    assert minutes(10, None, 4).value_seconds() == 840


def test_differences_are_merged_where_they_go_on():
    assert difference(minutes(1, 1, 5), minutes(2, 2, 5)) == [(T0, T0 + 2 * MINUTE, 1, 2)]
    assert difference(minutes(1), minutes(1)) == []


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [(T0, T0, 1)],
        [(T0 + MINUTE, T0, 1)],
        [(T0, T0 + 2 * MINUTE, 1), (T0 + MINUTE, T0 + 3 * MINUTE, 2)],
        [(T0.replace(tzinfo=None), T0.replace(tzinfo=None) + MINUTE, 1)],
    ],
)
def test_what_is_no_timeline_is_refused(pieces):
    with pytest.raises(InvalidInput):
        Timeline.of(pieces)


def test_an_empty_window_and_an_empty_list_are_refused():
    with pytest.raises(InvalidInput):
        minutes(1).clip(T0, T0)
    with pytest.raises(InvalidInput):
        combine([], max)
