"""Stations: who may connect, what is known of them, and what they hold."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from litestar import Router, delete, get, patch, post, put
from litestar.exceptions import HTTPException
from litestar.params import Parameter

from chargewright.adapters.rest import schemas, views
from chargewright.adapters.rest.services import Services
from chargewright.charging.profile import RateUnit
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.timeline import Timeline
from chargewright.csms.commands import Priority
from chargewright.csms.commissioning import fitted
from chargewright.csms.installation import compare
from chargewright.csms.security.passwords import hash_password, new_password
from chargewright.domain.commands import CompositeReported, ReportCompositeSchedule
from chargewright.domain.site import ChargingNeed
from chargewright.domain.station import Registration, Station
from chargewright.errors import NotFound
from chargewright.ids import EvseId, StationId

__all__ = [
    "change_station",
    "composite_schedule",
    "create_station",
    "delete_station",
    "list_notices",
    "list_profiles",
    "list_stations",
    "read_station",
    "router",
    "tell_need",
]

CLOSE_POLICY = 1008
"""The close code for a station that may no longer be here (RFC 6455, 7.4.1)."""

Page = Annotated[int, Parameter(ge=1, le=1000)]


@get("/", summary="All stations")
async def list_stations(services: Services, connected: bool | None = None) -> list[schemas.StationView]:
    found = [
        _view(services, station) for station in sorted(services.provisioning.stations(), key=lambda s: s.id)
    ]
    return [view for view in found if connected is None or view.connected is connected]


@post("/", summary="A new station; its generated password is shown in this answer only")
async def create_station(services: Services, data: schemas.NewStation) -> schemas.StationCreated:
    station_id = StationId(data.id)
    if services.provisioning.station(station_id) is not None:
        raise HTTPException(status_code=409, detail=f"station {data.id} exists; PATCH changes it")
    password, credential = await _credential(data.password)
    station = Station(
        station_id,
        registration=Registration(data.registration),
        evse_ids=tuple(EvseId(n) for n in sorted(set(data.evses))),
        credential=credential,
        reading=data.reading,
    )
    await services.provisioning.put(station)
    return schemas.StationCreated(station=_view(services, station), password=password)


@get("/{station_id:str}", summary="One station")
async def read_station(services: Services, station_id: str) -> schemas.StationView:
    return _view(services, services.provisioning.require(StationId(station_id)))


@patch("/{station_id:str}", summary="Change a station; a new password holds from its next connection on")
async def change_station(
    services: Services, station_id: str, data: schemas.StationChange
) -> schemas.StationCreated:
    services.provisioning.require(StationId(station_id))
    password: str | None = None
    credential: str | None = None
    if data.password is not msgspec.UNSET:
        password, credential = await _credential(data.password)

    def change(station: Station) -> Station:
        if credential is not None:
            station = replace(station, credential=credential, next_credentials=())
        if data.evses is not msgspec.UNSET:
            station = replace(station, evse_ids=tuple(EvseId(n) for n in sorted(set(data.evses))))
        if data.reading is not msgspec.UNSET:
            station = replace(station, reading=data.reading)
        if data.registration is not msgspec.UNSET:
            station = replace(station, registration=Registration(data.registration))
        return station

    station = await services.provisioning.change(StationId(station_id), change)
    services.compatibility.refresh(station.id)  # `reading` holds at once
    return schemas.StationCreated(station=_view(services, station), password=password)


@delete("/{station_id:str}", summary="Forget a station and close its connection")
async def delete_station(services: Services, station_id: str) -> None:
    services.provisioning.require(StationId(station_id))
    if _site_of(services, StationId(station_id)) is not None:
        raise HTTPException(status_code=409, detail="it belongs to a site; take it out of the site first")
    link = services.links.get(StationId(station_id))
    if link is not None:
        link.close(CLOSE_POLICY, "this station was deleted")
    await services.provisioning.delete(StationId(station_id))
    await services.devices.forget(services.store, StationId(station_id))
    await services.security.forget(StationId(station_id))
    await services.compatibility.forget(StationId(station_id))
    await services.upkeep.forget(services.store, StationId(station_id))
    await services.additions.forget(services.store, StationId(station_id))


@get(
    "/{station_id:str}/profiles",
    summary="What we believe is installed; with history, everything that was sent",
)
async def list_profiles(
    services: Services, station_id: str, history: bool = False, limit: Page = 100
) -> list[schemas.ProfileEntry]:
    known = services.provisioning.require(StationId(station_id)).id
    entries = await services.store.read(
        lambda records: (
            records.profile_history(known, limit) if history else records.installed_profiles(known)
        )
    )
    return [views.profile_entry(entry) for entry in entries]


@get("/{station_id:str}/composite-schedule", summary="Our composite schedule beside the station's own")
async def composite_schedule(
    services: Services,
    station_id: str,
    evse: Annotated[int, Parameter(ge=1)] = 1,
    duration_s: Annotated[int, Parameter(ge=60, le=7 * 86_400)] = 3600,
    unit: Literal["A", "W"] = "A",
) -> schemas.CompositeComparison:
    station = services.provisioning.require(StationId(station_id))
    outcome = await services.commands.order(
        station.id,
        ReportCompositeSchedule(EvseId(evse), duration_s, RateUnit(unit)),
        priority=Priority.REPORT,
    )
    result = outcome.result if isinstance(outcome.result, CompositeReported) else None
    theirs = None if result is None else result.timeline
    asked = RateUnit(unit) if result is None else result.unit
    now = services.clock.now()
    window = (now, now + timedelta(seconds=duration_s)) if theirs is None else (theirs.start, theirs.end)
    ours = _expected(services, station, EvseId(evse), window=window, unit=asked)
    found = None if ours is None or theirs is None else compare(ours, theirs, asked)
    why = outcome.description if result is None else result.reason
    if ours is None:
        why = why or "ours needs the EVSE in a site and the station's abilities"
    return schemas.CompositeComparison(
        evse=evse,
        unit=asked,
        outcome=outcome.kind,
        ours=None if ours is None else views.pieces(ours),
        station=None if theirs is None else views.pieces(theirs),
        agrees=None if found is None else found.agrees,
        may_exceed=None if found is None else found.may_exceed,
        why=why if found is None else found.text,
    )


@get(
    "/{station_id:str}/notices", summary="What the station reported that needed no decision, the newest first"
)
async def list_notices(services: Services, station_id: str, limit: Page = 100) -> list[schemas.Notice]:
    known = services.provisioning.require(StationId(station_id)).id
    found = await services.store.read(lambda records: records.notices(known, limit))
    return [
        schemas.Notice(at=at, action=action, content=msgspec.json.decode(content))
        for at, action, content in found
    ]


@put("/{station_id:str}/evses/{evse_id:int}/needs", summary="What the driver at an EVSE wants")
async def tell_need(
    services: Services, station_id: str, evse_id: int, data: schemas.Need
) -> schemas.NeedTold:
    departure_at = views.utc(data.departure_at, "departure_at")
    minimum_by = views.utc(data.minimum_by, "minimum_by")
    await services.sites.tell_need(
        ChargingNeed(
            StationId(station_id),
            EvseId(evse_id),
            services.clock.now(),
            data.energy_wh,
            departure_at,
            data.current_max_a,
            source="app",
            energy_min_wh=data.energy_min_wh,
            minimum_by=minimum_by,
            soc_now_percent=data.soc_now_percent,
            soc_target_percent=data.soc_target_percent,
            battery_wh=data.battery_wh,
            discharge_power_w_max=data.discharge_power_w_max,
        )
    )
    told = {**msgspec.structs.asdict(data), "departure_at": departure_at, "minimum_by": minimum_by}
    return schemas.NeedTold(station=station_id, evse=evse_id, **told)


async def _credential(password: str | None) -> tuple[str | None, str]:
    """(the password to show, how it is kept). Argon2 takes tens of milliseconds, hence a thread."""
    if password is not None:
        return None, await asyncio.to_thread(hash_password, password, generated=False)
    made = new_password()
    return made, hash_password(made, generated=True)


def _site_of(services: Services, station_id: StationId) -> str | None:
    return next((c.record.id for c in services.sites.all() if c.covers(station_id)), None)


def _view(services: Services, station: Station) -> schemas.StationView:
    return views.station_view(
        station, link=services.links.get(station.id), site=_site_of(services, station.id)
    )


def _evse(services: Services, key: EvseKey) -> Evse | None:
    return next((c.site.evses[key] for c in services.sites.all() if key in c.site.evses), None)


def _expected(
    services: Services,
    station: Station,
    evse_id: EvseId,
    *,
    window: tuple[datetime, datetime],
    unit: RateUnit,
) -> Timeline | None:
    key = EvseKey(station.id, evse_id)
    evse = _evse(services, key)
    if evse is None:
        if evse_id not in station.evse_ids:
            raise NotFound("no such EVSE", where=str(key))
        return None
    if station.abilities is None:
        return None
    running = [t for t in services.transactions.open() if t.station_id == station.id and t.evse_id == evse_id]
    return services.installer.expected(
        key,
        window=window,
        unit=unit,
        version=station.version or "ocpp1.6",
        evse=evse,
        abilities=fitted(station.abilities, evse),
        transaction=max(running, key=lambda t: t.id, default=None),
    )


def router() -> Router:
    """The routes under `/stations`, commands apart."""
    return Router(
        "/stations",
        route_handlers=[
            list_stations,
            create_station,
            read_station,
            change_station,
            delete_station,
            list_profiles,
            composite_schedule,
            list_notices,
            tell_need,
        ],
    )
