"""Profiles as a service: stateless, off the loop, the same bytes that the command line prints."""

from typing import Any

import msgspec
from litestar import Response, Router, post
from litestar.exceptions import ServiceUnavailableException

from chargewright.adapters.rest.services import Services
from chargewright.csms.plan_question import PlanQuestion
from chargewright.csms.plan_service import PlanAnswer
from chargewright.csms.planning import PlannerBusy, PlannerFailed

__all__ = ["router"]

RETRY_AFTER_S = 2
"""After a plan that came to nothing: a new process starts within so long."""


def router() -> Router:
    """`POST /plans`."""

    @post("/plans", status_code=200, summary="A site and its sessions in, ready charging profiles out")
    async def make_plan(data: PlanQuestion, services: Services) -> Response[PlanAnswer]:
        try:
            answered: Any = await services.planner.answer(msgspec.json.encode(data))
        except (PlannerBusy, PlannerFailed) as why:
            after_s = why.retry_after_s if isinstance(why, PlannerBusy) else RETRY_AFTER_S
            raise ServiceUnavailableException(detail=str(why), headers={"Retry-After": str(after_s)}) from why
        return Response(answered, media_type="application/json")

    return Router("/", route_handlers=[make_plan])
