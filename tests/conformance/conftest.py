"""One central system for all cases of a worker; each case has a station of its own."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conformance.harness import Csms, running_csms
from tests.conformance.secured import Secured, running_secured

_CASE = re.compile(r"test_(tc_\w+_csms|21_\w+)$")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def csms() -> AsyncIterator[Csms]:
    async with running_csms() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    """One with TLS, for the cases about security."""
    async with running_secured(tmp_path_factory.mktemp("secured")) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them share the loop of the central system; each carries its purpose into the report."""
    for item in items:
        if "tests/conformance/" in item.nodeid and isinstance(item, pytest.Function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            case = _CASE.match(item.originalname)
            if case is not None:
                item.user_properties.append(("case", case[1].upper()))
                item.user_properties.append(("purpose", " ".join((item.function.__doc__ or "").split())))
