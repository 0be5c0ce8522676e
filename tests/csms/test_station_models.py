"""What one station of a model declared, the next one need not tell; what a person says holds for all of them."""

from dataclasses import replace

import pytest
from tests.conformance.harness import running_csms

from chargewright.charging.profile import Purpose
from chargewright.csms.commissioning import abilities_of
from chargewright.csms.station_models import ModelKey
from chargewright.domain.station import Station
from chargewright.ids import StationId

UNIT = "ChargingScheduleAllowedChargingRateUnit"
STACK = "ChargeProfileMaxStackLevel"


def station(name: str, **more) -> Station:
    about = {"vendor": "Acme", "model": "One", "firmware_version": "1", "version": "ocpp1.6"}
    return Station(StationId(name), **{**about, **more})


@pytest.fixture
async def csms():
    async with running_csms() as running:
        yield running


async def test_what_a_station_leaves_out_is_filled_from_others_of_its_model_only(csms):
    models = csms.central.devices.models
    await models.learn(station("A"), {UNIT: "Current", STACK: "8"})
    told = await models.learn(station("B"), {STACK: ""})
    abilities = abilities_of("ocpp1.6", told)
    assert (abilities.unit_a, abilities.unit_w, abilities.stack_level_max) == (True, False, 8)
    for other in ({"firmware_version": "2"}, {"model": "Two"}, {"vendor": "X"}, {"version": "ocpp2.1"}):
        assert await models.learn(station("C", **other), {}) == {}
    assert (await models.learn(station("B"), {STACK: "3"}))[STACK] == "3"  # what was told last


async def test_what_a_person_says_holds_for_the_stations_there_are_and_those_to_come(csms):
    provisioning = csms.central.services.provisioning
    known = station("A", abilities=abilities_of("ocpp1.6", {}))
    await provisioning.put(known)
    about = {"vendor": "Acme", "model": "One", "firmware": "1", "version": "ocpp1.6"}
    body = {**about, "accepts_zero": False, "purposes": ["TxDefaultProfile", "TxProfile"]}
    shown = await csms.ok("PUT", "/station-models", json=body)
    assert (shown["stations"], shown["accepts_zero"]) == (1, False)
    changed = provisioning.require(known.id).abilities
    assert changed is not None
    assert not changed.accepts_zero
    assert changed.purposes == {Purpose.TX_DEFAULT, Purpose.TX}
    newcomer = abilities_of("ocpp1.6", {})
    assert csms.central.devices.models.fitted(station("B"), newcomer) == replace(
        newcomer, accepts_zero=False, purposes=frozenset({Purpose.TX_DEFAULT, Purpose.TX})
    )
    assert [m["model"] for m in await csms.ok("GET", "/station-models")] == ["One"]
    await csms.ok("PUT", "/station-models", json=about)  # no longer known: the defaults again
    again = provisioning.require(known.id).abilities
    assert again is not None
    assert (again.accepts_zero, again.purposes) == (True, None)


async def test_it_is_loaded_again_as_it_was(csms):
    models = csms.central.devices.models
    await models.learn(station("A"), {STACK: "8"})
    await models.say(ModelKey.of(station("A")), accepts_zero=True, purposes=frozenset({Purpose.TX}))
    before = models.all()
    await models.load()
    assert models.all() == before
