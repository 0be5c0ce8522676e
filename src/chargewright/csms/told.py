"""What a station says to an order, whether it was answered or not."""

from chargewright.domain.answered import Answered
from chargewright.domain.commands import CommandOutcome

__all__ = ["told", "unanswered"]


def told(outcome: CommandOutcome) -> Answered:
    """The station's answer; for an order whose outcome is `Answered`."""
    return outcome.result if isinstance(outcome.result, Answered) else unanswered(outcome)


def unanswered(outcome: CommandOutcome) -> Answered:
    """Why there is no answer that could be used."""
    reason = f"{outcome.code} {outcome.description}".strip()
    if outcome.kind == "offline" and not reason:
        reason = "the station is not connected"
    return Answered(outcome.kind, reason, is_known=False)
