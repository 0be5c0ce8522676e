"""Empty databases, copied: making the tables anew for every test takes longer than the tests."""

import shutil
import tempfile
from pathlib import Path

from chargewright.adapters.storage.sqlite import SqliteStore

_FOLDER = tempfile.TemporaryDirectory(prefix="empty-database-")


async def fresh_store(path: Path) -> SqliteStore:
    """A store at `path` with empty tables, not started yet."""
    empty = Path(_FOLDER.name) / "db"
    if not empty.exists():
        store = SqliteStore(empty)
        await store.start()
        await store.stop()
    shutil.copy(empty, path)
    return SqliteStore(path)
