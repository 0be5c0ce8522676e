"""Sites: their wires, limits, goal and plan."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
from litestar import Router, get, post, put
from litestar.exceptions import HTTPException

from chargewright.adapters.rest import schemas, views
from chargewright.adapters.rest.services import Services
from chargewright.csms.plan_record import PlanRecord
from chargewright.csms.site_definition import SiteDefinition, read_definition
from chargewright.csms.smart_charging import SiteControl
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId

__all__ = [
    "change_goal",
    "change_limits",
    "create_site",
    "list_sites",
    "plan_in_force",
    "read_goal",
    "read_limits",
    "read_plan",
    "read_site",
    "replace_site",
    "replan",
    "router",
]


@get("/", summary="All sites")
async def list_sites(services: Services) -> list[schemas.SiteSummary]:
    return [views.site_summary(control) for control in services.sites.all()]


@post("/", summary="A new site")
async def create_site(services: Services, data: schemas.NewSite) -> schemas.SiteView:
    if any(control.record.id == data.id for control in services.sites.all()):
        raise HTTPException(status_code=409, detail=f"site {data.id} exists; PUT replaces it")
    return await _put(services, SiteId(data.id), data)


@get("/{site_id:str}", summary="One site")
async def read_site(services: Services, site_id: str) -> schemas.SiteView:
    return views.site_view(services.sites.get(SiteId(site_id)))


@put("/{site_id:str}", summary="Replace a site's wires and settings")
async def replace_site(services: Services, site_id: str, data: schemas.SiteBody) -> schemas.SiteView:
    services.sites.get(SiteId(site_id))
    return await _put(services, SiteId(site_id), data)


@get("/{site_id:str}/limits", summary="The limits of a site")
async def read_limits(services: Services, site_id: str) -> schemas.Limits:
    definition = _definition(services.sites.get(SiteId(site_id)))
    return schemas.Limits(nodes=definition.nodes, limit_kw=definition.limit_kw)


@put(
    "/{site_id:str}/limits",
    summary="Change the limits of a site: in force with the next plan, some seconds later",
)
async def change_limits(services: Services, site_id: str, data: schemas.LimitsChange) -> schemas.Limits:
    control = services.sites.get(SiteId(site_id))
    definition = _definition(control)
    if data.limit_kw is not msgspec.UNSET:
        if definition.network is None:
            raise InvalidInput("only a site with a network has one; name the node", where="limit_kw")
        definition = msgspec.structs.replace(definition, limit_kw=data.limit_kw)
    changed = {node.id: node for node in data.nodes}
    unknown = changed.keys() - {node.id for node in definition.nodes}
    if unknown:
        raise InvalidInput(f"unknown node {min(unknown)!r}", where="nodes")
    definition = msgspec.structs.replace(
        definition, nodes=[changed.get(node.id, node) for node in definition.nodes]
    )
    record = control.record
    await services.sites.put(record.id, record.name, msgspec.json.encode(definition), record.settings)
    return schemas.Limits(nodes=definition.nodes, limit_kw=definition.limit_kw)


@get("/{site_id:str}/goal", summary="What comes after safety and energy")
async def read_goal(services: Services, site_id: str) -> schemas.Goals:
    settings = services.sites.get(SiteId(site_id)).record.settings
    return msgspec.convert(settings, schemas.Goals, from_attributes=True)


@put("/{site_id:str}/goal", summary="Change the goal, prices and demand charge")
async def change_goal(services: Services, site_id: str, data: schemas.Goals) -> schemas.Goals:
    services.sites.get(SiteId(site_id))
    prices = views.prices_of(data)
    control = await services.sites.change_settings(
        SiteId(site_id),
        lambda settings: replace(
            settings,
            goal=data.goal,
            prices=prices,
            demand_charge_per_kw=data.demand_charge_per_kw,
            currency=data.currency,
        ),
    )
    return msgspec.convert(control.record.settings, schemas.Goals, from_attributes=True)


@get("/{site_id:str}/plan", summary="The plan in force, with its explanation")
async def read_plan(services: Services, site_id: str) -> PlanRecord:
    control = services.sites.get(SiteId(site_id))
    found = plan_in_force(control)
    if found is None:
        kept = await services.store.read(lambda records: records.plan(control.record.id))
        if kept is None:
            raise NotFound("no plan was made yet", where=f"{site_id}/plan")
        found = msgspec.json.decode(kept[1], type=PlanRecord)
    return found


@post("/{site_id:str}/replan", status_code=202, summary="Plan now; the event PlanMade tells when it is done")
async def replan(services: Services, site_id: str) -> schemas.Replanned:
    control = services.sites.get(SiteId(site_id))
    if not control.record.settings.enabled:
        raise HTTPException(
            status_code=409, detail="this site is not charged by plan: settings.enabled is false"
        )
    control.changed()
    return schemas.Replanned(site=site_id, asked_at=services.clock.now())


def plan_in_force(control: SiteControl) -> PlanRecord | None:
    """The plan that a running control follows, None before its first."""
    if control.plan is None:
        return None
    return msgspec.structs.replace(
        control.plan.record, enforced=control.enforced, broken_rows=list(control.broken_rows)
    )


def _definition(control: SiteControl) -> SiteDefinition:
    return read_definition(control.record.definition)


async def _put(services: Services, site_id: SiteId, body: schemas.SiteBody) -> schemas.SiteView:
    settings = views.settings_of(body.settings)
    services.energy.outlooks.judge(settings)
    control = await services.sites.put(
        site_id, body.name or site_id, msgspec.json.encode(body.definition), settings
    )
    return views.site_view(control)


def router(more: Sequence[Callable[..., object]] = ()) -> Router:
    """The routes under `/sites`."""
    handlers = [
        list_sites,
        create_site,
        read_site,
        replace_site,
        read_limits,
        change_limits,
        read_goal,
        change_goal,
        read_plan,
        replan,
    ]
    return Router("/sites", route_handlers=[*handlers, *more])
