"""Energi Data Service of the Danish grid: day-ahead prices, and the forecast of carbon intensity. No key."""

from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import httpx2
import msgspec
from msgspec import Struct

from chargewright.adapters.market.prices import PER_KWH
from chargewright.adapters.market.source import HttpSource, moment, points_from
from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries

__all__ = ["EnergiDataCarbon", "EnergiDataPrices"]

URL: Final = "https://api.energidataservice.dk"


class _Price(Struct):
    time: str = msgspec.field(name="TimeUTC")
    value: float | None = msgspec.field(name="DayAheadPriceEUR")


class _Emission(Struct):
    time: str = msgspec.field(name="Minutes5UTC")
    value: float | None = msgspec.field(name="CO2Emission")


_Record = TypeVar("_Record", _Price, _Emission)


class _Answer(Struct, Generic[_Record]):
    records: list[_Record]


class EnergiDataPrices:
    """DayAheadPrices, in EUR: DK1, DK2 and their neighbours."""

    name = "energi_data"
    kind: MarketKind = "price"
    refresh_s = 3600.0

    def __init__(self, *, url: str = URL, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """Prices in EUR/kWh. Raises `MarketUnavailable`."""
        raw = await _asked(self._source, "DayAheadPrices", "TimeUTC", area, start, end)
        return self._source.series(area, self.kind, "EUR/kWh", self._source.read(_prices, raw))


class EnergiDataCarbon:
    """CO2EmisProg: the forecast for DK1 and DK2 in steps of five minutes."""

    name = "energi_data_carbon"
    kind: MarketKind = "carbon"
    refresh_s = 900.0

    def __init__(self, *, url: str = URL, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """In g/kWh. Raises `MarketUnavailable`."""
        raw = await _asked(self._source, "CO2EmisProg", "Minutes5UTC", area, start, end)
        return self._source.series(area, self.kind, "g/kWh", self._source.read(_emissions, raw))


async def _asked(
    source: HttpSource, dataset: str, time: str, area: str, start: datetime, end: datetime
) -> Any:
    query = {
        "start": f"{start.astimezone(UTC):%Y-%m-%dT%H:%M}",
        "end": f"{end.astimezone(UTC):%Y-%m-%dT%H:%M}",
        "timezone": "utc",
        "filter": msgspec.json.encode({"PriceArea": [area]}).decode(),
        "sort": f"{time} asc",
        "limit": "0",
    }
    return await source.get_json(f"/dataset/{dataset}", query=query)


def _prices(raw: Any) -> list[MarketPoint]:
    return _points(msgspec.convert(raw, _Answer[_Price]).records, factor=PER_KWH)


def _emissions(raw: Any) -> list[MarketPoint]:
    return _points(msgspec.convert(raw, _Answer[_Emission]).records)


def _points(told: list[_Record], *, factor: float = 1.0) -> list[MarketPoint]:
    return points_from([moment(f"{one.time}Z") for one in told], [one.value for one in told], factor=factor)
