"""What was learnt of each model of station, and what a person says of it."""

from dataclasses import replace
from datetime import datetime

from litestar import Router, get, put
from msgspec import Struct

from chargewright.adapters.rest.probing import ProbeFinding, findings_of
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.charging.profile import Purpose
from chargewright.csms.station_models import ModelKey, StationModel
from chargewright.domain.station import Station

__all__ = [
    "StationModelBody",
    "StationModelView",
    "list_station_models",
    "router",
    "tell_of_model",
]


class StationModelView(Struct, kw_only=True):
    """`declared`: what its stations tell, by variable. `stations`: how many of it are known here."""

    vendor: str
    model: str
    firmware: str
    version: str
    declared: dict[str, str]
    accepts_zero: bool | None
    purposes: list[Purpose] | None
    probed_at: datetime | None
    findings: list[ProbeFinding]
    """What a station of it took and what not, when it was asked."""
    learnt_at: datetime
    stations: int


class StationModelBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What no station declares: whether a limit of 0 A pauses it, and which purposes of profiles it takes.

    Null: not known, and the defaults of its OCPP version hold. It holds for all stations of the model at once.
    """

    vendor: str
    model: str
    firmware: str
    version: str
    accepts_zero: bool | None = None
    purposes: list[Purpose] | None = None


@get("/station-models", summary="The models of stations that were met, and what was learnt of them")
async def list_station_models(services: Services) -> list[StationModelView]:
    return [_view(services, model) for model in services.devices.models.all()]


@put("/station-models", summary="Say what no station of a model declares")
async def tell_of_model(services: Services, data: StationModelBody) -> StationModelView:
    models = services.devices.models
    model = await models.say(
        ModelKey(data.vendor, data.model, data.firmware, data.version),
        accepts_zero=data.accepts_zero,
        purposes=None if data.purposes is None else frozenset(data.purposes),
    )

    def told(station: Station) -> Station:
        known = station.abilities
        if known is None:
            return station
        # What nobody says of it now goes back to what the station, its model's quirks and a probe say.
        known = models.fitted(station, replace(known, accepts_zero=True, purposes=None))
        return replace(station, abilities=known)

    for station in _stations(services, model):
        await services.provisioning.change(station.id, told)
    return _view(services, model)


def _stations(services: RestServices, model: StationModel) -> list[Station]:
    return [s for s in services.provisioning.stations() if ModelKey.of(s) == model.key]


def _view(services: RestServices, model: StationModel) -> StationModelView:
    return StationModelView(
        vendor=model.key.vendor,
        model=model.key.model,
        firmware=model.key.firmware,
        version=model.key.version,
        declared=model.declared,
        accepts_zero=model.accepts_zero,
        purposes=None if model.purposes is None else sorted(model.purposes),
        probed_at=None if model.probe is None else model.probe.at,
        findings=[] if model.probe is None else findings_of(model.probe),
        learnt_at=model.at,
        stations=len(_stations(services, model)),
    )


def router() -> Router:
    """The routes under `/station-models`."""
    return Router("/", route_handlers=[list_station_models, tell_of_model])
