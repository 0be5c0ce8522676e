"""What a station did, as it writes it down itself; the newest entries are kept."""

from collections import deque
from datetime import datetime

__all__ = ["StationLog"]

ENTRIES_MAX = 1_000


class StationLog:
    """Two logs, of everything and of what touches security (OCPP 2.x N01: DiagnosticsLog and SecurityLog)."""

    def __init__(self) -> None:
        self._all: deque[tuple[datetime, str, str]] = deque(maxlen=ENTRIES_MAX)
        self._security: deque[tuple[datetime, str, str]] = deque(maxlen=ENTRIES_MAX)

    def note(self, at: datetime, what: str, more: str = "") -> None:
        self._all.append((at, what, more))

    def note_security(self, at: datetime, what: str, more: str = "") -> None:
        self._security.append((at, what, more))
        self._all.append((at, what, more))

    def text(
        self, *, security: bool, oldest: datetime | None = None, latest: datetime | None = None
    ) -> bytes:
        """Return the entries of a time as lines; empty where there is none."""
        entries = self._security if security else self._all
        lines = [
            f"{at.isoformat()} {what} {more}".rstrip() + "\n"
            for at, what, more in entries
            if (oldest is None or at >= oldest) and (latest is None or at <= latest)
        ]
        return "".join(lines).encode()
