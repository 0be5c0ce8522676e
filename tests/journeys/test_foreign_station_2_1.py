"""A charging station written with the `ocpp` package in 2.1: charges by plan, pulls and is pushed a dynamic profile,
charges first, holds a DER control, streams values, pays."""

import asyncio
from datetime import UTC, datetime

import websockets
from ocpp.routing import on
from ocpp.v21 import ChargePoint, call, call_result
from tests.journeys.central import TOKEN, central_system, url
from tests.patience import PATIENCE_S

from chargewright.charging.profile import Purpose, RateUnit
from chargewright.csms.dynamic_profiles import DynamicWish
from chargewright.domain.dynamic_profile import DynamicValues
from chargewright.domain.transaction import TransactionState
from chargewright.ids import EvseId, StationId

STATION = StationId("CS21")


def now() -> str:
    return datetime.now(UTC).isoformat()


class Station21(ChargePoint):
    def __init__(self, connection):
        super().__init__(STATION, connection)
        self.profiles = []
        self.updates = []
        self.controls = []
        self.got_lease = asyncio.Event()

    @on("GetVariables")
    def variables(self, get_variable_data, **_):
        answers = [
            {"attribute_status": "UnknownVariable", "component": d["component"], "variable": d["variable"]}
            for d in get_variable_data
        ]
        return call_result.GetVariables(get_variable_result=answers)

    @on("SetChargingProfile")
    def profile(self, evse_id, charging_profile, **_):
        self.profiles.append((evse_id, charging_profile))
        if charging_profile["charging_profile_purpose"] == "TxProfile":
            self.got_lease.set()
        return call_result.SetChargingProfile(status="Accepted")

    @on("GetCompositeSchedule")
    def composite(self, duration, evse_id, **_):
        return call_result.GetCompositeSchedule(status="Rejected")

    @on("UpdateDynamicSchedule")
    def update(self, charging_profile_id, schedule_update, **_):
        self.updates.append((charging_profile_id, schedule_update))
        return call_result.UpdateDynamicSchedule(status="Accepted")

    @on("UsePriorityCharging")
    def priority(self, transaction_id, activate, **_):
        return call_result.UsePriorityCharging(status="NoProfile")

    @on("SetDERControl")
    def der(self, control_id, **more):
        self.controls.append((control_id, more))
        return call_result.SetDERControl(status="Accepted")


def event(kind: str, number: int, trigger: str, energy: float, **more):
    more.setdefault("transaction_info", {"transaction_id": "tx-21"})
    return call.TransactionEvent(
        event_type=kind,
        timestamp=now(),
        trigger_reason=trigger,
        seq_no=number,
        evse={"id": 1, "connector_id": 1},
        meter_value=[{"timestamp": now(), "sampled_value": [{"value": energy}]}],
        **more,
    )


async def test_a_charging_station_of_the_ocpp_package_in_2_1():
    async with central_system(STATION) as central:
        async with websockets.connect(url(central, STATION), subprotocols=["ocpp2.1"]) as connection:
            station = Station21(connection)
            listening = asyncio.create_task(station.start())
            boot = await station.call(
                call.BootNotification(charging_station={"model": "m", "vendor_name": "v"}, reason="PowerUp")
            )
            assert boot.status == "Accepted"
            token = {"id_token": TOKEN, "type": "ISO14443"}
            authorized = await station.call(call.Authorize(id_token=token))
            assert authorized.id_token_info["status"] == "Accepted"
            started = await station.call(
                event(
                    "Started",
                    0,
                    "Authorized",
                    1000.0,
                    id_token=token,
                    transaction_info={"transaction_id": "tx-21", "charging_state": "Charging"},
                )
            )
            assert started.id_token_info["status"] == "Accepted"
            async with asyncio.timeout(PATIENCE_S):
                await station.got_lease.wait()
            evse_id, lease = station.profiles[-1]
            assert (evse_id, lease["transaction_id"]) == (1, "tx-21")
            await dynamic(central, station)
            await others(central, station)
            ended = event(
                "Ended",
                1,
                "StopAuthorized",
                9000.0,
                transaction_info={"transaction_id": "tx-21", "stopped_reason": "Local"},
            )
            await station.call(ended)
            listening.cancel()
        record = await central.store.read(lambda records: records.transactions()[0])
        assert (record.state, record.wire_id, record.energy_wh) == (TransactionState.ENDED, "tx-21", 8000)


async def dynamic(central, station: Station21) -> None:
    """A dynamic profile: installed, pushed, pulled."""
    profiles = central.additions.dynamic_profiles
    wish = DynamicWish(
        EvseId(1),
        Purpose.TX_DEFAULT,
        RateUnit.A,
        DynamicValues(limit_tenths=160),
        stack_level=5,
        interval_s=60,
    )
    kept, answer = await profiles.install(STATION, wish)
    assert answer.accepted
    installed = next(p for _, p in station.profiles if p["id"] == kept.id)
    assert (installed["charging_profile_kind"], installed["dyn_update_interval"]) == ("Dynamic", 60)
    _, answer = await profiles.update(STATION, kept.id, DynamicValues(limit_tenths=95))
    assert answer.accepted
    assert station.updates == [(kept.id, {"limit": 9.5})]
    pulled = await station.call(call.PullDynamicScheduleUpdate(charging_profile_id=kept.id))
    assert (pulled.status, pulled.schedule_update) == ("Accepted", {"limit": 9.5})
    unknown = await station.call(call.PullDynamicScheduleUpdate(charging_profile_id=1))
    assert unknown.status == "Rejected"


async def others(central, station: Station21) -> None:
    """Priority charging, a DER control and its start, a stream, a settlement, a VAT number."""
    added = central.additions
    answer = await added.priority_charging.use(STATION, "tx-21", is_active=True)
    assert answer.status == "NoProfile"
    await station.call(call.NotifyPriorityCharging(transaction_id="tx-21", activated=False))
    setting = {"priority": 0, "displacement": 0.9, "excitation": True}
    control_id, outcome = await added.der_controls.set(STATION, "FixedPFInject", setting, is_default=True)
    assert outcome.status == "Accepted"
    assert station.controls[0][0] == control_id
    await station.call(call.NotifyDERStartStop(control_id=control_id, started=True, timestamp=now()))
    (control,) = await added.der_controls.all(STATION)
    assert (control.type, control.started) == ("FixedPFInject", True)
    stream = {"id": 1, "variable_monitoring_id": 3, "params": {"interval": 5}}
    opened = await station.call(call.OpenPeriodicEventStream(constant_stream_data=stream))
    assert opened.status == "Accepted"
    settled = call.NotifySettlement(
        psp_ref="p1", status="Settled", settlement_amount=4.2, settlement_time=now()
    )
    await station.call(settled)
    (settlement,) = await added.payments.settlements(STATION)
    assert settlement.told.amount == 4.2
    checked = await station.call(call.VatNumberValidation(vat_number="NL000"))
    assert (checked.status, checked.vat_number) == ("Rejected", "NL000")
