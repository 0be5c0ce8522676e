"""How far something has come: what ends silence, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from chargewright.domain.firmware import STATUSES_KEPT, FirmwareUpdate, Progress

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize("state", ["asked", "running"])
def test_silence_is_told_after_the_last_word_or_the_time_planned_whichever_is_later(state):
    planned = AT + 5 * HOUR
    never = Progress(state)
    assert never.shown(planned + HOUR, since=planned, patience=HOUR) == state
    assert never.shown(planned + HOUR + MOMENT, since=planned, patience=HOUR) == "timed_out"
    before = never.heard(AT, "DownloadScheduled", state)
    assert before.shown(planned + HOUR, since=planned, patience=HOUR) == state
    after = never.heard(planned + HOUR, "Downloading", state)
    assert after.shown(planned + 2 * HOUR, since=planned, patience=HOUR) == state
    assert after.shown(planned + 2 * HOUR + MOMENT, since=planned, patience=HOUR) == "timed_out"


@pytest.mark.parametrize(
    "state", ["waiting", "done", "failed", "refused", "canceled", "offline", "withdrawn"]
)
def test_what_is_over_or_not_begun_never_times_out(state):
    assert Progress(state).shown(AT + 1000 * HOUR, since=AT, patience=HOUR) == state


def test_nothing_is_to_be_told_before_the_times_planned():
    update = FirmwareUpdate(1, "image", "2.0", asked_at=AT, retrieve_at=AT + HOUR)
    assert update.silent_from == AT + HOUR
    later = FirmwareUpdate(1, "image", "2.0", AT, AT + HOUR, install_at=AT + 3 * HOUR)
    assert later.silent_from == AT + 3 * HOUR
    past = FirmwareUpdate(1, "image", "2.0", asked_at=AT, retrieve_at=AT - HOUR)
    assert past.silent_from == AT


def test_statuses_are_bounded_the_newest_kept():
    progress = Progress("asked")
    for n in range(200):
        progress = progress.heard(AT + n * MOMENT, "Downloading", "running")
    assert len(progress.told) == STATUSES_KEPT
    assert progress.told[-1].at == progress.heard_at == AT + 199 * MOMENT
