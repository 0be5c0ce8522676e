"""What simulated stations do over real sockets: files by HTTP, passwords, TLS and new addresses.

The central system here is the `websockets` package and JSON, the file server plain asyncio.
"""

import asyncio
import base64
import contextlib
import hashlib
import http
import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.ocpp.samples import message_of, small_sample
from tests.patience import PATIENCE_S
from tests.simulator.authority import Authority, pem_of
from tests.simulator.pair import START

from chargewright.ocpp.catalog import Version, catalog
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Scenario, StationSpec

VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
SPEED = 60.0


class Central:
    """Takes stations, answers them from the schemas, and lets a test order."""

    def __init__(self):
        self.heard = []
        self.connection = None
        self.links = 0
        self.shown = []
        self.passwords = None
        self._answers = {}
        self._news = asyncio.Event()

    async def serve(self, connection):
        self.connection, self.links = connection, self.links + 1
        version = Version(connection.subprotocol)
        self._tell()
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in connection:
                frame = json.loads(text)
                if frame[0] == 2:
                    self.heard.append((frame[2], frame[3]))
                    assert message_of(version, frame[2]).is_valid(frame[3])
                    await connection.send(json.dumps([3, frame[1], self._answer(version, frame[2])]))
                elif frame[0] in (3, 4):
                    self._answers[frame[1]] = frame
                self._tell()

    def check(self, connection, request):
        """HTTP basic authentication, where passwords are wanted."""
        given = request.headers.get("Authorization", "")
        self.shown.append(base64.b64decode(given.removeprefix("Basic ")).partition(b":")[2])
        if self.passwords is not None and self.shown[-1] not in self.passwords:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no")
        return None

    def _answer(self, version, action):
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": "2026-03-03T08:00:00Z", "interval": 300}
        return small_sample(message_of(version, action, is_request=False))

    def _tell(self):
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, what):
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await self._news.wait()

    def all(self, action):
        return [payload for name, payload in self.heard if name == action]

    async def order(self, action, payload=None, /, **fields):
        number = f"o{len(self._answers)}"
        wanted = payload if payload is not None else fields
        await self.connection.send(json.dumps([2, number, action, wanted]))
        await self.until(lambda: number in self._answers)
        return self._answers[number][2]


@contextlib.asynccontextmanager
async def meeting(version, *, central=None, tls=None, **spec):
    """A station of this version at a central system; yields (central, its URL, the site)."""
    central = central or Central()
    scenario = Scenario(
        name="one station",
        start=START,
        end=START + timedelta(days=1),
        site={
            "nodes": [{"id": "fuse", "limit_a": 32.0}],
            "evses": [{"station": "CP1", "node": "fuse", "connection": "RST", "current_max_a": 32.0}],
        },
        stations=(StationSpec("CP1", version=version, **spec),),
        arrivals=(),
    )
    async with websockets.serve(
        central.serve,
        "127.0.0.1",
        0,
        subprotocols=VERSIONS,
        process_request=central.check,
        ping_interval=None,
        ssl=tls,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        url = f"ws://127.0.0.1:{port}/ocpp"
        site = SimulatedSite(scenario, url, ScaledClock(START, speed=SPEED))
        await site.start()
        running = asyncio.ensure_future(site.run())
        try:
            yield central, url, site
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await site.stop()


@contextlib.asynccontextmanager
async def file_server(files):
    """Yields its address. PUT puts into `files`, GET gets, by path."""

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        length = next(
            (int(x.split(":")[1]) for x in head.splitlines() if x.lower().startswith("content-length")), 0
        )
        body = await reader.readexactly(length)
        if method == "PUT":
            files[path] = body
        found = files.get(path)
        status = "404 Not Found" if found is None else "200 OK"
        out = (found or b"") if method == "GET" else b""
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(out)}\r\nConnection: close\r\n\r\n".encode() + out
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_order_is_answered_over_a_real_socket(version):
    async with meeting(version) as (central, _, _):
        for action in catalog(Version(version)).sent_by("csms"):
            if action in {"Reset", "SetNetworkProfile"}:
                continue
            sample = small_sample(message_of(Version(version), action))
            answer = await central.order(action, sample)
            if isinstance(answer, dict):
                assert message_of(Version(version), action, is_request=False).is_valid(answer), action
            else:
                assert answer == "PropertyConstraintViolation", (action, answer)
                assert action == "SetChargingProfile"
        answer = await central.order("Reset", small_sample(message_of(Version(version), "Reset")))
        assert answer["status"] in {"Accepted", "Scheduled", "Rejected"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_log_is_handed_over_and_firmware_fetched(version):
    files = {"/firmware/3.1.bin": b"new firmware" * 50_000}
    async with file_server(files) as address, meeting(version) as (central, _, _):
        log = {"remoteLocation": f"{address}/logs/"}
        answer = await central.order("GetLog", logType="DiagnosticsLog", requestId=1, log=log)
        await central.until(lambda: len(central.all("LogStatusNotification")) == 2)
        assert central.all("LogStatusNotification")[-1] == {"status": "Uploaded", "requestId": 1}
        assert b"BootNotification" in files[f"/logs/{answer['filename']}"]

        url, now = f"{address}/firmware/3.1.bin", "2020-01-01T00:00:00Z"
        if version == "ocpp1.6":
            await central.order("UpdateFirmware", location=url, retrieveDate=now)
        else:
            firmware = {"location": url, "retrieveDateTime": now}
            await central.order("UpdateFirmware", requestId=2, firmware=firmware)
        await central.until(
            lambda: any(s["status"] == "Installed" for s in central.all("FirmwareStatusNotification"))
        )
        boot = central.all("BootNotification")[-1]
        assert "3.1" in json.dumps(boot)
        assert central.links == 2


async def test_firmware_that_is_not_there():
    files = {}
    async with file_server(files) as address, meeting("ocpp2.0.1") as (central, _, _):
        for url in (f"{address}/nothing", "http://127.0.0.1:1/nobody", "ftp://127.0.0.1/x"):
            central.heard.clear()
            firmware = {"location": url, "retrieveDateTime": "2020-01-01T00:00:00Z"}
            await central.order("UpdateFirmware", requestId=2, firmware=firmware)
            await central.until(lambda: len(central.all("FirmwareStatusNotification")) == 2)
            told = [s["status"] for s in central.all("FirmwareStatusNotification")]
            assert told == ["Downloading", "DownloadFailed"], url


async def test_published_firmware_can_be_fetched_from_the_station():
    """L03."""
    files = {"/image": b"image"}
    checksum = hashlib.md5(b"image").hexdigest()
    async with file_server(files) as address, meeting("ocpp2.1") as (central, _, _):
        await central.order("PublishFirmware", location=f"{address}/image", checksum=checksum, requestId=1)
        await central.until(lambda: len(central.all("PublishFirmwareStatusNotification")) == 4)
        (url,) = central.all("PublishFirmwareStatusNotification")[-1]["location"]
        assert await fetched(url) == b"image"
        answer = await central.order("UnpublishFirmware", checksum=checksum)
        assert answer == {"status": "Unpublished"}
        await central.order("GetLocalListVersion")
        assert await fetched(url) is None


async def fetched(url):
    """A file by HTTP/1.0, None where it is not there."""
    _, _, place = url.partition("://")
    address, _, path = place.partition("/")
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return body if b" 200 " in head.splitlines()[0] else None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("as_bytes", [False, True])
async def test_a_new_password_is_used_for_the_next_link(version, as_bytes):
    """As digits or as the bytes that they stand for: a central system may have meant either."""
    old, new = b"old password 1234", "0f" * 20
    central = Central()
    central.passwords = {old}
    async with meeting(version, central=central, password=old.decode()) as (_, _, site):
        central.passwords = {bytes.fromhex(new) if as_bytes else new.encode()}
        if version == "ocpp1.6":
            answer = await central.order("ChangeConfiguration", key="AuthorizationKey", value=new)
            assert answer == {"status": "Accepted"}
        else:
            data = {
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "BasicAuthPassword"},
                "attributeValue": new,
            }
            answer = await central.order("SetVariables", setVariableData=[data])
            assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
        await central.until(lambda: central.links == 2)
        assert central.shown[0] == old
        assert central.shown[-1] in central.passwords
        await central.until(lambda: len(central.all("StatusNotification")) == 2)
        assert len(central.all("BootNotification")) == 1, "a new link is no boot"
        assert site.connected == 1


def server_context(authority, *, wants_client=False):
    """TLS of a central system on 127.0.0.1, certified by the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")]))
        .issuer_name(authority.name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem_of(certificate), private


@pytest.fixture
def tls(tmp_path):
    authority = Authority(begins=START - timedelta(days=3650))
    certificate, key = server_context(authority)
    (tmp_path / "c.pem").write_text(certificate)
    (tmp_path / "k.pem").write_bytes(key)
    (tmp_path / "ca.pem").write_text(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    return authority, context


async def test_a_1_6_station_raises_its_security_profile_to_mutual_tls(tls):
    """A05, from profile 1 over 2 to 3: a second port of the same central system speaks TLS."""
    authority, context = tls
    context.verify_mode = ssl.CERT_OPTIONAL
    secure = Central()
    async with (
        websockets.serve(
            secure.serve, "127.0.0.1", 0, subprotocols=VERSIONS, ssl=context, ping_interval=None
        ) as server,
        meeting("ocpp1.6", password="old password 1234") as (central, _, site),
    ):
        kind = "CentralSystemRootCertificate"
        await central.order("InstallCertificate", certificateType=kind, certificate=authority.pem)
        port = next(iter(server.sockets)).getsockname()[1]
        site._url = f"ws://127.0.0.1:{port}/ocpp"  # as though one port took both; `websockets` cannot
        answer = await central.order("ChangeConfiguration", key="SecurityProfile", value="2")
        assert answer == {"status": "Accepted"}
        await secure.until(lambda: secure.links == 1)
        assert secure.connection.transport.get_extra_info("peercert") in (None, {})
        assert (await secure.order("GetConfiguration", key=["SecurityProfile"]))["configurationKey"][0][
            "value"
        ] == "2"

        await secure.order("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
        await secure.until(lambda: secure.all("SignCertificate"))
        chain = authority.answer(secure.all("SignCertificate")[-1]["csr"])
        assert (await secure.order("CertificateSigned", certificateChain=chain)) == {"status": "Accepted"}
        answer = await secure.order("ChangeConfiguration", key="SecurityProfile", value="3")
        assert answer == {"status": "Accepted"}
        await secure.until(lambda: secure.links == 2)
        shown = secure.connection.transport.get_extra_info("peercert")
        assert ((("commonName", "CP1"),)) in shown["subject"]


async def test_a_profile_that_leads_nowhere_is_left_again(tls):
    """A05: where TLS does not work, the station comes back as before."""
    authority, _ = tls
    async with meeting("ocpp1.6", password="old password 1234") as (central, _, _):
        kind = "CentralSystemRootCertificate"
        await central.order("InstallCertificate", certificateType=kind, certificate=authority.pem)
        await central.order("ChangeConfiguration", key="SecurityProfile", value="2")
        await central.until(lambda: central.links == 2)
        told = await central.order("GetConfiguration", key=["SecurityProfile"])
        assert told["configurationKey"][0]["value"] == "1"


async def test_a_central_system_that_shows_another_certificate_is_not_trusted(tls):
    """TC_078 from the other side: the station tells it once it is back."""
    _, context = tls
    async with (
        websockets.serve(
            Central().serve, "127.0.0.1", 0, subprotocols=VERSIONS, ssl=context, ping_interval=None
        ) as server,
        meeting("ocpp1.6", password="old password 1234") as (central, _, site),
    ):
        kind = "CentralSystemRootCertificate"
        other = Authority("Other").pem
        await central.order("InstallCertificate", certificateType=kind, certificate=other)
        plain, site._url = site._url, f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ocpp"
        await central.order("ChangeConfiguration", key="SecurityProfile", value="2")
        async with asyncio.timeout(PATIENCE_S):
            while "CP1" not in site.refusals:  # noqa: ASYNC110  # nobody is told of a link that is refused
                await asyncio.sleep(0)
        site._url = plain
        await central.until(lambda: central.links == 2)
        await central.until(lambda: len(central.all("SecurityEventNotification")) == 2)
        told = [event["type"] for event in central.all("SecurityEventNotification")]
        assert told == ["ReconfigurationOfSecurityParameters", "InvalidCentralSystemCertificate"]


@pytest.mark.parametrize("version", VERSIONS[1:])
async def test_a_network_profile_leads_elsewhere_after_a_reset(version):
    """B09, B10."""
    async with meeting(version) as (central, _, site):
        elsewhere = Central()
        async with websockets.serve(
            elsewhere.serve, "127.0.0.1", 0, subprotocols=VERSIONS, ping_interval=None
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            data = {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": f"ws://127.0.0.1:{port}/new",
                "messageTimeout": 30,
                "securityProfile": 1,
                "ocppInterface": "Wired0",
            }
            answer = await central.order("SetNetworkProfile", configurationSlot=1, connectionData=data)
            assert answer == {"status": "Accepted"}
            value = {
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "NetworkConfigurationPriority"},
                "attributeValue": "1",
            }
            answer = await central.order("SetVariables", setVariableData=[value])
            assert answer["setVariableResult"][0]["attributeStatus"] == "RebootRequired"
            await central.order("Reset", type="Immediate")
            await elsewhere.until(lambda: elsewhere.all("BootNotification"))
            assert elsewhere.connection.request.path == "/new/CP1"
            await site.stop()
