"""The fold: any order of arrival gives the same record (the property that keeps transactions from being lost)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.domain.transaction import EventKind, TransactionEvent, TransactionState, fold
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, StationId, TransactionId

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
ID = TransactionId(7)


def event(kind: EventKind, *, minute: int, digest: str, arrival: int, **more) -> TransactionEvent:
    return TransactionEvent(
        kind=kind,
        station_id=StationId("CP1"),
        wire_id="7",
        at=T0 + timedelta(minutes=minute),
        digest=digest,
        arrival=arrival,
        **more,
    )


def start(**more) -> TransactionEvent:
    defaults = {"minute": 0, "digest": "start", "arrival": 1, "meter_wh": 1000.0, "id_token": "TAG"}
    return event(EventKind.STARTED, **{**defaults, "evse_id": EvseId(1), **more})


def stop(**more) -> TransactionEvent:
    defaults = {"minute": 90, "digest": "stop", "arrival": 2, "meter_wh": 8000.0, "reason": "Local"}
    return event(EventKind.ENDED, **{**defaults, **more})


def test_start_and_stop_make_a_finished_transaction():
    record = fold(ID, [start(), stop()])
    assert record.state is TransactionState.ENDED
    assert (record.started_at, record.ended_at) == (T0, T0 + timedelta(minutes=90))
    assert record.energy_wh == 7000.0
    assert (record.id_token, record.evse_id, record.reason) == ("TAG", 1, "Local")
    assert record.suspect == ()


def test_a_start_alone_is_active():
    record = fold(ID, [start()])
    assert record.state is TransactionState.ACTIVE
    assert record.energy_wh is None


def test_a_stop_without_start_is_kept_and_flagged():
    record = fold(ID, [stop()])
    assert record.state is TransactionState.ENDED
    assert record.meter_stop_wh == 8000.0
    assert record.suspect == ("stop without start",)


def test_the_stop_that_arrived_first_wins_and_the_other_is_flagged():
    late = stop(digest="stop2", arrival=3, minute=95, meter_wh=9000.0)
    record = fold(ID, [late, start(), stop()])
    assert record.meter_stop_wh == 8000.0
    assert record.suspect == ("another stop with other values is kept beside the first",)


def test_a_repeated_stop_with_the_same_values_is_not_suspect():
    assert fold(ID, [start(), stop(), stop(digest="again", arrival=9)]).suspect == ()


def test_a_meter_that_ran_backwards_and_a_stop_before_the_start_are_flagged():
    record = fold(ID, [start(), stop(meter_wh=10.0, minute=-5)])
    assert record.suspect == ("it ended before it started", "the meter ran backwards")


def test_an_update_whose_start_never_came_is_active_and_flagged():
    record = fold(
        ID, [event(EventKind.UPDATED, minute=3, digest="u", arrival=1, seq_no=4, charging_state="Charging")]
    )
    assert record.state is TransactionState.ACTIVE
    assert record.charging_state == "Charging"
    assert record.suspect == ("begun before we heard of it",)


def test_no_events_are_refused():
    with pytest.raises(InvalidInput, match="without events"):
        fold(ID, [])


def random_events(rng: random.Random) -> list[TransactionEvent]:
    found = []
    for arrival in range(1, rng.randint(2, 9)):
        kind = rng.choice(list(EventKind))
        found.append(
            event(
                kind,
                minute=rng.randint(-10, 300),
                digest=f"d{rng.randint(0, 10**9)}",
                arrival=arrival,
                seq_no=rng.choice([None, rng.randint(0, 8)]),
                meter_wh=rng.choice([None, float(rng.randint(0, 20_000))]),
                id_token=rng.choice([None, "A", "B"]),
                evse_id=rng.choice([None, EvseId(1), EvseId(2)]),
                charging_state=rng.choice([None, "Charging", "SuspendedEV"]),
                reason=rng.choice([None, "Local", "EVDisconnected"]),
            )
        )
    return found


@pytest.mark.parametrize("seed", range(400))
def test_any_permutation_of_the_events_folds_to_the_same_record(seed: int):
    rng = random.Random(seed)
    events = random_events(rng)
    expected = fold(ID, events)
    for _ in range(10):
        rng.shuffle(events)
        assert fold(ID, events) == expected, f"seed {seed}"


def closing(*, minute: int = 200, arrival: int = 5) -> TransactionEvent:
    return event(
        EventKind.CLOSED,
        minute=minute,
        digest="closed",
        arrival=arrival,
        suspect="by hand",
        reason="ClosedByHand",
    )


def test_a_closing_of_ours_ends_it_without_a_meter_value():
    record = fold(ID, [start(), closing()])
    assert record.state is TransactionState.ENDED
    assert (record.closed, record.reason, record.meter_stop_wh) == ("by hand", "ClosedByHand", None)
    assert not record.complete


@pytest.mark.parametrize("arrival", [2, 9])
def test_the_stations_own_ending_takes_the_place_of_a_closing_whenever_it_comes(arrival: int):
    record = fold(ID, [start(), closing(), stop(arrival=arrival)])
    assert (record.closed, record.reason, record.energy_wh) == ("", "Local", 7000.0)
    assert record.complete


@pytest.mark.parametrize(("minute", "arrival", "active"), [(300, 9, True), (100, 9, False), (300, 3, False)])
def test_a_transaction_that_goes_on_after_a_closing_is_open_again(minute: int, arrival: int, active: bool):
    went_on = event(EventKind.UPDATED, minute=minute, digest="more", arrival=arrival, meter_wh=2000.0)
    record = fold(ID, [start(), closing(), went_on])
    assert (record.state is TransactionState.ACTIVE) is active


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        ([0, 1, 2], ()),
        ([0, 3, 4, 7], ((1, 2), (5, 6))),
        ([5, 6], ()),
        ([0, 2_000_000_000], ((1, 1_999_999_999),)),
    ],
)
def test_gaps_in_the_numbers_are_told_as_ranges(numbers: list[int], gaps: tuple[tuple[int, int], ...]):
    told = [start(seq_no=numbers[0])] + [
        event(EventKind.UPDATED, minute=n, digest=f"u{n}", arrival=n + 1, seq_no=number)
        for n, number in enumerate(numbers[1:], 1)
    ]
    assert fold(ID, told).missing_seq_nos == gaps


def test_what_came_before_a_missing_start_is_missing_too():
    late = event(EventKind.UPDATED, minute=1, digest="u", arrival=1, seq_no=3)
    assert fold(ID, [late]).missing_seq_nos == ((0, 2),)


def test_two_events_with_one_number_are_flagged():
    told = [start(seq_no=0), event(EventKind.UPDATED, minute=1, digest="u", arrival=2, seq_no=0)]
    assert "two events bear the same seqNo" in fold(ID, told).suspect


def test_the_card_that_stopped_it_is_not_the_card_that_began_it():
    plugged = event(EventKind.STARTED, minute=0, digest="s", arrival=1, seq_no=0)
    halted = event(
        EventKind.UPDATED, minute=1, digest="u", arrival=2, seq_no=1, id_token="B", trigger="StopAuthorized"
    )
    record = fold(ID, [plugged, halted])
    assert (record.id_token, record.stopped_by) == (None, "B")


def test_a_register_that_ran_backwards_counts_for_nothing():
    record = fold(ID, [start(meter_wh=90_000.0), stop(meter_wh=1_500.0)])
    assert record.energy_wh == 0.0
    assert record.suspect
