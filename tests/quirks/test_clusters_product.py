"""What users of other systems hit, clusters 22 to 28: what a product has to offer, and what is not here yet."""

import asyncio
import hashlib

import httpx2
import pytest
from tests.conformance.charging import Charging, id_token
from tests.conformance.harness import ACCEPTED, BOOTS, CallError, running_csms
from tests.quirks.stories import boot, meter, start, stop

from chargewright.adapters.rest.api import Api
from chargewright.app.config import StationsConfig
from chargewright.app.wiring import services_of
from chargewright.domain.station import Registration

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_cluster_22_a_session_of_2x(csms, version):
    """steve #113, #373, #513, #779, #1399, #1750: the most wanted."""
    tag = await csms.token()
    async with csms.station(version) as station:
        charging = Charging(station)
        answer = await charging.tell("Started", "Authorized", by=id_token(tag))
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await charging.tell("Ended", "EVDeparted", stopped="EVDisconnected")
        (one,) = (await csms.ok("GET", f"/transactions?station={station.id}"))["items"]
        assert (one["station_transaction_id"], one["state"], one["complete"]) == (charging.id, "ended", True)


async def test_cluster_23_operations_by_api(csms):
    """steve #103, #122, #388, #491, #596, #679, #910, #1000."""
    tag = await csms.token()
    async with csms.station(
        replies={"RemoteStartTransaction": ACCEPTED, "RemoteStopTransaction": ACCEPTED}
    ) as station:
        await csms.ok("POST", f"/stations/{station.id}/commands/RemoteStartTransaction", json={"idTag": tag})
        number = (await station.call("StartTransaction", start(tag)))["transactionId"]
        await station.call("MeterValues", meter("1500", number=number))
        order = {"transactionId": number}
        await csms.ok("POST", f"/stations/{station.id}/commands/RemoteStopTransaction", json=order)
        await station.call("StopTransaction", stop(number))
        page = await csms.ok("GET", f"/transactions/{number}/meter-values")
        assert page["items"][0]["samples"][0]["value"] == 1500
        assert (await csms.ok("GET", f"/transactions/{number}"))["energy_wh"] == 5000


async def test_cluster_24_two_backends_for_one_station_are_not_here_yet_but_plans_for_another_one_are(csms):
    """mobilityhouse #267; evcc PR #29154; lbbrhzn #1807: one link a station; other backends ask for profiles."""
    paths = (await csms.ok("GET", "/openapi.json"))["paths"]
    assert "post" in paths["/api/v1/plans"]
    assert not [path for path in paths if "backend" in path or "proxy" in path]


async def test_cluster_25_a_call_that_ends_in_nothing_does_not_lend_its_answer_to_the_next():
    """mobilityhouse #47, #130; bmw-wallbox-ha PR #17; citrineos #189, #42."""
    async with running_csms(StationsConfig(port=0, call_timeout_s=1.0)) as csms, csms.station() as station:
        path = f"/stations/{station.id}/commands/"
        lost = await csms.ok("POST", path + "GetConfiguration", json={"key": ["HeartbeatInterval"]})
        assert lost["outcome"] in {"timeout", "answered"}
        station.replies.pop("GetConfiguration")
        first = asyncio.ensure_future(csms.ok("POST", path + "ClearCache", json={}))
        never = await station.expect("ClearCache")
        assert "currentTime" in await station.call("Heartbeat", {})  # both directions go on meanwhile
        assert (await first)["outcome"] == "timeout"
        second = asyncio.ensure_future(csms.ok("POST", path + "UnlockConnector", json={"connectorId": 1}))
        unlock = await station.expect("UnlockConnector")
        await station.answer(never, {"status": "Rejected"})
        await station.answer(unlock, {"status": "Unlocked"})
        assert (await second)["response"] == {"status": "Unlocked"}
        view = await csms.ok("GET", f"/stations/{station.id}/compatibility")
        assert "answered too late" in [seen["description"] for seen in view["deviations"]]


async def test_cluster_26_many_stations_at_once_and_one_that_is_broken(csms):
    """steve #1219, #2107; citrineos #105."""
    many = [await csms.enter() for _ in range(60)]

    async def comes(station_id):
        async with csms.station(station_id=station_id) as station:
            await station.socket.send('{"not": "ocpp"')
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
            return await station.call("StatusNotification", status)

    async def stranger():
        with pytest.raises(Exception, match="404"):
            async with csms.station(station_id="STRANGER"):
                pass

    answers = await asyncio.gather(stranger(), *map(comes, many))
    assert answers[1:] == [{}] * 60
    known = {one["id"]: one for one in await csms.ok("GET", "/stations")}
    assert all(known[station_id]["vendor"] == "Acme" for station_id in many)


async def test_cluster_27_blocked_is_said_as_blocked_and_a_transaction_always_has_an_id(csms):
    """citrineos #169, #216, #160."""
    blocked = await csms.token(blocked=True)
    async with csms.station() as station:
        assert (await station.call("Authorize", {"idTag": blocked}))["idTagInfo"]["status"] == "Blocked"
        answer = await station.call("StartTransaction", start(blocked))
        assert answer["idTagInfo"]["status"] == "Blocked"
        assert answer["transactionId"] > 0


async def test_cluster_27_a_pending_station_may_say_what_it_was_asked_for(csms):
    """citrineos PR #1052."""
    station_id = await csms.enter(registration=Registration.PENDING)
    async with csms.station(station_id=station_id, boot=False) as station:
        assert (await station.call("BootNotification", BOOTS["ocpp1.6"]))["status"] == "Pending"
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        with pytest.raises(CallError, match="SecurityError"):
            await station.call("StatusNotification", status)
        order = {"requestedMessage": "StatusNotification", "connectorId": 1}
        await station.ordered("TriggerMessage", order, ACCEPTED)
        assert await station.call("StatusNotification", status) == {}


async def test_cluster_27_one_order_to_many_stations(csms):
    """citrineos #57."""
    async with (
        csms.station(replies={"Reset": ACCEPTED}) as one,
        csms.station(replies={"Reset": ACCEPTED}) as two,
    ):
        order = {"filter": {"stations": [one.id, two.id]}, "payload": {"type": "Soft"}}
        assert (await csms.ok("POST", "/commands/Reset", json=order))["totals"] == {"answered": 2}


async def test_cluster_28_one_token_opens_all_and_there_are_no_roles_yet(csms):
    """steve #1674, PR #1539."""
    api = Api(services_of(csms.central), token_hash=hashlib.sha256(b"secret").hexdigest())
    transport = httpx2.ASGITransport(app=api.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost/api/v1") as http:
        for given, status in (("", 401), ("Bearer wrong", 401), ("Bearer secret", 200)):
            answer = await http.get("/stations", headers={"Authorization": given})
            assert answer.status_code == status, given
        paths = (await http.get("/openapi.json", headers={"Authorization": "Bearer secret"})).json()["paths"]
    assert not [path for path in paths if "users" in path or "roles" in path]


async def test_a_boot_of_a_known_model_is_read_as_it_needs_at_once(csms):
    async with csms.station(boot=False) as station:
        await station.call("BootNotification", boot("Vestel", "EVC04"))
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "info": None}
        assert await station.call("StatusNotification", status, judged=False) == {}


async def test_a_boot_that_is_refused_still_tells_the_model_and_the_next_one_is_taken(csms):
    odd = boot("Vestel", "EVC04", iccid=None)
    async with csms.station(boot=False) as station:
        with pytest.raises(CallError):
            await station.call("BootNotification", odd, judged=False)
        assert (await station.call("BootNotification", odd, judged=False))["status"] == "Accepted"
