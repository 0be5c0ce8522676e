"""Questions that nobody asks in earnest: refused by name, in bounded time, or answered with finite figures."""

import copy
import json
import math
from typing import Any

import pytest
from tests.csms.test_plan_service import QUESTION, answer, installed, schedule_of

from chargewright.csms.plan_service import answer_bytes
from chargewright.errors import InvalidInput

SESSION, EVSE, NODE = ("sessions", 0), ("site", "evses", 0), ("site", "nodes", 0)
NEVER = ["nan", "inf", "-inf", 1e308, -1e308, -1e7, [], {}, True]
"""Neither a figure of a site nor of a car; beside them come what is no number at all."""

NETWORK = {
    "parameters": {"voltage_ll_v": 208},
    "stations": [
        {
            "id": name,
            "phase_angle_deg": 30,
            "allowable_rates_a": [0, 8, 32],
            "voltage_v": 208,
            "max_rate_a": 32,
        }
        for name in ("CS1", "CS2")
    ],
    "constraints": [{"name": "panel", "limit_a": 50, "coefficients": {"CS1": 1, "CS2": 1}}],
}


def changed(path: tuple[str | int, ...], value: Any, start: Any = QUESTION) -> Any:
    made = copy.deepcopy(start)
    at = made
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return made


def refusal(question: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        answer_bytes(json.dumps(question).encode())
    return refused.value


@pytest.mark.parametrize("value", NEVER)
@pytest.mark.parametrize(
    ("path", "where"),
    [
        *(
            ((*SESSION, name), f"sessions[0].{name}")
            for name in ("energy_wh", "energy_min_wh", "energy_delivered_wh", "tail_wh", "priority")
        ),
        *(((*SESSION, name), f"sessions[0].{name}") for name in ("current_max_a", "current_min_a")),
        *(((name,), name) for name in ("export_prices", "carbon_g_per_kwh", "energy_value_per_kwh")),
        *(((name,), name) for name in ("prices", "demand_charge_per_kw", "lease_s")),
        (("demand_charges",), "demand_charges"),
    ],
)
def test_a_figure_out_of_all_bounds_is_refused_by_its_path(path, where, value):
    if where == "demand_charges":
        question = changed(path, [{"name": "month", "per_kw": value}])
        where = "demand_charges[0].per_kw"
    else:
        question = changed(path, value)
    assert refusal(question).where == where


@pytest.mark.parametrize("value", ["nan", "inf", -1, 1e308, [], {}])
@pytest.mark.parametrize("name", ["current_max_a", "limit_a", "limit_kw", "base_a", "phase_v"])
def test_a_site_of_figures_that_no_site_has_is_refused(name, value):
    places = {"current_max_a": EVSE, "phase_v": ("site",)}
    question = changed((*places.get(name, NODE), name), value)
    if name == "base_a" and value == -1:
        assert answer_bytes(json.dumps(question).encode()), "a roof that feeds in"
    else:
        assert refusal(question).where


def test_a_year_that_has_no_calendar_is_refused():
    for at in (
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "1969-12-31T00:00:00Z",
    ):
        assert refusal(changed(("at",), at)).where == "at"
        for name in ("arrival", "departure", "guarantee_by"):
            assert refusal(changed((*SESSION, name), at)).where == f"sessions[0].{name}"
    prices = [["2026-03-03T09:00:00Z", 1], ["9999-12-31T23:59:59-12:00", 1]]
    assert refusal(changed(("prices",), prices)).where == "prices"
    assert refusal(changed((*NODE, "limit_a"), prices)).where == "nodes[0]"
    assert refusal(changed((*NODE, "limit_a"), prices[::-1])).where == "nodes[0]"


def test_nothing_is_reckoned_beyond_the_horizon():
    """A tariff over 170 years would be a million prices; what is planned ends after two days."""
    hours = [{"time_from": "00:00:00", "price_per_kwh": 0.3}]
    tariff = {"prices_by_hour": [{"hours": hours}], "time_zone": "Europe/Berlin"}
    question = changed(
        (*SESSION, "departure"), "2199-12-31T23:59:59Z", QUESTION | {"tariff": tariff, "prices": None}
    )
    told = json.loads(answer_bytes(json.dumps(question | {"goal": "cost"}).encode()))
    assert math.isfinite(told["objective"])
    assert schedule_of(told["profiles"][0]["request"], "ocpp1.6")["duration"] <= 2 * 86_400 + 120


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
@pytest.mark.parametrize("transaction_id", ["", "x" * 37, "no number"])
def test_a_transaction_that_no_station_has(version, transaction_id):
    question = changed((*SESSION, "transaction_id"), transaction_id) | {"protocol": version}
    if version == "ocpp2.0.1" and transaction_id == "no number":
        assert answer_bytes(json.dumps(question).encode())
    else:
        assert refusal(question).where == "sessions[0].transaction_id"


@pytest.mark.parametrize("value", [None, 1, "x", [], [1], "nan", {"a": 1}])
@pytest.mark.parametrize(
    "path",
    [
        ("parameters",),
        ("parameters", "voltage_ll_v"),
        ("stations",),
        ("constraints",),
        *(
            ("stations", 0, name)
            for name in ("id", "phase_angle_deg", "allowable_rates_a", "voltage_v", "max_rate_a")
        ),
        *(("constraints", 0, name) for name in ("limit_a", "coefficients")),
        ("constraints", 0, "coefficients", "CS1"),
    ],
)
def test_a_network_with_anything_in_it_is_read_or_refused(path, value):
    question = QUESTION | {"site": {"network": changed(path, value, NETWORK)}}
    try:
        told = json.loads(answer_bytes(json.dumps(question).encode()))
    except InvalidInput as why:
        assert why.where  # noqa: PT017  whichever of the two it is, it must be this
    else:
        assert math.isfinite(told["objective"])
        assert told["violations"] == []


def nodes(count: int, *, deep: bool) -> list[dict[str, Any]]:
    return [
        {"id": str(n), "limit_a": 100, **({"parent": str(n - 1)} if deep and n else {})} for n in range(count)
    ]


def evses(count: int, node: str) -> list[dict[str, Any]]:
    return [
        {"station": f"S{n}", "node": node, "connection": "RST", "current_max_a": 32} for n in range(count)
    ]


@pytest.mark.parametrize(
    ("site", "what"),
    [
        ({"nodes": nodes(2_001, deep=False)}, "2001 nodes"),
        ({"nodes": nodes(2_000, deep=True)}, "more than 32 nodes lie above"),
        ({"nodes": nodes(1, deep=False), "evses": evses(20_001, "0")}, "20001 evses"),
        ({"nodes": nodes(30, deep=True), "evses": evses(20_000, "29")}, "evses under all of their nodes"),
        (
            {
                "network": {
                    **NETWORK,
                    "stations": [{**NETWORK["stations"][0], "phase_angle_deg": n / 10} for n in range(65)],
                }
            },
            "65 different angles",
        ),
    ],
)
def test_a_site_too_large_to_plan_in_time_is_refused_before_anything_is_laid_out(site, what):
    assert what in refusal(QUESTION | {"site": site, "sessions": []}).what


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"prices": [[f"2026-03-03T09:00:00.{n:06}Z", 0.1] for n in range(40_001)]}, "prices"),
        ({"sessions": [QUESTION["sessions"][0]] * 10_001}, "sessions"),
        ({"goal": ["peak"] * 11}, "goal"),
        ({"lease_s": 10**9}, "lease_s"),
    ],
)
def test_lists_have_ends(change, where):
    assert refusal(QUESTION | change).where == where


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[" * 1_000_000, b'{"site":{"network":' + b'{"a":' * 100_000, b"\xff\xfe", b'"\\ud800"'],
)
def test_text_that_is_no_question(text):
    with pytest.raises(InvalidInput):
        answer_bytes(text)


def test_circles_and_names_that_stand_twice():
    circle = changed(NODE, {"id": "grid", "parent": "grid", "limit_a": 32})
    assert refusal(circle).what == "is its own ancestor"
    twice = changed(("site", "evses"), [QUESTION["site"]["evses"][0]] * 2)
    assert refusal(twice).what == "stands twice in the site"
    assert "twice" in refusal(changed(("site", "nodes"), [QUESTION["site"]["nodes"][0]] * 2)).what
    assert refusal(QUESTION | {"goal": ["peak", "peak"]}).where == "goal"


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 2**31 - 1},
        {"startSchedule": "0001-01-01T00:00:00Z"},
        {"startSchedule": "9999-12-31T23:59:59Z"},
    ],
)
def test_what_is_installed_may_reach_beyond_the_calendar(change):
    held = installed(answer())
    schedule_of(held[0]["request"], "ocpp1.6").update(change)
    held[1]["request"]["csChargingProfiles"]["validTo"] = "9999-12-31T23:59:59Z"
    told = answer(installed=held * 3)
    assert {planned["session"] for planned in told["profiles"]} == {"a", "b"}
