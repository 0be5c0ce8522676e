"""Ask a running chargewright for charging profiles, from any backend, with one call of its REST API.

Usage: CHARGEWRIGHT_API_TOKEN=... python plan_by_api.py [URL]

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

HERE = Path(__file__).parent


def main() -> None:
    """Plan the site of this folder and print what each station is to be sent."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    with (HERE / "sessions.csv").open(newline="", encoding="utf-8") as file:
        sessions = [session_of(row) for row in csv.DictReader(file)]
    question = {
        "site": tomllib.loads((HERE / "site.toml").read_text(encoding="utf-8")),
        "sessions": sessions,
        "at": "2026-03-03T09:00:00Z",
        "goal": "peak",
        "protocol": "ocpp1.6",
    }
    request = urllib.request.Request(
        f"{url}/api/v1/plans",
        data=json.dumps(question).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ.get('CHARGEWRIGHT_API_TOKEN', '')}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    for planned in answer["profiles"]:
        # `request` is the payload of a SetChargingProfile, ready to be sent to the station
        print(planned["station"], json.dumps(planned["request"]))
    print(f"peak {answer['peak_power_w'] / 1000:.2f} kW, {answer['unmet_wh'] / 1000:.2f} kWh cannot be given")


def session_of(row: dict[str, str]) -> dict[str, object]:
    """Return a row of the CSV file as the API wants it: numbers as numbers, and nothing for what is empty."""
    numbers = {"energy_wh", "current_max_a"}
    return {name: float(value) if name in numbers else value for name, value in row.items() if value}


if __name__ == "__main__":
    main()
