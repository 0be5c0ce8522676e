"""Where the setting of each type of DER control stands in OCPP's messages, and what an item of a report says."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["place_of", "reported_control"]

_PLACES: Final[Mapping[str, str]] = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
_CURVE: Final = "curve"
"""The place of all other types."""

_TYPES: Final[Mapping[str, str]] = {place: kind for kind, place in _PLACES.items()}


def place_of(kind: str) -> str:
    """The property that holds the setting of a control of this type."""
    return _PLACES.get(kind, _CURVE)


def reported_control(item: Mapping[str, Any]) -> tuple[str, str, bool, bool, dict[str, Any]]:
    """(id, type, is_default, is_superseded, setting) of one item of a report: `{name of its list: the control}`.

    Of EnterService and Gradients there is no other than the default one, so OCPP does not say it.
    """
    ((place, told),) = item.items()
    kind = told["curveType"] if place == _CURVE else _TYPES[place]
    # Within an item the setting has its own name again, which is the list's but for the two fixed power factors.
    inner = "fixedPF" if place.startswith("fixedPF") else place
    setting = told.get(inner) or told.get(place) or {}
    return told["id"], kind, told.get("isDefault", True), told.get("isSuperseded", False), setting
