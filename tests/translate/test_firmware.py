"""What we order about firmware and logs, judged by the official schemas; what a version cannot say is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.ocpp.samples import message_of

from chargewright.domain.firmware import (
    FirmwareReply,
    GetLog,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
)
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.frames import ENCODER
from chargewright.translate.translator import VERSIONS, translator

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
PLAIN = UpdateFirmware(7, "https://csms.example.org/files/abc/fw.bin", AT, retries=2, retry_interval_s=60)
SIGNED = replace(
    PLAIN, install_at=AT + timedelta(hours=1), signature="c2lnbmVk", signing_certificate="-----BEGIN"
)
LOG = GetLog(8, "diagnostics", "https://csms.example.org/files/abc", AT, AT + timedelta(hours=1), 2, 60)
SECURITY = replace(LOG, kind="security")
PUBLISH = PublishFirmware(9, PLAIN.location, "ab" * 16, 2, 60)
SIGNED_ANSWER = {"status": "Accepted"}

SENT = [
    ("ocpp1.6", PLAIN, "UpdateFirmware", {}, FirmwareReply("Accepted")),
    ("ocpp1.6", SIGNED, "SignedUpdateFirmware", SIGNED_ANSWER, FirmwareReply("Accepted")),
    ("ocpp1.6", LOG, "GetDiagnostics", {"fileName": "a.log"}, FirmwareReply("Accepted", "", "a.log")),
    (
        "ocpp1.6",
        SECURITY,
        "GetLog",
        {"status": "Accepted", "filename": "b"},
        FirmwareReply("Accepted", "", "b"),
    ),
    *(
        (version, order, action, answer, reply)
        for version in ("ocpp2.0.1", "ocpp2.1")
        for order, action, answer, reply in (
            (PLAIN, "UpdateFirmware", {"status": "Accepted"}, FirmwareReply("Accepted")),
            (SIGNED, "UpdateFirmware", {"status": "Accepted"}, FirmwareReply("Accepted")),
            (
                LOG,
                "GetLog",
                {"status": "AcceptedCanceled", "filename": "b"},
                FirmwareReply("AcceptedCanceled", "", "b"),
            ),
            (SECURITY, "GetLog", {"status": "Rejected"}, FirmwareReply("Rejected")),
            (
                PUBLISH,
                "PublishFirmware",
                {"status": "Rejected", "statusInfo": {"reasonCode": "Busy", "additionalInfo": "wait"}},
                FirmwareReply("Rejected", "Busy wait"),
            ),
            (
                UnpublishFirmware("ab" * 16),
                "UnpublishFirmware",
                {"status": "NoFirmware"},
                FirmwareReply("NoFirmware"),
            ),
        )
    ),
]


@pytest.mark.parametrize(("version", "order", "action", "answer", "reply"), SENT)
def test_an_order_is_right_by_the_schema_says_all_that_was_asked_and_its_answer_is_read(
    version, order, action, answer, reply
):
    tongue = translator(version)
    said, wire = tongue.command(order)
    payload = json.loads(ENCODER.encode(wire))
    assert said == action
    assert message_of(Version(version), action).is_valid(payload), payload
    text = json.dumps(payload)
    for told in vars_of(order):
        assert told in text, told
    assert message_of(Version(version), action, is_request=False).is_valid(answer)
    read, _ = tongue.catalog[action].response_reader.read(json.dumps(answer).encode(), b"", tolerant=False)
    assert tongue.result(order, read) == reply


def vars_of(order) -> list[str]:
    """The texts and instants of an order, as they must stand in the message."""
    values = [getattr(order, name) for name in order.__slots__ if name not in {"kind", "request_id"}]
    texts = [value for value in values if isinstance(value, str)]
    instants = [value.strftime("%Y-%m-%dT%H:%M:%S") for value in values if isinstance(value, datetime)]
    return texts + instants


@pytest.mark.parametrize(
    ("version", "order", "why"),
    [
        ("ocpp1.6", replace(PLAIN, install_at=AT), "only signed firmware has a time to install there"),
        ("ocpp1.6", replace(LOG, kind="data_collector"), "it knows no such log"),
        ("ocpp1.6", PUBLISH, "it has no such message"),
        ("ocpp1.6", UnpublishFirmware("ab" * 16), "it has no such message"),
        ("ocpp2.0.1", replace(LOG, kind="data_collector"), "DataCollectorLog"),
    ],
)
def test_what_a_version_cannot_say_is_refused_before_anything_is_sent(version, order, why):
    with pytest.raises(UnsupportedByVersion, match=why):
        translator(version).command(order)


def test_a_1_6_station_without_a_file_name_has_no_diagnostics():
    tongue = translator("ocpp1.6")
    read, _ = tongue.catalog["GetDiagnostics"].response_reader.read(b"{}", b"", tolerant=False)
    assert tongue.result(LOG, read) == FirmwareReply("Rejected", "the station has no diagnostics")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_status_names_its_request_where_the_version_does(version):
    tongue = translator(version)
    action = "SignedFirmwareStatusNotification" if version == "ocpp1.6" else "FirmwareStatusNotification"
    body = b'{"status":"Installed","requestId":41}'
    wire, _ = tongue.catalog[action].request_reader.read(body, b"", tolerant=False)
    told = tongue.request(action, wire)
    assert (told.action, told.status, told.request_id) == (action, "Installed", 41)
    assert json.loads(told.content) == json.loads(body)
