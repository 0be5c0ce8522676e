"""The routes of what OCPP 2.1 adds, and the answer that most of them give."""

from litestar import Router

from chargewright.adapters.rest import (
    battery_swaps,
    bidirectional,
    der_controls,
    dynamic_profiles,
    event_streams,
    payments,
    station_tariffs,
)

__all__ = ["routers"]


def routers() -> list[Router]:
    """Of dynamic profiles, priority charging, power in both directions, DER, streams, swaps, payments, tariffs."""
    return [
        dynamic_profiles.router(),
        bidirectional.router(),
        der_controls.router(),
        event_streams.router(),
        battery_swaps.router(),
        payments.router(),
        station_tariffs.router(),
    ]
