"""One message to many stations, of both families, over real sockets."""

from tests.conformance.harness import ACCEPTED, CallError


async def test_each_station_answers_for_itself(csms):
    async with csms.station() as one, csms.station() as two, csms.station("ocpp2.0.1") as newer:
        away = await csms.enter()
        one.replies["Reset"] = ACCEPTED
        two.replies["Reset"] = CallError("InternalError", "no")
        stations = [one.id, two.id, newer.id, away]
        order = {"filter": {"stations": stations}, "payload": {"type": "Hard"}}
        batch = await csms.ok("POST", "/commands/Reset", json=order)
        assert batch["totals"] == {"answered": 1, "error": 2, "offline": 1}
        ended = batch["stations"]
        assert ended[one.id]["response"] == ACCEPTED
        assert ended[two.id]["error"] == {"code": "InternalError", "description": "no"}
        assert ended[newer.id]["error"]["code"] == "NotSent", "2.0.1 has no hard reset"
        assert ended[away]["outcome"] == "offline"
        assert not [order for order in newer.orders if order.action == "Reset"]
        assert await csms.ok("GET", f"/batches/{batch['batch']}") == batch


async def test_a_filter_says_who_is_meant(csms):
    async with csms.station("ocpp2.0.1") as newer, csms.station():
        newer.replies["GetBaseReport"] = ACCEPTED
        order = {
            "filter": {"version": "ocpp2.*", "connected": True, "vendor": "Ac?e", "stations": [newer.id]},
            "payload": {"reportBase": "FullInventory"},
        }
        started = await csms.request("POST", "/commands/GetBaseReport?wait=0", json=order)
        assert started.status_code == 202
        assert started.json()["stations"] == 1
        place = f"/batches/{started.json()['batch']}"

        async def answered():
            return (await csms.ok("GET", place))["totals"] == {"answered": 1}

        await csms.until(answered)
        arrived = await newer.expect("GetBaseReport")
        assert arrived.payload == {"reportBase": "FullInventory", "requestId": arrived.payload["requestId"]}


async def test_a_filter_that_says_nothing_is_refused(csms):
    problem = await csms.problem("POST", "/commands/Reset", 400, json={"filter": {}, "payload": {}})
    assert problem["path"] == "filter"
    named = {"filter": {"stations": ["nobody"]}, "payload": {}}
    assert "nobody" in str(await csms.problem("POST", "/commands/Reset", 404, json=named))
    await csms.problem("GET", "/batches/999999", 404)
