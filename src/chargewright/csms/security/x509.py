"""Certificates and requests, read carefully: what a station sends is not to be trusted before it was looked through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from chargewright.domain.security import CertificateHash
from chargewright.errors import InvalidInput

__all__ = [
    "ALGORITHMS",
    "RequestRefused",
    "judge_request",
    "named",
    "read_chain",
    "read_root",
    "subject_of",
]

ALGORITHMS: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
"""How OCPP may name a certificate (HashAlgorithmEnum)."""

RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
EC_BITS_MIN = 224
"""A00.FR.505 and .506; more than 8192 bits of RSA only serve to keep us busy."""

_WEAK_DIGESTS = (hashes.SHA1, hashes.MD5)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


class RequestRefused(Exception):
    """A certificate request that is not signed; the text says why."""


@dataclass(frozen=True, slots=True)
class _Subject:
    common_name: str
    organizations: tuple[str, ...]


def judge_request(pem: str, *, names: tuple[str, ...], organization: str) -> str:
    """The common name that a request of a station may be signed for, one of `names`.

    Its signature proves that the station has the key (A02.FR.05); key type and size are those of A00.FR.505-507;
    nothing that would make more of it than a station is let through. With an `organization`, a request that
    names another one is refused.

    Raises:
        RequestRefused: with the reason, fit to be told to the station.

    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        subject = _subject(request.subject)
        _judge_key(request)
        _judge_extensions(request, names)
    except _UNREADABLE as why:
        raise RequestRefused(f"the request cannot be read: {why}"[:200]) from why
    if subject.common_name not in names:
        raise RequestRefused(f"the common name must be {' or '.join(names)}")
    if organization and set(subject.organizations) - {organization}:
        raise RequestRefused(f"the organization must be {organization}")
    return subject.common_name


def _judge_key(request: x509.CertificateSigningRequest) -> None:
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
            raise RequestRefused(f"an RSA key of {key.key_size} bits is not accepted")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.key_size < EC_BITS_MIN:
            raise RequestRefused(f"an elliptic curve of {key.key_size} bits is too short")
    else:
        raise RequestRefused("the key must be RSA or of an elliptic curve (ECDSA)")
    if isinstance(request.signature_hash_algorithm, _WEAK_DIGESTS):
        raise RequestRefused("its signature uses a digest that is broken")
    try:
        proven = request.is_signature_valid
    except InvalidSignature:
        proven = False
    if not proven:
        raise RequestRefused("its signature does not fit its key")


def _judge_extensions(request: x509.CertificateSigningRequest, names: tuple[str, ...]) -> None:
    for extension in request.extensions:
        asked = extension.value
        if isinstance(asked, x509.BasicConstraints) and asked.ca:
            raise RequestRefused("a station is no certificate authority")
        if isinstance(asked, x509.KeyUsage) and (asked.key_cert_sign or asked.crl_sign):
            raise RequestRefused("a station signs no certificates")
        if isinstance(asked, x509.SubjectAlternativeName):
            strangers = [name for name in asked if name.value not in names]
            if strangers:
                raise RequestRefused("it names others than the station")


def _subject(name: x509.Name) -> _Subject:
    common_names = [str(a.value) for a in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if len(common_names) != 1:
        raise RequestRefused("exactly one common name is needed")
    organizations = tuple(str(a.value) for a in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    return _Subject(common_names[0], organizations)


def read_chain(pem: str) -> list[x509.Certificate]:
    """Certificates as PEM, in their order. Raises `InvalidInput`."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except _UNREADABLE as why:
        raise InvalidInput(f"no certificate in PEM: {why}", where="certificate") from why
    return found


def read_root(pem: str, *, now: datetime) -> x509.Certificate:
    """One certificate of an authority that is valid `now`. Raises `InvalidInput` with what is wrong."""
    found = read_chain(pem)
    if len(found) != 1:
        raise InvalidInput("exactly one certificate is wanted", where="certificate")
    root = found[0]
    try:
        constraints = root.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, *_UNREADABLE):
        constraints = None
    if constraints is None or not constraints.ca:
        raise InvalidInput("it is not of an authority (basicConstraints CA)", where="certificate")
    if not root.not_valid_before_utc <= now <= root.not_valid_after_utc:
        raise InvalidInput("it is not valid at present", where="certificate")
    return root


def named(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256"
) -> CertificateHash:
    """How OCPP names a certificate (CertificateHashData): as an OCSP request does (RFC 6960, 4.1.1)."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, ALGORITHMS[algorithm]).build()
    return CertificateHash(
        algorithm,
        asked.issuer_name_hash.hex(),
        asked.issuer_key_hash.hex(),
        f"{certificate.serial_number:x}",
    )


def subject_of(certificate: x509.Certificate) -> str:
    """Its subject as one line (RFC 4514)."""
    return certificate.subject.rfc4514_string()
