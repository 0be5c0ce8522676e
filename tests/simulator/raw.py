"""A simulated station and a central system that is nothing but JSON: no code of ours at its end of the link.

Whatever the station says is judged by the official schemas of the `ocpp` package; answers are made from them.
"""

import itertools
import json
import random
from datetime import timedelta

from tests.ocpp.samples import message_of, small_sample
from tests.simulator.pair import START

from chargewright.ocpp.catalog import Version
from chargewright.simulator.dialect_v2 import DialectV2
from chargewright.simulator.dialect_v16 import DialectV16
from chargewright.simulator.link import Counters, StationLink
from chargewright.simulator.scenario import StationSpec
from chargewright.simulator.station import Measured, Station
from chargewright.simulator.transfer import Outcome

NOW = START.isoformat().replace("+00:00", "Z")


class Raw:
    """`said` holds (action, payload) of all calls and sends of the station; `answers` what it is answered, by action.

    `files` are what the network gives (URL: bytes); what is handed over is put there. A `slow` network carries nothing
    until it is not slow any more.
    """

    def __init__(self, version, **spec):
        self.register_wh, self.currents_a = 1_234_567.8, (0.0, 0.0, 0.0)
        self.exported_wh, self.soc = 0.0, None
        station = Station(
            StationSpec("CP1", version=version, **spec),
            lambda _: Measured(self.register_wh, self.currents_a, self.exported_wh, self.soc),
            random.Random(1),
        )
        dialect = DialectV16(station) if Version(version).is_16 else DialectV2(station)
        ids = itertools.count()
        self._begin(StationLink(station, dialect, lambda: f"s{next(ids)}", Counters()))

    @classmethod
    def beside(cls, link):
        """At a link that is there already, such as one of a world."""
        raw = cls.__new__(cls)
        raw._begin(link)
        return raw

    def _begin(self, link):
        self.link, self.station = link, link.station
        self.version = Version(link.station.spec.version)
        self.now = START
        self.orders = itertools.count()
        self.transaction_ids = itertools.count(700)
        self.said = []
        self.files = {}
        self.slow = False
        self.answers = {"BootNotification": {"status": "Accepted", "currentTime": NOW, "interval": 300}}
        good = (
            {"idTagInfo": {"status": "Accepted"}}
            if self.version.is_16
            else {"idTokenInfo": {"status": "Accepted"}}
        )
        self.answers |= {"Authorize": good, "TransactionEvent": good, "StartTransaction": good}
        self.connected = False

    @property
    def now_s(self):
        return (self.now - START).total_seconds()

    def connect(self):
        self.link.connected(self.now)
        self.connected = True
        self.run()

    def cut(self):
        self.link.disconnected(self.now)
        self.connected = False

    def order(self, action, payload=None, /, **fields):
        """Send an order; its answer's payload, or the code of the error."""
        message_id = f"o{next(self.orders)}"
        text = json.dumps([2, message_id, action, payload if payload is not None else fields])
        self.link.receive(text.encode(), self.now, self.now_s)
        frames = [f for f in self.run() if f[0] in {3, 4} and f[1] == message_id]
        assert len(frames) == 1, f"{action}: {frames}"
        (frame,) = frames
        if frame[0] == 4:
            return frame[2]
        assert message_of(self.version, action, is_request=False).is_valid(frame[2]), (action, frame[2])
        return frame[2]

    def run(self):
        """Let it say what it has to; returns the frames, those of files and answers included."""
        frames = []
        while self.connected:
            self.station.pilot_a(1, self.now)
            texts = [json.loads(text) for text in self.link.texts_to_send(self.now, self.now_s)]
            for frame in texts:
                frames.append(frame)
                if frame[0] in {2, 6}:
                    self._heard(frame)
            carried = self._carry()
            if not texts and not carried:
                return frames
        self._carry()
        return frames

    def _heard(self, frame):
        kind, message_id, action, payload = frame
        message = message_of(self.version, action)
        assert message.is_valid(payload), (action, payload)
        self.said.append((action, payload))
        if kind == 6:
            return
        answer = self.answers.get(action)
        answer = answer(payload) if callable(answer) else answer
        if answer is None:
            answer = small_sample(message_of(self.version, action, is_request=False))
        if action == "StartTransaction":
            answer = {"transactionId": next(self.transaction_ids), **answer}
        self.link.receive(json.dumps([3, message_id, answer]).encode(), self.now, self.now_s)

    def _carry(self):
        if self.slow:
            return False
        transfers, self.station.transfers = self.station.transfers, []
        for transfer in transfers:
            outcome = Outcome(done=True)
            if transfer.kind == "fetch":
                body = self.files.get(transfer.url)
                outcome = (
                    Outcome(done=False, why="not there") if body is None else Outcome(done=True, body=body)
                )
            elif transfer.kind == "hand over":
                if transfer.url.startswith("http"):
                    self.files[transfer.url] = transfer.body
                else:
                    outcome = Outcome(done=False, why="only HTTP")
            elif transfer.kind == "offer":
                outcome = Outcome(done=True, url=f"http://cp1/{transfer.url}")
            transfer.finished(outcome, self.now)
        return bool(transfers)

    def wait(self, seconds):
        """Let time pass, a second at a time. A station that starts anew comes back by itself."""
        for _ in range(int(seconds)):
            self.now += timedelta(seconds=1)
            self.link.tick(self.now, self.now_s)
            self.link.start_anew_if_due(self.now)
            if self.connected and not self.station.wants_link(self.now):
                self.cut()
            elif not self.connected and self.station.wants_link(self.now):
                self.connect()
            self.run()

    def all(self, action):
        return [payload for name, payload in self.said if name == action]

    def actions(self):
        return [action for action, _ in self.said]

    def forget(self):
        self.said.clear()

    def at(self, seconds):
        """A moment so many seconds from now, as OCPP writes it."""
        return (self.now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
