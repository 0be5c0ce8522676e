"""`chargewright simulate`: stations and cars against any central system."""

import asyncio
import signal
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chargewright.app.config import LogConfig
from chargewright.app.logs import set_up_logs
from chargewright.app.replay import replay_log, show_replay
from chargewright.errors import InvalidInput
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.run import SimulatedSite, SimulationReport
from chargewright.simulator.scenario import Scenario, workplace
from chargewright.simulator.scenario_file import read_scenario

__all__ = ["simulate"]

LEAD: Final = timedelta(seconds=20)
"""Stations connect before the first car comes."""

_VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "mixed": (),
    "all": ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"),
    "ocpp1.6": ("ocpp1.6",),
    "ocpp2.0.1": ("ocpp2.0.1",),
    "ocpp2.1": ("ocpp2.1",),
}
"""What the stations speak, in turn; nothing is what the story says."""

SHOW_EVERY_S: Final = 0.5
SAY_EVERY_S: Final = 60.0


def simulate(
    *,
    csms: str,
    stations: int = 12,
    protocol: Literal["mixed", "all", "ocpp1.6", "ocpp2.0.1", "ocpp2.1"] = "mixed",
    scenario: Path | None = None,
    speed: float = 1.0,
    seed: int = 1,
    duration: int | None = None,
    password: str | None = None,
    ca: Path | None = None,
    report: Path | None = None,
    json: bool = False,
    replay: Path | None = None,
    station: str | None = None,
) -> int:
    """Let simulated stations and cars use any central system, and report what became of them.

    The story starts now, shortly before its first car. Exit status 1 where a limit of the site was exceeded, a call
    failed without a fault in the story, or a station is kept out. Ctrl-C ends early, with a report.

    Example: `chargewright simulate --csms ws://127.0.0.1:9000/ocpp --stations 20 --duration 600`

    Parameters
    ----------
    csms
        Where stations connect, without their id: ws:// or wss://.
    stations
        How many, named CP01, CP02 and so on; without `--scenario`.
    protocol
        What they speak; mixed is two of 1.6 to one of 2.0.1, all is 1.6, 2.0.1 and 2.1 in turn.
    scenario
        A story of your own, as JSON.
    speed
        Simulated seconds in a second. Above 1 the stations' clocks run ahead of the central system's.
    seed
        For everything drawn by chance.
    duration
        End after so many simulated seconds, instead of with the story.
    password
        For HTTP basic authentication, the same for all stations.
    ca
        With wss: certificates that are trusted, PEM.
    report
        Write the figures there, as JSON.
    json
        Print the figures as JSON.
    replay
        Play a station's log instead (`GET /stations/{id}/messages`), and report what is answered otherwise.
    station
        With `--replay`: whom the station says it is; else the name of the file.

    """
    set_up_logs(LogConfig(level="warning"))
    trust = _trust(csms, ca, {"--stations": stations, "--speed": speed, "--duration": duration})
    if replay is not None:
        figures, is_fine = replay_log(
            replay, csms=csms, station=station, protocol=protocol, speed=speed, password=password, trust=trust
        )
    else:
        story = workplace(stations=stations, seed=seed) if scenario is None else read_scenario(scenario)
        story = _built(story, _VERSIONS[protocol], password)
        figures, is_fine = _run(story, csms=csms, speed=speed, duration_s=duration, trust=trust)
    if report is not None:
        _write(report, figures)
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
    else:
        (_show if replay is None else show_replay)(figures)
    return 0 if is_fine else 1


def _trust(csms: str, ca: Path | None, numbers: Mapping[str, float | None]) -> ssl.SSLContext | None:
    """Check what was given; whom to trust where it is TLS."""
    if urlsplit(csms).scheme not in {"ws", "wss"}:
        raise InvalidInput(f"{csms!r} is no ws:// or wss:// address", where="--csms")
    for option, value in numbers.items():
        if value is not None and value <= 0:
            raise InvalidInput(f"{value} is not above 0", where=option)
    if urlsplit(csms).scheme == "ws":
        return None
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as why:
        raise InvalidInput(str(why), where="--ca") from why


def _run(
    story: Scenario, *, csms: str, speed: float, duration_s: int | None, trust: ssl.SSLContext | None
) -> tuple[dict[str, Any], bool]:
    """Live the story from now on: the figures, and whether all went as it should."""
    wall = ScaledClock()
    story = _from_now(story, wall.now(), duration_s)
    clock = ScaledClock(story.start, speed=speed, wall_origin_s=wall.wall_origin_s)
    import uvloop

    seen, refusals = uvloop.run(_simulate(story, csms, clock, trust))
    figures = _figures(seen, csms=csms, speed=speed, refusals=refusals)
    unheard = seen.messages_failed > 0 and not story.faults  # a fault may well cost an answer
    return figures, not (figures["limit_violations"] or unheard or refusals)


def _built(story: Scenario, versions: Sequence[str], password: str | None) -> Scenario:
    """The story with stations that speak these in turn and show that password; nothing leaves them as they are."""
    spoken = cycle(versions or (None,))
    stations = tuple(
        replace(spec, version=version or spec.version, password=password or spec.password)
        for spec, version in zip(story.stations, spoken, strict=False)
    )
    return replace(story, stations=stations)


def _from_now(story: Scenario, now: datetime, duration_s: int | None) -> Scenario:
    """Move a story so that what happens first in it happens shortly after `now`, and cut it off."""
    now = now.replace(microsecond=0)  # the world moves by whole seconds, and must arrive at the end
    moments = [arrival.at for arrival in story.arrivals] + [fault.at for fault in story.faults]
    first = min(moments, default=story.start)
    by = now + LEAD - first
    end = (story.end + by if duration_s is None else now + timedelta(seconds=duration_s)).replace(
        microsecond=0
    )
    arrivals = tuple(
        replace(
            a,
            at=a.at + by,
            departure=a.departure + by,
            departure_told=None if a.departure_told is None else a.departure_told + by,
        )
        for a in story.arrivals
        if a.at + by < end
    )
    faults = tuple(replace(f, at=f.at + by) for f in story.faults if f.at + by < end)
    return replace(story, start=now, end=end, arrivals=arrivals, faults=faults)


async def _simulate(
    story: Scenario, csms: str, clock: ScaledClock, trust: ssl.SSLContext | None
) -> tuple[SimulationReport, dict[str, str]]:
    """Run the story to its end or to Ctrl-C. Returns what became of it, and who never got in."""
    site = SimulatedSite(story, csms, clock, ssl_context=trust)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await site.start()
        if not site.connected and site.refusals:
            station, why = next(iter(sorted(site.refusals.items())))
            raise InvalidInput(f"no station can connect; {station}: {why}", where=csms)
        running = asyncio.ensure_future(site.run())
        stopping = asyncio.ensure_future(stop.wait())
        showing = asyncio.ensure_future(_watch(site))
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, showing):
            task.cancel()
        if running.done():
            running.result()
        running.cancel()
        await asyncio.gather(running, stopping, showing, return_exceptions=True)
        return site.report(), dict(site.refusals)
    finally:
        await site.stop()


async def _watch(site: SimulatedSite) -> None:
    """A live table on a terminal, a line a minute elsewhere; on standard error, so that --json stays clean."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(_state(site), console=console, auto_refresh=False) as live:
            while True:
                await asyncio.sleep(SHOW_EVERY_S)
                live.update(_state(site), refresh=True)
    while True:
        print(", ".join(f"{name} {value}" for name, value in _now(site)), file=sys.stderr, flush=True)
        await asyncio.sleep(SAY_EVERY_S)


def _now(site: SimulatedSite) -> list[tuple[str, str]]:
    world = site.world
    counters, trace = world.counters, world.judge.trace
    return [
        ("time", f"{world.now:%Y-%m-%d %H:%M:%S} UTC"),
        ("connected", f"{site.connected} of {len(world.links)}"),
        ("cars", str(int(world.fleet.present.sum()))),
        ("kW", f"{trace[-1].power_w / 1000 if trace else 0.0:.1f}"),
        ("kWh", f"{world.judge.energy_wh / 1000:.1f}"),
        ("seconds above a limit", f"{world.judge.seconds_above:g}"),
        ("messages sent", str(counters.sent)),
        ("answered", str(counters.answered)),
        ("failed", str(counters.failed)),
        ("orders", str(counters.orders)),
        ("orders refused", str(counters.orders_refused)),
    ]


def _state(site: SimulatedSite) -> Table:
    table = Table(show_header=False, title=site.world.scenario.name)
    for name, value in _now(site):
        table.add_row(name, value)
    for station, why in sorted(site.refusals.items())[:5]:
        table.add_row(f"{station} cannot connect", Text(why))
    return table


def _figures(
    seen: SimulationReport, *, csms: str, speed: float, refusals: Mapping[str, str]
) -> dict[str, Any]:
    """The report: the same names as that of the demo, where the thing is the same. Energies in kWh."""
    return {
        "scenario": seen.name,
        "csms": csms,
        "stations": seen.stations,
        "sessions": len(seen.sessions),
        "speed": speed,
        "seed": seen.seed,
        "duration_s": seen.seconds,
        "limit_violations": seen.seconds_above,
        "breaches": seen.breaches,
        "highest_loading": round(seen.loading_max, 6),
        "peak_kw": round(seen.peak_kw, 3),
        "uncontrolled_peak_kw": round(seen.uncontrolled_peak_kw, 3),
        "energy_requested_kwh": round(seen.energy_requested_kwh, 3),
        "energy_delivered_kwh": round(seen.energy_delivered_kwh, 3),
        "energy_given_kwh": round(seen.energy_given_kwh, 3),
        "uncontrolled_energy_delivered_kwh": round(seen.uncontrolled_energy_delivered_kwh, 3),
        "messages_sent": seen.messages_sent,
        "messages_answered": seen.messages_answered,
        "messages_failed": seen.messages_failed,
        "orders_received": seen.orders_received,
        "orders_refused": seen.orders_refused,
        "transactions_true": seen.transactions_true,
        "not_connected": dict(refusals),
        "transactions": [asdict(transaction) for transaction in seen.transactions],
    }


def _write(path: Path, figures: Mapping[str, Any]) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
    except OSError as why:
        raise InvalidInput(why.strerror or str(why), where=str(path)) from why


def _show(figures: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    told = {name: value for name, value in figures.items() if not isinstance(value, dict | list)}
    if not told["energy_given_kwh"]:
        del told["energy_given_kwh"]  # most sites have no car that can
    if not console.is_terminal:
        for name, value in told.items():
            print(f"{name}\t{value}")
    else:
        table = Table(show_header=False, title=figures["scenario"])
        for name, value in told.items():
            table.add_row(name.replace("_", " "), Text(str(value)))
        console.print(table)
    for station, why in figures["not_connected"].items():
        print(f"{station} could not connect: {why}")
