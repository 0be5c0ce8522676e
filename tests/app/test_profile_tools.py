"""`check-profile` and `composite` as a user runs them: arguments in, text and exit status out."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

# What a magazine's layout makes of a profile: curly quotes, hard spaces, long dashes, braces that do not match.
# Text of our own with the faults of the printed one.
AS_PRINTED = """\
“csChargingProfiles”: {
    “chargingProfileId”: 77,
    “chargingProfileKind”: “Absolute”,
    “chargingProfilePurpose”: “TxProfile”,
    “chargingSchedule”: {
        “chargingRateUnit”: “W”,
        “chargingSchedulePeriod”: [
            {“limit”: 11000.0, “startPeriod”: 0},
            {“limit”: 9000.0, “startPeriod”: 780},
            {“limit”: 4500.0, “startPeriod”: 1680},
            “duration”: 1680
            },         ],
     “stackLevel”: 0,
     “transactionId”: 4711,
     “validFrom”: “2020–10–15T14:32:00+00:00”,
     “validTo”: “2020–10–16T14:15:00+00:00”
}
"""

PROFILE = {
    "chargingProfileId": 77,
    "stackLevel": 0,
    "chargingProfileKind": "Absolute",
    "chargingProfilePurpose": "TxProfile",
    "transactionId": 4711,
    "validFrom": "2020-10-15T14:32:00Z",
    "validTo": "2020-10-16T14:15:00Z",
    "chargingSchedule": {
        "chargingRateUnit": "W",
        "duration": 1680,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 11000.0},
            {"startPeriod": 780, "limit": 9000.0},
            {"startPeriod": 1680, "limit": 4500.0},
        ],
    },
}
DAILY = {
    "chargingProfileId": 5,
    "stackLevel": 1,
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingSchedule": {
        "startSchedule": "2026-03-02T00:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 3600, "limit": 8.1}],
    },
}
PERIODS = "chargingSchedule.chargingSchedulePeriod"


def change(profile: dict, **values: object) -> dict:
    return {k: v for k, v in {**profile, **values}.items() if v is not None}


def schedule(profile: dict, **values: object) -> dict:
    return {**profile, "chargingSchedule": change(profile["chargingSchedule"], **values)}


@pytest.fixture
def written(tmp_path):
    def write(value: object) -> Path:
        path = tmp_path / "profile.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return write


def check(run, path: Path, *options: object) -> tuple[int, dict]:
    status, out, _ = run("check-profile", path, "--json", *options)
    return status, json.loads(out)


def test_every_fault_of_a_printed_profile_has_its_place(run, written):
    status, told = check(run, written(AS_PRINTED))
    assert status == 2
    assert told["accepted"] is False
    places = {(f["line"], f["column"]) for f in told["json_faults"]}
    lines = AS_PRINTED.splitlines()
    curly = {
        (n, line.index("“", at) + 1)
        for n, line in enumerate(lines, 1)
        for at in range(len(line))
        if line[at] == "“"
    }
    assert curly <= places, f"not told: {sorted(curly - places)}"
    whats = {f["line"]: f["what"] for f in told["json_faults"] if "quoted" not in f["what"]}
    assert "outer braces" in whats[1]
    assert "duration" in whats[11]
    assert "closes nothing" in whats[12]
    assert any("U+2013" in f["what"] for f in told["json_faults"] if f["line"] == 15)
    assert any("U+2013" in f["what"] for f in told["json_faults"] if f["line"] == 16)


def test_what_was_printed_would_be_accepted_as_mended(run, written):
    _, told = check(run, written(AS_PRINTED))
    assert told["accepted_as_mended"] is True
    mended = told["mended"]["csChargingProfiles"]
    assert mended == {
        **PROFILE,
        "validFrom": "2020-10-15T14:32:00+00:00",
        "validTo": "2020-10-16T14:15:00+00:00",
    }
    (profile,) = told["profiles"]
    assert profile["violations"] == []
    notes = {note["path"]: note["text"] for note in profile["notes"]}
    assert "startSchedule is missing" in notes["$.csChargingProfiles.chargingSchedule.startSchedule"]
    assert "third period never runs" in notes[f"$.csChargingProfiles.{PERIODS}[2].startPeriod"]
    assert "1680 s" in notes[f"$.csChargingProfiles.{PERIODS}[2].startPeriod"]


def test_the_printed_article_itself(run):
    path = Path(__file__).parents[3] / "shared" / "data" / "article" / "profile_as_printed.txt"
    if not path.exists():
        pytest.skip(f"the article's text is not beside the repository: {path}")
    status, told = check(run, path)
    assert status == 2
    text = path.read_text(encoding="utf-8").splitlines()
    places = {(f["line"], f["column"]) for f in told["json_faults"]}
    curly = {(n, c) for n, line in enumerate(text, 1) for c, char in enumerate(line, 1) if char == "“"}
    assert curly <= places
    assert told["accepted_as_mended"] is True
    assert [n["text"].split(":")[0] for n in told["profiles"][0]["notes"]] == [
        "startSchedule is missing for kind Absolute",
        "third period never runs",
    ]


def test_plain_lines_without_a_terminal(run, written):
    status, out, _ = run("check-profile", written(AS_PRINTED))
    assert status == 2
    assert 'line 2, column 5: quoted with “” instead of straight quotes; write "chargingProfileId"' in out
    assert "as mended, it would be accepted, with 2 notes" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (PROFILE, "$"),
        ({"csChargingProfiles": PROFILE}, "$"),
        ({"connectorId": 1, "csChargingProfiles": PROFILE}, "$"),
        ([2, "id-1", "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE}], "$[3]"),
    ],
)
def test_whatever_the_wrapping(run, written, value, path):
    status, told = check(run, written(value))
    assert status == 0
    (profile,) = told["profiles"]
    assert (profile["path"], profile["id"], profile["evse"]) == (path, 77, 1)
    inner = path if value is PROFILE else f"{path}.csChargingProfiles"
    assert f"{inner}.chargingSchedule.startSchedule" in [note["path"] for note in profile["notes"]]


def test_rules_that_are_broken_have_number_place_and_figures(run, written):
    wrong = schedule(
        PROFILE,
        chargingSchedulePeriod=[{"startPeriod": 60, "limit": 10.0}, {"startPeriod": 30, "limit": 8.0}],
    )
    status, told = check(run, written(change(wrong, transactionId=None)))
    assert status == 1
    assert told["accepted"] is False
    by_path = {v["path"]: v for v in told["profiles"][0]["violations"]}
    assert "5.16.2" in by_path["$.transactionId"]["rule"]
    assert "60" in by_path[f"$.{PERIODS}[0].startPeriod"]["text"]
    assert "30" in by_path[f"$.{PERIODS}[1].startPeriod"]["text"]
    status, out, _ = run("check-profile", written(wrong))
    assert status == 1
    assert "refused: 2 rules broken" in out


def test_requirement_numbers_are_those_of_the_version(run, written):
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 5, "limit": 16.0}]}
        ],
    }
    request = {"evseId": 0, "chargingProfile": profile}
    for protocol in ("ocpp2.0.1", "ocpp2.1"):
        status, told = check(run, written(request), "--protocol", protocol)
        assert status == 1
        rules = {v["rule"]: v["path"] for v in told["profiles"][0]["violations"]}
        assert rules["K01.FR.16"] == "$.evseId"
        assert rules["K01.FR.03"] == "$.chargingProfile.transactionId"
        assert (
            rules["K01.FR.31"]
            == "$.chargingProfile.chargingSchedule[0].chargingSchedulePeriod[0].startPeriod"
        )
        assert rules["K01.FR.40"] == "$.chargingProfile.chargingSchedule[0].startSchedule"


def test_schema_faults_have_path_and_reason(run, written):
    status, told = check(run, written(schedule(PROFILE, chargingRateUnit=None)))
    assert status == 2
    (fault,) = told["profiles"][0]["schema_faults"]
    assert fault == {
        "path": "$.chargingSchedule.chargingRateUnit",
        "what": "required, but missing",
        "refused": True,
    }
    status, told = check(
        run, written({"csChargingProfiles": change(PROFILE, chargingProfileKind="Sometimes")})
    )
    assert status == 2
    assert told["profiles"][0]["schema_faults"][0]["path"] == "$.csChargingProfiles.chargingProfileKind"


def test_every_limit_finer_than_a_tenth_is_told(run, written):
    fine = schedule(
        PROFILE,
        chargingSchedulePeriod=[{"startPeriod": 0, "limit": 16.05}, {"startPeriod": 9, "limit": 0.01}],
    )
    status, told = check(run, written(fine))
    assert status == 2
    faults = told["profiles"][0]["schema_faults"]
    assert [f["path"] for f in faults] == [f"$.{PERIODS}[0].limit", f"$.{PERIODS}[1].limit"]
    assert all("0.1" in f["what"] for f in faults)


def test_rules_are_judged_behind_an_unknown_property(run, written):
    status, told = check(run, written(change(PROFILE, transactionId=None, colour="red")))
    assert status == 2
    assert [f["path"] for f in told["profiles"][0]["schema_faults"]] == ["$.colour"]
    assert [v["path"] for v in told["profiles"][0]["violations"]] == ["$.transactionId"]


def test_a_time_without_zone_is_noted_only(run, written):
    status, told = check(run, written(change(PROFILE, validFrom="2020-10-15T14:32:00")))
    assert status == 0
    (fault,) = told["profiles"][0]["schema_faults"]
    assert (fault["path"], fault["refused"]) == ("$.validFrom", False)


def test_profiles_of_a_list_are_judged_together(run, written):
    one = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [
            {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
        ],
    }
    listed = [{"evseId": 1, "chargingProfile": one}, {"evseId": 1, "chargingProfile": {**one, "id": 2}}]
    status, told = check(run, written(listed), "--protocol", "ocpp2.0.1")
    assert status == 1
    first, second = told["profiles"]
    assert first["violations"] == []
    assert [(v["rule"], v["path"]) for v in second["violations"]] == [
        ("K01.FR.06", "$[1].chargingProfile.stackLevel")
    ]
    status, told = check(run, written([PROFILE, change(PROFILE, stackLevel=3)]))
    assert status == 0
    assert [n["path"] for n in told["profiles"][1]["notes"] if "$[0]" in n["text"]] == [
        "$[1].chargingProfileId"
    ]


def test_a_cap_of_the_whole_station_needs_no_evse(run, written):
    cap = change(PROFILE, chargingProfilePurpose="ChargePointMaxProfile", transactionId=None)
    status, told = check(run, written(cap))
    assert (status, told["profiles"][0]["evse"]) == (0, 0)
    status, told = check(run, written(cap), "--evse", 2)
    assert status == 1
    assert told["profiles"][0]["violations"][0]["path"] == "connectorId"


def test_the_present_is_judged_when_it_is_given(run, written):
    _, told = check(run, written(PROFILE), "--at", "2026-01-01T00:00Z")
    assert "$.validTo" in [n["path"] for n in told["profiles"][0]["notes"]]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"evseId": 1, "chargingProfile": {}}, "--protocol"),
        ([2, "a", "Reset", {"type": "Soft"}], "Reset"),
        ({"hello": 1}, "neither"),
        ([], "empty"),
        (7, "neither"),
    ],
)
def test_what_is_no_profile_is_told_in_one_line(run, written, value, says):
    status, out, err = run("check-profile", written(value))
    assert (status, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_and_one_that_is_no_text(run, tmp_path):
    status, _, err = run("check-profile", tmp_path / "nowhere.json")
    assert status == 2
    assert "nowhere.json" in err
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n")
    status, _, err = run("check-profile", tmp_path / "picture")
    assert status == 2
    assert "0x89" in err


def test_nonsense_that_cannot_be_mended_is_still_told(run, written):
    status, told = check(run, written("hello [ world"))
    assert status == 2
    assert told["json_faults"]
    assert told["profiles"] == []


def composite(run, path: Path, *options: object) -> tuple[int, dict]:
    status, out, _ = run("composite", path, "--json", *options)
    return status, json.loads(out)


def steps(answer: dict) -> list[tuple[int, float | None]]:
    return [(p["startPeriod"], p["limit"]) for p in answer["chargingSchedulePeriod"]]


def test_composite_of_the_printed_profile(run, written):
    status, made = composite(run, written(PROFILE), "--start", "2020-10-15T14:32Z", "--unit", "W")
    assert status == 0
    assert steps(made) == [(0, 11000.0), (780, 9000.0), (1680, None)]
    assert (made["scheduleStart"], made["duration"]) == ("2020-10-15T14:32:00Z", 86_400)
    assert any("4711" in remark for remark in made["remarks"])


def test_composite_falls_back_to_what_lies_below(run, written):
    below = schedule(
        change(PROFILE, chargingProfileId=2, chargingProfilePurpose="TxDefaultProfile", transactionId=None),
        duration=None,
        chargingSchedulePeriod=[{"startPeriod": 0, "limit": 6900.0}],
    )
    _, made = composite(
        run, written([PROFILE, below]), "--start", "2020-10-15T14:32Z", "--unit", "W", "--duration", 3600
    )
    assert steps(made) == [(0, 11000.0), (780, 9000.0), (1680, 6900.0)]
    # 230 V on three phases: 11000 / 690 = 15.94..., rounded down to a tenth
    _, made = composite(run, written([PROFILE, below]), "--start", "2020-10-15T14:32Z", "--duration", 3600)
    assert steps(made) == [(0, 15.9), (780, 13.0), (1680, 10.0)]


def test_composite_counts_from_the_transaction(run, written):
    _, made = composite(
        run,
        written(PROFILE),
        *("--start", "2020-10-15T15:00Z", "--unit", "W", "--duration", 3600),
        *("--transaction-started", "2020-10-15T14:50Z"),
    )
    assert steps(made) == [(0, 11000.0), (180, 9000.0), (1080, None)]


def test_composite_of_a_daily_profile_and_its_window(run, written):
    _, made = composite(run, written(DAILY), "--start", "2026-03-05T00:30Z", "--duration", 86_400)
    assert steps(made) == [(0, 16.0), (1800, 8.1), (84_600, 16.0)]
    _, made = composite(
        run, written(DAILY), "--start", "2026-03-05T01:30+01:00", "--evse", 0, "--duration", 3600
    )
    assert made["connectorId"] == 0
    assert steps(made)[0] == (0, 16.0)


def test_composite_tells_what_a_station_would_refuse(run, written):
    status, out, _ = run(
        "composite", written(change(PROFILE, transactionId=None)), "--start", "2020-10-15T14:32Z"
    )
    assert status == 1
    assert "a station would refuse this: transactionId is missing" in out


def test_composite_draws(run, written, tmp_path):
    picture = tmp_path / "curve.svg"
    status, out, _ = run(
        "composite",
        written(PROFILE),
        "--start",
        "2020-10-15T14:32Z",
        "--unit",
        "W",
        "--duration",
        3600,
        "--plot",
        "--svg",
        picture,
    )
    assert status == 0
    assert "+780 s" in out
    assert "14:32" in out.splitlines()[-1]
    assert "15:32" in out.splitlines()[-1]
    assert "\x1b" not in out
    root = ET.fromstring(picture.read_text(encoding="utf-8"))
    path = next(e for e in root.iter() if e.tag.endswith("path") and e.get("stroke"))
    points = [tuple(float(v) for v in p[1:].split(",")) for p in path.get("d", "").split()]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    width = 880 - 72 - 24
    assert xs == pytest.approx([72 + width * s / 3600 for s in (0, 780, 780, 1680)], abs=0.06)
    bottom = 320 - 48
    assert (bottom - ys[0]) / (bottom - ys[2]) == pytest.approx(11 / 9, rel=1e-2)
    assert ys[0] == ys[1]
    assert "no limit" in "".join(root.itertext())
    assert "http" not in picture.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--start", "2020-10-15T14:32"], "time zone"),
        (["--start", "2020-10-15T14:32Z", "--duration", "0"], "--duration"),
        (["--start", "2020-10-15T14:32Z", "--voltage", "0"], "--voltage"),
    ],
)
def test_composite_refuses_what_makes_no_sense(run, written, options, says):
    status, _, err = run("composite", written(PROFILE), *options)
    assert status == 2
    assert says in err


def test_composite_of_a_broken_text_points_to_the_first_fault(run, written):
    status, _, err = run("composite", written(AS_PRINTED), "--start", "2020-10-15T14:32Z")
    assert status == 2
    assert "line 1, column 1" in err
    status, _, err = run(
        "composite", written(schedule(PROFILE, chargingRateUnit=None)), "--start", "2020-10-15T14:32Z"
    )
    assert status == 2
    assert "$.chargingSchedule.chargingRateUnit" in err
