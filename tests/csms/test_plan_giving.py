"""Plans as a service where batteries give back: orders in the words of 2.1, and what a site's own battery should do."""

import copy
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import jsonschema_rs
import pytest

import ocpp
from chargewright.csms.plan_service import answer_bytes
from chargewright.errors import InvalidInput

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
SITE = {
    "nodes": [{"id": "grid", "limit_a": 32, "export_max_kw": 5.0}],
    "evses": [{"station": "CS1", "node": "grid", "connection": "RST", "current_max_a": 32}],
    "batteries": [
        {
            "id": "cellar",
            "node": "grid",
            "power_max_w": 10_000,
            "discharge_power_max_w": 8_000,
            "capacity_wh": 30_000,
            "reserve_wh": 5_000,
            "efficiency": 0.9,
        }
    ],
}
CAR = {
    "id": "a",
    "station": "CS1",
    "departure": "2026-03-03T15:00:00Z",
    "energy_wh": 0,
    "transaction_id": "T1",
    "discharge": {"current_max_a": 16, "available_wh": 12_000, "room_wh": 20_000},
}
QUESTION = {
    "site": SITE,
    "sessions": [CAR],
    "at": AT.isoformat(),
    "goal": "cost",
    "protocol": "ocpp2.1",
    "prices": [["2026-03-03T00:00:00Z", 0.5], ["2026-03-03T11:00:00Z", 0.1], ["2026-03-03T13:00:00Z", 0.4]],
    "export_prices": [
        ["2026-03-03T00:00:00Z", 0.45],
        ["2026-03-03T11:00:00Z", 0.05],
        ["2026-03-03T13:00:00Z", 0.35],
    ],
    "base_power_w": 2000.0,
}
SCHEMA = Path(ocpp.__file__).parent / "v21" / "schemas" / "SetChargingProfileRequest.json"


def answer(**change) -> dict:
    return json.loads(answer_bytes(json.dumps({**QUESTION, **change}).encode()))


def periods_of(told: dict, number: int = 0) -> list[dict]:
    (schedule,) = told["profiles"][number]["request"]["chargingProfile"]["chargingSchedule"]
    return schedule["chargingSchedulePeriod"]


def test_the_order_to_discharge_is_a_setpoint_that_the_official_schema_takes():
    told = answer()
    request = told["profiles"][0]["request"]
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8-sig"))).validate(request)
    periods = periods_of(told)
    giving = [p for p in periods if p.get("operationMode") == "CentralSetpoint"]
    assert giving, "prices fall from 0.45 to 0.10 and rise again"
    for period in giving:
        assert -16 <= period["setpoint"] < 0
        assert period["dischargeLimit"] == period["setpoint"]
        assert period["limit"] == 0
    charging = [p for p in periods if p.get("operationMode") is None]
    assert any(p["limit"] >= 6 for p in charging)
    assert all(p.get("setpoint") is None for p in charging)
    assert told["violations"] == []


def test_the_battery_in_the_car_is_never_below_its_reserve_and_ends_as_it_was():
    told = answer()
    periods = periods_of(told)
    start = datetime.fromisoformat(
        told["profiles"][0]["request"]["chargingProfile"]["chargingSchedule"][0]["startSchedule"]
    )
    level = lowest = 0.0
    ends = [
        *(start + timedelta(seconds=p["startPeriod"]) for p in periods[1:]),
        datetime(2026, 3, 3, 15, tzinfo=UTC),
    ]
    for period, end in zip(periods, ends, strict=True):
        begin = max(start + timedelta(seconds=period["startPeriod"]), AT)
        flow_a = period.get("setpoint") or period["limit"]
        kwh = flow_a * 0.69 * max((end - begin).total_seconds(), 0) / 3600
        level += kwh / 0.85 if kwh < 0 else kwh
        lowest = min(lowest, level)
    assert -12.0 - 0.1 <= lowest < -5.0
    assert level >= -0.1


def test_what_is_installed_with_the_same_orders_is_not_sent_again_and_with_others_is():
    first = answer()
    held = [{name: p[name] for name in ("session", "station", "request")} for p in first["profiles"]]
    assert [p["change"] for p in answer(installed=held)["profiles"]] == ["unchanged"]
    other = copy.deepcopy(held)
    period = next(
        p
        for p in other[0]["request"]["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
        if p.get("operationMode")
    )
    period["setpoint"] += 0.5
    assert [p["change"] for p in answer(installed=other)["profiles"]] == ["send"]


def test_a_station_with_few_periods_is_told_the_orders_that_matter_most():
    most = len(periods_of(answer())) - 1
    told = answer(sessions=[{**CAR, "periods_max": most}])
    assert 1 < len(periods_of(told)) <= most


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
def test_older_versions_have_no_words_for_it(protocol):
    with pytest.raises(InvalidInput, match=r"sessions\[0\]\.discharge.*ask in ocpp2\.1"):
        answer(protocol=protocol)


def test_the_sites_battery_is_told_when_to_charge_and_when_to_give():
    told = answer(sessions=[], batteries=[{"id": "cellar", "energy_wh": 12_000}])
    (battery,) = told["batteries"]
    steps = [(datetime.fromisoformat(at), power) for at, power in battery["power_w"]]
    end = AT + timedelta(days=1)
    level = 12_000.0
    for (begin, power), (until, _) in pairwise([*steps, (end, 0.0)]):
        assert -8_000 - 70 <= power <= 10_000 + 70
        wh = power * (until - begin).total_seconds() / 3600
        level += wh / 0.9 if wh < 0 else wh
        assert 5_000 - 150 <= level <= 30_000 + 150
        # what flows back keeps the export limit beside a house that may draw nothing at all
        assert power >= -5_000 - 1
    assert battery["energy_end_wh"] == pytest.approx(level, abs=1.0)
    assert level >= 12_000 - 150
    assert any(power > 1000 for _, power in steps)
    assert any(power < -1000 for _, power in steps)
    assert told["profiles"] == []


def test_a_battery_below_its_reserve_is_filled_up_to_it():
    told = answer(sessions=[], batteries=[{"id": "cellar", "energy_wh": 1_000}])
    assert told["batteries"][0]["energy_end_wh"] >= 5_000 - 150
    assert told["unmet_wh"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batteries": [{"id": "attic", "energy_wh": 1}]}, r"batteries\[0\]\.id.*no battery 'attic'"),
        ({"batteries": [{"id": "cellar", "energy_wh": 1}] * 2}, "stands twice"),
        ({"batteries": [{"id": "cellar", "energy_wh": 31_000}]}, "battery cellar.*holds 31000 Wh of 30000 Wh"),
        ({"engine": "waterfill"}, "engine.*plans no discharge"),
        ({"sessions": [{**CAR, "energy_wh": 1, "discharge": {**CAR["discharge"], "spare_wh": 2}}]}, "none to spare"),
    ],
    ids=["unknown", "twice", "too full", "engine", "spare"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_exactly(change, message):
    with pytest.raises(InvalidInput, match=message):
        answer(**change)
