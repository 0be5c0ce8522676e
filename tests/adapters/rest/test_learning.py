"""What was learnt, over the API: a car that came for weeks is back."""

from datetime import timedelta

from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT, SITE, obedient


async def test_habits_of_a_driver_are_learnt_shown_and_dropped(api):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"time_zone": "Europe/Berlin"}})
    await api.station("CS1")
    await api.ok("POST", "/tokens", json={"token": "RED"})
    link = api.connect("CS1", obedient)
    await api.said(link, "BootNotification", BOOT)
    register_wh = 1000
    for day in range(30, 0, -1):
        begun = NOW - timedelta(days=day)
        register_wh = await stay(api, link, begun, register_wh)
    await api.until(lambda: api.services.learning.of_site("depot").stays == 30)
    running = await start(api, link, NOW, register_wh)
    control = api.services.sites.get("depot")
    evse = next(evse for key, evse in control.site.evses.items() if key.station_id == "CS1")
    (transaction,) = api.services.transactions.open()
    api.services.learning.foresee(control.record, evse, transaction, None, delivered_wh=0)  # as a plan does

    learnt = await api.ok("GET", "/sites/depot/learning")
    assert (learnt["learns"], learnt["stays"]) == (True, 30)
    (upcoming,) = learnt["upcoming"]
    assert (upcoming["station"], upcoming["evse"], upcoming["transaction"]) == ("CS1", 1, running)
    assert upcoming["stay"]["basis"] == "user"
    assert upcoming["stay"]["departure_median"] == (NOW + timedelta(hours=2)).isoformat().replace(
        "+00:00", "Z"
    )
    assert upcoming["stay"]["energy_median_wh"] == 6000
    assert (await api.ok("GET", "/learning/tokens/red"))["stays"] == {"depot": 30}

    await api.ok("DELETE", "/tokens/RED")
    assert (await api.ok("GET", "/learning/tokens/RED"))["stays"] == {}
    assert (await api.ok("GET", "/sites/depot/learning"))["stays"] == 0
    await api.ok("DELETE", "/learning/tokens/RED")
    await api.ok("DELETE", "/sites/depot/learning")


async def test_what_is_not_there_or_makes_no_sense_is_said(api):
    await api.problem("GET", "/sites/nowhere/learning", 404)
    await api.problem("DELETE", "/sites/nowhere/learning", 404)
    wrong = {**SITE, "settings": {"time_zone": "Mars/Olympus"}}
    assert "no such time zone" in (await api.problem("POST", "/sites", 400, json=wrong))["detail"]


async def start(api, link, at, register_wh):
    said = {"connectorId": 1, "idTag": "RED", "meterStart": register_wh, "timestamp": at.isoformat()}
    return (await api.said(link, "StartTransaction", said))["transactionId"]


async def stay(api, link, at, register_wh):
    """Two hours, 6 kWh."""
    number = await start(api, link, at, register_wh)
    ended = (at + timedelta(hours=2)).isoformat()
    said = {"transactionId": number, "meterStop": register_wh + 6000, "timestamp": ended}
    await api.said(link, "StopTransaction", said)
    return register_wh + 6000
