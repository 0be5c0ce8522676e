"""The OpenAPI 3.1 document, read off the routes themselves.

The framework's own generator stops at lists as defaults and leaves out that unknown fields are refused; msgspec,
which does the reading, also writes the JSON Schema, so the two cannot differ.
"""

import inspect
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.response import Response, Stream
from litestar.routes import BaseRoute, HTTPRoute

import chargewright
from chargewright.adapters.rest.schemas import Problem
from chargewright.adapters.rest.security import OPEN

__all__ = ["document"]

_NOT_PARAMETERS = frozenset({"services", "request", "data", "return"})
_REFERENCE = "#/components/schemas/{name}"
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_WRITES = frozenset({"POST", "PUT", "PATCH"})


def document(routes: Iterable[BaseRoute], *, secured: bool) -> dict[str, Any]:
    """Describe every route that has a summary. With `secured`, all but the open ones need the bearer token."""
    operations = list(_operations(routes))
    types = [Problem]
    for _, _, handler in operations:
        hints = get_type_hints(handler.fn, include_extras=True)
        types += [bare for hint in hints.values() for bare in _bare(hint)]
        types += _members(_answer(hints))
    _, components = msgspec.json.schema_components(_structs(types), ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler in operations:
        paths.setdefault(path, {})[method.lower()] = _operation(path, method, handler, secured=secured)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chargewright",
            "summary": "Smart charging over OCPP: sites, stations, commands, plans.",
            "version": chargewright.__version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                "Problem": _content("What is wrong, and where", Problem, "application/problem+json")
            },
            **({"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if secured else {}),
        },
    }


def _operations(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler); a handler that answers under several paths is told under its first."""
    for route in routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            repeated = len(handler.paths) > 1 and route.path_format != min(handler.paths, key=len)
            if handler.summary and not repeated:
                yield route.path_format, str(method), handler


def _operation(path: str, method: str, handler: HTTPRouteHandler, *, secured: bool) -> dict[str, Any]:
    hints = get_type_hints(handler.fn, include_extras=True)
    defaults = inspect.signature(handler.fn).parameters
    found: dict[str, Any] = {
        "operationId": handler.fn.__name__,
        "summary": handler.summary,
        "tags": [path.removeprefix("/api/v1/").strip("/").split("/")[0]],
        "parameters": [
            _parameter(name, hint, defaults[name].default, path)
            for name, hint in hints.items()
            if name not in _NOT_PARAMETERS
        ],
        "responses": {
            **_responses(handler, hints, method),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if "data" in hints:
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(hints["data"])}},
        }
    if secured:
        is_open = handler.opt.get("open") == OPEN["open"]
        found["security"] = [] if is_open else [{"token": []}]
    return found


def _responses(handler: HTTPRouteHandler, hints: dict[str, Any], method: str) -> dict[str, Any]:
    answer = _answer(hints)
    if answer is NoneType:
        return {"204": {"description": "Done"}}
    members = _members(answer)
    status = str(handler.status_code or (201 if method == "POST" else 200))
    media = str(handler.media_type or "application/json")
    if answer is Stream or answer is bytes:
        schema = {"type": "object" if media == "application/json" else "string"}
        return {status: {"description": "Done", "content": {media: {"schema": schema}}}}
    found = {status: _content("Done", members[0], "application/json")}
    if handler.opt.get("csv"):
        found[status]["content"]["text/csv"] = {"schema": {"type": "string"}}
    if len(members) > 1:
        found["202"] = _content("Accepted: it goes on by itself", members[1], "application/json")
    return found


def _content(text: str, kind: Any, media: str) -> dict[str, Any]:
    return {"description": text, "content": {media: {"schema": _schema(kind)}}}


def _parameter(name: str, hint: Any, default: object, path: str) -> dict[str, Any]:
    """One parameter of the path, the query or a header."""
    told = _told(hint)
    kind = "path" if f"{{{name}}}" in path else "header" if told is not None and told.header else "query"
    options = [_schema(one) for one in _bare(hint)]
    schema: dict[str, Any] = {"anyOf": options} if len(options) > 1 else options[0]
    if told is not None:
        bounds = {word: getattr(told, short) for short, word in _BOUNDS.items()}
        schema |= {word: bound for word, bound in bounds.items() if bound is not None}
    if default is not inspect.Parameter.empty and default is not None:
        schema["default"] = default
    found: dict[str, Any] = {
        "name": (told and (told.header or told.query)) or name,
        "in": kind,
        "required": default is inspect.Parameter.empty,
        "schema": schema,
    }
    if told is not None and told.description:
        found["description"] = told.description
    return found


def _answer(hints: dict[str, Any]) -> Any:
    """What a handler answers, taken out of its response."""
    answer = hints["return"]
    return get_args(answer)[0] if get_origin(answer) is Response else answer


def _told(hint: Any) -> ParameterKwarg | None:
    return next(
        (extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, ParameterKwarg)), None
    )


def _bare(hint: Any) -> list[Any]:
    """The types of a hint, without what only the framework reads and without None."""
    if get_origin(hint) is Annotated and _told(hint) is not None:
        hint = get_args(hint)[0]
    return [one for one in _members(hint) if one is not NoneType]


def _members(hint: Any) -> list[Any]:
    return list(get_args(hint)) if get_origin(hint) in {Union, UnionType} else [hint]


def _structs(types: Iterable[Any]) -> list[Any]:
    """Those of the types that are described as components, each once."""
    found: dict[str, Any] = {}
    for kind in types:
        inner = get_args(kind)[0] if get_origin(kind) is list else kind
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            found[inner.__name__] = inner
    return list(found.values())


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    return schema
