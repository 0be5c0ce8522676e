"""OCPP 2.1 <-> domain: batteries that are swapped (block S)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chargewright.clock import as_utc
from chargewright.domain import battery_swap
from chargewright.ids import EvseId
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import answered

__all__ = ["COMMANDS", "OUTCOMES", "REQUESTS"]


def _swapped(wire: Any) -> battery_swap.BatteriesSwapped:
    return battery_swap.BatteriesSwapped(
        wire.event_type,
        wire.request_id,
        wire.id_token.id_token,
        wire.id_token.type,
        tuple(
            battery_swap.Battery(
                EvseId(one.evse_id),
                one.serial_number,
                one.soc,
                one.soh,
                None if one.production_date is None else as_utc(one.production_date),
                one.vendor_info or "",
            )
            for one in wire.battery_data
        ),
    )


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {"BatterySwap": _swapped}


def _request(order: battery_swap.RequestSwap) -> tuple[str, Any]:
    return "RequestBatterySwap", v21.RequestBatterySwapRequest(
        id_token=v21.IdToken(id_token=order.id_token, type=order.token_kind), request_id=order.request_id
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {battery_swap.RequestSwap: _request}
OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {battery_swap.RequestSwap: answered}
