"""The commands that talk to a server, against a server of the standard library that answers from a table."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chargewright.app import remote

STATION = {
    "id": "CP 01",
    "connected": True,
    "protocol": "ocpp1.6",
    "registration": "Accepted",
    "site": "home",
    "statuses": [{"evse": 1, "connector": 1, "status": "Charging"}],
    "vendor": "Good\x1b[31mFellows",
    "model": "One",
    "firmware_version": "",
    "last_seen_at": "2026-03-03T09:00:00Z",
}
PROFILE = {
    "entry": 1,
    "evse": 1,
    "profile_id": 7,
    "purpose": "TxProfile",
    "stack_level": 0,
    "unit": "A",
    "periods": [
        {"start_s": 60 * n, "limit": None if n == 1 else 16.0 - n, "number_phases": 3} for n in range(4)
    ],
    "state": "accepted",
    "verification": "verified",
    "sent_at": "2026-03-03T09:00:00Z",
    "ends_at": None,
    "reason": "",
}
SITE = {
    "id": "home",
    "name": "Home",
    "goal": "peak",
    "enabled": True,
    "enforced": True,
    "evses": 2,
    "updated_at": "2026-03-03T09:00:00Z",
}


def transaction(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "station": "CP01",
        "evse": 1,
        "state": "ended",
        "token": "T1",
        "started_at": "2026-03-03T09:00:00Z",
        "ended_at": None,
        "energy_wh": 12_345.0,
        "suspect": [],
    }


class Server:
    """Answers (method, path) from `answers`; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                outer.asked.append(
                    {
                        "path": parts.path,
                        "query": query,
                        "body": body,
                        "token": self.headers.get("Authorization"),
                    }
                )
                status, content = outer.answers.get(
                    (self.command, parts.path), (404, {"detail": "nothing here"})
                )
                if callable(content):
                    content = content(query)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    monkeypatch.delenv("CHARGEWRIGHT_API_TOKEN", raising=False)
    monkeypatch.delenv("CHARGEWRIGHT_URL", raising=False)


def answered(**response: object) -> dict[str, Any]:
    return {
        "command": 1,
        "outcome": "answered",
        "response": response,
        "error": None,
        "sent_at": None,
        "answered_at": None,
    }


SEND = "/api/v1/stations/CP%2001/commands/Reset"


def test_send_passes_the_payload_as_it_is_written(run, server):
    server.answers["POST", SEND] = 200, answered(status="Accepted")
    status, out, _ = run(
        "send", "CP 01", "Reset", '{"type": "Soft", "x": 1.10}', "--url", server.url, "--token", "s3cret"
    )
    assert status == 0
    assert json.loads(out) == {"status": "Accepted"}
    (asked,) = server.asked
    assert asked["body"] == b'{"type": "Soft", "x": 1.10}'
    assert asked["token"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"status": "Rejected"}, 1),
        ({"status": "NotImplemented"}, 1),
        ({"status": "Scheduled"}, 0),
        ({"configurationKey": []}, 0),
    ],
)
def test_send_ends_with_what_the_station_said(run, server, response, status):
    server.answers["POST", SEND] = 200, answered(**response)
    assert run("send", "CP 01", "Reset", "--url", server.url)[0] == status


@pytest.mark.parametrize("outcome", ["error", "timeout", "offline"])
def test_send_without_an_answer(run, server, outcome):
    error = {"code": "FormationViolation", "description": "no such\nfield"}
    server.answers["POST", SEND] = 200, {**answered(), "outcome": outcome, "response": None, "error": error}
    status, out, _ = run("send", "CP 01", "Reset", "--url", server.url)
    assert (status, out) == (1, f"{outcome}: FormationViolation no such field\n")
    status, out, _ = run("send", "CP 01", "Reset", "--json", "--url", server.url)
    assert (status, json.loads(out)["outcome"]) == (1, outcome)


def test_send_reads_files(run, server, tmp_path):
    server.answers["POST", SEND] = 200, answered(status="Accepted")
    path = tmp_path / "payload.json"
    path.write_text('{"type":"Hard"}')
    assert run("send", "CP 01", "Reset", f"@{path}", "--url", server.url)[0] == 0
    assert server.asked[0]["body"] == b'{"type":"Hard"}'


@pytest.mark.parametrize(
    ("payload", "says"), [("[1]", "PAYLOAD"), ("{", "PAYLOAD"), ("@/nowhere/at-all", "/nowhere")]
)
def test_send_refuses_what_is_no_payload(run, server, payload, says):
    status, _, err = run("send", "CP 01", "Reset", payload, "--url", server.url)
    assert status == 2
    assert says in err
    assert server.asked == []


def test_stations_as_lines_and_as_json(run, server, monkeypatch):
    server.answers["GET", "/api/v1/stations"] = 200, [STATION]
    monkeypatch.setenv("CHARGEWRIGHT_URL", server.url)
    monkeypatch.setenv("CHARGEWRIGHT_API_TOKEN", "from-the-environment")
    status, out, _ = run("stations", "--connected")
    assert status == 0
    head, line = [row.split("\t") for row in out.splitlines()]
    row = dict(zip(head, line, strict=True))
    assert (row["station"], row["connected"], row["status"]) == ("CP 01", "yes", "Charging")
    assert "\x1b" not in out
    assert server.asked[0]["query"] == {"connected": "true"}
    assert server.asked[0]["token"] == "Bearer from-the-environment"
    assert json.loads(run("stations", "--json")[1]) == [STATION]


def test_transactions_are_read_page_by_page(run, server):
    def page(query: dict[str, str]) -> dict[str, Any]:
        after = int(query["after"])
        return {
            "items": [transaction(after + 1), transaction(after + 2)],
            "next": after + 2 if after < 4 else None,
        }

    server.answers["GET", "/api/v1/transactions"] = 200, page
    status, out, _ = run(
        "transactions", "--url", server.url, "--json", "--state", "ended", "--since", "2026-03-01T00:00Z"
    )
    assert status == 0
    assert [t["id"] for t in json.loads(out)] == [1, 2, 3, 4, 5, 6]
    assert [a["query"]["after"] for a in server.asked] == ["0", "2", "4"]
    assert {a["query"]["state"] for a in server.asked} == {"ended"}
    assert server.asked[0]["query"]["since"].startswith("2026-03-01T00:00:00")
    status, out, _ = run("transactions", "--url", server.url, "--limit", 3)
    assert len(out.splitlines()) == 4
    assert "12.35" in out or "12.34" in out
    assert run("transactions", "--url", server.url, "--since", "2026-03-01T00:00")[0] == 2


def test_a_site_whose_limits_are_not_guaranteed_is_a_no(run, server):
    server.answers["GET", "/api/v1/sites"] = 200, [SITE]
    assert run("sites", "--url", server.url)[0] == 0
    server.answers["GET", "/api/v1/sites"] = 200, [SITE, {**SITE, "id": "work", "enforced": False}]
    status, out, _ = run("sites", "--url", server.url)
    assert status == 1
    assert "NO" in out.splitlines()[2].split("\t")


def test_profiles_show_their_first_steps(run, server):
    server.answers["GET", "/api/v1/stations/CP01/profiles"] = 200, [PROFILE]
    status, out, _ = run("profiles", "CP01", "--history", "--url", server.url)
    assert status == 0
    assert "+0 s 16 A, +60 s no limit, +120 s 14 A and 1 more" in out
    assert server.asked[0]["query"] == {"history": "true"}


def frame(number, **more) -> dict[str, Any]:
    return {
        "number": number,
        "at": "2026-03-03T09:00:00.123456Z",
        "direction": "in",
        "kind": "CALL",
        "message_id": "7",
        "action": "Heartbeat",
        "outcome": "answered",
        "answered_after_ms": 3.2,
        "frame": [2, "7", "Heartbeat", {"x": "\x1b[31m"}],
        **more,
    }


def test_the_log_shows_frames_a_line_each(run, server):
    page = {"messages": [frame(1), frame(2, kind="UNREADABLE", frame="[2,", action=None)], "next_after": 2}
    server.answers["GET", "/api/v1/stations/CP01/messages"] = 200, page
    arguments = ["--outcome", "answered", "--since", "2026-03-03T08:00:00Z", "--url", server.url]
    status, out, _ = run("log", "CP01", *arguments)
    assert status == 0
    first, second = out.splitlines()
    assert first.startswith("2026-03-03T09:00:00.123 <- CALL Heartbeat")
    assert "answered 3 ms" in first
    assert "\x1b" not in out
    assert second.endswith("[2,")
    query = server.asked[0]["query"]
    assert (query["outcome"], query["limit"]) == ("answered", "50")
    assert datetime.fromisoformat(query["since"]) == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_who_follows_the_log_is_told_what_comes_and_nothing_twice(run, server, monkeypatch):
    def page(query):
        after = int(query.get("after", 0))
        return {"messages": [frame(after + 1)] if after < 3 else [], "next_after": min(after + 1, 3)}

    def pause(_):
        if len(server.asked) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(remote.time, "sleep", pause)
    server.answers["GET", "/api/v1/stations/CP01/messages"] = 200, page
    status, out, _ = run("log", "CP01", "--follow", "--json", "--url", server.url)
    assert status == 130
    assert [json.loads(line)["number"] for line in out.splitlines()] == [1, 2, 3]


def test_nobody_answers(run):
    probe = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = probe.server_port
    probe.server_close()
    status, out, err = run("stations", "--url", f"http://127.0.0.1:{port}")
    assert (status, out) == (2, "")
    assert "chargewright serve" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("code", "content", "status", "says"),
    [
        (401, {"detail": "who are you"}, 2, "CHARGEWRIGHT_API_TOKEN"),
        (404, {"detail": "no such station", "path": "CP9"}, 2, "CP9: no such station"),
        (422, {"title": "The version cannot carry this"}, 2, "cannot carry"),
        (503, {"detail": "not at present"}, 1, "not at present"),
        (500, b"<html>", 1, "500"),
        (200, b"<html>", 2, "no chargewright server"),
    ],
)
def test_what_the_server_refuses_is_told_in_one_line(run, server, code, content, status, says):
    server.answers["GET", "/api/v1/stations"] = code, content
    got, out, err = run("stations", "--url", server.url)
    assert (got, out) == (status, "")
    assert says in err
    assert err.count("\n") == 1


def test_an_address_that_is_none(run):
    status, _, err = run("stations", "--url", "ftp:/nowhere")
    assert status == 2
    assert err.count("\n") == 1
