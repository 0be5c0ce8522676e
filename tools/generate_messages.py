"""Write `ocpp/v16|v201|v21/messages.py` from the official JSON schemas.

The schemas are read from the `ocpp` development dependency and never copied: what is written are types, names and
bounds, without a word of their descriptions. Run without arguments to write, with `--check` to learn (exit 1)
whether the tree differs from what would be written today.

How a schema becomes a type:

- object -> frozen msgspec Struct; wire name beside every field; unknown properties refused; absent is None
- enum -> Literal; string, list and number bounds -> Meta
- date-time -> aware datetime; integer -> int within 64 bits (the standard says 32, stores hold 64)
- charging rates (`limit*`, `minChargingRate`, `dischargeLimit*`, `setpoint*`) -> Decimal, as 0.1 A has no binary float;
  msgspec cannot bound a Decimal, so those bounds stand in `Meta(extra=...)`, where `ocpp/reading.py` finds them
- customData -> dict that keeps its extra members; that it names a vendor is checked in `ocpp/reading.py`
"""

import argparse
import json
import keyword
import re
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = {"v16": "1.6", "v201": "2.0.1", "v21": "2.1"}
RATES = re.compile(r"(limit|dischargeLimit|setpoint)(_L[23]|Reactive(_L[23])?)?|minChargingRate")
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
WHOLE_WORDS = {"SoC": "Soc", "soC": "soc", "soH": "soh", "V2X": "V2x"}
SINGULAR = {
    "csChargingProfiles": "ChargingProfile",
    "localAuthorizationList": "AuthorizationData",
    "transactionData": "MeterValue",
    "configurationKey": "KeyValue",
}
NOTES = {"description", "comment", "title", "javaType", "$schema", "$id", "default", "additionalItems"}

HEADER = '''"""Messages of OCPP {version}: written by tools/generate_messages.py, never edited.

Absent is None. Names on the wire stand beside the fields; bounds are those of the official schemas.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, field

if TYPE_CHECKING:
    from typing import Optional as Maybe
else:
    # What may be left out may still not be null on the wire: the reader must not see the None that readers of code see.
    class Maybe:
        def __class_getitem__(cls, kind):
            return kind

'''


@dataclass
class Module:
    """What one generated file is made of, in the order in which it must stand there."""

    version: str
    aliases: dict[str, str] = field(default_factory=dict)
    enums: dict[str, str] = field(default_factory=dict)
    structs: dict[str, list[str]] = field(default_factory=dict)
    message: str = ""
    definitions: Schema = field(default_factory=dict)

    def alias(self, name: str, meaning: str) -> str:
        """Give a bounded type a short name, so that each is built once."""
        self.aliases[name] = meaning
        return name

    def enum(self, values: list[str], names: list[str]) -> str:
        """The first of `names` that is free, or already means these values."""
        meaning = f"Literal[{', '.join(json.dumps(v, ensure_ascii=False) for v in values)}]"
        for name in names:
            if self.enums.setdefault(name, meaning) == meaning:
                return name
        raise ValueError(f"no free name for an enum among {names}")

    def struct(self, schema: Schema, names: list[str], home: str) -> str:
        """Write an object's class; an equal one that stands already is used again."""
        lines = self.fields(schema, home)
        for name in names:
            if self.structs.setdefault(name, lines) == lines:
                return name
        raise ValueError(f"no free name for a struct among {names}")

    def fields(self, schema: Schema, home: str) -> list[str]:
        """One line per property, required ones first, each group in the schema's order."""
        refuse_unknown_keywords(schema)
        properties: Schema = schema.get("properties", {})
        needed = set(schema.get("required", ()))
        if needed - properties.keys() or (schema.get("additionalProperties", True) is not False):
            raise ValueError(f"{home}: an object that this generator does not understand")
        lines = []
        for wire in sorted(properties, key=lambda name: name not in needed):
            python, meaning = python_name(wire), self.type_of(properties[wire], wire, home)
            options = [] if wire in needed else ["default=None"]
            options += [] if python == wire else [f'name="{wire}"']
            line = f"{python}: {meaning}" if wire in needed else f"{python}: Maybe[{meaning}]"
            if options == ["default=None"]:
                line += " = None"
            elif options:
                line += f" = field({', '.join(options)})"
            lines.append(line)
        return lines

    def type_of(self, schema: Schema, wire: str, home: str) -> str:
        """The annotation for one property."""
        if "$ref" in schema:
            return self.defined(schema["$ref"].removeprefix("#/definitions/"), home)
        refuse_unknown_keywords(schema)
        kind = schema.get("type", "any")
        if kind == "any":
            return "Any"
        plain = SINGULAR.get(wire, wire[0].upper() + wire[1:])
        if kind == "object":
            return self.struct(schema, [plain, f"{self.message}{plain}"], plain)
        if kind == "array":
            item = self.type_of(schema["items"], wire, home)
            bounds = [
                f"{ours}={schema[k]}"
                for k, ours in (("minItems", "min_length"), ("maxItems", "max_length"))
                if k in schema
            ]
            return f"Annotated[list[{item}], Meta({', '.join(bounds)})]" if bounds else f"list[{item}]"
        if "enum" in schema:
            owned = f"{home.removesuffix('Request').removesuffix('Response')}{plain}Enum"
            return self.enum(
                schema["enum"], [owned] if wire in {"status", "type"} else [f"{plain}Enum", owned]
            )
        return self.scalar(schema, wire)

    def scalar(self, schema: Schema, wire: str) -> str:
        """A string, a number, a boolean or an instant."""
        match schema["type"]:
            case "string" if schema.get("format") == "date-time":
                return self.alias("Instant", "Annotated[datetime, Meta(tz=True)]")
            case "string" if "maxLength" in schema:
                longest = schema["maxLength"]
                return self.alias(f"Str{longest}", f"Annotated[str, Meta(max_length={longest})]")
            case "string":
                return "str"
            case "boolean":
                return "bool"
            case "integer":
                least, most = int(schema.get("minimum", -(2**63))), int(schema.get("maximum", 2**63 - 1))
                name = (
                    "Int"
                    + (f"From{least}" if "minimum" in schema else "")
                    + (f"To{most}" if "maximum" in schema else "")
                )
                return self.alias(name.replace("-", "Minus"), f"Annotated[int, Meta(ge={least}, le={most})]")
            case "number":
                return self.rate(schema) if is_rate(schema, wire) else self.number(schema)
        raise ValueError(f"{wire}: unknown type {schema['type']}")

    def number(self, schema: Schema) -> str:
        bounds = [
            f"{ours}={float(schema[k])}" for k, ours in (("minimum", "ge"), ("maximum", "le")) if k in schema
        ]
        return f"Annotated[float, Meta({', '.join(bounds)})]" if bounds else "float"

    def rate(self, schema: Schema) -> str:
        bounds = {k: str(schema[k]) for k in ("multipleOf", "minimum", "maximum") if k in schema}
        if not bounds:
            return "Decimal"
        name = "Rate" + "".join(f"{k[:1].upper()}{k[1:]}{v}" for k, v in bounds.items()).replace(
            ".", "_"
        ).replace("-", "Minus")
        return self.alias(name, f"Annotated[Decimal, Meta(extra={json.dumps(bounds)})]")

    def defined(self, name: str, home: str) -> str:
        """A shared definition of the schema that is being read."""
        schema = self.definitions[name]
        if name == "CustomDataType":
            if schema["properties"] != {"vendorId": {"type": "string", "maxLength": 255}} | {
                "vendorId": {k: v for k, v in schema["properties"]["vendorId"].items() if k != "description"}
            }:
                raise ValueError("customData is not what reading.py checks")
            return self.alias("CustomData", "dict[str, Any]")
        refuse_unknown_keywords(schema)
        plain = name.removesuffix("Type")
        if "enum" in schema:
            return self.enum(schema["enum"], [plain])
        return self.struct(schema, [plain], home)

    def text(self) -> str:
        parts = [HEADER.format(version=VERSIONS[self.version])]
        parts += [f"{name} = {meaning}" for name, meaning in sorted(self.aliases.items())]
        parts += ["", *(f"{name} = {meaning}" for name, meaning in sorted(self.enums.items()))]
        options = "frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False"
        for name, lines in self.structs.items():
            parts += [
                "",
                "",
                f"class {name}(Struct, {options}):",
                *(f"    {line}" for line in lines or ["pass"]),
            ]
        return "\n".join(parts) + "\n"


def is_rate(schema: Schema, wire: str) -> bool:
    return "multipleOf" in schema or RATES.fullmatch(wire) is not None


def refuse_unknown_keywords(schema: Schema) -> None:
    """A keyword that is not understood must stop the generator: a bound silently lost is a check silently lost."""
    known = NOTES | {
        "type", "properties", "required", "additionalProperties", "enum", "items", "minItems", "maxItems", "maxLength",
        "minimum", "maximum", "multipleOf", "format", "definitions",
    }  # fmt: skip
    if schema.keys() - known or schema.get("format", "date-time") not in {"date-time", "uri"}:
        raise ValueError(f"keywords that this generator does not understand: {sorted(schema.keys() - known)}")


def python_name(wire: str) -> str:
    """`limit_L2` -> `limit_l2`, `evMaxSoC` -> `ev_max_soc`."""
    for word, plain in WHOLE_WORDS.items():
        wire = wire.replace(word, plain)
    name = WORDS.sub("_", wire).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def class_name(stem: str) -> str:
    """1.6 names its requests without the word; a message that has no answer (2.1's SEND) is called a request too."""
    return stem if stem.endswith(("Request", "Response")) else f"{stem}Request"


def schema_folder(version: str) -> Path:
    spec = find_spec("ocpp")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the development dependency `ocpp` is not installed: make test installs it")
    return Path(spec.submodule_search_locations[0]) / version / "schemas"


def generate(version: str) -> str:
    """The whole text of one version's messages.py."""
    module = Module(version)
    for path in sorted(schema_folder(version).glob("*.json")):
        schema = cast("Schema", json.loads(path.read_text(encoding="utf-8-sig")))
        module.definitions = schema.get("definitions", {})
        name = class_name(path.stem)
        module.message = name.removesuffix("Request")
        lines = module.fields(schema, name)
        if module.structs.setdefault(name, lines) is not lines:
            raise ValueError(f"{name} names a message and a part of one")
    return module.text()


def main() -> int:
    """Write the three files, or with --check tell which would change."""
    parser = argparse.ArgumentParser(description="Write the OCPP messages from the official schemas.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the tree differs")
    check = parser.parse_args().check
    stale = 0
    for version in VERSIONS:
        path, text = ROOT / "src/chargewright/ocpp" / version / "messages.py", generate(version)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"{path.relative_to(ROOT)} {'is stale' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
