"""What becomes of a certificate that is asked for, over the life of a station; on a clock that stands still."""

import asyncio

import msgspec
import pytest
from tests.adapters.rest.rest_harness import bench
from tests.adapters.rest.rest_stories import BOOT, answered
from tests.conformance.secured import request_for
from tests.patience import PATIENCE_S

from chargewright.csms.ports import CallOutcome
from chargewright.ocpp.v16 import messages as v16

DAY = 86_400
PATH = "/stations/CS1/certificates/own"


@pytest.fixture
async def api():
    async with bench() as made:
        yield made


class Station:
    """Answers CertificateSigned by what is left in `answers`, then Accepted; takes every trigger."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.chains = []
        self.triggers = 0

    def __call__(self, action, payload):
        if action == "CertificateSigned":
            self.chains.append(payload.certificate_chain)
            if self.answers:
                return self.answers.pop(0)
            return answered(v16.CertificateSignedResponse, status="Accepted")
        if action == "ExtendedTriggerMessage":
            self.triggers += 1
            return answered(v16.ExtendedTriggerMessageResponse, status="Accepted")
        return CallOutcome("error", code="NotSupported")


LOST = CallOutcome("timeout")


async def asks(api, link, csr=None):
    return (await api.said(link, "SignCertificate", {"csr": csr or request_for("CS1")[0]}))["status"]


async def reached(api, *states, deliveries=None):
    """Wait until the records, the newest first, are in these states; give them back."""
    shown = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                shown = await api.ok("GET", PATH)
                as_wanted = deliveries is None or shown[0]["deliveries"] == deliveries
                if tuple(one["state"] for one in shown) == states and as_wanted:
                    return shown
    except TimeoutError:
        raise AssertionError([(one["state"], one["reason"]) for one in shown]) from None


async def begun(api, station):
    await api.station(registration="Accepted")
    link = api.connect(respond=station)
    await api.said(link, "BootNotification", BOOT)
    return link


async def test_a_chain_whose_answer_is_lost_is_sent_again(api):
    station = Station(LOST, LOST)
    link = await begun(api, station)
    assert await asks(api, link) == "Accepted"
    for deliveries, pause_s in ((1, 60), (2, 120)):
        await api.until(lambda n=deliveries: len(station.chains) == n)
        await reached(api, "undelivered", deliveries=deliveries)
        await api.until(lambda n=pause_s: any(s[0] == later(api, n) for s in api.clock.sleepers))
        api.clock.forward(pause_s)
    found = await reached(api, "accepted")
    assert found[0]["deliveries"] == 3
    assert len(set(station.chains)) == 1


def later(api, duration_s):
    from datetime import timedelta

    return api.clock.now() + timedelta(seconds=duration_s)


async def test_what_did_not_arrive_is_sent_when_the_station_is_back_only_the_newest(api):
    station = Station(LOST, LOST)
    link = await begun(api, station)
    for number in (1, 2):
        assert await asks(api, link) == "Accepted"
        await api.until(lambda n=number: waiting(api) == n)
    assert len(set(station.chains)) == 2
    api.dispatch.disconnected(link)
    api.clock.forward(60)
    await settled(api)
    link = api.connect(respond=station)
    await api.said(link, "BootNotification", BOOT)
    found = await reached(api, "accepted", "failed")
    assert station.chains[2:] == [found[0]["certificate_chain"]]
    assert "newer" in found[1]["reason"]


async def test_a_station_that_never_answers_is_given_up(api):
    station = Station(*[LOST] * 9)
    link = await begun(api, station)
    await asks(api, link)
    for number in range(4):
        await api.until(lambda n=number: len(station.chains) == n + 1)
        await api.until(lambda n=number: any(s[0] == later(api, 60 * 2**n) for s in api.clock.sleepers))
        api.clock.forward(60 * 2**number)
    await reached(api, "failed")
    assert len(station.chains) == 5


async def test_a_bad_request_is_refused_and_kept_with_the_reason(api):
    station = Station()
    link = await begun(api, station)
    assert await asks(api, link, request_for("CS2")[0]) == "Rejected"
    found = await reached(api, "refused")
    assert "common name" in found[0]["reason"]
    assert station.chains == []


async def test_a_station_that_asks_without_end_is_stopped(api):
    station = Station()
    link = await begun(api, station)
    csr = request_for("CS1")[0]
    assert [await asks(api, link, csr) for _ in range(12)] == ["Accepted"] * 10 + ["Rejected"] * 2
    api.clock.forward(3600)
    assert await asks(api, link, csr) == "Accepted"


async def test_a_certificate_is_renewed_a_month_before_it_expires(api):
    station = Station()
    link = await begun(api, station)
    await asks(api, link)
    await reached(api, "accepted")
    await forward(api, 334 * DAY)
    assert station.triggers == 0
    await forward(api, 2 * DAY)
    await api.until(lambda: station.triggers == 1)
    await forward(api, 3600)
    assert station.triggers == 1  # once a day
    await forward(api, DAY)
    await api.until(lambda: station.triggers == 2)
    await asks(api, link)
    await reached(api, "accepted", "accepted")
    await forward(api, DAY)
    assert station.triggers == 2


def waiting(api):
    """How many deliveries wait for their second attempt."""
    return len([s for s in api.clock.sleepers if s[0] == later(api, 60)])


async def settled(api):
    """Let what was woken do what it does."""
    for _ in range(5):
        await api.store.commit(lambda _: None)


async def forward(api, duration_s):
    """Move the clock once the hourly look waits for it, and let it look."""
    await api.until(lambda: any(s[0] <= later(api, 3600) for s in api.clock.sleepers))
    api.clock.forward(duration_s)
    await settled(api)


async def test_what_a_crash_left_unsigned_is_said_to_have_failed(api):
    from chargewright.csms.security.signing import SHELF
    from chargewright.domain.security import SigningRecord

    await api.station(registration="Accepted")
    left = SigningRecord("ChargingStationCertificate", api.clock.now(), "signing")
    await api.store.commit(lambda records: records.put_item(SHELF, "CS1", "000000000001", left))
    signing = api.services.security.signing
    await signing.stop()
    await signing.start()
    found = await reached(api, "failed")
    assert "restarted" in found[0]["reason"]


async def test_a_chain_is_pem_that_fits_the_message(api):
    station = Station()
    link = await begun(api, station)
    await asks(api, link)
    await reached(api, "accepted")
    encoded = msgspec.json.encode(v16.CertificateSignedRequest(certificate_chain=station.chains[0]))
    assert msgspec.json.decode(encoded, type=v16.CertificateSignedRequest)
    assert station.chains[0].count("BEGIN CERTIFICATE") == 2


async def test_a_station_that_is_deleted_leaves_its_security_events_only(api):
    link = await begun(api, Station())
    await asks(api, link)
    await reached(api, "accepted")
    event = {"type": "TamperDetectionActivated", "timestamp": "2026-03-03T09:00:00Z"}
    await api.said(link, "SecurityEventNotification", event)
    await api.ok("DELETE", "/stations/CS1")
    api.dispatch.disconnected(link)
    await api.station(registration="Accepted")
    assert await api.ok("GET", PATH) == []
    shown = await api.ok("GET", "/stations/CS1/security-events")
    assert [(one["kind"], one["critical"]) for one in shown] == [("TamperDetectionActivated", True)]
