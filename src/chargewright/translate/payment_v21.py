"""OCPP 2.1 <-> domain: settlements, payments by web, VAT numbers (block C)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.clock import as_utc
from chargewright.domain import payment
from chargewright.ids import EvseId
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import status_info

__all__ = ["ANSWERS", "COMMANDS", "OUTCOMES", "REQUESTS"]


def _settled(wire: Any) -> payment.PaymentSettled:
    return payment.PaymentSettled(
        wire.psp_ref,
        wire.status,
        wire.settlement_amount,
        as_utc(wire.settlement_time),
        wire.transaction_id,
        wire.status_info or "",
        wire.receipt_id,
        wire.receipt_url,
        wire.vat_number,
        _address(wire.vat_company),
    )


def _address(wire: Any) -> payment.Address | None:
    if wire is None:
        return None
    return payment.Address(wire.name, wire.address1, wire.city, wire.country, wire.address2, wire.postal_code)


def _vat(wire: Any) -> payment.VatAsked:
    return payment.VatAsked(wire.vat_number, None if wire.evse_id is None else EvseId(wire.evse_id))


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "NotifySettlement": _settled,
    "VatNumberValidation": _vat,
}


def _settlement_answer(_request: Any, answer: payment.SettlementAnswer) -> v21.NotifySettlementResponse:
    return v21.NotifySettlementResponse(receipt_id=answer.receipt_id, receipt_url=answer.receipt_url)


def _vat_answer(request: payment.VatAsked, answer: payment.VatAnswer) -> v21.VatNumberValidationResponse:
    company = answer.company
    return v21.VatNumberValidationResponse(
        vat_number=request.vat_number,
        evse_id=request.evse_id,
        status="Rejected" if company is None else "Accepted",
        status_info=status_info(answer.reason),
        company=None
        if company is None
        else v21.Address(
            name=company.name,
            address1=company.address1,
            address2=company.address2,
            city=company.city,
            postal_code=company.postal_code,
            country=company.country,
        ),
    )


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    payment.SettlementAnswer: _settlement_answer,
    payment.VatAnswer: _vat_answer,
}


def _web_payment(order: payment.TellWebPayment) -> tuple[str, Any]:
    return "NotifyWebPaymentStarted", v21.NotifyWebPaymentStartedRequest(
        evse_id=order.evse_id, timeout=order.timeout_s
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {payment.TellWebPayment: _web_payment}


def _web_payment_told(_order: Any, _wire: Any) -> payment.WebPaymentTold:
    return payment.WebPaymentTold()


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {payment.TellWebPayment: _web_payment_told}
