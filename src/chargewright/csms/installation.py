"""Send one profile and prove that it worked: ledger, SetChargingProfile, GetCompositeSchedule, comparison.

Divergence is a normal outcome with figures, never an exception. A composite schedule that a station will not give
(some refuse it, or leave out a default profile while idle) proves nothing either way: metered current then decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chargewright.charging.composite import ActiveTransaction, Context, EvseContext
from chargewright.charging.profile import Dialect, Installed, Profile, RateUnit, StationAbilities
from chargewright.charging.setpoint import setpoints
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.timeline import Timeline, difference
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.ledger import Ledger
from chargewright.csms.ports import Bus
from chargewright.domain import events
from chargewright.domain.commands import (
    CommandOutcome,
    CompositeReported,
    InstallProfile,
    ProfileInstalled,
    ReportCompositeSchedule,
)
from chargewright.domain.installation import InstalledProfile, ProfileState
from chargewright.domain.transaction import Transaction
from chargewright.ids import StationId

__all__ = ["Comparison", "Installer", "compare"]

STEP_TOLERANCE = timedelta(seconds=10)
"""Two schedules may differ for so long around a step: clocks are off by seconds."""

VALUE_TOLERANCE = {RateUnit.A: 1, RateUnit.W: 30}
"""In tenths: a tenth of an ampere, three watts (a station that calculates in whole watts)."""

REPORT_MARGIN_S = 60
"""The report is asked for a little beyond the profile's end, so that the fall-back shows."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a station's composite schedule agrees with ours; `may_exceed` where it allows more."""

    agrees: bool
    may_exceed: bool
    text: str


def compare(expected: Timeline, actual: Timeline, unit: RateUnit) -> Comparison:
    """Compare two schedules in tenths of `unit`. None is no limit, which is more than any number.

    Below 0 energy is to be given back. To give more than is wanted exceeds as well; to give less does not.
    """
    tolerance = VALUE_TOLERANCE[unit]
    more: list[str] = []
    less: list[str] = []
    for start, end, should, does in difference(expected, actual):
        if end - start <= STEP_TOLERANCE:
            continue
        if should is not None and does is not None and abs(should - does) <= tolerance:
            continue
        text = f"from {start:%H:%M:%S} {_said(does, unit)} instead of {_said(should, unit)}"
        if should is not None and (does is None or _beyond(should, does, tolerance)):
            more.append(text)
        elif should is not None or does is not None:
            less.append(text)
    found = more or less
    return Comparison(not found, bool(more), "; ".join(found[:3]))


def _beyond(should: int, does: int, tolerance: int) -> bool:
    """Whether more is drawn, or more given back, than should be."""
    return max(does, 0) > max(should, 0) + tolerance or max(-does, 0) > max(-should, 0) + tolerance


def _said(tenths: int | None, unit: RateUnit) -> str:
    return "no limit" if tenths is None else f"{tenths / 10:g} {unit.value}"


class Installer:
    """Carries profiles to stations and enters what becomes of them."""

    def __init__(self, *, commands: Commands, ledger: Ledger, bus: Bus, clock: Clock) -> None:
        self._commands = commands
        self._ledger = ledger
        self._bus = bus
        self._clock = clock
        self.report_is_reliable: Callable[[StationId], bool] = _always
        """Whether a station's composite schedule says what the station does."""

    async def install(
        self,
        key: EvseKey,
        profile: Profile,
        *,
        entry: InstalledProfile,
        version: str,
        evse: Evse,
        abilities: StationAbilities,
        transaction: Transaction | None,
        priority: Priority,
    ) -> InstalledProfile:
        """Send a profile that stands in the ledger already, and verify it. Returns the entry as it ended."""
        await self._ledger.durable(entry)
        outcome = await self._commands.order(
            key.station_id, InstallProfile(key.evse_id, profile), priority=priority
        )
        entry = await self._ledger.change(entry, lambda e: self._answered(e, outcome))
        now = self._clock.now()
        if entry.state is not ProfileState.ACCEPTED:
            if entry.state is ProfileState.REJECTED:
                self._bus.publish(
                    events.ProfileRefused(key.station_id, key.evse_id, profile.id, now, entry.reason)
                )
            return entry
        return await self.verify(
            key, entry=entry, version=version, evse=evse, abilities=abilities, transaction=transaction
        )

    def _answered(self, entry: InstalledProfile, outcome: CommandOutcome) -> InstalledProfile:
        now = self._clock.now()
        if outcome.kind == "offline":
            return replace(
                entry, state=ProfileState.FAILED, reason=outcome.description or "the station is offline"
            )
        if outcome.kind == "timeout":
            return replace(
                entry, reason=outcome.description
            )  # SENT still: nobody knows whether it took effect
        if outcome.kind == "error":
            reason = f"{outcome.code}: {outcome.description}"
            return replace(entry, state=ProfileState.REJECTED, settled_at=now, reason=reason)
        result = outcome.result
        assert isinstance(result, ProfileInstalled)
        if not result.accepted:
            return replace(entry, state=ProfileState.REJECTED, settled_at=now, reason=result.reason)
        return replace(entry, state=ProfileState.ACCEPTED, settled_at=now, accepted=True)

    async def verify(
        self,
        key: EvseKey,
        *,
        entry: InstalledProfile,
        version: str,
        evse: Evse,
        abilities: StationAbilities,
        transaction: Transaction | None,
    ) -> InstalledProfile:
        """Ask the station what it will do, and enter whether that is what it should."""
        if not self.report_is_reliable(key.station_id):
            reason = "the composite schedule of this model is not reliable; metered current decides"
            return await self._ledger.change(entry, lambda e: replace(e, reason=reason))
        now = self._clock.now()
        remaining_s = 3600 if entry.ends_at is None else int((entry.ends_at - now).total_seconds())
        unit = RateUnit.A if abilities.unit_a else RateUnit.W
        outcome = await self._commands.order(
            key.station_id,
            ReportCompositeSchedule(key.evse_id, max(remaining_s, 0) + REPORT_MARGIN_S, unit),
            priority=Priority.REPORT,
        )
        result = outcome.result
        if not isinstance(result, CompositeReported) or result.timeline is None:
            why = (
                result.reason
                if isinstance(result, CompositeReported)
                else outcome.description or outcome.kind
            )
            reason = f"no composite schedule ({why}); metered current decides"
            return await self._ledger.change(entry, lambda e: replace(e, reason=reason))
        expected = self.expected(
            key,
            window=(result.timeline.start, result.timeline.end),
            unit=result.unit,
            version=version,
            evse=evse,
            abilities=abilities,
            transaction=transaction,
        )
        found = compare(expected, result.timeline, result.unit)
        return await self.judge(entry, found)

    async def judge(self, entry: InstalledProfile, found: Comparison) -> InstalledProfile:
        """Enter a comparison, and tell it."""
        now = self._clock.now()
        where = (entry.station_id, entry.evse_id, entry.profile.id, now)
        if found.agrees:
            self._bus.publish(events.PlanVerified(*where))
        else:
            self._bus.publish(events.PlanDiverged(*where, found.text))
        return await self._ledger.change(
            entry,
            lambda e: replace(
                e,
                verification="verified" if found.agrees else "diverged",
                may_exceed=found.may_exceed,
                reason=found.text,
            ),
        )

    def expected(
        self,
        key: EvseKey,
        *,
        window: tuple[datetime, datetime],
        unit: RateUnit,
        version: str,
        evse: Evse,
        abilities: StationAbilities,
        transaction: Transaction | None,
    ) -> Timeline:
        """What the station should report, from what it accepted, below 0 where it is to give back.

        Its hardware's maximum where nothing else says.
        """
        active = None
        if transaction is not None:
            started_at = transaction.started_at or self._clock.now()
            active = ActiveTransaction(transaction.wire_id, started_at, started_at)
        context = Context(
            dialect=Dialect.of(version),
            evses=(
                EvseContext(
                    key.evse_id,
                    phases=abilities.number_phases,
                    current_max_tenths=round(evse.current_max_a * 10),
                    transaction=active,
                ),
            ),
            voltage_v=abilities.voltage_v,
        )
        return setpoints(self._installed(key), evse_id=key.evse_id, window=window, unit=unit, context=context)

    def _installed(self, key: EvseKey) -> Sequence[Installed]:
        newest: dict[int, InstalledProfile] = {}
        for entry in self._ledger.held(key):
            if entry.state is ProfileState.ACCEPTED:
                newest[entry.profile.id] = entry
        return [Installed(key.evse_id, e.profile, e.settled_at or e.sent_at) for e in newest.values()]


def _always(_: StationId) -> bool:
    return True
