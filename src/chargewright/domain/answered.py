"""What a station says to an order that is either taken or not."""

from dataclasses import dataclass

__all__ = ["Answered"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A status in OCPP's words, and why.

    Where no answer came, `status` is `offline`, `timeout` or `error`, and `is_known` is False: nobody can tell
    whether a message that was sent took effect.
    """

    status: str
    reason: str = ""
    is_known: bool = True

    @property
    def accepted(self) -> bool:
        return self.is_known and self.status == "Accepted"
