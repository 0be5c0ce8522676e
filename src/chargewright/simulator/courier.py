"""Carries the files of simulated stations over HTTP: fetched with GET, handed over with PUT, and offered to others."""

import asyncio
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2

from chargewright.simulator.transfer import FILE_BYTES_MAX, Outcome, Transfer

__all__ = ["Courier"]

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 60.0
REQUEST_BYTES_MAX: Final = 16 * 1024


class Courier:
    """The network of one simulated site, for files."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None
        self._server: asyncio.Server | None = None
        self._offered: dict[str, bytes] = {}

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def carry(self, station_id: str, transfer: Transfer) -> Outcome:
        """Carry one file out; what goes wrong is told in the outcome."""
        try:
            match transfer.kind:
                case "fetch":
                    return await self._fetch(transfer.url)
                case "hand over":
                    return await self._hand_over(transfer.url, transfer.body)
                case "offer":
                    return await self._offer(station_id, transfer.url, transfer.body)
                case "withdraw":
                    self._offered.pop(_path(station_id, transfer.url), None)
                    return Outcome(done=True)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as why:
            return Outcome(done=False, why=str(why) or type(why).__name__)

    async def _fetch(self, url: str) -> Outcome:
        if urlsplit(url).scheme not in {"http", "https"}:
            return Outcome(done=False, why="only HTTP and HTTPS are spoken")
        body = bytearray()
        async with self._http().stream("GET", url) as answer:
            if answer.status_code != 200:
                return Outcome(done=False, why=f"HTTP status {answer.status_code}")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > FILE_BYTES_MAX:
                    return Outcome(done=False, why=f"more than {FILE_BYTES_MAX} bytes")
        return Outcome(done=True, body=bytes(body))

    async def _hand_over(self, url: str, body: bytes) -> Outcome:
        if urlsplit(url).scheme not in {"http", "https"}:
            return Outcome(done=False, why="only HTTP and HTTPS are spoken")
        answer = await self._http().put(url, content=body)
        if answer.status_code >= 300:
            return Outcome(done=False, why=f"HTTP status {answer.status_code}")
        return Outcome(done=True)

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            timeout = httpx2.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
            self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=True)
        return self._client

    # --- what stations offer (2.x L03: published firmware) -------------------------------------------------------

    async def _offer(self, station_id: str, name: str, body: bytes) -> Outcome:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=REQUEST_BYTES_MAX)
        path = _path(station_id, name)
        self._offered[path] = body
        port = self._server.sockets[0].getsockname()[1]
        return Outcome(done=True, url=f"http://127.0.0.1:{port}{path}")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one GET, and close."""
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_TIMEOUT_S)
            method, _, rest = head.decode("latin-1").partition(" ")
            body = self._offered.get(rest.partition(" ")[0]) if method == "GET" else None
            status = "404 Not Found" if body is None else "200 OK"
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n".encode()
                + (body or b"")
            )
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks has to ask properly; the socket is closed either way
        finally:
            writer.close()


def _path(station_id: str, name: str) -> str:
    return f"/{quote(station_id, safe='')}/{quote(name, safe='')}"
