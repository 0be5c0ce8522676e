import json
import math
import random
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from tests.charging.published_tariffs import german, of_schedule, published

from chargewright.charging.site import Steps
from chargewright.charging.tariff import DemandCharge, EnergyTariff, read_tariff
from chargewright.errors import InvalidInput

PACIFIC = ZoneInfo("America/Los_Angeles")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)

OFFICE = """
name = "office"
currency = "EUR"
time_zone = "Europe/Berlin"
holidays = ["2026-12-25"]
fixed_per_day = 0.5

[[prices_by_hour]]
weekdays = ["mon", "tue", "wed", "thu", "fri"]
hours = [
  { time_from = 00:00:00, price_per_kwh = 0.20, export_price_per_kwh = 0.08 },
  { time_from = 07:30:00, price_per_kwh = 0.30 },
  { time_from = 20:00:00, price_per_kwh = 0.20, export_price_per_kwh = 0.08 },
]

[[prices_by_hour]]
hours = [{ time_from = 00:00:00, price_per_kwh = 0.15 }]

[[demand]]
name = "capacity"
per_kw = 60.0
period = "year"

[[demand]]
name = "on peak"
per_kw = 5.0
weekdays = ["mon", "tue", "wed", "thu", "fri"]
windows = [{ time_from = 17:00:00, time_until = 20:00:00 }]
"""


def office(**changes) -> EnergyTariff:
    return read_tariff({**tomllib.loads(OFFICE), **changes})


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


# --- prices ---


def price_in_file(raw, local: datetime) -> float:
    """The oracle: the schedule read by hand for one local time."""
    here = (local.month, local.day)
    for row in raw["schedule"]:
        first = tuple(int(n) for n in row["effective_start"].split("-"))
        last = tuple(int(n) for n in row["effective_end"].split("-"))
        in_season = first <= here <= last if first <= last else here >= first or here <= last
        weekend = local.weekday() >= 5
        right_day = row["dow_mask"] == "ALL" or (row["dow_mask"] == "WEEKENDS") == weekend
        if in_season and right_day:
            hour = local.hour + local.minute / 60
            return row["tariffs"][max(n for n, start in enumerate(row["times"]) if start <= hour)]
    raise AssertionError(local)


@pytest.mark.parametrize(
    "name", ["sce_tou_ev_4_march_2019.json", "pge_a10_tou_aug_2019.json", "sce_tou_ev_8_june_2019.json"]
)
@pytest.mark.parametrize(
    "first",
    [date(2019, 3, 9), date(2019, 5, 30), date(2019, 9, 29), date(2019, 11, 2), date(2019, 12, 31)],
    ids=str,
)
def test_published_schedules_hold_at_every_minute_also_when_clocks_change(name, first):
    raw = published(name)
    tariff = of_schedule(raw)
    start = datetime.combine(first, time(0), PACIFIC).astimezone(UTC)
    end = start + timedelta(days=3)
    prices = tariff.prices(start, end)
    now = start
    while now < end:
        assert prices.at(now) == price_in_file(raw, now.astimezone(PACIFIC)), now
        now += MINUTE


def test_a_day_without_two_o_clock_and_one_with_two_of_them():
    # clocks go from 02:00 to 03:00 on 29 March, and from 03:00 back to 02:00 on 25 October
    tariff = office(
        prices_by_hour=[
            {
                "hours": [
                    {"time_from": "00:00:00", "price_per_kwh": 1.0},
                    {"time_from": "02:30:00", "price_per_kwh": 2.0},
                    {"time_from": "03:30:00", "price_per_kwh": 3.0},
                ]
            }
        ]
    )
    short = tariff.prices(at("2026-03-29T00:00"), at("2026-03-30T00:00"))
    assert [t.astimezone(BERLIN).strftime("%H:%M") for t in short.starts] == ["03:00", "03:30"]
    assert short.values == (1.0, 2.0, 3.0)
    long = tariff.prices(at("2026-10-25T00:00"), at("2026-10-26T00:00"))
    assert long.starts == (
        at("2026-10-25T02:30"),
        at("2026-10-25T02:00", fold=1),
        at("2026-10-25T02:30", fold=1),
        at("2026-10-25T03:30"),
    )
    assert long.values == (1.0, 2.0, 1.0, 2.0, 3.0)


def test_a_holiday_is_a_sunday():
    prices = office().prices(at("2026-12-24T00:00"), at("2026-12-26T00:00"))
    assert prices.at(at("2026-12-24T12:00")) == 0.30
    assert prices.at(at("2026-12-25T12:00")) == 0.15


def test_what_is_fed_in_has_a_price_of_its_own():
    export = office().export_prices(at("2026-03-03T00:00"), at("2026-03-04T00:00"))
    assert [export.at(at(f"2026-03-03T{h}:00")) for h in ("07", "08", "20")] == [0.08, 0.0, 0.08]


def test_rules_hold_between_their_dates_and_the_first_one_counts():
    changed = {
        "prices_by_hour": [
            {"valid_from": "2027-01-01", "hours": [{"time_from": "00:00:00", "price_per_kwh": 0.4}]},
            {"valid_until": "2026-12-31", "hours": [{"time_from": "00:00:00", "price_per_kwh": 0.3}]},
        ]
    }
    prices = office(**changed).prices(at("2026-12-31T00:00"), at("2027-01-02T00:00"))
    assert prices == Steps((at("2027-01-01T00:00"),), (0.3, 0.4))


def test_a_tariff_that_follows_the_market_adds_it_with_its_tax():
    tariff = office(market_factor=1.19)
    market = Steps.of([(None, -0.05), (at("2026-03-03T13:00"), 0.10)])
    prices = tariff.prices(at("2026-03-03T12:00"), at("2026-03-03T14:00"), market)
    assert prices.at(at("2026-03-03T12:30")) == pytest.approx(0.30 - 0.05 * 1.19)
    assert prices.at(at("2026-03-03T13:30")) == pytest.approx(0.30 + 0.10 * 1.19)
    with pytest.raises(InvalidInput, match="follows the market"):
        tariff.prices(at("2026-03-03T12:00"), at("2026-03-03T14:00"))


def test_a_day_without_a_price_is_said():
    gap = {
        "prices_by_hour": [{"weekdays": ["mon"], "hours": [{"time_from": "00:00:00", "price_per_kwh": 1}]}]
    }
    with pytest.raises(InvalidInput, match="no price for 2026-03-03"):
        office(**gap).prices(at("2026-03-02T00:00"), at("2026-03-04T00:00"))


# --- demand charges ---


def test_a_month_that_ends_within_the_horizon_makes_two_charges():
    start, end = at("2026-03-31T12:00"), at("2026-04-01T12:00")
    tariff = office(demand=[{"name": "grid", "per_kw": 10.0}])
    assert tariff.demand_charges(start, end, {"grid": 4000.0}) == (
        DemandCharge(
            name="grid 2026-03",
            per_kw=10.0,
            peak_so_far_w=4000.0,
            active=Steps((at("2026-04-01T00:00"),), (1.0, 0.0)),
        ),
        DemandCharge(name="grid 2026-04", per_kw=10.0, active=Steps((at("2026-04-01T00:00"),), (0.0, 1.0))),
    )


def test_spread_a_new_peak_costs_a_days_part_of_what_is_left_of_its_period():
    tariff = office(demand=[{"name": "grid", "per_kw": 31.0}])

    def per_kw(day, hour="00"):
        (charge,) = tariff.demand_charges(
            at(f"{day}T{hour}:00"), at(f"{day}T{hour}:30"), {"grid": 4000.0}, spread=True
        )
        return charge.per_kw

    assert per_kw("2026-01-01") == pytest.approx(1.0)
    assert per_kw("2026-01-22") == pytest.approx(3.1)
    assert per_kw("2026-01-31") == per_kw("2026-01-31", "18") == pytest.approx(31.0)
    both = tariff.demand_charges(at("2026-01-31T12:00"), at("2026-02-01T12:00"), {}, spread=True)
    assert [charge.per_kw for charge in both] == pytest.approx([31.0, 31.0 / 28])


def test_windows_and_weekdays_say_when_power_counts():
    friday, monday = at("2026-03-06T16:00"), at("2026-03-09T18:00")
    capacity, on_peak = office().demand_charges(friday, monday, {"capacity": 7000.0})
    assert capacity == DemandCharge(name="capacity 2026", per_kw=60.0, peak_so_far_w=7000.0)
    assert on_peak.active == Steps(
        (at("2026-03-06T17:00"), at("2026-03-06T20:00"), at("2026-03-09T17:00")), (0.0, 1.0, 0.0, 1.0)
    )
    saturday = office().demand_charges(at("2026-03-07T00:00"), at("2026-03-08T00:00"), {})
    assert [charge.name for charge in saturday] == ["capacity 2026"]


def test_billing_months_may_begin_on_another_day():
    tariff = office(billing_day=20, demand=[{"name": "grid", "per_kw": 10.0}])
    charges = tariff.demand_charges(at("2026-01-19T00:00"), at("2026-01-21T00:00"), {})
    assert [charge.name for charge in charges] == ["grid 2025-12", "grid 2026-01"]
    assert charges[0].active == Steps((at("2026-01-20T00:00"),), (1.0, 0.0))


def test_the_peak_so_far_is_that_of_the_running_period():
    tariff = office(demand=[{"name": "grid", "per_kw": 10.0}])
    start = at("2026-03-31T20:00")
    energy = np.array(
        [8000.0] * 4 + [1000.0, 3000.0]
    )  # an hour each: 20 to 24 h, then the first two of April
    assert tariff.peaks(start, 3600.0, energy) == {"grid": 3000.0}
    assert tariff.peaks(start, 3600.0, energy[:4]) == {"grid": 0.0}  # April begins: nothing yet
    assert tariff.peaks(start, 3600.0, energy[:3]) == {"grid": 8000.0}


@pytest.mark.parametrize("seed", range(12))
def test_random_rules_count_at_the_right_minutes_and_peaks_are_those_of_their_quarters(seed):
    """Against every quarter of an hour looked at on its own, about the days on which clocks change."""
    rng = random.Random(seed)
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    quarters = sorted(rng.sample(range(96), 4))
    windows = [(quarters[0], quarters[1]), (quarters[2], quarters[3])][: rng.randint(1, 2)]
    weekdays = rng.sample(week, rng.randint(2, 7))
    first, last = rng.choice([("01-01", "12-31"), ("10-25", "03-29"), ("03-29", "10-25")])
    holiday = date(2026, 10, rng.randint(23, 28))
    clock = [time(q // 4, q % 4 * 15) for q in range(96)]
    tariff = office(
        holidays=[str(holiday)],
        demand=[
            {
                "name": "x",
                "per_kw": 2.0,
                "first_day": first,
                "last_day": last,
                "weekdays": weekdays,
                "windows": [{"time_from": clock[a], "time_until": clock[b]} for a, b in windows],
            }
        ],
    )
    start = at(rng.choice(("2026-03-26T00:00", "2026-10-23T00:00")))
    count = 5 * 96
    energy = np.array([rng.uniform(0, 1000) for _ in range(count)])

    def counts(instant: datetime) -> bool:
        local = instant.astimezone(BERLIN)
        month_day = f"{local:%m-%d}"
        in_season = first <= month_day <= last if first <= last else month_day >= first or month_day <= last
        weekday = "sun" if local.date() == holiday else week[local.weekday()]
        quarter = local.hour * 4 + local.minute // 15
        return in_season and weekday in weekdays and any(a <= quarter < b for a, b in windows)

    expected = [counts(start + n * timedelta(minutes=15)) for n in range(count)]
    charges = tariff.demand_charges(start, start + timedelta(days=5), {})
    active = charges[0].active if charges else Steps.of(0.0)
    told = [bool(active.at(start + n * timedelta(minutes=15))) for n in range(count)]
    assert told == expected, f"seed {seed}"
    peak_kw = max((4 * wh / 1000 for wh, counted in zip(energy, expected, strict=True) if counted), default=0)
    bill = tariff.bill(start, 900.0, energy)
    assert bill.amount("demand") == pytest.approx(2 * peak_kw), f"seed {seed}"


@pytest.mark.parametrize(
    "bad", [{"per_kw": -1.0}, {"per_kw": math.nan}, {"per_kw": 1.0, "peak_so_far_w": -5.0}], ids=str
)
def test_a_charge_makes_sense(bad):
    with pytest.raises(InvalidInput, match="demand charge x"):
        DemandCharge(name="x", **bad)


# --- bills ---


@pytest.mark.parametrize("seed", range(6))
def test_a_month_of_california_costs_what_a_minute_by_minute_reckoning_says(seed):
    """March (clocks go forward on the 10th) and November 2019, quarter-hourly energy of a garage."""
    raw = published("sce_tou_ev_4_march_2019.json")
    tariff = of_schedule(raw)
    rng = random.Random(seed)
    first = datetime(2019, rng.choice((3, 11)), 1, tzinfo=PACIFIC)
    start = first.astimezone(UTC)
    end = (first + timedelta(days=32)).replace(day=1).astimezone(UTC)
    quarters = int((end - start) / timedelta(minutes=15))
    energy = np.array([rng.choice((0.0, rng.uniform(0, 30_000))) for _ in range(quarters)])
    cost = math.fsum(
        wh / 15 / 1000 * price_in_file(raw, (start + (15 * k + m) * MINUTE).astimezone(PACIFIC))
        for k, wh in enumerate(energy)
        for m in range(15)
    )
    bill = tariff.bill(start, 900.0, energy)
    assert bill.amount("energy") == pytest.approx(cost, rel=1e-9), f"seed {seed}"
    assert bill.amount("demand") == pytest.approx(15.51 * energy.max() * 4 / 1000), f"seed {seed}"
    assert bill.total == pytest.approx(cost + 15.51 * energy.max() * 4 / 1000), f"seed {seed}"


def test_steps_that_straddle_a_price_change_are_divided_evenly():
    # 07:00 to 08:00 at 10 kWh: half before 07:30
    bill = office(demand=[], fixed_per_day=0.0).bill(at("2026-03-03T07:00"), 3600.0, np.array([10_000.0]))
    assert bill.total == pytest.approx(5 * 0.20 + 5 * 0.30)


def test_demand_is_the_average_over_the_rules_own_interval_and_inside_its_window():
    # one minute of 60 kW within a quarter of an hour is 4 kW
    minutes = np.zeros(180)
    minutes[35] = 1000.0  # 17:05, on peak
    minutes[10] = 3000.0  # 16:40, not on peak
    bill = office(fixed_per_day=0.0).bill(at("2026-03-03T16:30"), 60.0, minutes)
    kw = {line.name: line.quantity for line in bill.lines if line.component == "demand"}
    assert kw == pytest.approx({"capacity": 12.0, "on peak": 4.0})


def test_what_was_paid_for_is_not_billed_again():
    energy = np.full(4, 5000.0)
    tariff = office(demand=[{"name": "grid", "per_kw": 10.0}], fixed_per_day=0.0)
    start = at("2026-03-03T12:00")
    assert tariff.bill(start, 900.0, energy, peaks_so_far={"grid": 18_000.0}).amount(
        "demand"
    ) == pytest.approx(20.0)
    assert tariff.bill(start, 900.0, energy, peaks_so_far={"grid": 20_000.0}).amount("demand") == 0.0


def test_energy_fed_in_earns_and_does_not_set_a_peak():
    bill = office(fixed_per_day=0.0).bill(at("2026-03-03T05:00"), 3600.0, np.array([-10_000.0]))
    assert bill.amount("export") == pytest.approx(-0.8)
    assert bill.amount("energy") == 0.0
    assert bill.amount("demand") == 0.0


def test_a_day_is_a_day_however_many_hours_it_has():
    tariff = office(demand=[])
    for day, hours in ((29, 23), (30, 24)):
        bill = tariff.bill(at(f"2026-03-{day}T00:00"), 3600.0, np.zeros(hours))
        assert bill.amount("fixed") == pytest.approx(0.5)


def test_a_german_year_pays_for_its_highest_quarter_of_an_hour():
    tariff = german(
        published("de_grid_fees_price_sheet.json"),
        published("de_peak_load_time_windows.json"),
        level="MV",
        hours="<2500_h/a",
    )
    start = at("2020-01-01T00:00")
    energy = np.full(366 * 96, 2500.0)  # 10 kW throughout
    energy[round((at("2020-07-01T13:00") - start) / timedelta(minutes=15))] = 25_000.0
    energy[round((at("2020-01-13T17:00") - start) / timedelta(minutes=15))] = 15_000.0
    bill = tariff.bill(start, 900.0, energy)
    sheet = published("de_grid_fees_price_sheet.json")["default_grid_operator"]
    per_kwh = (sheet["grid_fee"]["RLM"]["<2500_h/a"]["commodity_charge_ct/kWh"]["MV"] + 7.7) / 100
    assert bill.amount("energy") == pytest.approx(energy.sum() / 1000 * per_kwh)
    assert bill.amount("demand") == pytest.approx(100 * 41.06)
    assert tariff.peaks(start, 900.0, energy[:-4]) == pytest.approx(
        {
            "capacity": 100_000.0,
            "peak load window 01-01": 60_000.0,  # the one in July lies in no window
            "peak load window 12-01": 10_000.0,
        }
    )


# --- reading ---


def test_toml_and_json_say_the_same():
    tariff = office()
    assert read_tariff(json.loads(msgspec.json.encode(tariff))) == tariff
    assert msgspec.json.decode(msgspec.json.encode(tariff), type=EnergyTariff) == tariff


HOURS = [{"time_from": "00:00:00", "price_per_kwh": 0.2}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prices": []}, "unknown field `prices`"),
        ({"time_zone": "Europe/Entenhausen"}, "no such time zone"),
        ({"prices_by_hour": []}, "has no prices"),
        ({"prices_by_hour": [{"hours": []}]}, r"prices_by_hour\[0\]: the first price of a day"),
        (
            {"prices_by_hour": [{"hours": [{"time_from": "01:00:00", "price_per_kwh": 0.2}]}]},
            "begins at 00:00:00",
        ),
        ({"prices_by_hour": [{"hours": HOURS + HOURS}]}, "in order"),
        ({"prices_by_hour": [{"first_day": "6-1", "hours": HOURS}]}, r"\$.prices_by_hour\[0\].first_day"),
        ({"prices_by_hour": [{"weekdays": ["monday"], "hours": HOURS}]}, "weekdays"),
        ({"demand": [{"name": "a", "per_kw": 1}, {"name": "a", "per_kw": 2}]}, "one name"),
        ({"demand": [{"name": "a", "per_kw": -1}]}, r"\$.demand\[0\].per_kw"),
        (
            {
                "demand": [
                    {
                        "name": "a",
                        "per_kw": 1,
                        "windows": [{"time_from": "20:00:00", "time_until": "06:00:00"}],
                    }
                ]
            },
            "over midnight",
        ),
        ({"currency": "Euro"}, "currency"),
        ({"billing_day": 29}, "billing_day"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said(change, said):
    with pytest.raises(InvalidInput, match=said):
        office(**change)
