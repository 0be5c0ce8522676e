"""A certificate authority for tests: roots, leaves and what they sign, by `cryptography` alone."""

import base64
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.simulator.pair import START

YEAR = timedelta(days=365)


class Authority:
    def __init__(self, name="Root", *, begins=START - YEAR, ends=START + 10 * YEAR):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.begins, self.ends = begins, ends
        self.certificate = self._sign(self.name, self.key.public_key(), is_root=True)

    def _sign(self, subject, public_key, *, is_root=False, begins=None, ends=None):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins or self.begins)
            .not_valid_after(ends or self.ends)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self):
        return pem_of(self.certificate)

    def answer(self, csr_pem, **more):
        """Sign what a station asks for."""
        csr = x509.load_pem_x509_csr(csr_pem.encode())
        assert csr.is_signature_valid
        return pem_of(self._sign(csr.subject, csr.public_key(), **more))

    def below(self, name):
        """An authority that this one has certified."""
        other = Authority(name, begins=self.begins, ends=self.ends)
        other.certificate = self._sign(other.name, other.key.public_key(), is_root=True)
        return other

    def signer(self, **more):
        """(certificate PEM, sign(bytes) -> Base64)"""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
        pem = pem_of(self._sign(name, key.public_key(), **more))
        return pem, lambda body: base64.b64encode(key.sign(body, ec.ECDSA(hashes.SHA256()))).decode()


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def hashes_of(authority, certificate=None):
    """The hashes of a certificate of the authority's (its own if None) by way of an OCSP request, which has the same ones (RFC 6960, CertID)."""
    from cryptography.x509 import ocsp

    request = ocsp.OCSPRequestBuilder().add_certificate(
        certificate or authority.certificate, authority.certificate, hashes.SHA256()
    )
    built = request.build()
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": built.issuer_name_hash.hex(),
        "issuerKeyHash": built.issuer_key_hash.hex(),
        "serialNumber": f"{built.serial_number:x}",
    }
