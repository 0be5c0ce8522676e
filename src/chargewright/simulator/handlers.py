"""How a dialect carries out what a central system orders: one handler for each action."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

__all__ = ["Handler", "Handlers", "whole_number"]

Handler = Callable[[Any, datetime], Struct]
"""Takes the request in its version's type, and the true time; returns the answer."""

Handlers = Mapping[str, Handler]

NUMBER_MAX = 2**31 - 1
"""What a setting of a station holds; in seconds it is a lifetime."""


def whole_number(text: str, *, least: int) -> int | None:
    """Read a setting; None where it is no whole number from `least` up, or larger than a station can hold."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(NUMBER_MAX)):
        return None
    number = int(text)
    return number if least <= number <= NUMBER_MAX else None
