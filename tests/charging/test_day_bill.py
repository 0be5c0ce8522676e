"""The bill of a day against figures by hand, and ways of charging against each other."""

import random
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest

from chargewright.charging.day_bill import Day, Stay, bill_day
from chargewright.charging.site import EvseKey, Node, Outlet, Steps, from_tree
from chargewright.charging.tariff import DemandRule, EnergyTariff, HourPrice, PriceRule
from chargewright.ids import SiteId, StationId

START = datetime(2026, 3, 2, tzinfo=UTC)


def key(number: int) -> EvseKey:
    return EvseKey(StationId(f"e{number}"))


def tariff(*, per_kw: float = 0.0) -> EnergyTariff:
    hours = (
        HourPrice(time_from=time(0), price_per_kwh=0.4),
        HourPrice(time_from=time(12), price_per_kwh=0.1),
    )
    demand = (DemandRule(name="grid", per_kw=per_kw),) if per_kw else ()
    return EnergyTariff(prices_by_hour=(PriceRule(hours=hours),), demand=demand)


def day(stays, *, limit_a=32.0, per_kw=0.0, peaks=None, evses=4, base_w=0.0, carbon=None) -> Day:
    outlets = [Outlet(key=key(i), node="main", connection="R", current_max_a=32.0) for i in range(evses)]
    return Day(
        site=from_tree(SiteId("s"), "s", [Node(id="main", limit_a=limit_a)], outlets),
        start=START,
        step_s=900.0,
        slots=96,
        stays=stays,
        tariff=tariff(per_kw=per_kw),
        peaks_so_far_w=peaks or {},
        carbon_g_per_kwh=carbon,
        base_w=np.full(96, base_w),
    )


def stay(number: int, begin_h: float, end_h: float, charged: dict[int, float]) -> Stay:
    """`charged`: Wh by hour."""
    energy = np.zeros(96)
    for hour, wh in charged.items():
        energy[hour * 4 : hour * 4 + 4] = wh / 4
    return Stay(
        evse=key(number),
        arrival=START + timedelta(hours=begin_h),
        departure=START + timedelta(hours=end_h),
        current_max_a=16.0,
        watts_per_a=230.0,
        energy_wh=energy,
    )


def test_one_car_by_hand():
    # 3680 Wh, at 16 A one hour; charged at 10, where a kWh costs 0.4; it stayed from 8 to 14, and 12 is cheap
    found = {one.way: one for one in bill_day(day([stay(0, 8, 14, {10: 3680})], per_kw=10.0))}
    assert list(found) == ["real", "uncontrolled", "equal share", "optimum"]
    assert {round(one.energy_wh) for one in found.values()} == {3680}
    money = {way: one.bill.amount("energy") for way, one in found.items()}
    assert money["real"] == pytest.approx(3.68 * 0.4)
    assert money["uncontrolled"] == pytest.approx(3.68 * 0.4)
    # a kW costs 10: flat over the six hours it stays is best, four of them dear and two cheap
    assert found["optimum"].peak_w == pytest.approx(3680 / 6, rel=1e-3)
    assert money["optimum"] == pytest.approx(3.68 * (4 * 0.4 + 2 * 0.1) / 6, rel=1e-3)
    assert found["optimum"].bill.total == pytest.approx(1.104 + 6.133, rel=1e-3)
    assert found["uncontrolled"].bill.total == pytest.approx(1.472 + 36.8)
    assert found["real"].slots_over is None


def test_a_peak_that_is_paid_already_costs_nothing_more():
    asked = day([stay(0, 8, 14, {10: 3680})], per_kw=10.0, peaks={"grid": 5000.0})
    assert all(one.bill.amount("demand") == 0 for one in bill_day(asked))


def test_equal_share_halves_the_limit_and_gives_what_a_full_car_leaves():
    # two cars under 16 A: 8 A each; the first wants one hour of 8 A, then the second has it all
    stays = [stay(0, 8, 12, {8: 1840}), stay(1, 8, 12, {9: 1840 + 3680})]
    found = {one.way: one for one in bill_day(day(stays, limit_a=16.0))}
    assert found["equal share"].missing_wh == pytest.approx(0.0, abs=5)
    assert found["equal share"].slots_over == 0
    assert found["equal share"].peak_w == pytest.approx(3680, rel=1e-3)
    assert found["uncontrolled"].slots_over == 2  # both at 16 A for half an hour
    assert found["uncontrolled"].peak_w == pytest.approx(7360)


def test_carbon_and_the_base_load_count():
    carbon = Steps.of([(None, 500.0), (START + timedelta(hours=12), 100.0)])
    found = {
        one.way: one for one in bill_day(day([stay(0, 8, 14, {10: 3680})], carbon=carbon, base_w=1000.0))
    }
    base_kg = 12 * 0.5 + 12 * 0.1
    assert found["real"].carbon_kg == pytest.approx(base_kg + 3.68 * 0.5)
    assert found["optimum"].carbon_kg == pytest.approx(base_kg + 3.68 * 0.1, rel=1e-3)
    assert found["real"].peak_w == pytest.approx(4680)


def test_a_day_without_cars_costs_what_the_house_costs():
    assert [one.bill.total for one in bill_day(day([], base_w=1000.0))] == [pytest.approx(12 * 0.5)] * 4


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_keeps_the_limits_and_no_way_that_keeps_them_is_cheaper(seed):
    rng = random.Random(seed)
    stays = []
    for number in range(4):
        begin = rng.randrange(0, 14)
        length = rng.randrange(2, 9)
        stays.append(stay(number, begin, begin + length, {begin + length - 1: rng.uniform(1000, 3000)}))
    found = {one.way: one for one in bill_day(day(stays, limit_a=20.0, per_kw=2.0))}
    assert found["optimum"].slots_over == 0, f"seed {seed}"
    assert found["equal share"].slots_over == 0, f"seed {seed}"
    assert found["optimum"].missing_wh == pytest.approx(0.0, abs=10), f"seed {seed}"
    for other in ("equal share", "real"):
        if found[other].missing_wh < 1:
            assert found["optimum"].bill.total <= found[other].bill.total * 1.002, f"seed {seed}"
