import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.market.files import MarketFiles, read_market_file
from chargewright.domain.market import MarketUnavailable
from chargewright.errors import InvalidInput

START = datetime(2026, 3, 3, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)

CSV = """start,EUR_per_MWh
2026-03-04T00:00+01:00,80
2026-03-04T01:00+01:00,-12.5
2026-03-04T02:00+01:00,60
"""


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_csv_with_starts_only(tmp_path):
    series = read_market_file(write(tmp_path, "a.csv", CSV))
    assert [(p.start, p.end, p.value) for p in series.points] == [
        (START, START + HOUR, pytest.approx(0.08)),
        (START + HOUR, START + 2 * HOUR, pytest.approx(-0.0125)),
        (START + 2 * HOUR, START + 3 * HOUR, pytest.approx(0.06)),
    ]
    assert (series.kind, series.unit, series.area) == ("price", "EUR/kWh", "a.csv")


def test_the_hour_that_comes_twice_is_told_by_its_offset(tmp_path):
    text = "start,EUR_per_kWh\n" + "".join(
        f"2026-10-25T{hour:02d}:00{offset},{n}\n"
        for n, (hour, offset) in enumerate([(1, "+02:00"), (2, "+02:00"), (2, "+01:00"), (3, "+01:00")])
    )
    series = read_market_file(write(tmp_path, "a.csv", text))
    assert [p.end - p.start for p in series.points] == [HOUR] * 4


def test_json_with_ends_says_the_same(tmp_path):
    points = [
        {"start": "2026-03-03T23:00Z", "end": "2026-03-04T00:00Z", "value": 80},
        {"start": "2026-03-04T00:00Z", "end": "2026-03-04T01:00Z", "value": -12.5},
        {"start": "2026-03-04T01:00Z", "end": "2026-03-04T02:00Z", "value": 60},
    ]
    document = json.dumps({"column": "EUR_per_MWh", "points": points})
    by_json = read_market_file(write(tmp_path, "a.json", document))
    assert by_json.points == read_market_file(write(tmp_path, "a.csv", CSV)).points


@pytest.mark.parametrize(
    ("column", "kind", "unit", "value"),
    [
        ("g_per_kWh", "carbon", "g/kWh", 0.3),
        ("kg_per_kWh", "carbon", "g/kWh", 300.0),
        ("USD_per_kWh", "price", "USD/kWh", 0.3),
    ],
)
def test_the_header_says_what_it_is(tmp_path, column, kind, unit, value):
    series = read_market_file(write(tmp_path, "a.csv", f"\ufeffstart, {column}\n2026-03-03T23:00Z,0.3\n"))
    assert (series.kind, series.unit, series.points[0].value) == (kind, unit, pytest.approx(value))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "a.csv: its header is missing"),
        ("a.csv", "start,price\n", "its header is start, price; it needs start"),
        ("a.csv", "start,EUR_per_MWh,EUR_per_kWh\n", "its header is"),
        ("a.csv", "start,EUR_per_MWh\n", "a.csv: is empty"),
        (
            "a.csv",
            "start,EUR_per_MWh\n2026-03-04T00:00,80\n",
            "line 2: '2026-03-04T00:00' is no time with its zone",
        ),
        ("a.csv", "start,EUR_per_MWh\n2026-03-04T00:00Z,80 EUR\n", "line 2: '80 EUR' is no number"),
        ("a.csv", "start,EUR_per_MWh\n2026-03-04T00:00Z,inf\n", "line 2: inf is no number"),
        ("a.csv", "start,EUR_per_MWh\n2026-03-04T00:00Z\n", "line 2: None is no number"),
        ("a.csv", CSV + CSV.split("\n", 1)[1], "line 5: must be in order of time"),
        (
            "a.csv",
            "start,end,EUR_per_MWh\n2026-03-04T00:00Z,2026-03-04T02:00Z,1\n2026-03-04T01:00Z,2026-03-04T02:00Z,1\n",
            "intervals overlap at 2026-03-04T01:00Z",
        ),
        ("a.json", "{", "a.json: Input data was truncated"),
        ("a.json", '{"column": "EUR", "points": []}', "'EUR' names no unit"),
        (
            "a.json",
            '{"column": "EUR_per_kWh", "points": [{"begin": "x"}]}',
            r"unknown field `begin`.*points\[0\]",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, name, text, said):
    with pytest.raises(InvalidInput, match=said):
        read_market_file(write(tmp_path, name, text))


async def test_a_folder_gives_what_is_asked_for_and_sees_changes(tmp_path):
    path = write(tmp_path, "a.csv", CSV)
    files = MarketFiles(tmp_path, "price")
    first = await files.fetch("a.csv", START + timedelta(minutes=90), START + 5 * HOUR)
    assert [p.value for p in first.points] == pytest.approx([-0.0125, 0.06])
    path.write_text(CSV.replace(",60", ",61"))
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    second = await files.fetch("a.csv", START, START + 5 * HOUR)
    assert second.points[-1].value == pytest.approx(0.061)


async def test_a_folder_is_not_left_and_what_is_missing_is_said(tmp_path):
    write(tmp_path.parent, "secret.csv", CSV)
    write(tmp_path, "a.csv", CSV)
    files = MarketFiles(tmp_path, "price")
    with pytest.raises(InvalidInput, match="no plain file name"):
        await files.fetch("../secret.csv", START, START + HOUR)
    with pytest.raises(MarketUnavailable, match=r"No such file.*b\.csv"):
        await files.fetch("b.csv", START, START + HOUR)
    with pytest.raises(MarketUnavailable, match=r"a\.csv says price, not carbon"):
        await MarketFiles(tmp_path, "carbon").fetch("a.csv", START, START + HOUR)
    with pytest.raises(MarketUnavailable, match="says nothing about this time"):
        await files.fetch("a.csv", START + 9 * HOUR, START + 10 * HOUR)
    with pytest.raises(InvalidInput, match=r"market\.folder"):
        await MarketFiles(None, "price").fetch("a.csv", START, START + HOUR)
