"""Messages of OCPP 2.0.1: written by tools/generate_messages.py, never edited.

Absent is None. Names on the wire stand beside the fields; bounds are those of the official schemas.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, field

if TYPE_CHECKING:
    from typing import Optional as Maybe
else:
    # What may be left out may still not be null on the wire: the reader must not see the None that readers of code see.
    class Maybe:
        def __class_getitem__(cls, kind):
            return kind


CustomData = dict[str, Any]
Instant = Annotated[datetime, Meta(tz=True)]
Int = Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]
IntFrom0 = Annotated[int, Meta(ge=0, le=9223372036854775807)]
IntFrom0To100 = Annotated[int, Meta(ge=0, le=100)]
Str1000 = Annotated[str, Meta(max_length=1000)]
Str10000 = Annotated[str, Meta(max_length=10000)]
Str128 = Annotated[str, Meta(max_length=128)]
Str16 = Annotated[str, Meta(max_length=16)]
Str20 = Annotated[str, Meta(max_length=20)]
Str25 = Annotated[str, Meta(max_length=25)]
Str2500 = Annotated[str, Meta(max_length=2500)]
Str255 = Annotated[str, Meta(max_length=255)]
Str32 = Annotated[str, Meta(max_length=32)]
Str36 = Annotated[str, Meta(max_length=36)]
Str40 = Annotated[str, Meta(max_length=40)]
Str50 = Annotated[str, Meta(max_length=50)]
Str500 = Annotated[str, Meta(max_length=500)]
Str512 = Annotated[str, Meta(max_length=512)]
Str5500 = Annotated[str, Meta(max_length=5500)]
Str5600 = Annotated[str, Meta(max_length=5600)]
Str6 = Annotated[str, Meta(max_length=6)]
Str64 = Annotated[str, Meta(max_length=64)]
Str7500 = Annotated[str, Meta(max_length=7500)]
Str8 = Annotated[str, Meta(max_length=8)]
Str800 = Annotated[str, Meta(max_length=800)]

APNAuthenticationEnum = Literal["CHAP", "NONE", "PAP", "AUTO"]
AttributeEnum = Literal["Actual", "Target", "MinSet", "MaxSet"]
AuthorizationStatusEnum = Literal["Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown"]
AuthorizeCertificateStatusEnum = Literal["Accepted", "SignatureError", "CertificateExpired", "CertificateRevoked", "NoCertificateAvailable", "CertChainError", "ContractCancelled"]
BootReasonEnum = Literal["ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset", "Triggered", "Unknown", "Watchdog"]
CancelReservationStatusEnum = Literal["Accepted", "Rejected"]
CertificateActionEnum = Literal["Install", "Update"]
CertificateSignedStatusEnum = Literal["Accepted", "Rejected"]
CertificateSigningUseEnum = Literal["ChargingStationCertificate", "V2GCertificate"]
ChangeAvailabilityStatusEnum = Literal["Accepted", "Rejected", "Scheduled"]
ChargingLimitSourceEnum = Literal["EMS", "Other", "SO", "CSO"]
ChargingProfileKindEnum = Literal["Absolute", "Recurring", "Relative"]
ChargingProfilePurposeEnum = Literal["ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"]
ChargingProfileStatusEnum = Literal["Accepted", "Rejected"]
ChargingRateUnitEnum = Literal["W", "A"]
ChargingStateEnum = Literal["Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle"]
ClearCacheStatusEnum = Literal["Accepted", "Rejected"]
ClearChargingProfileStatusEnum = Literal["Accepted", "Unknown"]
ClearMessageStatusEnum = Literal["Accepted", "Unknown"]
ClearMonitoringStatusEnum = Literal["Accepted", "Rejected", "NotFound"]
ComponentCriterionEnum = Literal["Active", "Available", "Enabled", "Problem"]
ConnectorEnum = Literal["cCCS1", "cCCS2", "cG105", "cTesla", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A", "s309-3P-16A", "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A", "Other1PhOver16A", "Other3Ph", "Pan", "wInductive", "wResonant", "Undetermined", "Unknown"]
ConnectorStatusEnum = Literal["Available", "Occupied", "Reserved", "Unavailable", "Faulted"]
CostKindEnum = Literal["CarbonDioxideEmission", "RelativePricePercentage", "RenewableGenerationPercentage"]
CustomerInformationStatusEnum = Literal["Accepted", "Rejected", "Invalid"]
DataEnum = Literal["string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList"]
DataTransferStatusEnum = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
DeleteCertificateStatusEnum = Literal["Accepted", "Failed", "NotFound"]
DisplayMessageStatusEnum = Literal["Accepted", "NotSupportedMessageFormat", "Rejected", "NotSupportedPriority", "NotSupportedState", "UnknownTransaction"]
EnergyTransferModeEnum = Literal["DC", "AC_single_phase", "AC_two_phase", "AC_three_phase"]
EventNotificationEnum = Literal["HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"]
EventTriggerEnum = Literal["Alerting", "Delta", "Periodic"]
FirmwareStatusEnum = Literal["Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle", "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed", "InvalidSignature", "SignatureVerified"]
GenericDeviceModelStatusEnum = Literal["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
GenericStatusEnum = Literal["Accepted", "Rejected"]
GetCertificateIdUseEnum = Literal["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain", "ManufacturerRootCertificate"]
GetCertificateStatusEnum = Literal["Accepted", "Failed"]
GetChargingProfileStatusEnum = Literal["Accepted", "NoProfiles"]
GetDisplayMessagesStatusEnum = Literal["Accepted", "Unknown"]
GetInstalledCertificateStatusEnum = Literal["Accepted", "NotFound"]
GetVariableStatusEnum = Literal["Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"]
HashAlgorithmEnum = Literal["SHA256", "SHA384", "SHA512"]
IdTokenEnum = Literal["Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization"]
InstallCertificateStatusEnum = Literal["Accepted", "Rejected", "Failed"]
InstallCertificateUseEnum = Literal["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate"]
Iso15118EVCertificateStatusEnum = Literal["Accepted", "Failed"]
LocationEnum = Literal["Body", "Cable", "EV", "Inlet", "Outlet"]
LogEnum = Literal["DiagnosticsLog", "SecurityLog"]
LogStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled"]
MeasurandEnum = Literal["Current.Export", "Current.Import", "Current.Offered", "Energy.Active.Export.Register", "Energy.Active.Import.Register", "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Register", "Energy.Active.Export.Interval", "Energy.Active.Import.Interval", "Energy.Active.Net", "Energy.Reactive.Export.Interval", "Energy.Reactive.Import.Interval", "Energy.Reactive.Net", "Energy.Apparent.Net", "Energy.Apparent.Import", "Energy.Apparent.Export", "Frequency", "Power.Active.Export", "Power.Active.Import", "Power.Factor", "Power.Offered", "Power.Reactive.Export", "Power.Reactive.Import", "SoC", "Voltage"]
MessageFormatEnum = Literal["ASCII", "HTML", "URI", "UTF8"]
MessagePriorityEnum = Literal["AlwaysFront", "InFront", "NormalCycle"]
MessageStateEnum = Literal["Charging", "Faulted", "Idle", "Unavailable"]
MessageTriggerEnum = Literal["BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "SignChargingStationCertificate", "SignV2GCertificate", "StatusNotification", "TransactionEvent", "SignCombinedCertificate", "PublishFirmwareStatusNotification"]
MonitorEnum = Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"]
MonitoringBaseEnum = Literal["All", "FactoryDefault", "HardWiredOnly"]
MonitoringCriterionEnum = Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]
MutabilityEnum = Literal["ReadOnly", "WriteOnly", "ReadWrite"]
NotifyEVChargingNeedsStatusEnum = Literal["Accepted", "Rejected", "Processing"]
OCPPInterfaceEnum = Literal["Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3"]
OCPPTransportEnum = Literal["JSON", "SOAP"]
OCPPVersionEnum = Literal["OCPP12", "OCPP15", "OCPP16", "OCPP20"]
OperationalStatusEnum = Literal["Inoperative", "Operative"]
PhaseEnum = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
PublishFirmwareStatusEnum = Literal["Idle", "DownloadScheduled", "Downloading", "Downloaded", "Published", "DownloadFailed", "DownloadPaused", "InvalidChecksum", "ChecksumVerified", "PublishFailed"]
ReadingContextEnum = Literal["Interruption.Begin", "Interruption.End", "Other", "Sample.Clock", "Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger"]
ReasonEnum = Literal["DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset", "Local", "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality", "Reboot", "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout"]
RecurrencyKindEnum = Literal["Daily", "Weekly"]
RegistrationStatusEnum = Literal["Accepted", "Pending", "Rejected"]
ReportBaseEnum = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]
RequestStartStopStatusEnum = Literal["Accepted", "Rejected"]
ReservationUpdateStatusEnum = Literal["Expired", "Removed"]
ReserveNowStatusEnum = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
ResetEnum = Literal["Immediate", "OnIdle"]
ResetStatusEnum = Literal["Accepted", "Rejected", "Scheduled"]
SendLocalListStatusEnum = Literal["Accepted", "Failed", "VersionMismatch"]
SetMonitoringStatusEnum = Literal["Accepted", "UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate"]
SetNetworkProfileStatusEnum = Literal["Accepted", "Rejected", "Failed"]
SetVariableStatusEnum = Literal["Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType", "RebootRequired"]
TransactionEventEnum = Literal["Ended", "Started", "Updated"]
TriggerMessageStatusEnum = Literal["Accepted", "Rejected", "NotImplemented"]
TriggerReasonEnum = Literal["Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "Deauthorized", "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "MeterValueClock", "MeterValuePeriodic", "TimeLimitReached", "Trigger", "UnlockCommand", "StopAuthorized", "EVDeparted", "EVDetected", "RemoteStop", "RemoteStart", "AbnormalCondition", "SignedDataReceived", "ResetCommand"]
UnlockStatusEnum = Literal["Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"]
UnpublishFirmwareStatusEnum = Literal["DownloadOngoing", "NoFirmware", "Unpublished"]
UpdateEnum = Literal["Differential", "Full"]
UpdateFirmwareStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"]
UploadLogStatusEnum = Literal["BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading", "AcceptedCanceled"]
VPNEnum = Literal["IKEv2", "IPSec", "L2TP", "PPTP"]


class AdditionalInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    additional_id_token: Str36 = field(name="additionalIdToken")
    type: Str50
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class IdToken(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: Str36 = field(name="idToken")
    type: IdTokenEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    additional_info: Maybe[Annotated[list[AdditionalInfo], Meta(min_length=1)]] = field(default=None, name="additionalInfo")


class OCSPRequestData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hash_algorithm: HashAlgorithmEnum = field(name="hashAlgorithm")
    issuer_name_hash: Str128 = field(name="issuerNameHash")
    issuer_key_hash: Str128 = field(name="issuerKeyHash")
    serial_number: Str40 = field(name="serialNumber")
    responder_url: Str512 = field(name="responderURL")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AuthorizeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    certificate: Maybe[Str5500] = None
    iso15118_certificate_hash_data: Maybe[Annotated[list[OCSPRequestData], Meta(min_length=1, max_length=4)]] = field(default=None, name="iso15118CertificateHashData")


class MessageContent(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    format: MessageFormatEnum
    content: Str512
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    language: Maybe[Str8] = None


class IdTokenInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: AuthorizationStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    cache_expiry_date_time: Maybe[Instant] = field(default=None, name="cacheExpiryDateTime")
    charging_priority: Maybe[Int] = field(default=None, name="chargingPriority")
    language1: Maybe[Str8] = None
    evse_id: Maybe[Annotated[list[Int], Meta(min_length=1)]] = field(default=None, name="evseId")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")
    language2: Maybe[Str8] = None
    personal_message: Maybe[MessageContent] = field(default=None, name="personalMessage")


class AuthorizeResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token_info: IdTokenInfo = field(name="idTokenInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    certificate_status: Maybe[AuthorizeCertificateStatusEnum] = field(default=None, name="certificateStatus")


class Modem(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    iccid: Maybe[Str20] = None
    imsi: Maybe[Str20] = None


class ChargingStation(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    model: Str20
    vendor_name: Str50 = field(name="vendorName")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    serial_number: Maybe[Str25] = field(default=None, name="serialNumber")
    modem: Maybe[Modem] = None
    firmware_version: Maybe[Str50] = field(default=None, name="firmwareVersion")


class BootNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_station: ChargingStation = field(name="chargingStation")
    reason: BootReasonEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StatusInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reason_code: Str20 = field(name="reasonCode")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    additional_info: Maybe[Str512] = field(default=None, name="additionalInfo")


class BootNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    current_time: Instant = field(name="currentTime")
    interval: Int
    status: RegistrationStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class CancelReservationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reservation_id: Int = field(name="reservationId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CancelReservationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CancelReservationStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class CertificateSignedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_chain: Str10000 = field(name="certificateChain")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    certificate_type: Maybe[CertificateSigningUseEnum] = field(default=None, name="certificateType")


class CertificateSignedResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CertificateSignedStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class EVSE(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    connector_id: Maybe[Int] = field(default=None, name="connectorId")


class ChangeAvailabilityRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    operational_status: OperationalStatusEnum = field(name="operationalStatus")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse: Maybe[EVSE] = None


class ChangeAvailabilityResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChangeAvailabilityStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ClearCacheRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearCacheResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearCacheStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ClearChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse_id: Maybe[Int] = field(default=None, name="evseId")
    charging_profile_purpose: Maybe[ChargingProfilePurposeEnum] = field(default=None, name="chargingProfilePurpose")
    stack_level: Maybe[Int] = field(default=None, name="stackLevel")


class ClearChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    charging_profile_id: Maybe[Int] = field(default=None, name="chargingProfileId")
    charging_profile_criteria: Maybe[ClearChargingProfile] = field(default=None, name="chargingProfileCriteria")


class ClearChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearChargingProfileStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ClearDisplayMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearDisplayMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearMessageStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ClearVariableMonitoringRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Annotated[list[Int], Meta(min_length=1)]
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearMonitoringResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearMonitoringStatusEnum
    id: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ClearVariableMonitoringResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    clear_monitoring_result: Annotated[list[ClearMonitoringResult], Meta(min_length=1)] = field(name="clearMonitoringResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearedChargingLimitRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit_source: ChargingLimitSourceEnum = field(name="chargingLimitSource")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse_id: Maybe[Int] = field(default=None, name="evseId")


class ClearedChargingLimitResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CostUpdatedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    total_cost: float = field(name="totalCost")
    transaction_id: Str36 = field(name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CostUpdatedResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateHashData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hash_algorithm: HashAlgorithmEnum = field(name="hashAlgorithm")
    issuer_name_hash: Str128 = field(name="issuerNameHash")
    issuer_key_hash: Str128 = field(name="issuerKeyHash")
    serial_number: Str40 = field(name="serialNumber")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CustomerInformationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    report: bool
    clear: bool
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    customer_certificate: Maybe[CertificateHashData] = field(default=None, name="customerCertificate")
    id_token: Maybe[IdToken] = field(default=None, name="idToken")
    customer_identifier: Maybe[Str64] = field(default=None, name="customerIdentifier")


class CustomerInformationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CustomerInformationStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class DataTransferRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    vendor_id: Str255 = field(name="vendorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    message_id: Maybe[Str50] = field(default=None, name="messageId")
    data: Maybe[Any] = None


class DataTransferResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DataTransferStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    data: Maybe[Any] = None


class DeleteCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DeleteCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DeleteCertificateStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class FirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: FirmwareStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    request_id: Maybe[Int] = field(default=None, name="requestId")


class FirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Get15118EVCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    iso15118_schema_version: Str50 = field(name="iso15118SchemaVersion")
    action: CertificateActionEnum
    exi_request: Str5600 = field(name="exiRequest")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Get15118EVCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: Iso15118EVCertificateStatusEnum
    exi_response: Str7500 = field(name="exiResponse")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetBaseReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    report_base: ReportBaseEnum = field(name="reportBase")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetBaseReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetCertificateStatusRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ocsp_request_data: OCSPRequestData = field(name="ocspRequestData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCertificateStatusResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetCertificateStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    ocsp_result: Maybe[Str5500] = field(default=None, name="ocspResult")


class ChargingProfileCriterion(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    charging_profile_purpose: Maybe[ChargingProfilePurposeEnum] = field(default=None, name="chargingProfilePurpose")
    stack_level: Maybe[Int] = field(default=None, name="stackLevel")
    charging_profile_id: Maybe[Annotated[list[Int], Meta(min_length=1)]] = field(default=None, name="chargingProfileId")
    charging_limit_source: Maybe[Annotated[list[ChargingLimitSourceEnum], Meta(min_length=1, max_length=4)]] = field(default=None, name="chargingLimitSource")


class GetChargingProfilesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    charging_profile: ChargingProfileCriterion = field(name="chargingProfile")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse_id: Maybe[Int] = field(default=None, name="evseId")


class GetChargingProfilesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetChargingProfileStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetCompositeScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    evse_id: Int = field(name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    charging_rate_unit: Maybe[ChargingRateUnitEnum] = field(default=None, name="chargingRateUnit")


class ChargingSchedulePeriod(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_period: Int = field(name="startPeriod")
    limit: Decimal
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    number_phases: Maybe[Int] = field(default=None, name="numberPhases")
    phase_to_use: Maybe[Int] = field(default=None, name="phaseToUse")


class CompositeSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_schedule_period: Annotated[list[ChargingSchedulePeriod], Meta(min_length=1)] = field(name="chargingSchedulePeriod")
    evse_id: Int = field(name="evseId")
    duration: Int
    schedule_start: Instant = field(name="scheduleStart")
    charging_rate_unit: ChargingRateUnitEnum = field(name="chargingRateUnit")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCompositeScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    schedule: Maybe[CompositeSchedule] = None


class GetDisplayMessagesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    id: Maybe[Annotated[list[Int], Meta(min_length=1)]] = None
    priority: Maybe[MessagePriorityEnum] = None
    state: Maybe[MessageStateEnum] = None


class GetDisplayMessagesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetDisplayMessagesStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetInstalledCertificateIdsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    certificate_type: Maybe[Annotated[list[GetCertificateIdUseEnum], Meta(min_length=1)]] = field(default=None, name="certificateType")


class CertificateHashDataChain(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    certificate_type: GetCertificateIdUseEnum = field(name="certificateType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    child_certificate_hash_data: Maybe[Annotated[list[CertificateHashData], Meta(min_length=1, max_length=4)]] = field(default=None, name="childCertificateHashData")


class GetInstalledCertificateIdsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetInstalledCertificateStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    certificate_hash_data_chain: Maybe[Annotated[list[CertificateHashDataChain], Meta(min_length=1)]] = field(default=None, name="certificateHashDataChain")


class GetLocalListVersionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetLocalListVersionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    version_number: Int = field(name="versionNumber")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LogParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    remote_location: Str512 = field(name="remoteLocation")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    oldest_timestamp: Maybe[Instant] = field(default=None, name="oldestTimestamp")
    latest_timestamp: Maybe[Instant] = field(default=None, name="latestTimestamp")


class GetLogRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    log: LogParameters
    log_type: LogEnum = field(name="logType")
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class GetLogResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: LogStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    filename: Maybe[Str255] = None


class Component(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    name: Str50
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse: Maybe[EVSE] = None
    instance: Maybe[Str50] = None


class Variable(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    name: Str50
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    instance: Maybe[Str50] = None


class ComponentVariable(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    variable: Maybe[Variable] = None


class GetMonitoringReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    component_variable: Maybe[Annotated[list[ComponentVariable], Meta(min_length=1)]] = field(default=None, name="componentVariable")
    monitoring_criteria: Maybe[Annotated[list[MonitoringCriterionEnum], Meta(min_length=1, max_length=3)]] = field(default=None, name="monitoringCriteria")


class GetMonitoringReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    component_variable: Maybe[Annotated[list[ComponentVariable], Meta(min_length=1)]] = field(default=None, name="componentVariable")
    component_criteria: Maybe[Annotated[list[ComponentCriterionEnum], Meta(min_length=1, max_length=4)]] = field(default=None, name="componentCriteria")


class GetReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class GetTransactionStatusRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")


class GetTransactionStatusResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    messages_in_queue: bool = field(name="messagesInQueue")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    ongoing_indicator: Maybe[bool] = field(default=None, name="ongoingIndicator")


class GetVariableData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")


class GetVariablesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    get_variable_data: Annotated[list[GetVariableData], Meta(min_length=1)] = field(name="getVariableData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetVariableResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_status: GetVariableStatusEnum = field(name="attributeStatus")
    component: Component
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    attribute_status_info: Maybe[StatusInfo] = field(default=None, name="attributeStatusInfo")
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    attribute_value: Maybe[Str2500] = field(default=None, name="attributeValue")


class GetVariablesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    get_variable_result: Annotated[list[GetVariableResult], Meta(min_length=1)] = field(name="getVariableResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class HeartbeatRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class HeartbeatResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    current_time: Instant = field(name="currentTime")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class InstallCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_type: InstallCertificateUseEnum = field(name="certificateType")
    certificate: Str5500
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class InstallCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: InstallCertificateStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class LogStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UploadLogStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    request_id: Maybe[Int] = field(default=None, name="requestId")


class LogStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SignedMeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    signed_meter_data: Str2500 = field(name="signedMeterData")
    signing_method: Str50 = field(name="signingMethod")
    encoding_method: Str50 = field(name="encodingMethod")
    public_key: Str2500 = field(name="publicKey")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnitOfMeasure(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    unit: Maybe[Str20] = None
    multiplier: Maybe[Int] = None


class SampledValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    context: Maybe[ReadingContextEnum] = None
    measurand: Maybe[MeasurandEnum] = None
    phase: Maybe[PhaseEnum] = None
    location: Maybe[LocationEnum] = None
    signed_meter_value: Maybe[SignedMeterValue] = field(default=None, name="signedMeterValue")
    unit_of_measure: Maybe[UnitOfMeasure] = field(default=None, name="unitOfMeasure")


class MeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)] = field(name="sampledValue")
    timestamp: Instant
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MeterValuesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: Int = field(name="evseId")
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)] = field(name="meterValue")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MeterValuesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingLimit(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit_source: ChargingLimitSourceEnum = field(name="chargingLimitSource")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    is_grid_critical: Maybe[bool] = field(default=None, name="isGridCritical")


class RelativeTimeInterval(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    duration: Maybe[Int] = None


class Cost(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    cost_kind: CostKindEnum = field(name="costKind")
    amount: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    amount_multiplier: Maybe[Int] = field(default=None, name="amountMultiplier")


class ConsumptionCost(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_value: float = field(name="startValue")
    cost: Annotated[list[Cost], Meta(min_length=1, max_length=3)]
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SalesTariffEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    relative_time_interval: RelativeTimeInterval = field(name="relativeTimeInterval")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    e_price_level: Maybe[IntFrom0] = field(default=None, name="ePriceLevel")
    consumption_cost: Maybe[Annotated[list[ConsumptionCost], Meta(min_length=1, max_length=3)]] = field(default=None, name="consumptionCost")


class SalesTariff(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    sales_tariff_entry: Annotated[list[SalesTariffEntry], Meta(min_length=1, max_length=1024)] = field(name="salesTariffEntry")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    sales_tariff_description: Maybe[Str32] = field(default=None, name="salesTariffDescription")
    num_e_price_levels: Maybe[Int] = field(default=None, name="numEPriceLevels")


class ChargingSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    charging_rate_unit: ChargingRateUnitEnum = field(name="chargingRateUnit")
    charging_schedule_period: Annotated[list[ChargingSchedulePeriod], Meta(min_length=1, max_length=1024)] = field(name="chargingSchedulePeriod")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    start_schedule: Maybe[Instant] = field(default=None, name="startSchedule")
    duration: Maybe[Int] = None
    min_charging_rate: Maybe[Decimal] = field(default=None, name="minChargingRate")
    sales_tariff: Maybe[SalesTariff] = field(default=None, name="salesTariff")


class NotifyChargingLimitRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit: ChargingLimit = field(name="chargingLimit")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    charging_schedule: Maybe[Annotated[list[ChargingSchedule], Meta(min_length=1)]] = field(default=None, name="chargingSchedule")
    evse_id: Maybe[Int] = field(default=None, name="evseId")


class NotifyChargingLimitResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyCustomerInformationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data: Str512
    seq_no: Int = field(name="seqNo")
    generated_at: Instant = field(name="generatedAt")
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    tbc: Maybe[bool] = None


class NotifyCustomerInformationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MessageInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    priority: MessagePriorityEnum
    message: MessageContent
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    display: Maybe[Component] = None
    state: Maybe[MessageStateEnum] = None
    start_date_time: Maybe[Instant] = field(default=None, name="startDateTime")
    end_date_time: Maybe[Instant] = field(default=None, name="endDateTime")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")


class NotifyDisplayMessagesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    message_info: Maybe[Annotated[list[MessageInfo], Meta(min_length=1)]] = field(default=None, name="messageInfo")
    tbc: Maybe[bool] = None


class NotifyDisplayMessagesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ACChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    energy_amount: Int = field(name="energyAmount")
    ev_min_current: Int = field(name="evMinCurrent")
    ev_max_current: Int = field(name="evMaxCurrent")
    ev_max_voltage: Int = field(name="evMaxVoltage")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DCChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ev_max_current: Int = field(name="evMaxCurrent")
    ev_max_voltage: Int = field(name="evMaxVoltage")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    energy_amount: Maybe[Int] = field(default=None, name="energyAmount")
    ev_max_power: Maybe[Int] = field(default=None, name="evMaxPower")
    state_of_charge: Maybe[IntFrom0To100] = field(default=None, name="stateOfCharge")
    ev_energy_capacity: Maybe[Int] = field(default=None, name="evEnergyCapacity")
    full_soc: Maybe[IntFrom0To100] = field(default=None, name="fullSoC")
    bulk_soc: Maybe[IntFrom0To100] = field(default=None, name="bulkSoC")


class ChargingNeeds(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_energy_transfer: EnergyTransferModeEnum = field(name="requestedEnergyTransfer")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    ac_charging_parameters: Maybe[ACChargingParameters] = field(default=None, name="acChargingParameters")
    dc_charging_parameters: Maybe[DCChargingParameters] = field(default=None, name="dcChargingParameters")
    departure_time: Maybe[Instant] = field(default=None, name="departureTime")


class NotifyEVChargingNeedsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_needs: ChargingNeeds = field(name="chargingNeeds")
    evse_id: Int = field(name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    max_schedule_tuples: Maybe[Int] = field(default=None, name="maxScheduleTuples")


class NotifyEVChargingNeedsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: NotifyEVChargingNeedsStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class NotifyEVChargingScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    time_base: Instant = field(name="timeBase")
    charging_schedule: ChargingSchedule = field(name="chargingSchedule")
    evse_id: Int = field(name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEVChargingScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class EventData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    event_id: Int = field(name="eventId")
    timestamp: Instant
    trigger: EventTriggerEnum
    actual_value: Str2500 = field(name="actualValue")
    component: Component
    event_notification_type: EventNotificationEnum = field(name="eventNotificationType")
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    cause: Maybe[Int] = None
    tech_code: Maybe[Str50] = field(default=None, name="techCode")
    tech_info: Maybe[Str500] = field(default=None, name="techInfo")
    cleared: Maybe[bool] = None
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    variable_monitoring_id: Maybe[Int] = field(default=None, name="variableMonitoringId")


class NotifyEventRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    generated_at: Instant = field(name="generatedAt")
    seq_no: Int = field(name="seqNo")
    event_data: Annotated[list[EventData], Meta(min_length=1)] = field(name="eventData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    tbc: Maybe[bool] = None


class NotifyEventResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VariableMonitoring(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    transaction: bool
    value: float
    type: MonitorEnum
    severity: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MonitoringData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    variable_monitoring: Annotated[list[VariableMonitoring], Meta(min_length=1)] = field(name="variableMonitoring")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyMonitoringReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    seq_no: Int = field(name="seqNo")
    generated_at: Instant = field(name="generatedAt")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    monitor: Maybe[Annotated[list[MonitoringData], Meta(min_length=1)]] = None
    tbc: Maybe[bool] = None


class NotifyMonitoringReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VariableAttribute(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    type: Maybe[AttributeEnum] = None
    value: Maybe[Str2500] = None
    mutability: Maybe[MutabilityEnum] = None
    persistent: Maybe[bool] = None
    constant: Maybe[bool] = None


class VariableCharacteristics(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data_type: DataEnum = field(name="dataType")
    supports_monitoring: bool = field(name="supportsMonitoring")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    unit: Maybe[Str16] = None
    min_limit: Maybe[float] = field(default=None, name="minLimit")
    max_limit: Maybe[float] = field(default=None, name="maxLimit")
    values_list: Maybe[Str1000] = field(default=None, name="valuesList")


class ReportData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    variable_attribute: Annotated[list[VariableAttribute], Meta(min_length=1, max_length=4)] = field(name="variableAttribute")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    variable_characteristics: Maybe[VariableCharacteristics] = field(default=None, name="variableCharacteristics")


class NotifyReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    generated_at: Instant = field(name="generatedAt")
    seq_no: Int = field(name="seqNo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    report_data: Maybe[Annotated[list[ReportData], Meta(min_length=1)]] = field(default=None, name="reportData")
    tbc: Maybe[bool] = None


class NotifyReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PublishFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: Str512
    checksum: Str32
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class PublishFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class PublishFirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: PublishFirmwareStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    location: Maybe[Annotated[list[Str512], Meta(min_length=1)]] = None
    request_id: Maybe[Int] = field(default=None, name="requestId")


class PublishFirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    stack_level: Int = field(name="stackLevel")
    charging_profile_purpose: ChargingProfilePurposeEnum = field(name="chargingProfilePurpose")
    charging_profile_kind: ChargingProfileKindEnum = field(name="chargingProfileKind")
    charging_schedule: Annotated[list[ChargingSchedule], Meta(min_length=1, max_length=3)] = field(name="chargingSchedule")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    recurrency_kind: Maybe[RecurrencyKindEnum] = field(default=None, name="recurrencyKind")
    valid_from: Maybe[Instant] = field(default=None, name="validFrom")
    valid_to: Maybe[Instant] = field(default=None, name="validTo")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")


class ReportChargingProfilesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    charging_limit_source: ChargingLimitSourceEnum = field(name="chargingLimitSource")
    charging_profile: Annotated[list[ChargingProfile], Meta(min_length=1)] = field(name="chargingProfile")
    evse_id: Int = field(name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    tbc: Maybe[bool] = None


class ReportChargingProfilesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStartTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    remote_start_id: Int = field(name="remoteStartId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse_id: Maybe[Int] = field(default=None, name="evseId")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")
    charging_profile: Maybe[ChargingProfile] = field(default=None, name="chargingProfile")


class RequestStartTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RequestStartStopStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")


class RequestStopTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStopTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RequestStartStopStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ReservationStatusUpdateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reservation_id: Int = field(name="reservationId")
    reservation_update_status: ReservationUpdateStatusEnum = field(name="reservationUpdateStatus")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReservationStatusUpdateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReserveNowRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    expiry_date_time: Instant = field(name="expiryDateTime")
    id_token: IdToken = field(name="idToken")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    connector_type: Maybe[ConnectorEnum] = field(default=None, name="connectorType")
    evse_id: Maybe[Int] = field(default=None, name="evseId")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")


class ReserveNowResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ReserveNowStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class ResetRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: ResetEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse_id: Maybe[Int] = field(default=None, name="evseId")


class ResetResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ResetStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SecurityEventNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: Str50
    timestamp: Instant
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    tech_info: Maybe[Str255] = field(default=None, name="techInfo")


class SecurityEventNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AuthorizationData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    id_token_info: Maybe[IdTokenInfo] = field(default=None, name="idTokenInfo")


class SendLocalListRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    version_number: Int = field(name="versionNumber")
    update_type: UpdateEnum = field(name="updateType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    local_authorization_list: Maybe[Annotated[list[AuthorizationData], Meta(min_length=1)]] = field(default=None, name="localAuthorizationList")


class SendLocalListResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SendLocalListStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: Int = field(name="evseId")
    charging_profile: ChargingProfile = field(name="chargingProfile")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChargingProfileStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetDisplayMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    message: MessageInfo
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDisplayMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DisplayMessageStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetMonitoringBaseRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    monitoring_base: MonitoringBaseEnum = field(name="monitoringBase")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringBaseResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetMonitoringLevelRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    severity: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringLevelResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class APN(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    apn: Str512
    apn_authentication: APNAuthenticationEnum = field(name="apnAuthentication")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    apn_user_name: Maybe[Str20] = field(default=None, name="apnUserName")
    apn_password: Maybe[Str20] = field(default=None, name="apnPassword")
    sim_pin: Maybe[Int] = field(default=None, name="simPin")
    preferred_network: Maybe[Str6] = field(default=None, name="preferredNetwork")
    use_only_preferred_network: Maybe[bool] = field(default=None, name="useOnlyPreferredNetwork")


class VPN(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    server: Str512
    user: Str20
    password: Str20
    key: Str255
    type: VPNEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    group: Maybe[Str20] = None


class NetworkConnectionProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ocpp_version: OCPPVersionEnum = field(name="ocppVersion")
    ocpp_transport: OCPPTransportEnum = field(name="ocppTransport")
    ocpp_csms_url: Str512 = field(name="ocppCsmsUrl")
    message_timeout: Int = field(name="messageTimeout")
    security_profile: Int = field(name="securityProfile")
    ocpp_interface: OCPPInterfaceEnum = field(name="ocppInterface")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    apn: Maybe[APN] = None
    vpn: Maybe[VPN] = None


class SetNetworkProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    configuration_slot: Int = field(name="configurationSlot")
    connection_data: NetworkConnectionProfile = field(name="connectionData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetNetworkProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SetNetworkProfileStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetMonitoringData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: float
    type: MonitorEnum
    severity: Int
    component: Component
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    id: Maybe[Int] = None
    transaction: Maybe[bool] = None


class SetVariableMonitoringRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_monitoring_data: Annotated[list[SetMonitoringData], Meta(min_length=1)] = field(name="setMonitoringData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SetMonitoringStatusEnum
    type: MonitorEnum
    component: Component
    variable: Variable
    severity: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    id: Maybe[Int] = None
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class SetVariableMonitoringResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_monitoring_result: Annotated[list[SetMonitoringResult], Meta(min_length=1)] = field(name="setMonitoringResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_value: Str1000 = field(name="attributeValue")
    component: Component
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")


class SetVariablesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_variable_data: Annotated[list[SetVariableData], Meta(min_length=1)] = field(name="setVariableData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_status: SetVariableStatusEnum = field(name="attributeStatus")
    component: Component
    variable: Variable
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    attribute_status_info: Maybe[StatusInfo] = field(default=None, name="attributeStatusInfo")


class SetVariablesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_variable_result: Annotated[list[SetVariableResult], Meta(min_length=1)] = field(name="setVariableResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SignCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    csr: Str5500
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    certificate_type: Maybe[CertificateSigningUseEnum] = field(default=None, name="certificateType")


class SignCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class StatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    timestamp: Instant
    connector_status: ConnectorStatusEnum = field(name="connectorStatus")
    evse_id: Int = field(name="evseId")
    connector_id: Int = field(name="connectorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Transaction(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    charging_state: Maybe[ChargingStateEnum] = field(default=None, name="chargingState")
    time_spent_charging: Maybe[Int] = field(default=None, name="timeSpentCharging")
    stopped_reason: Maybe[ReasonEnum] = field(default=None, name="stoppedReason")
    remote_start_id: Maybe[Int] = field(default=None, name="remoteStartId")


class TransactionEventRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    event_type: TransactionEventEnum = field(name="eventType")
    timestamp: Instant
    trigger_reason: TriggerReasonEnum = field(name="triggerReason")
    seq_no: Int = field(name="seqNo")
    transaction_info: Transaction = field(name="transactionInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    meter_value: Maybe[Annotated[list[MeterValue], Meta(min_length=1)]] = field(default=None, name="meterValue")
    offline: Maybe[bool] = None
    number_of_phases_used: Maybe[Int] = field(default=None, name="numberOfPhasesUsed")
    cable_max_current: Maybe[Int] = field(default=None, name="cableMaxCurrent")
    reservation_id: Maybe[Int] = field(default=None, name="reservationId")
    evse: Maybe[EVSE] = None
    id_token: Maybe[IdToken] = field(default=None, name="idToken")


class TransactionEventResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    total_cost: Maybe[float] = field(default=None, name="totalCost")
    charging_priority: Maybe[Int] = field(default=None, name="chargingPriority")
    id_token_info: Maybe[IdTokenInfo] = field(default=None, name="idTokenInfo")
    updated_personal_message: Maybe[MessageContent] = field(default=None, name="updatedPersonalMessage")


class TriggerMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_message: MessageTriggerEnum = field(name="requestedMessage")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    evse: Maybe[EVSE] = None


class TriggerMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TriggerMessageStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class UnlockConnectorRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: Int = field(name="evseId")
    connector_id: Int = field(name="connectorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnlockConnectorResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UnlockStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")


class UnpublishFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    checksum: Str32
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnpublishFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UnpublishFirmwareStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Firmware(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: Str512
    retrieve_date_time: Instant = field(name="retrieveDateTime")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    install_date_time: Maybe[Instant] = field(default=None, name="installDateTime")
    signing_certificate: Maybe[Str5500] = field(default=None, name="signingCertificate")
    signature: Maybe[Str800] = None


class UpdateFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    firmware: Firmware
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class UpdateFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UpdateFirmwareStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
