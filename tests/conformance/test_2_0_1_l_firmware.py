"""OCPP 2.0.1 block L: firmware updates, and firmware that a station publishes to others."""

import hashlib
from datetime import datetime

from tests.conformance.charging import Charging, connector, event_data, notify, status_of
from tests.conformance.firmware import (
    BYTES,
    WAY,
    boot_with,
    fetched,
    image,
    signature,
    signed_by_the_manufacturer,
    signer,
    state_of,
    tell,
    update,
    update_shown,
)
from tests.conformance.harness import ACCEPTED, now

V = "ocpp2.0.1"
CANCELED = {"status": "AcceptedCanceled"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def installed(csms, station, number: int) -> None:
    """The station starts anew with the new firmware, says so, and that is what is shown."""
    await boot_with(station, "2.0")
    await connector(station, "Available")
    await tell(station, number, "Installed")
    shown = await update_shown(csms, station, number)
    assert (shown["state"], shown["status"], shown["confirmed"]) == ("done", "Installed", True)
    assert (shown["version_before"], shown["version_told"]) == ("1.0", "2.0")


async def test_tc_l_01_csms(csms):
    """A signed image is ordered with its certificate, downloaded from here, installed, and confirmed by the boot."""
    async with csms.station(V) as station:
        arrived, shown = await update(csms, station)
        assert (shown["state"], shown["signed"]) == ("running", True)
        assert arrived["requestId"] == shown["number"]
        firmware = arrived["firmware"]
        assert firmware["signingCertificate"] == signer()[1]
        assert at(firmware["retrieveDateTime"]) <= at(now(1))
        await tell(station, shown["number"], "Downloading")
        assert signed_by_the_manufacturer(firmware, await fetched(firmware["location"]))
        await tell(station, shown["number"], *WAY[1:])
        await installed(csms, station, shown["number"])
        told = (await update_shown(csms, station, shown["number"]))["told"]
        assert [one["status"] for one in told] == [*WAY, "Installed"]


async def test_tc_l_02_csms(csms):
    """An update to be installed later: the time goes out, and InstallScheduled is followed until it is installed."""
    async with csms.station(V) as station:
        arrived, shown = await update(csms, station, install_at=now(600))
        assert at(arrived["firmware"]["installDateTime"]) > at(now(590))
        await tell(station, shown["number"], *WAY[:3], "InstallScheduled")
        assert await state_of(csms, station, shown["number"]) == ("running", "InstallScheduled")
        await tell(station, shown["number"], *WAY[3:])
        await installed(csms, station, shown["number"])


async def test_tc_l_03_csms(csms):
    """An update to be fetched later: the time goes out, and DownloadScheduled is followed until it is installed."""
    async with csms.station(V) as station:
        arrived, shown = await update(csms, station, retrieve_at=now(600))
        assert at(arrived["firmware"]["retrieveDateTime"]) > at(now(590))
        await tell(station, shown["number"], "DownloadScheduled")
        assert await state_of(csms, station, shown["number"]) == ("running", "DownloadScheduled")
        await tell(station, shown["number"], *WAY)
        await installed(csms, station, shown["number"])


async def refused(csms, status: str) -> None:
    async with csms.station(V) as station:
        arrived, shown = await update(csms, station, answer={"status": status})
        assert {"signingCertificate", "signature"} <= set(arrived["firmware"])
        assert (shown["state"], shown["reason"]) == ("refused", status)
        if status == "InvalidCertificate":
            event = {"type": "InvalidFirmwareSigningCertificate", "timestamp": now()}
            assert await station.call("SecurityEventNotification", event) == {}
            (noted,) = await csms.ok("GET", f"/stations/{station.id}/security-events")
            assert noted["kind"] == event["type"]
        assert await state_of(csms, station, shown["number"]) == ("refused", "")


async def test_tc_l_04_csms(csms):
    """A station that finds the signing certificate revoked refuses the update, and it is shown so."""
    await refused(csms, "RevokedCertificate")


async def test_tc_l_05_csms(csms):
    """A station that finds the signing certificate invalid refuses the update; its security event is kept."""
    await refused(csms, "InvalidCertificate")


async def failed(csms, *statuses: str, after_boot: bool = False) -> None:
    async with csms.station(V) as station:
        _, shown = await update(csms, station)
        await tell(station, shown["number"], *statuses[:-1])
        assert await state_of(csms, station, shown["number"]) == ("running", statuses[-2])
        if after_boot:
            await boot_with(station, "1.0")
            await connector(station, "Available")
        await tell(station, shown["number"], statuses[-1])
        if statuses[-1] == "InvalidSignature":
            event = {"type": "InvalidFirmwareSignature", "timestamp": now()}
            assert await station.call("SecurityEventNotification", event) == {}
            (noted,) = await csms.ok("GET", f"/stations/{station.id}/security-events")
            assert noted["kind"] == event["type"]
        ended = await update_shown(csms, station, shown["number"])
        assert (ended["state"], ended["status"], ended["confirmed"]) == ("failed", statuses[-1], None)


async def test_tc_l_06_csms(csms):
    """The signature of what was downloaded is wrong: the update has failed; the security event is kept."""
    await failed(csms, "Downloading", "Downloaded", "InvalidSignature")


async def test_tc_l_07_csms(csms):
    """The download fails: the update has failed."""
    await failed(csms, "Downloading", "DownloadFailed")


async def test_tc_l_08_csms(csms):
    """The image does not stand the station's own verification: the update has failed."""
    await failed(csms, *WAY[:4], "InstallVerificationFailed")


async def test_tc_l_09_csms(csms):
    """The station comes back with the old version and tells that the installation failed: the update has failed."""
    await failed(csms, *WAY, "InstallationFailed", after_boot=True)


async def test_tc_l_10_csms(csms):
    """A second update takes the place of the first one, which is shown as canceled, and is installed."""
    async with csms.station(V) as station:
        _, first = await update(csms, station)
        await tell(station, first["number"], "Downloading")
        arrived, second = await update(csms, station, answer=CANCELED)
        assert arrived["requestId"] == second["number"] != first["number"]
        assert second["state"] == "running"
        assert await state_of(csms, station, first["number"]) == ("canceled", "Downloading")
        await tell(station, second["number"], *WAY)
        await installed(csms, station, second["number"])


async def test_tc_l_11_csms(csms):
    """A second update that the station cannot take is refused; the first one goes on to its end."""
    async with csms.station(V) as station:
        _, first = await update(csms, station)
        await tell(station, first["number"], "Downloading")
        _, second = await update(csms, station, answer={"status": "Rejected"})
        assert (second["state"], second["reason"]) == ("refused", "Rejected")
        assert await state_of(csms, station, first["number"]) == ("running", "Downloading")
        await tell(station, first["number"], *WAY[1:])
        await installed(csms, station, first["number"])
        assert (await state_of(csms, station, second["number"]))[0] == "refused"


async def test_tc_l_13_csms(csms):
    """A station with a transaction puts the update off until it is over, and is followed all the way."""
    async with csms.station(V) as station:
        token = await csms.token()
        transaction = Charging(station)
        assert status_of(await transaction.charge(token)) == "Accepted"
        _, shown = await update(csms, station)
        await tell(station, shown["number"], "DownloadScheduled")
        await connector(station, "Unavailable", evse=2)
        seat = {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}
        await notify(station, event_data(seat, "AvailabilityState", "Unavailable"))
        assert await state_of(csms, station, shown["number"]) == ("running", "DownloadScheduled")
        await transaction.stop_and_leave(token)
        await tell(station, shown["number"], *WAY)
        await installed(csms, station, shown["number"])


# --- publishing ----------------------------------------------------------------------------------------------


async def publish(csms, station, answer=ACCEPTED) -> tuple[dict, dict]:
    """Order a publication: (the message that arrived, the publication as it is shown)."""
    station.replies["PublishFirmware"] = answer
    body = {"firmware": (await image(csms))["id"]}
    shown = await csms.ok("POST", f"/stations/{station.id}/firmware-publications", json=body)
    arrived = (await station.expect("PublishFirmware")).payload
    assert arrived["requestId"] == shown["number"]
    return arrived, shown


async def tell_publishing(station, number: int, *statuses: str, **more) -> None:
    for status in statuses:
        told = {"status": status, "requestId": number, **(more if status == "Published" else {})}
        assert await station.call("PublishFirmwareStatusNotification", told) == {}


async def publication(csms, station) -> dict:
    (shown,) = await csms.ok("GET", f"/stations/{station.id}/firmware-publications")
    return shown


async def test_tc_l_17_csms(csms):
    """A station fetches an image, finds the checksum right and publishes it; where it did is shown."""
    async with csms.station(V) as station:
        arrived, shown = await publish(csms, station)
        content = await fetched(arrived["location"])
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == arrived["checksum"]
        places = ["http://10.0.0.7/fw.bin", "ftp://10.0.0.7/fw.bin"]
        await tell_publishing(station, shown["number"], "Downloading", "Downloaded", "ChecksumVerified")
        assert (await publication(csms, station))["state"] == "running"
        await tell_publishing(station, shown["number"], "Published", location=places)
        ended = await publication(csms, station)
        assert (ended["state"], ended["status"], ended["locations"]) == ("done", "Published", places)


async def publishing_fails(csms, *statuses: str) -> None:
    async with csms.station(V) as station:
        _, shown = await publish(csms, station)
        await tell_publishing(station, shown["number"], *statuses)
        ended = await publication(csms, station)
        assert (ended["state"], ended["status"], ended["locations"]) == ("failed", statuses[-1], [])


async def test_tc_l_19_csms(csms):
    """The checksum of the image to publish is wrong: publishing has failed."""
    await publishing_fails(csms, "Downloading", "Downloaded", "InvalidChecksum")


async def test_tc_l_20_csms(csms):
    """The station cannot publish what it fetched: publishing has failed."""
    await publishing_fails(csms, "Downloading", "Downloaded", "ChecksumVerified", "PublishFailed")


async def test_tc_l_24_csms(csms):
    """The station cannot fetch what it is to publish: publishing has failed."""
    await publishing_fails(csms, "Downloading", "DownloadFailed")


async def withdrawn(csms, status: str, before: tuple[str, ...], state: str) -> None:
    async with csms.station(V, replies={"UnpublishFirmware": {"status": status}}) as station:
        ordered, shown = await publish(csms, station)
        await tell_publishing(station, shown["number"], *before, location=["http://10.0.0.7/fw.bin"])
        path = f"/stations/{station.id}/firmware-publications/{shown['number']}"
        answer = await csms.ok("DELETE", path)
        arrived = (await station.expect("UnpublishFirmware")).payload
        assert arrived == {"checksum": ordered["checksum"]}
        assert (answer["outcome"], answer["status"]) == ("answered", status)
        assert (await publication(csms, station))["state"] == state


async def test_tc_l_21_csms(csms):
    """A published image is withdrawn, by its checksum, and shown so."""
    await withdrawn(csms, "Unpublished", ("Downloading", "Published"), "withdrawn")


async def test_tc_l_22_csms(csms):
    """A station that has nothing of this checksum any more says so; the publication is shown as gone."""
    await withdrawn(csms, "NoFirmware", ("Downloading", "Published"), "withdrawn")


async def test_tc_l_23_csms(csms):
    """A station that is still fetching the image cannot withdraw it; the publication goes on."""
    await withdrawn(csms, "DownloadOngoing", ("Downloading",), "running")


# --- beyond the public cases -----------------------------------------------------------------------------------


async def test_a_signature_that_is_not_over_the_file_is_refused_once_for_all_stations(csms):
    file = await csms.ok("POST", "/files", params={"name": "fw.bin"}, content=BYTES)
    body = {
        "file": file["id"],
        "version": "2.0",
        "signature": signature(BYTES + b"!"),
        "signing_certificate": signer()[1],
    }
    problem = await csms.problem("POST", "/firmware", 400, json=body)
    assert problem["path"] == "signature"
    assert (await csms.ok("POST", "/firmware", json={**body, "signature_checked": False}))["signed"]
