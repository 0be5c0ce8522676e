"""The reckoning: by hand, by a second way that counts every second, and what must hold whatever the tariff."""

import random
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from chargewright.domain.cost import Conditions, Part, Price, Stretch, Tariff, TaxRate, cost_of

T0 = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # a Monday
VAT = (TaxRate("VAT", Decimal(19)),)


def price(amount: str, **conditions) -> Price:
    return Price(Decimal(amount), Conditions(**conditions))


def part(*prices: Price, taxes=()) -> Part:
    return Part(prices, taxes)


def stretch(minutes: float, until: float, kwh: str, *, charging: bool | None = True) -> Stretch:
    begin, end = T0 + timedelta(minutes=minutes), T0 + timedelta(minutes=until)
    return Stretch(begin, end, Decimal(kwh) * 1000, charging)


def lines(tariff: Tariff, *stretches: Stretch, **more) -> dict[str, tuple[str, str]]:
    cost = cost_of(tariff, stretches, at=T0, **more)
    return {line.part: (str(line.net), str(line.tax)) for line in cost.lines}


def test_energy_time_idle_and_fee_each_with_their_tax():
    tariff = Tariff(
        "t",
        "EUR",
        energy=part(price("0.39"), taxes=VAT),
        charging_time=part(price("1.20")),
        idle_time=part(price("6.00"), taxes=VAT),
        fixed=part(price("0.50"), taxes=VAT),
    )
    # 10 kWh in 60 min, 30 min idle: 3.90, 1.20, 3.00, 0.50
    assert lines(tariff, stretch(0, 60, "10"), stretch(60, 90, "0", charging=False)) == {
        "energy": ("3.90", "0.74"),
        "charging time": ("1.20", "0.00"),
        "idle time": ("3.00", "0.57"),
        "fixed": ("0.50", "0.10"),
    }


def test_a_price_of_the_night_counts_from_ten_local_time():
    night = price("0.20", time_from=time(22), time_until=time(6))
    tariff = Tariff("t", "EUR", energy=part(night, price("0.40")), time_zone="Europe/Berlin")
    # 20:00 UTC is 21:00 in Berlin: one hour of day (6 kWh), two of night (12 kWh).
    assert lines(tariff, stretch(0, 180, "18")) == {"energy": ("4.80", "0.00")}


def test_a_day_of_the_week_ends_at_local_midnight():
    tuesday = price("1.00", days=("Tuesday",))
    tariff = Tariff("t", "EUR", energy=part(tuesday, price("0.10")), time_zone="Europe/Berlin")
    # 21:00 to 03:00 in Berlin, 6 kWh: three of Monday, three of Tuesday.
    assert lines(tariff, stretch(0, 360, "6")) == {"energy": ("3.30", "0.00")}


def test_the_first_kilowatt_hours_and_the_first_minutes_may_be_cheaper():
    energy = part(price("0", energy_wh_max=Decimal(5000)), price("0.50"))
    idle = part(price("0", idle_s_max=900), price("12.00"))
    tariff = Tariff("t", "EUR", energy=energy, idle_time=idle)
    found = lines(tariff, stretch(0, 60, "8"), stretch(60, 120, "0", charging=False))
    assert found == {"energy": ("1.50", "0.00"), "idle time": ("9.00", "0.00")}


def test_what_is_held_back_by_the_operator_costs_no_time():
    tariff = Tariff("t", "EUR", charging_time=part(price("6")), idle_time=part(price("60")))
    assert lines(tariff, stretch(0, 60, "0", charging=None)) == {}


def test_a_price_that_asks_for_what_nobody_knows_is_passed_over():
    tariff = Tariff("t", "EUR", energy=part(price("9", current_a_min=Decimal(1)), price("1")))
    assert lines(tariff, stretch(0, 60, "1")) == {"energy": ("1.00", "0.00")}


def test_kinds_of_evses_and_powers_have_their_prices():
    fast = price("0.80", power_w_min=Decimal(50_000))
    tariff = Tariff("t", "EUR", energy=part(fast, price("0.60", evse_kind="DC"), price("0.40")))
    assert lines(tariff, stretch(0, 6, "10"), evse_kind="DC") == {"energy": ("8.00", "0.00")}
    assert lines(tariff, stretch(0, 60, "10"), evse_kind="DC") == {"energy": ("6.00", "0.00")}
    assert lines(tariff, stretch(0, 60, "10"), evse_kind="AC") == {"energy": ("4.00", "0.00")}


def test_a_reservation_costs_what_it_costs():
    tariff = Tariff("t", "EUR", reservation_time=part(price("2.00")), reservation_fixed=part(price("0.30")))
    found = lines(tariff, stretch(0, 60, "1"), reserved_s=Decimal(1800))
    assert found == {"reservation time": ("1.00", "0.00"), "reservation fixed": ("0.30", "0.00")}


@pytest.mark.parametrize(
    ("kwh", "limited", "net", "gross"), [("1", "min", "2.00", "2.38"), ("100", "max", "9.00", "10.71")]
)
def test_a_total_is_kept_within_its_limits_and_taxed_as_what_it_is_for(kwh, limited, net, gross):
    tariff = Tariff(
        "t",
        "EUR",
        energy=part(price("0.40"), taxes=VAT),
        total_min=Decimal("2.00"),
        total_max=Decimal("9.00"),
    )
    cost = cost_of(tariff, [stretch(0, 60, kwh)], at=T0)
    assert (cost.limited, str(cost.net), str(cost.gross)) == (limited, net, gross)


def test_a_tax_on_a_tax():
    taxes = (TaxRate("city", Decimal(10)), TaxRate("VAT", Decimal(20), stack=1))
    tariff = Tariff("t", "EUR", energy=part(price("1.00"), taxes=taxes))
    # 10.00, 1.00 of city tax, 20 percent of 11.00
    assert lines(tariff, stretch(0, 60, "10")) == {"energy": ("10.00", "3.20")}


def by_the_second(tariff: Tariff, stretches: list[Stretch]) -> Decimal:
    """The energy part, reckoned second by second: another way to the same sum."""
    total, energy_wh, elapsed_s = Decimal(0), Decimal(0), 0
    assert tariff.energy is not None
    for one in stretches:
        seconds = int((one.end - one.begin).total_seconds())
        each = one.energy_wh / seconds if seconds else Decimal(0)
        for n in range(seconds):
            at = one.begin + timedelta(seconds=n)
            for p in tariff.energy.prices:
                c = p.conditions
                now = at.time()
                if c.time_from is not None and c.time_until is not None:
                    in_day = c.time_from <= now < c.time_until
                    over_midnight = c.time_from > c.time_until and (now >= c.time_from or now < c.time_until)
                    if not (in_day or over_midnight):
                        continue
                if c.duration_s_max is not None and elapsed_s >= c.duration_s_max:
                    continue
                total += each * p.amount / 1000
                break
            energy_wh += each
            elapsed_s += 1
    return total.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@pytest.mark.parametrize("seed", range(25))
def test_cutting_at_conditions_gives_what_counting_seconds_gives(seed: int):
    rng = random.Random(seed)
    stretches, minute = [], 0
    for _ in range(rng.randint(1, 4)):
        length = rng.randint(1, 240)
        stretches.append(stretch(minute, minute + length, str(rng.randint(0, 40))))
        minute += length
    prices = [
        price(
            str(Decimal(rng.randint(1, 90)) / 100),
            time_from=time(rng.randrange(24), rng.randrange(60)),
            time_until=time(rng.randrange(24), rng.randrange(60)),
        ),
        price("0.77", duration_s_max=rng.randint(1, 300) * 60),
        price("0.31"),
    ]
    rng.shuffle(prices)
    tariff = Tariff("t", "EUR", energy=Part((*prices, price("0.31"))), digits=4)
    found = cost_of(tariff, stretches, at=T0)
    expected = by_the_second(tariff, stretches)
    assert abs(found.net - expected) <= Decimal("0.0001"), f"seed {seed}"


@pytest.mark.parametrize("seed", range(25))
def test_the_lines_add_up_and_nothing_is_lost_in_cutting(seed: int):
    rng = random.Random(seed)
    amounts = [str(Decimal(rng.randint(0, 9999)) / 10_000) for _ in range(4)]
    limit = Decimal(rng.randint(0, 500)) / 100
    tariff = Tariff(
        "t",
        "EUR",
        energy=part(price(amounts[0], energy_wh_max=Decimal(3000)), price(amounts[1]), taxes=VAT),
        charging_time=part(price(amounts[2], time_from=time(21, 17))),
        fixed=part(price(amounts[3]), taxes=VAT),
        total_max=rng.choice([None, limit]),
    )
    stretches = [stretch(30 * n, 30 * n + 30, str(Decimal(rng.randint(0, 9999)) / 1000)) for n in range(5)]
    cost = cost_of(tariff, stretches, at=T0)
    assert cost.gross == sum((line.net + line.tax for line in cost.lines), Decimal(0)), f"seed {seed}"
    energy = next(line for line in cost.lines if line.part == "energy")
    assert energy.quantity * 1000 == pytest.approx(sum(s.energy_wh for s in stretches)), f"seed {seed}"
    if tariff.total_max is not None:
        assert cost.net <= max(tariff.total_max, Decimal(0)), f"seed {seed}"
