"""Files that a station fetches or hands over: what it wants, and what came of it. Who has a network carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["FILE_BYTES_MAX", "Outcome", "Transfer"]

FILE_BYTES_MAX = 64 * 1024 * 1024
"""A larger file is not fetched to its end: a simulated station has the memory of a real one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a transfer. `body` is what was fetched; `url` where something can be had from now on."""

    done: bool
    body: bytes = b""
    url: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A file to fetch from `url`, to hand over to it, or to offer to others from now on (`url` is then its name)."""

    kind: Literal["fetch", "hand over", "offer", "withdraw"]
    url: str
    finished: Callable[[Outcome, datetime], None]
    body: bytes = b""
