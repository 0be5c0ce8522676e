"""`chargewright demo`: a whole site in one process, over real WebSockets, with a console in the browser."""

import asyncio
import json as json_text
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chargewright.adapters.rest.api import Api
from chargewright.adapters.web.pages import console_routes
from chargewright.app.config import LogConfig, StationsConfig
from chargewright.app.day_report import day_figures, show_figures
from chargewright.app.logs import set_up_logs
from chargewright.app.offline import optimum_wh
from chargewright.app.serve import quiet_collector
from chargewright.app.wiring import CentralSystem, build, services_of
from chargewright.clock import Clock
from chargewright.csms.ports import Records
from chargewright.csms.security.passwords import hash_password, new_password
from chargewright.domain.site import ChargingNeed, SiteSettings
from chargewright.domain.station import Registration, Station
from chargewright.domain.token import Token
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, SiteId, StationId
from chargewright.simulator.clock import PacedClock
from chargewright.simulator.report import uncontrolled
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import (
    Scenario,
    read_network,
    read_sessions,
    scenario_of_sessions,
    workplace,
)

__all__ = ["demo", "demo_settings", "provision", "tell_need"]

SITE_ID = SiteId("demo")
SPEED = 720.0
"""Two minutes for a day."""

CURRENCY = "EUR"

WARM_UP = timedelta(minutes=2)
"""Before the day begins the stations connect and are brought into service."""


def demo(
    *,
    once: bool = False,
    sessions: Path | None = None,
    network: Path | None = None,
    day: str | None = None,
    limit_kw: float | None = None,
    goal: Literal["peak", "balance", "cost"] = "balance",
    speed: float = SPEED,
    seed: int = 1,
    report: Path | None = None,
    stations_port: int = 9000,
    api_port: int = 8080,
    browser: bool = True,
    json: bool = False,
) -> int:
    """A whole site in one process: central system, planner, stations and cars that talk OCPP, console in the browser.

    Replays one day faster than real time, then goes on at real speed until Ctrl-C. The cars' physics, computed each
    second, judges whether the site's limits were kept. Exit status 1 where they were not, or a record is missing.

    Example: `chargewright demo --once --report day.json`

    Parameters
    ----------
    once
        End after the day, with a summary.
    sessions
        A session file of the ACN kind (CSV, also gzipped); with `--network`. Default: a workplace that ships along.
    network
        A network file: stations, and constraints with coefficients.
    day
        The day to replay, YYYY-MM-DD; default: the one with most arrivals.
    limit_kw
        With a network: what its transformer may carry.
    goal
        What comes after safety and energy.
    speed
        Simulated seconds in a second; 0 is as fast as it goes.
    seed
        For cars, clocks and everything drawn by chance.
    report
        Write the figures there, as JSON.
    stations_port
        The port that stations connect to.
    api_port
        The port of the REST API and the console.
    browser
        Open the console.
    json
        Print the figures as JSON instead of a table.

    """
    set_up_logs(LogConfig(level="warning"))
    scenario = _scenario(sessions, network, day, limit_kw, seed)
    import uvloop

    figures = uvloop.run(
        _demo(
            scenario,
            goal=goal,
            speed=speed,
            once=once,
            ports=(stations_port, api_port),
            browser=browser and not once,
            show=partial(show_figures, report=report, as_json=json),
        )
    )
    lost = figures["transactions_recorded"] != figures["transactions_true"]
    return 1 if figures["limit_violations"] or lost else 0


def _scenario(
    sessions: Path | None, network: Path | None, day: str | None, limit_kw: float | None, seed: int
) -> Scenario:
    if (sessions is None) != (network is None):
        raise InvalidInput("come together", where="--sessions and --network")
    if sessions is None or network is None:
        if day is not None or limit_kw is not None:
            raise InvalidInput("only with --sessions and --network", where="--day and --limit-kw")
        return workplace(seed=seed)
    try:
        chosen = None if day is None else date.fromisoformat(day)
    except ValueError as why:
        raise InvalidInput(str(why), where="--day") from why
    return scenario_of_sessions(
        read_sessions(sessions), read_network(network), limit_kw=limit_kw, day=chosen, seed=seed
    )


async def _demo(
    scenario: Scenario,
    *,
    goal: str,
    speed: float,
    once: bool,
    ports: tuple[int, int],
    browser: bool,
    show: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    clock = PacedClock(scenario.start - WARM_UP)
    with tempfile.TemporaryDirectory() as folder:
        # A real file: what is acknowledged here is as durable as with `serve`.
        config = StationsConfig(port=0 if once else ports[0])
        central = build(config, database=Path(folder) / "demo.db", clock=clock)
        await central.start()
        live = _Live(scenario, speed)
        api = Api(services_of(central), token_hash=None, extra_live=live.figures, pages=console_routes())
        serving = None if once else asyncio.ensure_future(api.serve("127.0.0.1", ports[1]))
        if serving is not None:
            _open_console(ports[1], browser=browser)
        try:
            simulated = live.simulated = await provision(
                central, scenario, clock, demo_settings(scenario, goal)
            )
            quiet_collector()
            figures = await _replay(simulated, central, scenario, clock, speed=speed)
            figures["goal"] = goal
            show(figures)
            if serving is not None:
                print("The day is over; it goes on at real speed until Ctrl-C.", flush=True)
                await simulated.run(datetime.max.replace(tzinfo=UTC), speed=1.0)
            await simulated.stop()
        finally:
            await api.stop()
            await central.stop()
    return figures


class _Live:
    """What the console shows beside the central system's own view: the day without control, and the judge's count."""

    def __init__(self, scenario: Scenario, speed: float) -> None:
        self._without = uncontrolled(scenario)
        self._speed = speed
        self.simulated: SimulatedSite | None = None

    def figures(self) -> dict[str, Any]:
        return {
            "uncontrolled": [(point.at.isoformat(), point.power_w) for point in self._without.trace],
            "uncontrolled_peak_w": self._without.peak_kw * 1000,
            "speed": self._speed,
            "limit_violations": 0 if self.simulated is None else self.simulated.world.judge.seconds_above,
        }


def _open_console(port: int, *, browser: bool) -> None:
    address = f"http://127.0.0.1:{port}/"
    print(f"The console is at {address}", flush=True)
    if browser:
        webbrowser.open(address)


async def _replay(
    simulated: SimulatedSite, central: CentralSystem, scenario: Scenario, clock: PacedClock, *, speed: float
) -> dict[str, Any]:
    """Replay the day, with a progress bar, and gather the figures of both sides."""
    optimum = asyncio.ensure_future(asyncio.to_thread(optimum_wh, central.sites.get(SITE_ID).site, scenario))
    await simulated.start()
    progress = asyncio.ensure_future(_progress(scenario, clock))
    try:
        await simulated.run(scenario.end, speed=speed)
    finally:
        progress.cancel()
    return await day_figures(simulated, central, scenario, speed=speed, optimum_wh=await optimum)


async def _progress(scenario: Scenario, clock: PacedClock) -> None:
    """A bar on a terminal, a line for every two hours elsewhere."""
    console = Console(stderr=True)
    length_s = (scenario.end - scenario.start).total_seconds()
    said_h = -1
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task(scenario.name, total=length_s)
        while True:
            now = clock.now()
            done_s = max((now - scenario.start).total_seconds(), 0.0)
            progress.update(bar, completed=done_s, description=f"{scenario.name}, {now:%H:%M} UTC")
            if not console.is_terminal and int(done_s // 7200) != said_h:
                said_h = int(done_s // 7200)
                print(f"{scenario.name}: {now:%Y-%m-%d %H:%M} UTC", file=sys.stderr, flush=True)
            await asyncio.sleep(0.25)


async def provision(
    central: CentralSystem, scenario: Scenario, clock: Clock, settings: SiteSettings
) -> SimulatedSite:
    """Enter the scenario's stations, tokens and site; returns its stations, ready to connect.

    On a `PacedClock` they wait for the central system to come to rest before time moves on.
    """
    passwords: dict[str, str] = {}
    for spec in scenario.stations:
        passwords[spec.id] = new_password()
        await central.services.provisioning.put(
            Station(
                StationId(spec.id),
                registration=Registration.ACCEPTED,
                site_id=SITE_ID,
                evse_ids=tuple(EvseId(n + 1) for n in range(spec.evses)),
                credential=hash_password(passwords[spec.id], generated=True),
            )
        )
    tokens = sorted({arrival.id_token for arrival in scenario.arrivals})

    def put_tokens(records: Records) -> None:
        for token in tokens:
            records.put_token(Token(token))

    await central.store.commit(put_tokens)
    definition = json_text.dumps(scenario.site).encode()
    await central.sites.put(SITE_ID, scenario.name, definition, settings)
    return SimulatedSite(
        scenario,
        f"ws://127.0.0.1:{central.gateway.port}/ocpp",
        clock,
        passwords=passwords,
        needs=partial(tell_need, central),
        others_idle=lambda: central.idle,
    )


def demo_settings(scenario: Scenario, goal: str) -> SiteSettings:
    """How the demo charges: where the scenario is, under a day tariff."""
    return SiteSettings(goal=goal, prices=_prices(scenario), currency=CURRENCY, time_zone=scenario.time_zone)


async def tell_need(
    central: CentralSystem, station_id: str, evse_id: int, energy_wh: float, departure_at: datetime
) -> None:
    """What a driver's app does at plug-in: it says how much is wanted, and until when."""
    now = central.services.clock.now()
    await central.sites.tell_need(
        ChargingNeed(StationId(station_id), EvseId(evse_id), now, energy_wh, departure_at, source="driver")
    )


def _prices(scenario: Scenario) -> tuple[tuple[datetime, float], ...]:
    """A day tariff with a cheap night and a dear evening, per kWh; hours count from the scenario's midnight."""
    steps = [(0, 0.18), (6, 0.24), (16, 0.36), (21, 0.24)]
    return tuple(
        (scenario.start + timedelta(days=day, hours=hour), price) for day in range(3) for hour, price in steps
    )
