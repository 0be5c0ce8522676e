"""Every message that a central system may send is carried out by a simulated station, as the official schemas have it.

The samples are made from the schemas of the `ocpp` package, which also judges what the station answers and says.
"""

import pytest
from tests.ocpp.samples import full_sample, message_of, random_sample, resolved, small_sample
from tests.simulator.pair import arrival
from tests.simulator.raw import Raw

from chargewright.ocpp.catalog import Version, catalog

ORDERS = [(version, action) for version in Version for action in catalog(version).sent_by("csms")]
NAMES = [f"{version.value}-{action}" for version, action in ORDERS]
OF_CONTENT = {
    "FormationViolation",
    "FormatViolation",
    "OccurenceConstraintViolation",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
}
"""A sample made by chance may hold a limit of three decimals, or more items than the station takes."""


def wanted_of(version, action):
    """Every message that can be asked for, as the schema has it."""
    schema = message_of(version, action).schema
    return resolved(schema["properties"]["requestedMessage"], schema.get("definitions", {}))["enum"]


def station_at_work(version):
    """Connected, with a transaction."""
    raw = Raw(version.value, evses=2, battery_slots=2)
    raw.connect()
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    return raw


@pytest.mark.parametrize(("version", "action"), ORDERS, ids=NAMES)
def test_every_order_is_carried_out(version, action):
    sample = small_sample(message_of(version, action))
    if action == "SetChargingProfile" and not version.is_16:
        # A limit has one decimal at most, which the schema does not say.
        sample["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] = 16.5
    answer = station_at_work(version).order(action, sample)
    assert isinstance(answer, dict), answer


@pytest.mark.parametrize(("version", "action"), ORDERS, ids=NAMES)
def test_whatever_is_ordered_is_answered_and_what_follows_is_right(version, action):
    message = message_of(version, action)
    for seed in range(1, 9):
        raw = station_at_work(version)
        sample = full_sample(message, seed) if seed < 3 else random_sample(message, seed)
        answer = raw.order(action, sample)
        assert isinstance(answer, dict) or answer in OF_CONTENT, (seed, answer)
        raw.wait(70)


LONG = 9_223_372_036_854_775_807
"""The largest number that a message may hold: no station lives to see it."""


def with_longest(payload):
    """The same with every time span as long as can be."""
    spans = {"retryInterval", "interval", "duration", "timeout", "dynUpdateInterval", "value"}
    if isinstance(payload, list):
        return [with_longest(item) for item in payload]
    if not isinstance(payload, dict):
        return payload
    return {
        key: LONG if key in spans and not isinstance(value, (str, dict, list)) else with_longest(value)
        for key, value in payload.items()
    }


@pytest.mark.parametrize(("version", "action"), ORDERS, ids=NAMES)
def test_no_time_is_too_long(version, action):
    message = message_of(version, action)
    for seed in (1, 2, 3):
        raw = station_at_work(version)
        sample = with_longest(full_sample(message, seed))
        answer = raw.order(action, sample)
        assert isinstance(answer, dict) or answer in OF_CONTENT, (seed, answer)
        raw.wait(40)


TRIGGERS = [
    (version, action, wanted)
    for version in Version
    for action in ("TriggerMessage", "ExtendedTriggerMessage")
    if action in catalog(version).actions
    for wanted in wanted_of(version, action)
]
SAID = {
    "SignChargePointCertificate": "SignCertificate",
    "SignChargingStationCertificate": "SignCertificate",
    "SignCombinedCertificate": "SignCertificate",
    "SignV2GCertificate": "SignCertificate",
    "SignV2G20Certificate": "SignCertificate",
    "CustomTrigger": "VatNumberValidation",
}


@pytest.mark.parametrize(("version", "action", "wanted"), TRIGGERS)
def test_whatever_is_triggered_comes(version, action, wanted):
    raw = station_at_work(version)
    raw.forget()
    more = {"customTrigger": "VatNumber"} if wanted == "CustomTrigger" else {}
    assert raw.order(action, requestedMessage=wanted, **more) == {"status": "Accepted"}
    said = SAID.get(wanted, wanted)
    if (action, wanted) == ("ExtendedTriggerMessage", "FirmwareStatusNotification"):
        said = "SignedFirmwareStatusNotification"
    assert said in raw.actions()


@pytest.mark.parametrize("version", Version, ids=lambda version: version.value)
def test_a_station_takes_everything_at_once(version):
    """One station, every order, one after the other, three times over: what one leaves behind stops no other."""
    raw = station_at_work(version)
    for seed in (1, 2, 3):
        for action in catalog(version).sent_by("csms"):
            if not raw.connected:
                raw.wait(40)
            answer = raw.order(action, random_sample(message_of(version, action), seed))
            assert isinstance(answer, dict) or answer in OF_CONTENT, (seed, action, answer)
    raw.wait(120)
    assert raw.connected
