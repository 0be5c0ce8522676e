"""What was learnt of sites and tokens: to be looked at, and to be dropped."""

from datetime import datetime

from litestar import Router, delete, get
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.charging.stays import StayEstimate
from chargewright.charging.tail import Car
from chargewright.ids import SiteId

__all__ = [
    "CarView",
    "HitsView",
    "SiteLearningView",
    "StayView",
    "TokenLearningView",
    "UpcomingView",
    "forget_site_learning",
    "forget_token_learning",
    "read_site_learning",
    "read_token_learning",
    "router",
]


class StayView(Struct, kw_only=True):
    """When a car leaves and what it takes in all. It leaves before `departure_early` in one case of ten, and takes more
    than `energy_wanted_wh`, which is what is planned for, in one of four.

    `basis`: whose stays had the largest part in it: `user`, `station`, `site`; while little is known `said`, `defaults`.
    """

    departure_early: datetime
    departure_median: datetime
    departure_late: datetime
    energy_median_wh: float
    energy_wanted_wh: float
    energy_high_wh: float
    basis: str


class CarView(Struct, kw_only=True):
    """A car as it is taken to be; null where that is not known."""

    transactions: int
    current_max_a: float | None
    current_min_a: float | None
    phases: int | None
    wakes: bool | None
    tail_wh_per_a: float | None
    capacity_wh: float | None


class UpcomingView(Struct, kw_only=True):
    """What is expected of a transaction that runs."""

    station: str
    evse: int
    transaction: int
    stay: StayView
    car: CarView


class HitsView(Struct, kw_only=True):
    """Of `stays` that ended since the start of the system, how many by the departure estimated at arrival.

    The shares should be about 0.1, 0.5 and 0.9.
    """

    stays: int
    by_early: int
    by_median: int
    by_late: int


class SiteLearningView(Struct, kw_only=True):
    learns: bool
    stays: int
    hits: HitsView
    upcoming: list[UpcomingView]


class TokenLearningView(Struct, kw_only=True):
    """`stays`: how many are remembered, by site."""

    token: str
    stays: dict[str, int]
    car: CarView


@get("/sites/{site_id:str}/learning", summary="What a site learnt, and expects of the cars that are there")
async def read_site_learning(services: Services, site_id: str) -> SiteLearningView:
    learnt = services.learning.of_site(SiteId(site_id))
    hits = learnt.hits
    return SiteLearningView(
        learns=learnt.learns,
        stays=learnt.stays,
        hits=HitsView(
            stays=hits.stays, by_early=hits.by_early, by_median=hits.by_median, by_late=hits.by_late
        ),
        upcoming=[
            UpcomingView(
                station=one.key.station_id,
                evse=one.key.evse_id,
                transaction=one.transaction_id,
                stay=_stay_view(one.stay),
                car=_car_view(one.car),
            )
            for one in learnt.upcoming
        ],
    )


@delete("/sites/{site_id:str}/learning", summary="Drop the stays that a site remembers")
async def forget_site_learning(services: Services, site_id: str) -> None:
    await services.learning.forget_site(SiteId(site_id))


@get("/learning/tokens/{id_token:str}", summary="What was learnt of a token")
async def read_token_learning(services: Services, id_token: str) -> TokenLearningView:
    learnt = services.learning.of_token(id_token)
    stays: dict[str, int] = {str(site_id): count for site_id, count in learnt.stays.items()}
    return TokenLearningView(token=id_token, stays=stays, car=_car_view(learnt.car))


@delete("/learning/tokens/{id_token:str}", summary="Drop all that was learnt of a token")
async def forget_token_learning(services: Services, id_token: str) -> None:
    await services.learning.forget_token(id_token)


def _stay_view(stay: StayEstimate) -> StayView:
    return StayView(
        departure_early=stay.departure_early,
        departure_median=stay.departure_median,
        departure_late=stay.departure_late,
        energy_median_wh=round(stay.energy_median_wh),
        energy_wanted_wh=round(stay.energy_wanted_wh),
        energy_high_wh=round(stay.energy_high_wh),
        basis=stay.basis,
    )


def _car_view(car: Car) -> CarView:
    return CarView(
        transactions=car.transactions,
        current_max_a=car.current_max_a,
        current_min_a=car.current_min_a,
        phases=car.phases,
        wakes=car.wakes,
        tail_wh_per_a=car.tail_wh_per_a,
        capacity_wh=car.capacity_wh,
    )


def router() -> Router:
    """The routes under `/sites/{id}/learning` and `/learning`."""
    return Router(
        "/",
        route_handlers=[
            read_site_learning,
            forget_site_learning,
            read_token_learning,
            forget_token_learning,
        ],
    )
