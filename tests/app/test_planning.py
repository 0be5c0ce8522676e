"""`plan`: what it prints can be sent, keeps every limit of the site, and gives every car its energy."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
ARGUMENTS = ("plan", "--sessions", EXAMPLES / "sessions.csv", "--at", AT.isoformat(), "--site")
SITE = EXAMPLES / "site.toml"
# As the site file has it: station -> the site's phases behind L1, L2, L3.
WIRES = {"CP01": "RST", "CP02": "STR", "CP03": "R", "CP04": "RST"}
NEEDS = {"anna": 12_000, "ben": 30_000, "cleo": 5_500, "dora": 9_000}


def limit_a(planned: dict, at: datetime) -> float:
    """The current per phase that one printed profile allows at an instant, read as a station would."""
    profile = planned["request"]["csChargingProfiles"]
    schedule = profile["chargingSchedule"]
    after_s = (at - datetime.fromisoformat(schedule["startSchedule"])).total_seconds()
    if not 0 <= after_s < schedule["duration"] or at >= datetime.fromisoformat(profile["validTo"]):
        return 0.0
    limit = [p["limit"] for p in schedule["chargingSchedulePeriod"] if p["startPeriod"] <= after_s][-1]
    return limit if schedule["chargingRateUnit"] == "A" else limit / (230 * len(WIRES[planned["station"]]))


@pytest.mark.parametrize("goal", ["peak", "balance", "cost"])
def test_printed_profiles_keep_the_limits_and_bring_the_energy(run, goal):
    _, out, _ = run(*ARGUMENTS, SITE, "--goal", goal, "--json")
    planned = json.loads(out)["profiles"]
    given_wh = dict.fromkeys(NEEDS, 0.0)
    for minute in range(8 * 60):
        at = AT + timedelta(minutes=minute)
        phases: dict[tuple[str, str], float] = defaultdict(float)
        watts = 3 * 4.0 * 230  # the building's own
        for one in planned:
            amperes, wires = limit_a(one, at), WIRES[one["station"]]
            given_wh[one["session"]] += amperes * 230 * len(wires) / 60
            watts += amperes * 230 * len(wires)
            for phase in wires:
                phases["connection", phase] += amperes
                phases["A" if one["station"] in {"CP01", "CP02"} else "B", phase] += amperes
        for (panel, phase), amperes in phases.items():
            most = {"connection": 36.0, "A": 32.0, "B": 16.0 if phase == "T" else 25.0}[panel]
            assert amperes <= most + 1e-6, f"{panel} {phase} at {at}"
        assert watts <= 24_000 + 1e-6, at
    # A limit is a permission and may exceed the need; rounding to tenths of an ampere may lose some watt-hours.
    for session, needed_wh in NEEDS.items():
        assert given_wh[session] >= 0.995 * needed_wh, session


def test_profiles_of_a_plan_pass_the_check(run, tmp_path):
    for protocol in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
        _, out, _ = run(*ARGUMENTS, SITE, "--protocol", protocol, "--json")
        for planned in json.loads(out)["profiles"]:
            path = tmp_path / "request.json"
            path.write_text(json.dumps(planned["request"]))
            status, told, _ = run("check-profile", path, "--protocol", protocol)
            assert status == 0, told


def test_more_than_the_site_can_give_is_a_no(run, tmp_path):
    sessions = tmp_path / "sessions.csv"
    sessions.write_text("id,station,departure,energy_wh\na,CP01,2026-03-03T10:00:00Z,90000\n")
    status, out, _ = run("plan", "--site", SITE, "--sessions", sessions, "--at", AT.isoformat())
    assert status == 1
    assert "energy that cannot be given" in out


@pytest.mark.parametrize(
    ("sessions", "says"),
    [
        ("id,station,departure,energy_wh\na,CP99,2026-03-03T10:00:00Z,900\n", "CP99"),
        ("id,station,departure,energy_wh\na,CP01,2026-03-03T10:00:00,900\n", "zone"),
        ("id,station,departure,energy_wh\na,CP01,later,900\n", "departure"),
    ],
)
def test_sessions_that_make_no_sense(run, tmp_path, sessions, says):
    path = tmp_path / "sessions.csv"
    path.write_text(sessions)
    status, out, err = run("plan", "--site", SITE, "--sessions", path, "--at", AT.isoformat())
    assert (status, out) == (2, "")
    assert says in err


def test_a_site_with_a_misspelt_limit(run, tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(SITE.read_text().replace("limit_kw", "limit_kva"))
    status, _, err = run(*ARGUMENTS, path)
    assert status == 2
    assert "limit_kva" in err
