"""Security of stations as one thing: handed to the wiring and to the API."""

from collections.abc import Callable
from dataclasses import dataclass

from chargewright.csms.dispatch import Inbound
from chargewright.csms.security.admission import Doorkeeper
from chargewright.csms.security.events import SecurityEvents

__all__ = ["Security"]


@dataclass(frozen=True, slots=True)
class Security:
    events: SecurityEvents
    doorkeeper: Doorkeeper

    def handlers(self) -> dict[type, Callable[[Inbound], None]]:
        """What these services answer, by kind of request."""
        return {**self.events.handlers()}
