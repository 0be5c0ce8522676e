"""What a station's store does, story by story, after sections 3.13 and 5.3 of 1.6 and K01, K10, K28 of 2.x."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.installed import (
    Criteria,
    back_online,
    clear,
    dynamic_updated,
    install,
    replaced_by,
    transaction_ended,
)
from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    ReplaceKey,
    Schedule,
)
from chargewright.errors import NotFound

T0 = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
OLD, NEW, NEWEST = (Dialect.of(v) for v in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"))


def profile(number, purpose=Purpose.TX_DEFAULT, level=0, **more):
    schedule = Schedule(RateUnit.A, (Period(0, 160),), T0)
    return Profile(number, level, purpose, Kind.ABSOLUTE, (schedule,), **more)


def store(*entries):
    return tuple(Installed(evse_id, entry, T0) for evse_id, entry in entries)


def ids(installed):
    return [i.profile.id for i in installed]


FULL = store(
    (0, profile(1, Purpose.STATION_MAX)),
    (1, profile(2)),
    (2, profile(3)),
    (1, profile(4, level=1)),
    (1, profile(5, Purpose.TX, transaction_id="7")),
    (2, profile(6, Purpose.TX)),
    (0, profile(7, Purpose.EXTERNAL_CONSTRAINTS)),
)


@pytest.mark.parametrize(
    ("dialect", "evse_id", "new", "left"),
    [
        (OLD, 1, profile(4), [1, 3, 5, 6, 7, 4]),  # its own id, and the same purpose and level as 2
        (OLD, 1, profile(9), [1, 3, 4, 5, 6, 7, 9]),
        (OLD, 0, profile(9), [1, 2, 3, 4, 5, 6, 7, 9]),
        (replace(OLD, replace_key=ReplaceKey.PURPOSE_LEVEL), 0, profile(9), [1, 4, 5, 6, 7, 9]),
        (OLD, 2, profile(5, level=8), [1, 2, 3, 4, 6, 7, 5]),  # an id is the station's, wherever it stands
        (OLD, 2, profile(9, Purpose.TX, transaction_id="8"), [1, 2, 3, 4, 5, 7, 9]),  # after a remote start
        (NEW, 1, profile(9), [1, 2, 3, 4, 5, 6, 7, 9]),
        (NEW, 1, profile(2), [1, 3, 4, 5, 6, 7, 2]),
    ],
)
def test_a_new_profile_takes_its_place(dialect, evse_id, new, left):
    after = install(FULL, evse_id, new, T0, dialect)
    assert ids(after) == left
    assert after[-1] == Installed(evse_id, new, T0)
    gone = set(ids(FULL)) - set(left) | ({new.id} & set(ids(FULL)))
    assert set(ids(replaced_by(FULL, evse_id, new, dialect))) == gone


@pytest.mark.parametrize(
    ("dialect", "criteria", "removed"),
    [
        (OLD, Criteria(), [1, 2, 3, 4, 5, 6, 7]),
        (NEW, Criteria(), [1, 2, 3, 4, 5, 6]),  # K10.FR.06
        (NEW, Criteria(purpose=Purpose.EXTERNAL_CONSTRAINTS), []),
        (NEW, Criteria(profile_id=7), []),
        (OLD, Criteria(profile_id=2), [2]),
        (OLD, Criteria(profile_id=2, evse_id=2, purpose=Purpose.TX), [2]),  # errata 3.26
        (OLD, Criteria(profile_id=99), []),
        (OLD, Criteria(evse_id=0), [1, 7]),
        (OLD, Criteria(evse_id=1), [2, 4, 5]),
        (OLD, Criteria(stack_level=0), [1, 2, 3, 5, 6, 7]),
        (OLD, Criteria(purpose=Purpose.TX_DEFAULT, stack_level=0), [2, 3]),
        (OLD, Criteria(evse_id=1, purpose=Purpose.TX_DEFAULT, stack_level=1), [4]),
    ],
)
def test_clearing(dialect, criteria, removed):
    remaining, gone = clear(FULL, criteria, dialect)
    assert ids(gone) == removed
    assert ids(remaining) == [i for i in ids(FULL) if i not in removed]


def test_a_transaction_takes_its_profiles_with_it():
    assert ids(transaction_ended(FULL, evse_id=1, transaction_id="7")) == [1, 2, 3, 4, 6, 7]
    assert ids(transaction_ended(FULL, evse_id=2, transaction_id="8")) == [1, 2, 3, 4, 5, 7]
    assert transaction_ended(FULL, evse_id=3, transaction_id="9") == FULL


DYNAMIC = Profile(8, 0, Purpose.TX_DEFAULT, Kind.DYNAMIC, (Schedule(RateUnit.A, (Period(0, 160),)),))


def test_a_dynamic_profile_is_stamped_when_it_arrives_and_when_it_is_updated():
    [kept] = install((), 1, DYNAMIC, T0, NEWEST)
    assert kept.profile.dyn_update_at == T0
    later = T0 + timedelta(minutes=5)
    [updated] = dynamic_updated([kept], profile_id=8, period=Period(3, 100), at=later)
    assert updated.profile.dyn_update_at == later
    assert updated.profile.schedules[0].periods == (Period(0, 100),)
    assert updated.received_at == T0


@pytest.mark.parametrize("profile_id", [2, 99])
def test_only_a_dynamic_profile_can_be_updated(profile_id):
    with pytest.raises(NotFound):
        dynamic_updated(FULL, profile_id=profile_id, period=Period(0, 100), at=T0)


@pytest.mark.parametrize(
    ("more", "offline_s", "kept"),
    [
        ({"max_offline_duration_s": 60, "invalid_after_offline": True}, 61, False),
        ({"max_offline_duration_s": 60, "invalid_after_offline": True}, 60, True),
        ({"max_offline_duration_s": 60, "invalid_after_offline": False}, 3_600, True),
        ({"max_offline_duration_s": 60}, 3_600, True),
        ({"invalid_after_offline": True}, 3_600, True),
    ],
)
def test_a_long_silence_may_end_a_profile_for_good(more, offline_s, kept):
    installed = store((1, profile(1, **more)))
    after = back_online(installed, offline_since=T0, at=T0 + timedelta(seconds=offline_s))
    assert (after == installed) is kept
    assert kept or after == ()
