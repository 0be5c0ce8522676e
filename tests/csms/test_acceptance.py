"""Who may say what before it is accepted, and what is sent to it (OCPP 1.6 4.2, OCPP 2.x B01 to B03)."""

import pytest
import pytest_asyncio
from tests.conformance.charging import id_token
from tests.conformance.harness import ACCEPTED, CallError, now, running_csms

from chargewright.app.config import StationsConfig
from chargewright.domain.station import Registration

VERSIONS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
REPORT = {"requestId": 1, "generatedAt": now(), "seqNo": 0}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


async def refused(station, action: str, payload: dict) -> None:
    with pytest.raises(CallError) as error:
        await station.call(action, payload)
    assert error.value.code == "SecurityError"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
async def test_before_it_is_accepted_a_station_may_only_boot(csms, version, registration):
    station_id = await csms.enter(registration=registration)
    async with csms.station(version, station_id=station_id, boot=False) as station:
        answer = await station.boot()
        assert answer["status"] == registration.value
        assert answer["interval"] > 0
        await refused(station, "Heartbeat", {})
        assert (await station.boot())["status"] == registration.value


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_pending_station_may_say_what_it_was_triggered_to_say_until_its_next_boot(csms, version):
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station(version, station_id=station_id, boot=False) as station:
        await station.boot()
        await station.ordered("TriggerMessage", {"requestedMessage": "Heartbeat"}, ACCEPTED)
        assert "currentTime" in await station.call("Heartbeat", {})
        await refused(station, "DataTransfer", {"vendorId": "Acme"})
        await station.boot()
        await refused(station, "Heartbeat", {})


async def test_a_pending_station_may_send_the_report_that_was_ordered_and_no_other(csms):
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station("ocpp2.0.1", station_id=station_id, boot=False) as station:
        await station.boot()
        await refused(station, "NotifyReport", REPORT)
        station.replies["GetBaseReport"] = ACCEPTED
        path = f"/stations/{station_id}/reports/GetBaseReport"
        begun = await csms.ok("POST", path, json={"reportBase": "FullInventory"})
        assert await station.call("NotifyReport", {**REPORT, "requestId": begun["request_id"]}) == {}
        monitors = {"requestId": 1, "generatedAt": now(), "seqNo": 0}
        await refused(station, "NotifyMonitoringReport", monitors)


async def test_what_a_pending_station_sends_without_waiting_for_an_answer_is_not_kept(csms):
    values = {"pending": 0, "basetime": now(), "data": [{"t": 0, "v": "1"}], "id": 1}
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station("ocpp2.1", station_id=station_id, boot=False) as station:
        await station.boot()
        before = csms.central.dispatch.counters.deviations
        await station.send([6, "send-1", "NotifyPeriodicEventStream", values])
        await station.boot()  # answered after it
        assert csms.central.dispatch.counters.deviations == before + 1
        assert await csms.ok("GET", f"/stations/{station_id}/notices") == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_is_sent_to_a_rejected_station(csms, version):
    station_id = await csms.enter(registration=Registration.REJECTED)
    async with csms.station(version, station_id=station_id, boot=False) as station:
        await station.boot()
        path = f"/stations/{station_id}/commands/ClearCache"
        outcome = await csms.ok("POST", path, json={})
        assert outcome["outcome"] == "offline"
        assert "rejected" in outcome["error"]["description"]
        await station.boot()
        assert station.orders == []


async def test_no_transaction_is_started_or_stopped_at_a_pending_station(csms):
    orders = {
        "ocpp1.6": {
            "RemoteStartTransaction": {"idTag": "X"},
            "RemoteStopTransaction": {"transactionId": 1},
        },
        "ocpp2.0.1": {
            "RequestStartTransaction": {"idToken": id_token("X"), "remoteStartId": 1},
            "RequestStopTransaction": {"transactionId": "1"},
        },
    }
    for version, wanted in orders.items():
        station_id = await csms.enter(registration=Registration.PENDING)
        async with csms.station(version, station_id=station_id, boot=False) as station:
            await station.boot()
            for action, payload in wanted.items():
                outcome = await csms.ok("POST", f"/stations/{station_id}/commands/{action}", json=payload)
                assert outcome["outcome"] == "offline"
            await station.ordered("ClearCache", {}, ACCEPTED)  # the rest may be ordered
            assert [order.action for order in station.orders] == ["ClearCache"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_when_an_operator_accepts_a_waiting_station_it_is_triggered_to_boot(csms, version):
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station(version, station_id=station_id, boot=False) as station:
        assert (await station.boot())["status"] == "Pending"
        station.replies["TriggerMessage"] = ACCEPTED
        await csms.ok("PATCH", f"/stations/{station_id}", json={"registration": "Accepted"})
        assert (await station.expect("TriggerMessage")).payload == {"requestedMessage": "BootNotification"}
        assert (await station.boot())["status"] == "Accepted"
        await station.call("Heartbeat", {})


async def test_a_station_that_does_not_answer_while_it_is_held_back_is_accepted_all_the_same(csms):
    wanted = [{"component": "Heap", "variable": "A", "value": "1"}]
    body = {"variables": wanted, "model": "Deaf", "before_acceptance": True}
    await csms.ok("PUT", "/configuration-templates/deaf", json=body)
    told = {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "Deaf"}}
    async with csms.station("ocpp2.0.1", boot=False) as station:
        station.replies["GetVariables"] = CallError("NotSupported", "not while pending")
        station.replies["SetVariables"] = CallError("NotSupported", "not while pending")
        station.replies["TriggerMessage"] = CallError("NotImplemented", "what?")
        assert (await station.call("BootNotification", told))["status"] == "Pending"
        await refused(station, "Heartbeat", {})
        await station.expect("TriggerMessage")
        assert (await station.call("BootNotification", told))["status"] == "Accepted"
        await station.call("Heartbeat", {})
        (setting,) = (await csms.ok("GET", f"/stations/{station.id}/configuration"))["settings"]
        assert setting["status"] == "NotSupported"
        # Nothing has changed: its next boot is accepted at once, another firmware is set up first again.
        assert (await station.call("BootNotification", told))["status"] == "Accepted"
        told["chargingStation"]["firmwareVersion"] = "2"
        assert (await station.call("BootNotification", told))["status"] == "Pending"
        await station.expect("TriggerMessage")
        await csms.until(lambda: csms.central.devices.idle)


async def test_an_unknown_station_waits_where_the_policy_says_so():
    async with (
        running_csms(StationsConfig(port=0, unknown="pending")) as own,
        own.station(station_id="NEW1", boot=False) as station,
    ):
        assert (await station.boot())["status"] == "Pending"
        await refused(station, "Heartbeat", {})
        shown = await own.ok("GET", "/stations/NEW1")
        assert (shown["registration"], shown["vendor"]) == ("Pending", "Acme")
