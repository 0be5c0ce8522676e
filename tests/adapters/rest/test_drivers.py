"""Reservations, local lists, tariffs, display messages and customers: what the API refuses, and what its pages promise."""

import json
import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs" / "how-to"
_CALL = re.compile(
    r"curl -X (\w+) localhost:8080/api/v1(\S+) [^']*'Content-Type: application/json' -d '(.*?)'", re.DOTALL
)
TARIFF = {"currency": "EUR", "energy": {"prices": [{"amount": "0.39"}]}}


async def test_the_calls_on_the_pages_work(api):
    await api.ok("POST", "/stations", json={"id": "CP1"})
    for page in ("drivers-and-tokens.md", "reservations.md", "tariffs.md"):
        calls = _CALL.findall((DOCS / page).read_text(encoding="utf-8"))
        assert calls, page
        for method, path, body in calls:
            await api.ok(method, path, json=json.loads(body))


async def test_a_tariff_is_kept_used_replaced_and_forgotten(api):
    made = await api.ok("PUT", "/tariffs/day", json=TARIFF)
    assert made["energy"] == {"prices": [{"amount": "0.39", "conditions": {}}], "taxes": []}
    assert await api.ok("GET", "/tariffs/day") == made
    await api.ok("POST", "/stations", json={"id": "CP1"})
    uses = [
        {"scope": "default", "name": "everywhere", "tariff": "day"},
        {"scope": "station", "name": "CP1", "tariff": "day"},
    ]
    await api.ok("PUT", "/tariffs/uses", json={"scope": "default", "tariff": "day"})
    await api.ok("PUT", "/tariffs/uses", json={"scope": "station", "name": "CP1", "tariff": "day"})
    assert await api.ok("GET", "/tariffs/uses") == uses
    await api.ok("PUT", "/tariffs/uses", json={"scope": "station", "name": "CP1", "tariff": None})
    assert await api.ok("GET", "/tariffs/uses") == uses[:1]
    await api.ok("DELETE", "/tariffs/day")
    assert await api.ok("GET", "/tariffs") == await api.ok("GET", "/tariffs/uses") == []


REFUSED = [
    ("PUT", "/tariffs/x", 400, {**TARIFF, "currency": "Euro"}, "currency"),
    ("PUT", "/tariffs/x", 400, {**TARIFF, "time_zone": "Mars/Olympus"}, "time_zone"),
    ("PUT", "/tariffs/x", 400, {**TARIFF, "energy": {"prices": []}}, "energy.prices"),
    ("PUT", "/tariffs/uses", 404, {"scope": "default", "tariff": "none"}, "none"),
    ("PUT", "/tariffs/uses", 404, {"scope": "station", "name": "X", "tariff": None}, "X"),
    ("PUT", "/tariffs/uses", 404, {"scope": "site", "name": "X", "tariff": None}, "X"),
    ("GET", "/tariffs/x", 404, None, "x"),
    ("DELETE", "/tariffs/x", 404, None, "x"),
    ("GET", "/transactions/7/cost", 404, None, "7"),
    ("GET", "/transactions/7/events", 404, None, "7"),
    ("GET", "/transactions/7/status", 404, None, "7"),
    ("POST", "/transactions/7/status", 404, None, "7"),
    ("POST", "/transactions/7/close", 404, {"reason": "gone"}, "7"),
    ("POST", "/transactions/7/close", 400, {"reason": ""}, "reason"),
    ("GET", "/reservations/7", 404, None, "7"),
    ("DELETE", "/reservations/7", 404, None, "7"),
    (
        "POST",
        "/reservations",
        404,
        {"station": "X", "token": "T", "expires_at": "2030-01-01T00:00:00Z"},
        "X",
    ),
    (
        "POST",
        "/reservations",
        400,
        {"station": "CP1", "token": "T", "expires_at": "2020-01-01T00:00:00Z"},
        "expires_at",
    ),
    (
        "POST",
        "/reservations",
        400,
        {"station": "CP1", "token": "T", "expires_at": "2030-01-01T00:00:00"},
        "expires_at",
    ),
    ("GET", "/stations/CP1/local-list", 404, None, "CP1"),
    ("POST", "/stations/CP1/local-list/synchronise", 404, None, "CP1"),
    ("PUT", "/stations/CP1/local-list", 400, {"tokens": ["NOBODY"]}, "NOBODY"),
    ("POST", "/stations/CP1/display-messages", 400, {"content": "x", "priority": "Top"}, "priority"),
    ("POST", "/stations/CP1/customer-information", 400, {"token": "T", "identifier": "i"}, "customer"),
]


async def test_what_makes_no_sense_is_refused_and_says_where(api):
    await api.ok("POST", "/stations", json={"id": "CP1"})
    for method, path, status, body, where in REFUSED:
        more = {} if body is None else {"json": body}
        told = await api.problem(method, path, status, **more)
        assert told["path"] == where, f"{method} {path} {body}: {told}"


async def test_a_list_of_a_station_that_is_away_waits_for_it(api):
    await api.ok("POST", "/stations", json={"id": "CP1"})
    await api.ok("POST", "/tokens", json={"token": "T", "group": "G"})
    shown = await api.ok("PUT", "/stations/CP1/local-list", json={"groups": ["G"]})
    assert (shown["state"], shown["version"]) == ("behind", 0)
    assert [(entry["token"], entry["held"]) for entry in shown["entries"]] == [("T", False)]
    (listed,) = await api.ok("GET", "/local-lists")
    assert (listed["station"], listed["entries"]) == ("CP1", None)
