"""One central system for a file of tests."""

import pytest_asyncio
from tests.conformance.harness import running_csms


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running
