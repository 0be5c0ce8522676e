"""The built console as routes: files held in memory, with ETags; scripts and styles also compressed.

The console speaks to the REST API only, like any other client; nothing here knows the central system.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

__all__ = ["DIST", "console_routes"]

DIST = Path(__file__).parent / "dist"

COMPRESS_FROM_BYTES = 1024
"""Below this a response fits into one packet anyway."""

_HEADERS = {
    # Names are stable, so that browsers must ask; the ETag makes the answer short.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class _Page:
    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


def console_routes(folder: Path = DIST) -> list[HTTPRouteHandler]:
    """`/` and every file beside it, without a token: the page itself tells nothing.

    Raises:
        FileNotFoundError: the folder holds no built console.

    """
    pages = {path.relative_to(folder).as_posix(): _read(path) for path in folder.rglob("*") if path.is_file()}
    if "index.html" not in pages:
        raise FileNotFoundError(f"no built console in {folder}; `make ui` builds it")

    @get("/", opt={"open": True}, include_in_schema=False)
    async def console(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _answer(request, pages["index.html"])

    @get(["/{name:str}", "/assets/{name:str}"], opt={"open": True}, include_in_schema=False)
    async def console_file(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
        page = pages.get(request.url.path.lstrip("/"))
        if page is None:
            raise NotFoundException(detail=f"no such page: {name}")
        return _answer(request, page)

    return [console, console_file]


def _read(path: Path) -> _Page:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        kind = "text/javascript"  # some systems' tables still say application/javascript
    compressed = gzip.compress(content, mtime=0) if len(content) >= COMPRESS_FROM_BYTES else None
    return _Page(content, compressed, kind, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


def _answer(request: Request[Any, Any, Any], page: _Page) -> Response[bytes]:
    compress = page.compressed is not None and "gzip" in request.headers.get("accept-encoding", "")
    # One ETag an encoding: the bytes differ (RFC 9110, 8.8.3.3).
    etag = page.etag[:-1] + '-gzip"' if compress else page.etag
    headers = {**_HEADERS, "ETag": etag}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(b"", status_code=304, headers=headers, media_type=page.media_type)
    if compress and page.compressed is not None:
        headers["Content-Encoding"] = "gzip"
        return Response(page.compressed, headers=headers, media_type=page.media_type)
    return Response(page.content, headers=headers, media_type=page.media_type)
