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
