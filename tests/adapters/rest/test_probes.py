from prometheus_client.parser import text_string_to_metric_families
from tests.adapters.rest.rest_stories import BOOT, SITE

from chargewright.errors import StoreUnavailable


async def figures(api) -> dict[str, float]:
    response = await api.http.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


async def test_it_says_that_it_lives(api):
    for path in ("/health/live", "/api/v1/health/live"):
        response = await api.http.get(path)
        assert (response.status_code, response.json()["status"]) == (200, "ok")


async def test_it_is_ready_when_something_can_be_made_durable(api):
    response = await api.http.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "detail": "", "durability": api.store.durability.grade}


async def test_it_is_not_ready_when_nothing_can(api, monkeypatch):
    async def fail(_):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(api.store, "commit", fail)
    response = await api.http.get("/health/ready")
    assert (response.status_code, response.json()["detail"]) == (503, "the disk is full")


async def test_figures_are_those_of_the_services(api):
    before = await figures(api)
    assert before["chargewright_stations"] == 0
    await api.station("CS1")
    await api.station("CS2")
    await api.ok("POST", "/sites", json=SITE)
    link = api.connect()
    await api.said(link, "BootNotification", BOOT)
    await api.said(link, "Heartbeat", {})
    await api.said(
        link,
        "StartTransaction",
        {"connectorId": 1, "idTag": "ABC", "meterStart": 0, "timestamp": "2026-03-03T09:00:00Z"},
    )
    after = await figures(api)
    assert after["chargewright_stations"] == 2
    assert after["chargewright_stations_connected"] == 1
    assert after["chargewright_transactions_open"] == 1
    assert after["chargewright_calls_received_total"] == 3
    assert after["chargewright_calls_answered_total"] == 3
    assert after["chargewright_site_enforced[depot]"] == 1
