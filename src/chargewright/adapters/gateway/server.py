"""The station port: accepts WebSocket connections of stations, admits them, and keeps their sessions.

    server = GatewayServer(gatekeeper, central, clock, host="0.0.0.0", port=9000)
    await server.start()
    ...
    await server.stop()

Built on the core of picows. What picows leaves to its user is done here and in `session`: credentials,
subprotocols, compression, reassembly, UTF-8, limits in bytes, keep-alive and the closing handshake.
"""

import asyncio
import logging
import random
import re
import ssl
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Literal

import aiofastnet
import structlog
from picows import (
    WSCloseCode,
    WSListener,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # there, but not in its stub

from chargewright.adapters.gateway.front import Front
from chargewright.adapters.gateway.handshake import (
    STATION_ID_CHARS_USUAL,
    BadPath,
    basic_credentials,
    choose_version,
    header_tokens,
    negotiate_deflate,
    station_id_of_path,
)
from chargewright.adapters.gateway.hub import Hub, MessageLog
from chargewright.adapters.gateway.session import Session
from chargewright.adapters.gateway.timers import Timers
from chargewright.adapters.gateway.tls import TlsFiles, load_certificates, server_context, shown_certificate
from chargewright.clock import Clock
from chargewright.csms.ports import Admission, Gatekeeper, Handshake, StationPort
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.peer import Peer
from chargewright.ocpp.tolerance import Switch

__all__ = ["GatewayServer", "Limits"]

_log = structlog.get_logger(__name__)

# One adapter for all connections. Handed a plain Logger, picows would build another one for each connection.
_socket_log = logging.LoggerAdapter(logging.getLogger("chargewright.station_port"), {})

_READ_BUFFER_BYTES = 1024
"""picows raises it to 2 KiB and doubles it when a message needs more; its default of 16 KiB is mostly air."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one station, or one source, may take. Sizes in bytes, times in seconds."""

    message_bytes_max: int = 65_536
    """One message, also reassembled or inflated. 99 % of OCPP's stay under 2 KiB."""
    write_buffer_bytes_max: int = 262_144
    """What may wait for a slow reader before it is dropped: four messages of the greatest length."""
    handshake_timeout_s: float = 10.0
    close_timeout_s: float = 3.0
    """How long a station may take to answer our CLOSE."""
    keep_alive_s: float = 60.0
    """A station silent for one to two of these is pinged, and dropped one later."""
    call_timeout_s: float = 30.0
    retry_after_s: float = 30.0
    """Mean of the `Retry-After` that goes with a 503; each one is drawn from half to one and a half of it."""
    unauthenticated_max: int = 1000
    """Sockets that have not finished their handshake."""
    unauthenticated_per_source_max: int = 256
    """The same for one address. A whole car park may sit behind one, and come back at once."""


class GatewayServer:
    """Listens for stations. `sessions` are those connected now, by identity.

    With `tls`, `port` speaks TLS; stations of security profile 1 then have `plain_port` beside it.

    Link time-outs run on the event loop's clock, not on `clock`: a day that is replayed fast must not
    shorten what a real socket may take.
    """

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        central: StationPort,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 9000,
        plain_port: int | None = None,
        path_prefix: str = "/ocpp",
        tls: TlsFiles | None = None,
        limits: Limits | None = None,
        subprotocol_mismatch: Literal["reject", "spec"] = "reject",
        store_full: Callable[[], bool] = lambda: False,
        message_log: MessageLog | None = None,
        reuse_port: bool = False,
        rng: random.Random | None = None,
        http: Callable[[], asyncio.Protocol] | None = None,
        http_prefix: str = "/files/",
    ) -> None:
        """`http` makes the protocol of a connection that asks for something below `http_prefix`."""
        self._gatekeeper = gatekeeper
        self._central = central
        self._clock = clock
        self._host = host
        self._port = port
        self._plain_port = plain_port
        self._path_prefix = path_prefix
        self._tls = tls
        self._limits = limits or Limits()
        self._subprotocol_mismatch = subprotocol_mismatch
        self._store_full = store_full
        self._message_log = message_log
        self._reuse_port = reuse_port
        self._rng = rng or random.SystemRandom()
        self._http = http
        self._http_prefix = http_prefix
        self._hub: Hub[Session] | None = None
        self._servers: list[asyncio.Server] = []
        self._exception_handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None = None
        self._context = None if tls is None else server_context(tls)
        self._certificates_wanted = tls is not None and tls.client_ca is not None
        self._pending: Counter[str] = Counter()
        self._pending_total = 0
        self.refused: Counter[int] = Counter()
        """Handshakes refused since the start, by HTTP status (0: dropped unheard, too many at once)."""

    @property
    def sessions(self) -> dict[str, Session]:
        return {} if self._hub is None else self._hub.sessions

    @property
    def port(self) -> int:
        """The port listened on; where 0 was asked for, the one that was found."""
        return self._found(0, self._port)

    @property
    def plain_port(self) -> int | None:
        """The port without TLS beside the one with it; None where there is none."""
        return None if self._plain_port is None else self._found(1, self._plain_port)

    def _found(self, number: int, asked_for: int) -> int:
        if number >= len(self._servers) or not self._servers[number].sockets:
            return asked_for
        return int(self._servers[number].sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        limits = self._limits
        timers = Timers(loop, interval_s=limits.keep_alive_s)
        hub = self._hub = Hub(
            loop=loop,
            central=self._central,
            timers=timers,
            store_full=self._store_full,
            message_log=self._message_log,
            message_bytes_max=limits.message_bytes_max,
            write_buffer_bytes_max=limits.write_buffer_bytes_max,
            close_timeout_s=limits.close_timeout_s,
        )
        self._servers.append(await self._listen(self._port, self._context))
        if self._plain_port is not None:
            self._servers.append(await self._listen(self._plain_port, None))
        timers.start(partial(_release_held, hub))
        if self._context is not None:
            self._exception_handler = loop.get_exception_handler()
            loop.set_exception_handler(self._loop_failed)

    async def _listen(self, port: int, context: ssl.SSLContext | None) -> asyncio.Server:
        return await aiofastnet.create_server(
            asyncio.get_running_loop(),
            self._protocol,
            self._host,
            port,
            ssl=context,
            backlog=4096,
            reuse_port=self._reuse_port or None,
            ssl_handshake_timeout=None if context is None else self._limits.handshake_timeout_s,
        )

    def _protocol(self) -> asyncio.BaseProtocol:
        if self._http is None:
            return _Connection(self)
        return Front(
            prefix=self._http_prefix,
            websocket=partial(_Connection, self),
            http=self._http,
            timeout_s=self._limits.handshake_timeout_s,
        )

    async def stop(self) -> None:
        """Stop accepting, tell every station 1001 (it will come back), and wait for the sockets to go."""
        if not self._servers or self._hub is None:
            return
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for session in tuple(self._hub.sessions.values()):
            session.close(1001, "the central system is going away")
        # A station that does not answer the CLOSE is cut by the timers at close_timeout_s.
        for server in servers:
            await server.wait_closed()
        self._hub.timers.stop()
        if self._context is not None:
            self._hub.loop.set_exception_handler(self._exception_handler)

    def _loop_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what the loop reports, but for TLS handshakes that fail: scanners, and stations with an old CA."""
        if context.get("message") == "SSL handshake failed":
            # A class at times, where an exception belongs: the default handler would trip over it.
            _log.debug("TLS handshake failed", reason=repr(context.get("exception")))
        elif self._exception_handler is not None:
            self._exception_handler(loop, context)
        else:
            loop.default_exception_handler(context)

    def reload_certificates(self) -> None:
        """Read the certificate files again; connections that stand keep what they agreed on."""
        if self._tls is not None and self._context is not None:
            load_certificates(self._context, self._tls)

    # --- called by connections ---------------------------------------------------------------------------------

    def arrived(self, remote: str) -> bool:
        """Count a socket that has yet to finish its handshake; False where there are too many."""
        limits = self._limits
        if (
            self._pending_total >= limits.unauthenticated_max
            or self._pending[remote] >= limits.unauthenticated_per_source_max
        ):
            self.refused[0] += 1
            return False
        self._pending_total += 1
        self._pending[remote] += 1
        return True

    def settled(self, remote: str) -> None:
        """Take a socket off the count of `arrived`: it is in, or gone."""
        self._pending_total -= 1
        self._pending[remote] -= 1
        if not self._pending[remote]:
            del self._pending[remote]

    def decide(self, connection: "_Connection", request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        """Answer one upgrade request. Never raises: picows would show the text of an exception to the station."""
        try:
            return self._decide(connection, request)
        except BadPath as bad:
            return self._refuse(bad.status, bad.reason)
        except Exception:  # noqa: BLE001  # whatever it is, it is logged and answered
            _log.exception("handshake not handled", remote=connection.remote)
            return self._refuse(500, "internal error")

    def _decide(self, connection: "_Connection", request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        headers = request.headers
        station_id = station_id_of_path(request.path, self._path_prefix)
        username, password = basic_credentials(headers.get("Authorization")) or (None, None)
        admission = self._gatekeeper.admit(
            Handshake(
                station_id,
                username,
                password,
                connection.remote,
                connection.secure,
                shown_certificate(connection.peer_certificate),
                self._certificates_wanted and connection.secure,
            )
        )
        if admission.status != 101:
            return self._refuse(admission.status, admission.reason)
        if headers.get("Sec-WebSocket-Version") != "13":
            return self._refuse(426, "WebSocket version 13 is spoken here", {"Sec-WebSocket-Version": "13"})
        # Proxies and some stations send `keep-alive, Upgrade`, which is legal and which picows refuses.
        if "upgrade" in (token.lower() for token in header_tokens(headers.getall("Connection", []))):
            headers["Connection"] = "upgrade"
        offered = header_tokens(headers.getall("Sec-WebSocket-Protocol", []))
        version = choose_version(offered)
        if version is None and not offered and Switch.NO_SUBPROTOCOL in admission.tolerance.switches:
            return self._admit(connection, station_id, Version.OCPP16, admission, request, named=False)
        if version is None:
            return self._mismatch()
        return self._admit(connection, station_id, version, admission, request, named=True)

    def _admit(
        self,
        connection: "_Connection",
        station_id: str,
        version: Version,
        admission: Admission,
        request: WSUpgradeRequest,
        *,
        named: bool,
    ) -> WSUpgradeResponseWithListener:
        assert self._hub is not None  # a connection exists, so the server has started
        response_headers, oddities = {}, list[tuple[str, str, str]]()
        if named:
            response_headers["Sec-WebSocket-Protocol"] = version.value
        else:
            oddities.append(("no subprotocol", "read as ocpp1.6", Switch.NO_SUBPROTOCOL))
        if len(station_id) > STATION_ID_CHARS_USUAL:
            oddities.append(("long identity", f"{len(station_id)} characters", ""))
        deflate = negotiate_deflate(request.headers.getall("Sec-WebSocket-Extensions", []))
        if deflate is not None:
            response_headers["Sec-WebSocket-Extensions"] = deflate.response
        peer = Peer(
            version=version,
            side="csms",
            message_ids=self._message_id,
            tolerance=admission.tolerance,
            call_timeout_s=self._limits.call_timeout_s,
        )
        session = Session(
            self._hub,
            peer,
            station_id=station_id,
            version=version,
            remote=connection.remote,
            connected_at=self._clock.now(),
            reached_at=_reached_at(connection, request.headers.get("Host", "")),
            deflate_window=None if deflate is None else deflate.window_bits,
            oddities=tuple(oddities),
        )
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(response_headers), session)

    def _message_id(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

    def _mismatch(self) -> WSUpgradeResponseWithListener:
        """No subprotocol in common. OCPP-J says upgrade and close; the certification tool expects no upgrade."""
        if self._subprotocol_mismatch == "reject":
            return self._refuse(400, "no OCPP version in common")
        self.refused[101] += 1
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(), _Farewell())

    def _refuse(
        self, status: int, reason: str, headers: dict[str, str] | None = None
    ) -> WSUpgradeResponseWithListener:
        self.refused[status] += 1
        headers = dict(headers or {})
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
        elif status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = str(
                max(1, round(self._limits.retry_after_s * self._rng.uniform(0.5, 1.5)))
            )
        response = WSUpgradeResponse.create_error_response(status, reason.encode(), headers)
        return WSUpgradeResponseWithListener(response, None)


class _Connection(WSProtocol):  # type: ignore[misc]  # picows is compiled and gives mypy no base class
    """A socket before and below its session: what picows does not tell the one who decides on an upgrade."""

    __slots__ = ("_counted", "_gateway", "peer_certificate", "remote", "secure")

    def __init__(self, gateway: GatewayServer) -> None:
        limits = gateway._limits  # noqa: SLF001  # a part of the server, in its file
        super().__init__(
            None,  # host, path, side: those of a client
            None,
            False,  # picows takes them by place
            self._decide,
            _socket_log,
            True,  # an exception of ours ends the connection
            limits.handshake_timeout_s,
            False,  # keep-alive is the server's one timer, not a task for each connection
            20.0,
            20.0,
            1,
            False,  # pongs are sent by the session, which must know that the station is alive
            limits.message_bytes_max,
            None,
            _READ_BUFFER_BYTES,
        )
        self._gateway: GatewayServer | None = gateway
        self._counted = False
        self.remote = ""
        self.secure = False
        self.peer_certificate: dict[str, Any] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        assert self._gateway is not None  # cleared only once the handshake is over
        self.remote = str((transport.get_extra_info("peername") or ("",))[0])
        self.secure = transport.get_extra_info("ssl_object") is not None
        self.peer_certificate = transport.get_extra_info("peercert")
        super().connection_made(transport)
        self._counted = self._gateway.arrived(self.remote)
        if not self._counted:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    def _decide(self, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        assert self._gateway is not None  # picows asks once
        answer = self._gateway.decide(self, request)
        self._settle()
        self.peer_certificate = None
        return answer

    def _settle(self) -> None:
        if self._gateway is not None and self._counted:
            self._gateway.settled(self.remote)
        self._counted = False


class _Farewell(WSListener):
    """Upgraded without a subprotocol, only to be closed (OCPP-J 1.6 section 3.1.2, mode `spec`)."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send_close(WSCloseCode.PROTOCOL_ERROR, "no OCPP version in common")
        transport.disconnect()


def _reached_at(connection: _Connection, host: str) -> str:
    """How the station got here; one string for all that came the same way."""
    scheme = "https" if connection.secure else "http"
    return sys.intern(f"{scheme}://{host}") if _HOST.fullmatch(host) else ""


_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def _release_held(hub: Hub[Session]) -> None:
    for session in tuple(hub.held):
        session.release()
