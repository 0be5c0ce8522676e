"""Small questions of sites under control."""

from datetime import UTC, datetime, timedelta

from chargewright.charging.planner.asked import Asked
from chargewright.charging.planner.session import Session
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import EvseKey, Node, Outlet, from_tree
from chargewright.csms.site_plan import SiteQuestion
from chargewright.ids import SiteId, StationId

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def question(site_id: str, *, wishes_wh: tuple[float, ...] = (), limit_a: float = 32.0) -> SiteQuestion:
    """One car at a station of its own for each wish, all under one limit, for six hours."""
    keys = [EvseKey(StationId(f"CS{n}")) for n in range(len(wishes_wh))]
    outlets = [Outlet(key=key, node="grid", connection="RST", current_max_a=32.0) for key in keys]
    site = from_tree(SiteId(site_id), site_id, [Node(id="grid", limit_a=limit_a)], outlets)
    return SiteQuestion(
        site=site,
        sessions=tuple(
            Session(
                id=str(n),
                evse=key,
                arrival=NOW,
                departure=NOW + timedelta(hours=6),
                energy_wh=wish_wh,
                current_max_a=32.0,
            )
            for n, (key, wish_wh) in enumerate(zip(keys, wishes_wh, strict=True))
        ),
        now=NOW,
        firm_s=900.0,
        asked=Asked(goal=Goal.BALANCE),
    )
