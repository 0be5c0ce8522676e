"""Switches per station, per model and everywhere; the report; what is refused stays refused."""

import json

import pytest
import websockets
from tests.conformance.harness import CallError, now, running_csms

from chargewright.app.config import StationsConfig

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def report(csms, station_id):
    return await csms.ok("GET", f"/stations/{station_id}/compatibility")


async def read_as(csms, station, **body):
    return await csms.ok("PUT", f"/stations/{station.id}/reading", json=body)


def seen(view, what, part=""):
    (one,) = [d for d in view["deviations"] if d["what"] == what and part in d["description"]]
    return one


LONG_TAG = "x" * 25


async def test_what_is_refused_is_shown_and_a_switch_bears_it_at_once(csms):
    async with csms.station() as station:
        with pytest.raises(CallError, match="PropertyConstraintViolation"):
            await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)
        before = seen(await report(csms, station.id), "Authorize")
        assert before["borne_by"] == ""
        assert LONG_TAG in before["frame"]
        await read_as(csms, station, switches={"bounds": True})
        for _ in range(3):
            answer = await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)
        assert answer["idTagInfo"]["status"] == "Invalid"
        view = await report(csms, station.id)
        (borne,) = [d for d in view["deviations"] if d["borne_by"] == "bounds"]
        assert borne["count"] == 3
        assert borne["first_at"] <= borne["last_at"]
        (switch,) = [s for s in view["switches"] if s["name"] == "bounds"]
        assert (switch["on"], switch["set_by"], switch["used"]) == (True, "station", 3)
        metrics = (await csms.http.get("/metrics")).text
        assert f'chargewright_deviations_borne_total{{station="{station.id}",switch="bounds"}} 3.0' in metrics


async def test_switches_that_the_standard_asks_for_stay_on_and_unknown_ones_are_refused(csms):
    station_id = await csms.enter()
    path = f"/stations/{station_id}/reading"
    problem = await csms.problem("PUT", path, 400, json={"switches": {"celsius": False}})
    assert "celsius" in json.dumps(problem)
    await csms.problem("PUT", path, 400, json={"switches": {"coffee": True}})
    await csms.problem("PUT", path, 400, json={"time_zone": "Mars/Olympus"})


async def test_the_report_as_text_shows_frames_that_cannot_become_markup(csms):
    async with csms.station() as station:
        with pytest.raises(CallError):
            await station.call("DataTransfer", {"vendorId": "<b>*x*</b>", "colour": 1}, judged=False)
        text = (await csms.request("GET", f"/stations/{station.id}/compatibility.md")).text
        assert "Acme One 1.0" in text
        assert "$.colour" in text
        assert "\\<b\\>\\*x\\*" in text
        assert "<b>" not in text


async def test_secrets_do_not_reach_the_report(csms):
    async with csms.station() as station:
        await station.send([2, "1", "DataTransfer", {"vendorId": "v", "password": "hunter2", "data": 5}])
        await csms.until(lambda: any(f[1][:2] == [4, "1"] for f in station.frames))
        view = await report(csms, station.id)
        assert "hunter2" not in json.dumps(view)
        assert "***" in seen(view, "DataTransfer")["frame"]


async def test_a_report_is_bounded_and_can_be_begun_anew(csms):
    async with csms.station() as station:
        for n in range(80):
            with pytest.raises(CallError):
                await station.call("Heartbeat", {f"x{n}": 1}, judged=False)
        view = await report(csms, station.id)
        assert len(view["deviations"]) == 64
        assert view["more"] == 16
        await csms.ok("DELETE", f"/stations/{station.id}/compatibility")
        assert (await report(csms, station.id))["deviations"] == []


async def test_a_preset_that_is_changed_holds_at_once_and_a_deleted_station_leaves_no_report(csms):
    async with csms.station() as station:
        with pytest.raises(CallError):
            await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)
        await csms.ok("PATCH", f"/stations/{station.id}", json={"reading": "tolerant"})
        await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)
        assert len((await report(csms, station.id))["deviations"]) == 2
    await csms.ok("DELETE", f"/stations/{station.id}")
    await csms.enter(station.id)
    assert (await report(csms, station.id))["deviations"] == []


async def test_a_report_outlives_the_process(tmp_path):
    database = tmp_path / "csms.db"
    async with running_csms(database=database) as first, first.station() as station:
        with pytest.raises(CallError):
            await station.call("Heartbeat", {"x": 1}, judged=False)
    async with running_csms(database=database) as second:
        assert seen(await report(second, station.id), "Heartbeat")["count"] == 1


async def test_what_holds_everywhere_gives_way_to_what_holds_for_one():
    config = StationsConfig(port=0, tolerated="bounds, numeric_message_ids, -many_calls")
    async with running_csms(config) as csms, csms.station() as station:
        await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)
        switches = {s["name"]: s for s in (await report(csms, station.id))["switches"]}
        assert (switches["bounds"]["on"], switches["bounds"]["set_by"]) == (True, "everywhere")
        assert not switches["many_calls"]["on"]
        await read_as(csms, station, switches={"bounds": False})
        with pytest.raises(CallError):
            await station.call("Authorize", {"idTag": LONG_TAG}, judged=False)


KEPT = [
    ("ocpp1.6", "StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": "much", "timestamp": "2022-02-29T10:00:00Z"}),
    ("ocpp1.6", "StopTransaction", {"transactionId": "?", "meterStop": None, "timestamp": "soon"}),
    ("ocpp1.6", "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": 17, "sampledValue": [{"value": "5"}]}]}),
    ("ocpp1.6", "MeterValues", {"connectorId": 1, "meterValue": "none"}),
    ("ocpp2.0.1", "TransactionEvent", {"eventType": "Started", "seqNo": "zero", "transactionInfo": {"transactionId": "T1"}}),
    ("ocpp2.1", "TransactionEvent", {}),
]  # fmt: skip


@pytest.mark.parametrize(("version", "action", "payload"), KEPT)
async def test_messages_about_transactions_are_kept_raw_where_wanted(csms, version, action, payload):
    async with csms.station(version) as station:
        with pytest.raises(CallError):
            await station.call(action, payload, judged=False)
        await read_as(csms, station, switches={"keep_transactions": True})
        await station.call(action, payload, judged=False)
        view = await report(csms, station.id)
        assert [d["borne_by"] for d in view["deviations"] if d["borne_by"]][:1] != []
        notices = await csms.ok("GET", f"/stations/{station.id}/notices")
        assert payload in [notice["content"] for notice in notices if notice["action"] == action]
        if action != "MeterValues":
            (transaction,) = (await csms.ok("GET", f"/transactions?station={station.id}"))["items"]
            assert any(why.startswith(action) for why in transaction["suspect"])


async def test_the_same_unreadable_start_twice_is_one_transaction(csms):
    payload = {"connectorId": 1, "idTag": "A", "meterStart": "much", "timestamp": now()}
    async with csms.station() as station:
        await read_as(csms, station, reading="tolerant")
        first = await station.call("StartTransaction", payload, judged=False)
        again = await station.call("StartTransaction", payload, judged=False)
        assert first["transactionId"] == again["transactionId"] > 0


async def test_record_only_keeps_what_it_cannot_read_without_effect(csms):
    async with csms.station() as station:
        await read_as(csms, station, reading="record-only")
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Dancing"}
        assert await station.call("StatusNotification", status, judged=False) == {}
        with pytest.raises(CallError):  # an answer must say something here
            await station.call("Authorize", {"idTag": {}}, judged=False)
        view = await csms.ok("GET", f"/stations/{station.id}")
        assert "Dancing" not in json.dumps(view)
        notices = await csms.ok("GET", f"/stations/{station.id}/notices")
        assert [n["content"] for n in notices if n["action"] == "StatusNotification"] == [status]


async def test_binary_frames_and_a_missing_subprotocol(csms):
    station_id = await csms.enter()
    async with websockets.connect(csms.url(station_id), subprotocols=["ocpp1.6"]) as socket:
        await socket.send(b'[2,"1","Heartbeat",{}]')
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1003
    switches = {"binary_frames": True, "no_subprotocol": True}
    await csms.ok("PUT", f"/stations/{station_id}/reading", json={"switches": switches})
    async with websockets.connect(csms.url(station_id)) as socket:
        await socket.send(b'[2,"1","Heartbeat",{}]')
        assert json.loads(await socket.recv())[:2] == [3, "1"]
        await socket.send([b'[2,"2",', b'"Heartbeat",{}]'])
        assert json.loads(await socket.recv())[:2] == [3, "2"]
    view = await report(csms, station_id)
    assert {d["borne_by"] for d in view["deviations"]} == {"", *switches}
