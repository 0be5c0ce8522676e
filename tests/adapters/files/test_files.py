"""Files over the station port: a foreign HTTP client fetches and leaves them, beside stations on the same port."""

import asyncio
import hashlib
import random
import ssl

import httpx2
import pytest
import pytest_asyncio
import trustme
import websockets
from tests.conformance.harness import running_csms
from tests.patience import PATIENCE_S

from chargewright.app.config import StationsConfig
from chargewright.csms import files as files_service
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

BYTES = random.Random(5).randbytes(1_000_003)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http():
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
        yield client


async def parts(data, size=70_000):
    for n in range(0, len(data), size):
        yield data[n : n + size]


def service(csms) -> files_service.Files:
    return csms.central.doors.file_service.files


async def offered(csms, station) -> str:
    file = await service(csms).keep("fw 1.bin", "firmware", parts(BYTES))
    assert (file.bytes, file.sha256) == (len(BYTES), hashlib.sha256(BYTES).hexdigest())
    return await service(csms).offer(file.id, StationId(station.id))


async def test_a_station_fetches_a_file_where_it_connected(csms, http):
    async with csms.station() as station:
        url = await offered(csms, station)
        assert url.startswith(f"http://127.0.0.1:{csms.central.gateway.port}/files/")
        answer = await http.get(url)
        assert (answer.status_code, answer.content) == (200, BYTES)
        assert answer.headers["etag"] == f'"{hashlib.sha256(BYTES).hexdigest()}"'
        head = await http.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(BYTES))
        assert await station.call("Heartbeat", {})


N = len(BYTES)
RANGES = [
    ("bytes=0-99", 206, 0, 100),
    ("bytes=999999-", 206, 999_999, N),
    (f"bytes=500-{N * 2}", 206, 500, N),
    ("bytes=-7", 206, N - 7, N),
    (f"bytes=-{N * 3}", 206, 0, N),
    ("bytes=0-0", 206, 0, 1),
    ("bytes=5-4", 416, 0, 0),
    (f"bytes={N}-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    ("bytes=0-1,5-6", 200, 0, N),
    ("lines=0-1", 200, 0, N),
    ("bytes=-", 200, 0, N),
]


@pytest.mark.parametrize(("wanted", "status", "start", "end"), RANGES)
async def test_ranges(csms, http, wanted, status, start, end):
    async with csms.station() as station:
        answer = await http.get(await offered(csms, station), headers={"Range": wanted})
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{N}"
        return
    assert answer.content == BYTES[start:end]
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{N}"


async def test_a_download_that_was_cut_is_taken_up_again(csms, http):
    async with csms.station() as station:
        url = await offered(csms, station)
        got = bytearray()
        etag = (await http.head(url)).headers["etag"]
        while len(got) < N:
            headers = {"Range": f"bytes={len(got)}-", "If-Range": etag}
            async with http.stream("GET", url, headers=headers) as answer:
                assert answer.status_code == 206
                async for part in answer.aiter_bytes(50_000):
                    got += part
                    if len(got) % 3 == 0 or len(got) > N // 2:
                        break
        assert bytes(got[:N]) == BYTES
        other = await http.get(url, headers={"Range": "bytes=5-", "If-Range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, N), "another file by now: the whole of it"


LEAVING = [
    ("PUT", {"content": BYTES}, "log.txt"),
    ("POST", {"content": BYTES}, "log.txt"),
    ("PUT", {"content": parts(BYTES)}, "log.txt"),
    ("POST", {"files": {"note": (None, b"words"), "file": ("their log.gz", BYTES)}}, "their log.gz"),
]


@pytest.mark.parametrize(("method", "more", "name"), LEAVING, ids=["put", "post", "chunked", "multipart"])
async def test_a_station_leaves_a_file_once(csms, http, method, more, name):
    more = {**more, **({"content": parts(BYTES)} if not isinstance(more.get("content", b""), bytes) else {})}
    async with csms.station() as station:
        url = await service(csms).expect(StationId(station.id), "diagnostics", reference="17")
        answer = await http.request(method, f"{url}/log.txt", **more)
        assert answer.status_code == 201, answer.text
        assert hashlib.sha256(BYTES).hexdigest() in answer.text
        (found,) = await csms.ok("GET", f"/files?station={station.id}")
        assert (found["name"], found["bytes"], found["reference"]) == (name, N, "17")
        assert found["purpose"] == "diagnostics"
        downloaded = await csms.request("GET", f"/files/{found['id']}/content")
        assert downloaded.content == BYTES
        again = await http.request(method, f"{url}/log.txt", content=b"again")
        assert again.status_code == 404
        await csms.ok("DELETE", f"/files/{found['id']}")
        assert await csms.ok("GET", f"/files?station={station.id}") == []
        await csms.problem("GET", f"/files/{found['id']}/content", 404)


async def raw(csms, text: bytes, *, then: bytes = b"", cut: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", csms.central.gateway.port)
    try:
        for n in range(0, len(text), 7):  # slowly: the first bytes come in pieces
            writer.write(text[n : n + 7])
            await writer.drain()
            await asyncio.sleep(0)
        if cut:
            return b""
        found = b""
        if then:
            async with asyncio.timeout(PATIENCE_S):
                while b"\r\n\r\n" not in found:
                    found += await reader.read(4096)
            writer.write(then)
        async with asyncio.timeout(PATIENCE_S):
            return found + await reader.read()
    finally:
        writer.close()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


async def test_who_asks_first_whether_to_send_is_told_to_go_on(csms):
    async with csms.station() as station:
        url = await service(csms).expect(StationId(station.id), "other")
        path = url.partition("/files/")[2]
        head = f"PUT /files/{path}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
        answer = await raw(csms, f"{head}Connection: close\r\n\r\n".encode(), then=b"hello")
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert b"HTTP/1.1 201" in answer


async def test_what_was_cut_is_not_there_and_the_ticket_still_holds(csms, http):
    async with csms.station() as station:
        url = await service(csms).expect(StationId(station.id), "other")
        path = url.partition("/files/")[2]
        head = f"PUT /files/{path}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf of it"
        await raw(csms, head.encode(), cut=True)
        await csms.until(lambda: service(csms).ticket(path) is not None)
        assert await csms.ok("GET", f"/files?station={station.id}") == []
        assert (await http.put(f"{url}/a", content=b"whole")).status_code == 201


async def test_what_is_too_much_is_not_taken(csms, http):
    async with csms.station() as station:
        url = await service(csms).expect(StationId(station.id), "other", bytes_max=1000)
        assert (await http.put(url, content=b"x" * 200_000)).status_code == 413
        assert (await http.put(url, content=parts(b"x" * 1001, 100))).status_code == 413
        assert await csms.ok("GET", f"/files?station={station.id}") == []
        assert (await http.put(url, content=parts(b"x" * 1000, 100))).status_code == 201


async def test_nobody_gets_in_without_a_ticket_or_with_another(csms, http):
    async with csms.station() as station:
        url = await offered(csms, station)
        base = url.partition("/files/")[0]
        for path in (
            "/files/",
            "/files/nothing",
            "/files/..%2f..%2fetc%2fpasswd",
            "/files/%00",
            "/files/x/y/z",
        ):
            assert (await http.get(base + path)).status_code == 404, path
        assert (await http.put(url, content=b"mine")).status_code == 405
        assert (await http.delete(url)).status_code == 405
        left = await service(csms).expect(StationId(station.id), "other")
        assert (await http.get(left)).status_code == 405
        assert (await http.post(left, files={"a": (None, b"no file")})).status_code == 400
        names = await http.put(f"{left}/..%2F..%2Fetc%2Fpasswd", content=b"x")
        assert names.status_code == 201
        (found,) = await csms.ok("GET", f"/files?station={station.id}")
        assert found["name"] == "passwd"


async def test_a_ticket_ends_with_its_time_and_with_its_file(http):
    async with running_csms(speed=1e6) as csms, csms.station() as station:
        url = await offered(csms, station)
        token = url.split("/files/")[1].split("/")[0]

        await csms.until(lambda: service(csms).ticket(token) is None)  # a week takes 0.6 s on this clock
        assert (await http.get(url)).status_code == 404


async def test_files_and_tickets_are_there_after_a_restart(http, tmp_path):
    database = tmp_path / "x.db"
    port = 0
    for run in range(2):
        async with running_csms(StationsConfig(port=port), database=database) as csms:
            port = csms.central.gateway.port
            if run == 0:
                (tmp_path / "x.db.files").mkdir(exist_ok=True)
                (tmp_path / "x.db.files" / "stray.part").write_bytes(b"half")
                async with csms.station() as station:
                    url = await offered(csms, station)
                    left = await service(csms).expect(StationId(station.id), "other")
            else:
                assert not (tmp_path / "x.db.files" / "stray.part").exists()
                assert (await http.get(url)).content == BYTES
                assert (await http.put(left, content=b"late")).status_code == 201


async def test_over_tls_on_the_same_port(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    config = StationsConfig(
        port=0, certificate_file=str(tmp_path / "cert.pem"), key_file=str(tmp_path / "key.pem")
    )
    async with running_csms(config) as csms:
        address = f"wss://localhost:{csms.central.gateway.port}/ocpp/TLS1"
        await csms.enter("TLS1")
        async with (
            websockets.connect(address, subprotocols=["ocpp1.6"], ssl=context),
            httpx2.AsyncClient(verify=context) as http,
        ):
            file = await service(csms).keep("fw", "firmware", parts(BYTES))
            url = await service(csms).offer(file.id, StationId("TLS1"))
            assert url.startswith("https://localhost:")
            assert (await http.get(url)).content == BYTES


async def test_where_a_station_that_is_away_finds_files_must_be_said(csms):
    await csms.enter("AWAY")
    with pytest.raises(InvalidInput, match="public_url"):
        await service(csms).expect(StationId("AWAY"), "other")
