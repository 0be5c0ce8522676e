"""The careful reader: what is borne, what is refused, and instants as real stations write them."""

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.ocpp.samples import every_message, full_sample, mutants, random_sample

from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.codes import Code
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.reading import Harm, Refused, instant_from_text
from chargewright.ocpp.tolerance import GUARDED

OCPP16, OCPP201, OCPP21 = Version


def read(version: Version, action: str, payload: Any, *, tolerant: bool = False) -> Any:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return catalog(version).actions[action].request_reader.read(raw, raw, tolerant=tolerant)


@pytest.mark.parametrize("message", every_message(), ids=lambda m: m.name)
def test_tolerance_bears_what_it_can_and_still_reads_what_is_right_as_it_is(message: Any) -> None:
    action = catalog(message.version).actions[message.action]
    reader = action.request_reader if message.is_request else action.response_reader
    for seed in range(5):
        raw = json.dumps(random_sample(message, seed)).encode()
        assert reader.read(raw, raw, tolerant=True) == reader.read(raw, raw)
    for mutant in mutants(message):
        raw = json.dumps(mutant.payload).encode()
        harm = borne_or_harm(reader, raw)
        if mutant.keyword in {
            "type",
            "required",
        }:  # a broken type may be readable (an integer in a string), or not
            assert harm in {"borne", Harm.FATAL}, (mutant.keyword, mutant.path)
        elif mutant.keyword == "additionalProperties" and message.action in GUARDED:
            assert harm is Harm.FATAL, mutant.path
        else:
            assert harm == "borne", (mutant.keyword, mutant.path)


def borne_or_harm(reader: Any, raw: bytes) -> object:
    try:
        _, deviations = reader.read(raw, raw, tolerant=True)
    except Refused as refused:
        return refused.fault.harm
    return "borne" if deviations else "unnoticed"


TIMES = [
    ("2026-11-22T07:33:13Z", "2026-11-22T07:33:13+00:00"),
    ("2026-11-22t07:33:13z", "2026-11-22T07:33:13+00:00"),
    ("2026-11-22 07:33:13Z", "2026-11-22T07:33:13+00:00"),
    ("2026-11-22T07:33:13", "2026-11-22T07:33:13+00:00"),
    ("2026-11-22T07:33:13+02", "2026-11-22T05:33:13+00:00"),
    ("2026-11-22T07:33:13+0230", "2026-11-22T05:03:13+00:00"),
    ("2026-11-22T07:33:13-08:00", "2026-11-22T15:33:13+00:00"),
    ("2026-11-22T07:33:13 +01:00", "2026-11-22T06:33:13+00:00"),
    ("2026-11-22T07:33:13.123456789Z", "2026-11-22T07:33:13.123456+00:00"),
    ("2026-11-22T07:33:13,5Z", "2026-11-22T07:33:13.500000+00:00"),
    ("2026-11-22T07:33Z", "2026-11-22T07:33:00+00:00"),
    ("2026-11-22", "2026-11-22T00:00:00+00:00"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    ("1763796793", "2025-11-22T07:33:13+00:00"),
    ("1763796793500", "2025-11-22T07:33:13.500000+00:00"),
    *((bad, None) for bad in (
        "", "now", "1000000", "222222017-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T24:00:01Z", "2026-11-22T07:61:00Z",
        "2026-11-22T07:33:61Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "22.11.2026 07:33",
        "2026-11-22T07:33:13+24:00", "2026-11-22T07:33:13+99", "٢٠٢٦-11-22T07:33:13Z", "2026-11-22T07:33:13Z\n", "9" * 400,
    )),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_instants_as_stations_write_them(text: str, expected: str | None) -> None:
    at, _ = instant_from_text(text)
    assert (None if at is None else at.isoformat()) == expected


def test_instants_in_every_zone_agree_with_the_standard_library() -> None:
    seed = 5
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(2000):
        zone = timezone(timedelta(minutes=rng.randrange(-14 * 60, 14 * 60 + 1)))
        at = datetime(1970, 1, 3, tzinfo=UTC) + timedelta(
            seconds=rng.randrange(4 * 10**9), microseconds=rng.randrange(10**6)
        )
        text = at.astimezone(zone).isoformat()
        assert instant_from_text(text) == (at, False), text
        naive = at.replace(tzinfo=None).isoformat()
        assert instant_from_text(naive) == (at, True), naive


def test_random_text_is_never_more_than_no_instant() -> None:
    seed = 6
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(5000):
        text = "".join(rng.choice("0123456789-:+TZ. ,") for _ in range(rng.randrange(30)))
        at, _ = instant_from_text(text)
        assert at is None or at.tzinfo is UTC


START = {"connectorId": 1, "idTag": "A", "meterStart": 7, "timestamp": "2026-11-22T07:33:13Z"}


@pytest.mark.parametrize(
    ("field", "value", "becomes"),
    [
        ("connectorId", "1", 1),
        ("connectorId", 300.0, 300),
        ("connectorId", "-1", -1),
        ("idTag", 1234, "1234"),
        ("idTag", 12.50, "12.5"),
        ("idTag", "x" * 50, "x" * 50),
        ("idTag", "a\0b", "ab"),
        ("reservationId", None, None),
        ("reservationId", 1e2, 100),
        ("timestamp", 1763796793, datetime(2025, 11, 22, 7, 33, 13, tzinfo=UTC)),
        ("timestamp", "2026-11-22 07:33+01", datetime(2026, 11, 22, 6, 33, tzinfo=UTC)),
    ],
)
def test_what_tolerance_makes_of_it(field: str, value: Any, becomes: Any) -> None:
    payload = START | {field: value}
    with pytest.raises(Refused):
        read(OCPP16, "StartTransaction", payload)
    request, deviations = read(OCPP16, "StartTransaction", payload, tolerant=True)
    assert [fault.path for fault in deviations] == [f"$.{field}"]
    by_wire = {
        "connectorId": "connector_id",
        "idTag": "id_tag",
        "reservationId": "reservation_id",
        "timestamp": "timestamp",
    }
    assert getattr(request, by_wire[field]) == becomes


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("connectorId", "one"),
        ("connectorId", 1.5),
        ("connectorId", True),
        ("connectorId", 2**63),
        ("connectorId", None),
        ("connectorId", []),
        ("idTag", None),
        ("idTag", True),
        ("timestamp", "soon"),
        ("timestamp", True),
        ("timestamp", 10**400),
    ],
)
def test_what_even_tolerance_cannot_read(field: str, value: Any) -> None:
    with pytest.raises(Refused) as caught:
        read(OCPP16, "StartTransaction", START | {field: value}, tolerant=True)
    assert caught.value.fault.harm is Harm.FATAL
    assert "$" in str(caught.value)


def test_an_integer_with_a_point_is_an_integer_in_2x_where_the_schema_says_so() -> None:
    request, deviations = read(
        OCPP201, "NotifyReport", {"requestId": 7.0, "seqNo": 0, "generatedAt": "2026-11-22T07:33:13Z"}
    )
    assert (request.request_id, [fault.harm for fault in deviations]) == (7, [Harm.SLIGHT])
    assert isinstance(request.request_id, int)


def test_numbers_for_sampled_values_unknown_units_and_empty_lists_are_borne() -> None:
    meter_values = [
        {
            "timestamp": "2026-11-22T07:33:13Z",
            "sampledValue": [{"value": 12.30, "unit": "Furlong", "phase": ""}],
        },
        {"timestamp": "2026-11-22T07:33:13Z", "sampledValue": []},
    ]
    request, deviations = read(
        OCPP16, "MeterValues", {"connectorId": 0, "meterValue": meter_values}, tolerant=True
    )
    (sample,) = request.meter_value[0].sampled_value
    assert (sample.value, sample.unit, sample.phase) == ("12.3", "Furlong", None)
    assert request.meter_value[1].sampled_value == []
    assert len(deviations) == 4


@pytest.mark.parametrize(("limit", "code"), [("16.05", Code.PROPERTY_CONSTRAINT_VIOLATION), ('"16.0"', Code.TYPE_CONSTRAINT_VIOLATION), ('"NaN"', Code.TYPE_CONSTRAINT_VIOLATION), ("true", Code.TYPE_CONSTRAINT_VIOLATION), ("1e400", Code.PROPERTY_CONSTRAINT_VIOLATION), ("1e-400", Code.PROPERTY_CONSTRAINT_VIOLATION), ("1e-99999999", Code.PROPERTY_CONSTRAINT_VIOLATION), ("1e99999999", Code.PROPERTY_CONSTRAINT_VIOLATION), ("1e99999999999999999999", Code.PROPERTY_CONSTRAINT_VIOLATION), ("null", Code.TYPE_CONSTRAINT_VIOLATION)])  # fmt: skip
@pytest.mark.parametrize("spelled", ["limit", r"lim\u0069t", "limit  "])
def test_a_rate_is_a_number_of_tenths_however_it_is_spelled(limit: str, code: Code, spelled: str) -> None:
    name, blanks = spelled.rstrip(), spelled[len(spelled.rstrip()) :]
    raw = (
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile",'
        '"chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":'
        f'[{{"startPeriod":0,"limit":6.5}},{{"startPeriod":1,"{name}"{blanks}:{blanks}{limit}}}]}}}}}}'
    ).encode()
    with pytest.raises(Refused) as caught:
        read(OCPP16, "SetChargingProfile", raw)
    assert caught.value.code is code


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "-0.0",
        "16",
        "16.0",
        "16.10",
        "1.6e1",
        "160e-1",
        "99999999999999999",
        "0.100000000000000000000000",
    ],
)
def test_every_way_to_write_tenths_is_taken_exactly(limit: str) -> None:
    from decimal import Decimal

    raw = (
        json.dumps(
            {
                "status": "Accepted",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 777}],
                },
            }
        )
        .replace("777", limit)
        .encode()
    )
    response, deviations = catalog(OCPP16).actions["GetCompositeSchedule"].response_reader.read(raw, raw)
    assert deviations == ()
    assert response.charging_schedule.charging_schedule_period[0].limit == Decimal(limit)
    again = ENCODER.encode(response)
    assert catalog(OCPP16).actions["GetCompositeSchedule"].response_reader.read(again, again)[0] == response


def test_discharge_limits_of_21_must_not_be_positive() -> None:
    message = next(
        m
        for m in every_message()
        if m.version is OCPP21 and m.action == "NotifyChargingLimit" and m.is_request
    )
    payload = full_sample(message)
    period = payload["chargingSchedule"][0]["chargingSchedulePeriod"][0]
    for value, right in [(0, True), (-5.5, True), (-0.001, True), (0.001, False), (1, False), (0.0, True)]:
        period["dischargeLimit"] = value
        assert message.is_valid(payload) is right
        if right:
            read(OCPP21, "NotifyChargingLimit", payload)
        else:
            with pytest.raises(Refused) as caught:
                read(OCPP21, "NotifyChargingLimit", payload)
            assert caught.value.code is Code.PROPERTY_CONSTRAINT_VIOLATION


def test_the_last_of_two_equal_keys_counts_in_both_ways_of_reading() -> None:
    twice = (
        b'{"connectorId":1,"idTag":"first","idTag":"last","meterStart":7,"timestamp":"2026-11-22T07:33:13%s"}'
    )
    assert read(OCPP16, "StartTransaction", twice % b"Z")[0].id_tag == "last"
    assert read(OCPP16, "StartTransaction", twice % b"")[0].id_tag == "last"


def test_thousands_of_faults_do_not_hide_the_one_that_decides_and_are_not_all_listed() -> None:
    payload = {f"x{n}": 1 for n in range(5000)} | START
    _, deviations = read(OCPP16, "StartTransaction", payload, tolerant=True)
    assert len(deviations) == 16
    del payload["idTag"]
    with pytest.raises(Refused) as caught:
        read(OCPP16, "StartTransaction", payload, tolerant=True)
    assert caught.value.code is Code.PROTOCOL_ERROR


def test_all_of_unicode_is_kept_or_refused() -> None:
    for start in range(0, 0x110000, 4096):
        text = "".join(chr(c) for c in range(max(start, 1), start + 4096) if not 0xD800 <= c < 0xE000)
        for ascii_only in (True, False):
            raw = json.dumps({"vendorId": "v", "data": text}, ensure_ascii=ascii_only).encode()
            assert read(OCPP21, "DataTransfer", raw)[0].data == text
