"""An order that a station takes or does not take, told in four words."""

from dataclasses import dataclass
from typing import Literal

from chargewright.csms.commands import Commands, Priority
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.security import Replied, SecurityCommand
from chargewright.ids import StationId

__all__ = ["Asked", "ask", "told"]


@dataclass(frozen=True, slots=True)
class Asked:
    """unknown: it was sent, and nobody knows whether it took effect. offline: it was never sent."""

    outcome: Literal["accepted", "refused", "unknown", "offline"]
    reason: str = ""
    status: str = ""
    """The station's own word, where it said one."""

    @property
    def accepted(self) -> bool:
        return self.outcome == "accepted"

    @property
    def needs_reboot(self) -> bool:
        return self.status == "RebootRequired"


async def ask(
    commands: Commands,
    station_id: StationId,
    command: SecurityCommand,
    *,
    priority: Priority = Priority.NORMAL,
) -> Asked:
    """Order, and say how it ended. Raises what `Commands.order` raises before anything is sent."""
    return told(await commands.order(station_id, command, priority=priority))


def told(outcome: CommandOutcome) -> Asked:
    """How an order ended."""
    if outcome.kind == "offline":
        return Asked("offline", outcome.description or "the station is not connected")
    if outcome.kind == "timeout":
        return Asked("unknown", outcome.description)
    if not isinstance(outcome.result, Replied):
        return Asked("refused", f"{outcome.code}: {outcome.description}".strip(": "))
    reply = outcome.result
    return Asked("accepted" if reply.accepted else "refused", reply.reason, reply.status)
