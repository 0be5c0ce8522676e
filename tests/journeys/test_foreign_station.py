"""A charge point written with the `ocpp` package completes boot, authorize, start, meter values and stop against us,
and takes a charging profile from us."""

import asyncio
from datetime import UTC, datetime

import pytest
import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from tests.journeys.central import TOKEN, central_system, url
from tests.patience import PATIENCE_S

from chargewright.domain.installation import ProfileState
from chargewright.domain.transaction import TransactionState
from chargewright.ids import StationId


def now() -> str:
    return datetime.now(UTC).isoformat()


class Station16(ChargePoint16):
    def __init__(self, connection):
        super().__init__("CP1", connection)
        self.profiles = []
        self.got_lease = asyncio.Event()

    @on("GetConfiguration")
    def configuration(self, key=None):
        known = {"ChargingScheduleAllowedChargingRateUnit": "Current", "ChargingScheduleMaxPeriods": "6"}
        keys = [{"key": k, "readonly": True, "value": known[k]} for k in key or known if k in known]
        return result16.GetConfiguration(
            configuration_key=keys, unknown_key=[k for k in key or () if k not in known]
        )

    @on("SetChargingProfile")
    def profile(self, connector_id, cs_charging_profiles):
        self.profiles.append((connector_id, cs_charging_profiles))
        if cs_charging_profiles["charging_profile_purpose"] == "TxProfile":
            self.got_lease.set()
        return result16.SetChargingProfile(status="Accepted")

    @on("GetCompositeSchedule")
    def composite(self, connector_id, duration, charging_rate_unit=None):
        return result16.GetCompositeSchedule(status="Rejected")


class Station201(ChargePoint201):
    def __init__(self, connection):
        super().__init__("CP2", connection)
        self.profiles = []
        self.got_lease = asyncio.Event()

    @on("GetVariables")
    def variables(self, get_variable_data):
        answers = [
            {"attribute_status": "UnknownVariable", "component": d["component"], "variable": d["variable"]}
            for d in get_variable_data
        ]
        return result201.GetVariables(get_variable_result=answers)

    @on("SetChargingProfile")
    def profile(self, evse_id, charging_profile):
        self.profiles.append((evse_id, charging_profile))
        if charging_profile["charging_profile_purpose"] == "TxProfile":
            self.got_lease.set()
        return result201.SetChargingProfile(status="Accepted")

    @on("GetCompositeSchedule")
    def composite(self, duration, evse_id, **_):
        return result201.GetCompositeSchedule(status="Rejected")


async def test_a_charge_point_of_the_ocpp_package_in_1_6():
    async with central_system("CP1") as central:
        async with websockets.connect(url(central, "CP1"), subprotocols=["ocpp1.6"]) as connection:
            station = Station16(connection)
            listening = asyncio.create_task(station.start())
            boot = await station.call(
                call16.BootNotification(charge_point_model="m", charge_point_vendor="v")
            )
            assert boot.status == "Accepted"
            await station.call(
                call16.StatusNotification(connector_id=1, error_code="NoError", status="Preparing")
            )
            assert (await station.call(call16.Authorize(id_tag=TOKEN))).id_tag_info["status"] == "Accepted"
            assert (await station.call(call16.Authorize(id_tag="nobody"))).id_tag_info["status"] == "Invalid"
            start = call16.StartTransaction(connector_id=1, id_tag=TOKEN, meter_start=1000, timestamp=now())
            started = await station.call(start)
            assert started.id_tag_info["status"] == "Accepted"
            again = await station.call(start)
            assert again.transaction_id == started.transaction_id, "a repeated start is the same transaction"
            value = {"timestamp": now(), "sampled_value": [{"value": "1500", "unit": "Wh"}]}
            await station.call(
                call16.MeterValues(connector_id=1, transaction_id=started.transaction_id, meter_value=[value])
            )
            async with asyncio.timeout(PATIENCE_S):
                await station.got_lease.wait()
            connector_id, lease = station.profiles[-1]
            assert connector_id == 1
            assert lease["transaction_id"] == started.transaction_id
            assert lease["charging_schedule"]["charging_rate_unit"] == "A"
            assert 6 <= lease["charging_schedule"]["charging_schedule_period"][0]["limit"] <= 20
            await station.call(
                call16.StopTransaction(
                    meter_stop=9000, timestamp=now(), transaction_id=started.transaction_id
                )
            )
            listening.cancel()
        record = await central.store.read(lambda records: records.transactions()[0])
        assert record.state is TransactionState.ENDED
        assert record.energy_wh == 8000
        kept = await central.store.read(lambda records: records.readings(transaction_id=record.id))
        assert [r.samples[0].value for r in kept] == [1500.0]
        entries = await central.store.read(lambda records: records.profile_history(StationId("CP1")))
        assert {e.state for e in entries} <= {
            ProfileState.ACCEPTED,
            ProfileState.SUPERSEDED,
            ProfileState.ENDED,
        }
        assert all("metered current decides" in e.reason for e in entries if e.accepted)


async def test_a_charge_point_of_the_ocpp_package_in_2_0_1():
    async with central_system("CP2") as central:
        async with websockets.connect(url(central, "CP2"), subprotocols=["ocpp2.0.1"]) as connection:
            station = Station201(connection)
            listening = asyncio.create_task(station.start())
            boot = await station.call(
                call201.BootNotification(
                    charging_station={"model": "m", "vendor_name": "v"}, reason="PowerUp"
                )
            )
            assert boot.status == "Accepted"
            token = {"id_token": TOKEN, "type": "ISO14443"}
            assert (await station.call(call201.Authorize(id_token=token))).id_token_info[
                "status"
            ] == "Accepted"

            def event(kind, number, trigger, energy, **more):
                values = [{"timestamp": now(), "sampled_value": [{"value": energy}]}]
                return call201.TransactionEvent(
                    event_type=kind,
                    timestamp=now(),
                    trigger_reason=trigger,
                    seq_no=number,
                    transaction_info={"transaction_id": "tx-1", **more},
                    evse={"id": 1, "connector_id": 1},
                    id_token=token if kind == "Started" else None,
                    meter_value=values,
                )

            started = await station.call(event("Started", 0, "Authorized", 1000.0, charging_state="Charging"))
            assert started.id_token_info["status"] == "Accepted"
            await station.call(event("Updated", 1, "MeterValuePeriodic", 1500.0))
            async with asyncio.timeout(PATIENCE_S):
                await station.got_lease.wait()
            evse_id, lease = station.profiles[-1]
            assert (evse_id, lease["transaction_id"]) == (1, "tx-1")
            await station.call(event("Ended", 2, "StopAuthorized", 9000.0, stopped_reason="Local"))
            listening.cancel()
        record = await central.store.read(lambda records: records.transactions()[0])
        assert (record.state, record.wire_id, record.energy_wh) == (TransactionState.ENDED, "tx-1", 8000)


async def in_service(provisioning) -> None:
    """Return when the station's base profile is confirmed; nothing announces it, so it is looked at."""
    async with asyncio.timeout(PATIENCE_S):
        while provisioning.require(StationId("CP1")).commissioned_at is None:  # noqa: ASYNC110  # see above
            await asyncio.sleep(0.01)


async def test_profiles_sent_by_hand_make_a_station_count_at_its_rating_until_it_is_in_service_again():
    async with (
        central_system("CP1") as central,
        websockets.connect(url(central, "CP1"), subprotocols=["ocpp1.6"]) as connection,
    ):
        station = Station16(connection)
        listening = asyncio.create_task(station.start())
        await station.call(call16.BootNotification(charge_point_model="m", charge_point_vendor="v"))
        provisioning = central.services.provisioning

        await in_service(provisioning)
        (control,) = central.sites.all()
        (exposure,) = control.exposures().values()
        assert exposure.floor_tenths == control.base_tenths[next(iter(control.base_tenths))]
        await central.sites.profiles_touched(StationId("CP1"))
        (exposure,) = control.exposures().values()
        assert exposure.floor_tenths == 320, "nobody knows what it holds"
        bases = len(station.profiles)
        await in_service(provisioning)
        assert len(station.profiles) > bases
        assert station.profiles[-1][1]["charging_profile_purpose"] == "TxDefaultProfile"
        listening.cancel()


@pytest.mark.parametrize("offered", [["ocpp0.1"], []])
async def test_no_common_subprotocol_is_refused(offered):
    async with central_system("CP1", site=False) as central:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(url(central, "CP1"), subprotocols=offered or None)
        assert refused.value.response.status_code == 400
