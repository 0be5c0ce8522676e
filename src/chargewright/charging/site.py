"""What a site's wires allow: rows of phasor sums over the currents of its EVSEs.

A row holds at an instant when |sum_i c_i * current_i| + base <= limit. The c_i are complex, because currents on
different phases do not add up as numbers. A car may draw less than it is allowed, and with phasors *less* of one
current can mean *more* in the wire: so a set of limits is safe only if the row holds for every mixture below it.
`Row.worst_case` gives the largest value over all mixtures exactly, and `Row.halfplanes` the same demand as rows with
non-negative coefficients, which is what a linear planner can take.
"""

import cmath
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from chargewright.charging.phasors import reach, worst_sets
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, SiteId, StationId

__all__ = [
    "TOLERANCE_A",
    "Evse",
    "EvseKey",
    "Floats",
    "Group",
    "Node",
    "Outlet",
    "Row",
    "Site",
    "Steps",
    "StepsLike",
    "from_network",
    "from_tree",
    "loads",
]

Floats: TypeAlias = npt.NDArray[np.float64]
"""An array of float64; the names and docstrings give its shape."""

TOLERANCE_A = 1e-6
"""A row counts as broken above limit + this. Sums of a thousand tenths of an ampere are off by less than 1e-9 A."""

_SAME_DIRECTION_RAD = 1e-9

_THREE = 3

_FIRST_EVSE = EvseId(1)


@dataclass(frozen=True, slots=True, order=True)
class EvseKey:
    """One EVSE of one station. In 1.6 the EVSE is the connector."""

    station_id: StationId
    evse_id: EvseId = _FIRST_EVSE

    def __str__(self) -> str:
        return f"{self.station_id}/{self.evse_id}"


@dataclass(frozen=True, slots=True)
class Steps:
    """A number over time: `values[k]` holds from `starts[k]` until the next start, `values[0]` before them too."""

    starts: tuple[datetime, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, value: "StepsLike") -> Self:
        """Make one from a number, or from (start, value) pairs in order; the first start may be None (always)."""
        if isinstance(value, Steps):
            return cls(value.starts, value.values)
        if isinstance(value, int | float):
            return cls((), (float(value),))
        pairs = tuple(value)
        if not pairs:
            raise InvalidInput("a value over time needs at least one step")
        starts = tuple(start for start, _ in pairs[1:] if start is not None)
        if len(starts) != len(pairs) - 1 or any(a >= b for a, b in pairwise(starts)):
            raise InvalidInput("the steps of a value over time must be in order")
        first = pairs[0][0]
        if first is not None and starts and first >= starts[0]:
            raise InvalidInput("the steps of a value over time must be in order")
        return cls(starts, tuple(float(v) for _, v in pairs))

    def at(self, at: datetime) -> float:
        """Return the value in force at an instant."""
        return self.values[bisect_right(self.starts, at)]

    def plus(self, other: "Steps") -> "Steps":
        """Return the sum of both, step by step."""
        starts = tuple(sorted({*self.starts, *other.starts}))
        first = self.values[0] + other.values[0]
        return Steps(starts, (first, *(self.at(start) + other.at(start) for start in starts)))

    def scaled(self, factor: float) -> "Steps":
        """Return the value times a factor."""
        return Steps(self.starts, tuple(value * factor for value in self.values))

    def lowest(self, start: datetime, edges_s: Floats) -> Floats:
        """Return the least value inside each slot: what a limit must be taken for. Shape [slot]."""
        return self._over(start, edges_s, np.minimum.reduceat)

    def highest(self, start: datetime, edges_s: Floats) -> Floats:
        """Return the greatest value inside each slot: what a base load must be taken for. Shape [slot]."""
        return self._over(start, edges_s, np.maximum.reduceat)

    def mean(self, start: datetime, edges_s: Floats) -> Floats:
        """Return the average over time inside each slot: what a price must be taken for. Shape [slot]."""
        bounds, values, first = self._pieces(start, edges_s)
        sums = np.add.reduceat(values * np.diff(bounds), first)
        return np.asarray(sums / np.diff(edges_s), dtype=np.float64)

    def _over(self, start: datetime, edges_s: Floats, reduceat: Any) -> Floats:
        if not self.starts:
            return np.full(len(edges_s) - 1, self.values[0])
        _, values, first = self._pieces(start, edges_s)
        return np.asarray(reduceat(values, first), dtype=np.float64)

    def _pieces(self, start: datetime, edges_s: Floats) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
        """Cut the slots at every step inside them: bounds [piece + 1], values [piece], first piece of each slot."""
        own_s = np.array([(at - start).total_seconds() for at in self.starts], dtype=np.float64)
        inside = own_s[(own_s > edges_s[0]) & (own_s < edges_s[-1])]
        bounds = np.unique(np.concatenate([edges_s, inside]))
        values = np.array(self.values)[np.searchsorted(own_s, bounds[:-1], side="right")]
        return bounds, values, np.searchsorted(bounds, edges_s[:-1])


StepsLike: TypeAlias = float | Steps | Sequence[tuple[datetime | None, float]]
"""What `Steps.of` reads: a constant, or (start, value) pairs."""


@dataclass(frozen=True, slots=True)
class Evse:
    """What one EVSE can do to the wires.

    `voltage_v` stands across each loaded conductor (230 in a star, 208 between two lines of a US site), `phases` is
    the number of conductors that carry the limited current. Currents are per conductor.
    """

    key: EvseKey
    voltage_v: float
    phases: int
    current_max_a: float
    current_min_a: float = 6.0
    rates_a: tuple[float, ...] | None = None
    """The only currents that the hardware knows, or None where every tenth of an ampere will do."""

    @property
    def watts_per_a(self) -> float:
        """Power in W at 1 A of limit, when the car uses every conductor."""
        return self.voltage_v * self.phases


@dataclass(frozen=True, slots=True)
class Group:
    """EVSE currents of one row that point the same way: the row sees only their weighted sum."""

    direction: complex
    weights: Mapping[EvseKey, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One wire, winding, fuse or contract: |sum c_i * current_i| + base_a <= limit_a at every instant.

    Each EVSE has one coefficient for each conductor that it loads, in its own order, 0 for those that this row does
    not see; and each conductor may carry anything from 0 to the limit of its EVSE. A power limit is such a row too,
    divided by the site's nominal voltage.
    """

    name: str
    limit_a: Steps
    coefficients: Mapping[EvseKey, tuple[complex, ...]]
    base_a: Steps = field(default_factory=lambda: Steps.of(0.0))
    back_limit_a: Steps | None = None
    """What may flow the other way, where the row has one direction; None: as much as `limit_a`."""
    uneven: bool = False
    """Only EVSEs that load fewer than three conductors count: the others draw the same from each phase."""
    groups: tuple[Group, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        counted = {k: own for k, own in self.coefficients.items() if not self.uneven or len(own) < _THREE}
        object.__setattr__(self, "groups", _grouped(counted))

    def worst_case(
        self,
        currents_a: Mapping[EvseKey, npt.ArrayLike],
        giving_a: Mapping[EvseKey, npt.ArrayLike] | None = None,
    ) -> Floats:
        """Return the largest current in A over all mixtures in [-giving, limit] of each conductor, without the base.

        Exact: a convex function of a box is largest at a corner, only the sums per direction matter, and what is
        given points the other way. The currents may be arrays over time, which broadcast; an EVSE that is not named
        carries nothing.
        """
        directions = [group.direction for group in self.groups]
        sums = [_total(group.weights, currents_a) for group in self.groups]
        if giving_a:
            directions += [-direction for direction in directions]
            sums += [_total(group.weights, giving_a) for group in self.groups]
        worst = np.zeros(np.broadcast_shapes(*(np.shape(s) for s in sums)))
        for picked in worst_sets(tuple(directions)):
            total = sum((directions[g] * sums[g] for g in picked), start=np.zeros((), np.complex128))
            worst = np.maximum(worst, np.abs(total))
        return worst

    def halfplanes(self, sides: int, *, mixtures: bool = True) -> tuple[Floats, float]:
        """Return (coefficients [halfplane, group], share): sum_g k_g * G_g <= share * (limit - base) implies the row.

        G_g is the weighted sum of group g. The circle is replaced by a polygon inside it, with the fineness of a
        regular one of `sides`, and only over the angles that the row's directions can reach; so at most
        1 - cos(pi / sides) of the limit is given away, and nothing where all point one way. With `mixtures` the
        coefficients are non-negative and the row holds for every mixture below the currents; without, it holds for
        the currents exactly as they stand, which only a simulation can promise.
        """
        angles = np.array([cmath.phase(group.direction) for group in self.groups])
        first, width = reach(angles)
        count = max(1, math.ceil(width * sides / math.tau - 1e-9))
        half = width / (2 * count)
        normals = first + half + 2 * half * np.arange(count)
        coefficients = np.cos(normals[:, None] - angles[None, :])
        return np.maximum(coefficients, 0.0) if mixtures else coefficients, math.cos(half)


@dataclass(frozen=True, slots=True)
class Site:
    """The rows of a site and the EVSEs under them."""

    id: SiteId
    name: str
    rows: tuple[Row, ...]
    evses: Mapping[EvseKey, Evse]
    nominal_v: float

    def __post_init__(self) -> None:
        for row in self.rows:
            strangers = [str(key) for key in row.coefficients if key not in self.evses]
            if strangers:
                raise InvalidInput(f"unknown EVSE {strangers[0]}", where=f"site {self.id}, row {row.name}")

    def power_w(self, currents_a: Mapping[EvseKey, npt.ArrayLike]) -> Floats:
        """Return the power in W that these currents draw when each car uses every conductor of its EVSE."""
        return np.asarray(
            sum(
                (np.asarray(a) * self.evses[key].watts_per_a for key, a in currents_a.items()),
                start=np.zeros(()),
            )
        )


def loads(
    site: Site, currents_a: Mapping[EvseKey, npt.ArrayLike], at: datetime
) -> dict[str, tuple[float, float]]:
    """Return for each row (worst case with the base, limit), both in A, if these limits are in force at `at`."""
    return {
        row.name: (float(row.worst_case(currents_a)) + row.base_a.at(at), row.limit_a.at(at))
        for row in site.rows
    }


# --- from a readable tree ---

_PHASES = "RST"

_Wired: TypeAlias = tuple[tuple[int, int, complex], ...]
"""(conductor of the EVSE, phase of the site, phasor)"""

_LINES = {"AB": (0, 1, math.radians(30)), "BC": (1, 2, math.radians(-90)), "CA": (2, 0, math.radians(150))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A panel, feeder or connection point. `limit_a` and `base_a` are per phase: one value, or three (R, S, T)."""

    id: str
    parent: str | None = None
    limit_a: StepsLike | tuple[StepsLike, StepsLike, StepsLike] | None = None
    limit_kw: StepsLike | None = None
    export_max_kw: StepsLike | None = None
    """What may flow back through it in all; counts for what EVSEs give back, the surplus of its base load taken off."""
    base_a: StepsLike | tuple[StepsLike, StepsLike, StepsLike] = 0.0
    unbalance_max_a: StepsLike | None = None
    """By how much the phases may differ through EVSEs that load one phase or two; three-phase ones count as balanced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An EVSE at a node.

    `connection` names the phases that the EVSE's L1, L2, L3 are wired to, in order, in OCPP's letters (R, RST, RTS,
    SRT, ...: star), or a line-to-line pair (AB, BC, CA).
    """

    key: EvseKey
    node: str
    connection: str
    current_max_a: float
    current_min_a: float = 6.0
    rates_a: tuple[float, ...] | None = None


def from_tree(
    site_id: SiteId, name: str, nodes: Sequence[Node], outlets: Sequence[Outlet], *, phase_v: float = 230.0
) -> Site:
    """Compile a tree of limits into rows: one per node and phase with a limit in A, one per node with a limit in kW.

    `phase_v` is the voltage between phase and neutral. A base load counts at its node and at every node above.

    Raises:
        InvalidInput: an unknown parent or node, a circle, a name used twice, or a connection that does not exist.

    """
    paths = _paths(nodes)
    evses: dict[EvseKey, Evse] = {}
    below: dict[str, dict[EvseKey, _Wired]] = {node.id: {} for node in nodes}
    for outlet in outlets:
        where = f"EVSE {outlet.key}"
        if outlet.key in evses:
            raise InvalidInput("stands twice in the site", where=where)
        if outlet.node not in paths:
            raise InvalidInput(f"unknown node {outlet.node!r}", where=where)
        wires = _wires(outlet.connection, where)
        line_to_line = outlet.connection in _LINES
        evses[outlet.key] = Evse(
            key=outlet.key,
            voltage_v=phase_v * math.sqrt(3) if line_to_line else phase_v,
            phases=1 if line_to_line else len(wires),
            current_max_a=outlet.current_max_a,
            current_min_a=outlet.current_min_a,
            rates_a=outlet.rates_a,
        )
        for node_id in paths[outlet.node]:
            below[node_id][outlet.key] = wires
    rows: list[Row] = []
    for node in nodes:
        base = [Steps.of(0.0)] * 3
        for other in nodes:
            if node.id in paths[other.id]:
                base = [
                    mine.plus(theirs) for mine, theirs in zip(base, _per_phase(other.base_a), strict=True)
                ]
        rows += _node_rows(node, below[node.id], base, evses, phase_v)
    return Site(site_id, name, tuple(rows), evses, phase_v)


def _node_rows(
    node: Node,
    members: Mapping[EvseKey, _Wired],
    base: Sequence[Steps],
    evses: Mapping[EvseKey, Evse],
    phase_v: float,
) -> Iterable[Row]:
    def seen(wires: _Wired, phase: int) -> tuple[complex, ...]:
        """The coefficient of each conductor in the wire of a phase."""
        count = max(conductor for conductor, _, _ in wires) + 1
        on = {conductor: c for conductor, p, c in wires if p == phase}
        return tuple(on.get(conductor, 0j) for conductor in range(count))

    by_phase = [
        {key: own for key, wires in members.items() if any(own := seen(wires, phase))}
        for phase in range(_THREE)
    ]
    if node.limit_a is not None:
        for phase, limit in enumerate(_per_phase(node.limit_a)):
            yield Row(f"{node.id} {_PHASES[phase]}", limit, by_phase[phase], base[phase])
    power = {key: (complex(evses[key].voltage_v / phase_v),) * evses[key].phases for key in members}
    total = base[0].plus(base[1]).plus(base[2])
    if node.limit_kw is not None:
        yield Row(f"{node.id} power", Steps.of(node.limit_kw).scaled(1000 / phase_v), power, total)
    if node.export_max_kw is not None:
        back = Steps.of(node.export_max_kw).scaled(1000 / phase_v)
        yield Row(f"{node.id} export", Steps.of(math.inf), power, total, back_limit_a=back)
    if node.unbalance_max_a is not None:
        # Any car may draw less than it is allowed, nothing included: so no other phase can be relied on, and what
        # the uneven EVSEs draw from each phase is itself the largest difference that they can make.
        most = Steps.of(node.unbalance_max_a)
        for phase, letter in enumerate(_PHASES):
            ones = {key: tuple(complex(c != 0) for c in own) for key, own in by_phase[phase].items()}
            if ones:
                yield Row(f"{node.id} {letter} unbalance", most, ones, uneven=True)


def _wires(connection: str, where: str) -> _Wired:
    """Which phases of the site carry the EVSE's conductors, and as which phasors."""
    if connection in _LINES:
        plus, minus, angle = _LINES[connection]
        return (0, plus, cmath.rect(1.0, angle)), (0, minus, cmath.rect(-1.0, angle))
    if not connection or len(set(connection)) != len(connection) or not set(connection) <= set(_PHASES):
        raise InvalidInput(
            f"connection {connection!r} is none of R, S, T, RST, ... or AB, BC, CA", where=where
        )
    turn = {0: 0.0, 1: -120.0, 2: 120.0}
    phases = [_PHASES.index(letter) for letter in connection]
    return tuple((n, p, cmath.rect(1.0, math.radians(turn[p]))) for n, p in enumerate(phases))


def _paths(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """Each node with all nodes above it."""
    parents = {node.id: node.parent for node in nodes}
    if len(parents) != len(nodes):
        raise InvalidInput("a node id stands twice in the site")
    paths: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        path: list[str] = []
        at: str | None = node.id
        while at is not None:
            if at not in parents:
                raise InvalidInput(f"unknown parent {at!r}", where=f"node {path[-1]}")
            if at in path:
                raise InvalidInput("is its own ancestor", where=f"node {at}")
            path.append(at)
            at = parents[at]
        paths[node.id] = tuple(path)
    return paths


def _per_phase(value: StepsLike | tuple[StepsLike, StepsLike, StepsLike]) -> list[Steps]:
    if isinstance(value, tuple) and len(value) == 3 and not isinstance(value[0], tuple):
        return [Steps.of(one) for one in value]
    return [Steps.of(value)] * 3


# --- from a network file ---


def from_network(network: Mapping[str, Any], *, site_id: SiteId, limit_kw: float | None = None) -> Site:
    """Compile a network file: stations with their angles, constraints with signed coefficients.

    `limit_kw` re-rates the transformer: its Primary and Secondary rows are scaled by limit_kw / its own kW, all other
    rows (panels, pods) stay.

    Raises:
        InvalidInput: a key is missing, or there is no transformer to scale.

    """
    try:
        rating_kw = sum(v for k, v in network["parameters"].items() if k.endswith("transformer_kw"))
        if limit_kw is not None and not rating_kw:
            raise InvalidInput("no transformer_kw to scale", where=f"network of site {site_id}")
        scale = 1.0 if limit_kw is None else limit_kw / rating_kw
        evses: dict[EvseKey, Evse] = {}
        angles: dict[str, float] = {}
        for station in network["stations"]:
            key = EvseKey(StationId(station["id"]))
            angles[station["id"]] = math.radians(station["phase_angle_deg"])
            rates = tuple(float(rate) for rate in station["allowable_rates_a"])
            evses[key] = Evse(
                key=key,
                voltage_v=float(station["voltage_v"]),
                phases=1,
                current_max_a=float(station["max_rate_a"]),
                current_min_a=min(rate for rate in rates if rate > 0),
                rates_a=rates,
            )
        rows = []
        for constraint in network["constraints"]:
            name = constraint["name"]
            factor = scale if "Primary" in name or "Secondary" in name else 1.0
            coefficients = {
                EvseKey(StationId(station)): (cmath.rect(c, angles[station]),)
                for station, c in constraint["coefficients"].items()
            }
            rows.append(Row(name, Steps.of(constraint["limit_a"] * factor), coefficients))
        nominal_v = float(network["parameters"]["voltage_ll_v"])
    except KeyError as error:
        raise InvalidInput(f"missing {error}", where=f"network of site {site_id}") from error
    return Site(site_id, str(network.get("description", site_id)), tuple(rows), evses, nominal_v)


def _grouped(coefficients: Mapping[EvseKey, tuple[complex, ...]]) -> tuple[Group, ...]:
    """Gather coefficients by direction."""
    found: list[tuple[complex, dict[EvseKey, float]]] = []
    for key, own in coefficients.items():
        for c in own:
            if c == 0:
                continue
            unit = c / abs(c)
            for direction, weights in found:
                if abs(unit - direction) < _SAME_DIRECTION_RAD:
                    weights[key] = weights.get(key, 0.0) + abs(c)
                    break
            else:
                found.append((unit, {key: abs(c)}))
    return tuple(Group(direction, weights) for direction, weights in found)


def _total(weights: Mapping[EvseKey, float], currents_a: Mapping[EvseKey, npt.ArrayLike]) -> Floats:
    return sum(
        (w * np.asarray(currents_a[key]) for key, w in weights.items() if key in currents_a),
        start=np.zeros(()),
    )
