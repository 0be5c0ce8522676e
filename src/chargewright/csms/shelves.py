"""Shelves, read whole."""

from collections.abc import Iterator
from typing import Final, TypeVar

from chargewright.csms.ports import Records, Shelf

__all__ = ["whole"]

T = TypeVar("T")

PAGE: Final = 5_000


def whole(records: Records, shelf: Shelf[T], owner: str) -> Iterator[tuple[str, T]]:
    """Yield (key, item) of all that one owner has, by key, however much it is."""
    after = ""
    while True:
        page = records.items(shelf, owner, after=after, limit=PAGE)
        for _, key, item in page:
            yield key, item
        if len(page) < PAGE:
            return
        after = page[-1][1]
