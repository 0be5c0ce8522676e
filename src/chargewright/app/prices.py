"""`chargewright prices`: what energy costs in the hours ahead, from a market, a file or a tariff."""

import asyncio
import itertools
import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from rich.console import Console
from rich.table import Table

from chargewright.adapters.market.files import read_market_file
from chargewright.adapters.market.providers import providers
from chargewright.app.config import read_config
from chargewright.charging.site import Steps
from chargewright.charging.tariff import EnergyTariff, read_tariff
from chargewright.clock import as_utc
from chargewright.domain.market import MarketPoint, MarketSeries
from chargewright.errors import InvalidInput
from chargewright.simulator.clock import ScaledClock

__all__ = ["prices"]

_COLUMNS, _ROWS = 78, 16
_BAR: Final = 30
_TICKS: Final = 6


def prices(
    *,
    provider: str | None = None,
    area: str | None = None,
    tariff: Path | None = None,
    start: datetime | None = None,
    hours: int = 24,
    time_zone: str = "UTC",
    config: Path | None = None,
    json: bool = False,
) -> int:
    """Show what energy costs, or how much CO2 it bears, hour by hour: as a table, a curve, or JSON.

    Example: `chargewright prices --provider energy_charts --area DE-LU --time-zone Europe/Berlin`

    Parameters
    ----------
    provider
        Who is asked: awattar, energy_charts, entsoe, energi_data, or file; for carbon intensity carbon_gb,
        energi_data_carbon, electricity_maps, or carbon_file.
    area
        What is asked about, in the words of the provider: DE-LU, AT, DK1, GB; for files, a path.
    tariff
        An energy tariff, TOML or JSON. With a provider, its market_factor times the market is in the price.
    start
        From when on, with a zone; the present hour, if it is not said.
    hours
        For how long.
    time_zone
        Whose clock the table shows.
    config
        The server's settings, for the keys of providers that want one.
    json
        Print one JSON object, times in UTC.

    """
    if provider is None and tariff is None:
        raise InvalidInput("name a provider, a tariff, or both", where="--provider")
    if (provider is None) != (area is None):
        raise InvalidInput("a provider and an area go together", where="--area")
    if not 1 <= hours <= 24 * 400:
        raise InvalidInput("from 1 to 9600", where="--hours")
    if start is not None and start.tzinfo is None:
        raise InvalidInput("a time without a zone", where="--start")
    zone = _zone(time_zone)
    begin = as_utc(start or ScaledClock().now().replace(minute=0, second=0, microsecond=0))
    end = begin + timedelta(hours=hours)
    found = None
    if provider is not None and area is not None:
        found = asyncio.run(_fetch(provider, area, begin, end, config))
    points, unit = _shown(found, None if tariff is None else _tariff(tariff), begin, end)
    gaps = () if found is None else found.gaps(begin, end)
    if json:
        document = {"provider": provider, "area": area, "unit": unit, "points": points, "gaps": gaps}
        print(msgspec.json.encode(document).decode())
    else:
        _print(points, unit, zone, gaps)
    return 0


async def _fetch(
    provider: str, area: str, start: datetime, end: datetime, config: Path | None
) -> MarketSeries:
    if provider in {"file", "carbon_file"}:
        try:
            found = read_market_file(Path(area), provider=provider)
        except OSError as why:
            raise InvalidInput(str(why), where=area) from why
        return MarketSeries(
            provider=found.provider,
            area=found.area,
            kind=found.kind,
            unit=found.unit,
            points=tuple(point for point in found.points if point.end > start and point.start < end),
        )
    settings = read_config(config).market
    known = providers(
        entsoe_token=settings.entsoe_token, electricity_maps_token=settings.electricity_maps_token
    )
    if provider not in known:
        raise InvalidInput(f"{provider!r} is none of {', '.join(known)}", where="--provider")
    return await known[provider].fetch(area, start, end)


def _tariff(path: Path) -> EnergyTariff:
    try:
        content = path.read_bytes()
        raw = tomllib.loads(content.decode()) if path.suffix == ".toml" else msgspec.json.decode(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as why:
        raise InvalidInput(str(why), where=str(path)) from why
    return read_tariff(raw, where=str(path))


def _shown(
    market: MarketSeries | None, tariff: EnergyTariff | None, start: datetime, end: datetime
) -> tuple[list[MarketPoint], str]:
    """The points within the time asked for; of a tariff, one for each of its steps."""
    if tariff is None:
        assert market is not None
        inside = [point for point in market.points if point.end > start and point.start < end]
        return inside, market.unit
    if market is not None and market.unit != f"{tariff.currency}/kWh":
        raise InvalidInput(
            f"the tariff is in {tariff.currency}, the market in {market.unit}", where="--tariff"
        )
    own: Steps | None = None
    if tariff.market_factor and market is not None:
        own = market.steps(start, end)
    steps = tariff.prices(start, end, own)
    marks = [start, *(at for at in steps.starts if start < at < end), end]
    points = [MarketPoint(at, until, steps.at(at)) for at, until in itertools.pairwise(marks)]
    return points, f"{tariff.currency}/kWh"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise InvalidInput(f"no such time zone: {name!r}", where="--time-zone") from why


def _print(
    points: Sequence[MarketPoint],
    unit: str,
    zone: ZoneInfo,
    gaps: Sequence[tuple[datetime, datetime]],
) -> None:
    console = Console()
    if not points:
        console.print("nothing is known about this time")
        return
    table = Table(title=f"{unit}, {zone.key}")
    table.add_column("from")
    table.add_column("until")
    table.add_column(unit, justify="right")
    table.add_column("")
    low, high = min(*(p.value for p in points), 0.0), max(*(p.value for p in points), 0.0)
    for point in points:
        begin, end = point.start.astimezone(zone), point.end.astimezone(zone)
        value = f"{point.value:.1f}" if unit == "g/kWh" else f"{point.value:.4f}"
        table.add_row(f"{begin:%a %d %b %H:%M}", f"{end:%H:%M}", value, _bar(point.value, low, high))
    console.print(table)
    for begin, end in gaps:
        console.print(
            f"not known from {begin.astimezone(zone):%a %d %b %H:%M} until {end.astimezone(zone):%a %d %b %H:%M}",
            highlight=False,
        )
    if len(points) > 1:
        console.print(_curve(points, zone), markup=False, highlight=False)


def _bar(value: float, low: float, high: float) -> str:
    """A bar from zero: to the right where it costs, to the left where it pays."""
    scale = _BAR / ((high - low) or 1.0)
    zero = round(-low * scale)
    length = round(abs(value) * scale)
    bar = " " * (zero - length) + "░" * length if value < 0 else " " * zero + "█" * length
    return bar.rstrip()


def _curve(points: Sequence[MarketPoint], zone: ZoneInfo) -> str:
    import plotext

    drawing: Any = plotext  # it has no types
    start = points[0].start
    xs = [(at - start).total_seconds() for p in points for at in (p.start, p.end)]
    ys = [p.value for p in points for _ in range(2)]
    figure = drawing.figure
    figure.clear()
    figure.plot_size(_COLUMNS, _ROWS)
    figure.draw(figure.signal(xs, ys).lines())
    spread = (max(ys) - min(ys)) or 1.0
    figure.ruler("y", "left").lim(min(*ys, 0.0), max(ys) + 0.05 * spread)
    ticks = [xs[-1] * n / _TICKS for n in range(_TICKS + 1)]
    across = figure.ruler("x", "lower")
    across.lim(0, xs[-1])
    across.ticks(ticks, [f"{(start + timedelta(seconds=s)).astimezone(zone):%H:%M}" for s in ticks])
    return str(drawing.uncolorize(figure.build().string())).rstrip()
