"""What a station keeps: how its store of profiles changes when one is set, cleared, updated or outlived.

Pure functions over tuples of `Installed`. Whether a profile may be installed at all is asked of `rules.py` first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chargewright.charging.profile import (
    Dialect,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    ReplaceKey,
)
from chargewright.errors import NotFound

__all__ = [
    "Criteria",
    "back_online",
    "clear",
    "dynamic_updated",
    "install",
    "replaced_by",
    "transaction_ended",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Which profiles to clear: what is given must all match, except that an id alone decides.

    `evse_id` 0 is the station level, None is any (1.6 section 5.3 with errata 3.26; 2.x K10).
    """

    profile_id: int | None = None
    evse_id: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None


def replaced_by(
    installed: Iterable[Installed], evse_id: int, profile: Profile, dialect: Dialect
) -> tuple[Installed, ...]:
    """Return the installed profiles that this one takes the place of."""
    return tuple(i for i in installed if _gives_way(i, evse_id, profile, dialect))


def install(
    installed: Iterable[Installed], evse_id: int, profile: Profile, at: datetime, dialect: Dialect
) -> tuple[Installed, ...]:
    """Return the store with this profile in it, received at `at`.

    The same id is replaced wherever it stands (1.6 section 5.16; 2.x K01.FR.05). In 1.6 so is the same purpose and
    stack level, on the same connector or on the whole station as the dialect has it; 2.x refuses that conflict
    beforehand instead (K01.FR.06, 39, 52, 53). A Dynamic profile without dynUpdateTime is stamped with `at`.
    """
    if profile.kind is Kind.DYNAMIC and profile.dyn_update_at is None:
        profile = replace(profile, dyn_update_at=at)
    kept = tuple(i for i in installed if not _gives_way(i, evse_id, profile, dialect))
    return (*kept, Installed(evse_id, profile, at))


def clear(
    installed: Iterable[Installed], criteria: Criteria, dialect: Dialect
) -> tuple[tuple[Installed, ...], tuple[Installed, ...]]:
    """Return (what remains, what was removed); nothing removed is answered Unknown.

    In 2.x what an external system constrains is out of reach (K10.FR.06).
    """
    remaining: list[Installed] = []
    removed: list[Installed] = []
    for i in installed:
        external = i.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS and dialect.version != "ocpp1.6"
        (removed if not external and _meant(i, criteria) else remaining).append(i)
    return tuple(remaining), tuple(removed)


def transaction_ended(
    installed: Iterable[Installed], *, evse_id: int, transaction_id: str
) -> tuple[Installed, ...]:
    """Return the store without the TxProfiles of a transaction that has ended on this EVSE.

    A TxProfile that came with a remote start bears no id; it goes with the transaction of its EVSE.
    """
    return tuple(
        i
        for i in installed
        if i.profile.purpose is not Purpose.TX
        or i.profile.transaction_id not in {None, transaction_id}
        or (i.profile.transaction_id is None and i.evse_id != evse_id)
    )


def dynamic_updated(
    installed: Iterable[Installed], *, profile_id: int, period: Period, at: datetime
) -> tuple[Installed, ...]:
    """Return the store with a Dynamic profile's one period replaced, which also revives it (2.1: K28.FR.15).

    Raises:
        NotFound: no Dynamic profile has this id.

    """
    changed: list[Installed] = []
    found = False
    for i in installed:
        if i.profile.id == profile_id and i.profile.kind is Kind.DYNAMIC:
            found = True
            schedule = replace(i.profile.schedules[0], periods=(replace(period, start_s=0),))
            updated = replace(i.profile, schedules=(schedule,), dyn_update_at=at)
            changed.append(replace(i, profile=updated))
        else:
            changed.append(i)
    if not found:
        raise NotFound(f"no Dynamic profile has the id {profile_id}")
    return tuple(changed)


def back_online(
    installed: Iterable[Installed], *, offline_since: datetime, at: datetime
) -> tuple[Installed, ...]:
    """Return the store without what a long silence has made invalid for good (2.1: invalidAfterOfflineDuration)."""
    offline_for_s = (at - offline_since).total_seconds()
    return tuple(
        i
        for i in installed
        if not i.profile.invalid_after_offline
        or i.profile.max_offline_duration_s is None
        or offline_for_s <= i.profile.max_offline_duration_s
    )


def _gives_way(old: Installed, evse_id: int, new: Profile, dialect: Dialect) -> bool:
    if old.profile.id == new.id:
        return True
    if dialect.replace_key is ReplaceKey.ID_ONLY:
        return False
    if (old.profile.purpose, old.profile.stack_level) != (new.purpose, new.stack_level):
        return False
    return dialect.replace_key is ReplaceKey.PURPOSE_LEVEL or old.evse_id == evse_id


def _meant(i: Installed, criteria: Criteria) -> bool:
    if criteria.profile_id is not None:
        return i.profile.id == criteria.profile_id
    return (
        criteria.evse_id in {None, i.evse_id}
        and criteria.purpose in {None, i.profile.purpose}
        and criteria.stack_level in {None, i.profile.stack_level}
    )
