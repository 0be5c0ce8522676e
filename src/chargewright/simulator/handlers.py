"""How a dialect carries out what a central system orders: one handler for each action."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

__all__ = ["Handler", "Handlers"]

Handler = Callable[[Any, datetime], Struct]
"""Takes the request in its version's type, and the true time; returns the answer."""

Handlers = Mapping[str, Handler]
