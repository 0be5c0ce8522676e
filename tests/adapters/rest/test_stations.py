from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT, SITE, answered, obedient
from tests.adapters.rest.test_site_power import charging

from chargewright.csms.ports import Handshake
from chargewright.ocpp.v16 import messages as v16


def knocks(api, password: str | None, station_id: str = "CS1") -> int:
    """The status that the station port would answer to this station."""
    secret = None if password is None else password.encode()
    shown = Handshake(station_id, None if password is None else station_id, secret, "192.0.2.7", secure=True)
    return api.services.security.doorkeeper.admit(shown).status


async def test_a_generated_password_is_shown_once_and_lets_the_station_in(api):
    assert knocks(api, "x" * 20) == 404
    made = await api.station()
    assert len(bytes.fromhex(made["password"])) == 20
    assert (knocks(api, made["password"]), knocks(api, "x" * 20), knocks(api, None)) == (101, 401, 401)
    shown = await api.request("GET", "/stations/CS1")
    assert made["password"] not in shown.text
    assert shown.json()["has_password"] is True
    assert shown.json() == made["station"]


async def test_a_password_of_ones_own_is_never_shown(api):
    made = await api.station(password="correct horse battery")
    assert made["password"] is None
    assert knocks(api, "correct horse battery") == 101
    assert knocks(api, "correct horse batterx") == 401


async def test_only_what_is_named_changes(api):
    first = await api.station(evses=[2, 1, 2], reading="tolerant")
    assert first["station"]["evses"] == [1, 2]
    changed = await api.ok("PATCH", "/stations/CS1", json={"registration": "Rejected"})
    assert changed["password"] is None
    assert changed["station"] == {**first["station"], "registration": "Rejected"}
    assert knocks(api, first["password"]) == 101
    renewed = await api.ok("PATCH", "/stations/CS1", json={"password": None, "evses": [1]})
    assert (knocks(api, renewed["password"]), knocks(api, first["password"])) == (101, 401)
    assert renewed["station"]["evses"] == [1]


async def test_a_deleted_station_is_closed_and_unknown(api):
    made = await api.station()
    link = api.connect()
    await api.ok("DELETE", "/stations/CS1")
    assert link.closed is not None
    assert link.closed[0] == 1008
    assert knocks(api, made["password"]) == 404
    await api.problem("GET", "/stations/CS1", 404)


async def test_a_station_of_a_site_is_not_deleted(api):
    await api.station()
    await api.ok("POST", "/sites", json=SITE)
    await api.problem("DELETE", "/stations/CS1", 409)
    assert (await api.ok("GET", "/stations/CS1"))["site"] == "depot"


async def test_what_a_station_says_is_shown(api):
    await api.station()
    await api.station("CS2")
    link = api.connect(respond=obedient)
    await api.said(link, "BootNotification", BOOT)
    await api.said(
        link,
        "StatusNotification",
        {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": "Preparing",
            "timestamp": "2026-03-03T08:59:00Z",
        },
    )
    (shown,) = await api.ok("GET", "/stations?connected=true")
    assert (shown["vendor"], shown["model"], shown["protocol"]) == ("Made Up", "One", "ocpp1.6")
    assert (shown["remote"], shown["connected_at"]) == ("192.0.2.7:51000", "2026-03-03T09:00:00Z")
    (status,) = shown["statuses"]
    assert (status["evse"], status["status"], status["at"]) == (1, "Preparing", "2026-03-03T08:59:00Z")
    assert [s["id"] for s in await api.ok("GET", "/stations?connected=false")] == ["CS2"]
    assert [s["id"] for s in await api.ok("GET", "/stations")] == ["CS1", "CS2"]


async def test_notices_are_shown(api):
    await api.station()
    link = api.connect()
    await api.said(link, "BootNotification", BOOT)
    await api.said(link, "FirmwareStatusNotification", {"status": "Installed"})
    await api.until(lambda: api.store.idle)
    (notice,) = await api.ok("GET", "/stations/CS1/notices")
    assert (notice["action"], notice["content"]) == ("FirmwareStatusNotification", {"status": "Installed"})
    await api.problem("GET", "/stations/CS1/notices?limit=0", 400)


async def test_the_profiles_of_a_station_in_service_are_shown(api):
    await api.station()
    await api.ok("POST", "/sites", json=SITE)
    link = api.connect(respond=obedient)
    await api.said(link, "BootNotification", BOOT)
    await _settled(api, lambda: api.services.provisioning.require("CS1").commissioned_at is not None)
    held = await api.ok("GET", "/stations/CS1/profiles")
    base = next(entry for entry in held if entry["purpose"] == "TxDefaultProfile")
    assert (base["state"], base["accepted"], base["evse"]) == ("accepted", True, 1)
    site = await api.ok("GET", "/sites/depot")
    assert [p["limit"] for p in base["periods"]] == [site["base_current_a"]["CS1/1"]]
    history = await api.ok("GET", "/stations/CS1/profiles?history=true")
    assert {entry["entry"] for entry in held} <= {entry["entry"] for entry in history}


async def test_our_composite_schedule_stands_beside_the_stations(api):
    def respond(action, payload):
        if action != "GetCompositeSchedule":
            return obedient(action, payload)
        schedule = {
            "duration": 600,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 31.0}],
        }
        start = "2026-03-03T09:00:00Z"
        return answered(
            v16.GetCompositeScheduleResponse,
            status="Accepted",
            connectorId=1,
            scheduleStart=start,
            chargingSchedule=schedule,
        )

    await api.station()
    await api.ok("POST", "/sites", json=SITE)
    link = api.connect(respond=respond)
    await api.said(link, "BootNotification", BOOT)
    await _settled(api, lambda: api.services.provisioning.require("CS1").commissioned_at is not None)
    found = await api.ok("GET", "/stations/CS1/composite-schedule?duration_s=600")
    window = {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T09:10:00Z"}
    assert found["station"] == [{**window, "limit": 31.0}]
    base_a = (await api.ok("GET", "/sites/depot"))["base_current_a"]["CS1/1"]
    assert found["ours"] == [{**window, "limit": base_a}]
    assert (found["outcome"], found["agrees"], found["may_exceed"]) == ("answered", False, True)


async def test_without_the_station_only_our_schedule_is_known(api):
    await api.station()
    found = await api.ok("GET", "/stations/CS1/composite-schedule")
    assert (found["outcome"], found["station"], found["agrees"]) == ("offline", None, None)
    assert found["why"]


async def test_what_a_driver_wants_reaches_the_plan(api):
    await api.station()
    await api.ok("POST", "/sites", json=SITE)
    body = {"energy_wh": 12_000, "departure_at": "2026-03-03T17:00:00+01:00"}
    told = await api.ok("PUT", "/stations/CS1/evses/1/needs", json=body)
    assert told["departure_at"] == "2026-03-03T16:00:00Z"
    (need,) = await api.store.read(lambda records: records.charging_needs())
    assert (need.energy_wh, need.departure_at, need.source) == (12_000.0, NOW + timedelta(hours=7), "app")
    assert need.delivered_wh == 0


async def test_what_a_driver_wants_on_the_way_counts_from_then_on(api):
    await charging(api, [{"value": "2500", "unit": "Wh"}])
    await api.ok("PUT", "/stations/CS1/evses/1/needs", json={"energy_wh": 12_000})
    (need,) = await api.store.read(lambda records: records.charging_needs())
    assert (need.energy_wh, need.delivered_wh) == (12_000.0, 2500.0)


@pytest.mark.parametrize(
    ("path", "body", "status", "where"),
    [
        ("CS1/evses/9/needs", {"energy_wh": 1}, 404, "CS1/9"),
        ("CS9/evses/1/needs", {"energy_wh": 1}, 404, "CS9/1"),
        ("CS1/evses/1/needs", {"energy_wh": -1}, 400, "energy_wh"),
        ("CS1/evses/1/needs", {"departure_at": "2026-03-03T17:00:00"}, 400, "departure_at"),
        ("CS1/evses/1/needs", {"energy_kwh": 1}, 400, "energy_kwh"),
    ],
)
async def test_a_need_that_makes_no_sense_is_refused(api, path, body, status, where):
    await api.ok("POST", "/sites", json=SITE)
    assert (await api.problem("PUT", f"/stations/{path}", status, json=body))["path"] == where


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "id"),
        ({"id": "a/b"}, "id"),
        ({"id": "a:b"}, "id"),
        ({"id": "x" * 49}, "id"),
        ({"id": "CS1", "password": "short"}, "password"),
        ({"id": "CS1", "evses": []}, "evses"),
        ({"id": "CS1", "evses": [0]}, "evses[0]"),
        ({"id": "CS1", "reading": "lax"}, "reading"),
        ({"id": "CS1", "site_id": "depot"}, "site_id"),
    ],
)
async def test_a_faulty_station_is_refused(api, body, where):
    assert (await api.problem("POST", "/stations", 400, json=body))["path"] == where
    assert await api.ok("GET", "/stations") == []


async def test_a_station_that_exists_is_not_made_again(api):
    await api.station()
    await api.problem("POST", "/stations", 409, json={"id": "CS1"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/profiles"),
        ("GET", "/composite-schedule"),
        ("GET", "/notices"),
    ],
)
async def test_a_station_that_is_not_there_is_not_found(api, method, path):
    assert (await api.problem(method, f"/stations/CS9{path}", 404))["path"] == "CS9"


async def test_a_change_of_a_station_that_is_not_there_is_not_found(api):
    await api.problem("PATCH", "/stations/CS9", 404, json={"reading": "strict"})


async def _settled(api, asked) -> None:
    """Move the clock on until what was asked for is so."""

    def look() -> bool:
        if api.clock.sleepers and not asked():
            api.clock.forward(0.5)
            api.clock.at = min(api.clock.at, NOW)
        return asked()

    await api.until(look)
