"""OCPP 1.6: local authorization lists."""

from datetime import UTC, datetime

from tests.conformance.harness import ACCEPTED, CallError


def lists(version, sent=None):
    return {"GetLocalListVersion": {"listVersion": version}, "SendLocalList": sent or ACCEPTED}


async def chosen(csms, station, *tokens):
    return await csms.ok("PUT", f"/stations/{station.id}/local-list", json={"tokens": list(tokens)})


def sent(station):
    return [order.payload for order in station.orders if order.action == "SendLocalList"]


async def test_tc_042_1_csms(csms):
    """A station without local lists says version -1: that is remembered, and nothing is sent to it."""
    async with csms.station(replies=lists(-1)) as station:
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/version")
        assert shown["reported_version"] == -1
        shown = await chosen(csms, station, await csms.token())
        assert (shown["state"], shown["reported_version"]) == ("unsupported", -1)
        assert sent(station) == []


async def test_tc_042_2_csms(csms):
    """A station whose list is empty says version 0."""
    async with csms.station(replies=lists(0)) as station:
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/version")
        assert (await station.expect("GetLocalListVersion")).payload == {}
        assert shown["reported_version"] == 0


async def test_tc_043_1_csms(csms):
    """A station that does not take lists says NotSupported: remembered, and not tried again by itself."""
    async with csms.station(replies=lists(0, {"status": "NotSupported"})) as station:
        shown = await chosen(csms, station, await csms.token())
        assert (shown["state"], shown["reason"]) == ("unsupported", "NotSupported")
        assert len(sent(station)) == 1


async def test_tc_043_3_csms(csms):
    """A list that fails is sent whole once more; then it is for a human, who can see it."""
    async with csms.station(replies=lists(0, {"status": "Failed"})) as station:
        shown = await chosen(csms, station, await csms.token())
        assert (shown["state"], shown["reason"]) == ("failed", "Failed")
        assert [(s["updateType"], s["listVersion"]) for s in sent(station)] == [("Full", 1), ("Full", 2)]
        assert shown["entries"][0]["held"] is False
        station.replies.update(lists(0))
        again = await csms.ok("POST", f"/stations/{station.id}/local-list/synchronise")
        assert (again["state"], again["entries"][0]["held"]) == ("current", True)


async def test_tc_043_4_csms(csms):
    """A whole list is sent with what each card may."""
    good, bad = await csms.token(group_id="FLEET"), await csms.token(blocked=True)
    async with csms.station(replies=lists(3)) as station:
        shown = await chosen(csms, station, good, bad)
        (whole,) = sent(station)
        assert (whole["updateType"], whole["listVersion"]) == ("Full", 4)
        assert {e["idTag"]: e["idTagInfo"] for e in whole["localAuthorizationList"]} == {
            good: {"status": "Accepted", "parentIdTag": "FLEET"},
            bad: {"status": "Blocked"},
        }
        assert (shown["state"], shown["version"]) == ("current", 4)


async def test_tc_043_5_csms(csms):
    """Changes are sent as a difference: what is new with information, what is gone without."""
    stays, goes, comes = await csms.token(), await csms.token(), await csms.token()
    async with csms.station(replies=lists(0)) as station:
        version = (await chosen(csms, station, stays, goes))["version"]
        station.replies.update(lists(version))
        shown = await chosen(csms, station, stays, comes)
        difference = sent(station)[-1]
        assert (difference["updateType"], difference["listVersion"]) == ("Differential", version + 1)
        assert difference["localAuthorizationList"] == [
            {"idTag": comes, "idTagInfo": {"status": "Accepted"}},
            {"idTag": goes},
        ]
        assert shown["state"] == "current"


async def test_a_token_that_is_blocked_later_reaches_the_stations_that_hold_it(csms):
    """Not a public case: a change of a token is sent by itself, and so is what a station missed."""
    tag = await csms.token()
    async with csms.station(replies=lists(0)) as station:
        version = (await chosen(csms, station, tag))["version"]
        await station.expect("SendLocalList")
        station.replies.update(lists(version))
        await csms.ok("PUT", f"/tokens/{tag}", json={"blocked": True})
        difference = (await station.expect("SendLocalList")).payload
        assert difference["localAuthorizationList"] == [{"idTag": tag, "idTagInfo": {"status": "Blocked"}}]
    await csms.ok("PUT", f"/tokens/{tag}", json={"blocked": False})
    async with csms.station(station_id=station.id, replies=lists(version + 1)) as back:
        missed = (await back.expect("SendLocalList")).payload
        assert missed["localAuthorizationList"] == [{"idTag": tag, "idTagInfo": {"status": "Accepted"}}]


async def test_a_station_that_knows_no_such_message_is_remembered_for_it(csms):
    """Not a public case: NotImplemented is as good as NotSupported."""
    async with csms.station(replies={"GetLocalListVersion": CallError("NotImplemented", "")}) as station:
        shown = await chosen(csms, station, await csms.token())
        assert (shown["state"], shown["reason"]) == ("unsupported", "NotImplemented")


async def test_a_card_that_is_too_long_for_the_version_is_left_out_and_said(csms):
    """Not a public case: one UUID must not keep all cards from a 1.6 station."""
    short, long = await csms.token(), await csms.token(id_token="u" * 36)
    async with csms.station(replies=lists(0)) as station:
        shown = await chosen(csms, station, short, long)
        (whole,) = sent(station)
        assert [entry["idTag"] for entry in whole["localAuthorizationList"]] == [short]
        assert shown["state"] == "current"
        assert "1 of the tokens" in shown["reason"]
        assert {entry["token"]: entry["held"] for entry in shown["entries"]} == {short: True, long: False}


async def test_a_list_that_failed_is_not_tried_again_by_itself(csms):
    """Not a public case: a human has to look, and a station is not pestered at each boot."""
    async with csms.station(replies=lists(0, {"status": "Failed"})) as station:
        await chosen(csms, station, await csms.token())
    async with csms.station(station_id=station.id, replies=lists(0)) as back:
        await csms.ok("POST", f"/stations/{back.id}/local-list/version")
        assert sent(back) == []
        assert (await csms.ok("GET", f"/stations/{back.id}/local-list"))["reason"] != ""


def keys(**values):
    """A station that knows these configuration keys."""

    def answer(payload):
        known = [k for k in payload.get("key", []) if k in values]
        return {
            "configurationKey": [{"key": k, "readonly": True, "value": values[k]} for k in known],
            "unknownKey": [k for k in payload.get("key", []) if k not in values],
        }

    return {"GetConfiguration": answer}


async def test_more_cards_than_the_station_holds_are_not_sent_and_said(csms):
    """Not a public case: LocalAuthListMaxLength is kept to."""
    tags = [await csms.token() for _ in range(3)]
    async with csms.station(replies={**lists(0), **keys(LocalAuthListMaxLength="2")}) as station:
        shown = await chosen(csms, station, *tags)
        assert (shown["state"], shown["reason"]) == ("failed", "3 tokens are chosen, the station holds 2")
        assert sent(station) == []


async def test_a_list_that_broke_off_half_way_is_sent_whole_the_next_time(csms):
    """Not a public case: nobody knows what a station holds of which it refused a part."""
    tags = [await csms.token() for _ in range(3)]

    def second_fails(payload):
        return ACCEPTED if payload["updateType"] == "Full" else {"status": "NotSupported"}

    replies = {**lists(0, second_fails), **keys(SendLocalListMaxLength="2")}
    async with csms.station(replies=replies) as station:
        shown = await chosen(csms, station, *tags)
        assert shown["state"] == "unsupported"
        assert [len(s["localAuthorizationList"]) for s in sent(station)] == [2, 1]
        station.replies.update(lists(1))
        shown = await csms.ok("POST", f"/stations/{station.id}/local-list/synchronise")
        assert [s["updateType"] for s in sent(station)][2:] == ["Full", "Differential"]
        assert shown["state"] == "current"


async def test_an_entry_of_a_list_lasts_until_the_card_expires_and_no_cache_time_counts(csms):
    """Not a public case: a list is no cache."""
    until = datetime(2040, 1, 1, tzinfo=UTC)
    tags = [await csms.token(cache_duration_s=60), await csms.token(cache_duration_s=60, expires_at=until)]
    async with csms.station(replies=lists(0)) as station:
        await chosen(csms, station, *tags)
        first, second = (entry["idTagInfo"] for entry in sent(station)[0]["localAuthorizationList"])
        assert first == {"status": "Accepted"}
        assert datetime.fromisoformat(second["expiryDate"]) == until


async def test_a_card_that_changes_while_the_list_is_sent_is_sent_again(csms):
    """Not a public case: nothing that changes on the way is lost."""
    tag = await csms.token()
    async with csms.station(replies=lists(0)) as station:
        await chosen(csms, station, tag)
        await station.expect("SendLocalList")
        station.replies = {**station.replies, **lists(1)}
        del station.replies["SendLocalList"]
        await csms.ok("PUT", f"/tokens/{tag}", json={"blocked": True})
        first = await station.expect("SendLocalList")
        await csms.ok("PUT", f"/tokens/{tag}", json={"blocked": False, "group": "G"})
        station.replies = {**station.replies, **lists(2)}
        await station.answer(first, ACCEPTED)
        again = (await station.expect("SendLocalList")).payload
        assert again["localAuthorizationList"] == [
            {"idTag": tag, "idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
        ]
