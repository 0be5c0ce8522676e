"""Transactions and their meter values; as CSV where the client asks for it."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Router, get
from litestar.params import Parameter
from litestar.response import Response

from chargewright.adapters.rest import schemas, views
from chargewright.adapters.rest.services import Services
from chargewright.clock import iso
from chargewright.errors import NotFound
from chargewright.ids import StationId, TransactionId

__all__ = ["list_transactions", "read_meter_values", "read_transaction", "router"]

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
        route_handlers=[list_transactions, read_transaction, read_meter_values],
    )
