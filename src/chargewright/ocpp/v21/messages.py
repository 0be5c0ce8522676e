"""Messages of OCPP 2.1: written by tools/generate_messages.py, never edited.

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
IntFrom0To3 = Annotated[int, Meta(ge=0, le=3)]
IntFrom1 = Annotated[int, Meta(ge=1, le=9223372036854775807)]
RateMaximum0_0 = Annotated[Decimal, Meta(extra={"maximum": "0.0"})]
Str100 = Annotated[str, Meta(max_length=100)]
Str1000 = Annotated[str, Meta(max_length=1000)]
Str10000 = Annotated[str, Meta(max_length=10000)]
Str1024 = Annotated[str, Meta(max_length=1024)]
Str11000 = Annotated[str, Meta(max_length=11000)]
Str128 = Annotated[str, Meta(max_length=128)]
Str16 = Annotated[str, Meta(max_length=16)]
Str160 = Annotated[str, Meta(max_length=160)]
Str17000 = Annotated[str, Meta(max_length=17000)]
Str18000 = Annotated[str, Meta(max_length=18000)]
Str20 = Annotated[str, Meta(max_length=20)]
Str200 = Annotated[str, Meta(max_length=200)]
Str2000 = Annotated[str, Meta(max_length=2000)]
Str25 = Annotated[str, Meta(max_length=25)]
Str2500 = Annotated[str, Meta(max_length=2500)]
Str255 = Annotated[str, Meta(max_length=255)]
Str256 = Annotated[str, Meta(max_length=256)]
Str3 = Annotated[str, Meta(max_length=3)]
Str32 = Annotated[str, Meta(max_length=32)]
Str32768 = Annotated[str, Meta(max_length=32768)]
Str36 = Annotated[str, Meta(max_length=36)]
Str40 = Annotated[str, Meta(max_length=40)]
Str48 = Annotated[str, Meta(max_length=48)]
Str50 = Annotated[str, Meta(max_length=50)]
Str500 = Annotated[str, Meta(max_length=500)]
Str512 = Annotated[str, Meta(max_length=512)]
Str5500 = Annotated[str, Meta(max_length=5500)]
Str6 = Annotated[str, Meta(max_length=6)]
Str60 = Annotated[str, Meta(max_length=60)]
Str64 = Annotated[str, Meta(max_length=64)]
Str8 = Annotated[str, Meta(max_length=8)]
Str80 = Annotated[str, Meta(max_length=80)]
Str800 = Annotated[str, Meta(max_length=800)]
Str88 = Annotated[str, Meta(max_length=88)]

APNAuthenticationEnum = Literal["PAP", "CHAP", "NONE", "AUTO"]
AttributeEnum = Literal["Actual", "Target", "MinSet", "MaxSet"]
AuthorizationStatusEnum = Literal["Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid", "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown"]
AuthorizeCertificateStatusEnum = Literal["Accepted", "SignatureError", "CertificateExpired", "CertificateRevoked", "NoCertificateAvailable", "CertChainError", "ContractCancelled"]
BatterySwapEventEnum = Literal["BatteryIn", "BatteryOut", "BatteryOutTimeout"]
BootReasonEnum = Literal["ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset", "Triggered", "Unknown", "Watchdog"]
CancelReservationStatusEnum = Literal["Accepted", "Rejected"]
CertificateActionEnum = Literal["Install", "Update"]
CertificateSignedStatusEnum = Literal["Accepted", "Rejected"]
CertificateSigningUseEnum = Literal["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"]
CertificateStatusEnum = Literal["Good", "Revoked", "Unknown", "Failed"]
CertificateStatusSourceEnum = Literal["CRL", "OCSP"]
ChangeAvailabilityStatusEnum = Literal["Accepted", "Rejected", "Scheduled"]
ChargingProfileKindEnum = Literal["Absolute", "Recurring", "Relative", "Dynamic"]
ChargingProfilePurposeEnum = Literal["ChargingStationExternalConstraints", "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile", "PriorityCharging", "LocalGeneration"]
ChargingProfileStatusEnum = Literal["Accepted", "Rejected"]
ChargingRateUnitEnum = Literal["W", "A"]
ChargingStateEnum = Literal["EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle"]
ClearCacheStatusEnum = Literal["Accepted", "Rejected"]
ClearChargingProfileStatusEnum = Literal["Accepted", "Unknown"]
ClearMessageStatusEnum = Literal["Accepted", "Unknown", "Rejected"]
ClearMonitoringStatusEnum = Literal["Accepted", "Rejected", "NotFound"]
ComponentCriterionEnum = Literal["Active", "Available", "Enabled", "Problem"]
ConnectorStatusEnum = Literal["Available", "Occupied", "Reserved", "Unavailable", "Faulted"]
ControlModeEnum = Literal["ScheduledControl", "DynamicControl"]
CostDimensionEnum = Literal["Energy", "MaxCurrent", "MinCurrent", "MaxPower", "MinPower", "IdleTIme", "ChargingTime"]
CostKindEnum = Literal["CarbonDioxideEmission", "RelativePricePercentage", "RenewableGenerationPercentage"]
CustomerInformationStatusEnum = Literal["Accepted", "Rejected", "Invalid"]
DERControlEnum = Literal["EnterService", "FreqDroop", "FreqWatt", "FixedPFAbsorb", "FixedPFInject", "FixedVar", "Gradients", "HFMustTrip", "HFMayTrip", "HVMustTrip", "HVMomCess", "HVMayTrip", "LimitMaxDischarge", "LFMustTrip", "LVMustTrip", "LVMomCess", "LVMayTrip", "PowerMonitoringMustTrip", "VoltVar", "VoltWatt", "WattPF", "WattVar"]
DERControlStatusEnum = Literal["Accepted", "Rejected", "NotSupported", "NotFound"]
DERUnitEnum = Literal["Not_Applicable", "PctMaxW", "PctMaxVar", "PctWAvail", "PctVarAvail", "PctEffectiveV"]
DataEnum = Literal["string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList"]
DataTransferStatusEnum = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
DayOfWeekEnum = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DeleteCertificateStatusEnum = Literal["Accepted", "Failed", "NotFound"]
DisplayMessageStatusEnum = Literal["Accepted", "NotSupportedMessageFormat", "Rejected", "NotSupportedPriority", "NotSupportedState", "UnknownTransaction", "LanguageNotSupported"]
EnergyTransferModeEnum = Literal["AC_single_phase", "AC_two_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT", "DC_ACDP", "DC_ACDP_BPT", "WPT"]
EventNotificationEnum = Literal["HardWiredNotification", "HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"]
EventTriggerEnum = Literal["Alerting", "Delta", "Periodic"]
EvseKindEnum = Literal["AC", "DC"]
FirmwareStatusEnum = Literal["Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle", "InstallationFailed", "Installing", "Installed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed", "InvalidSignature", "SignatureVerified"]
GenericDeviceModelStatusEnum = Literal["Accepted", "Rejected", "NotSupported", "EmptyResultSet"]
GenericStatusEnum = Literal["Accepted", "Rejected"]
GetCertificateIdUseEnum = Literal["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "V2GCertificateChain", "ManufacturerRootCertificate", "OEMRootCertificate"]
GetCertificateStatusEnum = Literal["Accepted", "Failed"]
GetChargingProfileStatusEnum = Literal["Accepted", "NoProfiles"]
GetDisplayMessagesStatusEnum = Literal["Accepted", "Unknown"]
GetInstalledCertificateStatusEnum = Literal["Accepted", "NotFound"]
GetVariableStatusEnum = Literal["Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"]
GridEventFaultEnum = Literal["CurrentImbalance", "LocalEmergency", "LowInputPower", "OverCurrent", "OverFrequency", "OverVoltage", "PhaseRotation", "RemoteEmergency", "UnderFrequency", "UnderVoltage", "VoltageImbalance"]
HashAlgorithmEnum = Literal["SHA256", "SHA384", "SHA512"]
InstallCertificateStatusEnum = Literal["Accepted", "Rejected", "Failed"]
InstallCertificateUseEnum = Literal["V2GRootCertificate", "MORootCertificate", "ManufacturerRootCertificate", "CSMSRootCertificate", "OEMRootCertificate"]
IslandingDetectionEnum = Literal["NoAntiIslandingSupport", "RoCoF", "UVP_OVP", "UFP_OFP", "VoltageVectorShift", "ZeroCrossingDetection", "OtherPassive", "ImpedanceMeasurement", "ImpedanceAtFrequency", "SlipModeFrequencyShift", "SandiaFrequencyShift", "SandiaVoltageShift", "FrequencyJump", "RCLQFactor", "OtherActive"]
Iso15118EVCertificateStatusEnum = Literal["Accepted", "Failed"]
LocationEnum = Literal["Body", "Cable", "EV", "Inlet", "Outlet", "Upstream"]
LogEnum = Literal["DiagnosticsLog", "SecurityLog", "DataCollectorLog"]
LogStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled"]
MeasurandEnum = Literal["Current.Export", "Current.Export.Offered", "Current.Export.Minimum", "Current.Import", "Current.Import.Offered", "Current.Import.Minimum", "Current.Offered", "Display.PresentSOC", "Display.MinimumSOC", "Display.TargetSOC", "Display.MaximumSOC", "Display.RemainingTimeToMinimumSOC", "Display.RemainingTimeToTargetSOC", "Display.RemainingTimeToMaximumSOC", "Display.ChargingComplete", "Display.BatteryEnergyCapacity", "Display.InletHot", "Energy.Active.Export.Interval", "Energy.Active.Export.Register", "Energy.Active.Import.Interval", "Energy.Active.Import.Register", "Energy.Active.Import.CableLoss", "Energy.Active.Import.LocalGeneration.Register", "Energy.Active.Net", "Energy.Active.Setpoint.Interval", "Energy.Apparent.Export", "Energy.Apparent.Import", "Energy.Apparent.Net", "Energy.Reactive.Export.Interval", "Energy.Reactive.Export.Register", "Energy.Reactive.Import.Interval", "Energy.Reactive.Import.Register", "Energy.Reactive.Net", "EnergyRequest.Target", "EnergyRequest.Minimum", "EnergyRequest.Maximum", "EnergyRequest.Minimum.V2X", "EnergyRequest.Maximum.V2X", "EnergyRequest.Bulk", "Frequency", "Power.Active.Export", "Power.Active.Import", "Power.Active.Setpoint", "Power.Active.Residual", "Power.Export.Minimum", "Power.Export.Offered", "Power.Factor", "Power.Import.Offered", "Power.Import.Minimum", "Power.Offered", "Power.Reactive.Export", "Power.Reactive.Import", "SoC", "Voltage", "Voltage.Minimum", "Voltage.Maximum"]
MessageFormatEnum = Literal["ASCII", "HTML", "URI", "UTF8", "QRCODE"]
MessagePriorityEnum = Literal["AlwaysFront", "InFront", "NormalCycle"]
MessageStateEnum = Literal["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"]
MessageTriggerEnum = Literal["BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "SignChargingStationCertificate", "SignV2GCertificate", "SignV2G20Certificate", "StatusNotification", "TransactionEvent", "SignCombinedCertificate", "PublishFirmwareStatusNotification", "CustomTrigger"]
MobilityNeedsModeEnum = Literal["EVCC", "EVCC_SECC"]
MonitorEnum = Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned", "TargetDelta", "TargetDeltaRelative"]
MonitoringBaseEnum = Literal["All", "FactoryDefault", "HardWiredOnly"]
MonitoringCriterionEnum = Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]
MutabilityEnum = Literal["ReadOnly", "WriteOnly", "ReadWrite"]
NotifyAllowedEnergyTransferStatusEnum = Literal["Accepted", "Rejected"]
NotifyEVChargingNeedsStatusEnum = Literal["Accepted", "Rejected", "Processing", "NoChargingProfile"]
OCPPInterfaceEnum = Literal["Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3", "Any"]
OCPPTransportEnum = Literal["SOAP", "JSON"]
OCPPVersionEnum = Literal["OCPP12", "OCPP15", "OCPP16", "OCPP20", "OCPP201", "OCPP21"]
OperationModeEnum = Literal["Idle", "ChargingOnly", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits", "CentralFrequency", "LocalFrequency", "LocalLoadBalancing"]
OperationalStatusEnum = Literal["Inoperative", "Operative"]
PaymentStatusEnum = Literal["Settled", "Canceled", "Rejected", "Failed"]
PhaseEnum = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
PowerDuringCessationEnum = Literal["Active", "Reactive"]
PreconditioningStatusEnum = Literal["Unknown", "Ready", "NotReady", "Preconditioning"]
PriorityChargingStatusEnum = Literal["Accepted", "Rejected", "NoProfile"]
PublishFirmwareStatusEnum = Literal["Idle", "DownloadScheduled", "Downloading", "Downloaded", "Published", "DownloadFailed", "DownloadPaused", "InvalidChecksum", "ChecksumVerified", "PublishFailed"]
ReadingContextEnum = Literal["Interruption.Begin", "Interruption.End", "Other", "Sample.Clock", "Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger"]
ReasonEnum = Literal["DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset", "MasterPass", "Local", "LocalOutOfCredit", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality", "Reboot", "Remote", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout", "ReqEnergyTransferRejected"]
RecurrencyKindEnum = Literal["Daily", "Weekly"]
RegistrationStatusEnum = Literal["Accepted", "Pending", "Rejected"]
ReportBaseEnum = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]
RequestStartStopStatusEnum = Literal["Accepted", "Rejected"]
ReservationUpdateStatusEnum = Literal["Expired", "Removed", "NoTransaction"]
ReserveNowStatusEnum = Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
ResetEnum = Literal["Immediate", "OnIdle", "ImmediateAndResume"]
ResetStatusEnum = Literal["Accepted", "Rejected", "Scheduled"]
SendLocalListStatusEnum = Literal["Accepted", "Failed", "VersionMismatch"]
SetMonitoringStatusEnum = Literal["Accepted", "UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate"]
SetNetworkProfileStatusEnum = Literal["Accepted", "Rejected", "Failed"]
SetVariableStatusEnum = Literal["Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType", "RebootRequired"]
TariffChangeStatusEnum = Literal["Accepted", "Rejected", "TooManyElements", "ConditionNotSupported", "TxNotFound", "NoCurrencyChange"]
TariffClearStatusEnum = Literal["Accepted", "Rejected", "NoTariff"]
TariffCostEnum = Literal["NormalCost", "MinCost", "MaxCost"]
TariffGetStatusEnum = Literal["Accepted", "Rejected", "NoTariff"]
TariffKindEnum = Literal["DefaultTariff", "DriverTariff"]
TariffSetStatusEnum = Literal["Accepted", "Rejected", "TooManyElements", "ConditionNotSupported", "DuplicateTariffId"]
TransactionEventEnum = Literal["Ended", "Started", "Updated"]
TriggerMessageStatusEnum = Literal["Accepted", "Rejected", "NotImplemented"]
TriggerReasonEnum = Literal["AbnormalCondition", "Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged", "CostLimitReached", "Deauthorized", "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout", "EVDeparted", "EVDetected", "LimitSet", "MeterValueClock", "MeterValuePeriodic", "OperationModeChanged", "RemoteStart", "RemoteStop", "ResetCommand", "RunningCost", "SignedDataReceived", "SoCLimitReached", "StopAuthorized", "TariffChanged", "TariffNotAccepted", "TimeLimitReached", "Trigger", "TxResumed", "UnlockCommand"]
UnlockStatusEnum = Literal["Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"]
UnpublishFirmwareStatusEnum = Literal["DownloadOngoing", "NoFirmware", "Unpublished"]
UpdateEnum = Literal["Differential", "Full"]
UpdateFirmwareStatusEnum = Literal["Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"]
UploadLogStatusEnum = Literal["BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading", "AcceptedCanceled"]
VPNEnum = Literal["IKEv2", "IPSec", "L2TP", "PPTP"]


class AFRRSignalRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    timestamp: Instant
    signal: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StatusInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reason_code: Str20 = field(name="reasonCode")
    additional_info: Maybe[Str1024] = field(default=None, name="additionalInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AFRRSignalResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PeriodicEventStreamParams(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    interval: Maybe[IntFrom0] = None
    values: Maybe[IntFrom0] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AdjustPeriodicEventStreamRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    params: PeriodicEventStreamParams
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AdjustPeriodicEventStreamResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AdditionalInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    additional_id_token: Str255 = field(name="additionalIdToken")
    type: Str50
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class IdToken(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: Str255 = field(name="idToken")
    type: Str20
    additional_info: Maybe[Annotated[list[AdditionalInfo], Meta(min_length=1)]] = field(default=None, name="additionalInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class OCSPRequestData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hash_algorithm: HashAlgorithmEnum = field(name="hashAlgorithm")
    issuer_name_hash: Str128 = field(name="issuerNameHash")
    issuer_key_hash: Str128 = field(name="issuerKeyHash")
    serial_number: Str40 = field(name="serialNumber")
    responder_url: Str2000 = field(name="responderURL")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AuthorizeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    certificate: Maybe[Str10000] = None
    iso15118_certificate_hash_data: Maybe[Annotated[list[OCSPRequestData], Meta(min_length=1, max_length=4)]] = field(default=None, name="iso15118CertificateHashData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MessageContent(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    format: MessageFormatEnum
    content: Str1024
    language: Maybe[Str8] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class IdTokenInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: AuthorizationStatusEnum
    cache_expiry_date_time: Maybe[Instant] = field(default=None, name="cacheExpiryDateTime")
    charging_priority: Maybe[Int] = field(default=None, name="chargingPriority")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")
    language1: Maybe[Str8] = None
    language2: Maybe[Str8] = None
    evse_id: Maybe[Annotated[list[IntFrom0], Meta(min_length=1)]] = field(default=None, name="evseId")
    personal_message: Maybe[MessageContent] = field(default=None, name="personalMessage")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffConditions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_time_of_day: Maybe[str] = field(default=None, name="startTimeOfDay")
    end_time_of_day: Maybe[str] = field(default=None, name="endTimeOfDay")
    day_of_week: Maybe[Annotated[list[DayOfWeekEnum], Meta(min_length=1, max_length=7)]] = field(default=None, name="dayOfWeek")
    valid_from_date: Maybe[str] = field(default=None, name="validFromDate")
    valid_to_date: Maybe[str] = field(default=None, name="validToDate")
    evse_kind: Maybe[EvseKindEnum] = field(default=None, name="evseKind")
    min_energy: Maybe[float] = field(default=None, name="minEnergy")
    max_energy: Maybe[float] = field(default=None, name="maxEnergy")
    min_current: Maybe[float] = field(default=None, name="minCurrent")
    max_current: Maybe[float] = field(default=None, name="maxCurrent")
    min_power: Maybe[float] = field(default=None, name="minPower")
    max_power: Maybe[float] = field(default=None, name="maxPower")
    min_time: Maybe[Int] = field(default=None, name="minTime")
    max_time: Maybe[Int] = field(default=None, name="maxTime")
    min_charging_time: Maybe[Int] = field(default=None, name="minChargingTime")
    max_charging_time: Maybe[Int] = field(default=None, name="maxChargingTime")
    min_idle_time: Maybe[Int] = field(default=None, name="minIdleTime")
    max_idle_time: Maybe[Int] = field(default=None, name="maxIdleTime")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffEnergyPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    price_kwh: float = field(name="priceKwh")
    conditions: Maybe[TariffConditions] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TaxRate(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: Str20
    tax: float
    stack: Maybe[IntFrom0] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffEnergy(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    prices: Annotated[list[TariffEnergyPrice], Meta(min_length=1)]
    tax_rates: Maybe[Annotated[list[TaxRate], Meta(min_length=1, max_length=5)]] = field(default=None, name="taxRates")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffTimePrice(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    price_minute: float = field(name="priceMinute")
    conditions: Maybe[TariffConditions] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffTime(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    prices: Annotated[list[TariffTimePrice], Meta(min_length=1)]
    tax_rates: Maybe[Annotated[list[TaxRate], Meta(min_length=1, max_length=5)]] = field(default=None, name="taxRates")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffConditionsFixed(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_time_of_day: Maybe[str] = field(default=None, name="startTimeOfDay")
    end_time_of_day: Maybe[str] = field(default=None, name="endTimeOfDay")
    day_of_week: Maybe[Annotated[list[DayOfWeekEnum], Meta(min_length=1, max_length=7)]] = field(default=None, name="dayOfWeek")
    valid_from_date: Maybe[str] = field(default=None, name="validFromDate")
    valid_to_date: Maybe[str] = field(default=None, name="validToDate")
    evse_kind: Maybe[EvseKindEnum] = field(default=None, name="evseKind")
    payment_brand: Maybe[Str20] = field(default=None, name="paymentBrand")
    payment_recognition: Maybe[Str20] = field(default=None, name="paymentRecognition")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffFixedPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    price_fixed: float = field(name="priceFixed")
    conditions: Maybe[TariffConditionsFixed] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffFixed(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    prices: Annotated[list[TariffFixedPrice], Meta(min_length=1)]
    tax_rates: Maybe[Annotated[list[TaxRate], Meta(min_length=1, max_length=5)]] = field(default=None, name="taxRates")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Price(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    excl_tax: Maybe[float] = field(default=None, name="exclTax")
    incl_tax: Maybe[float] = field(default=None, name="inclTax")
    tax_rates: Maybe[Annotated[list[TaxRate], Meta(min_length=1, max_length=5)]] = field(default=None, name="taxRates")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Tariff(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    tariff_id: Str60 = field(name="tariffId")
    currency: Str3
    description: Maybe[Annotated[list[MessageContent], Meta(min_length=1, max_length=10)]] = None
    energy: Maybe[TariffEnergy] = None
    valid_from: Maybe[Instant] = field(default=None, name="validFrom")
    charging_time: Maybe[TariffTime] = field(default=None, name="chargingTime")
    idle_time: Maybe[TariffTime] = field(default=None, name="idleTime")
    fixed_fee: Maybe[TariffFixed] = field(default=None, name="fixedFee")
    reservation_time: Maybe[TariffTime] = field(default=None, name="reservationTime")
    reservation_fixed: Maybe[TariffFixed] = field(default=None, name="reservationFixed")
    min_cost: Maybe[Price] = field(default=None, name="minCost")
    max_cost: Maybe[Price] = field(default=None, name="maxCost")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AuthorizeResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token_info: IdTokenInfo = field(name="idTokenInfo")
    certificate_status: Maybe[AuthorizeCertificateStatusEnum] = field(default=None, name="certificateStatus")
    allowed_energy_transfer: Maybe[Annotated[list[EnergyTransferModeEnum], Meta(min_length=1)]] = field(default=None, name="allowedEnergyTransfer")
    tariff: Maybe[Tariff] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class BatteryData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    serial_number: Str50 = field(name="serialNumber")
    soc: Annotated[float, Meta(ge=0.0, le=100.0)] = field(name="soC")
    soh: Annotated[float, Meta(ge=0.0, le=100.0)] = field(name="soH")
    production_date: Maybe[Instant] = field(default=None, name="productionDate")
    vendor_info: Maybe[Str500] = field(default=None, name="vendorInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class BatterySwapRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    battery_data: Annotated[list[BatteryData], Meta(min_length=1)] = field(name="batteryData")
    event_type: BatterySwapEventEnum = field(name="eventType")
    id_token: IdToken = field(name="idToken")
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class BatterySwapResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Modem(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    iccid: Maybe[Str20] = None
    imsi: Maybe[Str20] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingStation(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    model: Str20
    vendor_name: Str50 = field(name="vendorName")
    serial_number: Maybe[Str25] = field(default=None, name="serialNumber")
    modem: Maybe[Modem] = None
    firmware_version: Maybe[Str50] = field(default=None, name="firmwareVersion")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class BootNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_station: ChargingStation = field(name="chargingStation")
    reason: BootReasonEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class BootNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    current_time: Instant = field(name="currentTime")
    interval: Int
    status: RegistrationStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CancelReservationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reservation_id: IntFrom0 = field(name="reservationId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CancelReservationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CancelReservationStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateSignedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_chain: Str10000 = field(name="certificateChain")
    certificate_type: Maybe[CertificateSigningUseEnum] = field(default=None, name="certificateType")
    request_id: Maybe[Int] = field(default=None, name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateSignedResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CertificateSignedStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVSE(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    connector_id: Maybe[IntFrom0] = field(default=None, name="connectorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChangeAvailabilityRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    operational_status: OperationalStatusEnum = field(name="operationalStatus")
    evse: Maybe[EVSE] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChangeAvailabilityResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChangeAvailabilityStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChangeTransactionTariffRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    tariff: Tariff
    transaction_id: Str36 = field(name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChangeTransactionTariffResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TariffChangeStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearCacheRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearCacheResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearCacheStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    charging_profile_purpose: Maybe[ChargingProfilePurposeEnum] = field(default=None, name="chargingProfilePurpose")
    stack_level: Maybe[IntFrom0] = field(default=None, name="stackLevel")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_profile_id: Maybe[Int] = field(default=None, name="chargingProfileId")
    charging_profile_criteria: Maybe[ClearChargingProfile] = field(default=None, name="chargingProfileCriteria")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearChargingProfileStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearDERControlRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    is_default: bool = field(name="isDefault")
    control_type: Maybe[DERControlEnum] = field(default=None, name="controlType")
    control_id: Maybe[Str36] = field(default=None, name="controlId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearDERControlResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DERControlStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearDisplayMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearDisplayMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearMessageStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearTariffsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    tariff_ids: Maybe[Annotated[list[Str60], Meta(min_length=1)]] = field(default=None, name="tariffIds")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearTariffsResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TariffClearStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    tariff_id: Maybe[Str60] = field(default=None, name="tariffId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearTariffsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    clear_tariffs_result: Annotated[list[ClearTariffsResult], Meta(min_length=1)] = field(name="clearTariffsResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearVariableMonitoringRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Annotated[list[IntFrom0], Meta(min_length=1)]
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearMonitoringResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ClearMonitoringStatusEnum
    id: IntFrom0
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearVariableMonitoringResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    clear_monitoring_result: Annotated[list[ClearMonitoringResult], Meta(min_length=1)] = field(name="clearMonitoringResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearedChargingLimitRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit_source: Str20 = field(name="chargingLimitSource")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClearedChargingLimitResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClosePeriodicEventStreamRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ClosePeriodicEventStreamResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
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
    request_id: IntFrom0 = field(name="requestId")
    report: bool
    clear: bool
    customer_certificate: Maybe[CertificateHashData] = field(default=None, name="customerCertificate")
    id_token: Maybe[IdToken] = field(default=None, name="idToken")
    customer_identifier: Maybe[Str64] = field(default=None, name="customerIdentifier")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CustomerInformationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: CustomerInformationStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DataTransferRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    vendor_id: Str255 = field(name="vendorId")
    message_id: Maybe[Str50] = field(default=None, name="messageId")
    data: Maybe[Any] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DataTransferResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DataTransferStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    data: Maybe[Any] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DeleteCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DeleteCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DeleteCertificateStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: FirmwareStatusEnum
    request_id: Maybe[Int] = field(default=None, name="requestId")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Get15118EVCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    iso15118_schema_version: Str50 = field(name="iso15118SchemaVersion")
    action: CertificateActionEnum
    exi_request: Str11000 = field(name="exiRequest")
    maximum_contract_certificate_chains: Maybe[IntFrom0] = field(default=None, name="maximumContractCertificateChains")
    prioritized_emai_ds: Maybe[Annotated[list[Str255], Meta(min_length=1, max_length=8)]] = field(default=None, name="prioritizedEMAIDs")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Get15118EVCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: Iso15118EVCertificateStatusEnum
    exi_response: Str17000 = field(name="exiResponse")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    remaining_contracts: Maybe[IntFrom0] = field(default=None, name="remainingContracts")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetBaseReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    report_base: ReportBaseEnum = field(name="reportBase")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetBaseReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateStatusRequestInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    source: CertificateStatusSourceEnum
    urls: Annotated[list[Str2000], Meta(min_length=1, max_length=5)]
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCertificateChainStatusRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_status_requests: Annotated[list[CertificateStatusRequestInfo], Meta(min_length=1, max_length=4)] = field(name="certificateStatusRequests")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateStatus(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    source: CertificateStatusSourceEnum
    status: CertificateStatusEnum
    next_update: Instant = field(name="nextUpdate")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCertificateChainStatusResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_status: Annotated[list[CertificateStatus], Meta(min_length=1, max_length=4)] = field(name="certificateStatus")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCertificateStatusRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ocsp_request_data: OCSPRequestData = field(name="ocspRequestData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCertificateStatusResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetCertificateStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    ocsp_result: Maybe[Str18000] = field(default=None, name="ocspResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingProfileCriterion(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_profile_purpose: Maybe[ChargingProfilePurposeEnum] = field(default=None, name="chargingProfilePurpose")
    stack_level: Maybe[IntFrom0] = field(default=None, name="stackLevel")
    charging_profile_id: Maybe[Annotated[list[Int], Meta(min_length=1)]] = field(default=None, name="chargingProfileId")
    charging_limit_source: Maybe[Annotated[list[Str20], Meta(min_length=1, max_length=4)]] = field(default=None, name="chargingLimitSource")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetChargingProfilesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    charging_profile: ChargingProfileCriterion = field(name="chargingProfile")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetChargingProfilesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetChargingProfileStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCompositeScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    evse_id: IntFrom0 = field(name="evseId")
    charging_rate_unit: Maybe[ChargingRateUnitEnum] = field(default=None, name="chargingRateUnit")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class V2XFreqWattPoint(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    frequency: float
    power: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class V2XSignalWattPoint(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    signal: Int
    power: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingSchedulePeriod(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_period: Int = field(name="startPeriod")
    limit: Maybe[Decimal] = None
    limit_l2: Maybe[Decimal] = field(default=None, name="limit_L2")
    limit_l3: Maybe[Decimal] = field(default=None, name="limit_L3")
    number_phases: Maybe[IntFrom0To3] = field(default=None, name="numberPhases")
    phase_to_use: Maybe[IntFrom0To3] = field(default=None, name="phaseToUse")
    discharge_limit: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit")
    discharge_limit_l2: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit_L2")
    discharge_limit_l3: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit_L3")
    setpoint: Maybe[Decimal] = None
    setpoint_l2: Maybe[Decimal] = field(default=None, name="setpoint_L2")
    setpoint_l3: Maybe[Decimal] = field(default=None, name="setpoint_L3")
    setpoint_reactive: Maybe[Decimal] = field(default=None, name="setpointReactive")
    setpoint_reactive_l2: Maybe[Decimal] = field(default=None, name="setpointReactive_L2")
    setpoint_reactive_l3: Maybe[Decimal] = field(default=None, name="setpointReactive_L3")
    preconditioning_request: Maybe[bool] = field(default=None, name="preconditioningRequest")
    evse_sleep: Maybe[bool] = field(default=None, name="evseSleep")
    v2x_baseline: Maybe[float] = field(default=None, name="v2xBaseline")
    operation_mode: Maybe[OperationModeEnum] = field(default=None, name="operationMode")
    v2x_freq_watt_curve: Maybe[Annotated[list[V2XFreqWattPoint], Meta(min_length=1, max_length=20)]] = field(default=None, name="v2xFreqWattCurve")
    v2x_signal_watt_curve: Maybe[Annotated[list[V2XSignalWattPoint], Meta(min_length=1, max_length=20)]] = field(default=None, name="v2xSignalWattCurve")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CompositeSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    duration: Int
    schedule_start: Instant = field(name="scheduleStart")
    charging_rate_unit: ChargingRateUnitEnum = field(name="chargingRateUnit")
    charging_schedule_period: Annotated[list[ChargingSchedulePeriod], Meta(min_length=1)] = field(name="chargingSchedulePeriod")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetCompositeScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    schedule: Maybe[CompositeSchedule] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetDERControlRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    is_default: Maybe[bool] = field(default=None, name="isDefault")
    control_type: Maybe[DERControlEnum] = field(default=None, name="controlType")
    control_id: Maybe[Str36] = field(default=None, name="controlId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetDERControlResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DERControlStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetDisplayMessagesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    id: Maybe[Annotated[list[IntFrom0], Meta(min_length=1)]] = None
    priority: Maybe[MessagePriorityEnum] = None
    state: Maybe[MessageStateEnum] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetDisplayMessagesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetDisplayMessagesStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetInstalledCertificateIdsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_type: Maybe[Annotated[list[GetCertificateIdUseEnum], Meta(min_length=1)]] = field(default=None, name="certificateType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CertificateHashDataChain(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    certificate_hash_data: CertificateHashData = field(name="certificateHashData")
    certificate_type: GetCertificateIdUseEnum = field(name="certificateType")
    child_certificate_hash_data: Maybe[Annotated[list[CertificateHashData], Meta(min_length=1, max_length=4)]] = field(default=None, name="childCertificateHashData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetInstalledCertificateIdsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GetInstalledCertificateStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    certificate_hash_data_chain: Maybe[Annotated[list[CertificateHashDataChain], Meta(min_length=1)]] = field(default=None, name="certificateHashDataChain")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetLocalListVersionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetLocalListVersionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    version_number: Int = field(name="versionNumber")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LogParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    remote_location: Str2000 = field(name="remoteLocation")
    oldest_timestamp: Maybe[Instant] = field(default=None, name="oldestTimestamp")
    latest_timestamp: Maybe[Instant] = field(default=None, name="latestTimestamp")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetLogRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    log: LogParameters
    log_type: LogEnum = field(name="logType")
    request_id: Int = field(name="requestId")
    retries: Maybe[IntFrom0] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetLogResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: LogStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    filename: Maybe[Str255] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Component(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    name: Str50
    evse: Maybe[EVSE] = None
    instance: Maybe[Str50] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Variable(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    name: Str50
    instance: Maybe[Str50] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ComponentVariable(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Maybe[Variable] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetMonitoringReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    component_variable: Maybe[Annotated[list[ComponentVariable], Meta(min_length=1)]] = field(default=None, name="componentVariable")
    monitoring_criteria: Maybe[Annotated[list[MonitoringCriterionEnum], Meta(min_length=1, max_length=3)]] = field(default=None, name="monitoringCriteria")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetMonitoringReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetPeriodicEventStreamRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ConstantStreamData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    params: PeriodicEventStreamParams
    variable_monitoring_id: IntFrom0 = field(name="variableMonitoringId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetPeriodicEventStreamResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    constant_stream_data: Maybe[Annotated[list[ConstantStreamData], Meta(min_length=1)]] = field(default=None, name="constantStreamData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    component_variable: Maybe[Annotated[list[ComponentVariable], Meta(min_length=1)]] = field(default=None, name="componentVariable")
    component_criteria: Maybe[Annotated[list[ComponentCriterionEnum], Meta(min_length=1, max_length=4)]] = field(default=None, name="componentCriteria")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetTariffsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TariffAssignment(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    tariff_id: Str60 = field(name="tariffId")
    tariff_kind: TariffKindEnum = field(name="tariffKind")
    valid_from: Maybe[Instant] = field(default=None, name="validFrom")
    evse_ids: Maybe[Annotated[list[IntFrom0], Meta(min_length=1)]] = field(default=None, name="evseIds")
    id_tokens: Maybe[Annotated[list[Str255], Meta(min_length=1)]] = field(default=None, name="idTokens")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetTariffsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TariffGetStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    tariff_assignments: Maybe[Annotated[list[TariffAssignment], Meta(min_length=1)]] = field(default=None, name="tariffAssignments")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetTransactionStatusRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetTransactionStatusResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    messages_in_queue: bool = field(name="messagesInQueue")
    ongoing_indicator: Maybe[bool] = field(default=None, name="ongoingIndicator")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetVariableData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetVariablesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    get_variable_data: Annotated[list[GetVariableData], Meta(min_length=1)] = field(name="getVariableData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GetVariableResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_status: GetVariableStatusEnum = field(name="attributeStatus")
    component: Component
    variable: Variable
    attribute_status_info: Maybe[StatusInfo] = field(default=None, name="attributeStatusInfo")
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    attribute_value: Maybe[Str2500] = field(default=None, name="attributeValue")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


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
    certificate: Str10000
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class InstallCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: InstallCertificateStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LogStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UploadLogStatusEnum
    request_id: Maybe[Int] = field(default=None, name="requestId")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LogStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SignedMeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    signed_meter_data: Str32768 = field(name="signedMeterData")
    encoding_method: Str50 = field(name="encodingMethod")
    signing_method: Maybe[Str50] = field(default=None, name="signingMethod")
    public_key: Maybe[Str2500] = field(default=None, name="publicKey")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnitOfMeasure(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    unit: Maybe[Str20] = None
    multiplier: Maybe[Int] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SampledValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: float
    measurand: Maybe[MeasurandEnum] = None
    context: Maybe[ReadingContextEnum] = None
    phase: Maybe[PhaseEnum] = None
    location: Maybe[LocationEnum] = None
    signed_meter_value: Maybe[SignedMeterValue] = field(default=None, name="signedMeterValue")
    unit_of_measure: Maybe[UnitOfMeasure] = field(default=None, name="unitOfMeasure")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MeterValue(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)] = field(name="sampledValue")
    timestamp: Instant
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MeterValuesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)] = field(name="meterValue")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MeterValuesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyAllowedEnergyTransferRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    allowed_energy_transfer: Annotated[list[EnergyTransferModeEnum], Meta(min_length=1)] = field(name="allowedEnergyTransfer")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyAllowedEnergyTransferResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: NotifyAllowedEnergyTransferStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingLimit(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit_source: Str20 = field(name="chargingLimitSource")
    is_local_generation: Maybe[bool] = field(default=None, name="isLocalGeneration")
    is_grid_critical: Maybe[bool] = field(default=None, name="isGridCritical")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LimitAtSoC(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    soc: IntFrom0To100
    limit: Decimal
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RelativeTimeInterval(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start: Int
    duration: Maybe[Int] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Cost(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    cost_kind: CostKindEnum = field(name="costKind")
    amount: Int
    amount_multiplier: Maybe[Int] = field(default=None, name="amountMultiplier")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ConsumptionCost(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_value: float = field(name="startValue")
    cost: Annotated[list[Cost], Meta(min_length=1, max_length=3)]
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SalesTariffEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    relative_time_interval: RelativeTimeInterval = field(name="relativeTimeInterval")
    e_price_level: Maybe[IntFrom0] = field(default=None, name="ePriceLevel")
    consumption_cost: Maybe[Annotated[list[ConsumptionCost], Meta(min_length=1, max_length=3)]] = field(default=None, name="consumptionCost")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SalesTariff(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    sales_tariff_entry: Annotated[list[SalesTariffEntry], Meta(min_length=1, max_length=1024)] = field(name="salesTariffEntry")
    sales_tariff_description: Maybe[Str32] = field(default=None, name="salesTariffDescription")
    num_e_price_levels: Maybe[IntFrom0] = field(default=None, name="numEPriceLevels")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RationalNumber(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    exponent: Int
    value: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PriceRule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    energy_fee: RationalNumber = field(name="energyFee")
    power_range_start: RationalNumber = field(name="powerRangeStart")
    parking_fee_period: Maybe[Int] = field(default=None, name="parkingFeePeriod")
    carbon_dioxide_emission: Maybe[IntFrom0] = field(default=None, name="carbonDioxideEmission")
    renewable_generation_percentage: Maybe[IntFrom0To100] = field(default=None, name="renewableGenerationPercentage")
    parking_fee: Maybe[RationalNumber] = field(default=None, name="parkingFee")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PriceRuleStack(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    price_rule: Annotated[list[PriceRule], Meta(min_length=1, max_length=8)] = field(name="priceRule")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TaxRule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    tax_rule_id: IntFrom0 = field(name="taxRuleID")
    applies_to_energy_fee: bool = field(name="appliesToEnergyFee")
    applies_to_parking_fee: bool = field(name="appliesToParkingFee")
    applies_to_overstay_fee: bool = field(name="appliesToOverstayFee")
    applies_to_minimum_maximum_cost: bool = field(name="appliesToMinimumMaximumCost")
    tax_rate: RationalNumber = field(name="taxRate")
    tax_rule_name: Maybe[Str100] = field(default=None, name="taxRuleName")
    tax_included_in_price: Maybe[bool] = field(default=None, name="taxIncludedInPrice")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class OverstayRule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    overstay_fee: RationalNumber = field(name="overstayFee")
    start_time: Int = field(name="startTime")
    overstay_fee_period: Int = field(name="overstayFeePeriod")
    overstay_rule_description: Maybe[Str32] = field(default=None, name="overstayRuleDescription")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class OverstayRuleList(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    overstay_rule: Annotated[list[OverstayRule], Meta(min_length=1, max_length=5)] = field(name="overstayRule")
    overstay_power_threshold: Maybe[RationalNumber] = field(default=None, name="overstayPowerThreshold")
    overstay_time_threshold: Maybe[Int] = field(default=None, name="overstayTimeThreshold")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AdditionalSelectedServices(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    service_fee: RationalNumber = field(name="serviceFee")
    service_name: Str80 = field(name="serviceName")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AbsolutePriceSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    time_anchor: Instant = field(name="timeAnchor")
    price_schedule_id: IntFrom0 = field(name="priceScheduleID")
    currency: Str3
    language: Str8
    price_algorithm: Str2000 = field(name="priceAlgorithm")
    price_rule_stacks: Annotated[list[PriceRuleStack], Meta(min_length=1, max_length=1024)] = field(name="priceRuleStacks")
    price_schedule_description: Maybe[Str160] = field(default=None, name="priceScheduleDescription")
    minimum_cost: Maybe[RationalNumber] = field(default=None, name="minimumCost")
    maximum_cost: Maybe[RationalNumber] = field(default=None, name="maximumCost")
    tax_rules: Maybe[Annotated[list[TaxRule], Meta(min_length=1, max_length=10)]] = field(default=None, name="taxRules")
    overstay_rule_list: Maybe[OverstayRuleList] = field(default=None, name="overstayRuleList")
    additional_selected_services: Maybe[Annotated[list[AdditionalSelectedServices], Meta(min_length=1, max_length=5)]] = field(default=None, name="additionalSelectedServices")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PriceLevelScheduleEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    price_level: IntFrom0 = field(name="priceLevel")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PriceLevelSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    price_level_schedule_entries: Annotated[list[PriceLevelScheduleEntry], Meta(min_length=1, max_length=100)] = field(name="priceLevelScheduleEntries")
    time_anchor: Instant = field(name="timeAnchor")
    price_schedule_id: IntFrom0 = field(name="priceScheduleId")
    number_of_price_levels: IntFrom0 = field(name="numberOfPriceLevels")
    price_schedule_description: Maybe[Str32] = field(default=None, name="priceScheduleDescription")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    charging_rate_unit: ChargingRateUnitEnum = field(name="chargingRateUnit")
    charging_schedule_period: Annotated[list[ChargingSchedulePeriod], Meta(min_length=1, max_length=1024)] = field(name="chargingSchedulePeriod")
    limit_at_soc: Maybe[LimitAtSoC] = field(default=None, name="limitAtSoC")
    start_schedule: Maybe[Instant] = field(default=None, name="startSchedule")
    duration: Maybe[Int] = None
    min_charging_rate: Maybe[Decimal] = field(default=None, name="minChargingRate")
    power_tolerance: Maybe[float] = field(default=None, name="powerTolerance")
    signature_id: Maybe[IntFrom0] = field(default=None, name="signatureId")
    digest_value: Maybe[Str88] = field(default=None, name="digestValue")
    use_local_time: Maybe[bool] = field(default=None, name="useLocalTime")
    randomized_delay: Maybe[IntFrom0] = field(default=None, name="randomizedDelay")
    sales_tariff: Maybe[SalesTariff] = field(default=None, name="salesTariff")
    absolute_price_schedule: Maybe[AbsolutePriceSchedule] = field(default=None, name="absolutePriceSchedule")
    price_level_schedule: Maybe[PriceLevelSchedule] = field(default=None, name="priceLevelSchedule")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyChargingLimitRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_limit: ChargingLimit = field(name="chargingLimit")
    charging_schedule: Maybe[Annotated[list[ChargingSchedule], Meta(min_length=1)]] = field(default=None, name="chargingSchedule")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyChargingLimitResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyCustomerInformationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data: Str512
    seq_no: IntFrom0 = field(name="seqNo")
    generated_at: Instant = field(name="generatedAt")
    request_id: IntFrom0 = field(name="requestId")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyCustomerInformationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDERAlarmRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    control_type: DERControlEnum = field(name="controlType")
    timestamp: Instant
    grid_event_fault: Maybe[GridEventFaultEnum] = field(default=None, name="gridEventFault")
    alarm_ended: Maybe[bool] = field(default=None, name="alarmEnded")
    extra_info: Maybe[Str200] = field(default=None, name="extraInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDERAlarmResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDERStartStopRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    control_id: Str36 = field(name="controlId")
    started: bool
    timestamp: Instant
    superseded_ids: Maybe[Annotated[list[Str36], Meta(min_length=1, max_length=24)]] = field(default=None, name="supersededIds")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDERStartStopResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MessageInfo(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    priority: MessagePriorityEnum
    message: MessageContent
    display: Maybe[Component] = None
    state: Maybe[MessageStateEnum] = None
    start_date_time: Maybe[Instant] = field(default=None, name="startDateTime")
    end_date_time: Maybe[Instant] = field(default=None, name="endDateTime")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    message_extra: Maybe[Annotated[list[MessageContent], Meta(min_length=1, max_length=4)]] = field(default=None, name="messageExtra")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDisplayMessagesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    message_info: Maybe[Annotated[list[MessageInfo], Meta(min_length=1)]] = field(default=None, name="messageInfo")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyDisplayMessagesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ACChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    energy_amount: float = field(name="energyAmount")
    ev_min_current: float = field(name="evMinCurrent")
    ev_max_current: float = field(name="evMaxCurrent")
    ev_max_voltage: float = field(name="evMaxVoltage")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DERChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ev_supported_der_control: Maybe[Annotated[list[DERControlEnum], Meta(min_length=1)]] = field(default=None, name="evSupportedDERControl")
    ev_over_excited_max_discharge_power: Maybe[float] = field(default=None, name="evOverExcitedMaxDischargePower")
    ev_over_excited_power_factor: Maybe[float] = field(default=None, name="evOverExcitedPowerFactor")
    ev_under_excited_max_discharge_power: Maybe[float] = field(default=None, name="evUnderExcitedMaxDischargePower")
    ev_under_excited_power_factor: Maybe[float] = field(default=None, name="evUnderExcitedPowerFactor")
    max_apparent_power: Maybe[float] = field(default=None, name="maxApparentPower")
    max_charge_apparent_power: Maybe[float] = field(default=None, name="maxChargeApparentPower")
    max_charge_apparent_power_l2: Maybe[float] = field(default=None, name="maxChargeApparentPower_L2")
    max_charge_apparent_power_l3: Maybe[float] = field(default=None, name="maxChargeApparentPower_L3")
    max_discharge_apparent_power: Maybe[float] = field(default=None, name="maxDischargeApparentPower")
    max_discharge_apparent_power_l2: Maybe[float] = field(default=None, name="maxDischargeApparentPower_L2")
    max_discharge_apparent_power_l3: Maybe[float] = field(default=None, name="maxDischargeApparentPower_L3")
    max_charge_reactive_power: Maybe[float] = field(default=None, name="maxChargeReactivePower")
    max_charge_reactive_power_l2: Maybe[float] = field(default=None, name="maxChargeReactivePower_L2")
    max_charge_reactive_power_l3: Maybe[float] = field(default=None, name="maxChargeReactivePower_L3")
    min_charge_reactive_power: Maybe[float] = field(default=None, name="minChargeReactivePower")
    min_charge_reactive_power_l2: Maybe[float] = field(default=None, name="minChargeReactivePower_L2")
    min_charge_reactive_power_l3: Maybe[float] = field(default=None, name="minChargeReactivePower_L3")
    max_discharge_reactive_power: Maybe[float] = field(default=None, name="maxDischargeReactivePower")
    max_discharge_reactive_power_l2: Maybe[float] = field(default=None, name="maxDischargeReactivePower_L2")
    max_discharge_reactive_power_l3: Maybe[float] = field(default=None, name="maxDischargeReactivePower_L3")
    min_discharge_reactive_power: Maybe[float] = field(default=None, name="minDischargeReactivePower")
    min_discharge_reactive_power_l2: Maybe[float] = field(default=None, name="minDischargeReactivePower_L2")
    min_discharge_reactive_power_l3: Maybe[float] = field(default=None, name="minDischargeReactivePower_L3")
    nominal_voltage: Maybe[float] = field(default=None, name="nominalVoltage")
    nominal_voltage_offset: Maybe[float] = field(default=None, name="nominalVoltageOffset")
    max_nominal_voltage: Maybe[float] = field(default=None, name="maxNominalVoltage")
    min_nominal_voltage: Maybe[float] = field(default=None, name="minNominalVoltage")
    ev_inverter_manufacturer: Maybe[Str50] = field(default=None, name="evInverterManufacturer")
    ev_inverter_model: Maybe[Str50] = field(default=None, name="evInverterModel")
    ev_inverter_serial_number: Maybe[Str50] = field(default=None, name="evInverterSerialNumber")
    ev_inverter_sw_version: Maybe[Str50] = field(default=None, name="evInverterSwVersion")
    ev_inverter_hw_version: Maybe[Str50] = field(default=None, name="evInverterHwVersion")
    ev_islanding_detection_method: Maybe[Annotated[list[IslandingDetectionEnum], Meta(min_length=1)]] = field(default=None, name="evIslandingDetectionMethod")
    ev_islanding_trip_time: Maybe[float] = field(default=None, name="evIslandingTripTime")
    ev_maximum_level1_dc_injection: Maybe[float] = field(default=None, name="evMaximumLevel1DCInjection")
    ev_duration_level1_dc_injection: Maybe[float] = field(default=None, name="evDurationLevel1DCInjection")
    ev_maximum_level2_dc_injection: Maybe[float] = field(default=None, name="evMaximumLevel2DCInjection")
    ev_duration_level2_dc_injection: Maybe[float] = field(default=None, name="evDurationLevel2DCInjection")
    ev_reactive_susceptance: Maybe[float] = field(default=None, name="evReactiveSusceptance")
    ev_session_total_discharge_energy_available: Maybe[float] = field(default=None, name="evSessionTotalDischargeEnergyAvailable")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVPowerScheduleEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    power: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVPowerSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ev_power_schedule_entries: Annotated[list[EVPowerScheduleEntry], Meta(min_length=1, max_length=1024)] = field(name="evPowerScheduleEntries")
    time_anchor: Instant = field(name="timeAnchor")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVPriceRule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    energy_fee: float = field(name="energyFee")
    power_range_start: float = field(name="powerRangeStart")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVAbsolutePriceScheduleEntry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    duration: Int
    ev_price_rule: Annotated[list[EVPriceRule], Meta(min_length=1, max_length=8)] = field(name="evPriceRule")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVAbsolutePriceSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    time_anchor: Instant = field(name="timeAnchor")
    currency: Str3
    ev_absolute_price_schedule_entries: Annotated[list[EVAbsolutePriceScheduleEntry], Meta(min_length=1, max_length=1024)] = field(name="evAbsolutePriceScheduleEntries")
    price_algorithm: Str2000 = field(name="priceAlgorithm")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EVEnergyOffer(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ev_power_schedule: EVPowerSchedule = field(name="evPowerSchedule")
    ev_absolute_price_schedule: Maybe[EVAbsolutePriceSchedule] = field(default=None, name="evAbsolutePriceSchedule")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DCChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ev_max_current: float = field(name="evMaxCurrent")
    ev_max_voltage: float = field(name="evMaxVoltage")
    ev_max_power: Maybe[float] = field(default=None, name="evMaxPower")
    ev_energy_capacity: Maybe[float] = field(default=None, name="evEnergyCapacity")
    energy_amount: Maybe[float] = field(default=None, name="energyAmount")
    state_of_charge: Maybe[IntFrom0To100] = field(default=None, name="stateOfCharge")
    full_soc: Maybe[IntFrom0To100] = field(default=None, name="fullSoC")
    bulk_soc: Maybe[IntFrom0To100] = field(default=None, name="bulkSoC")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class V2XChargingParameters(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    min_charge_power: Maybe[float] = field(default=None, name="minChargePower")
    min_charge_power_l2: Maybe[float] = field(default=None, name="minChargePower_L2")
    min_charge_power_l3: Maybe[float] = field(default=None, name="minChargePower_L3")
    max_charge_power: Maybe[float] = field(default=None, name="maxChargePower")
    max_charge_power_l2: Maybe[float] = field(default=None, name="maxChargePower_L2")
    max_charge_power_l3: Maybe[float] = field(default=None, name="maxChargePower_L3")
    min_discharge_power: Maybe[float] = field(default=None, name="minDischargePower")
    min_discharge_power_l2: Maybe[float] = field(default=None, name="minDischargePower_L2")
    min_discharge_power_l3: Maybe[float] = field(default=None, name="minDischargePower_L3")
    max_discharge_power: Maybe[float] = field(default=None, name="maxDischargePower")
    max_discharge_power_l2: Maybe[float] = field(default=None, name="maxDischargePower_L2")
    max_discharge_power_l3: Maybe[float] = field(default=None, name="maxDischargePower_L3")
    min_charge_current: Maybe[float] = field(default=None, name="minChargeCurrent")
    max_charge_current: Maybe[float] = field(default=None, name="maxChargeCurrent")
    min_discharge_current: Maybe[float] = field(default=None, name="minDischargeCurrent")
    max_discharge_current: Maybe[float] = field(default=None, name="maxDischargeCurrent")
    min_voltage: Maybe[float] = field(default=None, name="minVoltage")
    max_voltage: Maybe[float] = field(default=None, name="maxVoltage")
    ev_target_energy_request: Maybe[float] = field(default=None, name="evTargetEnergyRequest")
    ev_min_energy_request: Maybe[float] = field(default=None, name="evMinEnergyRequest")
    ev_max_energy_request: Maybe[float] = field(default=None, name="evMaxEnergyRequest")
    ev_min_v2x_energy_request: Maybe[float] = field(default=None, name="evMinV2XEnergyRequest")
    ev_max_v2x_energy_request: Maybe[float] = field(default=None, name="evMaxV2XEnergyRequest")
    target_soc: Maybe[IntFrom0To100] = field(default=None, name="targetSoC")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingNeeds(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_energy_transfer: EnergyTransferModeEnum = field(name="requestedEnergyTransfer")
    ac_charging_parameters: Maybe[ACChargingParameters] = field(default=None, name="acChargingParameters")
    der_charging_parameters: Maybe[DERChargingParameters] = field(default=None, name="derChargingParameters")
    ev_energy_offer: Maybe[EVEnergyOffer] = field(default=None, name="evEnergyOffer")
    dc_charging_parameters: Maybe[DCChargingParameters] = field(default=None, name="dcChargingParameters")
    v2x_charging_parameters: Maybe[V2XChargingParameters] = field(default=None, name="v2xChargingParameters")
    available_energy_transfer: Maybe[Annotated[list[EnergyTransferModeEnum], Meta(min_length=1)]] = field(default=None, name="availableEnergyTransfer")
    control_mode: Maybe[ControlModeEnum] = field(default=None, name="controlMode")
    mobility_needs_mode: Maybe[MobilityNeedsModeEnum] = field(default=None, name="mobilityNeedsMode")
    departure_time: Maybe[Instant] = field(default=None, name="departureTime")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEVChargingNeedsRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom1 = field(name="evseId")
    charging_needs: ChargingNeeds = field(name="chargingNeeds")
    max_schedule_tuples: Maybe[IntFrom0] = field(default=None, name="maxScheduleTuples")
    timestamp: Maybe[Instant] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEVChargingNeedsResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: NotifyEVChargingNeedsStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEVChargingScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    time_base: Instant = field(name="timeBase")
    charging_schedule: ChargingSchedule = field(name="chargingSchedule")
    evse_id: IntFrom1 = field(name="evseId")
    selected_charging_schedule_id: Maybe[IntFrom0] = field(default=None, name="selectedChargingScheduleId")
    power_tolerance_acceptance: Maybe[bool] = field(default=None, name="powerToleranceAcceptance")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEVChargingScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EventData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    event_id: IntFrom0 = field(name="eventId")
    timestamp: Instant
    trigger: EventTriggerEnum
    actual_value: Str2500 = field(name="actualValue")
    component: Component
    event_notification_type: EventNotificationEnum = field(name="eventNotificationType")
    variable: Variable
    cause: Maybe[IntFrom0] = None
    tech_code: Maybe[Str50] = field(default=None, name="techCode")
    tech_info: Maybe[Str500] = field(default=None, name="techInfo")
    cleared: Maybe[bool] = None
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    variable_monitoring_id: Maybe[IntFrom0] = field(default=None, name="variableMonitoringId")
    severity: Maybe[IntFrom0] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEventRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    generated_at: Instant = field(name="generatedAt")
    seq_no: IntFrom0 = field(name="seqNo")
    event_data: Annotated[list[EventData], Meta(min_length=1)] = field(name="eventData")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyEventResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VariableMonitoring(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    transaction: bool
    value: float
    type: MonitorEnum
    severity: IntFrom0
    event_notification_type: EventNotificationEnum = field(name="eventNotificationType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class MonitoringData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    variable_monitoring: Annotated[list[VariableMonitoring], Meta(min_length=1)] = field(name="variableMonitoring")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyMonitoringReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    seq_no: IntFrom0 = field(name="seqNo")
    generated_at: Instant = field(name="generatedAt")
    monitor: Maybe[Annotated[list[MonitoringData], Meta(min_length=1)]] = None
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyMonitoringReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StreamDataElement(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    t: float
    v: Str2500
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyPeriodicEventStreamRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data: Annotated[list[StreamDataElement], Meta(min_length=1)]
    id: IntFrom0
    pending: IntFrom0
    basetime: Instant
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyPriorityChargingRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    activated: bool
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyPriorityChargingResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VariableAttribute(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: Maybe[AttributeEnum] = None
    value: Maybe[Str2500] = None
    mutability: Maybe[MutabilityEnum] = None
    persistent: Maybe[bool] = None
    constant: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VariableCharacteristics(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    data_type: DataEnum = field(name="dataType")
    supports_monitoring: bool = field(name="supportsMonitoring")
    unit: Maybe[Str16] = None
    min_limit: Maybe[float] = field(default=None, name="minLimit")
    max_limit: Maybe[float] = field(default=None, name="maxLimit")
    max_elements: Maybe[IntFrom1] = field(default=None, name="maxElements")
    values_list: Maybe[Str1000] = field(default=None, name="valuesList")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReportData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    component: Component
    variable: Variable
    variable_attribute: Annotated[list[VariableAttribute], Meta(min_length=1, max_length=4)] = field(name="variableAttribute")
    variable_characteristics: Maybe[VariableCharacteristics] = field(default=None, name="variableCharacteristics")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyReportRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    generated_at: Instant = field(name="generatedAt")
    seq_no: IntFrom0 = field(name="seqNo")
    report_data: Maybe[Annotated[list[ReportData], Meta(min_length=1)]] = field(default=None, name="reportData")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyReportResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Address(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    name: Str50
    address1: Str100
    city: Str100
    country: Str50
    address2: Maybe[Str100] = None
    postal_code: Maybe[Str20] = field(default=None, name="postalCode")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifySettlementRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    psp_ref: Str255 = field(name="pspRef")
    status: PaymentStatusEnum
    settlement_amount: float = field(name="settlementAmount")
    settlement_time: Instant = field(name="settlementTime")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    status_info: Maybe[Str500] = field(default=None, name="statusInfo")
    receipt_id: Maybe[Str50] = field(default=None, name="receiptId")
    receipt_url: Maybe[Str2000] = field(default=None, name="receiptUrl")
    vat_company: Maybe[Address] = field(default=None, name="vatCompany")
    vat_number: Maybe[Str20] = field(default=None, name="vatNumber")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifySettlementResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    receipt_url: Maybe[Str2000] = field(default=None, name="receiptUrl")
    receipt_id: Maybe[Str50] = field(default=None, name="receiptId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyWebPaymentStartedRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    timeout: Int
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NotifyWebPaymentStartedResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class OpenPeriodicEventStreamRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    constant_stream_data: ConstantStreamData = field(name="constantStreamData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class OpenPeriodicEventStreamResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PublishFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: Str2000
    checksum: Str32
    request_id: IntFrom0 = field(name="requestId")
    retries: Maybe[IntFrom0] = None
    retry_interval: Maybe[IntFrom0] = field(default=None, name="retryInterval")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PublishFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PublishFirmwareStatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: PublishFirmwareStatusEnum
    location: Maybe[Annotated[list[Str2000], Meta(min_length=1)]] = None
    request_id: Maybe[IntFrom0] = field(default=None, name="requestId")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PublishFirmwareStatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PullDynamicScheduleUpdateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_profile_id: Int = field(name="chargingProfileId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingScheduleUpdate(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    limit: Maybe[Decimal] = None
    limit_l2: Maybe[Decimal] = field(default=None, name="limit_L2")
    limit_l3: Maybe[Decimal] = field(default=None, name="limit_L3")
    discharge_limit: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit")
    discharge_limit_l2: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit_L2")
    discharge_limit_l3: Maybe[RateMaximum0_0] = field(default=None, name="dischargeLimit_L3")
    setpoint: Maybe[Decimal] = None
    setpoint_l2: Maybe[Decimal] = field(default=None, name="setpoint_L2")
    setpoint_l3: Maybe[Decimal] = field(default=None, name="setpoint_L3")
    setpoint_reactive: Maybe[Decimal] = field(default=None, name="setpointReactive")
    setpoint_reactive_l2: Maybe[Decimal] = field(default=None, name="setpointReactive_L2")
    setpoint_reactive_l3: Maybe[Decimal] = field(default=None, name="setpointReactive_L3")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class PullDynamicScheduleUpdateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChargingProfileStatusEnum
    schedule_update: Maybe[ChargingScheduleUpdate] = field(default=None, name="scheduleUpdate")
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Int
    stack_level: IntFrom0 = field(name="stackLevel")
    charging_profile_purpose: ChargingProfilePurposeEnum = field(name="chargingProfilePurpose")
    charging_profile_kind: ChargingProfileKindEnum = field(name="chargingProfileKind")
    charging_schedule: Annotated[list[ChargingSchedule], Meta(min_length=1, max_length=3)] = field(name="chargingSchedule")
    recurrency_kind: Maybe[RecurrencyKindEnum] = field(default=None, name="recurrencyKind")
    valid_from: Maybe[Instant] = field(default=None, name="validFrom")
    valid_to: Maybe[Instant] = field(default=None, name="validTo")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    max_offline_duration: Maybe[Int] = field(default=None, name="maxOfflineDuration")
    invalid_after_offline_duration: Maybe[bool] = field(default=None, name="invalidAfterOfflineDuration")
    dyn_update_interval: Maybe[Int] = field(default=None, name="dynUpdateInterval")
    dyn_update_time: Maybe[Instant] = field(default=None, name="dynUpdateTime")
    price_schedule_signature: Maybe[Str256] = field(default=None, name="priceScheduleSignature")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReportChargingProfilesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    charging_limit_source: Str20 = field(name="chargingLimitSource")
    charging_profile: Annotated[list[ChargingProfile], Meta(min_length=1)] = field(name="chargingProfile")
    evse_id: IntFrom0 = field(name="evseId")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReportChargingProfilesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DERCurvePoints(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    x: float
    y: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Hysteresis(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hysteresis_high: Maybe[float] = field(default=None, name="hysteresisHigh")
    hysteresis_low: Maybe[float] = field(default=None, name="hysteresisLow")
    hysteresis_delay: Maybe[float] = field(default=None, name="hysteresisDelay")
    hysteresis_gradient: Maybe[float] = field(default=None, name="hysteresisGradient")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReactivePowerParams(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    v_ref: Maybe[float] = field(default=None, name="vRef")
    autonomous_v_ref_enable: Maybe[bool] = field(default=None, name="autonomousVRefEnable")
    autonomous_v_ref_time_constant: Maybe[float] = field(default=None, name="autonomousVRefTimeConstant")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VoltageParams(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    hv10_min_mean_value: Maybe[float] = field(default=None, name="hv10MinMeanValue")
    hv10_min_mean_trip_delay: Maybe[float] = field(default=None, name="hv10MinMeanTripDelay")
    power_during_cessation: Maybe[PowerDuringCessationEnum] = field(default=None, name="powerDuringCessation")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DERCurve(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    curve_data: Annotated[list[DERCurvePoints], Meta(min_length=1, max_length=10)] = field(name="curveData")
    priority: IntFrom0
    y_unit: DERUnitEnum = field(name="yUnit")
    hysteresis: Maybe[Hysteresis] = None
    reactive_power_params: Maybe[ReactivePowerParams] = field(default=None, name="reactivePowerParams")
    voltage_params: Maybe[VoltageParams] = field(default=None, name="voltageParams")
    response_time: Maybe[float] = field(default=None, name="responseTime")
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    duration: Maybe[float] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class DERCurveGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    curve: DERCurve
    id: Str36
    curve_type: DERControlEnum = field(name="curveType")
    is_default: bool = field(name="isDefault")
    is_superseded: bool = field(name="isSuperseded")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EnterService(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    high_voltage: float = field(name="highVoltage")
    low_voltage: float = field(name="lowVoltage")
    high_freq: float = field(name="highFreq")
    low_freq: float = field(name="lowFreq")
    delay: Maybe[float] = None
    random_delay: Maybe[float] = field(default=None, name="randomDelay")
    ramp_rate: Maybe[float] = field(default=None, name="rampRate")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class EnterServiceGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    enter_service: EnterService = field(name="enterService")
    id: Str36
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FixedPF(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    displacement: float
    excitation: bool
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    duration: Maybe[float] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FixedPFGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    fixed_pf: FixedPF = field(name="fixedPF")
    id: Str36
    is_default: bool = field(name="isDefault")
    is_superseded: bool = field(name="isSuperseded")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FixedVar(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    setpoint: Decimal
    unit: DERUnitEnum
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    duration: Maybe[float] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FixedVarGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    fixed_var: FixedVar = field(name="fixedVar")
    id: Str36
    is_default: bool = field(name="isDefault")
    is_superseded: bool = field(name="isSuperseded")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FreqDroop(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    over_freq: float = field(name="overFreq")
    under_freq: float = field(name="underFreq")
    over_droop: float = field(name="overDroop")
    under_droop: float = field(name="underDroop")
    response_time: float = field(name="responseTime")
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    duration: Maybe[float] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class FreqDroopGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    freq_droop: FreqDroop = field(name="freqDroop")
    id: Str36
    is_default: bool = field(name="isDefault")
    is_superseded: bool = field(name="isSuperseded")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Gradient(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    gradient: float
    soft_gradient: float = field(name="softGradient")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class GradientGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    gradient: Gradient
    id: Str36
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LimitMaxDischarge(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    priority: IntFrom0
    pct_max_discharge_power: Maybe[float] = field(default=None, name="pctMaxDischargePower")
    power_monitoring_must_trip: Maybe[DERCurve] = field(default=None, name="powerMonitoringMustTrip")
    start_time: Maybe[Instant] = field(default=None, name="startTime")
    duration: Maybe[float] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class LimitMaxDischargeGet(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: Str36
    is_default: bool = field(name="isDefault")
    is_superseded: bool = field(name="isSuperseded")
    limit_max_discharge: LimitMaxDischarge = field(name="limitMaxDischarge")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReportDERControlRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    curve: Maybe[Annotated[list[DERCurveGet], Meta(min_length=1, max_length=24)]] = None
    enter_service: Maybe[Annotated[list[EnterServiceGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="enterService")
    fixed_pf_absorb: Maybe[Annotated[list[FixedPFGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="fixedPFAbsorb")
    fixed_pf_inject: Maybe[Annotated[list[FixedPFGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="fixedPFInject")
    fixed_var: Maybe[Annotated[list[FixedVarGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="fixedVar")
    freq_droop: Maybe[Annotated[list[FreqDroopGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="freqDroop")
    gradient: Maybe[Annotated[list[GradientGet], Meta(min_length=1, max_length=24)]] = None
    limit_max_discharge: Maybe[Annotated[list[LimitMaxDischargeGet], Meta(min_length=1, max_length=24)]] = field(default=None, name="limitMaxDischarge")
    tbc: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReportDERControlResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestBatterySwapRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    request_id: Int = field(name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestBatterySwapResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStartTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    remote_start_id: Int = field(name="remoteStartId")
    evse_id: Maybe[IntFrom1] = field(default=None, name="evseId")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")
    charging_profile: Maybe[ChargingProfile] = field(default=None, name="chargingProfile")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStartTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RequestStartStopStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    transaction_id: Maybe[Str36] = field(default=None, name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStopTransactionRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class RequestStopTransactionResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: RequestStartStopStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReservationStatusUpdateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    reservation_id: IntFrom0 = field(name="reservationId")
    reservation_update_status: ReservationUpdateStatusEnum = field(name="reservationUpdateStatus")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReservationStatusUpdateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReserveNowRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id: IntFrom0
    expiry_date_time: Instant = field(name="expiryDateTime")
    id_token: IdToken = field(name="idToken")
    connector_type: Maybe[Str20] = field(default=None, name="connectorType")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    group_id_token: Maybe[IdToken] = field(default=None, name="groupIdToken")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ReserveNowResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ReserveNowStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ResetRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: ResetEnum
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ResetResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ResetStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SecurityEventNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: Str50
    timestamp: Instant
    tech_info: Maybe[Str255] = field(default=None, name="techInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SecurityEventNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class AuthorizationData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    id_token: IdToken = field(name="idToken")
    id_token_info: Maybe[IdTokenInfo] = field(default=None, name="idTokenInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SendLocalListRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    version_number: Int = field(name="versionNumber")
    update_type: UpdateEnum = field(name="updateType")
    local_authorization_list: Maybe[Annotated[list[AuthorizationData], Meta(min_length=1)]] = field(default=None, name="localAuthorizationList")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SendLocalListResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SendLocalListStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetChargingProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    charging_profile: ChargingProfile = field(name="chargingProfile")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetChargingProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChargingProfileStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDERControlRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    is_default: bool = field(name="isDefault")
    control_id: Str36 = field(name="controlId")
    control_type: DERControlEnum = field(name="controlType")
    curve: Maybe[DERCurve] = None
    enter_service: Maybe[EnterService] = field(default=None, name="enterService")
    fixed_pf_absorb: Maybe[FixedPF] = field(default=None, name="fixedPFAbsorb")
    fixed_pf_inject: Maybe[FixedPF] = field(default=None, name="fixedPFInject")
    fixed_var: Maybe[FixedVar] = field(default=None, name="fixedVar")
    freq_droop: Maybe[FreqDroop] = field(default=None, name="freqDroop")
    gradient: Maybe[Gradient] = None
    limit_max_discharge: Maybe[LimitMaxDischarge] = field(default=None, name="limitMaxDischarge")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDERControlResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DERControlStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    superseded_ids: Maybe[Annotated[list[Str36], Meta(min_length=1, max_length=24)]] = field(default=None, name="supersededIds")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDefaultTariffRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    tariff: Tariff
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDefaultTariffResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TariffSetStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDisplayMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    message: MessageInfo
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetDisplayMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: DisplayMessageStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringBaseRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    monitoring_base: MonitoringBaseEnum = field(name="monitoringBase")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringBaseResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericDeviceModelStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringLevelRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    severity: IntFrom0
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringLevelResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class APN(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    apn: Str2000
    apn_authentication: APNAuthenticationEnum = field(name="apnAuthentication")
    apn_user_name: Maybe[Str50] = field(default=None, name="apnUserName")
    apn_password: Maybe[Str64] = field(default=None, name="apnPassword")
    sim_pin: Maybe[Int] = field(default=None, name="simPin")
    preferred_network: Maybe[Str6] = field(default=None, name="preferredNetwork")
    use_only_preferred_network: Maybe[bool] = field(default=None, name="useOnlyPreferredNetwork")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VPN(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    server: Str2000
    user: Str50
    password: Str64
    key: Str255
    type: VPNEnum
    group: Maybe[Str50] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class NetworkConnectionProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    ocpp_interface: OCPPInterfaceEnum = field(name="ocppInterface")
    ocpp_transport: OCPPTransportEnum = field(name="ocppTransport")
    message_timeout: Int = field(name="messageTimeout")
    ocpp_csms_url: Str2000 = field(name="ocppCsmsUrl")
    security_profile: IntFrom0 = field(name="securityProfile")
    apn: Maybe[APN] = None
    ocpp_version: Maybe[OCPPVersionEnum] = field(default=None, name="ocppVersion")
    identity: Maybe[Str48] = None
    basic_auth_password: Maybe[Str64] = field(default=None, name="basicAuthPassword")
    vpn: Maybe[VPN] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetNetworkProfileRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    configuration_slot: Int = field(name="configurationSlot")
    connection_data: NetworkConnectionProfile = field(name="connectionData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetNetworkProfileResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SetNetworkProfileStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    value: float
    type: MonitorEnum
    severity: IntFrom0
    component: Component
    variable: Variable
    id: Maybe[IntFrom0] = None
    periodic_event_stream: Maybe[PeriodicEventStreamParams] = field(default=None, name="periodicEventStream")
    transaction: Maybe[bool] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableMonitoringRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_monitoring_data: Annotated[list[SetMonitoringData], Meta(min_length=1)] = field(name="setMonitoringData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetMonitoringResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: SetMonitoringStatusEnum
    type: MonitorEnum
    component: Component
    variable: Variable
    severity: IntFrom0
    id: Maybe[IntFrom0] = None
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableMonitoringResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_monitoring_result: Annotated[list[SetMonitoringResult], Meta(min_length=1)] = field(name="setMonitoringResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableData(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_value: Str2500 = field(name="attributeValue")
    component: Component
    variable: Variable
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariablesRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_variable_data: Annotated[list[SetVariableData], Meta(min_length=1)] = field(name="setVariableData")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariableResult(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    attribute_status: SetVariableStatusEnum = field(name="attributeStatus")
    component: Component
    variable: Variable
    attribute_type: Maybe[AttributeEnum] = field(default=None, name="attributeType")
    attribute_status_info: Maybe[StatusInfo] = field(default=None, name="attributeStatusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SetVariablesResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    set_variable_result: Annotated[list[SetVariableResult], Meta(min_length=1)] = field(name="setVariableResult")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SignCertificateRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    csr: Str5500
    certificate_type: Maybe[CertificateSigningUseEnum] = field(default=None, name="certificateType")
    hash_root_certificate: Maybe[CertificateHashData] = field(default=None, name="hashRootCertificate")
    request_id: Maybe[Int] = field(default=None, name="requestId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class SignCertificateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: GenericStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StatusNotificationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    timestamp: Instant
    connector_status: ConnectorStatusEnum = field(name="connectorStatus")
    evse_id: IntFrom0 = field(name="evseId")
    connector_id: IntFrom0 = field(name="connectorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class StatusNotificationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TransactionLimit(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    max_cost: Maybe[float] = field(default=None, name="maxCost")
    max_energy: Maybe[float] = field(default=None, name="maxEnergy")
    max_time: Maybe[Int] = field(default=None, name="maxTime")
    max_soc: Maybe[IntFrom0To100] = field(default=None, name="maxSoC")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Transaction(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    charging_state: Maybe[ChargingStateEnum] = field(default=None, name="chargingState")
    time_spent_charging: Maybe[Int] = field(default=None, name="timeSpentCharging")
    stopped_reason: Maybe[ReasonEnum] = field(default=None, name="stoppedReason")
    remote_start_id: Maybe[Int] = field(default=None, name="remoteStartId")
    operation_mode: Maybe[OperationModeEnum] = field(default=None, name="operationMode")
    tariff_id: Maybe[Str60] = field(default=None, name="tariffId")
    transaction_limit: Maybe[TransactionLimit] = field(default=None, name="transactionLimit")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TotalPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    excl_tax: Maybe[float] = field(default=None, name="exclTax")
    incl_tax: Maybe[float] = field(default=None, name="inclTax")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TotalCost(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    currency: Str3
    type_of_cost: TariffCostEnum = field(name="typeOfCost")
    total: TotalPrice
    fixed: Maybe[Price] = None
    energy: Maybe[Price] = None
    charging_time: Maybe[Price] = field(default=None, name="chargingTime")
    idle_time: Maybe[Price] = field(default=None, name="idleTime")
    reservation_time: Maybe[Price] = field(default=None, name="reservationTime")
    reservation_fixed: Maybe[Price] = field(default=None, name="reservationFixed")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TotalUsage(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    energy: float
    charging_time: Int = field(name="chargingTime")
    idle_time: Int = field(name="idleTime")
    reservation_time: Maybe[Int] = field(default=None, name="reservationTime")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CostDimension(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    type: CostDimensionEnum
    volume: float
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class ChargingPeriod(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    start_period: Instant = field(name="startPeriod")
    dimensions: Maybe[Annotated[list[CostDimension], Meta(min_length=1)]] = None
    tariff_id: Maybe[Str60] = field(default=None, name="tariffId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class CostDetails(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    total_cost: TotalCost = field(name="totalCost")
    total_usage: TotalUsage = field(name="totalUsage")
    charging_periods: Maybe[Annotated[list[ChargingPeriod], Meta(min_length=1)]] = field(default=None, name="chargingPeriods")
    failure_to_calculate: Maybe[bool] = field(default=None, name="failureToCalculate")
    failure_reason: Maybe[Str500] = field(default=None, name="failureReason")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TransactionEventRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    event_type: TransactionEventEnum = field(name="eventType")
    timestamp: Instant
    trigger_reason: TriggerReasonEnum = field(name="triggerReason")
    seq_no: IntFrom0 = field(name="seqNo")
    transaction_info: Transaction = field(name="transactionInfo")
    cost_details: Maybe[CostDetails] = field(default=None, name="costDetails")
    meter_value: Maybe[Annotated[list[MeterValue], Meta(min_length=1)]] = field(default=None, name="meterValue")
    offline: Maybe[bool] = None
    number_of_phases_used: Maybe[IntFrom0To3] = field(default=None, name="numberOfPhasesUsed")
    cable_max_current: Maybe[Int] = field(default=None, name="cableMaxCurrent")
    reservation_id: Maybe[IntFrom0] = field(default=None, name="reservationId")
    preconditioning_status: Maybe[PreconditioningStatusEnum] = field(default=None, name="preconditioningStatus")
    evse_sleep: Maybe[bool] = field(default=None, name="evseSleep")
    evse: Maybe[EVSE] = None
    id_token: Maybe[IdToken] = field(default=None, name="idToken")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TransactionEventResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    total_cost: Maybe[float] = field(default=None, name="totalCost")
    charging_priority: Maybe[Int] = field(default=None, name="chargingPriority")
    id_token_info: Maybe[IdTokenInfo] = field(default=None, name="idTokenInfo")
    transaction_limit: Maybe[TransactionLimit] = field(default=None, name="transactionLimit")
    updated_personal_message: Maybe[MessageContent] = field(default=None, name="updatedPersonalMessage")
    updated_personal_message_extra: Maybe[Annotated[list[MessageContent], Meta(min_length=1, max_length=4)]] = field(default=None, name="updatedPersonalMessageExtra")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TriggerMessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    requested_message: MessageTriggerEnum = field(name="requestedMessage")
    evse: Maybe[EVSE] = None
    custom_trigger: Maybe[Str50] = field(default=None, name="customTrigger")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class TriggerMessageResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: TriggerMessageStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnlockConnectorRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    evse_id: IntFrom0 = field(name="evseId")
    connector_id: IntFrom0 = field(name="connectorId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnlockConnectorResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UnlockStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnpublishFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    checksum: Str32
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UnpublishFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UnpublishFirmwareStatusEnum
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UpdateDynamicScheduleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    charging_profile_id: Int = field(name="chargingProfileId")
    schedule_update: ChargingScheduleUpdate = field(name="scheduleUpdate")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UpdateDynamicScheduleResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: ChargingProfileStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class Firmware(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    location: Str2000
    retrieve_date_time: Instant = field(name="retrieveDateTime")
    install_date_time: Maybe[Instant] = field(default=None, name="installDateTime")
    signing_certificate: Maybe[Str5500] = field(default=None, name="signingCertificate")
    signature: Maybe[Str800] = None
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UpdateFirmwareRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    request_id: Int = field(name="requestId")
    firmware: Firmware
    retries: Maybe[IntFrom0] = None
    retry_interval: Maybe[Int] = field(default=None, name="retryInterval")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UpdateFirmwareResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: UpdateFirmwareStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UsePriorityChargingRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    transaction_id: Str36 = field(name="transactionId")
    activate: bool
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class UsePriorityChargingResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    status: PriorityChargingStatusEnum
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VatNumberValidationRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    vat_number: Str20 = field(name="vatNumber")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")


class VatNumberValidationResponse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    vat_number: Str20 = field(name="vatNumber")
    status: GenericStatusEnum
    company: Maybe[Address] = None
    status_info: Maybe[StatusInfo] = field(default=None, name="statusInfo")
    evse_id: Maybe[IntFrom0] = field(default=None, name="evseId")
    custom_data: Maybe[CustomData] = field(default=None, name="customData")
