"""Simulated stations of three versions are updated, publish an image and hand over their logs, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.conformance.firmware import fetched
from tests.conformance.harness import Csms, running_csms
from tests.patience import PATIENCE_S
from tests.simulator.authority import Authority

from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Scenario, StationSpec

STATIONS = {"A": "ocpp1.6", "B": "ocpp2.0.1", "C": "ocpp2.1"}
IMAGE = b"an image of some size" * 10_000


@asynccontextmanager
async def simulated(csms: Csms) -> AsyncIterator[None]:
    start = csms.central.services.clock.now()
    scenario = Scenario(
        name="upkeep",
        start=start,
        end=start + timedelta(days=1),
        site={
            "nodes": [{"id": "main", "limit_a": 100}],
            "evses": [
                {"station": s, "node": "main", "connection": "RST", "current_max_a": 32} for s in STATIONS
            ],
        },
        stations=tuple(StationSpec(name, version=version) for name, version in STATIONS.items()),
        arrivals=(),
        faults=(),
    )
    site = SimulatedSite(scenario, csms.url(""), csms.central.services.clock)
    await site.start()
    running = asyncio.create_task(site.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await site.stop()


@pytest.fixture
async def csms() -> AsyncIterator[Csms]:
    async with running_csms(speed=30.0) as running:
        for name in STATIONS:
            await running.enter(name)
        async with simulated(running):
            yield running


async def once(csms: Csms, path: str, good: Callable[[Any], bool]) -> Any:
    """What is shown at `path` once it is good."""
    async with asyncio.timeout(PATIENCE_S):
        while not good(shown := await csms.ok("GET", path)):  # noqa: ASYNC110  # what is waited for is the other side's doing
            await asyncio.sleep(0.01)
    return shown


async def test_a_signed_image_reaches_stations_of_all_versions(csms):
    maker = Authority("Maker")
    certificate, sign = maker.signer()
    for name in STATIONS:
        root = {"use": "ManufacturerRootCertificate", "certificate": maker.pem}
        asked = await csms.ok("POST", f"/stations/{name}/certificates", json=root)
        assert asked["outcome"] == "accepted"
    file = await csms.ok("POST", "/files", params={"name": "2.7.bin"}, content=IMAGE)
    firmware = await csms.ok(
        "POST",
        "/firmware",
        json={
            "file": file["id"],
            "version": "2.7",
            "signature": sign(IMAGE),
            "signing_certificate": certificate,
        },
    )
    body = {"filter": {"stations": list(STATIONS)}}
    rollout = await csms.ok("POST", f"/firmware/{firmware['id']}/rollouts", json=body)
    assert rollout["refused"] == {}
    path = f"/firmware-rollouts/{rollout['number']}"
    shown = await once(
        csms, path, lambda seen: all(u["status"] == "Installed" for u in seen["updates"].values())
    )
    assert shown["totals"] == {"done": 3}
    for update in shown["updates"].values():
        told = [one["status"] for one in update["told"]]
        assert told == [
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "Installing",
            "InstallRebooting",
            "Installed",
        ]
        assert (update["version_told"], update["confirmed"]) == ("2.7", True)
    stations = {one["id"]: one["firmware_version"] for one in await csms.ok("GET", "/stations")}
    assert stations == dict.fromkeys(STATIONS, "2.7")


async def test_logs_of_stations_of_all_versions_are_here(csms):
    for name in STATIONS:
        for kind in ("diagnostics", "security"):
            request = await csms.ok("POST", f"/stations/{name}/logs", json={"kind": kind})
            if request["state"] == "refused":  # nothing happened yet that concerns security
                assert kind == "security"
                continue
            shown = await once(
                csms,
                f"/stations/{name}/logs/{request['number']}",
                lambda seen: seen["state"] not in {"asked", "running"} and seen["status"] != "Uploading",
            )
            assert (shown["state"], shown["status"]) == ("done", "Uploaded"), shown
            content = (await csms.request("GET", f"/files/{shown['file']}/content")).content
            assert content
            assert shown["name"].startswith(kind)


async def test_an_image_is_published_and_withdrawn(csms):
    file = await csms.ok("POST", "/files", params={"name": "2.8.bin"}, content=IMAGE)
    firmware = await csms.ok("POST", "/firmware", json={"file": file["id"], "version": "2.8"})
    for name in ("B", "C"):
        path = f"/stations/{name}/firmware-publications"
        published = await csms.ok("POST", path, json={"firmware": firmware["id"]})
        shown = await once(csms, path, lambda seen: seen[0]["state"] != "running")
        assert shown[0]["state"] == "done", shown
        (place,) = shown[0]["locations"]
        assert await fetched(place) == IMAGE
        gone = await csms.ok("DELETE", f"{path}/{published['number']}")
        assert (gone["status"], gone["publication"]["state"]) == ("Unpublished", "withdrawn")
