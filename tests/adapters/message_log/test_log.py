"""What the disk does to the log, and what the log does to nobody."""

from datetime import UTC, datetime
from types import SimpleNamespace

from chargewright.adapters.message_log.log import FRAMES_MAX, FileMessageLog
from chargewright.domain.logged import Wanted
from chargewright.ids import StationId
from chargewright.simulator.clock import PacedClock

CS = StationId("CS1")
LINK = SimpleNamespace(station_id=CS)
START = datetime(2026, 3, 3, 9, tzinfo=UTC)


async def test_a_disk_that_takes_nothing_costs_frames_and_is_counted(tmp_path):
    log = FileMessageLog(tmp_path / "log", clock=PacedClock(START))
    await log.start()
    (tmp_path / "log").rmdir()
    log.keep("in", [(LINK, b'[2,"1","Heartbeat",{}]')])
    assert await log.search(CS, Wanted()) == []
    assert log.dropped == 1
    (tmp_path / "log").mkdir()
    log.keep("in", [(LINK, b'[2,"2","Heartbeat",{}]')])
    assert [m.message_id for m in await log.search(CS, Wanted())] == ["2"]
    await log.stop()


async def test_more_than_the_disk_can_keep_up_with_is_dropped_and_counted(tmp_path):
    log = FileMessageLog(tmp_path, clock=PacedClock(START))
    await log.start()
    for _ in range(FRAMES_MAX // 5 + 1):
        log.keep("in", [(LINK, b"[]")] * 5)
    assert log.dropped == 5
    assert len(await log.search(CS, Wanted(limit=10**6))) == FRAMES_MAX
    await log.stop()


async def test_an_answer_finds_its_call_in_an_older_block_and_the_wait_between(tmp_path):
    clock = PacedClock(START)
    log = FileMessageLog(tmp_path, clock=clock)
    await log.start()
    log.keep("out", [(LINK, b'[2,"7","Reset",{"type":"Soft"}]')])
    log.keep("in", [(LINK, b'[2,"7","Heartbeat",{}]')])
    await log.search(CS, Wanted())
    clock.advance_to(START.replace(second=2))
    log.keep("in", [(LINK, b'[3,"7",{"status":"Accepted"}]')])
    reset, heartbeat, answer = await log.search(CS, Wanted())
    assert (answer.action, answer.outcome, answer.answered_after_ms) == ("Reset", "answered", 2000.0)
    assert (reset.outcome, reset.answered_after_ms) == ("answered", 2000.0)
    assert heartbeat.outcome == "unanswered", "the same id of the other direction is another call"
    assert await log.search(CS, Wanted(after=reset.number)) == [heartbeat, answer]
    await log.stop()


async def test_it_is_there_after_a_restart(tmp_path):
    for n in (1, 2):
        log = FileMessageLog(tmp_path, clock=PacedClock(START))
        await log.start()
        log.keep("in", [(LINK, b'[2,"%d","Heartbeat",{}]' % n)])
        assert [m.number for m in await log.search(CS, Wanted())] == list(range(1, n + 1))
        await log.stop()
