"""What users of other systems hit, clusters 1 to 13: the protocol and what stations make of it."""

import base64
import json

import pytest
import websockets
from tests.adapters.gateway.harness import RawStation as RawSocket
from tests.conformance.harness import CallError, basic, now, running_csms
from tests.quirks.stories import (
    boot,
    borne,
    compatibility,
    meter,
    start,
    stop,
    tolerate,
    transactions,
)

from chargewright.app.config import StationsConfig
from chargewright.csms.commissioning import abilities_of
from chargewright.domain.station import Registration

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_cluster_01_a_start_sent_again_under_the_same_or_a_new_message_id_is_one_transaction(csms):
    """steve #81, #1294; MicroOcpp #50, #237; mobilityhouse #186: also after reconnecting."""
    token = await csms.token()
    said = start(token)
    async with csms.station() as station:
        first = await station.call("StartTransaction", said)
        assert await station.call("StartTransaction", said) == first
        await station.send([2, "again", "StartTransaction", said])
        await station.send([2, "again", "StartTransaction", said])
        await csms.until(lambda: sum(f[1][1] == "again" for f in station.frames if f[0] == "in") == 2)
    async with csms.station(station_id=station.id) as station:
        assert await station.call("StartTransaction", said) == first
        assert len(await transactions(csms, station)) == 1


async def test_cluster_02_the_first_stop_wins_and_the_others_are_kept_as_evidence(csms):
    """steve #955, #1293."""
    token = await csms.token()
    async with csms.station() as station:
        number = (await station.call("StartTransaction", start(token)))["transactionId"]
        for value in (5100, 5100, 9900):
            assert await station.call("StopTransaction", stop(number, meter=value)) == {}
        (one,) = await transactions(csms, station)
        assert (one["meter_stop_wh"], one["energy_wh"]) == (5100, 5000)
        assert one["suspect"] != []
        told = await csms.ok("GET", f"/transactions/{number}/events")
        assert 9900 in [event["meter_wh"] for event in told]


async def test_cluster_03_a_transaction_that_never_ended_is_closed_with_the_reason_and_without_a_meter_value(
    csms,
):
    """steve #94, #235, #292, #816; MicroOcpp #100, #227."""
    token = await csms.token()
    async with csms.station() as station:
        zombie = (await station.call("StartTransaction", start(token, at=now(-3600))))["transactionId"]
        await station.call("StartTransaction", start(token, meter=700))
        view = await csms.ok("GET", f"/transactions/{zombie}")
        assert (view["state"], view["meter_stop_wh"], view["energy_wh"]) == ("ended", None, None)
        assert "another transaction" in view["closed"]
        (running,) = [t for t in await transactions(csms, station) if t["state"] == "active"]
        await csms.ok("POST", f"/transactions/{running['id']}/close", json={"reason": "PowerLoss"})
        closed = await csms.ok("GET", f"/transactions/{running['id']}")
        assert (closed["state"], closed["meter_stop_wh"]) == ("ended", None)
        assert await station.call("StopTransaction", stop(running["id"], meter=900)) == {}
        assert (await csms.ok("GET", f"/transactions/{running['id']}"))["energy_wh"] == 200


@pytest.mark.parametrize("number", [-1, 0, -17, 2**63 - 1])
async def test_cluster_04_odd_transaction_ids_are_confirmed_and_nothing_is_lost(csms, number):
    """libocpp #495, open-ocpp #24, steve #292, lbbrhzn #1000 and #45."""
    async with csms.station() as station:
        assert await station.call("MeterValues", meter(number=number)) == {}
        assert await station.call("StopTransaction", stop(number)) == {}
        (kept,) = await transactions(csms, station)
        assert (kept["state"], kept["meter_stop_wh"]) == ("ended", 5100)
        assert await borne(csms, station) == {"transaction_ids", "unknown_transactions"}


async def test_cluster_04_a_stop_whose_start_was_never_acknowledged_finds_its_transaction(csms):
    token = await csms.token()
    async with csms.station() as station:
        number = (await station.call("StartTransaction", start(token)))["transactionId"]
        await station.call("StopTransaction", stop(-1, idTag=token))
        (one,) = await transactions(csms, station)
        assert (one["id"], one["energy_wh"]) == (number, 5000)


async def test_cluster_05_times_are_read_as_meant_and_what_is_no_time_costs_no_transaction(csms):
    """steve #1955, #769, #136; evcc #10399; MicroOcpp #311."""
    token = await csms.token()
    for text, meant in (
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00.1234560Z", "2026-03-01T10:00:00.123456Z"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00Z"),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00Z"),
        ("1970-01-01T00:00:07Z", "1970-01-01T00:00:07Z"),
        ("2099-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
    ):
        async with csms.station() as station:
            await station.call("StartTransaction", start(token, at=text), judged=False)
            (one,) = await transactions(csms, station)
            assert one["started_at"] == meant, text
            assert await borne(csms, station) == (set() if text[-1] == "Z" or "+" in text else {"timestamps"})


async def test_cluster_05_the_zone_of_a_station_without_one_can_be_told(csms):
    token = await csms.token()
    async with csms.station() as station:
        await tolerate(csms, station, time_zone="Europe/Berlin")
        await station.call("StartTransaction", start(token, at="2026-07-01T10:00:00"), judged=False)
        (one,) = await transactions(csms, station)
        assert one["started_at"] == "2026-07-01T08:00:00Z"


async def test_cluster_05_29_february_2022_of_an_abb_station_starts_a_transaction(csms):
    token = await csms.token()
    async with csms.station(boot=False) as station:
        await station.call("BootNotification", boot("ABB", "Terra"))
        said = start(token, at="2022-02-29T10:00:00Z")
        answer = await station.call("StartTransaction", said, judged=False)
        assert answer["transactionId"] > 0
        assert answer["idTagInfo"]["status"] == "Accepted"
        (one,) = await transactions(csms, station)
        assert any("timestamp" in why for why in one["suspect"])
        (seen,) = [d for d in (await compatibility(csms, station))["deviations"] if d["borne_by"]]
        assert (seen["borne_by"], "2022-02-29" in seen["frame"]) == ("keep_transactions", True)


async def test_cluster_06_handshakes(csms):
    """steve #135; OCPP.Core #43; lbbrhzn #442, PR #1984, #2008; citrineos #107; ocpp-go #125."""
    station_id = await csms.enter()
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(csms.url(station_id))
    assert refused.value.response.status_code == 400
    probe = await websockets.connect(csms.url(station_id), subprotocols=["ocpp1.6"])
    await probe.close()  # some ask first what is spoken here, and come back
    for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):  # one port for all
        async with csms.station(version, station_id=station_id):
            assert (await csms.ok("GET", f"/stations/{station_id}"))["protocol"] == version
    raw = await RawSocket.connect(csms.central.gateway, upgrade=False)
    headers = ["Sec-WebSocket-Protocol: ocpp1.6"]
    status, _ = await raw.upgrade(f"/ocpp/{station_id}", headers, connection="keep-alive, Upgrade")
    assert status == 101
    raw.writer.close()


async def test_cluster_07_the_identity_in_the_path_is_decoded_once_and_compared_as_it_is(csms):
    """citrineos PR #1093; open-ocpp PR #198."""
    await csms.enter("RDAM|123")
    base = csms.url("")
    async with csms.station(station_id="RDAM|123", url=f"{base}RDAM%7C123") as station:
        assert (await csms.ok("GET", "/stations/RDAM%7C123"))["connected"]
        assert await station.call("Heartbeat", {})
    for path, status in (("rdam%7C123", 404), ("RDAM%257C123", 404), ("RDAM%7C123/x", 404), ("%ff", 400)):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(base + path, subprotocols=["ocpp1.6"])
        assert refused.value.response.status_code == status, path


async def test_cluster_08_basic_authentication(csms):
    """ShellRechargeSolutionsEU PR #38; Java-OCA-OCPP PR #163; steve #1020."""
    await csms.ok(
        "POST",
        "/stations",
        json={"id": "BASIC1", "registration": "Accepted", "password": "pass:word:with:colons"},
    )

    async def status(user, password, station_id="BASIC1"):
        try:
            async with websockets.connect(
                csms.url(station_id), subprotocols=["ocpp1.6"], **basic(user, password, encoding="latin-1")
            ):
                return 101
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    assert await status("BASIC1", "pass:word:with:colons") == 101
    assert await status("BASIC1", "pass:word") == 401
    assert await status("BASIC1", "\xff\xfe\x80") == 401  # not UTF-8: wrong, and no crash
    assert await status("basic1", "pass:word:with:colons") == 401
    assert await status("NOBODY", "x", "NOBODY") == 404
    wrong = {"Authorization": "Basic: " + base64.b64encode(b"BASIC1:pass:word:with:colons").decode()}
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(csms.url("BASIC1"), subprotocols=["ocpp1.6"], additional_headers=wrong)
    assert refused.value.response.status_code == 401


async def test_cluster_09_the_newest_connection_wins_and_the_old_ones_end_does_not_touch_it(csms):
    """steve #357; ocpp-go #314, #358; ts-ocpp #19; lbbrhzn PR #2122."""
    station_id = await csms.enter()
    old = await websockets.connect(csms.url(station_id), subprotocols=["ocpp1.6"])
    async with csms.station(station_id=station_id) as new:
        await old.wait_closed()
        assert old.close_code == 1008
        assert (await csms.ok("GET", f"/stations/{station_id}"))["connected"]
        assert "currentTime" in await new.call("Heartbeat", {})
        _, outcome = await new.ordered("ClearCache", {}, {"status": "Accepted"})
        assert outcome["response"] == {"status": "Accepted"}


STATUS = {
    "connectorId": 1,
    "errorCode": "NoError",
    "status": "Available",
    "timestamp": "2026-03-01T10:00:00Z",
}
ODD = [
    ("BootNotification", boot(chargePointSerialNumber="x" * 26), "bounds"),
    ("StatusNotification", {**STATUS, "errorCode": "Error"}, "unknown_values"),
    ("MeterValues", meter("50", unit="Hz", measurand="Frequency"), "unknown_values"),
    ("MeterValues", meter("50", context="Sample.Odd"), "unknown_values"),
    ("MeterValues", meter(50), "types"),
    ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": []}]}, "nulls"),
    ("StatusNotification", {**STATUS, "info": None}, "nulls"),
    ("StatusNotification", {**STATUS, "colour": "red"}, "extra_properties"),
    ("StatusNotification", {**STATUS, "timestamp": "2026-03-01 10:00:00+02"}, "timestamps"),
    ("StatusNotification", {**STATUS, "timestamp": 1772359200}, "timestamps"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "payload", "switch"), ODD)
async def test_cluster_10_odd_payloads_are_refused_with_a_place_and_borne_with_their_switch(
    csms, action, payload, switch
):
    """mobilityhouse #128; lbbrhzn #1576, #1248, #361, #466."""
    async with csms.station() as station:
        with pytest.raises(CallError) as refused:
            await station.call(action, payload, judged=False)
        assert refused.value.code in {
            "OccurenceConstraintViolation",
            "PropertyConstraintViolation",
            "TypeConstraintViolation",
            "FormationViolation",
        }
        assert "$." in str(refused.value)
        await tolerate(csms, station, switch)
        await station.call(action, payload, judged=False)
        assert await borne(csms, station) == {switch}


async def test_cluster_10_both_spellings_of_celsius_are_one_unit(csms):
    """steve #152; 1.6-J errata 2.1."""
    token = await csms.token()
    async with csms.station() as station:
        number = (await station.call("StartTransaction", start(token)))["transactionId"]
        for n, unit in enumerate(("Celcius", "Celsius")):
            said = meter("21.5", number=number, unit=unit, measurand="Temperature", at=now(n))
            await station.call("MeterValues", said, judged=False)
        values = await csms.ok("GET", f"/transactions/{number}/meter-values")
        told = [s["value"] for reading in values["items"] for s in reading["samples"]]
        assert told == [21.5, 21.5]


@pytest.mark.parametrize(
    "text",
    ["", ",", "[2,", '[2,"1","Heartbeat",{}', ',[2,"1","Heartbeat",{}]', '[2,"1","Heartbeat",{"a":}]', '[2,"","Heartbeat",{}]'],
)  # fmt: skip
async def test_cluster_10_broken_texts_cost_nothing_but_themselves(csms, text):
    """lbbrhzn #1078, #176, #442; ocpp-go #267; citrineos #131."""
    async with csms.station() as station:
        await station.socket.send(text)
        assert "currentTime" in await station.call("Heartbeat", {})
        assert len((await compatibility(csms, station))["deviations"]) == 1


async def test_cluster_10_errors_tell_nothing_of_our_inside(csms):
    """steve #45: SQL in an errorDescription."""
    async with csms.station() as station:
        for payload in ({"idTag": "'; DROP TABLE tokens; --"}, {"idTag": "\ud83d"}, {"idTag": ["x"]}):
            await station.socket.send(json.dumps([2, "x", "Authorize", payload]))
        await station.call("Heartbeat", {})
        told = json.dumps([frame for way, frame in station.frames if way == "in" and frame[0] == 4])
        assert "SQL" not in told.upper()
        assert "DROP" not in told
        assert "Traceback" not in told


async def test_cluster_11_limits_of_a_tenth_are_sent_exactly_as_they_were_given(csms):
    """mobilityhouse #43, #217, #353; citrineos PR #959: 134 of 401 legal limits were refused."""
    tenths = [f"{n // 10}.{n % 10}" for n in range(401)]
    periods = ",".join(f'{{"startPeriod":{n},"limit":{text}}}' for n, text in enumerate(tenths))
    order = (
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":7,"stackLevel":0,"chargingProfilePurpose":'
        '"TxDefaultProfile","chargingProfileKind":"Relative","chargingSchedule":{"chargingRateUnit":"A",'
        f'"chargingSchedulePeriod":[{periods}]}}}}}}'
    )
    async with csms.station(replies={"SetChargingProfile": {"status": "Accepted"}}) as station:
        path = f"/stations/{station.id}/commands/SetChargingProfile"
        await csms.ok("POST", path, content=order, headers={"Content-Type": "application/json"})
        arrived = (await station.expect("SetChargingProfile")).payload["csChargingProfiles"][
            "chargingSchedule"
        ]
        assert [f"{p['limit']:.15g}" for p in arrived["chargingSchedulePeriod"]] == [
            f"{float(text):.15g}" for text in tenths
        ]
        log = await csms.ok("GET", f"/stations/{station.id}/messages?action=SetChargingProfile&direction=out")
        assert len(log["messages"]) == 1


@pytest.mark.parametrize(
    ("unit", "in_a", "in_w"),
    [
        ("Current", True, False), ("Power", False, True), ("Current,Power", True, True), ("A", True, False),
        ("W", False, True), ("Current; Power", True, True), (" Power ", False, True), ("", True, True), ("?", True, False),
    ],
)  # fmt: skip
async def test_cluster_12_what_stations_declare_is_read_in_every_spelling(unit, in_a, in_w):
    """evcc #3891; lbbrhzn #1837; MicroOcpp #328: keys that are missing, other words and separators."""
    told = {"ChargingScheduleAllowedChargingRateUnit": unit, "ChargeProfileMaxStackLevel": "many"}
    abilities = abilities_of("ocpp1.6", told)
    assert (abilities.unit_a, abilities.unit_w) == (in_a, in_w)
    assert (abilities.stack_level_max, abilities.periods_max) == (None, None)


async def test_cluster_12_an_empty_answer_to_get_configuration_is_an_answer(csms):
    """lbbrhzn PR #599."""
    async with csms.station() as station:
        _, outcome = await station.ordered("GetConfiguration", {}, {})
        assert (outcome["outcome"], outcome["response"]) == ("answered", {})


async def test_cluster_13_meter_values_after_the_stop_and_a_register_that_begins_anew(csms):
    """lbbrhzn #2093, #919, #1031, #1069; evcc #15768."""
    token = await csms.token()
    async with csms.station() as station:
        number = (await station.call("StartTransaction", start(token, meter=90_000)))["transactionId"]
        said = meter("1500", number=number, unit="Wh", measurand="Energy.Active.Import.Register")
        assert await station.call("MeterValues", said) == {}
        await station.call("StopTransaction", stop(number, meter=1_500))
        (one,) = await transactions(csms, station)
        assert one["suspect"] != []  # told, whatever the difference of the two registers is
        late = meter("1600", number=number, at=now(5))
        assert await station.call("MeterValues", late) == {}
        values = await csms.ok("GET", f"/transactions/{number}/meter-values")
        assert len(values["items"]) == 2


async def test_clusters_run_against_stations_that_were_entered_with_the_defaults():
    """The tests above say what happens without any setting: the defaults are these."""
    async with running_csms(StationsConfig(port=0)) as csms:
        station_id = await csms.enter(registration=Registration.PENDING)
        view = await csms.ok("GET", f"/stations/{station_id}/compatibility")
        assert view["reading"] == "strict"
        assert {one["name"] for one in view["switches"] if one["on"]} == {
            "celsius", "stop_reason", "boot_habits", "connectors", "transaction_ids", "many_calls",
            "short_call_errors", "unknown_transactions",
        }  # fmt: skip
