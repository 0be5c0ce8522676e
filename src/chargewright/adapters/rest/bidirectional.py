"""Power in both directions: modes that a transaction may use, signals for frequency."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Router, get, post
from msgspec import Meta, Struct

from chargewright.adapters.rest import views
from chargewright.adapters.rest.answers import Limit, running, station_of
from chargewright.adapters.rest.services import Services

__all__ = [
    "ModesBody",
    "ModesView",
    "SignalBody",
    "SignalView",
    "allow_modes",
    "list_modes",
    "list_signals",
    "router",
    "send_signal",
]

Mode = Literal[
    "AC_single_phase",
    "AC_two_phase",
    "AC_three_phase",
    "DC",
    "AC_BPT",
    "AC_BPT_DER",
    "AC_DER",
    "DC_BPT",
    "DC_ACDP",
    "DC_ACDP_BPT",
    "WPT",
]


class ModesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The modes of energy transfer that a transaction may use."""

    modes: Annotated[list[Mode], Meta(min_length=1)]


class ModesView(Struct, kw_only=True):
    """What a transaction was told it may use, and what the station answered."""

    wire_id: str
    modes: list[str]
    at: datetime
    status: str
    reason: str


class SignalBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A signal for automatic frequency restoration, for now unless `at` says otherwise."""

    signal: Annotated[int, Meta(ge=-(2**31), lt=2**31)]
    at: datetime | None = None


class SignalView(Struct, kw_only=True):
    """A signal that was sent, and what the station answered."""

    at: datetime
    signal: int
    status: str
    reason: str


@post(
    "/transactions/{number:int}/energy-transfer",
    status_code=200,
    summary="Tell which modes of energy transfer a transaction may use",
)
async def allow_modes(services: Services, number: int, data: ModesBody) -> ModesView:
    transaction = await running(services, number)
    told = await services.additions.bidirectional.allow(
        transaction.station_id, transaction.wire_id, data.modes
    )
    return msgspec.convert(told, ModesView, from_attributes=True)


@get(
    "/stations/{station_id:str}/energy-transfer",
    summary="Modes that transactions were told, the newest first",
)
async def list_modes(services: Services, station_id: str, limit: Limit = 100) -> list[ModesView]:
    found = await services.additions.bidirectional.modes(station_of(services, station_id), limit)
    return [msgspec.convert(one, ModesView, from_attributes=True) for one in found]


@post(
    "/stations/{station_id:str}/frequency-signals",
    status_code=200,
    summary="Send a signal for automatic frequency restoration (aFRR)",
)
async def send_signal(services: Services, station_id: str, data: SignalBody) -> SignalView:
    sent = await services.additions.bidirectional.signal(
        station_of(services, station_id), data.signal, views.utc(data.at, "at")
    )
    return msgspec.convert(sent, SignalView, from_attributes=True)


@get("/stations/{station_id:str}/frequency-signals", summary="The signals that were sent, the newest first")
async def list_signals(services: Services, station_id: str, limit: Limit = 100) -> list[SignalView]:
    found = await services.additions.bidirectional.signals(station_of(services, station_id), limit)
    return [msgspec.convert(one, SignalView, from_attributes=True) for one in found]


def router() -> Router:
    """The routes of modes and signals."""
    return Router("/", route_handlers=[allow_modes, list_modes, send_signal, list_signals])
