"""A station's behaviour in the words of OCPP 1.6 (edition 2 with its errata)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

from chargewright.charging.installed import Criteria
from chargewright.charging.profile import (
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
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator import said
from chargewright.simulator.orders import Orders
from chargewright.simulator.profile_store import PROFILES_MAX, STACK_LEVEL_MAX
from chargewright.simulator.said import EvseStatus, StopReason, TransactionStep
from chargewright.simulator.station import Station

__all__ = ["DialectV16"]

_STATUSES: Final[dict[EvseStatus, v16.StatusNotificationStatusEnum]] = {
    EvseStatus.AVAILABLE: "Available",
    EvseStatus.PREPARING: "Preparing",
    EvseStatus.CHARGING: "Charging",
    EvseStatus.SUSPENDED_EV: "SuspendedEV",
    EvseStatus.SUSPENDED_EVSE: "SuspendedEVSE",
    EvseStatus.FINISHING: "Finishing",
    EvseStatus.UNAVAILABLE: "Unavailable",
}
_REASONS: Final[dict[StopReason, v16.ReasonEnum]] = {
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.REMOTE: "Remote",
    StopReason.DEAUTHORIZED: "DeAuthorized",
    StopReason.UNLOCKED: "UnlockCommand",
    StopReason.SOFT_RESET: "SoftReset",
    StopReason.HARD_RESET: "HardReset",
}
_PURPOSES: Final = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}
_PHASES: Final[tuple[v16.PhaseEnum, ...]] = ("L1", "L2", "L3")
_LINE_TO_NEUTRAL: Final[tuple[v16.PhaseEnum, ...]] = ("L1-N", "L2-N", "L3-N")
_MEASURANDS: Final = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
)

Answer = Struct | None


@dataclass(frozen=True, slots=True)
class _Key:
    """A configuration key: how it is read, and set if it may be; setting tells whether the value makes sense."""

    read: Callable[[], str]
    write: Callable[[str, datetime], bool] | None = None


class DialectV16:
    """One station's 1.6."""

    version = Version.OCPP16

    def __init__(self, station: Station) -> None:
        self._station = station
        self._carry_out = Orders(station)
        self._sampled: tuple[str, ...] = _MEASURANDS
        self._keys = self._key_store()
        self._orders: Mapping[str, Callable[[Any, datetime], Answer]] = {
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": self._clear_cache,
            "ClearChargingProfile": self._clear_profile,
            "DataTransfer": self._data_transfer,
            "GetCompositeSchedule": self._composite,
            "GetConfiguration": self._get_configuration,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "Reset": self._reset,
            "SetChargingProfile": self._set_profile,
            "TriggerMessage": self._trigger,
            "UnlockConnector": self._unlock,
        }

    # --- what the station says ---------------------------------------------------------------------------------

    def request(self, message: said.Message) -> tuple[str, Struct] | None:
        match message:
            case said.Booted():
                return "BootNotification", v16.BootNotificationRequest(
                    charge_point_vendor="chargewright",
                    charge_point_model="simulated",
                    charge_point_serial_number=self._station.spec.id[:25],
                    firmware_version="1.0",
                )
            case said.Heartbeat():
                return "Heartbeat", v16.HeartbeatRequest()
            case said.StatusTold(evse_id, status, at):
                return "StatusNotification", v16.StatusNotificationRequest(
                    connector_id=evse_id, error_code="NoError", status=_STATUSES[status], timestamp=at
                )
            case said.AuthorizationAsked(_, id_token):
                return "Authorize", v16.AuthorizeRequest(id_tag=id_token)
            case said.TransactionTold():
                return self._transaction(message)
            case said.MeterTold(evse_id, reading):
                return "MeterValues", v16.MeterValuesRequest(
                    connector_id=evse_id, meter_value=[self._meter_value(reading)]
                )
            case said.ChargingNeedTold() | said.ProfilesReported():
                return None

    def _transaction(self, told: said.TransactionTold) -> tuple[str, Struct] | None:
        transaction = told.transaction
        if told.step is TransactionStep.STARTED:
            return "StartTransaction", v16.StartTransactionRequest(
                connector_id=transaction.evse_id,
                id_tag=transaction.id_token,
                meter_start=transaction.meter_start_wh,
                timestamp=told.at,
            )
        wire_id = int(transaction.wire_id or "-1")
        if told.step is TransactionStep.UPDATED:
            if not told.readings:
                return None
            return "MeterValues", v16.MeterValuesRequest(
                connector_id=transaction.evse_id,
                transaction_id=wire_id,
                meter_value=[self._meter_value(reading) for reading in told.readings],
            )
        assert transaction.meter_stop_wh is not None
        assert transaction.stop_reason is not None
        return "StopTransaction", v16.StopTransactionRequest(
            transaction_id=wire_id,
            meter_stop=transaction.meter_stop_wh,
            timestamp=told.at,
            reason=_REASONS[transaction.stop_reason],
            transaction_data=[_of_stop(reading) for reading in told.readings],
        )

    def _meter_value(self, reading: said.Reading) -> v16.MeterValue:
        values: list[v16.SampledValue] = []
        context = reading.context
        if "Energy.Active.Import.Register" in self._sampled:
            values.append(
                v16.SampledValue(
                    value=str(int(reading.register_wh)),
                    context=context,
                    measurand="Energy.Active.Import.Register",
                    unit="Wh",
                )
            )
        if "Power.Active.Import" in self._sampled:
            values.append(
                v16.SampledValue(
                    value=f"{reading.power_w:.1f}", context=context, measurand="Power.Active.Import", unit="W"
                )
            )
        if "Current.Import" in self._sampled:
            values += [
                v16.SampledValue(
                    value=f"{current_a:.2f}",
                    context=context,
                    measurand="Current.Import",
                    phase=phase,
                    unit="A",
                )
                for current_a, phase in zip(reading.currents_a, _PHASES, strict=False)
            ]
        if "Voltage" in self._sampled:
            values += [
                v16.SampledValue(
                    value=f"{reading.voltage_v:.1f}",
                    context=context,
                    measurand="Voltage",
                    phase=phase,
                    unit="V",
                )
                for _, phase in zip(reading.currents_a, _LINE_TO_NEUTRAL, strict=False)
            ]
        return v16.MeterValue(timestamp=reading.at, sampled_value=values)

    # --- what the central system answers -----------------------------------------------------------------------

    def answered(self, message: said.Message, response: Struct, at: datetime) -> None:
        station = self._station
        match message, response:
            case said.Booted(), v16.BootNotificationResponse(status=status, interval=interval):
                station.boot_answered(at, accepted=status == "Accepted", interval_s=interval)
            case said.AuthorizationAsked(evse_id, id_token), v16.AuthorizeResponse(id_tag_info=info):
                station.authorized(evse_id, id_token, at, accepted=info.status == "Accepted")
            case said.TransactionTold(), v16.StartTransactionResponse(
                id_tag_info=info, transaction_id=wire_id
            ):
                station.transaction_answered(
                    message, at, accepted=info.status == "Accepted", wire_id=str(wire_id)
                )
            case said.TransactionTold(), _:
                station.transaction_answered(message, at, accepted=None)
            case _:
                pass

    # --- what the central system orders --------------------------------------------------------------------------

    def order(self, action: str, request: Struct, at: datetime) -> Struct | None:
        handler = self._orders.get(action)
        return None if handler is None else handler(request, at)

    def _set_profile(self, request: v16.SetChargingProfileRequest, at: datetime) -> Answer:
        station = self._station
        if "rejects_profiles" in station.faults:
            return v16.SetChargingProfileResponse(status="Rejected")
        profile = _profile(request.cs_charging_profiles)
        refused = station.profiles.put(
            request.connector_id, profile, at=station.clock(at), running=station.running
        )
        return v16.SetChargingProfileResponse(status="Rejected" if refused else "Accepted")

    def _clear_profile(self, request: v16.ClearChargingProfileRequest, _at: datetime) -> Answer:
        purpose = request.charging_profile_purpose
        criteria = Criteria(
            profile_id=request.id,
            evse_id=request.connector_id,
            purpose=None if purpose is None else _PURPOSES[purpose],
            stack_level=request.stack_level,
        )
        found = self._station.profiles.clear(criteria)
        return v16.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")

    def _composite(self, request: v16.GetCompositeScheduleRequest, at: datetime) -> Answer:
        station = self._station
        store, evse_id = station.profiles, request.connector_id
        unit = store.unit if request.charging_rate_unit is None else RateUnit(request.charging_rate_unit)
        known = evse_id == 0 or evse_id in station.evses
        if not known or unit is not store.unit or request.duration <= 0 or "no_composite" in station.faults:
            return v16.GetCompositeScheduleResponse(status="Rejected")
        start = station.clock(at)
        composite = store.report(
            evse_id, start=start, duration_s=request.duration, unit=unit, running=station.running
        )
        periods = composite.periods(store.hardware_tenths(evse_id, unit))
        return v16.GetCompositeScheduleResponse(
            status="Accepted",
            connector_id=evse_id,
            schedule_start=start,
            charging_schedule=v16.ChargingSchedule(
                charging_rate_unit=unit.value,
                duration=request.duration,
                start_schedule=start,
                charging_schedule_period=[
                    v16.ChargingSchedulePeriod(
                        start_period=period.start_s,
                        limit=decimal_of_tenths(period.limit_tenths or 0),
                        number_phases=period.number_phases,
                    )
                    for period in periods
                ],
            ),
        )

    def _remote_start(self, request: v16.RemoteStartTransactionRequest, at: datetime) -> Answer:
        wire = request.charging_profile
        begun = self._carry_out.start(
            request.connector_id, request.id_tag, at, profile=None if wire is None else _profile(wire)
        )
        return v16.RemoteStartTransactionResponse(status="Rejected" if begun is None else "Accepted")

    def _remote_stop(self, request: v16.RemoteStopTransactionRequest, at: datetime) -> Answer:
        stopped = self._carry_out.stop(str(request.transaction_id), at)
        return v16.RemoteStopTransactionResponse(status="Accepted" if stopped else "Rejected")

    def _trigger(self, request: v16.TriggerMessageRequest, at: datetime) -> Answer:
        station, evse_id = self._station, request.connector_id or 0
        if evse_id and evse_id not in station.evses:
            return v16.TriggerMessageResponse(status="Rejected")
        match request.requested_message:
            case "BootNotification":
                self._carry_out.tell_boot()
            case "Heartbeat":
                station.outbox.put(said.Heartbeat())
            case "MeterValues":
                self._carry_out.tell_meter_values(evse_id, at, apart=False)
            case "StatusNotification":
                self._carry_out.tell_status(evse_id, at)
            case _:
                return v16.TriggerMessageResponse(status="NotImplemented")
        return v16.TriggerMessageResponse(status="Accepted")

    def _reset(self, request: v16.ResetRequest, at: datetime) -> Answer:
        self._carry_out.reset(at, how="now" if request.type == "Hard" else "when told")
        return v16.ResetResponse(status="Accepted")

    def _change_availability(self, request: v16.ChangeAvailabilityRequest, at: datetime) -> Answer:
        status = self._carry_out.availability(request.connector_id, at, available=request.type == "Operative")
        return v16.ChangeAvailabilityResponse(status=status)

    def _unlock(self, request: v16.UnlockConnectorRequest, at: datetime) -> Answer:
        unlocked = self._carry_out.unlock(request.connector_id, at)
        status: Literal["Unlocked", "NotSupported"] = "Unlocked" if unlocked else "NotSupported"
        return v16.UnlockConnectorResponse(status=status)

    def _clear_cache(self, _request: v16.ClearCacheRequest, _at: datetime) -> Answer:
        """There is no cache to clear (AuthorizationCacheEnabled is false), which 1.6 5.4 answers so."""
        return v16.ClearCacheResponse(status="Rejected")

    def _data_transfer(self, _request: v16.DataTransferRequest, _at: datetime) -> Answer:
        return v16.DataTransferResponse(status="UnknownVendorId")

    # --- configuration -------------------------------------------------------------------------------------------

    def _get_configuration(self, request: v16.GetConfigurationRequest, _at: datetime) -> Answer:
        names = request.key or list(self._keys)
        known = [
            v16.KeyValue(key=name, readonly=self._keys[name].write is None, value=self._keys[name].read())
            for name in names
            if name in self._keys
        ]
        unknown = [name for name in names if name not in self._keys]
        return v16.GetConfigurationResponse(configuration_key=known, unknown_key=unknown or None)

    def _change_configuration(self, request: v16.ChangeConfigurationRequest, at: datetime) -> Answer:
        key = self._keys.get(request.key)
        if key is None:
            return v16.ChangeConfigurationResponse(status="NotSupported")
        taken = key.write is not None and key.write(request.value, at)
        return v16.ChangeConfigurationResponse(status="Accepted" if taken else "Rejected")

    def _key_store(self) -> dict[str, _Key]:
        station = self._station
        spec, outbox = station.spec, station.outbox

        def fixed(value: object) -> _Key:
            return _Key(lambda: str(value))

        def meter_interval(seconds: int, at: datetime) -> None:
            self._carry_out.meter_interval(seconds, at)

        def heartbeat(seconds: int, at: datetime) -> None:
            self._carry_out.heartbeat_interval(seconds, at)

        def attempts(count: int, _at: datetime) -> None:
            outbox.attempts_max = count

        def retry(seconds: int, _at: datetime) -> None:
            outbox.retry_interval_s = seconds

        def offline(text: str, _at: datetime) -> bool:
            station.local_offline = text == "true"
            return text in {"true", "false"}

        def sampled(text: str, _at: datetime) -> bool:
            names = tuple(name.strip() for name in text.split(",") if name.strip())
            if not names or not set(names) <= set(_MEASURANDS):
                return False
            self._sampled = names
            return True

        return {
            "AllowOfflineTxForUnknownId": _Key(lambda: str(station.local_offline).lower(), offline),
            "AuthorizeRemoteTxRequests": fixed("false"),
            "ChargeProfileMaxStackLevel": fixed(STACK_LEVEL_MAX),
            "ChargingScheduleAllowedChargingRateUnit": fixed("Current" if spec.unit == "A" else "Power"),
            "ChargingScheduleMaxPeriods": fixed(spec.periods_max),
            "ClockAlignedDataInterval": fixed(0),
            "ConnectionTimeOut": fixed(60),
            "ConnectorSwitch3to1PhaseSupported": fixed("false"),
            "GetConfigurationMaxKeys": fixed(50),
            "HeartbeatInterval": _Key(lambda: str(station.heartbeat_interval_s), _number(1, heartbeat)),
            "LocalAuthorizeOffline": fixed("true"),
            "LocalPreAuthorize": fixed("false"),
            "MaxChargingProfilesInstalled": fixed(PROFILES_MAX),
            "MeterValuesAlignedData": fixed(""),
            "MeterValuesSampledData": _Key(lambda: ",".join(self._sampled), sampled),
            "MeterValueSampleInterval": _Key(
                lambda: str(station.meter_interval_s), _number(0, meter_interval)
            ),
            "NumberOfConnectors": fixed(spec.evses),
            "ResetRetries": fixed(1),
            "StopTransactionOnEVSideDisconnect": fixed("true"),
            "StopTransactionOnInvalidId": fixed("true"),
            "StopTxnAlignedData": fixed(""),
            "StopTxnSampledData": fixed("Energy.Active.Import.Register"),
            "SupportedFeatureProfiles": fixed("Core,SmartCharging,RemoteTrigger"),
            "TransactionMessageAttempts": _Key(lambda: str(outbox.attempts_max), _number(1, attempts)),
            "TransactionMessageRetryInterval": _Key(
                lambda: f"{outbox.retry_interval_s:g}", _number(0, retry)
            ),
            "UnlockConnectorOnEVSideDisconnect": fixed("true"),
        }


def _number(least: int, take: Callable[[int, datetime], None]) -> Callable[[str, datetime], bool]:
    """A setter that takes whole numbers from `least` up, and refuses anything else."""

    def write(text: str, at: datetime) -> bool:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            return False
        take(int(text), at)
        return True

    return write


def _of_stop(reading: said.Reading) -> v16.StopTransactionMeterValue:
    return v16.StopTransactionMeterValue(
        timestamp=reading.at,
        sampled_value=[
            v16.StopTransactionSampledValue(
                value=str(int(reading.register_wh)),
                context=reading.context,
                measurand="Energy.Active.Import.Register",
                unit="Wh",
            )
        ],
    )


def _profile(wire: v16.ChargingProfile) -> Profile:
    """Read a profile. Raises `InvalidInput` for a limit that is no multiple of 0.1."""
    schedule = wire.charging_schedule
    minimum = schedule.min_charging_rate
    return Profile(
        id=wire.charging_profile_id,
        stack_level=wire.stack_level,
        purpose=_PURPOSES[wire.charging_profile_purpose],
        kind=Kind(wire.charging_profile_kind),
        schedules=(
            Schedule(
                unit=RateUnit(schedule.charging_rate_unit),
                periods=tuple(
                    Period(period.start_period, tenths_of(period.limit), period.number_phases)
                    for period in schedule.charging_schedule_period
                ),
                start_at=None if schedule.start_schedule is None else as_utc(schedule.start_schedule),
                duration_s=schedule.duration,
                minimum_rate_tenths=None if minimum is None else tenths_of(minimum),
            ),
        ),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=None if wire.valid_from is None else as_utc(wire.valid_from),
        valid_to=None if wire.valid_to is None else as_utc(wire.valid_to),
        transaction_id=None if wire.transaction_id is None else str(wire.transaction_id),
    )
