"""Remote control in the words of OCPP 2.x: starting, stopping, resetting, unlocking, availability, transaction status.

OCPP 2.0.1 part 2, B11, B12, E14, F01 to F05, G03, G04; OCPP 2.1 part 2, B11 (ImmediateAndResume), Q (allowed transfer).
"""

from datetime import datetime

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator import said
from chargewright.simulator.dialect_v2.profile_words import profile_in
from chargewright.simulator.dialect_v2.profiles import Profiles
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.station import Station

__all__ = ["Remote"]


class Remote:
    """What a central system has a station do at once."""

    def __init__(self, station: Station, carry_out: Orders, profiles: Profiles) -> None:
        self._station = station
        self._carry_out = carry_out
        self._profiles = profiles

    def handlers(self) -> Handlers:
        return {
            "ChangeAvailability": self._change_availability,
            "GetTransactionStatus": self._transaction_status,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._request_stop,
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
        }

    def handlers_21(self) -> Handlers:
        return {"AFRRSignal": self._afrr_signal, "NotifyAllowedEnergyTransfer": self._allowed}

    def _request_start(self, request: v21.RequestStartTransactionRequest, at: datetime) -> Struct:
        wire, group = request.charging_profile, request.group_id_token
        begun = self._carry_out.start(
            request.evse_id,
            request.id_token.id_token,
            at,
            remote_start_id=request.remote_start_id,
            profile=None if wire is None else profile_in(wire),
            group=None if group is None else group.id_token,
            id_kind=request.id_token.type,
        )
        if begun is None:
            return v21.RequestStartTransactionResponse(status="Rejected")
        if wire is not None:
            self._profiles.keep(wire)
        wire_id = begun.wire_id if isinstance(begun, said.Transaction) else None
        return v21.RequestStartTransactionResponse(status="Accepted", transaction_id=wire_id)

    def _request_stop(self, request: v21.RequestStopTransactionRequest, at: datetime) -> Struct:
        stopped = self._carry_out.stop(request.transaction_id, at)
        return v21.RequestStopTransactionResponse(status="Accepted" if stopped else "Rejected")

    def _transaction_status(self, request: v21.GetTransactionStatusRequest, _at: datetime) -> Struct:
        """Without an id only the queue is told (E14.FR.06); of an unknown one nothing runs or waits (E14.FR.01)."""
        station, wire_id = self._station, request.transaction_id
        if wire_id is None:
            return v21.GetTransactionStatusResponse(messages_in_queue=station.outbox.kept > 0)
        known = [t for t in station.transactions if t.wire_id == wire_id]
        return v21.GetTransactionStatusResponse(
            ongoing_indicator=any(t.ended_at is None for t in known),
            messages_in_queue=any(station.outbox.holds(t) for t in known),
        )

    def _reset(self, request: v21.ResetRequest, at: datetime) -> Struct:
        station, evse_id = self._station, request.evse_id
        if request.type == "ImmediateAndResume":
            if evse_id:
                return v21.ResetResponse(
                    status="Rejected",
                    status_info=reason("NotSupported", "only the whole station resumes transactions"),
                )
            self._carry_out.resume_after_reset(at)
            return v21.ResetResponse(status="Accepted")
        if evse_id:
            if evse_id not in station.evses:
                return v21.ResetResponse(status="Rejected", status_info=reason("UnknownEvse"))
            status = self._carry_out.reset_evse(evse_id, at, at_once=request.type == "Immediate")
            return v21.ResetResponse(status=status)
        self._carry_out.reset(at, how="now" if request.type == "Immediate" else "when idle")
        waits = request.type == "OnIdle" and bool(station.running)
        return v21.ResetResponse(status="Scheduled" if waits else "Accepted")

    def _change_availability(self, request: v21.ChangeAvailabilityRequest, at: datetime) -> Struct:
        evse = request.evse
        if evse is not None and evse.connector_id not in {None, 1}:
            return v21.ChangeAvailabilityResponse(status="Rejected", status_info=reason("UnknownConnectorId"))
        status = self._carry_out.availability(
            0 if evse is None else evse.id, at, available=request.operational_status == "Operative"
        )
        return v21.ChangeAvailabilityResponse(status=status)

    def _unlock(self, request: v21.UnlockConnectorRequest, at: datetime) -> Struct:
        evse = self._station.evses.get(request.evse_id)
        if evse is None or request.connector_id != 1:
            return v21.UnlockConnectorResponse(status="UnknownConnector")
        if evse.transaction is not None:
            return v21.UnlockConnectorResponse(status="OngoingAuthorizedTransaction")
        self._carry_out.unlock(request.evse_id, at)
        return v21.UnlockConnectorResponse(status="Unlocked")

    # --- V2X (2.1) -------------------------------------------------------------------------------------------------

    def _afrr_signal(self, _request: v21.AFRRSignalRequest, _at: datetime) -> Struct:
        """No transaction follows a central frequency signal here: setpoints are all that cars are told."""
        return v21.AFRRSignalResponse(
            status="Rejected", status_info=reason("InvalidOperation", "no period has CentralFrequency")
        )

    def _allowed(self, request: v21.NotifyAllowedEnergyTransferRequest, at: datetime) -> Struct:
        """Cars settle how energy is transferred before anybody could allow it: it is noted in the log."""
        if self._carry_out.transaction(request.transaction_id) is None:
            return v21.NotifyAllowedEnergyTransferResponse(
                status="Rejected", status_info=reason("TxNotFound", "no such transaction runs")
            )
        modes = ",".join(request.allowed_energy_transfer)
        self._station.log.note(at, "may transfer energy by", modes)
        return v21.NotifyAllowedEnergyTransferResponse(status="Accepted")
