"""How a transaction is cut for its cost: events, meter values beside them, coarse clocks, registers of all kinds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chargewright.csms.cost import stretches_of
from chargewright.domain.transaction import EventKind, TransactionEvent
from chargewright.ids import StationId

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)


def event(minute: float, wh: float | None = None, *, state: str | None = None, **more) -> TransactionEvent:
    kind = more.pop("kind", EventKind.UPDATED)
    at = T0 + timedelta(minutes=minute)
    digest = f"{kind}{minute}{wh}{state}"
    return TransactionEvent(
        kind, StationId("CP1"), "7", at, digest, meter_wh=wh, charging_state=state, **more
    )


def cut(*told, marks=()) -> list[tuple[float, float, bool | None]]:
    """(minutes, Wh, charging) of each stretch."""
    found = stretches_of(told, [(T0 + timedelta(minutes=minute), wh) for minute, wh in marks])
    return [((s.end - s.begin).total_seconds() / 60, float(s.energy_wh), s.charging) for s in found]


START, END = EventKind.STARTED, EventKind.ENDED


def test_states_decide_what_kind_of_time_it_is():
    assert cut(
        event(0, 1000, kind=START, state="EVConnected"),
        event(5, state="Charging"),
        event(35, 6000, state="SuspendedEVSE"),
        event(45, 6000, state="SuspendedEV"),
        event(60, 6000, kind=END),
    ) == [
        (5, pytest.approx(5000 * 5 / 35), False),
        (30, pytest.approx(5000 * 30 / 35), True),
        (10, 0, None),
        (15, 0, False),
    ]


def test_several_values_within_one_second_lose_no_energy():
    assert cut(
        event(0, 1000, kind=START, arrival=1), event(0, 1500, arrival=2), event(0, 2200, arrival=3)
    ) == [
        (0, 500, True),
        (0, 700, True),
    ]


def test_without_states_a_rising_register_is_charging_and_a_still_one_is_idle():
    told = (event(0, 1000, kind=START), event(60, 5000, kind=END))
    assert cut(*told, marks=[(20, 5000), (40, 5000)]) == [(20, 4000, True), (20, 0, False), (20, 0, False)]


def test_a_register_that_counts_from_elsewhere_is_left_out():
    told = (event(0, 100_000, kind=START), event(60, 104_000, kind=END))
    assert cut(*told, marks=[(30, 2000), (45, 3000)]) == [(60, 4000, True)]


def test_a_register_that_falls_costs_nothing_and_gives_nothing_back():
    found = cut(event(0, 1000, kind=START), event(10, 3000), event(20, 2500), event(30, 3500))
    assert [energy for _, energy, _ in found] == [2000, 0, 500]


def test_late_events_are_put_where_they_belong():
    late = event(10, 2000, state="Charging", arrival=9)
    told = (event(0, 1000, kind=START, arrival=1), event(20, 4000, kind=END, arrival=2), late)
    assert cut(*told) == [(10, 1000, True), (10, 2000, True)]


def test_a_closing_of_ours_is_no_word_of_the_meter():
    told = (event(0, 1000, kind=START), event(30, 3000), event(600, kind=EventKind.CLOSED))
    assert cut(*told) == [(30, 2000, True)]
    assert stretches_of(()) == []


def test_no_register_at_all_is_no_energy():
    (only,) = stretches_of((event(0, kind=START, state="Charging"), event(60, kind=END)))
    assert (only.energy_wh, only.charging) == (Decimal(0), True)
