"""A station that speaks OCPP-S: it calls us, and we call it at the address that it gave."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

import httpx2
import msgspec
import structlog

from chargewright.adapters.soap.conversion import from_json, to_json
from chargewright.adapters.soap.envelope import (
    CONTENT_TYPE,
    Addressing,
    BadEnvelope,
    Envelope,
    Fault,
    envelope_bytes,
    read_envelope,
)
from chargewright.adapters.soap.vocabulary import NAMES, Dialect, actions
from chargewright.csms.ports import CallOutcome
from chargewright.ids import StationId
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.frames import ENCODER, encode_call, encode_call_error, encode_call_result
from chargewright.ocpp.reading import Refused

__all__ = ["Answered", "MessageLog", "SoapLink", "Unavailable", "as_json", "plain"]

log = structlog.get_logger(__name__)

_CATALOG: Final = catalog(Version.OCPP16)
ANSWER_BYTES_MAX: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answered:
    """Our answer to a station's call: the payload, or a fault."""

    payload: object = None
    fault: Fault | None = None


MessageLog = Callable[[str, Sequence[tuple["SoapLink", bytes]]], None]
"""As the station port's: "in" or "out", and frames beside their link."""


class Unavailable(Exception):
    """The central system closed the link: nothing can be answered now, the station shall try again."""


class SoapLink:
    """Implements `csms.ports.StationLink` over HTTP in two directions."""

    def __init__(
        self,
        *,
        station_id: StationId,
        dialect: Dialect,
        remote: str,
        connected_at: datetime,
        client: httpx2.AsyncClient,
        call_timeout_s: float,
        own_address: str,
        new_uuid: Callable[[], UUID],
        closed: Callable[["SoapLink"], None],
        message_log: "MessageLog",
    ) -> None:
        """`closed` is told when somebody of ours closes the link."""
        self._station_id = station_id
        self._dialect = dialect
        self._remote = remote
        self._connected_at = connected_at
        self._client = client
        self._call_timeout_s = call_timeout_s
        self._own_address = own_address
        self._new_uuid = new_uuid
        self._closed = closed
        self._message_log = message_log
        self._waiting: dict[str, asyncio.Future[Answered]] = {}
        self._turn = asyncio.Lock()
        self._calls: set[asyncio.Task[None]] = set()
        self.address = ""
        """Where the station listens; empty while it has not told."""
        self.heard_s = time.monotonic()

    @property
    def station_id(self) -> StationId:
        return self._station_id

    @property
    def version(self) -> str:
        return Version.OCPP16.value

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def remote(self) -> str:
        return self._remote

    @property
    def connected_at(self) -> datetime:
        return self._connected_at

    @property
    def reached_at(self) -> str:
        """Files are not on the SOAP port: `stations.public_url` says where they are."""
        return ""

    # --- the station calls -------------------------------------------------------------------------------------

    def expect_answer(self) -> tuple[str, "asyncio.Future[Answered]"]:
        """A number for one inbound call, and where its answer will be."""
        number = str(self._new_uuid())
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        return number, waiting

    def answer(self, message_id: str, payload: object) -> None:
        self._message_log("out", [(self, encode_call_result(message_id, payload))])
        self._settle(message_id, Answered(payload))

    def answer_error(self, message_id: str, code: str, description: str) -> None:
        subcode = code if code in {"NotSupported", "SecurityError", "InternalError"} else "ProtocolError"
        self._message_log("out", [(self, encode_call_error(message_id, code, description))])
        fault = Fault(subcode, f"{code}: {description}".rstrip(": "))
        self._settle(message_id, Answered(fault=fault))

    def _settle(self, message_id: str, answered: Answered) -> None:
        waiting = self._waiting.pop(message_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answered)

    def close(self, code: int, reason: str) -> None:
        """Answer nothing that is under way: whoever waits is told to try again."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Unavailable(f"{code} {reason}"))
        self._waiting.clear()
        self._closed(self)

    # --- we call -------------------------------------------------------------------------------------------------

    def call(self, action: str, payload: object, done: Callable[[CallOutcome], None]) -> None:
        task = asyncio.get_running_loop().create_task(self._call(action, payload, done))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, action: str, payload: object, done: Callable[[CallOutcome], None]) -> None:
        try:
            async with self._turn:
                outcome = await self._exchange(action, payload)
        except asyncio.CancelledError:
            done(CallOutcome("closed"))
            raise
        except Exception as error:
            log.exception("soap_call_failed", station_id=self._station_id, action=action)
            outcome = CallOutcome("error", code="InternalError", description=repr(error))
        done(outcome)

    async def _exchange(self, action: str, payload: object) -> CallOutcome:
        if action not in actions(self._dialect, from_station=False):
            why = f"OCPP-S {self._dialect} has no {action}; nothing was sent"
            return CallOutcome("error", code="NotSupported", description=why)
        if not self.address:
            return CallOutcome("closed", description="the station has not told where it listens")
        namespace = NAMES[self._dialect].charge_point
        content = from_json(self._dialect, f"{action}Request", plain(payload), namespace=namespace)
        number = str(self._new_uuid())
        headers = Addressing(
            identity=self._station_id,
            message_id=f"urn:uuid:{number}",
            action=f"/{action}",
            to=self.address,
            reply_to=self._own_address,
        )
        body = envelope_bytes(content, headers, identity_namespace=namespace)
        self._message_log("out", [(self, encode_call(number, action, payload))])
        content_type = f'{CONTENT_TYPE}; action="/{action}"'
        try:
            async with asyncio.timeout(self._call_timeout_s):
                answer = await self._client.post(
                    self.address, content=body, headers={"Content-Type": content_type}
                )
        except TimeoutError:
            return CallOutcome("timeout")
        except httpx2.HTTPError as why:
            return CallOutcome("closed", description=f"{self.address}: {why or type(why).__name__}")
        if len(answer.content) > ANSWER_BYTES_MAX:
            return CallOutcome("invalid", code="FormationViolation", description="the answer is too long")
        try:
            return self._outcome(number, action, read_envelope(answer.content))
        except BadEnvelope as why:
            return CallOutcome(
                "invalid", code="FormationViolation", description=f"HTTP {answer.status_code}: {why}"
            )

    def _outcome(self, number: str, action: str, envelope: Envelope) -> CallOutcome:
        if envelope.body is None:
            assert envelope.fault is not None, "without a body there is a fault"
            fault = envelope.fault
            self._message_log("in", [(self, encode_call_error(number, fault.subcode, fault.text))])
            return CallOutcome("error", code=fault.subcode, description=fault.text)
        payload = to_json(self._dialect, f"{action}Response", envelope.body)
        text = as_json(payload)
        self._message_log("in", [(self, encode_call_result(number, msgspec.Raw(text)))])
        try:
            response, _ = _CATALOG[action].response_reader.read(text, text)
        except Refused as why:
            return CallOutcome("invalid", code=why.code.value, description=str(why))
        return CallOutcome("answered", response)

    async def stop(self) -> None:
        """End what is under way."""
        self.close(1001, "the central system is going away")
        for task in tuple(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)


_read_plain: Final = msgspec.json.Decoder(float_hook=Decimal).decode


def plain(payload: object) -> dict[str, Any]:
    """A wire object as names and values; a limit of 16.1 is the decimal that it is."""
    return cast("dict[str, Any]", _read_plain(as_json(payload)))


def as_json(payload: object) -> bytes:
    """The payload as OCPP-J writes it."""
    return ENCODER.encode(payload)
