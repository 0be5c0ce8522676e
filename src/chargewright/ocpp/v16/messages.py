"""Messages of OCPP 1.6: written by tools/generate_messages.py, never edited.

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


Instant = Annotated[datetime, Meta(tz=True)]
Int = Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]
RateMultipleOf0_1 = Annotated[Decimal, Meta(extra={"multipleOf": "0.1"})]
Str10000 = Annotated[str, Meta(max_length=10000)]
Str128 = Annotated[str, Meta(max_length=128)]
Str20 = Annotated[str, Meta(max_length=20)]
Str25 = Annotated[str, Meta(max_length=25)]
Str255 = Annotated[str, Meta(max_length=255)]
Str40 = Annotated[str, Meta(max_length=40)]
Str50 = Annotated[str, Meta(max_length=50)]
Str500 = Annotated[str, Meta(max_length=500)]
Str512 = Annotated[str, Meta(max_length=512)]
Str5500 = Annotated[str, Meta(max_length=5500)]
Str800 = Annotated[str, Meta(max_length=800)]

BootNotificationStatusEnum = Literal["Accepted", "Pending", "Rejected"]
CancelReservationStatusEnum = Literal["Accepted", "Rejected"]
CertificateSignedStatusEnum = Literal["Accepted", "Rejected"]
CertificateUseEnum = Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]
ChangeAvailabilityStatusEnum = Literal["Accepted", "Rejected", "Scheduled"]
ChangeAvailabilityTypeEnum = Literal["Inoperative", "Operative"]
ChangeConfigurationStatusEnum = Literal["Accepted", "Rejected", "RebootRequired", "NotSupported"]
ChargingProfileKindEnum = Literal["Absolute", "Recurring", "Relative"]
ChargingProfilePurposeEnum = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
ChargingRateUnitEnum = Literal["A", "W"]
ClearCacheStatusEnum = Literal["Accepted", "Rejected"]
ClearChargingProfileStatusEnum = Literal["Accepted", "Unknown"]
ContextEnum = Literal["Interruption.Begin", "Interruption.End", "Sample.Clock", "Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger", "Other"]
DataTransferStatusEnum = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
DeleteCertificateStatusEnum = Literal["Accepted", "Failed", "NotFound"]
DiagnosticsStatusNotificationStatusEnum = Literal["Idle", "Uploaded", "UploadFailed", "Uploading"]
ErrorCodeEnum = Literal["ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError", "LocalListConflict", "NoError", "OtherError", "OverCurrentFailure", "PowerMeterFailure", "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "OverVoltage", "WeakSignal"]
FirmwareStatusEnum = Literal["Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle", "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed", "InvalidSignature", "SignatureVerified"]
FirmwareStatusNotificationStatusEnum = Literal["Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed"]
FormatEnum = Literal["Raw", "SignedData"]
GenericStatusEnum = Literal["Accepted", "Rejected"]
GetCompositeScheduleStatusEnum = Literal["Accepted", "Rejected"]
GetInstalledCertificateStatusEnum = Literal["Accepted", "NotFound"]
HashAlgorithmEnum = Literal["SHA256", "SHA384", "SHA512"]
IdTagInfoStatusEnum = Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
InstallCertificateStatusEnum = Literal["Accepted", "Failed", "Rejected"]
LocationEnum = Literal["Cable", "EV", "Inlet", "Outlet", "Body"]
LogEnum = Literal["DiagnosticsLog", "SecurityLog"]
LogStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled"]
MeasurandEnum = Literal["Energy.Active.Export.Register", "Energy.Active.Import.Register", "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Register", "Energy.Active.Export.Interval", "Energy.Active.Import.Interval", "Energy.Reactive.Export.Interval", "Energy.Reactive.Import.Interval", "Power.Active.Export", "Power.Active.Import", "Power.Offered", "Power.Reactive.Export", "Power.Reactive.Import", "Power.Factor", "Current.Import", "Current.Export", "Current.Offered", "Voltage", "Frequency", "Temperature", "SoC", "RPM"]
MessageTriggerEnum = Literal["BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "SignChargePointCertificate", "StatusNotification"]
PhaseEnum = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
ReasonEnum = Literal["EmergencyStop", "EVDisconnected", "HardReset", "Local", "Other", "PowerLoss", "Reboot", "Remote", "SoftReset", "UnlockCommand", "DeAuthorized"]
RecurrencyKindEnum = Literal["Daily", "Weekly"]
RemoteStartTransactionStatusEnum = Literal["Accepted", "Rejected"]
RemoteStopTransactionStatusEnum = Literal["Accepted", "Rejected"]
RequestedMessageEnum = Literal["BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "StatusNotification"]
ReserveNowStatusEnum = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
ResetStatusEnum = Literal["Accepted", "Rejected"]
ResetTypeEnum = Literal["Hard", "Soft"]
SampledValueUnitEnum = Literal["Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K", "Celcius", "Celsius", "Fahrenheit", "Percent"]
SendLocalListStatusEnum = Literal["Accepted", "Failed", "NotSupported", "VersionMismatch"]
SetChargingProfileStatusEnum = Literal["Accepted", "Rejected", "NotSupported"]
StatusNotificationStatusEnum = Literal["Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing", "Reserved", "Unavailable", "Faulted"]
TriggerMessageStatusEnum = Literal["Accepted", "Rejected", "NotImplemented"]
UnitEnum = Literal["Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "K", "Celcius", "Celsius", "Fahrenheit", "Percent", "Hertz"]
UnlockConnectorStatusEnum = Literal["Unlocked", "UnlockFailed", "NotSupported"]
UpdateFirmwareStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"]
UpdateTypeEnum = Literal["Differential", "Full"]
UploadLogStatusEnum = Literal["BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading"]


class AuthorizeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag: Str20 = field(name="idTag")


class IdTagInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: IdTagInfoStatusEnum
    expiry_date: Maybe[Instant] = field(default=None, name="expiryDate")
    parent_id_tag: Maybe[Str20] = field(default=None, name="parentIdTag")


class AuthorizeResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag_info: IdTagInfo = field(name="idTagInfo")


class BootNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charge_point_vendor: Str20 = field(name="chargePointVendor")
    charge_point_model: Str20 = field(name="chargePointModel")
    charge_point_serial_number: Maybe[Str25] = field(default=None, name="chargePointSerialNumber")
    charge_box_serial_number: Maybe[Str25] = field(default=None, name="chargeBoxSerialNumber")
    firmware_version: Maybe[Str50] = field(default=None, name="firmwareVersion")
    iccid: Maybe[Str20] = None
    imsi: Maybe[Str20] = None
    meter_type: Maybe[Str25] = field(default=None, name="meterType")
    meter_serial_number: Maybe[Str25] = field(default=None, name="meterSerialNumber")


class BootNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: BootNotificationStatusEnum
    current_time: Instant = field(name="currentTime")
    interval: Int


class CancelReservationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reservation_id: Int = field(name="reservationId")


class CancelReservationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CancelReservationStatusEnum


class CertificateSignedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_chain: Str10000 = field(name="certificateChain")


class CertificateSignedResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CertificateSignedStatusEnum


class ChangeAvailabilityRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    type: ChangeAvailabilityTypeEnum


class ChangeAvailabilityResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChangeAvailabilityStatusEnum


class ChangeConfigurationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    key: Str50
    value: Str500


class ChangeConfigurationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChangeConfigurationStatusEnum


class ClearCacheRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class ClearCacheResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearCacheStatusEnum


class ClearChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Maybe[Int] = None
    connector_id: Maybe[Int] = field(default=None, name="connectorId")
    charging_profile_purpose: Maybe[ChargingProfilePurposeEnum] = field(default=None, name="chargingProfilePurpose")
    stack_level: Maybe[Int] = field(default=None, name="stackLevel")


class ClearChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearChargingProfileStatusEnum


class DataTransferRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    vendor_id: Str255 = field(name="vendorId")
    message_id: Maybe[Str50] = field(default=None, name="messageId")
    data: Maybe[str] = None


class DataTransferResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DataTransferStatusEnum
    data: Maybe[str] = None


class CertificateHashData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hash_algorithm: HashAlgorithmEnum = field(name="hashAlgorithm")
    issuer_name_hash: Str128 = field(name="issuerNameHash")
    issuer_key_hash: Str128 = field(name="issuerKeyHash")
    serial_number: Str40 = field(name="serialNumber")


class DeleteCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")


class DeleteCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DeleteCertificateStatusEnum


class DiagnosticsStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DiagnosticsStatusNotificationStatusEnum


class DiagnosticsStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class ExtendedTriggerMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_message: MessageTriggerEnum = field(name="requestedMessage")
    connector_id: Maybe[Int] = field(default=None, name="connectorId")


class ExtendedTriggerMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TriggerMessageStatusEnum


class FirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: FirmwareStatusNotificationStatusEnum


class FirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class GetCompositeScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    duration: Int
    charging_rate_unit: Maybe[ChargingRateUnitEnum] = field(default=None, name="chargingRateUnit")


class ChargingSchedulePeriod(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_period: Int = field(name="startPeriod")
    limit: RateMultipleOf0_1
    number_phases: Maybe[Int] = field(default=None, name="numberPhases")


class ChargingSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_rate_unit: ChargingRateUnitEnum = field(name="chargingRateUnit")
    charging_schedule_period: list[ChargingSchedulePeriod] = field(name="chargingSchedulePeriod")
    duration: Maybe[Int] = None
    start_schedule: Maybe[Instant] = field(default=None, name="startSchedule")
    min_charging_rate: Maybe[RateMultipleOf0_1] = field(default=None, name="minChargingRate")


class GetCompositeScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetCompositeScheduleStatusEnum
    connector_id: Maybe[Int] = field(default=None, name="connectorId")
    schedule_start: Maybe[Instant] = field(default=None, name="scheduleStart")
    charging_schedule: Maybe[ChargingSchedule] = field(default=None, name="chargingSchedule")


class GetConfigurationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    key: Maybe[list[Str50]] = None


class KeyValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    key: Str50
    readonly: bool
    value: Maybe[Str500] = None


class GetConfigurationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    configuration_key: Maybe[list[KeyValue]] = field(default=None, name="configurationKey")
    unknown_key: Maybe[list[Str50]] = field(default=None, name="unknownKey")


class GetDiagnosticsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: str
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    stop_time: Maybe[Instant] = field(default=None, name="stopTime")


class GetDiagnosticsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    file_name: Maybe[Str255] = field(default=None, name="fileName")


class GetInstalledCertificateIdsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_type: CertificateUseEnum = field(name="certificateType")


class GetInstalledCertificateIdsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetInstalledCertificateStatusEnum
    certificate_hash_data: Maybe[Annotated[list[CertificateHashData], Meta(min_length=1)]] = field(default=None, name="certificateHashData")


class GetLocalListVersionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class GetLocalListVersionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    list_version: Int = field(name="listVersion")


class LogParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    remote_location: Str512 = field(name="remoteLocation")
    oldest_timestamp: Maybe[Instant] = field(default=None, name="oldestTimestamp")
    latest_timestamp: Maybe[Instant] = field(default=None, name="latestTimestamp")


class GetLogRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    log: LogParameters
    log_type: LogEnum = field(name="logType")
    request_id: Int = field(name="requestId")
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class GetLogResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: LogStatusEnum
    filename: Maybe[Str255] = None


class HeartbeatRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class HeartbeatResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    current_time: Instant = field(name="currentTime")


class InstallCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_type: CertificateUseEnum = field(name="certificateType")
    certificate: Str5500


class InstallCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: InstallCertificateStatusEnum


class LogStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UploadLogStatusEnum
    request_id: Maybe[Int] = field(default=None, name="requestId")


class LogStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class SampledValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: str
    context: Maybe[ContextEnum] = None
    format: Maybe[FormatEnum] = None
    measurand: Maybe[MeasurandEnum] = None
    phase: Maybe[PhaseEnum] = None
    location: Maybe[LocationEnum] = None
    unit: Maybe[UnitEnum] = None


class MeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    timestamp: Instant
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)] = field(name="sampledValue")


class MeterValuesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)] = field(name="meterValue")
    transaction_id: Maybe[Int] = field(default=None, name="transactionId")


class MeterValuesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class ChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_profile_id: Int = field(name="chargingProfileId")
    stack_level: Int = field(name="stackLevel")
    charging_profile_purpose: ChargingProfilePurposeEnum = field(name="chargingProfilePurpose")
    charging_profile_kind: ChargingProfileKindEnum = field(name="chargingProfileKind")
    charging_schedule: ChargingSchedule = field(name="chargingSchedule")
    transaction_id: Maybe[Int] = field(default=None, name="transactionId")
    recurrency_kind: Maybe[RecurrencyKindEnum] = field(default=None, name="recurrencyKind")
    valid_from: Maybe[Instant] = field(default=None, name="validFrom")
    valid_to: Maybe[Instant] = field(default=None, name="validTo")


class RemoteStartTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag: Str20 = field(name="idTag")
    connector_id: Maybe[Int] = field(default=None, name="connectorId")
    charging_profile: Maybe[ChargingProfile] = field(default=None, name="chargingProfile")


class RemoteStartTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RemoteStartTransactionStatusEnum


class RemoteStopTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Int = field(name="transactionId")


class RemoteStopTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RemoteStopTransactionStatusEnum


class ReserveNowRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    expiry_date: Instant = field(name="expiryDate")
    id_tag: Str20 = field(name="idTag")
    reservation_id: Int = field(name="reservationId")
    parent_id_tag: Maybe[Str20] = field(default=None, name="parentIdTag")


class ReserveNowResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ReserveNowStatusEnum


class ResetRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: ResetTypeEnum


class ResetResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ResetStatusEnum


class SecurityEventNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: Str50
    timestamp: Instant
    tech_info: Maybe[Str255] = field(default=None, name="techInfo")


class SecurityEventNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class AuthorizationData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag: Str20 = field(name="idTag")
    id_tag_info: Maybe[IdTagInfo] = field(default=None, name="idTagInfo")


class SendLocalListRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    list_version: Int = field(name="listVersion")
    update_type: UpdateTypeEnum = field(name="updateType")
    local_authorization_list: Maybe[list[AuthorizationData]] = field(default=None, name="localAuthorizationList")


class SendLocalListResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SendLocalListStatusEnum


class SetChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    cs_charging_profiles: ChargingProfile = field(name="csChargingProfiles")


class SetChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SetChargingProfileStatusEnum


class SignCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    csr: Str5500


class SignCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum


class SignedFirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: FirmwareStatusEnum
    request_id: Maybe[Int] = field(default=None, name="requestId")


class SignedFirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class Firmware(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: Str512
    retrieve_date_time: Instant = field(name="retrieveDateTime")
    signing_certificate: Str5500 = field(name="signingCertificate")
    signature: Str800
    install_date_time: Maybe[Instant] = field(default=None, name="installDateTime")


class SignedUpdateFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    firmware: Firmware
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class SignedUpdateFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UpdateFirmwareStatusEnum


class StartTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    id_tag: Str20 = field(name="idTag")
    meter_start: Int = field(name="meterStart")
    timestamp: Instant
    reservation_id: Maybe[Int] = field(default=None, name="reservationId")


class StartTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag_info: IdTagInfo = field(name="idTagInfo")
    transaction_id: Int = field(name="transactionId")


class StatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")
    error_code: ErrorCodeEnum = field(name="errorCode")
    status: StatusNotificationStatusEnum
    info: Maybe[Str50] = None
    timestamp: Maybe[Instant] = None
    vendor_id: Maybe[Str255] = field(default=None, name="vendorId")
    vendor_error_code: Maybe[Str50] = field(default=None, name="vendorErrorCode")


class StatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass


class StopTransactionSampledValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: str
    context: Maybe[ContextEnum] = None
    format: Maybe[FormatEnum] = None
    measurand: Maybe[MeasurandEnum] = None
    phase: Maybe[PhaseEnum] = None
    location: Maybe[LocationEnum] = None
    unit: Maybe[SampledValueUnitEnum] = None


class StopTransactionMeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    timestamp: Instant
    sampled_value: list[StopTransactionSampledValue] = field(name="sampledValue")


class StopTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    meter_stop: Int = field(name="meterStop")
    timestamp: Instant
    transaction_id: Int = field(name="transactionId")
    id_tag: Maybe[Str20] = field(default=None, name="idTag")
    reason: Maybe[ReasonEnum] = None
    transaction_data: Maybe[list[StopTransactionMeterValue]] = field(default=None, name="transactionData")


class StopTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_tag_info: Maybe[IdTagInfo] = field(default=None, name="idTagInfo")


class TriggerMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_message: RequestedMessageEnum = field(name="requestedMessage")
    connector_id: Maybe[Int] = field(default=None, name="connectorId")


class TriggerMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TriggerMessageStatusEnum


class UnlockConnectorRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    connector_id: Int = field(name="connectorId")


class UnlockConnectorResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UnlockConnectorStatusEnum


class UpdateFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: str
    retrieve_date: Instant = field(name="retrieveDate")
    retries: Maybe[Int] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")


class UpdateFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    pass
