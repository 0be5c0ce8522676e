"""Limits for a while: entered by an aggregator, a grid operator or an operator, listed and cancelled."""

from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, post
from msgspec import Meta, Struct

from chargewright.adapters.rest import views
from chargewright.adapters.rest.schemas import NotNegative, SiteKey
from chargewright.adapters.rest.services import Services
from chargewright.csms.limit_events import LimitEvent
from chargewright.ids import SiteId

__all__ = [
    "LimitEventView",
    "NewLimitEvent",
    "cancel_limit_event",
    "list_limit_events",
    "put_limit_event",
    "router",
]


class NewLimitEvent(Struct, forbid_unknown_fields=True, kw_only=True):
    """At most so much in kW, or in A per phase, from `start` until `end`. Without a node: the whole site.

    The same `id` again replaces the event; without one it gets a number.
    """

    id: SiteKey | None = None
    start: datetime
    end: datetime
    node: str | None = None
    limit_kw: NotNegative | None = None
    limit_a: NotNegative | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class LimitEventView(Struct, kw_only=True):
    id: str
    start: datetime
    end: datetime
    node: str | None
    limit_kw: float | None
    limit_a: float | None
    reason: str
    running: bool
    """Whether it holds now."""


@get("/sites/{site_id:str}/limit-events", summary="The limits for a while that are announced or running")
async def list_limit_events(services: Services, site_id: str) -> list[LimitEventView]:
    record = services.sites.get(SiteId(site_id)).record
    now = services.clock.now()
    return [_view(event, now) for event in services.limit_events.of(record.id)]


@post(
    "/sites/{site_id:str}/limit-events",
    status_code=200,
    summary="Lower a node or the whole site for a while; planned for at once",
)
async def put_limit_event(services: Services, site_id: str, data: NewLimitEvent) -> LimitEventView:
    record = services.sites.get(SiteId(site_id)).record
    start, end = views.utc(data.start, "start"), views.utc(data.end, "end")
    assert start is not None
    assert end is not None
    event = LimitEvent(
        id=data.id or "",
        start=start,
        end=end,
        node=data.node,
        limit_kw=data.limit_kw,
        limit_a=data.limit_a,
        reason=data.reason,
    )
    entered = await services.limit_events.put(record, event)
    services.sites.limits_changed(record.id)
    return _view(entered, services.clock.now())


@delete("/sites/{site_id:str}/limit-events/{event_id:str}", summary="Cancel a limit event")
async def cancel_limit_event(services: Services, site_id: str, event_id: str) -> None:
    record = services.sites.get(SiteId(site_id)).record
    await services.limit_events.cancel(record.id, event_id)
    services.sites.limits_changed(record.id)


def _view(event: LimitEvent, now: datetime) -> LimitEventView:
    return LimitEventView(
        id=event.id,
        start=event.start,
        end=event.end,
        node=event.node,
        limit_kw=event.limit_kw,
        limit_a=event.limit_a,
        reason=event.reason,
        running=event.start <= now < event.end,
    )


def router() -> Router:
    """The routes under `/sites/{id}/limit-events`."""
    return Router("/", route_handlers=[list_limit_events, put_limit_event, cancel_limit_event])
