"""Calls that are under way on a link."""

from msgspec import Struct

from chargewright.ocpp.catalog import Action

__all__ = ["InboundCall", "OutboundCall"]


class InboundCall(Struct, gc=False):
    """A call of the other side that is not answered yet, or whose answer waits for its turn."""

    action: Action | None
    text: bytes
    answer: bytes | None = None
    copies: int = 1


class OutboundCall(Struct, frozen=True, gc=False):
    """A call of ours that waits for its answer."""

    message_id: str
    action: Action
    deadline_s: float
