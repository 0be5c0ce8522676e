"""Reports that a station tells in several messages, each named by the id of the order that asked for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

__all__ = ["Report", "ReportPart", "ReportState"]

ReportState = Literal["asked", "refused", "collecting", "complete", "timed out"]
"""`refused`: the station said so, or has nothing to report. `timed out`: parts are missing and none came for long."""


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One message of a report (NotifyReport, ReportChargingProfiles ...). Answer: `Acknowledged`.

    `seq_no` is None in messages that carry no number: those count as they arrive. `items` are in our words where
    a service stands behind them (`domain/device_model.py`), else as OCPP spells them.
    """

    action: str
    request_id: int
    seq_no: int | None
    last: bool
    items: tuple[Any, ...]
    generated_at: datetime | None = None
    digest: str = ""
    """Equal for a repeated message."""


@dataclass(frozen=True, slots=True)
class Report:
    """How far a report has come. `asked` is the action that asked for it, empty where nobody here did."""

    action: str
    request_id: int
    asked: str
    begun_at: datetime
    status: str = ""
    """What the station answered to the order, in OCPP's words."""
    reason: str = ""
    scope: str = ""
    """Which base report was asked for; empty for all others."""
    heard_at: datetime | None = None
    completed_at: datetime | None = None
    seq_nos: tuple[int, ...] = ()
    """The numbers of the parts that are here, ascending."""
    last_seq_no: int | None = None

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers below the greatest known one that never came."""
        top = max((*self.seq_nos, -1 if self.last_seq_no is None else self.last_seq_no), default=-1)
        here = set(self.seq_nos)
        return tuple(number for number in range(top + 1) if number not in here)

    def state(self, now: datetime, patience_s: float) -> ReportState:
        """Where it stands at `now`, when a report that is silent for `patience_s` is given up."""
        if self.completed_at is not None:
            return "complete"
        if self.status not in {"", "Accepted"}:
            return "refused"
        if (now - (self.heard_at or self.begun_at)).total_seconds() > patience_s:
            return "timed out"
        return "collecting" if self.seq_nos else "asked"
