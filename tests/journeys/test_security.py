"""A station's way from a password to a certificate of its own: our simulator's security and ours, which share no code."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
import trustme
from tests.patience import PATIENCE_S

from chargewright.adapters.rest.api import Api
from chargewright.app.config import StationsConfig
from chargewright.app.wiring import CentralSystem, build, services_of
from chargewright.csms.security.passwords import hash_password
from chargewright.domain.station import Registration, Station
from chargewright.ids import EvseId, StationId
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Scenario, StationSpec

FACTORY = "a factory password"
SPEED = 20.0


@asynccontextmanager
async def central_system(folder, authority, clock):
    """Yields (the central system, its API); TLS and plain side by side."""
    served = authority.issue_cert("localhost", "127.0.0.1")
    served.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    served.private_key_pem.write_to_path(folder / "key.pem")
    config = StationsConfig(
        port=0, plain_port=0, certificate_file=str(folder / "cert.pem"), key_file=str(folder / "key.pem")
    )
    central = build(config, database=folder / "central.db", clock=clock)
    await central.start()
    try:
        app = Api(services_of(central), token_hash=None).app
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as http:
            yield central, http
    finally:
        await central.stop()


@asynccontextmanager
async def simulated(version, url, clock):
    scenario = Scenario(
        name="one station",
        start=clock.now(),
        end=clock.now() + timedelta(days=1),
        site={
            "nodes": [{"id": "fuse", "limit_a": 32.0}],
            "evses": [{"station": "CP1", "node": "fuse", "connection": "RST", "current_max_a": 32.0}],
        },
        stations=(StationSpec("CP1", version=version, password=FACTORY),),
        arrivals=(),
    )
    site = SimulatedSite(scenario, url, clock)
    await site.start()
    running = asyncio.ensure_future(site.run())
    try:
        yield site
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await site.stop()


@dataclass
class Story:
    """One station, what the API says of it, and what is waited for."""

    central: CentralSystem
    http: httpx2.AsyncClient
    authority: trustme.CA

    async def ok(self, method, path, **more):
        response = await self.http.request(method, f"/stations/CP1{path}", **more)
        assert response.status_code < 300, response.text
        return response.json()

    @property
    def link(self):
        return self.central.services.links.get(StationId("CP1"))

    async def until(self, what, condition):
        """Until `condition()`; in 20 s or never, and then with what was said last."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await condition():  # noqa: ASYNC110  # what is waited for is the other side's doing
                    await asyncio.sleep(0.01)
        except TimeoutError:
            said = (await self.ok("GET", "/messages", params={"limit": 20}))["messages"]
            known = await self.ok("GET", "/security")
            pytest.fail(f"{what}: not in 20 s. {known}\n" + "\n".join(str(message) for message in said))

    async def connected_at(self, profile):
        async def reached():
            return (
                self.link is not None and (await self.ok("GET", "/security"))["security_profile"] == profile
            )

        await self.until(f"connected at security profile {profile}", reached)

    async def reconnected(self, before):
        async def reached():
            return self.link is not None and self.link is not before

        await self.until("connected again", reached)

    async def changes_its_password(self):
        before = self.link
        assert (await self.ok("POST", "/password", json={}))["outcome"] == "accepted"
        await self.reconnected(before)

    async def trusts_our_roots(self):
        ours = (await self.http.get("/certificates")).json()
        roots = [root["certificate"] for root in ours if root["name"] == "stations"]
        for pem in (self.authority.cert_pem.bytes().decode(), *roots):
            root = {"use": "CSMSRootCertificate", "certificate": pem}
            assert (await self.ok("POST", "/certificates", json=root))["outcome"] == "accepted"
        listed = await self.ok("POST", "/certificates/refresh?use=CSMSRootCertificate")
        assert [one["state"] for one in listed] == ["installed", "installed"]
        assert all(one["certificate"] for one in listed), "what is listed is what was installed"

    async def gets_a_certificate(self):
        before = len(await self.ok("GET", "/certificates/own"))

        async def arrived():
            own = await self.ok("GET", "/certificates/own")
            # Its time runs fast: on a slow machine it asks again before it was answered, and takes only one of the two.
            return any(one["state"] == "accepted" for one in own[: len(own) - before])

        assert (await self.ok("POST", "/certificates/own", json={}))["outcome"] == "accepted"
        await self.until("a certificate of its own", arrived)

    async def raises_its_profile(self, profile):
        url = f"wss://localhost:{self.central.gateway.port}/ocpp"
        body = {"url": url, "security_profile": profile}
        assert (await self.ok("POST", "/security-profile", json=body))["outcome"] == "accepted"
        await self.connected_at(profile)

    async def nothing_was_wrong(self):
        kinds = {event["kind"] for event in await self.ok("GET", "/security-events")}
        assert not {"SecurityProfileDowngrade", "WrongCredentials", "ForeignStationCertificate"} & kinds


@asynccontextmanager
async def story(version, folder):
    """A station with the password that it came with, connected without TLS."""
    authority, clock = trustme.CA(), ScaledClock(speed=SPEED)
    async with central_system(folder, authority, clock) as (central, http):
        credential = await asyncio.to_thread(hash_password, FACTORY, generated=False)
        station = Station(
            StationId("CP1"),
            registration=Registration.ACCEPTED,
            evse_ids=(EvseId(1),),
            credential=credential,
        )
        await central.services.provisioning.put(station)
        async with simulated(version, f"ws://127.0.0.1:{central.gateway.plain_port}/ocpp", clock):
            told = Story(central, http, authority)
            await told.connected_at(1)
            yield told


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_from_a_factory_password_to_a_certificate_of_its_own(version, tmp_path):
    async with story(version, tmp_path) as station:
        await station.changes_its_password()
        await station.trusts_our_roots()
        await station.raises_its_profile(2)
        await station.gets_a_certificate()
        await station.raises_its_profile(3)
        before = station.link
        await station.gets_a_certificate()  # once more, over the certificate
        await station.reconnected(before)
        await station.nothing_was_wrong()


async def test_a_1_6_station_changes_its_password_and_gets_a_certificate(tmp_path):
    async with story("ocpp1.6", tmp_path) as station:
        await station.changes_its_password()
        await station.trusts_our_roots()
        await station.gets_a_certificate()
        await station.changes_its_password()
        await station.gets_a_certificate()
