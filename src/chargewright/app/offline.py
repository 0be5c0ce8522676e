"""What the best controller could have done, had it known the whole day beforehand."""

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
                evse=evse.key,
                arrival=arrival.at,
                departure=arrival.departure,
                energy_wh=arrival.energy_wh,
                current_max_a=min(evse.current_max_a, arrival.car.current_max_a),
                watts_per_a=evse.voltage_v * min(arrival.car.phases, evse.phases),
            )
        )
    return offline_optimum(site, sessions, start=scenario.start)
