"""Ask a running chargewright for charging profiles, from any backend, and later for what changed.

Usage: CHARGEWRIGHT_API_TOKEN=... python plan_by_api.py [URL [ocpp1.6 | ocpp2.0.1 | ocpp2.1]]

Needs nothing but Python's standard library: copy it into your own backend.
"""

# ruff: noqa: INP001, S310, T201  (a script on its own that prints; the address is its user's)

import csv
import json
import os
import sys
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    """Plan the site of this folder and print what each station is to be sent, then again when a car has left."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    protocol = sys.argv[2] if len(sys.argv) > 2 else "ocpp1.6"
    with (HERE / "sessions.csv").open(newline="", encoding="utf-8") as file:
        sessions = [session_of(row) for row in csv.DictReader(file)]
    question = {
        "site": tomllib.loads((HERE / "site.toml").read_text(encoding="utf-8")),
        "sessions": sessions,
        "at": "2026-03-03T09:00:00Z",
        "goal": "peak",
        "protocol": protocol,
    }
    answer = ask(url, question)
    for planned in answer["profiles"]:
        # `request` is the payload of a SetChargingProfile, ready to be sent to the station
        print(planned["station"], json.dumps(planned["request"]))
    print(f"peak {answer['peak_power_w'] / 1000:.2f} kW, {answer['unmet_wh'] / 1000:.2f} kWh cannot be given")

    # A minute later cleo has left. What the stations took is told, so only what changed is to be sent.
    installed = [
        {name: planned[name] for name in ("session", "station", "request")} for planned in answer["profiles"]
    ]
    later = {
        **question,
        "sessions": [session for session in sessions if session["id"] != "cleo"],
        "at": "2026-03-03T09:01:00Z",
        "installed": installed,
    }
    answer = ask(url, later)
    for planned in answer["profiles"]:
        print(planned["change"], planned["station"])
    for gone in answer["clear"]:
        # the payload of a ClearChargingProfile
        print("clear", gone["station"], json.dumps(gone["request"]))


def ask(url: str, question: dict[str, object]) -> dict[str, Any]:
    """Send a question and return the answer."""
    request = urllib.request.Request(
        f"{url}/api/v1/plans",
        data=json.dumps(question).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ.get('CHARGEWRIGHT_API_TOKEN', '')}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def session_of(row: dict[str, str]) -> dict[str, object]:
    """Return a row of the CSV file as the API wants it: numbers as numbers, and nothing for what is empty."""
    numbers = {"energy_wh", "current_max_a"}
    return {name: float(value) if name in numbers else value for name, value in row.items() if value}


if __name__ == "__main__":
    main()
