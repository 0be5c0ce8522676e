"""Judged by the official schemas: what lacks only its ids is whole once they are filled in."""

import itertools

import pytest
from tests.ocpp.samples import full_sample, message_of

from chargewright.ocpp.catalog import Version, catalog
from chargewright.translate.own_ids import PROFILE_IDS_FROM, with_own_ids
from chargewright.translate.translator import VERSIONS, translator

OURS = {"requestId", "remoteStartId", "listVersion", "versionNumber"}
PLACES = [
    ("ReserveNow", ("reservationId",)),
    ("ReserveNow", ("id",)),
    ("SetDisplayMessage", ("message", "id")),
    ("SetChargingProfile", ("csChargingProfiles", "chargingProfileId")),
    ("SetChargingProfile", ("chargingProfile", "id")),
    ("SetChargingProfile", ("chargingProfile", "chargingSchedule", "id")),
    ("RemoteStartTransaction", ("chargingProfile", "chargingProfileId")),
    ("RequestStartTransaction", ("chargingProfile", "id")),
    ("RequestStartTransaction", ("chargingProfile", "chargingSchedule", "id")),
]
CASES = [
    *(
        (v, a, (name,))
        for v in VERSIONS
        for a in catalog(Version(v)).sent_by("csms")
        for name in sorted(OURS)
    ),
    *((v, a, path) for v in VERSIONS for a, path in PLACES if catalog(Version(v)).get(a) is not None),
]


def remove(payload, path) -> bool:
    """Take away what `path` leads to; False where there is nothing."""
    first, *rest = path
    if isinstance(payload, list):
        return all(remove(one, path) for one in payload)
    if first not in payload:
        return False
    if rest:
        return remove(payload[first], rest)
    del payload[first]
    return True


@pytest.mark.parametrize(("version", "action", "path"), CASES)
def test_a_message_without_its_id_is_whole_again(version, action, path):
    message = message_of(Version(version), action)
    payload, numbers, tongue = full_sample(message), itertools.count(1), translator(version)
    assert with_own_ids(tongue, action, payload, lambda name: pytest.fail(name)) == payload
    optional = {"CertificateSigned"}  # its request id repeats the station's
    if remove(payload, path) and action not in optional:
        assert not message.is_valid(payload)
        filled = with_own_ids(tongue, action, payload, lambda _: next(numbers))
        assert message.is_valid(filled), filled
        assert next(numbers) > 1


def test_ids_come_from_the_counter_of_their_name():
    taken = []

    def take(name):
        taken.append(name)
        return 7

    payload = {"chargingProfile": {"chargingSchedule": [{}, {"id": 3}]}}
    filled = with_own_ids(translator("ocpp2.0.1"), "RequestStartTransaction", payload, take)
    assert filled["remoteStartId"] == 7
    schedules = [{"id": 7}, {"id": 3}]
    assert filled["chargingProfile"] == {"id": PROFILE_IDS_FROM + 7, "chargingSchedule": schedules}
    assert taken == ["remoteStartId", "chargingProfileId", "chargingScheduleId"]
    assert payload == {"chargingProfile": {"chargingSchedule": [{}, {"id": 3}]}}, (
        "given things stay as they are"
    )
