import copy
from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW
from tests.adapters.rest.rest_stories import SITE


async def planned(api, site_id: str = "depot") -> None:
    await api.until(lambda: api.services.sites.get(site_id).plan is not None)


async def test_a_site_is_kept_and_controlled(api):
    made = await api.ok("POST", "/sites", json=SITE)
    assert made["name"] == "Depot"
    assert made["enforced"] is True
    # 63 A less 5 A of base load leave each of the two stations more than 6 A for ever.
    assert made["base_current_a"].keys() == {"CS1/1", "CS2/1"}
    assert await api.ok("GET", "/sites/depot") == made
    (summary,) = await api.ok("GET", "/sites")
    assert (summary["id"], summary["evses"], summary["goal"]) == ("depot", 2, "balance")
    stored = await api.store.read(lambda records: records.site("depot"))
    assert stored.name == "Depot"


async def test_a_site_is_replaced(api):
    await api.ok("POST", "/sites", json=SITE)
    body = {"name": "New", "definition": SITE["definition"], "settings": {"goal": "peak", "lease_s": 600}}
    changed = await api.ok("PUT", "/sites/depot", json=body)
    assert (changed["name"], changed["settings"]["goal"], changed["settings"]["lease_s"]) == (
        "New",
        "peak",
        600,
    )


async def test_a_site_that_exists_is_not_made_again(api):
    await api.ok("POST", "/sites", json=SITE)
    await api.problem("POST", "/sites", 409, json=SITE)


async def test_a_station_belongs_to_one_site(api):
    await api.ok("POST", "/sites", json=SITE)
    found = await api.problem("POST", "/sites", 400, json={**SITE, "id": "other"})
    assert "depot" in found["detail"]
    assert found["path"] == "station CS1"


def without(*path):
    body = copy.deepcopy(SITE)
    place = body
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return body


def changed(value, *path):
    body = copy.deepcopy(SITE)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


FAULTY = {
    "no id": (without("id"), "id", "missing"),
    "an id with a slash": (changed("a/b", "id"), "id", "regex"),
    "no wires": (without("definition"), "definition", "missing"),
    "a word for a current": (
        changed("much", "definition", "evses", 1, "current_max_a"),
        "definition.evses[1].current_max_a",
        "float",
    ),
    "a field that nobody knows": (
        changed(1, "definition", "nodes", 0, "limitA"),
        "definition.nodes[0].limitA",
        "unknown",
    ),
    "a parent that is not there": (
        changed("nowhere", "definition", "nodes", 0, "parent"),
        "node grid",
        "nowhere",
    ),
    "a connection that does not exist": (
        changed("XYZ", "definition", "evses", 0, "connection"),
        "EVSE CS1/1",
        "XYZ",
    ),
    "a goal that does not exist": (changed({"goal": "peace"}, "settings"), "goal", "peace"),
    "prices out of order": (
        changed({"prices": [["2026-03-03T02:00:00Z", 0.1], ["2026-03-03T01:00:00Z", 0.2]]}, "settings"),
        "settings.prices[1]",
        "order",
    ),
    "a price without a zone": (
        changed({"prices": [["2026-03-03T02:00:00", 0.1]]}, "settings"),
        "settings.prices[0]",
        "zone",
    ),
}


@pytest.mark.parametrize("fault", FAULTY)
async def test_a_faulty_site_is_refused_with_the_place_of_the_fault(api, fault):
    body, path, word = FAULTY[fault]
    found = await api.problem("POST", "/sites", 400, json=body)
    assert found["path"] == path
    assert word in found["detail"]
    assert await api.ok("GET", "/sites") == []


async def test_limits_change_where_they_are_named(api):
    await api.ok("POST", "/sites", json=SITE)
    before = await api.ok("GET", "/sites/depot/limits")
    assert before == {"nodes": [{"id": "grid", "limit_a": 63.0, "base_a": 5.0}], "limit_kw": None}
    node = {"id": "grid", "limit_a": 40.0, "base_a": {"r": 1.0, "s": 2.0, "t": 3.0}}
    after = await api.ok("PUT", "/sites/depot/limits", json={"nodes": [node]})
    assert after["nodes"] == [node]
    assert await api.ok("GET", "/sites/depot/limits") == after
    rows = {row.name: row for row in api.services.sites.get("depot").site.rows}
    assert rows["grid S"].limit_a.values == (40.0,)
    assert rows["grid S"].base_a.values == (2.0,)


async def test_limits_of_a_node_that_is_not_there_are_refused(api):
    await api.ok("POST", "/sites", json=SITE)
    found = await api.problem(
        "PUT", "/sites/depot/limits", 400, json={"nodes": [{"id": "roof", "limit_a": 1}]}
    )
    assert (found["path"], "roof" in found["detail"]) == ("nodes", True)
    await api.problem("PUT", "/sites/depot/limits", 400, json={"limit_kw": 50})
    await api.problem("PUT", "/sites/depot/limits", 400, json={"limit_kw": -1})


async def test_the_goal_changes_with_prices(api):
    await api.ok("POST", "/sites", json=SITE)
    goal = {
        "goal": "cost",
        "prices": [["2026-03-03T00:00:00Z", 0.3], ["2026-03-03T12:00:00Z", 0.1]],
        "demand_charge_per_kw": 9.5,
        "currency": "CHF",
    }
    assert await api.ok("PUT", "/sites/depot/goal", json=goal) == goal
    assert await api.ok("GET", "/sites/depot/goal") == goal
    assert (await api.problem("PUT", "/sites/depot/goal", 400, json={"goal": "fun"}))["path"] == "goal"


async def test_the_plan_in_force_is_shown(api):
    await api.ok("POST", "/sites", json=SITE)
    await planned(api)
    plan = await api.ok("GET", "/sites/depot/plan")
    assert plan["goal"] == "balance"
    assert plan["start"] == "2026-03-03T09:00:00Z"
    assert (plan["sessions"], plan["violations"]) == ([], [])


async def test_before_the_first_plan_there_is_none(api):
    await api.ok("POST", "/sites", json={**SITE, "settings": {"enabled": False}})
    assert (await api.problem("GET", "/sites/depot/plan", 404))["path"] == "depot/plan"
    await api.problem("POST", "/sites/depot/replan", 409)


async def test_a_plan_is_made_when_asked_for(api):
    await api.ok("POST", "/sites", json=SITE)
    await planned(api)
    control = api.services.sites.get("depot")
    await api.until(lambda: control.idle)
    before = control.plans_made
    assert (await api.ok("POST", "/sites/depot/replan"))["site"] == "depot"
    soon = NOW + timedelta(seconds=10)
    await api.until(lambda: any(due < soon for due, _ in api.clock.sleepers))
    api.clock.forward(10)  # the loop waits a moment for more changes
    await api.until(lambda: control.plans_made > before)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"definition": SITE["definition"]}),
        ("GET", "/limits", None),
        ("PUT", "/limits", {}),
        ("GET", "/goal", None),
        ("PUT", "/goal", {"goal": "peak"}),
        ("GET", "/plan", None),
        ("POST", "/replan", None),
        ("GET", "/live", None),
    ],
)
async def test_a_site_that_is_not_there_is_not_found(api, method, path, body):
    found = await api.problem(
        method, f"/sites/nowhere{path}", 404, **({} if body is None else {"json": body})
    )
    assert found["path"] == "nowhere"
