"""Messages on a station's display, and what a transaction costs, shown there (OCPP 2.x part 2, O01 to O06, I02)."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.dialect_v2.words import parts_of, reason
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.said import EvseStatus, Transaction, Worded
from chargewright.simulator.station import Station

__all__ = ["FORMATS", "MESSAGES_MAX", "PRIORITIES", "STATES", "Display"]

MESSAGES_MAX: Final = 20
MESSAGES_PER_REPORT: Final = 5
FORMATS: Final = ("ASCII", "UTF8")
PRIORITIES: Final = ("AlwaysFront", "InFront", "NormalCycle")
STATES: Final = ("Charging", "Faulted", "Idle", "Unavailable", "Suspended")

_STATE_OF: Final[dict[EvseStatus, v21.MessageStateEnum]] = {
    EvseStatus.CHARGING: "Charging",
    EvseStatus.SUSPENDED_EV: "Suspended",
    EvseStatus.SUSPENDED_EVSE: "Suspended",
    EvseStatus.FAULTED: "Faulted",
    EvseStatus.UNAVAILABLE: "Unavailable",
}


class Display:
    """A station's display: a few lines of text."""

    def __init__(self, station: Station, carry_out: Orders) -> None:
        self._station = station
        self._carry_out = carry_out
        self._messages: dict[int, v21.MessageInfo] = {}
        self.costs: dict[str, float] = {}
        """What a running transaction costs so far, as the central system says, by its id (I02)."""
        station.on_end.append(self._ended)

    def handlers(self) -> Handlers:
        return {
            "ClearDisplayMessage": self._clear,
            "CostUpdated": self._cost_updated,
            "GetDisplayMessages": self._get,
            "SetDisplayMessage": self._set,
        }

    def _set(self, request: v21.SetDisplayMessageRequest, at: datetime) -> Struct:
        message = request.message
        self._forget_outdated(at)
        status = self._refused(message)
        if status is not None:
            return v21.SetDisplayMessageResponse(status=status)
        if message.id not in self._messages and len(self._messages) >= MESSAGES_MAX:
            return v21.SetDisplayMessageResponse(
                status="Rejected", status_info=reason("TooManyElements", f"there is room for {MESSAGES_MAX}")
            )
        if message.priority == "AlwaysFront":
            # Two cannot both be in front: the newer one stays (O01.FR.09 leaves it to the station).
            self._messages = {n: m for n, m in self._messages.items() if m.priority != "AlwaysFront"}
        self._messages[message.id] = message
        return v21.SetDisplayMessageResponse(status="Accepted")

    def _refused(self, message: v21.MessageInfo) -> v21.DisplayMessageStatusEnum | None:
        contents = [message.message, *(message.message_extra or ())]
        if any(content.format not in FORMATS for content in contents):
            return "NotSupportedMessageFormat"
        if message.priority not in PRIORITIES:
            return "NotSupportedPriority"
        if message.state is not None and message.state not in STATES:
            return "NotSupportedState"
        wire_id = message.transaction_id
        if wire_id is not None and self._carry_out.transaction(wire_id) is None:
            return "UnknownTransaction"
        return None

    def _get(self, request: v21.GetDisplayMessagesRequest, at: datetime) -> Struct:
        self._forget_outdated(at)
        found = [
            message
            for message in self._messages.values()
            if (request.id is None or message.id in request.id)
            and request.priority in {None, message.priority}
            and request.state in {None, message.state}
        ]
        if not found:
            return v21.GetDisplayMessagesResponse(status="Unknown")
        for _, part, more in parts_of(found, MESSAGES_PER_REPORT):
            told = v21.NotifyDisplayMessagesRequest(
                request_id=request.request_id, message_info=list(part), tbc=more or None
            )
            self._station.outbox.put(Worded("NotifyDisplayMessages", told))
        return v21.GetDisplayMessagesResponse(status="Accepted")

    def _clear(self, request: v21.ClearDisplayMessageRequest, at: datetime) -> Struct:
        self._forget_outdated(at)
        found = self._messages.pop(request.id, None)
        return v21.ClearDisplayMessageResponse(status="Unknown" if found is None else "Accepted")

    def _cost_updated(self, request: v21.CostUpdatedRequest, _at: datetime) -> Struct:
        if self._carry_out.transaction(request.transaction_id) is not None:
            self.costs[request.transaction_id] = request.total_cost
        return v21.CostUpdatedResponse()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def shown(self, evse_id: int, at: datetime) -> list[str]:
        """The lines that somebody reads who stands at this EVSE now: what is in front first."""
        evse, now = self._station.evses[evse_id], self._station.clock(at)
        state = _STATE_OF.get(evse.status, "Idle")
        wire_id = None if evse.transaction is None else evse.transaction.wire_id
        fitting = [
            message
            for message in self._messages.values()
            if message.state in {None, state}
            and message.transaction_id in {None, wire_id}
            and (message.start_date_time is None or as_utc(message.start_date_time) <= now)
            and (message.end_date_time is None or now < as_utc(message.end_date_time))
        ]
        fitting.sort(key=lambda message: PRIORITIES.index(message.priority))
        lines = [message.message.content for message in fitting]
        cost = self.costs.get(wire_id or "")
        return lines if cost is None else [*lines, f"{cost:.2f}"]

    @property
    def count(self) -> int:
        return len(self._messages)

    def _forget_outdated(self, at: datetime) -> None:
        now = self._station.clock(at)
        self._messages = {
            n: m
            for n, m in self._messages.items()
            if m.end_date_time is None or now < as_utc(m.end_date_time)
        }

    def _ended(self, _evse: object, transaction: Transaction, _at: datetime) -> None:
        """What was shown for a transaction goes with it (O02.FR.02)."""
        wire_id = transaction.wire_id or ""
        self.costs.pop(wire_id, None)
        self._messages = {n: m for n, m in self._messages.items() if m.transaction_id != wire_id}
