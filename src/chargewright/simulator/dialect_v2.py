"""A station's behaviour in the words of OCPP 2.0.1."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from chargewright.charging.installed import Criteria
from chargewright.charging.profile import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    decimal_of_tenths,
    tenths_of,
)
from chargewright.clock import as_utc
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.v201 import messages as v201
from chargewright.simulator import said
from chargewright.simulator.blocks.access import TokenInfo
from chargewright.simulator.device_model import device_model
from chargewright.simulator.orders import Orders
from chargewright.simulator.said import EvseStatus, StopReason, TransactionStep, Trigger
from chargewright.simulator.station import Station

__all__ = ["DialectV2"]

_CONNECTOR: Final[dict[EvseStatus, v201.ConnectorStatusEnum]] = {
    EvseStatus.AVAILABLE: "Available",
    EvseStatus.UNAVAILABLE: "Unavailable",
}
_CHARGING: Final[dict[EvseStatus, v201.ChargingStateEnum]] = {
    EvseStatus.PREPARING: "EVConnected",
    EvseStatus.CHARGING: "Charging",
    EvseStatus.SUSPENDED_EV: "SuspendedEV",
    EvseStatus.SUSPENDED_EVSE: "SuspendedEVSE",
    EvseStatus.FINISHING: "EVConnected",
}
_TRIGGERS: Final[dict[Trigger, v201.TriggerReasonEnum]] = {
    Trigger.AUTHORIZED: "Authorized",
    Trigger.REMOTE_START: "RemoteStart",
    Trigger.METER_PERIODIC: "MeterValuePeriodic",
    Trigger.CHARGING_STATE: "ChargingStateChanged",
    Trigger.ASKED: "Trigger",
}
_STOPS: Final[dict[StopReason, tuple[v201.TriggerReasonEnum, v201.ReasonEnum]]] = {
    StopReason.EV_DISCONNECTED: ("EVCommunicationLost", "EVDisconnected"),
    StopReason.REMOTE: ("RemoteStop", "Remote"),
    StopReason.DEAUTHORIZED: ("Deauthorized", "DeAuthorized"),
    StopReason.UNLOCKED: ("UnlockCommand", "Other"),
    StopReason.SOFT_RESET: ("ResetCommand", "Reboot"),
    StopReason.HARD_RESET: ("ResetCommand", "ImmediateReset"),
}
_BOOTS: Final[dict[str, v201.BootReasonEnum]] = {
    "PowerUp": "PowerUp",
    "RemoteReset": "RemoteReset",
    "Triggered": "Triggered",
    "Watchdog": "Watchdog",
}
_MODES: Final[dict[int, v201.EnergyTransferModeEnum]] = {
    1: "AC_single_phase",
    2: "AC_two_phase",
    3: "AC_three_phase",
}
_PHASES: Final[tuple[v201.PhaseEnum, ...]] = ("L1", "L2", "L3")
_LINE_TO_NEUTRAL: Final[tuple[v201.PhaseEnum, ...]] = ("L1-N", "L2-N", "L3-N")

_EVENTS: Final[dict[TransactionStep, v201.TransactionEventEnum]] = {
    TransactionStep.STARTED: "Started",
    TransactionStep.UPDATED: "Updated",
    TransactionStep.ENDED: "Ended",
}

Answer = Struct | None


class DialectV2:
    """One station's 2.0.1."""

    version = Version.OCPP201

    def __init__(self, station: Station) -> None:
        self._station = station
        self._carry_out = Orders(station)
        self._variables = device_model(station, self._carry_out)
        self._orders: Mapping[str, Callable[[Any, datetime], Answer]] = {
            "ChangeAvailability": self._change_availability,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_profile,
            "DataTransfer": self._data_transfer,
            "GetChargingProfiles": self._get_profiles,
            "GetCompositeSchedule": self._composite,
            "GetVariables": self._get_variables,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._request_stop,
            "Reset": self._reset,
            "SetChargingProfile": self._set_profile,
            "SetVariables": self._set_variables,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
        }

    # --- what the station says ---------------------------------------------------------------------------------

    def request(self, message: said.Message) -> tuple[str, Struct] | None:
        match message:
            case said.Booted(reason):
                return "BootNotification", v201.BootNotificationRequest(
                    reason=_BOOTS[reason],
                    charging_station=v201.ChargingStation(
                        vendor_name="chargewright",
                        model="simulated",
                        serial_number=self._station.spec.id[:25],
                        firmware_version="1.0",
                    ),
                )
            case said.Heartbeat():
                return "Heartbeat", v201.HeartbeatRequest()
            case said.StatusTold(evse_id, status, at):
                return "StatusNotification", v201.StatusNotificationRequest(
                    timestamp=at,
                    connector_status=_CONNECTOR.get(status, "Occupied"),
                    evse_id=evse_id,
                    connector_id=1,
                )
            case said.AuthorizationAsked(_, id_token):
                return "Authorize", v201.AuthorizeRequest(id_token=_token(id_token))
            case said.TransactionTold():
                return "TransactionEvent", _event(message)
            case said.MeterTold(evse_id, reading):
                return "MeterValues", v201.MeterValuesRequest(
                    evse_id=evse_id, meter_value=[_meter_value(reading)]
                )
            case said.ChargingNeedTold():
                return "NotifyEVChargingNeeds", _needs(message)
            case said.ProfilesReported(request_id, evse_id, installed, more):
                return "ReportChargingProfiles", v201.ReportChargingProfilesRequest(
                    request_id=request_id,
                    charging_limit_source="CSO",
                    charging_profile=[_profile_out(i.profile) for i in installed],
                    evse_id=evse_id,
                    tbc=more or None,
                )
            case _:
                return None

    # --- what the central system answers -----------------------------------------------------------------------

    def answered(self, message: said.Message, response: Struct, at: datetime) -> None:
        station = self._station
        match message, response:
            case said.Booted(), v201.BootNotificationResponse(status=status, interval=interval):
                station.boot_answered(at, accepted=status == "Accepted", interval_s=interval)
            case said.AuthorizationAsked(evse_id, id_token), v201.AuthorizeResponse(id_token_info=info):
                station.authorized(evse_id, id_token, at, info=TokenInfo(info.status))
            case said.TransactionTold(), v201.TransactionEventResponse(id_token_info=token_info):
                accepted = None if token_info is None else token_info.status == "Accepted"
                station.transaction_answered(message, at, accepted=accepted)
            case _:
                pass

    # --- what the central system orders --------------------------------------------------------------------------

    def order(self, action: str, request: Struct, at: datetime) -> Struct | None:
        handler = self._orders.get(action)
        return None if handler is None else handler(request, at)

    def _set_profile(self, request: v201.SetChargingProfileRequest, at: datetime) -> Answer:
        station = self._station
        refused = "told to by the scenario" if "rejects_profiles" in station.faults else ""
        if not refused:
            refused = station.profiles.put(
                request.evse_id,
                _profile_in(request.charging_profile),
                at=station.clock(at),
                running=station.running,
            )
        if refused:
            return v201.SetChargingProfileResponse(
                status="Rejected",
                status_info=v201.StatusInfo(reason_code="InvalidProfile", additional_info=refused[:512]),
            )
        return v201.SetChargingProfileResponse(status="Accepted")

    def _clear_profile(self, request: v201.ClearChargingProfileRequest, _at: datetime) -> Answer:
        wire = request.charging_profile_criteria
        purpose = None if wire is None else wire.charging_profile_purpose
        criteria = Criteria(
            profile_id=request.charging_profile_id,
            evse_id=None if wire is None else wire.evse_id,
            purpose=None if purpose is None else Purpose(purpose),
            stack_level=None if wire is None else wire.stack_level,
        )
        found = self._station.profiles.clear(criteria)
        return v201.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")

    def _composite(self, request: v201.GetCompositeScheduleRequest, at: datetime) -> Answer:
        station = self._station
        store, evse_id = station.profiles, request.evse_id
        unit = store.unit if request.charging_rate_unit is None else RateUnit(request.charging_rate_unit)
        known = evse_id == 0 or evse_id in station.evses
        if not known or unit is not store.unit or request.duration <= 0 or "no_composite" in station.faults:
            return v201.GetCompositeScheduleResponse(status="Rejected")
        start = station.clock(at)
        composite = store.report(
            evse_id, start=start, duration_s=request.duration, unit=unit, running=station.running
        )
        periods = composite.periods(store.hardware_tenths(evse_id, unit))
        return v201.GetCompositeScheduleResponse(
            status="Accepted",
            schedule=v201.CompositeSchedule(
                evse_id=evse_id,
                duration=request.duration,
                schedule_start=start,
                charging_rate_unit=unit.value,
                charging_schedule_period=[_period_out(period) for period in periods],
            ),
        )

    def _get_profiles(self, request: v201.GetChargingProfilesRequest, _at: datetime) -> Answer:
        station, wanted = self._station, request.charging_profile
        purpose, ids, sources = (
            wanted.charging_profile_purpose,
            wanted.charging_profile_id,
            wanted.charging_limit_source,
        )
        found: dict[int, list[Installed]] = {}
        for installed in self._carry_out.profiles_of(request.evse_id):
            profile = installed.profile
            if (
                (ids is None or profile.id in ids)
                and (purpose is None or profile.purpose is Purpose(purpose))
                and wanted.stack_level in {None, profile.stack_level}
                and (sources is None or "CSO" in sources)
            ):
                found.setdefault(installed.evse_id, []).append(installed)
        for n, (evse_id, profiles) in enumerate(sorted(found.items()), start=1):
            report = said.ProfilesReported(request.request_id, evse_id, tuple(profiles), more=n < len(found))
            station.outbox.put(report)
        return v201.GetChargingProfilesResponse(status="Accepted" if found else "NoProfiles")

    def _request_start(self, request: v201.RequestStartTransactionRequest, at: datetime) -> Answer:
        wire = request.charging_profile
        begun = self._carry_out.start(
            request.evse_id,
            request.id_token.id_token,
            at,
            remote_start_id=request.remote_start_id,
            profile=None if wire is None else _profile_in(wire),
        )
        if begun is None:
            return v201.RequestStartTransactionResponse(status="Rejected")
        wire_id = begun.wire_id if isinstance(begun, said.Transaction) else None
        return v201.RequestStartTransactionResponse(status="Accepted", transaction_id=wire_id)

    def _request_stop(self, request: v201.RequestStopTransactionRequest, at: datetime) -> Answer:
        stopped = self._carry_out.stop(request.transaction_id, at)
        return v201.RequestStopTransactionResponse(status="Accepted" if stopped else "Rejected")

    def _trigger(self, request: v201.TriggerMessageRequest, at: datetime) -> Answer:
        station = self._station
        evse_id = 0 if request.evse is None else request.evse.id
        if evse_id and evse_id not in station.evses:
            return v201.TriggerMessageResponse(status="Rejected")
        match request.requested_message:
            case "BootNotification":
                self._carry_out.tell_boot()
            case "Heartbeat":
                station.outbox.put(said.Heartbeat())
            case "MeterValues":
                self._carry_out.tell_meter_values(evse_id, at, apart=True)
            case "TransactionEvent":
                ids = [n for n, evse in station.evses.items() if evse.transaction and evse_id in {0, n}]
                if not ids:
                    return v201.TriggerMessageResponse(status="Rejected")
                for n in ids:
                    self._carry_out.tell_meter_values(n, at, apart=False)
            case "StatusNotification":
                self._carry_out.tell_status(evse_id, at)
            case _:
                return v201.TriggerMessageResponse(status="NotImplemented")
        return v201.TriggerMessageResponse(status="Accepted")

    def _reset(self, request: v201.ResetRequest, at: datetime) -> Answer:
        station = self._station
        if request.evse_id is not None:
            return v201.ResetResponse(status="Rejected")  # AllowReset is false for its EVSEs (B11.FR.09)
        self._carry_out.reset(at, how="now" if request.type == "Immediate" else "when idle")
        waits = request.type == "OnIdle" and bool(station.running)
        return v201.ResetResponse(status="Scheduled" if waits else "Accepted")

    def _change_availability(self, request: v201.ChangeAvailabilityRequest, at: datetime) -> Answer:
        evse_id = 0 if request.evse is None else request.evse.id
        status = self._carry_out.availability(
            evse_id, at, available=request.operational_status == "Operative"
        )
        return v201.ChangeAvailabilityResponse(status=status)

    def _unlock(self, request: v201.UnlockConnectorRequest, at: datetime) -> Answer:
        station = self._station
        evse = station.evses.get(request.evse_id)
        if evse is None or request.connector_id != 1:
            return v201.UnlockConnectorResponse(status="UnknownConnector")
        if evse.transaction is not None:
            return v201.UnlockConnectorResponse(status="OngoingAuthorizedTransaction")
        self._carry_out.unlock(request.evse_id, at)
        return v201.UnlockConnectorResponse(status="Unlocked")

    def _clear_cache(self, _request: v201.ClearCacheRequest, _at: datetime) -> Answer:
        """There is no cache to clear (C11.FR.04)."""
        return v201.ClearCacheResponse(status="Rejected")

    def _data_transfer(self, _request: v201.DataTransferRequest, _at: datetime) -> Answer:
        return v201.DataTransferResponse(status="UnknownVendorId")

    # --- the device model ----------------------------------------------------------------------------------------

    def _get_variables(self, request: v201.GetVariablesRequest, _at: datetime) -> Answer:
        results = []
        for wanted in request.get_variable_data:
            status: v201.GetVariableStatusEnum = "Accepted"
            variable = self._variables.get((wanted.component.name, wanted.variable.name))
            if variable is None:
                known = any(component == wanted.component.name for component, _ in self._variables)
                status = "UnknownVariable" if known else "UnknownComponent"
            elif wanted.attribute_type not in {None, "Actual"}:
                status = "NotSupportedAttributeType"
            results.append(
                v201.GetVariableResult(
                    attribute_status=status,
                    component=wanted.component,
                    variable=wanted.variable,
                    attribute_type=wanted.attribute_type,
                    attribute_value=variable.read() if variable and status == "Accepted" else None,
                )
            )
        return v201.GetVariablesResponse(get_variable_result=results)

    def _set_variables(self, request: v201.SetVariablesRequest, at: datetime) -> Answer:
        results = [
            v201.SetVariableResult(
                attribute_status=self._set(wanted, at),
                component=wanted.component,
                variable=wanted.variable,
                attribute_type=wanted.attribute_type,
            )
            for wanted in request.set_variable_data
        ]
        return v201.SetVariablesResponse(set_variable_result=results)

    def _set(self, wanted: v201.SetVariableData, at: datetime) -> v201.SetVariableStatusEnum:
        variable = self._variables.get((wanted.component.name, wanted.variable.name))
        if variable is None:
            known = any(component == wanted.component.name for component, _ in self._variables)
            return "UnknownVariable" if known else "UnknownComponent"
        if wanted.attribute_type not in {None, "Actual"}:
            return "NotSupportedAttributeType"
        text = wanted.attribute_value
        if variable.write is None or not (text.isascii() and text.isdigit() and int(text) >= variable.least):
            return "Rejected"
        variable.write(int(text), at)
        return "Accepted"


def _token(id_token: str) -> v201.IdToken:
    return v201.IdToken(id_token=id_token, type="ISO14443")


def _event(told: said.TransactionTold) -> v201.TransactionEventRequest:
    transaction = told.transaction
    started, ended = told.step is TransactionStep.STARTED, told.step is TransactionStep.ENDED
    assert transaction.wire_id is not None, "a 2.x station names its transactions"
    stopped: v201.ReasonEnum | None = None
    if ended:
        assert transaction.stop_reason is not None
        trigger, stopped = _STOPS[transaction.stop_reason]
    else:
        trigger = _TRIGGERS[told.trigger]
    return v201.TransactionEventRequest(
        event_type=_EVENTS[told.step],
        timestamp=told.at,
        trigger_reason=trigger,
        seq_no=told.seq_no,
        transaction_info=v201.Transaction(
            transaction_id=transaction.wire_id,
            charging_state=None if ended else _CHARGING.get(told.status),
            stopped_reason=stopped,
            remote_start_id=transaction.remote_start_id if started else None,
        ),
        meter_value=[_meter_value(reading) for reading in told.readings] or None,
        offline=told.offline or None,
        evse=v201.EVSE(id=transaction.evse_id, connector_id=1) if started else None,
        id_token=_token(transaction.id_token) if started else None,
    )


def _meter_value(reading: said.Reading) -> v201.MeterValue:
    context = reading.context
    amps, volts = v201.UnitOfMeasure(unit="A"), v201.UnitOfMeasure(unit="V")
    values = [
        v201.SampledValue(
            value=float(int(reading.register_wh)),
            context=context,
            measurand="Energy.Active.Import.Register",
            unit_of_measure=v201.UnitOfMeasure(unit="Wh"),
        ),
        v201.SampledValue(
            value=round(reading.power_w, 1),
            context=context,
            measurand="Power.Active.Import",
            unit_of_measure=v201.UnitOfMeasure(unit="W"),
        ),
    ]
    values += [
        v201.SampledValue(
            value=round(current_a, 2),
            context=context,
            measurand="Current.Import",
            phase=phase,
            unit_of_measure=amps,
        )
        for current_a, phase in zip(reading.currents_a, _PHASES, strict=False)
    ]
    values += [
        v201.SampledValue(
            value=reading.voltage_v, context=context, measurand="Voltage", phase=phase, unit_of_measure=volts
        )
        for _, phase in zip(reading.currents_a, _LINE_TO_NEUTRAL, strict=False)
    ]
    return v201.MeterValue(sampled_value=values, timestamp=reading.at)


def _needs(told: said.ChargingNeedTold) -> v201.NotifyEVChargingNeedsRequest:
    return v201.NotifyEVChargingNeedsRequest(
        evse_id=told.evse_id,
        charging_needs=v201.ChargingNeeds(
            requested_energy_transfer=_MODES[told.phases],
            departure_time=told.departure_at,
            ac_charging_parameters=v201.ACChargingParameters(
                energy_amount=round(told.energy_wh),
                ev_min_current=6,
                ev_max_current=int(told.current_max_a),
                ev_max_voltage=round(told.voltage_v),
            ),
        ),
    )


def _profile_in(wire: v201.ChargingProfile) -> Profile:
    """Read a profile. Raises `InvalidInput` for a limit that is no multiple of 0.1."""
    return Profile(
        id=wire.id,
        stack_level=wire.stack_level,
        purpose=Purpose(wire.charging_profile_purpose),
        kind=Kind(wire.charging_profile_kind),
        schedules=tuple(_schedule_in(schedule) for schedule in wire.charging_schedule),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=None if wire.valid_from is None else as_utc(wire.valid_from),
        valid_to=None if wire.valid_to is None else as_utc(wire.valid_to),
        transaction_id=wire.transaction_id,
    )


def _schedule_in(wire: v201.ChargingSchedule) -> Schedule:
    minimum = wire.min_charging_rate
    return Schedule(
        id=wire.id,
        unit=RateUnit(wire.charging_rate_unit),
        periods=tuple(
            Period(p.start_period, tenths_of(p.limit), p.number_phases, p.phase_to_use)
            for p in wire.charging_schedule_period
        ),
        start_at=None if wire.start_schedule is None else as_utc(wire.start_schedule),
        duration_s=wire.duration,
        minimum_rate_tenths=None if minimum is None else tenths_of(minimum),
    )


def _profile_out(profile: Profile) -> v201.ChargingProfile:
    return v201.ChargingProfile(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=_PURPOSES[profile.purpose],
        charging_profile_kind=_KINDS[profile.kind],
        charging_schedule=[
            v201.ChargingSchedule(
                id=n if schedule.id is None else schedule.id,
                charging_rate_unit=schedule.unit.value,
                charging_schedule_period=[_period_out(period) for period in schedule.periods],
                start_schedule=schedule.start_at,
                duration=schedule.duration_s,
                min_charging_rate=None
                if schedule.minimum_rate_tenths is None
                else decimal_of_tenths(schedule.minimum_rate_tenths),
            )
            for n, schedule in enumerate(profile.schedules, start=1)
        ],
        recurrency_kind=None if profile.recurrency is None else profile.recurrency.value,
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction_id=profile.transaction_id,
    )


_PURPOSES: Final[dict[Purpose, v201.ChargingProfilePurposeEnum]] = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.EXTERNAL_CONSTRAINTS: "ChargingStationExternalConstraints",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}
_KINDS: Final[dict[Kind, v201.ChargingProfileKindEnum]] = {
    Kind.ABSOLUTE: "Absolute",
    Kind.RECURRING: "Recurring",
    Kind.RELATIVE: "Relative",
}


def _period_out(period: Period) -> v201.ChargingSchedulePeriod:
    return v201.ChargingSchedulePeriod(
        start_period=period.start_s,
        limit=decimal_of_tenths(period.limit_tenths or 0),
        number_phases=period.number_phases,
        phase_to_use=period.phase_to_use,
    )
