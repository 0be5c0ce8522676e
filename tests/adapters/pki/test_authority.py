"""The built-in authority, judged by OpenSSL's and `cryptography`'s reading of what it made."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.adapters.rest.rest_harness import ManualClock
from tests.conformance.secured import issued_by_ours, leaf, request_for

from chargewright.adapters.pki.authority import FileAuthority
from chargewright.csms.security.ports import ProviderFailed, SigningOrder
from chargewright.errors import InvalidInput

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def order(use="ChargingStationCertificate", **more):
    return SigningOrder(request_for("CS1", **more)[0], "CS1", "Acme", use)


def root_of(made, name):
    return next(root.pem for root in made.roots() if root.name == name)


@pytest.mark.parametrize(
    ("use", "root", "purposes"),
    [
        ("ChargingStationCertificate", "stations", [ExtendedKeyUsageOID.CLIENT_AUTH]),
        ("V2GCertificate", "v2g", [ExtendedKeyUsageOID.SERVER_AUTH]),
        ("Combined", "v2g", [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
    ],
)
async def test_what_is_signed_for_what(use, root, purposes):
    authority = FileAuthority(clock=ManualClock(NOW), days=90)
    signed = await authority.sign(order(use))
    assert issued_by_ours(signed.chain, root_of(authority, root))
    made = leaf(signed.chain)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == purposes
    assert signed.expires_at == made.not_valid_after_utc == NOW + timedelta(days=90)
    assert made.not_valid_before_utc < NOW
    assert signed.serial_number == f"{made.serial_number:x}"
    assert made.subject.rfc4514_string() == "CN=CS1,O=Acme"


async def test_only_key_and_names_of_the_order_are_taken_over():
    authority = FileAuthority(clock=ManualClock(NOW))
    wish = x509.SubjectAlternativeName([x509.DNSName("evil.example")])
    made = leaf((await authority.sign(order(extensions=(wish,), organization="Evil"))).chain)
    assert made.subject.rfc4514_string() == "CN=CS1,O=Acme"
    with pytest.raises(x509.ExtensionNotFound):
        made.extensions.get_extension_for_class(x509.SubjectAlternativeName)


async def test_it_is_made_once_and_kept_for_its_owner_only(tmp_path):
    folder = tmp_path / "authority"
    first = FileAuthority(clock=ManualClock(NOW), folder=folder)
    assert not folder.exists()
    signed = await first.sign(order())
    again = FileAuthority(clock=ManualClock(NOW), folder=folder)
    assert again.roots() == first.roots()
    assert issued_by_ours(signed.chain, root_of(again, "stations"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_files_that_do_not_fit_are_said_so(tmp_path):
    FileAuthority(clock=ManualClock(NOW), folder=tmp_path).roots()
    (tmp_path / "stations.key").write_bytes((tmp_path / "v2g.key").read_bytes())
    with pytest.raises(InvalidInput, match="do not fit"):
        FileAuthority(clock=ManualClock(NOW), folder=tmp_path).roots()
    (tmp_path / "stations.key").write_text("nothing")
    with pytest.raises(InvalidInput, match="cannot be read"):
        FileAuthority(clock=ManualClock(NOW), folder=tmp_path).roots()


async def test_nothing_is_signed_for_longer_than_its_issuer_lives():
    clock = ManualClock(NOW)
    authority = FileAuthority(clock=clock)
    authority.roots()
    clock.at = NOW + timedelta(days=10 * 365 - 10)
    signed = await authority.sign(order())
    assert signed.expires_at == NOW + timedelta(days=10 * 365)
    clock.at = NOW + timedelta(days=10 * 365)
    with pytest.raises(ProviderFailed, match="expired"):
        await authority.sign(order())
