"""How a station took an order, and the transaction that an order is about."""

from typing import Annotated

from litestar.params import Parameter
from msgspec import Struct

from chargewright.adapters.rest.services import RestServices
from chargewright.domain.answered import Answered
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import StationId, TransactionId

__all__ = ["AnswerView", "Limit", "answer_view", "running", "station_of"]

Limit = Annotated[int, Parameter(ge=1, le=1000)]


class AnswerView(Struct, kw_only=True):
    """`status` in OCPP's words; `offline`, `timeout` or `error` where no answer came."""

    status: str
    reason: str


def answer_view(answer: Answered) -> AnswerView:
    return AnswerView(status=answer.status, reason=answer.reason)


def station_of(services: RestServices, station_id: str) -> StationId:
    """The station, or `NotFound`."""
    return services.provisioning.require(StationId(station_id)).id


async def running(services: RestServices, number: int) -> Transaction:
    """The transaction that an order is about. Raises `NotFound`, or `InvalidInput` once it has ended."""
    wanted = TransactionId(number)
    found = await services.store.read(lambda records: records.transaction(wanted))
    if found is None:
        raise NotFound("no such transaction", where=str(number))
    if found.state is not TransactionState.ACTIVE:
        raise InvalidInput("this transaction has ended", where=str(number))
    return found
