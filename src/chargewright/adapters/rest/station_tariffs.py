"""Tariffs that stations hold themselves."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post, put
from litestar.params import Parameter
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import AnswerView, answer_view, running, station_of
from chargewright.adapters.rest.services import Services
from chargewright.ids import EvseId

__all__ = [
    "AssignedView",
    "ClearTariffsBody",
    "ClearedView",
    "DefaultTariffBody",
    "StationTariffView",
    "TariffsView",
    "TransactionTariffBody",
    "ask_station_tariffs",
    "change_transaction_tariff",
    "clear_station_tariffs",
    "list_station_tariffs",
    "router",
    "set_default_tariff",
]


class DefaultTariffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """One of our tariffs by its id, for an EVSE, or for all of them (0)."""

    tariff: str
    evse: Annotated[int, Meta(ge=0)] = 0


class TransactionTariffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """One of our tariffs by its id."""

    tariff: str


class ClearTariffsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which tariffs are taken back: all, unless some are named; of all EVSEs, unless one is."""

    tariffs: list[str] = []
    evse: Annotated[int, Meta(ge=0)] | None = None


class StationTariffView(Struct, kw_only=True):
    """A default tariff that a station took from here; EVSE 0 stands for all of them."""

    evse_id: int
    tariff_id: str
    at: datetime


class AssignedView(Struct, kw_only=True):
    """A tariff that a station says it holds."""

    tariff_id: str
    kind: str
    evse_ids: list[int]
    id_tokens: list[str]
    valid_from: datetime | None


class TariffsView(Struct, kw_only=True):
    """What a station answered: Accepted, Rejected or NoTariff, and the tariffs that it holds."""

    status: str
    reason: str
    assigned: list[AssignedView]


class ClearedView(Struct, kw_only=True):
    """What became of one tariff; `tariff_id` is null where the station names none."""

    tariff_id: str | None
    status: str
    reason: str


@get("/stations/{station_id:str}/tariffs", summary="Default tariffs that a station took from here")
async def list_station_tariffs(services: Services, station_id: str) -> list[StationTariffView]:
    found = await services.additions.station_tariffs.defaults(station_of(services, station_id))
    return [msgspec.convert(one, StationTariffView, from_attributes=True) for one in found]


@put("/stations/{station_id:str}/tariffs", summary="Have a station reckon by one of our tariffs by default")
async def set_default_tariff(services: Services, station_id: str, data: DefaultTariffBody) -> AnswerView:
    known = station_of(services, station_id)
    return answer_view(
        await services.additions.station_tariffs.set_default(known, EvseId(data.evse), data.tariff)
    )


@post(
    "/stations/{station_id:str}/tariffs/refresh",
    status_code=200,
    summary="Ask a station which tariffs it holds, drivers' own with them",
)
async def ask_station_tariffs(
    services: Services, station_id: str, evse: Annotated[int, Parameter(ge=0)] = 0
) -> TariffsView:
    known = station_of(services, station_id)
    told = await services.additions.station_tariffs.ask(known, EvseId(evse))
    return msgspec.convert(told, TariffsView, from_attributes=True)


@post(
    "/stations/{station_id:str}/tariffs/clear",
    status_code=200,
    summary="Take tariffs back from a station; a transaction that runs keeps its own",
)
async def clear_station_tariffs(
    services: Services, station_id: str, data: ClearTariffsBody
) -> list[ClearedView]:
    known = station_of(services, station_id)
    evse_id = None if data.evse is None else EvseId(data.evse)
    found = await services.additions.station_tariffs.clear(known, tuple(data.tariffs), evse_id)
    return [msgspec.convert(one, ClearedView, from_attributes=True) for one in found]


@put(
    "/transactions/{number:int}/tariff",
    summary="Have the station go on by another tariff in a transaction that runs",
)
async def change_transaction_tariff(
    services: Services, number: int, data: TransactionTariffBody
) -> AnswerView:
    transaction = await running(services, number)
    return answer_view(
        await services.additions.station_tariffs.change(
            transaction.station_id, transaction.wire_id, data.tariff
        )
    )


def router() -> Router:
    """The routes of tariffs at stations."""
    return Router(
        "/",
        route_handlers=[
            list_station_tariffs,
            set_default_tariff,
            ask_station_tariffs,
            clear_station_tariffs,
            change_transaction_tariff,
        ],
    )
