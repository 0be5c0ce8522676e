"""Profiles to be judged, and who judges them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chargewright.charging.profile import (
    Dialect,
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Schedule,
)
from chargewright.charging.rules import violations

T0 = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW, NEWEST = (Dialect.of(v) for v in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"))

PLAIN = Schedule(RateUnit.A, (Period(0, 160),), T0)
TX = Profile(1, 0, Purpose.TX, Kind.ABSOLUTE, (PLAIN,), transaction_id="7")
DEFAULT = Profile(2, 0, Purpose.TX_DEFAULT, Kind.ABSOLUTE, (PLAIN,))
MAX = Profile(3, 0, Purpose.STATION_MAX, Kind.ABSOLUTE, (PLAIN,))
PRIORITY = Profile(4, 0, Purpose.PRIORITY_CHARGING, Kind.ABSOLUTE, (PLAIN,))
DYNAMIC = Profile(5, 0, Purpose.TX_DEFAULT, Kind.DYNAMIC, (Schedule(RateUnit.A, (Period(0, 160),)),))


def with_schedule(profile, **changes):
    return replace(profile, schedules=(replace(profile.schedules[0], **changes),))


def with_period(profile, **changes):
    return with_schedule(profile, periods=(replace(profile.schedules[0].periods[0], **changes),))


def steps(*starts):
    return tuple(Period(s, 160 - i) for i, s in enumerate(starts))


def found(profile, dialect, *, evse_id=1, severity="violation", **known):
    before = repr(profile)
    out = violations(profile, dialect=dialect, evse_id=evse_id, **known)
    assert repr(profile) == before
    return [(v.requirement, v.path) for v in out if v.severity == severity]
