"""Messages on a station's display, and what a station keeps of a customer."""

from dataclasses import asdict

from litestar import Router, delete, get, post, put

from chargewright.adapters.rest import views
from chargewright.adapters.rest.driver_schemas import (
    ClearedMessage,
    CustomerAsked,
    CustomerReport,
    DisplayMessageView,
    MessageBody,
    MessagesAsked,
    NewMessage,
    ReportAsked,
)
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.customer_information import Customer
from chargewright.csms.display_messages import KeptMessage
from chargewright.domain.display import DisplayMessage
from chargewright.domain.reports import Report
from chargewright.errors import NotFound
from chargewright.ids import StationId, TransactionId

__all__ = [
    "ask_customer",
    "clear_message",
    "list_display_messages",
    "read_customer",
    "refresh_messages",
    "replace_message",
    "router",
    "show_message",
]

_MESSAGES = "/stations/{station_id:str}/display-messages"
_CUSTOMERS = "/stations/{station_id:str}/customer-information"


@get(_MESSAGES, summary="Every message that was ordered of a station or told by it")
async def list_display_messages(services: Services, station_id: str) -> list[DisplayMessageView]:
    station = services.provisioning.require(StationId(station_id)).id
    return [_view(kept) for kept in await services.drivers.display_messages.all(station)]


@post(_MESSAGES, summary="Show a message; one with the same id is replaced")
async def show_message(services: Services, station_id: str, data: NewMessage) -> DisplayMessageView:
    return await _show(services, station_id, data.id or 0, data)


@put(_MESSAGES + "/{message_id:int}", summary="Replace a message")
async def replace_message(
    services: Services, station_id: str, message_id: int, data: MessageBody
) -> DisplayMessageView:
    return await _show(services, station_id, message_id, data)


@delete(_MESSAGES + "/{message_id:int}", status_code=200, summary="Clear a message")
async def clear_message(services: Services, station_id: str, message_id: int) -> ClearedMessage:
    station = services.provisioning.require(StationId(station_id)).id
    status, reason = await services.drivers.display_messages.clear(station, message_id)
    return ClearedMessage(status=status, reason=reason)


@post(_MESSAGES + "/refresh", status_code=200, summary="Ask a station which messages it holds")
async def refresh_messages(services: Services, station_id: str, data: MessagesAsked) -> ReportAsked:
    station = services.provisioning.require(StationId(station_id)).id
    report = await services.drivers.display_messages.refresh(
        station, ids=data.ids, priority=data.priority, state=data.state
    )
    return _asked(report)


@post(_CUSTOMERS, status_code=200, summary="Have a station tell or forget what it keeps of a customer")
async def ask_customer(services: Services, station_id: str, data: CustomerAsked) -> ReportAsked:
    station = services.provisioning.require(StationId(station_id)).id
    customer = Customer(data.token, data.token_kind, data.identifier, data.certificate)
    report = await services.drivers.customer_information.ask(
        station, customer, report=data.report, clear=data.clear
    )
    return _asked(report)


@get(_CUSTOMERS + "/{request_id:int}", summary="What a station told of a customer")
async def read_customer(services: Services, station_id: str, request_id: int) -> CustomerReport:
    station = services.provisioning.require(StationId(station_id)).id
    report, text = await services.drivers.customer_information.read(station, request_id)
    return CustomerReport(
        request=report.request_id,
        status=report.status,
        reason=report.reason,
        state=services.devices.reports.state(report),
        text=text,
    )


async def _show(
    services: RestServices, station_id: str, message_id: int, data: MessageBody
) -> DisplayMessageView:
    station = services.provisioning.require(StationId(station_id)).id
    transaction: str | None = None
    if data.transaction is not None:
        wanted = TransactionId(data.transaction)
        found = await services.store.read(lambda records: records.transaction(wanted))
        if found is None or found.station_id != station:
            raise NotFound("no such transaction at this station", where="transaction")
        transaction = found.wire_id
    message = DisplayMessage(
        id=message_id,
        content=data.content,
        priority=data.priority,
        format=data.format,
        language=data.language,
        state=data.state,
        start_at=views.utc(data.start_at, "start_at"),
        end_at=views.utc(data.end_at, "end_at"),
        transaction=transaction,
    )
    return _view(await services.drivers.display_messages.show(station, message))


def _view(kept: KeptMessage) -> DisplayMessageView:
    fields = asdict(kept.message)
    return DisplayMessageView(
        station_transaction_id=fields.pop("transaction"),
        status=kept.status,
        reason=kept.reason,
        shown=kept.shown,
        changed_at=kept.changed_at,
        confirmed_at=kept.confirmed_at,
        **fields,
    )


def _asked(report: Report) -> ReportAsked:
    return ReportAsked(request=report.request_id, status=report.status, reason=report.reason)


def router() -> Router:
    """The routes of display messages and customer information."""
    return Router(
        "/",
        route_handlers=[
            list_display_messages,
            show_message,
            replace_message,
            clear_message,
            refresh_messages,
            ask_customer,
            read_customer,
        ],
    )
