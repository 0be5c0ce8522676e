"""OCPP 1.6 <-> domain: tables of pure functions, one entry a message.

The only place, beside the 1.6 dialect of the simulator, where connector, idTag and charge point are words.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

import msgspec

from chargewright.charging.profile import RateUnit, tenths_of
from chargewright.charging.timeline import Timeline
from chargewright.clock import as_utc
from chargewright.domain import commands, requests
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.transaction import EventKind
from chargewright.errors import InvalidInput, RemoteProtocolError
from chargewright.ids import EvseId
from chargewright.ocpp.v16 import messages as v16
from chargewright.translate import device_model_v16, drivers_v16, firmware_v16, security_v16
from chargewright.translate.drivers_v16 import tag_info
from chargewright.translate.profile_v16 import PURPOSES, profile_from_wire, profile_to_wire
from chargewright.translate.units import AMOUNT_MAX, DEFAULT_MEASURAND, FACTORS, sample

__all__ = [
    "ANSWERS",
    "COMMANDS",
    "NOT_TRANSLATED",
    "OUTCOMES",
    "REQUESTS",
    "profile_from_wire",
    "profile_to_wire",
]


# --- what a station tells or asks ---------------------------------------------------------------------------


def _booted(wire: v16.BootNotificationRequest) -> requests.StationBooted:
    return requests.StationBooted(
        vendor=wire.charge_point_vendor,
        model=wire.charge_point_model,
        serial_number=wire.charge_point_serial_number or wire.charge_box_serial_number or "",
        firmware_version=wire.firmware_version or "",
    )


def _authorize(wire: v16.AuthorizeRequest) -> requests.AuthorizationAsked:
    return requests.AuthorizationAsked(wire.id_tag)


def _status(wire: v16.StatusNotificationRequest) -> requests.StatusReported:
    return requests.StatusReported(
        evse_id=EvseId(wire.connector_id),
        connector_id=1 if wire.connector_id else 0,
        status=wire.status,
        at=None if wire.timestamp is None else as_utc(wire.timestamp),
        error="" if wire.error_code == "NoError" else wire.error_code,
    )


def _started(wire: v16.StartTransactionRequest) -> requests.TransactionReported:
    at = as_utc(wire.timestamp)
    return requests.TransactionReported(
        kind=EventKind.STARTED,
        wire_id=None,
        at=at,
        digest=_digest("start", wire.connector_id, wire.id_tag, at.isoformat(), wire.meter_start),
        evse_id=EvseId(wire.connector_id),
        connector_id=1,
        id_token=wire.id_tag,
        token_asked=True,
        meter_wh=float(wire.meter_start),
        reservation_id=wire.reservation_id,
    )


def _stopped(wire: v16.StopTransactionRequest) -> requests.TransactionReported:
    at = as_utc(wire.timestamp)
    return requests.TransactionReported(
        kind=EventKind.ENDED,
        wire_id=str(wire.transaction_id),
        at=at,
        digest=_digest(
            "stop", wire.transaction_id, at.isoformat(), wire.meter_stop, wire.reason, wire.id_tag
        ),
        id_token=wire.id_tag,
        token_asked=wire.id_tag is not None,
        meter_wh=float(wire.meter_stop),
        reason=wire.reason or "Local",  # 1.6 6.49: Local is what an absent reason means
        readings=_readings(EvseId(0), wire.transaction_data or ()),
    )


def _meter(wire: v16.MeterValuesRequest) -> requests.MeterReported:
    evse_id = EvseId(wire.connector_id)
    transaction_id = wire.transaction_id
    return requests.MeterReported(
        evse_id,
        _readings(evse_id, wire.meter_value),
        None if transaction_id is None else str(transaction_id),
    )


def _readings(evse_id: EvseId, values: Any) -> tuple[Reading, ...]:
    """Shared by MeterValues and transactionData, whose types differ in name only."""
    readings = []
    for value in values:
        samples = []
        for s in value.sampled_value:
            # Half of all the translating there is: a plain number in a usual unit costs no call of ours.
            try:
                if s.format == "SignedData":  # may be all digits, and is no number for that
                    samples.append(_signed_sample(s))
                    continue
                amount = float(s.value) * FACTORS[s.unit]
            except (ValueError, KeyError):
                samples.append(_odd_sample(s))
                continue
            if -AMOUNT_MAX < amount < AMOUNT_MAX:
                samples.append(
                    Sample(s.measurand or DEFAULT_MEASURAND, amount, s.phase, s.location, s.context)
                )
            else:
                samples.append(_odd_sample(s))
        readings.append(Reading(evse_id, as_utc(value.timestamp), tuple(samples)))
    return tuple(readings)


def _signed_sample(wire: Any) -> Sample:
    return Sample(
        wire.measurand or DEFAULT_MEASURAND, None, wire.phase, wire.location, wire.context, wire.value
    )


def _odd_sample(wire: Any) -> Sample:
    return sample(
        wire.measurand,
        wire.value,
        unit=wire.unit,
        phase=wire.phase,
        location=wire.location,
        context=wire.context,
    )


def _heartbeat(_wire: v16.HeartbeatRequest) -> requests.Heartbeat:
    return _HEARTBEAT


_HEARTBEAT: Final = requests.Heartbeat()


def _data(wire: v16.DataTransferRequest) -> requests.DataTransferred:
    return requests.DataTransferred(wire.vendor_id, wire.message_id or "", wire.data)


REQUESTS: Final[Mapping[str, Callable[[Any], requests.Request]]] = {
    "Authorize": _authorize,
    "BootNotification": _booted,
    "DataTransfer": _data,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter,
    **security_v16.REQUESTS,
    **firmware_v16.REQUESTS,
    "StartTransaction": _started,
    "StatusNotification": _status,
    "StopTransaction": _stopped,
}
"""Action -> what the station said, in our words."""

NOT_TRANSLATED: Final[Mapping[str, str]] = {}
"""Station-initiated actions that no service stands behind: answered NotSupported, with this reason."""


# --- our answers --------------------------------------------------------------------------------------------


def _boot_answer(_request: Any, answer: requests.BootAnswer) -> v16.BootNotificationResponse:
    return v16.BootNotificationResponse(
        status=answer.registration.value, current_time=answer.at, interval=answer.interval_s
    )


def _heartbeat_answer(_request: Any, answer: requests.HeartbeatAnswer) -> v16.HeartbeatResponse:
    return v16.HeartbeatResponse(current_time=answer.at)


def _authorize_answer(_request: Any, answer: requests.AuthorizationAnswer) -> v16.AuthorizeResponse:
    return v16.AuthorizeResponse(id_tag_info=tag_info(answer.info))


def _transaction_answer(request: requests.TransactionReported, answer: requests.TransactionAnswer) -> Any:
    info = None if answer.info is None else tag_info(answer.info)
    if request.kind is EventKind.ENDED:
        return v16.StopTransactionResponse(id_tag_info=info)
    assert info is not None, "StartTransaction always asks about its token"
    return v16.StartTransactionResponse(transaction_id=answer.transaction_id, id_tag_info=info)


def _data_answer(_request: Any, answer: requests.DataAnswer) -> v16.DataTransferResponse:
    data = answer.data
    text = data if data is None or isinstance(data, str) else msgspec.json.encode(data).decode()
    return v16.DataTransferResponse(status=answer.status, data=text)


_METER_ACKNOWLEDGED: Final = v16.MeterValuesResponse()
_EMPTY: Final[Mapping[str, Any]] = {
    "DiagnosticsStatusNotification": v16.DiagnosticsStatusNotificationResponse(),
    "FirmwareStatusNotification": v16.FirmwareStatusNotificationResponse(),
    "LogStatusNotification": v16.LogStatusNotificationResponse(),
    "SecurityEventNotification": v16.SecurityEventNotificationResponse(),
    "SignedFirmwareStatusNotification": v16.SignedFirmwareStatusNotificationResponse(),
    "StatusNotification": v16.StatusNotificationResponse(),
}


def _acknowledged(request: Any, _answer: requests.Acknowledged) -> Any:
    return _METER_ACKNOWLEDGED if type(request) is requests.MeterReported else _EMPTY[request.action]


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    requests.Acknowledged: _acknowledged,
    requests.AuthorizationAnswer: _authorize_answer,
    requests.BootAnswer: _boot_answer,
    requests.DataAnswer: _data_answer,
    requests.HeartbeatAnswer: _heartbeat_answer,
    requests.TransactionAnswer: _transaction_answer,
    **security_v16.ANSWERS,
}
"""Type of our answer -> (request, answer) -> the wire's answer."""


# --- our orders ---------------------------------------------------------------------------------------------


def _install(order: commands.InstallProfile) -> tuple[str, Any]:
    return "SetChargingProfile", v16.SetChargingProfileRequest(
        connector_id=order.evse_id, cs_charging_profiles=profile_to_wire(order.profile)
    )


def _clear(order: commands.ClearProfiles) -> tuple[str, Any]:
    return "ClearChargingProfile", v16.ClearChargingProfileRequest(
        id=order.profile_id,
        connector_id=order.evse_id,
        charging_profile_purpose=None if order.purpose is None else PURPOSES[order.purpose],
        stack_level=order.stack_level,
    )


def _composite(order: commands.ReportCompositeSchedule) -> tuple[str, Any]:
    return "GetCompositeSchedule", v16.GetCompositeScheduleRequest(
        connector_id=order.evse_id, duration=order.duration_s, charging_rate_unit=order.unit.value
    )


def _read_variables(order: commands.ReadVariables) -> tuple[str, Any]:
    return "GetConfiguration", v16.GetConfigurationRequest(key=list(order.names) or None)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    commands.ClearProfiles: _clear,
    commands.InstallProfile: _install,
    commands.ReadVariables: _read_variables,
    commands.ReportCompositeSchedule: _composite,
    **security_v16.COMMANDS,
    **device_model_v16.COMMANDS,
    **drivers_v16.COMMANDS,
    **firmware_v16.COMMANDS,
}
"""Type of our order -> order -> (action, the wire's request)."""


# --- how they ended -----------------------------------------------------------------------------------------


def _installed(_order: Any, wire: v16.SetChargingProfileResponse) -> commands.ProfileInstalled:
    accepted = wire.status == "Accepted"
    return commands.ProfileInstalled(accepted, "" if accepted else wire.status)


def _cleared(_order: Any, wire: v16.ClearChargingProfileResponse) -> commands.ProfilesCleared:
    return commands.ProfilesCleared(found=wire.status == "Accepted")


def _reported(
    order: commands.ReportCompositeSchedule, wire: v16.GetCompositeScheduleResponse
) -> commands.CompositeReported:
    schedule = wire.charging_schedule
    if wire.status != "Accepted" or schedule is None or not schedule.charging_schedule_period:
        return commands.CompositeReported(order.unit, None, f"status {wire.status}, no periods")
    start = wire.schedule_start or schedule.start_schedule
    if start is None:
        return commands.CompositeReported(
            order.unit, None, "neither scheduleStart nor startSchedule is given"
        )
    start = as_utc(start)
    length_s = schedule.duration if schedule.duration is not None else order.duration_s
    try:
        timeline = Timeline.stepped(
            [
                (start + timedelta(seconds=p.start_period), tenths_of(p.limit))
                for p in schedule.charging_schedule_period
            ],
            start + timedelta(seconds=max(length_s, schedule.charging_schedule_period[-1].start_period)),
        )
    except (InvalidInput, OverflowError) as why:
        raise RemoteProtocolError(f"the composite schedule cannot be read: {why}") from why
    return commands.CompositeReported(RateUnit(schedule.charging_rate_unit), timeline)


def _variables(_order: Any, wire: v16.GetConfigurationResponse) -> commands.VariablesRead:
    return commands.VariablesRead(
        {item.key: item.value or "" for item in wire.configuration_key or ()}, tuple(wire.unknown_key or ())
    )


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], commands.Result]]] = {
    commands.ClearProfiles: _cleared,
    commands.InstallProfile: _installed,
    commands.ReadVariables: _variables,
    commands.ReportCompositeSchedule: _reported,
    **security_v16.OUTCOMES,
    **device_model_v16.OUTCOMES,
    **drivers_v16.OUTCOMES,
    **firmware_v16.OUTCOMES,
}
"""Type of our order -> (order, the wire's answer) -> our outcome."""


def _digest(*parts: object) -> str:
    """A repeated message has the same digest, whatever its message id."""
    return blake2b(msgspec.json.encode(parts), digest_size=12).hexdigest()
