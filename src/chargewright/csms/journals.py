"""Bounded diaries: what stations tell again and again, of which the newest is kept."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from chargewright.csms.ports import Records, Shelf, numbered

__all__ = ["Journal"]

T = TypeVar("T")

PRUNE_EACH = 64
"""Entries between two times that old ones are looked for: one look costs as much as many entries."""


class Journal(Generic[T]):
    """The newest entries of each owner: at least `kept_max`, and never more than `PRUNE_EACH` beyond."""

    def __init__(self, shelf: Shelf[T], *, kept_max: int) -> None:
        self._shelf = shelf
        self._kept_max = kept_max

    def append(self, records: Records, owner: str, entry: T) -> None:
        """Add an entry, inside a commit."""
        number = records.new_number(f"{self._shelf.name}/{owner}")
        records.put_item(self._shelf, owner, numbered(number), entry)
        if number % PRUNE_EACH == 0:
            found = records.newest_items(self._shelf, owner, self._kept_max + 2 * PRUNE_EACH)
            for key, _ in found[self._kept_max :]:
                records.delete_item(self._shelf, owner, key)

    def newest(self, records: Records, owner: str, limit: int) -> Sequence[T]:
        """The newest first."""
        return [entry for _, entry in records.newest_items(self._shelf, owner, limit)]

    def forget(self, records: Records, owner: str) -> None:
        records.delete_items(self._shelf, owner)
