"""Batteries swapped at stations."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import Limit, station_of
from chargewright.adapters.rest.driver_schemas import TokenKind
from chargewright.adapters.rest.services import Services
from chargewright.domain.battery_swap import SwapEvent

__all__ = [
    "BatteryView",
    "SwapBody",
    "SwapEventView",
    "SwapRequestView",
    "Swaps",
    "list_swaps",
    "request_swap",
    "router",
]


class SwapBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """For whom batteries shall be swapped."""

    token: Annotated[str, Meta(min_length=1, max_length=255)]
    token_kind: TokenKind | None = None


class SwapRequestView(Struct, kw_only=True):
    """A swap that was ordered here, and what the station answered; `request_id` comes back in its steps."""

    request_id: int
    id_token: str
    at: datetime
    status: str
    reason: str


class BatteryView(Struct, kw_only=True):
    """One battery in one slot (`evse_id`)."""

    evse_id: int
    serial_number: str
    soc_percent: float
    soh_percent: float
    produced_at: datetime | None
    vendor_info: str


class SwapEventView(Struct, kw_only=True):
    """One step of a swap: BatteryIn, BatteryOut or BatteryOutTimeout."""

    at: datetime
    request_id: int
    event: str
    id_token: str
    token_kind: str
    batteries: list[BatteryView]


class Swaps(Struct, kw_only=True):
    """What was ordered, and what the station told, the newest first."""

    requests: list[SwapRequestView]
    events: list[SwapEventView]


@post(
    "/{station_id:str}/battery-swaps", status_code=200, summary="Have a station swap batteries for a driver"
)
async def request_swap(services: Services, station_id: str, data: SwapBody) -> SwapRequestView:
    known = station_of(services, station_id)
    made = await services.additions.battery_swaps.request(known, data.token, kind=data.token_kind)
    return msgspec.convert(made, SwapRequestView, from_attributes=True)


@get(
    "/{station_id:str}/battery-swaps", summary="Swaps that were ordered, and every step that the station told"
)
async def list_swaps(services: Services, station_id: str, limit: Limit = 100) -> Swaps:
    known, swaps = station_of(services, station_id), services.additions.battery_swaps
    return Swaps(
        requests=[
            msgspec.convert(one, SwapRequestView, from_attributes=True)
            for one in await swaps.requests(known, limit)
        ],
        events=[_view(event) for event in await swaps.events(known, limit)],
    )


def _view(event: SwapEvent) -> SwapEventView:
    told = event.told
    return SwapEventView(
        at=event.at,
        request_id=told.request_id,
        event=told.event,
        id_token=told.id_token,
        token_kind=told.token_kind,
        batteries=[msgspec.convert(one, BatteryView, from_attributes=True) for one in told.batteries],
    )


def router() -> Router:
    """The routes of battery swaps, below a station."""
    return Router("/stations", route_handlers=[request_swap, list_swaps])
