"""Requests of stations against `cryptography`'s own builders, and names of certificates against the standard's recipe."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.conformance.secured import authority, hash_data, request_for

from chargewright.csms.security.x509 import RequestRefused, judge_request, named, read_root
from chargewright.errors import InvalidInput

NAMES = ("CS1", "DE-ABC-E-1")


def judged(pem, organization=""):
    return judge_request(pem, names=NAMES, organization=organization)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP224R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-224", "P-521", "RSA-2048"],
)
def test_keys_that_are_strong_enough(key):
    assert judged(request_for("CS1", key=key)[0]) == "CS1"


@pytest.mark.parametrize("bits", [1024, 2047])
def test_a_short_rsa_key_is_refused(bits):
    with pytest.raises(RequestRefused, match=str(bits)):
        judged(request_for("CS1", key=rsa.generate_private_key(65537, bits))[0])


def test_other_kinds_of_keys_are_refused():
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CS1")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, None)
    with pytest.raises(RequestRefused, match="RSA or of an elliptic curve"):
        judged(made.public_bytes(serialization.Encoding.PEM).decode())
    with pytest.raises(RequestRefused, match="192"):
        judged(request_for("CS1", key=ec.generate_private_key(ec.SECP192R1()))[0])


def test_whom_it_names():
    assert judged(request_for("DE-ABC-E-1")[0]) == "DE-ABC-E-1"
    for name in ("CS2", "cs1", " CS1", "CS1.example"):
        with pytest.raises(RequestRefused, match="common name"):
            judged(request_for(name)[0])
    alternative = x509.SubjectAlternativeName([x509.DNSName("CS1")])
    assert judged(request_for("CS1", extensions=(alternative,))[0]) == "CS1"
    stranger = x509.SubjectAlternativeName([x509.DNSName("CS1"), x509.DNSName("CS2")])
    with pytest.raises(RequestRefused, match="others"):
        judged(request_for("CS1", extensions=(stranger,))[0])


def test_two_common_names_are_no_name():
    both = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n) for n in ("CS1", "CS2")])
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(both).sign(key, hashes.SHA256())
    with pytest.raises(RequestRefused, match="exactly one"):
        judged(made.public_bytes(serialization.Encoding.PEM).decode())


def test_the_organization():
    assert judged(request_for("CS1", organization="Acme")[0], "Acme") == "CS1"
    assert judged(request_for("CS1")[0], "Acme") == "CS1"
    assert judged(request_for("CS1", organization="Other")[0]) == "CS1"
    with pytest.raises(RequestRefused, match="organization"):
        judged(request_for("CS1", organization="Other")[0], "Acme")


def test_who_wants_to_sign_others_is_refused():
    ca = x509.BasicConstraints(ca=True, path_length=None)
    with pytest.raises(RequestRefused, match="no certificate authority"):
        judged(request_for("CS1", extensions=(ca,))[0])
    usage = x509.KeyUsage(*[False] * 5, True, False, False, False)
    with pytest.raises(RequestRefused, match="signs no certificates"):
        judged(request_for("CS1", extensions=(usage,))[0])


def test_a_request_signed_by_another_key_is_refused():
    """The subject's key is swapped in the DER, so that the signature is of another one."""
    mine, theirs = (x509.load_pem_x509_csr(request_for("CS1")[0].encode()) for _ in range(2))

    def spki(request):
        return request.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    der = mine.public_bytes(serialization.Encoding.DER).replace(spki(mine), spki(theirs))
    swapped = x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(RequestRefused, match="signature"):
        judged(swapped)


def test_a_thousand_broken_requests_are_refused_and_none_is_signed():
    seed = 20261122
    random = Random(seed)
    whole = x509.load_pem_x509_csr(request_for("CS1")[0].encode()).public_bytes(serialization.Encoding.DER)
    for number in range(1000):
        der = bytearray(whole)
        for _ in range(random.randint(1, 4)):
            der[random.randrange(len(der))] ^= 1 << random.randrange(8)
        if bytes(der) == whole:
            continue
        pem = serialization_of(bytes(der))
        try:
            judged(pem)
        except RequestRefused:
            continue
        pytest.fail(f"signed: seed {seed}, number {number}")


def serialization_of(der):
    import base64

    lines = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN CERTIFICATE REQUEST-----\n", "é" * 50, "\x00"])
def test_what_is_no_request(text):
    with pytest.raises(RequestRefused, match="cannot be read"):
        judged(text)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_a_certificate_is_named_as_the_standard_says(algorithm):
    root = authority("The root")
    below = authority("Below", root)
    made = named(below.certificate, root.certificate, algorithm)
    wanted = hash_data(below.certificate, root.certificate, algorithm)
    assert (made.algorithm, made.issuer_name_hash, made.issuer_key_hash, made.serial_number) == tuple(
        wanted.values()
    )


def test_what_may_be_installed_as_a_root():
    now = datetime.now(UTC)
    root = authority("The root")
    assert read_root(root.pem, now=now) == root.certificate
    for pem, at, why in (
        ("x", now, "no certificate"),
        (root.pem + root.pem, now, "exactly one"),
        (authority("A leaf", is_ca=False).pem, now, "not of an authority"),
        (root.pem, now + timedelta(days=31), "not valid"),
        (root.pem, now - timedelta(days=2), "not valid"),
    ):
        with pytest.raises(InvalidInput, match=why):
            read_root(pem, now=at)
