"""The envelope ledger: every charging profile that was sent, durable before it leaves.

Held in memory and written through. After a crash it is read again: it knows at least what the stations know.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chargewright.charging.profile import Profile, Purpose
from chargewright.charging.site import EvseKey
from chargewright.clock import Clock
from chargewright.csms.ports import Store
from chargewright.domain.installation import MAY_BE_HELD, InstalledProfile, ProfileState
from chargewright.ids import TransactionId

__all__ = ["Ledger"]

_ENTRIES_PER_EPOCH = 1_000_000_000
"""Profiles that one run of the server may send before its ids meet those of the next."""


class Ledger:
    """The entries that stations may still hold, by EVSE, in the order in which they were sent."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held: dict[EvseKey, dict[int, InstalledProfile]] = {}
        self._revisions: Counter[EvseKey] = Counter()
        self._epoch = 0
        self._number = 0

    async def load(self) -> None:
        """Take over what stations may still hold; entry ids of this run start where no other run's can be."""
        self._epoch = await self._store.commit(lambda records: records.new_entry_id())
        for entry in await self._store.read(lambda records: records.installed_profiles()):
            self._remember(entry)

    def revision(self, key: EvseKey) -> int:
        """Changes with everything that changes about this EVSE: what was made of its entries may be kept until then."""
        return self._revisions[key]

    def held(self, key: EvseKey) -> list[InstalledProfile]:
        """What the station may hold for this EVSE, oldest first."""
        return list(self._held.get(key, {}).values())

    def newest(self, key: EvseKey, purpose: Purpose) -> InstalledProfile | None:
        """The profile of that purpose that was accepted last."""
        accepted = [
            e for e in self.held(key) if e.profile.purpose is purpose and e.state is ProfileState.ACCEPTED
        ]
        return accepted[-1] if accepted else None

    def enter(
        self,
        key: EvseKey,
        profile: Profile,
        *,
        ends_at: datetime | None,
        transaction_id: TransactionId | None,
    ) -> InstalledProfile:
        """Count a profile that is about to leave, from now on. It must be made `durable` before it leaves."""
        self._number += 1
        entry = InstalledProfile(
            entry_id=self._epoch * _ENTRIES_PER_EPOCH + self._number,
            station_id=key.station_id,
            evse_id=key.evse_id,
            profile=profile,
            state=ProfileState.SENT,
            sent_at=self._clock.now(),
            ends_at=ends_at,
            transaction_id=transaction_id,
        )
        self._remember(entry)
        return entry

    async def durable(self, entry: InstalledProfile) -> None:
        await self._store.commit(lambda records: records.put_installed_profile(entry))

    async def change(
        self, entry: InstalledProfile, change: Callable[[InstalledProfile], InstalledProfile]
    ) -> InstalledProfile:
        """Apply `change` to the entry as it is now."""
        changed = change(self._held.get(_key(entry), {}).get(entry.entry_id, entry))
        self._remember(changed)
        await self._store.commit(lambda records: records.put_installed_profile(changed))
        return changed

    def settle(
        self, *, now: datetime, follow: timedelta, slack: timedelta, open_ids: frozenset[TransactionId]
    ) -> None:
        """Let go of what no station can hold any more: replaced and followed, run out, or its transaction over.

        A profile that was not answered can only run out: nobody knows whether the station took it.
        """
        for key in list(self._held):
            entries = self.held(key)
            for i, entry in enumerate(entries):
                later = [
                    e
                    for e in entries[i + 1 :]
                    if e.profile.id == entry.profile.id
                    and e.state is ProfileState.ACCEPTED
                    and e.settled_at is not None
                    and e.settled_at + follow <= now
                ]
                over = entry.transaction_id is not None and entry.transaction_id not in open_ids
                ran_out = entry.ends_at is not None and entry.ends_at + slack <= now
                if later:
                    self._write(replace(entry, state=ProfileState.SUPERSEDED))
                elif over or ran_out:
                    self._write(replace(entry, state=ProfileState.ENDED))

    def _write(self, entry: InstalledProfile) -> None:
        """Forgetting may be lost in a crash: the entry is then counted a little longer, which is safe."""
        self._remember(entry)
        self._store.submit(lambda records: records.put_installed_profile(entry), _nobody_waits)

    def _remember(self, entry: InstalledProfile) -> None:
        self._revisions[_key(entry)] += 1
        own = self._held.setdefault(_key(entry), {})
        if entry.state in MAY_BE_HELD:
            own[entry.entry_id] = entry
        else:
            own.pop(entry.entry_id, None)


def _key(entry: InstalledProfile) -> EvseKey:
    return EvseKey(entry.station_id, entry.evse_id)


def _nobody_waits(result: None, error: BaseException | None) -> None:
    """See `Ledger._write`."""
