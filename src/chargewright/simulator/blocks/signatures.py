"""Reading certificates and checking signatures, as a station does it."""

import base64
import binascii
import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

__all__ = ["CertificateHash", "certificate_of", "chain_of", "hash_of", "signed_by", "valid_at"]

CertificateHash = tuple[str, str, str, str]
"""Algorithm, hash of the issuer's name, hash of the issuer's key, serial number; hexadecimal, without leading zeroes."""


def chain_of(pem: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text, the leaf first; none where it cannot be read."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return []


def certificate_of(pem: str) -> x509.Certificate | None:
    chain = chain_of(pem)
    return chain[0] if chain else None


def valid_at(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def signed_by(certificate: x509.Certificate, content: bytes, signature: str) -> bool:
    """Whether the key of the certificate signed this with SHA-256; `signature` is Base64 (RSA PKCS #1, PSS, or ECDSA)."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    key = certificate.public_key()
    sha = hashes.SHA256()
    if isinstance(key, ec.EllipticCurvePublicKey):
        try:
            key.verify(raw, content, ec.ECDSA(sha))
        except InvalidSignature:
            return False
        return True
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(sha), padding.PSS.AUTO)
        for scheme in (padding.PKCS1v15(), pss):
            try:
                key.verify(raw, content, scheme, sha)
            except InvalidSignature:
                continue
            return True
    return False


def hash_of(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str) -> CertificateHash:
    """What OCPP calls a certificate by: CertificateHashDataType of 1.6 and 2.x, after RFC 6960's CertID."""
    make = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}[algorithm]
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        bits = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    elif isinstance(key, rsa.RSAPublicKey):
        bits = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    else:
        bits = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return (
        algorithm,
        make(certificate.issuer.public_bytes()).hexdigest(),
        make(bits).hexdigest(),
        f"{certificate.serial_number:x}",
    )
