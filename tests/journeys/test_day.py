"""One whole real day of a 54-station garage through real WebSockets, and the day that ships with the package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
CHARGEWRIGHT = Path(sys.executable).with_name("chargewright")
KEYS = [
    "stations",
    "sessions",
    "days",
    "speed",
    "seed",
    "site_limit_kw",
    "limit_violations",
    "peak_kw",
    "uncontrolled_peak_kw",
    "energy_requested_kwh",
    "energy_delivered_kwh",
    "energy_given_kwh",
    "uncontrolled_energy_delivered_kwh",
    "offline_optimum_kwh",
    "cost",
    "uncontrolled_cost",
    "currency",
    "profiles_sent",
    "profiles_accepted",
    "profiles_verified",
    "profiles_diverged",
    "messages_received",
    "messages_answered",
    "transactions_recorded",
    "transactions_true",
]


def demo(report: Path, *options: str) -> dict:
    done = subprocess.run(
        [CHARGEWRIGHT, "demo", "--once", "--no-browser", "--speed", "0", "--report", report, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(report.read_text())
    assert set(KEYS) <= figures.keys()
    return figures


def check(figures: dict) -> None:
    assert figures["limit_violations"] == 0, figures["breaches"]
    assert figures["uncontrolled_seconds_above"] > 0, "this day needs control"
    assert figures["transactions_recorded"] == figures["transactions_true"] > 0
    assert figures["messages_answered"] == figures["messages_received"] > 1000
    assert figures["profiles_sent"] >= figures["profiles_accepted"] > 100
    assert figures["profiles_verified"] + figures["profiles_diverged"] == figures["profiles_accepted"]
    assert len(figures["diverged"]) == figures["profiles_diverged"]
    assert all(entry["reason"] for entry in figures["diverged"])


@pytest.mark.timeout(600)
def test_the_day_that_ships_with_the_package(tmp_path: Path):
    check(demo(tmp_path / "report.json"))


@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not DATA.exists(), reason="the session data of the Caltech garage is not beside this project"
)
@pytest.mark.parametrize(("limit_kw", "share_min"), [(30, 0.92), (150, 0.98)])
def test_a_real_day_of_a_garage(tmp_path: Path, limit_kw: int, share_min: float):
    sessions = DATA / "sessions" / "acn_caltech_2019-03_slots.csv"
    network = DATA / "networks" / "caltech_acn.json"
    options = ["--sessions", str(sessions), "--network", str(network), "--limit-kw", str(limit_kw)]
    figures = demo(tmp_path / "report.json", *options)
    check(figures)
    assert figures["peak_kw"] <= limit_kw
    assert figures["energy_delivered_kwh"] >= share_min * figures["offline_optimum_kwh"]
