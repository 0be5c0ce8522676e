"""What a station showed when it was asked with profiles that never come to hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from chargewright.charging.profile import PURPOSES_OF, Purpose, StationAbilities

__all__ = ["Finding", "Probe", "Question", "learnt"]

_WHOLE_AMPERES = 10
"""`current_step_tenths` of a station that takes no decimals."""


class Question(StrEnum):
    """What one profile asks; the words are shown to people."""

    UNIT_A = "limit in A"
    UNIT_W = "limit in W"
    ZERO = "limit of 0"
    DECIMALS = "limit with a decimal"
    STACK_LEVEL = "stack level"
    PERIODS = "number of periods"
    MORE_PERIODS = "more periods than it declares"
    STATION_DEFAULT = "TxDefaultProfile for the whole station"
    LAST_EVSE = "TxDefaultProfile on its last EVSE"
    STATION_MAX = "maximum profile for the whole station"
    RECURRING = "kind Recurring"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `value`: the stack level, or the number of periods, that was tried. `reason` as the station told it."""

    question: Question
    accepted: bool
    reason: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One round of questions.

    `inconclusive`: the plainest profile was refused already, so that no other refusal means anything.
    `interrupted`: a transaction began, or the station fell silent; what was found so far stands.
    `uncleared` are the profiles of it that the station may still hold: they hold for an hour, years from now.
    """

    at: datetime
    state: Literal["running", "complete", "inconclusive", "interrupted"]
    why: str = ""
    findings: tuple[Finding, ...] = ()
    uncleared: tuple[int, ...] = ()

    def accepted(self, question: Question) -> bool | None:
        """Whether the station took it; None where it was not asked."""
        return next((f.accepted for f in self.findings if f.question is question), None)


def learnt(abilities: StationAbilities, probe: Probe, version: str) -> StationAbilities:
    """The abilities without what the station refused.

    Something that is taken beyond what was declared adds nothing: that it is accepted does not show that it is
    followed. The exception is a unit where the only one that was declared is refused.
    """
    took_a = probe.accepted(Question.UNIT_A) is not False
    took_w = probe.accepted(Question.UNIT_W) is not False
    purposes = abilities.purposes
    if probe.accepted(Question.STATION_MAX) is False:
        purposes = (PURPOSES_OF[version] if purposes is None else purposes) - {Purpose.STATION_MAX}
    whole = probe.accepted(Question.DECIMALS) is False
    return replace(
        abilities,
        unit_a=took_a and (abilities.unit_a or not took_w),
        unit_w=took_w and (abilities.unit_w or not took_a),
        accepts_zero=abilities.accepts_zero and probe.accepted(Question.ZERO) is not False,
        current_step_tenths=max(abilities.current_step_tenths, _WHOLE_AMPERES if whole else 1),
        stack_level_max=_greatest(probe.findings, Question.STACK_LEVEL, abilities.stack_level_max),
        periods_max=_greatest(probe.findings, Question.PERIODS, abilities.periods_max),
        purposes=purposes,
    )


def _greatest(findings: Sequence[Finding], question: Question, declared: int | None) -> int | None:
    """The greatest that was taken, where a greater one was refused."""
    tried = [f for f in findings if f.question is question and f.value is not None]
    taken = [f.value for f in tried if f.accepted and f.value is not None]
    if len(taken) == len(tried) or not taken:
        return declared
    return max(taken) if declared is None else min(max(taken), declared)
