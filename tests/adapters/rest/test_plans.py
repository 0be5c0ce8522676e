import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.adapters.rest.rest_harness import called

from chargewright.adapters.rest.api import Api
from chargewright.csms.planning import PlannerBusy, PlannerFailed

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
    "goal": "peak",
}


WATTS_PER_A = 3 * 230


def steps(profile: dict) -> list[tuple[datetime, datetime, float]]:
    """The spans of an Absolute schedule in A, as the standard reads them."""
    schedule = profile["request"]["csChargingProfiles"]["chargingSchedule"]
    start = datetime.fromisoformat(schedule["startSchedule"])
    periods = schedule["chargingSchedulePeriod"]
    ends = [p["startPeriod"] for p in periods[1:]] + [schedule["duration"]]
    return [
        (start + timedelta(seconds=p["startPeriod"]), start + timedelta(seconds=end), p["limit"])
        for p, end in zip(periods, ends, strict=True)
    ]


def energy_wh(profile: dict, begin: datetime, end: datetime) -> float:
    """What a car gets that follows the schedule from `begin` to `end`."""
    return sum(
        max((min(stop, end) - max(start, begin)).total_seconds(), 0) / 3600 * limit_a * WATTS_PER_A
        for start, stop, limit_a in steps(profile)
    )


async def test_profiles_come_ready_to_send(api):
    answer = await api.ok("POST", "/plans", json=QUESTION)
    profiles = {p["session"]: p for p in answer["profiles"]}
    assert {(p["session"], p["station"], p["request"]["connectorId"]) for p in profiles.values()} == {
        ("a", "CS1", 1),
        ("b", "CS2", 1),
    }
    assert answer["violations"] == []
    at = datetime.fromisoformat(QUESTION["at"])
    for session in QUESTION["sessions"]:
        profile = profiles[session["id"]]
        given_wh = energy_wh(profile, at, datetime.fromisoformat(session["departure"]))
        # A tenth of an ampere is the finest step: over five hours it is 345 Wh at most, and the plan says how much.
        assert given_wh == pytest.approx(profile["energy_planned_wh"], abs=1)
        assert given_wh + profile["unmet_wh"] == pytest.approx(session["energy_wh"], abs=1)
        assert profile["unmet_wh"] < 345
    spans = [span for profile in profiles.values() for span in steps(profile)]
    for instant in {start for start, _, _ in spans}:
        assert sum(limit_a for start, end, limit_a in spans if start <= instant < end) <= 32


@pytest.mark.parametrize(("protocol", "seed"), [("ocpp1.6", "1"), ("ocpp2.0.1", "2"), ("ocpp2.1", "3")])
async def test_the_command_line_prints_the_same_bytes(api, tmp_path, protocol, seed):
    """What is installed, what it costs and who left included; in another process, whatever its hashes are."""
    before = await api.ok("POST", "/plans", json={**QUESTION, "protocol": protocol})
    told = ("session", "station", "request")
    more = {
        "installed": [{name: planned[name] for name in told} for planned in before["profiles"]],
        "prices": [["2026-03-03T00:00:00Z", 0.3], ["2026-03-03T10:00:00Z", 0.2]],
        "demand_charges": [{"name": "month", "per_kw": 9, "peak_so_far_w": 2000}],
    }
    sessions = QUESTION["sessions"][:1]
    question = {**QUESTION, **more, "sessions": sessions, "goal": ["peak", "cost"], "protocol": protocol}
    response = await api.request("POST", "/plans", json=question)
    assert response.status_code == 200, response.text
    assert [gone["station"] for gone in response.json()["clear"]] == ["CS2"]
    names = {"site": QUESTION["site"], "sessions": sessions, "also": more}
    for name, content in names.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    said = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from chargewright.app.cli import main; main()", "plan"),
        *(part for name in names for part in (f"--{name}", tmp_path / f"{name}.json")),
        *("--at", QUESTION["at"], "--goal", "peak,cost", "--protocol", protocol, "--json"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    printed, _ = await said.communicate()
    assert printed == response.content + b"\n"
    assert (await api.request("POST", "/plans", json=question)).content == response.content


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"goal": "fun"}, "goal"),
        ({"at": "2026-03-03T09:00:00"}, "at"),
        ({"protocol": "ocpp1.5"}, "protocol"),
        ({"sessions": [{"id": "a"}]}, "sessions[0].station"),
        (
            {"sessions": [{**QUESTION["sessions"][0], "station": "CS9"}]},
            "sessions[0]",
        ),
        ({"horizon": 3}, "horizon"),
        ({"goal": ["peak", "fun"]}, "goal[1]"),
        ({"sessions": [{**QUESTION["sessions"][0], "energy_wh": -1}]}, "sessions[0].energy_wh"),
        ({"prices": [["2026-03-03T09:00:00Z", 1e308]]}, "prices[0][1]"),
        (
            {"demand_charges": [{"name": "a", "per_kw": 1, "active": [["2026-03-03T09:00:00", 1]]}]},
            "demand_charges[0].active",
        ),
        ({"peaks_so_far_w": {"all": 3}}, "peaks_so_far_w"),
        ({"installed": [{"session": "a", "station": "CS1", "request": {}}]}, "installed[0].request"),
        (
            {"sessions": [{**QUESTION["sessions"][0], "guarantee_by": "2026-03-03T10:00:00"}]},
            "sessions[0].guarantee_by",
        ),
        ({"sessions": [QUESTION["sessions"][0], QUESTION["sessions"][0]]}, "sessions[1].id"),
        (
            {"sessions": [QUESTION["sessions"][0], {**QUESTION["sessions"][0], "id": "c"}]},
            "sessions[1].profile_id",
        ),
    ],
)
async def test_a_question_that_contradicts_itself_is_refused(api, change, where):
    assert (await api.problem("POST", "/plans", 400, json={**QUESTION, **change}))["path"] == where


async def test_a_question_is_needed(api):
    await api.problem("POST", "/plans", 400)
    await api.problem("POST", "/plans", 400, content=b'{"site": ')
    deep = b'{"site":{"network":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}}"
    await api.problem("POST", "/plans", 400, content=deep)


@pytest.mark.parametrize("error", [PlannerBusy(retry_after_s=7), PlannerFailed("it ended")])
async def test_who_cannot_be_served_now_is_told_to_come_again(api, error):
    class Planner:
        async def answer(self, question: bytes) -> bytes:
            raise error

    services = replace(api.services, planner=Planner())
    async with called(Api(services, token_hash=None)) as http:
        response = await http.request("POST", "/api/v1/plans", json=QUESTION)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) == getattr(error, "retry_after_s", 2)
