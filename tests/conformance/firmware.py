"""Moves that the cases about firmware and logs share: images with real signatures, and stations that tell how it goes."""

import base64
import hashlib
import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.conformance.harness import ACCEPTED, BOOTS, Csms, RawStation
from tests.patience import PATIENCE_S

BYTES = random.Random(25).randbytes(150_001)
WAY = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
"""What a station tells on its way to the reboot with signed firmware."""


@cache
def signer() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """A manufacturer's key and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Acme firmware")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=20_000))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM).decode()


def signature(content: bytes) -> str:
    key, _ = signer()
    return base64.b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def signed_by_the_manufacturer(firmware: dict[str, Any], content: bytes) -> bool:
    """Whether what was downloaded is what the order's certificate and signature speak of: as a station judges it."""
    key = x509.load_pem_x509_certificate(firmware["signingCertificate"].encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(firmware["signature"]), content, ec.ECDSA(hashes.SHA256()))
    return content == BYTES


async def image(
    csms: Csms, *, signed: bool = True, version: str = "2.0", content: bytes = BYTES
) -> dict[str, Any]:
    """Enter an image through the API."""
    file = await csms.ok("POST", "/files", params={"name": f"acme-{version}.bin"}, content=content)
    body: dict[str, Any] = {"file": file["id"], "version": version, "vendor": "Acme"}
    if signed:
        body |= {"signature": signature(content), "signing_certificate": signer()[1]}
    return await csms.ok("POST", "/firmware", json=body)


async def update(
    csms: Csms,
    station: RawStation,
    *,
    answer: dict[str, Any] = ACCEPTED,
    action: str = "UpdateFirmware",
    signed: bool = True,
    **plan: Any,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Order an update: (the message that arrived, the update as it is shown)."""
    station.replies[action] = answer
    body = {"firmware": (await image(csms, signed=signed))["id"], **plan}
    shown = await csms.ok("POST", f"/stations/{station.id}/firmware-updates", json=body)
    return (await station.expect(action)).payload, shown


async def tell(station: RawStation, request_id: int | None, *statuses: str, prefix: str = "Firmware") -> None:
    for status in statuses:
        told = {"status": status, **({} if request_id is None else {"requestId": request_id})}
        assert await station.call(f"{prefix}StatusNotification", told) == {}


async def update_shown(csms: Csms, station: RawStation, number: int) -> dict[str, Any]:
    return await csms.ok("GET", f"/stations/{station.id}/firmware-updates/{number}")


async def state_of(csms: Csms, station: RawStation, number: int) -> tuple[str, str]:
    shown = await update_shown(csms, station, number)
    return shown["state"], shown["status"]


async def boot_with(station: RawStation, version: str) -> None:
    """It boots again after the update, with this version."""
    if station.version == "ocpp1.6":
        boot = {**BOOTS["ocpp1.6"], "firmwareVersion": version}
    else:
        about = {**BOOTS[station.version]["chargingStation"], "firmwareVersion": version}
        boot = {"reason": "FirmwareUpdate", "chargingStation": about}
    assert (await station.call("BootNotification", boot))["status"] == "Accepted"


async def fetched(url: str) -> bytes:
    """What a station gets that downloads it."""
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as http:
        response = await http.get(url)
    assert response.status_code == 200
    return response.content


async def leave(url: str, content: bytes) -> int:
    """A station leaves a file: the status of the answer."""
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as http:
        return (await http.put(url, content=content)).status_code


async def file_of(csms: Csms, shown: dict[str, Any]) -> bytes:
    """The content of the file that a request brought, its checksum being right."""
    about = await csms.ok("GET", f"/files/{shown['file']}")
    content = (await csms.request("GET", f"/files/{shown['file']}/content")).content
    assert about["sha256"] == hashlib.sha256(content).hexdigest()
    assert about["reference"] == str(shown["number"])
    return content
