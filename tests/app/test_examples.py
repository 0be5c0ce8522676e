"""The examples do what their pages say."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chargewright.csms.plan_service import answer_bytes

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_profile_is_accepted_without_a_note(run):
    status, out, _ = run("check-profile", EXAMPLES / "profile.json", "--json")
    told = json.loads(out)
    assert status == 0
    assert told["profiles"][0]["notes"] == []


def test_the_profile_comes_to_what_it_says(run):
    _, out, _ = run(
        "composite", EXAMPLES / "profile.json", "--start", "2026-03-03T09:30Z", "--duration", 9000, "--json"
    )
    steps = [(p["startPeriod"], p["limit"]) for p in json.loads(out)["chargingSchedulePeriod"]]
    assert steps == [(0, 16.0), (1800, 10.0), (5400, 6.0)]


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
def test_a_plan_by_one_call_and_what_changed_by_another(protocol):
    """The script against a server that hands its body to the plan service, as the real route does."""
    asked: list[str | None] = []

    class Plans(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.extend([self.path, self.headers["Authorization"]])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = answer_bytes(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Plans) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        ran = subprocess.run(
            [sys.executable, EXAMPLES / "plan_by_api.py", f"http://127.0.0.1:{server.server_port}", protocol],
            env={"CHARGEWRIGHT_API_TOKEN": "t0ken"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        server.shutdown()
        thread.join()
    assert ran.returncode == 0, ran.stderr
    assert asked == ["/api/v1/plans", "Bearer t0ken"] * 2
    lines = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["CP01", "CP02", "CP03", "CP04", "peak"]
    request, old = json.loads(lines[0].split(maxsplit=1)[1]), protocol == "ocpp1.6"
    assert request["connectorId" if old else "evseId"] == 1
    profile = request["csChargingProfiles" if old else "chargingProfile"]
    assert profile["transactionId"] == (101 if old else "101")
    assert [line.split()[1] for line in lines[5:]] == ["CP01", "CP02", "CP04", "CP03"]
    assert {line.split()[0] for line in lines[5:8]} <= {"send", "unchanged"}
    cleared = {"id" if old else "chargingProfileId": 1}
    assert lines[8] == f"clear CP03 {json.dumps(cleared)}"


def test_a_battery_and_a_pool_car_are_told_when_to_charge_and_when_to_give(run):
    files = {"--site": "battery-site.toml", "--also": "battery.toml", "--sessions": "discharge.json"}
    options = [part for option, name in files.items() for part in (option, EXAMPLES / name)]
    asked = ["plan", *options, "--at", "2026-03-03T09:00:00Z", "--goal", "cost", "--protocol", "ocpp2.1"]
    status, out, _ = run(*asked, "--json")
    told = json.loads(out)
    assert status == 0
    powers = [power for _, power in told["batteries"][0]["power_w"]]
    assert max(powers) > 2_000
    (schedule,) = told["profiles"][0]["request"]["chargingProfile"]["chargingSchedule"]
    setpoints = [p["setpoint"] for p in schedule["chargingSchedulePeriod"] if "setpoint" in p]
    # dear from noon on, and never fed into the grid for nothing: car and battery share what the house draws
    assert min(powers) < 0 or min(setpoints) < 0
    assert told["violations"] == []
    _, shown, _ = run(*asked)
    assert "battery cellar" in shown
