"""Payments at stations: settlements, VAT numbers, payments by web."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import Limit, station_of
from chargewright.adapters.rest.services import Services
from chargewright.domain.payment import Address, Settlement
from chargewright.errors import NotFound
from chargewright.ids import EvseId

__all__ = [
    "CompanyBody",
    "SettlementView",
    "VatCheckView",
    "WebPaymentBody",
    "WebPaymentView",
    "announce_web_payment",
    "enter_company",
    "forget_company",
    "list_settlements",
    "list_vat_checks",
    "list_web_payments",
    "router",
]


class CompanyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A company and where it is, as it stands on an invoice."""

    name: Annotated[str, Meta(min_length=1, max_length=50)]
    address1: Annotated[str, Meta(max_length=100)]
    city: Annotated[str, Meta(max_length=100)]
    country: Annotated[str, Meta(max_length=50)]
    address2: Annotated[str, Meta(max_length=100)] | None = None
    postal_code: Annotated[str, Meta(max_length=20)] | None = None


class SettlementView(Struct, kw_only=True):
    """How a payment at a terminal ended; `amount` with tax, in the station's currency."""

    psp_ref: str
    status: str
    amount: float
    at: datetime
    heard_at: datetime
    station_transaction_id: str | None
    reason: str
    receipt_id: str | None
    receipt_url: str | None
    vat_number: str | None
    company: CompanyBody | None


class VatCheckView(Struct, kw_only=True):
    """A VAT number that a station asked about; `company` is null where it was not accepted."""

    at: datetime
    vat_number: str
    evse_id: int | None
    company: CompanyBody | None
    reason: str


class WebPaymentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Somebody pays by web for an EVSE; the station waits for so long."""

    evse: Annotated[int, Meta(ge=0)]
    timeout_s: Annotated[int, Meta(ge=0, lt=2**31)]


class WebPaymentView(Struct, kw_only=True):
    """That a station was told of a payment by web; `status` is Accepted once it took note."""

    at: datetime
    evse_id: int
    timeout_s: int
    status: str
    reason: str


@get(
    "/stations/{station_id:str}/settlements",
    summary="How payments at a station's terminal ended, by their reference; `after` is the cursor",
)
async def list_settlements(
    services: Services, station_id: str, after: str = "", limit: Limit = 100
) -> list[SettlementView]:
    known = station_of(services, station_id)
    found = await services.additions.payments.settlements(known, after=after, limit=limit)
    return [_settlement(one) for one in found]


@get(
    "/stations/{station_id:str}/vat-checks",
    summary="VAT numbers that a station asked about, the newest first",
)
async def list_vat_checks(services: Services, station_id: str, limit: Limit = 100) -> list[VatCheckView]:
    found = await services.additions.payments.vat_checks(station_of(services, station_id), limit)
    return [msgspec.convert(one, VatCheckView, from_attributes=True) for one in found]


@put(
    "/companies/{vat_number:str}", status_code=204, summary="Have a VAT number accepted, and say whose it is"
)
async def enter_company(services: Services, vat_number: str, data: CompanyBody) -> None:
    company = msgspec.convert(data, Address, from_attributes=True)
    await services.additions.payments.enter_company(vat_number, company)


@delete("/companies/{vat_number:str}", summary="Have a VAT number no longer accepted")
async def forget_company(services: Services, vat_number: str) -> None:
    if not await services.additions.payments.forget_company(vat_number):
        raise NotFound("no such VAT number", where=vat_number)


@post(
    "/stations/{station_id:str}/web-payments",
    status_code=200,
    summary="Tell a station that somebody pays by web for an EVSE",
)
async def announce_web_payment(services: Services, station_id: str, data: WebPaymentBody) -> WebPaymentView:
    known = station_of(services, station_id)
    made = await services.additions.payments.web_payment_started(
        known, EvseId(data.evse), timeout_s=data.timeout_s
    )
    return msgspec.convert(made, WebPaymentView, from_attributes=True)


@get("/stations/{station_id:str}/web-payments", summary="Payments by web that a station was told of")
async def list_web_payments(services: Services, station_id: str, limit: Limit = 100) -> list[WebPaymentView]:
    found = await services.additions.payments.web_payments(station_of(services, station_id), limit)
    return [msgspec.convert(one, WebPaymentView, from_attributes=True) for one in found]


def _settlement(settlement: Settlement) -> SettlementView:
    told = settlement.told
    return SettlementView(
        psp_ref=told.psp_ref,
        status=told.status,
        amount=told.amount,
        at=told.at,
        heard_at=settlement.heard_at,
        station_transaction_id=told.wire_id,
        reason=told.reason,
        receipt_id=told.receipt_id,
        receipt_url=told.receipt_url,
        vat_number=told.vat_number,
        company=None
        if told.company is None
        else msgspec.convert(told.company, CompanyBody, from_attributes=True),
    )


def router() -> Router:
    """The routes of payments."""
    return Router(
        "/",
        route_handlers=[
            list_settlements,
            list_vat_checks,
            enter_company,
            forget_company,
            announce_web_payment,
            list_web_payments,
        ],
    )
