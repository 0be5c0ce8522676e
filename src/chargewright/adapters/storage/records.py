"""`csms.ports.Records` on one SQLite connection.

Works on the driver's own connection: what a toolkit adds to each statement costs ten times the statement.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from chargewright.adapters.storage import statements as sql
from chargewright.csms.ports import Shelf
from chargewright.domain.installation import InstalledProfile, ProfileState
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.site import ChargingNeed, SiteRecord, SiteSettings
from chargewright.domain.station import Station
from chargewright.domain.token import Token
from chargewright.domain.transaction import Transaction, TransactionEvent, TransactionState
from chargewright.errors import StoreUnavailable
from chargewright.ids import EvseId, SiteId, StationId, TransactionId

__all__ = ["IdBlocks", "SqliteRecords"]

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ID_BLOCK: Final = 1000
_ID_MAX: Final = 2**31 - 1

# The driver lets go of the interpreter at every statement, and may wait long to get it back from a busy loop:
# a thousand rows shall not be a thousand statements.
_ADD_READINGS: Final = tuple((1 << n, sql.add_readings(1 << n)) for n in range(8, -1, -1))

_encode = msgspec.json.Encoder().encode
_station = msgspec.json.Decoder(Station).decode
_token = msgspec.json.Decoder(Token).decode
_transaction = msgspec.json.Decoder(Transaction).decode
_event = msgspec.json.Decoder(TransactionEvent).decode
_samples = msgspec.json.Decoder(tuple[Sample, ...]).decode
_need = msgspec.json.Decoder(ChargingNeed).decode
_settings = msgspec.json.Decoder(SiteSettings).decode
_profile = msgspec.json.Decoder(InstalledProfile).decode


class IdBlocks:
    """Hands out ids that were never given before, in blocks whose end is durable before any of them leaves.

    Lives as long as the store, longer than a transaction: after a rollback `forget` drops blocks whose end was
    rolled back with it, yet never goes below what has been given. A restart skips the rest of a block.
    """

    __slots__ = ("_end", "_next")

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._end: dict[str, int] = {}

    def take(self, name: str, connection: sqlite3.Connection) -> int:
        given = self._next.get(name, 1)
        if given >= self._end.get(name, 0):
            given = max(given, _first(connection, sql.ID_BLOCK, name=name) or 1)
            end = given + _ID_BLOCK
            if end > _ID_MAX:
                raise StoreUnavailable(f"all ids for {name} have been given")
            connection.execute(sql.PUT_ID_BLOCK, {"name": name, "next_id": end})
            self._end[name] = end
        self._next[name] = given + 1
        return given

    def forget(self) -> None:
        """After a rollback: take new blocks, above all that was given."""
        self._end.clear()


class SqliteRecords:
    """The durable facts of one transaction. Not thread-safe; made anew for each transaction."""

    __slots__ = ("_connection", "_ids", "values")

    def __init__(self, connection: sqlite3.Connection, ids: IdBlocks) -> None:
        self._connection = connection
        self._ids = ids
        self.values: list[str | int] = []
        """Readings that wait for the insert at the end of the transaction: the columns, row after row."""

    # stations

    def station(self, station_id: StationId) -> Station | None:
        return self._one(_station, sql.STATION, id=station_id)

    def stations(self) -> Sequence[Station]:
        return self._all(_station, sql.STATIONS)

    def put_station(self, station: Station) -> None:
        self._run(sql.PUT_STATION, id=station.id, content=_json(station))

    def delete_station(self, station_id: StationId) -> bool:
        return self._run(sql.DELETE_STATION, id=station_id).rowcount > 0

    # tokens

    def token(self, id_token: str) -> Token | None:
        return self._one(_token, sql.TOKEN, folded=id_token.casefold())

    def tokens(self) -> Sequence[Token]:
        return self._all(_token, sql.TOKENS)

    def put_token(self, token: Token) -> None:
        self._run(sql.PUT_TOKEN, folded=token.id_token.casefold(), content=_json(token))

    def delete_token(self, id_token: str) -> bool:
        return self._run(sql.DELETE_TOKEN, folded=id_token.casefold()).rowcount > 0

    # transactions

    def new_transaction_id(self) -> TransactionId:
        return TransactionId(self._ids.take("transaction", self._connection))

    def find_transaction(self, station_id: StationId, wire_id: str) -> TransactionId | None:
        found = _first(self._connection, sql.TRANSACTION_OF_WIRE_ID, station_id=station_id, wire_id=wire_id)
        return None if found is None else TransactionId(found)

    def transaction_of_start(self, station_id: StationId, digest: str) -> TransactionId | None:
        found = _first(self._connection, sql.TRANSACTION_OF_START, station_id=station_id, digest=digest)
        return None if found is None else TransactionId(found)

    def append_transaction_event(self, transaction_id: TransactionId, event: TransactionEvent) -> bool:
        cursor = self._run(
            sql.ADD_EVENT,
            transaction_id=transaction_id,
            station_id=event.station_id,
            wire_id=event.wire_id,
            kind=event.kind.value,
            digest=event.digest,
            content=_json(event),
        )
        return cursor.rowcount > 0

    def transaction_events(self, transaction_id: TransactionId) -> Sequence[TransactionEvent]:
        rows = self._run(sql.EVENTS, transaction_id=transaction_id).fetchall()
        return [replace(_event(content), arrival=arrival) for arrival, content in rows]

    def put_transaction(self, transaction: Transaction) -> None:
        self._run(
            sql.PUT_TRANSACTION,
            id=transaction.id,
            station_id=transaction.station_id,
            state=transaction.state.value,
            begun_us=None if transaction.started_at is None else _us(transaction.started_at),
            token_folded=None if transaction.id_token is None else transaction.id_token.casefold(),
            content=_json(transaction),
        )

    def transaction(self, transaction_id: TransactionId) -> Transaction | None:
        return self._one(_transaction, sql.TRANSACTION, id=transaction_id)

    def open_transactions(self, station_id: StationId | None = None) -> Sequence[Transaction]:
        state = TransactionState.ACTIVE.value
        if station_id is None:
            return self._all(_transaction, sql.TRANSACTIONS_IN, state=state)
        return self._all(_transaction, sql.TRANSACTIONS_OF_STATION_IN, state=state, station_id=station_id)

    def transactions(
        self,
        *,
        station_id: StationId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_id: int = 0,
        limit: int = 100,
    ) -> Sequence[Transaction]:
        return self._all(
            _transaction,
            sql.TRANSACTIONS_OF_STATION if station_id is not None else sql.TRANSACTIONS,
            station_id=station_id,
            since_us=None if since is None else _us(since),
            until_us=None if until is None else _us(until),
            after_id=after_id,
            limit=limit,
        )

    def open_transactions_of_token(self, id_token: str) -> Sequence[Transaction]:
        return self._all(
            _transaction,
            sql.TRANSACTIONS_OF_TOKEN_IN,
            token_folded=id_token.casefold(),
            state=TransactionState.ACTIVE.value,
        )

    # meter values

    def append_readings(self, station_id: StationId, readings: Iterable[Reading]) -> None:
        for r in readings:
            self.values += (
                station_id,
                r.transaction_id or 0,
                r.evse_id,
                round(
                    r.at.timestamp() * 1e6
                ),  # exact: a double has microseconds to spare until the year 2255
                _encode(r.samples).decode(),
                r.suspect,
            )

    def flush(self) -> int:
        """Insert the queued readings; returns how many there were."""
        values = self.values
        if not values:
            return 0
        self.values = []
        size, at = sql.READING_COLUMNS, 0
        for rows, statement in _ADD_READINGS:
            while len(values) - at >= rows * size:
                self._connection.execute(statement, values[at : at + rows * size])
                at += rows * size
        return at // size

    def readings(
        self,
        *,
        transaction_id: TransactionId | None = None,
        station_id: StationId | None = None,
        since: datetime | None = None,
        limit: int = 10_000,
    ) -> Sequence[Reading]:
        """Stored readings by time. Give the transaction or the station; with neither, everything is gone through."""
        self.flush()
        if transaction_id is not None and station_id is None:
            found = self.transaction(transaction_id)
            station_id = None if found is None else found.station_id
        statement = sql.READINGS
        if station_id is not None:
            statement = sql.READINGS_OF_STATION if transaction_id is None else sql.READINGS_OF_TRANSACTION
        rows = self._run(
            statement,
            station_id=station_id,
            transaction_id=transaction_id,
            since_us=None if since is None else _us(since),
            limit=limit,
        )
        return [_reading(row) for row in rows]

    def latest_readings(self) -> Sequence[tuple[StationId, Reading]]:
        self.flush()
        latest: list[tuple[StationId, Reading]] = []
        recent = {
            (station_id, evse_id): tuple(rest) for station_id, evse_id, *rest in self._run(sql.LATEST_RECENT)
        }
        seats = {(t.station_id, t.evse_id): t.id for t in self.open_transactions() if t.evse_id is not None}
        for (station_id, evse_id), transaction_id in seats.items():
            settled = self._run(
                sql.LATEST_SETTLED, station_id=station_id, evse_id=evse_id, transaction_id=transaction_id
            ).fetchone()
            found = [row for row in (settled, recent.get((station_id, evse_id))) if row is not None]
            if found:
                transaction, at_us, samples, suspect = max(found, key=lambda row: row[1])
                row = (station_id, transaction, evse_id, at_us, samples, suspect)
                latest.append((station_id, _reading(row)))
        return latest

    # sites, needs, plans

    def site(self, site_id: SiteId) -> SiteRecord | None:
        row = self._run(sql.SITE, id=site_id).fetchone()
        return None if row is None else _site(row)

    def sites(self) -> Sequence[SiteRecord]:
        return [_site(row) for row in self._run(sql.SITES)]

    def put_site(self, site: SiteRecord) -> None:
        self._run(
            sql.PUT_SITE,
            id=site.id,
            name=site.name,
            definition=site.definition,
            settings=_json(site.settings),
            updated_us=_us(site.updated_at),
        )

    def charging_needs(self) -> Sequence[ChargingNeed]:
        return self._all(_need, sql.NEEDS)

    def put_charging_need(self, need: ChargingNeed) -> None:
        self._run(sql.PUT_NEED, station_id=need.station_id, evse_id=need.evse_id, content=_json(need))

    def delete_charging_need(self, station_id: StationId, evse_id: EvseId) -> None:
        self._run(sql.DELETE_NEED, station_id=station_id, evse_id=evse_id)

    def put_plan(self, site_id: SiteId, at: datetime, plan: bytes) -> None:
        self._run(sql.PUT_PLAN, site_id=site_id, at_us=_us(at), content=plan)

    def plan(self, site_id: SiteId) -> tuple[datetime, bytes] | None:
        row = self._run(sql.PLAN, site_id=site_id).fetchone()
        return None if row is None else (_at(row[0]), row[1])

    # the envelope ledger

    def new_entry_id(self) -> int:
        return self._ids.take("profile", self._connection)

    def installed_profiles(self, station_id: StationId | None = None) -> Sequence[InstalledProfile]:
        if station_id is None:
            return self._all(_profile, sql.PROFILES_HELD)
        return self._all(_profile, sql.PROFILES_HELD_BY, station_id=station_id)

    def profile_history(self, station_id: StationId, limit: int = 100) -> Sequence[InstalledProfile]:
        """What was sent to the station, the newest first."""
        return self._all(_profile, sql.PROFILE_HISTORY, station_id=station_id, limit=limit)

    def put_installed_profile(self, profile: InstalledProfile) -> None:
        self._run(
            sql.PUT_PROFILE,
            entry_id=profile.entry_id,
            station_id=profile.station_id,
            state=profile.state.value,
            accepted=profile.accepted,
            verification=profile.verification,
            content=_json(profile),
        )

    def count_profiles(self) -> dict[str, int]:
        counts = dict.fromkeys(("sent", "accepted", "verified", "diverged", "rejected"), 0)
        for state, accepted, verification, count in self._run(sql.COUNT_PROFILES):
            counts["sent"] += count if state != ProfileState.FAILED else 0
            counts["accepted"] += count if accepted else 0
            counts["rejected"] += count if state == ProfileState.REJECTED else 0
            if verification:
                counts[verification] += count
        return counts

    # what stations told us that has no table of its own

    def append_notice(self, station_id: StationId, at: datetime, action: str, content: bytes) -> None:
        self._run(sql.ADD_NOTICE, station_id=station_id, at_us=_us(at), action=action, content=content)

    def notices(self, station_id: StationId, limit: int = 100) -> Sequence[tuple[datetime, str, bytes]]:
        """The newest first."""
        rows = self._run(sql.NOTICES, station_id=station_id, limit=limit)
        return [(_at(at_us), action, content) for at_us, action, content in rows]

    def append_command(self, station_id: StationId, at: datetime, action: str, payload: bytes) -> int:
        cursor = self._run(
            sql.ADD_COMMAND,
            station_id=station_id,
            sent_us=_us(at),
            action=action,
            payload=payload,
            outcome="",
            response=b"",
        )
        assert cursor.lastrowid is not None  # a row was just inserted
        return cursor.lastrowid

    def finish_command(self, command_id: int, at: datetime, outcome: str, response: bytes) -> None:
        self._run(sql.FINISH_COMMAND, id=command_id, at_us=_us(at), outcome=outcome, response=response)

    def command(
        self, command_id: int
    ) -> tuple[StationId, datetime, str, bytes, datetime | None, str, bytes] | None:
        row = self._run(sql.COMMAND, id=command_id).fetchone()
        if row is None:
            return None
        station_id, sent_us, action, payload, finished_us, outcome, response = row
        finished_at = None if finished_us is None else _at(finished_us)
        return StationId(station_id), _at(sent_us), action, payload, finished_at, outcome, response

    # shelves

    def item(self, shelf: Shelf[T], owner: str, key: str) -> T | None:
        return self._one(_decoder(shelf.kind), sql.ITEM, shelf=shelf.name, owner=owner, key=key)

    def put_item(self, shelf: Shelf[T], owner: str, key: str, item: T) -> None:
        self._run(sql.PUT_ITEM, shelf=shelf.name, owner=owner, key=key, content=_json(item))

    def delete_item(self, shelf: Shelf[Any], owner: str, key: str) -> bool:
        return self._run(sql.DELETE_ITEM, shelf=shelf.name, owner=owner, key=key).rowcount > 0

    def delete_items(self, shelf: Shelf[Any], owner: str) -> int:
        return self._run(sql.DELETE_ITEMS, shelf=shelf.name, owner=owner).rowcount

    def items(
        self, shelf: Shelf[T], owner: str | None = None, *, after: str = "", limit: int = 10_000
    ) -> Sequence[tuple[str, str, T]]:
        if owner is None:
            rows = self._run(sql.ITEMS, shelf=shelf.name, after=after, limit=limit)
        else:
            rows = self._run(sql.ITEMS_OF, shelf=shelf.name, owner=owner, after=after, limit=limit)
        decode = _decoder(shelf.kind)
        return [(owner, key, decode(content)) for owner, key, content in rows]

    def newest_items(self, shelf: Shelf[T], owner: str, limit: int = 100) -> Sequence[tuple[str, T]]:
        rows = self._run(sql.NEWEST_ITEMS_OF, shelf=shelf.name, owner=owner, limit=limit)
        decode = _decoder(shelf.kind)
        return [(key, decode(content)) for _, key, content in rows]

    def new_number(self, name: str) -> int:
        return self._ids.take(name, self._connection)

    # inside

    def _run(self, statement: str, **values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _one(self, decode: Callable[[str], T], statement: str, **values: Any) -> T | None:
        row = self._connection.execute(statement, values).fetchone()
        return None if row is None else decode(row[0])

    def _all(self, decode: Callable[[str], T], statement: str, **values: Any) -> list[T]:
        return [decode(content) for (content,) in self._connection.execute(statement, values)]


_item_decoders: Final[dict[type, Callable[[str], Any]]] = {}


def _decoder(kind: type[T]) -> Callable[[str], T]:
    decode = _item_decoders.get(kind)
    if decode is None:
        decode = _item_decoders[kind] = msgspec.json.Decoder(kind).decode
    return decode


def _first(connection: sqlite3.Connection, statement: str, **values: Any) -> int | None:
    row = connection.execute(statement, values).fetchone()
    return None if row is None else int(row[0])


def _json(content: object) -> str:
    return _encode(content).decode()


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _reading(row: Sequence[Any]) -> Reading:
    _, transaction_id, evse_id, at_us, samples, suspect = row
    return Reading(
        evse_id=EvseId(evse_id),
        at=_at(at_us),
        samples=_samples(samples),
        transaction_id=TransactionId(transaction_id) if transaction_id else None,
        suspect=bool(suspect),
    )


def _site(row: Sequence[Any]) -> SiteRecord:
    site_id, name, definition, settings, updated_us = row
    return SiteRecord(SiteId(site_id), name, definition, _settings(settings), _at(updated_us))
