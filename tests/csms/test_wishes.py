"""What a site asks of its plan."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Steps
from chargewright.charging.tariff import DemandCharge
from chargewright.csms.site_definition import read_definition, site_of
from chargewright.csms.site_outlook import Outlook
from chargewright.csms.wishes import asked_of, goals_of, with_base
from chargewright.domain.site import SiteSettings
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def outlook(**more) -> Outlook:
    return Outlook(start=NOW, end=NOW + timedelta(days=2), currency="EUR", **more)


@pytest.mark.parametrize("goal", list(Goal))
def test_every_goal_has_its_word(goal):
    assert goals_of(goal.value) == (goal,)


def test_goals_stand_in_order():
    assert goals_of("cost, carbon") == (Goal.COST, Goal.CARBON)
    for wrong in ("", "cost,", "cost,cost", "peace"):
        with pytest.raises(InvalidInput):
            goals_of(wrong)


def test_what_the_tariff_earns_goes_before_what_the_settings_say():
    settings = SiteSettings(goal="cost", export_prices=((NOW, 0.08),), energy_value_per_kwh=0.6)
    asked = asked_of(settings, outlook())
    assert asked["export_prices"].at(LATER) == 0.08
    assert asked["energy_value_per_kwh"] == 0.6
    told = asked_of(settings, outlook(export_prices=Steps.of(0.05), prices=Steps.of(0.3)))
    assert told["export_prices"].at(LATER) == 0.05
    assert told["prices"].at(LATER) == 0.3


def wired(base_a):
    definition = read_definition(
        json.dumps(
            {
                "nodes": [
                    {"id": "main", "limit_a": 63, "limit_kw": 40, "base_a": base_a},
                    {"id": "panel", "parent": "main", "limit_a": 32},
                ],
                "evses": [{"station": "A", "node": "panel", "connection": "RST", "current_max_a": 32}],
            }
        ).encode()
    )
    return site_of(SiteId("s"), "s", definition), definition


def test_a_forecast_house_is_kept_free_at_the_connection_and_what_it_feeds_in_frees_nothing():
    site, definition = wired(0)
    found = with_base(site, definition, Steps.of([(None, 6900.0), (LATER, -5000.0)]))
    base = {row.name: (row.base_a.at(NOW), row.base_a.at(LATER)) for row in found.rows}
    assert base["main R"] == (pytest.approx(10.0), 0.0)
    assert base["main power"] == (pytest.approx(30.0), 0.0)
    assert base["panel R"] == (0.0, 0.0)
    assert with_base(site, definition, None) is site


def test_a_house_that_the_definition_knows_stays_as_it_says():
    site, definition = wired(5)
    assert with_base(site, definition, Steps.of(6900.0)) is site


def test_a_peak_that_is_expected_anyway_costs_nothing():
    charges = (DemandCharge(name="a", per_kw=5.0, peak_so_far_w=20e3), DemandCharge(name="b", per_kw=1.0))
    asked = asked_of(SiteSettings(goal="cost", peak_expected_w=30e3), outlook(demand_charges=charges))
    assert [(c.name, c.peak_so_far_w) for c in asked["demand_charges"]] == [("a", 30e3), ("b", 30e3)]
    assert asked["peak_so_far_w"] == 30e3
    higher = asked_of(SiteSettings(goal="cost", peak_expected_w=10e3), outlook(demand_charges=charges))
    assert [c.peak_so_far_w for c in higher["demand_charges"]] == [20e3, 10e3]
