"""The handshake over real sockets: who is let in, as what, and what the others are told."""

import asyncio
import contextlib
import ssl
import warnings

import pytest
import trustme
import websockets
from tests.adapters.gateway.harness import QUICK, Central, Doorman, RawStation, gateway, station, until
from tests.patience import PATIENCE_S

from chargewright.adapters.gateway.server import Limits
from chargewright.adapters.gateway.tls import TlsFiles
from chargewright.csms.ports import Admission
from chargewright.ocpp.tolerance import TOLERANT


async def refused_status(server, path="/ocpp/CP1", **options):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with station(server, path, **options):
            pass
    return refused.value.response


async def test_a_station_connects_and_is_answered():
    central = Central()
    async with gateway(central) as server, station(server, "/ocpp/CP%201") as client:
        assert client.subprotocol == "ocpp1.6"
        await client.send('[2,"a","Heartbeat",{}]')
        assert await client.recv() == '[3,"a",{"currentTime":"2026-11-22T08:00:00Z"}]'
        (link,) = central.links
        assert (link.station_id, link.version, link.remote) == ("CP 1", "ocpp1.6", "127.0.0.1")
        assert server.sessions["CP 1"] is link
    assert central.told == [("connected", "CP 1"), ("received", "Heartbeat"), ("disconnected", "CP 1")]


async def test_the_doorman_sees_what_was_shown():
    doorman = Doorman()
    header = {"Authorization": "Basic Q1AxOnA6cf8="}  # CP1:p:q<ff>
    async with gateway(doorman=doorman) as server, station(server, additional_headers=header):
        (shown,) = doorman.shown
    assert (shown.station_id, shown.username, shown.password) == ("CP1", "CP1", b"p:q\xff")
    assert (shown.remote, shown.secure) == ("127.0.0.1", False)


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_refusals_carry_their_headers(status):
    doorman = Doorman(lambda _: Admission(status, "not today"))
    async with gateway(doorman=doorman) as server:
        response = await refused_status(server)
        assert server.refused == {status: 1}
    assert response.status_code == status
    assert (response.headers.get("WWW-Authenticate") or "").startswith("Basic realm=") is (status == 401)
    assert ("Retry-After" in response.headers) is (status == 503)


async def test_retry_after_is_spread():
    doorman = Doorman(lambda _: Admission(503))
    async with gateway(doorman=doorman, limits=Limits(retry_after_s=100.0)) as server:
        waits = [int((await refused_status(server)).headers["Retry-After"]) for _ in range(20)]
    assert len(set(waits)) > 5
    assert all(50 <= wait <= 150 for wait in waits)


async def test_an_error_while_deciding_shows_nothing():
    def broken(_):
        raise RuntimeError("secret detail")

    async with gateway(doorman=Doorman(broken)) as server:
        response = await refused_status(server)
    assert response.status_code == 500
    assert b"secret" not in response.body


@pytest.mark.parametrize(("path", "status"), [("/elsewhere", 404), ("/ocpp/a%2Fb", 400), ("/ocpp/%zz", 400)])
async def test_bad_paths_never_reach_the_doorman(path, status):
    doorman = Doorman()
    async with gateway(doorman=doorman) as server:
        raw = await RawStation.connect(server, upgrade=False)
        assert (await raw.upgrade(path))[0] == status
        raw.writer.close()
    assert not doorman.shown


async def test_the_stations_preference_decides_the_version():
    async with gateway() as server:
        async with station(server, subprotocols=["ocpp9", "ocpp2.0.1", "ocpp1.6"]) as client:
            assert client.subprotocol == "ocpp2.0.1"
        async with station(server, subprotocols=["ocpp1.6", "ocpp2.1"]) as client:
            assert client.subprotocol == "ocpp1.6"


async def test_no_common_version_is_400_by_default():
    async with gateway() as server:
        assert (await refused_status(server, subprotocols=["ocpp1.2"])).status_code == 400


async def test_no_common_version_in_spec_mode_is_upgraded_and_closed():
    central = Central()
    async with gateway(central, subprotocol_mismatch="spec") as server:
        raw = await RawStation.connect(server, upgrade=False)
        status, headers = await raw.upgrade("/ocpp/CP1", ["Sec-WebSocket-Protocol: ocpp1.2"])
        assert status == 101
        assert "sec-websocket-protocol" not in headers
        assert await raw.closed_with() == 1002
    assert central.told == []


async def test_a_missing_subprotocol_is_16_for_tolerated_stations_only():
    central = Central()
    async with gateway(central, Doorman(lambda _: Admission(101, tolerance=TOLERANT))) as server:
        async with station(server, subprotocols=[]) as client:
            assert client.subprotocol is None
            await client.send('[2,"a","Heartbeat",{}]')
            assert (await client.recv()).startswith('[3,"a"')
        assert ("deviated", "no subprotocol", "read as ocpp1.6") in central.told
    async with gateway() as server:
        raw = await RawStation.connect(server, upgrade=False)
        assert (await raw.upgrade("/ocpp/CP1"))[0] == 400
        raw.writer.close()


async def test_a_long_identity_is_let_in_and_counted():
    central = Central()
    async with gateway(central) as server, station(server, "/ocpp/" + "x" * 49):
        assert central.told[1][:2] == ("deviated", "long identity")


async def test_connection_header_with_several_tokens_is_understood():
    async with gateway() as server:
        raw = await RawStation.connect(server, upgrade=False)
        status, _ = await raw.upgrade(
            "/ocpp/CP1", ["Sec-WebSocket-Protocol: ocpp1.6"], connection="keep-alive, Upgrade"
        )
        assert status == 101
        raw.writer.close()


async def test_another_websocket_version_is_426():
    async with gateway() as server:
        raw = await RawStation.connect(server, upgrade=False)
        status, headers = await raw.upgrade("/ocpp/CP1", ["Sec-WebSocket-Protocol: ocpp1.6"], version="12")
        assert (status, headers["sec-websocket-version"]) == (426, "13")
        raw.writer.close()


async def test_a_silent_socket_is_dropped_after_the_handshake_timeout():
    async with gateway(limits=Limits(handshake_timeout_s=0.2)) as server:
        raw = await RawStation.connect(server, upgrade=False)
        assert await asyncio.wait_for(raw.reader.read(), PATIENCE_S) == b""
        raw.writer.close()


async def test_too_many_unfinished_handshakes_from_one_source_are_dropped():
    async with gateway(limits=Limits(unauthenticated_per_source_max=2, close_timeout_s=0.5)) as server:
        idle = [await RawStation.connect(server, upgrade=False) for _ in range(2)]
        third = await RawStation.connect(server, upgrade=False)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(third.reader.read(), PATIENCE_S) == b""
        assert server.refused[0] == 1
        for raw in (*idle, third):
            raw.writer.close()
        # The places are free again once those who held them are gone, and a finished handshake holds none.
        for number in range(4):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        client = await station(server, f"/ocpp/CP{number}")
                    except (OSError, websockets.InvalidMessage):
                        await asyncio.sleep(0.01)
                    else:
                        break
            assert client.subprotocol == "ocpp1.6"
            await client.close()


async def test_stop_says_1001_to_everyone():
    central = Central()
    async with gateway(central) as server:
        clients = [await station(server, f"/ocpp/CP{n}") for n in range(5)]
        await server.stop()
        for client in clients:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd.code == 1001
    assert sum(told[0] == "disconnected" for told in central.told) == 5


async def test_stop_does_not_wait_for_a_station_that_never_answers_the_close():
    async with gateway() as server:
        raw = await RawStation.connect(server)
        async with asyncio.timeout(PATIENCE_S):
            await server.stop()
        assert (await raw.receive())[0] == 8
        raw.writer.close()


async def test_tls_from_certificate_files(authority, tls_files):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    doorman = Doorman()
    async with gateway(doorman=doorman, tls=tls_files) as server:
        async with station(server, scheme="wss", ssl=context) as client:
            await client.send('[2,"a","Heartbeat",{}]')
            assert (await client.recv()).startswith('[3,"a"')
            assert client.transport.get_extra_info("ssl_object").version() in {"TLSv1.2", "TLSv1.3"}
        assert doorman.shown[0].secure
        server.reload_certificates()
        async with station(server, scheme="wss", ssl=context):
            pass


async def test_tls_older_than_12_is_refused(authority, tls_files):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    # Only the server's refusal is under test: the client is set to try.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with gateway(tls=tls_files) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await station(server, scheme="wss", ssl=context)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_failed_tls_handshake_is_no_error_of_ours(tls_files, said):
    loop, reported = asyncio.get_running_loop(), []

    def report(_, context):
        reported.append(context)

    loop.set_exception_handler(report)
    async with gateway(tls=tls_files) as server:
        reader, writer = await asyncio.open_connection("localhost", server.port)
        writer.write(said)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
        assert reported == []
        loop.call_exception_handler({"message": "a real one"})
        assert reported == [{"message": "a real one"}]
    assert loop.get_exception_handler() is report


def by_certificate(shown):
    """A doorman of security profile 3."""
    named = shown.certificate is not None and shown.station_id in shown.certificate.names
    return Admission(101 if named else 401)


async def test_a_verified_certificate_is_shown_to_whom_admits(authority, tls_files):
    files = TlsFiles(tls_files.certificate, tls_files.key, client_ca=tls_files.certificate.parent / "ca.pem")
    doorman = Doorman(by_certificate)
    async with gateway(doorman=doorman, tls=files) as server:

        def context(common_name):
            made = ssl.create_default_context()
            authority.configure_trust(made)
            if common_name is not None:
                authority.issue_cert("cp1.example", common_name=common_name).configure_cert(made)
            return made

        async with station(server, scheme="wss", ssl=context("CP1")):
            pass
        assert (await refused_status(server, scheme="wss", ssl=context("CP2"))).status_code == 401
        assert (await refused_status(server, scheme="wss", ssl=context(None))).status_code == 401
    assert [None if h.certificate is None else h.certificate.names for h in doorman.shown] == [
        ("CP1", "cp1.example"),
        ("CP2", "cp1.example"),
        None,
    ]
    assert all(h.certificate_wanted for h in doorman.shown)


async def test_a_certificate_of_another_authority_ends_in_the_handshake(authority, tls_files):
    files = TlsFiles(tls_files.certificate, tls_files.key, client_ca=tls_files.certificate.parent / "ca.pem")
    doorman = Doorman()
    async with gateway(doorman=doorman, tls=files) as server:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        trustme.CA().issue_cert("cp1.example", common_name="CP1").configure_cert(context)
        with pytest.raises((ssl.SSLError, ConnectionError, websockets.InvalidMessage)):
            await station(server, scheme="wss", ssl=context)
    assert doorman.shown == []


async def test_plain_and_tls_side_by_side(authority, tls_files):
    doorman = Doorman()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with gateway(doorman=doorman, tls=tls_files, plain_port=0) as server:
        async with station(server, scheme="wss", ssl=context):
            pass
        url = f"ws://127.0.0.1:{server.plain_port}/ocpp/CP1"
        async with websockets.connect(url, subprotocols=["ocpp1.6"]):
            pass
    assert [h.secure for h in doorman.shown] == [True, False]
    assert not any(h.certificate_wanted for h in doorman.shown)


@pytest.mark.parametrize(
    ("cipher", "key"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDSA"),
        ("AES128-GCM-SHA256", "RSA"),
        ("AES256-GCM-SHA384", "RSA"),
    ],
)
async def test_the_four_cipher_suites_that_ocpp_demands(authority, tls_files, tmp_path, cipher, key):
    other = trustme.KeyType.RSA if key == "RSA" else trustme.KeyType.ECDSA
    second = authority.issue_cert("localhost", key_type=other)
    second.cert_chain_pems[0].write_to_path(tmp_path / "second.pem")
    second.private_key_pem.write_to_path(tmp_path / "second.key")
    pair = (tmp_path / "second.pem", tmp_path / "second.key")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    files = TlsFiles(tls_files.certificate, tls_files.key, second=pair)
    async with gateway(tls=files) as server, station(server, scheme="wss", ssl=context) as client:
        assert client.transport.get_extra_info("ssl_object").cipher()[0] == cipher


async def test_a_newer_session_of_the_same_station_wins():
    central = Central()
    async with gateway(central, limits=QUICK) as server:
        old = await station(server)
        new = await station(server)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await old.recv()
        assert closed.value.rcvd.code == 1008
        await new.send('[2,"a","Heartbeat",{}]')
        assert (await new.recv()).startswith('[3,"a"')
        assert server.sessions["CP1"] is central.links[1]
        await new.close()
        await until(lambda: central.told.count(("disconnected", "CP1")) == 2)
    assert central.told == [
        ("connected", "CP1"),
        ("disconnected", "CP1"),
        ("connected", "CP1"),
        ("received", "Heartbeat"),
        ("disconnected", "CP1"),
    ]


async def test_an_answer_for_the_old_session_reaches_nobody():
    central = Central()
    central.wait = True
    async with gateway(central) as server:
        old = await RawStation.connect(server)
        old.send(1, b'[2,"a","Heartbeat",{}]')
        await until(lambda: central.calls)
        async with station(server) as new:
            central.answer_all()
            await new.send('[2,"b","Heartbeat",{}]')
            await until(lambda: central.calls)
            central.answer_all()
            assert (await new.recv()).startswith('[3,"b"')
        assert (await old.receive())[0] == 8
        old.writer.close()


async def test_renewed_certificates_are_shown_from_the_next_handshake_on(authority, tls_files, tmp_path):
    def install():
        made = authority.issue_cert("localhost")
        made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        made.private_key_pem.write_to_path(tmp_path / "key.pem")

    def serial_number(client):
        return client.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"]

    context = ssl.create_default_context()
    authority.configure_trust(context)
    install()
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with gateway(tls=files) as server, station(server, scheme="wss", ssl=context) as old:
        install()
        server.reload_certificates()
        async with station(server, "/ocpp/CP2", scheme="wss", ssl=context) as new:
            assert serial_number(new) != serial_number(old)
        await old.send('[2,"a","Heartbeat",{}]')
        assert (await old.recv()).startswith('[3,"a"')
        (tmp_path / "cert.pem").write_text("nothing")
        with pytest.raises(ssl.SSLError):
            server.reload_certificates()
        async with station(server, "/ocpp/CP3", scheme="wss", ssl=context):
            pass
