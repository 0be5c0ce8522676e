"""OCPP 1.6: boot, configuration keys, the authorization cache."""

from tests.conformance.harness import ACCEPTED, now


def keys(**known: str):
    """A standing answer to GetConfiguration."""

    def answer(payload: dict) -> dict:
        asked = payload.get("key") or list(known)
        return {
            "configurationKey": [
                {"key": key, "readonly": key.startswith("NumberOf"), "value": known[key]}
                for key in asked
                if key in known
            ],
            "unknownKey": [key for key in asked if key not in known],
        }

    return answer


async def shown(csms, station) -> dict[str, tuple[str, str]]:
    """Key -> (value, mutability), as the API shows them."""
    found = await csms.ok("GET", f"/stations/{station.id}/variables")
    return {v["variable"]: (v["attributes"][0]["value"], v["attributes"][0]["mutability"]) for v in found}


async def test_tc_001_csms(csms):
    """A station that is known boots: it is accepted, told when to send heartbeats, and its connectors are shown."""
    async with csms.station(boot=False) as station:
        answer = await station.boot()
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        assert now(-60) <= answer["currentTime"] <= now(60)
        for connector in (0, 1, 2):
            told = {"connectorId": connector, "errorCode": "NoError", "status": "Available"}
            assert await station.call("StatusNotification", told) == {}
        view = await csms.ok("GET", f"/stations/{station.id}")
        assert view["registration"] == "Accepted"
        assert (view["vendor"], view["model"]) == ("Acme", "One")
        assert {s["evse"]: s["status"] for s in view["statuses"]} == dict.fromkeys((0, 1, 2), "Available")


async def test_tc_019_1_csms(csms):
    """All keys are asked for by naming none; they are shown, with which of them may be changed."""
    known = keys(HeartbeatInterval="300", NumberOfConnectors="2")
    async with csms.station(replies={"GetConfiguration": known}) as station:
        await csms.ok("POST", f"/stations/{station.id}/variables/refresh", json={})
        assert "key" not in (await station.expect("GetConfiguration")).payload
        assert await shown(csms, station) == {
            "HeartbeatInterval": ("300", "ReadWrite"),
            "NumberOfConnectors": ("2", "ReadOnly"),
        }


async def test_tc_019_2_csms(csms):
    """One key is asked for by name; its value is given and kept."""
    known = keys(SupportedFeatureProfiles="Core,RemoteTrigger")
    async with csms.station(replies={"GetConfiguration": known}) as station:
        asked = {"variables": [{"variable": "SupportedFeatureProfiles"}]}
        (result,) = await csms.ok("POST", f"/stations/{station.id}/variables/read", json=asked)
        assert (result["status"], result["value"]) == ("Accepted", "Core,RemoteTrigger")
        assert (await station.expect("GetConfiguration")).payload == {"key": ["SupportedFeatureProfiles"]}
        assert list(await shown(csms, station)) == ["SupportedFeatureProfiles"]


async def change(csms, status: str, wanted: dict[str, str]) -> tuple[dict, dict]:
    """(what came of it, what is shown afterwards)."""
    async with csms.station(replies={"ChangeConfiguration": {"status": status}}) as station:
        body = {"variables": [{"variable": wanted["key"], "value": wanted["value"]}]}
        (result,) = await csms.ok("PUT", f"/stations/{station.id}/variables", json=body)
        assert (await station.expect("ChangeConfiguration")).payload == wanted
        return result, await shown(csms, station)


async def test_tc_021_csms(csms):
    """A key is changed: what the station took is shown."""
    result, after = await change(csms, "Accepted", {"key": "MeterValueSampleInterval", "value": "86400"})
    assert result["status"] == "Accepted"
    assert after["MeterValueSampleInterval"][0] == "86400"


async def test_tc_040_1_csms(csms):
    """A key that the station does not have is told as not supported, and not shown."""
    result, after = await change(csms, "NotSupported", {"key": "NoSuchKey", "value": "1"})
    assert result["status"] == "NotSupported"
    assert after == {}


async def test_tc_040_2_csms(csms):
    """A value that the station refuses is told as refused, and not shown as set."""
    result, after = await change(csms, "Rejected", {"key": "MeterValueSampleInterval", "value": "-1"})
    assert result["status"] == "Rejected"
    assert after == {}


async def test_tc_061_csms(csms):
    """The station's authorization cache is cleared by order, and the outcome is kept."""
    async with csms.station() as station:
        arrived, outcome = await station.ordered("ClearCache", {}, ACCEPTED)
        assert arrived == {}
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert (kept["outcome"], kept["response"]) == ("answered", ACCEPTED)
