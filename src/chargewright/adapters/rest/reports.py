"""Reports that stations send in parts: ordered here, readable by their request id however far they have come."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.params import Parameter
from msgspec import Struct

from chargewright.adapters.rest.services import RestServices, Services
from chargewright.domain.reports import Report, ReportState
from chargewright.ids import StationId

__all__ = [
    "ReportView",
    "list_reports",
    "order_report",
    "read_report",
    "report_view",
    "router",
]


class ReportView(Struct, kw_only=True):
    """How far a report has come. `status` and `reason`: what the station answered to the order.

    `timed out`: parts are `missing` and none came for long. `items` are there where one report is asked for.
    """

    request_id: int
    action: str
    asked: str
    state: ReportState
    status: str
    reason: str
    begun_at: datetime
    heard_at: datetime | None
    completed_at: datetime | None
    parts: int
    missing: list[int]
    items: list[Any] | None = None


@post(
    "/{station_id:str}/reports/{action:str}",
    status_code=200,
    summary="Order a report (GetBaseReport, GetReport, GetMonitoringReport ...); its request id is given here",
)
async def order_report(services: Services, station_id: str, action: str, data: dict[str, Any]) -> ReportView:
    known = services.provisioning.require(StationId(station_id)).id
    if action == "GetReport":
        await services.devices.device_model.check_report_size(known, data)
    return report_view(services, await services.devices.reports.order(known, action, data))


@get("/{station_id:str}/reports", summary="The reports of a station, the newest first, without their items")
async def list_reports(
    services: Services, station_id: str, limit: Annotated[int, Parameter(ge=1, le=100)] = 50
) -> list[ReportView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [report_view(services, report) for report in await services.devices.reports.newest(known, limit)]


@get("/{station_id:str}/reports/{request_id:int}", summary="One report with what has come of it")
async def read_report(services: Services, station_id: str, request_id: int) -> ReportView:
    known = services.provisioning.require(StationId(station_id)).id
    report, items = await services.devices.reports.read(known, request_id)
    return report_view(services, report, items)


def report_view(services: RestServices, report: Report, items: list[Any] | None = None) -> ReportView:
    """A report as it is shown; an item is a line of text, or an object."""
    return ReportView(
        request_id=report.request_id,
        action=report.action,
        asked=report.asked,
        state=services.devices.reports.state(report),
        status=report.status,
        reason=report.reason,
        begun_at=report.begun_at,
        heard_at=report.heard_at,
        completed_at=report.completed_at,
        parts=len(report.seq_nos),
        missing=list(report.missing),
        items=None if items is None else msgspec.to_builtins(items),
    )


def router() -> Router:
    """The routes under `/stations/{id}/reports`."""
    return Router("/stations", route_handlers=[order_report, list_reports, read_report])
