"""A driver's token: who may charge, until when, where, and in whose group."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

__all__ = ["AuthorizationStatus", "ContractHash", "Token"]


class AuthorizationStatus(StrEnum):
    """What a station is told about a token, in 2.x's words. 1.6 knows the first five; its translator maps the rest."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"
    UNKNOWN = "Unknown"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `group_id` is 1.6's parentIdTag: tokens of one group may stop each other's transactions."""

    id_token: str
    kind: str = "ISO14443"
    group_id: str | None = None
    blocked: bool = False
    expires_at: datetime | None = None
    concurrent_transactions_max: int | None = 1
    """How many transactions may run on this token at once; None means any number."""
    priority: float = 1.0
    """Weight of this driver's energy when there is not enough for all."""
    name: str = ""
    station_ids: tuple[str, ...] = ()
    """Where it may charge; none named means everywhere."""
    evse_ids: tuple[int, ...] = ()
    """Which EVSEs of a station it may use; none named means all."""
    hours_from: time | None = None
    hours_until: time | None = None
    """When it may start to charge each day, in `time_zone`; over midnight where from is after until."""
    time_zone: str = "UTC"
    charging_priority: int | None = None
    """chargingPriority of 2.x, from -9 to 9."""
    personal_message: str | None = None
    """Shown to the driver by a station of 2.x."""
    language: str | None = None
    """RFC 5646; of the message and of what else the station shows."""
    cache_duration_s: int | None = None
    """How long a station may keep an answer about it in its cache; None leaves it to the station."""
    tariff_id: str | None = None
    """What this driver pays; None: the station's, the site's or the default tariff."""


@dataclass(frozen=True, slots=True)
class ContractHash:
    """What identifies one certificate of a contract's chain (2.x OCSPRequestDataType)."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    responder_url: str
