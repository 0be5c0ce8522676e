"""A recorded station played again: the same transactions, and a report of what is answered otherwise."""

import asyncio
import json

import pytest
from tests.conformance.charging import Charging, id_token
from tests.conformance.harness import ACCEPTED, now, running_csms

from chargewright.app.simulate import simulate
from chargewright.errors import InvalidInput
from chargewright.ocpp.catalog import Version
from chargewright.simulator.recording import read_recording
from chargewright.simulator.replay import play


async def recorded_16(csms, tag):
    """A session of 1.6 with an order in it: (station id, its log as the API gives it)."""
    async with csms.station() as station:
        await station.ordered("GetConfiguration", {"key": ["X"]}, {"unknownKey": ["X"]})
        for meter in (100, 5000):
            start = {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": now()}
            number = (await station.call("StartTransaction", start))["transactionId"]
            value = {"timestamp": now(), "sampledValue": [{"value": str(meter + 50)}]}
            await station.call(
                "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]}
            )
            stop = {"transactionId": number, "meterStop": meter + 700, "timestamp": now()}
            await station.call("StopTransaction", stop)
    page = await csms.ok("GET", f"/stations/{station.id}/messages?limit=1000")
    return station.id, json.dumps(page).encode()


def told(items):
    same = (
        "evse",
        "token",
        "state",
        "started_at",
        "ended_at",
        "meter_start_wh",
        "meter_stop_wh",
        "energy_wh",
        "complete",
    )
    return [{name: item[name] for name in same} for item in items]


def url(csms):
    return csms.url("").rstrip("/")


async def transactions(csms, station_id):
    return told((await csms.ok("GET", f"/transactions?station={station_id}"))["items"])


async def test_a_session_of_16_is_the_same_at_a_fresh_central_system():
    async with running_csms() as first:
        tag = await first.token()
        station_id, log = await recorded_16(first, tag)
        before = await transactions(first, station_id)
    recording = read_recording(log)
    assert recording.version is Version.OCPP16
    async with running_csms() as second:
        await second.token(id_token="ELSE")
        async with second.station() as other:  # so that transaction ids are others
            other_start = {"connectorId": 1, "idTag": "ELSE", "meterStart": 0, "timestamp": now()}
            await other.call("StartTransaction", other_start)
        await second.token(id_token=tag)
        await second.enter(station_id)
        report = await play(recording, csms=url(second), station_id=station_id, speed=1000.0)
        assert report.alike, report
        assert report.said == report.answered_alike == 7
        assert report.orders_missing == {"GetConfiguration": 1}
        after = await transactions(second, station_id)
        assert after == before
        assert [one["energy_wh"] for one in after] == [700, 700]


async def test_what_is_answered_otherwise_is_told_with_its_place():
    async with running_csms() as csms:
        tag = await csms.token()
        _, log = await recorded_16(csms, tag)
        unknown = log.replace(tag.encode(), b"NOBODY")
        other = await csms.enter()
        report = await play(read_recording(unknown), csms=url(csms), station_id=other, speed=1000.0)
        assert not report.alike
        assert {difference.action for difference in report.differences} == {"StartTransaction"}
        (first, _) = report.differences
        assert first.places == ("[1].idTagInfo.status",)
        assert (first.then["idTagInfo"]["status"], first.now["idTagInfo"]["status"]) == (
            "Accepted",
            "Invalid",
        )


async def test_orders_of_2x_are_answered_as_then_and_their_numbers_are_those_of_now():
    report_item = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
        "variableAttribute": [{"value": "22000"}],
    }

    async def session(csms, station):
        _, outcome = await station.ordered("GetBaseReport", {"reportBase": "FullInventory"}, ACCEPTED)
        number = outcome["response"] and station.orders[-1].payload["requestId"]
        await station.call(
            "NotifyReport",
            {
                "requestId": number,
                "seqNo": 0,
                "generatedAt": now(),
                "tbc": False,
                "reportData": [report_item],
            },
        )
        return number

    async with running_csms() as csms:
        tag = await csms.token()
        async with csms.station("ocpp2.0.1") as station:
            then = await session(csms, station)
            charging = Charging(station)
            await charging.tell("Started", "Authorized", by=id_token(tag))
            await charging.tell("Ended", "EVDeparted", stopped="EVDisconnected")
        before = await transactions(csms, station.id)
        log = json.dumps(await csms.ok("GET", f"/stations/{station.id}/messages?limit=1000")).encode()
    recording = read_recording(log)
    assert recording.version is Version.OCPP201
    async with running_csms() as fresh:
        await fresh.token(id_token=tag)
        await fresh.enter(station.id)
        # Ten numbers are used up, so that the order bears another one than then.
        for _ in range(10):
            await fresh.central.store.commit(lambda records: records.new_number("request"))

        playing = asyncio.ensure_future(play(recording, csms=url(fresh), station_id=station.id, speed=1000.0))
        await fresh.until(lambda: fresh.central.services.links.get(station.id) is not None)
        path = f"/stations/{station.id}/commands/GetBaseReport"
        outcome = await fresh.ok("POST", path, json={"reportBase": "FullInventory", "requestId": then + 1000})
        assert outcome["response"] == ACCEPTED
        report = await playing
        assert report.alike, report
        assert (report.orders["GetBaseReport"], report.orders_missing["GetBaseReport"]) == (1, 0)
        log = await fresh.ok("GET", f"/stations/{station.id}/messages?action=NotifyReport&direction=in")
        assert [m["frame"][3]["requestId"] for m in log["messages"]] == [then + 1000]
        assert await transactions(fresh, station.id) == before


def test_logs_come_as_a_page_a_list_or_lines():
    at = "2026-03-01T10:00:00Z"
    messages = [
        {
            "at": at,
            "direction": "in",
            "frame": [2, "1", "BootNotification", {"chargingStation": {}}],
            "more": 1,
        },
        {"at": at, "direction": "out", "frame": '[3,"1",{}]'},
        {"at": at, "direction": "in", "frame": "no JSON"},
        {"at": at, "direction": "in", "frame": [2, "2", "BatterySwap", {}]},
        {"at": at, "direction": "out", "frame": [2, "3", "Reset", {}]},
        {"at": at, "direction": "in", "frame": [4, "3", "NotSupported", "", {}]},
    ]
    lines = "\n".join(map(json.dumps, messages))
    for text in (json.dumps({"messages": messages, "next_after": 7}), json.dumps(messages), lines):
        recording = read_recording(text.encode())
        assert recording.version is Version.OCPP21
        assert [(one.action, one.answer) for one in recording.said] == [
            ("BootNotification", (3, {})),
            ("BatterySwap", None),
        ]
        assert [order.answer for order in recording.orders] == [(4, "NotSupported", "", {})]


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"[1]", b'{"messages": []}', b'{"at": 1}\n{"at": 2}'])
def test_what_is_no_log_is_refused(text):
    with pytest.raises(InvalidInput):
        read_recording(text, where="x.json")


async def test_from_the_command_line(tmp_path, capsys):
    async with running_csms() as csms:
        tag = await csms.token()
        _, log = await recorded_16(csms, tag)
        file, report = tmp_path / "CP-REPLAY.json", tmp_path / "report.json"
        file.write_bytes(log)
        await csms.enter("CP-REPLAY")

        def run(*more):
            return simulate(csms=url(csms), speed=1000.0, replay=file, report=report, **dict(more))

        assert await asyncio.to_thread(run) == 0
        assert json.loads(report.read_bytes())["answered_alike"] == 7
        assert "answered_alike\t7" in capsys.readouterr().out
        assert len(await transactions(csms, "CP-REPLAY")) == 2
        with pytest.raises(InvalidInput, match="404"):
            await asyncio.to_thread(run, ("station", "STRANGER"))
