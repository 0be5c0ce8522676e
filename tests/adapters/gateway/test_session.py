"""One session over a real socket: frames good and bad, holding, keep-alive, calls."""

import asyncio
import json
import os
import random
import zlib

import pytest
import websockets
from tests.adapters.gateway.harness import Central, RawStation, gateway, heartbeat_response, station, until
from tests.patience import PATIENCE_S

from chargewright.adapters.gateway.server import Limits
from chargewright.ocpp.catalog import Version, catalog

CALL = b'[2,"a","Heartbeat",{}]'


async def test_several_messages_in_one_segment_are_answered_in_order():
    async with gateway() as server:
        raw = await RawStation.connect(server)
        raw.writer.write(b"".join(raw.frame(1, b'[2,"%d","Heartbeat",{}]' % n) for n in range(5)))
        answers = [(await raw.receive())[1] for _ in range(5)]
        assert [answer[:7] for answer in answers] == [b'[3,"%d",' % n for n in range(5)]
        raw.writer.close()


async def test_bytes_may_come_one_at_a_time():
    async with gateway() as server:
        raw = await RawStation.connect(server)
        for byte in raw.frame(1, CALL):
            raw.writer.write(bytes([byte]))
            await raw.writer.drain()
            await asyncio.sleep(0)
        assert (await raw.receive())[1].startswith(b'[3,"a",')
        raw.writer.close()


async def test_fragments_are_joined_and_pings_between_them_answered():
    async with gateway() as server:
        raw = await RawStation.connect(server)
        raw.send(1, CALL[:5], fin=False)
        raw.send(9, b"still here?")
        raw.send(0, CALL[5:9], fin=False)
        raw.send(0, b"", fin=False)
        raw.send(0, CALL[9:])
        assert (await raw.receive())[:2] == (10, b"still here?")
        assert (await raw.receive())[1].startswith(b'[3,"a",')
        raw.writer.close()


async def test_a_fragmented_utf8_character_is_joined_before_it_is_checked():
    central = Central()
    async with gateway(central) as server:
        raw = await RawStation.connect(server)
        text = '[2,"ä","Heartbeat",{}]'.encode()
        raw.send(1, text[:5], fin=False)
        raw.send(0, text[5:])
        assert (await raw.receive())[1].startswith('[3,"ä",'.encode())
        raw.writer.close()


BAD_FRAMES = {
    "unmasked": ([(1, CALL, {"masked": False})], 1002),
    "rsv1 without deflate": ([(1, CALL, {"rsv": 4})], 1002),
    "rsv2": ([(1, CALL, {"rsv": 2})], 1002),
    "rsv3 on a ping": ([(9, b"", {"rsv": 1})], 1002),
    "reserved opcode": ([(3, b"", {})], 1002),
    "fragmented ping": ([(9, b"", {"fin": False})], 1002),
    "long ping": ([(9, b"x" * 126, {})], 1002),
    "continuation of nothing": ([(0, CALL, {})], 1002),
    "text inside fragments": ([(1, CALL[:4], {"fin": False}), (1, CALL, {})], 1002),
    "binary": ([(2, CALL, {})], 1003),
    "not utf-8": ([(1, b'[2,"\xff","Heartbeat",{}]', {})], 1007),
    "surrogate": ([(1, b'[2,"\xed\xa0\x80","Heartbeat",{}]', {})], 1007),
    "not utf-8 in a field nobody reads": ([(1, b'[3,"x",{"unread":"\xc3("}]', {})], 1007),
    "not utf-8 over fragments": ([(1, b"[2,\xc3", {"fin": False}), (0, b"(]", {})], 1007),
    "too long": ([(1, b"x" * 65_537, {})], 1009),
    "too long in fragments": ([(1, b"x" * 40_000, {"fin": False}), (0, b"x" * 40_000, {})], 1009),
    "endless empty fragments": ([(1, b"", {"fin": False})] + [(0, b"", {"fin": False})] * 1100, 1009),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_bad_frames_close_with_their_code(name):
    frames, code = BAD_FRAMES[name]
    central = Central()
    async with gateway(central) as server:
        raw = await RawStation.connect(server)
        for opcode, payload, options in frames:
            raw.send(opcode, payload, **options)
        # What follows a violation is not handled any more.
        raw.send(1, CALL)
        assert await raw.closed_with() == code
        await until(lambda: central.told[-1] == ("disconnected", "CP1"))
        assert ("received", "Heartbeat") not in central.told
        async with station(server) as client:
            await client.send(CALL.decode())
            assert (await client.recv()).startswith('[3,"a"')


@pytest.mark.parametrize(
    ("payload", "echo"), [(b"\x03\xe8bye", 1000), (b"", 1000), (b"\x0f\xa0", 4000), (b"\x03\xe9", 1001)]
)
async def test_a_close_is_answered_and_the_socket_ended(payload, echo):
    central = Central()
    async with gateway(central) as server:
        raw = await RawStation.connect(server)
        raw.send(8, payload)
        opcode, answer, _ = await raw.receive()
        assert (opcode, int.from_bytes(answer[:2])) == (8, echo)
        assert await asyncio.wait_for(raw.reader.read(), PATIENCE_S) == b""
        assert central.told[-1] == ("disconnected", "CP1")
        raw.writer.close()


async def test_random_bytes_never_stop_the_server():
    seed = int.from_bytes(os.urandom(4))
    rng = random.Random(seed)
    print("seed", seed)
    async with gateway() as server:
        for number in range(60):
            raw = await RawStation.connect(server, f"/ocpp/R{number}")
            raw.writer.write(rng.randbytes(rng.randrange(1, 400)))
            raw.send(
                rng.randrange(16),
                rng.randbytes(rng.randrange(200)),
                fin=rng.random() < 0.8,
                rsv=rng.randrange(8),
            )
            raw.writer.close()
        async with station(server) as client:
            await client.send(CALL.decode())
            assert (await client.recv()).startswith('[3,"a"')


# --- permessage-deflate, with the `websockets` package at the other end ---------------------------------------


async def test_deflate_is_agreed_when_asked_for():
    action = "BootNotification"
    boot = catalog(Version.OCPP16)[action].response(
        current_time=heartbeat_response("ocpp1.6").current_time, interval=300, status="Accepted"
    )
    central = Central()
    central.wait = True
    async with gateway(central) as server, station(server, compression="deflate") as client:
        (extension,) = client.protocol.extensions
        assert extension.remote_no_context_takeover
        assert extension.local_no_context_takeover
        for _ in range(3):
            await client.send(
                '[2,"a","BootNotification",{"chargePointVendor":"%s","chargePointModel":"M"}]' % ("V" * 20)
            )
            await until(lambda: central.calls)
            (link, message_id, _) = central.calls.pop()
            link.answer(message_id, boot)
            assert (await client.recv()).startswith('[3,"a"')


async def test_long_messages_leave_compressed():
    async with gateway() as server:
        raw = await RawStation.connect(server, headers=["Sec-WebSocket-Extensions: permessage-deflate"])
        raw.send(1, b'[2,"%s","Nonsense",{}]' % (b"x" * 36))
        _, short, first = await raw.receive()
        assert not first & 0x40
        assert short.startswith(b"[4,")
        link = next(iter(server.sessions.values()))
        outcomes = []
        request = catalog(Version.OCPP16)["DataTransfer"].request(vendor_id="V", data="d" * 2000)
        link.call("DataTransfer", request, outcomes.append)
        _, compressed, first = await raw.receive()
        assert first & 0x40
        text = zlib.decompressobj(-15).decompress(compressed + b"\0\0\xff\xff")
        assert text.startswith(b"[2,")
        assert len(compressed) < 200
        assert len(text) > 2000
        raw.writer.close()


async def deflated(server, payload, *, fragments=1):
    raw = await RawStation.connect(server, headers=["Sec-WebSocket-Extensions: permessage-deflate"])
    size = -(-len(payload) // fragments)
    for number in range(fragments):
        part = payload[number * size : (number + 1) * size]
        raw.send(0 if number else 1, part, fin=number == fragments - 1, rsv=0 if number else 4)
    return raw


def squeeze(text):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (deflater.compress(text) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize("fragments", [1, 3])
async def test_compressed_messages_are_read(fragments):
    async with gateway() as server:
        raw = await deflated(server, squeeze(CALL), fragments=fragments)
        assert (await raw.receive())[1].startswith(b'[3,"a",')
        raw.writer.close()


async def test_a_deflate_bomb_is_1009():
    bomb = squeeze(b" " * 30_000_000)
    assert len(bomb) < 65_536
    async with gateway() as server:
        raw = await deflated(server, bomb)
        assert await raw.closed_with() == 1009


async def test_a_broken_deflate_stream_is_1002():
    async with gateway() as server:
        raw = await deflated(server, b"\xff\xff\xff\xff")
        assert await raw.closed_with() == 1002


async def test_compressed_text_is_checked_for_utf8():
    async with gateway() as server:
        raw = await deflated(server, squeeze(b'[2,"\xff"]'))
        assert await raw.closed_with() == 1007


# --- limits and holding ----------------------------------------------------------------------------------------


async def test_a_slow_reader_is_dropped():
    central = Central()
    async with gateway(central, limits=Limits(write_buffer_bytes_max=65_536)) as server:
        raw = await RawStation.connect(server)
        pings = raw.frame(9, b"p" * 125) * 500
        # It pings and never listens: the pongs fill both kernels' buffers, then ours.
        for _ in range(2000):
            try:
                raw.writer.write(pings)
                await asyncio.wait_for(raw.writer.drain(), 0.5)
            except (ConnectionError, TimeoutError):
                break
            if central.told[-1:] == [("disconnected", "CP1")]:
                break
        await until(lambda: central.told[-1] == ("disconnected", "CP1"))
        raw.writer.transport.abort()


async def test_reading_stops_while_the_peer_is_full_and_nothing_is_lost():
    central = Central()
    central.wait = True
    async with gateway(central) as server:
        raw = await RawStation.connect(server)
        count = 500
        for n in range(count):
            raw.send(1, b'[2,"%d","Heartbeat",{}]' % n)
        await raw.writer.drain()
        await until(lambda: len(central.calls) >= 8)
        await asyncio.sleep(0.05)
        assert len(central.calls) == 8
        answered = 0
        while answered < count:
            await until(lambda: central.calls)
            batch = len(central.calls)
            assert batch <= 8
            central.answer_all()
            for _ in range(batch):
                assert (await raw.receive())[1].startswith(b'[3,"%d",' % answered)
                answered += 1
        raw.writer.close()


async def test_reading_stops_while_the_store_is_full():
    full = [True]
    central = Central()
    async with gateway(central, store_full=lambda: full[0]) as server, station(server) as client:
        await client.send('[2,"0","Heartbeat",{}]')
        assert (await client.recv()).startswith('[3,"0"')
        await client.send('[2,"1","Heartbeat",{}]')
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.recv(), 0.4)
        full[0] = False
        assert (await asyncio.wait_for(client.recv(), PATIENCE_S)).startswith('[3,"1"')


async def test_a_held_session_can_still_be_closed():
    async with gateway(store_full=lambda: True) as server, station(server) as client:
        await client.send(CALL.decode())
        await client.recv()
        server.sessions["CP1"].close(1013, "try again later")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd.code == 1013


async def test_a_silent_station_is_pinged_then_dropped_and_a_live_one_kept():
    central = Central()
    async with gateway(central, limits=Limits(keep_alive_s=0.5)) as server:
        dead = await RawStation.connect(server, "/ocpp/dead")
        async with station(server, "/ocpp/live") as client:
            opcode, payload, _ = await dead.receive()
            assert (opcode, payload) == (9, b"")
            await until(lambda: ("disconnected", "dead") in central.told)
            for _ in range(4):
                await asyncio.sleep(0.6)
                await client.send(CALL.decode())
                assert (await client.recv()).startswith('[3,"a"')
            assert ("disconnected", "live") not in central.told
        dead.writer.close()


# --- calls to the station ----------------------------------------------------------------------------------------


def remote_reset():
    return catalog(Version.OCPP16)["Reset"].request(type="Soft")


async def test_a_call_is_answered():
    central = Central()
    outcomes = []
    async with gateway(central) as server, station(server) as client:
        link = server.sessions["CP1"]
        link.call("Reset", remote_reset(), outcomes.append)
        link.call("Reset", remote_reset(), outcomes.append)
        for kind in ("answered", "error"):
            _, message_id, action, payload = json.loads(await client.recv())
            assert (action, payload) == ("Reset", {"type": "Soft"})
            if kind == "answered":
                await client.send(f'[3,"{message_id}",{{"status":"Accepted"}}]')
            else:
                await client.send(f'[4,"{message_id}","NotSupported","no","{{}}"]'.replace('"{}"', "{}"))
            await until(lambda kind=kind: outcomes and outcomes[-1].kind == kind)
    assert outcomes[0].payload.status == "Accepted"
    assert (outcomes[1].code, outcomes[1].description) == ("NotSupported", "no")


async def test_a_call_times_out_by_the_shared_timer_and_the_next_goes_out():
    outcomes = []
    async with (
        gateway(limits=Limits(call_timeout_s=0.1, close_timeout_s=0.5)) as server,
        station(server) as client,
    ):
        link = server.sessions["CP1"]
        link.call("Reset", remote_reset(), outcomes.append)
        link.call("Reset", remote_reset(), outcomes.append)
        first = await client.recv()
        second = await asyncio.wait_for(client.recv(), PATIENCE_S)
        assert first != second
        await until(lambda: len(outcomes) == 2)
    assert [outcome.kind for outcome in outcomes] == ["timeout", "timeout"]


@pytest.mark.parametrize("how", ["station gone", "closed by us", "after the end"])
async def test_every_call_ends_exactly_once(how):
    central = Central()
    outcomes = []
    async with gateway(central) as server:
        client = await station(server)
        link = central.links[0]
        if how != "after the end":
            link.call("Reset", remote_reset(), outcomes.append)
            link.call("Reset", remote_reset(), outcomes.append)
        if how == "closed by us":
            link.close(1000, "enough")
        await client.close()
        await until(lambda: central.told[-1] == ("disconnected", "CP1"))
        if how == "after the end":
            link.call("Reset", remote_reset(), outcomes.append)
            link.call("Reset", remote_reset(), outcomes.append)
        await until(lambda: len(outcomes) == 2)
        link.answer("nobody", heartbeat_response("ocpp1.6"))
    assert [outcome.kind for outcome in outcomes] == ["closed", "closed"]


async def test_a_bug_in_a_service_costs_one_answer_only():
    central = Central()
    central.raise_on = "Heartbeat"
    async with gateway(central) as server, station(server) as client:
        await client.send(CALL.decode())
        assert (await client.recv()).startswith('[4,"a","InternalError"')
        central.raise_on = None
        await client.send(CALL.decode().replace('"a"', '"b"'))
        assert (await client.recv()).startswith('[3,"b"')


async def test_the_message_log_sees_both_directions():
    seen = []

    def keep(direction, frames):
        seen.extend((session.station_id, direction, text) for session, text in frames)

    async with gateway(message_log=keep) as server, station(server) as client:
        await client.send(CALL.decode())
        answer = await client.recv()
        await client.send([CALL.decode()[:10], CALL.decode()[10:].replace('"a"', '"b"')])
        await client.recv()
    frames = [("CP1", "in", CALL), ("CP1", "out", answer.encode())]
    assert seen[:2] == frames
    assert [entry[1] for entry in seen] == ["in", "out", "in", "out"]


@pytest.mark.parametrize("how", ["close", "end of stream"])
async def test_what_was_said_just_before_the_end_counts(how):
    central = Central()
    async with gateway(central) as server:
        raw = await RawStation.connect(server)
        raw.writer.write(raw.frame(1, CALL) + (raw.frame(8, b"\x03\xe8") if how == "close" else b""))
        if how == "close":
            assert (await raw.receive())[1].startswith(b'[3,"a",')
            assert (await raw.receive())[0] == 8
        else:
            raw.writer.write_eof()
        await until(lambda: ("disconnected", "CP1") in central.told)
        assert central.told[1:] == [("received", "Heartbeat"), ("disconnected", "CP1")]
        raw.writer.close()


async def test_an_answer_leaves_before_the_goodbye():
    class Central1013(Central):
        def received(self, link, message_id, action, request):
            super().received(link, message_id, action, request)
            link.close(1013, "try again later")

    async with gateway(Central1013()) as server:
        raw = await RawStation.connect(server)
        raw.send(1, CALL)
        assert (await raw.receive())[1].startswith(b'[3,"a",')
        opcode, payload, _ = await raw.receive()
        assert (opcode, int.from_bytes(payload[:2])) == (8, 1013)
        raw.writer.close()


async def test_a_bug_in_one_session_costs_the_others_nothing():
    class Broken:
        def receive_text(self, text, now_s):
            raise RuntimeError("a bug in the peer")

        def close(self):
            pass

        def events_received(self):
            return []

    central = Central()
    async with gateway(central) as server:
        bad, good = [await RawStation.connect(server, f"/ocpp/{name}") for name in ("BAD", "GOOD")]
        await until(lambda: len(server.sessions) == 2)
        server.sessions["BAD"]._peer = Broken()
        bad.send(1, CALL)
        good.send(1, CALL)
        assert (await good.receive())[1].startswith(b'[3,"a",')
        await until(lambda: ("disconnected", "BAD") in central.told)
        bad.writer.close()
        good.writer.close()
