"""One link's RPC rules, for either side of it: texts in, events out; no socket, no clock, no random source.

The gateway and the simulated stations use the same peer. What happens to a call that we received:

    state       answer, answer_error                          the same id comes again
    (unknown)   LocalProtocolError: a bug of ours              a new call: OPEN
    OPEN        ANSWERED; sent when all before it are          same text: answered twice, handled once; other text: refused
    ANSWERED    LocalProtocolError: a bug of ours              as above
    closed      nothing: who asked is gone                     (nothing is read any more)

and to a call that we made, by what comes for its id:

    state       CALLRESULT           CALLERROR            CALLRESULT unreadable                time
    QUEUED      FrameDropped         FrameDropped         FrameDropped                         (waits for its turn)
    WAITING     CallAnswered         CallFailed(error)    CallFailed(invalid_response), and    CallFailed(timeout): EXPIRED
                                                          CALLRESULTERROR where 2.1 wants one
    EXPIRED     LateAnswer           LateAnswer           LateAnswer without a response        forgotten after ten minutes
    (unknown)   FrameDropped         FrameDropped         FrameDropped

OCPP-J 1.6 chapter 4; OCPP 2.0.1 part 4 and OCPP 2.1 part 4, chapter 4.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Raw, Struct
from msgspec.structs import replace

from chargewright.errors import LocalProtocolError
from chargewright.ocpp.borne import kept_by, respelled
from chargewright.ocpp.catalog import Action, Side, Version, catalog
from chargewright.ocpp.codes import Code, code_from_wire, spelling
from chargewright.ocpp.events import (
    AnswerRefused,
    CallAnswered,
    CallFailed,
    CallReceived,
    CallRefused,
    Deviated,
    DropReason,
    Event,
    FrameDropped,
    LateAnswer,
    SendReceived,
    Unusable,
)
from chargewright.ocpp.frames import (
    UNREADABLE,
    UNREADABLE_ID,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Send,
    echoed_id,
    encode_call,
    encode_call_error,
    encode_call_result,
    encode_call_result_error,
    encode_send,
    misshapen,
    numbered_call,
    read_frame,
)
from chargewright.ocpp.outgoing import NOTHING, checked, require_sendable
from chargewright.ocpp.reading import Refused
from chargewright.ocpp.tolerance import STRICT, Switch, Tolerance
from chargewright.ocpp.under_way import InboundCall, OutboundCall

__all__ = [
    "AnswerRefused", "CallAnswered", "CallFailed", "CallReceived", "CallRefused", "Deviated", "DropReason", "Event",
    "FrameDropped", "LateAnswer", "Peer", "SendReceived", "Unusable",
]  # fmt: skip

EXPIRED_KEPT_S = 600.0
"""How long the id of a call that timed out is remembered, so that a late answer is known for what it is."""
EXPIRED_MAX = 256
QUEUED_CALLS_MAX = 256
"""One call at a time may be outstanding: a longer queue would be hours of waiting."""
INBOUND_HARD_FACTOR = 32
"""`full` asks to stop reading; what one read from the socket already held is still taken, up to this many times more."""
ECHOED_ID_LENGTH_MAX = 255


class Peer:
    """Speaks one version on one link. `now_s` is monotonic seconds, always given by the caller.

    Args:
        version: what the link agreed on.
        side: which side we are.
        message_ids: makes the ids of our calls; each must be new, of 1 to 36 characters.
        tolerance: which deviations are borne (tolerance.py); may change while the link stands.
        call_timeout_s: how long our calls wait for an answer.
        inbound_max: how many calls of the other side may be open before `full` asks to stop reading.

    """

    __slots__ = (
        "_actions", "_call_timeout_s", "_calls_taken", "_closed", "_copies", "_events", "_expired", "_inbound", "_inbound_max",
        "_inbound_most", "_is_16", "_message_ids", "_numbered", "_outbound", "_queue", "_side", "_texts",
        "tolerance", "version",
    )  # fmt: skip

    def __init__(
        self,
        *,
        version: Version,
        side: Side,
        message_ids: Callable[[], str],
        tolerance: Tolerance = STRICT,
        call_timeout_s: float = 30.0,
        inbound_max: int = 8,
    ) -> None:
        self.version = version
        self._is_16 = version.is_16
        self._actions = catalog(version).actions
        self._calls_taken = catalog(version).calls_to(side)
        self._side: Side = side
        self._message_ids = message_ids
        self._numbered: set[str] = set()
        self._call_timeout_s = call_timeout_s
        self._inbound_most = inbound_max
        self.read_with(tolerance)
        self._inbound: dict[str, InboundCall] = {}
        self._copies = 0
        self._outbound: OutboundCall | None = None
        self._queue: deque[tuple[str, Action, bytes]] = deque()
        self._expired: dict[str, tuple[Action, float]] = {}
        self._events: list[Event] = []
        self._texts: list[bytes] = []
        self._closed = False

    # What the outside asks

    @property
    def idle(self) -> bool:
        """Is nothing outstanding either way, nothing queued and nothing left to send?"""
        return not (self._inbound or self._outbound or self._queue or self._texts)

    @property
    def full(self) -> bool:
        """Are so many calls open that reading should stop until some are answered?"""
        return len(self._inbound) + self._copies >= self._inbound_max

    def deadline_s(self) -> float | None:
        """When `tick` has something to do, in the caller's seconds."""
        return None if self._outbound is None else self._outbound.deadline_s

    def events_received(self) -> list[Event]:
        """What has happened since the last time this was asked, oldest first."""
        events = self._events
        if events:
            self._events = []
        return events

    def texts_to_send(self) -> list[bytes]:
        """Frames to put on the wire, in this order."""
        texts = self._texts
        if texts:
            self._texts = []
        return texts

    def read_with(self, tolerance: Tolerance) -> None:
        self.tolerance = tolerance
        self._inbound_max = self._inbound_most if Switch.MANY_CALLS in tolerance.switches else 1

    # What we say

    def call(self, action: str, payload: Struct, now_s: float) -> str:
        """Queue a call; it leaves when the one before it has come to its end. Returns its message id.

        Raises:
            LocalProtocolError: the payload is not what this version lets us send, or too many calls wait already.

        """
        known = self._sendable(action, payload, is_send=False)
        if self._closed:
            raise LocalProtocolError(f"{action}: the link is closed")
        if len(self._queue) >= QUEUED_CALLS_MAX:
            raise LocalProtocolError(f"{action}: {QUEUED_CALLS_MAX} calls wait already")
        text = checked(known, payload, is_request=True)
        message_id = self._message_ids()
        self._queue.append((message_id, known, encode_call(message_id, action, text)))
        self._start_next_call(now_s)
        return message_id

    def send(self, action: str, payload: Struct) -> str:
        """Say what nobody answers (2.1's SEND); it need not wait for calls. Returns its message id.

        Raises:
            LocalProtocolError: this version cannot send it so.

        """
        known = self._sendable(action, payload, is_send=True)
        text = checked(known, payload, is_request=True)
        message_id = self._message_ids()
        if not self._closed:
            self._texts.append(encode_send(message_id, action, text))
        return message_id

    def answer(self, message_id: str, response: Struct) -> None:
        """Answer a call. Answers leave in the order in which the calls came.

        Raises:
            LocalProtocolError: nothing is to be answered under this id, or not with this.

        """
        if self._closed:
            return
        inbound = self._open(message_id)
        action = inbound.action
        if action is None or type(response) is not action.response:
            raise LocalProtocolError(
                f"{message_id}: {type(response).__name__} answers no {action and action.name}"
            )
        payload = NOTHING if action.answers_nothing else checked(action, response, is_request=False)
        inbound.answer = encode_call_result(self._echo(message_id), payload)
        self._flush_answers()

    def answer_error(
        self, message_id: str, code: Code, description: str = "", details: dict[str, Any] | None = None
    ) -> None:
        """Refuse a call.

        Raises:
            LocalProtocolError: nothing is to be answered under this id.

        """
        if self._closed:
            return
        inbound = self._open(message_id)
        inbound.answer = encode_call_error(self._echo(message_id), self._spelled(code), description, details)
        self._flush_answers()

    def tick(self, now_s: float) -> None:
        """Let time pass: ends the outstanding call if its time is over, and forgets what is long past."""
        outbound = self._outbound
        if outbound is not None and now_s >= outbound.deadline_s:
            self._outbound = None
            self._expired[outbound.message_id] = (outbound.action, now_s + EXPIRED_KEPT_S)
            what = f"no answer within {self._call_timeout_s:g} s"
            self._events.append(CallFailed(outbound.message_id, outbound.action.name, None, what, "timeout"))
            self._start_next_call(now_s)
        expired = self._expired
        while expired:
            oldest = next(iter(expired))
            if expired[oldest][1] > now_s and len(expired) <= EXPIRED_MAX:
                break
            del expired[oldest]

    def close(self) -> None:
        """The link is gone: whatever is outstanding or queued fails, nothing more is read or said."""
        if self._closed:
            return
        self._closed = True
        waiting = [] if self._outbound is None else [(self._outbound.message_id, self._outbound.action)]
        waiting += [(message_id, action) for message_id, action, _ in self._queue]
        for message_id, action in waiting:
            what = "the link was lost"
            self._events.append(CallFailed(message_id, action.name, None, what, "closed"))
        self._outbound = None
        self._queue.clear()
        self._inbound.clear()
        self._copies = 0
        self._texts.clear()

    # What we hear

    def receive_text(self, data: bytes | str | bytearray | memoryview, now_s: float) -> None:
        """Take one message from the wire. Never raises for what the other side sent."""
        if self._closed:
            return
        try:
            text = data if type(data) is bytes else data.encode() if isinstance(data, str) else bytes(data)
            frame = read_frame(text)
        except UNREADABLE:
            self._take_misshapen(data, now_s)
            return
        if type(frame) is Call:  # nearly always
            self._take_call(frame, text)
        elif isinstance(frame, CallResult):
            self._take_result(frame, text, now_s)
        elif isinstance(frame, CallError):
            self._take_error(
                frame.message_id, frame.code, frame.description or "", now_s, short=frame.is_short
            )
        elif self.version is not Version.OCPP21:
            self._take_unknown_type(frame.message_id)
        elif isinstance(frame, CallResultError):
            refused = AnswerRefused(
                frame.message_id, code_from_wire(frame.code), (frame.description or "")[:255]
            )
            self._events.append(refused)
        else:
            self._take_send(frame, text)

    def _take_call(self, frame: Call, text: bytes) -> None:
        message_id, name = frame.message_id, frame.action
        if message_id == UNREADABLE_ID or "\0" in message_id:
            self._refuse_misshapen_call(message_id, shaped=True)
            return
        if len(self._inbound) + self._copies >= self._inbound_max * INBOUND_HARD_FACTOR:
            self._events.append(FrameDropped("overflow", message_id))
            return
        before = self._inbound.get(message_id)
        if before is not None:
            self._take_again(before, message_id, name, text)
            return
        action = self._calls_taken.get(name) or self._respelled(name)
        if action is None:
            code, what = Code.NOT_IMPLEMENTED, "no such action in this version"
            if name in self._actions:
                code, what = Code.NOT_SUPPORTED, "not an action that this side takes as a call"
            self._refuse(message_id, name, code, what, text)
            return
        try:
            request, deviations = action.request_reader.read(frame.payload, text, tolerance=self.tolerance)
        except Refused as refused:
            borne_by = kept_by(self.tolerance, action, refused)
            if borne_by is None:
                self._refuse(message_id, name, refused.code, str(refused), text)
                return
            request = Unusable(frame.payload, refused.fault)
            deviations = (replace(refused.fault, switch=borne_by),)
        if self._inbound:
            self._events.append(Deviated(Switch.MANY_CALLS, name, "sent before the last call was answered"))
        self._inbound[message_id] = InboundCall(action, text)
        self._events.append(CallReceived(message_id, action.name, request, deviations))

    def _respelled(self, name: str) -> Action | None:
        if Switch.ACTION_SPELLING not in self.tolerance.switches:
            return None
        action = respelled(name, self._calls_taken)
        if action is not None:
            self._events.append(
                Deviated(Switch.ACTION_SPELLING, action.name, "the action is spelled otherwise")
            )
        return action

    def _take_again(self, before: InboundCall, message_id: str, name: str, text: bytes) -> None:
        if text == before.text:
            before.copies += 1
            self._copies += 1
            self._events.append(FrameDropped("duplicate_call", message_id))
            return
        code, what = Code.RPC_FRAMEWORK_ERROR, "another call with this message id is being handled"
        self._texts.append(encode_call_error(self._echo(message_id), self._spelled(code), what))
        self._events.append(CallRefused(message_id, name, code, what))

    def _refuse(self, message_id: str, name: str, code: Code, what: str, text: bytes) -> None:
        """Answer a wrong call, in its turn."""
        self._inbound[message_id] = InboundCall(
            None, text, encode_call_error(self._echo(message_id), self._spelled(code), what)
        )
        self._flush_answers()
        self._events.append(CallRefused(message_id, name, code, what))

    def _take_send(self, frame: Send, text: bytes) -> None:
        action = self._actions.get(frame.action)
        if action is None or not action.is_send or action.sender == self._side:
            self._events.append(FrameDropped("invalid_send", frame.message_id))
            return
        try:
            request, deviations = action.request_reader.read(frame.payload, text, tolerance=self.tolerance)
        except Refused:
            self._events.append(FrameDropped("invalid_send", frame.message_id))
            return
        self._events.append(SendReceived(frame.message_id, frame.action, request, deviations))

    def _take_result(self, frame: CallResult, text: bytes, now_s: float) -> None:
        message_id = frame.message_id
        outbound = self._outbound
        if outbound is None or outbound.message_id != message_id:
            self._take_late(message_id, frame.payload, text, None, now_s)
            return
        try:
            response, deviations = outbound.action.response_reader.read(
                frame.payload, text, tolerance=self.tolerance
            )
        except Refused as refused:
            self._fail_on_answer(outbound, refused.code, str(refused), now_s)
            return
        self._outbound = None
        self._events.append(CallAnswered(message_id, outbound.action.name, response, deviations))
        self._start_next_call(now_s)

    def _fail_on_answer(self, outbound: OutboundCall, code: Code, what: str, now_s: float) -> None:
        """What came as an answer cannot be used."""
        self._outbound = None
        if self.version is Version.OCPP21:
            self._texts.append(encode_call_result_error(outbound.message_id, self._spelled(code), what))
        failed = CallFailed(outbound.message_id, outbound.action.name, code, what, "invalid_response")
        self._events.append(failed)
        self._start_next_call(now_s)

    def _take_error(
        self, message_id: str, word: str, description: str, now_s: float, *, short: bool = False
    ) -> None:
        outbound, code = self._outbound, code_from_wire(word)
        if outbound is None or outbound.message_id != message_id:
            self._take_late(message_id, None, b"", code, now_s)
            return
        if short:
            if Switch.SHORT_CALL_ERRORS not in self.tolerance.switches:
                self._fail_on_answer(
                    outbound, Code.RPC_FRAMEWORK_ERROR, "a CALLERROR has five elements", now_s
                )
                return
            self._events.append(
                Deviated(Switch.SHORT_CALL_ERRORS, outbound.action.name, "CALLERROR is short")
            )
        self._outbound = None
        # An unknown word is a GenericError to programs; people still want to see it.
        what = description if code_from_wire(word).value == word or not word else f"{word}: {description}"
        self._events.append(CallFailed(message_id, outbound.action.name, code, what[:255], "error"))
        self._start_next_call(now_s)

    def _take_late(
        self, message_id: str, payload: Raw | None, text: bytes, code: Code | None, now_s: float
    ) -> None:
        action, until_s = self._expired.pop(message_id, (None, 0.0))
        if action is None or until_s <= now_s:
            self._events.append(FrameDropped("unknown_id", message_id))
            return
        response: Struct | None = None
        if payload is not None:
            try:
                response, _ = action.response_reader.read(payload, text, tolerance=self.tolerance)
            except Refused as refused:
                code = refused.code
        self._events.append(LateAnswer(message_id, action.name, response, code))

    def _take_unknown_type(self, message_id: str | None) -> None:
        if self.version is Version.OCPP201:
            code = self._spelled(Code.MESSAGE_TYPE_NOT_SUPPORTED)
            self._texts.append(
                encode_call_error(echoed_id(message_id), code, "no such message type in this version")
            )
        self._events.append(FrameDropped("unknown_type"))

    def _take_misshapen(self, data: bytes | str | bytearray | memoryview, now_s: float) -> None:
        """What is no frame as it stands: find out how much of one it is."""
        shape = misshapen(data)
        kind, message_id = shape.kind, shape.message_id
        is_21 = self.version is Version.OCPP21
        if kind is None:
            if not self._is_16:
                code = self._spelled(Code.RPC_FRAMEWORK_ERROR)
                self._texts.append(encode_call_error(UNREADABLE_ID, code, "not an OCPP message"))
            self._events.append(FrameDropped("not_a_frame"))
        elif kind == 2:
            if not (message_id is None and shape.length == 4 and self._take_numbered(data)):
                self._refuse_misshapen_call(message_id, shaped=shape.length == 4)
        elif kind == 4 and message_id is not None:
            self._take_error(message_id, shape.word, "", now_s, short=shape.length < 5)
        elif kind in {3, 4} or (kind == 5 and is_21):
            outbound = self._outbound
            if kind == 3 and outbound is not None and outbound.message_id == message_id:
                self._fail_on_answer(
                    outbound, Code.RPC_FRAMEWORK_ERROR, "not a CALLRESULT of three elements", now_s
                )
            else:
                self._events.append(FrameDropped("malformed_answer"))
        elif kind == 6 and is_21:
            self._events.append(FrameDropped("malformed_send"))
        else:
            self._take_unknown_type(message_id)

    def _take_numbered(self, data: bytes | str | bytearray | memoryview) -> bool:
        """Take a call whose id is a number, if that is borne."""
        if Switch.NUMERIC_MESSAGE_IDS not in self.tolerance.switches:
            return False
        text = data.encode() if isinstance(data, str) else bytes(data)
        call = numbered_call(text)
        if call is None or call.message_id == UNREADABLE_ID or call.message_id in self._inbound:
            return False
        self._numbered.add(call.message_id)
        self._events.append(Deviated(Switch.NUMERIC_MESSAGE_IDS, call.action, "the message id is a number"))
        self._take_call(call, text)
        if call.message_id not in self._inbound:  # refused and answered already
            self._numbered.discard(call.message_id)
        return True

    def _refuse_misshapen_call(self, message_id: str | None, *, shaped: bool) -> None:
        """Refuse a call whose frame is wrong; `shaped` tells whether it has the four elements of a call.

        1.6 has no word for it: without a readable id or four elements there is nobody to answer.
        """
        if self._is_16:
            if message_id is None or not shaped or len(message_id) > ECHOED_ID_LENGTH_MAX:
                self._events.append(FrameDropped("malformed_call"))
                return
            code, echoed = Code.FORMAT_VIOLATION, message_id
        else:
            code, echoed = Code.RPC_FRAMEWORK_ERROR, echoed_id(message_id)
        what = "not a CALL with an id of 1 to 36 characters, an action and a payload"
        self._texts.append(encode_call_error(echoed, self._spelled(code), what))
        self._events.append(CallRefused(echoed, "", code, what))

    # What both directions need

    def _sendable(self, name: str, payload: Struct, *, is_send: bool) -> Action:
        known = self._actions.get(name)
        return require_sendable(known, payload, name=name, side=self._side, is_send=is_send)

    def _echo(self, message_id: str) -> str | int:
        """The id as the other side wrote it."""
        return int(message_id) if self._numbered and message_id in self._numbered else message_id

    def _spelled(self, code: Code) -> str:
        return spelling(code, is_16=self._is_16)

    def _open(self, message_id: str) -> InboundCall:
        inbound = self._inbound.get(message_id)
        if inbound is None:
            raise LocalProtocolError(f"{message_id}: no call waits for an answer under this id")
        if inbound.answer is not None:
            raise LocalProtocolError(f"{message_id}: answered already")
        return inbound

    def _flush_answers(self) -> None:
        """Hand over the answers at the head of the line: a call is not overtaken by one that came after it."""
        inbound = self._inbound
        while inbound:
            message_id = next(iter(inbound))
            first = inbound[message_id]
            if first.answer is None:
                break
            self._texts.append(first.answer)
            if first.copies > 1:
                self._texts.extend([first.answer] * (first.copies - 1))
                self._copies -= first.copies - 1
            del inbound[message_id]
            if self._numbered:
                self._numbered.discard(message_id)

    def _start_next_call(self, now_s: float) -> None:
        if self._outbound is None and self._queue:
            message_id, action, text = self._queue.popleft()
            self._outbound = OutboundCall(message_id, action, now_s + self._call_timeout_s)
            self._texts.append(text)
