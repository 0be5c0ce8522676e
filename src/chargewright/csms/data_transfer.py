"""DataTransfer: whoever knows a vendor's message answers it; the rest is kept and refused as the standard asks
(1.6 4.3, 2.0.1 block P).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

import msgspec

from chargewright.clock import Clock
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.ports import Records, Store
from chargewright.domain.requests import DataAnswer, DataTransferred
from chargewright.ids import StationId

__all__ = ["DataHandler", "DataTransfers"]

DataHandler = Callable[[Records, StationId, DataTransferred], DataAnswer]
"""Answers one vendor's message inside the commit that keeps it."""

KEPT_BYTES_MAX: Final = 16_384
"""Of one message: a station must not fill the disk with what nobody asked for."""


class DataTransfers:
    """A table of handlers by vendor and message id."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._handlers: dict[str, dict[str | None, DataHandler]] = {}

    def handlers(self) -> Mapping[type, Handler]:
        return {DataTransferred: self._received}

    def register(self, vendor_id: str, message_id: str | None, handler: DataHandler) -> None:
        """Have `handler` answer a vendor's message; None takes all of the vendor's that have no handler of their own.

        Vendor ids are compared without regard to upper or lower case (1.6: CiString255).
        """
        self._handlers.setdefault(vendor_id.casefold(), {})[message_id] = handler

    def _received(self, inbound: Inbound) -> None:
        told = cast("DataTransferred", inbound.request)
        work = partial(self._answer, station_id=inbound.station_id, told=told)

        def done(answer: DataAnswer | None, error: BaseException | None) -> None:
            if answer is None:
                inbound.failed(error)
            else:
                inbound.reply(answer)

        self._store.submit(work, done)

    def _answer(self, records: Records, *, station_id: StationId, told: DataTransferred) -> DataAnswer:
        known = self._handlers.get(told.vendor_id.casefold())
        handler = None if known is None else known.get(told.message_id or None) or known.get(None)
        if handler is not None:
            answer = handler(records, station_id, told)
        else:
            answer = DataAnswer("UnknownVendorId" if known is None else "UnknownMessageId")
        kept = {
            "vendorId": told.vendor_id,
            "messageId": told.message_id,
            "data": told.data,
            "answer": answer.status,
        }
        content = msgspec.json.encode(kept)
        if len(content) > KEPT_BYTES_MAX:
            content = msgspec.json.encode({**kept, "data": None, "data_bytes": len(content)})
        records.append_notice(station_id, self._clock.now(), "DataTransfer", content)
        return answer
