"""Paying at the station: settlements, payments by web, VAT numbers (OCPP 2.1 part 2, C18 to C25)."""

from dataclasses import dataclass
from datetime import datetime

from chargewright.ids import EvseId

__all__ = [
    "Address",
    "PaymentSettled",
    "Settlement",
    "SettlementAnswer",
    "TellWebPayment",
    "VatAnswer",
    "VatAsked",
    "VatCheck",
    "WebPayment",
    "WebPaymentTold",
]


@dataclass(frozen=True, slots=True)
class Address:
    """A company and where it is."""

    name: str
    address1: str
    city: str
    country: str
    address2: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """NotifySettlement: how a payment at a terminal ended. Answer: `SettlementAnswer`.

    `psp_ref` names the payment at the payment service provider. `amount` in the station's currency, tax included.
    """

    psp_ref: str
    status: str
    amount: float
    at: datetime
    wire_id: str | None = None
    reason: str = ""
    receipt_id: str | None = None
    receipt_url: str | None = None
    vat_number: str | None = None
    company: Address | None = None


@dataclass(frozen=True, slots=True)
class SettlementAnswer:
    """Where the receipt is, if it is ours to give."""

    receipt_id: str | None = None
    receipt_url: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement as it is kept; one that is told again replaces the one before."""

    told: PaymentSettled
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class VatAsked:
    """VatNumberValidation: a driver wants an invoice for a company. Answer: `VatAnswer`."""

    vat_number: str
    evse_id: EvseId | None = None


@dataclass(frozen=True, slots=True)
class VatAnswer:
    """`company` is None where the number is not accepted; `reason` is a reason code of at most 20 characters."""

    company: Address | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VatCheck:
    """A VAT number that was asked about, and what the answer was."""

    at: datetime
    vat_number: str
    evse_id: EvseId | None
    company: Address | None
    reason: str


@dataclass(frozen=True, slots=True)
class TellWebPayment:
    """NotifyWebPaymentStarted: somebody pays by web for this EVSE. Outcome: `WebPaymentTold`."""

    evse_id: EvseId
    timeout_s: int


@dataclass(frozen=True, slots=True)
class WebPaymentTold:
    """The station took note."""


@dataclass(frozen=True, slots=True)
class WebPayment:
    """That a station was told so; `status` is Accepted once it took note."""

    at: datetime
    evse_id: EvseId
    timeout_s: int
    status: str
    reason: str = ""
