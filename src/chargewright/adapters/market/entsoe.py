"""Day-ahead prices of the ENTSO-E Transparency Platform (document A44, 12.1.D), which needs a security token.

The platform says prices in several series at once: the coupled auction of all Europe is classification sequence 1,
a local one (EXAA in Germany and Austria) sequence 2, which is out some hours earlier. Of series about the same
interval the lowest sequence counts, then the finest resolution. With curve type A03 a price that repeats the one
before it is left out; with A01 a position that is left out is a gap.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree as ET

import httpx2

from chargewright.adapters.market.source import HttpSource, moment, point_of, spans
from chargewright.domain.market import MarketKind, MarketPoint, MarketSeries
from chargewright.errors import InvalidInput

__all__ = ["AREAS", "Entsoe"]

AREAS: Final = {
    "AT": "10YAT-APG------L",
    "BE": "10YBE----------2",
    "CH": "10YCH-SWISSGRIDZ",
    "CZ": "10YCZ-CEPS-----N",
    "DE-LU": "10Y1001A1001A82H",
    "DK1": "10YDK-1--------W",
    "DK2": "10YDK-2--------M",
    "ES": "10YES-REE------0",
    "FI": "10YFI-1--------U",
    "FR": "10YFR-RTE------C",
    "HU": "10YHU-MAVIR----U",
    "IT-NORTH": "10Y1001A1001A73I",
    "NL": "10YNL----------L",
    "NO1": "10YNO-1--------2",
    "NO2": "10YNO-2--------T",
    "PL": "10YPL-AREA-----S",
    "PT": "10YPT-REN------W",
    "SE1": "10Y1001A1001A44P",
    "SE2": "10Y1001A1001A45N",
    "SE3": "10Y1001A1001A46L",
    "SE4": "10Y1001A1001A47J",
    "SI": "10YSI-ELES-----O",
    "SK": "10YSK-SEPS-----K",
}
"""Bidding zones by their usual names; any other is given by its EIC of 16 characters."""

_EIC: Final = re.compile(r"[0-9A-Z-]{16}")
_RESOLUTION: Final = re.compile(r"PT(\d+)M")
_YEAR: Final = timedelta(days=365)


class Entsoe:
    """web-api.tp.entsoe.eu."""

    name = "entsoe"
    kind: MarketKind = "price"
    refresh_s = 3600.0

    def __init__(
        self,
        token: str | None,
        *,
        url: str = "https://web-api.tp.entsoe.eu",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._token = token
        self._source = HttpSource(self.name, url, transport=transport)

    async def fetch(self, area: str, start: datetime, end: datetime) -> MarketSeries:
        """Prices per kWh, in the currency of the zone's documents.

        Raises:
            InvalidInput: no token is configured, or the area is unknown.
            MarketUnavailable: nothing was published yet, the token is refused, or anything else.

        """
        if not self._token:
            raise InvalidInput("needs a security token: market.entsoe_token", where=self.name)
        eic = AREAS.get(area, area)
        if not _EIC.fullmatch(eic):
            raise InvalidInput(
                f"{area!r} is neither an EIC nor one of {', '.join(AREAS)}", where=f"{self.name}, area"
            )
        points: list[MarketPoint] = []
        currency = ""
        for begin, until in spans(start, end, _YEAR):
            document = await self._document(eic, begin, until)
            currency = self._currency(document, currency)
            points += self._source.read(_points, document)
        known = {point.start: point for point in points if point.start < end and point.end > start}
        return self._source.series(area, self.kind, f"{currency}/kWh", list(known.values()))

    async def _document(self, eic: str, start: datetime, end: datetime) -> ET.Element:
        query = {
            "securityToken": self._token or "",
            "documentType": "A44",
            "in_Domain": eic,
            "out_Domain": eic,
            "periodStart": f"{start.astimezone(UTC):%Y%m%d%H00}",
            "periodEnd": f"{_full_hour(end):%Y%m%d%H00}",
        }
        body = await self._source.get("/api", query=query)
        try:
            text = body.decode()  # no other encoding could hide a declaration from the next line
            if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
                raise self._source.failed("the answer declares a document type, which no such document does")
            root = ET.fromstring(text)  # noqa: S314  no document type, so no entities
        except (UnicodeDecodeError, ET.ParseError) as why:
            raise self._source.failed(f"the answer is not XML: {why}") from why
        kind = _bare(root.tag)
        if kind == "Acknowledgement_MarketDocument":
            told = " ".join(
                text for text in (_text(reason, "text") for reason in _all(root, "Reason")) if text
            )
            raise self._source.failed(told or "the platform refuses, and does not say why")
        if kind != "Publication_MarketDocument":
            raise self._source.failed(f"the answer is a {kind}")
        return root

    def _currency(self, document: ET.Element, before: str) -> str:
        found = {_text(series, "currency_Unit.name") for series in _all(document, "TimeSeries")}
        if before:
            found.add(before)
        if len(found) > 1:
            raise self._source.failed(f"prices in several currencies: {', '.join(sorted(found))}")
        return found.pop() if found else ""


def _points(document: ET.Element) -> list[MarketPoint]:
    ranked: list[tuple[int, float, int, MarketPoint]] = []
    for number, series in enumerate(_all(document, "TimeSeries")):
        unit = _text(series, "price_Measure_Unit.name")
        if unit and unit.upper() != "MWH":
            raise ValueError(f"prices per {unit}")
        sequence = int(_text(series, "classificationSequence_AttributeInstanceComponent.position") or 1)
        repeats = _text(series, "curveType") == "A03"
        for period in _all(series, "Period"):
            for point in _period(period, repeats=repeats):
                length_s = (point.end - point.start).total_seconds()
                ranked.append((sequence, length_s, number, point))
    return _best(ranked)


def _period(period: ET.Element, *, repeats: bool) -> Iterator[MarketPoint]:
    interval = _all(period, "timeInterval")[0]
    start, end = moment(_text(interval, "start")), moment(_text(interval, "end"))
    resolution = _RESOLUTION.fullmatch(_text(period, "resolution"))
    if resolution is None:
        raise ValueError(f"resolution {_text(period, 'resolution')!r}")
    step_s = 60.0 * int(resolution[1])
    count = round((end - start).total_seconds() / step_s)
    told = {int(_text(p, "position")): float(_text(p, "price.amount")) for p in _all(period, "Point")}
    if any(not 1 <= position <= count for position in told):
        raise ValueError(
            f"a position beyond the {count} of its period, which begins at {start:%Y-%m-%dT%H:%MZ}"
        )
    price: float | None = None
    for position in range(1, count + 1):
        price = told.get(position, price if repeats else None)
        if price is not None:
            yield point_of(start + timedelta(seconds=step_s * (position - 1)), step_s, price, factor=1e-3)


def _best(ranked: list[tuple[int, float, int, MarketPoint]]) -> list[MarketPoint]:
    """Return points that do not overlap: of two that do, the one of lower rank."""
    taken: list[MarketPoint] = []
    covered: set[datetime] = set()
    for _, _, _, point in sorted(ranked, key=lambda one: (*one[:3], one[3].start)):
        marks: list[datetime] = []
        at = point.start
        while at < point.end:
            marks.append(at)
            at += timedelta(minutes=15)
        if covered.isdisjoint(marks):
            covered.update(marks)
            taken.append(point)
    return sorted(taken, key=lambda point: point.start)


def _full_hour(at: datetime) -> datetime:
    """The platform counts in hours: the next full one."""
    at = at.astimezone(UTC)
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(hours=1)


def _bare(tag: str) -> str:
    """The name without its namespace, which changes with every edition of the schema."""
    return tag.rpartition("}")[2]


def _all(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _bare(child.tag) == name]


def _text(element: ET.Element, name: str) -> str:
    found: Any = next((child.text for child in element if _bare(child.tag) == name), None)
    return (found or "").strip()
