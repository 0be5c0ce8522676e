"""Bodies of the routes that concern drivers: reservations, local lists, tariffs, display messages, customers.

Money is decimal and travels as text, e.g. "0.39"; without tax unless the name says otherwise.
"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

__all__ = [
    "ClearedMessage",
    "CostLineView",
    "CostView",
    "CustomerAsked",
    "CustomerReport",
    "DisplayMessageView",
    "ListEntryView",
    "LocalListBody",
    "LocalListView",
    "MessageBody",
    "MessagesAsked",
    "NewMessage",
    "NewReservation",
    "NewToken",
    "PartBody",
    "PriceBody",
    "PriceConditions",
    "ReportAsked",
    "ReservationView",
    "TariffBody",
    "TariffUse",
    "TariffUseChange",
    "TariffView",
    "TaxBody",
    "TokenBody",
    "TokenKind",
    "TokenView",
    "TransactionEventView",
    "TransactionStatusView",
    "TransactionToClose",
]

TokenId = Annotated[str, Meta(min_length=1, max_length=255)]
ConnectorType = Annotated[str, Meta(max_length=20)]
TokenKind = Literal[
    "Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization"
]
TariffId = Annotated[str, Meta(min_length=1, max_length=60)]
Money = Annotated[Decimal, Meta(description="decimal, as text")]


# --- tokens ----------------------------------------------------------------------------------------------------


class TokenBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A driver's token as it is to be."""

    kind: TokenKind = "ISO14443"
    group: Annotated[str, Meta(max_length=36)] | None = None
    blocked: bool = False
    expires_at: datetime | None = None
    concurrent_transactions_max: Annotated[int, Meta(ge=1)] | None = 1
    priority: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    name: Annotated[str, Meta(max_length=200)] = ""
    stations: list[str] = []
    """Where it may charge; none named means everywhere."""
    evses: list[Annotated[int, Meta(ge=1)]] = []
    """Which EVSEs of a station it may use; none named means all."""
    hours_from: time | None = None
    hours_until: time | None = None
    """When it may start to charge each day, in `time_zone`."""
    time_zone: str = "UTC"
    charging_priority: Annotated[int, Meta(ge=-9, le=9)] | None = None
    personal_message: Annotated[str, Meta(max_length=512)] | None = None
    language: Annotated[str, Meta(max_length=8)] | None = None
    cache_duration_s: Annotated[int, Meta(ge=0)] | None = None
    tariff: Annotated[str, Meta(max_length=60)] | None = None


class NewToken(TokenBody, forbid_unknown_fields=True, kw_only=True):
    token: Annotated[str, Meta(min_length=1, max_length=255)]
    """At most 20 characters in 1.6, 36 in 2.0.1, 255 in 2.1: a longer one is not told to a station of that version."""


class TokenView(NewToken, kw_only=True):
    pass


# --- transactions --------------------------------------------------------------------------------------------


class TransactionToClose(Struct, forbid_unknown_fields=True, kw_only=True):
    """Why it is closed by hand."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class TransactionStatusView(Struct, kw_only=True):
    """What a station said when it was asked about a transaction; `failure` where it gave no answer."""

    asked_at: datetime
    ongoing: bool | None
    messages_in_queue: bool | None
    failure: str


class TransactionEventView(Struct, kw_only=True):
    """One stored event of a transaction, as the station told it; `closed` ones are ours."""

    kind: str
    at: datetime
    seq_no: int | None
    trigger: str
    token: str | None
    meter_wh: float | None
    charging_state: str | None
    reason: str | None
    offline: bool
    suspect: str


# --- reservations --------------------------------------------------------------------------------------------


class NewReservation(Struct, forbid_unknown_fields=True, kw_only=True):
    """A reservation to make. Without `evse` any EVSE of the station is meant, or any with `connector_type`."""

    station: str
    token: TokenId
    expires_at: datetime
    evse: Annotated[int, Meta(ge=1)] | None = None
    connector_type: ConnectorType | None = None
    token_kind: TokenKind | None = None
    group: Annotated[str, Meta(max_length=36)] | None = None


class ReservationView(Struct, kw_only=True):
    """`state` is what became of it; `status` is the station's last word on it."""

    id: int
    station: str
    evse: int | None
    connector_type: str | None
    token: str
    token_kind: str
    group: str | None
    expires_at: datetime
    state: str
    status: str
    transaction: int | None
    created_at: datetime
    changed_at: datetime


# --- local lists ---------------------------------------------------------------------------------------------


class LocalListBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which tokens a station holds: those named, and those of a group or kind; or everybody."""

    tokens: list[TokenId] = []
    groups: list[str] = []
    kinds: list[str] = []
    everybody: bool = False


class ListEntryView(Struct, kw_only=True):
    """`held`: the station has accepted exactly this."""

    token: str
    kind: str
    status: str
    group: str | None
    expires_at: datetime | None
    held: bool


class LocalListView(Struct, kw_only=True):
    """`version` is the one that we sent last, `reported_version` the one that the station told."""

    station: str
    chosen: LocalListBody
    state: str
    reason: str
    version: int
    reported_version: int | None
    changed_at: datetime | None
    entries: list[ListEntryView] | None


# --- tariffs -------------------------------------------------------------------------------------------------


class TaxBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A tax; one with a higher `stack` is reckoned on the sum with the lower ones."""

    kind: Annotated[str, Meta(max_length=20)] = "VAT"
    percent: Money
    stack: Annotated[int, Meta(ge=0)] = 0


class PriceConditions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """When a price counts. Upper bounds do not belong to it any more; times of day are the tariff's local ones."""

    time_from: time | None = None
    time_until: time | None = None
    days: list[Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]] = []
    date_from: date | None = None
    date_until: date | None = None
    energy_wh_min: Money | None = None
    energy_wh_max: Money | None = None
    power_w_min: Money | None = None
    power_w_max: Money | None = None
    duration_s_min: int | None = None
    duration_s_max: int | None = None
    charging_s_min: int | None = None
    charging_s_max: int | None = None
    idle_s_min: int | None = None
    idle_s_max: int | None = None
    evse_kind: Literal["AC", "DC"] | None = None


class PriceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    amount: Money
    conditions: PriceConditions = PriceConditions()


class PartBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Prices in order: the first whose conditions hold counts."""

    prices: Annotated[list[PriceBody], Meta(min_length=1)]
    taxes: list[TaxBody] = []


class TariffBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What charging costs: energy per kWh, times per hour, the rest once. Limits of the total are without tax."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    energy: PartBody | None = None
    charging_time: PartBody | None = None
    idle_time: PartBody | None = None
    fixed: PartBody | None = None
    reservation_time: PartBody | None = None
    reservation_fixed: PartBody | None = None
    total_min: Money | None = None
    total_max: Money | None = None
    digits: Annotated[int, Meta(ge=0, le=4)] = 2
    time_zone: str = "UTC"
    description: list[tuple[str, str]] = []


class TariffView(TariffBody, kw_only=True):
    id: str


class TariffUse(Struct, kw_only=True):
    """For whom a tariff counts: everywhere (`default`), a site, or a station. Tokens name theirs themselves."""

    scope: Literal["default", "site", "station"]
    name: str
    tariff: str


class TariffUseChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """`name` of the site or station, none for the default; `tariff` null ends it."""

    scope: Literal["default", "site", "station"]
    name: str | None = None
    tariff: TariffId | None


class CostLineView(Struct, kw_only=True):
    """`quantity` in kWh, hours or pieces, as the part implies."""

    part: str
    quantity: Decimal
    net: Decimal
    tax: Decimal


class CostView(Struct, kw_only=True):
    """What a transaction costs. The lines add up exactly. `station_says` is what the station itself reckoned (2.1)."""

    transaction: int
    tariff: str | None
    currency: str | None
    final: bool
    at: datetime | None
    energy_wh: Decimal | None
    charging_s: Decimal | None
    idle_s: Decimal | None
    limited: str
    lines: list[CostLineView]
    net: Decimal | None
    gross: Decimal | None
    station_says: dict[str, Any] | None


# --- display messages and customers --------------------------------------------------------------------------


class MessageBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A message as it is to be. `transaction` is our number of an open transaction: it is shown while that runs."""

    content: Annotated[str, Meta(min_length=1, max_length=1024)]
    priority: Literal["AlwaysFront", "InFront", "NormalCycle"] = "NormalCycle"
    format: Literal["ASCII", "HTML", "URI", "UTF8", "QRCODE"] = "UTF8"
    language: Annotated[str, Meta(max_length=8)] | None = None
    state: Literal["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"] | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    transaction: int | None = None


class NewMessage(MessageBody, forbid_unknown_fields=True, kw_only=True):
    """Without an id one is chosen."""

    id: Annotated[int, Meta(ge=1)] | None = None


class DisplayMessageView(Struct, kw_only=True):
    """A message and how the station took it. `confirmed_at`: when the station last told that it holds it."""

    id: int
    content: str
    priority: str
    format: str
    language: str | None
    state: str | None
    start_at: datetime | None
    end_at: datetime | None
    station_transaction_id: str | None
    status: str
    reason: str
    shown: bool
    changed_at: datetime
    confirmed_at: datetime | None


class MessagesAsked(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which messages the station is to tell; nothing means all."""

    ids: list[int] = []
    priority: Literal["AlwaysFront", "InFront", "NormalCycle"] | None = None
    state: Literal["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"] | None = None


class ClearedMessage(Struct, kw_only=True):
    """`status`: Accepted, Unknown, or how the order failed."""

    status: str
    reason: str


class ReportAsked(Struct, kw_only=True):
    """A report that was asked for. `status` is the station's answer."""

    request: int
    status: str
    reason: str


class CustomerAsked(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose data, by exactly one of token, identifier and certificate (its hash data as OCPP spells it)."""

    report: bool = True
    clear: bool = False
    token: TokenId | None = None
    token_kind: TokenKind | None = None
    identifier: Annotated[str, Meta(max_length=64)] | None = None
    certificate: dict[str, str] | None = None


class CustomerReport(ReportAsked, kw_only=True):
    """`text` is what came so far; it is all once `state` is complete."""

    state: str
    text: str
