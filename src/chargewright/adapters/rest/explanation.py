"""What a day cost, beside what it would have cost otherwise."""

from datetime import date, datetime

from litestar import Router, get
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.charging.day_bill import DayBill
from chargewright.csms.day_bills import billed_day
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

__all__ = ["DayBillView", "DayLine", "WayView", "read_day_bill", "router"]


class DayLine(Struct, kw_only=True):
    """`quantity` in `unit`: kWh, kW or day; what is earned stands below zero."""

    component: str
    name: str
    quantity: float
    unit: str
    amount: float


class WayView(Struct, kw_only=True):
    """One way of charging. `energy_wh` is of the cars, `peak_w`, `carbon_kg` and the lines are of the whole site."""

    way: str
    energy_wh: float
    missing_wh: float
    """What cars really got and would not have got so."""
    peak_w: float
    carbon_kg: float | None
    total: float
    lines: list[DayLine]
    quarters_over: int | None
    """In how many quarters of an hour some limit would have been broken; null for the real day."""


class DayBillView(Struct, kw_only=True):
    """`ways`: `real`, `uncontrolled`, `equal share` and `optimum`, for the energy that was really charged."""

    start: datetime
    until: datetime
    currency: str
    stays: int
    ways: list[WayView]
    notes: list[str]


@get(
    "/sites/{site_id:str}/days/{day:str}/bill",
    summary="What a day cost, beside uncontrolled charging, equal shares and the optimum",
)
async def read_day_bill(services: Services, site_id: str, day: str) -> DayBillView:
    control = services.sites.get(SiteId(site_id))
    try:
        asked = date.fromisoformat(day)
    except ValueError as why:
        raise InvalidInput(f"{day!r} is no date such as 2026-03-01", where="day") from why
    found = await billed_day(
        control.record,
        control.site,
        asked,
        store=services.store,
        clock=services.clock,
        outlooks=services.energy.outlooks,
        learning=services.learning,
    )
    return DayBillView(
        start=found.start,
        until=found.until,
        currency=found.currency,
        stays=found.stays,
        ways=[_way(one) for one in found.ways],
        notes=list(found.notes),
    )


def _way(one: DayBill) -> WayView:
    return WayView(
        way=one.way,
        energy_wh=round(one.energy_wh, 1),
        missing_wh=round(one.missing_wh, 1),
        peak_w=round(one.peak_w, 1),
        carbon_kg=one.carbon_kg,
        total=round(one.bill.total, 4),
        lines=[
            DayLine(
                component=line.component,
                name=line.name,
                quantity=line.quantity,
                unit=line.unit,
                amount=line.amount,
            )
            for line in one.bill.lines
        ],
        quarters_over=one.slots_over,
    )


def router() -> Router:
    """`GET /sites/{id}/days/{date}/bill`."""
    return Router("/", route_handlers=[read_day_bill])
