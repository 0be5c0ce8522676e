"""OCPP 2.1 <-> domain: periodic event streams (N11 to N15)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from chargewright.clock import as_utc
from chargewright.domain import event_stream
from chargewright.errors import RemoteProtocolError
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import answered, status_info

__all__ = ["ANSWERS", "COMMANDS", "OUTCOMES", "REQUESTS"]


def _described(wire: Any) -> event_stream.StreamDescription:
    return event_stream.StreamDescription(
        wire.id, wire.variable_monitoring_id, wire.params.interval, wire.params.values
    )


def _opened(wire: Any) -> event_stream.StreamOpened:
    return event_stream.StreamOpened(_described(wire.constant_stream_data))


def _closed(wire: Any) -> event_stream.StreamClosed:
    return event_stream.StreamClosed(wire.id)


def _told(wire: Any) -> event_stream.StreamValues:
    base = as_utc(wire.basetime)
    try:
        values = tuple((base + timedelta(seconds=one.t), one.v) for one in wire.data)
    except (OverflowError, ValueError) as why:
        raise RemoteProtocolError(f"the times of the stream cannot be read: {why}") from why
    return event_stream.StreamValues(wire.id, wire.pending, values)


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ClosePeriodicEventStream": _closed,
    "NotifyPeriodicEventStream": _told,
    "OpenPeriodicEventStream": _opened,
}


def _open_answer(
    _request: Any, answer: event_stream.StreamOpenedAnswer
) -> v21.OpenPeriodicEventStreamResponse:
    return v21.OpenPeriodicEventStreamResponse(
        status="Accepted" if answer.accepted else "Rejected", status_info=status_info(answer.reason)
    )


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {event_stream.StreamOpenedAnswer: _open_answer}


def _adjust(order: event_stream.AdjustStream) -> tuple[str, Any]:
    return "AdjustPeriodicEventStream", v21.AdjustPeriodicEventStreamRequest(
        id=order.id, params=v21.PeriodicEventStreamParams(interval=order.interval_s, values=order.values)
    )


def _ask(_order: event_stream.AskStreams) -> tuple[str, Any]:
    return "GetPeriodicEventStream", v21.GetPeriodicEventStreamRequest()


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    event_stream.AdjustStream: _adjust,
    event_stream.AskStreams: _ask,
}


def _streams(_order: Any, wire: Any) -> event_stream.StreamsTold:
    return event_stream.StreamsTold(tuple(_described(one) for one in wire.constant_stream_data or ()))


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    event_stream.AdjustStream: answered,
    event_stream.AskStreams: _streams,
}
