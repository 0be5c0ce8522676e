"""OCPP 2.0.1 block I: what it costs, on the way and at the end."""

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.conformance.charging import Charging, register, status_of
from tests.conformance.harness import Csms, now, running_csms

from chargewright.app.config import StationsConfig

TARIFF = {
    "currency": "EUR",
    "energy": {"prices": [{"amount": "0.50"}], "taxes": [{"kind": "VAT", "percent": "20"}]},
    "fixed": {"prices": [{"amount": "1.00"}]},
}
"""5 kWh of it: 2.50 and 20 percent of that, and 1.00: 4.00."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def selling() -> AsyncIterator[Csms]:
    """A central system that charges by energy, and tells it as often as it changes."""
    async with running_csms(StationsConfig(port=0, cost_update_interval_s=0.01)) as running:
        await running.ok("PUT", "/tariffs/public", json=TARIFF)
        await running.ok("PUT", "/tariffs/uses", json={"scope": "default", "tariff": "public"})
        yield running


async def test_tc_i_01_csms(selling):
    """While energy flows the station is told what it costs so far, with each report of the meter."""
    tag = await selling.token()
    async with selling.station("ocpp2.0.1", replies={"CostUpdated": {}}) as station:
        charging = Charging(station)
        meter = [register(1000, context="Transaction.Begin", at=now(-600))]
        assert status_of(await charging.tell("Started", "Authorized", by=tag, meter=meter)) == "Accepted"
        await charging.plug_in("Updated")
        for register_wh, total in ((2000, 1.6), (3000, 2.2)):
            meter = [register(register_wh)]
            await charging.tell("Updated", "MeterValuePeriodic", state="Charging", meter=meter)
            told = (await station.expect("CostUpdated")).payload
            while told["totalCost"] != total:
                assert told["totalCost"] < total, "the cost only ever grows"
                told = (await station.expect("CostUpdated")).payload
            assert told["transactionId"] == charging.id


async def test_tc_i_02_csms(selling):
    """The answer to the end of a transaction tells its total cost, and the API shows of what it is made."""
    tag = await selling.token()
    async with selling.station("ocpp2.0.1", replies={"CostUpdated": {}}) as station:
        charging = Charging(station)
        await charging.plug_in(meter=[register(1000, context="Transaction.Begin")], timestamp=now(-1200))
        assert (
            status_of(await charging.tell("Updated", "Authorized", by=tag, timestamp=now(-1190)))
            == "Accepted"
        )
        await charging.tell("Updated", "ChargingStateChanged", state="Charging", timestamp=now(-1180))
        await charging.tell("Updated", "StopAuthorized", by=tag, timestamp=now(-5))
        last = [register(6000, context="Transaction.End")]
        end = {"state": "Idle", "stopped": "EVDisconnected", "meter": last}
        answer = await charging.tell("Ended", "EVCommunicationLost", **end)
        assert answer["totalCost"] == 4.0
        cost = await selling.ok("GET", f"/transactions/{(await charging.record())['id']}/cost")
        assert (cost["tariff"], cost["currency"], cost["final"]) == ("public", "EUR", True)
        assert [(line["part"], line["net"], line["tax"]) for line in cost["lines"]] == [
            ("energy", "2.50", "0.50"),
            ("fixed", "1.00", "0.00"),
        ]
        assert (cost["net"], cost["gross"]) == ("3.50", "4.00")


async def test_a_change_of_prices_changes_no_transaction_that_runs(selling):
    """Not a public case: the tariff is kept with the transaction; a token's own goes before the default."""
    body = {"currency": "EUR", "energy": {"prices": [{"amount": "1.00"}]}}
    await selling.ok("PUT", "/tariffs/staff", json=body)
    tag = await selling.token(tariff_id="staff")
    async with selling.station("ocpp2.0.1", replies={"CostUpdated": {}}) as station:
        charging = Charging(station)
        await charging.tell("Started", "Authorized", by=tag, meter=[register(0)], timestamp=now(-60))
        await selling.ok(
            "PUT", "/tariffs/staff", json={"currency": "EUR", "energy": {"prices": [{"amount": "9"}]}}
        )
        answer = await charging.tell("Ended", "StopAuthorized", stopped="Local", meter=[register(2000)])
        assert answer["totalCost"] == 2.0


async def test_whose_tariff_counts(selling):
    """Not a public case: the token's own, the station's, the site's, the default, in this order."""
    for name, amount in (("of-token", "4"), ("of-station", "3"), ("of-site", "2")):
        body = {"currency": "EUR", "fixed": {"prices": [{"amount": amount}]}}
        await selling.ok("PUT", f"/tariffs/{name}", json=body)

    async def cost_at(station, **more):
        """What the transaction of a card that comes after the cable costs."""
        tag = await selling.token(**more)
        charging = Charging(station)
        await charging.plug_in()
        await charging.tell("Updated", "Authorized", by=tag)
        answer = await charging.tell("Ended", "StopAuthorized", stopped="Local")
        return answer["totalCost"]

    async with selling.station("ocpp2.0.1", replies={"CostUpdated": {}}) as station:
        assert await cost_at(station) == 1.0
        evses = [{"station": station.id, "node": "main", "connection": "RST", "current_max_a": 32}]
        site = {"nodes": [{"id": "main", "limit_a": 100}], "evses": evses}
        await selling.ok("POST", "/sites", json={"id": "S", "name": "S", "definition": site})
        await selling.ok("PUT", "/tariffs/uses", json={"scope": "site", "name": "S", "tariff": "of-site"})
        assert await cost_at(station) == 2.0
        use = {"scope": "station", "name": station.id, "tariff": "of-station"}
        await selling.ok("PUT", "/tariffs/uses", json=use)
        assert await cost_at(station) == 3.0
        assert await cost_at(station, tariff_id="of-token") == 4.0
        assert await cost_at(station, tariff_id="no-such-tariff") == 3.0


async def test_a_station_is_told_no_more_often_than_it_is_set():
    """Not a public case: the first report is told at once, the next ones when the interval is over."""
    async with running_csms(StationsConfig(port=0, cost_update_interval_s=3600.0)) as csms:
        await csms.ok("PUT", "/tariffs/public", json=TARIFF)
        await csms.ok("PUT", "/tariffs/uses", json={"scope": "default", "tariff": "public"})
        async with csms.station("ocpp2.0.1", replies={"CostUpdated": {}}) as station:
            charging, tag = Charging(station), await csms.token()
            await charging.tell("Started", "Authorized", by=tag, meter=[register(0)])
            await station.expect("CostUpdated")
            for register_wh in (1000, 2000, 3000):
                await charging.tell("Updated", "MeterValuePeriodic", meter=[register(register_wh)])
            answer = await charging.tell("Ended", "StopAuthorized", stopped="Local", meter=[register(5000)])
            assert answer["totalCost"] == 4.0
            assert len([o for o in station.orders if o.action == "CostUpdated"]) == 1
