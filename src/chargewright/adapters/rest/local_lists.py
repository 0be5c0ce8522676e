"""Local authorization lists: what each station should hold, and whether it does."""

from litestar import Router, delete, get, post, put

from chargewright.adapters.rest.driver_schemas import ListEntryView, LocalListBody, LocalListView
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.local_lists import entry_digest
from chargewright.domain.local_list import ListEntry, LocalList, TokenChoice
from chargewright.ids import StationId

__all__ = [
    "ask_list_version",
    "clear_local_list",
    "list_local_lists",
    "put_local_list",
    "read_local_list",
    "router",
    "send_local_list",
]


@get("/local-lists", summary="The lists of all stations, without their entries")
async def list_local_lists(services: Services) -> list[LocalListView]:
    return [_view(station, kept, None) for station, kept in services.drivers.local_lists.all().items()]


@get("/stations/{station_id:str}/local-list", summary="What a station should hold, and what it holds")
async def read_local_list(services: Services, station_id: str) -> LocalListView:
    station = services.provisioning.require(StationId(station_id)).id
    return await _with_entries(services, station, services.drivers.local_lists.read(station))


@put("/stations/{station_id:str}/local-list", summary="Choose what a station holds; it is sent at once")
async def put_local_list(services: Services, station_id: str, data: LocalListBody) -> LocalListView:
    station = services.provisioning.require(StationId(station_id)).id
    choice = TokenChoice(tuple(data.tokens), tuple(data.groups), tuple(data.kinds), data.everybody)
    kept = await services.drivers.local_lists.put(station, choice)
    return await _with_entries(services, station, kept)


@delete("/stations/{station_id:str}/local-list", status_code=200, summary="Have a station hold an empty list")
async def clear_local_list(services: Services, station_id: str) -> LocalListView:
    station = services.provisioning.require(StationId(station_id)).id
    return _view(station, await services.drivers.local_lists.delete(station), None)


@post(
    "/stations/{station_id:str}/local-list/synchronise",
    status_code=200,
    summary="Bring a station to hold its list now; with whole=true as a full update",
)
async def send_local_list(services: Services, station_id: str, whole: bool = False) -> LocalListView:
    station = services.provisioning.require(StationId(station_id)).id
    kept = await services.drivers.local_lists.synchronise(station, in_full=whole)
    return await _with_entries(services, station, kept)


@post(
    "/stations/{station_id:str}/local-list/version",
    status_code=200,
    summary="Ask a station which version it holds; 0 is an empty list, -1 none at all",
)
async def ask_list_version(services: Services, station_id: str) -> LocalListView:
    station = services.provisioning.require(StationId(station_id)).id
    return _view(station, await services.drivers.local_lists.ask_version(station), None)


async def _with_entries(services: RestServices, station: StationId, kept: LocalList) -> LocalListView:
    return _view(station, kept, await services.drivers.local_lists.entries(station))


def _view(station: StationId, kept: LocalList, entries: list[ListEntry] | None) -> LocalListView:
    chosen = kept.choice
    return LocalListView(
        station=station,
        chosen=LocalListBody(
            tokens=list(chosen.tokens),
            groups=list(chosen.groups),
            kinds=list(chosen.kinds),
            everybody=chosen.everybody,
        ),
        state=kept.state,
        reason=kept.reason,
        version=kept.version,
        reported_version=kept.reported_version,
        changed_at=kept.changed_at,
        entries=None if entries is None else [_entry(entry, kept) for entry in entries],
    )


def _entry(entry: ListEntry, kept: LocalList) -> ListEntryView:
    info = entry.info
    assert info is not None  # what a list should hold has one; only a removal has none
    return ListEntryView(
        token=entry.id_token,
        kind=entry.kind,
        status=info.status,
        group=info.group_id,
        expires_at=info.expires_at,
        held=(kept.held or {}).get(entry.id_token) == entry_digest(entry),
    )


def router() -> Router:
    """The routes of local lists."""
    return Router(
        "/",
        route_handlers=[
            list_local_lists,
            read_local_list,
            put_local_list,
            clear_local_list,
            send_local_list,
            ask_list_version,
        ],
    )
