"""The Python servers that bench/gateway.py and bench/memory.py compare. Run by them, one process each.

python bench/gateway_servers.py ours|echo|ocpp PORT [--database FILE] [--tls CERTIFICATE KEY] [--reuse-port]
"""

import argparse
import asyncio
import contextlib
import dataclasses
import gc
import signal
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop


class WallClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic_s(self):
        return time.monotonic()

    async def sleep_s(self, duration_s):
        await asyncio.sleep(duration_s)


async def until_told():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


async def ours(options):
    """The product as `serve` wires it: gateway, peer, dispatch, translation, metering, SQLite, answer."""
    from chargewright.adapters.gateway.server import GatewayServer
    from chargewright.adapters.gateway.tls import TlsFiles
    from chargewright.app.config import StationsConfig
    from chargewright.app.wiring import build

    clock = WallClock()
    system = build(
        StationsConfig(port=options.port, unknown="accept"), database=options.database, clock=clock
    )
    gateway = GatewayServer(
        system.security.doorkeeper,
        system.dispatch,
        clock,
        port=options.port,
        tls=TlsFiles(*map(Path, options.tls)) if options.tls else None,
        store_full=lambda: system.store.full,
        message_log=system.doors.message_log.keep,
        http=system.doors.file_service.protocol,
        reuse_port=options.reuse_port,
    )
    system = dataclasses.replace(system, doors=dataclasses.replace(system.doors, gateway=gateway))
    await system.start()
    # As `serve` does: what start-up left lives as long as the process, the collector need not look at it again.

    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    await until_told()
    await system.stop()


async def echo(options):
    """picows alone: a fixed answer with the message's own id. No JSON is read, nothing is kept."""
    from picows import (
        WSListener,
        WSMsgType,
        WSUpgradeResponse,
        WSUpgradeResponseWithListener,
        ws_create_server,
    )

    text = WSMsgType.TEXT
    tail = b'",{"currentTime":"2026-11-22T07:33:13.123Z"}]'

    class Echo(WSListener):
        __slots__ = ()

        def on_ws_frame(self, transport, frame):
            if frame.msg_type is text:
                transport.send(text, b'[3,"' + frame.get_payload_as_bytes()[4:40] + tail)

    def accept(_):
        response = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": "ocpp1.6"})
        return WSUpgradeResponseWithListener(response, Echo())

    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
    await ws_create_server(
        accept,
        "127.0.0.1",
        options.port,
        ssl=context,
        backlog=4096,
        read_buffer_init_size=1024,
        reuse_port=options.reuse_port or None,
    )
    await until_told()


async def ocpp(options):
    """The central system of the `ocpp` package's documentation, with its INFO log and deflate off: in its favour."""
    import logging

    import websockets
    from ocpp.routing import on
    from ocpp.v16 import ChargePoint, call_result
    from ocpp.v16.enums import RegistrationStatus

    logging.disable(logging.INFO)

    def now():
        return datetime.now(UTC).isoformat()

    class Station(ChargePoint):
        @on("BootNotification")
        def boot(self, **_):
            return call_result.BootNotification(
                current_time=now(), interval=10, status=RegistrationStatus.accepted
            )

        @on("StartTransaction")
        def start_transaction(self, **_):
            return call_result.StartTransaction(transaction_id=1, id_tag_info={"status": "Accepted"})

        @on("Heartbeat")
        def heartbeat(self):
            return call_result.Heartbeat(current_time=now())

        @on("MeterValues")
        def meter_values(self, **_):
            return call_result.MeterValues()

    async def connected(connection):
        with contextlib.suppress(websockets.ConnectionClosed):
            await Station(connection.request.path.strip("/"), connection).start()

    async with websockets.serve(
        connected, "127.0.0.1", options.port, subprotocols=["ocpp1.6"], compression=None
    ):
        await until_told()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server", choices=["ours", "echo", "ocpp"])
    parser.add_argument("port", type=int)
    parser.add_argument("--database", default=":memory:")
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--reuse-port", action="store_true")
    options = parser.parse_args()
    run = {"ours": ours, "echo": echo, "ocpp": ocpp}[options.server]
    # The documented central system runs on asyncio's own loop.
    factory = None if options.server == "ocpp" else uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(run(options))


if __name__ == "__main__":
    main()
