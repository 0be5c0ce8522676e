"""The store on one SQLite file: one writer thread with group commit, two reading threads beside it.

    submit --> queue --> writer thread: BEGIN, works in order, readings in one insert, COMMIT (fsync) --> done

A commit starts at once when the writer is idle; whatever arrives while it runs forms the next. So one message
waits for one fsync, and a thousand wait for two.

When a work raises, its batch is rolled back and run again with a savepoint around each, so that the others are
kept: a work must do nothing but read and write its records, and may run twice. When the disk fails, nothing is
acknowledged any more until the process starts anew: what an fsync error left in the file is not known
(PostgreSQL learnt that the hard way).
"""

import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, TypeVar, cast

import structlog

from chargewright.adapters.storage import statements as sql
from chargewright.adapters.storage.migrate import migrate
from chargewright.adapters.storage.records import IdBlocks, SqliteRecords
from chargewright.csms.ports import Records
from chargewright.errors import StoreUnavailable

__all__ = ["Durability", "SqliteStore"]

T = TypeVar("T")
Work = Callable[[Records], Any]
Done = Callable[[Any, BaseException | None], None]
Item = tuple[Work, Done]
Outcome = tuple[Any, BaseException | None]

_log = structlog.get_logger(__name__)

QUEUE_MAX = 4096
"""Works that may wait before `full` asks the station port to stop reading."""

BATCH_MAX = 1024
"""Works in one commit: some 20 ms of work, so that a long queue cannot make an answer wait for all of it."""

RECENT_MIN, RECENT_MAX = 16_384, 32_768
"""Readings that stand in order of arrival until they are moved to their place: from the first number on when the
writer has nothing else to do (some 50 ms of work), at the second in any case (some 100 ms). Moving four times as many
at once costs half as much each, because a station's readings then fill whole pages."""

GATHER_S = 0.004
"""How long a commit is put off at most while more comes to share it."""

LINGER_MIN, LINGER_S = 16, 0.001
"""With so many waiting it is worth while to look once more after a moment; fewer are committed at once."""

_READERS = 2
_BUSY_TIMEOUT_S = 5.0
_CHECKPOINT_PAGES = 4000
_CACHE_KIB = 16_384

_FATAL = frozenset({"SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_READONLY"})
_PASSING = frozenset({"SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_NOMEM", "SQLITE_INTERRUPT"})


@dataclass(frozen=True, slots=True)
class Durability:
    """What an acknowledgement is worth here, and what one commit costs (median of a few, milliseconds)."""

    grade: Literal["power loss", "none"]
    commit_ms: float
    schema: str


class SqliteStore:
    """`csms.ports.Store` on a file. `":memory:"` is a temporary one that survives nothing, for tests and demos.

        store = SqliteStore("chargewright.db")
        await store.start()
        ...
        await store.stop()

    `submit` and `commit` belong to the loop's thread. `failed` is called once, on the loop, when the disk fails
    for good: the process should then end and start anew.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        queue_max: int = QUEUE_MAX,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory() if str(path) == ":memory:" else None
        self.path = Path(self._temporary.name) / "chargewright.db" if self._temporary else Path(path)
        self._queue_max = queue_max
        self._failed = failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Item] = []
        self._in_commit = 0
        self._gathering = False
        self._gathered, self._lingered = 0, False
        self._gather_until_s = 0.0
        self._stopping: asyncio.Event | None = None
        self._broken: StoreUnavailable | None = None
        self._batches: SimpleQueue[list[Item] | None] = SimpleQueue()
        self._writer: _Writer | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._read_connections: list[sqlite3.Connection] = []
        self._local = threading.local()
        self.durability: Durability | None = None

    async def start(self) -> Durability:
        """Open the file, bring its schema up to date, check what a commit is worth, and start the threads.

        Raises:
            InvalidInput: the database is newer than this code, or not a database.
            StoreUnavailable: the file cannot be used so that an acknowledgement means something.

        """
        self._loop = asyncio.get_running_loop()
        self.durability = await asyncio.to_thread(self._open)
        assert self._writer is not None  # opened just above
        threading.Thread(target=self._write, name="store-writer", daemon=True).start()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        return self.durability

    async def stop(self) -> None:
        """Make durable what waits, then close the file. Nothing may be submitted any more."""
        if self._writer is None or self._readers is None or self._stopping is not None:
            return
        self._stopping = asyncio.Event()
        if self._waiting or self._in_commit:
            await self._stopping.wait()
        self._batches.put(None)
        await asyncio.to_thread(self._writer.finished.wait)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._read_connections:
            connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    # --- the loop's side: csms.ports.Store ----------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._in_commit

    @property
    def full(self) -> bool:
        return len(self._waiting) + self._in_commit >= self._queue_max

    def submit(
        self, work: Callable[[Records], T], done: Callable[[T | None, BaseException | None], None]
    ) -> None:
        """Run `work` in the next transaction, then `done` on the loop (csms.ports.Store)."""
        if self._loop is None or self._broken is not None or self._stopping is not None:
            refusal = self._broken or StoreUnavailable("the store is not running")
            asyncio.get_running_loop().call_soon(done, None, refusal)
            return
        self._waiting.append((work, done))
        if not self._in_commit and not self._gathering:
            self._gather(self._loop)

    async def commit(self, work: Callable[[Records], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def done(result: T | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(cast("T", result))

        self.submit(work, done)
        return await future

    async def read(self, query: Callable[[Records], T]) -> T:
        if self._readers is None or self._stopping is not None:
            raise StoreUnavailable("the store is not running")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def _gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let what else the loop is bringing share the commit: an fsync costs as much for one work as for many."""
        self._gathering = True
        self._gathered, self._lingered = 0, False
        self._gather_until_s = loop.time() + GATHER_S
        loop.call_soon(self._kick, loop)

    def _kick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the next commit off, once nothing new comes or enough has gathered."""
        waiting = len(self._waiting)
        if waiting < BATCH_MAX and loop.time() < self._gather_until_s:
            if waiting > self._gathered:
                self._gathered, self._lingered = waiting, False
                loop.call_soon(self._kick, loop)
                return
            if waiting >= LINGER_MIN and not self._lingered:
                self._lingered = True
                loop.call_later(LINGER_S, self._kick, loop)
                return
        self._gathering = False
        batch = self._waiting[:BATCH_MAX]
        del self._waiting[:BATCH_MAX]
        self._in_commit = len(batch)
        self._batches.put(batch)

    def _committed(self, batch: list[Item], outcomes: list[Outcome], broken: StoreUnavailable | None) -> None:
        """Back on the loop: tell those of this commit, and have the next one set off."""
        self._in_commit = 0
        if broken is not None and self._broken is None:
            self._break(broken)
        if self._waiting and self._loop is not None:
            self._gather(self._loop)
        for (_, done), (result, error) in zip(batch, outcomes, strict=True):
            try:
                done(result, error)
            except Exception:  # noqa: BLE001  # one listener's bug must not keep the others' answers
                _log.exception("commit not handled")
        if self._stopping is not None and self.idle:
            self._stopping.set()

    def _break(self, broken: StoreUnavailable) -> None:
        """The disk failed: nothing is acknowledged from here on."""
        self._broken = broken
        _log.critical("store unavailable until restart", reason=str(broken))
        waiting, self._waiting = self._waiting, []
        for _, done in waiting:
            done(None, broken)
        if self._failed is not None:
            self._failed(broken)

    # --- the threads' side -----------------------------------------------------------------------------------------

    def _open(self) -> Durability:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        version = migrate(self.path)
        connection = _connect(self.path)
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            connection.close()
            raise StoreUnavailable(f"{self.path}: write-ahead logging is not possible here (got {mode})")
        durable = self._temporary is None
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        # Some builds overwrite with zeros whatever is deleted. Readings that move to their place are still here.
        connection.execute("PRAGMA secure_delete = OFF")
        self._writer = _Writer(connection)
        return Durability("power loss" if durable else "none", _commit_ms(connection), version)

    def _write(self) -> None:
        """The writer thread: one transaction after another."""
        loop, writer = self._loop, self._writer
        assert loop is not None  # set by start
        assert writer is not None
        try:
            while (batch := self._batches.get()) is not None:
                outcomes, broken = writer.commit(batch)
                loop.call_soon_threadsafe(self._committed, batch, outcomes, broken)
                if not self._waiting and self._batches.empty():
                    writer.settle_if_many()
        finally:
            writer.close()

    def _read(self, query: Callable[[Records], T]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self.path)
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            self._read_connections.append(connection)
        connection.execute("BEGIN")
        try:
            return query(SqliteRecords(connection, IdBlocks()))
        finally:
            connection.execute("ROLLBACK")


class _Writer:
    """Turns batches into transactions. All of it runs on the writer thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids = IdBlocks()
        self._recent = int(connection.execute(sql.COUNT_RECENT).fetchone()[0])
        self.finished = threading.Event()

    def commit(self, batch: list[Item]) -> tuple[list[Outcome], StoreUnavailable | None]:
        """The outcome of each work, once all that succeeded is durable; and why no more may follow, if so."""
        try:
            try:
                return self._together(batch), None
            except _NotDurable:
                raise
            except Exception:  # noqa: BLE001  # whatever a work raises is its own affair: find out whose
                self._roll_back()
                return self._one_by_one(batch), None
        except Exception as error:  # noqa: BLE001  # nothing here may end the thread: all who wait must hear of it
            self._roll_back()
            fatal = not isinstance(error, _NotDurable) or error.fatal
            refusal = StoreUnavailable(f"nothing can be made durable: {error}")
            return [(None, refusal)] * len(batch), refusal if fatal else None

    def close(self) -> None:
        self._connection.close()
        self.finished.set()

    def _together(self, batch: list[Item]) -> list[Outcome]:
        """The usual case: one transaction, no savepoints."""
        records = self._begin()
        outcomes: list[Outcome] = []
        for work, _ in batch:
            try:
                outcomes.append((work(records), None))
            except sqlite3.Error as error:
                raise _judged(error) from error
        self._end(records)
        return outcomes

    def _one_by_one(self, batch: list[Item]) -> list[Outcome]:
        """After a work raised: the same again, each in a savepoint of its own."""
        records = self._begin()
        outcomes: list[Outcome] = []
        for work, _ in batch:
            self._connection.execute("SAVEPOINT work")
            try:
                result = work(records)
                self._recent += records.flush()
            except Exception as error:  # whatever it is, it goes to the one who submitted the work
                if isinstance(error, sqlite3.Error) and isinstance(judged := _judged(error), _NotDurable):
                    raise judged from error
                records.values.clear()
                self._connection.execute("ROLLBACK TO work")
                self._ids.forget()
                outcomes.append((None, error))
            else:
                outcomes.append((result, None))
            self._connection.execute("RELEASE work")
        self._end(records)
        return outcomes

    def _begin(self) -> SqliteRecords:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise _NotDurable(error) from error
        return SqliteRecords(self._connection, self._ids)

    def _end(self, records: SqliteRecords) -> None:
        try:
            self._recent += records.flush()
            if self._recent >= RECENT_MAX:
                self._settle()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise _judged(error) from error

    def settle_if_many(self) -> None:
        """Move recent readings to their place while nobody waits. Where that fails, the next commit will say so."""
        if self._recent < RECENT_MIN:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._settle()
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            _log.exception("readings not settled")
            self._roll_back()

    def _settle(self) -> None:
        self._connection.execute(sql.SETTLE)
        self._connection.execute(sql.EMPTY_RECENT)
        self._recent = 0

    def _roll_back(self) -> None:
        self._ids.forget()
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._recent = int(self._connection.execute(sql.COUNT_RECENT).fetchone()[0])
        except sqlite3.Error:
            # The next BEGIN will say so too, to those who can be told.
            _log.exception("rollback failed")


class _NotDurable(Exception):
    """The disk, not a work, is at fault. `fatal`: nothing after it can be trusted."""

    def __init__(self, error: sqlite3.Error) -> None:
        super().__init__(str(error))
        self.fatal = _code(error) not in _PASSING


def _code(error: sqlite3.Error) -> str:
    """The primary result code: SQLITE_IOERR of SQLITE_IOERR_FSYNC."""
    return "_".join(getattr(error, "sqlite_errorname", "SQLITE_ERROR").split("_")[:2])


def _judged(error: sqlite3.Error) -> Exception:
    """The error as it is where a work is at fault, _NotDurable where the disk is."""
    return _NotDurable(error) if _code(error) in _FATAL | _PASSING else error


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_TIMEOUT_S,
        cached_statements=256,
    )


def _commit_ms(connection: sqlite3.Connection) -> float:
    """Median of five small commits."""
    taken: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(sql.PUT_ID_BLOCK, {"name": "self-check", "next_id": 1})
        connection.execute("COMMIT")
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[2]
