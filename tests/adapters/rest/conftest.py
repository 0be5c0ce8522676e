import pytest
from tests.adapters.rest.rest_harness import bench


@pytest.fixture
async def api():
    """An API that is open."""
    async with bench() as made:
        yield made


@pytest.fixture
async def served():
    """An API that is open, on loopback."""
    async with bench(served=True) as made:
        yield made


@pytest.fixture
async def secured():
    """An API that asks for a token."""
    async with bench(secured=True) as made:
        yield made
