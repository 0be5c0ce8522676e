"""`prices` on files and tariffs: what it prints is what a hand reckons from them."""

import csv
import json
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FILE = EXAMPLES / "prices.csv"
TARIFF = EXAMPLES / "energy-tariff.toml"
START = "2026-03-03T00:00+01:00"
HOUR = timedelta(hours=1)


def rows() -> list[tuple[datetime, float]]:
    with FILE.open() as file:
        return [
            (datetime.fromisoformat(r["start"]), float(r["EUR_per_MWh"]) / 1000) for r in csv.DictReader(file)
        ]


def shown(out: str) -> list[tuple[datetime, datetime, float]]:
    return [
        (datetime.fromisoformat(p["start"]), datetime.fromisoformat(p["end"]), p["value"])
        for p in json.loads(out)["points"]
    ]


def test_a_file_as_json(run):
    code, out, _ = run("prices", "--provider", "file", "--area", FILE, "--start", START, "--json")
    assert code == 0
    assert json.loads(out)["unit"] == "EUR/kWh"
    assert json.loads(out)["gaps"] == []
    assert shown(out) == [(at, at + HOUR, pytest.approx(price)) for at, price in rows()]


def test_the_market_goes_into_the_tariff(run):
    _, out, _ = run(
        "prices", "--provider", "file", "--area", FILE, "--tariff", TARIFF, "--start", START, "--json"
    )
    tariff = tomllib.loads(TARIFF.read_text())
    own = {h["time_from"].hour: h["price_per_kwh"] for h in tariff["prices_by_hour"][0]["hours"]}
    for (start, _, value), (at, price) in zip(shown(out), rows(), strict=True):
        assert start == at
        fee = own[max(hour for hour in own if hour <= at.hour)]
        assert value == pytest.approx(fee + 1.19 * price)


def test_a_tariff_alone_shows_its_steps(run, tmp_path):
    path = tmp_path / "tariff.json"
    path.write_text(
        json.dumps(
            {
                "time_zone": "Europe/Berlin",
                "prices_by_hour": [
                    {
                        "hours": [
                            {"time_from": "00:00:00", "price_per_kwh": 0.2},
                            {"time_from": "06:00:00", "price_per_kwh": 0.3},
                        ]
                    }
                ],
            }
        )
    )
    _, out, _ = run("prices", "--tariff", path, "--start", "2026-03-29T00:00+01:00", "--hours", 23, "--json")
    (first, change, cheap), (again, last, dear) = shown(out)
    assert (cheap, dear, change) == (0.2, 0.3, again)
    assert change - first == 5 * HOUR  # clocks go forward that night
    assert last - first == 23 * HOUR


def test_a_table_with_bars_and_a_curve(run):
    code, out, _ = run(
        *("prices", "--provider", "file", "--area", FILE, "--start", START),
        *("--time-zone", "Europe/Berlin", "--hours", 26),
    )
    assert code == 0
    lines = {line.split("│")[1].strip(): line for line in out.splitlines() if line.startswith("│ ")}
    assert "0.1318" in lines["Tue 03 Mar 18:00"]
    assert lines["Tue 03 Mar 18:00"].count("█") > lines["Tue 03 Mar 03:00"].count("█") > 0
    assert "-0.0084" in lines["Tue 03 Mar 13:00"]
    assert "░" in lines["Tue 03 Mar 13:00"]
    assert "not known from Wed 04 Mar 00:00 until Wed 04 Mar 02:00" in out
    assert "┤" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "name a provider, a tariff, or both"),
        (("--provider", "file"), 2, "a provider and an area go together"),
        (("--provider", "nobody", "--area", "x"), 2, "'nobody' is none of awattar"),
        (("--provider", "file", "--area", "missing.csv"), 2, "No such file"),
        (("--provider", "entsoe", "--area", "AT"), 2, "market.entsoe_token"),
        (("--provider", "file", "--area", FILE, "--start", "2026-03-03T00:00"), 2, "without a zone"),
        (("--provider", "file", "--area", FILE, "--hours", 0), 2, "--hours"),
        (("--provider", "file", "--area", FILE, "--time-zone", "Mars"), 2, "no such time zone"),
        (("--tariff", FILE), 2, "prices.csv: JSON is malformed"),
        (("--tariff", TARIFF), 2, "follows the market's price"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said(run, monkeypatch, arguments, code, said):
    monkeypatch.delenv("CHARGEWRIGHT_MARKET_ENTSOE_TOKEN", raising=False)
    found = run("prices", *arguments)
    assert found[0] == code
    assert said in found[2]
