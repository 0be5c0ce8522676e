"""The server is killed at twenty random moments of a day, and started again each time: what was acknowledged is kept,
nothing is there twice, and the site's limits hold all the while, by the physics of the cars."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.outbox import Outbox
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.said import TransactionTold
from chargewright.simulator.scenario import (
    Scenario,
    read_network,
    read_sessions,
    scenario_of_sessions,
    workplace,
)

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
CHARGEWRIGHT = Path(sys.executable).with_name("chargewright")
TOKEN = "a token for this test"
SPEED = 400.0
KILLS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`chargewright serve` as a process, on a clock that agrees with ours."""

    def __init__(self, folder: Path, clock: ScaledClock) -> None:
        self.database = folder / "crash.db"
        self.stations_port, self.api_port = free_port(), free_port()
        self._clock = clock
        self._log = (folder / "server.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self.api = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.api_port}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}
        )

    async def start(self) -> None:
        clock = f"{self._clock.start_at.isoformat()}@{self._clock.speed}@{self._clock.wall_origin_s}"
        self._process = await asyncio.to_thread(
            subprocess.Popen,
            [
                *(CHARGEWRIGHT, "serve", "--database", self.database, "--clock", clock),
                *("--stations-port", str(self.stations_port), "--api-port", str(self.api_port)),
            ],
            env={**os.environ, "CHARGEWRIGHT_API_TOKEN": TOKEN, "CHARGEWRIGHT_LOG_LEVEL": "warning"},
            stdout=self._log,
            stderr=self._log,
        )
        while True:
            assert self._process.poll() is None, "the server ended by itself"
            with contextlib.suppress(httpx2.HTTPError):
                if (await self.api.get(f"http://127.0.0.1:{self.api_port}/health/live")).status_code == 200:
                    return
            await asyncio.sleep(0.02)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)
        await self.api.aclose()
        self._log.close()

    async def call(self, method: str, path: str, body: object) -> httpx2.Response:
        """Call until the server is there to answer: what a driver's app does."""
        while True:
            try:
                answer = await self.api.request(method, path, json=body)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
            return answer


async def provision(server: Server, scenario: Scenario) -> dict[str, str]:
    passwords = {}
    for spec in scenario.stations:
        answer = await server.call("POST", "/stations", {"id": spec.id})
        passwords[spec.id] = answer.json()["password"]
    for token in {arrival.id_token for arrival in scenario.arrivals}:
        await server.call("POST", "/tokens", {"token": token})
    await server.call(
        "POST", "/sites", {"id": "site", "name": scenario.name, "definition": dict(scenario.site)}
    )
    return passwords


def scenario_of_the_day() -> Scenario:
    """The Caltech garage at 30 kW where its data is at hand, else the workplace that ships with the package."""
    sessions = DATA / "sessions" / "acn_caltech_2019-03_slots.csv"
    if not sessions.exists():
        return workplace(stations=12, seed=5)
    network = read_network(DATA / "networks" / "caltech_acn.json")
    return scenario_of_sessions(read_sessions(sessions), network, limit_kw=30, seed=5)


@pytest.mark.timeout(900)
async def test_twenty_kills_lose_and_double_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seed = 20190320
    rng = random.Random(seed)
    scenario = scenario_of_the_day()
    day_ends = scenario.start + timedelta(days=1)
    clock = ScaledClock(scenario.start + timedelta(hours=5), speed=SPEED, wall_origin_s=time.time())
    acknowledged: list[TransactionTold] = []
    delivered = Outbox.delivered

    def note(outbox: Outbox) -> None:
        entry = outbox._sent
        if entry is not None and isinstance(entry.message, TransactionTold):
            acknowledged.append(entry.message)
        delivered(outbox)

    monkeypatch.setattr(Outbox, "delivered", note)
    server = Server(tmp_path, clock)
    await server.start()
    passwords = await provision(server, scenario)

    async def needs(station_id, evse_id, energy_wh, departure_at):
        body = {"energy_wh": energy_wh, "departure_at": departure_at.isoformat()}
        await server.call("PUT", f"/stations/{station_id}/evses/{evse_id}/needs", body)

    simulated = SimulatedSite(
        scenario, f"ws://127.0.0.1:{server.stations_port}/ocpp", clock, passwords=passwords, needs=needs
    )
    await simulated.start()
    begin = clock.now()
    moments = sorted(rng.uniform(0.02, 0.95) * (day_ends - begin) + begin for _ in range(KILLS))

    async def kill_at_moments() -> None:
        for moment in moments:
            await clock.sleep_s(max((moment - clock.now()).total_seconds(), 1.0))
            server.kill()
            await server.start()

    killer = asyncio.create_task(kill_at_moments())
    await simulated.run(day_ends)
    await killer
    # Give the stations time to deliver what they kept while the server was away.
    for _ in range(50):
        if all(
            link.station.outbox.kept == 0 and not link.station.outbox.busy for link in simulated.world.links
        ):
            break
        await simulated.run(clock.now() + timedelta(minutes=5))
    report = simulated.report()
    await simulated.stop()
    await server.stop()

    assert report.seconds_above == 0, f"seed {seed}: {report.breaches}"
    assert report.uncontrolled.seconds_above > 0, "this day needs control"
    assert sum(link.station.outbox.given_up for link in simulated.world.links) == 0
    store = SqliteStore(server.database)
    await store.start()
    try:
        records = await store.read(lambda r: r.transactions(limit=100_000))
        readings = {t.id: await store.read(lambda r, t=t: r.readings(transaction_id=t.id)) for t in records}
    finally:
        await store.stop()
    check_transactions(report.transactions, records)
    check_readings(acknowledged, records, readings)


def check_transactions(true, records) -> None:
    """Each acknowledged transaction is there once, with its true registers; nothing is there that never was."""
    by_start = Counter((r.station_id, r.id_token, r.meter_start_wh) for r in records)
    for truth in true:
        key = (truth.station_id, truth.id_token, float(truth.meter_start_wh))
        if truth.told_start:
            assert by_start[key] == 1, f"{by_start[key]} records of {truth}"
        if truth.told_stop:
            (record,) = [r for r in records if (r.station_id, r.id_token, r.meter_start_wh) == key]
            assert record.meter_stop_wh == float(truth.meter_stop_wh)
            assert record.suspect == ()
    known = {(t.station_id, t.id_token, float(t.meter_start_wh)) for t in true}
    assert set(by_start) <= known


def check_readings(acknowledged, records, readings) -> None:
    """Each acknowledged reading is stored exactly once under its transaction."""
    ids = {(r.id_token, r.meter_start_wh): r.id for r in records}
    told = 0
    stored = {key: Counter(int(r.at.timestamp()) for r in rows) for key, rows in readings.items()}
    for message in acknowledged:
        transaction = message.transaction
        own = stored[ids[transaction.id_token, float(transaction.meter_start_wh)]]
        for reading in message.readings:
            if message.step.value == "updated":
                told += 1
                assert own[int(reading.at.timestamp())] == 1, (
                    f"{reading} is stored {own[int(reading.at.timestamp())]} times"
                )
    assert told > 500
