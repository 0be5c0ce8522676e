"""Firmware updates and logs beyond what the certification cases try: stations that are away, silent, or odd."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
import pytest_asyncio
from tests.conformance.firmware import (
    BYTES,
    boot_with,
    fetched,
    file_of,
    image,
    leave,
    state_of,
    tell,
    update,
    update_shown,
)
from tests.conformance.harness import ACCEPTED, CallError, now, running_csms
from tests.patience import PATIENCE_S

from chargewright.adapters.rest import firmware as firmware_page
from chargewright.adapters.rest import station_logs as logs_page
from chargewright.csms import errands
from chargewright.domain.station import Registration
from chargewright.ids import StationId

V = "ocpp2.0.1"
ENDED = {"ocpp1.6": "UploadFailed", V: "PermissionDenied"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


async def order(csms, station_id: str, status: int = 201, **body) -> dict:
    response = await csms.request("POST", f"/stations/{station_id}/firmware-updates", json=body)
    assert response.status_code == status, response.text
    return response.json()


async def seen_before(csms, **more) -> str:
    """A station that was here once, and is away."""
    async with csms.station(V, station_id=await csms.enter(**more)) as station:
        pass
    await csms.until(lambda: csms.central.services.links.get(StationId(station.id)) is None)
    return station.id


async def shown(csms, station_id: str) -> dict:
    return (await csms.ok("GET", f"/stations/{station_id}/firmware-updates"))[0]


# --- stations that are away ------------------------------------------------------------------------------------


async def test_an_update_of_a_station_that_is_away_waits_for_its_boot_and_a_newer_one_takes_its_place(csms):
    station_id, new = await seen_before(csms), await image(csms)
    first = await order(csms, station_id, firmware=new["id"])
    second = await order(csms, station_id, firmware=new["id"])
    assert (first["state"], second["state"]) == ("waiting", "waiting")
    listed = await csms.ok("GET", f"/stations/{station_id}/firmware-updates")
    assert [one["state"] for one in listed] == ["waiting", "canceled"]
    async with csms.station(V, station_id=station_id, replies={"UpdateFirmware": ACCEPTED}) as station:
        arrived = (await station.expect("UpdateFirmware")).payload
        assert arrived["requestId"] == second["number"]
        await tell(station, second["number"], "Downloading")
        assert [order.action for order in station.orders].count("UpdateFirmware") == 1
    listed = await csms.ok("GET", f"/stations/{station_id}/firmware-updates")
    assert [(one["number"], one["state"]) for one in listed] == [
        (second["number"], "running"),
        (first["number"], "canceled"),
    ]


async def test_a_station_that_comes_back_and_needs_not_boot_is_sent_what_waits(tmp_path):
    """And what waits outlasts a restart of the central system."""
    async with running_csms(database=tmp_path / "kept.db") as csms:
        station_id, new = await seen_before(csms), await image(csms)
        ordered = await order(csms, station_id, firmware=new["id"])
    async with running_csms(database=tmp_path / "kept.db", speed=200.0) as csms:
        replies = {"UpdateFirmware": ACCEPTED}
        async with csms.station(V, station_id=station_id, boot=False, replies=replies) as station:
            arrived = (await station.expect("UpdateFirmware")).payload
            assert arrived["requestId"] == ordered["number"]
            assert await fetched(arrived["firmware"]["location"]) == BYTES


async def test_an_image_goes_to_all_stations_that_fit_and_each_is_shown(csms):
    away = await seen_before(csms, site_id="hill")
    async with (
        csms.station(
            V, station_id=await csms.enter(site_id="hill"), replies={"UpdateFirmware": ACCEPTED}
        ) as one,
        csms.station(
            "ocpp1.6", station_id=await csms.enter(site_id="hill"), replies={"SignedUpdateFirmware": ACCEPTED}
        ) as two,
        csms.station(V, station_id=await csms.enter(site_id="hill"), boot=False) as stranger,
    ):
        about = {"vendorName": "Other", "model": "X"}
        boot = {"reason": "PowerUp", "chargingStation": about}
        assert (await stranger.call("BootNotification", boot))["status"] == "Accepted"
        new = await image(csms)
        rollout = await csms.ok("POST", f"/firmware/{new['id']}/rollouts", json={"filter": {"site": "hill"}})
        assert rollout["refused"] == {stranger.id: "the image is for Acme *, this is Other X"}
        assert set(rollout["updates"]) == {away, one.id, two.id}
        urls = {
            (await station.expect(action)).payload["firmware"]["location"]
            for station, action in ((one, "UpdateFirmware"), (two, "SignedUpdateFirmware"))
        }
        assert len(urls) == 2  # each has a ticket of its own
        path = f"/firmware-rollouts/{rollout['number']}"
        await csms.until(lambda: totals(csms, path, {"running": 2, "waiting": 1}))
        number = rollout["updates"][one.id]["number"]
        await tell(one, number, "Downloading", "Installed")
        assert (await csms.ok("GET", path))["totals"] == {"done": 1, "running": 1, "waiting": 1}
    await csms.problem("GET", "/firmware-rollouts/999999", 404)


async def totals(csms, path: str, wanted: dict) -> bool:
    return (await csms.ok("GET", path))["totals"] == wanted


async def test_a_station_that_never_booted_is_looked_at_when_it_does(csms):
    new = await image(csms)
    for vendor, state in (("Acme", "running"), ("Other", "refused")):
        station_id = await csms.enter()
        async with csms.station(
            V, station_id=station_id, boot=False, replies={"UpdateFirmware": ACCEPTED}
        ) as station:
            ordered = await order(csms, station_id, firmware=new["id"])
            assert ordered["state"] == "waiting"
            boot = {"reason": "PowerUp", "chargingStation": {"vendorName": vendor, "model": "One"}}
            assert (await station.call("BootNotification", boot))["status"] == "Accepted"
            await csms.until(
                lambda number=ordered["number"], on=station, wanted=state: reached(csms, on, number, wanted)
            )
            sent = [order.action for order in station.orders].count("UpdateFirmware")
            assert sent == (1 if state == "running" else 0)


async def reached(csms, station, number: int, wanted: str) -> bool:
    return (await state_of(csms, station, number))[0] == wanted


# --- stations that are silent or odd ---------------------------------------------------------------------------


async def test_a_silent_station_is_told_as_timed_out_and_a_late_status_mends_it(csms, monkeypatch):
    async with csms.station(V) as station:
        _, ordered = await update(csms, station)
        monkeypatch.setattr(firmware_page, "UPDATE_PATIENCE", timedelta(seconds=-1))
        assert (await update_shown(csms, station, ordered["number"]))["state"] == "timed_out"
        monkeypatch.undo()
        await tell(station, ordered["number"], "Downloading")
        assert await state_of(csms, station, ordered["number"]) == ("running", "Downloading")


async def test_an_order_that_is_not_answered_is_followed_all_the_same(csms):
    async with csms.station(
        V, replies={"UpdateFirmware": CallError("InternalError", "no memory")}
    ) as station:
        ordered = await order(csms, station.id, firmware=(await image(csms))["id"])
        assert (ordered["state"], ordered["reason"]) == ("refused", "InternalError: no memory")
        await tell(station, ordered["number"], "Downloading")
        assert await state_of(csms, station, ordered["number"]) == ("running", "Downloading")


async def test_a_status_that_overtakes_the_answer_holds(csms):
    async with csms.station(V) as station:
        new = await image(csms)
        asking = csms.ok("POST", f"/stations/{station.id}/firmware-updates", json={"firmware": new["id"]})
        task = asyncio.create_task(asking)
        arrived = await station.expect("UpdateFirmware")
        await tell(station, arrived.payload["requestId"], "Downloading", "DownloadFailed")
        await station.answer(arrived, ACCEPTED)
        assert ((await task)["state"], (await task)["status"]) == ("failed", "DownloadFailed")


async def test_a_failed_download_that_is_tried_again_runs_again_and_what_is_done_stays_done(csms):
    async with csms.station(V) as station:
        _, ordered = await update(csms, station)
        number = ordered["number"]
        await tell(station, number, "Downloading", "DownloadFailed", "Downloading")
        assert await state_of(csms, station, number) == ("running", "Downloading")
        await tell(station, number, "Installed", "InstallRebooting")
        assert await state_of(csms, station, number) == ("done", "InstallRebooting")


async def test_a_station_that_never_says_installed_is_known_by_its_version(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        ordered = await order(csms, station.id, firmware=(await image(csms, signed=False))["id"])
        await tell(station, None, "Downloading", "Downloaded", "Installing")
        await boot_with(station, "2.0")
        await csms.until(lambda: is_done(csms, station))
        ended = await update_shown(csms, station, ordered["number"])
        assert (ended["confirmed"], ended["reason"]) == (True, "it booted with the new version")


async def is_done(csms, station) -> bool:
    return (await shown(csms, station.id))["state"] == "done"


async def test_a_station_that_says_installed_and_boots_with_the_old_version_is_shown_so(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        ordered = await order(csms, station.id, firmware=(await image(csms, signed=False))["id"])
        await tell(station, None, "Installing", "Installed")
        await boot_with(station, "1.0")
        path = f"/stations/{station.id}/firmware-updates/{ordered['number']}"
        await csms.until(lambda: told_version(csms, path))
        ended = await csms.ok("GET", path)
        assert (ended["state"], ended["version_told"], ended["confirmed"]) == ("done", "1.0", False)


async def told_version(csms, path: str) -> bool:
    return (await csms.ok("GET", path))["version_told"] is not None


async def test_a_newer_update_of_a_1_6_station_ends_the_older_one_and_gets_its_statuses(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        new = await image(csms, signed=False)
        first = await order(csms, station.id, firmware=new["id"])
        await tell(station, None, "Downloading")
        second = await order(csms, station.id, firmware=new["id"])
        await tell(station, None, "DownloadFailed")
        assert await state_of(csms, station, first["number"]) == ("canceled", "Downloading")
        assert await state_of(csms, station, second["number"]) == ("failed", "DownloadFailed")


async def test_a_status_without_a_request_is_about_what_is_under_way_not_about_what_was_refused_since(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        new = await image(csms, signed=False)
        first = await order(csms, station.id, firmware=new["id"])
        station.replies["UpdateFirmware"] = CallError("NotSupported", "busy")
        second = await order(csms, station.id, firmware=new["id"])
        await tell(station, None, "Downloading")
        assert await state_of(csms, station, first["number"]) == ("running", "Downloading")
        assert await state_of(csms, station, second["number"]) == ("refused", "")


async def test_a_boot_before_the_installation_says_nothing_of_its_outcome(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        ordered = await order(csms, station.id, firmware=(await image(csms, signed=False))["id"])
        path = f"/stations/{station.id}/firmware-updates/{ordered['number']}"
        await tell(station, None, "Downloading")
        await boot_with(station, "1.0")
        await csms.until(lambda: told_version(csms, path))
        await tell(station, None, "Installing", "Installed")
        ended = await csms.ok("GET", path)
        assert (ended["state"], ended["version_told"], ended["confirmed"]) == ("done", None, None)


async def test_a_boot_with_the_version_that_was_there_before_ends_nothing(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        same = await image(csms, signed=False, version="1.0")
        ordered = await order(csms, station.id, firmware=same["id"])
        path = f"/stations/{station.id}/firmware-updates/{ordered['number']}"
        await tell(station, None, "Downloading")
        await boot_with(station, "1.0")
        await csms.until(lambda: told_version(csms, path))
        assert await state_of(csms, station, ordered["number"]) == ("running", "Downloading")


async def test_the_next_version_does_not_belie_the_one_before(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        numbers = []
        for version in ("2.0", "3.0"):
            new = await image(csms, signed=False, version=version)
            numbers.append((await order(csms, station.id, firmware=new["id"]))["number"])
            await tell(station, None, "Installing", "Installed")
            await boot_with(station, version)
            await csms.until(
                lambda: told_version(csms, f"/stations/{station.id}/firmware-updates/{numbers[-1]}")
            )
        for number, version in zip(numbers, ("2.0", "3.0"), strict=True):
            ended = await update_shown(csms, station, number)
            assert (ended["version_told"], ended["confirmed"]) == (version, True)


async def test_a_rejected_station_is_sent_nothing_and_the_update_waits_until_it_is_accepted(csms):
    station_id = await csms.enter(registration=Registration.REJECTED)
    replies = {"UpdateFirmware": ACCEPTED, "TriggerMessage": ACCEPTED}
    async with csms.station(V, station_id=station_id, boot=False, replies=replies) as station:
        assert (await station.boot())["status"] == "Rejected"
        ordered = await order(csms, station_id, firmware=(await image(csms))["id"])
        assert (ordered["state"], "rejected" in ordered["reason"]) == ("waiting", True)
        await csms.ok("PATCH", f"/stations/{station_id}", json={"registration": "Accepted"})
        assert (await station.boot())["status"] == "Accepted"
        arrived = (await station.expect("UpdateFirmware")).payload
        assert arrived["requestId"] == ordered["number"]


async def test_what_is_about_nothing_of_ours_is_kept_as_a_notice(csms):
    async with csms.station(V) as station:
        _, ordered = await update(csms, station)
        await tell(station, None, "Idle")
        await tell(station, 999_999, "Downloading")
        assert await state_of(csms, station, ordered["number"]) == ("running", "")
        notices = await csms.ok("GET", f"/stations/{station.id}/notices")
        assert [notice["content"]["status"] for notice in notices] == ["Downloading", "Idle"]


async def test_only_so_many_orders_of_a_station_are_kept(csms, monkeypatch):
    monkeypatch.setattr(errands, "KEPT_MAX", 3)
    async with csms.station(V, replies={"UpdateFirmware": {"status": "Rejected"}}) as station:
        new = await image(csms)
        numbers = [(await order(csms, station.id, firmware=new["id"]))["number"] for _ in range(5)]
        listed = await csms.ok("GET", f"/stations/{station.id}/firmware-updates")
        assert [one["number"] for one in listed] == numbers[:1:-1]


async def test_a_station_that_is_forgotten_takes_its_updates_and_logs_with_it(csms):
    async with csms.station(V, replies={"GetLog": ACCEPTED}) as station:
        await update(csms, station)
        await csms.ok("POST", f"/stations/{station.id}/logs", json={})
    await csms.ok("DELETE", f"/stations/{station.id}")
    await csms.enter(station.id)
    for what in ("firmware-updates", "firmware-publications", "logs"):
        assert await csms.ok("GET", f"/stations/{station.id}/{what}") == []


# --- images ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "file"),
        ({"file": "x", "location": "http://a/b"}, "file"),
        ({"location": "file:///etc/passwd"}, "location"),
        ({"location": "http://a/b", "signature": "AAAA"}, "signature"),
    ],
)
async def test_an_image_that_does_not_fit_together_is_refused_with_its_place(csms, body, path):
    problem = await csms.problem("POST", "/firmware", 400, json={"version": "2.0", **body})
    assert problem["path"] == path


async def test_the_checksum_that_is_told_must_be_the_one_of_the_file(csms):
    file = await csms.ok("POST", "/files", params={"name": "fw"}, content=BYTES)
    body = {"version": "2.0", "file": file["id"], "sha256": "ab" * 32}
    assert (await csms.problem("POST", "/firmware", 400, json=body))["path"] == "sha256"
    assert (await csms.ok("POST", "/firmware", json={**body, "sha256": file["sha256"].upper()}))["version"]


async def test_an_image_that_is_deleted_can_be_fetched_no_more(csms):
    async with csms.station(V) as station:
        arrived, ordered = await update(csms, station)
        url = arrived["firmware"]["location"]
        assert await fetched(url) == BYTES
        await csms.ok("DELETE", f"/firmware/{ordered['firmware']}")
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as http:
            assert (await http.get(url)).status_code == 404
        await order(csms, station.id, 404, firmware=ordered["firmware"])
        assert ordered["firmware"] not in [one["id"] for one in await csms.ok("GET", "/firmware")]


async def test_an_image_elsewhere_is_named_as_it_is_and_published_only_with_its_md5(csms):
    place = "ftp://files.example.org/fw.bin"
    plain = await csms.ok("POST", "/firmware", json={"version": "2.0", "location": place})
    known = await csms.ok("POST", "/firmware", json={"version": "2.0", "location": place, "md5": "AB" * 16})
    replies = {"UpdateFirmware": ACCEPTED, "PublishFirmware": ACCEPTED}
    async with csms.station(V, replies=replies) as station:
        await order(csms, station.id, firmware=plain["id"])
        assert (await station.expect("UpdateFirmware")).payload["firmware"]["location"] == place
        path = f"/stations/{station.id}/firmware-publications"
        await csms.problem("POST", path, 400, json={"firmware": plain["id"]})
        await csms.ok("POST", path, json={"firmware": known["id"]})
        arrived = (await station.expect("PublishFirmware")).payload
        assert (arrived["location"], arrived["checksum"]) == (place, "ab" * 16)


async def test_what_1_6_cannot_say_is_refused_with_the_reason_and_nothing_is_sent(csms):
    async with csms.station() as station:
        plain, signed = await image(csms, signed=False), await image(csms)
        ordered = await order(csms, station.id, firmware=plain["id"], install_at=now(60))
        assert ordered["state"] == "refused"
        assert "only signed firmware has a time to install there" in ordered["reason"]
        path = f"/stations/{station.id}/firmware-publications"
        published = await csms.ok("POST", path, json={"firmware": signed["id"]})
        assert (published["state"], "no such message" in published["reason"]) == ("refused", True)
        log = await csms.ok("POST", f"/stations/{station.id}/logs", json={"kind": "data_collector"})
        assert (log["state"], "it knows no such log" in log["reason"]) == ("refused", True)
        assert {order.action for order in station.orders} <= {"GetConfiguration"}


async def test_a_signed_image_goes_out_without_its_signature_only_where_somebody_says_so(csms):
    async with csms.station(replies={"UpdateFirmware": {}}) as station:
        ordered = await order(csms, station.id, firmware=(await image(csms))["id"], signed=False)
        assert (ordered["state"], ordered["signed"]) == ("running", False)
        assert "signature" not in (await station.expect("UpdateFirmware")).payload
        plain = await image(csms, signed=False)
        assert (await order(csms, station.id, 400, firmware=plain["id"], signed=True))["path"] == "signed"


async def test_where_an_image_is_published_is_kept_when_the_station_says_it_again_without(csms):
    async with csms.station(V, replies={"PublishFirmware": ACCEPTED}) as station:
        path = f"/stations/{station.id}/firmware-publications"
        begun = await csms.ok("POST", path, json={"firmware": (await image(csms))["id"]})
        for places in (["http://10.0.0.7/fw.bin"], None):
            told = {"status": "Published", "requestId": begun["number"]}
            told |= {} if places is None else {"location": places}
            assert await station.call("PublishFirmwareStatusNotification", told) == {}
        (ended,) = await csms.ok("GET", path)
        assert (ended["state"], ended["locations"]) == ("done", ["http://10.0.0.7/fw.bin"])


# --- logs ------------------------------------------------------------------------------------------------------


async def ask(csms, station, **asked) -> dict:
    return await csms.ok("POST", f"/stations/{station.id}/logs", json=asked)


async def log_shown(csms, station, number: int) -> dict:
    return await csms.ok("GET", f"/stations/{station.id}/logs/{number}")


async def test_a_log_is_done_when_it_is_here_whatever_the_station_forgets_to_say(csms):
    async with csms.station(replies={"GetDiagnostics": {"fileName": "a.log"}}) as station:
        request = await ask(csms, station)
        url = (await station.expect("GetDiagnostics")).payload["location"]
        assert await leave(url, b"line\n") == 201
        await csms.until(lambda: is_here(csms, station, request["number"]))
        ended = await log_shown(csms, station, request["number"])
        assert (ended["state"], ended["status"]) == ("done", "")
        assert await file_of(csms, ended) == b"line\n"


async def is_here(csms, station, number: int) -> bool:
    return (await log_shown(csms, station, number))["file"] is not None


async def test_two_logs_of_different_kinds_run_side_by_side_unless_the_station_says_otherwise(csms):
    async with csms.station(V, replies={"GetLog": ACCEPTED}) as station:
        first = await ask(csms, station)
        await ask(csms, station, kind="security")
        assert (await log_shown(csms, station, first["number"]))["state"] == "running"
        again = await ask(csms, station)
        assert (await log_shown(csms, station, first["number"]))["state"] == "canceled"
        station.replies["GetLog"] = {"status": "AcceptedCanceled"}
        await ask(csms, station, kind="security")
        assert (await log_shown(csms, station, again["number"]))["state"] == "canceled"


async def test_a_status_of_diagnostics_is_never_about_a_security_log(csms):
    replies = {"GetDiagnostics": {"fileName": "a.log"}, "GetLog": ACCEPTED}
    async with csms.station(replies=replies) as station:
        diagnostics, security = await ask(csms, station), await ask(csms, station, kind="security")
        await tell(station, None, "UploadFailed", prefix="Diagnostics")
        assert (await log_shown(csms, station, diagnostics["number"]))["state"] == "failed"
        assert (await log_shown(csms, station, security["number"]))["state"] == "running"


@pytest.mark.parametrize("version", ["ocpp1.6", V])
async def test_an_upload_that_fails_is_shown_as_failed_and_one_that_brought_nothing_is_told(csms, version):
    replies = {"GetDiagnostics": {"fileName": "a.log"}, "GetLog": ACCEPTED}
    prefix = "Diagnostics" if version == "ocpp1.6" else "Log"
    async with csms.station(version, replies=replies) as station:
        for status, state, reason in (
            (ENDED[version], "failed", ""),
            ("Uploaded", "done", "it says that it is uploaded, and no file came"),
        ):
            number = (await ask(csms, station))["number"]
            named = None if version == "ocpp1.6" else number
            await tell(station, named, "Uploading", status, prefix=prefix)
            ended = await log_shown(csms, station, number)
            assert (ended["state"], ended["status"], ended["reason"]) == (state, status, reason)


async def test_a_station_without_diagnostics_is_shown_as_refusing(csms):
    async with csms.station(replies={"GetDiagnostics": {}}) as station:
        request = await ask(csms, station)
        assert request["state"] == "refused"
        assert request["reason"] == "Rejected the station has no diagnostics"


async def test_a_log_for_another_place_goes_there_and_a_strange_place_is_refused(csms):
    async with csms.station(V, replies={"GetLog": ACCEPTED}) as station:
        place = "sftp://logs.example.org/in/"
        request = await ask(csms, station, location=place)
        assert (await station.expect("GetLog")).payload["log"]["remoteLocation"] == place
        await tell(station, request["number"], "Uploaded", prefix="Log")
        ended = await log_shown(csms, station, request["number"])
        assert (ended["state"], ended["reason"], ended["file"]) == ("done", "", None)
        path = f"/stations/{station.id}/logs"
        problem = await csms.problem("POST", path, 400, json={"location": "javascript:alert(1)"})
        assert problem["path"] == "location"


async def test_a_station_that_is_away_is_not_asked_and_a_silent_one_is_told_as_timed_out(csms, monkeypatch):
    station_id = await seen_before(csms)
    request = await csms.ok("POST", f"/stations/{station_id}/logs", json={})
    assert (request["state"], request["reason"]) == ("offline", "the station is not connected")
    async with csms.station(V, replies={"GetLog": ACCEPTED}) as station:
        number = (await ask(csms, station))["number"]
        monkeypatch.setattr(logs_page, "PATIENCE", timedelta(seconds=-1))
        assert (await log_shown(csms, station, number))["state"] == "timed_out"


async def test_2_1_tells_reasons_and_has_a_log_of_its_data_collector(csms):
    async with csms.station("ocpp2.1", replies={"GetLog": ACCEPTED}) as station:
        number = (await ask(csms, station, kind="data_collector"))["number"]
        assert (await station.expect("GetLog")).payload["logType"] == "DataCollectorLog"
        told = {
            "status": "UploadFailure",
            "requestId": number,
            "statusInfo": {"reasonCode": "NoRoute", "additionalInfo": "host is down"},
        }
        assert await station.call("LogStatusNotification", told) == {}
        ended = await log_shown(csms, station, number)
        assert (ended["state"], ended["reason"]) == ("failed", "NoRoute host is down")
