"""OCPP 2.x <-> domain, written once against 2.1's types: 2.0.1 lacks nothing that is read here.

Messages of 2.0.1 have the same attribute names for what they have, so the functions that read serve both.
What goes out is a 2.1 message; `v201.py` narrows it, or refuses what 2.0.1 cannot say.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

import msgspec

from chargewright.charging.profile import RateUnit, tenths_of
from chargewright.charging.timeline import Timeline
from chargewright.clock import as_utc
from chargewright.domain import commands, requests
from chargewright.domain.metering import ENERGY_IMPORT, Reading, Sample
from chargewright.domain.token import ContractHash
from chargewright.domain.transaction import EventKind
from chargewright.errors import InvalidInput, RemoteProtocolError
from chargewright.ids import EvseId
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate import device_model_v2, drivers_v2, ev_charging_v2, firmware_v2, security_v2
from chargewright.translate.drivers_v2 import token_info
from chargewright.translate.profile_v2 import profile_to_wire
from chargewright.translate.units import AMOUNT_MAX, DEFAULT_MEASURAND, scaled

__all__ = ["ANSWERS", "COMMANDS", "NOT_TRANSLATED", "OUTCOMES", "REQUESTS"]

_KINDS: Final[dict[str, EventKind]] = {
    "Started": EventKind.STARTED,
    "Updated": EventKind.UPDATED,
    "Ended": EventKind.ENDED,
}


# --- what a station tells or asks ---------------------------------------------------------------------------


def _booted(wire: Any) -> requests.StationBooted:
    station = wire.charging_station
    return requests.StationBooted(
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number or "",
        firmware_version=station.firmware_version or "",
        reason=wire.reason,
    )


def _authorize(wire: Any) -> requests.AuthorizationAsked:
    return requests.AuthorizationAsked(
        wire.id_token.id_token,
        wire.id_token.type,
        certificate=wire.certificate,
        certificate_hashes=tuple(
            ContractHash(
                h.hash_algorithm, h.issuer_name_hash, h.issuer_key_hash, h.serial_number, h.responder_url
            )
            for h in wire.iso15118_certificate_hash_data or ()
        ),
    )


def _status(wire: Any) -> requests.StatusReported:
    return requests.StatusReported(
        EvseId(wire.evse_id), wire.connector_id, wire.connector_status, as_utc(wire.timestamp)
    )


def _transaction(wire: Any) -> requests.TransactionReported:
    info, token, evse = wire.transaction_info, wire.id_token, wire.evse
    evse_id = None if evse is None else EvseId(evse.id)
    kind = _KINDS[wire.event_type]
    readings = _readings(evse_id or EvseId(0), wire.meter_value or ())
    registers = [
        s.value for r in readings for s in r.samples if s.measurand == ENERGY_IMPORT and s.phase is None
    ]
    return requests.TransactionReported(
        kind=kind,
        wire_id=info.transaction_id,
        at=as_utc(wire.timestamp),
        digest=blake2b(ENCODER.encode(wire), digest_size=12).hexdigest(),
        evse_id=evse_id,
        connector_id=None if evse is None else evse.connector_id,
        seq_no=wire.seq_no,
        id_token=None if token is None else token.id_token or None,
        token_kind="" if token is None else token.type,
        token_asked=token is not None,
        trigger=wire.trigger_reason,
        meter_wh=None if not registers else registers[0 if kind is EventKind.STARTED else -1],
        reason=(info.stopped_reason or "Local") if kind is EventKind.ENDED else None,
        charging_state=info.charging_state,
        reservation_id=wire.reservation_id,
        remote_start_id=info.remote_start_id,
        offline=bool(wire.offline),
        readings=readings,
        cost_details=_cost_details(wire),
    )


def _cost_details(wire: Any) -> bytes:
    details = getattr(wire, "cost_details", None)  # 2.1 has them
    return b"" if details is None else ENCODER.encode(details)


def _meter(wire: Any) -> requests.MeterReported:
    evse_id = EvseId(wire.evse_id)
    return requests.MeterReported(evse_id, _readings(evse_id, wire.meter_value))


def _readings(evse_id: EvseId, values: Sequence[Any]) -> tuple[Reading, ...]:
    readings = []
    for value in values:
        samples = []
        for s in value.sampled_value:
            amount, text, unit = s.value, None, s.unit_of_measure
            if unit is not None or not -AMOUNT_MAX < amount < AMOUNT_MAX:
                amount, text = scaled(amount, unit and unit.unit, unit and unit.multiplier)
            if s.signed_meter_value is not None:
                text = ENCODER.encode(s.signed_meter_value).decode()
            samples.append(
                Sample(s.measurand or DEFAULT_MEASURAND, amount, s.phase, s.location, s.context, text)
            )
        readings.append(Reading(evse_id, as_utc(value.timestamp), tuple(samples)))
    return tuple(readings)


_HEARTBEAT: Final = requests.Heartbeat()


def _heartbeat(_wire: Any) -> requests.Heartbeat:
    return _HEARTBEAT


def _data(wire: Any) -> requests.DataTransferred:
    return requests.DataTransferred(wire.vendor_id, wire.message_id or "", wire.data)


REQUESTS: Final[Mapping[str, Callable[[Any], requests.Request]]] = {
    "Authorize": _authorize,
    "BootNotification": _booted,
    "DataTransfer": _data,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter,
    "StatusNotification": _status,
    "TransactionEvent": _transaction,
    **security_v2.REQUESTS,
    **drivers_v2.REQUESTS,
    **device_model_v2.REQUESTS,
    **ev_charging_v2.REQUESTS,
    **firmware_v2.REQUESTS,
}
"""Action -> what the station said, in our words."""

NOT_TRANSLATED: Final[Mapping[str, str]] = {}
"""Station-initiated actions that no service stands behind: answered NotSupported, with this reason."""


# --- our answers --------------------------------------------------------------------------------------------


def _boot_answer(_request: Any, answer: requests.BootAnswer) -> v21.BootNotificationResponse:
    return v21.BootNotificationResponse(
        current_time=answer.at, interval=answer.interval_s, status=answer.registration.value
    )


def _heartbeat_answer(_request: Any, answer: requests.HeartbeatAnswer) -> v21.HeartbeatResponse:
    return v21.HeartbeatResponse(current_time=answer.at)


def _authorize_answer(_request: Any, answer: requests.AuthorizationAnswer) -> v21.AuthorizeResponse:
    status: Any = answer.certificate_status
    return v21.AuthorizeResponse(
        id_token_info=token_info(answer.info),
        certificate_status=status,
        allowed_energy_transfer=list(_BOTH_WAYS) if answer.both_ways else None,
    )


_BOTH_WAYS: Final[tuple[v21.EnergyTransferModeEnum, ...]] = (
    *("AC_single_phase", "AC_two_phase", "AC_three_phase", "DC"),
    *("AC_BPT", "DC_BPT"),
)
"""What a car may use where it may be discharged; where nothing is said it only charges (2.1 Q01)."""


def _transaction_answer(_request: Any, answer: requests.TransactionAnswer) -> v21.TransactionEventResponse:
    info = None if answer.info is None else token_info(answer.info)
    cost = None if answer.total_cost is None else float(answer.total_cost)
    return v21.TransactionEventResponse(id_token_info=info, total_cost=cost)


def _data_answer(_request: Any, answer: requests.DataAnswer) -> v21.DataTransferResponse:
    return v21.DataTransferResponse(status=answer.status, data=answer.data)


_METER_ACKNOWLEDGED: Final = v21.MeterValuesResponse()
_EMPTY: Final[Mapping[str, Any]] = {
    name.removesuffix("Response"): response()
    for name, response in vars(v21).items()
    if name.endswith("Response") and not any(f.required for f in msgspec.structs.fields(response))
}
"""Action -> the answer that says no more than that the message came."""


def _acknowledged(request: Any, _answer: requests.Acknowledged) -> Any:
    return _METER_ACKNOWLEDGED if type(request) is requests.MeterReported else _EMPTY[request.action]


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    requests.Acknowledged: _acknowledged,
    requests.AuthorizationAnswer: _authorize_answer,
    requests.BootAnswer: _boot_answer,
    requests.DataAnswer: _data_answer,
    requests.HeartbeatAnswer: _heartbeat_answer,
    requests.TransactionAnswer: _transaction_answer,
    **security_v2.ANSWERS,
    **ev_charging_v2.ANSWERS,
}
"""Type of our answer -> (request, answer) -> the wire's answer."""


# --- our orders ---------------------------------------------------------------------------------------------


def _install(order: commands.InstallProfile) -> tuple[str, Any]:
    return "SetChargingProfile", v21.SetChargingProfileRequest(
        evse_id=order.evse_id, charging_profile=profile_to_wire(order.profile)
    )


def _clear(order: commands.ClearProfiles) -> tuple[str, Any]:
    if order.profile_id is not None:
        return "ClearChargingProfile", v21.ClearChargingProfileRequest(charging_profile_id=order.profile_id)
    return "ClearChargingProfile", v21.ClearChargingProfileRequest(
        charging_profile_criteria=v21.ClearChargingProfile(
            evse_id=order.evse_id,
            charging_profile_purpose=None if order.purpose is None else order.purpose.value,
            stack_level=order.stack_level,
        )
    )


def _composite(order: commands.ReportCompositeSchedule) -> tuple[str, Any]:
    return "GetCompositeSchedule", v21.GetCompositeScheduleRequest(
        duration=order.duration_s, evse_id=order.evse_id, charging_rate_unit=order.unit.value
    )


def _read_variables(order: commands.ReadVariables) -> tuple[str, Any]:
    data = []
    for name in order.names:
        whole, _, variable = name.partition(".")
        component, _, evse_id = whole.partition("/")
        if not variable:
            raise InvalidInput(f"{name!r} is not of the form Component.Variable", where="GetVariables")
        evse = v21.EVSE(id=int(evse_id)) if evse_id else None
        data.append(
            v21.GetVariableData(
                component=v21.Component(name=component, evse=evse), variable=v21.Variable(name=variable)
            )
        )
    return "GetVariables", v21.GetVariablesRequest(get_variable_data=data)


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    commands.ClearProfiles: _clear,
    commands.InstallProfile: _install,
    commands.ReadVariables: _read_variables,
    commands.ReportCompositeSchedule: _composite,
    **security_v2.COMMANDS,
    **device_model_v2.COMMANDS,
    **drivers_v2.COMMANDS,
    **firmware_v2.COMMANDS,
}
"""Type of our order -> order -> (action, the wire's request)."""


# --- how they ended -----------------------------------------------------------------------------------------


def _why(wire: Any) -> str:
    info = wire.status_info
    return (
        wire.status
        if info is None
        else f"{wire.status}: {info.reason_code} {info.additional_info or ''}".rstrip()
    )


def _installed(_order: Any, wire: Any) -> commands.ProfileInstalled:
    accepted = wire.status == "Accepted"
    return commands.ProfileInstalled(accepted, "" if accepted else _why(wire))


def _cleared(_order: Any, wire: Any) -> commands.ProfilesCleared:
    return commands.ProfilesCleared(found=wire.status == "Accepted")


def _reported(order: commands.ReportCompositeSchedule, wire: Any) -> commands.CompositeReported:
    schedule = wire.schedule
    if wire.status != "Accepted" or schedule is None:
        return commands.CompositeReported(order.unit, None, _why(wire))
    start = as_utc(schedule.schedule_start)
    periods = schedule.charging_schedule_period
    try:
        timeline = Timeline.stepped(
            [(start + timedelta(seconds=p.start_period), _allowed(p)) for p in periods],
            start + timedelta(seconds=max(schedule.duration, periods[-1].start_period)),
        )
    except (InvalidInput, OverflowError) as why:
        raise RemoteProtocolError(f"the composite schedule cannot be read: {why}") from why
    return commands.CompositeReported(RateUnit(schedule.charging_rate_unit), timeline)


def _allowed(period: Any) -> int | None:
    """What a period lets the car draw, in tenths; below 0 what it is to give back (2.1). None: no limit."""
    setpoint = getattr(period, "setpoint", None)
    if setpoint is not None and (setpoint < 0 or period.limit is None):
        return tenths_of(setpoint)
    return None if period.limit is None else tenths_of(period.limit)


def _variables(_order: Any, wire: Any) -> commands.VariablesRead:
    values: dict[str, str] = {}
    unknown: list[str] = []
    for result in wire.get_variable_result:
        evse = result.component.evse
        component = result.component.name if evse is None else f"{result.component.name}/{evse.id}"
        name = f"{component}.{result.variable.name}"
        if result.attribute_status == "Accepted":
            values[name] = result.attribute_value or ""
        else:
            unknown.append(name)
    return commands.VariablesRead(values, tuple(unknown))


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], commands.Result]]] = {
    commands.ClearProfiles: _cleared,
    commands.InstallProfile: _installed,
    commands.ReadVariables: _variables,
    commands.ReportCompositeSchedule: _reported,
    **security_v2.OUTCOMES,
    **device_model_v2.OUTCOMES,
    **drivers_v2.OUTCOMES,
    **firmware_v2.OUTCOMES,
}
"""Type of our order -> (order, the wire's answer) -> our outcome."""
