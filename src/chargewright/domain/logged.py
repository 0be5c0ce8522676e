"""One frame as the OCPP log shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["Direction", "FrameKind", "LoggedMessage", "Wanted"]

Direction = Literal["in", "out"]
"""`in` comes from the station, `out` goes to it."""

FrameKind = Literal["CALL", "CALLRESULT", "CALLERROR", "CALLRESULTERROR", "SEND", "UNREADABLE"]


@dataclass(slots=True)
class LoggedMessage:
    """A frame, and what the log knows of its other half.

    `number` grows with time over all stations. A call and its answer share `action` and `outcome`: `answered`,
    the code of the error, or `unanswered`. `answered_after_ms` stands at both.
    """

    number: int
    at: datetime
    direction: Direction
    kind: FrameKind
    message_id: str | None
    action: str | None
    outcome: str | None
    answered_after_ms: float | None
    frame: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in the log of a station; None asks for nothing. `outcome` "error" is any error."""

    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None
    message_id: str | None = None
    outcome: str | None = None
    direction: Direction | None = None
    after: int | None = None
    """Frames with a greater number only, the oldest first: for those who follow."""
    limit: int = 100

    def fits(self, message: LoggedMessage) -> bool:
        is_error = message.outcome not in {None, "answered", "unanswered"}
        return (
            (self.since is None or message.at >= self.since)
            and (self.until is None or message.at < self.until)
            and self.action in {None, message.action}
            and self.message_id in {None, message.message_id}
            and (self.outcome in {None, message.outcome} or (self.outcome == "error" and is_error))
            and self.direction in {None, message.direction}
            and (self.after is None or message.number > self.after)
        )
