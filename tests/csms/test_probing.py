"""Stations that take or refuse each thing that they are asked, and what is left at them: nothing."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.conformance.charging import Charging, Session
from tests.conformance.harness import ACCEPTED, CallError, Csms, RawStation, running_csms

from chargewright.app.config import StationsConfig
from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.domain.probing import Finding, Probe, Question, learnt
from chargewright.ids import SiteId, StationId

REFUSED = {"status": "Rejected"}
VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
DECLARED = {
    "ocpp1.6": {
        "ChargeProfileMaxStackLevel": "9",
        "ChargingScheduleMaxPeriods": "6",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    },
    "ocpp2.0.1": {
        "ProfileStackLevel": "9",
        "PeriodsPerSchedule": "6",
        "RateUnit": "A,W",
    },
}
DECLARED["ocpp2.1"] = DECLARED["ocpp2.0.1"]


class Profiles:
    """What a station holds, by the text of each version: the test's own memory of it."""

    def __init__(self, version: str, **refused: Any) -> None:
        self.old = version == "ocpp1.6"
        self.refused = refused
        self.held: dict[int, tuple[int, dict[str, Any]]] = {}
        self.seen: list[tuple[int, dict[str, Any]]] = []
        self.forgets = True

    def replies(self) -> dict[str, Any]:
        replies = {
            "SetChargingProfile": self.set,
            "ClearChargingProfile": self.clear,
            "GetCompositeSchedule": REFUSED,
            "GetConfiguration" if self.old else "GetVariables": self.declared,
        }
        return replies if self.old else {**replies, "GetChargingProfiles": self.listed}

    def declared(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.old:
            known = DECLARED["ocpp1.6"]
            return {
                "configurationKey": [
                    {"key": k, "readonly": True, "value": known[k]} for k in asked["key"] if k in known
                ],
                "unknownKey": [k for k in asked["key"] if k not in known],
            }
        known = DECLARED["ocpp2.1"]
        return {
            "getVariableResult": [
                {"attributeStatus": "Accepted", "attributeValue": known[one["variable"]["name"]], **one}
                if one["variable"]["name"] in known
                else {"attributeStatus": "UnknownVariable", **one}
                for one in asked["getVariableData"]
            ]
        }

    def set(self, told: dict[str, Any]) -> dict[str, Any]:
        evse = told["connectorId" if self.old else "evseId"]
        profile = told["csChargingProfiles" if self.old else "chargingProfile"]
        self.seen.append((evse, profile))
        shape = profile["chargingSchedule"] if self.old else profile["chargingSchedule"][0]
        periods = shape["chargingSchedulePeriod"]
        is_so = {
            "in_a": shape["chargingRateUnit"] == "A",
            "in_w": shape["chargingRateUnit"] == "W",
            "zero": periods[0]["limit"] == 0,
            "decimals": periods[0]["limit"] % 1 != 0,
            "level": profile["stackLevel"] > self.refused.get("level", 1e9),
            "periods": len(periods) > self.refused.get("periods", 1e9),
            "station_wide": evse == 0 and profile["chargingProfilePurpose"] == "TxDefaultProfile",
            "evse_2": evse == 2,
            "station_max": profile["chargingProfilePurpose"]
            in {"ChargePointMaxProfile", "ChargingStationMaxProfile"},
            "recurring": profile["chargingProfileKind"] == "Recurring",
        }
        if any(is_so[name] for name in self.refused):
            return REFUSED
        self.held[profile["chargingProfileId" if self.old else "id"]] = (evse, profile)
        return ACCEPTED

    def clear(self, told: dict[str, Any]) -> dict[str, Any]:
        number = told.get("id" if self.old else "chargingProfileId")
        if number is None or number not in self.held:
            return {"status": "Unknown"}
        if self.forgets:
            del self.held[number]
        return ACCEPTED

    def listed(self, told: dict[str, Any]) -> dict[str, Any]:
        wanted = set(told["chargingProfile"]["chargingProfileId"])
        return {"status": "Accepted" if wanted & self.held.keys() else "NoProfiles"}


@asynccontextmanager
async def station_that(csms: Csms, version: str, *, boot: dict[str, Any] | None = None, **refuses: Any):
    """A station that refuses what is named, beside what it holds."""
    profiles = Profiles(version, **refuses)
    async with csms.station(version, boot=boot is None, replies=profiles.replies()) as station:
        if boot is not None:
            assert (await station.call("BootNotification", boot))["status"] == "Accepted"
        yield station, profiles


async def probed(station: RawStation, **query: Any) -> dict[str, Any]:
    return await station.csms.ok("POST", f"/stations/{station.id}/probe", params=query)


def refused_in(probe: dict[str, Any]) -> set[tuple[str, int | None]]:
    return {(f["question"], f["value"]) for f in probe["findings"] if not f["accepted"]}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    """One for all: each test has a station of its own."""
    async with running_csms() as running:
        yield running


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_station_that_takes_everything_keeps_nothing_of_it(csms, version):
    async with station_that(csms, version) as (station, profiles):
        probe = await probed(station)
        assert (probe["state"], probe["why"], probe["uncleared"]) == ("complete", "", [])
        assert refused_in(probe) == set()
        assert {f["question"] for f in probe["findings"]} == {q.value for q in Question}
        assert profiles.held == {}
        assert probe["abilities"]["units"] == ["A", "W"]
        assert (probe["abilities"]["stack_level_max"], probe["abilities"]["periods_max"]) == (9, 6)
        shown = await csms.ok("GET", f"/stations/{station.id}/probe")
        assert shown == probe


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_profile_of_it_could_come_to_hold(csms, version):
    async with station_that(csms, version) as (station, profiles):
        await probed(station)
        for _, profile in profiles.seen:
            shape = profile["chargingSchedule"] if profiles.old else profile["chargingSchedule"][0]
            begins = datetime.fromisoformat(profile["validFrom"])
            ends = datetime.fromisoformat(profile["validTo"])
            assert begins - datetime.now(UTC) > timedelta(days=4 * 365)
            assert ends - begins <= timedelta(hours=1)
            assert datetime.fromisoformat(shape["startSchedule"]) == begins
            assert max(p["limit"] for p in shape["chargingSchedulePeriod"]) <= (
                6.1 if shape["chargingRateUnit"] == "A" else 1380.1
            )
        numbers = [profile["chargingProfileId" if profiles.old else "id"] for _, profile in profiles.seen]
        assert len(set(numbers)) == len(numbers)


REFUSALS = [
    ({"in_w": True}, {("limit in W", None)}, {"units": ["A"]}),
    ({"in_a": True}, {("limit in A", None)}, {"units": ["W"]}),
    ({"zero": True}, {("limit of 0", None)}, {"accepts_zero": False}),
    ({"decimals": True}, {("limit with a decimal", None)}, {"current_step_a": 1.0}),
    ({"station_wide": True}, {("TxDefaultProfile for the whole station", None)}, {}),
    ({"evse_2": True}, {("TxDefaultProfile on its last EVSE", None)}, {}),
    ({"station_max": True}, {("maximum profile for the whole station", None)}, {}),
    ({"recurring": True}, {("kind Recurring", None)}, {}),
    ({"level": 3}, {("stack level", 9), ("stack level", 4)}, {"stack_level_max": 3}),
    ({"periods": 4}, {("number of periods", 6), ("number of periods", 5)}, {"periods_max": 4}),
    ({"periods": 6}, {("more periods than it declares", 7)}, {"periods_max": 6}),
]


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
@pytest.mark.parametrize(
    ("refuses", "found", "known"), REFUSALS, ids=[str(refuses) for refuses, _, _ in REFUSALS]
)
async def test_what_a_station_refuses_is_found_and_known_of_it(csms, version, refuses, found, known):
    async with station_that(csms, version, **refuses) as (station, profiles):
        probe = await probed(station)
        assert probe["state"] == "complete"
        assert refused_in(probe) == found
        shown = (await csms.ok("GET", f"/stations/{station.id}"))["abilities"]
        assert {name: shown[name] for name in known} == known
        assert profiles.held == {}


async def test_a_purpose_that_is_refused_is_not_used(csms):
    async with station_that(csms, "ocpp1.6", station_max=True) as (station, _):
        await probed(station)
        known = csms.central.services.provisioning.require(StationId(station.id)).abilities
        assert known.purposes == {Purpose.TX_DEFAULT, Purpose.TX}


async def test_where_the_plainest_profile_is_refused_nothing_is_concluded(csms):
    async with station_that(csms, "ocpp1.6", in_a=True, in_w=True) as (station, profiles):
        probe = await probed(station)
        assert (probe["state"], len(profiles.seen)) == ("inconclusive", 2)
        assert probe["abilities"]["units"] == ["A", "W"]


async def test_a_station_without_smart_charging_says_so(csms):
    unsupported = {"SetChargingProfile": CallError("NotSupported", "no such thing")}
    async with csms.station("ocpp1.6", replies=unsupported) as station:
        probe = await probed(station)
        assert (probe["state"], probe["uncleared"]) == ("inconclusive", [])
        assert [f["reason"] for f in probe["findings"]] == ["NotSupported: no such thing"] * 2


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.1"])
async def test_a_station_with_a_transaction_is_left_alone(csms, version):
    tag = await csms.token()
    async with station_that(csms, version) as (station, profiles):
        if version == "ocpp1.6":
            await Session(station).start(tag)
        else:
            await Charging(station).charge(tag)
        told = await csms.problem("POST", f"/stations/{station.id}/probe", 409)
        assert told["detail"] == "a transaction runs at the station"
        assert profiles.seen == []


async def test_it_ends_when_a_transaction_begins_and_clears_what_it_sent(csms):
    tag = await csms.token()
    async with station_that(csms, "ocpp1.6") as (station, profiles):
        del station.replies["SetChargingProfile"]
        asked = asyncio.create_task(probed(station))
        order = await station.expect("SetChargingProfile")
        await Session(station).start(tag)
        await station.answer(order, profiles.set(order.payload))
        probe = await asked
        assert (probe["state"], probe["why"]) == ("interrupted", "a transaction began")
        assert (profiles.held, len(profiles.seen)) == ({}, 1)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_station_that_clears_nothing_is_found_out_and_asked_again_the_next_time(csms, version):
    async with station_that(csms, version) as (station, profiles):
        profiles.forgets = False
        probe = await probed(station)
        assert probe["uncleared"] == sorted(profiles.held)
        profiles.forgets = True
        probe = await probed(station)
        assert (probe["uncleared"], profiles.held) == ([], {})


async def test_one_that_was_lost_on_the_way_is_cleared_the_next_time(csms):
    async with station_that(csms, "ocpp1.6") as (station, profiles):
        del station.replies["SetChargingProfile"]
        asked = asyncio.create_task(probed(station))
        order = await station.expect("SetChargingProfile")
        profiles.set(order.payload)
        await station.socket.close()
        probe = await asked
        assert probe["state"] == "interrupted"
        assert probe["uncleared"] == list(profiles.held)
    async with csms.station("ocpp1.6", station_id=station.id, replies=profiles.replies()) as back:
        assert (await probed(back))["uncleared"] == []
        assert profiles.held == {}


SITE = {
    "nodes": [{"id": "main", "limit_a": 40}],
    "evses": [{"evse": n, "node": "main", "connection": "RST", "current_max_a": 32} for n in (1, 2)],
}


async def in_service(csms: Csms, station: RawStation) -> dict[str, Any]:
    """The station in a site of its own, until its base profiles are confirmed."""
    evses = [{**evse, "station": station.id} for evse in SITE["evses"]]
    body = {
        "id": station.id,
        "name": "Site",
        "definition": {**SITE, "evses": evses},
        "settings": {"settle_s": 1, "clock_offset_max_s": 1},
    }
    await csms.ok("POST", "/sites", json=body)

    async def commissioned() -> bool:
        return (await csms.ok("GET", f"/stations/{station.id}"))["commissioned_at"] is not None

    await csms.until(commissioned)
    return await csms.ok("GET", f"/stations/{station.id}")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_station_in_service_stays_in_service_and_keeps_its_base_profiles(csms, version):
    async with station_that(csms, version) as (station, profiles):
        before = await in_service(csms, station)
        entries = await csms.ok("GET", f"/stations/{station.id}/profiles", params={"history": True})
        held = dict(profiles.held)
        control = csms.central.sites.get(SiteId(station.id))
        exposed = control.exposures()
        probe = await probed(station)
        assert probe["state"] == "complete"
        assert profiles.held == held, "what stood there stands there still, and nothing else"
        taken = {profile["stackLevel"] for _, profile in held.values()}
        assert not taken & {
            p["stackLevel"] for _, p in profiles.seen if p not in [h for _, h in held.values()]
        }
        after = await csms.ok("GET", f"/stations/{station.id}")
        assert after["commissioned_at"] == before["commissioned_at"]
        assert await csms.ok("GET", f"/stations/{station.id}/profiles", params={"history": True}) == entries
        assert control.exposures() == exposed, "it counts at its base share, not at its rating"
        assert all(exposure.floor_tenths < 320 for exposure in exposed.values())


async def test_what_one_shows_may_hold_for_its_model(csms):
    boot = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "7"}
    async with (
        station_that(csms, "ocpp1.6", boot=boot, decimals=True) as (station, _),
        station_that(csms, "ocpp1.6", boot=boot) as (twin, _),
        station_that(csms, "ocpp1.6", boot={**boot, "firmwareVersion": "8"}) as (other, _),
    ):
        for one in (twin, other):
            await in_service(csms, one)
        await probed(station, model="true")
        steps = [
            (await csms.ok("GET", f"/stations/{one.id}"))["abilities"]["current_step_a"]
            for one in (station, twin, other)
        ]
        assert steps == [1.0, 1.0, 0.1]
        (model,) = [m for m in await csms.ok("GET", "/station-models") if m["firmware"] == "7"]
        assert [f["question"] for f in model["findings"] if not f["accepted"]] == ["limit with a decimal"]
        about = {k: model[k] for k in ("vendor", "model", "firmware", "version")}
        await csms.ok("PUT", "/station-models", json={**about, "accepts_zero": False})
        said = (await csms.ok("GET", f"/stations/{twin.id}"))["abilities"]
        assert (said["accepts_zero"], said["current_step_a"]) == (False, 1.0)
        async with station_that(csms, "ocpp1.6", boot=boot) as (newcomer, _):
            assert (await in_service(csms, newcomer))["abilities"]["current_step_a"] == 1.0


async def test_the_first_of_a_model_is_asked_by_itself_where_that_is_wanted():
    async with running_csms(StationsConfig(port=0, probe="new_models")) as csms:
        async with station_that(csms, "ocpp2.0.1", decimals=True) as (station, profiles):
            await in_service(csms, station)

            async def known() -> bool:
                return any(m["probed_at"] for m in await csms.ok("GET", "/station-models"))

            await csms.until(known)
            await csms.until(lambda: csms.central.devices.probing.idle)
            assert (await csms.ok("GET", f"/stations/{station.id}"))["abilities"]["current_step_a"] == 1.0
            assert {p["chargingProfilePurpose"] for _, p in profiles.held.values()} == {"TxDefaultProfile"}
        async with station_that(csms, "ocpp2.0.1") as (second, profiles):
            await in_service(csms, second)
            assert csms.central.devices.probing.idle
            assert {p["id"] for _, p in profiles.seen} == {1001, 1002}, "its model is known already"


async def test_without_being_told_nobody_is_asked(csms):
    async with station_that(csms, "ocpp1.6") as (station, profiles):
        await in_service(csms, station)
        assert {p["chargingProfileId"] for _, p in profiles.seen} == {1001, 1002}
        assert (await csms.problem("GET", f"/stations/{station.id}/probe", 404))["status"] == 404


async def test_what_is_taken_beyond_what_was_declared_adds_nothing():
    declared = StationAbilities(unit_a=True, unit_w=False, periods_max=6, stack_level_max=2)
    findings = (
        Finding(Question.UNIT_W, accepted=True),
        Finding(Question.MORE_PERIODS, accepted=True, value=7),
        Finding(Question.STACK_LEVEL, accepted=True, value=2),
    )
    probe = Probe(datetime(2026, 1, 1, tzinfo=UTC), "complete", findings=findings)
    assert learnt(declared, probe, "ocpp1.6") == declared
    only_w = Probe(
        datetime(2026, 1, 1, tzinfo=UTC),
        "complete",
        findings=(Finding(Question.UNIT_A, accepted=False), Finding(Question.UNIT_W, accepted=True)),
    )
    known = learnt(declared, only_w, "ocpp1.6")
    assert (known.unit_a, known.unit_w) == (False, True), "else no limit could be sent at all"
