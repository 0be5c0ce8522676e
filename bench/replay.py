"""Real sessions through the whole product: OCPP messages out, physics in the simulator, on a virtual clock.

    python bench/replay.py [--sessions caltech-2019-03] [--first 2019-03-05] [--days 1] [--limit-kw 30] [--ideal]
        [--inputs said|true] [--no-learning] [--taught-since 2019-05-01 [--taught-by caltech-2019]] [--losses]
        [--tariff sce_tou_ev_4_march_2019 [--peak-kw 25]]

The central system runs in this process as it is wired, with one simulated OCPP 1.6 station an EVSE over loopback
sockets. Not `--ideal` is the realistic case: stations offer only the currents that their hardware knows
(`allowable_rates_a` of the network file), batteries have a slow second stage (`simulator/fitted_car.py`), and the
controller hears what drivers said, not what came true (`--inputs true`: it does hear that). Every simulated second the
simulator's own judge sums the phasors of what cars draw over the network file.

The site learns as it goes, from nothing unless `--taught-since` says from when on it saw the cars of the same set; of
those it knows what drivers said, when they left and what the cars took. Every car has a token of its own: no driver is
known again. `--losses` looks every half minute at how much more cars would take than they get, and why they do not.

One JSON object comes out. `share_of_optimum` sets the energy delivered beside what a controller could have delivered
that knew every arrival, with ideal batteries and hardware; `--optimum-kwh` gives that figure where it is known.
Profile messages are all SetChargingProfile, renewals included and what stations get when they are brought into
service excluded; session-hours are the hours that cars were plugged in.
"""

import argparse
import asyncio
import cProfile
import json
import logging
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.evaluation import report
from bench.evaluation.data import Tariff
from bench.evaluation.learnt_peak import energy_tariff
from bench.replay_losses import LOOK_EVERY, Losses
from bench.replay_money import TARIFF_ID, Till, best_profit, for_profit

from bench import replay_page
from chargewright.app.config import LogConfig, StationsConfig
from chargewright.app.demo import SITE_ID, WARM_UP, demo_settings, provision
from chargewright.app.logs import set_up_logs
from chargewright.app.offline import optimum_wh
from chargewright.app.serve import quiet_collector
from chargewright.app.wiring import CentralSystem, build
from chargewright.charging.site import EvseKey, from_network
from chargewright.charging.stays import Arrived, Stay
from chargewright.charging.tariff import EnergyTariff
from chargewright.domain import events
from chargewright.ids import EvseId, StationId
from chargewright.simulator.clock import PacedClock
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import (
    Arrival,
    Scenario,
    read_network,
    read_sessions,
    scenario_of_sessions,
)
from chargewright.simulator.world import World

DATA = Path(__file__).parents[2] / "shared" / "data"
HEARTBEAT_S = 3600
"""Stations that tell nothing else say that they are there; every five minutes it would be half of all messages."""

SETS = {
    "caltech-2019-03": ("acn_caltech_2019-03_slots.csv", "caltech_acn.json", date(2019, 3, 1)),
    "caltech-2019": ("acn_caltech_2019-05_2019-08.csv.gz", "caltech_acn.json", date(2019, 5, 1)),
    "jpl-2019": ("acn_jpl_2019-05_2019-08.csv.gz", "jpl_acn.json", date(2019, 5, 1)),
}
SETS_OF_A_MONTH = {"caltech-2019-03"}
TOLD_THE_TRUTH = {"caltech-2019-03"}
"""The file holds what came true alone."""


def story(
    name: str,
    *,
    first: date | None,
    days: int,
    limit_kw: float,
    ideal: bool = False,
    true_inputs: bool = False,
    seed: int = 1,
) -> Scenario:
    """The sessions of some days as a scenario; with `true_inputs` what is told is what comes true."""
    sessions, network, begins = SETS[name]
    scenario = scenario_of_sessions(
        read_sessions(DATA / "sessions" / sessions),
        read_network(DATA / "networks" / network),
        limit_kw=limit_kw,
        day=first or begins,
        days=days,
        seed=seed,
        battery="ideal" if ideal else "two stages",
        versions=("ocpp1.6",),
        continuous=ideal,
    )
    if not true_inputs:
        return scenario
    told = (replace(a, departure_told=a.departure, energy_told_wh=a.energy_wh) for a in scenario.arrivals)
    return replace(scenario, arrivals=tuple(told))


def past_stays(name: str, since: date, until: date) -> list[Stay]:
    """What a site that was there before would remember: the sessions of the days before, as they ended.

    Of a set whose drivers' words are true nobody knows what they would have said: there they said nothing.
    """
    seen = story(name, first=since, days=(until - since).days, limit_kw=math.inf)
    silent = name in TOLD_THE_TRUTH
    stays = [
        Stay(
            arrived=Arrived(
                arrival=arrival.at,
                place=str(EvseKey(StationId(arrival.station_id), EvseId(arrival.evse_id))),
                said_departure=None if silent or not _later(arrival) else arrival.departure_told,
                said_energy_wh=None if silent else arrival.energy_told_wh,
            ),
            departure=arrival.departure,
            energy_wh=arrival.energy_wh,
        )
        for arrival in seen.arrivals
    ]
    return sorted(stays, key=lambda stay: stay.departure)


def _later(arrival: Arrival) -> bool:
    """Whether the driver told a departure after the arrival."""
    return arrival.departure_told is not None and arrival.departure_told > arrival.at


def stretches(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """Cut the story wherever no car is there: what happens before does not touch what comes after."""
    found: list[list[Arrival]] = []
    until = datetime.min.replace(tzinfo=arrivals[0].at.tzinfo) if arrivals else None
    for arrival in sorted(arrivals, key=lambda a: a.at):
        assert until is not None
        if not found or arrival.at >= until:
            found.append([])
        found[-1].append(arrival)
        until = max(until, arrival.departure)
    return found


def optimum_kwh(scenario: Scenario) -> float:
    """What a controller could have delivered that knew everything; stretch by stretch."""
    site = from_network(scenario.site["network"], site_id=SITE_ID, limit_kw=scenario.site.get("limit_kw"))
    return sum(
        optimum_wh(site, replace(scenario, start=part[0].at, arrivals=tuple(part))) / 1000
        for part in stretches(scenario.arrivals)
    )


class Watcher(Protocol):
    """Looks at the world now and then."""

    def look(self, world: World) -> None: ...


@dataclass(frozen=True, slots=True)
class How:
    """What a replay is asked."""

    goal: str
    learn: bool = True
    taught: Sequence[Stay] = ()
    tariff: EnergyTariff | None = None
    """By which the site is charged for the least cost."""
    peak_w: float | None = None
    """Told beforehand; None: what earlier days say."""
    watchers: Sequence[Watcher] = ()
    profiler: cProfile.Profile | None = None


async def replay(scenario: Scenario, how: How) -> dict[str, Any]:
    """Live through the scenario; returns the figures of both sides."""
    clock = PacedClock(scenario.start - WARM_UP)
    plan_s: list[float] = []

    def heard(event: events.Event) -> None:
        if isinstance(event, events.PlanMade):
            plan_s.append(event.seconds)

    with tempfile.TemporaryDirectory() as folder:
        config = StationsConfig(port=0, heartbeat_interval_s=HEARTBEAT_S)
        central = build(config, database=Path(folder) / "replay.db", clock=clock)
        await central.start()
        try:
            settings = replace(demo_settings(scenario, how.goal), learn=how.learn)
            if how.tariff is not None:
                await central.services.energy.tariffs.put(TARIFF_ID, how.tariff)
                settings = for_profit(settings, how.peak_w)
            simulated = await provision(central, scenario, clock, settings)
            await central.services.learning.teach(SITE_ID, how.taught)
            central.services.bus.subscribe(heard)
            quiet_collector()
            began_cpu_s, began_s = time.process_time(), time.perf_counter()
            await simulated.start()
            if how.profiler is not None:
                how.profiler.enable()
            await in_days(simulated, scenario, how.watchers)
            if how.profiler is not None:
                how.profiler.disable()
            took = {
                "cpu_s": round(time.process_time() - began_cpu_s, 2),
                "wall_s": round(time.perf_counter() - began_s, 2),
            }
            found = await figures(simulated, central, scenario)
            await simulated.stop()
        finally:
            await central.stop()
    return {**found, **took, **plan_figures(plan_s)}


async def in_days(simulated: SimulatedSite, scenario: Scenario, watchers: Sequence[Watcher]) -> None:
    """Run to the end, with a line of progress a day; watchers look at full minutes of their own."""
    world = simulated.world
    day = scenario.start
    while day < scenario.end:
        day = min(day + timedelta(days=1), scenario.end)
        while watchers and world.now + LOOK_EVERY < day:
            await simulated.run(world.now + LOOK_EVERY)
            for watcher in watchers:
                watcher.look(world)
        await simulated.run(day)
        print(
            f"{day:%Y-%m-%d %H:%M} UTC: {world.judge.energy_wh / 1000:.1f} kWh", file=sys.stderr, flush=True
        )


async def figures(simulated: SimulatedSite, central: CentralSystem, scenario: Scenario) -> dict[str, Any]:
    """What physics and the central system's records say."""
    judge = simulated.world.judge
    control = central.sites.get(SITE_ID)
    profiles = await central.store.read(lambda records: records.count_profiles())
    hours = sum((a.departure - a.at).total_seconds() for a in scenario.arrivals) / 3600
    sent = profiles["sent"] - len(scenario.stations)
    return {
        "sessions": len(scenario.arrivals),
        "sessions_dropped": scenario.dropped,
        "session_hours": round(hours, 1),
        "energy_wanted_kwh": round(scenario.energy_requested_wh / 1000, 3),
        "energy_delivered_kwh": round(judge.energy_wh / 1000, 3),
        "seconds": judge.seconds,
        "seconds_above": judge.seconds_above,
        "breaches": judge.breaches,
        "highest_loading": round(judge.loading_max, 6),
        "peak_kw": round(judge.peak_w / 1000, 3),
        "profile_messages": sent,
        "profile_messages_per_session_hour": round(sent / hours, 3) if hours else None,
        "profiles_accepted": profiles["accepted"],
        "profiles_diverged": profiles["diverged"],
        "messages_received": central.dispatch.counters.received,
        "plans": control.plans_made,
        "seconds_not_settled": simulated.unsettled,
    }


def plan_figures(plan_s: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(plan_s)
    return {
        "plan_ms_median": round(1000 * statistics.median(ordered), 2) if ordered else None,
        "plan_ms_p99": round(1000 * ordered[int(0.99 * (len(ordered) - 1))], 2) if ordered else None,
        "plan_s_total": round(sum(ordered), 2),
    }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Real sessions through the product, judged by physics.")
    parser.add_argument("--sessions", choices=sorted(SETS), default="caltech-2019-03")
    parser.add_argument("--first", type=date.fromisoformat, help="YYYY-MM-DD; default: the set's first day")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--limit-kw", type=float, default=30.0)
    parser.add_argument("--goal", default="balance")
    parser.add_argument(
        "--ideal", action="store_true", help="any current from the minimum up, batteries without a tail"
    )
    parser.add_argument(
        "--inputs", choices=("said", "true"), default="said", help="what is told of departures and energies"
    )
    parser.add_argument("--no-learning", action="store_true", help="what is told is taken for true")
    parser.add_argument(
        "--taught-since", type=date.fromisoformat, help="YYYY-MM-DD: the site has seen the cars since then"
    )
    parser.add_argument("--taught-by", choices=sorted(SETS), help="the set they are of; default: the same")
    parser.add_argument("--losses", action="store_true", help="what cars would have taken beside, by cause")
    parser.add_argument(
        "--tariff", help="of ../shared/data/tariffs: charge for the most profit, and say what it was"
    )
    parser.add_argument(
        "--peak-kw",
        type=float,
        help="with a tariff: the peak that is told beforehand; default: what earlier days say; 0: a day's part alone",
    )
    parser.add_argument(
        "--optimum-usd", type=float, help="the offline optimum of the profit, where it is known"
    )
    parser.add_argument("--optimum-kwh", type=float, help="the offline optimum, where it is known already")
    parser.add_argument("--no-optimum", action="store_true")
    parser.add_argument("--write", action="store_true", help="into docs/results/replay.md")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", type=Path, help="write a cProfile of the event loop's thread there")
    return parser.parse_args()


def main() -> None:
    asked = options()
    if not DATA.exists():
        sys.exit("the session data are not here (../shared/data)")
    set_up_logs(LogConfig(level="error"))
    logging.getLogger().setLevel(logging.ERROR)
    first = asked.first or SETS[asked.sessions][2]
    scenario = story(
        asked.sessions,
        first=first,
        days=asked.days,
        limit_kw=asked.limit_kw,
        ideal=asked.ideal,
        true_inputs=asked.inputs == "true",
        seed=asked.seed,
    )
    best_kwh = None if asked.no_optimum else asked.optimum_kwh or optimum_kwh(scenario)
    tariff = None if asked.tariff is None else Tariff.read(asked.tariff)
    till = None if tariff is None else Till(tariff)
    losses = Losses(scenario) if asked.losses else None
    how = How(
        goal="cost" if tariff else asked.goal,
        tariff=None if tariff is None else energy_tariff(tariff),
        peak_w=None if asked.peak_kw is None else 1000 * asked.peak_kw,
        watchers=[watcher for watcher in (till, losses) if watcher is not None],
        learn=not asked.no_learning,
        taught=past_stays(asked.taught_by or asked.sessions, asked.taught_since, first)
        if asked.taught_since
        else (),
        profiler=cProfile.Profile() if asked.profile else None,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(replay(scenario, how))
    if how.profiler is not None:
        how.profiler.dump_stats(asked.profile)
    share = None if not best_kwh else round(found["energy_delivered_kwh"] / best_kwh, 5)
    if losses is not None:
        found["not_taken_kwh"] = losses.kwh()
    if till is not None and tariff is not None:
        month = (
            asked.sessions if asked.sessions in SETS_OF_A_MONTH else f"{asked.sessions[:-5]}-{first:%Y-%m}"
        )
        best_usd = asked.optimum_usd or best_profit(month, tariff, limit_kw=asked.limit_kw)
        found |= till.figures()
        found |= {
            "optimum_usd": best_usd,
            "share_of_optimum_profit": round(found["profit_usd"] / best_usd, 5),
        }
    row = {
        "bench": "replay",
        "load_1min": os.getloadavg()[0],
        "set": asked.sessions,
        "first": str(first),
        "days": asked.days,
        "limit_kw": asked.limit_kw,
        "goal": how.goal,
        "tariff": asked.tariff,
        "peak_told_kw": asked.peak_kw,
        "case": "ideal" if asked.ideal else "realistic",
        "inputs": asked.inputs,
        "learning": not asked.no_learning,
        "stays_known": len(how.taught),
        "seed": asked.seed,
        "optimum_kwh": None if best_kwh is None else round(best_kwh, 3),
        "share_of_optimum": share,
        **found,
    }
    print(json.dumps(row, indent=1))
    if asked.write:
        words = [word for word in sys.argv[1:] if word != "--write"]
        replay_page.keep({**row, "command": " ".join(words), "commit": report.commit()})
        replay_page.write_page()


if __name__ == "__main__":
    main()
