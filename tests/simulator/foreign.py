"""A central system that is not ours: the `ocpp` package behind the `websockets` package.

It accepts everybody, and on each start of a transaction installs one TxProfile and asks for the composite schedule.
"""

import asyncio
import contextlib
import itertools
import logging

import websockets
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call_16
from ocpp.v16 import call_result as result_16
from ocpp.v21 import ChargePoint as ChargePoint21
from ocpp.v21 import call as call_21
from ocpp.v21 import call_result as result_21
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call_201
from ocpp.v201 import call_result as result_201


class Book:
    """What the central system saw, and what it was answered."""

    def __init__(self, clock, limit_a):
        self.clock, self.limit_a = clock, limit_a
        self.seen = []
        self.outcomes = {}
        self.ids = itertools.count(100)
        self.busy = 0

    def saw(self, station, action, payload):
        self.seen.append((station, action, payload))

    def of(self, station, action):
        return [payload for name, what, payload in self.seen if (name, what) == (station, action)]

    def now(self):
        return self.clock.now().isoformat().replace("+00:00", "Z")

    def schedule(self):
        return {
            "charging_rate_unit": "A",
            "start_schedule": self.now(),
            "charging_schedule_period": [{"start_period": 0, "limit": self.limit_a}],
        }


class Central16(ChargePoint16):
    book = None

    @on("BootNotification")
    def on_boot(self, **payload):
        self.book.saw(self.id, "BootNotification", payload)
        return result_16.BootNotification(current_time=self.book.now(), interval=300, status="Accepted")

    @on("StatusNotification")
    def on_status(self, **payload):
        self.book.saw(self.id, "StatusNotification", payload)
        return result_16.StatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self):
        self.book.saw(self.id, "Heartbeat", {})
        return result_16.Heartbeat(current_time=self.book.now())

    @on("Authorize")
    def on_authorize(self, **payload):
        self.book.saw(self.id, "Authorize", payload)
        return result_16.Authorize(id_tag_info={"status": "Accepted"})

    @on("MeterValues")
    def on_meter(self, **payload):
        self.book.saw(self.id, "MeterValues", payload)
        return result_16.MeterValues()

    @on("StopTransaction")
    def on_stop(self, **payload):
        self.book.saw(self.id, "StopTransaction", payload)
        return result_16.StopTransaction()

    @on("StartTransaction")
    def on_start(self, **payload):
        self.book.saw(self.id, "StartTransaction", payload)
        self.transaction_id = next(self.book.ids)
        self.book.busy += 1
        return result_16.StartTransaction(
            transaction_id=self.transaction_id, id_tag_info={"status": "Accepted"}
        )

    @after("StartTransaction")
    async def after_start(self, **payload):
        profile = {
            "charging_profile_id": 1,
            "transaction_id": self.transaction_id,
            "stack_level": 0,
            "charging_profile_purpose": "TxProfile",
            "charging_profile_kind": "Absolute",
            "charging_schedule": self.book.schedule(),
        }
        taken = await self.call(call_16.SetChargingProfile(connector_id=1, cs_charging_profiles=profile))
        told = await self.call(call_16.GetCompositeSchedule(connector_id=1, duration=3600))
        self.book.outcomes[self.id] = (taken.status, told.charging_schedule["charging_schedule_period"])
        self.book.busy -= 1


class Central201(ChargePoint201):
    book = None

    @on("BootNotification")
    def on_boot(self, **payload):
        self.book.saw(self.id, "BootNotification", payload)
        return result_201.BootNotification(current_time=self.book.now(), interval=300, status="Accepted")

    @on("StatusNotification")
    def on_status(self, **payload):
        self.book.saw(self.id, "StatusNotification", payload)
        return result_201.StatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self, **payload):
        self.book.saw(self.id, "Heartbeat", payload)
        return result_201.Heartbeat(current_time=self.book.now())

    @on("Authorize")
    def on_authorize(self, **payload):
        self.book.saw(self.id, "Authorize", payload)
        return result_201.Authorize(id_token_info={"status": "Accepted"})

    @on("NotifyEVChargingNeeds")
    def on_needs(self, **payload):
        self.book.saw(self.id, "NotifyEVChargingNeeds", payload)
        return result_201.NotifyEVChargingNeeds(status="Accepted")

    @on("TransactionEvent")
    def on_transaction(self, **payload):
        self.book.saw(self.id, "TransactionEvent", payload)
        if payload["event_type"] != "Started":
            return result_201.TransactionEvent()
        self.book.busy += 1
        return result_201.TransactionEvent(id_token_info={"status": "Accepted"})

    @after("TransactionEvent")
    async def after_start(self, **payload):
        if payload["event_type"] != "Started":
            return
        profile = {
            "id": 1,
            "transaction_id": payload["transaction_info"]["transaction_id"],
            "stack_level": 0,
            "charging_profile_purpose": "TxProfile",
            "charging_profile_kind": "Absolute",
            "charging_schedule": [{"id": 1, **self.book.schedule()}],
        }
        taken = await self.call(call_201.SetChargingProfile(evse_id=1, charging_profile=profile))
        told = await self.call(call_201.GetCompositeSchedule(evse_id=1, duration=3600))
        self.book.outcomes[self.id] = (taken.status, told.schedule["charging_schedule_period"])
        self.book.busy -= 1


class Central21(ChargePoint21):
    book = None

    @on("BootNotification")
    def on_boot(self, **payload):
        self.book.saw(self.id, "BootNotification", payload)
        return result_21.BootNotification(current_time=self.book.now(), interval=300, status="Accepted")

    @on("StatusNotification")
    def on_status(self, **payload):
        self.book.saw(self.id, "StatusNotification", payload)
        return result_21.StatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self, **payload):
        self.book.saw(self.id, "Heartbeat", payload)
        return result_21.Heartbeat(current_time=self.book.now())

    @on("Authorize")
    def on_authorize(self, **payload):
        self.book.saw(self.id, "Authorize", payload)
        return result_21.Authorize(id_token_info={"status": "Accepted"})

    @on("PullDynamicScheduleUpdate")
    def on_pull(self, **payload):
        self.book.saw(self.id, "PullDynamicScheduleUpdate", payload)
        return result_21.PullDynamicScheduleUpdate(
            status="Accepted", schedule_update={"limit": self.book.limit_a - 1}
        )

    @on("TransactionEvent")
    def on_transaction(self, **payload):
        self.book.saw(self.id, "TransactionEvent", payload)
        if payload["event_type"] != "Started":
            return result_21.TransactionEvent()
        self.book.busy += 1
        return result_21.TransactionEvent(id_token_info={"status": "Accepted"})

    @after("TransactionEvent")
    async def after_start(self, **payload):
        if payload["event_type"] != "Started":
            return
        schedule = {
            "id": 1,
            "charging_rate_unit": "A",
            "charging_schedule_period": [{"start_period": 0, "limit": self.book.limit_a}],
        }
        profile = {
            "id": 1,
            "transaction_id": payload["transaction_info"]["transaction_id"],
            "stack_level": 0,
            "charging_profile_purpose": "TxProfile",
            "charging_profile_kind": "Dynamic",
            "dyn_update_interval": 600,
            "charging_schedule": [schedule],
        }
        taken = await self.call(call_21.SetChargingProfile(evse_id=1, charging_profile=profile))
        told = await self.call(call_21.GetCompositeSchedule(evse_id=1, duration=3600))
        self.book.outcomes[self.id] = (taken.status, told.schedule["charging_schedule_period"])
        self.book.busy -= 1


@contextlib.asynccontextmanager
async def foreign_central_system(clock, *, limit_a=10.0):
    """Yields (url, book)."""
    book = Book(clock, limit_a)
    kinds = {"ocpp1.6": Central16, "ocpp2.0.1": Central201, "ocpp2.1": Central21}
    logging.getLogger("ocpp").setLevel(logging.CRITICAL)

    async def serve(connection):
        kind = kinds[connection.subprotocol]
        station = kind(connection.request.path.rsplit("/", 1)[-1], connection)
        station.book = book
        with contextlib.suppress(websockets.ConnectionClosed):
            await station.start()

    async with websockets.serve(
        serve, "127.0.0.1", 0, subprotocols=list(kinds), ping_interval=None, compression=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/ocpp", book
        await asyncio.sleep(0)
