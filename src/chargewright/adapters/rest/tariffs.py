"""Tariffs, for whom they count, and what transactions cost by them."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from litestar import Router, delete, get, put

from chargewright.adapters.rest.driver_schemas import (
    CostLineView,
    CostView,
    TariffBody,
    TariffUse,
    TariffUseChange,
    TariffView,
)
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.cost import EVERYWHERE
from chargewright.domain.cost import Tariff
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId, StationId, TransactionId

__all__ = [
    "change_use",
    "delete_tariff",
    "list_tariffs",
    "list_uses",
    "put_tariff",
    "read_cost",
    "read_tariff",
    "router",
]


@get("/tariffs", summary="All tariffs")
async def list_tariffs(services: Services) -> list[TariffView]:
    return [_view(tariff) for tariff in services.drivers.costs.tariffs()]


@get("/tariffs/uses", summary="For whom tariffs count")
async def list_uses(services: Services) -> list[TariffUse]:
    return _uses(services)


@put("/tariffs/uses", summary="Have a tariff count by default, for a site, or for a station")
async def change_use(services: Services, data: TariffUseChange) -> list[TariffUse]:
    name = EVERYWHERE
    if data.scope == "site":
        name = services.sites.get(SiteId(data.name or "")).record.id
    elif data.scope == "station":
        name = services.provisioning.require(StationId(data.name or "")).id
    await services.drivers.costs.use(data.scope, name, data.tariff)
    return _uses(services)


def _uses(services: RestServices) -> list[TariffUse]:
    return [
        msgspec.convert({"scope": scope, "name": name, "tariff": tariff}, TariffUse)
        for scope, name, tariff in services.drivers.costs.uses()
    ]


@get("/tariffs/{tariff_id:str}", summary="One tariff")
async def read_tariff(services: Services, tariff_id: str) -> TariffView:
    return _view(services.drivers.costs.tariff(tariff_id))


@put("/tariffs/{tariff_id:str}", summary="Enter or replace a tariff; transactions that run keep the old one")
async def put_tariff(services: Services, tariff_id: str, data: TariffBody) -> TariffView:
    try:
        ZoneInfo(data.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise InvalidInput("no such time zone", where="time_zone") from why
    plain: dict[str, Any] = msgspec.to_builtins(data)
    tariff = msgspec.convert({**plain, "id": tariff_id}, Tariff)
    await services.drivers.costs.put(tariff)
    return _view(tariff)


@delete("/tariffs/{tariff_id:str}", summary="Forget a tariff; transactions that run keep it")
async def delete_tariff(services: Services, tariff_id: str) -> None:
    await services.drivers.costs.delete(tariff_id)


@get("/transactions/{number:int}/cost", summary="What a transaction costs so far, or cost")
async def read_cost(services: Services, number: int) -> CostView:
    costs, transaction_id = services.drivers.costs, TransactionId(number)
    cost, said = await costs.cost(transaction_id), await costs.reported(transaction_id)
    if cost is None:
        return CostView(
            transaction=number,
            tariff=None,
            currency=None,
            final=False,
            at=None,
            energy_wh=None,
            charging_s=None,
            idle_s=None,
            limited="",
            lines=[],
            net=None,
            gross=None,
            station_says=said,
        )
    return CostView(
        transaction=number,
        tariff=cost.tariff_id,
        currency=cost.currency,
        final=cost.final,
        at=cost.at,
        energy_wh=cost.energy_wh,
        charging_s=cost.charging_s,
        idle_s=cost.idle_s,
        limited=cost.limited,
        lines=[
            CostLineView(part=line.part, quantity=line.quantity, net=line.net, tax=line.tax)
            for line in cost.lines
        ],
        net=cost.net,
        gross=cost.gross,
        station_says=said,
    )


def _view(tariff: Tariff) -> TariffView:
    return msgspec.convert(_without_unknown(msgspec.to_builtins(tariff)), TariffView)


def _without_unknown(plain: dict[str, Any]) -> dict[str, Any]:
    """The tariff without what the API has no word for (conditions that are never met here)."""
    known = {field.name for field in msgspec.structs.fields(TariffView)}
    kept = {name: value for name, value in plain.items() if name in known}
    for part in kept.values():
        for price in part["prices"] if isinstance(part, dict) else ():
            conditions = price["conditions"]
            for name in ("current_a_min", "current_a_max", "payment_brand", "payment_recognition"):
                conditions.pop(name, None)
    return kept


def router() -> Router:
    """The routes of tariffs and costs."""
    return Router(
        "/",
        route_handlers=[
            list_tariffs,
            list_uses,
            change_use,
            read_tariff,
            put_tariff,
            delete_tariff,
            read_cost,
        ],
    )
