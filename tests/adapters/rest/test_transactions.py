import csv
import io
from datetime import datetime, timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import BOOT


def at(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


async def charged(
    api, station_id: str, begin_min: float, *, wh: int | None = 5000, token: str = "ABC"
) -> int:
    """One transaction of a station, ended unless `wh` is None. Returns its id."""
    link = api.services.links.get(station_id) or api.connect(station_id)
    if link.answers == {}:
        await api.said(link, "BootNotification", BOOT)
    start = {"connectorId": 1, "idTag": token, "meterStart": 1000, "timestamp": at(begin_min)}
    number = (await api.said(link, "StartTransaction", start))["transactionId"]
    sampled = [
        {"value": "16.0", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
        {"value": "1.5", "unit": "kWh"},
    ]
    meter = {"timestamp": at(begin_min + 1), "sampledValue": sampled}
    await api.said(link, "MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [meter]})
    if wh is not None:
        stop = {
            "transactionId": number,
            "meterStop": 1000 + wh,
            "timestamp": at(begin_min + 30),
            "reason": "EVDisconnected",
        }
        await api.said(link, "StopTransaction", stop)
    return number


@pytest.fixture
async def records(api):
    """Three transactions, begun at 9:00, 10:00 and 11:00 at two stations; the last is still running."""
    await api.station("CS1")
    await api.station("CS2")
    await api.ok("POST", "/tokens", json={"token": "ABC", "concurrent_transactions_max": None})
    return [
        await charged(api, "CS1", 0),
        await charged(api, "CS2", 60, wh=7000),
        await charged(api, "CS1", 120, wh=None),
    ]


async def ids(api, query: str = "") -> list[int]:
    return [t["id"] for t in (await api.ok("GET", f"/transactions{query}"))["items"]]


async def test_a_transaction_is_shown_whole(api, records):
    shown = await api.ok("GET", f"/transactions/{records[0]}")
    assert shown == {
        "id": records[0],
        "station": "CS1",
        "evse": 1,
        "connector": 1,
        "station_transaction_id": str(records[0]),
        "state": "ended",
        "token": "ABC",
        "started_at": "2026-03-03T09:00:00Z",
        "ended_at": "2026-03-03T09:30:00Z",
        "meter_start_wh": 1000.0,
        "meter_stop_wh": 6000.0,
        "energy_wh": 5000.0,
        "charging_state": None,
        "reason": "EVDisconnected",
        "stopped_by": None,
        "suspect": [],
        "closed": "",
        "complete": True,
        "missing_seq_nos": [],
        "offline_events": 0,
        "reservation": None,
    }
    running = await api.ok("GET", f"/transactions/{records[2]}")
    assert (running["state"], running["energy_wh"], running["ended_at"]) == ("active", None, None)


async def test_filters_choose(api, records):
    first, second, third = records
    assert await ids(api) == records
    assert await ids(api, "?station=CS1") == [first, third]
    assert await ids(api, "?state=active") == [third]
    assert await ids(api, "?state=ended") == [first, second]
    assert await ids(api, "?since=2026-03-03T10:00:00Z") == [second, third]
    assert await ids(api, "?until=2026-03-03T10:00:00Z") == [first]
    assert await ids(api, "?since=2026-03-03T10:30:00%2B01:00&until=2026-03-03T10:30:00Z") == [second]


async def test_pages_follow_each_other(api, records):
    page = await api.ok("GET", "/transactions?limit=2")
    assert [t["id"] for t in page["items"]] == records[:2]
    assert page["next"] == records[1]
    last = await api.ok("GET", f"/transactions?limit=2&after={page['next']}")
    assert ([t["id"] for t in last["items"]], last["next"]) == (records[2:], None)


async def test_a_page_that_the_state_empties_still_leads_on(api, records):
    page = await api.ok("GET", "/transactions?limit=2&state=active")
    assert page["items"] == []
    assert await ids(api, f"?limit=2&state=active&after={page['next']}") == [records[2]]


async def test_transactions_come_as_csv(api, records):
    response = await api.request("GET", "/transactions?limit=2", headers={"accept": "text/csv"})
    assert response.headers["content-type"].split(";")[0] == "text/csv"
    assert response.headers["x-next-after"] == str(records[1])
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [(int(r["id"]), r["station"], float(r["energy_wh"])) for r in rows] == [
        (records[0], "CS1", 5000.0),
        (records[1], "CS2", 7000.0),
    ]
    assert datetime.fromisoformat(rows[0]["started_at"]) == NOW
    assert rows[0]["suspect"] == ""


async def test_meter_values_belong_to_their_transaction(api, records):
    found = await api.ok("GET", f"/transactions/{records[1]}/meter-values")
    assert found["transaction"] == records[1]
    reading = next(item for item in found["items"] if item["at"] == "2026-03-03T10:01:00Z")
    values = {(s["measurand"], s["phase"]): s["value"] for s in reading["samples"]}
    assert values == {("Current.Import", "L1"): 16.0, ("Energy.Active.Import.Register", None): 1500.0}
    later = await api.ok("GET", f"/transactions/{records[1]}/meter-values?since=2026-03-03T10:02:00Z")
    assert all(item["at"] >= "2026-03-03T10:02:00Z" for item in later["items"])


async def test_meter_values_come_as_csv(api, records):
    path = f"/transactions/{records[0]}/meter-values"
    response = await api.request("GET", path, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(response.text)))
    (current,) = [row for row in rows if row["measurand"] == "Current.Import"]
    assert (current["value"], current["phase"], current["evse"]) == ("16.0", "L1", "1")


@pytest.mark.parametrize("path", ["/transactions/999", "/transactions/999/meter-values"])
async def test_a_transaction_that_is_not_there_is_not_found(api, path):
    assert (await api.problem("GET", path, 404))["path"] == "999"


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("after=-1", "after"),
        ("state=gone", "in_state"),
        ("since=yesterday", "since"),
        ("since=2026-03-03T10:00:00", "since"),
    ],
)
async def test_a_faulty_filter_is_refused(api, query, where):
    assert (await api.problem("GET", f"/transactions?{query}", 400))["path"] == where


async def test_transactions_of_an_unknown_station_are_not_found(api):
    assert (await api.problem("GET", "/transactions?station=CS9", 404))["path"] == "CS9"
