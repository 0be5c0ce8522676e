"""Payload -> message: at full speed while it is right, and with an exact account of what is wrong when it is not.

A payload is decoded by msgspec. Only when that refuses, or when the text holds something that msgspec cannot judge
alone (a NUL character, customData, a rate that is not a plain number), is it read a second time, slowly, by
`_Examiner`, which lists every fault with its place. What then happens depends on what is tolerated (tolerance.py):

    harm        its switch off  on         example
    SLIGHT      deviation       deviation  a timestamp without zone (read as UTC); 1.0 for an integer in 2.x
    TOLERABLE   refused         deviation  an unknown enum value, a string too long, an unknown property, "16.0" for 16.0
    FATAL       refused         refused    a required property is missing, a string where an object belongs

All ways of reading give the same message types: a tolerant read may put a value into a field that the strict type
does not know (an enum value of a vendor, 21 characters for 20), never one of another Python type.

Faults are listed in this order, and the first that counts decides the error code: of an object first its unknown
properties as they came, then the missing ones, then its properties in the schema's order, each with all that is in it.
Of a key that stands twice in one object the last value counts, as in every JSON reader that the stations use.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Raw, Struct, inspect

from chargewright.ocpp.codes import Code
from chargewright.ocpp.frames import UNREADABLE
from chargewright.ocpp.instants import instant_from_text
from chargewright.ocpp.tolerance import STRICT, TOLERANT, Switch, Tolerance

__all__ = ["Fault", "FaultKind", "Harm", "PayloadReader", "Refused", "instant_from_text"]

FAULTS_LISTED_MAX: Final = 16
"""A hostile payload can hold thousands of faults; nobody reads more than the first few."""


class FaultKind(Enum):
    """What is wrong; the values are (code in 1.6, code in 2.x), after the error chapters of OCPP-J."""

    SYNTAX = (Code.FORMAT_VIOLATION, Code.FORMAT_VIOLATION, "syntax")
    NOT_AN_OBJECT = (Code.FORMAT_VIOLATION, Code.FORMAT_VIOLATION, "not an object")
    UNKNOWN_PROPERTY = (Code.FORMAT_VIOLATION, Code.PROTOCOL_ERROR, "unknown property")
    MISSING = (Code.PROTOCOL_ERROR, Code.OCCURRENCE_CONSTRAINT_VIOLATION, "missing")
    ITEMS = (Code.OCCURRENCE_CONSTRAINT_VIOLATION, Code.OCCURRENCE_CONSTRAINT_VIOLATION, "items")
    TYPE = (Code.TYPE_CONSTRAINT_VIOLATION, Code.TYPE_CONSTRAINT_VIOLATION, "type")
    VALUE = (Code.PROPERTY_CONSTRAINT_VIOLATION, Code.PROPERTY_CONSTRAINT_VIOLATION, "value")

    def code(self, *, is_16: bool) -> Code:
        return self.value[0] if is_16 else self.value[1]


class Harm(Enum):
    """How far a fault reaches; the table at the top says what follows."""

    SLIGHT = 1
    TOLERABLE = 2
    FATAL = 3


class Fault(Struct, frozen=True):
    """One thing wrong with a payload. `path` is a JSON path; `what` holds no bytes of the payload.

    `switch`: what bears it, where something does.
    """

    path: str
    kind: FaultKind
    harm: Harm
    what: str
    switch: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"[:255]


class Refused(Exception):
    """The payload cannot be taken: the code for the CALLERROR and a sentence that names the place."""

    def __init__(self, code: Code, fault: Fault) -> None:
        super().__init__(str(fault))
        self.code = code
        self.fault = fault


class PayloadReader:
    """Reads the payloads of one message type of one version."""

    __slots__ = ("_decode", "_guarded", "_is_16", "_rates", "_type")

    def __init__(self, message: type[Struct], *, is_16: bool, guarded: bool = False) -> None:
        """`guarded`: a message of security, of which nothing may be stripped unseen."""
        self._type = inspect.type_info(message)
        assert isinstance(self._type, inspect.StructType), "a message is an object"
        self._decode = msgspec.json.Decoder(message).decode
        self._is_16 = is_16
        self._guarded = guarded
        self._rates = _odd_rates(self._type)

    def read(
        self, payload: Raw | bytes, text: bytes, *, tolerant: bool = False, tolerance: Tolerance | None = None
    ) -> tuple[Struct, tuple[Fault, ...]]:
        """The message and what was wrong with it.

        `text` is the payload or the whole frame that holds it: it is searched for what needs the slow look.
        `tolerant` bears all that can be understood; `tolerance` goes before it.

        Raises:
            Refused: it cannot be taken.

        """
        try:
            message = self._decode(payload)
        except UNREADABLE:
            return self._examine(payload, None, tolerance or (TOLERANT if tolerant else STRICT))
        if (
            (b"\\" in text and b"\\u00" in text)
            or (not self._is_16 and b"customData" in text)
            or (self._rates is not None and self._rates(text) is not None)
        ):
            return self._examine(payload, message, tolerance or (TOLERANT if tolerant else STRICT))
        return message, ()

    def _examine(
        self, payload: Raw | bytes, message: Struct | None, tolerance: Tolerance
    ) -> tuple[Struct, tuple[Fault, ...]]:
        examiner = _Examiner(is_16=self._is_16, guarded=self._guarded, zone=tolerance.zone)
        try:
            value = _plain_decode(payload)
            built = examiner.payload(self._type, value)
        except (msgspec.ValidationError, InvalidOperation) as error:
            fault = Fault("$", FaultKind.VALUE, Harm.FATAL, "a number is out of all range")
            raise self._refused(fault) from error
        except UNREADABLE as error:
            fault = Fault("$", FaultKind.SYNTAX, Harm.FATAL, "not readable as JSON")
            raise self._refused(fault) from error
        faults = examiner.faults
        for fault in faults:
            if fault.harm is not Harm.SLIGHT and not (
                fault.harm is Harm.TOLERABLE and fault.switch in tolerance.switches
            ):
                raise self._refused(fault)
        if message is not None and not faults:
            return message, ()
        return built, tuple(faults[:FAULTS_LISTED_MAX])

    def _refused(self, fault: Fault) -> Refused:
        return Refused(fault.kind.code(is_16=self._is_16), fault)


NUMBER_DIGITS_MAX: Final = 300
"""Digits and powers of ten of a number that is examined; a float ends near 308, and Decimals would go on for ever."""


def _decimal(text: str) -> Decimal:
    """A number with a point or an exponent, exactly. Raises InvalidOperation for one out of all proportion."""
    if len(text) > NUMBER_DIGITS_MAX:
        raise InvalidOperation
    number = Decimal(text)
    if number and abs(number.adjusted()) > NUMBER_DIGITS_MAX:
        raise InvalidOperation
    return number or Decimal(0)


_plain_decode = msgspec.json.Decoder(float_hook=_decimal).decode
_NOTHING: Any = None  # stands where no value can be made; the message around it is refused
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class _Layout(Struct, frozen=True):
    """The properties of one message or part of one, by their names on the wire."""

    names: frozenset[str]
    required: tuple[str, ...]
    fields: tuple[tuple[str, inspect.Field], ...]


@cache
def _layout(part: type[Struct]) -> _Layout:
    info = inspect.type_info(part)
    assert isinstance(info, inspect.StructType), "only Structs have a layout"
    fields = tuple((field.encode_name, field) for field in info.fields)
    required = tuple(name for name, field in fields if field.required)
    return _Layout(frozenset(name for name, _ in fields), required, fields)


class _Examiner:
    """Walks a decoded payload beside its type; builds the message as well as it can and lists the faults."""

    def __init__(self, *, is_16: bool, guarded: bool, zone: tzinfo) -> None:
        self.faults: list[Fault] = []
        self._is_16 = is_16
        self._extras_harm = Harm.FATAL if guarded else Harm.TOLERABLE
        self._zone = zone

    def fault(
        self, path: str, kind: FaultKind, harm: Harm, what: str, switch: Switch = Switch.BOUNDS
    ) -> None:
        # A fatal fault must not hide behind the bound of the list: it decides what happens.
        if len(self.faults) < FAULTS_LISTED_MAX or (
            harm is Harm.FATAL and self.faults[-1].harm is not Harm.FATAL
        ):
            self.faults.append(Fault(path, kind, harm, what, None if harm is Harm.FATAL else switch))

    def payload(self, info: inspect.Type, value: object) -> Any:
        if value is None and self._is_16:  # stations send null where nothing is to be said
            self.fault("$", FaultKind.NOT_AN_OBJECT, Harm.SLIGHT, "null instead of {}", Switch.NULLS)
            value = {}
        if not isinstance(value, dict):
            self.fault("$", FaultKind.NOT_AN_OBJECT, Harm.FATAL, "the payload is not an object")
            return None
        return self.any_type(info, value, "$")

    def any_type(self, info: inspect.Type, value: Any, path: str) -> Any:
        """What `value` means as `info`; None when it cannot be said (a FATAL fault then stands in the list)."""
        return _BY_TYPE[type(info)](self, info, value, path)

    def struct(self, info: inspect.StructType, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self.wrong_type(path, "an object")
        layout = _layout(info.cls)
        if not layout.names.issuperset(value):
            for name in value:
                if name not in layout.names:
                    shown = name if _NAME.fullmatch(name) else "?"
                    what = "not a property of this message"
                    self.fault(
                        f"{path}.{shown}",
                        FaultKind.UNKNOWN_PROPERTY,
                        self._extras_harm,
                        what,
                        Switch.EXTRA_PROPERTIES,
                    )
        whole = True
        for name in layout.required:
            if name not in value:
                whole = False
                self.fault(f"{path}.{name}", FaultKind.MISSING, Harm.FATAL, "required, but missing")
        made = {
            field.name: self.property(field, value[name], f"{path}.{name}")
            for name, field in layout.fields
            if name in value
        }
        return info.cls(**made) if whole else None

    def property(self, field: inspect.Field, value: Any, path: str) -> Any:
        info = field.type
        if not field.required:
            if value is None and not isinstance(info, inspect.AnyType):
                self.fault(
                    path,
                    FaultKind.TYPE,
                    Harm.TOLERABLE,
                    "null; what is absent must be left out",
                    Switch.NULLS,
                )
                return None
            if value == "" and isinstance(info, inspect.LiteralType | inspect.DateTimeType):
                self.fault(
                    path,
                    FaultKind.VALUE,
                    Harm.TOLERABLE,
                    "empty; what is absent must be left out",
                    Switch.NULLS,
                )
                return None
        return self.any_type(info, value, path)

    def list_of(self, info: inspect.ListType, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            return self.wrong_type(path, "a list")
        if len(value) < (info.min_length or 0):
            what = f"{len(value)} items, at least {info.min_length} needed"
            self.fault(path, FaultKind.ITEMS, Harm.TOLERABLE, what, Switch.NULLS)
        if info.max_length is not None and len(value) > info.max_length:
            what = f"{len(value)} items, at most {info.max_length} allowed"
            self.fault(path, FaultKind.ITEMS, Harm.TOLERABLE, what)
        return [self.any_type(info.item_type, item, f"{path}[{i}]") for i, item in enumerate(value)]

    def string(self, info: inspect.StrType, value: Any, path: str) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            self.fault(path, FaultKind.TYPE, Harm.TOLERABLE, "a number where a string belongs", Switch.TYPES)
            return str(value)
        if not isinstance(value, str):
            return self.wrong_type(path, "a string")
        if info.max_length is not None and len(value) > info.max_length:
            what = f"{len(value)} characters, at most {info.max_length} allowed"
            self.fault(path, FaultKind.VALUE, Harm.TOLERABLE, what)
        return self.clean(value, path)

    def clean(self, value: str, path: str) -> str:
        """A NUL is legal JSON and poison to databases and C libraries."""
        if "\0" not in value:
            return value
        self.fault(path, FaultKind.VALUE, Harm.TOLERABLE, "holds a NUL character")
        return value.replace("\0", "")

    def literal(self, info: inspect.LiteralType, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            return self.wrong_type(path, "a string")
        if value not in info.values:
            self.fault(
                path,
                FaultKind.VALUE,
                Harm.TOLERABLE,
                "not one of the values that the standard names",
                Switch.UNKNOWN_VALUES,
            )
        return self.clean(value, path)

    def instant(self, _: inspect.Type, value: Any, path: str) -> Any:
        if isinstance(value, str):
            try:
                return msgspec.convert(value, _INSTANT)
            except msgspec.ValidationError:
                at, naive_only = instant_from_text(value, self._zone)
            if at is None:
                return self.broken(path, FaultKind.VALUE, "not a date-time of RFC 3339")
            what = (
                f"no time zone, read as {self._zone}"
                if naive_only
                else "not a date-time of RFC 3339, but readable"
            )
            harm = Harm.SLIGHT if naive_only else Harm.TOLERABLE
            self.fault(path, FaultKind.VALUE, harm, what, Switch.TIMESTAMPS)
            return at
        if isinstance(value, int) and not isinstance(value, bool):
            at = instant_from_text(str(value))[0] if abs(value) < 10**18 else None
            if at is not None:
                what = "seconds since 1970 where a date-time belongs"
                self.fault(path, FaultKind.TYPE, Harm.TOLERABLE, what, Switch.TIMESTAMPS)
                return at
        return self.wrong_type(path, "a date-time")

    def integer(self, info: inspect.IntType, value: Any, path: str) -> Any:
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value, re.ASCII):
            self.fault(
                path, FaultKind.TYPE, Harm.TOLERABLE, "a string where an integer belongs", Switch.TYPES
            )
            value = int(value)
        elif isinstance(value, Decimal) and -(2**63) <= value < 2**63 and value == value.to_integral_value():
            # JSON Schema counts 1.0 among the integers from draft 6 on, which the 2.x schemas use; 1.6 has draft 4.
            harm = Harm.TOLERABLE if self._is_16 else Harm.SLIGHT
            self.fault(path, FaultKind.TYPE, harm, "a decimal point where an integer belongs", Switch.TYPES)
            value = int(value)
        elif isinstance(value, bool) or not isinstance(value, int):
            return self.wrong_type(path, "an integer")
        if not -(2**63) <= value < 2**63:
            return self.broken(path, FaultKind.VALUE, "beyond 64 bits")
        return int(self.bounded(value, info.ge, info.le, path))

    def number(self, value: Any, path: str) -> Any:
        """A number that a float can hold."""
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", value, re.ASCII):
            self.fault(path, FaultKind.TYPE, Harm.TOLERABLE, "a string where a number belongs", Switch.TYPES)
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.wrong_type(path, "a number")
            return None
        if not -(10**NUMBER_DIGITS_MAX) < value < 10**NUMBER_DIGITS_MAX:
            self.broken(path, FaultKind.VALUE, "beyond the range of numbers")
            return None
        return value

    def bounded(self, value: Any, least: float | None, most: float | None, path: str) -> Any:
        if least is not None and value < least:
            self.fault(path, FaultKind.VALUE, Harm.TOLERABLE, f"less than {least:g}")
        if most is not None and value > most:
            self.fault(path, FaultKind.VALUE, Harm.TOLERABLE, f"more than {most:g}")
        return value

    def real(self, info: inspect.FloatType, value: Any, path: str) -> Any:
        number = self.number(value, path)
        return None if number is None else self.bounded(float(number), info.ge, info.le, path)

    def bounded_rate(self, info: inspect.Metadata, value: Any, path: str) -> Any:
        return self.rate(info.type, value, path, info.extra)

    def rate(
        self, _: inspect.Type, value: Any, path: str, bounds: dict[str, str] | None = None
    ) -> Decimal | None:
        number = self.number(value, path)
        if number is None:
            return None
        rate, bounds = Decimal(number), bounds or {}
        if "multipleOf" in bounds and not _is_multiple(rate, Decimal(bounds["multipleOf"])):
            self.fault(path, FaultKind.VALUE, Harm.TOLERABLE, f"not a multiple of {bounds['multipleOf']}")
        least, most = (float(bounds[k]) if k in bounds else None for k in ("minimum", "maximum"))
        self.bounded(rate, least, most, path)
        return rate

    def boolean(self, _: inspect.Type, value: Any, path: str) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in {"true", "false"}:
            self.fault(path, FaultKind.TYPE, Harm.TOLERABLE, "a string where a boolean belongs", Switch.TYPES)
            return value == "true"
        return self.wrong_type(path, "true or false")

    def custom_data(self, _: inspect.Type, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self.wrong_type(path, "an object")
        if "vendorId" not in value:
            what = "required, but missing"
            self.fault(f"{path}.vendorId", FaultKind.MISSING, Harm.TOLERABLE, what, Switch.EXTRA_PROPERTIES)
        else:
            self.string(_VENDOR_ID, value["vendorId"], f"{path}.vendorId")
        return {name: self.anything(_ANY, item, path) for name, item in value.items()}

    def anything(self, info: inspect.Type, value: Any, path: str) -> Any:
        """A value that the standard leaves open, with plain floats and without NUL."""
        if isinstance(value, str):
            return self.clean(value, path)
        if isinstance(value, Decimal):
            number = self.number(value, path)
            return None if number is None else float(number)
        if isinstance(value, list):
            return [self.anything(info, item, path) for item in value]
        if isinstance(value, dict):
            return {self.clean(name, path): self.anything(info, item, path) for name, item in value.items()}
        return value

    def wrong_type(self, path: str, wanted: str) -> Any:
        return self.broken(path, FaultKind.TYPE, f"is not {wanted}")

    def broken(self, path: str, kind: FaultKind, what: str) -> Any:
        self.fault(path, kind, Harm.FATAL, what)
        return _NOTHING


_BY_TYPE: dict[type, Callable[[_Examiner, Any, Any, str], Any]] = {
    inspect.StructType: _Examiner.struct,
    inspect.ListType: _Examiner.list_of,
    inspect.StrType: _Examiner.string,
    inspect.LiteralType: _Examiner.literal,
    inspect.DateTimeType: _Examiner.instant,
    inspect.IntType: _Examiner.integer,
    inspect.FloatType: _Examiner.real,
    inspect.DecimalType: _Examiner.rate,
    inspect.Metadata: _Examiner.bounded_rate,  # only rates bear bounds that msgspec cannot hold
    inspect.BoolType: _Examiner.boolean,
    inspect.DictType: _Examiner.custom_data,
    inspect.AnyType: _Examiner.anything,
}
_ANY = inspect.AnyType()
_INSTANT = Annotated[datetime, Meta(tz=True)]
_VENDOR_ID = inspect.StrType(max_length=255)


def _is_multiple(value: Decimal, step: Decimal) -> bool:
    return Fraction(value) % Fraction(step) == 0


def _odd_rates(message: inspect.Type) -> Callable[[bytes], object] | None:
    """Finds a rate whose text is not plainly right; None when the message has no rates.

    msgspec takes "16" for a Decimal and cannot bound one. Asking the text costs a search; what is found is examined.
    """
    by_look: dict[str, set[str]] = {}
    for name, bounds in _rates_within(message):
        fraction = r"(?:\.\d)?" if "multipleOf" in bounds else r"(?:\.\d{1,18})?"
        look = r"-?\d{1,15}" + fraction
        if "minimum" in bounds or "maximum" in bounds:
            look = r"-\d{1,15}" + fraction if bounds == {"maximum": "0.0"} else r"(?!)"
        by_look.setdefault(look, set()).add(name)
    if not by_look:
        return None
    parts = (rf'"(?:{"|".join(sorted(names))})"\s*:(?!\s*{look}\s*[,}}])' for look, names in by_look.items())
    return re.compile("|".join(parts).encode()).search


def _rates_within(info: inspect.Type) -> Iterator[tuple[str, dict[str, str]]]:
    match info:
        case inspect.StructType():
            for field in info.fields:
                kind = field.type
                extra: dict[str, str] = {}
                if isinstance(kind, inspect.Metadata):
                    extra, kind = kind.extra or {}, kind.type
                if isinstance(kind, inspect.DecimalType):
                    yield field.encode_name, extra
                else:
                    yield from _rates_within(kind)
        case inspect.ListType():
            yield from _rates_within(info.item_type)
