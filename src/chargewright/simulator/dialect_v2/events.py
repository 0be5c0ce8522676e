"""Transactions, readings and the wishes of cars in the words of OCPP 2.x (blocks E, J and K15)."""

from typing import Final

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator import said
from chargewright.simulator.dialect_v2.tariffs import Tariffs
from chargewright.simulator.dialect_v2.words import token
from chargewright.simulator.said import EvseStatus, StopReason, TransactionStep, Trigger
from chargewright.simulator.station import MINIMUM_A

__all__ = ["event", "meter_value", "needs"]

_CHARGING: Final[dict[EvseStatus, v21.ChargingStateEnum]] = {
    EvseStatus.PREPARING: "EVConnected",
    EvseStatus.CHARGING: "Charging",
    EvseStatus.SUSPENDED_EV: "SuspendedEV",
    EvseStatus.SUSPENDED_EVSE: "SuspendedEVSE",
    EvseStatus.FINISHING: "EVConnected",
}
_TRIGGERS: Final[dict[Trigger, v21.TriggerReasonEnum]] = {
    Trigger.AUTHORIZED: "Authorized",
    Trigger.REMOTE_START: "RemoteStart",
    Trigger.METER_PERIODIC: "MeterValuePeriodic",
    Trigger.CHARGING_STATE: "ChargingStateChanged",
    Trigger.OPERATION_MODE: "OperationModeChanged",
    Trigger.ASKED: "Trigger",
    Trigger.RESET: "ResetCommand",
    Trigger.RESUMED: "TxResumed",
    Trigger.RATE: "ChargingRateChanged",
    Trigger.TARIFF: "TariffChanged",
}
_STOPS: Final[dict[StopReason, tuple[v21.TriggerReasonEnum, v21.ReasonEnum]]] = {
    StopReason.EV_DISCONNECTED: ("EVCommunicationLost", "EVDisconnected"),
    StopReason.REMOTE: ("RemoteStop", "Remote"),
    StopReason.DEAUTHORIZED: ("Deauthorized", "DeAuthorized"),
    StopReason.UNLOCKED: ("UnlockCommand", "Other"),
    StopReason.SOFT_RESET: ("ResetCommand", "Reboot"),
    StopReason.HARD_RESET: ("ResetCommand", "ImmediateReset"),
    StopReason.FAULT: ("AbnormalCondition", "Other"),
}
_MODES: Final[dict[int, v21.EnergyTransferModeEnum]] = {
    1: "AC_single_phase",
    2: "AC_two_phase",
    3: "AC_three_phase",
}
_PHASES: Final[tuple[v21.PhaseEnum, ...]] = ("L1", "L2", "L3")
_LINE_TO_NEUTRAL: Final[tuple[v21.PhaseEnum, ...]] = ("L1-N", "L2-N", "L3-N")

_EVENTS: Final[dict[TransactionStep, v21.TransactionEventEnum]] = {
    TransactionStep.STARTED: "Started",
    TransactionStep.UPDATED: "Updated",
    TransactionStep.ENDED: "Ended",
}


def event(told: said.TransactionTold, tariffs: Tariffs | None) -> v21.TransactionEventRequest:
    transaction = told.transaction
    started, ended = told.step is TransactionStep.STARTED, told.step is TransactionStep.ENDED
    assert transaction.wire_id is not None, "a 2.x station names its transactions"
    stopped: v21.ReasonEnum | None = None
    if ended:
        assert transaction.stop_reason is not None
        trigger, stopped = _STOPS[transaction.stop_reason]
    else:
        trigger = _TRIGGERS[told.trigger]
    tariff = None if tariffs is None else tariffs.of(transaction)
    return v21.TransactionEventRequest(
        event_type=_EVENTS[told.step],
        timestamp=told.at,
        trigger_reason=trigger,
        seq_no=told.seq_no,
        transaction_info=v21.Transaction(
            transaction_id=transaction.wire_id,
            charging_state=None if ended else _CHARGING.get(told.status),
            stopped_reason=stopped,
            remote_start_id=transaction.remote_start_id if started else None,
            operation_mode=None if told.mode is None else told.mode.value,
            tariff_id=None if tariff is None else tariff.tariff_id,
        ),
        meter_value=[meter_value(reading) for reading in told.readings] or None,
        cost_details=tariffs.cost(transaction) if ended and tariffs is not None else None,
        offline=told.offline or None,
        reservation_id=transaction.reservation_id if started else None,
        evse=v21.EVSE(id=transaction.evse_id, connector_id=1) if started else None,
        id_token=token(transaction.id_token, transaction.id_kind) if started else None,
    )


def meter_value(reading: said.Reading) -> v21.MeterValue:
    """What a meter shows. What flows to the car is import, what it gives back is export; neither is ever negative."""
    context, power_w, currents_a = reading.context, reading.power_w, reading.currents_a
    values = [
        _sample(float(int(reading.register_wh)), "Energy.Active.Import.Register", "Wh", context),
        _sample(round(max(0.0, power_w), 1), "Power.Active.Import", "W", context),
    ]
    values += [
        _sample(round(max(0.0, current_a), 2), "Current.Import", "A", context, phase)
        for current_a, phase in zip(currents_a, _PHASES, strict=False)
    ]
    if reading.exported_wh is not None:
        values.append(
            _sample(float(int(reading.exported_wh)), "Energy.Active.Export.Register", "Wh", context)
        )
        values.append(_sample(round(max(0.0, -power_w), 1), "Power.Active.Export", "W", context))
    if power_w < 0:
        values += [
            _sample(round(max(0.0, -current_a), 2), "Current.Export", "A", context, phase)
            for current_a, phase in zip(currents_a, _PHASES, strict=False)
        ]
    if reading.soc_percent is not None:
        values.append(_sample(round(reading.soc_percent, 1), "SoC", "Percent", context))
    values += [
        _sample(reading.voltage_v, "Voltage", "V", context, phase)
        for _, phase in zip(currents_a, _LINE_TO_NEUTRAL, strict=False)
    ]
    return v21.MeterValue(sampled_value=values, timestamp=reading.at)


def _sample(
    value: float,
    measurand: v21.MeasurandEnum,
    unit: str,
    context: said.Context,
    phase: v21.PhaseEnum | None = None,
) -> v21.SampledValue:
    return v21.SampledValue(
        value=value,
        context=context,
        measurand=measurand,
        phase=phase,
        unit_of_measure=v21.UnitOfMeasure(unit=unit),
    )


def needs(told: said.ChargingNeedTold) -> v21.NotifyEVChargingNeedsRequest:
    return v21.NotifyEVChargingNeedsRequest(
        evse_id=told.evse_id,
        charging_needs=_of_one_way(told) if told.both_ways is None else _of_both_ways(told, told.both_ways),
    )


def _of_one_way(told: said.ChargingNeedTold) -> v21.ChargingNeeds:
    return v21.ChargingNeeds(
        requested_energy_transfer=_MODES[told.phases],
        departure_time=told.departure_at,
        ac_charging_parameters=v21.ACChargingParameters(
            energy_amount=round(told.energy_wh),
            ev_min_current=6,
            ev_max_current=int(told.current_max_a),
            ev_max_voltage=round(told.voltage_v),
        ),
    )


def _of_both_ways(told: said.ChargingNeedTold, both: said.BothWays) -> v21.ChargingNeeds:
    """The words of ISO 15118-20, which go without those of its older parts (2.1 K19.FR.06). Powers are of all phases."""
    w_per_a = told.voltage_v * told.phases
    to_reserve_wh, to_full_wh = round(both.to_reserve_wh, 1), round(both.to_full_wh, 1)
    to_wish_wh = round(both.to_wish_wh, 1)
    return v21.ChargingNeeds(
        requested_energy_transfer="AC_BPT",
        available_energy_transfer=["AC_BPT", _MODES[told.phases]],
        control_mode="DynamicControl",
        mobility_needs_mode="EVCC",
        departure_time=told.departure_at,
        v2x_charging_parameters=v21.V2XChargingParameters(
            min_charge_power=MINIMUM_A * w_per_a,
            max_charge_power=told.current_max_a * w_per_a,
            min_discharge_power=0.0,
            max_discharge_power=both.discharge_max_a * w_per_a,
            max_charge_current=told.current_max_a,
            max_discharge_current=both.discharge_max_a,
            ev_target_energy_request=to_wish_wh,
            ev_min_energy_request=to_reserve_wh,
            ev_max_energy_request=to_full_wh,
            ev_min_v2x_energy_request=to_reserve_wh,
            ev_max_v2x_energy_request=to_full_wh,
            target_soc=both.wished_soc_percent,
        ),
    )
