"""Ids that OCPP lets the central system choose: which messages carry one, where, and who counts them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.translate.translator import Translator

__all__ = ["PROFILE_IDS_FROM", "der_control_id", "with_own_ids"]

PROFILE_IDS_FROM: Final = 1_000_000
"""Ids of profiles that somebody sends by hand stay clear of those that the control of a site uses."""

_REQUEST_ID: Final = (("requestId",), "requestId")
_PROFILE: Final = (("chargingProfile", "id"), "chargingProfileId")
_SCHEDULE: Final = (("chargingProfile", "chargingSchedule", "id"), "chargingScheduleId")

_IDS_16: Final[Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]] = {
    "GetLog": (_REQUEST_ID,),
    "RemoteStartTransaction": ((("chargingProfile", "chargingProfileId"), "chargingProfileId"),),
    "ReserveNow": ((("reservationId",), "reservationId"),),
    "SendLocalList": ((("listVersion",), "listVersion"),),
    "SetChargingProfile": ((("csChargingProfiles", "chargingProfileId"), "chargingProfileId"),),
    "SignedUpdateFirmware": (_REQUEST_ID,),
}

_IDS_2: Final[Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]] = {
    "CustomerInformation": (_REQUEST_ID,),
    "GetBaseReport": (_REQUEST_ID,),
    "GetChargingProfiles": (_REQUEST_ID,),
    "GetDERControl": (_REQUEST_ID,),
    "GetDisplayMessages": (_REQUEST_ID,),
    "GetLog": (_REQUEST_ID,),
    "GetMonitoringReport": (_REQUEST_ID,),
    "GetReport": (_REQUEST_ID,),
    "PublishFirmware": (_REQUEST_ID,),
    "RequestBatterySwap": (_REQUEST_ID,),
    "RequestStartTransaction": ((("remoteStartId",), "remoteStartId"), _PROFILE, _SCHEDULE),
    "ReserveNow": ((("id",), "reservationId"),),
    "SendLocalList": ((("versionNumber",), "listVersion"),),
    "SetChargingProfile": (_PROFILE, _SCHEDULE),
    "SetDERControl": ((("controlId",), "derControlId"),),
    "SetDisplayMessage": ((("message", "id"), "displayMessageId"),),
    "UpdateFirmware": (_REQUEST_ID,),
}


def with_own_ids(
    tongue: Translator, action: str, payload: Mapping[str, Any], take: Callable[[str], int]
) -> dict[str, Any]:
    """The payload with an id in each place that asks for one and has none; `take(name)` gives a fresh number.

    A place whose parent is absent is left alone: an id makes no profile.
    """
    places = (_IDS_16 if tongue.version == "ocpp1.6" else _IDS_2).get(action, ())
    filled = dict(payload)
    for path, name in places:
        _fill(filled, path, name, take)
    return filled


def der_control_id(number: int) -> str:
    """The id of a DER control: OCPP has texts there."""
    return f"der-{number}"


def _id(name: str, number: int) -> int | str:
    if name == "derControlId":
        return der_control_id(number)
    return number + PROFILE_IDS_FROM if name == "chargingProfileId" else number


def _fill(parent: dict[str, Any], path: tuple[str, ...], name: str, take: Callable[[str], int]) -> None:
    first, *rest = path
    if not rest:
        if first not in parent:
            parent[first] = _id(name, take(name))
        return
    child = parent.get(first)
    if isinstance(child, dict):
        child = parent[first] = dict(child)
        _fill(child, tuple(rest), name, take)
    elif isinstance(child, list):
        children = parent[first] = [dict(c) if isinstance(c, dict) else c for c in child]
        for one in children:
            if isinstance(one, dict):
                _fill(one, tuple(rest), name, take)
