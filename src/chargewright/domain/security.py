"""Passwords, certificates and security events (OCPP 1.6 security extension; 2.x blocks A and M, C07)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

__all__ = [
    "ROOT_USES",
    "CertificateAsked",
    "CertificateAskedAnswer",
    "CertificateHash",
    "CertificateUse",
    "CertificatesListed",
    "ChainStatus",
    "ChainStatusAnswer",
    "ChainStatusAsked",
    "ContractStatus",
    "DeleteCertificate",
    "DeliverCertificate",
    "EvCertificateAnswer",
    "EvCertificateAsked",
    "HeldCertificate",
    "InstallCertificate",
    "ListCertificates",
    "OcspAnswer",
    "OcspAsked",
    "OcspQuestion",
    "PreferNetworkProfile",
    "RaiseProfile",
    "Replied",
    "RequestSigning",
    "Restart",
    "RootUse",
    "SecurityAnswer",
    "SecurityCommand",
    "SecurityEvent",
    "SecurityEventReported",
    "SecurityRequest",
    "SecurityResult",
    "SetPassword",
    "SigningRecord",
    "SigningUse",
    "StationCertificate",
    "WriteNetworkProfile",
]

RootUse = Literal[
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "OEMRootCertificate",
]
"""What a root in a station is trusted for. 1.6 knows the first two, OEM is new in 2.1."""

ROOT_USES: tuple[RootUse, ...] = (
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "OEMRootCertificate",
)

CertificateUse = RootUse | Literal["V2GCertificateChain"]

SigningUse = Literal["ChargingStationCertificate", "V2GCertificate", "V2G20Certificate", "Combined"]
"""What a certificate is to be signed for. Combined: towards us and towards cars (2.x, certificateType left out)."""

ContractStatus = Literal[
    "Accepted",
    "SignatureError",
    "CertificateExpired",
    "CertificateRevoked",
    "NoCertificateAvailable",
    "CertChainError",
    "ContractCancelled",
]


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """How OCPP names a certificate: digests (hex) of its issuer's name and key, and its serial number (hex)."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    @property
    def folded(self) -> tuple[str, str, str, str]:
        """For comparing: stations differ in case and in leading zeros of the serial number."""
        return (
            self.algorithm,
            self.issuer_name_hash.lower(),
            self.issuer_key_hash.lower(),
            self.serial_number.lower().lstrip("0"),
        )


@dataclass(frozen=True, slots=True)
class OcspQuestion:
    """A certificate whose status is asked for, and the responders that know it."""

    certificate: CertificateHash
    urls: tuple[str, ...]


# --- what is kept -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Something that concerns security: told by the station, or noticed here."""

    kind: str
    at: datetime
    recorded_at: datetime
    tech_info: str = ""
    noticed_here: bool = False
    critical: bool = False


@dataclass(frozen=True, slots=True)
class StationCertificate:
    """A certificate that a station holds, or refused to.

    `named` is how the station itself names it, once it was asked; `pem` is there where it was sent from here.
    """

    use: CertificateUse
    named: CertificateHash
    state: Literal["installed", "refused", "unknown", "gone"]
    at: datetime
    reason: str = ""
    pem: str | None = None
    subject: str = ""
    expires_at: datetime | None = None
    children: tuple[CertificateHash, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningRecord:
    """One certificate of a station's own, from its request to its answer.

    refused: the request was no good; failed: it could not be signed; undelivered: it is sent again when the
    station is back; rejected: the station did not want it, so that its old one stays.
    """

    use: SigningUse
    asked_at: datetime
    state: Literal["refused", "signing", "failed", "undelivered", "accepted", "rejected"]
    reason: str = ""
    request_id: int | None = None
    chain: str | None = None
    serial_number: str = ""
    expires_at: datetime | None = None
    deliveries: int = 0


# --- what a station tells or asks ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SecurityEventReported:
    """SecurityEventNotification. Answer: `Acknowledged`, once it is durable."""

    action: ClassVar[str] = "SecurityEventNotification"
    kind: str
    at: datetime
    tech_info: str = ""


@dataclass(frozen=True, slots=True)
class CertificateAsked:
    """SignCertificate: `request` is a PKCS#10 request as PEM. Answer: `CertificateAskedAnswer`."""

    request: str
    use: SigningUse
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateAskedAnswer:
    """Accepted: the certificate follows by CertificateSigned."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EvCertificateAsked:
    """Get15118EVCertificate: a car's request, EXI in base64, which nobody here looks into. Answer: `EvCertificateAnswer`."""

    install: bool
    schema_version: str
    exi_request: str
    chains_max: int | None = None
    prioritized: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvCertificateAnswer:
    """`exi_response` is the provider's, base64; empty where it failed."""

    accepted: bool
    exi_response: str = ""
    reason: str = ""
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class OcspAsked:
    """GetCertificateStatus. Answer: `OcspAnswer`."""

    question: OcspQuestion


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """`response` is the responder's signed answer, DER in base64; None where there is none, with the reason."""

    response: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainStatusAsked:
    """GetCertificateChainStatus (2.1): (where to ask, about which certificate). Answer: `ChainStatusAnswer`."""

    questions: tuple[tuple[Literal["OCSP", "CRL"], OcspQuestion], ...]


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """What is known of one certificate until `next_update`."""

    certificate: CertificateHash
    source: Literal["OCSP", "CRL"]
    status: Literal["Good", "Revoked", "Unknown", "Failed"]
    next_update: datetime


@dataclass(frozen=True, slots=True)
class ChainStatusAnswer:
    statuses: tuple[ChainStatus, ...]


# --- what we order -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replied:
    """How a station took an order, in the standard's word: Accepted, RebootRequired, Rejected, Failed, NotFound ..."""

    status: str
    detail: str = ""

    @property
    def accepted(self) -> bool:
        return self.status in {"Accepted", "RebootRequired"}

    @property
    def reason(self) -> str:
        return f"{self.status}: {self.detail}" if self.detail else self.status


@dataclass(frozen=True, slots=True)
class SetPassword:
    """AuthorizationKey (1.6, hexadecimal) or SecurityCtrlr.BasicAuthPassword (2.x). Outcome: `Replied`."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RaiseProfile:
    """The key SecurityProfile (1.6). Outcome: `Replied`."""

    profile: int


@dataclass(frozen=True, slots=True)
class WriteNetworkProfile:
    """SetNetworkProfile (2.x). Outcome: `Replied`."""

    slot: int
    url: str
    security_profile: int
    interface: str
    message_timeout_s: int


@dataclass(frozen=True, slots=True)
class PreferNetworkProfile:
    """OCPPCommCtrlr.NetworkConfigurationPriority (2.x), the first slot first. Outcome: `Replied`."""

    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Restart:
    """Reset: when nobody charges (2.x OnIdle), or after ending transactions in order (1.6 Soft). Outcome: `Replied`."""


@dataclass(frozen=True, slots=True)
class RequestSigning:
    """ExtendedTriggerMessage (1.6) or TriggerMessage (2.x) for a SignCertificate. Outcome: `Replied`."""

    use: SigningUse
    evse_id: int | None = None


@dataclass(frozen=True, slots=True)
class DeliverCertificate:
    """CertificateSigned: the chain as PEM, the station's own first. Outcome: `Replied`."""

    chain: str
    use: SigningUse
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class InstallCertificate:
    """InstallCertificate, a root as PEM. Outcome: `Replied`."""

    use: RootUse
    certificate: str


@dataclass(frozen=True, slots=True)
class ListCertificates:
    """GetInstalledCertificateIds; no uses mean all (2.x; 1.6 asks for exactly one). Outcome: `CertificatesListed`."""

    uses: tuple[CertificateUse, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate that a station says it holds, with those below it in its chain."""

    use: CertificateUse
    certificate: CertificateHash
    children: tuple[CertificateHash, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificatesListed:
    """`held` is empty where the station said NotFound."""

    held: tuple[HeldCertificate, ...]


@dataclass(frozen=True, slots=True)
class DeleteCertificate:
    """DeleteCertificate. Outcome: `Replied`."""

    certificate: CertificateHash


SecurityCommand = (
    SetPassword
    | RaiseProfile
    | WriteNetworkProfile
    | PreferNetworkProfile
    | Restart
    | RequestSigning
    | DeliverCertificate
    | InstallCertificate
    | ListCertificates
    | DeleteCertificate
)
SecurityRequest = SecurityEventReported | CertificateAsked | EvCertificateAsked | OcspAsked | ChainStatusAsked
SecurityAnswer = CertificateAskedAnswer | EvCertificateAnswer | OcspAnswer | ChainStatusAnswer
SecurityResult = Replied | CertificatesListed
