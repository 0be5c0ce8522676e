"""A central system with TLS, and what stands around it: authorities, an OCSP responder, a provider of contracts.

Certificates are made by `trustme` and `cryptography`, handshakes by OpenSSL: nothing of ours takes part on this side.
"""

import asyncio
import base64
import itertools
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from tests.conformance.harness import Csms, RawStation, running_csms

from chargewright.app.config import StationsConfig
from chargewright.csms.security.passwords import hash_password

PASSWORD = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Authority:
    """One authority with the key at hand, for roots to install and for OCSP."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def authority(name: str = "A root", issuer: Authority | None = None, *, is_ca: bool = True) -> Authority:
    """A certificate that signs others; below `issuer`, or its own root."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(key if issuer is None else issuer.key, hashes.SHA256())
    )
    return Authority(made, key)


def hash_data(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str) -> dict[str, str]:
    """CertificateHashData by the book: digests of the issuer's name (DER) and of its key (the bit string alone)."""
    kind = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}[algorithm]

    def digest(content: bytes) -> str:
        made = hashes.Hash(kind)
        made.update(content)
        return made.finalize().hex()

    key = issuer.public_key()
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": digest(certificate.issuer.public_bytes()),
        "issuerKeyHash": digest(point),
        "serialNumber": f"{certificate.serial_number:x}",
    }


def request_for(
    common_name: str, *, key: Any = None, organization: str | None = None, extensions: tuple[Any, ...] = ()
) -> tuple[str, Any]:
    """(a certificate request as PEM, its key)."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode(), key


@dataclass
class Responder:
    """An OCSP responder and a provider of contract certificates on one port; counts what it was asked."""

    issuer: Authority
    revoked: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(li.split(":")[1]) for li in head.splitlines() if li.lower().startswith("content-length")
        )
        body = await reader.readexactly(length)
        path = head.split()[1]
        self.asked.append(path)
        content = self.ocsp(body) if path == "/ocsp" else self.contract(body)
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(content)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    def ocsp(self, body: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(body)
        gone = asked.serial_number in self.revoked
        now = datetime.now(UTC).replace(microsecond=0)
        made = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            asked.serial_number,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
            now,
            now + timedelta(hours=1),
            now - timedelta(hours=1) if gone else None,
            None,
        )
        signed = made.responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuer.certificate)
        return signed.sign(self.issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def contract(self, body: bytes) -> bytes:
        asked = json.loads(body)
        exi = base64.b64encode(f"{asked['action']} of {asked['exi_request']}".encode()).decode()
        return json.dumps({"exi_response": exi, "remaining_contracts": 0}).encode()


@dataclass
class Secured:
    """A central system whose port speaks TLS, with a plain one beside it."""

    csms: Csms
    folder: Path
    authority: trustme.CA
    mobility: Authority
    responder: Responder

    def url(self, station_id: str, *, secure: bool = True) -> str:
        gateway = self.csms.central.gateway
        if secure:
            return f"wss://localhost:{gateway.port}/ocpp/{station_id}"
        return f"ws://127.0.0.1:{gateway.plain_port}/ocpp/{station_id}"

    def context(self, shown: trustme.LeafCert | tuple[str, Any] | None = None) -> ssl.SSLContext:
        """A station's TLS; it shows a certificate made here, or (chain, key) of its own."""
        made = ssl.create_default_context()
        self.authority.configure_trust(made)
        if isinstance(shown, tuple):
            chain, key = shown
            file = self.folder / f"{id(made)}.pem"
            private = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            file.write_text(private.decode() + chain)
            made.load_cert_chain(file)
            file.unlink()
        elif shown is not None:
            shown.configure_cert(made)
        return made

    def maker_certificate(self, common_name: str) -> trustme.LeafCert:
        """A client certificate that came with the station."""
        return self.authority.issue_cert(f"{common_name.lower()}.example", common_name=common_name)

    def station(self, station_id: str, shown: Any = None, *, version: str = "ocpp2.0.1", **more: Any) -> Any:
        """A station over TLS, with the certificate `shown`."""
        more.setdefault("ssl", self.context(shown))
        return self.csms.station(version, station_id=station_id, url=self.url(station_id), **more)


async def refused(csms: Csms, station_id: str, version: str = "ocpp2.0.1", **connect: Any) -> int:
    """The HTTP status that a station is turned away with."""
    url = connect.pop("url", csms.url(station_id))
    try:
        async with websockets.connect(url, subprotocols=[version], **connect):
            raise AssertionError("it was let in")
    except websockets.InvalidStatus as why:
        return why.response.status_code


async def fails_in_tls(url: str, context: ssl.SSLContext) -> bool:
    """Whether the handshake ends without a word of HTTP."""
    try:
        async with websockets.connect(url, subprotocols=["ocpp2.0.1"], ssl=context):
            return False
    except (ssl.SSLError, ConnectionError, websockets.InvalidMessage):
        return True


async def with_password(csms: Csms, password: str = PASSWORD, **more: Any) -> str:
    """A station that is entered with a password."""
    return await csms.enter(credential=hash_password(password, generated=True), **more)


async def signed_for(
    station: RawStation, asked: dict[str, Any], answer: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Ask for a certificate: the payload of the CertificateSigned that follows the answer."""
    station.replies["CertificateSigned"] = answer or {"status": "Accepted"}
    assert await station.call("SignCertificate", asked) == {"status": "Accepted"}
    order = await station.expect("CertificateSigned")
    kinds = [(way, frame[0]) for way, frame in station.frames if frame[0] in {2, 3}]
    assert kinds[-4:-1] == [("out", 2), ("in", 3), ("in", 2)], "it is answered before it is signed"
    return order.payload


async def signing(csms: Csms, station_id: str, state: str) -> dict[str, Any]:
    """The newest certificate of a station's own, once it is in this state."""
    path = f"/stations/{station_id}/certificates/own"

    async def reached() -> bool:
        found = await csms.ok("GET", path)
        return bool(found) and found[0]["state"] == state

    await csms.until(reached)
    return (await csms.ok("GET", path))[0]


async def event_kinds(csms: Csms, station_id: str) -> list[str]:
    """What was recorded, the newest first."""
    # What is noticed at the door is written behind the answer.
    await csms.central.store.commit(lambda _: None)
    return [event["kind"] for event in await csms.ok("GET", f"/stations/{station_id}/security-events")]


def leaf(chain: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(chain.encode())[0]


def issued_by_ours(chain: str, root_pem: str) -> bool:
    """Whether a chain leads to the root, each link signed by the next."""
    found = [
        *x509.load_pem_x509_certificates(chain.encode()),
        x509.load_pem_x509_certificate(root_pem.encode()),
    ]
    for below, above in itertools.pairwise(found):
        below.verify_directly_issued_by(above)
    return True


async def our_root(csms: Csms, name: str) -> str:
    return next(r["certificate"] for r in await csms.ok("GET", "/certificates") if r["name"] == name)


@asynccontextmanager
async def running_secured(folder: Path) -> AsyncIterator[Secured]:
    """Two server certificates (ECDSA and RSA), a plain port, a responder and a provider on loopback."""
    ca = trustme.CA()
    mobility = authority("Mobility root")
    for name, kind in (("server", trustme.KeyType.ECDSA), ("second", trustme.KeyType.RSA)):
        made = ca.issue_cert("localhost", key_type=kind, common_name="localhost")
        made.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        made.private_key_pem.write_to_path(folder / f"{name}.key")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "mobility.pem").write_text(mobility.pem)
    responder = Responder(mobility)
    server = await asyncio.start_server(responder.answer, "127.0.0.1", 0)
    responder.port = server.sockets[0].getsockname()[1]
    config = StationsConfig(
        port=0,
        plain_port=0,
        certificate_file=str(folder / "server.pem"),
        key_file=str(folder / "server.key"),
        second_certificate_file=str(folder / "second.pem"),
        second_key_file=str(folder / "second.key"),
        client_ca_file=str(folder / "ca.pem"),
        contract_roots_file=str(folder / "mobility.pem"),
        contract_provider_url=responder.url("/contracts"),
        ocsp_responders="127.0.0.1",
    )
    async with server, running_csms(config) as csms:
        yield Secured(csms, folder, ca, mobility, responder)
