"""A central system with its API over real HTTP, and stations that are links in this process."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
from tests.patience import PATIENCE_S

from chargewright.adapters.rest.api import Api
from chargewright.adapters.rest.services import RestServices
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.app.config import StationsConfig
from chargewright.app.wiring import build, services_of
from chargewright.csms.dispatch import Dispatch
from chargewright.csms.ports import CallOutcome
from chargewright.ids import StationId
from chargewright.ocpp.v16 import messages as v16

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TOKEN = "a token for tests"
TOKEN_HASH = hashlib.sha256(TOKEN.encode()).hexdigest()


@dataclass
class ManualClock:
    """Stands still unless moved; who sleeps on it waits until it is moved."""

    at: datetime = NOW
    sleepers: list[tuple[datetime, asyncio.Future]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return (self.at - NOW).total_seconds()

    async def sleep_s(self, duration_s: float) -> None:
        if duration_s <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.at + timedelta(seconds=duration_s), woken))
        await woken

    def forward(self, duration_s: float) -> None:
        self.at += timedelta(seconds=duration_s)
        due = [s for s in self.sleepers if s[0] <= self.at]
        self.sleepers = [s for s in self.sleepers if s[0] > self.at]
        for _, woken in due:
            if not woken.done():
                woken.set_result(None)


@dataclass
class FakeLink:
    """A connected 1.6 station: `respond` gives the outcome of each call, in the wire's types."""

    station_id: StationId
    respond: Callable[[str, Any], CallOutcome | None]
    version: str = "ocpp1.6"
    remote: str = "192.0.2.7:51000"
    connected_at: datetime = NOW
    calls: list[tuple[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    closed: tuple[int, str] | None = None

    def answer(self, message_id: str, payload: object) -> None:
        self.answers[message_id] = payload

    def answer_error(self, message_id: str, code: str, description: str) -> None:
        self.errors[message_id] = code

    def call(self, action: str, payload: object, done: Callable[[CallOutcome], None]) -> None:
        self.calls.append((action, payload))
        outcome = self.respond(action, payload)
        if outcome is not None:
            asyncio.get_running_loop().call_soon(done, outcome)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


@dataclass
class Bench:
    services: RestServices
    dispatch: Dispatch
    clock: ManualClock
    store: SqliteStore
    api: Api
    http: httpx2.AsyncClient
    counter: int = 0

    async def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return await self.http.request(method, f"/api/v1{path}", **more)

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        response = await self.request(method, path, **more)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    async def problem(self, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
        """The problem document of a request that must fail so."""
        response = await self.request(method, path, **more)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        found = response.json()
        assert found["status"] == status
        assert found["type"].startswith("urn:chargewright:problem:")
        assert found["title"]
        return found

    async def station(self, station_id: str = "CS1", **more: Any) -> dict[str, Any]:
        return await self.ok("POST", "/stations", json={"id": station_id, **more})

    def connect(
        self, station_id: str = "CS1", respond: Callable[[str, Any], CallOutcome | None] | None = None
    ) -> FakeLink:
        link = FakeLink(StationId(station_id), respond or (lambda *_: CallOutcome("timeout")))
        self.dispatch.connected(link)
        return link

    async def said(self, link: FakeLink, action: str, payload: dict[str, Any]) -> Any:
        """One call of the station, and the answer that it got."""
        self.counter += 1
        number = str(self.counter)
        request = msgspec.convert(payload, getattr(v16, f"{action}Request"))
        self.dispatch.received(link, number, action, request)
        async with asyncio.timeout(PATIENCE_S):
            while number not in link.answers and number not in link.errors:
                await self.store.commit(lambda _: None)
        assert number not in link.errors, link.errors
        return msgspec.to_builtins(link.answers[number])

    async def until(self, asked: Callable[[], bool]) -> None:
        """Let the loop and the store work until `asked` says yes; in 5 s or never."""
        async with asyncio.timeout(PATIENCE_S):
            while not asked():
                await self.store.commit(lambda _: None)
                await asyncio.sleep(0)


@asynccontextmanager
async def bench(*, secured: bool = False, served: bool = False, **more: Any):
    """A whole central system on a clock that stands still, its stations `FakeLink`s in this process.

    `served`: the API listens on a real socket, for what is about sockets and streams. Else it is called in this
    process, as its server would call it.
    """
    clock = ManualClock()
    central = build(StationsConfig(port=0), database=":memory:", clock=clock)
    await central.start()
    services, dispatch, store = services_of(central), central.dispatch, central.store
    api = Api(services, token_hash=TOKEN_HASH if secured else None, **more)
    try:
        async with (_served if served else called)(api) as http:
            yield Bench(services, dispatch, clock, store, api, http)
    finally:
        await central.stop()


@asynccontextmanager
async def called(api: Api):
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with api.app.lifespan():
            begun.set()
            await over.wait()

    living = asyncio.create_task(live())  # begins and ends in one task, which a fixture does not
    transport = httpx2.ASGITransport(app=api.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
        await asyncio.wait({living, asyncio.ensure_future(begun.wait())}, return_when="FIRST_COMPLETED")
        try:
            yield http
        finally:
            over.set()
            await living


@asynccontextmanager
async def _served(api: Api):
    serving = asyncio.create_task(api.serve("127.0.0.1", 0))
    async with asyncio.timeout(PATIENCE_S):
        while api.port is None:
            assert not serving.done(), serving.exception()
            await asyncio.sleep(0)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as http:
        try:
            yield http
        finally:
            await http.aclose()
            await api.stop()
            await serving
