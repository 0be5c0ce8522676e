"""What concerns drivers in 2.x: local lists, transaction status, cost, reservations, display messages."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.domain import display, driver_commands, local_list, requests, reservation
from chargewright.ocpp.v21 import messages as v21

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS", "token_info"]


# --- what a station tells ------------------------------------------------------------------------------------


def _reservation_told(wire: Any) -> reservation.ReservationReported:
    return reservation.ReservationReported(wire.reservation_id, wire.reservation_update_status)


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {"ReservationStatusUpdate": _reservation_told}


# --- our orders ----------------------------------------------------------------------------------------------


def token_info(info: requests.TokenInfo) -> v21.IdTokenInfo:
    """Write what may be told of a token."""
    message = None
    if info.personal_message is not None:
        message = v21.MessageContent(format="UTF8", content=info.personal_message, language=info.language)
    return v21.IdTokenInfo(
        status=info.status.value,
        cache_expiry_date_time=info.expires_at,
        charging_priority=info.charging_priority,
        group_id_token=_group(info.group_id),
        language1=info.language,
        evse_id=list(info.evse_ids) or None,
        personal_message=message,
    )


def _group(group_id: str | None) -> v21.IdToken | None:
    return None if group_id is None else v21.IdToken(id_token=group_id, type="Central")


def _send_list(order: local_list.SendLocalList) -> tuple[str, Any]:
    entries = [
        v21.AuthorizationData(
            id_token=v21.IdToken(id_token=entry.id_token, type=entry.kind),
            id_token_info=None if entry.info is None else token_info(entry.info),
        )
        for entry in order.entries
    ]
    return "SendLocalList", v21.SendLocalListRequest(
        version_number=order.version,
        update_type="Full" if order.full else "Differential",
        local_authorization_list=entries or None,
    )


def _list_version(_order: local_list.ReadListVersion) -> tuple[str, Any]:
    return "GetLocalListVersion", v21.GetLocalListVersionRequest()


def _ask_transaction(order: driver_commands.AskTransaction) -> tuple[str, Any]:
    return "GetTransactionStatus", v21.GetTransactionStatusRequest(transaction_id=order.wire_id)


def _show_cost(order: driver_commands.ShowCost) -> tuple[str, Any]:
    return "CostUpdated", v21.CostUpdatedRequest(total_cost=float(order.total), transaction_id=order.wire_id)


def _reserve(order: reservation.ReserveEvse) -> tuple[str, Any]:
    return "ReserveNow", v21.ReserveNowRequest(
        id=order.reservation_id,
        expiry_date_time=order.expires_at,
        id_token=v21.IdToken(id_token=order.id_token, type=order.kind),
        connector_type=order.connector_type,
        evse_id=order.evse_id,
        group_id_token=_group(order.group_id),
    )


def _cancel(order: reservation.CancelReservation) -> tuple[str, Any]:
    return "CancelReservation", v21.CancelReservationRequest(reservation_id=order.reservation_id)


def _show_message(order: display.ShowMessage) -> tuple[str, Any]:
    message = order.message
    # Words of OCPP as an operator gave them: the API takes no others.
    words: dict[str, Any] = {"priority": message.priority, "state": message.state}
    content: dict[str, Any] = {"format": message.format, "language": message.language}
    return "SetDisplayMessage", v21.SetDisplayMessageRequest(
        message=v21.MessageInfo(
            id=message.id,
            message=v21.MessageContent(content=message.content, **content),
            start_date_time=message.start_at,
            end_date_time=message.end_at,
            transaction_id=message.transaction,
            **words,
        )
    )


def _clear_message(order: display.ClearMessage) -> tuple[str, Any]:
    return "ClearDisplayMessage", v21.ClearDisplayMessageRequest(id=order.message_id)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    display.ClearMessage: _clear_message,
    display.ShowMessage: _show_message,
    driver_commands.AskTransaction: _ask_transaction,
    driver_commands.ShowCost: _show_cost,
    local_list.ReadListVersion: _list_version,
    local_list.SendLocalList: _send_list,
    reservation.CancelReservation: _cancel,
    reservation.ReserveEvse: _reserve,
}


# --- how they ended ------------------------------------------------------------------------------------------


def _why(wire: Any) -> str:
    info = wire.status_info
    return "" if info is None else f"{info.reason_code} {info.additional_info or ''}".rstrip()


def _list_sent(_order: Any, wire: Any) -> local_list.LocalListSent:
    return local_list.LocalListSent(wire.status, _why(wire))


def _version_told(_order: Any, wire: Any) -> local_list.ListVersion:
    return local_list.ListVersion(wire.version_number)


def _transaction_told(_order: Any, wire: Any) -> driver_commands.TransactionTold:
    return driver_commands.TransactionTold(wire.messages_in_queue, wire.ongoing_indicator)


def _cost_shown(_order: Any, _wire: Any) -> driver_commands.CostShown:
    return driver_commands.CostShown()


def _reserved(_order: Any, wire: Any) -> reservation.Reserved:
    return reservation.Reserved(wire.status, _why(wire))


def _cancelled(_order: Any, wire: Any) -> reservation.ReservationCancelled:
    return reservation.ReservationCancelled(wire.status == "Accepted", _why(wire))


def _message_shown(_order: Any, wire: Any) -> display.MessageShown:
    return display.MessageShown(wire.status, _why(wire))


def _message_cleared(_order: Any, wire: Any) -> display.MessageCleared:
    return display.MessageCleared(wire.status)


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    display.ClearMessage: _message_cleared,
    display.ShowMessage: _message_shown,
    driver_commands.AskTransaction: _transaction_told,
    driver_commands.ShowCost: _cost_shown,
    local_list.ReadListVersion: _version_told,
    local_list.SendLocalList: _list_sent,
    reservation.CancelReservation: _cancelled,
    reservation.ReserveEvse: _reserved,
}
