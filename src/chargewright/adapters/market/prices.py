"""Day-ahead prices from public JSON APIs: aWATTar, Energy-Charts."""

from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import msgspec
from msgspec import Struct

from chargewright.adapters.market.source import HttpSource, point_of, points_from
from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries
from chargewright.errors import InvalidInput

__all__ = ["PER_KWH", "Awattar", "EnergyCharts"]

PER_KWH: Final = 1e-3
"""Markets trade MWh."""


class _AwattarPoint(Struct):
    start_timestamp: int
    end_timestamp: int
    marketprice: float
    unit: str = "Eur/MWh"


class _AwattarAnswer(Struct):
    data: list[_AwattarPoint]


class Awattar:
    """api.awattar.at and .de: Austria and Germany, no key. Times are milliseconds since 1970."""

    name = "awattar"
    kind: MarketKind = "price"
    refresh_s = 3600.0
    AREAS: Final = {"AT": "https://api.awattar.at", "DE": "https://api.awattar.de"}

    def __init__(self, *, url: str | None = None, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """Prices in EUR/kWh. Raises `InvalidInput` for an unknown area, and `MarketUnavailable`."""
        if area not in self.AREAS:
            raise InvalidInput(f"{area!r} is none of {', '.join(self.AREAS)}", where=f"{self.name}, area")
        source = HttpSource(self.name, self._url or self.AREAS[area], transport=self._transport)
        raw = await source.get_json("/v1/marketdata", query={"start": _ms(start), "end": _ms(end)})
        return source.series(area, self.kind, "EUR/kWh", source.read(_awattar, raw))


def _awattar(raw: Any) -> list[MarketPoint]:
    points: list[MarketPoint] = []
    for one in msgspec.convert(raw, _AwattarAnswer).data:
        _expect_mwh(one.unit)
        start = datetime.fromtimestamp(one.start_timestamp / 1000, tz=UTC)
        duration_s = (one.end_timestamp - one.start_timestamp) / 1000
        points.append(point_of(start, duration_s, one.marketprice, factor=PER_KWH))
    return points


class _ChartsAnswer(Struct):
    unix_seconds: list[int]
    price: list[float | None]
    unit: str


class EnergyCharts:
    """api.energy-charts.info (Fraunhofer ISE): bidding zones such as DE-LU, AT, FR, no key. Always in EUR/MWh."""

    name = "energy_charts"
    kind: MarketKind = "price"
    refresh_s = 3600.0

    def __init__(
        self,
        *,
        url: str = "https://api.energy-charts.info",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """Prices in EUR/kWh; where the API has null there is a gap. Raises `MarketUnavailable`."""
        query = {"bzn": area, "start": str(int(start.timestamp())), "end": str(int(end.timestamp()))}
        raw = await self._source.get_json("/price", query=query)
        return self._source.series(area, self.kind, "EUR/kWh", self._source.read(_charts, raw))


def _charts(raw: Any) -> list[MarketPoint]:
    told = msgspec.convert(raw, _ChartsAnswer)
    _expect_mwh(told.unit)
    if len(told.price) != len(told.unix_seconds):
        raise ValueError(f"{len(told.unix_seconds)} times and {len(told.price)} prices")
    starts = [datetime.fromtimestamp(s, tz=UTC) for s in told.unix_seconds]
    return points_from(starts, told.price, factor=PER_KWH)


def _ms(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))


def _expect_mwh(unit: str) -> None:
    if unit.replace(" ", "").lower() != "eur/mwh":
        raise ValueError(f"unit {unit!r} is not EUR/MWh")
