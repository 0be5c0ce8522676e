"""Orders by hand that would set a station's password past the service that knows it."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["sets_password"]

_NAMES: Final = frozenset({"authorizationkey", "basicauthpassword"})


def sets_password(action: str, payload: Mapping[str, Any]) -> bool:
    """Whether a message sets the password of HTTP Basic (1.6 AuthorizationKey, 2.x SecurityCtrlr.BasicAuthPassword).

    The payload may be anything: what breaks the schema is not said here.
    """
    if action == "ChangeConfiguration":
        return _folded(payload.get("key")) in _NAMES
    items = payload.get("setVariableData") if action == "SetVariables" else None
    return isinstance(items, list) and any(_folded(_variable(item)) in _NAMES for item in items)


def _variable(item: object) -> object:
    variable = item.get("variable") if isinstance(item, dict) else None
    return variable.get("name") if isinstance(variable, dict) else None


def _folded(name: object) -> str:
    return name.casefold() if isinstance(name, str) else ""
