"""Every keyword of every schema broken once, over a real socket: the exact code, nothing lost, nothing ended.

Requests of stations are said to the central system; its orders are answered wrongly. After each of them the same
connection is asked something right.
"""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import websockets
from tests.ocpp.samples import expected_code, full_sample, messages, mutants, small_sample

from chargewright.app.config import StationsConfig
from chargewright.app.wiring import build
from chargewright.domain.commands import RawCommand
from chargewright.domain.station import Registration, Station
from chargewright.ids import EvseId, StationId
from chargewright.ocpp.catalog import Version, catalog
from chargewright.simulator.clock import ScaledClock

HEARTBEAT = [2, "right", "Heartbeat", {}]
FEWEST = {Version.OCPP16: (160, 170), Version.OCPP201: (1100, 950), Version.OCPP21: (3000, 1300)}


@asynccontextmanager
async def connected(version):
    """(central system, socket) of one station that is read strictly; lists that are too long make long frames."""
    config = StationsConfig(port=0, message_bytes_max=16 * 1024 * 1024, message_log=False)
    central = build(config, database=":memory:", clock=ScaledClock())
    await central.start()
    try:
        station = Station(StationId("CP1"), registration=Registration.ACCEPTED, evse_ids=(EvseId(1),))
        await central.services.provisioning.put(station)
        url = f"ws://127.0.0.1:{central.gateway.port}/ocpp/CP1"
        async with websockets.connect(
            url, subprotocols=[version.value], max_size=None, compression=None
        ) as socket:
            yield central, socket
    finally:
        await central.stop()


async def ask(socket, frame):
    await socket.send(json.dumps(frame))
    return json.loads(await socket.recv())


@pytest.mark.parametrize("version", list(Version))
async def test_every_request_of_a_station_broken_in_every_way(version):
    calls = catalog(version).calls_to("csms")
    tried = 0
    async with connected(version) as (central, socket):
        for message in messages(version):
            if not message.is_request or message.action not in calls:
                continue
            for mutant in mutants(message):
                tried += 1
                where = f"{message.action}: {mutant.keyword} at {mutant.path}"
                answer = await ask(socket, [2, f"bad{tried}", message.action, mutant.payload])
                assert answer[:3] == [4, f"bad{tried}", expected_code(version, mutant)], where
                assert len(answer[3]) <= 255, where
                assert answer[4] == {}, where
            assert (await ask(socket, HEARTBEAT))[:2] == [3, "right"], f"deaf after {message.action}"
        assert tried >= FEWEST[version][0]
        assert central.dispatch.counters.received == central.dispatch.counters.answered


@pytest.mark.parametrize("version", list(Version))
async def test_every_answer_of_a_station_broken_in_every_way(version):
    tried = 0
    async with connected(version) as (central, socket):
        for message in messages(version):
            action = catalog(version).actions[message.action]
            if message.is_request or not action.may_be_sent_by("csms"):
                continue
            (request,) = [m for m in messages(version) if m.action == message.action and m.is_request]
            order = RawCommand(message.action, small_sample(request))
            wrong = [(mutant, mutant.payload) for mutant in mutants(message)]
            for mutant, payload in [*wrong, (None, full_sample(message))]:
                where = f"{message.action}: {mutant and (mutant.keyword, mutant.path)}"
                outcome = await ordered(central, socket, order, payload)
                if mutant is None:
                    assert outcome.kind == "answered", where
                    continue
                tried += 1
                assert outcome.kind == "error", where
                code = expected_code(version, mutant)
                if version is Version.OCPP21:
                    told = json.loads(await socket.recv())
                    assert (told[0], told[2]) == (5, code), where
                assert spelled(outcome.code) == spelled(code), where
            assert (await ask(socket, HEARTBEAT))[:2] == [3, "right"], f"deaf after {message.action}"
        assert tried >= FEWEST[version][1]


def spelled(code):
    """Programs are told the newest edition's word."""
    return {
        "FormationViolation": "FormatViolation",
        "OccurenceConstraintViolation": "OccurrenceConstraintViolation",
    }.get(code, code)


async def ordered(central, socket, order, payload):
    """Order something, have it answered with `payload`, and give back how it ended."""
    ending = asyncio.ensure_future(central.services.commands.order(StationId("CP1"), order))
    kind, message_id, action, _ = json.loads(await socket.recv())
    assert (kind, action) == (2, order.action)
    await socket.send(json.dumps([3, message_id, payload]))
    return await ending
