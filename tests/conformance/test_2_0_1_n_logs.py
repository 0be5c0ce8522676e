"""OCPP 2.0.1 block N: logs that stations hand over."""

from tests.conformance.firmware import file_of, leave, tell
from tests.conformance.harness import ACCEPTED, now

V = "ocpp2.0.1"
LOG = b"2026-03-01T08:00:00Z station started\n" * 5000


async def ask(csms, station, answer=ACCEPTED, **asked) -> tuple[dict, dict]:
    """Ask for a log: (the GetLog that arrived, the request as it is shown)."""
    station.replies["GetLog"] = answer
    shown = await csms.ok("POST", f"/stations/{station.id}/logs", json=asked)
    arrived = (await station.expect("GetLog")).payload
    assert arrived["requestId"] == shown["number"]
    return arrived, shown


async def shown(csms, station, number: int) -> dict:
    return await csms.ok("GET", f"/stations/{station.id}/logs/{number}")


async def handed_over(csms, kind: str, log_type: str) -> None:
    async with csms.station(V) as station:
        answer = {"status": "Accepted", "filename": "station.log"}
        times = {"oldest_at": now(-3600), "latest_at": now()}
        arrived, request = await ask(csms, station, answer, kind=kind, **times)
        assert arrived["logType"] == log_type
        assert set(arrived["log"]) == {"remoteLocation", "oldestTimestamp", "latestTimestamp"}
        assert (request["state"], request["name"], request["file"]) == ("running", "station.log", None)
        await tell(station, request["number"], "Uploading", prefix="Log")
        url = arrived["log"]["remoteLocation"]
        assert await leave(f"{url}/station.log", LOG) == 201
        assert await leave(url, LOG) == 404  # a ticket is good for one file
        await tell(station, request["number"], "Uploaded", prefix="Log")
        ended = await shown(csms, station, request["number"])
        assert (ended["state"], ended["status"], ended["reason"]) == ("done", "Uploaded", "")
        assert await file_of(csms, ended) == LOG


async def test_tc_n_25_csms(csms):
    """A diagnostics log is asked for, left here over HTTP, and found with its request."""
    await handed_over(csms, "diagnostics", "DiagnosticsLog")


async def test_tc_n_35_csms(csms):
    """A security log is asked for, left here over HTTP, and found with its request."""
    await handed_over(csms, "security", "SecurityLog")


async def test_tc_n_34_csms(csms):
    """A station that refuses to hand over its log: the request is shown as refused."""
    async with csms.station(V) as station:
        _, request = await ask(csms, station, {"status": "Rejected"})
        assert (request["state"], request["reason"]) == ("refused", "Rejected")
        assert await shown(csms, station, request["number"]) == request


async def test_tc_n_36_csms(csms):
    """A second request takes the place of the first one, which is shown as canceled; the second brings the log."""
    async with csms.station(V) as station:
        _, first = await ask(csms, station)
        await tell(station, first["number"], "Uploading", prefix="Log")
        arrived, second = await ask(csms, station, {"status": "AcceptedCanceled"})
        await tell(station, first["number"], "AcceptedCanceled", prefix="Log")
        ended = await shown(csms, station, first["number"])
        assert (ended["state"], ended["status"]) == ("canceled", "AcceptedCanceled")
        await tell(station, second["number"], "Uploading", prefix="Log")
        assert await leave(arrived["log"]["remoteLocation"], LOG) == 201
        await tell(station, second["number"], "Uploaded", prefix="Log")
        listed = await csms.ok("GET", f"/stations/{station.id}/logs")
        assert [(one["number"], one["state"]) for one in listed] == [
            (second["number"], "done"),
            (first["number"], "canceled"),
        ]
        assert await file_of(csms, listed[0]) == LOG
