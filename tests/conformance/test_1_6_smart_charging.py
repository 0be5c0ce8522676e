"""OCPP 1.6: charging profiles."""

from typing import Any

from tests.conformance.harness import ACCEPTED, RawStation, now

SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}


def profile(purpose: str, kind: str = "Absolute", **more: Any) -> dict[str, Any]:
    start = {"startSchedule": now()} if kind == "Absolute" else {}
    return {
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": {**SCHEDULE, **start},
        **more,
    }


async def started(station: RawStation, token: str) -> int:
    payload = {"connectorId": 1, "idTag": token, "meterStart": 0, "timestamp": now()}
    return (await station.call("StartTransaction", payload))["transactionId"]


async def test_tc_056_csms(csms):
    """A default profile for one connector; it gets an id of its own."""
    async with csms.station() as station:
        order = {
            "connectorId": 1,
            "csChargingProfiles": profile("TxDefaultProfile", validFrom=now(), validTo=now(3600)),
        }
        arrived, outcome = await station.ordered("SetChargingProfile", order, ACCEPTED)
        assert outcome["response"] == ACCEPTED
        assert arrived["csChargingProfiles"]["chargingProfileId"] > 1_000_000
        period = arrived["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]
        assert period == {"startPeriod": 0, "limit": 6.0}


async def test_tc_057_csms(csms):
    """A profile for the transaction that runs; one for connector 0, where no transaction can be, does not leave."""
    token = await csms.token()
    async with csms.station() as station:
        number = await started(station, token)
        wanted = profile("TxProfile", transactionId=number)
        order = {"connectorId": 1, "csChargingProfiles": wanted}
        arrived, outcome = await station.ordered("SetChargingProfile", order, ACCEPTED)
        assert outcome["response"] == ACCEPTED
        assert arrived["csChargingProfiles"]["transactionId"] == number
        path = f"/stations/{station.id}/commands/SetChargingProfile"
        await csms.problem("POST", path, 400, json={"connectorId": 0, "csChargingProfiles": wanted})


async def test_tc_059_csms(csms):
    """A remote start brings a profile for its transaction, which has no id yet."""
    token = await csms.token()
    async with csms.station() as station:
        order = {"connectorId": 1, "idTag": token, "chargingProfile": profile("TxProfile", "Relative")}
        arrived, outcome = await station.ordered("RemoteStartTransaction", order, ACCEPTED)
        assert outcome["response"] == ACCEPTED
        assert arrived["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
        assert "transactionId" not in arrived["chargingProfile"]
        assert await started(station, token) > 0


async def test_tc_066_csms(csms):
    """The composite schedule is asked for and shown."""
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-03-03T09:00:00Z",
        "chargingSchedule": {**SCHEDULE, "duration": 300},
    }
    async with csms.station() as station:
        order = {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
        arrived, outcome = await station.ordered("GetCompositeSchedule", order, answer)
        assert arrived == order
        assert outcome["response"] == answer
        beside = await csms.ok("GET", f"/stations/{station.id}/composite-schedule?evse=1&duration_s=300")
        assert beside["station"][0]["limit"] == 6.0


async def test_tc_067_csms(csms):
    """A profile is cleared by its id, and others by what they have in common."""
    async with csms.station() as station:
        order = {"connectorId": 1, "csChargingProfiles": profile("TxDefaultProfile")}
        arrived, _ = await station.ordered("SetChargingProfile", order, ACCEPTED)
        by_id = {"id": arrived["csChargingProfiles"]["chargingProfileId"]}
        by_criteria = {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}
        for criteria, answer in ((by_id, ACCEPTED), (by_criteria, {"status": "Unknown"})):
            cleared, outcome = await station.ordered("ClearChargingProfile", criteria, answer)
            assert cleared == criteria
            assert outcome["response"] == answer
