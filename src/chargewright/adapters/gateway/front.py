"""One port for two protocols: who asks for a file is told apart from who wants a WebSocket by the first bytes.

The decision is made once a connection; from then on nothing of this stands in the way.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

__all__ = ["Front"]

FIRST_BYTES_MAX: Final = 64
"""Enough to see `OPTIONS /files/`; whatever has not said so much is a station with a slow line."""


class Front(asyncio.Protocol):
    """Waits for the first bytes, then hands the transport to `websocket()` or, below `prefix`, to `http()`."""

    __slots__ = ("_http", "_prefix", "_seen", "_timeout", "_timeout_s", "_transport", "_websocket")

    def __init__(
        self,
        *,
        prefix: str,
        websocket: Callable[[], asyncio.BufferedProtocol],
        http: Callable[[], asyncio.Protocol],
        timeout_s: float,
    ) -> None:
        self._prefix = prefix.encode()
        self._websocket = websocket
        self._http = http
        self._timeout_s = timeout_s
        self._seen = b""
        self._transport: asyncio.Transport | None = None
        self._timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = self._transport = cast("asyncio.Transport", transport)
        self._timeout = asyncio.get_running_loop().call_later(self._timeout_s, stream.abort)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        method, space, rest = self._seen.partition(b" ")
        if not space and len(self._seen) < FIRST_BYTES_MAX:
            return
        if len(rest) < len(self._prefix) and self._prefix.startswith(rest) and method.isupper():
            return  # it may still become one
        self._hand_over(is_file=rest.startswith(self._prefix))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio gives it
        self._forget()

    def _hand_over(self, *, is_file: bool) -> None:
        transport, seen = self._transport, self._seen
        assert transport is not None, "bytes come after the connection"
        self._forget()
        if is_file:
            http = self._http()
            transport.set_protocol(http)
            http.connection_made(transport)
            http.data_received(seen)
            return
        websocket = self._websocket()
        transport.set_protocol(websocket)
        websocket.connection_made(transport)
        while seen and not transport.is_closing():
            room = memoryview(websocket.get_buffer(len(seen)))
            taken = min(len(room), len(seen))
            room[:taken] = seen[:taken]
            websocket.buffer_updated(taken)
            seen = seen[taken:]

    def _forget(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
        self._transport = self._timeout = None
        self._seen = b""
