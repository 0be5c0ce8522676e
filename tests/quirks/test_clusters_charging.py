"""What users of other systems hit, clusters 14 to 21: smart charging in the field."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.harness import ACCEPTED, running_csms
from tests.quirks.stories import boot, compatibility

from chargewright.adapters.quirks.files import read_quirks
from chargewright.charging.compiler import compile_limit
from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.charging.timeline import Timeline
from chargewright.csms.quirks import Quirks
from chargewright.domain.station import Station
from chargewright.ids import StationId

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
KNOWN = Quirks(read_quirks(None))


def abilities(vendor, model="One"):
    """What is made of a station that declares nothing, by what is known of its model."""
    station = Station(StationId("CS1"), vendor=vendor, model=model)
    return KNOWN.fitted(station, StationAbilities())


def compiled(limits_tenths, told, **more):
    pieces = [(AT + n * timedelta(minutes=5), limit) for n, limit in enumerate(limits_tenths)]
    plan = Timeline.stepped(pieces, AT + len(limits_tenths) * timedelta(minutes=5))
    return compile_limit(plan, abilities=told, profile_id=1, **more)


@asynccontextmanager
async def in_service(vendor, model="One", replies=None):
    """A station at a site of 20 A: (central system, station, its base profile)."""
    async with running_csms(speed=20.0) as csms:
        station_id = await csms.enter("EV1")
        evse = {"station": station_id, "evse": 1, "node": "main", "connection": "RST", "current_max_a": 32}
        site = {"nodes": [{"id": "main", "limit_a": 20}], "evses": [evse]}
        standing = {"SetChargingProfile": ACCEPTED, "GetCompositeSchedule": {"status": "Rejected"}}
        async with csms.station(
            station_id=station_id, boot=False, replies={**standing, **(replies or {})}
        ) as station:
            await station.call("BootNotification", boot(vendor, model))
            await csms.ok("POST", "/sites", json={"id": "site", "name": "Site", "definition": site})
            base = (await station.expect("SetChargingProfile")).payload["csChargingProfiles"]
            yield csms, station, base


async def test_cluster_14_a_station_that_knows_stack_level_0_only_is_sent_no_other(csms):
    """evcc #4957, #15493, PR #15773."""
    told = abilities("ABB", "TAC-W22-G5-R-0")
    assert told.stack_level_max == 0
    assert abilities("Acme").stack_level_max is None
    assert compiled([160], told, stack_level=5).profile.stack_level == 0
    async with csms.station(boot=False) as station:
        await station.call("BootNotification", boot("abb", "Terra AC wallbox"))
        view = await compatibility(csms, station)
        assert "only_stack_level_zero" in view["hints"]
        sources = [s for quirk in view["quirks"] for s in quirk["sources"]]
        assert {"evcc #4957", "evcc #15493"} <= set(sources)


async def test_cluster_15_the_purpose_is_chosen_for_the_model():
    """connectorio-addons PR #160 needs TxProfile; bmw-wallbox-ha PR #25: Delta must not have one."""
    for vendor, purpose in (("Acme", Purpose.TX), ("Delta Electronics", Purpose.TX_DEFAULT)):
        made = compiled([160], abilities(vendor), purpose=Purpose.TX, transaction_id="1")
        assert made.profile.purpose is purpose


async def test_cluster_16_where_0_a_is_refused_none_is_sent():
    """evcc #16768, #14348; go-e #155."""
    told = StationAbilities(accepts_zero=False)
    values = {
        period.limit_tenths
        for schedule in compiled([160, 0, 160], told).profile.schedules
        for period in schedule.periods
    }
    assert 0 not in values
    zero = {
        period.limit_tenths
        for schedule in compiled([160, 0], StationAbilities()).profile.schedules
        for period in schedule.periods
    }
    assert 0 in zero
    (resuming,) = [q for q in KNOWN.of("go-e", "charger", "") if "slow_to_resume" in q.hints]
    assert resuming.sources == ("go-eCharger #155",)


async def test_cluster_17_an_answer_that_nothing_was_cleared_is_shown_as_it_came(csms):
    """go-e #187; mobilityhouse #428; libocpp #811."""
    async with csms.station(boot=False) as station:
        await station.call("BootNotification", boot("go-e", "Charger"))
        _, outcome = await station.ordered("ClearChargingProfile", {"id": 7}, {"status": "Unknown"})
        assert outcome["response"] == {"status": "Unknown"}
        assert "does_not_clear" in (await compatibility(csms, station))["hints"]


async def test_cluster_18_a_composite_schedule_that_is_refused_proves_nothing_either_way():
    """steve #44; evcc PR #14888; MicroOcpp PR #424."""
    async with in_service("Acme") as (csms, station, _):
        await station.expect("GetCompositeSchedule")
        (entry,) = await csms.ok("GET", f"/stations/{station.id}/profiles")
        assert entry["state"] == "accepted"

        async def told():
            (entry,) = await csms.ok("GET", f"/stations/{station.id}/profiles")
            return "metered current decides" in entry["reason"] and entry["verification"] != "diverged"

        await csms.until(told)


async def test_cluster_18_where_the_report_is_known_to_be_wrong_it_is_not_asked_for():
    async with in_service("Delta", "AC Max") as (csms, station, _):

        async def told():
            (entry,) = await csms.ok("GET", f"/stations/{station.id}/profiles")
            return "not reliable" in entry["reason"]

        await csms.until(told)
        assert "GetCompositeSchedule" not in {order.action for order in station.orders}


async def test_cluster_19_absolute_profiles_bear_their_start(csms):
    """libocpp PR #114; citrineos PR #785."""
    made = compiled([160, 80], StationAbilities()).profile
    (schedule,) = made.schedules
    assert schedule.start_at is not None
    handmade = {
        "evseId": 1,
        "chargingProfile": {
            "id": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
            ],
        },
    }
    async with csms.station("ocpp2.0.1") as station:
        path = f"/stations/{station.id}/commands/SetChargingProfile"
        problem = await csms.problem("POST", path, 400, json=handmade)
        assert "startSchedule" in str(problem)
        assert "SetChargingProfile" not in {order.action for order in station.orders}


async def test_cluster_20_no_more_periods_are_sent_than_the_station_takes():
    """ev-server #1713, #1283; citrineos #210."""
    plan = [160, 80, 120, 60, 100, 70, 90, 110]
    for most in (1, 2, 3, 5):
        made = compiled(plan, StationAbilities(periods_max=most))
        (schedule,) = made.profile.schedules
        assert len(schedule.periods) <= most
        for n, wanted in enumerate(plan):  # merging may only lower
            assert made.limit.at(AT + n * timedelta(minutes=5) + timedelta(minutes=1)) <= wanted


async def test_cluster_21_a_safe_default_lies_on_the_station_before_any_car_comes():
    """libocpp #781; steve #1352; ev-server #2088: unlimited between plugging in and the first profile."""
    async with in_service("Acme") as (_, _, base):
        assert base["chargingProfilePurpose"] == "TxDefaultProfile"
        assert "validTo" not in base
        assert "duration" not in base["chargingSchedule"]
        limits = [period["limit"] for period in base["chargingSchedule"]["chargingSchedulePeriod"]]
        assert max(limits) <= 20
