"""Periodic event streams of stations."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post, put
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import AnswerView, Limit, answer_view, station_of
from chargewright.adapters.rest.services import Services
from chargewright.domain.event_stream import EventStream

__all__ = [
    "StreamBody",
    "StreamMessageView",
    "StreamView",
    "adjust_stream",
    "list_streams",
    "read_stream",
    "refresh_streams",
    "router",
]


class StreamBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How often a message shall come: each so many seconds, each so many values, or whichever is first."""

    interval_s: Annotated[int, Meta(ge=0)] | None = None
    values: Annotated[int, Meta(ge=0)] | None = None


class StreamView(Struct, kw_only=True):
    """A stream that is open; `monitor` is the variable monitor that it follows, `pending` values wait there."""

    id: int
    monitor: int
    interval_s: int | None
    values: int | None
    opened_at: datetime
    heard_at: datetime | None
    pending: int


class StreamMessageView(Struct, kw_only=True):
    """Values that one message brought, each with its instant."""

    heard_at: datetime
    values: list[tuple[datetime, str]]


@get("/{station_id:str}/event-streams", summary="The periodic event streams that a station has open")
async def list_streams(services: Services, station_id: str) -> list[StreamView]:
    found = await services.additions.event_streams.all(station_of(services, station_id))
    return [_view(stream) for stream in found]


@get(
    "/{station_id:str}/event-streams/{stream_id:int}",
    summary="What a stream brought, the newest message first",
)
async def read_stream(
    services: Services, station_id: str, stream_id: int, limit: Limit = 100
) -> list[StreamMessageView]:
    known = station_of(services, station_id)
    found = await services.additions.event_streams.messages(known, stream_id, limit)
    return [StreamMessageView(heard_at=one.heard_at, values=list(one.values)) for one in found]


@put("/{station_id:str}/event-streams/{stream_id:int}", summary="Have a stream come more or less often")
async def adjust_stream(services: Services, station_id: str, stream_id: int, data: StreamBody) -> AnswerView:
    known = station_of(services, station_id)
    return answer_view(
        await services.additions.event_streams.adjust(
            known, stream_id, interval_s=data.interval_s, values=data.values
        )
    )


@post(
    "/{station_id:str}/event-streams/refresh", status_code=200, summary="Ask a station which streams are open"
)
async def refresh_streams(services: Services, station_id: str) -> AnswerView:
    return answer_view(await services.additions.event_streams.refresh(station_of(services, station_id)))


def _view(stream: EventStream) -> StreamView:
    described = stream.description
    return StreamView(
        id=described.id,
        monitor=described.monitor_id,
        interval_s=described.interval_s,
        values=described.values,
        opened_at=stream.opened_at,
        heard_at=stream.heard_at,
        pending=stream.pending,
    )


def router() -> Router:
    """The routes of event streams, below a station."""
    return Router("/stations", route_handlers=[list_streams, read_stream, adjust_stream, refresh_streams])
