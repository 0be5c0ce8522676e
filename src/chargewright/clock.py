"""Time is aware UTC, and it is given, never taken: whoever needs it is handed a `Clock`."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "as_utc", "iso", "later"]


class Clock(Protocol):
    """Where time comes from: the wall, a sped-up day, or a test."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...

    async def sleep_s(self, duration_s: float) -> None:
        """Return when `duration_s` seconds of this clock have passed."""
        ...


def as_utc(at: datetime) -> datetime:
    """Return the same instant in UTC; a naive time is read as UTC (stations send them; ocpp-j gives no zone)."""
    zone = at.tzinfo
    if zone is UTC:
        return at
    return at.replace(tzinfo=UTC) if zone is None else at.astimezone(UTC)


def later(at: datetime, duration_s: float) -> datetime:
    """Return the instant `duration_s` seconds after `at` (UTC), or the end of the calendar that lies before it.

    Integers of the wire reach far beyond the year 9999: such a duration has no end that anybody could write.
    """
    try:
        return at + timedelta(seconds=duration_s)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if duration_s > 0 else datetime.min.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """RFC 3339 with milliseconds and `Z`, the form that every station reads."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
