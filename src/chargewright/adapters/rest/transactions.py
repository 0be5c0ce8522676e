"""Transactions and their meter values; as CSV where the client asks for it."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Router, get, post
from litestar.params import Parameter
from litestar.response import Response

from chargewright.adapters.rest import schemas, views
from chargewright.adapters.rest.driver_schemas import (
    TransactionEventView,
    TransactionStatusView,
    TransactionToClose,
)
from chargewright.adapters.rest.services import Services
from chargewright.clock import iso
from chargewright.csms.transaction_watch import TransactionStatus
from chargewright.errors import NotFound
from chargewright.ids import StationId, TransactionId

__all__ = [
    "ask_status",
    "close_transaction",
    "list_transactions",
    "read_events",
    "read_meter_values",
    "read_status",
    "read_transaction",
    "router",
]

JSON, CSV = "application/json", "text/csv"

READINGS_MAX = 10_000

_COLUMNS = (
    "id",
    "station",
    "evse",
    "connector",
    "station_transaction_id",
    "state",
    "token",
    "started_at",
    "ended_at",
    "meter_start_wh",
    "meter_stop_wh",
    "energy_wh",
    "charging_state",
    "reason",
    "stopped_by",
    "suspect",
    "closed",
)

At = Annotated[datetime | None, Parameter(description="RFC 3339, with a zone")]


@get("/", summary="Transactions in order of id; `after` is the cursor", opt={"csv": True})
async def list_transactions(
    request: Request[Any, Any, Any],
    services: Services,
    station: str | None = None,
    in_state: Annotated[Literal["active", "ended"] | None, Parameter(query="state")] = None,
    since: At = None,
    until: At = None,
    after: Annotated[int, Parameter(ge=0)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> Response[schemas.Transactions]:
    begin, end = views.utc(since, "since"), views.utc(until, "until")
    if station is not None:
        services.provisioning.require(StationId(station))
    found = await services.store.read(
        lambda records: records.transactions(
            station_id=None if station is None else StationId(station),
            since=begin,
            until=end,
            after_id=after,
            limit=limit,
        )
    )
    items = [views.transaction_view(t) for t in found if in_state is None or t.state == in_state]
    # The page is full by what was read, not by what the state let through.
    following = found[-1].id if len(found) == limit else None
    if _wants_csv(request):
        rows = ([_cell(getattr(item, name)) for name in _COLUMNS] for item in items)
        return _csv(_COLUMNS, rows, {} if following is None else {"X-Next-After": str(following)})
    return Response(schemas.Transactions(items=items, next=following))


@get("/{transaction_id:int}", summary="One transaction")
async def read_transaction(services: Services, transaction_id: int) -> schemas.TransactionView:
    found = await services.store.read(lambda records: records.transaction(TransactionId(transaction_id)))
    if found is None:
        raise NotFound("no such transaction", where=str(transaction_id))
    return views.transaction_view(found)


@get("/{transaction_id:int}/events", summary="What was told of a transaction, in order of arrival")
async def read_events(services: Services, transaction_id: int) -> list[TransactionEventView]:
    number = TransactionId(transaction_id)
    found = await services.store.read(lambda records: records.transaction_events(number))
    if not found:
        raise NotFound("no such transaction", where=str(transaction_id))
    return [
        TransactionEventView(
            kind=event.kind,
            at=event.at,
            seq_no=event.seq_no,
            trigger=event.trigger,
            token=event.id_token,
            meter_wh=event.meter_wh,
            charging_state=event.charging_state,
            reason=event.reason,
            offline=event.offline,
            suspect=event.suspect,
        )
        for event in sorted(found, key=lambda event: event.arrival)
    ]


@post(
    "/{transaction_id:int}/close",
    status_code=200,
    summary="Close a transaction that its station will not end; no meter value is made up",
)
async def close_transaction(
    services: Services, transaction_id: int, data: TransactionToClose
) -> schemas.TransactionView:
    closed = await services.transactions.close(
        TransactionId(transaction_id), by=f"by hand: {data.reason}", reason="ClosedByHand"
    )
    return views.transaction_view(closed)


@post(
    "/{transaction_id:int}/status",
    status_code=200,
    summary="Ask the station (2.x) about a transaction; one that is over with nothing to come is closed",
)
async def ask_status(services: Services, transaction_id: int) -> TransactionStatusView:
    return _status(await services.drivers.watch.ask(TransactionId(transaction_id)))


@get("/{transaction_id:int}/status", summary="What the station said when it was last asked")
async def read_status(services: Services, transaction_id: int) -> TransactionStatusView:
    status = await services.drivers.watch.status(TransactionId(transaction_id))
    if status is None:
        raise NotFound("the station was never asked about it", where=str(transaction_id))
    return _status(status)


def _status(status: TransactionStatus) -> TransactionStatusView:
    return TransactionStatusView(
        asked_at=status.asked_at,
        ongoing=status.ongoing,
        messages_in_queue=status.messages_in_queue,
        failure=status.failure,
    )


@get("/{transaction_id:int}/meter-values", summary="The meter values of a transaction", opt={"csv": True})
async def read_meter_values(
    request: Request[Any, Any, Any],
    services: Services,
    transaction_id: int,
    since: At = None,
    limit: Annotated[int, Parameter(ge=1, le=READINGS_MAX)] = READINGS_MAX,
) -> Response[schemas.Readings]:
    begin, number = views.utc(since, "since"), TransactionId(transaction_id)
    if await services.store.read(lambda records: records.transaction(number)) is None:
        raise NotFound("no such transaction", where=str(transaction_id))
    found = await services.store.read(
        lambda records: records.readings(transaction_id=number, since=begin, limit=limit)
    )
    items = [views.reading(one) for one in found]
    if _wants_csv(request):
        columns = ("at", "evse", "measurand", "value", "phase", "location", "context", "text", "suspect")
        rows = (
            [_cell(item.at), item.evse, *(_cell(getattr(s, name)) for name in columns[2:8]), item.suspect]
            for item in items
            for s in item.samples
        )
        return _csv(columns, rows, {})
    return Response(schemas.Readings(transaction=transaction_id, items=items))


def _wants_csv(request: Request[Any, Any, Any]) -> bool:
    return request.accept.best_match([JSON, CSV], default=JSON) == CSV


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else value


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]], headers: dict[str, str]) -> Response[Any]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def router() -> Router:
    """The routes under `/transactions`."""
    return Router(
        "/transactions",
        route_handlers=[
            list_transactions,
            read_transaction,
            read_events,
            read_meter_values,
            close_transaction,
            ask_status,
            read_status,
        ],
    )
