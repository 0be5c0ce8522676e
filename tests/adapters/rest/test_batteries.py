"""Who runs a battery tells its state and reads its order, over HTTP."""

from datetime import timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW

SITE = {
    "id": "depot",
    "name": "Depot",
    "definition": {
        "nodes": [{"id": "grid", "limit_a": 63}],
        "evses": [{"station": "CS1", "node": "grid", "connection": "RST", "current_max_a": 32}],
        "batteries": [
            {
                "id": "cellar",
                "node": "grid",
                "power_max_w": 10_000,
                "discharge_power_max_w": 8_000,
                "capacity_wh": 30_000,
                "reserve_wh": 3_000,
            }
        ],
    },
    "settings": {
        "goal": "cost",
        "prices": [[NOW.isoformat(), 0.1], [(NOW + timedelta(hours=2)).isoformat(), 0.5]],
        "export_prices": [[NOW.isoformat(), 0.05], [(NOW + timedelta(hours=2)).isoformat(), 0.45]],
    },
}
PATH = "/sites/depot/batteries"


async def test_a_battery_is_told_what_to_do_once_it_said_what_it_holds(api):
    await api.ok("POST", "/sites", json=SITE)
    (battery,) = await api.ok("GET", PATH)
    assert (battery["planned"], battery["order"], battery["told_at"]) == (False, None, None)
    told = await api.ok("POST", f"{PATH}/cellar", json={"soc_percent": 50, "power_w": 0})
    assert (told["energy_wh"], told["planned"]) == (15_000, True)
    control = api.services.sites.get("depot")
    await api.until(lambda: control.idle)
    api.clock.forward(3)  # what comes in a group is answered by one plan
    await api.until(lambda: api.services.batteries.of(control.record)[0][1].orders)
    told = await api.ok("POST", f"{PATH}/cellar", json={"energy_wh": 15_000})
    # cheap now, dear in two hours: 15 kWh more fit in at 10 kW, and earliest is best
    assert told["order"]["power_w"] == pytest.approx(10_000, abs=70)
    assert told["order"]["until"] > (NOW + timedelta(minutes=10)).isoformat()
    assert await api.ok("GET", PATH) == [told]


async def test_what_makes_no_sense_is_refused_exactly(api):
    await api.ok("POST", "/sites", json=SITE)
    problem = await api.problem("POST", f"{PATH}/attic", 404, json={"energy_wh": 1})
    assert "no such battery" in problem["detail"]
    for body in ({}, {"energy_wh": 1, "soc_percent": 2}):
        problem = await api.problem("POST", f"{PATH}/cellar", 400, json=body)
        assert "either energy_wh or soc_percent" in problem["detail"]
    problem = await api.problem("POST", f"{PATH}/cellar", 400, json={"energy_wh": 30_001})
    assert "between 0 and 30000 Wh" in problem["detail"]
    broken = {
        **SITE,
        "id": "other",
        "definition": {**SITE["definition"], "nodes": [{"id": "main"}], "evses": []},
    }
    problem = await api.problem("POST", "/sites", 400, json=broken)
    assert "unknown node 'grid'" in problem["detail"]
