"""The bodies that the page on provisioning shows are bodies that the API takes."""

import re
from pathlib import Path

import pytest
from tests.conformance.harness import running_csms

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "provisioning.md"
SHOWN = re.findall(r"`PUT /api/v1(/[^`]+)`.*?```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(("path", "body"), SHOWN, ids=[path for path, _ in SHOWN])
async def test_what_the_page_shows_is_taken(path: str, body: str):
    async with running_csms() as csms:
        await csms.enter("CP01", version="ocpp2.0.1")
        answer = await csms.ok("PUT", path, content=body, headers={"Content-Type": "application/json"})
    assert answer


def test_the_page_shows_them():
    assert [path for path, _ in SHOWN] == [
        "/configuration-templates/acme-one",
        "/stations/CP01/variables",
        "/station-models",
    ]
