"""Bring a database file to the schema that this code knows, or say why not."""

import sqlite3
from contextlib import closing
from pathlib import Path

from chargewright.adapters.storage.schema import HEAD
from chargewright.errors import InvalidInput

__all__ = ["migrate", "schema_version"]


def schema_version(path: Path) -> str | None:
    """The migration that the database was last brought to; None where there is none yet."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError as error:
            raise InvalidInput(f"not a SQLite database ({error})", where=str(path)) from None
    return None if row is None else str(row[0])


def migrate(path: Path) -> str:
    """Run the migrations that are missing; returns the version that stands then. Running it again does nothing.

    Raises:
        InvalidInput: the database is newer than this code, or no database at all.

    """
    found = schema_version(path)
    if found == HEAD:
        return HEAD
    if found is not None and found > HEAD:
        raise InvalidInput(
            f"the database has schema {found}, this version of chargewright knows {HEAD} and older: "
            "run a newer version, or restore a backup",
            where=str(path),
        )
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    config = Config()
    config.set_main_option("script_location", "chargewright.adapters.storage:migrations")
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
    return HEAD
