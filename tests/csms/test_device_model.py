"""Variables: in messages that the station takes, one outcome for each, whatever the station leaves out."""

import asyncio
import json
import random

import pytest
import pytest_asyncio
from tests.conformance.charging import event_data, notify, set_results, variables
from tests.conformance.harness import ACCEPTED, CallError, now, running_csms

V = "ocpp2.0.1"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


def names(count: int) -> list[dict]:
    return [{"component": "Heap", "variable": f"Grain{number:03d}"} for number in range(count)]


async def ask(csms, station, asked: list[dict]) -> list[dict]:
    return await csms.ok("POST", f"/stations/{station.id}/variables/read", json={"variables": asked})


def sent(station, action: str, field: str) -> list[dict]:
    """The messages of this action about the heap: limits are asked for apart."""
    found = [order.payload for order in station.orders if order.action == action]
    return [p for p in found if any(d["component"]["name"] == "Heap" for d in p[field])]


@pytest.mark.parametrize("seed", range(8))
async def test_no_message_is_longer_than_the_station_takes_and_every_value_comes_back(csms, seed):
    print(f"seed {seed}")
    chance = random.Random(seed)
    items, length, count = chance.randint(1, 9), chance.choice([700, 1500, 4000]), chance.randint(2, 30)
    known = {f"Heap.Grain{n:03d}": f"{n}" for n in range(count)}
    limits = {
        f"DeviceDataCtrlr.{what}[{action}]": str(limit)
        for what, limit in (("ItemsPerMessage", items), ("BytesPerMessage", length))
        for action in ("GetVariables", "SetVariables")
    }
    replies = {"GetVariables": variables({**known, **limits}), "SetVariables": set_results()}
    async with csms.station(V, replies=replies) as station:
        results = await ask(csms, station, names(count))
        assert [(r["status"], r["value"]) for r in results] == [("Accepted", v) for v in known.values()]
        wanted = [{**name, "value": "x" * chance.randint(0, 200)} for name in names(count)]
        results = await csms.ok("PUT", f"/stations/{station.id}/variables", json={"variables": wanted})
        assert [r["status"] for r in results] == ["Accepted"] * count
        for way, (kind, number, action, payload) in ((w, f) for w, f in station.frames if len(f) == 4):
            if way == "in" and action in {"GetVariables", "SetVariables"}:
                (data,) = payload.values()
                assert len(data) <= items
                text = json.dumps([kind, number, action, payload], separators=(",", ":"))
                assert len(text) <= length or len(data) == 1
        assert (
            sum(len(p["getVariableData"]) for p in sent(station, "GetVariables", "getVariableData")) == count
        )


async def test_the_limits_are_asked_for_once_and_again_after_a_firmware_change(csms):
    def asked_for_limits(station) -> int:
        return sum(
            data["variable"]["name"] == "ItemsPerMessage"
            for order in station.orders
            if order.action == "GetVariables"
            for data in order.payload["getVariableData"]
            if data["variable"]["instance"] == "GetVariables"
        )

    replies = {"GetVariables": variables({"DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "7"})}
    async with csms.station(V, boot=False, replies=replies) as station:
        told = {"reason": "PowerUp", "chargingStation": {"vendorName": "A", "model": "B"}}
        for firmware, expected in (("1", 1), ("2", 2)):
            told["chargingStation"]["firmwareVersion"] = firmware
            await station.call("BootNotification", told)
            for _ in range(2):
                full = [{**name, "instance": "x"} for name in names(2)]
                await ask(csms, station, full)
            assert asked_for_limits(station) == expected


async def test_a_message_that_is_refused_as_too_long_is_halved_until_it_passes(csms):
    known = variables({f"Heap.Grain{n:03d}": str(n) for n in range(16)})

    async with csms.station(V) as station:
        station.replies.pop("GetVariables")
        asking = csms.request("POST", f"/stations/{station.id}/variables/read", json={"variables": names(16)})

        async def serve() -> None:
            while True:
                order = await station.expect("GetVariables")
                if len(order.payload["getVariableData"]) > 3:
                    await station.refuse(order, "OccurrenceConstraintViolation")
                else:
                    await station.answer(order, known(order.payload))

        serving = asyncio.create_task(serve())
        results = (await asking).json()
        serving.cancel()
        assert [r["value"] for r in results] == [str(n) for n in range(16)]


async def test_a_station_that_leaves_out_an_item_or_refuses_one_alone_is_told_item_by_item(csms):
    def forgetful(payload: dict) -> dict:
        answer = variables({"Heap.Grain000": "0", "Heap.Grain001": "1"})(payload)
        results = [r for r in answer["getVariableResult"] if r["variable"]["name"] != "Grain000"]
        return {"getVariableResult": results or answer["getVariableResult"]}

    async with csms.station(V, replies={"GetVariables": forgetful}) as station:
        results = await ask(csms, station, names(3))
        assert [(r["status"], r["value"]) for r in results] == [
            ("NoAnswer", None),
            ("Accepted", "1"),
            ("UnknownVariable", None),
        ]
        station.replies["GetVariables"] = CallError("InternalError", "no")
        (result,) = await ask(csms, station, names(1))
        assert result["status"] == "InternalError"


async def test_a_station_that_is_away_answers_none_of_them(csms):
    station_id = await csms.enter(version=V)
    results = await csms.ok("POST", f"/stations/{station_id}/variables/read", json={"variables": names(3)})
    assert [r["status"] for r in results] == ["offline"] * 3


async def test_names_are_one_variable_in_any_spelling_and_places_are_kept_apart(csms):
    def part(*data: dict) -> dict:
        return {"requestId": 1, "generatedAt": now(), "seqNo": 0, "reportData": list(data)}

    def here(component: dict, value: str, kind: str = "Actual") -> dict:
        return {
            "component": component,
            "variable": {"name": "Power"},
            "variableAttribute": [{"type": kind, "value": value, "mutability": "ReadOnly"}],
        }

    async with csms.station(V) as station:
        seats = [{"name": "EVSE", "evse": {"id": n}} for n in (1, 2)]
        await station.call("NotifyReport", part(here(seats[0], "1"), here(seats[1], "2")))
        again = {"name": "evse", "evse": {"id": 1}}
        told = part(here(again, "3"), here(seats[0], "9", "MaxSet"))
        await station.call("NotifyReport", {**told, "requestId": 2})
        found = await csms.ok("GET", f"/stations/{station.id}/variables", params={"component": "EVSE"})
        values = {v["evse"]: {a["attribute"]: a["value"] for a in v["attributes"]} for v in found}
        assert values == {1: {"Actual": "3", "MaxSet": "9"}, 2: {"Actual": "2"}}


async def test_after_a_full_inventory_what_is_gone_is_gone(csms):
    async def inventory(station, *which: str) -> None:
        body = {"reportBase": "FullInventory"}
        begun = await csms.ok("POST", f"/stations/{station.id}/reports/GetBaseReport", json=body)
        data = [
            {"component": {"name": name}, "variable": {"name": "Is"}, "variableAttribute": [{"value": "1"}]}
            for name in which
        ]
        part = {"requestId": begun["request_id"], "generatedAt": now(), "seqNo": 0, "reportData": data}
        await station.call("NotifyReport", part)

    async with csms.station(V, replies={"GetBaseReport": ACCEPTED}) as station:
        await inventory(station, "Old", "Both")
        await inventory(station, "Both", "New")
        found = await csms.ok("GET", f"/stations/{station.id}/variables")
        assert {v["component"] for v in found} == {"Both", "New"}


async def test_a_report_about_more_variables_than_the_station_takes_is_refused_with_the_number(csms):
    limits = variables({"DeviceDataCtrlr.ItemsPerMessage[GetReport]": "2"})
    asked = [{"component": {"name": "Heap"}, "variable": {"name": f"Grain{n}"}} for n in range(3)]
    async with csms.station(V, replies={"GetVariables": limits, "GetReport": ACCEPTED}) as station:
        path = f"/stations/{station.id}/reports/GetReport"
        problem = await csms.problem("POST", path, 400, json={"componentVariable": asked})
        assert "2" in problem["detail"]
        await csms.ok("POST", path, json={"componentVariable": asked[:2]})
        assert [o.action for o in station.orders].count("GetReport") == 1


async def test_with_a_station_goes_what_it_told_and_what_was_desired_of_it(csms):
    async with csms.station(V, replies={"SetVariables": set_results()}) as station:
        data = {
            "component": {"name": "Heap"},
            "variable": {"name": "Grain"},
            "variableAttribute": [{"value": "1"}],
        }
        told = {"requestId": 1, "generatedAt": now(), "seqNo": 0, "reportData": [data]}
        await station.call("NotifyReport", told)
        await notify(station, event_data({"name": "Heap"}, "Grain", "1", trigger="Alerting"))
        body = {"variables": [{**names(1)[0], "value": "1"}], "keep": True}
        await csms.ok("PUT", f"/stations/{station.id}/variables", json=body)
        places = [f"/stations/{station.id}/{what}" for what in ("variables", "reports", "events", "alerts")]
        for place in places:
            assert len(await csms.ok("GET", place)) >= 1
    await csms.ok("DELETE", f"/stations/{station.id}")
    await csms.enter(station.id)
    for place in places:
        assert await csms.ok("GET", place) == []
    assert (await csms.ok("GET", f"/stations/{station.id}/configuration"))["settings"] == []


async def test_passwords_are_neither_set_nor_shown(csms):
    def secrets(payload: dict) -> dict:
        return {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "hush-hush"}]}

    async with csms.station(replies={"GetConfiguration": secrets}) as station:
        await csms.ok("POST", f"/stations/{station.id}/variables/refresh", json={})
        shown = await csms.request("GET", f"/stations/{station.id}/variables")
        assert "AuthorizationKey" in shown.text
        assert "hush" not in shown.text
        for wanted in ({"variable": "AuthorizationKey"}, {"variable": "authorizationkey"}):
            body = {"variables": [{**wanted, "value": "open-sesame-open"}]}
            for keep in (False, True):
                path = f"/stations/{station.id}/variables"
                await csms.problem("PUT", path, 400, json={**body, "keep": keep})
        assert "ChangeConfiguration" not in [order.action for order in station.orders]


async def test_keys_of_1_6_go_out_in_batches_and_are_changed_one_by_one(csms):
    values = {f"Key{n:02d}": str(n) for n in range(11)} | {"GetConfigurationMaxKeys": "4"}

    def known(payload: dict) -> dict:
        asked = payload["key"]
        return {
            "configurationKey": [
                {"key": k, "readonly": False, "value": values[k]} for k in asked if k in values
            ],
            "unknownKey": [k for k in asked if k not in values],
        }

    async with csms.station(replies={"GetConfiguration": known, "ChangeConfiguration": ACCEPTED}) as station:
        asked = [{"variable": f"Key{n:02d}"} for n in range(12)]
        results = await ask(csms, station, asked)
        assert [r["value"] for r in results] == [str(n) for n in range(11)] + [None]
        assert results[-1]["status"] == "UnknownVariable"
        sizes = [len(o.payload["key"]) for o in station.orders if o.action == "GetConfiguration"]
        assert sizes == [1, 4, 4, 4]
        wanted = [{"variable": f"Key{n:02d}", "value": "9"} for n in range(3)]
        await csms.ok("PUT", f"/stations/{station.id}/variables", json={"variables": wanted})
        changed = [o.payload["key"] for o in station.orders if o.action == "ChangeConfiguration"]
        assert changed == ["Key00", "Key01", "Key02"]
        body = {"variables": [{"component": "Heap", "variable": "Grain"}]}
        await csms.problem("POST", f"/stations/{station.id}/variables/read", 422, json=body)


async def test_an_empty_answer_of_1_6_means_that_no_key_was_told(csms):
    async with csms.station(replies={"GetConfiguration": {}}) as station:
        results = await ask(csms, station, [{"variable": "HeartbeatInterval"}])
        assert [r["status"] for r in results] == ["NoAnswer"]
        assert await csms.ok("GET", f"/stations/{station.id}/variables") == []
