import re
import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from chargewright.adapters.storage import statements
from chargewright.adapters.storage.migrate import migrate, schema_version
from chargewright.adapters.storage.schema import HEAD, metadata
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.errors import InvalidInput


def test_from_nothing_and_again(tmp_path):
    path = tmp_path / "cw.db"
    assert schema_version(path) is None
    assert migrate(path) == HEAD == schema_version(path)
    before = path.read_bytes()
    assert migrate(path) == HEAD
    assert path.read_bytes() == before


def test_migrations_lead_to_the_tables_of_the_schema(tmp_path):
    path = tmp_path / "cw.db"
    migrate(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        # What the comparison does not look at.
        sql = dict(
            connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        )
    engine.dispose()
    assert "WITHOUT ROWID" in sql["reading"]
    assert "AUTOINCREMENT" in sql["transaction_event"]
    assert "AUTOINCREMENT" in sql["command"]


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", "chargewright.adapters.storage:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "cw.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="schema 9999") as refused:
        migrate(path)
    assert str(path) in str(refused.value)
    with pytest.raises(InvalidInput, match="newer version"):
        await SqliteStore(path).start()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, text in vars(statements).items()
        if isinstance(text, str) and name.isupper() and name[0] != "_"
    ],
)
def test_every_statement_is_understood(tmp_path, name):
    path = tmp_path / "cw.db"
    migrate(path)
    text = getattr(statements, name)
    values = dict.fromkeys(re.findall(r":(\w+)", text))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"EXPLAIN {text}", values)
