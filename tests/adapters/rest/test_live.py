import asyncio
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW, bench
from tests.adapters.rest.rest_stories import BOOT, SITE, obedient
from tests.adapters.rest.test_site_power import charging, currents

from chargewright.domain import events


async def live(api, query: str = ""):
    return await api.ok("GET", f"/sites/depot/live{query}")


def measured(api) -> None:
    api.services.bus.publish(events.MeasurementsRecorded("CS1", 1, api.clock.now()))


async def test_an_empty_site_shows_its_limit_and_its_base_load(api):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
    shown = await live(api)
    assert (shown["at"], shown["name"]) == ("2026-03-03T09:00:00Z", "Depot")
    assert (shown["limit_w"], shown["base_w"], shown["power_w"]) == (3 * 63 * 230, 3 * 5 * 230, 3 * 5 * 230)
    assert shown["series"] == [["2026-03-03T09:00:00Z", 3450.0, 43470.0, 3450.0]]
    assert (shown["plan"], shown["rows_over"], shown["extra"]) == (None, [], {})
    assert [(e["station"], e["connected"], e["status"], e["car"]) for e in shown["evses"]] == [
        ("CS1", False, "Unknown", None),
        ("CS2", False, "Unknown", None),
    ]


async def test_a_car_shows_with_what_it_draws(api):
    await charging(api, [*currents(10, 10, 10), {"value": "2500", "unit": "Wh"}])
    shown = await live(api)
    assert shown["power_w"] == pytest.approx(3450 + 6900)
    first = shown["evses"][0]
    assert (first["connected"], first["protocol"], first["measured_a"]) == (True, "ocpp1.6", 10.0)
    assert first["power_w"] == pytest.approx(6900)
    assert (first["car"]["token"], first["car"]["energy_wh"]) == ("ABC", 2500.0)
    counters = shown["counters"]
    assert (counters["stations"], counters["stations_connected"], counters["charging"]) == (2, 1, 1)
    assert counters["energy_wh"] == 2500.0
    assert (counters["messages_received"], counters["messages_answered"]) == (3, 3)


async def test_energy_stays_counted_when_the_car_has_left(api):
    await charging(api, [{"value": "2500", "unit": "Wh"}])
    assert (await live(api))["counters"]["energy_wh"] == 2500.0
    (running,) = api.services.transactions.open()
    stop = {"transactionId": running.id, "meterStop": 4000, "timestamp": "2026-03-03T09:00:00Z"}
    await api.said(api.services.links.get("CS1"), "StopTransaction", stop)
    await asyncio.sleep(0)
    shown = await live(api)
    assert shown["counters"]["energy_wh"] == 4000.0
    assert shown["evses"][0]["car"] is None


async def test_the_series_has_a_point_a_minute_and_the_present(api):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
    for _ in range(6):
        measured(api)
        await asyncio.sleep(0)
        api.clock.forward(30)
    times = [at for at, *_ in (await live(api))["series"]]
    assert times == [f"2026-03-03T09:0{minute}:00Z" for minute in (0, 1, 2, 3)]
    newer = [at for at, *_ in (await live(api, "?since=2026-03-03T09:01:00Z"))["series"]]
    assert newer == times[2:]


async def test_a_wire_that_carries_too_much_is_counted_once_a_sample(api):
    await charging(api, currents(62, 62, 62))
    shown = await live(api)
    assert shown["rows_over"] == ["grid R", "grid S", "grid T"]
    assert shown["counters"]["limit_violations"] == 1
    measured(api)  # within the same minute
    await asyncio.sleep(0)
    assert (await live(api))["counters"]["limit_violations"] == 1


async def test_a_running_car_shows_its_profile_and_its_plan(api):
    await api.station()
    await api.ok("POST", "/sites", json=SITE)
    link = api.connect(respond=obedient)
    await api.said(link, "BootNotification", BOOT)
    await moved_until(api, lambda: api.services.provisioning.require("CS1").commissioned_at is not None)
    base = (await live(api))["evses"][0]["profile"]
    assert base["purpose"] == "TxDefaultProfile"
    at = api.clock.now().isoformat()
    await api.ok("POST", "/tokens", json={"token": "ABC"})
    start = {"connectorId": 1, "idTag": "ABC", "meterStart": 0, "timestamp": at}
    number = (await api.said(link, "StartTransaction", start))["transactionId"]
    await api.ok("PUT", "/stations/CS1/evses/1/needs", json={"energy_wh": 9000})

    def planned() -> bool:
        plan = api.services.sites.get("depot").plan
        return plan is not None and [s.id for s in plan.sessions] == [str(number)]

    await moved_until(api, planned)
    await moved_until(
        api, lambda: any(action == "SetChargingProfile" and "TxProfile" in str(p) for action, p in link.calls)
    )
    await api.until(lambda: api.services.commands.idle)
    shown = await live(api)
    car = shown["evses"][0]
    assert car["car"]["wanted_wh"] == pytest.approx(9000)
    assert car["car"]["departure_at"] is not None
    assert (car["profile"]["purpose"], car["profile"]["verification"]) == ("TxProfile", "")
    assert car["limit_a"] == car["profile"]["periods"][0][1] > 0
    assert car["planned"][0][1] > 0
    assert shown["plan"]["power"][0][1] == pytest.approx(3450 + car["planned"][0][1] * 690, abs=1)
    api.clock.at += timedelta(seconds=11)  # figures that cost a query may be ten seconds old
    counters = (await live(api))["counters"]
    assert (counters["profiles_accepted"], counters["profiles_verified"]) == (2, 0)


async def test_what_the_host_adds_is_shown():
    async with bench(extra_live=lambda: {"speed": 720.0}) as api:
        await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
        assert (await live(api))["extra"] == {"speed": 720.0}


@pytest.mark.parametrize("since", ["yesterday", "2026-03-03T09:00:00"])
async def test_a_since_that_is_no_instant_is_refused(api, since):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
    assert (await api.problem("GET", f"/sites/depot/live?since={since}", 400))["path"] == "since"


async def moved_until(api, asked) -> None:
    """Let simulated time pass, half a second at each look, until it is so; 10 minutes at most."""
    end = api.clock.now().timestamp() + 600

    def look() -> bool:
        if not asked():
            assert api.clock.now().timestamp() < end
            api.clock.forward(0.5)
        return asked()

    await api.until(look)
    assert api.clock.now() >= NOW
