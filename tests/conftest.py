"""Long tests first: with several workers the others fill up what is left, and nobody waits for the last one."""

import pytest

ORDINARY_S = 300
"""What pyproject.toml lets a test take; whoever asks for more is long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_is_ordinary)


def _is_ordinary(item: pytest.Item) -> bool:
    asked = item.get_closest_marker("timeout")
    return asked is None or asked.args[0] <= ORDINARY_S
