"""A real central system on loopback, for stories with stations of any make."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chargewright.app.config import StationsConfig
from chargewright.app.wiring import CentralSystem, build
from chargewright.domain.site import SiteSettings
from chargewright.domain.station import Registration, Station
from chargewright.domain.token import Token
from chargewright.ids import EvseId, SiteId, StationId
from chargewright.simulator.clock import ScaledClock

TOKEN = "TAG0001"


def site_definition(*stations: str, limit_a: float = 20.0) -> bytes:
    return json.dumps(
        {
            "nodes": [{"id": "main", "limit_a": limit_a}],
            "evses": [
                {"station": s, "node": "main", "connection": "RST", "current_max_a": 32} for s in stations
            ],
        }
    ).encode()


@asynccontextmanager
async def central_system(
    *stations: str, site: bool = True, speed: float = 20.0
) -> AsyncIterator[CentralSystem]:
    """Stations that are known and trusted, one token, and a site of 20 A per phase; time runs fast."""
    central = build(StationsConfig(port=0), database=":memory:", clock=ScaledClock(speed=speed))
    await central.start()
    try:
        for station in stations:
            await central.services.provisioning.put(
                Station(StationId(station), registration=Registration.ACCEPTED, evse_ids=(EvseId(1),))
            )
        await central.store.commit(lambda records: records.put_token(Token(TOKEN)))
        if site:
            settings = SiteSettings(settle_s=1.0, clock_offset_max_s=1.0)
            await central.sites.put(SiteId("site"), "Site", site_definition(*stations), settings)
        yield central
    finally:
        await central.stop()


def url(central: CentralSystem, station: str) -> str:
    return f"ws://127.0.0.1:{central.gateway.port}/ocpp/{station}"
