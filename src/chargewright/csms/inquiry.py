"""One round of questions to one station: profiles that begin years from now, each cleared before the next one leaves.

A profile of it lasts an hour and stands at an id of its own, at a stack level where nothing of ours stands. What may
be left at the station is durable before it is sent, and at the end the station is asked whether anything is.
"""

from collections.abc import Awaitable, Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chargewright.charging.profile import (
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    StationAbilities,
)
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.domain.commands import (
    ClearProfiles,
    Command,
    InstallProfile,
    ProfileInstalled,
    ProfilesCleared,
    RawAnswered,
    RawCommand,
    Result,
)
from chargewright.domain.probing import Finding, Probe, Question
from chargewright.domain.station import Station
from chargewright.ids import EvseId

__all__ = ["FIRST_PROFILE_ID", "Inquiry"]

FIRST_PROFILE_ID: Final = 7_000_001
"""Of the profiles that ask; base profiles and leases have ids of four digits."""

AHEAD: Final = timedelta(days=5 * 365)
"""When they would begin. Not further: a clock of 32 bits ends in 2038."""

LASTS: Final = timedelta(hours=1)

LIMIT_TENTHS: Final = {RateUnit.A: 60, RateUnit.W: 13_800}
"""6 A on one phase: what any station must be able to take."""

PERIODS_TRIED: Final = 24
"""Of a station that declares no maximum: an hour each of a day, more than a plan of ours needs."""

PERIODS_MAX: Final = 1024
"""OCPP 2.x: ChargingScheduleType.chargingSchedulePeriod."""


class _Stopped(Exception):
    """No further question may be asked; says why."""


class _Silent(Exception):
    """The station does not answer: nothing more can be asked of it, not even what it holds."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One profile to try."""

    question: Question
    evse_id: EvseId
    level: int
    purpose: Purpose = Purpose.TX_DEFAULT
    unit: RateUnit = RateUnit.A
    limit_tenths: int = LIMIT_TENTHS[RateUnit.A]
    periods: int = 1
    recurring: bool = False
    value: int | None = None

    def profile(self, profile_id: int, now: datetime) -> Profile:
        begins = (now + AHEAD).replace(microsecond=0)
        periods = tuple(Period(second, self.limit_tenths) for second in range(self.periods))
        return Profile(
            profile_id,
            self.level,
            self.purpose,
            Kind.RECURRING if self.recurring else Kind.ABSOLUTE,
            (Schedule(self.unit, periods, begins, int(LASTS.total_seconds()), id=1),),
            Recurrency.DAILY if self.recurring else None,
            valid_from=begins,
            valid_to=begins + LASTS,
        )


class Inquiry:
    """`charges` tells whether a transaction runs; `keep` makes the state of the round durable.

    `before` is the round before this one: what it left is cleared first, and its ids are not used again.
    """

    def __init__(
        self,
        station: Station,
        *,
        commands: Commands,
        clock: Clock,
        charges: Callable[[], bool],
        keep: Callable[[Probe], Awaitable[None]],
        new_request_id: Callable[[], Awaitable[int]],
        before: Probe | None,
    ) -> None:
        self._station = station
        self._evses = station.evse_ids or (EvseId(1),)
        self._commands = commands
        self._clock = clock
        self._charges = charges
        self._keep = keep
        self._new_request_id = new_request_id
        left = () if before is None else before.uncleared
        self._number = max((FIRST_PROFILE_ID - 1, *left))
        self._accepted = list(left)
        self._probe = Probe(clock.now(), "running", uncleared=left)

    async def run(self, abilities: StationAbilities, taken: AbstractSet[int]) -> Probe:
        """Ask everything. `taken` are the stack levels at which default profiles of ours stand on the station."""
        try:
            for profile_id in self._probe.uncleared:
                await self._result(ClearProfiles(profile_id=profile_id))
            try:
                await self._ask_everything(abilities, taken)
            except _Stopped as why:
                self._probe = replace(self._probe, state="interrupted", why=str(why))
            await self._see_that_nothing_is_left()
            if self._probe.state == "running":
                self._probe = replace(self._probe, state="complete")
        except _Silent as why:
            self._probe = replace(self._probe, state="interrupted", why=str(why))
        await self._keep(self._probe)
        return self._probe

    # --- the questions -----------------------------------------------------------------------------------------

    async def _ask_everything(self, abilities: StationAbilities, taken: AbstractSet[int]) -> None:
        highest = abilities.stack_level_max
        most = max(taken, default=-1) + 1 if highest is None else highest
        level = next((n for n in range(most + 1) if n not in taken), None)
        if level is None:
            raise _Stopped(f"profiles of ours stand at every stack level up to {most}")
        plain = await self._plain(_Ask(Question.UNIT_A, self._evses[0], level))
        if plain is None:
            return
        for ask in self._single(plain):
            await self._ask(ask)
        if highest is not None and highest not in taken:
            await self._ask_for_the_highest(plain, highest, taken)
        await self._ask_for_the_most(plain, abilities.periods_max)

    async def _plain(self, in_a: _Ask) -> _Ask | None:
        """The plainest profile that the station takes; None where it takes none."""
        in_w = replace(in_a, question=Question.UNIT_W, unit=RateUnit.W, limit_tenths=LIMIT_TENTHS[RateUnit.W])
        takes_a, takes_w = await self._ask(in_a), await self._ask(in_w)
        if takes_a or takes_w:
            return in_a if takes_a else in_w
        why = "it refuses the plainest profile, perhaps because that begins so late"
        self._probe = replace(self._probe, state="inconclusive", why=why)
        return None

    def _single(self, plain: _Ask) -> Iterator[_Ask]:
        """The questions with one answer each."""
        yield replace(plain, question=Question.ZERO, limit_tenths=0)
        yield replace(plain, question=Question.DECIMALS, limit_tenths=plain.limit_tenths + 1)
        yield replace(plain, question=Question.RECURRING, recurring=True)
        yield replace(plain, question=Question.STATION_DEFAULT, evse_id=EvseId(0))
        if len(self._evses) > 1:
            yield replace(plain, question=Question.LAST_EVSE, evse_id=self._evses[-1])
        yield replace(plain, question=Question.STATION_MAX, evse_id=EvseId(0), purpose=Purpose.STATION_MAX)

    async def _ask_for_the_highest(self, plain: _Ask, highest: int, taken: AbstractSet[int]) -> None:
        async def takes(level: int) -> bool:
            if level in taken or level == plain.level:
                return True
            return await self._ask(replace(plain, question=Question.STACK_LEVEL, level=level, value=level))

        await self._greatest(Question.STACK_LEVEL, plain.level, highest, takes)

    async def _ask_for_the_most(self, plain: _Ask, declared: int | None) -> None:
        async def takes(count: int) -> bool:
            return await self._ask(replace(plain, question=Question.PERIODS, periods=count, value=count))

        most = min(declared or PERIODS_TRIED, PERIODS_MAX)
        found = await self._greatest(Question.PERIODS, 1, most, takes)
        if declared is not None and found == most < PERIODS_MAX:
            more = most + 1
            await self._ask(replace(plain, question=Question.MORE_PERIODS, periods=more, value=more))

    async def _greatest(
        self, question: Question, low: int, high: int, takes: Callable[[int], Awaitable[bool]]
    ) -> int:
        """The greatest number in [low, high] that is taken, by bisection; `low` was taken before."""
        if low >= high or await takes(high):
            return max(low, high)
        self._found(Finding(question, accepted=True, value=low))
        while high - low > 1:
            middle = (low + high) // 2
            if await takes(middle):
                low = middle
            else:
                high = middle
        return low

    # --- one question ------------------------------------------------------------------------------------------

    async def _ask(self, ask: _Ask) -> bool:
        """Send one profile, and clear it where it was taken."""
        if self._charges():
            raise _Stopped("a transaction began")
        self._number += 1
        left = self._probe.uncleared
        await self._remember((*left, self._number))
        profile = ask.profile(self._number, self._clock.now())
        result = await self._result(InstallProfile(ask.evse_id, profile))
        taken = isinstance(result, ProfileInstalled) and result.accepted
        reason = result.reason if isinstance(result, ProfileInstalled) else str(result)
        self._found(Finding(ask.question, taken, reason, ask.value))
        if taken:
            self._accepted.append(self._number)
            if not await self._clear(self._number):
                # Some stations know no ids when they clear; nobody else's profile can fit all of this.
                by_place = ClearProfiles(evse_id=ask.evse_id, purpose=ask.purpose, stack_level=ask.level)
                await self._result(by_place)
        self._probe = replace(self._probe, uncleared=left)
        return taken

    async def _clear(self, profile_id: int) -> bool:
        """Whether the station says that it held it."""
        result = await self._result(ClearProfiles(profile_id=profile_id))
        return isinstance(result, ProfilesCleared) and result.found

    async def _see_that_nothing_is_left(self) -> None:
        """Take down which profiles the station still holds; what cannot be known counts as held."""
        left: list[int] = []
        if self._accepted and not await self._holds_none():
            left = [number for number in self._accepted if await self._clear(number)]
            if left and not await self._holds_none():
                left = [number for number in left if await self._clear(number)]
        self._probe = replace(self._probe, uncleared=tuple(left))

    async def _holds_none(self) -> bool:
        """Whether the station says so itself. Only 2.x has words for the question."""
        if self._station.version == "ocpp1.6":
            return False
        asked = {
            "requestId": await self._new_request_id(),
            "chargingProfile": {"chargingProfileId": self._accepted},
        }
        result = await self._result(RawCommand("GetChargingProfiles", asked))
        return isinstance(result, RawAnswered) and result.response.get("status") == "NoProfiles"

    async def _result(self, command: Command) -> Result | str:
        """What came of an order; of a CALLERROR its text. Raises `_Silent`."""
        outcome = await self._commands.order(self._station.id, command, priority=Priority.REPORT)
        if outcome.kind == "error":
            return f"{outcome.code}: {outcome.description}".removesuffix(": ")
        if outcome.result is None:
            raise _Silent(outcome.description or "the station went away")
        return outcome.result

    def _found(self, finding: Finding) -> None:
        self._probe = replace(self._probe, findings=(*self._probe.findings, finding))

    async def _remember(self, uncleared: tuple[int, ...]) -> None:
        self._probe = replace(self._probe, uncleared=uncleared)
        await self._keep(self._probe)
