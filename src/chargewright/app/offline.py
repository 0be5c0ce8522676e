"""What the best controller could have done, had it known the whole day beforehand."""

from dataclasses import replace

from chargewright.charging.planner.linear import offline_optimum
from chargewright.charging.planner.problem import Session
from chargewright.charging.site import EvseKey, Site
from chargewright.ids import EvseId, StationId
from chargewright.simulator.scenario import Scenario

__all__ = ["optimum_wh"]


def optimum_wh(site: Site, scenario: Scenario) -> float:
    """The most energy in Wh that anybody could have delivered: HiGHS on all true arrivals, ideal batteries.

    Batteries without a tail, cars without a minimum current, no delay between order and effect: what a real site
    delivers is always less.
    """
    sessions = []
    for n, arrival in enumerate(scenario.arrivals):
        evse = site.evses[EvseKey(StationId(arrival.station_id), EvseId(arrival.evse_id))]
        sessions.append(
            Session(
                id=str(n),
                evse=_with(evse.key, min(arrival.car.phases, evse.phases)),
                arrival=arrival.at,
                departure=arrival.departure,
                energy_wh=arrival.energy_wh,
                current_max_a=min(evse.current_max_a, arrival.car.current_max_a),
            )
        )
    return offline_optimum(_by_conductors(site), sessions, start=scenario.start)


def _with(key: EvseKey, conductors: int) -> EvseKey:
    """The same EVSE as cars with so many conductors use it, under a name of its own."""
    return replace(key, station_id=StationId(f"{key.station_id} on {conductors}"))


def _by_conductors(site: Site) -> Site:
    """A site in which every EVSE stands once for each number of conductors that a car may load."""
    ways = {key: range(1, evse.phases + 1) for key, evse in site.evses.items()}
    evses = {
        _with(key, n): replace(evse, key=_with(key, n), phases=n)
        for key, evse in site.evses.items()
        for n in ways[key]
    }
    rows = tuple(
        replace(
            row,
            coefficients={
                _with(key, n): own[:n]
                for key, own in row.coefficients.items()
                for n in ways[key]
                if any(own[:n])
            },
        )
        for row in site.rows
    )
    return replace(site, rows=rows, evses=evses)
