"""Reports in parts: whatever order they come in, the whole is what was sent, once all of it is here and not before."""

import random
from datetime import timedelta

import pytest
import pytest_asyncio
from tests.conformance.harness import ACCEPTED, now, running_csms

from chargewright.csms.reports import KEPT_MAX, PATIENCE_S

V = "ocpp2.0.1"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


def entry(number: int) -> dict:
    return {
        "component": {"name": "Heap"},
        "variable": {"name": f"Grain{number:03d}"},
        "variableAttribute": [{"value": str(number)}],
    }


def parts_of(request_id: int, sizes: list[int]) -> list[dict]:
    """A report of so many entries in each message."""
    parts, number = [], 0
    for seq_no, size in enumerate(sizes):
        data = [entry(number + n) for n in range(size)]
        number += size
        part = {
            "requestId": request_id,
            "generatedAt": now(),
            "seqNo": seq_no,
            "tbc": seq_no + 1 < len(sizes),
        }
        parts.append({**part, "reportData": data} if data else part)
    return parts


async def begin(csms, station) -> int:
    path = f"/stations/{station.id}/reports/GetBaseReport"
    return (await csms.ok("POST", path, json={"reportBase": "FullInventory"}))["request_id"]


async def read(csms, station, request_id: int) -> dict:
    return await csms.ok("GET", f"/stations/{station.id}/reports/{request_id}")


@pytest.mark.parametrize("seed", range(12))
async def test_parts_in_any_order_with_repeats_make_the_report_that_was_sent(csms, seed):
    print(f"seed {seed}")
    chance = random.Random(seed)
    async with csms.station(V, replies={"GetBaseReport": ACCEPTED}) as station:
        request_id = await begin(csms, station)
        sizes = [chance.randint(0, 3) for _ in range(chance.randint(1, 7))]
        parts = parts_of(request_id, sizes)
        order = list(range(len(parts)))
        chance.shuffle(order)
        for number in tuple(order):
            order.insert(chance.randint(0, len(order)), number)  # each comes twice
        here: set[int] = set()
        for number in order:
            assert await station.call("NotifyReport", parts[number]) == {}
            here.add(number)
            shown = await read(csms, station, request_id)
            assert (shown["state"] == "complete") == (len(here) == len(parts))
            assert shown["parts"] == len(here)
        sent = [e["variable"]["name"] for part in parts for e in part.get("reportData", ())]
        assert [item["variable"]["name"] for item in shown["items"]] == sent


async def test_a_report_with_a_gap_is_told_as_timed_out_and_a_late_part_mends_it(csms):
    async with csms.station(V, replies={"GetBaseReport": ACCEPTED}) as station:
        request_id = await begin(csms, station)
        parts = parts_of(request_id, [1, 1, 1, 1])
        for number in (0, 3):
            await station.call("NotifyReport", parts[number])
        reports = csms.central.devices.reports
        report, _ = await reports.read(station.id, request_id)
        last = report.heard_at
        assert report.state(last + timedelta(seconds=PATIENCE_S - 1), PATIENCE_S) == "collecting"
        assert report.state(last + timedelta(seconds=PATIENCE_S + 1), PATIENCE_S) == "timed out"
        assert report.missing == (1, 2)
        for number in (2, 1):
            await station.call("NotifyReport", parts[number])
        shown = await read(csms, station, request_id)
        assert (shown["state"], shown["missing"], len(shown["items"])) == ("complete", [], 4)


async def test_a_report_that_nobody_here_ordered_is_put_together_too(csms):
    async with csms.station(V) as station:
        for part in parts_of(4711, [2, 1]):
            await station.call("NotifyReport", part)
        shown = await read(csms, station, 4711)
        assert (shown["state"], shown["asked"], len(shown["items"])) == ("complete", "", 3)


async def test_parts_without_numbers_count_as_they_come_and_a_repeated_one_counts_once(csms):
    def part(profile_id: int, *, tbc: bool) -> dict:
        schedule = {
            "id": profile_id,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
        }
        profile = {
            "id": profile_id,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule],
        }
        return {
            "requestId": 9,
            "chargingLimitSource": "CSO",
            "evseId": 1,
            "chargingProfile": [profile],
            "tbc": tbc,
        }

    async with csms.station(V) as station:
        await station.call("ReportChargingProfiles", part(1, tbc=True))
        await station.call("ReportChargingProfiles", part(1, tbc=True))
        await station.call("ReportChargingProfiles", part(2, tbc=False))
        shown = await read(csms, station, 9)
        assert (shown["state"], shown["parts"]) == ("complete", 2)
        assert [item["chargingProfile"]["id"] for item in shown["items"]] == [1, 2]
        assert {(item["evseId"], item["chargingLimitSource"]) for item in shown["items"]} == {(1, "CSO")}
        # The same id with other content: somebody asked again, and the new report stands alone.
        await station.call("ReportChargingProfiles", part(3, tbc=False))
        assert [item["chargingProfile"]["id"] for item in (await read(csms, station, 9))["items"]] == [3]


@pytest.mark.parametrize(
    ("answer", "state", "status"),
    [
        ({"status": "Rejected", "statusInfo": {"reasonCode": "Busy"}}, "refused", "Rejected"),
        ({"status": "NotSupported"}, "refused", "NotSupported"),
        (ACCEPTED, "asked", "Accepted"),
    ],
)
async def test_what_the_station_answers_to_the_order_is_told(csms, answer, state, status):
    async with csms.station(V, replies={"GetBaseReport": answer}) as station:
        shown = await read(csms, station, await begin(csms, station))
        assert (shown["state"], shown["status"]) == (state, status)
        assert shown["reason"] == answer.get("statusInfo", {}).get("reasonCode", "")


async def test_an_order_that_no_report_answers_or_that_breaks_the_schema_is_refused_and_leaves_no_report(
    csms,
):
    async with csms.station(V) as station, csms.station() as older:
        await csms.problem("POST", f"/stations/{station.id}/reports/Reset", 400, json={"type": "Soft"})
        path = f"/stations/{station.id}/reports/GetBaseReport"
        await csms.problem("POST", path, 400, json={"reportBase": "Everything"})
        path = f"/stations/{older.id}/reports/GetBaseReport"
        await csms.problem("POST", path, 422, json={"reportBase": "FullInventory"})
        for one in (station, older):
            assert await csms.ok("GET", f"/stations/{one.id}/reports") == []
        assert [order.action for order in station.orders] == []


async def test_a_station_that_is_away_makes_a_report_that_says_so(csms):
    station_id = await csms.enter(version=V)
    path = f"/stations/{station_id}/reports/GetBaseReport"
    shown = await csms.ok("POST", path, json={"reportBase": "FullInventory"})
    assert (shown["state"], shown["status"]) == ("refused", "offline")


async def test_only_so_many_reports_are_kept_the_newest_ones(csms):
    async with csms.station(V) as station:
        for request_id in range(1, KEPT_MAX + 6):
            (part,) = parts_of(request_id, [1])
            await station.call("NotifyReport", part)
        kept = [report.request_id for report in await csms.central.devices.reports.newest(station.id, 100)]
        assert kept == list(range(KEPT_MAX + 5, 5, -1))
        await csms.problem("GET", f"/stations/{station.id}/reports/5", 404)
