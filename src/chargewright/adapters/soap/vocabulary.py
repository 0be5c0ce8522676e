"""What may stand in a message of OCPP-S, and in which order: the sequences of the WSDLs of 1.5 and 1.6, as tables.

A type is a line of `name:type` with `?` for what may be absent and `*` for what may come more than once. Simple types
are int, boolean, decimal, dateTime and string; names with a capital are other lines. OCPP-S 1.6 chapter 4 and the
service descriptions that go with it; OCPP 1.5 chapter 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

__all__ = ["Dialect", "Element", "ServiceNames", "actions", "dialect_of", "types_of"]

SIMPLE: Final = frozenset({"int", "boolean", "decimal", "dateTime", "string"})


class Dialect(StrEnum):
    """Which OCPP-S a station speaks; told by the namespace of its messages."""

    V15 = "1.5"
    V16 = "1.6"


@dataclass(frozen=True, slots=True)
class ServiceNames:
    """The namespaces of the two services of a dialect."""

    central_system: str
    charge_point: str


NAMES: Final[Mapping[Dialect, ServiceNames]] = {
    Dialect.V15: ServiceNames("urn://Ocpp/Cs/2012/06/", "urn://Ocpp/Cp/2012/06/"),
    Dialect.V16: ServiceNames("urn://Ocpp/Cs/2015/10/", "urn://Ocpp/Cp/2015/10/"),
}


def dialect_of(namespace: str) -> Dialect | None:
    """The dialect whose central system service has this namespace."""
    return next((d for d, names in NAMES.items() if names.central_system == namespace), None)


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a sequence. An `attribute` stands in the tag; `text` names what the tag holds itself."""

    name: str
    type: str
    optional: bool
    many: bool
    attribute: bool = False
    text: bool = False


_SHARED: Final = """
    IdTagInfo = status:string expiryDate:dateTime? parentIdTag:string?
    AuthorizeRequest = idTag:string
    AuthorizeResponse = idTagInfo:IdTagInfo
    StartTransactionRequest = connectorId:int idTag:string timestamp:dateTime meterStart:int reservationId:int?
    StartTransactionResponse = transactionId:int idTagInfo:IdTagInfo
    StopTransactionResponse = idTagInfo:IdTagInfo?
    HeartbeatRequest =
    HeartbeatResponse = currentTime:dateTime
    MeterValuesResponse =
    BootNotificationRequest = chargePointVendor:string chargePointModel:string chargePointSerialNumber:string?
        chargeBoxSerialNumber:string? firmwareVersion:string? iccid:string? imsi:string? meterType:string?
        meterSerialNumber:string?
    StatusNotificationRequest = connectorId:int status:string errorCode:string info:string? timestamp:dateTime?
        vendorId:string? vendorErrorCode:string?
    StatusNotificationResponse =
    FirmwareStatusNotificationRequest = status:string
    FirmwareStatusNotificationResponse =
    DiagnosticsStatusNotificationRequest = status:string
    DiagnosticsStatusNotificationResponse =
    DataTransferRequest = vendorId:string messageId:string? data:string?
    DataTransferResponse = status:string data:string?
    UnlockConnectorRequest = connectorId:int
    UnlockConnectorResponse = status:string
    ResetRequest = type:string
    ResetResponse = status:string
    ChangeAvailabilityRequest = connectorId:int type:string
    ChangeAvailabilityResponse = status:string
    GetDiagnosticsRequest = location:string startTime:dateTime? stopTime:dateTime? retries:int? retryInterval:int?
    GetDiagnosticsResponse = fileName:string?
    ClearCacheRequest =
    ClearCacheResponse = status:string
    UpdateFirmwareRequest = retrieveDate:dateTime location:string retries:int? retryInterval:int?
    UpdateFirmwareResponse =
    ChangeConfigurationRequest = key:string value:string
    ChangeConfigurationResponse = status:string
    RemoteStartTransactionResponse = status:string
    RemoteStopTransactionRequest = transactionId:int
    RemoteStopTransactionResponse = status:string
    CancelReservationRequest = reservationId:int
    CancelReservationResponse = status:string
    GetConfigurationRequest = key:string?*
    KeyValue = key:string readonly:boolean value:string?
    GetConfigurationResponse = configurationKey:KeyValue?* unknownKey:string?*
    GetLocalListVersionRequest =
    GetLocalListVersionResponse = listVersion:int
    ReserveNowRequest = connectorId:int expiryDate:dateTime idTag:string parentIdTag:string? reservationId:int
    ReserveNowResponse = status:string
"""

_ONLY_15: Final = """
    BootNotificationResponse = status:string currentTime:dateTime heartbeatInterval:int
    Value = #value:string @context:string? @format:string? @measurand:string? @location:string? @unit:string?
    MeterValue = timestamp:dateTime value:Value*
    MeterValuesRequest = connectorId:int transactionId:int? values:MeterValue?*
    TransactionData = values:MeterValue?*
    StopTransactionRequest = transactionId:int idTag:string? timestamp:dateTime meterStop:int
        transactionData:TransactionData?*
    RemoteStartTransactionRequest = idTag:string connectorId:int?
    AuthorisationData = idTag:string idTagInfo:IdTagInfo?
    SendLocalListRequest = updateType:string listVersion:int localAuthorisationList:AuthorisationData?* hash:string?
    SendLocalListResponse = status:string hash:string?
"""

_ONLY_16: Final = """
    BootNotificationResponse = status:string currentTime:dateTime interval:int
    SampledValue = value:string context:string? format:string? measurand:string? phase:string? location:string?
        unit:string?
    MeterValue = timestamp:dateTime sampledValue:SampledValue*
    MeterValuesRequest = connectorId:int transactionId:int? meterValue:MeterValue?*
    StopTransactionRequest = transactionId:int idTag:string? timestamp:dateTime meterStop:int reason:string?
        transactionData:MeterValue?*
    ChargingSchedulePeriod = startPeriod:int limit:decimal numberPhases:int?
    ChargingSchedule = duration:int? startSchedule:dateTime? chargingRateUnit:string
        chargingSchedulePeriod:ChargingSchedulePeriod* minChargingRate:decimal?
    ChargingProfile = chargingProfileId:int transactionId:int? stackLevel:int chargingProfilePurpose:string
        chargingProfileKind:string recurrencyKind:string? validFrom:dateTime? validTo:dateTime?
        chargingSchedule:ChargingSchedule
    RemoteStartTransactionRequest = connectorId:int? idTag:string chargingProfile:ChargingProfile?
    AuthorizationData = idTag:string idTagInfo:IdTagInfo?
    SendLocalListRequest = listVersion:int localAuthorizationList:AuthorizationData?* updateType:string
    SendLocalListResponse = status:string
    ClearChargingProfileRequest = id:int? connectorId:int? chargingProfilePurpose:string? stackLevel:int?
    ClearChargingProfileResponse = status:string
    GetCompositeScheduleRequest = connectorId:int duration:int chargingRateUnit:string?
    GetCompositeScheduleResponse = status:string connectorId:int? scheduleStart:dateTime?
        chargingSchedule:ChargingSchedule?
    SetChargingProfileRequest = connectorId:int csChargingProfiles:ChargingProfile
    SetChargingProfileResponse = status:string
    TriggerMessageRequest = requestedMessage:string connectorId:int?
    TriggerMessageResponse = status:string
"""

Types = Mapping[str, tuple[Element, ...]]


@cache
def types_of(dialect: Dialect) -> Types:
    """Every type of a dialect, by name."""
    lines: list[str] = []
    for line in (_SHARED + (_ONLY_15 if dialect is Dialect.V15 else _ONLY_16)).splitlines():
        if "=" in line:
            lines.append(line)
        elif line.strip():
            lines[-1] += " " + line
    split = (line.partition("=") for line in lines)
    return {name.strip(): tuple(_element(word) for word in words.split()) for name, _, words in split}


def _element(word: str) -> Element:
    name, _, kind = word.partition(":")
    return Element(
        name.lstrip("@#"),
        kind.rstrip("?*"),
        optional="?" in kind,
        many="*" in kind,
        attribute=name.startswith("@"),
        text=name.startswith("#"),
    )


def actions(dialect: Dialect, *, from_station: bool) -> list[str]:
    """The messages of one service, sorted; DataTransfer belongs to both."""
    requests = [name.removesuffix("Request") for name in types_of(dialect) if name.endswith("Request")]
    return sorted(a for a in requests if (a in FROM_STATION) is from_station or a == "DataTransfer")


FROM_STATION: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
