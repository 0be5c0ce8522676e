"""OCPP 2.1, what it adds to smart charging: dynamic profiles, charging first, power in both directions."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.charging import Charging
from tests.conformance.harness import ACCEPTED, CallError, Csms, Order, RawStation, now, running_csms

from chargewright.simulator.clock import PacedClock

VERSION = "ocpp2.1"


async def dynamic(csms: Csms, station: RawStation, **more) -> tuple[dict, dict]:
    """Install a dynamic profile through the API: (the profile as it arrived, what the API answered)."""
    station.replies["SetChargingProfile"] = ACCEPTED
    body = {"evse": 1, "values": {"limit": 16}, "duration_s": 300, **more}
    shown = await csms.ok("POST", f"/stations/{station.id}/dynamic-profiles", json=body)
    return (await station.expect("SetChargingProfile")).payload, shown


async def pull(station: RawStation, profile_id: int) -> dict:
    return await station.call("PullDynamicScheduleUpdate", {"chargingProfileId": profile_id})


async def test_21_k28_fr_01_set_charging_profile(csms):
    """A dynamic profile has one schedule with one period from the start, and no start of its own."""
    async with csms.station(VERSION) as station:
        arrived, shown = await dynamic(csms, station, update_interval_s=60)
        profile = arrived["chargingProfile"]
        assert (arrived["evseId"], profile["chargingProfileKind"]) == (1, "Dynamic")
        assert profile["dynUpdateInterval"] == 60
        (schedule,) = profile["chargingSchedule"]
        assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16.0}]
        assert (schedule["duration"], "startSchedule" in schedule) == (300, False)
        assert (shown["status"], shown["profile"]["id"]) == ("Accepted", profile["id"])
        (kept,) = await csms.ok("GET", f"/stations/{station.id}/dynamic-profiles")
        assert kept == shown["profile"]


async def test_21_k28_fr_01_a_refused_profile_is_not_kept(csms):
    """A dynamic profile that the station refuses is answered so, and not pulled later."""
    async with csms.station(VERSION) as station:
        station.replies["SetChargingProfile"] = {
            "status": "Rejected",
            "statusInfo": {"reasonCode": "InvalidProfile"},
        }
        body = {"evse": 1, "values": {"limit": 16}}
        shown = await csms.ok("POST", f"/stations/{station.id}/dynamic-profiles", json=body)
        assert (shown["status"], shown["reason"]) == ("Rejected", "Rejected: InvalidProfile")
        assert await csms.ok("GET", f"/stations/{station.id}/dynamic-profiles") == []
        answer = await pull(station, shown["profile"]["id"])
        assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "UnknownProfile")


async def test_21_k28_update_dynamic_schedule(csms):
    """New values of a dynamic profile are pushed, and shown once the station took them."""
    async with csms.station(VERSION, replies={"UpdateDynamicSchedule": ACCEPTED}) as station:
        _, shown = await dynamic(csms, station)
        number = shown["profile"]["id"]
        path = f"/stations/{station.id}/dynamic-profiles/{number}"
        pushed = await csms.ok("PUT", path, json={"limit": 9.5})
        arrived = (await station.expect("UpdateDynamicSchedule")).payload
        assert arrived == {"chargingProfileId": number, "scheduleUpdate": {"limit": 9.5}}
        assert (pushed["status"], pushed["profile"]["values"]) == ("Accepted", {"limit": 9.5})
        station.replies["UpdateDynamicSchedule"] = {"status": "Rejected"}
        refused = await csms.ok("PUT", path, json={"limit": 30})
        assert (refused["status"], refused["profile"]["values"]) == ("Rejected", {"limit": 9.5})
        await csms.problem("PUT", path, 400, json={})
        await csms.problem("PUT", path, 400, json={"limit": 9.55})


async def test_21_k28_pull_dynamic_schedule_update(csms):
    """A station that asks for the values of a profile gets those that were given last, and none of an unknown one."""
    async with csms.station(
        VERSION, replies={"UpdateDynamicSchedule": CallError("GenericError", "")}
    ) as station:
        _, shown = await dynamic(csms, station, update_interval_s=30)
        number = shown["profile"]["id"]
        assert await pull(station, number) == {"status": "Accepted", "scheduleUpdate": {"limit": 16.0}}
        path = f"/stations/{station.id}/dynamic-profiles"
        pushed = await csms.ok("PUT", f"{path}/{number}", json={"limit": 8})
        assert pushed["status"] == "error", "nobody knows whether it counts: the next pull brings it"
        assert (await pull(station, number))["scheduleUpdate"] == {"limit": 8.0}
        assert (await csms.ok("GET", path))[0]["pulled_at"] is not None
        assert (await pull(station, 4711))["status"] == "Rejected"


async def site_of(csms: Csms, station_id: str, **more) -> None:
    """Have a site of 20 A plan for one EVSE; `more` are settings."""
    evse = {"station": station_id, "evse": 1, "node": "main", "connection": "RST", "current_max_a": 32}
    definition = {"nodes": [{"id": "main", "limit_a": 20}], "evses": [evse]}
    settings = {"settle_s": 1, "clock_offset_max_s": 1, **more}
    body = {"id": "site", "name": "Site", "definition": definition, "settings": settings}
    await csms.ok("POST", "/sites", json=body)


def limit_of(order: Order) -> float:
    (schedule,) = order.payload["chargingProfile"]["chargingSchedule"]
    return schedule["chargingSchedulePeriod"][0]["limit"]


async def test_21_k28_pull_of_the_plan_in_force():
    """A profile that follows the plan is answered with the limit in force at its EVSE."""
    replies = {"SetChargingProfile": ACCEPTED, "GetCompositeSchedule": {"status": "Rejected"}}
    async with running_csms(speed=20.0) as csms, csms.station(VERSION, replies=replies) as station:
        body = {"evse": 1, "follows_plan": True, "update_interval_s": 30, "stack_level": 3}
        path = f"/stations/{station.id}/dynamic-profiles"
        await csms.problem("POST", path, 400, json=body)  # nobody plans here
        await site_of(csms, station.id)
        base = limit_of(await station.expect("SetChargingProfile"))

        async def in_force() -> bool:
            return (await csms.request("POST", path, json=body)).status_code == 200

        await csms.until(in_force)
        (kept,) = await csms.ok("GET", path)
        answer = await pull(station, kept["id"])
        assert answer == {"status": "Accepted", "scheduleUpdate": {"limit": base}}
        await csms.problem("PUT", f"{path}/{kept['id']}", 400, json={"limit": 8})


async def test_21_k22_the_plan_knows_who_charges_first():
    """An EVSE at which somebody charges first counts at its rating: its own profile does not hold there."""
    replies = {"SetChargingProfile": ACCEPTED, "GetCompositeSchedule": {"status": "Rejected"}}
    async with running_csms(speed=20.0) as csms, csms.station(VERSION, replies=replies) as station:
        await site_of(csms, station.id)
        await station.expect("SetChargingProfile")
        charging = Charging(station)
        await charging.tell("Started", "Authorized", state="Charging")
        await station.expect("SetChargingProfile")  # its own, by the plan
        (control,) = csms.central.sites.all()
        (before,) = control.exposures().values()
        assert before.floor_tenths < 320
        told = {"transactionId": charging.id, "activated": True}
        assert await station.call("NotifyPriorityCharging", told) == {}
        await csms.until(lambda: next(iter(control.exposures().values())).floor_tenths == 320)


async def test_21_k28_the_plan_knows_what_counts_beside_it():
    """An EVSE whose dynamic profile says something else than the plan counts at its rating."""
    replies = {"SetChargingProfile": ACCEPTED, "GetCompositeSchedule": {"status": "Rejected"}}
    async with running_csms(speed=20.0) as csms, csms.station(VERSION, replies=replies) as station:
        await site_of(csms, station.id)
        (control,) = csms.central.sites.all()

        def floor() -> int:
            (exposure,) = control.exposures().values()
            return exposure.floor_tenths

        await csms.until(lambda: floor() < 320)
        body = {"evse": 1, "values": {"limit": 32}}
        await csms.ok("POST", f"/stations/{station.id}/dynamic-profiles", json=body)
        provisioning = csms.central.services.provisioning
        await csms.until(lambda: provisioning.require(station.id).commissioned_at is not None)
        assert floor() == 320, "though its base profile is confirmed again"


async def test_21_q04_update_of_a_setpoint(csms):
    """A setpoint for feeding back goes out in a profile of mode CentralSetpoint, and new ones are pushed."""
    async with csms.station(VERSION, replies={"UpdateDynamicSchedule": ACCEPTED}) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        record = await charging.record()
        arrived, shown = await dynamic(
            csms,
            station,
            purpose="TxProfile",
            unit="W",
            mode="CentralSetpoint",
            transaction=record["id"],
            values={"setpoint": -5000, "limit": 11000, "discharge_limit": -11000},
        )
        profile = arrived["chargingProfile"]
        assert profile["transactionId"] == charging.id
        (period,) = profile["chargingSchedule"][0]["chargingSchedulePeriod"]
        assert period == {
            "startPeriod": 0,
            "operationMode": "CentralSetpoint",
            "setpoint": -5000.0,
            "limit": 11000.0,
            "dischargeLimit": -11000.0,
        }
        path = f"/stations/{station.id}/dynamic-profiles/{shown['profile']['id']}"
        await csms.ok("PUT", path, json={"setpoint": 3000})
        assert (await station.expect("UpdateDynamicSchedule")).payload["scheduleUpdate"] == {
            "setpoint": 3000.0
        }
        assert len(await csms.ok("GET", f"/stations/{station.id}/dynamic-profiles")) == 1
        await charging.tell("Ended", "EVDeparted", stopped="EVDisconnected")
        assert await csms.ok("GET", f"/stations/{station.id}/dynamic-profiles") == []


async def test_21_k28_clear_charging_profile(csms):
    """A dynamic profile is taken back, and pulled no more."""
    async with csms.station(VERSION, replies={"ClearChargingProfile": ACCEPTED}) as station:
        _, shown = await dynamic(csms, station)
        number = shown["profile"]["id"]
        path = f"/stations/{station.id}/dynamic-profiles"
        assert (await csms.ok("DELETE", f"{path}/{number}"))["status"] == "Accepted"
        assert (await station.expect("ClearChargingProfile")).payload == {"chargingProfileId": number}
        assert await csms.ok("GET", path) == []
        assert (await pull(station, number))["status"] == "Rejected"


async def test_21_k01_fr_121_dynamic_profiles_in_2_0_1(csms):
    """A station of 2.0.1 is sent no dynamic profile."""
    async with csms.station("ocpp2.0.1") as station:
        body = {"evse": 1, "values": {"limit": 16}}
        await csms.problem("POST", f"/stations/{station.id}/dynamic-profiles", 422, json=body)
        assert station.orders == []


@pytest.mark.parametrize("answer", ["Accepted", "NoProfile"])
async def test_21_k21_use_priority_charging(csms, answer):
    """A transaction is to charge first; the station's answer is shown."""
    async with csms.station(VERSION, replies={"UsePriorityCharging": {"status": answer}}) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        number = (await charging.record())["id"]
        path = f"/transactions/{number}/priority-charging"
        assert (await csms.ok("POST", path, json={"active": True}))["status"] == answer
        arrived = (await station.expect("UsePriorityCharging")).payload
        assert arrived == {"transactionId": charging.id, "activate": True}
        (change,) = await csms.ok("GET", f"/stations/{station.id}/priority-charging")
        assert (change["wire_id"], change["by"], change["status"]) == (charging.id, "operator", answer)
        await charging.tell("Ended", "EVDeparted", stopped="EVDisconnected")
        await csms.problem("POST", path, 400, json={"active": True})


async def test_21_k22_notify_priority_charging(csms):
    """A driver chose at the station to charge first: kept and shown."""
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        for active in (True, False):
            told = {"transactionId": charging.id, "activated": active}
            assert await station.call("NotifyPriorityCharging", told) == {}
        changes = await csms.ok("GET", f"/stations/{station.id}/priority-charging")
        assert [(c["is_active"], c["by"]) for c in changes] == [(False, "station"), (True, "station")]


async def test_21_q01_notify_allowed_energy_transfer(csms):
    """A transaction is told which modes of energy transfer it may use."""
    async with csms.station(VERSION, replies={"NotifyAllowedEnergyTransfer": ACCEPTED}) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        number = (await charging.record())["id"]
        modes = ["AC_BPT", "AC_three_phase"]
        told = await csms.ok("POST", f"/transactions/{number}/energy-transfer", json={"modes": modes})
        arrived = (await station.expect("NotifyAllowedEnergyTransfer")).payload
        assert arrived == {"transactionId": charging.id, "allowedEnergyTransfer": modes}
        assert (told["status"], told["wire_id"]) == ("Accepted", charging.id)
        assert await csms.ok("GET", f"/stations/{station.id}/energy-transfer") == [told]


def declaring(modes: str) -> dict:
    """What a station answers that is asked for its abilities: it can do `modes`, and knows nothing else."""

    def answer(asked: dict) -> dict:
        return {
            "getVariableResult": [
                {"attributeStatus": "Accepted", "attributeValue": modes, **one}
                if one["variable"]["name"] == "SupportedOperationModes" and "evse" in one["component"]
                else {"attributeStatus": "UnknownVariable", **one}
                for one in asked["getVariableData"]
            ]
        }

    return {
        "GetVariables": answer,
        "SetChargingProfile": ACCEPTED,
        "GetCompositeSchedule": {"status": "Rejected"},
    }


@pytest.mark.parametrize(
    ("discharge", "modes", "allowed"),
    [
        (True, "ChargingOnly,CentralSetpoint", True),
        (False, "ChargingOnly,CentralSetpoint", False),
        (True, "ChargingOnly", False),
    ],
)
async def test_21_q01_authorize(discharge, modes, allowed):
    """Who is accepted where cars are discharged is told that power may flow both ways; nobody is elsewhere."""
    async with (
        running_csms(speed=20.0) as csms,
        csms.station(VERSION, replies=declaring(modes)) as station,
    ):
        tag = await csms.token()
        await site_of(csms, station.id, discharge=discharge)
        await station.expect("SetChargingProfile")  # its abilities are known
        asked = {"idToken": {"idToken": tag, "type": "ISO14443"}}
        answer = await station.call("Authorize", asked)
        assert answer["idTokenInfo"]["status"] == "Accepted"
        assert ("AC_BPT" in answer.get("allowedEnergyTransfer", [])) is allowed
        refused = await station.call("Authorize", {"idToken": {"idToken": "NOBODY", "type": "ISO14443"}})
        assert "allowedEnergyTransfer" not in refused


async def test_21_q08_fr_10_afrr_signal(csms):
    """A signal for frequency restoration reaches the station with its moment."""
    async with csms.station(VERSION, replies={"AFRRSignal": ACCEPTED}) as station:
        path, at = f"/stations/{station.id}/frequency-signals", now(5).replace(".000", "")
        sent = await csms.ok("POST", path, json={"signal": -30, "at": at})
        arrived = (await station.expect("AFRRSignal")).payload
        assert (arrived["signal"], arrived["timestamp"]) == (-30, at)
        assert sent["status"] == "Accepted"
        station.replies["AFRRSignal"] = {"status": "Rejected", "statusInfo": {"reasonCode": "NotInMode"}}
        refused = await csms.ok("POST", path, json={"signal": 30})
        assert (refused["status"], refused["reason"]) == ("Rejected", "NotInMode")
        assert await csms.ok("GET", path) == [refused, sent]


async def test_21_k27_notify_charging_limit(csms):
    """Power that is generated at the site is told as an external limit of its own kind."""
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 5000}],
    }
    async with csms.station(VERSION) as station:
        limit = {"chargingLimitSource": "EMS", "isLocalGeneration": True}
        told = {"chargingLimit": limit, "chargingSchedule": [schedule]}
        assert await station.call("NotifyChargingLimit", told) == {}
        shown = await csms.ok("GET", f"/stations/{station.id}/limits")
        (found,) = shown["external_limits"]
        assert (found["source"], found["schedules"][0]["chargingSchedulePeriod"][0]["limit"]) == ("EMS", 5000)
        assert found["is_local_generation"] is True


def profile(purpose: str, **more) -> dict:
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "startSchedule": now(),
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
        **more.pop("schedule", {}),
    }
    return {
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        **more,
    }


async def by_hand(station: RawStation, wanted: dict, answer=ACCEPTED) -> tuple[dict, dict]:
    arrived, outcome = await station.ordered(
        "SetChargingProfile", {"evseId": 1, "chargingProfile": wanted}, answer
    )
    return arrived["chargingProfile"], outcome


async def test_21_k01_fr_56_too_many_profiles(csms):
    """A station that says that profiles come too often is quoted, with the seconds that it asks for."""
    info = {"reasonCode": "RateLimitExceeded", "additionalInfo": "30 seconds before retry"}
    async with csms.station(VERSION) as station:
        _, outcome = await by_hand(
            station, profile("TxDefaultProfile"), {"status": "Rejected", "statusInfo": info}
        )
        assert outcome["response"] == {"status": "Rejected", "statusInfo": info}


async def test_21_k01_fr_59_the_plan_waits():
    """The plan sends a profile again that was refused as too early, after the time that the station asks for."""
    info = {"reasonCode": "RateLimitExceeded", "additionalInfo": "300 seconds before retry"}
    refused: list[datetime] = []

    clock = PacedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with running_csms(clock=clock) as csms:

        def judge(payload: dict) -> dict:
            if payload["chargingProfile"]["chargingProfilePurpose"] != "TxProfile":
                return ACCEPTED
            refused.append(clock.now())
            return {"status": "Rejected", "statusInfo": info}

        replies = {"SetChargingProfile": judge, "GetCompositeSchedule": {"status": "Rejected"}}
        async with csms.station(VERSION, replies=replies) as station:
            await site_of(csms, station.id)
            await station.expect("SetChargingProfile")
            await Charging(station).tell("Started", "Authorized", state="Charging")

            def twice() -> bool:
                clock.advance_to(clock.now() + timedelta(seconds=1))
                return len(refused) == 2

            await csms.until(twice)
        assert (refused[1] - refused[0]).total_seconds() >= 299


async def test_21_k01_fr_58_retry(csms):
    """A profile that was refused as too early goes out again, under an id of its own, when it is asked for again."""
    info = {"reasonCode": "RateLimitExceeded", "additionalInfo": "1 seconds before retry"}
    async with csms.station(VERSION) as station:
        first, _ = await by_hand(
            station, profile("TxDefaultProfile"), {"status": "Rejected", "statusInfo": info}
        )
        second, outcome = await by_hand(station, profile("TxDefaultProfile"))
        assert outcome["response"] == ACCEPTED
        assert first["id"] != second["id"]


async def test_21_k01_fr_72_priority_charging_profile(csms):
    """A profile for charging first is set in advance; one with a duration does not leave."""
    async with csms.station(VERSION) as station:
        arrived, _ = await by_hand(station, profile("PriorityCharging"))
        assert arrived["chargingProfilePurpose"] == "PriorityCharging"
        body = {"evseId": 1, "chargingProfile": profile("PriorityCharging", schedule={"duration": 900})}
        path = f"/stations/{station.id}/commands/SetChargingProfile"
        problem = await csms.problem("POST", path, 400, json=body)
        assert "K01.FR.73" in problem["detail"]


async def test_21_k01_fr_96_local_time_and_random_delay(csms):
    """Local time and random delays of a schedule reach the station as they were given."""
    async with csms.station(VERSION) as station:
        wanted = profile("TxDefaultProfile", schedule={"useLocalTime": True, "randomizedDelay": 120})
        arrived, _ = await by_hand(station, wanted)
        (schedule,) = arrived["chargingSchedule"]
        assert (schedule["useLocalTime"], schedule["randomizedDelay"]) == (True, 120)


async def test_21_k01_fr_104_validity_offline(csms):
    """For how long a profile may count without a connection, and whether it comes back, is told."""
    async with csms.station(VERSION) as station:
        for invalid in (True, False):
            wanted = profile("TxDefaultProfile", maxOfflineDuration=600, invalidAfterOfflineDuration=invalid)
            arrived, _ = await by_hand(station, wanted)
            assert (arrived["maxOfflineDuration"], arrived["invalidAfterOfflineDuration"]) == (600, invalid)


async def test_21_k01_fr_105_limit_beyond_soc(csms):
    """A lower limit beyond a state of charge reaches the station."""
    async with csms.station(VERSION) as station:
        at_soc = {"soc": 80, "limit": 6}
        arrived, _ = await by_hand(station, profile("TxDefaultProfile", schedule={"limitAtSoC": at_soc}))
        assert arrived["chargingSchedule"][0]["limitAtSoC"] == {"soc": 80, "limit": 6.0}


async def refused_by_rule(csms: Csms, station: RawStation, wanted: dict, rule: str) -> None:
    """A profile that breaks a rule does not leave, and the rule is named."""
    body = {"evseId": 1, "chargingProfile": wanted}
    path = f"/stations/{station.id}/commands/SetChargingProfile"
    problem = await csms.problem("POST", path, 400, json=body)
    assert rule in problem["detail"]
    assert all(order.payload["chargingProfile"] != wanted for order in station.orders)


def period(**more) -> dict:
    return {"chargingSchedulePeriod": [{"startPeriod": 0, **more}]}


async def test_21_k01_fr_113_local_generation(csms):
    """Capacity that is generated at the site is told in a profile of its own; it takes no setpoints."""
    async with csms.station(VERSION) as station:
        arrived, _ = await by_hand(station, profile("LocalGeneration"))
        assert arrived["chargingProfilePurpose"] == "LocalGeneration"
        wanted = profile("LocalGeneration", schedule=period(operationMode="CentralSetpoint", setpoint=5))
        await refused_by_rule(csms, station, wanted, "K01.FR.113")


async def test_21_q03_central_setpoint(csms):
    """A schedule of setpoints for charging and feeding back reaches the station as it was given."""
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        periods = [
            {"startPeriod": 0, "operationMode": "CentralSetpoint", "setpoint": -7.5, "dischargeLimit": -16.0},
            {"startPeriod": 900, "operationMode": "CentralSetpoint", "setpoint": 10.0, "limit": 16.0},
            {"startPeriod": 1800, "operationMode": "Idle"},
        ]
        schedule = {"chargingSchedulePeriod": periods}
        arrived, outcome = await by_hand(
            station, profile("TxProfile", transactionId=charging.id, schedule=schedule)
        )
        assert outcome["response"] == ACCEPTED
        assert arrived["chargingSchedule"][0]["chargingSchedulePeriod"] == periods


async def test_21_k01_fr_143_limits_per_phase(csms):
    """Limits for each phase stand in the profile of a transaction only."""
    async with csms.station(VERSION) as station:
        charging = Charging(station)
        await charging.tell("Started", "CablePluggedIn", state="Charging")
        phases = {"limit": 10.0, "limit_L2": 8.0, "limit_L3": 6.0}
        arrived, _ = await by_hand(
            station, profile("TxProfile", transactionId=charging.id, schedule=period(**phases))
        )
        (schedule,) = arrived["chargingSchedule"]
        assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, **phases}]
        wanted = profile("TxDefaultProfile", schedule=period(**phases))
        await refused_by_rule(csms, station, wanted, "K01.FR.143")


async def test_21_k01_fr_22_external_constraints(csms):
    """A profile of the purpose that belongs to external systems does not leave."""
    async with csms.station(VERSION) as station:
        wanted = profile("ChargingStationExternalConstraints")
        await refused_by_rule(csms, station, wanted, "K01.FR.22")


async def test_21_k28_fr_04_update_interval_of_another_kind(csms):
    """A profile that is not dynamic has no interval of updates."""
    async with csms.station(VERSION) as station:
        await refused_by_rule(csms, station, profile("TxDefaultProfile", dynUpdateInterval=60), "K28.FR.04")


async def test_21_k28_fr_01_two_periods(csms):
    """A dynamic profile of two periods does not leave."""
    async with csms.station(VERSION) as station:
        periods = [{"startPeriod": 0, "limit": 16}, {"startPeriod": 60, "limit": 8}]
        schedule = {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": periods,
        }
        wanted = profile("TxDefaultProfile", chargingProfileKind="Dynamic", chargingSchedule=[schedule])
        await refused_by_rule(csms, station, wanted, "K28.FR.01")
