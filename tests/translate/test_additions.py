"""Orders of 2.1: right by the official schemas whatever they say, and refused for versions that cannot carry them."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from tests.ocpp.samples import message_of

from chargewright.domain import (
    battery_swap,
    bidirectional,
    der,
    dynamic_profile,
    event_stream,
    payment,
    priority_charging,
    station_tariff,
)
from chargewright.domain.cost import Conditions, Part, Price, Tariff, TaxRate
from chargewright.errors import InvalidInput, UnsupportedByVersion
from chargewright.ids import EvseId
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.frames import ENCODER
from chargewright.translate.own_ids import with_own_ids
from chargewright.translate.translator import translator

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
ALL_VALUES = dynamic_profile.DynamicValues(
    **{
        field.name: -(n + 1) if "discharge" in field.name else n + 1
        for n, field in enumerate(fields(dynamic_profile.DynamicValues))
    }
)
EVERY_CONDITION = Conditions(
    time_from=time(22),
    time_until=time(6, 30),
    days=("Monday", "Sunday"),
    date_from=date(2026, 1, 1),
    date_until=date(2026, 12, 31),
    energy_wh_min=Decimal(1),
    energy_wh_max=Decimal(2),
    power_w_min=Decimal(3),
    power_w_max=Decimal(4),
    current_a_min=Decimal(5),
    current_a_max=Decimal(6),
    duration_s_min=7,
    duration_s_max=8,
    charging_s_min=9,
    charging_s_max=10,
    idle_s_min=11,
    idle_s_max=12,
    evse_kind="DC",
)
FULL = Part(
    (Price(Decimal("0.60"), EVERY_CONDITION), Price(Decimal("1.20"))), (TaxRate("VAT", Decimal(19), 1),)
)
FIXED = Part(
    (Price(Decimal(1), Conditions(days=("Friday",), payment_brand="VISA", payment_recognition="CC")),)
)
TARIFF = Tariff(
    "t",
    "EUR",
    energy=FULL,
    charging_time=FULL,
    idle_time=FULL,
    fixed=FIXED,
    reservation_time=FULL,
    reservation_fixed=FIXED,
    total_min=Decimal(1),
    total_max=Decimal(50),
    valid_from=NOW,
    description=(("en", "By day"), ("", "Tags")),
)
ORDERS = [
    battery_swap.RequestSwap(1, "T" * 255, "Central"),
    bidirectional.AllowModes("tx", ("DC", "AC_BPT")),
    bidirectional.SendFrequencySignal(NOW, -3),
    der.ClearDer(is_default=True),
    der.ClearDer(is_default=False, type="VoltVar", control_id="x"),
    dynamic_profile.UpdateDynamicProfile(5, ALL_VALUES),
    event_stream.AdjustStream(1, None, 5),
    event_stream.AskStreams(),
    payment.TellWebPayment(EvseId(1), 60),
    priority_charging.UsePriority("tx", is_active=False),
    station_tariff.AskTariffs(EvseId(0)),
    station_tariff.ChangeTariff("tx", TARIFF),
    station_tariff.ClearTariffs(("a", "b"), EvseId(1)),
    station_tariff.ClearTariffs(),
    station_tariff.SetDefaultTariff(EvseId(0), Tariff("t", "EUR")),
]


def wire(order) -> tuple[str, dict]:
    action, payload = translator("ocpp2.1").command(order)
    return action, json.loads(ENCODER.encode(payload))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_orders_are_right_by_the_schema_and_no_older_version_carries_them(order):
    action, payload = wire(order)
    assert message_of(Version.OCPP21, action).is_valid(payload), payload
    for older in ("ocpp1.6", "ocpp2.0.1"):
        with pytest.raises(UnsupportedByVersion):
            translator(older).command(order)


def test_every_value_of_a_dynamic_profile_has_its_place():
    _, payload = wire(dynamic_profile.UpdateDynamicProfile(5, ALL_VALUES))
    assert payload["scheduleUpdate"] == {
        "limit": 0.1,
        "limit_L2": 0.2,
        "limit_L3": 0.3,
        "dischargeLimit": -0.4,
        "dischargeLimit_L2": -0.5,
        "dischargeLimit_L3": -0.6,
        "setpoint": 0.7,
        "setpoint_L2": 0.8,
        "setpoint_L3": 0.9,
        "setpointReactive": 1.0,
        "setpointReactive_L2": 1.1,
        "setpointReactive_L3": 1.2,
    }


def test_every_condition_of_a_tariff_has_its_place_and_times_count_per_minute():
    _, payload = wire(station_tariff.ChangeTariff("tx", TARIFF))
    tariff = payload["tariff"]
    first, second = tariff["chargingTime"]["prices"]
    assert (first["priceMinute"], second) == (0.01, {"priceMinute": 0.02})
    assert first["conditions"] == {
        "startTimeOfDay": "22:00",
        "endTimeOfDay": "06:30",
        "dayOfWeek": ["Monday", "Sunday"],
        "validFromDate": "2026-01-01",
        "validToDate": "2026-12-31",
        "minEnergy": 1.0,
        "maxEnergy": 2.0,
        "minPower": 3.0,
        "maxPower": 4.0,
        "minCurrent": 5.0,
        "maxCurrent": 6.0,
        "minTime": 7,
        "maxTime": 8,
        "minChargingTime": 9,
        "maxChargingTime": 10,
        "minIdleTime": 11,
        "maxIdleTime": 12,
        "evseKind": "DC",
    }
    assert tariff["fixedFee"]["prices"][0]["conditions"] == {
        "dayOfWeek": ["Friday"],
        "paymentBrand": "VISA",
        "paymentRecognition": "CC",
    }
    assert (tariff["minCost"], tariff["maxCost"]) == ({"exclTax": 1.0}, {"exclTax": 50.0})
    assert [d.get("language") for d in tariff["description"]] == ["en", None]


CURVE = {"priority": 0, "yUnit": "PctMaxW", "curveData": [{"x": 1, "y": 2}]}
SETTINGS = {
    "EnterService": {"priority": 0, "highVoltage": 1, "lowVoltage": 1, "highFreq": 1, "lowFreq": 1},
    "FixedPFAbsorb": {"priority": 0, "displacement": 0.9, "excitation": True},
    "FixedPFInject": {"priority": 0, "displacement": 0.9, "excitation": False},
    "FixedVar": {"priority": 0, "setpoint": 5, "unit": "PctMaxVar"},
    "Gradients": {"priority": 0, "gradient": 1, "softGradient": 1},
    "LimitMaxDischarge": {"priority": 0, "pctMaxDischargePower": 50},
    "VoltWatt": CURVE,
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_der_control_is_right_by_the_schema(kind: str):
    action, payload = wire(der.SetDer("x", kind, is_default=True, setting=SETTINGS[kind]))
    assert message_of(Version.OCPP21, action).is_valid(payload), payload
    assert SETTINGS[kind] in payload.values()


def test_the_setting_of_another_der_control_is_refused():
    with pytest.raises(InvalidInput):
        wire(der.SetDer("x", "FreqDroop", is_default=True, setting=CURVE))


def test_a_der_control_by_hand_gets_an_id_of_its_own():
    filled = with_own_ids(translator("ocpp2.1"), "SetDERControl", {"isDefault": True}, lambda _: 7)
    assert filled == {"isDefault": True, "controlId": "der-7"}
    kept = with_own_ids(translator("ocpp2.1"), "SetDERControl", {"controlId": "mine"}, lambda _: 7)
    assert kept == {"controlId": "mine"}
