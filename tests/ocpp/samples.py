"""Messages made from the official schemas: right ones, and wrong ones with one fault each. Seeded, so repeatable.

The schemas are those of the `ocpp` development dependency; nothing of ours takes part in making or judging a sample.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from chargewright.ocpp.catalog import Version

FOLDERS = {Version.OCPP16: "v16", Version.OCPP201: "v201", Version.OCPP21: "v21"}
LETTERS = 'abcXYZ0189 -_.:/äß漢🔌"\\'
UTC_TIMES = (
    "2026-11-22T07:33:13Z",
    "2026-02-28T23:59:59.999Z",
    "2024-02-29T12:00:00+05:30",
    "1999-12-31T00:00:00-08:00",
)

Schema = dict[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Message:
    """One official schema: what it is of, and its judge."""

    version: Version
    action: str
    is_request: bool
    schema: Schema

    @property
    def name(self) -> str:
        return f"{FOLDERS[self.version]}-{self.action}{'Request' if self.is_request else 'Response'}"

    def is_valid(self, payload: object) -> bool:
        return _judge(self.name).is_valid(payload)


@dataclass(frozen=True)
class Mutant:
    """A payload with one fault: the schema keyword it breaks, and where."""

    keyword: str
    path: Path
    payload: Any


@cache
def messages(version: Version) -> tuple[Message, ...]:
    """Every message of a version, in alphabetical order."""
    found = []
    for file in sorted(files("ocpp").joinpath(FOLDERS[version], "schemas").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".json"):
            stem = file.name.removesuffix(".json")
            action = stem.removesuffix("Request").removesuffix("Response")
            schema = json.loads(file.read_text(encoding="utf-8-sig"))
            found.append(Message(version, action, not stem.endswith("Response"), schema))
    return tuple(found)


def every_message() -> list[Message]:
    return [message for version in Version for message in messages(version)]


def message_of(version: Version, action: str, *, is_request: bool = True) -> Message:
    return next(m for m in messages(version) if m.action == action and m.is_request is is_request)


@cache
def _judge(name: str) -> Any:
    message = next(m for m in every_message() if m.name == name)
    kind = (
        jsonschema_rs.Draft4Validator if message.version is Version.OCPP16 else jsonschema_rs.Draft6Validator
    )
    return kind(message.schema)


def full_sample(message: Message, seed: int = 1) -> Any:
    """A right payload with every optional property present and one item, or as many as needed, in every list."""
    return _Maker(message.schema, random.Random(seed), optional=1.0, items=0).value(message.schema)


def small_sample(message: Message, seed: int = 1) -> Any:
    """A right payload with required properties only."""
    return _Maker(message.schema, random.Random(seed), optional=0.0, items=0).value(message.schema)


def random_sample(message: Message, seed: int) -> Any:
    """A right payload; optional properties come and go, strings and lists go up to their bounds."""
    return _Maker(message.schema, random.Random(seed), optional=0.5, items=2).value(message.schema)


class _Maker:
    def __init__(self, root: Schema, rng: random.Random, *, optional: float, items: int) -> None:
        self.definitions = root.get("definitions", {})
        self.rng = rng
        self.optional = optional
        self.items = items

    def value(self, schema: Schema, name: str = "") -> Any:
        schema = resolved(schema, self.definitions)
        rng = self.rng
        if "enum" in schema:
            return rng.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                needed = set(schema.get("required", ()))
                return {
                    key: self.value(part, key)
                    for key, part in schema.get("properties", {}).items()
                    if key in needed or rng.random() < self.optional
                }
            case "array":
                least = schema.get("minItems", 0)
                most = min(schema.get("maxItems", 10**6), max(least, 1) + self.items)
                return [self.value(schema["items"]) for _ in range(rng.randint(max(least, 1), most))]
            case "string" if schema.get("format") == "date-time":
                return rng.choice(UTC_TIMES)
            case "string" if schema.get("format") == "uri":
                return f"https://example.org/{rng.randint(1, 10**6)}?a=b"
            case "string":
                most = schema.get("maxLength", 60)
                length = most if rng.random() < 0.2 else rng.randint(1, min(most, 24))
                return "".join(rng.choice(LETTERS) for _ in range(length))
            case "integer":
                return rng.randint(
                    int(schema.get("minimum", -(2**31))), int(schema.get("maximum", 2**31 - 1))
                )
            case "number":
                return self.number(schema)
            case "boolean":
                return rng.random() < 0.5
        return rng.choice(["text", 17, 2.5, True, ["a", {"b": None}], {"deep": {"er": [1, 2]}}])

    def number(self, schema: Schema) -> float:
        least, most = schema.get("minimum", -5000.0), schema.get("maximum", 5000.0)
        digits = 1 if "multipleOf" in schema else 3
        value = round(self.rng.uniform(least, most), digits)
        return int(value) if self.rng.random() < 0.2 else value


def resolved(schema: Schema, definitions: Schema) -> Schema:
    return definitions[schema["$ref"].removeprefix("#/definitions/")] if "$ref" in schema else schema


def mutants(message: Message, seed: int = 1) -> Iterator[Mutant]:
    """One wrong payload for each keyword of each place that the schema describes."""
    base = full_sample(message, seed)
    for path, schema in _places(message.schema, message.schema.get("definitions", {}), ()):
        for keyword, change in _faults(schema):
            yield Mutant(keyword, path, _changed(base, path, change))


def _places(schema: Schema, definitions: Schema, path: Path) -> Iterator[tuple[Path, Schema]]:
    schema = resolved(schema, definitions)
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from _places(part, definitions, (*path, name))
    if "items" in schema:
        yield from _places(schema["items"], definitions, (*path, 0))


WRONG_TYPE = {
    "object": [1],
    "array": {"a": 1},
    "string": {"a": 1},
    "integer": "seven",
    "number": "seven",
    "boolean": "maybe",
}


def _faults(schema: Schema) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """(keyword, how a right value becomes one that breaks this keyword alone)"""
    if "type" in schema:
        wrong = WRONG_TYPE[schema["type"]]
        yield "type", lambda _: wrong
    for name in schema.get("required", ()):
        yield "required", lambda value, name=name: {k: v for k, v in value.items() if k != name}
    if schema.get("type") == "object" and schema.get("additionalProperties") is False:
        yield "additionalProperties", lambda value: value | {"notInAnySchema": 1}
    if "enum" in schema:
        yield "enum", lambda _: "NotOfThisEnum"
    if "maxLength" in schema:
        yield "maxLength", lambda _, n=schema["maxLength"]: "x" * (n + 1)
    if schema.get("minItems"):
        yield "minItems", lambda value, n=schema["minItems"]: value[: n - 1]
    if "maxItems" in schema:
        yield "maxItems", lambda value, n=schema["maxItems"]: [value[0]] * (n + 1)
    if "minimum" in schema:
        yield "minimum", lambda _, n=schema["minimum"]: int(n) - 1
    if "maximum" in schema:
        yield "maximum", lambda _, n=schema["maximum"]: int(n) + 1
    if "multipleOf" in schema:
        yield "multipleOf", lambda _: 16.05


def _changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(value)
    copy = value.copy()
    copy[path[0]] = _changed(value[path[0]], path[1:], change)
    return copy


# The error codes of OCPP-J, in the words that stand on the wire: (1.6, 2.x).
CODE = {
    "required": ("ProtocolError", "OccurrenceConstraintViolation"),
    "additionalProperties": ("FormationViolation", "ProtocolError"),
    "type": ("TypeConstraintViolation", "TypeConstraintViolation"),
    "minItems": ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    "maxItems": ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    "enum": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "maxLength": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "minimum": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "maximum": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "multipleOf": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
    "format": ("PropertyConstraintViolation", "PropertyConstraintViolation"),
}


def expected_code(version: Version, mutant: Mutant) -> str:
    if mutant.keyword == "type" and not mutant.path:
        return "FormationViolation" if version is Version.OCPP16 else "FormatViolation"
    return CODE[mutant.keyword][version is not Version.OCPP16]
