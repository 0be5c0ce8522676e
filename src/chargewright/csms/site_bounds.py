"""How large a site may be, and what its figures may be: whoever describes one gets an answer in bounded time.

Far above any site that is known, and far below what would make a planner slow or an answer senseless. Judged where a
definition comes in, not where a kept one is read.
"""

import math
from collections.abc import Callable, Iterable

from chargewright.charging.site import Evse, Row, Site
from chargewright.csms.site_definition import SiteDefinition
from chargewright.errors import InvalidInput

__all__ = ["AMPERES_MAX", "STEPS_MAX", "judged_site"]

NODES_MAX = 2_000
DEPTH_MAX = 32
"""Nodes from an EVSE to the grid."""

EVSES_MAX = 20_000

MEMBERS_MAX = 500_000
"""EVSEs with the rows above them, a pair each."""

ANGLES_MAX = 64
"""Directions of currents in a network; wires of three phases and their pairs have twelve."""

STEPS_MAX = 40_000
"""Of a value over time: a year of quarters of an hour."""

AMPERES_MAX = 100_000.0
"""Of one conductor; the largest transformers for low voltage carry a tenth of it."""

VOLTS_MAX = 100_000.0

STEPS_OF_ROWS_MAX = 4_000_000
"""Steps of limits and base loads, over all rows of a site."""


def judged_site(definition: SiteDefinition, make: Callable[[], Site]) -> Site:
    """Make the site that a definition describes, if its size and all of its figures make sense.

    Raises:
        InvalidInput: they do not; says where.

    """
    _judge_size(definition)
    try:
        site = make()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as why:
        # a network is taken as it was written by others: anything can stand in it
        what = f"cannot be read: {type(why).__name__}: {why}"
        raise InvalidInput(what, where="network" if definition.network is not None else "site") from why
    if not 0 < site.nominal_v <= VOLTS_MAX:
        raise InvalidInput(f"a voltage of {site.nominal_v:g} V", where="phase_v")
    for key, evse in site.evses.items():
        _judge_evse(evse, f"EVSE {key}")
    if sum(len(row.limit_a.starts) + len(row.base_a.starts) for row in site.rows) > STEPS_OF_ROWS_MAX:
        raise InvalidInput("its limits and base loads have too many steps", where="site")
    for row in site.rows:
        _judge_row(row, f"row {row.name}")
    return site


def _judge_size(definition: SiteDefinition) -> None:
    if definition.network is not None:
        _judge_network(definition.network)
        return
    _at_most(NODES_MAX, len(definition.nodes), "nodes")
    _at_most(EVSES_MAX, len(definition.evses), "evses")
    parents = {node.id: node.parent for node in definition.nodes}
    depths: dict[str, int] = {}
    for node in definition.nodes:
        above: str | None = node.id
        depth = 0
        while above is not None and depth <= DEPTH_MAX:
            depth += 1
            above = parents.get(above)
        if above is not None and node.parent != node.id:
            raise InvalidInput(f"more than {DEPTH_MAX} nodes lie above it", where=f"node {node.id}")
        depths[node.id] = depth
    rows_each = 5  # three conductors, their power, and what is given back
    members = rows_each * sum(depths.get(evse.node, 0) for evse in definition.evses)
    _at_most(MEMBERS_MAX * rows_each, members, "evses under all of their nodes")


def _judge_network(network: dict[str, object]) -> None:
    stations, constraints = network.get("stations"), network.get("constraints")
    if not isinstance(stations, list) or not isinstance(constraints, list):
        raise InvalidInput("needs lists of stations and constraints", where="network")
    _at_most(EVSES_MAX, len(stations), "stations")
    _at_most(NODES_MAX, len(constraints), "constraints")
    angles = {str(station.get("phase_angle_deg")) for station in stations if isinstance(station, dict)}
    _at_most(ANGLES_MAX, len(angles), "different angles")
    members = 0
    for constraint in constraints:
        coefficients = constraint.get("coefficients") if isinstance(constraint, dict) else None
        if not isinstance(coefficients, dict):
            raise InvalidInput("every constraint has coefficients", where="network")
        members += len(coefficients)
    _at_most(MEMBERS_MAX, members, "coefficients")


def _at_most(most: int, count: int, what: str) -> None:
    if count > most:
        raise InvalidInput(f"{count} {what}: at most {most}", where="site")


def _judge_evse(evse: Evse, where: str) -> None:
    if not 0 < evse.voltage_v <= VOLTS_MAX:
        raise InvalidInput(f"a voltage of {evse.voltage_v:g} V", where=where)
    if not 0 <= evse.current_min_a <= evse.current_max_a <= AMPERES_MAX:
        raise InvalidInput(f"needs 0 <= current_min_a <= current_max_a <= {AMPERES_MAX:g}", where=where)
    if evse.rates_a is not None and not (evse.rates_a and _within(evse.rates_a, 0.0, AMPERES_MAX)):
        raise InvalidInput(f"its rates are one or more currents from 0 to {AMPERES_MAX:g} A", where=where)


def _judge_row(row: Row, where: str) -> None:
    powers = AMPERES_MAX * 3  # limits of power are written in A of one conductor
    limit_a = row.limit_a if row.back_limit_a is None else row.back_limit_a
    if not _within(limit_a.values, 0.0, powers):
        raise InvalidInput(f"its limit is not from 0 to {powers:g} A", where=where)
    if not _within(row.base_a.values, -powers, powers):
        raise InvalidInput(f"its base load is not within {powers:g} A", where=where)
    if not all(_within(map(abs, own), 0.0, VOLTS_MAX) for own in row.coefficients.values()):
        raise InvalidInput("a coefficient is no number, or too large", where=where)


def _within(values: Iterable[float], low: float, high: float) -> bool:
    return all(math.isfinite(value) and low <= value <= high for value in values)
