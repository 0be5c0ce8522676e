"""Reservations."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import Parameter

from chargewright.adapters.rest import views
from chargewright.adapters.rest.driver_schemas import NewReservation, ReservationView
from chargewright.adapters.rest.services import Services
from chargewright.domain.reservation import Reservation
from chargewright.ids import EvseId, StationId

__all__ = ["cancel_reservation", "list_reservations", "make_reservation", "read_reservation", "router"]


@post("/", summary="Reserve an EVSE, a kind of connector, or any EVSE of a station")
async def make_reservation(services: Services, data: NewReservation) -> ReservationView:
    station = services.provisioning.require(StationId(data.station))
    expires_at = views.utc(data.expires_at, "expires_at")
    assert expires_at is not None  # it was given
    reservation = await services.drivers.reservations.reserve(
        station.id,
        id_token=data.token,
        kind=data.token_kind,
        expires_at=expires_at,
        evse_id=None if data.evse is None else EvseId(data.evse),
        connector_type=data.connector_type,
        group_id=data.group,
    )
    return _view(reservation)


@get("/", summary="Reservations by id, the old ones too; `after` is the cursor")
async def list_reservations(
    services: Services,
    station: str | None = None,
    after: Annotated[int, Parameter(ge=0)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
) -> list[ReservationView]:
    owner = None if station is None else services.provisioning.require(StationId(station)).id
    found = await services.drivers.reservations.page(owner, after=after, limit=limit)
    return [_view(reservation) for reservation in found]


@get("/{number:int}", summary="One reservation")
async def read_reservation(services: Services, number: int) -> ReservationView:
    return _view(await services.drivers.reservations.read(number))


@delete("/{number:int}", status_code=200, summary="Have the station give a reservation up")
async def cancel_reservation(services: Services, number: int) -> ReservationView:
    return _view(await services.drivers.reservations.cancel(number))


def _view(reservation: Reservation) -> ReservationView:
    return ReservationView(
        id=reservation.id,
        station=reservation.station_id,
        evse=reservation.evse_id,
        connector_type=reservation.connector_type,
        token=reservation.id_token,
        token_kind=reservation.kind,
        group=reservation.group_id,
        expires_at=reservation.expires_at,
        state=reservation.state,
        status=reservation.status,
        transaction=reservation.transaction_id,
        created_at=reservation.created_at,
        changed_at=reservation.changed_at,
    )


def router() -> Router:
    """The routes under `/reservations`."""
    return Router(
        "/reservations",
        route_handlers=[make_reservation, list_reservations, read_reservation, cancel_reservation],
    )
