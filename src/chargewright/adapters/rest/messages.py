"""The OCPP log of a station."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Router, get
from litestar.params import Parameter
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.domain.logged import FrameKind, LoggedMessage, Wanted
from chargewright.errors import NotFound
from chargewright.ids import StationId

__all__ = ["MessagePage", "MessageView", "list_messages", "router"]


class MessageView(Struct, kw_only=True):
    """One frame. A call and its answer share `action` and `outcome`: `answered`, an error code, or `unanswered`.

    `frame` is the frame itself, or a text where it is no JSON. Secrets in it read `***`.
    """

    number: int
    at: datetime
    direction: Literal["in", "out"]
    kind: FrameKind
    message_id: str | None
    action: str | None
    outcome: str | None
    answered_after_ms: float | None
    frame: Any


class MessagePage(Struct, kw_only=True):
    """Frames, the oldest first. `next_after` is what to ask for next, to follow."""

    messages: list[MessageView]
    next_after: int


@get(
    "/{station_id:str}/messages",
    summary="Every frame to and from a station: the newest that fit, or with `after` those that followed",
)
async def list_messages(
    services: Services,
    station_id: str,
    since: datetime | None = None,
    until: datetime | None = None,
    action: str | None = None,
    message_id: str | None = None,
    outcome: str | None = None,
    direction: Literal["in", "out"] | None = None,
    after: int | None = None,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> MessagePage:
    station = services.provisioning.require(StationId(station_id))
    if services.message_log is None:
        raise NotFound("no frames are kept: stations.message_log is off", where="messages")
    wanted = Wanted(since, until, action, message_id, outcome, direction, after, limit)
    found = await services.message_log.search(station.id, wanted)
    return MessagePage(
        messages=[_view(message) for message in found],
        next_after=found[-1].number if found else after or 0,
    )


def _view(message: LoggedMessage) -> MessageView:
    try:
        frame = msgspec.json.decode(message.frame)
    except msgspec.DecodeError:
        frame = message.frame
    return MessageView(
        number=message.number,
        at=message.at,
        direction=message.direction,
        kind=message.kind,
        message_id=message.message_id,
        action=message.action,
        outcome=message.outcome,
        answered_after_ms=message.answered_after_ms,
        frame=frame,
    )


def router() -> Router:
    """The OCPP log, below a station."""
    return Router("/stations", route_handlers=[list_messages])
