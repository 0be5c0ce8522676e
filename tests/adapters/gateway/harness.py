"""A central system that records, and clients that are not our code: the `websockets` package and raw sockets."""

import asyncio
import base64
import contextlib
import os
import struct
from datetime import UTC, datetime
from random import Random

import websockets
from tests.patience import PATIENCE_S

from chargewright.adapters.gateway.server import GatewayServer, Limits
from chargewright.csms.ports import Admission
from chargewright.ocpp.catalog import Version, catalog

QUICK = Limits(close_timeout_s=0.5)
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class FixedClock:
    def now(self):
        return AT

    def monotonic_s(self):
        return 0.0

    async def sleep_s(self, duration_s):
        raise NotImplementedError


class Doorman:
    """Lets in whom `verdict` says; keeps what was shown."""

    def __init__(self, verdict=lambda _: Admission(101)):
        self.verdict = verdict
        self.shown = []

    def admit(self, handshake):
        self.shown.append(handshake)
        return self.verdict(handshake)


class Central:
    """Answers Heartbeat at once unless told to `wait`; keeps everything it was told, in order."""

    def __init__(self):
        self.told = []
        self.links = []
        self.calls = []
        self.wait = False
        self.raise_on = None

    def connected(self, link):
        self.links.append(link)
        self.told.append(("connected", link.station_id))

    def received(self, link, message_id, action, request):
        self.told.append(("received", action))
        self.calls.append((link, message_id, request))
        if action == self.raise_on:
            raise RuntimeError("a bug in a service")
        if not self.wait:
            link.answer(message_id, heartbeat_response(link.version))

    def sent(self, link, action, request):
        self.told.append(("sent", action))

    def deviated(self, link, what, description, *, switch="", frame=b""):  # as the port
        self.told.append(("deviated", what, description))

    def disconnected(self, link):
        self.told.append(("disconnected", link.station_id))

    def answer_all(self):
        calls, self.calls = self.calls, []
        for link, message_id, _ in calls:
            link.answer(message_id, heartbeat_response(link.version))


def heartbeat_response(version):
    return catalog(Version(version))["Heartbeat"].response(current_time=AT)


@contextlib.asynccontextmanager
async def gateway(central=None, doorman=None, **options):
    options.setdefault("limits", QUICK)
    server = GatewayServer(
        doorman or Doorman(), central or Central(), FixedClock(), port=0, rng=Random(7), **options
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def station(server, path="/ocpp/CP1", *, subprotocols=("ocpp1.6",), scheme="ws", **options):
    options.setdefault("compression", None)
    options.setdefault("ping_interval", None)
    host = "localhost" if scheme == "wss" else "127.0.0.1"
    return websockets.connect(
        f"{scheme}://{host}:{server.port}{path}", subprotocols=list(subprotocols), **options
    )


async def until(condition, timeout_s=PATIENCE_S):
    """Wait for something that must come; fails when it does not."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # what is waited for lives in the code under test
            await asyncio.sleep(0.005)


class RawStation:
    """A socket, and frames made by hand."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server, path="/ocpp/CP1", *, upgrade=True, headers=()):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        raw = cls(reader, writer)
        if upgrade:
            status, _ = await raw.upgrade(path, ["Sec-WebSocket-Protocol: ocpp1.6", *headers])
            assert status == 101
        return raw

    async def upgrade(self, path, headers=(), *, connection="Upgrade", version="13"):
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1", "Host: station-port", "Upgrade: websocket", f"Connection: {connection}",
            f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}", *headers,
        ]  # fmt: skip
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *rest = head.strip().split("\r\n")
        return int(first.split()[1]), {
            name.lower(): value.strip() for name, value in (line.split(":", 1) for line in rest)
        }

    def frame(self, opcode, payload=b"", *, fin=True, rsv=0, masked=True):
        mask = b"\x11\x22\x33\x44"
        length = len(payload)
        head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
        bit = 0x80 if masked else 0
        if length < 126:
            head += bytes([bit | length])
        elif length < 65536:
            head += bytes([bit | 126]) + struct.pack("!H", length)
        else:
            head += bytes([bit | 127]) + struct.pack("!Q", length)
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        return head + (mask if masked else b"") + body

    def send(self, *args, **kwargs):
        self.writer.write(self.frame(*args, **kwargs))

    async def receive(self):
        """(opcode, payload, first byte) of the next frame from the server."""
        first, second = await asyncio.wait_for(self.reader.readexactly(2), PATIENCE_S)
        assert not second & 0x80, "a server must not mask"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length), first

    async def closed_with(self):
        """The code of the server's CLOSE, which we answer; then the socket must end."""
        opcode, payload, _ = await self.receive()
        while opcode != 8:
            opcode, payload, _ = await self.receive()
        code = int.from_bytes(payload[:2])
        with contextlib.suppress(ConnectionError):
            self.send(8, payload[:2])
            await self.writer.drain()
            await asyncio.wait_for(self.reader.read(), PATIENCE_S)
        self.writer.close()
        return code
