"""The npm package ocpp-rpc in strict mode: as a station against us, and as a central system for our stations.

Its strict mode judges each message of both sides by its own copy of the schemas; one complaint fails a test.
"""

import asyncio
import contextlib
import hashlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.central import TOKEN, central_system, url
from tests.patience import PATIENCE_S

from chargewright.domain.installation import ProfileState
from chargewright.domain.transaction import TransactionState
from chargewright.ids import StationId
from chargewright.simulator.clock import ScaledClock
from chargewright.simulator.ev import Car
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Arrival, Scenario, StationSpec

HERE = Path(__file__).parent / "ocpp_rpc"
CACHE = HERE.parents[2] / ".cache"


@pytest.fixture(scope="session")
def folder() -> Path:
    """Our scripts beside an installed ocpp-rpc; installed once, and again when the lock file changes."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(
            "Node.js with npm is missing: the counterparts made of the npm package ocpp-rpc cannot run"
        )
    parts = sorted(path for path in HERE.iterdir() if path.is_file())
    made_of = hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:16]
    place = CACHE / f"ocpp-rpc-{made_of}"
    if not place.exists():
        CACHE.mkdir(exist_ok=True)
        fresh = CACHE / f"{place.name}.{id(parts):x}"
        fresh.mkdir()
        for path in parts:
            shutil.copy(path, fresh)
        ran = subprocess.run([npm, "ci", "--silent"], cwd=fresh, capture_output=True, text=True, check=False)
        if ran.returncode:
            shutil.rmtree(fresh)
            pytest.skip(f"the npm package ocpp-rpc cannot be installed: {ran.stderr.strip()[-300:]}")
        with contextlib.suppress(OSError):  # another worker was quicker
            fresh.rename(place)
    return place


class Script:
    """One of the scripts, running: lines of JSON go in and come out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    async def next(self, key: str) -> dict[str, Any]:
        """The next line that has `key`; those before it are kept in `said` too."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                line = await self._process.stdout.readline()
                assert line, "the script ended"
                told = json.loads(line)
                self.said.append(told)
                assert "strictFailure" not in told, told
                assert "badMessage" not in told, told
                if key in told or "error" in told:
                    return told

    def tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        self.tell(call=action, payload=payload)
        told = await self.next("result")
        assert "result" in told, told
        return told["result"]

    async def agree(self, action: str, payload: dict[str, Any]) -> None:
        self.tell(reply=action, payload=payload)
        await self.next("agreed")


@contextlib.asynccontextmanager
async def running(folder: Path, name: str, *arguments: str) -> AsyncIterator[Script]:
    process = await asyncio.create_subprocess_exec(
        "node", name, *arguments, cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Script(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


async def test_a_station_of_ocpp_rpc_in_1_6_charges_by_plan(folder):
    async with central_system("RPC1") as central:
        endpoint = url(central, "").rstrip("/")
        async with running(folder, "station.mjs", endpoint, "RPC1", "ocpp1.6") as station:
            assert (await station.next("connected"))["connected"] == "ocpp1.6"
            await station.agree("GetConfiguration", {"unknownKey": []})
            await station.agree("SetChargingProfile", {"status": "Accepted"})
            await station.agree("GetCompositeSchedule", {"status": "Rejected"})
            await station.agree("ClearChargingProfile", {"status": "Unknown"})
            boot = await station.call(
                "BootNotification", {"chargePointVendor": "R", "chargePointModel": "PC"}
            )
            assert boot["status"] == "Accepted"
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}
            assert await station.call("StatusNotification", status) == {}
            assert (await station.call("Authorize", {"idTag": TOKEN}))["idTagInfo"]["status"] == "Accepted"
            start = {"connectorId": 1, "idTag": TOKEN, "meterStart": 0, "timestamp": now()}
            number = (await station.call("StartTransaction", start))["transactionId"]
            while not await lease_held(central, "RPC1"):
                await station.call("Heartbeat", {})
            sample = {"value": "250", "unit": "Wh", "measurand": "Energy.Active.Import.Register"}
            values = {
                "connectorId": 1,
                "transactionId": number,
                "meterValue": [{"timestamp": now(), "sampledValue": [sample]}],
            }
            assert await station.call("MeterValues", values) == {}
            stop = {"transactionId": number, "meterStop": 500, "timestamp": now(), "reason": "Local"}
            await station.call("StopTransaction", stop)
        ended = await central.store.read(lambda records: records.transaction(number))
        assert (ended.state, ended.meter_stop_wh) == (TransactionState.ENDED, 500)


async def test_a_station_of_ocpp_rpc_in_2_0_1_charges_by_plan(folder):
    async with central_system("RPC2") as central:
        endpoint = url(central, "").rstrip("/")
        async with running(folder, "station.mjs", endpoint, "RPC2", "ocpp2.0.1") as station:
            assert (await station.next("connected"))["connected"] == "ocpp2.0.1"
            await station.agree("SetChargingProfile", {"status": "Accepted"})
            await station.agree("GetCompositeSchedule", {"status": "Rejected"})
            await station.agree("ClearChargingProfile", {"status": "Unknown"})
            boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "R", "model": "PC"}}
            assert (await station.call("BootNotification", boot))["status"] == "Accepted"
            token = {"idToken": TOKEN, "type": "ISO14443"}
            event = {
                "eventType": "Started",
                "timestamp": now(),
                "triggerReason": "Authorized",
                "seqNo": 0,
                "transactionInfo": {"transactionId": "rpc-1", "chargingState": "Charging"},
                "evse": {"id": 1, "connectorId": 1},
                "idToken": token,
            }
            answer = await station.call("TransactionEvent", event)
            assert answer["idTokenInfo"]["status"] == "Accepted"
            while not await lease_held(central, "RPC2"):
                await station.call("Heartbeat", {})
            event |= {"eventType": "Ended", "seqNo": 1, "timestamp": now(), "triggerReason": "StopAuthorized"}
            event["transactionInfo"] = {"transactionId": "rpc-1", "stoppedReason": "Local"}
            del event["evse"]
            await station.call("TransactionEvent", event)
        (found,) = await central.store.read(
            lambda records: records.transactions(station_id=StationId("RPC2"))
        )
        assert (found.state, found.wire_id) == (TransactionState.ENDED, "rpc-1")


async def lease_held(central, station_id: str) -> bool:
    """Whether a profile for the running transaction was accepted."""
    held = await central.store.read(lambda records: records.installed_profiles(StationId(station_id)))
    return any(p.transaction_id is not None and p.state is ProfileState.ACCEPTED for p in held)


ORDERS = {
    "ocpp1.6": [
        ("GetConfiguration", {}, lambda answer: len(answer["configurationKey"]) > 5),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"}),
        ("ClearCache", {}, {"status": "Accepted"}),
        ("GetLocalListVersion", {}, lambda answer: isinstance(answer["listVersion"], int)),
    ],
    "ocpp2.0.1": [
        ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, {"status": "Accepted"}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"}),
        ("ClearCache", {}, {"status": "Accepted"}),
        ("GetLocalListVersion", {}, lambda answer: isinstance(answer["versionNumber"], int)),
    ],
}


async def test_our_stations_against_a_central_system_of_ocpp_rpc(folder):
    """One of each version: a car comes, charges and goes; orders are answered; its strict mode has nothing to say."""
    start = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    names = {"A": "ocpp1.6", "B": "ocpp2.0.1"}
    evses = [{"station": n, "node": "fuse", "connection": "RST", "current_max_a": 32.0} for n in names]
    car = Car(phases=3, current_max_a=16, capacity_wh=60_000, soc=0.3, follow_s=2)
    minute = timedelta(minutes=1)
    scenario = Scenario(
        name="two stations",
        start=start,
        end=start + 12 * minute,
        site={"nodes": [{"id": "fuse", "limit_a": 64.0}], "evses": evses},
        stations=tuple(StationSpec(n, version=v, tells_needs=True) for n, v in names.items()),
        arrivals=tuple(
            Arrival(
                n, 1, start + minute, start + 8 * minute, 20_000, f"T-{n}", car, start + 60 * minute, 20_000
            )
            for n in names
        ),
    )
    async with running(folder, "central.mjs") as central:
        port = (await central.next("listening"))["listening"]
        clock = ScaledClock(start - timedelta(seconds=10), speed=120.0)
        site = SimulatedSite(scenario, f"ws://127.0.0.1:{port}", clock)
        await site.start()
        playing = asyncio.create_task(site.run())
        for name, version in names.items():
            for action, payload, wanted in ORDERS[version]:
                central.tell(to=name, call=action, payload=payload)
                answer = await central.next("result")
                assert "result" in answer, (action, answer)
                assert wanted(answer["result"]) if callable(wanted) else answer["result"] == wanted, action
        await playing
        report = site.report()
        await site.stop()
        central.tell(to="nobody", call="", payload={})
        await central.next("error")  # all that was said before it has been read now
    seen = {name: [t["action"] for t in central.said if t.get("from") == name] for name in names}
    assert {"BootNotification", "Authorize", "StartTransaction", "MeterValues", "StopTransaction"} <= set(
        seen["A"]
    )
    assert {"BootNotification", "Authorize", "TransactionEvent", "NotifyReport"} <= set(seen["B"])
    assert report.messages_failed == report.orders_refused == 0
    assert report.messages_sent == report.messages_answered == sum(map(len, seen.values()))
