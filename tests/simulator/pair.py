"""A simulated station and a central system's end of the link, in memory: texts go from one to the other."""

import itertools
import random
from datetime import UTC, datetime, timedelta

from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.peer import CallAnswered, CallFailed, CallReceived, Peer
from chargewright.simulator.dialect_v2 import DialectV2
from chargewright.simulator.dialect_v16 import DialectV16
from chargewright.simulator.ev import Car
from chargewright.simulator.link import Counters, StationLink
from chargewright.simulator.scenario import Arrival, StationSpec
from chargewright.simulator.station import Measured, Station

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


class Pair:
    """`said` keeps (action, request) of all that the station said, `answers` decides what it is told."""

    def __init__(self, version="ocpp1.6", **spec):
        self.version = Version(version)
        self.now = START
        self.register_wh, self.currents_a = 1_234_567.8, (0.0, 0.0, 0.0)
        self.station = Station(
            StationSpec("CP1", version=version, **spec),
            lambda _: Measured(self.register_wh, self.currents_a),
            random.Random(1),
        )
        dialect = DialectV16(self.station) if version == "ocpp1.6" else DialectV2(self.station)
        ids = itertools.count()
        self.link = StationLink(self.station, dialect, lambda: f"s{next(ids)}", Counters())
        self.ids = itertools.count()
        self.said = []
        self.silent = False
        self.refuse = {}
        self.token_status = "Accepted"
        self.boot_status = "Accepted"
        self.transaction_ids = itertools.count(700)
        self.central = None

    # --- the link

    def connect(self):
        self.central = Peer(version=self.version, side="csms", message_ids=lambda: f"c{next(self.ids)}")
        self.link.connected(self.now)
        self.run()

    def cut(self):
        self.central = None
        self.link.disconnected(self.now)

    @property
    def now_s(self):
        return (self.now - START).total_seconds()

    def run(self):
        """Carry texts to and fro until nobody has any."""
        outcomes = []
        while self.central is not None:
            self.station.pilot_a(1, self.now)  # as physics asks each second
            texts = self.link.texts_to_send(self.now, self.now_s)
            for text in texts:
                self.central.receive_text(text, self.now_s)
            for event in self.central.events_received():
                if isinstance(event, CallReceived):
                    self._take(event)
                else:
                    outcomes.append(event)
            back = self.central.texts_to_send()
            for text in back:
                self.link.receive(text, self.now, self.now_s)
            if not texts and not back:
                return outcomes
        return outcomes

    def wait(self, seconds):
        """Let time pass, a second at a time."""
        outcomes = []
        for _ in range(int(seconds)):
            self.now += timedelta(seconds=1)
            self.link.tick(self.now, self.now_s)
            self.link.start_anew_if_due(self.now)
            outcomes += self.run()
        return outcomes

    # --- the central system's side

    def _take(self, call):
        self.said.append((call.action, call.request))
        if self.silent:
            return
        if self.refuse.get(call.action, 0) > 0:
            self.refuse[call.action] -= 1
            from chargewright.ocpp.codes import Code

            self.central.answer_error(call.message_id, Code.INTERNAL_ERROR, "")
            return
        response = catalog(self.version)[call.action].response
        self.central.answer(call.message_id, response(**self._answer(call)))

    def _answer(self, call):
        messages = catalog(self.version)
        info_16 = lambda: messages_of(messages, "IdTagInfo")(status=self.token_status)  # noqa: E731
        info_2 = lambda: messages_of(messages, "IdTokenInfo")(status=self.token_status)  # noqa: E731
        match call.action:
            case "BootNotification":
                return {"status": self.boot_status, "current_time": self.now, "interval": 300}
            case "Heartbeat":
                return {"current_time": self.now}
            case "Authorize":
                return {"id_tag_info": info_16()} if self.version.is_16 else {"id_token_info": info_2()}
            case "StartTransaction":
                return {"id_tag_info": info_16(), "transaction_id": next(self.transaction_ids)}
            case "TransactionEvent":
                return {} if call.request.id_token is None else {"id_token_info": info_2()}
            case "NotifyEVChargingNeeds":
                return {"status": "Accepted"}
            case _:
                return {}

    def order(self, action, **payload):
        """Send an order; the answer's payload, or the failure."""
        self.central.call(action, catalog(self.version)[action].request(**payload), self.now_s)
        for event in self.run():
            if isinstance(event, (CallAnswered, CallFailed)):
                return event.response if isinstance(event, CallAnswered) else event
        return None

    def message(self, name):
        """A type of this version, by name."""
        return messages_of(catalog(self.version), name)

    # --- what was said

    def actions(self):
        return [action for action, _ in self.said]

    def all(self, action):
        return [request for name, request in self.said if name == action]

    def forget(self):
        self.said.clear()


def messages_of(messages, name):
    import sys

    module = sys.modules[messages["Heartbeat"].request.__module__]
    return getattr(module, name)


def arrival(*, token="T1", hours=8.0, energy_wh=10_000.0, **car):
    departure = START + timedelta(hours=hours)
    return Arrival("CP1", 1, START, departure, energy_wh, token, Car(**car), departure, energy_wh)
