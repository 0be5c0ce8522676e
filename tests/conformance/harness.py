"""Stations that speak raw frames over a real socket, and the central system that they try.

Every frame of either side is judged by the official schemas. The station's half is `websockets` and JSON: nothing
of ours takes part in it.
"""

import asyncio
import base64
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import websockets
from tests.ocpp.samples import message_of
from tests.patience import PATIENCE_S

from chargewright.adapters.rest.api import Api
from chargewright.app.config import StationsConfig
from chargewright.app.wiring import CentralSystem, build, services_of
from chargewright.clock import Clock
from chargewright.domain.station import Registration, Station
from chargewright.domain.token import Token
from chargewright.ids import EvseId, StationId
from chargewright.ocpp.catalog import Version
from chargewright.simulator.clock import ScaledClock

_numbers = itertools.count(1)

BOOTS: dict[str, dict[str, Any]] = {
    "ocpp1.6": {"chargePointVendor": "Acme", "chargePointModel": "One", "firmwareVersion": "1.0"},
    "ocpp2.0.1": {
        "reason": "PowerUp",
        "chargingStation": {"vendorName": "Acme", "model": "One", "firmwareVersion": "1.0"},
    },
}
BOOTS["ocpp2.1"] = BOOTS["ocpp2.0.1"]

ACCEPTED = {"status": "Accepted"}


def now(offset_s: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=offset_s)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class CallError(Exception):
    """The central system answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


@dataclass
class Order:
    """A CALL of the central system; `answered` where the station's standing reply went back already."""

    message_id: str
    action: str
    payload: dict[str, Any]
    answered: bool


def _unknown_keys(payload: dict[str, Any]) -> dict[str, Any]:
    return {"unknownKey": payload.get("key", [])}


def _unknown_variables(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "getVariableResult": [
            {
                "attributeStatus": "UnknownComponent",
                "component": asked["component"],
                "variable": asked["variable"],
                **({"attributeType": asked["attributeType"]} if "attributeType" in asked else {}),
            }
            for asked in payload["getVariableData"]
        ]
    }


Reply = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]] | CallError


@dataclass
class RawStation:
    """One station: `call` says something, `ordered` has it ordered something, `expect` waits for a CALL.

    `replies` are standing answers by action; what has none is answered by hand with `answer` or `refuse`.
    """

    csms: "Csms"
    id: str
    version: str
    socket: websockets.ClientConnection
    replies: dict[str, Reply] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    """Every CALL that ever came, in order."""
    frames: list[tuple[str, list[Any]]] = field(default_factory=list)
    """All frames: ("in" to the station or "out" of it, the frame)."""
    _waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _unseen: dict[str, asyncio.Queue[Order]] = field(
        default_factory=lambda: defaultdict(asyncio.Queue), init=False
    )
    _reader: "asyncio.Task[None] | None" = None
    _leaving: bool = False

    def __post_init__(self) -> None:
        self.replies = {"GetConfiguration": _unknown_keys, "GetVariables": _unknown_variables, **self.replies}
        self._reader = asyncio.create_task(self._read())

    # --- from the station ---------------------------------------------------------------------------------

    async def call(self, action: str, payload: dict[str, Any], *, judged: bool = True) -> dict[str, Any]:
        """Send a CALL, give back the CALLRESULT's payload; raises `CallError`. Not `judged`: a wrong one on purpose."""
        number = f"s{next(_numbers)}"
        if judged:
            self._judge(action, payload, is_request=True)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self.send([2, number, action, payload])
        async with asyncio.timeout(PATIENCE_S):
            answer = await waiting
        self._judge(action, answer, is_request=False)
        return answer

    async def send(self, frame: list[Any]) -> None:
        """Send any frame."""
        self.frames.append(("out", frame))
        await self.socket.send(json.dumps(frame))

    async def boot(self) -> dict[str, Any]:
        return await self.call("BootNotification", BOOTS[self.version])

    async def answer(self, order: Order, payload: dict[str, Any]) -> None:
        assert not order.answered
        self._judge(order.action, payload, is_request=False)
        order.answered = True
        try:
            await self.send([3, order.message_id, payload])
        except websockets.ConnectionClosed:
            # A CALL that crossed our own close is still read; nobody waits for its answer.
            if not self._leaving:
                raise

    async def refuse(self, order: Order, code: str, description: str = "") -> None:
        assert not order.answered
        order.answered = True
        await self.send([4, order.message_id, code, description, {}])

    # --- to the station -----------------------------------------------------------------------------------

    async def expect(self, action: str) -> Order:
        """The next CALL of this action that no `expect` has seen."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._unseen[action].get()

    async def ordered(
        self, action: str, payload: dict[str, Any], answer: Reply
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Order `action` through the API, answer it with `answer`: (the payload that arrived, the API's outcome)."""
        self.replies[action] = answer
        self._unseen.pop(action, None)
        path = f"/stations/{self.id}/commands/{action}"
        outcome = await self.csms.ok("POST", path, json=payload)
        return (await self.expect(action)).payload, outcome

    # --- inside -------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        async for text in self.socket:
            frame = json.loads(text)
            self.frames.append(("in", frame))
            kind, number = frame[0], frame[1]
            if kind == 2:
                await self._ordered(number, frame[2], frame[3])
            elif kind in {3, 4} and number in self._waiting:
                waiting = self._waiting.pop(number)
                if kind == 3:
                    waiting.set_result(frame[2])
                else:
                    waiting.set_exception(CallError(frame[2], frame[3]))

    async def _ordered(self, number: str, action: str, payload: dict[str, Any]) -> None:
        self._judge(action, payload, is_request=True)
        order = Order(number, action, payload, answered=False)
        self.orders.append(order)
        reply = self.replies.get(action)
        if isinstance(reply, CallError):
            await self.refuse(order, reply.code, reply.description)
        elif reply is not None:
            await self.answer(order, reply(payload) if callable(reply) else reply)
        self._unseen[action].put_nowait(order)

    def _judge(self, action: str, payload: object, *, is_request: bool) -> None:
        message = message_of(Version(self.version), action, is_request=is_request)
        side = "request" if is_request else "response"
        assert message.is_valid(payload), f"{self.version} {action} {side} breaks its schema: {payload}"

    async def close(self) -> None:
        self._leaving = True
        await self.socket.close()
        if self._reader is not None:
            await asyncio.wait([self._reader])
            self._reader.result()  # a frame that broke its schema fails the test here at the latest


@dataclass
class Csms:
    """A running central system and its API."""

    central: CentralSystem
    http: httpx2.AsyncClient

    async def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return await self.http.request(method, f"/api/v1{path}", **more)

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        response = await self.request(method, path, **more)
        assert response.status_code < 300, f"{response.status_code} {response.text}"
        return response.json() if response.content else None

    async def problem(self, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
        response = await self.request(method, path, **more)
        assert response.status_code == status, f"{response.status_code} {response.text}"
        return response.json()

    def url(self, station_id: str) -> str:
        return f"ws://127.0.0.1:{self.central.gateway.port}/ocpp/{station_id}"

    async def token(self, **more: Any) -> str:
        """A token that nobody else uses."""
        token = Token(more.pop("id_token", f"TAG{next(_numbers):06d}"), **more)
        await self.central.store.commit(lambda records: records.put_token(token))
        return token.id_token

    async def enter(self, station_id: str | None = None, **more: Any) -> str:
        """Enter a station that may connect without a password, accepted unless told otherwise."""
        station_id = station_id or f"CS{next(_numbers):04d}"
        more.setdefault("registration", Registration.ACCEPTED)
        more.setdefault("evse_ids", (EvseId(1), EvseId(2)))
        await self.central.services.provisioning.put(Station(StationId(station_id), **more))
        return station_id

    @asynccontextmanager
    async def station(
        self,
        version: str = "ocpp1.6",
        *,
        station_id: str | None = None,
        boot: bool = True,
        replies: dict[str, Reply] | None = None,
        **connect: Any,
    ) -> AsyncIterator[RawStation]:
        """A station that is entered (unless `station_id` names one that is), connected, and booted (if `boot`)."""
        station_id = station_id or await self.enter()
        async with websockets.connect(
            connect.pop("url", self.url(station_id)),
            subprotocols=connect.pop("subprotocols", [version]),
            open_timeout=PATIENCE_S,
            **connect,
        ) as socket:
            station = RawStation(self, station_id, version, socket, dict(replies or {}))
            try:
                if boot:
                    assert (await station.boot())["status"] == "Accepted"
                yield station
            finally:
                await station.close()

    async def until(self, asked: Callable[[], Any]) -> None:
        """Let the central system work until `asked()` is true (it may be a coroutine function)."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = asked()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await self.central.store.commit(lambda _: None)


def basic(username: str, password: str, *, encoding: str = "utf-8") -> dict[str, dict[str, str]]:
    """What to hand `Csms.station` for HTTP Basic authentication."""
    encoded = base64.b64encode(f"{username}:{password}".encode(encoding)).decode()
    return {"additional_headers": {"Authorization": f"Basic {encoded}"}}


@asynccontextmanager
async def running_csms(
    config: StationsConfig | None = None,
    *,
    speed: float = 1.0,
    clock: Clock | None = None,
    database: str | Path = ":memory:",
) -> AsyncIterator[Csms]:
    """A central system of its own, for tests that need their own settings, or a clock that is fast or stands still."""
    clock = clock or ScaledClock(speed=speed)
    central = build(config or StationsConfig(port=0), database=database, clock=clock)
    await central.start()
    try:
        app = Api(services_of(central), token_hash=None).app
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield Csms(central, http)
    finally:
        await central.stop()
