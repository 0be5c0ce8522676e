"""The loop of a site, seen from outside."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.journeys.central import site_definition
from tests.patience import PATIENCE_S

from chargewright.app.config import StationsConfig
from chargewright.app.wiring import build
from chargewright.domain.site import SiteSettings
from chargewright.ids import SiteId
from chargewright.simulator.clock import PacedClock

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
TURNS = 50


async def rested(control):
    async with asyncio.timeout(PATIENCE_S):
        calm = 0
        while calm < TURNS:
            await asyncio.sleep(0)
            calm = calm + 1 if control.idle else 0


async def test_a_loop_is_not_idle_from_the_instant_at_which_it_has_something_to_do():
    clock = PacedClock(START)
    central = build(StationsConfig(port=0), database=":memory:", clock=clock)
    await central.start()
    try:
        await central.sites.put(SiteId("depot"), "depot", site_definition("A"), SiteSettings())
        control = central.sites.get(SiteId("depot"))
        for kind in ("a plan is due", "something happened", "a plan is due"):
            await rested(control)
            if kind == "something happened":
                control.changed()
                assert not control.idle, "woken, and the others of its kind are not waited for yet"
                await rested(control)
            made, due = control.plans_made, clock.next_wake_at
            clock.advance_to(due - timedelta(seconds=1))
            assert control.idle, kind
            clock.advance_to(due)
            # the loop has not had a turn: whoever moves the clock on now would leave its plan behind
            assert not control.idle, kind
            await rested(control)
            assert control.plans_made == made + 1, kind
    finally:
        await central.stop()
