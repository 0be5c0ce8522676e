"""Faults of printed JSON. The oracle is the standard library's parser: what it takes has no faults, and mended texts pass it."""

import json
import random
from pathlib import Path

import pytest
from tests.ocpp.samples import every_message, full_sample

from chargewright.ocpp.json_faults import DEPTH_MAX, FAULTS_MAX, JsonFault, json_faults, mend

PRINTED = Path(__file__).parents[3] / "shared/data/article/profile_as_printed.txt"

# Every fault that a word processor makes of a profile, on lines of our own.
RETYPED = """„csChargingProfiles”: {
\u00a0 “chargingProfileId”: 7,
  “chargingSchedule”: {
    “chargingRateUnit”: “A”,
    “chargingSchedulePeriod”: [
      { “startPeriod”: 0, “limit”: 16.0 },
      { “startPeriod”: 900, “limit”: 8.0, },
      “duration”: 3600
    },  ],
  “stackLevel”: –1,
  “validFrom”: “2026–11–22T08:00:00Z”
}
"""


def found(text: str) -> list[tuple[int, int, str]]:
    return [(fault.line, fault.column, fault.what) for fault in json_faults(text)]


def test_every_fault_of_a_retyped_profile_is_told_with_its_place() -> None:
    lines = RETYPED.splitlines()
    told = found(RETYPED)
    assert told == sorted(told)
    for line, column, word in [
        (1, 1, "outer braces"),
        (1, 1, "quoted with „”"),
        (2, 1, "U+00A0"),
        (7, lines[6].index(", }") + 1, "a comma after the last part"),
        (8, 7, "among the items of a list"),
        (9, 5, "a } where the [ of line 5 is still open"),
        (9, lines[8].index("]") + 1, "a ] that closes nothing"),
        (10, lines[9].index("–") + 1, "not how JSON writes a number"),
        (11, lines[10].index("–") + 1, "in a date or number"),
        (12, 1, "still open"),
    ]:
        assert [w for at, col, w in told if (at, col) == (line, column) and word in w], (
            line,
            column,
            word,
            told,
        )
    quoted = sum("quoted with" in what for _, _, what in told)
    assert quoted == RETYPED.count("”")
    assert len(told) == quoted + 9


def test_a_retyped_profile_is_understood_as_it_was_meant() -> None:
    mended = mend(RETYPED)
    assert mended is not None
    assert json.loads(mended) == {
        "csChargingProfiles": {
            "chargingProfileId": 7,
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "duration": 3600,
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 16.0},
                    {"startPeriod": 900, "limit": 8.0},
                ],
            },
            "stackLevel": -1,
            "validFrom": "2026-11-22T08:00:00Z",
        }
    }
    assert "16.0" in mended  # digit by digit, not by way of a float


def test_the_printed_profile_is_told_of_and_understood() -> None:
    if not PRINTED.exists():
        pytest.skip(
            "the article's data is not beside this checkout: ../shared/data/article/profile_as_printed.txt"
        )
    text = PRINTED.read_text(encoding="utf-8")
    told = found(text)
    assert len(told) > 40
    assert [what for line, _, what in told if line == 20 and "list" in what]
    assert [what for line, _, what in told if line == 21 and "closes nothing" in what]
    assert {line for line, _, what in told if "date" in what} == {24, 25}
    profile = json.loads(mend(text) or "")["csChargingProfiles"]
    assert profile["chargingSchedule"]["duration"] == 1680
    assert [p["startPeriod"] for p in profile["chargingSchedule"]["chargingSchedulePeriod"]] == [0, 780, 1680]
    assert profile["validTo"] == "2020-10-16T14:15:00+00:00"


@pytest.mark.parametrize(
    ("text", "places", "meaning"),
    [
        ('{"a":1,}', [(1, 7)], {"a": 1}),
        ('{"a":1\n "b":2}', [(2, 2)], {"a": 1, "b": 2}),
        ('{"a":1,,"b":2}', [(1, 8)], {"a": 1, "b": 2}),
        ('{"a" 1}', [(1, 6)], {"a": 1}),
        ('{"a" {"b":1}}', [(1, 6)], {"a": {"b": 1}}),
        ("[1,2", [(1, 4)], [1, 2]),
        ('{"a":[1,{"b":2],"c":3}', [(1, 15)], {"a": [1, {"b": 2}], "c": 3}),
        ('{"a":[1],],"b":2}', [(1, 10)], {"a": [1], "b": 2}),
        ('{"a":1}}', [(1, 8)], {"a": 1}),
        ('"a":1,"b":2', [(1, 1), (1, 11)], {"a": 1, "b": 2}),
        ('"a":1,"b":2}', [(1, 1)], {"a": 1, "b": 2}),
        ("{a:1}", [(1, 2)], {"a": 1}),
        ("{'a':'it'}", [(1, 2), (1, 6)], {"a": "it"}),
        ('{"a”: "W", "b":2}', [(1, 2)], {"a": "W", "b": 2}),
        ('{"a":True,"b":None}', [(1, 6), (1, 15)], {"a": True, "b": None}),
        ('{"a":[–5,.5,5.,+7,007]}', [(1, 7), (1, 10), (1, 13), (1, 16), (1, 19)], {"a": [-5, 0.5, 5, 7, 7]}),
        ('{"a":2026–01–02T10:00:00Z}', [(1, 6)], {"a": "2026-01-02T10:00:00Z"}),
        ('{"a":“2026–01–02”}', [(1, 6), (1, 11)], {"a": "2026-01-02"}),
        ('{"a":“2026 – ein Jahr”}', [(1, 6)], {"a": "2026 – ein Jahr"}),
        ('// note\n{"a":1} /* end */', [(1, 1), (2, 9)], {"a": 1}),
        ('{"a":1…}', [(1, 7)], {"a": 1}),
        ('{"a":1,"a":2}}', [(1, 12), (1, 14)], {"a": 2}),
        ('{"a":}', [(1, 2)], {}),
        ('{"say":"„hi“","a":1,}', [(1, 20)], {"say": "„hi“", "a": 1}),
        ('{"a":"open,\n"b":1}', [(1, 6)], {"a": "open", "b": 1}),
        (r'{"a":"C:\x","b":1}', [(1, 6)], {"a": r"C:\x", "b": 1}),
        ('{"a":1},{"b":2}', [(1, 8), (1, 9)], {"a": 1}),
    ],
)
def test_each_fault_has_its_place_and_its_meaning(
    text: str, places: list[tuple[int, int]], meaning: object
) -> None:
    told = json_faults(text)
    assert [(fault.line, fault.column) for fault in told] == places, [str(fault) for fault in told]
    assert all(fault.what and fault.hint for fault in told)
    mended = mend(text)
    assert mended is not None
    assert json.loads(mended) == meaning


@pytest.mark.parametrize("text", ["", "   ", "}", "],", "[" * (DEPTH_MAX + 2), "//"])
def test_where_there_is_no_meaning_none_is_invented(text: str) -> None:
    assert json_faults(text)
    assert mend(text) is None


def test_what_is_json_has_no_faults_and_is_left_as_it_is() -> None:
    for message in every_message():
        for indent in (None, 2):
            text = json.dumps(full_sample(message), indent=indent, ensure_ascii=bool(indent))
            assert json_faults(text) == []
            assert mend(text) == text


def test_any_broken_text_has_faults_and_what_is_mended_is_json() -> None:
    seed = 11
    print(f"seed {seed}")
    rng = random.Random(seed)
    base = json.dumps(
        full_sample(next(m for m in every_message() if m.action == "SetChargingProfile")), indent=1
    )
    for _ in range(1500):
        text = list(base)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(text))
            text[at : at + rng.randrange(3)] = rng.choice(
                ['"', "“", "{", "}", "[", "]", ",", ":", "–", "\u00a0", "x", "\n", "\\", "\0", "7", ""]
            )
        broken = "".join(text)
        told = json_faults(broken)
        try:
            json.loads(broken)
        except ValueError:
            assert told, broken
            lines = broken.split("\n")
            assert all(
                1 <= f.line <= len(lines) and 1 <= f.column <= len(lines[f.line - 1]) + 1 for f in told
            )
        else:
            assert told == []
        mended = mend(broken)
        if mended is not None:
            json.loads(mended)


def test_a_flood_of_faults_is_bounded_and_read_in_linear_time() -> None:
    assert len(json_faults("“" * 50_000)) <= FAULTS_MAX
    assert len(json_faults("“a”: 1, }" * 20_000)) == FAULTS_MAX


def test_a_fault_reads_as_one_line() -> None:
    assert (
        str(JsonFault(3, 4, "a comma too many", "take it out"))
        == "line 3, column 4: a comma too many; take it out"
    )
