"""From a plan to a profile that one station can take, and what was lost on the way.

A plan is a timeline of amperes per phase. A station takes one unit, so many periods, steps of so much current, and
no current between 0 and the minimum at which a car charges (6 A, IEC 61851-1). Whatever has to give gives downwards:
a limit shared with others must hold with what is sent. The two exceptions are asked for or forced, and are told:
a limit raised to the minimum instead of a pause, and a station that refuses 0 A.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from chargewright.charging.profile import (
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Schedule,
    StationAbilities,
)
from chargewright.charging.timeline import Timeline, difference
from chargewright.errors import InvalidInput

__all__ = ["BelowMinimum", "Compiled", "Loss", "LossKind", "compile_limit"]

_SECOND: Final = timedelta(seconds=1)
_LEAD: Final = timedelta(seconds=60)  # a station whose clock lags a little still finds the schedule running
_PERIODS_MAX: Final = 1024  # OCPP 2.x: ChargingScheduleType.chargingSchedulePeriod
_NEAR_S: Final = (
    3_600  # what is an hour off counts half, two hours a third: it is planned again before it runs
)


class BelowMinimum(StrEnum):
    """What becomes of a limit too low to charge with."""

    PAUSE = "becomes 0"
    RAISE = "becomes the minimum"


class LossKind(StrEnum):
    """Why what is sent differs from the plan."""

    SECONDS = "whole seconds"
    STEP = "current step"
    PAUSED = "below the minimum: paused"
    RAISED = "below the minimum: raised to it"
    ZERO_REFUSED = "0 A is not taken: raised to the minimum"
    MERGED = "periods merged"
    STACK_LEVEL = "stack level lowered"
    PURPOSE = "purpose not taken"


@dataclass(frozen=True, slots=True)
class Loss:
    """One difference between plan and profile in [start, end).

    Both figures are tenths of an ampere per phase (a stack level, where that was lowered); None where a purpose was
    changed. `energy_wh` is what the car may not draw now; negative where it may draw more than planned.
    At each instant the losses of current add up to plan minus profile.
    """

    kind: LossKind
    start: datetime
    end: datetime
    planned: int | None
    sent: int | None
    energy_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class Compiled:
    """A profile, and the timeline in tenths of an ampere per phase that it says from the plan's start."""

    profile: Profile
    limit: Timeline
    losses: tuple[Loss, ...]


class _Block(NamedTuple):
    """A step: seconds from the schedule's start, and tenths of an ampere."""

    start_s: int
    value: int


def compile_limit(
    plan: Timeline,
    *,
    abilities: StationAbilities,
    profile_id: int,
    purpose: Purpose = Purpose.TX,
    transaction_id: str | None = None,
    stack_level: int = 0,
    number_phases: int | None = None,
    lease_until: datetime | None = None,
    lead: timedelta = _LEAD,
    below_minimum: BelowMinimum = BelowMinimum.PAUSE,
) -> Compiled:
    """Make one Absolute profile of `plan`, tenths of an ampere per phase, within what the station can take.

    `number_phases` are those the car uses, which matters in W; None takes the supply's. The schedule starts `lead`
    before the plan. With `lease_until` the profile ends there, by duration and by validTo, and lower levels take
    over; without, its last limit holds until it is replaced.

    Raises:
        InvalidInput: the plan has a gap or a negative limit, the lease ends before it begins, or the station takes
            neither unit, or neither the purpose nor TxDefaultProfile in its place.

    """
    _refuse_unusable(plan)
    end = plan.end if lease_until is None else lease_until.replace(microsecond=0)
    if end - plan.start < _SECOND:
        raise InvalidInput(
            f"the lease ends at {end.isoformat()}, the plan starts at {plan.start.isoformat()}"
        )
    losses: list[Loss] = []
    purpose, stack_level = _header(abilities, purpose, stack_level, plan.start, end, losses)
    phases = min(number_phases or abilities.number_phases, abilities.number_phases)
    start_at = plan.start.replace(microsecond=0) - lead // _SECOND * _SECOND
    duration_s = -((start_at - end) // _SECOND)

    whole = [block for block in _whole_seconds(plan, start_at) if block.start_s < duration_s]
    possible = [_Block(b.start_s, _possible(b.value, abilities, below_minimum)) for b in whole]
    step = abilities.current_step_tenths
    stepped = [_Block(b.start_s, b.value - b.value % step) for b in possible]
    count_max = min(abilities.periods_max or _PERIODS_MAX, _PERIODS_MAX)
    merged = _merged(stepped, count_max, (plan.start - start_at) // _SECOND, duration_s)

    limit = Timeline.stepped([(piece.start, piece.value) for piece in plan if piece.start < end], end)
    earlier: list[_Block] | None = None
    for blocks, kind in (
        (whole, _constantly(LossKind.SECONDS)),
        (possible, _minimum_kind(below_minimum)),
        (stepped, _constantly(LossKind.STEP)),
        (merged, _constantly(LossKind.MERGED)),
    ):
        if blocks != earlier:
            before, limit = limit, _said(blocks, start_at, (plan.start, end))
            losses.extend(_losses(before, limit, kind, abilities.voltage_v * phases / 10))
        earlier = blocks

    unit, factor = _unit(abilities, phases)
    said_phases = None if phases == 3 else phases
    periods = tuple(Period(b.start_s, b.value * factor, said_phases) for b in merged)
    schedule = Schedule(unit, periods, start_at, None if lease_until is None else duration_s, id=1)
    profile = Profile(
        profile_id,
        stack_level,
        purpose,
        Kind.ABSOLUTE,
        (schedule,),
        valid_to=None if lease_until is None else end,
        transaction_id=transaction_id if purpose is Purpose.TX else None,
    )
    return Compiled(profile, limit, tuple(losses))


def _refuse_unusable(plan: Timeline) -> None:
    for piece in plan:
        if piece.value is None or piece.value < 0:
            raise InvalidInput(f"the plan's limit from {piece.start.isoformat()} is {piece.value}")


def _header(
    abilities: StationAbilities,
    purpose: Purpose,
    stack_level: int,
    start: datetime,
    end: datetime,
    losses: list[Loss],
) -> tuple[Purpose, int]:
    """Return the purpose and the stack level that the station takes."""
    taken = purpose
    if abilities.purposes is not None and purpose not in abilities.purposes:
        taken = Purpose.TX_DEFAULT
        if purpose is not Purpose.TX or taken not in abilities.purposes:
            raise InvalidInput(f"the station takes no {purpose}")
        losses.append(Loss(LossKind.PURPOSE, start, end, None, None))
    level = stack_level
    if abilities.stack_level_max is not None and stack_level > abilities.stack_level_max:
        level = abilities.stack_level_max
        losses.append(Loss(LossKind.STACK_LEVEL, start, end, stack_level, level))
    return taken, level


def _unit(abilities: StationAbilities, phases: int) -> tuple[RateUnit, int]:
    """Return the unit, A where there is a choice, and what a tenth of an ampere per phase is in its tenths."""
    if abilities.unit_a:
        return RateUnit.A, 1
    if abilities.unit_w:
        return RateUnit.W, abilities.voltage_v * phases
    raise InvalidInput("the station takes limits neither in A nor in W")


def _whole_seconds(plan: Timeline, start_at: datetime) -> list[_Block]:
    """Return the plan on whole seconds, each of which gets the lowest limit that the plan has within it.

    The first limit holds from the schedule's start, for the lead lies in the past; the last one holds on.
    """
    said: dict[int, int] = {}
    for i, piece in enumerate(plan):
        value = piece.value or 0
        first_s, begun = divmod(piece.start - start_at, _SECOND) if i else (0, timedelta(0))
        last_s, rest = divmod(piece.end - start_at, _SECOND) if i + 1 < len(plan) else (None, timedelta(0))
        if begun:
            said[first_s] = min(value, said.get(first_s, value))
            first_s += 1
        if last_s is None or first_s < last_s:
            said[first_s] = value
        if rest and last_s is not None:
            said[last_s] = min(value, said.get(last_s, value))
    return [_Block(start_s, value) for start_s, value in sorted(said.items())]


def _possible(value: int, abilities: StationAbilities, below_minimum: BelowMinimum) -> int:
    """Return what a car can charge with: 0, or at least the minimum on the station's grid of steps."""
    step = abilities.current_step_tenths
    lowest = -(-abilities.current_min_tenths // step) * step
    if value >= lowest:
        return value
    if value > 0 and below_minimum is BelowMinimum.RAISE:
        return lowest
    return 0 if abilities.accepts_zero else lowest


def _merged(blocks: Sequence[_Block], count_max: int, now_s: int, end_s: int) -> list[_Block]:
    """Return at most `count_max` blocks: of neighbours the lower limit stays, and the cheapest go first.

    The cost is the charge lost, the less the later it is lost.
    """
    starts = [max(b.start_s, now_s) for b in blocks] + [end_s]
    values = [b.value for b in blocks]

    def cost(i: int) -> float:
        one, other = values[i], values[i + 1]
        begin, until = (starts[i], starts[i + 1]) if one > other else (starts[i + 1], starts[i + 2])
        return abs(one - other) * (until - begin) / (1 + (begin - now_s) / _NEAR_S)

    costs = [cost(i) for i in range(len(values) - 1)]
    while costs:
        cheapest = min(costs)
        if len(values) <= count_max and cheapest > 0:
            break
        i = costs.index(cheapest)
        values[i : i + 2] = [min(values[i], values[i + 1])]
        del starts[i + 1], costs[i]
        for near in (i - 1, i):
            if 0 <= near < len(costs):
                costs[near] = cost(near)
    return [
        _Block(0 if i == 0 else start_s, value)
        for i, (start_s, value) in enumerate(zip(starts[:-1], values, strict=True))
    ]


def _constantly(kind: LossKind) -> Callable[[int, int], LossKind]:
    return lambda _planned, _sent: kind


def _minimum_kind(below_minimum: BelowMinimum) -> Callable[[int, int], LossKind]:
    def kind(planned: int, sent: int) -> LossKind:
        if sent < planned:
            return LossKind.PAUSED
        raised = planned > 0 and below_minimum is BelowMinimum.RAISE
        return LossKind.RAISED if raised else LossKind.ZERO_REFUSED

    return kind


def _said(blocks: Sequence[_Block], start_at: datetime, window: tuple[datetime, datetime]) -> Timeline:
    start, end = window
    return Timeline.stepped([(start_at + b.start_s * _SECOND, b.value) for b in blocks], end).clip(start, end)


def _losses(
    before: Timeline, after: Timeline, kind: Callable[[int, int], LossKind], watts_per_tenth: float
) -> list[Loss]:
    found: list[Loss] = []
    for start, end, planned, sent in difference(before, after):
        assert planned is not None, "both timelines cover the same window"
        assert sent is not None, "both timelines cover the same window"
        hours = (end - start).total_seconds() / 3_600
        energy_wh = (planned - sent) * watts_per_tenth * hours
        found.append(Loss(kind(planned, sent), start, end, planned, sent, energy_wh))
    return found
