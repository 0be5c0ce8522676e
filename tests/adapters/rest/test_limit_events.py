"""Limits for a while over the API, and what they do to the wires of the site that is under control."""

import asyncio
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import SITE


def event(**more):
    return {
        "start": (NOW + timedelta(hours=1)).isoformat(),
        "end": (NOW + timedelta(hours=2)).isoformat(),
        "limit_kw": 4,
        **more,
    }


def power_limit_w(api, at) -> float:
    site = api.services.sites.get("depot").site
    (row,) = [row for row in site.rows if row.name == "grid power"]
    return row.limit_a.at(at) * site.nominal_v


async def test_an_event_lowers_the_site_while_it_lasts(api):
    await api.ok("POST", "/sites", json=SITE)
    made = await api.ok("POST", "/sites/depot/limit-events", json=event(id="dr-7", reason="grid"))
    assert (made["id"], made["running"], made["reason"]) == ("dr-7", False, "grid")
    assert power_limit_w(api, NOW) == float("inf")
    assert power_limit_w(api, NOW + timedelta(minutes=90)) == pytest.approx(4000)
    assert power_limit_w(api, NOW + timedelta(minutes=120)) == float("inf")
    assert await api.ok("GET", "/sites/depot/limit-events") == [made]
    await api.ok("DELETE", "/sites/depot/limit-events/dr-7")
    assert await api.ok("GET", "/sites/depot/limit-events") == []
    assert all(row.name != "grid power" for row in api.services.sites.get("depot").site.rows)
    await api.problem("DELETE", "/sites/depot/limit-events/dr-7", 404)


async def test_the_same_id_again_replaces_and_an_event_without_one_is_another(api):
    await api.ok("POST", "/sites", json=SITE)
    first = await api.ok("POST", "/sites/depot/limit-events", json=event(id="a"))
    assert await api.ok("POST", "/sites/depot/limit-events", json=event(id="a")) == first
    changed = await api.ok("POST", "/sites/depot/limit-events", json=event(id="a", limit_kw=3))
    assert await api.ok("GET", "/sites/depot/limit-events") == [changed]
    numbered = await api.ok("POST", "/sites/depot/limit-events", json=event())
    assert numbered["id"] not in {"", "a"}
    assert len(await api.ok("GET", "/sites/depot/limit-events")) == 2
    assert power_limit_w(api, NOW + timedelta(minutes=90)) == pytest.approx(3000)


async def resting(api, control) -> None:
    """Until the control sleeps: its timer is a task that begins one turn of the loop after it says so."""
    await api.until(lambda: control.idle)
    await asyncio.sleep(0)


async def test_the_control_plans_anew_at_both_ends_and_drops_what_is_over(api):
    await api.ok("POST", "/sites", json=SITE)
    control = api.services.sites.get("depot")
    await api.until(lambda: control.idle and control.plan is not None)
    begin = NOW + timedelta(seconds=100)  # between two slot boundaries
    end = NOW + timedelta(seconds=200)
    asked = event(start=begin.isoformat(), end=end.isoformat(), limit_a=8, limit_kw=None)
    await api.ok("POST", "/sites/depot/limit-events", json=asked)
    await resting(api, control)
    api.clock.forward(3)  # what comes in a group is answered by one plan
    await api.until(lambda: control.plan.starts[0] == NOW + timedelta(seconds=3) and control.idle)
    for at in (begin, end):
        await resting(api, control)
        api.clock.forward((at - api.clock.now()).total_seconds())
        await api.until(lambda at=at: control.plan.starts[0] == at and control.idle)
    assert await api.ok("GET", "/sites/depot/limit-events") == []
    assert {row.limit_a.values for row in control.site.rows} == {(63.0,)}


WRONG = [
    ({"limit_kw": None}, "either limit_kw or limit_a"),
    ({"limit_a": 10}, "either limit_kw or limit_a"),
    ({"end": NOW.isoformat()}, "after the start"),
    ({"start": "2026-03-01T00:00:00Z", "end": "2026-03-01T01:00:00Z"}, "over already"),
    ({"start": "2026-03-04T00:00:00"}, "zone"),
    ({"node": "cellar"}, "cellar"),
    ({"limit_kw": -1}, "0"),
]


async def test_what_is_wrong_with_an_event_is_said(api):
    await api.ok("POST", "/sites", json=SITE)
    for change, said in WRONG:
        found = await api.problem("POST", "/sites/depot/limit-events", 400, json=event(**change))
        assert said in found["detail"]
    await api.problem("POST", "/sites/nowhere/limit-events", 404, json=event())


async def test_goals_stand_in_order_and_all_of_them_are_known(api):
    for goal in ("peak", "balance", "cost", "solar", "carbon", "priority", "cost,carbon"):
        body = {**SITE, "id": goal.replace(",", "-"), "settings": {"goal": goal}}
        body["definition"] = {
            "nodes": SITE["definition"]["nodes"],
            "evses": [{**SITE["definition"]["evses"][0], "station": f"at-{body['id']}"}],
        }
        made = await api.ok("POST", "/sites", json=body)
        assert made["settings"]["goal"] == goal
    for goal, said in (("cost,cost", "twice"), ("", "none of"), ("cost,peace", "peace")):
        found = await api.problem("POST", "/sites", 400, json={**SITE, "settings": {"goal": goal}})
        assert said in found["detail"]
