"""Firmware and logs over the API: what its page promises, and what is refused with a place."""

import json
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "firmware-and-logs.md"
_CALL = re.compile(
    r"curl -X (\w+) localhost:8080/api/v1(\S+) [^']*'Content-Type: application/json' -d '(.*?)'", re.DOTALL
)
FIRMWARE = {"version": "2.0", "location": "https://files.example.org/fw.bin"}


async def test_the_calls_on_the_page_work(api):
    await api.station("CP1")
    file = await api.ok("POST", "/files", params={"name": "acme-2.7.bin"}, content=b"an image")
    firmware, done = "", []
    for method, path, body in _CALL.findall(PAGE.read_text(encoding="utf-8")):
        place, said = (
            text.replace("FIRMWARE", firmware).replace("FILE", file["id"]) for text in (path, body)
        )
        shown = await api.ok(method, place, json=json.loads(said))
        done.append(path)
        if path == "/firmware":
            firmware = shown["id"]
            assert shown["file"] == file["id"]
        elif path.endswith("rollouts"):
            assert (shown["updates"], shown["refused"]) == ({}, {})  # CP1 never said what it is
    assert len(done) == 5


REFUSED = [
    ("POST", "/firmware", 400, {**FIRMWARE, "version": ""}, "version"),
    ("POST", "/firmware", 400, {**FIRMWARE, "md5": "no"}, "md5"),
    ("POST", "/firmware", 404, {"version": "2.0", "file": "none"}, "none"),
    ("GET", "/firmware/none", 404, None, "none"),
    ("DELETE", "/firmware/none", 404, None, "none"),
    ("POST", "/firmware/none/rollouts", 400, {"filter": {}}, "filter"),
    ("POST", "/firmware/none/rollouts", 404, {"filter": {"connected": True}}, "none"),
    ("GET", "/firmware-rollouts/7", 404, None, "7"),
    ("POST", "/stations/CP1/firmware-updates", 404, {"firmware": "none"}, "none"),
    ("POST", "/stations/CP1/firmware-updates", 400, {"firmware": "x", "retries": -1}, "retries"),
    (
        "POST",
        "/stations/CP1/firmware-updates",
        400,
        {"firmware": "x", "install_at": "2026-03-01T08:00:00"},
        "install_at",
    ),
    ("POST", "/stations/X/firmware-updates", 404, {"firmware": "none"}, "X"),
    ("GET", "/stations/CP1/firmware-updates/7", 404, None, "CP1/7"),
    ("GET", "/stations/X/firmware-updates", 404, None, "X"),
    ("POST", "/stations/X/firmware-publications", 404, {"firmware": "none"}, "X"),
    ("DELETE", "/stations/CP1/firmware-publications/7", 404, None, "CP1/7"),
    ("POST", "/stations/X/logs", 404, {}, "X"),
    ("POST", "/stations/CP1/logs", 400, {"kind": "secrets"}, "kind"),
    ("GET", "/stations/CP1/logs/7", 404, None, "CP1/7"),
]


async def test_what_cannot_be_is_refused_with_its_place(api):
    await api.ok("POST", "/stations", json={"id": "CP1"})
    for method, path, status, body, place in REFUSED:
        response = await api.http.request(method, f"/api/v1{path}", json=body)
        assert response.status_code == status, (method, path, response.text)
        assert response.json()["path"] == place, (method, path, response.text)
