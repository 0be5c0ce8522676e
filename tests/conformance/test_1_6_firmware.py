"""OCPP 1.6: firmware, diagnostics and logs, with and without the security extension."""

from datetime import datetime

from tests.conformance.firmware import (
    BYTES,
    WAY,
    boot_with,
    fetched,
    file_of,
    leave,
    signed_by_the_manufacturer,
    signer,
    state_of,
    tell,
    update,
    update_shown,
)
from tests.conformance.harness import ACCEPTED, now

LOG = b"03:14 relay stuck\n" * 4000


async def plain_update(csms, station) -> dict:
    """Order an update without a signature: what arrives says where and when, and nothing else."""
    arrived, shown = await update(csms, station, answer={}, signed=False, retries=2, retry_interval_s=30)
    assert set(arrived) == {"location", "retrieveDate", "retries", "retryInterval"}
    assert (arrived["retries"], arrived["retryInterval"]) == (2, 30)
    assert (shown["state"], shown["signed"]) == ("running", False)
    return {**shown, "location": arrived["location"]}


async def test_tc_044_1_csms(csms):
    """An update is downloaded from here and installed; the boot after it confirms the version."""
    async with csms.station() as station:
        shown = await plain_update(csms, station)
        await tell(station, None, "Downloading")
        assert await fetched(shown["location"]) == BYTES
        await tell(station, None, "Downloaded", "Installing", "Installed")
        ended = await update_shown(csms, station, shown["number"])
        assert (ended["state"], ended["status"], ended["confirmed"]) == ("done", "Installed", None)
        await boot_with(station, "2.0")
        await csms.until(lambda: confirmed(csms, station, shown["number"]))


async def confirmed(csms, station, number: int) -> bool:
    return (await update_shown(csms, station, number))["confirmed"] is True


async def test_tc_044_2_csms(csms):
    """A download that fails: each status is taken, and the update is shown as failed."""
    async with csms.station() as station:
        shown = await plain_update(csms, station)
        await tell(station, None, "Downloading", "DownloadFailed")
        assert await state_of(csms, station, shown["number"]) == ("failed", "DownloadFailed")


async def test_tc_044_3_csms(csms):
    """An installation that fails: each status is taken, and the update is shown as failed."""
    async with csms.station() as station:
        shown = await plain_update(csms, station)
        await tell(station, None, "Downloading", "Downloaded", "Installing", "InstallationFailed")
        assert await state_of(csms, station, shown["number"]) == ("failed", "InstallationFailed")


async def test_tc_045_1_csms(csms):
    """Diagnostics of a stretch of time are asked for, left here over HTTP, and found with their request."""
    async with csms.station(replies={"GetDiagnostics": {"fileName": "diagnostics.log"}}) as station:
        begin, end = now(-3600), now()
        request = await csms.ok(
            "POST", f"/stations/{station.id}/logs", json={"oldest_at": begin, "latest_at": end}
        )
        arrived = (await station.expect("GetDiagnostics")).payload
        times = [datetime.fromisoformat(arrived[name]) for name in ("startTime", "stopTime")]
        assert times == [datetime.fromisoformat(begin), datetime.fromisoformat(end)]
        assert (request["state"], request["name"]) == ("running", "diagnostics.log")
        await tell(station, None, "Uploading", prefix="Diagnostics")
        assert await leave(arrived["location"] + "/diagnostics.log", LOG) == 201
        await tell(station, None, "Uploaded", prefix="Diagnostics")
        ended = await csms.ok("GET", f"/stations/{station.id}/logs/{request['number']}")
        assert (ended["state"], ended["status"]) == ("done", "Uploaded")
        assert await file_of(csms, ended) == LOG


async def test_tc_079_csms(csms):
    """A security log is asked for with GetLog, left here over HTTP, and found with its request."""
    async with csms.station(replies={"GetLog": {**ACCEPTED, "filename": "security.log"}}) as station:
        request = await csms.ok("POST", f"/stations/{station.id}/logs", json={"kind": "security"})
        arrived = (await station.expect("GetLog")).payload
        assert (arrived["logType"], arrived["requestId"]) == ("SecurityLog", request["number"])
        await tell(station, request["number"], "Uploading", prefix="Log")
        assert await leave(arrived["log"]["remoteLocation"], LOG) == 201
        await tell(station, request["number"], "Uploaded", prefix="Log")
        ended = await csms.ok("GET", f"/stations/{station.id}/logs/{request['number']}")
        assert (ended["kind"], ended["state"]) == ("security", "done")
        assert await file_of(csms, ended) == LOG


async def signed_update(csms, station) -> dict:
    arrived, shown = await update(csms, station, action="SignedUpdateFirmware", install_at=now(-1))
    firmware = arrived["firmware"]
    assert arrived["requestId"] == shown["number"]
    assert firmware["signingCertificate"] == signer()[1]
    assert "installDateTime" in firmware
    assert signed_by_the_manufacturer(firmware, await fetched(firmware["location"]))
    return shown


async def test_tc_080_csms(csms):
    """A signed update goes out with signature and certificate, is installed, and confirmed by the boot."""
    async with csms.station() as station:
        shown = await signed_update(csms, station)
        await tell(station, shown["number"], *WAY, prefix="SignedFirmware")
        await boot_with(station, "2.0")
        await tell(station, shown["number"], "Installed", prefix="SignedFirmware")
        ended = await update_shown(csms, station, shown["number"])
        assert (ended["state"], ended["status"], ended["confirmed"]) == ("done", "Installed", True)


async def test_tc_081_csms(csms):
    """A station that finds the signature wrong tells so: the update has failed, and the security event is kept."""
    async with csms.station() as station:
        shown = await signed_update(csms, station)
        await tell(
            station,
            shown["number"],
            "Downloading",
            "Downloaded",
            "InvalidSignature",
            prefix="SignedFirmware",
        )
        event = {"type": "InvalidFirmwareSignature", "timestamp": now()}
        assert await station.call("SecurityEventNotification", event) == {}
        assert await state_of(csms, station, shown["number"]) == ("failed", "InvalidSignature")
        (noted,) = await csms.ok("GET", f"/stations/{station.id}/security-events")
        assert noted["kind"] == "InvalidFirmwareSignature"
