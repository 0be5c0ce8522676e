"""OCPP 2.0.1 block D: local authorization lists."""

import json

from tests.conformance.harness import ACCEPTED


def lists(version: int):
    """Standing answers of a station with a local list at this version."""
    return {"GetLocalListVersion": {"versionNumber": version}, "SendLocalList": ACCEPTED}


async def chosen(csms, station, *tokens):
    return await csms.ok("PUT", f"/stations/{station.id}/local-list", json={"tokens": list(tokens)})


async def test_tc_d_01_csms(csms):
    """A list that the station does not hold yet is sent whole, with a version above its own."""
    tag = await csms.token(group_id="crew")
    async with csms.station("ocpp2.0.1", replies=lists(4)) as station:
        shown = await chosen(csms, station, tag)
        sent = (await station.expect("SendLocalList")).payload
        assert (sent["updateType"], sent["versionNumber"]) == ("Full", 5)
        (entry,) = sent["localAuthorizationList"]
        assert entry["idToken"] == {"idToken": tag, "type": "ISO14443"}
        assert entry["idTokenInfo"]["status"] == "Accepted"
        assert entry["idTokenInfo"]["groupIdToken"]["idToken"] == "crew"
        assert (shown["state"], shown["version"]) == ("current", 5)
        assert shown["entries"][0]["held"] is True


async def test_tc_d_02_csms(csms):
    """A token that is added later goes out as a difference, with the next version."""
    first, second = await csms.token(), await csms.token()
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, first)
        version = (await station.expect("SendLocalList")).payload["versionNumber"]
        station.replies.update(lists(version))
        shown = await chosen(csms, station, first, second)
        sent = (await station.expect("SendLocalList")).payload
        assert (sent["updateType"], sent["versionNumber"]) == ("Differential", version + 1)
        assert [entry["idToken"]["idToken"] for entry in sent["localAuthorizationList"]] == [second]
        assert shown["state"] == "current"


async def test_tc_d_03_csms(csms):
    """A token that is taken out goes out as a difference without information about it."""
    first, second = await csms.token(), await csms.token(kind="KeyCode")
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, first, second)
        version = (await station.expect("SendLocalList")).payload["versionNumber"]
        station.replies.update(lists(version))
        await chosen(csms, station, first)
        sent = (await station.expect("SendLocalList")).payload
        assert (sent["updateType"], sent["versionNumber"]) == ("Differential", version + 1)
        assert sent["localAuthorizationList"] == [{"idToken": {"idToken": second, "type": "KeyCode"}}]


async def test_tc_d_04_csms(csms):
    """A list is cleared by a whole one without entries."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, tag)
        version = (await station.expect("SendLocalList")).payload["versionNumber"]
        station.replies.update(lists(version))
        shown = await csms.ok("DELETE", f"/stations/{station.id}/local-list")
        sent = (await station.expect("SendLocalList")).payload
        assert sent["updateType"] == "Full"
        assert sent["versionNumber"] > version
        assert "localAuthorizationList" not in sent
        assert (shown["state"], shown["chosen"]["tokens"]) == ("current", [])


async def test_tc_d_08_csms(csms):
    """The version that a station holds is asked for and shown; one that is not ours makes the list be sent again."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, tag)
        station.replies.update(lists(77))
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/version")
        assert (shown["reported_version"], shown["state"]) == (77, "behind")
        await station.expect("SendLocalList")
        await csms.ok("POST", f"/stations/{station.id}/local-list/synchronise")
        again = (await station.expect("SendLocalList")).payload
        assert (again["updateType"], again["versionNumber"]) == ("Full", 78)


async def test_tc_d_09_csms(csms):
    """A station without a list says version 0, and that is what is shown."""
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/version")
        assert (await station.expect("GetLocalListVersion")).payload == {}
        assert shown["reported_version"] == 0


async def test_a_long_list_goes_in_portions_that_the_station_can_take(csms):
    """Not a public case: ItemsPerMessage is kept to, the first portion whole, the others as differences."""
    tags = [await csms.token() for _ in range(5)]

    def limits(payload):
        found = {"ItemsPerMessage": "2"}
        return {
            "getVariableResult": [
                {
                    "attributeStatus": "Accepted"
                    if asked["variable"]["name"] in found
                    else "UnknownVariable",
                    "component": asked["component"],
                    "variable": asked["variable"],
                    **(
                        {"attributeValue": found[asked["variable"]["name"]]}
                        if asked["variable"]["name"] in found
                        else {}
                    ),
                }
                for asked in payload["getVariableData"]
            ]
        }

    async with csms.station("ocpp2.0.1", replies={**lists(0), "GetVariables": limits}) as station:
        shown = await chosen(csms, station, *tags)
        sent = [o.payload for o in station.orders if o.action == "SendLocalList"]
        assert [(s["updateType"], s["versionNumber"], len(s["localAuthorizationList"])) for s in sent] == [
            ("Full", 1, 2),
            ("Differential", 2, 2),
            ("Differential", 3, 1),
        ]
        assert (shown["state"], shown["version"]) == ("current", 3)


async def test_a_version_that_does_not_fit_makes_the_list_be_sent_whole(csms):
    """Not a public case: VersionMismatch on a difference is met with a whole list."""
    first, second = await csms.token(), await csms.token()
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, first)
        version = (await station.expect("SendLocalList")).payload["versionNumber"]

        def mismatch(payload):
            return ACCEPTED if payload["updateType"] == "Full" else {"status": "VersionMismatch"}

        station.replies.update({**lists(version), "SendLocalList": mismatch})
        shown = await chosen(csms, station, first, second)
        kinds = [o.payload["updateType"] for o in station.orders if o.action == "SendLocalList"]
        assert kinds == ["Full", "Differential", "Full"]
        assert shown["state"] == "current"


async def test_a_list_that_was_cleared_is_not_cleared_again_at_each_boot(csms):
    """Not a public case: an empty list has version 0, which is no other version than ours."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1", replies=lists(0)) as station:
        await chosen(csms, station, tag)
        station.replies.update(lists(1))
        await csms.ok("DELETE", f"/stations/{station.id}/local-list")
        station.replies.update(lists(0))
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/version")
        assert (shown["state"], shown["reported_version"]) == ("current", 0)
        before = len([o for o in station.orders if o.action == "SendLocalList"])
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/synchronise")
        assert shown["state"] == "current"
        assert len([o for o in station.orders if o.action == "SendLocalList"]) == before == 2


async def test_a_message_is_no_longer_than_the_station_takes(csms):
    """Not a public case: BytesPerMessage is kept to."""
    tags = [await csms.token(personal_message="x" * 400) for _ in range(4)]

    def limit(payload):
        found = []
        for asked in payload["getVariableData"]:
            known = asked["variable"]["name"] == "BytesPerMessage"
            answer = {"attributeStatus": "Accepted", "attributeValue": "1500"}
            found.append({**asked, **(answer if known else {"attributeStatus": "UnknownVariable"})})
        return {"getVariableResult": found}

    async with csms.station("ocpp2.0.1", replies={**lists(0), "GetVariables": limit}) as station:
        shown = await chosen(csms, station, *tags)
        sizes = [
            len(json.dumps(frame, separators=(",", ":")))
            for way, frame in station.frames
            if way == "in" and frame[2:3] == ["SendLocalList"]
        ]
        assert len(sizes) == 2
        assert max(sizes) <= 1500
        assert shown["state"] == "current"
