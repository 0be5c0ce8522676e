"""The routes that concern drivers, beside tokens and transactions."""

from litestar import Router

from chargewright.adapters.rest import display_messages, local_lists, reservations, tariffs

__all__ = ["routers"]


def routers() -> list[Router]:
    """Of reservations, local lists, tariffs, display messages and customer information."""
    return [reservations.router(), local_lists.router(), tariffs.router(), display_messages.router()]
