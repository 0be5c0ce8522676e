"""Plays a recorded station again, against any central system, and tells where that one answers otherwise.

The station's calls go out in their order and rhythm; orders are answered as it answered them then, by action, in
order. Numbers that the central system gives (transaction ids of 1.6, request ids of its orders) are put in the place
of the old ones wherever they occur. `Replay` has no socket and no clock; `play` has both.
"""

import asyncio
import base64
import contextlib
import ssl
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import msgspec
import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from chargewright.simulator.recording import CALL, CALLERROR, CALLRESULT, SEND, Order, Recording, Said

__all__ = ["Difference", "Replay", "ReplayReport", "play"]

NUMBERS: Final = ("transactionId", "requestId", "reservationId")
"""What the central system may give a new value."""
OF_THE_MOMENT: Final = frozenset({"currentTime"})
"""What may differ without a difference."""
DIFFERENCES_MAX: Final = 1000
ANSWER_WAIT_S: Final = 30.0
ORDER_WAIT_S: Final = 5.0
"""How long a message that belongs to an order waits for that order to come."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that is another one now; `number` counts the calls of the recording from 1."""

    number: int
    action: str
    places: tuple[str, ...]
    then: Any
    now: Any


@dataclass(slots=True)
class ReplayReport:
    said: int = 0
    """Calls and messages of the station that went out."""
    answered_alike: int = 0
    unanswered: int = 0
    differences: list[Difference] = field(default_factory=list)
    more_differences: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    orders_new: Counter[str] = field(default_factory=Counter)
    """Orders that were not given then, or not so often; they are answered as the last one, or refused."""
    orders_missing: Counter[str] = field(default_factory=Counter)
    """Orders that were given then and did not come now."""
    ended: str = ""
    """Why it broke off; empty where it came to its end."""

    @property
    def alike(self) -> bool:
        """Did the central system answer everything as then?"""
        return not (self.differences or self.more_differences or self.unanswered or self.ended)


class Replay:
    """The station's half, without a socket."""

    def __init__(self, recording: Recording) -> None:
        self._orders: dict[str, deque[Order]] = defaultdict(deque)
        self._last: dict[str, Order] = {}
        for order in recording.orders:
            self._orders[order.action].append(order)
        self._given: dict[tuple[str, Any], Any] = {}
        self._of_orders = {number for order in recording.orders for number in _numbers(order.payload)}
        self.report = ReplayReport()

    def waits_for_order(self, said: Said) -> bool:
        """Does this message bear the number of an order that has not come yet?"""
        return any(n in self._of_orders and n not in self._given for n in _numbers(said.payload))

    def payload(self, said: Said) -> Any:
        """What to say: as then, with the numbers of now."""
        return self._renumbered(said.payload)

    def answered(self, number: int, said: Said, answer: tuple[Any, ...] | None) -> None:
        """Compare an answer, and learn the numbers in it."""
        report = self.report
        if answer is None:
            report.unanswered += 1
            return
        then = said.answer
        if then is None:
            report.answered_alike += 1  # nobody knows what it was
            return
        if then[0] == answer[0] == CALLRESULT:
            self._learn(then[1], answer[1])
        places = tuple(_differing(self._renumbered(list(then[:2])), list(answer[:2]), ""))
        if not places:
            report.answered_alike += 1
        elif len(report.differences) < DIFFERENCES_MAX:
            shown = [said.action, places[:10], _shown(then), _shown(answer)]
            report.differences.append(Difference(number, *shown))
        else:
            report.more_differences += 1

    def ordered(self, action: str, payload: Any) -> tuple[Any, ...] | None:
        """The rest of the frame to answer an order with: (3, payload) or (4, code, text, details); None: nothing."""
        self.report.orders[action] += 1
        waiting = self._orders.get(action)
        order = waiting.popleft() if waiting else None
        if order is None:
            self.report.orders_new[action] += 1
            order = self._last.get(action)
        if order is None:
            return (CALLERROR, "NotSupported", "the recorded station was never ordered this", {})
        self._last[action] = order
        self._learn(order.payload, payload)
        if order.answer is None or order.answer[0] == CALLERROR:
            return order.answer
        return (CALLRESULT, self._renumbered(order.answer[1]))

    def finish(self) -> ReplayReport:
        """What became of it all."""
        for action, waiting in self._orders.items():
            if waiting:
                self.report.orders_missing[action] = len(waiting)
        return self.report

    def _learn(self, then: Any, now: Any) -> None:
        if isinstance(then, dict) and isinstance(now, dict):
            for name in then.keys() & now.keys():
                if name in NUMBERS and isinstance(then[name], int | str):
                    self._given[name, then[name]] = now[name]
                else:
                    self._learn(then[name], now[name])

    def _renumbered(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._renumbered(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self._given.get((name, one), one)
            if name in NUMBERS and isinstance(one, int | str)
            else self._renumbered(one)
            for name, one in value.items()
        }


def _numbers(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in NUMBERS and isinstance(one, int | str):
                yield name, one
            else:
                yield from _numbers(one)


def _differing(then: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for name in sorted(then.keys() | now.keys()):
            if name not in OF_THE_MOMENT:
                yield from _differing(then.get(name), now.get(name), f"{place}.{name}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from _differing(one, other, f"{place}[{index}]")
    elif then != now:
        yield place or "$"


def _shown(answer: tuple[Any, ...]) -> Any:
    return answer[1] if answer[0] == CALLRESULT else {"code": answer[1]}


# --- the part with a socket ----------------------------------------------------------------------------------------


async def play(
    recording: Recording,
    *,
    csms: str,
    station_id: str,
    speed: float = 1.0,
    password: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> ReplayReport:
    """Play a recording to its end, `speed` times as fast as it was; raises OSError or WSError without a connection."""
    headers = {"Sec-WebSocket-Protocol": recording.version.value}
    if password is not None:
        token = base64.b64encode(f"{station_id}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    replay = Replay(recording)
    _, socket = await picows.ws_connect(
        lambda: _Socket(replay),
        f"{csms.rstrip('/')}/{quote(station_id, safe='')}",
        ssl_context=ssl_context,
        extra_headers=headers,
    )
    assert isinstance(socket, _Socket)
    try:
        await _play(recording, replay, socket, speed)
    finally:
        socket.close()
    return replay.finish()


async def _play(recording: Recording, replay: Replay, socket: "_Socket", speed: float) -> None:
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for number, said in enumerate(recording.said, 1):
        await socket.closed_within(begun_s + said.after_s / speed - loop.time())
        until_s = loop.time() + ORDER_WAIT_S
        while replay.waits_for_order(said) and loop.time() < until_s and not socket.is_closed:
            await socket.order_within(until_s - loop.time())
        if socket.is_closed:
            replay.report.ended = f"the connection was lost before call {number} of {len(recording.said)}"
            return
        replay.report.said += 1
        message_id = f"replay-{number}"
        socket.send([SEND if said.is_send else CALL, message_id, said.action, replay.payload(said)])
        if not said.is_send:
            replay.answered(number, said, await socket.answer_within(message_id, ANSWER_WAIT_S))


class _Socket(WSListener):
    """The one WebSocket; answers orders as they come."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self._waiting: dict[str, asyncio.Future[tuple[Any, ...] | None]] = {}
        self._closed = asyncio.Event()
        self._ordered = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in {WSMsgType.TEXT, WSMsgType.CONTINUATION}:
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                text, self._parts = b"".join(self._parts), []
                self._came(text)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(picows.WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002  # picows gives it
        self._transport = None
        self._closed.set()
        self._ordered.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)

    def _came(self, text: bytes) -> None:
        try:
            frame = msgspec.json.decode(text, type=list[Any])
            kind, message_id = frame[0], frame[1]
            if kind == CALL:
                answer = self._replay.ordered(frame[2], frame[3])
                if answer is not None:
                    self.send([answer[0], message_id, *answer[1:]])
                self._ordered.set()
                return
        except (msgspec.DecodeError, IndexError):
            return  # nobody can answer it
        waiting = self._waiting.pop(message_id, None) if isinstance(message_id, str) else None
        if waiting is not None and not waiting.done() and kind in {CALLRESULT, CALLERROR}:
            waiting.set_result((kind, *frame[2:]))

    def send(self, frame: list[Any]) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, msgspec.json.encode(frame))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()

    async def closed_within(self, seconds: float) -> bool:
        """Let time pass, unless the other side goes."""
        if seconds <= 0:
            return self.is_closed
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def order_within(self, seconds: float) -> None:
        """Wait for the next order."""
        self._ordered.clear()
        if not self.is_closed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ordered.wait(), max(seconds, 0.0))

    async def answer_within(self, message_id: str, seconds: float) -> tuple[Any, ...] | None:
        """What answers a call; None where nothing does."""
        waiting = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        if self.is_closed:
            return None
        try:
            return await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(message_id, None)
