"""A driver's token: who may charge, until when, and in whose group."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["AuthorizationStatus", "Token"]


class AuthorizationStatus(StrEnum):
    """What a station is told about a token. The words that 1.6 and 2.x share; translators know the rest."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


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
