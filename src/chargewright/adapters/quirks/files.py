"""Known quirks from TOML files: those that come with the package, and those of a folder of the operator.

    [[quirk]]
    id = "acme-one-no-zero"
    title = "A limit of 0 A is refused"
    vendor = "Acme*"
    model = "One*|Two*"
    firmware = "1.*"
    sources = ["ticket 4711"]
    switches = { timestamps = true }
    hints = ["rejects_zero"]

Patterns know * and ?, whatever the case, and alternatives behind a bar. A quirk of the folder takes the place of one
of the package with the same id.
"""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from pathlib import Path

import msgspec
from msgspec import Struct

from chargewright.domain.compatibility import Hint, Quirk
from chargewright.errors import InvalidInput
from chargewright.ocpp.tolerance import FIXED, Switch

__all__ = ["read_quirks"]

FILE_BYTES_MAX = 1024 * 1024


class _Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    title: str
    vendor: str
    model: str = "*"
    firmware: str = "*"
    sources: tuple[str, ...] = ()
    switches: dict[Switch, bool] = {}
    hints: frozenset[Hint] = frozenset()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    quirk: tuple[_Entry, ...]


def read_quirks(folder: Path | None) -> list[Quirk]:
    """Every quirk that is known.

    Raises:
        InvalidInput: a file cannot be read; says which and where.

    """
    found = {quirk.id: quirk for quirk in _read_all(files(__package__) / "known", "built-in ")}
    if folder is not None:
        if not folder.is_dir():
            raise InvalidInput("not a folder", where=str(folder))
        found |= {quirk.id: quirk for quirk in _read_all(folder, "")}
    return list(found.values())


def _read_all(folder: Traversable, origin: str) -> list[Quirk]:
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)
    return [quirk for path in paths for quirk in _read(path, f"{origin}{path.name}")]


def _read(path: Traversable, origin: str) -> list[Quirk]:
    try:
        text = path.read_bytes()
        if len(text) > FILE_BYTES_MAX:
            raise InvalidInput(f"more than {FILE_BYTES_MAX} bytes", where=origin)
        entries = msgspec.convert(tomllib.loads(text.decode()), _File).quirk
    except (OSError, ValueError, msgspec.ValidationError) as why:
        raise InvalidInput(str(why), where=origin) from why
    return [quirk for entry in entries for quirk in _quirks(entry, origin)]


def _quirks(entry: _Entry, origin: str) -> list[Quirk]:
    """One for each combination of alternatives; all but the first bear a number behind the id."""
    fixed_off = [switch for switch, is_on in entry.switches.items() if switch in FIXED and not is_on]
    if fixed_off:
        raise InvalidInput(f"{fixed_off[0]} cannot be turned off", where=f"{origin}: {entry.id}")
    patterns = product(*(text.split("|") for text in (entry.vendor, entry.model, entry.firmware)))
    return [
        Quirk(
            id=entry.id if number == 1 else f"{entry.id}.{number}",
            title=entry.title,
            vendor=vendor.strip(),
            model=model.strip(),
            firmware=firmware.strip(),
            sources=entry.sources,
            switches={str(switch): is_on for switch, is_on in entry.switches.items()},
            hints=entry.hints,
            origin=origin,
        )
        for number, (vendor, model, firmware) in enumerate(patterns, 1)
    ]
