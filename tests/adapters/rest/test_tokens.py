import pytest


async def test_a_token_is_kept_changed_and_forgotten(api):
    made = await api.ok(
        "POST", "/tokens", json={"token": "ABC1", "group": "FLEET", "expires_at": "2026-12-01T01:00:00+01:00"}
    )
    assert made["expires_at"] == "2026-12-01T00:00:00Z"
    assert await api.ok("GET", "/tokens/abc1") == made
    assert await api.ok("GET", "/tokens") == [made]
    changed = await api.ok("PUT", "/tokens/ABC1", json={"blocked": True, "priority": 2.5})
    assert (changed["blocked"], changed["priority"], changed["group"]) == (True, 2.5, None)
    assert await api.ok("GET", "/tokens/ABC1") == changed
    assert await api.ok("DELETE", "/tokens/ABC1") is None
    assert await api.ok("GET", "/tokens") == []


async def test_a_token_that_exists_is_not_made_again(api):
    await api.ok("POST", "/tokens", json={"token": "ABC"})
    await api.problem("POST", "/tokens", 409, json={"token": "abc"})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "token"),
        ({"token": ""}, "token"),
        ({"token": "x" * 256}, "token"),
        ({"token": "A", "priority": 0}, "priority"),
        ({"token": "A", "concurrent_transactions_max": 0}, "concurrent_transactions_max"),
        ({"token": "A", "expires_at": "2026-12-01T00:00:00"}, "expires_at"),
        ({"token": "A", "parent": "B"}, "parent"),
        ({"token": "A", "kind": "RFID"}, "kind"),
        ({"token": "A", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"token": "A", "hours_from": "08:00:00"}, "hours_from"),
        ({"token": "A", "charging_priority": 10}, "charging_priority"),
    ],
)
async def test_a_faulty_token_is_refused(api, body, where):
    assert (await api.problem("POST", "/tokens", 400, json=body))["path"] == where
    assert await api.ok("GET", "/tokens") == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_token_that_is_not_there_is_not_found(api, method):
    more = {"json": {}} if method == "PUT" else {}
    assert (await api.problem(method, "/tokens/NONE", 404, **more))["path"] == "NONE"
