"""Variables of both families: what goes out is right by the schemas, and whatever comes back is understood."""

import json

import pytest
from tests.ocpp.samples import full_sample, message_of, random_sample, small_sample

from chargewright.domain.device_model import (
    GetVariables,
    SetVariables,
    Variable,
    VariableRead,
    VariableSet,
)
from chargewright.errors import UnsupportedByVersion
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.frames import ENCODER
from chargewright.translate.consequences import ANSWERED_BY, consequences
from chargewright.translate.translator import VERSIONS, translator

KEY = Variable("HeartbeatInterval")
PLACE = Variable("Power", "EVSE", "x", "y", 1, 2)
EVERYTHING = {
    "ocpp1.6": (GetVariables(), GetVariables((VariableRead(KEY),)), SetVariables((VariableSet(KEY, "1"),))),
    "ocpp2.0.1": (
        GetVariables((VariableRead(PLACE), VariableRead(PLACE, "MaxSet"))),
        SetVariables((VariableSet(PLACE, "1"), VariableSet(PLACE, "2", "MinSet"))),
    ),
}
ORDERS = [(v, o) for v in VERSIONS for o in EVERYTHING["ocpp1.6" if v == "ocpp1.6" else "ocpp2.0.1"]]


@pytest.mark.parametrize(("version", "order"), ORDERS)
def test_an_order_is_right_by_the_schema_and_names_what_it_means(version, order):
    action, payload = translator(version).command(order)
    plain = json.loads(ENCODER.encode(payload))
    assert message_of(Version(version), action).is_valid(plain)
    text = json.dumps(plain)
    wanted = order.asked if isinstance(order, GetVariables) else order.settings
    for one in wanted:
        names = (one.variable.name, one.variable.component, one.variable.instance)
        assert all(f'"{name}"' in text for name in names if name)


@pytest.mark.parametrize(("version", "order"), ORDERS)
def test_whatever_the_schema_allows_as_an_answer_is_understood(version, order):
    tongue = translator(version)
    action, _ = tongue.command(order)
    message = message_of(Version(version), action, is_request=False)
    samples = [full_sample(message), small_sample(message), *(random_sample(message, n) for n in range(30))]
    for payload in samples:
        text = json.dumps(payload).encode()
        wire, _ = tongue.catalog[action].response_reader.read(text, b"", tolerant=False)
        outcomes = tongue.result(order, wire).outcomes
        told = payload.get("getVariableResult") or payload.get("setVariableResult")
        if told is not None:
            assert [(o.variable.component, o.variable.name, o.status) for o in outcomes] == [
                (t["component"]["name"], t["variable"]["name"], t["attributeStatus"]) for t in told
            ]
        elif action == "GetConfiguration":
            keys = [item["key"] for item in payload.get("configurationKey", ())]
            assert [o.variable.name for o in outcomes] == keys + payload.get("unknownKey", [])
        else:
            assert [o.status for o in outcomes] == [payload["status"]]


@pytest.mark.parametrize(
    "order",
    [
        GetVariables((VariableRead(PLACE),)),
        GetVariables((VariableRead(KEY, "MaxSet"),)),
        SetVariables((VariableSet(PLACE, "1"),)),
    ],
)
def test_1_6_has_plain_keys_only(order):
    with pytest.raises(UnsupportedByVersion):
        translator("ocpp1.6").command(order)


def test_a_variable_has_one_key_in_any_spelling_and_its_own_by_place():
    assert Variable("power", "evse", "X", "y", 1, 2).key == PLACE.key
    others = [
        Variable("Power", "EVSE", "x", "y", 1),
        Variable("Power", "EVSE", "x", "y", 12),
        Variable("Power", "EVSE", "x", None, 1, 2),
        Variable("Power", "EVSE", None, "y", 1, 2),
        Variable("Power"),
        PLACE,
    ]
    assert len({variable.key for variable in others}) == len(others)
    assert str(PLACE) == "EVSE[y](1.2).Power[x]"
    assert str(KEY) == "HeartbeatInterval"


@pytest.mark.parametrize(
    ("version", "action", "payload", "expected"),
    [
        ("ocpp1.6", "TriggerMessage", {"requestedMessage": "MeterValues"}, "MeterValues"),
        (
            "ocpp1.6",
            "ExtendedTriggerMessage",
            {"requestedMessage": "SignChargePointCertificate"},
            "SignCertificate",
        ),
        ("ocpp2.0.1", "TriggerMessage", {"requestedMessage": "SignV2GCertificate"}, "SignCertificate"),
        ("ocpp2.1", "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, "NotifyReport"),
    ],
)
def test_what_a_station_sends_because_of_an_order(version, action, payload, expected):
    wire, _ = (
        translator(version)
        .catalog[action]
        .request_reader.read(json.dumps(payload).encode(), b"", tolerant=False)
    )
    assert consequences(action, wire) == {expected}
    assert consequences("ClearCache", wire) == frozenset()


def test_every_order_of_a_report_and_every_part_of_one_is_a_message_of_the_catalog():
    catalog = translator("ocpp2.1").catalog
    for order, part in ANSWERED_BY.items():
        assert catalog[order].may_be_sent_by("csms")
        assert catalog[part].may_be_sent_by("station")
