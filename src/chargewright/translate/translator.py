"""Picks the file by the version that the link agreed on. Nothing above this floor names a version.

A translator is four tables: what a station says, our answers, our orders, and how they ended.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from chargewright.charging.profile import Profile
from chargewright.domain.commands import Command, RawAnswered, RawCommand, Result
from chargewright.domain.requests import Answer, Request
from chargewright.errors import ChargewrightError, InvalidInput, UnsupportedByVersion
from chargewright.ocpp.catalog import Catalog, Version, catalog
from chargewright.ocpp.frames import ENCODER

__all__ = ["VERSIONS", "NotTranslated", "Translator", "translator"]

VERSIONS: tuple[str, ...] = tuple(version.value for version in Version)
_MODULES = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


class NotTranslated(ChargewrightError):
    """A station-initiated action that no service stands behind yet; the text is the reason, fit for a CALLERROR."""


@dataclass(frozen=True, slots=True)
class Translator:
    """One version's tongue. See `v16.py` for the shape of the tables."""

    version: str
    requests: Mapping[str, Callable[[Any], Request]]
    answers: Mapping[type, Callable[[Any, Any], Any]]
    commands: Mapping[type, Callable[[Any], tuple[str, Any]]]
    outcomes: Mapping[type, Callable[[Any, Any], Result]]
    not_translated: Mapping[str, str]
    catalog: Catalog
    read_profile: Callable[[Any], Profile]
    write_profile: Callable[[Profile], Any]

    def request(self, action: str, wire: object) -> Request:
        """What a station said, in our words. Raises `NotTranslated` for what no service stands behind."""
        read = self.requests.get(action)
        if read is None:
            raise NotTranslated(self.not_translated.get(action, f"{action} is not handled here"))
        return read(wire)

    def answer(self, request: object, answer: Answer) -> object:
        """Our answer in the wire's words."""
        return self.answers[type(answer)](request, answer)

    def command(self, command: Command) -> tuple[str, object]:
        """Our order as (action, payload).

        Raises:
            UnsupportedByVersion: this version cannot say it.
            InvalidInput: the payload of a raw command breaks the schema; says where.

        """
        if isinstance(command, RawCommand):
            return command.action, self._raw(command)
        write = self.commands.get(type(command))
        if write is None:
            name = type(command).__name__
            raise UnsupportedByVersion(name, version=self.version, why="it has no such message")
        return write(command)

    def plain(self, wire: object) -> Any:
        """A wire object as JSON reads: instants are text, and a limit of 16.0 is a number."""
        return msgspec.json.decode(ENCODER.encode(wire))

    def result(self, command: Command, wire: Any) -> Result:
        """How an order ended, in our words."""
        if isinstance(command, RawCommand):
            return RawAnswered(self.plain(wire))
        return self.outcomes[type(command)](command, wire)

    def _raw(self, command: RawCommand) -> object:
        action = self.catalog.get(command.action)
        if action is None:
            raise UnsupportedByVersion(command.action, version=self.version, why="it has no such message")
        if not action.may_be_sent_by("csms"):
            raise UnsupportedByVersion(command.action, version=self.version, why="only stations send it")
        try:
            # By way of JSON text: 16.1 becomes the decimal 16.1, not the binary fraction next to it.
            return msgspec.json.decode(msgspec.json.encode(command.payload), type=action.request)
        except msgspec.ValidationError as why:
            raise InvalidInput(str(why), where=command.action) from why


@cache
def translator(version: str) -> Translator:
    """The translator of a subprotocol, e.g. `ocpp1.6`."""
    if version not in _MODULES:
        raise InvalidInput(f"{version!r} is none of {', '.join(_MODULES)}", where="version")
    module = import_module(f"chargewright.translate.{_MODULES[version]}")
    return Translator(
        version=version,
        requests=module.REQUESTS,
        answers=module.ANSWERS,
        commands=module.COMMANDS,
        outcomes=module.OUTCOMES,
        not_translated=module.NOT_TRANSLATED,
        catalog=catalog(Version(version)),
        read_profile=module.profile_from_wire,
        write_profile=module.profile_to_wire,
    )
