"""What the security services need of the world: who signs, who knows contracts, who answers OCSP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from chargewright.domain.security import EvCertificateAnswer, EvCertificateAsked, OcspQuestion, SigningUse
from chargewright.errors import ChargewrightError

__all__ = [
    "CertificateAuthority",
    "ContractProvider",
    "OcspProvider",
    "ProviderFailed",
    "RootCertificate",
    "SignedChain",
    "SigningOrder",
]


class ProviderFailed(ChargewrightError):
    """A provider cannot do what it was asked to; the text may be told to a station."""


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """A request that was looked through: only its public key and these words go into the certificate."""

    request: str
    common_name: str
    organization: str
    use: SigningUse


@dataclass(frozen=True, slots=True)
class SignedChain:
    """`chain` is PEM, the station's certificate first, without the root."""

    chain: str
    serial_number: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RootCertificate:
    """A root of ours, for others to trust: `stations` for what stations show us, `v2g` for what they show cars."""

    name: Literal["stations", "v2g"]
    pem: str


class CertificateAuthority(Protocol):
    """Signs certificates of stations."""

    async def sign(self, order: SigningOrder) -> SignedChain:
        """Sign; takes its time off the loop. Raises `ProviderFailed`."""
        ...

    def roots(self) -> tuple[RootCertificate, ...]: ...


class ContractProvider(Protocol):
    """A service for contract certificates of cars (ISO 15118), which reads and writes the EXI that passes through."""

    async def exchange(self, asked: EvCertificateAsked) -> EvCertificateAnswer:
        """Answer a car's CertificateInstallation or CertificateUpdate. Raises `ProviderFailed`."""
        ...


class OcspProvider(Protocol):
    """Asks OCSP responders."""

    async def ask(self, question: OcspQuestion) -> bytes:
        """The responder's signed answer, DER. Raises `ProviderFailed`."""
        ...
