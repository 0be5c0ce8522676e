"""Carbon intensity of grids from public APIs: Great Britain, and Electricity Maps, in g of CO2 per kWh."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import httpx2
import msgspec
from msgspec import Struct

from chargewright.adapters.market.source import HttpSource, moment, point_of, points_from, spans
from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries
from chargewright.errors import InvalidInput

__all__ = ["CarbonIntensityGb", "ElectricityMaps"]

UNIT: Final = "g/kWh"
FORTNIGHT: Final = timedelta(days=13)
"""The British API gives fourteen days at once; the day less is for half hours at both ends."""


class _Intensity(Struct):
    forecast: float | None = None
    actual: float | None = None


class _HalfHour(Struct):
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    intensity: _Intensity


class _National(Struct):
    data: list[_HalfHour]


class _Regional(Struct):
    data: _National


class CarbonIntensityGb:
    """api.carbonintensity.org.uk, no key: GB as a whole, a region by its number (1 to 17), or by its outward postcode."""

    name = "carbon_gb"
    kind: MarketKind = "carbon"
    refresh_s = 1800.0

    def __init__(
        self,
        *,
        url: str = "https://api.carbonintensity.org.uk",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """What was, where that is known, else the forecast. Raises `InvalidInput` and `MarketUnavailable`."""
        points: dict[datetime, MarketPoint] = {}
        for begin, until in spans(start, end, FORTNIGHT):
            raw = await self._source.get_json(_path(area, begin, until))
            points |= {point.start: point for point in self._source.read(_half_hours, raw)}
        return self._source.series(area, self.kind, UNIT, list(points.values()))


def _path(area: str, start: datetime, end: datetime) -> str:
    times = "/".join(f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for at in (start, end))
    if area == "GB":
        return f"/intensity/{times}"
    if area.isdecimal() and 1 <= int(area) <= 17:
        return f"/regional/intensity/{times}/regionid/{area}"
    if re.fullmatch(r"[A-Z]{1,2}[0-9][0-9A-Z]?", area):
        return f"/regional/intensity/{times}/postcode/{quote(area)}"
    raise InvalidInput(
        f"{area!r} is neither GB, nor a region from 1 to 17, nor an outward postcode", where="carbon_gb, area"
    )


def _half_hours(raw: Any) -> list[MarketPoint]:
    regional = isinstance(raw, dict) and isinstance(raw.get("data"), dict)
    told = (msgspec.convert(raw, _Regional).data if regional else msgspec.convert(raw, _National)).data
    points: list[MarketPoint] = []
    for one in told:
        start, end = moment(one.start), moment(one.end)
        known = one.intensity.forecast if one.intensity.actual is None else one.intensity.actual
        if known is not None:
            points.append(point_of(start, (end - start).total_seconds(), known))
    return points


class _MapsPoint(Struct):
    at: str = msgspec.field(name="datetime")
    intensity: float | None = msgspec.field(name="carbonIntensity")


class _MapsAnswer(Struct):
    forecast: list[_MapsPoint]


class ElectricityMaps:
    """api.electricitymaps.com: the forecast for zones all over the world, with a key."""

    name = "electricity_maps"
    kind: MarketKind = "carbon"
    refresh_s = 3600.0

    def __init__(
        self,
        token: str | None,
        *,
        url: str = "https://api.electricitymaps.com",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._token = token
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """The forecast as far as it reaches. Raises `InvalidInput` without a key, and `MarketUnavailable`."""
        if not self._token:
            raise InvalidInput("needs a key: market.electricity_maps_token", where=self.name)
        raw = await self._source.get_json(
            "/v3/carbon-intensity/forecast", query={"zone": area}, headers={"auth-token": self._token}
        )
        points = self._source.read(_maps, raw)
        inside = [point for point in points if point.end > start and point.start < end]
        return self._source.series(area, self.kind, UNIT, inside)


def _maps(raw: Any) -> list[MarketPoint]:
    told = msgspec.convert(raw, _MapsAnswer).forecast
    return points_from([moment(one.at) for one in told], [one.intensity for one in told])
