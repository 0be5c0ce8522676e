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
