import re

import pytest
from tests.adapters.rest.rest_harness import TOKEN

from chargewright.adapters.rest.api import Api
from chargewright.errors import InvalidInput

OPEN = {"/health/live", "/health/ready", "/metrics"}


async def test_everything_but_the_probes_asks_for_the_token(secured):
    token = {"authorization": f"Bearer {TOKEN}"}
    document = (await secured.http.get("/api/v1/openapi.json", headers=token)).json()
    asked = 0
    for path, methods in document["paths"].items():
        for method in methods:
            place = re.sub(r"\{\w+\}", "1", path)
            response = await secured.http.request(method.upper(), place)
            if path in OPEN:
                assert response.status_code == 200, path
                continue
            asked += 1
            assert response.status_code == 401, f"{method} {path}"
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.headers["content-type"] == "application/problem+json"
    assert asked >= 30


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ä"]
)
async def test_another_token_does_not_open(secured, header):
    response = await secured.http.get("/api/v1/sites", headers={"authorization": header.encode()})
    assert response.status_code == 401
    assert TOKEN not in response.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_token_opens(secured, scheme):
    response = await secured.http.get("/api/v1/sites", headers={"authorization": f"{scheme} {TOKEN}"})
    assert (response.status_code, response.json()) == (200, [])


async def test_an_open_api_is_not_bound_to_the_world(api):
    with pytest.raises(InvalidInput, match="loopback"):
        await Api(api.services, token_hash=None).serve("0.0.0.0", 0)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("evil.example:8080", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ],
)
async def test_an_open_api_answers_to_this_machine_only(api, host, status):
    """A name of somebody else's may be pointed at 127.0.0.1 (DNS rebinding)."""
    response = await api.http.get("/api/v1/sites", headers={"host": host})
    assert response.status_code == status


@pytest.mark.parametrize(
    ("method", "sender", "status"),
    [
        ("POST", "cross-site", 403),
        ("POST", "same-site", 403),
        ("POST", "same-origin", 201),
        ("POST", "none", 201),
        ("GET", "cross-site", 200),
    ],
)
async def test_a_foreign_page_changes_nothing_in_an_open_api(api, method, sender, status):
    more = {"json": {"token": "ABC"}} if method == "POST" else {}
    response = await api.http.request(method, "/api/v1/tokens", headers={"sec-fetch-site": sender}, **more)
    assert response.status_code == status
    kept = await api.store.read(lambda records: records.tokens())
    assert len(kept) == (status == 201)
