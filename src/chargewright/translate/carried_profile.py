"""The charging profile that an order by hand carries, for whoever wants to judge it before it leaves."""

from collections.abc import Mapping
from typing import Any, Final

from chargewright.charging.profile import Profile
from chargewright.domain.commands import RawCommand
from chargewright.translate.translator import Translator

__all__ = ["carried_profile"]

_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "RemoteStartTransaction": ("charging_profile",),
    "RequestStartTransaction": ("charging_profile",),
    "SetChargingProfile": ("cs_charging_profiles", "charging_profile"),
}


def carried_profile(
    tongue: Translator, action: str, payload: Mapping[str, Any]
) -> tuple[int, Profile] | None:
    """(EVSE, profile) of a message that carries one, else None.

    Raises:
        UnsupportedByVersion, InvalidInput: as `Translator.command`.

    """
    if action not in _ATTRIBUTES:
        return None
    _, wire = tongue.command(RawCommand(action, dict(payload)))
    found = next((p for name in _ATTRIBUTES[action] if (p := getattr(wire, name, None)) is not None), None)
    if found is None:
        return None
    evse_id = getattr(wire, "evse_id", None)
    return (
        evse_id if evse_id is not None else getattr(wire, "connector_id", None) or 0
    ), tongue.read_profile(found)
