"""Each message that OCPP 2.1 adds has a case of its own, named after it."""

import re
from pathlib import Path

from chargewright.ocpp.catalog import Version, catalog

ADDED = sorted(set(catalog(Version.OCPP21).actions) - set(catalog(Version.OCPP201).actions))


def snake(action: str) -> str:
    """`SetDERControl` -> `set_der_control`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", action).lower()


async def test_every_added_message_has_a_case():
    cases = {
        name
        for file in Path(__file__).parent.glob("test_2_1_*.py")
        for name in re.findall(r"def test_(21_\w+)\(", file.read_text())
    }
    assert len(ADDED) == 27
    assert [action for action in ADDED if not any(name.endswith(snake(action)) for name in cases)] == []
