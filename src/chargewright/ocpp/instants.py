"""Instants as real stations write them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

__all__ = ["instant_from_text"]

_LOOSE_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,20}))?)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,10}|\d{12,13}", re.ASCII)


def instant_from_text(text: str, zone_if_none: tzinfo = UTC) -> tuple[datetime | None, bool]:
    """The instant that a station meant, in UTC, and whether a missing zone (read as `zone_if_none`) is all that is wrong.

    Read are `+02` as a zone, a blank for the T, a date without seconds or without time, more fraction digits than
    six, second 60 (as 59), and seconds or milliseconds since 1970. None when even so there is no instant in it.
    """
    if _EPOCH.fullmatch(text):
        seconds = int(text) / 1000 if len(text) > 10 else int(text)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), False
    found = _LOOSE_INSTANT.fullmatch(text)
    if found is None:
        return None, False
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        at = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(int(second or 0), 59 if second == "60" else 99),
            int(((fraction or "") + "000000")[:6]),
            tzinfo=zone_if_none if zone is None else _zone(zone),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, False
    return at, zone is None and second is not None and second != "60"


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
