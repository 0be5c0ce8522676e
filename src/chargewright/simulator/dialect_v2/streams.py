"""Periodic event streams: the values of a periodic monitor, gathered and sent without an answer (2.1 part 2, N11 to N15)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.agenda import Appointment
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["Streams"]

INTERVAL_S = 60
"""How often what was gathered is sent, where nobody says."""


@dataclass(slots=True)
class _Stream:
    id: int
    monitor_id: int
    params: v21.PeriodicEventStreamParams
    open: bool = False
    gathered: list[tuple[datetime, str]] = field(default_factory=list)
    sends: Appointment | None = None


class Streams:
    """The streams of one station; a stream and its monitor live and die together."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._streams: dict[int, _Stream] = {}
        self._numbers = 0

    def handlers_21(self) -> Handlers:
        return {"AdjustPeriodicEventStream": self._adjust, "GetPeriodicEventStream": self._get}

    def offer(self, monitor_id: int, params: v21.PeriodicEventStreamParams | None, at: datetime) -> None:
        """Open a stream for a monitor if it was asked for one; until it is accepted, events are told (N11)."""
        self.close_of(monitor_id)
        if params is None or self._station.spec.version != "ocpp2.1":
            return
        self._numbers += 1
        stream = self._streams[self._numbers] = _Stream(self._numbers, monitor_id, params)

        def answered(answer: Struct | None, then: datetime) -> None:
            accepted = isinstance(answer, v21.OpenPeriodicEventStreamResponse) and answer.status == "Accepted"
            if not accepted:
                self._streams.pop(stream.id, None)
            elif stream.id in self._streams:
                stream.open = True
                self._plan(stream, then)

        request = v21.OpenPeriodicEventStreamRequest(constant_stream_data=_constant(stream))
        self._station.outbox.put(Worded("OpenPeriodicEventStream", request, answered))
        self._station.log.note(at, "opens a stream", str(stream.id))

    def take(self, monitor_id: int, value: str, at: datetime) -> bool:
        """Gather a value; False where no open stream takes what this monitor sees."""
        stream = self._of(monitor_id)
        if stream is None or not stream.open:
            return False
        stream.gathered.append((self._station.clock(at), value))
        wanted = stream.params.values
        if wanted is not None and len(stream.gathered) >= wanted:
            self._send(stream)
        return True

    def close_of(self, monitor_id: int) -> None:
        """Close the stream of a monitor that is no more (N15)."""
        stream = self._of(monitor_id)
        if stream is None:
            return
        del self._streams[stream.id]
        if stream.sends is not None:
            stream.sends.cancelled = True
        if stream.open:
            self._send(stream)
            request = v21.ClosePeriodicEventStreamRequest(id=stream.id)
            self._station.outbox.put(Worded("ClosePeriodicEventStream", request))

    def _of(self, monitor_id: int) -> _Stream | None:
        return next((s for s in self._streams.values() if s.monitor_id == monitor_id), None)

    def _get(self, _request: v21.GetPeriodicEventStreamRequest, _at: datetime) -> Struct:
        found = [_constant(stream) for stream in self._streams.values() if stream.open]
        return v21.GetPeriodicEventStreamResponse(constant_stream_data=found or None)

    def _adjust(self, request: v21.AdjustPeriodicEventStreamRequest, at: datetime) -> Struct:
        stream = self._streams.get(request.id)
        if stream is None or not stream.open:
            return v21.AdjustPeriodicEventStreamResponse(status="Rejected")
        stream.params = request.params
        self._plan(stream, at)
        return v21.AdjustPeriodicEventStreamResponse(status="Accepted")

    # --- sending ---------------------------------------------------------------------------------------------------

    def _plan(self, stream: _Stream, at: datetime) -> None:
        if stream.sends is not None:
            stream.sends.cancelled = True
        interval_s = stream.params.interval
        if interval_s is None:
            interval_s = 0 if stream.params.values else INTERVAL_S
        if interval_s > 0:
            again = self._again(stream, interval_s)
            stream.sends = self._station.agenda.plan(later(at, interval_s), again)

    def _again(self, stream: _Stream, interval_s: int) -> Callable[[datetime], None]:
        def again(at: datetime) -> None:
            self._send(stream)
            stream.sends = self._station.agenda.plan(later(at, interval_s), again)

        return again

    def _send(self, stream: _Stream) -> None:
        gathered, stream.gathered = stream.gathered, []
        if not gathered:
            return
        begun = gathered[0][0]
        told = v21.NotifyPeriodicEventStreamRequest(
            id=stream.id,
            pending=0,
            basetime=begun,
            data=[
                v21.StreamDataElement(t=(when - begun).total_seconds(), v=value) for when, value in gathered
            ],
        )
        self._station.outbox.put(Worded("NotifyPeriodicEventStream", told))


def _constant(stream: _Stream) -> v21.ConstantStreamData:
    return v21.ConstantStreamData(
        id=stream.id, params=stream.params, variable_monitoring_id=stream.monitor_id
    )
