"""Leases: the short profiles that carry a plan to a station, and what they say in tenths of an ampere.

Pure. A lease is one Absolute TxProfile with an explicit end, after which the base profile rules again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from chargewright.charging.compiler import compile_limit
from chargewright.charging.compiler_giving import with_giving
from chargewright.charging.profile import Profile, Purpose, StationAbilities
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.timeline import Timeline
from chargewright.csms.envelope import Exposure, Span, Tenths, given_of, steps_of, widened
from chargewright.csms.ledger import Ledger
from chargewright.domain.installation import InstalledProfile
from chargewright.domain.transaction import Transaction

__all__ = [
    "LEASE_PROFILE_ID",
    "Lease",
    "agrees",
    "compile_lease",
    "exposure_of",
    "guarded",
    "in_force",
    "limit_in_force",
    "simplified",
    "steadied",
]

LEASE_PROFILE_ID = 2000
"""See `commissioning.BASE_PROFILE_ID`."""

RENEW_LEFT = timedelta(seconds=150)
"""A lease of which less is left is sent anew, though nothing else changed: time enough to try again once."""

RENEW_PART = 1 / 3
"""The same for short leases, as a share of their length."""

SHORTEST = timedelta(seconds=60)
"""Of a step that is cut to fit what is allowed."""

SAME_TENTHS = 5
"""Half an ampere: a smaller change of a limit is not worth a message."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A profile with an end, as spans in tenths of A; the spans tell what is sent, roundings included."""

    profile: Profile
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, entry: InstalledProfile, evse: Evse) -> "Lease":
        return cls(entry.profile, tuple(steps_of(entry.profile, evse)))

    @property
    def start(self) -> datetime:
        return self.spans[0].start

    @property
    def end(self) -> datetime:
        end = self.spans[-1].end
        return datetime.max.replace(tzinfo=self.start.tzinfo) if end is None else end

    def at(self, at: datetime) -> int | None:
        """Tenths of A in force at an instant, below 0 where it is to give back; None outside."""
        for span in self.spans:
            if span.start <= at and (span.end is None or at < span.end):
                return span.tenths
        return None

    @property
    def renew_at(self) -> datetime:
        """From when on it is sent anew though it says the same."""
        return self.end - min(RENEW_LEFT, (self.end - self.start) * RENEW_PART)

    def steady_since(self, now: datetime) -> datetime:
        """Since when the value of now has been in force; `now` where the lease does not speak."""
        for span in self.spans:
            if span.start <= now and (span.end is None or now < span.end):
                return span.start
        return now

    def lowers(self, other: "Lease", now: datetime) -> bool:
        """Whether it takes something back that the other gives, from now on."""
        instants = {now, *(s.start for s in (*self.spans, *other.spans) if s.start > now)}
        return any(
            (self.at(at) or 0) <= (other.at(at) or 0) - SAME_TENTHS
            for at in instants
            if self.at(at) is not None and other.at(at) is not None
        )


def compile_lease(
    line: Timeline,
    *,
    key: EvseKey,
    transaction: Transaction,
    until: datetime,
    abilities: StationAbilities,
    evse: Evse,
) -> Lease:
    """Make the profile that carries `line` to one station until then; below 0 it is told to give so much back."""
    compiled = compile_limit(
        line.map(lambda tenths: max(tenths, 0)),
        abilities=abilities,
        profile_id=LEASE_PROFILE_ID + key.evse_id,
        purpose=Purpose.TX,
        transaction_id=transaction.wire_id,
        lease_until=until,
    )
    profile = compiled.profile
    if any(piece.value is not None and piece.value < 0 for piece in line):
        profile = with_giving(profile, line.map(lambda tenths: max(-tenths, 0)), abilities)
    return Lease(profile, tuple(steps_of(profile, evse)))


def exposure_of(lease: Lease, slack: timedelta) -> Exposure:
    """What the EVSE may draw at most because of this lease alone."""
    return Exposure(0, widened(lease.spans, slack, above=-1), widened(given_of(lease.spans), slack))


def steadied(line: Timeline, changes: Sequence[datetime]) -> Timeline:
    """Hold the plan's value of now, up to the first of `changes` of the site's limits; from there the plan's own.

    The plan is made anew at each of its slots, and says then what holds next. A lease that told the slots to come
    would have to be sent again whenever they come out otherwise, and what it promises for later others could not get.
    """
    first = next((at for at in changes if line.start < at < line.end), None)
    value = line.at(line.start)
    if first is None:
        return Timeline.constant(line.start, line.end, value)
    later = line.clip(first, line.end)
    return Timeline.stepped([(line.start, value), *((piece.start, piece.value) for piece in later)], line.end)


def guarded(line: Timeline, slack: timedelta) -> Timeline:
    """The same plan with every rise a little later, so that it cannot meet another station's fall.

    Both stations' steps count from `slack` before to `slack` after: a rise waits for twice that.
    """
    steps: list[tuple[datetime, int | None]] = []
    for piece in line:
        before = steps[-1][1] if steps else None
        rises = before is not None and piece.value is not None and piece.value > before
        start = piece.start + 2 * slack if rises else piece.start
        if start < piece.end:
            steps.append((start, piece.value))
    return Timeline.stepped(steps, line.end)


def simplified(
    lease: Lease, instants: Sequence[datetime], allowed: Tenths, slack: timedelta, evse: Evse
) -> Timeline:
    """The lease lowered to what is allowed: each step to the least that is allowed from slack before to after it.

    A step is cut where what is allowed changes, but into nothing shorter than a minute. Currents are those that the
    hardware knows: more would be held back from others and drawn by nobody.
    """
    steps: list[tuple[datetime, int | None]] = []
    for span in lease.spans:
        start, end = max(span.start, instants[0]), lease.end if span.end is None else span.end
        cuts = [start]
        for at in instants:
            if at - cuts[-1] >= SHORTEST and end - at >= SHORTEST:
                cuts.append(at)
        for begin, until in pairwise([*cuts, end]):
            if until > begin:
                low = max(bisect_right(instants, begin - slack) - 1, 0)
                high = bisect_left(instants, until + slack)  # what begins there is after it
                steps.append((begin, _known(int(min(span.tenths, allowed[low:high].min())), evse)))
    return Timeline.stepped(steps, lease.end)


def _known(tenths: int, evse: Evse) -> int:
    """Round down to what the EVSE's hardware can offer."""
    if evse.rates_a is not None:
        return max((t for rate in evse.rates_a if (t := round(rate * 10)) <= tenths), default=0)
    return tenths if tenths >= round(evse.current_min_a * 10) else 0


def agrees(in_force: Lease | None, wanted: Lease, *, base_tenths: int, now: datetime) -> bool:
    """Whether what is in force does what is wanted, so that nothing needs to be sent now.

    After its end the base rules: a lease that says no more than the base need not be renewed.
    """
    if in_force is not None and in_force.end <= now:
        in_force = None
    if in_force is not None and in_force.profile.transaction_id != wanted.profile.transaction_id:
        return False
    instants = {now, *(span.start for span in wanted.spans if span.start > now)}
    ends = now
    if in_force is not None:
        ends = in_force.end
        instants |= {at for span in in_force.spans for at in (span.start, span.end) if at and at > now}

    def same(at: datetime) -> bool:
        value = base_tenths if in_force is None or at >= ends else in_force.at(at)
        return _same(value, wanted.at(at))

    until = wanted.end if in_force is None or now >= in_force.renew_at else min(ends, wanted.end)
    return all(same(at) for at in instants if at < until)


def _same(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    if (one == 0) != (other == 0):
        return False  # a pause is never a small change
    return abs(one - other) < SAME_TENTHS


def in_force(ledger: Ledger, key: EvseKey, evse: Evse, now: datetime) -> tuple[int | None, datetime]:
    """(limit in tenths of A, since when) as the station confirmed it for this instant: its lease, else its base."""
    over_since: datetime | None = None
    for purpose in (Purpose.TX, Purpose.TX_DEFAULT):
        entry = ledger.newest(key, purpose)
        held = None if entry is None else Lease.of(entry, evse)
        if held is None:
            continue
        value = held.at(now)
        if value is not None:
            since = held.steady_since(now)
            return value, since if over_since is None else max(since, over_since)
        over_since = min(held.end, now)
    return None, now


def limit_in_force(ledger: Ledger, key: EvseKey, evse: Evse, now: datetime) -> int | None:
    """The limit alone."""
    return in_force(ledger, key, evse, now)[0]
