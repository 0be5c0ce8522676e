"""The batteries of a site: whatever runs one tells its state here, and reads in the answer what it should do."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from msgspec import Meta, Struct

from chargewright.adapters.rest.schemas import NotNegative
from chargewright.adapters.rest.services import Services
from chargewright.csms.batteries import FRESH_FOR, Battery
from chargewright.csms.site_definition import BatteryDefinition
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

__all__ = ["SiteBattery", "SiteBatteryOrder", "SiteBatteryState", "list_batteries", "router", "tell_battery"]


class SiteBatteryState(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a battery holds, by either name, and what it does: above 0 it charges, below it gives."""

    energy_wh: NotNegative | None = None
    soc_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    power_w: float | None = None


class SiteBatteryOrder(Struct, kw_only=True):
    """Do so much until then; after that do not charge. Above 0 charges, below gives."""

    power_w: float
    since: datetime
    until: datetime


class SiteBattery(Struct, kw_only=True):
    id: str
    node: str
    capacity_wh: float
    reserve_wh: float
    told_at: datetime | None
    energy_wh: float | None
    power_w: float | None
    planned: bool
    """Whether it is planned: it told its state lately, and does what it was ordered."""
    disobeys: bool
    """It charges more than it was ordered, and counts with all that it can draw."""
    order: SiteBatteryOrder | None


@get(
    "/sites/{site_id:str}/batteries",
    summary="The batteries of a site, what they hold and what they should do",
)
async def list_batteries(services: Services, site_id: str) -> list[SiteBattery]:
    record = services.sites.get(SiteId(site_id)).record
    now = services.clock.now()
    return [_view(own, known, now) for own, known in services.batteries.of(record)]


@post(
    "/sites/{site_id:str}/batteries/{battery_id:str}",
    status_code=200,
    summary="Tell what a battery holds, every minute or so; the answer says what it should do",
)
async def tell_battery(
    services: Services, site_id: str, battery_id: str, data: SiteBatteryState
) -> SiteBattery:
    record = services.sites.get(SiteId(site_id)).record
    if (data.energy_wh is None) == (data.soc_percent is None):
        raise InvalidInput("say either energy_wh or soc_percent", where="energy_wh")
    own = {own.id: (own, known) for own, known in services.batteries.of(record)}
    energy_wh = data.energy_wh
    if data.soc_percent is not None:
        energy_wh = data.soc_percent / 100 * (own[battery_id][0].capacity_wh if battery_id in own else 0.0)
    assert energy_wh is not None
    now = services.clock.now()
    before = own[battery_id][1] if battery_id in own else None
    told = await services.batteries.tell(record, battery_id, energy_wh=energy_wh, power_w=data.power_w)
    if before is None or now - before.at > FRESH_FOR or before.disobeys != told.disobeys:
        services.sites.battery_told(record.id)
    return _view(own[battery_id][0], told, now)


def _view(own: BatteryDefinition, known: Battery | None, now: datetime) -> SiteBattery:
    order = None if known is None else known.order(now)
    return SiteBattery(
        id=own.id,
        node=own.node,
        capacity_wh=own.capacity_wh,
        reserve_wh=own.reserve_wh,
        told_at=None if known is None else known.at,
        energy_wh=None if known is None else known.energy_wh,
        power_w=None if known is None else known.power_w,
        planned=known is not None and not known.disobeys and now - known.at <= FRESH_FOR,
        disobeys=known is not None and known.disobeys,
        order=None
        if order is None
        else SiteBatteryOrder(power_w=order.power_w, since=order.since, until=order.until),
    )


def router() -> Router:
    """The routes under `/sites/{id}/batteries`."""
    return Router("/", route_handlers=[list_batteries, tell_battery])
