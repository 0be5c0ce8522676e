"""What a simulated day came to: what cars really got, what the wires really bore, and the same day without control."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from chargewright.simulator.physics import Judge, TracePoint, wiring_of
from chargewright.simulator.scenario import Arrival, Scenario
from chargewright.simulator.world import World, check_scenario, story_of

__all__ = [
    "SessionFigures",
    "SimulationReport",
    "TransactionTruth",
    "Uncontrolled",
    "report_of",
    "uncontrolled",
]


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """One car's stay."""

    station_id: str
    evse_id: int
    arrival: datetime
    departure: datetime
    energy_requested_wh: float
    energy_delivered_wh: float
    energy_given_wh: float = 0.0
    """What it gave back; not taken off from what was delivered."""
    energy_kept_wh: float = 0.0
    """By how much more it holds at the end, as metered when it was charged: this meets its wish, or does not."""


@dataclass(frozen=True, slots=True)
class TransactionTruth:
    """A transaction as its station knows it, to be compared with what the central system recorded.

    `told_start`, `told_stop`: whether the central system has acknowledged it. Registers are whole watt-hours, as told.
    """

    station_id: str
    evse_id: int
    id_token: str
    wire_id: str | None
    started_at: datetime
    meter_start_wh: int
    ended_at: datetime | None
    meter_stop_wh: int | None
    told_start: bool
    told_stop: bool


@dataclass(frozen=True, slots=True)
class Uncontrolled:
    """The same cars at the same times, at full power."""

    peak_kw: float
    energy_delivered_kwh: float
    seconds_above: float
    trace: tuple[TracePoint, ...]


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """The simulator's own figures. `seconds_above`: in which any limit of the site was broken, as physics has it."""

    name: str
    seed: int
    stations: int
    sessions: tuple[SessionFigures, ...]
    sessions_dropped: int
    seconds: float
    seconds_above: float
    breaches: dict[str, float]
    """Seconds above the limit, for each wire that ever was."""
    loading_max: float
    limit_kw: float | None
    """Of the whole site, where it has such a limit."""
    peak_kw: float
    energy_requested_kwh: float
    energy_delivered_kwh: float
    uncontrolled: Uncontrolled
    messages_sent: int
    messages_answered: int
    messages_failed: int
    orders_received: int
    orders_refused: int
    transactions: tuple[TransactionTruth, ...]
    trace: tuple[TracePoint, ...]
    energy_given_kwh: float = 0.0
    """What cars gave back; not taken off from what was delivered."""

    @property
    def limit_violations(self) -> float:
        return self.seconds_above

    @property
    def transactions_true(self) -> int:
        return len(self.transactions)

    @property
    def uncontrolled_peak_kw(self) -> float:
        return self.uncontrolled.peak_kw

    @property
    def uncontrolled_energy_delivered_kwh(self) -> float:
        return self.uncontrolled.energy_delivered_kwh


def uncontrolled(scenario: Scenario, *, dt_s: float = 5.0) -> Uncontrolled:
    """Let the same cars charge at the same places without any limit but the hardware's. Physics alone, no OCPP."""
    judge = Judge(wiring_of(scenario.site))
    check_scenario(scenario, judge.wiring.places)
    places = {place: p for p, place in enumerate(judge.wiring.places)}
    current_max_a = {spec.id: spec.current_max_a for spec in scenario.stations}
    pilot_a = np.array([current_max_a[station_id] for station_id, _ in judge.wiring.places])
    story = [item for item in story_of(scenario) if isinstance(item.what, Arrival)]
    step, at, told = timedelta(seconds=dt_s), scenario.start, 0
    while at < scenario.end:
        while told < len(story) and story[told].at <= at:
            what = story[told].what
            assert isinstance(what, Arrival)
            p = places[what.station_id, what.evse_id]
            if story[told].begins:
                phases = min(what.car.phases, judge.wiring.conductors[p])
                judge.fleet.arrive(p, replace(what.car, phases=phases))
            else:
                judge.fleet.leave(p)
            told += 1
        at += step
        judge.step(pilot_a, at, dt_s)
    return Uncontrolled(judge.peak_w / 1000, judge.energy_wh / 1000, judge.seconds_above, tuple(judge.trace))


def report_of(world: World) -> SimulationReport:
    """Sum up a world as it stands."""
    scenario, judge, counters = world.scenario, world.judge, world.counters
    sessions = tuple(
        SessionFigures(
            session.arrival.station_id,
            session.arrival.evse_id,
            session.arrival.at,
            session.arrival.departure,
            session.arrival.energy_wh,
            world.delivered_wh(session),
            world.exported_wh(session),
            world.delivered_wh(session)
            - world.exported_wh(session) / session.arrival.car.round_trip_efficiency,
        )
        for session in world.sessions
    )
    transactions = tuple(
        TransactionTruth(
            link.station.spec.id,
            transaction.evse_id,
            transaction.id_token,
            transaction.wire_id,
            transaction.started_at,
            transaction.meter_start_wh,
            transaction.ended_at,
            transaction.meter_stop_wh,
            transaction.told_start,
            transaction.told_stop,
        )
        for link in world.links
        for transaction in link.station.transactions
    )
    return SimulationReport(
        name=scenario.name,
        seed=scenario.seed,
        stations=len(scenario.stations),
        sessions=sessions,
        sessions_dropped=scenario.dropped,
        seconds=judge.seconds,
        seconds_above=judge.seconds_above,
        breaches=dict(judge.breaches),
        loading_max=judge.loading_max,
        limit_kw=judge.wiring.limit_kw,
        peak_kw=judge.peak_w / 1000,
        energy_requested_kwh=scenario.energy_requested_wh / 1000,
        energy_delivered_kwh=judge.energy_wh / 1000,
        uncontrolled=uncontrolled(scenario),
        messages_sent=counters.sent,
        messages_answered=counters.answered,
        messages_failed=counters.failed,
        orders_received=counters.orders,
        orders_refused=counters.orders_refused,
        transactions=transactions,
        trace=tuple(judge.trace),
        energy_given_kwh=judge.exported_wh / 1000,
    )
