"""The API for operators and programs: its own listener in the loop of the central system."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator, Sequence
from typing import Annotated, Any

import msgspec
import uvicorn
from litestar import Litestar, Request, Router, get
from litestar.di import Provide
from litestar.exceptions import ServiceUnavailableException
from litestar.params import Parameter
from litestar.response import Response, Stream
from litestar.types import ControllerRouterHandler

from chargewright.adapters.rest import (
    batteries,
    commands,
    compatibility,
    energy_tariffs,
    ev_charging,
    explanation,
    files,
    firmware,
    learning,
    limit_events,
    market,
    messages,
    monitoring,
    outlook,
    plans,
    probes,
    probing,
    reports,
    security_of_stations,
    sites,
    station_logs,
    station_models,
    stations,
    tokens,
    transactions,
    variables,
)
from chargewright.adapters.rest import live as live_view
from chargewright.adapters.rest.additions import routers as added_routers
from chargewright.adapters.rest.drivers import routers as driver_routers
from chargewright.adapters.rest.event_log import EventLog
from chargewright.adapters.rest.history import History
from chargewright.adapters.rest.openapi import document
from chargewright.adapters.rest.problems import HANDLERS
from chargewright.adapters.rest.security import guard
from chargewright.adapters.rest.services import RestServices
from chargewright.errors import InvalidInput

__all__ = ["PREFIX", "Api", "RestServices"]

PREFIX = "/api/v1"

SHUTDOWN_S = 3
"""How long requests that are under way may take to end."""

BODY_BYTES_MAX = 8 * 1024 * 1024
"""A site with a thousand EVSEs and a year of hourly prices is below one."""


class Api:
    """The API, as an application and as a server.

    `token_hash` is the SHA-256 (hex) of the bearer token; None leaves the API open, for a loopback address only.
    `extra_live` is shown by `GET /sites/{id}/live`. `pages` are routes of others on the same listener.
    """

    def __init__(
        self,
        services: RestServices,
        *,
        token_hash: str | None,
        extra_live: Callable[[], dict[str, Any]] | None = None,
        pages: Sequence[ControllerRouterHandler] = (),
    ) -> None:
        self._services = services
        self._events = EventLog()
        self._history = History(services)
        self._live = live_view.Live(services, self._history, extra_live)
        self._server: _Server | None = None
        self._ended = asyncio.Event()
        self._stopped = False
        self._open = token_hash is None
        self.port: int | None = None
        self.app = self._application(token_hash, pages)

    async def serve(self, host: str, port: int) -> None:
        """Answer until `stop`. Port 0 takes a free one; `self.port` tells which.

        Raises:
            InvalidInput: the address cannot be listened on, or is open to others while no token is asked for.

        """
        if self._stopped:
            return
        with _listen(host, port, loopback_only=self._open) as listener:
            self.port = listener.getsockname()[1]
            config = uvicorn.Config(
                self.app,
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=SHUTDOWN_S,
                server_header=False,
            )
            self._server = _Server(config)
            try:
                await self._server.serve(sockets=[listener])
            finally:
                self._server = None
                self._ended.set()

    async def stop(self) -> None:
        """End the streams, let the rest finish, and return when nobody is answered any more."""
        self._stopped = True
        self._events.stop()
        if self._server is not None:
            self._server.should_exit = True
            await self._ended.wait()

    def _application(self, token_hash: str | None, pages: Sequence[ControllerRouterHandler]) -> Litestar:
        services = self._services
        return Litestar(
            route_handlers=[
                Router(
                    PREFIX,
                    route_handlers=[
                        sites.router([live_view.route(self._live)]),
                        outlook.router(),
                        energy_tariffs.router(),
                        market.router(),
                        learning.router(),
                        limit_events.router(),
                        batteries.router(),
                        explanation.router(),
                        stations.router(),
                        commands.router(),
                        security_of_stations.router(),
                        compatibility.router(),
                        messages.router(),
                        ev_charging.router(),
                        files.router(),
                        firmware.router(),
                        station_logs.router(),
                        variables.router(),
                        reports.router(),
                        monitoring.router(),
                        station_models.router(),
                        probing.router(),
                        transactions.router(),
                        tokens.router(),
                        *driver_routers(),
                        *added_routers(),
                        plans.router(),
                        _events_route(self._events),
                        _document_route(secured=token_hash is not None),
                    ],
                ),
                probes.router(services, self._events),
                *pages,
            ],
            dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
            guards=[guard(token_hash)],
            exception_handlers=HANDLERS,
            openapi_config=None,
            on_startup=[self._begin],
            on_shutdown=[self._finish],
            request_max_body_size=BODY_BYTES_MAX,
            logging_config=None,
            signature_namespace={"RestServices": RestServices},
        )

    def _begin(self) -> None:
        self._events.start(self._services.bus)
        self._history.start()
        self._live.start()

    def _finish(self) -> None:
        self._events.stop()
        self._history.stop()
        self._live.stop()


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _events_route(log: EventLog) -> Any:
    @get(
        "/events",
        summary="Server-sent events with numbers; after Last-Event-ID, or `reset` where that is too long ago",
        media_type="text/event-stream",
    )
    async def follow_events(
        last_event_id: Annotated[str | None, Parameter(header="Last-Event-ID")] = None,
    ) -> Stream:
        if log.full:
            raise ServiceUnavailableException(detail="too many clients follow the events")
        return Stream(
            log.follow(last_event_id),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return follow_events


def _document_route(*, secured: bool) -> Any:
    made: list[bytes] = []

    @get("/openapi.json", summary="This document", media_type="application/json")
    async def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not made:
            made.append(msgspec.json.encode(document(request.app.routes, secured=secured)))
        return Response(made[0], media_type="application/json")

    return openapi_document


def _listen(host: str, port: int, *, loopback_only: bool) -> socket.socket:
    """A listening socket. Our own, because uvicorn ends the process where it cannot get one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as why:
        raise InvalidInput(str(why), where=f"{host}:{port}") from why
    if loopback_only and not (str(address[0]).startswith("127.") or address[0] == "::1"):
        raise InvalidInput("an API without a token listens on loopback only", where=f"{host}:{port}")
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as why:
        listener.close()
        raise InvalidInput(str(why), where=f"{host}:{port}") from why
    listener.setblocking(False)
    return listener
