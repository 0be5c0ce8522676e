"""Firmware and logs of simulated stations: the steps in their order, and what is really carried."""

import hashlib

import pytest
from tests.simulator.authority import YEAR, Authority
from tests.simulator.pair import START, arrival
from tests.simulator.raw import Raw

VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
IMAGE = "http://files/firmware/2.7.bin"
BODY = b"an image of some size" * 1000


@pytest.fixture(params=VERSIONS)
def raw(request):
    raw = Raw(request.param, evses=2)
    raw.connect()
    raw.forget()
    return raw


def signed(raw, request_id=9, *, url=IMAGE, certificate=None, signature=None, at=0, install_at=None, **more):
    """A signed update in all versions; without a certificate 2.x takes it unsigned."""
    firmware = {"location": url, "retrieveDateTime": raw.at(at)}
    firmware |= {} if certificate is None else {"signingCertificate": certificate, "signature": signature}
    firmware |= {} if install_at is None else {"installDateTime": raw.at(install_at)}
    action = "SignedUpdateFirmware" if raw.version.is_16 else "UpdateFirmware"
    return raw.order(action, requestId=request_id, firmware=firmware, **more)["status"]


def steps(raw):
    action = "SignedFirmwareStatusNotification" if raw.version.is_16 else "FirmwareStatusNotification"
    return [(s["status"], s.get("requestId")) for s in raw.all(action)]


def trusting(raw):
    """(authority, certificate of a signer, its sign) that the station trusts for firmware."""
    authority = Authority("Maker")
    kind = "ManufacturerRootCertificate"
    raw.order("InstallCertificate", certificateType=kind, certificate=authority.pem)
    pem, sign = authority.signer()
    return pem, sign


def test_a_signed_update_goes_through_all_its_steps(raw):
    raw.files[IMAGE] = BODY
    certificate, sign = trusting(raw)
    assert signed(raw, certificate=certificate, signature=sign(BODY)) == "Accepted"
    raw.wait(60)
    expected = [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    assert steps(raw) == [(status, 9) for status in expected]
    (boot,) = raw.all("BootNotification")
    version = boot["firmwareVersion"] if raw.version.is_16 else boot["chargingStation"]["firmwareVersion"]
    assert version == "2.7"
    assert boot.get("reason", "FirmwareUpdate") == "FirmwareUpdate"


def test_times_are_kept(raw):
    raw.files[IMAGE] = BODY
    certificate, sign = trusting(raw)
    signed(raw, certificate=certificate, signature=sign(BODY), at=30, install_at=100)
    raw.wait(29)
    assert [s for s, _ in steps(raw)] == ["DownloadScheduled"]
    raw.wait(2)
    assert [s for s, _ in steps(raw)][1:] == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "InstallScheduled",
    ]
    raw.wait(68)
    assert steps(raw)[-1][0] == "InstallScheduled"
    raw.wait(3)
    assert steps(raw)[-1][0] == "Installing"


def test_a_bad_signature_ends_it_with_a_security_event(raw):
    raw.files[IMAGE] = BODY
    certificate, sign = trusting(raw)
    assert signed(raw, certificate=certificate, signature=sign(b"another image")) == "Accepted"
    raw.wait(60)
    assert [s for s, _ in steps(raw)] == ["Downloading", "Downloaded", "InvalidSignature"]
    assert [e["type"] for e in raw.all("SecurityEventNotification")] == ["InvalidFirmwareSignature"]
    assert raw.all("BootNotification") == []


@pytest.mark.parametrize("fault", ["stranger", "expired", "nonsense"])
def test_a_signer_that_nobody_vouches_for_is_refused(raw, fault):
    authority = Authority("Maker")
    raw.order("InstallCertificate", certificateType="ManufacturerRootCertificate", certificate=authority.pem)
    pem = {
        "stranger": Authority("Stranger").signer()[0],
        "expired": authority.signer(begins=START - 2 * YEAR, ends=START - YEAR)[0],
        "nonsense": "nonsense",
    }[fault]
    assert signed(raw, certificate=pem, signature="AA==") == "InvalidCertificate"
    raw.wait(20)
    assert steps(raw) == []
    told = [e["type"] for e in raw.all("SecurityEventNotification")]
    assert told == ["InvalidFirmwareSigningCertificate"]


def unsigned(raw, url=IMAGE, **more):
    """An update without signature, and its steps."""
    if raw.version.is_16:
        assert raw.order("UpdateFirmware", location=url, retrieveDate=raw.at(0), **more) == {}
    else:
        assert signed(raw, url=url, **more) == "Accepted"
    raw.wait(70)
    return [s["status"] for s in raw.all("FirmwareStatusNotification")]


def test_an_unsigned_update(raw):
    raw.files[IMAGE] = BODY
    found = unsigned(raw)
    assert [s for s in found if s != "InstallRebooting"] == [
        "Downloading",
        "Downloaded",
        "Installing",
        "Installed",
    ]


def test_what_is_not_there_is_tried_as_often_as_was_said(raw):
    assert unsigned(raw, retries=2, retryInterval=10) == ["Downloading"] * 3 + ["DownloadFailed"]


def test_an_empty_image_is_not_installed(raw):
    raw.files[IMAGE] = b""
    assert unsigned(raw)[-1] == "InstallationFailed"


def test_a_transaction_is_not_cut_off(raw):
    raw.files[IMAGE] = BODY
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    found = unsigned(raw)
    assert "Installing" not in found
    raw.station.unplug(1, raw.now)
    raw.wait(60)
    assert raw.all("FirmwareStatusNotification")[-1]["status"] == "Installed"


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_newer_update_takes_the_place_of_one_that_waits_but_not_of_one_that_installs(version):
    """L01.FR.24, and TC_L_10 and 11 from the other side."""
    raw = Raw(version)
    raw.connect()
    raw.files[IMAGE] = BODY
    assert signed(raw, 1, at=30) == "Accepted"
    assert signed(raw, 2) == "AcceptedCanceled"
    raw.wait(5)
    assert steps(raw)[-1] == ("Installing", 2)
    assert signed(raw, 3) == "Rejected"
    raw.wait(60)
    assert [s for s, number in steps(raw) if number == 1] == ["DownloadScheduled"]
    assert steps(raw)[-1] == ("Installed", 2)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_download_that_was_overtaken_comes_to_nothing(version):
    raw = Raw(version)
    raw.connect()
    raw.files[IMAGE] = BODY
    raw.slow = True
    signed(raw, 1)
    raw.wait(2)
    assert signed(raw, 2, at=500) == "AcceptedCanceled"
    raw.slow = False
    raw.wait(30)
    assert steps(raw) == [("Downloading", 1), ("DownloadScheduled", 2)]


# --- publishing


def published(raw, checksum, **more):
    answer = raw.order("PublishFirmware", location=IMAGE, checksum=checksum, requestId=4, **more)
    raw.wait(3)
    told = raw.all("PublishFirmwareStatusNotification")
    return answer["status"], [s["status"] for s in told], told[-1].get("location")


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_firmware_is_published_and_withdrawn(version):
    """L03, L04."""
    raw = Raw(version)
    raw.connect()
    raw.files[IMAGE] = BODY
    checksum = hashlib.md5(BODY).hexdigest()
    status, told, location = published(raw, checksum)
    assert (status, told) == ("Accepted", ["Downloading", "Downloaded", "ChecksumVerified", "Published"])
    assert location == [f"http://cp1/{checksum}"]
    assert raw.order("UnpublishFirmware", checksum=checksum)["status"] == "Unpublished"
    assert raw.order("UnpublishFirmware", checksum=checksum)["status"] == "NoFirmware"
    raw.forget()
    assert published(raw, "0" * 32)[1] == ["Downloading", "Downloaded", "InvalidChecksum"]
    del raw.files[IMAGE]
    raw.forget()
    assert published(raw, checksum)[1] == ["Downloading", "DownloadFailed"]


# --- logs


def get_log(raw, request_id=3, *, kind="DiagnosticsLog", url="http://files/logs/", **more):
    log = {"remoteLocation": url} | more.pop("log", {})
    return raw.order("GetLog", logType=kind, requestId=request_id, log=log, **more)


def test_the_log_tells_what_the_station_did(raw):
    raw.order("ClearCache")
    answer = get_log(raw)
    assert answer["status"] == "Accepted"
    raw.wait(2)
    told = [(s["status"], s["requestId"]) for s in raw.all("LogStatusNotification")]
    assert told == [("Uploading", 3), ("Uploaded", 3)]
    (body,) = (raw.files[f"http://files/logs/{answer['filename']}"],)
    text = body.decode()
    assert "said BootNotification" in text
    assert "was ordered ClearCache" in text


def test_the_security_log_holds_what_touches_security_alone(raw):
    assert get_log(raw, kind="SecurityLog")["status"] == "Rejected", "nothing happened yet"
    raw.station.security_event("TamperDetectionActivated", raw.now)
    answer = get_log(raw, kind="SecurityLog")
    raw.wait(2)
    lines = raw.files[f"http://files/logs/{answer['filename']}"].decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["TamperDetectionActivated"]


def test_a_log_of_a_time(raw):
    raw.wait(100)
    raw.order("ClearCache")
    answer = get_log(raw, log={"oldestTimestamp": raw.at(-10)})
    raw.wait(2)
    assert "BootNotification" not in raw.files[f"http://files/logs/{answer['filename']}"].decode()


def test_a_log_that_nobody_takes_is_tried_again_and_then_given_up(raw):
    get_log(raw, url="ftp://files/", retries=1, retryInterval=5)
    raw.wait(10)
    assert [s["status"] for s in raw.all("LogStatusNotification")] == ["Uploading"] * 2 + ["UploadFailure"]


def test_a_second_request_takes_the_place_of_the_first(raw):
    """N01.FR.20; 1.6 has no word for it."""
    get_log(raw, 1, url="ftp://files/", retries=9, retryInterval=5)
    raw.wait(2)
    assert get_log(raw, 2)["status"] == "AcceptedCanceled"
    raw.wait(60)
    told = [(s["status"], s["requestId"]) for s in raw.all("LogStatusNotification")]
    gone = [] if raw.version.is_16 else [("AcceptedCanceled", 1)]
    assert told == [("Uploading", 1), *gone, ("Uploading", 2), ("Uploaded", 2)]


def test_an_upload_that_was_overtaken_is_not_told(raw):
    raw.slow = True
    get_log(raw, 1)
    raw.wait(2)
    get_log(raw, 2)
    raw.slow = False
    raw.wait(3)
    told = [(s["status"], s["requestId"]) for s in raw.all("LogStatusNotification")]
    assert [t for t in told if t[0] == "Uploaded"] == [("Uploaded", 2)]


def test_there_is_no_data_collector():
    raw = Raw("ocpp2.1")
    raw.connect()
    assert get_log(raw, kind="DataCollectorLog")["status"] == "Rejected"


def test_diagnostics_of_1_6():
    raw = Raw("ocpp1.6")
    raw.connect()
    answer = raw.order("GetDiagnostics", location="http://files/diagnostics")
    raw.wait(2)
    assert [s["status"] for s in raw.all("DiagnosticsStatusNotification")] == ["Uploading", "Uploaded"]
    assert answer["fileName"].endswith(".log")
    assert b"BootNotification" in raw.files["http://files/diagnostics"]
    raw.order("GetDiagnostics", location="ftp://files/diagnostics")
    raw.wait(2)
    assert raw.all("DiagnosticsStatusNotification")[-1]["status"] == "UploadFailed"


# --- asked for


def test_how_far_things_are_is_told_when_asked(raw):
    action = "ExtendedTriggerMessage" if raw.version.is_16 else "TriggerMessage"
    raw.order(action, requestedMessage="LogStatusNotification")
    raw.order(action, requestedMessage="FirmwareStatusNotification")
    assert raw.all("LogStatusNotification") == [{"status": "Idle"}]
    assert steps(raw) == [("Idle", None)]
    raw.forget()
    certificate, sign = trusting(raw)
    signed(raw, 9, certificate=certificate, signature=sign(BODY), at=60)
    get_log(raw, 8, url="ftp://files/", retries=9, retryInterval=60)
    raw.wait(1)
    raw.forget()
    raw.order(action, requestedMessage="LogStatusNotification")
    raw.order(action, requestedMessage="FirmwareStatusNotification")
    assert raw.all("LogStatusNotification") == [{"status": "Uploading", "requestId": 8}]
    assert steps(raw) == [("DownloadScheduled", 9)]


def test_1_6_without_its_security_extension_tells_too():
    raw = Raw("ocpp1.6")
    raw.connect()
    for wanted in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        assert raw.order("TriggerMessage", requestedMessage=wanted) == {"status": "Accepted"}
        assert raw.all(wanted) == [{"status": "Idle"}]
