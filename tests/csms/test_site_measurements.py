import random
from contextlib import asynccontextmanager
from datetime import UTC, timedelta, timezone

import numpy as np
import pytest
from tests.adapters.rest.rest_harness import NOW, ManualClock
from tests.csms.fresh_database import fresh_store

from chargewright.csms.site_measurements import BATCH_MAX, SiteMeasurements
from chargewright.domain.site_measurement import SiteMeasurement
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId

SITE = SiteId("depot")
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@asynccontextmanager
async def bench(path):
    store, clock = await fresh_store(path), ManualClock()
    await store.start()
    try:
        yield SiteMeasurements(store=store, clock=clock), store, clock
    finally:
        await store.stop()


def reading(at, power_w, *, kind="load", duration_s=900) -> SiteMeasurement:
    return SiteMeasurement(kind, at, power_w, duration_s)


async def test_quarters_come_back_as_they_were_told_with_gaps(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        start = NOW - timedelta(hours=2)
        told = [reading(start + n * QUARTER, 1000.0 + n) for n in range(8) if n != 3]
        assert await measurements.record(SITE, told) == 7
        history = await measurements.history(SITE, "load")
        assert history.end == NOW
        assert history.power_w[-8:] == pytest.approx(
            [1000, 1001, 1002, np.nan, 1004, 1005, 1006, 1007], nan_ok=True
        )
        assert np.isnan(history.power_w[:-8]).all()
        assert history.start == NOW.replace(hour=0)
        assert await measurements.history(SITE, "pv") is None
        assert await measurements.latest(SITE) == {"load": (NOW - QUARTER, 1007.0)}


async def test_telling_again_changes_nothing_and_telling_otherwise_corrects(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        told = [reading(NOW - n * QUARTER, 50.0 * n) for n in range(1, 9)]
        assert await measurements.record(SITE, told) == 8
        before = await measurements.history(SITE, "load")
        assert await measurements.record(SITE, told[::-1]) == 0
        assert await measurements.record(SITE, [*told[:3], reading(NOW - 2 * QUARTER, 7.0)]) == 1
        after = await measurements.history(SITE, "load")
        changed = before.power_w != after.power_w
        assert np.flatnonzero(changed & ~np.isnan(after.power_w)).tolist() == [len(after.power_w) - 2]
        assert after.power_w[-2] == 7.0


@pytest.mark.parametrize("seed", range(5))
async def test_readings_of_any_length_keep_their_energy(tmp_path, seed):
    """Minutes, fives and hours back to back over midnight: every quarter has the energy that lies in it."""
    rng = random.Random(seed)
    async with bench(tmp_path / "db") as (measurements, _, _):
        start = NOW.replace(hour=20) - DAY
        minutes: list[float] = []
        told = []
        while len(minutes) < 12 * 60:
            length = rng.choice((1, 5, 15, 30, 60))
            power = float(rng.randint(-9_000, 9_000))
            told.append(reading(start + len(minutes) * timedelta(minutes=1), power, duration_s=60 * length))
            minutes += [power] * length
        rng.shuffle(told)
        for n in range(0, len(told), 7):
            await measurements.record(SITE, told[n : n + 7])
        history = await measurements.history(SITE, "load", since=start)
        first = round((start - history.start) / QUARTER)
        for quarter in range(48):
            expected = sum(minutes[15 * quarter : 15 * quarter + 15]) / 15
            assert history.power_w[first + quarter] == pytest.approx(expected), f"seed {seed}"


async def test_a_quarter_that_was_hardly_metered_is_not_known(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        start = NOW - 4 * QUARTER
        await measurements.record(SITE, [reading(start, 100.0, duration_s=420)])
        assert await measurements.history(SITE, "load") is None
        await measurements.record(SITE, [reading(start + timedelta(minutes=7), 300.0, duration_s=60)])
        history = await measurements.history(SITE, "load")
        assert history.power_w[-1] == pytest.approx((420 * 100 + 60 * 300) / 480)


async def test_what_is_kept_outlives_a_restart_and_gets_coarser_with_age(tmp_path):
    async with bench(tmp_path / "db") as (measurements, store, clock):
        for _ in range(12):
            start = clock.now().replace(hour=0)
            told = [
                reading(start + n * timedelta(minutes=1), 100.0 * (n // 15), duration_s=60)
                for n in range(540)
            ]
            await measurements.record(SITE, told)
            clock.forward(86_400)
        before = await measurements.history(SITE, "load")
        sizes = await store.read(lambda records: {k: len(day.minutes) for _, k, day in _items(records)})
        assert sorted(sizes.values()) == [36] * 5 + [540] * 7
        again = await SiteMeasurements(store=store, clock=clock).history(SITE, "load")
        assert again.start == before.start
        np.testing.assert_allclose(again.power_w, before.power_w)


def _items(records):
    from chargewright.csms.site_measurements import _DAYS

    return records.items(_DAYS, SITE)


async def test_days_are_dropped_after_four_hundred(tmp_path):
    async with bench(tmp_path / "db") as (measurements, store, clock):
        for _ in range(3):
            await measurements.record(SITE, [reading(clock.now() - QUARTER, 5.0)])
            clock.forward(300 * 86_400)
        history = await measurements.history(SITE, "load")
        assert history.start.date() == (NOW + 300 * DAY).date()
        assert len(await store.read(_items)) == 2


async def test_other_zones_are_read_and_seconds_are_let_go(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        east = timezone(timedelta(hours=5, minutes=45))
        at = (NOW - QUARTER + timedelta(seconds=7)).astimezone(east)
        assert await measurements.record(SITE, [reading(at, 5.0)]) == 1
        assert await measurements.record(SITE, [reading(NOW - QUARTER, 5.0)]) == 0


SENSELESS = [
    (reading(NOW.replace(tzinfo=None), 1.0), r"measurements\[1\].at: a time without a zone"),
    (reading(NOW, 1.0, duration_s=59), r"measurements\[1\].duration_s"),
    (reading(NOW, float("nan")), r"measurements\[1\].power_w"),
    (reading(NOW, 2e9), r"measurements\[1\].power_w"),
    (reading(NOW + timedelta(minutes=6), 1.0), "lies in the future"),
    (reading(NOW - 401 * DAY, 1.0), "older than 400 days"),
    (reading(NOW - 8 * DAY, 1.0, duration_s=60), "full quarters"),
    (reading(NOW - 8 * DAY + timedelta(minutes=1), 1.0), "full quarters"),
]


async def test_what_makes_no_sense_is_refused_with_its_whole_batch(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        for bad, said in SENSELESS:
            with pytest.raises(InvalidInput, match=said):
                await measurements.record(SITE, [reading(NOW - QUARTER, 5.0), bad])
        assert await measurements.history(SITE, "load") is None


async def test_a_batch_has_its_bound(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        with pytest.raises(InvalidInput, match=f"at most {BATCH_MAX}"):
            await measurements.record(SITE, [reading(NOW, 1.0)] * (BATCH_MAX + 1))


async def test_sites_and_kinds_do_not_mix(tmp_path):
    async with bench(tmp_path / "db") as (measurements, _, _):
        at = NOW.astimezone(UTC) - QUARTER
        await measurements.record(SITE, [reading(at, 1.0), reading(at, 2.0, kind="pv")])
        await measurements.record(SiteId("other"), [reading(at, 3.0)])
        assert (await measurements.history(SITE, "load")).power_w[-1] == 1.0
        assert (await measurements.history(SITE, "pv")).power_w[-1] == 2.0
        assert (await measurements.history(SiteId("other"), "load")).power_w[-1] == 3.0
