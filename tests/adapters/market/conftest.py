"""An HTTP server on loopback that answers as public APIs do, and keeps what it was asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False


@dataclass
class PublicApi:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    respond: Callable[[Asked], Answer] = lambda _: Answer(status=404)

    def say(self, body: str | bytes, **more) -> None:
        """Answer everything alike."""
        answer = Answer(body.encode() if isinstance(body, str) else body, **more)
        self.respond = lambda _: answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            target = urlsplit(head[0].split(" ")[1])
            headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            asked = Asked(target.path, query, {name.lower(): value for name, value in headers.items()})
            self.asked.append(asked)
            answer = self.respond(asked)
            if answer.silent:
                await reader.read()  # until the other side gives up
                return
            length = len(answer.body) + (10 if answer.cut else 0)
            lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {length}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in answer.headers.items()]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body)
            await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def public_api(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    api = PublicApi()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    api.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield api
    server.close()
    await server.wait_closed()
