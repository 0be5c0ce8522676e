"""The built-in certificate authority: two hierarchies in a folder, made when they are first needed.

    stations.root.pem -> stations.pem (+ .key)     what stations show us (security profile 3)
    v2g.root.pem      -> v2g.pem      (+ .key)     what stations show cars (ISO 15118)

Each root signs one issuing certificate and is then not needed for years; its key lies beside it and may be taken
to a safe place.
"""

import asyncio
import os
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chargewright.clock import Clock
from chargewright.csms.security.ports import ProviderFailed, RootCertificate, SignedChain, SigningOrder
from chargewright.errors import InvalidInput

__all__ = ["FileAuthority"]

Hierarchy = Literal["stations", "v2g"]

_ROOT_DAYS, _ISSUER_DAYS = 20 * 365, 10 * 365
_BACKDATED: Final = timedelta(hours=1)
"""Clocks of stations are late at times: a certificate of this minute would not be valid there yet."""


@dataclass(frozen=True, slots=True)
class _Issuer:
    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class FileAuthority:
    """Implements `CertificateAuthority`. Without a folder all is kept in memory, and gone with the process."""

    def __init__(
        self,
        *,
        clock: Clock,
        folder: Path | None = None,
        organization: str = "chargewright",
        days: int = 365,
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._organization = organization
        self._days = days
        self._issuers: dict[Hierarchy, _Issuer] = {}
        self._lock = threading.Lock()

    async def sign(self, order: SigningOrder) -> SignedChain:
        return await asyncio.to_thread(self._sign, order)

    def roots(self) -> tuple[RootCertificate, ...]:
        return tuple(RootCertificate(name, _pem(self._issuer(name).root)) for name in ("stations", "v2g"))

    def trusted(self) -> str:
        """Roots and issuing certificates as PEM: many stations show their own certificate without its issuer."""
        made = [self._issuer("stations"), self._issuer("v2g")]
        return "".join(_pem(one.root) + _pem(one.certificate) for one in made)

    def _sign(self, order: SigningOrder) -> SignedChain:
        issuer = self._issuer("stations" if order.use == "ChargingStationCertificate" else "v2g")
        public_key = x509.load_pem_x509_csr(order.request.encode()).public_key()
        now = self._clock.now()
        expires_at = min(now + timedelta(days=self._days), issuer.certificate.not_valid_after_utc)
        if expires_at <= now:
            raise ProviderFailed("the issuing certificate has expired")
        serial_number = x509.random_serial_number()
        subject = _name(order.common_name, order.organization or self._organization)
        made = (
            x509.CertificateBuilder(issuer.certificate.subject, subject, public_key, serial_number)
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(expires_at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_purposes(order)), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
            )
            .sign(issuer.key, hashes.SHA256())
        )
        return SignedChain(_pem(made) + _pem(issuer.certificate), f"{serial_number:x}", expires_at)

    def _issuer(self, name: Hierarchy) -> _Issuer:
        with self._lock:
            if name not in self._issuers:
                self._issuers[name] = self._load(name) or self._make(name)
            return self._issuers[name]

    def _load(self, name: Hierarchy) -> _Issuer | None:
        if self._folder is None or not (self._folder / f"{name}.pem").exists():
            return None
        try:
            key = serialization.load_pem_private_key(
                (self._folder / f"{name}.key").read_bytes(), password=None
            )
            root = x509.load_pem_x509_certificate((self._folder / f"{name}.root.pem").read_bytes())
            certificate = x509.load_pem_x509_certificate((self._folder / f"{name}.pem").read_bytes())
        except (OSError, ValueError) as why:
            raise InvalidInput(
                f"the certificate authority cannot be read: {why}", where=str(self._folder)
            ) from why
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise InvalidInput("key and certificate do not fit", where=str(self._folder / f"{name}.key"))
        return _Issuer(root, certificate, key)

    def _make(self, name: Hierarchy) -> _Issuer:
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        title = {"stations": "stations", "v2g": "V2G"}[name]
        root_name = _name(f"{self._organization} {title} root", self._organization)
        root = self._authority(root_name, root_name, root_key, root_key, days=_ROOT_DAYS, below=1)
        certificate = self._authority(
            _name(f"{self._organization} {title}", self._organization),
            root_name,
            key,
            root_key,
            days=_ISSUER_DAYS,
            below=0,
        )
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._folder / f"{name}.root.key", _private(root_key))
            _write(self._folder / f"{name}.root.pem", _pem(root))
            _write(self._folder / f"{name}.key", _private(key))
            _write(self._folder / f"{name}.pem", _pem(certificate))  # last: it says that the others are whole
        return _Issuer(root, certificate, key)

    def _authority(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signing_key: ec.EllipticCurvePrivateKey,
        *,
        days: int,
        below: int,
    ) -> x509.Certificate:
        now = self._clock.now()
        return (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
            .add_extension(_key_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
            )
            .sign(signing_key, hashes.SHA256())
        )


def _purposes(order: SigningOrder) -> list[x509.ObjectIdentifier]:
    """Towards us a station is the TLS client, towards a car it is the server."""
    towards_us = (
        [ExtendedKeyUsageOID.CLIENT_AUTH] if order.use in {"ChargingStationCertificate", "Combined"} else []
    )
    towards_cars = [] if order.use == "ChargingStationCertificate" else [ExtendedKeyUsageOID.SERVER_AUTH]
    return towards_us + towards_cars


def _name(common_name: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _write(path: Path, text: str) -> None:
    """Durable, and readable by its owner only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
