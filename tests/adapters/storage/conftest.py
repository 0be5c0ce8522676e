import pytest

from chargewright.adapters.storage.sqlite import SqliteStore


@pytest.fixture(params=["file", "memory"])
async def store(request, tmp_path):
    """Every store there is: all of them keep the same contract."""
    made = SqliteStore(":memory:" if request.param == "memory" else tmp_path / "site" / "cw.db")
    await made.start()
    yield made
    await made.stop()
