"""What is desired of stations: applied at boot, compared, applied again, and never a reason for an endless loop."""

import itertools

import pytest
import pytest_asyncio
from tests.conformance.charging import Charging, set_results, status_of, variables
from tests.conformance.harness import ACCEPTED, now, running_csms

from chargewright.app.config import StationsConfig
from chargewright.app.wiring import build
from chargewright.csms.configuration import same_value
from chargewright.domain.device_model import Variable, VariableSet
from chargewright.domain.station import Station
from chargewright.ids import StationId
from chargewright.simulator.clock import ScaledClock

V = "ocpp2.0.1"
_models = itertools.count(1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms() as running:
        yield running


class Kind:
    """A model of station that no other test has, and stations of it that keep what is set."""

    def __init__(self, csms, version: str = "ocpp1.6") -> None:
        self.csms = csms
        self.model = f"Kind{next(_models)}"
        self.version = version
        self.values: dict[str, str] = {}
        self.status = "Accepted"

    async def template(self, name: str, values: dict[str, str], **more) -> None:
        body = {
            "variables": [place(key, value) for key, value in values.items()],
            "model": self.model,
            **more,
        }
        await self.csms.ok("PUT", f"/configuration-templates/{self.model}-{name}", json=body)

    def station(self, **more):
        replies = {"GetConfiguration": self._get, "ChangeConfiguration": self._change, "Reset": ACCEPTED}
        if self.version != "ocpp1.6":
            replies = {"GetVariables": lambda payload: variables(self.values)(payload), "Reset": ACCEPTED}
            replies["SetVariables"] = lambda payload: set_results(self.status)(payload)
        return self.csms.station(self.version, boot=False, replies=replies, **more)

    async def boot(self, station, firmware: str = "1") -> str:
        if self.version == "ocpp1.6":
            told = {"chargePointVendor": "Acme", "chargePointModel": self.model, "firmwareVersion": firmware}
        else:
            about = {"vendorName": "Acme", "model": self.model, "firmwareVersion": firmware}
            told = {"reason": "PowerUp", "chargingStation": about}
        return (await station.call("BootNotification", told))["status"]

    def _get(self, payload: dict) -> dict:
        asked = payload["key"]
        return {
            "configurationKey": [
                {"key": k, "readonly": False, "value": self.values[k]} for k in asked if k in self.values
            ],
            "unknownKey": [k for k in asked if k not in self.values],
        }

    def _change(self, payload: dict) -> dict:
        if self.status == "Accepted":
            self.values[payload["key"]] = payload["value"]
        return {"status": self.status}


def place(key: str, value: str) -> dict:
    component, dot, variable = key.partition(".")
    named = {"component": component, "variable": variable} if dot else {"variable": key}
    return {**named, "value": value}


async def settings(csms, station) -> dict[str, tuple[str, str | None, str]]:
    """Variable -> (value, status, source), as the API shows them."""
    found = await csms.ok("GET", f"/stations/{station.id}/configuration")
    return {s["name"]["variable"]: (s["value"], s["status"], s["source"]) for s in found["settings"]}


async def applied(csms, station, *, after=None) -> dict:
    """The configuration, once it was applied (again)."""
    path = f"/stations/{station.id}/configuration"

    async def done() -> bool:
        return (await csms.ok("GET", path))["applied_at"] not in {None, after}

    await csms.until(done)
    return await csms.ok("GET", path)


def changed(station) -> list[tuple[str, str]]:
    return [
        (o.payload["key"], o.payload["value"]) for o in station.orders if o.action == "ChangeConfiguration"
    ]


async def test_the_templates_that_fit_are_applied_at_boot_and_only_what_differs_is_set(csms):
    kind = Kind(csms)
    kind.values = {"A": "1", "B": "2"}
    await kind.template("all", {"A": "1", "B": "3", "C": "4"})
    await kind.template("special", {"C": "5"}, priority=1, firmware="2.*", vendor="Ac*")
    await kind.template("other", {"A": "9"}, vendor="Else")
    async with kind.station() as station:
        assert await kind.boot(station, "1.9") == "Accepted"
        first = await applied(csms, station)
        assert changed(station) == [("B", "3"), ("C", "4")]
        assert first["templates"] == [f"{kind.model}-all"]
        assert await settings(csms, station) == {
            "A": ("1", "Accepted", f"{kind.model}-all"),
            "B": ("3", "Accepted", f"{kind.model}-all"),
            "C": ("4", "Accepted", f"{kind.model}-all"),
        }
        await kind.boot(station, "2.0")  # after an update another template speaks
        await applied(csms, station, after=first["applied_at"])
        assert changed(station)[2:] == [("C", "5")]
        assert (await settings(csms, station))["C"] == ("5", "Accepted", f"{kind.model}-special")


async def test_a_station_without_wishes_is_asked_nothing_at_boot(csms):
    kind = Kind(csms)
    async with kind.station() as station:
        await kind.boot(station)
        await csms.until(lambda: csms.central.devices.idle)
        assert station.orders == []
        assert (await csms.ok("GET", f"/stations/{station.id}/configuration"))["settings"] == []


async def test_what_drifted_is_set_again_and_counted(csms):
    kind = Kind(csms)
    async with kind.station() as station:
        await kind.boot(station)
        body = {"variables": [place("A", "7")], "keep": True}
        (result,) = await csms.ok("PUT", f"/stations/{station.id}/variables", json=body)
        assert result["status"] == "Accepted"
        kind.values["A"] = "somebody turned it"
        (shown,) = (await csms.ok("POST", f"/stations/{station.id}/configuration/apply"))["settings"]
        assert (shown["status"], shown["drifts"], shown["source"]) == ("Accepted", 1, "station")
        assert changed(station) == [("A", "7"), ("A", "7")]
        (variable,) = await csms.ok("GET", f"/stations/{station.id}/variables")
        (attribute,) = variable["attributes"]
        assert (attribute["value"], attribute["desired"], attribute["agrees"]) == ("7", "7", True)


async def test_what_a_report_shows_to_have_drifted_is_set_again(csms):
    kind = Kind(csms, V)
    kind.values = {"Heap.A": "1"}
    await kind.template("all", {"Heap.A": "1"})
    async with kind.station() as station:
        await kind.boot(station)
        await applied(csms, station)
        kind.values["Heap.A"] = "2"
        data = {
            "component": {"name": "Heap"},
            "variable": {"name": "A"},
            "variableAttribute": [{"value": "2"}],
        }
        told = {"requestId": 1, "generatedAt": now(), "seqNo": 0, "reportData": [data]}
        await station.call("NotifyReport", told)
        (again,) = (await station.expect("SetVariables")).payload["setVariableData"]
        assert again["attributeValue"] == "1"


async def test_the_wish_of_one_station_goes_before_templates_and_can_be_forgotten(csms):
    kind = Kind(csms)
    await kind.template("all", {"A": "1"})
    async with kind.station() as station:
        await kind.boot(station)
        await applied(csms, station)
        path = f"/stations/{station.id}/variables"
        await csms.ok("PUT", path, json={"variables": [place("A", "2")], "keep": True})
        assert kind.values == {"A": "2"}
        forget = {"variables": [{"variable": "A", "value": None}]}
        assert await csms.ok("PUT", path, json=forget) == []
        assert kind.values == {"A": "2"}  # the station is not told
        await csms.ok("POST", f"/stations/{station.id}/configuration/apply")
        assert kind.values == {"A": "1"}


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_what_is_refused_is_shown_and_not_tried_again_before_the_firmware_changes(csms, status):
    kind = Kind(csms)
    kind.status = status
    await kind.template("all", {"A": "1"})
    async with kind.station() as station:
        await kind.boot(station, "1")
        first = await applied(csms, station)
        assert await settings(csms, station) == {"A": ("1", status, f"{kind.model}-all")}
        await kind.boot(station, "1")
        second = await applied(csms, station, after=first["applied_at"])
        assert len(changed(station)) == 1
        await kind.boot(station, "2")
        await applied(csms, station, after=second["applied_at"])
        assert len(changed(station)) == 2


async def test_a_value_that_needs_a_reboot_resets_a_1_6_station_once_its_last_transaction_has_ended(csms):
    kind = Kind(csms)
    kind.status = "RebootRequired"
    await kind.template("all", {"A": "1"}, reset_when_idle=True)
    async with kind.station() as station:
        await csms.ok("PATCH", f"/stations/{station.id}", json={})
        started = {"connectorId": 1, "idTag": await csms.token(), "meterStart": 0, "timestamp": now()}
        transaction = (await station.call("StartTransaction", started))["transactionId"]
        await kind.boot(station)
        await applied(csms, station)
        assert (await settings(csms, station))["A"][1] == "RebootRequired"
        first = await csms.ok("POST", f"/stations/{station.id}/configuration/apply")
        assert "Reset" not in [order.action for order in station.orders]
        stopped = {"transactionId": transaction, "meterStop": 5, "timestamp": now()}
        await station.call("StopTransaction", stopped)
        assert (await station.expect("Reset")).payload == {"type": "Soft"}
        assert len(changed(station)) == 1
        kind.values["A"] = "1"  # in force after the reboot
        await kind.boot(station)
        await applied(csms, station, after=first["applied_at"])
        await csms.until(lambda: csms.central.devices.idle)
        assert (await settings(csms, station))["A"][1] == "Accepted"
        assert [order.action for order in station.orders].count("Reset") == 1


async def test_a_2_0_1_station_waits_for_its_idle_moment_by_itself(csms):
    kind = Kind(csms, V)
    kind.values = {"Heap.A": "0"}
    kind.status = "RebootRequired"
    await kind.template("all", {"Heap.A": "1"}, reset_when_idle=True)
    async with kind.station() as station:
        assert status_of(await Charging(station).charge(await csms.token())) == "Accepted"
        await kind.boot(station)
        assert (await station.expect("Reset")).payload == {"type": "OnIdle"}


async def test_without_leave_a_station_is_never_reset(csms):
    kind = Kind(csms)
    kind.status = "RebootRequired"
    await kind.template("all", {"A": "1"})
    async with kind.station() as station:
        await kind.boot(station)
        await applied(csms, station)
        await csms.until(lambda: csms.central.devices.idle)
        assert "Reset" not in [order.action for order in station.orders]


async def test_a_value_that_is_gone_after_the_reboot_is_told_so_and_the_station_is_not_reset_for_ever(csms):
    kind = Kind(csms)
    kind.status = "RebootRequired"
    await kind.template("all", {"A": "1"}, reset_when_idle=True)
    async with kind.station() as station:
        state = None
        for _ in range(4):
            await kind.boot(station)
            state = (await applied(csms, station, after=state))["applied_at"]
        await csms.until(lambda: csms.central.devices.idle)
        assert (await settings(csms, station))["A"][1] == "NotKept"
        assert len(changed(station)) == 1
        assert [order.action for order in station.orders].count("Reset") == 1


async def test_a_password_like_value_that_cannot_be_read_back_is_set_once(csms):
    kind = Kind(csms, V)  # its GetVariables knows nothing of it; the answer below is that of a write-only one
    await kind.template("all", {"Heap.Hidden": "x"})

    def hidden(payload: dict) -> dict:
        answer = variables({})(payload)
        return {
            "getVariableResult": [{**r, "attributeStatus": "Rejected"} for r in answer["getVariableResult"]]
        }

    async with kind.station() as station:
        station.replies["GetVariables"] = hidden
        await kind.boot(station)
        first = await applied(csms, station)
        await kind.boot(station)
        await applied(csms, station, after=first["applied_at"])
        assert [order.action for order in station.orders].count("SetVariables") == 1


async def test_what_a_version_cannot_name_is_told_and_not_sent(csms):
    kind = Kind(csms)
    await kind.template("all", {"Heap.A": "1", "B": "2"}, before_acceptance=True)
    async with kind.station() as station:
        assert await kind.boot(station) == "Pending"
        await station.answer(await station.expect("TriggerMessage"), ACCEPTED)
        assert await kind.boot(station) == "Accepted"
        found = await settings(csms, station)
        assert found["A"][1] == "NotSupported"
        assert found["B"][1] == "Accepted"
        assert changed(station) == [("B", "2")]


async def test_a_wish_for_a_station_that_is_away_waits_for_its_boot(csms):
    kind = Kind(csms)
    station_id = await csms.enter()
    body = {"variables": [place("A", "2")], "keep": True}
    (result,) = await csms.ok("PUT", f"/stations/{station_id}/variables", json=body)
    assert result["status"] == "offline"
    async with kind.station(station_id=station_id) as station:
        await kind.boot(station)
        await station.expect("ChangeConfiguration")
        assert kind.values == {"A": "2"}


async def test_templates_are_listed_replaced_and_forgotten(csms):
    kind = Kind(csms)
    await kind.template("x", {"A": "1"}, priority=3)
    path = f"/configuration-templates/{kind.model}-x"
    shown = await csms.ok("GET", path)
    assert (shown["priority"], shown["variables"]) == (3, [{"variable": "A", "value": "1"}])
    await kind.template("x", {"A": "2"})
    assert (await csms.ok("GET", path))["variables"][0]["value"] == "2"
    assert shown["name"] in [t["name"] for t in await csms.ok("GET", "/configuration-templates")]
    await csms.ok("DELETE", path)
    await csms.problem("GET", path, 404)
    await csms.problem("PUT", "/configuration-templates/a b", 400, json={"variables": [place("A", "1")]})


async def test_what_is_desired_outlives_a_restart(tmp_path):
    station_id = StationId("CS1")
    for run in range(2):
        central = build(StationsConfig(port=0), database=tmp_path / "db.sqlite", clock=ScaledClock(speed=1))
        await central.start()
        configuration = central.devices.configuration
        if run == 0:
            await central.services.provisioning.put(Station(station_id))
            await configuration.change_desired(station_id, [VariableSet(Variable("A"), "1")])
        wanted = configuration.desired(station_id)
        await central.stop()
    assert wanted == [(VariableSet(Variable("A"), "1"), "station")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("true", "TRUE", True),
        ("300", "300.0", True),
        ("Core, RemoteTrigger", "core,remotetrigger", True),
        (" 5", "5", True),
        ("5", "6", False),
        ("", "0", False),
        ("a,b", "b,a", False),
    ],
)
async def test_spellings_of_one_value(one, other, same):
    assert same_value(one, other) is same
