"""Profiles as a service: stateless, off the loop, the same bytes that the command line prints."""

import asyncio

from litestar import Router, post

from chargewright.csms.plan_question import PlanQuestion
from chargewright.csms.plan_service import PlanAnswer, answer_plan

__all__ = ["router"]

PLANS_AT_ONCE = 2
"""More would only wait for each other's processor; the rest waits here."""


def router() -> Router:
    """`POST /plans`."""
    room = asyncio.Semaphore(PLANS_AT_ONCE)

    @post("/plans", status_code=200, summary="A site and its sessions in, ready charging profiles out")
    async def make_plan(data: PlanQuestion) -> PlanAnswer:
        async with room:
            return await asyncio.to_thread(answer_plan, data)

    return Router("/", route_handlers=[make_plan])
