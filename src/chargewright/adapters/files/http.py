"""The file service over HTTP/1.1 on the station port: GET and HEAD with ranges, PUT and POST in any form stations use.

RFC 9110: ranges (14), If-Range (13.1.5), Expect (10.1.1). The HTTP itself is uvicorn's.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import unquote

import structlog
import uvicorn
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from chargewright.adapters.files.vault import FolderVault
from chargewright.csms.files import PREFIX, Files, TooMuch
from chargewright.domain.files import StoredFile
from chargewright.errors import NotFound

__all__ = ["FileService"]

log = structlog.get_logger(__name__)

PART_WITHIN_S: Final = 60.0
"""How long a station may take for the next part of an upload."""
KEEP_ALIVE_S: Final = 15
TRANSFERS_MAX: Final = 200
"""Transfers at the same time; who comes then is told to come again."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")

Headers = list[tuple[bytes, bytes]]


class _Gone(Exception):
    """The station hung up, or said nothing for too long."""


class FileService:
    """`protocol()` serves one connection that was told apart by its first bytes."""

    def __init__(self, files: Files, vault: FolderVault) -> None:
        self.files = files
        self._vault = vault
        self._state = ServerState()
        self._config = uvicorn.Config(
            self._application,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=TRANSFERS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            h11_max_incomplete_event_size=None,
        )
        self._config.load()

    def protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = HttpToolsProtocol(
            config=self._config, server_state=self._state, app_state={}
        )
        return protocol

    async def stop(self) -> None:
        """Close what is open; a transfer that is cut is taken up again by the station."""
        for connection in tuple(self._state.connections):
            connection.shutdown()
            if connection.transport is not None:
                connection.transport.abort()
        for task in tuple(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        self._vault.close()

    # --- one request -----------------------------------------------------------------------------------------

    async def _application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        exchange = _Exchange(scope, receive, send)
        try:
            await self._answer(exchange)
        except _Gone:
            log.info("file_transfer_cut", method=exchange.method)
        except TooMuch as why:
            await exchange.say(413, str(why), close=True)
        except NotFound:
            await exchange.say(404, "no such file", close=True)
        except MultipartError as why:
            await exchange.say(400, f"this multipart body cannot be read: {why}", close=True)
        except OSError:
            log.exception("file_not_kept")
            await exchange.say(507, "the file cannot be kept at present", close=True)

    async def _answer(self, exchange: "_Exchange") -> None:
        token, _, name = exchange.path.removeprefix(PREFIX).partition("/")
        ticket = self.files.ticket(token)
        if ticket is None:
            raise NotFound("no such file", where="file")
        wanted = {"GET": "get", "HEAD": "get", "PUT": "put", "POST": "put"}.get(exchange.method)
        if wanted != ticket.direction:
            allowed = b"GET, HEAD" if ticket.direction == "get" else b"PUT, POST"
            await exchange.say(405, "this ticket is not for that", [(b"allow", allowed)], close=True)
        elif wanted == "get":
            assert ticket.file_id is not None, "a ticket to fetch names its file"
            await self._send(exchange, self.files.file(ticket.file_id))
        else:
            await self._receive(exchange, token, name, ticket.bytes_max)

    async def _send(self, exchange: "_Exchange", file: StoredFile) -> None:
        etag = f'"{file.sha256}"'
        headers: Headers = [
            (b"content-type", b"application/octet-stream"),
            (b"accept-ranges", b"bytes"),
            (b"etag", etag.encode()),
        ]
        wanted = _wanted_range(exchange.header("range"), file.bytes)
        if exchange.header("if-range") not in {"", etag}:
            wanted = None
        if wanted == (0, 0):
            headers.append((b"content-range", f"bytes */{file.bytes}".encode()))
            await exchange.say(416, "no such bytes", headers)
            return
        start, end = wanted or (0, file.bytes)
        status = 200 if wanted is None else 206
        if wanted is not None:
            headers.append((b"content-range", f"bytes {start}-{end - 1}/{file.bytes}".encode()))
        headers.append((b"content-length", str(end - start).encode()))
        await exchange.start(status, headers)
        if exchange.method == "GET":
            async for part in self.files.content(file.id, start=start, end=end):
                await exchange.body(part, more=True)
        await exchange.body(b"", more=False)

    async def _receive(self, exchange: "_Exchange", token: str, name: str, bytes_max: int) -> None:
        length = exchange.header("content-length")
        if (
            length.isdigit() and int(length) > bytes_max + 64 * 1024
        ):  # a multipart body has some words around it
            raise TooMuch(f"a file of more than {bytes_max} bytes is not taken", where="content-length")
        kind, options = parse_options_header(exchange.header("content-type"))
        parts = exchange.parts()
        if kind == "multipart/form-data" and options.get("boundary"):
            found = _FirstFile(parts, options["boundary"])
            file = await self.files.receive(token, await found.name() or name, found.content())
        else:
            file = await self.files.receive(token, name, parts)
        headers = [(b"etag", f'"{file.sha256}"'.encode())]
        await exchange.say(201, f"{file.bytes} bytes, SHA-256 {file.sha256}", headers)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.method: str = scope["method"]
        self.path: str = unquote(scope["path"])
        self._headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self._receive = receive
        self._send = send

    def header(self, name: str) -> str:
        found: str = self._headers.get(name, "")
        return found

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        more = True
        while more:
            try:
                async with asyncio.timeout(PART_WITHIN_S):
                    event = await self._receive()
            except TimeoutError as why:
                raise _Gone from why
            if event["type"] == "http.disconnect":
                raise _Gone
            more = event.get("more_body", False)
            if event.get("body"):
                yield event["body"]

    async def start(self, status: int, headers: Headers) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def body(self, part: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": more})

    async def say(
        self, status: int, text: str, headers: Headers | None = None, *, close: bool = False
    ) -> None:
        """A short answer in words. `close`: what may still come of the body is not read."""
        body = f"{text}\n".encode()
        told = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            *(headers or []),
        ]
        if close:
            told.append((b"connection", b"close"))
        await self.start(status, told)
        await self.body(body, more=False)


class _FirstFile:
    """The first file of a multipart body, in parts while it comes."""

    def __init__(self, body: AsyncIterator[bytes], boundary: str) -> None:
        self._body = body
        self._parser = PushMultipartParser(boundary)
        self._found = self._events()
        self._name = ""

    async def _events(self) -> AsyncIterator[MultipartSegment | bytes]:
        inside = done = False
        async for data in self._body:  # to its end, also after the file
            for event in self._parser.parse(data):
                if isinstance(event, MultipartSegment):
                    inside = event.filename is not None and not done
                    if inside:
                        yield event
                elif event is None:
                    done, inside = done or inside, False
                elif inside:
                    yield bytes(event)
        if inside:
            raise MultipartError("it ends within the file")

    async def name(self) -> str:
        """What the station calls it. Raises `MultipartError` where no file comes."""
        async for event in self._found:
            if isinstance(event, MultipartSegment):
                return str(event.filename or "")
        raise MultipartError("it holds no file")

    async def content(self) -> AsyncIterator[bytes]:
        async for event in self._found:
            if isinstance(event, bytes):
                yield event


def _wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """(start, end) of the one range asked for; None for the whole; (0, 0) for what is not there."""
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None  # several ranges, or another unit: the whole is a right answer too
    first, last = found[1], found[2]
    if not first:
        return (max(size - int(last), 0), size) if int(last) and size else (0, 0)
    start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < end else (0, 0)
