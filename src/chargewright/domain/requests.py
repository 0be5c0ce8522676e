"""What a station tells or asks. Each request names its answer, and gets exactly one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from msgspec import Struct

from chargewright.domain.additions import AddedAnswer
from chargewright.domain.ev_charging import EvScheduleAnswer
from chargewright.domain.firmware import FirmwareRequest
from chargewright.domain.metering import Reading
from chargewright.domain.security import SecurityAnswer, SecurityRequest
from chargewright.domain.station import Registration
from chargewright.domain.token import AuthorizationStatus, ContractHash
from chargewright.domain.transaction import EventKind
from chargewright.ids import EvseId, TransactionId

__all__ = [
    "Acknowledged",
    "Answer",
    "AuthorizationAnswer",
    "AuthorizationAsked",
    "BootAnswer",
    "DataAnswer",
    "DataTransferred",
    "Heartbeat",
    "HeartbeatAnswer",
    "MeterReported",
    "NeedsAnswer",
    "NeedsReported",
    "Notice",
    "Request",
    "StationBooted",
    "StatusReported",
    "TokenInfo",
    "TransactionAnswer",
    "TransactionReported",
]


@dataclass(frozen=True, slots=True)
class StationBooted:
    """BootNotification. Answer: `BootAnswer`."""

    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BootAnswer:
    registration: Registration
    at: datetime
    interval_s: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Heartbeat. Answer: `HeartbeatAnswer`."""


@dataclass(frozen=True, slots=True)
class HeartbeatAnswer:
    at: datetime


@dataclass(frozen=True, slots=True)
class AuthorizationAsked:
    """Authorize. Answer: `AuthorizationAnswer`."""

    id_token: str
    kind: str = ""
    certificate: str | None = None
    """The contract's certificate chain as PEM, where the station asks us to validate it."""
    certificate_hashes: tuple[ContractHash, ...] = ()
    """Of a chain that the station validated: to be asked about at their OCSP responders."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What a station may be told of a token (1.6 idTagInfo, 2.x idTokenInfo; 1.6 has the first three)."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    group_id: str | None = None
    charging_priority: int | None = None
    evse_ids: tuple[int, ...] = ()
    personal_message: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
    """`certificate_status` where certificates were asked about and judged (2.x AuthorizeCertificateStatus).

    `both_ways`: the car may be discharged (2.1 Q01).
    """

    info: TokenInfo
    certificate_status: str | None = None
    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class StatusReported:
    """StatusNotification. Answer: `Acknowledged`."""

    action: ClassVar[str] = "StatusNotification"
    evse_id: EvseId
    connector_id: int
    status: str
    at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class TransactionReported:
    """StartTransaction, StopTransaction or TransactionEvent. Answer: `TransactionAnswer`.

    `wire_id` is None for a StartTransaction (1.6): the transaction id is ours to give then, and `digest`, made
    from (connector, idTag, timestamp, meterStart), recognises a repeated one. `token_asked` is True where the
    station wants to hear whether the token may charge.
    """

    kind: EventKind
    wire_id: str | None
    at: datetime
    digest: str
    evse_id: EvseId | None = None
    connector_id: int | None = None
    seq_no: int | None = None
    id_token: str | None = None
    token_kind: str = ""
    token_asked: bool = False
    trigger: str = ""
    """What made the station say it (2.x triggerReason)."""
    meter_wh: float | None = None
    reason: str | None = None
    charging_state: str | None = None
    reservation_id: int | None = None
    remote_start_id: int | None = None
    offline: bool = False
    readings: tuple[Reading, ...] = ()
    suspect: str = ""
    cost_details: bytes = b""
    """What the station itself reckons (2.1 costDetails), as it came."""


@dataclass(frozen=True, slots=True)
class TransactionAnswer:
    """`total_cost` in the tariff's currency, tax included; None where there is no tariff."""

    transaction_id: TransactionId
    info: TokenInfo | None
    total_cost: Decimal | None = None


class MeterReported(Struct, frozen=True, gc=False):
    """MeterValues. Answer: `Acknowledged`. `wire_id` is the station's word for the transaction, if it gave one.

    On the hot path, hence a Struct: it is made in a third of the time that a frozen dataclass takes.
    """

    evse_id: EvseId
    readings: tuple[Reading, ...]
    wire_id: str | None = None


@dataclass(frozen=True, slots=True)
class NeedsReported:
    """NotifyEVChargingNeeds (2.x). Answer: `NeedsAnswer`."""

    evse_id: EvseId
    energy_wh: float | None
    departure_at: datetime | None
    current_max_a: float | None
    energy_min_wh: float | None = None
    soc_now_percent: float | None = None
    soc_target_percent: float | None = None
    battery_wh: float | None = None
    discharge_power_w_max: float | None = None
    discharge_down_to_wh: float | None = None
    charge_up_to_wh: float | None = None


@dataclass(frozen=True, slots=True)
class NeedsAnswer:
    """Accepted: a profile comes at once. Processing: it comes with the next plan."""

    status: Literal["Accepted", "Rejected", "Processing"]


@dataclass(frozen=True, slots=True)
class DataTransferred:
    """DataTransfer. Answer: `DataAnswer`."""

    vendor_id: str
    message_id: str
    data: object


@dataclass(frozen=True, slots=True)
class DataAnswer:
    status: Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
    data: object = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Anything that a station reports and that needs no decision: kept, shown, acknowledged. Answer: `Acknowledged`."""

    action: str
    content: bytes
    urgent: bool = False
    """Durable before the answer (SecurityEventNotification)."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Received; there is nothing to say."""


Request = (
    StationBooted
    | SecurityRequest
    | FirmwareRequest
    | Heartbeat
    | AuthorizationAsked
    | StatusReported
    | TransactionReported
    | MeterReported
    | NeedsReported
    | DataTransferred
    | Notice
)
Answer = (
    BootAnswer
    | SecurityAnswer
    | HeartbeatAnswer
    | AuthorizationAnswer
    | TransactionAnswer
    | NeedsAnswer
    | EvScheduleAnswer
    | AddedAnswer
    | DataAnswer
    | Acknowledged
)
