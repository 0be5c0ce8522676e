"""Prices and carbon intensity of the areas that sites lie in."""

from datetime import datetime
from typing import Literal

from litestar import Router, get, post
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.csms.market import Area, MarketState
from chargewright.errors import NotFound

__all__ = [
    "AreaView",
    "MarketPointView",
    "ProviderView",
    "list_areas",
    "list_providers",
    "read_area",
    "refresh_area",
    "router",
]


class ProviderView(Struct, kw_only=True):
    name: str
    kind: Literal["price", "carbon"]
    refresh_s: float


class MarketPointView(Struct, kw_only=True):
    start: datetime
    end: datetime
    value: float


class AreaView(Struct, kw_only=True):
    """How an area stands. `trouble`: what went wrong since; what was known before still counts."""

    provider: str
    area: str
    unit: str | None
    known_until: datetime | None
    fetched_at: datetime | None
    trouble: str
    next_at: datetime | None
    points: list[MarketPointView] | None = None


@get("/market/providers", summary="Who tells prices and carbon intensity")
async def list_providers(services: Services) -> list[ProviderView]:
    return [
        ProviderView(name=one.name, kind=one.kind, refresh_s=one.refresh_s)
        for one in services.energy.market.providers().values()
    ]


@get("/market/areas", summary="The areas that sites want to know of, and how they stand")
async def list_areas(services: Services) -> list[AreaView]:
    return [_view(state) for state in services.energy.market.states()]


@get("/market/areas/{provider:str}/{area:str}", summary="What is known of an area")
async def read_area(services: Services, provider: str, area: str) -> AreaView:
    state = services.energy.market.state(Area(provider, area))
    if state.series is None and not state.trouble:
        raise NotFound("no site wants this area, and it was never asked for", where=f"{provider}/{area}")
    return _view(state, points=True)


@post(
    "/market/areas/{provider:str}/{area:str}/refresh",
    status_code=200,
    summary="Ask a provider about an area now",
)
async def refresh_area(services: Services, provider: str, area: str) -> AreaView:
    return _view(await services.energy.market.refresh(Area(provider, area)), points=True)


def _view(state: MarketState, *, points: bool = False) -> AreaView:
    series = state.series
    shown = None
    if points and series is not None:
        shown = [MarketPointView(start=p.start, end=p.end, value=p.value) for p in series.points]
    return AreaView(
        provider=state.area.provider,
        area=state.area.name,
        unit=None if series is None else series.unit,
        known_until=None if series is None else series.known_until,
        fetched_at=state.fetched_at,
        trouble=state.trouble,
        next_at=state.next_at,
        points=shown,
    )


def router() -> Router:
    """The routes of markets and grids."""
    return Router("/", route_handlers=[list_providers, list_areas, read_area, refresh_area])
