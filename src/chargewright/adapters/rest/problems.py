"""Errors as problem+json (RFC 9457): what kind, what is wrong, and where."""

import re
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from chargewright.adapters.rest.schemas import Problem
from chargewright.errors import (
    ChargewrightError,
    InvalidInput,
    NotFound,
    StoreUnavailable,
    UnsupportedByVersion,
)

__all__ = ["HANDLERS", "problem_of"]

log = structlog.get_logger(__name__)

_KINDS: dict[int, tuple[str, str]] = {
    400: ("invalid-input", "The request cannot be used"),
    401: ("not-authenticated", "A token is needed"),
    403: ("forbidden", "This is not allowed"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "This method does not exist here"),
    409: ("conflict", "This contradicts what is there"),
    413: ("too-large", "The request is too large"),
    422: ("not-in-this-version", "The station's OCPP version cannot carry this"),
    500: ("internal", "Something is wrong on our side"),
    503: ("unavailable", "Not at present"),
}
_FIELD = re.compile("(?:missing required|unknown) field `([^`]+)`")
_STATUS: tuple[tuple[type[ChargewrightError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 400),
    (UnsupportedByVersion, 422),
    (StoreUnavailable, 503),
)


def problem_of(error: Exception) -> Problem:
    """What is told of an error; nothing of the inside where it is our own."""
    if isinstance(error, HTTPException):
        return _problem(error.status_code, *_said(error))
    for kind, status in _STATUS:
        if isinstance(error, kind):
            if isinstance(error, InvalidInput):
                return _problem(status, error.what, error.where or None)
            return _problem(status, str(error), None)
    if isinstance(error, RecursionError) and "deserializing" in str(error):
        return _problem(400, "The JSON is nested too deeply.", None)
    return _problem(500, "It was logged; the request may be tried again.", None)


def _problem(status: int, detail: str, path: str | None) -> Problem:
    name, title = _KINDS.get(status, ("http", "The request was refused"))
    return Problem(
        type=f"urn:chargewright:problem:{name}", title=title, status=status, detail=detail, path=path
    )


def _said(error: HTTPException) -> tuple[str, str | None]:
    """(detail, path): from the framework's list of faulty fields where there is one."""
    faults = error.extra if isinstance(error.extra, list) else []
    found = [fault for fault in faults if isinstance(fault, dict) and "message" in fault]
    if not found:
        return error.detail, None
    detail = "; ".join(str(fault["message"]) for fault in found)
    return detail, _path(str(found[0].get("key", "")), str(found[0]["message"]))


def _path(key: str, message: str) -> str | None:
    """The path of the faulty field. Of one that is missing or unknown, the message has the last part."""
    named = _FIELD.search(message)
    parts = [part for part in (key.removeprefix("data").removeprefix("."), named and named[1]) if part]
    return ".".join(parts) or None


def _answer(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = problem_of(error)
    if problem.status >= 500:
        log.error("request_failed", error=repr(error), status=problem.status)
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={k: v for k, v in headers.items() if k.lower() != "content-type"},
    )


HANDLERS: dict[int | type[Exception], Any] = {Exception: _answer, HTTPException: _answer}
"""For Litestar's `exception_handlers`."""
