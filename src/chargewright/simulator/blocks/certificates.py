"""A station's certificates: roots that were installed, and its own, asked for with a request of its own making.

OCPP 1.6 security white paper, sections 4 and 5 (A02, M03 to M05); OCPP 2.x part 2, A02, A03, M03 to M06.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chargewright.simulator.agenda import Appointment
from chargewright.simulator.blocks.signatures import (
    CertificateHash,
    certificate_of,
    chain_of,
    hash_of,
    valid_at,
)
from chargewright.simulator.evse import later
from chargewright.simulator.host import Host
from chargewright.simulator.said import CertificateAsked

__all__ = ["CERTIFICATES_MAX", "STATION", "V2G", "V2G20", "CertificateStore", "Own"]

CERTIFICATES_MAX = 20
STATION, V2G, V2G20 = "ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Use = str
"""2.x's word for what a root is trusted for."""


@dataclass(frozen=True, slots=True)
class Own:
    """A certificate of the station's own: leaf first, and the key that belongs to it."""

    chain: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey


@dataclass(slots=True)
class _Asked:
    use: str
    request_id: int
    key: ec.EllipticCurvePrivateKey
    attempts: int = 0
    again: Appointment | None = None


class CertificateStore:
    """What one station holds."""

    def __init__(self, station: Host) -> None:
        self._station = station
        self._roots: list[tuple[Use, x509.Certificate]] = []
        self.own: dict[str, Own] = {}
        self._asked: dict[str, _Asked] = {}
        self._requests = 0
        self.organization = "chargewright"
        """The O of what the station asks to be certified (OrganizationName, CpoName)."""
        self.signing_wait_s = 30
        self.signing_repeats = 2
        """How long it waits for a signed certificate before it asks again, doubling, and how often (A02.FR.18, 19)."""

    # --- roots -----------------------------------------------------------------------------------------------------

    def install(self, use: Use, pem: str, at: datetime) -> Literal["Accepted", "Rejected", "Failed"]:
        """Trust a root from now on (M05). Rejected: it is none, or not valid now; Failed: there is no room."""
        certificate = certificate_of(pem)
        if certificate is None or not valid_at(certificate, self._station.clock(at)):
            return "Rejected"
        if (use, certificate) in self._roots:
            return "Accepted"
        if len(self._roots) >= CERTIFICATES_MAX:
            return "Failed"
        self._roots.append((use, certificate))
        self._tell_trusted()
        return "Accepted"

    def _tell_trusted(self) -> None:
        """Who makes the links of the station needs to know whom they may lead to."""
        pem = serialization.Encoding.PEM
        self._station.trusted_roots = tuple(
            root.public_bytes(pem).decode() for root in self.roots("CSMSRootCertificate")
        )

    def roots(self, use: Use) -> list[x509.Certificate]:
        return [certificate for of, certificate in self._roots if of == use]

    def hashes(self, uses: Collection[Use] | None) -> list[tuple[Use, CertificateHash]]:
        """The installed roots for these uses (all where None), by their hashes (M03)."""
        return [
            (use, hash_of(certificate, self._issuer_of(certificate), "SHA256"))
            for use, certificate in self._roots
            if uses is None or use in uses
        ]

    def own_hashes(self, use: str) -> list[CertificateHash]:
        """A certificate of the station's own and those above it in its chain, by their hashes."""
        own = self.own.get(use)
        if own is None:
            return []
        return [hash_of(c, self._issuer_of(c, own.chain), "SHA256") for c in own.chain]

    def delete(self, wanted: CertificateHash) -> Literal["Accepted", "NotFound", "Failed"]:
        """Remove what has this hash (M04); the station's own are out of reach (M04.FR.06)."""
        algorithm = wanted[0]
        sought = (algorithm, *(text.lower() for text in wanted[1:3]), wanted[3].lower().lstrip("0"))

        def meant(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...] = ()) -> bool:
            return hash_of(certificate, self._issuer_of(certificate, chain), algorithm) == sought

        if any(meant(own.chain[0], own.chain) for own in self.own.values()):
            return "Failed"
        kept = [(use, certificate) for use, certificate in self._roots if not meant(certificate)]
        if len(kept) == len(self._roots):
            return "NotFound"
        self._roots = kept
        self._tell_trusted()
        return "Accepted"

    def _issuer_of(
        self, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...] = ()
    ) -> x509.Certificate:
        """The certificate above this one; itself where nobody above it is known, as with a root."""
        for above in (*chain, *(root for _, root in self._roots)):
            if above.subject == certificate.issuer and _issued(certificate, above):
                return above
        return certificate

    def vouched(self, certificate: x509.Certificate, use: Use, at: datetime) -> bool:
        """Whether it is valid now and an installed root for this use stands behind it."""
        return valid_at(certificate, at) and any(
            root == certificate or _issued(certificate, root) for root in self.roots(use)
        )

    # --- the station's own -----------------------------------------------------------------------------------------

    def ask(self, use: str, at: datetime) -> None:
        """Make a key and ask for a certificate on it (A02.FR.01 to 05)."""
        before = self._asked.pop(use, None)
        if before is not None and before.again is not None:
            before.again.cancelled = True
        self._requests += 1
        key = ec.derive_private_key(self._station.rng.randrange(1, _P256_ORDER), ec.SECP256R1())
        asked = self._asked[use] = _Asked(use, self._requests, key)
        self._send(asked, at)

    def _send(self, asked: _Asked, at: datetime) -> None:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization[:64] or "-"),
                x509.NameAttribute(NameOID.COMMON_NAME, self._station.spec.id[:64]),
            ]
        )
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(asked.key, hashes.SHA256())
        pem = csr.public_bytes(serialization.Encoding.PEM).decode()
        self._station.outbox.put(CertificateAsked(pem, asked.use, asked.request_id))
        asked.again = None
        if asked.attempts < self.signing_repeats and self.signing_wait_s > 0:
            again_at = later(at, self.signing_wait_s * 2**asked.attempts)
            asked.attempts += 1
            asked.again = self._station.agenda.plan(again_at, lambda then: self._send(asked, then))

    def refused(self, use: str) -> None:
        """The central system will not sign: there is nothing to wait for (A02.FR.17)."""
        asked = self._asked.pop(use, None)
        if asked is not None and asked.again is not None:
            asked.again.cancelled = True

    def signed(self, use: str, pem: str, request_id: int | None, at: datetime) -> bool:
        """Take a signed certificate over, if it is on the key that was made, valid, and from whom it should be."""
        chain = chain_of(pem)
        asked = self._asked.get(use)
        now = self._station.clock(at)
        good = (
            bool(chain)
            and asked is not None
            and request_id in {None, asked.request_id}
            and _public(chain[0]) == _public_of_key(asked.key)
            and valid_at(chain[0], now)
            and all(_issued(low, high) for low, high in pairwise(chain))
            and self._anchored(chain, use)
        )
        if not good or asked is None:
            return False
        if asked.again is not None:
            asked.again.cancelled = True
        del self._asked[use]
        self.own[use] = Own(tuple(chain), asked.key)
        return True

    def _anchored(self, chain: list[x509.Certificate], use: str) -> bool:
        """Whether a root that the station trusts for it ends the chain; where it knows none, it takes what comes."""
        roots = self.roots("CSMSRootCertificate" if use == STATION else "V2GRootCertificate")
        return not roots or any(chain[-1] == root or _issued(chain[-1], root) for root in roots)

    def shown(self) -> tuple[bytes, bytes] | None:
        """Chain and key of the station's own certificate, PEM, for the link."""
        own = self.own.get(STATION)
        if own is None:
            return None
        pem = serialization.Encoding.PEM
        key = own.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return b"".join(c.public_bytes(pem) for c in own.chain), key


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _public_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
