import asyncio

import pytest
from tests.adapters.rest.rest_stories import BOOT, obedient
from tests.patience import PATIENCE_S

from chargewright.csms.ports import CallOutcome

ANSWERED = {"outcome": "answered", "response": {"status": "Accepted"}, "error": None}


def said(body):
    return {key: body[key] for key in ("outcome", "response", "error")}


async def connected(api, respond=obedient):
    await api.station()
    link = api.connect(respond=respond)
    await api.said(link, "BootNotification", BOOT)
    return link


async def test_a_command_brings_the_stations_answer(api):
    link = await connected(api)
    answer = await api.ok("POST", "/stations/CS1/commands/Reset", json={"type": "Soft"})
    assert said(answer) == ANSWERED
    assert (answer["sent_at"], answer["answered_at"]) == ("2026-03-03T09:00:00Z", "2026-03-03T09:00:00Z")
    assert [action for action, _ in link.calls] == ["Reset"]
    kept = await api.ok("GET", f"/commands/{answer['command']}")
    assert said(kept) == ANSWERED
    assert (kept["station"], kept["action"], kept["payload"]) == ("CS1", "Reset", {"type": "Soft"})


async def test_an_error_of_the_station_is_told_as_it_was(api):
    await connected(api)
    answer = await api.ok("POST", "/stations/CS1/commands/ClearCache", json={})
    error = {"code": "NotSupported", "description": "never heard of it"}
    assert said(answer) == {"outcome": "error", "response": None, "error": error}


async def test_silence_is_a_timeout(api):
    await connected(api, lambda *_: CallOutcome("timeout"))
    answer = await api.ok("POST", "/stations/CS1/commands/Reset", json={"type": "Hard"})
    assert (answer["outcome"], answer["response"]) == ("timeout", None)
    assert "in time" in answer["error"]["description"]


async def test_a_station_that_is_away_is_offline(api):
    await api.station()
    answer = await api.ok("POST", "/stations/CS1/commands/Reset", json={"type": "Soft"})
    assert (answer["outcome"], answer["sent_at"]) == ("offline", None)


async def test_nobody_need_wait(api):
    held = []

    def respond(action, payload):
        held.append(action)

    link = await connected(api, respond)
    response = await api.request("POST", "/stations/CS1/commands/Reset?wait=0", json={"type": "Soft"})
    assert response.status_code == 202
    assert response.headers["location"] == f"/api/v1/commands/{response.json()['command']}"
    place = f"/commands/{response.json()['command']}"
    await api.until(lambda: held == ["Reset"])
    assert (await api.ok("GET", place))["outcome"] == "pending"
    link.respond = obedient
    api.dispatch.disconnected(link)
    assert (await api.ok("GET", place))["finished_at"] is None


async def test_an_answer_that_comes_later_is_found(api):
    await connected(api)
    number = (await api.ok("POST", "/stations/CS1/commands/Reset?wait=0", json={"type": "Soft"}))["command"]
    async with asyncio.timeout(PATIENCE_S):
        while (found := await api.ok("GET", f"/commands/{number}"))["outcome"] == "pending":
            pass
    assert said(found) == ANSWERED


@pytest.mark.parametrize(
    ("action", "payload", "status", "word"),
    [
        ("Reset", {"type": "Gently"}, 400, "type"),
        ("Reset", {}, 400, "type"),
        ("Reset", {"type": "Soft", "please": True}, 400, "please"),
        ("MakeCoffee", {}, 422, "MakeCoffee"),
        ("BootNotification", BOOT, 422, "BootNotification"),
    ],
)
async def test_what_a_station_cannot_be_told_is_not_sent(api, action, payload, status, word):
    link = await connected(api)
    found = await api.problem("POST", f"/stations/CS1/commands/{action}", status, json=payload)
    assert word in found["detail"] + str(found["path"])
    assert link.calls == []
    kept = await api.ok("GET", "/commands/1")
    assert (kept["outcome"], kept["error"]["code"]) == ("error", "NotSent")


async def test_what_is_not_there_is_not_found(api):
    await api.problem("POST", "/stations/CS9/commands/Reset", 404, json={"type": "Soft"})
    await api.problem("GET", "/commands/17", 404)


async def test_a_payload_that_is_no_object_is_refused(api):
    await api.station()
    await api.problem("POST", "/stations/CS1/commands/Reset", 400, json=[1])
    await api.problem("POST", "/stations/CS1/commands/Reset", 400, content=b"{")
