"""How a station is read, what is known of its model, and how it was seen to depart from the standard."""

from datetime import datetime
from typing import Literal

from litestar import Router, delete, get, put
from litestar.response import Response
from msgspec import Struct

from chargewright.adapters.rest.services import RestServices, Services
from chargewright.domain.compatibility import CompatibilityRecord, Hint, Quirk
from chargewright.domain.station import Station
from chargewright.ids import StationId
from chargewright.ocpp.tolerance import FIXED, WHAT, Switch

__all__ = [
    "CompatibilityView",
    "DeviationView",
    "QuirkView",
    "ReadingBody",
    "SwitchView",
    "change_reading",
    "forget_deviations",
    "list_quirks",
    "read_compatibility",
    "read_compatibility_text",
    "router",
]


class QuirkView(Struct, kw_only=True):
    """What is known of stations whose vendor, model and firmware fit the patterns."""

    id: str
    title: str
    vendor: str
    model: str
    firmware: str
    sources: list[str]
    switches: dict[str, bool]
    hints: list[Hint]
    origin: str


class SwitchView(Struct, kw_only=True):
    """`set_by`: standard, preset (what `reading` says), everywhere, model or station. `used`: since the start."""

    name: Switch
    what: str
    on: bool
    set_by: str
    used: int


class DeviationView(Struct, kw_only=True):
    """One kind. `borne_by` is empty where it was refused, or only told of. Secrets in `frame` read `***`."""

    what: str
    description: str
    borne_by: str
    count: int
    first_at: datetime
    last_at: datetime
    frame: str


class CompatibilityView(Struct, kw_only=True):
    """`more` deviations came when there was no room for another kind."""

    station_id: str
    reading: str
    time_zone: str
    switches: list[SwitchView]
    quirks: list[QuirkView]
    hints: list[Hint]
    deviations: list[DeviationView]
    more: int


class ReadingBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How a station is read from now on; `switches` go before what `reading` and its model say."""

    reading: Literal["strict", "tolerant", "record-only"] = "strict"
    switches: dict[Switch, bool] = {}
    time_zone: str = ""


@get("/quirks", summary="What is known of models of stations, and where from")
async def list_quirks(services: Services) -> list[QuirkView]:
    return [_quirk(quirk) for quirk in services.compatibility.quirks.all()]


@get("/stations/{station_id:str}/compatibility", summary="How a station is read, and every deviation of it")
async def read_compatibility(services: Services, station_id: str) -> CompatibilityView:
    station = services.provisioning.require(StationId(station_id))
    return _view(services, station, await services.compatibility.seen(station.id))


@get(
    "/stations/{station_id:str}/compatibility.md",
    summary="The same to read: a report that its maker understands",
    media_type="text/markdown",
)
async def read_compatibility_text(services: Services, station_id: str) -> Response[bytes]:
    station = services.provisioning.require(StationId(station_id))
    view = _view(services, station, await services.compatibility.seen(station.id))
    return Response(_text(station, view).encode(), media_type="text/markdown; charset=utf-8")


@put("/stations/{station_id:str}/reading", summary="Set how a station is read; holds at once")
async def change_reading(services: Services, station_id: str, data: ReadingBody) -> CompatibilityView:
    known = services.provisioning.require(StationId(station_id)).id
    station = await services.compatibility.read_as(
        known, mode=data.reading, switches=data.switches, time_zone=data.time_zone
    )
    return _view(services, station, await services.compatibility.seen(known))


@delete("/stations/{station_id:str}/compatibility", summary="Forget what was seen, to see what comes anew")
async def forget_deviations(services: Services, station_id: str) -> None:
    await services.compatibility.forget(services.provisioning.require(StationId(station_id)).id)


def _view(services: RestServices, station: Station, record: CompatibilityRecord) -> CompatibilityView:
    compatibility = services.compatibility
    on, reasons = compatibility.tolerance_of(station).switches, compatibility.reasons(station)
    quirks = compatibility.quirks.of_station(station)
    return CompatibilityView(
        station_id=station.id,
        reading=station.reading,
        time_zone=station.time_zone or "UTC",
        switches=[
            SwitchView(
                name=switch,
                what=WHAT[switch],
                on=switch in on,
                set_by=reasons[switch],
                used=compatibility.uses[station.id, switch],
            )
            for switch in Switch
        ],
        quirks=[_quirk(quirk) for quirk in quirks],
        hints=sorted({hint for quirk in quirks for hint in quirk.hints}),
        deviations=[
            DeviationView(
                what=seen.what,
                description=seen.description,
                borne_by=seen.switch,
                count=seen.count,
                first_at=seen.first_at,
                last_at=seen.last_at,
                frame=seen.frame,
            )
            for seen in sorted(record.deviations, key=lambda seen: seen.last_at, reverse=True)
        ],
        more=record.more,
    )


def _quirk(quirk: Quirk) -> QuirkView:
    return QuirkView(
        id=quirk.id,
        title=quirk.title,
        vendor=quirk.vendor,
        model=quirk.model,
        firmware=quirk.firmware,
        sources=list(quirk.sources),
        switches=quirk.switches,
        hints=sorted(quirk.hints),
        origin=quirk.origin,
    )


def _text(station: Station, view: CompatibilityView) -> str:
    told = " ".join(
        part for part in (station.vendor, station.model, station.firmware_version, station.version) if part
    )
    on = ", ".join(f"{one.name} ({one.set_by})" for one in view.switches if one.on and one.name not in FIXED)
    lines = [
        f"# Compatibility of {_plain(view.station_id)}",
        "",
        f"{_plain(told) or 'It has not booted yet.'}",
        "",
        f"Read {view.reading}, times without a zone as {view.time_zone}. Borne: {on or 'nothing'}.",
        "",
    ]
    if view.quirks:
        lines += ["## Known of this model", ""]
        for quirk in view.quirks:
            lines.append(f"- {quirk.title} ({', '.join(quirk.sources) or quirk.origin})")
        lines.append("")
    lines += ["## Seen", ""]
    if not view.deviations:
        lines += ["Nothing that departs from the standard.", ""]
    for seen in view.deviations:
        how = f"borne by `{seen.borne_by}`" if seen.borne_by else "refused, or told only"
        when = (
            f"{seen.count} times, {seen.first_at:%Y-%m-%d %H:%M:%S} to {seen.last_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        lines += [f"### {_plain(seen.what)}: {_plain(seen.description)}", "", f"{when}; {how}.", ""]
        if seen.frame:
            lines += [f"    {_plain(seen.frame)}", ""]
    if view.more:
        lines += [f"{view.more} more were not kept apart.", ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """One line that cannot become markup: what stations say is shown, never rendered."""
    escaped = "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in " ".join(text.split()))
    return "".join(char for char in escaped if char.isprintable())


def router() -> Router:
    """Compatibility, below a station, and the registry."""
    return Router(
        "/",
        route_handlers=[
            list_quirks,
            read_compatibility,
            read_compatibility_text,
            change_reading,
            forget_deviations,
        ],
    )
