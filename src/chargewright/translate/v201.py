"""OCPP 2.0.1: reads as 2.x does; writes the 2.1 message and narrows it, or refuses what 2.0.1 cannot say."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from chargewright.charging.profile import Profile
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.v201 import messages as v201
from chargewright.translate import v2
from chargewright.translate.profile_v2 import profile_from_wire
from chargewright.translate.profile_v2 import profile_to_wire as profile_to_wire_21
from chargewright.translate.v2 import NOT_TRANSLATED, OUTCOMES, REQUESTS

__all__ = [
    "ANSWERS",
    "COMMANDS",
    "NOT_TRANSLATED",
    "OUTCOMES",
    "REQUESTS",
    "narrow",
    "profile_from_wire",
    "profile_to_wire",
]


def narrow(message: Any) -> Any:
    """The same message in 2.0.1's type.

    By way of plain dicts: converting attribute by attribute would silently drop what 2.0.1 lacks.

    Raises:
        UnsupportedByVersion: it says something that 2.0.1 has no place for; names it.

    """
    name = type(message).__name__
    plain = msgspec.to_builtins(message, builtin_types=(datetime, Decimal))
    try:
        return msgspec.convert(plain, getattr(v201, name), builtin_types=(datetime, Decimal))
    except msgspec.ValidationError as why:
        raise UnsupportedByVersion(name.removesuffix("Request"), version="ocpp2.0.1", why=str(why)) from why


def profile_to_wire(profile: Profile) -> Any:
    """Return the profile as chargingProfile of 2.0.1, or raise `UnsupportedByVersion`."""
    return narrow(profile_to_wire_21(profile))


def _narrow_answer(make: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def answer(request: Any, answer: Any) -> Any:
        wide = make(request, answer)
        if wide.__struct_fields__ == (
            "custom_data",
        ):  # an acknowledgement: always the same, and on the hot path
            narrowed = _ACKNOWLEDGEMENTS.get(type(wide))
            if narrowed is None:
                narrowed = _ACKNOWLEDGEMENTS[type(wide)] = narrow(wide)
            return narrowed
        return narrow(wide)

    return answer


def _narrow_command(make: Callable[[Any], tuple[str, Any]]) -> Callable[[Any], tuple[str, Any]]:
    def order(command: Any) -> tuple[str, Any]:
        action, wide = make(command)
        return action, narrow(wide)

    return order


_ACKNOWLEDGEMENTS: dict[type, Any] = {}

ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    kind: _narrow_answer(make) for kind, make in v2.ANSWERS.items()
}
COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    kind: _narrow_command(make) for kind, make in v2.COMMANDS.items()
}
