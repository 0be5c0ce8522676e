"""Charging profiles from a file or a pipe, in whatever wrapping they come, each with its place in the text."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from cyclopts import Parameter

from chargewright.charging.profile import Profile
from chargewright.errors import InvalidInput
from chargewright.ocpp.reading import Fault, FaultKind, Harm, Refused
from chargewright.translate.translator import translator

__all__ = ["FoundProfile", "ProfileFile", "Protocol", "found_profiles", "read_text"]

ACTION: Final = "SetChargingProfile"
FILE_BYTES_MAX: Final = 4 << 20
"""A station takes 64 KiB a message; a list of some dozens of them is the most that makes sense together."""

Protocol = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
ProfileFile = Annotated[Path, Parameter(allow_leading_hyphen=True)]
"""A path, or - for standard input."""

_WRAPPERS: Final = {"csChargingProfiles": "1.6", "chargingProfile": "2.x"}
_OWN_KEYS: Final = frozenset(
    {"chargingProfileId", "chargingProfilePurpose", "chargingProfileKind", "chargingSchedule", "stackLevel"}
)
_WHOLE_STATION: Final = frozenset(
    {"ChargePointMaxProfile", "ChargingStationMaxProfile", "ChargingStationExternalConstraints"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProfile:
    """A profile as it stands in a text.

    `path` is the JSON path of what held it: a request, or the bare profile. `profile` is None where the schema is
    broken so far that nothing can be judged. `faults` are the schema's: those of harm SLIGHT do not refuse it.
    """

    path: str
    bare: bool
    evse_id: int
    profile: Profile | None
    faults: tuple[Fault, ...]

    @property
    def refused(self) -> bool:
        """Tell whether a station may refuse the message before it looks at the profile."""
        return self.profile is None or any(fault.harm is not Harm.SLIGHT for fault in self.faults)

    def place(self, path: str) -> str:
        """Return a path within the request as a path within the text."""
        path = path.removeprefix("$.")
        if self.bare:
            wrapper, _, rest = path.partition(".")
            if wrapper in _WRAPPERS:
                return f"{self.path}.{rest}" if rest else self.path
            return path  # the connector or EVSE: it stands nowhere in the text
        return self.path if path == "$" else f"{self.path}.{path}"


def read_text(file: Path) -> str:
    """The text of a file, or of standard input for `-`.

    Raises:
        InvalidInput: it cannot be read, is longer than 4 MiB, or is not UTF-8.

    """
    where = "standard input" if str(file) == "-" else str(file)
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
        else:
            with file.open("rb") as source:
                data = source.read(FILE_BYTES_MAX + 1)
    except OSError as why:
        raise InvalidInput(why.strerror or str(why), where=where) from why
    if len(data) > FILE_BYTES_MAX:
        raise InvalidInput(f"is longer than {FILE_BYTES_MAX} bytes", where=where)
    try:
        return data.decode()
    except UnicodeDecodeError as why:
        raise InvalidInput(
            f"is not UTF-8 text: byte {why.start} is 0x{data[why.start]:02X}", where=where
        ) from why


def found_profiles(text: str, *, protocol: str, evse: int | None, where: str) -> list[FoundProfile]:
    """Every profile in a JSON text, in its order.

    `evse` goes before the EVSE or connector of a request. Without both, a profile for the whole station goes to 0
    and any other to 1.

    Raises:
        InvalidInput: there is no profile in it, or one of another version.

    """
    try:
        value = _decode(text.encode())
    except (msgspec.DecodeError, RecursionError) as why:
        raise InvalidInput(str(why), where=where) from why
    found: list[FoundProfile] = []
    _collect(value, "$", found, protocol=protocol, evse=evse, where=where)
    if not found:
        raise InvalidInput("the list is empty", where=where)
    return found


def _as_written(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


_decode: Final = msgspec.json.Decoder(float_hook=_as_written).decode  # 16.1 stays 16.1, no binary fraction


def _collect(
    value: Any, path: str, found: list[FoundProfile], *, protocol: str, evse: int | None, where: str
) -> None:
    if isinstance(value, list):
        if len(value) == 4 and value[0] == 2 and isinstance(value[2], str):
            if value[2] != ACTION:
                raise InvalidInput(f"{path} is a call of {value[2]}, not of {ACTION}", where=where)
            _collect(value[3], f"{path}[3]", found, protocol=protocol, evse=evse, where=where)
            return
        for number, item in enumerate(value):
            _collect(item, f"{path}[{number}]", found, protocol=protocol, evse=evse, where=where)
        return
    own = "csChargingProfiles" if protocol == "ocpp1.6" else "chargingProfile"
    if isinstance(value, dict):
        for wrapper, version in _WRAPPERS.items():
            if wrapper in value and wrapper != own:
                raise InvalidInput(
                    f"{path} holds {wrapper}, a word of {version}, and is read as {protocol}: "
                    f"give --protocol {'ocpp1.6' if version == '1.6' else 'ocpp2.0.1 or ocpp2.1'}",
                    where=where,
                )
        if own in value:
            found.append(_read(value, path, bare=False, protocol=protocol, evse=evse))
            return
        if _OWN_KEYS & value.keys():
            found.append(_read({own: value}, path, bare=True, protocol=protocol, evse=evse))
            return
    raise InvalidInput(
        f"{path} is neither a {ACTION} request, nor {{{own}: ...}}, nor a profile, nor a list of these",
        where=where,
    )


def _read(request: dict[str, Any], path: str, *, bare: bool, protocol: str, evse: int | None) -> FoundProfile:
    own, evse_key, field = (
        ("csChargingProfiles", "connectorId", "cs_charging_profiles")
        if protocol == "ocpp1.6"
        else ("chargingProfile", "evseId", "charging_profile")
    )
    request = dict(request)
    if evse is not None:
        request[evse_key] = evse
    elif evse_key not in request:
        inner = request[own]
        purpose = inner.get("chargingProfilePurpose") if isinstance(inner, dict) else None
        request[evse_key] = 0 if isinstance(purpose, str) and purpose in _WHOLE_STATION else 1
    tongue = translator(protocol)
    reader = tongue.catalog[ACTION].request_reader
    payload = msgspec.json.encode(request)
    faults: list[Fault] = []
    wire: Any = None
    try:
        reader.read(payload, payload)
    except Refused as refused:
        faults.append(refused.fault)
    try:
        wire, more = reader.read(payload, payload, tolerant=True)
        faults = list(more)
    except Refused as refused:
        if refused.fault not in faults:
            faults.append(refused.fault)
    profile = None
    # an unknown word or a limit of 0.05 has no meaning that rules could judge
    if wire is not None and not any(
        fault.kind is FaultKind.VALUE and fault.harm is not Harm.SLIGHT for fault in faults
    ):
        profile = tongue.read_profile(getattr(wire, field))
    evse_id = request[evse_key]
    return FoundProfile(
        path=path,
        bare=bare,
        evse_id=evse_id if isinstance(evse_id, int) else 1,
        profile=profile,
        faults=tuple(faults),
    )
