"""Energy tariffs: what sites pay, and what a series of energy costs by one."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import numpy as np
from litestar import Router, delete, get, post, put
from msgspec import Meta, Struct

from chargewright.adapters.rest import views
from chargewright.adapters.rest.schemas import SiteKey
from chargewright.adapters.rest.services import Services
from chargewright.charging.site import Steps
from chargewright.charging.tariff import EnergyTariff
from chargewright.errors import InvalidInput

__all__ = [
    "BillAsked",
    "BillLineView",
    "BillView",
    "EnergyTariffView",
    "bill_energy",
    "delete_energy_tariff",
    "list_energy_tariffs",
    "put_energy_tariff",
    "read_energy_tariff",
    "router",
]

STEPS_MAX = 40_000
"""More than a year of quarter hours."""


class EnergyTariffView(Struct, kw_only=True):
    id: str
    tariff: EnergyTariff


class BillAsked(Struct, forbid_unknown_fields=True, kw_only=True):
    """Energy in Wh per step from `start` on; negative where it was fed in. `market`: price per kWh from each instant."""

    start: datetime
    step_s: Annotated[int, Meta(ge=60, le=3600)] = 900
    energy_wh: Annotated[list[float], Meta(min_length=1, max_length=STEPS_MAX)]
    market: list[tuple[datetime, float]] = []
    peaks_so_far_w: dict[str, float] = {}
    """By the name of the demand charge: what was billed already, in the billing period that `start` lies in."""


class BillLineView(Struct, kw_only=True):
    component: Literal["energy", "export", "demand", "fixed"]
    name: str
    quantity: float
    unit: str
    amount: float
    period: str


class BillView(Struct, kw_only=True):
    currency: str
    lines: list[BillLineView]
    total: float


@get("/energy-tariffs", summary="All energy tariffs")
async def list_energy_tariffs(services: Services) -> list[EnergyTariffView]:
    return [EnergyTariffView(id=key, tariff=one) for key, one in services.energy.tariffs.all().items()]


@get("/energy-tariffs/{tariff_id:str}", summary="One energy tariff")
async def read_energy_tariff(services: Services, tariff_id: str) -> EnergyTariff:
    return services.energy.tariffs.get(tariff_id)


@put("/energy-tariffs/{tariff_id:str}", summary="Enter or replace an energy tariff")
async def put_energy_tariff(services: Services, tariff_id: str, data: EnergyTariff) -> EnergyTariff:
    _judge_key(tariff_id)
    await services.energy.tariffs.put(tariff_id, data)
    for record in services.sites.records():
        if record.settings.energy_tariff == tariff_id:
            services.sites.outlook_changed(record.id)
    return data


@delete("/energy-tariffs/{tariff_id:str}", summary="Forget an energy tariff that no site uses")
async def delete_energy_tariff(services: Services, tariff_id: str) -> None:
    for record in services.sites.records():
        if record.settings.energy_tariff == tariff_id:
            raise InvalidInput(f"site {record.id} uses it", where=tariff_id)
    await services.energy.tariffs.delete(tariff_id)


@post("/energy-tariffs/{tariff_id:str}/bill", status_code=200, summary="What a series of energy costs")
async def bill_energy(services: Services, tariff_id: str, data: BillAsked) -> BillView:
    tariff = services.energy.tariffs.get(tariff_id)
    start = views.utc(data.start, "start")
    assert start is not None
    market = [(views.utc(at, f"market[{n}]"), price) for n, (at, price) in enumerate(data.market)]
    found = tariff.bill(
        start,
        float(data.step_s),
        np.array(data.energy_wh),
        market=Steps.of(market) if market else None,
        peaks_so_far=data.peaks_so_far_w,
    )
    lines = [
        BillLineView(
            component=line.component,
            name=line.name,
            quantity=line.quantity,
            unit=line.unit,
            amount=line.amount,
            period=line.period,
        )
        for line in found.lines
    ]
    return BillView(currency=found.currency, lines=lines, total=found.total)


def _judge_key(tariff_id: str) -> None:
    try:
        msgspec.convert(tariff_id, SiteKey)
    except msgspec.ValidationError as why:
        raise InvalidInput(
            "letters, digits, and . _ - after the first, 63 at most", where="tariff_id"
        ) from why


def router() -> Router:
    """The routes of energy tariffs."""
    return Router(
        "/",
        route_handlers=[
            list_energy_tariffs,
            read_energy_tariff,
            put_energy_tariff,
            delete_energy_tariff,
            bill_energy,
        ],
    )
