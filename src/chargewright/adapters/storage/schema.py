"""The tables. Times are whole microseconds since 1970 in UTC; `content` is a domain object as JSON.

A column stands beside `content` only where something is looked up, sorted or counted by it. Meter readings live
in two tables: `reading_recent` takes them in order of arrival, which costs a commit the fewest pages, and every
few thousand rows they move to `reading`, clustered the way they are asked for.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "HEAD",
    "charging_need",
    "charging_transaction",
    "command",
    "id_block",
    "installed_profile",
    "item",
    "metadata",
    "notice",
    "plan",
    "reading",
    "reading_recent",
    "site",
    "station",
    "token",
    "transaction_event",
]

HEAD = "0002"
"""The newest migration: what this code expects to find."""

metadata = MetaData()


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=primary_key)


station = Table("station", metadata, _text("id", primary_key=True), _text("content"))

token = Table(
    "token",
    metadata,
    _text("folded", primary_key=True),  # the id without regard to case (CiString20Type)
    _text("content"),
)

charging_transaction = Table(
    "charging_transaction",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("station_id"),
    _text("state"),
    Column("begun_us", BigInteger),
    Column("token_folded", Text),
    _text("content"),
    Index("ix_transaction_station", "station_id", "id"),
    Index("ix_transaction_state", "state", "station_id"),
    Index("ix_transaction_token", "token_folded", "state"),
)

transaction_event = Table(
    "transaction_event",
    metadata,
    Column("arrival", Integer, primary_key=True),
    Column("transaction_id", Integer, nullable=False),
    _text("station_id"),
    _text("wire_id"),
    _text("kind"),
    _text("digest"),
    _text("content"),
    UniqueConstraint("transaction_id", "digest", name="uq_event"),
    Index("ix_event_digest", "station_id", "digest"),
    Index("ix_event_wire_id", "station_id", "wire_id"),
    sqlite_autoincrement=True,
)


def _reading_columns(*, key: bool) -> list[Column[object]]:
    return [
        Column("station_id", Text, nullable=False, primary_key=key),
        Column("transaction_id", Integer, nullable=False, primary_key=key, autoincrement=False),  # 0: in none
        Column("evse_id", Integer, nullable=False, primary_key=key, autoincrement=False),
        Column("at_us", BigInteger, nullable=False, primary_key=key, autoincrement=False),
        Column("samples", Text, nullable=False, primary_key=key),
        Column("suspect", Integer, nullable=False),
    ]


reading = Table("reading", metadata, *_reading_columns(key=True), sqlite_with_rowid=False)

reading_recent = Table(
    "reading_recent", metadata, Column("id", Integer, primary_key=True), *_reading_columns(key=False)
)

site = Table(
    "site",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    Column("definition", LargeBinary, nullable=False),
    _text("settings"),
    Column("updated_us", BigInteger, nullable=False),
)

charging_need = Table(
    "charging_need",
    metadata,
    _text("station_id", primary_key=True),
    Column("evse_id", Integer, primary_key=True, autoincrement=False),
    _text("content"),
)

plan = Table(
    "plan",
    metadata,
    _text("site_id", primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

installed_profile = Table(
    "installed_profile",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    _text("station_id"),
    _text("state"),
    Column("accepted", Integer, nullable=False),
    _text("verification"),
    _text("content"),
    Index("ix_profile_station", "station_id", "entry_id"),
    Index("ix_profile_state", "state", "station_id"),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("station_id"),
    Column("at_us", BigInteger, nullable=False),
    _text("action"),
    Column("content", LargeBinary, nullable=False),
    Index("ix_notice_station", "station_id", "id"),
)

command = Table(
    "command",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("station_id"),
    Column("sent_us", BigInteger, nullable=False),
    _text("action"),
    Column("payload", LargeBinary, nullable=False),
    Column("finished_us", BigInteger),
    _text("outcome"),
    Column("response", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

item = Table(  # whatever is only looked up by owner and key: `csms.ports.Shelf`
    "item",
    metadata,
    _text("shelf", primary_key=True),
    _text("owner", primary_key=True),
    _text("key", primary_key=True),
    _text("content"),
    Index("ix_item_key", "shelf", "key"),
    sqlite_with_rowid=False,
)

id_block = Table(
    "id_block",
    metadata,
    _text("name", primary_key=True),
    Column("next_id", Integer, nullable=False),  # every smaller id may have been given
)
