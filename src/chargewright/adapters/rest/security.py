"""Who may use the API: whoever has the token. Without one the API is open, and then only for this machine."""

import hashlib
import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

__all__ = ["OPEN", "guard"]

OPEN = {"open": True}
"""For a route's `opt`: needs no token."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


def guard(token_hash: str | None) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard that asks for the bearer token with this SHA-256 (hex), or for a request of our own machine."""

    def with_token(connection: Connection, handler: BaseRouteHandler) -> None:
        if handler.opt.get("open"):
            return
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(token.strip().encode()).hexdigest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(digest, token_hash or ""):
            raise NotAuthorizedException(
                detail="send `Authorization: Bearer <token>`", headers={"WWW-Authenticate": "Bearer"}
            )

    def without_token(connection: Connection, handler: BaseRouteHandler) -> None:
        """Refuse what a foreign web page may send from a browser of this machine."""
        if handler.opt.get("open"):
            return
        if not _is_literal(connection.headers.get("host", "")):
            raise PermissionDeniedException(
                detail="an API without a token answers to localhost and addresses only"
            )
        foreign = connection.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
        if foreign and connection.scope.get("method") not in _SAFE:
            raise PermissionDeniedException(detail="another site's page may not change anything here")

    return without_token if token_hash is None else with_token


def _is_literal(host: str) -> bool:
    """Localhost or an address: a name could be pointed here by others (DNS rebinding)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
