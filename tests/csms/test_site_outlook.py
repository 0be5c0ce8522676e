"""What a plan is told, against what was put in by hand."""

import math
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.adapters.rest.rest_harness import NOW, ManualClock
from tests.csms.fresh_database import fresh_store

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.charging.site import Steps
from chargewright.charging.tariff import DemandCharge, read_tariff
from chargewright.csms.energy import energy_services
from chargewright.csms.market import Area
from chargewright.domain import events
from chargewright.domain.market import MarketPoint, MarketSeries, MarketUnavailable
from chargewright.domain.site import SiteRecord, SiteSettings
from chargewright.domain.site_measurement import SiteMeasurement
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
SITE = SiteId("depot")
END = NOW + DAY
TARIFF = {
    "currency": "CHF",
    "prices_by_hour": [
        {
            "hours": [
                {"time_from": "00:00:00", "price_per_kwh": 0.1, "export_price_per_kwh": 0.05},
                {"time_from": "18:00:00", "price_per_kwh": 0.3},
            ]
        }
    ],
    "demand": [{"name": "grid", "per_kw": 10.0}],
}


class Hourly:
    """A provider with the value of each hour; the next day is known from noon on."""

    def __init__(self, name, kind, unit, value, clock) -> None:
        self.name, self.kind, self.refresh_s = name, kind, 3600.0
        self.unit, self.value, self.clock = unit, value, clock

    async def fetch(self, area, start, end):
        if area == "nowhere":
            raise MarketUnavailable("HTTP 404", provider=self.name)
        midnight = self.clock.now().replace(hour=0)
        known = midnight + (2 if self.clock.now().hour >= 12 else 1) * DAY
        at = start.replace(minute=0, second=0, microsecond=0)
        points = []
        while at < min(end, known):
            points.append(MarketPoint(at, at + HOUR, self.value(at)))
            at += HOUR
        return MarketSeries(
            provider=self.name, area=area, kind=self.kind, unit=self.unit, points=tuple(points)
        )


class Bench:
    def __init__(self, store) -> None:
        self.clock = ManualClock()
        self.store = store
        self.bus = InProcessBus()
        providers = [
            Hourly("spot", "price", "CHF/kWh", lambda at: at.hour / 100 - 0.02, self.clock),
            Hourly("grid", "carbon", "g/kWh", lambda at: 300.0 - at.hour, self.clock),
        ]
        self.energy = energy_services(
            store=self.store, bus=self.bus, clock=self.clock, providers={p.name: p for p in providers}
        )
        self.outlooks = self.energy.outlooks
        self.sites: list[SiteRecord] = []
        self.replanned: list[SiteId] = []

    def site(self, **settings) -> SiteRecord:
        record = SiteRecord(SITE, "Depot", b"{}", replace(SiteSettings(), **settings), NOW)
        self.sites = [record]
        self.bus.publish(events.SiteChanged(SITE, NOW))
        return record

    async def outlook(self, record, **more):
        return await self.outlooks.of(
            record, start=self.clock.now(), end=self.clock.now() + (END - NOW), **more
        )

    async def fetched(self, *areas) -> None:
        for provider, name in areas:
            await self.energy.market.refresh(Area(provider, name))

    async def metered(self, kind, power, *, days=21, until=NOW) -> None:
        """`power(instant)` in every quarter of an hour."""
        count = days * 96
        readings = [
            SiteMeasurement(kind, until - n * QUARTER, power(until - n * QUARTER))
            for n in range(count, 0, -1)
        ]
        await self.energy.measurements.record(SITE, readings)


@asynccontextmanager
async def bench(path):
    made = Bench(await fresh_store(path))
    await made.store.start()
    try:
        await made.energy.start()
        made.outlooks.start(lambda: made.sites, changed=made.replanned.append)
        yield made
    finally:
        await made.energy.stop()
        await made.store.stop()


# --- money ---


async def test_a_site_that_names_nothing_is_told_nothing(tmp_path):
    async with bench(tmp_path / "db") as b:
        found = await b.outlook(b.site())
        assert (found.prices, found.export_prices, found.demand_charges) == (None, None, ())
        assert (found.carbon_g_per_kwh, found.base_power_w, found.base_limit_power_w) == (None, None, None)
        assert (found.currency, found.notes) == ("EUR", ())


async def test_prices_of_the_settings_still_count(tmp_path):
    async with bench(tmp_path / "db") as b:
        record = b.site(prices=((NOW, 0.2), (NOW + HOUR, 0.4)), demand_charge_per_kw=8.0)
        await b.metered("site", lambda at: 5_000.0 if at == NOW - 3 * HOUR else 1_000.0, days=4)
        found = await b.outlook(record)
        assert found.prices == Steps((NOW + HOUR,), (0.2, 0.4))
        # a day's part of what is left of the month: a kW paid now serves all of it
        days_left = (datetime(2026, 4, 1, tzinfo=UTC) - NOW) / timedelta(days=1)
        assert found.demand_charges == (
            DemandCharge(name="demand 2026-03", per_kw=8.0 / days_left, peak_so_far_w=5_000.0),
        )


async def test_a_tariff_tells_prices_and_charges_with_the_peak_of_the_month(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.energy.tariffs.put("t", read_tariff(TARIFF))
        # 12 kW in February, 7 kW on the first of March at three o'clock
        await b.metered(
            "site",
            lambda at: 7_000.0 if (at.month, at.hour) == (3, 3) else 12_000.0 if at.month == 2 else 2_000.0,
        )
        found = await b.outlook(b.site(energy_tariff="t"))
        assert found.currency == "CHF"
        assert [found.prices.at(NOW.replace(hour=h)) for h in (10, 18, 23)] == [0.1, 0.3, 0.3]
        assert found.export_prices.at(NOW.replace(hour=20)) == 0.0
        (charge,) = found.demand_charges
        days_left = (datetime(2026, 4, 1, tzinfo=UTC) - NOW) / timedelta(days=1)
        assert (charge.name, charge.per_kw, charge.peak_so_far_w) == (
            "grid 2026-03",
            pytest.approx(10.0 / days_left),
            7_000.0,
        )


async def test_where_no_meter_tells_it_the_peak_is_what_was_charged(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.energy.tariffs.put("t", read_tariff(TARIFF))
        record = b.site(energy_tariff="t")
        await b.metered("load", lambda _: 2_000.0, days=1, until=NOW + HOUR - timedelta(minutes=60))
        for power in (9_000.0, 22_000.0, 4_000.0, 4_000.0):
            b.clock.forward(900)
            found = await b.outlook(record, charging_power_w=power)
        assert found.demand_charges[0].peak_so_far_w == pytest.approx(22_000.0)


async def test_the_market_is_added_to_a_tariff_that_follows_it_and_tomorrow_is_guessed(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.energy.tariffs.put("t", read_tariff({**TARIFF, "market_factor": 2.0}))
        record = b.site(energy_tariff="t", price_provider="spot", price_area="CH")
        before = await b.outlook(record)
        assert before.prices is None
        assert any("nothing is known yet" in note for note in before.notes)
        await b.fetched(("spot", "CH"))
        found = await b.outlook(record)
        for h in (10, 19):
            own = 0.1 if h < 18 else 0.3
            assert found.prices.at(NOW.replace(hour=h)) == pytest.approx(own + 2 * (h / 100 - 0.02))
        tomorrow = NOW.replace(hour=3) + DAY
        assert found.prices.at(tomorrow) == pytest.approx(0.1 + 2 * 0.01)
        assert found.notes == ("spot CH: not known from 2026-03-04T00:00Z on, taken as on days before",)
        b.clock.forward(3 * 3600)
        await b.fetched(("spot", "CH"))
        assert (await b.outlook(record)).notes == ()


async def test_without_a_tariff_the_market_is_the_price_and_carbon_comes_beside(tmp_path):
    async with bench(tmp_path / "db") as b:
        record = b.site(
            price_provider="spot", price_area="CH", carbon_provider="grid", carbon_area="CH", currency="CHF"
        )
        await b.fetched(("spot", "CH"), ("grid", "CH"))
        found = await b.outlook(record)
        assert found.prices.at(NOW.replace(hour=12)) == pytest.approx(0.10)
        assert found.prices.at(NOW.replace(hour=1) + DAY) == pytest.approx(-0.01)
        assert found.carbon_g_per_kwh.at(NOW.replace(hour=12)) == 288.0
        assert b.replanned == [SITE, SITE]


async def test_what_is_wrong_with_a_provider_is_told_beside_the_plan(tmp_path):
    async with bench(tmp_path / "db") as b:
        record = b.site(price_provider="spot", price_area="nowhere")
        await b.fetched(("spot", "nowhere"))
        assert (await b.outlook(record)).notes == ("spot: HTTP 404",)


# --- building and roof ---


def building(at) -> float:
    return 30_000.0 if at.weekday() < 5 and 8 <= at.hour < 18 else 6_000.0


def sun(at) -> float:
    hour = at.hour + at.minute / 60 - 12
    return 20_000.0 * max(math.cos(math.pi * hour / 12), 0.0)


async def test_building_and_roof_are_forecast_and_set_against_each_other(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.metered("load", building)
        await b.metered("pv", sun)
        found = await b.outlook(b.site(base_load="load"))
        for h in (10, 14, 20):
            at = NOW.replace(hour=h)
            assert found.base_power_w.at(at) == pytest.approx(building(at) - sun(at), abs=300.0)
            assert found.pv_power_w.at(at) == pytest.approx(sun(at), abs=300.0)
            assert found.base_limit_power_w.at(at) >= found.base_power_w.at(at) - 1e-6
        assert found.notes == ()


async def test_the_meter_at_the_grid_tells_the_building_when_what_is_charged_is_taken_off(tmp_path):
    async with bench(tmp_path / "db") as b:

        def charging(at):
            return 11_000.0 if at.hour == 19 else 0.0

        await b.metered("site", lambda at: building(at) - sun(at) + charging(at))
        await b.metered("charging", charging)
        found = await b.outlook(b.site(base_load="site"))
        for h in (10, 12, 19, 22):
            at = NOW.replace(hour=h)
            assert found.base_power_w.at(at) == pytest.approx(building(at) - sun(at), abs=300.0)


async def test_a_silent_meter_is_not_forecast(tmp_path):
    async with bench(tmp_path / "db") as b:
        record = b.site(base_load="load")
        found = await b.outlook(record)
        assert (found.base_power_w, found.notes) == (None, ("load: nothing was measured yet",))
        b.clock.forward(900)
        await b.metered("load", building, until=NOW - 2 * DAY)
        found = await b.outlook(record)
        assert found.base_limit_power_w is None
        assert found.notes == ("load: nothing was measured since 2026-03-01T09:00Z",)
        b.clock.forward(900)
        await b.metered("load", building, days=30, until=NOW)
        found = await b.outlook(record)
        assert found.base_limit_power_w.at(NOW + HOUR) == pytest.approx(30_000.0, abs=300.0)


# --- settings ---


WRONG = [
    ({"energy_tariff": "gone"}, NotFound, "gone: no such energy tariff"),
    ({"energy_tariff": "follows"}, InvalidInput, "price_provider: the energy tariff follows the market"),
    ({"price_provider": "spot"}, InvalidInput, "price_area: a provider and an area go together"),
    ({"carbon_area": "CH"}, InvalidInput, "carbon_area"),
    ({"price_provider": "elsewhere", "price_area": "CH"}, InvalidInput, "none of spot, grid"),
    ({"price_provider": "grid", "price_area": "CH"}, InvalidInput, "grid does not tell price"),
    ({"base_load_quantile": 1.0}, InvalidInput, "base_load_quantile"),
]


async def test_settings_name_what_is_there(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.energy.tariffs.put("follows", read_tariff({**TARIFF, "market_factor": 1.0}))
        for settings, error, said in WRONG:
            with pytest.raises(error, match=said):
                b.outlooks.judge(replace(SiteSettings(), **settings))


async def test_settings_that_are_right_are_taken(tmp_path):
    async with bench(tmp_path / "db") as b:
        await b.energy.tariffs.put("follows", read_tariff({**TARIFF, "market_factor": 1.0}))
        b.outlooks.judge(
            replace(
                SiteSettings(),
                energy_tariff="follows",
                price_provider="spot",
                price_area="CH",
                carbon_provider="grid",
                carbon_area="CH",
            )
        )
        assert list(b.energy.tariffs.all()) == ["follows"]


async def test_a_tariff_without_a_price_for_some_day_is_refused_and_others_outlive_a_restart(tmp_path):
    async with bench(tmp_path / "db") as b:
        short = {"prices_by_hour": [{**TARIFF["prices_by_hour"][0], "valid_until": "2026-06-30"}]}
        with pytest.raises(InvalidInput, match="no price for 2026-07-01"):
            await b.energy.tariffs.put("short", read_tariff(short))
        await b.energy.tariffs.put("t", read_tariff(TARIFF))
        again = energy_services(store=b.store, bus=b.bus, clock=b.clock, providers={})
        await again.tariffs.start()
        assert again.tariffs.all() == {"t": read_tariff(TARIFF)}
        await again.tariffs.delete("t")
        with pytest.raises(NotFound):
            again.tariffs.get("t")
