"""The door for stations that speak OCPP-S: an HTTP listener of its own, off unless it is configured.

A station counts as connected while it is heard: from its first message until twice its heartbeat interval later.
"""

import asyncio
import base64
import binascii
import contextlib
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import structlog
import uvicorn
from lxml import etree
from msgspec import Raw

from chargewright.adapters.soap.conversion import from_json, to_json
from chargewright.adapters.soap.envelope import (
    CONTENT_TYPE,
    Addressing,
    BadEnvelope,
    Envelope,
    Fault,
    envelope_bytes,
    fault_bytes,
    read_envelope,
)
from chargewright.adapters.soap.link import MessageLog, SoapLink, Unavailable, as_json, plain
from chargewright.adapters.soap.vocabulary import NAMES, Dialect, actions, dialect_of
from chargewright.adapters.soap.wsdl import wsdl
from chargewright.clock import Clock
from chargewright.csms.ports import Gatekeeper, Handshake, Shelf, StationPort, Store
from chargewright.errors import InvalidInput
from chargewright.ids import StationId
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.frames import encode_call
from chargewright.ocpp.reading import Refused

__all__ = ["KnownAddress", "SoapServer", "SoapSettings"]

log = structlog.get_logger(__name__)

_CATALOG: Final = catalog(Version.OCPP16)
ANSWER_WITHIN_S: Final = 30.0
SHUTDOWN_S: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapSettings:
    """`public_url` is where stations reach this listener; they are told it in every call of ours."""

    host: str
    port: int
    public_url: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    message_bytes_max: int = 262_144
    """XML is four times as long as JSON."""
    call_timeout_s: float = 30.0
    heard_within_s: float = 630.0


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """Where a station listens, as it told last."""

    url: str
    dialect: Dialect


_ADDRESSES: Final = Shelf("soap_address", KnownAddress)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class SoapServer:
    """Listens, hands on what stations say, and keeps a link for each that is heard."""

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        central: StationPort,
        store: Store,
        clock: Clock,
        *,
        settings: SoapSettings,
        new_uuid: Callable[[], UUID],
        message_log: MessageLog | None = None,
    ) -> None:
        """`message_log` is shown each message as the frame of OCPP-J that says the same."""
        self._gatekeeper = gatekeeper
        self._central = central
        self._store = store
        self._clock = clock
        self._settings = settings
        self._new_uuid = new_uuid
        self._message_log = message_log or _no_log
        self._links: dict[StationId, SoapLink] = {}
        self._addresses: dict[str, KnownAddress] = {}
        self._client: httpx2.AsyncClient | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.port = settings.port

    # --- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises InvalidInput where the address cannot be had."""
        settings = self._settings
        known = await self._store.read(lambda records: records.items(_ADDRESSES))
        self._addresses = {station_id: address for station_id, _, address in known}
        self._client = httpx2.AsyncClient(timeout=None, follow_redirects=False)
        listener = _listen(settings.host, settings.port)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
            server_header=False,
            ssl_certfile=settings.certificate_file,
            ssl_keyfile=settings.key_file,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        self._watch = asyncio.create_task(self._watch_for_silence())

    async def stop(self) -> None:
        if self._server is None or self._serving is None or self._watch is None:
            return
        self._watch.cancel()
        for link in tuple(self._links.values()):
            self._gone(link)
            await link.stop()
        self._server.should_exit = True
        await self._serving
        if self._client is not None:
            await self._client.aclose()

    @property
    def own_address(self) -> str:
        scheme = "http" if self._settings.certificate_file is None else "https"
        return self._settings.public_url or f"{scheme}://{self._settings.host}:{self.port}/"

    async def _watch_for_silence(self) -> None:
        while True:
            await asyncio.sleep(min(self._settings.heard_within_s / 4, 60.0))
            await self.forget_silent(time.monotonic())

    async def forget_silent(self, now_s: float) -> None:
        """Stations that were not heard for so long by `now_s` are connected no more."""
        for link in tuple(self._links.values()):
            if now_s - link.heard_s > self._settings.heard_within_s:
                self._gone(link)
                await link.stop()

    def _gone(self, link: SoapLink) -> None:
        if self._links.get(link.station_id) is link:
            del self._links[link.station_id]
            self._central.disconnected(link)

    # --- HTTP ------------------------------------------------------------------------------------------------------

    async def _application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """The ASGI application: POST is a message, GET shows the WSDL."""
        if scope["type"] != "http":
            return
        if scope["method"] == "POST":
            text = await self._body(receive)
            reply = (
                _Reply(413, b"the message is too long") if text is None else await self._message(text, scope)
            )
        else:
            reply = self._description(scope)
        headers = [(b"content-length", str(len(reply.body)).encode()), *reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _body(self, receive: Any) -> bytes | None:
        parts, size = [], 0
        while True:
            event = await receive()
            part = event.get("body", b"")
            size += len(part)
            if size > self._settings.message_bytes_max:
                return None
            parts.append(part)
            if not event.get("more_body"):
                return b"".join(parts)

    def _description(self, scope: dict[str, Any]) -> _Reply:
        if scope["method"] not in {"GET", "HEAD"}:
            return _Reply(405, b"", ((b"allow", b"GET, POST"),))
        dialect = Dialect.V15 if "1.5" in scope["path"] else Dialect.V16
        body = wsdl(dialect, of_central_system=True, address=self.own_address)
        return _Reply(200, body, ((b"content-type", b"text/xml; charset=utf-8"),))

    # --- one message -----------------------------------------------------------------------------------------------

    async def _message(self, text: bytes, scope: dict[str, Any]) -> _Reply:
        try:
            envelope = read_envelope(text)
        except BadEnvelope as why:
            return _fault(Dialect.V16, Addressing(), Fault("ProtocolError", str(why)))
        heard = envelope.addressing
        body = envelope.body
        name = None if body is None else etree.QName(body)
        dialect = None if name is None or name.namespace is None else dialect_of(name.namespace)
        if body is None or name is None or dialect is None:
            what = "the body is no message of OCPP-S 1.5 or 1.6"
            return _fault(Dialect.V16, heard, Fault("ProtocolError", what))
        action = name.localname.removesuffix("Request")
        action = action[:1].upper() + action[1:]
        if action not in actions(dialect, from_station=True) or not name.localname.endswith("Request"):
            fault = Fault("NotSupported", f"no station sends {name.localname}")
            return _fault(dialect, heard, fault)
        if not heard.identity:
            fault = Fault("IdentityMismatch", "the header chargeBoxIdentity is missing")
            return _fault(dialect, heard, fault)
        refused = self._admit(heard.identity, dialect, heard, scope)
        if refused is not None:
            return refused
        return await self._handle(self._link(dialect, heard, scope), action, envelope)

    def _admit(
        self, station_id: str, dialect: Dialect, heard: Addressing, scope: dict[str, Any]
    ) -> _Reply | None:
        username, password = _credentials(scope)
        remote = str((scope.get("client") or ("",))[0])
        admission = self._gatekeeper.admit(
            Handshake(station_id, username, password, remote, scope.get("scheme") == "https")
        )
        if admission.status == 101:
            return None
        subcode = "IdentityMismatch" if admission.status == 404 else "SecurityError"
        reply = _fault(dialect, heard, Fault(subcode, admission.reason))
        headers = reply.headers
        if admission.status == 401:
            headers = (*headers, (b"www-authenticate", b'Basic realm="OCPP", charset="UTF-8"'))
        return _Reply(admission.status, reply.body, headers)

    def _link(self, dialect: Dialect, heard: Addressing, scope: dict[str, Any]) -> SoapLink:
        """The station's link; a first message, or another dialect, makes a new one."""
        station_id = StationId(heard.identity)
        link = self._links.get(station_id)
        if link is None or link.dialect is not dialect:
            assert self._client is not None, "messages come after the start"
            if link is not None:
                self._gone(link)
            link = SoapLink(
                station_id=station_id,
                dialect=dialect,
                remote=":".join(str(part) for part in scope.get("client") or ()),
                connected_at=self._clock.now(),
                client=self._client,
                call_timeout_s=self._settings.call_timeout_s,
                own_address=self.own_address,
                new_uuid=self._new_uuid,
                closed=self._gone,
                message_log=self._message_log,
            )
            known = self._addresses.get(station_id)
            if known is not None and known.dialect is dialect:
                link.address = known.url
            self._links[station_id] = link
            self._learn_address(link, heard.reply_to)
            self._central.connected(link)
        else:
            self._learn_address(link, heard.reply_to)
        link.heard_s = time.monotonic()
        return link

    def _learn_address(self, link: SoapLink, url: str) -> None:
        if not url or url == link.address:
            return
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            self._central.deviated(link, "unusable callback address", url[:200])
            return
        link.address = url
        known = self._addresses[link.station_id] = KnownAddress(url, link.dialect)
        self._store.submit(
            lambda records: records.put_item(_ADDRESSES, link.station_id, "callback", known), _nobody_waits
        )

    async def _handle(self, link: SoapLink, action: str, envelope: Envelope) -> _Reply:
        dialect, heard = link.dialect, envelope.addressing
        assert envelope.body is not None, "only messages with a body come here"
        text = as_json(to_json(dialect, f"{action}Request", envelope.body))
        number, waiting = link.expect_answer()
        self._message_log("in", [(link, encode_call(number, action, Raw(text)))])
        try:
            request, deviations = _CATALOG[action].request_reader.read(text, text)
        except Refused as why:
            self._central.deviated(link, "refused message", str(why))
            link.answer_error(number, why.code.value, str(why))
            return _fault(dialect, heard, Fault("ProtocolError", f"{why.code.value}: {why}"))
        for deviation in deviations:
            self._central.deviated(link, "deviation", str(deviation))
        self._central.received(link, number, action, request)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answered = await waiting
        except (TimeoutError, Unavailable):
            return _Reply(503, b"", ((b"retry-after", b"30"),))
        answering = Addressing(
            message_id=f"urn:uuid:{self._new_uuid()}",
            relates_to=heard.message_id,
            action=f"/{action}Response",
        )
        if answered.fault is not None:
            return _fault(dialect, heard, answered.fault)
        namespace = NAMES[dialect].central_system
        payload = plain(answered.payload)
        element = from_json(dialect, f"{action}Response", payload, namespace=namespace)
        return _Reply(200, envelope_bytes(element, answering), _SOAP)


_SOAP: Final = ((b"content-type", CONTENT_TYPE.encode()),)


def _fault(dialect: Dialect, heard: Addressing, fault: Fault) -> _Reply:
    answering = Addressing(relates_to=heard.message_id, action="http://www.w3.org/2005/08/addressing/fault")
    body = fault_bytes(fault, answering, namespace=NAMES[dialect].central_system)
    return _Reply(400 if fault.sender else 500, body, _SOAP)


def _credentials(scope: dict[str, Any]) -> tuple[str | None, bytes | None]:
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None, None
    try:
        username, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (username.decode(), password) if colon else (None, None)
    except (binascii.Error, UnicodeDecodeError):
        return None, None


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as why:
        raise InvalidInput(str(why), where=f"{host}:{port}") from why


def _no_log(direction: str, frames: object) -> None:
    """Where no frames are kept."""


def _nobody_waits(result: None, error: BaseException | None) -> None:
    """The address is told again with the next message."""
