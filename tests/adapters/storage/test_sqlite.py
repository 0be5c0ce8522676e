"""The group commit: order, isolation, back-pressure, failing disks, and what a kill leaves behind."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.station import Station
from chargewright.errors import InvalidInput, StoreUnavailable
from chargewright.ids import EvseId, StationId, TransactionId

AT = datetime(2026, 11, 22, tzinfo=UTC)
CP1 = StationId("CP1")


def put(name):
    return lambda records: records.put_station(Station(StationId(name)))


async def names(store):
    return [station.id for station in await store.read(lambda records: records.stations())]


async def outcomes(store, works):
    """Submit all at once; (position, result, error) in the order in which they were told."""
    told, all_told = [], asyncio.Event()

    def submit(position, work):
        def done(result, error):
            told.append((position, result, error))
            if len(told) == len(works):
                all_told.set()

        store.submit(work, done)

    for position, work in enumerate(works):
        submit(position, work)
    async with asyncio.timeout(30):
        await all_told.wait()
    return told


async def test_works_run_and_are_answered_in_order(store):
    ran = []
    told = await outcomes(store, [lambda _, n=n: ran.append(n) or n for n in range(500)])
    assert ran == list(range(500))
    assert told == [(n, n, None) for n in range(500)]


async def test_a_work_sees_what_those_before_it_wrote(store):
    def count_up(records):
        station = records.station(CP1) or Station(CP1, model="0")
        records.put_station(Station(CP1, model=str(int(station.model) + 1)))
        return int(station.model)

    told = await outcomes(store, [count_up] * 50)
    assert [result for _, result, _ in told] == list(range(50))


async def test_what_arrives_during_a_commit_shares_the_next(store):
    statements = []
    store._writer._connection.set_trace_callback(statements.append)
    await outcomes(store, [put(f"S{n}") for n in range(300)])
    assert statements.count("COMMIT") <= 2


async def test_answers_come_only_after_the_commit(tmp_path):
    store = SqliteStore(tmp_path / "cw.db")
    await store.start()
    other = sqlite3.connect(tmp_path / "cw.db")
    seen = []

    def done(_, error):
        seen.append(other.execute("SELECT count(*) FROM station").fetchone()[0])

    store.submit(put("A"), done)
    while not seen:  # noqa: ASYNC110  # told by a callback, which must see the row at that very moment
        await asyncio.sleep(0.001)
    assert seen == [1]
    other.close()
    await store.stop()


@pytest.mark.parametrize("poison", [0, 3, 9])
async def test_a_poison_work_is_rolled_back_alone(store, poison):
    def half_done(records):
        put("poisoned")(records)
        records.append_readings(CP1, [Reading(EvseId(1), AT, (Sample("Voltage", 1.0),))])
        raise ValueError("poison")

    works = [put(f"S{n}") for n in range(10)]
    works[poison] = half_done
    told = await outcomes(store, works)
    assert [position for position, _, _ in told] == list(range(10))
    assert [type(error) for _, _, error in told] == [
        ValueError if n == poison else type(None) for n in range(10)
    ]
    assert await names(store) == [f"S{n}" for n in range(10) if n != poison]
    assert await store.read(lambda records: records.readings()) == []


async def test_a_poison_reading_is_isolated_although_it_is_inserted_last(store):
    def bad(records):
        records.append_readings(CP1, [Reading(EvseId(2**70), AT, ())])

    good = Reading(EvseId(1), AT, (Sample("Voltage", 1.0),))
    told = await outcomes(
        store, [put("A"), bad, put("B"), lambda records: records.append_readings(CP1, [good])]
    )
    assert [error is None for _, _, error in told] == [True, False, True, True]
    assert await names(store) == ["A", "B"]
    assert await store.read(lambda records: records.readings()) == [good]


async def test_a_failing_listener_does_not_keep_the_others_from_their_answers(store):
    def broken(_, error):
        raise RuntimeError("listener bug")

    store.submit(put("A"), broken)
    assert await store.commit(lambda _: "told") == "told"


async def test_commit_raises_what_the_work_raised_and_a_cancelled_waiter_hurts_nobody(store):
    def poison(_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await store.commit(poison)
    task = asyncio.create_task(store.commit(put("A")))
    await asyncio.sleep(0)
    task.cancel()
    assert await store.commit(lambda _: 1) == 1
    assert await names(store) == ["A"]


async def test_idle_and_full(tmp_path):
    store = SqliteStore(tmp_path / "cw.db", queue_max=5)
    await store.start()
    gate = threading.Event()
    assert store.idle
    store.submit(lambda _: gate.wait(10), lambda *_: None)
    assert not store.idle
    await asyncio.sleep(0)
    for _ in range(3):
        store.submit(put("A"), lambda *_: None)
    assert not store.full
    store.submit(put("A"), lambda *_: None)
    assert store.full
    gate.set()
    await store.commit(put("B"))
    assert not store.full
    await store.stop()


async def test_reads_see_one_snapshot_beside_a_running_commit(store):
    await store.commit(put("A"))
    between, go_on = threading.Event(), threading.Event()

    def slow(records):
        before = len(records.stations())
        between.set()
        go_on.wait(10)
        return before, len(records.stations())

    reading = asyncio.create_task(store.read(slow))
    await asyncio.to_thread(between.wait, 10)
    await store.commit(put("B"))
    go_on.set()
    assert await reading == (1, 1)
    assert await names(store) == ["A", "B"]


async def test_reads_cannot_write(store):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(put("A"))
    assert await names(store) == []


async def test_stop_makes_durable_what_waits_and_refuses_what_comes_after(tmp_path):
    store = SqliteStore(tmp_path / "cw.db")
    await store.start()
    told = []
    for n in range(2000):
        store.submit(put(f"S{n}"), lambda result, error: told.append(error))
    await store.stop()
    assert told == [None] * 2000
    with pytest.raises(StoreUnavailable):
        await store.commit(put("late"))
    with pytest.raises(StoreUnavailable):
        await store.read(lambda records: records.stations())
    again = SqliteStore(tmp_path / "cw.db")
    await again.start()
    assert len(await names(again)) == 2000
    await again.stop()


async def test_the_file_is_durable_and_says_so(tmp_path):
    store = SqliteStore(tmp_path / "cw.db")
    durability = await store.start()
    pragma = store._writer._connection.execute
    assert pragma("PRAGMA synchronous").fetchone() == (2,)
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    assert durability.grade == "power loss"
    assert durability.commit_ms > 0
    await store.stop()
    memory = SqliteStore(":memory:")
    assert (await memory.start()).grade == "none"
    where = memory.path
    await memory.stop()
    assert not where.exists()


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "cw.db"
    path.write_bytes(b"not a database, at all" * 100)
    with pytest.raises(InvalidInput, match="not a SQLite database"):
        await SqliteStore(path).start()


class FailingDisk:
    """The driver's connection, but COMMIT fails as the disk would make it fail."""

    def __init__(self, real, errorname):
        self._real = real
        self.errorname = errorname

    def __getattr__(self, name):
        return getattr(self._real, name)

    def execute(self, statement, *args):
        if statement == "COMMIT" and self.errorname:
            error = sqlite3.OperationalError("disk trouble")
            error.sqlite_errorname = self.errorname
            raise error
        return self._real.execute(statement, *args)


@pytest.mark.parametrize(
    "errorname", ["SQLITE_IOERR_FSYNC", "SQLITE_IOERR_WRITE", "SQLITE_CORRUPT", "SQLITE_READONLY"]
)
async def test_after_a_failed_fsync_nothing_is_acknowledged_any_more(tmp_path, errorname):
    failures = []
    store = SqliteStore(tmp_path / "cw.db", failed=failures.append)
    await store.start()
    await store.commit(put("before"))
    disk = store._writer._connection = FailingDisk(store._writer._connection, errorname)
    told = await outcomes(store, [put("A"), put("B")])
    assert [type(error) for _, _, error in told] == [StoreUnavailable] * 2
    disk.errorname = ""  # the disk seems well again: that proves nothing
    with pytest.raises(StoreUnavailable):
        await store.commit(put("C"))
    assert len(failures) == 1
    await store.stop()
    again = SqliteStore(tmp_path / "cw.db")
    await again.start()
    assert await names(again) == ["before"]
    await again.stop()


@pytest.mark.parametrize("errorname", ["SQLITE_FULL", "SQLITE_BUSY"])
async def test_a_full_disk_refuses_while_it_is_full_only(tmp_path, errorname):
    store = SqliteStore(tmp_path / "cw.db")
    await store.start()
    disk = store._writer._connection = FailingDisk(store._writer._connection, errorname)
    with pytest.raises(StoreUnavailable):
        await store.commit(put("A"))
    disk.errorname = ""
    await store.commit(put("B"))
    assert await names(store) == ["B"]
    await store.stop()


CHILD = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.domain.metering import Reading, Sample
from chargewright.ids import EvseId, StationId, TransactionId

AT = datetime(2026, 11, 22, tzinfo=UTC)

async def main(path, first):
    store = SqliteStore(path)
    await store.start()

    async def station(name):
        number = first
        while True:
            reading = Reading(EvseId(1), AT + timedelta(seconds=number), (Sample("Voltage", float(number)),))
            def work(records):
                records.append_readings(StationId(name), [reading])
                return records.new_transaction_id()
            given = await store.commit(work)
            # One write of less than a pipe's atomic size: whole, or not there at all.
            sys.stdout.buffer.write(b"%s %d %d\\n" % (name.encode(), number, given))
            sys.stdout.buffer.flush()
            number += 1

    await asyncio.gather(*(station(f"CP{n}") for n in range(20)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path):
    """Twenty kills of the same database under load: what was acknowledged is there, once."""
    seed = int.from_bytes(os.urandom(4))
    rng = random.Random(seed)
    print("seed", seed)
    path = tmp_path / "cw.db"
    acknowledged, given = set(), []
    for life in range(20):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(life * 1_000_000)], stdout=subprocess.PIPE
        )
        lines = [child.stdout.readline()]  # it lives and works
        timer = threading.Timer(rng.uniform(0.0, 0.15), child.send_signal, [signal.SIGKILL])
        timer.start()
        lines += child.stdout.read().splitlines(keepends=True)
        child.wait()
        child.stdout.close()
        timer.join()
        for line in lines:
            if line.endswith(b"\n"):
                name, number, tid = line.split()
                acknowledged.add((name.decode(), int(number)))
                given.append(int(tid))
    assert len(acknowledged) >= 20

    async def read_all():
        store = SqliteStore(path)
        await store.start()
        rows = await store.read(
            lambda records: [
                (f"CP{n}", reading)
                for n in range(20)
                for reading in records.readings(station_id=StationId(f"CP{n}"), limit=1_000_000)
            ]
        )
        await store.stop()
        return rows

    rows = asyncio.run(read_all())
    kept = [(name, round((reading.at - AT).total_seconds())) for name, reading in rows]
    assert all(reading.samples[0].value == (reading.at - AT).total_seconds() for _, reading in rows)
    assert len(kept) == len(set(kept))
    assert acknowledged <= set(kept)
    # In each life a station had one reading under way at most: no more than that may be there unacknowledged.
    assert len(set(kept) - acknowledged) <= 20 * 20
    assert len(given) == len(set(given))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_kinds_of_values_survive(store):
    """Text that JSON or SQL could trip over comes back as it was."""
    hostile = ["'; DROP TABLE station; --", "\x00", "é\u2028\U0001f50c", '"\\', "x" * 5000]
    for text in hostile:
        await store.commit(put(text))
    assert sorted(await names(store)) == sorted(hostile)
    reading = Reading(
        EvseId(0),
        AT + timedelta(microseconds=1),
        tuple(Sample(t, None, text=t) for t in hostile),
        TransactionId(1),
        suspect=True,
    )
    await store.commit(lambda records: records.append_readings(StationId(hostile[0]), [reading]))
    (found,) = await store.read(lambda records: records.readings(station_id=StationId(hostile[0])))
    assert msgspec.json.encode(found) == msgspec.json.encode(reading)
