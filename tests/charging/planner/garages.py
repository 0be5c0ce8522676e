"""Seeded garages for the planner's tests: small enough for brute force, wired like the real ones."""

import random
from datetime import UTC, datetime, timedelta

from chargewright.charging.planner.problem import Session
from chargewright.charging.site import EvseKey, Node, Outlet, Site, from_tree
from chargewright.ids import EvseId, SiteId, StationId

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
CONNECTIONS = ("RST", "STR", "TRS", "RTS", "R", "S", "T", "AB", "BC", "CA")


def key(number: int) -> EvseKey:
    return EvseKey(StationId(f"CP{number:03d}"), EvseId(1))


def garage(rng: random.Random, evses: int, *, panel_a: float = 40.0, main_a: float = 63.0) -> Site:
    nodes = [Node(id="main", limit_a=main_a, limit_kw=main_a * 0.6, base_a=(4.0, 6.0, 5.0))]
    nodes += [Node(id=f"panel{p}", parent="main", limit_a=panel_a) for p in range(2)]
    outlets = [
        Outlet(
            key=key(i),
            node=f"panel{rng.randrange(2)}",
            connection=rng.choice(CONNECTIONS),
            current_max_a=rng.choice((16.0, 32.0)),
        )
        for i in range(evses)
    ]
    return from_tree(SiteId("garage"), "a garage", nodes, outlets)


def cars(rng: random.Random, site: Site, *, hours: float = 6.0, appetite: float = 1.0) -> list[Session]:
    found = []
    for number, evse in enumerate(site.evses.values()):
        arrival = START + timedelta(minutes=rng.randrange(0, 90))
        stay_h = rng.uniform(0.5, hours)
        most_wh = evse.watts_per_a * evse.current_max_a * stay_h
        found.append(
            Session(
                id=f"s{number}",
                evse=evse.key,
                arrival=arrival,
                departure=arrival + timedelta(hours=stay_h),
                energy_wh=most_wh * rng.uniform(0.2, 0.9) * appetite,
                current_max_a=evse.current_max_a,
            )
        )
    return found
