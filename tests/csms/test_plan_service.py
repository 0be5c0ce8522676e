"""Profiles as a service: every version's official schema, and what is told of profiles that are installed."""

import copy
import json
from datetime import datetime
from pathlib import Path

import jsonschema_rs
import pytest

import ocpp
from chargewright.csms.plan_service import answer_bytes

QUESTION = {
    "site": {
        "nodes": [{"id": "grid", "limit_a": 32}],
        "evses": [
            {"station": "CS1", "node": "grid", "connection": "RST", "current_max_a": 32},
            {"station": "CS2", "node": "grid", "connection": "RST", "current_max_a": 32},
        ],
    },
    "sessions": [
        {"id": "a", "station": "CS1", "departure": "2026-03-03T12:00:00Z", "energy_wh": 20000},
        {"id": "b", "station": "CS2", "departure": "2026-03-03T14:00:00Z", "energy_wh": 30000},
    ],
    "at": "2026-03-03T09:00:00Z",
    "goal": ["peak", "cost"],
    "prices": [["2026-03-03T00:00:00Z", 0.3], ["2026-03-03T11:00:00Z", 0.2]],
}
SCHEMAS = Path(ocpp.__file__).parent
FILES = {
    "ocpp1.6": ("v16", "SetChargingProfile", "ClearChargingProfile"),
    "ocpp2.0.1": ("v201", "SetChargingProfileRequest", "ClearChargingProfileRequest"),
    "ocpp2.1": ("v21", "SetChargingProfileRequest", "ClearChargingProfileRequest"),
}
VERSIONS = sorted(FILES)
PROFILE = {"ocpp1.6": "csChargingProfiles", "ocpp2.0.1": "chargingProfile", "ocpp2.1": "chargingProfile"}


def answer(**change) -> dict:
    return json.loads(answer_bytes(json.dumps({**QUESTION, **change}).encode()))


def schema(version: str, number: int):
    folder, *names = FILES[version]
    text = (SCHEMAS / folder / "schemas" / f"{names[number]}.json").read_text(encoding="utf-8-sig")
    return jsonschema_rs.validator_for(json.loads(text))


def installed(told: dict) -> list[dict]:
    return [{name: p[name] for name in ("session", "station", "request")} for p in told["profiles"]]


def schedule_of(request: dict, version: str) -> dict:
    found = request[PROFILE[version]]["chargingSchedule"]
    return found if version == "ocpp1.6" else found[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_schemas_take_what_is_sent_and_what_is_cleared(version):
    told = answer(protocol=version)
    for planned in told["profiles"]:
        schema(version, 0).validate(planned["request"])
    gone = answer(protocol=version, sessions=QUESTION["sessions"][:1], installed=installed(told))["clear"]
    assert [(c["session"], c["station"]) for c in gone] == [("b", "CS2")]
    schema(version, 1).validate(gone[0]["request"])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_limits_in_other_words_are_unchanged(version):
    told = answer(protocol=version)
    assert {p["change"] for p in told["profiles"]} == {"send"}
    held = copy.deepcopy(installed(told))
    for entry in held:  # every period said twice: another text, the same limits
        schedule = schedule_of(entry["request"], version)
        schedule["chargingSchedulePeriod"] = [
            {**period, "startPeriod": period["startPeriod"] + late}
            for period in schedule["chargingSchedulePeriod"]
            for late in (0, 60)
        ]
    again = answer(protocol=version, installed=held)
    assert [p["change"] for p in again["profiles"]] == ["unchanged", "unchanged"]
    assert again["clear"] == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("change", ["limit", "duration", "level"])
def test_what_differs_is_sent(version, change):
    told = answer(protocol=version)
    held = copy.deepcopy(installed(told))
    schedule = schedule_of(held[1]["request"], version)
    if change == "limit":
        schedule["chargingSchedulePeriod"][-1]["limit"] += 1
    elif change == "duration":
        schedule["duration"] -= 600
    else:
        held[1]["request"][PROFILE[version]]["stackLevel"] += 1
    again = answer(protocol=version, installed=held)
    assert [p["change"] for p in again["profiles"]] == ["unchanged", "send"]


def test_a_tariff_says_the_same_as_its_figures():
    hours = [
        {"time_from": "00:00:00", "price_per_kwh": 0.3, "export_price_per_kwh": 0.05},
        {"time_from": "11:00:00", "price_per_kwh": 0.2, "export_price_per_kwh": 0.05},
    ]
    tariff = {"prices_by_hour": [{"hours": hours}]}
    # beyond the last departure nothing is planned, so the next morning's price does not matter
    by_tariff = answer(goal="cost", prices=None, tariff=tariff)
    by_figures = answer(goal="cost", export_prices=0.05)
    assert by_tariff["profiles"] == by_figures["profiles"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_thousand_sessions_in_one_call(version):
    """Every limit of the site holds at every instant, read from what is sent; and nothing changes when asked again."""
    count = 1000
    stations = [f"S{n}" for n in range(count)]
    site = {
        "nodes": [
            {"id": "grid", "limit_a": 4000},
            *({"id": f"F{f}", "parent": "grid", "limit_a": 500} for f in range(10)),
        ],
        "evses": [
            {"station": name, "node": f"F{n % 10}", "connection": "RST", "current_max_a": 32}
            for n, name in enumerate(stations)
        ],
    }
    sessions = [
        {
            "id": f"c{n}",
            "station": name,
            "departure": f"2026-03-03T{11 + n % 7}:00:00Z",
            "energy_wh": 4000 + 10 * n,
        }
        for n, name in enumerate(stations)
    ]
    asked = {"site": site, "sessions": sessions, "protocol": version, "goal": "balance"}
    told = answer(**asked)
    assert [planned["session"] for planned in told["profiles"]] == [s["id"] for s in sessions]
    check = schema(version, 0)
    steps: dict[float, list[float]] = {}
    for n, planned in enumerate(told["profiles"]):
        check.validate(planned["request"])
        schedule = schedule_of(planned["request"], version)
        start_s, before = datetime.fromisoformat(schedule["startSchedule"]).timestamp(), 0.0
        periods = [(p["startPeriod"], p["limit"]) for p in schedule["chargingSchedulePeriod"]]
        for after_s, limit_a in [*periods, (schedule["duration"], 0.0)]:
            row = steps.setdefault(start_s + after_s, [0.0] * 11)
            row[n % 10] += limit_a - before
            row[10] += limit_a - before
            before = limit_a
    loads = [0.0] * 11
    for at_s in sorted(steps):
        loads = [load + step for load, step in zip(loads, steps[at_s], strict=True)]
        assert max(loads[:10]) <= 500 + 1e-6, at_s
        assert loads[10] <= 4000 + 1e-6, at_s
    again = answer(**asked, installed=installed(told))
    assert {planned["change"] for planned in again["profiles"]} == {"unchanged"}
    assert [p["request"] for p in again["profiles"]] == [p["request"] for p in told["profiles"]]
    assert again["clear"] == []
