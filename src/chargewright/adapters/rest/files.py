"""Files: firmware that stations may fetch, logs and diagnostics that they left here."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from litestar import Request, Router, delete, get, post
from litestar.params import Parameter
from litestar.response import Stream
from msgspec import Struct

from chargewright.adapters.rest.services import Services
from chargewright.domain.files import FilePurpose, StoredFile
from chargewright.ids import StationId

__all__ = [
    "FileView",
    "delete_file",
    "download_file",
    "file_view",
    "list_files",
    "read_file",
    "router",
    "upload_file",
]


class FileView(Struct, kw_only=True):
    """A file. `reference` is the number of the request that asked a station for it."""

    id: str
    name: str
    purpose: FilePurpose
    bytes: int
    sha256: str
    created_at: datetime
    station: str | None
    reference: str


@get("/files", summary="Files, the newest first; those that one station left where it is named")
async def list_files(services: Services, station: str | None = None) -> list[FileView]:
    found = services.files.all(None if station is None else StationId(station))
    return [file_view(file) for file in found]


@post(
    "/files",
    summary="Keep a file for stations to fetch: the body is the file itself",
    status_code=201,
    request_max_body_size=None,
)
async def upload_file(
    services: Services,
    request: Request[Any, Any, Any],
    name: Annotated[str, Parameter(min_length=1, max_length=200)],
    purpose: Literal["firmware", "other"] = "firmware",
) -> FileView:
    return file_view(await services.files.keep(name, purpose, _parts(request)))


@get("/files/{file_id:str}", summary="A file's name, size and checksum")
async def read_file(services: Services, file_id: str) -> FileView:
    return file_view(services.files.file(file_id))


@get("/files/{file_id:str}/content", summary="The file itself", media_type="application/octet-stream")
async def download_file(services: Services, file_id: str) -> Stream:
    file = services.files.file(file_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Content-Length": str(file.bytes),
        "ETag": f'"{file.sha256}"',
    }
    return Stream(services.files.content(file_id), media_type="application/octet-stream", headers=headers)


@delete("/files/{file_id:str}", summary="Forget a file; stations can fetch it no more")
async def delete_file(services: Services, file_id: str) -> None:
    await services.files.delete(file_id)


async def _parts(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    async for part in request.stream():
        if part:
            yield part


def file_view(file: StoredFile) -> FileView:
    """How a file is shown."""
    return FileView(
        id=file.id,
        name=file.name,
        purpose=file.purpose,
        bytes=file.bytes,
        sha256=file.sha256,
        created_at=file.created_at,
        station=file.station_id,
        reference=file.reference,
    )


def router() -> Router:
    """Files, as operators see them."""
    return Router("/", route_handlers=[list_files, upload_file, read_file, download_file, delete_file])
