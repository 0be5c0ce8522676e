"""Messages on a station's display (2.0.1 block O)."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ClearMessage", "DisplayMessage", "MessageCleared", "MessageShown", "ShowMessage"]


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """One message. `priority`, `format` and `state` in OCPP's words; `transaction` is the station's id of one.

    Without times it is shown at once and until it is cleared, or until its transaction ends.
    """

    id: int
    content: str
    priority: str = "NormalCycle"
    format: str = "UTF8"
    language: str | None = None
    state: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class ShowMessage:
    """SetDisplayMessage. Outcome: `MessageShown`. A message with the same id is replaced."""

    message: DisplayMessage


@dataclass(frozen=True, slots=True)
class MessageShown:
    """`status` in OCPP's words: Accepted, Rejected, NotSupportedPriority, UnknownTransaction ..."""

    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClearMessage:
    """ClearDisplayMessage. Outcome: `MessageCleared`."""

    message_id: int


@dataclass(frozen=True, slots=True)
class MessageCleared:
    """`status`: Accepted, Unknown (no such message), or Rejected (2.1)."""

    status: str
