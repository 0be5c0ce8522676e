"""What is measured at a site beside its stations, and what is expected of the hours ahead."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import numpy as np
from litestar import Router, get, post
from litestar.params import Parameter
from msgspec import Meta, Struct

from chargewright.adapters.rest import views
from chargewright.adapters.rest.services import Services
from chargewright.adapters.rest.site_power import limits_ahead
from chargewright.charging.site import Steps
from chargewright.charging.tariff import DemandCharge
from chargewright.csms.site_measurements import BATCH_MAX
from chargewright.domain.site_measurement import QUARTER_S, MeasurementKind, SiteMeasurement
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

__all__ = [
    "DemandChargeView",
    "LatestView",
    "LimitStep",
    "LimitsAhead",
    "MeasuredSeries",
    "MeasurementBody",
    "MeasurementsKept",
    "MeasurementsTold",
    "OutlookSlot",
    "OutlookView",
    "latest_measurements",
    "measured_series",
    "read_limits_ahead",
    "read_outlook",
    "router",
    "tell_measurements",
]


MEASUREMENT_KINDS: Final[tuple[MeasurementKind, ...]] = ("load", "pv", "site")


class MeasurementBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A reading: average power, or energy, from `at` on for `duration_s`.

    `site`: what comes from the grid, negative what goes to it; `load`: the building without charging and generation;
    `pv`: what is generated.
    """

    kind: Literal["site", "load", "pv"]
    at: datetime
    duration_s: Annotated[int, Meta(ge=60, le=3600)] = QUARTER_S
    power_w: float | None = None
    energy_wh: float | None = None


class MeasurementsTold(Struct, forbid_unknown_fields=True, kw_only=True):
    measurements: Annotated[list[MeasurementBody], Meta(max_length=BATCH_MAX)]


class MeasurementsKept(Struct, kw_only=True):
    """`changed`: how many were new, or corrected something; telling the same again changes nothing."""

    told: int
    changed: int


class LatestView(Struct, kw_only=True):
    """The last quarter of an hour that is known of a kind."""

    kind: str
    at: datetime
    power_w: float


class MeasuredSeries(Struct, kw_only=True):
    """The quarters of an hour that are known of a kind: [[at, W], ...]."""

    kind: str
    points: list[tuple[datetime, float]]


class LimitStep(Struct, array_like=True):
    """[from, limit_w, base_w]: what the whole site may draw, and what of it is kept free for the rest of the site.

    `limit_w` is null where nothing limits the whole.
    """

    at: datetime
    limit_w: float | None
    base_w: float


class LimitsAhead(Struct, kw_only=True):
    """The limit of the whole site as its control takes it, limit events included, from now until `end`."""

    site: str
    end: datetime
    steps: list[LimitStep]


class DemandChargeView(Struct, kw_only=True):
    """`active`: from each instant on, whether power counts; null: it always does.

    `peak_expected_w`: what earlier weeks say that the period will come to anyway; null: nothing, or the settings tell it.
    """

    name: str
    per_kw: float
    peak_so_far_w: float
    peak_expected_w: float | None
    active: list[tuple[datetime, bool]] | None


class OutlookSlot(Struct, kw_only=True):
    """Means over a quarter of an hour; powers are of all that is not charging, generation subtracted."""

    at: datetime
    price_per_kwh: float | None
    export_price_per_kwh: float | None
    carbon_g_per_kwh: float | None
    base_power_w: float | None
    base_limit_power_w: float | None
    pv_power_w: float | None


class OutlookView(Struct, kw_only=True):
    site: str
    currency: str
    demand_charges: list[DemandChargeView]
    notes: list[str]
    slots: list[OutlookSlot]


@post("/{site_id:str}/measurements", status_code=200, summary="Tell what the meters of a site say")
async def tell_measurements(services: Services, site_id: str, data: MeasurementsTold) -> MeasurementsKept:
    record = services.sites.get(SiteId(site_id)).record
    readings = [_reading(one, f"measurements[{n}]") for n, one in enumerate(data.measurements)]
    changed = await services.energy.measurements.record(record.id, readings)
    return MeasurementsKept(told=len(readings), changed=changed)


@get("/{site_id:str}/measurements", summary="What the meters of a site said last")
async def latest_measurements(services: Services, site_id: str) -> list[LatestView]:
    record = services.sites.get(SiteId(site_id)).record
    latest = await services.energy.measurements.latest(record.id)
    return [LatestView(kind=kind, at=at, power_w=power) for kind, (at, power) in sorted(latest.items())]


@get("/{site_id:str}/measurements/series", summary="What the meters of a site said in the last hours")
async def measured_series(
    services: Services, site_id: str, hours: Annotated[int, Parameter(ge=1, le=168)] = 24
) -> list[MeasuredSeries]:
    record = services.sites.get(SiteId(site_id)).record
    since = services.clock.now() - timedelta(hours=hours)
    found: list[MeasuredSeries] = []
    for kind in MEASUREMENT_KINDS:
        history = await services.energy.measurements.history(record.id, kind, since=since)
        if history is None:
            continue
        times = [history.start + timedelta(seconds=history.step_s * n) for n in range(len(history.power_w))]
        points = [
            (at, round(float(power_w), 1))
            for at, power_w in zip(times, history.power_w, strict=True)
            if at >= since and np.isfinite(power_w)
        ]
        if points:
            found.append(MeasuredSeries(kind=kind, points=points))
    return found


@get("/{site_id:str}/limits/ahead", summary="What the whole site may draw in the hours ahead")
async def read_limits_ahead(
    services: Services, site_id: str, hours: Annotated[int, Parameter(ge=1, le=48)] = 24
) -> LimitsAhead:
    control = services.sites.get(SiteId(site_id))
    start = services.clock.now()
    end = start + timedelta(hours=hours)
    steps = [
        LimitStep(at, None if limit_w is None else round(limit_w, 1), round(base_w, 1))
        for at, limit_w, base_w in limits_ahead(control, start, end)
    ]
    return LimitsAhead(site=control.record.id, end=end, steps=steps)


@get("/{site_id:str}/outlook", summary="Prices, carbon intensity, building and roof in the hours ahead")
async def read_outlook(
    services: Services, site_id: str, hours: Annotated[int, Parameter(ge=1, le=48)] = 24
) -> OutlookView:
    record = services.sites.get(SiteId(site_id)).record
    start = services.clock.now().replace(second=0, microsecond=0)
    start -= timedelta(minutes=start.minute % 15)
    found = await services.energy.outlooks.of(record, start=start, end=start + timedelta(hours=hours))
    edges_s = QUARTER_S * np.arange(4.0 * hours + 1)

    def means(steps: Steps | None) -> list[float | None]:
        if steps is None:
            return [None] * (len(edges_s) - 1)
        return [round(float(value), 6) for value in steps.mean(start, edges_s)]

    columns = [
        means(one)
        for one in (
            found.prices,
            found.export_prices,
            found.carbon_g_per_kwh,
            found.base_power_w,
            found.base_limit_power_w,
            found.pv_power_w,
        )
    ]
    slots = [
        OutlookSlot(
            at=start + timedelta(seconds=float(edge_s)),
            price_per_kwh=price,
            export_price_per_kwh=export,
            carbon_g_per_kwh=carbon,
            base_power_w=base,
            base_limit_power_w=limit,
            pv_power_w=pv,
        )
        for edge_s, price, export, carbon, base, limit, pv in zip(edges_s[:-1], *columns, strict=True)
    ]
    return OutlookView(
        site=record.id,
        currency=found.currency,
        demand_charges=[
            _charge(one, start, found.peaks_expected_w.get(one.name)) for one in found.demand_charges
        ],
        notes=list(found.notes),
        slots=slots,
    )


def _reading(body: MeasurementBody, where: str) -> SiteMeasurement:
    at = views.utc(body.at, f"{where}.at")
    assert at is not None
    if (body.power_w is None) == (body.energy_wh is None):
        raise InvalidInput("either power_w or energy_wh", where=where)
    power_w = body.power_w if body.energy_wh is None else body.energy_wh * 3600 / body.duration_s
    assert power_w is not None
    return SiteMeasurement(body.kind, at, power_w, body.duration_s)


def _charge(charge: DemandCharge, start: datetime, expected_w: float | None) -> DemandChargeView:
    active = None
    if charge.active is not None:
        starts = (start, *charge.active.starts)
        active = [(at, bool(value)) for at, value in zip(starts, charge.active.values, strict=True)]
    return DemandChargeView(
        name=charge.name,
        per_kw=charge.per_kw,
        peak_so_far_w=charge.peak_so_far_w,
        peak_expected_w=expected_w,
        active=active,
    )


def router() -> Router:
    """Below a site."""
    return Router(
        "/sites",
        route_handlers=[
            tell_measurements,
            latest_measurements,
            measured_series,
            read_limits_ahead,
            read_outlook,
        ],
    )
