"""What a station takes of charging profiles, found out by asking it."""

from datetime import datetime
from typing import Literal

from litestar import Router, get, post
from litestar.exceptions import HTTPException
from msgspec import Struct

from chargewright.adapters.rest import schemas, views
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.domain.probing import Probe
from chargewright.domain.station import Station
from chargewright.errors import NotFound
from chargewright.ids import StationId

__all__ = ["ProbeFinding", "ProbeView", "findings_of", "probe_station", "read_probe", "router"]


class ProbeFinding(Struct, kw_only=True):
    """`value`: the stack level, or the number of periods, that was tried."""

    question: str
    value: int | None
    accepted: bool
    reason: str


class ProbeView(Struct, kw_only=True):
    """`uncleared`: ids of profiles that the station may still hold; they hold for one hour, five years from then."""

    at: datetime
    state: Literal["running", "complete", "inconclusive", "interrupted"]
    why: str
    findings: list[ProbeFinding]
    uncleared: list[int]
    abilities: schemas.Abilities | None
    """What is known of the station now, this included."""


def findings_of(probe: Probe) -> list[ProbeFinding]:
    """The findings as they are shown."""
    return [
        ProbeFinding(question=f.question.value, value=f.value, accepted=f.accepted, reason=f.reason)
        for f in probe.findings
    ]


@post(
    "/{station_id:str}/probe",
    status_code=200,
    summary="Ask a station what profiles it takes, with some that never come to hold; model=true: for its whole model",
)
async def probe_station(services: Services, station_id: str, model: bool = False) -> ProbeView:
    known = services.provisioning.require(StationId(station_id)).id
    probing = services.devices.probing
    if why := probing.hindrance(known):
        raise HTTPException(status_code=409, detail=why)
    return _view(services.provisioning.require(known), await probing.probe(known, for_model=model), services)


@get("/{station_id:str}/probe", summary="What a station showed when it was asked last")
async def read_probe(services: Services, station_id: str) -> ProbeView:
    station = services.provisioning.require(StationId(station_id))
    probe = await services.devices.probing.of(station.id)
    if probe is None:
        raise NotFound("the station was never asked", where=station_id)
    return _view(station, probe, services)


def _view(station: Station, probe: Probe, services: RestServices) -> ProbeView:
    abilities = services.provisioning.require(station.id).abilities
    return ProbeView(
        at=probe.at,
        state=probe.state,
        why=probe.why,
        findings=findings_of(probe),
        uncleared=list(probe.uncleared),
        abilities=None if abilities is None else views.abilities(abilities),
    )


def router() -> Router:
    """Below a station."""
    return Router("/stations", route_handlers=[probe_station, read_probe])
