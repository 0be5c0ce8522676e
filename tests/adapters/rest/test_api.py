import asyncio

import pytest
from litestar import get
from tests.patience import PATIENCE_S

from chargewright.adapters.rest.api import Api
from chargewright.errors import InvalidInput


@pytest.fixture
def api(served):
    """This is about its server."""
    return served


async def test_a_port_that_is_taken_is_said_so(api):
    with pytest.raises(InvalidInput, match=str(api.api.port)):
        await Api(api.services, token_hash=None).serve("127.0.0.1", api.api.port)


async def test_stop_ends_streams_and_the_server(api):
    other = Api(api.services, token_hash=None)
    serving = asyncio.create_task(other.serve("127.0.0.1", 0))
    await api.until(lambda: other.port is not None)
    async with api.http.stream("GET", f"http://127.0.0.1:{other.port}/api/v1/events") as stream:
        chunks = stream.aiter_text()
        assert "ready" in await anext(chunks)
        async with asyncio.timeout(PATIENCE_S):
            await other.stop()
            await serving
            assert [chunk async for chunk in chunks if chunk.strip()] == []


async def test_a_server_that_was_stopped_before_it_began_ends_at_once(api):
    other = Api(api.services, token_hash=None)
    await other.stop()
    async with asyncio.timeout(PATIENCE_S):
        await other.serve("127.0.0.1", 0)


async def test_pages_of_others_share_the_listener(api):
    @get("/hello", opt={"open": True}, media_type="text/plain")
    async def hello() -> str:
        return "hello"

    other = Api(api.services, token_hash="0" * 64, pages=[hello])
    serving = asyncio.create_task(other.serve("127.0.0.1", 0))
    await api.until(lambda: other.port is not None)
    found = await api.http.get(f"http://127.0.0.1:{other.port}/hello")
    assert (found.status_code, found.text) == (200, "hello")
    assert (await api.http.get(f"http://127.0.0.1:{other.port}/api/v1/sites")).status_code == 401
    await other.stop()
    await serving


async def test_what_is_not_there_is_a_problem(api):
    await api.problem("GET", "/nowhere", 404)
    await api.problem("DELETE", "/sites", 405)


async def test_a_body_that_is_too_large_is_refused(api):
    await api.problem("POST", "/tokens", 413, content=b'{"token": "' + b"x" * 9 * 1024 * 1024 + b'"}')
