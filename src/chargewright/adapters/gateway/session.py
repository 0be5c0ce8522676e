"""One socket, one peer: what the station said goes to the central system, what it answers goes back.

States of a session, and who moves it on:

    OPEN --close(), peer gone, replaced--> CLOSING --station's CLOSE or close time-out--> gone

In CLOSING nothing more is delivered either way; the central system has been told `disconnected` once.
"""

import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import structlog
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from chargewright.adapters.gateway.deflate import DEFLATE_BYTES_MIN, InflatedTooLong, deflate, inflate
from chargewright.adapters.gateway.hub import Hub
from chargewright.csms.ports import CallOutcome
from chargewright.ids import StationId
from chargewright.ocpp.catalog import Version
from chargewright.ocpp.codes import code_from_wire
from chargewright.ocpp.peer import (
    AnswerRefused,
    CallAnswered,
    CallFailed,
    CallReceived,
    CallRefused,
    Deviated,
    Event,
    FrameDropped,
    LateAnswer,
    Peer,
    SendReceived,
)
from chargewright.ocpp.reading import Fault
from chargewright.ocpp.tolerance import Switch, Tolerance

__all__ = ["Session"]

_log = structlog.get_logger(__name__)

_TEXT, _BINARY, _CONTINUATION = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION
_PING, _CLOSE = WSMsgType.PING, WSMsgType.CLOSE

_NO_HEADERS: Any = {}

_CLOSE_REASON_BYTES_MAX = 123
"""A control frame carries 125 bytes, two of them the code (RFC 6455 section 5.5)."""


class Session(WSListener):
    """One connected station: implements `csms.ports.StationLink`."""

    __slots__ = (
        "_answering",
        "_backlog",
        "_calls",
        "_compressed",
        "_deadline_set",
        "_deflate_window",
        "_fragments",
        "_fragments_bytes",
        "_held",
        "_hub",
        "_open",
        "_peer",
        "_silent_visits",
        "_slot",
        "_transport",
        "connected_at",
        "oddities",
        "reached_at",
        "remote",
        "station_id",
        "version",
    )

    def __init__(
        self,
        hub: "Hub[Session]",
        peer: Peer,
        *,
        station_id: str,
        version: Version,
        remote: str,
        connected_at: datetime,
        reached_at: str = "",
        deflate_window: int | None,
        oddities: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        self.station_id = StationId(station_id)
        self.version: str = version.value
        self.remote = remote
        self.connected_at = connected_at
        self.reached_at = reached_at
        self.oddities = oddities
        """What was strange about the handshake, reported once the session stands: (what, description, switch)."""
        self._hub = hub
        self._peer = peer
        self._transport: WSTransport | None = None
        self._open = False
        self._held = False
        self._answering = False
        self._deflate_window = deflate_window
        self._compressed = False
        self._fragments: list[bytes] | None = None
        self._fragments_bytes = 0
        self._backlog: list[bytes] | None = None
        self._calls: dict[str, Callable[[CallOutcome], None]] | None = None
        self._deadline_set = False
        self._silent_visits = 0
        self._slot = -1

    # --- the socket's side -----------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        hub = self._hub
        self._transport = transport
        # Credentials are not kept beyond their use, and an idle session need not hold its handshake.
        transport.request.headers = transport.response.headers = _NO_HEADERS
        transport.underlying_transport.set_write_buffer_limits(high=hub.write_buffer_bytes_max)
        self._open = True
        older = hub.sessions.get(self.station_id)
        if older is not None:
            hub.take()
            older.close(1008, "a newer connection of this station took over")
            older._end()  # noqa: SLF001  # same class: the old one must be over before the new one begins
        hub.sessions[self.station_id] = self
        self._slot = hub.timers.join(self)
        hub.central.connected(self)
        for what, description, switch in self.oddities:
            hub.central.deviated(self, what, description, switch=switch)
        self.oddities = ()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._silent_visits = 0
        # The usual case first, and nothing before it: one whole text message, to be handled now.
        if (
            frame.msg_type is _TEXT
            and frame.fin
            and not (frame.rsv1 or frame.rsv2 or frame.rsv3)
            # Ours, or one that picows sent: after it found a frame too long it still delivers that frame.
            and not transport.is_close_frame_sent
            and self._fragments is None
            and not self._held
        ):
            text = frame.get_payload_as_bytes()
            if text.isascii() or self._is_utf8(text):
                self._hub.arrived(self, text)
        else:
            self._hub.take()  # nothing overtakes what came before it
            self._receive_unusual(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002  # picows gives it
        self._hub.take()  # what it said before it went counts
        self._end()

    def pause_writing(self) -> None:
        """The station does not read what we write: more than the write buffer's limit waits for it."""
        if self._transport is not None:
            _log.warning("slow reader dropped", station=self.station_id)
            self._transport.disconnect(graceful=False)

    def resume_writing(self) -> None:
        """Part of picows' interface; a session that was paused is gone."""

    def _receive_unusual(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _CLOSE:
            self._answer_close(transport, frame.get_payload_as_bytes())
        elif transport.is_close_frame_sent:
            return
        elif frame.rsv2 or frame.rsv3 or (frame.rsv1 and not self._may_be_compressed(kind)):
            self.close(1002, "reserved bit set without an extension that uses it")
        elif kind is _PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind is _BINARY and Switch.BINARY_FRAMES not in self._peer.tolerance.switches:
            self._hub.central.deviated(self, "binary frame", "refused: OCPP-J messages are text")
            self.close(1003, "OCPP-J messages are text")
        elif kind is _BINARY:
            what = "read as text"
            self._hub.central.deviated(self, "binary frame", what, switch=Switch.BINARY_FRAMES)
            self._receive_part(frame)
        elif kind is _TEXT or kind is _CONTINUATION:
            self._receive_part(frame)

    def _may_be_compressed(self, kind: WSMsgType) -> bool:
        return self._deflate_window is not None and (kind is _TEXT or kind is _BINARY)

    def _receive_part(self, frame: WSFrame) -> None:
        """A text frame that is compressed, a fragment, or came while the session is held."""
        starts = frame.msg_type is not _CONTINUATION
        if starts is (self._fragments is not None):
            self.close(1002, "fragments out of order")
            return
        if starts:
            self._fragments, self._fragments_bytes, self._compressed = [], 0, bool(frame.rsv1)
        fragments = self._fragments
        assert fragments is not None  # set just above, or by the frame that started the message
        self._fragments_bytes += frame.payload_size
        if self._fragments_bytes > self._hub.message_bytes_max:
            self.close(1009, "message too long")
            return
        fragments.append(frame.get_payload_as_bytes())
        # An endless run of empty fragments would cost memory without ever reaching the limit in bytes.
        if len(fragments) > self._hub.message_bytes_max // 64:
            self.close(1009, "too many fragments")
        elif frame.fin:
            self._fragments = None
            self._receive_joined(b"".join(fragments), compressed=self._compressed)

    def _receive_joined(self, payload: bytes, *, compressed: bool) -> None:
        if compressed:
            try:
                payload = inflate(payload, bytes_max=self._hub.message_bytes_max)
            except InflatedTooLong:
                self.close(1009, "message too long once inflated")
                return
            except zlib.error:
                self.close(1002, "compressed message cannot be inflated")
                return
        if self._is_utf8(payload):
            self._hub.arrived(self, payload)

    def take(self, text: bytes) -> None:
        """Handle one whole message, or keep it where the session is held."""
        if not self._held:
            self._receive(text)
            return
        # What had already been read from the socket when reading stopped: at most one read buffer.
        if self._backlog is None:
            self._backlog = []
        self._backlog.append(text)

    def _is_utf8(self, text: bytes) -> bool:
        """Check a text message as RFC 6455 section 8.1 asks; closes the session where it is not UTF-8."""
        try:
            text.decode()
        except UnicodeDecodeError:
            self.close(1007, "a text message must be UTF-8")
            return False
        return True

    def _receive(self, text: bytes) -> None:
        """Hand one message to the peer, its events to the central system, and send what is ready to go."""
        if not self._open:
            return
        hub, peer = self._hub, self._peer
        peer.receive_text(text, hub.loop.time())
        self._answering = True
        for event in peer.events_received():
            if type(event) is not CallReceived:
                self._take(event, text)
                continue
            try:
                if event.deviations:
                    self._deviated(event.action, event.deviations, text)
                hub.central.received(self, event.message_id, event.action, event.request)
            except Exception:  # noqa: BLE001  # a bug of ours must cost one answer, not all that is outstanding
                _log.exception("call not handled", station=self.station_id, action=event.action)
                self.answer_error(event.message_id, "InternalError", "")
        self._answering = False
        self._flush()
        if peer.full or hub.store_full():
            self._hold()

    def _deviated(self, action: str, faults: Iterable[Fault], text: bytes) -> None:
        for fault in faults:
            self._hub.central.deviated(self, action, str(fault), switch=fault.switch or "", frame=text)

    def _take(self, event: Event, text: bytes = b"") -> None:
        """Every event but the one that matters for speed."""
        central = self._hub.central
        match event:
            case CallAnswered():
                self._deviated(event.action, event.deviations, text)
                self._finish(event.message_id, CallOutcome("answered", event.response))
            case CallFailed():
                kind = "invalid" if event.reason == "invalid_response" else event.reason
                code = "" if event.code is None else event.code.value
                if kind == "invalid":
                    central.deviated(self, event.action, f"answer unusable: {event.description}", frame=text)
                self._finish(event.message_id, CallOutcome(kind, code=code, description=event.description))
            case SendReceived():
                self._deviated(event.action, event.deviations, text)
                central.sent(self, event.action, event.request)
            case CallRefused():
                what = f"{event.code.value}: {event.description}"
                central.deviated(self, event.action or "no action", what, frame=text)
            case Deviated():
                central.deviated(self, event.action, event.what, switch=event.switch, frame=text)
            case LateAnswer():
                central.deviated(self, event.action, "answered too late", frame=text)
            case AnswerRefused():
                what = f"{event.code.value}: {event.description}"
                central.deviated(self, "answer refused", what, frame=text)
            case FrameDropped():
                central.deviated(self, "frame dropped", event.reason, frame=text)

    def _finish(self, message_id: str, outcome: CallOutcome) -> None:
        done = None if self._calls is None else self._calls.pop(message_id, None)
        if done is None:
            return
        try:
            done(outcome)
        except Exception:  # noqa: BLE001  # whatever it is, it is logged, and others go on
            _log.exception("answer not handled", station=self.station_id)

    # --- the central system's side: csms.ports.StationLink --------------------------------------------------

    def answer(self, message_id: str, payload: object) -> None:
        """Answer an inbound call; nothing happens where the link is gone by now."""
        if self._open:
            self._peer.answer(message_id, payload)  # type: ignore[arg-type]  # the peer checks it
            if not self._answering:
                self._flush()
                if self._held:
                    self.release()

    def answer_error(self, message_id: str, code: str, description: str) -> None:
        """Refuse an inbound call with a CALLERROR; `code` in any edition's spelling."""
        if self._open:
            self._peer.answer_error(message_id, code_from_wire(code), description)
            if not self._answering:
                self._flush()
                if self._held:
                    self.release()

    def call(self, action: str, payload: object, done: Callable[[CallOutcome], None]) -> None:
        """Queue one call; `done` runs exactly once, never from inside this method.

        Raises:
            LocalProtocolError: the version cannot send this payload, or too many calls wait already.

        """
        if not self._open:
            self._hub.loop.call_soon(done, CallOutcome("closed"))
            return
        message_id = self._peer.call(
            action,
            payload,  # type: ignore[arg-type]  # the peer checks it
            self._hub.loop.time(),
        )
        if self._calls is None:
            self._calls = {}
        self._calls[message_id] = done
        if not self._answering:
            self._flush()

    def read_with(self, tolerance: Tolerance) -> None:
        """Bear these deviations from now on."""
        self._peer.read_with(tolerance)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye with `code`; the socket is dropped when the station answers, or soon after."""
        transport = self._transport
        if not self._open or transport is None:
            return
        hub = self._hub
        self._flush()  # what is answered already leaves before the goodbye
        hub.send()
        self._open = False
        farewell = reason.encode()[:_CLOSE_REASON_BYTES_MAX].decode(errors="ignore")
        transport.send_close(code, farewell)  # type: ignore[arg-type]  # any integer will do
        if self._held:
            # The station's CLOSE must be able to arrive.
            self._held = False
            hub.held.discard(self)
            transport.underlying_transport.resume_reading()
        self._backlog = self._fragments = None
        hub.timers.at(hub.loop.time() + hub.close_timeout_s, self.drop)
        hub.loop.call_soon(self._end)

    def drop(self) -> None:
        """Cut the connection without goodbye."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    # --- time -------------------------------------------------------------------------------------------------

    def visit(self) -> None:
        """Once per keep-alive interval: ping a station that was silent, drop one that stays so."""
        if self._transport is None or not self._open or self._held:
            return  # one that we do not read is not silent
        self._silent_visits += 1
        if self._silent_visits == 2:
            self._transport.send_ping()
        elif self._silent_visits > 2:
            _log.info("station silent, connection dropped", station=self.station_id)
            self.drop()

    def release(self) -> None:
        """Read again after a hold, once the central system has caught up."""
        hub = self._hub
        if not self._held or self._peer.full or hub.store_full() or self._transport is None:
            return
        self._held = False
        hub.held.discard(self)
        backlog, self._backlog = self._backlog or [], None
        for position, text in enumerate(backlog):
            if not self._open:
                return
            if self._held:
                self._backlog = backlog[position:]
                return
            self._receive(text)
        if self._open and not self._held:
            self._transport.underlying_transport.resume_reading()

    def _hold(self) -> None:
        if self._open and not self._held and self._transport is not None:
            self._held = True
            self._hub.held.add(self)
            self._transport.underlying_transport.pause_reading()

    def _tick(self) -> None:
        self._deadline_set = False
        if self._open:
            self._peer.tick(self._hub.loop.time())
            self._take_all()
            self._flush()

    # --- inside ----------------------------------------------------------------------------------------------

    def _take_all(self) -> None:
        for event in self._peer.events_received():
            self._take(event)

    def _flush(self) -> None:
        """Let go what the peer has ready, and have its deadline watched where a call is outstanding."""
        if not self._open:
            return
        hub = self._hub
        for text in self._peer.texts_to_send():
            hub.leaving(self, text)
        if self._calls and not self._deadline_set:
            deadline_s = self._peer.deadline_s()
            if deadline_s is not None:
                self._deadline_set = True
                hub.timers.at(deadline_s, self._tick)

    def put(self, text: bytes) -> None:
        """Write one message to the socket."""
        transport = self._transport
        if not self._open or transport is None:
            return
        window = self._deflate_window
        if window is None or len(text) < DEFLATE_BYTES_MIN:
            transport.send(_TEXT, text)
        else:
            transport.send(_TEXT, deflate(text, window_bits=window), rsv1=True)

    def _answer_close(self, transport: WSTransport, payload: bytes) -> None:
        """Echo the station's CLOSE unless it answers ours, then let the socket go (RFC 6455 section 5.5.1)."""
        self._hub.send()
        if not transport.is_close_frame_sent:
            code = int.from_bytes(payload[:2]) if payload else 1000
            transport.send_close(code)  # type: ignore[arg-type]  # any integer will do
        self._open = False
        transport.disconnect()
        self._end()

    def _end(self) -> None:
        """Tell everyone once that this session is over: waiting calls, then the central system."""
        if self._slot < 0:
            return
        hub = self._hub
        hub.timers.leave(self, self._slot)
        self._slot = -1
        self._open = False
        hub.held.discard(self)
        if hub.sessions.get(self.station_id) is self:
            del hub.sessions[self.station_id]
        self._peer.close()
        self._take_all()
        for message_id in tuple(self._calls or ()):
            self._finish(message_id, CallOutcome("closed"))
        try:
            hub.central.disconnected(self)
        except Exception:  # noqa: BLE001  # whatever it is, it is logged, and others go on
            _log.exception("disconnection not handled", station=self.station_id)
