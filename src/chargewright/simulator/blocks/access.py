"""Whom a station lets charge without asking: the local authorization list and the cache.

OCPP 1.6 sections 3.5 and 5.14; OCPP 2.0.1 part 2, blocks C (C10 to C14) and D.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

__all__ = ["CACHE_ENTRIES_MAX", "LIST_ENTRIES_MAX", "LIST_ITEMS_PER_MESSAGE", "Access", "TokenInfo"]

LIST_ENTRIES_MAX = 1_000
LIST_ITEMS_PER_MESSAGE = 100
CACHE_ENTRIES_MAX = 500


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What is known of a token. `status` is OCPP's word; `group` the id of the token that it belongs to."""

    status: str
    expires_at: datetime | None = None
    group: str | None = None

    def accepted(self, at: datetime) -> bool:
        return self.status == "Accepted" and (self.expires_at is None or at < self.expires_at)


@dataclass(slots=True)
class Access:
    """A station's list and cache."""

    list_enabled: bool = True
    cache_enabled: bool = True
    pre_authorize: bool = False
    """Accept a token that is listed or cached without asking (LocalPreAuthorize)."""
    local_offline: bool = True
    """Use list and cache while there is no link (LocalAuthorizeOffline)."""
    version: int = 0
    listed: dict[str, TokenInfo] = field(default_factory=dict)
    cached: OrderedDict[str, TokenInfo] = field(default_factory=OrderedDict)

    def list_version(self) -> int:
        """The list's version; 0 where it is empty (1.6 5.10; D02.FR.02)."""
        return self.version if self.listed else 0

    def update_list(
        self,
        version: int,
        kind: Literal["Full", "Differential"],
        entries: Sequence[tuple[str, TokenInfo | None]],
    ) -> Literal["Accepted", "Failed", "VersionMismatch"]:
        """Replace the list or change it; an entry without info is removed. Nothing changes where it is refused."""
        if not self.list_enabled:
            return "Failed"
        ids = [id_token for id_token, _ in entries]
        if version <= 0 or len(set(ids)) != len(ids) or len(ids) > LIST_ITEMS_PER_MESSAGE:
            return "Failed"
        if kind == "Differential" and version <= self.version:
            return "VersionMismatch"
        if kind == "Full" and any(info is None for _, info in entries):
            return "Failed"
        after = {} if kind == "Full" else dict(self.listed)
        for id_token, info in entries:
            if info is None:
                after.pop(id_token, None)
            else:
                after[id_token] = info
        if len(after) > LIST_ENTRIES_MAX:
            return "Failed"
        self.version, self.listed = version, after
        return "Accepted"

    def learn(self, id_token: str, info: TokenInfo) -> None:
        """Remember what the central system said of a token (C10.FR.01, C10.FR.04)."""
        if not self.cache_enabled:
            return
        self.cached[id_token] = info
        self.cached.move_to_end(id_token)
        if len(self.cached) > CACHE_ENTRIES_MAX:
            self.cached.popitem(last=False)

    def clear_cache(self) -> bool:
        """Forget the cache; False where there is none (C11.FR.03, C11.FR.04)."""
        self.cached.clear()
        return self.cache_enabled

    def forget(self, id_token: str) -> None:
        """Forget one token, in the list too (N09, N10)."""
        self.cached.pop(id_token, None)
        self.listed.pop(id_token, None)

    def known(self, id_token: str) -> TokenInfo | None:
        """What list or cache say of a token; the list goes first (C13, C14)."""
        info = self.listed.get(id_token) if self.list_enabled else None
        if info is None and self.cache_enabled:
            info = self.cached.get(id_token)
        return info

    def group_of(self, id_token: str) -> str | None:
        info = self.known(id_token)
        return None if info is None else info.group

    def admits_at_once(self, id_token: str, at: datetime) -> bool:
        """Whether a token may charge without asking while there is a link."""
        info = self.known(id_token) if self.pre_authorize else None
        return info is not None and info.accepted(at)

    def admits_offline(self, id_token: str, at: datetime, *, unknown: bool) -> bool:
        """Whether a token may charge while there is no link. `unknown`: whether one that nobody knows may."""
        info = self.known(id_token) if self.local_offline else None
        return unknown if info is None else info.accepted(at)
