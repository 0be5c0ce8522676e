"""Orders to one station go out one at a time, and one that cannot leave holds up no other."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.patience import PATIENCE_S

from chargewright.csms.commands import Commands, Links
from chargewright.csms.ports import CallOutcome
from chargewright.domain.answered import Answered
from chargewright.domain.bidirectional import SendFrequencySignal
from chargewright.errors import InvalidInput, LocalProtocolError
from chargewright.ids import StationId
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.clock import ScaledClock

STATION = StationId("CS1")
AT = datetime(2026, 3, 1, tzinfo=UTC)


class Link:
    """A link that refuses to say signals above ten, as a peer does with what breaks a schema."""

    station_id = STATION
    version = "ocpp2.1"

    def __init__(self) -> None:
        self.said: list[int] = []

    def call(self, action: str, payload, done: Callable[[CallOutcome], None]) -> None:
        if payload.signal > 10:
            raise LocalProtocolError(f"{action}: $.signal")
        self.said.append(payload.signal)
        answer = v21.AFRRSignalResponse(status="Accepted")
        asyncio.get_running_loop().call_soon(done, CallOutcome("answered", answer))


async def test_an_order_that_cannot_leave_is_refused_and_the_next_one_goes_out():
    links, link = Links(), Link()
    links.add(link)  # type: ignore[arg-type]  # as much of a link as is needed
    commands = Commands(links=links, clock=ScaledClock(speed=1.0))

    async def order(signal: int):
        async with asyncio.timeout(PATIENCE_S):
            return await commands.order(STATION, SendFrequencySignal(AT, signal))

    outcomes = await asyncio.gather(*(order(n) for n in (1, 11, 2)), return_exceptions=True)
    first, refused, second = outcomes
    assert (first.result, second.result) == (Answered("Accepted"), Answered("Accepted"))
    assert isinstance(refused, InvalidInput)
    assert link.said == [1, 2]
    assert commands.idle
    with pytest.raises(InvalidInput):
        await order(11)
    assert (await order(3)).result == Answered("Accepted")
