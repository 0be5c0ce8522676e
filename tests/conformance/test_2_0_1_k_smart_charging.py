"""OCPP 2.0.1, block K: charging profiles set, cleared, reported; limits of others; cars that negotiate."""

from contextlib import asynccontextmanager
from typing import Any

from tests.conformance.charging import Charging
from tests.conformance.harness import ACCEPTED, CallError, Csms, RawStation, now, running_csms

VERSION = "ocpp2.0.1"


def schedule(limit: float = 8.0, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        **more,
    }


def profile(purpose: str, *, kind: str = "Absolute", **more: Any) -> dict[str, Any]:
    start = {"startSchedule": now()} if kind != "Relative" else {}
    return {
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [schedule(**start)],
        **more,
    }


async def installed(
    station: RawStation, evse: int, wanted: dict[str, Any], answer: Any = ACCEPTED
) -> dict[str, Any]:
    """Order a profile to be set; gives back the profile as it arrived."""
    payload = {"evseId": evse, "chargingProfile": wanted}
    arrived, outcome = await station.ordered("SetChargingProfile", payload, answer)
    assert arrived["evseId"] == evse
    assert outcome["response"] == answer
    return arrived["chargingProfile"]


# --- profiles are set ---------------------------------------------------------------------------------------


async def test_tc_k_01_csms(csms):
    """A default profile for one EVSE; it gets an id of its own."""
    async with csms.station(VERSION) as station:
        arrived = await installed(station, 1, profile("TxDefaultProfile", validFrom=now(), validTo=now(3600)))
        assert arrived["id"] > 1_000_000, "clear of the ids that plans use"
        assert arrived["chargingSchedule"][0]["chargingSchedulePeriod"][0] == {"startPeriod": 0, "limit": 8.0}
        again = await installed(station, 1, profile("TxDefaultProfile"))
        assert again["id"] != arrived["id"]


async def test_tc_k_10_csms(csms):
    """A default profile for all EVSEs."""
    async with csms.station(VERSION) as station:
        arrived = await installed(station, 0, profile("TxDefaultProfile", kind="Relative"))
        assert arrived["chargingProfilePurpose"] == "TxDefaultProfile"


async def test_tc_k_60_csms(csms):
    """A profile for the transaction that runs, named by its id."""
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        arrived = await installed(station, 1, profile("TxProfile", transactionId=charging.id))
        assert arrived["transactionId"] == charging.id


async def test_tc_k_02_csms(csms):
    """A profile for a transaction that does not run is refused by the station, and the refusal is shown."""
    async with csms.station(VERSION) as station:
        refused = {"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}}
        await installed(station, 1, profile("TxProfile", transactionId="nobody"), refused)


async def test_tc_k_03_csms(csms):
    """A maximum for the whole station, absolute, never relative: a relative one does not leave."""
    async with csms.station(VERSION) as station:
        arrived = await installed(
            station, 0, profile("ChargingStationMaxProfile", validFrom=now(), validTo=now(3600))
        )
        assert arrived["chargingProfileKind"] == "Absolute"
        assert arrived["chargingSchedule"][0]["chargingSchedulePeriod"][0]["startPeriod"] == 0
        relative = {"evseId": 0, "chargingProfile": profile("ChargingStationMaxProfile", kind="Relative")}
        path = f"/stations/{station.id}/commands/SetChargingProfile"
        problem = await csms.problem("POST", path, 400, json=relative)
        assert "K01.FR.38" in problem["detail"]
        assert problem["path"] == "chargingProfile.chargingProfileKind"
        assert len([o for o in station.orders if o.action == "SetChargingProfile"]) == 1


async def test_tc_k_04_csms(csms):
    """A profile is replaced by one with the same id."""
    async with csms.station(VERSION) as station:
        first = await installed(station, 1, profile("TxDefaultProfile"))
        second = await installed(station, 1, {**profile("TxDefaultProfile"), "id": first["id"]})
        assert second["id"] == first["id"]


async def test_tc_k_70_csms(csms):
    """Several profiles, of different purposes and levels, one after the other."""
    async with csms.station(VERSION) as station:
        ids = [
            (await installed(station, evse, profile(purpose, stackLevel=level)))["id"]
            for evse, purpose, level in [
                (0, "ChargingStationMaxProfile", 0),
                (1, "TxDefaultProfile", 0),
                (1, "TxDefaultProfile", 1),
                (2, "TxDefaultProfile", 0),
            ]
        ]
        assert len(set(ids)) == 4


async def test_tc_k_15_csms(csms):
    """A station that cannot do smart charging says NotSupported, and that is shown."""
    async with csms.station(VERSION) as station:
        station.replies["SetChargingProfile"] = CallError("NotSupported", "no smart charging")
        payload = {"evseId": 1, "chargingProfile": profile("TxDefaultProfile")}
        outcome = await csms.ok("POST", f"/stations/{station.id}/commands/SetChargingProfile", json=payload)
        assert (outcome["outcome"], outcome["error"]["code"]) == ("error", "NotSupported")


async def test_tc_k_19_csms(csms):
    """A recurring profile, daily, with a start and a duration."""
    async with csms.station(VERSION) as station:
        wanted = profile("TxDefaultProfile", kind="Recurring", recurrencyKind="Daily")
        wanted["chargingSchedule"][0]["duration"] = 86_400
        arrived = await installed(station, 1, wanted)
        assert arrived["recurrencyKind"] == "Daily"
        assert arrived["chargingSchedule"][0]["startSchedule"]


# --- profiles are cleared ----------------------------------------------------------------------------------


async def test_tc_k_05_csms(csms):
    """A profile is cleared by its id."""
    async with csms.station(VERSION) as station:
        number = (await installed(station, 1, profile("TxDefaultProfile")))["id"]
        arrived, outcome = await station.ordered(
            "ClearChargingProfile", {"chargingProfileId": number}, ACCEPTED
        )
        assert arrived == {"chargingProfileId": number}
        assert outcome["response"] == ACCEPTED


async def test_tc_k_06_csms(csms):
    """Profiles are cleared by what they have in common."""
    criteria = {
        "chargingProfileCriteria": {
            "chargingProfilePurpose": "TxDefaultProfile",
            "stackLevel": 0,
            "evseId": 1,
        }
    }
    async with csms.station(VERSION) as station:
        arrived, outcome = await station.ordered("ClearChargingProfile", criteria, ACCEPTED)
        assert arrived == criteria
        assert outcome["response"] == ACCEPTED


async def test_tc_k_08_csms(csms):
    """Nothing is there to be cleared: the station says Unknown, and that is shown."""
    async with csms.station(VERSION) as station:
        unknown = {"status": "Unknown"}
        _, outcome = await station.ordered("ClearChargingProfile", {"chargingProfileId": 4711}, unknown)
        assert outcome["response"] == unknown


# --- profiles are asked for --------------------------------------------------------------------------------


async def reported(csms: Csms, criteria: dict[str, Any], found: list[tuple[int, dict[str, Any]]]) -> None:
    """Ask for profiles by `criteria`; the station reports `found` as (EVSE, profile), one message for each."""
    async with csms.station(VERSION) as station:
        arrived, outcome = await station.ordered("GetChargingProfiles", criteria, ACCEPTED)
        assert outcome["response"] == ACCEPTED
        assert arrived == {**criteria, "requestId": arrived["requestId"]}
        for left, (evse, one) in zip(range(len(found) - 1, -1, -1), found, strict=True):
            part = {
                "requestId": arrived["requestId"],
                "chargingLimitSource": "CSO",
                "evseId": evse,
                "chargingProfile": [one],
                **({"tbc": True} if left else {}),
            }
            assert await station.call("ReportChargingProfiles", part) == {}
        seen = (await csms.ok("GET", f"/stations/{station.id}/limits"))["profiles"]
        assert (seen["request"], seen["count"]) == (arrived["requestId"], len(found))
        assert [item["chargingProfile"]["id"] for item in seen["unknown"]] == [one["id"] for _, one in found]


def held(number: int, purpose: str = "TxDefaultProfile", **more: Any) -> dict[str, Any]:
    return {**profile(purpose, **more), "id": number}


async def test_tc_k_29_csms(csms):
    """Profiles of the station as a whole (EVSE 0)."""
    await reported(csms, {"evseId": 0, "chargingProfile": {}}, [(0, held(1, "ChargingStationMaxProfile"))])


async def test_tc_k_30_csms(csms):
    """Profiles of one EVSE."""
    await reported(csms, {"evseId": 1, "chargingProfile": {}}, [(1, held(2))])


async def test_tc_k_31_csms(csms):
    """All profiles, reported in several messages."""
    everything = [(0, held(1, "ChargingStationMaxProfile")), (1, held(2)), (2, held(3))]
    await reported(csms, {"chargingProfile": {}}, everything)


async def test_tc_k_32_csms(csms):
    """Profiles by their ids."""
    await reported(csms, {"chargingProfile": {"chargingProfileId": [2, 3]}}, [(1, held(2)), (2, held(3))])


async def test_tc_k_33_csms(csms):
    """Profiles of one stack level at one EVSE."""
    criteria = {"evseId": 1, "chargingProfile": {"stackLevel": 3}}
    await reported(csms, criteria, [(1, held(2, stackLevel=3))])


async def test_tc_k_34_csms(csms):
    """Profiles by who set them."""
    await reported(csms, {"evseId": 1, "chargingProfile": {"chargingLimitSource": ["CSO"]}}, [(1, held(2))])


async def test_tc_k_35_csms(csms):
    """Profiles of one purpose."""
    criteria = {"evseId": 1, "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"}}
    await reported(csms, criteria, [(1, held(2))])


async def test_tc_k_36_csms(csms):
    """Profiles of one purpose and one stack level."""
    criteria = {
        "evseId": 1,
        "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 3},
    }
    await reported(csms, criteria, [(1, held(2, stackLevel=3))])


async def test_tc_k_37_csms(csms):
    """A remote start brings a profile for its transaction; both get ids, the profile no transaction id."""
    async with csms.station(VERSION) as station:
        wanted = profile("TxProfile", kind="Relative")
        order = {"idToken": {"idToken": "A", "type": "Central"}, "evseId": 1, "chargingProfile": wanted}
        arrived, outcome = await station.ordered("RequestStartTransaction", order, ACCEPTED)
        assert outcome["response"] == ACCEPTED
        assert arrived["remoteStartId"] > 0
        assert arrived["chargingProfile"]["id"] > 1_000_000
        assert "transactionId" not in arrived["chargingProfile"]


COMPOSITE = {
    "evseId": 1,
    "duration": 300,
    "scheduleStart": "2026-03-03T09:00:00Z",
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.0}],
}


async def test_tc_k_43_csms(csms):
    """The composite schedule of one EVSE; ours is shown beside it."""
    async with csms.station(VERSION) as station:
        answer = {"status": "Accepted", "schedule": COMPOSITE}
        order = {"duration": 300, "evseId": 1, "chargingRateUnit": "A"}
        arrived, outcome = await station.ordered("GetCompositeSchedule", order, answer)
        assert arrived == order
        assert outcome["response"] == answer
        path = f"/stations/{station.id}/composite-schedule?evse=1&duration_s=300"
        beside = await csms.ok("GET", path)
        assert beside["station"][0]["limit"] == 8.0


async def test_tc_k_44_csms(csms):
    """The composite schedule of the whole station."""
    async with csms.station(VERSION) as station:
        answer = {"status": "Accepted", "schedule": {**COMPOSITE, "evseId": 0}}
        arrived, outcome = await station.ordered(
            "GetCompositeSchedule", {"duration": 300, "evseId": 0}, answer
        )
        assert arrived == {"duration": 300, "evseId": 0}
        assert outcome["response"] == answer


# --- limits of others --------------------------------------------------------------------------------------


async def limits(csms: Csms, station: RawStation) -> list[tuple[str, int | None]]:
    found = (await csms.ok("GET", f"/stations/{station.id}/limits"))["external_limits"]
    return [(limit["source"], limit["evse"]) for limit in found]


async def limited(station: RawStation, **more: Any) -> None:
    told = {"chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": True}, **more}
    assert await station.call("NotifyChargingLimit", told) == {}


async def test_tc_k_48_csms(csms):
    """An energy manager on site sets a limit; the station tells, and it is known."""
    async with csms.station(VERSION) as station:
        await limited(station, chargingSchedule=[schedule(6.0, startSchedule=now())])
        found = await csms.ok("GET", f"/stations/{station.id}/limits")
        (limit,) = found["external_limits"]
        assert (limit["source"], limit["evse"], limit["is_grid_critical"]) == ("EMS", None, True)
        assert limit["schedules"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6.0}]


async def test_tc_k_52_csms(csms):
    """A limit of somebody else is told and then reported among the profiles, as an external constraint."""
    async with csms.station(VERSION) as station:
        await limited(station)
        arrived, _ = await station.ordered("GetChargingProfiles", {"chargingProfile": {}}, ACCEPTED)
        part = {
            "requestId": arrived["requestId"],
            "chargingLimitSource": "EMS",
            "evseId": 0,
            "chargingProfile": [held(5, "ChargingStationExternalConstraints")],
        }
        assert await station.call("ReportChargingProfiles", part) == {}
        seen = (await csms.ok("GET", f"/stations/{station.id}/limits"))["profiles"]
        assert [item["chargingLimitSource"] for item in seen["unknown"]] == ["EMS"]


async def test_tc_k_50_csms(csms):
    """A limit of somebody else is released while nobody charges."""
    async with csms.station(VERSION) as station:
        await limited(station)
        await limited(station, evseId=1)
        assert await limits(csms, station) == [("EMS", None), ("EMS", 1)]
        assert await station.call("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 1}) == {}
        assert await limits(csms, station) == [("EMS", None)]
        assert await station.call("ClearedChargingLimit", {"chargingLimitSource": "SO"}) == {}
        assert await limits(csms, station) == [("EMS", None)]
        assert await station.call("ClearedChargingLimit", {"chargingLimitSource": "EMS"}) == {}
        assert await limits(csms, station) == []


async def test_tc_k_51_csms(csms):
    """A limit of somebody else is released while a car charges: the change of rate that follows is taken in."""
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        await limited(station, evseId=1)
        assert await station.call("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 1}) == {}
        await charging.tell("Updated", "ChargingRateChanged", state="Charging")
        assert await limits(csms, station) == []
        found = (await csms.ok("GET", f"/transactions?station={station.id}"))["items"]
        assert [t["state"] for t in found] == ["active"]


# --- cars that negotiate -----------------------------------------------------------------------------------


@asynccontextmanager
async def planned(speed: float = 20.0):
    """A site of one station, a running transaction, and the station's half of negotiating about it."""
    async with running_csms(speed=speed) as csms:
        station_id = await csms.enter("EV1")
        site = {
            "name": "Site",
            "definition": {
                "nodes": [{"id": "main", "limit_a": 20}],
                "evses": [
                    {
                        "station": station_id,
                        "evse": 1,
                        "node": "main",
                        "connection": "RST",
                        "current_max_a": 32,
                    }
                ],
            },
            "settings": {"settle_s": 1, "clock_offset_max_s": 1},
        }
        async with csms.station(
            VERSION,
            station_id=station_id,
            replies={"SetChargingProfile": ACCEPTED, "GetCompositeSchedule": {"status": "Rejected"}},
        ) as station:
            await csms.ok("POST", "/sites", json={"id": "site", **site})
            await station.expect("SetChargingProfile")  # the permanent base profile
            charging = Charging(station)
            await charging.tell("Started", "Authorized", state="EVConnected")
            yield csms, station, charging


async def needs(station: RawStation, energy_wh: int = 20_000) -> str:
    """The car says what it needs; gives back the status of the answer."""
    wanted = {
        "evseId": 1,
        "maxScheduleTuples": 10,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_three_phase",
            "acChargingParameters": {
                "energyAmount": energy_wh,
                "evMinCurrent": 6,
                "evMaxCurrent": 16,
                "evMaxVoltage": 230,
            },
        },
    }
    return (await station.call("NotifyEVChargingNeeds", wanted))["status"]


async def tx_profile(station: RawStation, charging: Charging) -> dict[str, Any]:
    """The next profile for the transaction."""
    while True:
        arrived = (await station.expect("SetChargingProfile")).payload
        if arrived["chargingProfile"]["chargingProfilePurpose"] == "TxProfile":
            assert arrived["evseId"] == 1
            assert arrived["chargingProfile"]["transactionId"] == charging.id
            return arrived["chargingProfile"]


async def drawn(station: RawStation, given: dict[str, Any], *, more_a: float = 0.0) -> str:
    """The car's own schedule: what it was given, or more; gives back the status of the answer."""
    (shape,) = given["chargingSchedule"]
    periods = [
        {"startPeriod": p["startPeriod"], "limit": p["limit"] + more_a}
        for p in shape["chargingSchedulePeriod"]
    ]
    told = {
        "evseId": 1,
        "timeBase": shape["startSchedule"],
        "chargingSchedule": {
            "id": 1,
            "chargingRateUnit": shape["chargingRateUnit"],
            "chargingSchedulePeriod": periods,
        },
    }
    return (await station.call("NotifyEVChargingSchedule", told))["status"]


async def negotiated(station: RawStation, charging: Charging) -> dict[str, Any]:
    """Needs, a profile for them, and a car that agrees."""
    assert await needs(station) == "Processing"
    given = await tx_profile(station, charging)
    assert await drawn(station, given) == "Accepted"
    await charging.tell("Updated", "ChargingStateChanged", state="Charging")
    return given


async def test_tc_k_53_csms():
    """A car says what it needs, gets a profile for its transaction, and its schedule within it is accepted."""
    async with planned() as (csms, station, charging):
        await negotiated(station, charging)
        (known,) = (await csms.ok("GET", f"/stations/{station.id}/limits"))["ev_schedules"]
        assert (known["evse"], known["status"], known["why"]) == (1, "Accepted", "")


async def test_tc_k_55_csms():
    """A car means to draw more than its profile allows: refused, and the profile is sent again."""
    async with planned() as (csms, station, charging):
        assert await needs(station) == "Processing"
        given = await tx_profile(station, charging)
        assert await drawn(station, given, more_a=3) == "Rejected"
        (known,) = (await csms.ok("GET", f"/stations/{station.id}/limits"))["ev_schedules"]
        assert "are allowed" in known["why"]
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        again = await tx_profile(station, charging)
        assert await drawn(station, again) == "Accepted"


async def test_tc_k_57_csms():
    """A car negotiates again with other needs, and gets a profile again."""
    async with planned() as (_, station, charging):
        await negotiated(station, charging)
        assert await needs(station, energy_wh=5_000) == "Processing"
        given = await tx_profile(station, charging)
        assert await drawn(station, given) == "Accepted"


async def test_tc_k_58_csms():
    """The plan changes while a car charges: a new profile goes out by itself, and the car's schedule is accepted."""
    async with planned() as (csms, station, charging):
        before = await negotiated(station, charging)
        await csms.ok("PUT", "/sites/site/limits", json={"nodes": [{"id": "main", "limit_a": 9}]})
        given = await tx_profile(station, charging)
        limits_a = [p["limit"] for p in given["chargingSchedule"][0]["chargingSchedulePeriod"]]
        assert max(limits_a) <= 9 < before["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"]
        assert await drawn(station, given) == "Accepted"


async def test_tc_k_59_csms():
    """After a profile of ours the car says its needs again: it gets a profile again, though it be the same."""
    async with planned() as (_, station, charging):
        await negotiated(station, charging)
        assert await needs(station) == "Processing"
        given = await tx_profile(station, charging)
        assert await drawn(station, given) == "Accepted"


async def test_needs_that_nobody_plans_for_are_refused(csms):
    async with csms.station(VERSION) as station:
        assert await needs(station) == "Rejected"


async def test_a_cars_schedule_that_reaches_beyond_the_calendar_is_judged():
    async with planned() as (csms, station, charging):
        assert await needs(station) == "Processing"
        given = await tx_profile(station, charging)
        (shape,) = given["chargingSchedule"]
        shape["chargingSchedulePeriod"].append({"startPeriod": 2**53, "limit": 1.0})
        assert await drawn(station, given) == "Accepted"
        (known,) = (await csms.ok("GET", f"/stations/{station.id}/limits"))["ev_schedules"]
        assert known["steps"][-1] == [2**53, 1.0]
