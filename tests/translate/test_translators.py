"""Every action is translated or excused, what is said is understood, and what we say is right by the official schemas."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.ocpp.samples import full_sample, message_of, random_sample, small_sample

from chargewright.charging.profile import Kind, Period, Profile, Purpose, RateUnit, Recurrency, Schedule
from chargewright.charging.timeline import Timeline
from chargewright.domain import (
    battery_swap,
    commands,
    der,
    dynamic_profile,
    ev_charging,
    event_stream,
    firmware,
    payment,
    priority_charging,
    requests,
    security,
)
from chargewright.domain.device_model import EventsNotified
from chargewright.domain.reports import ReportPart
from chargewright.domain.reservation import ReservationReported
from chargewright.domain.station import Registration
from chargewright.domain.token import AuthorizationStatus
from chargewright.domain.transaction import EventKind
from chargewright.errors import InvalidInput, UnsupportedByVersion
from chargewright.ids import EvseId, TransactionId
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.frames import ENCODER
from chargewright.translate.translator import VERSIONS, NotTranslated, translator
from chargewright.translate.units import number, sample

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
INFO = requests.TokenInfo(AuthorizationStatus.ACCEPTED, NOW, "family")
ANSWERS = {
    requests.StationBooted: requests.BootAnswer(Registration.ACCEPTED, NOW, 300),
    requests.Heartbeat: requests.HeartbeatAnswer(NOW),
    requests.AuthorizationAsked: requests.AuthorizationAnswer(INFO),
    requests.StatusReported: requests.Acknowledged(),
    requests.TransactionReported: requests.TransactionAnswer(TransactionId(7), INFO),
    requests.MeterReported: requests.Acknowledged(),
    requests.NeedsReported: requests.NeedsAnswer("Processing"),
    requests.DataTransferred: requests.DataAnswer("UnknownVendorId"),
    requests.Notice: requests.Acknowledged(),
    firmware.FirmwareTold: requests.Acknowledged(),
    firmware.LogTold: requests.Acknowledged(),
    firmware.PublishingTold: requests.Acknowledged(),
    ReportPart: requests.Acknowledged(),
    ev_charging.EvScheduleReported: ev_charging.EvScheduleAnswer("Rejected"),
    ev_charging.ExternalLimitReported: requests.Acknowledged(),
    ev_charging.ExternalLimitCleared: requests.Acknowledged(),
    EventsNotified: requests.Acknowledged(),
    ReservationReported: requests.Acknowledged(),
    security.SecurityEventReported: requests.Acknowledged(),
    security.CertificateAsked: security.CertificateAskedAnswer(accepted=False, reason="the key is short"),
    security.EvCertificateAsked: security.EvCertificateAnswer(accepted=True, exi_response="gJgA"),
    security.OcspAsked: security.OcspAnswer("MAoKAQ=="),
    security.ChainStatusAsked: security.ChainStatusAnswer(
        (security.ChainStatus(security.CertificateHash("SHA256", "ab", "cd", "1"), "OCSP", "Good", NOW),)
    ),
    battery_swap.BatteriesSwapped: requests.Acknowledged(),
    der.DerAlarm: requests.Acknowledged(),
    der.DerChange: requests.Acknowledged(),
    dynamic_profile.UpdatePulled: dynamic_profile.PulledAnswer(
        dynamic_profile.DynamicValues(limit_tenths=81, limit_tenths_l3=60, setpoint_reactive_tenths_l2=-5)
    ),
    event_stream.StreamOpened: event_stream.StreamOpenedAnswer(accepted=False, reason="TooManyStreams"),
    event_stream.StreamClosed: requests.Acknowledged(),
    payment.PaymentSettled: payment.SettlementAnswer(receipt_url="https://example.org/receipt"),
    payment.VatAsked: payment.VatAnswer(payment.Address("Acme", "Street 1", "Town", "DEU")),
    priority_charging.PriorityTold: requests.Acknowledged(),
}
FROM_STATIONS = [(v, a) for v in VERSIONS for a in catalog(Version(v)).sent_by("station")]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_action_of_a_station_is_translated_or_excused_with_a_reason(version: str):
    tongue = translator(version)
    actions = set(catalog(Version(version)).sent_by("station"))
    assert set(tongue.requests) | set(tongue.not_translated) == actions
    assert not set(tongue.requests) & set(tongue.not_translated)
    assert all(len(reason) > 10 for reason in tongue.not_translated.values())


@pytest.mark.parametrize(("version", "action"), FROM_STATIONS)
def test_whatever_the_schema_allows_is_understood_and_its_answer_is_valid_by_the_schema(version, action):
    tongue = translator(version)
    message = message_of(Version(version), action)
    samples = [
        full_sample(message),
        small_sample(message),
        *(random_sample(message, seed) for seed in range(20)),
    ]
    for payload in samples:
        wire, _ = tongue.catalog[action].request_reader.read(
            json.dumps(payload).encode(), b"", tolerant=False
        )
        if action in tongue.not_translated:
            with pytest.raises(NotTranslated):
                tongue.request(action, wire)
            continue
        said = tongue.request(action, wire)
        if tongue.catalog[action].response is None:
            continue  # nobody may answer it
        answer = json.loads(ENCODER.encode(tongue.answer(said, ANSWERS[type(said)])))
        judge = message_of(Version(version), action, is_request=False)
        assert judge.is_valid(answer), f"{payload} -> {answer}"


def profile(**more) -> Profile:
    periods = (Period(0, 160, 3), Period(300, 81))
    schedule = Schedule(RateUnit.A, periods, NOW, 900, minimum_rate_tenths=60, id=1)
    made = Profile(5, 2, Purpose.TX, Kind.ABSOLUTE, (schedule,), None, NOW, NOW + timedelta(hours=1), "7")
    return replace(made, **more)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "made",
    [
        profile(),
        profile(
            purpose=Purpose.TX_DEFAULT, transaction_id=None, kind=Kind.RECURRING, recurrency=Recurrency.WEEKLY
        ),
        profile(purpose=Purpose.STATION_MAX, transaction_id=None, valid_from=None, valid_to=None),
    ],
    ids=["TxProfile", "TxDefaultProfile", "station maximum"],
)
def test_a_profile_goes_out_right_by_the_schema_and_comes_back_the_same(version: str, made: Profile):
    tongue = translator(version)
    action, payload = tongue.command(commands.InstallProfile(EvseId(1), made))
    assert message_of(Version(version), action).is_valid(json.loads(ENCODER.encode(payload)))
    back = tongue.read_profile(tongue.write_profile(made))
    expected = (
        made if version != "ocpp1.6" else replace(made, schedules=(replace(made.schedules[0], id=None),))
    )
    assert back == expected


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "order",
    [
        commands.ClearProfiles(profile_id=5),
        commands.ClearProfiles(evse_id=EvseId(1), purpose=Purpose.TX, stack_level=0),
        commands.ReportCompositeSchedule(EvseId(1), 900, RateUnit.W),
        commands.ReadVariables(("SmartChargingCtrlr.RateUnit",)),
    ],
)
def test_orders_are_right_by_the_schema(version: str, order):
    action, payload = translator(version).command(order)
    assert message_of(Version(version), action).is_valid(json.loads(ENCODER.encode(payload)))


@pytest.mark.parametrize(
    ("version", "made"),
    [
        ("ocpp1.6", profile(purpose=Purpose.PRIORITY_CHARGING)),
        ("ocpp1.6", profile(kind=Kind.DYNAMIC)),
        ("ocpp2.0.1", profile(purpose=Purpose.LOCAL_GENERATION)),
        ("ocpp2.0.1", profile(max_offline_duration_s=60)),
    ],
)
def test_what_a_version_cannot_say_is_refused_before_it_is_sent(version: str, made: Profile):
    with pytest.raises(UnsupportedByVersion):
        translator(version).command(commands.InstallProfile(EvseId(1), made))


def test_a_raw_order_is_judged_before_it_is_sent():
    tongue = translator("ocpp1.6")
    action, payload = tongue.command(commands.RawCommand("Reset", {"type": "Soft"}))
    assert (action, tongue.plain(payload)) == ("Reset", {"type": "Soft"})
    with pytest.raises(InvalidInput, match="Reset"):
        tongue.command(commands.RawCommand("Reset", {"type": "Gentle"}))
    with pytest.raises(UnsupportedByVersion, match="no such message"):
        tongue.command(commands.RawCommand("MakeCoffee", {}))
    with pytest.raises(UnsupportedByVersion, match="only stations"):
        tongue.command(commands.RawCommand("BootNotification", {}))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_composite_schedule_is_read_as_a_timeline(version: str):
    tongue = translator(version)
    periods = [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 60, "limit": 8.1}]
    start = "2026-03-01T08:00:00Z"
    payload = (
        {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": start,
            "chargingSchedule": {"duration": 900, "chargingRateUnit": "A", "chargingSchedulePeriod": periods},
        }
        if version == "ocpp1.6"
        else {
            "status": "Accepted",
            "schedule": {
                "evseId": 1,
                "duration": 900,
                "scheduleStart": start,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": periods,
            },
        }
    )
    reader = tongue.catalog["GetCompositeSchedule"].response_reader
    wire, _ = reader.read(json.dumps(payload).encode(), b"", tolerant=False)
    result = tongue.result(commands.ReportCompositeSchedule(EvseId(1), 900, RateUnit.A), wire)
    expected = Timeline.of(
        [
            (NOW, NOW + timedelta(seconds=60), 160),
            (NOW + timedelta(seconds=60), NOW + timedelta(seconds=900), 81),
        ]
    )
    assert result == commands.CompositeReported(RateUnit.A, expected)


def test_a_composite_schedule_of_2_1_tells_what_is_to_be_given_back():
    tongue = translator("ocpp2.1")
    gives = {"operationMode": "CentralSetpoint", "setpoint": -10.0, "dischargeLimit": -10.0}
    periods = [
        {"startPeriod": 0, "limit": 0.0, **gives},
        {"startPeriod": 60, **gives},
        {"startPeriod": 120, "operationMode": "CentralSetpoint", "setpoint": 8.0},
        {"startPeriod": 180, "limit": 6.0},
    ]
    schedule = {
        "evseId": 1,
        "duration": 240,
        "scheduleStart": "2026-03-01T08:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": periods,
    }
    reader = tongue.catalog["GetCompositeSchedule"].response_reader
    wire, _ = reader.read(
        json.dumps({"status": "Accepted", "schedule": schedule}).encode(), b"", tolerant=False
    )
    result = tongue.result(commands.ReportCompositeSchedule(EvseId(1), 240, RateUnit.A), wire)
    assert isinstance(result, commands.CompositeReported)
    assert [result.timeline.at(NOW + timedelta(seconds=s)) for s in (1, 61, 121, 181)] == [-100, -100, 80, 60]


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_a_variable_of_an_evse_is_asked_for_and_told_with_its_evse(version: str):
    tongue = translator(version)
    order = commands.ReadVariables(("V2XChargingCtrlr/2.Enabled", "SmartChargingCtrlr.RateUnit"))
    action, payload = tongue.command(order)
    asked = json.loads(ENCODER.encode(payload))
    assert message_of(Version(version), action).is_valid(asked)
    assert asked["getVariableData"][0]["component"] == {"name": "V2XChargingCtrlr", "evse": {"id": 2}}
    answer = {
        "getVariableResult": [
            {"attributeStatus": "Accepted", "attributeValue": value, **one}
            for value, one in zip(("true", "A"), asked["getVariableData"], strict=True)
        ]
    }
    wire, _ = tongue.catalog[action].response_reader.read(json.dumps(answer).encode(), b"", tolerant=False)
    assert tongue.result(order, wire) == commands.VariablesRead(
        {"V2XChargingCtrlr/2.Enabled": "true", "SmartChargingCtrlr.RateUnit": "A"}
    )


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("1.5", "kWh", 1500.0), ("16,5", "A", 16.5), ("230", "V", 230.0), ("-0.2", "kW", -200.0)],
)
def test_units_become_ours(text: str, unit: str, value: float):
    found = sample("Any", text, unit=unit, phase=None, location=None, context=None)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e400", "0x10"])
def test_what_is_no_number_is_kept_as_text(text: str):
    assert number(text) is None
    found = sample("Any", text, unit=None, phase=None, location=None, context=None)
    assert (found.value, found.text) == (None, text)


def test_a_start_said_twice_has_one_digest_and_another_start_another():
    tongue = translator("ocpp1.6")

    def digest(**change) -> str:
        payload = {
            "connectorId": 1,
            "idTag": "A",
            "meterStart": 0,
            "timestamp": "2026-03-01T08:00:00Z",
            **change,
        }
        wire, _ = tongue.catalog["StartTransaction"].request_reader.read(
            json.dumps(payload).encode(), b"", tolerant=False
        )
        said = tongue.request("StartTransaction", wire)
        assert isinstance(said, requests.TransactionReported)
        assert said.kind is EventKind.STARTED
        return said.digest

    assert digest() == digest(timestamp="2026-03-01T09:00:00+01:00")
    assert len({digest(), digest(meterStart=1), digest(connectorId=2), digest(idTag="B")}) == 4
