"""What concerns drivers in 1.6: local lists and reservations. The rest of it came with 2.x."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.domain import local_list, requests, reservation
from chargewright.domain.token import AuthorizationStatus
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.v16 import messages as v16
from chargewright.translate.tokens import ID_TOKEN_LENGTH_MAX

__all__ = ["COMMANDS", "OUTCOMES", "tag_info"]

_LENGTH_MAX: Final = ID_TOKEN_LENGTH_MAX["ocpp1.6"]

_STATUS: Final[dict[AuthorizationStatus, v16.IdTagInfoStatusEnum]] = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
}
"""What 1.6 has no word for is Invalid."""


def tag_info(info: requests.TokenInfo) -> v16.IdTagInfo:
    """Write what may be told of a token; a group with more than 20 characters has no place in 1.6."""
    group_id = info.group_id
    if group_id is not None and len(group_id) > _LENGTH_MAX:
        group_id = None
    return v16.IdTagInfo(
        status=_STATUS.get(info.status, "Invalid"), expiry_date=info.expires_at, parent_id_tag=group_id
    )


def _id_tag(id_token: str, order: str) -> str:
    if len(id_token) > _LENGTH_MAX:
        raise UnsupportedByVersion(
            order, version="ocpp1.6", why=f"{id_token} has more than {_LENGTH_MAX} characters"
        )
    return id_token


def _send_list(order: local_list.SendLocalList) -> tuple[str, Any]:
    entries = [
        v16.AuthorizationData(
            id_tag=_id_tag(entry.id_token, "SendLocalList"),
            id_tag_info=None if entry.info is None else tag_info(entry.info),
        )
        for entry in order.entries
    ]
    return "SendLocalList", v16.SendLocalListRequest(
        list_version=order.version,
        update_type="Full" if order.full else "Differential",
        local_authorization_list=entries or None,
    )


def _list_version(_order: local_list.ReadListVersion) -> tuple[str, Any]:
    return "GetLocalListVersion", v16.GetLocalListVersionRequest()


def _reserve(order: reservation.ReserveEvse) -> tuple[str, Any]:
    if order.connector_type is not None:
        raise UnsupportedByVersion("ReserveNow", version="ocpp1.6", why="it knows no kinds of connectors")
    return "ReserveNow", v16.ReserveNowRequest(
        connector_id=order.evse_id or 0,
        expiry_date=order.expires_at,
        id_tag=_id_tag(order.id_token, "ReserveNow"),
        reservation_id=order.reservation_id,
        parent_id_tag=None if order.group_id is None else _id_tag(order.group_id, "ReserveNow"),
    )


def _cancel(order: reservation.CancelReservation) -> tuple[str, Any]:
    return "CancelReservation", v16.CancelReservationRequest(reservation_id=order.reservation_id)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    local_list.ReadListVersion: _list_version,
    local_list.SendLocalList: _send_list,
    reservation.CancelReservation: _cancel,
    reservation.ReserveEvse: _reserve,
}


def _list_sent(_order: Any, wire: v16.SendLocalListResponse) -> local_list.LocalListSent:
    return local_list.LocalListSent(wire.status)


def _version_told(_order: Any, wire: v16.GetLocalListVersionResponse) -> local_list.ListVersion:
    return local_list.ListVersion(wire.list_version)


def _reserved(_order: Any, wire: v16.ReserveNowResponse) -> reservation.Reserved:
    return reservation.Reserved(wire.status)


def _cancelled(_order: Any, wire: v16.CancelReservationResponse) -> reservation.ReservationCancelled:
    return reservation.ReservationCancelled(wire.status == "Accepted")


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    local_list.ReadListVersion: _version_told,
    local_list.SendLocalList: _list_sent,
    reservation.CancelReservation: _cancelled,
    reservation.ReserveEvse: _reserved,
}
